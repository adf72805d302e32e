/* ranked_list.c - takes the order from the ranking; the chosen thing is kept by its number, not by its place. */
#include "ui/panes/ranked_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ui/store/source.h"
#include "ui/tasks/reader.h"

void tl_ranked_list_start(struct tl_view *view, struct tl_ranked_list *ranked, const struct tl_ranked_list_kind *kind,
                          const struct tl_ranked *what)
{
    if (ranked->ranking != NULL)
        return;
    if (ranked->kind == NULL)
        ranked->table = kind->table;
    ranked->kind = kind;
    ranked->asked = UINT64_MAX;
    ranked->ranking = tl_ranking_new(what, TL_RANKED_MOST, tl_view_source(view)->memory,
                                     tl_reader_fd(tl_view_reader(view)));
    if (ranked->ranking == NULL)
        tl_view_say(view, true, "out of memory: cannot sort the %s; raise --mem", kind->things);
}

void tl_ranked_list_leave(void *state)
{
    struct tl_ranked_list *ranked = state;
    tl_order_free(ranked->order);
    tl_ranking_free(ranked->ranking);
    ranked->ranking = NULL;
    ranked->order = NULL;
}

static uint32_t count_of(const struct tl_ranked_list *ranked)
{
    return ranked->order != NULL ? ranked->order->count : 0;
}

static void choose(struct tl_ranked_list *ranked, uint64_t place)
{
    if (place >= count_of(ranked))
        return;
    ranked->list.chosen = place;
    ranked->chosen = ranked->order->items[place];
}

static void choose_and_follow(struct tl_view *view, struct tl_ranked_list *ranked, uint64_t place)
{
    choose(ranked, place);
    if (ranked->kind->follow != NULL && count_of(ranked) > 0)
        ranked->kind->follow(view, ranked->chosen);
}

/* The chosen thing stays on its row of the screen, unless it is the first one: then the first place stays chosen. */
static void take(struct tl_ranked_list *ranked, struct tl_rank_order *order)
{
    bool had = count_of(ranked) > 0, top = ranked->list.chosen == 0;
    uint64_t from_top = ranked->list.chosen - ranked->list.top;
    tl_order_free(ranked->order);
    ranked->order = order;
    if (!had || top) {
        ranked->list.chosen = ranked->list.top = 0;
        if (order->count > 0)
            ranked->chosen = order->items[0];
        return;
    }
    uint32_t place = 0;
    while (place < order->count && order->items[place] != ranked->chosen)
        place++;
    if (place < order->count)
        ranked->list.chosen = place;
    else /* it is gone: choose the thing in its place */
        choose(ranked, ranked->list.chosen < order->count ? ranked->list.chosen : order->count - 1);
    ranked->list.top = ranked->list.chosen > from_top ? ranked->list.chosen - from_top : 0;
}

/* --- search --- */

enum { SEEK_ROWS = 4096 }; /* at a time: some 20 ms */

bool tl_row_has(const struct tl_grid *table, const struct tl_grid_line *line, const struct tl_needle *needle)
{
    struct tl_buffer text = { 0 };
    tl_grid_put_line(&text, table, line);
    const size_t len = text.len;
    tl_put_char(&text, '\0'); /* AddressSanitizer reads what regexec() gets as a string, whatever its length */
    bool has = !text.failed && tl_needle_first(needle, text.data, len, 0) < len;
    tl_buffer_fini(&text);
    return has;
}

static bool row_has(struct tl_view *view, const struct tl_ranked_list *ranked, uint32_t place,
                    const struct tl_needle *needle)
{
    struct tl_grid_line line;
    tl_grid_begin(&line);
    ranked->kind->fill(view, ranked->order->items[place], &line);
    return tl_row_has(&ranked->table, &line, needle);
}

static void found(struct tl_view *view, struct tl_ranked_list *ranked, uint32_t place)
{
    struct tl_seek *seek = &ranked->seek;
    choose_and_follow(view, ranked, place);
    if (seek->backwards ? place >= seek->from : place <= seek->from)
        tl_view_say(view, false, "found, continued from the %s", seek->backwards ? "end" : "beginning");
    else
        tl_view_say(view, false, "%s", "");
}

/* Looks at the next rows. Where more are left, the view is woken to go on. true: it ended. */
static bool seek(struct tl_view *view, struct tl_ranked_list *ranked)
{
    static const uint64_t one = 1;
    struct tl_seek *seek = &ranked->seek;
    uint32_t count = count_of(ranked);
    for (unsigned i = 0; i < SEEK_ROWS && seek->done < count; i++) {
        uint64_t by = ++seek->done;
        uint32_t place = (uint32_t)((seek->from + (seek->backwards ? count - by : by)) % count);
        if (!row_has(view, ranked, place, &seek->needle))
            continue;
        seek->runs = false;
        found(view, ranked, place);
        return true;
    }
    seek->runs = seek->done < count && write(tl_view_news(view), &one, sizeof one) == sizeof one;
    if (seek->runs)
        tl_view_say(view, false, "searching the %s: %u %%, a key that moves stops it", ranked->kind->things,
                    (unsigned)((uint64_t)seek->done * 100 / count));
    else
        tl_view_say(view, true, "not found: %s", seek->needle.text);
    return !seek->runs;
}

void tl_ranked_list_find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    struct tl_ranked_list *ranked = state;
    if (ranked->kind == NULL)
        return;
    ranked->seek = (struct tl_seek){ .needle = *needle, .from = (uint32_t)ranked->list.chosen, .backwards = backwards };
    (void)seek(view, ranked);
}

static void stop_seek(struct tl_view *view, struct tl_ranked_list *ranked)
{
    if (ranked->seek.runs)
        tl_view_say(view, false, "search stopped");
    ranked->seek.runs = false;
}

/* --- the order --- */

bool tl_ranked_list_changed(struct tl_view *view, void *state)
{
    struct tl_ranked_list *ranked = state;
    if (ranked->ranking == NULL)
        return false;
    if (ranked->seek.runs)
        (void)seek(view, ranked);
    uint64_t stamp = ranked->kind->stamp(view, state);
    bool other = ranked->table.marked != ranked->asked_column || ranked->table.descending != ranked->asked_descending;
    if (other || (stamp != ranked->asked && !ranked->held)) {
        ranked->asked = stamp;
        ranked->asked_column = ranked->table.marked;
        ranked->asked_descending = ranked->table.descending;
        ranked->stale = true;
        tl_ranking_want(ranked->ranking, ranked->table.marked, ranked->table.descending);
    }
    struct tl_rank_order *order = tl_ranking_take(ranked->ranking);
    if (order != NULL) {
        ranked->stale = false;
        take(ranked, order);
    }
    return order != NULL;
}

static void draw_none(struct tl_view *view, const struct tl_ranked_list *ranked, const struct tl_area *area)
{
    char none[96];
    bool left_out = ranked->order != NULL && ranked->order->left_out > 0;
    bool sorts = ranked->order == NULL || ranked->stale || ranked->kind->stamp(view, ranked) != ranked->asked;
    const char *why = ranked->kind->none != NULL ? ranked->kind->none(view, ranked) : NULL;
    int n = snprintf(none, sizeof none,
                     left_out                   ? "out of memory: cannot sort the %s; raise --mem"
                     : sorts                    ? "sorting the %s"
                     : tl_view_has_ended(view) ? "no %s"
                                                : "no %s yet",
                     ranked->kind->things);
    if (why != NULL && !left_out && !sorts)
        n = snprintf(none, sizeof none, "%s", why);
    if (n > 0)
        tl_screen_text(tl_view_screen(view), area, 1, 0, area->columns, TL_STYLE_DIM, none, (size_t)n);
}

uint64_t tl_ranked_list_fit(struct tl_ranked_list *ranked, const struct tl_area *area)
{
    tl_list_fit(&ranked->list, 0, count_of(ranked), area->rows - 1);
    return ranked->list.top;
}

void tl_ranked_list_draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct tl_ranked_list *ranked = state;
    uint32_t count = count_of(ranked);
    ranked->columns = area->columns;
    if (ranked->kind == NULL)
        return;
    if (ranked->kind->time_column < ranked->table.count)
        ranked->table.columns[ranked->kind->time_column].width = tl_view_time_width(view);
    tl_grid_draw_heading(tl_view_screen(view), &ranked->table, area);
    if (count == 0) {
        draw_none(view, ranked, area);
        return;
    }
    (void)tl_ranked_list_fit(ranked, area);
    for (int row = 1; row < area->rows; row++) {
        uint64_t place = ranked->list.top + (uint64_t)row - 1;
        struct tl_grid_line line;
        if (place >= count)
            break;
        tl_grid_begin(&line);
        ranked->kind->fill(view, ranked->order->items[place], &line);
        enum tl_style chosen = focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN;
        enum tl_style style = place == ranked->list.chosen ? chosen : TL_STYLE_TEXT;
        tl_grid_draw_line(tl_view_screen(view), &ranked->table, area, row, &line, style);
    }
}

void tl_ranked_list_move(struct tl_view *view, void *state, enum tl_move move)
{
    struct tl_ranked_list *ranked = state;
    struct tl_grid *table = &ranked->table;
    if (ranked->kind == NULL)
        return;
    stop_seek(view, ranked);
    if (move == TL_MOVE_ENTER) {
        if (count_of(ranked) == 0)
            tl_view_say(view, false, "there is nothing to open");
        else if (ranked->kind->open != NULL)
            ranked->kind->open(view, ranked->chosen);
        else
            tl_view_does_nothing(view, "Enter");
        return;
    }
    if (move == TL_MOVE_LEFT || move == TL_MOVE_RIGHT) {
        table->marked = (table->marked + (move == TL_MOVE_LEFT ? table->count - 1 : 1)) % table->count;
        return;
    }
    tl_list_move(&ranked->list, 0, count_of(ranked), move);
    choose_and_follow(view, ranked, ranked->list.chosen);
}

void tl_ranked_list_click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct tl_ranked_list *ranked = state;
    struct tl_grid *table = &ranked->table;
    stop_seek(view, ranked);
    if (row > 0) {
        choose(ranked, ranked->list.top + (uint64_t)row - 1);
        return;
    }
    unsigned clicked = tl_grid_column_at(table, area, column);
    if (clicked == table->marked)
        table->descending = !table->descending;
    else if (clicked < table->count)
        table->marked = clicked;
}

size_t tl_ranked_list_note(const struct tl_ranked_list *ranked, char *note, size_t room)
{
    uint32_t count = count_of(ranked), left_out = ranked->order != NULL ? ranked->order->left_out : 0;
    uint64_t place = count > 0 ? ranked->list.chosen + 1 : 0;
    int n = snprintf(note, room, left_out > 0 ? "%" PRIu64 "/%u%s, %u left out (raise --mem)" : "%" PRIu64 "/%u%s",
                     place, count, ranked->held ? " held" : "", left_out);
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

size_t tl_ranked_list_note_columns(const struct tl_ranked_list *ranked, char *note, size_t room)
{
    unsigned before = 0, after = 0;
    if (ranked->columns > 0)
        tl_grid_left_out(&ranked->table, ranked->columns, &before, &after);
    note[0] = '\0';
    if (before + after == 0)
        return 0;
    int n = snprintf(note, room, "%u more column%s: Left, Right; ", before + after, before + after == 1 ? "" : "s");
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void tl_ranked_list_reverse(struct tl_view *view, void *state)
{
    struct tl_ranked_list *ranked = state;
    (void)view;
    ranked->table.descending = !ranked->table.descending;
}

void tl_ranked_list_hold(struct tl_view *view, void *state)
{
    struct tl_ranked_list *ranked = state;
    ranked->held = !ranked->held;
    ranked->asked = UINT64_MAX;
    tl_view_say(view, false, ranked->held ? "the order is held" : "the order follows the values");
}
