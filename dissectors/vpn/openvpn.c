/*
 * openvpn.c - OpenVPN (as its source describes it, doc/doxygen/doc_protocol_overview.h): opcode and key id, session
 * ids and acknowledgments of control packets. Over TCP a length of two bytes comes before each packet.
 *
 *   opcode 5 bits, key id 3 | data v2: peer id 3 | data
 *   control and acknowledgment: session 8 | with tls-auth: HMAC 20 to 64, packet id 4, time 4 | acknowledgments 1, 4 each,
 *   remote session 8 if there are any | message packet id 4 (not in an acknowledgment) | TLS
 *   with tls-crypt: session 8 | packet id 4, time 4 | tag 32 | the rest, encrypted
 *
 * Nothing in a packet says which of the three it is. The id and the time, when the sender began to count, tell.
 */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name codes[] = {
    { 1, "P_CONTROL_HARD_RESET_CLIENT_V1" }, { 2, "P_CONTROL_HARD_RESET_SERVER_V1" },
    { 3, "P_CONTROL_SOFT_RESET_V1" }, { 4, "P_CONTROL_V1" }, { 5, "P_ACK_V1" }, { 6, "P_DATA_V1" },
    { 7, "P_CONTROL_HARD_RESET_CLIENT_V2" }, { 8, "P_CONTROL_HARD_RESET_SERVER_V2" }, { 9, "P_DATA_V2" },
    { 10, "P_CONTROL_HARD_RESET_CLIENT_V3" }, { 11, "P_CONTROL_WKC_V1" }, { 0, NULL },
};

enum { LENGTH, TYPE, CODE, KEY, PEER, SESSION, HMAC, REPLAY, NET_TIME, ACKS, ACK, REMOTE, MESSAGE_ID, AUTHENTICATED, DATA };
static const struct tl_field fields[] = {
    [LENGTH] = { "openvpn.plen", "Length", .type = TL_U16, .unit = "bytes" },
    [TYPE] = { "openvpn.type", "Type", .type = TL_U8, .base = TL_HEX },
    [CODE] = { "openvpn.opcode", "Code", .type = TL_U8, .base = TL_HEX, .mask = 0xf8, .names = codes },
    [KEY] = { "openvpn.keyid", "Key id", .type = TL_U8, .mask = 0x7 },
    [PEER] = { "openvpn.peerid", "Peer id", .type = TL_U24 },
    [SESSION] = { "openvpn.sessionid", "Session", .type = TL_U64, .base = TL_HEX },
    [HMAC] = { "openvpn.hmac", "HMAC", .type = TL_BYTES },
    [REPLAY] = { "openvpn.pid", "Packet id", .type = TL_U32, .help = "Of tls-auth and tls-crypt" },
    [NET_TIME] = { "openvpn.net_time", "Time", .type = TL_TIME },
    [ACKS] = { "openvpn.mpidarraylength", "Acknowledgments", .type = TL_U8 },
    [ACK] = { "openvpn.mpidarrayelement", "Acknowledged", .type = TL_U32, .flags = TL_REPEATS },
    [REMOTE] = { "openvpn.rsessionid", "Remote session", .type = TL_U64, .base = TL_HEX },
    [MESSAGE_ID] = { "openvpn.mpid", "Message packet id", .type = TL_U32 },
    [AUTHENTICATED] = { "openvpn.control_data", "Authenticated or encrypted control data", .type = TL_BYTES },
    [DATA] = { "openvpn.data", "Data", .type = TL_BYTES },
};

enum { SOFT_RESET = 3, CONTROL, ACKNOWLEDGMENT, DATA_1, CLIENT_2 = 7, SERVER_2, DATA_2, CLIENT_3, LAST = 11 };
enum { ACKS_MOST = 8, TAG = 32, STAMP = 8, REPLAYS_MOST = 1 << 20, APART_MOST = 5 * 365 * 86400, EARLY = 0x0f };

/* Is what follows the session id a list of acknowledgments? Otherwise an HMAC is there, or all is encrypted. */
static bool is_plain(const struct tl_dissection *d, uint8_t code)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (p == NULL || p[0] > ACKS_MOST)
        return false;
    uint32_t size = 1 + p[0] * 4u + (p[0] > 0 ? 8 : 0) + (code == ACKNOWLEDGMENT ? 0 : 4);
    if (left < size || (code == ACKNOWLEDGMENT && left != size))
        return false;
    return code == CONTROL || code == SOFT_RESET || left == size;
}

/*
 * Are a packet id and a time `off` bytes ahead? Ids count from 1; in a client's first one the highest byte may say that it
 * can go on without state. The time is some years from the capture's at most: a tunnel may be old, and clocks wrong.
 */
static bool is_stamped(const struct tl_dissection *d, uint32_t off)
{
    const uint8_t *p = tl_cursor_peek(&d->c, off, STAMP);
    if (p == NULL)
        return false;
    uint32_t id = tl_load_be32(p);
    int64_t apart = (int64_t)tl_load_be32(p + 4) - d->frame->ts / 1000000000;
    return id != 0 && (id < REPLAYS_MOST || id >> 24 == EARLY) && apart > -APART_MOST && apart < APART_MOST;
}

/* Returns the bytes of the HMAC of tls-auth (SHA-1, SHA-256, SHA-512, MD5), or 0. */
static uint32_t hmac_of(const struct tl_dissection *d)
{
    static const uint8_t sizes[] = { 20, 32, 64, 16 };
    for (unsigned i = 0; i < TL_COUNT(sizes); i++)
        if (is_stamped(d, sizes[i]))
            return sizes[i];
    return 0;
}

static void stamp(struct tl_dissection *d)
{
    tl_u32(d, REPLAY);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    if (p != NULL)
        tl_add(d, NET_TIME, d->c.off, 4, (uint64_t)tl_load_be32(p) * 1000000000);
    tl_skip(d, 4);
}

static void control(struct tl_dissection *d, uint8_t code)
{
    tl_u64(d, SESSION);
    if (!tl_ok(d))
        return;
    if (tl_cursor_wire_left(&d->c) >= STAMP + TAG && is_stamped(d, 0)) { /* tls-crypt */
        stamp(d);
        tl_run_left(d, AUTHENTICATED);
        return;
    }
    uint32_t hmac = hmac_of(d);
    if (hmac != 0) {
        tl_run(d, HMAC, hmac);
        stamp(d);
    }
    if (!is_plain(d, code)) {
        tl_run_left(d, AUTHENTICATED);
        return;
    }
    unsigned count = tl_u8(d, ACKS);
    bool any = count > 0;
    for (; count > 0 && tl_ok(d); count--)
        tl_u32(d, ACK);
    if (any)
        tl_u64(d, REMOTE);
    if (code != ACKNOWLEDGMENT)
        tl_u32(d, MESSAGE_ID);
    tl_run_left(d, DATA);
}

static void packet(struct tl_dissection *d)
{
    uint8_t code = (uint8_t)(tl_flags8(d, TYPE, KEY) >> 3);
    if (!tl_ok(d))
        return;
    if (code == DATA_2)
        tl_u24(d, PEER);
    if (code == DATA_1 || code == DATA_2) {
        if (tl_cursor_left(&d->c) > 0)
            tl_run(d, DATA, tl_cursor_left(&d->c));
        return;
    }
    control(d, code);
}

static enum tl_status openvpn_dissect(struct tl_dissection *d)
{
    packet(d);
    if (tl_ok(d))
        tl_confirm(d);
    return tl_next_none(d);
}

/* A first packet: a reset of a client or a server with key 0, long enough for a session id and the rest. */
static bool is_reset(const uint8_t *p, uint32_t size)
{
    return (p[0] == CLIENT_2 << 3 || p[0] == SERVER_2 << 3 || p[0] == CLIENT_3 << 3) && size >= 14;
}

static struct tl_want openvpn_stream(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_want length = { TL_WANT_BYTES, 3, NULL }, nothing = { TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN)
        return length;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 3);
    if (s->event != TL_EV_UNIT || p == NULL)
        return nothing;
    uint32_t len = tl_load_be16(p);
    if (len == 0 || p[2] >> 3 == 0 || p[2] >> 3 > LAST)
        return nothing;
    if (tl_cursor_left(&d->c) < 2 + len)
        return (struct tl_want){ TL_WANT_BYTES, 2 + len, NULL };
    tl_message(d);
    tl_u16(d, LENGTH);
    struct tl_part part = tl_part_begin(d, len);
    packet(d);
    if (tl_ok(d))
        tl_confirm(d);
    tl_part_end(d, part);
    return length;
}

static enum tl_probe openvpn_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 3);
    if (p == NULL)
        return d->flow.stream && d->flow.home && tl_cursor_left(&c) > 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (d->flow.stream)
        return is_reset(p + 2, tl_load_be16(p)) ? TL_PROBE_YES : TL_PROBE_NO;
    return is_reset(p, tl_cursor_wire_left(&c)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_openvpn = {
    .name = "openvpn",
    .title = "OpenVPN",
    .service = "openvpn",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 1194 }, { TL_ON_TCP_PORT, 1194 } },
    .info = "{opcode}[ session {sessionid}][ peer {peerid}][ id {mpid}]",
    .only_at_home = true,
    .probe = openvpn_probe,
    .dissect = openvpn_dissect,
    .stream = openvpn_stream,
};
