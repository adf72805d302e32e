/* save_stream.c - a walk over the whole conversation, into a file. */
#include "ui/tasks/save_stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ui/tasks/follow.h"
#include "ui/tasks/save.h"

enum { BOTH = 3 }; /* sides */

struct tl_save_stream {
    struct tl_save save;
    struct tl_follow_all all;
    unsigned sides;
    struct tl_output *output;
    uint64_t bytes, missing; /* what came of it */
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

static void tell(struct tl_view *view, const struct tl_save *save)
{
    const struct tl_save_stream *s = (const struct tl_save_stream *)save;
    struct tl_buffer said = { 0 };
    bool gone = tl_gone_all(&s->all.gone) > 0; /* then it is not known what of the missing was captured */
    tl_put_format(&said, "%" PRIu64 " bytes saved", s->bytes);
    if (s->missing > 0)
        tl_put_format(&said, ", %" PRIu64 " %s", s->missing, gone ? "are missing" : "were never captured");
    tl_put_format(&said, ": %s", save->path);
    tl_gone_put(&said, &s->all.gone, false);
    tl_view_say(view, s->missing > 0 || gone, "%.*s", (int)said.len, (const char *)said.data);
    tl_buffer_fini(&said);
}

static void begin(struct tl_view *view, const char *path)
{
    struct tl_save_stream *s = view->save_stream;
    struct tl_flow_row flow;
    if (!tl_store_flow(view->store, s->all.flow, &flow)) {
        tl_view_say(view, true, "this conversation was evicted from memory (--mem): nothing was saved");
        return;
    }
    s->bytes = s->missing = 0;
    atomic_store(&s->all.enough, false);
    tl_save_begin(view, &s->save, path);
}

void tl_save_stream_ask(struct tl_view *view, uint32_t flow, const struct tl_flow_id *id, unsigned sides)
{
    struct tl_save_stream *s = view->save_stream;
    if (tl_save_why_not(view) == NULL) { /* else it is in use */
        s->all = (struct tl_follow_all){ .source = &view->source, .flow = flow, .id = *id, .take = take, .context = s };
        s->sides = sides;
    }
    tl_save_ask(view, sides == BOTH ? "Save what both sides said to: " : "Save what this side said to: ", begin);
}

struct tl_save_stream *tl_save_stream_new(void)
{
    struct tl_save_stream *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->save = (struct tl_save){ .write = write_file, .tell = tell };
    return s;
}

void tl_save_stream_free(struct tl_save_stream *s)
{
    free(s);
}
