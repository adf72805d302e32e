/*
 * channel.h - conversations inside a conversation.
 *
 * A flow has one channel, and a channel may have children: what TLS decrypts, the streams of HTTP/2, the messages of a
 * WebSocket, what goes through a proxy. Each is read by a protocol of its own. A protocol opens a child, pushes the
 * child's bytes in order, and need not know who reads them.
 *
 * A push shows the child's layers in the tree and closes the layer of `d`: fields of `d` that follow must begin a layer
 * again. Children are bounded: TL_CHANNEL_DEPTH and TL_CHANNEL_CHILDREN. What a child keeps counts for its flow.
 */
#ifndef TL_CORE_CHANNEL_H
#define TL_CORE_CHANNEL_H

#include "core/dissect.h"

enum tl_channel_kind {
    TL_CHANNEL_DATAGRAM, /* whole messages: each push is one; dissect() reads it */
    TL_CHANNEL_STREAM,   /* bytes in order on two sides; stream() reads them */
};

enum {
    TL_CHANNEL_DEPTH = 8,       /* channels inside one another, the flow's own included */
    TL_CHANNEL_CHILDREN = 1024, /* open at a time in a flow, at any depth */
};

/* A flow that is to come: who listens, and who may call. Addresses have 4 or 16 bytes, as the flow of `d` has. */
struct tl_expected_flow {
    uint8_t ip_proto;        /* 6 or 17 */
    const uint8_t *addr;     /* of the endpoint that is called */
    uint16_t port;           /* of the endpoint that is called; not 0 */
    const uint8_t *peer;     /* the other endpoint's address; NULL: any within the outermost address pair */
    const struct tl_protocol *protocol; /* that the flow begins with; NULL: detected, but its parent is known */
};

/* What a flow was told by the one that expected it. */
struct tl_expectation {
    char parent_uid[TL_UID_LEN + 1]; /* "" where nobody expected this flow */
    struct tl_bytes note;
};

/* An object that passes: a file, a mail, the body of a message. */
struct tl_body {
    uint64_t seen;        /* bytes passed on so far */
    uint64_t missing;     /* bytes that were lost */
    uint32_t id;          /* of the body within its flow, from 1; 0: not begun */
};

/* What is known of it at its beginning. Texts are valid for the call. */
struct tl_body_facts {
    const char *source;   /* "HTTP", "SMTP", "FTP_DATA", ... as RECORDS.md has them */
    struct tl_bytes name; /* of the file; empty: not known */
    struct tl_bytes type; /* as the sender says; empty: not said */
    uint64_t total;       /* bytes as announced; UINT64_MAX: not announced */
    uint8_t side;         /* that sends it */
};

enum tl_body_event { TL_BODY_BEGIN, TL_BODY_DATA, TL_BODY_GAP, TL_BODY_END };

struct tl_channel_host {
    struct tl_channel *(*open)(struct tl_dissection *d, enum tl_channel_kind kind, uint64_t id,
                               const struct tl_protocol *protocol);
    struct tl_channel *(*find)(const struct tl_dissection *d, uint64_t id);
    void (*push)(struct tl_dissection *d, struct tl_channel *channel, unsigned side, struct tl_bytes bytes);
    void (*gap)(struct tl_dissection *d, struct tl_channel *channel, unsigned side, uint64_t n);
    void (*end)(struct tl_dissection *d, struct tl_channel *channel, unsigned side);
    void (*close)(struct tl_dissection *d, struct tl_channel *channel);
    bool (*expect)(struct tl_dissection *d, const struct tl_expected_flow *flow, struct tl_bytes note);
    struct tl_expectation (*expectation)(const struct tl_dissection *d);
    void (*body)(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                 const struct tl_body_facts *facts, struct tl_bytes bytes);
};

/*
 * Opens a child of d's channel. id orders children and finds them again; it is the caller's (a stream number).
 * protocol NULL: detected by content. NULL when there are too many, too deep, or no memory: what would be pushed is
 * not read then.
 */
static inline struct tl_channel *tl_channel_open(struct tl_dissection *d, enum tl_channel_kind kind, uint64_t id,
                                                 const struct tl_protocol *protocol)
{
    return d->host->channel->open(d, kind, id, protocol);
}

/* The child of d's channel with this id; NULL: there is none. */
static inline struct tl_channel *tl_channel_find(const struct tl_dissection *d, uint64_t id)
{
    return d->host->channel->find(d, id);
}

/*
 * The next bytes of a side of a child, or its next message. They are read before this returns. With a tree, bytes that
 * do not lie in the tree's current source are shown as a source of their own. channel may be NULL.
 */
static inline void tl_channel_push(struct tl_dissection *d, struct tl_channel *channel, unsigned side,
                                   struct tl_bytes bytes)
{
    if (channel != NULL)
        d->host->channel->push(d, channel, side, bytes);
}

/* n bytes of a side that will never come. channel may be NULL. */
static inline void tl_channel_gap(struct tl_dissection *d, struct tl_channel *channel, unsigned side, uint64_t n)
{
    if (channel != NULL)
        d->host->channel->gap(d, channel, side, n);
}

/* A side of a child has ended. channel may be NULL. */
static inline void tl_channel_end(struct tl_dissection *d, struct tl_channel *channel, unsigned side)
{
    if (channel != NULL)
        d->host->channel->end(d, channel, side);
}

/* The child is over: both sides end, its protocol writes what it has left, its memory is given back. May be NULL. */
static inline void tl_channel_close(struct tl_dissection *d, struct tl_channel *channel)
{
    if (channel != NULL)
        d->host->channel->close(d, channel);
}

/*
 * What stream() returns at the byte of its side where the protocol `to` begins (NULL: detected by content). The side
 * waits, with at most `hold` bytes, until the other one returns this too; then the channel is `to`'s, finish() of the
 * old protocol was called, and what waited is read.
 */
static inline struct tl_want tl_upgrade(struct tl_dissection *d, const struct tl_stream *s,
                                        const struct tl_protocol *to, uint64_t hold)
{
    if (!d->host->at_upgrade(d, s))
        return (struct tl_want){ TL_WANT_HOLD, hold, NULL };
    return (struct tl_want){ TL_WANT_SWITCH, 0, to };
}

/*
 * Tells the protocol that the channel goes on as (with tl_upgrade() or TL_WANT_SWITCH, named or detected) what it must
 * know. The encoding is the writer's; its header documents it. Kept with the channel until that protocol hands over in
 * turn; a second note takes the place of the first. false: no room.
 */
static inline bool tl_upgrade_note(struct tl_dissection *d, struct tl_bytes note)
{
    return d->host->tell(d, note);
}

/* What the channel's protocol before this one wrote for it, and which one that was. Valid while it reads the channel. */
static inline struct tl_handed tl_channel_note(const struct tl_dissection *d)
{
    return d->host->told(d);
}

/*
 * Announces a flow between the hosts of this one (within its outermost address pair). The next flow that fits begins
 * as that protocol and can read `note` (at most TL_EXPECT_NOTE bytes). It is forgotten after TL_EXPECT_SECONDS of
 * packet time. Announced again with another note, only the new one counts; with the same note, as many flows are
 * expected as were announced. false: no room, or the flow is not between those hosts.
 */
enum { TL_EXPECT_NOTE = 512, TL_EXPECT_SECONDS = 300 };
static inline bool tl_expect(struct tl_dissection *d, const struct tl_expected_flow *flow, struct tl_bytes note)
{
    return d->host->channel->expect(d, flow, note);
}

/* Who expected this flow, and the note. */
static inline struct tl_expectation tl_expectation(const struct tl_dissection *d)
{
    return d->host->channel->expectation(d);
}

/*
 * A body begins, goes on, has a hole of n bytes, ends. `body` is the protocol's own, in its flow state. Where d->bodies
 * is false nobody listens: a protocol need not work out the facts then.
 */
static inline void tl_body_begin(struct tl_dissection *d, struct tl_body *body, const struct tl_body_facts *facts)
{
    d->host->channel->body(d, body, TL_BODY_BEGIN, facts, (struct tl_bytes){ NULL, 0 });
}

static inline void tl_body_data(struct tl_dissection *d, struct tl_body *body, struct tl_bytes bytes)
{
    body->seen += bytes.len;
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_DATA, NULL, bytes);
}

static inline void tl_body_gap(struct tl_dissection *d, struct tl_body *body, uint64_t n)
{
    body->missing += n;
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_GAP, NULL, (struct tl_bytes){ NULL, 0 });
}

static inline void tl_body_end(struct tl_dissection *d, struct tl_body *body)
{
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_END, NULL, (struct tl_bytes){ NULL, 0 });
    *body = (struct tl_body){ 0 };
}

#endif
