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

/* Returns whether the checksum of an IPv4 header without options, 20 bytes, is correct. */
static inline bool tl_checksum_plain_header_ok(const uint8_t *header)
{
    uint32_t words[5];
    memcpy(words, header, sizeof words);
    uint64_t sum = (uint64_t)words[0] + words[1] + words[2] + words[3] + words[4];
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16) == 0xffff;
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
