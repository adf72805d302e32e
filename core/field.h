/* field.h - self-describing fields: one const row serves text, JSON, filters, the schema and the docs. */
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
    TL_I8,       /* signed: the low bits of the value; a reader may leave other bits set above them */
    TL_I16,
    TL_I32,
    TL_I64,
    TL_MAC,      /* 6 bytes; for this and all types up to TL_UTF16BE the value is the bytes */
    TL_IPV4,     /* 4 bytes */
    TL_IPV6,     /* 16 bytes */
    TL_GUID,     /* 16 bytes */
    TL_GUID_LE,  /* 16 bytes, the first three parts little-endian */
    TL_OID,      /* contents of an OBJECT IDENTIFIER; shown as hex if they are invalid */
    TL_BYTES,    /* shown as hex */
    TL_TEXT,     /* wire text: untrusted, no NUL at the end */
    TL_UTF16LE,  /* as TL_TEXT, in UTF-16 */
    TL_UTF16BE,
    TL_INTERVAL, /* ns, shown as seconds */
    TL_TIME,     /* ns since 1970, see tl_time_ns(): seconds in JSON, the date in UTC in text */
    TL_FLOAT,    /* IEEE 754: the value is the bits, see core/values.h */
    TL_DOUBLE,
    TL_GROUP,    /* an object: the following nodes that are one deeper are its members */
};

enum tl_base { TL_DEC, TL_HEX };

enum tl_field_flags {
    TL_REPEATS = 1, /* may occur more than once in a layer or group: always an array in JSON */
    TL_SOURCE = 2,  /* the layer's source address; the source column shows that of the innermost layer */
    TL_DESTINATION = 4,
    TL_DERIVED = 8, /* computed, not on the wire */
    TL_HIDDEN = 16, /* repeats another field: for JSON and filters, not shown in trees for people */
    TL_ESCAPED = 32, /* text with escapes: sinks do not double its backslashes */
    TL_ONLY_LINE = 64, /* for the packet's line: not in trees and JSON */
    /* Known from earlier packets of the flow; those of TCP need tl_decoder_options.analysis. Not in packet JSON. */
    TL_OF_FLOW = 128,
    TL_CARRIER = 256, /* bytes or text that other protocols read: not shown where these hide something */
};

/* Whether a value is secret, and how much of it is shown by default. Values are redacted when a node is noted. */
enum tl_secret {
    TL_SECRET_NOT,
    TL_SECRET_WHOLE,   /* nothing: no node is added */
    TL_SECRET_WORD,    /* the first word */
    TL_SECRET_MECHANISM, /* the name of a mechanism of SASL (RFC 4422 section 3.1) at the start; no node if there is none */
    TL_SECRET_VERB,    /* the first four bytes: a verb such as AUTH, whatever separates it from what follows */
    TL_SECRET_SCHEME,  /* the scheme of credentials (RFC 9110 section 11.4), if it is registered */
    TL_SECRET_COOKIES, /* the names in a list of cookies */
    TL_SECRET_COOKIE,  /* the name of a cookie that is followed by attributes */
    TL_SECRET_PROTOCOLS, /* a list of names; of bearer tokens in it, as browsers send them, only what they begin with */
    TL_SECRET_URI,     /* URIs without the passwords of their user information (RFC 3986 section 3.2.1) */
    TL_SECRET_AUTHORITY, /* an authority (RFC 3986 section 3.2) without the password of its user information */
    TL_SECRET_SQL,     /* a statement of a database without its literals: core/sql.h */
    TL_SECRET_MYSQL,   /* as TL_SECRET_SQL, as MySQL reads it */
    TL_SECRET_SQL_ERROR, /* an error of a database without the parts of the statement that it quotes */
    TL_SECRET_HEADER,  /* a header line; only the name if the header holds credentials or cookies, else as TL_SECRET_URI */
};

/* Names of values, in ascending order. The last row has a NULL name. */
struct tl_name {
    uint32_t value;
    const char *name;
};

struct tl_field {
    const char *key;   /* Wireshark's display-filter name if Wireshark has the field */
    const char *label; /* for the tree */
    enum tl_type type;
    enum tl_base base;
    uint64_t mask;     /* the bits of a wider integer that belong to this field; 0: all */
    unsigned flags;    /* enum tl_field_flags */
    const struct tl_name *names;
    const char *unit;
    const char *help;
    enum tl_secret secret; /* for TL_TEXT and TL_BYTES */
    /*
     * TL_GROUP, for the formats of tshark, which names an object by its contents: the name of the object around all of
     * them ("Queries"), and a template as in tl_protocol.info for the name of each. NULL: the key is the name.
     */
    const char *heading, *title;
};

/* Returns the name of value, or NULL. names may be NULL. */
const char *tl_name_of(const struct tl_name *names, uint32_t value);

/* Extracts the value of a masked field from the whole integer, shifted down to bit 0. */
static inline uint64_t tl_masked_value(uint64_t mask, uint64_t whole)
{
    return mask ? (whole & mask) >> __builtin_ctzll(mask) : whole;
}

#endif
