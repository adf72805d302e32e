/*
 * shape.h - a packet as tshark's JSON, EK and PDML arrange it: layers, fields in them, and below a field the fields
 * that are parts of it. Names are those of display filters.
 */
#ifndef TL_EXPORT_SHAPE_H
#define TL_EXPORT_SHAPE_H

#include "export/raw_bytes.h"
#include "filter/predicate.h"

enum tl_element_kind {
    TL_ELEMENT_LAYER, /* an object */
    TL_ELEMENT_GROUP, /* an object inside a layer */
    TL_ELEMENT_VALUE, /* a value, and below it its parts */
};

/* What the text of a value may hold. */
enum tl_element_form {
    TL_FORM_PLAIN,   /* only characters that need no escape */
    TL_FORM_WIRE,    /* text from the wire */
    TL_FORM_ESCAPED, /* text with escapes (enum tl_field_flags, TL_ESCAPED) */
    TL_FORM_BOOL,    /* 0 or 1 */
    TL_FORM_TIME,    /* absolute; the number is in ns */
    TL_FORM_NOTHING, /* it is there; no text */
};

/* Numbers of types in jsonraw. */
enum tl_wire_type {
    TL_WIRE_NONE = 0, TL_WIRE_PROTOCOL = 1, TL_WIRE_BOOL = 2, TL_WIRE_U8 = 4, TL_WIRE_U16 = 5, TL_WIRE_U24 = 6,
    TL_WIRE_U32 = 7, TL_WIRE_U64 = 11, TL_WIRE_I8 = 12, TL_WIRE_I16 = 13, TL_WIRE_I32 = 15, TL_WIRE_I64 = 19,
    TL_WIRE_FLOAT = 22, TL_WIRE_DOUBLE = 23, TL_WIRE_TIME = 24, TL_WIRE_INTERVAL = 25, TL_WIRE_STRING = 26,
    TL_WIRE_ETHER = 29, TL_WIRE_BYTES = 30, TL_WIRE_IPV4 = 32, TL_WIRE_IPV6 = 33, TL_WIRE_GUID = 36, TL_WIRE_OID = 37,
};

/* Elements are in preorder. */
struct tl_element {
    const char *key;               /* NULL: the name is text of the shape */
    const struct tl_field *field;  /* NULL: of no dissector */
    const struct tl_protocol *protocol; /* of a layer; NULL: of no dissector */
    uint64_t number;               /* TL_FORM_TIME; fields with a mask */
    uint32_t name, name_len;       /* in the shape's text, if key is NULL */
    uint32_t text, text_len;       /* of a value, in the shape's text */
    uint32_t node;                 /* in the tree; TL_NO_NODE: none */
    uint32_t off, len;             /* its bytes in the source; none if len is 0 */
    uint32_t after;                /* index after the elements below it */
    uint32_t next;                 /* next one of the same name beside it; 0: none */
    uint32_t hash;                 /* of the name */
    uint8_t source, depth;         /* depth: 0 for layers */
    uint8_t kind, form, type;      /* enum tl_element_kind, tl_element_form, tl_wire_type */
    bool again;                    /* one of the same name beside it comes before */
    bool hidden;                   /* repeats another value under a wider name */
};

struct tl_shape {
    struct tl_element *elements; /* owned */
    uint32_t count, capacity;
    struct tl_buffer text;       /* owned */
    struct tl_raw raw;
    bool failed;                 /* no memory: elements are missing */
};

struct tl_shaper;

/* Prepares for a list of protocols. NULL: out of memory. Read-only afterwards, so threads may share it. */
struct tl_shaper *tl_shaper_new(const struct tl_protocols *protocols);
void tl_shaper_free(struct tl_shaper *shaper);
void tl_shaper_want(const struct tl_shaper *shaper, const struct tl_protocols *protocols, uint64_t *const wanted[]);
/* The names that a shape needs of each packet; *count is set. */
const char *const *tl_shape_names(uint32_t *count);

/*
 * Arranges a packet. run: of a predicate of tl_shape_names(), which has begun to read the packet. The shape is valid as
 * long as the tree. tl_shape_fini() frees it.
 */
void tl_shape_packet(struct tl_shape *shape, const struct tl_shaper *shaper, struct tl_predicate_run *run,
                     const struct tl_scene *scene);
void tl_shape_fini(struct tl_shape *shape);
/*
 * Sets next and again: among the elements beside each other, or if `flat`, among all below a layer. Then elements of a
 * layer that hold others have no place of their own.
 */
void tl_shape_link(struct tl_shape *shape, bool flat);

/* For shape_*.c: adds an element and returns it, valid until the next is added; NULL without memory. */
struct tl_element *tl_shape_add(struct tl_shape *shape, const char *key, unsigned depth);
/* The same, with a value whose text the caller appends to shape->text. tl_shape_value_end() follows. */
void tl_shape_value_end(struct tl_shape *shape, struct tl_element *element);
/* Adds the layers pkt_comment and frame. */
void tl_shape_frame(struct tl_shape *shape, struct tl_predicate_run *run, const struct tl_scene *scene);

/* Names of tl_shape_names(). */
enum tl_shape_name { TL_SHAPE_PROTOCOLS, TL_SHAPE_DISPLAYED, TL_SHAPE_COMMENT, TL_SHAPE_INTERFACE,
                     TL_SHAPE_INTERFACE_NAME, TL_SHAPE_INTERFACE_DESCRIPTION, TL_SHAPE_TCP_STREAM,
                     TL_SHAPE_UDP_STREAM };

#endif
