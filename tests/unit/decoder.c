/* decoder.c - what a decoder tells its listener and in which order, memory that runs short, trees on and off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { PORT = 40000, MEMORY = 8 << 20, WORDS = 16 };

static int setup(void **state)
{
    struct script *w = calloc(1, sizeof *w);
    assert_non_null(w);
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

static const char *text_of(struct tl_buffer *b)
{
    tl_put_char(b, '\0');
    assert_false(b->failed);
    b->len = 0;
    return (const char *)b->data;
}

/* --- events --- */

static void on_layer(void *context, unsigned protocol)
{
    struct script *w = context;
    tl_put_format(&w->events, "%s ", tl_protocols_all().items[protocol]->name);
}

static void on_flow(void *context, const struct tl_sighting *s)
{
    struct script *w = context;
    tl_put_format(&w->events, "flow%u%s\n", s->side, s->is_new ? " new" : "");
}

static void on_ending(void *context, const struct tl_flow_ending *e)
{
    struct script *w = context;
    tl_put_format(&w->events, "ends %u\n", (unsigned)e->flow->first_pkt);
}

static void put_piece(struct script *w, const char *what, const struct tl_piece_of_flow *p)
{
    tl_put_format(&w->events, "%s%u ", what, p->side);
    for (uint32_t i = 0; i < p->bytes.len; i++)
        tl_put_char(&w->events, p->bytes.data[i] == '\n' ? '|' : (char)p->bytes.data[i]);
    if (p->gap > 0)
        tl_put_format(&w->events, "gap %u", (unsigned)p->gap);
    tl_puts(&w->events, p->end ? "end\n" : "\n");
}

static void on_stream(void *context, const struct tl_piece_of_flow *piece)
{
    put_piece(context, "stream", piece);
}

static void on_datagram(void *context, const struct tl_piece_of_flow *piece)
{
    put_piece(context, "datagram", piece);
}

static void on_body(void *context, const struct tl_body_piece *p)
{
    static const char *const names[] = { "begin", "data", "gap", "at", "end" };
    struct script *w = context;
    tl_put_format(&w->events, "body %u of %s: %s %.*s %s %u\n", p->body->id, p->protocol->name, names[p->event],
                  (int)p->bytes.len, p->bytes.len > 0 ? (const char *)p->bytes.data : "",
                  p->facts != NULL ? p->facts->source : "", (unsigned)p->missing);
}

static void listen(struct script *w)
{
    tl_decoder_free(w->decoder);
    w->options.listener = (struct tl_listener){ .record = script_on_record,
                                                .layer = on_layer,
                                                .flow = on_flow,
                                                .flow_ending = on_ending,
                                                .stream = on_stream,
                                                .datagram = on_datagram,
                                                .body = on_body,
                                                .context = w };
    w->decoder = tl_decoder_new(&w->options);
    assert_non_null(w->decoder);
}

static void test_order(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(6, PORT), u = script_talk(17, PORT);
    listen(w);
    script_text(w, &t, 0, "A\n=record one\n=body xyz\n");
    assert_string_equal(text_of(&w->events), "raw ip tcp flow0 new\nraw ip tcp flow1\nraw ip tcp flow0\n"
                                             "raw ip tcp flow0\n"
                                             "stream0 A|=record one|=body xyz|\nscript 1 40000>7777 one\n"
                                             "body 1 of a: begin  TEST 0\nbody 1 of a: data  xyz  0\n"
                                             "body 1 of a: gap   3\nbody 1 of a: end   3\n");
    t.seq[0] += 5;
    script_text(w, &t, 0, "later");
    u.tunnel = 3;
    script_text(w, &u, 0, "A\n=record two\n");
    assert_string_equal(text_of(&w->events), "raw ip tcp flow0\nraw ip flow0 new\nip udp flow0 new\n"
                                             "datagram0 A|=record two|\nscript 6 40000>7777 two\n");
    w->log.len = 0;
    tl_decoder_finish(w->decoder);
    const char *events = text_of(&w->events);
    const char *tcp = strstr(events, "ends 1\n");
    assert_non_null(tcp);
    static const char due[] = "ends 1\nstream0 gap 5\nstream0 later\nstream0 end\nstream1 end\nconn 1 40000>7777\n";
    assert_memory_equal(tcp, due, sizeof due - 1);
    unsigned conns = 0, ends = 0;
    for (const char *p = events; *p != '\0'; p++) {
        conns += strncmp(p, "\nconn ", 6) == 0;
        ends += strncmp(p, "ends ", 5) == 0;
    }
    assert_true(conns == 3 && ends == 3); /* the tunnel is a flow, too */
}

static void keep_services(void *context, const struct tl_record_def *def, const struct tl_record *record,
                          const struct tl_flow_id *id)
{
    struct script *w = context;
    (void)id;
    if (def == &tl_conn_record_def) {
        const struct tl_bytes *services = &((const struct tl_conn_record *)(const void *)record)->service;
        tl_put(&w->events, services->data, services->len);
    }
}

static void test_no_applications(void **state)
{
    struct script *w = *state;
    struct script_talk t = script_talk(6, PORT);
    w->options.no_applications = true;
    listen(w);
    script_text(w, &t, 0, "A\n=record one\n");
    assert_non_null(strstr(text_of(&w->events), "stream0 A|=record one|\n"));
    assert_int_equal(w->log.len, 0);
    tl_decoder_finish(w->decoder);
}

/* A protocol that was wrong takes back its own name, not those that others of the flow's channels added since. */
static void test_services(void **state)
{
    static const struct {
        const char *script, *services;
    } cases[] = {
        { "A\n=confirm\n", "a" },
        { "A\n=confirm\n=confirm\n=violate\n", "" },
        { "A\n=open 1 s b\n=push 1 0 =confirm|\n=confirm\n=push 1 0 =violate|\n", "a" },
        { "A\n=confirm\n=open 1 s b\n=push 1 0 =confirm|=violate|\n", "a" },
        { "A\n=confirm\n=open 1 s b\n=push 1 0 =confirm|\n=violate\n", "b" },
        { "A\n=open 1 s b\n=push 1 0 =confirm|\n=open 2 d c\n=push 2 0 =confirm|\n=confirm\n=push 2 0 =violate|\n",
          "b,a" },
        { "A\n=open 1 s b\n=open 2 s b\n=push 1 0 =confirm|\n=push 2 0 =confirm|=violate|\n", "b" },
        { "A\n=confirm\n=upgrade b 9\n=confirm\n=violate\n", "a" },
    };
    struct script *w = *state;
    w->options.listener = (struct tl_listener){ .record = keep_services, .context = w };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        tl_decoder_free(w->decoder);
        w->decoder = tl_decoder_new(&w->options);
        assert_non_null(w->decoder);
        struct script_talk t = script_talk(6, (uint16_t)(PORT + i));
        if (strstr(cases[i].script, "=upgrade") != NULL)
            script_text(w, &t, 1, "A\n=upgrade b 9\n");
        script_text(w, &t, 0, cases[i].script);
        tl_decoder_finish(w->decoder);
        assert_string_equal(text_of(&w->events), cases[i].services);
    }
}

/* --- memory --- */

struct tally {
    bool in_packet;
    unsigned endings, conns, inside, evicted;
    uint64_t packets; /* of flows that ended */
};

static void count_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                         const struct tl_flow_id *id)
{
    struct tally *t = context;
    (void)record, (void)id;
    t->conns += strcmp(def->path, "conn") == 0;
}

static void count_layer(void *context, unsigned protocol)
{
    struct tally *t = context;
    (void)protocol;
    t->in_packet = true;
}

static void count_ending(void *context, const struct tl_flow_ending *ending)
{
    struct tally *t = context;
    t->endings++;
    t->evicted += ending->reason == TL_END_EVICTED;
    t->inside += t->in_packet;
    t->packets += ending->flow->pkts[0] + ending->flow->pkts[1];
}

/* Flows end for memory before the first layer of a packet, never while it is read; all that end are told of. */
static void test_short_memory(void **state)
{
    struct script *w = *state;
    struct tally t = { 0 };
    char text[900];
    tl_decoder_free(w->decoder);
    w->options.memory = 1 << 20;
    w->options.listener = (struct tl_listener){ .record = count_record, .layer = count_layer,
                                                .flow_ending = count_ending, .context = &t };
    w->decoder = tl_decoder_new(&w->options);
    assert_non_null(w->decoder);
    memset(text, 'x', sizeof text);
    memcpy(text, "A\n=keep 5000\n=open 1 s b\n=push 1 0 =keep 3000|un\nunfinished", 60);
    for (unsigned i = 0; i < 3000; i++) {
        struct script_talk k = script_talk(i % 3 == 0 ? 17 : 6, (uint16_t)(1024 + i));
        for (unsigned packet = 0; packet < 2; packet++) {
            if (packet == 1)
                k.seq[0] += 100; /* waits for a segment that never comes */
            t.in_packet = false;
            if (k.ip_proto == 6 && !k.begun) { /* each packet by itself */
                script_packet(w, &k, 0, TL_SYN, NULL, 0);
                t.in_packet = false;
            }
            k.begun = true;
            script_packet(w, &k, 0, TL_ACK, text, sizeof text);
        }
        w->log.len = 0;
    }
    struct tl_decoder_counters c = tl_decoder_counters(w->decoder);
    assert_int_equal(t.inside, 0);
    assert_true(t.evicted > 100);
    assert_int_equal(c.flows_evicted, t.evicted);
    assert_int_equal(c.flows - c.flows_active, t.endings);
    t.in_packet = false;
    tl_decoder_finish(w->decoder);
    c = tl_decoder_counters(w->decoder);
    assert_int_equal(c.flows_active, 0);
    assert_true(t.conns == t.endings && t.endings == c.flows);
    assert_int_equal(t.packets + c.packets_refused, w->number);
    w->log.len = 0;
}

/* --- trees --- */

/* Payload outside any flow is shown, and whatever its protocol does has nowhere to go. */
static void test_outside_flows(void **state)
{
    static uint64_t every[WORDS];
    static const uint64_t *wanted[TL_PROTOCOL_COUNT];
    struct script *w = *state;
    struct script_talk t = script_talk(17, PORT);
    memset(every, 0xff, sizeof every);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = every;
    w->options.checksums = TL_CHECKSUMS_STRICT;
    listen(w);
    tl_decoder_show(w->decoder, wanted);
    uint64_t before = tl_decoder_counters(w->decoder).memory_used;
    t.ports[1] = 53;
    t.checksum = 1;
    script_text(w, &t, 0, "C\n=keep 5\n=open 1 s b\n=push 1 0 x|\n=close 1\n=find 1\n=told\n=body x\n=confirm\n=turn\n"
                          "=violate\n=expect 6 2 5000 1 b x\nend\n");
    assert_string_equal(text_of(&w->log), "c0:C;c0:not kept;c0:no room;c0:none;c0<;c0>;c0:end;");
    assert_int_equal(tl_decoder_counters(w->decoder).bad_checksums, 1);
    tl_decoder_finish(w->decoder);
    assert_int_equal(tl_decoder_counters(w->decoder).memory_used, before);
}

/* All that comes out of a talk, with the tree on for some of its packets. */
static char *outcome(struct script *w, unsigned shown)
{
    static uint64_t every[WORDS];
    static const uint64_t *wanted[TL_PROTOCOL_COUNT];
    memset(every, 0xff, sizeof every);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = every;
    struct script_talk t = script_talk(6, PORT), u = script_talk(17, PORT + 1);
    static const char *const lines[] = { "A\n=open 1 s b\n=push 1 0 un", "=push 1 0 finished|x|\n=rec",
                                         "ord here\n=ask\n", "B\n", "=upgrade c 100\nwaits\n",
                                         "=open 2 d ?\n=push 2 0 Cx\n", "=push 1 0 end" };
    tl_decoder_free(w->decoder);
    w->decoder = tl_decoder_new(&w->options);
    assert_non_null(w->decoder);
    w->number = 0;
    for (unsigned i = 0; i < TL_COUNT(lines); i++) {
        bool show = (shown >> i & 1) != 0;
        tl_decoder_show(w->decoder, show ? wanted : NULL);
        if (i == 3)
            t.seq[0] += 7;
        script_text(w, &t, i == 4, lines[i]);
        if (show)
            assert_true(tl_decoder_tree(w->decoder)->count > 2);
        script_text(w, &u, i & 1, lines[i % 3]);
        w->events.failed |= tl_decoder_outcome(w->decoder).malformed;
    }
    tl_decoder_finish(w->decoder);
    tl_put(&w->events, w->log.data, w->log.len);
    w->log.len = 0;
    char *copy = strdup(text_of(&w->events));
    assert_non_null(copy);
    return copy;
}

static void test_show(void **state)
{
    struct script *w = *state;
    char *due = outcome(w, 0);
    assert_non_null(strstr(due, "unfinished"));
    for (unsigned shown = 1; shown < 128; shown++) {
        char *got = outcome(w, shown);
        assert_string_equal(got, due);
        free(got);
    }
    free(due);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order), TEST(test_no_applications), TEST(test_short_memory), TEST(test_outside_flows),
        TEST(test_services),
        TEST(test_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
