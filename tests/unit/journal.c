/* journal.c - packets of a capture file, read back while it is being written: behind gaps, of several link types, and old ones. */
#include "export_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "export/journal.h"

enum { PACKETS = 10000, LEN_MOST = 100, GAP_EVERY = 1000, GAP = 7, OTHER_EVERY = 333, MEMORY = 1 << 16 };

static uint32_t fill(uint64_t number, uint8_t *bytes)
{
    uint32_t len = 14 + (uint32_t)(number / 2 % (LEN_MOST - 14)); /* one that is left out is as long as the next */
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(number * 31 + i);
    return len;
}

static bool is_left_out(uint64_t number, bool pcapng)
{
    return !pcapng && number % OTHER_EVERY == 0;
}

/* One packet a block; some are of another link type, which pcap cannot hold, and some numbers are not there. */
static void write_one(struct tl_sink *sink, uint64_t number)
{
    uint8_t bytes[LEN_MOST];
    uint32_t len = fill(number, bytes);
    struct tl_error error = { 0 };
    struct tl_packet packet = { .ts = (int64_t)number * 1000, .number = number, .bytes = bytes, .caplen = len, .len = len };
    packet.interface = number % OTHER_EVERY == 0;
    packet.linktype = packet.interface == 0 ? 1 : 101;
    struct tl_block block = { .packets = &packet, .count = 1, .capacity = 1 };
    assert_int_equal(sink->block(sink, &block, &error), TL_E_NONE);
}

static bool is_gap(uint64_t number)
{
    return number % GAP_EVERY < GAP;
}

static void check(bool pcapng, size_t memory, uint64_t oldest)
{
    char name[] = "/tmp/taplight-journal-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_error error = { 0 };
    tl_interfaces_add(interfaces, &(struct tl_interface){ .linktype = 1, .section = UINT32_MAX, .decimals = 6 });
    tl_interfaces_add(interfaces, &(struct tl_interface){ .linktype = 101, .section = UINT32_MAX, .decimals = 6 });
    close(fd);
    char path[64];
    snprintf(path, sizeof path, "%s", name);
    struct tl_journal *journal = tl_journal_new(memory);
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(path, &error), interfaces, pcapng, path);
    assert_non_null(sink);
    tl_capture_file_journal(sink, journal);
    int reading = open(path, O_RDONLY | O_CLOEXEC);
    tl_journal_begin(journal, reading, pcapng); /* the output of this test can only be written */
    close(reading);
    for (uint64_t number = 1; number <= PACKETS; number++) {
        if (!is_gap(number))
            write_one(sink, number);
    }
    assert_int_equal(sink->tick(sink, &error), TL_E_NONE);
    uint64_t read = 0;
    for (uint64_t number = 0; number <= PACKETS + 1; number++) {
        uint8_t due[LEN_MOST], bytes[LEN_MOST];
        uint32_t len = fill(number, due);
        bool there = tl_journal_read(journal, number, bytes, len);
        bool should = number > 0 && number <= PACKETS && !is_gap(number) && !is_left_out(number, pcapng);
        assert_false(there && !should);
        assert_false(!there && should && number >= oldest);
        if (there)
            assert_memory_equal(bytes, due, len);
        assert_false(there && tl_journal_read(journal, number, bytes, len - 1)); /* it is not what was asked for */
        read += there;
    }
    assert_true(read > 0);
    tl_journal_free(journal);
    (void)sink->close(sink, &error);
    sink->free(sink);
    tl_interfaces_free(interfaces);
    unlink(name);
}

static void test_pcap(void **state)
{
    (void)state;
    check(false, MEMORY, 0);
}

static void test_pcapng(void **state)
{
    (void)state;
    check(true, MEMORY, 0);
}

/* Room for 64 entries: the newest packets are found, older ones are not taken for others. */
static void test_little_memory(void **state)
{
    (void)state;
    check(false, 1, PACKETS - 1000);
    check(true, 1, PACKETS - 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pcap), cmocka_unit_test(test_pcapng),
                                        cmocka_unit_test(test_little_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
