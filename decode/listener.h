/* listener.h - the options of a decoder, and the events that it reports. */
#ifndef TL_DECODE_LISTENER_H
#define TL_DECODE_LISTENER_H

#include "core/channel.h"
#include "core/crypto.h"
#include "core/inflate.h"
#include "core/join.h"
#include "core/keylog.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/segment.h"
#include "core/sink.h"
#include "dissectors/registry.h"
#include "flows/flows.h"

/* The flow of a packet. */
struct tl_sighting {
    const struct tl_flow *flow; /* valid for the call */
    unsigned side;              /* of this packet: TL_ORIG, TL_RESP */
    bool is_new;                /* the flow begins with this packet */
    unsigned depth;             /* enclosing tunnels */
    const struct tl_carrier *carriers; /* earlier packets with fragments of this one; see `carriers` of the options */
    uint32_t carrier_count;
    bool rejected;              /* by a wrong checksum: the packet is not followed */
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
    struct tl_bytes bytes;             /* TL_BODY_DATA, TL_BODY_AT (NULL: lost) */
    uint64_t missing;                  /* bytes lost so far */
};

/* A file in a flow, with its content coding undone: bytes, a gap of n bytes, or the end. */
struct tl_file_piece {
    const char *source;     /* as in tl_body_facts */
    const char *fuid;       /* names the file */
    int64_t first_ts;       /* ns: of its first bytes */
    struct tl_bytes bytes;  /* valid for the call; at most TL_FILE_MOST of a file */
    uint64_t gap;
    bool end;
    bool drop;              /* with `end`: keeps() refused it, what was passed of it is not wanted */
};

/* What a protocol carries, one side of it: plaintext, heads of messages, bodies as files. */
struct tl_said {
    const struct tl_flow *flow; /* valid for the call */
    const struct tl_protocol *protocol;
    uint64_t stream;        /* of those that the protocol carries; TL_SAID_WHOLE: it carries one */
    unsigned side;
    struct tl_bytes bytes;
    uint64_t gap;           /* bytes missing before them */
};

#define TL_FILE_MOST (UINT64_C(100) << 20)
enum { TL_FILE_NAME = 64 + TL_UID_LEN };

/* Writes the name of a file that is extracted, with a NUL. Returns its length. */
uint32_t tl_file_name(const char *source, int64_t first_ts, const char *fuid, char name[TL_FILE_NAME]);

/* Functions may be NULL: their events then cost nothing. context is the first argument of each. */
struct tl_listener {
    /* A record; id is that of its flow. Pointers in them are valid for the call. */
    void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                   const struct tl_flow_id *id);
    /* A part of a record that is put together from several flows (core/join.h); id is that of its flow. */
    void (*part)(void *context, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id);
    /*
     * A layer of the packet begins; protocol is its index in the registry. Of layers inside channels only tunnels are
     * reported: other layers follow them.
     */
    void (*layer)(void *context, unsigned protocol);
    /* The packet belongs to a flow. With tunnels it is called for each flow, from the outside in. */
    void (*flow)(void *context, const struct tl_sighting *sighting);
    /*
     * What a TCP segment is in its connection, with `analysis` of the options; after `flow`. The segment stays for the
     * call; the frame is that of tl_decoder_frame().
     */
    void (*segment)(void *context, const struct tl_flow *flow, unsigned side, const struct tl_segment *segment);
    /* A flow ends. Its last records follow; conn is the last. Never called while a parser runs. */
    void (*flow_ending)(void *context, const struct tl_flow_ending *ending);
    /* Ordered TCP payload. */
    void (*stream)(void *context, const struct tl_piece_of_flow *piece);
    /* The payload of a datagram, before it is decoded. */
    void (*datagram)(void *context, const struct tl_piece_of_flow *piece);
    /* What the protocols of flows carry, with `files` of the options also bodies. */
    void (*said)(void *context, const struct tl_said *said);
    /* A part of a body. */
    void (*body)(void *context, const struct tl_body_piece *piece);
    /* A file may begin, with `files` of the options: it is one when bytes of it come. fuid: with a NUL. */
    void (*file_begins)(void *context, const char *fuid, const struct tl_body_facts *facts);
    /* A part of a file, with `files` of the options. */
    void (*file)(void *context, const struct tl_file_piece *piece);
    /*
     * Returns whether a file is wanted: its record, as far as it is known, and its flow, or NULL. If `keeps_asks` of the
     * options has only what the first bytes of a file tell, it is asked before any of its pieces, and there are none
     * of a file that it refuses; else at the end of the file. NULL: all are.
     */
    bool (*keeps)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                  const struct tl_flow_id *id);
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
    const struct tl_inflate *inflate; /* borrowed; NULL: nothing is inflated */
    struct tl_keylog *keylog; /* borrowed: secrets of TLS sessions; NULL: none */
    bool keylog_all;         /* every packet may use each of them, also those that stand after it in the capture */
    enum tl_checksums checksums;
    bool absolute_numbers;   /* lines of TCP packets show the sequence numbers of the wire, not relative ones */
    bool analysis;           /* trees have the fields with TL_OF_FLOW, and TCP layers their marks */
    bool secrets;            /* show passwords */
    bool sections;           /* records of DNS show the authority and additional sections */
    bool carriers;           /* note which packets bring the fragments of a datagram */
    bool records_only;       /* no tree will be shown, and layers of packets do not matter */
    bool files;              /* bodies are files: records of them are written */
    bool files_read;         /* file() of the listener stores none: their records do not name a file that was written */
    uint32_t hashes;         /* of files: bit n is enum tl_hash n */
    uint64_t keeps_asks;     /* bit n: keeps() of the listener looks at field n of a record of files */
    bool no_applications;    /* pass the payload of flows to the listener without parsing it; tunnels are entered */
    struct tl_listener listener;
};

struct tl_decoder_counters {
    uint64_t flows;                /* begun */
    uint64_t flows_active;         /* now */
    uint64_t flows_evicted;        /* ended early because memory ran out */
    uint64_t packets_refused;      /* without a flow because memory ran out */
    uint64_t reassembly_truncated; /* bytes not reassembled because memory ran out */
    uint64_t malformed;            /* packets with a malformed layer */
    uint64_t bad_checksums;
    uint64_t offloaded;            /* packets with checksums left to the sender's network card */
    uint64_t believed;             /* packets with a wrong checksum that were followed */
    uint64_t left_out;             /* packets with a wrong checksum that were not followed */
    uint64_t snaplen_cut;          /* packets not captured whole */
    uint64_t cut_headers;          /* of these: cut before their ports, or later fragments. They belong to no flow */
    uint64_t weirds_suppressed;    /* anomalies without a record */
    uint64_t undecoded;            /* packets of a link type without a dissector */
    uint64_t undecoded_linktype;   /* LINKTYPE_ value of the first such packet */
    uint64_t memory_used;          /* bytes of the decoder's memory in use */
};

/* The record of a file. */
extern const struct tl_record_def tl_files_record_def;
/* The record of an anomaly. */
extern const struct tl_record_def tl_weird_record_def;
/* Makes the record of an anomaly that has no flow, and passes it to record(). */
void tl_weird_tell(void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                                  const struct tl_flow_id *id),
                   void *context, const struct tl_joined_weird *weird);

#endif
