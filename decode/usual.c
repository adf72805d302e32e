/* usual.c - reads the headers of the usual stacks at once. The numbers are those of the dissectors' descriptors. */
#include "decode/usual.h"

#include "core/checksum.h"

enum {
    ETHERNET = TL_USUAL_LINKTYPE, ETH_HEADER = TL_USUAL_ETHERNET,
    IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = 0x8100, QINQ = 0x88a8,
    TCP = 6, UDP = 17,
    IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8,
    PORTS = 4, /* bytes */
};

static bool has_ports(uint8_t ip_proto)
{
    return ip_proto == TCP || ip_proto == UDP;
}

/* `ip` has a header and ports. */
static inline bool is_usual_ipv4(const uint8_t *ip, struct tl_flow_key *key)
{
    if (ip[0] != 0x45 || !has_ports(ip[9]) || (tl_load_be16(ip + 6) & 0x3fff) != 0)
        return false;
    *key = (struct tl_flow_key){ .src = ip + 12, .dst = ip + 16, .src_port = tl_load_be16(ip + 20),
                                 .dst_port = tl_load_be16(ip + 22), .ip_proto = ip[9] };
    return true;
}

bool tl_usual_key(const struct tl_packet *packet, struct tl_flow_key *key)
{
    const uint8_t *p = packet->bytes;
    uint32_t at = ETH_HEADER - 2;
    if (packet->linktype != ETHERNET || packet->caplen < ETH_HEADER + IPV4_HEADER + PORTS)
        return false;
    uint16_t type = tl_load_be16(p + at);
    for (unsigned tags = 0; TL_UNLIKELY(type == VLAN || type == QINQ) && tags < 2; tags++) {
        at += 4;
        type = tl_load_be16(p + at);
    }
    const uint8_t *ip = p + at + 2;
    uint32_t left = packet->caplen - at - 2;
    if (type == IPV4)
        return left >= IPV4_HEADER + PORTS && is_usual_ipv4(ip, key);
    if (type == IPV6 && left >= IPV6_HEADER + PORTS && ip[0] >> 4 == 6 && has_ports(ip[6])) {
        *key = (struct tl_flow_key){ .src = ip + 8, .dst = ip + 24, .src_port = tl_load_be16(ip + 40),
                                     .dst_port = tl_load_be16(ip + 42), .ip_proto = ip[6], .v6 = true };
        return true;
    }
    return false;
}

bool tl_usual_registered(const struct tl_registry *registry, const struct tl_protocols *protocols)
{
    static const struct {
        enum tl_on table;
        uint32_t value;
        const struct tl_protocol *protocol;
    } rows[] = {
        { TL_ON_LINKTYPE, ETHERNET, &tl_protocol_eth }, { TL_ON_ETHERTYPE, VLAN, &tl_protocol_vlan },
        { TL_ON_ETHERTYPE, QINQ, &tl_protocol_vlan },   { TL_ON_ETHERTYPE, IPV4, &tl_protocol_ip },
        { TL_ON_ETHERTYPE, IPV6, &tl_protocol_ipv6 },   { TL_ON_IP_PROTO, TCP, &tl_protocol_tcp },
        { TL_ON_IP_PROTO, UDP, &tl_protocol_udp },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        unsigned index = tl_registry_find(registry, rows[i].table, rows[i].value);
        if (index == TL_PROTOCOL_COUNT || protocols->items[index] != rows[i].protocol)
            return false;
    }
    return true;
}

/* Passes the VLAN tags. Returns the EtherType of what is in them, whose header the key says is captured. */
static inline uint16_t pass_tags(struct tl_dissection *d, uint32_t *at)
{
    const uint8_t *p = d->c.base;
    uint16_t type = tl_load_be16(p + 12);
    *at = ETH_HEADER;
    for (; TL_UNLIKELY(type != IPV4 && type != IPV6); *at += 4) {
        uint16_t id = (uint16_t)((tl_load_be16(p + *at) & 0x0fff) + 1);
        *(d->frame->vlan == 0 ? &d->frame->vlan : &d->frame->inner_vlan) = id;
        type = tl_load_be16(p + *at + 2);
    }
    return type;
}

/* The network layer at d->start. Returns false if its length or checksum is not as usual. */
static inline bool read_ipv4(struct tl_dissection *d)
{
    const uint8_t *p = d->c.base + d->start;
    uint32_t total = tl_load_be16(p + 2);
    if (total < IPV4_HEADER || total > d->c.wire_end - d->start || (d->verify && !tl_checksum_plain_header_ok(p)))
        return false;
    *d->net = (struct tl_network){ .version = 4, .protocol = p[9], .src = p + 12, .dst = p + 16, .total_len = total,
                                   .header_len = IPV4_HEADER, .frag_id = tl_load_be16(p + 4),
                                   .checksum = d->verify ? TL_CHECKSUM_RIGHT : TL_CHECKSUM_UNKNOWN };
    return true;
}

static inline bool read_ipv6(struct tl_dissection *d)
{
    const uint8_t *p = d->c.base + d->start;
    uint32_t payload = tl_load_be16(p + 4), total = IPV6_HEADER + payload;
    if (payload == 0 || total > d->c.wire_end - d->start)
        return false;
    *d->net = (struct tl_network){ .version = 6, .protocol = p[6], .src = p + 8, .dst = p + 24, .total_len = total,
                                   .header_len = IPV6_HEADER };
    return true;
}

/*
 * As tl_checksum_verify() for what is usual: the layer is whole if it was captured, and neither quoted nor routed. What is
 * not right is left to it.
 */
static inline void verify(struct tl_dissection *d, uint8_t protocol, uint16_t stored)
{
    const struct tl_network *net = d->net;
    uint32_t len = d->c.wire_end - d->start, ends[2];
    if (!d->verify || d->c.end != d->c.wire_end)
        return;
    uint64_t sum = (uint64_t)tl_ones_order((uint16_t)len) + tl_ones_order(protocol);
    if (net->version == 4) {
        memcpy(&ends[0], net->src, 4);
        memcpy(&ends[1], net->dst, 4);
        sum += (uint64_t)ends[0] + ends[1];
    } else {
        sum = tl_ones_plus(sum, tl_checksum_sum(net->src, 16));
        sum = tl_ones_plus(sum, tl_checksum_sum(net->dst, 16));
    }
    sum = tl_ones_plus(sum, tl_checksum_sum(d->c.base + d->start, len));
    if (TL_LIKELY(tl_ones_fold(sum) == 0xffff))
        d->seg->checksum = TL_CHECKSUM_RIGHT;
    else
        tl_checksum_verify(d, protocol, stored, true);
}

/* The transport layer at d->start, where the cursor is. */
static inline bool read_tcp(struct tl_dissection *d)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t left = tl_cursor_left(&d->c);
    if (left < TCP_HEADER || (p[13] & TL_SYN) != 0)
        return false;
    uint32_t header = (uint32_t)(p[12] >> 4) * 4;
    if (header < TCP_HEADER || header > left)
        return false;
    *d->seg = (struct tl_transport){ .src_port = tl_load_be16(p), .dst_port = tl_load_be16(p + 2), .known = true,
                                     .flags = p[13], .window = tl_load_be16(p + 14), .window_scale = -1,
                                     .seq = tl_load_be32(p + 4), .ack = tl_load_be32(p + 8),
                                     .payload_len = d->net->total_len - d->net->header_len - header };
    verify(d, TCP, tl_load_be16(p + 16));
    d->c.off += header;
    (void)tl_next_ports(d, TL_ON_TCP_PORT, d->seg->src_port, d->seg->dst_port);
    return true;
}

static inline bool read_udp(struct tl_dissection *d)
{
    const uint8_t *p = d->c.base + d->c.off;
    if (tl_cursor_left(&d->c) < UDP_HEADER)
        return false;
    uint32_t len = tl_load_be16(p + 4);
    uint16_t checksum = tl_load_be16(p + 6);
    if (len < UDP_HEADER || len > tl_cursor_wire_left(&d->c) || (checksum == 0 && d->net->version == 6))
        return false;
    d->c.wire_end = d->start + len;
    if (d->c.end > d->c.wire_end)
        d->c.end = d->c.wire_end;
    d->c.off += UDP_HEADER;
    *d->seg = (struct tl_transport){ .src_port = tl_load_be16(p), .dst_port = tl_load_be16(p + 2), .window_scale = -1,
                                     .payload_len = len - UDP_HEADER };
    if (checksum != 0)
        verify(d, UDP, checksum);
    (void)tl_next_ports(d, TL_ON_UDP_PORT, d->seg->src_port, d->seg->dst_port);
    return true;
}

bool tl_usual_headers(struct tl_dissection *d)
{
    uint32_t at;
    uint16_t type = pass_tags(d, &at);
    d->frame->l2_dst = d->c.base;
    d->frame->l2_src = d->c.base + 6;
    d->start = at;
    if (!(type == IPV4 ? read_ipv4(d) : read_ipv6(d)))
        return false;
    d->c.wire_end = at + d->net->total_len;
    if (d->c.end > d->c.wire_end)
        d->c.end = d->c.wire_end;
    d->c.off = d->start = at + d->net->header_len;
    return d->net->protocol == TCP ? read_tcp(d) : read_udp(d);
}
