/* sctp.c - associations of SCTP: user data by TSN, streams as channels, what is lost, held, or not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20, BEGIN = 2, END = 1, ALONE = 3, DATA = 0, INIT = 1, I_DATA = 64, FORWARD = 192, HELD = 16, DTLS = 47 };

static int setup(void **state)
{
    struct script *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_true(script_new(w, MEMORY));
    *state = w;
    return 0;
}

static int setup_records(void **state)
{
    struct script *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->records_only = true;
    assert_true(script_new(w, MEMORY));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    script_free(*state);
    free(*state);
    return 0;
}

/* Compares the log with the text, then empties the log. */
static void logged(struct script *w, const char *text)
{
    tl_put_char(&w->log, '\0');
    assert_false(w->log.failed);
    assert_string_equal((const char *)w->log.data, text);
    w->log.len = 0;
}

static void end(struct script *w, const char *text)
{
    tl_decoder_finish(w->decoder);
    logged(w, text);
    assert_int_equal(tl_decoder_counters(w->decoder).memory_used, 0);
}

struct chunk {
    unsigned type, flags;
    uint32_t tsn;
    unsigned stream;
    uint32_t ppid;
    const char *text;
};

static void put_chunk(struct tl_buffer *b, const struct chunk *c)
{
    uint32_t len = c->text != NULL ? (uint32_t)strlen(c->text) : 0;
    uint32_t header = c->type == DATA ? 16 : c->type == FORWARD ? 8 : 20;
    script_put16(b, c->type << 8 | c->flags);
    script_put16(b, header + len);
    if (c->type == INIT) {
        script_put32(b, 77);
        script_put32(b, 65536);
        script_put32(b, 10 << 16 | 10);
    }
    script_put32(b, c->tsn);
    if (c->type == DATA || c->type == I_DATA) {
        script_put16(b, c->stream);
        script_put16(b, 0);
        script_put32(b, c->type == DATA ? c->ppid : 5);
    }
    if (c->type == I_DATA)
        script_put32(b, c->ppid);
    if (len > 0)
        tl_put(b, c->text, len);
    tl_put(b, "\0\0\0", (4 - len % 4) % 4);
}

/* A packet with these chunks. */
static void send(struct script *w, struct script_talk *t, unsigned side, const struct chunk *chunks, unsigned count)
{
    struct tl_buffer b = { 0 };
    for (unsigned i = 0; i < count; i++)
        put_chunk(&b, &chunks[i]);
    assert_false(b.failed);
    script_packet(w, t, side, 0, b.data, (uint32_t)b.len);
    tl_buffer_fini(&b);
}

/* A message in one chunk. */
static void say(struct script *w, struct script_talk *t, unsigned side, uint32_t tsn, unsigned stream, const char *text)
{
    send(w, t, side, &(struct chunk){ DATA, ALONE, tsn, stream, 0, text }, 1);
}

static void test_order(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    say(w, &t, 0, 10, 7, "Aone\n");
    say(w, &t, 1, 500, 7, "Atwo\n");
    say(w, &t, 0, 12, 7, "third\n");
    say(w, &t, 0, 11, 7, "second\n");
    say(w, &t, 0, 11, 7, "second\n");
    say(w, &t, 0, 12, 7, "third\n");
    logged(w, "7a0:Aone;7a1:Atwo;7a0:second;7a0:third;");
    end(w, "7a0$;7a1$;7a~;");
}

/* TSNs go on at 0 after 2^32 - 1. */
static void test_wrap(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    say(w, &t, 0, UINT32_MAX - 1, 1, "Aone\n");
    say(w, &t, 0, 0, 1, "third\n");
    say(w, &t, 0, UINT32_MAX, 1, "second\n");
    logged(w, "1a0:Aone;1a0:second;1a0:third;");
}

static void test_pieces(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk chunks[] = {
        { DATA, BEGIN, 1, 3, 0, "Al" }, { DATA, ALONE, 2, 4, 0, "Bother\n" }, { DATA, 0, 3, 3, 0, "on" }, { DATA, END, 4, 3, 0, "g\n" },
    };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "4b0:Bother;3a0:Along;");
}

/* RFC 8260: the identifier of the protocol has the place of the fragment's number. */
static void test_i_data(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk chunks[] = { { I_DATA, BEGIN, 1, 3, 0, "Al" }, { I_DATA, END, 2, 3, DTLS, "ong\n" } };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "3a0:Along;");
}

/* INIT tells which chunk is the first; another one begins another association. */
static void test_init(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    send(w, &t, 0, &(struct chunk){ INIT, 0, 100, 0, 0, NULL }, 1);
    say(w, &t, 0, 101, 1, "second\n");
    logged(w, "");
    say(w, &t, 0, 100, 1, "Aone\n");
    logged(w, "1a0:Aone;1a0:second;");
    send(w, &t, 0, &(struct chunk){ INIT, 0, 100, 0, 0, NULL }, 1);
    logged(w, "");
    send(w, &t, 0, &(struct chunk){ INIT, 0, 3000, 0, 0, NULL }, 1);
    say(w, &t, 0, 3000, 1, "Bnew\n");
    logged(w, "1a0$;1a~;1b0:Bnew;");
}

/* A chunk never comes. When no more chunks can be held, each stream starts again at its next message. */
static void test_lost(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    char text[32];
    say(w, &t, 0, 1, 1, "Aone\n");
    logged(w, "1a0:Aone;");
    for (uint32_t i = 0; i < HELD; i++) {
        snprintf(text, sizeof text, "A%u\n", i);
        send(w, &t, 0, &(struct chunk){ DATA, i == 0 ? END : ALONE, 3 + i, 1, 0, text }, 1);
    }
    logged(w, "");
    say(w, &t, 0, 3 + HELD, 1, "Alast\n");
    logged(w, "1a0$;1a~;1a0:A1;1a0:A2;1a0:A3;1a0:A4;1a0:A5;1a0:A6;1a0:A7;1a0:A8;1a0:A9;1a0:A10;1a0:A11;1a0:A12;"
              "1a0:A13;1a0:A14;1a0:A15;1a0:Alast;");
    end(w, "1a0$;1a~;");
}

/* Large chunks are held up to 16 KiB. */
static void test_large(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    char text[1401];
    memset(text, 'x', 1400);
    text[1400] = '\0';
    text[0] = 'A';
    text[1399] = '\n';
    say(w, &t, 0, 1, 1, "Bone\n");
    for (uint32_t i = 0; i < 11; i++)
        say(w, &t, 0, 3 + i, 1, text);
    logged(w, "1b0:Bone;");
    say(w, &t, 0, 14, 1, text);
    w->log.len = w->log.len > 15 ? 15 : w->log.len;
    logged(w, "1b0$;1b~;1a0:Ax");
}

/* The sender gives up on a chunk (RFC 3758). */
static void test_forward(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    say(w, &t, 0, 1, 1, "Aone\n");
    say(w, &t, 0, 4, 1, "Bfour\n");
    send(w, &t, 0, &(struct chunk){ FORWARD, 0, 3, 0, 0, NULL }, 1);
    send(w, &t, 0, &(struct chunk){ FORWARD, 0, 2, 0, 0, NULL }, 1);
    logged(w, "1a0:Aone;1a0$;1a~;1b0:Bfour;");
}

/* The end of a packet was not captured. */
static void test_cut(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    say(w, &t, 0, 1, 1, "Aone\n");
    t.cut = 8;
    say(w, &t, 0, 2, 1, "two\n12345678"); /* a multiple of four: no padding */
    t.cut = 0;
    say(w, &t, 0, 3, 1, "three\n");
    logged(w, "1a0:Aone;1a0:two;1a0!8;1a0:three;");
}

/* Messages of DTLS are not put together, and only streams below 64 are read. */
static void test_not_read(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk chunks[] = {
        { DATA, ALONE, 1, 64, 0, "Ahigh\n" }, { DATA, END, 2, 5, 0, "Amiddle\n" }, { DATA, ALONE, 3, 63, DTLS, "Adatagram" },
        { DATA, BEGIN, 4, 63, DTLS, "pie" }, { DATA, END, 5, 63, DTLS, "ces" }, { DATA, ALONE, 6, 63, DTLS, "whole" },
    };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "63a0:Adatagram;63a0:whole;");
    end(w, "63a~;");
}

#define BOTH(test) \
    cmocka_unit_test_setup_teardown(test, setup, teardown), cmocka_unit_test_setup_teardown(test, setup_records, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_order), BOTH(test_wrap), BOTH(test_pieces), BOTH(test_i_data), BOTH(test_init), BOTH(test_lost),
        BOTH(test_large), BOTH(test_forward), BOTH(test_cut), BOTH(test_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
