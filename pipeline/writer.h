/* writer.h - the ordered writer: joins the workers' batches of a block and gives them to the sinks. */
#ifndef TL_PIPELINE_WRITER_H
#define TL_PIPELINE_WRITER_H

#include "core/sink.h"
#include "pipeline/batch.h"

struct tl_writer {
    struct tl_sink *const *sinks;
    uint32_t sink_count;
    uint32_t only;       /* the one sink that takes formatted output, where there is one; else UINT32_MAX */
    enum tl_failure failure; /* of the first sink that failed */
    struct tl_error error;
    uint64_t records;
    bool survives;       /* live: a sink that fails is left out, and the others go on */
    uint64_t failed;     /* those, a bit each */
    uint64_t withheld;   /* packets that came while they were */
    void (*notice)(void *context, const char *text); /* is told then; may be NULL */
    void *notice_context;
};

void tl_writer_init(struct tl_writer *writer, struct tl_sink *const *sinks, uint32_t count);
/* The packets of a block, for the sinks that take blocks. */
void tl_writer_block(struct tl_writer *writer, const struct tl_block *block);
/* Does one of the sinks write for nobody? */
bool tl_writer_is_gone(const struct tl_writer *writer);
/* Live: packets that no file has because its sink failed. */
uint64_t tl_writer_lost(const struct tl_writer *writer);
/*
 * The batches that `count` workers made of one block, merged. next() takes back worker i's batch and gives the one that
 * follows it, where batch->more says that there is one.
 */
void tl_writer_batches(struct tl_writer *writer, struct tl_batch **batches, uint32_t count,
                       struct tl_batch *(*next)(void *context, uint32_t i, struct tl_batch *done), void *context);
/* A batch of the only worker. */
void tl_writer_batch(struct tl_writer *writer, const struct tl_batch *batch);
/* A record of the run itself. */
void tl_writer_record(struct tl_writer *writer, const struct tl_record_def *def, const struct tl_record *record);
/* Time has passed: what waits is written. */
void tl_writer_tick(struct tl_writer *writer);
/* Files may have been moved away: they are begun anew. Where that cannot be, it is said, and the old one goes on. */
void tl_writer_reopen(struct tl_writer *writer);
/* Is there anybody left to write for? */
bool tl_writer_done(const struct tl_writer *writer);
void tl_writer_close(struct tl_writer *writer);

#endif
