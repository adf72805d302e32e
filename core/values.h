/* values.h - reads and formats the rarer kinds of values: absolute times, fractions, GUIDs, object identifiers. */
#ifndef TL_CORE_VALUES_H
#define TL_CORE_VALUES_H

#include "core/buffer.h"
#include "core/dissect.h"

/* Returns ns since 1970, from 1677 to 2262. Times outside that range become its nearest end. */
static inline int64_t tl_time_ns(int64_t seconds, uint32_t ns)
{
    int64_t all;
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &all) || __builtin_add_overflow(all, (int64_t)ns, &all))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return all;
}

/* The value of a TL_FLOAT or TL_DOUBLE node. */
static inline float tl_float_of(uint64_t value)
{
    uint32_t bits = (uint32_t)value;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline double tl_double_of(uint64_t value)
{
    double f;
    memcpy(&f, &value, sizeof f);
    return f;
}

/* Fields of type TL_FLOAT and TL_DOUBLE (IEEE 754), big- and little-endian. */
static inline float tl_float(struct tl_dissection *d, unsigned field)
{
    return tl_float_of(tl_u32(d, field));
}

static inline float tl_le_float(struct tl_dissection *d, unsigned field)
{
    return tl_float_of(tl_le32(d, field));
}

static inline double tl_double(struct tl_dissection *d, unsigned field)
{
    return tl_double_of(tl_u64(d, field));
}

static inline double tl_le_double(struct tl_dissection *d, unsigned field)
{
    return tl_double_of(tl_le64(d, field));
}

/* Fields of type TL_GUID or TL_GUID_LE. */
static inline const uint8_t *tl_guid(struct tl_dissection *d, unsigned field)
{
    return tl_run(d, field, 16);
}

/* Writes the fewest digits that give the same number when read back: 0.1, 1e+300, -0, nan, inf, -inf. */
void tl_put_double(struct tl_buffer *b, double value);
void tl_put_float(struct tl_buffer *b, float value);
/*
 * 00112233-4455-6677-8899-aabbccddeeff (RFC 9562 section 4). little: the first three parts are little-endian, as in
 * Microsoft's protocols.
 */
void tl_put_guid(struct tl_buffer *b, const uint8_t guid[16], bool little);
/*
 * Writes the contents of an OBJECT IDENTIFIER (X.690 section 8.19) as 1.2.840.113549. Writes nothing and returns false
 * when the contents are invalid or an arc needs more than 128 bits.
 */
bool tl_put_oid(struct tl_buffer *b, struct tl_bytes oid);
/* 2023-11-14 22:13:20.123456789 UTC */
void tl_put_utc(struct tl_buffer *b, int64_t ns);

#endif
