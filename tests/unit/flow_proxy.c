/* flow_proxy.c - the PROXY protocol in front of other protocols: over several carriers, in pieces, in any order. */
#include "flow_fixture.h"

static const struct carrier carriers[] = {
    { .name = "IPv4" },
    { .name = "HTTP's port", .server = 80 },
    { .name = "SMTP's port", .server = 25 },
    { .name = "Finger's port", .server = 79 },
    { .name = "IPv6", .v6 = true, .server = 8080 },
    { .name = "VLAN", .vlans = 1 },
    { .name = "IPv6, two VLANs, options", .v6 = true, .vlans = 2, .options = 12, .swapped = true },
};

#define V2 "%0D%0A%0D%0A%00%0D%0AQUIT%0A"
#define V2_ENDS V2 "%21%11%00%0C%C0%00%02%01%C6%33%64%02%DC%04%00%50"
#define V1_ENDS "PROXY_TCP4_192.0.2.1_198.51.100.2_56324_80|"
#define GET "GET_/_HTTP/1.1|Host:_a||"
#define OK " <PA=HTTP/1.1_200_OK|Content-Length:_0|| >A"
#define OPEN ">S <SA >A "

struct talk {
    const char *name, *packets, *services;
    unsigned records;      /* that have the ends */
    unsigned version;      /* of the ends */
};

static const struct talk talks[] = {
    { "version 1", OPEN ">PA=" V1_ENDS GET OK, "http;", 2, 4 },
    { "version 2", OPEN ">PA=" V2_ENDS GET OK, "http;", 2, 4 },
    { "two requests", OPEN ">PA=" V1_ENDS GET OK " >PA=" GET OK, "http;", 3, 4 },
    { "a segment of its own", OPEN ">PA=" V2_ENDS " >PA=" GET OK, "http;", 2, 4 },
    { "version 1, in pieces",
      OPEN ">PA=P >PA=ROXY >PA=_TCP4_192.0.2.1_198.51 >PA=.100.2_56324_80|GE >PA=T_/_HTTP/1.1|Host:_a||" OK,
      "http;", 2, 4 },
    { "version 2, in pieces",
      OPEN ">PA=%0D >PA=%0A%0D%0A%00%0D%0AQUI >PA=T%0A%21 >PA=%11%00%0C%C0%00%02%01%C6 >PA=%33%64%02%DC%04%00%50" GET OK,
      "http;", 2, 4 },
    { "out of order", OPEN ">PA~=%0D%0A%0D%0A%00%0D%0AQUIT%0A >PA=%21%11%00%0C%C0%00%02%01%C6%33%64%02%DC%04%00%50" GET
      " >PAs-55=" V2 OK, "http;", 2, 4 },
    { "IPv6", OPEN ">PA=PROXY_TCP6_2001:db8::1_2001:db8::2_1_2|" GET OK, "http;", 2, 6 },
    { "SMTP",
      OPEN ">PA=" V1_ENDS " <PA=220_a_ESMTP| >PA=EHLO_b| <PA=250_a| >PA=MAIL_FROM:<a@b>| <PA=250_a| >A", "smtp;", 2, 4 },
    { "the server's bytes first",
      OPEN "<PA=220_a_ESMTP >PA=" V1_ENDS " <PA=| >PA=EHLO_b| <PA=250_a| >PA=MAIL_FROM:<a@b>| <PA=250_a|",
      "smtp;", 2, 4 },
    { "of the connection alone", OPEN ">PA=" V1_ENDS "nothing_known <PA=neither|", "", 1, 4 },
    { "two headers", OPEN ">PA=" V1_ENDS "PROXY_TCP6_2001:db8::1_2001:db8::2_1_2|" GET OK, "http;", 2, 4 },
    { "UNKNOWN", OPEN ">PA=PROXY_UNKNOWN|" GET OK, "http;", 0, 0 },
    { "UNKNOWN with text", OPEN ">PA=PROXY_UNKNOWN_x_y|" GET OK, "http;", 0, 0 },
    { "LOCAL", OPEN ">PA=" V2 "%20%00%00%00" GET OK, "http;", 0, 0 },
    { "LOCAL with addresses", OPEN ">PA=" V2 "%20%11%00%0C%C0%00%02%01%C6%33%64%02%DC%04%00%50" GET OK, "http;", 0, 0 },
    { "too short for addresses", OPEN ">PA=" V2 "%21%11%00%04%C0%00%02%01" GET OK, "http;", 0, 0 },
    { "a Unix socket's family, too short", OPEN ">PA=" V2 "%21%31%00%04%C0%00%02%01" GET OK, "http;", 0, 0 },
    { "another version", OPEN ">PA=" V2 "%31%11%00%00", "", 0, 0 },
    { "a wrong port", OPEN ">PA=PROXY_TCP4_192.0.2.1_198.51.100.2_70000_80|", "", 0, 0 },
    { "a wrong family", OPEN ">PA=PROXY_TCP6_192.0.2.1_198.51.100.2_7_80|", "", 0, 0 },
};

static void test_talks(void **state)
{
    static const uint8_t v4[4] = { 192, 0, 2, 1 };
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        for (size_t k = 0; k < TL_COUNT(talks); k++) {
            const struct talk *t = &talks[k];
            if (carriers[i].server == 79 && strcmp(t->name, "version 2, in pieces") == 0)
                continue; /* the empty line that it begins with is a whole query of Finger */
            const char *conn = flow_records(w, &carriers[i], t->packets), *services = (const char *)w->services.data;
            bool others = t->services[0] == '\0' && carriers[i].server != 0; /* the port's protocol may take it */
            if (strcmp(services, t->services) != 0 && !others)
                fail_msg("%s, %s: %s (%s)", carriers[i].name, t->name, services, conn);
            if (w->proxied_records != t->records && !others)
                fail_msg("%s, %s: %u records (%s %s)", carriers[i].name, t->name, w->proxied_records, services, conn);
            if (t->version == 4)
                assert_memory_equal(w->proxied.orig_addr, v4, 4);
            if (t->version != 0)
                assert_int_equal(w->proxied.version, t->version);
        }
    }
}

/* The ports, and a header that the snaplen cuts or that is lost: nothing is taken for an address. */
static void test_lost(void **state)
{
    struct traffic *w = *state;
    (void)flow_records(w, &carriers[0], OPEN ">PA=" V1_ENDS GET OK);
    assert_int_equal(w->proxied.orig_port, 56324);
    assert_int_equal(w->proxied.resp_port, 80);
    (void)flow_records(w, &carriers[0], OPEN ">PA~=" V1_ENDS " <A >PA=" GET OK);
    assert_string_equal(w->services.data, "http;");
    assert_int_equal(w->proxied_records, 0);
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        for (uint32_t cut = 60; cut < 140; cut++) {
            struct carrier c = carriers[i];
            c.snaplen = cut;
            (void)flow_records(w, &c, OPEN ">PA=" V2_ENDS " >PA=" GET OK);
            assert_true(w->proxied_records == 0 || w->proxied.orig_port == 56324);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_talks), TEST(test_lost) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
