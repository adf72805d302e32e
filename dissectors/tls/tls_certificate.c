/* tls_certificate.c - chains of certificates (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2; compressed: RFC 8879). */
#include "core/inflate.h"
#include "dissectors/tls/tls.h"
#include "dissectors/x509/x509.h"

/* Reads a certificate for the records. */
static void read_one(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_session *x, unsigned side,
                     struct tl_bytes der, struct tl_tls_chain *chain)
{
    const struct tl_certificate *c = tl_x509_read(d, der);
    if (c == NULL) {
        if (d->crypto != NULL)
            tl_tls_weird(d, f, TLS_WEIRD_CERTIFICATE);
        return;
    }
    bool client = side == f->client, host = chain->read == 0;
    memcpy(chain->fingerprints + (size_t)chain->good * 32, c->fingerprint, 32);
    chain->good++;
    if (host && !client && x->name != 0) {
        x->matched = true;
        x->matches = tl_x509_is_for(c, tl_kept(d, x->name));
    }
    tl_x509_emit(d, c, chain->ts, host, client);
}

static void add_one(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, uint32_t len,
                    struct tl_tls_chain *chain)
{
    uint32_t off = d->c.off;
    const uint8_t *der = tl_cursor_take(&d->c, len);
    if (der == NULL || len == 0)
        return;
    if (chain->read == TLS_CHAIN_MOST) {
        tl_tls_weird(d, f, TLS_WEIRD_CHAIN);
        chain->full = true;
        return;
    }
    chain->off[chain->read] = off;
    chain->len[chain->read] = len;
    struct tl_tls_session *x = d->recorded ? tl_tls_session(d, f) : NULL;
    if (x != NULL)
        read_one(d, f, x, side, tl_bytes_of(der, len), chain);
    chain->read++;
}

static void remember(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_chain *chain)
{
    struct tl_tls_session *x = tl_tls_session(d, f);
    if (x == NULL || chain->good == 0 || x->chain[side] != 0)
        return;
    x->chain[side] = tl_keep(d, chain->fingerprints, chain->good * 32);
}

void tl_tls_certificates(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, struct tl_tls_chain *chain)
{
    bool new = tl_tls_is_13(f->version);
    chain->base = d->c.base;
    chain->source = d->tree != NULL ? d->tree->source : 0;
    if (new) {
        uint8_t len = tl_u8(d, TLS_CONTEXT_LEN);
        if (len > 0)
            (void)tl_run(d, TLS_CONTEXT, len);
    }
    struct tl_part part = tl_part_enter(d, tl_u24(d, TLS_CERTIFICATES_LEN));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && !chain->full) {
        struct tl_tls_hello h = { .client = false };
        add_one(d, f, side, tl_u24(d, TLS_CERTIFICATE_LEN), chain);
        if (new)
            tl_tls_extensions(d, &h, TLS_CERTIFICATE_MESSAGE);
    }
    tl_part_leave(d, part);
    remember(d, f, side, chain);
}

void tl_tls_show_chain(struct tl_dissection *d, const struct tl_tls_chain *chain)
{
    const struct tl_cursor c = d->c;
    if (d->tree == NULL || d->wanted == NULL || (chain->read == 0 && chain->names.len == 0))
        return;
    uint8_t source = d->tree->source;
    for (uint32_t i = 0; i < chain->read; i++) {
        d->c.base = chain->base;
        d->tree->source = chain->source;
        (void)tl_x509_show(d, chain->off[i], chain->len[i]);
    }
    if (chain->names.len > 0) {
        d->c.base = chain->names.base;
        d->tree->source = chain->names.source;
        (void)tl_x509_show_names(d, chain->names.off, chain->names.len);
    }
    d->tree->source = source;
    d->c = c;
}

/* --- compressed --- */

static enum tl_coding coding_of(uint16_t algorithm)
{
    return algorithm == 1   ? TL_CODING_DEFLATE
           : algorithm == 2 ? TL_CODING_BROTLI
           : algorithm == 3 ? TL_CODING_ZSTD
                            : TL_CODING_NONE;
}

/* Exactly len bytes must come out. */
static bool inflate(struct tl_dissection *d, enum tl_coding coding, struct tl_bytes in, uint8_t *out, uint32_t len)
{
    struct tl_content *content = d->inflate->begin_content(d->slab, (uint8_t)coding);
    uint32_t have = 0;
    enum tl_inflate_status status = TL_INFLATE_FULL;
    if (content == NULL)
        return false;
    while (status == TL_INFLATE_FULL && have < len) {
        uint32_t n = len - have;
        status = d->inflate->feed_content(content, &in, out + have, &n);
        have += n;
        if (n == 0)
            break;
    }
    d->inflate->end_content(content);
    return status != TL_INFLATE_BAD && status != TL_INFLATE_CUT && have == len;
}

void tl_tls_compressed(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, struct tl_tls_chain *chain)
{
    enum tl_coding coding = coding_of(tl_u16(d, TLS_COMPRESS));
    uint32_t len = tl_u24(d, TLS_UNCOMPRESSED_LEN), n = tl_u24(d, TLS_COMPRESSED_LEN);
    const uint8_t *in = tl_run(d, TLS_COMPRESSED, n);
    if (in == NULL || d->inflate == NULL || d->slab == NULL || coding == TL_CODING_NONE || len == 0)
        return;
    uint8_t *out = len <= TLS_HANDSHAKE_MOST ? tl_arena_alloc_spare(d->scratch, len) : NULL;
    if (out == NULL || !inflate(d, coding, tl_bytes_of(in, n), out, len)) {
        tl_tls_weird(d, f, TLS_WEIRD_COMPRESSION);
        return;
    }
    const struct tl_cursor c = d->c;
    uint8_t source = 0;
    if (d->tree != NULL) {
        source = d->tree->source;
        d->tree->source = tl_tree_add_source(d->tree, out, len, "decompressed certificates");
    }
    d->c = tl_cursor_on(out, len, len);
    tl_tls_certificates(d, f, side, chain);
    if (d->tree != NULL)
        d->tree->source = source;
    bool good = tl_ok(d);
    d->c = c;
    if (!good)
        tl_tls_weird(d, f, TLS_WEIRD_HANDSHAKE);
}
