/* link_radio.c - what 802.11 frames carry and what carries them: A-MSDU, CAPWAP. */
#include "variants_fixture.h"

#define AP "00 11 22 33 44 ff "
#define QOS "2c 00 " AP A B "10 00 "
#define TO_AP "88 01 " QOS "00 00 "
#define SWAPPED_TO_AP "01 88 " QOS "00 00 "
#define MANY_TO_AP "88 01 " QOS "80 00 "
#define FIRST B A "00 24 " SNAP_IP

static void test_amsdu(void **state)
{
    static const struct variant variants[] = {
        { "wlan", MANY_TO_AP FIRST, "wlan:wlan_aggregate:llc:ip:udp", "wlan_aggregate.a_mdsu.length", 36, NULL },
        { "wlan", MANY_TO_AP FIRST "00 00 " FIRST, "wlan:wlan_aggregate:llc:ip:udp", "wlan_aggregate.a_mdsu.length", 36, NULL },
        { "wlan", MANY_TO_AP B A "00 38 aa aa 03 00 00 00 86 dd " IPV6, "wlan:wlan_aggregate:llc:ipv6:udp",
          "wlan_aggregate.a_mdsu.length", 56, NULL },
        { "wlan", MANY_TO_AP B A "00 28 aa aa 03 00 00 00 81 00 00 05 08 00 " IP, "wlan:wlan_aggregate:llc:vlan:ip:udp",
          "vlan.id", 5, NULL },
        { "wlan", "88 41 " QOS "80 00 " FIRST, "wlan", "wlan.fc.protected", 1, NULL },          /* encrypted */
        { "wlan", MANY_TO_AP B A "00 25 " SNAP_IP, "wlan:wlan_aggregate!", "wlan_aggregate.a_mdsu.length", 37, NULL },
        { "wlan", MANY_TO_AP B A "00 00 ", "wlan:wlan_aggregate", "wlan_aggregate.a_mdsu.length", 0, NULL },
        { "wlan", MANY_TO_AP B "66", "wlan:wlan_aggregate!", NULL, 0, NULL },
        { "gre", "00 00 82 00 " MANY_TO_AP FIRST, "gre:wlan:wlan_aggregate:llc:ip:udp", "gre.proto", 0x8200, NULL },
    };
    CHECK(variants);
    struct fixture *f = *state;
    decode(f, "wlan", MANY_TO_AP FIRST "00 00 " B A "00 02 aa aa 00 00 ");
    assert_int_equal(nth_value(f, "wlan_aggregate.a_mdsu.length", 1), 2);
}

static void test_capwap(void **state)
{
    static const struct variant variants[] = {
        { "capwap", "00 10 43 00 00 00 00 00 " TO_AP SNAP_IP, "capwap:wlan:llc:ip:udp", "capwap.header.rid", 1, NULL },
        { "capwap", "00 10 43 00 00 00 00 00 " SWAPPED_TO_AP SNAP_IP, "capwap:wlan_bsfc:llc:ip:udp", "wlan.fc", 0x8801, NULL },
        { "capwap", "00 30 43 30 00 00 00 00 06 00 11 22 33 44 55 00 04 d8 28 00 6c 00 00 00 " SWAPPED_TO_AP SNAP_IP,
          "capwap:wlan_bsfc:llc:ip:udp", "capwap.header.mac.eui48", 0, "00 11 22 33 44 55" },
        { "capwap", "00 10 42 00 00 00 00 00 " MACS "81 00 00 05 86 dd" IPV6, "capwap:eth:vlan:ipv6:udp", "vlan.id", 5, NULL },
        { "capwap", "00 10 43 00 00 00 00 00 01 88 " QOS "80 00 " FIRST, "capwap:wlan_bsfc:wlan_aggregate:llc:ip:udp",
          "wlan_aggregate.a_mdsu.length", 36, NULL },
        { "capwap", "00 10 42 08 00 00 00 00 00 16 00 23 00 10", "capwap", "capwap.header.flags.k", 1, NULL }, /* keepalive */
        { "capwap", "00 10 43 80 00 07 00 08 " TO_AP SNAP_IP, "capwap", "capwap.header.fragment.offset", 1, NULL },
        { "capwap", "00 10 45 00 00 00 00 00 01 02", "capwap", "capwap.header.wbid", 2, NULL },   /* another binding */
        { "capwap", "01 00 00 00 17 fe fd 00 01", "capwap", "capwap.preamble.type", 1, NULL },    /* DTLS */
        { "capwap", "00 08 43 00 00 00 00 00 " TO_AP SNAP_IP, "capwap!", "capwap.header.length", 1, NULL },
        { "capwap", "00 f8 43 00 00 00 00 00 " "01 02", "capwap!", "capwap.header.length", 31, NULL },
        { "capwap", "00 18 43 10 00 00 00 00 40 11 22 33", "capwap!", "capwap.header.mac.length", 64, NULL },
    };
    static const struct {
        const char *hex;
        enum tl_probe answer;
    } probed[] = {
        { "00 10 43 00 00 00 00 00 " TO_AP, TL_PROBE_MAYBE }, { "01 00 00 00 16 fe ff 00 00", TL_PROBE_NO }, /* DTLS */
        { "00 08 43 00 00 00 00 00 " TO_AP, TL_PROBE_NO },    { "00 f8 43 00 00 00 00 00 01", TL_PROBE_NO },
        { "00 10 43 01 00 00 00 00 " TO_AP, TL_PROBE_NO },    { "00 10 43", TL_PROBE_NO },
    };
    CHECK(variants);
    struct fixture *f = *state;
    struct tl_dissection d = { .flow = { .ip_proto = 17, .home = true } };
    for (size_t i = 0; i < TL_COUNT(probed); i++) {
        uint32_t n = hex_bytes(f->packet, sizeof f->packet, probed[i].hex);
        assert_int_equal(tl_protocol_capwap.probe(tl_cursor_on(f->packet, n, n), &d), probed[i].answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amsdu),
        cmocka_unit_test(test_capwap),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
