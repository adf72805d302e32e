/* value.h - the value of a tree's node: read by its field's type, and as text for people. */
#ifndef TL_EXPORT_VALUE_H
#define TL_EXPORT_VALUE_H

#include "core/buffer.h"
#include "core/field.h"
#include "core/tree.h"

/* Has the node what its field's type needs? An address has its bytes. Nodes without are left out. */
bool tl_value_there(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field);

/* TL_I8 to TL_I64: the value with its sign. */
int64_t tl_value_signed(const struct tl_node *node, const struct tl_field *field);

/* Is it a plain number (names and hexadecimal can apply)? */
bool tl_value_is_number(enum tl_type type);

/* The name of the node's value, or NULL. */
const char *tl_value_name(const struct tl_node *node, const struct tl_field *field);

/* The value as text, escaped; numbers in the field's base, without name and unit. `most`: bytes of a TL_BYTES value
 * that are shown, SIZE_MAX for all. */
void tl_put_value(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_node *node,
                  const struct tl_field *field, size_t most);

#endif
