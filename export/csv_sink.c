/*
 * csv_sink.c - records of one kind as comma-separated values (RFC 4180): a line with the names of the keys, then a line
 * for each record. The values are those of its JSON; a list or an object is written as JSON.
 */
#include <stdlib.h>

#include "export/output.h"

struct csv_sink {
    struct tl_output_sink base;
    struct tl_sink *records; /* owned: formats; its own output is not used */
    const char *kind;
    const char *const *keys;
    uint32_t count;
};

/* A member of the object on a line: offsets in the line. */
struct member {
    size_t key, key_len, value, value_len;
};

/* Returns the offset after a string that begins at `at`. */
static size_t after_string(const uint8_t *line, size_t len, size_t at)
{
    for (at++; at < len && line[at] != '"'; at++)
        at += line[at] == '\\';
    return at < len ? at + 1 : len;
}

static size_t after_value(const uint8_t *line, size_t len, size_t at)
{
    unsigned depth = 0;
    while (at < len) {
        uint8_t c = line[at];
        if (c == '"') {
            at = after_string(line, len, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}'))
            return at;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    }
    return len;
}

/* Reads the member that begins at *at. The line is our own JSON, without spaces. */
static bool next_member(const uint8_t *line, size_t len, size_t *at, struct member *m)
{
    if (*at + 1 >= len || line[*at] != '"')
        return false;
    size_t end = after_string(line, len, *at);
    m->key = *at + 1;
    m->key_len = end - *at - 2;
    m->value = end + 1;
    if (m->value >= len)
        return false;
    size_t after = after_value(line, len, m->value);
    m->value_len = after - m->value;
    *at = after + 1;
    return true;
}

/* A cell with a comma, a quote or a line end is put in quotes; quotes in it are doubled. */
static void put_cell(struct tl_buffer *out, const uint8_t *value, size_t len)
{
    bool string = len >= 2 && value[0] == '"', quoted = false;
    size_t from = string ? 1 : 0, to = string ? len - 1 : len;
    for (size_t i = from; i < to && !quoted; i++)
        quoted = value[i] == '"' || value[i] == ',' || value[i] == '\n' || value[i] == '\r';
    if (quoted)
        tl_put_char(out, '"');
    for (size_t i = from; i < to; i++) {
        if (string && value[i] == '\\' && i + 1 < to && (value[i + 1] == '"' || value[i + 1] == '\\'))
            i++; /* other escapes stay */
        if (value[i] == '"')
            tl_put_char(out, '"');
        tl_put_char(out, (char)value[i]);
    }
    if (quoted)
        tl_put_char(out, '"');
}

static void put_line(const struct csv_sink *s, struct tl_buffer *out, const uint8_t *line, size_t len)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct member m;
        size_t n = strlen(s->keys[i]);
        if (i > 0)
            tl_put_char(out, ',');
        for (size_t at = 1; next_member(line, len, &at, &m);) {
            if (m.key_len != n || memcmp(line + m.key, s->keys[i], n) != 0)
                continue;
            put_cell(out, line + m.value, m.value_len);
            break;
        }
    }
    tl_put_lit(out, "\r\n");
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct csv_sink *s = (const struct csv_sink *)sink;
    struct tl_buffer line = { 0 };
    if (strcmp(def->path, s->kind) != 0)
        return;
    s->records->record(s->records, &line, def, record, id, decimals);
    out->failed |= line.failed;
    if (!line.failed && line.len > 0)
        put_line(s, out, line.data, line.len);
    tl_buffer_fini(&line);
}

static void free_sink(struct tl_sink *sink)
{
    struct tl_sink *records = ((struct csv_sink *)sink)->records;
    if (records != NULL)
        records->free(records);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_csv_sink(struct tl_output *output, const char *kind, const char *const *keys, uint32_t count)
{
    struct csv_sink *s = tl_output_sink_new(sizeof *s, output);
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_buffer line = { 0 };
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->base.sink.record = put_record;
    s->base.sink.free = free_sink;
    s->kind = kind;
    s->keys = keys;
    s->count = count;
    struct tl_output *unused = tl_output_open("/dev/null", &error);
    s->records = unused != NULL ? tl_records_sink(unused, ".") : NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            tl_put_char(&line, ',');
        tl_puts(&line, keys[i]);
    }
    tl_put_lit(&line, "\r\n");
    bool fine = s->records != NULL && !line.failed && tl_output_write(output, line.data, line.len, &error) == TL_E_NONE;
    tl_buffer_fini(&line);
    if (fine)
        return &s->base.sink;
    free_sink(&s->base.sink);
    return NULL;
}
