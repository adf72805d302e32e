/*
 * objects_sink.c - the files that flows carry as a table: a line for each record of a file. Files of HTTP have the host
 * and the last part of the URI of the record of HTTP that names them; their lines wait for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/values.h"
#include "export/json.h"
#include "export/output.h"

enum { SOURCE_AT = 19, BYTES_END = 41, TYPE_AT = 42, SENDER_AT = 68, HOST_AT = 91, NAME_AT = 116 };
enum { FUID = 20, ROWS = 1024 /* that wait at most */, NAMES = 256 /* of records that came before the file */, TEXT = 128, ROOM = 4 * TEXT };

/* What a worker hands to the writer: a row, or the names of a file. */
struct entry {
    char fuid[FUID];
    bool names;         /* no row */
    bool waits;         /* a row that wants them */
    uint16_t name_len;  /* of a row: its own name, at the end of the text before the note; of names: the name */
    uint16_t note_len;  /* of a row: what is missing; of names: the host, which is first */
    uint32_t len;       /* of the text that follows */
};

/* A row that waits, or is before one that does; the names of a file. */
struct row {
    struct entry entry;
    char *text; /* owned */
    bool named;
    char host[ROOM], name[ROOM];
};

struct names {
    char fuid[FUID], host[ROOM], name[ROOM];
};

struct objects {
    struct tl_output_sink out;
    struct row rows[ROWS]; /* a ring */
    uint32_t first, count;
    struct names names[NAMES];
    uint32_t next_names;
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    enum tl_failure (*close)(struct tl_sink *sink, struct tl_error *error);
};

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

/* The row up to the sender, the name that the sender gave, and what is missing. */
static void put_row(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                    const struct tl_flow_id *id)
{
    const struct tl_bytes *fuid = value_of(def, record, "fuid"), *name = value_of(def, record, "filename");
    const char *const *source = value_of(def, record, "source");
    const bool *orig = value_of(def, record, "is_orig");
    uint64_t missing = count_of(def, record, "missing_bytes");
    struct entry entry = { .waits = source != NULL && strcmp(*source, "HTTP") == 0 };
    size_t at = out->len;
    memcpy(entry.fuid, fuid->data, fuid->len < FUID ? fuid->len : FUID - 1);
    tl_put(out, &entry, sizeof entry);
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
    put_blanks(out, start, HOST_AT);
    size_t name_at = out->len;
    if (name != NULL)
        tl_put_safe_text(out, name->data, name->len);
    entry.name_len = (uint16_t)(out->len - name_at);
    if (missing > 0)
        tl_put_format(out, "(%llu bytes are missing)", (unsigned long long)missing);
    entry.note_len = (uint16_t)(out->len - name_at - entry.name_len);
    entry.len = (uint32_t)(out->len - start);
    if (!out->failed)
        memcpy(out->data + at, &entry, sizeof entry);
}

/* The last part of the path. */
static struct tl_bytes name_in(struct tl_bytes uri)
{
    uint32_t end = 0, from = 0;
    while (end < uri.len && uri.data[end] != '?' && uri.data[end] != '#')
        end++;
    for (uint32_t i = 0; i < end; i++)
        from = uri.data[i] == '/' ? i + 1 : from;
    return tl_bytes_of(uri.data + from, end - from);
}

static void put_names(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                      const char *key)
{
    const struct tl_text_list *fuids = value_of(def, record, key);
    const struct tl_bytes *host = value_of(def, record, "host"), *uri = value_of(def, record, "uri");
    struct tl_bytes name = uri != NULL ? name_in(*uri) : (struct tl_bytes){ NULL, 0 };
    struct tl_buffer text = { 0 };
    if (host != NULL)
        tl_put_safe_text(&text, host->data, host->len < TEXT ? host->len : TEXT - 1);
    size_t host_len = text.len;
    if (name.len > 0)
        tl_put_safe_text(&text, name.data, name.len < TEXT ? name.len : TEXT - 1);
    struct entry entry = { .names = true, .name_len = (uint16_t)(text.len - host_len), .note_len = (uint16_t)host_len,
                           .len = (uint32_t)text.len };
    for (uint32_t i = 0; fuids != NULL && i < fuids->count && text.len > 0 && !text.failed; i++) {
        struct tl_bytes fuid = fuids->items[i];
        memset(entry.fuid, 0, sizeof entry.fuid);
        memcpy(entry.fuid, fuid.data, fuid.len < FUID ? fuid.len : FUID - 1);
        tl_put(out, &entry, sizeof entry);
        tl_put(out, text.data, text.len);
    }
    tl_buffer_fini(&text);
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink;
    (void)decimals;
    if (strcmp(def->path, "files") == 0) {
        put_row(out, def, record, id);
    } else if (strcmp(def->path, "http") == 0) {
        put_names(out, def, record, "orig_fuids");
        put_names(out, def, record, "resp_fuids");
    }
}

/* --- in the writer --- */

static void put_line(struct tl_buffer *out, const struct row *row)
{
    const struct entry *e = &row->entry;
    const char *note = row->text + e->len - e->note_len, *own = note - e->name_len;
    size_t start = out->len;
    tl_put(out, row->text, e->len - e->note_len - e->name_len);
    bool named = e->name_len > 0 || row->name[0] != '\0';
    if (named || e->note_len > 0 || row->host[0] != '\0')
        tl_puts(out, row->host[0] != '\0' ? row->host : "-");
    if (named || e->note_len > 0)
        put_blanks(out, start, NAME_AT);
    if (e->name_len > 0)
        tl_put(out, own, e->name_len);
    else
        tl_puts(out, row->name);
    if (named && e->note_len > 0)
        tl_put_char(out, ' ');
    tl_put(out, note, e->note_len);
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->len--;
    tl_put_char(out, '\n');
}

/* Writes the rows up to the first that waits; all: those too. */
static void release(struct objects *o, struct tl_buffer *out, bool all)
{
    for (; o->count > 0; o->count--, o->first = (o->first + 1) % ROWS) {
        struct row *row = &o->rows[o->first];
        if (row->entry.waits && !row->named && !all && o->count < ROWS)
            return;
        put_line(out, row);
        free(row->text);
        row->text = NULL;
    }
}

static void name_row(struct row *row, const struct names *names)
{
    row->named = true;
    memcpy(row->host, names->host, sizeof row->host);
    memcpy(row->name, names->name, sizeof row->name);
}

static bool take_row(struct objects *o, const struct entry *entry, const uint8_t *text)
{
    struct row *row = &o->rows[(o->first + o->count) % ROWS];
    *row = (struct row){ .entry = *entry, .text = malloc(entry->len) };
    if (row->text == NULL)
        return false;
    memcpy(row->text, text, entry->len);
    for (uint32_t i = 0; i < NAMES && entry->waits && !row->named; i++) {
        if (strcmp(o->names[i].fuid, entry->fuid) == 0)
            name_row(row, &o->names[i]);
    }
    o->count++;
    return true;
}

static void copy(char *to, const uint8_t *text, size_t len)
{
    memcpy(to, text, len < ROOM ? len : ROOM - 1);
}

static void take_names(struct objects *o, const struct entry *entry, const uint8_t *text)
{
    struct names names = { .name = "" };
    memcpy(names.fuid, entry->fuid, FUID);
    copy(names.host, text, entry->note_len);
    copy(names.name, text + entry->note_len, entry->name_len);
    for (uint32_t i = 0; i < o->count; i++) {
        struct row *row = &o->rows[(o->first + i) % ROWS];
        if (strcmp(row->entry.fuid, names.fuid) != 0)
            continue;
        name_row(row, &names);
        return;
    }
    o->names[o->next_names++ % NAMES] = names;
}

static enum tl_failure put_out(struct objects *o, struct tl_buffer *out, struct tl_error *error)
{
    enum tl_failure failure = out->failed ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                              : out->len > 0 ? o->write(&o->out.sink, out->data, out->len, error) : TL_E_NONE;
    tl_buffer_fini(out);
    return failure;
}

static enum tl_failure write_entries(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct objects *o = (struct objects *)sink;
    struct tl_buffer out = { 0 };
    struct entry entry;
    for (size_t at = 0; at + sizeof entry <= len; at += entry.len) {
        memcpy(&entry, data + at, sizeof entry);
        at += sizeof entry;
        if (entry.names)
            take_names(o, &entry, data + at);
        else
            out.failed |= !take_row(o, &entry, data + at);
        release(o, &out, false);
    }
    return put_out(o, &out, error);
}

static enum tl_failure close_table(struct tl_sink *sink, struct tl_error *error)
{
    struct objects *o = (struct objects *)sink;
    struct tl_buffer out = { 0 };
    release(o, &out, true);
    struct tl_error other = { .kind = TL_E_NONE };
    enum tl_failure failure = put_out(o, &out, error);
    if (failure == TL_E_NONE)
        return o->close(sink, error);
    (void)o->close(sink, &other);
    return failure;
}

static void free_table(struct tl_sink *sink)
{
    struct objects *o = (struct objects *)sink;
    for (; o->count > 0; o->count--, o->first = (o->first + 1) % ROWS)
        free(o->rows[o->first].text);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_objects_sink(struct tl_output *output)
{
    struct objects *o = tl_output_sink_new(sizeof *o, output);
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_buffer line = { 0 };
    if (o == NULL)
        return NULL;
    tl_output_set_lines(output);
    o->write = o->out.sink.write;
    o->close = o->out.sink.close;
    o->out.sink.record = put_record;
    o->out.sink.write = write_entries;
    o->out.sink.close = close_table;
    o->out.sink.free = free_table;
    tl_put_format(&line, "%-*s%-*s%*s %-*s%-*s%-*s%s\n", SOURCE_AT, "FUID", BYTES_END - SOURCE_AT - 6, "SOURCE", 6,
                  "BYTES", SENDER_AT - TYPE_AT, "TYPE", HOST_AT - SENDER_AT, "SENDER", NAME_AT - HOST_AT, "HOST", "NAME");
    bool fine = !line.failed && tl_output_write(output, line.data, line.len, &error) == TL_E_NONE;
    tl_buffer_fini(&line);
    if (fine)
        return &o->out.sink;
    o->out.sink.free(&o->out.sink);
    return NULL;
}
