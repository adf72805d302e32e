/*
 * intervals.c - io,stat: packets and bytes, or a calculation over the values of a field, in each interval of time, as
 * tshark's -z io,stat.
 */
#include "statistics/statistic.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/time.h"
#include "statistics/rows.h"

enum {
    COLUMNS_MOST = 32,
    EMPTY_MOST = 100000, /* empty intervals in a row that are written */
    DECIMALS = 6,        /* of times, as in tshark */
};

enum function { FRAMES, COUNT, SUM, MIN, MAX, AVG };

static const char *const function_names[] = { "FRAMES", "COUNT", "SUM", "MIN", "MAX", "AVG" };

#define MICRO_MOST (INT64_MAX / 1000)

struct column {
    char *text;   /* owned: as given */
    char *filter; /* owned: the filter in it; "": none */
    enum function function;
    int filter_index;
    int field; /* index of its values; of a function */
    enum tl_datum_type type;
    uint64_t row; /* the latest interval with a packet: earlier times count there */
};

struct intervals {
    struct tl_statistic base;
    int64_t interval;  /* microseconds; 0: one for all */
    unsigned decimals; /* as given */
    struct column columns[COLUMNS_MOST];
    uint32_t count;
    struct tl_rows table; /* by number of the interval: a cell for each column */
    int64_t duration;     /* microseconds */
    int64_t last;         /* the last time that is not negative */
    uint64_t rows;        /* one more than the last interval with a packet of a column */
    uint64_t left_out;
};

/* A calculation: integers, or seconds and floating-point numbers. */
struct cell {
    uint64_t frames, bytes, values;
    uint64_t number; /* of signed types as int64_t */
    double real;
};

/* --- reading the argument --- */

/* Returns the length up to the next comma that is not inside quotes, brackets or braces. */
static size_t length_of(const char *text)
{
    int depth = 0;
    char quote = 0;
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        char c = text[i];
        if (quote != 0) {
            i += c == '\\' && text[i + 1] != '\0';
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (strchr("([{", c) != NULL) {
            depth++;
        } else if (strchr(")]}", c) != NULL) {
            depth -= depth > 0;
        } else if (c == ',' && depth == 0) {
            break;
        }
    }
    return i;
}

static bool is_number(enum tl_datum_type type)
{
    return tl_datum_is_number(type) || type == TL_DATUM_DOUBLE || type == TL_DATUM_INTERVAL;
}

/* Reads FUNCTION(field)filter. */
static enum tl_failure read_function(struct intervals *t, struct column *column, struct tl_statistic_setup *setup,
                                     struct tl_error *error)
{
    char name[128];
    const struct tl_field *field = NULL;
    const char *begin = strchr(column->text, '(') + 1;
    const char *end = strchr(begin, ')');
    if (end == NULL || end == begin || (size_t)(end - begin) >= sizeof name)
        return tl_error_set(error, TL_E_USAGE, "-z io,stat: '%s': give %s(FIELD)FILTER", column->text,
                            function_names[column->function]);
    memcpy(name, begin, (size_t)(end - begin));
    name[end - begin] = '\0';
    column->filter = strdup(end + 1);
    enum tl_failure failure =
        tl_statistic_add_field(&t->base, setup, name, &column->field, &field, &column->type, error);
    if (failure != TL_E_NONE)
        return failure;
    if (column->function != COUNT && !is_number(column->type))
        return tl_error_set(error, TL_E_USAGE, "-z io,stat: %s is %s: %s needs a number or an interval", name,
                            tl_datum_type_name(column->type), function_names[column->function]);
    return TL_E_NONE;
}

static enum tl_failure read_column(struct intervals *t, const char *text, size_t len, struct tl_statistic_setup *setup,
                                   struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (t->count == COLUMNS_MOST)
        return tl_error_set(error, TL_E_USAGE, "-z io,stat: more than %d columns: run it twice", COLUMNS_MOST);
    struct column *column = &t->columns[t->count++];
    *column = (struct column){ .text = strndup(text, len), .filter_index = TL_NO_FILTER, .field = TL_NO_FILTER };
    if (column->text == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (strncmp(column->text, "LOAD(", 5) == 0)
        return tl_error_set(error, TL_E_USAGE, "-z io,stat: LOAD is not supported: give COUNT, SUM, MIN, MAX or AVG");
    for (unsigned i = COUNT; i < TL_COUNT(function_names); i++) {
        size_t n = strlen(function_names[i]);
        if (strncmp(column->text, function_names[i], n) == 0 && column->text[n] == '(')
            column->function = (enum function)i;
    }
    if (column->function == FRAMES)
        column->filter = strdup(column->text);
    else
        failure = read_function(t, column, setup, error);
    if (failure == TL_E_NONE && column->filter == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE)
        failure = tl_statistic_add_filter(&t->base, setup, column->filter, &column->filter_index, error);
    return failure;
}

/* Reads seconds with up to six decimals. Returns the end, or NULL if it is no number. */
static const char *read_seconds(struct intervals *t, const char *text)
{
    int64_t micro = 0, unit = 1000000;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (micro > INT64_MAX / 100)
            return NULL;
        micro = micro * 10 + (*p - '0') * INT64_C(1000000);
    }
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9' && t->decimals < DECIMALS; p++) {
            t->decimals++;
            micro += (*p - '0') * (unit /= 10);
        }
    }
    t->interval = micro;
    return p > text && (*p == ',' || *p == '\0') ? p : NULL;
}

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct intervals *t = (struct intervals *)s;
    enum tl_failure failure = TL_E_NONE;
    const char *p = read_seconds(t, rest);
    if (p == NULL)
        return tl_error_set(
            error, TL_E_USAGE,
            "-z io,stat: INTERVAL is '%.*s': give seconds with up to six decimals, or 0 for one interval",
            (int)strcspn(rest, ","), rest);
    if (*p == ',')
        s->filter = p + 1;
    if (*p == '\0')
        failure = read_column(t, "", 0, setup, error);
    while (*p == ',' && failure == TL_E_NONE) {
        size_t len = length_of(p + 1);
        failure = read_column(t, p + 1, len, setup, error);
        p += 1 + len;
    }
    tl_rows_init(&t->table, t->count * sizeof(struct cell), s->memory);
    return failure;
}

/* --- counting --- */

/* For each column with a field: the number of its values, then these. */
static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct intervals *t = (const struct intervals *)s;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct column *column = &t->columns[i];
        const struct tl_field *field;
        uint32_t count = 0;
        if (column->function == FRAMES || !tl_statistic_passes(sight->passes, column->filter_index))
            continue;
        tl_predicate_read(sight->runs[column->field], sight->scene);
        const struct tl_datum *values = tl_predicate_values(sight->runs[column->field], 0, &count, &field);
        tl_put(out, &count, sizeof count);
        for (uint32_t k = 0; k < count; k++)
            tl_put(out, &values[k].number, sizeof values[k].number);
        tl_predicate_read_end(sight->runs[column->field]);
    }
    tl_put_char(out, 0); /* every packet is taken */
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool is_signed(enum tl_datum_type type)
{
    return type == TL_DATUM_SIGNED || type == TL_DATUM_INTERVAL;
}

static bool is_less(enum tl_datum_type type, uint64_t a, uint64_t b)
{
    return is_signed(type) ? (int64_t)a < (int64_t)b : a < b;
}

static void calculate(const struct column *column, struct cell *cell, uint64_t value)
{
    bool first = cell->values++ == 0;
    if (column->function == COUNT)
        return;
    bool real = column->type == TL_DATUM_DOUBLE;
    double x = real ? double_of(value) : 0;
    switch (column->function) {
    case MIN:
        cell->number = first || is_less(column->type, value, cell->number) ? value : cell->number;
        cell->real = first || x < cell->real ? x : cell->real;
        break;
    case MAX:
        cell->number = first || is_less(column->type, cell->number, value) ? value : cell->number;
        cell->real = first || x > cell->real ? x : cell->real;
        break;
    default:
        cell->number += value; /* wraps, as it does in tshark */
        cell->real += x;
    }
}

/* Returns the interval of a packet. A time before that of an earlier packet counts in the interval of that one. */
static uint64_t row_of(struct intervals *t, struct column *column, int64_t micro)
{
    uint64_t row = t->interval > 0 ? (uint64_t)micro / (uint64_t)t->interval : 0;
    column->row = row > column->row ? row : column->row;
    t->rows = column->row + 1 > t->rows ? column->row + 1 : t->rows;
    return column->row;
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct intervals *t = (struct intervals *)s;
    int64_t relative = tl_time_between(noted->first_ts, noted->ts);
    int64_t micro = relative >= 0 ? relative / 1000 + (relative % 1000 >= 500) : t->last;
    micro = micro > MICRO_MOST ? MICRO_MOST : micro; /* rounded up beyond what ns can hold */
    const uint8_t *p = bytes.data;
    bool lost = false;
    t->last = micro;
    t->duration = micro > t->duration ? micro : t->duration;
    for (uint32_t i = 0; i < t->count; i++) {
        struct column *column = &t->columns[i];
        uint32_t count = 0;
        bool is_new;
        if (!tl_statistic_passes(noted->passes, column->filter_index))
            continue;
        if (column->function != FRAMES) {
            memcpy(&count, p, sizeof count);
            p += sizeof count;
        }
        uint64_t row = row_of(t, column, micro);
        struct cell *cells = tl_rows_row(&t->table, &row, sizeof row, &is_new);
        for (uint32_t k = 0; k < count; k++) {
            uint64_t value;
            memcpy(&value, p, sizeof value);
            p += sizeof value;
            if (cells != NULL)
                calculate(column, &cells[i], value);
        }
        lost |= cells == NULL;
        if (cells != NULL) {
            cells[i].frames++;
            cells[i].bytes += noted->len;
        }
    }
    t->left_out += lost;
}

/* --- the table --- */

/* Nanoseconds as seconds with six decimals, rounded. */
static void put_rounded(struct tl_buffer *b, int64_t ns)
{
    bool fits = ns < INT64_MAX - 500 && ns > INT64_MIN + 500;
    tl_put_seconds(b, ns + (!fits ? 0 : ns < 0 ? -500 : 500), DECIMALS);
}

static void put_value(struct tl_buffer *b, const struct column *column, const struct cell *cell)
{
    static const struct cell empty = { 0 };
    uint64_t number;
    char real[64];
    cell = cell != NULL ? cell : &empty;
    number = cell->number;
    if (column->function == COUNT) {
        tl_put_u64(b, cell->values);
        return;
    }
    if (column->type == TL_DATUM_DOUBLE) {
        double x = column->function == AVG && cell->values > 0 ? cell->real / (double)cell->values : cell->real;
        snprintf(real, sizeof real, "%.6f", isfinite(x) ? x : 0.0);
        tl_puts(b, real);
        return;
    }
    if (column->function == AVG && cell->values > 0)
        number = is_signed(column->type) ? (uint64_t)((int64_t)number / (int64_t)cell->values) : number / cell->values;
    if (column->type == TL_DATUM_INTERVAL)
        put_rounded(b, (int64_t)number);
    else if (column->type == TL_DATUM_SIGNED)
        tl_put_i64(b, (int64_t)number);
    else
        tl_put_u64(b, number);
}

/* Appends what put_value() gives, right-aligned. */
static void put_aligned(struct tl_buffer *b, const struct column *column, const struct cell *cell, unsigned width)
{
    struct tl_buffer value = { 0 };
    put_value(&value, column, cell);
    tl_put_format(b, "%*s%.*s", value.len < width ? (int)(width - value.len) : 0, "", (int)value.len,
                  value.data != NULL ? (const char *)value.data : "");
    tl_buffer_fini(&value);
}

static void put_micro(struct tl_buffer *b, int64_t micro, unsigned decimals)
{
    tl_put_seconds(b, micro * 1000, decimals);
}

/* The length of the intervals, and how many there are up to the last packet. */
static int64_t length_of_intervals(const struct intervals *t, uint64_t *rows)
{
    bool one = t->interval == 0 || t->interval > t->duration;
    *rows = one ? 1 : t->rows;
    if (!one && (uint64_t)t->duration / (uint64_t)t->interval + 1 > *rows) {
        uint64_t all = (uint64_t)t->duration / (uint64_t)t->interval + 1;
        bool exact = t->duration % t->interval == 0 && t->rows < all; /* nothing is in the last one */
        *rows = exact ? all - 1 : all;
    }
    return one ? t->duration : t->interval;
}

static unsigned width_of(const struct column *column)
{
    return column->function == FRAMES                                             ? 23
           : column->type == TL_DATUM_INTERVAL || column->type == TL_DATUM_DOUBLE ? 16
                                                                                  : 13;
}

static void put_row(struct intervals *t, struct tl_report *report, uint64_t row, int64_t length, bool last, int wide,
                    unsigned decimals)
{
    struct tl_buffer *b = &report->text;
    const struct cell *cells = tl_rows_find(&t->table, &row, sizeof row);
    struct tl_buffer times = { 0 };
    put_micro(&times, (int64_t)row * length, decimals);
    tl_put_format(b, "| %*.*s <> ", wide, (int)times.len, (const char *)times.data);
    times.len = 0;
    if (!last || (int64_t)(row + 1) * length <= t->duration)
        put_micro(&times, (int64_t)(row + 1) * length, decimals);
    else
        tl_put_lit(&times, "Dur");
    tl_put_format(b, "%*.*s |", wide, (int)times.len, (const char *)times.data);
    tl_buffer_fini(&times);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct column *column = &t->columns[i];
        if (column->function == FRAMES)
            tl_put_format(b, " %9" PRIu64 " | %9" PRIu64 " |", cells != NULL ? cells[i].frames : 0,
                          cells != NULL ? cells[i].bytes : 0);
        if (column->function == FRAMES)
            continue;
        tl_put_char(b, ' ');
        put_aligned(b, column, cells != NULL ? &cells[i] : NULL, width_of(column) - 3);
        tl_put_lit(b, " |");
    }
    tl_put_char(b, '\n');
    tl_report_row(report);
}

/* Calls put for each interval; long runs of empty ones are left out. */
static void each_row(struct intervals *t, struct tl_report *report, uint64_t rows,
                     void (*put)(void *context, uint64_t row), void (*skip)(void *context, uint64_t count),
                     void *context)
{
    uint64_t empty = 0;
    for (uint64_t row = 0; row < rows && report->failure == TL_E_NONE; row++) {
        empty = tl_rows_find(&t->table, &row, sizeof row) != NULL ? 0 : empty + 1;
        if (empty <= EMPTY_MOST || row + 1 == rows) {
            put(context, row);
            continue;
        }
        uint64_t next = rows - 1; /* the next interval that is not empty */
        for (uint32_t i = 0; i < t->table.count; i++) {
            uint64_t other;
            memcpy(&other, tl_rows_key(&t->table, i).data, sizeof other);
            next = other > row && other < next ? other : next;
        }
        skip(context, next - row);
        row = next - 1;
        empty = 0;
    }
}

struct writing {
    struct intervals *t;
    struct tl_report *report;
    uint64_t rows;
    int64_t length;
    int wide;          /* columns of a time */
    unsigned decimals; /* of a time */
};

static void write_row(void *context, uint64_t row)
{
    const struct writing *w = context;
    put_row(w->t, w->report, row, w->length, row + 1 == w->rows, w->wide, w->decimals);
}

static void write_skip(void *context, uint64_t count)
{
    const struct writing *w = context;
    tl_put_format(&w->report->text, "| %" PRIu64 " empty intervals\n", count);
}

static void put_head(struct intervals *t, struct tl_report *report, const struct writing *w, unsigned width)
{
    struct tl_buffer *b = &report->text;
    tl_report_rule(report, '=', width);
    tl_put_lit(b, "| IO Statistics\n|\n| Duration: ");
    put_micro(b, t->duration, DECIMALS);
    tl_put_lit(b, " secs\n| Interval: ");
    put_micro(b, w->length, w->decimals);
    tl_put_lit(b, " secs\n|\n");
    for (uint32_t i = 0; i < t->count; i++)
        tl_put_format(b, "| %s %u: %s\n", i == 0 ? "Col" : "   ", i + 1,
                      t->columns[i].text[0] != '\0' ? t->columns[i].text : "Frames and bytes");
    tl_report_rule(report, '-', width);
    tl_put_format(b, "| %*s |", w->wide * 2 + 4, "");
    for (uint32_t i = 0; i < t->count; i++)
        tl_put_format(b, "%-*u|", (int)width_of(&t->columns[i]) - 1 + (t->columns[i].function == FRAMES), i + 1);
    tl_put_format(b, "\n| %-*s |", w->wide * 2 + 4, "Interval");
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->columns[i].function == FRAMES)
            tl_put_lit(b, "    Frames |     Bytes |");
        else
            tl_put_format(b, " %*s |", (int)width_of(&t->columns[i]) - 3, function_names[t->columns[i].function]);
    }
    tl_put_char(b, '\n');
    tl_report_rule(report, '-', width);
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct intervals *t = (struct intervals *)s;
    struct writing w = { .t = t, .report = report };
    char number[32];
    w.length = length_of_intervals(t, &w.rows);
    w.decimals = w.length == t->interval ? t->decimals : DECIMALS;
    w.wide = snprintf(number, sizeof number, "%" PRIi64, (int64_t)w.rows * w.length / 1000000) +
             (w.decimals > 0 ? 1 + (int)w.decimals : 0);
    w.wide = w.wide < 3 ? 3 : w.wide;
    unsigned width = (unsigned)w.wide * 2 + 8;
    for (uint32_t i = 0; i < t->count; i++)
        width += width_of(&t->columns[i]) + (t->columns[i].function == FRAMES);
    tl_put_char(&report->text, '\n');
    put_head(t, report, &w, width);
    each_row(t, report, w.rows, write_row, write_skip, &w);
    tl_report_left_out(report, false, t->left_out, "intervals");
    tl_report_rule(report, '=', width);
}

static void json_row(void *context, uint64_t row)
{
    const struct writing *w = context;
    const struct intervals *t = w->t;
    const struct cell *cells = tl_rows_find(&t->table, &row, sizeof row);
    struct tl_buffer *b = &w->report->text;
    tl_report_object(w->report);
    tl_report_key(w->report, "start");
    put_micro(b, (int64_t)row * w->length, DECIMALS);
    tl_report_key(w->report, "columns");
    tl_put_char(b, '[');
    for (uint32_t i = 0; i < t->count; i++) {
        static const struct cell empty = { 0 };
        const struct cell *cell = cells != NULL ? &cells[i] : &empty;
        tl_puts(b, i > 0 ? ",{" : "{");
        tl_report_number(w->report, "frames", cell->frames);
        tl_report_number(w->report, "bytes", cell->bytes);
        if (t->columns[i].function != FRAMES) {
            tl_report_key(w->report, "value");
            put_value(b, &t->columns[i], cell);
        }
        tl_put_char(b, '}');
    }
    tl_put_char(b, ']');
    tl_report_object_end(w->report);
}

static void json_skip(void *context, uint64_t count)
{
    (void)context;
    (void)count;
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct intervals *t = (struct intervals *)s;
    struct writing w = { .t = t, .report = report };
    w.length = length_of_intervals(t, &w.rows);
    tl_report_key(report, "duration");
    put_micro(&report->text, t->duration, DECIMALS);
    tl_report_key(report, "interval");
    put_micro(&report->text, w.length, DECIMALS);
    tl_report_key(report, "columns");
    tl_put_char(&report->text, '[');
    for (uint32_t i = 0; i < t->count; i++) {
        tl_puts(&report->text, i > 0 ? ",{" : "{");
        tl_report_text(report, "column", t->columns[i].text, strlen(t->columns[i].text));
        tl_put_char(&report->text, '}');
    }
    tl_put_char(&report->text, ']');
    tl_report_list(report, "intervals");
    each_row(t, report, w.rows, json_row, json_skip, &w);
    tl_report_list_end(report);
    tl_report_left_out(report, true, t->left_out, "");
}

static void fini(struct tl_statistic *s)
{
    struct intervals *t = (struct intervals *)s;
    for (uint32_t i = 0; i < t->count; i++) {
        free(t->columns[i].text);
        free(t->columns[i].filter);
    }
    tl_rows_fini(&t->table);
}

const struct tl_statistic_kind tl_statistic_intervals = {
    .name = "io,stat",
    .arguments = ",INTERVAL[,[FUNCTION(FIELD)]FILTER]..",
    .help = "packets and bytes in each INTERVAL seconds; FUNCTION: COUNT, SUM, MIN, MAX, AVG",
    .size = sizeof(struct intervals),
    .parse = parse,
    .note = note,
    .take = take,
    .text = text,
    .json = json,
    .fini = fini,
};
