/* conversation.c - a worker without an engine, whose reassembler hands the bytes of one flow on. */
#include "pipeline/conversation.h"

#include <stdlib.h>

#include "flows/identity.h"
#include "pipeline/worker.h"

enum { WAITING_MOST = 2048 }; /* segments out of order a side whose packet is remembered */

/* A segment that came before its turn, and the packet that carried it. */
struct carried {
    uint32_t seq, end; /* as on the wire */
    uint64_t number;
};

struct waiting {
    struct carried items[WAITING_MOST]; /* in the order in which they came */
    uint32_t count;
};

struct tl_conversation {
    struct tl_conversation_options options;
    struct tl_flow_id id;
    struct tl_engine_options engine;
    struct tl_registry *registry;
    struct tl_plan plan;
    struct tl_block block; /* empty: flows look up where they end */
    struct tl_batch batch; /* empty: nothing is put out */
    struct tl_worker worker;
    uint64_t number;       /* of the packet that is being read, or was last */
    struct waiting waiting[2]; /* by the sides of id: those of the reassembler can turn */
};

/* --- whose bytes --- */

static bool is_end(const struct tl_flow_id *id, bool orig, const uint8_t addr[16], uint16_t port)
{
    size_t n = id->version == 4 ? 4 : 16;
    return (orig ? id->orig_port : id->resp_port) == port &&
           memcmp(orig ? id->orig_addr : id->resp_addr, addr, n) == 0;
}

/* Is it the flow in question? *turned: its ends stand the other way round there. */
static bool is_wanted(const struct tl_conversation *c, const struct tl_flow *flow, bool *turned)
{
    struct tl_flow_id id = { 0 };
    tl_flow_describe(flow, &id);
    if (id.version != c->id.version || id.ip_proto != c->id.ip_proto)
        return false;
    *turned = false;
    if (is_end(&c->id, true, id.orig_addr, id.orig_port) && is_end(&c->id, false, id.resp_addr, id.resp_port))
        return true;
    *turned = true;
    return is_end(&c->id, true, id.resp_addr, id.resp_port) && is_end(&c->id, false, id.orig_addr, id.orig_port);
}

static void say(const struct tl_conversation *c, unsigned side, struct tl_bytes bytes, uint64_t gap, uint64_t number)
{
    struct tl_saying saying = { .side = side, .bytes = bytes, .gap = gap, .number = number };
    c->options.take(c->options.context, &saying);
}

/* --- TCP --- */

static const struct tl_tcp *tcp_of(struct tl_conversation *c, const struct tl_flow *flow)
{
    void *base = tl_slab_base(tl_flows_slab(c->worker.flows));
    const struct tl_flow_ext *ext = flow->ext ? tl_slab_at(base, flow->ext) : NULL;
    return ext != NULL ? ext->tcp : NULL;
}

static bool covers(const struct carried *s, uint32_t seq)
{
    return seq - s->seq < s->end - s->seq;
}

/* The first packet that brought the byte wins, as in the reassembler. */
static uint64_t carrier_of(const struct tl_conversation *c, unsigned side, uint32_t seq)
{
    const struct waiting *waiting = &c->waiting[side];
    for (uint32_t i = 0; i < waiting->count; i++) {
        if (covers(&waiting->items[i], seq))
            return waiting->items[i].number;
    }
    return c->number;
}

static void on_data(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes)
{
    struct tl_conversation *c = context;
    const struct tl_tcp *tcp = tcp_of(c, flow);
    bool turned;
    if (tcp == NULL || !is_wanted(c, flow, &turned))
        return;
    uint32_t end = tcp->half[side].start + (uint32_t)tcp->half[side].range.next; /* they are counted already */
    side ^= turned;
    say(c, side, bytes, 0, carrier_of(c, side, end - bytes.len));
}

static void on_gap(void *context, struct tl_flow *flow, unsigned side, uint64_t n)
{
    const struct tl_conversation *c = context;
    bool turned;
    if (is_wanted(c, flow, &turned))
        say(c, side ^ turned, (struct tl_bytes){ NULL, 0 }, n, c->number);
}

static void on_truncated(void *context, uint64_t bytes)
{
    (void)context;
    (void)bytes; /* a gap tells of them when their turn has come */
}

static void on_weird(void *context, struct tl_flow *flow, unsigned side, enum tl_weird_kind kind)
{
    (void)context;
    (void)flow;
    (void)side;
    (void)kind;
}

/* Segments that were handed over are forgotten. */
static void forget(struct waiting *waiting, uint32_t next)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < waiting->count; i++) {
        if ((int32_t)(waiting->items[i].end - next) > 0)
            waiting->items[kept++] = waiting->items[i];
    }
    waiting->count = kept;
}

/* The packet is done with: what of it waits is remembered. */
static void remember(struct tl_conversation *c)
{
    struct tl_worker *w = &c->worker;
    const struct tl_flow *flow = w->outer_flow;
    const struct tl_transport *seg = &w->d.seg;
    bool turned;
    if (flow == NULL || flow->ip_proto != 6 || seg->bad_checksum || !is_wanted(c, flow, &turned))
        return;
    const struct tl_tcp *tcp = tcp_of(c, flow);
    if (tcp == NULL)
        return;
    for (unsigned side = 0; side < 2; side++)
        forget(&c->waiting[side ^ turned], tcp->half[side].start + (uint32_t)tcp->half[side].range.next);
    const struct tl_tcp_half *h = &tcp->half[w->glance.side];
    struct waiting *waiting = &c->waiting[w->glance.side ^ turned];
    uint32_t seq = seg->seq + ((seg->flags & TL_SYN) != 0), end = seq + seg->payload_len;
    if (seg->payload_len == 0 || h->range.held_count == 0 || (int32_t)(end - (h->start + (uint32_t)h->range.next)) <= 0)
        return;
    if (waiting->count < WAITING_MOST)
        waiting->items[waiting->count++] = (struct carried){ seq, end, c->number };
}

/* --- UDP --- */

/* true: the datagram is one of the flow's. Others can be tunnels around it. */
static bool on_datagram(struct tl_worker *w, const struct tl_flow *flow, unsigned side)
{
    const struct tl_conversation *c = w->context;
    const struct tl_cursor *at = &w->d.c;
    bool turned;
    if (!is_wanted(c, flow, &turned))
        return false;
    struct tl_bytes bytes = { at->base + at->off, tl_cursor_left(at) };
    uint64_t cut = tl_cursor_wire_left(at) - tl_cursor_left(at);
    if (bytes.len > 0)
        say(c, side ^ turned, bytes, 0, c->number);
    if (cut > 0)
        say(c, side ^ turned, (struct tl_bytes){ NULL, 0 }, cut, c->number);
    return true;
}

/* --- the whole --- */

bool tl_conversation_possible(const struct tl_flow_id *flow)
{
    return flow->ip_proto == 6 || flow->ip_proto == 17;
}

struct tl_conversation *tl_conversation_new(const struct tl_conversation_options *options)
{
    struct tl_conversation *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->options = *options;
    c->id = *options->flow;
    c->engine = (struct tl_engine_options){ .memory = options->memory,
                                            .verify_checksums = options->verify_checksums,
                                            .timeouts = TL_TIMEOUTS_DEFAULT };
    c->registry = tl_registry_new();
    c->plan = (struct tl_plan){ .options = &c->engine,
                                .registry = c->registry,
                                .protocols = tl_protocols_all(),
                                .interfaces = options->interfaces,
                                .glances = true, /* they tell whose side a packet is of */
                                .datagram = on_datagram,
                                .workers = 1,
                                .memory = options->memory };
    if (c->registry == NULL || !tl_worker_init(&c->worker, &c->plan)) {
        tl_conversation_free(c);
        return NULL;
    }
    c->worker.reader = (struct tl_tcp_reader){ on_data, on_gap, on_truncated, on_weird, c };
    c->worker.context = c;
    c->worker.block = &c->block;
    c->worker.batch = &c->batch;
    return c;
}

void tl_conversation_free(struct tl_conversation *c)
{
    if (c == NULL)
        return;
    if (c->worker.plan != NULL)
        tl_worker_fini(&c->worker);
    if (c->registry != NULL)
        tl_registry_free(c->registry);
    tl_batch_fini(&c->batch);
    free(c);
}

void tl_conversation_packet(struct tl_conversation *c, const struct tl_packet *packet)
{
    c->number = packet->number;
    c->worker.key = (struct tl_key){ .number = packet->number, .own = true };
    tl_layers_packet(&c->worker, packet);
    remember(c);
}

void tl_conversation_end(struct tl_conversation *c)
{
    tl_flows_finish(c->worker.flows);
}
