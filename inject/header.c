/* header.c - headers by libnet, and what must be mended of them. */
#include "inject/header.h"

#include "core/checksum.h"

uint16_t tl_header_checksum(uint32_t sum, const uint8_t *data, size_t len)
{
    return (uint16_t)~tl_checksum_fold(tl_checksum_add(sum, data, len));
}

uint32_t tl_header_pseudo(const uint8_t *src, const uint8_t *dst, size_t address_len, uint8_t proto, size_t len)
{
    uint32_t sum = tl_checksum_add(tl_checksum_add(0, src, address_len), dst, address_len);
    return sum + proto + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);
}

/* Takes what libnet built as `tag`. */
static struct tl_header take(libnet_t *net, libnet_ptag_t tag)
{
    struct tl_header h = { 0 };
    if (tag >= 0 && libnet_getpbuf_size(net, tag) <= sizeof h.bytes) {
        h.len = libnet_getpbuf_size(net, tag);
        memcpy(h.bytes, libnet_getpbuf(net, tag), h.len);
        libnet_clear_packet(net);
    }
    return h;
}

static void add_options(struct tl_header *h, const uint8_t *options, size_t len)
{
    if (len > 0)
        memcpy(h->bytes + h->len, options, len);
    h->len += (uint32_t)len;
}

struct tl_header tl_header_ethernet(libnet_t *net, const uint8_t dst[6], const uint8_t src[6], uint16_t type)
{
    return take(net, libnet_build_ethernet(dst, src, type, NULL, 0, net, 0));
}

/* libnet builds addresses and tag as one header: the tag is its last four bytes, after the two of the EtherType. */
struct tl_header tl_header_vlan(libnet_t *net, uint16_t id, uint8_t priority, uint8_t dei, uint16_t type)
{
    static const uint8_t none[6] = { 0 };
    struct tl_header h =
        take(net, libnet_build_802_1q(none, none, 0x8100, priority, dei, id, type, NULL, 0, net, 0));
    if (h.len != 18)
        return (struct tl_header){ 0 };
    memmove(h.bytes, h.bytes + 14, 4);
    h.len = 4;
    return h;
}

struct tl_header tl_header_mpls(libnet_t *net, uint32_t label, uint8_t exp, uint8_t bottom, uint8_t ttl)
{
    return take(net, libnet_build_mpls(label, exp, bottom, ttl, NULL, 0, net, 0));
}

/* libnet takes options as a header of their own, which would not be in the checksum. */
struct tl_header tl_header_ipv4(libnet_t *net, const struct tl_header_ipv4 *v)
{
    uint32_t src, dst;
    memcpy(&src, v->src, 4);
    memcpy(&dst, v->dst, 4);
    struct tl_header h = take(
        net, libnet_build_ipv4(v->len, v->tos, v->id, v->frag, v->ttl, v->proto, 0, src, dst, NULL, 0, net, 0));
    if (h.len == 0)
        return h;
    add_options(&h, v->options, v->options_len);
    h.bytes[0] = (uint8_t)((unsigned)v->version << 4 | (v->header_words != 0 ? v->header_words & 15U : h.len / 4));
    tl_store16(h.bytes + 10, 0);
    tl_store16(h.bytes + 10, tl_header_checksum(0, h.bytes, h.len));
    return h;
}

/* The class and the flow label are written here: libnet's are not in their places in every version. */
struct tl_header tl_header_ipv6(libnet_t *net, const struct tl_header_ipv6 *v)
{
    struct libnet_in6_addr src, dst;
    memcpy(&src, v->src, 16);
    memcpy(&dst, v->dst, 16);
    struct tl_header h =
        take(net, libnet_build_ipv6(0, 0, v->len, v->next, v->hop_limit, src, dst, NULL, 0, net, 0));
    if (h.len > 0)
        tl_store32(h.bytes, (uint64_t)v->version << 28 | (uint64_t)v->traffic_class << 20 | v->flow_label);
    return h;
}

struct tl_header tl_header_tcp(libnet_t *net, const struct tl_header_tcp *v)
{
    struct tl_header h = take(net, libnet_build_tcp(v->sport, v->dport, v->seq, v->ack, v->flags, v->window, 0,
                                                    v->urgent, 20, NULL, 0, net, 0));
    if (h.len == 0)
        return h;
    add_options(&h, v->options, v->options_len);
    h.bytes[12] = (uint8_t)((v->header_words != 0 ? v->header_words & 15 : h.len / 4) << 4);
    tl_store16(h.bytes + 16, 0);
    return h;
}

struct tl_header tl_header_udp(libnet_t *net, uint16_t sport, uint16_t dport, uint16_t len)
{
    struct tl_header h = take(net, libnet_build_udp(sport, dport, len, 0, NULL, 0, net, 0));
    tl_store16(h.bytes + 6, 0);
    return h;
}

struct tl_header tl_header_echo(libnet_t *net, uint8_t type, uint8_t code, uint16_t id, uint16_t seq)
{
    struct tl_header h = take(net, libnet_build_icmpv4_echo(type, code, 0, id, seq, NULL, 0, net, 0));
    tl_store16(h.bytes + 2, 0);
    return h;
}

struct tl_header tl_header_gre(libnet_t *net, uint16_t flags, uint16_t type, uint32_t key, uint32_t seq)
{
    struct tl_header h = take(net, libnet_build_egre(flags, type, 0, 0, key, seq, 0, NULL, 0, net, 0));
    if (flags & 0x8000)
        tl_store16(h.bytes + 4, 0);
    return h;
}

struct tl_header tl_header_vxlan(uint16_t flags, uint32_t vni)
{
    struct tl_header h = { .len = 8 };
    tl_store16(h.bytes, flags);
    tl_store32(h.bytes + 4, (uint64_t)vni << 8);
    return h;
}
