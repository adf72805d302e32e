/* range.c - puts byte ranges in order. Bytes in order stay in place; early ones are copied into bounded slab memory. */
#include "core/range.h"

/* A held piece. `kept` of its end - start bytes follow it in memory. */
struct tl_range_piece {
    struct tl_range_piece *next, *previous;
    uint64_t start, end;
    uint32_t captured; /* bytes that were captured: fewer after a snaplen cut */
    uint32_t kept;     /* captured, or 0 if the bytes are not read */
    uint8_t bytes[];
};

/* Arguments of most functions here. */
struct work {
    struct tl_range *r;
    const struct tl_range_reader *reader;
    struct tl_slab *slab;
};

static size_t piece_size(uint32_t kept)
{
    return sizeof(struct tl_range_piece) + kept;
}

static void piece_free(struct tl_range *r, struct tl_range_piece *p, struct tl_slab *slab)
{
    if (p->previous != NULL)
        p->previous->next = p->next;
    else
        r->first = p->next;
    if (p->next != NULL)
        p->next->previous = p->previous;
    else
        r->tail = p->previous;
    r->held -= p->kept;
    r->held_count--;
    tl_slab_put(slab, p, piece_size(p->kept));
}

static void gap(const struct work *w, uint64_t end, bool cut)
{
    uint64_t n = end - w->r->next;
    w->r->next = end;
    w->reader->gap(w->reader->context, n, cut);
}

/* Hands over [next, end), of which `captured` bytes were captured; `here` has fewer bytes if they are not read. */
static void deliver(const struct work *w, uint64_t end, struct tl_bytes here, uint64_t captured)
{
    uint64_t n = end - w->r->next;
    if (captured > n)
        captured = n;
    if (here.len > captured)
        here.len = (uint32_t)captured;
    w->r->next += captured;
    if (here.len > 0)
        w->reader->data(w->reader->context, here);
    if (captured < n)
        gap(w, end, true);
}

/* Hands over the held pieces that are now in order. */
static void drain(const struct work *w)
{
    struct tl_range *r = w->r;
    while (r->first != NULL && r->first->start <= r->next) {
        struct tl_range_piece *p = r->first;
        if (p->end > r->next) {
            uint64_t old = r->next - p->start;
            struct tl_bytes here = { p->bytes + old, p->kept > old ? (uint32_t)(p->kept - old) : 0 };
            deliver(w, p->end, here, p->captured > old ? p->captured - old : 0);
        }
        piece_free(r, p, w->slab);
    }
}

void tl_range_give_up(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab)
{
    struct work w = { r, reader, slab };
    if (r->first != NULL && r->first->start > r->next)
        gap(&w, r->first->start, false);
    drain(&w);
}

void tl_range_missing(struct tl_range *r, uint64_t to, const struct tl_range_reader *reader, struct tl_slab *slab)
{
    struct work w = { r, reader, slab };
    while (r->next < to) {
        uint64_t end = r->first != NULL && r->first->start < to ? r->first->start : to;
        if (end > r->next)
            gap(&w, end, false);
        drain(&w);
    }
}

void tl_range_flush(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab)
{
    while (r->first != NULL)
        tl_range_give_up(r, reader, slab);
}

void tl_range_fini(struct tl_range *r, struct tl_slab *slab)
{
    while (r->first != NULL)
        piece_free(r, r->first, slab);
}

/* Holds [start, end) between `after` (NULL: the head) and its successor. */
static bool insert(struct tl_range *r, struct tl_range_piece *after, uint64_t start, uint64_t end,
                   struct tl_bytes captured, struct tl_slab *slab)
{
    if (captured.len > end - start)
        captured.len = (uint32_t)(end - start);
    uint32_t kept = r->skip ? 0 : captured.len;
    struct tl_range_piece *p = tl_slab_get(slab, piece_size(kept));
    if (p == NULL)
        return false;
    p->start = start;
    p->end = end;
    p->captured = captured.len;
    p->kept = kept;
    if (kept > 0)
        memcpy(p->bytes, captured.data, kept);
    p->previous = after;
    p->next = after != NULL ? after->next : r->first;
    if (p->next != NULL)
        p->next->previous = p;
    else
        r->tail = p;
    if (after != NULL)
        after->next = p;
    else
        r->first = p;
    r->held += kept;
    r->held_count++;
    return true;
}

/* Returns whether the bytes of [start, start + captured) differ from the same bytes held in p. */
static bool disagrees(const struct tl_range_piece *p, uint64_t start, struct tl_bytes captured)
{
    uint64_t from = start > p->start ? start : p->start;
    uint64_t to = p->start + p->kept < start + captured.len ? p->start + p->kept : start + captured.len;
    return from < to && memcmp(p->bytes + (from - p->start), captured.data + (from - start), to - from) != 0;
}

static struct tl_bytes without_front(struct tl_bytes captured, uint64_t n)
{
    if (n >= captured.len)
        return (struct tl_bytes){ captured.data + captured.len, 0 };
    return (struct tl_bytes){ captured.data + n, (uint32_t)(captured.len - n) };
}

/* Returns the last piece that does not begin after `start`, from the end that is nearer; NULL: none. */
static struct tl_range_piece *place_before(const struct tl_range *r, uint64_t start)
{
    struct tl_range_piece *p = r->tail;
    if (p == NULL || r->first->start > start)
        return NULL;
    if (p->start <= start || p->start - start < start - r->first->start) {
        while (p->start > start)
            p = p->previous;
        return p;
    }
    for (p = r->first; p->next != NULL && p->next->start <= start;)
        p = p->next;
    return p;
}

/* Holds the parts of [start, end) that are not held yet; the first copy of a byte wins. */
static struct tl_range_result hold(struct tl_range *r, uint64_t start, uint64_t end, struct tl_bytes captured,
                                   struct tl_slab *slab)
{
    struct tl_range_result result = { false, 0 };
    struct tl_range_piece *after = place_before(r, start);
    for (struct tl_range_piece *p = after != NULL ? after : r->first; start < end;) {
        uint64_t piece_end = end;
        if (p != NULL && p->start <= start && p->end > start) { /* covered: continue after it */
            r->differs += disagrees(p, start, captured);
            uint64_t to = p->end < end ? p->end : end;
            captured = without_front(captured, to - start);
            start = to;
            after = p;
            p = p->next;
            continue;
        }
        if (p != NULL && p->end <= start) {
            after = p;
            p = p->next;
            continue;
        }
        if (p != NULL && p->start < end)
            piece_end = p->start;
        result.fresh = true;
        if (!insert(r, after, start, piece_end, captured, slab))
            result.lost += piece_end - start;
        else
            after = after != NULL ? after->next : r->first;
        captured = without_front(captured, piece_end - start);
        start = piece_end;
    }
    return result;
}

/* [next, end) is in order: hands it over in pieces, with the held pieces in between. */
static void add_in_order(const struct work *w, uint64_t end, struct tl_bytes captured)
{
    struct tl_range *r = w->r;
    for (uint64_t at = r->next; at < end; at = r->next) {
        uint64_t to = end;
        if (r->first != NULL && r->first->start < end) {
            to = r->first->start;
            r->differs += disagrees(r->first, at, captured);
        }
        if (to > at)
            deliver(w, to, captured, captured.len);
        drain(w);
        captured = without_front(captured, r->next - at);
    }
}

struct tl_range_result tl_range_add(struct tl_range *r, uint64_t start, uint64_t end, struct tl_bytes captured,
                                    const struct tl_range_limits *limits, const struct tl_range_reader *reader,
                                    struct tl_slab *slab)
{
    if (end <= r->next || start >= end)
        return (struct tl_range_result){ false, 0 };
    if (start < r->next) {
        captured = without_front(captured, r->next - start);
        start = r->next;
    }
    if (start == r->next) {
        add_in_order(&(struct work){ r, reader, slab }, end, captured);
        return (struct tl_range_result){ true, 0 };
    }
    struct tl_range_result result = hold(r, start, end, captured, slab);
    while (r->held > limits->bytes || r->held_count > limits->pieces)
        tl_range_give_up(r, reader, slab);
    return result;
}
