/* writer.c - merges the output of the workers in its one order. */
#include "pipeline/writer.h"

#include "pipeline/options.h"

#include <stdio.h>

void tl_writer_init(struct tl_writer *writer, struct tl_sink *const *sinks, uint32_t count)
{
    *writer = (struct tl_writer){ .sinks = sinks, .sink_count = count, .only = UINT32_MAX };
    uint32_t formatting = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!tl_sink_formats(sinks[i]))
            continue;
        writer->only = i;
        formatting++;
    }
    if (formatting != 1)
        writer->only = UINT32_MAX;
}

/* Handles the result of a call of a sink; UINT32_MAX: of no sink in particular. */
static void note(struct tl_writer *writer, uint32_t sink, enum tl_failure failure, const struct tl_error *error)
{
    if (failure == TL_E_NONE)
        return;
    bool stays = writer->survives && sink < 64;
    if (stays && writer->failed >> sink & 1)
        return;
    if (stays) {
        writer->failed |= UINT64_C(1) << sink;
        if (writer->notice != NULL)
            writer->notice(writer->notice_context, error->text);
    }
    if (writer->failure == TL_E_NONE) {
        writer->failure = failure;
        tl_error_set(&writer->error, failure, stays ? "an output is not complete: %.400s" : "%s", error->text);
    }
}

static bool takes(const struct tl_writer *writer, uint32_t sink)
{
    return writer->failure == TL_E_NONE || (writer->survives && !(writer->failed >> sink & 1));
}

static void write_to(struct tl_writer *writer, uint32_t sink, const uint8_t *data, size_t len)
{
    struct tl_error error = { .kind = TL_E_NONE };
    if (takes(writer, sink) && len != 0)
        note(writer, sink, writer->sinks[sink]->write(writer->sinks[sink], data, len, &error), &error);
}

void tl_writer_block(struct tl_writer *writer, const struct tl_block *block)
{
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        if (writer->sinks[i]->block == NULL)
            continue;
        if (takes(writer, i))
            note(writer, i, writer->sinks[i]->block(writer->sinks[i], block, &error), &error);
        else
            writer->withheld += block->count;
    }
}

bool tl_writer_is_gone(const struct tl_writer *writer)
{
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        if (writer->sinks[i]->gone != NULL && writer->sinks[i]->gone(writer->sinks[i]))
            return true;
    }
    return false;
}

uint64_t tl_writer_lost(const struct tl_writer *writer)
{
    uint64_t lost = writer->withheld;
    for (uint32_t i = 0; i < writer->sink_count; i++)
        lost += writer->sinks[i]->lost != NULL ? writer->sinks[i]->lost(writer->sinks[i]) : 0;
    return lost;
}

void tl_writer_tick(struct tl_writer *writer)
{
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        if (writer->sinks[i]->tick != NULL && takes(writer, i))
            note(writer, i, writer->sinks[i]->tick(writer->sinks[i], &error), &error);
    }
}

static void say(const struct tl_writer *writer, const char *text, const char *more)
{
    char line[sizeof ((struct tl_error *)0)->text + 64];
    snprintf(line, sizeof line, "%s%s", text, more);
    if (writer->notice != NULL)
        writer->notice(writer->notice_context, line);
}

/* A failed sink is tried again. A working sink keeps its file if the new one cannot be opened. */
void tl_writer_reopen(struct tl_writer *writer)
{
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        struct tl_sink *sink = writer->sinks[i];
        bool works = takes(writer, i), gone = sink->gone != NULL && sink->gone(sink);
        if (sink->reopen == NULL || gone || (!works && !writer->survives))
            continue;
        if (sink->reopen(sink, &error) != TL_E_NONE) {
            say(writer, error.text, works ? ": the old file stays in use" : "");
        } else if (!works) {
            writer->failed &= ~(UINT64_C(1) << i);
            say(writer, "retrying an output that had failed", "");
        }
    }
}

static void take_in(struct tl_writer *writer, const struct tl_batch *batch)
{
    writer->records += batch->records;
    if (batch->failed) {
        struct tl_error error = { .kind = TL_E_NONE };
        note(writer, UINT32_MAX, tl_error_set(&error, TL_E_RUNTIME, "out of memory: some output is missing"), &error);
    }
}

void tl_writer_batch(struct tl_writer *writer, const struct tl_batch *batch)
{
    take_in(writer, batch);
    if (writer->only != UINT32_MAX) {
        write_to(writer, writer->only, batch->bytes.data, batch->bytes.len);
        return;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < batch->count; at += batch->pieces[i++].len)
        write_to(writer, batch->pieces[i].sink, batch->bytes.data + at, batch->pieces[i].len);
}

/* Position of the merge in the batches of one worker. */
struct place {
    struct tl_batch *batch;
    uint32_t piece;
    size_t at;
};

/* Returns the position with the smallest next key, or count. */
static uint32_t first_of(const struct place *places, uint32_t count)
{
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct tl_batch *batch = places[i].batch;
        if (places[i].piece == batch->count)
            continue;
        if (best == count || tl_key_before(&batch->pieces[places[i].piece].key,
                                           &places[best].batch->pieces[places[best].piece].key))
            best = i;
    }
    return best;
}

void tl_writer_batches(struct tl_writer *writer, struct tl_batch **batches, uint32_t count,
                       struct tl_batch *(*next)(void *context, uint32_t i, struct tl_batch *done), void *context)
{
    while (count == 1) {
        tl_writer_batch(writer, batches[0]);
        if (!batches[0]->more)
            return;
        batches[0] = next(context, 0, batches[0]);
    }
    struct place places[TL_WORKERS_MOST];
    for (uint32_t i = 0; i < count; i++) {
        places[i] = (struct place){ .batch = batches[i] };
        take_in(writer, batches[i]);
    }
    for (;;) {
        /* the next piece of every worker must be known before the first is chosen */
        for (uint32_t i = 0; i < count; i++) {
            while (places[i].piece == places[i].batch->count && places[i].batch->more) {
                batches[i] = next(context, i, places[i].batch);
                places[i] = (struct place){ .batch = batches[i] };
                take_in(writer, batches[i]);
            }
        }
        uint32_t i = first_of(places, count);
        if (i == count)
            return;
        struct place *place = &places[i];
        const struct tl_piece *piece = &place->batch->pieces[place->piece++];
        if (TL_UNLIKELY(piece->sink == TL_PIECE_PART))
            writer->part(writer->part_context, place->batch->bytes.data + place->at);
        else
            write_to(writer, piece->sink, place->batch->bytes.data + place->at, piece->len);
        place->at += piece->len;
    }
}

void tl_writer_record(struct tl_writer *writer, const struct tl_record_def *def, const struct tl_record *record)
{
    struct tl_buffer out = { 0 };
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        const struct tl_sink *sink = writer->sinks[i];
        if (sink->record == NULL && sink->judge == NULL)
            continue;
        out.len = 0;
        if (sink->judge != NULL)
            sink->judge(sink, &out, NULL, def, record, NULL, 6);
        else
            sink->record(sink, &out, def, record, NULL, 6);
        write_to(writer, i, out.data, out.len);
    }
    tl_buffer_fini(&out);
}

bool tl_writer_done(const struct tl_writer *writer)
{
    if (writer->failure != TL_E_NONE && !writer->survives)
        return true;
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        const struct tl_sink *sink = writer->sinks[i];
        if (takes(writer, i) && (sink->gone == NULL || !sink->gone(sink)))
            return false;
    }
    return writer->sink_count > 0;
}

void tl_writer_close(struct tl_writer *writer)
{
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        note(writer, i, writer->sinks[i]->close(writer->sinks[i], &error), &error);
    }
}
