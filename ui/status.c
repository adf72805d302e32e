/* status.c - the last line: what is read, how far, what is wrong. */
#include <inttypes.h>
#include <string.h>

#include "ui/save_packets.h"
#include "ui/search.h"
#include "ui/view.h"

static void put_source(struct tl_buffer *b, const struct tl_view *view)
{
    const struct tl_view_options *o = view->options;
    for (uint32_t i = 0; i < o->input_count && i < 2; i++) {
        const char *slash = strrchr(o->inputs[i], '/');
        tl_put_char(b, ' ');
        tl_puts(b, slash != NULL && slash[1] != '\0' ? slash + 1 : o->inputs[i]);
    }
    if (o->input_count > 2)
        tl_put_format(b, " and %u more", o->input_count - 2);
    if (view->filter[0] != '\0')
        tl_put_format(b, "  filter: %.40s", view->filter);
}

static void put_progress(struct tl_buffer *b, const struct tl_view *view)
{
    uint64_t done = atomic_load(&view->options->progress->done), total = atomic_load(&view->options->progress->total);
    uint64_t first = tl_store_first(view->store);
    tl_put_format(b, "  %" PRIu64 " packets", tl_store_count(view->store));
    if (first > 0)
        tl_put_format(b, " (%" PRIu64 " gone)", first);
    if (!atomic_load(&view->options->progress->ended))
        tl_put_format(b, total > 0 ? "  reading %" PRIu64 " %%" : "  reading", total > 0 ? done * 100 / total : 0);
    tl_put_format(b, "  %zu MiB", tl_view_memory(view) >> 20);
}

void tl_status_draw(struct tl_view *view, const struct tl_area *line)
{
    static const char hint[] = "? help  q quit ";
    struct tl_buffer b = { 0 };
    enum tl_style style = TL_STYLE_STATUS;
    char doing[96];
    bool busy = tl_search_progress(view, doing, sizeof doing) || tl_save_packets_progress(view, doing, sizeof doing);
    if (view->message[0] == '\0' && busy) {
        tl_put_format(&b, " %s", doing);
    } else if (view->message[0] != '\0') {
        tl_put_format(&b, " %s", view->message);
        style = view->message_is_wrong ? TL_STYLE_WRONG : TL_STYLE_STATUS;
    } else {
        put_source(&b, view);
        put_progress(&b, view);
        if (atomic_load(&view->options->progress->ended) && view->failure.kind != TL_E_NONE)
            tl_put_format(&b, "  %s", view->failure.text);
    }
    tl_screen_fill(view->screen, line, 0, 0, line->columns, style);
    int used = tl_screen_text(view->screen, line, 0, 0, line->columns, style, (const char *)b.data, b.len);
    int room = line->columns - used - 1, len = (int)sizeof hint - 1;
    if (room >= len)
        tl_screen_text(view->screen, line, 0, line->columns - len, len, style, hint, (size_t)len);
    tl_buffer_fini(&b);
}
