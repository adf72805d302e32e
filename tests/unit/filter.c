/* filter.c - tests of capture/filter.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

/* Cooked packets with no, one and two tags: TCP 10.0.0.1:53 > 10.0.0.2:1024. */
static void test_cooked_tags(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        bool exact, none, one, two;
    } cases[] = {
        { "port 53", false, true, true, true },
        { "port 53", true, true, false, false },
        { "not port 53", false, false, false, false },
        { "not port 53", true, false, true, true },
        { "host 10.0.0.1 and tcp", false, true, true, true },
        { "vlan", false, false, true, true },
        { "vlan 7 and port 53", false, false, true, false },
        { "vlan 5 and vlan 7 and port 53", false, false, false, true },
        { "vlan 5 and vlan 7 and port 53", true, false, false, true },
        { "not vlan", false, true, false, false },
        { "ether proto 0x8100", false, false, true, false },
        { "greater 47", false, false, true, true },
        { "inbound", false, true, true, true },
    };
    static const uint8_t tags[] = { 0x88, 0xa8, 0, 5, 0x81, 0, 0, 7 };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_filter *filter = tl_filter_new(cases[i].expression, cases[i].exact, NULL);
        const bool due[] = { cases[i].none, cases[i].one, cases[i].two };
        assert_non_null(filter);
        for (uint32_t k = 0; k < 3; k++) {
            uint8_t bytes[sizeof(cooked) + sizeof(tags)];
            memcpy(bytes, cooked, 14);
            memcpy(bytes + 14, tags + sizeof(tags) - (size_t)k * 4, (size_t)k * 4);
            memcpy(bytes + 14 + k * 4, cooked + 14, sizeof(cooked) - 14);
            const struct tl_packet packet = packet_of(SLL, bytes, (uint32_t)sizeof(cooked) + k * 4);
            if (tl_filter_passes(filter, &packet) != due[k])
                fail_msg("'%s' with %u tags", cases[i].expression, k);
            for (uint32_t cut = 0; cut < packet.caplen; cut++) { /* no read after the end */
                uint8_t *exact = malloc(cut + 1);
                assert_non_null(exact);
                memcpy(exact, bytes, cut);
                const struct tl_packet part = packet_of(SLL, exact, cut);
                (void)tl_filter_passes(filter, &part);
                free(exact);
            }
        }
        tl_filter_free(filter);
    }
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

/* A packet of BSD's loopback (or OpenBSD's enc): an address family, then IPv4 or IPv6 with UDP to port 53. */
static struct tl_packet loopback(uint8_t *room, uint16_t linktype, bool big_endian, uint8_t family)
{
    static const uint8_t ip6[] = { 0x60, 0, 0, 0, 0, 8, 17, 64 }, ports[] = { 4, 0, 0, 53, 0, 8, 0, 0 };
    uint32_t header = linktype == 109 ? 12 : 4, len = header;
    memset(room, 0, 80);
    room[big_endian || linktype == 108 ? 3 : 0] = family;
    if (family == 2) {
        memcpy(room + len, udp + 14, sizeof(udp) - 14);
        return packet_of(linktype, room, len + (uint32_t)sizeof(udp) - 14);
    }
    memcpy(room + len, ip6, sizeof(ip6));
    memcpy(room + len + 40, ports, sizeof(ports));
    return packet_of(linktype, room, len + 48);
}

/* The families of IPv6 are 24 (NetBSD, OpenBSD), 28 (FreeBSD) and 30 (macOS), in the byte order of the file. */
static void test_loopback_of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        uint8_t family;
        bool due;
    } cases[] = {
        { "ip6", 24, true },         { "ip6", 28, true },          { "ip6", 30, true },       { "ip6", 10, false },
        { "ip6", 2, false },         { "ip", 2, true },            { "ip", 30, false },       { "not ip6", 28, false },
        { "udp port 53", 24, true }, { "udp port 53", 2, true },
        { "port 54", 30, false },  { "ip6 host ::", 30, true },
    };
    static const uint16_t linktypes[] = { 0, 108, 109 };
    for (size_t i = 0; i < TL_COUNT(cases) * TL_COUNT(linktypes); i++) {
        uint16_t linktype = linktypes[i % TL_COUNT(linktypes)];
        uint8_t room[80];
        struct tl_interfaces *interfaces = tl_interfaces_new();
        struct tl_filter *filter = tl_filter_new(cases[i / TL_COUNT(linktypes)].expression, false, NULL);
        assert_non_null(filter);
        for (unsigned big = 0; big < 2; big++) {
            const struct tl_interface interface = { .linktype = linktype, .big_endian = big != 0 };
            assert_int_equal(tl_interfaces_add(interfaces, &interface), big);
        }
        assert_int_equal(tl_filter_use_files(filter, interfaces, true, NULL), TL_E_NONE);
        for (unsigned round = 0; round < 4; round++) {
            struct tl_packet packet = loopback(room, linktype, (round & 1) != 0, cases[i / TL_COUNT(linktypes)].family);
            packet.interface = (uint16_t)(round & 1);
            if (tl_filter_passes(filter, &packet) != cases[i / TL_COUNT(linktypes)].due)
                fail_msg("%s, family %u, link type %u", cases[i / TL_COUNT(linktypes)].expression,
                         cases[i / TL_COUNT(linktypes)].family, linktype);
        }
        assert_int_equal(tl_filter_failure(filter, NULL), TL_E_NONE);
        tl_filter_free(filter);
        tl_interfaces_free(interfaces);
    }
}

/* What only the kernel knows of a packet is refused for files that do not record it, in libpcap's words. */
static void test_metadata_of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        uint16_t linktype;
        bool fine;
    } cases[] = {
        { "inbound", ETHERNET, false }, { "outbound", ETHERNET, false }, { "ifindex 3", ETHERNET, false },
        { "inbound", RAW, false },      { "ifindex 3", SLL, false },     { "not inbound and udp", 0, false },
        { "inbound", SLL, true },       { "outbound", SLL, true },       { "ifindex 3", 276, true },
    };
    for (size_t i = 0; i < TL_COUNT(cases) * 2; i++) {
        bool known = i % 2 != 0, fine = cases[i / 2].fine;
        struct tl_error error = { .kind = TL_E_NONE };
        struct tl_interfaces *interfaces = tl_interfaces_new();
        const struct tl_interface interface = { .linktype = cases[i / 2].linktype };
        assert_int_equal(tl_interfaces_add(interfaces, &interface), 0);
        struct tl_filter *filter = tl_filter_new(cases[i / 2].expression, false, &error);
        assert_non_null(filter);
        enum tl_failure failure = tl_filter_use_files(filter, interfaces, known, &error);
        assert_int_equal(failure, known && !fine ? TL_E_USAGE : TL_E_NONE);
        const struct tl_packet packet = packet_of(cases[i / 2].linktype, cooked, sizeof(cooked));
        (void)tl_filter_passes(filter, &packet);
        assert_int_equal(tl_filter_failure(filter, &error), fine ? TL_E_NONE : TL_E_USAGE);
        assert_true(fine || strstr(error.text, "not supported") != NULL);
        tl_filter_free(filter);
        tl_interfaces_free(interfaces);
    }
}

/* `ip broadcast` compares with the netmask of the interface: a file has none. */
static void test_broadcast_in_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        bool fine;
    } cases[] = {
        { "ip broadcast", false }, { "udp and not ip broadcast", false }, { "ip host 10.0.0.2 or (ip broadcast)", false },
        { "ether broadcast", true }, { "ip multicast", true }, { "dst 255.255.255.255", true },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_error error = { .kind = TL_E_NONE };
        struct tl_interfaces *interfaces = tl_interfaces_new();
        struct tl_filter *filter = tl_filter_new(cases[i].expression, false, &error);
        assert_non_null(filter);
        for (unsigned known = 0; known < 2; known++) {
            assert_int_equal(tl_filter_use_files(filter, interfaces, known, &error),
                             cases[i].fine ? TL_E_NONE : TL_E_USAGE);
            assert_true(cases[i].fine || strstr(error.text, "a capture file has no netmask") != NULL);
        }
        tl_filter_free(filter);
        tl_interfaces_free(interfaces);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_broadcast_in_a_file),
        cmocka_unit_test(test_does_not_compile),
        cmocka_unit_test(test_other_link_types),
        cmocka_unit_test(test_many_link_types),
        cmocka_unit_test(test_loopback_of_a_file),
        cmocka_unit_test(test_metadata_of_a_file),
        cmocka_unit_test(test_cooked_tags), cmocka_unit_test(test_vlan_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
