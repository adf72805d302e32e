/* channel.h - a tree of channels in each flow: who reads their bytes, and what their readers keep. */
#ifndef TL_DECODE_CHANNEL_H
#define TL_DECODE_CHANNEL_H

#include "core/stream.h"
#include "decode/state.h"

enum {
    TL_KEPT_MOST = 64 << 10,  /* bytes that parsers keep in one flow */
    TL_HANDOVERS_MOST = 16,   /* times that a channel goes from one protocol to the next; after that nothing reads it */
    TL_VIOLATION_EARLY = 10 << 10, /* stream bytes of a protocol within which a violation takes its service back */
};

/* Bytes that a parser keeps; they follow. */
struct tl_kept_bytes {
    uint32_t next, previous; /* handles */
    uint32_t len;
    uint32_t reserved;
};

/* From the slab. A flow's own is owned by its extension, children by their parent. */
struct tl_channel {
    struct tl_channel *parent;  /* NULL: the flow's own */
    struct tl_channel *child;   /* the one with the lowest id */
    struct tl_channel *sibling; /* the one with the next id */
    void *slot;                 /* the protocol's state */
    uint64_t id;
    uint64_t began;             /* stream bytes of both sides before the protocol */
    uint32_t slot_size;
    uint32_t kept;              /* handle of the first of a chain */
    uint32_t kept_bytes;        /* the flow's own channel: of all channels of the flow */
    uint32_t note;              /* the flow's own channel: kept: what was expected of it; 0: nothing */
    uint32_t handed;            /* kept: the note of the protocol before this one; 0: none */
    uint32_t handing;           /* kept: the note for the protocol that comes next; 0: none */
    uint32_t bodies;            /* the flow's own channel: begun so far */
    uint16_t protocol;          /* index in the registry; TL_PROTOCOL_COUNT: undecided */
    uint16_t handed_by;         /* index of the protocol that wrote `handed` */
    uint16_t descendants;       /* the flow's own channel: open ones at any depth */
    uint8_t kind;               /* enum tl_channel_kind */
    uint8_t depth;              /* 1: the flow's own */
    uint8_t first_side;         /* undecided: the side whose bytes, of those that are kept, came first */
    uint8_t handovers;          /* so far */
    uint8_t services_before;    /* length of the flow's services when the protocol began */
    bool turn;                  /* the flow's ends are the other way round: turned once the packet is done with */
    bool settled;               /* decided, or given up */
    bool unread;                /* nothing reads it */
    bool wake;                  /* the other side has bytes that waited for the protocol which begins now */
    bool tried[2];              /* this side's first payload told nothing */
    bool at_upgrade[2];         /* this side is where the next protocol begins */
    struct tl_stream side[];    /* two for a stream, none for datagrams */
};

/* Where bytes are read: the packet's frame, or that of a flow that ends. */
struct tl_site {
    struct tl_decoder *decoder;
    struct tl_frame *frame;
    struct tl_tree *tree; /* NULL: nothing is shown */
};

/* The packet that is being decoded. */
static inline struct tl_site tl_site_of_packet(struct tl_decoder *k)
{
    return (struct tl_site){ k, &k->frame, k->wanted != NULL ? &k->tree : NULL };
}

/* A context for a call of a channel's protocol; channel may be NULL. The cursor is empty. */
void tl_context_begin(const struct tl_site *site, struct tl_dissection *d, struct tl_flow *flow,
                      struct tl_channel *channel, unsigned side);
/* The context is protocol `index`'s; TL_PROTOCOL_COUNT: no one's. */
void tl_context_select(struct tl_dissection *d, unsigned index);
/* The index of a protocol in the registry. */
unsigned tl_protocol_index(const struct tl_decoder *k, const struct tl_protocol *protocol);

/* The flow's own channel; NULL: it has none. */
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

/* A channel outside any tree; NULL without memory. */
struct tl_channel *tl_channel_new(struct tl_decoder *k, enum tl_channel_kind kind);
/* The flow's own channel, made if it has none; NULL without memory. */
struct tl_channel *tl_channel_make(struct tl_decoder *k, struct tl_flow *flow);
/* Gives the channel to a protocol; false without memory for its state. */
bool tl_channel_assign(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel, unsigned index);
/* The protocol of the channel ends: children are closed, finish() is called. */
void tl_channel_finish_protocol(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel);
/* Nothing reads the channel any more. */
void tl_channel_give_up(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel);

/* Bytes in order for a side of a stream channel. */
void tl_channel_deliver(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes);
void tl_channel_missing(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        uint64_t n);
/* A message for a datagram channel that is not the flow's own. */
void tl_channel_message(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes);
/* Protocol `index` reads the message at the cursor; its layer, or data, is shown. true: d->next tells what it carries. */
bool tl_channel_dissect(struct tl_dissection *d, unsigned index);
/* One side of a stream channel has ended. */
void tl_channel_side_ended(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side);
/* Both sides end, then the protocol. The channel stays until tl_channel_free(). */
void tl_channel_over(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel);
/* Gives back its memory and that of its children. Not the flow's own: see tl_flow_channel_free(). */
void tl_channel_free(struct tl_decoder *k, struct tl_channel *channel);

/* Gives back the memory of a flow's own channel. */
void tl_channel_free_root(struct tl_decoder *k, struct tl_channel *channel);
/* What no protocol decodes is shown as data. Costs nothing unless it is shown. */
void tl_show_data(struct tl_dissection *d);

#endif
