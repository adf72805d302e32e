/* dns_svcb.c - DNS data with a list of options: EDNS (RFC 6891) and service bindings (RFC 9460). */
#include "dissectors/dns/dns.h"

#include "core/part.h"

/* Adds the rest of the option unchanged. */
static void rest(struct tl_dissection *d, unsigned field)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    if (n > 0)
        tl_run(d, field, n);
}

/* The address has only the bytes that its prefix needs (RFC 7871 section 6). */
static void client_subnet(struct tl_dissection *d)
{
    uint16_t family = tl_u16(d, DNS_ECS_FAMILY);
    tl_u8(d, DNS_ECS_NETMASK);
    tl_u8(d, DNS_ECS_SCOPE);
    uint32_t n = tl_cursor_wire_left(&d->c), room = family == 1 ? 4 : family == 2 ? 16 : 0;
    if (n > room) {
        tl_run(d, DNS_ECS_ADDR, n);
        return;
    }
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || d->wanted == NULL)
        return;
    uint8_t full[16] = { 0 };
    memcpy(full, p, n);
    tl_add_text(d, family == 1 ? DNS_ECS_ADDR4 : DNS_ECS_ADDR6, d->c.off - n, n, full, room);
}

static void cookie(struct tl_dissection *d)
{
    tl_run(d, DNS_COOKIE_CLIENT, 8);
    rest(d, DNS_COOKIE_SERVER);
}

static void algorithms(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u8(d, field);
}

static void option_data(struct tl_dissection *d, const struct tl_dns_message *m, uint16_t code)
{
    switch (code) {
    case 5:
        algorithms(d, DNS_OPT_DAU);
        break;
    case 6:
        algorithms(d, DNS_OPT_DHU);
        break;
    case 7:
        algorithms(d, DNS_OPT_N3U);
        break;
    case 8:
        client_subnet(d);
        break;
    case 10:
        cookie(d);
        break;
    case 11:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_u16(d, DNS_OPT_KEEPALIVE);
        break;
    case 12:
        rest(d, DNS_OPT_PADDING);
        break;
    case 13:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_dns_name(d, m, DNS_OPT_CHAIN, NULL);
        break;
    case 15:
        tl_u16(d, DNS_OPT_ERROR_CODE);
        rest(d, DNS_OPT_ERROR_TEXT);
        break;
    default:
        break;
    }
}

void tl_dns_options(struct tl_dissection *d, const struct tl_dns_message *m)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DNS_OPT);
        uint16_t code = tl_u16(d, DNS_OPT_CODE);
        uint32_t n = tl_u16(d, DNS_OPT_LEN);
        struct tl_part part = tl_part_enter(d, n);
        if (part.open) {
            if (n > 0 && tl_cursor_left(&d->c) == n)
                tl_add(d, DNS_OPT_DATA, d->c.off, n, 0);
            option_data(d, m, code);
        }
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}

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

static void put_base64(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < n; i += 3) {
        uint32_t left = n - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0u);
        char four[4] = { digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63], digits[v & 63] };
        uint32_t real = left > 2 ? 4 : left + 1;
        memset(four + real, '=', 4 - real);
        tl_put(text, four, 4);
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
        put_base64(text, p, n);
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
        tl_dns_lower(&target);
        tl_put_u64(text, priority);
        tl_put_char(text, ' ');
        if (target.len == 0)
            tl_put_char(text, '.');
        else
            tl_put(text, target.text, target.len);
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
