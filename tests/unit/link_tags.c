/* link_tags.c - layers between Ethernet and its payload: MACsec, FabricPath, 802.1ah, switch chips. */
#include "variants_fixture.h"

#define ICV "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff "
#define SCI "02 00 00 00 00 01 00 64 "

static void test_macsec(void **state)
{
    static const struct variant variants[] = {
        { "eth", MACS "88 e5 20 00 00 00 00 42 " SCI "08 00" IP ICV, "eth:macsec:ip:udp", "macsec.ICV", 0, ICV },
        { "eth", MACS "81 00 00 05 88 e5 20 00 00 00 00 42 " SCI "86 dd" IPV6 ICV, "eth:vlan:macsec:ipv6:udp", "macsec.PN",
          0x42, NULL },
        { "eth", MACS "88 e5 02 00 00 00 00 43 81 00 00 09 08 00" IP ICV, "eth:macsec:vlan:ip:udp", "macsec.AN", 2, NULL },
        { "macsec", "20 1e 00 00 00 42 " SCI "08 00" IP ICV "00 00 00", "macsec:ip:udp", "macsec.ICV", 0, ICV }, /* padded */
        { "macsec", "20 1e 00 00 00 42 " SCI "08 00" IP "f0 f1 f2", "macsec:ip:udp", "macsec.ICV", 0, "f0 f1 f2" },
        { "macsec", "20 1e 00 00 00 42 " SCI "08 00" IP, "macsec:ip:udp", "macsec.SL", 30, NULL },
        { "macsec", "00 26 00 00 00 42 00 24 " SNAP_IP ICV, "macsec:llc:ip:udp", "macsec.etype", 36, NULL },
        { "macsec", "2c 00 00 00 00 42 " SCI "08 00" IP ICV, "macsec", "macsec.TCI.E", 1, NULL },   /* encrypted */
        { "macsec", "24 00 00 00 00 42 " SCI "08 00" IP ICV, "macsec", "macsec.TCI.C", 1, NULL },   /* changed */
        { "macsec", "a0 00 00 00 00 42 " SCI "08 00" IP ICV, "macsec", "macsec.TCI.V", 1, NULL },   /* another version */
        { "macsec", "20 3f 00 00 00 42 " SCI "08 00" IP ICV, "macsec!", "macsec.SL", 63, NULL },    /* longer than the frame */
        { "macsec", "20 00 00 00 00 42 02 00 00", "macsec!", "macsec.PN", 0x42, NULL },
        { "macsec", "00 00 00 00 00 42 08", "macsec", "macsec.PN", 0x42, NULL },
        { "macsec", "00 00 00 00 00 42 88 e5 00 00 00 00 00 43 08 00" IP ICV ICV, "macsec:macsec:ip:udp", "macsec.PN", 0x42,
          NULL }, /* one inside the other */
    };
    CHECK(variants);
}

#define SWITCHES "02 00 00 00 00 02 02 00 71 03 01 71 "

static void test_fabricpath(void **state)
{
    static const struct variant variants[] = {
        { "eth", SWITCHES "89 03 00 60 " MACS "08 00" IP, "eth:cfp:eth:ip:udp", "cfp.ttl", 32, NULL },
        { "eth", SWITCHES "89 03 00 60 " MACS "81 00 00 05 86 dd" IPV6, "eth:cfp:eth:vlan:ipv6:udp", "cfp.ftag", 1, NULL },
        { "eth", SWITCHES "89 03 00 60 " MACS "00 24 " SNAP_IP, "eth:cfp:eth:llc:ip:udp", "cfp.sswid", 0, NULL },
        { "eth", "02 00 00 00 00 02 02 01 23 04 05 06 89 03 00 60 " MACS "08 00" IP, "eth:cfp:eth:ip:udp", "cfp.swid", 0, NULL },
        { "eth", "02 00 00 00 00 02 02 01 23 04 05 06 89 03 00 60 " MACS "08 00" IP, "eth:cfp:eth:ip:udp", "cfp.lid", 2, NULL },
        { "eth", SWITCHES "89 03 00 60 " SWITCHES "89 03 00 61 " MACS "08 00" IP, "eth:cfp:eth:cfp:eth:ip:udp", "cfp.ttl", 32,
          NULL },
        { "eth", MACS "81 00 00 05 89 03 00 60 " MACS "08 00" IP, "eth:vlan:cfp:eth:ip:udp", "cfp.ttl", 32, NULL },
        { "eth", SWITCHES "89 03 00", "eth:cfp!", "eth.type", 0x8903, NULL },
        { "eth", SWITCHES "89 03 00 60 " A "66", "eth:cfp:eth!", "cfp.ttl", 32, NULL },
    };
    CHECK(variants);
    struct fixture *f = *state;
    decode(f, "eth", "02 00 00 00 00 02 02 01 23 04 05 06 89 03 00 60 " MACS "08 00" IP);
    assert_int_equal(nth_value(f, "cfp.swid", 1), 0x123);
    assert_int_equal(nth_value(f, "cfp.lid", 1), 0x506);
    decode(f, "eth", "03 00 00 00 00 02 02 01 23 04 05 06 89 03 00 60 " MACS "08 00" IP); /* to a group */
    assert_int_equal(value(f, "cfp.swid"), 0x123);
    decode(f, "eth", MACS "81 00 00 05 89 03 00 60 " MACS "08 00" IP);
    assert_null(find(f, "cfp.swid", 0)); /* the addresses before are those of a frame, not of switches */
}

static void test_backbone(void **state)
{
    static const struct variant variants[] = {
        { "eth", MACS "88 e7 b0 00 07 d1 " MACS "08 00" IP, "eth:ieee8021ah:ip:udp", "ieee8021ah.isid", 2001, NULL },
        { "eth", MACS "88 a8 00 05 88 e7 b0 00 07 d1 " MACS "86 dd" IPV6, "eth:vlan:ieee8021ah:ipv6:udp", "ieee8021ah.drop", 1,
          NULL },
        { "eth", MACS "88 e7 b0 00 07 d1 " MACS "81 00 00 09 08 00" IP, "eth:ieee8021ah:vlan:ip:udp", "ieee8021ah.priority", 5,
          NULL },
        { "eth", MACS "88 e7 08 00 00 01 " A B "00 24 " SNAP_IP, "eth:ieee8021ah:llc:ip:udp", "ieee8021ah.csrc", 0, B },
        { "eth", MACS "88 e7 08 00 00 01 " MACS "88 e7 00 00 00 02 " MACS "08 00" IP, "eth:ieee8021ah:ieee8021ah:ip:udp",
          "ieee8021ah.nca", 1, NULL },
        { "eth", MACS "88 e7 08 00 00 01 " MACS "00 ff " SNAP_IP, "eth:ieee8021ah:llc:ip:udp", "ieee8021ah.etype", 255, NULL },
        { "eth", MACS "88 e7 08 00 00 01 " A "66 77", "eth:ieee8021ah!", "ieee8021ah.cdst", 0, A },
        { "eth", MACS "88 e7 08 00", "eth:ieee8021ah!", NULL, 0, NULL },
    };
    CHECK(variants);
}

static void test_switch_tags(void **state)
{
    static const struct variant variants[] = {
        { "dsa", MACS "c1 28 60 05 08 00" IP, "dsa:ip:udp", "dsa.port", 5, NULL },
        { "dsa", MACS "e1 28 60 05 86 dd" IPV6, "dsa:ipv6:udp", "dsa.vlan", 5, NULL },
        { "dsa", MACS "c1 28 60 05 81 00 00 09 08 00" IP, "dsa:vlan:ip:udp", "vlan.id", 9, NULL },
        { "dsa", MACS "c1 28 60 05 00 24 " SNAP_IP, "dsa:llc:ip:udp", "eth.len", 36, NULL },
        { "dsa", MACS "c1 28 60", "dsa!", "eth.src", 0, B },
        { "edsa", MACS "da da 00 00 e1 28 60 05 08 00" IP, "edsa:ip:udp", "dsa.device", 1, NULL },
        { "edsa", MACS "da da 00 00 e1", "edsa!", "eth.dst", 0, A },
        { "dsa_brcm", MACS "00 00 00 03 08 00" IP, "dsa_brcm:ip:udp", "dsa.brcm.port", 3, NULL },
        { "dsa_brcm", MACS "24 00 00 03 86 dd" IPV6, "dsa_brcm:ipv6:udp", "dsa.brcm.opcode", 1, NULL },
        { "dsa_brcm_prepend", "00 00 02 03 " MACS "81 00 00 09 08 00" IP, "dsa_brcm_prepend:vlan:ip:udp", "dsa.brcm.reason", 2,
          NULL },
        { "dsa_brcm_prepend", "00 00 02 03 " A, "dsa_brcm_prepend!", "eth.dst", 0, A },
    };
    CHECK(variants);
    struct fixture *f = *state;
    decode(f, "dsa", MACS "e1 28 60 05 08 00" IP);
    assert_int_equal(f->frame.vlan, 6);
    decode(f, "dsa", MACS "c1 28 60 05 08 00" IP); /* the VLAN of the port: the frame had no tag */
    assert_int_equal(f->frame.vlan, 0);
    assert_memory_equal(f->frame.l2_src, f->packet + 6, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macsec),
        cmocka_unit_test(test_fabricpath),
        cmocka_unit_test(test_backbone),
        cmocka_unit_test(test_switch_tags),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
