/* checksum.c - the Internet checksum (RFC 1071). */
#include "core/checksum.h"

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t halves(uint64_t v)
{
    return (v & 0xffffffff) + (v >> 32);
}

/* Adds in one's complement: a carry out of 64 bits is worth 1. */
static uint64_t plus(uint64_t sum, uint64_t v)
{
    sum += v;
    return sum + (sum < v);
}

static uint16_t in_network_order(uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (uint16_t)(v << 8 | v >> 8);
#else
    return v;
#endif
}

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

/*
 * Returns the unfolded sum of n bytes as words in the machine's byte order. A one's-complement sum may be
 * computed in any byte order if the result is swapped once (RFC 1071 2 (B)); all ones are the same in both orders.
 */
static uint64_t sum_raw(const uint8_t *data, size_t n)
{
    uint64_t sum = 0;
    if (n >= STRIDE * 2) {
        size_t wide = n - n % STRIDE;
        sum = sum_words(data, wide);
        data += wide;
        n -= wide;
    }
    for (; n >= 16; n -= 16, data += 16)
        sum = plus(plus(sum, load64(data)), load64(data + 8));
    if (n & 8) {
        sum = plus(sum, load64(data));
        data += 8;
    }
    if (n & 4) {
        uint32_t word;
        memcpy(&word, data, 4);
        sum = plus(sum, word);
        data += 4;
    }
    if (n & 2) {
        uint16_t half;
        memcpy(&half, data, 2);
        sum = plus(sum, half);
        data += 2;
    }
    if (n & 1) {
        uint8_t last[2] = { data[0], 0 };
        uint16_t half;
        memcpy(&half, last, 2);
        sum = plus(sum, half);
    }
    return sum;
}

static uint16_t fold_raw(uint64_t sum)
{
    sum = halves(halves(sum));
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint32_t tl_checksum_add(uint32_t sum, const uint8_t *data, size_t n)
{
    uint64_t total = (uint64_t)sum + in_network_order(fold_raw(sum_raw(data, n)));
    return tl_checksum_fold((uint32_t)halves(total));
}

/* The unfolded sum without the length: network cards that segment packets themselves are given this sum. */
static uint64_t pseudo_sum(const struct tl_network *net, uint8_t protocol)
{
    const uint8_t *dst = net->route_dst != NULL ? net->route_dst : net->dst;
    uint64_t sum = in_network_order(protocol);
    if (net->version == 6)
        return plus(plus(sum, sum_raw(net->src, 16)), sum_raw(dst, 16));
    uint32_t ends[2];
    memcpy(&ends[0], net->src, 4);
    memcpy(&ends[1], dst, 4);
    return sum + ends[0] + ends[1];
}

bool tl_checksum_header_ok(const uint8_t *header, size_t n)
{
    return fold_raw(sum_raw(header, n)) == 0xffff;
}

void tl_checksum_verify(struct tl_dissection *d, uint8_t protocol, uint16_t stored, bool pseudo)
{
    if (!d->verify || d->frame->quoted || !tl_ok(d) || d->length_clipped || d->net->fragment || d->c.end != d->c.wire_end)
        return;
    if (pseudo && (d->net->src == NULL || d->net->dst == NULL))
        return;
    uint32_t len = d->c.wire_end - d->start;
    uint64_t bare = pseudo ? pseudo_sum(d->net, protocol) : 0;
    uint64_t lengths = (uint64_t)in_network_order((uint16_t)(len >> 16)) + in_network_order((uint16_t)len);
    uint64_t front = pseudo ? plus(bare, lengths) : 0;
    if (TL_LIKELY(fold_raw(plus(front, sum_raw(d->c.base + d->start, len))) == 0xffff)) {
        d->seg->checksum = TL_CHECKSUM_RIGHT;
        return;
    }
    bool offloaded = !d->strict && pseudo && (stored == in_network_order(fold_raw(front)) ||
                                              stored == in_network_order(fold_raw(bare)));
    d->seg->checksum = offloaded ? TL_CHECKSUM_OFFLOADED : TL_CHECKSUM_WRONG;
}
