/* worker.h - one worker: takes blocks, decodes its packets, formats their output. */
#ifndef TL_PIPELINE_WORKER_H
#define TL_PIPELINE_WORKER_H

#include <stdatomic.h>

#include "core/sink.h"
#include "decode/decoder.h"
#include "filter/predicate.h"
#include "pipeline/batch.h"
#include "pipeline/options.h"

/* Shared by all workers, read-only but for select_records. */
struct tl_plan {
    const struct tl_engine_options *options;
    size_t reserved;  /* bytes of the engine's memory that workers cannot use */
    const struct tl_registry *registry;
    struct tl_protocols protocols;
    const struct tl_interfaces *interfaces;
    struct tl_sink *const *sinks;
    uint32_t sink_count;                 /* sinks that format */
    bool analysis; /* of these fields some have TL_OF_FLOW */
    uint64_t *wanted[TL_PROTOCOL_COUNT]; /* fields that sinks want of each packet; owned; NULL: none */
    const struct tl_predicate *packets; /* selects packets; NULL: all are */
    _Atomic(const struct tl_predicate *) select_records; /* selects records; NULL: all are */
    const struct tl_predicate *names;   /* values of a sink; NULL: none */
    const struct tl_sink *noting;       /* takes notes of every packet; NULL: none */
    uint32_t noting_index;
    const struct tl_sink *judging;      /* takes every record; NULL: none */
    uint32_t judging_index;
    bool tree;        /* a tree is built of the packets that sinks get */
    bool every_tree;  /* of every packet */
    bool no_applications; /* what flows carry is not parsed */
    bool other_layers; /* types were given to other protocols: see struct tl_scene */
    bool skips;       /* plain TCP need not be decoded if its headers decide */
    bool early_values; /* and tell the values that a sink takes */
    bool records;     /* a sink takes records */
    bool glances;     /* a sink keeps an index */
    bool members;     /* a sink stores which packets a flow has */
    bool streams;     /* a sink takes TCP streams */
    bool said;        /* a sink takes what protocols carry */
    bool files;       /* a sink takes files */
    bool pieces;      /* output must be noted piece by piece */
    uint64_t seed;
    uint32_t workers; /* at least 1 */
    size_t memory;    /* bytes of flow memory for one worker */
};

/* Fills in the members below from options, sinks and sink_count. Returns false without memory. */
bool tl_plan_complete(struct tl_plan *plan) TL_MUST_CHECK;
void tl_plan_fini(struct tl_plan *plan);

/* The runs of a sink's predicates. */
struct tl_worker_runs {
    struct tl_predicate_run **items; /* owned */
    uint32_t count;
};

struct tl_worker {
    const struct tl_plan *plan;
    struct tl_decoder *decoder;
    struct tl_tree bare; /* of packets that are not decoded: empty */
    struct tl_batch *batch;       /* the batch being filled */
    void (*hand_on)(struct tl_worker *w); /* the batch is full: passes w->batch to the writer and sets another */
    void *context;                /* of hand_on() */
    struct tl_key key;            /* of the current output */
    const struct tl_block *block; /* the current block */
    struct tl_glance glance;      /* of the packet */
    const struct tl_packet *packet; /* the current packet */
    const struct tl_flow *flow;   /* of the packet, while it has not ended; NULL: none */
    uint32_t services_len;        /* of that flow, before the packet */
    int64_t rtt;
    bool opened;
    struct tl_flow_id begun;      /* buffer for glance.begun */
    struct tl_predicate_run *packets; /* NULL: all packets are selected */
    struct tl_predicate_run *select_records; /* NULL: all records are */
    const struct tl_predicate *selecting;    /* of that run */
    struct tl_predicate_run *names;   /* NULL: no sink takes values */
    struct tl_predicate_run *keeps;   /* NULL: all files are wanted */
    struct tl_worker_runs noted, judged; /* of plan->noting and plan->judging */
    uint64_t pair;                    /* hash of the packet's outermost address pair; 0: not yet known */
    uint64_t flow_number;             /* of the packet, for plan->noting; 0: none */
    int64_t first_ts, last_ts;        /* ns, of the first packet of all, and of the last of the blocks before */
    bool begun_times;
    struct tl_counters counters;
    uint64_t last_number;         /* packets numbered so far */
};

/* Returns false without memory. */
bool tl_worker_init(struct tl_worker *w, const struct tl_plan *plan) TL_MUST_CHECK;
void tl_worker_fini(struct tl_worker *w);
/* Decodes the block's packets of worker `index` into w->batch. The last block ends all flows. */
void tl_worker_block(struct tl_worker *w, const struct tl_block *block, uint32_t index);

/* Passes a record to the sinks as if a packet had brought it. */
void tl_worker_record(struct tl_worker *w, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id);

#endif
