/* http_start.c - start lines: their kind at a glance, among other bytes, what a request's target names, and what is odd. */
#include "dissectors/http/http.h"

enum { LONGEST_WORD = TL_HTTP_LONGEST_WORD, STATUS_LOOK = 64, DETAIL = 64 };

/* Some clients put a space before the port, or words after it. */
static struct tl_bytes first_word(struct tl_bytes text)
{
    uint32_t n = 0;
    while (n < text.len && text.data[n] != ' ' && text.data[n] != '\t')
        n++;
    if (n < text.len && n > 0 && text.data[n - 1] == ':')
        n--;
    return tl_bytes_of(text.data, n);
}

struct tl_bytes tl_http_authority(const struct tl_http_start *start)
{
    struct tl_bytes t = start->target;
    if (start->method.len == 7 && memcmp(start->method.data, "CONNECT", 7) == 0)
        return first_word(t);
    if (t.len < 8 || *t.data == '/')
        return (struct tl_bytes){ NULL, 0 };
    const uint8_t *end = t.data + t.len, *p = memchr(t.data, ':', t.len);
    if (p == NULL || end - p < 3 || p[1] != '/' || p[2] != '/')
        return (struct tl_bytes){ NULL, 0 };
    p += 3;
    const uint8_t *stop = p;
    while (stop < end && *stop != '/' && *stop != '?' && *stop != '#') {
        if (*stop == '@')
            p = stop + 1;
        stop++;
    }
    return tl_bytes_of(p, (size_t)(stop - p));
}

enum tl_secret tl_http_target_secret(const struct tl_http_start *start)
{
    bool connect = start->method.len == 7 && memcmp(start->method.data, "CONNECT", 7) == 0;
    return connect ? TL_SECRET_AUTHORITY : TL_SECRET_URI;
}

uint32_t tl_http_response_within(struct tl_bytes line, bool last)
{
    uint32_t found = 0;
    for (uint32_t at = 1; at + 12 <= line.len && (last || found == 0); at++) {
        const uint8_t *p = memchr(line.data + at, 'H', line.len - at);
        if (p == NULL)
            break;
        at = (uint32_t)(p - line.data);
        uint32_t rest = line.len - at < STATUS_LOOK ? line.len - at : STATUS_LOOK;
        if (rest >= 12 && memcmp(p, "HTTP/1.", 7) == 0 && p[8] == ' ' && !tl_http_start_line(p, rest).odd)
            found = at;
    }
    return found;
}

uint32_t tl_http_request_within(struct tl_bytes line)
{
    if (line.len < 14 || memcmp(line.data + line.len - 9, " HTTP/1.", 8) != 0)
        return 0;
    uint32_t at = line.len - 10;
    while (at > 2 && line.data[at] != ' ')
        at--;
    if (line.data[at] != ' ' || line.data[at + 1] != '/')
        return 0;
    for (uint32_t n = at < 9 ? at : 9; n >= 3; n--) {
        if (tl_http_is_known_method(tl_bytes_of(line.data + at - n, n)))
            return at - n;
    }
    return 0;
}

bool tl_http_is_long_request(struct tl_bytes line, struct tl_http_start *start)
{
    const uint8_t *space = memchr(line.data, ' ', line.len < 16 ? line.len : 16);
    if (space == NULL)
        return false;
    start->method = tl_bytes_of(line.data, (size_t)(space - line.data));
    start->target = tl_bytes_of(space + 1, line.len - start->method.len - 1);
    start->kind = HTTP_REQUEST;
    start->version = tl_bytes_of("1.1", 3);
    return tl_http_is_known_method(start->method) && *start->target.data == '/';
}

bool tl_http_is_plain(const struct tl_http_start *start)
{
    if (start->kind == HTTP_SIMPLE || start->odd)
        return false;
    if (start->kind != HTTP_REQUEST)
        return true;
    return tl_http_is_known_method(start->method) && memchr(start->target.data, ' ', start->target.len) == NULL;
}

enum tl_http_kind tl_http_usual_kind(struct tl_bytes line)
{
    const uint8_t *p = line.data;
    if (line.len < 14)
        return HTTP_NO_START;
    if (memcmp(p, "HTTP/1.", 7) == 0 && p[8] == ' ' && p[9] >= '1' && p[9] <= '5')
        return HTTP_RESPONSE;
    if (memcmp(p + line.len - 9, " HTTP/1.", 8) == 0 && (memcmp(p, "GET /", 5) == 0 || memcmp(p, "POST /", 6) == 0))
        return HTTP_REQUEST;
    return HTTP_NO_START;
}

uint32_t tl_http_begins_request(struct tl_bytes bytes)
{
    uint32_t look = bytes.len < LONGEST_WORD ? bytes.len : LONGEST_WORD;
    const uint8_t *space = look > 0 ? memchr(bytes.data, ' ', look) : NULL;
    uint32_t method = space != NULL ? (uint32_t)(space - bytes.data) : 0;
    return method > 0 && tl_http_is_known_method(tl_bytes_of(bytes.data, method)) ? method + 1 : 0;
}

struct tl_bytes tl_http_first_line(struct tl_bytes text)
{
    const uint8_t *lf = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    if (lf != NULL)
        text.len = (uint32_t)(lf - text.data);
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    return text;
}

struct tl_bytes tl_http_some(struct tl_bytes text)
{
    return tl_bytes_of(text.data, text.len < DETAIL ? text.len : DETAIL);
}

struct tl_bytes tl_http_word(const struct tl_dissection *d, struct tl_bytes line)
{
    if (d->secrets)
        return tl_http_some(line);
    uint32_t look = line.len < LONGEST_WORD ? line.len : LONGEST_WORD;
    const uint8_t *space = look > 0 ? memchr(line.data, ' ', look) : NULL;
    struct tl_bytes word = tl_bytes_of(line.data, space != NULL ? (size_t)(space - line.data) : 0);
    bool version = word.len == 8 && memcmp(word.data, "HTTP/", 5) == 0 && word.data[6] == '.';
    return version || tl_http_is_known_method(word) ? word : (struct tl_bytes){ NULL, 0 };
}

void tl_http_say_odd(struct tl_dissection *d, const struct tl_http_message *m, struct tl_bytes head)
{
    const struct tl_http_start *start = &m->start;
    if (TL_UNLIKELY(start->odd))
        tl_weird(d, HTTP_WEIRD_BAD_START_LINE, tl_http_some(tl_http_first_line(head)));
    if (TL_UNLIKELY(m->bare_lf))
        tl_weird(d, HTTP_WEIRD_BARE_LF, (struct tl_bytes){ NULL, 0 });
    if (TL_UNLIKELY(memchr(head.data, 0, head.len) != NULL))
        tl_weird(d, HTTP_WEIRD_NUL_IN_HEAD, (struct tl_bytes){ NULL, 0 });
    if (TL_UNLIKELY(start->kind != HTTP_SIMPLE && !start->icy && !tl_http_is_version(start->version))) {
        tl_weird(d, HTTP_WEIRD_VERSION_UNKNOWN, tl_http_some(start->version));
    }
    if (TL_UNLIKELY(m->framing.has_length && m->framing.coded))
        tl_weird(d, HTTP_WEIRD_LENGTH_AND_CODING, (struct tl_bytes){ NULL, 0 });
    if (TL_UNLIKELY(start->kind == HTTP_REQUEST && m->hosts == 0) && start->version.len == 3 &&
        memcmp(start->version.data, "1.1", 3) == 0)
        tl_weird(d, HTTP_WEIRD_HOST_MISSING, (struct tl_bytes){ NULL, 0 });
}

bool tl_http_is_request(struct tl_bytes bytes)
{
    uint32_t method = tl_http_begins_request(bytes);
    if (method == 0 || method == bytes.len)
        return method > 0;
    uint8_t first = bytes.data[method];
    return first == '/' || first == '*' || first == 'h' || *bytes.data == 'C'; /* CONNECT has no path */
}
