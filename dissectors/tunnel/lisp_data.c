/*
 * lisp_data.c - the data header of the Locator/ID Separation Protocol (RFC 9300, section 5.3).
 *
 *   N L E V I R K K | nonce, or source and destination map version 3 | instance id 3, status bits 1; or status bits 4
 */
#include "dissectors/header.h"

enum { FLAGS, F_NONCE, F_STATUS, F_ECHO, F_VERSION, F_INSTANCE, F_RESERVED, NONCE, MAP_VERSION, SOURCE_VERSION,
       DESTINATION_VERSION, INSTANCE, STATUS, STATUS_8 };
static const struct tl_field fields[] = {
    [FLAGS] = { "lisp-data.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [F_NONCE] = { "lisp-data.flags.nonce", "Nonce", .type = TL_BOOL, .mask = 0x80 },
    [F_STATUS] = { "lisp-data.flags.lsb", "Locator status bits", .type = TL_BOOL, .mask = 0x40 },
    [F_ECHO] = { "lisp-data.flags.enr", "Echo nonce request", .type = TL_BOOL, .mask = 0x20 },
    [F_VERSION] = { "lisp-data.flags.mv", "Map version", .type = TL_BOOL, .mask = 0x10 },
    [F_INSTANCE] = { "lisp-data.flags.iid", "Instance id", .type = TL_BOOL, .mask = 0x08 },
    [F_RESERVED] = { "lisp-data.flags.res", "Reserved", .type = TL_U8, .mask = 0x07 },
    [NONCE] = { "lisp-data.nonce", "Nonce", .type = TL_U24 },
    [MAP_VERSION] = { "lisp-data.mapver", "Map version", .type = TL_U24, .base = TL_HEX },
    [SOURCE_VERSION] = { "lisp-data.srcmapver", "Source map version", .type = TL_U24, .mask = 0xfff000 },
    [DESTINATION_VERSION] = { "lisp-data.dstmapver", "Destination map version", .type = TL_U24, .mask = 0xfff },
    [INSTANCE] = { "lisp-data.iid", "Instance id", .type = TL_U24 },
    [STATUS] = { "lisp-data.lsb", "Locator status bits", .type = TL_U32, .base = TL_HEX },
    [STATUS_8] = { "lisp-data.lsb8", "Locator status bits", .type = TL_U8, .base = TL_HEX },
};

enum { HEADER = 8, HAS_NONCE = 0x80, HAS_STATUS = 0x40, HAS_VERSION = 0x10, HAS_INSTANCE = 0x08 };

/* There is no magic number. The packet inside must be exactly as long as the datagram. */
static enum tl_probe lisp_data_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, HEADER, 6);
    uint32_t inside = tl_cursor_wire_left(&c) - HEADER;
    if (d->flow.ip_proto != 17 || p == NULL)
        return TL_PROBE_NO;
    if (p[0] >> 4 == 4)
        return tl_load_be16(p + 2) == inside ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return p[0] >> 4 == 6 && tl_load_be16(p + 4) + 40u == inside ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* Fields whose flag is not set are ignored (section 5.3). */
static void header(struct tl_dissection *d, uint8_t flags)
{
    if ((flags & HAS_NONCE) != 0) {
        tl_u24(d, NONCE);
    } else if ((flags & HAS_VERSION) != 0) {
        uint32_t version = tl_u24(d, MAP_VERSION);
        if (tl_ok(d))
            tl_add_all_bits(d, SOURCE_VERSION, DESTINATION_VERSION, d->c.off - 3, 3, version);
    } else {
        tl_skip(d, 3);
    }
    if ((flags & HAS_INSTANCE) != 0) {
        tl_u24(d, INSTANCE);
        if ((flags & HAS_STATUS) != 0)
            tl_u8(d, STATUS_8);
        else
            tl_skip(d, 1);
    } else if ((flags & HAS_STATUS) != 0) {
        tl_u32(d, STATUS);
    } else {
        tl_skip(d, 4);
    }
}

static enum tl_status lisp_data_dissect(struct tl_dissection *d)
{
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, F_NONCE, F_RESERVED, d->c.off - 1, 1, flags);
    header(d, flags);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] >> 4 == 4)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    if (first != NULL && first[0] >> 4 == 6)
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_lisp_data = {
    .name = "lisp-data",
    .title = "LISP data",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "LISP data[ Instance={iid}]",
    .only_at_home = true, .probe = lisp_data_probe,
    .dissect = lisp_data_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 4341 } },
};
