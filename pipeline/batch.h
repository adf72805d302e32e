/* batch.h - the output of a worker for one block, formatted and with sort keys. */
#ifndef TL_PIPELINE_BATCH_H
#define TL_PIPELINE_BATCH_H

#include "core/buffer.h"
#include "pipeline/options.h"

/*
 * The sort key of a piece of output: by packet number; ends of flows before the packet's own records; ends of flows by
 * deadline and first packet. The pieces of one worker are in this order.
 */
struct tl_key {
    uint64_t number;
    int64_t deadline;   /* engine time, ns; 0 for the packet's own records */
    uint64_t first_pkt; /* of the flow; 0 for the packet's own records */
    bool own;
};

struct tl_piece {
    struct tl_key key;
    uint32_t sink;
    uint32_t len; /* bytes; pieces are contiguous */
};

struct tl_batch {
    struct tl_buffer bytes;  /* all output of a single sink, or of several sinks in the order of pieces */
    struct tl_piece *pieces; /* owned; only if output is merged or there are several sinks */
    uint32_t count, capacity;
    uint64_t records;
    struct tl_counters counters; /* of the worker, at the end of the block */
    bool more;               /* the worker continues this block in another batch */
    bool failed;             /* out of memory: some output is missing */
};

/* In place of a sink: the piece is a part that the writer passes to a joiner (pipeline/join.h). */
#define TL_PIECE_PART UINT32_MAX

enum { TL_BATCH_BYTES = 1 << 20 }; /* a larger batch is handed on before its block is finished */

void tl_batch_reset(struct tl_batch *batch);
void tl_batch_fini(struct tl_batch *batch);
/* Notes that the last len bytes are output for sink under key. */
void tl_batch_note(struct tl_batch *batch, struct tl_key key, uint32_t sink, size_t len);
bool tl_key_before(const struct tl_key *a, const struct tl_key *b);

#endif
