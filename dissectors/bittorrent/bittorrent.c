/* bittorrent.c - the peer protocol of BitTorrent (BEP 3; fast extension BEP 6, extensions BEP 10). */
#include "dissectors/framed.h"

enum { NAME_LENGTH, NAME, RESERVED, INFO_HASH, PEER_ID, MSG_LENGTH, MSG_TYPE, PIECE_INDEX, PIECE_BEGIN, PIECE_LENGTH,
       BITFIELD,
       DHT_PORT, EXTENDED_ID, EXTENDED, HANDSHAKE, FIELDS };

enum { CHOKE, UNCHOKE, INTERESTED, NOT_INTERESTED, HAVE, BITS, REQUEST, PIECE, CANCEL, PORT, SUGGEST = 13, HAVE_ALL,
       HAVE_NONE,
       REJECT, ALLOWED_FAST, EXTENSION = 20 };
static const struct tl_name types[] = {
    { CHOKE, "Choke" }, { UNCHOKE, "Unchoke" }, { INTERESTED, "Interested" }, { NOT_INTERESTED, "Not Interested" },
    { HAVE, "Have" }, { BITS, "Bitfield" }, { REQUEST, "Request" }, { PIECE, "Piece" }, { CANCEL, "Cancel" },
    { PORT, "Port" },
    { SUGGEST, "Suggest Piece" }, { HAVE_ALL, "Have All" }, { HAVE_NONE, "Have None" }, { REJECT, "Reject Request" },
    { ALLOWED_FAST, "Allowed Fast" }, { EXTENSION, "Extended" }, { 0, NULL },
};
static const struct tl_name extensions[] = { { 0, "Handshake" }, { 0, NULL } };
static const struct tl_name handshakes[] = { { 1, "Handshake" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [NAME_LENGTH] = { "bittorrent.protocol.name.length", "Length of the name", .type = TL_U8 },
    [NAME] = { "bittorrent.protocol.name", "Protocol", .type = TL_TEXT },
    [RESERVED] = { "bittorrent.reserved", "Extensions", .type = TL_BYTES },
    [INFO_HASH] = { "bittorrent.info_hash", "Hash of the torrent", .type = TL_BYTES },
    [PEER_ID] = { "bittorrent.peer_id", "Peer", .type = TL_BYTES },
    [MSG_LENGTH] = { "bittorrent.msg.length", "Length", .type = TL_U32, .unit = "bytes" },
    [MSG_TYPE] = { "bittorrent.msg.type", "Type", .type = TL_U8, .names = types },
    [PIECE_INDEX] = { "bittorrent.piece.index", "Piece", .type = TL_U32, .base = TL_HEX },
    [PIECE_BEGIN] = { "bittorrent.piece.begin", "Begins at", .type = TL_U32, .base = TL_HEX },
    [PIECE_LENGTH] = { "bittorrent.piece.length", "Length of the block", .type = TL_U32, .base = TL_HEX },
    [BITFIELD] = { "bittorrent.msg.bitfield", "Pieces", .type = TL_BYTES },
    [DHT_PORT] = { "bittorrent.port", "Port of the DHT", .type = TL_U16 },
    [EXTENDED_ID] = { "bittorrent.extended.id", "Extension", .type = TL_U8, .names = extensions },
    [EXTENDED] = { "bittorrent.extended", "Message of the extension", .type = TL_BYTES },
    [HANDSHAKE] = { "bittorrent.handshake", "Handshake", .type = TL_U8, .names = handshakes, .flags = TL_ONLY_LINE },
};

static const char greeting[] = "\x13" "BitTorrent protocol";
enum { GREETING = sizeof greeting - 1, HANDSHAKE_SIZE = 68, HEADER = 4, COLLECTED = 8192, MESSAGE_MOST = 1 << 22 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* Returns the length that a message of this type has with its type (0: any), or UINT32_MAX if there is no such type. */
static uint32_t length_of(uint8_t type)
{
    switch (type) {
    case CHOKE:
    case UNCHOKE:
    case INTERESTED:
    case NOT_INTERESTED:
    case HAVE_ALL:
    case HAVE_NONE:
        return 1;
    case HAVE:
    case SUGGEST:
    case ALLOWED_FAST:
        return 5;
    case REQUEST:
    case CANCEL:
    case REJECT:
        return 13;
    case PORT:
        return 3;
    case BITS:
    case PIECE:
    case EXTENSION:
        return 0;
    default:
        return UINT32_MAX;
    }
}

static void handshake(struct tl_dissection *d)
{
    tl_add(d, HANDSHAKE, d->c.off, 1, 1);
    uint8_t n = tl_u8(d, NAME_LENGTH);
    tl_run(d, NAME, n);
    tl_run(d, RESERVED, 8);
    tl_run(d, INFO_HASH, 20);
    tl_run(d, PEER_ID, 20);
}

static void content(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case HAVE:
    case SUGGEST:
    case ALLOWED_FAST:
        (void)tl_u32(d, PIECE_INDEX);
        break;
    case REQUEST:
    case CANCEL:
    case REJECT:
        (void)tl_u32(d, PIECE_INDEX);
        (void)tl_u32(d, PIECE_BEGIN);
        (void)tl_u32(d, PIECE_LENGTH);
        break;
    case PIECE:
        (void)tl_u32(d, PIECE_INDEX);
        (void)tl_u32(d, PIECE_BEGIN);
        break;
    case BITS:
        if (tl_cursor_left(&d->c) > 0)
            tl_run(d, BITFIELD, tl_cursor_left(&d->c));
        break;
    case PORT:
        (void)tl_u16(d, DHT_PORT);
        break;
    case EXTENSION:
        (void)tl_u8(d, EXTENDED_ID);
        if (tl_ok(d) && tl_cursor_left(&d->c) > 0)
            tl_run(d, EXTENDED, tl_cursor_left(&d->c));
        break;
    default:
        break;
    }
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    (void)s;
    tl_message(d);
    if (p != NULL && memcmp(p, greeting, HEADER) == 0) {
        handshake(d);
        if (!f->confirmed)
            tl_confirm(d);
        f->confirmed = true;
        return tl_framed_next;
    }
    uint32_t length = tl_u32(d, MSG_LENGTH);
    if (length > 0) { /* 0: to keep the connection alive */
        uint8_t type = tl_u8(d, MSG_TYPE);
        content(d, type);
    }
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint32_t size = tl_load_be32(p);
    (void)d;
    (void)s;
    (void)n;
    if (memcmp(p, greeting, HEADER) == 0)
        return HANDSHAKE_SIZE;
    return size <= MESSAGE_MOST ? UINT64_C(4) + size : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    if (bytes.len < HEADER + 1)
        return false;
    uint32_t size = tl_load_be32(bytes.data), due = length_of(bytes.data[4]);
    if (due != 0)
        return size == due;
    return size > 8 && size <= (bytes.data[4] == PIECE ? 9u + (1 << 17) : 1u << 16);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want bittorrent_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe bittorrent_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || memcmp(p, greeting, n < GREETING ? n : GREETING) != 0)
        return TL_PROBE_NO;
    return n < GREETING ? TL_PROBE_MAYBE : TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_bittorrent = {
    .name = "bittorrent",
    .title = "BitTorrent",
    .service = "bittorrent",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 6881 } },
    .info = "[{handshake}, torrent {info_hash}][{msg.type}][ {extended.id}][, piece {piece.index}][ at {piece.begin}]"
            "[, {piece.length} bytes][, port {bittorrent.port}]",
    TL_BEGINS("\x13\x13"), .probe = bittorrent_probe,
    .stream = bittorrent_stream,
};
