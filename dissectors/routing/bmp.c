/*
 * bmp.c - BGP Monitoring Protocol (RFC 7854, RFC 8671, RFC 9069): what a router reports of its BGP sessions. The messages
 * of BGP in it are read as BGP, each peer in a channel of its own.
 */
#include "core/channel.h"
#include "core/part.h"
#include "dissectors/framed.h"
#include "dissectors/header.h"

extern const struct tl_protocol tl_protocol_bgp;

enum { VERSION, LENGTH, TYPE, PEER, PEER_TYPE, PEER_FLAGS, FLAG_V, FLAG_L, FLAG_A, FLAG_O, FLAG_RESERVED, LOC_RIB_FLAGS,
       FLAG_F, FLAG_LOC_RESERVED, DISTINGUISHER, UNUSED, PEER_IP4, PEER_IP6, PEER_AS, PEER_ID, SECONDS, MICROSECONDS,
       UP_IP4, UP_IP6, UP_LOCAL, UP_REMOTE, DOWN_REASON, INIT_TYPE, INIT_LENGTH, INIT_INFO, TERM_TYPE, TERM_LENGTH,
       TERM_INFO, TERM_REASON, STATS_COUNT, STATS_TYPE, STATS_LENGTH, STATS_DATA, FIELDS };

enum { ROUTE_MONITORING, STATISTICS, PEER_DOWN, PEER_UP, INITIATION, TERMINATION, ROUTE_MIRRORING };
static const struct tl_name types[] = {
    { ROUTE_MONITORING, "Route Monitoring" }, { STATISTICS, "Statistics Report" },
    { PEER_DOWN, "Peer Down Notification" }, { PEER_UP, "Peer Up Notification" }, { INITIATION, "Initiation" },
    { TERMINATION, "Termination" }, { ROUTE_MIRRORING, "Route Mirroring" }, { 0, NULL },
};
enum { LOC_RIB_PEER = 3 };
static const struct tl_name peer_types[] = {
    { 0, "Global Instance Peer" }, { 1, "RD Instance Peer" }, { 2, "Local Instance Peer" },
    { LOC_RIB_PEER, "Loc-RIB Instance Peer" }, { 0, NULL },
};
static const struct tl_name init_types[] = {
    { 0, "String" }, { 1, "sysDescr" }, { 2, "sysName" }, { 3, "VRF name" }, { 4, "Admin label" }, { 0, NULL },
};
static const struct tl_name term_types[] = { { 0, "String" }, { 1, "Reason" }, { 0, NULL } };
static const struct tl_name term_reasons[] = {
    { 0, "Administratively closed" }, { 1, "Unspecified" }, { 2, "Out of resources" }, { 3, "Redundant connection" },
    { 4, "Permanently administratively closed" }, { 0, NULL },
};
enum { LOCAL_NOTIFICATION = 1, REMOTE_NOTIFICATION = 3 };
static const struct tl_name down_reasons[] = {
    { LOCAL_NOTIFICATION, "Local system closed with a notification" }, { 2, "Local system closed" },
    { REMOTE_NOTIFICATION, "Remote system closed with a notification" }, { 4, "Remote system closed" },
    { 5, "No longer monitored" }, { 6, "Local system closed, TLVs follow" }, { 0, NULL },
};
static const struct tl_name stats[] = {
    { 0, "Prefixes rejected" }, { 1, "Duplicate prefixes" }, { 2, "Duplicate withdraws" }, { 3, "Cluster list loops" },
    { 4, "AS path loops" }, { 5, "Invalid originators" }, { 6, "AS confederation loops" }, { 7, "Routes in Adj-RIB-In" },
    { 8, "Routes in Loc-RIB" }, { 9, "Routes of a family in Adj-RIB-In" }, { 10, "Routes of a family in Loc-RIB" },
    { 11, "Updates taken as withdraws" }, { 12, "Prefixes taken as withdraws" }, { 13, "Duplicate updates" },
    { 14, "Routes in Adj-RIB-Out before policy" }, { 15, "Routes in Adj-RIB-Out after policy" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "bmp.version", "Version", .type = TL_U8 },
    [LENGTH] = { "bmp.length", "Length", .type = TL_U32, .unit = "bytes" },
    [TYPE] = { "bmp.type", "Message", .type = TL_U8, .names = types },
    [PEER] = { "bmp.peer.header", "Peer", .type = TL_GROUP },
    [PEER_TYPE] = { "bmp.peer.type", "Kind of peer", .type = TL_U8, .names = peer_types },
    [PEER_FLAGS] = { "bmp.peer.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [FLAG_V] = { "bmp.peer.flags.ipv6", "IPv6 address", .type = TL_BOOL, .mask = 0x80 },
    [FLAG_L] = { "bmp.peer.flags.post_policy", "After policy", .type = TL_BOOL, .mask = 0x40 },
    [FLAG_A] = { "bmp.peer.flags.as_path", "AS numbers of 2 bytes", .type = TL_BOOL, .mask = 0x20 },
    [FLAG_O] = { "bmp.peer.flags.adj_rib_out", "Adj-RIB-Out", .type = TL_BOOL, .mask = 0x10 },
    [FLAG_RESERVED] = { "bmp.peer.flags.reserved", "Reserved", .type = TL_U8, .mask = 0x0f },
    [LOC_RIB_FLAGS] = { "bmp.peer.flags_loc_rib", "Flags", .type = TL_U8, .base = TL_HEX },
    [FLAG_F] = { "bmp.peer.flags.loc_rib", "Filtered", .type = TL_BOOL, .mask = 0x80 },
    [FLAG_LOC_RESERVED] = { "bmp.peer.flags.loc_rib.res", "Reserved", .type = TL_U8, .mask = 0x7f },
    [DISTINGUISHER] = { "bmp.peer.distinguisher", "Distinguisher", .type = TL_BYTES },
    [UNUSED] = { "bmp.unused", "Unused", .type = TL_BYTES, .flags = TL_REPEATS },
    [PEER_IP4] = { "bmp.peer.ip.addr", "Address", .type = TL_IPV4 },
    [PEER_IP6] = { "bmp.peer.ipv6.addr", "Address", .type = TL_IPV6 },
    [PEER_AS] = { "bmp.peer.asn", "AS", .type = TL_U32 },
    [PEER_ID] = { "bmp.peer.id", "BGP identifier", .type = TL_IPV4 },
    [SECONDS] = { "bmp.peer.timestamp.sec", "Time", .type = TL_U32, .unit = "s" },
    [MICROSECONDS] = { "bmp.peer.timestamp.msec", "Microseconds", .type = TL_U32, .unit = "us" },
    [UP_IP4] = { "bmp.peer.up.ip.addr", "Local address", .type = TL_IPV4 },
    [UP_IP6] = { "bmp.peer.up.ipv6.addr", "Local address", .type = TL_IPV6 },
    [UP_LOCAL] = { "bmp.peer.up.port.local", "Local port", .type = TL_U16 },
    [UP_REMOTE] = { "bmp.peer.up.port.remote", "Remote port", .type = TL_U16 },
    [DOWN_REASON] = { "bmp.peer.down.reason", "Reason", .type = TL_U8, .names = down_reasons },
    [INIT_TYPE] = { "bmp.init.type", "Type", .type = TL_U16, .flags = TL_REPEATS, .names = init_types },
    [INIT_LENGTH] = { "bmp.init.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [INIT_INFO] = { "bmp.init.info", "Information", .type = TL_TEXT, .flags = TL_REPEATS },
    [TERM_TYPE] = { "bmp.term.type", "Type", .type = TL_U16, .flags = TL_REPEATS, .names = term_types },
    [TERM_LENGTH] = { "bmp.term.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [TERM_INFO] = { "bmp.term.info", "Information", .type = TL_TEXT, .flags = TL_REPEATS },
    [TERM_REASON] = { "bmp.term.reason", "Reason", .type = TL_U16, .flags = TL_REPEATS, .names = term_reasons },
    [STATS_COUNT] = { "bmp.stats.count", "Counters", .type = TL_U32 },
    [STATS_TYPE] = { "bmp.stats.type", "Counter", .type = TL_U16, .flags = TL_REPEATS, .names = stats },
    [STATS_LENGTH] = { "bmp.stats.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [STATS_DATA] = { "bmp.stats.value", "Value", .type = TL_U64, .flags = TL_REPEATS,
                     .help = "Of a counter of a family too" },
};

enum { PORT = 11019, HEADER = 6, VERSION_3 = 3, PEER_SIZE = 42, ADDRESS = 16, IP4_AT = 12, LEAST = 6, MOST = 1 << 17,
       COLLECTED = 16384, BGP_HEADER = 19, BGP_LENGTH_AT = 16, IPV6_FLAG = 0x80, TLVS_MOST = 1000 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

static void address(struct tl_dissection *d, bool ipv6, unsigned field4, unsigned field6)
{
    if (ipv6) {
        tl_ipv6(d, field6);
        return;
    }
    tl_run(d, UNUSED, IP4_AT);
    tl_ipv4(d, field4);
}

/* The header of a peer (section 4.2). Sets *ipv6: the address of its sessions. Returns the number of its channel. */
static uint64_t peer(struct tl_dissection *d, bool *ipv6)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, PEER_SIZE);
    uint64_t id = UINT64_C(0xcbf29ce484222325); /* FNV-1a of kind, flags, distinguisher and address */
    for (uint32_t i = 0; p != NULL && i < 2 + 8 + ADDRESS; i++)
        id = (id ^ p[i]) * UINT64_C(0x100000001b3);
    uint32_t group = tl_group(d, PEER);
    uint8_t type = tl_u8(d, PEER_TYPE), flags;
    if (type == LOC_RIB_PEER)
        flags = tl_flags8(d, LOC_RIB_FLAGS, FLAG_LOC_RESERVED);
    else
        flags = tl_flags8(d, PEER_FLAGS, FLAG_RESERVED);
    *ipv6 = type != LOC_RIB_PEER && (flags & IPV6_FLAG) != 0;
    tl_run(d, DISTINGUISHER, 8);
    address(d, *ipv6, PEER_IP4, PEER_IP6);
    (void)tl_u32(d, PEER_AS);
    tl_ipv4(d, PEER_ID);
    (void)tl_u32(d, SECONDS);
    (void)tl_u32(d, MICROSECONDS);
    tl_group_end(d, group);
    return id;
}

/* Reads the next message of BGP, of one side of the peer's session. It is the last that a layer of this one shows. */
static void bgp(struct tl_dissection *d, uint64_t id, unsigned side)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, BGP_HEADER);
    uint32_t n = p != NULL ? tl_load_be16(p + BGP_LENGTH_AT) : 0;
    if (n < BGP_HEADER || tl_cursor_left(&d->c) < n)
        return;
    tl_skip(d, n);
    struct tl_channel *channel = tl_channel_find(d, id);
    if (channel == NULL)
        channel = tl_channel_open(d, TL_CHANNEL_STREAM, id, &tl_protocol_bgp);
    tl_channel_push(d, channel, side, tl_bytes_of(p, n));
}

/* Information of an initiation or a termination: type, length, text, or a reason (sections 4.3 and 4.5). */
static void information(struct tl_dissection *d, unsigned first, bool reasons)
{
    for (unsigned i = 0; i < TLVS_MOST && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; i++) {
        uint16_t type = tl_u16(d, first), n = tl_u16(d, first + 1);
        struct tl_part part = tl_part_enter(d, n);
        if (tl_ok(d) && reasons && type == 1)
            (void)tl_u16(d, first + 3);
        else if (tl_ok(d) && n > 0)
            tl_run(d, first + 2, n);
        tl_part_leave(d, part);
    }
}

/* Counters of 4 or 8 bytes; those of a family have its 3 bytes before them (section 4.8). */
static void statistics(struct tl_dissection *d)
{
    uint32_t count = tl_u32(d, STATS_COUNT);
    for (uint32_t i = 0; i < count && i < TLVS_MOST && tl_ok(d); i++) {
        (void)tl_u16(d, STATS_TYPE);
        uint16_t n = tl_u16(d, STATS_LENGTH);
        struct tl_part part = tl_part_enter(d, n);
        if (n == 11)
            tl_skip(d, 3);
        const uint8_t *p = tl_cursor_take(&d->c, n == 4 ? 4 : n == 8 || n == 11 ? 8 : 0);
        if (p != NULL && (n == 4 || n == 8 || n == 11))
            tl_add(d, STATS_DATA, d->c.off - (n == 4 ? 4 : 8), n == 4 ? 4 : 8,
                   n == 4 ? tl_load_be32(p) : tl_load_be64(p));
        tl_part_leave(d, part);
    }
}

static void of_peer(struct tl_dissection *d, uint8_t type)
{
    bool ipv6 = false;
    uint64_t id = peer(d, &ipv6);
    if (!tl_ok(d))
        return;
    switch (type) {
    case ROUTE_MONITORING:
        bgp(d, id, 0);
        break;
    case STATISTICS:
        statistics(d);
        break;
    case PEER_UP: /* what the router sent, what the peer sent */
        address(d, ipv6, UP_IP4, UP_IP6);
        (void)tl_u16(d, UP_LOCAL);
        (void)tl_u16(d, UP_REMOTE);
        bgp(d, id, 1);
        bgp(d, id, 0);
        break;
    case PEER_DOWN: {
        uint8_t reason = tl_u8(d, DOWN_REASON);
        if (tl_ok(d) && (reason == LOCAL_NOTIFICATION || reason == REMOTE_NOTIFICATION))
            bgp(d, id, reason == LOCAL_NOTIFICATION);
        tl_channel_close(d, tl_channel_find(d, id));
        break;
    }
    default:
        break;
    }
}

static bool is_header(const uint8_t *p)
{
    uint32_t n = tl_load_be32(p + 1);
    return p[0] == VERSION_3 && n >= LEAST && n <= MOST && p[5] <= ROUTE_MIRRORING;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    (void)tl_u8(d, VERSION);
    (void)tl_u32(d, LENGTH);
    uint8_t type = tl_u8(d, TYPE);
    if (!f->confirmed && tl_ok(d))
        tl_confirm(d);
    f->confirmed = true;
    if (type == INITIATION)
        information(d, INIT_TYPE, false);
    else if (type == TERMINATION)
        information(d, TERM_TYPE, true);
    else
        of_peer(d, type);
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_be32(p + 1) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want bmp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* Elsewhere than on its port: an initiation, which begins every session, with its first information (section 3.3). */
static enum tl_probe bmp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const uint8_t start[] = { VERSION_3, 0, 0 };
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || memcmp(p, start, n < 3 ? n : 3) != 0)
        return TL_PROBE_NO;
    if (n < HEADER)
        return TL_PROBE_MAYBE;
    if (!is_header(p))
        return TL_PROBE_NO;
    if (d->flow.home)
        return TL_PROBE_YES;
    if (p[5] != INITIATION || tl_load_be32(p + 1) < HEADER + 4)
        return TL_PROBE_NO;
    if (n < HEADER + 4)
        return TL_PROBE_MAYBE;
    return tl_load_be16(p + 6) <= 2 && tl_load_be16(p + 8) + HEADER + 4u <= tl_load_be32(p + 1) ? TL_PROBE_YES
                                                                                               : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_bmp = {
    .name = "bmp",
    .title = "BGP Monitoring Protocol",
    .service = "bmp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{type}[, peer {peer.ip.addr}][, peer {peer.ipv6.addr}][ AS {peer.asn}][: {peer.down.reason}]"
            "[, {stats.count} counters][: {init.info,}][: {term.reason}]",
    TL_BEGINS("\x03\x03"), .probe = bmp_probe,
    .stream = bmp_stream,
};
