/*
 * keys.c - fuzzes what secrets open: lines of a key log, records with keys, and sessions whose ciphers open everything.
 *
 * Input: a byte of options. Lines: the rest is a key log. Records: a byte chooses the suite, the rest is a record.
 * Sessions: steps of a byte (side, bytes lost before it, type of the record) and a length of two bytes, then the text of
 * a record; in the crypto of this harness every tag is right, so that the text of all of them is read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

#include "crypto/libcrypto.h"
#include "dissectors/tls/tls_keys.h"
#include "tests/unit/decoder_fixture.h"

enum { WHAT_LINES = 1, WHAT_RECORD = 2, OPTION_TREE = 4, OPTION_OLD = 8, OPTION_SCARCE = 16, OPTION_SECRETS = 32,
       STEP_SIDE = 1, STEP_LOST = 2, STEP_CLEAR = 4, STEP_HANDSHAKE = 8, STEP_ALERT = 16,
       STEPS_MOST = 100, TEXT_MOST = 2000, TAG = 16, WORDS = 16 };

static void fuzz_lines(struct fuzz_input *in)
{
    struct tl_keylog_faults faults = { 0 };
    struct tl_keylog *log = tl_keylog_new(1 << 17);
    if (log == NULL)
        return;
    uint8_t *text = fuzz_copy(in->at, (size_t)(in->end - in->at));
    tl_keylog_add_text(log, tl_bytes_of(text, (size_t)(in->end - in->at)), 3, &faults);
    FUZZ_CHECK((faults.wrong > 0) == (faults.first_line > 0));
    const uint8_t random[TL_KEYLOG_RANDOM] = { 0 };
    FUZZ_CHECK(!tl_keylog_has(log, random, 2));
    fuzz_free(text);
    tl_keylog_free(log);
}

static void fuzz_record(struct fuzz_input *in)
{
    static const char *const suites[] = { "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
                                          "TLS_RSA_WITH_NULL_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256",
                                          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_8_SHA256" };
    unsigned which = fuzz_u8(in);
    const char *suite = suites[which % TL_COUNT(suites)];
    const struct tl_tls_crypto c = { &tl_crypto_libcrypto, tl_crypto_libcrypto.state_new() };
    const uint8_t master[TL_TLS_MASTER] = { 7 }, randoms[64] = { 9 };
    struct tl_tls_key key = { .version = which % TL_COUNT(suites) == 5 ? 0x0304 : which & 0x40 ? 0x0303 : 0x0301,
                              .etm = (which & 0x80) != 0 };
    size_t size = (size_t)(in->end - in->at);
    if (c.state != NULL && size > 5 && tl_tls_cipher_of(suite, key.version, &key.cipher) &&
        (key.version == 0x0304 ? tl_tls_traffic_key(&c, &key, tl_bytes_of(master, 32))
                               : tl_tls_legacy_key(&c, &key, master, randoms, true))) {
        uint8_t *record = fuzz_copy(in->at, size), *room = malloc(size - 5 + TL_TLS_AAD), type;
        struct tl_bytes plain = { NULL, 0 };
        if (room != NULL && tl_tls_open(&c, &key, 0, record, tl_bytes_of(record + 5, size - 5), room, &plain, &type))
            FUZZ_CHECK(plain.len < size);
        tl_tls_skip(&key, tl_bytes_of(record + 5, size - 5));
        free(room);
        fuzz_free(record);
    }
    tl_crypto_libcrypto.state_free(c.state);
}

/* --- sessions --- */

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

struct session {
    struct script script;
    struct script_talk talk;
    bool old;
};

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    (void)context;
    FUZZ_CHECK(def != NULL && record != NULL && id != NULL);
}

static void put_record(struct tl_buffer *b, uint8_t type, const void *data, size_t len)
{
    const uint8_t head[] = { type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len };
    tl_put(b, head, sizeof head);
    tl_put(b, data, len);
}

/* Hellos of the session whose secrets are known: its random is all zeros. */
static void put_hello(struct tl_buffer *b, bool client, bool old)
{
    static const uint8_t version[] = { 0, 43, 0, 2, 3, 4 };
    uint8_t hello[64] = { client ? 1 : 2, 0, 0, 0, 3, 3 };
    size_t n = 6 + 32;
    hello[n++] = 0; /* no session id */
    if (client)
        hello[n++] = 0, hello[n++] = 2;
    hello[n++] = old ? 0x00 : 0x13; /* TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256 */
    hello[n++] = old ? 0x9c : 0x01;
    if (client)
        hello[n++] = 1;
    hello[n++] = 0;
    if (!client && !old) {
        hello[n++] = 0, hello[n++] = sizeof version;
        memcpy(hello + n, version, sizeof version);
        n += sizeof version;
    }
    hello[3] = (uint8_t)(n - 4);
    put_record(b, 22, hello, n);
}

static void step(struct session *x, struct fuzz_input *in)
{
    unsigned how = fuzz_u8(in), side = how & STEP_SIDE;
    struct tl_bytes text = fuzz_bytes(in, fuzz_u16(in) % TEXT_MOST);
    uint8_t type = how & STEP_HANDSHAKE ? 22 : how & STEP_ALERT ? 21 : 23;
    static const uint8_t nonce[8], tag[TAG];
    struct tl_buffer sealed = { 0 }, out = { 0 };
    if (how & STEP_LOST)
        x->talk.seq[side] += 100;
    if (!(how & STEP_CLEAR) && x->old)
        tl_put(&sealed, nonce, sizeof nonce);
    tl_put(&sealed, text.data, text.len);
    if (!(how & STEP_CLEAR)) {
        if (!x->old)
            tl_put(&sealed, &type, 1);
        tl_put(&sealed, tag, sizeof tag);
    }
    put_record(&out, how & STEP_CLEAR || x->old ? type : 23, sealed.data, sealed.len);
    if (!out.failed)
        script_bytes(&x->script, &x->talk, side, out.data, (uint32_t)out.len);
    tl_buffer_fini(&sealed);
    tl_buffer_fini(&out);
}

static void begin(struct session *x)
{
    static const uint8_t change[] = { 1 };
    for (unsigned side = 0; side < 2; side++) {
        struct tl_buffer out = { 0 };
        put_hello(&out, side == 0, x->old);
        if (x->old)
            put_record(&out, 20, change, sizeof change);
        if (!out.failed)
            script_bytes(&x->script, &x->talk, side, out.data, (uint32_t)out.len);
        tl_buffer_fini(&out);
    }
}

static struct tl_keylog *secrets(void)
{
    static const char *const labels[] = { "CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
                                          "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0" };
    struct tl_keylog *log = tl_keylog_new(1 << 17);
    for (unsigned i = 0; log != NULL && i < TL_COUNT(labels); i++) {
        char line[256];
        int len = snprintf(line, sizeof line, "%s %064d %0*d", labels[i], 0, i == 0 ? 96 : 64, 1);
        (void)tl_keylog_add(log, tl_bytes_of(line, (size_t)len), 0);
    }
    return log;
}

static void fuzz_session(struct fuzz_input *in, unsigned options)
{
    static uint64_t every[WORDS];
    const uint64_t *wanted[TL_PROTOCOL_COUNT];
    struct tl_crypto crypto = tl_crypto_libcrypto;
    struct session x = { .old = (options & OPTION_OLD) != 0, .talk = script_talk(6, 50000) };
    struct tl_keylog *log = secrets();
    crypto.aead_open = open_all;
    memset(every, 0xff, sizeof every);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = every;
    x.script.registry = fuzz_registry();
    x.script.now = INT64_C(1700000000000000000);
    const struct tl_decoder_options decoder = { .registry = x.script.registry, .crypto = &crypto, .keylog = log,
                                                .memory = options & OPTION_SCARCE ? 1 << 18 : 1 << 22, .seed = 1,
                                                .secrets = (options & OPTION_SECRETS) != 0,
                                                .checksums = TL_CHECKSUMS_OFF,
                                                .listener = { .record = on_record, .context = &x } };
    x.script.interfaces = tl_interfaces_new();
    struct tl_decoder_options with = decoder;
    with.interfaces = x.script.interfaces;
    if (log != NULL && x.script.registry != NULL && x.script.interfaces != NULL)
        x.script.decoder = tl_decoder_new(&with);
    if (x.script.decoder != NULL) {
        tl_decoder_show(x.script.decoder, options & OPTION_TREE ? wanted : NULL);
        uint64_t before = tl_decoder_counters(x.script.decoder).memory_used;
        begin(&x);
        for (unsigned i = 0; i < STEPS_MOST && in->at < in->end; i++)
            step(&x, in);
        tl_decoder_finish(x.script.decoder);
        FUZZ_CHECK(tl_decoder_counters(x.script.decoder).memory_used <= before);
    }
    x.script.registry = NULL; /* kept */
    script_free(&x.script);
    tl_keylog_free(log);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    unsigned options = fuzz_u8(&in);
    if (options & WHAT_LINES)
        fuzz_lines(&in);
    else if (options & WHAT_RECORD)
        fuzz_record(&in);
    else
        fuzz_session(&in, options);
}
