/* reassembly.c - puts a side's payload in order: in place when it is, in bounded buffers when it is not. */
#include "flows/history.h"
#include "flows/tcp.h"

enum {
    HELD_BYTES = 1 << 20, /* a side's payload out of order that is kept; the oldest hole is given up beyond it */
    HELD_COUNT = 2048,    /* and in how many pieces */
};

/* A piece that waits for what comes before it. `kept` of its end - start bytes follow it in memory. */
struct tl_segment {
    struct tl_segment *next, *previous;
    uint64_t start, end;
    uint32_t captured; /* bytes of it that the capture has: fewer behind a snaplen cut */
    uint32_t kept;     /* captured, or 0 where nobody reads them */
    uint8_t bytes[];
};

static size_t segment_size(uint32_t kept)
{
    return sizeof(struct tl_segment) + kept;
}

static void segment_free(struct tl_tcp_half *h, struct tl_segment *s, struct tl_slab *slab)
{
    if (s->previous != NULL)
        s->previous->next = s->next;
    else
        h->first = s->next;
    if (s->next != NULL)
        s->next->previous = s->previous;
    else
        h->tail = s->previous;
    h->held -= s->kept;
    h->held_count--;
    tl_slab_put(slab, s, segment_size(s->kept));
}

static bool closed_cleanly_or_open(const struct tl_tcp_half *h)
{
    return h->state == TL_TCP_ESTABLISHED || (h->state == TL_TCP_CLOSED && h->previous == TL_TCP_ESTABLISHED);
}

/*
 * Tells of n missing bytes. Counted only where they were surely sent (acknowledged, or cut by the snaplen) and both
 * sides are established or closing cleanly: elsewhere it is guesswork.
 */
static void gap(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t n, bool sent,
                const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    h->next += n;
    if (sent && closed_cleanly_or_open(&tcp->half[0]) && closed_cleanly_or_open(&tcp->half[1])) {
        h->missed += n;
        tl_history_scaled(flow, tl_slab_base(slab), side, 'g', &h->gaps);
    }
    reader->gap(reader->context, flow, side, n);
}

/* Hands over [h->next, end), of which the capture has `captured` bytes; fewer are here where nobody reads them. */
static void deliver(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t end, struct tl_bytes here,
                    uint64_t captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    uint64_t n = end - h->next;
    if (captured > n)
        captured = n;
    if (here.len > captured)
        here.len = (uint32_t)captured;
    h->next += captured;
    if (here.len > 0)
        reader->data(reader->context, flow, side, here);
    if (h->next < end)
        gap(flow, tcp, side, end - h->next, true, reader, slab);
}

/* Hands over what waits and is in order now. */
static void drain(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_tcp_reader *reader,
                  struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    while (h->first != NULL && h->first->start <= h->next) {
        struct tl_segment *s = h->first;
        if (s->end > h->next) {
            uint64_t old = h->next - s->start;
            struct tl_bytes here = { s->bytes + old, s->kept > old ? (uint32_t)(s->kept - old) : 0 };
            deliver(flow, tcp, side, s->end, here, s->captured > old ? s->captured - old : 0, reader, slab);
        }
        segment_free(h, s, slab);
    }
}

/* The hole before what waits will not be filled. */
static void give_up_hole(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_tcp_reader *reader,
                         struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    if (h->first != NULL && h->first->start > h->next)
        gap(flow, tcp, side, h->first->start - h->next, h->first->start <= h->acked, reader, slab);
    drain(flow, tcp, side, reader, slab);
}

void tl_reassembly_acked(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative,
                         const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    if (TL_LIKELY(relative <= h->next) || !h->started)
        return;
    if (h->fin != 0 && relative > h->fin)
        relative = h->fin;
    while (h->next < relative) {
        uint64_t end = h->first != NULL && h->first->start < relative ? h->first->start : relative;
        if (end > h->next)
            gap(flow, tcp, side, end - h->next, true, reader, slab);
        drain(flow, tcp, side, reader, slab);
    }
}

/* Keeps [start, end) between `after` (NULL: the head) and its successor. */
static bool insert(struct tl_tcp_half *h, struct tl_segment *after, uint64_t start, uint64_t end,
                   struct tl_bytes captured, struct tl_slab *slab)
{
    if (captured.len > end - start)
        captured.len = (uint32_t)(end - start);
    uint32_t kept = h->skip ? 0 : captured.len;
    struct tl_segment *s = tl_slab_get(slab, segment_size(kept));
    if (s == NULL)
        return false;
    s->start = start;
    s->end = end;
    s->captured = captured.len;
    s->kept = kept;
    if (kept > 0)
        memcpy(s->bytes, captured.data, kept);
    s->previous = after;
    s->next = after != NULL ? after->next : h->first;
    if (s->next != NULL)
        s->next->previous = s;
    else
        h->tail = s;
    if (after != NULL)
        after->next = s;
    else
        h->first = s;
    h->held += kept;
    h->held_count++;
    return true;
}

/* Do the bytes of [start, start + captured) disagree with what s holds of them? */
static bool disagrees(const struct tl_segment *s, uint64_t start, struct tl_bytes captured)
{
    uint64_t from = start > s->start ? start : s->start;
    uint64_t to = s->start + s->kept < start + captured.len ? s->start + s->kept : start + captured.len;
    return from < to && memcmp(s->bytes + (from - s->start), captured.data + (from - start), to - from) != 0;
}

static struct tl_bytes without_front(struct tl_bytes captured, uint64_t n)
{
    if (n >= captured.len)
        return (struct tl_bytes){ captured.data + captured.len, 0 };
    return (struct tl_bytes){ captured.data + n, (uint32_t)(captured.len - n) };
}

/*
 * Keeps what of [start, end) is not held yet; the first copy of a byte wins. Returns the bytes that could not be kept.
 * *fresh: some of it was new.
 */
static uint64_t hold(struct tl_tcp_half *h, uint64_t start, uint64_t end, struct tl_bytes captured,
                     struct tl_slab *slab, bool *fresh)
{
    struct tl_segment *after = h->tail;
    uint64_t lost = 0;
    *fresh = false;
    while (after != NULL && after->start > start)
        after = after->previous;
    for (struct tl_segment *s = after != NULL ? after : h->first; start < end;) {
        uint64_t piece_end = end;
        if (s != NULL && s->start <= start && s->end > start) { /* covered: go behind it */
            h->differs += disagrees(s, start, captured);
            uint64_t to = s->end < end ? s->end : end;
            captured = without_front(captured, to - start);
            start = to;
            after = s;
            s = s->next;
            continue;
        }
        if (s != NULL && s->end <= start) {
            after = s;
            s = s->next;
            continue;
        }
        if (s != NULL && s->start < end)
            piece_end = s->start;
        *fresh = true;
        if (!insert(h, after, start, piece_end, captured, slab)) {
            lost += piece_end - start;
        } else {
            after = after != NULL ? after->next : h->first;
        }
        captured = without_front(captured, piece_end - start);
        start = piece_end;
    }
    return lost;
}

/* Does a segment that ends here come after bytes behind it were seen? (last counts the FIN too) */
static bool is_late(const struct tl_tcp_half *h, uint64_t end)
{
    return end < h->last - (h->fin != 0 && h->last > h->fin);
}

/* [at, end) begins where the order stands: hands it over piece by piece, with what waits in between. */
static void add_in_order(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t end, struct tl_bytes captured,
                         const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    for (uint64_t at = h->next; at < end; at = h->next) {
        uint64_t to = h->first != NULL && h->first->start < end ? h->first->start : end;
        if (h->first != NULL && h->first->start < end)
            h->differs += disagrees(h->first, at, captured);
        if (to > at)
            deliver(flow, tcp, side, to, captured, captured.len, reader, slab);
        drain(flow, tcp, side, reader, slab);
        captured = without_front(captured, h->next - at);
    }
}

/* What of it is new is handed over or held. */
static void add(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint32_t len,
                struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    struct tl_tcp_half *h = &tcp->half[side];
    uint64_t end = relative + len;
    if (h->fin != 0 && end > h->fin)
        end = h->fin;
    if (end <= h->next || relative >= end)
        return;
    if (relative < h->next) {
        captured = without_front(captured, h->next - relative);
        relative = h->next;
    }
    if (TL_LIKELY(relative == h->next)) {
        h->out_of_order += is_late(h, end);
        add_in_order(flow, tcp, side, end, captured, reader, slab);
        return;
    }
    bool fresh;
    uint64_t lost = hold(h, relative, end, captured, slab, &fresh);
    h->out_of_order += fresh && is_late(h, end);
    if (lost > 0)
        reader->truncated(reader->context, lost);
    while (h->held > HELD_BYTES || h->held_count > HELD_COUNT)
        give_up_hole(flow, tcp, side, reader, slab);
}

void tl_reassembly_add(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint32_t len,
                       struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    uint32_t differed = tcp->half[side].differs;
    add(flow, tcp, side, relative, len, captured, reader, slab);
    if (TL_UNLIKELY(tcp->half[side].differs != differed))
        reader->differs(reader->context, flow, side);
}

void tl_tcp_flush(struct tl_flow *flow, struct tl_tcp *tcp, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    for (unsigned side = 0; side < 2; side++) {
        while (tcp->half[side].first != NULL)
            give_up_hole(flow, tcp, side, reader, slab);
    }
}

void tl_tcp_fini(struct tl_tcp *tcp, struct tl_slab *slab)
{
    for (unsigned side = 0; side < 2; side++) {
        while (tcp->half[side].first != NULL)
            segment_free(&tcp->half[side], tcp->half[side].first, slab);
    }
}
