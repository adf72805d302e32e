/*
 * decoder.h - packets in, events out.
 *
 * A decoder has all the state that packets leave behind: flows, fragments, what is out of order, what parsers keep. It
 * knows no threads, no output and no files. What comes of a packet goes to a listener while tl_decoder_packet() runs.
 * The worker of the pipeline, the view's detail, follow stream, the fuzz harnesses and the tests are listeners.
 */
#ifndef TL_DECODE_DECODER_H
#define TL_DECODE_DECODER_H

#include "core/channel.h"
#include "core/crypto.h"
#include "core/inflate.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/tree.h"
#include "dissectors/registry.h"
#include "flows/flows.h"

struct tl_decoder;

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
    const struct tl_protocol *const *protocols; /* stays the caller's: one for each index of the registry; NULL: those of
                                                   the build. For tests */
    const struct tl_interfaces *interfaces; /* stays the caller's: tells the precision of times */
    const struct tl_timeouts *timeouts;     /* stays the caller's; NULL: TL_TIMEOUTS_DEFAULT */
    size_t memory;           /* bytes: flows, reassembly, what parsers keep */
    uint64_t seed;           /* of the hashes of flows */
    const struct tl_crypto *crypto; /* stays the caller's */
    const struct tl_inflate *inflate; /* stays the caller's; NULL: nothing is decompressed */
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

/* What is known of the last packet. */
struct tl_outcome {
    unsigned last_protocol; /* index of the innermost layer */
    bool malformed;
};

/* For one thread at a time. NULL without memory. */
struct tl_decoder *tl_decoder_new(const struct tl_decoder_options *options);
/* Flows that have not ended are dropped without an event: call tl_decoder_finish() first to have them. */
void tl_decoder_free(struct tl_decoder *decoder);

/*
 * From the next packet on, fields are gathered into the tree: wanted[p] has the bits of the fields of protocol p, or
 * is NULL. wanted NULL: no tree. The array stays the caller's.
 */
void tl_decoder_show(struct tl_decoder *decoder, const uint64_t *const *wanted);
/* Decodes a packet. Flows that were due must have been ended before: tl_decoder_expire(). */
void tl_decoder_packet(struct tl_decoder *decoder, const struct tl_packet *packet);
/* The last packet's tree, valid until the next call; packet->bytes must be there as long. */
const struct tl_tree *tl_decoder_tree(const struct tl_decoder *decoder);
struct tl_outcome tl_decoder_outcome(const struct tl_decoder *decoder);
/* What the layers of the last packet said. */
const struct tl_frame *tl_decoder_frame(const struct tl_decoder *decoder);

/* Engine time (ns) has come so far: ends the flows that are due before it, in the order of their deadlines. */
void tl_decoder_expire(struct tl_decoder *decoder, int64_t now);
/* The same for fragments that wait: once a block, or so. */
void tl_decoder_expire_fragments(struct tl_decoder *decoder, int64_t now);
/* The input has ended: ends all flows, in the order of their deadlines. The decoder can go on with another input. */
void tl_decoder_finish(struct tl_decoder *decoder);
/* Forgets fragments, as for a new input. false without memory: decode no more packets then. */
bool tl_decoder_forget_fragments(struct tl_decoder *decoder) TL_MUST_CHECK;

struct tl_decoder_counters tl_decoder_counters(const struct tl_decoder *decoder);
/*
 * Everything of a flow's id, for records. Where the flow keeps names (keep), they are worked out once. true: the ends
 * are turned in the id, and will be in the flow once this packet is done with.
 */
bool tl_decoder_identify(struct tl_decoder *decoder, struct tl_flow *flow, struct tl_flow_id *id, bool keep);
/* TCP's state of a flow, with what is out of order; NULL: it is no TCP flow. */
const struct tl_tcp *tl_decoder_tcp(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* Fetches what looking up a flow with this hash will touch; the flow itself. */
void tl_decoder_prefetch(const struct tl_decoder *decoder, uint64_t hash);
void tl_decoder_prefetch_flow(const struct tl_decoder *decoder, uint64_t hash);

/* The record of an anomaly. */
extern const struct tl_record_def tl_weird_record_def;

#endif
