/* dns_parts.c - DNS messages: updates, sections, options of EDNS, names without a question, the packet's line. */
#include "tests/unit/dns_fixture.h"

#include "core/tree.h"

/* A message, and what its record and its line must have; `not`: what the record must not have. */
struct part {
    const char *name;
    uint16_t port; /* 0: 53 */
    bool multicast, tcp, sections, bad;
    unsigned flags, count[4];
    const char *body;
    size_t len;
    const char *record, *not, *line; /* NULL: not looked at */
};

#define BODY(text) .body = text, .len = sizeof text - 1
#define OPT(size, rcode, options) "\0\0\51" size rcode "\0\0\0" options
#define QUESTION "\3www\7example\0\0\1\0\1"

static const struct part parts[] = {
    { .name = "an update that adds, without prerequisites",
      .flags = 0x2800, .count = { 1, 0, 1, 0 },
      BODY("\4zone\0\0\6\0\1"
           "\1h\xc0\14\0\1\0\1\0\0\1\54\0\4\300\0\2\11"),
      .record = "query=zone qclass=1 qclass_name=C_INTERNET qtype=6 qtype_name=SOA opcode=5 opcode_name=dynamic-"
                "update AA=F TC=F RD=F RA=F Z=0 answers={192.0.2.9} TTLs=[300] rejected=F updates={h.zone 300 IN"
                " A 192.0.2.9}",
      .not = "prerequisites",
      .line = "dynamic-update 0x0007 SOA zone A 192.0.2.9" },
    { .name = "an update that deletes a set of records",
      .flags = 0x2800, .count = { 1, 0, 1, 0 },
      BODY("\4zone\0\0\6\0\1"
           "\1h\xc0\14\0\1\0\377\0\0\0\0\0\0"),
      .record = "updates={h.zone 0 ANY A}",
      .not = "answers=",
      .line = "dynamic-update 0x0007 SOA zone A" },
    { .name = "an update that deletes a name",
      .flags = 0x2800, .count = { 1, 0, 1, 0 },
      BODY("\4zone\0\0\6\0\1"
           "\1h\xc0\14\0\377\0\377\0\0\0\0\0\0"),
      .record = "updates={h.zone 0 ANY ANY}",
      .not = "answers=",
      .line = "dynamic-update 0x0007 SOA zone ANY" },
    { .name = "an update that deletes a record, if the name is in use",
      .flags = 0x2800, .count = { 1, 1, 1, 0 },
      BODY("\4zone\0\0\6\0\1"
           "\1h\xc0\14\0\377\0\377\0\0\0\0\0\0"
           "\1h\xc0\14\0\1\0\376\0\0\0\0\0\4\300\0\2\11"),
      .record = "answers={192.0.2.9} TTLs=[0] rejected=F prerequisites={h.zone 0 ANY ANY} updates={h.zone 0 NONE"
                " A 192.0.2.9}",
      .line = "dynamic-update 0x0007 SOA zone A 192.0.2.9" },
    { .name = "an update of two records, over TCP",
      .tcp = true, .flags = 0x2800, .count = { 1, 1, 2, 0 },
      BODY("\4zone\0\0\6\0\1"
           "\1h\xc0\14\0\377\0\376\0\0\0\0\0\0"
           "\1h\xc0\14\0\1\0\1\0\0\0\5\0\4\300\0\2\11"
           "\xc0\14\0\20\0\1\0\0\0\6\0\2\1x"),
      .record = "answers={192.0.2.9}{TXT 1 x} TTLs=[5,6] rejected=F prerequisites={h.zone 0 NONE ANY} "
                "updates={h.zone 5 IN A 192.0.2.9}{zone 6 IN TXT TXT 1 x}",
      .line = "dynamic-update 0x0007 SOA zone A 192.0.2.9 TXT 1 x" },
    { .name = "a refused update",
      .flags = 0xa806, .count = { 1, 0, 0, 0 },
      BODY("\4zone\0\0\6\0\1"),
      .record = "query=zone qclass=1 qclass_name=C_INTERNET qtype=6 qtype_name=SOA rcode=6 rcode_name=YXDOMAIN",
      .not = "updates",
      .line = "dynamic-update response YXDOMAIN 0x0007 SOA zone" },
    { .name = "sections that are not wanted",
      .flags = 0x8180, .count = { 1, 0, 1, 1 },
      BODY(QUESTION "\xc0\20\0\2\0\1\0\0\0\12\0\5\2ns\xc0\20"
           "\2ns\xc0\20\0\1\0\1\0\0\0\12\0\4\300\0\2\65"),
      .record = "rcode=0",
      .not = "additional=",
      .line = "query response NOERROR 0x0007 A www.example" },
    { .name = "a referral",
      .sections = true, .flags = 0x8180, .count = { 1, 0, 1, 1 },
      BODY(QUESTION "\xc0\20\0\2\0\1\0\0\0\12\0\5\2ns\xc0\20"
           "\2ns\xc0\20\0\1\0\1\0\0\0\12\0\4\300\0\2\65"),
      .record = "authority={ns.example} additional={192.0.2.53}",
      .not = "answers=",
      .line = "query response NOERROR 0x0007 A www.example" },
    { .name = "a referral over TCP",
      .tcp = true, .sections = true, .flags = 0x8180, .count = { 1, 0, 1, 1 },
      BODY(QUESTION "\xc0\20\0\2\0\1\0\0\0\12\0\5\2ns\xc0\20"
           "\2ns\xc0\20\0\1\0\1\0\0\0\12\0\4\300\0\2\65"),
      .record = "authority={ns.example} additional={192.0.2.53}",
      .not = "answers=",
      .line = "query response NOERROR 0x0007 A www.example" },
    { .name = "no such name",
      .sections = true, .flags = 0x8183, .count = { 1, 0, 1, 0 },
      BODY(QUESTION "\xc0\20\0\6\0\1\0\0\0\12\0\32\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
      .record = "authority={m}",
      .not = "additional=",
      .line = "query response NXDOMAIN 0x0007 A www.example" },
    { .name = "EDNS is no additional record",
      .sections = true, .flags = 0x8180, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\0")),
      .record = "edns_udp_size=1232",
      .not = "additional=" },
    { .name = "a query has no sections",
      .sections = true, .flags = 0x0100, .count = { 1, 0, 1, 0 },
      BODY(QUESTION "\xc0\20\0\2\0\1\0\0\0\12\0\5\2ns\xc0\20"),
      .record = "opcode=0",
      .not = "authority=" },
    { .name = "an extended error",
      .flags = 0x8183, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\6\0\17\0\2\0\17")),
      .record = "extended_errors={.15 Blocked}",
      .line = "query response NXDOMAIN 0x0007 A www.example" },
    { .name = "an extended error with a text",
      .flags = 0x8185, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\11\0\17\0\5\0\22no!")),
      .record = "extended_errors={.18 Prohibited no!}" },
    { .name = "two extended errors, one unknown, after a cookie",
      .flags = 0x8182, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\31\0\12\0\10abcdefgh\0\17\0\2\0\0\0\17\0\3\x12\x34x")),
      .record = "extended_errors={.0 Other Error}{.4660 x}" },
    { .name = "an extended error over TCP",
      .tcp = true, .flags = 0x8182, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\6\0\17\0\2\0\26")),
      .record = "extended_errors={.22 No Reachable Authority}" },
    { .name = "an extended error that is too short",
      .bad = true, .flags = 0x8182, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\5\0\17\0\1\0")),
      .record = "rcode=2",
      .not = "extended_errors" },
    { .name = "a client subnet",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\13\0\10\0\7\0\1\30\0\300\0\2")),
      .record = "client_subnet=192.0.2.0/24" },
    { .name = "a client subnet of IPv6",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\14\0\10\0\10\0\2\40\0\x20\1\xd\xb8")),
      .record = "client_subnet=2001:db8::/32" },
    { .name = "a client subnet in the response",
      .flags = 0x8180, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\13\0\10\0\7\0\1\30\20\300\0\2")),
      .record = "client_subnet=192.0.2.0/24" },
    { .name = "a client subnet longer than an address",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\15\0\10\0\11\0\1\40\0\300\0\2\1\1")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "a client subnet of a whole address",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\14\0\10\0\10\0\1\40\0\300\0\2\1")),
      .record = "client_subnet=192.0.2.1/32" },
    { .name = "a client subnet of IPv4, prefix 33",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\14\0\10\0\10\0\1\41\0\300\0\2\1")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "a client subnet of IPv4, prefix 255, in the response",
      .flags = 0x8180, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\13\0\10\0\7\0\1\377\0\300\0\2")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "a client subnet of IPv6, prefix 128",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\14\0\10\0\10\0\2\200\0\x20\1\xd\xb8")),
      .record = "client_subnet=2001:db8::/128" },
    { .name = "a client subnet of IPv6, prefix 129",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\14\0\10\0\10\0\2\201\0\x20\1\xd\xb8")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "a client subnet without an address, prefix 33",
      .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\10\0\10\0\4\0\1\41\0")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "a client subnet over TCP, prefix 64",
      .tcp = true, .flags = 0x0100, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\0", "\0\13\0\10\0\7\0\1\100\0\300\0\2")),
      .record = "opcode=0",
      .not = "client_subnet" },
    { .name = "extended response code BADVERS",
      .flags = 0x8180, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\1", "\0\0")),
      .record = "rcode_name=BADVERS",
      .line = "query response BADVERS 0x0007 A www.example" },
    { .name = "extended response code BADCOOKIE",
      .flags = 0x8187, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\1", "\0\0")),
      .record = "rcode_name=BADCOOKIE",
      .line = "query response BADCOOKIE 0x0007 A www.example" },
    { .name = "extended response code BADKEY",
      .flags = 0x8181, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\1", "\0\0")),
      .record = "rcode_name=BADKEY",
      .line = "query response BADKEY 0x0007 A www.example" },
    { .name = "extended response code BADTRUNC",
      .flags = 0x8186, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\1", "\0\0")),
      .record = "rcode_name=BADTRUNC",
      .line = "query response BADTRUNC 0x0007 A www.example" },
    { .name = "extended response code over TCP",
      .tcp = true, .flags = 0x8180, .count = { 1, 0, 0, 1 },
      BODY(QUESTION OPT("\4\320", "\1", "\0\0")),
      .record = "rcode_name=BADVERS",
      .line = "query response BADVERS 0x0007 A www.example" },
    { .name = "multicast DNS without a question",
      .port = 5353, .multicast = true, .flags = 0x8400, .count = { 0, 1, 0, 0 },
      BODY("\4_ipp\4_tcp\5local\0\0\14\200\1\0\0\0\170\0\12\7My.Lab \xc0\14"),
      .record = "query=_ipp._tcp.local rcode=0",
      .not = "qtype",
      .line = "MDNS query response NOERROR 0x0007 PTR my\\.lab\\032._ipp._tcp.local" },
    { .name = "multicast DNS without a question, to one host",
      .port = 5353, .flags = 0x8400, .count = { 0, 1, 0, 0 },
      BODY("\4_ipp\4_tcp\5local\0\0\14\200\1\0\0\0\170\0\12\7My.Lab \xc0\14"),
      .record = "query=_ipp._tcp.local rcode=0",
      .not = "qtype",
      .line = "MDNS query response" },
    { .name = "multicast DNS without question and answer",
      .port = 5353, .multicast = true, .flags = 0x8400, .count = { 0, 0, 0, 1 },
      BODY("\4_ipp\4_tcp\5local\0\0\14\200\1\0\0\0\170\0\12\7My.Lab \xc0\14"),
      .record = "rcode=0",
      .not = "query=",
      .line = "MDNS query response NOERROR 0x0007" },
    { .name = "multicast DNS, a question",
      .port = 5353, .multicast = true, .flags = 0, .count = { 1, 0, 0, 0 },
      BODY(QUESTION),
      .record = "query=www.example qclass=1",
      .not = "answers",
      .line = "MDNS query 0x0007 A www.example" },
    { .name = "an answer without a question is unnamed on other ports",
      .flags = 0x8400, .count = { 0, 1, 0, 0 },
      BODY("\4_ipp\4_tcp\5local\0\0\14\200\1\0\0\0\170\0\12\7My.Lab \xc0\14"),
      .record = "rcode=0",
      .not = "query=_ipp",
      .line = "DNS query response" },
    { .name = "LLMNR",
      .port = 5355, .multicast = true, .flags = 0, .count = { 1, 0, 0, 0 },
      BODY(QUESTION),
      .record = "query=www.example",
      .not = "answers",
      .line = "LLMNR query 0x0007 A www.example" },
    { .name = "addresses, an alias, a text, an unknown type",
      .flags = 0x8180, .count = { 1, 5, 0, 0 },
      BODY(QUESTION "\xc0\14\0\5\0\1\0\0\0\1\0\5\1x\1y\0"
           "\xc0\14\0\1\0\1\0\0\0\1\0\4\300\0\2\1"
           "\xc0\14\0\1\0\1\0\0\0\1\0\4\300\0\2\2"
           "\xc0\14\0\20\0\1\0\0\0\1\0\2\1a"
           "\xc0\14\377\0\0\1\0\0\0\1\0\1z"),
      .line = "DNS query response NOERROR 0x0007 A www.example CNAME x.y A 192.0.2.1,192.0.2.2 TXT 1 a "
                "TYPE65280" },
};

static void put_message(struct tl_buffer *m, const struct part *p)
{
    put_header(m, 7, p->flags, p->count[0], p->count[1], p->count[2], p->count[3]);
    tl_put(m, p->body, p->len);
}

static void deliver(struct world *w, const struct part *p, bool detail)
{
    struct tl_buffer m = { 0 };
    w->port = p->port != 0 ? p->port : 53;
    w->multicast = p->multicast;
    w->sections = p->sections;
    w->detail = detail;
    put_message(&m, p);
    enum tl_status status = send(w, (p->flags & 0x8000) != 0 && !p->multicast, &m);
    if (status != (p->bad ? TL_BAD : TL_OK))
        fail_msg("%s: status %d", p->name, (int)status);
    tl_buffer_fini(&m);
}

static void push(struct world *w, struct tl_stream *s, const uint8_t *data, uint32_t len)
{
    struct tl_dissection d = dissection(w, s->side);
    d.c = tl_cursor_on(data, len, len);
    assert_int_equal(tl_stream_push(&d, s, tl_bytes_of(data, len)), len);
}

/* Over TCP: the message in two segments. */
static void deliver_stream(struct world *w, const struct part *p)
{
    struct tl_buffer m = { 0 };
    struct tl_stream s = { .side = (p->flags & 0x8000) != 0 };
    w->ip_proto = 6;
    w->port = 53;
    w->multicast = false;
    w->sections = p->sections;
    w->detail = false;
    put_message(&m, p);
    uint8_t all[512] = { (uint8_t)(m.len >> 8), (uint8_t)m.len };
    uint32_t len = (uint32_t)m.len + 2, half = len / 2;
    assert_true(len <= sizeof all);
    memcpy(all + 2, m.data, m.len);
    push(w, &s, all, half);
    push(w, &s, all + half, len - half);
    tl_stream_fini(&s, w->slab);
    tl_buffer_fini(&m);
}

static void test_records(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2 * TL_COUNT(parts); i++) {
        const struct part *p = &parts[i / 2];
        forget_lines(w);
        if (p->tcp && i % 2 == 0)
            deliver_stream(w, p);
        else
            deliver(w, p, i % 2 == 1);
        end_flow(w);
        w->ip_proto = 17;
        const char *got = lines(w);
        if (w->records != 1 || (p->record != NULL && strstr(got, p->record) == NULL))
            fail_msg("%s: no %s in %s", p->name, p->record, got);
        if (p->not != NULL && strstr(got, p->not) != NULL)
            fail_msg("%s: %s in %s", p->name, p->not, got);
    }
}

/* The same messages cut anywhere: at most one record, and no line without a header. */
static void test_cut(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (size_t i = 0; i < TL_COUNT(parts); i++) {
        const struct part *p = &parts[i];
        put_message(&m, p);
        w->port = p->port != 0 ? p->port : 53;
        w->multicast = p->multicast;
        w->sections = p->sections;
        w->detail = i % 2;
        for (uint32_t cut = 1; cut < m.len; cut++) {
            uint32_t left = (uint32_t)m.len - cut;
            forget_lines(w);
            assert_int_not_equal(
                send_cut(w, (p->flags & 0x8000) != 0 && !p->multicast, m.data, left, (uint32_t)m.len), TL_OK);
            end_flow(w);
            assert_true(w->records <= 1);
            if (left < 12)
                assert_int_equal(w->records, 0);
        }
    }
    tl_buffer_fini(&m);
}

/* Messages with several questions that end with an alias without data, each with the records it must give. */
static const struct {
    const char *name;
    unsigned flags, count[4];
    const char *body;
    size_t len;
    uint32_t records;
} aliases[] = {
    { .name = "a response to an update of two zones", .flags = 0xa800, .count = { 2, 1, 0, 0 }, .records = 2,
      BODY("\4zone\0\0\6\0\1" "\xc0\14\0\6\0\1" "\xc0\14\0\5\0\377\0\0\0\0\0\0") },
    { .name = "as the second record", .flags = 0xa800, .count = { 2, 2, 0, 0 }, .records = 2,
      BODY("\4zone\0\0\6\0\1" "\1h\xc0\14\0\6\0\1" "\xc0\14\0\1\0\1\0\0\0\1\0\4\300\0\2\1"
           "\1h\xc0\14\0\5\0\377\0\0\0\0\0\0") },
    { .name = "an owner that is not compressed", .flags = 0xa800, .count = { 2, 1, 0, 0 }, .records = 2,
      BODY("\4zone\0\0\6\0\1" "\4next\0\0\6\0\1" "\4NEXT\0\0\5\0\376\0\0\0\0\0\0") },
    { .name = "an update itself", .flags = 0x2800, .count = { 2, 1, 0, 0 }, .records = 2,
      BODY("\4zone\0\0\6\0\1" "\xc0\14\0\6\0\1" "\xc0\14\0\5\0\377\0\0\0\0\0\0") },
    { .name = "a response to a query", .flags = 0x8180, .count = { 2, 1, 0, 0 }, .records = 2,
      BODY("\4zone\0\0\1\0\1" "\xc0\14\0\34\0\1" "\xc0\14\0\5\0\1\0\0\0\0\0\0") },
    { .name = "three zones, and two aliases", .flags = 0xa805, .count = { 3, 2, 0, 0 }, .records = 3,
      BODY("\4zone\0\0\6\0\1" "\1a\xc0\14\0\6\0\1" "\1b\xc0\14\0\6\0\1"
           "\1a\xc0\14\0\5\0\1\0\0\0\0\0\4\1b\xc0\14" "\1b\xc0\14\0\5\0\377\0\0\0\0\0\0") },
};

static void put_end(struct tl_buffer *m, size_t i)
{
    const unsigned *count = aliases[i].count;
    put_header(m, 7, aliases[i].flags, count[0], count[1], count[2], count[3]);
    tl_put(m, aliases[i].body, aliases[i].len);
}

/* Nothing behind the message is read: it ends at an inaccessible page. Also with a query before, and cut anywhere. */
static void test_empty_aliases(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (size_t i = 0; i < 4 * TL_COUNT(aliases); i++) {
        put_end(&m, i / 4);
        unsigned side = m.data[2] >> 7;
        w->detail = i & 1;
        forget_lines(w);
        if ((i & 2) != 0 && side == 1) {
            put_header(&m, 7, aliases[i / 4].flags & 0x7900, aliases[i / 4].count[0], 0, 0, 0);
            tl_put(&m, aliases[i / 4].body, aliases[i / 4].len);
            assert_int_equal(send(w, 0, &m), TL_OK);
            put_end(&m, i / 4);
        }
        if (send(w, (uint8_t)side, &m) != TL_OK)
            fail_msg("%s: no message", aliases[i / 4].name);
        end_flow(w);
        if (w->records != aliases[i / 4].records)
            fail_msg("%s: %u records: %s", aliases[i / 4].name, w->records, lines(w));
        for (uint32_t left = (uint32_t)m.len - 1; left > 0; left--) {
            (void)send_cut(w, (uint8_t)side, m.data, left, (uint32_t)m.len);
            end_flow(w);
        }
    }
    tl_buffer_fini(&m);
}

static void put_numbered(struct tl_buffer *m, unsigned number)
{
    char name[16];
    snprintf(name, sizeof name, "n%u", number);
    put_name(m, name);
}

/* 64 questions in one message, and the response's answers to one of them: none is left out. */
static void test_many_answers(void **state)
{
    static const struct {
        unsigned answers, to;
        bool asked, repeated; /* the query is there; the response repeats the questions */
    } rows[] = { { 1, 5, true, true }, { 1000, 0, true, true }, { 1000, 63, true, true }, { 1000, 7, false, true },
                 { 1000, 0, true, false }, { 1000, 63, true, false }, { 16, 9, true, false } };
    enum { QUESTIONS = 64 };
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        char want[64];
        forget_lines(w);
        put_header(&m, 7, 0x0100, QUESTIONS, 0, 0, 0);
        for (unsigned k = 0; k < QUESTIONS; k++)
            put_numbered(&m, k), put16(&m, 1), put16(&m, 1);
        if (rows[i].asked)
            assert_int_equal(send(w, 0, &m), TL_OK);
        if (!rows[i].repeated)
            m.len = 12;
        m.data[2] = 0x81, m.data[5] = rows[i].repeated ? QUESTIONS : 0;
        m.data[6] = (uint8_t)(rows[i].answers >> 8), m.data[7] = (uint8_t)rows[i].answers;
        for (unsigned k = 0; k < rows[i].answers; k++) {
            put_numbered(&m, rows[i].to);
            tl_put(&m, "\0\1\0\1\0\0\0\5\0\4\300\0\2\1", 14);
        }
        assert_int_equal(send(w, 1, &m), TL_OK);
        end_flow(w);
        snprintf(want, sizeof want, "query=n%u ", rows[i].to);
        const char *got = lines(w), *found = strstr(got, "answers="), *line = strstr(got, want);
        assert_int_equal(w->records, QUESTIONS);
        assert_null(strstr(got, "cut:"));
        assert_non_null(found);
        assert_true(line != NULL && found > line && memchr(line, '\n', (size_t)(found - line)) == NULL);
        assert_null(strstr(strchr(found, '\n'), "answers="));
    }
    tl_buffer_fini(&m);
}

/* A response without a question answers the query that has the name of one of its first 16 answers. */
static void test_first_owners(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    static const unsigned places[] = { 0, 1, 7, 15, 16, 40 };
    for (size_t i = 0; i < 2 * TL_COUNT(places); i++) {
        forget_lines(w);
        w->port = i % 2 == 0 ? 53 : 5353;
        query(&m, 7, "www.example", 1);
        assert_int_equal(send(w, 0, &m), TL_OK);
        put_header(&m, 7, 0x8180, 0, 41, 0, 0);
        for (unsigned k = 0; k < 41; k++) {
            put_name(&m, k == places[i / 2] ? "WWW.example" : "other.example");
            tl_put(&m, "\0\1\0\1\0\0\0\5\0\4\300\0\2\1", 14);
        }
        assert_int_equal(send(w, 1, &m), TL_OK);
        end_flow(w);
        assert_int_equal(w->records, places[i / 2] < 16 ? 1 : 2);
    }
    tl_buffer_fini(&m);
}

/* Returns the line that the columns show: the layer's name and the text. */
static void put_line(struct world *w, struct tl_buffer *b)
{
    static const char *const names[] = { "DNS", "MDNS", "LLMNR" };
    for (uint32_t i = 0; i < w->tree.count; i++) {
        const struct tl_node *node = &w->tree.nodes[i];
        if (node->field == TL_LAYER)
            tl_put_format(b, "%s ", names[(node->flags & TL_NODE_VARIANT) >> 8]);
        else if (strcmp(tl_protocol_dns.fields[node->field].key, "dns.line") == 0)
            tl_put(b, tl_node_bytes(&w->tree, node).data, tl_node_bytes(&w->tree, node).len);
    }
    tl_put_char(b, 0);
}

static void test_lines(void **state)
{
    struct world *w = *state;
    struct tl_buffer line = { 0 };
    for (size_t i = 0; i < TL_COUNT(parts); i++) {
        deliver(w, &parts[i], true);
        end_flow(w);
        line.len = 0;
        put_line(w, &line);
        const char *got = (const char *)line.data;
        if (parts[i].line != NULL && strstr(got, parts[i].line) == NULL)
            fail_msg("%s: line %s", parts[i].name, got);
    }
    tl_buffer_fini(&line);
}

/* The line of an answer of every type has its text. */
static void test_types_in_lines(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 }, line = { 0 };
    w->detail = true;
    for (size_t i = 0; i < TL_COUNT(forms); i++) {
        answer(&m, &forms[i]);
        assert_int_equal(send(w, 1, &m), TL_OK);
        line.len = 0;
        put_line(w, &line);
        const char *text = forms[i].text + 1, *got = (const char *)line.data;
        size_t len = strlen(text) - 1;
        if (strncmp(text, "<unknown", 8) == 0)
            continue;
        text += strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ3") == strcspn(text, " ") ? strcspn(text, " ") : 0;
        len -= (size_t)(text - forms[i].text - 1);
        bool ends = strlen(got) >= len && strncmp(got + strlen(got) - len, text, len) == 0;
        if (!ends)
            fail_msg("no %s in %s", forms[i].text, got);
    }
    tl_buffer_fini(&m);
    tl_buffer_fini(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_records), TEST(test_cut), TEST(test_empty_aliases),
                                        TEST(test_many_answers), TEST(test_first_owners), TEST(test_lines),
                                        TEST(test_types_in_lines) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
