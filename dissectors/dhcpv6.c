/*
 * dhcpv6.c - DHCP for IPv6 (RFC 8415): addresses, delegated prefixes, and messages inside those of relay agents.
 *
 *   client, server: type 1 | transaction 3 | options      relay: type 1 | hops 1 | link 16 | peer 16 | options
 *   option: code 2 | length 2 | value
 */
#include "core/buffer.h"
#include "core/part.h"
#include "dissectors/dns/dns.h"
#include "dissectors/header.h"

enum {
    TYPE, XID, HOPS, LINK, PEER, MESSAGE, OPTION, CODE, LENGTH, DUID, DUID_TYPE, LLT_HARDWARE, LLT_TIME, LLT_ADDRESS,
    LL_HARDWARE,
    LL_ADDRESS, EN_ENTERPRISE, EN_ID, UUID, IAID, T1, T2, IATA, IP, PREFERRED, VALID, REQUESTED, PREFERENCE, ELAPSED,
    AUTH_PROTOCOL,
    AUTH_ALGORITHM, AUTH_RDM, AUTH_REPLAY, AUTH_INFO, UNICAST, STATUS, STATUS_TEXT, CLASS_LENGTH, CLASS_DATA,
    VENDOR_CLASS, VENDOR_CLASS_DATA,
    VENDOR, VENDOR_CODE, VENDOR_LENGTH, VENDOR_DATA, INTERFACE, RECONFIGURE, SIP_NAME, SIP_ADDRESS, DNS, SEARCH, NIS,
    NISP,
    SNTP, LIFETIME, PREFIX_PREFERRED, PREFIX_VALID, PREFIX_LENGTH, PREFIX, REMOTE_ENTERPRISE, REMOTE_ID, SUBSCRIBER,
    FQDN_FLAGS, FQDN_N,
    FQDN_O, FQDN_S, FQDN, TIME_ZONE, TZ_DB, NTP_TYPE, NTP_LENGTH, NTP_ADDRESS, NTP_MULTICAST, NTP_NAME, BOOT_URL, AFTR,
    CAPTIVE_PORTAL, LINK_LAYER, RELAY_PORT, VALUE, LINE, FIELDS
};

enum { SOLICIT = 1, ADVERTISE, DHCP_REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE, RECONFIGURE_MESSAGE,
       INFORMATION_REQUEST, RELAY_FORWARD, RELAY_REPLY, TYPE_MOST = 36 };
static const struct tl_name types[] = {
    { 1, "Solicit" }, { 2, "Advertise" }, { 3, "Request" }, { 4, "Confirm" }, { 5, "Renew" }, { 6, "Rebind" }, { 7,
    "Reply" },
    { 8, "Release" }, { 9, "Decline" }, { 10, "Reconfigure" }, { 11, "Information-request" }, { 12, "Relay-forward" },
    { 13, "Relay-reply" }, { 14, "Leasequery" }, { 15, "Leasequery-reply" }, { 16, "Leasequery-done" },
    { 17, "Leasequery-data" }, { 18, "Reconfigure-request" }, { 19, "Reconfigure-reply" }, { 20, "DHCPv4-query" },
    { 21, "DHCPv4-response" }, { 36, "Addr-reg-inform" }, { 0, NULL },
};

/* IANA registry "Option Codes" of DHCPv6. */
static const struct tl_name options[] = {
    { 1, "Client identifier" }, { 2, "Server identifier" }, { 3, "Identity association for addresses" },
    { 4, "Identity association for temporary addresses" }, { 5, "Address" }, { 6, "Option request" }, { 7,
    "Preference" },
    { 8, "Elapsed time" }, { 9, "Relay message" }, { 11, "Authentication" }, { 12, "Server unicast" }, { 13,
    "Status code" },
    { 14, "Rapid commit" }, { 15, "User class" }, { 16, "Vendor class" }, { 17, "Vendor options" }, { 18,
    "Interface id" },
    { 19, "Reconfigure message" }, { 20, "Reconfigure accept" }, { 21, "SIP server names" }, { 22, "SIP servers" },
    { 23, "DNS servers" }, { 24, "Domain search list" }, { 25, "Identity association for prefixes" }, { 26, "Prefix" },
    { 27, "NIS servers" }, { 28, "NIS+ servers" }, { 29, "NIS domain" }, { 30, "NIS+ domain" }, { 31, "SNTP servers" },
    { 32, "Information refresh time" }, { 36, "Civic address" }, { 37, "Remote id" }, { 38, "Subscriber id" },
    { 39, "Client FQDN" }, { 41, "Time zone, POSIX" }, { 42, "Time zone, by name" }, { 43, "Echo request" },
    { 56, "NTP servers" }, { 59, "Boot file URL" }, { 60, "Boot file parameters" }, { 61, "Client architecture" },
    { 62, "Network interface id" }, { 64, "AFTR name" }, { 66, "Relay-supplied options" }, { 67, "Excluded prefix" },
    { 79, "Client link-layer address" }, { 82, "Maximum of Solicit timeout" }, { 83, "Maximum of Inf timeout" },
    { 87, "DHCPv4 message" }, { 94, "MAP-E container" }, { 95, "MAP-T container" }, { 103, "Captive portal" },
    { 112, "Manufacturer usage description" }, { 135, "Relay source port" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 0, "Success" }, { 1, "UnspecFail" }, { 2, "NoAddrsAvail" }, { 3, "NoBinding" }, { 4, "NotOnLink" }, { 5,
    "UseMulticast" },
    { 6, "NoPrefixAvail" }, { 7, "UnknownQueryType" }, { 8, "MalformedQuery" }, { 9, "NotConfigured" }, { 10,
    "NotAllowed" },
    { 0, NULL },
};
static const struct tl_name duid_types[] = {
    { 1, "Link-layer address and time" }, { 2, "Enterprise number" }, { 3, "Link-layer address" }, { 4, "UUID" }, { 0,
    NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "dhcpv6.msgtype", "Message type", .type = TL_U8, .names = types },
    [XID] = { "dhcpv6.xid", "Transaction id", .type = TL_U24, .base = TL_HEX },
    [HOPS] = { "dhcpv6.hopcount", "Hops", .type = TL_U8 },
    [LINK] = { "dhcpv6.linkaddr", "Link address", .type = TL_IPV6 },
    [PEER] = { "dhcpv6.peeraddr", "Peer address", .type = TL_IPV6 },
    [MESSAGE] = { "dhcpv6.relay_message", "Relayed message", .type = TL_GROUP },
    [OPTION] = { "dhcpv6.option", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [CODE] = { "dhcpv6.option.type", "Option", .type = TL_U16, .names = options },
    [LENGTH] = { "dhcpv6.option.length", "Length", .type = TL_U16, .unit = "bytes" },
    [DUID] = { "dhcpv6.duid.bytes", "DUID", .type = TL_BYTES },
    [DUID_TYPE] = { "dhcpv6.duid.type", "DUID type", .type = TL_U16, .names = duid_types },
    [LLT_HARDWARE] = { "dhcpv6.duidllt.hwtype", "Hardware type", .type = TL_U16, .names = tl_hardware_names },
    [LLT_TIME] = { "dhcpv6.duidllt.time", "Time of the DUID", .type = TL_TIME },
    [LLT_ADDRESS] = { "dhcpv6.duidllt.link_layer_addr", "Link-layer address", .type = TL_TEXT },
    [LL_HARDWARE] = { "dhcpv6.duidll.hwtype", "Hardware type", .type = TL_U16, .names = tl_hardware_names },
    [LL_ADDRESS] = { "dhcpv6.duidll.link_layer_addr", "Link-layer address", .type = TL_TEXT },
    [EN_ENTERPRISE] = { "dhcpv6.duiden.enterprise", "Enterprise", .type = TL_U32 },
    [EN_ID] = { "dhcpv6.duiden.identifier", "Identifier", .type = TL_BYTES },
    [UUID] = { "dhcpv6.duiduuid.bytes", "UUID", .type = TL_BYTES },
    [IAID] = { "dhcpv6.iaid", "Identity association", .type = TL_TEXT, .help = "Eight hexadecimal digits" },
    [T1] = { "dhcpv6.iaid.t1", "T1", .type = TL_U32, .unit = "seconds" },
    [T2] = { "dhcpv6.iaid.t2", "T2", .type = TL_U32, .unit = "seconds" },
    [IATA] = { "dhcpv6.iata", "Identity association", .type = TL_TEXT, .help = "Of temporary addresses" },
    [IP] = { "dhcpv6.iaaddr.ip", "Address", .type = TL_IPV6 },
    [PREFERRED] = { "dhcpv6.iaaddr.pref_lifetime", "Preferred lifetime", .type = TL_U32, .unit = "seconds" },
    [VALID] = { "dhcpv6.iaaddr.valid_lifetime", "Valid lifetime", .type = TL_U32, .unit = "seconds" },
    [REQUESTED] = { "dhcpv6.requested_option_code", "Requested option", .type = TL_U16, .flags = TL_REPEATS,
                    .names = options },
    [PREFERENCE] = { "dhcpv6.option_preference", "Preference", .type = TL_U8 },
    [ELAPSED] = { "dhcpv6.elapsed_time", "Elapsed time", .type = TL_U16, .unit = "ms", .help = "Rounded to 10 ms" },
    [AUTH_PROTOCOL] = { "dhcpv6.auth.protocol", "Protocol", .type = TL_U8 },
    [AUTH_ALGORITHM] = { "dhcpv6.auth.algorithm", "Algorithm", .type = TL_U8 },
    [AUTH_RDM] = { "dhcpv6.auth.rdm", "Replay detection method", .type = TL_U8 },
    [AUTH_REPLAY] = { "dhcpv6.auth.replay_detection", "Replay detection", .type = TL_BYTES },
    [AUTH_INFO] = { "dhcpv6.auth.info", "Authentication information", .type = TL_BYTES, .secret = TL_SECRET_WHOLE,
                    .help = "The key of Reconfigure messages is in it" },
    [UNICAST] = { "dhcpv6.unicast", "Server address", .type = TL_IPV6 },
    [STATUS] = { "dhcpv6.status_code", "Status", .type = TL_U16, .names = statuses },
    [STATUS_TEXT] = { "dhcpv6.status_msg", "Status message", .type = TL_TEXT },
    [CLASS_LENGTH] = { "dhcpv6.userclass.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [CLASS_DATA] = { "dhcpv6.userclass.opaque_data", "User class", .type = TL_BYTES, .flags = TL_REPEATS },
    [VENDOR_CLASS] = { "dhcpv6.vendorclass.enterprise", "Enterprise", .type = TL_U32 },
    [VENDOR_CLASS_DATA] = { "dhcpv6.vendorclass.data", "Vendor class", .type = TL_TEXT, .flags = TL_REPEATS },
    [VENDOR] = { "dhcpv6.vendoropts.enterprise", "Enterprise", .type = TL_U32 },
    [VENDOR_CODE] = { "dhcpv6.vendoropts.enterprise.option_code", "Vendor option", .type = TL_U16,
                      .flags = TL_REPEATS },
    [VENDOR_LENGTH] = { "dhcpv6.vendoropts.enterprise.option_length", "Length", .type = TL_U16, .flags = TL_REPEATS,
                        .unit = "bytes" },
    [VENDOR_DATA] = { "dhcpv6.vendoropts.enterprise.option_data", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [INTERFACE] = { "dhcpv6.interface_id", "Interface id", .type = TL_BYTES },
    [RECONFIGURE] = { "dhcpv6.reconf_msg", "Message to send", .type = TL_U8, .names = types },
    [SIP_NAME] = { "dhcpv6.sip_server_domain_search_fqdn", "SIP server", .type = TL_TEXT,
                   .flags = TL_REPEATS | TL_ESCAPED },
    [SIP_ADDRESS] = { "dhcpv6.sip_server_a", "SIP server", .type = TL_IPV6, .flags = TL_REPEATS },
    [DNS] = { "dhcpv6.dns_server", "DNS server", .type = TL_IPV6, .flags = TL_REPEATS },
    [SEARCH] = { "dhcpv6.search_list_entry", "Search domain", .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED },
    [NIS] = { "dhcpv6.nis_server", "NIS server", .type = TL_IPV6, .flags = TL_REPEATS },
    [NISP] = { "dhcpv6.nisp_server", "NIS+ server", .type = TL_IPV6, .flags = TL_REPEATS },
    [SNTP] = { "dhcpv6.sntp_server", "SNTP server", .type = TL_IPV6, .flags = TL_REPEATS },
    [LIFETIME] = { "dhcpv6.lifetime", "Lifetime", .type = TL_U32, .unit = "seconds" },
    [PREFIX_PREFERRED] = { "dhcpv6.iaprefix.pref_lifetime", "Preferred lifetime", .type = TL_U32, .unit = "seconds" },
    [PREFIX_VALID] = { "dhcpv6.iaprefix.valid_lifetime", "Valid lifetime", .type = TL_U32, .unit = "seconds" },
    [PREFIX_LENGTH] = { "dhcpv6.iaprefix.pref_len", "Prefix length", .type = TL_U8 },
    [PREFIX] = { "dhcpv6.iaprefix.pref_addr", "Prefix", .type = TL_IPV6 },
    [REMOTE_ENTERPRISE] = { "dhcpv6.remoteid.enterprise", "Enterprise", .type = TL_U32 },
    [REMOTE_ID] = { "dhcpv6.remoteid_enterprise_id", "Remote id", .type = TL_BYTES },
    [SUBSCRIBER] = { "dhcpv6.subscriber_id", "Subscriber id", .type = TL_TEXT },
    [FQDN_FLAGS] = { "dhcpv6.client_fqdn_flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [FQDN_N] = { "dhcpv6.fqdn.n", "Server must not update", .type = TL_BOOL, .mask = 0x04 },
    [FQDN_O] = { "dhcpv6.fqdn.o", "Server overrides", .type = TL_BOOL, .mask = 0x02 },
    [FQDN_S] = { "dhcpv6.fqdn.s", "Server updates the name", .type = TL_BOOL, .mask = 0x01 },
    [FQDN] = { "dhcpv6.client_domain", "Client name", .type = TL_TEXT, .flags = TL_ESCAPED },
    [TIME_ZONE] = { "dhcpv6.timezone", "Time zone, POSIX", .type = TL_TEXT },
    [TZ_DB] = { "dhcpv6.tzdb", "Time zone, by name", .type = TL_TEXT },
    [NTP_TYPE] = { "dhcpv6.ntpserver.option.type", "Suboption", .type = TL_U16, .flags = TL_REPEATS },
    [NTP_LENGTH] = { "dhcpv6.ntpserver.option.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [NTP_ADDRESS] = { "dhcpv6.ntpserver.addr", "NTP server", .type = TL_IPV6, .flags = TL_REPEATS },
    [NTP_MULTICAST] = { "dhcpv6.ntpserver.mc_addr", "NTP multicast address", .type = TL_IPV6, .flags = TL_REPEATS },
    [NTP_NAME] = { "dhcpv6.ntpserver.fqdn", "NTP server", .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED },
    [BOOT_URL] = { "dhcpv6.boot_file_url", "Boot file URL", .type = TL_TEXT },
    [AFTR] = { "dhcpv6.aftr_name", "AFTR name", .type = TL_TEXT, .flags = TL_ESCAPED },
    [CAPTIVE_PORTAL] = { "dhcpv6.captive_portal", "Captive portal", .type = TL_TEXT },
    [LINK_LAYER] = { "dhcpv6.client_link_layer_addr", "Client link-layer address", .type = TL_BYTES },
    [RELAY_PORT] = { "dhcpv6.relay_port", "Relay source port", .type = TL_U16 },
    [VALUE] = { "dhcpv6.option.value", "Value", .type = TL_BYTES },
    [LINE] = { "dhcpv6.line", "Line", .type = TL_TEXT, .flags = TL_DERIVED | TL_ONLY_LINE },
};

enum { CLIENT_ID = 1, SERVER_ID, IA_NA, IA_TA, IA_ADDRESS, ORO, PREFERENCE_OPTION, ELAPSED_OPTION, RELAY_MESSAGE,
AUTHENTICATION = 11,
       UNICAST_OPTION, STATUS_OPTION, USER_CLASS = 15, VENDOR_CLASS_OPTION, VENDOR_OPTIONS, INTERFACE_OPTION,
       RECONFIGURE_OPTION,
       SIP_NAMES = 21, SIP_SERVERS, DNS_SERVERS, DOMAINS, IA_PD, IA_PREFIX, REFRESH = 32, REMOTE_OPTION = 37,
       FQDN_OPTION = 39, NTP_OPTION = 56, AFTR_OPTION = 64, LINK_LAYER_OPTION = 79, RELAY_PORT_OPTION = 135 };
enum { DEPTH_MOST = 8, HEADER = 4, RELAY_HEADER = 34, OPTION_HEADER = 4 };

struct flow {
    bool seen;
};

/* Of the innermost message, for the packet's line. */
struct line {
    uint8_t type;
    uint32_t xid;
    const uint8_t *ip, *prefix; /* the first that is offered or asked for; NULL: none */
    uint8_t prefix_len;
    uint8_t relays;
};

static void rest(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

/* --- values --- */

/* A name in the form of DNS (RFC 8415 section 10), never compressed. A partial one lacks the root. */
static void name(struct tl_dissection *d, unsigned field)
{
    struct tl_dns_name labels = { .len = 0 };
    const uint32_t from = d->c.off;
    bool whole = false;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *n = tl_cursor_take(&d->c, 1);
        whole = n != NULL && *n == 0;
        if (n == NULL || whole)
            break;
        const uint8_t *p = *n < 64 ? tl_cursor_take(&d->c, *n) : NULL;
        if (p == NULL || labels.len + *n + 1u > TL_DNS_NAME) {
            tl_bad(d);
            return;
        }
        memcpy(labels.labels + labels.len, n, *n + 1u);
        labels.len += *n + 1u;
    }
    if (!tl_ok(d) || !tl_wants(d, field))
        return;
    uint8_t text[TL_DNS_NAME_TEXT + 1];
    uint32_t len = tl_dns_name_text(labels.labels, labels.len, text);
    if (whole)
        text[len++] = '.';
    tl_add_text(d, field, from, d->c.off - from, text, len);
}

static void names(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        name(d, field);
}

static void addresses(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_ipv6(d, field);
}

static void hex_id(struct tl_dissection *d, unsigned field)
{
    uint8_t room[16];
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL || !tl_wants(d, field))
        return;
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    tl_put_hex_bytes(&text, p, 4, 0);
    tl_add_text(d, field, d->c.off - 4, 4, text.data, (uint32_t)text.len);
}

static void hardware_address(struct tl_dissection *d, unsigned field)
{
    uint8_t room[64];
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || n == 0 || n > 20 || !tl_wants(d, field))
        return;
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    tl_put_hex_bytes(&text, p, n, ':');
    tl_add_text(d, field, d->c.off - n, n, text.data, (uint32_t)text.len);
}

/* Section 11. */
static void duid(struct tl_dissection *d)
{
    enum { SECONDS_1970_TO_2000 = 946684800 };
    const struct tl_cursor at = d->c;
    rest(d, DUID);
    if (d->wanted == NULL)
        return;
    d->c = at; /* its parts, of one that is cut, too */
    uint16_t type = tl_u16(d, DUID_TYPE);
    if (type == 1) {
        tl_u16(d, LLT_HARDWARE);
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add(d, LLT_TIME, d->c.off - 4, 4,
                   (uint64_t)(tl_load_be32(p) + (int64_t)SECONDS_1970_TO_2000) * UINT64_C(1000000000));
        hardware_address(d, LLT_ADDRESS);
    } else if (type == 2) {
        tl_u32(d, EN_ENTERPRISE);
        rest(d, EN_ID);
    } else if (type == 3) {
        tl_u16(d, LL_HARDWARE);
        hardware_address(d, LL_ADDRESS);
    } else if (type == 4) {
        rest(d, UUID);
    }
}

/* RFC 4704. */
static void fqdn(struct tl_dissection *d)
{
    uint8_t flags = tl_u8(d, FQDN_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, FQDN_N, FQDN_S, d->c.off - 1, 1, flags);
    name(d, FQDN);
}

/* Pieces with lengths of two bytes. */
static void pieces(struct tl_dissection *d, int length, unsigned data)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        uint32_t len = p != NULL ? tl_load_be16(p) : 0;
        if (p != NULL && length >= 0)
            tl_add(d, (unsigned)length, d->c.off - 2, 2, len);
        if (len > 0)
            tl_run(d, data, len);
    }
}

static void vendor_options(struct tl_dissection *d)
{
    tl_u32(d, VENDOR);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u16(d, VENDOR_CODE);
        uint32_t len = tl_u16(d, VENDOR_LENGTH);
        if (len > 0)
            tl_run(d, VENDOR_DATA, len);
    }
}

/* RFC 5908. */
static void ntp_servers(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint16_t type = tl_u16(d, NTP_TYPE);
        struct tl_part part = tl_part_enter(d, tl_u16(d, NTP_LENGTH));
        if (type == 1 || type == 2)
            tl_ipv6(d, type == 1 ? NTP_ADDRESS : NTP_MULTICAST);
        else if (type == 3)
            name(d, NTP_NAME);
        else
            rest(d, VALUE);
        tl_part_leave(d, part);
    }
}

static void authentication(struct tl_dissection *d)
{
    tl_u8(d, AUTH_PROTOCOL);
    tl_u8(d, AUTH_ALGORITHM);
    tl_u8(d, AUTH_RDM);
    tl_run(d, AUTH_REPLAY, 8);
    if (tl_ok(d))
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    rest(d, AUTH_INFO);
}

/* --- options --- */

static void read_options(struct tl_dissection *d, struct line *line, unsigned depth);
static void message(struct tl_dissection *d, struct line *line, unsigned depth);

static void address(struct tl_dissection *d, struct line *line, unsigned depth)
{
    const uint8_t *ip = tl_ipv6(d, IP);
    if (line->ip == NULL)
        line->ip = ip;
    tl_u32(d, PREFERRED);
    tl_u32(d, VALID);
    read_options(d, line, depth + 1);
}

static void prefix(struct tl_dissection *d, struct line *line, unsigned depth)
{
    tl_u32(d, PREFIX_PREFERRED);
    tl_u32(d, PREFIX_VALID);
    uint8_t len = tl_u8(d, PREFIX_LENGTH);
    const uint8_t *p = tl_ipv6(d, PREFIX);
    if (line->prefix == NULL && p != NULL) {
        line->prefix = p;
        line->prefix_len = len;
    }
    read_options(d, line, depth + 1);
}

static void association(struct tl_dissection *d, struct line *line, uint16_t code, unsigned depth)
{
    hex_id(d, code == IA_TA ? IATA : IAID);
    if (code != IA_TA) {
        tl_u32(d, T1);
        tl_u32(d, T2);
    }
    read_options(d, line, depth + 1);
}

static void relayed(struct tl_dissection *d, struct line *line, unsigned depth)
{
    uint32_t group = tl_group(d, MESSAGE);
    message(d, line, depth + 1);
    tl_group_end(d, group);
}

/* Options that are one value or a list: the field, and how it is read. */
static const struct simple {
    uint8_t code;
    uint8_t field;
    enum { A_RUN, A_U8, A_U16, A_U32, A_ADDRESS, ADDRESSES, A_NAME, NAMES, A_LIST } as;
} simple[] = {
    { ORO, REQUESTED, A_LIST }, { PREFERENCE_OPTION, PREFERENCE, A_U8 }, { UNICAST_OPTION, UNICAST, A_ADDRESS },
    { INTERFACE_OPTION, INTERFACE, A_RUN }, { RECONFIGURE_OPTION, RECONFIGURE, A_U8 }, { SIP_NAMES, SIP_NAME, NAMES },
    { SIP_SERVERS, SIP_ADDRESS, ADDRESSES }, { DNS_SERVERS, DNS, ADDRESSES }, { DOMAINS, SEARCH, NAMES }, { 27, NIS,
    ADDRESSES },
    { 28, NISP, ADDRESSES }, { 31, SNTP, ADDRESSES }, { REFRESH, LIFETIME, A_U32 }, { 38, SUBSCRIBER, A_RUN },
    { 41, TIME_ZONE, A_RUN }, { 42, TZ_DB, A_RUN }, { 59, BOOT_URL, A_RUN }, { AFTR_OPTION, AFTR, A_NAME },
    { LINK_LAYER_OPTION, LINK_LAYER, A_RUN }, { 103, CAPTIVE_PORTAL, A_RUN }, { RELAY_PORT_OPTION, RELAY_PORT, A_U16 },
};

static bool simple_value(struct tl_dissection *d, uint16_t code)
{
    const struct simple *s = NULL;
    for (unsigned i = 0; i < TL_COUNT(simple) && s == NULL; i++)
        s = simple[i].code == code ? &simple[i] : NULL;
    if (s == NULL)
        return false;
    switch (s->as) {
    case A_RUN:
        rest(d, s->field);
        break;
    case A_U8:
        tl_u8(d, s->field);
        break;
    case A_U16:
        tl_u16(d, s->field);
        break;
    case A_U32:
        tl_u32(d, s->field);
        break;
    case A_ADDRESS:
        tl_ipv6(d, s->field);
        break;
    case ADDRESSES:
        addresses(d, s->field);
        break;
    case A_NAME:
        name(d, s->field);
        break;
    case NAMES:
        names(d, s->field);
        break;
    case A_LIST:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_u16(d, s->field);
        break;
    }
    return true;
}

static void elapsed(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add(d, ELAPSED, d->c.off - 2, 2, (uint64_t)tl_load_be16(p) * 10);
}

static void value(struct tl_dissection *d, struct line *line, uint16_t code, unsigned depth)
{
    switch (code) {
    case CLIENT_ID:
    case SERVER_ID:
        duid(d);
        break;
    case IA_NA:
    case IA_TA:
    case IA_PD:
        association(d, line, code, depth);
        break;
    case IA_ADDRESS:
        address(d, line, depth);
        break;
    case IA_PREFIX:
        prefix(d, line, depth);
        break;
    case ELAPSED_OPTION:
        elapsed(d);
        break;
    case RELAY_MESSAGE:
        relayed(d, line, depth);
        break;
    case AUTHENTICATION:
        authentication(d);
        break;
    case STATUS_OPTION:
        tl_u16(d, STATUS);
        rest(d, STATUS_TEXT);
        break;
    case USER_CLASS:
        pieces(d, CLASS_LENGTH, CLASS_DATA);
        break;
    case VENDOR_CLASS_OPTION:
        tl_u32(d, VENDOR_CLASS);
        pieces(d, -1, VENDOR_CLASS_DATA);
        break;
    case VENDOR_OPTIONS:
        vendor_options(d);
        break;
    case REMOTE_OPTION:
        tl_u32(d, REMOTE_ENTERPRISE);
        rest(d, REMOTE_ID);
        break;
    case FQDN_OPTION:
        fqdn(d);
        break;
    case NTP_OPTION:
        ntp_servers(d);
        break;
    default:
        if (!simple_value(d, code))
            rest(d, VALUE);
        break;
    }
}

static void read_options(struct tl_dissection *d, struct line *line, unsigned depth)
{
    if (depth > DEPTH_MOST) {
        rest(d, VALUE);
        return;
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        uint16_t code = tl_u16(d, CODE);
        struct tl_part part = tl_part_enter(d, tl_u16(d, LENGTH));
        if (tl_ok(d))
            value(d, line, code, depth);
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}

static bool is_relay(uint8_t type)
{
    return type == RELAY_FORWARD || type == RELAY_REPLY;
}

static void message(struct tl_dissection *d, struct line *line, unsigned depth)
{
    uint8_t type = tl_u8(d, TYPE);
    line->type = type;
    if (is_relay(type)) {
        line->relays++;
        tl_u8(d, HOPS);
        tl_ipv6(d, LINK);
        tl_ipv6(d, PEER);
    } else {
        line->xid = tl_u24(d, XID);
    }
    read_options(d, line, depth);
}

/* --- the whole --- */

/* "Solicit XID: 0xd81eb8, prefix 2001:db8::/56 (relayed)" */
static void put_line(struct tl_dissection *d, const struct line *line)
{
    uint8_t room[200];
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    const char *type = tl_name_of(types, line->type);
    tl_puts(&text, type != NULL ? type : "Message");
    if (!is_relay(line->type)) {
        tl_put_lit(&text, " XID: 0x");
        tl_put_hex(&text, line->xid, 6);
    }
    if (line->ip != NULL) {
        tl_put_lit(&text, ", ");
        tl_put_ipv6(&text, line->ip);
    }
    if (line->prefix != NULL) {
        tl_put_lit(&text, ", prefix ");
        tl_put_ipv6(&text, line->prefix);
        tl_put_char(&text, '/');
        tl_put_u64(&text, line->prefix_len);
    }
    if (line->relays > 0)
        tl_put_lit(&text, " (relayed)");
    tl_add_text(d, LINE, d->start, 0, text.data, (uint32_t)text.len);
}

static enum tl_status dhcpv6_dissect(struct tl_dissection *d)
{
    struct flow *flow = d->flow.slot;
    struct line line = { .type = 0 };
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && (*first == 0 || *first > TYPE_MOST)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    message(d, &line, 0);
    if (line.type != 0 && tl_wants(d, LINE))
        put_line(d, &line);
    if (flow == NULL || !tl_ok(d))
        return tl_next_none(d);
    bool answer = line.type == ADVERTISE || line.type == REPLY || line.type == RELAY_REPLY;
    if (!flow->seen && answer && d->flow.side == 0 && !d->flow.multicast)
        tl_turn(d);
    if ((flow = d->flow.slot) != NULL)
        flow->seen = true;
    tl_confirm(d);
    return tl_next_none(d);
}

/* Only on its ports: a header that is right, and a first option that fits. */
static enum tl_probe dhcpv6_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1);
    if (!d->flow.home || d->flow.stream || p == NULL || *p == 0 || *p > TYPE_MOST)
        return TL_PROBE_NO;
    uint32_t header = is_relay(*p) ? RELAY_HEADER : HEADER, left = tl_cursor_wire_left(&c);
    if (left == header)
        return TL_PROBE_YES;
    const uint8_t *option = tl_cursor_peek(&c, header, OPTION_HEADER);
    if (left < header + OPTION_HEADER || option == NULL)
        return left >= header + OPTION_HEADER ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return tl_load_be16(option + 2) <= left - header - OPTION_HEADER ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_dhcpv6 = {
    .name = "dhcpv6",
    .title = "DHCP for IPv6",
    .service = "dhcpv6",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .has_secrets = true,
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 546 }, { TL_ON_UDP_PORT, 547 } },
    .info = "[{line}]",
    .only_at_home = true,
    .probe = dhcpv6_probe,
    .dissect = dhcpv6_dissect,
};
