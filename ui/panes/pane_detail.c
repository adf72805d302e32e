/* pane_detail.c - the tree of the chosen packet; the chosen field is highlighted in the bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/panes/pane.h"
#include "ui/screen/list.h"
#include "ui/tasks/packet_tree.h"

enum { INDENT = 2 };

struct detail {
    struct tl_list list;
    uint32_t *shown; /* owned: lines that are not folded away */
    uint32_t count, capacity;
    uint64_t row;     /* packet whose tree was drawn last, + 1 */
    bool folded[256]; /* by the number of the layer in the packet */
};

/* Collects the lines that are shown: all except those below a folded layer. */
static void gather(struct tl_view *view, struct detail *d)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    uint32_t total = tree != NULL ? tree->line_count : 0, layer = 0;
    d->count = 0;
    if (total > d->capacity) {
        uint32_t *grown = realloc(d->shown, total * sizeof *grown);
        if (grown == NULL)
            return;
        d->shown = grown;
        d->capacity = total;
    }
    bool folded = false;
    for (uint32_t i = 0; i < total; i++) {
        if (tree->lines[i].layer) {
            folded = d->folded[layer & 255];
            layer++;
        } else if (folded) {
            continue;
        }
        d->shown[d->count++] = i;
    }
}

static uint32_t place_of(const struct detail *d, uint32_t line)
{
    uint32_t at = 0;
    while (at + 1 < d->count && d->shown[at + 1] <= line)
        at++;
    return at;
}

static void draw_line(struct tl_view *view, const struct tl_area *area, int at, uint32_t index, bool folded,
                      bool focused)
{
    const struct tl_tree_line *line = &tl_view_tree(view)->lines[index];
    bool chosen = index == tl_view_tree_line(view);
    enum tl_style style = line->wrong ? TL_STYLE_WRONG : line->layer ? TL_STYLE_LAYER : TL_STYLE_TEXT;
    if (chosen)
        style = focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN;
    if (chosen)
        tl_screen_fill(tl_view_screen(view), area, at, 0, area->columns, style);
    if (line->layer)
        tl_screen_text(tl_view_screen(view), area, at, 0, 1, style, folded ? "+" : "-", 1);
    tl_screen_text(tl_view_screen(view), area, at, INDENT * (line->depth + 1), area->columns, style,
                   tl_view_tree(view)->text + line->text, line->text_len);
}

static uint32_t layer_number(const struct tl_packet_tree *tree, uint32_t index)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i <= index && i < tree->line_count; i++)
        n += tree->lines[i].layer;
    return n;
}

/* Chooses the line, and makes it visible. */
static void unfold(struct tl_view *view, struct detail *d, uint32_t line)
{
    if (line >= tl_view_tree(view)->line_count)
        return;
    tl_view_choose_line(view, line);
    d->folded[layer_number(tl_view_tree(view), line) & 255] = false;
}

static uint64_t needs(struct tl_view *view, void *state, int columns)
{
    struct detail *d = state;
    (void)columns;
    gather(view, d);
    return d->count;
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct detail *d = state;
    const struct tl_packet_tree *tree = tl_view_tree(view);
    if (tl_store_count(tl_view_store(view)) > 0 && (tree == NULL || tree->row != tl_view_packet(view)))
        tl_view_draws_part(view);
    if (tree == NULL || tree->gone) {
        const char *why = tree == NULL ? "" : "the bytes of this packet are gone";
        tl_screen_text(tl_view_screen(view), area, 0, INDENT, area->columns, TL_STYLE_DIM, why, strlen(why));
        return;
    }
    struct tl_search_place found;
    if (tl_view_take_found(view, TL_SEARCH_FIELDS, &found))
        unfold(view, d, found.line);
    gather(view, d);
    d->list.chosen = place_of(d, tl_view_tree_line(view));
    if (d->row != tree->row + 1 && !tl_view_line_by_user(view))
        d->list.top = d->list.chosen; /* its fields are below it */
    d->row = tree->row + 1;
    tl_list_fit(&d->list, 0, d->count, area->rows);
    for (int i = 0; i < area->rows && d->list.top + (uint64_t)i < d->count; i++) {
        uint32_t index = d->shown[d->list.top + (uint64_t)i];
        bool folded = tree->lines[index].layer && d->folded[layer_number(tree, index) & 255];
        draw_line(view, area, i, index, folded, focused);
    }
}

/* The layer line at or above the one that is chosen. */
static uint32_t layer_above(const struct tl_view *view)
{
    uint32_t at = tl_view_tree_line(view);
    while (at > 0 && !tl_view_tree(view)->lines[at].layer)
        at--;
    return at;
}

static void fold(struct tl_view *view, struct detail *d, bool folded)
{
    uint32_t layer = layer_above(view);
    d->folded[layer_number(tl_view_tree(view), layer) & 255] = folded;
    if (folded)
        tl_view_choose_line(view, layer);
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct detail *d = state;
    if (tl_view_tree(view) == NULL || tl_view_tree(view)->line_count == 0)
        return;
    if (how == TL_MOVE_LEFT || how == TL_MOVE_RIGHT) {
        fold(view, d, how == TL_MOVE_LEFT);
        return;
    }
    if (how == TL_MOVE_ENTER) {
        fold(view, d, !d->folded[layer_number(tl_view_tree(view), layer_above(view)) & 255]);
        return;
    }
    gather(view, d);
    d->list.chosen = place_of(d, tl_view_tree_line(view));
    tl_list_move(&d->list, 0, d->count, how);
    tl_view_choose_line(view, d->shown[d->list.chosen]);
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct detail *d = state;
    (void)area;
    if (tl_view_tree(view) == NULL || d->list.top + (uint64_t)row >= d->count)
        return;
    tl_view_choose_line(view, d->shown[d->list.top + (uint64_t)row]);
    if (column < INDENT && tl_view_tree(view)->lines[tl_view_tree_line(view)].layer)
        move(view, state, TL_MOVE_ENTER);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    (void)state;
    out[0] = '\0';
    if (tl_view_tree(view) != NULL)
        snprintf(out, room, "packet %llu", (unsigned long long)tl_view_tree(view)->row + 1);
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    struct tl_search_place from = { .row = tl_view_packet(view),
                                    .line = tl_view_line_by_user(view) ? tl_view_tree_line(view) : 0 };
    (void)state;
    tl_view_search(view, needle, TL_SEARCH_FIELDS, &from, backwards);
}

static void leave(void *state)
{
    free(((struct detail *)state)->shown);
}

static void fold_all(struct tl_view *view, void *state)
{
    struct detail *d = state;
    bool any_open = false;
    for (size_t i = 0; i < TL_COUNT(d->folded); i++)
        any_open |= !d->folded[i];
    memset(d->folded, any_open, sizeof d->folded);
    if (tl_view_tree(view) != NULL && tl_view_tree(view)->line_count > 0)
        tl_view_choose_line(view, any_open ? layer_above(view) : tl_view_tree_line(view));
}

static void copy(struct tl_view *view, void *state)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    (void)state;
    if (tree == NULL || tl_view_tree_line(view) >= tree->line_count)
        return;
    const struct tl_tree_line *line = &tree->lines[tl_view_tree_line(view)];
    tl_view_copy(view, line->layer ? "the layer" : "the field", tree->text + line->text, line->text_len);
}

static void filter_by(struct tl_view *view, void *state)
{
    const struct tl_packet_tree *tree = tl_view_tree(view);
    (void)state;
    if (tree == NULL || tl_view_tree_line(view) >= tree->line_count)
        return;
    const struct tl_tree_line *line = &tree->lines[tl_view_tree_line(view)];
    if (line->filter_len > 0)
        tl_view_filter_by(view, tree->filters + line->filter, line->filter_len);
    else
        tl_view_say(view, false, "there is no filter for this line");
}

static const struct tl_binding keys[] = {
    { 'y', "y", "copy the field", copy },
    { 'A', "A", "filter by the field, as a right click; Up and Down combine filters", filter_by },
    { '-', "-", "fold or unfold all layers (Left, Right and Enter: one layer)", fold_all },
    { 0 },
};

const struct tl_pane tl_pane_detail = {
    .name = "detail",
    .title = "Fields",
    .page = "packets",
    .share = 4,
    .state_size = sizeof(struct detail),
    .keys = keys,
    .needs = needs,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
    .leave = leave,
};
