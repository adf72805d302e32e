/*
 * ssdp.c - Simple Service Discovery Protocol (UPnP Device Architecture 2.0 clause 1): searches, answers and notices
 * of devices, in
 * the form of HTTP headers in a datagram.
 */
#include "core/dissect.h"

enum { START, METHOD, STATUS, HOST, MAN, MX, ST, NT, NTS, USN, LOCATION, SERVER, CACHE, AGENT, HEADER, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [START] = { "ssdp.start", "First line", .type = TL_TEXT },
    [METHOD] = { "ssdp.method", "Method", .type = TL_TEXT },
    [STATUS] = { "ssdp.status", "Status", .type = TL_U16 },
    [HOST] = { "ssdp.host", "Host", .type = TL_TEXT },
    [MAN] = { "ssdp.man", "Extension", .type = TL_TEXT },
    [MX] = { "ssdp.mx", "Most seconds to wait", .type = TL_TEXT },
    [ST] = { "ssdp.st", "Search target", .type = TL_TEXT },
    [NT] = { "ssdp.nt", "Notification type", .type = TL_TEXT },
    [NTS] = { "ssdp.nts", "Notification subtype", .type = TL_TEXT },
    [USN] = { "ssdp.usn", "Unique service name", .type = TL_TEXT },
    [LOCATION] = { "ssdp.location", "Location", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [SERVER] = { "ssdp.server", "Server", .type = TL_TEXT },
    [CACHE] = { "ssdp.cache_control", "Cache control", .type = TL_TEXT },
    [AGENT] = { "ssdp.user_agent", "User agent", .type = TL_TEXT },
    [HEADER] = { "ssdp.header", "Header", .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_HEADER },
};

static const struct {
    const char *name; /* lower case */
    uint8_t field;
} headers[] = {
    { "host", HOST }, { "man", MAN }, { "mx", MX }, { "st", ST }, { "nt", NT }, { "nts", NTS }, { "usn", USN },
    { "location", LOCATION }, { "server", SERVER }, { "cache-control", CACHE }, { "user-agent", AGENT },
};

static bool is_word(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i < n && text.len == n; i++)
        if ((text.data[i] | 0x20) != (uint8_t)word[i] && text.data[i] != (uint8_t)word[i])
            return false;
    return text.len == n;
}

static bool begins(struct tl_bytes text, const char *word)
{
    size_t n = strlen(word);
    return text.len >= n && memcmp(text.data, word, n) == 0;
}

static void header(struct tl_dissection *d, uint32_t off, struct tl_bytes line)
{
    const uint8_t *colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;
    uint32_t n = colon != NULL ? (uint32_t)(colon - line.data) : line.len, at = n + 1;
    for (unsigned i = 0; colon != NULL && i < TL_COUNT(headers); i++) {
        if (!is_word(tl_bytes_of(line.data, n), headers[i].name))
            continue;
        while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
            at++;
        if (at < line.len)
            tl_add(d, headers[i].field, off + at, line.len - at, 0);
        return;
    }
    if (line.len > 0)
        tl_add(d, HEADER, off, line.len, 0);
}

static void first_line(struct tl_dissection *d, uint32_t off, struct tl_bytes line)
{
    tl_add(d, START, off, line.len, 0);
    const uint8_t *space = memchr(line.data, ' ', line.len);
    uint32_t n = space != NULL ? (uint32_t)(space - line.data) : line.len;
    if (!begins(line, "HTTP/")) {
        tl_add(d, METHOD, off, n, 0);
        return;
    }
    uint32_t status = 0, at = n + 1;
    while (at < line.len && line.data[at] >= '0' && line.data[at] <= '9' && status < 1000)
        status = status * 10 + (line.data[at++] - '0');
    tl_add(d, STATUS, off + n + 1, at > n + 1 ? at - n - 1 : 0, status);
}

static enum tl_status ssdp_dissect(struct tl_dissection *d)
{
    bool first = true;
    if (tl_cursor_left(&d->c) == 0)
        return tl_next_none(d);
    while (tl_cursor_left(&d->c) > 0) {
        uint32_t left = tl_cursor_left(&d->c), off = d->c.off;
        const uint8_t *p = d->c.base + off, *end = memchr(p, '\n', left);
        uint32_t n = end != NULL ? (uint32_t)(end - p) + 1 : left;
        struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, n));
        if (first && line.len > 0)
            first_line(d, off, line);
        else if (!first)
            header(d, off, line);
        first = false;
        tl_skip(d, n);
    }
    tl_confirm(d);
    return tl_next_none(d);
}

static enum tl_probe ssdp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 10);
    if (d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    struct tl_bytes text = tl_bytes_of(p, 10);
    if (begins(text, "M-SEARCH *") || (d->flow.home && (begins(text, "NOTIFY * H") || begins(text, "HTTP/1.1 2"))))
        return TL_PROBE_YES;
    return TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_ssdp = {
    .name = "ssdp",
    .title = "Simple Service Discovery Protocol",
    .service = "ssdp",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .has_secrets = true,
    .on = { { TL_ON_UDP_PORT, 1900 } },
    .info = "{start}[, {nts}][, {st}][, {nt}][, {location}]",
    TL_BEGINS("MM"),
    .probe = ssdp_probe,
    .dissect = ssdp_dissect,
};
