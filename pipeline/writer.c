/* writer.c - joins the workers' output in its one order. */
#include "pipeline/writer.h"

void tl_writer_init(struct tl_writer *writer, struct tl_sink *const *sinks, uint32_t count)
{
    *writer = (struct tl_writer){ .sinks = sinks, .sink_count = count, .only = UINT32_MAX };
    uint32_t formatting = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (sinks[i]->record == NULL && sinks[i]->packet == NULL)
            continue;
        writer->only = i;
        formatting++;
    }
    if (formatting != 1)
        writer->only = UINT32_MAX;
}

static void note(struct tl_writer *writer, enum tl_failure failure)
{
    if (writer->failure == TL_E_NONE)
        writer->failure = failure;
}

static void write_to(struct tl_writer *writer, uint32_t sink, const uint8_t *data, size_t len)
{
    if (writer->failure != TL_E_NONE || len == 0)
        return;
    note(writer, writer->sinks[sink]->write(writer->sinks[sink], data, len, &writer->error));
}

void tl_writer_block(struct tl_writer *writer, const struct tl_block *block)
{
    for (uint32_t i = 0; i < writer->sink_count && writer->failure == TL_E_NONE; i++) {
        if (writer->sinks[i]->block != NULL)
            note(writer, writer->sinks[i]->block(writer->sinks[i], block, &writer->error));
    }
}

static void write_pieces(struct tl_writer *writer, const struct tl_batch *batch, uint32_t *piece, size_t *at)
{
    const struct tl_piece *p = &batch->pieces[*piece];
    write_to(writer, p->sink, batch->bytes.data + *at, p->len);
    *at += p->len;
    ++*piece;
}

/* The batch whose next piece comes first, or count. */
static uint32_t first_batch(struct tl_batch *const *batches, uint32_t count, const uint32_t *piece)
{
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        if (piece[i] == batches[i]->count)
            continue;
        if (best == count ||
            tl_key_before(&batches[i]->pieces[piece[i]].key, &batches[best]->pieces[piece[best]].key))
            best = i;
    }
    return best;
}

enum { WORKERS_MOST = 256 };

void tl_writer_batches(struct tl_writer *writer, struct tl_batch *const *batches, uint32_t count)
{
    uint32_t piece[WORKERS_MOST] = { 0 };
    size_t at[WORKERS_MOST] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        writer->records += batches[i]->records;
        if (batches[i]->failed)
            note(writer, tl_error_set(&writer->error, TL_E_RUNTIME, "out of memory: some output is missing"));
    }
    if (count == 1 && writer->only != UINT32_MAX) {
        write_to(writer, writer->only, batches[0]->bytes.data, batches[0]->bytes.len);
        return;
    }
    for (uint32_t i; (i = first_batch(batches, count, piece)) < count;)
        write_pieces(writer, batches[i], &piece[i], &at[i]);
}

void tl_writer_record(struct tl_writer *writer, const struct tl_record_def *def, const struct tl_record *record)
{
    struct tl_buffer out = { 0 };
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        const struct tl_sink *sink = writer->sinks[i];
        if (sink->record == NULL)
            continue;
        out.len = 0;
        sink->record(sink, &out, def, record, NULL, 6);
        write_to(writer, i, out.data, out.len);
    }
    tl_buffer_fini(&out);
}

bool tl_writer_done(const struct tl_writer *writer)
{
    if (writer->failure != TL_E_NONE)
        return true;
    for (uint32_t i = 0; i < writer->sink_count; i++) {
        const struct tl_sink *sink = writer->sinks[i];
        if (sink->gone == NULL || !sink->gone(sink))
            return false;
    }
    return writer->sink_count > 0;
}

void tl_writer_close(struct tl_writer *writer)
{
    for (uint32_t i = 0; i < writer->sink_count; i++)
        note(writer, writer->sinks[i]->close(writer->sinks[i], &writer->error));
}
