/* pane_packets.c - the list of packets. */
#include "ui/list.h"
#include "ui/copy.h"
#include "ui/search.h"
#include "ui/shown.h"
#include "ui/view.h"
#include "ui/when.h"

#include <stdlib.h>

struct packets {
    struct tl_list list;
    uint64_t asked[TL_READER_LINES]; /* lines that the reader was asked for */
    uint32_t asked_count;
    uint64_t follow_count;
};

enum { GAP = 1, NUMBER_LEAST = 6, LENGTH_WIDTH = 6, PROTOCOL_WIDTH = 8, ADDRESS_LEAST = 15, ADDRESS_WIDE = 39 };

/* Where the columns begin, and how wide they are. */
struct layout {
    int number, time, source, destination, protocol, length, info;
    int number_width, time_width, address_width;
};

static struct layout lay_out(const struct tl_view *view, int columns)
{
    struct layout l = { .time_width = tl_view_time_width(view) };
    l.number_width = NUMBER_LEAST;
    for (uint64_t n = 1000000; n <= tl_store_count(view->store) && n < UINT64_MAX / 10; n *= 10)
        l.number_width++;
    int fixed = l.number_width + l.time_width + PROTOCOL_WIDTH + LENGTH_WIDTH + 6 * GAP;
    l.address_width = (columns - fixed) / 4;
    if (l.address_width < ADDRESS_LEAST)
        l.address_width = ADDRESS_LEAST;
    if (l.address_width > ADDRESS_WIDE)
        l.address_width = ADDRESS_WIDE;
    l.time = l.number_width + GAP;
    l.source = l.time + l.time_width + GAP;
    l.destination = l.source + l.address_width + GAP;
    l.protocol = l.destination + l.address_width + GAP;
    l.length = l.protocol + PROTOCOL_WIDTH + GAP;
    l.info = l.length + LENGTH_WIDTH + GAP;
    return l;
}

static void text(struct tl_view *view, const struct tl_area *area, int row, int column, int width, enum tl_style style,
                 const char *s)
{
    tl_screen_text(view->screen, area, row, column, width, style, s, strlen(s));
}

static void number(struct tl_view *view, const struct tl_area *area, int row, int column, int width,
                   enum tl_style style, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    int left = width > len ? width - len : 0;
    tl_screen_text(view->screen, area, row, column + left, width - left, style, digits, (size_t)len);
}

static void draw_time(struct tl_view *view, const struct tl_area *area, int at, const struct layout *l,
                      enum tl_style style, uint64_t index, const struct tl_row *row)
{
    struct tl_row before = { .ts = row->ts };
    const struct tl_interface *interface = tl_interfaces_get(view->interfaces, row->interface);
    struct tl_buffer b = { 0 };
    if (index > 0 && !tl_store_row(view->store, index - 1, &before))
        before.ts = row->ts;
    tl_view_put_time(view, &b, row->ts, before.ts, interface != NULL ? interface->decimals : 6);
    tl_screen_text(view->screen, area, at, l->time, l->time_width, style, (const char *)b.data, b.len);
    tl_buffer_fini(&b);
}

static void draw_line(struct tl_view *view, const struct tl_area *area, int at, const struct layout *l,
                      uint64_t index, bool focused)
{
    struct tl_row row;
    struct tl_list_line line;
    bool chosen = index == view->packet, marked = tl_marks_has(&view->marks, index);
    enum tl_style style = chosen ? focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN : TL_STYLE_TEXT;
    if (chosen)
        tl_screen_fill(view->screen, area, at, 0, area->columns, style);
    number(view, area, at, 0, l->number_width, style, index + 1);
    if (marked)
        text(view, area, at, 0, 1, style, "*");
    if (!tl_store_row(view->store, index, &row)) {
        text(view, area, at, l->time, area->columns, chosen ? style : TL_STYLE_DIM, "gone: no memory was left for it");
        return;
    }
    draw_time(view, area, at, l, style, index, &row);
    number(view, area, at, l->length, LENGTH_WIDTH, style, row.len);
    if (row.malformed && !chosen)
        style = TL_STYLE_WRONG;
    if (!tl_reader_line(view->reader, index, &line)) {
        text(view, area, at, l->protocol, PROTOCOL_WIDTH, style, tl_columns_name(view->columns, row.protocol));
        return;
    }
    text(view, area, at, l->source, l->address_width, style, line.source);
    text(view, area, at, l->destination, l->address_width, style, line.destination);
    text(view, area, at, l->protocol, PROTOCOL_WIDTH, style,
         line.gone ? tl_columns_name(view->columns, row.protocol) : line.protocol);
    text(view, area, at, l->info, area->columns, line.gone && !chosen ? TL_STYLE_DIM : style,
         line.gone ? "(its bytes are gone)" : line.info);
}

static void draw_heading(struct tl_view *view, const struct tl_area *area, const struct layout *l)
{
    text(view, area, 0, l->number_width - 1, 1, TL_STYLE_HEADING, "#");
    text(view, area, 0, l->time, l->time_width, TL_STYLE_HEADING, "Time");
    text(view, area, 0, l->source, l->address_width, TL_STYLE_HEADING, "Source");
    text(view, area, 0, l->destination, l->address_width, TL_STYLE_HEADING, "Destination");
    text(view, area, 0, l->protocol, PROTOCOL_WIDTH, TL_STYLE_HEADING, "Protocol");
    text(view, area, 0, l->length, LENGTH_WIDTH, TL_STYLE_HEADING, "Length");
    text(view, area, 0, l->info, area->columns, TL_STYLE_HEADING, "Info");
}

/* Lines that are in sight are asked for once, and again when more of them came. */
static void ask(struct tl_view *view, struct packets *p, uint64_t first, uint64_t end)
{
    uint64_t rows[TL_READER_LINES];
    uint32_t count = 0;
    for (uint64_t place = first; place < end && count < TL_READER_LINES; place++)
        rows[count++] = tl_view_list_row(view, place);
    if (count == 0 || (count == p->asked_count && memcmp(rows, p->asked, count * sizeof rows[0]) == 0))
        return;
    memcpy(p->asked, rows, count * sizeof rows[0]);
    p->asked_count = count;
    tl_reader_want_lines(view->reader, rows, count);
}

static const char *why_empty(const struct tl_view *view)
{
    if (tl_shown_is_part(view) && tl_store_count(view->store) > 0)
        return "no line has that text: & and nothing shows all";
    return atomic_load(&view->options->progress->ended) ? "no packets" : "waiting for packets";
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct packets *p = state;
    struct layout l = lay_out(view, area->columns);
    uint64_t first = tl_view_list_first(view), count = tl_view_list_end(view);
    draw_heading(view, area, &l);
    if (first >= count) {
        text(view, area, 1, l.time, area->columns, TL_STYLE_DIM, why_empty(view));
        return;
    }
    p->list.chosen = tl_view_list_place(view, view->packet);
    tl_list_fit(&p->list, first, count, area->rows - 1);
    uint64_t end = p->list.top + (uint64_t)(area->rows > 1 ? area->rows - 1 : 0);
    if (end > count)
        end = count;
    ask(view, p, p->list.top, end);
    for (uint64_t i = p->list.top; i < end; i++)
        draw_line(view, area, 1 + (int)(i - p->list.top), &l, tl_view_list_row(view, i), focused);
}

static bool changed(struct tl_view *view, void *state)
{
    struct packets *p = state;
    uint32_t behind, before = tl_subset_look(&view->subset, view->store, &behind);
    uint64_t count = tl_view_list_end(view);
    bool more = count != p->follow_count;
    view->busy |= view->subset.active && view->subset.next != TL_STORE_NONE;
    p->list.top += before; /* what is read stays where it is */
    p->follow_count = count;
    if (more && view->follow && count > 0)
        tl_view_choose(view, tl_view_list_row(view, count - 1));
    return more;
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct packets *p = state;
    p->list.chosen = tl_view_list_place(view, view->packet);
    tl_list_move(&p->list, tl_view_list_first(view), tl_view_list_end(view), how);
    view->follow = how == TL_MOVE_END ? view->options->live : false;
    if (p->list.chosen < tl_view_list_end(view))
        tl_view_choose(view, tl_view_list_row(view, p->list.chosen));
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    const struct packets *p = state;
    uint64_t index = p->list.top + (uint64_t)(row > 0 ? row - 1 : 0);
    (void)area;
    (void)column;
    view->follow = false;
    if (row > 0 && index < tl_view_list_end(view))
        tl_view_choose(view, tl_view_list_row(view, index));
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    (void)state;
    uint64_t count = tl_view_list_end(view), place = tl_view_list_place(view, view->packet);
    const struct tl_subset *subset = &view->subset;
    struct tl_buffer b = { 0 };
    if (view->marks.count > 0)
        tl_put_format(&b, "%u marked, ", view->marks.count);
    if (subset->active)
        tl_put_format(&b, "flow %u alone%s: ", subset->flow + 1,
                      subset->cut ? ", its newest packets" : subset->next != TL_STORE_NONE ? ", looking back" : "");
    else
        tl_shown_note(view, &b);
    tl_put_format(&b, "%llu/%llu%s", (unsigned long long)(count > 0 ? place + 1 : 0), (unsigned long long)count,
                  view->follow ? " follows" : "");
    snprintf(out, room, "%.*s", (int)b.len, (const char *)b.data);
    tl_buffer_fini(&b);
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    (void)state;
    tl_search_start(view, needle, TL_SEARCH_LINES, &(struct tl_search_place){ .row = view->packet }, backwards);
}

static void follow(struct tl_view *view, void *state)
{
    (void)state;
    view->follow = !view->follow;
    if (view->follow && tl_view_list_end(view) > tl_view_list_first(view))
        tl_view_choose(view, tl_view_list_row(view, tl_view_list_end(view) - 1));
}

static void go(struct tl_view *view, const char *typed)
{
    char *end;
    unsigned long long n = strtoull(typed, &end, 10);
    int64_t ts;
    if (*typed == '\0')
        return;
    if (tl_when(view, typed, &ts)) {
        view->follow = false;
        tl_view_go(view, tl_when_row(view, ts));
        return;
    }
    if (*end != '\0' || n == 0 || n > tl_store_count(view->store)) {
        tl_view_say(view, true, "no packet '%s': give 1 to %llu, a time, or +seconds", typed,
                    (unsigned long long)tl_store_count(view->store));
        return;
    }
    view->follow = false;
    tl_view_go(view, n - 1);
}

static void ask_where(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask(view, "Go to packet (number, hh:mm:ss, +seconds): ", go);
}

static void next_time_format(struct tl_view *view, void *state)
{
    static const char *const names[] = { "time of day", "date and time", "seconds since the first packet",
                                         "seconds since the packet before" };
    (void)state;
    view->time_format = (view->time_format + 1) % TL_TIME_FORMATS;
    tl_view_say(view, false, "%s", names[view->time_format]);
}

/* The packet before or behind it in the same flow. */
static void earlier_in_flow(struct tl_view *view, void *state)
{
    struct tl_row row;
    (void)state;
    view->follow = false;
    if (tl_store_row(view->store, view->packet, &row) && row.previous != TL_STORE_NONE)
        tl_view_choose(view, row.previous);
    else
        tl_view_say(view, false, "no earlier packet of this flow");
}

/* The line as it is shown, its time in front. */
static void copy(struct tl_view *view, void *state)
{
    struct tl_row row, before;
    struct tl_list_line line;
    struct tl_buffer b = { 0 };
    char columns[sizeof line];
    (void)state;
    uint64_t index = view->packet;
    if (!tl_store_row(view->store, index, &row) ||
        !tl_reader_line(view->reader, index, &line)) {
        tl_view_say(view, true, "this line is not there yet");
        return;
    }
    if (index == 0 || !tl_store_row(view->store, index - 1, &before))
        before.ts = row.ts;
    const struct tl_interface *interface = tl_interfaces_get(view->interfaces, row.interface);
    tl_put_format(&b, "%llu ", (unsigned long long)index + 1);
    tl_view_put_time(view, &b, row.ts, before.ts, interface != NULL ? interface->decimals : 6);
    size_t len = tl_list_line_text(&line, columns, sizeof columns);
    tl_put_char(&b, ' ');
    tl_put(&b, columns, len);
    tl_copy(view, "the line", (const char *)b.data, b.len);
    tl_buffer_fini(&b);
}

/* The packets of the chosen one's flow alone, or all of them again. */
static void one_flow(struct tl_view *view, void *state)
{
    struct tl_row row;
    (void)state;
    if (view->subset.active)
        tl_view_show_flow(view, TL_STORE_NONE, view->packet);
    else if (tl_store_row(view->store, view->packet, &row) && row.flow != TL_STORE_NONE)
        tl_view_show_flow(view, row.flow, view->packet);
    else
        tl_view_say(view, false, "this packet belongs to no flow");
}

static const struct tl_key keys[] = {
    { 'f', "f", "follow the newest packet, or stay", follow },
    { 't', "t", "time: of day, with date, since the first, since the one before", next_time_format },
    { ':', ":", "go to a packet by its number, to hh:mm:ss, or +seconds behind the first", ask_where },
    { 'y', "y", "copy the line", copy },
    { '[', "[", "the packet before in the same flow", earlier_in_flow },
    { 'a', "a", "the packets of this flow alone, or all again", one_flow },
    { 0 },
};

const struct tl_pane tl_pane_packets = {
    .name = "packets",
    .title = "Packets",
    .page = "packets",
    .share = 5,
    .state_size = sizeof(struct packets),
    .keys = keys,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
};
