/* for_panes.c - the functions that panes may call: ui/panes/pane.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/time.h"
#include "dissectors/registry.h"
#include "ui/screen/grid.h"
#include "ui/view/layout.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"

/* --- what a pane reads --- */

struct tl_screen *tl_view_screen(const struct tl_view *view)
{
    return view->screen;
}

const struct tl_store *tl_view_store(const struct tl_view *view)
{
    return view->store;
}

const struct tl_packet_source *tl_view_source(const struct tl_view *view)
{
    return &view->source;
}

int tl_view_news(const struct tl_view *view)
{
    return view->news;
}

struct tl_reader *tl_view_reader(const struct tl_view *view)
{
    return view->reader;
}

const struct tl_tally *tl_view_tally(const struct tl_view *view)
{
    return view->tally;
}

const char *tl_view_protocol_name(const struct tl_view *view, unsigned protocol)
{
    return tl_columns_name(view->columns, protocol);
}

/* Applications have four colours in turn, so that neighbours in the registry differ. */
enum tl_style tl_view_protocol_style(const struct tl_view *view, unsigned protocol)
{
    struct tl_protocols all = tl_protocols_all();
    (void)view;
    if (protocol >= all.count || all.items[protocol]->kind == TL_KIND_TRANSPORT)
        return TL_STYLE_TEXT;
    if (all.items[protocol]->kind != TL_KIND_APPLICATION)
        return TL_STYLE_KIND_5;
    return (enum tl_style)((unsigned)TL_STYLE_KIND_1 + protocol % 4);
}

const char *tl_view_columns(const struct tl_view *view)
{
    return view->options->config->columns;
}

bool tl_view_is_live(const struct tl_view *view)
{
    return view->options->live;
}

bool tl_view_has_ended(const struct tl_view *view)
{
    return atomic_load(&view->options->progress->ended);
}

void *tl_view_state(const struct tl_view *view, const struct tl_pane *pane)
{
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i] == pane)
            return view->states[i];
    }
    return NULL;
}

/* --- what is chosen --- */

uint64_t tl_view_packet(const struct tl_view *view)
{
    return view->packet;
}

void tl_view_choose(struct tl_view *view, uint64_t row)
{
    if (row == view->packet && view->tree != NULL && view->tree->row == row)
        return;
    view->packet = row;
    view->dirty = true;
    tl_reader_want_tree(view->reader, row);
}

void tl_view_go(struct tl_view *view, uint64_t row)
{
    if (!tl_shown_has(view, row)) {
        tl_shown_free(view);
        tl_view_say(view, false, "all packets are shown again: this one is not in the subset");
    }
    view->follow = false;
    tl_view_choose(view, row);
}

bool tl_view_follows(const struct tl_view *view)
{
    return view->follow;
}

void tl_view_follow(struct tl_view *view, bool follow)
{
    view->follow = follow;
}

const struct tl_packet_tree *tl_view_tree(const struct tl_view *view)
{
    return view->tree;
}

uint32_t tl_view_tree_line(const struct tl_view *view)
{
    return view->tree_line;
}

bool tl_view_line_by_user(const struct tl_view *view)
{
    return view->line_by_user;
}

void tl_view_does_nothing(struct tl_view *view, const char *key)
{
    tl_view_say(view, false, "%s does nothing here: ? shows the keys", key);
}

void tl_view_choose_line(struct tl_view *view, uint32_t line)
{
    view->tree_line = line;
    view->line_by_user = true;
}

bool tl_view_is_marked(const struct tl_view *view, uint64_t row)
{
    return tl_marks_has(&view->marks, row);
}

uint32_t tl_view_marked(const struct tl_view *view)
{
    return view->marks.count;
}

/* --- what a pane asks for --- */

void tl_view_turn_to(struct tl_view *view, const struct tl_pane *pane)
{
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i] != pane)
            continue;
        bool turned = !tl_layout_on_page(view, i);
        view->focus = i;
        view->hidden[i] = false;
        view->zoomed = view->zoomed && !turned;
        if (turned && pane->enter != NULL)
            pane->enter(view, view->states[i]);
    }
    view->dirty = true;
}

void tl_view_hide(struct tl_view *view, const struct tl_pane *pane)
{
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i] == pane && i != view->focus)
            view->hidden[i] = true;
    }
    view->zoomed = false;
    view->dirty = true;
}

void tl_view_say(struct tl_view *view, bool wrong, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(view->message, sizeof view->message, format, args);
    va_end(args);
    view->message_is_wrong = wrong;
    view->notice_until = 0;
    view->dirty = true;
}

void tl_view_ask(struct tl_view *view, const char *label, void (*done)(struct tl_view *view, const char *text))
{
    view->prompt = (struct tl_prompt){ .label = label, .done = done };
}

void tl_view_ask_again(struct tl_view *view, const char *label, const char *text,
                       void (*done)(struct tl_view *view, const char *text))
{
    tl_view_ask(view, label, done);
    tl_prompt_set(&view->prompt, text);
}

void tl_view_draws_part(struct tl_view *view)
{
    view->partial = true;
}

/* --- times --- */

int tl_view_time_width(const struct tl_view *view)
{
    static const int widths[] = { [TL_TIME_OF_DAY] = 15, [TL_TIME_DATE] = 26, [TL_TIME_SINCE_FIRST] = 14,
                                  [TL_TIME_SINCE_BEFORE] = 12 };
    return widths[view->time_format];
}

const char *tl_view_next_time_format(struct tl_view *view)
{
    static const char *const names[] = { "time of day", "date and time", "seconds since the first packet",
                                         "seconds since the packet before" };
    view->time_format = (view->time_format + 1) % TL_TIME_FORMATS;
    return names[view->time_format];
}

static void put_since(struct tl_buffer *out, int64_t ts, int64_t from, unsigned decimals)
{
    if (!tl_time_fits(ts) || !tl_time_fits(from)) {
        tl_puts(out, tl_time_fits(ts) ? "-" : tl_time_outside(ts));
        return;
    }
    int64_t since = (int64_t)((uint64_t)ts - (uint64_t)from);
    if (since < 0)
        tl_put_char(out, '-');
    tl_put_seconds(out, since < 0 ? -since : since, decimals);
}

void tl_view_put_time(struct tl_view *view, struct tl_buffer *out, int64_t ts, int64_t before, unsigned decimals)
{
    struct tl_row first = { .ts = ts };
    switch (view->time_format) {
    case TL_TIME_DATE:
        tl_put_date_and_time(out, &view->zone, ts, decimals);
        break;
    case TL_TIME_SINCE_FIRST:
        if (!tl_store_row(view->store, tl_store_first(view->store), &first))
            first.ts = ts;
        put_since(out, ts, first.ts, decimals);
        break;
    case TL_TIME_SINCE_BEFORE:
        put_since(out, ts, before, decimals);
        break;
    default:
        tl_put_time_of_day(out, &view->zone, ts, decimals);
    }
}

bool tl_view_put_send(const struct tl_view *view, struct tl_buffer *out, uint64_t packet)
{
    return view->options->put_send(view->options->context, out, view->filter, packet + 1);
}

void tl_view_put_time_cell(struct tl_view *view, char *cell, int64_t ts, unsigned decimals)
{
    struct tl_buffer b = { 0 };
    tl_view_put_time(view, &b, ts, ts, decimals);
    tl_grid_text(cell, "%.*s", (int)b.len, b.len > 0 ? (const char *)b.data : "");
    tl_buffer_fini(&b);
}

void tl_view_put_date_cell(struct tl_view *view, char *cell, int64_t ts, unsigned decimals)
{
    enum tl_time_format format = view->time_format;
    view->time_format = format == TL_TIME_OF_DAY ? TL_TIME_DATE : format;
    tl_view_put_time_cell(view, cell, ts, decimals);
    view->time_format = format;
    char *zone = strstr(cell, " +"); /* it is the same for all of them */
    if (zone == NULL)
        zone = strstr(cell, " -");
    if (zone != NULL)
        *zone = '\0';
}
