/* worker.h - one worker: takes blocks, decodes its packets, formats what comes of them. */
#ifndef TL_PIPELINE_WORKER_H
#define TL_PIPELINE_WORKER_H

#include "core/sink.h"
#include "decode/decoder.h"
#include "pipeline/batch.h"
#include "pipeline/engine.h"

/* What all workers share, and only read. */
struct tl_plan {
    const struct tl_engine_options *options;
    size_t reserved;  /* bytes of the engine's memory that are not for workers */
    const struct tl_registry *registry;
    struct tl_protocols protocols;
    const struct tl_interfaces *interfaces;
    struct tl_sink *const *sinks;
    uint32_t sink_count;                 /* those that format */
    uint64_t *wanted[TL_PROTOCOL_COUNT]; /* fields that sinks want of each packet; owned; NULL: none */
    bool tree;        /* some sink takes packets */
    bool records;     /* some sink takes records */
    bool glances;     /* some sink keeps an index */
    bool streams;     /* some sink takes the bytes of TCP streams */
    bool pieces;      /* output must be noted piece by piece */
    uint64_t seed;
    uint32_t workers; /* at least 1 */
    size_t memory;    /* bytes of flow memory for one worker */
};

/* Fills in what follows from options, sinks and sink_count. false without memory. */
bool tl_plan_complete(struct tl_plan *plan) TL_MUST_CHECK;
void tl_plan_fini(struct tl_plan *plan);

struct tl_worker {
    const struct tl_plan *plan;
    struct tl_decoder *decoder;
    struct tl_batch *batch;       /* what is being filled */
    void (*hand_on)(struct tl_worker *w); /* the batch is full: gives w->batch to the writer and sets another */
    void *context;                /* hand_on()'s */
    struct tl_key key;            /* of what is put out now */
    const struct tl_block *block; /* being worked on */
    struct tl_glance glance;      /* of the packet */
    struct tl_flow_id begun;      /* what glance.begun points to */
    struct tl_counters counters;
    uint64_t last_number;         /* packets numbered so far */
};

/* false without memory. */
bool tl_worker_init(struct tl_worker *w, const struct tl_plan *plan) TL_MUST_CHECK;
void tl_worker_fini(struct tl_worker *w);
/* Works on the block's packets for worker `index`, into w->batch. The last block ends all flows. */
void tl_worker_block(struct tl_worker *w, const struct tl_block *block, uint32_t index);

#endif
