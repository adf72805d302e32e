/* writer.h - the ordered writer: merges the workers' batches of a block and passes them to the sinks. */
#ifndef TL_PIPELINE_WRITER_H
#define TL_PIPELINE_WRITER_H

#include "core/sink.h"
#include "pipeline/batch.h"

struct tl_writer {
    struct tl_sink *const *sinks;
    uint32_t sink_count;
    uint32_t only;       /* index of the only sink that takes formatted output; UINT32_MAX: there are none or several */
    enum tl_failure failure; /* of the first sink that failed */
    struct tl_error error;
    uint64_t records;
    bool survives;       /* live: a sink that fails is disabled, and the others go on */
    uint64_t failed;     /* disabled sinks, one bit each */
    uint64_t withheld;   /* packets that arrived after their sink was disabled */
    void (*notice)(void *context, const char *text); /* reports a disabled sink; may be NULL */
    void *notice_context;
    void (*part)(void *context, const uint8_t *bytes); /* takes a piece with TL_PIECE_PART */
    void *part_context;
};

void tl_writer_init(struct tl_writer *writer, struct tl_sink *const *sinks, uint32_t count);
/* Passes the packets of a block to the sinks that take blocks. */
void tl_writer_block(struct tl_writer *writer, const struct tl_block *block);
/* Returns whether a sink has lost its reader. */
bool tl_writer_is_gone(const struct tl_writer *writer);
/* Live: packets that are in no file because its sink failed. */
uint64_t tl_writer_lost(const struct tl_writer *writer);
/*
 * Merges the batches of `count` workers for one block. If batch->more is set, next() takes back worker i's batch and
 * returns the following one.
 */
void tl_writer_batches(struct tl_writer *writer, struct tl_batch **batches, uint32_t count,
                       struct tl_batch *(*next)(void *context, uint32_t i, struct tl_batch *done), void *context);
/* Writes a batch of the only worker. */
void tl_writer_batch(struct tl_writer *writer, const struct tl_batch *batch);
/* Writes a record about the run itself. */
void tl_writer_record(struct tl_writer *writer, const struct tl_record_def *def, const struct tl_record *record);
/* Calls tick() of the sinks: they flush. */
void tl_writer_tick(struct tl_writer *writer);
/* Calls reopen() of the sinks. A failure is reported, and the sink keeps its old file. */
void tl_writer_reopen(struct tl_writer *writer);
/* Returns whether a sink still has a reader. */
bool tl_writer_done(const struct tl_writer *writer);
void tl_writer_close(struct tl_writer *writer);

#endif
