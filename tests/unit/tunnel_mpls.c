/* tunnel_mpls.c - what follows a stack of MPLS labels: pseudowires with and without control word, associated channels. */
#include "variants_fixture.h"

#define BOTTOM "00 01 01 40 " /* label 16 */
#define GAL "00 00 d1 40 "    /* label 13 */
#define CW "00 00 00 07 "
#define HIGH_MACS "a2 11 22 33 44 55 66 77 88 99 aa bb "

static void test_pseudowire(void **state)
{
    static const struct variant variants[] = {
        { "eth", MACS "88 47 " BOTTOM CW MACS "08 00" IP, "eth:mpls:pwethcw:eth:ip:udp", "pweth.cw.sequence_number", 7, NULL },
        { "mpls", BOTTOM CW MACS "81 00 00 05 86 dd" IPV6, "mpls:pwethcw:eth:vlan:ipv6:udp", "vlan.id", 5, NULL },
        { "mpls", BOTTOM CW MACS "00 24 " SNAP_IP, "mpls:pwethcw:eth:llc:ip:udp", "eth.len", 36, NULL },
        { "mpls", BOTTOM MACS "08 00" IP, "mpls:eth:ip:udp", "eth.type", 0x0800, NULL }, /* no control word */
        { "mpls", BOTTOM MACS "81 00 00 05 08 00" IP, "mpls:eth:vlan:ip:udp", "vlan.id", 5, NULL },
        { "mpls", BOTTOM MACS "00 24 " SNAP_IP, "mpls:eth:llc:ip:udp", "eth.len", 36, NULL },
        { "mpls", BOTTOM HIGH_MACS "86 dd" IPV6, "mpls:eth:ipv6:udp", "eth.type", 0x86dd, NULL },
        { "mpls", "00 01 00 40 " BOTTOM CW MACS "08 00" IP, "mpls:mpls:pwethcw:eth:ip:udp", "mpls.bottom", 0, NULL },
        { "mpls", BOTTOM CW MACS "88 47 " BOTTOM CW MACS "08 00" IP, "mpls:pwethcw:eth:mpls:pwethcw:eth:ip:udp",
          "pweth.cw.sequence_number", 7, NULL },
        { "mpls", BOTTOM CW MACS "ab cd 01 02", "mpls:pwethcw:eth", "eth.type", 0xabcd, NULL },  /* nothing is known: as Wireshark */
        { "mpls", BOTTOM "a2 11 22 33 44 55 66 77 88 99 aa bb ab cd 01 02", "mpls", "mpls.label", 16, NULL },
        { "mpls", BOTTOM "a2 11 22 33 44 55 67 77 88 99 aa bb 08 00" IP, "mpls", "mpls.label", 16, NULL }, /* a group as sender */
        { "mpls", BOTTOM "00 00 00 07 00 11 22", "mpls", "mpls.label", 16, NULL },
        { "mpls", BOTTOM "40 00", "mpls:ip!", "mpls.label", 16, NULL },
    };
    CHECK(variants);
}

static void test_associated_channel(void **state)
{
    static const struct variant variants[] = {
        { "mpls", BOTTOM "10 00 00 21 " IP, "mpls:pwach:ip:udp", "pwach.channel_type", 0x21, NULL },
        { "mpls", GAL "10 00 00 57 " IPV6, "mpls:pwach:ipv6:udp", "pwach.ver", 0, NULL },
        { "eth", MACS "81 00 00 05 88 47 " GAL "10 00 00 07 20 40 03 18", "eth:vlan:mpls:pwach", "pwach.channel_type", 7, NULL },
        { "mpls", "00 01 00 40 " GAL "10 00 88 09 01 02", "mpls:mpls:pwach", "pwach.channel_type", 0x8809, NULL },
        { "mpls", GAL "11 22 00 21 " IP, "mpls:pwach:ip:udp", "pwach.ver", 1, NULL },
        { "mpls", GAL "10 00 00", "mpls:pwach!", "pwach.res", 0, NULL },
    };
    CHECK(variants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pseudowire),
        cmocka_unit_test(test_associated_channel),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
