/* udp.c - User Datagram Protocol (RFC 768). */
#include "core/checksum.h"
#include "core/dissect.h"
#include "core/place.h"

enum { SRCPORT, DSTPORT, LENGTH, CHECKSUM, PAYLOAD_LENGTH };
static const struct tl_field fields[] = {
    [SRCPORT] = { "udp.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "udp.dstport", "Destination port", .type = TL_U16 },
    [LENGTH] = { "udp.length", "Length", .type = TL_U16, .unit = "bytes", .help = "Header and payload" },
    [CHECKSUM] = { "udp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [PAYLOAD_LENGTH] = { "udp.payload_length", "Payload length", .type = TL_U16, .unit = "bytes",
                         .flags = TL_DERIVED | TL_ONLY_LINE },
};

static const struct tl_place places[] = {
    { SRCPORT, 0, 2, 0 }, { DSTPORT, 2, 2, 0 }, { LENGTH, 4, 2, 0 }, { CHECKSUM, 6, 2, 0 },
};

enum { HEADER = 8 };

/* The snaplen cuts the header after the ports: the flow is known. Without its length, the IP header gives that. */
static TL_COLD void cut_header(struct tl_dissection *d, uint32_t captured, uint32_t len)
{
    uint32_t around = d->net->header_len + HEADER;
    d->seg->known = captured >= 4;
    if (captured >= 6 && len >= HEADER)
        d->seg->payload_len = len - HEADER;
    else
        d->seg->payload_len = d->net->total_len > around ? d->net->total_len - around : 0;
}

/*
 * The checksum of a packet over IPv6 is zero. Tunnels may leave it out (RFC 6935): what they carry has its own. Any
 * other packet is wrong, also if the sum happens to fit (RFC 8200 8.1).
 */
static TL_COLD void without_checksum(struct tl_dissection *d, uint16_t dst)
{
    /* GTP-U, LISP, GRE, VXLAN and its extension, Geneve, MPLS, and what Linux used for VXLAN before it had a number */
    static const uint16_t tunnels[] = { 2152, 4341, 4754, 4789, 4790, 6081, 6635, 8472 };
    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
        if (dst == tunnels[i])
            return;
    }
    tl_checksum_verify(d, 17, 0, true);
    if (d->seg->checksum == TL_CHECKSUM_RIGHT)
        d->seg->checksum = TL_CHECKSUM_WRONG;
}

static enum tl_status udp_dissect(struct tl_dissection *d)
{
    uint32_t captured = tl_cursor_left(&d->c);
    uint16_t src = tl_u16(d, SRCPORT);
    uint16_t dst = tl_u16(d, DSTPORT);
    uint32_t len = tl_u16(d, LENGTH);
    if (tl_ok(d))
        tl_add(d, PAYLOAD_LENGTH, d->start + 4, 2, len > HEADER ? len - HEADER : 0);
    uint16_t checksum = tl_u16(d, CHECKSUM);
    *d->seg = (struct tl_transport){ .src_port = src, .dst_port = dst, .window_scale = -1 };
    if (TL_UNLIKELY(d->c.status == TL_SHORT))
        cut_header(d, captured, len);
    if (tl_ok(d) && len != 0)
        tl_limit(d, len, HEADER);
    if (!tl_ok(d))
        return d->c.status;
    /* With a length of 0 (jumbogram) the IP layer gives it (RFC 2675 4). A length beyond the end is ignored. */
    d->seg->payload_len = tl_cursor_wire_left(&d->c);
    if (checksum != 0)
        tl_checksum_verify(d, 17, checksum, true);
    else if (d->net->version == 6)
        without_checksum(d, dst);
    return tl_next_ports(d, TL_ON_UDP_PORT, src, dst);
}

const struct tl_protocol tl_protocol_udp = {
    .name = "udp",
    .title = "User Datagram Protocol",
    .kind = TL_KIND_TRANSPORT,
    .info = "{srcport} > {dstport}[ Len={payload_length}]",
    .dissect = udp_dissect,
    TL_TABLE(fields), TL_HEADER(places),
    .on = { { TL_ON_IP_PROTO, 17 } },
};
