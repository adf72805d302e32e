/* filter.c - tests of capture/filter.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/filter.h"

enum { ETHERNET = 1, RAW = 101, SLL = 113 };

/* IPv4 UDP 10.0.0.1:53 > 10.0.0.2:1024 after an Ethernet header (14 bytes). */
static const uint8_t udp[] = {
    2, 0,  0,  0, 0, 2,  2, 0, 0, 0,  0, 1, 8, 0, 0x45, 0, 0, 28, 0, 0, 0,
    0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 53,   4, 0, 0,  8, 0, 0,
};

static const uint8_t cooked[] = {
    0, 0, 0,  1, 0, 6, 2,  0, 0, 0, 0,  1, 0, 0, 8, 0,  0x45, 0, 0, 28, 0, 0,
    0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 53, 4,    0, 0, 8,  0, 0,
};

static struct tl_packet packet_of(uint16_t linktype, const uint8_t *bytes, uint32_t len)
{
    return (struct tl_packet){ .linktype = linktype, .bytes = bytes, .caplen = len, .len = len };
}

static void test_passes(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        bool ethernet, raw, sll;
    } cases[] = {
        { "udp", true, true, false },
        { "tcp", false, false, true },
        { "port 53", true, true, true },
        { "host 10.0.0.2", true, true, true },
        { "host 10.0.0.3", false, false, false },
        { "udp src port 1024", false, false, false },
        { "greater 43", false, false, true },
        { "len = 28", false, true, false },
    };
    const struct tl_packet ethernet = packet_of(ETHERNET, udp, sizeof(udp));
    const struct tl_packet raw = packet_of(RAW, udp + 14, sizeof(udp) - 14);
    const struct tl_packet sll = packet_of(SLL, cooked, sizeof(cooked));
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        struct tl_filter *filter = tl_filter_new(cases[i].expression, false, &error);
        assert_non_null(filter);
        for (int round = 0; round < 2; round++) {
            assert_int_equal(tl_filter_passes(filter, &ethernet), cases[i].ethernet);
            assert_int_equal(tl_filter_passes(filter, &raw), cases[i].raw);
            assert_int_equal(tl_filter_passes(filter, &sll), cases[i].sll);
        }
        assert_int_equal(tl_filter_failure(filter, &error), TL_E_NONE);
        tl_filter_free(filter);
    }
}

static void test_does_not_compile(void **state)
{
    (void)state;
    struct tl_error error = { .kind = TL_E_NONE };
    assert_null(tl_filter_new("port and", false, &error));
    assert_int_equal(error.kind, TL_E_USAGE);
    assert_non_null(strstr(error.text, "capture filter \"port and\": "));
    assert_non_null(strstr(error.text, "syntax error"));
    tl_filter_free(NULL);
}

/* An expression that is invalid for some link types: their packets do not match, reported once. */
static void test_other_link_types(void **state)
{
    (void)state;
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_filter *filter = tl_filter_new("ether host 02:00:00:00:00:01", false, &error);
    assert_non_null(filter);
    const struct tl_packet ethernet = packet_of(ETHERNET, udp, sizeof(udp));
    const struct tl_packet raw = packet_of(RAW, udp + 14, sizeof(udp) - 14);
    assert_true(tl_filter_passes(filter, &ethernet));
    assert_int_equal(tl_filter_failure(filter, &error), TL_E_NONE);
    assert_false(tl_filter_passes(filter, &raw));
    assert_false(tl_filter_passes(filter, &raw));
    assert_true(tl_filter_passes(filter, &ethernet));
    assert_int_equal(tl_filter_failure(filter, &error), TL_E_USAGE);
    assert_non_null(strstr(error.text, "link type 101"));
    tl_filter_free(filter);
}

/* More link types than the initial capacity. */
static void test_many_link_types(void **state)
{
    (void)state;
    struct tl_filter *filter = tl_filter_new("len >= 42", false, NULL);
    assert_non_null(filter);
    const uint16_t linktypes[] = { 0, 1, 9, 101, 105, 108, 113, 127, 228, 229, 276 };
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < TL_COUNT(linktypes); i++) {
            const struct tl_packet packet = packet_of(linktypes[i], udp, sizeof(udp) - (unsigned)(round & 1));
            assert_int_equal(tl_filter_passes(filter, &packet), !(round & 1));
        }
    assert_int_equal(tl_filter_failure(filter, NULL), TL_E_NONE);
    tl_filter_free(filter);
}

/* Returns the UDP packet above inside this many VLAN tags. */
static struct tl_packet tagged(uint8_t *room, unsigned tags)
{
    static const uint8_t outer[] = { 0x88, 0xa8, 0, 5 }, inner[] = { 0x81, 0, 0, 7 };
    uint32_t len = 12;
    memcpy(room, udp, len);
    for (unsigned i = tags; i > 0; i--, len += 4)
        memcpy(room + len, i == 2 ? outer : inner, 4);
    memcpy(room + len, udp + 12, sizeof(udp) - 12);
    return packet_of(ETHERNET, room, len + (uint32_t)sizeof(udp) - 12);
}

static void test_vlan_tags(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        bool exact, none, one, two;
    } cases[] = {
        { "port 53", false, true, true, true },
        { "port 53", true, true, false, false },
        { "host 10.0.0.1 and udp src port 53", false, true, true, true },
        { "port 22 or port 53", false, true, true, true },
        { "port 22", false, false, false, false },
        { "not port 53", false, false, false, false },
        { "not port 53", true, false, true, true },
        { "udp[0:2] = 53", false, true, true, true },
        { "ether host 02:00:00:00:00:01", false, true, true, true },
        /* Not changed. */
        { "vlan 7 and port 53", false, false, true, false },
        { "ether proto 0x8100", false, false, true, false },
        { "ether[12:2] = 0x0800", false, true, false, false },
        { "ether [12:2] = 0x88a8", false, false, false, true },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_filter *filter = tl_filter_new(cases[i].expression, cases[i].exact, NULL);
        const bool due[] = { cases[i].none, cases[i].one, cases[i].two };
        assert_non_null(filter);
        for (unsigned tags = 0; tags < TL_COUNT(due); tags++) {
            uint8_t room[64];
            const struct tl_packet packet = tagged(room, tags);
            if (tl_filter_passes(filter, &packet) != due[tags])
                fail_msg("%s, %u tags", cases[i].expression, tags);
        }
        tl_filter_free(filter);
    }
    assert_null(tl_filter_new("port 53) or (port 54", false, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_does_not_compile),
        cmocka_unit_test(test_other_link_types),
        cmocka_unit_test(test_many_link_types),
        cmocka_unit_test(test_vlan_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
