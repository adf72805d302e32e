/* batch.h - what a worker made of one block: formatted output under its sort keys. */
#ifndef TL_PIPELINE_BATCH_H
#define TL_PIPELINE_BATCH_H

#include "core/buffer.h"
#include "pipeline/engine.h"

/*
 * Where a piece of output stands among all: by packet number; ends of flows before the packet's own records; those by
 * deadline and first packet. Within one worker pieces come in this order.
 */
struct tl_key {
    uint64_t number;
    int64_t deadline;   /* engine time, ns; 0 for a packet's own */
    uint64_t first_pkt; /* of the flow; 0 for a packet's own */
    bool own;
};

struct tl_piece {
    struct tl_key key;
    uint32_t sink;
    uint32_t len; /* bytes; pieces lie one behind the other */
};

struct tl_batch {
    struct tl_buffer bytes;  /* one sink: all of it; several: in the order of pieces */
    struct tl_piece *pieces; /* owned; only kept where output must be merged or has several sinks */
    uint32_t count, capacity;
    uint64_t records;
    struct tl_counters counters; /* the worker's, at the end of the block */
    bool more;               /* the worker goes on with this block in another batch */
    bool failed;             /* out of memory: some output is missing */
};

enum { TL_BATCH_BYTES = 1 << 20 }; /* a batch that has more is handed on, though its block is not done with */

void tl_batch_reset(struct tl_batch *batch);
void tl_batch_fini(struct tl_batch *batch);
/* Notes that the last len bytes are sink's, under key. */
void tl_batch_note(struct tl_batch *batch, struct tl_key key, uint32_t sink, size_t len);
bool tl_key_before(const struct tl_key *a, const struct tl_key *b);

#endif
