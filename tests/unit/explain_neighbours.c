/* explain_neighbours.c - what several flows or hosts tell together: the second choice after IPv6, ARP, VLANs. */
#include "explain_fixture.h"

/* A name has an address of each kind; IPv6 has no answer, and the client goes on over IPv4. */
static void test_first_choice(void **state)
{
    static const uint8_t question[] = { 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 255, 0, 1 };
    static const uint8_t answer[] = {
        0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 255, 0, 1,
        0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 2,
        0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
    static const uint8_t syn[] = {
        0x60, 0, 0, 0, 0, 20, 6, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 2, 0x9c, 0x41, 0x23, 0x28, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0xd6, 0x73, 0, 0 };
    (void)state;
    for (unsigned answered = 0; answered < 2; answered++) {
        struct talk t = begin();
        datagram(&t, CLIENT, question, sizeof question);
        if (!answered) /* without the look-up nothing says that both are one name */
            datagram(&t, SERVER, answer, sizeof answer);
        give(&t, syn, sizeof syn);
        t.now += 1500 * MS;
        open_up(&t), ask(&t), serve(&t, 3), close_down(&t);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "IPv4 after IPv6 failed");
        assert_true((f != NULL) == !answered);
        if (f != NULL) {
            assert_int_equal(f->level, TL_FINDING_WARNING);
            assert_non_null(strstr(f->text, "a.test"));
            assert_true(f->packet_count == 2 && f->packets[0] == 3 && f->packets[1] == 4);
        }
        finish(&t);
    }
}

static const char *neighbour_finding(const struct talk *t)
{
    static const uint8_t server[4] = { 10, 0, 0, 2 };
    const struct tl_arp_neighbour *n = tl_neighbours_get(&tl_explain_sums(t->explain)->neighbours, server);
    static struct tl_finding f;
    return n != NULL && tl_neighbour_find(n, &f) ? f.kind->name : "nothing";
}

static void test_neighbours(void **state)
{
    static const struct {
        struct { int ms; uint16_t vlan; bool answer; uint8_t mac; } messages[6];
        const char *finding;
    } cases[] = {
        { { { 1, 10, false, 1 }, { 1, 10, true, 2 } }, "nothing" },
        { { { 1, 10, false, 1 }, { 900, 10, false, 1 }, { 900, 10, false, 1 } }, "no answer to ARP" },
        { { { 1, 10, false, 1 }, { 1, 20, true, 2 } }, "ARP answered in another VLAN" },
        { { { 1, 10, false, 1 }, { 1, 20, true, 2 }, { 1, 10, true, 2 } }, "nothing" }, /* both sides of a trunk */
        { { { 1, 10, false, 1 }, { 1, 10, true, 2 }, { 1, 10, true, 3 } }, "two hosts answer ARP" },
        { { { 1, 10, true, 2 }, { 5000, 10, true, 3 } }, "nothing" }, /* moved */
        { { { 1, 10, true, 2 }, { 5000, 10, true, 3 }, { 5000, 10, true, 2 } }, "two hosts answer ARP" },
        { { { 1, 10, true, 2 }, { 1, 20, true, 3 } }, "nothing" }, /* two networks with the same addresses */
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        for (unsigned k = 0; k < TL_COUNT(cases[i].messages) && cases[i].messages[k].ms > 0; k++)
            arp(&t, cases[i].messages[k].ms * MS, cases[i].messages[k].vlan, cases[i].messages[k].answer,
                cases[i].messages[k].mac);
        if (strcmp(neighbour_finding(&t), cases[i].finding) != 0)
            fail_msg("case %u: %s instead of %s", i, neighbour_finding(&t), cases[i].finding);
        tl_explain_end(t.explain);
        finish(&t);
    }
}

/* A refused connection, and an address that two hosts have. */
static void test_two_hosts(void **state)
{
    (void)state;
    for (unsigned doubled = 0; doubled < 2; doubled++) {
        struct talk t = begin();
        arp(&t, MS, 10, false, 1);
        arp(&t, MS, 10, true, 2);
        if (doubled)
            arp(&t, MS, 10, true, 3);
        refused(&t);
        tl_explain_end(t.explain);
        assert_string_equal(tl_explain_get(t.explain, 0)->diagnosis.items[0].kind->name,
                            doubled ? "address of two hosts" : "refused");
        finish(&t);
    }
}

/* --- many flows --- */

/* More flows at a time than have room as they are: all are explained, and errors find those that wait. */
static void test_parked(void **state)
{
    enum { FLOWS = 3000, QUOTED = 7 };
    (void)state;
    struct talk t = begin();
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < FLOWS; i++) {
            uint8_t b[36] = { 0 };
            put_ip(&t, round == 1, b, sizeof b, 17);
            put16(b + 20, round == 1 ? 9000 : 20000 + i);
            put16(b + 22, round == 1 ? 20000 + i : 9000);
            put16(b + 24, 16);
            give(&t, b, sizeof b);
        }
        t.now += MS;
    }
    uint8_t error[56] = { 0 };
    put_ip(&t, SERVER, error, sizeof error, 1);
    error[20] = 3;
    error[21] = 3;
    put_ip(&t, CLIENT, error + 28, 36, 17);
    put16(error + 48, 20000 + QUOTED);
    put16(error + 50, 9000);
    give(&t, error, sizeof error);
    tl_explain_end(t.explain);
    const struct tl_explain_sums *s = tl_explain_sums(t.explain);
    assert_int_equal(s->left_out, 0);
    assert_int_equal(s->chosen, FLOWS);
    assert_int_equal(s->troubled, 1);
    const struct tl_explained *x = tl_explain_get(t.explain, 0);
    assert_int_equal(x->id.orig_port, 20000 + QUOTED);
    assert_int_equal(x->facts.packets, 3);
    assert_true(x->facts.udp[0] == 2 && x->facts.udp[1] == 1);
    assert_string_equal(x->diagnosis.items[0].kind->name, "unreachable");
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_choice),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_two_hosts),
        cmocka_unit_test(test_parked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
