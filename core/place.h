/* place.h - fields at fixed places of a header. */
#ifndef TL_CORE_PLACE_H
#define TL_CORE_PLACE_H

#include "core/protocol.h"
#include "core/tree.h"

/*
 * Position of a field in a fixed header. Fields of bits (with a mask) give the position of the integer that holds them.
 */
struct tl_place {
    uint8_t field;
    uint8_t off;   /* bytes from the header's first */
    uint8_t size;  /* bytes */
    uint8_t times; /* unit of the value on the wire; 0: 1 */
};

/* Returns the value of a field whose first byte is p[0]; 0 for addresses and bytes, which have none. */
uint64_t tl_place_value(const struct tl_field *field, const uint8_t *p, const struct tl_place *place);

/* Returns the place of a field in the protocol's header; NULL: it has none. */
const struct tl_place *tl_place_of(const struct tl_protocol *protocol, unsigned field);

/*
 * Fills *node as the dissector would have added it, from the bytes of the layer. Returns false if the layer ends before
 * the end of the field.
 */
bool tl_place_node(const struct tl_place *place, const struct tl_protocol *protocol, const struct tl_tree *tree,
                   const struct tl_node *layer, struct tl_node *node) TL_MUST_CHECK;

#endif
