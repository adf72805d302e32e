/* ah.c - IP Authentication Header (RFC 4302). */
#include "dissectors/header.h"

enum { NEXT, LENGTH, RESERVED, SPI, SEQUENCE, ICV };
static const struct tl_field fields[] = {
    [NEXT] = { "ah.next_header", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [LENGTH] = { "ah.length", "Length", .type = TL_U8, .help = "In 32-bit words, less 2" },
    [RESERVED] = { "ah.reserved", "Reserved", .type = TL_BYTES },
    [SPI] = { "ah.spi", "Security parameters index", .type = TL_U32, .base = TL_HEX },
    [SEQUENCE] = { "ah.sequence", "Sequence number", .type = TL_U32 },
    [ICV] = { "ah.icv", "Integrity check value", .type = TL_BYTES },
};

static enum tl_status ah_dissect(struct tl_dissection *d)
{
    uint8_t next = tl_u8(d, NEXT);
    uint32_t size = (tl_u8(d, LENGTH) + 2u) * 4;
    tl_run(d, RESERVED, 2);
    tl_u32(d, SPI);
    tl_u32(d, SEQUENCE);
    if (tl_ok(d) && size < 12)
        tl_bad(d);
    if (tl_ok(d))
        tl_run(d, ICV, size - 12);
    /* It counts as a header between IP header and payload; the transport layer computes the payload's length. */
    if (tl_ok(d)) {
        d->net->header_len += size;
        d->net->protocol = next;
    }
    return tl_next(d, TL_ON_IP_PROTO, next);
}

const struct tl_protocol tl_protocol_ah = {
    .name = "ah",
    .title = "Authentication Header",
    .kind = TL_KIND_EXTENSION,
    .info = "SPI={spi} Seq={sequence} {next_header}",
    .dissect = ah_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 51 } },
};
