/*
 * sealed.c - fuzzes what is inside connections whose ciphers open everything: packets of QUIC with keys (frames, HTTP/3,
 * QPACK), records of DTLS 1.3 with keys, header blocks of HTTP/2 (HPACK), and certificates in TLS.
 *
 * Input: a byte of options, two bits of which choose the protocol. Then steps of a byte (side, and what the protocol makes
 * of the rest) and a length of two bytes, then bytes; a certificate is all of the rest. In the crypto of this harness every
 * tag is right, and numbers of packets and records are in clear.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "tests/unit/decoder_fixture.h"

enum { WHAT_QUIC, WHAT_DTLS, WHAT_HPACK, WHAT_CERTIFICATE, WHAT = 3,
       OPTION_TREE = 4, OPTION_SCARCE = 8, OPTION_SECRETS = 16, OPTION_SECOND = 32, /* QUIC version 2 */
       SIDE = 1, RAW = 2, LEVEL_SHIFT = 2, LEVEL = 3, PHASE = 16, LOST = 32, CONTINUED = 64, STREAM_SHIFT = 4,
       STEPS_MOST = 100, TEXT_MOST = 2000, TAG = 16, WORDS = 16, ID = 8 };

struct conversation {
    struct script script;
    struct script_talk talk;
    unsigned options;
    uint32_t number[2]; /* of the next packet, record or stream */
};

static enum tl_crypto_status open_all(struct tl_crypto_state *s, enum tl_aead kind, const uint8_t *key,
                                      const uint8_t nonce[TL_NONCE], struct tl_bytes aad, struct tl_bytes sealed,
                                      uint8_t *out)
{
    uint32_t tag = tl_aead_tag_size(kind);
    (void)s, (void)key, (void)nonce, (void)aad;
    if (sealed.len < tag)
        return TL_CRYPTO_REFUSED;
    memcpy(out, sealed.data, sealed.len - tag);
    return TL_CRYPTO_OK;
}

static enum tl_crypto_status no_mask(struct tl_crypto_state *s, struct tl_bytes key, const uint8_t in[16],
                                     uint8_t out[16])
{
    (void)s, (void)key, (void)in;
    memset(out, 0, 16);
    return TL_CRYPTO_OK;
}

static void put_bytes(struct tl_buffer *b, struct tl_bytes bytes)
{
    if (bytes.len > 0)
        tl_put(b, bytes.data, bytes.len);
}

static void put24(struct tl_buffer *b, size_t n)
{
    const uint8_t bytes[] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    tl_put(b, bytes, sizeof bytes);
}

/* A hello of TLS 1.3 (RFC 8446 section 4.1), or of TLS 1.2 in TCP, with a random of zeros. The body alone. */
static void put_hello(struct tl_buffer *b, bool client, unsigned what)
{
    static const uint8_t zeros[32], tls[] = { 0, 43, 0, 3, 2, 3, 4 }, dtls[] = { 0, 43, 0, 3, 2, 0xfe, 0xfc },
                         chosen[] = { 0, 43, 0, 2, 3, 4 }, chosen_dtls[] = { 0, 43, 0, 2, 0xfe, 0xfc },
                         alpn[] = { 0, 16, 0, 5, 0, 3, 2, 'h', '3' };
    bool datagrams = what == WHAT_DTLS, old = what == WHAT_CERTIFICATE;
    script_put16(b, datagrams ? 0xfefd : 0x0303);
    tl_put(b, zeros, sizeof zeros);
    tl_put_char(b, 0);
    if (client && datagrams)
        tl_put_char(b, 0); /* no cookie */
    if (client)
        script_put16(b, 2);
    script_put16(b, old ? 0x009c : 0x1301);
    if (client)
        tl_put_char(b, 1);
    tl_put_char(b, 0);
    if (old)
        return;
    size_t versions = client ? sizeof tls : sizeof chosen;
    script_put16(b, (unsigned)(versions + (client ? sizeof alpn : 0)));
    tl_put(b, client ? datagrams ? dtls : tls : datagrams ? chosen_dtls : chosen, versions);
    if (client)
        tl_put(b, alpn, sizeof alpn);
}

static void send(struct conversation *x, unsigned side, struct tl_buffer *b)
{
    if (!b->failed && b->len > 0)
        script_bytes(&x->script, &x->talk, side, b->data, (uint32_t)b->len);
    tl_buffer_fini(b);
}

/* --- QUIC (RFC 9000 section 17) --- */

static void put_long(struct conversation *x, unsigned side, unsigned type, struct tl_bytes frames)
{
    static const char ids[] = "abcdefghABCDEFGH";
    static const uint8_t tag[TAG];
    bool second = (x->options & OPTION_SECOND) != 0;
    struct tl_buffer b = { 0 };
    tl_put_char(&b, (char)(0xc0 | ((type + second) & 3) << 4));
    script_put32(&b, second ? 0x6b3343cf : 1);
    tl_put_char(&b, side == 0 ? ID : 0);
    if (side == 0)
        tl_put(&b, ids + (x->number[1] > 0 ? ID : 0), ID);
    tl_put_char(&b, side == 0 ? 0 : ID);
    if (side == 1)
        tl_put(&b, ids + ID, ID);
    if (type == 0)
        tl_put_char(&b, 0);
    script_put16(&b, (unsigned)(0x4000 | (1 + frames.len + TAG)));
    tl_put_char(&b, (char)x->number[side]++);
    put_bytes(&b, frames);
    tl_put(&b, tag, sizeof tag);
    send(x, side, &b);
}

static void put_short(struct conversation *x, unsigned side, bool phase, struct tl_bytes frames)
{
    static const uint8_t tag[TAG];
    struct tl_buffer b = { 0 };
    tl_put_char(&b, (char)(0x40 | phase << 2));
    if (side == 0)
        tl_put(&b, "ABCDEFGH", ID);
    tl_put_char(&b, (char)x->number[side]++);
    put_bytes(&b, frames);
    tl_put(&b, tag, sizeof tag);
    send(x, side, &b);
}

static void begin_quic(struct conversation *x)
{
    for (unsigned side = 0; side < 2; side++) {
        struct tl_buffer hello = { 0 }, frames = { 0 };
        put_hello(&hello, side == 0, WHAT_QUIC);
        tl_put(&frames, "\6\0", 2);
        script_put16(&frames, (unsigned)(0x4000 | (hello.len + 4)));
        tl_put_char(&frames, side == 0 ? 1 : 2);
        put24(&frames, hello.len);
        put_bytes(&frames, tl_bytes_of(hello.data, hello.len));
        if (!frames.failed)
            put_long(x, side, 0, tl_bytes_of(frames.data, frames.len));
        tl_buffer_fini(&hello);
        tl_buffer_fini(&frames);
    }
}

static void step_quic(struct conversation *x, unsigned how, struct tl_bytes bytes)
{
    unsigned side = how & SIDE, level = how >> LEVEL_SHIFT & LEVEL;
    if (how & LOST)
        x->number[side] += 2;
    if (how & RAW) {
        struct tl_buffer b = { 0 };
        put_bytes(&b, bytes);
        send(x, side, &b);
    } else if (level == 3) {
        put_short(x, side, (how & PHASE) != 0, bytes);
    } else {
        put_long(x, side, level, bytes); /* Initial, 0-RTT, Handshake */
    }
}

/* --- DTLS 1.3 (RFC 9147 section 4) --- */

static void begin_dtls(struct conversation *x)
{
    for (unsigned side = 0; side < 2; side++) {
        static const uint8_t first[8];
        struct tl_buffer hello = { 0 }, b = { 0 };
        put_hello(&hello, side == 0, WHAT_DTLS);
        tl_put(&b, "\26\376\375", 3);
        tl_put(&b, first, sizeof first);
        script_put16(&b, (unsigned)hello.len + 12);
        tl_put_char(&b, side == 0 ? 1 : 2);
        put24(&b, hello.len);
        script_put16(&b, 0);
        put24(&b, 0);
        put24(&b, hello.len);
        put_bytes(&b, tl_bytes_of(hello.data, hello.len));
        tl_buffer_fini(&hello);
        send(x, side, &b);
    }
}

static void step_dtls(struct conversation *x, unsigned how, struct tl_bytes bytes)
{
    static const uint8_t tag[TAG], types[] = { 22, 23, 21, 26 };
    unsigned side = how & SIDE, epoch = how >> LEVEL_SHIFT & LEVEL;
    struct tl_buffer b = { 0 };
    x->number[side] += how & LOST ? 3 : 1;
    if (!(how & RAW)) {
        tl_put_char(&b, (char)(0x2c | epoch));
        script_put16(&b, x->number[side]);
        script_put16(&b, bytes.len + 1 + TAG);
    }
    put_bytes(&b, bytes);
    if (!(how & RAW)) {
        tl_put(&b, &types[how >> 6 & 3], 1);
        tl_put(&b, tag, sizeof tag);
    }
    send(x, side, &b);
}

/* --- HPACK (RFC 7541), in frames of HTTP/2 --- */

static void put_frame(struct tl_buffer *b, unsigned type, unsigned flags, uint32_t stream, struct tl_bytes bytes)
{
    put24(b, bytes.len);
    tl_put_char(b, (char)type);
    tl_put_char(b, (char)flags);
    script_put32(b, stream);
    put_bytes(b, bytes);
}

static void begin_http2(struct conversation *x)
{
    for (unsigned side = 0; side < 2; side++) {
        struct tl_buffer b = { 0 };
        if (side == 0)
            tl_puts(&b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        put_frame(&b, 4, 0, 0, tl_bytes_of(NULL, 0));
        send(x, side, &b);
    }
}

static void step_http2(struct conversation *x, unsigned how, struct tl_bytes bytes)
{
    unsigned side = how & SIDE;
    uint32_t stream = 1 + 2 * (how >> STREAM_SHIFT & 3), half = how & CONTINUED ? bytes.len / 2 : bytes.len;
    struct tl_buffer b = { 0 };
    if (how & RAW) { /* any frame */
        put_frame(&b, bytes.len > 0 ? bytes.data[0] % 12 : 0, how >> LEVEL_SHIFT, stream, bytes);
    } else {
        put_frame(&b, 1, how & CONTINUED ? 1 : 5, stream, (struct tl_bytes){ bytes.data, half });
        if (how & CONTINUED)
            put_frame(&b, 9, 4, stream, (struct tl_bytes){ bytes.data + half, bytes.len - half });
    }
    send(x, side, &b);
}

/* --- certificates --- */

static void put_message(struct tl_buffer *b, unsigned type, struct tl_bytes body)
{
    tl_put(b, "\26\3\3", 3);
    script_put16(b, body.len + 4);
    tl_put_char(b, (char)type);
    put24(b, body.len);
    put_bytes(b, body);
}

static void send_certificate(struct conversation *x, struct tl_bytes certificate)
{
    for (unsigned side = 0; side < 2; side++) {
        struct tl_buffer hello = { 0 }, chain = { 0 }, b = { 0 };
        put_hello(&hello, side == 0, WHAT_CERTIFICATE);
        if (!hello.failed)
            put_message(&b, side == 0 ? 1 : 2, tl_bytes_of(hello.data, hello.len));
        put24(&chain, certificate.len + 3);
        put24(&chain, certificate.len);
        put_bytes(&chain, certificate);
        if (side == 1 && !chain.failed)
            put_message(&b, 11, tl_bytes_of(chain.data, chain.len));
        tl_buffer_fini(&hello);
        tl_buffer_fini(&chain);
        send(x, side, &b);
    }
}

/* --- the whole --- */

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    (void)context;
    FUZZ_CHECK(def != NULL && record != NULL && id != NULL);
}

static void on_said(void *context, const struct tl_said *said)
{
    (void)context;
    FUZZ_CHECK(said->bytes.len == 0 || said->bytes.data != NULL);
}

static struct tl_keylog *secrets(void)
{
    static const char *const labels[] = { "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                          "CLIENT_TRAFFIC_SECRET_0", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                          "SERVER_TRAFFIC_SECRET_0" };
    struct tl_keylog *log = tl_keylog_new(1 << 17);
    for (unsigned i = 0; log != NULL && i < TL_COUNT(labels); i++) {
        char line[256];
        int len = snprintf(line, sizeof line, "%s %064d %064d", labels[i], 0, 1);
        (void)tl_keylog_add(log, tl_bytes_of(line, (size_t)len), 0);
    }
    return log;
}

static void converse(struct conversation *x, struct fuzz_input *in)
{
    static void (*const begin[])(struct conversation *) = { begin_quic, begin_dtls, begin_http2 };
    static void (*const step[])(struct conversation *, unsigned, struct tl_bytes) = { step_quic, step_dtls, step_http2 };
    unsigned what = x->options & WHAT;
    if (what == WHAT_CERTIFICATE) {
        send_certificate(x, fuzz_bytes(in, 8192));
        return;
    }
    begin[what](x);
    for (unsigned i = 0; i < STEPS_MOST && in->at < in->end; i++) {
        unsigned how = fuzz_u8(in);
        step[what](x, how, fuzz_bytes(in, fuzz_u16(in) % TEXT_MOST));
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static uint64_t every[WORDS];
    const uint64_t *wanted[TL_PROTOCOL_COUNT];
    struct fuzz_input in = { data, data + size };
    struct tl_crypto crypto = tl_crypto_libcrypto;
    struct conversation x = { .options = fuzz_u8(&in) };
    struct tl_keylog *log = secrets();
    x.talk = script_talk((x.options & WHAT) <= WHAT_DTLS ? 17 : 6, 50000);
    crypto.aead_open = open_all;
    crypto.aes_block = no_mask;
    memset(every, 0xff, sizeof every);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = every;
    x.script.registry = fuzz_registry();
    x.script.interfaces = tl_interfaces_new();
    x.script.now = INT64_C(1700000000000000000);
    const struct tl_decoder_options decoder = { .registry = x.script.registry, .interfaces = x.script.interfaces,
                                                .crypto = &crypto, .inflate = &tl_inflate_zlib, .keylog = log,
                                                .memory = x.options & OPTION_SCARCE ? 1 << 18 : 1 << 22, .seed = 1,
                                                .secrets = (x.options & OPTION_SECRETS) != 0,
                                                .checksums = TL_CHECKSUMS_OFF,
                                                .listener = { .record = on_record, .said = on_said, .context = &x } };
    if (log != NULL && x.script.registry != NULL && x.script.interfaces != NULL)
        x.script.decoder = tl_decoder_new(&decoder);
    if (x.script.decoder != NULL) {
        tl_decoder_show(x.script.decoder, x.options & OPTION_TREE ? wanted : NULL);
        uint64_t before = tl_decoder_counters(x.script.decoder).memory_used;
        converse(&x, &in);
        tl_decoder_finish(x.script.decoder);
        FUZZ_CHECK(tl_decoder_counters(x.script.decoder).memory_used <= before);
    }
    x.script.registry = NULL; /* kept */
    script_free(&x.script);
    tl_keylog_free(log);
}
