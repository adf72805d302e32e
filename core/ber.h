/*
 * ber.h - ASN.1's Basic and Distinguished Encoding Rules (X.690), read through the cursor of the dissection.
 *
 *     struct tl_ber_value v;
 *     while (tl_ber_next(&r, &v)) {              // sibling values, up to the end of the part
 *         struct tl_part part = tl_ber_enter(&r, &v);
 *         ...                                    // read the contents, or leave them
 *         tl_ber_leave(&r, &v, part);
 *     }
 *
 * A length beyond the end of the enclosing value is TL_BAD, and so is everything else that the rules forbid. A value
 * cut by the snaplen is TL_SHORT.
 */
#ifndef TL_CORE_BER_H
#define TL_CORE_BER_H

#include "core/part.h"

enum { TL_BER_DEPTH = 32 }; /* nested values; deeper ones are TL_BAD */

enum tl_ber_class { TL_BER_UNIVERSAL, TL_BER_APPLICATION, TL_BER_CONTEXT, TL_BER_PRIVATE };

/* Tag numbers of the universal class that occur in practice. */
enum tl_ber_tag {
    TL_BER_BOOLEAN = 1,
    TL_BER_INTEGER = 2,
    TL_BER_BIT_STRING = 3,
    TL_BER_OCTET_STRING = 4,
    TL_BER_NULL = 5,
    TL_BER_OID = 6,
    TL_BER_ENUMERATED = 10,
    TL_BER_UTF8_STRING = 12,
    TL_BER_SEQUENCE = 16,
    TL_BER_SET = 17,
    TL_BER_PRINTABLE_STRING = 19,
    TL_BER_T61_STRING = 20,
    TL_BER_IA5_STRING = 22,
    TL_BER_UTC_TIME = 23,
    TL_BER_GENERALIZED_TIME = 24,
    TL_BER_VISIBLE_STRING = 26,
    TL_BER_GENERAL_STRING = 27,
    TL_BER_UNIVERSAL_STRING = 28,
    TL_BER_BMP_STRING = 30,
};

struct tl_ber {
    struct tl_dissection *d;
    bool der;      /* DER: lengths and tags in the shortest form, no indefinite length (X.690 section 10) */
    bool padded;   /* integers may have redundant bytes in front (against section 8.3.2), as agents of SNMP send them */
    uint8_t depth; /* open parts */
};

struct tl_ber_value {
    uint32_t start;  /* offset of the tag in the source */
    uint32_t number; /* tag number */
    uint32_t len;    /* bytes of the contents; they begin at the cursor */
    uint8_t class;   /* enum tl_ber_class */
    bool constructed;
    bool indefinite; /* indefinite length: two zero bytes end the contents */
};

/*
 * Reads the tag and the length at the cursor; the contents follow. Returns false when no bytes are left or the cursor
 * failed. The caller must consume the contents before the next call.
 */
bool tl_ber_next(struct tl_ber *r, struct tl_ber_value *v) TL_MUST_CHECK;
/* Limits the cursor to the contents of v. */
struct tl_part tl_ber_enter(struct tl_ber *r, const struct tl_ber_value *v);
/* Moves the cursor to the first byte after v, however much of v was read. */
void tl_ber_leave(struct tl_ber *r, const struct tl_ber_value *v, struct tl_part part);
/* Skips the contents. */
void tl_ber_skip(struct tl_ber *r, const struct tl_ber_value *v);
/* Reads the next value, which must have this class and number. Any other value, or none, is TL_BAD. */
bool tl_ber_expect(struct tl_ber *r, enum tl_ber_class class, uint32_t number, struct tl_ber_value *v) TL_MUST_CHECK;

/*
 * The next three consume the contents of v, a primitive value.
 * INTEGER or ENUMERATED: returns false without an error when the number needs more than 64 bits. Empty contents, or
 * more bytes than the number needs, are TL_BAD (X.690 section 8.3.2).
 */
bool tl_ber_int64(struct tl_ber *r, const struct tl_ber_value *v, int64_t *value);
/* BOOLEAN: one byte. In DER it must be 0 or ff. */
bool tl_ber_boolean(struct tl_ber *r, const struct tl_ber_value *v, bool *value);
/*
 * Strings, object identifiers and times: the bytes in place. data is NULL when not all bytes are there, or when the
 * value is constructed; a constructed value is skipped.
 */
struct tl_bytes tl_ber_bytes(struct tl_ber *r, const struct tl_ber_value *v);

static inline bool tl_ber_is(const struct tl_ber_value *v, enum tl_ber_class class, uint32_t number)
{
    return v->class == class && v->number == number;
}

#endif
