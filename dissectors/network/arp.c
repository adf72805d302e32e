/* arp.c - Address Resolution Protocol (RFC 826, RFC 903, RFC 2225). */
#include "dissectors/header.h"
#include "dissectors/network/arp_host.h"

enum { HW_TYPE, PROTO_TYPE, HW_SIZE, PROTO_SIZE, OPCODE, SRC_MAC, SRC_HW, SRC_IPV4, SRC_PROTO, DST_MAC, DST_HW,
       DST_IPV4, DST_PROTO, SRC_HLEN, SRC_SLEN, SRC_PLN, DST_HLEN, DST_SLEN, DST_PLN, SRC_SUB, DST_SUB,
       GRATUITOUS, PROBE, ANNOUNCEMENT };

static const struct tl_name opcodes[] = {
    { 1, "Request" },          { 2, "Reply" },          { 3, "Reverse request" },  { 4, "Reverse reply" },
    { 5, "DRARP request" },    { 6, "DRARP reply" },    { 7, "DRARP error" },      { 8, "Inverse request" },
    { 9, "Inverse reply" },    { 10, "ATM NAK" },       { 11, "MARS request" },    { 12, "MARS multi" },
    { 13, "MARS MServ" },      { 14, "MARS join" },     { 15, "MARS leave" },      { 16, "MARS NAK" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [HW_TYPE] = { "arp.hw.type", "Hardware type", .type = TL_U16, .names = tl_hardware_names },
    [PROTO_TYPE] = { "arp.proto.type", "Protocol type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [HW_SIZE] = { "arp.hw.size", "Hardware size", .type = TL_U8, .unit = "bytes" },
    [PROTO_SIZE] = { "arp.proto.size", "Protocol size", .type = TL_U8, .unit = "bytes" },
    [OPCODE] = { "arp.opcode", "Opcode", .type = TL_U16, .names = opcodes },
    [SRC_MAC] = { "arp.src.hw_mac", "Sender MAC address", .type = TL_MAC },
    [SRC_HW] = { "arp.src.hw", "Sender hardware address", .type = TL_BYTES },
    [SRC_IPV4] = { "arp.src.proto_ipv4", "Sender IP address", .type = TL_IPV4, .flags = TL_SOURCE },
    [SRC_PROTO] = { "arp.src.proto", "Sender protocol address", .type = TL_BYTES },
    [DST_MAC] = { "arp.dst.hw_mac", "Target MAC address", .type = TL_MAC },
    [DST_HW] = { "arp.dst.hw", "Target hardware address", .type = TL_BYTES },
    [DST_IPV4] = { "arp.dst.proto_ipv4", "Target IP address", .type = TL_IPV4, .flags = TL_DESTINATION },
    [DST_PROTO] = { "arp.dst.proto", "Target protocol address", .type = TL_BYTES },
    [SRC_HLEN] = { "arp.src.hlen", "Sender ATM number length", .type = TL_U8, .mask = 0x3f, .unit = "bytes" },
    [SRC_SLEN] = { "arp.src.slen", "Sender ATM subaddress length", .type = TL_U8, .mask = 0x3f, .unit = "bytes" },
    [SRC_PLN] = { "arp.src.pln", "Sender protocol size", .type = TL_U8, .unit = "bytes" },
    [DST_HLEN] = { "arp.dst.hlen", "Target ATM number length", .type = TL_U8, .mask = 0x3f, .unit = "bytes" },
    [DST_SLEN] = { "arp.dst.slen", "Target ATM subaddress length", .type = TL_U8, .mask = 0x3f, .unit = "bytes" },
    [DST_PLN] = { "arp.dst.pln", "Target protocol size", .type = TL_U8, .unit = "bytes" },
    [SRC_SUB] = { "arp.src.atm_subaddr", "Sender ATM subaddress", .type = TL_BYTES },
    [DST_SUB] = { "arp.dst.atm_subaddr", "Target ATM subaddress", .type = TL_BYTES },
    [GRATUITOUS] = { "arp.isgratuitous", "Gratuitous", .type = TL_BOOL, .flags = TL_DERIVED,
                     .help = "Both addresses are the sender's: present only if so" },
    [PROBE] = { "arp.isprobe", "Probe", .type = TL_BOOL, .flags = TL_DERIVED,
                .help = "RFC 5227 2.1: is the address in use?" },
    [ANNOUNCEMENT] = { "arp.isannouncement", "Announcement", .type = TL_BOOL, .flags = TL_DERIVED,
                       .help = "RFC 5227 2.3: the address is in use from now on" },
};

enum { HARDWARE_ETHERNET = 1, HARDWARE_IEEE802 = 6, HARDWARE_ATM = 19, REQUEST = 1, REPLY = 2 };

/* Returns the field for an address of n bytes: the typed field if the address has that type. */
static void address(struct tl_dissection *d, unsigned typed, unsigned plain, bool is_typed, uint32_t n)
{
    if (n > 0)
        tl_run(d, is_typed ? typed : plain, n);
}

static uint32_t atm_length(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return 0;
    tl_add_bits(d, field, d->c.off - 1, 1, p[0]);
    return p[0] & 0x3fu;
}

/* RFC 2225 6: each address has its own length, and ATM numbers may have a subaddress. */
static void atm(struct tl_dissection *d, bool ipv4)
{
    uint32_t src = atm_length(d, SRC_HLEN), src_sub = atm_length(d, SRC_SLEN);
    tl_u16(d, OPCODE);
    uint32_t src_proto = tl_u8(d, SRC_PLN);
    uint32_t dst = atm_length(d, DST_HLEN), dst_sub = atm_length(d, DST_SLEN);
    uint32_t dst_proto = tl_u8(d, DST_PLN);
    address(d, SRC_HW, SRC_HW, true, src);
    address(d, SRC_SUB, SRC_SUB, true, src_sub);
    address(d, SRC_IPV4, SRC_PROTO, ipv4 && src_proto == 4, src_proto);
    address(d, DST_HW, DST_HW, true, dst);
    address(d, DST_SUB, DST_SUB, true, dst_sub);
    address(d, DST_IPV4, DST_PROTO, ipv4 && dst_proto == 4, dst_proto);
}

/* RFC 5227: what a message without an answer in mind is for. The addresses begin at `at`: 6, 4, 6 and 4 bytes. */
static void purpose(struct tl_dissection *d, uint16_t opcode, uint32_t at)
{
    static const uint8_t none[6];
    const uint8_t *p = d->c.base + at, *src = p + 6, *dst_mac = p + 10, *dst = p + 16;
    bool same = memcmp(src, dst, 4) == 0, unknown = memcmp(dst_mac, none, 6) == 0;
    if (same)
        tl_add(d, GRATUITOUS, d->c.off, 0, 1);
    if (same && opcode == REQUEST && unknown)
        tl_add(d, ANNOUNCEMENT, d->c.off, 0, 1);
    if (!same && opcode == REQUEST && unknown && memcmp(src, none, 4) == 0)
        tl_add(d, PROBE, d->c.off, 0, 1);
}

/* Hosts of a network inside a tunnel are not those around it, and are not told apart from others: they are left out. */
static void remember(struct tl_dissection *d, uint16_t opcode, uint32_t at)
{
    const uint8_t *p = d->c.base + at;
    const struct tl_arp_message m = { opcode, p, p + 6, p + 16 };
    if (d->frame->packet == NULL || d->frame->quoted || d->net->version != 0 || opcode < REQUEST || opcode > REPLY ||
        (tl_arp_facts(&m) & TL_ARP_IS_THERE) == 0)
        return;
    struct tl_arp_part part = { .ts = d->frame->ts, .packet = d->frame->number, .operation = opcode,
                                .nano = d->frame->nano, .interface = d->frame->packet->interface,
                                .network = (uint32_t)d->frame->vlan << 16 | d->frame->inner_vlan };
    memcpy(part.mac, m.mac, 6);
    memcpy(part.sender, m.sender, 4);
    memcpy(part.target, m.target, 4);
    tl_join(d, &tl_arp_joiner, &part);
}

static const struct tl_weird_name weirds[] = {
    [TL_ARP_WEIRD_MOVED] = { "arp_gratuitous_other_mac", "A host announces an address that another one had: a "
                             "takeover, or an attack. Once for each address of an interface; addl has it and both MAC "
                             "addresses" },
    [TL_ARP_WEIRD_DUPLICATE] = { "arp_duplicate_address", "Two hosts at one interface have one address. Once for each; "
                                 "addl has it and both MAC addresses" },
};

static enum tl_status arp_dissect(struct tl_dissection *d)
{
    uint16_t hardware = tl_u16(d, HW_TYPE);
    uint16_t protocol = tl_u16(d, PROTO_TYPE);
    bool ipv4 = protocol == 0x0800 || protocol == 0x1000; /* trailer encapsulation also resolves IPv4 addresses */
    if (hardware == HARDWARE_ATM) {
        atm(d, ipv4);
        return tl_next_none(d);
    }
    uint32_t hw = tl_u8(d, HW_SIZE), proto = tl_u8(d, PROTO_SIZE);
    bool mac = (hardware == HARDWARE_ETHERNET || hardware == HARDWARE_IEEE802) && hw == 6;
    ipv4 = ipv4 && proto == 4;
    uint16_t opcode = tl_u16(d, OPCODE);
    const uint32_t at = d->c.off;
    address(d, SRC_MAC, SRC_HW, mac, hw);
    address(d, SRC_IPV4, SRC_PROTO, ipv4, proto);
    address(d, DST_MAC, DST_HW, mac, hw);
    address(d, DST_IPV4, DST_PROTO, ipv4, proto);
    if (tl_ok(d) && mac && ipv4 && d->wanted != NULL)
        purpose(d, opcode, at);
    if (tl_ok(d) && mac && ipv4 && protocol == 0x0800 && d->recorded)
        remember(d, opcode, at);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_arp = {
    .name = "arp",
    .title = "Address Resolution Protocol",
    .kind = TL_KIND_LAYER,
    .info = "{opcode}[: {src.proto_ipv4}][ ({src.hw_mac})][ > {dst.proto_ipv4}]",
    .dissect = arp_dissect,
    TL_TABLE(fields),
    TL_WEIRDS(weirds),
    .on = { { TL_ON_ETHERTYPE, 0x0806 }, { TL_ON_ETHERTYPE, 0x8035 } },
};
