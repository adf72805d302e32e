/*
 * assertions_sink.c - workers ask the filters of the assertions and append the values; the thread that writes adds them
 * up, in the order of the records, so that sums of fractions are the same for any number of workers.
 */
#include "export/assertions.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/time.h"
#include "export/json.h"
#include "export/output.h"

enum {
    RECORDS_MOST = 10,       /* shown of each assertion */
    RECORDS_BYTES = 1 << 20, /* of their JSON */
    PREDICATES = 2 * TL_ASSERTIONS_MOST,
};

/* The figure so far. Intervals and times are ns. */
struct tally {
    uint64_t count;      /* records, or values */
    __int128 sum;
    double sum_of_doubles, least, greatest;
    uint64_t offending;  /* records */
    uint32_t kept;       /* of these */
    struct tl_buffer records;
    _Atomic bool full;   /* no more records are kept */
};

/* An assertion, and where its predicates are; UINT32_MAX: none. */
struct one {
    struct tl_assertion assertion;
    struct tally tally;
    uint32_t where, key;
};

struct tl_assertions {
    struct one *items;
    uint32_t count;
    const struct tl_predicate *predicates[PREDICATES];
    uint32_t predicate_count;
};

struct assertions_sink {
    struct tl_sink sink;
    struct tl_assertions *all;
    struct tl_output *output; /* owned; NULL: none */
    enum tl_assertions_form form;
    struct tl_sink *records; /* owned: formats */
    struct tl_predicate_run *own[PREDICATES]; /* for meta and stats; NULL: not needed */
};

/* What workers append: a value of a record, and its JSON if it makes the assertion false. */
struct entry {
    uint32_t len;
    uint16_t assertion;
    uint8_t type;  /* enum tl_datum_type; NONE: counted */
    bool offends;
    uint64_t value;
};

/* --- reading --- */

struct tl_assertions *tl_assertions_new(const char *const *texts, uint32_t count, const struct tl_names *names,
                                        uint32_t *which, struct tl_problem *problem)
{
    struct tl_assertions *all = calloc(1, sizeof *all);
    *which = 0;
    *problem = (struct tl_problem){ .set = false };
    if (all != NULL)
        all->items = calloc(count + 1u, sizeof *all->items);
    if (all == NULL || all->items == NULL || count > TL_ASSERTIONS_MOST) {
        tl_problem_set(problem, 0, 0, "out of memory");
        tl_assertions_free(all);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct one *one = &all->items[i];
        all->count++;
        *which = i;
        if (!tl_assertion_init(&one->assertion, texts[i], names, problem)) {
            tl_assertions_free(all);
            return NULL;
        }
        one->where = one->key = UINT32_MAX;
        if (one->assertion.where != NULL) {
            one->where = all->predicate_count;
            all->predicates[all->predicate_count++] = one->assertion.where;
        }
        if (one->assertion.key != NULL) {
            one->key = all->predicate_count;
            all->predicates[all->predicate_count++] = one->assertion.key;
        }
    }
    return all;
}

void tl_assertions_free(struct tl_assertions *all)
{
    if (all == NULL)
        return;
    for (uint32_t i = 0; i < all->count; i++) {
        tl_assertion_fini(&all->items[i].assertion);
        tl_buffer_fini(&all->items[i].tally.records);
    }
    free(all->items);
    free(all);
}

/* --- in the workers --- */

static const struct assertions_sink *sink_of(const struct tl_sink *sink)
{
    return (const struct assertions_sink *)sink;
}

static double as_double(uint8_t type, uint64_t value)
{
    double number;
    switch ((enum tl_datum_type)type) {
    case TL_DATUM_DOUBLE:
        memcpy(&number, &value, sizeof number);
        return number;
    case TL_DATUM_SIGNED:
        return (double)(int64_t)value;
    case TL_DATUM_TIME:
    case TL_DATUM_INTERVAL:
        return (double)(int64_t)value / 1e9;
    default:
        return (double)value;
    }
}

/* A figure that is too large is so because of all its records; a minimum or maximum because of single ones. */
static bool offends(const struct tl_assertion *a, uint8_t type, uint64_t value)
{
    if (a->figure == TL_FIGURE_MIN || a->figure == TL_FIGURE_MAX)
        return !tl_assertion_holds(a, as_double(type, value));
    return a->relation != TL_IS_GREATER && a->relation != TL_IS_AT_LEAST;
}

static void note(const struct assertions_sink *s, struct tl_buffer *out, uint32_t index, const struct entry *from,
                 const struct tl_record_def *def, const struct tl_record *record, const struct tl_flow_id *id,
                 unsigned decimals)
{
    struct entry entry = *from;
    const struct one *one = &s->all->items[index];
    size_t at = out->len;
    entry.assertion = (uint16_t)index;
    entry.offends = entry.offends && offends(&one->assertion, entry.type, entry.value);
    tl_put(out, &entry, sizeof entry);
    if (!entry.offends || atomic_load_explicit(&one->tally.full, memory_order_relaxed))
        return;
    s->records->record(s->records, out, def, record, id, decimals);
    if (out->failed)
        return;
    entry.len = (uint32_t)(out->len - at - sizeof entry);
    memcpy(out->data + at, &entry, sizeof entry);
}

static void judge(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                  const struct tl_record_def *def, const struct tl_record *record, const struct tl_flow_id *id,
                  unsigned decimals)
{
    const struct assertions_sink *s = sink_of(sink);
    bool of_engine = runs == NULL;
    runs = of_engine ? s->own : runs;
    for (uint32_t i = 0; i < s->all->count; i++) {
        const struct one *one = &s->all->items[i];
        const struct tl_assertion *a = &one->assertion;
        uint32_t count = 1;
        if (a->def == NULL ? of_engine : a->def != def)
            continue;
        if (a->where != NULL && !tl_predicate_record(runs[one->where], def, record, id))
            continue;
        struct entry entry = { .type = TL_DATUM_NONE, .offends = true };
        const struct tl_datum *values = NULL;
        if (a->key != NULL)
            values = tl_predicate_record_values(runs[one->key], def, record, id, &count);
        for (uint32_t k = 0; k < count; k++) {
            entry.type = values != NULL ? values[k].type : TL_DATUM_NONE;
            entry.value = values != NULL ? values[k].number : 0;
            note(s, out, i, &entry, def, record, id, decimals);
            if (entry.offends && offends(a, entry.type, entry.value))
                entry.offends = false; /* a record is shown once */
        }
    }
}

/* --- in the thread that writes --- */

static void keep(struct tally *tally, struct tl_bytes record)
{
    tally->offending++;
    if (atomic_load_explicit(&tally->full, memory_order_relaxed))
        return;
    bool fits = tally->records.len + record.len <= RECORDS_BYTES;
    if (fits) {
        tl_put(&tally->records, record.data, record.len);
        tally->kept++;
    }
    if (!fits || tally->kept == RECORDS_MOST)
        atomic_store_explicit(&tally->full, true, memory_order_relaxed);
}

static void take(struct tally *tally, const struct entry *entry, struct tl_bytes record)
{
    double value = as_double(entry->type, entry->value);
    if (tally->count == 0 || value < tally->least)
        tally->least = value;
    if (tally->count == 0 || value > tally->greatest)
        tally->greatest = value;
    tally->count++;
    if (entry->type == TL_DATUM_DOUBLE)
        tally->sum_of_doubles += value;
    else if (entry->type == TL_DATUM_UNSIGNED || entry->type == TL_DATUM_BOOL)
        tally->sum += entry->value;
    else
        tally->sum += (int64_t)entry->value;
    if (entry->offends)
        keep(tally, record);
}

static enum tl_failure write_entries(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_assertions *all = sink_of(sink)->all;
    (void)error;
    while (len >= sizeof(struct entry)) {
        struct entry entry;
        memcpy(&entry, data, sizeof entry);
        if (entry.len > len - sizeof entry) /* a batch that ran out of memory: the run reports it */
            return TL_E_NONE;
        take(&all->items[entry.assertion].tally, &entry, (struct tl_bytes){ data + sizeof entry, entry.len });
        data += sizeof entry + entry.len;
        len -= sizeof entry + entry.len;
    }
    return TL_E_NONE;
}

/* --- results --- */

uint32_t tl_assertions_count(const struct tl_assertions *all)
{
    return all->count;
}

/* Returns false if there is no figure: no record has a value. */
static bool figure_of(const struct one *one, double *figure)
{
    const struct tally *t = &one->tally;
    bool scaled = one->assertion.key != NULL;
    if (scaled) {
        enum tl_datum_type type = tl_predicate_key_type(one->assertion.key);
        scaled = type == TL_DATUM_TIME || type == TL_DATUM_INTERVAL;
    }
    double sum = (double)t->sum / (scaled ? 1e9 : 1) + t->sum_of_doubles;
    switch (one->assertion.figure) {
    case TL_FIGURE_COUNT:
        *figure = (double)t->count;
        return true;
    case TL_FIGURE_SUM:
        *figure = sum;
        return true;
    case TL_FIGURE_MIN:
        *figure = t->least;
        return t->count > 0;
    case TL_FIGURE_MAX:
        *figure = t->greatest;
        return t->count > 0;
    case TL_FIGURE_AVG:
        *figure = t->count > 0 ? sum / (double)t->count : 0;
        return t->count > 0;
    }
    return false;
}

bool tl_assertions_hold(const struct tl_assertions *all, uint32_t index)
{
    double figure;
    return figure_of(&all->items[index], &figure) && tl_assertion_holds(&all->items[index].assertion, figure);
}

static void put_figure(const struct one *one, struct tl_buffer *out)
{
    double figure;
    if (!figure_of(one, &figure))
        tl_puts(out, "no record has a value");
    else if (one->assertion.figure == TL_FIGURE_COUNT)
        tl_put_u64(out, one->tally.count);
    else
        tl_put_json_double(out, figure);
}

void tl_assertions_describe(const struct tl_assertions *all, uint32_t index, struct tl_buffer *out)
{
    const struct one *one = &all->items[index];
    double figure;
    tl_puts(out, one->assertion.text);
    tl_puts(out, figure_of(one, &figure) ? ": the figure is " : ": ");
    put_figure(one, out);
}

struct tl_bytes tl_assertions_records(const struct tl_assertions *all, uint32_t index, uint64_t *more)
{
    const struct tally *t = &all->items[index].tally;
    *more = 0;
    if (tl_assertions_hold(all, index) || t->records.failed)
        return (struct tl_bytes){ NULL, 0 };
    *more = t->offending - t->kept;
    return tl_bytes_of(t->records.data, t->records.len);
}

/* --- TAP, version 13 --- */

/* A description must not contain a #, and stays on its line. */
static void put_tap_text(struct tl_buffer *out, const char *text)
{
    struct tl_buffer safe = { 0 };
    tl_put_safe_text(&safe, (const uint8_t *)text, strlen(text));
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.data[i] == '#')
            tl_put_char(out, '\\');
        tl_put_char(out, (char)safe.data[i]);
    }
    out->failed |= safe.failed;
    tl_buffer_fini(&safe);
}

static void put_yaml_records(struct tl_buffer *out, struct tl_bytes records, uint64_t more)
{
    const uint8_t *p = records.data, *end = p + records.len;
    if (records.len > 0)
        tl_put_lit(out, "  records:\n"); /* JSON is YAML */
    while (p < end) {
        const uint8_t *line = memchr(p, '\n', (size_t)(end - p));
        size_t len = line != NULL ? (size_t)(line - p) : (size_t)(end - p);
        tl_put_lit(out, "    - ");
        tl_put(out, p, len);
        tl_put_char(out, '\n');
        p += len + 1;
    }
    if (more > 0) {
        tl_put_lit(out, "  more: ");
        tl_put_u64(out, more);
        tl_put_char(out, '\n');
    }
}

static void put_tap(const struct tl_assertions *all, struct tl_buffer *out)
{
    tl_put_lit(out, "TAP version 13\n1..");
    tl_put_u64(out, all->count);
    tl_put_char(out, '\n');
    for (uint32_t i = 0; i < all->count; i++) {
        const struct one *one = &all->items[i];
        bool holds = tl_assertions_hold(all, i);
        uint64_t more;
        struct tl_bytes records = tl_assertions_records(all, i, &more);
        tl_puts(out, holds ? "ok " : "not ok ");
        tl_put_u64(out, i + 1u);
        tl_put_lit(out, " - ");
        put_tap_text(out, one->assertion.text);
        tl_put_char(out, '\n');
        if (holds)
            continue;
        tl_put_lit(out, "  ---\n  figure: ");
        put_figure(one, out);
        tl_put_lit(out, "\n  expected: ");
        tl_put_json_text(out, (const uint8_t *)one->assertion.text + one->assertion.compared_at,
                         strlen(one->assertion.text + one->assertion.compared_at));
        tl_put_char(out, '\n');
        put_yaml_records(out, records, more);
        tl_put_lit(out, "  ...\n");
    }
}

/* --- JUnit --- */

static void put_xml(struct tl_buffer *out, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '&')
            tl_put_lit(out, "&amp;");
        else if (text[i] == '<')
            tl_put_lit(out, "&lt;");
        else if (text[i] == '>')
            tl_put_lit(out, "&gt;");
        else if (text[i] == '"')
            tl_put_lit(out, "&quot;");
        else
            tl_put_char(out, (char)text[i]);
    }
}

static void put_xml_text(struct tl_buffer *out, const char *text)
{
    struct tl_buffer safe = { 0 };
    tl_put_safe_text(&safe, (const uint8_t *)text, strlen(text));
    put_xml(out, safe.data, safe.len);
    out->failed |= safe.failed;
    tl_buffer_fini(&safe);
}

static void put_failure(const struct tl_assertions *all, uint32_t index, struct tl_buffer *out)
{
    struct tl_buffer line = { 0 };
    uint64_t more;
    struct tl_bytes records = tl_assertions_records(all, index, &more);
    double figure;
    if (figure_of(&all->items[index], &figure))
        tl_put_lit(&line, "the figure is ");
    put_figure(&all->items[index], &line);
    tl_put_lit(out, "      <failure type=\"assertion\" message=\"");
    put_xml(out, line.data, line.len);
    tl_put_lit(out, "\">");
    put_xml(out, records.data, records.len);
    if (more > 0)
        tl_put_format(out, "and %llu more\n", (unsigned long long)more);
    tl_put_lit(out, "</failure>\n");
    out->failed |= line.failed;
    tl_buffer_fini(&line);
}

static void put_junit(const struct tl_assertions *all, struct tl_buffer *out)
{
    uint32_t failures = 0;
    for (uint32_t i = 0; i < all->count; i++)
        failures += !tl_assertions_hold(all, i);
    tl_put_lit(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    tl_put_format(out, "  <testsuite name=\"taplight\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n",
                  all->count, failures);
    for (uint32_t i = 0; i < all->count; i++) {
        bool holds = tl_assertions_hold(all, i);
        tl_put_lit(out, "    <testcase classname=\"taplight.assert\" name=\"");
        put_xml_text(out, all->items[i].assertion.text);
        tl_puts(out, holds ? "\"/>\n" : "\">\n");
        if (holds)
            continue;
        put_failure(all, i, out);
        tl_put_lit(out, "    </testcase>\n");
    }
    tl_put_lit(out, "  </testsuite>\n</testsuites>\n");
}

/* --- life --- */

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct assertions_sink *s = (struct assertions_sink *)sink;
    struct tl_buffer text = { 0 };
    enum tl_failure failure = TL_E_NONE;
    if (s->output == NULL)
        return TL_E_NONE;
    if (s->form == TL_ASSERTIONS_TAP)
        put_tap(s->all, &text);
    else
        put_junit(s->all, &text);
    if (text.failed)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else
        failure = tl_output_write(s->output, text.data, text.len, error);
    tl_buffer_fini(&text);
    enum tl_failure closed = tl_output_finish(s->output, error);
    return failure != TL_E_NONE ? failure : closed;
}

static void free_sink(struct tl_sink *sink)
{
    struct assertions_sink *s = (struct assertions_sink *)sink;
    for (uint32_t i = 0; i < PREDICATES; i++)
        tl_predicate_run_free(s->own[i]);
    if (s->records != NULL)
        s->records->free(s->records);
    if (s->output != NULL)
        tl_output_free(s->output);
    free(s);
}

/* Records of the engine have no flow, and no worker. */
static bool make_own(struct assertions_sink *s)
{
    bool made = true;
    for (uint32_t i = 0; i < s->all->count; i++) {
        const struct one *one = &s->all->items[i];
        if (one->assertion.def == NULL || one->assertion.def->flow)
            continue;
        if (one->where != UINT32_MAX)
            made &= (s->own[one->where] = tl_predicate_run_new(one->assertion.where)) != NULL;
        if (one->key != UINT32_MAX)
            made &= (s->own[one->key] = tl_predicate_run_new(one->assertion.key)) != NULL;
    }
    return made;
}

struct tl_sink *tl_assertions_sink(struct tl_assertions *all, struct tl_output *output, enum tl_assertions_form form)
{
    struct tl_error error = { .kind = TL_E_NONE };
    struct assertions_sink *s = calloc(1, sizeof *s);
    if (s == NULL) {
        if (output != NULL)
            (void)tl_output_close(output, &error);
        return NULL;
    }
    s->all = all;
    s->output = output;
    s->form = form;
    s->sink = (struct tl_sink){ .judge = judge, .write = write_entries, .close = close_sink, .free = free_sink,
                                .predicates = all->predicates, .predicate_count = all->predicate_count };
    struct tl_output *unused = tl_output_open("/dev/null", &error);
    s->records = unused != NULL ? tl_records_sink(unused, ".") : NULL;
    if (s->records != NULL && make_own(s))
        return &s->sink;
    free_sink(&s->sink);
    return NULL;
}
