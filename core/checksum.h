/* checksum.h - the Internet checksum (RFC 1071). */
#ifndef TL_CORE_CHECKSUM_H
#define TL_CORE_CHECKSUM_H

#include "core/dissect.h"

/* Adds n bytes, read in network order, to the one's-complement sum `sum`. Returns it folded to 16 bits. */
uint32_t tl_checksum_add(uint32_t sum, const uint8_t *data, size_t n);

static inline uint16_t tl_checksum_fold(uint32_t sum)
{
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)(sum + (sum >> 16));
}

/*
 * The same sum in the machine's byte order and in 64 bits: a carry out of them is worth 1. It may be computed in any
 * byte order if the result is swapped once (RFC 1071 2 (B)); all ones are the same in both orders.
 */
static inline uint64_t tl_ones_plus(uint64_t sum, uint64_t v)
{
    sum += v;
    return sum + (sum < v);
}

/* Adds the two halves twice: what is carried out of the lower one arrives in the upper one. */
static inline uint16_t tl_ones_fold(uint64_t sum)
{
    sum += sum << 32 | sum >> 32;
    uint32_t half = (uint32_t)(sum >> 32);
    half += half << 16 | half >> 16;
    return (uint16_t)(half >> 16);
}

/* A number of 16 bits as it stands in a packet. */
static inline uint16_t tl_ones_order(uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (uint16_t)(v << 8 | v >> 8);
#else
    return v;
#endif
}

static inline uint64_t tl_ones_load(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The last `left` bytes, 1 to 7, of more than 8 that end at `end`: as if zeros followed. */
static inline uint64_t tl_ones_tail(const uint8_t *end, unsigned left)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return tl_ones_load(end - 8) >> (64 - left * 8);
#else
    return tl_ones_load(end - 8) << (64 - left * 8);
#endif
}

enum { TL_CHECKSUM_LONG = 128 }; /* bytes: from here on vectors are faster */

/* tl_checksum_sum() for at least TL_CHECKSUM_LONG bytes. */
uint64_t tl_checksum_long(const uint8_t *data, size_t n);

/* Returns the unfolded sum of n bytes: see tl_ones_plus(). */
static inline uint64_t tl_checksum_sum(const uint8_t *data, size_t n)
{
    uint64_t sum = 0;
    if (n >= TL_CHECKSUM_LONG)
        return tl_checksum_long(data, n);
    const uint8_t *end = data + n;
    if (TL_UNLIKELY(n < 8)) {
        uint8_t few[8] = { 0 };
        for (size_t i = 0; i < n; i++)
            few[i] = data[i];
        return tl_ones_load(few);
    }
    for (; end - data >= 16; data += 16)
        sum = tl_ones_plus(tl_ones_plus(sum, tl_ones_load(data)), tl_ones_load(data + 8));
    if (end - data >= 8) {
        sum = tl_ones_plus(sum, tl_ones_load(data));
        data += 8;
    }
    return end > data ? tl_ones_plus(sum, tl_ones_tail(end, (unsigned)(end - data))) : sum;
}

/* Returns whether the checksum of an IPv4 header without options, 20 bytes, is correct. */
static inline bool tl_checksum_plain_header_ok(const uint8_t *header)
{
    uint32_t last;
    memcpy(&last, header + 16, sizeof last);
    uint64_t sum = tl_ones_plus(tl_ones_load(header), tl_ones_load(header + 8));
    return tl_ones_fold(tl_ones_plus(sum, last)) == 0xffff;
}

/* Returns whether the checksum of an IPv4 header of n bytes is correct. */
bool tl_checksum_header_ok(const uint8_t *header, size_t n);

/*
 * Verifies a transport checksum over the rest of the layer and the pseudo-header of d->net (RFC 9293 3.1, RFC 8200
 * 8.1). `protocol` is the upper layer's number, `stored` the value of the checksum field. Sets d->seg->checksum.
 * Does nothing when checksums are not verified, or when the layer is cut, quoted, or a single fragment. `pseudo` false: without the pseudo-header (ICMP for IPv4).
 */
void tl_checksum_verify(struct tl_dissection *d, uint8_t protocol, uint16_t stored, bool pseudo);

#endif
