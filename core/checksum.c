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

static uint16_t in_network_order(uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (uint16_t)(v << 8 | v >> 8);
#else
    return v;
#endif
}

/* The sum may be taken in any byte order as long as the result is turned round once (RFC 1071 2 (B)). */
uint32_t tl_checksum_add(uint32_t sum, const uint8_t *data, size_t n)
{
    uint64_t a = 0, b = 0;
    for (; n >= 32; n -= 32, data += 32) {
        a += halves(load64(data)) + halves(load64(data + 8));
        b += halves(load64(data + 16)) + halves(load64(data + 24));
    }
    a += b;
    for (; n >= 8; n -= 8, data += 8)
        a += halves(load64(data));
    if (n > 0) {
        uint8_t rest[8] = { 0 };
        memcpy(rest, data, n);
        a += halves(load64(rest));
    }
    a = halves(halves(a));
    uint32_t folded = tl_checksum_fold((uint32_t)(a & 0xffff) + (uint32_t)(a >> 16));
    uint64_t total = (uint64_t)sum + in_network_order((uint16_t)folded);
    return tl_checksum_fold((uint32_t)halves(total));
}

/* Without the length: cards that cut large segments themselves are given the sum without it. */
static uint32_t pseudo_sum(const struct tl_network *net, uint8_t protocol)
{
    size_t size = net->version == 6 ? 16 : 4;
    const uint8_t *dst = net->route_dst != NULL ? net->route_dst : net->dst;
    return tl_checksum_add(tl_checksum_add(protocol, net->src, size), dst, size);
}

void tl_checksum_verify(struct tl_dissection *d, uint8_t protocol, uint16_t stored, bool pseudo)
{
    if (!d->verify || d->quoted || !tl_ok(d) || d->length_clipped || d->net.fragment || d->c.end != d->c.wire_end)
        return;
    if (pseudo && (d->net.src == NULL || d->net.dst == NULL))
        return;
    uint32_t len = d->c.wire_end - d->start;
    uint32_t bare = pseudo ? pseudo_sum(&d->net, protocol) : 0;
    uint32_t front = pseudo ? tl_checksum_fold(bare) + (len >> 16) + (len & 0xffff) : 0;
    if (tl_checksum_add(front, d->c.base + d->start, len) == 0xffff)
        return;
    d->seg.bad_checksum = true;
    d->seg.offloaded = pseudo && (stored == tl_checksum_fold(front) || stored == tl_checksum_fold(bare));
}
