/* value.h - the value of a tree node: read by its field's type, and as text. */
#ifndef TL_EXPORT_VALUE_H
#define TL_EXPORT_VALUE_H

#include "core/buffer.h"
#include "core/field.h"
#include "core/tree.h"

/*
 * Returns true if the node has a value of its field's type (an address has all its bytes). Nodes without are left out.
 */
bool tl_value_there(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field);

/* TL_I8 to TL_I64: the value with its sign. */
int64_t tl_value_signed(const struct tl_node *node, const struct tl_field *field);

/* Returns true for a plain number, which can have a name or be shown in hexadecimal. */
bool tl_value_is_number(enum tl_type type);

/* Returns the name of the node's value, or NULL. */
const char *tl_value_name(const struct tl_node *node, const struct tl_field *field);

/*
 * Puts the value as escaped text; numbers in the field's base, without name and unit. `most`: maximum bytes shown of a
 * TL_BYTES value; SIZE_MAX: all.
 */
void tl_put_value(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_node *node,
                  const struct tl_field *field, size_t most);

#endif
