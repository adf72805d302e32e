/* bt_tracker.c - trackers of BitTorrent over UDP (BEP 15). */
#include "core/dissect.h"

enum { CONNECTION, ACTION, TRANSACTION, INFO_HASH, PEER_ID, DOWNLOADED, LEFT, UPLOADED, EVENT, IP, KEY, WANTED, PORT,
       INTERVAL,
       LEECHERS, SEEDERS, PEER_IP, PEER_IP6, PEER_PORT, COMPLETED, MESSAGE, REQUEST, FIELDS };

enum { CONNECT, ANNOUNCE, SCRAPE, ERROR };
static const struct tl_name actions[] = { { CONNECT, "Connect" }, { ANNOUNCE, "Announce" }, { SCRAPE, "Scrape" },
                                          { ERROR, "Error" }, { 0, NULL } };
static const struct tl_name events[] = {
    { 0, "none" }, { 1, "completed" }, { 2, "started" }, { 3, "stopped" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [CONNECTION] = { "bt-tracker.connection_id", "Connection", .type = TL_U64, .base = TL_HEX },
    [ACTION] = { "bt-tracker.action", "Action", .type = TL_U32, .names = actions },
    [TRANSACTION] = { "bt-tracker.transaction_id", "Transaction", .type = TL_U32, .base = TL_HEX },
    [INFO_HASH] = { "bt-tracker.info_hash", "Hash of the torrent", .type = TL_BYTES, .flags = TL_REPEATS },
    [PEER_ID] = { "bt-tracker.peer_id", "Peer", .type = TL_BYTES },
    [DOWNLOADED] = { "bt-tracker.downloaded", "Downloaded", .type = TL_U64, .unit = "bytes" },
    [LEFT] = { "bt-tracker.left", "Left", .type = TL_U64, .unit = "bytes" },
    [UPLOADED] = { "bt-tracker.uploaded", "Uploaded", .type = TL_U64, .unit = "bytes" },
    [EVENT] = { "bt-tracker.event", "Event", .type = TL_U32, .names = events },
    [IP] = { "bt-tracker.ip_address", "Address to give to others", .type = TL_IPV4 },
    [KEY] = { "bt-tracker.key", "Key", .type = TL_U32, .base = TL_HEX },
    [WANTED] = { "bt-tracker.num_want", "Peers wanted", .type = TL_I32 },
    [PORT] = { "bt-tracker.port", "Port", .type = TL_U16 },
    [INTERVAL] = { "bt-tracker.interval", "Interval", .type = TL_U32, .unit = "s" },
    [LEECHERS] = { "bt-tracker.leechers", "Leechers", .type = TL_U32, .flags = TL_REPEATS },
    [SEEDERS] = { "bt-tracker.seeders", "Seeders", .type = TL_U32, .flags = TL_REPEATS },
    [PEER_IP] = { "bt-tracker.tr_ip", "Address of a peer", .type = TL_IPV4, .flags = TL_REPEATS },
    [PEER_IP6] = { "bt-tracker.tr_ip6", "Address of a peer", .type = TL_IPV6, .flags = TL_REPEATS },
    [PEER_PORT] = { "bt-tracker.tr_port", "Port of a peer", .type = TL_U16, .flags = TL_REPEATS },
    [COMPLETED] = { "bt-tracker.completed", "Downloads completed", .type = TL_U32, .flags = TL_REPEATS },
    [MESSAGE] = { "bt-tracker.message", "Error", .type = TL_TEXT },
    [REQUEST] = { "bt-tracker.msg_type", "Kind", .type = TL_TEXT, .flags = TL_DERIVED },
};

enum { CONNECT_SIZE = 16, ANNOUNCE_SIZE = 98, HASH = 20, RESPONSE = 8 };
static const uint8_t magic[8] = { 0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80 };

struct flow {
    bool confirmed;
};

static bool is_connect(const uint8_t *p, uint32_t n)
{
    return n == CONNECT_SIZE && memcmp(p, magic, sizeof magic) == 0 && tl_load_be32(p + 8) == CONNECT;
}

static void kind(struct tl_dissection *d, const char *text)
{
    if (tl_wants(d, REQUEST))
        tl_add_text(d, REQUEST, d->c.off, 0, text, (uint32_t)strlen(text));
}

static void announce(struct tl_dissection *d)
{
    tl_run(d, INFO_HASH, HASH);
    tl_run(d, PEER_ID, HASH);
    (void)tl_u64(d, DOWNLOADED);
    (void)tl_u64(d, LEFT);
    (void)tl_u64(d, UPLOADED);
    (void)tl_u32(d, EVENT);
    (void)tl_ipv4(d, IP);
    (void)tl_u32(d, KEY);
    (void)tl_u32(d, WANTED);
    (void)tl_u16(d, PORT);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) /* extensions (BEP 41) */
        tl_skip(d, tl_cursor_wire_left(&d->c));
}

static void request(struct tl_dissection *d)
{
    kind(d, "request");
    (void)tl_u64(d, CONNECTION);
    uint32_t action = tl_u32(d, ACTION);
    (void)tl_u32(d, TRANSACTION);
    if (action == ANNOUNCE)
        announce(d);
    while (action == SCRAPE && tl_ok(d) && tl_cursor_wire_left(&d->c) >= HASH)
        tl_run(d, INFO_HASH, HASH);
}

static void response(struct tl_dissection *d)
{
    uint32_t size = d->flow.version == 6 ? 16 : 4;
    kind(d, "response");
    uint32_t action = tl_u32(d, ACTION);
    (void)tl_u32(d, TRANSACTION);
    switch (action) {
    case CONNECT:
        (void)tl_u64(d, CONNECTION);
        break;
    case ANNOUNCE:
        (void)tl_u32(d, INTERVAL);
        (void)tl_u32(d, LEECHERS);
        (void)tl_u32(d, SEEDERS);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= size + 2) {
            tl_run(d, size == 4 ? PEER_IP : PEER_IP6, size);
            (void)tl_u16(d, PEER_PORT);
        }
        break;
    case SCRAPE:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 12) {
            (void)tl_u32(d, SEEDERS);
            (void)tl_u32(d, COMPLETED);
            (void)tl_u32(d, LEECHERS);
        }
        break;
    case ERROR:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_run(d, MESSAGE, tl_cursor_wire_left(&d->c));
        break;
    default:
        tl_bad(d);
        break;
    }
}

static enum tl_status bt_tracker_dissect(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    bool first = f == NULL || !f->confirmed;
    if (p == NULL || (first && !is_connect(p, n))) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (first && f != NULL) {
        if (d->flow.side != 0)
            tl_turn(d);
        tl_confirm(d);
        f->confirmed = true;
    }
    if (first || d->flow.side == 0)
        request(d);
    else
        response(d);
    return tl_next_none(d);
}

/* Only the request that begins a flow has a constant in it. */
static enum tl_probe bt_tracker_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    return !d->flow.stream && p != NULL && is_connect(p, n) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_bt_tracker = {
    .name = "bt-tracker",
    .title = "BitTorrent Tracker",
    .service = "bt-tracker",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_MESSAGES,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .info = "{action} {msg_type}[ for {info_hash}][, {event}][, {leechers} leechers][, {seeders} seeders][: {message}]",
    TL_BEGINS("\0\0"), .probe = bt_tracker_probe,
    .dissect = bt_tracker_dissect,
};
