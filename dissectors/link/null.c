/* null.c - BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): an address family in the byte order of the capturing host. */
#include "dissectors/header.h"

enum { FAMILY, TYPE };

static const struct tl_name families[] = {
    { 2, "IPv4" },           { 7, "ISO" },             { 10, "IPv6 (Linux)" }, { 16, "AppleTalk" },
    { 23, "IPv6 (Windows)" }, { 24, "IPv6 (BSD)" },    { 28, "IPv6 (FreeBSD)" }, { 30, "IPv6 (Darwin)" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [FAMILY] = { "null.family", "Family", .type = TL_U32, .names = families },
    [TYPE] = { "null.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

static enum tl_status null_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return d->c.status;
    uint32_t family = tl_load_be32(p);
    if ((family & 0xffff0000) != 0) /* families fit 16 bits, so the byte order is the other one */
        family = tl_load_le32(p);
    if (family > 0xffff)
        family = tl_load_be16(p + 2);
    if (family >= 1536) { /* some systems write an Ethernet type */
        tl_add(d, TYPE, d->c.off - 4, 4, family);
        return tl_next(d, TL_ON_ETHERTYPE, family);
    }
    tl_add(d, FAMILY, d->c.off - 4, 4, family);
    switch (family) {
    case 2:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    default:
        return tl_next_data(d);
    }
}

const struct tl_protocol tl_protocol_null = {
    .name = "null",
    .title = "Loopback",
    .kind = TL_KIND_LAYER,
    .info = "Loopback[ {family}][ {type}]",
    .dissect = null_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 0 }, { TL_ON_LINKTYPE, 108 } },
};
