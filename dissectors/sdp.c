/*
 * sdp.c - Session Description Protocol (RFC 8866): lines of a letter, "=" and a value. It has no flow of its own: SIP and
 * RTSP carry it.
 *
 * The keys of SRTP in a=crypto (RFC 4568) and in k= are secrets.
 */
#include "dissectors/sdp.h"

#include <arpa/inet.h>

extern const struct tl_protocol tl_protocol_sdp;

enum {
    VERSION, OWNER, USERNAME, SESSION_ID, SESSION_VERSION, OWNER_NET, OWNER_TYPE, OWNER_ADDRESS, SESSION_NAME, INFO, URI,
    EMAIL, PHONE, CONNECTION, CONNECTION_NET, CONNECTION_TYPE, CONNECTION_ADDRESS, BANDWIDTH, BANDWIDTH_MODIFIER,
    BANDWIDTH_VALUE, TIME, START, STOP, REPEAT, ZONE, SESSION_ATTR, SESSION_FIELD, SESSION_VALUE, MEDIA, MEDIA_TYPE,
    MEDIA_PORT, MEDIA_PROTO, MEDIA_FORMAT, MEDIA_TITLE, MEDIA_ATTR, MEDIA_FIELD, MEDIA_VALUE, MIME_TYPE, SAMPLE_RATE,
    UNKNOWN, LINE, FIELDS
};

#define TEXT(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS }
static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "sdp.version", "Version", .type = TL_TEXT },
    [OWNER] = { "sdp.owner", "Origin", .type = TL_TEXT },
    [USERNAME] = { "sdp.owner.username", "User", .type = TL_TEXT },
    [SESSION_ID] = { "sdp.owner.sessionid", "Session id", .type = TL_TEXT },
    [SESSION_VERSION] = { "sdp.owner.version", "Session version", .type = TL_TEXT },
    [OWNER_NET] = { "sdp.owner.network_type", "Network type", .type = TL_TEXT },
    [OWNER_TYPE] = { "sdp.owner.address_type", "Address type", .type = TL_TEXT },
    [OWNER_ADDRESS] = { "sdp.owner.address", "Address", .type = TL_TEXT },
    [SESSION_NAME] = { "sdp.session_name", "Session name", .type = TL_TEXT },
    [INFO] = { "sdp.session_info", "Session information", .type = TL_TEXT },
    [URI] = { "sdp.uri", "URI", .type = TL_TEXT },
    [EMAIL] = TEXT("sdp.email", "Mail address"),
    [PHONE] = TEXT("sdp.phone", "Phone number"),
    [CONNECTION] = TEXT("sdp.connection_info", "Connection"),
    [CONNECTION_NET] = TEXT("sdp.connection_info.network_type", "Network type"),
    [CONNECTION_TYPE] = TEXT("sdp.connection_info.address_type", "Address type"),
    [CONNECTION_ADDRESS] = TEXT("sdp.connection_info.address", "Address"),
    [BANDWIDTH] = TEXT("sdp.bandwidth", "Bandwidth"),
    [BANDWIDTH_MODIFIER] = TEXT("sdp.bandwidth.modifier", "Kind of bandwidth"),
    [BANDWIDTH_VALUE] = TEXT("sdp.bandwidth.value", "Bandwidth"),
    [TIME] = TEXT("sdp.time", "Time"),
    [START] = TEXT("sdp.time.start", "Start"),
    [STOP] = TEXT("sdp.time.stop", "Stop"),
    [REPEAT] = TEXT("sdp.repeat_time", "Repeats"),
    [ZONE] = { "sdp.timezone", "Time zones", .type = TL_TEXT },
    [SESSION_ATTR] = TEXT("sdp.session_attr", "Session attribute"),
    [SESSION_FIELD] = TEXT("sdp.session_attr.field", "Name"),
    [SESSION_VALUE] = TEXT("sdp.session_attr.value", "Value"),
    [MEDIA] = TEXT("sdp.media", "Stream"),
    [MEDIA_TYPE] = TEXT("sdp.media.media", "Kind"),
    [MEDIA_PORT] = { "sdp.media.port", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [MEDIA_PROTO] = TEXT("sdp.media.proto", "Transport"),
    [MEDIA_FORMAT] = TEXT("sdp.media.format", "Format"),
    [MEDIA_TITLE] = TEXT("sdp.media_title", "Title of the stream"),
    [MEDIA_ATTR] = TEXT("sdp.media_attr", "Attribute"),
    [MEDIA_FIELD] = TEXT("sdp.media_attribute.field", "Name"),
    [MEDIA_VALUE] = TEXT("sdp.media_attribute.value", "Value"),
    [MIME_TYPE] = TEXT("sdp.mime.type", "Name of the format"),
    [SAMPLE_RATE] = TEXT("sdp.sample_rate", "Clock rate"),
    [UNKNOWN] = TEXT("sdp.unknown", "Unknown line"),
    [LINE] = { "sdp.line", "Message", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};
#undef TEXT

unsigned tl_sdp_address(struct tl_bytes text, uint8_t out[16])
{
    char room[INET6_ADDRSTRLEN];
    if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
        text = tl_bytes_of(text.data + 1, text.len - 2);
    if (text.len == 0 || text.len >= sizeof room)
        return 0;
    memcpy(room, text.data, text.len);
    room[text.len] = 0;
    if (inet_pton(AF_INET, room, out) == 1)
        return 4;
    return inet_pton(AF_INET6, room, out) == 1 ? 6 : 0;
}

/* A description that is read. */
struct reader {
    struct tl_dissection *d; /* of the layer; NULL: no tree */
    struct tl_sdp *sdp;
    const uint8_t *base;     /* of the source */
    bool in_media;
};

static void show(const struct reader *r, unsigned field, struct tl_bytes text)
{
    if (r->d != NULL)
        tl_add(r->d, field, (uint32_t)(text.data - r->base), text.len, 0);
}

static void show_secret(const struct reader *r, unsigned field, struct tl_bytes text, bool secret)
{
    if (r->d != NULL && secret)
        tl_add_secret(r->d, field, (uint32_t)(text.data - r->base), text.len, TL_SECRET_WHOLE);
    else
        show(r, field, text);
}

static bool is(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

/* Takes the next word of a text, up to a separator. Returns false at the end. */
static bool word(struct tl_bytes *text, uint8_t separator, struct tl_bytes *out)
{
    while (text->len > 0 && text->data[0] == separator)
        *text = tl_bytes_of(text->data + 1, text->len - 1);
    const uint8_t *end = text->len > 0 ? memchr(text->data, separator, text->len) : NULL;
    *out = tl_bytes_of(text->data, end != NULL ? (size_t)(end - text->data) : text->len);
    *text = tl_bytes_of(text->data + out->len, text->len - out->len);
    return out->len > 0;
}

/* Returns UINT32_MAX if the text does not begin with a number of this size. */
static uint32_t number(struct tl_bytes text, uint32_t most)
{
    uint32_t v = 0, n = 0;
    for (; n < text.len && text.data[n] >= '0' && text.data[n] <= '9' && v <= most; n++)
        v = v * 10 + (text.data[n] - '0');
    return n > 0 && v <= most ? v : UINT32_MAX;
}

static void words(const struct reader *r, struct tl_bytes text, unsigned first, unsigned last)
{
    struct tl_bytes w;
    for (unsigned field = first; field <= last && word(&text, ' ', &w); field++)
        show(r, field, w);
}

static struct tl_sdp_media *current(const struct reader *r)
{
    return r->in_media && r->sdp->count > 0 ? &r->sdp->media[r->sdp->count - 1] : NULL;
}

/* c=IN IP4 224.2.1.1/127/3 */
static void connection(const struct reader *r, struct tl_bytes value)
{
    struct tl_bytes text = value, net, type, address;
    show(r, CONNECTION, value);
    if (!word(&text, ' ', &net) || !word(&text, ' ', &type) || !word(&text, ' ', &address))
        return;
    struct tl_bytes left = address;
    (void)word(&left, '/', &address);
    show(r, CONNECTION_NET, net);
    show(r, CONNECTION_TYPE, type);
    show(r, CONNECTION_ADDRESS, address);
    struct tl_sdp_media *m = current(r);
    if (m != NULL)
        m->connection = address;
    else if (!r->in_media)
        r->sdp->connection = address;
}

/* m=audio 49170/2 RTP/AVP 0 8 */
static void media(struct reader *r, struct tl_bytes value)
{
    struct tl_bytes text = value, type, port, proto, format;
    r->in_media = true;
    show(r, MEDIA, value);
    if (!word(&text, ' ', &type) || !word(&text, ' ', &port) || !word(&text, ' ', &proto))
        return;
    show(r, MEDIA_TYPE, type);
    uint32_t n = number(port, UINT16_MAX);
    if (n != UINT32_MAX && r->d != NULL)
        tl_add(r->d, MEDIA_PORT, (uint32_t)(port.data - r->base), port.len, n);
    show(r, MEDIA_PROTO, proto);
    struct tl_sdp *sdp = r->sdp;
    if (sdp->count < TL_SDP_MEDIA) {
        sdp->media[sdp->count++] = (struct tl_sdp_media){
            .text = value, .type = type, .proto = proto, .formats = text, .connection = sdp->connection,
            .port = n != UINT32_MAX ? (uint16_t)n : 0,
            .encrypted = (proto.len >= 8 && memcmp(proto.data, "RTP/SAVP", 8) == 0) || is(proto, "UDP/TLS/RTP/SAVP") ||
                         is(proto, "UDP/TLS/RTP/SAVPF"),
        };
    }
    while (word(&text, ' ', &format))
        show(r, MEDIA_FORMAT, format);
}

/* rtpmap:96 opus/48000/2 */
static void map(const struct reader *r, struct tl_sdp_media *m, struct tl_bytes value)
{
    struct tl_bytes text = value, type, name, encoding, rate;
    if (!word(&text, ' ', &type) || !word(&text, ' ', &encoding) || number(type, 127) == UINT32_MAX)
        return;
    struct tl_bytes left = encoding;
    if (word(&left, '/', &name)) {
        show(r, MIME_TYPE, name);
        if (word(&left, '/', &rate))
            show(r, SAMPLE_RATE, rate);
    }
    uint32_t n = type.len + 1 + encoding.len + (m != NULL && m->maps_len > 0);
    if (m == NULL || n + m->maps_len > TL_SDP_MAPS || type.len > 3)
        return;
    char *at = m->maps + m->maps_len;
    if (m->maps_len > 0)
        *at++ = ';';
    memcpy(at, type.data, type.len);
    at[type.len] = ' ';
    memcpy(at + type.len + 1, encoding.data, encoding.len);
    m->maps_len = (uint8_t)(m->maps_len + n);
}

/* a=NAME or a=NAME:VALUE. Of a=crypto only the name is shown: the value has the key. */
static void attribute(const struct reader *r, struct tl_bytes value)
{
    const uint8_t *colon = value.len > 0 ? memchr(value.data, ':', value.len) : NULL;
    struct tl_bytes name = value, rest = { NULL, 0 };
    bool media_level = r->in_media;
    if (colon != NULL) {
        name.len = (uint32_t)(colon - value.data);
        rest = tl_bytes_of(colon + 1, value.len - name.len - 1);
    }
    bool secret = is(name, "crypto") || is(name, "key-mgmt") || is(name, "ice-pwd");
    if (r->d != NULL && secret)
        tl_hide(r->d, rest);
    show_secret(r, media_level ? MEDIA_ATTR : SESSION_ATTR, value, secret);
    if (colon == NULL)
        return;
    struct tl_sdp_media *m = current(r);
    bool mapped = media_level && is(name, "rtpmap");
    show(r, media_level ? MEDIA_FIELD : SESSION_FIELD, name);
    if (!mapped)
        show_secret(r, media_level ? MEDIA_VALUE : SESSION_VALUE, rest, secret);
    if (mapped) {
        map(r, m, rest);
    } else if (m != NULL && is(name, "rtcp")) {
        uint32_t port = number(rest, UINT16_MAX);
        m->rtcp_port = port != UINT32_MAX ? (uint16_t)port : 0;
    } else if (m != NULL && (is(name, "crypto") || is(name, "fingerprint"))) {
        m->encrypted = true;
    }
}

static void line(struct reader *r, uint8_t letter, struct tl_bytes value)
{
    switch (letter) {
    case 'v': show(r, VERSION, value); break;
    case 'o':
        show(r, OWNER, value);
        words(r, value, USERNAME, OWNER_ADDRESS);
        break;
    case 's': show(r, SESSION_NAME, value); break;
    case 'i': show(r, r->in_media ? MEDIA_TITLE : INFO, value); break;
    case 'u': show(r, URI, value); break;
    case 'e': show(r, EMAIL, value); break;
    case 'p': show(r, PHONE, value); break;
    case 'c': connection(r, value); break;
    case 'b': {
        struct tl_bytes text = value, modifier;
        show(r, BANDWIDTH, value);
        if (word(&text, ':', &modifier) && text.len > 0) {
            show(r, BANDWIDTH_MODIFIER, modifier);
            show(r, BANDWIDTH_VALUE, tl_bytes_of(text.data + 1, text.len - 1));
        }
        break;
    }
    case 't':
        show(r, TIME, value);
        words(r, value, START, STOP);
        break;
    case 'r': show(r, REPEAT, value); break;
    case 'z': show(r, ZONE, value); break;
    case 'k':
        if (r->d != NULL)
            tl_hide(r->d, value);
        break;
    case 'm': media(r, value); break;
    case 'a': attribute(r, value); break;
    default: show(r, UNKNOWN, value); break;
    }
}

void tl_sdp_read(struct tl_dissection *d, struct tl_bytes text, struct tl_bytes around, struct tl_sdp *sdp)
{
    struct tl_dissection layer;
    struct reader r = { .sdp = sdp, .base = d->c.base };
    *sdp = (struct tl_sdp){ .count = 0 };
    if (text.len == 0)
        return;
    if (d->tree != NULL) {
        tl_inner_begin(d, &layer, &tl_protocol_sdp, true);
        r.d = &layer;
        tl_add_text(&layer, LINE, (uint32_t)(text.data - d->c.base), 0, around.data, around.len);
    }
    for (uint32_t at = 0; at < text.len;) {
        const uint8_t *p = text.data + at, *end = memchr(p, '\n', text.len - at);
        uint32_t n = end != NULL ? (uint32_t)(end - p) + 1 : text.len - at;
        struct tl_bytes one = tl_without_line_end(tl_bytes_of(p, n));
        if (one.len >= 2 && one.data[1] == '=')
            line(&r, one.data[0], tl_bytes_of(one.data + 2, one.len - 2));
        at += n;
    }
    if (d->tree != NULL)
        tl_inner_end(d, &layer);
}

const struct tl_protocol tl_protocol_sdp = {
    .name = "sdp",
    .title = "Session Description Protocol",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .info = "[{line}, ][{media,}]",
};
