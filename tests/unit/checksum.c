/* checksum.c - compares the Internet checksum with a naive implementation; when it is verified. */
#include "core/checksum.h"

#include "layers_fixture.h"

static uint16_t plain(uint32_t carried, const uint8_t *p, size_t n)
{
    uint64_t sum = carried;
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint64_t)p[i] << 8 | p[i + 1];
    if (n % 2 != 0)
        sum += (uint64_t)p[n - 1] << 8;
    while (sum >> 16 != 0)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)sum;
}

static void test_example(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 }; /* RFC 1071 3 */
    assert_int_equal(tl_checksum_add(0, bytes, sizeof bytes), 0xddf2);
    assert_int_equal(tl_checksum_add(7, bytes, 0), 7);
    assert_int_equal(tl_checksum_fold(0x0001ffff), 1);
    assert_int_equal(tl_checksum_fold(0xffffffff), 0xffff);
}

/* Every length and alignment, up to the last byte before the guard page. */
static void test_lengths(void **state)
{
    struct fixture *f = *state;
    uint32_t seed = 1;
    for (size_t i = 0; i < FIXTURE_ROOM; i++) {
        seed = seed * 1664525 + 1013904223;
        f->page[i] = (uint8_t)(seed >> 24);
    }
    for (size_t n = 0; n <= 300; n++) {
        for (size_t back = 0; back < 8; back++) {
            const uint8_t *p = f->page + FIXTURE_ROOM - n - back;
            assert_int_equal(tl_checksum_add(0, p, n), plain(0, p, n));
            assert_int_equal(tl_checksum_add(0xfffffff0, p, n), plain(0xfffffff0, p, n));
        }
    }
    assert_int_equal(tl_checksum_add(0, f->page, FIXTURE_ROOM), plain(0, f->page, FIXTURE_ROOM));
}

static void test_carries(void **state)
{
    struct fixture *f = *state;
    memset(f->page, 0xff, FIXTURE_ROOM);
    for (size_t n = 2; n <= 256; n += 2)
        assert_int_equal(tl_checksum_add(0, f->page + FIXTURE_ROOM - n, n), 0xffff);
    memset(f->page, 0, FIXTURE_ROOM);
    assert_int_equal(tl_checksum_add(0, f->page, FIXTURE_ROOM), 0);
}

/* An IPv4 TCP packet, "hello", with correct checksums. */
#define IP_TCP "45 00 00 2d 00 01 00 00 40 06 66 c8 0a 00 00 01 0a 00 00 02"

static void put_checksum(struct fixture *f, uint16_t sum)
{
    tl_store_be16(f->packet + 36, sum);
}

/* The pseudo-header sum that the stack leaves to the card. */
static uint32_t pseudo(const struct fixture *f)
{
    return plain(6, f->packet + 12, 8);
}

static void load(struct fixture *f)
{
    f->verify = true;
    f->len = hex_bytes(f->packet, sizeof f->packet, IP_TCP "04 d2 00 50 00 00 00 01 00 00 00 02 50 18 20 00"
                                                           "00 00 00 00 68 65 6c 6c 6f");
    tl_store_be16(f->packet + 10, 0);
    tl_store_be16(f->packet + 10, (uint16_t)~plain(0, f->packet, 20));
    put_checksum(f, (uint16_t)~plain(pseudo(f) + 25, f->packet + 20, 25));
}

static void test_good(void **state)
{
    struct fixture *f = *state;
    load(f);
    decode_packet(f, "ip");
    assert_layers(f, "ip:tcp");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_RIGHT);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_RIGHT);
}

static void test_bad(void **state)
{
    struct fixture *f = *state;
    load(f);
    f->packet[f->len - 1] ^= 1;
    f->packet[8]--;
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_WRONG);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
    f->verify = false;
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_UNKNOWN);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_UNKNOWN);
}

static void test_offloaded(void **state)
{
    struct fixture *f = *state;
    load(f);
    put_checksum(f, plain(pseudo(f) + 25, NULL, 0));
    decode_packet(f, "ip");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_OFFLOADED);
    put_checksum(f, (uint16_t)pseudo(f)); /* without the length: large segments are cut by the card */
    decode_packet(f, "ip");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_OFFLOADED);
    put_checksum(f, (uint16_t)(pseudo(f) + 1));
    decode_packet(f, "ip");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
}

/* An offloaded IPv4 header checksum is zero. No correct header has that value, except one that is accepted anyway. */
static void test_header_offloaded(void **state)
{
    struct fixture *f = *state;
    load(f);
    tl_store_be16(f->packet + 10, 0);
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_OFFLOADED);
    tl_store_be16(f->packet + 10, 1);
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_WRONG);
    load(f);
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_RIGHT);
    f->verify = false;
    tl_store_be16(f->packet + 10, 0);
    decode_packet(f, "ip");
    assert_int_equal(f->net.checksum, TL_CHECKSUM_UNKNOWN);
}

/* Incomplete data cannot be verified. */
static void test_cut(void **state)
{
    struct fixture *f = *state;
    load(f);
    put_checksum(f, 0x1234);
    fixture_run(f, TL_PROTOCOL_ip, f->len - 1, f->len, false);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_UNKNOWN);
    fixture_run(f, TL_PROTOCOL_ip, f->len - 1, f->len - 1, false); /* the length says more than there is */
    assert_true(f->d.length_clipped);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_UNKNOWN);
    fixture_run(f, TL_PROTOCOL_ip, f->len, f->len, false);
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
}

/* Bytes after the packet (Ethernet padding) are not part of the sum. */
static void test_padding(void **state)
{
    struct fixture *f = *state;
    load(f);
    f->packet[f->len++] = 0xee;
    f->packet[f->len++] = 0xee;
    decode_packet(f, "ip");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_RIGHT);
}

/* RFC 768: 0 means no checksum. IPv6 does not allow that (RFC 8200 8.1). */
static void test_udp_without(void **state)
{
    struct fixture *f = *state;
    f->verify = true;
    decode(f, "ip", "45 00 00 1d 00 00 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 09 00 00 41");
    assert_layers(f, "ip:udp");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_UNKNOWN);
    decode(f, "ipv6", "60 00 00 00 00 09 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
                      "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 10 00 20 00 00 09 00 00 41");
    assert_layers(f, "ipv6:udp");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
}

/* Zero is wrong if the sum fits, too: it would be sent as ffff. In a tunnel it is none (RFC 6935). */
static void test_udp_without_ipv6(void **state)
{
    struct fixture *f = *state;
    f->verify = true;
    f->len = hex_bytes(f->packet, sizeof f->packet,
                       "60 00 00 00 00 0a 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
                       "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 10 00 20 00 00 0a 00 00 00 00");
    tl_store_be16(f->packet + 48, (uint16_t)~plain(17 + 10, f->packet + 8, 42));
    decode_packet(f, "ipv6");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
    tl_store_be16(f->packet + 46, 0xffff);
    decode_packet(f, "ipv6");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_RIGHT);
    tl_store_be16(f->packet + 46, 0);
    static const uint16_t tunnels[] = { 2152, 4341, 4754, 4789, 4790, 6081, 6635, 8472 };
    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
        tl_store_be16(f->packet + 42, tunnels[i]);
        decode_packet(f, "ipv6");
        assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_UNKNOWN);
        tl_store_be16(f->packet + 42, 9999);
        tl_store_be16(f->packet + 40, tunnels[i]); /* a tunnel is known by where it goes to */
        decode_packet(f, "ipv6");
        assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
    }
}

/* The pseudo-header has the final destination, not the next hop (RFC 8200 8.1). */
static void test_routed(void **state)
{
    struct fixture *f = *state;
    f->verify = true;
    f->len = hex_bytes(f->packet, sizeof f->packet,
                       "60 00 00 00 00 21 2b 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
                       "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02"
                       "11 02 00 01 00 00 00 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 03"
                       "10 00 20 00 00 09 00 00 41");
    uint32_t sum = plain(17 + 9, f->packet + 8, 16);
    sum = plain(plain(sum, f->packet + 48, 16), f->packet + 64, 9);
    tl_store_be16(f->packet + 70, (uint16_t)~sum);
    decode_packet(f, "ipv6");
    assert_layers(f, "ipv6:udp");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_RIGHT);
    f->packet[63] ^= 1; /* another end */
    decode_packet(f, "ipv6");
    assert_int_equal(f->frame.seg.checksum, TL_CHECKSUM_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example), cmocka_unit_test(test_lengths),   cmocka_unit_test(test_carries),
        cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),       cmocka_unit_test(test_offloaded),
        cmocka_unit_test(test_header_offloaded),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_padding),   cmocka_unit_test(test_udp_without),
        cmocka_unit_test(test_udp_without_ipv6),
        cmocka_unit_test(test_routed),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
