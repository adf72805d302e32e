/* link_media.c - layers of other media: Prism, AVS, ATM, SLIP, 802.15.4, Juniper's, MTP2, MS/TP, OSI. */
#include "layers_fixture.h"

#define IP "45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 08 00 00 "
#define ETH "00 11 22 33 44 55 66 77 88 99 aa bb 08 00 " IP
#define WLAN "08 01 00 00 00 11 22 33 44 55 66 77 88 99 aa bb 00 11 22 33 44 ff 10 00 aa aa 03 00 00 00 08 00 " IP
#define AVS "00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 04 "

static void test_avs(void **state)
{
    struct fixture *f = *state;
    decode(f, "wlancap", "80 21 10 01 00 00 00 40 " AVS "00 00 00 06 00 00 00 6e 00 00 00 01 00 00 00 02 00 00 00 02 "
           "ff ff ff d8 ff ff ff a1 00 00 00 01 00 00 00 01 " WLAN);
    assert_layers(f, "wlancap:wlan:llc:ip:udp");
    assert_int_equal(value(f, "wlancap.channel"), 6);
    assert_int_equal(value(f, "wlancap.data_rate"), 11000000);
    assert_int_equal((int32_t)value(f, "wlancap.dbm_antsignal"), -40);
    decode(f, "wlancap", "80 21 10 01 00 00 00 3f " AVS);
    assert_layers(f, "wlancap!");
    decode(f, "wlancap", "80 21 10 01 ff ff ff ff " AVS);
    assert_layers(f, "wlancap!");
}

static void test_prism(void **state)
{
    struct fixture *f = *state;
    decode(f, "prism", "80 21 10 01 00 00 00 40 " AVS);
    assert_layers(f, "prism:wlancap!");
    decode(f, "prism", "44 00 00 00 90 00 00 00 "
           "77 6c 61 6e 30 31 32 33 34 35 36 37 38 39 30 31 44 00 03 00 00 00 04 00 0b");
    assert_layers(f, "prism!");
    assert_int_equal(value(f, "prism.msglen"), 144);
}

static void test_atm(void **state)
{
    struct fixture *f = *state;
    decode(f, "atm", "82 05 00 21 aa aa 03 00 00 00 08 00 " IP);
    assert_layers(f, "atm:llc:ip:udp");
    assert_int_equal(value(f, "atm.channel"), 0);
    assert_int_equal(value(f, "atm.vpi"), 5);
    assert_int_equal(value(f, "atm.vci"), 0x21);
    decode(f, "atm", "01 00 00 21 00 01 " ETH);
    assert_layers(f, "atm:eth:ip:udp");
    decode(f, "atm", "01 00 00 21 ff 00 " ETH);
    assert_layers(f, "atm");
    decode(f, "atm", "00 00 00 05 " IP); /* signalling, by its circuit */
    assert_layers(f, "atm");
    assert_int_equal(value(f, "atm.aal"), 6);
}

static void test_slip(void **state)
{
    struct fixture *f = *state;
    decode(f, "slip", "01 75 03 00 00 00 00 00 00 00 00 00 00 00 00 00 " IP);
    assert_layers(f, "slip:ip:udp");
    assert_int_equal(value(f, "slip.type"), 0x70);
    assert_int_equal(value(f, "slip.connection"), 3);
}

static void test_osi(void **state)
{
    struct fixture *f = *state;
    decode(f, "llc", "fe fe 03 cc " IP);
    assert_layers(f, "llc:osi:ip:udp");
    decode(f, "llc", "fe fe 03 83 1b 01");
    assert_layers(f, "llc:osi:isis!");
    assert_int_equal(value(f, "osi.nlpid"), 0x83);
    decode(f, "llc", "fe fe 03 80 00 00 00 08 00 " IP);
    assert_layers(f, "llc:osi:ip:udp");
}

static void test_wpan(void **state)
{
    struct fixture *f = *state;
    decode(f, "wpan", "41 88 01 cd ab ff ff 01 00 7a 12 34");
    assert_layers(f, "wpan");
    assert_int_equal(value(f, "wpan.dst_pan"), 0xabcd);
    assert_int_equal(value(f, "wpan.src16"), 1);
    assert_int_equal(value(f, "wpan.fcs"), 0x3412);
    assert_null(find(f, "wpan.src_pan", 0));
    decode(f, "wpan", "41 a8 01 cd ab ff ff 01 00 7a 12 34"); /* edition of 2015: compressed, then not */
    assert_null(find(f, "wpan.src_pan", 0));
    decode(f, "wpan", "01 a8 01 cd ab ff ff ce ab 01 00 12 34");
    assert_int_equal(value(f, "wpan.src_pan"), 0xabce);
    decode(f, "wpan", "01 ec 02 cd ab 08 00 00 00 00 00 00 01 09 00 00 00 00 00 00 01 12 34");
    assert_int_equal(value(f, "wpan.src64"), 0x0100000000000009);
    assert_null(find(f, "wpan.src_pan", 0));
    decode(f, "wpan", "49 98 03 cd ab ff ff 01 00 0d 05 00 00 00 01 aa bb cc dd 12 34");
    assert_int_equal(value(f, "wpan.aux_sec.frame_counter"), 5);
    decode(f, "wpan", "01 84 01 cd ab 12 34"); /* an address mode that is reserved */
    assert_layers(f, "wpan!");
    decode(f, "wpan", "41");
    assert_layers(f, "wpan!");
}

/* A frame of Ethernet: the fixture has no link type. tests/golden/link has the others. */
static void test_juniper(void **state)
{
    struct fixture *f = *state;
    decode(f, "juniper", "4d 47 43 81 00 10 03 01 01 06 01 0e 01 02 8c 00 04 04 4b 01 00 00 " ETH);
    assert_layers(f, "juniper:eth:ip:udp");
    assert_int_equal(value(f, "juniper.ext.ifd"), 140);
    assert_int_equal(value(f, "juniper.ext.ifl"), 331);
    assert_int_equal(value(f, "juniper.ext.ifle"), 14);
    /* One extension twice; a value that is longer than all extensions. */
    decode(f, "juniper", "4d 47 43 80 00 0a 05 01 07 05 01 08 01 05 01 02 " ETH);
    assert_int_equal(value(f, "juniper.ext.unit"), 7);
    assert_int_equal(value(f, "juniper.ext.type"), 5);
    assert_bytes(f, "juniper.ext.value", "08");
    decode(f, "juniper", "4d 47 43 02 02 00 00 00 " IP);
    assert_layers(f, "juniper:ip:udp");
    decode(f, "juniper", "4d 47 42 00 " ETH);
    assert_layers(f, "juniper!");
}

static void test_serial(void **state)
{
    struct fixture *f = *state;
    decode(f, "mtp2", "9d 8b 20 85 02");
    assert_layers(f, "mtp2");
    assert_int_equal(value(f, "mtp2.bsn"), 29);
    assert_int_equal(value(f, "mtp2.fsn"), 11);
    decode(f, "mstp", "55 ff 80 01 02 00 04 11 00 05 01 02 aa bb");
    assert_layers(f, "mstp");
    assert_int_equal(value(f, "mstp.vendorid"), 5);
    assert_int_equal(value(f, "mstp.data_crc"), 0xaabb);
    decode(f, "mstp", "55 ff 80 01 02 00 01 11 00 aa bb");
    assert_layers(f, "mstp!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avs),  cmocka_unit_test(test_prism),   cmocka_unit_test(test_atm),
        cmocka_unit_test(test_slip), cmocka_unit_test(test_osi),     cmocka_unit_test(test_wpan),
        cmocka_unit_test(test_juniper), cmocka_unit_test(test_serial),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
