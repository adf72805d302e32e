/* ntp.c - Network Time Protocol, versions 1 to 4 (RFC 5905, section 7.3; RFC 1305, appendix A). */
#include "dissectors/ntp/ntp.h"

static const struct tl_name leaps[] = {
    { 0, "no warning" }, { 1, "61 seconds" }, { 2, "59 seconds" }, { 3, "not synchronized" }, { 0, NULL },
};

static const struct tl_name modes[] = {
    { 1, "symmetric active" }, { 2, "symmetric passive" }, { 3, "client" },
    { 4, "server" },           { 5, "broadcast" },         { 6, "control" },
    { 7, "private" },          { 0, NULL },
};

static const struct tl_name operations[] = {
    { 0, "reserved" },           { 1, "read status" },       { 2, "read variables" }, { 3, "write variables" },
    { 4, "read clock variables" }, { 5, "write clock variables" }, { 6, "set trap" }, { 7, "trap response" },
    { 8, "configure" },          { 9, "save configuration" }, { 10, "read MRU list" }, { 11, "read ordered list" },
    { 12, "request nonce" },     { 31, "unset trap" },       { 0, NULL },
};

static const struct tl_name directions[] = { { 0, "request" }, { 1, "response" }, { 0, NULL } };

/* RFC 9327 section 3.4. */
static const struct tl_name errors[] = {
    { 0, "unspecified" },     { 1, "authentication failure" }, { 2, "invalid length or format" }, { 3, "invalid operation" },
    { 4, "unknown association" }, { 5, "unknown variable name" }, { 6, "invalid variable value" }, { 7, "administratively prohibited" },
    { 0, NULL },
};

/* Of ntpd's ntp_request.h, those that are asked for. */
static const struct tl_name requests[] = {
    { 0, "peer list" },    { 1, "peer list summary" }, { 2, "peer" },       { 3, "peer statistics" },
    { 4, "system" },       { 5, "system statistics" }, { 6, "I/O statistics" }, { 7, "memory statistics" },
    { 8, "loop" },         { 9, "timer statistics" },  { 16, "restrictions" }, { 20, "monitor" },
    { 42, "monitor list" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [NTP_FLAGS] = { "ntp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [NTP_LEAP] = { "ntp.flags.li", "Leap indicator", .type = TL_U8, .mask = 0xc0, .names = leaps },
    [NTP_VERSION] = { "ntp.flags.vn", "Version", .type = TL_U8, .mask = 0x38 },
    [NTP_MODE] = { "ntp.flags.mode", "Mode", .type = TL_U8, .mask = 0x07, .names = modes },
    [NTP_STRATUM] = { "ntp.stratum", "Stratum", .type = TL_U8, .help = "1: has a clock of its own; 0: kiss of death" },
    [NTP_POLL] = { "ntp.ppoll", "Poll interval", .type = TL_U8, .help = "Logarithm of seconds, base 2" },
    [NTP_PRECISION] = { "ntp.precision", "Precision", .type = TL_U8, .help = "Signed logarithm of seconds, base 2" },
    [NTP_ROOT_DELAY] = { "ntp.rootdelay", "Root delay", .type = TL_U32, .help = "Seconds, 16.16 fixed point" },
    [NTP_ROOT_DISPERSION] = { "ntp.rootdispersion", "Root dispersion", .type = TL_U32,
                          .help = "Seconds, 16.16 fixed point" },
    [NTP_REFERENCE_ID] = { "ntp.refid", "Reference id", .type = TL_BYTES },
    [NTP_REFERENCE] = { "ntp.reftime", "Reference time", .type = TL_U64, .base = TL_HEX,
                    .help = "Seconds since 1900, 32.32 fixed point" },
    [NTP_ORIGIN] = { "ntp.org", "Origin time", .type = TL_U64, .base = TL_HEX },
    [NTP_RECEIVE] = { "ntp.rec", "Receive time", .type = TL_U64, .base = TL_HEX },
    [NTP_TRANSMIT] = { "ntp.xmt", "Transmit time", .type = TL_U64, .base = TL_HEX },
    [NTP_EXTENSION] = { "ntp.ext", "Extension field", .type = TL_BYTES, .flags = TL_REPEATS },
    [NTP_KEY_ID] = { "ntp.keyid", "Key id", .type = TL_BYTES },
    [NTP_MAC] = { "ntp.mac", "Message digest", .type = TL_BYTES },
    [NTP_CTRL_FLAGS] = { "ntp.ctrl.flags2", "Control flags", .type = TL_U8, .base = TL_HEX },
    [NTP_CTRL_RESPONSE] = { "ntp.ctrl.flags2.r", "Response", .type = TL_U8, .mask = 0x80, .names = directions },
    [NTP_CTRL_ERROR] = { "ntp.ctrl.flags2.error", "Error", .type = TL_U8, .mask = 0x40 },
    [NTP_CTRL_MORE] = { "ntp.ctrl.flags2.more", "More", .type = TL_U8, .mask = 0x20 },
    [NTP_CTRL_OPCODE] = { "ntp.ctrl.flags2.opcode", "Operation", .type = TL_U8, .mask = 0x1f, .names = operations },
    [NTP_CTRL_SEQUENCE] = { "ntp.ctrl.sequence", "Sequence", .type = TL_U16 },
    [NTP_CTRL_STATUS] = { "ntp.ctrl.status", "Status", .type = TL_U16, .base = TL_HEX },
    [NTP_CTRL_ERR_STATUS] = { "ntp.ctrl.err_status", "Error status", .type = TL_U16, .mask = 0xff00, .names = errors,
                              .help = "Of a response with the error bit: the first byte of its status" },
    [NTP_CTRL_ASSOCIATION] = { "ntp.ctrl.associd", "Association id", .type = TL_U16 },
    [NTP_CTRL_OFFSET] = { "ntp.ctrl.offset", "Offset", .type = TL_U16, .unit = "bytes" },
    [NTP_CTRL_COUNT] = { "ntp.ctrl.count", "Count", .type = TL_U16, .unit = "bytes" },
    [NTP_CTRL_DATA] = { "ntp.ctrl.data", "Data", .type = TL_TEXT },
    [NTP_PRIV_RESPONSE] = { "ntp.priv.flags.r", "Response", .type = TL_U8, .mask = 0x80 },
    [NTP_PRIV_MORE] = { "ntp.priv.flags.more", "More", .type = TL_U8, .mask = 0x40 },
    [NTP_PRIV_AUTH_SEQ] = { "ntp.priv.auth_seq", "Authenticated, sequence", .type = TL_U8 },
    [NTP_PRIV_AUTH] = { "ntp.priv.auth", "Authenticated", .type = TL_U8, .mask = 0x80 },
    [NTP_PRIV_SEQ] = { "ntp.priv.seq", "Sequence", .type = TL_U8, .mask = 0x7f },
    [NTP_PRIV_IMPL] = { "ntp.priv.impl", "Implementation", .type = TL_U8 },
    [NTP_PRIV_CODE] = { "ntp.priv.reqcode", "Request code", .type = TL_U8, .names = requests },
    [NTP_PRIV_ERR] = { "ntp.priv.err", "Error", .type = TL_U8, .base = TL_HEX },
    [NTP_PRIV_ITEMS] = { "ntp.priv.numitems", "Number of items", .type = TL_U16 },
    [NTP_PRIV_ITEM_SIZE] = { "ntp.priv.itemsize", "Size of an item", .type = TL_U16, .unit = "bytes" },
    [NTP_PRIV_DATA] = { "ntp.priv.data", "Items", .type = TL_BYTES },
};

enum { HEADER = 48, CONTROL = 12, KEY = 4, EXTENSION_LEAST = 16 };

struct flow {
    bool seen; /* a message was read */
};

static bool is_mode(uint8_t flags)
{
    return (flags & 7) >= 1 && (flags & 7) <= 5;
}

/* Control and private messages are shorter. The leap indicator means nothing in them: ntpq of NTPsec sends ones. */
static enum tl_probe other_probe(struct tl_cursor c)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 8);
    if (p == NULL || (p[0] & 7) < NTP_MODE_CONTROL)
        return TL_PROBE_NO;
    unsigned version = p[0] >> 3 & 7;
    bool control = (p[0] & 7) == NTP_MODE_CONTROL && tl_cursor_wire_left(&c) >= CONTROL && tl_name_of(operations, p[1] & 0x1f) != NULL;
    bool other = (p[0] & 7) == NTP_MODE_PRIVATE && p[2] <= 3;
    return version >= 1 && version <= 4 && (control || other) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

static enum tl_probe ntp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17)
        return TL_PROBE_NO;
    if (p == NULL || !is_mode(p[0]))
        return other_probe(c);
    unsigned version = p[0] >> 3 & 7;
    return version >= 1 && version <= 4 && p[1] <= 16 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* If a server speaks first, the request was missed. */
static void conclude(struct tl_dissection *d, uint8_t flags)
{
    struct flow *flow = d->flow.slot;
    if (flow == NULL || !tl_ok(d))
        return;
    if (!flow->seen && (flags & 7) == NTP_MODE_SERVER && d->flow.side == 0)
        tl_turn(d);
    flow->seen = true;
    tl_confirm(d);
}

/* So many bytes are a key id and a digest: MD5 or AES-CMAC, SHA-1 or a longer one cut to its size, SHA-256, -384, -512. */
static bool is_digest(uint32_t left)
{
    return left == KEY + 16 || left == KEY + 20 || left == KEY + 32 || left == KEY + 48 || left == KEY + 64;
}

/*
 * Extension fields (RFC 7822): a type, a length that includes the header, a value. A digest may follow them. Those of 16 and 20
 * bytes are told by their length alone. Longer ones, of which that RFC does not know, come after a key id below 65536: as the
 * type of an extension field it would be 0, which is reserved. A key id alone: the server could not authenticate the request.
 */
static uint32_t extensions(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_wire_left(&d->c), count = 0;
    while (tl_ok(d) && left >= EXTENSION_LEAST && left != KEY + 16 && left != KEY + 20) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
        if (p != NULL && is_digest(left) && tl_load_be16(p) == 0)
            break;
        uint32_t len = p != NULL ? tl_load_be16(p + 2) : left;
        if (len < EXTENSION_LEAST || len > left || len % 4 != 0) {
            tl_bad(d);
            return count;
        }
        tl_run(d, NTP_EXTENSION, len);
        count += tl_ok(d);
        left = tl_cursor_wire_left(&d->c);
    }
    if (tl_ok(d) && (left == KEY || is_digest(left))) {
        tl_run(d, NTP_KEY_ID, KEY);
        if (left > KEY)
            tl_run(d, NTP_MAC, left - KEY);
    }
    return count;
}

static void time_message(struct tl_dissection *d, uint8_t flags)
{
    struct tl_ntp_message m = { .flags = flags };
    m.stratum = tl_u8(d, NTP_STRATUM);
    m.poll = tl_u8(d, NTP_POLL);
    m.precision = tl_u8(d, NTP_PRECISION);
    m.root_delay = tl_u32(d, NTP_ROOT_DELAY);
    m.root_dispersion = tl_u32(d, NTP_ROOT_DISPERSION);
    m.reference_id = tl_cursor_peek(&d->c, 0, 4);
    tl_run(d, NTP_REFERENCE_ID, 4);
    m.reference = tl_u64(d, NTP_REFERENCE);
    m.origin = tl_u64(d, NTP_ORIGIN);
    m.receive = tl_u64(d, NTP_RECEIVE);
    m.transmit = tl_u64(d, NTP_TRANSMIT);
    bool whole = tl_ok(d);
    conclude(d, flags);
    m.extensions = extensions(d);
    if (whole)
        tl_ntp_emit(d, &m);
}

static enum tl_status ntp_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    uint8_t flags = tl_u8(d, NTP_FLAGS), mode = flags & 7;
    if (tl_ok(d) && mode == 0)
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    if (tl_ok(d) && mode == NTP_MODE_PRIVATE)
        tl_add_all_bits(d, NTP_PRIV_RESPONSE, NTP_PRIV_MORE, d->c.off - 1, 1, first[0]);
    else if (tl_ok(d))
        tl_add(d, NTP_LEAP, d->c.off - 1, 1, flags >> 6);
    if (tl_ok(d))
        tl_add_all_bits(d, NTP_VERSION, NTP_MODE, d->c.off - 1, 1, flags);
    if (mode == NTP_MODE_CONTROL)
        tl_ntp_control(d, flags);
    else if (mode == NTP_MODE_PRIVATE)
        tl_ntp_private(d, flags);
    else
        time_message(d, flags);
    if (mode >= NTP_MODE_CONTROL)
        conclude(d, flags);
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
    .records = { &tl_ntp_record_def, &tl_ntp_control_record_def, &tl_ntp_private_record_def },
    .info = "{flags.mode}, version {flags.vn}[, stratum {stratum}][, {ctrl.flags2.opcode}][ {ctrl.flags2.r}][, {ctrl.err_status}][, {priv.reqcode}]",
    .only_at_home = true,
    .probe = ntp_probe,
    .dissect = ntp_dissect,
};
