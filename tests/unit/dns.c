/* dns.c - DNS records: queries, responses, and either alone. */
#include "tests/unit/dns_fixture.h"

static void test_pair(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    w->now = 1000;
    query(&m, 7, "WwW.eXample", 1);
    assert_int_equal(send(w, 0, &m), TL_OK);
    assert_int_equal(w->records, 0);
    w->now = 4000;
    address(&m, 7, "www.example");
    assert_int_equal(send(w, 1, &m), TL_OK);
    assert_string_equal(lines(w), "ts=1000 proto=udp trans_id=7 rtt=3000" ADDRESS);
    assert_int_equal(w->confirmed, 1);
    forget_lines(w);
    /* A repeated response finds no query. */
    assert_int_equal(send(w, 1, &m), TL_OK);
    assert_string_equal(lines(w), "ts=4000 proto=udp trans_id=7" ADDRESS);
    forget_lines(w);
    end_flow(w);
    assert_int_equal(w->records, 0);
    assert_int_equal(w->violated + w->turned, 0);
    tl_buffer_fini(&m);
}

/* Only ASCII letters change; neighbouring bytes stay. */
static void test_lower_case(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    query(&m, 7, "AZ[`{azMNOPYZ\301\332.ZA", 1);
    send(w, 0, &m);
    end_flow(w);
    assert_non_null(strstr(lines(w), " query=az[`{azmnopyz\\193\\218.za "));
    tl_buffer_fini(&m);
}

static void test_finish(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned i = 0; i < 3; i++) {
        w->now = 10 + i;
        query(&m, i, "www.example", 1);
        send(w, 0, &m);
    }
    w->now = 99;
    end_flow(w);
    assert_string_equal(lines(w), "ts=10 proto=udp trans_id=0" ASKED "ts=11 proto=udp trans_id=1" ASKED
                                  "ts=12 proto=udp trans_id=2" ASKED);
    tl_buffer_fini(&m);
}

/* In any order; an id twice, with two names. */
static void test_order(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    static const unsigned asked[] = { 1, 2, 1, 3, 4 }, answered[] = { 4, 1, 3, 1, 2 };
    static const int64_t when[] = { 4, 0, 3, 2, 1 };
    for (unsigned i = 0; i < TL_COUNT(asked); i++) {
        w->now = i;
        query(&m, asked[i], i == 2 ? "other.example" : "www.example", 1);
        send(w, 0, &m);
    }
    address(&m, 99, "www.example"); /* unsolicited */
    send(w, 1, &m);
    assert_null(strstr(lines(w), "rtt"));
    forget_lines(w);
    for (unsigned i = 0; i < TL_COUNT(answered); i++) {
        w->now = 100;
        address(&m, answered[i], when[i] == 2 ? "other.example" : "www.example");
        send(w, 1, &m);
        char want[64];
        int ts = (int)when[i];
        snprintf(want, sizeof want, "ts=%d proto=udp trans_id=%u rtt=%d ", ts, answered[i], 100 - ts);
        assert_memory_equal(lines(w), want, strlen(want));
        forget_lines(w);
    }
    end_flow(w);
    assert_int_equal(w->records, 0);
    tl_buffer_fini(&m);
}

static void test_bounded(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned i = 0; i < 70; i++) {
        w->now = i;
        query(&m, i, "www.example", 1);
        send(w, 0, &m);
    }
    assert_int_equal(w->records, 6);
    assert_memory_equal(lines(w), "ts=0 proto=udp trans_id=0 query", 31);
    forget_lines(w);
    end_flow(w);
    assert_int_equal(w->records, 64);
    assert_memory_equal(lines(w), "ts=6 ", 5);
    tl_buffer_fini(&m);
}

/* Without memory a query keeps its numbers and takes its name from the response. */
/* Without memory nothing waits: a question is written at once, with its name, and its answer by itself. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    w->keep_limit = 0;
    query(&m, 7, "www.example", 1);
    send(w, 0, &m);
    assert_int_equal(w->records, 1);
    assert_non_null(strstr(lines(w), " query=www.example "));
    assert_null(strstr(lines(w), "rcode"));
    forget_lines(w);
    address(&m, 7, "www.example");
    send(w, 1, &m);
    assert_string_equal(lines(w), "ts=0 proto=udp trans_id=7" ADDRESS);
    end_flow(w);
    assert_int_equal(w->records, 1); /* since the lines were forgotten */
    tl_buffer_fini(&m);
}

static void test_turned(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    address(&m, 7, "www.example");
    send(w, 0, &m);
    assert_int_equal(w->turned, 1);
    assert_string_equal(lines(w), "ts=0 proto=udp trans_id=7" ADDRESS);
    send(w, 0, &m); /* only the first message decides the roles */
    assert_int_equal(w->turned, 1);
    end_flow(w);
    w->multicast = true;
    send(w, 0, &m);
    assert_int_equal(w->turned, 1);
    tl_buffer_fini(&m);
}

static void test_multicast(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    w->multicast = true;
    w->port = 5353;
    put_header(&m, 0, 0, 2, 0, 0, 0);
    put_question(&m, "_ipp._tcp.local", 12, 0x8001);
    put_question(&m, "", 255, 1);
    assert_int_equal(send(w, 0, &m), TL_OK);
    assert_int_equal(w->records, 1); /* a message, not a question */
    assert_non_null(strstr(lines(w), " query=_ipp._tcp.local qclass=1 qclass_name=C_INTERNET qtype=12 "));
    forget_lines(w);
    put_header(&m, 0, 0x8400, 0, 1, 0, 0);
    put_name(&m, "_ipp._tcp.local");
    put16(&m, 12);
    put16(&m, 0x8001);
    put32(&m, 120);
    put16(&m, 6);
    put_name(&m, "Lab.");
    put16(&m, 0xc00c);
    assert_int_equal(send(w, 0, &m), TL_OK);
    assert_string_equal(lines(w), "ts=0 proto=udp trans_id=0 query=_ipp._tcp.local rcode=0 "
                                  "rcode_name=NOERROR opcode=0 opcode_name=query "
                                  "AA=T "
                                  "TC=F RD=F RA=F Z=0 answers={lab._ipp._tcp.local} TTLs=[120] rejected=F "
                                  "answer_count=1 "
                                  "authority_count=0 additional_count=0\n");
    assert_int_equal(w->confirmed, 1);
    tl_buffer_fini(&m);
}

/* One record per question; the first has the answers. */
static void test_two_questions(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    put_header(&m, 9, 0x0100, 2, 0, 0, 0);
    put_question(&m, "a.example", 1, 1);
    put_question(&m, "b.example", 28, 1);
    send(w, 0, &m);
    put_header(&m, 9, 0x8180, 2, 1, 0, 0);
    put_question(&m, "a.example", 1, 1);
    put_question(&m, "b.example", 28, 1);
    put_record(&m, 1, 1, "\1\2\3\4", 4);
    send(w, 1, &m);
    assert_int_equal(w->records, 2);
    const char *second = strchr(lines(w), '\n');
    assert_non_null(second);
    const char *answers = strstr(lines(w), "{1.2.3.4}");
    assert_non_null(answers);
    assert_true(answers < second);
    assert_non_null(strstr(second, "rtt=0 query=b.example"));
    assert_null(strstr(second, "answers"));
    end_flow(w);
    assert_int_equal(w->records, 2);
    tl_buffer_fini(&m);
}

static void test_answer_texts(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    for (unsigned detail = 0; detail < 2; detail++) {
        w->detail = detail;
        for (size_t i = 0; i < TL_COUNT(forms); i++) {
            forget_lines(w);
            answer(&m, &forms[i]);
            assert_int_equal(send(w, 1, &m), TL_OK);
            char want[256];
            snprintf(want, sizeof want, " answers=%s TTLs=[5] rejected=F", forms[i].text);
            assert_non_null(strstr(lines(w), want));
        }
    }
    assert_non_null(strstr(lines(w), " qtype=65280 qtype_name=query-65280 "));
    tl_buffer_fini(&m);
}

static void test_edns(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    put_header(&m, 1, 0x0130, 1, 0, 0, 1);
    put_question(&m, "www.example", 1, 3);
    tl_put(&m, "\0\0\51\4\320\0\0\200\0\0\0", 11);
    send(w, 0, &m);
    put_header(&m, 1, 0x8100, 1, 0, 0, 1);
    put_question(&m, "www.example", 1, 3);
    tl_put(&m, "\0\0\51\2\0\1\0\0\0\0\0", 11);
    send(w, 1, &m);
    assert_string_equal(lines(w), "ts=0 proto=udp trans_id=1 rtt=0 query=www.example qclass=3 qclass_name=C_CHAOS "
                                  "qtype=1 qtype_name=A rcode=16 rcode_name=BADVERS opcode=0 opcode_name=query AA=F "
                                  "TC=F RD=T RA=F Z=3 rejected=F edns_udp_size=1232 dnssec_ok=T "
                                  "answer_count=0 authority_count=0 "
                                  "additional_count=1\n");
    tl_buffer_fini(&m);
}

static void test_rejected(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    put_header(&m, 1, 0xa803, 1, 0, 0, 0);
    put_question(&m, "www.example", 6, 5);
    send(w, 1, &m);
    assert_string_equal(lines(w), "ts=0 proto=udp trans_id=1 query=www.example qclass=5 qclass_name=qclass-5 qtype=6 "
                                  "qtype_name=SOA rcode=3 rcode_name=NXDOMAIN opcode=5 opcode_name=dynamic-update AA=F "
                                  "TC=F RD=F RA=F Z=0 rejected=T answer_count=0 authority_count=0 "
                                  "additional_count=0\n");
    tl_buffer_fini(&m);
}

static void test_scratch_is_full(void **state)
{
    struct world *w = *state;
    struct tl_buffer m = { 0 };
    put_header(&m, 1, 0x8180, 1, 400, 0, 0);
    put_question(&m, "www.example", 1, 1);
    for (unsigned i = 0; i < 400; i++)
        put_record(&m, 1, i, "\377\377\377\377", 4);
    size_t capacity = w->scratch.capacity;
    for (size_t room = 0; room < 20000; room += 500) {
        w->scratch.capacity = room;
        forget_lines(w);
        assert_int_equal(send(w, 1, &m), TL_OK);
        assert_int_equal(w->records, 1);
        assert_int_equal(w->scratch.used, 0);
        bool all = strstr(lines(w), ",399] ") != NULL;
        assert_int_equal(!all, strstr(lines(w), " cut:answers cut:TTLs\n") != NULL);
        if (room == 0)
            assert_null(strstr(lines(w), "answers="));
    }
    w->scratch.capacity = capacity;
    forget_lines(w);
    send(w, 1, &m);
    assert_non_null(strstr(lines(w), ",399] "));
    tl_buffer_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pair), TEST(test_lower_case), TEST(test_finish), TEST(test_order), TEST(test_bounded),
        TEST(test_no_memory), TEST(test_turned), TEST(test_multicast), TEST(test_two_questions),
        TEST(test_answer_texts), TEST(test_edns), TEST(test_rejected), TEST(test_scratch_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
