/*
 * listener.h - what a decoder is told to do, and whom it tells what comes of packets.
 */
#ifndef TL_DECODE_LISTENER_H
#define TL_DECODE_LISTENER_H

#include "core/channel.h"
#include "core/crypto.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/sink.h"
#include "dissectors/registry.h"
#include "flows/flows.h"

/* The flow of a packet, once it is known. */
struct tl_sighting {
    const struct tl_flow *flow; /* valid for the call */
    unsigned side;              /* of this packet: TL_ORIG, TL_RESP */
    bool is_new;                /* the flow begins with this packet */
};

/* A flow ends. */
struct tl_flow_ending {
    const struct tl_flow *flow; /* valid for the call */
    enum tl_flow_reason reason;
    int64_t deadline;           /* engine time, ns */
};

/* What came next on one side of a TCP stream, or one datagram: bytes, a gap of n bytes, or the end. */
struct tl_piece_of_flow {
    const struct tl_flow *flow; /* valid for the call */
    unsigned side;
    struct tl_bytes bytes;
    uint64_t gap;
    bool end;
};

/* A body in a flow: see tl_body_begin(). */
struct tl_body_piece {
    const struct tl_flow *flow;        /* valid for the call */
    const struct tl_body *body;
    const struct tl_protocol *protocol; /* that carries it */
    enum tl_body_event event;
    const struct tl_body_facts *facts; /* TL_BODY_BEGIN only; else NULL */
    struct tl_bytes bytes;             /* TL_BODY_DATA only */
    uint64_t missing;                  /* bytes lost so far */
};

/* Each function may be NULL: then nothing is spent on its event. context is the first argument of all. */
struct tl_listener {
    /* A record; id is that of its flow. What they point to is valid for the call. */
    void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                   const struct tl_flow_id *id);
    /* A layer of the packet begins; protocol is its index in the registry. Not called for layers inside channels. */
    void (*layer)(void *context, unsigned protocol);
    /* The packet belongs to a flow; with tunnels, once for each, from the outside in. */
    void (*flow)(void *context, const struct tl_sighting *sighting);
    /* A flow ends: its last records follow, conn the last of them. Never called within a parser. */
    void (*flow_ending)(void *context, const struct tl_flow_ending *ending);
    /* Payload of TCP in order. */
    void (*stream)(void *context, const struct tl_piece_of_flow *piece);
    /* Payload of datagrams; before it is decoded. */
    void (*datagram)(void *context, const struct tl_piece_of_flow *piece);
    /* An object passes. */
    void (*body)(void *context, const struct tl_body_piece *piece);
    void *context;
};

struct tl_decoder_options {
    const struct tl_registry *registry;     /* stays the caller's */
    /* In place of the build's protocols, one for each index of the registry; stays the caller's. NULL, but in tests. */
    const struct tl_protocol *const *protocols;
    const struct tl_interfaces *interfaces; /* stays the caller's: tells the precision of times */
    const struct tl_timeouts *timeouts;     /* stays the caller's; NULL: TL_TIMEOUTS_DEFAULT */
    size_t memory;           /* bytes: flows, reassembly, what parsers keep */
    uint64_t seed;           /* of the hashes of flows */
    const struct tl_crypto *crypto; /* stays the caller's */
    bool verify_checksums;
    bool secrets;            /* passwords may be shown */
    bool no_applications;    /* payload of flows is handed to the listener and not parsed */
    struct tl_listener listener;
};

struct tl_decoder_counters {
    uint64_t flows;                /* begun */
    uint64_t flows_active;         /* now */
    uint64_t flows_evicted;        /* ended early, or never begun, for want of memory */
    uint64_t reassembly_truncated; /* bytes that were not reassembled for want of memory */
    uint64_t malformed;            /* packets with a layer that contradicts itself */
    uint64_t bad_checksums;
    uint64_t offloaded;            /* packets whose checksum the sender's card was to fill in */
    uint64_t snaplen_cut;          /* packets not captured whole */
    uint64_t weirds_suppressed;    /* anomalies without a record */
    uint64_t undecoded;            /* packets of a link type that no protocol decodes */
    uint64_t undecoded_linktype;   /* the first such, a LINKTYPE_ value */
    uint64_t memory_used;          /* bytes of the decoder's memory that are in use now */
};

/* The record of an anomaly. */
extern const struct tl_record_def tl_weird_record_def;

#endif
