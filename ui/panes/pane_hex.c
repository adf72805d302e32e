/* pane_hex.c - the bytes of the chosen packet; the field of the byte under the cursor is chosen in the tree. */
#include <stdio.h>

#include "ui/panes/pane.h"
#include "ui/tasks/packet_tree.h"

struct hex {
    uint32_t cursor; /* offset in the source that is shown */
    uint32_t top;    /* its first byte on the screen */
    uint32_t line;   /* of the tree, when the cursor was set */
    uint64_t row;
    bool known;
    int rows, width; /* as drawn last: rows, and bytes a row */
};

enum { WIDE = 16, NARROW = 8, OFFSET_COLUMNS = 6 };

/* Column of byte i of a row: two digits and a blank each, one more blank in the middle. */
static int hex_column(int i, int width)
{
    return OFFSET_COLUMNS + i * 3 + (i >= width / 2);
}

static int text_column(int i, int width)
{
    return OFFSET_COLUMNS + width * 3 + 2 + i;
}

static const struct tl_tree_line *chosen_line(const struct tl_view *view)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    return tree != NULL && tl_view_tree_line(view) < tree->line_count ? &tree->lines[tl_view_tree_line(view)] : NULL;
}

static const struct tl_tree_bytes *source_of(const struct tl_view *view)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    const struct tl_tree_line *line = chosen_line(view);
    if (tree == NULL || tree->source_count == 0)
        return NULL;
    return &tree->sources[line != NULL && line->source < tree->source_count ? line->source : 0];
}

/* If another line of the tree was chosen, the cursor moves to its bytes. */
static void follow_tree(struct tl_view *view, struct hex *h)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    const struct tl_tree_line *line = chosen_line(view);
    if (h->known && h->line == tl_view_tree_line(view) && tree != NULL && h->row == tree->row)
        return;
    h->cursor = line != NULL ? line->off : 0;
    h->line = tl_view_tree_line(view);
    h->row = tree != NULL ? tree->row : 0;
    h->known = true;
}

static void scroll(struct hex *h, uint32_t len)
{
    uint32_t width = (uint32_t)h->width, page = width * (uint32_t)(h->rows > 0 ? h->rows : 1);
    uint32_t at = h->cursor / width * width;
    h->top = h->top / width * width;
    if (at < h->top)
        h->top = at;
    if (at >= h->top + page)
        h->top = at - page + width;
    if (h->top >= len)
        h->top = 0;
}

static void draw_byte(struct tl_view *view, const struct tl_area *area, int at, int i, const struct hex *h,
                      uint8_t byte, enum tl_style style)
{
    static const char digits[] = "0123456789abcdef";
    const char two[] = { digits[byte >> 4], digits[byte & 15] };
    char c = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
    tl_screen_text(tl_view_screen(view), area, at, hex_column(i, h->width), 2, style, two, 2);
    tl_screen_text(tl_view_screen(view), area, at, text_column(i, h->width), 1, style, &c, 1);
}

/* Chooses the smallest field that contains the byte; of equal ones the last, which is the deepest. */
static void choose_field(struct tl_view *view, struct hex *h)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    const struct tl_tree_line *now = chosen_line(view);
    uint8_t source = now != NULL ? now->source : 0;
    uint32_t best = tree->line_count;
    for (uint32_t i = 0; i < tree->line_count; i++) {
        const struct tl_tree_line *line = &tree->lines[i];
        if (line->wrong || line->source != source || h->cursor < line->off || h->cursor - line->off >= line->len)
            continue;
        if (best == tree->line_count || line->len <= tree->lines[best].len)
            best = i;
    }
    if (best < tree->line_count)
        tl_view_choose_line(view, best);
    h->line = tl_view_tree_line(view);
}

static void put_cursor(struct tl_view *view, struct hex *h, int64_t at)
{
    const struct tl_tree_bytes *source = source_of(view);
    if (source == NULL || source->len == 0)
        return;
    h->cursor = at < 0 ? 0 : at >= source->len ? source->len - 1 : (uint32_t)at;
    choose_field(view, h);
}

/* Moves the cursor to what was found, and chooses its field. */
static void land(struct tl_view *view, struct hex *h)
{
    struct tl_search_place found;
    if (!tl_view_take_found(view, TL_SEARCH_BYTES, &found))
        return;
    for (uint32_t i = 0; i < tl_view_tree(view)->line_count; i++) {
        if (tl_view_tree(view)->lines[i].source != found.source)
            continue;
        tl_view_choose_line(view, i);
        follow_tree(view, h);
        put_cursor(view, h, found.off);
        return;
    }
}

static uint64_t needs(struct tl_view *view, void *state, int columns)
{
    const struct tl_tree_bytes *source = source_of(view);
    uint32_t width = columns >= text_column(WIDE, WIDE) ? WIDE : NARROW;
    (void)state;
    return source != NULL ? (source->len + width - 1) / width : 0;
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct hex *h = state;
    land(view, h);
    const struct tl_tree_bytes *source = source_of(view);
    const struct tl_tree_line *line = chosen_line(view);
    h->rows = area->rows;
    h->width = area->columns >= text_column(WIDE, WIDE) ? WIDE : NARROW;
    if (source == NULL)
        return;
    follow_tree(view, h);
    scroll(h, source->len);
    for (int at = 0; at < area->rows; at++) {
        uint32_t first = h->top + (uint32_t)(at * h->width);
        char offset[16];
        if (first >= source->len)
            break;
        int n = snprintf(offset, sizeof offset, "%04x", first);
        tl_screen_text(tl_view_screen(view), area, at, 0, OFFSET_COLUMNS, TL_STYLE_DIM, offset, (size_t)n);
        for (int i = 0; i < h->width && first + (uint32_t)i < source->len; i++) {
            uint32_t off = first + (uint32_t)i;
            bool lit = line != NULL && off >= line->off && off - line->off < line->len;
            enum tl_style style = focused && off == h->cursor ? TL_STYLE_CURSOR : lit ? TL_STYLE_LIT : TL_STYLE_TEXT;
            draw_byte(view, area, at, i, h, source->data[off], style);
        }
    }
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct hex *h = state;
    int width = h->width > 0 ? h->width : WIDE, page = width * (h->rows > 1 ? h->rows - 1 : 1);
    const int64_t steps[] = {
        [TL_MOVE_UP] = -width,      [TL_MOVE_DOWN] = width, [TL_MOVE_PAGE_UP] = -page, [TL_MOVE_PAGE_DOWN] = page,
        [TL_MOVE_HOME] = INT32_MIN, [TL_MOVE_END] = INT32_MAX, [TL_MOVE_LEFT] = -1,    [TL_MOVE_RIGHT] = 1,
        [TL_MOVE_ENTER] = 0,
    };
    if (how == TL_MOVE_ENTER) {
        tl_view_does_nothing(view, "Enter");
        return;
    }
    follow_tree(view, h);
    put_cursor(view, h, (int64_t)h->cursor + steps[how]);
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    const struct hex *h = state;
    const struct tl_tree_line *line = chosen_line(view);
    struct tl_search_place from = { .row = tl_view_packet(view),
                                    .source = line != NULL && tl_view_line_by_user(view) ? line->source : 0,
                                    .off = tl_view_line_by_user(view) ? h->cursor : 0 };
    tl_view_search(view, needle, TL_SEARCH_BYTES, &from, backwards);
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct hex *h = state;
    (void)area;
    for (int i = 0; i < h->width; i++) {
        int at = hex_column(i, h->width);
        if ((column < at || column > at + 2) && column != text_column(i, h->width))
            continue;
        follow_tree(view, h);
        put_cursor(view, h, (int64_t)h->top + row * h->width + i);
        return;
    }
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    const struct hex *h = state;
    const struct tl_tree_bytes *source = source_of(view);
    out[0] = '\0';
    if (source != NULL)
        snprintf(out, room, "%s, byte %u of %u", source->label, h->cursor, source->len);
}

/* Chooses the first field of the next source: reassembled data has bytes of its own. */
static void other_source(struct tl_view *view, void *state)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    const struct tl_tree_line *now = chosen_line(view);
    (void)state;
    if (tree == NULL || now == NULL || tree->source_count < 2) {
        tl_view_say(view, false, "nothing was reassembled in this packet");
        return;
    }
    uint8_t next = (uint8_t)((now->source + 1u) % tree->source_count);
    for (uint32_t i = 0; i < tree->line_count; i++) {
        if (tree->lines[i].source == next) {
            tl_view_choose_line(view, i);
            return;
        }
    }
}

static void copy_field(struct tl_view *view, void *state)
{
    const struct tl_tree_bytes *source = source_of(view);
    const struct tl_tree_line *line = chosen_line(view);
    (void)state;
    if (source == NULL || line == NULL || line->off >= source->len)
        return;
    uint32_t left = source->len - line->off;
    tl_view_copy_hex(view, "the highlighted bytes", source->data + line->off, line->len < left ? line->len : left);
}

static void copy_all(struct tl_view *view, void *state)
{
    const struct tl_tree_bytes *source = source_of(view);
    (void)state;
    if (source != NULL)
        tl_view_copy_hex(view, source->label, source->data, source->len);
}

static const struct tl_binding keys[] = {
    { 'y', "y", "copy the highlighted bytes as hexadecimal digits (Y: all bytes)", copy_field },
    { 'Y', NULL, NULL, copy_all },
    { 'o', "o", "switch between the packet's bytes and reassembled bytes", other_source },
    { 0 },
};

const struct tl_pane tl_pane_hex = {
    .name = "hex",
    .title = "Bytes",
    .page = "packets",
    .share = 3,
    .state_size = sizeof(struct hex),
    .keys = keys,
    .needs = needs,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
};
