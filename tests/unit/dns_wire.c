/* dns_wire.c - DNS messages: names, damage, the tree, streams and what is not DNS. */
#include "tests/unit/dns_fixture.h"

struct name_case {
    const char *data;
    size_t len;
    enum tl_status status;
};

#define NAME(data, status) { data, sizeof data - 1, status }

/* Names of a question at offset 12. */
static const struct name_case names[] = {
    NAME("\0", TL_OK),
    NAME("\1a\0", TL_OK),
    NAME("\xc0\x0c", TL_BAD),             /* to itself */
    NAME("\1a\xc0\x0c", TL_BAD),          /* to its own beginning */
    NAME("\1a\xc0\x0e", TL_BAD),          /* to the pointer itself */
    NAME("\xc0\x20", TL_BAD),             /* forwards */
    NAME("\xff\xff", TL_BAD),             /* past the message */
    NAME("\x3f" "abc", TL_BAD),           /* longer than the message */
    NAME("\x41" "a\0", TL_BAD),           /* extended label types are obsolete */
    NAME("\x80" "a\0", TL_BAD),
};

static void test_bad_names(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned detail = 0; detail < 2; detail++) {
        w->detail = detail;
        for (size_t i = 0; i < TL_COUNT(names); i++) {
            put_header(&m, 1, 0x0100, 1, 0, 0, 0);
            tl_put(&m, names[i].data, names[i].len);
            put16(&m, 1);
            put16(&m, 1);
            uint32_t violated = w->violated;
            forget_lines(w);
            memset(w->slot, 0, sizeof w->slot);
            assert_int_equal(send(w, 0, &m), names[i].status);
            assert_int_equal(w->violated - violated, names[i].status == TL_BAD);
            end_flow(w);
            assert_int_equal(w->records, names[i].status == TL_OK);
        }
    }
    tl_buffer_fini(&m);
}

static void test_two_pointers_that_loop(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    put_header(&m, 1, 0x8180, 1, 2, 0, 0);
    put_question(&m, "a", 5, 1);
    put_record(&m, 5, 1, "\1b\xc0\x21", 4); /* at 31; the pointer at 33 leads to itself */
    put_record(&m, 5, 1, "\xc0\x1f", 2);
    assert_int_equal(send(w, 1, &m), TL_BAD);
    assert_non_null(strstr(lines(w), " cut:answers"));
    m.data[34] = 0x2f; /* now to the other record's data, which points back */
    memset(w->slot, 0, sizeof w->slot);
    assert_int_equal(send(w, 1, &m), TL_BAD);
    tl_buffer_fini(&m);
}

/* 255 bytes on the wire are a valid name, 256 are not, compressed or not. */
static void test_long_names(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned last = 59; last <= 63; last++) {
        put_header(&m, 1, 0x0100, 1, 0, 0, 0);
        for (unsigned i = 0; i < 4; i++) {
            unsigned n = i < 3 ? 63 : last; /* 3 * 64 + last + 1 + 1 bytes */
            tl_put_char(&m, (char)n);
            for (unsigned k = 0; k < n; k++)
                tl_put_char(&m, 'x');
        }
        tl_put_char(&m, 0);
        put16(&m, 1);
        put16(&m, 1);
        memset(w->slot, 0, sizeof w->slot);
        assert_int_equal(send(w, 0, &m), last <= 61 ? TL_OK : TL_BAD);
        end_flow(w);
    }
    put_header(&m, 1, 0x0100, 2, 0, 0, 0);
    put_question(&m, "a.b.c.d.e.f", 1, 1);
    for (unsigned i = 0; i < 4; i++) {
        tl_put_char(&m, 61);
        for (unsigned k = 0; k < 61; k++)
            tl_put_char(&m, 'x');
    }
    put16(&m, 0xc00c); /* 248 and 13 */
    put16(&m, 1);
    put16(&m, 1);
    assert_int_equal(send(w, 0, &m), TL_BAD);
    tl_buffer_fini(&m);
}

/* Chains of pointers end in bounded time. */
static void test_chain_of_pointers(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned n = 120; n <= 140; n += 10) {
        put_header(&m, 1, 0x8180, 1, 1, 0, 0);
        put_question(&m, "a", 10, 1); /* its class ends at 19; the record's data begins at 31 */
        struct tl_buffer data = { 0 };
        put16(&data, 0xc00c);
        for (unsigned i = 1; i < n; i++)
            put16(&data, 0xc000 | (31 + (i - 1) * 2));
        put_record(&m, 10, 1, data.data, data.len);
        m.data[11] = 1; /* an additional record whose name is the last pointer */
        put16(&m, 0xc000 | (31 + (n - 1) * 2));
        put16(&m, 1);
        put16(&m, 1);
        put32(&m, 0);
        put16(&m, 0);
        assert_int_equal(send(w, 1, &m), n < 128 ? TL_OK : TL_BAD);
        tl_buffer_fini(&data);
    }
    tl_buffer_fini(&m);
}

/* All types in one message: every prefix, with and without a tree. */
static void test_every_prefix(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 }, fast = { 0 };
    put_header(&m, 5, 0x8180, 1, TL_COUNT(forms), 0, 1);
    put_question(&m, "www.example", 255, 1);
    for (size_t i = 0; i < TL_COUNT(forms); i++)
        put_record(&m, forms[i].type, 5, forms[i].data, forms[i].len);
    tl_put(&m, "\0\0\51\4\320\0\0\200\0\0\56\0\10\0\7\0\1\30\0\300\0\2\0\12\0\10abcdefgh"
               "\0\17\0\4\0\1no\0\14\0\2\0\0\0\5\0\1\10\377\377\0\0",
           57);
    uint32_t len = (uint32_t)m.len, question = 12 + 13 + 4;
    for (uint32_t cut = 0; cut <= len; cut++) {
        enum tl_status status[2];
        for (unsigned detail = 0; detail < 2; detail++) {
            w->detail = detail;
            forget_lines(w);
            memset(w->slot, 0, sizeof w->slot);
            status[detail] = send_cut(w, 1, m.data, cut, len);
            assert_int_equal(w->records, cut >= question);
            assert_int_equal(w->violated, 0);
            if (detail == 0) {
                fast.len = 0;
                tl_puts(&fast, lines(w));
                tl_put_char(&fast, 0);
            }
        }
        assert_string_equal(lines(w), (const char *)fast.data);
        assert_int_equal(status[0], status[1]);
        assert_int_equal(status[0], cut == len ? TL_OK : TL_SHORT);
        if (cut >= question)
            assert_non_null(strstr(lines(w), " query=www.example "));
    }
    /* Cut on the wire, it is malformed. */
    for (uint32_t cut = 0; cut < len; cut++) {
        memset(w->slot, 0, sizeof w->slot);
        assert_int_equal(send_cut(w, 1, m.data, cut, cut), TL_BAD);
    }
    tl_buffer_fini(&m);
    tl_buffer_fini(&fast);
}

/* Every byte set to odd values in turn: no fault, and both paths agree. */
static void test_every_byte(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    static const uint8_t odd[] = { 0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff };
    put_header(&m, 5, 0x8180, 1, TL_COUNT(forms), 0, 0);
    put_question(&m, "www.example", 255, 1);
    for (size_t i = 0; i < TL_COUNT(forms); i++)
        put_record(&m, forms[i].type, 5, forms[i].data, forms[i].len);
    for (uint32_t at = 0; at < m.len; at++) {
        uint8_t was = m.data[at];
        for (size_t i = 0; i < TL_COUNT(odd); i++) {
            m.data[at] = odd[i];
            uint32_t records[2];
            enum tl_status status[2];
            for (unsigned detail = 0; detail < 2; detail++) {
                w->detail = detail;
                forget_lines(w);
                status[detail] = send(w, 1, &m);
                end_flow(w);
                records[detail] = w->records;
            }
            assert_int_equal(status[0], status[1]);
            assert_int_equal(records[0], records[1]);
        }
        m.data[at] = was;
    }
    tl_buffer_fini(&m);
}

static uint32_t find_field(const char *key)
{
    for (uint32_t i = 0; i < tl_protocol_dns.field_count; i++) {
        if (strcmp(tl_protocol_dns.fields[i].key, key) == 0)
            return i;
    }
    fail();
    return 0;
}

/* Returns the n-th node of that field. */
static const struct tl_node *node_of(const struct world *w, const char *key, unsigned n)
{
    uint32_t field = find_field(key);
    for (uint32_t i = 0; i < w->tree.count; i++) {
        if (w->tree.nodes[i].field == field && n-- == 0)
            return &w->tree.nodes[i];
    }
    return NULL;
}

static void assert_number(const struct world *w, const char *key, unsigned n, uint64_t value)
{
    const struct tl_node *node = node_of(w, key, n);
    assert_non_null(node);
    assert_int_equal(node->value, value);
}

static void assert_text(const struct world *w, const char *key, unsigned n, const char *value)
{
    const struct tl_node *node = node_of(w, key, n);
    assert_non_null(node);
    struct tl_bytes text = tl_node_bytes(&w->tree, node);
    assert_int_equal(text.len, strlen(value));
    assert_memory_equal(text.data, value, text.len);
}

static void test_tree(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    w->detail = true;
    put_header(&m, 0x1234, 0x8580, 1, 2, 0, 1);
    put_question(&m, "www.Example", 1, 1);
    put_record(&m, 5, 60, "\4Host\xc0\x10", 7);
    put_record(&m, 15, 70, "\0\12\0", 3);
    tl_put(&m, "\0\0\51\4\320\0\0\200\0\0\13\0\10\0\7\0\1\30\0\300\0\2", 22);
    assert_int_equal(send(w, 1, &m), TL_OK);
    assert_number(w, "dns.id", 0, 0x1234);
    assert_number(w, "dns.flags", 0, 0x8580);
    assert_number(w, "dns.flags.response", 0, 1);
    assert_number(w, "dns.flags.authoritative", 0, 1);
    assert_number(w, "dns.flags.rcode", 0, 0);
    assert_number(w, "dns.count.answers", 0, 2);
    assert_text(w, "dns.qry.name", 0, "www.Example");
    assert_text(w, "dns.resp.name", 1, "www.Example");
    assert_text(w, "dns.resp.name", 2, "<Root>");
    assert_text(w, "dns.cname", 0, "Host.Example");
    assert_text(w, "dns.mx.mail_exchange", 0, "<Root>");
    assert_number(w, "dns.resp.ttl", 1, 70);
    assert_number(w, "dns.resp.type", 2, 41);
    assert_number(w, "dns.rr.udp_payload_size", 0, 1232);
    assert_number(w, "dns.resp.z.do", 0, 1);
    struct tl_bytes subnet = tl_node_bytes(&w->tree, node_of(w, "dns.opt.client.addr4", 0));
    assert_int_equal(subnet.len, 4);
    assert_memory_equal(subnet.data, "\300\0\2\0", 4);
    tl_buffer_fini(&m);
}

/* Members are one level below their group; groups are siblings. */
static void test_groups(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    w->detail = true;
    address(&m, 1, "www.example");
    send(w, 1, &m);
    const struct tl_node *group = node_of(w, "dns.answers", 0);
    assert_non_null(group);
    assert_int_equal(group->depth, 1);
    assert_int_equal(group->off, 29);
    assert_int_equal(group->len, 16);
    assert_int_equal(node_of(w, "dns.a", 0)->depth, 2);
    assert_int_equal(node_of(w, "dns.queries", 0)->depth, 1);
    assert_null(node_of(w, "dns.qry.qu", 0));
    tl_buffer_fini(&m);
}

static void put_framed(struct tl_buffer *stream, const struct tl_buffer *m)
{
    put16(stream, (unsigned)m->len);
    tl_put(stream, m->data, m->len);
}

/* Pushes [from, to) of the stream as a segment placed at the guard page. */
static void push(struct world *w, struct tl_stream *s, const struct tl_buffer *b, uint32_t from, uint32_t to)
{
    uint8_t *at = w->guard - (to - from);
    memcpy(at, b->data + from, to - from);
    struct tl_dissection d = dissection(w, s->side);
    d.c = tl_cursor_on(at, to - from, to - from);
    if (w->detail)
        tl_tree_reset(&w->tree, at, to - from);
    assert_int_equal(tl_stream_push(&d, s, tl_bytes_of(at, to - from)), to - from);
}

static void test_stream(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 }, asked = { 0 }, answered = { 0 };
    w->ip_proto = 6;
    query(&m, 1, "www.example", 1);
    put_framed(&asked, &m);
    put16(&asked, 0); /* empty message, a keepalive */
    query(&m, 2, "www.example", 1);
    put_framed(&asked, &m);
    address(&m, 1, "www.example");
    put_framed(&answered, &m);
    address(&m, 2, "www.example");
    put_framed(&answered, &m);
    uint32_t n = (uint32_t)asked.len, k = (uint32_t)answered.len;
    const char *want = "ts=0 proto=tcp trans_id=1 rtt=0" ADDRESS "ts=0 proto=tcp trans_id=2 rtt=0" ADDRESS;
    for (uint32_t cut = 0; cut <= n + k; cut++) {
        struct tl_stream up = { .side = 0 }, down = { .side = 1 };
        w->detail = cut % 2;
        uint32_t first = cut < n ? cut : n, second = cut < n ? 1 : cut - n;
        forget_lines(w);
        push(w, &up, &asked, 0, first);
        push(w, &up, &asked, first, n);
        for (uint32_t from = 0; cut == 3 && from < k; from++)
            push(w, &down, &answered, from, from + 1);
        if (cut != 3) {
            push(w, &down, &answered, 0, second);
            push(w, &down, &answered, second, k);
        }
        assert_string_equal(lines(w), want);
        assert_int_equal(w->violated, 0);
        if (w->detail && cut >= n)
            assert_non_null(node_of(w, "dns.a", 0));
        end_flow(w);
        tl_stream_fini(&up, w->slab);
        tl_stream_fini(&down, w->slab);
    }
    assert_int_equal(tl_slab_used(w->slab), 0);
    tl_buffer_fini(&m);
    tl_buffer_fini(&asked);
    tl_buffer_fini(&answered);
}

static struct tl_want event(struct world *w, enum tl_event event, const void *data, uint32_t n)
{
    uint8_t *at = w->guard - n;
    memcpy(at, data, n);
    struct tl_dissection d = dissection(w, 0);
    d.c = tl_cursor_on(at, n, n);
    struct tl_stream s = { .event = event };
    return tl_protocol_dns.stream(&d, &s);
}

static void test_stream_events(void **state)
{
    struct world *w = *state;
    w->ip_proto = 6;
    struct tl_want want = event(w, TL_EV_OPEN, "", 0);
    assert_int_equal(want.kind, TL_WANT_BYTES);
    assert_int_equal(want.n, 2);
    want = event(w, TL_EV_UNIT, "\1\0", 2);
    assert_int_equal(want.kind, TL_WANT_BYTES);
    assert_int_equal(want.n, 258);
    want = event(w, TL_EV_UNIT, "\377\377", 2);
    assert_int_equal(want.n, 65537);
    assert_int_equal(event(w, TL_EV_UNIT, "\0\0", 2).kind, TL_WANT_BYTES);
    /* After a gap the parser searches byte by byte for a length and a query's header. */
    want = event(w, TL_EV_GAP, "", 0);
    assert_true(want.kind == TL_WANT_BYTES && want.n == 14);
    want = event(w, TL_EV_UNIT, "xxxxxxxxxxxxxx", 14);
    assert_true(want.kind == TL_WANT_BYTES && want.n == 14);
    want = event(w, TL_EV_UNIT, "\0\20\1\2\1\0\0\1\0\0\0\0\0\0", 14); /* too short for a question */
    assert_true(want.kind == TL_WANT_BYTES && want.n == 14);
    want = event(w, TL_EV_UNIT, "\0\21\1\2\201\0\0\1\0\0\0\0\0\0", 14); /* a response, from the client */
    assert_true(want.kind == TL_WANT_BYTES && want.n == 14);
    want = event(w, TL_EV_UNIT, "\0\21\1\2\1\0\0\1\0\0\0\0\0\0", 14);
    assert_true(want.kind == TL_WANT_BYTES && want.n == 2);
    assert_int_equal(event(w, TL_EV_OVERLONG, "\0\30", 2).kind, TL_WANT_NOTHING);
    assert_int_equal(event(w, TL_EV_END, "\0\30abc", 5).kind, TL_WANT_NOTHING);
    assert_int_equal(w->violated, 0);
    assert_int_equal(event(w, TL_EV_UNIT, "\0\13", 2).kind, TL_WANT_NOTHING);
    assert_int_equal(w->violated, 1);
    assert_int_equal(event(w, TL_EV_UNIT, "\0\14GET / HTTP/1", 14).kind, TL_WANT_NOTHING);
    assert_int_equal(w->violated, 2);
    assert_int_equal(w->records, 0);
}

/* A message damaged after its question is written, and the next one is read. */
static void test_stream_damage(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 }, stream = { 0 };
    w->ip_proto = 6;
    put_header(&m, 1, 0x8180, 1, 2, 0, 0);
    put_question(&m, "www.example", 1, 1);
    put_record(&m, 1, 300, "\1\2\3\4", 4);
    put_record(&m, 1, 300, "\1\2\3", 3);
    put_framed(&stream, &m);
    address(&m, 2, "www.example");
    put_framed(&stream, &m);
    struct tl_stream s = { .side = 1 };
    push(w, &s, &stream, 0, (uint32_t)stream.len);
    assert_int_equal(w->records, 2);
    assert_non_null(strstr(lines(w), "answers={1.2.3.4} TTLs=[300] rejected=F answer_count=2 authority_count=0 "
                                     "additional_count=0 cut:answers cut:TTLs\n"));
    assert_int_equal(w->violated, 0);
    tl_stream_fini(&s, w->slab);
    tl_buffer_fini(&m);
    tl_buffer_fini(&stream);
}

static enum tl_probe probe(struct world *w, uint16_t port, const void *data, uint32_t n, uint32_t wire)
{
    uint8_t *at = w->guard - n;
    memcpy(at, data, n);
    w->port = port;
    struct tl_dissection d = dissection(w, 0);
    return tl_protocol_dns.probe(tl_cursor_on(at, n, wire), &d);
}

static void test_probe(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 }, framed = { 0 };
    query(&m, 1, "www.example", 1);
    uint32_t n = (uint32_t)m.len;
    assert_int_equal(probe(w, 53, m.data, n, n), TL_PROBE_YES);
    assert_int_equal(probe(w, 8053, m.data, n, n), TL_PROBE_YES);
    assert_int_equal(probe(w, 137, m.data, n, n), TL_PROBE_NO);
    for (uint32_t cut = 0; cut < n; cut++) {
        assert_int_equal(probe(w, 53, m.data, cut, n), TL_PROBE_MAYBE);
        assert_int_equal(probe(w, 8053, m.data, cut, n), cut < 12 ? TL_PROBE_NO : TL_PROBE_MAYBE);
        assert_int_equal(probe(w, 8053, m.data, cut, cut), TL_PROBE_NO);
    }
    m.data[3] = 0x40; /* Z */
    assert_int_equal(probe(w, 53, m.data, n, n), TL_PROBE_MAYBE);
    assert_int_equal(probe(w, 8053, m.data, n, n), TL_PROBE_NO);
    address(&m, 1, "www.example");
    assert_int_equal(probe(w, 8053, m.data, (uint32_t)m.len, (uint32_t)m.len), TL_PROBE_YES);
    m.data[7] = 3; /* more answers than fit */
    assert_int_equal(probe(w, 8053, m.data, (uint32_t)m.len, (uint32_t)m.len), TL_PROBE_NO);
    query(&m, 1, "www.example", 1);
    w->ip_proto = 6;
    assert_int_equal(probe(w, 53, m.data, n, n), TL_PROBE_NO); /* the length prefix is missing */
    put_framed(&framed, &m);
    assert_int_equal(probe(w, 53, framed.data, n + 2, n + 2), TL_PROBE_YES);
    assert_int_equal(probe(w, 8053, framed.data, n + 2, n + 2), TL_PROBE_YES);
    assert_int_equal(probe(w, 53, framed.data, 2, 2), TL_PROBE_MAYBE);
    assert_int_equal(probe(w, 8053, framed.data, 2, 2), TL_PROBE_MAYBE); /* undecided: needs more bytes */
    assert_int_equal(probe(w, 8053, framed.data, 1, 1), TL_PROBE_MAYBE);
    assert_int_equal(probe(w, 53, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 27), TL_PROBE_NO);
    tl_buffer_fini(&m);
    tl_buffer_fini(&framed);
}

/* Noise is never detected as DNS; on port 53 at most MAYBE. */
static void test_probe_noise(void **state)
{
    struct world *w = *state;
    uint64_t x = 88172645463325252u;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t noise[64];
        for (size_t i = 0; i < sizeof noise; i += 8) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            memcpy(noise + i, &x, 8);
        }
        assert_int_equal(probe(w, 4000, noise, sizeof noise, sizeof noise), TL_PROBE_NO);
        assert_int_not_equal(probe(w, 53, noise, sizeof noise, sizeof noise), TL_PROBE_YES);
    }
}

/* Keys are unique and in Wireshark's namespace; every repeating or grouping field is marked. */
static void test_fields(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < tl_protocol_dns.field_count; i++) {
        const struct tl_field *field = &tl_protocol_dns.fields[i];
        assert_non_null(field->key);
        assert_non_null(field->label);
        assert_int_not_equal(field->type, TL_NONE);
        assert_memory_equal(field->key, "dns.", 4);
        assert_int_equal(find_field(field->key), i);
    }
    const struct tl_record_def *def = tl_protocol_dns.records[0];
    assert_int_equal(def->field_count, 32);
    assert_string_equal(def->path, "dns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bad_names), TEST(test_two_pointers_that_loop), TEST(test_long_names), TEST(test_chain_of_pointers),
        TEST(test_every_prefix), TEST(test_every_byte), TEST(test_tree), TEST(test_groups), TEST(test_stream),
        TEST(test_stream_events), TEST(test_stream_damage), TEST(test_probe), TEST(test_probe_noise),
        TEST(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
