/* flow_tcp.c - TCP conversations: when a flow begins anew and ends, keep-alives, short segments, turned flows. */
#include "flow_fixture.h"

static const struct carrier carriers[] = {
    { .name = "IPv4" },
    { .name = "IPv6", .v6 = true },
    { .name = "VLAN", .vlans = 1 },
    { .name = "IPv6, two VLANs", .v6 = true, .vlans = 2 },
    { .name = "options", .options = 12 },
    { .name = "other ports", .client = 50001, .server = 50000 },
    { .name = "the client has the higher address", .swapped = true },
};

struct talk {
    const char *name, *packets, *due; /* due: the records, without ports */
};

/* Removes the ports. */
static const char *without_ports(char *records)
{
    char *to = records;
    for (char *at = records; *at != '\0';) {
        at += strspn(at, "0123456789>");
        at += *at == ' ';
        size_t n = strcspn(at, ";");
        memmove(to, at, n + 1);
        to += n + 1;
        at += n + 1;
    }
    *to = '\0';
    return records;
}

static void check(struct traffic *w, const struct talk *talks, size_t count)
{
    for (size_t i = 0; i < TL_COUNT(carriers); i++) {
        for (size_t k = 0; k < count; k++) {
            char *got = strdup(flow_records(w, &carriers[i], talks[k].packets));
            assert_non_null(got);
            if (strcmp(without_ports(got), talks[k].due) != 0)
                fail_msg("%s, %s:\n%s\nright: %s", carriers[i].name, talks[k].name, got, talks[k].due);
            free(got);
        }
    }
}

/* A SYN after a FIN or an RST of either side is a new flow, whatever its number. */
static void test_new(void **state)
{
    static const struct talk talks[] = {
        { "after both FINs, the same number",
          ">S <SA >A >FA <FA >A >Ss-2 <SAs-2k-1", "SF ShAFf 4/0 2/0 fin;S1 Sh 1/0 1/0 eof;" },
        { "after one FIN of the client", ">S <SA >A >FA >Ss-2", "S2 ShAF 3/0 1/0 active;S0 S 1/0 0/0 eof;" },
        { "after one FIN of the server", ">S <SA >A <FA >Ss-1", "S3 ShAf 2/0 2/0 active;S0 S 1/0 0/0 eof;" },
        { "after the server's RST", ">S <RA >Ss-1", "REJ Sr 1/0 1/0 rst;S0 S 1/0 0/0 eof;" },
        { "after the client's RST", ">S <SA >A >R >Ss-1", "RSTO ShAR 3/0 1/0 rst;S0 S 1/0 0/0 eof;" },
        { "from the other side", ">S <SA >A >FA <FA >A <S", "SF ShAFf 4/0 2/0 fin;S0 S 1/0 0/0 eof;" },
        { "another number", ">S <SA >A new >S <SA", "S1 ShA 2/0 1/0 active;S1 Sh 1/0 1/0 eof;" },
        { "a SYN that is sent again is not", ">S >Ss-1 <SA >Ss-1 >A", "S1 ShA 4/0 1/0 eof;" },
        { "a SYN-ACK that is sent again is not", ">S <SA <SAs-1 >A >FA <FA", "SF ShAFf 3/0 3/0 fin;" },
        { "a FIN that is sent again is not", ">S <SA >A >FA >FAs-1 <FA", "SF ShAFf 4/0 2/0 fin;" },
    };
    check(*state, talks, TL_COUNT(talks));
}

/* An octet that was sent and acknowledged before is no retransmission; one that was not, or with PSH, is. */
static void test_keep_alive(void **state)
{
    static const struct talk talks[] = {
        { "the client's", ">S <SA >A >PA#10 <A >A#1s-1:30000 <A >A#1s-1:30000 <A", "S1 ShADa 5/10 4/0 eof;" },
        { "the server's", ">S <SA >A <PA#10 >A <A#1s-1:30000 >A <A#1s-1:30000 >A", "S1 ShAd 5/0 4/10 eof;" },
        { "with the answer lost", ">S <SA >A >PA#10 <A >A#1s-1:30000 <A~ >A#1s-1:30000 <A", "S1 ShADa 5/10 3/0 eof;" },
        { "without an octet", ">S <SA >A >PA#10 <A >As-1:30000 <A", "S1 ShADa 4/10 3/0 eof;" },
        { "from the middle", ">PA#10 <A >A#1s-1:30000 <A >A#1s-1:30000 <A", "OTH Da 3/10 3/0 eof;" },
        { "one side alone", ">PA#10 >A#1s-1:30000 >A#1s-1:30000", "OTH D 3/10 0/0 eof;" },
        { "then more data", ">S <SA >A >PA#10 <A >A#1s-1:30000 <A >PA#5 <A", "S1 ShADa 5/15 4/0 eof;" },
        { "typed, and sent again", ">S <SA >A >PA#1 >PA#1s-1 <A", "S1 ShADTa 4/1 2/0 eof T1;" },
        { "one octet, not acknowledged", ">S <SA >A >A#1 >A#1s-1 <A", "S1 ShADTa 4/1 2/0 eof T1;" },
        { "two octets", ">S <SA >A >PA#10 <A >A#2s-2 <A", "S1 ShADaT 4/10 3/0 eof T1;" },
        { "in a hole", ">S <SA >A >PA#10~ <A >A#1s-1:30000 <A >PA#5 <A", "S1 ShAaGD 4/15 4/0 eof g10;" },
    };
    check(*state, talks, TL_COUNT(talks));
}

/* A FIN or an RST of a side whose peer was never seen does not close the flow. An attempt ends 5 s after its SYN. */
static void test_alone(void **state)
{
    static const struct talk talks[] = {
        { "a FIN", ">PA#10 >FA >PA#5:8000", "SH DF 3/15 0/0 eof;" },
        { "an RST", ">PA#10 >RA >RA:8000", "OTH DR 3/10 0/0 eof;" },
        { "an RST, then the other side", ">PA#10 >RA <PA#5:8000 <A:20", "OTH DRda 2/10 2/5 eof;" },
        { "an RST of both", ">PA#10 <A >RA <RA >A:8000", "RSTR DaRr 2/10 2/0 rst;OTH A 1/0 0/0 eof;" },
        { "a SYN and an RST", ">S >Rs-1:100 >A:4800 >A:200", "RSTOS0 SRA 3/0 0/0 attempt;OTH A 1/0 0/0 eof;" },
        { "a SYN and a FIN", ">S >FA:100 >A:4800 >A:200", "SH SFA 3/0 0/0 attempt;OTH A 1/0 0/0 eof;" },
        { "idle", ">PA#10 >FA >A:301000", "SH DF 2/10 0/0 idle;OTH A 1/0 0/0 eof;" },
    };
    check(*state, talks, TL_COUNT(talks));
}

/* A SYN-ACK that turns out to be the responder's. */
static void test_turned(void **state)
{
    static const struct talk talks[] = {
        { "then an ACK", "<SA >A >PA#10 <A", "S1 ^hADa 2/10 2/0 eof;" },
        { "then data", "<SA >PA#10 <A", "S1 ^hDa 1/10 2/0 eof;" },
        { "then data of its own side", "<SA <PA#10 >A", "S1 ^hdA 1/0 2/10 eof;" },
        { "then the SYN", "<SAk+1 >S >A", "S1 ^hSA 2/0 1/0 eof;" },
        { "then nothing", "<SA", "OTH H 1/0 0/0 eof;" },
        { "with a wrong checksum", "<SA! >A >PA#10 <A", "S1 ^hcADa 2/10 2/0 eof;" },
    };
    check(*state, talks, TL_COUNT(talks));
}

/* The frame has no room for the rest of a segment: the rest was not sent here, and may come later. */
static void test_short(void **state)
{
    static const struct talk talks[] = {
        { "the rest comes later", ">S <SA >A >PA#100r60 >PA#40s-40 <A >FA <FA", "SF ShADTaFf 5/100 3/0 fin O1;" },
        { "it comes again", ">S <SA >A >PA#100r60 >PA#100s-100 <A >FA <FA", "SF ShADTaFf 5/100 3/0 fin O1;" },
        { "the next follows where it ends",
          ">S <SA >A >PA#100r60 >PA#50s-40 <Ak+0 >FA <FA", "SF ShADaFf 5/110 3/0 fin;" },
        { "of the server", ">S <SA >A <PA#100r0 <PA#100s-100 >A >FA <FA", "SF ShAdtFf 4/0 4/100 fin o1;" },
        { "it never comes", ">S <SA >A >PA#100r60 <A >FA <FA", "SF ShADaGFf 4/100 3/0 fin g40;" },
        { "not acknowledged", ">S <SA >A >PA#100r60 <Ak-40 >FAs-40 <FAk-40", "SF ShADaFf 4/100 3/0 fin;" },
    };
    check(*state, talks, TL_COUNT(talks));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_new), TEST(test_keep_alive), TEST(test_alone), TEST(test_turned),
                                        TEST(test_short) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
