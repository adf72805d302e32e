/* stream.c - cuts the bytes of a side into the units that its parser asks for. */
#include "core/stream.h"

#include "core/dissect.h"
#include "core/slab.h"

enum { STUCK_MAX = 8 }; /* consecutive calls that take no bytes, before a parser is removed from the stream */

static void drop_kept(struct tl_stream *s, struct tl_slab *slab)
{
    tl_slab_put(slab, s->kept, s->kept_capacity);
    s->kept = NULL;
    s->kept_len = s->kept_capacity = 0;
}

void tl_stream_fini(struct tl_stream *s, struct tl_slab *slab)
{
    drop_kept(s, slab);
    s->dead = true;
}

static void die(struct tl_dissection *d, struct tl_stream *s, uint64_t lost)
{
    s->pos += s->kept_len;
    drop_kept(s, d->slab);
    s->dead = true;
    if (lost > 0)
        d->host->truncated(d, lost);
}

/* Appends to the unfinished unit. Returns false, and the side is dead, without memory. */
static bool keep(struct tl_dissection *d, struct tl_stream *s, const uint8_t *data, uint32_t n)
{
    uint32_t need = s->kept_len + n;
    if (!s->begun)
        s->since = d->frame->ts;
    s->begun = true;
    if (need > s->kept_capacity) {
        uint32_t capacity = s->kept_capacity ? s->kept_capacity : 64;
        while (capacity < need)
            capacity *= 2;
        uint8_t *grown = capacity <= TL_SLAB_MAX ? tl_slab_get(d->slab, capacity) : NULL;
        if (grown == NULL) {
            die(d, s, need);
            return false;
        }
        if (s->kept_len > 0)
            memcpy(grown, s->kept, s->kept_len);
        tl_slab_put(d->slab, s->kept, s->kept_capacity);
        s->kept = grown;
        s->kept_capacity = capacity;
    }
    memcpy(s->kept + s->kept_len, data, n);
    s->kept_len = need;
    return true;
}

/* Returns whether the line that ends with the LF at p[at] is empty. */
static bool line_is_empty(const uint8_t *p, uint32_t at)
{
    if (at == 0 || p[at - 1] == '\n')
        return true;
    return p[at - 1] == '\r' && (at == 1 || p[at - 2] == '\n');
}

/*
 * Returns the length of the whole unit at the start of [p, p + len), or 0 if more bytes are needed (scanned is then
 * where the search continues). Sets *overlong if the limit is reached first.
 */
static uint32_t find_unit(struct tl_stream *s, const uint8_t *p, uint32_t len, bool *overlong)
{
    uint32_t most = s->want.n < TL_STREAM_UNIT ? (uint32_t)s->want.n : TL_STREAM_UNIT;
    *overlong = false;
    if (s->want.kind == TL_WANT_BYTES || s->want.kind == TL_WANT_WAIT)
        return len >= most ? most : 0;
    if (s->want.kind == TL_WANT_SOME)
        return len < most ? len : most;
    uint32_t end = len < most ? len : most;
    while (s->scanned < end) {
        const uint8_t *lf = memchr(p + s->scanned, '\n', end - s->scanned);
        if (lf == NULL) {
            s->scanned = end;
            break;
        }
        uint32_t at = (uint32_t)(lf - p);
        s->scanned = at + 1;
        if (s->want.kind == TL_WANT_LINE || line_is_empty(p, at))
            return at + 1;
    }
    *overlong = len >= most;
    return *overlong ? most : 0;
}

/* The layer continues with the next unit of the same message. */
static void layer_pause(struct tl_dissection *d)
{
    tl_layer_end(d);
    d->tree->depth = 1;
}

/* A parser that takes bytes and says nothing about them skips what it cannot place: that can be a part of a secret. */
static void hide_skipped(struct tl_dissection *d, uint32_t nodes, uint32_t hidden, struct tl_bytes taken)
{
    if (d->tree->count == nodes && d->tree->hidden_count == hidden)
        tl_tree_hide(d->tree, taken.data, taken.len);
}

/* Calls the parser on [p, p + n). Returns the bytes it took. */
static uint32_t call(struct tl_dissection *d, struct tl_stream *s, enum tl_event event, const uint8_t *base,
                     uint32_t off, uint32_t n)
{
    d->c = (struct tl_cursor){ base, off, off + n, off + n, TL_OK };
    d->start = off;
    s->event = event;
    if (!s->begun)
        s->since = d->frame->ts;
    bool guarded = TL_UNLIKELY(d->tree != NULL) && !d->secrets && d->protocol->has_secrets && !s->open &&
                   event != TL_EV_RUN;
    uint32_t nodes = guarded ? d->tree->count : 0, hidden = guarded ? d->tree->hidden_count : 0;
    s->open = false;
    struct tl_want want = d->protocol->stream(d, s);
    uint32_t taken = d->c.off - off;
    if (guarded)
        hide_skipped(d, nodes, hidden, tl_bytes_of(base + off, taken));
    if (event != TL_EV_RUN || s->left == 0)
        s->want = want;
    if (event == TL_EV_RUN)
        taken = n;
    s->scanned = 0;
    s->pos += taken;
    s->begun = s->begun && taken == 0;
    if (TL_UNLIKELY(d->wanted != NULL) && d->layer != TL_NO_NODE)
        layer_pause(d);
    s->stuck = taken > 0 ? 0 : (uint8_t)(s->stuck + 1);
    if (s->stuck > STUCK_MAX)
        die(d, s, 0);
    return taken;
}

/* Passes a unit from the kept bytes. With a tree the unit is copied again, because tree nodes outlive this call. */
static uint32_t call_kept(struct tl_dissection *d, struct tl_stream *s, enum tl_event event, uint32_t n)
{
    if (TL_LIKELY(d->tree == NULL))
        return call(d, s, event, s->kept, 0, n);
    uint8_t source = d->tree->source;
    uint8_t *copy = tl_arena_alloc_spare(d->scratch, n);
    const uint8_t *base = s->kept;
    if (copy != NULL) {
        memcpy(copy, s->kept, n);
        base = copy;
        d->tree->source = tl_tree_add_source(d->tree, copy, n, "reassembled stream");
    } else {
        d->tree->source = TL_TREE_SOURCES;
    }
    uint32_t taken = call(d, s, event, base, 0, n);
    d->tree->source = source;
    return taken;
}

static void take_kept(struct tl_stream *s, struct tl_slab *slab, uint32_t n)
{
    if (n >= s->kept_len) {
        drop_kept(s, slab);
        return;
    }
    memmove(s->kept, s->kept + n, s->kept_len - n);
    s->kept_len -= n;
}

/* Hands the stream over. Returns false when the rest of the bytes must be offered again: see tl_host.change. */
static bool change(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_protocol *to = s->want.to;
    s->opened = false;
    return d->host->change(d, s, to);
}

static bool open_side(struct tl_dissection *d, struct tl_stream *s)
{
    s->opened = true;
    s->parts = false;
    s->stuck = 0;
    struct tl_cursor c = d->c;
    call(d, s, TL_EV_OPEN, c.base, c.off, 0);
    d->c = c;
    s->stuck = 0;
    return !s->dead;
}

/* Passes one run of a body, at [off, off + len) of base. Returns the bytes taken. */
static uint32_t push_body(struct tl_dissection *d, struct tl_stream *s, const uint8_t *base, uint32_t off, uint32_t len)
{
    uint32_t n = s->want.n < len ? (uint32_t)s->want.n : len;
    if (s->want.n != UINT64_MAX)
        s->want.n -= n;
    s->left = s->want.n;
    call(d, s, TL_EV_RUN, base, off, n);
    return n;
}

/*
 * Appends bytes of [p, p + len) to the unfinished unit: up to its length, or to the next line end. Returns the bytes
 * appended.
 */
static uint32_t feed_kept(struct tl_dissection *d, struct tl_stream *s, const uint8_t *p, uint32_t len)
{
    uint64_t room = s->want.n > s->kept_len ? s->want.n - s->kept_len : 0;
    uint32_t n = room < len ? (uint32_t)room : len;
    if (s->want.kind != TL_WANT_BYTES && s->want.kind != TL_WANT_WAIT) {
        const uint8_t *lf = memchr(p, '\n', n);
        if (lf != NULL)
            n = (uint32_t)(lf - p) + 1;
    }
    return n == 0 || keep(d, s, p, n) ? n : len;
}

/* Passes whole units of the kept bytes (and a body's bytes). Returns true when new bytes are needed. */
static bool serve_kept(struct tl_dissection *d, struct tl_stream *s)
{
    bool overlong;
    if (s->want.kind == TL_WANT_BODY) {
        uint32_t n = s->want.n < s->kept_len ? (uint32_t)s->want.n : s->kept_len;
        if (s->want.n != UINT64_MAX)
            s->want.n -= n;
        s->left = s->want.n;
        call_kept(d, s, TL_EV_RUN, n);
        take_kept(s, d->slab, n);
        return false;
    }
    uint32_t n = find_unit(s, s->kept, s->kept_len, &overlong);
    if (n == 0 && s->want.n > 0)
        return true;
    uint32_t taken = call_kept(d, s, overlong ? TL_EV_OVERLONG : TL_EV_UNIT, n);
    if (!s->dead)
        take_kept(s, d->slab, taken);
    return false;
}

/* Passes units in place. Returns the bytes taken; 0: the rest is an unfinished unit, which is now kept. */
static uint32_t serve_in_place(struct tl_dissection *d, struct tl_stream *s, const uint8_t *base, uint32_t off,
                               uint32_t len, bool *unfinished)
{
    bool overlong;
    *unfinished = false;
    if (s->want.kind == TL_WANT_BODY)
        return push_body(d, s, base, off, len);
    uint32_t n = find_unit(s, base + off, len, &overlong);
    if (n > 0)
        return call(d, s, overlong ? TL_EV_OVERLONG : TL_EV_UNIT, base, off, n);
    *unfinished = true;
    return 0;
}

/* Keeps bytes until the other side hands over. Returns false, and the side is dead, when they are too many. */
static bool hold(struct tl_dissection *d, struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    if (n > s->want.n || s->kept_len > s->want.n - n) {
        die(d, s, s->kept_len + n);
        return false;
    }
    return n == 0 || keep(d, s, p, n);
}

/* The parser released the other side. Returns false when the other side's parser handed the stream back. */
static bool release(struct tl_dissection *d)
{
    struct tl_cursor c = d->c;
    bool going = d->host->release(d);
    d->release = false; /* also ignores a release by the other side: this side is not waiting */
    d->c = c;
    return going;
}

static uint32_t push(struct tl_dissection *d, struct tl_stream *s, struct tl_bytes bytes)
{
    const uint8_t *base = d->c.base;
    uint32_t off = (uint32_t)(bytes.data - base), end = off + bytes.len, from = off;
    while (!s->dead) {
        if (TL_UNLIKELY(d->release) && !release(d))
            return off - from;
        if (!s->opened && !open_side(d, s))
            break;
        if (s->want.kind == TL_WANT_SWITCH) {
            if (!change(d, s))
                return off - from;
            continue;
        }
        if (s->want.kind == TL_WANT_NOTHING)
            break;
        if (s->want.kind == TL_WANT_HOLD && hold(d, s, base + off, end - off))
            return bytes.len;
        if (s->dead)
            break;
        if (s->kept_len > 0) {
            if (!serve_kept(d, s))
                continue;
            if (off == end)
                return bytes.len;
            off += feed_kept(d, s, base + off, end - off);
            continue;
        }
        bool empty_body = s->want.kind == TL_WANT_BODY && s->want.n == 0;
        bool empty_unit = s->want.kind == TL_WANT_BYTES && s->want.n == 0;
        if (off == end && !empty_body && !empty_unit)
            return bytes.len;
        bool unfinished;
        if (empty_unit) {
            call(d, s, TL_EV_UNIT, base, off, 0);
            continue;
        }
        off += serve_in_place(d, s, base, off, end - off, &unfinished);
        if (unfinished) {
            if (keep(d, s, base + off, end - off))
                return bytes.len;
            off = end;
        }
    }
    /* What a parser does not want to see can hold a secret all the same. */
    if (TL_UNLIKELY(d->tree != NULL) && !d->secrets && d->protocol != NULL && d->protocol->has_secrets)
        tl_tree_hide(d->tree, base + off, end - off);
    s->pos += end - off;
    drop_kept(s, d->slab);
    return bytes.len;
}

/* Hides all of the bytes if they have the end of a secret that began in earlier ones: it was read from a copy. */
static void hide_ends(const struct tl_dissection *d, uint32_t from, struct tl_bytes bytes)
{
    const uintptr_t begin = (uintptr_t)bytes.data;
    for (uint32_t i = from; i < d->tree->hidden_count && i < TL_TREE_HIDDEN; i++) {
        const uintptr_t at = (uintptr_t)d->tree->hidden[i].data;
        if (at < begin || at - begin >= bytes.len) {
            tl_tree_hide(d->tree, bytes.data, bytes.len);
            return;
        }
    }
}

uint32_t tl_stream_push(struct tl_dissection *d, struct tl_stream *s, struct tl_bytes bytes)
{
    struct tl_cursor c = d->c; /* calls for kept bytes move it */
    const uint32_t hidden = d->tree != NULL ? d->tree->hidden_count : 0;
    uint32_t taken = push(d, s, bytes);
    if (TL_UNLIKELY(d->tree != NULL) && d->tree->hidden_count > hidden)
        hide_ends(d, hidden, bytes);
    d->release = false; /* set by a parser whose side is dead now */
    if (TL_UNLIKELY(d->tree != NULL) && !d->secrets && s->kept_len > 0 && !s->open && d->protocol != NULL &&
        d->protocol->has_secrets) {
        uint32_t kept = s->kept_len < bytes.len ? s->kept_len : bytes.len;
        tl_tree_hide(d->tree, bytes.data + (bytes.len - kept), kept);
    }
    d->c = c;
    return taken;
}

void tl_stream_resume(struct tl_dissection *d, struct tl_stream *s)
{
    if (s->dead || !s->opened)
        return;
    s->opened = false;
    s->scanned = 0;
    d->release = false;
    tl_stream_push(d, s, (struct tl_bytes){ d->c.base, 0 });
    if (s->ended && d->protocol != NULL && s->want.kind != TL_WANT_WAIT)
        tl_stream_end(d, s);
}

/* Passes on the bytes of a unit that a gap cuts. Returns false when the parser reads no more. */
static bool pass_part(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_cursor c = d->c;
    uint32_t taken = call_kept(d, s, TL_EV_OVERLONG, s->kept_len);
    d->c = c;
    if (s->dead || d->protocol == NULL)
        return false;
    take_kept(s, d->slab, taken);
    return true;
}

void tl_stream_gap(struct tl_dissection *d, struct tl_stream *s, uint64_t n)
{
    if (s->dead || (!s->opened && !open_side(d, s)))
        return;
    if (s->parts && s->want.kind == TL_WANT_BYTES && s->kept_len > 0 && !pass_part(d, s))
        return;
    s->left = s->want.kind == TL_WANT_BODY ? s->want.n : 0;
    s->dropped = s->kept_len;
    s->pos += s->kept_len;
    s->begun = false;
    drop_kept(s, d->slab);
    s->gap = n;
    struct tl_cursor c = d->c;
    call(d, s, TL_EV_GAP, c.base, c.off, 0);
    d->c = c;
    s->stuck = 0;
    s->pos += n;
    if (TL_UNLIKELY(d->release))
        (void)release(d);
}

/*
 * The side has ended without a release: its parser decides what the waiting bytes are. Returns false when it reads
 * none.
 */
static bool decide_alone(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_cursor c = d->c;
    while (s->kept_len > 0 && s->want.kind == TL_WANT_WAIT && !s->dead && d->protocol != NULL) {
        uint32_t taken = call_kept(d, s, TL_EV_UNIT, s->kept_len);
        if (!s->dead)
            take_kept(s, d->slab, taken);
        d->c = c;
        tl_stream_push(d, s, (struct tl_bytes){ d->c.base, 0 });
    }
    d->c = c;
    return d->protocol != NULL;
}

void tl_stream_end(struct tl_dissection *d, struct tl_stream *s)
{
    if (s->dead || (s->ended && !s->opened))
        return;
    if (s->opened && s->want.kind == TL_WANT_WAIT) {
        bool again = s->ended;
        s->ended = true;
        if (!again || !decide_alone(d, s))
            return;
    }
    s->ended = true;
    if (s->dead || !s->opened || s->want.kind == TL_WANT_NOTHING)
        return;
    struct tl_cursor c = d->c;
    if (s->kept_len > 0)
        call_kept(d, s, TL_EV_END, s->kept_len);
    else
        call(d, s, TL_EV_END, c.base, c.off, 0);
    d->c = c;
    d->release = false;
    drop_kept(s, d->slab);
    s->dead = true;
}
