/* tls_hello.c - the hellos of SSL 2.0 to TLS 1.3 (RFC 8446 section 4.1, RFC 5246 section 7.4.1, RFC 6101). */
#include "dissectors/tls/tls.h"

/* The random of a HelloRetryRequest (RFC 8446 section 4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

bool tl_tls_is_retry(const uint8_t *random)
{
    return random != NULL && memcmp(random, retry_random, sizeof retry_random) == 0;
}

void tl_tls_extensions(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place)
{
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return;
    uint16_t len = tl_u16(d, TLS_EXTENSIONS_LEN);
    struct tl_part list = tl_part_enter(d, len);
    if (!list.open || !tl_ok(d))
        return;
    h->extensions = tl_tls_rest(d);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, TLS_EXTENSION);
        uint16_t type = tl_u16(d, TLS_EXT_TYPE), n = tl_u16(d, TLS_EXT_LEN);
        struct tl_part part = tl_part_enter(d, n);
        if (part.open && tl_ok(d))
            tl_tls_extension(d, h, place, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
    tl_part_leave(d, list);
}

/* Up to draft 21 of TLS 1.3 the server's hello has neither a session id nor a compression method. */
static bool is_early_draft(uint16_t version)
{
    return version >= 0x7f00 && version <= 0x7f15;
}

/* Version, random and session id: what both hellos begin with. */
static void begin(struct tl_dissection *d, struct tl_tls_hello *h)
{
    h->version = tl_u16(d, TLS_VERSION);
    h->random = tl_bytes_of(tl_run(d, TLS_RANDOM, 32), 32);
    if (!h->client && is_early_draft(h->version))
        return;
    uint8_t len = tl_u8(d, TLS_SESSION_ID_LEN);
    if (len > 0)
        h->id = tl_bytes_of(tl_run(d, TLS_SESSION_ID, len), len);
}

void tl_tls_client_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since)
{
    struct tl_tls_hello h = { .client = true };
    begin(d, &h);
    if (f->over == TL_TLS_OVER_DTLS) {
        uint8_t cookie = tl_u8(d, DTLS_COOKIE_LEN);
        if (cookie > 0)
            (void)tl_run(d, DTLS_COOKIE, cookie);
    }
    uint16_t len = tl_u16(d, TLS_SUITES_LEN);
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d))
        h.suites = tl_tls_rest(d);
    if (d->wanted != NULL)
        tl_tls_numbers(d, TLS_SUITE);
    tl_part_leave(d, part);
    uint8_t methods = tl_u8(d, TLS_COMP_METHODS_LEN);
    part = tl_part_enter(d, methods);
    while (d->wanted != NULL && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u8(d, TLS_COMP_METHOD);
    tl_part_leave(d, part);
    bool whole = tl_ok(d);
    tl_tls_extensions(d, &h, TLS_CLIENT_HELLO);
    if (whole)
        tl_tls_note_hello(d, f, side, &h, since);
}

void tl_tls_server_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since)
{
    struct tl_tls_hello h = { .client = false };
    begin(d, &h);
    h.suite = tl_u16(d, TLS_SUITE);
    if (!is_early_draft(h.version))
        h.compressed = tl_u8(d, TLS_COMP_METHOD) != 0;
    bool whole = tl_ok(d);
    h.retry = whole && tl_tls_is_retry(h.random.data);
    tl_tls_extensions(d, &h, TLS_SERVER_HELLO);
    if (whole)
        tl_tls_note_hello(d, f, side, &h, since);
}

void tl_tls_ssl2_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since)
{
    struct tl_tls_hello h = { .client = true };
    tl_tls_line(d, TLS_CLIENT_HELLO);
    tl_u8(d, TLS_TYPE);
    h.version = tl_u16(d, TLS_VERSION);
    uint16_t specs = tl_u16(d, TLS_SPECS_LEN), id = tl_u16(d, TLS_SESSION_ID_LEN);
    uint16_t random = tl_u16(d, TLS_CHALLENGE_LEN);
    struct tl_part part = tl_part_enter(d, specs);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u24(d, TLS_SPEC);
    tl_part_leave(d, part);
    if (id > 0)
        h.id = tl_bytes_of(tl_run(d, TLS_SESSION_ID, id), id);
    if (random > 0)
        (void)tl_run(d, TLS_CHALLENGE, random);
    if (tl_ok(d))
        tl_tls_note_hello(d, f, side, &h, since);
}
