/* pane_packets.c - the list of packets. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/panes/packet_columns.h"
#include "ui/panes/pane.h"
#include "ui/panes/when.h"
#include "ui/screen/grid.h"
#include "ui/screen/list.h"
#include "ui/tasks/reader.h"

struct packets {
    struct tl_list list;
    uint64_t asked[TL_READER_LINES]; /* lines that the reader was asked for */
    uint32_t asked_count;
    uint64_t follow_count;
    struct tl_packet_columns columns; /* none: those of the configuration */
    bool told;                        /* the reader knows the fields that are columns */
    unsigned marked;                  /* one of them, or their count */
    int room;                         /* cells of a line, as drawn last */
    int address;                      /* cells of the longest address that was visible */
    bool plain;                       /* the colour rules are switched off */
};

enum {
    NUMBER_LEAST = 6,
    LENGTH_WIDTH = 6,
    PROTOCOL_WIDTH = 8,
    ADDRESS_LEAST = 11,
    ADDRESS_IPV4 = 15,
    ADDRESS_WIDE = 39,
    OTHER_WIDTH = 9,
    FIELD_WIDTH = 20,
};

static const struct tl_packet_columns *columns_of(struct tl_view *view, struct packets *p)
{
    if (p->columns.count == 0) {
        if (!tl_packet_columns_parse(tl_view_columns(view), &p->columns))
            tl_packet_columns_parse(TL_COLUMNS_DEFAULT, &p->columns);
        p->marked = p->columns.count;
    }
    return &p->columns;
}

/* The automatic width of a column; info gets the rest. */
static int width_of(const struct tl_view *view, unsigned which, int address)
{
    int digits = NUMBER_LEAST;
    switch (which) {
    case TL_COLUMN_NUMBER:
        for (uint64_t n = 1000000; n <= tl_store_count(tl_view_store(view)) && n < UINT64_MAX / 10; n *= 10)
            digits++;
        return digits;
    case TL_COLUMN_TIME:
        return tl_view_time_width(view);
    case TL_COLUMN_SOURCE:
    case TL_COLUMN_DESTINATION:
        return address;
    case TL_COLUMN_PROTOCOL:
        return PROTOCOL_WIDTH;
    case TL_COLUMN_LENGTH:
        return LENGTH_WIDTH;
    case TL_COLUMN_INFO:
        return 0;
    case TL_COLUMN_FIELD:
        return FIELD_WIDTH;
    default:
        return OTHER_WIDTH;
    }
}

/*
 * Address columns get the width of the addresses so far: at most a quarter each of what other columns leave, or the
 * width of IPv4.
 */
static int address_width(const struct tl_view *view, const struct packets *p, int room)
{
    const struct tl_packet_columns *columns = &p->columns;
    for (unsigned i = 0; i < columns->count; i++) {
        unsigned which = columns->shown[i].which;
        if (which != TL_COLUMN_SOURCE && which != TL_COLUMN_DESTINATION)
            room -= columns->shown[i].width > 0 ? columns->shown[i].width : width_of(view, which, 0);
        room -= i > 0;
    }
    int most = room / 4 < ADDRESS_IPV4 ? ADDRESS_IPV4 : room / 4 > ADDRESS_WIDE ? ADDRESS_WIDE : room / 4;
    return p->address < ADDRESS_LEAST ? ADDRESS_LEAST : p->address > most ? most : p->address;
}

static struct tl_grid lay_out(struct tl_view *view, struct packets *p, int room)
{
    const struct tl_packet_columns *columns = columns_of(view, p);
    struct tl_grid table = { .count = columns->count, .marked = p->marked, .unsorted = true };
    int address = address_width(view, p, room);
    for (unsigned i = 0; i < columns->count; i++) {
        unsigned which = columns->shown[i].which;
        bool number = which == TL_COLUMN_NUMBER || which == TL_COLUMN_LENGTH || which == TL_COLUMN_CAPTURED ||
                      which == TL_COLUMN_FLOW;
        int width = columns->shown[i].width > 0 ? columns->shown[i].width : width_of(view, which, address);
        table.columns[i] = (struct tl_grid_column){ tl_packet_column_title(columns, i), width, 0, number };
    }
    return table;
}

static void put_time(struct tl_view *view, char *cell, uint64_t index, const struct tl_row *row)
{
    struct tl_row before = { .ts = row->ts };
    const struct tl_interface *interface = tl_interfaces_get(tl_view_source(view)->interfaces, row->interface);
    struct tl_buffer b = { 0 };
    if (index > 0 && !tl_store_row(tl_view_store(view), index - 1, &before))
        before.ts = row->ts;
    tl_view_put_time(view, &b, row->ts, before.ts, interface != NULL ? interface->decimals : 6);
    tl_grid_text(cell, "%.*s", (int)b.len, b.len > 0 ? (const char *)b.data : "");
    tl_buffer_fini(&b);
}

/* Fills in the values of the nth field that is a column. */
static void put_field(char *cell, const struct tl_list_line *made, unsigned nth)
{
    const char *text = made->fields;
    while (nth-- > 0 && *text != '\0') {
        text += strcspn(text, "\n");
        text += *text != '\0';
    }
    tl_grid_text(cell, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Fills the cell of a packet; made: its decoded line, or NULL while that is being made. */
static void put_cell(struct tl_view *view, char *cell, unsigned which, uint64_t index, const struct tl_row *row,
                     const struct tl_list_line *made)
{
    switch (which) {
    case TL_COLUMN_TIME:
        put_time(view, cell, index, row);
        break;
    case TL_COLUMN_SOURCE:
        tl_grid_text(cell, "%s", made != NULL ? made->source : "");
        break;
    case TL_COLUMN_DESTINATION:
        tl_grid_text(cell, "%s", made != NULL ? made->destination : "");
        break;
    case TL_COLUMN_PROTOCOL:
        tl_grid_text(cell, "%s", made != NULL && !made->gone ? made->protocol
                                                              : tl_view_protocol_name(view, row->protocol));
        break;
    case TL_COLUMN_LENGTH:
        tl_grid_text(cell, "%u", row->len);
        break;
    case TL_COLUMN_CAPTURED:
        tl_grid_text(cell, "%u", row->caplen);
        break;
    case TL_COLUMN_INTERFACE:
        tl_grid_text(cell, "%u", row->interface);
        break;
    case TL_COLUMN_FLOW:
        if (row->flow != TL_STORE_NONE)
            tl_grid_text(cell, "%u", row->flow + 1);
        break;
    case TL_COLUMN_INFO:
        tl_grid_text(cell, "%s", made == NULL ? "" : made->gone ? "(its bytes are gone)" : made->info);
        break;
    default:
        tl_grid_text(cell, "%llu", (unsigned long long)index + 1);
    }
}

/* Puts it before the text of the first column. */
static void put_mark(char *cell, size_t room, char mark)
{
    size_t len = strlen(cell);
    if (len + 1 < room)
        memmove(cell + 1, cell, len + 1);
    cell[0] = mark;
}

static void draw_line(struct tl_view *view, const struct packets *p, const struct tl_grid *table,
                      const struct tl_area *area, int at, uint64_t index, bool focused)
{
    struct tl_row row;
    struct tl_list_line made;
    struct tl_grid_line line;
    bool there = tl_store_row(tl_view_store(view), index, &row);
    bool is_made = there && tl_reader_line(tl_view_reader(view), index, &made);
    if (there && !is_made)
        tl_view_draws_part(view);
    bool ruled = is_made && made.colours > 0 && !p->plain && tl_screen_has_colours(tl_view_screen(view));
    enum tl_style style = index == tl_view_packet(view)        ? focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN
                          : !there || (is_made && made.gone) ? TL_STYLE_DIM
                          : row.malformed                    ? TL_STYLE_WRONG
                          : ruled ? (enum tl_style)(TL_STYLE_RULE + made.colours - 1)
                                  : TL_STYLE_TEXT;
    tl_grid_begin(&line);
    for (unsigned i = 0, fields = 0; i < p->columns.count; i++) {
        unsigned which = p->columns.shown[i].which, nth = fields;
        fields += which == TL_COLUMN_FIELD;
        if (there && which == TL_COLUMN_PROTOCOL)
            line.style[i] = tl_view_protocol_style(view, row.protocol);
        if (which == TL_COLUMN_FIELD && is_made)
            put_field(line.cell[i], &made, nth);
        else if (which != TL_COLUMN_FIELD && (there || which == TL_COLUMN_NUMBER))
            put_cell(view, line.cell[i], which, index, &row, is_made ? &made : NULL);
        else if (which == TL_COLUMN_INFO)
            tl_grid_text(line.cell[i], "evicted from memory (--mem)");
    }
    if (there && row.commented)
        put_mark(line.cell[0], sizeof line.cell[0], '#');
    if (tl_view_is_marked(view, index))
        put_mark(line.cell[0], sizeof line.cell[0], '*');
    tl_grid_draw_line(tl_view_screen(view), table, area, at, &line, style);
}

/* Tells the reader which fields are columns. */
static void tell_fields(struct tl_view *view, struct packets *p)
{
    const char *keys[TL_PACKET_COLUMNS_MOST];
    uint32_t count = tl_packet_columns_keys(columns_of(view, p), keys);
    p->told = true;
    p->asked_count = 0;
    if (!tl_reader_want_fields(tl_view_reader(view), keys, count))
        tl_view_say(view, true, "out of memory: the columns of fields stay empty");
}

/* Requests the visible lines once, and again when more of them came. */
static void ask(struct tl_view *view, struct packets *p, uint64_t first, uint64_t end)
{
    uint64_t rows[TL_READER_LINES];
    uint32_t count = 0;
    for (uint64_t place = first; place < end && count < TL_READER_LINES; place++)
        rows[count++] = tl_view_row_at(view, place);
    if (count == 0 || (count == p->asked_count && memcmp(rows, p->asked, count * sizeof rows[0]) == 0))
        return;
    memcpy(p->asked, rows, count * sizeof rows[0]);
    p->asked_count = count;
    tl_reader_want_lines(tl_view_reader(view), rows, count);
}

/* Address columns only become wider, so that they do not jump at every step. */
static void measure(struct tl_view *view, struct packets *p, uint64_t first, uint64_t end)
{
    struct tl_list_line line;
    for (uint64_t place = first; place < end; place++) {
        if (!tl_reader_line(tl_view_reader(view), tl_view_row_at(view, place), &line))
            continue;
        int source = (int)strlen(line.source), destination = (int)strlen(line.destination);
        p->address = source > p->address ? source : p->address;
        p->address = destination > p->address ? destination : p->address;
    }
}

static const char *why_empty(const struct tl_view *view)
{
    if (!tl_subset_is_all(tl_view_subset(view)) && tl_store_count(tl_view_store(view)) > 0)
        return tl_view_subset(view)->text.len > 0
                   ? "no line has that text: & with an empty text shows all"
                   : "searching";
    return tl_view_has_ended(view) ? "no packets" : "waiting for packets";
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct packets *p = state;
    uint64_t first = tl_view_first_place(view), count = tl_view_end_place(view);
    p->room = area->columns;
    if (first >= count) {
        struct tl_grid empty = lay_out(view, p, area->columns);
        tl_grid_draw_heading(tl_view_screen(view), &empty, area);
        const char *none = why_empty(view);
        tl_screen_text(tl_view_screen(view), area, 1, NUMBER_LEAST + 1, area->columns, TL_STYLE_DIM, none,
                       strlen(none));
        return;
    }
    p->list.chosen = tl_view_place_of(view, tl_view_packet(view));
    tl_list_fit(&p->list, first, count, area->rows - 1);
    uint64_t end = p->list.top + (uint64_t)(area->rows > 1 ? area->rows - 1 : 0);
    if (end > count)
        end = count;
    if (!p->told)
        tell_fields(view, p);
    ask(view, p, p->list.top, end);
    measure(view, p, p->list.top, end);
    struct tl_grid table = lay_out(view, p, area->columns);
    tl_grid_draw_heading(tl_view_screen(view), &table, area);
    for (uint64_t i = p->list.top; i < end; i++)
        draw_line(view, p, &table, area, 1 + (int)(i - p->list.top), tl_view_row_at(view, i), focused);
}

static bool changed(struct tl_view *view, void *state)
{
    struct packets *p = state;
    uint64_t count = tl_view_end_place(view);
    bool more = count != p->follow_count;
    p->follow_count = count;
    if (more && tl_view_follows(view) && count > 0)
        tl_view_choose(view, tl_view_row_at(view, count - 1));
    return more;
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct packets *p = state;
    if (how == TL_MOVE_ENTER) {
        tl_view_turn_to(view, &tl_pane_detail);
        return;
    }
    if (how == TL_MOVE_LEFT || how == TL_MOVE_RIGHT) {
        unsigned count = columns_of(view, p)->count + 1; /* the last one: no column */
        p->marked = (p->marked + (how == TL_MOVE_LEFT ? count - 1 : 1)) % count;
        return;
    }
    p->list.chosen = tl_view_place_of(view, tl_view_packet(view));
    tl_list_move(&p->list, tl_view_first_place(view), tl_view_end_place(view), how);
    tl_view_follow(view, how == TL_MOVE_END ? tl_view_is_live(view) : false);
    if (p->list.chosen < tl_view_end_place(view))
        tl_view_choose(view, tl_view_row_at(view, p->list.chosen));
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    const struct packets *p = state;
    uint64_t index = p->list.top + (uint64_t)(row > 0 ? row - 1 : 0);
    (void)area;
    (void)column;
    tl_view_follow(view, false);
    if (row > 0 && index < tl_view_end_place(view))
        tl_view_choose(view, tl_view_row_at(view, index));
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    (void)state;
    uint64_t count = tl_view_end_place(view), place = tl_view_place_of(view, tl_view_packet(view));
    struct tl_buffer b = { 0 };
    if (tl_view_marked(view) > 0)
        tl_put_format(&b, "%u marked, ", tl_view_marked(view));
    tl_view_put_subset(view, &b);
    tl_put_format(&b, "%llu/%llu%s", (unsigned long long)(count > 0 ? place + 1 : 0), (unsigned long long)count,
                  tl_view_follows(view) ? " follows" : "");
    snprintf(out, room, "%.*s", (int)b.len, (const char *)b.data);
    tl_buffer_fini(&b);
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    (void)state;
    tl_view_search(view, needle, TL_SEARCH_LINES, &(struct tl_search_place){ .row = tl_view_packet(view) }, backwards);
}

static void follow(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_follow(view, !tl_view_follows(view));
    if (tl_view_follows(view) && tl_view_end_place(view) > tl_view_first_place(view))
        tl_view_choose(view, tl_view_row_at(view, tl_view_end_place(view) - 1));
}

static void go(struct tl_view *view, const char *typed)
{
    char *end;
    unsigned long long n = strtoull(typed, &end, 10);
    int64_t ts;
    if (*typed == '\0')
        return;
    if (tl_when(tl_view_store(view), tl_view_packet(view), typed, &ts)) {
        tl_view_follow(view, false);
        tl_view_go(view, tl_when_row(tl_view_store(view), ts));
        return;
    }
    if (*end != '\0' || n == 0 || n > tl_store_count(tl_view_store(view))) {
        tl_view_say(view, true, "no packet '%s': give 1 to %llu, a time, or +seconds", typed,
                    (unsigned long long)tl_store_count(tl_view_store(view)));
        return;
    }
    tl_view_follow(view, false);
    tl_view_go(view, n - 1);
}

static void ask_where(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask(view, "Go to packet (number, hh:mm:ss, +seconds): ", go);
}

static void next_time_format(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_say(view, false, "%s", tl_view_next_time_format(view));
}

/* Goes to the previous packet of the same flow. */
static void earlier_in_flow(struct tl_view *view, void *state)
{
    struct tl_row row;
    (void)state;
    tl_view_follow(view, false);
    if (tl_store_row(tl_view_store(view), tl_view_packet(view), &row) && row.previous != TL_STORE_NONE)
        tl_view_go(view, row.previous);
    else
        tl_view_say(view, false, "no earlier packet of this flow");
}

/* The line as it is shown, after its number and time. */
static void copy(struct tl_view *view, void *state)
{
    struct tl_row row, before;
    struct tl_list_line line;
    struct tl_buffer b = { 0 };
    char columns[sizeof line];
    (void)state;
    uint64_t index = tl_view_packet(view);
    if (!tl_store_row(tl_view_store(view), index, &row) ||
        !tl_reader_line(tl_view_reader(view), index, &line)) {
        tl_view_say(view, true, "this line is still being decoded: try again");
        return;
    }
    if (index == 0 || !tl_store_row(tl_view_store(view), index - 1, &before))
        before.ts = row.ts;
    const struct tl_interface *interface = tl_interfaces_get(tl_view_source(view)->interfaces, row.interface);
    tl_put_format(&b, "%llu ", (unsigned long long)index + 1);
    tl_view_put_time(view, &b, row.ts, before.ts, interface != NULL ? interface->decimals : 6);
    size_t len = tl_list_line_text(&line, columns, sizeof columns);
    tl_put_char(&b, ' ');
    tl_put(&b, columns, len);
    tl_view_copy(view, "the line", (const char *)b.data, b.len);
    tl_buffer_fini(&b);
}

/* The view sends nothing: it gives the command. */
static void copy_send(struct tl_view *view, void *state)
{
    struct tl_buffer b = { 0 };
    (void)state;
    if (tl_view_put_send(view, &b, tl_view_packet(view)))
        tl_view_copy(view, "the command that sends this packet", (const char *)b.data, b.len);
    else
        tl_view_say(view, true, "only packets of one file without a filter can be named: save it with w");
    tl_buffer_fini(&b);
}

/* Shows only the packets of the chosen packet's flow, or all again. */
static void one_flow(struct tl_view *view, void *state)
{
    struct tl_row row;
    (void)state;
    if (tl_view_subset(view)->kind != TL_SUBSET_ALL)
        (void)tl_view_leave_subset(view);
    else if (tl_store_row(tl_view_store(view), tl_view_packet(view), &row) && row.flow != TL_STORE_NONE)
        tl_view_show_subset(view, &(struct tl_subset){ .kind = TL_SUBSET_FLOW, .flow = row.flow },
                            tl_view_packet(view));
    else
        tl_view_say(view, false, "this packet belongs to no flow");
}

static void back(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_back_from_subset(view);
}

/* --- columns --- */

static void resize(struct tl_view *view, struct packets *p, int by)
{
    struct tl_packet_columns *columns = &p->columns;
    if (p->marked >= columns->count) {
        tl_view_say(view, false, "choose a column first: Left, Right");
        return;
    }
    struct tl_grid table = lay_out(view, p, p->room);
    int width = table.columns[p->marked].width + by;
    if (table.columns[p->marked].width == 0)
        tl_view_say(view, false, "this column takes the width that is left");
    else if (width >= 1 && width <= TL_COLUMN_WIDEST)
        columns->shown[p->marked].width = (uint8_t)width;
}

static void narrower(struct tl_view *view, void *state)
{
    resize(view, state, -1);
}

static void wider(struct tl_view *view, void *state)
{
    resize(view, state, 1);
}

static void set_columns(struct tl_view *view, const char *typed)
{
    struct packets *p = tl_view_state(view, &tl_pane_packets);
    if (*typed == '\0')
        return;
    if (!tl_packet_columns_parse(typed, &p->columns))
        tl_view_say(view, true, "unknown column: use %s; a width follows a colon", tl_packet_column_words);
    p->marked = p->columns.count;
    p->told = false;
}

static void ask_columns(struct tl_view *view, void *state)
{
    struct packets *p = state;
    struct tl_buffer b = { 0 };
    tl_packet_columns_put(&b, columns_of(view, p));
    tl_put_char(&b, '\0');
    tl_view_ask_names(view, "Columns: ", b.failed ? "" : (const char *)b.data, set_columns);
    tl_buffer_fini(&b);
}

static void switch_colours(struct tl_view *view, void *state)
{
    struct packets *p = state;
    p->plain = !p->plain;
    tl_view_say(view, false, "%s", p->plain ? "colour rules are off" : "colour rules are on");
}

static const struct tl_binding keys[] = {
    { 'f', "f", "follow the newest packet, or stop", follow },
    { 't', "t", "time format: of day, with date, since first, since previous packet", next_time_format },
    { ':', ":", "go to a packet: its number, hh:mm:ss, or +seconds after the first", ask_where },
    { 'y', "y Y", "copy the line; the command that sends the packet again, changed", copy },
    { 'Y', NULL, NULL, copy_send },
    { '[', "[", "previous packet of the same flow", earlier_in_flow },
    { 'a', "a", "show only the packets of this flow, or all again", one_flow },
    { TL_KEY_ESCAPE, "Esc", "return to where this subset was opened, or show all packets", back },
    { '<', "< >", "make the column narrower, wider; Left and Right choose it", narrower },
    { '>', NULL, NULL, wider },
    { 'C', "C K", "choose the columns (also fields), order, widths; K: colour rules off", ask_columns },
    { 'K', NULL, NULL, switch_colours },
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
