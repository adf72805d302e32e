/* pcapng.c - tests of capture/pcapng.c: sections, interfaces, times, every kind of block, damage. */
#include <stdlib.h>

#include "captures.h"

enum { SHB_MAGIC = 0x1a2b3c4d };
#define SHB 0x0a0d0d0aU

static struct reading reading;

static const struct reading *read_image(const struct image *image)
{
    reading_init(&reading, image->data, image->len);
    return &reading;
}

/* Begins a block; pass the return value to block_end(). */
static size_t block_begin(struct image *image, uint32_t type)
{
    size_t at = image->len;
    put32(image, type);
    put32(image, 0);
    return at;
}

static void block_end(struct image *image, size_t at)
{
    while (image->len % 4 != 0)
        put(image, "", 1);
    uint32_t len = (uint32_t)(image->len + 4 - at);
    put32(image, len);
    size_t end = image->len;
    image->len = at + 4;
    put32(image, len);
    image->len = end;
}

static void put_option(struct image *image, uint32_t code, const void *value, uint32_t len)
{
    put16(image, code);
    put16(image, len);
    put(image, value, len);
    while (image->len % 4 != 0)
        put(image, "", 1);
}

static void put_section(struct image *image, uint64_t length)
{
    size_t at = block_begin(image, SHB);
    put32(image, SHB_MAGIC);
    put16(image, 1);
    put16(image, 0);
    put_number(image, length, 8);
    block_end(image, at);
}

static void put_interface(struct image *image, uint32_t linktype, uint32_t snaplen, uint8_t resolution, int64_t offset)
{
    size_t at = block_begin(image, 1);
    put16(image, linktype);
    put16(image, 0);
    put32(image, snaplen);
    put_option(image, 2, "eth7", 4);
    put_option(image, 9, &resolution, 1);
    put16(image, 14);
    put16(image, 8);
    put_number(image, (uint64_t)offset, 8);
    put32(image, 0);
    block_end(image, at);
}

static void put_packet(struct image *image, uint32_t interface, uint64_t ts, uint32_t caplen, uint32_t len,
                       const char *comment)
{
    size_t at = block_begin(image, 6);
    put32(image, interface);
    put32(image, ts >> 32);
    put32(image, ts & 0xffffffff);
    put32(image, caplen);
    put32(image, len);
    put_pattern(image, caplen, caplen);
    while (image->len % 4 != 0)
        put(image, "", 1);
    if (comment != NULL) {
        put_option(image, 1, comment, (uint32_t)strlen(comment));
        put32(image, 0);
    }
    block_end(image, at);
}

static void put_other(struct image *image, uint32_t type, uint32_t len)
{
    size_t at = block_begin(image, type);
    put_pattern(image, type, len);
    block_end(image, at);
}

/* Two sections in different byte orders, each with its own interfaces. */
static void test_sections(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        struct image image = { .big_endian = k & 1 };
        put_section(&image, UINT64_MAX);
        put_interface(&image, 1, 0, 6, 0);
        put_interface(&image, 12, 96, 9, 0);
        put_packet(&image, 1, 1000000007, 21, 30, "hello");
        put_packet(&image, 0, 2000000, 22, 22, NULL);
        image.big_endian = !image.big_endian;
        put_section(&image, 12345);
        put_interface(&image, 113, 0, 0x8a, 100);
        put_packet(&image, 0, 1024 * 5 + 512, 23, 23, NULL);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 3);
        static const struct {
            int64_t ts;
            uint32_t caplen, len, interface, linktype, options;
        } expected[] = { { 1000000007, 21, 30, 1, 101, 16 },
                         { 2000000000, 22, 22, 0, 1, 0 },
                         { 105500000000, 23, 23, 2, 113, 0 } };
        for (uint32_t i = 0; i < 3; i++) {
            const struct tl_packet *packet = &r->packets[i];
            assert_int_equal(packet->number, i + 1);
            assert_int_equal(packet->ts, expected[i].ts);
            assert_int_equal(packet->caplen, expected[i].caplen);
            assert_int_equal(packet->len, expected[i].len);
            assert_int_equal(packet->interface, expected[i].interface);
            assert_int_equal(packet->linktype, expected[i].linktype);
            assert_int_equal(packet->options_len, expected[i].options);
            assert_true(is_pattern(packet->bytes, packet->caplen, packet->caplen));
        }
        assert_memory_equal(r->packets[0].bytes + 24 + 4, "hello", 5);
        assert_int_equal(tl_interfaces_count(r->interfaces), 3);
        const struct tl_interface *second = tl_interfaces_get(r->interfaces, 1);
        assert_int_equal(second->decimals, 9);
        assert_int_equal(second->snaplen, 96);
        assert_int_equal(second->id, 1);
        assert_int_equal(second->section, 0);
        assert_int_equal(second->big_endian, k & 1);
        assert_string_equal(second->name, "eth7");
        assert_int_equal(second->block.len, 52);
        assert_memory_equal(second->block.data, image.data + 28 + 52, 52);
        const struct tl_interface *third = tl_interfaces_get(r->interfaces, 2);
        assert_int_equal(third->id, 0);
        assert_int_equal(third->section, 1);
        assert_int_equal(third->decimals, 6);
        assert_int_equal(third->ticks, 1024);
        assert_int_equal(third->offset, 100);
        assert_int_equal(third->big_endian, !(k & 1));
        reading_fini(&reading);
    }
}

/* Other blocks keep their place, byte for byte. */
static void test_extras(void **state)
{
    (void)state;
    const uint32_t types[] = { 4, 5, 10, 0xbad, 0x40000bad, 0x12345678, 0x80000001 };
    struct image image = { .len = 0 };
    put_section(&image, UINT64_MAX);
    put_interface(&image, 1, 0, 6, 0);
    for (uint32_t i = 0; i < TL_COUNT(types); i++) {
        put_other(&image, types[i], i * 3);
        put_packet(&image, 0, i, 10, 10, NULL);
    }
    put_other(&image, 5, 0);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    assert_int_equal(r->count, TL_COUNT(types));
    assert_int_equal(r->extra_count, TL_COUNT(types) + 2);
    assert_int_equal(r->extras[0].type, SHB);
    assert_int_equal(r->extras[0].block.len, 28);
    assert_memory_equal(r->extras[0].block.data, image.data, 28);
    for (uint32_t i = 0; i < TL_COUNT(types); i++) {
        const struct tl_extra *extra = &r->extras[i + 1];
        assert_int_equal(extra->type, types[i]);
        assert_int_equal(extra->before, i);
        assert_int_equal(extra->section, 0);
        assert_int_equal(extra->block.len, 12 + (i * 3 + 3) / 4 * 4);
        assert_true(is_pattern(extra->block.data + 8, types[i], i * 3));
    }
    assert_int_equal(r->extras[TL_COUNT(types) + 1].before, TL_COUNT(types));
    reading_fini(&reading);
}

/* A file of other blocks only still ends: blocks are handed on when full. */
static void put_statistics(struct image *image, uint32_t interface, uint64_t by_interface, uint64_t by_system)
{
    size_t at = block_begin(image, 5);
    put32(image, interface);
    put_number(image, 0, 8);
    put_option(image, 1, "a comment", 9);
    put16(image, 5);
    put16(image, 8);
    put_number(image, by_interface, 8);
    put16(image, 7);
    put16(image, 8);
    put_number(image, by_system, 8);
    put32(image, 0);
    block_end(image, at);
}

/*
 * Statistics count from the start of capture: the last one of an interface counts; sections have their own interfaces.
 */
static void test_dropped(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        struct image image = { .big_endian = k & 1 };
        for (unsigned i = 0; i < 2; i++) {
            put_section(&image, UINT64_MAX);
            put_interface(&image, 1, 0, 6, 0);
            put_interface(&image, 1, 0, 6, 0);
            put_packet(&image, 1, 1000000007, 21, 30, NULL);
            put_statistics(&image, 0, 1, 10);
            put_statistics(&image, 1, 100, 0);
            put_statistics(&image, 0, 4, UINT64_C(1) << 33);
            put_statistics(&image, 2, 1000, 1000);
            put_other(&image, 5, 8);
        }
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_dropped(r, UINT64_C(2) << 33, 2 * (100 + 4));
        assert_int_equal(r->extra_count, 2 * 6);
        reading_fini(&reading);
    }
}

static void test_many_extras(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_section(&image, UINT64_MAX);
    for (uint32_t i = 0; i < 400; i++)
        put_other(&image, 5, i % 8);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    assert_int_equal(r->count, 0);
    assert_int_equal(r->extra_count, 401);
    reading_fini(&reading);
}

enum { BULK = 640 << 10, BULKS = 8 };

/* Appends what the image has, and empties it. */
static uint8_t *spill(uint8_t *to, struct image *image)
{
    memcpy(to, image->data, image->len);
    to += image->len;
    image->len = 0;
    return to;
}

/* Blocks that are no packets fill a tl_block, too: here it has 1 MiB at most and what exceeds it. */
static void test_bulky_extras(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    uint8_t *data = calloc(1, BULK * BULKS + IMAGE_SIZE), *end = data;
    assert_non_null(data);
    put_section(&image, UINT64_MAX);
    put_interface(&image, 1, 0, 6, 0);
    for (unsigned i = 0; i < BULKS; i++) {
        put32(&image, 0x80000bad);
        put32(&image, BULK);
        end = spill(end, &image) + BULK - 12;
        put32(&image, BULK);
    }
    put_packet(&image, 0, 1000000007, 21, 30, NULL);
    end = spill(end, &image);
    reading_init(&reading, data, (size_t)(end - data));
    assert_says(&reading, TL_E_NONE, "");
    assert_int_equal(reading.count, 1);
    assert_int_equal(reading.extra_count, 1 + BULKS);
    assert_int_equal(reading.extras[BULKS].before, 0);
    assert_true(reading.block_count > BULKS / 2);
    reading_fini(&reading);
    free(data);
}

/* Of a description that is too long for -w what is read of it stays. */
static void test_long_interface(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    struct tl_source_stats stats;
    uint8_t *data = calloc(1, BULK + 2 * IMAGE_SIZE), *end = data;
    assert_non_null(data);
    put_section(&image, UINT64_MAX);
    put_interface(&image, 1, 0, 9, 0);
    put32(&image, 1);
    put32(&image, BULK);
    put32(&image, 1);
    put32(&image, 0);
    put_option(&image, 2, "eth8", 4);
    put_option(&image, 1, "a comment", 9);
    put32(&image, 0); /* the end of the options */
    size_t used = image.len - 80; /* without what is before the block */
    end = spill(end, &image) + BULK - used - 4;
    put32(&image, BULK);
    put_packet(&image, 1, 1000000007, 21, 30, NULL);
    end = spill(end, &image);
    reading_init(&reading, data, (size_t)(end - data));
    assert_says(&reading, TL_E_NONE, "");
    assert_int_equal(reading.count, 1);
    const struct tl_interface *first = tl_interfaces_get(reading.interfaces, 0);
    const struct tl_interface *second = tl_interfaces_get(reading.interfaces, 1);
    assert_int_equal(first->block.len, 52);
    assert_string_equal(second->name, "eth8");
    assert_int_equal(second->block.len, 0);
    assert_false(second->commented);
    reading.source->ops->stats(reading.source, &stats);
    assert_int_equal(stats.not_kept, 1);
    reading_fini(&reading);
    free(data);
}

/* Simple packets use the interface's snapshot length; the obsolete packet block has a short interface id. */
static void test_other_packets(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        struct image image = { .big_endian = k };
        put_section(&image, UINT64_MAX);
        put_interface(&image, 1, 40, 6, 0);
        put_interface(&image, 113, 0, 6, 0);
        size_t at = block_begin(&image, 3);
        put32(&image, 100);
        put_pattern(&image, 1, 40);
        block_end(&image, at);
        at = block_begin(&image, 3);
        put32(&image, 31);
        put_pattern(&image, 2, 31);
        block_end(&image, at);
        at = block_begin(&image, 2);
        put16(&image, 1);
        put16(&image, 77);
        put32(&image, 0);
        put32(&image, 5000000);
        put32(&image, 9);
        put32(&image, 10);
        put_pattern(&image, 3, 9);
        block_end(&image, at);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 3);
        assert_int_equal(r->packets[0].caplen, 40);
        assert_int_equal(r->packets[0].len, 100);
        assert_int_equal(r->packets[0].ts, 0);
        assert_int_equal(r->packets[0].linktype, 1);
        assert_int_equal(r->packets[0].options_len, 0);
        assert_true(is_pattern(r->packets[0].bytes, 1, 40));
        assert_int_equal(r->packets[1].caplen, 31);
        assert_int_equal(r->packets[1].options_len, 0);
        assert_true(is_pattern(r->packets[1].bytes, 2, 31));
        assert_int_equal(r->packets[2].linktype, 113);
        assert_int_equal(r->packets[2].ts, 5000000000);
        assert_int_equal(r->packets[2].caplen, 9);
        assert_int_equal(r->packets[2].len, 10);
        assert_true(is_pattern(r->packets[2].bytes, 3, 9));
        reading_fini(&reading);
    }
}

/* A snapshot length of 0 means no limit. */
static void test_no_snaplen(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_section(&image, UINT64_MAX);
    put_interface(&image, 1, 0, 6, 0);
    size_t at = block_begin(&image, 3);
    put32(&image, 40);
    put_pattern(&image, 1, 40);
    block_end(&image, at);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    assert_int_equal(r->packets[0].caplen, 40);
    reading_fini(&reading);
    image.data[at + 8] = 41;
    assert_says(read_image(&image), TL_E_DAMAGED, "a packet exceeds its block");
    assert_int_equal(reading.count, 0);
    reading_fini(&reading);
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        uint64_t ts;
        int64_t offset, ns;
        uint8_t resolution, decimals;
    } cases[] = {
        { 1500000000123456, 0, 1500000000123456000, 6, 6 },
        { 1500000000123456789, 0, 1500000000123456789, 9, 9 },
        { 15, 0, 15000000000, 0, 6 },
        { 1500, -1, 500000000, 3, 6 },
        { 1234567890123456789, 0, 1234567890123456, 12, 9 },
        { UINT64_MAX, 0, 1844674407, 19, 9 },
        { 3, 0, 1500000000, 0x81, 6 },
        { UINT64_MAX, 0, 1999999999, 0xbf, 9 },
        { (UINT64_C(7) << 20) + 1, 0, 7000000953, 0x94, 9 },
        { UINT64_MAX, 0, INT64_MAX, 6, 6 },
        { UINT64_MAX, INT64_MAX, INT64_MAX, 0, 6 },
        { 0, INT64_MIN, INT64_MIN, 6, 6 },
        { 0, -9223372036, -9223372036000000000, 9, 9 },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct image image = { .len = 0 };
        put_section(&image, UINT64_MAX);
        put_interface(&image, 1, 0, cases[i].resolution, cases[i].offset);
        put_packet(&image, 0, cases[i].ts, 5, 5, NULL);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->packets[0].ts, cases[i].ns);
        assert_int_equal(tl_interfaces_get(r->interfaces, 0)->decimals, cases[i].decimals);
        reading_fini(&reading);
    }
}

/* Changes 4 bytes of a file with two good packets; expects one packet and this error. */
static void damage(size_t at, uint32_t value, const char *words)
{
    struct image image = { .len = 0 };
    put_section(&image, UINT64_MAX);
    put_interface(&image, 1, 0, 6, 0);
    put_packet(&image, 0, 1, 8, 8, NULL); /* 80 */
    put_packet(&image, 0, 2, 8, 8, NULL); /* 120 */
    put_packet(&image, 0, 3, 8, 8, NULL); /* 160 */
    size_t len = image.len;
    image.len = at;
    put32(&image, value);
    image.len = len;
    assert_says(read_image(&image), TL_E_DAMAGED, words);
    assert_int_equal(reading.count, at < 80 ? 0 : 1);
    reading_fini(&reading);
}

static void test_damage(void **state)
{
    (void)state;
    damage(120 + 4, 0, "damaged after packet 1 at byte 120: a block of type 0x6 has the invalid length 0");
    damage(120 + 4, 28, "invalid length");
    damage(120 + 4, 42, "invalid length");
    damage(120 + 4, 0xfffffffc, "invalid length");
    damage(120 + 4, 0x1000004, "invalid length");
    damage(120 + 4, 0x100000, "cut short after packet 1 at byte 120: the block has 1048576 bytes, 80 are left");
    damage(120 + 4, 36, "two lengths of a block differ");
    damage(120 + 36, 44, "two lengths of a block differ");
    damage(120 + 8, 1, "packet of interface 1, the section has 1");
    damage(120 + 20, 9, "a packet exceeds its block");
    damage(120 + 20, 0xffffffff, "a packet exceeds its block");
    damage(120, SHB, "invalid byte-order magic in a section");
    damage(8, 0, "invalid byte-order magic in a section");
    damage(12, 2, "unknown pcapng version");
    damage(28 + 16, 0xffff0002, "exceed their block");
    damage(28 + 16 + 8 + 4, 20, "invalid time resolution");
    damage(28 + 16 + 8 + 4, 0xff, "invalid time resolution");
}

/* Every prefix gives the whole packets, and an error unless it ends after a block. */
static void test_prefixes(void **state)
{
    (void)state;
    struct image image = { .big_endian = true };
    size_t ends[5];
    put_section(&image, UINT64_MAX);
    ends[0] = image.len;
    put_interface(&image, 1, 0, 6, 0);
    ends[1] = image.len;
    put_packet(&image, 0, 1, 9, 9, "x");
    ends[2] = image.len;
    put_other(&image, 4, 5);
    ends[3] = image.len;
    put_packet(&image, 0, 2, 17, 17, NULL);
    ends[4] = image.len;
    for (size_t len = 0; len <= image.len; len++) {
        reading_init(&reading, image.data, len);
        bool clean = false;
        for (uint32_t i = 0; i < TL_COUNT(ends); i++)
            clean |= ends[i] == len;
        assert_int_equal(reading.count, len >= ends[4] ? 2 : len >= ends[2] ? 1 : 0);
        assert_int_equal(reading.failure, clean ? TL_E_NONE : TL_E_DAMAGED);
        assert_int_equal(reading.error.text[0] == '\0', clean);
        reading_fini(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),      cmocka_unit_test(test_extras),   cmocka_unit_test(test_many_extras),
        cmocka_unit_test(test_bulky_extras),  cmocka_unit_test(test_long_interface),
        cmocka_unit_test(test_other_packets), cmocka_unit_test(test_times),    cmocka_unit_test(test_damage),
        cmocka_unit_test(test_dropped),       cmocka_unit_test(test_no_snaplen),    cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
