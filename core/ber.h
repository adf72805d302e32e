/*
 * ber.h - ASN.1's Basic and Distinguished Encoding Rules (X.690), read through the dissection's cursor.
 *
 *     struct tl_ber_value v;
 *     while (tl_ber_next(&r, &v)) {              // the values side by side, to the end of the part
 *         struct tl_part part = tl_ber_enter(&r, &v);
 *         ...                                    // the contents, or nothing
 *         tl_ber_leave(&r, &v, part);
 *     }
 *
 * A length that reaches past what holds it is TL_BAD, and so is whatever the rules forbid. A cut by the snaplen is
 * TL_SHORT, as everywhere.
 */
#ifndef TL_CORE_BER_H
#define TL_CORE_BER_H

#include "core/part.h"

enum { TL_BER_DEPTH = 32 }; /* values within values; deeper ones are TL_BAD */

enum tl_ber_class { TL_BER_UNIVERSAL, TL_BER_APPLICATION, TL_BER_CONTEXT, TL_BER_PRIVATE };

/* Numbers of the universal class that are met. */
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
    bool der;      /* lengths and tags in the shortest form, none indefinite (X.690 section 10) */
    uint8_t depth; /* parts that are open */
};

struct tl_ber_value {
    uint32_t start;  /* offset of its tag in the source */
    uint32_t number; /* of the tag */
    uint32_t len;    /* bytes of the contents, which begin at the cursor */
    uint8_t class;   /* enum tl_ber_class */
    bool constructed;
    bool indefinite; /* two bytes end it */
};

/*
 * Reads the tag and the length at the cursor; the contents follow. false: nothing is left, or the cursor failed. The
 * caller takes the contents before it calls again.
 */
bool tl_ber_next(struct tl_ber *r, struct tl_ber_value *v) TL_MUST_CHECK;
/* The contents become all that can be read. */
struct tl_part tl_ber_enter(struct tl_ber *r, const struct tl_ber_value *v);
/* Goes on behind the value, whatever was read of it. */
void tl_ber_leave(struct tl_ber *r, const struct tl_ber_value *v, struct tl_part part);
/* Passes the contents over. */
void tl_ber_skip(struct tl_ber *r, const struct tl_ber_value *v);
/* The next value must be of this class and number; another, or none, is TL_BAD. */
bool tl_ber_expect(struct tl_ber *r, enum tl_ber_class class, uint32_t number, struct tl_ber_value *v) TL_MUST_CHECK;

/*
 * These take the contents of v, a primitive value. An INTEGER or ENUMERATED: false, and nothing wrong, when it needs
 * more than 64 bits; TL_BAD without contents or with more than it needs (X.690 section 8.3.2).
 */
bool tl_ber_int64(struct tl_ber *r, const struct tl_ber_value *v, int64_t *value);
/* A BOOLEAN: one byte; DER: 0 or ff. */
bool tl_ber_boolean(struct tl_ber *r, const struct tl_ber_value *v, bool *value);
/*
 * Strings, object identifiers, times: the bytes where they lie. data NULL: they are not all there, or the value is
 * constructed: then it was passed over.
 */
struct tl_bytes tl_ber_bytes(struct tl_ber *r, const struct tl_ber_value *v);

static inline bool tl_ber_is(const struct tl_ber_value *v, enum tl_ber_class class, uint32_t number)
{
    return v->class == class && v->number == number;
}

#endif
