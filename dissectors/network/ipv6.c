/* ipv6.c - Internet Protocol version 6 (RFC 8200 3). */
#include "dissectors/network/ipv6.h"

static const struct tl_place places[] = {
    { IPV6_IP_VERSION, 0, 1, 0 }, { IPV6_VERSION, 0, 4, 0 }, { IPV6_TCLASS, 0, 4, 0 }, { IPV6_DSCP, 0, 4, 0 },
    { IPV6_ECN, 0, 4, 0 },        { IPV6_FLOW, 0, 4, 0 },    { IPV6_PLEN, 4, 2, 0 },   { IPV6_NXT, 6, 1, 0 },
    { IPV6_HLIM, 7, 1, 0 },       { IPV6_SRC, 8, 16, 0 },    { IPV6_DST, 24, 16, 0 },
};

enum { HEADER = 40, NXT_HOPOPTS = 0, NXT_TCP = 6 };

static uint32_t total_length(const struct tl_dissection *d, uint32_t payload, uint8_t next, uint32_t room)
{
    if (payload != 0)
        return HEADER + payload;
    if (next == NXT_HOPOPTS) {
        uint32_t jumbo = tl_ipv6_jumbo(d);
        return jumbo != 0 && jumbo <= UINT32_MAX - HEADER ? HEADER + jumbo : room;
    }
    return next == NXT_TCP ? room : HEADER; /* TCP: the length was left to a network card that segments packets */
}

static enum tl_status ipv6_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] >> 4 != 6) {
        tl_add(d, IPV6_IP_VERSION, d->c.off, 1, first[0] >> 4);
        tl_add(d, IPV6_VERSION, d->c.off, 1, first[0] >> 4);
        tl_bad(d);
    }
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint32_t room = d->c.wire_end - d->start;
    uint32_t total = total_length(d, tl_load_be16(p + 4), p[6], room);
    if (d->frame->quoted && total > room) /* the quote contains only the beginning of the packet */
        d->c.wire_end = total <= UINT32_MAX - d->start ? d->start + total : UINT32_MAX;
    tl_limit(d, total, HEADER);
    *d->net = (struct tl_network){
        .version = 6, .src = p + 8, .dst = p + 24, .total_len = total, .header_len = HEADER, .protocol = p[6],
    };
    return tl_ipv6_chain(d, p[6]);
}

const struct tl_protocol tl_protocol_ipv6 = {
    .name = "ipv6",
    .title = "Internet Protocol Version 6",
    .kind = TL_KIND_NETWORK,
    .info = "[{src} > {dst}][ {nxt}][ Len={plen}][ ID={fraghdr.ident}]"
            "[{fraghdr.offset_bytes?} off={fraghdr.offset_bytes}][{fraghdr.more?} more fragments]",
    .dissect = ipv6_dissect,
    TL_TABLE(tl_ipv6_fields), TL_HEADER(places),
    .on = { { TL_ON_ETHERTYPE, 0x86dd },
            { TL_ON_LINKTYPE, 229 },
            { TL_ON_IP_PROTO, 41 },
            { TL_ON_PPP, 0x0057 } },
};
