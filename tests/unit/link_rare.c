/* link_rare.c - rare layers: Cisco HDLC, Frame Relay, ARCNET, InfiniBand, taps, 802.11, tags, PIM. */
#include "layers_fixture.h"

#define A "00 11 22 33 44 55 "
#define B "66 77 88 99 aa bb "
#define AP "00 11 22 33 44 ff "
#define IP "45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 08 00 00 "
#define SNAP_IP "aa aa 03 00 00 00 08 00 " IP
#define ZEROS_16 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "

static void test_chdlc(void **state)
{
    struct fixture *f = *state;
    decode(f, "chdlc", "0f 00 08 00" IP);
    assert_layers(f, "chdlc:ip:udp");
    assert_int_equal(value(f, "chdlc.address"), 0x0f);
    decode(f, "chdlc", "8f 00 80 35 00 00 00 02"); /* SLARP, not RARP */
    assert_layers(f, "chdlc:slarp!");
}

static void test_tags(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", A B "89 26 c0 05 00 07 81 00 00 0b 08 00" IP);
    assert_layers(f, "eth:vntag:vlan:ip:udp");
    assert_int_equal(value(f, "vntag.dir"), 1);
    assert_int_equal(value(f, "vntag.dst"), 5);
    assert_int_equal(value(f, "vntag.src"), 7);
    decode(f, "eth", A B "89 26 c0 05 00 07 00 24 " SNAP_IP);
    assert_layers(f, "eth:vntag:llc:ip:udp");
    assert_int_equal(value(f, "vntag.len"), 36);
    decode(f, "eth", A B "89 3f 30 12 10 d3 01 02 08 00" IP);
    assert_layers(f, "eth:etag:ip:udp");
    assert_int_equal(value(f, "etag.dei"), 1);
    assert_int_equal(value(f, "etag.iecid_base"), 0x012);
    assert_int_equal(value(f, "etag.group"), 1);
    assert_int_equal(value(f, "etag.ecid_base"), 0x0d3);
    assert_int_equal(value(f, "etag.ecid_ext"), 2);
}

static void test_pim(void **state)
{
    struct fixture *f = *state;
    decode(f, "pim", "21 00 de ff 80 00 00 00 " IP);
    assert_layers(f, "pim:ip:udp");
    assert_int_equal(value(f, "pim.type"), 1);
    assert_int_equal(value(f, "pim.register_flag.border"), 1);
    assert_false(f->frame.quoted);
    decode(f, "pim", "21 00 de ff 40 00 00 00 " IP);
    assert_int_equal(value(f, "pim.register_flag.null_register"), 1);
    assert_true(f->frame.quoted);
    decode(f, "pim", "20 00 de ff 00 01 00 02 00 69"); /* Hello */
    assert_layers(f, "pim");
    assert_int_equal(value(f, "pim.holdtime"), 0x69);
    decode(f, "pim", "11 00 de ff 00 00 00 00 " IP); /* another version */
    assert_layers(f, "pim");
}

static void test_frame_relay(void **state)
{
    struct fixture *f = *state;
    decode(f, "fr", "18 69 08 00" IP);
    assert_layers(f, "fr:ip:udp");
    assert_int_equal(value(f, "fr.dlci"), 102);
    assert_int_equal(value(f, "fr.fecn"), 1);
    assert_int_equal(value(f, "fr.becn"), 0);
    decode(f, "fr", "80 ea 9d 08 00" IP);
    assert_layers(f, "fr:ip:udp");
    assert_int_equal(value(f, "fr.dlci"), 33703);
    decode(f, "fr", "80 ea 9f 08 00" IP); /* DL-CORE control is not part of the number */
    assert_int_equal(value(f, "fr.dlci"), 526);
    decode(f, "fr", "80 00 02 05 03 cc" IP);
    assert_layers(f, "fr:ip:udp");
    assert_int_equal(value(f, "fr.dlci"), 32 << 17 | 1 << 6 | 1);
    assert_int_equal(value(f, "fr.nlpid"), 0xcc);
    decode(f, "fr", "18 61 03 00 80 00 00 00 08 00" IP);
    assert_layers(f, "fr:ip:udp");
    assert_int_equal(value(f, "fr.snaptype"), 0x0800);
    decode(f, "fr", "18 61 03 00 80 00 80 c2 00 07" B A "08 00" IP);
    assert_layers(f, "fr:eth:ip:udp");
    decode(f, "fr", "00 01 03 08 00 75");
    assert_layers(f, "fr");
    decode(f, "fr", "19 61 08 00" IP);
    assert_layers(f, "fr!");
    decode(f, "fr", "18 60 60 60 08 00" IP);
    assert_layers(f, "fr!");
}

static void test_arcnet(void **state)
{
    struct fixture *f = *state;
    decode(f, "arcnet", "be 01 c0 00 d4 00 01 65" IP);
    assert_layers(f, "arcnet:ip:udp");
    assert_int_equal(value(f, "arcnet.src"), 0xbe);
    assert_bytes(f, "arcnet.offset", "c0 00");
    assert_int_equal(value(f, "arcnet.sequence"), 357);
    decode(f, "arcnet", "be 01 c0 00 d4 ff ff ff d4 00 01 66" IP);
    assert_layers(f, "arcnet:ip:udp");
    assert_int_equal(value(f, "arcnet.sequence"), 358);
    decode(f, "arcnet", "be 01 c0 00 d4 01 01 67" IP); /* a split packet */
    assert_layers(f, "arcnet");
    assert_int_equal(value(f, "arcnet.split_flag"), 1);
    decode(f, "arcnet", "be 01 c0 00 f0" IP);
    assert_layers(f, "arcnet:ip:udp");
}

static void test_ipoib(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipoib", ZEROS_16 "00 00 00 00 80 00 05 50 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 07 08 00 00 00" IP);
    assert_layers(f, "ipoib:ip:udp");
    assert_int_equal(value(f, "ipoib.daddr.qpn"), 0x550);
    assert_bytes(f, "ipoib.dgid", "fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 07");
    decode(f, "ipoib", "61 23 45 67 00 20 1b ff" ZEROS_16 ZEROS_16 "08 00 00 00" IP);
    assert_layers(f, "ipoib:ip:udp");
    assert_int_equal(value(f, "ipoib.grh.tclass"), 0x12);
    assert_int_equal(value(f, "ipoib.grh.flowlabel"), 0x34567);
    assert_null(find(f, "ipoib.daddr.qpn", 0));
}

static void test_ipnet(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipnet", "01 02 00 01 00 00 00 1c 00 00 00 02 00 00 00 00 ff ff ff ff 00 00 00 03" IP);
    assert_layers(f, "ipnet:ip:udp");
    assert_int_equal(value(f, "ipnet.htype"), 1);
    assert_int_equal(value(f, "ipnet.zdst"), 3);
    decode(f, "ipnet", "01 63 00 01 00 00 00 1c 00 00 00 02 00 00 00 00 ff ff ff ff 00 00 00 03" IP);
    assert_layers(f, "ipnet");
}

static void test_nflog(void **state)
{
    struct fixture *f = *state;
    decode(f, "nflog", "02 00 00 28 08 00 01 00 08 00 03 00 07 00 0a 00 61 62 00 00 08 00 0b 00 ff ff ff ff 20 00 09 00" IP "99");
    assert_layers(f, "nflog:ip:udp");
    assert_int_equal(value(f, "nflog.res_id"), 40);
    assert_int_equal(value(f, "nflog.hook"), 3);
    assert_bytes(f, "nflog.prefix", "61 62");
    assert_int_equal((int64_t)value(f, "nflog.uid"), -1);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 0); /* bytes after the packet do not belong to it */
    decode(f, "nflog", "02 00 00 28 00 08 00 05 00 00 00 07 00 20 00 09" IP);
    assert_layers(f, "nflog:ip:udp");
    assert_int_equal(value(f, "nflog.ifindex_outdev"), 7);
    decode(f, "nflog", "02 00 00 28 03 00 01 00 08 00 03 00");
    assert_layers(f, "nflog!");
    decode(f, "nflog", "02 00 00 28 08 00 01 00 08 00 03 00");
    assert_layers(f, "nflog");
}

static void test_pktap(void **state)
{
    struct fixture *f = *state;
    static const char *const rest = ZEROS_16 "00 00 00 00 " "0e 00 00 00 00 00 00 00 39 30 00 00 63 75 72 6c " ZEROS_16
                                    "00 00 00 00 00 00 00 00 ff ff ff ff " ZEROS_16 "00 00 00 00 ";
    char hex[2048];
    snprintf(hex, sizeof hex, "6c 00 00 00 01 00 00 00 65 00 00 00 65 6e 30 00 00 00 00 00 00 00 00 00 %s%s", rest, IP);
    decode(f, "pktap", hex);
    assert_layers(f, "pktap:raw:ip:udp");
    assert_bytes(f, "pktap.ifname", "65 6e 30");
    assert_bytes(f, "pktap.cmdname", "63 75 72 6c");
    assert_int_equal(value(f, "pktap.pid"), 12345);
    hex[1] = 'b';
    decode(f, "pktap", hex);
    assert_layers(f, "pktap!");
}

static void test_wlan(void **state)
{
    struct fixture *f = *state;
    decode(f, "wlan", "08 01 2c 00 " AP A B "35 12 " SNAP_IP); /* a fragment: number 5 */
    assert_layers(f, "wlan");
    assert_int_equal(value(f, "wlan.seq"), 0x123);
    assert_int_equal(value(f, "wlan.frag"), 5);
    decode(f, "wlan", "a4 10 07 c0 " AP A); /* PS-Poll: no duration, but the sender */
    assert_int_equal(value(f, "wlan.fc.type_subtype"), 0x1a);
    assert_int_equal(value(f, "wlan.aid"), 7);
    decode(f, "wlan", "08 01 2c 00 " AP A B "30 12 " SNAP_IP);
    assert_layers(f, "wlan:llc:ip:udp");
    assert_int_equal(value(f, "wlan.fc.type_subtype"), 0x20);
    assert_int_equal(value(f, "wlan.duration"), 44);
    assert_bytes(f, "wlan.bssid", AP);
    assert_bytes(f, "wlan.sa", A);
    assert_bytes(f, "wlan.da", B);
    assert_memory_equal(f->frame.l2_src, f->packet + 10, 6);
    assert_memory_equal(f->frame.l2_dst, f->packet + 16, 6);
    decode(f, "wlan", "88 02 2c 00 " B AP A "30 12 15 00 00 00 " SNAP_IP); /* aligned */
    assert_layers(f, "wlan:llc:ip:udp");
    assert_bytes(f, "wlan.sa", A);
    assert_int_equal(value(f, "wlan.qos.tid"), 5);
    assert_int_equal(value(f, "wlan.qos.eosp"), 1);
    decode(f, "wlan", "88 03 2c 00 " AP AP B "30 12 " A "00 00 " SNAP_IP);
    assert_layers(f, "wlan:llc:ip:udp");
    assert_bytes(f, "wlan.sa", A);
    assert_memory_equal(f->frame.l2_src, f->packet + 24, 6);
    decode(f, "wlan", "88 01 2c 00 " AP A B "30 12 80 00 " B A "00 24 " SNAP_IP); /* several in one */
    assert_layers(f, "wlan:wlan_aggregate:llc:ip:udp");
    decode(f, "wlan", "08 41 2c 00 " AP A B "30 12 " SNAP_IP); /* encrypted */
    assert_layers(f, "wlan");
    decode(f, "wlan", "b4 00 2c 00 " AP A);
    assert_layers(f, "wlan");
    assert_bytes(f, "wlan.ta", A);
}

static void test_radio(void **state)
{
    struct fixture *f = *state;
    decode(f, "radiotap", "00 00 18 00 2f 00 00 00 01 02 03 04 05 06 07 08 10 0c 6c 09 c0 00 c8 00 08 01 2c 00 " AP A B
                          "30 12 " SNAP_IP "01 02 03 04");
    assert_layers(f, "radiotap:wlan:llc:ip:udp");
    assert_int_equal(value(f, "radiotap.channel.freq"), 2412);
    assert_int_equal((int64_t)value(f, "radiotap.dbm_antsignal"), -56);
    assert_int_equal(value(f, "radiotap.flags.fcs"), 1);
    decode(f, "radiotap", "00 00 09 00 02 00 00 00 10 94 00 2c 00 " A B "01 02 03 04 05");
    assert_layers(f, "radiotap:wlan");
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 1); /* the check sequence is not part of the frame */
    decode(f, "radiotap", "00 00 07 00 00 00 00 00 94 00 2c 00 " A B);
    assert_layers(f, "radiotap!");
    decode(f, "ppi", "00 01 14 00 01 00 00 00 06 00 05 00 01 02 03 04 05 00 00 00 " B A "08 00" IP);
    assert_layers(f, "ppi:eth:ip:udp");
    assert_int_equal(value(f, "ppi.field_type"), 6);
    decode(f, "ppi", "00 00 20 00 69 00 00 00 02 00 14 00 01 02 03 04 05 06 07 08 01 00 6c 00 6c 09 c0 00 00 00 c8 a0 "
                     "94 00 2c 00 " A B "01 02 03 04 05");
    assert_layers(f, "ppi:wlan");
    assert_int_equal(value(f, "ppi.80211-common.chan.freq"), 2412);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chdlc), cmocka_unit_test(test_frame_relay), cmocka_unit_test(test_arcnet),
        cmocka_unit_test(test_ipoib), cmocka_unit_test(test_ipnet),       cmocka_unit_test(test_nflog),
        cmocka_unit_test(test_pktap), cmocka_unit_test(test_wlan),        cmocka_unit_test(test_radio),
        cmocka_unit_test(test_tags),  cmocka_unit_test(test_pim),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
