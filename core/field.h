/* field.h - fields that describe themselves: one const row feeds text, JSON, filters, the schema and the docs. */
#ifndef TL_CORE_FIELD_H
#define TL_CORE_FIELD_H

#include "core/bytes.h"

enum tl_type {
    TL_NONE,
    TL_BOOL,
    TL_U8,
    TL_U16,
    TL_U24,
    TL_U32,
    TL_U64,
    TL_I8,       /* signed: the value's low bits, whatever a reader left above them */
    TL_I16,
    TL_I32,
    TL_I64,
    TL_MAC,      /* 6 bytes; from here to TL_UTF16BE the bytes are the value */
    TL_IPV4,     /* 4 bytes */
    TL_IPV6,     /* 16 bytes */
    TL_GUID,     /* 16 bytes */
    TL_GUID_LE,  /* 16 bytes, the first three parts little-endian */
    TL_OID,      /* contents of an OBJECT IDENTIFIER; hex where they are none */
    TL_BYTES,    /* shown as hex */
    TL_TEXT,     /* wire text, not trusted, not terminated */
    TL_UTF16LE,  /* the same in UTF-16 */
    TL_UTF16BE,
    TL_INTERVAL, /* ns, shown as seconds */
    TL_TIME,     /* ns since 1970, see tl_time_ns(): JSON has seconds, text the date in UTC */
    TL_FLOAT,    /* IEEE 754: the bits are the value, see core/values.h */
    TL_DOUBLE,
    TL_GROUP,    /* an object: the nodes one deeper that follow are its members */
};

enum tl_base { TL_DEC, TL_HEX };

enum tl_field_flags {
    TL_REPEATS = 1, /* can stand more than once in a layer (or group): always an array in JSON */
    TL_SOURCE = 2,  /* the layer's source address: the source column shows the innermost */
    TL_DESTINATION = 4,
    TL_DERIVED = 8, /* computed, not on the wire */
    TL_HIDDEN = 16, /* another field says the same: in JSON and for filters, not in a tree for people */
};

/* Is the value secret, and how much of it is shown unless secrets are to be? Redacted where a node is noted. */
enum tl_secret {
    TL_SECRET_NOT,
    TL_SECRET_WHOLE,   /* nothing: there is no node */
    TL_SECRET_WORD,    /* the first word */
    TL_SECRET_SCHEME,  /* of credentials the scheme (RFC 9110 section 11.4), if it is a registered one */
    TL_SECRET_COOKIES, /* the names of a list of cookies */
    TL_SECRET_COOKIE,  /* the name of a cookie that attributes follow */
    TL_SECRET_HEADER,  /* a header line; of one whose name speaks of credentials or cookies, the name */
};

/* Names of values, ascending by value, the last row's name NULL. */
struct tl_name {
    uint32_t value;
    const char *name;
};

struct tl_field {
    const char *key;   /* Wireshark's display-filter name where Wireshark has the field */
    const char *label; /* for the tree */
    enum tl_type type;
    enum tl_base base;
    uint64_t mask;     /* the bits of a wider integer that are this field; 0: all */
    unsigned flags;    /* enum tl_field_flags */
    const struct tl_name *names;
    const char *unit;
    const char *help;
    enum tl_secret secret; /* of TL_TEXT and TL_BYTES */
};

/* The name of value in names, or NULL. NULL names give NULL. */
const char *tl_name_of(const struct tl_name *names, uint32_t value);

/* The value of a masked field in the integer that holds it: shifted down to bit 0. */
static inline uint64_t tl_masked_value(uint64_t mask, uint64_t whole)
{
    return mask ? (whole & mask) >> __builtin_ctzll(mask) : whole;
}

#endif
