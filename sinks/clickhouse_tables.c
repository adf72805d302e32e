/* clickhouse_tables.c - statements for ClickHouse, and the tables and columns that records go into. */
#ifdef TAPLIGHT_CURL

#include "sinks/clickhouse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

bool tl_clickhouse_is_new(const struct tl_clickhouse *c)
{
    return c->version >= 2103; /* DateTime64, IPv6, LowCardinality without a setting, dates of all of DateTime64 */
}

/* --- requests --- */

/* The code of the error in an answer; 0: none. A late error is in the last line of an answer with status 200. */
static unsigned code_of(const struct tl_http_answer *answer)
{
    static const char mark[] = "Code: ";
    const uint8_t *p = answer->body.data;
    unsigned code = 0;
    if (answer->body.len == 0 || (p = memmem(p, answer->body.len, mark, sizeof mark - 1)) == NULL)
        return 0;
    const uint8_t *end = answer->body.data + answer->body.len;
    for (p += sizeof mark - 1; p < end && *p >= '0' && *p <= '9' && code < 100000; p++)
        code = 10 * code + (unsigned)(*p - '0');
    return code;
}

bool tl_clickhouse_run(struct tl_clickhouse *c, bool packed, unsigned *code, char why[TL_REASON])
{
    *code = 0;
    tl_put_char(&c->path, '\0');
    if (c->path.failed || c->body.failed) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    enum tl_packing packing = tl_clickhouse_is_new(c) ? TL_PACKING_ZSTD : TL_PACKING_GZIP;
    packing = packed && c->packs ? packing : TL_PACKING_NONE;
    if (!tl_http_post(c->http, (const char *)c->path.data, &c->body, packing, &c->answer, why))
        return false;
    *code = code_of(&c->answer);
    if (*code == 0 && c->answer.status == 200)
        return true;
    tl_http_reason(&c->answer, why);
    return false;
}

void tl_clickhouse_begin(struct tl_clickhouse *c)
{
    c->path.len = 0;
    tl_puts(&c->path, "/?database=");
    tl_http_escape(&c->path, c->database);
}

static bool statement(struct tl_clickhouse *c, const char *text, char why[TL_REASON])
{
    unsigned code;
    tl_clickhouse_begin(c);
    c->body.len = 0;
    tl_puts(&c->body, text);
    return tl_clickhouse_run(c, false, &code, why);
}

bool tl_clickhouse_ask_version(struct tl_clickhouse *c, char why[TL_REASON])
{
    unsigned major = 0, minor = 0;
    char text[32] = "";
    if (c->version != 0)
        return true;
    if (!statement(c, "SELECT version()", why))
        return false;
    size_t len = c->answer.body.len < sizeof text - 1 ? c->answer.body.len : sizeof text - 1;
    if (len > 0)
        memcpy(text, c->answer.body.data, len);
    if (sscanf(text, "%u.%u", &major, &minor) != 2 || major > 1000 || minor > 99) {
        snprintf(why, TL_REASON, "it does not answer as ClickHouse does");
        return false;
    }
    c->version = 100 * major + minor;
    for (uint32_t i = 0; c->version != c->version_before && i < c->options.def_count; i++)
        c->tables[i].ready = false; /* it has other types */
    c->version_before = c->version;
    return true;
}

/* --- tables --- */

void tl_clickhouse_put_name(struct tl_buffer *out, const char *name)
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

static const char *type_of(const struct tl_clickhouse *c, enum tl_record_type type)
{
    bool new = tl_clickhouse_is_new(c);
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

static enum tl_clickhouse_form form_of(const struct tl_clickhouse *c, enum tl_record_type type)
{
    switch (type) {
    case TL_REC_BOOL:
        return FORM_BIT;
    case TL_REC_DOUBLE:
        return FORM_REAL;
    case TL_REC_TIME:
        return tl_clickhouse_is_new(c) ? FORM_TIME : FORM_SAME;
    case TL_REC_ADDR:
        return tl_clickhouse_is_new(c) ? FORM_ADDRESS : FORM_SAME;
    case TL_REC_OBJECTS:
        return FORM_TEXT;
    default:
        return FORM_SAME;
    }
}

struct known {
    const char *key, *new, *old;
    enum tl_clickhouse_form form;
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
    char name[TL_CLICKHOUSE_NAME];
    const char *type;
    enum tl_clickhouse_form form;
};

enum { WANTED_MOST = TL_COUNT(common) + TL_COUNT(of_flows) + TL_RECORD_FIELDS };

static size_t list_wanted(const struct tl_clickhouse *c, const struct tl_record_def *def,
                          struct wanted wanted[WANTED_MOST])
{
    size_t n = 0;
    for (size_t part = 0; part < 2; part++) {
        const struct known *known = part == 0 ? common : of_flows;
        size_t count = part == 0 ? TL_COUNT(common) : def->flow ? TL_COUNT(of_flows) : 0;
        for (size_t i = 0; i < count; i++, n++) {
            bool same = !tl_clickhouse_is_new(c) && (known[i].form == FORM_TIME || known[i].form == FORM_ADDRESS);
            wanted[n] = (struct wanted){ .type = tl_clickhouse_is_new(c) ? known[i].new : known[i].old,
                                         .form = same ? FORM_SAME : known[i].form };
            snprintf(wanted[n].name, TL_CLICKHOUSE_NAME, "%s", known[i].key);
        }
    }
    for (uint32_t i = 0; i < def->field_count; i++, n++) {
        wanted[n] = (struct wanted){ .type = type_of(c, def->fields[i].type), .form = form_of(c, def->fields[i].type) };
        snprintf(wanted[n].name, TL_CLICKHOUSE_NAME, "%s", def->fields[i].key);
        for (char *p = wanted[n].name; *p != '\0'; p++)
            *p = *p == '.' ? '_' : *p;
    }
    return n;
}

void tl_clickhouse_table_name(const struct tl_clickhouse *c, const char *kind, const char *after, char *name,
                              size_t size)
{
    const char *at = strstr(c->pattern, "{kind}");
    snprintf(name, size, "%.*s%s%s%s", (int)(at - c->pattern), c->pattern, kind, at + 6, after);
}

/* The server puts its macros for {shard} and {replica}. Old servers do not know {database} and {table}. */
static void put_engine(struct tl_clickhouse *c, const char *table)
{
    char path[TL_CLICKHOUSE_NAME + 600];
    if (!c->replicated) {
        tl_puts(&c->body, "ReplacingMergeTree");
        return;
    }
    snprintf(path, sizeof path, "/clickhouse/tables/{shard}/%s/%s", c->database, table);
    tl_puts(&c->body, "ReplicatedReplacingMergeTree(");
    put_string(&c->body, path);
    tl_puts(&c->body, ", '{replica}')");
}

static void put_create(struct tl_clickhouse *c, const struct tl_record_def *def, const char *name, const char *shards)
{
    struct wanted wanted[WANTED_MOST];
    size_t count = list_wanted(c, def, wanted);
    tl_puts(&c->body, "CREATE TABLE IF NOT EXISTS ");
    tl_clickhouse_put_name(&c->body, name);
    if (c->cluster[0] != '\0') {
        tl_puts(&c->body, " ON CLUSTER ");
        tl_clickhouse_put_name(&c->body, c->cluster);
    }
    tl_puts(&c->body, " (");
    for (size_t i = 0; i < count; i++) {
        tl_puts(&c->body, i > 0 ? ", " : "");
        tl_clickhouse_put_name(&c->body, wanted[i].name);
        tl_put_format(&c->body, " %s", wanted[i].type);
    }
    if (shards == NULL) {
        tl_puts(&c->body, ") ENGINE = ");
        put_engine(c, name);
        tl_put_format(&c->body, " PARTITION BY %s ORDER BY (ts, _sensor, _run, _seq)",
                      tl_clickhouse_is_new(c) ? "toYYYYMM(ts)" : "intDiv(toInt64(ts), 2592000)");
        return;
    }
    tl_puts(&c->body, ") ENGINE = Distributed(");
    tl_clickhouse_put_name(&c->body, c->cluster);
    tl_puts(&c->body, ", ");
    tl_clickhouse_put_name(&c->body, c->database);
    tl_puts(&c->body, ", ");
    tl_clickhouse_put_name(&c->body, shards);
    tl_puts(&c->body, ", cityHash64(_sensor, _run, _seq))"); /* a record that comes twice goes to the same shard */
}

static bool create_table(struct tl_clickhouse *c, const struct tl_record_def *def, const char *name,
                         char why[TL_REASON])
{
    char local[2 * TL_CLICKHOUSE_NAME + 300];
    unsigned code;
    tl_clickhouse_table_name(c, def->path, "_local", local, sizeof local);
    tl_clickhouse_begin(c);
    c->body.len = 0;
    bool cluster = c->cluster[0] != '\0';
    put_create(c, def, cluster ? local : name, NULL);
    if (!tl_clickhouse_run(c, false, &code, why))
        return false;
    if (!cluster)
        return true;
    tl_clickhouse_begin(c);
    c->body.len = 0;
    put_create(c, def, name, local);
    return tl_clickhouse_run(c, false, &code, why);
}

/* A table that is there stays as it is: it is said, once, that it has no copies. */
static bool look_at_engine(struct tl_clickhouse *c, const struct tl_record_def *def, char why[TL_REASON])
{
    char local[2 * TL_CLICKHOUSE_NAME + 300], text[500];
    static const char replicated[] = "Replicated";
    unsigned code;
    tl_clickhouse_table_name(c, def->path, "_local", local, sizeof local);
    tl_clickhouse_begin(c);
    c->body.len = 0;
    tl_puts(&c->body, "SELECT engine FROM system.tables WHERE database = ");
    put_string(&c->body, c->database);
    tl_puts(&c->body, " AND name = ");
    put_string(&c->body, local);
    tl_puts(&c->body, " FORMAT TSV");
    if (!tl_clickhouse_run(c, false, &code, why))
        return false;
    const struct tl_buffer *answer = &c->answer.body;
    if (answer->len < 2 || (answer->len >= strlen(replicated) &&
                            memcmp(answer->data, replicated, strlen(replicated)) == 0))
        return true;
    c->told = true;
    snprintf(text, sizeof text, "table %.80s was made without replicated=1: its records have no copies: rename such tables on "
             "all servers, and new ones are made", local);
    c->options.notice(c->options.context, text);
    return true;
}

static bool list_columns(struct tl_clickhouse *c, const char *name, char why[TL_REASON])
{
    unsigned code;
    tl_clickhouse_begin(c);
    c->body.len = 0;
    tl_puts(&c->body, "SELECT name, type FROM system.columns WHERE database = ");
    put_string(&c->body, c->database);
    tl_puts(&c->body, " AND table = ");
    put_string(&c->body, name);
    tl_puts(&c->body, " FORMAT TSV");
    return tl_clickhouse_run(c, false, &code, why);
}

/* Finds the type of a column in lines of NAME<tab>TYPE. Returns its length, 0: there is no such column. */
static size_t find_type(const struct tl_buffer *text, const char *name, const char **type)
{
    size_t len = strlen(name);
    const uint8_t *p = text->data, *end = text->len > 0 ? p + text->len : p;
    while (p < end) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((newline != NULL ? newline : end) - p);
        if (n > len && p[len] == '\t' && memcmp(p, name, len) == 0) {
            *type = (const char *)p + len + 1;
            return n - len - 1;
        }
        p += n + 1;
    }
    return 0;
}

/* A later version of the program has more keys. */
static bool add_column(struct tl_clickhouse *c, const struct tl_record_def *def, const char *name,
                       const struct wanted *wanted, char why[TL_REASON])
{
    unsigned code;
    char local[2 * TL_CLICKHOUSE_NAME + 300];
    bool cluster = c->cluster[0] != '\0';
    tl_clickhouse_table_name(c, def->path, "_local", local, sizeof local);
    for (unsigned i = 0; i < (cluster ? 2 : 1); i++) {
        tl_clickhouse_begin(c);
        c->body.len = 0;
        tl_puts(&c->body, "ALTER TABLE ");
        tl_clickhouse_put_name(&c->body, cluster && i == 0 ? local : name);
        if (cluster) {
            tl_puts(&c->body, " ON CLUSTER ");
            tl_clickhouse_put_name(&c->body, c->cluster);
        }
        tl_puts(&c->body, " ADD COLUMN ");
        tl_clickhouse_put_name(&c->body, wanted->name);
        tl_put_format(&c->body, " %s", wanted->type);
        if (!tl_clickhouse_run(c, false, &code, why) && code != 44) /* 44: the column is there */
            return false;
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tl_clickhouse_column *)a)->name, ((const struct tl_clickhouse_column *)b)->name);
}

struct tl_clickhouse_column *tl_clickhouse_column(const struct tl_clickhouse_table *t, const uint8_t *name,
                                                  size_t name_len)
{
    size_t low = 0, high = t->column_count;
    while (low < high) {
        size_t middle = (low + high) / 2, len = strlen(t->columns[middle].name);
        int order = memcmp(name, t->columns[middle].name, name_len < len ? name_len : len);
        order = order != 0 ? order : name_len < len ? -1 : name_len > len;
        if (order == 0)
            return &t->columns[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void tl_clickhouse_free_columns(struct tl_clickhouse_table *t)
{
    for (size_t i = 0; i < t->column_count; i++)
        tl_native_fini(&t->columns[i].native);
    free(t->columns);
    t->columns = NULL;
    t->column_count = 0;
}

/* Whether rows can be sent in blocks: the columns that name a record are as they are made here. */
static bool can_be_native(struct tl_clickhouse *c, struct tl_clickhouse_table *t, bool known)
{
    t->sensor = tl_clickhouse_column(t, (const uint8_t *)"_sensor", strlen("_sensor"));
    t->run = tl_clickhouse_column(t, (const uint8_t *)"_run", strlen("_run"));
    t->seq = tl_clickhouse_column(t, (const uint8_t *)"_seq", strlen("_seq"));
    const struct tl_clickhouse_column *named[] = { t->sensor, t->run, t->seq };
    for (size_t i = 0; i < TL_COUNT(named); i++) {
        enum tl_native_base due = i == 2 ? TL_NATIVE_UINT64 : TL_NATIVE_STRING;
        const struct tl_native_type *type = named[i] != NULL ? &named[i]->native.type : NULL;
        known = known && (type == NULL || (type->base == due && !type->nullable && !type->array));
    }
    return known && !tl_clickhouse_is_new(c);
}

bool tl_clickhouse_prepare(struct tl_clickhouse *c, struct tl_clickhouse_table *t, const struct tl_record_def *def,
                           char why[TL_REASON])
{
    struct wanted wanted[WANTED_MOST];
    char name[2 * TL_CLICKHOUSE_NAME + 300], missing[200] = "";
    if (t->ready)
        return true;
    why[0] = '\0';
    tl_clickhouse_table_name(c, def->path, "", name, sizeof name);
    if (c->create && !create_table(c, def, name, why))
        return false;
    if (c->replicated && !c->told && !look_at_engine(c, def, why))
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
    tl_clickhouse_free_columns(t);
    t->columns = calloc(count, sizeof *t->columns);
    bool good = t->columns != NULL, known = true;
    for (size_t i = 0; good && i < count; i++) {
        const char *type = wanted[i].type;
        size_t type_len = find_type(&there, wanted[i].name, &type);
        if (type_len == 0) {
            type_len = strlen(type);
            if (c->create) {
                good = add_column(c, def, name, &wanted[i], why);
            } else {
                size_t n = strlen(missing);
                snprintf(missing + n, sizeof missing - n, "%s%s", n > 0 ? ", " : "", wanted[i].name);
                continue;
            }
        }
        struct tl_clickhouse_column *column = &t->columns[t->column_count++];
        memcpy(column->name, wanted[i].name, TL_CLICKHOUSE_NAME);
        column->form = wanted[i].form;
        known = tl_native_type_read(&column->native.type, type, type_len) && known;
    }
    tl_buffer_fini(&there);
    if (!good)
        return false;
    qsort(t->columns, t->column_count, sizeof *t->columns, by_name);
    t->native = can_be_native(c, t, known);
    if (missing[0] != '\0') {
        char text[400];
        snprintf(text, sizeof text, "table %.80s has no column for %s: they are left out", name, missing);
        c->options.notice(c->options.context, text);
    }
    t->ready = true;
    return true;
}

#endif
