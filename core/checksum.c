/* checksum.c - the Internet checksum (RFC 1071). */
#include "core/checksum.h"

/* The widest vector unit of the machine is chosen when the program starts. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default"), optimize("O2")))
#else
#define WIDE
#endif

enum { STRIDE = 64 }; /* bytes */

typedef uint64_t lanes __attribute__((vector_size(32)));

/* Sums the 32-bit words of n bytes. n is a multiple of STRIDE. */
WIDE static uint64_t sum_words(const uint8_t *data, size_t n)
{
    lanes low = { 0 }, high = { 0 };
    for (; n > 0; n -= STRIDE, data += STRIDE) {
        lanes a, b;
        memcpy(&a, data, sizeof a);
        memcpy(&b, data + sizeof a, sizeof b);
        low += (a & 0xffffffff) + (b & 0xffffffff);
        high += (a >> 32) + (b >> 32);
    }
    low += high;
    return low[0] + low[1] + low[2] + low[3];
}

uint64_t tl_checksum_long(const uint8_t *data, size_t n)
{
    size_t wide = n - n % STRIDE;
    uint64_t sum = sum_words(data, wide);
    return n == wide ? sum : tl_ones_plus(sum, tl_checksum_sum(data + wide, n - wide));
}

uint32_t tl_checksum_add(uint32_t sum, const uint8_t *data, size_t n)
{
    uint64_t total = (uint64_t)sum + tl_ones_order(tl_ones_fold(tl_checksum_sum(data, n)));
    return tl_checksum_fold((uint32_t)(total & 0xffffffff) + (uint32_t)(total >> 32));
}

/* The unfolded sum without the length: network cards that segment packets themselves are given this sum. */
static uint64_t pseudo_sum(const struct tl_network *net, uint8_t protocol)
{
    const uint8_t *dst = net->route_dst != NULL ? net->route_dst : net->dst;
    uint64_t sum = tl_ones_order(protocol);
    if (net->version == 6)
        return tl_ones_plus(tl_ones_plus(sum, tl_checksum_sum(net->src, 16)), tl_checksum_sum(dst, 16));
    uint32_t ends[2];
    memcpy(&ends[0], net->src, 4);
    memcpy(&ends[1], dst, 4);
    return sum + ends[0] + ends[1];
}

bool tl_checksum_header_ok(const uint8_t *header, size_t n)
{
    return tl_ones_fold(tl_checksum_sum(header, n)) == 0xffff;
}

void tl_checksum_verify(struct tl_dissection *d, uint8_t protocol, uint16_t stored, bool pseudo)
{
    if (!d->verify || d->frame->quoted || !tl_ok(d) || d->length_clipped || d->net->fragment || d->c.end != d->c.wire_end)
        return;
    if (pseudo && (d->net->src == NULL || d->net->dst == NULL))
        return;
    uint32_t len = d->c.wire_end - d->start;
    uint64_t bare = pseudo ? pseudo_sum(d->net, protocol) : 0;
    uint64_t lengths = (uint64_t)tl_ones_order((uint16_t)(len >> 16)) + tl_ones_order((uint16_t)len);
    uint64_t front = pseudo ? tl_ones_plus(bare, lengths) : 0;
    if (TL_LIKELY(tl_ones_fold(tl_ones_plus(front, tl_checksum_sum(d->c.base + d->start, len))) == 0xffff)) {
        d->seg->checksum = TL_CHECKSUM_RIGHT;
        return;
    }
    bool offloaded = !d->strict && pseudo && (stored == tl_ones_order(tl_ones_fold(front)) ||
                                              stored == tl_ones_order(tl_ones_fold(bare)));
    d->seg->checksum = offloaded ? TL_CHECKSUM_OFFLOADED : TL_CHECKSUM_WRONG;
}
