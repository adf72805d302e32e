/* field_filter.c - values as the constants of filter/literal.h. */
#include "ui/tasks/field_filter.h"

#include <string.h>

#include "core/protocol.h"
#include "core/time.h"
#include "core/values.h"
#include "export/json.h"
#include "export/value.h"

enum { TEXT_MOST = 100, BYTES_MOST = 32 };

/* As a string of the language: what is no plain ASCII as \x. */
static void put_string(struct tl_buffer *out, struct tl_bytes text)
{
    tl_put_char(out, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\')
            tl_put_char(out, '\\');
        if (c >= ' ' && c < 0x7f)
            tl_put_char(out, (char)c);
        else
            tl_put_format(out, "\\x%02x", c);
    }
    tl_put_char(out, '"');
}

static void put_text(struct tl_buffer *out, struct tl_bytes text)
{
    bool cut = text.len > TEXT_MOST;
    tl_puts(out, cut ? " contains " : " == ");
    put_string(out, (struct tl_bytes){ text.data, cut ? TEXT_MOST : text.len });
}

static void put_bytes(struct tl_buffer *out, struct tl_bytes bytes)
{
    if (bytes.len > BYTES_MOST)
        tl_put_format(out, "[0:%d]", BYTES_MOST);
    tl_puts(out, " == ");
    if (bytes.len == 0)
        tl_puts(out, "\"\"");
    tl_put_hex_bytes(out, bytes.data, bytes.len < BYTES_MOST ? bytes.len : BYTES_MOST, ':');
}

/* A minus is an operator, so the constant of the least number would be too big. */
static void put_signed(struct tl_buffer *out, int64_t value, enum tl_type type)
{
    int64_t most = INT64_MAX >> (type == TL_I8 ? 56 : type == TL_I16 ? 48 : type == TL_I32 ? 32 : 0);
    tl_puts(out, value < -most ? " < " : " == ");
    tl_put_i64(out, value < -most ? -most : value);
}

/* The value is, or may be, part of a secret. */
static bool is_secret(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field)
{
    if (field->secret != TL_SECRET_NOT)
        return true;
    if (field->type < TL_OID || field->type > TL_UTF16BE)
        return false;
    struct tl_bytes bytes = tl_node_bytes(tree, node);
    return tree->hidden_count > TL_TREE_HIDDEN || tl_tree_hides(tree, bytes.data, bytes.len);
}

void tl_put_field_filter(struct tl_buffer *out, const struct tl_protocols *protocols, const struct tl_tree *tree,
                         const struct tl_node *node)
{
    const struct tl_protocol *protocol = protocols->items[node->protocol];
    if (node->field == TL_LAYER) {
        tl_puts(out, protocol->name);
        return;
    }
    const struct tl_field *field = &protocol->fields[node->field];
    tl_puts(out, field->key);
    if (is_secret(tree, node, field) || !tl_value_there(tree, node, field))
        return;
    switch (field->type) {
    case TL_NONE:
    case TL_GROUP:
    case TL_UTF16LE: /* their bytes are not those that are compared */
    case TL_UTF16BE:
        break;
    case TL_BOOL:
        tl_puts(out, node->value != 0 ? " == 1" : " == 0");
        break;
    case TL_TEXT:
        put_text(out, tl_node_bytes(tree, node));
        break;
    case TL_BYTES:
        put_bytes(out, tl_node_bytes(tree, node));
        break;
    case TL_TIME:
        if (tl_time_fits((int64_t)node->value)) {
            tl_puts(out, " == \"");
            tl_put_value(out, tree, node, field, SIZE_MAX);
            tl_put_char(out, '"');
        }
        break;
    case TL_I8:
    case TL_I16:
    case TL_I32:
    case TL_I64:
        put_signed(out, tl_value_signed(node, field), field->type);
        break;
    case TL_U8:
    case TL_U16:
    case TL_U24:
    case TL_U32:
    case TL_U64:
    case TL_MAC:
    case TL_IPV4:
    case TL_IPV6:
    case TL_GUID:
    case TL_GUID_LE:
    case TL_OID:
    case TL_INTERVAL:
    case TL_FLOAT:
    case TL_DOUBLE:
        tl_puts(out, " == ");
        tl_put_value(out, tree, node, field, SIZE_MAX);
        break;
    }
}

/* --- combined with another --- */

static bool has_other_logic(const char *text, bool with_and)
{
    static const char *const words[] = { "||", "^^", " or ", " xor ", " and ", "&&" };
    for (size_t i = 0; i < (with_and ? TL_COUNT(words) : 4); i++) {
        if (strstr(text, words[i]) != NULL)
            return true;
    }
    return false;
}

void tl_put_filters(struct tl_buffer *out, const char *shown, const char *more, enum tl_filter_use use)
{
    bool is_or = use == TL_FILTER_OR || use == TL_FILTER_OR_NOT;
    bool is_not = use == TL_FILTER_NOT || use == TL_FILTER_AND_NOT || use == TL_FILTER_OR_NOT;
    bool combined = use > TL_FILTER_NOT && *shown != '\0';
    if (combined)
        tl_put_format(out, has_other_logic(shown, is_or) ? "(%s) %s " : "%s %s ", shown, is_or ? "||" : "&&");
    tl_put_format(out, is_not ? "!(%s)" : "%s", more);
}
