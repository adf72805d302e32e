/* link_tags.c - layers between Ethernet and its payload: MACsec. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macsec),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
