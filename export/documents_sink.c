/* documents_sink.c - packets as tshark -T json, jsonraw, ek and pdml write them. */
#include <stdlib.h>

#include "core/time.h"
#include "export/datum_text.h"
#include "export/json.h"
#include "export/output.h"
#include "export/shape_text.h"

struct documents_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_document_options options;
    struct tl_shaper *shaper; /* owned; NULL: chosen fields */
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    enum tl_failure (*close)(struct tl_sink *sink, struct tl_error *error);
    bool begun;               /* something was written */
};

/* --- the fields of -e --- */

static bool is_repeated(const struct documents_sink *s, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(s->options.keys[i], s->options.keys[index]) == 0)
            return true;
    return false;
}

static void put_key(const struct documents_sink *s, struct tl_buffer *out, const char *key)
{
    tl_put_char(out, '"');
    tl_put_json_key(out, key, s->options.form == TL_DOCUMENT_EK ? "_" : ".");
    tl_put_lit(out, "\":");
}

/* A member of "layers", or for PDML an element for each value. */
static void put_field(const struct documents_sink *s, struct tl_buffer *out, struct tl_predicate_run *run,
                      uint32_t index, const struct tl_raw *raw, bool *any)
{
    const bool lines = s->options.form != TL_DOCUMENT_EK;
    const struct tl_field *field;
    uint32_t count;
    const struct tl_datum *values = tl_predicate_values(run, index, &count, &field);
    if (count == 0 || is_repeated(s, index))
        return;
    if (*any)
        tl_put_char(out, ',');
    *any = true;
    tl_puts(out, lines ? "\n        " : "");
    put_key(s, out, s->options.keys[index]);
    tl_puts(out, lines ? " [" : "[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        tl_puts(out, lines ? "\n          " : "");
        tl_put_json_datum(out, &values[i], field, raw);
    }
    tl_puts(out, lines ? "\n        ]" : "]");
}

static void put_xml_field(const struct documents_sink *s, struct tl_buffer *out, struct tl_predicate_run *run,
                          uint32_t index, const struct tl_raw *raw)
{
    const struct tl_field *field;
    uint32_t count;
    const struct tl_datum *values = tl_predicate_values(run, index, &count, &field);
    struct tl_buffer text = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        text.len = 0;
        tl_put_datum(&text, &values[i], field, raw);
        tl_put_lit(out, "  <field name=\"");
        tl_puts(out, s->options.keys[index]);
        tl_put_lit(out, "\" value=\"");
        tl_put_xml_text(out, text.data, text.failed ? 0 : text.len);
        tl_put_lit(out, "\"/>\n");
    }
    tl_buffer_fini(&text);
}

static void put_chosen(const struct documents_sink *s, struct tl_buffer *out, struct tl_predicate_run *run,
                       const struct tl_scene *scene)
{
    struct tl_raw raw;
    bool any = false;
    tl_raw_init(&raw, &s->protocols, scene->tree);
    for (uint32_t i = 0; i < s->options.count; i++) {
        if (s->options.form == TL_DOCUMENT_PDML)
            put_xml_field(s, out, run, i, &raw);
        else
            put_field(s, out, run, i, &raw, &any);
    }
}

/* --- packets --- */

static void put_layers(const struct documents_sink *s, struct tl_buffer *out, struct tl_predicate_run *run,
                       const struct tl_scene *scene)
{
    struct tl_shape shape;
    tl_predicate_read(run, scene);
    if (s->shaper == NULL) {
        put_chosen(s, out, run, scene);
        tl_predicate_read_end(run);
        return;
    }
    tl_shape_packet(&shape, s->shaper, run, scene);
    tl_predicate_read_end(run);
    if (s->options.form == TL_DOCUMENT_EK)
        tl_put_shape_ek(out, &shape);
    else if (s->options.form == TL_DOCUMENT_PDML)
        tl_put_shape_pdml(out, &shape, &s->protocols, scene);
    else
        tl_put_shape_json(out, &shape, s->options.form == TL_DOCUMENT_JSONRAW);
    out->failed |= shape.failed;
    tl_shape_fini(&shape);
}

/* The comma before the first packet becomes the bracket: see write_packets(). */
static void put_json(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                     const struct tl_scene *scene)
{
    tl_put_lit(out, ",\n  {\n    \"_index\": \"");
    tl_put_index_name(out, scene->packet->ts);
    tl_put_lit(out, "\",\n    \"_type\": \"doc\",\n    \"_score\": null,\n    \"_source\": {\n      \"layers\": {");
    put_layers((const struct documents_sink *)sink, out, run, scene);
    tl_put_lit(out, "\n      }\n    }\n  }");
}

/* For the bulk interface of Elasticsearch: a line that names the index, and a line with the packet. */
static void put_ek(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                   const struct tl_scene *scene)
{
    int64_t ts = scene->packet->ts;
    tl_put_lit(out, "{\"index\":{\"_index\":\"");
    tl_put_index_name(out, ts);
    tl_put_lit(out, "\",\"_type\":\"doc\"}}\n{");
    if (tl_time_fits(ts)) {
        tl_put_lit(out, "\"timestamp\":\"");
        tl_put_i64(out, ts / 1000000 - (ts % 1000000 < 0));
        tl_put_lit(out, "\",");
    }
    tl_put_lit(out, "\"layers\":{");
    put_layers((const struct documents_sink *)sink, out, run, scene);
    tl_put_lit(out, "}}\n");
}

static void put_pdml(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                     const struct tl_scene *scene)
{
    const struct documents_sink *s = (const struct documents_sink *)sink;
    tl_put_lit(out, "<packet>\n");
    if (s->shaper == NULL)
        tl_put_pdml_packet(out, scene);
    put_layers(s, out, run, scene);
    tl_put_lit(out, "</packet>\n\n\n");
}

/* --- the document --- */

static enum tl_failure put_now(struct documents_sink *s, const char *text, struct tl_error *error)
{
    return s->write(&s->base.sink, (const uint8_t *)text, strlen(text), error);
}

static enum tl_failure begin_pdml(struct documents_sink *s, struct tl_error *error)
{
    struct tl_buffer out = { 0 };
    enum tl_failure failure = TL_E_NONE;
    tl_put_lit(&out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                     "<?xml-stylesheet type=\"text/xsl\" href=\"pdml2html.xsl\"?>\n"
                     "<pdml version=\"0\" creator=\"taplight\" capture_file=\"");
    if (s->options.input != NULL)
        tl_put_xml_text(&out, (const uint8_t *)s->options.input, strlen(s->options.input));
    tl_put_lit(&out, "\">\n");
    if (out.failed)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else
        failure = s->write(&s->base.sink, out.data, out.len, error);
    tl_buffer_fini(&out);
    return failure;
}

/* Data is whole packets. */
static enum tl_failure write_packets(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct documents_sink *s = (struct documents_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    if (len == 0)
        return TL_E_NONE;
    if (!s->begun && s->options.form == TL_DOCUMENT_PDML) {
        failure = begin_pdml(s, error);
    } else if (!s->begun) {
        failure = put_now(s, "[", error);
        data++;
        len--;
    }
    s->begun = true;
    return failure == TL_E_NONE ? s->write(sink, data, len, error) : failure;
}

static enum tl_failure close_document(struct tl_sink *sink, struct tl_error *error)
{
    struct documents_sink *s = (struct documents_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    if (s->options.form == TL_DOCUMENT_PDML) {
        if (!s->begun)
            failure = begin_pdml(s, error);
        if (failure == TL_E_NONE)
            failure = put_now(s, "</pdml>\n", error);
    } else {
        failure = put_now(s, s->begun ? "\n]\n" : "[]\n", error);
    }
    struct tl_error later = { .kind = TL_E_NONE };
    enum tl_failure closing = s->close(sink, failure == TL_E_NONE ? error : &later);
    return failure != TL_E_NONE ? failure : closing;
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct documents_sink *s = (const struct documents_sink *)sink;
    if (s->shaper != NULL)
        tl_shaper_want(s->shaper, protocols, wanted);
    else if (!s->options.secrets && tl_keys_have_bytes(s->options.keys, s->options.count))
        tl_want_all(protocols, wanted);
}

static void free_sink(struct tl_sink *sink)
{
    tl_shaper_free(((struct documents_sink *)sink)->shaper);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_documents_sink(struct tl_output *output, const struct tl_protocols *protocols,
                                  const struct tl_predicate *names, const struct tl_document_options *options)
{
    struct documents_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->protocols = *protocols;
    s->options = *options;
    s->write = s->base.sink.write;
    s->close = s->base.sink.close;
    s->base.sink.names = names;
    s->base.sink.want = want;
    s->base.sink.free = free_sink;
    s->base.sink.values = options->form == TL_DOCUMENT_EK     ? put_ek
                          : options->form == TL_DOCUMENT_PDML ? put_pdml
                                                              : put_json;
    if (options->form != TL_DOCUMENT_EK) { /* one document: it is not continued in another file */
        s->base.sink.write = write_packets;
        s->base.sink.close = close_document;
        s->base.sink.reopen = NULL;
    }
    if (options->count == 0 && (s->shaper = tl_shaper_new(protocols)) == NULL) {
        free_sink(&s->base.sink);
        return NULL;
    }
    return &s->base.sink;
}
