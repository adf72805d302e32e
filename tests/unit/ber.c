/* ber.c - ASN.1's encoding rules: forms of tags and lengths, every prefix, random bytes, depth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/ber.h"

static struct tl_dissection d;

static struct tl_ber reader(const uint8_t *bytes, uint32_t captured, uint32_t wire, bool der)
{
    d = (struct tl_dissection){ .c = tl_cursor_on(bytes, captured, wire), .layer = TL_NO_NODE };
    return (struct tl_ber){ .d = &d, .der = der };
}

struct form {
    const char *bytes;
    uint32_t count;
    bool ber, der; /* is it right? */
    uint8_t class;
    bool constructed;
    uint32_t number, len;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct form forms[] = {
    { BYTES("\x02\x01\x05"), true, true, TL_BER_UNIVERSAL, false, 2, 1 },
    { BYTES("\x30\x00"), true, true, TL_BER_UNIVERSAL, true, 16, 0 },
    { BYTES("\x61\x00"), true, true, TL_BER_APPLICATION, true, 1, 0 },
    { BYTES("\x80\x00"), true, true, TL_BER_CONTEXT, false, 0, 0 },
    { BYTES("\xc3\x00"), true, true, TL_BER_PRIVATE, false, 3, 0 },
    { BYTES("\x5f\x1f\x00"), true, true, TL_BER_APPLICATION, false, 31, 0 },
    { BYTES("\x5f\x81\x00\x00"), true, true, TL_BER_APPLICATION, false, 128, 0 },
    { BYTES("\x5f\x8f\xff\xff\xff\x7f\x00"), true, true, TL_BER_APPLICATION, false, UINT32_MAX, 0 },
    { BYTES("\x5f\x90\x80\x80\x80\x7f\x00"), false, false, 0, false, 0, 0 }, /* 33 bits */
    { BYTES("\x5f\x80\x1f\x00"), false, false, 0, false, 0, 0 },             /* padded */
    { BYTES("\x5f\x1e\x00"), false, false, 0, false, 0, 0 },                 /* needs no second byte */
    { BYTES("\x04\x81\x01x"), true, false, TL_BER_UNIVERSAL, false, 4, 1 },  /* longer than it need be */
    { BYTES("\x04\x82\x00\x01x"), true, false, TL_BER_UNIVERSAL, false, 4, 1 },
    { BYTES("\x04\x86\x00\x00\x00\x00\x00\x01x"), true, false, TL_BER_UNIVERSAL, false, 4, 1 },
    { BYTES("\x04\x85\x01\x00\x00\x00\x00"), false, false, 0, false, 0, 0 }, /* 2^32 */
    { BYTES("\x04\x84\xff\xff\xff\xff"), false, false, 0, false, 0, 0 },     /* more than there is */
    { BYTES("\x04\xff"), false, false, 0, false, 0, 0 },                     /* reserved */
    { BYTES("\x04\x02x"), false, false, 0, false, 0, 0 },
    { BYTES("\x00\x00"), false, false, 0, false, 0, 0 },                     /* ends nothing */
    { BYTES("\x04\x80\x00\x00"), false, false, 0, false, 0, 0 },             /* a primitive one has a length */
    { BYTES("\x30\x80\x00\x00"), true, false, TL_BER_UNIVERSAL, true, 16, 0 },
    { BYTES("\x30\x80\x02\x01\x05\x00\x00"), true, false, TL_BER_UNIVERSAL, true, 16, 3 },
    { BYTES("\x30\x80\x30\x80\x04\x02\x00\x00\x00\x00\x00\x00"), true, false, TL_BER_UNIVERSAL, true, 16, 8 },
    { BYTES("\x30\x80\x02\x01\x05\x00"), false, false, 0, false, 0, 0 },     /* no end */
    { BYTES("\x30\x80\x02\x01\x05"), false, false, 0, false, 0, 0 },
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < TL_COUNT(forms); i++) {
        const struct form *f = &forms[i];
        for (unsigned der = 0; der < 2; der++) {
            struct tl_ber r = reader((const uint8_t *)f->bytes, f->count, f->count, der);
            struct tl_ber_value v;
            bool good = tl_ber_next(&r, &v);
            if (good != (der ? f->der : f->ber))
                fail_msg("row %zu, der %u", i, der);
            assert_int_equal(d.c.status, good ? TL_OK : TL_BAD);
            if (!good)
                continue;
            assert_int_equal(v.class, f->class);
            assert_int_equal(v.constructed, f->constructed);
            assert_true(v.number == f->number);
            assert_int_equal(v.len, f->len);
            tl_ber_skip(&r, &v);
            assert_int_equal(d.c.status, TL_OK);
            assert_int_equal(d.c.off, f->count);
            assert_false(tl_ber_next(&r, &v)); /* nothing is left, and nothing wrong */
            assert_int_equal(d.c.status, TL_OK);
        }
        for (uint32_t n = 0; n < f->count && f->ber; n++) { /* cut by the capture: never wrong */
            struct tl_ber r = reader((const uint8_t *)f->bytes, n, f->count, false);
            struct tl_ber_value v;
            if (tl_ber_next(&r, &v))
                tl_ber_skip(&r, &v);
            assert_int_equal(d.c.status, TL_SHORT);
        }
    }
}

struct number {
    const char *bytes;
    uint32_t count;
    enum tl_status status;
    bool fits;
    int64_t value;
};

static void test_integers(void **state)
{
    (void)state;
    static const struct number rows[] = {
        { BYTES("\x02\x01\x00"), TL_OK, true, 0 },
        { BYTES("\x02\x01\x7f"), TL_OK, true, 127 },
        { BYTES("\x02\x02\x00\x80"), TL_OK, true, 128 },
        { BYTES("\x02\x01\x80"), TL_OK, true, -128 },
        { BYTES("\x02\x02\xff\x7f"), TL_OK, true, -129 },
        { BYTES("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff"), TL_OK, true, INT64_MAX },
        { BYTES("\x02\x08\x80\x00\x00\x00\x00\x00\x00\x00"), TL_OK, true, INT64_MIN },
        { BYTES("\x02\x09\x00\x80\x00\x00\x00\x00\x00\x00\x00"), TL_OK, false, 0 },
        { BYTES("\x02\x00"), TL_BAD, false, 0 },
        { BYTES("\x02\x02\x00\x7f"), TL_BAD, false, 0 },
        { BYTES("\x02\x02\xff\x80"), TL_BAD, false, 0 },
        { BYTES("\x22\x01\x05"), TL_BAD, false, 0 }, /* constructed */
    };
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        struct tl_ber r = reader((const uint8_t *)rows[i].bytes, rows[i].count, rows[i].count, false);
        struct tl_ber_value v;
        int64_t value = 0;
        assert_true(tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v));
        assert_int_equal(tl_ber_int64(&r, &v, &value), rows[i].fits);
        assert_int_equal(d.c.status, rows[i].status);
        assert_true(value == rows[i].value);
    }
}

static void test_padded_integers(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 2, 4, 0, 0, 0, 1, 2, 2, 0xff, 0x80 };
    struct tl_ber r = reader(bytes, sizeof bytes, sizeof bytes, false);
    struct tl_ber_value v;
    int64_t value = 0;
    r.padded = true;
    assert_true(tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v) && tl_ber_int64(&r, &v, &value));
    assert_true(value == 1);
    assert_true(tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v) && tl_ber_int64(&r, &v, &value));
    assert_true(value == -128);
}

static void test_booleans_and_bytes(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 1, 0, 1, 1, 1, 4, 2, 'h', 'i', 0x24, 4, 4, 2, 'h', 'i', 1, 2, 0, 0 };
    struct tl_ber r = reader(bytes, sizeof bytes, sizeof bytes, false);
    struct tl_ber_value v;
    bool value = true;
    assert_true(tl_ber_next(&r, &v) && tl_ber_boolean(&r, &v, &value));
    assert_false(value);
    assert_true(tl_ber_next(&r, &v) && tl_ber_boolean(&r, &v, &value));
    assert_true(value);
    assert_true(tl_ber_next(&r, &v));
    struct tl_bytes text = tl_ber_bytes(&r, &v);
    assert_int_equal(text.len, 2);
    assert_ptr_equal(text.data, bytes + 8);
    assert_true(tl_ber_next(&r, &v));
    assert_null(tl_ber_bytes(&r, &v).data);
    assert_int_equal(d.c.off, 16);
    assert_true(tl_ber_next(&r, &v));
    assert_false(tl_ber_boolean(&r, &v, &value));
    assert_int_equal(d.c.status, TL_BAD);
    r = reader(bytes + 3, 3, 3, true); /* DER: 1 is not true */
    assert_true(tl_ber_next(&r, &v));
    assert_false(tl_ber_boolean(&r, &v, &value));
    r = reader(bytes, 6, 6, false);
    assert_false(tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v));
    assert_int_equal(d.c.status, TL_BAD);
    r = reader(bytes, 0, 0, false);
    assert_false(tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v));
    assert_int_equal(d.c.status, TL_BAD);
}

/* Counts all primitive values. The cursor is sane wherever it stops. */
static unsigned walk(struct tl_ber *r)
{
    struct tl_ber_value v;
    unsigned count = 0;
    while (tl_ber_next(r, &v)) {
        struct tl_part part = tl_ber_enter(r, &v);
        count += v.constructed ? walk(r) : 1;
        tl_ber_leave(r, &v, part);
        assert_true(d.c.off <= d.c.end && d.c.end <= d.c.wire_end);
    }
    return count;
}

/* An SNMP get request, with its first lengths definite and indefinite. */
static void test_walk(void **state)
{
    (void)state;
    static const uint8_t message[] = { 0x30, 0x26, 2, 1, 0, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa0, 0x19, 2, 1, 1, 2,
                                       1, 0, 2, 1, 0, 0x30, 0x0e, 0x30, 0x0c, 6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 5, 0 };
    struct tl_ber r = reader(message, sizeof message, sizeof message, true);
    assert_int_equal(walk(&r), 7);
    assert_int_equal(d.c.status, TL_OK);
    assert_int_equal(d.c.off, sizeof message);
    for (uint32_t n = 1; n < sizeof message; n++) {
        r = reader(message, n, sizeof message, true);
        walk(&r);
        assert_int_equal(d.c.status, TL_SHORT);
        assert_int_equal(r.depth, 0);
        r = reader(message, n, n, true);
        walk(&r);
        assert_int_equal(d.c.status, TL_BAD);
    }
    uint8_t open[sizeof message + 4];
    memcpy(open, message, sizeof message);
    memset(open + sizeof message, 0, 4);
    open[1] = open[14] = 0x80;
    r = reader(open, sizeof open, sizeof open, false);
    assert_int_equal(walk(&r), 7);
    assert_int_equal(d.c.status, TL_OK);
    for (uint32_t n = 1; n < sizeof open; n++) {
        r = reader(open, n, sizeof open, false);
        walk(&r);
        assert_int_equal(d.c.status, TL_SHORT);
    }
}

/* Values within values, to the limit and beyond; definite and indefinite. */
static void test_depth(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= TL_BER_DEPTH + 2; depth++) {
        uint8_t bytes[4 * (TL_BER_DEPTH + 2)] = { 0 };
        for (unsigned i = 0; i < depth; i++) {
            bytes[2 * i] = 0x30;
            bytes[2 * i + 1] = (uint8_t)(2 * (depth - 1 - i));
        }
        struct tl_ber r = reader(bytes, 2 * depth, 2 * depth, true);
        walk(&r);
        assert_int_equal(d.c.status, depth <= TL_BER_DEPTH ? TL_OK : TL_BAD);
        for (unsigned i = 0; i < depth; i++)
            bytes[2 * i + 1] = 0x80;
        memset(bytes + 2 * depth, 0, 2 * depth);
        r = reader(bytes, 4 * depth, 4 * depth, false);
        walk(&r);
        assert_int_equal(d.c.status, depth <= TL_BER_DEPTH ? TL_OK : TL_BAD);
    }
}

/* Bytes at random, in a block of their own size. */
static void test_random(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t n = round % 60;
        uint8_t *bytes = malloc(n + 1);
        assert_non_null(bytes);
        for (uint32_t i = 0; i < n; i++) {
            static const uint8_t usual[] = { 0x30, 0x80, 0, 2, 1, 0x31, 0xa0, 4 };
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (random >> 62) != 0 ? usual[random >> 40 & 7] : (uint8_t)(random >> 48);
        }
        struct tl_ber r = reader(bytes, n - n / 4, n, round % 2);
        walk(&r);
        assert_int_equal(r.depth, 0);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms), cmocka_unit_test(test_integers), cmocka_unit_test(test_booleans_and_bytes),
        cmocka_unit_test(test_walk),  cmocka_unit_test(test_depth),    cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
