/* engine.h - the whole of it: inputs in, sinks out. Everything hangs off one struct, so two can live in one process. */
#ifndef TL_PIPELINE_ENGINE_H
#define TL_PIPELINE_ENGINE_H

#include "core/sink.h"
#include "flows/timeouts.h"

struct tl_engine;
struct tl_live_options; /* capture/live.h */

enum { TL_WORKERS_MOST = 64 };

struct tl_engine_options {
    const char *const *inputs;   /* capture files, "-" for standard input; read one after another */
    uint32_t input_count;
    const struct tl_live_options *live; /* capture from interfaces and read no inputs; NULL: read the inputs */
    const char *filter;          /* BPF expression, or NULL */
    bool exact_filter;           /* as it is: VLAN tags are not looked behind, see capture/filter.h */
    uint64_t most;               /* stop after so many packets that passed the filter; 0: no limit */
    uint32_t workers;            /* 0: no threads, all in the caller's; fewer are used where memory is short */
    uint32_t block_packets;      /* packets a block at most; 0: what suits the workers. Output does not depend on it */
    size_t memory;               /* bytes: bounds blocks, flows, reassembly, buffers, what waits for -w */
    bool decode;                 /* false: packets are read, filtered, counted and given to block sinks only */
    bool verify_checksums;
    bool meta;                   /* meta and stats records */
    bool secrets;                /* passwords are shown in records */
    struct tl_timeouts timeouts;
    struct tl_sink *const *sinks; /* stay the caller's; block(), write() and close() are called by the engine */
    uint32_t sink_count;
    int64_t stats_interval;      /* live: ns of the clock between stats records; 0: one at the end only */
    /*
     * Live: what a person should know at once (an interface is down or gone, an output that cannot be written any
     * more), one line without an end of line. Called by any thread of the engine. May be NULL.
     */
    void (*notice)(void *context, const char *text);
    void *notice_context;
    /*
     * Called by one thread at most every 100 ms, and live at least every 200, whatever sinks wait for. total is 0 where
     * it is not known. May be NULL.
     */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total, uint64_t packets);
    void *progress_context;
};

/* What was counted; complete after tl_engine_run(), before that as of the blocks that were written last. */
struct tl_counters {
    uint64_t packets;            /* read */
    uint64_t passed;             /* of them, passed the filter; live: captured, workers may not have got to them yet */
    uint64_t bytes;              /* on the wire, of those that passed */
    uint64_t flows;              /* begun */
    uint64_t flows_active;       /* now */
    uint64_t flows_evicted;      /* ended early for want of memory */
    uint64_t reassembly_truncated; /* bytes that were not reassembled for want of memory */
    uint64_t malformed;          /* packets with a layer that contradicts itself */
    uint64_t bad_checksums;
    uint64_t offloaded;          /* packets whose checksum the sender's card was to fill in */
    uint64_t snaplen_cut;        /* packets not captured whole */
    uint64_t weirds_suppressed;  /* anomalies beyond the first of their kind in a flow, or beyond its limit */
    uint64_t undecoded;          /* packets of a link type that nobody decodes: shown as data */
    uint64_t undecoded_linktype; /* the first such, a LINKTYPE_ value */
    uint64_t records;            /* written, meta and stats not counted */
    /* When it was captured: live, or as far as a file says (snoop, statistics in pcapng). */
    uint64_t dropped_kernel;     /* for want of room in its buffer */
    uint64_t dropped_interface;  /* by the card or its driver */
    /* Live: */
    uint64_t received;           /* by the kernel's filter, dropped ones too */
    uint64_t dropped_ring;       /* written by -w, but not analysed: workers, or who reads records, were behind */
    uint64_t dropped_write;      /* captured, but not in the file of -w: its disk or reader was behind, or full */
};

/* NULL and error on failure (no input that can be opened, a filter that does not compile, no memory). */
struct tl_engine *tl_engine_new(const struct tl_engine_options *options, struct tl_error *error);
void tl_engine_free(struct tl_engine *engine);
/* The interfaces met so far: grows while the engine runs. Owned by the engine. */
const struct tl_interfaces *tl_engine_interfaces(const struct tl_engine *engine);
/*
 * Gives the engine its sinks, where they need the engine first (a capture file needs its interfaces). Before
 * tl_engine_run().
 */
void tl_engine_set_sinks(struct tl_engine *engine, struct tl_sink *const *sinks, uint32_t count);
/* Every record definition of this build, for the schema, into defs (room for `most`). Returns how many. */
uint32_t tl_engine_record_defs(const struct tl_record_def **defs, uint32_t most);
/*
 * Runs to the end of the inputs, or to tl_engine_stop(). Gives the first failure; everything readable was given to the
 * sinks.
 */
enum tl_failure tl_engine_run(struct tl_engine *engine, struct tl_error *error);
/* Ends the run soon: flows are written, sinks closed. Async-signal-safe. */
void tl_engine_stop(struct tl_engine *engine);
/* Was it called? Async-signal-safe. */
bool tl_engine_is_stopping(const struct tl_engine *engine);
/* Any thread, also while it runs. */
void tl_engine_counters(struct tl_engine *engine, struct tl_counters *counters);
/*
 * Another BPF expression from now on (NULL or "": everything passes), live in the kernel. Any thread, while it runs.
 * TL_E_USAGE and error, with libpcap's words, where it does not compile: then the old one stays.
 */
enum tl_failure tl_engine_set_filter(struct tl_engine *engine, const char *expression,
                                     struct tl_error *error) TL_MUST_CHECK;
/* The sinks begin their files anew soon, for these may have been moved away (tl_sink.reopen). Async-signal-safe. */
void tl_engine_reopen(struct tl_engine *engine);

#endif
