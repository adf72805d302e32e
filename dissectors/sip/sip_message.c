/* sip_message.c - reads a SIP message (RFC 3261 section 7): first line, header fields, body. */
#include "dissectors/sip/sip.h"

enum kind { PLAIN, NUMBER, ADDRESS, VIA, CSEQ, CREDENTIALS, SECRET_CREDENTIALS };

/* Names of header fields, the compact form (section 7.3.3), and what is read of the value. */
static const struct header {
    const char *name, *compact;
    uint8_t field, kind;
} headers[] = {
    { "via", "v", SIP_VIA, VIA },
    { "from", "f", SIP_FROM, ADDRESS },
    { "to", "t", SIP_TO, ADDRESS },
    { "contact", "m", SIP_CONTACT, ADDRESS },
    { "call-id", "i", SIP_CALL_ID, PLAIN },
    { "cseq", "", SIP_CSEQ, CSEQ },
    { "max-forwards", "", SIP_MAX_FORWARDS, NUMBER },
    { "expires", "", SIP_EXPIRES, NUMBER },
    { "user-agent", "", SIP_USER_AGENT, PLAIN },
    { "server", "", SIP_SERVER, PLAIN },
    { "content-type", "c", SIP_CONTENT_TYPE, PLAIN },
    { "content-length", "l", SIP_CONTENT_LENGTH, NUMBER },
    { "accept", "", SIP_ACCEPT, PLAIN },
    { "allow", "", SIP_ALLOW, PLAIN },
    { "allow-events", "u", SIP_ALLOW_EVENTS, PLAIN },
    { "authentication-info", "", SIP_AUTHENTICATION_INFO, PLAIN },
    { "authorization", "", SIP_AUTHORIZATION, SECRET_CREDENTIALS },
    { "call-info", "", SIP_CALL_INFO, PLAIN },
    { "content-disposition", "", SIP_CONTENT_DISPOSITION, PLAIN },
    { "content-encoding", "e", SIP_CONTENT_ENCODING, PLAIN },
    { "date", "", SIP_DATE, PLAIN },
    { "diversion", "", SIP_DIVERSION, PLAIN },
    { "event", "o", SIP_EVENT, PLAIN },
    { "history-info", "", SIP_HISTORY_INFO, PLAIN },
    { "identity", "y", SIP_IDENTITY, PLAIN },
    { "in-reply-to", "", SIP_IN_REPLY_TO, PLAIN },
    { "mime-version", "", SIP_MIME_VERSION, PLAIN },
    { "min-expires", "", SIP_MIN_EXPIRES, PLAIN },
    { "min-se", "", SIP_MIN_SE, PLAIN },
    { "organization", "", SIP_ORGANIZATION, PLAIN },
    { "p-asserted-identity", "", SIP_PAI, PLAIN },
    { "p-preferred-identity", "", SIP_PPI, PLAIN },
    { "path", "", SIP_PATH, PLAIN },
    { "priority", "", SIP_PRIORITY, PLAIN },
    { "privacy", "", SIP_PRIVACY, PLAIN },
    { "proxy-authenticate", "", SIP_PROXY_AUTHENTICATE, CREDENTIALS },
    { "proxy-authorization", "", SIP_PROXY_AUTHORIZATION, SECRET_CREDENTIALS },
    { "proxy-require", "", SIP_PROXY_REQUIRE, PLAIN },
    { "rack", "", SIP_RACK, PLAIN },
    { "reason", "", SIP_REASON, PLAIN },
    { "record-route", "", SIP_RECORD_ROUTE, PLAIN },
    { "refer-to", "r", SIP_REFER_TO, PLAIN },
    { "referred-by", "b", SIP_REFERRED_BY, PLAIN },
    { "replaces", "", SIP_REPLACES, PLAIN },
    { "reply-to", "", SIP_REPLY_TO, PLAIN },
    { "require", "", SIP_REQUIRE, PLAIN },
    { "retry-after", "", SIP_RETRY_AFTER, NUMBER },
    { "route", "", SIP_ROUTE, PLAIN },
    { "rseq", "", SIP_RSEQ, NUMBER },
    { "service-route", "", SIP_SERVICE_ROUTE, PLAIN },
    { "session-expires", "x", SIP_SESSION_EXPIRES, PLAIN },
    { "session-id", "", SIP_SESSION_ID, PLAIN },
    { "sip-etag", "", SIP_ETAG, PLAIN },
    { "sip-if-match", "", SIP_IF_MATCH, PLAIN },
    { "subject", "s", SIP_SUBJECT, PLAIN },
    { "subscription-state", "", SIP_SUBSCRIPTION_STATE, PLAIN },
    { "supported", "k", SIP_SUPPORTED, PLAIN },
    { "timestamp", "", SIP_TIMESTAMP, PLAIN },
    { "unsupported", "", SIP_UNSUPPORTED, PLAIN },
    { "warning", "", SIP_WARNING, PLAIN },
    { "www-authenticate", "", SIP_WWW_AUTHENTICATE, CREDENTIALS },
};

/* --- texts --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct tl_bytes tl_sip_trim(struct tl_bytes text)
{
    while (text.len > 0 && is_blank(text.data[0]))
        text = tl_bytes_of(text.data + 1, text.len - 1);
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool tl_sip_same(struct tl_bytes text, const char *word)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (word[i] == 0 || lower(text.data[i]) != lower((uint8_t)word[i]))
            return false;
    return word[text.len] == 0;
}

static struct tl_bytes from(struct tl_bytes text, uint32_t n)
{
    return tl_bytes_of(text.data + n, text.len - n);
}

/* Returns the place of a character, or the length. */
static uint32_t find(struct tl_bytes text, uint8_t c)
{
    const uint8_t *p = text.len > 0 ? memchr(text.data, c, text.len) : NULL;
    return p != NULL ? (uint32_t)(p - text.data) : text.len;
}

static struct tl_bytes up_to(struct tl_bytes text, uint32_t n)
{
    return tl_bytes_of(text.data, n < text.len ? n : text.len);
}

static uint32_t off_of(const struct tl_dissection *d, struct tl_bytes text)
{
    return (uint32_t)(text.data - d->c.base);
}

static void show(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    tl_add(d, field, off_of(d, text), text.len, 0);
}

/* The number at the start of a text, and whether there is one. */
static bool number_of(struct tl_bytes text, uint64_t *value)
{
    uint32_t n = 0;
    *value = 0;
    for (; n < text.len && n < 10 && text.data[n] >= '0' && text.data[n] <= '9'; n++)
        *value = *value * 10 + (text.data[n] - '0');
    return n > 0 && *value <= UINT32_MAX;
}

/* --- addresses --- */

/* Returns the user information of a URI, or an empty text; *rest: host, port and what follows. */
static struct tl_bytes user_of(struct tl_bytes uri, struct tl_bytes *rest)
{
    uint32_t colon = find(uri, ':');
    struct tl_bytes body = colon < uri.len ? from(uri, colon + 1) : uri;
    uint32_t at = find(body, '@');
    *rest = at < body.len ? from(body, at + 1) : body;
    return at < body.len ? up_to(body, at) : tl_bytes_of(body.data, 0);
}

static bool has_password(struct tl_bytes uri)
{
    struct tl_bytes rest, user = user_of(uri, &rest);
    return find(user, ':') < user.len;
}

/* Shows a text with a URI in it; all of it is a secret if the URI has a password (section 19.1.1). */
static void show_with_uri(struct tl_dissection *d, unsigned field, struct tl_bytes text, struct tl_bytes uri)
{
    if (TL_LIKELY(!has_password(uri))) {
        show(d, field, text);
        return;
    }
    tl_hide(d, text);
    tl_add_secret(d, field, off_of(d, text), text.len, TL_SECRET_WHOLE);
}

/* Shows user, host and port of a URI: fields `user` and the two after it. */
static void show_uri(struct tl_dissection *d, unsigned user_field, struct tl_bytes uri)
{
    struct tl_bytes rest, user = user_of(uri, &rest);
    uint32_t end = 0;
    bool v6 = rest.len > 0 && rest.data[0] == '[';
    bool cut = d->c.wire_end > d->c.end && uri.data + uri.len == d->c.base + d->c.end;
    if (user.len > 0)
        show(d, user_field, up_to(user, find(user, ':')));
    else if (cut && rest.len > 0) /* the capture ends in it: what it is cannot be told */
        show(d, user_field, up_to(rest, find(rest, ':')));
    for (; end < rest.len; end++) {
        uint8_t c = rest.data[end];
        if (c == ';' || c == '?' || c == '>' || (c == ':' && !v6))
            break;
        if (c == ']')
            v6 = false;
    }
    if (end > 0)
        show(d, user_field + 1, up_to(rest, end));
    if (end < rest.len && rest.data[end] == ':') {
        struct tl_bytes port = from(rest, end + 1);
        uint32_t n = 0;
        while (n < port.len && port.data[n] >= '0' && port.data[n] <= '9')
            n++;
        if (n > 0)
            show(d, user_field + 2, up_to(port, n));
    }
}

/* Takes the next parameter after a semicolon. */
static bool next_parameter(struct tl_bytes *text, struct tl_bytes *name, struct tl_bytes *value)
{
    uint32_t semicolon = find(*text, ';');
    if (semicolon >= text->len)
        return false;
    struct tl_bytes rest = from(*text, semicolon + 1), one = up_to(rest, find(rest, ';'));
    uint32_t equals = find(one, '=');
    *name = tl_sip_trim(up_to(one, equals));
    *value = equals < one.len ? tl_sip_trim(from(one, equals + 1)) : tl_bytes_of(one.data, 0);
    *text = from(rest, one.len);
    return true;
}

/* "name" <uri>;parameters, or a bare URI with the parameters of the header (section 20.10). */
struct address {
    struct tl_bytes display, uri, parameters;
};

static struct address address_of(struct tl_bytes value)
{
    struct address a = { .display = { value.data, 0 }, .parameters = { value.data, 0 } };
    uint32_t at = 0;
    if (value.len > 0 && value.data[0] == '"') {
        for (at = 1; at < value.len && value.data[at] != '"'; at++)
            at += value.data[at] == '\\';
        a.display = up_to(from(value, 1), at < value.len ? at - 1 : value.len - 1);
        at = at < value.len ? at + 1 : value.len;
    }
    struct tl_bytes rest = from(value, at);
    uint32_t open = find(rest, '<');
    if (open < rest.len) {
        if (a.display.len == 0)
            a.display = tl_sip_trim(up_to(rest, open));
        a.uri = from(rest, open + 1);
        uint32_t close = find(a.uri, '>');
        a.parameters = close < a.uri.len ? from(a.uri, close + 1) : from(a.uri, a.uri.len);
        a.uri = up_to(a.uri, close);
    } else {
        uint32_t end = find(rest, ';');
        a.uri = tl_sip_trim(up_to(rest, end));
        a.parameters = from(rest, end);
    }
    return a;
}

static void address(struct tl_dissection *d, unsigned field, struct tl_bytes value)
{
    struct tl_bytes name, text;
    struct address a = address_of(value);
    show_with_uri(d, field, value, a.uri);
    if (a.display.len > 0)
        show(d, field + 1, a.display);
    show_with_uri(d, field + 2, a.uri, a.uri);
    show_uri(d, field + 3, a.uri);
    while (field != SIP_CONTACT && next_parameter(&a.parameters, &name, &text))
        if (tl_sip_same(name, "tag"))
            show(d, field == SIP_FROM ? SIP_FROM_TAG : SIP_TO_TAG, text);
}

/* SIP/2.0/UDP host:port;branch=.. (section 20.42) */
static void via(struct tl_dissection *d, struct tl_bytes value, struct tl_sip_message *m)
{
    struct tl_bytes name, text, parameters = from(value, find(value, ';'));
    struct tl_bytes head = tl_sip_trim(up_to(value, find(value, ';')));
    if (m->via_count < TL_SIP_VIAS)
        m->via[m->via_count++] = head;
    show(d, SIP_VIA, value);
    uint32_t space = find(head, ' ');
    struct tl_bytes protocol = up_to(head, space), sent_by = tl_sip_trim(from(head, space));
    uint32_t slash = protocol.len;
    while (slash > 0 && protocol.data[slash - 1] != '/')
        slash--;
    if (slash > 0)
        show(d, SIP_VIA_TRANSPORT, from(protocol, slash));
    uint32_t colon = find(sent_by, sent_by.len > 0 && sent_by.data[0] == '[' ? ']' : ':');
    if (colon < sent_by.len && sent_by.data[colon] == ']')
        colon++;
    uint64_t port;
    if (sent_by.len > 0)
        show(d, SIP_VIA_ADDRESS, tl_sip_trim(up_to(sent_by, colon)));
    if (colon < sent_by.len && number_of(tl_sip_trim(from(sent_by, colon + 1)), &port) && port <= UINT16_MAX)
        tl_add(d, SIP_VIA_PORT, off_of(d, from(sent_by, colon + 1)), sent_by.len - colon - 1, port);
    while (next_parameter(&parameters, &name, &text)) {
        if (tl_sip_same(name, "branch"))
            show(d, SIP_VIA_BRANCH, text);
        else if (tl_sip_same(name, "received"))
            show(d, SIP_VIA_RECEIVED, text);
        else if (tl_sip_same(name, "rport") && text.len > 0)
            show(d, SIP_VIA_RPORT, text);
    }
}

static void cseq(struct tl_dissection *d, struct tl_bytes value)
{
    uint64_t n;
    uint32_t space = find(value, ' ');
    show(d, SIP_CSEQ, value);
    if (number_of(value, &n))
        tl_add(d, SIP_CSEQ_SEQ, off_of(d, value), space, n);
    struct tl_bytes method = tl_sip_trim(from(value, space));
    if (method.len > 0)
        show(d, SIP_CSEQ_METHOD, method);
}

/* --- credentials (section 22, RFC 7616) --- */

static void credential(struct tl_dissection *d, struct tl_bytes name, struct tl_bytes value)
{
    static const struct {
        const char *name;
        uint8_t field;
    } names[] = { { "username", SIP_AUTH_USERNAME }, { "realm", SIP_AUTH_REALM }, { "nonce", SIP_AUTH_NONCE },
                  { "algorithm", SIP_AUTH_ALGORITHM }, { "qop", SIP_AUTH_QOP }, { "uri", SIP_AUTH_URI },
                  { "cnonce", SIP_AUTH_CNONCE }, { "nc", SIP_AUTH_NC }, { "response", SIP_AUTH_RESPONSE } };
    for (unsigned i = 0; i < TL_COUNT(names); i++)
        if (tl_sip_same(name, names[i].name))
            show(d, names[i].field, value);
}

static void credentials(struct tl_dissection *d, unsigned field, struct tl_bytes value, bool secret)
{
    uint32_t space = find(value, ' ');
    if (secret)
        tl_hide(d, value);
    show(d, field, value);
    show(d, SIP_AUTH_SCHEME, up_to(value, space));
    if (secret && !tl_sip_same(up_to(value, space), "digest"))
        return;
    for (struct tl_bytes rest = from(value, space); rest.len > 0;) {
        uint32_t end = 0;
        for (bool quoted = false; end < rest.len && (quoted || rest.data[end] != ','); end++)
            quoted ^= rest.data[end] == '"';
        struct tl_bytes one = tl_sip_trim(up_to(rest, end));
        uint32_t equals = find(one, '=');
        if (equals < one.len) {
            struct tl_bytes text = tl_sip_trim(from(one, equals + 1));
            if (text.len >= 1 && text.data[0] == '"') {
                text = tl_bytes_of(text.data + 1, text.len - 1);
                text = up_to(text, find(text, '"'));
            }
            credential(d, tl_sip_trim(up_to(one, equals)), text);
        }
        rest = from(rest, end < rest.len ? end + 1 : end);
    }
}

/* --- header --- */

static void keep(struct tl_sip_message *m, unsigned field, struct tl_bytes value)
{
    struct tl_bytes *at = field == SIP_FROM ? &m->from : field == SIP_TO ? &m->to : field == SIP_CALL_ID ? &m->call_id :
                          field == SIP_CSEQ ? &m->cseq : field == SIP_DATE ? &m->date : field == SIP_REPLY_TO ? &m->reply_to :
                          field == SIP_SUBJECT ? &m->subject : field == SIP_USER_AGENT ? &m->user_agent :
                          field == SIP_WARNING ? &m->warning : field == SIP_CONTENT_TYPE ? &m->content_type : NULL;
    if (at != NULL && at->data == NULL)
        *at = value;
}

static void header(struct tl_dissection *d, struct tl_bytes name, struct tl_bytes value, struct tl_bytes line,
                   struct tl_sip_message *m)
{
    const struct header *h = NULL;
    uint64_t n;
    for (unsigned i = 0; i < TL_COUNT(headers) && h == NULL; i++)
        if (tl_sip_same(name, headers[i].name) || (headers[i].compact[0] != 0 && tl_sip_same(name, headers[i].compact)))
            h = &headers[i];
    if (h == NULL) {
        show(d, SIP_UNKNOWN_HEADER, line);
        return;
    }
    keep(m, h->field, value);
    switch ((enum kind)h->kind) {
    case PLAIN: show(d, h->field, value); break;
    case NUMBER:
        if (!number_of(value, &n))
            break;
        tl_add(d, h->field, off_of(d, value), value.len, n);
        if (h->field == SIP_CONTENT_LENGTH && m->content_length == UINT64_MAX)
            m->content_length = n;
        break;
    case ADDRESS: address(d, h->field, value); break;
    case VIA: via(d, value, m); break;
    case CSEQ: cseq(d, value); break;
    case CREDENTIALS: credentials(d, h->field, value, false); break;
    case SECRET_CREDENTIALS: credentials(d, h->field, value, true); break;
    }
}

/* Takes the next header line with its continuations (section 7.3.1). Returns false at the empty line or the end. */
static bool next_line(struct tl_bytes text, uint32_t *at, struct tl_bytes *line)
{
    uint32_t start = *at;
    while (*at < text.len) {
        struct tl_bytes rest = from(text, *at);
        uint32_t n = find(rest, '\n');
        *at += n < rest.len ? n + 1 : n;
        if (*at >= text.len || (text.data[*at] != ' ' && text.data[*at] != '\t'))
            break;
    }
    *line = tl_without_line_end(tl_bytes_of(text.data + start, *at - start));
    return line->len > 0;
}

static bool first_line(struct tl_dissection *d, struct tl_bytes line, struct tl_sip_message *m)
{
    static const char version[] = "SIP/2.0";
    uint32_t space = find(line, ' ');
    if (space >= line.len)
        return false;
    struct tl_bytes rest = from(line, space + 1);
    m->request = !tl_sip_same(up_to(line, space), version);
    if (!m->request) {
        uint64_t status;
        if (!number_of(rest, &status))
            return false;
        m->status = (uint32_t)status;
        m->phrase = tl_sip_trim(from(rest, find(rest, ' ')));
        show(d, SIP_STATUS_LINE, line);
        tl_add(d, SIP_STATUS_CODE, off_of(d, rest), find(rest, ' '), status);
        m->line = tl_sip_trim(rest);
        show(d, SIP_LINE, m->line);
        return true;
    }
    uint32_t end = rest.len;
    while (end > 0 && rest.data[end - 1] != ' ')
        end--;
    if (end < 2 || !tl_sip_same(from(rest, end), version))
        return false;
    m->method = up_to(line, space);
    m->uri = tl_sip_trim(up_to(rest, end - 1));
    show_with_uri(d, SIP_REQUEST_LINE, line, m->uri);
    show(d, SIP_METHOD, m->method);
    show_with_uri(d, SIP_R_URI, m->uri, m->uri);
    show_uri(d, SIP_R_URI_USER, m->uri);
    m->line = has_password(m->uri) ? m->method : up_to(line, space + 1 + m->uri.len);
    show(d, SIP_LINE, m->line);
    return true;
}

bool tl_sip_read(struct tl_dissection *d, struct tl_sip_message *m)
{
    uint32_t at = 0, n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_bytes_of(d->c.base + d->c.off, n), line;
    *m = (struct tl_sip_message){ .content_length = UINT64_MAX };
    if (n == 0 || tl_sip_begins(text) == TL_PROBE_NO || !next_line(text, &at, &line) || !first_line(d, line, m))
        return false;
    while (next_line(text, &at, &line)) {
        uint32_t colon = find(line, ':');
        if (colon < line.len)
            header(d, tl_sip_trim(up_to(line, colon)), tl_sip_trim(from(line, colon + 1)), line, m);
    }
    struct tl_bytes body = from(text, at);
    if (m->content_length < body.len)
        body.len = (uint32_t)m->content_length;
    m->body_len = body.len;
    tl_skip(d, n);
    struct tl_bytes type = tl_sip_trim(up_to(m->content_type, find(m->content_type, ';')));
    if (body.len > 0 && tl_sip_same(type, "application/sdp"))
        tl_sdp_read(d, body, m->line, &m->sdp);
    else if (body.len > 0)
        show(d, SIP_BODY, body);
    return true;
}
