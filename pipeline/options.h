/* options.h - the options of an engine, and its counters. */
#ifndef TL_PIPELINE_OPTIONS_H
#define TL_PIPELINE_OPTIONS_H

#include "core/sink.h"
#include "flows/timeouts.h"

struct tl_conn_record;  /* flows/conn.h */
struct tl_keylog;       /* core/keylog.h */
struct tl_keylog_file;  /* capture/keylog_file.h */
struct tl_live_options; /* capture/live.h */
struct tl_predicate;    /* filter/predicate.h */

typedef void tl_emit_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                            const struct tl_flow_id *id);

enum {
    TL_WORKERS_MOST = 64,
    TL_KEYLOG_SHARE = 16, /* a fraction of the memory: what secrets of TLS sessions may take */
};

struct tl_engine_options {
    const char *const *inputs;   /* capture files, "-" for standard input; read one after another */
    uint32_t input_count;
    bool follow;                 /* wait at the end of a regular file until it grows */
    const struct tl_live_options *live; /* capture from interfaces instead of inputs; NULL: read the inputs */
    struct tl_interfaces *interfaces; /* borrowed, empty: those found are added; NULL: the engine has a list of its own */
    const char *filter;          /* BPF expression, or NULL */
    bool exact_filter;           /* use the filter unchanged: it does not see through VLAN tags, see capture/filter.h */
    const struct tl_chosen *chosen; /* borrowed: only these packets are taken; NULL: all */
    /* Of the one input, borrowed: see struct tl_file_options. NULL: all is read, nothing is noted. */
    const struct tl_places *places, *contexts;
    struct tl_places *noted;
    /*
     * Gives the records to `emit`, in their order, and no packet is read: an index knows them. There is no stats
     * record. NULL: they are those of the packets. Offline only.
     */
    void (*answer)(void *context, tl_emit_record *emit, void *emit_context);
    void *answer_context;
    bool ordered;                /* at most one worker: for the values that a sink takes, tl_predicate_is_ordered() */
    const struct tl_predicate *predicate; /* borrowed: the packets, or records, that sinks get; NULL: all */
    uint64_t most;               /* stop after so many packets that passed the filter; 0: no limit */
    uint32_t workers;            /* 0: no threads, everything runs in the caller's; fewer are used if memory is short */
    uint32_t block_packets;      /* packets per block; 0: a number that suits the workers. Does not change the output */
    size_t memory;               /* bytes: limits blocks, flows, reassembly, buffers and packets waiting for -w */
    bool decode;                 /* false: packets are only read, filtered, counted and passed to block sinks */
    enum tl_checksums checksums;
    bool absolute_numbers;       /* text: sequence numbers of TCP as on the wire; else relative to the flow's first */
    bool meta;                   /* emit meta and stats records */
    bool secrets;                /* show passwords in records */
    const struct tl_decode_as_list *decode_as; /* borrowed; NULL: none */
    uint32_t hashes;             /* of files: bit n is enum tl_hash n; 0: none */
    bool files;                  /* records of files are written also without hashes and sinks of files */
    const struct tl_predicate *keeps; /* borrowed: on records of files: those that sinks of files get; NULL: all */
    struct tl_keylog *keylog;    /* borrowed: secrets of TLS sessions; those of the input are added; NULL: only these */
    struct tl_keylog_file *keylog_file; /* borrowed: live and with `follow`, what is appended is read; NULL: none */
    bool sections;               /* records of DNS show the authority and additional sections */
    struct tl_timeouts timeouts;
    struct tl_sink *const *sinks; /* borrowed; the engine calls block(), write() and close() */
    uint32_t sink_count;
    /*
     * Adds to a conn record what is known from elsewhere than packets, before filters and sinks get it. Called by any
     * worker. NULL: nothing is added.
     */
    void (*annotate)(void *context, struct tl_conn_record *record, const struct tl_flow_id *id);
    /* Told of every flow when it begins; its uid and Community ID are empty. Called by any worker. NULL: none. */
    void (*begun)(void *context, const struct tl_flow_id *id);
    void *annotate_context; /* of both */
    int64_t stats_interval;      /* live: ns between stats records; 0: only one at the end */
    /* Called by any worker for each record that sinks get. NULL: none. Without sinks records are made for it. */
    void (*counted)(void *context, const struct tl_record_def *def);
    void *counted_context;
    /*
     * Live: messages that the user should see at once (an interface is down or gone, an output cannot be written), one
     * line without a line end. Called by any thread of the engine. May be NULL.
     */
    void (*notice)(void *context, const char *text);
    void *notice_context;
    /*
     * Called by one thread at most every 100 ms, in live mode at least every 200 ms, even while sinks wait. total is 0
     * if it is unknown. May be NULL.
     */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total, uint64_t packets);
    void *progress_context;
};

/* Counters. Complete after tl_engine_run(); during the run they include all blocks written so far. */
struct tl_counters {
    uint64_t packets;            /* read */
    uint64_t passed;             /* passed the filter; live: captured, possibly not decoded yet */
    uint64_t bytes;              /* on the wire, of packets that passed */
    uint64_t flows;              /* begun */
    uint64_t flows_active;       /* now */
    uint64_t flows_evicted;      /* ended early because memory ran out */
    uint64_t packets_refused;    /* without a flow because memory ran out */
    uint64_t reassembly_truncated; /* bytes not reassembled because memory ran out */
    uint64_t malformed;          /* packets with a malformed layer */
    uint64_t bad_checksums;
    uint64_t offloaded;          /* packets with checksums left to the sender's network card */
    uint64_t believed;           /* packets with a wrong checksum that were followed: see enum tl_checksums */
    uint64_t left_out;           /* packets with a wrong checksum that were not followed */
    uint64_t snaplen_cut;        /* packets not captured whole */
    uint64_t cut_headers;        /* of these: cut before their ports, or later fragments. They belong to no flow */
    uint64_t weirds_suppressed;  /* anomalies after the first of their kind in a flow, or beyond the flow's limit */
    uint64_t undecoded;          /* packets of a link type without a dissector: shown as data */
    uint64_t undecoded_linktype; /* LINKTYPE_ value of the first such packet */
    uint64_t selected;           /* packets that passed the display filter; without one 0 */
    uint64_t records;            /* written, without meta and stats */
    uint64_t decrypted;          /* TLS sessions of which something was decrypted */
    uint64_t secrets_wrong;      /* lines of secrets in the capture that are no lines of a key log */
    uint64_t secrets_left_out;   /* secrets in the capture that found no room */
    /* Drops during capture: live, or as reported in a file (snoop, statistics in pcapng). */
    uint64_t dropped_kernel;     /* the kernel's buffer was full */
    uint64_t dropped_interface;  /* dropped by the network card or its driver */
    uint64_t wrong_options;      /* pcapng: packets whose options exceed their block */
    uint64_t not_kept;           /* pcapng: section and interface blocks whose options are too long to keep */
    /* Live mode only: */
    uint64_t received;           /* passed the kernel's filter, including dropped packets */
    uint64_t dropped_ring;       /* written by -w but not analysed: workers or readers of records were too slow */
    uint64_t dropped_write; /* captured but not written by -w: its disk or reader was too slow, or the disk was full */
};

#endif
