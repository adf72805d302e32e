/* pcap.c - tests of capture/pcap.c: variants, damage, truncation at every offset. */
#include "captures.h"

#define USEC          0xa1b2c3d4
#define NSEC          0xa1b23c4d
#define PATCHED       0xa1b2cd34
#define IXIA_HARDWARE 0x1c0001ac
#define IXIA_SOFTWARE 0x1c0001ab

static struct reading reading;

static const struct reading *read_image(const struct image *image)
{
    reading_init(&reading, image->data, image->len);
    return &reading;
}

static void check_packet(const struct tl_packet *packet, uint32_t number, int64_t ts, uint32_t caplen, uint32_t len)
{
    assert_int_equal(packet->number, number);
    assert_int_equal(packet->ts, ts);
    assert_int_equal(packet->caplen, caplen);
    assert_int_equal(packet->len, len);
    assert_int_equal(packet->options_len, 0);
    assert_true(is_pattern(packet->bytes, (uint32_t)(ts / 1000000000), caplen));
}

static void put_variant(struct image *image, uint32_t magic)
{
    put_pcap_header(image, magic, 2, 4, 113);
    if (magic == IXIA_HARDWARE || magic == IXIA_SOFTWARE)
        put32(image, 12345);
    for (uint32_t i = 1; i <= 6; i++) {
        put32(image, i);
        put32(image, i * 100);
        put32(image, i * 10);
        put32(image, i * 10 + i % 2);
        if (magic == PATCHED)
            put(image, "\1\2\3\4\5\6\7\10", 8);
        put_pattern(image, i, i * 10);
    }
}

static void test_variants(void **state)
{
    (void)state;
    const uint32_t magics[] = { USEC, NSEC, PATCHED, IXIA_HARDWARE, IXIA_SOFTWARE };
    for (unsigned k = 0; k < TL_COUNT(magics) * 2; k++) {
        uint32_t magic = magics[k / 2];
        struct image image = { .big_endian = k & 1 };
        put_variant(&image, magic);
        const struct reading *r = read_image(&image);
        bool nanoseconds = magic == NSEC || magic == IXIA_HARDWARE;
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 6);
        for (uint32_t i = 1; i <= 6; i++)
            check_packet(&r->packets[i - 1], i, i * 1000000000LL + i * (nanoseconds ? 100 : 100000), i * 10,
                         i * 10 + i % 2);
        const struct tl_interface *interface = tl_interfaces_get(r->interfaces, r->packets[0].interface);
        assert_int_equal(interface->linktype, 113);
        assert_int_equal(r->packets[5].linktype, 113);
        assert_int_equal(interface->decimals, nanoseconds ? 9 : 6);
        assert_int_equal(interface->big_endian, image.big_endian);
        assert_int_equal(interface->snaplen, 65535);
        assert_int_equal(interface->section, UINT32_MAX);
        assert_int_equal(r->blocks[0]->file_end, image.len - 50 - 60 - (magic == PATCHED ? 48U : 32U));
        reading_fini(&reading);
    }
}

/* Before 2.3 len comes first; 2.3 has either order; DG/UX writes 543.0. */
static void test_order_of_lengths(void **state)
{
    (void)state;
    static const struct {
        uint32_t major, minor, first, second, caplen, len;
    } cases[] = {
        { 2, 2, 30, 20, 20, 30 }, { 2, 0, 30, 20, 20, 30 },   { 2, 3, 30, 20, 20, 30 }, { 2, 3, 20, 30, 20, 30 },
        { 2, 4, 20, 30, 20, 30 }, { 543, 0, 30, 20, 20, 30 }, { 2, 4, 30, 20, 30, 30 }, { 2, 7, 20, 30, 20, 30 },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct image image = { .len = 0 };
        put_pcap_header(&image, USEC, cases[i].major, cases[i].minor, 1);
        put32(&image, 9);
        put32(&image, 1);
        put32(&image, cases[i].first);
        put32(&image, cases[i].second);
        put_pattern(&image, 9, cases[i].caplen);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 1);
        check_packet(&r->packets[0], 1, 9000001000, cases[i].caplen, cases[i].len);
        reading_fini(&reading);
    }
}

/* Lengths that are invalid in both orders are not swapped. */
static void test_order_in_doubt(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_pcap_header(&image, USEC, 2, 3, 1);
    put32(&image, 9);
    put32(&image, 1);
    put32(&image, 0x20202020);
    put32(&image, 4);
    put_pattern(&image, 9, 4);
    assert_says(read_image(&image), TL_E_DAMAGED, "invalid record length 538976288");
    assert_int_equal(reading.count, 0);
    reading_fini(&reading);
}

static void test_link_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t version, field, linktype, decimals;
    } cases[] = {
        { 4, 12, 101, 6 },       { 4, 14, 101, 6 }, { 4, 101, 101, 6 },   { 4, 11, 100, 6 }, { 4, 19, 106, 6 },
        { 4, 0x30000001, 1, 6 }, { 4, 6, 6, 6 },    { 4, 8224, 8224, 6 }, { 2, 6, 1, 9 },    { 2, 9, 6, 9 },
        { 2, 15, 10, 9 },        { 2, 24, 0, 9 },   { 2, 1, 1, 6 },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct image image = { .len = 0 };
        put_pcap_header(&image, USEC, 2, cases[i].version, cases[i].field);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_NONE, "");
        assert_int_equal(r->count, 0);
        assert_int_equal(tl_interfaces_get(r->interfaces, 0)->linktype, cases[i].linktype);
        assert_int_equal(tl_interfaces_get(r->interfaces, 0)->decimals, cases[i].decimals);
        reading_fini(&reading);
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_pcap_header(&image, USEC, 1, 4, 1);
    assert_says(read_image(&image), TL_E_DAMAGED, "unknown pcap version 1.4");
    reading_fini(&reading);
    image.len = 0;
    put_pcap_header(&image, USEC, 2, 4, 0x00300001);
    assert_says(read_image(&image), TL_E_DAMAGED, "reserved bits");
    reading_fini(&reading);
    image.len = 0;
    put_pcap_header(&image, 0xa1b2c3d5, 2, 4, 1);
    assert_says(read_image(&image), TL_E_DAMAGED, "not a capture file");
    reading_fini(&reading);
}

/* An invalid length allocates nothing, however long the file is. */
static void test_damaged_length(void **state)
{
    (void)state;
    const uint32_t lengths[] = { 262145, 0x7fffffff, 0x80000000, 0xffffffff };
    for (unsigned k = 0; k < TL_COUNT(lengths); k++) {
        struct image image = { .len = 0 };
        put_pcap_header(&image, USEC, 2, 4, 1);
        put_record(&image, 1, 2, 30, 30);
        put_record(&image, 2, 2, 40, 40);
        put32(&image, 3);
        put32(&image, 0);
        put32(&image, lengths[k]);
        put32(&image, lengths[k]);
        put_pattern(&image, 3, 60000);
        const struct reading *r = read_image(&image);
        assert_says(r, TL_E_DAMAGED, "damaged at packet 3, byte 126: invalid record length ");
        assert_int_equal(r->count, 2);
        reading_fini(&reading);
    }
}

/* Every prefix gives the whole packets, and an error unless it ends after a packet. */
static void test_prefixes(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    size_t ends[4];
    put_pcap_header(&image, USEC, 2, 4, 1);
    ends[0] = image.len;
    put_record(&image, 5, 0, 13, 20);
    ends[1] = image.len;
    put_record(&image, 6, 0, 0, 0);
    ends[2] = image.len;
    put_record(&image, 7, 0, 60, 60);
    ends[3] = image.len;
    for (size_t len = 0; len <= image.len; len++) {
        reading_init(&reading, image.data, len);
        uint32_t whole = 0;
        bool clean = false;
        for (uint32_t i = 0; i < 4; i++) {
            whole = ends[i] <= len ? i : whole;
            clean |= ends[i] == len;
        }
        assert_int_equal(reading.count, whole);
        assert_int_equal(reading.failure, clean ? TL_E_NONE : TL_E_DAMAGED);
        assert_int_equal(reading.error.text[0] == '\0', clean);
        for (uint32_t i = 0; i < reading.count; i++)
            assert_true(is_pattern(reading.packets[i].bytes, 5 + i, reading.packets[i].caplen));
        reading_fini(&reading);
    }
    reading_init(&reading, image.data, image.len - 10);
    assert_says(&reading, TL_E_DAMAGED, "cut short in packet 3 at byte 69: the record has 60 bytes, 50 are left");
    reading_fini(&reading);
    reading_init(&reading, image.data, ends[2] + 3);
    assert_says(&reading, TL_E_DAMAGED, "cut short in packet 3 at byte 69: a record header has 16 bytes, 3 are left");
    reading_fini(&reading);
    reading_init(&reading, image.data, 10);
    assert_says(&reading, TL_E_DAMAGED, "cut short in the file header: 10 of 24 bytes");
    reading_fini(&reading);
}

static void test_times(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_pcap_header(&image, USEC, 2, 4, 1);
    put_record(&image, 0xffffffff, 0xffffffff, 4, 4);
    const struct reading *r = read_image(&image);
    assert_int_equal(r->packets[0].ts, 4294967295 * 1000000000 + 4294967295 * 1000);
    reading_fini(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),       cmocka_unit_test(test_order_of_lengths),
        cmocka_unit_test(test_order_in_doubt), cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_damaged_length),
        cmocka_unit_test(test_prefixes),       cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
