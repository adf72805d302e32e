/* udpencap.c - IKE and ESP in UDP to pass NAT (RFC 3948 section 2): a marker of zeros, a keepalive byte, or ESP. */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { MARKER, KEEPALIVE };
static const struct tl_field fields[] = {
    [MARKER] = { "udpencap.non_esp_marker", "Non-ESP marker", .type = TL_BYTES },
    [KEEPALIVE] = { "udpencap.nat_keepalive", "NAT keepalive", .type = TL_BYTES },
};

enum { MARKER_SIZE = 4, KEEPALIVE_BYTE = 0xff, LEAST = 8 };

static enum tl_status udpencap_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (tl_cursor_wire_left(&d->c) == 1 && p != NULL && p[0] == KEEPALIVE_BYTE) {
        tl_run(d, KEEPALIVE, 1);
        tl_confirm(d);
        return tl_next_none(d);
    }
    p = tl_cursor_peek(&d->c, 0, MARKER_SIZE);
    if (p == NULL) {
        tl_skip(d, MARKER_SIZE);
        return d->c.status;
    }
    tl_confirm(d);
    if (tl_load_be32(p) != 0)
        return tl_next_protocol(d, &tl_protocol_esp);
    tl_run(d, MARKER, MARKER_SIZE);
    return tl_next_protocol(d, &tl_protocol_isakmp);
}

/* The index of a security association below 256 is reserved (RFC 4303 section 2.1). */
static enum tl_probe udpencap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1);
    if (d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    if (tl_cursor_wire_left(&c) == 1)
        return p[0] == KEEPALIVE_BYTE ? TL_PROBE_MAYBE : TL_PROBE_NO;
    p = tl_cursor_peek(&c, 0, LEAST);
    if (p == NULL || (tl_load_be32(p) > 0 && tl_load_be32(p) < 256))
        return TL_PROBE_NO;
    return TL_PROBE_MAYBE;
}

const struct tl_protocol tl_protocol_udpencap = {
    .name = "udpencap",
    .title = "IPsec in UDP",
    .service = "udpencap",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 4500 } },
    .info = "[NAT keepalive {nat_keepalive}][IKE{non_esp_marker}]",
    .only_at_home = true,
    .probe = udpencap_probe,
    .dissect = udpencap_dissect,
};
