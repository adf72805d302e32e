/* dns_svcb.c - service bindings (RFC 9460). */
#include "dissectors/dns/dns.h"

#include "core/part.h"

enum svc_key { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, ECH, IPV6HINT };

static void put_key(struct tl_buffer *text, uint16_t key)
{
    if (text == NULL)
        return;
    const char *name = tl_name_of(tl_dns_svc_keys, key);
    if (name != NULL) {
        tl_puts(text, name);
        return;
    }
    tl_put_lit(text, "key");
    tl_put_u64(text, key);
}

static bool plain(uint8_t c)
{
    return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 32) - 'a') < 26 || c == '-' || c == '.' || c == '_' || c == '/';
}

/* Quotes a value unless all bytes are plain. In a list a comma within an item is escaped (RFC 9460 A.1). */
static void put_escaped(struct tl_buffer *text, const uint8_t *p, uint32_t n, bool item)
{
    for (uint32_t i = 0; i < n; i++) {
        if (item && (p[i] == ',' || p[i] == '\\'))
            tl_put_lit(text, "\\\\");
        if (p[i] == '"' || p[i] == '\\')
            tl_put_char(text, '\\');
        tl_put_char(text, (char)p[i]);
    }
}

static bool all_plain(const uint8_t *p, uint32_t n, bool lengths)
{
    uint32_t skip = lengths ? 0 : UINT32_MAX;
    for (uint32_t i = 0; i < n; i++) {
        if (lengths && i == skip)
            skip += p[i] + 1u;
        else if (!plain(p[i]))
            return false;
    }
    return true;
}

static void alpn(struct tl_dissection *d, struct tl_buffer *text)
{
    const uint8_t *all = d->c.base + d->c.off;
    bool quoted = text != NULL && !all_plain(all, tl_cursor_left(&d->c), true);
    if (quoted)
        tl_put_char(text, '"');
    for (bool first = true; tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; first = false) {
        uint32_t n = tl_u8(d, DNS_SVCB_ALPN_LENGTH);
        const uint8_t *p = tl_run(d, DNS_SVCB_ALPN, n);
        if (text == NULL || p == NULL)
            continue;
        if (!first)
            tl_put_char(text, ',');
        put_escaped(text, p, n, true);
    }
    if (quoted)
        tl_put_char(text, '"');
}

static void hints(struct tl_dissection *d, unsigned field, uint32_t size, struct tl_buffer *text)
{
    for (bool first = true; tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; first = false) {
        const uint8_t *p = tl_run(d, field, size);
        if (text == NULL || p == NULL)
            continue;
        if (!first)
            tl_put_char(text, ',');
        if (size == 4)
            tl_put_ipv4(text, p);
        else
            tl_put_ipv6(text, p);
    }
}

static void mandatory(struct tl_dissection *d, struct tl_buffer *text)
{
    for (bool first = true; tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; first = false) {
        uint16_t key = tl_u16(d, DNS_SVCB_MANDATORY);
        if (text == NULL || !tl_ok(d))
            continue;
        if (!first)
            tl_put_char(text, ',');
        put_key(text, key);
    }
}

static void other(struct tl_dissection *d, unsigned field, struct tl_buffer *text)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_run(d, field, n);
    if (text == NULL || p == NULL)
        return;
    if (field == DNS_SVCB_ECH) {
        tl_dns_put_base64(text, p, n);
        return;
    }
    bool quoted = !all_plain(p, n, false);
    if (quoted)
        tl_put_char(text, '"');
    put_escaped(text, p, n, false);
    if (quoted)
        tl_put_char(text, '"');
}

static void param_value(struct tl_dissection *d, uint16_t key, struct tl_buffer *text)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return;
    if (text != NULL)
        tl_put_char(text, '=');
    switch (key) {
    case MANDATORY:
        mandatory(d, text);
        break;
    case ALPN:
        alpn(d, text);
        break;
    case PORT: {
        uint16_t port = tl_u16(d, DNS_SVCB_PORT);
        if (text != NULL)
            tl_put_u64(text, port);
        break;
    }
    case IPV4HINT:
        hints(d, DNS_SVCB_IPV4HINT, 4, text);
        break;
    case IPV6HINT:
        hints(d, DNS_SVCB_IPV6HINT, 16, text);
        break;
    default:
        other(d, key == ECH ? DNS_SVCB_ECH : DNS_SVCB_VALUE, text);
        break;
    }
}

void tl_dns_svcb(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text)
{
    uint16_t priority = tl_u16(d, DNS_SVCB_PRIORITY);
    struct tl_dns_name target;
    tl_dns_name(d, m, DNS_SVCB_TARGET, text != NULL ? &target : NULL);
    if (text != NULL && tl_ok(d)) {
        tl_put_u64(text, priority);
        tl_put_char(text, ' ');
        tl_dns_put_name(text, &target, ".");
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DNS_SVCB_PARAM);
        uint16_t key = tl_u16(d, DNS_SVCB_KEY);
        uint32_t n = tl_u16(d, DNS_SVCB_LENGTH);
        struct tl_part part = tl_part_enter(d, n);
        if (part.open) {
            if (text != NULL)
                tl_put_char(text, ' ');
            put_key(text, key);
            param_value(d, key, text);
        }
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}
