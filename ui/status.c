/* status.c - the last line: what is read, how far, what is wrong. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ui/run.h"
#include "ui/save_packets.h"
#include "ui/search.h"
#include "ui/table.h"
#include "ui/view.h"

static void put_files(struct tl_buffer *b, const struct tl_view_options *o)
{
    for (uint32_t i = 0; i < o->input_count && i < 2; i++) {
        const char *slash = strrchr(o->inputs[i], '/');
        tl_put_char(b, ' ');
        tl_puts(b, slash != NULL && slash[1] != '\0' ? slash + 1 : o->inputs[i]);
    }
    if (o->input_count > 2)
        tl_put_format(b, " and %u more", o->input_count - 2);
}

static void put_interfaces(struct tl_buffer *b, const struct tl_interfaces *interfaces)
{
    uint32_t count = tl_interfaces_count(interfaces);
    for (uint32_t i = 0; i < count && i < 2; i++)
        tl_put_format(b, " %.15s", tl_interfaces_get(interfaces, i)->name);
    if (count > 2)
        tl_put_format(b, " and %u more", count - 2);
}

static void put_source(struct tl_buffer *b, const struct tl_view *view)
{
    if (view->options->live)
        put_interfaces(b, view->interfaces);
    else
        put_files(b, view->options);
    if (view->filter[0] != '\0')
        tl_put_format(b, "  filter: %.40s", view->filter);
}

/* What is lost is told before anything else is, and apart. false: nothing is. */
static bool put_drops(struct tl_buffer *b, const struct tl_counters *c)
{
    const struct {
        const char *by;
        uint64_t count;
    } drops[] = { { "kernel", c->dropped_kernel }, { "interface", c->dropped_interface }, { "us", c->dropped_ring } };
    bool any = false;
    for (unsigned i = 0; i < TL_COUNT(drops); i++) {
        if (drops[i].count == 0)
            continue;
        char number[TL_TABLE_CELL];
        tl_table_number(number, drops[i].count);
        tl_put_format(b, "%s%s by %s", any ? ", " : " dropped: ", number, drops[i].by);
        any = true;
    }
    return any;
}

static void put_rate(struct tl_buffer *b, const struct tl_view *view)
{
    uint64_t packets, bits;
    char of_packets[TL_TABLE_CELL], of_bits[TL_TABLE_CELL];
    tl_rate_get(&view->rate, &packets, &bits);
    tl_table_number(of_packets, packets);
    tl_table_number(of_bits, bits);
    tl_put_format(b, "  %s packets/s  %s bit/s", of_packets, of_bits);
}

static void put_progress(struct tl_buffer *b, const struct tl_view *view)
{
    const struct tl_view_progress *progress = view->options->progress;
    uint64_t done = atomic_load(&progress->done), total = atomic_load(&progress->total);
    uint64_t first = tl_store_first(view->store);
    bool ended = atomic_load(&progress->ended);
    tl_put_format(b, "  %" PRIu64 " packets", tl_store_count(view->store));
    if (first > 0)
        tl_put_format(b, " (%" PRIu64 " gone)", first);
    if (!ended && view->options->live)
        put_rate(b, view);
    else if (!ended)
        tl_put_format(b, total > 0 ? "  reading %" PRIu64 " %%" : "  reading", total > 0 ? done * 100 / total : 0);
    tl_put_format(b, "  %zu MiB", tl_view_memory(view) >> 20);
}

/* Draws what is in the buffer, empties it, and gives the cells it took. */
static int draw(const struct tl_view *view, const struct tl_area *line, int at, enum tl_style style, struct tl_buffer *b)
{
    int used = tl_screen_text(view->screen, line, 0, at, line->columns - at, style, (const char *)b->data, b->len);
    b->len = 0;
    return used;
}

static int draw_counts(struct tl_view *view, const struct tl_area *line, struct tl_buffer *b)
{
    struct tl_counters counters;
    int at = 0;
    tl_engine_counters(view->run->engine, &counters);
    if (put_drops(b, &counters))
        at = draw(view, line, 0, TL_STYLE_WRONG, b);
    put_source(b, view);
    put_progress(b, view);
    if (atomic_load(&view->options->progress->ended) && view->failure.kind != TL_E_NONE)
        tl_put_format(b, "  %s", view->failure.text);
    return at + draw(view, line, at, TL_STYLE_STATUS, b);
}

void tl_status_look(struct tl_view *view)
{
    struct tl_counters counters;
    struct timespec now;
    if (!view->options->live)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    tl_engine_counters(view->run->engine, &counters);
    tl_rate_note(&view->rate, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, counters.passed, counters.bytes);
}

void tl_status_draw(struct tl_view *view, const struct tl_area *line)
{
    static const char hint[] = "? help  q quit ";
    struct tl_buffer b = { 0 };
    char doing[96];
    int used;
    bool busy = tl_search_progress(view, doing, sizeof doing) || tl_save_packets_progress(view, doing, sizeof doing);
    bool wrong = view->message[0] != '\0' && view->message_is_wrong;
    tl_screen_fill(view->screen, line, 0, 0, line->columns, wrong ? TL_STYLE_WRONG : TL_STYLE_STATUS);
    if (view->message[0] == '\0' && !busy) {
        used = draw_counts(view, line, &b);
    } else {
        tl_put_format(&b, " %s", view->message[0] != '\0' ? view->message : doing);
        used = draw(view, line, 0, wrong ? TL_STYLE_WRONG : TL_STYLE_STATUS, &b);
    }
    int room = line->columns - used - 1, len = (int)sizeof hint - 1;
    if (room >= len)
        tl_screen_text(view->screen, line, 0, line->columns - len, len, wrong ? TL_STYLE_WRONG : TL_STYLE_STATUS, hint,
                       (size_t)len);
    tl_buffer_fini(&b);
}
