/* statistics.c - tests of capture/statistics.h: the pcapng reader reads back what was written. */
#include "captures.h"

#include "capture/statistics.h"

static void put_head(struct image *image, unsigned interfaces)
{
    static const uint8_t section[] = { 0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0 };
    static const uint8_t interface[] = { 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0 };
    put(image, section, sizeof section);
    for (unsigned i = 0; i < interfaces; i++)
        put(image, interface, sizeof interface);
}

static void test_read_back(void **state)
{
    static struct reading reading;
    struct image image = { 0 };
    uint8_t block[TL_STATISTICS_SIZE];
    (void)state;
    put_head(&image, 2);
    static const struct tl_source_stats counts[] = {
        { .received = 9, .dropped_kernel = UINT64_C(5) << 32, .dropped_interface = 7 },
        { .received = 1, .dropped_kernel = 11, .dropped_interface = 0 },
    };
    for (uint32_t i = 0; i < 2; i++) {
        tl_statistics_put(block, i, UINT64_C(0x123456789abcdef0), &counts[i]);
        put(&image, block, sizeof block);
    }
    reading_init(&reading, image.data, image.len);
    assert_says(&reading, TL_E_NONE, "");
    assert_dropped(&reading, (UINT64_C(5) << 32) + 11, 7);
    assert_int_equal(reading.extra_count, 3);
    static const uint8_t time[] = { 0x78, 0x56, 0x34, 0x12, 0xf0, 0xde, 0xbc, 0x9a };
    assert_memory_equal(reading.extras[1].block.data + 12, time, sizeof time);
    reading_fini(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
