/* around.c - the flows that are tunnels around a packet: they are reported for the record of tunnels. */
#include "decode/around.h"

#include "decode/names.h"
#include "dissectors/tunnel/tunnel.h"

/* What a flow over UDP is, once its protocol is known. */
static enum tl_tunnel_kind kind_of_datagrams(const struct tl_flow *flow)
{
    switch (flow->protocol - TL_FLOW_PROTOCOL_FIRST) {
    case TL_PROTOCOL_vxlan:
    case TL_PROTOCOL_vxlan_gpe: return TL_TUNNEL_VXLAN;
    case TL_PROTOCOL_geneve: return TL_TUNNEL_GENEVE;
    case TL_PROTOCOL_teredo: return TL_TUNNEL_TEREDO;
    case TL_PROTOCOL_gtp: return TL_TUNNEL_GTPV1;
    case TL_PROTOCOL_ayiya: return TL_TUNNEL_AYIYA;
    case TL_PROTOCOL_gre_udp: return TL_TUNNEL_GRE;
    case TL_PROTOCOL_lisp_data: return TL_TUNNEL_LISP;
    case TL_PROTOCOL_capwap: return TL_TUNNEL_CAPWAP;
    default: return TL_TUNNEL_NONE;
    }
}

static enum tl_tunnel_kind kind_of(const struct tl_flow *flow)
{
    enum { IPV4 = 4, UDP = 17, IPV6 = 41, GRE = 47, ESP = 50, AH = 51 };
    switch (flow->ip_proto) {
    case UDP: return kind_of_datagrams(flow);
    case GRE: return TL_TUNNEL_GRE;
    case IPV4:
    case IPV6:
    case ESP:
    case AH: return TL_TUNNEL_IP;
    default: return TL_TUNNEL_NONE;
    }
}

static void report(struct tl_decoder *k, struct tl_flow *flow, const struct tl_tunnel_part *part)
{
    struct tl_flow_id id;
    (void)tl_flow_identify(k, flow, &id, true);
    k->options.listener.part(k->options.listener.context, &tl_tunnel_joiner, part, &id);
}

static void report_all(struct tl_decoder *k)
{
    for (uint32_t i = 0; i < k->tunnels.count && k->options.listener.part != NULL; i++) {
        struct tl_flow *flow = k->around[i];
        struct tl_tunnel_part part = { k->frame.ts, tl_frame_etime(&k->frame),
                                        flow != NULL ? kind_of(flow) : TL_TUNNEL_NONE, false };
        if (part.kind == TL_TUNNEL_NONE)
            continue;
        struct tl_flow_ext *ext = tl_flows_ext(k->flows, flow);
        if (k->around[i] != flow)
            continue;
        if (ext != NULL && ext->carries == TL_TUNNEL_NONE)
            ext->carries = (uint8_t)part.kind;
        if (ext != NULL)
            part.kind = ext->carries;
        report(k, flow, &part);
    }
}

/* Returns a number that tells stacks of tunnels apart. */
static uint64_t tunnels_of(const struct tl_tunnels *tunnels)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < tunnels->count; i++)
        sum = sum * UINT64_C(0x9e3779b97f4a7c15) + (tunnels->uids[i].high ^ tunnels->uids[i].low);
    return sum;
}

/*
 * The two directions of VXLAN and Geneve are often two flows, because the source port is chosen by each end: then every
 * answer inside moves to the other tunnel. Only the first moves are looked at: the tunnels are known after them.
 */
void tl_around_packet(struct tl_decoder *k, struct tl_flow *flow, bool is_new)
{
    enum { MOVES_MOST = 5 };
    struct tl_flow_ext *ext = tl_ext_of(k, flow);
    if (k->options.listener.part == NULL || ext == NULL || ext->moves == MOVES_MOST)
        return;
    uint64_t around = tunnels_of(&k->tunnels);
    if (!is_new && ext->around == around)
        return;
    ext->around = around;
    if (!is_new)
        ext->moves++;
    report_all(k);
}

void tl_around_end(struct tl_decoder *k, struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    for (unsigned i = 0; i < TL_PARENTS_MAX; i++)
        if (TL_UNLIKELY(k->around[i] == flow))
            k->around[i] = NULL;
    if (TL_LIKELY(ext == NULL || ext->carries == TL_TUNNEL_NONE) || flow->ip_proto != 17 ||
        k->options.listener.part == NULL)
        return;
    const struct tl_tunnel_part part = { flow->last_ns, flow->touched, ext->carries, true }; /* as it was reported */
    report(k, flow, &part);
}
