/* buffer.c - numbers, times and addresses as text, compared with the C library and RFC 5952. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "core/buffer.h"

static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void holds(struct tl_buffer *b, const char *text)
{
    tl_put_char(b, 0);
    assert_false(b->failed);
    assert_string_equal((const char *)b->data, text);
    b->len = 0;
}

static void one_number(struct tl_buffer *b, uint64_t v)
{
    char text[64];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    tl_put_u64(b, v);
    holds(b, text);
    snprintf(text, sizeof text, "%lld", (long long)v);
    tl_put_i64(b, (int64_t)v);
    holds(b, text);
    snprintf(text, sizeof text, "%04llx", (unsigned long long)v);
    tl_put_hex(b, v, 4);
    holds(b, text);
}

static void test_numbers(void **state)
{
    struct tl_buffer b = { 0 };
    uint64_t random = 1, power = 1;
    (void)state;
    for (unsigned i = 0; i < 20; i++, power *= 10) {
        one_number(&b, power - 1);
        one_number(&b, power);
        one_number(&b, power + 1);
        one_number(&b, 0 - power);
    }
    for (unsigned i = 0; i < 64; i++) {
        one_number(&b, UINT64_C(1) << i);
        one_number(&b, (UINT64_C(1) << i) - 1);
    }
    for (unsigned i = 0; i < 100000; i++)
        one_number(&b, next_random(&random) >> (i % 64));
    tl_buffer_fini(&b);
}

static void one_time(struct tl_buffer *b, int64_t ns, unsigned decimals)
{
    char text[64], fraction[16];
    uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    int n = snprintf(text, sizeof text, "%s%llu", ns < 0 ? "-" : "", (unsigned long long)(v / 1000000000));
    snprintf(fraction, sizeof fraction, "%09llu", (unsigned long long)(v % 1000000000));
    if (decimals > 0)
        snprintf(text + n, sizeof text - (size_t)n, ".%.*s", (int)decimals, fraction);
    tl_put_seconds(b, ns, decimals);
    holds(b, text);
}

static void test_times(void **state)
{
    static const int64_t edges[] = { 0, 1, 999, 1000, 999999, 1000000, 999999999, 1000000000, 1700000000123456789,
                                     4294967295999999999, INT64_MAX, INT64_MIN, -1, -999999999, -1000000000 };
    struct tl_buffer b = { 0 };
    uint64_t random = 2;
    (void)state;
    for (unsigned decimals = 0; decimals <= 9; decimals++) {
        for (unsigned i = 0; i < TL_COUNT(edges); i++)
            one_time(&b, edges[i], decimals);
        for (unsigned i = 0; i < 5000; i++)
            one_time(&b, (int64_t)(next_random(&random) >> (i % 60)), decimals);
    }
    tl_buffer_fini(&b);
}

static void test_ipv4_and_mac(void **state)
{
    struct tl_buffer b = { 0 };
    uint64_t random = 3;
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t addr[8];
        char text[64];
        uint64_t v = next_random(&random) & next_random(&random);
        memcpy(addr, &v, sizeof addr);
        if (i < 256)
            memset(addr, (int)i, sizeof addr);
        snprintf(text, sizeof text, "%u.%u.%u.%u", addr[0], addr[1], addr[2], addr[3]);
        tl_put_ipv4(&b, addr);
        holds(&b, text);
        snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", addr[0], addr[1], addr[2], addr[3], addr[4],
                 addr[5]);
        tl_put_mac(&b, addr);
        holds(&b, text);
        tl_put_hex_bytes(&b, addr, 6, ':');
        holds(&b, text);
    }
    tl_put_hex_bytes(&b, (const uint8_t *)"\x00\xff\x10", 3, 0);
    holds(&b, "00ff10");
    tl_put_hex_bytes(&b, NULL, 0, ':');
    holds(&b, "");
    tl_buffer_fini(&b);
}

/* The examples and rules of RFC 5952. */
static void test_ipv6_rules(void **state)
{
    static const char *const forms[] = {
        "::",
        "::1",
        "1::",
        "2001:db8::1",                           /* 4.1: no leading zeros */
        "2001:db8::2:1",                         /* 4.2.1: shortened as much as possible */
        "2001:db8:0:1:1:1:1:1",                  /* 4.2.2: not for a single group */
        "2001:0:0:1::1",                         /* 4.2.3: the longest run */
        "2001:db8::1:0:0:1",                     /* 4.2.3: the first of two equally long runs */
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa", /* 4.3: lower case */
        "::ffff:192.0.2.1",                      /* 5: IPv4-mapped */
        "::ffff:0.0.0.0",
        "64:ff9b::c000:201",
        "fe80::200:86ff:fe05:80da",
        "0:1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:0",
        "1:0:2:0:3:0:4:0",
        "::2:3:4:5:6:7",
        "1:2:3:4:5:6::",
        "1:2::5:6:7:8",
        "ff02::1:ff00:2",
    };
    struct tl_buffer b = { 0 };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(forms); i++) {
        uint8_t addr[16];
        assert_int_equal(inet_pton(AF_INET6, forms[i], addr), 1);
        tl_put_ipv6(&b, addr);
        holds(&b, forms[i]);
    }
    tl_buffer_fini(&b);
}

static void test_ipv6_random(void **state)
{
    static const uint8_t compatible[12] = { 0 };
    struct tl_buffer b = { 0 };
    uint64_t random = 4;
    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t addr[16] = { 0 };
        char text[INET6_ADDRSTRLEN];
        uint64_t groups = next_random(&random), values = next_random(&random);
        for (unsigned g = 0; g < 8; g++) {
            if (groups >> g & 1)
                tl_store_be16(addr + g * 2, (uint16_t)(next_random(&random) >> (values >> (g * 4) & 15)));
        }
        if (memcmp(addr, compatible, sizeof compatible) == 0)
            continue; /* the C library writes these as IPv4-compatible, which RFC 4291 deprecates */
        assert_non_null(inet_ntop(AF_INET6, addr, text, sizeof text));
        tl_put_ipv6(&b, addr);
        holds(&b, text);
    }
    tl_buffer_fini(&b);
}

static void test_growth(void **state)
{
    struct tl_buffer b = { 0 };
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        tl_put_u64(&b, i % 10);
        tl_put_lit(&b, "ab");
        tl_puts(&b, "c");
        tl_put_format(&b, "%c", 'd');
    }
    assert_false(b.failed);
    assert_int_equal(b.len, 500000);
    for (unsigned i = 0; i < 100000; i++) {
        assert_int_equal(b.data[i * 5], '0' + i % 10);
        assert_memory_equal(b.data + i * 5 + 1, "abcd", 4);
    }
    tl_buffer_fini(&b);
    assert_null(b.data);
    assert_null(tl_buffer_room(&b, SIZE_MAX)); /* more than possible */
    assert_true(b.failed);
    size_t before = b.len;
    tl_puts(&b, "lost");
    tl_put_u64(&b, 7);
    assert_int_equal(b.len, before);
    tl_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_ipv4_and_mac),
        cmocka_unit_test(test_ipv6_rules),
        cmocka_unit_test(test_ipv6_random),
        cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
