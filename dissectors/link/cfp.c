/*
 * cfp.c - Cisco FabricPath: an Ethernet header with addresses of switches, a tag, then the original frame.
 *
 *   outer addresses 6 + 6 | 0x8903 2 | forwarding tag 10 bits, time to live 6 | frame
 *   address: end node and flags 12 bits, switch 12 | subswitch 1 | port 2
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { SWITCH, SUBSWITCH, PORT, FTAG, TTL };

#define HELP "From the outer addresses: of the destination, unless that is a group, then of the source"
static const struct tl_field fields[] = {
    [SWITCH] = { "cfp.swid", "Switch", .type = TL_U24, .flags = TL_DERIVED | TL_REPEATS, .help = HELP },
    [SUBSWITCH] = { "cfp.sswid", "Subswitch", .type = TL_U8, .flags = TL_DERIVED | TL_REPEATS, .help = HELP },
    [PORT] = { "cfp.lid", "Port", .type = TL_U16, .flags = TL_DERIVED | TL_REPEATS, .help = HELP },
    [FTAG] = { "cfp.ftag", "Forwarding tag", .type = TL_U16, .mask = 0xffc0 },
    [TTL] = { "cfp.ttl", "Time to live", .type = TL_U16, .mask = 0x003f },
};

static const struct tl_place places[] = { { FTAG, 0, 2, 0 }, { TTL, 0, 2, 0 } };

enum { ETHERNET = 14 };

static void address(struct tl_dissection *d, const uint8_t *outer)
{
    if (outer == NULL || (outer[0] & 1) != 0)
        return;
    tl_add(d, SWITCH, d->c.off, 0, tl_load_be24(outer) & 0xfff);
    tl_add(d, SUBSWITCH, d->c.off, 0, outer[3]);
    tl_add(d, PORT, d->c.off, 0, tl_load_be16(outer + 4));
}

static enum tl_status cfp_dissect(struct tl_dissection *d)
{
    /* The outer addresses are those of the layer before only if that is the first header of the packet. */
    if (d->start == ETHERNET) {
        address(d, d->frame->l2_dst);
        address(d, d->frame->l2_src);
    }
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), 2);
    return p == NULL ? d->c.status : tl_next_protocol(d, &tl_protocol_eth);
}

const struct tl_protocol tl_protocol_cfp = {
    .name = "cfp",
    .title = "Cisco FabricPath",
    .kind = TL_KIND_LAYER,
    .info = "FabricPath[ switch {swid,}] tag {ftag} TTL={ttl}",
    .dissect = cfp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8903 } },
};
