/* explain_again.c - repeats: of a FIN, of a SYN-ACK, of data without an answer; and messages at regular intervals. */
#include "explain_fixture.h"

/* A FIN that is repeated costs the time since it was sent first, not since the last payload. */
static void fin_again(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, 5000 * MS, FIN | ACK, 0);
    raw(t, SERVER, 300 * MS, FIN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, ACK, 0);
}

static void test_fin_again(void **state)
{
    (void)state;
    struct talk t = begin();
    fin_again(&t);
    tl_explain_end(t.explain);
    const struct tl_finding *f = finding_of(t.explain, "loss after the tap");
    assert_non_null(f);
    assert_true(f->lost == 300 * MS && f->level == TL_FINDING_WARNING);
    finish(&t);
}

/* A SYN-ACK that comes again: after the acknowledgment of the client, as a copy of the capture, or without any answer. */
static void syn_ack_late(struct talk *t)
{
    open_up(t);
    raw(t, SERVER, 60 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_ack_copied(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    t->id[SERVER] = UINT16_MAX;
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    t->id[SERVER] = UINT16_MAX;
    raw(t, SERVER, MS / 20, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_ack_lost(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

/* An answer that may be that of the repeat, or of the first one. */
static void syn_ack_unsure(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, 500 * MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_unsure(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    raw(t, CLIENT, 1000 * MS, SYN, t->seq[CLIENT] - 1, 0, 0);
    say(t, SERVER, 200 * MS, SYN | ACK, 0);
    say(t, CLIENT, 100 * MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void test_syn_ack_again(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *finding;
        enum tl_finding_level level;
        enum tl_tap_place tap;
    } cases[] = {
        { syn_ack_late, "needless retransmission", TL_FINDING_NOTE, TL_TAP_CLIENT },
        { syn_ack_copied, NULL, TL_FINDING_NONE, TL_TAP_CLIENT },
        { syn_ack_lost, "set-up after retries", TL_FINDING_WARNING, TL_TAP_CLIENT },
        { syn_ack_unsure, "set-up after retries", TL_FINDING_WARNING, TL_TAP_UNKNOWN },
        { syn_unsure, "set-up after retries", TL_FINDING_WARNING, TL_TAP_UNKNOWN },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
        assert_int_equal(d->count, cases[i].finding != NULL);
        if (d->count > 0) {
            assert_string_equal(d->items[0].kind->name, cases[i].finding);
            assert_int_equal(d->items[0].level, cases[i].level);
            assert_true((d->items[0].lost > 0) == (cases[i].level == TL_FINDING_WARNING));
        }
        assert_int_equal(d->tap, cases[i].tap);
        finish(&t);
    }
}

/* What is repeated without any answer was lost no one knows where: after the tap, or its answer was. */
static void never_answered(struct talk *t)
{
    say(t, SERVER, MS, ACK, 112);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 112, t->seq[CLIENT], 112);
}

static void fin_never_answered(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, 5000 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    for (unsigned i = 0; i < 4; i++)
        raw(t, CLIENT, (INT64_C(300) << i) * MS, FIN | ACK, t->seq[CLIENT] - 1, t->seq[SERVER], 0);
}

static void ends_in_repeat(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, MS, ACK, 900);
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 900, t->seq[CLIENT], 900);
}

static void test_never_answered(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *text;
        enum tl_finding_level level;
        uint32_t support;
        int64_t lost;
    } cases[] = {
        { never_answered, "The client sends the same 112 bytes 4 times again, and nothing of the peer is in the capture",
          TL_FINDING_PROBLEM, 2, 4500 * MS },
        { fin_never_answered, "The client sends its FIN 4 times again, and nothing more of the peer is seen",
          TL_FINDING_WARNING, 3, 4500 * MS },
        { cut_off, "The server sends the same 900 bytes 4 times again, and nothing more of the peer is seen",
          TL_FINDING_PROBLEM, 3, 4500 * MS },
        { ends_in_repeat, "The server sends again 1 time, and the capture or the connection ends", TL_FINDING_NOTE, 1, 300 * MS },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        assert_null(finding_of(t.explain, "loss after the tap"));
        const struct tl_finding *f = finding_of(t.explain, "no more answers");
        assert_non_null(f);
        assert_memory_equal(f->text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(f->level, cases[i].level);
        assert_int_equal(f->support, cases[i].support);
        assert_true(f->lost == cases[i].lost);
        finish(&t);
    }
}

/* Times at which a message of the server comes and its length; the client answers each at once, by as many bytes. */
struct message {
    int ms;
    unsigned len;
};

static void exchange(struct talk *t, const struct message *m)
{
    for (; m->len > 0; m++) {
        say(t, SERVER, m->ms * MS, ACK, m->len);
        say(t, CLIENT, MS, ACK, m->len + 4);
        say(t, SERVER, 20 * MS, ACK, 0);
    }
}

/* A ping of the server is no late answer, if it comes at regular intervals and the server began. */
static void test_beats(void **state)
{
    static const struct {
        bool opened, asked; /* the set-up is there; the client speaks first */
        struct message messages[7];
        enum tl_finding_level level;
        uint32_t events, support;
    } cases[] = {
        { false, false, { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_NONE, 0, 0 },
        { true, false, { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_NONE, 0, 0 },
        { false, false, { { 1, 2 }, { 10000, 2 } }, TL_FINDING_WARNING, 1, 1 },
        { false, false, { { 1, 2 }, { 10000, 2 }, { 3000, 2 }, { 10100, 2 } }, TL_FINDING_PROBLEM, 3, 3 }, /* not regular */
        { false, false, { { 1, 2 }, { 10000, 3 }, { 10000, 4 }, { 10000, 5 } }, TL_FINDING_PROBLEM, 3, 3 },
        /* answers */
        { true, true, { { 10, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_PROBLEM, 3, 3 },
        /* an answer among the pings */
        { false, false, { { 1, 2 }, { 10000, 2 }, { 10000, 2 }, { 4000, 40 } }, TL_FINDING_PROBLEM, 1, 2 },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        if (cases[i].opened)
            open_up(&t);
        else
            say(&t, CLIENT, MS, ACK, 0); /* says which side is the client */
        if (cases[i].asked)
            say(&t, CLIENT, MS, ACK, 6);
        exchange(&t, cases[i].messages);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "server answers late");
        assert_int_equal(f != NULL ? f->level : TL_FINDING_NONE, cases[i].level);
        if (f != NULL) {
            assert_int_equal(f->events, cases[i].events);
            assert_int_equal(f->support, cases[i].support);
        }
        finish(&t);
    }
}

/* A client that closes after its last pong does not wait for an answer. */
static void test_beats_closed(void **state)
{
    static const struct message pings[] = { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 0, 0 } };
    (void)state;
    struct talk t = begin();
    open_up(&t), exchange(&t, pings);
    t.now += 5000 * MS;
    close_down(&t);
    tl_explain_end(t.explain);
    assert_null(finding_of(t.explain, "server answers late"));
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fin_again),
        cmocka_unit_test(test_syn_ack_again),
        cmocka_unit_test(test_never_answered),
        cmocka_unit_test(test_beats),
        cmocka_unit_test(test_beats_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
