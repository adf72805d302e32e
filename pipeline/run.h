/* run.h - a running engine: its threads and the state they share. Private to engine.c, run.c and threads.c. */
#ifndef TL_PIPELINE_RUN_H
#define TL_PIPELINE_RUN_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "capture/feed.h"
#include "capture/live.h"
#include "core/keylog.h"
#include "decode/shard.h"
#include "pipeline/backlog.h"
#include "pipeline/worker.h"
#include "pipeline/writer.h"

enum { TL_BATCHES = 3 }; /* per worker: one being filled, one being written, one in between */

struct tl_thread {
    pthread_t id;
    bool started; /* and not joined yet */
};

struct tl_lane { /* one worker and its rings */
    struct tl_engine *engine;
    struct tl_worker worker;
    uint32_t index;
    struct tl_thread thread;
    struct tl_ring *blocks;  /* capture -> worker */
    struct tl_ring *batches; /* worker -> records */
    struct tl_ring *spare;   /* records -> worker */
    struct tl_batch batch[TL_BATCHES];
    /* under engine->lock: of the worker, after the last block whose records were written */
    struct tl_counters counters;
};

/* The sinks that one thread writes to. */
struct tl_outlet {
    struct tl_writer writer;
    atomic_bool reopen; /* set by tl_engine_reopen() */
    atomic_bool done;   /* no sink has a reader left */
    bool gone_said;     /* reported that readers are gone while other sinks go on */
    int64_t next_tick;  /* monotonic, ns */
};

/*
 * Counters of blocks handed to the workers. In live mode capture updates them with atomics, so it never takes
 * engine->lock.
 */
struct tl_captured {
    _Atomic uint64_t numbered;                   /* as tl_block.mark_number */
    _Atomic uint64_t packets;                    /* analysed or not */
    /* blocks that skipped the workers: packets, bytes on the wire, packets not captured whole */
    _Atomic uint64_t past, past_bytes, past_cut;
    atomic_bool all;                             /* nothing follows */
};

struct tl_engine {
    struct tl_engine_options options;
    struct tl_live_options live;
    uint32_t block_count;       /* blocks in flight */
    struct tl_interfaces *interfaces;
    struct tl_keylog *own_keylog; /* options.keylog, if the caller gave none */
    _Atomic uint64_t secrets_wrong, secrets_left_out; /* see struct tl_counters */
    struct tl_source **sources; /* sources that could be opened */
    struct tl_error unopened;   /* why the first of the others could not be opened */
    uint32_t source_count;
    struct tl_feed *feed;
    struct tl_registry *registry;
    struct tl_shard shard;
    struct tl_charsets *charsets; /* live: opened while files may be opened, so that workers do not open any */
    struct tl_plan plan;
    struct tl_worker joining;   /* behind several workers: makes records of what they report together */
    struct tl_batch joined;     /* its output */
    struct tl_lane *lanes;
    uint32_t lane_count;
    struct tl_sink **sinks;     /* options.sinks: first those of records, then those of packets; owned */
    struct tl_outlet records;   /* output of the workers */
    struct tl_outlet packets;   /* blocks as captured */
    struct tl_thread capture;
    struct tl_thread recording; /* live: writes records */
    struct tl_thread writing;   /* live: writes packets as captured, or does everything */
    struct tl_ring *written;    /* capture -> records: blocks in order */
    struct tl_captured captured;
    _Atomic uint64_t unwritten; /* packets lost by sinks of packets */
    pthread_mutex_t lock;       /* protects the members below */
    struct tl_backlog *backlog; /* capture -> packets, if these have a thread of their own; else NULL. Set once */
    struct tl_counters counters; /* those that no worker counts */
    atomic_bool stopped;         /* tl_engine_stop() was called */
    int64_t last_ts;
    int64_t next_stats;          /* monotonic, ns */
};

/* Runs to the end of the input. */
enum tl_failure tl_run_to_end(struct tl_engine *engine, struct tl_error *error);
/* Frees what tl_run_to_end() allocated. */
void tl_run_fini(struct tl_engine *engine);

/* Functions of run.c for itself and threads.c: */

/* Runs with workers to the end of the input. Returns false if a thread could not be started. */
bool tl_run_threads(struct tl_engine *engine);
/*
 * Runs in one thread to the end of the input. In live mode that is not the caller's thread, which reports the counters.
 */
bool tl_run_one(struct tl_engine *engine, void *(*run)(void *context));

/* The thread that captures calls it for each block, before a worker gets the block: the secrets in it are added. */
void tl_run_take_secrets(struct tl_engine *engine, const struct tl_block *block);
/* See tl_engine_counters(). */
void tl_run_counters(struct tl_engine *engine, struct tl_counters *counters);
/* See tl_engine_stop(). Async-signal-safe. */
void tl_run_stop(struct tl_engine *engine);
bool tl_run_is_live(const struct tl_engine *engine);
int64_t tl_run_now(clockid_t clock); /* ns */
void tl_run_report_progress(struct tl_engine *engine, uint64_t packets);
/* Counters of a worker after the block whose records are written. */
void tl_run_take_counters(struct tl_lane *lane, const struct tl_counters *counters);
/* The last block was merged: writes the records that joins still have. */
void tl_run_end_joins(struct tl_engine *engine);
/* Adds a block's bytes on the wire and its packets that were not captured whole. */
void tl_run_measure(const struct tl_block *block, uint64_t *bytes, uint64_t *cut);

/* Runs in the thread of the sinks of packets: */
void tl_run_write_packets(struct tl_engine *engine, const struct tl_block *block);
/* Called in an outlet's thread after each block: reopens files if asked, checks for readers, and calls tick(). */
bool tl_run_look_after(struct tl_engine *engine, struct tl_outlet *outlet); /* true: a tenth of a second has passed */
void tl_run_tick(struct tl_engine *engine, struct tl_outlet *outlet);
/* The packets of a block, and the output for them, are written. */
void tl_run_packets_are_done(struct tl_engine *engine, const struct tl_block *block);
void tl_run_records_are_done(struct tl_engine *engine, const struct tl_block *block);

#endif
