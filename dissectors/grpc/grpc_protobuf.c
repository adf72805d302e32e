/*
 * grpc_protobuf.c - the fields of a message in the wire format of Protocol Buffers. The types of its fields are not
 * known without its definition: numbers are shown as unsigned, and bytes as text if they are text, as a message if
 * they can be one.
 */
#include "core/part.h"
#include "dissectors/grpc/grpc.h"

enum { DEPTH = 6, FIELDS_MOST = 512 /* fields of a message that are shown */, VARINT_MOST = 10 };

enum { VARINT, FIXED_64, DELIMITED, GROUP_BEGIN, GROUP_END, FIXED_32 };

/* Reads a varint at *at. Returns false if it does not end within len bytes. */
static bool varint(const uint8_t *p, uint32_t len, uint32_t *at, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < VARINT_MOST && *at < len; i++) {
        uint8_t byte = p[(*at)++];
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80)
            return true;
    }
    return false;
}

struct field {
    uint64_t number, value; /* value: the number, or the length of the bytes */
    unsigned type;
    uint32_t value_off, len; /* of the field, from its first byte */
};

/* Reads a field. Groups are not read: they are not used any more. */
static bool take(const uint8_t *p, uint32_t len, struct field *field)
{
    uint32_t at = 0;
    uint64_t key;
    if (!varint(p, len, &at, &key) || key >> 3 == 0 || key >> 3 >= 1u << 29)
        return false;
    *field = (struct field){ .number = key >> 3, .type = key & 7, .value_off = at };
    switch (field->type) {
    case VARINT:
        if (!varint(p, len, &at, &field->value))
            return false;
        break;
    case FIXED_64:
        if (len - at < 8)
            return false;
        field->value = tl_load_le64(p + at);
        at += 8;
        break;
    case FIXED_32:
        if (len - at < 4)
            return false;
        field->value = tl_load_le32(p + at);
        at += 4;
        break;
    case DELIMITED:
        if (!varint(p, len, &at, &field->value) || field->value > len - at)
            return false;
        field->value_off = at;
        at += (uint32_t)field->value;
        break;
    default:
        return false;
    }
    field->len = at;
    return true;
}

static bool is_message(const uint8_t *p, uint32_t len)
{
    struct field field;
    for (unsigned i = 0; len > 0 && i < FIELDS_MOST; i++) {
        if (!take(p, len, &field))
            return false;
        p += field.len;
        len -= field.len;
    }
    return len == 0;
}

/* UTF-8 without controls but those of text. */
static bool is_text(const uint8_t *p, uint32_t len)
{
    uint32_t more = 0;
    for (uint32_t i = 0; i < len; i++) {
        uint8_t c = p[i];
        if (more > 0) {
            if ((c & 0xc0) != 0x80)
                return false;
            more--;
        } else if (c >= 0x80) {
            more = c >= 0xc2 && c < 0xe0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
            if (more == 0)
                return false;
        } else if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            return false;
        }
    }
    return more == 0;
}

static void note_value(struct tl_dissection *d, const struct field *field)
{
    const uint32_t off = d->c.off + field->value_off, len = field->len - field->value_off;
    if (field->type == FIXED_32) {
        tl_add(d, PROTOBUF_UINT32, off, len, field->value);
    } else if (field->type != DELIMITED) {
        tl_add(d, PROTOBUF_UINT64, off, len, field->value);
    } else if (is_text(d->c.base + off, len)) {
        tl_add(d, PROTOBUF_LENGTH, off, 0, field->value);
        tl_add(d, PROTOBUF_STRING, off, len, 0);
    } else {
        tl_add(d, PROTOBUF_LENGTH, off, 0, field->value);
        tl_add(d, PROTOBUF_VALUE, off, len, 0);
    }
}

void tl_grpc_protobuf(struct tl_dissection *d, uint32_t len)
{
    struct {
        uint32_t end, group;
    } open[DEPTH];
    unsigned depth = 0, shown = 0;
    const uint32_t end = d->c.off + len;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    struct field field;
    bool readable = p != NULL && is_message(p, len);
    while (readable && d->c.off < end && shown++ < FIELDS_MOST) {
        const uint32_t stop = depth > 0 ? open[depth - 1].end : end;
        if (d->c.off == stop) {
            tl_group_end(d, open[--depth].group);
            shown--;
            continue;
        }
        p = d->c.base + d->c.off;
        if (!take(p, stop - d->c.off, &field))
            break;
        uint32_t group = tl_group(d, PROTOBUF_FIELD);
        tl_add(d, PROTOBUF_NUMBER, d->c.off, 1, field.number);
        tl_add(d, PROTOBUF_WIRETYPE, d->c.off, 1, field.type);
        const uint32_t size = field.len - field.value_off;
        const uint8_t *value = p + field.value_off;
        if (field.type == DELIMITED && size > 0 && depth < DEPTH && !is_text(value, size) && is_message(value, size)) {
            tl_add(d, PROTOBUF_LENGTH, d->c.off + field.value_off, 0, field.value);
            tl_skip(d, field.value_off);
            open[depth].end = d->c.off + size;
            open[depth++].group = group;
            continue;
        }
        note_value(d, &field);
        tl_skip(d, field.len);
        tl_group_end(d, group);
    }
    if (d->c.off < end)
        tl_skip(d, end - d->c.off);
    while (depth > 0)
        tl_group_end(d, open[--depth].group);
}
