/* flow_cut.c - captures of headers only: packets that are cut inside their headers belong to their flows. */
#include "flow_fixture.h"

static const struct carrier carriers[] = {
    { .name = "IPv4", .client = 40000, .server = 9000 },
    { .name = "another port", .client = 50000, .server = 81 },
    { .name = "IPv6", .v6 = true },
    { .name = "VLAN", .vlans = 1 },
    { .name = "two VLANs", .vlans = 2 },
    { .name = "IPv6, VLAN", .v6 = true, .vlans = 1 },
    { .name = "options", .options = 12 },
    { .name = "options, IPv6, two VLANs", .options = 40, .v6 = true, .vlans = 2 },
    { .name = "the client has the higher address", .options = 12, .swapped = true },
};

static const char *const talks[] = {
    ">S <SA >A >PA#35 <A <PA#940 >A >FA <FA >A",
    ">S <SA >A <PA#200 >A >PA#35:20 <A >PA#10 <A <FA >A >FA <A",
    ">PA#100 <A <PA#300 >A >FA <FA >A",
    ">S <R",
    ">S <SA >A >PA#35 <A >R",
};

/* Returns the bytes in front of the transport header. */
static uint32_t before(const struct carrier *c)
{
    return 14 + 4 * c->vlans + (c->v6 ? 40 : 20);
}

/* Compares all but the missed bytes and the letters of gaps. */
static void assert_alike(const struct carrier *c, uint32_t snaplen, const char *got, const char *due)
{
    const char *a = got, *b = due;
    while (*a != '\0' && *b != '\0') {
        if (*a == 'g' || *a == 'G') {
            a++;
            continue;
        }
        if (*a == ' ' && a[1] == 'g') {
            a += 2 + strspn(a + 2, "0123456789");
            continue;
        }
        if (*a++ != *b++)
            fail_msg("%s, snaplen %u:\n%s\nwhole:\n%s", c->name, snaplen, got, due);
    }
    if (*a != *b)
        fail_msg("%s, snaplen %u:\n%s\nwhole:\n%s", c->name, snaplen, got, due);
}

/* With the flags captured, a record is that of the whole packets. */
static void test_tcp(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        for (size_t k = 0; k < TL_COUNT(talks); k++) {
            c.snaplen = 0;
            char *due = strdup(flow_records(w, &c, talks[k]));
            assert_non_null(due);
            for (c.snaplen = before(&c) + 14; c.snaplen <= before(&c) + 20 + c.options; c.snaplen++) {
                assert_alike(&c, c.snaplen, flow_records(w, &c, talks[k]), due);
                assert_int_equal(w->counters.cut_headers, 0);
            }
            free(due);
        }
    }
}

/* The payload is missed. */
static void test_missed(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        c.snaplen = before(&c) + 18;
        const char *got = flow_records(w, &c, talks[0]);
        if (strstr(got, " g975;") == NULL || strstr(got, " SF ") == NULL || strstr(got, " 6/35 4/940 ") == NULL)
            fail_msg("%s: %s", c.name, got);
    }
}

/* With the ports alone, the packets are counted; with less they belong to no flow, which is reported. */
static void test_ports(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        for (uint32_t n = 0; n < 14; n++) {
            c.snaplen = before(&c) + n;
            const char *got = flow_records(w, &c, talks[0]);
            if (n >= 4 && (strstr(got, " 6/0 4/0 ") == NULL || strstr(got, " OTH ") == NULL))
                fail_msg("%s, %u bytes of the header: %s", c.name, n, got);
            if (n < 4)
                assert_string_equal(got, "");
            assert_int_equal(w->counters.cut_headers, n < 4 ? 10 : 0);
        }
    }
}

static void test_udp(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        c.udp = true;
        for (uint32_t n = 0; n <= 8; n++) {
            c.snaplen = before(&c) + n;
            const char *got = flow_records(w, &c, ">#100 <#30 >#7");
            if (n >= 4 && strstr(got, " SF Dd 2/107 1/30 ") == NULL)
                fail_msg("%s, %u bytes of the header: %s", c.name, n, got);
            if (n < 4)
                assert_string_equal(got, "");
            assert_int_equal(w->counters.cut_headers, n < 4 ? 3 : 0);
        }
    }
}

static void test_network(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        c.snaplen = before(&c) - 1;
        assert_string_equal(flow_records(w, &c, talks[0]), "");
        assert_int_equal(w->counters.cut_headers, 10);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_tcp), TEST(test_missed), TEST(test_ports), TEST(test_udp),
                                        TEST(test_network) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
