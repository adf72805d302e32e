/* records_sink.c - flow and transaction records, one JSON object a line. */
#include "export/json.h"
#include "export/output.h"

#include <stdlib.h>

enum { ORIG_H, ORIG_P, RESP_H, RESP_P, FLOW_KEYS };

/* The text in front of a value that stands in every flow's record: `,"id.orig_h":"`. */
struct lead {
    const char *text;
    size_t len;
};

struct records_sink {
    struct tl_output_sink base;
    char *separator;      /* owned; NULL: a dot, keys are written as they are */
    struct tl_buffer text; /* the leads lie here */
    struct lead leads[FLOW_KEYS];
};

static inline void put_lead(struct tl_buffer *out, const struct lead *lead)
{
    tl_put(out, lead->text, lead->len);
}

static inline void put_key(const struct records_sink *s, struct tl_buffer *out, const char *key)
{
    if (TL_LIKELY(s->separator == NULL))
        tl_puts(out, key);
    else
        tl_put_json_key(out, key, s->separator);
}

static void put_address(struct tl_buffer *out, uint8_t version, const uint8_t addr[16])
{
    if (version == 4)
        tl_put_ipv4(out, addr);
    else
        tl_put_ipv6(out, addr);
}

static void put_flow(const struct records_sink *s, struct tl_buffer *out, const struct tl_flow_id *id)
{
    tl_put_lit(out, ",\"uid\":\"");
    tl_put(out, id->uid, strnlen(id->uid, sizeof id->uid));
    put_lead(out, &s->leads[ORIG_H]);
    put_address(out, id->version, id->orig_addr);
    put_lead(out, &s->leads[ORIG_P]);
    tl_put_u64(out, id->orig_port);
    put_lead(out, &s->leads[RESP_H]);
    put_address(out, id->version, id->resp_addr);
    put_lead(out, &s->leads[RESP_P]);
    tl_put_u64(out, id->resp_port);
    if (id->community_id[0] != '\0') {
        tl_put_lit(out, ",\"community_id\":\"");
        tl_put(out, id->community_id, strnlen(id->community_id, sizeof id->community_id));
        tl_put_char(out, '"');
    }
}

static void put_texts(struct tl_buffer *out, const struct tl_text_list *list)
{
    tl_put_char(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        tl_put_json_text(out, list->items[i].data, list->items[i].len);
    }
    tl_put_char(out, ']');
}

static void put_intervals(struct tl_buffer *out, const struct tl_interval_list *list, unsigned decimals)
{
    tl_put_char(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        tl_put_seconds(out, list->items[i], decimals);
    }
    tl_put_char(out, ']');
}

static void put_counts(struct tl_buffer *out, const struct tl_count_list *list)
{
    tl_put_char(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        tl_put_u64(out, list->items[i]);
    }
    tl_put_char(out, ']');
}

static void put_value(struct tl_buffer *out, enum tl_record_type type, const void *value, unsigned decimals)
{
    const struct tl_bytes *text;
    switch (type) {
    case TL_REC_COUNT:
        tl_put_u64(out, *(const uint64_t *)value);
        break;
    case TL_REC_BOOL:
        tl_puts(out, *(const bool *)value ? "true" : "false");
        break;
    case TL_REC_INTERVAL:
        tl_put_seconds(out, *(const int64_t *)value, decimals);
        break;
    case TL_REC_TEXT:
        text = value;
        tl_put_json_text(out, text->data, text->len);
        break;
    case TL_REC_TOKEN:
        tl_put_char(out, '"');
        tl_puts(out, *(const char *const *)value);
        tl_put_char(out, '"');
        break;
    case TL_REC_MAC:
        tl_put_char(out, '"');
        tl_put_mac(out, value);
        tl_put_char(out, '"');
        break;
    case TL_REC_TEXTS:
        put_texts(out, value);
        break;
    case TL_REC_INTERVALS:
        put_intervals(out, value, decimals);
        break;
    case TL_REC_COUNTS:
        put_counts(out, value);
        break;
    }
}

static void put_truncated(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_def *def,
                          uint64_t cut)
{
    const char *between = ",\"_trunc\":[\"";
    for (; cut != 0; cut &= cut - 1) {
        tl_puts(out, between);
        put_key(s, out, def->fields[__builtin_ctzll(cut)].key);
        between = "\",\"";
    }
    tl_put_lit(out, "\"]");
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct records_sink *s = (const struct records_sink *)sink;
    uint64_t known = def->field_count < 64 ? (UINT64_C(1) << def->field_count) - 1 : UINT64_MAX;
    tl_put_lit(out, "{\"_path\":\"");
    tl_puts(out, def->path);
    tl_put_char(out, '"');
    if (def->flow || record->ts != 0) {
        tl_put_lit(out, ",\"ts\":");
        tl_put_seconds(out, record->ts, decimals);
    }
    if (def->flow && id != NULL)
        put_flow(s, out, id);
    for (uint64_t left = record->set & known; left != 0; left &= left - 1) {
        const struct tl_record_field *field = &def->fields[__builtin_ctzll(left)];
        tl_put_lit(out, ",\"");
        put_key(s, out, field->key);
        tl_put_lit(out, "\":");
        put_value(out, field->type, (const uint8_t *)record + field->offset, decimals);
    }
    uint64_t cut = record->cut & record->set & known;
    if (TL_UNLIKELY(cut != 0))
        put_truncated(s, out, def, cut);
    tl_put_lit(out, "}\n");
}

static void free_sink(struct tl_sink *sink)
{
    struct records_sink *s = (struct records_sink *)sink;
    free(s->separator);
    tl_buffer_fini(&s->text);
    tl_output_sink_free(sink);
}

static bool make_leads(struct records_sink *s, const char *separator)
{
    static const struct {
        const char *before, *key, *after;
    } parts[FLOW_KEYS] = {
        [ORIG_H] = { "\",\"", "id.orig_h", "\":\"" }, /* closes the uid */
        [ORIG_P] = { "\",\"", "id.orig_p", "\":" },
        [RESP_H] = { ",\"", "id.resp_h", "\":\"" },
        [RESP_P] = { "\",\"", "id.resp_p", "\":" },
    };
    size_t begins[FLOW_KEYS + 1];
    for (unsigned i = 0; i < FLOW_KEYS; i++) {
        begins[i] = s->text.len;
        tl_puts(&s->text, parts[i].before);
        tl_put_json_key(&s->text, parts[i].key, separator);
        tl_puts(&s->text, parts[i].after);
    }
    begins[FLOW_KEYS] = s->text.len;
    if (s->text.failed)
        return false;
    for (unsigned i = 0; i < FLOW_KEYS; i++)
        s->leads[i] = (struct lead){ (const char *)s->text.data + begins[i], begins[i + 1] - begins[i] };
    return true;
}

struct tl_sink *tl_records_sink(struct tl_output *output, const char *separator)
{
    struct records_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    s->base.sink.record = put_record;
    s->base.sink.free = free_sink;
    bool dot = strcmp(separator, ".") == 0;
    if (!dot)
        s->separator = strdup(separator);
    if ((!dot && s->separator == NULL) || !make_leads(s, separator)) {
        free_sink(&s->base.sink);
        return NULL;
    }
    return &s->base.sink;
}
