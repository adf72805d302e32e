/* columns_sink.c - a line of chosen columns for each packet: what a packet's line has, and any fields. */
#include "export/columns.h"
#include "export/datum_text.h"
#include "export/host_names.h"
#include "export/json.h"
#include "export/local_time.h"
#include "export/output.h"
#include "export/stamp.h"
#include "filter/predicate.h"

#include <stdlib.h>

struct columns_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_columns_options options;
    struct tl_local_zone *zone; /* owned; cache shared by formatting threads */
    struct tl_columns *columns; /* owned */
    struct tl_buffer named;     /* owned: text with names */
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
};

/* Differences come as a field, which is the first of the names. */
static void put_time(const struct columns_sink *s, struct tl_buffer *out, struct tl_predicate_run *run,
                     const struct tl_scene *scene)
{
    const struct tl_field *field;
    uint32_t count;
    if (tl_stamp_is_difference(s->options.stamp)) {
        const struct tl_datum *values = tl_predicate_values(run, 0, &count, &field);
        if (count > 0)
            tl_datum_put(out, values);
        return;
    }
    tl_put_stamp(out, s->options.stamp, s->zone, scene->packet->ts,
                 scene->interface != NULL ? scene->interface->decimals : 6);
}

static void put_fields(struct tl_buffer *out, struct tl_predicate_run *run, uint32_t index, const struct tl_raw *raw)
{
    const struct tl_field *field;
    uint32_t count;
    const struct tl_datum *values = tl_predicate_values(run, index, &count, &field);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        tl_put_datum(out, &values[i], field, raw);
    }
}

static void put_info(const struct columns_sink *s, struct tl_buffer *out, const struct tl_tree *tree,
                     const struct tl_line *line)
{
    size_t from = out->len;
    tl_columns_put_info(s->columns, out, tree, line);
    if (!out->failed && out->len > from && out->data[from] == ' ') {
        memmove(out->data + from, out->data + from + 1, out->len - from - 1);
        out->len--;
    }
}

/* Characters of UTF-8. */
static size_t width_of(const struct tl_buffer *out, size_t from)
{
    size_t n = 0;
    for (size_t i = from; !out->failed && i < out->len; i++)
        n += (out->data[i] & 0xc0) != 0x80;
    return n;
}

static void pad(const struct columns_sink *s, struct tl_buffer *out, uint32_t column, size_t from)
{
    if (s->options.tabs || column + 1 == s->options.count)
        return;
    for (size_t n = width_of(out, from); n < s->options.columns[column].width; n++)
        tl_put_char(out, ' ');
}

/* Returns whether it will be as wide as its column. */
static bool put_address(const struct columns_sink *s, struct tl_buffer *out, const struct tl_tree *tree,
                        const struct tl_node *address, uint32_t column)
{
    bool pads = !s->options.tabs && column + 1 < s->options.count;
    if (s->options.hosts != NULL)
        return tl_columns_mark_address(s->columns, out, tree, address, pads ? s->options.columns[column].width : 0);
    tl_columns_put_address(s->columns, out, tree, address);
    return false;
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)id;
    (void)decimals;
    tl_host_names_note(((const struct columns_sink *)sink)->options.hosts, out, def, record);
}

static enum tl_failure write_named(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct columns_sink *s = (struct columns_sink *)sink;
    s->named.len = 0;
    tl_host_names_fill(s->options.hosts, &s->named, data, len);
    if (s->named.failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return s->named.len > 0 ? s->write(sink, s->named.data, s->named.len, error) : TL_E_NONE;
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                       const struct tl_scene *scene)
{
    const struct columns_sink *s = (const struct columns_sink *)sink;
    struct tl_line line = tl_columns_look(s->columns, scene->tree);
    struct tl_raw raw;
    tl_raw_init(&raw, &s->protocols, scene->tree);
    tl_predicate_read(run, scene);
    for (uint32_t i = 0; i < s->options.count; i++) {
        const struct tl_column *column = &s->options.columns[i];
        if (i > 0)
            tl_put_char(out, s->options.tabs ? '\t' : ' ');
        size_t from = out->len;
        bool padded = false;
        switch (column->kind) {
        case TL_SHOW_NUMBER:
            tl_put_u64(out, scene->packet->number);
            break;
        case TL_SHOW_TIME:
            put_time(s, out, run, scene);
            break;
        case TL_SHOW_SOURCE:
            padded = put_address(s, out, scene->tree, &line.source, i);
            break;
        case TL_SHOW_DESTINATION:
            padded = put_address(s, out, scene->tree, &line.destination, i);
            break;
        case TL_SHOW_PROTOCOL:
            tl_columns_put_protocol(s->columns, out, scene->tree, &line);
            break;
        case TL_SHOW_LENGTH:
            tl_put_u64(out, scene->packet->len);
            break;
        case TL_SHOW_INFO:
            put_info(s, out, scene->tree, &line);
            break;
        case TL_SHOW_FIELD:
            put_fields(out, run, column->index, &raw);
            break;
        }
        if (!padded)
            pad(s, out, i, from);
    }
    tl_predicate_read_end(run);
    tl_put_char(out, '\n');
}

static enum tl_failure write_titles(const struct columns_sink *s, struct tl_error *error)
{
    struct tl_buffer line = { 0 };
    for (uint32_t i = 0; i < s->options.count; i++) {
        if (i > 0)
            tl_put_char(&line, s->options.tabs ? '\t' : ' ');
        size_t from = line.len;
        tl_puts(&line, s->options.columns[i].title);
        pad(s, &line, i, from);
    }
    tl_put_char(&line, '\n');
    enum tl_failure failure = line.failed ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                                          : tl_output_write(s->base.output, line.data, line.len, error);
    tl_buffer_fini(&line);
    return failure;
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct columns_sink *s = (const struct columns_sink *)sink;
    tl_columns_want(s->columns, wanted);
    if (!s->options.secrets && tl_keys_have_bytes(s->options.keys, s->options.key_count))
        tl_want_all(protocols, wanted);
}

static void free_sink(struct tl_sink *sink)
{
    struct columns_sink *s = (struct columns_sink *)sink;
    tl_columns_free(s->columns);
    tl_buffer_fini(&s->named);
    free(s->zone);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_columns_sink(struct tl_output *output, const struct tl_protocols *protocols,
                                const struct tl_predicate *names, const struct tl_columns_options *options)
{
    struct columns_sink *s = tl_output_sink_new(sizeof *s, output);
    struct tl_error error = { .kind = TL_E_NONE };
    bool titled = false;
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->base.sink.names = names;
    s->base.sink.values = put_packet;
    s->base.sink.want = want;
    if (options->hosts != NULL) {
        s->write = s->base.sink.write;
        s->base.sink.record = put_record;
        s->base.sink.every_record = true;
        s->base.sink.write = write_named;
    }
    s->base.sink.free = free_sink;
    s->protocols = *protocols;
    s->options = *options;
    s->columns = tl_columns_new(protocols);
    s->zone = malloc(sizeof *s->zone);
    if (s->zone != NULL)
        tl_local_zone_init(s->zone);
    for (uint32_t i = 0; i < options->count; i++)
        titled |= options->columns[i].titled;
    if (s->columns == NULL || s->zone == NULL || (titled && write_titles(s, &error) != TL_E_NONE)) {
        free_sink(&s->base.sink);
        return NULL;
    }
    return &s->base.sink;
}
