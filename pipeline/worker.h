/* worker.h - one worker: takes blocks, runs the layer loop on its packets, formats what comes of it. */
#ifndef TL_PIPELINE_WORKER_H
#define TL_PIPELINE_WORKER_H

#include "core/arena.h"
#include "core/dissect.h"
#include "core/sink.h"
#include "dissectors/registry.h"
#include "flows/flows.h"
#include "flows/fragments.h"
#include "pipeline/batch.h"
#include "pipeline/engine.h"

struct tl_worker;

/* What all workers share, and only read. */
struct tl_plan {
    const struct tl_engine_options *options;
    size_t reserved;  /* bytes of its memory that are others' */
    const struct tl_registry *registry;
    struct tl_protocols protocols;
    const struct tl_interfaces *interfaces;
    struct tl_sink *const *sinks;
    uint32_t sink_count;                 /* those that format */
    uint64_t *wanted[TL_PROTOCOL_COUNT]; /* fields that sinks want of each packet; owned; NULL: none */
    uint8_t probes[TL_PROTOCOL_COUNT];   /* protocols with a probe */
    uint32_t probe_count;
    bool tree;        /* some sink takes packets */
    bool records;     /* some sink takes records */
    bool glances;     /* some sink keeps an index */
    bool streams;     /* some sink takes the bytes of TCP streams */
    bool pieces;      /* output must be noted piece by piece */
    /* Takes a datagram's payload, at the cursor, in the place of its dissectors; false: it is theirs. NULL: all are. */
    bool (*datagram)(struct tl_worker *w, const struct tl_flow *flow, unsigned side);
    uint64_t seed;
    uint32_t workers; /* at least 1 */
    size_t memory;    /* bytes of flow memory for one worker */
};

/* Fills in what follows from options, sinks and sink_count. false without memory. */
bool tl_plan_complete(struct tl_plan *plan) TL_MUST_CHECK;
void tl_plan_fini(struct tl_plan *plan);

struct tl_worker {
    const struct tl_plan *plan;
    struct tl_flows *flows;
    struct tl_fragments *fragments;
    struct tl_charsets *charsets;
    struct tl_arena scratch;
    struct tl_tree tree;
    struct tl_dissection d;
    struct tl_batch *batch;       /* what is being filled */
    void (*hand_on)(struct tl_worker *w); /* the batch is full: gives w->batch to the writer and sets another */
    void *context;                /* hand_on()'s */
    struct tl_key key;            /* of what is put out now */
    const struct tl_block *block; /* being worked on */
    struct tl_tunnels tunnels;    /* around the current layer */
    struct tl_flow *flow;         /* that d->flow describes; NULL: none */
    struct tl_flow *outer_flow;   /* of the innermost network layer so far */
    struct tl_glance glance;      /* of the packet */
    struct tl_flow_id begun;      /* what glance.begun points to */
    struct tl_counters counters;
    struct tl_tcp_reader reader;  /* application.c's, for the reassembler */
    uint32_t interface;           /* the last packet's */
    bool nano;                    /* that one has nanoseconds */
    bool turn;                    /* some flow's ends are to be turned: tl_application_settle() */
    bool malformed, offloaded;    /* of the packet */
    bool ended;                   /* finish() is running: d->packet is NULL */
    uint64_t last_number;         /* packets numbered so far */
};

/* false without memory. */
bool tl_worker_init(struct tl_worker *w, const struct tl_plan *plan) TL_MUST_CHECK;
void tl_worker_fini(struct tl_worker *w);
/* Works on the block's packets for worker `index`, into w->batch. The last block ends all flows. */
void tl_worker_block(struct tl_worker *w, const struct tl_block *block, uint32_t index);

/* For an index: a layer of the packet. */
static inline void tl_worker_note_layer(struct tl_worker *w, unsigned index)
{
    struct tl_glance *glance = &w->glance;
    if (glance->layer_count < TL_GLANCE_LAYERS)
        glance->layer_count++;
    glance->layers[glance->layer_count - 1] = (uint8_t)index;
}

/* layers.c */
void tl_layers_packet(struct tl_worker *w, const struct tl_packet *packet);

/* application.c: what lives in flows. */
extern const struct tl_host tl_worker_host;
/* A datagram's payload is at the cursor. true: d->next tells what it carries (a tunnel). */
bool tl_application_datagram(struct tl_worker *w, struct tl_flow *flow, unsigned side);
void tl_application_lone(struct tl_worker *w);
/* The packet's payload is done with: ends that turned out to be the other way round are turned. */
void tl_application_settle(struct tl_worker *w, struct tl_flow *flow);
/* Bytes of a TCP stream, in order, or missing. */
void tl_application_data(void *worker, struct tl_flow *flow, unsigned side, struct tl_bytes bytes);
void tl_application_gap(void *worker, struct tl_flow *flow, unsigned side, uint64_t n);
void tl_application_truncated(void *worker, uint64_t bytes);
void tl_application_weird(void *worker, struct tl_flow *flow, unsigned side, enum tl_weird_kind kind);
/* The flow ends: parsers write what they have left, memory is given back. The service's name, or empty. */
struct tl_bytes tl_application_finish(struct tl_worker *w, struct tl_flow *flow);
void tl_application_free(struct tl_worker *w, struct tl_flow *flow);

/* worker.c */
void tl_worker_stream(struct tl_worker *w, const struct tl_flow *flow, struct tl_stream_piece piece);
void tl_worker_record(struct tl_worker *w, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow *flow);

#endif
