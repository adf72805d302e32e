/*
 * mail_text.c - encoded words (RFC 2047), parameters (RFC 2045 section 5.1, RFC 2231), lists of addresses (RFC 5322).
 */
#include "dissectors/mail/mail_text.h"

#include "core/base64.h"

enum {
    WORD_MOST = 1024,  /* maximum bytes of an encoded word's text decoded at once; the RFC allows 75 */
    SEGMENTS_MOST = 32, /* maximum segments of a continued parameter */
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct tl_bytes tl_mail_trim(struct tl_bytes text)
{
    while (text.len > 0 && is_space(text.data[0]))
        text = (struct tl_bytes){ text.data + 1, text.len - 1 };
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

bool tl_mail_is(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    while (i < text.len && word[i] != 0 && lower(text.data[i]) == (uint8_t)word[i])
        i++;
    return i == text.len && word[i] == 0;
}

static void put(struct tl_mail_text *out, const uint8_t *data, uint32_t n)
{
    if (n > out->room - out->len) {
        n = out->room - out->len;
        out->cut = true;
    }
    if (n > 0)
        memcpy(out->data + out->len, data, n);
    out->len += n;
}

/* Appends text of a character set. Returns false if the character set is unknown. */
static bool put_converted(struct tl_charsets *sets, struct tl_bytes charset, struct tl_bytes text,
                          struct tl_mail_text *out)
{
    uint32_t n = 0;
    enum tl_charset_result result =
        tl_charset_utf8(sets, charset, text, out->data + out->len, out->room - out->len, &n);
    out->len += n;
    out->cut |= result == TL_CHARSET_CUT;
    return result != TL_CHARSET_UNKNOWN;
}

/* --- encoded words --- */

struct word {
    struct tl_bytes charset, text;
    bool base64;
    uint32_t len; /* bytes from "=?" up to and including "?=" */
};

/* Returns whether text begins with an encoded word. */
static bool word_at(struct tl_bytes text, struct word *w)
{
    if (text.len < 8 || text.data[0] != '=' || text.data[1] != '?')
        return false;
    uint32_t limit = text.len < WORD_MOST ? text.len : WORD_MOST;
    const uint8_t *end = text.data + limit, *charset = text.data + 2;
    const uint8_t *mark = memchr(charset, '?', (size_t)(end - charset));
    if (mark == NULL || end - mark < 5 || mark[2] != '?' || mark == charset)
        return false;
    uint8_t how = lower(mark[1]);
    const uint8_t *body = mark + 3, *close = memchr(body, '?', (size_t)(end - body));
    if ((how != 'b' && how != 'q') || close == NULL || close + 1 >= end || close[1] != '=')
        return false;
    *w = (struct word){ .charset = tl_bytes_of(charset, (size_t)(mark - charset)),
                        .text = tl_bytes_of(body, (size_t)(close - body)),
                        .base64 = how == 'b', .len = (uint32_t)(close + 2 - text.data) };
    return memchr(charset, ' ', (size_t)(mark - charset)) == NULL;
}

/* Decodes an encoded word to bytes. */
static uint32_t word_bytes(const struct word *w, uint8_t out[WORD_MOST])
{
    uint32_t n = 0;
    if (w->base64) {
        struct tl_base64 state = { 0 };
        return tl_base64_decode(&state, w->text, out);
    }
    for (uint32_t i = 0; i < w->text.len; i++) {
        uint8_t c = w->text.data[i];
        int high = c == '=' && i + 2 < w->text.len ? hex_digit(w->text.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(w->text.data[i + 2]) : -1;
        if (low >= 0) {
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        out[n++] = c;
    }
    return n;
}

static bool same_charset(struct tl_bytes a, struct tl_bytes b)
{
    for (uint32_t i = 0; i < a.len && a.len == b.len; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return a.len == b.len;
}

/*
 * Decodes adjacent encoded words of one character set that are separated only by white space. Joins their bytes before
 * conversion, because mailers split words within characters. Returns the number of bytes of the value that were read.
 */
static uint32_t words(struct tl_charsets *sets, struct tl_bytes value, const struct word *first,
                      struct tl_mail_text *out)
{
    uint8_t bytes[2 * WORD_MOST];
    struct word w = *first;
    uint32_t n = word_bytes(&w, bytes), at = w.len;
    for (;;) {
        uint32_t next = at;
        while (next < value.len && is_space(value.data[next]))
            next++;
        struct word more;
        if (!word_at((struct tl_bytes){ value.data + next, value.len - next }, &more) ||
            !same_charset(more.charset, first->charset) || n > WORD_MOST)
            break;
        n += word_bytes(&more, bytes + n);
        at = next + more.len;
    }
    if (!put_converted(sets, first->charset, tl_bytes_of(bytes, n), out))
        put(out, value.data, at);
    return at;
}

void tl_mail_decode(struct tl_charsets *sets, struct tl_bytes value, struct tl_mail_text *out)
{
    uint32_t at = 0, plain = 0; /* plain: start of the unwritten text */
    bool behind_word = false;
    while (at < value.len) {
        const uint8_t *mark = memchr(value.data + at, '=', value.len - at);
        struct word w;
        if (mark == NULL)
            break;
        at = (uint32_t)(mark - value.data);
        struct tl_bytes rest = { mark, value.len - at };
        if (!word_at(rest, &w) || !tl_charset_known(w.charset)) {
            at++;
            continue;
        }
        struct tl_bytes between = tl_mail_trim((struct tl_bytes){ value.data + plain, at - plain });
        if (!behind_word || between.len > 0) /* white space between two words is not part of the text */
            put(out, value.data + plain, at - plain);
        at += words(sets, rest, &w, out);
        plain = at;
        behind_word = true;
    }
    put(out, value.data + plain, value.len - plain);
}

/* --- parameters --- */

struct tl_bytes tl_mail_main_value(struct tl_bytes value)
{
    const uint8_t *end = value.len > 0 ? memchr(value.data, ';', value.len) : NULL;
    if (end != NULL)
        value.len = (uint32_t)(end - value.data);
    return tl_mail_trim(value);
}

/* One "name=value" of a field, with its quotes. */
struct parameter {
    struct tl_bytes name, value;
};

/* Removes the next parameter from `rest`, which begins after a ';'. */
static bool next_parameter(struct tl_bytes *rest, struct parameter *p)
{
    while (rest->len > 0) {
        uint32_t end = 0, equals = UINT32_MAX;
        bool quoted = false;
        for (; end < rest->len && (quoted || rest->data[end] != ';'); end++) {
            uint8_t c = rest->data[end];
            if (c == '"')
                quoted = !quoted;
            else if (c == '\\' && quoted)
                end++;
            else if (c == '=' && !quoted && equals == UINT32_MAX)
                equals = end;
        }
        if (end > rest->len)
            end = rest->len;
        struct tl_bytes whole = { rest->data, end };
        uint32_t skip = end < rest->len ? end + 1 : end;
        *rest = (struct tl_bytes){ rest->data + skip, rest->len - skip };
        if (equals == UINT32_MAX)
            continue;
        p->name = tl_mail_trim((struct tl_bytes){ whole.data, equals });
        p->value = tl_mail_trim((struct tl_bytes){ whole.data + equals + 1, end - equals - 1 });
        return true;
    }
    return false;
}

/* Appends a value without its quotes and backslashes. */
static void put_unquoted(struct tl_bytes value, struct tl_mail_text *out)
{
    if (value.len == 0 || value.data[0] != '"') {
        put(out, value.data, value.len);
        return;
    }
    for (uint32_t i = 1; i < value.len && value.data[i] != '"'; i++) {
        if (value.data[i] == '\\' && i + 1 < value.len)
            i++;
        put(out, value.data + i, 1);
    }
}

static void put_percent_decoded(struct tl_bytes value, struct tl_mail_text *out)
{
    for (uint32_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        int high = c == '%' && i + 2 < value.len ? hex_digit(value.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value.data[i + 2]) : -1;
        if (low >= 0) {
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        put(out, &c, 1);
    }
}

struct segment {
    struct tl_bytes value;
    bool encoded, there;
};

/* Returns whether the name is "name", "name*", "name*N" or "name*N*". *index: N, or -1 (-2 for plain "name"). */
static bool is_named(struct tl_bytes given, const char *name, int *index, bool *encoded)
{
    uint32_t n = (uint32_t)strlen(name);
    if (given.len < n || !tl_mail_is((struct tl_bytes){ given.data, n }, name))
        return false;
    struct tl_bytes rest = { given.data + n, given.len - n };
    *encoded = rest.len > 0 && rest.data[rest.len - 1] == '*';
    *index = rest.len == 0 ? -2 : -1;
    if (rest.len <= 1)
        return rest.len == 0 || *encoded;
    rest.len -= *encoded;
    if (rest.data[0] != '*' || rest.len < 2 || rest.len > 4)
        return false;
    int number = 0;
    for (uint32_t i = 1; i < rest.len; i++) {
        if (rest.data[i] < '0' || rest.data[i] > '9')
            return false;
        number = number * 10 + (rest.data[i] - '0');
    }
    *index = number;
    return true;
}

/* Joins continuations (RFC 2231 section 3); the first one names the character set (section 4). */
static void put_segments(struct tl_charsets *sets, const struct segment *all, unsigned count, struct tl_mail_text *out)
{
    uint8_t joined[2 * WORD_MOST];
    struct tl_mail_text raw = { .data = joined, .room = sizeof joined };
    struct tl_bytes charset = { (const uint8_t *)"us-ascii", 8 };
    for (unsigned i = 0; i < count && all[i].there; i++) {
        struct tl_bytes value = all[i].value;
        if (!all[i].encoded) {
            put_unquoted(value, &raw);
            continue;
        }
        if (value.len > 0 && value.data[0] == '"') /* not allowed, but in use */
            value = (struct tl_bytes){ value.data + 1, value.len - 1 - (value.len > 1 && value.data[value.len - 1] == '"') };
        const uint8_t *mark = i == 0 && value.len > 0 ? memchr(value.data, '\'', value.len) : NULL;
        size_t behind = mark != NULL ? value.len - (size_t)(mark - value.data) - 1 : 0;
        const uint8_t *second = behind > 0 ? memchr(mark + 1, '\'', behind) : NULL;
        if (second != NULL) {
            if (mark > value.data)
                charset = tl_bytes_of(value.data, (size_t)(mark - value.data));
            value = tl_bytes_of(second + 1, value.len - (size_t)(second - value.data) - 1);
        }
        put_percent_decoded(value, &raw);
    }
    out->cut |= raw.cut;
    if (!put_converted(sets, charset, tl_bytes_of(joined, raw.len), out))
        put(out, joined, raw.len);
}

bool tl_mail_parameter(struct tl_charsets *sets, struct tl_bytes value, const char *name, struct tl_mail_text *out)
{
    struct segment segments[SEGMENTS_MOST] = { { .there = false } };
    struct tl_bytes plain = { NULL, 0 };
    struct parameter p;
    bool found = false;
    const uint8_t *from = value.len > 0 ? memchr(value.data, ';', value.len) : NULL;
    if (from == NULL)
        return false;
    struct tl_bytes rest = { from + 1, value.len - (uint32_t)(from - value.data) - 1 };
    while (next_parameter(&rest, &p)) {
        int index;
        bool encoded;
        if (!is_named(p.name, name, &index, &encoded))
            continue;
        if (index == -2) {
            if (!found)
                plain = p.value;
            found = true;
        } else if (index < SEGMENTS_MOST) {
            unsigned i = index < 0 ? 0 : (unsigned)index;
            if (!segments[i].there)
                segments[i] = (struct segment){ p.value, encoded, true };
        } else {
            out->cut = true;
        }
    }
    if (segments[0].there) {
        put_segments(sets, segments, SEGMENTS_MOST, out);
        return true;
    }
    if (found) { /* encoded words in quotes are not allowed, but common */
        uint8_t text[2 * WORD_MOST];
        struct tl_mail_text raw = { .data = text, .room = sizeof text };
        put_unquoted(plain, &raw);
        out->cut |= raw.cut;
        tl_mail_decode(sets, tl_bytes_of(text, raw.len), out);
    }
    return found;
}

/* --- addresses --- */

/* Position in a list of addresses. */
struct scan {
    unsigned comments; /* nested */
    bool quoted, angle, literal; /* literal: a domain such as [IPv6:::1] */
};

/* Reads the character at text[*i]. Returns whether it can separate items; *i moves past an escaped character. */
static bool can_separate(struct scan *s, struct tl_bytes text, uint32_t *i)
{
    uint8_t c = text.data[*i];
    bool outside = s->comments == 0 && !s->quoted;
    if (c == '\\' && !outside)
        (*i)++;
    else if (s->quoted)
        s->quoted = c != '"';
    else if (c == '"')
        s->quoted = s->comments == 0;
    else if (c == '(')
        s->comments++;
    else if (c == ')' && s->comments > 0)
        s->comments--;
    else if (outside && (c == '<' || c == '>'))
        s->angle = c == '<';
    else if (outside && c == '[')
        s->literal = *i > 0 && text.data[*i - 1] == '@';
    else if (outside && c == ']')
        s->literal = false;
    else
        return outside && !s->angle && !s->literal;
    return false;
}

bool tl_mail_next_address(struct tl_bytes *list, struct tl_bytes *item)
{
    while (list->len > 0) {
        struct scan scan = { .comments = 0 };
        uint32_t from = 0, end = 0; /* from: after the name of a group */
        bool group = false;
        for (; end < list->len; end++) {
            uint8_t c = list->data[end];
            if (!can_separate(&scan, *list, &end))
                continue;
            if (c == ',' || c == ';')
                break;
            if (c == ':') {
                from = end + 1;
                group = true;
            }
        }
        if (end > list->len)
            end = list->len;
        *item = tl_mail_trim((struct tl_bytes){ list->data + from, end - from });
        uint32_t skip = end < list->len ? end + 1 : end;
        bool whole = end == list->len || list->data[end] == ';';
        if (item->len == 0 && group && whole) /* no one is in it, as in "undisclosed-recipients:;" */
            *item = tl_mail_trim((struct tl_bytes){ list->data, skip });
        *list = (struct tl_bytes){ list->data + skip, list->len - skip };
        if (item->len > 0)
            return true;
    }
    return false;
}

/* --- IP addresses in text --- */

static bool in_address(uint8_t c)
{
    return hex_digit(c) >= 0 || c == ':' || c == '.';
}

/* Four numbers up to 255, separated by dots. */
static bool is_ipv4(const uint8_t *p, uint32_t n)
{
    unsigned parts = 1, value = 0, digits = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == '.') {
            if (digits == 0 || ++parts > 4)
                return false;
            value = digits = 0;
        } else if (p[i] >= '0' && p[i] <= '9' && digits < 3) {
            value = value * 10 + (p[i] - '0');
            digits++;
            if (value > 255)
                return false;
        } else {
            return false;
        }
    }
    return parts == 4 && digits > 0;
}

/* Groups of up to four digits, separated by colons; "::" at most once; an IPv4 address may end it. */
static bool is_ipv6(const uint8_t *p, uint32_t n)
{
    unsigned groups = 0, digits = 0, shortened = 0;
    uint32_t from = 0; /* of the group */
    if (n < 2 || n > 45 || (p[0] == ':' && p[1] != ':') || (p[n - 1] == ':' && p[n - 2] != ':'))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == '.') {
            if (!is_ipv4(p + from, n - from))
                return false;
            groups += 2;
            digits = 0;
            break;
        }
        if (p[i] != ':') {
            if (++digits > 4)
                return false;
            continue;
        }
        groups += digits > 0;
        shortened += i > 0 && p[i - 1] == ':';
        digits = 0;
        from = i + 1;
    }
    groups += digits > 0;
    return shortened == 0 ? groups == 8 : shortened == 1 && groups < 8 && n > 2;
}

static bool in_word(uint8_t c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_' || c == '@';
}

/* Returns whether text ends with "IPv". The 6 after it is not part of an address (RFC 5321 section 4.1.3). */
static bool behind_tag(const uint8_t *text, uint32_t len)
{
    return len >= 3 && tl_mail_is((struct tl_bytes){ text + len - 3, 3 }, "ipv");
}

bool tl_mail_next_ip(struct tl_bytes text, uint32_t *at, struct tl_bytes *ip)
{
    while (*at < text.len) {
        uint32_t from = *at, end = from;
        if (!in_address(text.data[from])) {
            ++*at;
            continue;
        }
        while (end < text.len && in_address(text.data[end]))
            end++;
        *at = end;
        bool alone = (from == 0 || !in_word(text.data[from - 1])) && (end == text.len || !in_word(text.data[end]));
        if (behind_tag(text.data, from) && end - from > 2 && text.data[from + 1] == ':') {
            from += 2;
            alone = true;
        }
        while (end > from && text.data[end - 1] == '.')
            end--;
        if (alone && (is_ipv4(text.data + from, end - from) || is_ipv6(text.data + from, end - from))) {
            *ip = (struct tl_bytes){ text.data + from, end - from };
            return true;
        }
    }
    return false;
}
