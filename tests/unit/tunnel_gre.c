/* tunnel_gre.c - GRE: the VLAN of mirrored frames, 802.11 frames of Aruba, GRE in UDP. */
#include "variants_fixture.h"

#define TO_AP "88 01 2c 00 " A B A "10 00 00 00 "

static void test_erspan_vlan(void **state)
{
    static const struct {
        const char *hex, *layers;
        uint16_t vlan, inner; /* ids + 1 */
    } rows[] = {
        { "10 00 88 be 00 00 00 01 10 64 00 0b 00 00 00 02" MACS "08 00" IP, "gre:eth:ip:udp", 101, 0 },
        { "10 00 88 be 00 00 00 01 10 64 18 0b 00 00 00 02" MACS "81 00 00 07 86 dd" IPV6, "gre:eth:vlan:ipv6:udp", 8, 0 },
        { "10 00 88 be 00 00 00 01 10 00 00 0b 00 00 00 02" MACS "08 00" IP, "gre:eth:ip:udp", 0, 0 },
        { "00 00 88 be" MACS "08 00" IP, "gre:eth:ip:udp", 0, 0 }, /* type I has no VLAN */
        { "10 00 22 eb 00 00 00 01 20 c8 00 0b 11 22 33 44 00 05 80 00" MACS "08 00" IP, "gre:eth:ip:udp", 201, 0 },
        { "10 00 22 eb 00 00 00 01 20 c8 00 0b 11 22 33 44 00 05 08 00" IP, "gre:raw:ip:udp", 0, 0 }, /* not of Ethernet */
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        decode(f, "gre", rows[i].hex);
        assert_layers(f, rows[i].layers);
        assert_int_equal(f->frame.vlan, rows[i].vlan);
        assert_int_equal(f->frame.inner_vlan, rows[i].inner);
    }
    /* after a tag outside the tunnel */
    decode(f, "eth", MACS "81 00 00 05 08 00 45 00 00 4e 00 01 00 00 40 2f 00 00 0a 00 00 01 0a 00 00 02 "
                     "10 00 88 be 00 00 00 01 10 64 00 0b 00 00 00 02" MACS "08 00" IP);
    assert_layers(f, "eth:vlan:ip:gre:eth:ip:udp");
    assert_int_equal(f->frame.vlan, 6);
    assert_int_equal(f->frame.inner_vlan, 101);
}

static void test_aruba(void **state)
{
    static const struct variant variants[] = {
        { "gre", "00 00 82 00 " TO_AP SNAP_IP, "gre:wlan:llc:ip:udp", "gre.proto", 0x8200, NULL },
        { "gre", "00 00 82 40 " TO_AP SNAP_IP, "gre:wlan:llc:ip:udp", "wlan.seq", 1, NULL },
        { "gre", "00 00 83 70 " TO_AP "aa aa 03 00 00 00 86 dd " IPV6, "gre:wlan:llc:ipv6:udp", "gre.proto", 0x8370, NULL },
        { "gre", "20 00 83 00 00 00 00 07 " TO_AP SNAP_IP, "gre:wlan:llc:ip:udp", "gre.key", 7, NULL },
        { "gre", "00 00 90 00 " TO_AP SNAP_IP, "gre:wlan:llc:ip:udp", "gre.proto", 0x9000, NULL },
        { "gre", "00 00 90 00 00 00 01 00 00 00", "gre", "gre.proto", 0x9000, NULL }, /* a loopback test */
        { "gre", "00 00 82 01 " TO_AP SNAP_IP, "gre", "gre.proto", 0x8201, NULL },
        { "gre", "00 00 83 80 " TO_AP SNAP_IP, "gre", "gre.proto", 0x8380, NULL },
        { "gre", "00 00 82 00 88 01 2c", "gre:wlan!", "gre.proto", 0x8200, NULL },
    };
    CHECK(variants);
}

static void test_gre_udp(void **state)
{
    static const struct variant variants[] = {
        { "gre_udp", "00 00 08 00 " IP, "gre_udp:ip:udp", "gre.proto", 0x0800, NULL },
        { "gre_udp", "20 00 86 dd 00 00 00 07 " IPV6, "gre_udp:ipv6:udp", "gre.key", 7, NULL },
        { "gre_udp", "00 00 65 58 " MACS "81 00 00 05 08 00" IP, "gre_udp:eth:vlan:ip:udp", "vlan.id", 5, NULL },
        { "gre_udp", "b0 00 08 00 12 34 00 00 00 00 00 2a 00 00 00 07 " IP, "gre_udp:ip:udp", "gre.sequence_number", 7, NULL },
        { "gre_udp", "20 00 08 00 00 00", "gre_udp!", "gre.flags.key", 1, NULL },
    };
    static const struct {
        const char *hex;
        enum tl_probe answer;
    } probed[] = {
        { "00 00 08 00 " IP, TL_PROBE_MAYBE }, { "b0 00 65 58 " IP, TL_PROBE_MAYBE }, { "00 01 08 00 " IP, TL_PROBE_NO },
        { "40 00 08 00 " IP, TL_PROBE_NO },    { "00 00 00 10 " IP, TL_PROBE_NO },    { "00 00 08", TL_PROBE_NO },
    };
    CHECK(variants);
    struct fixture *f = *state;
    struct tl_dissection d = { .flow = { .ip_proto = 17, .home = true } };
    for (size_t i = 0; i < TL_COUNT(probed); i++) {
        uint32_t n = hex_bytes(f->packet, sizeof f->packet, probed[i].hex);
        assert_int_equal(tl_protocol_gre_udp.probe(tl_cursor_on(f->packet, n, n), &d), probed[i].answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erspan_vlan),
        cmocka_unit_test(test_aruba),
        cmocka_unit_test(test_gre_udp),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
