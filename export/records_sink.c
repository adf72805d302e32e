/* records_sink.c - flow and transaction records, one JSON object per line. */
#include <stdlib.h>

#include "core/digits.h"
#include "core/time.h"
#include "export/json.h"
#include "export/output.h"

enum { ORIG_H, ORIG_P, RESP_H, RESP_P, FLOW_KEYS };

/* The text before a value that is in every flow's record: `,"id.orig_h":"`. */
struct lead {
    const char *text;
    size_t len;
};

struct records_sink {
    struct tl_output_sink base;
    char *separator;      /* owned; NULL: a dot, keys are written unchanged */
    struct tl_buffer text; /* text of the leads */
    struct lead leads[FLOW_KEYS];
};

static inline uint8_t *write_lead(uint8_t *p, const struct lead *lead)
{
    memcpy(p, lead->text, lead->len);
    return p + lead->len;
}

static inline void put_key(const struct records_sink *s, struct tl_buffer *out, const char *key)
{
    if (TL_LIKELY(s->separator == NULL))
        tl_puts(out, key);
    else
        tl_put_json_key(out, key, s->separator);
}

static inline uint8_t *write_address(uint8_t *p, uint8_t version, const uint8_t addr[16])
{
    return version == 4 ? tl_write_ipv4(p, addr) : tl_write_ipv6(p, addr);
}

static inline uint8_t *write_text(uint8_t *p, const char *text)
{
    size_t n = strlen(text);
    memcpy(p, text, n);
    return p + n;
}

static uint8_t *write_proxied(uint8_t *p, const struct tl_proxied *ends)
{
    p = write_address(write_text(p, ",\"proxy_orig_h\":\""), ends->version, ends->orig_addr);
    p = tl_write_u64(write_text(p, "\",\"proxy_orig_p\":"), ends->orig_port);
    p = write_address(write_text(p, ",\"proxy_resp_h\":\""), ends->version, ends->resp_addr);
    return tl_write_u64(write_text(p, "\",\"proxy_resp_p\":"), ends->resp_port);
}

enum { FLOW_ROOM = 768, FIELD_ROOM = 128 }; /* maximum bytes, without the separator; of a field, without its text */

static uint8_t *write_flow(const struct records_sink *s, uint8_t *p, const struct tl_flow_id *id)
{
    memcpy(p, ",\"uid\":\"", 8);
    memcpy(p + 8, id->uid, TL_UID_LEN);
    p = write_lead(p + 8 + TL_UID_LEN, &s->leads[ORIG_H]);
    p = write_address(p, id->version, id->orig_addr);
    p = tl_write_u64(write_lead(p, &s->leads[ORIG_P]), id->orig_port);
    p = write_address(write_lead(p, &s->leads[RESP_H]), id->version, id->resp_addr);
    p = tl_write_u64(write_lead(p, &s->leads[RESP_P]), id->resp_port);
    if (id->community_id[0] != '\0') {
        memcpy(p, ",\"community_id\":\"", 17);
        memcpy(p + 17, id->community_id, TL_COMMUNITY_ID_LEN);
        p += 17 + TL_COMMUNITY_ID_LEN;
        *p++ = '"';
    }
    if (TL_UNLIKELY(id->decrypted))
        p = write_text(p, ",\"decrypted\":true");
    return TL_LIKELY(id->proxied.version == 0) ? p : write_proxied(p, &id->proxied);
}

static void put_text(struct tl_buffer *out, const struct tl_bytes *text, bool escaped)
{
    if (escaped)
        tl_put_json_escaped(out, text->data, text->len);
    else
        tl_put_json_text(out, text->data, text->len);
}

static void put_texts(struct tl_buffer *out, const struct tl_text_list *list, bool escaped)
{
    tl_put_char(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            tl_put_char(out, ',');
        put_text(out, &list->items[i], escaped);
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

enum { TOKEN_MOST = 64 }; /* maximum bytes of one of our words */

/* Words are short: a loop is faster than two calls. */
static inline uint8_t *write_token(uint8_t *p, const char *token)
{
    const uint8_t *end = p + TOKEN_MOST;
    *p++ = '"';
    while (*token != '\0' && p < end)
        *p++ = (uint8_t)*token++;
    *p++ = '"';
    return p;
}

static inline uint8_t *write_int(uint8_t *p, int64_t v)
{
    if (v < 0)
        *p++ = '-';
    return tl_write_u64(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* Values whose length is bounded. */
static inline uint8_t *write_value(uint8_t *p, enum tl_record_type type, const void *value)
{
    switch (type) {
    case TL_REC_COUNT:
        return tl_write_u64(p, *(const uint64_t *)value);
    case TL_REC_INT:
        return write_int(p, *(const int64_t *)value);
    case TL_REC_BOOL:
        memcpy(p, *(const bool *)value ? "true " : "false", 5);
        return p + (*(const bool *)value ? 4 : 5);
    case TL_REC_TOKEN:
        return write_token(p, *(const char *const *)value);
    case TL_REC_MAC:
        *p = '"';
        p = tl_write_mac(p + 1, value);
        *p = '"';
        return p + 1;
    case TL_REC_ADDR:
        *p = '"';
        p = write_address(p + 1, ((const struct tl_addr *)value)->version, ((const struct tl_addr *)value)->bytes);
        *p = '"';
        return p + 1;
    case TL_REC_TEXT:
    case TL_REC_TEXTS:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
    case TL_REC_DOUBLE:
    case TL_REC_OBJECTS:
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
        break; /* put_value() and put_fields() */
    }
    return p;
}

static void put_objects(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_object_list *list, unsigned decimals, unsigned depth);

static void put_value(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_field *field,
                      const void *value, unsigned decimals, unsigned depth)
{
    switch (field->type) {
    case TL_REC_TEXT:
        put_text(out, value, field->escaped);
        break;
    case TL_REC_TEXTS:
        put_texts(out, value, field->escaped);
        break;
    case TL_REC_INTERVALS:
        put_intervals(out, value, decimals);
        break;
    case TL_REC_COUNTS:
        put_counts(out, value);
        break;
    case TL_REC_DOUBLE:
        tl_put_json_double(out, *(const double *)value);
        break;
    case TL_REC_OBJECTS:
        put_objects(s, out, field->objects, value, decimals, depth);
        break;
    case TL_REC_COUNT:
    case TL_REC_BOOL:
    case TL_REC_INTERVAL:
    case TL_REC_TOKEN:
    case TL_REC_MAC:
    case TL_REC_ADDR:
    case TL_REC_TIME:
    case TL_REC_INT:
        break; /* write_value() and put_fields() */
    }
}

static inline bool is_bounded(enum tl_record_type type)
{
    const unsigned unbounded = 1u << TL_REC_TEXT | 1u << TL_REC_TEXTS | 1u << TL_REC_INTERVALS | 1u << TL_REC_COUNTS |
                               1u << TL_REC_DOUBLE | 1u << TL_REC_OBJECTS | 1u << TL_REC_INTERVAL |
                               1u << TL_REC_TIME;
    return (unbounded >> type & 1) == 0;
}

/* Puts the text before a value if keys use another separator. */
static void put_lead(const struct records_sink *s, struct tl_buffer *out, const char *key)
{
    tl_put_lit(out, ",\"");
    tl_put_json_key(out, key, s->separator);
    tl_put_lit(out, "\":");
}

static void put_fields(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, uint64_t left, unsigned decimals, unsigned depth)
{
    uint8_t *p = tl_buffer_room(out, def->field_count * (size_t)FIELD_ROOM);
    for (; left != 0 && p != NULL; left &= left - 1) {
        const struct tl_record_field *field = &def->fields[__builtin_ctzll(left)];
        const void *value = (const uint8_t *)record + field->offset;
        uint8_t *begin = p; /* of the field */
        if (TL_LIKELY(s->separator == NULL)) {
            memcpy(p, field->lead, TL_LEAD);
            p += field->lead_len;
        } else {
            out->len = (size_t)(p - out->data);
            put_lead(s, out, field->key);
            p = tl_buffer_room(out, def->field_count * (size_t)FIELD_ROOM);
            if (p == NULL)
                break;
        }
        if (TL_LIKELY(is_bounded(field->type))) {
            p = write_value(p, field->type, value);
            continue;
        }
        if (field->type == TL_REC_INTERVAL || field->type == TL_REC_TIME) { /* left out if outside the range */
            int64_t ns = *(const int64_t *)value;
            p = TL_LIKELY(tl_time_fits(ns)) ? tl_write_seconds(p, ns, decimals) : begin;
            continue;
        }
        out->len = (size_t)(p - out->data);
        put_value(s, out, field, value, decimals, depth);
        p = tl_buffer_room(out, def->field_count * (size_t)FIELD_ROOM);
    }
    if (p != NULL)
        out->len = (size_t)(p - out->data);
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

/* Bits of the fields that a definition has. */
static inline uint64_t known_fields(const struct tl_record_def *def)
{
    return def->field_count < 64 ? (UINT64_C(1) << def->field_count) - 1 : UINT64_MAX;
}

/* Writes a mark in place of a time that does not fit: at most 40 bytes. */
static uint8_t *write_outside(uint8_t *p, int64_t ts)
{
    static const char lead[] = ",\"_ts_out_of_range\":";
    memcpy(p, lead, sizeof lead - 1);
    return write_token(p + sizeof lead - 1, tl_time_outside(ts));
}

/* Members begin with a comma each; the first one becomes the brace. */
static void put_object(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *object, unsigned decimals, unsigned depth)
{
    uint64_t set = object->set & known_fields(def);
    size_t begin = out->len;
    put_fields(s, out, def, object, set, decimals, depth);
    if ((object->cut & set) != 0)
        put_truncated(s, out, def, object->cut & set);
    if (out->failed)
        return;
    if (out->len > begin)
        out->data[begin] = '{';
    else
        tl_put_char(out, '{');
    tl_put_char(out, '}');
}

static void put_objects(const struct records_sink *s, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_object_list *list, unsigned decimals, unsigned depth)
{
    const uint8_t *item = list->items;
    tl_put_char(out, '[');
    for (uint32_t i = 0; i < list->count && depth < TL_OBJECT_DEPTH; i++, item += list->size) {
        if (i > 0)
            tl_put_char(out, ',');
        put_object(s, out, def, (const struct tl_record *)(const void *)item, decimals, depth + 1);
    }
    tl_put_char(out, ']');
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct records_sink *s = (const struct records_sink *)sink;
    uint64_t known = known_fields(def);
    size_t path_len = strlen(def->path);
    uint8_t *p = tl_buffer_room(out, FLOW_ROOM + path_len + s->text.len);
    if (p == NULL)
        return;
    memcpy(p, "{\"_path\":\"", 10);
    memcpy(p + 10, def->path, path_len);
    p += 10 + path_len;
    *p++ = '"';
    if (def->flow || record->ts != 0) {
        memcpy(p, ",\"ts\":", 6);
        p = TL_LIKELY(tl_time_fits(record->ts)) ? tl_write_seconds(p + 6, record->ts, decimals)
                                                 : write_outside(p, record->ts);
    }
    if (def->flow && id != NULL)
        p = write_flow(s, p, id);
    out->len = (size_t)(p - out->data);
    put_fields(s, out, def, record, record->set & known, decimals, 0);
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
        [ORIG_H] = { "\",\"", "id.orig_h", "\":\"" }, /* closes the uid string */
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
    if (output != NULL)
        tl_output_set_lines(output);
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
