/* eth.c - Ethernet (IEEE 802.3 clause 3, RFC 894, RFC 1042). */
#include "dissectors/header.h"

enum { DST, SRC, TYPE, LEN, INVALID };
static const struct tl_field fields[] = {
    [DST] = { "eth.dst", "Destination", .type = TL_MAC, .flags = TL_DESTINATION },
    [SRC] = { "eth.src", "Source", .type = TL_MAC, .flags = TL_SOURCE },
    [TYPE] = { "eth.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LEN] = { "eth.len", "Length", .type = TL_U16, .unit = "bytes", .help = "Of an 802.2 frame" },
    [INVALID] = { "eth.invalid_lentype", "Invalid length or type", .type = TL_U16, .base = TL_HEX },
};

/* What follows the addresses is a type or a length. */
static const struct tl_place places[] = { { DST, 0, 6, 0 }, { SRC, 6, 6, 0 } };

static enum tl_status eth_dissect(struct tl_dissection *d)
{
    const uint8_t *dst = tl_mac(d, DST);
    const uint8_t *src = tl_mac(d, SRC);
    if (d->frame->l2_src == NULL && src != NULL) {
        d->frame->l2_src = src;
        d->frame->l2_dst = dst;
    }
    return tl_next_type_or_length(d, TYPE, LEN, INVALID);
}

const struct tl_protocol tl_protocol_eth = {
    .name = "eth",
    .title = "Ethernet",
    .kind = TL_KIND_LAYER,
    .info = "{src} > {dst}[ {type}][ 802.3 Len={len}]",
    .dissect = eth_dissect,
    TL_TABLE(fields), TL_HEADER(places),
    .on = { { TL_ON_LINKTYPE, 1 }, { TL_ON_ETHERTYPE, 0x6558 }, { TL_ON_IP_PROTO, 143 } },
};
