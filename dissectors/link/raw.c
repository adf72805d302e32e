/*
 * raw.c - IP packets without a link layer (LINKTYPE_RAW and its older numbers). The version nibble selects IPv4 or
 * IPv6.
 */
#include "dissectors/header.h"

static enum tl_status raw_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] >> 4 == 4)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    if (first != NULL && first[0] >> 4 == 6)
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_raw = {
    .name = "raw",
    .title = "Raw IP",
    .kind = TL_KIND_LAYER,
    .info = "Raw IP",
    .dissect = raw_dissect,
    .on = { { TL_ON_LINKTYPE, 101 }, { TL_ON_LINKTYPE, 12 }, { TL_ON_LINKTYPE, 14 } },
};
