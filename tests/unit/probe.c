/* Tests which probe a frame answers: MPLS labels of ICMP errors (RFC 4950), and frames that are cut or about others. */
#include "inject/header.h"
#include "inject/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct tl_prober icmp = { .kind = TL_PROBE_ICMP, .to = { 4, { 192, 0, 2, 9 } }, .id = 0x1234, .last = 7 };
static const struct tl_prober udp6 = {
    .kind = TL_PROBE_UDP,
    .to = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 9 } },
    .port = 33434,
    .source_port = 50001,
    .last = 3,
};

static uint32_t put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return 2;
}

static uint32_t v4(uint8_t *p, uint8_t proto, unsigned len, unsigned src, unsigned dst)
{
    static const uint8_t net[] = { 192, 0, 2 };
    memset(p, 0, 20);
    p[0] = 0x45;
    put16(p + 2, len);
    p[8] = 63;
    p[9] = proto;
    memcpy(p + 12, net, 3);
    p[15] = (uint8_t)src;
    memcpy(p + 16, net, 3);
    p[19] = (uint8_t)dst;
    return 20;
}

/* A router's error about an echo request; units: the length of the quote in words, 0: not told. */
static uint32_t exceeded(uint8_t *p, unsigned units, bool with_labels)
{
    uint32_t quote = 128, len = 20 + 8 + quote + (with_labels ? 4 + 4 + 8 : 0);
    memset(p, 0, 400);
    memcpy(p + 12, "\x08\x00", 2);
    uint8_t *at = p + 14;
    at += v4(at, 1, len, 1, 2);
    memcpy(at, "\x0b\x00\0\0\0", 5);
    at[5] = (uint8_t)units;
    v4(at + 8, 1, 500, 2, 9);
    memcpy(at + 28, "\x08\x00\0\0\x12\x34\x00\x05", 8);
    at += 8 + quote;
    if (with_labels) {
        memcpy(at,
               "\x20\0\0\0"
               "\0\x0c\x01\x01",
               8);
        memcpy(at + 8,
               "\x03\xe8\x16\x01"
               "\x00\x01\x0b\xff",
               8); /* 16001 tc 3 s 0 ttl 1; 16 tc 5 s 1 ttl 255 */
    }
    put16(p + 14 + 20 + 2, 0);
    put16(p + 14 + 20 + 2, tl_header_checksum(0, p + 14 + 20, len - 20));
    return 14 + len;
}

static void labels(void **state)
{
    static struct tl_arrival a;
    struct tl_answer answer;
    (void)state;
    for (unsigned units = 0; units <= 32; units += 32) { /* 0: RFC 4884 section 5.5 */
        a.len = exceeded(a.bytes, units, true);
        assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_EXCEEDED);
        assert_int_equal(answer.seq, 5);
        assert_int_equal(answer.from.bytes[3], 1);
        assert_int_equal(answer.label_count, 2);
        assert_int_equal(answer.labels[0].label, 16001);
        assert_int_equal(answer.labels[0].tc, 3);
        assert_int_equal(answer.labels[0].s, 0);
        assert_int_equal(answer.labels[0].ttl, 1);
        assert_int_equal(answer.labels[1].label, 16);
        assert_int_equal(answer.labels[1].s, 1);
    }
    a.len = exceeded(a.bytes, 0, false);
    assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_EXCEEDED);
    assert_int_equal(answer.label_count, 0);
}

/* Each prefix, in memory of just its size for the sanitizer, and each byte changed. */
static void damage(void **state)
{
    static struct tl_arrival whole;
    struct tl_answer answer;
    (void)state;
    whole.len = exceeded(whole.bytes, 32, true);
    for (uint32_t len = 0; len <= whole.len; len++) {
        struct tl_arrival *a = malloc(offsetof(struct tl_arrival, bytes) + len + 1);
        assert_non_null(a);
        a->ours = a->unsummed = false;
        a->len = len;
        memcpy(a->bytes, whole.bytes, len);
        (void)tl_prober_read(&icmp, a, &answer);
        for (uint32_t i = 14; i < len; i++) {
            a->bytes[i] ^= 0xff;
            (void)tl_prober_read(&icmp, a, &answer);
            (void)tl_prober_read(&udp6, a, &answer);
            a->bytes[i] ^= 0xff;
        }
        free(a);
    }
}

static void others(void **state)
{
    static struct tl_arrival a;
    struct tl_answer answer;
    (void)state;
    a.len = exceeded(a.bytes, 32, true);
    a.bytes[14 + 20 + 8 + 20 + 5]++; /* the identifier of another ping */
    assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_NONE);
    a.bytes[14 + 20 + 8 + 20 + 5]--;
    a.bytes[14 + 20 + 8 + 19]++; /* another target */
    assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_NONE);
    a.bytes[14 + 20 + 8 + 19]--;
    a.ours = true; /* this host is the router */
    assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_NONE);
    a.ours = false;
}

/* Sets the checksum of ICMPv6. */
static void set_sum(struct tl_arrival *a)
{
    uint8_t *ip = a->bytes + 14, *at = ip + 40;
    uint32_t len = a->len - 54;
    put16(at + 2, 0);
    put16(at + 2, tl_header_checksum(tl_header_pseudo(ip + 8, ip + 24, 16, 58, len), at, len));
}

/* ICMPv6 of a router about UDP; the sequence number is in the data. */
static void six(void **state)
{
    static struct tl_arrival a;
    struct tl_answer answer;
    (void)state;
    memset(a.bytes, 0, 200);
    memcpy(a.bytes + 12, "\x86\xdd\x60", 3);
    uint8_t *at = a.bytes + 14;
    put16(at + 4, 8 + 40 + 8 + 12);
    at[6] = 58;
    at[7] = 60;
    memcpy(at + 8, udp6.to.bytes, 15);
    at[23] = 1;
    at += 40;
    at[0] = 2;
    put16(at + 6, 1400);
    at[8] = 0x60;
    put16(at + 12, 1000);
    at[14] = 17;
    memcpy(at + 8 + 24, udp6.to.bytes, 16);
    put16(at + 48, 50001);
    put16(at + 50, 33434);
    put16(at + 56, 77);
    a.len = 14 + 40 + 8 + 40 + 8 + 12;
    set_sum(&a);
    assert_int_equal(tl_prober_read(&udp6, &a, &answer), TL_ANSWER_TOO_BIG);
    assert_int_equal(answer.seq, 77);
    assert_int_equal(answer.mtu, 1400);
    at[3]++; /* a wrong checksum, and a right one */
    assert_int_equal(tl_prober_read(&udp6, &a, &answer), TL_ANSWER_NONE);
    at[0] = 1;
    at[1] = 4;
    set_sum(&a);
    assert_int_equal(tl_prober_read(&udp6, &a, &answer), TL_ANSWER_UNREACHABLE);
    memcpy(a.bytes + 14 + 8, udp6.to.bytes, 16);
    set_sum(&a);
    assert_int_equal(tl_prober_read(&udp6, &a, &answer), TL_ANSWER_REFUSED);
}

/* The reply to an echo of `size` bytes with number 9, in the frame. */
static void make_reply(struct tl_arrival *a, uint32_t size)
{
    memset(a, 0, offsetof(struct tl_arrival, bytes) + 100 + size);
    memcpy(a->bytes + 12, "\x08\x00", 2);
    uint8_t *at = a->bytes + 14;
    at += v4(at, 1, 28 + size, 9, 2);
    memcpy(at, "\0\0\0\0\x12\x34\0\x09\xff\xf6", 10);
    for (uint32_t i = 2; i < size; i++)
        at[8 + i] = (uint8_t)(i - 2);
    put16(at + 2, tl_header_checksum(0, at, 8 + size));
    a->len = 42 + size;
}

static enum tl_damage damage_of(struct tl_arrival *a, uint32_t size)
{
    struct tl_answer answer;
    uint8_t *at = a->bytes + 34;
    put16(at + 2, 0);
    put16(at + 2, tl_header_checksum(0, at, a->len - 34));
    put16(a->bytes + 16, a->len - 14);
    assert_int_equal(tl_prober_read(&icmp, a, &answer), TL_ANSWER_REPLY);
    assert_int_equal(answer.seq, 9);
    tl_prober_check(&icmp, size, &answer);
    assert_int_equal(answer.kind, answer.damage != TL_DAMAGE_NONE ? TL_ANSWER_DAMAGED : TL_ANSWER_REPLY);
    return answer.damage;
}

static void damaged_replies(void **state)
{
    static struct tl_arrival a;
    struct tl_answer answer;
    (void)state;
    make_reply(&a, 56);
    assert_int_equal(damage_of(&a, 56), TL_DAMAGE_NONE);
    assert_int_equal(damage_of(&a, 55), TL_DAMAGE_LONG);
    a.bytes[60]++;
    assert_int_equal(damage_of(&a, 56), TL_DAMAGE_DATA);
    a.bytes[60]--;
    a.len -= 20;
    assert_int_equal(damage_of(&a, 56), TL_DAMAGE_SHORT);
    make_reply(&a, 56);
    a.bytes[60]++;
    assert_int_equal(tl_prober_read(&icmp, &a, &answer), TL_ANSWER_DAMAGED);
    assert_int_equal(answer.damage, TL_DAMAGE_CHECKSUM);
}

/* A reply in fragments is one when its last has come, in any order. */
static void replies_in_fragments(void **state)
{
    enum { SIZE = 1000, PART = 400 };
    static struct tl_arrival whole, part;
    struct tl_answer answer;
    struct tl_prober prober = icmp;
    static const unsigned orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
    (void)state;
    prober.from = (struct tl_address){ 4, { 192, 0, 2, 2 } };
    prober.gather = tl_ip_gather_new();
    assert_non_null(prober.gather);
    make_reply(&whole, SIZE);
    for (unsigned order = 0; order < 3; order++) {
        for (unsigned i = 0; i < 3; i++) {
            unsigned at = orders[order][i] * PART, n = SIZE + 8 - at < PART ? SIZE + 8 - at : PART;
            part = whole;
            put16(part.bytes + 16, 20 + n);
            put16(part.bytes + 20, at / 8 | (at + n < SIZE + 8 ? 0x2000u : 0));
            memcpy(part.bytes + 34, whole.bytes + 34 + at, n);
            part.len = 34 + n;
            assert_int_equal(tl_prober_read(&prober, &part, &answer), i < 2 ? TL_ANSWER_PART : TL_ANSWER_REPLY);
        }
        assert_int_equal(answer.len, 28 + SIZE);
        tl_prober_check(&prober, SIZE, &answer);
        assert_int_equal(answer.damage, TL_DAMAGE_NONE);
    }
    tl_ip_gather_free(prober.gather);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(damage),
        cmocka_unit_test(others),
        cmocka_unit_test(six),
        cmocka_unit_test(damaged_replies),
        cmocka_unit_test(replies_in_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
