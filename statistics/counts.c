/* counts.c - a tree of counts with percentages. */
#include "statistics/counts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/protocol.h"
#include "core/time.h"

struct row {
    uint32_t index, parent;
    uint32_t child, last_child, next; /* indices of rows; TL_COUNTS_NONE: none */
    uint64_t count;
    uint64_t values, sum, least, most;
};

/* The key of a row: the index of its parent, then its name. */
struct key {
    uint32_t parent;
    char name[TL_COUNTS_NAME];
};

/* What note() appends for a node, before its name. */
struct counted {
    uint32_t depth, len;
    uint64_t value;
    uint64_t valued;
};

/* --- in the workers --- */

static void put_node(struct tl_buffer *out, unsigned depth, struct tl_bytes name, const uint64_t *value)
{
    const struct counted head = { .depth = depth,
                                  .len = name.len < TL_COUNTS_NAME ? name.len : TL_COUNTS_NAME,
                                  .value = value != NULL ? *value : 0,
                                  .valued = value != NULL };
    tl_put(out, &head, sizeof head);
    if (head.len > 0)
        tl_put(out, name.data, head.len);
}

void tl_counts_note(struct tl_buffer *out, unsigned depth, struct tl_bytes name)
{
    put_node(out, depth, name, NULL);
}

void tl_counts_note_text(struct tl_buffer *out, unsigned depth, const char *name)
{
    put_node(out, depth, tl_bytes_of(name, strlen(name)), NULL);
}

void tl_counts_note_value(struct tl_buffer *out, unsigned depth, const char *name, uint64_t value)
{
    put_node(out, depth, tl_bytes_of(name, strlen(name)), &value);
}

bool tl_counts_is_field(const struct tl_statistic *s, const struct tl_node *node, const char *key)
{
    return node->field != TL_LAYER && strcmp(s->protocols->items[node->protocol]->fields[node->field].key, key) == 0;
}

/* --- in the thread of the tables --- */

enum tl_failure tl_counts_parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                                struct tl_error *error)
{
    struct tl_counts *c = (struct tl_counts *)s;
    tl_rows_init(&c->table, sizeof(struct row), s->memory);
    c->roots = c->last_root = TL_COUNTS_NONE;
    return tl_statistic_set_filter(s, setup, rest, error);
}

static struct row *row_of(struct tl_counts *c, uint32_t parent, const void *name, uint32_t len)
{
    struct key key = { .parent = parent };
    bool is_new;
    memcpy(key.name, name, len);
    struct row *row = tl_rows_row(&c->table, &key, (uint32_t)offsetof(struct key, name) + len, &is_new);
    if (row == NULL || !is_new)
        return row;
    *row = (struct row){ .index = c->table.count - 1,
                         .parent = parent,
                         .child = TL_COUNTS_NONE,
                         .last_child = TL_COUNTS_NONE,
                         .next = TL_COUNTS_NONE };
    struct row *above = parent != TL_COUNTS_NONE ? tl_rows_at(&c->table, parent) : NULL;
    uint32_t *first = above != NULL ? &above->child : &c->roots;
    uint32_t *last = above != NULL ? &above->last_child : &c->last_root;
    if (*last == TL_COUNTS_NONE)
        *first = row->index;
    else
        ((struct row *)tl_rows_at(&c->table, *last))->next = row->index;
    *last = row->index;
    return row;
}

uint32_t tl_counts_add(struct tl_counts *c, uint32_t parent, const char *name)
{
    const struct row *row = row_of(c, parent, name, (uint32_t)strlen(name));
    return row != NULL ? row->index : TL_COUNTS_NONE;
}

static void count(struct row *row, const struct counted *counted)
{
    row->count++;
    if (counted->valued == 0)
        return;
    row->least = row->values == 0 || counted->value < row->least ? counted->value : row->least;
    row->most = counted->value > row->most ? counted->value : row->most;
    row->sum += counted->value;
    row->values++;
}

void tl_counts_take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct tl_counts *c = (struct tl_counts *)s;
    uint32_t path[TL_COUNTS_DEPTH + 1] = { TL_COUNTS_NONE };
    struct counted counted;
    c->first_ts = !c->begun || noted->ts < c->first_ts ? noted->ts : c->first_ts;
    c->last_ts = !c->begun || noted->ts > c->last_ts ? noted->ts : c->last_ts;
    c->begun = true;
    for (uint32_t at = 0; bytes.len - at >= sizeof counted;) {
        memcpy(&counted, bytes.data + at, sizeof counted);
        at += (uint32_t)sizeof counted;
        struct row *row = NULL;
        if (counted.depth == 0 || path[counted.depth] != TL_COUNTS_NONE)
            row = row_of(c, path[counted.depth], bytes.data + at, counted.len);
        at += counted.len;
        path[counted.depth + 1] = row != NULL ? row->index : TL_COUNTS_NONE;
        if (row != NULL)
            count(row, &counted);
        else
            c->left_out++;
    }
}

/* --- the table --- */

/* Returns the children of a row (or the roots), most frequent first; *n is their number. The caller frees them. */
static uint32_t *children_of(const struct tl_counts *c, uint32_t first, uint32_t *n)
{
    uint32_t count_of = 0;
    for (uint32_t at = first; at != TL_COUNTS_NONE; at = ((const struct row *)tl_rows_at(&c->table, at))->next)
        count_of++;
    uint32_t *out = malloc((count_of + 1u) * sizeof *out);
    *n = 0;
    for (uint32_t at = first; out != NULL && at != TL_COUNTS_NONE;) {
        out[(*n)++] = at;
        at = ((const struct row *)tl_rows_at(&c->table, at))->next;
    }
    return out;
}

struct order {
    uint64_t count;
    uint32_t index;
};

static int compare(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Sorts them by count; rows that were made before the first packet keep their order. */
static void sort(const struct tl_counts *c, uint32_t *rows, uint32_t n)
{
    struct order *order = malloc((n + 1u) * sizeof *order);
    for (uint32_t i = 0; order != NULL && i < n; i++)
        order[i] = (struct order){ ((const struct row *)tl_rows_at(&c->table, rows[i]))->count, rows[i] };
    if (order != NULL)
        qsort(order, n, sizeof *order, compare);
    for (uint32_t i = 0; order != NULL && i < n; i++)
        rows[i] = order[i].index;
    free(order);
}

static uint64_t percent_of(uint64_t part, uint64_t whole) /* hundredths of a percent, rounded */
{
    return whole > 0 ? (part * 10000 + whole / 2) / whole : 0;
}

struct writing {
    struct tl_counts *c;
    struct tl_report *report;
    bool sorted;
};

static void put_line(const struct writing *w, const struct row *row, unsigned depth)
{
    struct tl_buffer *b = &w->report->text;
    struct tl_bytes key = tl_rows_key(&w->c->table, row->index);
    uint32_t at = offsetof(struct key, name);
    const struct row *above = row->parent != TL_COUNTS_NONE ? tl_rows_at(&w->c->table, row->parent) : row;
    uint64_t percent = percent_of(row->count, above->count);
    int64_t span = tl_time_between(w->c->first_ts, w->c->last_ts);
    tl_put_format(b, "%*s", (int)depth, "");
    tl_report_cell(w->report, key.data + at, key.len - at, depth < 47 ? 48 - depth : 1);
    tl_put_format(b, " %10" PRIu64, row->count);
    if (row->values > 0)
        tl_put_format(b, " %10.2f %10" PRIu64 " %10" PRIu64, (double)row->sum / (double)row->values, row->least,
                      row->most);
    else
        tl_put_format(b, " %10s %10s %10s", "", "", "");
    tl_put_format(b, " %12.4f", span > 0 ? (double)row->count * 1e6 / (double)span : 0.0);
    tl_put_format(b, " %6" PRIu64 ".%02u%%\n", percent / 100, (unsigned)(percent % 100));
}

static void put_rows(const struct writing *w, uint32_t first, unsigned depth, bool json)
{
    uint32_t n = 0;
    uint32_t *rows = depth < TL_COUNTS_DEPTH ? children_of(w->c, first, &n) : NULL; /* bounds the recursion */
    if (rows != NULL && w->sorted)
        sort(w->c, rows, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct row *row = tl_rows_at(&w->c->table, rows[i]);
        if (!json) {
            put_line(w, row, depth);
            tl_report_row(w->report);
            put_rows(w, row->child, depth + 1, json);
            continue;
        }
        struct tl_bytes key = tl_rows_key(&w->c->table, row->index);
        uint32_t at = offsetof(struct key, name);
        tl_report_object(w->report);
        tl_report_text(w->report, "item", key.data + at, key.len - at);
        tl_report_number(w->report, "count", row->count);
        if (row->values > 0) {
            tl_report_key(w->report, "average");
            tl_put_format(&w->report->text, "%.2f", (double)row->sum / (double)row->values);
            tl_report_number(w->report, "min", row->least);
            tl_report_number(w->report, "max", row->most);
        }
        tl_report_list(w->report, "inside");
        put_rows(w, row->child, depth + 1, json);
        tl_report_list_end(w->report);
        tl_report_object_end(w->report);
    }
    free(rows);
}

void tl_counts_text(struct tl_statistic *s, struct tl_report *report)
{
    struct tl_counts *c = (struct tl_counts *)s;
    const struct writing w = { c, report, !s->kind->keeps_order };
    struct tl_buffer *b = &report->text;
    tl_put_char(b, '\n');
    tl_report_rule(report, '=', 116);
    tl_put_format(b, "%s\nFilter: %s\n", s->kind->help, s->filter);
    tl_put_format(b, "%-48s %10s %10s %10s %10s %12s %8s\n", "Topic / Item", "Count", "Average", "Min Val", "Max Val",
                  "Rate (ms)", "Percent");
    tl_report_rule(report, '-', 116);
    put_rows(&w, c->roots, 0, false);
    tl_report_left_out(report, false, c->left_out, "items");
    tl_report_rule(report, '-', 116);
}

void tl_counts_json(struct tl_statistic *s, struct tl_report *report)
{
    struct tl_counts *c = (struct tl_counts *)s;
    const struct writing w = { c, report, !s->kind->keeps_order };
    tl_report_seconds(report, "duration", tl_time_between(c->first_ts, c->last_ts));
    tl_report_list(report, "items");
    put_rows(&w, c->roots, 0, true);
    tl_report_list_end(report);
    tl_report_left_out(report, true, c->left_out, "");
}

void tl_counts_fini(struct tl_statistic *s)
{
    tl_rows_fini(&((struct tl_counts *)s)->table);
}
