/*
 * stream.h - one side of a conversation as ordered bytes, cut into the units that the parser asks for.
 *
 * A parser never sees part of a unit. It returns what it wants, is called when the whole unit is there, reads it
 * through the cursor, and returns what it wants next. Bytes that it leaves unread are offered again. Bytes in order are
 * passed in place, inside the packet; only an unfinished unit is copied, into a bounded buffer. The search for a line
 * end continues where it stopped, so one-byte segments cost linear time.
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
    TL_WANT_LINE,   /* a line of at most n bytes, including its LF */
    TL_WANT_BLOCK,  /* lines up to and including an empty one, at most n bytes */
    /*
     * n bytes (UINT64_MAX: to the end), passed on in runs as they arrive and never collected. The parser's next want
     * takes effect after the last run (s->left == 0).
     */
    TL_WANT_BODY,
    TL_WANT_SOME,   /* the bytes that are there, at least 1 and at most n, in place: for a text that ends at a marker */
    /*
     * Nothing until the parser of the other side hands over. At most n bytes wait; with more, the side is no longer
     * read.
     */
    TL_WANT_HOLD,
    /*
     * As TL_WANT_HOLD, but when n bytes wait or the side ends, the waiting bytes become a unit and the parser decides.
     */
    TL_WANT_WAIT,
    TL_WANT_SWITCH, /* this side, and the other from its next unit on, belongs to `to`; NULL: detect the protocol */
    TL_WANT_NOTHING, /* the rest is not read, only counted */
};

struct tl_want {
    enum tl_want_kind kind;
    uint64_t n;
    const struct tl_protocol *to;
};

enum tl_event {
    TL_EV_OPEN,     /* first call for this side, or after a release: no bytes; return what you want */
    TL_EV_UNIT,     /* the wanted unit, whole: [c.off, c.end) */
    /*
     * A line or block is longer than n: these are its first n bytes; the next want begins after them. With `parts`
     * also: bytes are missing in a unit of n bytes, these come before them. Those that the parser leaves are dropped.
     * TL_EV_GAP follows.
     */
    TL_EV_OVERLONG,
    TL_EV_RUN,      /* a piece of a body; s->left bytes of the body follow */
    TL_EV_GAP,      /* s->gap bytes are missing; an unfinished unit before them was dropped */
    TL_EV_END,      /* the side ended (FIN, RST, flow expiry): the cursor holds the unfinished unit */
};

enum {
    TL_STREAM_UNIT = 1 << 18,   /* bytes of the longest unit that is collected */
    TL_STREAM_DETECT = 2048,    /* bytes per side that are searched for the protocol */
};

/* One side of a stream. Parsers read event, side, gap, left, pos and since, and set open and parts; the other members are private to core/. */
struct tl_stream {
    enum tl_event event;
    uint8_t side;       /* 0: the originator sends, 1: the responder */
    bool opened, dead, ended;
    uint8_t stuck;      /* consecutive calls that took no bytes */
    bool parts;         /* set by the parser, for all units of bytes: it reads the part before a gap, see TL_EV_OVERLONG */
    bool open;          /* set by the parser with its want: what it wants is no secret, such as text of a body */
    uint64_t gap;       /* TL_EV_GAP: bytes missing */
    uint32_t dropped;   /* TL_EV_GAP: bytes of the unfinished unit before the gap, which were dropped */
    uint64_t left;      /* bytes of the body after this run, or (TL_EV_GAP) before the gap; UINT64_MAX: to the end */
    uint64_t pos;       /* stream offset of the unit's first byte */
    int64_t since;      /* ns: when the unit's first byte arrived */
    bool begun;         /* since belongs to bytes that were not taken yet */
    struct tl_want want;
    uint32_t scanned;   /* bytes of the unfinished unit without a line end */
    uint32_t kept_len;  /* bytes of the unfinished unit in `kept` */
    uint32_t kept_capacity;
    uint8_t *kept;      /* owned: the unfinished unit, from `slab` */
};

/*
 * Adds ordered bytes of side s. They lie in the buffer at d->c.base (the tree's current source). Calls the parser of
 * d->protocol for each whole unit. Returns the number of bytes taken: all, unless the protocol must be detected again
 * (then d->protocol is NULL). If memory for an unfinished unit runs out, the side is dead and host->truncated() is
 * called. The cursor is restored.
 */
uint32_t tl_stream_push(struct tl_dissection *d, struct tl_stream *s, struct tl_bytes bytes);
/* The parser of the other side released this one: calls the parser with TL_EV_OPEN, then offers it the kept bytes. */
void tl_stream_resume(struct tl_dissection *d, struct tl_stream *s);
/* n bytes are lost. */
void tl_stream_gap(struct tl_dissection *d, struct tl_stream *s, uint64_t n);
/*
 * The side has ended: the parser gets TL_EV_END. If it waits for the other side (TL_WANT_WAIT), TL_EV_END is delayed
 * until the release. A second call means that no release will come, and the parser decides alone. d->protocol is NULL
 * on return when the protocol must be detected again.
 */
void tl_stream_end(struct tl_dissection *d, struct tl_stream *s);
/* Frees the kept bytes. */
void tl_stream_fini(struct tl_stream *s, struct tl_slab *slab);

#endif
