/* part.c - sub-ranges of the cursor: every prefix, nested ones, lengths that are too long, cuts by the snaplen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/part.h"

enum { ROOM = 64, NUMBER = 0, LAYER_NODE = 0 };

static const struct tl_field fields[] = { [NUMBER] = { "test.number", "Number", .type = TL_U8 } };
static const struct tl_protocol protocol = { .name = "test", TL_TABLE(fields) };
static const uint64_t everything[1] = { UINT64_MAX };

/* All that a read may do to a cursor, and nothing that it may not. */
static void assert_sane(const struct tl_dissection *d, const uint8_t *base)
{
    assert_ptr_equal(d->c.base, base);
    assert_true(d->c.off <= d->c.end && d->c.end <= d->c.wire_end);
}

static struct tl_dissection begin(const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    return (struct tl_dissection){ .c = tl_cursor_on(bytes, captured, wire), .layer = TL_NO_NODE,
                                   .protocol = &protocol };
}

/* Whatever is done inside a part, the cursor behind it is where tl_skip() would have brought it. */
static void test_end_is_as_skipped(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    for (uint32_t wire = 0; wire <= 8; wire++) {
        for (uint32_t captured = 0; captured <= wire; captured++) {
            for (uint32_t len = 0; len <= 10; len++) {
                for (uint32_t reads = 0; reads <= 11; reads++) {
                    struct tl_dissection d = begin(bytes, captured, wire), skipped = d;
                    struct tl_part part = tl_part_begin(&d, len);
                    assert_true(tl_cursor_wire_left(&d.c) == (len < wire ? len : wire));
                    assert_true(tl_cursor_left(&d.c) == (len < captured ? len : captured));
                    for (uint32_t i = 0; i < reads; i++)
                        tl_u8(&d, NUMBER);
                    tl_part_end(&d, part);
                    tl_skip(&skipped, len);
                    assert_sane(&d, bytes);
                    assert_int_equal(d.c.status, skipped.c.status);
                    assert_int_equal(d.c.off, skipped.c.off);
                    assert_int_equal(d.c.end, skipped.c.end);
                    assert_int_equal(d.c.wire_end, skipped.c.wire_end);
                }
            }
        }
    }
}

/* A part that ends the layer: the cursor stays where reading stopped, and nothing is wrong. */
static void test_close(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    for (uint32_t captured = 0; captured <= 8; captured++) {
        struct tl_dissection d = begin(bytes, captured, 8);
        struct tl_part part = tl_part_begin(&d, 8);
        for (unsigned i = 0; i < 12; i++)
            tl_u8(&d, NUMBER);
        assert_int_equal(d.c.status, captured < 8 ? TL_SHORT : TL_BAD);
        tl_part_close(&d, part);
        assert_int_equal(d.c.status, TL_OK);
        assert_int_equal(d.c.off, captured);
        assert_int_equal(d.c.end, captured);
        assert_int_equal(d.c.wire_end, 8);
    }
}

/* A strict part: too long is wrong at once, cut is short at its end, a fault inside stays. */
static void test_strict(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    for (uint32_t wire = 0; wire <= 8; wire++) {
        for (uint32_t captured = 0; captured <= wire; captured++) {
            for (uint32_t len = 0; len <= 10; len++) {
                struct tl_dissection d = begin(bytes, captured, wire);
                struct tl_part part = tl_part_enter(&d, len);
                assert_int_equal(part.open, len <= wire);
                assert_int_equal(d.c.status, len <= wire ? TL_OK : TL_BAD);
                tl_part_leave(&d, part);
                assert_sane(&d, bytes);
                assert_int_equal(d.c.status, len > wire ? TL_BAD : len > captured ? TL_SHORT : TL_OK);
                if (tl_ok(&d)) {
                    assert_int_equal(d.c.off, len);
                    assert_int_equal(d.c.end, captured);
                    assert_int_equal(d.c.wire_end, wire);
                }
                d = begin(bytes, captured, wire);
                part = tl_part_enter(&d, len);
                for (uint32_t i = 0; i <= len; i++) /* one more than the part has */
                    tl_u8(&d, NUMBER);
                enum tl_status inside = d.c.status;
                uint32_t at = d.c.off;
                assert_int_equal(inside, len > wire ? TL_BAD : captured < len ? TL_SHORT : TL_BAD);
                tl_part_leave(&d, part);
                assert_int_equal(d.c.status, inside);
                assert_int_equal(d.c.off, at);
            }
        }
    }
}

/* TLVs of one byte each for type and length; a type of 0x80 or more holds TLVs. Returns the sum of what was read. */
static unsigned walk(struct tl_dissection *d, unsigned depth)
{
    unsigned sum = 0;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t type = tl_u8(d, NUMBER), len = tl_u8(d, NUMBER);
        uint32_t wire_end = d->c.wire_end;
        struct tl_part part = tl_part_enter(d, len);
        if (!part.open)
            break;
        if (type >= 0x80 && depth > 0)
            sum += walk(d, depth - 1);
        else
            sum += tl_u8(d, NUMBER);
        tl_part_leave(d, part);
        assert_true(!tl_ok(d) || d->c.wire_end == wire_end);
    }
    return sum;
}

static void test_nested(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x01, 1, 10, 0x80, 8, 0x81, 3, 2, 1, 20, 3, 1, 30, 4, 3, 40, 0xff, 0xff };
    struct tl_dissection d = begin(bytes, sizeof bytes, sizeof bytes);
    assert_int_equal(walk(&d, 4), 100);
    assert_int_equal(d.c.status, TL_OK);
    assert_int_equal(d.c.off, sizeof bytes);
    for (uint32_t n = 0; n < sizeof bytes; n++) {
        d = begin(bytes, n, sizeof bytes);
        walk(&d, 4);
        assert_int_equal(d.c.status, TL_SHORT);
        assert_sane(&d, bytes);
        d = begin(bytes, n, n);
        walk(&d, 4);
        assert_int_equal(d.c.status, n == 0 || n == 3 || n == 13 ? TL_OK : TL_BAD);
        assert_sane(&d, bytes);
    }
    static const uint8_t longer[] = { 0x80, 4, 0x81, 3, 1, 1, 9 }; /* the inner part ends behind the outer one */
    d = begin(longer, sizeof longer, sizeof longer);
    walk(&d, 4);
    assert_int_equal(d.c.status, TL_BAD);
    assert_int_equal(d.c.off, 4);
}

/* A length of 2^32 - 1 anywhere does not wrap. */
static void test_huge(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    struct tl_dissection d = begin(bytes, 8, 8);
    tl_skip(&d, 5);
    struct tl_part part = tl_part_begin(&d, UINT32_MAX);
    assert_int_equal(tl_cursor_left(&d.c), 3);
    tl_part_end(&d, part);
    assert_int_equal(d.c.status, TL_BAD);
    d = begin(bytes, 8, UINT32_MAX);
    tl_skip(&d, 5);
    part = tl_part_enter(&d, UINT32_MAX - 5);
    assert_true(part.open);
    tl_part_leave(&d, part);
    assert_int_equal(d.c.status, TL_SHORT);
}

/* A part opened on a failed cursor changes nothing. */
static void test_failed_before(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    struct tl_dissection d = begin(bytes, 4, 8);
    tl_skip(&d, 6);
    struct tl_cursor before = d.c;
    struct tl_part part = tl_part_begin(&d, 1);
    assert_false(part.open);
    tl_part_end(&d, part);
    assert_memory_equal(&d.c, &before, sizeof before);
    part = tl_part_begin(&d, 1);
    tl_part_close(&d, part);
    assert_memory_equal(&d.c, &before, sizeof before);
    part = tl_part_enter(&d, 1);
    assert_false(part.open);
    tl_part_leave(&d, part);
    assert_memory_equal(&d.c, &before, sizeof before);
}

/* What was wrong inside a lenient part is on the layer's node. */
static void test_marks(void **state)
{
    (void)state;
    uint8_t bytes[ROOM] = { 0 };
    struct tl_tree tree;
    tl_tree_init(&tree);
    for (unsigned kind = 0; kind < 4; kind++) {
        bool cut = (kind & 1) != 0, close = (kind & 2) != 0;
        struct tl_dissection d = begin(bytes, cut ? 3 : 8, 8);
        struct tl_frame frame = { 0 };
        d.frame = &frame;
        d.tree = &tree;
        d.wanted = everything;
        tl_tree_reset(&tree, bytes, d.c.end);
        tl_layer_begin(&d);
        assert_int_equal(d.layer, LAYER_NODE);
        struct tl_part part = tl_part_begin(&d, 4);
        for (unsigned i = 0; i < 5; i++)
            tl_u8(&d, NUMBER);
        if (close)
            tl_part_close(&d, part);
        else
            tl_part_end(&d, part);
        unsigned flags = tree.nodes[LAYER_NODE].flags;
        assert_int_equal((flags & TL_NODE_BAD) != 0, !cut);
        assert_int_equal((flags & TL_NODE_SHORT) != 0, cut && close);
        if (!cut)
            assert_int_equal(tree.nodes[LAYER_NODE].value, 4);
    }
    tl_tree_fini(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_is_as_skipped), cmocka_unit_test(test_close),
        cmocka_unit_test(test_strict),            cmocka_unit_test(test_nested),
        cmocka_unit_test(test_huge),              cmocka_unit_test(test_failed_before),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
