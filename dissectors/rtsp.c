/*
 * rtsp.c - Real Time Streaming Protocol (RFC 2326): requests and responses in the form of HTTP,
 * between them frames that carry the media (section 10.12). Streams over UDP are expected where SETUP names their ports.
 */
#include "core/secret_name.h"
#include "dissectors/rtp/rtp.h"
#include "dissectors/text_fields.h"
#include "dissectors/words.h"

enum { REQUEST, RESPONSE, METHOD, URL, STATUS, PHRASE, CSEQ, SESSION, TRANSPORT, CONTENT_TYPE, CONTENT_LENGTH, PUBLIC,
       RANGE,
       SERVER, AGENT, HEADER, BODY, MAGIC, CHANNEL, LENGTH, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [REQUEST] = { "rtsp.request_line", "Request", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [RESPONSE] = { "rtsp.status_line", "Response", .type = TL_TEXT },
    [METHOD] = { "rtsp.method", "Method", .type = TL_TEXT },
    [URL] = { "rtsp.url", "URL", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [STATUS] = { "rtsp.status", "Status", .type = TL_U32 },
    [PHRASE] = { "rtsp.phrase", "Reason", .type = TL_TEXT },
    [CSEQ] = { "rtsp.cseq", "Number of the request", .type = TL_U32 },
    [SESSION] = { "rtsp.session", "Session", .type = TL_TEXT },
    [TRANSPORT] = { "rtsp.transport", "Transport", .type = TL_TEXT },
    [CONTENT_TYPE] = { "rtsp.content-type", "Content type", .type = TL_TEXT },
    [CONTENT_LENGTH] = { "rtsp.content-length", "Content length", .type = TL_U32, .unit = "bytes" },
    [PUBLIC] = { "rtsp.public", "Methods of the server", .type = TL_TEXT },
    [RANGE] = { "rtsp.range", "Range", .type = TL_TEXT },
    [SERVER] = { "rtsp.server", "Server", .type = TL_TEXT },
    [AGENT] = { "rtsp.user_agent", "User agent", .type = TL_TEXT },
    [HEADER] = { "rtsp.header", "Other header", .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_HEADER },
    [BODY] = { "rtsp.body", "Body", .type = TL_TEXT, .help = "Unless it is a session description" },
    [MAGIC] = { "rtsp.magic", "Mark of a frame", .type = TL_U8, .base = TL_HEX },
    [CHANNEL] = { "rtsp.channel", "Channel", .type = TL_U8, .base = TL_HEX },
    [LENGTH] = { "rtsp.length", "Length", .type = TL_U16, .unit = "bytes" },
};

enum { PORT = 554, PORT_2 = 8554, FRAME = '$', FRAME_HEADER = 4, HEADER_MOST = 16384, MESSAGE_MOST = 131072,
       LINE_MOST = 2048,
       STREAMS = 4, CHANNELS = 8 };

enum state { BEGIN, IN_FRAME, IN_MESSAGE, SEEKING };

struct flow {
    uint8_t state[2];
    bool confirmed;
    uint8_t described;  /* streams that the last description had */
    uint8_t set_up;     /* of them, those with a SETUP that succeeded */
    uint8_t maps_len[STREAMS];
    char maps[STREAMS][TL_SDP_MAPS];
};

/* A message as read. */
struct message {
    bool request;
    struct tl_bytes line, method, transport, type;
    uint64_t status, length;
};

/* --- detection --- */

/* Is it the first line of a request or a response (section 6.1 and 7.1)? */
static bool is_first_line(struct tl_bytes line)
{
    static const char version[] = " RTSP/1.0", version_2[] = " RTSP/2.0";
    uint32_t n = 0, size = sizeof version - 1;
    if (tl_text_begins(line, "RTSP/1.0 ") || tl_text_begins(line, "RTSP/2.0 "))
        return true;
    while (n < line.len && ((line.data[n] >= 'A' && line.data[n] <= 'Z') || line.data[n] == '_'))
        n++;
    if (n < 3 || n == line.len || line.data[n] != ' ' || line.len <= n + size)
        return false;
    const uint8_t *end = line.data + line.len - size;
    return memcmp(end, version, size) == 0 || memcmp(end, version_2, size) == 0;
}

static enum tl_probe rtsp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), letters = 0;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || p == NULL || n == 0)
        return TL_PROBE_NO;
    while (letters < n && ((p[letters] >= 'A' && p[letters] <= 'Z') || p[letters] == '_'))
        letters++;
    const uint8_t *lf = memchr(p, '\n', n);
    if (lf == NULL)
        return (letters == n || p[letters] == ' ' || p[letters] == '/') && letters >= (n < 3 ? n : 3) && letters < 16 &&
                n < LINE_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_first_line(tl_without_line_end(tl_bytes_of(p, (size_t)(lf - p) + 1))) ? TL_PROBE_YES : TL_PROBE_NO;
}

/* --- messages --- */

static void header(struct tl_dissection *d, struct tl_bytes line, struct message *m)
{
    static const struct {
        const char *name;
        uint8_t field;
    } names[] = { { "session", SESSION }, { "transport", TRANSPORT }, { "content-type", CONTENT_TYPE }, { "public",
        PUBLIC },
                  { "range", RANGE }, { "server", SERVER }, { "user-agent", AGENT } };
    struct tl_bytes value = line, name = tl_take_until(&value, ':');
    uint64_t n;
    value = tl_trimmed(value);
    if (tl_text_is(name, "content-length") || tl_text_is(name, "cseq")) {
        bool cseq = name.len == 4;
        if (tl_number_of(value, UINT32_MAX, &n))
            tl_add(d, cseq ? CSEQ : CONTENT_LENGTH, (uint32_t)(value.data - d->c.base), value.len, n);
        return;
    }
    if (tl_text_is(name, "transport"))
        m->transport = value;
    if (tl_text_is(name, "content-type"))
        m->type = value;
    for (unsigned i = 0; i < TL_COUNT(names); i++)
        if (tl_text_is(name, names[i].name)) {
            tl_show_text(d, names[i].field, value);
            return;
        }
    bool secret = tl_secret_name(name);
    if (secret)
        tl_hide(d, value);
    tl_show_text(d, HEADER, secret && !d->secrets ? name : line);
}

static void first_line(struct tl_dissection *d, struct message *m)
{
    struct tl_bytes rest = m->line, word = tl_take_until(&rest, ' ');
    m->request = !tl_text_begins(m->line, "RTSP/");
    tl_show_text(d, m->request ? REQUEST : RESPONSE, m->line);
    if (m->request) {
        m->method = word;
        tl_show_text(d, METHOD, word);
        tl_show_text(d, URL, tl_take_until(&rest, ' '));
        return;
    }
    word = tl_take_until(&rest, ' ');
    if (tl_number_of(word, 999, &m->status))
        tl_add(d, STATUS, (uint32_t)(word.data - d->c.base), word.len, m->status);
    tl_show_text(d, PHRASE, tl_trimmed(rest));
}

/* Keeps the names of the payload types of each stream. */
static void remember(struct flow *f, const struct tl_sdp *sdp)
{
    f->described = f->set_up = 0;
    for (unsigned i = 0; i < sdp->count && i < STREAMS; i++) {
        f->maps_len[i] = sdp->media[i].maps_len;
        memcpy(f->maps[i], sdp->media[i].maps, f->maps_len[i]);
        f->described = (uint8_t)(i + 1);
    }
}

/* Finds the first port of a parameter in Transport: client_port=4588-4589 (section 12.39). Returns 0 if it has none. */
static uint16_t port_of(struct tl_bytes transport, const char *name)
{
    uint64_t port;
    while (transport.len > 0) {
        struct tl_bytes value = tl_take_until(&transport, ';'), word = tl_take_until(&value, '=');
        if (tl_text_is(word, name))
            return tl_number_of(value, UINT16_MAX, &port) ? (uint16_t)port : 0;
    }
    return 0;
}

/*
 * A stream over UDP that was set up: the response has the ports of both ends. Streams are set up in the order in which
 * they are described, or one alone.
 */
static void expect(struct tl_dissection *d, struct flow *f, const struct message *m, uint8_t side)
{
    uint16_t port = port_of(m->transport, "client_port");
    unsigned i = f->set_up;
    struct tl_sdp_media media = { .proto = tl_bytes_of("RTP/AVP", 7), .port = port };
    if (port == 0 || tl_text_begins(m->transport, "RTP/AVP/TCP"))
        return;
    if (i < f->described) {
        media.maps_len = f->maps_len[i];
        memcpy(media.maps, f->maps[i], media.maps_len);
        f->set_up++;
    }
    tl_rtp_expect(d, &media, side == 0 ? d->flow.resp_addr : d->flow.orig_addr, tl_bytes_of("", 0));
}

static void body(struct tl_dissection *d, struct flow *f, const struct message *m, struct tl_bytes text)
{
    struct tl_bytes rest = m->type, type = tl_take_until(&rest, ';');
    struct tl_sdp sdp;
    if (tl_text_is(type, "application/sdp")) {
        tl_sdp_read(d, text, m->line, &sdp);
        remember(f, &sdp);
    } else {
        tl_show_text(d, BODY, text);
    }
}

/* Returns the length of the header at the start of a text, with its empty line; *length: that of the body. */
static uint32_t header_of(struct tl_bytes text, uint64_t *length)
{
    struct tl_bytes rest = text, line;
    *length = 0;
    while (tl_take_line(&rest, &line) && line.len > 0) {
        struct tl_bytes value = line, name = tl_take_until(&value, ':');
        if (tl_text_is(name, "content-length") && !tl_number_of(tl_trimmed(value), UINT32_MAX, length))
            *length = 0;
    }
    return text.len - rest.len;
}

static void read_message(struct tl_dissection *d, struct flow *f, uint32_t head, uint32_t whole, uint8_t side)
{
    struct message m = { .length = whole - head };
    struct tl_bytes text = tl_bytes_of(d->c.base + d->c.off, head), line;
    tl_message(d);
    (void)tl_take_line(&text, &m.line);
    first_line(d, &m);
    while (tl_take_line(&text, &line))
        if (line.len > 0)
            header(d, line, &m);
    uint32_t off = d->c.off + head;
    tl_skip(d, whole);
    if (whole > head)
        body(d, f, &m, tl_bytes_of(d->c.base + off, whole - head));
    if (!f->confirmed && m.request != (side == 0))
        tl_turn(d);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (!m.request && m.status == 200 && m.transport.len > 0)
        expect(d, f, &m, side);
}

/* --- the stream --- */

static struct tl_want next(struct flow *f, uint8_t side)
{
    f->state[side] = BEGIN;
    return (struct tl_want){ TL_WANT_BYTES, FRAME_HEADER, NULL };
}

static struct tl_want seek(struct flow *f, uint8_t side)
{
    f->state[side] = SEEKING;
    return (struct tl_want){ TL_WANT_LINE, LINE_MOST, NULL };
}

/* A frame: mark, channel, length, a packet of RTP (even channels, as all servers number them) or RTCP. */
static void frame(struct tl_dissection *d, uint8_t side)
{
    tl_message(d);
    (void)tl_u8(d, MAGIC);
    uint8_t id = tl_u8(d, CHANNEL);
    uint16_t n = tl_u16(d, LENGTH);
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || n == 0 || id >= CHANNELS)
        return;
    struct tl_channel *channel = tl_channel_find(d, id);
    if (channel == NULL)
        channel = tl_channel_open(d, TL_CHANNEL_DATAGRAM, id, id % 2 == 0 ? &tl_protocol_rtp : &tl_protocol_rtcp);
    tl_channel_push(d, channel, side, tl_bytes_of(p, n));
}

static struct tl_want text(struct tl_dissection *d, struct flow *f, uint8_t side, bool overlong)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes all = tl_bytes_of(d->c.base + d->c.off, n), rest = all, line = { NULL, 0 };
    uint64_t length;
    if (overlong || !tl_take_line(&rest, &line) || !is_first_line(line)) {
        if (!f->confirmed)
            tl_violate(d);
        tl_hide(d, all);
        tl_skip(d, n);
        return seek(f, side);
    }
    uint32_t head = header_of(all, &length);
    uint64_t whole = head + length;
    if (whole > n && whole <= MESSAGE_MOST)
        return (struct tl_want){ TL_WANT_BYTES, whole, NULL };
    bool longer = whole > n;
    read_message(d, f, head, longer ? head : (uint32_t)whole, side);
    if (longer) /* the body is passed over */
        return (struct tl_want){ TL_WANT_BODY, whole - head, NULL };
    return next(f, side);
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, struct flow *f)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, n));
    switch ((enum state)f->state[s->side]) {
    case BEGIN:
        if (p[0] == '\r' || p[0] == '\n') {
            tl_skip(d, 1);
            return next(f, s->side);
        }
        f->state[s->side] = p[0] == FRAME ? IN_FRAME : IN_MESSAGE;
        if (p[0] == FRAME && tl_load_be16(p + 2) > 0)
            return (struct tl_want){ TL_WANT_BYTES, UINT64_C(4) + tl_load_be16(p + 2), NULL };
        if (p[0] == FRAME)
            break;
        return (struct tl_want){ TL_WANT_BLOCK, HEADER_MOST, NULL };
    case IN_FRAME:
        break;
    case IN_MESSAGE:
        return text(d, f, s->side, s->event == TL_EV_OVERLONG);
    case SEEKING: /* the header follows its first line */
        if (s->event == TL_EV_UNIT && is_first_line(line)) {
            f->state[s->side] = IN_MESSAGE;
            return (struct tl_want){ TL_WANT_BLOCK, HEADER_MOST, NULL };
        }
        tl_hide(d, tl_bytes_of(p, n));
        tl_skip(d, n);
        return seek(f, s->side);
    }
    frame(d, s->side);
    return next(f, s->side);
}

static struct tl_want rtsp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_OPEN:
        return next(f, s->side);
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        return unit(d, s, f);
    case TL_EV_RUN:
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        return next(f, s->side);
    case TL_EV_GAP:
        return seek(f, s->side);
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

const struct tl_protocol tl_protocol_rtsp = {
    .name = "rtsp",
    .title = "Real Time Streaming Protocol",
    .service = "rtsp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT }, { TL_ON_TCP_PORT, PORT_2 } },
    .info = "[{method} {url}][{status}][ {phrase}][ {transport}][Frame, channel {channel}, {rtsp.length} bytes]",
    TL_BEGINS("AZ"), .probe = rtsp_probe,
    .stream = rtsp_stream,
};
