/* transport.c - TCP, UDP, ICMP, ICMPv6 and IGMP: fields, values passed to the flow, quoted packets. */
#include "layers_fixture.h"

#define V4(total, proto) "45 00 00 " total " 00 01 00 00 40 " proto " 00 00 0a 00 00 01 0a 00 00 02 "
#define V6(plen, nxt)                                                                                                 \
    "60 00 00 00 00 " plen " " nxt " 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                              \
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "
#define TARGET "fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 09 "

static void test_tcp(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", V4("2b", "06") "04 d2 00 50 01 02 03 04 05 06 07 08 51 98 20 00 ab cd 00 07 41 42 43 ee");
    assert_layers(f, "ip:tcp");
    assert_int_equal(value(f, "tcp.srcport"), 1234);
    assert_int_equal(value(f, "tcp.dstport"), 80);
    assert_int_equal(value(f, "tcp.seq_raw"), 0x01020304);
    assert_int_equal(value(f, "tcp.ack_raw"), 0x05060708);
    assert_int_equal(value(f, "tcp.hdr_len"), 20);
    assert_int_equal(value(f, "tcp.flags"), 0x198);
    assert_int_equal(value(f, "tcp.flags.ae"), 1);
    assert_int_equal(value(f, "tcp.flags.cwr"), 1);
    assert_int_equal(value(f, "tcp.flags.ece"), 0);
    assert_int_equal(value(f, "tcp.flags.push"), 1);
    assert_int_equal(value(f, "tcp.flags.syn"), 0);
    assert_int_equal(value(f, "tcp.window_size_value"), 0x2000);
    assert_int_equal(value(f, "tcp.checksum"), 0xabcd);
    assert_int_equal(value(f, "tcp.urgent_pointer"), 7);
    assert_int_equal(value(f, "tcp.len"), 3);
    assert_int_equal(f->frame.seg.payload_len, 3);
    assert_int_equal(f->frame.seg.flags, TL_CWR | TL_ACK | TL_PSH);
    assert_int_equal(f->frame.seg.seq, 0x01020304);
    assert_int_equal(f->frame.seg.ack, 0x05060708);
    assert_int_equal(f->frame.seg.window_scale, -1);
    assert_int_equal(f->d.next.kind, TL_NEXT_PORTS);
    assert_int_equal(f->d.next.table, TL_ON_TCP_PORT);
    assert_int_equal(f->d.next.dst_port, 80);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 3);
}

#define SYN V4("3c", "06") "04 d2 00 50 00 00 00 01 00 00 00 00 a0 02 20 00 00 00 00 00 "
#define SYN_OPTIONS "02 04 05 b4 04 02 08 0a 00 00 00 05 00 00 00 06 01 03 03 07 "

static void test_tcp_options(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", SYN SYN_OPTIONS);
    assert_layers(f, "ip:tcp");
    assert_int_equal(value(f, "tcp.options.mss_val"), 1460);
    assert_int_equal(value(f, "tcp.options.sack_perm"), 1);
    assert_int_equal(value(f, "tcp.options.timestamp.tsval"), 5);
    assert_int_equal(value(f, "tcp.options.timestamp.tsecr"), 6);
    assert_int_equal(value(f, "tcp.options.wscale.shift"), 7);
    assert_int_equal(nth_value(f, "tcp.option_kind", 3), 1);
    assert_int_equal(f->frame.seg.mss, 1460);
    assert_int_equal(f->frame.seg.window_scale, 7);
    fixture_run(f, TL_PROTOCOL_ip, f->len, f->len, false); /* the same without a tree */
    assert_int_equal(f->frame.seg.mss, 1460);
    assert_int_equal(f->frame.seg.window_scale, 7);
    decode(f, "ip", SYN "03 03 ff 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10"); /* ends after the first */
    assert_int_equal(f->frame.seg.window_scale, 14);
    assert_int_equal(value(f, "tcp.options.wscale.shift"), 255);
    assert_null(find(f, "tcp.option_kind", 2));
}

static void test_tcp_more_options(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", V4("3c", "06") "04 d2 00 50 00 00 00 01 00 00 00 00 a0 10 20 00 00 00 00 00 "
                                   "05 12 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 03 03");
    assert_int_equal(nth_value(f, "tcp.options.sack_le", 1), 3);
    assert_int_equal(nth_value(f, "tcp.options.sack_re", 1), 4);
    assert_true(layer_flags(f, 1) & TL_NODE_BAD); /* the last option is longer than the header */
    assert_int_equal(f->frame.seg.window_scale, -1);  /* and tells nothing outside a handshake */
    decode(f, "ip", SYN "22 0a 01 02 03 04 05 06 07 08 1e 04 20 01 1c 04 80 05 01 01");
    assert_bytes(f, "tcp.options.tfo.cookie", "01 02 03 04 05 06 07 08");
    assert_int_equal(value(f, "tcp.options.mptcp.subtype"), 2);
    assert_int_equal(value(f, "tcp.options.user_to_granularity"), 1);
    assert_int_equal(value(f, "tcp.options.user_to_val"), 5);
    decode(f, "ip", SYN "fe 04 f9 89 13 04 aa bb 22 02 c8 04 01 02 fd 04 12 34 00 00");
    assert_int_equal(value(f, "tcp.options.experimental.exid"), 0xf989);
    assert_int_equal(value(f, "tcp.options.tfo.request"), 1);
    assert_bytes(f, "tcp.options.md5.digest", "aa bb");
    assert_bytes(f, "tcp.options.unknown.payload", "01 02");
}

/* A bad option marks the layer; the segment still counts. */
static void test_tcp_bad(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", SYN "02 04 05 b4 08 00 00 00 00 00 00 00 00 00 00 00 03 03 07 00");
    assert_layers(f, "ip:tcp");
    assert_true(layer_flags(f, 1) & TL_NODE_BAD);
    assert_int_equal(f->frame.seg.mss, 1460);
    assert_int_equal(f->frame.seg.window_scale, -1);
    decode(f, "ip", V4("28", "06") "04 d2 00 50 00 00 00 01 00 00 00 00 40 02 20 00 00 00 00 00 ");
    assert_layers(f, "ip:tcp!");
    decode(f, "ip", V4("28", "06") "04 d2 00 50 00 00 00 01 00 00 00 00 60 02 20 00 00 00 00 00 ");
    assert_layers(f, "ip:tcp!"); /* the header is longer than the packet */
}

static void test_udp(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", V4("20", "11") "10 00 20 00 00 0a ab cd 41 42 43 44");
    assert_layers(f, "ip:udp");
    assert_int_equal(value(f, "udp.srcport"), 4096);
    assert_int_equal(value(f, "udp.length"), 10);
    assert_int_equal(value(f, "udp.checksum"), 0xabcd);
    assert_int_equal(f->frame.seg.payload_len, 2);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 2);
    assert_int_equal(f->d.next.table, TL_ON_UDP_PORT);
    decode(f, "ip", V4("20", "11") "10 00 20 00 00 07 00 00 41 42 43 44");
    assert_layers(f, "ip:udp!");
    decode(f, "ip", V4("20", "11") "10 00 20 00 00 00 00 00 41 42 43 44");
    assert_layers(f, "ip:udp");
    assert_int_equal(f->frame.seg.payload_len, 4);
    decode(f, "ip", V4("20", "11") "10 00 20 00 01 00 00 00 41 42 43 44"); /* more than the packet has */
    assert_layers(f, "ip:udp");
    assert_true(f->d.length_clipped);
    assert_int_equal(f->frame.seg.payload_len, 4);
}

static void test_icmp(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", V4("1e", "01") "08 00 12 34 00 05 00 06 41 42");
    assert_layers(f, "ip:icmp");
    assert_int_equal(value(f, "icmp.type"), 8);
    assert_int_equal(value(f, "icmp.checksum"), 0x1234);
    assert_int_equal(value(f, "icmp.ident"), 5);
    assert_int_equal(value(f, "icmp.seq"), 6);
    assert_int_equal(f->frame.seg.src_port, 8);
    assert_int_equal(f->frame.seg.dst_port, 0);
    assert_false(f->frame.seg.one_way);
    assert_int_equal(f->frame.seg.payload_len, 2);
    decode(f, "ip", V4("28", "01") "0e 00 00 00 00 05 00 06 00 00 00 01 00 00 00 02 00 00 00 03");
    assert_int_equal(value(f, "icmp.transmit_timestamp"), 3);
    assert_int_equal(f->frame.seg.dst_port, 13);
    decode(f, "ip", V4("24", "01") "09 00 00 00 01 02 00 1e c0 00 02 01 ff ff ff ff");
    assert_bytes(f, "icmp.router_address", "c0 00 02 01");
    assert_true((int32_t)value(f, "icmp.pref_level") == -1);
    decode(f, "ip", V4("18", "01") "0d 00 00 00"); /* cut short: marked, and still a packet of its flow */
    assert_layers(f, "ip:icmp");
    assert_true(layer_flags(f, 1) & TL_NODE_BAD);
}

static void test_icmp_error(void **state)
{
    struct fixture *f = *state;
    /* needs fragmentation; the quote ends in the middle of TCP */
    decode(f, "ip", V4("38", "01") "03 04 00 00 00 00 05 78 45 00 05 dc 00 09 40 00 40 06 00 00 0a 00 00 02 0a 00 00 01"
                                   "04 d2 00 50 00 00 00 09");
    assert_layers(f, "ip:icmp:ip:tcp~");
    assert_int_equal(value(f, "icmp.mtu"), 1400);
    assert_true(layer_flags(f, 2) & TL_NODE_QUOTED);
    assert_true(layer_flags(f, 3) & TL_NODE_SHORT);
    assert_false(f->d.length_clipped);
    assert_int_equal(value(f, "tcp.seq_raw"), 9);
    assert_null(find(f, "tcp.len", 0));
    fixture_run(f, TL_PROTOCOL_ip, f->len, f->len, false);
    assert_layers(f, "ip:icmp");
    assert_int_equal(f->frame.seg.src_port, 3);
    assert_int_equal(f->frame.seg.dst_port, 4);
    assert_true(f->frame.seg.one_way);
    assert_int_equal(f->frame.seg.payload_len, 28);
    decode(f, "ip", V4("38", "01") "05 01 00 00 c0 00 02 09 45 00 00 1c 00 09 40 00 40 11 00 00 0a 00 00 02 0a 00 00 01"
                                   "10 00 20 00 00 08 00 00");
    assert_layers(f, "ip:icmp:ip:udp");
    assert_bytes(f, "icmp.redir_gw", "c0 00 02 09");
}

/* RFC 4884 and 4950: 128 bytes of quote, then a label stack. */
static void test_icmp_extensions(void **state)
{
    struct fixture *f = *state;
    f->len = hex_bytes(f->packet, sizeof f->packet,
                       V4("b0", "01") "0b 00 00 00 00 20 00 00 45 00 00 80 00 09 40 00 40 11 00 00 0a 00 00 02"
                                      "0a 00 00 01 10 00 20 00 00 6c 00 00");
    memset(f->packet + f->len, 0x41, 100);
    f->len += 100;
    f->len += hex_bytes(f->packet + f->len, 32, "20 00 00 00 00 0c 01 01 00 01 00 fe 00 01 15 01 00 04 09 09");
    assert_int_equal(f->len, 176);
    decode_packet(f, "ip");
    assert_layers(f, "ip:icmp:ip:udp");
    assert_int_equal(value(f, "icmp.length"), 32);
    assert_int_equal(value(f, "icmp.ext.version"), 2);
    assert_int_equal(value(f, "icmp.mpls.label"), 16);
    assert_int_equal(value(f, "icmp.mpls.s"), 0);
    assert_int_equal(value(f, "icmp.mpls.ttl"), 254);
    assert_int_equal(nth_value(f, "icmp.mpls.label", 1), 17);
    assert_int_equal(nth_value(f, "icmp.mpls.exp", 1), 2);
    assert_int_equal(nth_value(f, "icmp.mpls.s", 1), 1);
    assert_int_equal(nth_value(f, "icmp.ext.class", 1), 9);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 100); /* the quote ends where the extensions begin */
}

static void test_icmpv6(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", V6("09", "3a") "81 00 12 34 00 05 00 06 41");
    assert_layers(f, "ipv6:icmpv6");
    assert_int_equal(value(f, "icmpv6.type"), 129);
    assert_int_equal(value(f, "icmpv6.echo.identifier"), 5);
    assert_int_equal(value(f, "icmpv6.echo.sequence_number"), 6);
    assert_int_equal(f->frame.seg.src_port, 129);
    assert_int_equal(f->frame.seg.dst_port, 128);
    assert_int_equal(f->frame.seg.payload_len, 1);
    decode(f, "ipv6", V6("38", "3a") "02 00 00 00 00 00 05 00 " V6("80", "11") "10 00 20 00 00 80 00 00");
    assert_layers(f, "ipv6:icmpv6:ipv6:udp");
    assert_int_equal(value(f, "icmpv6.mtu"), 1280);
}

static void test_neighbors(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", V6("20", "3a") "87 00 00 00 00 00 00 00 " TARGET "01 01 66 77 88 99 aa bb");
    assert_layers(f, "ipv6:icmpv6");
    assert_bytes(f, "icmpv6.nd.ns.target_address", TARGET);
    assert_bytes(f, "icmpv6.opt.src_linkaddr", "66 77 88 99 aa bb");
    assert_int_equal(f->frame.seg.dst_port, 136);
    decode(f, "ipv6", V6("18", "3a") "88 00 00 00 60 00 00 00 " TARGET);
    assert_bytes(f, "icmpv6.nd.na.target_address", TARGET);
    assert_int_equal(value(f, "icmpv6.nd.na.flag.r"), 0);
    assert_int_equal(value(f, "icmpv6.nd.na.flag.s"), 1);
    assert_int_equal(value(f, "icmpv6.nd.na.flag.o"), 1);
    /* an option of length 0 must not loop */
    decode(f, "ipv6", V6("20", "3a") "87 00 00 00 00 00 00 00 " TARGET "01 00 66 77 88 99 aa bb");
    assert_layers(f, "ipv6:icmpv6");
    assert_true(layer_flags(f, 1) & TL_NODE_BAD);
}

static void test_router(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", V6("70", "3a") "86 00 00 00 40 c8 07 08 00 00 00 01 00 00 00 02 "
                                     "05 01 00 00 00 00 05 dc 03 04 40 c0 00 00 00 09 00 00 00 08 00 00 00 00 " TARGET
                                     "19 03 00 00 00 00 00 1e " TARGET
                                     "1f 03 00 00 00 00 00 1e 02 6e 73 03 6f 72 67 00 01 61 00 00 00 00 00 00");
    assert_layers(f, "ipv6:icmpv6");
    assert_int_equal(value(f, "icmpv6.nd.ra.cur_hop_limit"), 64);
    assert_int_equal(value(f, "icmpv6.nd.ra.flag.m"), 1);
    assert_int_equal(value(f, "icmpv6.nd.ra.flag.o"), 1);
    assert_int_equal(value(f, "icmpv6.nd.ra.flag.prf"), 1);
    assert_int_equal(value(f, "icmpv6.nd.ra.router_lifetime"), 1800);
    assert_int_equal(value(f, "icmpv6.opt.mtu"), 1500);
    assert_int_equal(value(f, "icmpv6.opt.prefix.length"), 64);
    assert_int_equal(value(f, "icmpv6.opt.prefix.flag.a"), 1);
    assert_int_equal(value(f, "icmpv6.opt.prefix.valid_lifetime"), 9);
    assert_bytes(f, "icmpv6.opt.prefix", TARGET);
    assert_int_equal(value(f, "icmpv6.opt.rdnss.lifetime"), 30);
    assert_bytes(f, "icmpv6.opt.rdnss", TARGET);
    assert_bytes(f, "icmpv6.opt.dnssl", "6e 73 2e 6f 72 67"); /* ns.org */
    assert_nth_bytes(f, "icmpv6.opt.dnssl", 1, "61");
    assert_int_equal(layer_flags(f, 1), 0);
}

static void test_listeners(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", V6("18", "3a") "82 00 00 00 03 e8 00 00 " TARGET);
    assert_int_equal(value(f, "icmpv6.mld.maximum_response_delay"), 1000);
    decode(f, "ipv6", V6("2c", "3a") "82 00 00 00 03 e8 00 00 " TARGET "0a 7d 00 01 " TARGET);
    assert_int_equal(value(f, "icmpv6.mld.maximum_response_code"), 1000);
    assert_int_equal(value(f, "icmpv6.mld.flag.s"), 1);
    assert_int_equal(value(f, "icmpv6.mld.flag.qrv"), 2);
    assert_bytes(f, "icmpv6.mld.source_address", TARGET);
    decode(f, "ipv6", V6("44", "3a") "8f 00 00 00 00 00 00 02 04 00 00 00 " TARGET "05 01 00 01 " TARGET TARGET
                                     "01 02 03 04");
    assert_layers(f, "ipv6:icmpv6");
    assert_int_equal(value(f, "icmpv6.mldr.nb_mcast_records"), 2);
    assert_int_equal(nth_value(f, "icmpv6.mldr.mar.record_type", 1), 5);
    assert_bytes(f, "icmpv6.mldr.mar.auxiliary_data", "01 02 03 04");
    assert_true(f->frame.seg.one_way);
    /* more records than there are */
    decode(f, "ipv6", V6("1c", "3a") "8f 00 00 00 00 00 ff ff 04 00 00 00 " TARGET);
    assert_true(layer_flags(f, 1) & TL_NODE_BAD);
}

static void test_igmp(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", V4("1c", "02") "16 00 00 00 e0 00 00 fb");
    assert_layers(f, "ip:igmp");
    assert_int_equal(value(f, "igmp.type"), 0x16);
    assert_bytes(f, "igmp.maddr", "e0 00 00 fb");
    decode(f, "ip", V4("24", "02") "11 64 00 00 e0 00 00 fb 0a 7d 00 01 c0 00 02 01");
    assert_int_equal(value(f, "igmp.max_resp"), 100);
    assert_int_equal(value(f, "igmp.s"), 1);
    assert_int_equal(value(f, "igmp.qrv"), 2);
    assert_bytes(f, "igmp.saddr", "c0 00 02 01");
    decode(f, "ip", V4("34", "02") "22 00 00 00 00 00 00 02 04 00 00 00 e0 00 00 fb 05 01 00 01 e0 00 00 fc c0 00 02 01"
                                   "01 02 03 04");
    assert_int_equal(value(f, "igmp.num_grp_recs"), 2);
    assert_nth_bytes(f, "igmp.maddr", 1, "e0 00 00 fc");
    assert_bytes(f, "igmp.aux_data", "01 02 03 04");
    assert_int_equal(layer_flags(f, 1), 0);
}

static void test_data(void **state)
{
    struct fixture *f = *state;
    decode(f, "data", "de ad be ef");
    assert_layers(f, "data");
    assert_bytes(f, "data.data", "de ad be ef");
    assert_int_equal(value(f, "data.len"), 4);
    fixture_run(f, TL_PROTOCOL_data, 2, 9, true); /* cut: the captured bytes and the length on the wire */
    assert_layers(f, "data");
    assert_bytes(f, "data.data", "de ad");
    assert_int_equal(value(f, "data.len"), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),       cmocka_unit_test(test_tcp_options), cmocka_unit_test(test_tcp_more_options),
        cmocka_unit_test(test_tcp_bad),   cmocka_unit_test(test_udp),         cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_icmp_error), cmocka_unit_test(test_icmp_extensions), cmocka_unit_test(test_icmpv6),
        cmocka_unit_test(test_neighbors), cmocka_unit_test(test_router),      cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_igmp),      cmocka_unit_test(test_data),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
