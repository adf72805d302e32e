/* save_stream.c - walks over the whole flow, into a file. */
#include "ui/tasks/save_stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ui/tasks/follow.h"

struct tl_save_stream {
    struct tl_save save;
    struct tl_follow_all all;
    unsigned sides;
    struct tl_output *output;
    uint64_t bytes, missing; /* the result */
};

static void take(void *context, const struct tl_saying *saying)
{
    struct tl_save_stream *s = context;
    if (!(s->sides >> saying->side & 1))
        return;
    s->missing += saying->gap;
    s->bytes += saying->bytes.len;
    if (tl_output_write(s->output, saying->bytes.data, saying->bytes.len, &s->save.error) != TL_E_NONE)
        atomic_store(&s->all.enough, true);
}

static bool write_file(struct tl_save *save, struct tl_output *output)
{
    struct tl_save_stream *s = (struct tl_save_stream *)save;
    s->output = output;
    bool all = tl_follow_all(&s->all, &save->task);
    bool written = tl_output_close(output, &save->error) == TL_E_NONE;
    if (!all && written && !tl_task_is_off(&save->task))
        tl_error_set(&save->error, TL_E_RUNTIME, "out of memory");
    return all && written;
}

static bool put_result(const struct tl_save *save, struct tl_buffer *out)
{
    const struct tl_save_stream *s = (const struct tl_save_stream *)save;
    bool gone = tl_gone_all(&s->all.gone) > 0; /* then the missing bytes may have been captured */
    tl_put_format(out, "%" PRIu64 " bytes saved", s->bytes);
    if (s->missing > 0)
        tl_put_format(out, ", %" PRIu64 " %s", s->missing, gone ? "are missing" : "were never captured");
    tl_put_format(out, ": %s", save->path);
    tl_gone_put(out, &s->all.gone, false);
    return s->missing > 0 || gone;
}

struct tl_save *tl_save_stream_begin(struct tl_save_stream *s, const struct tl_packet_source *source, uint32_t flow,
                                     const struct tl_flow_id *id, unsigned sides, const struct tl_inside *inside)
{
    s->all = (struct tl_follow_all){ .source = source, .flow = flow, .id = *id, .inside = *inside, .take = take,
                                     .context = s };
    s->sides = sides;
    s->bytes = s->missing = 0;
    return &s->save;
}

struct tl_save_stream *tl_save_stream_new(void)
{
    struct tl_save_stream *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->save = (struct tl_save){ .write = write_file, .put_result = put_result };
    return s;
}

void tl_save_stream_free(struct tl_save_stream *s)
{
    free(s);
}
