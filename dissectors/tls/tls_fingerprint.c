/*
 * tls_fingerprint.c - JA3, JA3S and JA4 of hellos.
 *
 * JA3: MD5 over the client's version, cipher suites, extensions, groups and point formats, as decimal numbers. JA3S:
 * version, suite and extensions of the server. JA4: a prefix that people can read, then SHA-256 over the sorted suites,
 * and over the sorted extensions with the signature algorithms, twelve digits of each. Reserved values (GREASE, RFC
 * 8701) count nowhere.
 */
#include "core/crypto.h"
#include "dissectors/tls/tls.h"

/* Text on its way into a hash, and into a copy if somebody wants to see it. */
struct digest {
    uint64_t state[TL_HASH_STATE / sizeof(uint64_t)];
    const struct tl_crypto *crypto;
    enum tl_hash kind;
    uint32_t len;
    uint8_t text[256];
    uint8_t *copy; /* in scratch memory; NULL: none */
    uint32_t copied, room;
};

enum { LONGEST = 16 }; /* bytes of the longest piece of text that is added at once */

static void begin(struct digest *g, const struct tl_crypto *crypto, enum tl_hash kind)
{
    g->crypto = crypto;
    g->kind = kind;
    g->len = 0;
    g->copy = NULL;
    g->copied = g->room = 0;
    crypto->hash_begin(kind, g->state);
}

static void flush(struct digest *g)
{
    g->crypto->hash_add(g->kind, g->state, tl_bytes_of(g->text, g->len));
    if (g->copy != NULL && g->len <= g->room - g->copied) {
        memcpy(g->copy + g->copied, g->text, g->len);
        g->copied += g->len;
    }
    g->len = 0;
}

static uint8_t *room(struct digest *g)
{
    if (g->len > sizeof g->text - LONGEST)
        flush(g);
    return g->text + g->len;
}

static void put_char(struct digest *g, char c)
{
    *room(g) = (uint8_t)c;
    g->len++;
}

static void put_decimal(struct digest *g, uint32_t value)
{
    uint8_t digits[5], *p = room(g);
    uint32_t n = 0;
    do
        digits[n++] = (uint8_t)('0' + value % 10);
    while ((value /= 10) != 0 && n < sizeof digits);
    g->len += n;
    while (n > 0)
        *p++ = digits[--n];
}

static const char hex[] = "0123456789abcdef";

static void put_hex(struct digest *g, uint16_t value)
{
    uint8_t *p = room(g);
    for (unsigned shift = 16; shift > 0; shift -= 4)
        *p++ = (uint8_t)hex[value >> (shift - 4) & 0xf];
    g->len += 4;
}

static void finish(struct digest *g, uint8_t *out)
{
    flush(g);
    g->crypto->hash_end(g->kind, g->state, out);
}

/* --- JA3 --- */

/* The numbers of a list, joined by dashes. */
static void put_list(struct digest *g, struct tl_bytes list)
{
    bool first = true;
    for (uint32_t i = 0; i + 2 <= list.len; i += 2) {
        uint16_t value = tl_load_be16(list.data + i);
        if (tl_tls_is_grease(value))
            continue;
        if (!first)
            put_char(g, '-');
        put_decimal(g, value);
        first = false;
    }
}

/* Takes the next extension off the list. Returns false at its end. */
static bool next_extension(struct tl_bytes *list, uint16_t *type)
{
    if (list->len < 4)
        return false;
    uint32_t len = 4u + tl_load_be16(list->data + 2);
    *type = tl_load_be16(list->data);
    len = len < list->len ? len : list->len;
    list->data += len;
    list->len -= len;
    return true;
}

static void put_extensions(struct digest *g, struct tl_bytes list)
{
    uint16_t type;
    bool first = true;
    while (next_extension(&list, &type)) {
        if (tl_tls_is_grease(type))
            continue;
        if (!first)
            put_char(g, '-');
        put_decimal(g, type);
        first = false;
    }
}

static void put_ja3(struct digest *g, const struct tl_tls_hello *h)
{
    put_decimal(g, h->version);
    put_char(g, ',');
    if (h->client)
        put_list(g, h->suites);
    else
        put_decimal(g, h->suite);
    put_char(g, ',');
    put_extensions(g, h->extensions);
    if (!h->client)
        return;
    put_char(g, ',');
    put_list(g, h->groups);
    put_char(g, ',');
    for (uint32_t i = 0; i < h->formats.len; i++) {
        if (i > 0)
            put_char(g, '-');
        put_decimal(g, h->formats.data[i]);
    }
}

void tl_tls_ja3(struct tl_dissection *d, const struct tl_tls_hello *h, uint8_t digest[16])
{
    struct digest g;
    unsigned full = h->client ? TLS_JA3_FULL : TLS_JA3S_FULL;
    begin(&g, d->crypto, TL_HASH_MD5);
    const size_t used = d->scratch->used;
    if (tl_wants(d, full)) {
        /* A number of two bytes becomes at most five digits and a dash. */
        g.room = 64 + 3 * (h->suites.len + h->extensions.len + h->groups.len) + 4 * h->formats.len;
        g.copy = tl_arena_alloc_spare(d->scratch, g.room);
    }
    put_ja3(&g, h);
    finish(&g, digest);
    if (g.copy != NULL)
        tl_add_text(d, full, d->c.off, 0, g.copy, g.copied);
    d->scratch->used = used;
    if (tl_wants(d, h->client ? TLS_JA3 : TLS_JA3S)) {
        char text[32];
        for (unsigned i = 0; i < sizeof text; i++)
            text[i] = hex[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
        tl_add_text(d, h->client ? TLS_JA3 : TLS_JA3S, d->c.off, 0, text, sizeof text);
    }
}

/* --- JA4 --- */

static void sift(uint16_t *values, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; 2 * i + 1 < count;) {
        uint32_t child = 2 * i + 1;
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[child] <= values[i])
            return;
        uint16_t value = values[i];
        values[i] = values[child];
        values[child] = value;
        i = child;
    }
}

/* In place and in n log n, as a list may be long on purpose. */
static void sort(uint16_t *values, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift(values, i, count);
    for (uint32_t n = count; n-- > 1;) {
        uint16_t value = values[0];
        values[0] = values[n];
        values[n] = value;
        sift(values, 0, n);
    }
}

/* The first twelve digits of the hash; zeros for an empty list. */
static void hash_sorted(const struct tl_crypto *crypto, uint16_t *values, uint32_t count, struct tl_bytes then,
                        char *out)
{
    struct digest g;
    uint8_t digest[TL_HASH_MOST];
    if (count == 0) { /* signature algorithms alone do not count */
        memset(out, '0', 12);
        return;
    }
    sort(values, count);
    begin(&g, crypto, TL_HASH_SHA256);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(&g, ',');
        put_hex(&g, values[i]);
    }
    char before = '_';
    for (uint32_t i = 0; i + 2 <= then.len; i += 2) {
        uint16_t value = tl_load_be16(then.data + i);
        if (tl_tls_is_grease(value))
            continue;
        put_char(&g, before);
        put_hex(&g, value);
        before = ',';
    }
    finish(&g, digest);
    for (unsigned i = 0; i < 12; i++)
        out[i] = hex[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
}

static const char *version_digits(const struct tl_tls_hello *h)
{
    uint16_t version = 0;
    for (uint32_t i = 0; i + 2 <= h->versions.len; i += 2) {
        uint16_t value = tl_load_be16(h->versions.data + i);
        if (!tl_tls_is_grease(value) && value > version)
            version = value;
    }
    if (h->versions.data == NULL)
        version = h->version;
    switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
    }
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The first and the last character of the first protocol; if one is no letter or digit, of its hexadecimal form. */
static void protocol_digits(struct tl_bytes alpn, char out[2])
{
    uint32_t len = alpn.len > 0 ? alpn.data[0] : 0;
    out[0] = out[1] = '0';
    if (len == 0 || len >= alpn.len)
        return;
    uint8_t first = alpn.data[1], last = alpn.data[len];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    out[0] = plain ? (char)first : hex[first >> 4];
    out[1] = plain ? (char)last : hex[last & 0xf];
}

static void put_count(char *out, uint32_t count)
{
    count = count > 99 ? 99 : count;
    out[0] = (char)('0' + count / 10);
    out[1] = (char)('0' + count % 10);
}

void tl_tls_ja4(struct tl_dissection *d, const struct tl_tls_hello *h, enum tl_tls_transport over,
                char text[TLS_JA4_LEN])
{
    const size_t used = d->scratch->used;
    uint32_t suites = 0, extensions = 0, hashed = 0;
    uint16_t type;
    uint32_t room = h->suites.len > h->extensions.len ? h->suites.len : h->extensions.len;
    uint16_t *values = tl_arena_alloc(d->scratch, room);
    memset(text, '0', TLS_JA4_LEN);
    if (values == NULL) {
        text[0] = '\0';
        return;
    }
    for (uint32_t i = 0; i + 2 <= h->suites.len; i += 2) {
        uint16_t value = tl_load_be16(h->suites.data + i);
        if (!tl_tls_is_grease(value))
            values[suites++] = value;
    }
    text[0] = (char)over;
    memcpy(text + 1, version_digits(h), 2);
    text[3] = 'i';
    put_count(text + 4, suites);
    protocol_digits(h->alpn, text + 8);
    text[10] = text[23] = '_';
    hash_sorted(d->crypto, values, suites, (struct tl_bytes){ NULL, 0 }, text + 11);
    for (struct tl_bytes list = h->extensions; next_extension(&list, &type);) {
        if (tl_tls_is_grease(type))
            continue;
        extensions++;
        if (type == TLS_EXT_SERVER_NAME)
            text[3] = 'd';
        if (type != TLS_EXT_SERVER_NAME && type != TLS_EXT_ALPN)
            values[hashed++] = type;
    }
    put_count(text + 6, extensions);
    hash_sorted(d->crypto, values, hashed, h->signatures, text + 24);
    d->scratch->used = used;
    tl_add_text(d, TLS_JA4, d->c.off, 0, text, TLS_JA4_LEN);
}
