/* channel.h - the tree of channels of a flow: which protocol reads them, and the data that their parsers keep. */
#ifndef TL_DECODE_CHANNEL_H
#define TL_DECODE_CHANNEL_H

#include "core/stream.h"
#include "decode/state.h"

enum {
    TL_KEPT_MOST = 64 << 10,  /* bytes that all parsers of one flow keep */
    TL_HANDOVERS_MOST = 16,   /* hand-overs of a channel to another protocol; after that it is not read */
    TL_VIOLATION_EARLY = 10 << 10, /* a violation within so many stream bytes of a protocol removes its service */
};

/* Header of bytes kept by a parser; the bytes follow. */
struct tl_kept_bytes {
    uint32_t next, previous; /* handles */
    uint32_t len;
    uint32_t reserved;
};

/* From the slab. The flow's extension owns the root channel; parents own their children. */
struct tl_channel {
    struct tl_channel *parent;  /* NULL: the root channel of the flow */
    struct tl_channel *child;   /* first child, by id */
    struct tl_channel *sibling; /* next child of the parent, by id */
    void *slot;                 /* the protocol's state */
    uint64_t id;
    uint64_t began;             /* stream bytes of both sides before the protocol began */
    uint32_t slot_size;
    uint32_t kept;              /* handle of the first kept bytes of a list */
    uint32_t kept_bytes;        /* root channel: total of all channels of the flow */
    uint32_t note;              /* root channel: handle of the kept expectation; 0: not expected */
    uint32_t handed;            /* handle of the note from the previous protocol; 0: none */
    uint32_t handing;           /* handle of the note for the next protocol; 0: none */
    uint32_t bodies;            /* root channel: bodies begun so far */
    uint16_t protocol;          /* index in the registry; TL_PROTOCOL_COUNT: undecided */
    uint16_t handed_by;         /* index of the protocol that wrote `handed` */
    uint16_t before;            /* index of the protocol that this one followed; TL_PROTOCOL_COUNT: none */
    uint16_t closed;            /* index of the last protocol with secrets of a closed child; TL_PROTOCOL_COUNT: none */
    uint16_t hint;              /* child, undecided: a protocol that it may be; TL_PROTOCOL_COUNT: none */
    uint16_t descendants;       /* root channel: open channels at any depth below it */
    uint8_t kind;               /* enum tl_channel_kind */
    uint8_t depth;              /* 1: the root channel */
    uint8_t first_side;         /* undecided: the side whose kept bytes came first */
    uint8_t handovers;          /* so far */
    bool turn;                  /* swap originator and responder after this packet */
    bool settled;               /* protocol decided, or detection given up */
    bool unread;                /* no protocol reads it */
    bool wake;                  /* the other side has waiting bytes for the protocol that begins now */
    bool tried[2];              /* the first payload of this side did not identify a protocol */
    bool decrypted;             /* its bytes are decrypted ones: records say so */
    bool named;                 /* the protocol added its name to the flow's services */
    bool at_upgrade[2];         /* the next protocol begins at the current byte of this side */
    struct tl_stream side[];    /* two for a stream, none for datagrams */
};

/* The place where bytes are read: the frame of a packet, or of a flow that ends. */
struct tl_site {
    struct tl_decoder *decoder;
    struct tl_frame *frame;
    struct tl_tree *tree; /* NULL: no tree is built */
};

/* The site of the packet that is being decoded. */
static inline struct tl_site tl_site_of_packet(struct tl_decoder *k)
{
    return (struct tl_site){ k, &k->frame, k->wanted != NULL ? &k->tree : NULL };
}

/* The site of a context. */
static inline struct tl_site tl_site_of(const struct tl_dissection *d)
{
    return (struct tl_site){ d->host_data, d->frame, d->tree };
}

/* Returns a context for a call of the channel's protocol, with an empty cursor. channel may be NULL. */
void tl_context_begin(const struct tl_site *site, struct tl_dissection *d, struct tl_flow *flow,
                      struct tl_channel *channel, unsigned side);
/* Makes protocol `index` the protocol of the context; TL_PROTOCOL_COUNT: none. */
void tl_context_select(struct tl_dissection *d, unsigned index);

/* Returns the root channel of the flow, or NULL. */
static inline struct tl_channel *tl_channel_of(const struct tl_decoder *k, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    return ext != NULL ? ext->channel : NULL;
}

static inline struct tl_channel *tl_channel_root(struct tl_channel *channel)
{
    while (channel->parent != NULL)
        channel = channel->parent;
    return channel;
}

/* Allocates a channel that is not in a tree. Returns NULL without memory. */
struct tl_channel *tl_channel_new(struct tl_decoder *k, enum tl_channel_kind kind);
/* Returns the root channel of the flow, allocated on first use, or NULL without memory. */
struct tl_channel *tl_channel_make(struct tl_decoder *k, struct tl_flow *flow);
/* Gives the channel to a protocol. Returns false without memory for its state. */
bool tl_channel_assign(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel, unsigned index);
/* Ends the protocol of the channel: closes its children and calls finish(). */
void tl_channel_finish_protocol(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel);
/* Stops reading the channel. */
void tl_channel_give_up(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel);

/* Passes ordered bytes to a side of a stream channel. */
void tl_channel_deliver(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes);
void tl_channel_missing(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        uint64_t n);
/* Passes a message to a datagram channel that is not the root channel. */
void tl_channel_message(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes);
/*
 * Protocol `index` reads the message at the cursor; adds its layer, or data, to the tree. Returns true if d->next is
 * set.
 */
bool tl_channel_dissect(struct tl_dissection *d, unsigned index);
/* One side of a stream channel ended. */
void tl_channel_side_ended(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side);
/* Ends both sides, then the protocol. The channel exists until tl_channel_free(). */
void tl_channel_over(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel);
/* Frees a child channel and its children. For the root channel: tl_flow_channel_free(). */
void tl_channel_free(struct tl_decoder *k, struct tl_channel *channel);

/* Frees the root channel of the flow. */
void tl_channel_free_root(struct tl_decoder *k, struct tl_channel *channel);
/* Adds undecoded bytes to the tree as data. Does nothing without a tree. */
void tl_show_data(struct tl_dissection *d);

#endif
