/* file_bodies.c - files that TFTP and FTP transfer reach the listener: their bytes, holes, names and sides, from samples. */
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

enum { LOG = 4096, MOST = 1 << 20, BODIES = 8 };

struct open_body {
    const struct tl_flow *flow; /* NULL: free */
    char head[512]; /* source, name, side, total */
    uint64_t bytes;
};

/* A line for each body, in the order in which they end: "SOURCE 'name' side total bytes missing". */
struct seen {
    char *log; /* LOG bytes */
    size_t len;
    struct open_body open[BODIES];
};

/* The open body of a flow (the samples have one in each), or a free place. */
static struct open_body *body_of(struct seen *seen, const struct tl_flow *flow)
{
    unsigned i = 0;
    while (i < BODIES && seen->open[i].flow != flow)
        i++;
    assert_true(i < BODIES);
    return &seen->open[i];
}

static void on_body(void *context, const struct tl_body_piece *piece)
{
    struct seen *seen = context;
    if (piece->event == TL_BODY_BEGIN) {
        const struct tl_body_facts *facts = piece->facts;
        struct open_body *b = body_of(seen, NULL);
        *b = (struct open_body){ .flow = piece->flow };
        snprintf(b->head, sizeof b->head, "%s '%.*s' %u %lld", facts->source, (int)facts->name.len,
                 facts->name.len > 0 ? (const char *)facts->name.data : "", facts->side, (long long)facts->total);
        return;
    }
    struct open_body *b = body_of(seen, piece->flow);
    if (piece->event == TL_BODY_DATA || (piece->event == TL_BODY_AT && piece->bytes.data != NULL))
        b->bytes += piece->bytes.len;
    if (piece->event != TL_BODY_END)
        return;
    int n = snprintf(seen->log + seen->len, LOG - seen->len, "%s %llu %llu\n", b->head, (unsigned long long)b->bytes,
                     (unsigned long long)piece->missing);
    assert_true(n > 0 && (size_t)n < LOG - seen->len);
    seen->len += (size_t)n;
    b->flow = NULL;
}

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Decodes a sample, a plain pcap of Ethernet, and holds what passed against `due`. */
static void check(const char *name, const char *due)
{
    static uint8_t file[MOST];
    static struct seen seen;
    static char log[LOG];
    const char *source = getenv("SOURCE");
    char path[512];
    snprintf(path, sizeof path, "%s/samples/%s.pcap", source != NULL ? source : ".", name);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        fail_msg("no %s", path);
    size_t len = fread(file, 1, sizeof file, in);
    fclose(in);
    assert_true(len > 24 && len < sizeof file);
    struct tl_registry *registry = tl_registry_new();
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    assert_int_equal(tl_interfaces_add(interfaces, &ethernet), 0);
    seen = (struct seen){ .log = log };
    log[0] = '\0';
    struct tl_decoder_options options = { .registry = registry, .interfaces = interfaces,
                                          .crypto = &tl_crypto_libcrypto, .memory = 64 << 20,
                                          .listener = { .body = on_body, .context = &seen } };
    struct tl_decoder *decoder = tl_decoder_new(&options);
    assert_non_null(decoder);
    uint64_t number = 0;
    for (size_t at = 24; at + 16 <= len; at += 16 + little(file + at + 8)) {
        int64_t ts = (int64_t)little(file + at) * 1000000000 + (int64_t)little(file + at + 4) * 1000;
        struct tl_packet packet = { .ts = ts, .etime = ts, .number = ++number, .caplen = little(file + at + 8),
                                    .len = little(file + at + 12), .linktype = 1, .bytes = file + at + 16 };
        tl_decoder_expire(decoder, ts);
        tl_decoder_packet(decoder, &packet);
    }
    tl_decoder_finish(decoder);
    tl_decoder_free(decoder);
    tl_interfaces_free(interfaces);
    tl_registry_free(registry);
    for (unsigned i = 0; i < BODIES; i++)
        assert_null(seen.open[i].flow);
    assert_string_equal(seen.log, due);
}

static void tftp(void **state)
{
    (void)state;
    check("tftp/read", "TFTP 'numbers.txt' 0 1092 1092 0\n"); /* the server speaks first in the transfer's flow */
    check("tftp/no-options", "TFTP 'two-blocks.bin' 0 -1 1024 0\nTFTP 'numbers.txt' 0 -1 1392 0\n");
    check("tftp/write", "TFTP 'upload.txt' 1 1092 1092 0\n");
    check("tftp/ipv6", "TFTP 'numbers.txt' 0 1092 1092 0\n");
    check("tftp/errors", "");
    check("tftp/lost-blocks", "TFTP 'a file' 0 -1 1636 1024\n");
    check("tftp/windows", "TFTP 'a file' 0 -1 197 0\n"); /* 48 bytes of them come twice */
    check("tftp/same-port", "TFTP 'up' 0 -1 12 0\n");
    check("tftp/cut", "TFTP 'a file' 0 -1 37 478\n"); /* 34 bytes of the first block were captured */
}

static void ftp(void **state)
{
    (void)state;
    check("ftp/passive", "FTP_DATA '' 1 -1 292 0\n");
    check("ftp/active", "FTP_DATA 'numbers.txt' 0 -1 292 0\nFTP_DATA '' 0 -1 69 0\n"); /* a file, then a list */
    check("ftp/session", "FTP_DATA '' 1 -1 8 0\nFTP_DATA '../x' 0 -1 12 0\n");
    check("ftp/errors", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tftp), cmocka_unit_test(ftp) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
