/* fields_sink.c - the values of chosen fields, a line for each packet, as tshark -T fields writes them. */
#include "export/datum_text.h"
#include "export/output.h"
#include "filter/predicate.h"

#include <stdlib.h>

struct fields_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_fields_format format;
    const char *const *keys;
    uint32_t count;
};

static void put_quote(const struct fields_sink *s, struct tl_buffer *out)
{
    if (s->format.quote != 0)
        tl_put_char(out, s->format.quote);
}

static void put_values(const struct fields_sink *s, struct tl_buffer *out, struct tl_predicate_run *run, uint32_t index,
                       const struct tl_raw *raw)
{
    const struct tl_field *field;
    uint32_t count;
    const struct tl_datum *values = tl_predicate_values(run, index, &count, &field);
    if (count == 0)
        return;
    uint32_t first = s->format.occurrence == 'l' ? count - 1 : 0;
    uint32_t end = s->format.occurrence == 'f' ? 1 : count;
    put_quote(s, out);
    for (uint32_t i = first; i < end; i++) {
        if (i > first)
            tl_put_char(out, s->format.aggregator);
        tl_put_datum(out, &values[i], field, raw);
    }
    put_quote(s, out);
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                       const struct tl_scene *scene)
{
    const struct fields_sink *s = (const struct fields_sink *)sink;
    struct tl_raw raw;
    tl_raw_init(&raw, &s->protocols, scene->tree);
    tl_predicate_read(run, scene);
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0)
            tl_put_char(out, s->format.separator);
        put_values(s, out, run, i, &raw);
    }
    tl_predicate_read_end(run);
    tl_put_char(out, '\n');
}

/* Bytes are shown: the whole tree tells where in them secrets are. */
static void want_all(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    (void)sink;
    tl_want_all(protocols, wanted);
}

static enum tl_failure write_header(const struct fields_sink *s, const char *const *keys, struct tl_error *error)
{
    struct tl_buffer line = { 0 };
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0)
            tl_put_char(&line, s->format.separator);
        tl_puts(&line, keys[i]); /* names of fields need no quotes, and tshark puts none around them */
    }
    tl_put_char(&line, '\n');
    enum tl_failure failure = TL_E_RUNTIME;
    if (!line.failed)
        failure = tl_output_write(s->base.output, line.data, line.len, error);
    tl_buffer_fini(&line);
    return failure;
}

struct tl_sink *tl_fields_sink(struct tl_output *output, const struct tl_protocols *protocols,
                               const struct tl_predicate *names, const char *const *keys, uint32_t count,
                               const struct tl_fields_format *format)
{
    struct fields_sink *s = tl_output_sink_new(sizeof *s, output);
    struct tl_error error = { .kind = TL_E_NONE };
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->base.sink.values = put_packet;
    s->base.sink.names = names;
    s->base.sink.only_values = true;
    s->protocols = *protocols;
    s->format = *format;
    s->keys = keys;
    s->count = count;
    if (!format->secrets && tl_keys_have_bytes(keys, count))
        s->base.sink.want = want_all;
    if (format->header && write_header(s, keys, &error) != TL_E_NONE) {
        tl_output_sink_free(&s->base.sink);
        return NULL;
    }
    return &s->base.sink;
}
