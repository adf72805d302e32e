/* bfd.c - Bidirectional Forwarding Detection (RFC 5880 section 4, ports of RFC 5881, 5883, 7130, 7881). */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name diagnostics[] = {
    { 0, "None" }, { 1, "Detection time expired" }, { 2, "Echo failed" }, { 3, "Neighbor signaled down" },
    { 4, "Forwarding plane reset" }, { 5, "Path down" }, { 6, "Concatenated path down" },
    { 7, "Administratively down" }, { 8, "Reverse concatenated path down" }, { 9, "Misconnectivity defect" },
    { 0, NULL },
};
static const struct tl_name states[] = {
    { 0, "Administratively down" }, { 1, "Down" }, { 2, "Init" }, { 3, "Up" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 1, "Simple password" }, { 2, "Keyed MD5" }, { 3, "Meticulous keyed MD5" }, { 4, "Keyed SHA1" },
    { 5, "Meticulous keyed SHA1" }, { 0, NULL },
};

enum { VERSION, DIAGNOSTIC, STATE, FLAGS, HEARD, POLL, FINAL, INDEPENDENT, AUTHENTICATED, DEMAND, MULTIPOINT,
       MULTIPLIER, LENGTH, MINE, YOURS, DESIRED_TX, REQUIRED_RX, REQUIRED_ECHO, AUTH, AUTH_LENGTH, KEY, PASSWORD,
       SEQUENCE, CHECKSUM, ECHO };
static const struct tl_field fields[] = {
    [VERSION] = { "bfd.version", "Version", .type = TL_U8, .mask = 0xe0 },
    [DIAGNOSTIC] = { "bfd.diag", "Diagnostic", .type = TL_U8, .base = TL_HEX, .mask = 0x1f, .names = diagnostics },
    [STATE] = { "bfd.sta", "State", .type = TL_U8, .base = TL_HEX, .mask = 0xc0, .names = states },
    [FLAGS] = { "bfd.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [HEARD] = { "bfd.flags.h", "I hear you", .type = TL_BOOL, .mask = 0x80 },
    [POLL] = { "bfd.flags.p", "Poll", .type = TL_BOOL, .mask = 0x20 },
    [FINAL] = { "bfd.flags.f", "Final", .type = TL_BOOL, .mask = 0x10 },
    [INDEPENDENT] = { "bfd.flags.c", "Control plane independent", .type = TL_BOOL, .mask = 0x8 },
    [AUTHENTICATED] = { "bfd.flags.a", "Authentication", .type = TL_BOOL, .mask = 0x4 },
    [DEMAND] = { "bfd.flags.d", "Demand", .type = TL_BOOL, .mask = 0x2 },
    [MULTIPOINT] = { "bfd.flags.m", "Multipoint", .type = TL_BOOL, .mask = 0x1 },
    [MULTIPLIER] = { "bfd.detect_time_multiplier", "Detection time multiplier", .type = TL_U8 },
    [LENGTH] = { "bfd.message_length", "Length", .type = TL_U8, .unit = "bytes" },
    [MINE] = { "bfd.my_discriminator", "My discriminator", .type = TL_U32, .base = TL_HEX },
    [YOURS] = { "bfd.your_discriminator", "Your discriminator", .type = TL_U32, .base = TL_HEX },
    [DESIRED_TX] = { "bfd.desired_min_tx_interval", "Desired minimum transmit interval", .type = TL_U32,
                     .unit = "us" },
    [REQUIRED_RX] = { "bfd.required_min_rx_interval", "Required minimum receive interval", .type = TL_U32,
                      .unit = "us" },
    [REQUIRED_ECHO] = { "bfd.required_min_echo_interval", "Required minimum echo interval", .type = TL_U32,
                        .unit = "us" },
    [AUTH] = { "bfd.auth.type", "Authentication type", .type = TL_U8, .names = auths },
    [AUTH_LENGTH] = { "bfd.auth.len", "Authentication length", .type = TL_U8, .unit = "bytes" },
    [KEY] = { "bfd.auth.key", "Key id", .type = TL_U8 },
    [PASSWORD] = { "bfd.auth.password", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [SEQUENCE] = { "bfd.auth.seq_num", "Sequence number", .type = TL_U32, .base = TL_HEX },
    [CHECKSUM] = { "bfd.checksum", "Digest", .type = TL_BYTES },
    [ECHO] = { "bfd.echo", "Echo packet", .type = TL_BYTES },
};

enum { HEADER = 24, HAS_AUTH = 0x04, SIMPLE = 1, ECHO_PORT = 3785 };

/* RFC 5880 sections 4.2 to 4.4. */
static void authentication(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, AUTH), len = tl_u8(d, AUTH_LENGTH);
    if (tl_ok(d) && len < 4)
        tl_bad(d);
    struct tl_part part = tl_part_enter(d, tl_ok(d) ? len - 2u : 0);
    tl_u8(d, KEY);
    if (type == SIMPLE) {
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) });
        tl_run(d, PASSWORD, tl_cursor_wire_left(&d->c));
    } else {
        tl_skip(d, 1);
        tl_u32(d, SEQUENCE);
        if (tl_ok(d))
            tl_run_left(d, CHECKSUM);
    }
    tl_part_leave(d, part);
}

static void control(struct tl_dissection *d, uint8_t version)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t flags = p != NULL ? p[0] : 0;
    if (p != NULL && version != 0) {
        tl_add_bits(d, STATE, d->c.off, 1, flags);
        tl_add(d, FLAGS, d->c.off, 1, flags);
        tl_add_all_bits(d, POLL, MULTIPOINT, d->c.off, 1, flags);
    } else if (p != NULL) { /* draft-ietf-bfd-base-00: another order */
        tl_add(d, FLAGS, d->c.off, 1, flags);
        tl_add_all_bits(d, HEARD, AUTHENTICATED, d->c.off, 1, flags);
        tl_add(d, DEMAND, d->c.off, 1, flags >> 6 & 1);
    }
    tl_skip(d, 1);
    tl_u8(d, MULTIPLIER);
    tl_u8(d, LENGTH);
    tl_u32(d, MINE);
    tl_u32(d, YOURS);
    tl_u32(d, DESIRED_TX);
    tl_u32(d, REQUIRED_RX);
    tl_u32(d, REQUIRED_ECHO);
    if (tl_ok(d) && (flags & HAS_AUTH) != 0)
        authentication(d);
}

static enum tl_status bfd_dissect(struct tl_dissection *d)
{
    if (d->flow.orig_port == ECHO_PORT || d->flow.resp_port == ECHO_PORT) { /* its contents are the sender's affair */
        tl_run_left(d, ECHO);
        if (tl_ok(d))
            tl_confirm(d);
        return tl_next_none(d);
    }
    uint32_t first = tl_bits(d, 1, VERSION, DIAGNOSTIC);
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    control(d, (uint8_t)(first >> 5));
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_probe bfd_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 4);
    if (d->flow.stream || tl_cursor_wire_left(&c) == 0)
        return TL_PROBE_NO;
    if (d->flow.orig_port == ECHO_PORT || d->flow.resp_port == ECHO_PORT)
        return TL_PROBE_MAYBE;
    if (p == NULL || p[0] >> 5 > 1 || p[3] < HEADER || p[3] > tl_cursor_wire_left(&c))
        return TL_PROBE_NO;
    return TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_bfd = {
    .name = "bfd",
    .title = "Bidirectional Forwarding Detection",
    .service = "bfd",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 3784 }, { TL_ON_UDP_PORT, 3785 }, { TL_ON_UDP_PORT, 4784 }, { TL_ON_UDP_PORT, 6784 },
            { TL_ON_UDP_PORT, 7784 } },
    .info = "[{sta}][, {diag}][ my {my_discriminator}][ your {your_discriminator}]",
    .only_at_home = true,
    .probe = bfd_probe,
    .dissect = bfd_dissect,
};
