/*
 * http_bodies.c - bodies reach the listener: as many bytes, gaps included, as the records count; with their facts. The
 * samples are the input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/libcrypto.h"
#include "decode/decoder.h"

enum { BODIES = 64, MOST = 1 << 20 };

struct body {
    uint64_t bytes, missing, total;
    char name[64], type[64], first[8];
    uint8_t side;
    bool ended;
};

struct seen {
    struct body bodies[BODIES];
    uint32_t count, open;
    uint64_t recorded; /* bytes of bodies, as records have them */
};

static void copy_text(char *to, size_t room, struct tl_bytes text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0)
        memcpy(to, text.data, n);
    to[n] = 0;
}

static void on_body(void *context, const struct tl_body_piece *piece)
{
    struct seen *seen = context;
    if (piece->event == TL_BODY_BEGIN) {
        assert_true(seen->count < BODIES);
        struct body *b = &seen->bodies[seen->count++];
        assert_string_equal(piece->facts->source, "HTTP");
        b->side = piece->facts->side;
        b->total = piece->facts->total;
        copy_text(b->name, sizeof b->name, piece->facts->name);
        copy_text(b->type, sizeof b->type, piece->facts->type);
        seen->open++;
        return;
    }
    struct body *b = NULL; /* ids count in a flow: the samples here have one flow, or bodies one after the other */
    for (uint32_t i = seen->count; i > 0 && b == NULL; i--)
        b = !seen->bodies[i - 1].ended ? &seen->bodies[i - 1] : NULL;
    assert_non_null(b);
    if (piece->event == TL_BODY_DATA && b->bytes == 0)
        copy_text(b->first, sizeof b->first, piece->bytes);
    if (piece->event == TL_BODY_DATA)
        b->bytes += piece->bytes.len;
    b->missing = piece->missing;
    b->ended = piece->event == TL_BODY_END;
    seen->open -= b->ended;
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct seen *seen = context;
    (void)id;
    for (uint32_t i = 0; strcmp(def->path, "http") == 0 && i < def->field_count; i++) {
        const char *key = def->fields[i].key;
        if ((record->set >> i & 1) != 0 && strstr(key, "_body_len") != NULL)
            seen->recorded += *(const uint64_t *)(const void *)((const char *)record + def->fields[i].offset);
    }
}

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Decodes a sample: a plain pcap of Ethernet. */
static void decode(const char *name, struct seen *seen)
{
    const char *source = getenv("SOURCE");
    char path[512];
    snprintf(path, sizeof path, "%s/samples/http/%s.pcap", source != NULL ? source : ".", name);
    static uint8_t file[MOST];
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t len = fread(file, 1, sizeof file, in);
    fclose(in);
    assert_true(len > 24 && len < sizeof file);
    struct tl_registry *registry = tl_registry_new();
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    assert_int_equal(tl_interfaces_add(interfaces, &ethernet), 0);
    struct tl_decoder_options options = { .registry = registry, .interfaces = interfaces, .crypto = &tl_crypto_libcrypto,
                                          .memory = 64 << 20,
                                          .listener = { .record = on_record, .body = on_body, .context = seen } };
    struct tl_decoder *decoder = tl_decoder_new(&options);
    assert_non_null(decoder);
    *seen = (struct seen){ .count = 0 };
    uint64_t number = 0;
    for (size_t at = 24; at + 16 <= len;) {
        uint32_t caplen = little(file + at + 8);
        int64_t ts = (int64_t)little(file + at) * 1000000000 + (int64_t)little(file + at + 4) * 1000;
        struct tl_packet packet = { .ts = ts, .etime = ts, .number = ++number, .caplen = caplen,
                                    .len = little(file + at + 12), .linktype = 1, .bytes = file + at + 16 };
        tl_decoder_expire(decoder, ts);
        tl_decoder_packet(decoder, &packet);
        at += 16 + caplen;
    }
    tl_decoder_finish(decoder);
    tl_decoder_free(decoder);
    tl_interfaces_free(interfaces);
    tl_registry_free(registry);
}

static void sums(void **state)
{
    static const char *const samples[] = { "session", "chunks", "gap-body", "simple", "uploads", "early", "no-end",
                                           "huge-head", "upgrade-waits", "kept-alive", "one-byte" };
    static struct seen seen;
    (void)state;
    for (size_t i = 0; i < TL_COUNT(samples); i++) {
        uint64_t passed = 0;
        decode(samples[i], &seen);
        for (uint32_t k = 0; k < seen.count; k++)
            passed += seen.bodies[k].bytes + seen.bodies[k].missing;
        if (passed != seen.recorded || seen.open != 0)
            fail_msg("%s: %u bodies, %u of them open, with %u bytes; records have %u", samples[i], seen.count, seen.open,
                     (unsigned)passed, (unsigned)seen.recorded);
    }
}

static void facts(void **state)
{
    static struct seen seen;
    (void)state;
    decode("bodies", &seen);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.bodies[0].name, "report 1.txt");
    assert_string_equal(seen.bodies[0].type, "text/plain");
    assert_int_equal(seen.bodies[0].side, 1);
    assert_int_equal(seen.bodies[0].total, 6);
    assert_string_equal(seen.bodies[0].first, "report");
    assert_string_equal(seen.bodies[1].name, "\xe2\x82\xac.bin");
    assert_true(seen.bodies[1].total == UINT64_MAX);
    assert_int_equal(seen.bodies[1].bytes, 5);
    assert_string_equal(seen.bodies[2].name, "");
    assert_int_equal(seen.bodies[2].side, 0);
    assert_int_equal(seen.bodies[2].total, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sums), cmocka_unit_test(facts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
