/* explain.c - one made connection for each finding, and a healthy one that has none; what is shown of them. */
#include "explain_fixture.h"

/* --- conversations --- */

static void healthy(struct talk *t)
{
    open_up(t), ask(t), serve(t, 20), close_down(t);
}

static void unanswered(struct talk *t)
{
    for (unsigned i = 0; i < 4; i++)
        raw(t, CLIENT, (INT64_C(1000) << i) * MS, SYN, 0, 0, 0);
}

static void syn_ack_unanswered(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    for (unsigned i = 0; i < 3; i++)
        raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void retried(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, t->seq[CLIENT], 0, 0);
    t->now += 1000 * MS;
    healthy(t);
}

static void ecn(struct talk *t)
{
    raw(t, CLIENT, MS, SYN | ECN, t->seq[CLIENT], 0, 0);
    raw(t, CLIENT, 1000 * MS, SYN | ECN, t->seq[CLIENT], 0, 0);
    t->now += 1000 * MS;
    healthy(t);
}

static void unreachable(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, 0, 0, 0);
    icmp(t, 3, 13, 0, CLIENT);
}

static void loop(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, 0, 0, 0);
    icmp(t, 11, 0, 0, CLIENT);
}

/* The tap sees it twice. */
static void lost_after(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    say(t, SERVER, MS, ACK, 1000);
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    say(t, CLIENT, MS, ACK, 0);
    close_down(t);
}

/* The tap sees a hole, which is filled by a later packet. */
static void lost_before(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    uint32_t hole = t->seq[SERVER];
    t->seq[SERVER] += 1000;
    raw(t, SERVER, MS, ACK, t->seq[SERVER], t->seq[CLIENT], 1000);
    t->seq[SERVER] += 1000;
    raw(t, CLIENT, MS, ACK, t->seq[CLIENT], hole, 0);
    raw(t, SERVER, 300 * MS, ACK, hole, t->seq[CLIENT], 1000);
    say(t, CLIENT, MS, ACK, 0);
    close_down(t);
}

/* The same, filled by a packet that was sent first. */
static void reordered(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        uint32_t hole = t->seq[SERVER];
        t->seq[SERVER] += 1000;
        t->id[SERVER]++;
        raw(t, SERVER, MS, ACK, t->seq[SERVER], t->seq[CLIENT], 1000);
        t->seq[SERVER] += 1000;
        t->id[SERVER] = (uint16_t)(t->id[SERVER] - 2);
        raw(t, SERVER, MS, ACK, hole, t->seq[CLIENT], 1000);
        t->id[SERVER]++;
        say(t, CLIENT, MS, ACK, 0);
    }
    close_down(t);
}

static void needless(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        serve(t, 1);
        raw(t, SERVER, 30 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    }
    close_down(t);
}

/* The client got both copies: it says so with a block below what it acknowledges. */
static void twice(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        say(t, SERVER, MS, ACK, 1000);
        raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
        t->block_from = t->seq[SERVER] - 1000;
        t->block_to = t->seq[SERVER];
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

/* The server sends 1000 bytes twice, 300 ms apart; the acknowledgment of both has this echo. */
static void timed(struct talk *t, uint32_t now, uint32_t echo)
{
    t->tsval = now;
    say(t, SERVER, MS, ACK, 1000);
    t->tsval = now + 300;
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    t->tsval = now;
    t->tsecr = echo;
    say(t, CLIENT, MS, ACK, 0);
}

/* The client acknowledges the first copy: it echoes its timestamp. */
static void echoed(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++)
        timed(t, 1000 * i + 5000, 1000 * i + 5000);
    close_down(t);
}

/* It echoes that of the second one. */
static void echoed_later(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++)
        timed(t, 1000 * i + 5000, 1000 * i + 5300);
    close_down(t);
}

/* Two are sent again before the client says that it got both twice. */
static void two_twice(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 2; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, SERVER, MS, ACK, 1000);
        raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 2000, t->seq[CLIENT], 1000);
        raw(t, SERVER, MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
        t->block_from = t->seq[SERVER] - 2000;
        t->block_to = t->seq[SERVER];
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

static void not_captured(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        t->seq[SERVER] += 1000;
        say(t, CLIENT, MS, ACK, 0);
        serve(t, 1);
    }
    close_down(t);
}

static void full(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->window[CLIENT] = 0;
    say(t, SERVER, MS, ACK, 1000);
    say(t, CLIENT, MS, ACK, 0);
    t->window[CLIENT] = 500;
    say(t, CLIENT, 2000 * MS, ACK, 0);
    serve(t, 3), close_down(t);
}

static void too_big(struct talk *t)
{
    open_up(t), ask(t);
    say(t, SERVER, MS, ACK, 60);
    say(t, CLIENT, MS, ACK, 0);
    say(t, SERVER, MS, ACK, 1460);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 1460, t->seq[CLIENT], 1460);
}

static void reset_by_server(struct talk *t)
{
    open_up(t), ask(t);
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void reset_by_box(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->ttl[SERVER] = 61;
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void reset_after_idle(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, CLIENT, 300000 * MS, ACK, 100);
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void forgotten(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, CLIENT, 300000 * MS, ACK, 100);
    for (unsigned i = 0; i < 3; i++)
        raw(t, CLIENT, (INT64_C(300) << i) * MS, ACK, t->seq[CLIENT] - 100, t->seq[SERVER], 100);
}

static void dead(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    for (unsigned i = 0; i < 5; i++)
        raw(t, CLIENT, 3000 * MS, ACK, t->seq[CLIENT] - 1, t->seq[SERVER], 0);
}

static void crossing(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, SERVER, MS, FIN | ACK, 0);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, SERVER, 20 * MS, RST, t->seq[SERVER], 0, 0);
}

static void no_answer(struct talk *t)
{
    open_up(t), ask(t);
    say(t, SERVER, 500 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, ACK, 0);
}

/* The last segment of a request is lost and sent again; the client closes when all is acknowledged, soon or not. */
static void no_answer_after_loss(struct talk *t)
{
    open_up(t), ask(t);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, CLIENT, 1500 * MS, ACK, t->seq[CLIENT] - 100, t->seq[SERVER], 100);
    say(t, SERVER, 20 * MS, ACK, 0);
    close_down(t);
}

static void upload(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 12; i++)
        say(t, CLIENT, MS, ACK, 1000);
    say(t, SERVER, 20 * MS, ACK, 0);
    t->now += 2000 * MS;
    close_down(t);
}

static void late(struct talk *t)
{
    open_up(t), ask(t);
    t->now += 3000 * MS;
    serve(t, 5), close_down(t);
}

static void pausing(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->now += 2000 * MS;
    serve(t, 3), close_down(t);
}

static void nagle(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, CLIENT, MS, ACK, 5);
        say(t, SERVER, i == 0 ? 15 * MS : 55 * MS, ACK, 0);
        say(t, CLIENT, MS, ACK, 5);
        say(t, SERVER, 15 * MS, ACK, 10);
    }
    close_down(t);
}

static void tiny(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 110; i++)
        say(t, CLIENT, MS, ACK, 3);
    say(t, SERVER, MS, ACK, 10);
    close_down(t);
}

static void stripped(struct talk *t)
{
    t->sack[SERVER] = t->scale[SERVER] = false;
    open_up(t), ask(t), serve(t, 70), close_down(t);
}

static void one_sided(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    for (unsigned i = 0; i < 5; i++) {
        t->seq[SERVER] += 1000;
        say(t, CLIENT, MS, ACK, 0);
    }
}

static void mirrored(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, SERVER, MS, ACK, 1000);
        t->id[SERVER]--;
        raw(t, SERVER, MS / 100, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
    }
    close_down(t);
}

static void filling(struct talk *t)
{
    t->scale[CLIENT] = t->scale[SERVER] = false;
    t->window[CLIENT] = 2000;
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, SERVER, MS / 10, ACK, 1000);
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

static const struct {
    void (*talk)(struct talk *t);
    const char *finding; /* NULL: none above a note */
} rows[] = {
    { healthy, NULL },
    { unanswered, "no answer to SYN" },
    { refused, "refused" },
    { syn_ack_unanswered, "no answer to SYN-ACK" },
    { retried, "set-up after retries" },
    { ecn, "ECN packets dropped" },
    { unreachable, "unreachable" },
    { loop, "hop limit exceeded" },
    { lost_after, "loss after the tap" },
    { lost_before, "loss before the tap" },
    { reordered, "reordering" },
    { needless, "needless retransmission" },
    { twice, "needless retransmission" },
    { two_twice, "needless retransmission" },
    { echoed, "needless retransmission" },
    { echoed_later, "loss after the tap" },
    { not_captured, "packets not captured" },
    { full, "receiver does not read" },
    { too_big, "packets too big" },
    { cut_off, "no more answers" },
    { reset_by_server, "reset" },
    { reset_by_box, "reset by a box in between" },
    { reset_after_idle, "reset after idle time" },
    { forgotten, "forgotten after idle time" },
    { dead, "keep-alives without answer" },
    { crossing, "request on a closing connection" },
    { no_answer, "no answer to the request" },
    { no_answer_after_loss, "loss after the tap" },
    { upload, NULL },
    { late, "server answers late" },
    { pausing, "sender pauses" },
    { nagle, "Nagle and delayed acknowledgment" },
    { tiny, "very small segments" },
    { stripped, "options of TCP missing" },
    { one_sided, "one side only" },
    { mirrored, "duplicate packets" },
    { filling, "limited by the receive window" },
};

static void test_findings(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct talk t = begin();
        rows[i].talk(&t);
        tl_explain_end(t.explain);
        assert_true(tl_explain_count(t.explain) >= 1);
        const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
        const char *found = d->count > 0 && d->items[0].level >= TL_FINDING_WARNING ? d->items[0].kind->name : NULL;
        if ((found == NULL) != (rows[i].finding == NULL) || (found != NULL && strcmp(found, rows[i].finding) != 0))
            fail_msg("row %u: \"%s\" instead of \"%s\": %s", i, found != NULL ? found : "nothing",
                     rows[i].finding != NULL ? rows[i].finding : "nothing", d->verdict);
        for (unsigned k = 0; k < d->count; k++)
            for (uint32_t p = 0; p < d->items[k].packet_count; p++)
                assert_true(d->items[k].packets[p] >= 1 && d->items[k].packets[p] <= t.number);
        finish(&t);
    }
}

/* While the window is closed the sender has no choice: it does not pause. */
static void test_closed_window(void **state)
{
    (void)state;
    struct talk t = begin();
    full(&t);
    tl_explain_end(t.explain);
    assert_null(finding_of(t.explain, "sender pauses"));
    finish(&t);
}

/* A reset tells how long after which packet it comes, if there is one. */
static void only_reset(struct talk *t)
{
    raw(t, SERVER, MS, RST | ACK, 9000, 1000, 0);
}

static void reset_after_answer(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    raw(t, CLIENT, 10 * MS, RST | ACK, t->seq[CLIENT], t->seq[SERVER], 0);
}

static void reset_then_answer(struct talk *t)
{
    open_up(t);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, SERVER, MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
    say(t, SERVER, 50 * MS, ACK, 100);
}

static void test_reset_times(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *text;
    } cases[] = {
        { only_reset, "The client resets the connection." }, /* no port says which it is */
        { reset_after_answer, "The client resets the connection 0.010 s after its own last packet." },
        { reset_then_answer,
          "The server resets the connection 0.001 s after the last packet of the client, without an answer to what the "
          "client sent." },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "reset");
        assert_non_null(f);
        assert_string_equal(f->text, cases[i].text);
        finish(&t);
    }
}

/* Why it is not known where the tap is. */
static void test_no_tap(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *why;
    } cases[] = {
        { only_reset, "tap: cannot be told: the set-up is not in the capture\n" },
        { unanswered, "tap: cannot be told: the connection was not set up\n" },
        { refused, "tap: cannot be told: the connection was not set up\n" },
        { syn_ack_unanswered, "tap: cannot be told: the connection was not set up\n" },
        { one_sided, "tap: cannot be told: a part of the set-up is not in the capture\n" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        struct tl_buffer out = { 0 };
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        tl_explain_put_summary(&out, tl_explain_get(t.explain, 0));
        tl_put_char(&out, '\0');
        assert_false(out.failed);
        assert_non_null(strstr((const char *)out.data, cases[i].why));
        tl_buffer_fini(&out);
        finish(&t);
    }
}

/* Nothing but a SYN: no verdict but that not enough was seen. */
static void test_not_enough(void **state)
{
    (void)state;
    struct talk t = begin();
    say(&t, CLIENT, MS, ACK, 0);
    tl_explain_end(t.explain);
    const struct tl_explained *x = tl_explain_get(t.explain, 0);
    assert_memory_equal(x->diagnosis.verdict, "Not enough seen", 15);
    assert_string_equal(x->diagnosis.confidence, "low");
    finish(&t);
}

/* Where the tap is, by the halves of the round trip. */
static void test_tap(void **state)
{
    (void)state;
    struct talk t = begin();
    healthy(&t);
    tl_explain_end(t.explain);
    const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
    assert_int_equal(d->tap, TL_TAP_CLIENT);
    assert_true(d->server_half == 20 * MS && d->client_half == MS);
    assert_true(d->phase_count >= 4);
    finish(&t);
}

/* Fails if a word of a record is longer than the sink writes. */
static void check_words(const struct tl_record_def *def, const struct tl_record *r)
{
    enum { WORD_MOST = 63 };
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_record_field *field = &def->fields[i];
        const void *value = (const uint8_t *)r + field->offset;
        const struct tl_object_list *objects = value;
        if ((r->set >> i & 1) == 0)
            continue;
        if (field->type == TL_REC_TOKEN && strlen(*(const char *const *)value) > WORD_MOST)
            fail_msg("\"%s\" is cut: %s", field->key, *(const char *const *)value);
        for (uint32_t k = 0; field->type == TL_REC_OBJECTS && k < objects->count; k++) {
            const uint8_t *items = objects->items;
            check_words(field->objects, (const struct tl_record *)(const void *)(items + (size_t)k * objects->size));
        }
    }
}

static void check_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                         const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink, (void)id, (void)decimals;
    check_words(def, record);
    tl_put_char(out, '.');
}

/* No text of a record is cut. */
static void test_records(void **state)
{
    static const struct tl_sink sink = { .record = check_record };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct talk t = begin_as(false);
        struct tl_buffer out = { 0 };
        arp(&t, MS, 10, true, 2);
        arp(&t, MS, 10, true, 3);
        rows[i].talk(&t);
        tl_explain_end(t.explain);
        tl_explain_put_records(&out, t.explain, &sink);
        assert_true(!out.failed && out.len >= 1);
        tl_buffer_fini(&out);
        finish(&t);
    }
}

/* Each row of the table has what the document needs. */
static void test_table(void **state)
{
    (void)state;
    struct tl_buffer out = { 0 };
    for (unsigned i = 0; i < tl_finding_kind_count; i++) {
        const struct tl_finding_kind *kind = &tl_finding_kinds[i];
        assert_true(*kind->name != '\0' && *kind->recognised != '\0' && *kind->next != '\0' && *kind->source != '\0');
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(kind->name, tl_finding_kinds[k].name);
    }
    tl_findings_document(&out);
    assert_true(!out.failed && out.len > 1000);
    tl_buffer_fini(&out);
}

/* Three of four cuts are enough, where the time between them is too short to see the window grow; two of three are not. */
static void test_cuts(void **state)
{
    static const struct {
        uint32_t cut, uncut, regrown;
        bool found;
    } causes[] = { { 3, 0, 0, true }, { 3, 1, 0, true }, { 4, 2, 0, false }, { 4, 2, 1, true }, { 2, 0, 0, false }, { 2, 1, 1, true } };
    (void)state;
    static struct tl_facts facts;
    struct tl_end_facts *e = &facts.end[SERVER];
    e->first_data_ts = 1000 * MS;
    e->last_new_ts = 4000 * MS;
    e->bytes = 1600000;
    for (unsigned i = 0; i < TL_COUNT(causes); i++) {
        struct tl_finding found = { .level = TL_FINDING_NONE };
        e->cuts = (struct tl_cuts){ .rounds = 26, .cut = causes[i].cut, .uncut = causes[i].uncut, .regrown = causes[i].regrown,
                                    .marks = { .count = 7 } };
        tl_find_congestion(&facts, &found);
        assert_int_equal(found.level != TL_FINDING_NONE, causes[i].found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_closed_window),
        cmocka_unit_test(test_reset_times),
        cmocka_unit_test(test_no_tap),
        cmocka_unit_test(test_not_enough),
        cmocka_unit_test(test_tap),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
