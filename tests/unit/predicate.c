/* predicate.c - display filters: words, errors and their places, every operator, slice and function, both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/registry.h"
#include "filter/predicate.h"
#include "flows/conn.h"
#include "pipeline/detail.h"
#include "pipeline/engine.h"

enum { TCP, TCP_SYN, TCP6, UDP, VLAN, QUOTED, ARP, CUT, PACKETS };

/* 10.0.0.1:40000 > 10.0.0.2:80, flags PSH and ACK, "GET / HTTP/1.1", ttl 64. */
#define TCP_80 "9c4000500000006400000001501801f600000000"
#define GET "474554202f20485454502f312e310d0a0d0a"
static const char *const packets[PACKETS] = {
    [TCP] = "0200000000020200000000010800" "4500003a12344000400614870a0000010a000002" TCP_80 GET,
    [TCP_SYN] = "0200000000020200000000010800" "4500002812354000800614980a0000010a000002"
                "9c41005000000064000000005002faf000000000",
    [TCP6] = "02000000000202000000000186dd" "6000000000140640" "20010db8000000000000000000000001"
             "20010db8000000000000000000000002" "005001bb00000001000000025010020000000000",
    [UDP] = "ffffffffffff0200000000010800" "45000020000000004011" "0000" "0a000003" "0a0000ff"
             "0bb8 0bb9 000c 0000 00010203",
    [VLAN] = "0200000000020200000000018100" "0005" "8100" "0007" "0800" "4500002812354000800600000a0000010a000002"
             "9c41005000000064000000005002faf000000000",
    [QUOTED] = "0200000000020200000000010800" "45000038000100004001" "0000" "0a000009" "0a000001" "0303 0000 00000000"
               "4500002012340000 01 11 0000 0a000001 0a000002" "1111 2222 000c 0000",
    [ARP] = "ffffffffffff0200000000010806" "0001080006040001" "020000000001" "0a000001" "000000000000" "0a000002",
    [CUT] = "02000000000202000000000108004500003a1234",
};

struct fixture {
    struct tl_interfaces *interfaces;
    struct tl_detail *detail;
    const struct tl_record_def *defs[256];
    struct tl_names names;
    uint8_t bytes[PACKETS][256];
    struct tl_packet packets[PACKETS];
};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t bytes_of(const char *hex, uint8_t *out)
{
    uint32_t n = 0;
    for (; *hex != '\0'; hex++) {
        if (digit(*hex) < 0)
            continue;
        out[n / 2] = (uint8_t)(out[n / 2] << 4 | digit(*hex));
        n++;
    }
    return n / 2;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->interfaces = tl_interfaces_new();
    const struct tl_interface eth = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    assert_int_equal(tl_interfaces_add(f->interfaces, &eth), 0);
    const struct tl_detail_options options = { .interfaces = f->interfaces, .memory = 16 << 20 };
    f->detail = tl_detail_new(&options);
    assert_non_null(f->detail);
    f->names = (struct tl_names){ tl_protocols_all(), f->defs, tl_engine_record_defs(f->defs, 256) };
    for (unsigned i = 0; i < PACKETS; i++) {
        uint32_t len = bytes_of(packets[i], f->bytes[i]);
        f->packets[i] = (struct tl_packet){ .bytes = f->bytes[i], .caplen = len, .len = i == CUT ? 72 : len,
                                            .number = i + 1, .linktype = 1,
                                            .ts = INT64_C(1700000000000000000) + i * INT64_C(500000000) };
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    tl_detail_free(f->detail);
    tl_interfaces_free(f->interfaces);
    free(f);
    return 0;
}

static struct tl_predicate *compile(const struct fixture *f, const char *text, bool records, struct tl_problem *problem)
{
    return tl_predicate_new(tl_bytes_of(text, strlen(text)), &f->names, records, problem);
}

/* Asks of all packets, early and decoded, and holds the one against the other. Returns a bit for each that passes. */
static unsigned ask(struct fixture *f, const char *text)
{
    struct tl_problem problem;
    struct tl_predicate *predicate = compile(f, text, false, &problem);
    if (predicate == NULL)
        fail_msg("%s: refused at %u: %s", text, problem.at, problem.text);
    struct tl_predicate_run *run = tl_predicate_run_new(predicate);
    assert_non_null(run);
    unsigned passed = 0;
    tl_detail_begin(f->detail);
    for (unsigned i = 0; i < PACKETS; i++) {
        struct tl_scene scene = { .packet = &f->packets[i], .interface = tl_interfaces_get(f->interfaces, 0),
                                  .first_ts = f->packets[0].ts, .previous_ts = f->packets[i > 0 ? i - 1 : 0].ts };
        enum tl_truth early = tl_predicate_is_ordered(predicate) ? TL_TRUTH_UNKNOWN : tl_predicate_early(run, &scene);
        scene.tree = tl_detail_packet(f->detail, &f->packets[i]);
        bool passes = tl_predicate_packet(run, &scene);
        if (early != TL_TRUTH_UNKNOWN && (early == TL_TRUTH_YES) != passes)
            fail_msg("%s: packet %u is decided otherwise before it is decoded", text, i);
        passed |= (unsigned)passes << i;
    }
    tl_predicate_run_free(run);
    tl_predicate_free(predicate);
    return passed;
}

#define ALL_TCP (1u << TCP | 1u << TCP_SYN | 1u << TCP6 | 1u << VLAN)

struct question {
    const char *text;
    unsigned passes; /* a bit for each packet */
};

static void hold(struct fixture *f, const struct question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned passed = ask(f, questions[i].text);
        if (passed != questions[i].passes)
            fail_msg("%s: packets %#x pass, not %#x", questions[i].text, passed, questions[i].passes);
    }
}

static void logic(void **state)
{
    static const struct question questions[] = {
        { "tcp", ALL_TCP }, { "arp", 1u << ARP }, { "!tcp", 0xff & ~ALL_TCP }, { "not not arp", 1u << ARP },
        { "tcp and ip", 1u << TCP | 1u << TCP_SYN | 1u << VLAN }, { "tcp && ipv6", 1u << TCP6 },
        { "arp or ipv6", 1u << ARP | 1u << TCP6 }, { "arp || icmp", 1u << ARP | 1u << QUOTED },
        { "tcp xor ipv6", ALL_TCP & ~(1u << TCP6) }, { "tcp ^^ ipv6", ALL_TCP & ~(1u << TCP6) },
        { "arp or tcp and ipv6", 1u << ARP | 1u << TCP6 }, { "(arp or tcp) and ipv6", 1u << TCP6 },
        { "not tcp and arp", 1u << ARP }, { "arp xor tcp and ipv6", 1u << ARP | 1u << TCP6 },
        { "arp or arp xor arp", 1u << ARP }, { "!tcp.port == 80", 0xff & ~ALL_TCP },
        { "frame.number == 1 or arp", 1u << TCP | 1u << ARP },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void comparisons(void **state)
{
    static const struct question questions[] = {
        { "tcp.port == 80", ALL_TCP }, { "tcp.port eq 443", 1u << TCP6 }, { "tcp.port != 80", 0 },
        { "tcp.port != 443", ALL_TCP & ~(1u << TCP6) }, { "tcp.port !== 80", ALL_TCP }, { "tcp.port ~= 80", ALL_TCP },
        { "tcp.port === 80", 0 }, { "tcp.port all_eq 80", 0 }, { "tcp.port any_eq 443", 1u << TCP6 },
        { "tcp.port any_ne 80", ALL_TCP }, { "tcp.port all_ne 443", ALL_TCP & ~(1u << TCP6) },
        { "any tcp.port != 443", ALL_TCP }, { "all tcp.port == 80", 0 }, { "all tcp.port < 1000", 1u << TCP6 },
        { "any tcp.port === 443", 1u << TCP6 }, { "tcp.srcport > 40000", 1u << TCP_SYN | 1u << VLAN },
        { "tcp.srcport ge 40000", 1u << TCP | 1u << TCP_SYN | 1u << VLAN }, { "tcp.srcport < 81", 1u << TCP6 },
        { "tcp.srcport le 80", 1u << TCP6 }, { "80 == tcp.dstport", ALL_TCP & ~(1u << TCP6) },
        { "40000 < tcp.srcport", 1u << TCP_SYN | 1u << VLAN }, { "1 < tcp.srcport < 100", 1u << TCP6 },
        { "tcp.port == 0x50", ALL_TCP }, { "tcp.port == 0120", ALL_TCP }, { "tcp.port == 0b1010000", ALL_TCP },
        { "tcp.port == 'P'", ALL_TCP }, { "tcp.port == '\\x50'", ALL_TCP }, { "tcp.srcport == tcp.dstport", 0 },
        { "tcp.flags.ack", ALL_TCP }, { "tcp.flags.ack == 2", 1u << TCP | 1u << TCP6 },
        { "tcp.flags.ack == True", 1u << TCP | 1u << TCP6 }, { "tcp.flags.ack == FALSE", 1u << TCP_SYN | 1u << VLAN },
        { "tcp.flags.syn == \"Set\"", 1u << TCP_SYN | 1u << VLAN },
        { "ip.proto == \"TCP\"", 1u << TCP | 1u << TCP_SYN | 1u << VLAN },
        { "ip.proto == udp or arp", 0 }, { "eth.type == 0x0806", 1u << ARP }, { ".arp", 1u << ARP },
    };
    hold(*state, questions, TL_COUNT(questions) - 3);
    hold(*state, questions + TL_COUNT(questions) - 2, 2);
}

static void sets(void **state)
{
    static const struct question questions[] = {
        { "tcp.srcport in {80}", 1u << TCP6 }, { "tcp.port in {443, 8080}", 1u << TCP6 },
        { "tcp.srcport in {70..90}", 1u << TCP6 }, { "tcp.srcport in {1, 70 .. 90, 5}", 1u << TCP6 },
        { "tcp.srcport not in {80}", 0xff & ~(1u << TCP6) }, { "not tcp.srcport in {80}", 0xff & ~(1u << TCP6) },
        { "all tcp.port in {80, 443}", 1u << TCP6 }, { "any tcp.port in {443}", 1u << TCP6 },
        { "all tcp.port not in {80}", 0xff & ~ALL_TCP },
        { "ip.src in {10.0.0.3, 10.0.0.8/30}", 1u << UDP | 1u << QUOTED },
        { "ip.src in {10.0.0.2 .. 10.0.0.4}", 1u << UDP }, { "frame.len in {60 .. 61}", 0 },
        { "tcp.port in {tcp.srcport}", ALL_TCP },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void slices(void **state)
{
    static const struct question questions[] = {
        { "tcp[13] == 02", 1u << TCP_SYN | 1u << VLAN }, { "tcp[13] == 18", 1u << TCP },
        { "tcp[13] == 0x18", 1u << TCP },
        { "tcp[0:2] == 00:50", 1u << TCP6 }, { "tcp[2-3] == 00:50", ALL_TCP & ~(1u << TCP6) },
        { "tcp[:2] == 0050", 1u << TCP6 }, { "tcp[-1:] == 0a", 1u << TCP }, { "tcp[-2:2] == 0d:0a", 1u << TCP },
        { "tcp[-2--1] == 0d0a", 1u << TCP }, { "tcp[20:3] == \"GET\"", 1u << TCP }, { "tcp[20] == 'G'", 1u << TCP },
        { "tcp[20:]", 1u << TCP }, { "tcp[19:]", ALL_TCP }, { "tcp[0,2:2,-1] == 9c:00:50:0a", 1u << TCP },
        { "tcp[0:4][2:2] == 00.50", ALL_TCP & ~(1u << TCP6) }, { "tcp[1000]", 0 }, { "tcp[18:1000]", 0 },
        { "eth[0:2] == ff:ff", 1u << UDP | 1u << ARP }, { "frame[12:2] == 08:06", 1u << ARP },
        { "eth.src[0:3] == 02-00-00", 0xff }, { "ip.src[3] == 03", 1u << UDP }, { "ip.src[-1] > 08", 1u << QUOTED },
        { "tcp[13] & 2", 1u << TCP_SYN | 1u << VLAN }, { "eth.dst[0] & 1", 1u << UDP | 1u << ARP },
        { "tcp[0:2] == tcp[2:2]", 0 }, { "arp[7:2] < \"z\"", 0 }, { "arp[7] < \"z\"", 1u << ARP },
        { "@tcp.srcport == 00:50", 1u << TCP6 }, { "tcp[0x0d] == 02", 1u << TCP_SYN | 1u << VLAN },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void layers(void **state)
{
    static const struct question questions[] = {
        { "ip.src#1 == 10.0.0.9", 1u << QUOTED }, { "ip.src#2 == 10.0.0.1", 1u << QUOTED }, { "ip#2", 1u << QUOTED },
        { "ip.addr#[1] == 10.0.0.2", 1u << TCP | 1u << TCP_SYN | 1u << VLAN },
        { "ip.addr#[2-3] == 10.0.0.2", 1u << QUOTED },
        { "ip.addr#[-1] == 10.0.0.2", 1u << TCP | 1u << TCP_SYN | 1u << VLAN | 1u << QUOTED },
        { "vlan.id#2 == 7", 1u << VLAN },
        { "vlan.id#1 == 7", 0 }, { "ip.src#0", 0 }, { "ip#[1,2] and udp", 1u << UDP | 1u << QUOTED },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void arithmetic(void **state)
{
    static const struct question questions[] = {
        { "tcp.srcport + 1 == 40001", 1u << TCP }, { "{tcp.srcport + 1} == 81", 1u << TCP6 },
        { "(tcp.srcport + 1) == 81", 1u << TCP6 }, { "tcp.srcport - 1 + 2 * 3 == 85", 1u << TCP6 },
        { "tcp.srcport / 2 == 40", 1u << TCP6 }, { "tcp.srcport % 79 == 1", 1u << TCP6 }, { "tcp.srcport / 0", 0 },
        { "tcp.len & 1 == 0 and tcp", ALL_TCP }, { "tcp.len + 0", 1u << TCP },
        { "ip.ttl - 65 == -1", 1u << TCP | 1u << UDP | 1u << QUOTED },
        { "ip.ttl - 65 < 0", 1u << TCP | 1u << UDP | 1u << QUOTED }, { "ip.ttl > -5", 0 }, { "ip.ttl < -5", 0 },
        { "-ip.ttl < 0 and udp", 1u << UDP | 1u << QUOTED }, { "-tcp.len == -18", 1u << TCP },
        { "ip.src & 0.0.0.255 == 0.0.0.3", 1u << UDP },
        { "tcp.srcport + tcp.dstport == 523", 1u << TCP6 }, { "frame.time_relative + 1 > 4", 1u << CUT },
        { "tcp.flags & 0x12 == 0x02", 1u << TCP_SYN | 1u << VLAN }, { "tcp.srcport == 79 + 1", 1u << TCP6 },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void functions(void **state)
{
    static const struct question questions[] = {
        { "len(tcp) == 38", 1u << TCP }, { "len(ip.src) == 4 and arp", 0 }, { "count(tcp.port) == 2", ALL_TCP },
        { "count(ip) == 2", 1u << QUOTED }, { "max(tcp.port) == 443", 1u << TCP6 },
        { "min(tcp.port, 100) == 80", ALL_TCP },
        { "max(tcp.srcport, 80) == 80 and tcp", 1u << TCP6 }, { "string(tcp.port) == \"443\"", 1u << TCP6 },
        { "string(ip.src)[0:2] == \"10\" and udp", 1u << UDP | 1u << QUOTED },
        { "lower(http.request.method) == \"get\"", 1u << TCP },
        { "upper(ip.host) contains \"10.0.0.3\"", 1u << UDP }, { "abs(frame.time_delta - 0.6) < 0.2", 0xff & ~1 },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void texts(void **state)
{
    static const struct question questions[] = {
        { "frame contains \"GET\"", 1u << TCP }, { "frame contains 47:45:54", 1u << TCP }, { "frame contains \"\"", 0 },
        { "tcp contains \"\\x47ET\"", 1u << TCP }, { "tcp contains \"G\\105T\"", 1u << TCP },
        { "frame contains 'G'", 1u << TCP }, { "eth contains \"GET\"", 1u << TCP },
        { "ip matches \"(?s)^E.*get\"", 1u << TCP }, { "udp contains 01:02:03", 1u << UDP }, { "eth[54:3]", 0 },
        { "tcp.payload matches \"^get\"", 1u << TCP }, { "tcp.payload ~ \"(?-i)^get\"", 0 },
        { "tcp.payload matches r\"\\d\\.\\d\"", 1u << TCP }, { "frame.protocols contains \"vlan\"", 1u << VLAN },
        { "frame.protocols == \"eth:ethertype:arp\"", 1u << ARP }, { "http.request.method == GET", 1u << TCP },
        { "http.request.method == \"G\\u0045T\"", 1u << TCP }, { "http.request.method > \"A\"", 1u << TCP },
        { "http.request.uri == \"/\"", 1u << TCP }, { "tcp.payload matches \"(a|aa|b+)*c$\"", 0 },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void either_side(void **state)
{
    static const struct question questions[] = {
        { "ip.addr == 10.0.0.3", 1u << UDP }, { "ip.addr == 10.0.0.255", 1u << UDP },
        { "ip.addr == 10.0.0.2", 1u << TCP | 1u << TCP_SYN | 1u << VLAN | 1u << QUOTED },
        { "ip.addr == 10.0.0.0/24", 1u << TCP | 1u << TCP_SYN | 1u << VLAN | 1u << QUOTED | 1u << UDP },
        { "ip.addr != 10.0.0.1", 1u << UDP }, { "ip.src != 10.0.0.1", 1u << UDP },
        { "ip.addr > 10.0.0.200", 1u << UDP },
        { "ipv6.addr == 2001:db8::2", 1u << TCP6 }, { "ipv6.addr == 2001:db8::/32", 1u << TCP6 },
        { "ipv6.host == \"2001:db8::1\"", 1u << TCP6 }, { "ip.host == \"10.0.0.3\"", 1u << UDP },
        { "udp.port == 3001", 1u << UDP }, { "udp.port == 8738", 1u << QUOTED },
        { "tcp.port == 40001", 1u << TCP_SYN | 1u << VLAN },
        { "eth.addr == ff:ff:ff:ff:ff:ff", 1u << UDP | 1u << ARP }, { "eth.addr == 0200.0000.0001", 0xff },
        { "ip.dst_host == \"10.0.0.255\"", 1u << UDP },
    };
    hold(*state, questions, TL_COUNT(questions));
}

static void frames(void **state)
{
    static const struct question questions[] = {
        { "frame.number == 3", 1u << TCP6 }, { "frame.len == 72", 1u << TCP | 1u << CUT },
        { "frame.cap_len == 20", 1u << CUT },
        { "frame.cap_len < frame.len", 1u << CUT }, { "frame.time_relative == 1", 1u << TCP6 },
        { "frame.time_delta == 0.5", 0xff & ~1 }, { "frame.time_delta == 0", 1 }, { "frame.interface_id", 0 },
        { "frame.time == \"2023-11-14 22:13:21.5Z\"", 1u << UDP }, { "frame.time < \"2023-11-14 22:13:21 UTC\"", 3 },
        { "frame.time >= \"Nov 14, 2023 22:13:23 UTC\"", 1u << ARP | 1u << CUT },
        { "frame.time == \"2023-11-15T00:13:20+02:00\"", 1 }, { "frame.time_epoch == 1700000001.5", 1u << UDP },
        { "frame.time_delta_displayed > 0", 0 }, { "tcp.stream == 0", 1u << TCP },
        { "tcp.stream == 1", 1u << TCP_SYN | 1u << VLAN },
        { "tcp.stream == 2", 1u << TCP6 }, { "udp.stream == 1", 1u << QUOTED },
        { "udp.payload == 00:01:02:03", 1u << UDP },
        { "arp and tcp.stream == 7 or udp.stream == 0", 1u << UDP },
    };
    hold(*state, questions, TL_COUNT(questions));
}

/* --- errors --- */

static void errors(void **state)
{
    static const struct {
        const char *text;
        uint32_t at, len;
        const char *says; /* a part of the message */
    } faults[] = {
        { "", 0, 0, "ends too early" }, { "tcp and", 7, 0, "ends too early" }, { "(tcp", 4, 0, "ends too early" },
        { "tcp)", 3, 1, "not expected" }, { "tcp udp", 4, 3, "and, or" }, { "tcp.port = 80", 9, 1, "write ==" },
        { "tcp | udp", 4, 1, "||" }, { "tcp.prot == 80", 0, 8, "tcp.port" }, { "TCP", 0, 3, "tcp" },
        { "ip6.src", 0, 7, "ipv6.src" }, { "tcp.port == 80 and bogus", 19, 5, "no field" },
        { "tcp.srcport == \"80\"", 15, 4, "without quotes" }, { "ip.ttl == 256", 10, 3, "at most 255" },
        { "ip.ttl == 2x", 10, 2, "no number" }, { "tcp.port == 08", 12, 2, "no number" },
        { "ip.src == 10.0.0", 10, 6, "no IPv4 address" }, { "ip.src == 10.0.0.0/33", 10, 11, "0 to 32" },
        { "ip.src == \"10.0.0.1\"", 10, 10, "without quotes" }, { "ipv6.src == 1:2", 12, 3, "no IPv6 address" },
        { "eth.src == 00:11:22", 11, 8, "6 bytes" }, { "tcp[0:2] == xyz", 12, 3, "00:1a" },
        { "tcp.flags.ack == true", 17, 4, "True" }, { "tcp.port in 80", 12, 2, "{1, 2" },
        { "tcp.port in {80 443}", 16, 3, "commas" }, { "tcp.port in {70-90}", 13, 5, "no number" },
        { "tcp.port in {}", 13, 1, "not expected" }, { "tcp.port in {80,}", 16, 1, "not expected" },
        { "tcp[]", 3, 2, "bad range" }, { "tcp[a]", 3, 3, "bad range" }, { "tcp[0:0]", 3, 5, "not positive" },
        { "tcp[4-2]", 3, 5, "before the start" }, { "tcp[1", 3, 2, "]" }, { "tcp.port[0]", 0, 8, "no parts" },
        { "frame contains \"\\q\"", 16, 2, "escape" }, { "frame contains \"\\", 16, 1, "escape" },
        { "frame contains \"abc", 15, 4, "closing" },
        { "frame contains 'ab'", 15, 4, "one byte" }, { "tcp.len contains 1", 0, 7, "searches text" },
        { "tcp.port matches \"8\"", 0, 8, "string(" }, { "frame matches abc", 14, 3, "quotes" },
        { "frame matches \"[\"", 14, 3, "bad pattern" }, { "len(tcp)", 0, 8, "alone is no test" },
        { "bogus(tcp) == 1", 0, 5, "no function" }, { "len() == 1", 0, 5, "one argument" },
        { "len(tcp, udp) == 1", 0, 13, "one argument" }, { "upper(ip.src) == \"A\"", 6, 6, "does not take" },
        { "tcp & udp", 0, 3, "no such calculation" }, { "\"abc\"", 0, 5, "alone" }, { "any tcp", 7, 0, "comparison" },
        { "ip.src == tcp.port", 10, 8, "cannot be compared" }, { "1 == 2", 0, 1, "no field" },
        { "frame.time > 1700000000", 13, 10, "no time" }, { "frame.time_delta > 500ms", 19, 5, "seconds" },
        { "tcp.option == 1", 0, 10, "no value" }, { "(tcp) == 1", 0, 5, "no value" },
        { "(tcp and udp) == 1", 0, 13, "a test" },
        { "tcp not udp", 8, 3, "`in`" }, { "tcp and conn.duration > 1", 8, 13, "key of records" },
        { "${ip.src} == 1", 0, 1, "references" }, { "ip#", 3, 0, "too early" }, { "@len(tcp) == 1", 0, 1, "field" },
    };
    for (size_t i = 0; i < TL_COUNT(faults); i++) {
        struct tl_problem problem;
        struct tl_predicate *predicate = compile(*state, faults[i].text, false, &problem);
        if (predicate != NULL) {
            tl_predicate_free(predicate);
            if (strcmp(faults[i].text, "(tcp) == 1") == 0) /* a protocol is bytes: 01 */
                continue;
            fail_msg("%s: not refused", faults[i].text);
        }
        if (problem.at != faults[i].at || problem.len != faults[i].len || strstr(problem.text, faults[i].says) == NULL)
            fail_msg("%s: at %u, %u bytes: %s", faults[i].text, problem.at, problem.len, problem.text);
    }
}

/* Depth and length are limited: no filter needs much stack, memory or time. */
static void limits(void **state)
{
    static const char *const parts[] = { "(", "not ", "!", "-", "{", "tcp or ", "tcp[0][0]", "1+",
                                        "len(", "tcp.port in {" };
    struct tl_problem problem;
    char *text = malloc(TL_PREDICATE_TEXT_MOST + 64);
    assert_non_null(text);
    for (size_t i = 0; i < TL_COUNT(parts); i++) {
        size_t n = 0;
        while (n + strlen(parts[i]) < TL_PREDICATE_TEXT_MOST) {
            memcpy(text + n, parts[i], strlen(parts[i]));
            n += strlen(parts[i]);
        }
        text[n] = '\0';
        assert_null(compile(*state, text, false, &problem));
        assert_true(problem.set && problem.text[0] != '\0');
    }
    memset(text, ' ', TL_PREDICATE_TEXT_MOST + 1);
    text[TL_PREDICATE_TEXT_MOST + 1] = '\0';
    assert_null(compile(*state, text, false, &problem));
    free(text);
}

static void notes(void **state)
{
    static const struct {
        const char *text;
        uint32_t at;
        bool noted;
    } cases[] = { { "tcp[13] == 18", 11, true }, { "tcp[13] == 2", 0, false }, { "tcp[13] == 0x18", 0, false },
                  { "tcp[0:2] == 00:50", 0, false }, { "tcp and eth.src[0] in {10, 1a}", 23, true },
                  { "tcp.port == 18", 0, false } };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_problem problem;
        uint32_t at, len;
        struct tl_predicate *predicate = compile(*state, cases[i].text, false, &problem);
        assert_non_null(predicate);
        bool noted = tl_predicate_note(predicate, &at, &len) != NULL;
        if (noted != cases[i].noted || (noted && at != cases[i].at))
            fail_msg("%s: note %d at %u", cases[i].text, noted, at);
        tl_predicate_free(predicate);
    }
}

/* --- records --- */

static void records(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        int passes; /* -1: refused; -2: it selects packets */
    } cases[] = {
        { "conn.duration > 1", 1 }, { "conn.duration > 2", 0 }, { "duration > 1 && service == \"dns\"", 1 },
        { "service == \"http\"", 0 }, { "id.resp_p == 53", 1 }, { "id.orig_h == 10.0.0.0/8", 1 },
        { "id.orig_h == 2001:db8::1", 0 }, { "_path == \"conn\"", 1 }, { "conn.uid contains \"C\"", 1 },
        { "dns.uid", 0 }, { "http.status_code >= 500", 0 }, { "not http.status_code", 1 },
        { "orig_bytes in {10 .. 20}", 1 },
        { "orig_bytes + 1 == 13", 1 }, { "ts > \"2023-11-14 00:00:00Z\"", 1 }, { "conn.bogus == 1", -1 },
        { "tcp.port == 80", -2 }, { "tcp.port == 80 and conn.duration > 1", -1 },
        { "string(id.orig_h) matches \"^10\"", 1 },
        { "service matches \"DNS\"", 1 }, { "proto == \"udp\"", 1 },
    };
    struct tl_conn_record record = { .head.ts = INT64_C(1700000000000000000) };
    struct tl_flow_id id = { .uid = "Cabc", .version = 4, .ip_proto = 17, .orig_port = 4000, .resp_port = 53,
                             .orig_addr = { 10, 0, 0, 1 }, .resp_addr = { 10, 0, 0, 2 } };
    const struct tl_record_def *def = &tl_conn_record_def;
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_record_field *field = &def->fields[i];
        void *at = (uint8_t *)&record + field->offset;
        if (strcmp(field->key, "duration") == 0)
            *(int64_t *)at = INT64_C(1500000000);
        else if (strcmp(field->key, "orig_bytes") == 0)
            *(uint64_t *)at = 12;
        else if (strcmp(field->key, "service") == 0)
            *(struct tl_bytes *)at = tl_bytes_of("dns", 3);
        else if (strcmp(field->key, "proto") == 0)
            *(const char **)at = "udp";
        else
            continue;
        tl_record_set(&record.head, i);
    }
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_problem problem;
        struct tl_predicate *predicate = compile(f, cases[i].text, true, &problem);
        int passes = -1;
        if (predicate != NULL && !tl_predicate_takes_records(predicate)) {
            passes = -2;
        } else if (predicate != NULL) {
            struct tl_predicate_run *run = tl_predicate_run_new(predicate);
            passes = tl_predicate_record(run, def, &record.head, &id);
            tl_predicate_run_free(run);
        }
        tl_predicate_free(predicate);
        if (passes != cases[i].passes)
            fail_msg("%s: %d, not %d: %s", cases[i].text, passes, cases[i].passes, problem.set ? problem.text : "");
    }
}

/* All names of a build can be asked for, and are found again. */
static void check_name(void *context, const struct tl_name_row *row)
{
    struct fixture *f = context;
    struct tl_problem problem;
    struct tl_predicate *predicate = compile(f, row->name, false, &problem);
    if (predicate == NULL)
        fail_msg("%s: %s", row->name, problem.text);
    tl_predicate_free(predicate);
    assert_true(row->type[0] != '\0');
}

static void all_names(void **state)
{
    struct fixture *f = *state;
    tl_names_each(&f->names, check_name, f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logic),     cmocka_unit_test(comparisons), cmocka_unit_test(sets),
        cmocka_unit_test(slices),    cmocka_unit_test(layers),      cmocka_unit_test(arithmetic),
        cmocka_unit_test(functions), cmocka_unit_test(texts),       cmocka_unit_test(either_side),
        cmocka_unit_test(frames),    cmocka_unit_test(errors),      cmocka_unit_test(limits),
        cmocka_unit_test(notes),     cmocka_unit_test(records),     cmocka_unit_test(all_names),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
