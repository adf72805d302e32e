/* reassembly.c - orders the payload of a side and reports what is missing: TCP's use of core/range.h. */
#include "flows/history.h"
#include "flows/tcp.h"

/* Limits of a side's out-of-order payload: bytes and pieces. */
static const struct tl_range_limits limits = { .bytes = 1 << 20, .pieces = 2048 };

/* The flow and side of the bytes that a range hands over. */
struct work {
    struct tl_flow *flow;
    struct tl_tcp *tcp;
    unsigned side;
    const struct tl_tcp_reader *reader;
    struct tl_slab *slab;
};

static bool closed_cleanly_or_open(const struct tl_tcp_half *h)
{
    return h->state == TL_TCP_ESTABLISHED || (h->state == TL_TCP_CLOSED && h->previous == TL_TCP_ESTABLISHED);
}

static void on_data(void *context, struct tl_bytes bytes)
{
    const struct work *w = context;
    w->reader->data(w->reader->context, w->flow, w->side, bytes);
}

/*
 * Counts missed bytes only if they were certainly sent (acknowledged, or cut by the snaplen) and both sides are
 * established or closing cleanly. In other states it would be a guess.
 */
static void on_gap(void *context, uint64_t n, bool cut)
{
    const struct work *w = context;
    struct tl_tcp_half *h = &w->tcp->half[w->side];
    if ((cut || h->range.next <= h->acked) && closed_cleanly_or_open(&w->tcp->half[0]) &&
        closed_cleanly_or_open(&w->tcp->half[1])) {
        h->missed += n;
        tl_history_scaled(w->flow, tl_slab_base(w->slab), w->side, 'g', &h->gaps);
    }
    w->reader->gap(w->reader->context, w->flow, w->side, n);
}

static struct tl_range_reader reader_of(struct work *w)
{
    return (struct tl_range_reader){ on_data, on_gap, w };
}

/* Holes below `relative` were acknowledged: they will not be filled. */
static void known_missing(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative,
                          const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    struct work w = { flow, tcp, side, reader, slab };
    const struct tl_range_reader ranges = reader_of(&w);
    if (h->fin != 0 && relative > h->fin)
        relative = h->fin;
    tl_range_missing(&h->range, relative, &ranges, slab);
}

void tl_reassembly_acked(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative,
                         const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    const struct tl_tcp_half *h = &tcp->half[side];
    if (TL_LIKELY(relative <= h->range.next) || !h->started)
        return;
    known_missing(flow, tcp, side, relative, reader, slab);
}

/* The segment has new bytes. If bytes after its end were seen before, it is out of order. */
static void note_fresh(const struct tl_tcp *tcp, struct tl_tcp_half *h)
{
    if (TL_LIKELY(!(tcp->marks & TL_TCP_LATE)))
        return;
    h->out_of_order++;
}

/* All cases other than whole bytes in order with nothing held. */
static void add_odd(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint64_t end,
                    struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    struct work w = { flow, tcp, side, reader, slab };
    const struct tl_range_reader ranges = reader_of(&w);
    uint32_t differed = h->range.differs;
    struct tl_range_result result = tl_range_add(&h->range, relative, end, captured, &limits, &ranges, slab);
    if (result.fresh)
        note_fresh(tcp, h);
    if (result.lost > 0)
        reader->truncated(reader->context, result.lost);
    if (TL_UNLIKELY(h->range.differs != differed))
        reader->differs(reader->context, flow, side);
}

void tl_reassembly_add(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint32_t len,
                       struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    uint64_t end = relative + len;
    if (h->fin != 0 && end > h->fin)
        end = h->fin;
    if (end <= h->range.next || relative >= end)
        return;
    if (TL_UNLIKELY(captured.len < end - relative) || !tl_range_pass(&h->range, relative, end)) {
        add_odd(flow, tcp, side, relative, end, captured, reader, slab);
        return;
    }
    note_fresh(tcp, h);
    captured.len = (uint32_t)(end - relative);
    reader->data(reader->context, flow, side, captured);
}

void tl_tcp_flush(struct tl_flow *flow, struct tl_tcp *tcp, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    for (unsigned side = 0; side < 2; side++) {
        struct work w = { flow, tcp, side, reader, slab };
        const struct tl_range_reader ranges = reader_of(&w);
        tl_range_flush(&tcp->half[side].range, &ranges, slab);
    }
}

void tl_tcp_fini(struct tl_tcp *tcp, struct tl_slab *slab)
{
    for (unsigned side = 0; side < 2; side++)
        tl_range_fini(&tcp->half[side].range, slab);
}
