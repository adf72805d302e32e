/*
 * clickhouse.c - inserts records into ClickHouse, over its HTTP interface: a table for each kind of record.
 *
 * Types and syntax are those of the server's version: 18.16, which Debian has, knows no DateTime64, no IPv6 and no
 * deduplication token. It also changes values that a column cannot hold without an error (null becomes 0, large numbers
 * lose their high bits), so only values that fit are sent.
 *
 * Rows go as a block of columns (native.h) where all columns have types that it knows, else as lines of JSON.
 */
#ifdef TAPLIGHT_CURL

#include "sinks/clickhouse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "sinks/members.h"

enum { SPLITS_MOST = 4096 };

/* --- rows --- */

/* Appends `,"key":value`, or nothing. */
static void put_member(struct tl_buffer *out, const struct tl_clickhouse_column *column, const struct tl_member *m)
{
    size_t before = out->len;
    tl_put_lit(out, ",\"");
    tl_put(out, m->key, m->key_len);
    tl_put_lit(out, "\":");
    if (column->form == FORM_SAME) {
        tl_put(out, m->value, m->len);
    } else if (column->form == FORM_BIT) {
        tl_put_char(out, m->value[0] == 't' ? '1' : '0');
    } else if (column->form == FORM_TEXT) {
        tl_put_nested(out, m->value, m->len);
    } else if (column->form == FORM_ADDRESS && m->len > 2 && memchr(m->value, ':', m->len) == NULL) {
        tl_put_lit(out, "\"::ffff:");
        tl_put(out, m->value + 1, m->len - 1);
    } else if (column->form == FORM_ADDRESS) {
        tl_put(out, m->value, m->len);
    } else if (column->form == FORM_TIME ? !tl_member_put_date(out, m, ' ', "") : m->value[0] == '"') {
        out->len = before;
    } else if (column->form == FORM_REAL) {
        tl_put(out, m->value, m->len);
    }
}

static bool grow(struct tl_clickhouse_table *t)
{
    size_t capacity = t->capacity == 0 ? 1024 : 2 * t->capacity;
    size_t *rows = realloc(t->row_ends, capacity * sizeof *rows);
    if (rows != NULL)
        t->row_ends = rows;
    size_t *lines = realloc(t->line_ends, capacity * sizeof *lines);
    if (lines != NULL)
        t->line_ends = lines;
    if (rows == NULL || lines == NULL)
        return false;
    t->capacity = capacity;
    return true;
}

/* Adds a row to the block. Returns false for a value that its column cannot hold, and adds nothing. */
static bool add_to_block(struct tl_clickhouse_table *t, const struct tl_record_frame *frame, const uint8_t *line,
                         size_t len, uint64_t seq)
{
    struct tl_member m;
    bool good = true;
    for (const uint8_t *p = line + 1; good && tl_member_next(&p, line + len, &m);) {
        struct tl_clickhouse_column *column = tl_clickhouse_column(t, m.key, m.key_len);
        if (column == NULL || column->native.rows > t->count)
            continue;
        bool left_out = column->form == FORM_REAL && m.len > 0 && m.value[0] == '"';
        good = left_out || tl_native_put(&column->native, m.value, m.len);
    }
    if (t->sensor != NULL)
        tl_native_put_text(&t->sensor->native, frame->sensor, strlen(frame->sensor));
    if (t->run != NULL)
        tl_native_put_text(&t->run->native, frame->run, strlen(frame->run));
    if (t->seq != NULL)
        tl_native_put_number(&t->seq->native, seq);
    for (size_t i = 0; i < t->column_count; i++) {
        struct tl_native_column *native = &t->columns[i].native;
        if (good && native->rows == t->count)
            tl_native_put_default(native);
        else if (!good && native->rows > t->count)
            tl_native_take_back(native);
    }
    t->count += good;
    return good;
}

static bool add_row(struct tl_clickhouse_table *t, const struct tl_record_frame *frame, const uint8_t *line,
                    size_t len, uint64_t seq)
{
    struct tl_buffer *out = &t->rows;
    const uint8_t *p = line + 1, *end = line + len;
    struct tl_member m;
    if (t->count == t->capacity && !grow(t))
        return false;
    size_t begin = out->len;
    while (tl_member_next(&p, end, &m)) {
        const struct tl_clickhouse_column *column = tl_clickhouse_column(t, m.key, m.key_len);
        if (column != NULL)
            put_member(out, column, &m);
    }
    if (t->sensor != NULL)
        tl_put_format(out, ",\"_sensor\":\"%s\"", frame->sensor);
    if (t->run != NULL)
        tl_put_format(out, ",\"_run\":\"%s\"", frame->run);
    if (t->seq != NULL) {
        tl_put_lit(out, ",\"_seq\":");
        tl_put_u64(out, seq);
    }
    tl_puts(out, out->len > begin ? "}\n" : ",}\n"); /* the comma becomes the brace */
    tl_frame_put_line(&t->lines, frame, line, len, seq);
    tl_put_char(&t->lines, '\n');
    if (out->failed || t->lines.failed)
        return false;
    out->data[begin] = '{';
    t->row_ends[t->count] = out->len;
    t->line_ends[t->count++] = t->lines.len;
    return true;
}

/* --- inserting --- */

/* Codes of errors that are about the data of one row: ErrorCodes.cpp of ClickHouse. */
static bool is_about_data(unsigned code)
{
    static const uint16_t codes[] = { 6,  26,  27,  33,  38,  41,  53,  69,  70,  72,  117, 130, 131,
                                      190, 321, 349, 376, 441, 467, 469, 675, 676 };
    for (size_t i = 0; i < TL_COUNT(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Whether fewer rows may be taken: a proxy's limit, or one for the partitions of an insert. */
static bool is_too_large(const struct tl_clickhouse *c, unsigned code, const char *why)
{
    return c->answer.status == 413 || (code == 252 && strstr(why, "partitions") != NULL);
}

static void put_block(struct tl_buffer *out, const struct tl_clickhouse_table *t)
{
    tl_native_begin(out, t->column_count, t->count);
    for (size_t i = 0; i < t->column_count; i++) {
        out->failed |= tl_native_failed(&t->columns[i].native);
        tl_native_put_column(out, &t->columns[i].native, t->columns[i].name);
    }
}

static void put_column_names(struct tl_buffer *out, const struct tl_clickhouse_table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        tl_puts(out, i > 0 ? ", " : " (");
        tl_clickhouse_put_name(out, t->columns[i].name);
    }
    tl_puts(out, ")");
}

/* Inserts the rows from, .., to - 1: all, if they are in a block. */
static bool insert(struct tl_clickhouse *c, const struct tl_clickhouse_table *t, const struct tl_record_frame *frame,
                   size_t from, size_t to, unsigned *code, char why[TL_REASON])
{
    bool native = t->native && !t->plain;
    tl_clickhouse_begin(c);
    if (tl_clickhouse_is_new(c)) /* the server keeps the tokens of its last blocks */
        tl_put_format(&c->path, "&insert_deduplication_token=%s-%s-%" PRIu64 "-%" PRIu64 "-%s-%zu-%zu", frame->sensor,
                      frame->run, frame->first, frame->count, t->kind, from, to);
    if (c->cluster[0] != '\0')
        tl_puts(&c->path, "&insert_distributed_sync=1");
    tl_puts(&c->path, "&query=INSERT%20INTO%20");
    struct tl_buffer name = { 0 };
    tl_clickhouse_put_name(&name, t->name);
    if (native)
        put_column_names(&name, t);
    tl_put_char(&name, '\0');
    if (!name.failed)
        tl_http_escape(&c->path, (const char *)name.data);
    tl_buffer_fini(&name);
    tl_puts(&c->path, native ? "%20FORMAT%20Native" : "%20FORMAT%20JSONEachRow");
    c->body.len = 0;
    size_t begin = !native && from > 0 ? t->row_ends[from - 1] : 0;
    if (native)
        put_block(&c->body, t);
    else
        tl_put(&c->body, t->rows.data + begin, t->row_ends[to - 1] - begin);
    return tl_clickhouse_run(c, true, code, why);
}

/*
 * Inserts rows; halves them until those that the server refuses are found. A block is not cut: its rows are not done,
 * and come again as JSON.
 */
static bool insert_all(struct tl_clickhouse *c, struct tl_clickhouse_table *t, const struct tl_record_frame *frame,
                       size_t from, size_t to, unsigned *splits, char why[TL_REASON])
{
    unsigned code;
    if (insert(c, t, frame, from, to, &code, why)) {
        c->options.progress(c->options.context);
        t->next = to;
        return true;
    }
    if (code == 16 || code == 60 || code == 8 || code == 10) /* another table than it was: look at it again */
        t->ready = false;
    if ((code == 117 || code == 53) && !t->looked) { /* a column that is gone, or of another type */
        t->ready = false;
        t->looked = true;
        return false;
    }
    bool too_large = is_too_large(c, code, why);
    if (!is_about_data(code) && !too_large)
        return false;
    if (t->native && !t->plain) {
        t->plain = true;
        return true;
    }
    if (to - from == 1 && too_large && c->answer.status != 413)
        return false;
    if (to - from == 1 || (!too_large && ++*splits > SPLITS_MOST)) {
        for (size_t i = from; i < to; i++) {
            size_t begin = i > 0 ? t->line_ends[i - 1] : 0;
            c->options.set_aside(c->options.context, t->lines.data + begin, t->line_ends[i] - begin, why);
        }
        t->next = to;
        return true;
    }
    size_t middle = from + (to - from) / 2;
    return insert_all(c, t, frame, from, middle, splits, why) && insert_all(c, t, frame, middle, to, splits, why);
}

static struct tl_clickhouse_table *table_of(struct tl_clickhouse *c, const uint8_t *kind, size_t len)
{
    for (uint32_t i = 0; i < c->options.def_count; i++)
        if (strlen(c->tables[i].kind) == len && memcmp(c->tables[i].kind, kind, len) == 0)
            return &c->tables[i];
    return NULL;
}

/* Sets a record aside, but not again when its frame is sent again. */
static void refuse(struct tl_clickhouse *c, const uint8_t *line, size_t len, uint64_t seq, const char *why)
{
    if (seq < c->judged)
        return;
    c->judged = seq + 1;
    c->options.set_aside(c->options.context, line, len, why);
}

static void clear_rows(struct tl_clickhouse *c)
{
    for (uint32_t i = 0; i < c->options.def_count; i++) {
        struct tl_clickhouse_table *t = &c->tables[i];
        t->rows.len = t->lines.len = t->count = 0;
        t->rows.failed = t->lines.failed = false;
        for (size_t k = 0; k < t->column_count; k++)
            tl_native_clear(&t->columns[k].native);
    }
}

/* Sorts the records of a frame into the tables. */
static bool sort_rows(struct tl_clickhouse *c, const struct tl_record_frame *frame, char why[TL_REASON])
{
    const uint8_t *line = frame->lines.data, *end = line + frame->lines.len, *kind;
    uint64_t seq = frame->first;
    clear_rows(c);
    for (size_t len, kind_len; line < end; line += len, seq++) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));
        len = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)(end - line);
        struct tl_clickhouse_table *t = NULL;
        if (tl_member_kind(line, len, &kind, &kind_len))
            t = table_of(c, kind, kind_len);
        if (t == NULL) {
            refuse(c, line, len, seq, "it is of no known kind");
            continue;
        }
        if (!tl_clickhouse_prepare(c, t, c->options.defs[t - c->tables], why))
            return false;
        if (t->native && !t->plain) {
            if (!add_to_block(t, frame, line, len, seq))
                refuse(c, line, len, seq, "a column of its table cannot hold a value");
        } else if (!add_row(t, frame, line, len, seq)) {
            snprintf(why, TL_REASON, "out of memory");
            return false;
        }
    }
    return true;
}

static void begin_frame(struct tl_clickhouse *c, const struct tl_record_frame *frame)
{
    if (strcmp(c->run, frame->run) == 0 && strcmp(c->sensor, frame->sensor) == 0 && c->first == frame->first &&
        c->count == frame->count)
        return;
    for (uint32_t i = 0; i < c->options.def_count; i++) {
        c->tables[i].next = 0;
        c->tables[i].plain = c->tables[i].looked = false;
    }
    memcpy(c->sensor, frame->sensor, sizeof c->sensor);
    memcpy(c->run, frame->run, sizeof c->run);
    c->first = c->judged = frame->first;
    c->count = frame->count;
}

static bool send(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct tl_clickhouse *c = (struct tl_clickhouse *)target;
    unsigned splits = 0;
    bool good = true, done = false;
    c->path.failed = c->body.failed = c->answer.body.failed = false;
    begin_frame(c, frame);
    while (good && !done) { /* again, if a block was refused: its rows are JSON then */
        good = tl_clickhouse_ask_version(c, why) && sort_rows(c, frame, why);
        done = true;
        for (uint32_t i = 0; good && i < c->options.def_count; i++) {
            struct tl_clickhouse_table *t = &c->tables[i];
            good = t->next >= t->count || insert_all(c, t, frame, t->next, t->count, &splits, why);
            done = done && t->next >= t->count;
        }
    }
    if (good)
        c->count = 0;
    else
        c->version = 0; /* another server may answer next */
    return good;
}

static void free_target(struct tl_receiver *target)
{
    struct tl_clickhouse *c = (struct tl_clickhouse *)target;
    for (uint32_t i = 0; c->tables != NULL && i < c->options.def_count; i++) {
        struct tl_clickhouse_table *t = &c->tables[i];
        tl_buffer_fini(&t->rows);
        tl_buffer_fini(&t->lines);
        tl_clickhouse_free_columns(t);
        free(t->row_ends);
        free(t->line_ends);
    }
    free(c->tables);
    tl_buffer_fini(&c->answer.body);
    tl_buffer_fini(&c->path);
    tl_buffer_fini(&c->body);
    tl_http_close(c->http);
    free(c);
}

/* Nothing is packed on the way to the same machine. */
static bool is_here(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static bool is_yes(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "yes") == 0);
}

static bool log_in(struct tl_clickhouse *c, const struct tl_credentials *credentials)
{
    if (credentials->user[0] == '\0' && credentials->password[0] == '\0')
        return true;
    return tl_http_header(c->http, "X-ClickHouse-User", credentials->user[0] != '\0' ? credentials->user : "default") &&
           (credentials->password[0] == '\0' || tl_http_header(c->http, "X-ClickHouse-Key", credentials->password));
}

struct tl_receiver *tl_clickhouse_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                     struct tl_error *error)
{
    const struct tl_url *url = options->url;
    const char *table = tl_url_query(url, "table"), *cluster = tl_url_query(url, "cluster");
    const char *compress = tl_url_query(url, "compress");
    struct tl_clickhouse *c = calloc(1, sizeof *c);
    if (c == NULL || (c->tables = calloc(options->def_count + 1, sizeof *c->tables)) == NULL) {
        free(c);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    c->target = (struct tl_receiver){ .send = send, .free = free_target };
    c->options = *options;
    explicit_bzero(&c->options.credentials, sizeof c->options.credentials);
    c->create = is_yes(tl_url_query(url, "create"));
    c->packs = compress != NULL ? strcmp(compress, "no") != 0 : !is_here(url->host);
    snprintf(c->database, sizeof c->database, "%s", url->path[0] != '\0' ? url->path : "default");
    snprintf(c->pattern, sizeof c->pattern, "%s", table != NULL ? table : "{kind}");
    snprintf(c->cluster, sizeof c->cluster, "%s", cluster != NULL ? cluster : "");
    c->replicated = is_yes(tl_url_query(url, "replicated"));
    if (c->replicated && (!c->create || c->cluster[0] == '\0')) {
        tl_error_set(error, TL_E_USAGE, "--to: replicated=1 is about tables that create=1 makes on a cluster=NAME");
        free_target(&c->target);
        return NULL;
    }
    const char *at = strstr(c->pattern, "{kind}");
    if (at == NULL || strlen(c->pattern) > TL_CLICKHOUSE_NAME) {
        tl_error_set(error, TL_E_USAGE,
                     "--to: table: records of a kind have a table of their own: give a name with {kind}");
        free_target(&c->target);
        return NULL;
    }
    for (uint32_t i = 0; i < options->def_count; i++) {
        snprintf(c->tables[i].kind, TL_CLICKHOUSE_NAME, "%s", options->defs[i]->path);
        tl_clickhouse_table_name(c, c->tables[i].kind, "", c->tables[i].name, sizeof c->tables[i].name);
    }
    c->http = tl_http_open(options, scheme, "application/x-ndjson", error);
    if (c->http == NULL || !log_in(c, &options->credentials)) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        free_target(&c->target);
        return NULL;
    }
    return &c->target;
}

#endif
