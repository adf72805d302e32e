/* objects_sink.c - the files that flows carry as a table: a line for each record of a file. */
#include <stdio.h>
#include <string.h>

#include "core/values.h"
#include "export/json.h"
#include "export/output.h"

enum { SOURCE_AT = 19, BYTES_END = 41, TYPE_AT = 42, SENDER_AT = 67, NAME_AT = 90 };

static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        if (strcmp(def->fields[i].key, key) == 0)
            return record->set >> i & 1 ? (const uint8_t *)record + def->fields[i].offset : NULL;
    }
    return NULL;
}

/* Blanks up to a column of the line that begins at `start`, at least one. */
static void put_blanks(struct tl_buffer *out, size_t start, size_t column)
{
    do
        tl_put_char(out, ' ');
    while (!out->failed && out->len - start < column);
}

static void put_token(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                      const char *key)
{
    const char *const *token = value_of(def, record, key);
    tl_puts(out, token != NULL ? *token : "-");
}

static uint64_t count_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    const uint64_t *count = value_of(def, record, key);
    return count != NULL ? *count : 0;
}

static void put_sender(struct tl_buffer *out, const struct tl_flow_id *id, bool orig)
{
    const uint8_t *address = orig ? id->orig_addr : id->resp_addr;
    if (id->version == 4)
        tl_put_ipv4(out, address);
    else
        tl_put_ipv6(out, address);
    tl_put_format(out, id->version == 4 ? ":%u" : ".%u", orig ? id->orig_port : id->resp_port);
}

static void put_line(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                     const struct tl_flow_id *id)
{
    const struct tl_bytes *fuid = value_of(def, record, "fuid"), *name = value_of(def, record, "filename");
    const bool *orig = value_of(def, record, "is_orig");
    uint64_t missing = count_of(def, record, "missing_bytes");
    size_t start = out->len;
    tl_put(out, fuid->data, fuid->len);
    put_blanks(out, start, SOURCE_AT);
    put_token(out, def, record, "source");
    char bytes[24];
    int n = snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)count_of(def, record, "seen_bytes"));
    put_blanks(out, start, (size_t)(BYTES_END - n));
    tl_puts(out, bytes);
    put_blanks(out, start, TYPE_AT);
    put_token(out, def, record, "mime_type");
    put_blanks(out, start, SENDER_AT);
    if (id != NULL && orig != NULL)
        put_sender(out, id, *orig);
    else
        tl_put_char(out, '-');
    if (name != NULL || missing > 0)
        put_blanks(out, start, NAME_AT);
    if (name != NULL)
        tl_put_safe_text(out, name->data, name->len);
    if (missing > 0)
        tl_put_format(out, "%s(%llu bytes are missing)", name != NULL ? " " : "", (unsigned long long)missing);
    tl_put_char(out, '\n');
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink;
    (void)decimals;
    if (strcmp(def->path, "files") == 0)
        put_line(out, def, record, id);
}

struct tl_sink *tl_objects_sink(struct tl_output *output)
{
    struct tl_output_sink *s = tl_output_sink_new(sizeof *s, output);
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_buffer line = { 0 };
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->sink.record = put_record;
    tl_put_format(&line, "%-*s%-*s%*s %-*s%-*s%s\n", SOURCE_AT, "FUID", BYTES_END - SOURCE_AT - 6, "SOURCE", 6, "BYTES",
                  SENDER_AT - TYPE_AT, "TYPE", NAME_AT - SENDER_AT, "SENDER", "NAME");
    bool fine = !line.failed && tl_output_write(output, line.data, line.len, &error) == TL_E_NONE;
    tl_buffer_fini(&line);
    if (fine)
        return &s->sink;
    s->sink.free(&s->sink);
    return NULL;
}
