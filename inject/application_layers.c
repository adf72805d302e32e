/*
 * application_layers.c - DNS (RFC 1035), DHCP (RFC 2131), NTP (RFC 5905), SNMP (RFC 1157, RFC 3416), TFTP (RFC 1350),
 * and bytes as they are.
 */
#include "inject/layer.h"

#include <libnet/libnet-asn1.h>
#include <stdio.h>
#include <stdlib.h>

const struct tl_name tl_craft_dns_types[] = {
    { 1, "A" },           { 2, "NS" },      { 5, "CNAME" },   { 6, "SOA" },    { 12, "PTR" },     { 13, "HINFO" },
    { 15, "MX" },         { 16, "TXT" },    { 17, "RP" },     { 18, "AFSDB" }, { 24, "SIG" },     { 25, "KEY" },
    { 28, "AAAA" },       { 29, "LOC" },    { 33, "SRV" },    { 35, "NAPTR" }, { 37, "CERT" },    { 39, "DNAME" },
    { 43, "DS" },         { 44, "SSHFP" },  { 46, "RRSIG" },  { 47, "NSEC" },  { 48, "DNSKEY" },  { 50, "NSEC3" },
    { 51, "NSEC3PARAM" }, { 52, "TLSA" },   { 53, "SMIMEA" }, { 59, "CDS" },   { 60, "CDNSKEY" }, { 61, "OPENPGPKEY" },
    { 62, "CSYNC" },      { 63, "ZONEMD" }, { 64, "SVCB" },   { 65, "HTTPS" }, { 99, "SPF" },     { 251, "IXFR" },
    { 252, "AXFR" },      { 255, "ANY" },   { 256, "URI" },   { 257, "CAA" },  { 0, NULL },
};

enum { DNS_NAME, DNS_TYPE, DNS_CLASS, DNS_ID, DNS_FLAGS, DNS_RD, DNS_EDNS, DNS_DO };
static const struct tl_name dns_classes[] = { { 1, "IN" }, { 3, "CH" }, { 255, "ANY" }, { 0, NULL } };
static const struct tl_craft_field dns_fields[] = {
    [DNS_NAME] = { "qname", "dns.qry.name", TL_CRAFT_NAME, 0, NULL, "name; default: ." },
    [DNS_TYPE] = { "qtype", "dns.qry.type", TL_CRAFT_NUMBER, 0xffff, tl_craft_dns_types, "A (default), AAAA, MX, ..." },
    [DNS_CLASS] = { "qclass", "dns.qry.class", TL_CRAFT_NUMBER, 0xffff, dns_classes, "default: IN" },
    [DNS_ID] = { "id", "dns.id", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [DNS_FLAGS] = { "flags", "dns.flags", TL_CRAFT_NUMBER, 0xffff, NULL, "all 16 bits; default: as rd says" },
    [DNS_RD] = { "rd", "dns.flags.recdesired", TL_CRAFT_NUMBER, 1, NULL, "recursion desired; default: 1" },
    [DNS_EDNS] = { "edns", "dns.rr.udp_payload_size", TL_CRAFT_NUMBER, 0xffff, NULL, "EDNS with this UDP size" },
    [DNS_DO] = { "do", "dns.resp.z.do", TL_CRAFT_NUMBER, 1, NULL, "1: DNSSEC wanted, in EDNS" },
};

static bool dns_build(struct tl_building *b)
{
    uint8_t data[300], edns[11] = { 0, 0, 41 };
    struct tl_bytes name = tl_craft_bytes(b, DNS_NAME);
    bool stream = b->index > 0 && b->craft->layers[b->index - 1].type == &tl_craft_layer_tcp;
    bool extended = tl_craft_has(b, DNS_EDNS) || tl_craft_has(b, DNS_DO);
    if (name.data == NULL)
        name = tl_bytes_of("", 1); /* the root */
    if (name.len > TL_CRAFT_NAME_MOST)
        return tl_craft_fail(b, "dns.qname: longer than %d bytes", TL_CRAFT_NAME_MOST);
    size_t len = name.len;
    memcpy(data, name.data, len);
    tl_store16(data + len, tl_craft_number(b, DNS_TYPE, 1));
    tl_store16(data + len + 2, tl_craft_number(b, DNS_CLASS, 1));
    len += 4;
    if (extended) {
        tl_store16(edns + 3, tl_craft_number(b, DNS_EDNS, 1232));
        tl_store16(edns + 7, tl_craft_number(b, DNS_DO, 0) << 15);
        memcpy(data + len, edns, sizeof edns);
        len += sizeof edns;
    }
    uint64_t flags = tl_craft_number(b, DNS_FLAGS, tl_craft_number(b, DNS_RD, 1) << 8);
    if (!tl_craft_prepend(b, tl_craft_whole(b), data, len) ||
        !tl_craft_take(b, tl_craft_whole(b),
                       libnet_build_dnsv4(LIBNET_UDP_DNSV4_H,
                                          (uint16_t)tl_craft_number(b, DNS_ID, b->number % 0xffff + 1), (uint16_t)flags,
                                          1, 0, 0, extended, NULL, 0, b->craft->net, 0)))
        return false;
    uint8_t prefix[2];
    tl_store16(prefix, tl_craft_len(b));
    return !stream || tl_craft_prepend(b, tl_craft_whole(b), prefix, 2);
}

const struct tl_layer_type tl_craft_layer_dns = {
    "dns", "Domain Name System: a query", -1, -1, 53, dns_fields, TL_COUNT(dns_fields), dns_build,
};

enum {
    DHCP_TYPE,
    DHCP_XID,
    DHCP_CHADDR,
    DHCP_CIADDR,
    DHCP_YIADDR,
    DHCP_SIADDR,
    DHCP_GIADDR,
    DHCP_OP,
    DHCP_SECS,
    DHCP_FLAGS,
    DHCP_REQUESTED,
    DHCP_SERVER,
    DHCP_HOST,
    DHCP_OPTIONS
};
static const struct tl_name dhcp_types[] = {
    { 1, "discover" }, { 2, "offer" },   { 3, "request" }, { 4, "decline" }, { 5, "ack" },
    { 6, "nak" },      { 7, "release" }, { 8, "inform" },  { 0, NULL },
};
static const struct tl_craft_field dhcp_fields[] = {
    [DHCP_TYPE] = { "type", "dhcp.option.dhcp", TL_CRAFT_NUMBER, 255, dhcp_types, "discover (default), request, ..." },
    [DHCP_XID] = { "xid", "dhcp.id", TL_CRAFT_NUMBER, 0xffffffff, NULL, "default: counts from 1" },
    [DHCP_CHADDR] = { "chaddr", "dhcp.hw.mac_addr", TL_CRAFT_MAC, 0, NULL, "client; default: our own MAC address" },
    [DHCP_CIADDR] = { "ciaddr", "dhcp.ip.client", TL_CRAFT_IPV4, 0, NULL, "default: 0.0.0.0" },
    [DHCP_YIADDR] = { "yiaddr", "dhcp.ip.your", TL_CRAFT_IPV4, 0, NULL, "default: 0.0.0.0" },
    [DHCP_SIADDR] = { "siaddr", "dhcp.ip.server", TL_CRAFT_IPV4, 0, NULL, "default: 0.0.0.0" },
    [DHCP_GIADDR] = { "giaddr", "dhcp.ip.relay", TL_CRAFT_IPV4, 0, NULL, "default: 0.0.0.0" },
    [DHCP_OP] = { "op", "dhcp.type", TL_CRAFT_NUMBER, 255, NULL, "default: 1, or 2 for offer, ack and nak" },
    [DHCP_SECS] = { "secs", "dhcp.secs", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 0" },
    [DHCP_FLAGS] = { "flags", "dhcp.flags", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 0; 0x8000: answer by broadcast" },
    [DHCP_REQUESTED] = { "requested", "dhcp.option.requested_ip_address", TL_CRAFT_IPV4, 0, NULL, "option 50" },
    [DHCP_SERVER] = { "server", "dhcp.option.dhcp_server_id", TL_CRAFT_IPV4, 0, NULL, "option 54" },
    [DHCP_HOST] = { "host", "dhcp.option.hostname", TL_CRAFT_TEXT, 0, NULL, "option 12" },
    [DHCP_OPTIONS] = { "options", NULL, TL_CRAFT_HEX, 0, NULL, "hex, after the others" },
};

static bool dhcp_build(struct tl_building *b)
{
    uint8_t chaddr[16] = { 0 }, options[1500];
    uint32_t addresses[4];
    size_t n = 0;
    uint8_t type = (uint8_t)tl_craft_number(b, DHCP_TYPE, 1);
    bool reply = type == 2 || type == 5 || type == 6;
    struct tl_bytes host = tl_craft_bytes(b, DHCP_HOST), more = tl_craft_bytes(b, DHCP_OPTIONS);
    if (host.len > 255 || more.len > 1000)
        return tl_craft_fail(b, "dhcp: the options are too long");
    if (!tl_craft_address(b, DHCP_CHADDR, chaddr) && !b->world->own(b->world->context, NULL, chaddr, b->error))
        return false;
    for (unsigned i = 0; i < 4; i++)
        addresses[i] = (uint32_t)tl_craft_number(b, DHCP_CIADDR + i, 0);
    memcpy(options, "\x35\x01", 2);
    options[2] = type;
    n = 3;
    for (unsigned i = 0; i < 2; i++) {
        if (!tl_craft_has(b, DHCP_REQUESTED + i))
            continue;
        options[n] = i == 0 ? 50 : 54;
        options[n + 1] = 4;
        tl_store32(options + n + 2, tl_craft_number(b, DHCP_REQUESTED + i, 0));
        n += 6;
    }
    if (host.len > 0) {
        options[n] = 12;
        options[n + 1] = (uint8_t)host.len;
        memcpy(options + n + 2, host.data, host.len);
        n += 2 + host.len;
    }
    if (more.len > 0)
        memcpy(options + n, more.data, more.len);
    n += more.len;
    options[n++] = 255;
    for (; n < 60; n++) /* at least 300 bytes: RFC 1542 section 2.1 */
        options[n] = 0;
    return tl_craft_prepend(b, tl_craft_whole(b), options, n) &&
           tl_craft_take(b, tl_craft_whole(b),
                         libnet_build_dhcpv4((uint8_t)tl_craft_number(b, DHCP_OP, reply ? 2 : 1), 1, 6, 0,
                                             (uint32_t)tl_craft_number(b, DHCP_XID, b->number + 1),
                                             (uint16_t)tl_craft_number(b, DHCP_SECS, 0),
                                             (uint16_t)tl_craft_number(b, DHCP_FLAGS, 0), addresses[0], addresses[1],
                                             addresses[2], addresses[3], chaddr, NULL, NULL, NULL, 0, b->craft->net,
                                             0));
}

const struct tl_layer_type tl_craft_layer_dhcp = {
    "dhcp", "Dynamic Host Configuration Protocol", -1, -1, 67, dhcp_fields, TL_COUNT(dhcp_fields), dhcp_build,
};

enum { NTP_MODE, NTP_VERSION, NTP_LEAP, NTP_STRATUM, NTP_POLL, NTP_PRECISION, NTP_XMT };
static const struct tl_name ntp_modes[] = {
    { 1, "active" }, { 2, "passive" }, { 3, "client" }, { 4, "server" }, { 5, "broadcast" }, { 0, NULL },
};
static const struct tl_craft_field ntp_fields[] = {
    [NTP_MODE] = { "mode", "ntp.flags.mode", TL_CRAFT_NUMBER, 7, ntp_modes, "default: client" },
    [NTP_VERSION] = { "version", "ntp.flags.vn", TL_CRAFT_NUMBER, 7, NULL, "default: 4" },
    [NTP_LEAP] = { "leap", "ntp.flags.li", TL_CRAFT_NUMBER, 3, NULL, "default: 0" },
    [NTP_STRATUM] = { "stratum", "ntp.stratum", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [NTP_POLL] = { "poll", "ntp.ppoll", TL_CRAFT_NUMBER, 255, NULL, "default: 6" },
    [NTP_PRECISION] = { "precision", "ntp.precision", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [NTP_XMT] = { "xmt", "ntp.xmt", TL_CRAFT_NUMBER, UINT64_MAX, NULL,
                  "transmit time, 64 bits; default: counts from 1" },
};

static bool ntp_build(struct tl_building *b)
{
    uint64_t xmt = tl_craft_number(b, NTP_XMT, b->number + 1);
    return tl_craft_take(
        b, tl_craft_whole(b),
        libnet_build_ntp((uint8_t)tl_craft_number(b, NTP_LEAP, 0), (uint8_t)tl_craft_number(b, NTP_VERSION, 4),
                         (uint8_t)tl_craft_number(b, NTP_MODE, 3), (uint8_t)tl_craft_number(b, NTP_STRATUM, 0),
                         (uint8_t)tl_craft_number(b, NTP_POLL, 6), (uint8_t)tl_craft_number(b, NTP_PRECISION, 0), 0, 0,
                         0, 0, 0, 0, 0, 0, 0, 0, 0, (uint32_t)(xmt >> 32), (uint32_t)xmt, NULL, 0, b->craft->net, 0));
}

const struct tl_layer_type tl_craft_layer_ntp = {
    "ntp", "Network Time Protocol", -1, -1, 123, ntp_fields, TL_COUNT(ntp_fields), ntp_build,
};

enum { SNMP_OID, SNMP_COMMUNITY, SNMP_VERSION, SNMP_PDU, SNMP_ID };
static const struct tl_name snmp_versions[] = { { 0, "1" }, { 1, "2c" }, { 0, NULL } };
enum { TRAP = 4 };
static const struct tl_name snmp_pdus[] = {
    { 0, "get" },     { 1, "getnext" }, { 2, "response" }, { 3, "set" }, { TRAP, "trap" },
    { 5, "getbulk" }, { 6, "inform" },  { 7, "trap2" },    { 0, NULL },
};
#define SYS_DESCR "\x2b\x06\x01\x02\x01\x01\x01" /* 1.3.6.1.2.1.1.1.0, with the 0 at its end */
static const struct tl_craft_field snmp_fields[] = {
    [SNMP_OID] = { "oid", "snmp.name", TL_CRAFT_OID, 0, NULL, "default: 1.3.6.1.2.1.1.1.0" },
    [SNMP_COMMUNITY] = { "community", "snmp.community", TL_CRAFT_TEXT, 0, NULL, "default: public" },
    [SNMP_VERSION] = { "version", "snmp.version", TL_CRAFT_NUMBER, 255, snmp_versions, "1 or 2c (default)" },
    [SNMP_PDU] = { "pdu", NULL, TL_CRAFT_NUMBER, 15, snmp_pdus, "get (default), getnext, set, trap, ..." },
    [SNMP_ID] = { "id", "snmp.request_id", TL_CRAFT_NUMBER, 0x7fffffff, NULL, "default: counts from 1" },
};

/* Puts an identifier and a length before the bytes, by libnet, which puts long lengths in a fixed form. */
static bool put_tlv(struct tl_building *b, struct tl_buffer *out, uint8_t type, size_t len)
{
    uint8_t header[8];
    int room = sizeof header;
    uint8_t *end = libnet_build_asn1_header(header, &room, type, (int)len);
    if (end == NULL)
        return tl_craft_fail(b, "snmp: libnet cannot build the header of a value");
    tl_put(out, header, (size_t)(end - header));
    return true;
}

static bool put_number(struct tl_building *b, struct tl_buffer *out, int32_t value)
{
    uint8_t bytes[16];
    int room = sizeof bytes;
    uint8_t *end = libnet_build_asn1_int(bytes, &room, 2, &value, sizeof value);
    if (end == NULL)
        return tl_craft_fail(b, "snmp: libnet cannot build a number");
    tl_put(out, bytes, (size_t)(end - bytes));
    return true;
}

/* Wraps all bytes of `in` in a header of this type. */
static bool wrap(struct tl_building *b, struct tl_buffer *in, uint8_t type)
{
    struct tl_buffer out = { 0 };
    bool fine = put_tlv(b, &out, type, in->len);
    tl_put(&out, in->data, in->len);
    fine = fine && !out.failed && !in->failed;
    tl_buffer_fini(in);
    *in = out;
    return fine;
}

/* The head of a trap of version 1: an enterprise and an agent instead of a number (RFC 1157 section 4.1.6). */
static bool put_trap(struct tl_building *b, struct tl_buffer *pdu, struct tl_bytes enterprise)
{
    enum { ENTERPRISE_SPECIFIC = 6 };
    bool fine = put_tlv(b, pdu, 6, enterprise.len);
    tl_put(pdu, enterprise.data, enterprise.len);
    tl_put(pdu, "\x40\x04\0\0\0", 6); /* the agent's address */
    fine = fine && put_number(b, pdu, ENTERPRISE_SPECIFIC) && put_number(b, pdu, 0);
    tl_put(pdu, "\x43\x01", 3); /* the time */
    return fine;
}

static bool snmp_put(struct tl_building *b, struct tl_buffer *pdu, struct tl_buffer *all)
{
    struct tl_bytes name = tl_craft_bytes(b, SNMP_OID), community = tl_craft_bytes(b, SNMP_COMMUNITY);
    struct tl_buffer list = { 0 };
    uint64_t type = tl_craft_number(b, SNMP_PDU, 0);
    if (name.data == NULL)
        name = tl_bytes_of(SYS_DESCR, sizeof SYS_DESCR);
    if (community.data == NULL)
        community = tl_bytes_of("public", 6);
    bool fine = put_tlv(b, &list, 6, name.len);
    tl_put(&list, name.data, name.len);
    tl_put(&list, "\x05", 2); /* NULL */
    fine = fine && wrap(b, &list, 0x30) && wrap(b, &list, 0x30) &&
           (type == TRAP ? put_trap(b, pdu, name)
                         : put_number(b, pdu, (int32_t)tl_craft_number(b, SNMP_ID, b->number + 1)) &&
                               put_number(b, pdu, 0) && put_number(b, pdu, 0));
    tl_put(pdu, list.data, list.len);
    tl_buffer_fini(&list);
    fine = fine && wrap(b, pdu, (uint8_t)(0xa0 | type)) &&
           put_number(b, all, (int32_t)tl_craft_number(b, SNMP_VERSION, 1)) && put_tlv(b, all, 4, community.len);
    tl_put(all, community.data, community.len);
    tl_put(all, pdu->data, pdu->len);
    return fine && wrap(b, all, 0x30);
}

static bool snmp_build(struct tl_building *b)
{
    struct tl_buffer pdu = { 0 }, all = { 0 };
    bool fine = snmp_put(b, &pdu, &all) && tl_craft_prepend(b, tl_craft_whole(b), all.data, all.len);
    tl_buffer_fini(&pdu);
    tl_buffer_fini(&all);
    return fine;
}

const struct tl_layer_type tl_craft_layer_snmp = {
    "snmp", "Simple Network Management Protocol: a get", -1, -1, 161, snmp_fields, TL_COUNT(snmp_fields), snmp_build,
};

enum { TFTP_FILE, TFTP_OP, TFTP_MODE, TFTP_BLOCK };
enum { OACK = 6 };
static const struct tl_name tftp_ops[] = { { 1, "rrq" }, { 2, "wrq" },   { 3, "data" },
                                           { 4, "ack" }, { 5, "error" }, { OACK, "oack" }, { 0, NULL } };
static const struct tl_craft_field tftp_fields[] = {
    [TFTP_FILE] = { "file", "tftp.source_file", TL_CRAFT_TEXT, 0, NULL,
                    "file name (default: file), message of an error, option of oack" },
    [TFTP_OP] = { "op", "tftp.opcode", TL_CRAFT_NUMBER, 0xffff, tftp_ops, "rrq (default), wrq, data, ack, error, oack" },
    [TFTP_MODE] = { "mode", "tftp.type", TL_CRAFT_TEXT, 0, NULL, "default: octet; of oack: the value" },
    [TFTP_BLOCK] = { "block", "tftp.block", TL_CRAFT_NUMBER, 0xffff, NULL, "block, or code of an error; default: 1" },
};

/* libnet has no builder for it. */
static bool tftp_build(struct tl_building *b)
{
    uint8_t head[4];
    uint64_t op = tl_craft_number(b, TFTP_OP, 1);
    struct tl_frame_bytes *f = tl_craft_whole(b);
    struct tl_bytes file = tl_craft_bytes(b, TFTP_FILE), mode = tl_craft_bytes(b, TFTP_MODE);
    tl_store16(head, op);
    tl_store16(head + 2, tl_craft_number(b, TFTP_BLOCK, 1));
    if (op == 5 && (!tl_craft_prepend(b, f, "", 1) || !tl_craft_prepend(b, f, file.data, file.len)))
        return false;
    if (op > 2 && op != OACK)
        return tl_craft_prepend(b, f, head, 4);
    if (file.data == NULL)
        file = op == OACK ? tl_bytes_of("blksize", 7) : tl_bytes_of("file", 4);
    if (mode.data == NULL)
        mode = op == OACK ? tl_bytes_of("512", 3) : tl_bytes_of("octet", 5);
    return tl_craft_prepend(b, f, "", 1) && tl_craft_prepend(b, f, mode.data, mode.len) &&
           tl_craft_prepend(b, f, "", 1) && tl_craft_prepend(b, f, file.data, file.len) &&
           tl_craft_prepend(b, f, head, 2);
}

const struct tl_layer_type tl_craft_layer_tftp = {
    "tftp", "Trivial File Transfer Protocol", -1, -1, 69, tftp_fields, TL_COUNT(tftp_fields), tftp_build,
};

enum { RAW_HEX };
static const struct tl_craft_field raw_fields[] = {
    [RAW_HEX] = { "hex", NULL, TL_CRAFT_HEX, 0, NULL, "pairs of hexadecimal digits" },
};

static bool raw_build(struct tl_building *b)
{
    struct tl_bytes data = tl_craft_bytes(b, RAW_HEX);
    return tl_craft_prepend(b, tl_craft_whole(b), data.data, data.len);
}

const struct tl_layer_type tl_craft_layer_raw = {
    "raw", "Bytes in hexadecimal: raw(0a0b..)", -1, -1, 0, raw_fields, TL_COUNT(raw_fields), raw_build,
};

enum { PAYLOAD_DATA, PAYLOAD_SIZE };
static const struct tl_craft_field payload_fields[] = {
    [PAYLOAD_DATA] = { "data", "data.data", TL_CRAFT_TEXT, 0, NULL, "text, or @FILE: its contents" },
    [PAYLOAD_SIZE] = { "size", NULL, TL_CRAFT_NUMBER, 65535, NULL, "bytes: repeats data, by default counting bytes" },
};

static bool payload_build(struct tl_building *b)
{
    struct tl_bytes data = tl_craft_bytes(b, PAYLOAD_DATA);
    size_t size = tl_craft_number(b, PAYLOAD_SIZE, data.len);
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        bytes[i] = data.len > 0 ? data.data[i % data.len] : (uint8_t)i;
    bool fine = tl_craft_prepend(b, tl_craft_whole(b), bytes, size);
    free(bytes);
    return fine;
}

const struct tl_layer_type tl_craft_layer_payload = {
    "payload",
    "Data: payload(text), payload(@FILE), payload(size=100)",
    -1,
    -1,
    0,
    payload_fields,
    TL_COUNT(payload_fields),
    payload_build,
};
