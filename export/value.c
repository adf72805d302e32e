/* value.c - the value of a tree node as text. */
#include "export/value.h"

#include "export/json.h"

static uint32_t address_size(enum tl_type type)
{
    switch (type) {
    case TL_MAC:
        return 6;
    case TL_IPV4:
        return 4;
    case TL_IPV6:
        return 16;
    default:
        return 0;
    }
}

bool tl_value_there(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field)
{
    uint32_t size = address_size(field->type);
    return size == 0 || tl_node_bytes(tree, node).len >= size;
}

int64_t tl_value_signed(const struct tl_node *node, const struct tl_field *field)
{
    return field->type == TL_I32 ? (int32_t)(uint32_t)node->value : (int64_t)node->value;
}

bool tl_value_is_number(enum tl_type type)
{
    return type >= TL_BOOL && type <= TL_I64;
}

const char *tl_value_name(const struct tl_node *node, const struct tl_field *field)
{
    if (!tl_value_is_number(field->type) || node->value > UINT32_MAX)
        return NULL;
    return tl_name_of(field->names, (uint32_t)node->value);
}

static unsigned hex_digits(const struct tl_field *field)
{
    if (field->mask != 0)
        return ((unsigned)__builtin_popcountll(field->mask) + 3) / 4;
    switch (field->type) {
    case TL_U16:
        return 4;
    case TL_U24:
        return 6;
    case TL_U32:
    case TL_I32:
        return 8;
    case TL_U64:
    case TL_I64:
        return 16;
    default:
        return 2;
    }
}

static void put_number(struct tl_buffer *b, const struct tl_node *node, const struct tl_field *field)
{
    if (field->base == TL_HEX) {
        tl_put_lit(b, "0x");
        tl_put_hex(b, field->type == TL_I32 ? (uint32_t)node->value : node->value, hex_digits(field));
    } else if (field->type == TL_I32 || field->type == TL_I64) {
        tl_put_i64(b, tl_value_signed(node, field));
    } else {
        tl_put_u64(b, node->value);
    }
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
        tl_put_safe_text(b, bytes.data, bytes.len);
        break;
    case TL_INTERVAL:
        tl_put_seconds(b, (int64_t)node->value, 9);
        break;
    case TL_NONE:
    case TL_GROUP:
        break;
    default:
        put_number(b, node, field);
    }
}
