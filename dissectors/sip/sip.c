/* sip.c - Session Initiation Protocol (RFC 3261): the descriptor, detection, messages over UDP and over TCP (18.3). */
#include "dissectors/sip/sip.h"

#define TEXT(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS }
#define SECRET(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_WHOLE }
static const struct tl_field fields[SIP_FIELDS] = {
    [SIP_REQUEST_LINE] = { "sip.Request-Line", "Request line", .type = TL_TEXT },
    [SIP_METHOD] = { "sip.Method", "Method", .type = TL_TEXT },
    [SIP_R_URI] = { "sip.r-uri", "Request URI", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [SIP_R_URI_USER] = { "sip.r-uri.user", "User", .type = TL_TEXT },
    [SIP_R_URI_HOST] = { "sip.r-uri.host", "Host", .type = TL_TEXT },
    [SIP_R_URI_PORT] = { "sip.r-uri.port", "Port", .type = TL_TEXT },
    [SIP_STATUS_LINE] = { "sip.Status-Line", "Status line", .type = TL_TEXT },
    [SIP_STATUS_CODE] = { "sip.Status-Code", "Status", .type = TL_U32 },
    [SIP_FROM] = TEXT("sip.From", "From"),
    [SIP_FROM_DISPLAY] = TEXT("sip.from.display.info", "Name"),
    [SIP_FROM_ADDR] = TEXT("sip.from.addr", "Address"),
    [SIP_FROM_USER] = TEXT("sip.from.user", "User"),
    [SIP_FROM_HOST] = TEXT("sip.from.host", "Host"),
    [SIP_FROM_PORT] = TEXT("sip.from.port", "Port"),
    [SIP_FROM_TAG] = TEXT("sip.from.tag", "Tag"),
    [SIP_TO] = TEXT("sip.To", "To"),
    [SIP_TO_DISPLAY] = TEXT("sip.to.display.info", "Name"),
    [SIP_TO_ADDR] = TEXT("sip.to.addr", "Address"),
    [SIP_TO_USER] = TEXT("sip.to.user", "User"),
    [SIP_TO_HOST] = TEXT("sip.to.host", "Host"),
    [SIP_TO_PORT] = TEXT("sip.to.port", "Port"),
    [SIP_TO_TAG] = TEXT("sip.to.tag", "Tag"),
    [SIP_CONTACT] = TEXT("sip.Contact", "Contact"),
    [SIP_CONTACT_DISPLAY] = TEXT("sip.contact.display.info", "Name"),
    [SIP_CONTACT_URI] = TEXT("sip.contact.uri", "URI"),
    [SIP_CONTACT_USER] = TEXT("sip.contact.user", "User"),
    [SIP_CONTACT_HOST] = TEXT("sip.contact.host", "Host"),
    [SIP_CONTACT_PORT] = TEXT("sip.contact.port", "Port"),
    [SIP_VIA] = TEXT("sip.Via", "Via"),
    [SIP_VIA_TRANSPORT] = TEXT("sip.Via.transport", "Transport"),
    [SIP_VIA_ADDRESS] = TEXT("sip.Via.sent-by.address", "Sent by"),
    [SIP_VIA_PORT] = { "sip.Via.sent-by.port", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [SIP_VIA_BRANCH] = TEXT("sip.Via.branch", "Branch"),
    [SIP_VIA_RECEIVED] = TEXT("sip.Via.received", "Received from"),
    [SIP_VIA_RPORT] = TEXT("sip.Via.rport", "Received from port"),
    [SIP_CALL_ID] = TEXT("sip.Call-ID", "Call-ID"),
    [SIP_CSEQ] = TEXT("sip.CSeq", "CSeq"),
    [SIP_CSEQ_SEQ] = { "sip.CSeq.seq", "Number", .type = TL_U32, .flags = TL_REPEATS },
    [SIP_CSEQ_METHOD] = TEXT("sip.CSeq.method", "Method of the transaction"),
    [SIP_MAX_FORWARDS] = { "sip.Max-Forwards", "Max-Forwards", .type = TL_U32, .flags = TL_REPEATS },
    [SIP_EXPIRES] = { "sip.Expires", "Expires", .type = TL_U32, .flags = TL_REPEATS, .unit = "s" },
    [SIP_USER_AGENT] = TEXT("sip.User-Agent", "User-Agent"),
    [SIP_SERVER] = TEXT("sip.Server", "Server"),
    [SIP_CONTENT_TYPE] = TEXT("sip.Content-Type", "Content-Type"),
    [SIP_CONTENT_LENGTH] = { "sip.Content-Length", "Content-Length", .type = TL_U32, .flags = TL_REPEATS, .unit = "bytes" },
    [SIP_ACCEPT] = TEXT("sip.Accept", "Accept"),
    [SIP_ALLOW] = TEXT("sip.Allow", "Allow"),
    [SIP_ALLOW_EVENTS] = TEXT("sip.Allow-Events", "Allow-Events"),
    [SIP_AUTHENTICATION_INFO] = TEXT("sip.Authentication-Info", "Authentication-Info"),
    [SIP_AUTHORIZATION] = SECRET("sip.Authorization", "Authorization"),
    [SIP_CALL_INFO] = TEXT("sip.Call-Info", "Call-Info"),
    [SIP_CONTENT_DISPOSITION] = TEXT("sip.Content-Disposition", "Content-Disposition"),
    [SIP_CONTENT_ENCODING] = TEXT("sip.Content-Encoding", "Content-Encoding"),
    [SIP_DATE] = TEXT("sip.Date", "Date"),
    [SIP_DIVERSION] = TEXT("sip.Diversion", "Diversion"),
    [SIP_EVENT] = TEXT("sip.Event", "Event"),
    [SIP_HISTORY_INFO] = TEXT("sip.History-Info", "History-Info"),
    [SIP_IDENTITY] = TEXT("sip.Identity", "Identity"),
    [SIP_IN_REPLY_TO] = TEXT("sip.In-Reply-To", "In-Reply-To"),
    [SIP_MIME_VERSION] = TEXT("sip.MIME-Version", "MIME-Version"),
    [SIP_MIN_EXPIRES] = TEXT("sip.Min-Expires", "Min-Expires"),
    [SIP_MIN_SE] = TEXT("sip.Min-SE", "Min-SE"),
    [SIP_ORGANIZATION] = TEXT("sip.Organization", "Organization"),
    [SIP_PAI] = TEXT("sip.P-Asserted-Identity", "P-Asserted-Identity"),
    [SIP_PPI] = TEXT("sip.P-Preferred-Identity", "P-Preferred-Identity"),
    [SIP_PATH] = TEXT("sip.Path", "Path"),
    [SIP_PRIORITY] = TEXT("sip.Priority", "Priority"),
    [SIP_PRIVACY] = TEXT("sip.Privacy", "Privacy"),
    [SIP_PROXY_AUTHENTICATE] = TEXT("sip.Proxy-Authenticate", "Proxy-Authenticate"),
    [SIP_PROXY_AUTHORIZATION] = SECRET("sip.Proxy-Authorization", "Proxy-Authorization"),
    [SIP_PROXY_REQUIRE] = TEXT("sip.Proxy-Require", "Proxy-Require"),
    [SIP_RACK] = TEXT("sip.RAck", "RAck"),
    [SIP_REASON] = TEXT("sip.Reason", "Reason"),
    [SIP_RECORD_ROUTE] = TEXT("sip.Record-Route", "Record-Route"),
    [SIP_REFER_TO] = TEXT("sip.Refer-To", "Refer-To"),
    [SIP_REFERRED_BY] = TEXT("sip.Referred-by", "Referred-By"),
    [SIP_REPLACES] = TEXT("sip.Replaces", "Replaces"),
    [SIP_REPLY_TO] = TEXT("sip.Reply-To", "Reply-To"),
    [SIP_REQUIRE] = TEXT("sip.Require", "Require"),
    [SIP_RETRY_AFTER] = { "sip.Retry-After", "Retry-After", .type = TL_U32, .flags = TL_REPEATS, .unit = "s" },
    [SIP_ROUTE] = TEXT("sip.Route", "Route"),
    [SIP_RSEQ] = { "sip.RSeq", "RSeq", .type = TL_U32, .flags = TL_REPEATS },
    [SIP_SERVICE_ROUTE] = TEXT("sip.Service-Route", "Service-Route"),
    [SIP_SESSION_EXPIRES] = TEXT("sip.Session-Expires", "Session-Expires"),
    [SIP_SESSION_ID] = TEXT("sip.Session-ID", "Session-ID"),
    [SIP_ETAG] = TEXT("sip.ETag", "SIP-ETag"),
    [SIP_IF_MATCH] = TEXT("sip.If_Match", "SIP-If-Match"),
    [SIP_SUBJECT] = TEXT("sip.Subject", "Subject"),
    [SIP_SUBSCRIPTION_STATE] = TEXT("sip.Subscription-State", "Subscription-State"),
    [SIP_SUPPORTED] = TEXT("sip.Supported", "Supported"),
    [SIP_TIMESTAMP] = TEXT("sip.Timestamp", "Timestamp"),
    [SIP_UNSUPPORTED] = TEXT("sip.Unsupported", "Unsupported"),
    [SIP_WARNING] = TEXT("sip.Warning", "Warning"),
    [SIP_WWW_AUTHENTICATE] = TEXT("sip.WWW-Authenticate", "WWW-Authenticate"),
    [SIP_AUTH_SCHEME] = TEXT("sip.auth.scheme", "Scheme"),
    [SIP_AUTH_USERNAME] = TEXT("sip.auth.username", "User"),
    [SIP_AUTH_REALM] = TEXT("sip.auth.realm", "Realm"),
    [SIP_AUTH_NONCE] = TEXT("sip.auth.nonce", "Nonce"),
    [SIP_AUTH_ALGORITHM] = TEXT("sip.auth.algorithm", "Algorithm"),
    [SIP_AUTH_QOP] = TEXT("sip.auth.qop", "Protection"),
    [SIP_AUTH_URI] = TEXT("sip.auth.uri", "URI"),
    [SIP_AUTH_CNONCE] = TEXT("sip.auth.cnonce", "Nonce of the client"),
    [SIP_AUTH_NC] = TEXT("sip.auth.nc", "Use of the nonce"),
    [SIP_AUTH_RESPONSE] = SECRET("sip.auth.digest.response", "Response to the challenge"),
    [SIP_UNKNOWN_HEADER] = TEXT("sip.header", "Other header"),
    [SIP_BODY] = { "sip.body", "Body", .type = TL_TEXT, .help = "Unless it is a session description" },
    [SIP_LINE] = { "sip.line", "Line", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};
#undef TEXT
#undef SECRET

enum { HEADER_MOST = 16384, MESSAGE_MOST = 131072, METHOD_MOST = 16, LINE_MOST = 2048 };

/* --- detection --- */

static bool is_method_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '_';
}

enum tl_probe tl_sip_begins(struct tl_bytes b)
{
    static const char version[] = "SIP/2.0 ", end[] = " SIP/2.0";
    uint32_t n = 0, known = b.len < 8 ? b.len : 8;
    if (memcmp(b.data, version, known) == 0)
        return known == 8 ? TL_PROBE_YES : TL_PROBE_MAYBE;
    while (n < b.len && n <= METHOD_MOST && is_method_letter(b.data[n]))
        n++;
    if (n == b.len)
        return n <= METHOD_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (n < 3 || n > METHOD_MOST || b.data[n] != ' ')
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(b.data, '\n', b.len < LINE_MOST ? b.len : LINE_MOST);
    if (lf == NULL)
        return b.len < LINE_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(b.data, (size_t)(lf - b.data) + 1));
    return line.len > n + 9 && memcmp(line.data + line.len - 8, end, 8) == 0 ? TL_PROBE_YES : TL_PROBE_NO;
}

static bool is_keep_alive(struct tl_bytes b)
{
    for (uint32_t i = 0; i < b.len; i++)
        if (b.data[i] != '\r' && b.data[i] != '\n' && b.data[i] != 0)
            return false;
    return true;
}

/* Before the first message a client may send line ends, or zeros, to keep its address at a NAT (RFC 5626 section 3.5). */
static enum tl_probe sip_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (p == NULL || n == 0)
        return TL_PROBE_NO;
    struct tl_bytes bytes = tl_bytes_of(p, n);
    if (d->flow.home && n <= 4 && is_keep_alive(bytes))
        return d->flow.stream ? TL_PROBE_MAYBE : TL_PROBE_YES;
    while (d->flow.home && d->flow.stream && bytes.len > 0 && (bytes.data[0] == '\r' || bytes.data[0] == '\n'))
        bytes = tl_bytes_of(bytes.data + 1, bytes.len - 1);
    if (bytes.len == 0)
        return TL_PROBE_MAYBE;
    enum tl_probe answer = tl_sip_begins(bytes);
    return answer == TL_PROBE_MAYBE && !d->flow.stream ? TL_PROBE_NO : answer;
}

/* --- UDP --- */

static enum tl_status sip_dissect(struct tl_dissection *d)
{
    struct tl_sip_flow *f = d->flow.slot;
    struct tl_sip_message m;
    uint32_t n = tl_cursor_left(&d->c);
    if (n > 0 && is_keep_alive(tl_bytes_of(d->c.base + d->c.off, n))) {
        tl_skip(d, n);
        return tl_next_none(d);
    }
    if (!tl_sip_read(d, &m)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (f != NULL && !d->frame->quoted) {
        if (!f->confirmed && !m.request && d->flow.side == 0)
            tl_turn(d);
        tl_sip_remember(d, f, &m, d->frame->ts);
    }
    if (tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c)); /* the snaplen cut it */
    return tl_next_none(d);
}

/* --- TCP --- */

static struct tl_want header(void)
{
    return (struct tl_want){ TL_WANT_BLOCK, HEADER_MOST, NULL };
}

static struct tl_want line(void)
{
    return (struct tl_want){ TL_WANT_LINE, LINE_MOST, NULL };
}

/* Returns the value of Content-Length in a header, or 0. */
static uint32_t length_of(struct tl_bytes text)
{
    uint32_t value = 0;
    for (uint32_t at = 0; at < text.len;) {
        const uint8_t *p = text.data + at, *lf = memchr(p, '\n', text.len - at);
        uint32_t n = lf != NULL ? (uint32_t)(lf - p) + 1 : text.len - at;
        const uint8_t *colon = memchr(p, ':', n);
        struct tl_bytes name = tl_sip_trim(tl_bytes_of(p, colon != NULL ? (size_t)(colon - p) : 0));
        at += n;
        if (colon == NULL || (!tl_sip_same(name, "content-length") && !tl_sip_same(name, "l")))
            continue;
        struct tl_bytes number = tl_sip_trim(tl_bytes_of(colon + 1, n - (size_t)(colon + 1 - p)));
        for (uint32_t i = 0; i < number.len && number.data[i] >= '0' && number.data[i] <= '9' && value < MESSAGE_MOST; i++)
            value = value * 10 + (number.data[i] - '0');
        break;
    }
    return value;
}

/* Reads the message that begins at the cursor, if all of it is there. Returns what is wanted next. */
static struct tl_want message(struct tl_dissection *d, const struct tl_stream *s, struct tl_sip_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c), head = 0;
    const uint8_t *p = d->c.base + d->c.off;
    while (head < n && (p[head] == '\r' || p[head] == '\n'))
        head++;
    if (head > 0) { /* keep-alive */
        tl_skip(d, head);
        return header();
    }
    if (tl_sip_begins(tl_bytes_of(p, n)) != TL_PROBE_YES) {
        if (!f->confirmed)
            tl_violate(d);
        tl_skip(d, n);
        f->skip[s->side] = true;
        return line();
    }
    for (head = 1; head < n; head++) /* the end of the header: an empty line */
        if (p[head] == '\n' && (p[head - 1] == '\n' || (head > 2 && p[head - 1] == '\r' && p[head - 2] == '\n')))
            break;
    head += head < n;
    uint32_t whole = head + length_of(tl_bytes_of(p, head));
    if (whole > n && whole <= MESSAGE_MOST)
        return (struct tl_want){ TL_WANT_BYTES, whole, NULL };
    uint32_t mine = whole < n ? whole : n;
    struct tl_cursor c = d->c;
    d->c.end = d->c.wire_end = d->c.off + mine;
    struct tl_sip_message m;
    tl_message(d);
    if (tl_sip_read(d, &m)) {
        if (!f->confirmed && m.request != (s->side == 0))
            tl_turn(d);
        tl_sip_remember(d, f, &m, s->since);
    }
    d->c = c;
    tl_skip(d, mine);
    if (whole > mine) { /* the rest of a very long body is passed over */
        return (struct tl_want){ TL_WANT_BODY, whole - mine, NULL };
    }
    return header();
}

static struct tl_want sip_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_sip_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_OPEN:
        return header();
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        if (f->skip[s->side] && tl_sip_begins(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c))) != TL_PROBE_YES) {
            tl_skip(d, tl_cursor_left(&d->c));
            return line();
        }
        if (f->skip[s->side]) { /* a first line: the header follows it */
            f->skip[s->side] = false;
            return header();
        }
        if (s->event == TL_EV_OVERLONG) {
            tl_skip(d, tl_cursor_left(&d->c));
            f->skip[s->side] = true;
            return line();
        }
        return message(d, s, f);
    case TL_EV_RUN:
        tl_skip(d, tl_cursor_left(&d->c));
        return header();
    case TL_EV_GAP:
        f->skip[s->side] = true;
        return line();
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

const struct tl_protocol tl_protocol_sip = {
    .name = "sip",
    .title = "Session Initiation Protocol",
    .service = "sip",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_sip_record_def },
    .flow_size = sizeof(struct tl_sip_flow),
    .on = { { TL_ON_UDP_PORT, 5060 }, { TL_ON_TCP_PORT, 5060 } },
    .info = "[{line}][, {CSeq}][, from {from.user}][, to {to.user}]",
    TL_BEGINS("AZ__"), .probe = sip_probe,
    .dissect = sip_dissect,
    .stream = sip_stream,
    .finish = tl_sip_finish,
};
