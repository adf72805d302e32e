/* flow_checksums.c - what a wrong checksum means to a flow: it is believed, it is damage, or it is not looked at. */
#include "flow_fixture.h"

static const struct carrier carriers[] = {
    { .name = "IPv4" },
    { .name = "a server's port", .client = 50000, .server = 80 },
    { .name = "IPv6", .v6 = true },
    { .name = "VLAN", .vlans = 1 },
    { .name = "IPv6, two VLANs", .v6 = true, .vlans = 2 },
    { .name = "options", .options = 12 },
    { .name = "the client has the higher address", .swapped = true },
};

struct talk {
    const char *name, *packets;
    const char *due[3]; /* with auto, strict and off, after the ports; NULL: as with auto */
    unsigned believed, left_out; /* packets, with auto */
};

static const struct talk tcp[] = {
    { "all right", ">S <SA >A >PA#10 <A >FA <FA >A", { " SF ShADaFf 5/10 3/0 fin;" }, 0, 0 },
    { "the client's are wrong", ">S! <SA >A! >PA#10! <A >FA! <FA >A!",
      { " SF SChADaFf 5/10 3/0 fin;", " SHR Chaf 0/0 3/0 eof;", " SF ShADaFf 5/10 3/0 fin;" }, 5, 0 },
    { "all are wrong", ">S! <SA! >A! >PA#10! <PA#20! >FA! <FA! >A!",
      { " SF SChcADdFf 5/10 3/20 fin;", " OTH Cc 0/0 0/0 eof;", " SF ShADdFf 5/10 3/20 fin;" }, 8, 0 },
    { "left to the client's card", ">Sc <SA >Ac >PA#10c <A >FAc <FA >Ac",
      { " SF ShADaFf 5/10 3/0 fin;", " SHR Chaf 0/0 3/0 eof;", " SF ShADaFf 5/10 3/0 fin;" }, 0, 0 },
    { "damage after a right one", ">S <SA >A >PA#10! >PA#10s-10 <A >FA <FA >A",
      { " SF ShACDaFf 5/10 3/0 fin;", NULL, " SF ShADTaFf 6/10 3/0 fin T1;" }, 0, 1 },
    { "damage of the server's data", ">S <SA >A <PA#10! <PA#10s-10 >A >FA <FA >A",
      { " SF ShAcdFf 5/0 3/10 fin;", NULL, " SF ShAdtFf 5/0 4/10 fin t1;" }, 0, 1 },
    { "a right one after wrong ones", ">S! >A! >PA#10 >PA#10! >PA#5",
      { " S0 SCAD 4/25 0/0 eof;", " OTH CD 2/25 0/0 eof;", " S0 SAD 5/25 0/0 eof;" }, 2, 1 },
    { "an RST that is damaged", ">S <SA >A >PA#10 <RA! <A >FA <FA >A",
      { " SF ShADcaFf 5/10 3/0 fin;", NULL, " RSTR ShADraFf 5/10 4/0 rst;" }, 0, 1 },
    { "a SYN that is damaged begins no flow", ">S <SA >A >FA <FA >A >Ss+7000!",
      { " SF ShAFfC 4/0 2/0 fin;", NULL, " SF ShAFf 4/0 2/0 fin;" }, 0, 1 },
};

/* The server's card gets the sum of the pseudo-header; zero is no checksum, with IPv4. */
static const struct talk udp[] = {
    { "all right", ">#10 <#20", { " SF Dd 1/10 1/20 eof;" }, 0, 0 },
    { "the client's are wrong",
      ">#10! <#20 >#5!", { " SF DCd 2/15 1/20 eof;", " SHR Cd 0/0 1/20 eof;", " SF Dd 2/15 1/20 eof;" },
      2, 0 },
    { "damage after a right one", ">#10 <#20 >#5!", { " SF DdC 1/10 1/20 eof;", NULL, " SF Dd 2/15 1/20 eof;" }, 0, 1 },
    { "damage of the server's",
      ">#10 <#20 <#5! >#1", { " SF Ddc 2/11 1/20 eof;", NULL, " SF Dd 2/11 2/25 eof;" }, 0, 1 },
    { "left to the server's card",
      ">#10 <#20c", { " SF Dd 1/10 1/20 eof;", " S0 Dc 1/10 0/0 eof;", " SF Dd 1/10 1/20 eof;" },
      0, 0 },
};

/* IPv4 only. */
static const struct talk headers[] = {
    { "all wrong",
      ">Sh <SAh >Ah >PA#10h <Ah >FAh <FAh >Ah", { " SF ShADaFf 5/10 3/0 fin;", "", " SF ShADaFf 5/10 3/0 fin;" },
      8, 0 },
    { "the client's are wrong", ">Sh <SA >Ah >PA#10h <A >FAh <FA >Ah",
      { " SF ShADaFf 5/10 3/0 fin;", " SHR ^haf 0/0 3/0 eof;", " SF ShADaFf 5/10 3/0 fin;" }, 5, 0 },
    { "damage after a right one", ">S <SA >A >PA#10h >PA#10s-10 <A >FA <FA >A",
      { " SF ShADaFf 5/10 3/0 fin;", NULL, " SF ShADTaFf 6/10 3/0 fin T1;" }, 0, 1 },
    { "damage of the server's", ">S <SA >A <PA#10h <PA#10s-10 >A >FA <FA >A",
      { " SF ShAdFf 5/0 3/10 fin;", NULL, " SF ShAdtFf 5/0 4/10 fin t1;" }, 0, 1 },
    { "header and segment are wrong", ">Sh! <SA >Ah! >PA#10h! <A >FAh! <FA >Ah!",
      { " SF SChADaFf 5/10 3/0 fin;", " SHR ^haf 0/0 3/0 eof;", " SF ShADaFf 5/10 3/0 fin;" }, 5, 0 },
};

/* Compares what stands after the ports, up to the end of `due`. */
static void check(struct traffic *w, const struct carrier *c, const struct talk *t)
{
    static const enum tl_checksums modes[] = { TL_CHECKSUMS_AUTO, TL_CHECKSUMS_STRICT, TL_CHECKSUMS_OFF };
    static const char *const names[] = { "auto", "strict", "off" };
    for (unsigned mode = 0; mode < 3; mode++) {
        const char *due = t->due[mode] != NULL ? t->due[mode] : t->due[0];
        w->options.checksums = modes[mode];
        const char *got = flow_records(w, c, t->packets);
        const char *rest = got + strcspn(got, " ");
        if (*due != '\0' ? strncmp(rest, due, strlen(due)) != 0 : *rest != '\0')
            fail_msg("%s, %s, %s:\n%s\nright: %s", c->name, t->name, names[mode], got, due);
        uint64_t total = w->counters.believed + w->counters.left_out;
        if (mode == 0 && (w->counters.believed != t->believed || w->counters.left_out != t->left_out))
            fail_msg("%s, %s: %u believed, %u left out", c->name, t->name, (unsigned)w->counters.believed,
                     (unsigned)w->counters.left_out);
        if (mode == 1)
            assert_int_equal(w->counters.believed, 0);
        if (mode == 2)
            assert_int_equal(total, 0);
    }
}

static void test_tcp(void **state)
{
    for (size_t i = 0; i < TL_COUNT(carriers); i++)
        for (size_t k = 0; k < TL_COUNT(tcp); k++)
            check(*state, &carriers[i], &tcp[k]);
}

static void test_udp(void **state)
{
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        struct carrier c = carriers[i];
        c.udp = true;
        for (size_t k = 0; k < TL_COUNT(udp); k++)
            check(*state, &c, &udp[k]);
    }
}

static void test_headers(void **state)
{
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        for (size_t k = 0; k < TL_COUNT(headers) && !carriers[i].v6; k++)
            check(*state, &carriers[i], &headers[k]);
    }
}

/* The payload of a believed packet is read. */
static void test_payload(void **state)
{
    static const char talk[] = ">S! <SA >A! >PA!=GET_/_HTTP/1.1|Host:_a|| <PA=HTTP/1.1_200_OK|Content-Length:_0|| >A! <A";
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        w->options.checksums = TL_CHECKSUMS_AUTO;
        (void)flow_records(w, &carriers[i], talk);
        assert_string_equal(w->services.data, "http;");
        w->options.checksums = TL_CHECKSUMS_STRICT;
        (void)flow_records(w, &carriers[i], talk);
        assert_string_equal(w->services.data, "http;"); /* by the response alone */
        (void)flow_records(w, &carriers[i], ">S! <SA >A! >PA!=GET_/_HTTP/1.1|Host:_a||");
        assert_string_equal(w->services.data, "");
    }
}

/* Counts, and the letter again at the tenth. */
static void test_many(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        const char *got = flow_records(w, &carriers[i], ">S <SA >A >A! >A! >A! >A! >A! >A! >A! >A! >A! >A! >A");
        assert_string_equal(got + strcspn(got, " "), " S1 ShACC 3/0 1/0 eof;");
        assert_int_equal(w->counters.left_out, 10);
        assert_int_equal(w->counters.bad_checksums, 10);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_tcp), TEST(test_udp), TEST(test_headers), TEST(test_payload),
                                        TEST(test_many) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
