/* flows.c - the flows of one worker. */
#include "flows/flows.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/time.h"
#include "flows/expiry.h"
#include "flows/history.h"
#include "flows/identity.h"
#include "flows/originator.h"

enum {
    TABLE_SHARE = 9,  /* the table gets 1/9 of the memory */
    EVICT_MOST = 1024, /* flows evicted before one packet: enough to empty a chunk of the slab */
    RESERVE_SHARE = 16, RESERVE_MOST = 4 << 20, /* bytes kept free between packets: 1/16 of the memory, at most 4 MiB */
};
#define TIMEOUT_MOST INT64_C(2592000000000000) /* ns: 30 days */
_Static_assert(TIMEOUT_MOST < TL_ETIME_STEP_MOST, "a step of the clock ends every flow");

struct tl_flows {
    struct tl_flows_state state;
    struct tl_slab *slab;
    void *base; /* of the slab */
    struct tl_table *table;
    struct tl_expiry *expiry;
    struct tl_flows_options options;
    struct tl_flow_counters counters;
    const struct tl_flow_id *renew; /* the next packet with its addresses begins a new flow; NULL: none */
    size_t high_water;        /* bytes in use above which the oldest flows are evicted; the rest is the reserve */
    int64_t timeouts[TL_CLASSES];
    struct tl_analysis carried; /* from the flow that a SYN ended to the flow that it begins */
};

_Static_assert(offsetof(struct tl_flows, state) == 0, "tl_flows_state() reads it there");

static void set_timeouts(struct tl_flows *flows, const struct tl_timeouts *t)
{
    const int64_t values[TL_CLASSES] = {
        [TL_CLASS_ATTEMPT] = t->tcp_attempt, [TL_CLASS_CLOSED] = t->tcp_closed, [TL_CLASS_TCP] = t->tcp,
        [TL_CLASS_LOGIN] = t->tcp_login,     [TL_CLASS_UDP] = t->udp,           [TL_CLASS_ICMP] = t->icmp,
        [TL_CLASS_DNS] = t->dns,
    };
    for (unsigned i = 0; i < TL_CLASSES; i++)
        flows->timeouts[i] = values[i] < TIMEOUT_MOST ? values[i] : TIMEOUT_MOST;
}

struct tl_flows *tl_flows_new(const struct tl_flows_options *options)
{
    struct tl_flows *flows = calloc(1, sizeof *flows);
    if (flows == NULL)
        return NULL;
    flows->options = *options;
    set_timeouts(flows, options->timeouts);
    size_t table = options->memory / TABLE_SHARE;
    flows->slab = tl_slab_new(options->memory - table);
    if (flows->slab != NULL) {
        size_t limit = options->memory - table, reserve = limit / RESERVE_SHARE;
        flows->high_water = limit - (reserve < RESERVE_MOST ? reserve : RESERVE_MOST);
        flows->base = tl_slab_base(flows->slab);
        flows->table = tl_table_new(table, flows->slab, options->seed);
        flows->expiry = tl_expiry_new(flows->slab, flows->timeouts);
    }
    if (flows->slab == NULL || flows->table == NULL || flows->expiry == NULL) {
        tl_flows_free(flows);
        return NULL;
    }
    tl_slab_set_mark(flows->slab, flows->high_water);
    flows->state = (struct tl_flows_state){ tl_slab_state(flows->slab), tl_expiry_clock(flows->expiry), flows->table };
    return flows;
}

void tl_flows_free(struct tl_flows *flows)
{
    if (flows == NULL)
        return;
    tl_expiry_free(flows->expiry);
    tl_table_free(flows->table);
    tl_slab_free(flows->slab);
    free(flows);
}

struct tl_slab *tl_flows_slab(const struct tl_flows *flows)
{
    return flows->slab;
}

const struct tl_crypto *tl_flows_crypto(const struct tl_flows *flows)
{
    return flows->options.crypto;
}

static struct tl_flow_ext *ext_of(const struct tl_flows *flows, const struct tl_flow *flow)
{
    return flow->ext ? tl_slab_at(flows->base, flow->ext) : NULL;
}

/* Every TCP flow has one from the start. */
static struct tl_tcp *tcp_of(const struct tl_flows *flows, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_slab_at(flows->base, flow->ext);
    return ext->tcp;
}

/* Bytes of a TCP flow's state. */
static size_t tcp_size(const struct tl_flows *flows)
{
    return sizeof(struct tl_tcp) + (flows->options.analysis ? sizeof(struct tl_analysis) : 0);
}

/* The flow was already removed from the expiry. */
static void end_flow(struct tl_flows *flows, struct tl_flow *flow, enum tl_flow_reason reason)
{
    struct tl_flow_ext *ext = ext_of(flows, flow);
    uint64_t hash = tl_table_hash(flows->table, flow);
    tl_table_prefetch(flows->table, hash);
    flows->options.ended(flows->options.context, flow, reason, tl_expiry_deadline(flows->expiry, flow));
    tl_table_remove(flows->table, flow, hash);
    if (ext != NULL) {
        if (ext->tcp != NULL)
            tl_tcp_fini(ext->tcp, flows->slab);
        if (ext->tcp != NULL && flows->options.analysis)
            tl_analysis_fini(tl_tcp_analysis(ext->tcp), flows->slab);
        tl_slab_put(flows->slab, ext->tcp, tcp_size(flows));
        tl_slab_put(flows->slab, ext->names, sizeof *ext->names);
        tl_slab_put(flows->slab, ext->proxied, sizeof *ext->proxied);
        tl_slab_put(flows->slab, ext, sizeof *ext);
    }
    tl_expiry_give_back(flows->expiry, flow);
    flows->counters.active--;
}

void tl_flows_expire(struct tl_flows *flows, int64_t now)
{
    if (TL_LIKELY(!tl_flows_due(flows, now)))
        return;
    struct tl_flow *flow;
    while ((flow = tl_expiry_next(flows->expiry, now)) != NULL)
        end_flow(flows, flow, TL_END_TIMEOUT);
}

void tl_flows_finish(struct tl_flows *flows)
{
    struct tl_flow *flow;
    while ((flow = tl_expiry_evict(flows->expiry)) != NULL)
        end_flow(flows, flow, TL_END_EOF);
}

/* Evicts the oldest flow. Returns false if there is none. */
static bool evict(struct tl_flows *flows)
{
    struct tl_flow *oldest = tl_expiry_evict(flows->expiry);
    if (oldest == NULL)
        return false;
    flows->counters.evicted++;
    end_flow(flows, oldest, TL_END_EVICTED);
    return true;
}

void *tl_flows_alloc(struct tl_flows *flows, size_t n)
{
    void *p = tl_slab_get(flows->slab, n);
    if (TL_UNLIKELY(p == NULL))
        tl_slab_wish(flows->slab, n);
    return p;
}

/* Returns whether there is room for n more bytes. */
static bool has_room(struct tl_flows *flows, size_t n)
{
    void *p = tl_slab_get(flows->slab, n);
    tl_slab_put(flows->slab, p, n);
    return p != NULL;
}

void tl_flows_make_room(struct tl_flows *flows)
{
    unsigned left = EVICT_MOST;
    while (left > 0 && tl_slab_used(flows->slab) > flows->high_water && evict(flows))
        left--;
    size_t wish = tl_slab_wished(flows->slab);
    /* The last flow is the one that made the wish: without it there is nothing to grant. */
    while (left > 0 && wish > 0 && flows->counters.active > 1 && !has_room(flows, wish) && evict(flows))
        left--;
    tl_slab_wish(flows->slab, 0);
}

struct tl_flow_ext *tl_flows_ext(struct tl_flows *flows, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = ext_of(flows, flow);
    if (ext == NULL) {
        ext = tl_flows_alloc(flows, sizeof *ext);
        if (ext == NULL)
            return NULL;
        memset(ext, 0, sizeof *ext);
        flow->ext = tl_slab_handle(flows->slab, ext);
    }
    return ext;
}

struct tl_flow_names *tl_flows_names(struct tl_flows *flows, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = tl_flows_ext(flows, flow);
    if (ext == NULL || ext->names != NULL)
        return ext != NULL ? ext->names : NULL;
    ext->names = tl_flows_alloc(flows, sizeof *ext->names);
    if (ext->names != NULL)
        memset(ext->names, 0, sizeof *ext->names);
    return ext->names;
}

/* Returns the key of a packet's flow. */
static struct tl_flow_key key_of(const struct tl_frame *frame, const struct tl_tunnels *tunnels)
{
    const struct tl_network *net = &frame->net;
    bool ports = TL_LIKELY(net->protocol == 6 || net->protocol == 17) || tl_flow_has_datagrams(net->protocol) ||
                 net->protocol == 1 || net->protocol == 58;
    return (struct tl_flow_key){ .src = net->src,
                                 .dst = net->dst,
                                 .src_port = ports ? frame->seg.src_port : 0,
                                 .dst_port = ports ? frame->seg.dst_port : 0,
                                 .ip_proto = net->protocol,
                                 .v6 = net->version == 6,
                                 .one_way = frame->seg.one_way,
                                 .outer = tunnels->outer };
}

/* Returns whether the first packet of a new flow comes from the responder (likely server ports). */
static bool begins_turned(const struct tl_frame *frame)
{
    const struct tl_transport *seg = &frame->seg;
    bool tcp = frame->net.protocol == 6;
    if (!tcp && frame->net.protocol != 17)
        return false;
    if (tcp && (seg->flags & (TL_SYN | TL_ACK)) == TL_SYN)
        return false;
    if (frame->net.version == 4 && tl_load_be32(frame->net.dst) == 0xffffffff)
        return false;
    bool (*server)(uint16_t) = tcp ? tl_port_is_server_tcp : tl_port_is_server_udp;
    if (!server(seg->src_port))
        return false;
    if (!server(seg->dst_port))
        return true;
    return tcp && !(seg->flags & TL_SYN) && seg->src_port < seg->dst_port;
}

static enum tl_flow_class first_class(uint8_t ip_proto)
{
    return ip_proto == 6 ? TL_CLASS_TCP : tl_flow_has_datagrams(ip_proto) ? TL_CLASS_UDP : TL_CLASS_ICMP;
}

static bool add_extension(struct tl_flows *flows, struct tl_flow *flow, const struct tl_tunnels *tunnels)
{
    bool tcp = flow->ip_proto == 6;
    if (!tcp && tunnels->depth == 0)
        return true;
    struct tl_flow_ext *ext = tl_flows_ext(flows, flow);
    if (ext == NULL)
        return false;
    ext->depth = (uint8_t)tunnels->depth;
    ext->parent_count = (uint8_t)tunnels->count;
    memcpy(ext->parents, tunnels->uids, sizeof ext->parents);
    if (!tcp)
        return true;
    ext->tcp = tl_flows_alloc(flows, tcp_size(flows));
    if (ext->tcp == NULL)
        return false;
    memset(ext->tcp, 0, tcp_size(flows));
    return true;
}

static void discard(struct tl_flows *flows, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = ext_of(flows, flow);
    if (ext != NULL) {
        tl_slab_put(flows->slab, ext->tcp, tcp_size(flows));
        tl_slab_put(flows->slab, ext, sizeof *ext);
    }
    tl_slab_put(flows->slab, flow, tl_flow_size(flow->flags));
    flows->counters.refused++;
}

static void set_link(struct tl_flow *flow, const struct tl_frame *frame)
{
    if (frame->l2_src != NULL)
        memcpy(flow->l2[0], frame->l2_src, 6);
    if (frame->l2_dst != NULL)
        memcpy(flow->l2[1], frame->l2_dst, 6);
    flow->vlan = frame->vlan;
    flow->inner_vlan = frame->inner_vlan;
}

static struct tl_flow *begin_flow(struct tl_flows *flows, const struct tl_frame *frame,
                                  const struct tl_flow_key *key, const struct tl_tunnels *tunnels, uint64_t hash,
                                  bool nano)
{
    unsigned flags = (key->v6 ? TL_FLOW_V6 : 0u) | (key->one_way ? TL_FLOW_ONE_WAY : 0u) |
                     (key->outer != 0 ? TL_FLOW_INSIDE : 0u) | (nano ? TL_FLOW_NANO : 0u);
    struct tl_flow *flow = tl_flows_alloc(flows, tl_flow_size(flags));
    if (flow == NULL) {
        flows->counters.refused++;
        return NULL;
    }
    *flow = (struct tl_flow){ .first_ns = frame->packet->ts,
                              .last_ns = frame->packet->ts,
                              .touched = frame->packet->etime,
                              .first_pkt = TL_FLOW_PKT(frame->packet->number),
                              .last_pkt = TL_FLOW_PKT(frame->packet->number),
                              .port = { key->src_port, key->dst_port },
                              .ip_proto = key->ip_proto,
                              .class = first_class(key->ip_proto) & 7,
                              .flags = (uint8_t)flags };
    unsigned n = key->v6 ? 16 : 4;
    memcpy(flow->addr, key->src, n);
    memcpy(flow->addr + n, key->dst, n);
    if (key->outer != 0)
        memcpy(flow->addr + n * 2, &key->outer, sizeof key->outer);
    set_link(flow, frame);
    if (!add_extension(flows, flow, tunnels) || !tl_table_insert(flows->table, flow, hash)) {
        discard(flows, flow);
        return NULL;
    }
    if (key->ip_proto == 6)
        flow->class = tl_tcp_class(flow, tcp_of(flows, flow)) & 7;
    if (!tl_expiry_add(flows->expiry, flow)) {
        tl_table_remove(flows->table, flow, hash);
        discard(flows, flow);
        return NULL;
    }
    flows->counters.begun++;
    flows->counters.active++;
    if (begins_turned(frame)) {
        flow->flags |= TL_FLOW_TURNED;
        tl_history_add(flow, flows->base, TL_ORIG, '^');
    }
    return flow;
}

void tl_flows_turn(struct tl_flows *flows, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = ext_of(flows, flow);
    flow->flags ^= TL_FLOW_TURNED;
    unsigned seen = flow->flags & (TL_FLOW_SEEN_ORIG | TL_FLOW_SEEN_RESP);
    if (seen == TL_FLOW_SEEN_ORIG || seen == TL_FLOW_SEEN_RESP)
        flow->flags ^= TL_FLOW_SEEN_ORIG | TL_FLOW_SEEN_RESP;
    uint64_t *pairs[] = { flow->pkts, flow->ip_bytes, flow->bytes };
    for (unsigned i = 0; i < TL_COUNT(pairs); i++) {
        uint64_t v = pairs[i][0];
        pairs[i][0] = pairs[i][1];
        pairs[i][1] = v;
    }
    if (ext != NULL) {
        uint32_t bad = ext->bad_checksums[0];
        ext->bad_checksums[0] = ext->bad_checksums[1];
        ext->bad_checksums[1] = bad;
        if (ext->tcp != NULL)
            tl_tcp_turn(ext->tcp);
    }
    if (flow->history[TL_HISTORY_INLINE - 1] != 0)
        (void)tl_flows_ext(flows, flow); /* the room in the flow is full */
    tl_history_add(flow, flows->base, TL_ORIG, '^');
}

void tl_flows_set_class(struct tl_flows *flows, struct tl_flow *flow, enum tl_flow_class class)
{
    if (flow->class == class)
        return;
    int64_t before = tl_expiry_deadline(flows->expiry, flow);
    flow->class = class & 7;
    if (tl_etime_before(tl_expiry_deadline(flows->expiry, flow), before))
        tl_expiry_move(flows->expiry, flow);
}

/* Returns whether all that the flow has is a SYN-ACK, perhaps with a wrong checksum. */
static bool is_syn_ack_alone(const struct tl_flow *flow)
{
    const char *h = flow->history;
    return h[0] == 'H' && (h[1] == 0 || (h[1] == 'C' && h[2] == 0));
}

/* The responder's SYN-ACK came first: H becomes ^h. */
static TL_COLD void turn_syn_ack(struct tl_flows *flows, struct tl_flow *flow)
{
    bool alone = is_syn_ack_alone(flow), wrong = flow->history[1] == 'C';
    if (alone)
        memset(flow->history, 0, sizeof flow->history);
    tl_flows_turn(flows, flow);
    if (alone)
        tl_history_add(flow, flows->base, TL_RESP, 'h');
    if (alone && wrong)
        tl_history_add(flow, flows->base, TL_RESP, 'c');
}

/* The originator sent a SYN-ACK and nothing else, and now a pure ACK or data arrives: its SYN was missed. */
static bool late_turn(const struct tl_flow *flow, const struct tl_transport *seg)
{
    if (!is_syn_ack_alone(flow))
        return false;
    unsigned flags = seg->flags & (TL_SYN | TL_FIN | TL_RST);
    return flags == 0 && (seg->payload_len > 0 || seg->flags & TL_ACK);
}

static void follow_tcp(struct tl_flows *flows, struct tl_flow_hit *hit, const struct tl_frame *frame)
{
    struct tl_flow *flow = hit->flow;
    struct tl_tcp *tcp = tcp_of(flows, flow);
    if (late_turn(flow, &frame->seg)) {
        turn_syn_ack(flows, flow);
        hit->side ^= 1;
        tcp->half[TL_RESP].state = TL_TCP_ESTABLISHED;
        tcp->half[TL_RESP].previous = TL_TCP_SYN_ACK_SENT;
    }
    if (tl_tcp_segment(flow, tcp, hit->side, &frame->seg, frame->packet->ts, flows->base) == TL_TCP_TURN) {
        turn_syn_ack(flows, flow);
        hit->side ^= 1;
        tcp->half[TL_RESP].state = TL_TCP_ESTABLISHED;
        tcp->half[TL_RESP].previous = TL_TCP_SYN_ACK_SENT;
        (void)tl_tcp_segment(flow, tcp, hit->side, &frame->seg, frame->packet->ts, flows->base);
        tcp->half[TL_ORIG].state = TL_TCP_ESTABLISHED;
    }
    unsigned control = frame->seg.flags & (TL_SYN | TL_FIN | TL_RST);
    if (control == 0 && (flow->class == TL_CLASS_TCP || flow->class == TL_CLASS_LOGIN) && !hit->is_new) {
        flow->touched = frame->packet->etime;
        return;
    }
    enum tl_flow_class class = tl_tcp_class(flow, tcp);
    if (class == TL_CLASS_CLOSED && flow->class != TL_CLASS_CLOSED) {
        flow->touched = frame->packet->etime;
        if (frame->seg.flags & TL_RST)
            flow->by_rst = 1;
        tl_flows_set_class(flows, flow, class);
    } else if (class == TL_CLASS_TCP || class == TL_CLASS_LOGIN) {
        flow->touched = frame->packet->etime;
        tl_flows_set_class(flows, flow, class);
    } else {
        if (flow->class != class) /* the first SYN, after data: the attempt begins here */
            flow->touched = frame->packet->etime;
        tl_flows_set_class(flows, flow, class); /* attempts and closed flows keep `touched` */
    }
}

/* A TCP header that is cut before its flags: the packet is counted, and changes no state. */
static TL_COLD void follow_bare(struct tl_flow *flow, const struct tl_frame *frame)
{
    flow->last_ns = frame->packet->ts;
    if (flow->class != TL_CLASS_CLOSED && flow->class != TL_CLASS_ATTEMPT)
        flow->touched = frame->packet->etime;
}

/* All protocols except TCP. */
static void follow_other(struct tl_flows *flows, struct tl_flow *flow, unsigned side, const struct tl_frame *frame)
{
    if (flow->class != TL_CLASS_DNS) /* a DNS flow is touched by its messages */
        flow->touched = frame->packet->etime;
    flow->last_ns = frame->packet->ts;
    uint8_t seen = side == TL_ORIG ? TL_FLOW_SEEN_ORIG : TL_FLOW_SEEN_RESP;
    if (tl_flow_has_datagrams(flow->ip_proto) && !(flow->flags & seen))
        tl_history_add(flow, flows->base, side, 'd');
    flow->flags |= seen;
    flow->bytes[side] += frame->seg.payload_len;
}

static TL_COLD void note_bad_checksum(struct tl_flows *flows, struct tl_flow *flow, unsigned side)
{
    bool has_history = flow->ip_proto == 6 || tl_flow_has_datagrams(flow->ip_proto);
    struct tl_flow_ext *ext = has_history ? tl_flows_ext(flows, flow) : NULL;
    if (ext != NULL)
        tl_history_scaled(flow, flows->base, side, 'c', &ext->bad_checksums[side]);
}

/*
 * Returns whether a wrong checksum means damage. flow: NULL if it is to begin. Without strict_checksums a side is
 * believed until it has shown a right checksum: its card fills them in, or the capture was edited or made anonymous.
 */
static TL_COLD bool is_damaged(const struct tl_flows *flows, const struct tl_flow *flow, unsigned end,
                       const struct tl_frame *frame)
{
    unsigned right = flow != NULL ? flow->right : 0;
    if (flows->options.strict_checksums)
        right = UINT8_MAX;
    return (frame->seg.checksum == TL_CHECKSUM_WRONG && (right >> end & 1)) ||
           (frame->net.checksum == TL_CHECKSUM_WRONG && (right >> (2 + end) & 1));
}

/* The packet does not belong to the flow, as far as anyone can tell: its letter, and no more. */
static TL_COLD void reject(struct tl_flows *flows, struct tl_flow *flow, unsigned side, const struct tl_frame *frame)
{
    int64_t etime = frame->packet->etime;
    if (frame->net.checksum == TL_CHECKSUM_WRONG)
        return; /* its addresses may be wrong too */
    note_bad_checksum(flows, flow, side);
    if (flow->class != TL_CLASS_CLOSED && flow->class != TL_CLASS_ATTEMPT && flow->class != TL_CLASS_DNS)
        flow->touched = etime;
}

void tl_flows_renew(struct tl_flows *flows, const struct tl_flow_id *id)
{
    flows->renew = id;
}

/* Compares addresses, ports and protocol; either end may be the originator. */
static bool is_renewed(const struct tl_flows *flows, const struct tl_flow *flow)
{
    const struct tl_flow_id *want = flows->renew;
    struct tl_flow_id id;
    tl_flow_describe(flow, &id);
    size_t n = tl_flow_addr_len(flow);
    if (id.version != want->version || id.ip_proto != want->ip_proto)
        return false;
    bool same = id.orig_port == want->orig_port && id.resp_port == want->resp_port &&
                memcmp(id.orig_addr, want->orig_addr, n) == 0 && memcmp(id.resp_addr, want->resp_addr, n) == 0;
    bool turned = id.orig_port == want->resp_port && id.resp_port == want->orig_port &&
                  memcmp(id.orig_addr, want->resp_addr, n) == 0 && memcmp(id.resp_addr, want->orig_addr, n) == 0;
    return same || turned;
}

static void supersede(struct tl_flows *flows, struct tl_flow_hit *hit)
{
    tl_expiry_remove(flows->expiry, hit->flow);
    end_flow(flows, hit->flow, TL_END_SUPERSEDED);
    hit->flow = NULL;
}

/*
 * A SYN begins a new flow. If its number is that of the old flow it is the same connection for the analysis, whose state
 * waits in flows->carried for the new flow. Returns whether there is a state.
 */
static TL_COLD bool analysis_goes_on(struct tl_flows *flows, const struct tl_flow_hit *hit, bool reversed,
                                     const struct tl_transport *seg)
{
    struct tl_tcp *tcp = tcp_of(flows, hit->flow);
    if (!flows->options.analysis)
        return false;
    struct tl_analysis *old = tl_tcp_analysis(tcp), *next = &flows->carried;
    if (!tcp->half[hit->side].started || tcp->half[hit->side].start != seg->seq) {
        *next = (struct tl_analysis){ .reused = true };
        return true;
    }
    *next = *old;
    if (reversed) { /* the sender of the SYN is the first end of the new flow */
        next->end[0] = old->end[1];
        next->end[1] = old->end[0];
    }
    *old = (struct tl_analysis){ .begun = false };
    return true;
}

/* flow: NULL if memory ran out. */
static TL_COLD void carry_analysis(struct tl_flows *flows, struct tl_flow *flow)
{
    if (flow != NULL)
        *tl_tcp_analysis(tcp_of(flows, flow)) = flows->carried;
    else
        tl_analysis_fini(&flows->carried, flows->slab);
}

/* What a look-up of the packet's key found. */
struct found {
    struct tl_flow_key key;
    uint64_t hash;
    bool reversed;
    struct tl_flow_hit hit;
};

/*
 * The packet begins a flow, or is new, or damaged perhaps: everything but one more good packet of a flow. Sets found->hit;
 * the flow is NULL without memory.
 */
static __attribute__((noinline)) void meet(struct tl_flows *flows, const struct tl_frame *frame,
                                           const struct tl_tunnels *tunnels, bool nano, struct found *found)
{
    struct tl_flow_hit *hit = &found->hit;
    bool goes_on = false;
    if (flows->renew != NULL && hit->flow != NULL && is_renewed(flows, hit->flow))
        supersede(flows, hit);
    if (((frame->seg.checksum | frame->net.checksum) & TL_CHECKSUM_WRONG) != 0)
        hit->rejected = is_damaged(flows, hit->flow, found->reversed, frame);
    if (hit->flow != NULL) {
        hit->side = tl_flow_end(hit->flow, found->reversed);
        if (found->key.ip_proto == 6 && !hit->rejected &&
            tl_tcp_is_new(tcp_of(flows, hit->flow), hit->side, &frame->seg)) {
            goes_on = analysis_goes_on(flows, hit, found->reversed, &frame->seg);
            supersede(flows, hit);
        }
    }
    if (hit->flow != NULL)
        return;
    hit->flow = begin_flow(flows, frame, &found->key, tunnels, found->hash, nano);
    if (TL_UNLIKELY(goes_on))
        carry_analysis(flows, hit->flow);
    hit->is_new = hit->flow != NULL;
    hit->side = hit->is_new ? tl_flow_end(hit->flow, 0) : 0;
}

struct tl_flow_hit tl_flows_packet(struct tl_flows *flows, const struct tl_frame *frame,
                                   const struct tl_tunnels *tunnels, uint64_t hash, bool nano)
{
    struct found found = { .key = key_of(frame, tunnels) };
    const struct tl_transport *seg = &frame->seg;
    found.hash = hash != 0 ? hash : tl_flow_hash(&found.key, flows->options.seed);
    assert(found.hash == tl_flow_hash(&found.key, flows->options.seed)); /* the shard parser saw the same key */
    found.hit.flow = tl_table_find(flows->table, &found.key, found.hash, &found.reversed);
    bool wrong = ((seg->checksum | frame->net.checksum) & TL_CHECKSUM_WRONG) != 0;
    if (TL_UNLIKELY(found.hit.flow == NULL || wrong || flows->renew != NULL || (seg->flags & TL_SYN) != 0)) {
        meet(flows, frame, tunnels, nano, &found);
        if (found.hit.flow == NULL)
            return found.hit;
        if (found.hit.rejected) {
            reject(flows, found.hit.flow, found.hit.side, frame);
            return found.hit;
        }
    } else {
        found.hit.side = tl_flow_end(found.hit.flow, found.reversed);
    }
    struct tl_flow *flow = found.hit.flow;
    _Static_assert(TL_CHECKSUM_RIGHT == 1, "is a bit of flow->right");
    unsigned layer = seg->checksum & TL_CHECKSUM_RIGHT, net = frame->net.checksum & TL_CHECKSUM_RIGHT;
    unsigned right = (layer | net << 2) << found.reversed;
    if (TL_UNLIKELY((right & ~(unsigned)flow->right) != 0))
        flow->right = (flow->right | right) & 0xf;
    if (TL_UNLIKELY(seg->bare))
        follow_bare(flow, frame);
    else if (found.key.ip_proto == 6)
        follow_tcp(flows, &found.hit, frame);
    else
        follow_other(flows, flow, found.hit.side, frame);
    flow->pkts[found.hit.side]++;
    flow->ip_bytes[found.hit.side] += frame->net.total_len;
    flow->last_pkt = TL_FLOW_PKT(frame->packet->number);
    if (TL_UNLIKELY(wrong) && seg->checksum == TL_CHECKSUM_WRONG)
        note_bad_checksum(flows, flow, found.hit.side);
    return found.hit;
}

struct tl_flow_counters tl_flows_counters(const struct tl_flows *flows)
{
    return flows->counters;
}
