/* run.h - an engine while it runs: its threads and what they share. Of engine.c, run.c and threads.c alone. */
#ifndef TL_PIPELINE_RUN_H
#define TL_PIPELINE_RUN_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "capture/feed.h"
#include "capture/live.h"
#include "decode/shard.h"
#include "pipeline/backlog.h"
#include "pipeline/worker.h"
#include "pipeline/writer.h"

enum { TL_BATCHES = 3 }; /* a worker's: one filled, one written, one between */

struct tl_thread {
    pthread_t id;
    bool started; /* and not joined */
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
    struct tl_counters counters; /* engine->lock: the worker's, behind the block whose records were written last */
};

/* Sinks that one thread writes to. */
struct tl_outlet {
    struct tl_writer writer;
    atomic_bool reopen; /* asked for by tl_engine_reopen() */
    atomic_bool done;   /* nobody is left to write for */
    bool gone_said;     /* that this is so because readers left, while others go on */
    int64_t next_tick;  /* monotonic, ns */
};

/* What capture has handed on; live, with workers, it counts here, for it waits for nobody who reads the counts. */
struct tl_captured {
    _Atomic uint64_t numbered;                   /* as tl_block.mark_number */
    _Atomic uint64_t packets;                    /* whether they are analysed by now or not */
    _Atomic uint64_t past, past_bytes, past_cut; /* those that went past the workers: all, on the wire, not whole */
    atomic_bool all;                             /* nothing follows */
};

struct tl_engine {
    struct tl_engine_options options;
    struct tl_live_options live;
    uint32_t block_count;       /* in flight at most */
    struct tl_interfaces *interfaces;
    struct tl_source **sources; /* those that could be opened */
    struct tl_error unopened;   /* why the first of the others could not */
    uint32_t source_count;
    struct tl_feed *feed;
    struct tl_registry *registry;
    struct tl_shard shard;
    struct tl_charsets *charsets; /* live: open while there is a right to open files, so that workers' need none */
    struct tl_plan plan;
    struct tl_lane *lanes;
    uint32_t lane_count;
    struct tl_sink **sinks;     /* options.sinks: those of records, then those of packets; owned */
    struct tl_outlet records;   /* what workers formatted */
    struct tl_outlet packets;   /* blocks as captured */
    struct tl_thread capture;
    struct tl_thread recording; /* live: writes records */
    struct tl_thread writing;   /* live: writes packets as captured, or does everything */
    struct tl_ring *written;    /* capture -> records: blocks in their order */
    struct tl_captured captured;
    _Atomic uint64_t unwritten; /* packets that sinks of packets have lost */
    pthread_mutex_t lock;       /* for: */
    struct tl_backlog *backlog; /* capture -> packets, where these have a thread of their own; else NULL. Set once */
    struct tl_counters counters; /* what no worker counts */
    atomic_bool stopped;         /* tl_engine_stop() was called */
    int64_t last_ts;
    int64_t next_stats;          /* monotonic, ns */
};

/* Runs to the end of the input. */
enum tl_failure tl_run_to_end(struct tl_engine *engine, struct tl_error *error);
/* What tl_run_to_end() left. */
void tl_run_fini(struct tl_engine *engine);

/* What run.c has for itself and for threads.c: */

/* With workers, to the end of the input. false: a thread could not be started. */
bool tl_run_threads(struct tl_engine *engine);
/* The same, of what one thread does; live, that is not the caller's, which answers for the counts. */
bool tl_run_one(struct tl_engine *engine, void *(*run)(void *context));

bool tl_run_is_live(const struct tl_engine *engine);
int64_t tl_run_now(clockid_t clock); /* ns */
void tl_run_report_progress(struct tl_engine *engine, uint64_t packets);
/* A worker's, as of the block whose records are written. */
void tl_run_take_counters(struct tl_lane *lane, const struct tl_counters *counters);
/* Adds up a block's bytes on the wire, and its packets that were not captured whole. */
void tl_run_measure(const struct tl_block *block, uint64_t *bytes, uint64_t *cut);

/* In the thread that sinks of packets have: */
void tl_run_write_packets(struct tl_engine *engine, const struct tl_block *block);
/* In an outlet's own thread, behind each block: what was asked for, and whether anybody is left to write for. */
bool tl_run_look_after(struct tl_engine *engine, struct tl_outlet *outlet); /* true: a tenth of a second has passed */
void tl_run_tick(struct tl_engine *engine, struct tl_outlet *outlet);
/* A block's packets are where they belong; so is what workers made of them. */
void tl_run_packets_are_done(struct tl_engine *engine, const struct tl_block *block);
void tl_run_records_are_done(struct tl_engine *engine, const struct tl_block *block);

#endif
