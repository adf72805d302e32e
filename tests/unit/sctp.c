/* sctp.c - associations of SCTP: user data by TSN, streams as channels, what is lost, held, or not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20, HELD = 16, DTLS = 47 };
enum { BEGIN = 2, END = 1, ALONE = 3, LOOSE = 4 };
enum { DATA = 0, INIT = 1, SACK = 3, ABORT = 6, COOKIE_ECHO = 10, SHUTDOWN_COMPLETE = 14, I_DATA = 64, FORWARD = 192,
       I_FORWARD = 194 };

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
    unsigned order; /* SSN or MID */
};

static void put_chunk(struct tl_buffer *b, const struct chunk *c)
{
    uint32_t len = c->text != NULL ? (uint32_t)strlen(c->text) : 0;
    const bool data = c->type == DATA || c->type == I_DATA, bare = c->type == ABORT || c->type == COOKIE_ECHO ||
                                                                   c->type == SHUTDOWN_COMPLETE;
    const bool forward = c->type == FORWARD || c->type == I_FORWARD, less = c->type == DATA || c->type == SACK;
    uint32_t header = bare ? 4 : forward ? 8 : less ? 16 : 20;
    script_put16(b, c->type << 8 | c->flags);
    script_put16(b, header + len);
    if (bare)
        return;
    if (c->type == INIT) {
        script_put32(b, 77);
        script_put32(b, 65536);
        script_put32(b, 10 << 16 | 10);
    }
    script_put32(b, c->tsn);
    if (c->type == SACK) {
        script_put32(b, 65536);
        script_put32(b, 0);
    }
    if (data) {
        script_put16(b, c->stream);
        script_put16(b, c->type == DATA ? c->order : 0);
        script_put32(b, c->type == DATA ? c->ppid : c->order);
    }
    if (c->type == I_DATA)
        script_put32(b, c->ppid);
    if (len > 0)
        tl_put(b, c->text, len);
    tl_put(b, "\0\0\0", (4 - len % 4) % 4);
}

/* A packet with these chunks. */
static void send_tagged(struct script *w, struct script_talk *t, unsigned side, uint32_t tag, const struct chunk *chunks,
                        unsigned count)
{
    struct tl_buffer b = { 0 };
    for (unsigned i = 0; i < count; i++)
        put_chunk(&b, &chunks[i]);
    assert_false(b.failed);
    script_packet(w, t, side, tag, b.data, (uint32_t)b.len);
    tl_buffer_fini(&b);
}

static void send(struct script *w, struct script_talk *t, unsigned side, const struct chunk *chunks, unsigned count)
{
    send_tagged(w, t, side, 0, chunks, count);
}

/* A chunk that has a TSN at most. */
static void sign(struct script *w, struct script_talk *t, unsigned side, unsigned type, uint32_t tsn)
{
    send(w, t, side, &(struct chunk){ .type = type, .tsn = tsn }, 1);
}

/* A message in one chunk. */
static void say(struct script *w, struct script_talk *t, unsigned side, uint32_t tsn, unsigned stream, const char *text)
{
    send(w, t, side, &(struct chunk){ DATA, ALONE, tsn, stream, 0, text, 0 }, 1);
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
        { DATA, BEGIN, 1, 3, 0, "Al", 0 }, { DATA, ALONE, 2, 4, 0, "Bother\n", 0 },
        { DATA, 0, 3, 3, 0, "on", 0 },     { DATA, END, 4, 3, 0, "g\n", 0 },
    };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "4b0:Bother;3a0:Along;");
}

/* RFC 8260: the identifier of the protocol has the place of the fragment's number. */
static void test_i_data(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk chunks[] = { { I_DATA, BEGIN, 1, 3, 0, "Al", 0 }, { I_DATA, END, 2, 3, DTLS, "ong\n", 0 } };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "3a0:Along;");
}

/* INIT tells which chunk is the first; another one begins another association. */
static void test_init(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    send(w, &t, 0, &(struct chunk){ INIT, 0, 100, 0, 0, NULL, 0 }, 1);
    say(w, &t, 0, 101, 1, "second\n");
    logged(w, "");
    say(w, &t, 0, 100, 1, "Aone\n");
    logged(w, "1a0:Aone;1a0:second;");
    send(w, &t, 0, &(struct chunk){ INIT, 0, 100, 0, 0, NULL, 0 }, 1);
    logged(w, "");
    sign(w, &t, 0, INIT, 3000); /* alone it changes nothing */
    say(w, &t, 0, 102, 1, "go on\n");
    logged(w, "1a0:go on;");
    sign(w, &t, 0, COOKIE_ECHO, 0);
    logged(w, "1a0$;1a~;");
    sign(w, &t, 0, COOKIE_ECHO, 0);
    say(w, &t, 0, 3000, 1, "Bnew\n");
    logged(w, "1b0:Bnew;");
    sign(w, &t, 0, INIT, 50); /* its COOKIE ECHO is not captured */
    say(w, &t, 0, 50, 1, "Anew\n");
    logged(w, "1b0$;1b~;1a0:Anew;");
}

/* What ends an association ends its numbers, too. What waits is read. */
static void test_ends(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    static const unsigned ends[] = { ABORT, SHUTDOWN_COMPLETE };
    for (unsigned i = 0; i < TL_COUNT(ends); i++) {
        say(w, &t, 0, 0x90000000, 1, "Aone\n");
        say(w, &t, 0, 0x90000002, 2, "Bthree\n");
        logged(w, "1a0:Aone;");
        sign(w, &t, 1, ends[i], 0);
        logged(w, "2b0:Bthree;1a0$;1a~;2b0$;2b~;");
    }
    say(w, &t, 0, 0x10000000, 1, "Aone\n");
    say(w, &t, 0, 0x10000002, 2, "Bthree\n");
    logged(w, "1a0:Aone;");
    end(w, "2b0:Bthree;1a0$;1a~;2b0$;2b~;");
}

/* A packet whose tag the peer would not take ends nothing; numbers far from those seen are not believed. */
static void test_not_believed(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk one = { DATA, ALONE, 1, 1, 0, "Aone\n", 0 }, reply = { DATA, ALONE, 1, 1, 0, "two\n", 0 };
    const struct chunk abort = { .type = ABORT }, reflected = { .type = ABORT, .flags = 1 };
    send_tagged(w, &t, 0, 0xb0b, &one, 1);
    send_tagged(w, &t, 1, 0xa11ce, &reply, 1);
    logged(w, "1a0:Aone;1a1:two;");
    send_tagged(w, &t, 1, 0xbad, &abort, 1);
    send_tagged(w, &t, 1, 0xa11ce, &reflected, 1);
    sign(w, &t, 0, FORWARD, 0x40000000);
    sign(w, &t, 1, SACK, 0x40000000);
    send_tagged(w, &t, 0, 0xb0b, &(struct chunk){ DATA, ALONE, 3, 1, 2, "four\n", 0 }, 1);
    send_tagged(w, &t, 0, 0xb0b, &(struct chunk){ DATA, ALONE, 2, 1, 1, "three\n", 0 }, 1);
    logged(w, "1a0:three;1a0:four;");
    send_tagged(w, &t, 0, 0xbad, &(struct chunk){ DATA, ALONE, 4, 1, 3, "not\n", 0 }, 1);
    send_tagged(w, &t, 0, 0xb0b, &(struct chunk){ DATA, ALONE, 4, 1, 3, "five\n", 0 }, 1);
    logged(w, "1a0:five;");
    send_tagged(w, &t, 1, 0xb0b, &reflected, 1);
    logged(w, "1a0$;1a1$;1a~;");
}

/* Other tags and far numbers: another association, whose beginning was not captured. */
static void test_another(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    send_tagged(w, &t, 0, 1, &(struct chunk){ DATA, ALONE, 0x90000000, 1, 0, "Aone\n", 0 }, 1);
    logged(w, "1a0:Aone;");
    send_tagged(w, &t, 0, 2, &(struct chunk){ DATA, ALONE, 0x10000000, 1, 0, "Btwo\n", 0 }, 1);
    logged(w, "1a0$;1a~;1b0:Btwo;");
    send_tagged(w, &t, 0, 3, &(struct chunk){ DATA, ALONE, 0x0fffff00, 1, 0, "not\n", 0 }, 1);
    logged(w, "");
    send_tagged(w, &t, 0, 3, &(struct chunk){ DATA, ALONE, 0x0fffff01, 1, 1, "Cfour\n", 0 }, 1); /* near, but it goes on */
    logged(w, "1b0$;1b~;1c0:Cfour;");
}

/* The peer acknowledges a chunk that was not captured: the wait for it ends. Only streams that lost something restart. */
static void test_acked(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk first[] = {
        { DATA, ALONE, 1, 1, 0, "Aone\n", 0 }, { DATA, ALONE, 2, 2, 0, "Bone\n", 0 },
        { DATA, ALONE, 3, 3, 0, "Aone\n", 0 },
        { DATA, BEGIN, 4, 4, 0, "Aon", 0 },
    };
    const struct chunk second[] = {
        { DATA, ALONE, 6, 1, 0, "two\n", 1 },   { DATA, ALONE, 7, 2, 0, "Bthree\n", 2 },
        { DATA, ALONE | LOOSE, 8, 3, 0, "two\n", 0 }, { DATA, END, 9, 4, 0, "e\n", 0 },
    };
    send(w, &t, 0, first, TL_COUNT(first));
    logged(w, "1a0:Aone;2b0:Bone;3a0:Aone;");
    send(w, &t, 0, second, 1);
    sign(w, &t, 1, SACK, 4);
    logged(w, "");
    sign(w, &t, 1, SACK, 5);
    sign(w, &t, 1, SACK, 4);
    logged(w, "1a0:two;");
    send(w, &t, 0, second + 1, TL_COUNT(second) - 1);
    logged(w, "2b0$;2b~;2b0:Bthree;3a0:two;4a0$Aon;4a~;");
    send(w, &t, 0, &(struct chunk){ DATA, ALONE, 11, 1, 0, "Afour\n", 3 }, 1);
    logged(w, "");
    sign(w, &t, 1, SACK, 11);
    logged(w, "1a0$;1a~;1a0:Afour;");
}

/* After a loss each side goes on with a message. */
static void test_other_side(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    say(w, &t, 0, 1, 1, "Aone\n");
    send(w, &t, 1, &(struct chunk){ DATA, BEGIN, 500, 1, 0, "Atw", 0 }, 1);
    sign(w, &t, 1, SACK, 2);
    send(w, &t, 0, &(struct chunk){ DATA, ALONE, 3, 1, 0, "Athree\n", 2 }, 1);
    send(w, &t, 1, &(struct chunk){ DATA, END, 501, 1, 0, "o\n", 0 }, 1);
    send(w, &t, 1, &(struct chunk){ DATA, ALONE, 502, 1, 0, "Afour\n", 1 }, 1);
    logged(w, "1a0:Aone;1a0$;1a1$Atw;1a~;1a0:Athree;1a1:Afour;");
}

/* RFC 8260: an unordered message may be sent among the fragments of an ordered one. */
static void test_among(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(132, 40000);
    const struct chunk chunks[] = {
        { I_DATA, BEGIN, 1, 3, 0, "Al", 0 }, { I_DATA, ALONE | LOOSE, 2, 3, 0, "Aloose\n", 0 },
        { I_DATA, END, 3, 3, 0, "ong\n", 0 }, { I_DATA, ALONE | LOOSE, 4, 3, 0, "loose\n", 1 },
    };
    send(w, &t, 0, chunks, TL_COUNT(chunks));
    logged(w, "3a0:Along;3a0:loose;");
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
        send(w, &t, 0, &(struct chunk){ DATA, i == 0 ? END : ALONE, 3 + i, 1, 0, text, 0 }, 1);
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
    sign(w, &t, 0, FORWARD, 3);
    sign(w, &t, 0, FORWARD, 2);
    logged(w, "1a0:Aone;1a0$;1a~;1b0:Bfour;");
    send(w, &t, 0, &(struct chunk){ DATA, ALONE, 6, 1, 0, "five\n", 1 }, 1); /* ahead of the new number: it is read */
    sign(w, &t, 0, I_FORWARD, 7);
    send(w, &t, 0, &(struct chunk){ DATA, ALONE, 8, 1, 0, "six\n", 2 }, 1);
    logged(w, "1b0:five;1b0:six;");
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
        { DATA, ALONE, 1, 64, 0, "Ahigh\n", 0 }, { DATA, END, 2, 5, 0, "Amiddle\n", 0 },
        { DATA, ALONE, 3, 63, DTLS, "Adatagram", 0 },
        { DATA, BEGIN, 4, 63, DTLS, "pie", 0 }, { DATA, END, 5, 63, DTLS, "ces", 0 },
        { DATA, ALONE, 6, 63, DTLS, "whole", 0 },
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
        BOTH(test_ends), BOTH(test_not_believed), BOTH(test_another),
        BOTH(test_acked), BOTH(test_other_side), BOTH(test_among), BOTH(test_large),
        BOTH(test_forward), BOTH(test_cut), BOTH(test_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
