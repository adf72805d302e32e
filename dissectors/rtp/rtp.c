/*
 * rtp.c - Real-time Transport Protocol (RFC 3550 section 5.1), found by a session description, or by content: four packets
 * of one SSRC in sequence. Other protocols may share its flow (RFC 7983): RTCP, STUN, DTLS.
 */
#include "dissectors/rtp/rtp.h"

enum { VERSION, PADDING, EXT, CC, MARKER, TYPE, SEQ, TIMESTAMP, SSRC, CSRC, PROFILE, EXT_LEN, EXT_ID, EXT_DATA_LEN, EXT_DATA,
       PAYLOAD_NAME, PAYLOAD, PADDING_COUNT, MARK, FIELDS };

static const struct tl_name marks[] = { { 1, "mark" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "rtp.version", "Version", .type = TL_U8, .mask = 0xc0 },
    [PADDING] = { "rtp.padding", "Padding", .type = TL_BOOL, .mask = 0x20 },
    [EXT] = { "rtp.ext", "Extension", .type = TL_BOOL, .mask = 0x10 },
    [CC] = { "rtp.cc", "Contributing sources", .type = TL_U8, .mask = 0x0f },
    [MARKER] = { "rtp.marker", "Marker", .type = TL_BOOL, .mask = 0x80 },
    [TYPE] = { "rtp.p_type", "Payload type", .type = TL_U8, .mask = 0x7f, .names = tl_rtp_types },
    [SEQ] = { "rtp.seq", "Sequence number", .type = TL_U16 },
    [TIMESTAMP] = { "rtp.timestamp", "Timestamp", .type = TL_U32 },
    [SSRC] = { "rtp.ssrc", "Synchronization source", .type = TL_U32, .base = TL_HEX },
    [CSRC] = { "rtp.csrc.item", "Contributing source", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [PROFILE] = { "rtp.ext.profile", "Extension profile", .type = TL_U16, .base = TL_HEX },
    [EXT_LEN] = { "rtp.ext.len", "Extension length", .type = TL_U16, .unit = "words" },
    [EXT_ID] = { "rtp.ext.rfc5285.id", "Element", .type = TL_U8, .flags = TL_REPEATS },
    [EXT_DATA_LEN] = { "rtp.ext.rfc5285.len", "Length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bytes" },
    [EXT_DATA] = { "rtp.ext.rfc5285.data", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [PAYLOAD_NAME] = { "rtp.payload_name", "Payload", .type = TL_TEXT, .flags = TL_DERIVED,
                       .help = "By the session description, else by RFC 3551" },
    [PAYLOAD] = { "rtp.payload", "Payload", .type = TL_BYTES },
    [PADDING_COUNT] = { "rtp.padding.count", "Bytes of padding", .type = TL_U8 },
    [MARK] = { "rtp.line.mark", "Mark", .type = TL_U8, .flags = TL_ONLY_LINE, .names = marks },
};

enum { HEADER = 12, PROBATION = 4, TEXT_MOST = 200, CHILD_RTCP = 1, CHILD_OTHER = 2, ONE_BYTE = 0xbede, TWO_BYTES = 0x1000 };

/* --- notes --- */

struct tl_rtp_note tl_rtp_note_of(const struct tl_dissection *d)
{
    struct tl_bytes note = tl_expectation(d).note;
    struct tl_rtp_note n = { .encrypted = false };
    const uint8_t *end = note.len > 1 ? memchr(note.data + 1, 0, note.len - 1) : NULL;
    if (end == NULL)
        return n;
    n.encrypted = note.data[0] == 'E';
    n.call_id = tl_bytes_of(note.data + 1, (size_t)(end - note.data) - 1);
    n.maps = tl_bytes_of(end + 1, note.len - n.call_id.len - 2);
    return n;
}

void tl_rtp_expect(struct tl_dissection *d, const struct tl_sdp_media *media, const uint8_t *address, struct tl_bytes call_id)
{
    uint8_t note[TL_EXPECT_NOTE];
    uint32_t n = call_id.len < TEXT_MOST ? call_id.len : TEXT_MOST;
    bool rtp = false;
    for (uint32_t i = 0; i + 4 <= media->proto.len; i++)
        rtp |= memcmp(media->proto.data + i, "RTP/", 4) == 0;
    if (!rtp || memchr(media->proto.data, 'T', 1) != NULL) /* not over TCP */
        return;
    note[0] = media->encrypted ? 'E' : '-';
    if (n > 0)
        memcpy(note + 1, call_id.data, n);
    note[1 + n] = 0;
    memcpy(note + 2 + n, media->maps, media->maps_len);
    struct tl_bytes text = tl_bytes_of(note, 2u + n + media->maps_len);
    struct tl_expected_flow flow = { .ip_proto = 17, .addr = address, .port = media->port, .protocol = &tl_protocol_rtp };
    (void)tl_expect(d, &flow, text);
    flow.protocol = &tl_protocol_rtcp;
    flow.port = media->rtcp_port != 0 ? media->rtcp_port : (uint16_t)(media->port + 1);
    if (flow.port != 0 && flow.port != media->port)
        (void)tl_expect(d, &flow, text);
}

/* --- the header --- */

static void one_byte_elements(struct tl_dissection *d, uint32_t end)
{
    while (d->c.off < end && tl_ok(d)) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL || p[0] == 0) /* padding */
            continue;
        uint32_t n = (p[0] & 15u) + 1;
        if (p[0] >> 4 == 15 || n > end - d->c.off)
            break;
        tl_add(d, EXT_ID, d->c.off - 1, 1, p[0] >> 4);
        tl_add(d, EXT_DATA_LEN, d->c.off - 1, 1, n);
        tl_run(d, EXT_DATA, n);
    }
}

static void two_byte_elements(struct tl_dissection *d, uint32_t end)
{
    while (d->c.off + 2 <= end && tl_ok(d)) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
        if (p == NULL || p[0] == 0) {
            tl_skip(d, 1);
            continue;
        }
        tl_u8(d, EXT_ID);
        uint32_t n = tl_u8(d, EXT_DATA_LEN);
        if (n > end - d->c.off)
            break;
        if (n > 0)
            tl_run(d, EXT_DATA, n);
    }
}

/* Section 5.3.1, RFC 8285. */
static void extension(struct tl_dissection *d)
{
    uint16_t profile = tl_u16(d, PROFILE);
    uint32_t len = 4u * tl_u16(d, EXT_LEN);
    struct tl_part part = tl_part_enter(d, len);
    uint32_t end = d->c.off + len;
    if (tl_ok(d) && profile == ONE_BYTE)
        one_byte_elements(d, end);
    else if (tl_ok(d) && (profile & 0xfff0) == TWO_BYTES)
        two_byte_elements(d, end);
    tl_part_leave(d, part);
}

/* The header up to the payload. Returns bytes of padding at the end. */
static uint32_t header(struct tl_dissection *d, const uint8_t *p)
{
    uint32_t padding = 0;
    tl_add_all_bits(d, VERSION, CC, d->c.off, 1, p[0]);
    tl_add_all_bits(d, MARKER, TYPE, d->c.off + 1, 1, p[1]);
    if (p[1] & 0x80)
        tl_add(d, MARK, d->c.off + 1, 0, 1);
    tl_skip(d, 2);
    tl_u16(d, SEQ);
    tl_u32(d, TIMESTAMP);
    tl_u32(d, SSRC);
    for (unsigned i = 0; i < (p[0] & 15u) && tl_ok(d); i++)
        tl_u32(d, CSRC);
    if (p[0] & 0x10)
        extension(d);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (tl_ok(d) && (p[0] & 0x20) != 0 && left > 0 && left == tl_cursor_left(&d->c)) {
        padding = d->c.base[d->c.end - 1];
        padding = padding <= left ? padding : 0;
    }
    return padding;
}

/* --- flows --- */

static struct tl_rtp_stream *stream_of(struct tl_rtp_flow *f, unsigned side, uint32_t ssrc)
{
    struct tl_rtp_stream *unused = NULL;
    for (unsigned i = 0; i < TL_RTP_STREAMS; i++) {
        struct tl_rtp_stream *s = &f->streams[i];
        if (s->used && s->side == side && s->ssrc == ssrc)
            return s;
        if (!s->used && unused == NULL)
            unused = s;
    }
    if (unused != NULL)
        *unused = (struct tl_rtp_stream){ .used = true, .side = (uint8_t)side, .ssrc = ssrc, .probation = PROBATION };
    return unused;
}

/* Another protocol in the same flow. Returns false if the packet is RTP by its first byte (RFC 7983 section 7). */
static bool share(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes bytes = tl_bytes_of(d->c.base + d->c.off, n);
    bool rtcp = n >= 8 && bytes.data[1] >= 192 && bytes.data[1] <= 223 && tl_rtcp_is(bytes);
    if (n == 0 || (bytes.data[0] >> 6 == 2 && !rtcp) || n != tl_cursor_wire_left(&d->c))
        return false;
    uint64_t id = rtcp ? CHILD_RTCP : CHILD_OTHER;
    struct tl_channel *child = tl_channel_find(d, id);
    if (child == NULL)
        child = tl_channel_open(d, TL_CHANNEL_DATAGRAM, id, rtcp ? &tl_protocol_rtcp : NULL);
    tl_skip(d, n);
    tl_channel_push(d, child, d->flow.side, bytes);
    return true;
}

/* The packet belongs to the flow: by what was announced, or by its sequence. */
static bool accept(struct tl_dissection *d, struct tl_rtp_flow *f, const uint8_t *p, uint32_t payload)
{
    struct tl_rtp_note note = tl_rtp_note_of(d);
    unsigned type = p[1] & 0x7f;
    if (note.call_id.data != NULL)
        f->confirmed = true;
    struct tl_rtp_stream *s = stream_of(f, d->flow.side, tl_load_be32(p + 8));
    if (s == NULL)
        return f->confirmed;
    bool fits = tl_rtp_count(s, tl_load_be16(p + 2), tl_load_be32(p + 4), tl_rtp_type_of(&note, type).clock, type, payload,
                             d->frame->ts);
    if (!f->confirmed && s->packets > 1 && (!fits || s->first_type != type)) {
        tl_violate(d);
        return false;
    }
    if (!f->confirmed && s->probation == 0)
        f->confirmed = true;
    return f->confirmed;
}

/* The first packets of a flow may be something else: they have no layer. */
static void take_back(struct tl_dissection *d)
{
    if (d->tree == NULL || d->layer == TL_NO_NODE || d->tree->count != d->layer + 1)
        return;
    d->tree->count--;
    d->layer = TL_NO_NODE;
}

static enum tl_status rtp_dissect(struct tl_dissection *d)
{
    struct tl_rtp_flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    bool known = f == NULL || f->confirmed;
    if (known && share(d))
        return tl_next_none(d);
    if (p == NULL || p[0] >> 6 != 2) {
        if (tl_cursor_wire_left(&d->c) >= HEADER && tl_cursor_left(&d->c) > 0 && d->c.base[d->c.off] >> 6 == 2)
            tl_skip(d, HEADER); /* cut */
        else
            tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (f == NULL) /* quoted, or without memory */
        return tl_cursor_fail(&d->c, TL_NOT_MINE), tl_next_none(d);
    uint32_t head = HEADER + 4u * (p[0] & 15u), whole = tl_cursor_wire_left(&d->c);
    if (!d->frame->quoted && !accept(d, f, p, whole > head ? whole - head : 0)) {
        take_back(d);
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (!d->frame->quoted)
        tl_confirm(d);
    uint32_t padding = header(d, p);
    if (tl_wants(d, PAYLOAD_NAME)) {
        struct tl_rtp_note note = tl_rtp_note_of(d);
        struct tl_rtp_type type = tl_rtp_type_of(&note, p[1] & 0x7f);
        if (type.name.len > 0)
            tl_add_text(d, PAYLOAD_NAME, d->start + 1, 1, type.name.data, type.name.len);
    }
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (tl_ok(d) && left > padding)
        tl_run(d, PAYLOAD, left - padding);
    if (tl_ok(d) && padding > 0) {
        tl_add(d, PADDING_COUNT, d->c.end - 1, 1, padding);
        tl_skip(d, padding);
    }
    return tl_next_none(d);
}

/* --- detection --- */

/* Asked after all others: a header that could be one. Only packets in sequence make it RTP: see accept(). */
static enum tl_probe rtp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.stream || d->flow.multicast || p == NULL || (p[0] & 0xef) != 0x80 || tl_load_be32(p + 8) == 0)
        return TL_PROBE_NO;
    unsigned type = p[1] & 0x7f;
    bool usual = type == 0 || type == 3 || type == 4 || type == 8 || type == 9 || type == 18 || type == 26 ||
                 (type >= 31 && type <= 34) || type >= 96;
    if (!usual || (type >= 96 && p[1] >= 192 && p[1] <= 223) || tl_cursor_wire_left(&c) <= HEADER)
        return TL_PROBE_NO;
    return d->flow.nested || (d->flow.orig_port >= 1024 && d->flow.resp_port >= 1024) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_rtp = {
    .name = "rtp",
    .title = "Real-time Transport Protocol",
    .service = "rtp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &tl_rtp_record_def },
    .flow_size = sizeof(struct tl_rtp_flow),
    .info = "PT={p_type}, SSRC={ssrc}, Seq={seq}, Time={timestamp}[, {line.mark}]",
    TL_BEGINS("\x80\x80\x90\x90"), .probe = rtp_probe,
    .dissect = rtp_dissect,
    .finish = tl_rtp_finish,
};
