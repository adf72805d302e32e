/*
 * raw.c - IP packets without a link layer (LINKTYPE_RAW and its older numbers). The version nibble selects IPv4 or
 * IPv6.
 */
#include "dissectors/header.h"

const struct tl_protocol tl_protocol_raw = {
    .name = "raw",
    .title = "Raw IP",
    .kind = TL_KIND_LAYER,
    .info = "Raw IP",
    .dissect = tl_next_ip,
    .on = { { TL_ON_LINKTYPE, 101 }, { TL_ON_LINKTYPE, 12 }, { TL_ON_LINKTYPE, 14 } },
};
