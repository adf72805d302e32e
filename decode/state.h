/* state.h - the members of a decoder. Private to decode/. */
#ifndef TL_DECODE_STATE_H
#define TL_DECODE_STATE_H

#include "core/arena.h"
#include "core/dissect.h"
#include "core/slab.h"
#include "core/tree.h"
#include "decode/listener.h"
#include "flows/fragments.h"

struct tl_expectations;

struct tl_protocol_set {
    uint64_t bits[(TL_PROTOCOL_COUNT + 63) / 64];
};

struct tl_decoder {
    struct tl_decoder_options options;
    struct tl_protocols protocols;
    const uint64_t *const *wanted; /* fields to collect, per protocol; NULL: no tree */
    struct tl_flows *flows;
    void *slab_base;               /* base of flow memory handles */
    struct tl_fragments *fragments;
    struct tl_expectations *expectations;
    struct tl_charsets *charsets;
    struct tl_crypto_state *crypto_state; /* NULL: not used yet */
    struct tl_keylog *resumed[2];  /* owned: sessions that may be resumed, the newer ones first; NULL: none */
    struct tl_arena scratch;
    struct tl_tree tree;
    struct tl_dissection packet;   /* the context of the packet's layers, up to the flow */
    struct tl_dissection blank;    /* the constant part of a context */
    struct tl_frame frame;         /* of the packet */
    struct tl_tunnels tunnels;     /* around the current layer */
    struct tl_flow *around[TL_PARENTS_MAX]; /* the flows of `tunnels`; NULL: it ended */
    struct tl_flow *outer_flow;    /* flow of the innermost network layer so far */
    struct tl_decoder_counters counters;
    struct tl_bytes read;          /* with a tree: bytes of the packet that its stream took */
    struct tl_bytes fragment;      /* with a tree: the payload of the packet that completed a datagram */
    uint32_t interface;            /* of the last packet */
    bool fused;                    /* no listener takes layers: usual ones may be read at once if no tree is wanted */
    bool nano;                     /* its timestamps are in nanoseconds */
    bool turn;                     /* a flow is to be turned: tl_channel_settle() */
    struct tl_flow *at_rest;       /* no one reads its channel any more, which is freed after the packet; NULL: none */
    bool malformed, offloaded;     /* of the packet */
    bool believed, left_out;       /* the packet has a wrong checksum */
    uint16_t last_protocol;        /* of the packet's layers */
    uint8_t before[TL_PROTOCOL_COUNT]; /* protocols of streams that are asked first */
    uint32_t before_count;
    struct tl_protocol_set probes[2][UINT8_MAX + 1]; /* to be asked: of datagrams, of byte streams; by first byte */
};

static inline struct tl_flow_ext *tl_ext_of(const struct tl_decoder *k, const struct tl_flow *flow)
{
    return flow->ext ? tl_slab_at(k->slab_base, flow->ext) : NULL;
}

static inline struct tl_slab *tl_slab_of(const struct tl_decoder *k)
{
    return tl_flows_slab(k->flows);
}

#endif
