/*
 * stream.h - one side of a conversation as bytes in order, cut into the units that its parser asks for.
 *
 * A parser never sees half of what it asked for: it says what it wants, is called when that is there, reads it through
 * the dissection's cursor and says what it wants next. What it leaves unread at the cursor is offered again. In-order
 * bytes are handed over where they lie in the packet; only an unfinished unit is copied, into a bounded buffer. How far
 * a line's end was searched is remembered, so one-byte segments cost linear time.
 */
#ifndef TL_CORE_STREAM_H
#define TL_CORE_STREAM_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_dissection;
struct tl_protocol;
struct tl_slab;

enum tl_want_kind {
    TL_WANT_BYTES,  /* exactly n bytes; n <= TL_STREAM_UNIT */
    TL_WANT_LINE,   /* a line of at most n bytes, its LF included */
    TL_WANT_BLOCK,  /* lines up to and including an empty one, at most n bytes */
    TL_WANT_BODY,   /* n bytes (UINT64_MAX: to the end), passed on as runs as they come, never collected; what the parser
                       returns counts once the last run (s->left == 0) was given */
    TL_WANT_SOME,   /* what is there, at least one byte and at most n, in place: a text that ends at a marker is read so */
    TL_WANT_HOLD,   /* nothing until the other side's parser hands over: at most n bytes wait; with more nobody reads this side */
    TL_WANT_WAIT,   /* likewise, but when n bytes wait, or the side has ended, what waits is a unit: the parser decides alone */
    TL_WANT_SWITCH, /* from here on this side (and the other, at its next unit) is `to`'s; NULL: detect anew */
    TL_WANT_NOTHING, /* nobody reads the rest: it is only counted */
};

struct tl_want {
    enum tl_want_kind kind;
    uint64_t n;
    const struct tl_protocol *to;
};

enum tl_event {
    TL_EV_OPEN,     /* the first call for this side, or it was released: no bytes, say what you want */
    TL_EV_UNIT,     /* what was wanted is there, whole: [c.off, c.end) */
    TL_EV_OVERLONG, /* a line or block is longer than n: its first n bytes; the next want begins behind them */
    TL_EV_RUN,      /* a piece of a body; s->left says how much of it is still to come */
    TL_EV_GAP,      /* s->gap bytes are missing here; an unfinished unit before it was dropped. The want decides how it goes on */
    TL_EV_END,      /* the side has ended (FIN, RST, flow expiry): what was unfinished is in the cursor */
};

enum {
    TL_STREAM_UNIT = 1 << 18,   /* bytes: the longest unit that is collected */
    TL_STREAM_DETECT = 2048,    /* bytes a side looked at until the protocol is known */
};

/* One side of a stream. Parsers read event, side, gap, left, pos and since; the rest is the core's. */
struct tl_stream {
    enum tl_event event;
    uint8_t side;       /* 0: the originator sends, 1: the responder */
    bool opened, dead, ended;
    uint8_t stuck;      /* calls in a row that took nothing */
    uint64_t gap;       /* TL_EV_GAP: bytes missing */
    uint32_t dropped;   /* TL_EV_GAP: bytes of the unfinished unit before them, which were dropped */
    uint64_t left;      /* TL_EV_RUN: of the body, behind this run; TL_EV_GAP in a body: before the gap; UINT64_MAX: to the end */
    uint64_t pos;       /* stream offset of the unit's first byte */
    int64_t since;      /* ns: when its first byte came */
    bool begun;         /* since is that of bytes which were not taken yet */
    struct tl_want want;
    uint32_t scanned;   /* bytes of the unfinished unit that hold no line end */
    uint32_t kept_len;  /* bytes of the unfinished unit in `kept` */
    uint32_t kept_capacity;
    uint8_t *kept;      /* owned: the unfinished unit, from `slab` */
};

/*
 * Bytes in order for side s, which lie in the buffer at d->c.base (the tree's current source). Calls d->protocol's
 * parser while whole units are there. Returns how many bytes were taken: all, unless the protocol is to be detected
 * anew (d->protocol is NULL then). Without memory for an unfinished unit the side goes dead and host->truncated() is
 * told. The cursor is as before.
 */
uint32_t tl_stream_push(struct tl_dissection *d, struct tl_stream *s, struct tl_bytes bytes);
/* The other side's parser released this one: it is asked anew what it wants, and what is kept is offered to it. */
void tl_stream_resume(struct tl_dissection *d, struct tl_stream *s);
/* n bytes that will never come. */
void tl_stream_gap(struct tl_dissection *d, struct tl_stream *s, uint64_t n);
/*
 * The side has ended: the parser gets TL_EV_END. Where it waits for the other side (TL_WANT_WAIT) that comes once it was
 * released; a second call says that nothing will release it, and it decides alone. d->protocol is NULL on return when
 * the channel is to be detected anew.
 */
void tl_stream_end(struct tl_dissection *d, struct tl_stream *s);
/* Gives back what is kept. */
void tl_stream_fini(struct tl_stream *s, struct tl_slab *slab);

#endif
