/* network.c - IPv4 and IPv6: fields, options, extension headers, fragments. */
#include "layers_fixture.h"

#define V4_ADDRESSES "0a 00 00 01 0a 00 00 02 "
#define V6_SRC "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "
#define V6_DST "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "
#define V6_END "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 03 "
#define UDP "10 00 20 00 00 08 00 00 "

static void test_ip(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", "45 b9 00 1d ab cd 40 00 3f 11 12 34 " V4_ADDRESSES "10 00 20 00 00 09 00 00 41 ee ee");
    assert_layers(f, "ip:udp");
    assert_int_equal(value(f, "ip.version"), 4);
    assert_int_equal(value(f, "ip.hdr_len"), 20);
    assert_int_equal(value(f, "ip.dsfield"), 0xb9);
    assert_int_equal(value(f, "ip.dsfield.dscp"), 46);
    assert_int_equal(value(f, "ip.dsfield.ecn"), 1);
    assert_int_equal(value(f, "ip.len"), 29);
    assert_int_equal(value(f, "ip.id"), 0xabcd);
    assert_int_equal(value(f, "ip.flags.rb"), 0);
    assert_int_equal(value(f, "ip.flags.df"), 1);
    assert_int_equal(value(f, "ip.flags.mf"), 0);
    assert_int_equal(value(f, "ip.ttl"), 63);
    assert_int_equal(value(f, "ip.proto"), 17);
    assert_int_equal(value(f, "ip.checksum"), 0x1234);
    assert_bytes(f, "ip.src", "0a 00 00 01");
    assert_bytes(f, "ip.dst", "0a 00 00 02");
    assert_int_equal(f->net.version, 4);
    assert_int_equal(f->net.protocol, 17);
    assert_int_equal(f->net.total_len, 29);
    assert_int_equal(f->net.header_len, 20);
    assert_false(f->net.fragment);
    assert_memory_equal(f->net.src, f->packet + 12, 4);
    assert_memory_equal(f->net.dst, f->packet + 16, 4);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 1); /* padding is not payload */
}

static void test_ip_fragment(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", "45 00 00 1c ab cd 20 02 40 11 00 00 " V4_ADDRESSES "01 02 03 04 05 06 07 08");
    assert_layers(f, "ip");
    assert_int_equal(value(f, "ip.flags.mf"), 1);
    assert_int_equal(value(f, "ip.frag_offset"), 2); /* in units of 8 bytes, as on the wire */
    assert_true(f->net.fragment);
    assert_true(f->net.more_fragments);
    assert_int_equal(f->net.frag_offset, 16);
    assert_int_equal(f->net.frag_id, 0xabcd);
    assert_int_equal(f->d.next.table, TL_ON_IP_PROTO);
    assert_int_equal(f->d.next.value, 17);
    decode(f, "ip", "45 00 00 1c ab cd 00 02 40 11 00 00 " V4_ADDRESSES "01 02 03 04 05 06 07 08");
    assert_true(f->net.fragment);
    assert_false(f->net.more_fragments);
}

static void test_ip_lengths(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", "45 00 00 00 00 01 00 00 40 11 00 00 " V4_ADDRESSES UDP); /* offload: filled in by the card */
    assert_layers(f, "ip:udp");
    assert_int_equal(f->net.total_len, 28);
    assert_int_equal(value(f, "ip.len"), 0);
    decode(f, "ip", "45 00 00 13 00 01 00 00 40 11 00 00 " V4_ADDRESSES UDP); /* shorter than its header */
    assert_layers(f, "ip!");
    assert_int_equal(f->net.version, 0);
    assert_true(layer_flags(f, 0) & TL_NODE_BAD);
    decode(f, "ip", "45 00 00 ff 00 01 00 00 40 11 00 00 " V4_ADDRESSES UDP); /* longer than the packet */
    assert_layers(f, "ip:udp");
    assert_true(f->d.length_clipped);
    assert_int_equal(f->net.total_len, 255);
    decode(f, "ip", "44 00 00 1c 00 01 00 00 40 11 00 00 " V4_ADDRESSES UDP);
    assert_layers(f, "ip!");
    assert_int_equal(value(f, "ip.hdr_len"), 16);
    decode(f, "ip", "65 00 00 1c 00 01 00 00 40 11 00 00 " V4_ADDRESSES UDP);
    assert_layers(f, "ip!");
    assert_int_equal(value(f, "ip.version"), 6);
}

static void test_ip_options(void **state)
{
    struct fixture *f = *state;
    /* router alert, record route with one of two filled in, no operation, end */
    decode(f, "ip", "4a 00 00 30 00 01 00 00 40 11 00 00 " V4_ADDRESSES
                    "94 04 00 00 07 0b 08 c0 00 02 01 00 00 00 00 01 00 00 00 00 " UDP);
    assert_layers(f, "ip:udp");
    assert_int_equal(f->net.header_len, 40);
    assert_int_equal(value(f, "ip.opt.type"), 148);
    assert_int_equal(value(f, "ip.opt.ra"), 0);
    assert_bytes(f, "ip.rec_rt", "c0 00 02 01");
    assert_null(find(f, "ip.rec_rt", 1));
    assert_int_equal(nth_value(f, "ip.opt.type", 2), 1);
    /* a timestamp with addresses */
    decode(f, "ip", "48 00 00 28 00 01 00 00 40 11 00 00 " V4_ADDRESSES "44 0c 0d 21 c0 00 02 01 00 00 00 05 " UDP);
    assert_int_equal(value(f, "ip.opt.overflow"), 2);
    assert_int_equal(value(f, "ip.opt.flag"), 1);
    assert_bytes(f, "ip.opt.time_stamp_addr", "c0 00 02 01");
    assert_int_equal(value(f, "ip.opt.time_stamp"), 5);
}

/* The final destination of a source route is used for checksums; the packet's destination stays the header's. */
static void test_ip_source_route(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", "48 00 00 28 00 01 00 00 40 11 00 00 " V4_ADDRESSES "83 0b 04 c0 00 02 01 c0 00 02 02 00 " UDP);
    assert_layers(f, "ip:udp");
    assert_bytes(f, "ip.src_rt", "c0 00 02 01");
    assert_nth_bytes(f, "ip.src_rt", 1, "c0 00 02 02");
    assert_memory_equal(f->net.route_dst, f->packet + 27, 4);
    decode(f, "ip", "48 00 00 28 00 01 00 00 40 11 00 00 " V4_ADDRESSES "83 0b 0c c0 00 02 01 c0 00 02 02 00 " UDP);
    assert_null(f->net.route_dst); /* the route is completed */
}

/* A bad option marks the layer; the next layer is decoded anyway. */
static void test_ip_bad_option(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = { "07 00 00 00", "07 01 00 00", "94 05 00 00", "01 01 01 07" };
    for (unsigned i = 0; i < TL_COUNT(bad); i++) {
        char hex[256];
        snprintf(hex, sizeof hex, "46 00 00 20 00 01 00 00 40 11 00 00 " V4_ADDRESSES "%s " UDP, bad[i]);
        decode(f, "ip", hex);
        assert_layers(f, "ip:udp");
        assert_true(layer_flags(f, 0) & TL_NODE_BAD);
        assert_false(layer_flags(f, 1) & TL_NODE_BAD);
    }
}

static void test_tunnels(void **state)
{
    struct fixture *f = *state;
    decode(f, "ip", "45 00 00 44 00 01 00 00 40 29 00 00 " V4_ADDRESSES "60 00 00 00 00 08 11 40 " V6_SRC V6_DST UDP);
    assert_layers(f, "ip:ipv6:udp");
    assert_int_equal(f->frame.net.version, 6);
    decode(f, "ip", "45 00 00 30 00 01 00 00 40 04 00 00 " V4_ADDRESSES "45 00 00 1c 00 01 00 00 40 11 00 00 "
                    "c0 00 02 01 c0 00 02 02" UDP);
    assert_layers(f, "ip:ip:udp");
    assert_bytes(f, "ip.src", "0a 00 00 01");
    assert_nth_bytes(f, "ip.src", 1, "c0 00 02 01");
}

static void test_ipv6(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", "61 21 23 45 00 08 11 40 " V6_SRC V6_DST UDP "ee ee");
    assert_layers(f, "ipv6:udp");
    assert_int_equal(value(f, "ipv6.version"), 6);
    assert_int_equal(value(f, "ipv6.tclass"), 0x12);
    assert_int_equal(value(f, "ipv6.flow"), 0x12345);
    assert_int_equal(value(f, "ipv6.plen"), 8);
    assert_int_equal(value(f, "ipv6.nxt"), 17);
    assert_int_equal(value(f, "ipv6.hlim"), 64);
    assert_bytes(f, "ipv6.src", V6_SRC);
    assert_bytes(f, "ipv6.dst", V6_DST);
    assert_int_equal(f->net.total_len, 48);
    assert_int_equal(f->net.header_len, 40);
    assert_int_equal(f->net.protocol, 17);
    assert_int_equal(tl_cursor_wire_left(&f->d.c), 0);
    decode(f, "ipv6", "41 21 23 45 00 08 11 40 " V6_SRC V6_DST UDP);
    assert_layers(f, "ipv6!");
}

static void test_ipv6_chain(void **state)
{
    struct fixture *f = *state;
    /* hop-by-hop with a router alert, destination options with padding, mobility, UDP */
    decode(f, "ipv6", "60 00 00 00 00 20 00 01 " V6_SRC V6_DST "3c 00 05 02 00 00 01 00 87 00 01 04 00 00 00 00"
                      "11 00 05 00 00 00 00 00" UDP);
    assert_layers(f, "ipv6:udp");
    assert_int_equal(value(f, "ipv6.hopopts.nxt"), 60);
    assert_int_equal(value(f, "ipv6.opt.router_alert"), 0);
    assert_int_equal(value(f, "ipv6.dstopts.nxt"), 135);
    assert_nth_bytes(f, "ipv6.opt.padn", 0, "00 00 00 00");
    assert_int_equal(value(f, "mip6.mhtype"), 5);
    assert_int_equal(f->net.header_len, 64);
    assert_int_equal(f->net.protocol, 17);
    /* an option longer than its header: marked, and the chain continues */
    decode(f, "ipv6", "60 00 00 00 00 10 3c 01 " V6_SRC V6_DST "11 00 05 09 00 00 01 00" UDP);
    assert_layers(f, "ipv6:udp");
    assert_true(layer_flags(f, 0) & TL_NODE_BAD);
    /* a header longer than the packet */
    decode(f, "ipv6", "60 00 00 00 00 08 3c 01 " V6_SRC V6_DST "11 01 01 04 00 00 00 00");
    assert_layers(f, "ipv6!");
}

static void test_ipv6_routing(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", "60 00 00 00 00 30 2b 40 " V6_SRC V6_DST "11 04 00 02 00 00 00 00 " V6_SRC V6_END UDP);
    assert_layers(f, "ipv6:udp");
    assert_int_equal(value(f, "ipv6.routing.type"), 0);
    assert_int_equal(value(f, "ipv6.routing.segleft"), 2);
    assert_nth_bytes(f, "ipv6.routing.src.addr", 1, V6_END);
    assert_memory_equal(f->net.route_dst, f->packet + 64, 16);
    assert_memory_equal(f->net.dst, f->packet + 24, 16);
    /* segments are listed from the last to the first (RFC 8754 2) */
    decode(f, "ipv6", "60 00 00 00 00 30 2b 40 " V6_SRC V6_DST "11 04 04 01 01 00 00 07 " V6_END V6_DST UDP);
    assert_int_equal(value(f, "ipv6.routing.srh.last_entry"), 1);
    assert_bytes(f, "ipv6.routing.srh.addr", V6_END);
    assert_memory_equal(f->net.route_dst, f->packet + 48, 16);
    decode(f, "ipv6", "60 00 00 00 00 20 2b 40 " V6_SRC V6_DST "11 02 00 00 00 00 00 00 " V6_SRC UDP);
    assert_null(f->net.route_dst); /* no segments left */
}

static void test_ipv6_fragment(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", "60 00 00 00 00 10 2c 40 " V6_SRC V6_DST "11 00 00 19 12 34 56 78 " UDP);
    assert_layers(f, "ipv6");
    assert_int_equal(value(f, "ipv6.fraghdr.nxt"), 17);
    assert_int_equal(value(f, "ipv6.fraghdr.offset"), 3);
    assert_int_equal(value(f, "ipv6.fraghdr.more"), 1);
    assert_int_equal(value(f, "ipv6.fraghdr.ident"), 0x12345678);
    assert_true(f->net.fragment);
    assert_true(f->net.more_fragments);
    assert_int_equal(f->net.frag_offset, 24);
    assert_int_equal(f->net.frag_id, 0x12345678);
    assert_int_equal(f->net.header_len, 48);
    decode(f, "ipv6", "60 00 00 00 00 10 2c 40 " V6_SRC V6_DST "11 00 00 01 12 34 56 78 " UDP); /* the first fragment */
    assert_true(f->net.fragment);
    assert_int_equal(f->net.frag_offset, 0);
    /* RFC 6946: an atomic fragment is not a fragment */
    decode(f, "ipv6", "60 00 00 00 00 10 2c 40 " V6_SRC V6_DST "11 00 00 00 12 34 56 78 " UDP);
    assert_layers(f, "ipv6:udp");
    assert_false(f->net.fragment);
    assert_int_equal(f->net.header_len, 48);
}

static void test_jumbo(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", "60 00 00 00 00 00 00 40 " V6_SRC V6_DST "11 00 c2 04 00 00 00 10 10 00 20 00 00 00 00 00 ee");
    assert_layers(f, "ipv6:udp");
    assert_int_equal(value(f, "ipv6.opt.jumbo"), 16);
    assert_int_equal(f->net.total_len, 56);
    assert_int_equal(f->frame.seg.payload_len, 0);
    decode(f, "ipv6", "60 00 00 00 00 00 00 40 " V6_SRC V6_DST "11 00 c2 04 ff ff ff ff " UDP);
    assert_layers(f, "ipv6:udp");
    assert_int_equal(f->net.total_len, 56); /* invalid length: use the captured one */
    decode(f, "ipv6", "60 00 00 00 00 00 3b 40 " V6_SRC V6_DST "ee ee");
    assert_layers(f, "ipv6");
    assert_int_equal(f->net.total_len, 40);
}

/* IPv6 extension headers can follow the authentication header; they form a layer of their own. */
static void test_after_ah(void **state)
{
    struct fixture *f = *state;
    decode(f, "ipv6", "60 00 00 00 00 20 33 40 " V6_SRC V6_DST "3c 02 00 00 00 00 00 07 00 00 00 01 a1 a2 a3 a4"
                      "11 00 01 04 00 00 00 00" UDP);
    assert_layers(f, "ipv6:ah:ipv6_ext:udp");
    assert_int_equal(value(f, "ah.spi"), 7);
    assert_bytes(f, "ah.icv", "a1 a2 a3 a4");
    assert_int_equal(value(f, "ipv6.dstopts.nxt"), 17);
    assert_int_equal(f->frame.net.header_len, 40 + 16 + 8);
    assert_int_equal(f->frame.net.protocol, 17);
    decode(f, "ip", "45 00 00 2c 00 01 00 00 40 33 00 00 " V4_ADDRESSES
                    "11 02 00 00 00 00 00 07 00 00 00 01 a1 a2 a3 a4" UDP);
    assert_layers(f, "ip:ah:udp");
    assert_int_equal(f->frame.net.header_len, 36);
    decode(f, "ip", "45 00 00 1c 00 01 00 00 40 3c 00 00 " V4_ADDRESSES "11 00 01 04 00 00 00 00");
    assert_layers(f, "ip:ipv6_ext"); /* no IPv4 layer */
    assert_null(find(f, "ipv6.dstopts.nxt", 0));
    assert_int_equal(f->frame.net.protocol, 60);
}

static void test_esp(void **state)
{
    struct fixture *f = *state;
    decode(f, "esp", "00 00 00 09 00 00 00 03 de ad be ef");
    assert_layers(f, "esp");
    assert_int_equal(value(f, "esp.spi"), 9);
    assert_int_equal(value(f, "esp.sequence"), 3);
    assert_bytes(f, "esp.encrypted_data", "de ad be ef");
}

/* What an address prefix has beyond its bits says nothing, so it does not make another prefix. */
static void test_prefix(void **state)
{
    struct fixture *f = *state;
    decode(f, "eigrp", "02 01 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 "
                       "01 02 00 1c 00 00 00 00 00 00 00 01 00 00 00 01 00 05 dc 00 ff 01 00 00 14 0a 01 1f");
    assert_int_equal(value(f, "eigrp.ipv4.prefixlen"), 20);
    assert_bytes(f, "eigrp.ipv4.destination", "0a 01 10 00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip),           cmocka_unit_test(test_ip_fragment),  cmocka_unit_test(test_ip_lengths),
        cmocka_unit_test(test_ip_options),   cmocka_unit_test(test_ip_source_route),
        cmocka_unit_test(test_ip_bad_option), cmocka_unit_test(test_tunnels),     cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_chain),   cmocka_unit_test(test_ipv6_routing), cmocka_unit_test(test_ipv6_fragment),
        cmocka_unit_test(test_jumbo),        cmocka_unit_test(test_after_ah),    cmocka_unit_test(test_esp),
        cmocka_unit_test(test_prefix),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
