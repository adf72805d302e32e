/*
 * clickhouse.c - inserts records into ClickHouse, over its HTTP interface: a table for each kind of record.
 *
 * Types and syntax are those of the server's version: 18.16, which Debian has, knows no DateTime64, no IPv6 and no
 * deduplication token. It also changes values that a column cannot hold without an error (null becomes 0, large numbers
 * lose their high bits), so only values that fit are sent.
 */
#ifdef TAPLIGHT_CURL

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "sinks/http.h"
#include "sinks/members.h"

enum { NAME = 64, SPLITS_MOST = 4096 };

/* What becomes of a value. */
enum form {
    FORM_SAME,
    FORM_TIME,      /* seconds: date and time for DateTime64 */
    FORM_ADDRESS,   /* IPv4 addresses mapped into IPv6 */
    FORM_REAL,      /* "NaN" and so on are left out */
    FORM_BIT,       /* true and false: 1 and 0 */
    FORM_TEXT       /* JSON inside a string */
};

struct column {
    char name[NAME];
    enum form form;
};

/* A table: the records of one kind. */
struct table {
    char kind[NAME];
    char name[2 * NAME]; /* as in statements, with quotes */
    struct column *columns; /* owned: sorted by name; those that the table has */
    size_t column_count;
    bool ready;
    struct tl_buffer rows;
    struct tl_buffer lines;  /* the records, for those that are refused */
    size_t *row_ends, *line_ends; /* owned */
    size_t count, capacity;
    size_t next;             /* rows before it are done: of a frame that is sent again */
};

struct clickhouse {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials */
    struct tl_http *http;
    char database[256], pattern[256], cluster[128];
    bool create, packs;
    unsigned version; /* major * 100 + minor; 0: not known */
    struct table *tables; /* owned: one for each definition of a record */
    struct tl_http_answer answer;
    struct tl_buffer path, body;
    char run[TL_RUN_MOST + 1]; /* of the last frame */
    uint64_t first, count;
};

static bool is_new(const struct clickhouse *c)
{
    return c->version >= 2103; /* DateTime64, IPv6, LowCardinality without a setting, dates of all of DateTime64 */
}

/* --- requests --- */

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

/* The code of the error in an answer; 0: none. A late error is in the last line of an answer with status 200. */
static unsigned code_of(const struct tl_http_answer *answer)
{
    static const char mark[] = "Code: ";
    const uint8_t *p = memmem(answer->body.data, answer->body.len, mark, sizeof mark - 1);
    unsigned code = 0;
    if (answer->body.len == 0 || p == NULL)
        return 0;
    const uint8_t *end = answer->body.data + answer->body.len;
    for (p += sizeof mark - 1; p < end && *p >= '0' && *p <= '9' && code < 100000; p++)
        code = 10 * code + (unsigned)(*p - '0');
    return code;
}

/* Runs a statement that is in c->body, or in c->path with rows in c->body. Returns whether it succeeded. */
static bool run(struct clickhouse *c, bool packed, unsigned *code, char why[TL_REASON])
{
    *code = 0;
    tl_put_char(&c->path, '\0');
    if (c->path.failed || c->body.failed) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    enum tl_packing packing = !packed || !c->packs ? TL_PACKING_NONE : is_new(c) ? TL_PACKING_ZSTD : TL_PACKING_GZIP;
    if (!tl_http_post(c->http, (const char *)c->path.data, &c->body, packing, &c->answer, why))
        return false;
    *code = code_of(&c->answer);
    if (*code == 0 && c->answer.status == 200)
        return true;
    tl_http_reason(&c->answer, why);
    return false;
}

static void begin_path(struct clickhouse *c)
{
    c->path.len = 0;
    tl_puts(&c->path, "/?database=");
    tl_http_escape(&c->path, c->database);
}

static bool statement(struct clickhouse *c, const char *text, char why[TL_REASON])
{
    unsigned code;
    begin_path(c);
    c->body.len = 0;
    tl_puts(&c->body, text);
    return run(c, false, &code, why);
}

static bool ask_version(struct clickhouse *c, char why[TL_REASON])
{
    unsigned major = 0, minor = 0;
    char text[32] = "";
    if (c->version != 0)
        return true;
    if (!statement(c, "SELECT version()", why))
        return false;
    memcpy(text, c->answer.body.data, c->answer.body.len < sizeof text - 1 ? c->answer.body.len : sizeof text - 1);
    if (sscanf(text, "%u.%u", &major, &minor) != 2 || major > 1000 || minor > 99) {
        snprintf(why, TL_REASON, "it does not answer as ClickHouse does");
        return false;
    }
    c->version = 100 * major + minor;
    return true;
}

/* --- tables --- */

/* A name as in statements. */
static void put_quoted(struct tl_buffer *out, const char *name)
{
    tl_put_char(out, '`');
    for (; *name != '\0'; name++) {
        if (*name == '`' || *name == '\\')
            tl_put_char(out, '\\');
        tl_put_char(out, *name);
    }
    tl_put_char(out, '`');
}

/* A string as in statements. */
static void put_string(struct tl_buffer *out, const char *text)
{
    tl_put_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            tl_put_char(out, '\\');
        tl_put_char(out, *text);
    }
    tl_put_char(out, '\'');
}

static const char *type_of(const struct clickhouse *c, enum tl_record_type type)
{
    bool new = is_new(c);
    switch (type) {
    case TL_REC_COUNT:
        return "Nullable(UInt64)";
    case TL_REC_INT:
        return "Nullable(Int64)";
    case TL_REC_BOOL:
        return "Nullable(UInt8)";
    case TL_REC_INTERVAL:
    case TL_REC_DOUBLE:
        return "Nullable(Float64)";
    case TL_REC_TIME:
        return new ? "Nullable(DateTime64(9, 'UTC'))" : "Nullable(Decimal(38, 9))";
    case TL_REC_TOKEN:
    case TL_REC_MAC:
        return new ? "LowCardinality(String)" : "String";
    case TL_REC_ADDR:
        return new ? "Nullable(IPv6)" : "String";
    case TL_REC_TEXTS:
        return "Array(String)";
    case TL_REC_INTERVALS:
        return "Array(Float64)";
    case TL_REC_COUNTS:
        return "Array(UInt64)";
    default:
        return "String";
    }
}

static enum form form_of(const struct clickhouse *c, enum tl_record_type type)
{
    switch (type) {
    case TL_REC_BOOL:
        return FORM_BIT;
    case TL_REC_DOUBLE:
        return FORM_REAL;
    case TL_REC_TIME:
        return is_new(c) ? FORM_TIME : FORM_SAME;
    case TL_REC_ADDR:
        return is_new(c) ? FORM_ADDRESS : FORM_SAME;
    case TL_REC_OBJECTS:
        return FORM_TEXT;
    default:
        return FORM_SAME;
    }
}

struct known {
    const char *key, *new, *old;
    enum form form;
};

static const struct known common[] = {
    { "ts", "DateTime64(9, 'UTC')", "Decimal(38, 9)", FORM_TIME },
    { "_sensor", "LowCardinality(String)", "String", FORM_SAME },
    { "_run", "LowCardinality(String)", "String", FORM_SAME },
    { "_seq", "UInt64", "UInt64", FORM_SAME },
    { "_trunc", "Array(String)", "Array(String)", FORM_SAME },
};

static const struct known of_flows[] = {
    { "uid", "String", "String", FORM_SAME },
    { "id_orig_h", "IPv6", "String", FORM_ADDRESS },
    { "id_orig_p", "UInt16", "UInt16", FORM_SAME },
    { "id_resp_h", "IPv6", "String", FORM_ADDRESS },
    { "id_resp_p", "UInt16", "UInt16", FORM_SAME },
    { "community_id", "String", "String", FORM_SAME },
    { "decrypted", "UInt8", "UInt8", FORM_BIT },
    { "proxy_orig_h", "Nullable(IPv6)", "String", FORM_ADDRESS },
    { "proxy_orig_p", "Nullable(UInt16)", "Nullable(UInt16)", FORM_SAME },
    { "proxy_resp_h", "Nullable(IPv6)", "String", FORM_ADDRESS },
    { "proxy_resp_p", "Nullable(UInt16)", "Nullable(UInt16)", FORM_SAME },
};

/* A column of the table that a definition makes. */
struct wanted {
    char name[NAME];
    const char *type;
    enum form form;
};

enum { WANTED_MOST = TL_COUNT(common) + TL_COUNT(of_flows) + TL_RECORD_FIELDS };

static size_t list_wanted(const struct clickhouse *c, const struct tl_record_def *def,
                          struct wanted wanted[WANTED_MOST])
{
    size_t n = 0;
    for (size_t part = 0; part < 2; part++) {
        const struct known *known = part == 0 ? common : of_flows;
        size_t count = part == 0 ? TL_COUNT(common) : def->flow ? TL_COUNT(of_flows) : 0;
        for (size_t i = 0; i < count; i++, n++) {
            bool same = !is_new(c) && (known[i].form == FORM_TIME || known[i].form == FORM_ADDRESS);
            wanted[n] = (struct wanted){ .type = is_new(c) ? known[i].new : known[i].old,
                                         .form = same ? FORM_SAME : known[i].form };
            snprintf(wanted[n].name, NAME, "%s", known[i].key);
        }
    }
    for (uint32_t i = 0; i < def->field_count; i++, n++) {
        wanted[n] = (struct wanted){ .type = type_of(c, def->fields[i].type), .form = form_of(c, def->fields[i].type) };
        snprintf(wanted[n].name, NAME, "%s", def->fields[i].key);
        for (char *p = wanted[n].name; *p != '\0'; p++)
            *p = *p == '.' ? '_' : *p;
    }
    return n;
}

/* The name of a table: {kind} in the pattern is the kind. */
static void table_name(const struct clickhouse *c, const char *kind, const char *after, char *name, size_t size)
{
    const char *at = strstr(c->pattern, "{kind}");
    snprintf(name, size, "%.*s%s%s%s", (int)(at - c->pattern), c->pattern, kind, at + 6, after);
}

static void put_create(struct clickhouse *c, const struct tl_record_def *def, const char *name, const char *shards)
{
    struct wanted wanted[WANTED_MOST];
    size_t count = list_wanted(c, def, wanted);
    tl_puts(&c->body, "CREATE TABLE IF NOT EXISTS ");
    put_quoted(&c->body, name);
    if (c->cluster[0] != '\0') {
        tl_puts(&c->body, " ON CLUSTER ");
        put_quoted(&c->body, c->cluster);
    }
    tl_puts(&c->body, " (");
    for (size_t i = 0; i < count; i++) {
        tl_puts(&c->body, i > 0 ? ", " : "");
        put_quoted(&c->body, wanted[i].name);
        tl_put_format(&c->body, " %s", wanted[i].type);
    }
    if (shards == NULL) {
        tl_put_format(&c->body, ") ENGINE = ReplacingMergeTree PARTITION BY %s ORDER BY (ts, _sensor, _run, _seq)",
                      is_new(c) ? "toYYYYMM(ts)" : "intDiv(toInt64(ts), 2592000)");
        return;
    }
    tl_puts(&c->body, ") ENGINE = Distributed(");
    put_quoted(&c->body, c->cluster);
    tl_puts(&c->body, ", ");
    put_quoted(&c->body, c->database);
    tl_puts(&c->body, ", ");
    put_quoted(&c->body, shards);
    tl_puts(&c->body, ", cityHash64(_sensor, _run, _seq))"); /* a record that comes twice goes to the same shard */
}

static bool create_table(struct clickhouse *c, const struct tl_record_def *def, const char *name, char why[TL_REASON])
{
    char local[2 * NAME + 300];
    unsigned code;
    table_name(c, def->path, "_local", local, sizeof local);
    begin_path(c);
    c->body.len = 0;
    bool cluster = c->cluster[0] != '\0';
    put_create(c, def, cluster ? local : name, NULL);
    if (!run(c, false, &code, why))
        return false;
    if (!cluster)
        return true;
    begin_path(c);
    c->body.len = 0;
    put_create(c, def, name, local);
    return run(c, false, &code, why);
}

static bool list_columns(struct clickhouse *c, const char *name, char why[TL_REASON])
{
    unsigned code;
    begin_path(c);
    c->body.len = 0;
    tl_puts(&c->body, "SELECT name FROM system.columns WHERE database = ");
    put_string(&c->body, c->database);
    tl_puts(&c->body, " AND table = ");
    put_string(&c->body, name);
    tl_puts(&c->body, " FORMAT TSV");
    return run(c, false, &code, why);
}

static bool has_line(const struct tl_buffer *text, const char *line)
{
    size_t len = strlen(line);
    const uint8_t *p = text->data, *end = text->len > 0 ? p + text->len : p;
    while (p < end) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((newline != NULL ? newline : end) - p);
        if (n == len && memcmp(p, line, n) == 0)
            return true;
        p += n + 1;
    }
    return false;
}

/* A later version of the program has more keys. */
static bool add_column(struct clickhouse *c, const struct tl_record_def *def, const char *name,
                       const struct wanted *wanted, char why[TL_REASON])
{
    unsigned code;
    char local[2 * NAME + 300];
    bool cluster = c->cluster[0] != '\0';
    table_name(c, def->path, "_local", local, sizeof local);
    for (unsigned i = 0; i < (cluster ? 2 : 1); i++) {
        begin_path(c);
        c->body.len = 0;
        tl_puts(&c->body, "ALTER TABLE ");
        put_quoted(&c->body, cluster && i == 0 ? local : name);
        if (cluster) {
            tl_puts(&c->body, " ON CLUSTER ");
            put_quoted(&c->body, c->cluster);
        }
        tl_puts(&c->body, " ADD COLUMN ");
        put_quoted(&c->body, wanted->name);
        tl_put_format(&c->body, " %s", wanted->type);
        if (!run(c, false, &code, why) && code != 44) /* 44: the column is there */
            return false;
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct column *)a)->name, ((const struct column *)b)->name);
}

/* Makes the table if that is asked for, and learns its columns. */
static bool prepare(struct clickhouse *c, struct table *t, const struct tl_record_def *def, char why[TL_REASON])
{
    struct wanted wanted[WANTED_MOST];
    char name[2 * NAME + 300], missing[200] = "";
    if (t->ready)
        return true;
    why[0] = '\0';
    table_name(c, def->path, "", name, sizeof name);
    if (c->create && !create_table(c, def, name, why))
        return false;
    if (!list_columns(c, name, why))
        return false;
    if (c->answer.body.len == 0) {
        snprintf(why, TL_REASON, "there is no table %.100s: create it, or add create=1 to the URL", name);
        return false;
    }
    struct tl_buffer there = c->answer.body;
    c->answer.body = (struct tl_buffer){ 0 };
    size_t count = list_wanted(c, def, wanted);
    t->column_count = 0;
    free(t->columns);
    t->columns = calloc(count, sizeof *t->columns);
    bool good = t->columns != NULL;
    for (size_t i = 0; good && i < count; i++) {
        if (!has_line(&there, wanted[i].name)) {
            if (c->create) {
                good = add_column(c, def, name, &wanted[i], why);
            } else {
                size_t n = strlen(missing);
                snprintf(missing + n, sizeof missing - n, "%s%s", n > 0 ? ", " : "", wanted[i].name);
                continue;
            }
        }
        struct column *column = &t->columns[t->column_count++];
        memcpy(column->name, wanted[i].name, NAME);
        column->form = wanted[i].form;
    }
    tl_buffer_fini(&there);
    if (!good)
        return false;
    qsort(t->columns, t->column_count, sizeof *t->columns, by_name);
    if (missing[0] != '\0') {
        char text[400];
        snprintf(text, sizeof text, "table %.80s has no column for %s: they are left out", name, missing);
        c->options.notice(c->options.context, text);
    }
    t->ready = true;
    return true;
}

/* --- rows --- */

static const struct column *column_of(const struct table *t, const struct tl_member *m)
{
    size_t low = 0, high = t->column_count;
    while (low < high) {
        size_t middle = (low + high) / 2, len = strlen(t->columns[middle].name);
        int order = memcmp(m->key, t->columns[middle].name, m->key_len < len ? m->key_len : len);
        order = order != 0 ? order : m->key_len < len ? -1 : m->key_len > len;
        if (order == 0)
            return &t->columns[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Appends `,"key":value`, or nothing. */
static void put_member(struct tl_buffer *out, const struct column *column, const struct tl_member *m)
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

static bool grow(struct table *t)
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

static bool add_row(struct table *t, const struct tl_record_frame *frame, const uint8_t *line, size_t len, uint64_t seq)
{
    struct tl_buffer *out = &t->rows;
    const uint8_t *p = line + 1, *end = line + len;
    struct tl_member m;
    if (t->count == t->capacity && !grow(t))
        return false;
    size_t begin = out->len;
    while (tl_member_next(&p, end, &m)) {
        const struct column *column = m.key[0] == '_' && tl_member_is(&m, "_path") ? NULL : column_of(t, &m);
        if (column != NULL)
            put_member(out, column, &m);
    }
    tl_put_format(out, ",\"_sensor\":\"%s\",\"_run\":\"%s\",\"_seq\":", frame->sensor, frame->run);
    tl_put_u64(out, seq);
    tl_put_lit(out, "}\n");
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

/* Inserts the rows from, .., to - 1. */
static bool insert(struct clickhouse *c, const struct table *t, const struct tl_record_frame *frame, size_t from,
                   size_t to, unsigned *code, char why[TL_REASON])
{
    size_t begin = from > 0 ? t->row_ends[from - 1] : 0;
    begin_path(c);
    if (is_new(c)) /* the server keeps the tokens of its last blocks */
        tl_put_format(&c->path, "&insert_deduplication_token=%s-%s-%" PRIu64 "-%" PRIu64 "-%s-%zu-%zu", frame->sensor,
                      frame->run, frame->first, frame->count, t->kind, from, to);
    if (c->cluster[0] != '\0')
        tl_puts(&c->path, "&insert_distributed_sync=1");
    tl_puts(&c->path, "&query=INSERT%20INTO%20");
    struct tl_buffer name = { 0 };
    put_quoted(&name, t->name);
    tl_put_char(&name, '\0');
    if (!name.failed)
        tl_http_escape(&c->path, (const char *)name.data);
    tl_buffer_fini(&name);
    tl_puts(&c->path, "%20FORMAT%20JSONEachRow");
    c->body.len = 0;
    tl_put(&c->body, t->rows.data + begin, t->row_ends[to - 1] - begin);
    return run(c, true, code, why);
}

/* Inserts rows; halves them until those that the server refuses are found. */
static bool insert_all(struct clickhouse *c, struct table *t, const struct tl_record_frame *frame, size_t from,
                       size_t to, unsigned *splits, char why[TL_REASON])
{
    unsigned code;
    if (insert(c, t, frame, from, to, &code, why)) {
        t->next = to;
        return true;
    }
    if (code == 16 || code == 60 || code == 8 || code == 10) /* another table than it was: look at it again */
        t->ready = false;
    if (!is_about_data(code))
        return false;
    if (to - from == 1 || ++*splits > SPLITS_MOST) {
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

static struct table *table_of(struct clickhouse *c, const uint8_t *kind, size_t len)
{
    for (uint32_t i = 0; i < c->options.def_count; i++)
        if (strlen(c->tables[i].kind) == len && memcmp(c->tables[i].kind, kind, len) == 0)
            return &c->tables[i];
    return NULL;
}

/* Sorts the records of a frame into the tables. */
static bool sort_rows(struct clickhouse *c, const struct tl_record_frame *frame, char why[TL_REASON])
{
    const uint8_t *line = frame->lines.data, *end = line + frame->lines.len, *kind;
    uint64_t seq = frame->first;
    for (uint32_t i = 0; i < c->options.def_count; i++)
        c->tables[i].rows.len = c->tables[i].lines.len = c->tables[i].count = 0;
    for (size_t len, kind_len; line < end; line += len, seq++) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));
        len = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)(end - line);
        struct table *t = tl_member_kind(line, len, &kind, &kind_len) ? table_of(c, kind, kind_len) : NULL;
        if (t == NULL) {
            c->options.set_aside(c->options.context, line, len, "it is of no known kind");
            continue;
        }
        if (!prepare(c, t, c->options.defs[t - c->tables], why))
            return false;
        if (!add_row(t, frame, line, len, seq)) {
            snprintf(why, TL_REASON, "out of memory");
            return false;
        }
    }
    return true;
}

static bool send(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct clickhouse *c = (struct clickhouse *)target;
    unsigned splits = 0;
    bool again = strcmp(c->run, frame->run) == 0 && c->first == frame->first && c->count == frame->count;
    c->path.failed = c->body.failed = c->answer.body.failed = false;
    for (uint32_t i = 0; !again && i < c->options.def_count; i++)
        c->tables[i].next = 0;
    memcpy(c->run, frame->run, sizeof c->run);
    c->first = frame->first;
    c->count = frame->count;
    bool good = ask_version(c, why) && sort_rows(c, frame, why);
    for (uint32_t i = 0; good && i < c->options.def_count; i++) {
        struct table *t = &c->tables[i];
        good = t->next >= t->count || insert_all(c, t, frame, t->next, t->count, &splits, why);
    }
    if (!good)
        c->version = 0; /* another server may answer next */
    return good;
}

static void free_target(struct tl_receiver *target)
{
    struct clickhouse *c = (struct clickhouse *)target;
    for (uint32_t i = 0; c->tables != NULL && i < c->options.def_count; i++) {
        struct table *t = &c->tables[i];
        tl_buffer_fini(&t->rows);
        tl_buffer_fini(&t->lines);
        free(t->columns);
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

static bool is_yes(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "yes") == 0);
}

static bool log_in(struct clickhouse *c, const struct tl_credentials *credentials)
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
    struct clickhouse *c = calloc(1, sizeof *c);
    if (c == NULL || (c->tables = calloc(options->def_count + 1, sizeof *c->tables)) == NULL) {
        free(c);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    c->target = (struct tl_receiver){ .send = send, .free = free_target };
    c->options = *options;
    explicit_bzero(&c->options.credentials, sizeof c->options.credentials);
    c->create = is_yes(tl_url_query(url, "create"));
    c->packs = compress == NULL || strcmp(compress, "no") != 0;
    snprintf(c->database, sizeof c->database, "%s", url->path[0] != '\0' ? url->path : "default");
    snprintf(c->pattern, sizeof c->pattern, "%s", table != NULL ? table : "{kind}");
    snprintf(c->cluster, sizeof c->cluster, "%s", cluster != NULL ? cluster : "");
    const char *at = strstr(c->pattern, "{kind}");
    if (at == NULL || strlen(c->pattern) > NAME) {
        tl_error_set(error, TL_E_USAGE,
                     "--to: table: records of a kind have a table of their own: give a name with {kind}");
        free_target(&c->target);
        return NULL;
    }
    for (uint32_t i = 0; i < options->def_count; i++) {
        snprintf(c->tables[i].kind, NAME, "%s", options->defs[i]->path);
        table_name(c, c->tables[i].kind, "", c->tables[i].name, sizeof c->tables[i].name);
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
