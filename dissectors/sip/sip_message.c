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

/* Whether the scheme of a SIP URI ends here (section 19.1.1). */
static bool ends_scheme(struct tl_bytes text)
{
    return (text.len >= 3 && tl_sip_same(from(text, text.len - 3), "sip")) ||
           (text.len >= 4 && tl_sip_same(from(text, text.len - 4), "sips"));
}

bool tl_sip_has_password(struct tl_bytes text)
{
    bool in_uri = false, colon = false;
    if (text.len == 0 || memchr(text.data, '@', text.len) == NULL)
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == ':' && in_uri) {
            colon = true;
        } else if (c == ':') {
            in_uri = ends_scheme(up_to(text, i));
        } else if (c == '@') {
            if (colon)
                return true;
            in_uri = false;
        } else if (is_blank(c) || c == '<' || c == '>' || c == '"') {
            in_uri = colon = false;
        }
    }
    return false;
}

static bool has_password(struct tl_bytes uri)
{
    struct tl_bytes rest, user = user_of(uri, &rest);
    return find(user, ':') < user.len;
}

static void show_secret(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    tl_hide(d, text);
    tl_add_secret(d, field, off_of(d, text), text.len, TL_SECRET_WHOLE);
}

/* Shows a text with URIs in it; all of it is a secret if one has a password (section 19.1.1). */
static void show_with_uri(struct tl_dissection *d, unsigned field, struct tl_bytes text, bool secret)
{
    if (TL_UNLIKELY(secret))
        show_secret(d, field, text);
    else
        show(d, field, text);
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

/* Takes the next address of a list: they are separated by commas outside quotes and angle brackets. */
static struct tl_bytes next_address(struct tl_bytes *list)
{
    uint32_t at = 0;
    bool quoted = false, inside = false;
    for (; at < list->len && (quoted || inside || list->data[at] != ','); at++) {
        uint8_t c = list->data[at];
        if (quoted && c == '\\' && at + 1 < list->len)
            at++;
        else if (c == '"' && !inside)
            quoted = !quoted;
        else if (!quoted && (c == '<' || c == '>'))
            inside = c == '<';
    }
    struct tl_bytes one = tl_sip_trim(up_to(*list, at));
    *list = from(*list, at < list->len ? at + 1 : at);
    return one;
}

/* The parts of one address: fields after `field`. */
static void one_address(struct tl_dissection *d, unsigned field, struct tl_bytes value)
{
    struct tl_bytes name, text;
    struct address a = address_of(value);
    if (a.display.len > 0)
        show(d, field + 1, a.display);
    show_with_uri(d, field + 2, a.uri, has_password(a.uri));
    show_uri(d, field + 3, a.uri);
    while (field != SIP_CONTACT && next_parameter(&a.parameters, &name, &text))
        if (tl_sip_same(name, "tag"))
            show(d, field == SIP_FROM ? SIP_FROM_TAG : SIP_TO_TAG, text);
}

/* Contact may be a list (section 20.10). Without brackets it cannot be told what of a list is the password. */
static void address(struct tl_dissection *d, unsigned field, struct tl_bytes value)
{
    bool secret = tl_sip_has_password(value) || has_password(address_of(value).uri);
    show_with_uri(d, field, value, secret);
    if (secret && find(value, '<') == value.len)
        return;
    do
        one_address(d, field, field == SIP_CONTACT ? next_address(&value) : value);
    while (field == SIP_CONTACT && value.len > 0);
}

static uint32_t find_blank(struct tl_bytes text)
{
    uint32_t at = 0;
    while (at < text.len && !is_blank(text.data[at]))
        at++;
    return at;
}

static struct tl_bytes from_slash(struct tl_bytes text)
{
    uint32_t slash = find(text, '/');
    return from(text, slash < text.len ? slash + 1 : slash);
}

/* SIP/2.0/UDP host:port;branch=.. (section 20.42) */
static void one_via(struct tl_dissection *d, struct tl_bytes value, struct tl_sip_message *m)
{
    struct tl_bytes name, text, parameters = from(value, find(value, ';'));
    struct tl_bytes head = tl_sip_trim(up_to(value, find(value, ';')));
    if (m->via_count < TL_SIP_VIAS)
        m->via[m->via_count++] = head;
    struct tl_bytes rest = tl_sip_trim(from_slash(from_slash(head))); /* there may be blanks around the slashes */
    struct tl_bytes transport = up_to(rest, find_blank(rest)), sent_by = tl_sip_trim(from(rest, transport.len));
    if (transport.len > 0)
        show(d, SIP_VIA_TRANSPORT, transport);
    bool ipv6 = sent_by.len > 0 && sent_by.data[0] == '[';
    uint32_t colon = find(sent_by, ipv6 ? ']' : ':');
    struct tl_bytes host = tl_sip_trim(ipv6 ? from(up_to(sent_by, colon), 1) : up_to(sent_by, colon));
    if (ipv6 && colon < sent_by.len)
        colon++;
    uint64_t port;
    if (sent_by.len > 0)
        show(d, SIP_VIA_ADDRESS, host);
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

/* Several may be in one header, with commas between them (section 7.3.1). */
static void via(struct tl_dissection *d, struct tl_bytes value, struct tl_sip_message *m)
{
    show(d, SIP_VIA, value);
    do
        one_via(d, next_address(&value), m);
    while (value.len > 0);
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

/* A line break and the blanks after it stand for one blank (section 7.3.1). Without room the text stays as it is. */
static struct tl_bytes unfold(struct tl_sip_message *m, struct tl_bytes text)
{
    if (find(text, '\n') == text.len || text.len > TL_SIP_UNFOLDED - m->unfolded_len)
        return text;
    char *out = m->unfolded + m->unfolded_len;
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n') {
            if (n > 0 && out[n - 1] == '\r')
                n--;
            out[n++] = ' ';
            while (i + 1 < text.len && (text.data[i + 1] == ' ' || text.data[i + 1] == '\t'))
                i++;
        } else
            out[n++] = (char)text.data[i];
    }
    m->unfolded_len += n;
    return tl_bytes_of(out, n);
}

static void keep(struct tl_sip_message *m, unsigned field, struct tl_bytes value)
{
    struct tl_bytes *at = field == SIP_FROM ? &m->from : field == SIP_TO ? &m->to : field == SIP_CALL_ID ? &m->call_id :
                          field == SIP_CSEQ ? &m->cseq : field == SIP_DATE ? &m->date : field == SIP_REPLY_TO ? &m->reply_to :
                          field == SIP_SUBJECT ? &m->subject : field == SIP_USER_AGENT ? &m->user_agent :
                          field == SIP_WARNING ? &m->warning : field == SIP_CONTENT_TYPE ? &m->content_type : NULL;
    if (at != NULL && at->data == NULL)
        *at = unfold(m, value);
}

/* Whether a header with this name holds credentials: of those that are not listed above. */
static bool is_delicate(struct tl_bytes name)
{
    static const char *const words[] = { "authorization", "cookie", "token", "password", "passwd", "secret", "api-key", "apikey" };
    for (uint32_t i = 0; i < name.len; i++)
        for (unsigned k = 0; k < TL_COUNT(words); k++)
            if (tl_sip_same(up_to(from(name, i), (uint32_t)strlen(words[k])), words[k]))
                return true;
    return false;
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
        show_with_uri(d, SIP_UNKNOWN_HEADER, line, is_delicate(name) || tl_sip_has_password(value));
        return;
    }
    keep(m, h->field, value);
    switch ((enum kind)h->kind) {
    case PLAIN: show_with_uri(d, h->field, value, tl_sip_has_password(value)); break;
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
    bool secret = has_password(m->uri) || tl_sip_has_password(m->uri);
    show_with_uri(d, SIP_REQUEST_LINE, line, secret);
    show(d, SIP_METHOD, m->method);
    show_with_uri(d, SIP_R_URI, m->uri, secret);
    show_uri(d, SIP_R_URI_USER, m->uri);
    m->line = secret ? m->method : up_to(line, space + 1 + m->uri.len);
    show(d, SIP_LINE, m->line);
    return true;
}

/* --- body (section 7.4) --- */

static bool begins_with(struct tl_bytes text, const char *word)
{
    return tl_sip_same(up_to(text, (uint32_t)strlen(word)), word);
}

/* The boundary of a multipart type (RFC 2046 section 5.1.1); empty: none. */
static struct tl_bytes boundary_of(struct tl_bytes type)
{
    struct tl_bytes name, value;
    while (next_parameter(&type, &name, &value)) {
        if (!tl_sip_same(name, "boundary"))
            continue;
        if (value.len > 0 && value.data[0] == '"')
            value = up_to(from(value, 1), find(from(value, 1), '"'));
        return value;
    }
    return tl_bytes_of(type.data, 0);
}

/* Finds the next line that is a delimiter from *at on. Returns its place and sets *at to the line after it. */
static uint32_t next_delimiter(struct tl_bytes body, struct tl_bytes boundary, uint32_t *at)
{
    while (*at < body.len) {
        uint32_t place = *at;
        struct tl_bytes rest = from(body, place);
        uint32_t n = find(rest, '\n');
        *at += n < rest.len ? n + 1 : n;
        if (rest.len >= boundary.len + 2 && rest.data[0] == '-' && rest.data[1] == '-' &&
            memcmp(rest.data + 2, boundary.data, boundary.len) == 0)
            return place;
    }
    return body.len;
}

/*
 * A part: header lines, an empty line, its body. The first session description is read; of parts that may hold keys and
 * are not read nothing is shown.
 */
static void read_part(struct tl_dissection *d, struct tl_bytes part, struct tl_sip_message *m, bool *described)
{
    struct tl_bytes line, type = { part.data, 0 };
    uint32_t at = 0;
    bool encoded = false;
    while (next_line(part, &at, &line)) {
        uint32_t colon = find(line, ':');
        struct tl_bytes name = tl_sip_trim(up_to(line, colon));
        struct tl_bytes value = colon < line.len ? tl_sip_trim(from(line, colon + 1)) : tl_bytes_of(line.data, 0);
        if (tl_sip_same(name, "content-type") || tl_sip_same(name, "c"))
            type = tl_sip_trim(up_to(value, find(value, ';')));
        else if (tl_sip_same(name, "content-transfer-encoding"))
            encoded = tl_sip_same(value, "base64") || tl_sip_same(value, "quoted-printable");
    }
    part = from(part, at);
    bool sdp = tl_sip_same(type, "application/sdp");
    if (part.len == 0)
        return;
    if (sdp && !encoded && !*described) {
        *described = true;
        tl_sdp_read(d, part, m->line, &m->sdp);
    } else if (sdp || encoded || type.len == 0 || begins_with(type, "multipart/") || begins_with(type, "message/")) {
        tl_hide(d, part);
    } else {
        show(d, SIP_BODY, part);
    }
}

static void read_parts(struct tl_dissection *d, struct tl_bytes body, struct tl_sip_message *m)
{
    struct tl_bytes boundary = boundary_of(m->content_type);
    bool described = false;
    uint32_t at = 0, first = boundary.len > 0 ? next_delimiter(body, boundary, &at) : body.len;
    if (first > 0)
        tl_hide(d, up_to(body, first));
    while (at < body.len && first < body.len) {
        uint32_t start = at, end = next_delimiter(body, boundary, &at);
        read_part(d, up_to(from(body, start), end - start), m, &described);
    }
}

static void read_body(struct tl_dissection *d, struct tl_bytes body, struct tl_sip_message *m)
{
    struct tl_bytes type = tl_sip_trim(up_to(m->content_type, find(m->content_type, ';')));
    if (tl_sip_same(type, "application/sdp"))
        tl_sdp_read(d, body, m->line, &m->sdp);
    else if (begins_with(type, "multipart/"))
        read_parts(d, body, m);
    else if (type.len == 0 && begins_with(body, "v=0")) /* a description that says not what it is: it may have keys */
        tl_hide(d, body);
    else
        show(d, SIP_BODY, body);
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
    if (body.len > 0)
        read_body(d, body, m);
    return true;
}
