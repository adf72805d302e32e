/* tunnel_service.c - layers between networks: NSH. */
#include "variants_fixture.h"

#define PATH "00 00 05 07 "
#define CONTEXT "00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 "

static void test_nsh(void **state)
{
    static const struct variant variants[] = {
        { "eth", MACS "89 4f 0f c6 01 01 " PATH CONTEXT IP, "eth:nsh:ip:udp", "nsh.spi", 5, NULL },
        { "eth", MACS "81 00 00 05 89 4f 0f c6 01 02 " PATH CONTEXT IPV6, "eth:vlan:nsh:ipv6:udp", "nsh.ttl", 63, NULL },
        { "nsh", "0f c6 01 03 " PATH CONTEXT MACS "81 00 00 05 08 00" IP, "nsh:eth:vlan:ip:udp", "nsh.contextheader", 0,
          "00 00 00 01" },
        { "nsh", "0f c2 02 04 " PATH "0f c2 02 05 " PATH "00 01 01 40" IP, "nsh:nsh:mpls:ip:udp", "nsh.si", 7, NULL },
        { "nsh", "3f c6 02 01 " PATH "00 01 02 05 61 62 63 64 65 00 00 00 00 02 03 00 " IP, "nsh:ip:udp", "nsh.metadata", 0,
          "61 62 63 64 65" },
        { "nsh", "3f c4 02 01 " PATH "00 01 02 83 61 62 63 00" IP, "nsh:ip:udp", "nsh.metadatalen", 3, NULL },
        { "nsh", "0f c3 03 01 " PATH "00 01 02 03" IP, "nsh:ip:udp", "nsh.mdtype", 3, NULL },     /* unknown type */
        { "nsh", "0f c2 02 7f " PATH "01 02", "nsh", "nsh.nextproto", 0x7f, NULL },
        { "nsh", "0f c1 02 01 " PATH IP, "nsh!", "nsh.length", 1, NULL },            /* shorter than the header */
        { "nsh", "0f ff 01 01 " PATH CONTEXT, "nsh!", "nsh.length", 63, NULL },      /* longer than the packet */
        { "nsh", "0f c4 02 01 " PATH "00 01 02 20 61 62 63 64" IP, "nsh!", "nsh.metadatalen", 32, NULL },
        { "nsh", "0f c6 01", "nsh!", "nsh.length", 6, NULL },
    };
    CHECK(variants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nsh),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
