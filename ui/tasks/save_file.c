/* save_file.c - decodes the flow twice: to find the record and the file that it names, then to write the file. */
#include "ui/tasks/save_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui/store/store_sink.h"
#include "ui/tasks/decode.h"
#include "ui/tasks/page_files.h"

struct tl_save_file {
    struct tl_save save;
    const struct tl_packet_source *source;
    struct tl_transaction transaction;
    struct tl_page_fuids fuids; /* of the record */
    bool found, ended;
    struct tl_output *output;   /* NULL: it looks for the record */
    uint64_t bytes, missing;    /* the result */
};

/* --- the two passes --- */

static void take_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                        const struct tl_flow_id *id)
{
    struct tl_save_file *s = context;
    const struct tl_transaction *wanted = &s->transaction;
    (void)id;
    if (s->found || def->summary[0] == NULL || record->ts != wanted->ts || strcmp(def->path, wanted->path) != 0)
        return;
    struct tl_transaction t = tl_transaction_of(def, record);
    if (strcmp(t.text, wanted->text) != 0)
        return;
    tl_page_files_named(&s->fuids, def, record);
    s->found = true;
}

static void put_zeros(struct tl_save_file *s, uint64_t n)
{
    static const uint8_t zeros[4096];
    while (n > 0 && s->save.error.kind == TL_E_NONE) {
        size_t len = n < sizeof zeros ? (size_t)n : sizeof zeros;
        (void)!tl_output_write(s->output, zeros, len, &s->save.error);
        n -= len;
    }
}

static void take_piece(void *context, const struct tl_file_piece *piece)
{
    struct tl_save_file *s = context;
    if (s->output == NULL || s->ended || strcmp(piece->fuid, s->fuids.text[0]) != 0)
        return;
    put_zeros(s, piece->gap);
    if (piece->bytes.len > 0 && s->save.error.kind == TL_E_NONE)
        (void)!tl_output_write(s->output, piece->bytes.data, piece->bytes.len, &s->save.error);
    s->bytes += piece->bytes.len;
    s->missing += piece->gap;
    s->ended = piece->end;
}

static bool has_enough(const struct tl_save_file *s)
{
    return tl_task_is_off(&s->save.task) || s->save.error.kind != TL_E_NONE || (s->output == NULL ? s->found : s->ended);
}

/* Returns false without memory. */
static bool pass(struct tl_save_file *s)
{
    struct tl_decode decode;
    struct tl_flow_row flow;
    struct tl_row row;
    struct tl_packet packet;
    bool fine = tl_decode_init_files(&decode, s->source, take_record, take_piece, NULL, s);
    if (fine && tl_store_flow(s->source->store, s->transaction.flow, &flow) && flow.last_row != TL_STORE_NONE) {
        tl_fetch_in_order(&decode.fetch);
        tl_detail_begin(decode.detail);
        atomic_store(&s->save.task.total, flow.last_row - flow.first_row + UINT64_C(1));
        for (uint32_t i = flow.first_row; i <= flow.last_row && !has_enough(s); i++) {
            atomic_store_explicit(&s->save.task.at, i - flow.first_row, memory_order_relaxed);
            if (tl_store_row(s->source->store, i, &row) && row.flow == s->transaction.flow &&
                tl_fetch_packet(&decode.fetch, i, &row, &packet))
                tl_detail_before(decode.detail, &packet);
        }
        if (!has_enough(s))
            tl_detail_begin(decode.detail); /* the flow ends, and what is open with it */
    }
    tl_decode_fini(&decode);
    return fine;
}

/* --- the file --- */

static bool write_file(struct tl_save *save, struct tl_output *output)
{
    struct tl_save_file *s = (struct tl_save_file *)save;
    bool fine = pass(s);
    s->output = output;
    if (fine && s->found && s->fuids.count > 0)
        fine = pass(s);
    bool off = tl_task_is_off(&save->task);
    struct tl_error ignored = { .kind = TL_E_NONE };
    bool closed = tl_output_close(output, save->error.kind == TL_E_NONE ? &save->error : &ignored) == TL_E_NONE;
    if (!fine && !off && save->error.kind == TL_E_NONE)
        tl_error_set(&save->error, TL_E_RUNTIME, "out of memory");
    else if (!off && s->bytes == 0 && save->error.kind == TL_E_NONE)
        tl_error_set(&save->error, TL_E_RUNTIME, "the file cannot be read again: packets of its flow are gone");
    return fine && closed && !off && save->error.kind == TL_E_NONE;
}

static bool put_result(const struct tl_save *save, struct tl_buffer *out)
{
    const struct tl_save_file *s = (const struct tl_save_file *)save;
    tl_put_format(out, "%" PRIu64 " bytes saved", s->bytes);
    if (s->missing > 0)
        tl_put_format(out, ", %" PRIu64 " are missing and zeros", s->missing);
    tl_put_format(out, ": %s", save->path);
    return s->missing > 0;
}

struct tl_save *tl_save_file_begin(struct tl_save_file *s, const struct tl_packet_source *source,
                                   const struct tl_transaction *transaction)
{
    s->source = source;
    s->transaction = *transaction;
    s->fuids.count = 0;
    s->found = s->ended = false;
    s->output = NULL;
    s->bytes = s->missing = 0;
    return &s->save;
}

struct tl_save_file *tl_save_file_new(void)
{
    struct tl_save_file *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->save = (struct tl_save){ .write = write_file, .put_result = put_result };
    return s;
}

void tl_save_file_free(struct tl_save_file *s)
{
    free(s);
}
