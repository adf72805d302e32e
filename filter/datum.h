/* datum.h - the values that a filter works with: of fields, of constants, of functions. */
#ifndef TL_FILTER_DATUM_H
#define TL_FILTER_DATUM_H

#include "core/arena.h"
#include "core/buffer.h"

enum tl_datum_type {
    TL_DATUM_NONE,     /* present, without a value */
    TL_DATUM_BOOL,
    TL_DATUM_UNSIGNED, /* 32 or 64 bits, and wraps as they do */
    TL_DATUM_SIGNED,
    TL_DATUM_DOUBLE,
    TL_DATUM_TIME,     /* ns since 1970 */
    TL_DATUM_INTERVAL, /* ns */
    TL_DATUM_IPV4,     /* number: in host order */
    TL_DATUM_IPV6,     /* from here on the value is the bytes */
    TL_DATUM_MAC,
    TL_DATUM_GUID,
    TL_DATUM_OID,
    TL_DATUM_BYTES,
    TL_DATUM_PROTOCOL,
    TL_DATUM_TEXT,
    TL_DATUM_ADDRESS,  /* only as a type: values are IPv4 or IPv6 addresses */
};

struct tl_datum {
    uint8_t type;    /* enum tl_datum_type */
    uint8_t bits;    /* numbers: 8 to 64, as on the wire; addresses: of the prefix */
    uint64_t number; /* signed types: as int64_t; TL_DATUM_DOUBLE: its bits */
    struct tl_bytes bytes;
    uint32_t after; /* TL_DATUM_PROTOCOL: bytes after them, in which `contains` and `matches` search too */
};

enum tl_order { TL_ORDER_LESS, TL_ORDER_EQUAL, TL_ORDER_GREATER, TL_ORDER_NONE };

/* Returns how a compares with b, or TL_ORDER_NONE if values of such types do not compare. */
enum tl_order tl_datum_compare(const struct tl_datum *a, const struct tl_datum *b);
/* Returns whether values of the two types can be compared. */
bool tl_datum_comparable(enum tl_datum_type a, enum tl_datum_type b);
/* The bytes in which `contains` and `matches` search. */
struct tl_bytes tl_datum_haystack(const struct tl_datum *a);
bool tl_datum_contains(const struct tl_datum *a, const struct tl_datum *b);
/* Returns whether the value is not zero: a test of a calculation. */
bool tl_datum_is_set(const struct tl_datum *a);
/* The value as text, as Wireshark's -T fields shows it; numbers in decimal. */
void tl_datum_put(struct tl_buffer *b, const struct tl_datum *a);
/* The name of a type for messages, such as "a number" */
const char *tl_datum_type_name(enum tl_datum_type type);

static inline bool tl_datum_is_number(enum tl_datum_type type)
{
    return type == TL_DATUM_UNSIGNED || type == TL_DATUM_SIGNED;
}

static inline bool tl_datum_is_bytes(enum tl_datum_type type)
{
    return type >= TL_DATUM_IPV6 && type <= TL_DATUM_TEXT;
}

#endif
