/* dhcp.c - DHCP: options of every layout, in the header, and in several pieces. */
#include "variants_fixture.h"

#define Z16 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
#define Z64 Z16 Z16 Z16 Z16
#define START "02 01 06 00 3d 1d 00 01 00 04 80 00 00 00 00 00 0a 01 00 64 00 00 00 00 00 00 00 00 "
#define MAC "02 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 "
#define COOKIE "63 82 53 63 "
#define HEADER START MAC Z64 Z64 Z64 COOKIE
#define ZERO(n) ZERO_##n
#define ZERO_116 Z64 Z16 Z16 Z16 "00 00 00 00 "

static void test_header(void **state)
{
    static const struct variant variants[] = {
        { "dhcp", HEADER "35 01 02 ff", "dhcp", "dhcp.option.dhcp", 2, NULL },
        { "dhcp", HEADER "35 01 02 ff", "dhcp", "dhcp.hw.mac_addr", 0, "02 00 00 00 00 01" },
        { "dhcp", HEADER "35 01 02 ff", "dhcp", "dhcp.flags.bc", 1, NULL },
        { "dhcp", HEADER "35 01 02", "dhcp", "dhcp.secs", 4, NULL },                  /* no end: as many send it */
        { "dhcp", START MAC Z64 Z64 Z64 "00 00 00 00 01", "dhcp", "dhcp.vendor_specific_options", 0, "00 00 00 00 01" },
        { "dhcp", START "02 00 00", "dhcp!", "dhcp.id", 0x3d1d0001, NULL },
        { "dhcp", "02 01 c8 00 3d 1d 00 01 00 00 00 00 00 00 00 00 0a 01 00 64 00 00 00 00 00 00 00 00 " MAC Z64 Z64 Z64
          COOKIE, "dhcp", "dhcp.hw.addr", 0, MAC },                                     /* 200 bytes of 16 */
    };
    CHECK(variants);
}

static void test_options(void **state)
{
    static const struct variant variants[] = {
        { "dhcp", HEADER "32 04 0a 01 00 07", "dhcp", "dhcp.option.requested_ip_address", 0, "0a 01 00 07" },
        { "dhcp", HEADER "32 03 0a 01 00", "dhcp", "dhcp.option.value", 0, "0a 01 00" },
        { "dhcp", HEADER "0c 04 61 62 00 63", "dhcp", "dhcp.option.hostname", 0, "61 62" }, /* to the NUL */
        { "dhcp", HEADER "37 02 01 79", "dhcp", "dhcp.option.request_list_item", 1, NULL },
        { "dhcp", HEADER "3d 07 01 02 00 00 00 00 09", "dhcp", "dhcp.hw.type", 1, NULL },
        { "dhcp", HEADER "3d 03 00 61 62", "dhcp", "dhcp.client_id", 0, "61 62" },
        { "dhcp", HEADER "4d 04 69 50 58 45", "dhcp", "dhcp.option.user_class.text", 0, "69 50 58 45" },
        { "dhcp", HEADER "4d 03 02 61 62", "dhcp", "dhcp.option.user_class.data", 0, "61 62" },
        { "dhcp", HEADER "51 05 00 00 00 61 62", "dhcp", "dhcp.fqdn.name", 0, "61 62" },
        { "dhcp", HEADER "51 07 04 00 00 01 61 01 62", "dhcp", "dhcp.fqdn.name", 0, "61 2e 62" }, /* partial */
        { "dhcp", HEADER "52 04 02 02 61 62", "dhcp", "dhcp.option.agent_information_option.agent_remote_id", 0,
          "61 62" },
        { "dhcp", HEADER "52 04 02 09 61 62", "dhcp", "dhcp.option.suboption_length", 9, NULL },
        { "dhcp", HEADER "79 06 08 0a 0a 01 00 01", "dhcp", "dhcp.option.classless_static_route", 0,
          "08 0a 0a 01 00 01" },
        { "dhcp", HEADER "77 03 01 61 00", "dhcp", "dhcp.option.dhcp_dns_domain_search_list_fqdn", 0, "61" },
        { "dhcp", HEADER "7d 07 00 00 0d e9 02 01 00", "dhcp", "dhcp.option.vi.enterprise", 3561, NULL },
        { "dhcp", HEADER "e0 02 61 62", "dhcp", "dhcp.option.value", 0, "61 62" },
        { "dhcp", HEADER "0c 05 61 62", "dhcp!", "dhcp.option.length", 5, NULL },
        { "dhcp", HEADER "00 00 0c 01 61 ff 00 00", "dhcp", "dhcp.option.padding", 0, "00 00" },
    };
    CHECK(variants);
}

/* RFC 3396: the pieces of an option are one value, whose pieces are first in the options, then in the file's name. */
static void test_pieces(void **state)
{
    static const struct variant variants[] = {
        { "dhcp", HEADER "42 02 61 62 35 01 05 42 02 63 64 ff", "dhcp",
          "dhcp.option.tftp_server_name", 0, "61 62 63 64" },
        { "dhcp", HEADER "79 04 08 0a 0a 01 79 02 00 01 ff", "dhcp", "dhcp.option.classless_static_route", 0,
          "08 0a 0a 01 00 01" },
        { "dhcp", START MAC Z64 "42 02 63 64 ff 00 00 00 00 00 00 00 " ZERO(116) COOKIE "34 01 01 42 02 61 62 ff",
          "dhcp", "dhcp.option.tftp_server_name", 0, "61 62 63 64" },
        { "dhcp", START MAC Z64 "03 04 0a 01 00 01 ff 00 00 00 00 00 " ZERO(116) COOKIE "34 01 01 ff", "dhcp",
          "dhcp.option.router", 0, "0a 01 00 01" },
        { "dhcp", START MAC Z64 "61 62 00 00 00 00 00 00 00 00 00 00 " ZERO(116) COOKIE "ff", "dhcp", "dhcp.file", 0,
          "61 62" },
        { "dhcp", HEADER "35 01 01 35 01 02 ff", "dhcp", "dhcp.option.dhcp", 1, NULL }, /* a number is not joined */
    };
    CHECK(variants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
