/*
 * journal.c - reads packets back from a capture file while it is written: after gaps, several link types, old packets.
 */
#include "export_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "export/journal.h"

enum {
    PACKETS = 10000,
    LEN_MOST = 100,
    GAP_EVERY = 1000,
    GAP = 7,
    OTHER_EVERY = 333,
    UNTIMED_EVERY = 11,
    MEMORY = 1 << 16
};

static uint32_t fill(uint64_t number, uint8_t *bytes)
{
    uint32_t len = 14 + (uint32_t)(number / 2 % (LEN_MOST - 14)); /* a left-out packet is as long as the next */
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(number * 31 + i);
    return len;
}

static bool is_left_out(uint64_t number, bool pcapng)
{
    return !pcapng && number % OTHER_EVERY == 0;
}

/* Some packets have another link type, which pcap cannot store. */
static struct tl_packet packet_of(uint64_t number, uint8_t *bytes, unsigned decimals)
{
    uint32_t len = fill(number, bytes);
    struct tl_packet packet = { .ts = (int64_t)number * (decimals > 6 ? 999999001 : 999999000),
                                .number = number, .bytes = bytes, .caplen = len, .len = len + 4 };
    packet.untimed = number % UNTIMED_EVERY == 0;
    if (packet.untimed)
        packet.ts = 0;
    if (packet.untimed && number % 2 == 0) /* whole: a simple packet block */
        packet.len = len;
    packet.interface = number % OTHER_EVERY == 0;
    packet.linktype = packet.interface == 0 ? 1 : 101;
    return packet;
}

/* One packet per block; some numbers are missing. */
static void write_one(struct tl_sink *sink, uint64_t number, unsigned decimals)
{
    uint8_t bytes[LEN_MOST];
    struct tl_error error = { 0 };
    struct tl_packet packet = packet_of(number, bytes, decimals);
    struct tl_block block = { .packets = &packet, .count = 1, .capacity = 1 };
    assert_int_equal(sink->block(sink, &block, &error), TL_E_NONE);
}

static bool is_gap(uint64_t number)
{
    return number % GAP_EVERY < GAP;
}

/* The record belongs to another packet. */
static void refuses_others(const struct tl_journal *journal, const struct tl_packet *packet,
                           const struct tl_interface *interface)
{
    uint8_t bytes[LEN_MOST];
    struct tl_packet shorter = *packet, cut = *packet, later = *packet;
    shorter.len--;
    cut.caplen--;
    later.ts += interface->decimals > 6 ? 1 : 1000;
    assert_false(tl_journal_read(journal, &shorter, interface, bytes));
    assert_false(tl_journal_read(journal, &cut, interface, bytes));
    later.untimed = false;
    assert_false(tl_journal_read(journal, &later, interface, bytes));
}

static void check(bool pcapng, unsigned decimals, size_t memory, uint64_t oldest)
{
    char name[] = "/tmp/taplight-journal-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_error error = { 0 };
    struct tl_interface described = { .linktype = 1, .section = UINT32_MAX, .decimals = (uint8_t)decimals };
    tl_interfaces_add(interfaces, &described);
    described.linktype = 101;
    tl_interfaces_add(interfaces, &described);
    close(fd);
    char path[64];
    snprintf(path, sizeof path, "%s", name);
    struct tl_journal *journal = tl_journal_new(memory);
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(path, &error), interfaces, pcapng, path);
    assert_non_null(sink);
    tl_capture_file_journal(sink, journal);
    int reading = open(path, O_RDONLY | O_CLOEXEC);
    tl_journal_begin(journal, reading, pcapng); /* this output is write-only */
    close(reading);
    for (uint64_t number = 1; number <= PACKETS; number++) {
        if (!is_gap(number))
            write_one(sink, number, decimals);
    }
    assert_int_equal(sink->tick(sink, &error), TL_E_NONE);
    uint64_t read = 0;
    for (uint64_t number = 0; number <= PACKETS + 1; number++) {
        uint8_t due[LEN_MOST], bytes[LEN_MOST];
        struct tl_packet packet = packet_of(number, due, decimals);
        const struct tl_interface *interface = tl_interfaces_get(interfaces, packet.interface);
        bool there = tl_journal_read(journal, &packet, interface, bytes);
        bool should = number > 0 && number <= PACKETS && !is_gap(number) && !is_left_out(number, pcapng);
        assert_false(there && !should);
        assert_false(!there && should && number >= oldest);
        if (there)
            assert_memory_equal(bytes, due, packet.caplen);
        if (there && number % 16 == 0)
            refuses_others(journal, &packet, interface);
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
    check(false, 6, MEMORY, 0);
    check(false, 9, MEMORY, 0);
}

static void test_pcapng(void **state)
{
    (void)state;
    check(true, 6, MEMORY, 0);
    check(true, 9, MEMORY, 0);
}

/* Room for 64 entries: the newest packets are found, older ones are not confused with others. */
static void test_little_memory(void **state)
{
    (void)state;
    check(false, 6, 1, PACKETS - 1000);
    check(true, 6, 1, PACKETS - 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pcap), cmocka_unit_test(test_pcapng),
                                        cmocka_unit_test(test_little_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
