/*
 * channel.h - conversations inside a conversation.
 *
 * A flow has one channel, and a channel may have children: the plaintext of TLS, the streams of HTTP/2, the messages of
 * a WebSocket, the content of a proxy connection. Each channel is read by its own protocol. A protocol opens a child
 * and pushes the child's bytes in order; it does not need to know which protocol reads them.
 *
 * A push adds the child's layers to the tree and closes the layer of `d`. To add more fields of `d` after a push, begin
 * a new layer first. TL_CHANNEL_DEPTH and TL_CHANNEL_CHILDREN limit the children. Bytes kept by a child count for its
 * flow.
 */
#ifndef TL_CORE_CHANNEL_H
#define TL_CORE_CHANNEL_H

#include "core/dissect.h"

enum tl_channel_kind {
    TL_CHANNEL_DATAGRAM, /* each push is one whole message; dissect() reads it */
    TL_CHANNEL_STREAM,   /* bytes in order on two sides; stream() reads them */
};

enum {
    TL_CHANNEL_DEPTH = 8,       /* nested channels, including the flow's own */
    TL_CHANNEL_CHILDREN = 1024, /* open children of a flow at one time, at any depth */
};

/*
 * A future flow: the endpoint that listens and the endpoint that may connect. Addresses have 4 or 16 bytes, as in `d`.
 */
struct tl_expected_flow {
    uint8_t ip_proto;        /* 6 or 17 */
    const uint8_t *addr;     /* of the listening endpoint */
    uint16_t port;           /* of the listening endpoint; not 0 */
    const uint8_t *peer;     /* address of the other endpoint; NULL: any within the outermost address pair */
    const struct tl_protocol *protocol; /* protocol the flow begins with; NULL: detected by content */
    /* Does the flow's first packet, at its payload, belong to the flow of this note? NULL: any does. */
    bool (*takes)(struct tl_bytes note, const struct tl_cursor *first);
};

/* What the protocol that expected a flow left for it. */
struct tl_expectation {
    char parent_uid[TL_UID_LEN + 1]; /* "" if this flow was not expected */
    struct tl_bytes note;
};

/* An object in transit: a file, a mail, the body of a message. */
struct tl_body {
    uint64_t seen;        /* bytes passed to listeners so far */
    uint64_t missing;     /* bytes that were lost */
    uint32_t id;          /* of the body within its flow, from 1; 0: not begun */
    uint32_t open;        /* the host's: handle of what is known of it as a file; 0: nothing */
};

/* What is known at the beginning of a body. Texts are valid for the call. */
struct tl_body_facts {
    const char *source;   /* "HTTP", "SMTP", "FTP_DATA", ... */
    struct tl_bytes name; /* file name; empty: unknown */
    struct tl_bytes type; /* media type declared by the sender; empty: none */
    uint64_t total;       /* announced length in bytes; UINT64_MAX: not announced */
    uint8_t coding;       /* enum tl_coding: the content coding of the bytes, or two (tl_coded_again()), if it can be undone */
    uint8_t side;         /* the sending side */
    uint32_t parent;      /* the id of the body that this one is a part of; 0: none */
    uint32_t depth;       /* of a mail: number of the MIME entity in the flow, from 1; else 0 */
    uint32_t level;       /* of a mail: multiparts and messages around it */
    struct tl_bytes charset; /* of text, as the sender named it; empty: not named */
    /*
     * Of a mail: what began around this part since the part before, and heads of messages. Lines that end with a newline;
     * the first byte of each is '0' plus the level.
     */
    struct tl_bytes outline;
};

/* A file in a flow that another flow announced. */
struct tl_carried {
    char fuid[20];         /* of its files record, with a NUL */
    const char *mime_type; /* NULL: not known, or not yet */
};

/* TL_BODY_AT: bytes with their place, in any order; NULL: they are lost. */
enum tl_body_event { TL_BODY_BEGIN, TL_BODY_DATA, TL_BODY_GAP, TL_BODY_AT, TL_BODY_END };

struct tl_channel_host {
    struct tl_channel *(*open)(struct tl_dissection *d, enum tl_channel_kind kind, uint64_t id,
                               const struct tl_protocol *protocol);
    void (*decrypted)(const struct tl_dissection *d, struct tl_channel *channel, const struct tl_protocol *like);
    struct tl_channel *(*find)(const struct tl_dissection *d, uint64_t id);
    void (*push)(struct tl_dissection *d, struct tl_channel *channel, unsigned side, struct tl_bytes bytes);
    void (*gap)(struct tl_dissection *d, struct tl_channel *channel, unsigned side, uint64_t n);
    void (*end)(struct tl_dissection *d, struct tl_channel *channel, unsigned side);
    void (*close)(struct tl_dissection *d, struct tl_channel *channel);
    bool (*tell)(struct tl_dissection *d, struct tl_channel *channel, struct tl_bytes note);
    void *(*state)(const struct tl_channel *channel);
    bool (*expect)(struct tl_dissection *d, const struct tl_expected_flow *flow, struct tl_bytes note);
    struct tl_expectation (*expectation)(const struct tl_dissection *d);
    void (*proxied)(struct tl_dissection *d, const struct tl_proxied *ends);
    void (*said)(const struct tl_dissection *d, uint64_t stream, unsigned side, struct tl_bytes bytes, uint64_t gap);
    void (*body)(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                 const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap); /* gap: of AT, the place */
    void (*fuid)(const struct tl_dissection *d, unsigned side, uint32_t number, char text[20]);
    bool (*carried)(const struct tl_dissection *d, uint16_t port, struct tl_carried *file);
};

/*
 * Opens a child of d's channel. The caller chooses id (a stream number, for example): it orders the children, and
 * tl_channel_find() looks it up. protocol NULL: detected by content. Returns NULL when there are too many children, the
 * channel is nested too deep, or memory runs out; bytes for that child are then not read.
 */
static inline struct tl_channel *tl_channel_open(struct tl_dissection *d, enum tl_channel_kind kind, uint64_t id,
                                                 const struct tl_protocol *protocol)
{
    return d->host->channel->open(d, kind, id, protocol);
}

/*
 * The bytes of a child are decrypted: its records say so. like: what it may be, asked first if it has no protocol yet;
 * NULL: the protocol that d's followed in its channel (STARTTLS), if any. channel may be NULL.
 */
static inline void tl_channel_decrypted(const struct tl_dissection *d, struct tl_channel *channel,
                                        const struct tl_protocol *like)
{
    if (channel != NULL)
        d->host->channel->decrypted(d, channel, like);
}

/* Returns the child of d's channel with this id, or NULL. */
static inline struct tl_channel *tl_channel_find(const struct tl_dissection *d, uint64_t id)
{
    return d->host->channel->find(d, id);
}

/*
 * Leaves a note for the protocol of a child that was just opened, as if d's protocol had been there before:
 * tl_channel_note(). Returns false when there is no room. channel may be NULL.
 */
static inline bool tl_channel_tell(struct tl_dissection *d, struct tl_channel *channel, struct tl_bytes note)
{
    return channel != NULL && d->host->channel->tell(d, channel, note);
}

/* Returns the state of the child's protocol (its flow_size bytes), for a protocol that opened it with that protocol. */
static inline void *tl_channel_state(const struct tl_dissection *d, const struct tl_channel *channel)
{
    return d->host->channel->state(channel);
}

/*
 * Passes the next bytes of one side (stream), or the next message (datagram), to a child. They are read before this
 * returns. With a tree, bytes outside the tree's current source become a new source. channel may be NULL.
 */
static inline void tl_channel_push(struct tl_dissection *d, struct tl_channel *channel, unsigned side,
                                   struct tl_bytes bytes)
{
    if (channel != NULL)
        d->host->channel->push(d, channel, side, bytes);
}

/* n bytes of a side are lost. channel may be NULL. */
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

/*
 * Closes the child: both sides end, its protocol emits its pending records, its memory is freed. channel may be NULL.
 */
static inline void tl_channel_close(struct tl_dissection *d, struct tl_channel *channel)
{
    if (channel != NULL)
        d->host->channel->close(d, channel);
}

/*
 * stream() returns this at the byte where the protocol `to` begins on its side (NULL: detected by content). The side
 * waits, keeping at most `hold` bytes, until the other side returns it too. Then finish() of the old protocol is
 * called, the channel belongs to `to`, and the kept bytes are read.
 */
static inline struct tl_want tl_upgrade(struct tl_dissection *d, const struct tl_stream *s,
                                        const struct tl_protocol *to, uint64_t hold)
{
    if (!d->host->at_upgrade(d, s))
        return (struct tl_want){ TL_WANT_HOLD, hold, NULL };
    return (struct tl_want){ TL_WANT_SWITCH, 0, to };
}

/*
 * Leaves a note for the next protocol of the channel (after tl_upgrade() or TL_WANT_SWITCH, named or detected). The
 * writer chooses the encoding, and its header documents it. The note stays with the channel until that protocol hands
 * the channel over in turn; a second note replaces the first. Returns false when there is no room.
 */
static inline bool tl_upgrade_note(struct tl_dissection *d, struct tl_bytes note)
{
    return d->host->tell(d, note);
}

/*
 * Returns the note of the channel's previous protocol, and which protocol that was. Valid while d's protocol reads it.
 */
static inline struct tl_handed tl_channel_note(const struct tl_dissection *d)
{
    return d->host->told(d);
}

/*
 * Announces a flow between the hosts of this flow (within its outermost address pair). The next flow that matches
 * begins with flow->protocol and can read `note` (at most TL_EXPECT_NOTE bytes). An expectation is dropped after
 * TL_EXPECT_SECONDS of packet time. Announced again with another note, or with flow->takes, only the new one counts; with
 * the same note, as many flows are expected as were announced. Returns false when there is no room or the flow is not
 * between those hosts.
 */
enum { TL_EXPECT_NOTE = 512, TL_EXPECT_SECONDS = 300 };
static inline bool tl_expect(struct tl_dissection *d, const struct tl_expected_flow *flow, struct tl_bytes note)
{
    return d->host->channel->expect(d, flow, note);
}

/* The flow carries a connection between other ends: the later records of the flow have them. The first call counts. */
static inline void tl_proxied(struct tl_dissection *d, const struct tl_proxied *ends)
{
    d->host->channel->proxied(d, ends);
}

/* Returns the parent of this flow (see struct tl_expectation) and the note. */
static inline struct tl_expectation tl_expectation(const struct tl_dissection *d)
{
    return d->host->channel->expectation(d);
}

/*
 * Reports what the protocol carries for those who follow the conversation at its level: plaintext, the head of a
 * message. Bodies are added where they pass. The bytes come after a gap of `gap` bytes.
 */
static inline void tl_said(const struct tl_dissection *d, unsigned side, struct tl_bytes bytes, uint64_t gap)
{
    if (TL_UNLIKELY(d->followed))
        d->host->channel->said(d, TL_SAID_WHOLE, side, bytes, gap);
}

/* As tl_said(), of a stream of a protocol that carries several. */
static inline void tl_said_in(const struct tl_dissection *d, uint64_t stream, unsigned side, struct tl_bytes bytes,
                              uint64_t gap)
{
    if (TL_UNLIKELY(d->followed))
        d->host->channel->said(d, stream, side, bytes, gap);
}

/*
 * Report that a body begins, goes on, has a gap of n bytes, or ends. `body` is in the protocol's flow state. When
 * d->bodies is false there is no listener, and the protocol need not collect the facts.
 */
static inline void tl_body_begin(struct tl_dissection *d, struct tl_body *body, const struct tl_body_facts *facts)
{
    d->host->channel->body(d, body, TL_BODY_BEGIN, facts, (struct tl_bytes){ NULL, 0 }, 0);
}

static inline void tl_body_data(struct tl_dissection *d, struct tl_body *body, struct tl_bytes bytes)
{
    body->seen += bytes.len;
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_DATA, NULL, bytes, 0);
}

static inline void tl_body_gap(struct tl_dissection *d, struct tl_body *body, uint64_t n)
{
    body->missing += n;
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_GAP, NULL, (struct tl_bytes){ NULL, 0 }, n);
}

/*
 * Bytes of a body whose protocol tells their place, in any order (of a file that is read at offsets): in place of
 * tl_body_data() and tl_body_gap(). What comes again is left out. Whoever reads the body as a file puts it in order.
 */
static inline void tl_body_at(struct tl_dissection *d, struct tl_body *body, uint64_t place, struct tl_bytes bytes)
{
    body->seen += bytes.len;
    if (body->id != 0 && bytes.len > 0)
        d->host->channel->body(d, body, TL_BODY_AT, NULL, bytes, place);
}

/* n bytes at this place were sent, and are not in the capture. */
static inline void tl_body_lost_at(struct tl_dissection *d, struct tl_body *body, uint64_t place, uint32_t n)
{
    if (body->id != 0 && n > 0)
        d->host->channel->body(d, body, TL_BODY_AT, NULL, (struct tl_bytes){ NULL, n }, place);
}

/*
 * Before the end of a body: returns its number as a file, 0 if there will be no record of it. tl_file_fuid() then gives
 * the fuid in that record, with a NUL; side: that of the body.
 */
static inline uint32_t tl_body_file(const struct tl_body *body)
{
    return body->open != 0 && body->seen > 0 ? body->id : 0;
}

static inline struct tl_bytes tl_file_fuid(const struct tl_dissection *d, unsigned side, uint32_t number, char text[20])
{
    d->host->channel->fuid(d, side, number, text);
    return tl_bytes_of(text, TL_UID_LEN);
}

/*
 * Looks for a file with a record in a flow that this one announced and that has this port. Returns false if there is
 * none; each file is found once.
 */
static inline bool tl_carried(const struct tl_dissection *d, uint16_t port, struct tl_carried *file)
{
    return d->host->channel->carried(d, port, file);
}

static inline void tl_body_end(struct tl_dissection *d, struct tl_body *body)
{
    if (body->id != 0)
        d->host->channel->body(d, body, TL_BODY_END, NULL, (struct tl_bytes){ NULL, 0 }, 0);
    *body = (struct tl_body){ 0 };
}

#endif
