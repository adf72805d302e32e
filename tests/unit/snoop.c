/* snoop.c - tests of capture/snoop.c: packets, padding, link types, damage, truncation at every offset. */
#include "captures.h"

enum { FILE_HEADER = 16, RECORD_HEADER = 24 };

static struct reading reading;

static const struct reading *read_image(const struct image *image)
{
    reading_init(&reading, image->data, image->len);
    return &reading;
}

static void put_snoop_header(struct image *image, uint32_t version, uint32_t datalink)
{
    put(image, "snoop\0\0", 8);
    put32(image, version);
    put32(image, datalink);
}

static void put_snoop_record(struct image *image, uint32_t seconds, uint32_t caplen, uint32_t len, uint32_t padding,
                             uint32_t dropped)
{
    put32(image, len);
    put32(image, caplen);
    put32(image, RECORD_HEADER + caplen + padding);
    put32(image, dropped);
    put32(image, seconds);
    put32(image, seconds * 11);
    put_pattern(image, seconds, caplen);
    put(image, "#####", padding);
}

static void put_five(struct image *image)
{
    image->big_endian = true;
    put_snoop_header(image, 2, 4);
    for (uint32_t i = 1; i <= 5; i++)
        put_snoop_record(image, i, i * 10, i * 10 + i % 2, i, i / 2 * 7);
}

static void check_packets(const struct reading *r, uint32_t count)
{
    assert_int_equal(r->count, count);
    for (uint32_t i = 1; i <= count; i++) {
        const struct tl_packet *packet = &r->packets[i - 1];
        assert_int_equal(packet->number, i);
        assert_int_equal(packet->ts, i * 1000011000LL);
        assert_int_equal(packet->caplen, i * 10);
        assert_int_equal(packet->len, i * 10 + i % 2);
        assert_int_equal(packet->linktype, 1);
        assert_true(is_pattern(packet->bytes, i, i * 10));
    }
}

static void test_packets(void **state)
{
    (void)state;
    struct image image = { 0 };
    put_five(&image);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    check_packets(r, 5);
    const struct tl_interface *interface = tl_interfaces_get(r->interfaces, r->packets[0].interface);
    assert_int_equal(interface->linktype, 1);
    assert_int_equal(interface->decimals, 6);
    assert_int_equal(r->packets[1].place - r->packets[0].place, RECORD_HEADER + 11);
    reading_fini(&reading);
}

/* Records count drops since the first one; the capturing program may have restarted. */
static void test_dropped(void **state)
{
    (void)state;
    struct image image = { .big_endian = true };
    put_snoop_header(&image, 2, 4);
    static const uint32_t dropped[] = { 0, 3, 3, 2, 5 };
    for (unsigned i = 0; i < TL_COUNT(dropped); i++)
        put_snoop_record(&image, i, 10, 10, 2, dropped[i]);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    assert_dropped(r, 3 + 2 + 3, 0);
    reading_fini(&reading);
}

static void test_link_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t datalink, linktype;
    } cases[] = { { 0, 1 }, { 2, 6 }, { 4, 1 }, { 8, 10 }, { 18, 123 } };
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct image image = { .big_endian = true };
        put_snoop_header(&image, 2, cases[i].datalink);
        put_snoop_record(&image, 1, 10, 10, 2, 0);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 1);
        assert_int_equal(r->packets[0].linktype, cases[i].linktype);
        reading_fini(&reading);
    }
}

/* Truncated anywhere: all whole packets are returned; no error only at the end of a record. */
static void test_cut(void **state)
{
    (void)state;
    struct image image = { 0 };
    put_five(&image);
    size_t whole = image.len, end = FILE_HEADER;
    for (uint32_t i = 1; i <= 5; i++) {
        size_t start = end;
        end += RECORD_HEADER + i * 10 + i;
        for (image.len = start + 1; image.len <= end; image.len++) {
            bool packet_there = image.len >= end - i;
            const struct reading *r = read_image(&image);
            assert_says(r, image.len == end ? TL_E_NONE : TL_E_DAMAGED, image.len == end ? "" : "cut short in packet");
            check_packets(r, packet_there ? i : i - 1);
            reading_fini(&reading);
        }
    }
    assert_int_equal(end, whole);
    for (image.len = 4; image.len < FILE_HEADER; image.len++) {
        assert_says(read_image(&image), TL_E_DAMAGED, "cut short in the file header");
        reading_fini(&reading);
    }
}

static void test_damage(void **state)
{
    (void)state;
    enum { THIRD = FILE_HEADER + RECORD_HEADER + 11 + RECORD_HEADER + 22 };
    static const struct {
        size_t at;
        uint32_t value, packets;
        const char *words;
    } cases[] = {
        { THIRD + 8, RECORD_HEADER + 29, 2, "damaged at packet 3, byte 97: invalid record length 53 for 30 packet" },
        { THIRD + 8, 0, 2, "damaged at packet 3" },
        { THIRD + 8, 0xffffffff, 2, "damaged at packet 3" },
        { THIRD + 4, 0xffffffff, 2, "damaged at packet 3" },
        { THIRD + 4, 262145, 2, "damaged at packet 3" },
        { THIRD + 8, 1 << 20, 3, "cut short in packet 3 at byte 97: the record has 1048576 bytes, 204 are left" },
        { 4, 0x70000001, 0, "not a snoop file" },
        { 8, 3, 0, "unsupported snoop version 3" },
        { 12, 5, 0, "data link type 5" },
    };
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct image image = { 0 };
        put_five(&image);
        tl_store_be32(image.data + cases[i].at, cases[i].value);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_DAMAGED, cases[i].words);
        check_packets(r, cases[i].packets);
        reading_fini(&reading);
    }
}

/* caplen above len: len is raised to caplen. */
static void test_len_below_caplen(void **state)
{
    (void)state;
    struct image image = { .big_endian = true };
    put_snoop_header(&image, 2, 4);
    put_snoop_record(&image, 1, 30, 20, 2, 0);
    const struct reading *r = read_image(&image);
    assert_says(r, TL_E_NONE, "");
    assert_int_equal(r->packets[0].len, 30);
    reading_fini(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets), cmocka_unit_test(test_link_types), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damage),  cmocka_unit_test(test_dropped),    cmocka_unit_test(test_len_below_caplen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
