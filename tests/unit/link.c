/* link.c - layers below the network layer: Ethernet, tags, LLC, cooked captures, loopback, PPP, GRE, VXLAN. */
#include "layers_fixture.h"

#define MACS "00 11 22 33 44 55 66 77 88 99 aa bb "
/* UDP without a payload in IPv4. */
#define IP "45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 08 00 00 "
#define IPV6                                                                                                          \
    "60 00 00 00 00 08 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                                         \
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 10 00 20 00 00 08 00 00 "

static void test_eth(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "08 00" IP "00 00 00");
    assert_layers(f, "eth:ip:udp");
    assert_bytes(f, "eth.dst", "00 11 22 33 44 55");
    assert_bytes(f, "eth.src", "66 77 88 99 aa bb");
    assert_int_equal(value(f, "eth.type"), 0x0800);
    assert_memory_equal(f->frame.l2_src, f->packet + 6, 6);
    assert_memory_equal(f->frame.l2_dst, f->packet, 6);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 0); /* padding belongs to nobody */
}

static void test_vlan(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "88 a8 70 64 81 00 00 c8 08 00" IP);
    assert_layers(f, "eth:vlan:vlan:ip:udp");
    assert_int_equal(f->frame.vlan, 100 + 1);
    assert_int_equal(f->frame.inner_vlan, 200 + 1);
    assert_int_equal(value(f, "vlan.priority"), 3);
    assert_int_equal(value(f, "vlan.dei"), 1);
    assert_int_equal(value(f, "vlan.id"), 100);
    assert_int_equal(value(f, "vlan.etype"), 0x8100);
    assert_int_equal(nth_value(f, "vlan.dei", 1), 0);
    assert_int_equal(nth_value(f, "vlan.id", 1), 200);
    decode(f, "eth", MACS "81 00 00 01 81 00 00 02 81 00 00 03 86 dd" IPV6);
    assert_layers(f, "eth:vlan:vlan:vlan:ipv6:udp");
    assert_int_equal(f->frame.inner_vlan, 2 + 1);
}

static void test_llc(void **state)
{
    struct fixture *f = *state;
    /* SNAP with an Ethernet type; the two bytes after the frame's length are padding */
    decode(f, "eth", MACS "00 24 aa aa 03 00 00 00 08 00" IP "ff ff");
    assert_layers(f, "eth:llc:ip:udp");
    assert_int_equal(value(f, "eth.len"), 36);
    assert_null(find(f, "eth.type", 0));
    assert_int_equal(value(f, "llc.dsap"), 0xaa);
    assert_int_equal(value(f, "llc.control"), 3);
    assert_int_equal(value(f, "llc.type"), 0x0800);
    /* DTP of Cisco has no dissector */
    decode(f, "eth", MACS "00 0a aa aa 03 00 00 0c 20 04 01 02 ff ff");
    assert_layers(f, "eth:llc");
    assert_int_equal(value(f, "llc.oui"), 0x00000c);
    assert_int_equal(value(f, "llc.cisco_pid"), 0x2004);
    assert_null(find(f, "llc.pid", 0));
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 2);
    /* spanning tree; a supervisory frame has two bytes of control */
    decode(f, "eth", MACS "00 05 42 42 03 00 00");
    assert_layers(f, "eth:llc:stp!");
    decode(f, "eth", MACS "00 04 f0 f1 01 05");
    assert_int_equal(value(f, "llc.control"), 0x0501);
    decode(f, "eth", MACS "00 1f 06 06 03" IP);
    assert_layers(f, "eth:llc:ip:udp");
}

static void test_lengths(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "00 04 ff ff 00 22"); /* Novell's raw IPX */
    assert_layers(f, "eth");
    assert_int_equal(value(f, "eth.len"), 4);
    decode(f, "eth", MACS "05 dd 00 00"); /* 1501: neither type nor length */
    assert_layers(f, "eth");
    assert_int_equal(value(f, "eth.invalid_lentype"), 1501);
    decode(f, "eth", MACS "00 40 f0 f0 03 00"); /* longer than the frame */
    assert_layers(f, "eth:llc");
    assert_true(f->d.length_clipped);
}

static void test_cooked(void **state)
{
    struct fixture *f = *state;
    decode(f, "sll", "00 04 00 01 00 06 66 77 88 99 aa bb 00 00 08 00" IP);
    assert_layers(f, "sll:ip:udp");
    assert_int_equal(value(f, "sll.pkttype"), 4);
    assert_int_equal(value(f, "sll.hatype"), 1);
    assert_bytes(f, "sll.src.eth", "66 77 88 99 aa bb");
    assert_int_equal(value(f, "sll.etype"), 0x0800);
    decode(f, "sll", "00 00 03 0a 00 00 00 00 00 00 00 00 00 00 86 dd" IPV6);
    assert_layers(f, "sll:ipv6:udp");
    assert_int_equal(value(f, "sll.gretype"), 0x86dd);
    decode(f, "sll", "00 00 00 01 00 ff 01 02 03 04 05 06 07 08 00 04 42 42 03");
    assert_layers(f, "sll:llc:stp!");
    assert_bytes(f, "sll.src.other", "01 02 03 04 05 06 07 08"); /* the length is limited to the field */
    decode(f, "sll2", "86 dd 00 00 00 00 00 07 00 01 02 06 66 77 88 99 aa bb 00 00" IPV6);
    assert_layers(f, "sll2:ipv6:udp");
    assert_int_equal(value(f, "sll.ifindex"), 7);
    assert_int_equal(value(f, "sll.pkttype"), 2);
    assert_bytes(f, "sll.src.eth", "66 77 88 99 aa bb");
}

static void test_null(void **state)
{
    struct fixture *f = *state;
    decode(f, "null", "02 00 00 00" IP);
    assert_layers(f, "null:ip:udp");
    assert_int_equal(value(f, "null.family"), 2);
    decode(f, "null", "00 00 00 02" IP);
    assert_layers(f, "null:ip:udp");
    decode(f, "null", "1e 00 00 00" IPV6);
    assert_layers(f, "null:ipv6:udp");
    decode(f, "null", "00 00 00 18" IPV6);
    assert_layers(f, "null:ipv6:udp");
    decode(f, "null", "00 00 86 dd" IPV6);
    assert_layers(f, "null:ipv6:udp");
    assert_int_equal(value(f, "null.type"), 0x86dd);
    decode(f, "null", "07 00 00 00 83 01");
    assert_layers(f, "null");
}

static void test_raw(void **state)
{
    struct fixture *f = *state;
    decode(f, "raw", IP);
    assert_layers(f, "raw:ip:udp");
    decode(f, "raw", IPV6);
    assert_layers(f, "raw:ipv6:udp");
    decode(f, "raw", "50 00 00 00");
    assert_layers(f, "raw");
}

static void test_ppp(void **state)
{
    struct fixture *f = *state;
    decode(f, "ppp", "ff 03 00 21" IP);
    assert_layers(f, "ppp:ip:udp");
    assert_int_equal(value(f, "ppp.address"), 0xff);
    assert_int_equal(value(f, "ppp.protocol"), 0x0021);
    decode(f, "ppp", "00 57" IPV6);
    assert_layers(f, "ppp:ipv6:udp");
    decode(f, "ppp", "21" IP);
    assert_layers(f, "ppp:ip:udp");
    assert_int_equal(value(f, "ppp.protocol"), 0x21);
    decode(f, "ppp", "ff 03 c0 21 01 01 00 04");
    assert_layers(f, "ppp");
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 4);
}

static void test_arp(void **state)
{
    struct fixture *f = *state;
    decode(f, "arp", "00 01 08 00 06 04 00 02 66 77 88 99 aa bb 0a 00 00 01 00 11 22 33 44 55 0a 00 00 02");
    assert_layers(f, "arp");
    assert_int_equal(value(f, "arp.opcode"), 2);
    assert_bytes(f, "arp.src.hw_mac", "66 77 88 99 aa bb");
    assert_bytes(f, "arp.src.proto_ipv4", "0a 00 00 01");
    assert_bytes(f, "arp.dst.hw_mac", "00 11 22 33 44 55");
    assert_bytes(f, "arp.dst.proto_ipv4", "0a 00 00 02");
    /* addresses of other sizes are bytes */
    decode(f, "arp", "00 20 86 dd 02 03 00 01 01 02 03 04 05 06 07 08 09 0a");
    assert_bytes(f, "arp.src.hw", "01 02");
    assert_bytes(f, "arp.dst.proto", "08 09 0a");
    assert_null(find(f, "arp.src.hw_mac", 0));
    /* ATM: a length each, with the opcode in between (RFC 2225 6) */
    decode(f, "arp", "00 13 08 00 02 40 00 01 04 02 00 04 a1 a2 0a 00 00 01 b1 b2 0a 00 00 02");
    assert_layers(f, "arp");
    assert_bytes(f, "arp.src.hw", "a1 a2");
    assert_bytes(f, "arp.dst.proto_ipv4", "0a 00 00 02");
    decode(f, "arp", "00 01 08 00 06 04 00 01 66 77");
    assert_layers(f, "arp!");
}

static void test_gre(void **state)
{
    struct fixture *f = *state;
    decode(f, "gre", "b0 00 08 00 12 34 00 00 00 00 00 2a 00 00 00 07" IP);
    assert_layers(f, "gre:ip:udp");
    assert_int_equal(value(f, "gre.flags.checksum"), 1);
    assert_int_equal(value(f, "gre.flags.routing"), 0);
    assert_int_equal(value(f, "gre.checksum"), 0x1234);
    assert_int_equal(value(f, "gre.key"), 42);
    assert_int_equal(value(f, "gre.sequence_number"), 7);
    decode(f, "gre", "00 00 65 58" MACS "86 dd" IPV6);
    assert_layers(f, "gre:eth:ipv6:udp");
    /* a source route: one entry and the end of the list (RFC 1701) */
    decode(f, "gre", "40 00 08 00 00 00 00 00 08 00 00 04 0a 00 00 09 00 00 00 00" IP);
    assert_layers(f, "gre:ip:udp");
    assert_bytes(f, "gre.routing.information", "0a 00 00 09");
    assert_int_equal(nth_value(f, "gre.routing.address_family", 1), 0);
    decode(f, "gre", "00 07 08 00" IP); /* unknown version */
    assert_layers(f, "gre");
}

static void test_pptp(void **state)
{
    struct fixture *f = *state;
    decode(f, "gre", "30 81 88 0b 00 20 00 09 00 00 00 05 00 00 00 04 ff 03 00 21" IP "ee ee");
    assert_layers(f, "gre:ppp:ip:udp");
    assert_int_equal(value(f, "gre.key.payload_length"), 32);
    assert_int_equal(value(f, "gre.key.call_id"), 9);
    assert_int_equal(value(f, "gre.ack_number"), 4);
    assert_null(find(f, "gre.key", 0));
    decode(f, "gre", "20 81 88 0b 00 00 00 09 00 00 00 04"); /* acknowledgement only */
    assert_layers(f, "gre");
    assert_int_equal(value(f, "gre.ack_number"), 4);
}

static void test_erspan(void **state)
{
    struct fixture *f = *state;
    decode(f, "gre", "10 00 88 be 00 00 00 01 10 64 00 0b 00 00 00 02" MACS "08 00" IP);
    assert_layers(f, "gre:eth:ip:udp");
    assert_int_equal(value(f, "erspan.version"), 1);
    assert_int_equal(value(f, "erspan.vlan"), 100);
    assert_int_equal(value(f, "erspan.spanid"), 11);
    assert_int_equal(value(f, "erspan.index"), 2);
    decode(f, "gre", "00 00 88 be" MACS "08 00" IP); /* type I has no header */
    assert_layers(f, "gre:eth:ip:udp");
    decode(f, "gre", "10 00 22 eb 00 00 00 01 20 64 00 0b 11 22 33 44 00 05 80 09 01 02 03 04 05 06 07 08" MACS
                     "08 00" IP);
    assert_layers(f, "gre:eth:ip:udp");
    assert_int_equal(value(f, "erspan.timestamp"), 0x11223344);
    assert_int_equal(value(f, "erspan.direction"), 1);
    assert_bytes(f, "erspan.platform", "01 02 03 04 05 06 07 08");
}

static void test_vxlan(void **state)
{
    struct fixture *f = *state;
    decode(f, "vxlan", "88 00 00 05 00 03 e8 00" MACS "08 00" IP);
    assert_layers(f, "vxlan:eth:ip:udp");
    assert_int_equal(value(f, "vxlan.flags"), 0x8800);
    assert_int_equal(value(f, "vxlan.flag_i"), 1);
    assert_int_equal(value(f, "vxlan.gbp"), 5);
    assert_int_equal(value(f, "vxlan.vni"), 1000);
}

static enum tl_probe probe(struct fixture *f, const char *hex)
{
    struct tl_dissection d = { .flow = { .ip_proto = 17 } };
    uint32_t n = hex_bytes(f->packet, sizeof f->packet, hex);
    uint8_t *at = f->page + FIXTURE_ROOM - n;
    memcpy(at, f->packet, n);
    for (uint32_t k = 0; k < 22 && k < n; k++)
        assert_int_equal(tl_protocol_vxlan.probe(tl_cursor_on(at + n - k, k, k), &d), TL_PROBE_NO);
    return tl_protocol_vxlan.probe(tl_cursor_on(at, n, n), &d);
}

static void test_vxlan_probe(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(probe(f, "08 00 00 00 00 00 07 00" MACS "08 00"), TL_PROBE_YES);
    assert_int_equal(probe(f, "08 00 00 00 00 00 07 00" MACS "88 b5"), TL_PROBE_MAYBE);
    assert_int_equal(probe(f, "88 00 00 05 00 00 07 00" MACS "08 06"), TL_PROBE_YES);
    /* reserved bits set: detected only on its port */
    assert_int_equal(probe(f, "08 00 00 05 00 00 07 00" MACS "08 00"), TL_PROBE_MAYBE);
    assert_int_equal(probe(f, "08 00 00 00 00 00 07 01" MACS "08 00"), TL_PROBE_MAYBE);
    assert_int_equal(probe(f, "0c 00 00 00 00 00 07 00" MACS "08 00"), TL_PROBE_MAYBE);
    assert_int_equal(probe(f, "80 00 00 05 00 00 07 00" MACS "08 00"), TL_PROBE_NO);
}

static void test_cmd(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "89 09 01 01 00 01 00 02 08 00" IP);
    assert_layers(f, "eth:cmd:ip:udp");
    assert_int_equal(value(f, "cmd.sgt"), 2);
    assert_int_equal(value(f, "cmd.type"), 0x0800);
    decode(f, "gre", "00 00 89 09 08 00 01 01 00 01 00 03" IP); /* the type comes first */
    assert_layers(f, "gre:cmd:ip:udp");
    assert_int_equal(value(f, "cmd.version"), 1);
    assert_int_equal(value(f, "cmd.sgt"), 3);
}

static void test_mpls(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "88 47 00 01 0c 3f 00 02 05 40" IP);
    assert_layers(f, "eth:mpls:mpls:ip:udp");
    assert_int_equal(value(f, "mpls.label"), 16);
    assert_int_equal(value(f, "mpls.exp"), 6);
    assert_int_equal(value(f, "mpls.bottom"), 0);
    assert_int_equal(value(f, "mpls.ttl"), 63);
    assert_int_equal(nth_value(f, "mpls.label", 1), 32);
    assert_int_equal(nth_value(f, "mpls.bottom", 1), 1);
    decode(f, "eth", MACS "88 48 00 01 01 40" IPV6);
    assert_layers(f, "eth:mpls:ipv6:udp");
    decode(f, "ppp", "ff 03 02 81 00 01 01 40" IP);
    assert_layers(f, "ppp:mpls:ip:udp");
    decode(f, "eth", MACS "88 47 00 01 01 40 00 00 00 00"); /* too short for a frame after a control word */
    assert_layers(f, "eth:mpls");
    decode(f, "eth", MACS "88 47 00 01 01");
    assert_layers(f, "eth:mpls!");
}

static void test_pppoe(void **state)
{
    struct fixture *f = *state;
    decode(f, "eth", MACS "88 64 11 00 00 07 00 1e 00 21" IP "ff ff ff");
    assert_layers(f, "eth:pppoe:ppp:ip:udp");
    assert_int_equal(value(f, "pppoe.version"), 1);
    assert_int_equal(value(f, "pppoe.type"), 1);
    assert_int_equal(value(f, "pppoe.code"), 0);
    assert_int_equal(value(f, "pppoe.session_id"), 7);
    assert_int_equal(value(f, "pppoe.payload_length"), 30);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 0); /* padding belongs to no layer */
    decode(f, "eth", MACS "88 63 11 09 00 00 00 04 01 01 00 00");
    assert_layers(f, "eth:pppoe");
    assert_int_equal(value(f, "pppoe.code"), 9);
    decode(f, "eth", MACS "88 64 11 00 00 07 00 01 00 21" IP); /* the payload ends inside the PPP protocol */
    assert_layers(f, "eth:pppoe:ppp!");
}

static void test_geneve(void **state)
{
    struct fixture *f = *state;
    decode(f, "geneve", "02 40 65 58 00 03 e8 00 01 02 80 01 aa bb cc dd" MACS "08 00" IP);
    assert_layers(f, "geneve:eth:ip:udp");
    assert_int_equal(value(f, "geneve.vni"), 1000);
    assert_int_equal(value(f, "geneve.flags.critical"), 1);
    assert_int_equal(value(f, "geneve.option.class"), 0x0102);
    assert_int_equal(value(f, "geneve.option.type"), 0x80);
    assert_int_equal(value(f, "geneve.option.length"), 4);
    assert_bytes(f, "geneve.option.unknown.data", "aa bb cc dd");
    decode(f, "geneve", "00 00 08 00 00 00 01 00" IP);
    assert_layers(f, "geneve:ip:udp");
    decode(f, "geneve", "01 00 08 00 00 00 01 00 01 02 00 1f" IP); /* an option longer than all options */
    assert_layers(f, "geneve:ip:udp"); /* marked, but the next layer is at the right offset */
}

static void test_gtp(void **state)
{
    struct fixture *f = *state;
    decode(f, "gtp", "30 ff 00 1c 00 00 00 2a" IP);
    assert_layers(f, "gtp:ip:udp");
    assert_int_equal(value(f, "gtp.message"), 0xff);
    assert_int_equal(value(f, "gtp.teid"), 42);
    decode(f, "gtp", "34 ff 00 24 00 00 00 2a 00 07 00 85 01 10 05 00" IP);
    assert_layers(f, "gtp:ip:udp");
    assert_int_equal(value(f, "gtp.seq_number"), 7);
    assert_bytes(f, "gtp.ext.data", "10 05");
    assert_int_equal(value(f, "gtp.ext_hdr.next"), 0);
    decode(f, "gtp", "34 ff 00 08 00 00 00 2a 00 07 00 85 00 10 05 00"); /* an extension of length 0 */
    assert_layers(f, "gtp!");
}

static void test_tunnel_probes(void **state)
{
    static const uint8_t geneve[8] = { 0, 0, 0x65, 0x58 }, gtp[8] = { 0x30, 1, 0, 0 };
    struct tl_dissection d = { .flow = { .ip_proto = 17, .home = true } };
    struct tl_dissection control = { .flow = { .ip_proto = 17, .resp_port = 2123 } }, else_where = { .flow = { .ip_proto = 17 } };
    (void)state;
    assert_int_equal(tl_protocol_geneve.probe(tl_cursor_on(geneve, 8, 8), &d), TL_PROBE_MAYBE);
    assert_int_equal(tl_protocol_geneve.probe(tl_cursor_on(geneve, 7, 7), &d), TL_PROBE_NO);
    assert_int_equal(tl_protocol_geneve.probe(tl_cursor_on(gtp, 8, 8), &d), TL_PROBE_NO);
    assert_int_equal(tl_protocol_gtp.probe(tl_cursor_on(gtp, 8, 8), &d), TL_PROBE_MAYBE);
    assert_int_equal(tl_protocol_gtp.probe(tl_cursor_on(gtp, 8, 8), &control), TL_PROBE_YES);
    assert_int_equal(tl_protocol_gtp.probe(tl_cursor_on(gtp, 8, 8), &else_where), TL_PROBE_NO);
    assert_int_equal(tl_protocol_gtp.probe(tl_cursor_on(gtp, 8, 9), &d), TL_PROBE_NO);
    assert_int_equal(tl_protocol_gtp.probe(tl_cursor_on(geneve, 8, 8), &d), TL_PROBE_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eth),    cmocka_unit_test(test_vlan), cmocka_unit_test(test_llc),
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_cooked), cmocka_unit_test(test_null),
        cmocka_unit_test(test_raw),    cmocka_unit_test(test_ppp),  cmocka_unit_test(test_arp),
        cmocka_unit_test(test_gre),    cmocka_unit_test(test_pptp), cmocka_unit_test(test_erspan),
        cmocka_unit_test(test_vxlan),  cmocka_unit_test(test_vxlan_probe),
        cmocka_unit_test(test_cmd),    cmocka_unit_test(test_mpls), cmocka_unit_test(test_pppoe),
        cmocka_unit_test(test_geneve), cmocka_unit_test(test_gtp),  cmocka_unit_test(test_tunnel_probes),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
