/*
 * decoder.h - packets in, events out.
 *
 * A decoder owns all state between packets: flows, fragments, out-of-order bytes, data kept by parsers. It has no
 * threads, no output and no files. The events of a packet go to a listener while tl_decoder_packet() runs. Listeners
 * are the worker of the pipeline, the detail and the stream of the view, the fuzz harnesses and the tests.
 */
#ifndef TL_DECODE_DECODER_H
#define TL_DECODE_DECODER_H

#include "core/channel.h"
#include "core/crypto.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/tree.h"
#include "dissectors/registry.h"
#include "flows/flows.h"

struct tl_decoder;

/* The flow of a packet. */
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

/* The next piece of one side of a TCP stream, or a datagram: bytes, a gap of n bytes, or the end. */
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
    const struct tl_protocol *protocol; /* protocol that carries the body */
    enum tl_body_event event;
    const struct tl_body_facts *facts; /* TL_BODY_BEGIN only; else NULL */
    struct tl_bytes bytes;             /* TL_BODY_DATA only */
    uint64_t missing;                  /* bytes lost so far */
};

/* Functions may be NULL: their events then cost nothing. context is the first argument of each. */
struct tl_listener {
    /* A record; id is that of its flow. Pointers in them are valid for the call. */
    void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                   const struct tl_flow_id *id);
    /* A layer of the packet begins; protocol is its index in the registry. Not called for layers inside channels. */
    void (*layer)(void *context, unsigned protocol);
    /* The packet belongs to a flow. With tunnels it is called for each flow, from the outside in. */
    void (*flow)(void *context, const struct tl_sighting *sighting);
    /* A flow ends. Its last records follow; conn is the last. Never called while a parser runs. */
    void (*flow_ending)(void *context, const struct tl_flow_ending *ending);
    /* Ordered TCP payload. */
    void (*stream)(void *context, const struct tl_piece_of_flow *piece);
    /* The payload of a datagram, before it is decoded. */
    void (*datagram)(void *context, const struct tl_piece_of_flow *piece);
    /* A part of a body. */
    void (*body)(void *context, const struct tl_body_piece *piece);
    void *context;
};

struct tl_decoder_options {
    const struct tl_registry *registry;     /* borrowed */
    /* Borrowed. One for each index of the registry; NULL: those of the build. For tests. */
    const struct tl_protocol *const *protocols;
    const struct tl_interfaces *interfaces; /* borrowed: gives the precision of timestamps */
    const struct tl_timeouts *timeouts;     /* borrowed; NULL: TL_TIMEOUTS_DEFAULT */
    size_t memory;           /* bytes: flows, reassembly, data kept by parsers */
    uint64_t seed;           /* of the flow hashes */
    const struct tl_crypto *crypto; /* borrowed */
    bool verify_checksums;
    bool secrets;            /* show passwords */
    bool no_applications;    /* pass the payload of flows to the listener without parsing it */
    struct tl_listener listener;
};

struct tl_decoder_counters {
    uint64_t flows;                /* begun */
    uint64_t flows_active;         /* now */
    uint64_t flows_evicted;        /* ended early, or never begun, because memory ran out */
    uint64_t reassembly_truncated; /* bytes not reassembled because memory ran out */
    uint64_t malformed;            /* packets with a malformed layer */
    uint64_t bad_checksums;
    uint64_t offloaded;            /* packets with checksums left to the sender's network card */
    uint64_t snaplen_cut;          /* packets not captured whole */
    uint64_t weirds_suppressed;    /* anomalies without a record */
    uint64_t undecoded;            /* packets of a link type without a dissector */
    uint64_t undecoded_linktype;   /* LINKTYPE_ value of the first such packet */
    uint64_t memory_used;          /* bytes of the decoder's memory in use */
};

/* State after the last packet. */
struct tl_outcome {
    unsigned last_protocol; /* index of the innermost layer */
    bool malformed;
};

/* For one thread at a time. Returns NULL without memory. */
struct tl_decoder *tl_decoder_new(const struct tl_decoder_options *options);
/* Drops flows that have not ended without an event: call tl_decoder_finish() first to get them. */
void tl_decoder_free(struct tl_decoder *decoder);

/*
 * From the next packet on, collects fields into the tree: wanted[p] has a bit for each field of protocol p, or is NULL.
 * wanted NULL: no tree. The array is borrowed.
 */
void tl_decoder_show(struct tl_decoder *decoder, const uint64_t *const *wanted);
/* Decodes a packet. Call tl_decoder_expire() first, so that flows that are due have ended. */
void tl_decoder_packet(struct tl_decoder *decoder, const struct tl_packet *packet);
/* Returns the tree of the last packet, valid until the next call. packet->bytes must stay valid as long. */
const struct tl_tree *tl_decoder_tree(const struct tl_decoder *decoder);
struct tl_outcome tl_decoder_outcome(const struct tl_decoder *decoder);
/* Returns the frame of the last packet. */
const struct tl_frame *tl_decoder_frame(const struct tl_decoder *decoder);

/* Engine time (ns) has reached now: ends the flows that are due before it, in the order of their deadlines. */
void tl_decoder_expire(struct tl_decoder *decoder, int64_t now);
/* The same for incomplete datagrams. Call it about once per block. */
void tl_decoder_expire_fragments(struct tl_decoder *decoder, int64_t now);
/* Ends all flows in the order of their deadlines, at the end of the input. The decoder can then take another input. */
void tl_decoder_finish(struct tl_decoder *decoder);
/* Drops all fragments, as for a new input. Returns false without memory; the decoder must not be used then. */
bool tl_decoder_forget_fragments(struct tl_decoder *decoder) TL_MUST_CHECK;

struct tl_decoder_counters tl_decoder_counters(const struct tl_decoder *decoder);
/*
 * Fills the id of a flow, for records. With keep the names are computed once and stored in the flow. Returns true if
 * originator and responder are already swapped in the id, but in the flow only after this packet.
 */
bool tl_decoder_identify(struct tl_decoder *decoder, struct tl_flow *flow, struct tl_flow_id *id, bool keep);
/* Returns the TCP state of a flow, with its out-of-order bytes; NULL: not a TCP flow. */
const struct tl_tcp *tl_decoder_tcp(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* Prefetch the memory that a look-up of a flow with this hash reads, and the flow itself. */
void tl_decoder_prefetch(const struct tl_decoder *decoder, uint64_t hash);
void tl_decoder_prefetch_flow(const struct tl_decoder *decoder, uint64_t hash);

/* The definition of the anomaly record. */
extern const struct tl_record_def tl_weird_record_def;

#endif
