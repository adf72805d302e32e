/* tunnel_udp.c - tunnels in UDP: Teredo, VXLAN-GPE, MPLS, LISP, AYIYA. */
#include "variants_fixture.h"

/* The protocol's answer to a payload at the guard page, and to every prefix of it, which must not be read beyond its end. */
static enum tl_probe answer(struct fixture *f, const struct tl_protocol *protocol, bool home, const char *hex)
{
    struct tl_dissection d = { .flow = { .ip_proto = 17, .home = home } };
    uint32_t n = hex_bytes(f->packet, sizeof f->packet, hex);
    uint8_t *at = f->page + FIXTURE_ROOM - n;
    for (uint32_t k = 0; k < n; k++) {
        memcpy(f->page + FIXTURE_ROOM - k, f->packet, k);
        (void)protocol->probe(tl_cursor_on(f->page + FIXTURE_ROOM - k, k, n), &d);
    }
    memcpy(at, f->packet, n);
    return protocol->probe(tl_cursor_on(at, n, n), &d);
}

struct probed {
    const char *hex;
    enum tl_probe home, elsewhere;
};

static void check_probes(struct fixture *f, const struct tl_protocol *protocol, const struct probed *probed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum tl_probe home = answer(f, protocol, true, probed[i].hex), away = answer(f, protocol, false, probed[i].hex);
        if (home != probed[i].home || (!protocol->only_at_home && away != probed[i].elsewhere))
            fail_msg("%s: payload %zu gets %d and %d", protocol->name, i, (int)home, (int)away);
    }
    struct tl_dissection tcp = { .flow = { .ip_proto = 6, .home = true } };
    uint32_t n = hex_bytes(f->packet, sizeof f->packet, probed[0].hex);
    assert_int_equal(protocol->probe(tl_cursor_on(f->packet, n, n), &tcp), TL_PROBE_NO);
}

#define CHECK_PROBES(protocol, table) check_probes(*state, &(protocol), table, TL_COUNT(table))

#define TEREDO_IPV6                                                                                                   \
    "60 00 00 00 00 00 3b 15 20 01 00 00 41 37 9e 50 80 00 f1 2a b9 c8 28 15 "                                         \
    "20 01 48 60 00 00 20 01 00 00 00 00 00 00 00 68 "
#define AUTH "00 01 02 04 61 62 71 72 73 74 00 11 22 33 44 55 66 77 00 "
#define ORIGIN "00 00 ed cb f5 ff ff fe "

static void test_teredo(void **state)
{
    static const struct variant variants[] = {
        { "teredo", IPV6, "teredo:ipv6:udp", NULL, 0, NULL },
        { "teredo", TEREDO_IPV6, "teredo:ipv6", NULL, 0, NULL },
        { "teredo", ORIGIN IPV6, "teredo:ipv6:udp", "teredo.orig.port", 0x1234, NULL },
        { "teredo", ORIGIN IPV6, "teredo:ipv6:udp", "teredo.orig.addr", 0, "0a 00 00 01" },
        { "teredo", AUTH IPV6, "teredo:ipv6:udp", "teredo.auth.id", 0, "61 62" },
        { "teredo", AUTH ORIGIN IPV6, "teredo:ipv6:udp", "teredo.auth.nonce", 0, "00 11 22 33 44 55 66 77" },
        { "teredo", "00 01 00 00 00 11 22 33 44 55 66 77 01 " IPV6, "teredo:ipv6:udp", "teredo.auth.conf", 0, "01" },
        { "teredo", AUTH ORIGIN, "teredo", "teredo.orig.addr", 0, "0a 00 00 01" },  /* nothing inside */
        { "teredo", ORIGIN IP, "teredo", "teredo.orig.port", 0x1234, NULL },        /* IPv4 does not belong here */
        { "teredo", "00 01 ff ff 61 62", "teredo!", "teredo.auth.idlen", 255, NULL }, /* longer than the datagram */
        { "teredo", "00 00 ed", "teredo!", NULL, 0, NULL },
    };
    static const struct probed probed[] = {
        { TEREDO_IPV6, TL_PROBE_YES, TL_PROBE_YES },
        { ORIGIN TEREDO_IPV6, TL_PROBE_YES, TL_PROBE_YES },
        { AUTH ORIGIN TEREDO_IPV6, TL_PROBE_YES, TL_PROBE_YES },
        { IPV6, TL_PROBE_YES, TL_PROBE_NO },               /* no address of a client */
        { TEREDO_IPV6 "01 04 69 08 db f5", TL_PROBE_YES, TL_PROBE_YES }, /* a trailer */
        { IPV6 "00", TL_PROBE_NO, TL_PROBE_NO },           /* another length */
        { ORIGIN IP, TL_PROBE_NO, TL_PROBE_NO },
        { AUTH, TL_PROBE_NO, TL_PROBE_NO },
        { "60 00 01 00 00 01 00 00 00 00 00 00 03 77 77 77 04 74 65 73 74 00 00 01 00 01 20 01 00 00", TL_PROBE_NO,
          TL_PROBE_NO }, /* DNS whose id looks like a version */
    };
    CHECK(variants);
    CHECK_PROBES(tl_protocol_teredo, probed);
}

static void test_vxlan_gpe(void **state)
{
    static const struct variant variants[] = {
        { "vxlan_gpe", "0c 00 00 01 00 03 e8 00" IP, "vxlan_gpe:ip:udp", "vxlan.vni", 1000, NULL },
        { "vxlan_gpe", "0c 00 00 02 00 03 e8 00" IPV6, "vxlan_gpe:ipv6:udp", "vxlan.next_proto", 2, NULL },
        { "vxlan_gpe", "0c 00 00 03 00 03 e8 00" MACS "81 00 00 05 08 00" IP, "vxlan_gpe:eth:vlan:ip:udp", "vxlan.i_bit", 1,
          NULL },
        { "vxlan_gpe", "0c 00 00 04 00 03 e8 00 0f c2 02 01 00 00 05 07" IP, "vxlan_gpe:nsh:ip:udp", "vxlan.p_bit", 1, NULL },
        { "vxlan_gpe", "0c 00 00 05 00 03 e8 00 00 01 01 40" IP, "vxlan_gpe:mpls:ip:udp", "mpls.label", 16, NULL },
        { "vxlan_gpe", "08 00 00 00 00 03 e8 00" MACS "08 00" IP, "vxlan_gpe:eth:ip:udp", "vxlan.p_bit", 0, NULL },
        { "vxlan_gpe", "0d 00 00 09 00 03 e8 00 01 02", "vxlan_gpe", "vxlan.o_bit", 1, NULL },  /* unknown */
        { "vxlan_gpe", "1c 00 00 01 00 03 e8 00" IP, "vxlan_gpe", "vxlan.ver", 1, NULL },       /* another version */
        { "vxlan_gpe", "0c 00 00 01 00 03", "vxlan_gpe!", "vxlan.i_bit", 1, NULL },
    };
    static const struct probed probed[] = {
        { "0c 00 00 01 00 03 e8 00" IP, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "0c 00 00 01 00 03 e8 01" IP, TL_PROBE_NO, TL_PROBE_NO },
        { "0c 00 07 01 00 03 e8 00" IP, TL_PROBE_NO, TL_PROBE_NO },
        { "3c 00 00 01 00 03 e8 00" IP, TL_PROBE_NO, TL_PROBE_NO },
        { "0c 00 00 01 00 03 e8", TL_PROBE_NO, TL_PROBE_NO },
    };
    CHECK(variants);
    CHECK_PROBES(tl_protocol_vxlan_gpe, probed);
}

static void test_mpls(void **state)
{
    static const struct variant variants[] = {
        { "mpls_udp", "00 01 01 40 " IP, "mpls_udp:ip:udp", "mpls.label", 16, NULL },
        { "mpls_udp", "00 01 00 40 00 02 01 40 " IPV6, "mpls_udp:mpls:ipv6:udp", "mpls.bottom", 0, NULL },
        { "mpls_udp", "00 01 01 40 00 00 00 07 " MACS "81 00 00 05 08 00" IP, "mpls_udp:pwethcw:eth:vlan:ip:udp", "vlan.id", 5,
          NULL },
        { "mpls_udp", "00 01 01 40 10 00 00 21 " IP, "mpls_udp:pwach:ip:udp", "mpls.ttl", 64, NULL },
        { "mpls_udp", "00 01 01", "mpls_udp!", NULL, 0, NULL },
    };
    static const struct probed probed[] = {
        { "00 01 01 40 " IP, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "00 01 00 40 00 02 01 40 " IPV6, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "00 01 01 00 " IP, TL_PROBE_NO, TL_PROBE_NO },                  /* expired */
        { "00 01 00 40 00 02 00 40", TL_PROBE_NO, TL_PROBE_NO },          /* no bottom */
        { "00 01 01", TL_PROBE_NO, TL_PROBE_NO },
    };
    CHECK(variants);
    CHECK_PROBES(tl_protocol_mpls_udp, probed);
}

static void test_lisp(void **state)
{
    static const struct variant variants[] = {
        { "lisp-data", "c0 00 12 34 00 00 00 01 " IP, "lisp-data:ip:udp", "lisp-data.nonce", 0x1234, NULL },
        { "lisp-data", "48 00 00 00 00 00 07 03 " IPV6, "lisp-data:ipv6:udp", "lisp-data.iid", 7, NULL },
        { "lisp-data", "48 00 00 00 00 00 07 03 " IPV6, "lisp-data:ipv6:udp", "lisp-data.lsb8", 3, NULL },
        { "lisp-data", "10 00 10 02 00 00 00 00 " IP, "lisp-data:ip:udp", "lisp-data.dstmapver", 2, NULL },
        { "lisp-data", "40 ff ff ff 00 00 00 05 " IP, "lisp-data:ip:udp", "lisp-data.lsb", 5, NULL },
        { "lisp-data", "00 00 00 00 00 00 00 00 " IP, "lisp-data:ip:udp", "lisp-data.flags", 0, NULL },
        { "lisp-data", "00 00 00 00 00 00 00 00 75 00", "lisp-data", NULL, 0, NULL },
        { "lisp-data", "c0 00 12", "lisp-data!", "lisp-data.flags", 0xc0, NULL },
    };
    static const struct probed probed[] = {
        { "c0 00 12 34 00 00 00 01 " IP, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "c0 00 12 34 00 00 00 01 " IPV6, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "c0 00 12 34 00 00 00 01 " IP "00", TL_PROBE_NO, TL_PROBE_NO },
        { "c0 00 12 34 00 00 00 01 " MACS "08 00" IP, TL_PROBE_NO, TL_PROBE_NO },
        { "c0 00 12 34 00", TL_PROBE_NO, TL_PROBE_NO },
    };
    CHECK(variants);
    CHECK_PROBES(tl_protocol_lisp_data, probed);
}

#define SIGNATURE "00 11 22 33 44 55 66 77 88 99 00 11 22 33 44 55 66 77 88 99 "
#define IDENTITY "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "

static void test_ayiya(void **state)
{
    static const struct variant variants[] = {
        { "ayiya", "41 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, "ayiya:ipv6:udp", "ayiya.identity", 0, IDENTITY },
        { "ayiya", "41 52 13 04 4f 0b e1 00 " IDENTITY SIGNATURE IP, "ayiya:ip:udp", "ayiya.idlen", 4, NULL },
        { "ayiya", "41 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, "ayiya:ipv6:udp", "ayiya.siglen", 5, NULL },
        { "ayiya", "41 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, "ayiya:ipv6:udp", "ayiya.epoch",
          1326178560ull * 1000000000, NULL },
        { "ayiya", "00 00 01 29 4f 0b e1 00 61 " IPV6, "ayiya:ipv6:udp", "ayiya.identity", 0, "61" },
        { "ayiya", "41 52 10 3b 4f 0b e1 00 " IDENTITY SIGNATURE, "ayiya", "ayiya.opcode", 0, NULL },       /* a heartbeat */
        { "ayiya", "41 52 12 3b 4f 0b e1 00 " IDENTITY SIGNATURE "01 02", "ayiya", "ayiya.opcode", 2, NULL }, /* an echo */
        { "ayiya", "41 52 11 29 4f 0b e1 00 " IDENTITY "00 11", "ayiya!", "ayiya.nextheader", 41, NULL },
        { "ayiya", "41 52 11", "ayiya!", NULL, 0, NULL },
    };
    static const struct probed probed[] = {
        { "41 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "41 52 10 3b 4f 0b e1 00 " IDENTITY SIGNATURE, TL_PROBE_MAYBE, TL_PROBE_NO },
        { "41 52 11 29 4f 0b e1 00 " IDENTITY, TL_PROBE_NO, TL_PROBE_NO }, /* shorter than it says */
        { "91 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, TL_PROBE_NO, TL_PROBE_NO },
        { "45 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, TL_PROBE_NO, TL_PROBE_NO },
        { "41 52 19 29 4f 0b e1 00 " IDENTITY SIGNATURE IPV6, TL_PROBE_NO, TL_PROBE_NO },
    };
    CHECK(variants);
    CHECK_PROBES(tl_protocol_ayiya, probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_teredo),
        cmocka_unit_test(test_vxlan_gpe),
        cmocka_unit_test(test_mpls),
        cmocka_unit_test(test_lisp),
        cmocka_unit_test(test_ayiya),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
