/* search.c - decodes packet after packet until one has it. */
#include "ui/tasks/search.h"

#include <stdlib.h>

#include "ui/tasks/decode.h"
#include "ui/tasks/task.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/shown.h"

enum { BLOCK = 2048 }; /* rows that are decoded at a time on the way back */

struct tl_search {
    struct tl_task task;
    bool wanted;                /* its end is not told yet */
    const struct tl_packet_source *source;
    struct tl_needle needle;
    struct tl_subset subset;        /* that is shown: only its packets */
    enum tl_search_scope scope;
    struct tl_search_place from;
    bool backwards;
    struct tl_decode decode;    /* in the task's thread */
    /* What came of it: */
    bool failed, found, wrapped;
    uint64_t start;             /* row, scanned first and again at last */
    uint64_t gone;              /* packets that could not be looked into */
    struct tl_search_place place;
    bool to_land;               /* the view's: the pane was not told */
};

/* --- in a packet --- */

static bool is_before(const struct tl_search_place *a, const struct tl_search_place *b)
{
    if (a->row != b->row)
        return a->row < b->row;
    if (a->line != b->line)
        return a->line < b->line;
    return a->source != b->source ? a->source < b->source : a->off < b->off;
}

/* Takes the place, if it is the first there is behind `after`, or (backwards) the last before `before`. */
static bool take(struct tl_search *s, const struct tl_search_place *at, const struct tl_search_place *limit)
{
    if (limit != NULL && (s->backwards ? !is_before(at, limit) : !is_before(limit, at)))
        return false;
    s->place = *at;
    s->found = true;
    return true;
}

static bool look_in_line(struct tl_search *s, const struct tl_list_line *line, const struct tl_search_place *limit)
{
    char text[sizeof *line];
    size_t len = tl_list_line_text(line, text, sizeof text);
    return tl_needle_first(&s->needle, text, len, 0) < len &&
           take(s, &(struct tl_search_place){ .row = line->row }, limit);
}

static bool look_in_fields(struct tl_search *s, uint64_t row, const struct tl_tree *tree,
                           const struct tl_search_place *limit)
{
    struct tl_packet_tree *t = tl_packet_tree_new(row, &s->decode.protocols, tree);
    bool any = false;
    for (uint32_t n = 0; t != NULL && n < t->line_count && !any; n++) {
        uint32_t i = s->backwards ? t->line_count - 1 - n : n;
        const struct tl_tree_line *line = &t->lines[i];
        if (tl_needle_first(&s->needle, t->text + line->text, line->text_len, 0) < line->text_len)
            any = take(s, &(struct tl_search_place){ .row = row, .line = i }, limit);
    }
    tl_packet_tree_free(t);
    return any;
}

static bool look_in_source(struct tl_search *s, struct tl_search_place at, const struct tl_tree_source *source,
                           const struct tl_search_place *limit)
{
    size_t len = source->len, off = s->backwards ? tl_needle_last(&s->needle, source->data, len, len)
                                                 : tl_needle_first(&s->needle, source->data, len, 0);
    while (off < len) {
        at.off = (uint32_t)off;
        if (take(s, &at, limit))
            return true;
        off = s->backwards ? tl_needle_last(&s->needle, source->data, len, off)
                           : tl_needle_first(&s->needle, source->data, len, off + 1);
    }
    return false;
}

static bool look_in_bytes(struct tl_search *s, uint64_t row, const struct tl_tree *tree,
                          const struct tl_search_place *limit)
{
    for (uint32_t n = 0; n < tree->source_count; n++) {
        uint32_t i = s->backwards ? tree->source_count - 1 - n : n;
        if (look_in_source(s, (struct tl_search_place){ .row = row, .source = i }, &tree->sources[i], limit))
            return true;
    }
    return false;
}

static bool look_in(struct tl_search *s, uint64_t row, const struct tl_tree *tree, const struct tl_search_place *limit)
{
    struct tl_list_line line = { .row = row };
    if (s->scope == TL_SEARCH_LINES || s->subset.text.len > 0)
        tl_decode_line(&s->decode, tree, &line);
    if (!tl_subset_has_line(&s->subset, &line))
        return false;
    if (s->scope == TL_SEARCH_LINES)
        return look_in_line(s, &line, limit);
    return s->scope == TL_SEARCH_FIELDS ? look_in_fields(s, row, tree, limit) : look_in_bytes(s, row, tree, limit);
}

/* --- from packet to packet --- */

/*
 * Rows [first, end), upwards; the last that has it, or the first where that is enough. false: called off, or none has
 * it.
 */
static bool scan(struct tl_search *s, uint64_t first, uint64_t end, const struct tl_search_place *limit)
{
    struct tl_row row;
    bool any = false;
    tl_decode_begin(&s->decode, first, false);
    for (uint64_t i = first; i < end && !tl_task_is_off(&s->task); i++) {
        atomic_fetch_add_explicit(&s->task.at, 1, memory_order_relaxed);
        bool there = tl_store_row(s->source->store, i, &row);
        bool has = there && tl_subset_has_row(&s->subset, s->source->store, &row);
        bool decoded = has || (there && tl_subset_cuts_flows(&s->subset));
        const struct tl_tree *tree = decoded ? tl_decode_row(&s->decode, i, &row) : NULL;
        s->gone += has && tree == NULL && (limit != NULL || i != s->start);
        if (!has || tree == NULL || !look_in(s, i, tree, limit))
            continue;
        any = true;
        if (!s->backwards)
            break;
    }
    return any && !tl_task_is_off(&s->task);
}

static bool scan_back(struct tl_search *s, uint64_t first, uint64_t end, const struct tl_search_place *limit)
{
    while (end > first && !tl_task_is_off(&s->task)) {
        uint64_t begin = end - first > BLOCK ? end - BLOCK : first;
        if (scan(s, begin, end, limit))
            return true;
        end = begin;
    }
    return false;
}

static void run(struct tl_task *task, void *context)
{
    struct tl_search *s = context;
    uint64_t first = tl_store_first(s->source->store), count = tl_store_count(s->source->store), row = s->from.row;
    s->failed = !tl_decode_init(&s->decode, s->source);
    if (row < first)
        row = first;
    s->start = row;
    if (!s->failed && row < count) {
        atomic_store(&task->total, count - first + 1);
        bool found = s->backwards ? scan_back(s, first, row + 1, &s->from) : scan(s, row, count, &s->from);
        if (!found && !tl_task_is_off(task)) {
            s->wrapped = true;
            found = s->backwards ? scan_back(s, row, count, NULL) : scan(s, first, row + 1, NULL);
        }
        s->found = found;
    }
    tl_decode_fini(&s->decode);
}

/* --- in the view --- */

struct tl_search *tl_search_new(void)
{
    return calloc(1, sizeof(struct tl_search));
}

void tl_search_free(struct tl_search *s)
{
    if (s != NULL)
        tl_task_stop(&s->task);
    free(s);
}

void tl_search_start(struct tl_view *view, const struct tl_needle *needle, enum tl_search_scope scope,
                     const struct tl_search_place *from, bool backwards)
{
    struct tl_search *s = view->search;
    tl_task_stop(&s->task);
    s->source = &view->source;
    s->needle = *needle;
    s->subset = *tl_shown_subset(view);
    s->scope = scope;
    s->from = *from;
    s->backwards = backwards;
    s->found = s->wrapped = s->failed = s->to_land = false;
    s->gone = 0;
    s->wanted = tl_task_start(&s->task, view->news, run, s);
    if (!s->wanted)
        tl_view_say(view, true, "cannot start a thread: nothing was searched");
}

bool tl_search_stop(struct tl_view *view)
{
    struct tl_search *s = view->search;
    if (!s->wanted)
        return false;
    tl_task_stop(&s->task);
    s->wanted = false;
    tl_view_say(view, false, "search stopped");
    return true;
}

bool tl_search_look(struct tl_view *view)
{
    struct tl_search *s = view->search;
    if (!s->wanted || !tl_task_ended(&s->task))
        return false;
    s->wanted = false;
    if (s->failed) {
        tl_view_say(view, true, "out of memory: nothing was searched");
    } else if (!s->found && s->gone > 0) {
        tl_view_say(view, true, "not found: %s; the bytes of %llu packet%s are gone", s->needle.text,
                    (unsigned long long)s->gone, s->gone == 1 ? "" : "s");
    } else if (!s->found) {
        tl_view_say(view, true, "not found: %s", s->needle.text);
    } else {
        s->to_land = true;
        view->follow = false;
        tl_view_choose(view, s->place.row);
        if (s->wrapped)
            tl_view_say(view, false, s->backwards ? "found from the end on" : "found from the beginning on");
    }
    return s->found;
}

bool tl_search_progress(const struct tl_view *view, char *text, size_t room)
{
    const struct tl_search *s = view->search;
    if (!s->wanted)
        return false;
    snprintf(text, room, "searching for %.40s: %u %%, Esc stops it", s->needle.text, tl_task_percent(&s->task));
    return true;
}

bool tl_search_land(struct tl_view *view, enum tl_search_scope scope, struct tl_search_place *place)
{
    struct tl_search *s = view->search;
    if (!s->to_land || s->scope != scope || view->tree == NULL || view->tree->row != s->place.row)
        return false;
    *place = s->place;
    s->to_land = false;
    return true;
}

/* --- keys --- */

static void look(struct tl_view *view, bool backwards)
{
    const struct tl_pane *pane = tl_panes[view->focus];
    if (pane->find == NULL)
        tl_view_say(view, false, "nothing can be searched here");
    else if (view->needle.len == 0)
        tl_view_say(view, false, "search with / first");
    else
        pane->find(view, view->states[view->focus], &view->needle, backwards);
}

static void typed(struct tl_view *view, const char *text)
{
    if (*text != '\0' && !tl_needle_set(&view->needle, text)) {
        tl_view_say(view, true, "0x and an even number of hexadecimal digits are bytes: '%s' is not", text);
        return;
    }
    look(view, false);
}

void tl_search_ask(struct tl_view *view, void *state)
{
    (void)state;
    if (tl_panes[view->focus]->find == NULL)
        tl_view_say(view, false, "nothing can be searched here");
    else
        tl_view_ask(view, "Search (text, or 0x and bytes): ", typed);
}

void tl_search_next(struct tl_view *view, void *state)
{
    (void)state;
    look(view, false);
}

void tl_search_before(struct tl_view *view, void *state)
{
    (void)state;
    look(view, true);
}
