/* schema.c - the JSON Schemas (draft 2020-12) of both JSON outputs, generated from the tables that the sinks use. */
#include <stdio.h>

#include "core/protocol.h"
#include "export/json.h"
#include "export/sinks.h"

/* A document under construction. */
struct document {
    struct tl_buffer *out;
    unsigned depth;
    bool empty; /* the innermost open object or array is still empty */
};

static void put_line(struct document *d)
{
    tl_put_char(d->out, '\n');
    for (unsigned i = 0; i < d->depth; i++)
        tl_put_lit(d->out, "  ");
}

/* Starts the next member (with its key) or element (NULL). */
static void next(struct document *d, const char *key)
{
    if (!d->empty)
        tl_put_char(d->out, ',');
    if (d->depth > 0)
        put_line(d);
    d->empty = false;
    if (key != NULL) {
        tl_put_json_word(d->out, key);
        tl_put_lit(d->out, ": ");
    }
}

static void begin(struct document *d, const char *key, char bracket)
{
    next(d, key);
    tl_put_char(d->out, bracket);
    d->depth++;
    d->empty = true;
}

static void end(struct document *d, char bracket)
{
    d->depth--;
    if (!d->empty)
        put_line(d);
    d->empty = false;
    tl_put_char(d->out, bracket);
}

static void word(struct document *d, const char *key, const char *value)
{
    next(d, key);
    tl_put_json_word(d->out, value);
}

/* Puts a value that is already JSON. */
static void literal(struct document *d, const char *key, const char *json)
{
    next(d, key);
    tl_puts(d->out, json);
}

static void described(struct document *d, const char *help)
{
    if (help != NULL && help[0] != '\0')
        word(d, "description", help);
}

static void constant(struct document *d, const char *key, const char *value)
{
    begin(d, key, '{');
    word(d, "const", value);
    end(d, '}');
}

#define UNSIGNED "\"type\": \"integer\", \"minimum\": 0"
#define PORT UNSIGNED ", \"maximum\": 65535"
#define HEX_PAIR "[0-9a-f]{2}"
#define MAC "\"type\": \"string\", \"pattern\": \"^" HEX_PAIR "(:" HEX_PAIR "){5}$\""
#define GUID \
    "\"type\": \"string\", \"pattern\": \"^(" HEX_PAIR "){4}(-(" HEX_PAIR "){2}){3}-(" HEX_PAIR "){6}$\""
#define REAL "\"anyOf\": [{\"type\": \"number\"}, {\"enum\": [\"NaN\", \"Infinity\", \"-Infinity\"]}]"
#define ARRAY_OF(item) "\"type\": \"array\", \"items\": {" item "}"

/* Puts a property whose type is given as the members of its schema. */
static void property(struct document *d, const char *key, const char *members, const char *help)
{
    begin(d, key, '{');
    next(d, NULL);
    tl_puts(d->out, members);
    described(d, help);
    end(d, '}');
}

static void begin_document(struct document *d, const char *title)
{
    begin(d, NULL, '{');
    word(d, "$schema", "https://json-schema.org/draft/2020-12/schema");
    word(d, "title", title);
}

/* Records. */

static const char *const record_types[] = {
    [TL_REC_COUNT] = UNSIGNED,
    [TL_REC_BOOL] = "\"type\": \"boolean\"",
    [TL_REC_INTERVAL] = "\"type\": \"number\"",
    [TL_REC_TEXT] = "\"type\": \"string\"",
    [TL_REC_TOKEN] = "\"type\": \"string\"",
    [TL_REC_MAC] = MAC,
    [TL_REC_TEXTS] = ARRAY_OF("\"type\": \"string\""),
    [TL_REC_INTERVALS] = ARRAY_OF("\"type\": \"number\""),
    [TL_REC_COUNTS] = ARRAY_OF(UNSIGNED),
    [TL_REC_ADDR] = "\"type\": \"string\"",
    [TL_REC_TIME] = "\"type\": \"number\"",
    [TL_REC_INT] = "\"type\": \"integer\"",
    [TL_REC_DOUBLE] = REAL,
};

static const struct {
    const char *key, *type, *help;
    bool required;
} flow_keys[] = {
    { "uid", "\"type\": \"string\", \"pattern\": \"^C[0-9A-Za-z]{17}$\"", "Flow identifier, equal in every run", true },
    { "id.orig_h", "\"type\": \"string\"", "Address of the originator", true },
    { "id.orig_p", PORT, "Port of the originator; ICMP: the type", true },
    { "id.resp_h", "\"type\": \"string\"", "Address of the responder", true },
    { "id.resp_p", PORT, "Port of the responder; ICMP: the counterpart type, or the code", true },
    { "community_id", "\"type\": \"string\", \"pattern\": \"^1:[0-9A-Za-z+/]{27}=$\"", "Community ID, version 1",
      false },
    { "decrypted", "\"const\": true", "The record was read from decrypted data", false },
    { "proxy_orig_h", "\"type\": \"string\"", "PROXY protocol: address of the client, by the proxy's word", false },
    { "proxy_orig_p", PORT, "PROXY protocol: port of the client", false },
    { "proxy_resp_h", "\"type\": \"string\"", "PROXY protocol: address that the client connected to", false },
    { "proxy_resp_p", PORT, "PROXY protocol: port that the client connected to", false },
};

/* Returns the key with its separator; "" if out of memory. */
static const char *key_text(struct tl_buffer *b, const char *key, const char *separator)
{
    b->len = 0;
    for (const char *p = key; *p != '\0'; p++) {
        if (*p == '.')
            tl_puts(b, separator);
        else
            tl_put_char(b, *p);
    }
    tl_put_char(b, '\0');
    return b->failed ? "" : (const char *)b->data;
}

static void put_fields(struct document *d, const struct tl_record_def *def, const char *separator,
                       struct tl_buffer *key, unsigned depth);

/* A list of objects, each with the fields of `def`. */
static void put_objects(struct document *d, const char *name, const struct tl_record_field *field,
                        const char *separator, struct tl_buffer *key, unsigned depth)
{
    begin(d, name, '{');
    described(d, field->help);
    word(d, "type", "array");
    begin(d, "items", '{');
    described(d, field->objects->help);
    word(d, "type", "object");
    begin(d, "properties", '{');
    put_fields(d, field->objects, separator, key, depth + 1);
    end(d, '}');
    literal(d, "additionalProperties", "false");
    end(d, '}');
    end(d, '}');
}

static void put_truncated(struct document *d, const struct tl_record_def *def, const char *separator,
                          struct tl_buffer *key)
{
    begin(d, "_trunc", '{');
    word(d, "description", "Keys of values that were cut");
    word(d, "type", "array");
    literal(d, "minItems", "1");
    begin(d, "items", '{');
    begin(d, "enum", '[');
    for (uint32_t i = 0; i < def->field_count; i++)
        word(d, NULL, key_text(key, def->fields[i].key, separator));
    end(d, ']');
    end(d, '}');
    end(d, '}');
}

static void put_fields(struct document *d, const struct tl_record_def *def, const char *separator,
                       struct tl_buffer *key, unsigned depth)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_record_field *field = &def->fields[i];
        const char *name = key_text(key, field->key, separator);
        if (field->type != TL_REC_OBJECTS)
            property(d, name, record_types[field->type], field->help);
        else if (depth < TL_OBJECT_DEPTH)
            put_objects(d, name, field, separator, key, depth);
        else
            property(d, name, "\"type\": \"array\", \"maxItems\": 0", field->help);
    }
    if (def->field_count > 0)
        put_truncated(d, def, separator, key);
}

/* The time of a record or packet. One of both keys is there. */
static void put_time(struct document *d)
{
    property(d, "ts", "\"type\": \"number\"", "Seconds since 1970, UTC");
    property(d, "_ts_out_of_range", "\"enum\": [\"before 1677\", \"after 2262\"]",
             "Instead of ts: the capture has a time that 64 bits of nanoseconds cannot express");
}

static void require_time(struct document *d)
{
    literal(d, "oneOf", "[{ \"required\": [\"ts\"] }, { \"required\": [\"_ts_out_of_range\"] }]");
}

static void put_record_properties(struct document *d, const struct tl_record_def *def, const char *separator,
                                  struct tl_buffer *key)
{
    begin(d, "properties", '{');
    constant(d, "_path", def->path);
    put_time(d);
    for (size_t i = 0; def->flow && i < TL_COUNT(flow_keys); i++)
        property(d, key_text(key, flow_keys[i].key, separator), flow_keys[i].type, flow_keys[i].help);
    put_fields(d, def, separator, key, 0);
    end(d, '}');
}

static void put_record_schema(struct document *d, const struct tl_record_def *def, const char *separator,
                              struct tl_buffer *key)
{
    begin(d, NULL, '{');
    word(d, "title", def->path);
    described(d, def->help);
    word(d, "type", "object");
    put_record_properties(d, def, separator, key);
    begin(d, "required", '[');
    word(d, NULL, "_path");
    for (size_t i = 0; def->flow && i < TL_COUNT(flow_keys); i++) {
        if (flow_keys[i].required && !def->flow_optional)
            word(d, NULL, key_text(key, flow_keys[i].key, separator));
    }
    end(d, ']');
    if (def->flow)
        require_time(d);
    literal(d, "additionalProperties", "false");
    end(d, '}');
}

void tl_records_schema(struct tl_buffer *out, const struct tl_record_def *const *defs, uint32_t count,
                       const char *separator)
{
    struct document d = { .out = out, .empty = true };
    struct tl_buffer key = { 0 };
    begin_document(&d, "Taplight records");
    word(&d, "description", "A line of the record stream; _path names the record type");
    begin(&d, "oneOf", '[');
    for (uint32_t i = 0; i < count; i++)
        put_record_schema(&d, defs[i], separator, &key);
    end(&d, ']');
    end(&d, '}');
    tl_put_char(out, '\n');
    out->failed = out->failed || key.failed;
    tl_buffer_fini(&key);
}

/* Packets. */

#define TEXTS "\"type\": \"array\", \"minItems\": 1, \"items\": { \"type\": \"string\" }"

static const char *const field_types[] = {
    [TL_NONE] = "\"const\": true",
    [TL_BOOL] = "\"type\": \"boolean\"",
    [TL_U8] = UNSIGNED ", \"maximum\": 255",
    [TL_U16] = UNSIGNED ", \"maximum\": 65535",
    [TL_U24] = UNSIGNED ", \"maximum\": 16777215",
    [TL_U32] = UNSIGNED ", \"maximum\": 4294967295",
    [TL_U64] = UNSIGNED,
    [TL_I8] = "\"type\": \"integer\", \"minimum\": -128, \"maximum\": 127",
    [TL_I16] = "\"type\": \"integer\", \"minimum\": -32768, \"maximum\": 32767",
    [TL_I32] = "\"type\": \"integer\", \"minimum\": -2147483648, \"maximum\": 2147483647",
    [TL_I64] = "\"type\": \"integer\"",
    [TL_MAC] = MAC,
    [TL_IPV4] = "\"type\": \"string\", \"format\": \"ipv4\"",
    [TL_IPV6] = "\"type\": \"string\", \"format\": \"ipv6\"",
    [TL_GUID] = GUID,
    [TL_GUID_LE] = GUID,
    [TL_OID] = "\"type\": \"string\", \"pattern\": \"^([0-2](\\\\.[0-9]+)+|(" HEX_PAIR ")*)$\"",
    [TL_BYTES] = "\"type\": \"string\", \"pattern\": \"^(" HEX_PAIR ")*$\"",
    [TL_TEXT] = "\"type\": \"string\"",
    [TL_UTF16LE] = "\"type\": \"string\"",
    [TL_UTF16BE] = "\"type\": \"string\"",
    [TL_INTERVAL] = "\"type\": \"number\"",
    [TL_TIME] = "\"type\": \"number\"",
    [TL_FLOAT] = REAL,
    [TL_DOUBLE] = REAL,
};

static void put_field_type(struct document *d, const struct tl_protocol *protocol, const struct tl_field *field)
{
    next(d, NULL);
    if (field->type != TL_GROUP) {
        tl_puts(d->out, field_types[field->type]);
        return;
    }
    tl_put_lit(d->out, "\"$ref\": \"#/$defs/");
    tl_puts(d->out, protocol->name);
    tl_put_lit(d->out, ".group\"");
}

static void put_field(struct document *d, const struct tl_protocol *protocol, const struct tl_field *field)
{
    begin(d, field->key, '{');
    if (field->label != NULL)
        word(d, "title", field->label);
    described(d, field->help);
    if (field->flags & TL_REPEATS) {
        word(d, "type", "array");
        literal(d, "minItems", "1");
        begin(d, "items", '{');
        put_field_type(d, protocol, field);
        end(d, '}');
    } else {
        put_field_type(d, protocol, field);
    }
    end(d, '}');
}

static const struct {
    const char *key, *type, *help;
} marks[] = {
    { "_malformed", "\"const\": true", "The layer is malformed" },
    { "_malformed_at", UNSIGNED, "Offset of the malformed field in bytes" },
    { "_short", "\"const\": true", "The rest of the layer was not captured" },
    { "_quoted", "\"const\": true", "The layer is quoted in an ICMP error" },
};

/* Puts a layer or a group in it. Both can hold any of the protocol's fields. */
static void put_object(struct document *d, const struct tl_protocol *protocol, bool group)
{
    word(d, "type", "object");
    begin(d, "properties", '{');
    if (!group)
        constant(d, "protocol", protocol->name);
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        if ((protocol->fields[i].flags & (TL_ONLY_LINE | TL_OF_FLOW)) == 0)
            put_field(d, protocol, &protocol->fields[i]);
    }
    for (size_t i = 0; !group && i < TL_COUNT(marks); i++)
        property(d, marks[i].key, marks[i].type, marks[i].help);
    property(d, "_cut", "\"const\": true", "The value is truncated");
    end(d, '}');
    if (!group)
        literal(d, "required", "[\"protocol\"]");
    literal(d, "additionalProperties", "false");
}

static bool has_groups(const struct tl_protocol *protocol)
{
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        if (protocol->fields[i].type == TL_GROUP)
            return true;
    }
    return false;
}

static void put_definitions(struct document *d, const struct tl_protocols *protocols)
{
    begin(d, "$defs", '{');
    for (uint32_t i = 0; i < protocols->count; i++) {
        const struct tl_protocol *protocol = protocols->items[i];
        begin(d, protocol->name, '{');
        word(d, "title", protocol->title);
        put_object(d, protocol, false);
        end(d, '}');
        if (!has_groups(protocol))
            continue;
        char name[64];
        snprintf(name, sizeof name, "%s.group", protocol->name);
        begin(d, name, '{');
        put_object(d, protocol, true);
        end(d, '}');
    }
    end(d, '}');
}

static void put_layers(struct document *d, const struct tl_protocols *protocols)
{
    begin(d, "layers", '{');
    word(d, "description", "From outer to inner");
    word(d, "type", "array");
    begin(d, "items", '{');
    begin(d, "oneOf", '[');
    for (uint32_t i = 0; i < protocols->count; i++) {
        next(d, NULL);
        tl_put_lit(d->out, "{\"$ref\": \"#/$defs/");
        tl_puts(d->out, protocols->items[i]->name);
        tl_put_lit(d->out, "\"}");
    }
    end(d, ']');
    end(d, '}');
    end(d, '}');
}

void tl_packets_schema(struct tl_buffer *out, const struct tl_protocols *protocols)
{
    struct document d = { .out = out, .empty = true };
    begin_document(&d, "Taplight packets");
    word(&d, "type", "object");
    begin(&d, "properties", '{');
    property(&d, "number", "\"type\": \"integer\", \"minimum\": 1", "Counted from 1 over all inputs");
    put_time(&d);
    property(&d, "length", UNSIGNED, "Bytes on the wire");
    property(&d, "captured", UNSIGNED, "Bytes captured");
    property(&d, "interface", UNSIGNED, "Counted from 0 over all inputs");
    property(&d, "interface_name", "\"type\": \"string\"", NULL);
    property(&d, "comments", TEXTS, "Comments of the packet (pcapng)");
    property(&d, "interface_comments", TEXTS, "Comments of its interface (pcapng)");
    property(&d, "section_comments", TEXTS, "Comments of the file's section that it is in (pcapng)");
    put_layers(&d, protocols);
    end(&d, '}');
    literal(&d, "required", "[\"number\", \"length\", \"captured\", \"interface\", \"layers\"]");
    require_time(&d);
    literal(&d, "additionalProperties", "false");
    put_definitions(&d, protocols);
    end(&d, '}');
    tl_put_char(out, '\n');
}
