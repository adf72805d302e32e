/* pane_graph.c - packets and bits a second over time. */
#include <stdio.h>

#include "core/time.h"
#include "ui/panes/pane.h"
#include "ui/screen/grid.h"
#include "ui/store/tally.h"

enum { MARGIN = 9, HALF_LEAST = 6 /* rows with a label in the middle */, TICK_WIDTH = 60 /* cells */,
       DOTS_MOST = 1024, WIDE = 2, HIGH = 4, /* dots in a Braille cell */
       LOOK_MOST = 1000 /* packets without a time that are skipped at either end */ };

#define MS INT64_C(1000000)
#define S (1000 * MS)

/* The time of a dot. */
static const int64_t scales[] = {
    1 * MS, 2 * MS,  5 * MS,  10 * MS,  20 * MS,  50 * MS,   100 * MS,  200 * MS,   500 * MS,   1 * S,       2 * S,
    5 * S,  10 * S,  20 * S,  30 * S,   60 * S,   120 * S,   300 * S,   600 * S,    1800 * S,   3600 * S,    7200 * S,
    21600 * S, 43200 * S, 86400 * S, 604800 * S,
};

struct graph {
    bool chosen_scale;  /* by the user; otherwise the whole capture fits */
    bool stays;         /* the right end does not move; otherwise it is the newest packet */
    unsigned scale;     /* in scales */
    int64_t end;        /* number of the dot after the last one */
    int dots;           /* as drawn last */
    unsigned protocol;  /* of tl_buckets */
    uint64_t counted;
    struct tl_amount amounts[DOTS_MOST];
};

static int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

/* Finds the packet nearest to this one, forwards or back, whose time is within the range. */
static bool near_with_time(const struct tl_store *store, uint64_t index, int step, struct tl_row *row)
{
    for (unsigned i = 0; i < LOOK_MOST && tl_store_row(store, index, row); i++, index += (uint64_t)(int64_t)step)
        if (tl_time_fits(row->ts))
            return true;
    return false;
}

/* Times of the first packet and the newest one; false: there is none. */
static bool span(const struct tl_view *view, int64_t *first, int64_t *last)
{
    struct tl_row row, newest;
    const struct tl_store *store = tl_view_store(view);
    uint64_t count = tl_store_count(store);
    if (count == 0 || !near_with_time(store, tl_store_first(store), 1, &row) ||
        !near_with_time(store, count - 1, -1, &newest))
        return false;
    *first = row.ts < newest.ts ? row.ts : newest.ts;
    *last = row.ts < newest.ts ? newest.ts : row.ts;
    return true;
}

static void fit(struct graph *g, int64_t first, int64_t last)
{
    if (!g->chosen_scale) {
        g->scale = 0;
        while (g->scale + 1 < TL_COUNT(scales) &&
               floor_div(last, scales[g->scale]) - floor_div(first, scales[g->scale]) >= g->dots)
            g->scale++;
    }
    if (!g->stays)
        g->end = floor_div(last, scales[g->scale]) + 1;
}

static void put_scale(char *text, size_t room, int64_t ns)
{
    if (ns < S)
        snprintf(text, room, "%lld ms", (long long)(ns / MS));
    else if (ns < 60 * S)
        snprintf(text, room, "%lld s", (long long)(ns / S));
    else if (ns < 3600 * S)
        snprintf(text, room, "%lld min", (long long)(ns / (60 * S)));
    else if (ns < 86400 * S)
        snprintf(text, room, "%lld h", (long long)(ns / (3600 * S)));
    else
        snprintf(text, room, "%lld d", (long long)(ns / (86400 * S)));
}

/* --- drawing --- */

static double value_of(const struct graph *g, int dot, bool bits)
{
    double seconds = (double)scales[g->scale] / (double)S;
    return (bits ? g->amounts[dot].bytes * 8 : g->amounts[dot].packets) / seconds;
}

/* Dots of `height` for a value: at least one if it is not 0. */
static int height_of(double value, double most, int height)
{
    if (value <= 0 || most <= 0)
        return 0;
    int n = (int)(value / most * height + 0.5);
    return n < 1 ? 1 : n > height ? height : n;
}

/* A cell with columns of these heights, up to four dots each: U+2800 and a bit a dot. */
static void put_braille(struct tl_buffer *b, int left, int right)
{
    static const uint8_t bits[WIDE][HIGH + 1] = { { 0, 0x40, 0x44, 0x46, 0x47 }, { 0, 0x80, 0xa0, 0xb0, 0xb8 } };
    unsigned dots = (unsigned)bits[0][left] | bits[1][right];
    if (dots == 0) {
        tl_put_char(b, ' ');
        return;
    }
    tl_put_char(b, (char)0xe2);
    tl_put_char(b, (char)(0xa0 | dots >> 6));
    tl_put_char(b, (char)(0x80 | (dots & 0x3f)));
}

static int within(int height, int below)
{
    int n = height - below;
    return n < 0 ? 0 : n > HIGH ? HIGH : n;
}

static void draw_row(struct tl_view *view, const struct graph *g, const struct tl_area *area, int row, int below,
                     const int *heights, bool fine)
{
    static const char coarse[] = " .:|#";
    struct tl_buffer b = { 0 };
    int wide = fine ? WIDE : 1;
    for (int dot = 0; dot < g->dots; dot += wide) {
        int left = within(heights[dot], below), right = within(heights[dot + wide - 1], below);
        if (fine)
            put_braille(&b, left, right);
        else
            tl_put_char(&b, coarse[left]);
    }
    tl_screen_text(tl_view_screen(view), area, row, MARGIN, area->columns, TL_STYLE_TEXT, (const char *)b.data, b.len);
    tl_buffer_fini(&b);
}

/* The next 1, 2 or 5 times a power of ten. */
static double round_up(double most)
{
    static const double steps[] = { 1, 2, 5 };
    double power = 1;
    while (power * 10 < most)
        power *= 10;
    for (size_t i = 0; i < TL_COUNT(steps); i++) {
        if (power * steps[i] >= most)
            return power * steps[i];
    }
    return power * 10;
}

static void put_label(struct tl_view *view, const struct tl_area *area, int row, double value)
{
    char label[TL_GRID_CELL];
    tl_grid_number(label, (uint64_t)(value + 0.5));
    int len = (int)strlen(label), column = len < MARGIN - 1 ? MARGIN - 1 - len : 0;
    tl_screen_text(tl_view_screen(view), area, row, column, MARGIN - 1 - column, TL_STYLE_DIM, label, (size_t)len);
}

/* Draws one of the two graphs: `rows` of the area from `top` on, the first of them its title. */
static void draw_half(struct tl_view *view, const struct graph *g, const struct tl_area *area, int top, int rows,
                      bool bits, bool fine)
{
    int heights[DOTS_MOST + WIDE] = { 0 };
    char label[TL_GRID_CELL], title[TL_GRID_CELL];
    double most = 0;
    for (int i = 0; i < g->dots; i++)
        most = value_of(g, i, bits) > most ? value_of(g, i, bits) : most;
    double top_value = round_up(most);
    for (int i = 0; i < g->dots; i++)
        heights[i] = height_of(value_of(g, i, bits), top_value, (rows - 1) * HIGH);
    tl_grid_number(label, (uint64_t)(most + 0.5));
    snprintf(title, sizeof title, "%s, at most %.20s", bits ? "bit/s" : "packets/s", label);
    tl_screen_text(tl_view_screen(view), area, top, MARGIN, area->columns, TL_STYLE_HEADING, title, strlen(title));
    put_label(view, area, top + 1, top_value);
    if (rows > HALF_LEAST && rows % 2 != 0 && top_value >= 2)
        put_label(view, area, top + 1 + (rows - 1) / 2, top_value / 2);
    for (int row = 1; row < rows; row++)
        draw_row(view, g, area, top + row, (rows - 1 - row) * HIGH, heights, fine);
    if (rows > 2)
        put_label(view, area, top + rows - 1, 0);
}

/* A tick at the begin of this dot, and its time; right: the time is before the tick. Returns the column after it. */
static int draw_tick(struct tl_view *view, const struct graph *g, const struct tl_area *area, int row, int64_t dot,
                     bool right, int from)
{
    char text[TL_GRID_CELL];
    int wide = tl_screen_has_lines(tl_view_screen(view)) ? WIDE : 1;
    int column = MARGIN + (int)((dot - (g->end - g->dots)) / wide);
    tl_view_put_date_cell(view, text + 1, tl_bucket_begin(dot, scales[g->scale]), scales[g->scale] < S ? 3 : 0);
    text[0] = '|';
    size_t len = strlen(text);
    if (right) {
        memmove(text, text + 1, len - 1);
        text[len - 1] = '|';
        column -= (int)len;
    }
    if (column < from || column + (int)len > area->columns)
        return from;
    return column + tl_screen_text(tl_view_screen(view), area, row, column, area->columns, TL_STYLE_DIM, text, len) + 1;
}

/* The begin, the end, and as many times between them as have room. */
static void draw_times(struct tl_view *view, const struct graph *g, const struct tl_area *area, int row)
{
    int64_t begin = g->end - g->dots;
    int ticks = (area->columns - MARGIN) / TICK_WIDTH, used = draw_tick(view, g, area, row, begin, false, 0);
    for (int i = 1; i < ticks; i++)
        used = draw_tick(view, g, area, row, begin + (int64_t)g->dots * i / ticks, false, used);
    (void)draw_tick(view, g, area, row, g->end, true, used);
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct graph *g = state;
    int64_t first, last;
    bool fine = tl_screen_has_lines(tl_view_screen(view));
    (void)focused;
    if (!span(view, &first, &last)) {
        tl_screen_text(tl_view_screen(view), area, 1, MARGIN, area->columns, TL_STYLE_DIM, "no packets yet", 14);
        return;
    }
    g->dots = (area->columns - MARGIN) * (fine ? WIDE : 1);
    if (g->dots > DOTS_MOST)
        g->dots = DOTS_MOST;
    if (g->dots < WIDE || area->rows < 5)
        return;
    fit(g, first, last);
    for (int i = 0; i < g->dots; i++)
        g->amounts[i] = tl_buckets_amount(tl_tally_buckets(tl_view_tally(view)), scales[g->scale], g->end - g->dots + i,
                                          g->protocol);
    int half = (area->rows - 1) / 2;
    draw_half(view, g, area, 0, half, false, fine);
    draw_half(view, g, area, half, area->rows - 1 - half, true, fine);
    draw_times(view, g, area, area->rows - 1);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    const struct graph *g = state;
    char scale[32];
    put_scale(scale, sizeof scale, scales[g->scale]);
    snprintf(out, room, "%s, %s a dot%s%s",
             g->protocol == TL_BUCKET_ALL ? "all protocols" : tl_view_protocol_name(view, g->protocol), scale,
             g->stays ? "" : ", to the newest", tl_tally_lag(tl_view_tally(view)));
}

/* --- keys --- */

static void enter(struct tl_view *view, void *state)
{
    struct graph *g = state;
    (void)view;
    if (g->dots == 0)
        g->protocol = TL_BUCKET_ALL;
}

static bool changed(struct tl_view *view, void *state)
{
    struct graph *g = state;
    uint64_t counted = tl_tally_sums(tl_view_tally(view)).counted;
    bool more = counted != g->counted;
    g->counted = counted;
    return more;
}

/* Changes the scale around the middle, or at the newest end. */
static void zoom_to(struct graph *g, unsigned scale)
{
    int64_t middle = tl_bucket_begin(g->end - g->dots / 2, scales[g->scale]);
    if (scale >= TL_COUNT(scales))
        return;
    g->scale = scale;
    g->chosen_scale = true;
    g->end = floor_div(middle, scales[scale]) + g->dots / 2;
}

static void zoom_in(struct tl_view *view, void *state)
{
    struct graph *g = state;
    (void)view;
    if (g->scale > 0)
        zoom_to(g, g->scale - 1);
}

static void zoom_out(struct tl_view *view, void *state)
{
    struct graph *g = state;
    (void)view;
    zoom_to(g, g->scale + 1);
}

static void show_all(struct tl_view *view, void *state)
{
    struct graph *g = state;
    (void)view;
    g->chosen_scale = g->stays = false;
}

/* The next protocol that has packets, in either direction; "all protocols" is one of them. */
static void step_protocol(struct tl_view *view, struct graph *g, unsigned by)
{
    for (unsigned i = 0; i < TL_BUCKET_SERIES; i++) {
        uint64_t sum = 0;
        g->protocol = (g->protocol + by) % TL_BUCKET_SERIES;
        for (unsigned stack = 0; stack < TL_STORE_STACKS && sum == 0; stack++) {
            const struct tl_stack *layers = tl_store_stack(tl_view_store(view), stack);
            uint64_t packets = 0, bytes;
            if (layers->count > 0 && layers->layers[layers->count - 1] == g->protocol)
                tl_tally_stack(tl_view_tally(view), stack, &packets, &bytes);
            sum += packets;
        }
        if (g->protocol == TL_BUCKET_ALL || sum > 0)
            return;
    }
}

static void next_protocol(struct tl_view *view, void *state)
{
    step_protocol(view, state, 1);
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct graph *g = state;
    int64_t first, last, step = g->dots / 8 + 1, page = g->dots - step;
    if (how == TL_MOVE_ENTER)
        tl_view_does_nothing(view, "Enter");
    if (how == TL_MOVE_ENTER || !span(view, &first, &last))
        return;
    int64_t newest = floor_div(last, scales[g->scale]) + 1, oldest = floor_div(first, scales[g->scale]) + 1;
    if (how == TL_MOVE_UP || how == TL_MOVE_DOWN) {
        step_protocol(view, g, how == TL_MOVE_UP ? TL_BUCKET_SERIES - 1 : 1);
        return;
    }
    g->end += how == TL_MOVE_LEFT      ? -step
              : how == TL_MOVE_RIGHT   ? step
              : how == TL_MOVE_PAGE_UP ? -page
              : how == TL_MOVE_PAGE_DOWN ? page : 0;
    if (how == TL_MOVE_HOME)
        g->end = oldest - 1 + g->dots;
    if (g->end < oldest)
        g->end = oldest;
    g->stays = how != TL_MOVE_END && g->end < newest;
    g->chosen_scale = true;
}

static const struct tl_binding keys[] = {
    { '+', "+", "zoom in; Left and Right move in time", zoom_in },
    { '=', NULL, NULL, zoom_in },
    { '-', "-", "zoom out", zoom_out },
    { '0', "0", "show the whole time range", show_all },
    { 'o', "o Up Down", "only packets of the next innermost protocol, or all", next_protocol },
    { 0 },
};

static const char *const notes[] = { "/ and \\ search nothing here: the graph has no text.", NULL };

const struct tl_pane tl_pane_graph = {
    .name = "graph",
    .title = "Graph",
    .page = "graph",
    .share = 1,
    .state_size = sizeof(struct graph),
    .notes = notes,
    .keys = keys,
    .enter = enter,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
};
