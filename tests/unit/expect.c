/* expect.c - flows that another one announced: which fit, what they are told, how long and how many are remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/expect.h"
#include "decoder_fixture.h"

enum { MEMORY = 32 << 20, PORT = 40000 };
#define SECOND INT64_C(1000000000)

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

static const char *log_of(struct script *w)
{
    tl_put_char(&w->log, '\0');
    assert_false(w->log.failed);
    w->log.len = 0;
    return (const char *)w->log.data;
}

/* A flow between the last bytes of two addresses. */
static struct script_talk talk(uint8_t ip_proto, uint8_t client, uint16_t from, uint8_t server, uint16_t to)
{
    return (struct script_talk){ .ip_proto = ip_proto, .client = client, .server = server, .ports = { from, to },
                                 .seq = { 1000, 70000 } };
}

/* Did a flow that says "=told" begin as b, and know who expected it? Gives the note, or NULL. */
static const char *told(struct script *w, struct script_talk t, unsigned first)
{
    static char note[TL_EXPECT_NOTE + 1];
    w->log.len = 0;
    script_text(w, &t, first, "=told\n");
    const char *log = log_of(w), *uid = strchr(log, '<'), *text = strchr(log, '>');
    if (log[0] != 'b')
        return NULL;
    assert_true(uid != NULL && text != NULL && uid[1] == 'C' && uid[1 + TL_UID_LEN] == ';');
    snprintf(note, sizeof note, "%.*s", (int)(strchr(text, ';') - text - 1), text + 1);
    return note;
}

static void test_ends(void **state)
{
    struct script *w = *state;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n");
    for (unsigned i = 0; i < 8; i++) {
        uint8_t ip_proto = i & 1 ? 17 : 6;
        bool to_client = (i & 2) != 0, answer_first = (i & 4) != 0; /* the first packet seen is either side's */
        char line[64], due[16];
        snprintf(due, sizeof due, "note %u", i);
        snprintf(line, sizeof line, "=expect %u %u %u %u b %s\n", ip_proto, to_client ? 1 : 2, 5000 + i,
                 to_client ? 2 : 1, due);
        script_text(w, &parent, 0, line);
        struct script_talk t = talk(ip_proto, to_client ? 2 : 1, 6000, to_client ? 1 : 2, (uint16_t)(5000 + i));
        if (answer_first && ip_proto == 6) { /* without a handshake */
            t.begun = true;
        }
        const char *note = told(w, t, answer_first);
        assert_non_null(note);
        assert_string_equal(note, due);
        t.ports[0]++; /* once */
        assert_null(told(w, t, answer_first));
    }
}

static void test_what_fits(void **state)
{
    struct script *w = *state;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n=expect 6 2 5000 1 b x\n");
    assert_null(told(w, talk(17, 1, 6000, 2, 5000), 0)); /* another transport */
    assert_null(told(w, talk(6, 1, 6000, 2, 5001), 0));  /* another port */
    assert_null(told(w, talk(6, 2, 6000, 1, 5000), 0));  /* the other host is called */
    assert_null(told(w, talk(6, 3, 6000, 2, 5000), 0));  /* another host calls */
    struct script_talk inside = talk(6, 1, 6000, 2, 5000);
    inside.tunnel = 9;
    assert_null(told(w, inside, 0)); /* within a tunnel */
    assert_string_equal(told(w, talk(6, 1, 6000, 2, 5000), 0), "x");
}

/* Any peer is any host that is sure to come to the same decoder: within the outermost address pair. */
static void test_any_peer(void **state)
{
    struct script *w = *state;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n=expect 6 2 5000 0 b x\n");
    assert_null(told(w, talk(6, 3, 6000, 2, 5000), 0));
    assert_string_equal(told(w, talk(6, 1, 6000, 2, 5000), 0), "x");
    script_text(w, &parent, 0, "=expect 6 3 5000 0 b x\n"); /* a host that has no part in the flow */
    assert_null(told(w, talk(6, 3, 6001, 2, 5000), 0));
    assert_null(told(w, talk(6, 2, 6001, 3, 5000), 0));
    struct script_talk inner = parent, caller = talk(6, 3, 6000, 4, 5000), other = caller;
    inner.tunnel = caller.tunnel = 9;
    inner.begun = false;
    other.tunnel = 8;
    script_text(w, &inner, 0, "A\n=expect 6 4 5000 0 b in\n");
    assert_null(told(w, other, 0)); /* another tunnel */
    assert_string_equal(told(w, caller, 0), "in");
}

static void test_lifetime(void **state)
{
    struct script *w = *state;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n=expect 6 2 5000 1 b x\n=expect 6 2 5001 1 b x\n");
    w->now += TL_EXPECT_SECONDS * SECOND - 1000000; /* ns: the next packet is 1 ms later */
    struct script_talk late = talk(6, 1, 6001, 2, 5001);
    assert_string_equal(told(w, talk(6, 1, 6000, 2, 5000), 0), "x");
    assert_null(told(w, late, 0));
}

/* At the end of an input nothing is expected of the next one. */
static void test_another_input(void **state)
{
    struct script *w = *state;
    uint64_t before = tl_decoder_counters(w->decoder).memory_used;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n=expect 6 2 5000 1 b x\n");
    tl_decoder_finish(w->decoder);
    assert_int_equal(tl_decoder_counters(w->decoder).memory_used, before);
    assert_null(told(w, talk(6, 1, 6000, 2, 5000), 0));
}

/* With no protocol it is detected, whoever speaks first, but the parent is known. */
static void test_detected(void **state)
{
    struct script *w = *state;
    struct script_talk parent = talk(6, 1, PORT, 2, 21), t = talk(6, 1, 6000, 2, 5000), u = talk(6, 1, 6000, 2, 5001);
    script_text(w, &parent, 0, "A\n=expect 6 2 5000 1 ? x\n=expect 6 2 5001 1 ? y\n");
    script_text(w, &t, 1, "B\n=told\n");
    assert_non_null(strstr(log_of(w), "b1>x;"));
    script_text(w, &u, 1, "?1\n");
    script_text(w, &u, 0, "?2\n");
    log_of(w);
    script_text(w, &u, 0, "Cdefg\n");
    assert_string_equal(log_of(w), "c1:?1;c0:?2;c0:Cdefg;");
    struct script_talk plain = talk(6, 1, 6000, 2, 5002);
    script_text(w, &plain, 0, "B\n=told\n"); /* nobody expected it */
    assert_string_equal(log_of(w), "b0:B;b0<;b0>;");
}

static void test_note_is_cut(void **state)
{
    struct script *w = *state;
    char line[TL_EXPECT_NOTE + 200];
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    int n = snprintf(line, sizeof line, "A\n=expect 6 2 5000 1 b ");
    memset(line + n, 'n', TL_EXPECT_NOTE + 100);
    snprintf(line + n + TL_EXPECT_NOTE + 100, 2, "\n");
    script_text(w, &parent, 0, line);
    assert_int_equal(strlen(told(w, talk(6, 1, 6000, 2, 5000), 0)), TL_EXPECT_NOTE);
    script_text(w, &parent, 0, "=expect 6 2 0 1 b no port\n");
    assert_string_equal(log_of(w), "a0:not expected;");
}

/* The oldest are forgotten first, and all memory comes back. */
static void test_count(void **state)
{
    struct script *w = *state;
    struct tl_slab *slab = tl_slab_new(MEMORY);
    assert_non_null(slab);
    struct tl_expectations *list = tl_expectations_new(slab, 7);
    struct tl_flow *flow = calloc(1, tl_flow_size(0));
    const struct tl_protocol *protocol;
    struct tl_bytes note;
    const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
    size_t before = tl_slab_used(slab);
    (void)w;
    assert_true(list != NULL && flow != NULL);
    memcpy(flow->addr, a, 4);
    memcpy(flow->addr + 4, b, 4);
    flow->ip_proto = 6;
    for (unsigned i = 0; i < TL_EXPECT_MOST + 10; i++) {
        struct tl_expected_flow e = { .ip_proto = i >> 16 ? 17 : 6, .addr = b, .port = (uint16_t)(i % 65535 + 1) };
        assert_true(tl_expectations_add(list, flow, i, &e, "C0123456789abcdefg", tl_bytes_of("x", 1)));
    }
    assert_int_equal(tl_expectations_count(list), TL_EXPECT_MOST);
    flow->port[1] = 5;
    assert_false(tl_expectations_take(list, flow, 0, NULL, &protocol, &note)); /* forgotten */
    flow->port[1] = 15;
    assert_true(tl_expectations_take(list, flow, 0, NULL, &protocol, &note));
    assert_true(tl_expectation_of(note).note.len == 1 && tl_expectation_of(note).note.data[0] == 'x');
    assert_int_equal(tl_expectations_count(list), TL_EXPECT_MOST - 1);
    flow->port[1] = 20;
    assert_false(tl_expectations_take(list, flow, 2 * TL_EXPECT_SECONDS * SECOND, NULL, &protocol, &note));
    assert_int_equal(tl_expectations_count(list), 0);
    assert_int_equal(tl_slab_used(slab), before);
    tl_expectations_free(list);
    tl_slab_free(slab);
    free(flow);
}

/* The same flow over and over is remembered a bounded number of times. */
static void test_one_port(void **state)
{
    struct tl_slab *slab = tl_slab_new(MEMORY);
    assert_non_null(slab);
    struct tl_expectations *list = tl_expectations_new(slab, 7);
    struct tl_flow *flow = calloc(1, tl_flow_size(0));
    const struct tl_protocol *protocol;
    struct tl_bytes note;
    const uint8_t b[4] = { 10, 0, 0, 2 };
    (void)state;
    assert_true(list != NULL && flow != NULL);
    memcpy(flow->addr + 4, b, 4);
    flow->ip_proto = 6;
    flow->port[1] = 5000;
    for (unsigned i = 0; i < 1000; i++) {
        struct tl_expected_flow e = { .ip_proto = 6, .addr = b, .port = 5000 };
        char uid[TL_UID_LEN + 1];
        snprintf(uid, sizeof uid, "C%017u", i);
        assert_true(tl_expectations_add(list, flow, i, &e, uid, tl_bytes_of("x", 1)));
    }
    uint32_t count = tl_expectations_count(list);
    assert_true(count > 0 && count < 100);
    assert_true(tl_expectations_take(list, flow, 1000, NULL, &protocol, &note));
    assert_int_equal(strtoul(tl_expectation_of(note).parent_uid + 1, NULL, 10), 1000 - count); /* the oldest are forgotten */
    tl_expectations_free(list);
    assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
    free(flow);
}

static bool begins_like_the_note(struct tl_bytes note, const struct tl_cursor *first)
{
    const uint8_t *p = tl_cursor_peek(first, 0, note.len);
    return p != NULL && memcmp(p, note.data, note.len) == 0;
}

/* A flow takes the note that its first packet belongs to, not the oldest one; of one parent the last note counts. */
static void test_first_packet_decides(void **state)
{
    struct tl_slab *slab = tl_slab_new(MEMORY);
    assert_non_null(slab);
    struct tl_expectations *list = tl_expectations_new(slab, 7);
    struct tl_flow *flow = calloc(1, tl_flow_size(0));
    const struct tl_protocol *protocol;
    struct tl_bytes note;
    const uint8_t b[4] = { 10, 0, 0, 2 };
    (void)state;
    assert_true(list != NULL && flow != NULL);
    memcpy(flow->addr + 4, b, 4);
    flow->ip_proto = 17;
    flow->port[1] = 5000;
    const struct tl_expected_flow e = { .ip_proto = 17, .addr = b, .port = 5000, .takes = begins_like_the_note };
    assert_true(tl_expectations_add(list, flow, 0, &e, "C00000000000000001", tl_bytes_of("one", 3)));
    assert_true(tl_expectations_add(list, flow, 1, &e, "C00000000000000002", tl_bytes_of("two", 3)));
    assert_true(tl_expectations_add(list, flow, 2, &e, "C00000000000000001", tl_bytes_of("six", 3)));
    assert_true(tl_expectations_add(list, flow, 3, &e, "C00000000000000001", tl_bytes_of("six", 3))); /* not for two */
    assert_int_equal(tl_expectations_count(list), 2);
    static const struct { const char *first, *parent; } rows[] = {
        { "none", NULL }, { "tw", NULL }, { "one", NULL }, { "two", "C00000000000000002" }, { "two", NULL },
        { "sixth", "C00000000000000001" }, { "six", NULL },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint32_t len = (uint32_t)strlen(rows[i].first);
        const struct tl_cursor first = tl_cursor_on((const uint8_t *)rows[i].first, len, len);
        assert_int_equal(tl_expectations_take(list, flow, 4, &first, &protocol, &note), rows[i].parent != NULL);
        if (rows[i].parent != NULL)
            assert_string_equal(tl_expectation_of(note).parent_uid, rows[i].parent);
    }
    tl_expectations_free(list);
    tl_slab_free(slab);
    free(flow);
}

/* The files of a parent: many parents do not push each other out; of one the last ones are kept, until it ends. */
static void test_carried(void **state)
{
    enum { PARENTS = 1000, FILES = TL_CARRIED_MOST + 5 };
    (void)state;
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_expectations *list = tl_expectations_new(slab, 7);
    struct tl_carried file = { .fuid = "" };
    char uid[TL_UID_LEN + 1];
    assert_non_null(list);
    for (unsigned i = 0; i < PARENTS + FILES; i++) {
        const uint16_t ports[2] = { 20, (uint16_t)(1000 + i) };
        snprintf(uid, sizeof uid, "C%017u", i < PARENTS ? i : PARENTS);
        snprintf(file.fuid, sizeof file.fuid, "F%017u", i);
        tl_expectations_carry(list, uid, ports, &file);
    }
    for (unsigned i = 0; i < PARENTS + FILES; i++) {
        bool kept = i < PARENTS || i >= PARENTS + FILES - TL_CARRIED_MOST;
        snprintf(uid, sizeof uid, "C%017u", i < PARENTS ? i : PARENTS);
        assert_int_equal(tl_expectations_carried(list, uid, (uint16_t)(1000 + i), &file), kept);
        assert_true(!kept || strtoul(file.fuid + 1, NULL, 10) == i);
        assert_false(tl_expectations_carried(list, uid, (uint16_t)(1000 + i), &file));
    }
    for (unsigned i = 0; i <= PARENTS; i++) {
        assert_true(tl_expectations_carries(list));
        snprintf(uid, sizeof uid, "C%017u", i);
        tl_expectations_uncarry(list, uid);
    }
    assert_false(tl_expectations_carries(list));
    assert_int_equal(tl_slab_used(slab), 0);
    tl_expectations_free(list);
    tl_slab_free(slab);
}

static void test_without_memory(void **state)
{
    struct script *w = *state;
    uint64_t before = tl_decoder_counters(w->decoder).memory_used;
    struct script_talk parent = talk(6, 1, PORT, 2, 21);
    script_text(w, &parent, 0, "A\n=starve\n=expect 6 2 5000 1 b x\n");
    assert_string_equal(log_of(w), "a0:A;a0:not expected;");
    script_feed();
    script_text(w, &parent, 0, "=expect 6 2 5000 1 b x\n=expect 6 2 5001 1 b x\n");
    assert_string_equal(told(w, talk(6, 1, 6000, 2, 5000), 0), "x");
    assert_string_equal(told(w, talk(6, 1, 6000, 2, 5001), 0), "x");
    tl_decoder_finish(w->decoder);
    assert_int_equal(tl_decoder_counters(w->decoder).memory_used, before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ends), TEST(test_what_fits), TEST(test_any_peer), TEST(test_lifetime),
        TEST(test_another_input), TEST(test_detected), TEST(test_note_is_cut), TEST(test_count), TEST(test_one_port),
        TEST(test_first_packet_decides), TEST(test_carried),
        TEST(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
