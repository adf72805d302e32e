/* link_cisco.c - Cisco's layers: SLARP, CDP, HDLC on a PPP link. */
#include "variants_fixture.h"

#define CDP "02 b4 12 34 00 01 00 08 61 62 63 64 00 0a 00 06 00 63 "

static void test_slarp(void **state)
{
    static const struct variant variants[] = {
        { "chdlc", "8f 00 80 35 00 00 00 00 0a 00 00 01 ff ff ff 00", "chdlc:slarp", "slarp.address", 0, "0a 00 00 01" },
        { "chdlc", "8f 00 80 35 00 00 00 01 0a 00 00 01 ff ff ff 00", "chdlc:slarp", "slarp.netmask", 0, "ff ff ff 00" },
        { "chdlc", "8f 00 80 35 00 00 00 02 00 00 00 05 00 00 00 04 ff ff", "chdlc:slarp", "slarp.mysequence", 5, NULL },
        { "chdlc", "8f 00 80 35 00 00 00 02 00 00 00 05 00 00 00 04 ff ff 00 00 00 09", "chdlc:slarp",
          "slarp.yoursequence", 4, NULL },
        { "chdlc", "8f 00 80 35 00 00 00 02 00 00 00 05 00 00 00 04 ff", "chdlc:slarp!", "slarp.yoursequence", 4, NULL },
        { "chdlc", "8f 00 80 35 00 00 00 09 00 00 00 05", "chdlc:slarp", "slarp.ptype", 9, NULL }, /* unknown */
        { "ppp", "8f 00 80 35 00 00 00 02 00 00 00 06 00 00 00 04 ff ff", "ppp:chdlc:slarp", "slarp.mysequence", 6, NULL },
    };
    CHECK(variants);
}

static void test_cdp(void **state)
{
    static const struct variant variants[] = {
        { "eth", MACS "00 1a aa aa 03 00 00 0c 20 00" CDP, "eth:llc:cdp", "cdp.deviceid", 0, "61 62 63 64" },
        { "eth", MACS "81 00 00 05 00 1a aa aa 03 00 00 0c 20 00" CDP, "eth:vlan:llc:cdp", "cdp.native_vlan", 99, NULL },
        { "chdlc", "8f 00 20 00" CDP, "chdlc:cdp", "cdp.ttl", 180, NULL },
        { "ppp", "ff 03 02 07" CDP, "ppp:cdp", "cdp.checksum", 0x1234, NULL },
        { "cdp", "02 b4 00 00 00 04 00 08 00 00 00 28", "cdp", "cdp.capabilities", 0x28, NULL },
        { "cdp", "02 b4 00 00 00 0a 00 04", "cdp", "cdp.tlv.len", 4, NULL },            /* an empty entry */
        { "cdp", "02 b4 00 00 00 04 00 06 00 01", "cdp", "cdp.tlv.value", 0, "00 01" }, /* of another size */
        { "cdp", "02 b4 00 00 00 01 00 03 61", "cdp!", "cdp.tlv.len", 3, NULL },        /* shorter than its header */
        { "cdp", "02 b4 00 00 00 01 00 09 61", "cdp!", "cdp.tlv.len", 9, NULL },        /* longer than the packet */
        { "cdp", "02 b4 00", "cdp!", "cdp.version", 2, NULL },
    };
    CHECK(variants);
}

/* Only at the beginning of a packet: in a tunnel the same byte is a PPP protocol number. */
static void test_chdlc_on_ppp(void **state)
{
    static const struct variant variants[] = {
        { "ppp", "0f 00 08 00" IP, "ppp:chdlc:ip:udp", "chdlc.address", 0x0f, NULL },
        { "ppp", "8f 00 86 dd" IPV6, "ppp:chdlc:ipv6:udp", "chdlc.address", 0x8f, NULL },
        { "ppp", "0f 00 88 47 00 01 01 40" IP, "ppp:chdlc:mpls:ip:udp", "chdlc.protocol", 0x8847, NULL },
        { "ppp", "0f 00 08", "ppp:chdlc!", "chdlc.control", 0, NULL },
        { "ppp", "ff 03 00 21" IP, "ppp:ip:udp", "ppp.protocol", 0x21, NULL },
        { "gre", "00 00 88 0b 0f 00 08 00" IP, "gre:ppp", "ppp.protocol", 0x0f, NULL },
    };
    CHECK(variants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slarp),
        cmocka_unit_test(test_cdp),
        cmocka_unit_test(test_chdlc_on_ppp),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
