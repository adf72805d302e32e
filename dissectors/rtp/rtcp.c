/* rtcp.c - RTP Control Protocol (RFC 3550 section 6; feedback: RFC 4585): reports, names of sources, goodbyes. */
#include "dissectors/rtp/rtp.h"

#include "core/time.h"

enum { PACKET, VERSION, PADDING, RC, SC, TYPE, LENGTH, SENDER, NTP_HIGH, NTP_LOW, RTP_TIME, SENT_PACKETS, SENT_BYTES, SOURCE,
       FRACTION, LOST, EXT_HIGH, CYCLES, HIGH_SEQ, JITTER, LSR, DLSR, SDES_TYPE, SDES_LEN, SDES_TEXT, SUBTYPE,
       APP_NAME, APP_DATA, FEEDBACK, PS_FEEDBACK, MEDIA, FCI, DATA, FIELDS };

static const struct tl_name types[] = {
    { 192, "Full INTRA-frame request" }, { 193, "Negative acknowledgement" }, { 200, "Sender report" },
    { 201, "Receiver report" }, { 202, "Source description" }, { 203, "Goodbye" }, { 204, "Application" },
    { 205, "Transport feedback" }, { 206, "Payload feedback" }, { 207, "Extended report" }, { 0, NULL },
};
static const struct tl_name items[] = {
    { 0, "END" }, { 1, "CNAME" }, { 2, "NAME" }, { 3, "EMAIL" }, { 4, "PHONE" }, { 5, "LOC" }, { 6, "TOOL" }, { 7, "NOTE" },
    { 8, "PRIV" }, { 0, NULL },
};
static const struct tl_name feedbacks[] = {
    { 1, "NACK" }, { 3, "TMMBR" }, { 4, "TMMBN" }, { 5, "SR request" }, { 15, "Transport-wide congestion control" }, { 0, NULL },
};
static const struct tl_name ps_feedbacks[] = {
    { 1, "Picture loss" }, { 2, "Slice loss" }, { 3, "Reference picture selection" }, { 4, "Full intra request" },
    { 5, "Temporal-spatial trade-off" }, { 15, "Application layer" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [PACKET] = { "rtcp.packet", "Packet", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{pt}" },
    [VERSION] = { "rtcp.version", "Version", .type = TL_U8, .mask = 0xc0, .flags = TL_REPEATS },
    [PADDING] = { "rtcp.padding", "Padding", .type = TL_BOOL, .mask = 0x20, .flags = TL_REPEATS },
    [RC] = { "rtcp.rc", "Report blocks", .type = TL_U8, .mask = 0x1f, .flags = TL_REPEATS },
    [SC] = { "rtcp.sc", "Sources", .type = TL_U8, .mask = 0x1f, .flags = TL_REPEATS },
    [TYPE] = { "rtcp.pt", "Type", .type = TL_U8, .names = types, .flags = TL_REPEATS },
    [LENGTH] = { "rtcp.length", "Length", .type = TL_U16, .unit = "words", .flags = TL_REPEATS },
    [SENDER] = { "rtcp.senderssrc", "Sender", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [NTP_HIGH] = { "rtcp.timestamp.ntp.msw", "NTP time, seconds", .type = TL_U32, .flags = TL_REPEATS },
    [NTP_LOW] = { "rtcp.timestamp.ntp.lsw", "NTP time, fraction", .type = TL_U32, .flags = TL_REPEATS },
    [RTP_TIME] = { "rtcp.timestamp.rtp", "RTP timestamp", .type = TL_U32, .flags = TL_REPEATS },
    [SENT_PACKETS] = { "rtcp.sender.packetcount", "Packets sent", .type = TL_U32, .flags = TL_REPEATS },
    [SENT_BYTES] = { "rtcp.sender.octetcount", "Bytes sent", .type = TL_U32, .flags = TL_REPEATS },
    [SOURCE] = { "rtcp.ssrc.identifier", "Source", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [FRACTION] = { "rtcp.ssrc.fraction", "Lost since the last report", .type = TL_U8, .flags = TL_REPEATS,
                   .help = "In 256ths" },
    [LOST] = { "rtcp.ssrc.cum_nr", "Lost packets", .type = TL_I32, .flags = TL_REPEATS },
    [EXT_HIGH] = { "rtcp.ssrc.ext_high", "Highest sequence number, extended", .type = TL_U32, .flags = TL_REPEATS },
    [CYCLES] = { "rtcp.ssrc.high_cycles", "Cycles", .type = TL_U16, .flags = TL_REPEATS },
    [HIGH_SEQ] = { "rtcp.ssrc.high_seq", "Highest sequence number", .type = TL_U16, .flags = TL_REPEATS },
    [JITTER] = { "rtcp.ssrc.jitter", "Jitter", .type = TL_U32, .flags = TL_REPEATS, .help = "In units of the clock" },
    [LSR] = { "rtcp.ssrc.lsr", "Time of the last sender report", .type = TL_U32, .flags = TL_REPEATS },
    [DLSR] = { "rtcp.ssrc.dlsr", "Delay since the last sender report", .type = TL_U32, .flags = TL_REPEATS,
               .unit = "1/65536 s" },
    [SDES_TYPE] = { "rtcp.sdes.type", "Item", .type = TL_U8, .names = items, .flags = TL_REPEATS },
    [SDES_LEN] = { "rtcp.sdes.length", "Length", .type = TL_U32, .flags = TL_REPEATS, .unit = "bytes" },
    [SDES_TEXT] = { "rtcp.sdes.text", "Text", .type = TL_TEXT, .flags = TL_REPEATS },
    [SUBTYPE] = { "rtcp.app.subtype", "Subtype", .type = TL_U8, .mask = 0x1f, .flags = TL_REPEATS },
    [APP_NAME] = { "rtcp.app.name", "Application", .type = TL_TEXT, .flags = TL_REPEATS },
    [APP_DATA] = { "rtcp.app.data", "Data of the application", .type = TL_BYTES, .flags = TL_REPEATS },
    [FEEDBACK] = { "rtcp.rtpfb.fmt", "Feedback", .type = TL_U8, .mask = 0x1f, .names = feedbacks, .flags = TL_REPEATS },
    [PS_FEEDBACK] = { "rtcp.psfb.fmt", "Feedback", .type = TL_U8, .mask = 0x1f, .names = ps_feedbacks, .flags = TL_REPEATS },
    [MEDIA] = { "rtcp.mediassrc", "Source of the media", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [FCI] = { "rtcp.fci", "Feedback information", .type = TL_BYTES, .flags = TL_REPEATS },
    [DATA] = { "rtcp.data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
};

enum { SR = 200, RR, SDES, BYE, APP, RTPFB, PSFB, XR, BLOCK = 24, CNAME = 1 };

bool tl_rtcp_is(struct tl_bytes bytes)
{
    bool first = true;
    while (bytes.len >= 4) {
        uint32_t n = 4u * (tl_load_be16(bytes.data + 2) + 1u);
        uint8_t type = bytes.data[1];
        if (bytes.data[0] >> 6 != 2 || type < 192 || type > 223 || n > bytes.len || (first && type != SR && type != RR &&
            type != RTPFB && type != PSFB && type != BYE && type != APP && type != XR && type != SDES))
            return false;
        bytes = tl_bytes_of(bytes.data + n, bytes.len - n);
        first = false;
    }
    return !first && bytes.len == 0;
}

static struct tl_rtcp_source *source_of(struct tl_rtcp_flow *f, uint32_t ssrc)
{
    for (unsigned i = 0; i < TL_RTCP_REPORTS; i++) {
        struct tl_rtcp_source *s = &f->sources[i];
        if (!s->used)
            *s = (struct tl_rtcp_source){ .used = true, .ssrc = ssrc };
        if (s->ssrc == ssrc)
            return s;
    }
    return NULL;
}

/* Section 6.4.1: the time from a sender report to a report about it, less what the receiver waited. */
static void remember(const struct tl_dissection *d, struct tl_rtcp_flow *f, uint32_t ssrc, int32_t lost, uint32_t jitter,
                     uint32_t lsr, uint32_t dlsr)
{
    struct tl_rtcp_source *s = source_of(f, ssrc);
    unsigned other = d->flow.side ^ 1u;
    if (s == NULL)
        return;
    s->reported = true;
    s->lost = lost;
    s->jitter = jitter;
    if (lsr != 0 && f->sent[other].seen && f->sent[other].middle == lsr) {
        int64_t rtt = tl_time_between(f->sent[other].ts, d->frame->ts) - (int64_t)((uint64_t)dlsr * 1000000000 >> 16);
        s->has_rtt = rtt >= 0;
        s->rtt = rtt;
    }
}

static void report(struct tl_dissection *d, struct tl_rtcp_flow *f)
{
    uint32_t ssrc = tl_u32(d, SOURCE);
    tl_u8(d, FRACTION);
    const uint8_t *p = tl_cursor_take(&d->c, 3);
    int32_t lost = p != NULL ? (int32_t)(tl_load_be24(p) << 8) >> 8 : 0;
    if (p != NULL)
        tl_add(d, LOST, d->c.off - 3, 3, (uint64_t)(int64_t)lost);
    uint32_t high = tl_u32(d, EXT_HIGH);
    if (tl_ok(d)) {
        tl_add(d, CYCLES, d->c.off - 4, 2, high >> 16);
        tl_add(d, HIGH_SEQ, d->c.off - 2, 2, high & 0xffff);
    }
    uint32_t jitter = tl_u32(d, JITTER), lsr = tl_u32(d, LSR), dlsr = tl_u32(d, DLSR);
    if (tl_ok(d) && f != NULL && !d->frame->quoted)
        remember(d, f, ssrc, lost, jitter, lsr, dlsr);
}

static void sender_report(struct tl_dissection *d, struct tl_rtcp_flow *f)
{
    uint32_t high = tl_u32(d, NTP_HIGH), low = tl_u32(d, NTP_LOW);
    tl_u32(d, RTP_TIME);
    tl_u32(d, SENT_PACKETS);
    tl_u32(d, SENT_BYTES);
    if (tl_ok(d) && f != NULL && !d->frame->quoted) {
        f->sent[d->flow.side].middle = high << 16 | low >> 16;
        f->sent[d->flow.side].ts = d->frame->ts;
        f->sent[d->flow.side].seen = true;
    }
}

/* Section 6.5: for each source its items, ended by a zero, padded to a word. */
static void description(struct tl_dissection *d, struct tl_rtcp_flow *f, unsigned count)
{
    for (unsigned i = 0; i < count && tl_ok(d); i++) {
        uint32_t from = d->c.off, ssrc = tl_u32(d, SOURCE);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
            uint8_t type = tl_u8(d, SDES_TYPE);
            if (type == 0)
                break;
            uint32_t n = tl_u8(d, SDES_LEN);
            const uint8_t *text = n > 0 ? tl_run(d, SDES_TEXT, n) : NULL;
            struct tl_rtcp_source *s = type == CNAME && text != NULL && f != NULL ? source_of(f, ssrc) : NULL;
            if (s != NULL && s->name_len == 0) {
                s->name_len = (uint8_t)(n < TL_RTCP_NAME ? n : TL_RTCP_NAME);
                memcpy(s->name, text, s->name_len);
            }
        }
        uint32_t padding = (4 - (d->c.off - from) % 4) % 4;
        if (tl_ok(d) && padding <= tl_cursor_wire_left(&d->c))
            tl_skip(d, padding);
    }
}

static void goodbye(struct tl_dissection *d, unsigned count)
{
    for (unsigned i = 0; i < count && tl_ok(d); i++)
        tl_u32(d, SOURCE);
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return;
    uint32_t n = tl_u8(d, SDES_LEN);
    if (n > 0)
        tl_run(d, SDES_TEXT, n);
}

static void rest(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

static void body(struct tl_dissection *d, struct tl_rtcp_flow *f, uint8_t type, unsigned count)
{
    switch (type) {
    case SR:
    case RR:
        tl_u32(d, SENDER);
        if (type == SR)
            sender_report(d, f);
        for (unsigned i = 0; i < count && tl_ok(d); i++)
            report(d, f);
        break;
    case SDES: description(d, f, count); break;
    case BYE: goodbye(d, count); break;
    case APP:
        tl_u32(d, SOURCE);
        tl_run(d, APP_NAME, 4);
        rest(d, APP_DATA);
        break;
    case RTPFB:
    case PSFB:
        tl_u32(d, SENDER);
        tl_u32(d, MEDIA);
        rest(d, FCI);
        break;
    case XR:
        tl_u32(d, SENDER);
        rest(d, DATA);
        break;
    default: rest(d, DATA); break;
    }
}

static unsigned count_field(uint8_t type)
{
    return type == SDES || type == BYE ? SC : type == APP ? SUBTYPE : type == RTPFB ? FEEDBACK : type == PSFB ? PS_FEEDBACK : RC;
}

static void packet(struct tl_dissection *d, struct tl_rtcp_flow *f)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    const uint8_t *type = tl_cursor_peek(&d->c, 0, 1);
    if (p == NULL || type == NULL) {
        tl_skip(d, 1);
        return;
    }
    tl_add_all_bits(d, VERSION, PADDING, d->c.off - 1, 1, p[0]);
    tl_add_bits(d, count_field(type[0]), d->c.off - 1, 1, p[0]);
    tl_u8(d, TYPE);
    uint32_t len = 4u * tl_u16(d, LENGTH);
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d))
        body(d, f, type[0], p[0] & 0x1f);
    tl_part_leave(d, part);
}

static enum tl_status rtcp_dissect(struct tl_dissection *d)
{
    struct tl_rtcp_flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL || p[0] >> 6 != 2 || p[1] < 192 || p[1] > 223) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        const uint8_t *next = tl_cursor_peek(&d->c, 0, 1);
        if (next != NULL && next[0] >> 6 != 2)
            break; /* encrypted, or the index and tag of SRTCP (RFC 3711 section 3.4) */
        uint32_t group = tl_group(d, PACKET);
        packet(d, f);
        tl_group_end(d, group);
    }
    if (tl_ok(d))
        rest(d, DATA);
    if (f != NULL && !f->confirmed && !d->frame->quoted) {
        f->confirmed = true;
        tl_confirm(d);
    }
    return tl_next_none(d);
}

/* A first packet that is a report, and lengths that reach the end exactly. */
static enum tl_probe rtcp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, 8);
    if (d->flow.stream || p == NULL || p[0] >> 6 != 2 || (p[1] != SR && p[1] != RR) || tl_load_be32(p + 4) == 0)
        return TL_PROBE_NO;
    uint32_t least = 4 + (p[1] == SR ? 24u : 4u) + BLOCK * (p[0] & 0x1fu);
    if (4u * (tl_load_be16(p + 2) + 1u) < least || (p[0] & 0x20) != 0)
        return TL_PROBE_NO;
    return tl_rtcp_is(tl_bytes_of(p, n)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_rtcp = {
    .name = "rtcp",
    .title = "Real-time Transport Control Protocol",
    .service = "rtcp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct tl_rtcp_flow),
    .info = "{pt,}[, {senderssrc}]",
    TL_BEGINS("\x80\x9f"), .probe = rtcp_probe,
    .dissect = rtcp_dissect,
};
