/*
 * dns_text.c - types whose presentation form is more than their fields: APL (RFC 3123), CERT (RFC 4398), CSYNC
 * (RFC 7477), LOC (RFC 1876), SMIMEA (RFC 8162), URI (RFC 7553), WKS (RFC 1035 section 3.4.2). Texts are as dig writes
 * them.
 */
#include "dissectors/dns/dns.h"

void tl_dns_put_base64(struct tl_buffer *text, const uint8_t *p, uint32_t n)
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

void tl_dns_put_upper_hex(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "0123456789ABCDEF";
    for (uint32_t i = 0; i < n; i++) {
        char two[2] = { digits[p[i] >> 4], digits[p[i] & 15] };
        tl_put(text, two, 2);
    }
}

/* A string (RFC 1035 section 5.1). */
void tl_dns_put_quoted(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    tl_put_char(text, '"');
    for (uint32_t i = 0; i < n; i++) {
        uint8_t c = p[i];
        if (c < ' ' || c >= 0x7f) {
            char four[4] = { '\\', (char)('0' + c / 100), (char)('0' + c / 10 % 10), (char)('0' + c % 10) };
            tl_put(text, four, 4);
            continue;
        }
        if (c == '"' || c == '\\')
            tl_put_char(text, '\\');
        tl_put_char(text, (char)c);
    }
    tl_put_char(text, '"');
}

/* Data without a form of its own (RFC 3597 section 5). */
static void put_generic(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    tl_put_lit(text, "\\# ");
    tl_put_u64(text, n);
    if (n > 0)
        tl_put_char(text, ' ');
    tl_dns_put_upper_hex(text, p, n);
}

static void put_named(struct tl_buffer *text, const struct tl_name *names, uint32_t value)
{
    const char *name = tl_name_of(names, value);
    if (name != NULL)
        tl_puts(text, name);
    else
        tl_put_u64(text, value);
}

/* --- LOC --- */

enum { LOC_SIZE = 16, DEGREE = 3600000, EQUATOR = 1u << 31 };

/* A byte is a digit and a power of ten, in cm. */
static bool put_length(struct tl_buffer *text, uint8_t byte)
{
    unsigned digit = byte >> 4, power = byte & 15;
    if (digit > 9 || power > 9)
        return false;
    tl_put_char(text, ' ');
    if (power < 2) {
        unsigned cm = power == 0 ? digit : digit * 10;
        char parts[4] = { '0', '.', (char)('0' + cm / 10), (char)('0' + cm % 10) };
        tl_put(text, parts, 4);
    } else {
        uint64_t metres = digit;
        while (power-- > 2)
            metres *= 10;
        tl_put_u64(text, metres);
    }
    tl_put_char(text, 'm');
    return true;
}

/* Thousandths of a second of arc from the equator or the prime meridian, which is 2^31. */
static bool put_angle(struct tl_buffer *text, uint32_t value, uint32_t degrees_most, const char letters[2])
{
    bool positive = value >= EQUATOR;
    uint32_t arc = positive ? value - EQUATOR : EQUATOR - value;
    if (arc > degrees_most * DEGREE)
        return false;
    tl_put_format(text, "%u %u %u.%03u %c", arc / DEGREE, arc / 60000 % 60, arc / 1000 % 60, arc % 1000,
                  letters[positive ? 0 : 1]);
    return true;
}

/* In cm from 100 km below the reference spheroid. */
static void put_altitude(struct tl_buffer *text, uint32_t value)
{
    int64_t cm = (int64_t)value - 10000000;
    uint64_t size = (uint64_t)(cm < 0 ? -cm : cm);
    tl_put_format(text, " %s%u.%02um", cm < 0 ? "-" : "", (unsigned)(size / 100), (unsigned)(size % 100));
}

static bool put_loc(struct tl_buffer *text, const uint8_t *p)
{
    if (!put_angle(text, tl_load_be32(p + 4), 90, "NS"))
        return false;
    tl_put_char(text, ' ');
    if (!put_angle(text, tl_load_be32(p + 8), 180, "EW"))
        return false;
    put_altitude(text, tl_load_be32(p + 12));
    return put_length(text, p[1]) && put_length(text, p[2]) && put_length(text, p[3]);
}

void tl_dns_loc(struct tl_dissection *d, struct tl_buffer *text)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_cursor_left(&d->c) == n ? d->c.base + d->c.off : NULL;
    uint8_t version = tl_u8(d, DNS_LOC_VERSION);
    if (version != 0) {
        d->c.off--;
        tl_run(d, DNS_LOC_UNKNOWN, n);
        if (text != NULL && p != NULL)
            put_generic(text, p, n);
        return;
    }
    tl_u8(d, DNS_LOC_SIZE);
    tl_u8(d, DNS_LOC_HORIZONTAL);
    tl_u8(d, DNS_LOC_VERTICAL);
    tl_u32(d, DNS_LOC_LATITUDE);
    tl_u32(d, DNS_LOC_LONGITUDE);
    tl_u32(d, DNS_LOC_ALTITUDE);
    if (text == NULL || p == NULL || !tl_ok(d))
        return;
    size_t before = text->len;
    if (put_loc(text, p))
        return;
    text->len = before; /* a value out of range */
    put_generic(text, p, LOC_SIZE);
}

/* --- APL --- */

static void put_prefix(struct tl_buffer *text, uint16_t family, const uint8_t full[16], uint8_t prefix, bool negated)
{
    if (text->len > 0)
        tl_put_char(text, ' ');
    if (negated)
        tl_put_char(text, '!');
    tl_put_u64(text, family);
    tl_put_char(text, ':');
    if (family == 1)
        tl_put_ipv4(text, full);
    else
        tl_put_ipv6(text, full);
    tl_put_char(text, '/');
    tl_put_u64(text, prefix);
}

/* Reads one prefix. Returns false if it has no text: another family, or more than an address or a prefix can be. */
static bool apl_item(struct tl_dissection *d, struct tl_buffer *text)
{
    uint16_t family = tl_u16(d, DNS_APL_FAMILY);
    uint8_t prefix = tl_u8(d, DNS_APL_PREFIX);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t whole = p != NULL ? *p : 0, n = whole & 0x7f, full[16] = { 0 };
    if (p != NULL)
        tl_add_all_bits(d, DNS_APL_NEGATION, DNS_APL_LENGTH, d->c.off - 1, 1, whole);
    uint32_t size = family == 1 ? 4 : family == 2 ? 16 : 0;
    bool known = size > 0 && n <= size;
    p = tl_cursor_take(&d->c, n);
    if (p == NULL)
        return false;
    if (known)
        memcpy(full, p, n);
    if (TL_UNLIKELY(d->wanted != NULL)) {
        if (known)
            tl_add_text(d, family == 1 ? DNS_APL_IPV4 : DNS_APL_IPV6, d->c.off - n, n, full, size);
        else if (n > 0)
            tl_add(d, DNS_APL_DATA, d->c.off - n, n, 0);
    }
    known = known && prefix <= size * 8;
    if (text != NULL && known)
        put_prefix(text, family, full, prefix, (whole & 0x80) != 0);
    return known;
}

void tl_dns_apl(struct tl_dissection *d, struct tl_buffer *text)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_cursor_left(&d->c) == n ? d->c.base + d->c.off : NULL;
    size_t before = text != NULL ? text->len : 0;
    bool known = true;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        known = apl_item(d, text) && known;
    if (text == NULL || p == NULL || known || !tl_ok(d))
        return;
    text->len = before;
    put_generic(text, p, n);
}

/* --- the others --- */

void tl_dns_cert(struct tl_dissection *d, struct tl_buffer *text)
{
    uint16_t type = tl_u16(d, DNS_CERT_TYPE), tag = tl_u16(d, DNS_CERT_KEY_TAG);
    uint8_t algorithm = tl_u8(d, DNS_CERT_ALGORITHM);
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = n > 0 ? tl_run(d, DNS_CERT_CERTIFICATE, n) : NULL;
    if (text == NULL || !tl_ok(d))
        return;
    put_named(text, tl_dns_cert_types, type);
    tl_put_char(text, ' ');
    tl_put_u64(text, tag);
    tl_put_char(text, ' ');
    put_named(text, tl_dns_algorithms, algorithm);
    if (p == NULL)
        return;
    tl_put_char(text, ' ');
    tl_dns_put_base64(text, p, n);
}

/* The types in windows (RFC 4034 section 4.1.2). */
static void put_types(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at + 2 <= n && p[at + 1] <= n - at - 2; at += 2u + p[at + 1]) {
        for (uint32_t bit = 0; bit < p[at + 1] * 8u; bit++) {
            if ((p[at + 2 + bit / 8] & 0x80 >> bit % 8) == 0)
                continue;
            tl_put_char(text, ' ');
            tl_dns_put_type(text, (uint16_t)((uint32_t)p[at] << 8 | (bit & 0xff)));
        }
    }
}

void tl_dns_csync(struct tl_dissection *d, struct tl_buffer *text)
{
    uint32_t serial = tl_u32(d, DNS_CSYNC_SOA);
    uint16_t flags = tl_u16(d, DNS_CSYNC_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, DNS_CSYNC_IMMEDIATE, DNS_CSYNC_SOAMINIMUM, d->c.off - 2, 2, flags);
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = n > 0 ? tl_run(d, DNS_CSYNC_BITMAP, n) : NULL;
    if (text == NULL || !tl_ok(d))
        return;
    tl_put_u64(text, serial);
    tl_put_char(text, ' ');
    tl_put_u64(text, flags);
    if (p != NULL)
        put_types(text, p, n);
}

/* Wireshark 4.0 has no fields for it. */
void tl_dns_uri(struct tl_dissection *d, struct tl_buffer *text)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_run(d, DNS_DATA, n);
    if (text == NULL || p == NULL)
        return;
    if (n < 4) {
        put_generic(text, p, n);
        return;
    }
    tl_put_u64(text, tl_load_be16(p));
    tl_put_char(text, ' ');
    tl_put_u64(text, tl_load_be16(p + 2));
    tl_put_char(text, ' ');
    tl_dns_put_quoted(text, p + 4, n - 4);
}

/* As TLSA (RFC 8162). Wireshark 4.0 has no fields for it. */
void tl_dns_smimea(struct tl_dissection *d, struct tl_buffer *text)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_run(d, DNS_DATA, n);
    if (text == NULL || p == NULL)
        return;
    if (n < 3) {
        put_generic(text, p, n);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        tl_put_u64(text, p[i]);
        tl_put_char(text, ' ');
    }
    tl_dns_put_upper_hex(text, p + 3, n - 3);
}

/* An address, a protocol and a bit for each port. */
void tl_dns_wks(struct tl_dissection *d, struct tl_buffer *text)
{
    const uint8_t *address = tl_run(d, DNS_WKS_ADDRESS, 4);
    uint8_t protocol = tl_u8(d, DNS_WKS_PROTOCOL);
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *map = tl_cursor_take(&d->c, n);
    if (map == NULL || address == NULL || !tl_ok(d))
        return;
    if (text != NULL) {
        tl_put_ipv4(text, address);
        tl_put_char(text, ' ');
        tl_put_u64(text, protocol);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (map[i] == 0)
            continue;
        tl_add(d, DNS_WKS_BITS, d->c.off - n + i, 1, map[i]);
        for (unsigned bit = 0; bit < 8 && text != NULL; bit++) {
            if ((map[i] & 0x80 >> bit) == 0)
                continue;
            tl_put_char(text, ' ');
            tl_put_u64(text, (uint64_t)i * 8 + bit);
        }
    }
}
