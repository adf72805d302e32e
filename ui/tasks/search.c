/* search.c - decodes packets one by one until one matches. */
#include "ui/tasks/search.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dissectors/registry.h"
#include "ui/tasks/decode.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/task.h"

enum { BLOCK = 2048 }; /* rows that are decoded at a time when searching backwards */

struct tl_search {
    struct tl_task task;
    bool wanted;                /* the caller has not seen its end */
    const struct tl_packet_source *source;
    struct tl_search_query query;
    struct tl_search_result result;
    struct tl_decode decode;    /* in the task's thread */
    uint64_t start;             /* row where it began, scanned again at last */
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

/* Takes the place if it is after the limit or (backwards) before it. */
static bool take(struct tl_search *s, const struct tl_search_place *at, const struct tl_search_place *limit)
{
    if (limit != NULL && (s->query.backwards ? !is_before(at, limit) : !is_before(limit, at)))
        return false;
    s->result.place = *at;
    s->result.found = true;
    return true;
}

static bool is_in_line(const struct tl_search *s, const struct tl_list_line *line)
{
    char text[sizeof *line];
    size_t len = tl_list_line_text(line, text, sizeof text);
    return tl_needle_first(&s->query.needle, text, len, 0) < len;
}

static bool is_in_bytes(const struct tl_search *s, const struct tl_tree *tree)
{
    for (uint32_t i = 0; i < tree->source_count; i++) {
        const struct tl_tree_source *source = &tree->sources[i];
        if (tl_needle_first(&s->query.needle, source->data, source->len, 0) < source->len)
            return true;
    }
    return false;
}

/* In the list a packet is found by its line or by its bytes. */
static bool look_in_packet(struct tl_search *s, const struct tl_list_line *line, const struct tl_tree *tree,
                           const struct tl_search_place *limit)
{
    bool shown = is_in_line(s, line);
    if (!shown && !is_in_bytes(s, tree))
        return false;
    if (!take(s, &(struct tl_search_place){ .row = line->row }, limit))
        return false;
    s->result.in_bytes = !shown;
    return true;
}

/* The key of a field, and the bytes of one whose line can show another text, or only a part. */
static bool is_in_field(const struct tl_search *s, const struct tl_packet_tree *t, const struct tl_tree_line *line)
{
    if (line->field == TL_LAYER)
        return false;
    const struct tl_field *field = &s->decode.protocols.items[line->protocol]->fields[line->field];
    size_t len = strlen(field->key);
    if (tl_needle_first(&s->query.needle, field->key, len, 0) < len)
        return true;
    bool text = field->type == TL_TEXT || field->type == TL_BYTES;
    if (!text || field->secret != TL_SECRET_NOT || line->source >= t->source_count)
        return false;
    const struct tl_tree_bytes *bytes = &t->sources[line->source];
    if (line->off >= bytes->len)
        return false;
    size_t most = line->len < bytes->len - line->off ? line->len : bytes->len - line->off;
    return tl_needle_first(&s->query.needle, bytes->data + line->off, most, 0) < most;
}

static bool look_in_fields(struct tl_search *s, uint64_t row, const struct tl_tree *tree,
                           const struct tl_search_place *limit)
{
    struct tl_packet_tree *t = tl_packet_tree_new(row, &s->decode.protocols, tree, &s->decode.comments);
    bool any = false;
    for (uint32_t n = 0; t != NULL && n < t->line_count && !any; n++) {
        uint32_t i = s->query.backwards ? t->line_count - 1 - n : n;
        const struct tl_tree_line *line = &t->lines[i];
        if (tl_needle_first(&s->query.needle, t->text + line->text, line->text_len, 0) < line->text_len ||
            is_in_field(s, t, line))
            any = take(s, &(struct tl_search_place){ .row = row, .line = i }, limit);
    }
    tl_packet_tree_free(t);
    return any;
}

static bool look_in_source(struct tl_search *s, struct tl_search_place at, const struct tl_tree_source *source,
                           const struct tl_search_place *limit)
{
    size_t len = source->len, off = s->query.backwards ? tl_needle_last(&s->query.needle, source->data, len, len)
                                                 : tl_needle_first(&s->query.needle, source->data, len, 0);
    while (off < len) {
        at.off = (uint32_t)off;
        if (take(s, &at, limit))
            return true;
        off = s->query.backwards ? tl_needle_last(&s->query.needle, source->data, len, off)
                           : tl_needle_first(&s->query.needle, source->data, len, off + 1);
    }
    return false;
}

static bool look_in_bytes(struct tl_search *s, uint64_t row, const struct tl_tree *tree,
                          const struct tl_search_place *limit)
{
    for (uint32_t n = 0; n < tree->source_count; n++) {
        uint32_t i = s->query.backwards ? tree->source_count - 1 - n : n;
        if (look_in_source(s, (struct tl_search_place){ .row = row, .source = i }, &tree->sources[i], limit))
            return true;
    }
    return false;
}

static bool look_in(struct tl_search *s, uint64_t row, const struct tl_tree *tree, const struct tl_search_place *limit)
{
    struct tl_list_line line = { .row = row };
    if (s->query.scope == TL_SEARCH_LINES) {
        tl_decode_line(&s->decode, tree, &line);
        return look_in_packet(s, &line, tree, limit);
    }
    if (s->query.scope == TL_SEARCH_FIELDS)
        return look_in_fields(s, row, tree, limit);
    return look_in_bytes(s, row, tree, limit);
}

/* --- from packet to packet --- */

/* The subset that is searched has this row. Waits until that is known. */
static bool is_searched(const struct tl_search *s, uint64_t index)
{
    static const struct timespec pause = { .tv_nsec = 5000000 };
    if (s->query.rows == NULL)
        return true;
    while (tl_subset_rows_will_look(s->query.rows, index) && !tl_task_is_off(&s->task))
        nanosleep(&pause, NULL);
    return tl_subset_rows_have(s->query.rows, index);
}

/* A row of the subset can need it: it is of the same flow, host or protocol. */
static bool is_decoded(const struct tl_search *s, const struct tl_row *row)
{
    const struct tl_subset *subset = s->query.rows != NULL ? tl_subset_rows_subset(s->query.rows) : NULL;
    return subset == NULL || tl_subset_cuts_flows(subset) || tl_subset_has_row(subset, s->source->store, row);
}

/*
 * Scans rows [first, end), ascending: finds the last match or, where that is enough, the first. false: stopped, or no
 * match.
 */
static bool scan(struct tl_search *s, uint64_t first, uint64_t end, const struct tl_search_place *limit)
{
    struct tl_row row;
    bool any = false;
    tl_decode_begin(&s->decode, first, false);
    for (uint64_t i = first; i < end && !tl_task_is_off(&s->task); i++) {
        atomic_fetch_add_explicit(&s->task.at, 1, memory_order_relaxed);
        bool there = tl_store_row(s->source->store, i, &row);
        bool has = there && is_searched(s, i);
        bool fetched = there && (has || is_decoded(s, &row)) && tl_decode_fetch(&s->decode, i, &row);
        const struct tl_tree *tree = fetched ? tl_decode_fetched(&s->decode, has) : NULL;
        s->result.gone += has && tree == NULL && (limit != NULL || i != s->start);
        if (!has || tree == NULL || !look_in(s, i, tree, limit))
            continue;
        any = true;
        if (!s->query.backwards)
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
    const struct tl_store *store = s->source->store;
    uint64_t first = tl_store_first(store), count = tl_store_count(store), row = s->query.from.row;
    s->result.failed = !tl_decode_init(&s->decode, s->source);
    if (row < first)
        row = first;
    s->start = row;
    if (!s->result.failed && row < count) {
        atomic_store(&task->total, count - first + 1);
        const struct tl_search_place *from = &s->query.from;
        bool found = s->query.backwards ? scan_back(s, first, row + 1, from) : scan(s, row, count, from);
        if (!found && !tl_task_is_off(task)) {
            s->result.wrapped = true;
            found = s->query.backwards ? scan_back(s, row, count, NULL) : scan(s, first, row + 1, NULL);
        }
        s->result.found = found;
    }
    tl_decode_fini(&s->decode);
}

/* --- in the caller's thread --- */

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

bool tl_search_start(struct tl_search *s, const struct tl_search_query *query, const struct tl_packet_source *source,
                     int news)
{
    tl_task_stop(&s->task);
    s->source = source;
    s->query = *query;
    s->result = (struct tl_search_result){ 0 };
    s->wanted = tl_task_start(&s->task, news, run, s);
    return s->wanted;
}

bool tl_search_stop(struct tl_search *s)
{
    if (!s->wanted)
        return false;
    tl_task_stop(&s->task);
    s->wanted = false;
    return true;
}

bool tl_search_ended(struct tl_search *s)
{
    if (!s->wanted || !tl_task_ended(&s->task))
        return false;
    s->wanted = false;
    return true;
}

bool tl_search_runs(const struct tl_search *s)
{
    return s->wanted;
}

unsigned tl_search_percent(const struct tl_search *s)
{
    return tl_task_percent(&s->task);
}

const struct tl_search_query *tl_search_query(const struct tl_search *s)
{
    return &s->query;
}

const struct tl_search_result *tl_search_result(const struct tl_search *s)
{
    return &s->result;
}
