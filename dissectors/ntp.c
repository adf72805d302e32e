/* ntp.c - Network Time Protocol, versions 1 to 4 (RFC 5905, section 7.3; RFC 1305, appendix A). */
#include "core/dissect.h"

enum { FLAGS, LEAP, VERSION, MODE, STRATUM, POLL, PRECISION, ROOT_DELAY, ROOT_DISPERSION, REFERENCE_ID,
       REFERENCE, ORIGIN, RECEIVE, TRANSMIT, EXTENSION, KEY_ID, MAC };

static const struct tl_name leaps[] = {
    { 0, "no warning" }, { 1, "61 seconds" }, { 2, "59 seconds" }, { 3, "not synchronized" }, { 0, NULL },
};

enum { MODE_SERVER = 4 };
static const struct tl_name modes[] = {
    { 1, "symmetric active" }, { 2, "symmetric passive" }, { 3, "client" },
    { 4, "server" },           { 5, "broadcast" },         { 0, NULL },
};

static const struct tl_field fields[] = {
    [FLAGS] = { "ntp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [LEAP] = { "ntp.flags.li", "Leap indicator", .type = TL_U8, .mask = 0xc0, .names = leaps },
    [VERSION] = { "ntp.flags.vn", "Version", .type = TL_U8, .mask = 0x38 },
    [MODE] = { "ntp.flags.mode", "Mode", .type = TL_U8, .mask = 0x07, .names = modes },
    [STRATUM] = { "ntp.stratum", "Stratum", .type = TL_U8, .help = "1: has a clock of its own; 0: kiss of death" },
    [POLL] = { "ntp.ppoll", "Poll interval", .type = TL_U8, .help = "Logarithm of seconds, base 2" },
    [PRECISION] = { "ntp.precision", "Precision", .type = TL_U8, .help = "Signed logarithm of seconds, base 2" },
    [ROOT_DELAY] = { "ntp.rootdelay", "Root delay", .type = TL_U32, .help = "Seconds, 16.16 fixed point" },
    [ROOT_DISPERSION] = { "ntp.rootdispersion", "Root dispersion", .type = TL_U32,
                          .help = "Seconds, 16.16 fixed point" },
    [REFERENCE_ID] = { "ntp.refid", "Reference id", .type = TL_BYTES },
    [REFERENCE] = { "ntp.reftime", "Reference time", .type = TL_U64, .base = TL_HEX,
                    .help = "Seconds since 1900, 32.32 fixed point" },
    [ORIGIN] = { "ntp.org", "Origin time", .type = TL_U64, .base = TL_HEX },
    [RECEIVE] = { "ntp.rec", "Receive time", .type = TL_U64, .base = TL_HEX },
    [TRANSMIT] = { "ntp.xmt", "Transmit time", .type = TL_U64, .base = TL_HEX },
    [EXTENSION] = { "ntp.ext", "Extension field", .type = TL_BYTES, .flags = TL_REPEATS },
    [KEY_ID] = { "ntp.keyid", "Key id", .type = TL_BYTES },
    [MAC] = { "ntp.mac", "Message digest", .type = TL_BYTES },
};

enum { HEADER = 48, KEY = 4, MD5 = 16, SHA1 = 20, EXTENSION_LEAST = 16 };

struct flow {
    bool seen; /* a message was read */
};

static bool is_mode(uint8_t flags)
{
    return (flags & 7) >= 1 && (flags & 7) <= 5;
}

static enum tl_probe ntp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17 || p == NULL || !is_mode(p[0]))
        return TL_PROBE_NO;
    unsigned version = p[0] >> 3 & 7;
    return version >= 1 && version <= 4 && p[1] <= 16 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* If a server speaks first, the request was missed. */
static void conclude(struct tl_dissection *d, uint8_t flags)
{
    struct flow *flow = d->flow.slot;
    if (flow == NULL || !tl_ok(d))
        return;
    if (!flow->seen && (flags & 7) == MODE_SERVER && d->flow.side == 0)
        tl_turn(d);
    flow->seen = true;
    tl_confirm(d);
}

/* Extension fields (RFC 7822): a type, a length that includes the header, a value. A digest may follow them. */
static void extensions(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_wire_left(&d->c);
    while (tl_ok(d) && left >= EXTENSION_LEAST && left != KEY + MD5 && left != KEY + SHA1) {
        const uint8_t *p = tl_cursor_peek(&d->c, 2, 2);
        uint32_t len = p != NULL ? tl_load_be16(p) : left;
        if (len < EXTENSION_LEAST || len > left || len % 4 != 0) {
            tl_bad(d);
            return;
        }
        tl_run(d, EXTENSION, len);
        left = tl_cursor_wire_left(&d->c);
    }
    if (left == KEY + MD5 || left == KEY + SHA1) {
        tl_run(d, KEY_ID, KEY);
        tl_run(d, MAC, left - KEY);
    }
}

static enum tl_status ntp_dissect(struct tl_dissection *d)
{
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d) && !is_mode(flags)) /* control messages have another layout (RFC 9327) */
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    if (tl_ok(d))
        tl_add_all_bits(d, LEAP, MODE, d->c.off - 1, 1, flags);
    tl_u8(d, STRATUM);
    tl_u8(d, POLL);
    tl_u8(d, PRECISION);
    tl_u32(d, ROOT_DELAY);
    tl_u32(d, ROOT_DISPERSION);
    tl_run(d, REFERENCE_ID, 4);
    tl_u64(d, REFERENCE);
    tl_u64(d, ORIGIN);
    tl_u64(d, RECEIVE);
    tl_u64(d, TRANSMIT);
    conclude(d, flags);
    extensions(d);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_ntp = {
    .name = "ntp",
    .title = "Network Time Protocol",
    .service = "ntp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 123 } },
    .info = "{flags.mode}, version {flags.vn}, stratum {stratum}",
    .only_at_home = true,
    .probe = ntp_probe,
    .dissect = ntp_dissect,
};
