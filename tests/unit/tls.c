/* tls.c - TLS without keys: fingerprints against published values, what the record says, and what is not TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20 };

/* --- messages --- */

/* Writes hexadecimal digits as bytes; anything else between them is for the reader. */
static void put_hex(struct tl_buffer *b, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        unsigned value;
        if (*hex == ' ' || *hex == ',')
            continue;
        assert_int_equal(sscanf(hex++, "%2x", &value), 1);
        tl_put_char(b, (char)value);
    }
}

/* Adds a length of n bytes, to be filled in by end(). */
static size_t begin(struct tl_buffer *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        tl_put_char(b, '\0');
    return b->len;
}

static void end(const struct tl_buffer *b, size_t from, unsigned n)
{
    size_t len = b->len - from;
    for (unsigned i = 1; i <= n; i++, len >>= 8)
        b->data[from - i] = (uint8_t)len;
}

static void put_random(struct tl_buffer *b)
{
    for (unsigned i = 0; i < 32; i++)
        tl_put_char(b, (char)(i + 1));
}

/* extensions: their hexadecimal bytes, with types and lengths; NULL: there is not even a length. */
static void put_client_hello(struct tl_buffer *b, const char *version, const char *suites, const char *extensions)
{
    put_hex(b, "16 0301");
    size_t record = begin(b, 2);
    put_hex(b, "01");
    size_t message = begin(b, 3);
    put_hex(b, version);
    put_random(b);
    put_hex(b, "00");
    size_t list = begin(b, 2);
    put_hex(b, suites);
    end(b, list, 2);
    put_hex(b, "0100");
    if (extensions != NULL) {
        list = begin(b, 2);
        put_hex(b, extensions);
        end(b, list, 2);
    }
    end(b, message, 3);
    end(b, record, 2);
}

static void put_server_hello(struct tl_buffer *b, const char *version, const char *suite, const char *extensions)
{
    put_hex(b, "16 0303");
    size_t record = begin(b, 2);
    put_hex(b, "02");
    size_t message = begin(b, 3);
    put_hex(b, version);
    put_random(b);
    put_hex(b, "00");
    put_hex(b, suite);
    put_hex(b, "00");
    if (extensions != NULL) {
        size_t list = begin(b, 2);
        put_hex(b, extensions);
        end(b, list, 2);
    }
    end(b, message, 3);
    end(b, record, 2);
}

/* A handshake message in records of at most `most` bytes. */
static void put_message(struct tl_buffer *b, uint8_t type, const void *body, size_t len, size_t most)
{
    struct tl_buffer whole = { 0 };
    tl_put_char(&whole, (char)type);
    size_t from = begin(&whole, 3);
    tl_put(&whole, body, len);
    end(&whole, from, 3);
    for (size_t at = 0, n; at < whole.len; at += n) {
        n = whole.len - at < most ? whole.len - at : most;
        put_hex(b, "16 0303");
        size_t record = begin(b, 2);
        tl_put(b, whole.data + at, n);
        end(b, record, 2);
    }
    tl_buffer_fini(&whole);
}

/* --- records --- */

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct script *w = context;
    (void)id;
    tl_put_format(&w->events, "%s:", def->path);
    for (uint32_t i = 0; i < def->field_count; i++) {
        const void *at = (const uint8_t *)record + def->fields[i].offset;
        const struct tl_bytes *text = at;
        const struct tl_text_list *list = at;
        if ((record->set >> i & 1) == 0)
            continue;
        tl_put_format(&w->events, " %s=", def->fields[i].key);
        switch ((int)def->fields[i].type) {
        case TL_REC_TEXT:
            tl_put_format(&w->events, "%.*s", (int)text->len, (const char *)text->data);
            break;
        case TL_REC_TOKEN:
            tl_put_format(&w->events, "%s", *(const char *const *)at);
            break;
        case TL_REC_BOOL:
            tl_put_char(&w->events, *(const bool *)at ? 'T' : 'F');
            break;
        case TL_REC_TEXTS:
            for (uint32_t k = 0; k < list->count; k++)
                tl_put_format(&w->events, "{%.*s}", (int)list->items[k].len, (const char *)list->items[k].data);
            break;
        default:
            break;
        }
    }
    tl_put_char(&w->events, '\n');
}

/* The records of a conversation: bytes of the client, then of the server, then of the client again. */
static char *records_of(const struct tl_buffer *client, const struct tl_buffer *server, const struct tl_buffer *more,
                        uint32_t piece)
{
    struct script w = { .options.listener = { .record = on_record } };
    const struct tl_buffer *parts[] = { client, server, more };
    w.options.listener.context = &w;
    assert_true(script_new(&w, MEMORY));
    struct script_talk t = script_talk(6, 40000);
    t.ports[1] = 4430;
    for (unsigned i = 0; i < TL_COUNT(parts); i++) {
        for (size_t at = 0, n; parts[i] != NULL && at < parts[i]->len; at += n) {
            n = parts[i]->len - at < piece ? parts[i]->len - at : piece;
            script_bytes(&w, &t, i == 1, parts[i]->data + at, (uint32_t)n);
            script_packet(&w, &t, i != 1, TL_ACK, NULL, 0);
        }
    }
    tl_decoder_finish(w.decoder);
    tl_put_char(&w.events, '\0');
    char *text = strdup((const char *)w.events.data);
    script_free(&w);
    assert_non_null(text);
    return text;
}

static void gives(const struct tl_buffer *client, const struct tl_buffer *server, const char *want)
{
    static const uint32_t pieces[] = { 1400, 7 };
    for (unsigned i = 0; i < TL_COUNT(pieces); i++) {
        char *got = records_of(client, server, NULL, pieces[i]);
        if (strstr(got, want) == NULL)
            fail_msg("%s is not in: %s", want, got);
        free(got);
    }
}

/* --- fingerprints --- */

/* The values are those of the descriptions of JA3 and JA4. */
static void test_fingerprints(void **state)
{
    static const struct {
        const char *version, *suites, *extensions, *want;
    } rows[] = {
        { "0301", "002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004",
          "0000 0000, 000a 0008 0006 0017 0018 0019, 000b 0002 0100", "ja3=ada70206e40642a3e4461f35503241d5" },
        { "0301", "0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063", NULL,
          "ja3=de350869b8c85de67a350c8d186f11e6" },
        { "0303", "dada 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035",
          "6a6a 0000, 0000 0006 0004 00 0001 61, 0017 0000, ff01 0001 00, 000a 0004 0002 001d, 000b 0002 0100,"
          "0023 0000, 0010 000e 000c 02 6832 08 687474702f312e31, 0005 0000,"
          "000d 0012 0010 0403 0804 0401 0503 0805 0501 0806 0601,"
          "0012 0000, 0033 0002 0000, 002d 0002 0101, 002b 0007 06 baba 0304 0303, 001b 0000, 4469 0000,"
          "0015 0001 00, fafa 0001 00",
          "ja4=t13d1516h2_8daaf6152771_e5627efa2ab1" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct tl_buffer client = { 0 };
        put_client_hello(&client, rows[i].version, rows[i].suites, rows[i].extensions);
        gives(&client, NULL, rows[i].want);
        tl_buffer_fini(&client);
    }
}

/* The first part of JA4: versions, names, counts, protocols that are not text. */
static void test_ja4_prefix(void **state)
{
    static const struct {
        const char *version, *suites, *extensions, *want;
    } rows[] = {
        { "0303", "1301", NULL, "ja4=t12i010000_" },
        { "0300", "00ff 5600", NULL, "ja4=ts3i020000_" },
        { "0303", "1301", "002b 0003 02 0304", "ja4=t13i010100_" },
        { "0303", "1301", "002b 0003 02 0a0a", "ja4=t00i010100_" },
        { "0303", "0a0a", NULL, "ja4=t12i000000_000000000000_000000000000" },
        { "0303", "1301", "0010 0004 0002 01 61", "ja4=t12i0101aa_" },
        { "0303", "1301", "0010 0005 0003 02 ab61", "ja4=t12i0101a1_" },
        { "0303", "1301", "0010 0006 0004 03 30ff7a", "ja4=t12i01010z_" },
        { "0303", "1301", "0010 0005 0003 02 30ab", "ja4=t12i01013b_" },
        { "0303", "1301", "0010 0002 0000", "ja4=t12i010100_" },
        /* The signature algorithms stay in their order, and none at all leaves no line behind. */
        { "0303", "1301", "000d 0006 0004 0804 0403", "_b5b2a7d538fe" },
        { "0303", "1301", "0017 0000", "_1ca028f07214" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct tl_buffer client = { 0 };
        put_client_hello(&client, rows[i].version, rows[i].suites, rows[i].extensions);
        gives(&client, NULL, rows[i].want);
        tl_buffer_fini(&client);
    }
}

/* --- sessions --- */

static const char sni[] = "0000 0009 0007 00 0004 686f7374";

static void test_versions(void **state)
{
    static const struct {
        const char *version, *suite, *extensions, *want;
    } rows[] = {
        { "0300", "0005", NULL, " version=SSLv3 cipher=TLS_RSA_WITH_RC4_128_SHA server_name=host " },
        { "0301", "002f", NULL, " version=TLSv10 " },
        { "0303", "1301", "002b 0002 0304, 0033 0005 001d 0001 00",
          " version=TLSv13 cipher=TLS_AES_128_GCM_SHA256 curve=x25519 " },
        { "0303", "1301", "002b 0002 7f17", " version=TLSv13-draft23 " },
        { "0305", "ffff", NULL, " version=unknown-773 cipher=unknown-65535 " },
        { "0303", "c02f", "0010 0005 0003 02 6832", " next_protocol=h2 " },
        { "0303", "1301", "002b 0002 0304, 0029 0002 0000", " resumed=T " },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct tl_buffer client = { 0 }, server = { 0 };
        put_client_hello(&client, "0303", "1301", sni);
        put_server_hello(&server, rows[i].version, rows[i].suite, rows[i].extensions);
        gives(&client, &server, rows[i].want);
        tl_buffer_fini(&client);
        tl_buffer_fini(&server);
    }
}

/* The server's side alone makes a record, but no service; the client's alone has no version. */
static void test_one_side(void **state)
{
    struct tl_buffer server = { 0 }, client = { 0 };
    (void)state;
    put_server_hello(&server, "0303", "c02f", NULL);
    gives(NULL, &server, "ssl: version=TLSv12 cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 resumed=F established=F "
                         "ssl_history=s ");
    put_client_hello(&client, "0303", "1301", sni);
    gives(&client, NULL, "ssl: server_name=host resumed=F established=F ssl_history=C ");
    put_hex(&client, "15 0303 0002 0228");
    gives(&client, NULL, "last_alert=handshake_failure established=F ssl_history=CL ");
    tl_buffer_fini(&server);
    tl_buffer_fini(&client);
}

/* An encrypted alert whose change of ciphers was not captured is not read. */
static void test_sealed_alert(void **state)
{
    struct tl_buffer client = { 0 };
    (void)state;
    put_client_hello(&client, "0303", "1301", sni);
    put_hex(&client, "15 0303 000c 02280128022802280228 0228"); /* bytes that could be alerts */
    char *got = records_of(&client, NULL, NULL, 1400);
    assert_non_null(strstr(got, "ssl: server_name=host"));
    assert_null(strstr(got, "last_alert"));
    free(got);
    tl_buffer_fini(&client);
}

/* The hello of SSL 2.0 that asks for SSL 3.0, and one whose lengths do not fit. */
static void test_ssl2(void **state)
{
    struct tl_buffer good = { 0 }, bad = { 0 };
    (void)state;
    put_hex(&good, "802b 01 0300 0012 0000 0010 010080 020080 030080 00000a 000005 000004"
                   "01020304050607080910111213141516");
    gives(&good, NULL, "ssl: resumed=F established=F ssl_history=C\n");
    put_hex(&bad, "802c 01 0300 0012 0000 0010 010080 020080 030080 00000a 000005 000004"
                  "0102030405060708091011121314151617");
    char *got = records_of(&bad, NULL, NULL, 1400);
    assert_null(strstr(got, "ssl:"));
    free(got);
    tl_buffer_fini(&good);
    tl_buffer_fini(&bad);
}

static void test_encrypted_hello(void **state)
{
    struct tl_buffer client = { 0 };
    (void)state;
    put_client_hello(&client, "0303", "1301", "fe0d 000e 00 0001 0001 2a 0002 aabb 0002 ccdd");
    gives(&client, NULL, " ech_status=offered\n");
    tl_buffer_fini(&client);
}

/* --- bounds and anomalies --- */

static void weird(const struct tl_buffer *client, const struct tl_buffer *server, const char *name)
{
    char want[80];
    snprintf(want, sizeof want, "weird: name=%s ", name);
    gives(client, server, want);
}

static void test_anomalies(void **state)
{
    struct tl_buffer client = { 0 }, server = { 0 }, body = { 0 };
    (void)state;
    put_client_hello(&client, "0303", "c02f", sni);
    put_hex(&server, "16 0303 0004 0b 040001"); /* 256 KiB and one byte */
    weird(&client, &server, "tls_handshake_too_long");

    server.len = 0;
    put_server_hello(&server, "0303", "c02f", NULL);
    put_hex(&body, "000006 000003 30 01 00");
    put_message(&server, 11, body.data, body.len, 16384);
    weird(&client, &server, "tls_certificate_malformed");

    server.len = body.len = 0;
    put_server_hello(&server, "0303", "c02f", NULL);
    size_t all = begin(&body, 3);
    for (unsigned i = 0; i < 11; i++)
        put_hex(&body, "000001 00");
    end(&body, all, 3);
    put_message(&server, 11, body.data, body.len, 16384);
    weird(&client, &server, "tls_chain_too_long");

    server.len = 0;
    put_hex(&server, "18 0303 0003 02 4000");
    weird(&client, &server, "tls_heartbeat_too_long");

    server.len = 0;
    put_hex(&server, "16 0303 0009 02 000005 0303 01 02 03");
    weird(&client, &server, "tls_handshake_malformed");

    server.len = 0;
    put_server_hello(&server, "0303", "c02f", NULL);
    put_hex(&server, "19 0303 0001 00");
    weird(&client, &server, "tls_record_invalid");
    tl_buffer_fini(&client);
    tl_buffer_fini(&server);
    tl_buffer_fini(&body);
}

/* A message of 200 KiB in records of one byte, and one in which nothing but the end is wrong. */
static void test_long_message(void **state)
{
    struct tl_buffer client = { 0 }, server = { 0 }, body = { 0 };
    (void)state;
    put_client_hello(&client, "0303", "c02f", sni);
    put_server_hello(&server, "0303", "c02f", NULL);
    for (unsigned i = 0; i < 200 << 10; i++)
        tl_put_char(&body, '\0');
    put_message(&server, 23, body.data, body.len, 1);
    put_message(&server, 14, "", 0, 2);
    char *got = records_of(&client, &server, NULL, 1400);
    assert_non_null(strstr(got, " ssl_history=Csan "));
    free(got);
    tl_buffer_fini(&client);
    tl_buffer_fini(&server);
    tl_buffer_fini(&body);
}

/* --- certificates --- */

/* CN=a, of itself; the key is that of RFC 8410 section 10.1. Nobody checks the signature, which is zeros. */
static void test_certificate(void **state)
{
    struct tl_buffer der = { 0 }, tbs = { 0 }, client = { 0 }, server = { 0 }, body = { 0 };
    (void)state;
    /* Built from its parts: the lengths are then right. */
    put_hex(&tbs, "a003020102 020101 3005 06032b6570 300c 310a3008 0603550403 0c0161"
                  "301e 170d3234313030313030303030305a 170d3334313030313030303030305a 300c 310a3008 0603550403 0c0161"
                  "302a 3005 06032b6570 032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
                  "a315 3013 3011 0603551d11 040a 3008 8206 2a2e612e7879");
    put_hex(&der, "3082");
    size_t all = begin(&der, 2);
    put_hex(&der, "3082");
    size_t inner = begin(&der, 2);
    tl_put(&der, tbs.data, tbs.len);
    end(&der, inner, 2);
    put_hex(&der, "3005 06032b6570 0341 00");
    for (unsigned i = 0; i < 64; i++)
        tl_put_char(&der, '\0');
    end(&der, all, 2);
    size_t list = begin(&body, 3), one = begin(&body, 3);
    tl_put(&body, der.data, der.len);
    end(&body, one, 3);
    end(&body, list, 3);
    put_client_hello(&client, "0303", "c02f", "0000 000b 0009 00 0006 622e612e5879");
    put_server_hello(&server, "0303", "c02f", NULL);
    put_message(&server, 11, body.data, body.len, 20);
    gives(&client, &server, "certificate.serial=01 certificate.subject=CN=a certificate.issuer=CN=a ");
    gives(&client, &server, "certificate.key_type=ED25519 ");
    gives(&client, &server, "san.dns={*.a.xy} host_cert=T client_cert=F\n");
    gives(&client, &server, "sni_matches_cert=T ");

    /* The same in the message that only decrypted traffic has, compressed. */
    server.len = 0;
    struct tl_buffer packed = { 0 }, message = { 0 };
    put_hex(&packed, "7801 01"); /* zlib, one stored block */
    tl_put_char(&packed, (char)(body.len & 0xff));
    tl_put_char(&packed, (char)(body.len >> 8));
    tl_put_char(&packed, (char)~(body.len & 0xff));
    tl_put_char(&packed, (char)~(body.len >> 8));
    tl_put(&packed, body.data, body.len);
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < body.len; i++) {
        a = (a + body.data[i]) % 65521;
        b = (b + a) % 65521;
    }
    for (unsigned i = 0; i < 4; i++)
        tl_put_char(&packed, (char)((b << 16 | a) >> (24 - 8 * i)));
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        message.len = server.len = 0;
        put_hex(&message, "0001");
        size_t whole = begin(&message, 3);
        message.data[whole - 3] = 0;
        message.data[whole - 2] = (uint8_t)((body.len + wrong) >> 8);
        message.data[whole - 1] = (uint8_t)(body.len + wrong);
        size_t n = begin(&message, 3);
        tl_put(&message, packed.data, packed.len);
        end(&message, n, 3);
        put_server_hello(&server, "0303", "c02f", NULL);
        put_message(&server, 25, message.data, message.len, 16384);
        gives(&client, &server, wrong ? "name=tls_compressed_certificate_malformed " : "san.dns={*.a.xy} ");
    }
    tl_buffer_fini(&packed);
    tl_buffer_fini(&message);
    tl_buffer_fini(&der);
    tl_buffer_fini(&tbs);
    tl_buffer_fini(&client);
    tl_buffer_fini(&server);
    tl_buffer_fini(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprints), cmocka_unit_test(test_ja4_prefix),      cmocka_unit_test(test_versions),
        cmocka_unit_test(test_one_side), cmocka_unit_test(test_sealed_alert),     cmocka_unit_test(test_ssl2),
        cmocka_unit_test(test_encrypted_hello), cmocka_unit_test(test_anomalies),
        cmocka_unit_test(test_long_message), cmocka_unit_test(test_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
