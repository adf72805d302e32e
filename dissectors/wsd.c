/*
 * wsd.c - Web Services Dynamic Discovery (OASIS WS-Discovery 1.1): SOAP messages in datagrams that look for devices
 * and answer. Only
 * the elements that tell what a message is are looked for; names of elements count without their prefix.
 */
#include "core/dissect.h"

enum { ACTION, ACTION_NAME, MESSAGE_ID, RELATES_TO, TO, TYPES, SCOPES, ADDRESSES, ENDPOINT, VERSION, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [ACTION] = { "wsd.action", "Action", .type = TL_TEXT },
    [ACTION_NAME] = { "wsd.action.name", "Name of the action", .type = TL_TEXT, .flags = TL_DERIVED,
                      .help = "Hello, Bye, Probe, ProbeMatches, Resolve, ResolveMatches" },
    [MESSAGE_ID] = { "wsd.message_id", "Message id", .type = TL_TEXT },
    [RELATES_TO] = { "wsd.relates_to", "Answers message", .type = TL_TEXT },
    [TO] = { "wsd.to", "To", .type = TL_TEXT },
    [TYPES] = { "wsd.types", "Types", .type = TL_TEXT, .flags = TL_REPEATS },
    [SCOPES] = { "wsd.scopes", "Scopes", .type = TL_TEXT, .flags = TL_REPEATS },
    [ADDRESSES] = { "wsd.xaddrs", "Transport addresses", .type = TL_TEXT, .flags = TL_REPEATS },
    [ENDPOINT] = { "wsd.address", "Address of an endpoint", .type = TL_TEXT, .flags = TL_REPEATS },
    [VERSION] = { "wsd.metadata_version", "Metadata version", .type = TL_TEXT, .flags = TL_REPEATS },
};

static const struct {
    const char *name;
    uint8_t field;
} elements[] = {
    { "Action", ACTION }, { "MessageID", MESSAGE_ID }, { "RelatesTo", RELATES_TO }, { "To", TO }, { "Types", TYPES },
    { "Scopes", SCOPES }, { "XAddrs", ADDRESSES }, { "Address", ENDPOINT }, { "MetadataVersion", VERSION },
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The field of an element, given the text of its tag without the first bracket; -1: none. */
static int field_of(const uint8_t *tag, uint32_t len)
{
    uint32_t from = 0, to = 0;
    while (to < len && !is_space(tag[to]) && tag[to] != '/') {
        if (tag[to] == ':')
            from = to + 1;
        to++;
    }
    for (unsigned i = 0; i < TL_COUNT(elements); i++)
        if (strlen(elements[i].name) == to - from && memcmp(elements[i].name, tag + from, to - from) == 0)
            return elements[i].field;
    return -1;
}

static void add(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len)
{
    const uint8_t *p = d->c.base;
    while (len > 0 && is_space(p[off])) {
        off++;
        len--;
    }
    while (len > 0 && is_space(p[off + len - 1]))
        len--;
    if (len == 0)
        return;
    tl_add(d, field, off, len, 0);
    if (field != ACTION)
        return;
    uint32_t name = off + len;
    while (name > off && p[name - 1] != '/')
        name--;
    if (name < off + len)
        tl_add(d, ACTION_NAME, name, off + len - name, 0);
}

/* Looks for text between the tag of a known element and the next tag. */
static enum tl_status wsd_dissect(struct tl_dissection *d)
{
    const uint8_t *p = d->c.base;
    uint32_t at = d->c.off, end = d->c.end, once = 0;
    while (at < end) {
        const uint8_t *open = memchr(p + at, '<', end - at);
        uint32_t tag = open != NULL ? (uint32_t)(open - p) + 1 : end;
        const uint8_t *close = tag < end ? memchr(p + tag, '>', end - tag) : NULL;
        if (close == NULL)
            break;
        at = (uint32_t)(close - p) + 1;
        int field = field_of(p + tag, at - 1 - tag);
        if (field < 0 || p[at - 2] == '/')
            continue;
        const uint8_t *next = at < end ? memchr(p + at, '<', end - at) : NULL;
        bool again = (once >> field & 1) != 0 && (fields[field].flags & TL_REPEATS) == 0;
        if (next != NULL && !again)
            add(d, (unsigned)field, at, (uint32_t)(next - p) - at);
        once |= 1u << field;
    }
    tl_skip(d, tl_cursor_left(&d->c));
    tl_confirm(d);
    return tl_next_none(d);
}

static bool has(const uint8_t *p, uint32_t n, const char *mark)
{
    uint32_t len = (uint32_t)strlen(mark);
    for (uint32_t i = 0; i + len <= n; i++) {
        const uint8_t *at = memchr(p + i, mark[0], n - len + 1 - i);
        if (at == NULL)
            return false;
        i = (uint32_t)(at - p);
        if (memcmp(at, mark, len) == 0)
            return true;
    }
    return false;
}

static enum tl_probe wsd_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char mark[] = "schemas.xmlsoap.org/ws/2005/04/discovery",
    newer[] = "docs.oasis-open.org/ws-dd/ns/discovery";
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || d->flow.stream || p == NULL || n < 64 || p[0] != '<')
        return TL_PROBE_NO;
    return has(p, n, mark) || has(p, n, newer) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_wsd = {
    .name = "wsd",
    .title = "WS-Discovery",
    .service = "wsd",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 3702 } },
    .info = "{action.name}[, types {types,}][, {xaddrs,}]",
    .only_at_home = true,
    .probe = wsd_probe,
    .dissect = wsd_dissect,
};
