/* value.c - the value of a tree node as text. */
#include "export/value.h"

#include "core/values.h"
#include "export/json.h"

/* Bytes that a value of fixed length has; 0: it has none, or as many as it likes. */
static uint32_t fixed_size(enum tl_type type)
{
    switch (type) {
    case TL_MAC:
        return 6;
    case TL_IPV4:
        return 4;
    case TL_IPV6:
    case TL_GUID:
    case TL_GUID_LE:
        return 16;
    case TL_NONE:
    case TL_BOOL:
    case TL_U8:
    case TL_U16:
    case TL_U24:
    case TL_U32:
    case TL_U64:
    case TL_I8:
    case TL_I16:
    case TL_I32:
    case TL_I64:
    case TL_OID:
    case TL_BYTES:
    case TL_TEXT:
    case TL_UTF16LE:
    case TL_UTF16BE:
    case TL_INTERVAL:
    case TL_TIME:
    case TL_FLOAT:
    case TL_DOUBLE:
    case TL_GROUP:
        break;
    }
    return 0;
}

bool tl_value_is_number(enum tl_type type)
{
    return type >= TL_BOOL && type <= TL_I64;
}

bool tl_value_there(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field)
{
    uint32_t size = fixed_size(field->type);
    return size == 0 || tl_node_bytes(tree, node).len >= size;
}

int64_t tl_value_signed(const struct tl_node *node, const struct tl_field *field)
{
    if (field->type == TL_I8)
        return (int8_t)(uint8_t)node->value;
    if (field->type == TL_I16)
        return (int16_t)(uint16_t)node->value;
    return field->type == TL_I32 ? (int32_t)(uint32_t)node->value : (int64_t)node->value;
}

const char *tl_value_name(const struct tl_node *node, const struct tl_field *field)
{
    if (!tl_value_is_number(field->type) || node->value > UINT32_MAX)
        return NULL;
    return tl_name_of(field->names, (uint32_t)node->value);
}

/* Of a number. */
static unsigned bits_of(enum tl_type type)
{
    static const uint8_t bits[TL_I64 + 1] = {
        [TL_BOOL] = 8, [TL_U8] = 8, [TL_U16] = 16, [TL_U24] = 24, [TL_U32] = 32,
        [TL_U64] = 64, [TL_I8] = 8, [TL_I16] = 16, [TL_I32] = 32, [TL_I64] = 64,
    };
    return type <= TL_I64 ? bits[type] : 0;
}

static bool is_signed(enum tl_type type)
{
    return type >= TL_I8 && type <= TL_I64;
}

static void put_hex_number(struct tl_buffer *b, uint64_t value, const struct tl_field *field)
{
    unsigned bits = bits_of(field->type);
    unsigned digits = field->mask != 0 ? ((unsigned)__builtin_popcountll(field->mask) + 3) / 4 : bits / 4;
    if (is_signed(field->type) && bits < 64)
        value &= (UINT64_C(1) << bits) - 1;
    tl_put_lit(b, "0x");
    tl_put_hex(b, value, digits);
}

static void put_number(struct tl_buffer *b, const struct tl_node *node, const struct tl_field *field)
{
    if (field->base == TL_HEX)
        put_hex_number(b, node->value, field);
    else if (is_signed(field->type))
        tl_put_i64(b, tl_value_signed(node, field));
    else
        tl_put_u64(b, node->value);
}

static void put_bytes(struct tl_buffer *b, struct tl_bytes bytes, size_t most)
{
    tl_put_hex_bytes(b, bytes.data, bytes.len < most ? bytes.len : most, 0);
    if (bytes.len > most) {
        tl_put_lit(b, ".. (");
        tl_put_u64(b, bytes.len);
        tl_put_lit(b, " bytes)");
    }
}

void tl_put_value(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_node *node,
                  const struct tl_field *field, size_t most)
{
    if (!tl_value_there(tree, node, field))
        return;
    struct tl_bytes bytes;
    switch (field->type) {
    case TL_BOOL:
        tl_puts(b, node->value != 0 ? "true" : "false");
        break;
    case TL_MAC:
        tl_put_mac(b, tl_node_bytes(tree, node).data);
        break;
    case TL_IPV4:
        tl_put_ipv4(b, tl_node_bytes(tree, node).data);
        break;
    case TL_IPV6:
        tl_put_ipv6(b, tl_node_bytes(tree, node).data);
        break;
    case TL_BYTES:
        put_bytes(b, tl_node_bytes(tree, node), most);
        break;
    case TL_TEXT:
        bytes = tl_node_bytes(tree, node);
        if (field->flags & TL_ESCAPED)
            tl_put_safe_escaped(b, bytes.data, bytes.len);
        else
            tl_put_safe_text(b, bytes.data, bytes.len);
        break;
    case TL_INTERVAL:
        tl_put_seconds(b, (int64_t)node->value, 9);
        break;
    case TL_GUID:
    case TL_GUID_LE:
        tl_put_guid(b, tl_node_bytes(tree, node).data, field->type == TL_GUID_LE);
        break;
    case TL_OID:
        if (!tl_put_oid(b, tl_node_bytes(tree, node)))
            put_bytes(b, tl_node_bytes(tree, node), most);
        break;
    case TL_UTF16LE:
    case TL_UTF16BE:
        tl_put_safe_utf16(b, tl_node_bytes(tree, node), field->type == TL_UTF16LE);
        break;
    case TL_TIME:
        tl_put_utc(b, (int64_t)node->value);
        break;
    case TL_FLOAT:
        tl_put_float(b, tl_float_of(node->value));
        break;
    case TL_DOUBLE:
        tl_put_double(b, tl_double_of(node->value));
        break;
    case TL_U8:
    case TL_U16:
    case TL_U24:
    case TL_U32:
    case TL_U64:
    case TL_I8:
    case TL_I16:
    case TL_I32:
    case TL_I64:
        put_number(b, node, field);
        break;
    case TL_NONE:
    case TL_GROUP:
        break;
    }
}
