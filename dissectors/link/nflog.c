/*
 * nflog.c - Linux netfilter's log (LINKTYPE_NFLOG; linux/netfilter/nfnetlink_log.h): a header and attributes; the last
 * attribute is the packet. Attribute lengths and types are in the byte order of the capturing host.
 */
#include "dissectors/header.h"

enum { FAMILY, VERSION, RESOURCE, LENGTH, TYPE, PROTOCOL, HOOK, PREFIX, IN, OUT, PHYSICAL_IN, PHYSICAL_OUT, UID, GID, VALUE };

enum { HEADER = 4, ATTRIBUTE = 4, PACKET_HEADER = 1, PAYLOAD = 9, TYPE_MASK = 0x7fff };
enum { FAMILY_INET = 2, FAMILY_INET6 = 10 };

static const struct tl_name families[] = {
    { 0, "Unspecified" }, { 2, "IPv4" }, { 3, "ARP" }, { 5, "Device" }, { 7, "Bridge" }, { 10, "IPv6" }, { 0, NULL },
};

static const struct tl_name types[] = {
    { 1, "Packet header" }, { 2, "Mark" },     { 3, "Timestamp" },       { 4, "Interface in" },
    { 5, "Interface out" }, { 6, "Physical interface in" }, { 7, "Physical interface out" }, { 8, "Hardware address" },
    { 9, "Payload" },       { 10, "Prefix" },  { 11, "User" },           { 12, "Sequence" },
    { 13, "Global sequence" }, { 14, "Group" }, { 15, "Hardware type" }, { 16, "Hardware header" },
    { 17, "Hardware header length" }, { 0, NULL },
};

static const struct tl_name hooks[] = {
    { 0, "Before routing" }, { 1, "Local in" }, { 2, "Forward" }, { 3, "Local out" }, { 4, "After routing" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [FAMILY] = { "nflog.family", "Family", .type = TL_U8, .names = families },
    [VERSION] = { "nflog.version", "Version", .type = TL_U8 },
    [RESOURCE] = { "nflog.res_id", "Resource", .type = TL_U16, .help = "The group that was logged to" },
    [LENGTH] = { "nflog.tlv_length", "Attribute length", .type = TL_U16, .unit = "bytes", .flags = TL_REPEATS },
    [TYPE] = { "nflog.tlv_type", "Attribute", .type = TL_U16, .flags = TL_REPEATS, .names = types },
    [PROTOCOL] = { "nflog.protocol", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names,
                   .flags = TL_REPEATS },
    [HOOK] = { "nflog.hook", "Hook", .type = TL_U8, .names = hooks, .flags = TL_REPEATS },
    [PREFIX] = { "nflog.prefix", "Prefix", .type = TL_TEXT, .flags = TL_REPEATS },
    [IN] = { "nflog.ifindex_indev", "Interface in", .type = TL_U32, .flags = TL_REPEATS },
    [OUT] = { "nflog.ifindex_outdev", "Interface out", .type = TL_U32, .flags = TL_REPEATS },
    [PHYSICAL_IN] = { "nflog.ifindex_physindev", "Physical interface in", .type = TL_U32, .flags = TL_REPEATS },
    [PHYSICAL_OUT] = { "nflog.ifindex_physoutdev", "Physical interface out", .type = TL_U32, .flags = TL_REPEATS },
    [UID] = { "nflog.uid", "User", .type = TL_I32, .flags = TL_REPEATS },
    [GID] = { "nflog.gid", "Group", .type = TL_I32, .flags = TL_REPEATS },
    [VALUE] = { "nflog.tlv_value", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
};

/* Reads a text, without its final zero. */
static void prefix(struct tl_dissection *d, uint32_t len)
{
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p != NULL)
        tl_add_text(d, PREFIX, d->c.off - len, len, p, len > 0 && p[len - 1] == 0 ? len - 1 : len);
}

static void number(struct tl_dissection *d, unsigned field, bool is_signed)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return;
    uint32_t value = tl_load_be32(p);
    tl_add(d, field, d->c.off - 4, 4, is_signed ? (uint64_t)(int64_t)(int32_t)value : value);
}

/* Reads the value of an attribute. Numbers in it are in network order. */
static void attribute(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    static const struct {
        uint8_t type, field;
        bool is_signed;
    } numbers[] = { { 4, IN, false },          { 5, OUT, false }, { 6, PHYSICAL_IN, false },
                    { 7, PHYSICAL_OUT, false }, { 11, UID, true }, { 14, GID, true } };
    for (unsigned i = 0; i < TL_COUNT(numbers); i++) {
        if (type == numbers[i].type && len == 4) {
            number(d, numbers[i].field, numbers[i].is_signed);
            return;
        }
    }
    if (type == PACKET_HEADER && len == 4) {
        tl_u16(d, PROTOCOL);
        tl_u8(d, HOOK);
        tl_skip(d, 1);
    } else if (type == 10) {
        prefix(d, len);
    } else if (len > 0) {
        tl_run(d, VALUE, len);
    }
}

static enum tl_status nflog_dissect(struct tl_dissection *d)
{
    uint8_t family = tl_u8(d, FAMILY);
    tl_u8(d, VERSION);
    tl_u16(d, RESOURCE);
    /* Attributes before the packet are shorter than 256 bytes, so the byte that is not zero is the low one. */
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 2);
    bool big_endian = first != NULL && first[0] == 0;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= ATTRIBUTE) {
        uint32_t len = big_endian ? tl_u16(d, LENGTH) : tl_le16(d, LENGTH);
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        if (p == NULL)
            break;
        uint16_t type = (big_endian ? tl_load_be16(p) : tl_load_le16(p)) & TYPE_MASK;
        tl_add(d, TYPE, d->c.off - 2, 2, type);
        if (len < ATTRIBUTE) {
            tl_bad(d);
            break;
        }
        len -= ATTRIBUTE;
        if (type == PAYLOAD) {
            tl_limit(d, d->c.off - d->start + len, 0);
            return family == FAMILY_INET    ? tl_next(d, TL_ON_ETHERTYPE, 0x0800)
                   : family == FAMILY_INET6 ? tl_next(d, TL_ON_ETHERTYPE, 0x86dd)
                                            : tl_next_data(d);
        }
        attribute(d, type, len);
        uint32_t padding = (4 - len % 4) % 4;
        tl_skip(d, padding < tl_cursor_wire_left(&d->c) ? padding : tl_cursor_wire_left(&d->c));
    }
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_nflog = {
    .name = "nflog",
    .title = "Linux netfilter log",
    .kind = TL_KIND_LAYER,
    .info = "Netfilter log[ group {res_id}][ {hook}][ {prefix}]",
    .dissect = nflog_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 239 } },
};
