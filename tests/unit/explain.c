/* explain.c - one made connection for each finding, and a healthy one that has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checksum.h"
#include "explain/explain.h"
#include "explain/making.h"

#define MS INT64_C(1000000)

enum { MOST = 256, ROOM = 1600, SYN = 2, ACK = 16, FIN = 1, RST = 4, ECN = 0xc0, CLIENT = 0, SERVER = 1, PLAIN = -2 };

/* A conversation of packets that are made by the test. */
struct talk {
    struct tl_explain *explain;
    struct tl_interfaces *interfaces;
    uint64_t number;
    int64_t now;              /* ns */
    uint32_t seq[2];          /* next of each side */
    uint16_t id[2];
    uint16_t window[2];
    uint8_t ttl[2];
    bool sack[2], scale[2];
    uint32_t block_from, block_to; /* of a selective acknowledgment in the next segment; equal: none */
    uint32_t tsval, tsecr;         /* timestamps of the next segment; 0: none */
};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static void give(struct talk *t, const uint8_t *bytes, uint32_t len)
{
    struct tl_packet packet = { .ts = t->now, .etime = t->now, .bytes = bytes, .caplen = len, .len = len,
                                .number = ++t->number, .linktype = 101 };
    tl_explain_packet(t->explain, &packet);
}

/* The IPv4 header of a packet of a side. */
static void put_ip(struct talk *t, unsigned side, uint8_t *ip, unsigned len, uint8_t proto)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, len);
    put16(ip + 4, ++t->id[side]);
    ip[8] = t->ttl[side];
    ip[9] = proto;
    put32(ip + 12, 0x0a000001 + side);
    put32(ip + 16, 0x0a000001 + (side ^ 1));
}

/* A segment with any numbers. Checksums are zero: both sides never show right ones, so they are believed. */
static void raw(struct talk *t, unsigned side, int64_t after, unsigned flags, uint32_t seq, uint32_t ack, unsigned payload)
{
    uint8_t b[ROOM] = { 0 };
    bool has_block = t->block_from != t->block_to;
    unsigned options = flags & SYN || has_block || t->tsval != 0 ? 12 : 0, header = 20 + options;
    t->now += after;
    put_ip(t, side, b, 20 + header + payload, 6);
    uint8_t *tcp = b + 20;
    put16(tcp, side == CLIENT ? 40000 : 9000);
    put16(tcp + 2, side == CLIENT ? 9000 : 40000);
    put32(tcp + 4, seq);
    put32(tcp + 8, flags & ACK ? ack : 0);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, t->window[side]);
    if (has_block) {
        memcpy(tcp + 20, "\1\1\5\12", 4);
        put32(tcp + 24, t->block_from);
        put32(tcp + 28, t->block_to);
        t->block_from = t->block_to;
    } else if (t->tsval != 0) {
        memcpy(tcp + 20, "\1\1\10\12", 4);
        put32(tcp + 24, t->tsval);
        put32(tcp + 28, t->tsecr);
        t->tsval = t->tsecr = 0;
    } else if (options > 0) {
        static const uint8_t mss[] = { 2, 4, 5, 180 };
        memcpy(tcp + 20, mss, sizeof mss);
        memset(tcp + 24, 1, 8);
        if (t->sack[side])
            memcpy(tcp + 24, "\4\2", 2);
        if (t->scale[side])
            memcpy(tcp + 28, "\3\3\7", 3);
    }
    memset(b + 20 + header, 'z', payload);
    give(t, b, 20 + header + payload);
}

/* The next segment of a side, which acknowledges all of the peer. */
static void say(struct talk *t, unsigned side, int64_t after, unsigned flags, unsigned payload)
{
    raw(t, side, after, flags, t->seq[side], t->seq[side ^ 1], payload);
    t->seq[side] += payload + ((flags & (SYN | FIN)) != 0);
}

static void open_up(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    say(t, CLIENT, MS, ACK, 0);
}

static void close_down(struct talk *t)
{
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, ACK, 0);
}

static void ask(struct talk *t)
{
    say(t, CLIENT, MS, ACK, 100);
    say(t, SERVER, 20 * MS, ACK, 0);
}

/* The server sends n segments, each acknowledged. */
static void serve(struct talk *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, CLIENT, MS, ACK, 0);
    }
}

/* A datagram of ICMP of a router that quotes a SYN of the client. */
static void icmp(struct talk *t, unsigned type, unsigned code, unsigned mtu, unsigned quoted)
{
    uint8_t b[ROOM] = { 0 };
    put_ip(t, SERVER, b, 56, 1);
    put32(b + 12, 0x0a0000fe);
    b[20] = (uint8_t)type;
    b[21] = (uint8_t)code;
    put16(b + 26, mtu);
    struct talk copy = *t;
    put_ip(&copy, quoted, b + 28, 1500, 6);
    put16(b + 48, quoted == CLIENT ? 40000 : 9000);
    put16(b + 50, quoted == CLIENT ? 9000 : 40000);
    put16(b + 22, 0);
    uint32_t sum = 0;
    for (unsigned i = 20; i < 56; i += 2)
        sum += (uint32_t)b[i] << 8 | b[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put16(b + 22, ~sum & 0xffff);
    give(t, b, 56);
}

/* --- conversations --- */

static void healthy(struct talk *t)
{
    open_up(t), ask(t), serve(t, 20), close_down(t);
}

static void unanswered(struct talk *t)
{
    for (unsigned i = 0; i < 4; i++)
        raw(t, CLIENT, (INT64_C(1000) << i) * MS, SYN, 0, 0, 0);
}

static void refused(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    raw(t, SERVER, 20 * MS, RST | ACK, 0, t->seq[CLIENT], 0);
}

static void syn_ack_unanswered(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    for (unsigned i = 0; i < 3; i++)
        raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void retried(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, t->seq[CLIENT], 0, 0);
    t->now += 1000 * MS;
    healthy(t);
}

static void ecn(struct talk *t)
{
    raw(t, CLIENT, MS, SYN | ECN, t->seq[CLIENT], 0, 0);
    raw(t, CLIENT, 1000 * MS, SYN | ECN, t->seq[CLIENT], 0, 0);
    t->now += 1000 * MS;
    healthy(t);
}

static void unreachable(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, 0, 0, 0);
    icmp(t, 3, 13, 0, CLIENT);
}

static void loop(struct talk *t)
{
    raw(t, CLIENT, MS, SYN, 0, 0, 0);
    icmp(t, 11, 0, 0, CLIENT);
}

/* The tap sees it twice. */
static void lost_after(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    say(t, SERVER, MS, ACK, 1000);
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    say(t, CLIENT, MS, ACK, 0);
    close_down(t);
}

/* The tap sees a hole, which is filled by a later packet. */
static void lost_before(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    uint32_t hole = t->seq[SERVER];
    t->seq[SERVER] += 1000;
    raw(t, SERVER, MS, ACK, t->seq[SERVER], t->seq[CLIENT], 1000);
    t->seq[SERVER] += 1000;
    raw(t, CLIENT, MS, ACK, t->seq[CLIENT], hole, 0);
    raw(t, SERVER, 300 * MS, ACK, hole, t->seq[CLIENT], 1000);
    say(t, CLIENT, MS, ACK, 0);
    close_down(t);
}

/* The same, filled by a packet that was sent first. */
static void reordered(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        uint32_t hole = t->seq[SERVER];
        t->seq[SERVER] += 1000;
        t->id[SERVER]++;
        raw(t, SERVER, MS, ACK, t->seq[SERVER], t->seq[CLIENT], 1000);
        t->seq[SERVER] += 1000;
        t->id[SERVER] = (uint16_t)(t->id[SERVER] - 2);
        raw(t, SERVER, MS, ACK, hole, t->seq[CLIENT], 1000);
        t->id[SERVER]++;
        say(t, CLIENT, MS, ACK, 0);
    }
    close_down(t);
}

static void needless(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        serve(t, 1);
        raw(t, SERVER, 30 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    }
    close_down(t);
}

/* The client got both copies: it says so with a block below what it acknowledges. */
static void twice(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        say(t, SERVER, MS, ACK, 1000);
        raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
        t->block_from = t->seq[SERVER] - 1000;
        t->block_to = t->seq[SERVER];
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

/* The server sends 1000 bytes twice, 300 ms apart; the acknowledgment of both has this echo. */
static void timed(struct talk *t, uint32_t now, uint32_t echo)
{
    t->tsval = now;
    say(t, SERVER, MS, ACK, 1000);
    t->tsval = now + 300;
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
    t->tsval = now;
    t->tsecr = echo;
    say(t, CLIENT, MS, ACK, 0);
}

/* The client acknowledges the first copy: it echoes its timestamp. */
static void echoed(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++)
        timed(t, 1000 * i + 5000, 1000 * i + 5000);
    close_down(t);
}

/* It echoes that of the second one. */
static void echoed_later(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++)
        timed(t, 1000 * i + 5000, 1000 * i + 5300);
    close_down(t);
}

/* Two are sent again before the client says that it got both twice. */
static void two_twice(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 2; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, SERVER, MS, ACK, 1000);
        raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 2000, t->seq[CLIENT], 1000);
        raw(t, SERVER, MS, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
        t->block_from = t->seq[SERVER] - 2000;
        t->block_to = t->seq[SERVER];
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

static void not_captured(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 4; i++) {
        t->seq[SERVER] += 1000;
        say(t, CLIENT, MS, ACK, 0);
        serve(t, 1);
    }
    close_down(t);
}

static void full(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->window[CLIENT] = 0;
    say(t, SERVER, MS, ACK, 1000);
    say(t, CLIENT, MS, ACK, 0);
    t->window[CLIENT] = 500;
    say(t, CLIENT, 2000 * MS, ACK, 0);
    serve(t, 3), close_down(t);
}

static void too_big(struct talk *t)
{
    open_up(t), ask(t);
    say(t, SERVER, MS, ACK, 60);
    say(t, CLIENT, MS, ACK, 0);
    say(t, SERVER, MS, ACK, 1460);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 1460, t->seq[CLIENT], 1460);
}

static void cut_off(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    say(t, SERVER, MS, ACK, 900);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 900, t->seq[CLIENT], 900);
}

static void reset_by_server(struct talk *t)
{
    open_up(t), ask(t);
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void reset_by_box(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->ttl[SERVER] = 61;
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void reset_after_idle(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, CLIENT, 300000 * MS, ACK, 100);
    raw(t, SERVER, 20 * MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
}

static void forgotten(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, CLIENT, 300000 * MS, ACK, 100);
    for (unsigned i = 0; i < 3; i++)
        raw(t, CLIENT, (INT64_C(300) << i) * MS, ACK, t->seq[CLIENT] - 100, t->seq[SERVER], 100);
}

static void dead(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    for (unsigned i = 0; i < 5; i++)
        raw(t, CLIENT, 3000 * MS, ACK, t->seq[CLIENT] - 1, t->seq[SERVER], 0);
}

static void crossing(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    say(t, SERVER, MS, FIN | ACK, 0);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, SERVER, 20 * MS, RST, t->seq[SERVER], 0, 0);
}

static void no_answer(struct talk *t)
{
    open_up(t), ask(t);
    say(t, SERVER, 500 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, ACK, 0);
}

/* The last segment of a request is lost and sent again; the client closes when all is acknowledged, soon or not. */
static void no_answer_after_loss(struct talk *t)
{
    open_up(t), ask(t);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, CLIENT, 1500 * MS, ACK, t->seq[CLIENT] - 100, t->seq[SERVER], 100);
    say(t, SERVER, 20 * MS, ACK, 0);
    close_down(t);
}

static void upload(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 12; i++)
        say(t, CLIENT, MS, ACK, 1000);
    say(t, SERVER, 20 * MS, ACK, 0);
    t->now += 2000 * MS;
    close_down(t);
}

static void late(struct talk *t)
{
    open_up(t), ask(t);
    t->now += 3000 * MS;
    serve(t, 5), close_down(t);
}

static void pausing(struct talk *t)
{
    open_up(t), ask(t), serve(t, 3);
    t->now += 2000 * MS;
    serve(t, 3), close_down(t);
}

static void nagle(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, CLIENT, MS, ACK, 5);
        say(t, SERVER, i == 0 ? 15 * MS : 55 * MS, ACK, 0);
        say(t, CLIENT, MS, ACK, 5);
        say(t, SERVER, 15 * MS, ACK, 10);
    }
    close_down(t);
}

static void tiny(struct talk *t)
{
    open_up(t);
    for (unsigned i = 0; i < 110; i++)
        say(t, CLIENT, MS, ACK, 3);
    say(t, SERVER, MS, ACK, 10);
    close_down(t);
}

static void stripped(struct talk *t)
{
    t->sack[SERVER] = t->scale[SERVER] = false;
    open_up(t), ask(t), serve(t, 70), close_down(t);
}

static void one_sided(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    for (unsigned i = 0; i < 5; i++) {
        t->seq[SERVER] += 1000;
        say(t, CLIENT, MS, ACK, 0);
    }
}

static void mirrored(struct talk *t)
{
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, SERVER, MS, ACK, 1000);
        t->id[SERVER]--;
        raw(t, SERVER, MS / 100, ACK, t->seq[SERVER] - 1000, t->seq[CLIENT], 1000);
        say(t, CLIENT, MS, ACK, 0);
    }
    close_down(t);
}

static void filling(struct talk *t)
{
    t->scale[CLIENT] = t->scale[SERVER] = false;
    t->window[CLIENT] = 2000;
    open_up(t), ask(t);
    for (unsigned i = 0; i < 6; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, SERVER, MS / 10, ACK, 1000);
        say(t, CLIENT, 20 * MS, ACK, 0);
    }
    close_down(t);
}

static const struct {
    void (*talk)(struct talk *t);
    const char *finding; /* NULL: none above a note */
} rows[] = {
    { healthy, NULL },
    { unanswered, "no answer to SYN" },
    { refused, "refused" },
    { syn_ack_unanswered, "no answer to SYN-ACK" },
    { retried, "set-up after retries" },
    { ecn, "ECN packets dropped" },
    { unreachable, "unreachable" },
    { loop, "hop limit exceeded" },
    { lost_after, "loss after the tap" },
    { lost_before, "loss before the tap" },
    { reordered, "reordering" },
    { needless, "needless retransmission" },
    { twice, "needless retransmission" },
    { two_twice, "needless retransmission" },
    { echoed, "needless retransmission" },
    { echoed_later, "loss after the tap" },
    { not_captured, "packets not captured" },
    { full, "receiver does not read" },
    { too_big, "packets too big" },
    { cut_off, "no more answers" },
    { reset_by_server, "reset" },
    { reset_by_box, "reset by a box in between" },
    { reset_after_idle, "reset after idle time" },
    { forgotten, "forgotten after idle time" },
    { dead, "keep-alives without answer" },
    { crossing, "request on a closing connection" },
    { no_answer, "no answer to the request" },
    { no_answer_after_loss, "loss after the tap" },
    { upload, NULL },
    { late, "server answers late" },
    { pausing, "sender pauses" },
    { nagle, "Nagle and delayed acknowledgment" },
    { tiny, "very small segments" },
    { stripped, "options of TCP missing" },
    { one_sided, "one side only" },
    { mirrored, "duplicate packets" },
    { filling, "limited by the receive window" },
};

/* chosen: flows of the port are asked for, and explained without trouble too. */
static struct talk begin_as(bool chosen)
{
    struct talk t = { .now = 1000 * MS, .seq = { 1000, 5000 }, .id = { 100, 60000 }, .window = { 60000, 60000 },
                      .ttl = { 64, 60 }, .sack = { true, true }, .scale = { true, true } };
    struct tl_interface interface = { .linktype = 101, .section = UINT32_MAX };
    t.interfaces = tl_interfaces_new();
    assert_non_null(t.interfaces);
    assert_int_equal(tl_interfaces_add(t.interfaces, &interface), 0);
    struct tl_explain_options options = { .interfaces = t.interfaces, .memory = 64 << 20, .by_port = chosen, .port = 9000 };
    t.explain = tl_explain_new(&options);
    assert_non_null(t.explain);
    return t;
}

static struct talk begin(void)
{
    return begin_as(true);
}

static void finish(struct talk *t)
{
    tl_explain_free(t->explain);
    tl_interfaces_free(t->interfaces);
}

static const struct tl_finding *finding_of(const struct tl_explain *explain, const char *name)
{
    for (uint32_t i = 0; i < tl_explain_count(explain); i++) {
        const struct tl_diagnosis *d = &tl_explain_get(explain, i)->diagnosis;
        for (unsigned k = 0; k < d->count; k++)
            if (strcmp(d->items[k].kind->name, name) == 0)
                return &d->items[k];
    }
    return NULL;
}

static void test_findings(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct talk t = begin();
        rows[i].talk(&t);
        tl_explain_end(t.explain);
        assert_true(tl_explain_count(t.explain) >= 1);
        const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
        const char *found = d->count > 0 && d->items[0].level >= TL_FINDING_WARNING ? d->items[0].kind->name : NULL;
        if ((found == NULL) != (rows[i].finding == NULL) || (found != NULL && strcmp(found, rows[i].finding) != 0))
            fail_msg("row %u: \"%s\" instead of \"%s\": %s", i, found != NULL ? found : "nothing",
                     rows[i].finding != NULL ? rows[i].finding : "nothing", d->verdict);
        for (unsigned k = 0; k < d->count; k++)
            for (uint32_t p = 0; p < d->items[k].packet_count; p++)
                assert_true(d->items[k].packets[p] >= 1 && d->items[k].packets[p] <= t.number);
        finish(&t);
    }
}

/* While the window is closed the sender has no choice: it does not pause. */
static void test_closed_window(void **state)
{
    (void)state;
    struct talk t = begin();
    full(&t);
    tl_explain_end(t.explain);
    assert_null(finding_of(t.explain, "sender pauses"));
    finish(&t);
}

/* A reset tells how long after which packet it comes, if there is one. */
static void only_reset(struct talk *t)
{
    raw(t, SERVER, MS, RST | ACK, 9000, 1000, 0);
}

static void reset_after_answer(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    raw(t, CLIENT, 10 * MS, RST | ACK, t->seq[CLIENT], t->seq[SERVER], 0);
}

static void reset_then_answer(struct talk *t)
{
    open_up(t);
    say(t, CLIENT, MS, ACK, 100);
    raw(t, SERVER, MS, RST | ACK, t->seq[SERVER], t->seq[CLIENT], 0);
    say(t, SERVER, 50 * MS, ACK, 100);
}

static void test_reset_times(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *text;
    } cases[] = {
        { only_reset, "The client resets the connection." }, /* no port says which it is */
        { reset_after_answer, "The client resets the connection 0.010 s after its own last packet." },
        { reset_then_answer,
          "The server resets the connection 0.001 s after the last packet of the client, without an answer to what the "
          "client sent." },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "reset");
        assert_non_null(f);
        assert_string_equal(f->text, cases[i].text);
        finish(&t);
    }
}

/* A FIN that is repeated costs the time since it was sent first, not since the last payload. */
static void fin_again(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, 5000 * MS, FIN | ACK, 0);
    raw(t, SERVER, 300 * MS, FIN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, ACK, 0);
}

static void test_fin_again(void **state)
{
    (void)state;
    struct talk t = begin();
    fin_again(&t);
    tl_explain_end(t.explain);
    const struct tl_finding *f = finding_of(t.explain, "loss after the tap");
    assert_non_null(f);
    assert_true(f->lost == 300 * MS && f->level == TL_FINDING_WARNING);
    finish(&t);
}

/* A SYN-ACK that comes again: after the acknowledgment of the client, as a copy of the capture, or without any answer. */
static void syn_ack_late(struct talk *t)
{
    open_up(t);
    raw(t, SERVER, 60 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_ack_copied(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    t->id[SERVER] = UINT16_MAX;
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    t->id[SERVER] = UINT16_MAX;
    raw(t, SERVER, MS / 20, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_ack_lost(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

/* An answer that may be that of the repeat, or of the first one. */
static void syn_ack_unsure(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    raw(t, SERVER, 1000 * MS, SYN | ACK, t->seq[SERVER] - 1, t->seq[CLIENT], 0);
    say(t, CLIENT, 500 * MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void syn_unsure(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    raw(t, CLIENT, 1000 * MS, SYN, t->seq[CLIENT] - 1, 0, 0);
    say(t, SERVER, 200 * MS, SYN | ACK, 0);
    say(t, CLIENT, 100 * MS, ACK, 0);
    ask(t), serve(t, 3), close_down(t);
}

static void test_syn_ack_again(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *finding;
        enum tl_finding_level level;
        enum tl_tap_place tap;
    } cases[] = {
        { syn_ack_late, "needless retransmission", TL_FINDING_NOTE, TL_TAP_CLIENT },
        { syn_ack_copied, NULL, TL_FINDING_NONE, TL_TAP_CLIENT },
        { syn_ack_lost, "set-up after retries", TL_FINDING_WARNING, TL_TAP_CLIENT },
        { syn_ack_unsure, "set-up after retries", TL_FINDING_WARNING, TL_TAP_UNKNOWN },
        { syn_unsure, "set-up after retries", TL_FINDING_WARNING, TL_TAP_UNKNOWN },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
        assert_int_equal(d->count, cases[i].finding != NULL);
        if (d->count > 0) {
            assert_string_equal(d->items[0].kind->name, cases[i].finding);
            assert_int_equal(d->items[0].level, cases[i].level);
            assert_true((d->items[0].lost > 0) == (cases[i].level == TL_FINDING_WARNING));
        }
        assert_int_equal(d->tap, cases[i].tap);
        finish(&t);
    }
}

/* What is repeated without any answer was lost no one knows where: after the tap, or its answer was. */
static void never_answered(struct talk *t)
{
    say(t, SERVER, MS, ACK, 112);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 112, t->seq[CLIENT], 112);
}

static void fin_never_answered(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, 5000 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, FIN | ACK, 0);
    for (unsigned i = 0; i < 4; i++)
        raw(t, CLIENT, (INT64_C(300) << i) * MS, FIN | ACK, t->seq[CLIENT] - 1, t->seq[SERVER], 0);
}

static void ends_in_repeat(struct talk *t)
{
    open_up(t), ask(t), serve(t, 1);
    say(t, SERVER, MS, ACK, 900);
    raw(t, SERVER, 300 * MS, ACK, t->seq[SERVER] - 900, t->seq[CLIENT], 900);
}

static void test_never_answered(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *text;
        enum tl_finding_level level;
        uint32_t support;
        int64_t lost;
    } cases[] = {
        { never_answered, "The client sends the same 112 bytes 4 times again, and nothing of the peer is in the capture",
          TL_FINDING_PROBLEM, 2, 4500 * MS },
        { fin_never_answered, "The client sends its FIN 4 times again, and nothing more of the peer is seen",
          TL_FINDING_WARNING, 3, 4500 * MS },
        { cut_off, "The server sends the same 900 bytes 4 times again, and nothing more of the peer is seen",
          TL_FINDING_PROBLEM, 3, 4500 * MS },
        { ends_in_repeat, "The server sends again 1 time, and the capture or the connection ends", TL_FINDING_NOTE, 1, 300 * MS },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        assert_null(finding_of(t.explain, "loss after the tap"));
        const struct tl_finding *f = finding_of(t.explain, "no more answers");
        assert_non_null(f);
        assert_memory_equal(f->text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(f->level, cases[i].level);
        assert_int_equal(f->support, cases[i].support);
        assert_true(f->lost == cases[i].lost);
        finish(&t);
    }
}

/* Times at which a message of the server comes and its length; the client answers each at once, by as many bytes. */
struct message {
    int ms;
    unsigned len;
};

static void exchange(struct talk *t, const struct message *m)
{
    for (; m->len > 0; m++) {
        say(t, SERVER, m->ms * MS, ACK, m->len);
        say(t, CLIENT, MS, ACK, m->len + 4);
        say(t, SERVER, 20 * MS, ACK, 0);
    }
}

/* A ping of the server is no late answer, if it comes at regular intervals and the server began. */
static void test_beats(void **state)
{
    static const struct {
        bool opened, asked; /* the set-up is there; the client speaks first */
        struct message messages[7];
        enum tl_finding_level level;
        uint32_t events, support;
    } cases[] = {
        { false, false, { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_NONE, 0, 0 },
        { true, false, { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_NONE, 0, 0 },
        { false, false, { { 1, 2 }, { 10000, 2 } }, TL_FINDING_WARNING, 1, 1 },
        { false, false, { { 1, 2 }, { 10000, 2 }, { 3000, 2 }, { 10100, 2 } }, TL_FINDING_PROBLEM, 3, 3 }, /* not regular */
        { false, false, { { 1, 2 }, { 10000, 3 }, { 10000, 4 }, { 10000, 5 } }, TL_FINDING_PROBLEM, 3, 3 },
        /* answers */
        { true, true, { { 10, 2 }, { 10000, 2 }, { 9990, 2 }, { 10100, 2 } }, TL_FINDING_PROBLEM, 3, 3 },
        /* an answer among the pings */
        { false, false, { { 1, 2 }, { 10000, 2 }, { 10000, 2 }, { 4000, 40 } }, TL_FINDING_PROBLEM, 1, 2 },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        if (cases[i].opened)
            open_up(&t);
        else
            say(&t, CLIENT, MS, ACK, 0); /* says which side is the client */
        if (cases[i].asked)
            say(&t, CLIENT, MS, ACK, 6);
        exchange(&t, cases[i].messages);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "server answers late");
        assert_int_equal(f != NULL ? f->level : TL_FINDING_NONE, cases[i].level);
        if (f != NULL) {
            assert_int_equal(f->events, cases[i].events);
            assert_int_equal(f->support, cases[i].support);
        }
        finish(&t);
    }
}

/* A client that closes after its last pong does not wait for an answer. */
static void test_beats_closed(void **state)
{
    static const struct message pings[] = { { 1, 2 }, { 10000, 2 }, { 9990, 2 }, { 0, 0 } };
    (void)state;
    struct talk t = begin();
    open_up(&t), exchange(&t, pings);
    t.now += 5000 * MS;
    close_down(&t);
    tl_explain_end(t.explain);
    assert_null(finding_of(t.explain, "server answers late"));
    finish(&t);
}

/* Why it is not known where the tap is. */
static void test_no_tap(void **state)
{
    static const struct {
        void (*talk)(struct talk *t);
        const char *why;
    } cases[] = {
        { only_reset, "tap: cannot be told: the set-up is not in the capture\n" },
        { unanswered, "tap: cannot be told: the connection was not set up\n" },
        { refused, "tap: cannot be told: the connection was not set up\n" },
        { syn_ack_unanswered, "tap: cannot be told: the connection was not set up\n" },
        { one_sided, "tap: cannot be told: a part of the set-up is not in the capture\n" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        struct tl_buffer out = { 0 };
        cases[i].talk(&t);
        tl_explain_end(t.explain);
        tl_explain_put_summary(&out, tl_explain_get(t.explain, 0));
        tl_put_char(&out, '\0');
        assert_false(out.failed);
        assert_non_null(strstr((const char *)out.data, cases[i].why));
        tl_buffer_fini(&out);
        finish(&t);
    }
}

/* Nothing but a SYN: no verdict but that not enough was seen. */
static void test_not_enough(void **state)
{
    (void)state;
    struct talk t = begin();
    say(&t, CLIENT, MS, ACK, 0);
    tl_explain_end(t.explain);
    const struct tl_explained *x = tl_explain_get(t.explain, 0);
    assert_memory_equal(x->diagnosis.verdict, "Not enough seen", 15);
    assert_string_equal(x->diagnosis.confidence, "low");
    finish(&t);
}

/* Where the tap is, by the halves of the round trip. */
static void test_tap(void **state)
{
    (void)state;
    struct talk t = begin();
    healthy(&t);
    tl_explain_end(t.explain);
    const struct tl_diagnosis *d = &tl_explain_get(t.explain, 0)->diagnosis;
    assert_int_equal(d->tap, TL_TAP_CLIENT);
    assert_true(d->server_half == 20 * MS && d->client_half == MS);
    assert_true(d->phase_count >= 4);
    finish(&t);
}

static void datagram(struct talk *t, unsigned side, const uint8_t *payload, unsigned len)
{
    uint8_t b[ROOM] = { 0 };
    t->now += MS;
    put_ip(t, side, b, 28 + len, 17);
    put16(b + 20, side == CLIENT ? 33000 : 53);
    put16(b + 22, side == CLIENT ? 53 : 33000);
    put16(b + 24, 8 + len);
    memcpy(b + 28, payload, len);
    give(t, b, 28 + len);
}

/* A name has an address of each kind; IPv6 has no answer, and the client goes on over IPv4. */
static void test_first_choice(void **state)
{
    static const uint8_t question[] = { 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 255, 0, 1 };
    static const uint8_t answer[] = {
        0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 255, 0, 1,
        0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 2,
        0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
    static const uint8_t syn[] = {
        0x60, 0, 0, 0, 0, 20, 6, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 2, 0x9c, 0x41, 0x23, 0x28, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0xd6, 0x73, 0, 0 };
    (void)state;
    for (unsigned answered = 0; answered < 2; answered++) {
        struct talk t = begin();
        datagram(&t, CLIENT, question, sizeof question);
        if (!answered) /* without the look-up nothing says that both are one name */
            datagram(&t, SERVER, answer, sizeof answer);
        give(&t, syn, sizeof syn);
        t.now += 1500 * MS;
        open_up(&t), ask(&t), serve(&t, 3), close_down(&t);
        tl_explain_end(t.explain);
        const struct tl_finding *f = finding_of(t.explain, "IPv4 after IPv6 failed");
        assert_true((f != NULL) == !answered);
        if (f != NULL) {
            assert_int_equal(f->level, TL_FINDING_WARNING);
            assert_non_null(strstr(f->text, "a.test"));
            assert_true(f->packet_count == 2 && f->packets[0] == 3 && f->packets[1] == 4);
        }
        finish(&t);
    }
}

/* --- ARP and VLANs --- */

static void tagged(struct talk *t, uint16_t vlan, uint16_t type, const uint8_t *body, uint32_t len)
{
    uint8_t b[ROOM] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0 };
    put16(b + 14, vlan);
    put16(b + 16, type);
    memcpy(b + 18, body, len);
    struct tl_packet packet = { .ts = t->now, .etime = t->now, .bytes = b, .caplen = 18 + len, .len = 18 + len,
                                .number = ++t->number, .linktype = 1 };
    tl_explain_packet(t->explain, &packet);
}

/* 10.0.0.1 asks for 10.0.0.2, or that one answers. mac: the last byte of the sender's. */
static void arp(struct talk *t, int64_t after, uint16_t vlan, bool answer, uint8_t mac)
{
    uint8_t m[28] = { 0, 1, 8, 0, 6, 4, 0, answer ? 2 : 1, 2, 0, 0, 0, 0, mac, 10, 0, 0, answer ? 2 : 1,
                      2, 0, 0, 0, 0, 1, 10, 0, 0, answer ? 1 : 2 };
    t->now += after;
    tagged(t, vlan, 0x0806, m, sizeof m);
}

static const char *neighbour_finding(const struct talk *t)
{
    static const uint8_t server[4] = { 10, 0, 0, 2 };
    const struct tl_arp_neighbour *n = tl_neighbours_get(&tl_explain_sums(t->explain)->neighbours, server);
    static struct tl_finding f;
    return n != NULL && tl_neighbour_find(n, &f) ? f.kind->name : "nothing";
}

static void test_neighbours(void **state)
{
    static const struct {
        struct { int ms; uint16_t vlan; bool answer; uint8_t mac; } messages[6];
        const char *finding;
    } cases[] = {
        { { { 1, 10, false, 1 }, { 1, 10, true, 2 } }, "nothing" },
        { { { 1, 10, false, 1 }, { 900, 10, false, 1 }, { 900, 10, false, 1 } }, "no answer to ARP" },
        { { { 1, 10, false, 1 }, { 1, 20, true, 2 } }, "ARP answered in another VLAN" },
        { { { 1, 10, false, 1 }, { 1, 20, true, 2 }, { 1, 10, true, 2 } }, "nothing" }, /* both sides of a trunk */
        { { { 1, 10, false, 1 }, { 1, 10, true, 2 }, { 1, 10, true, 3 } }, "two hosts answer ARP" },
        { { { 1, 10, true, 2 }, { 5000, 10, true, 3 } }, "nothing" }, /* moved */
        { { { 1, 10, true, 2 }, { 5000, 10, true, 3 }, { 5000, 10, true, 2 } }, "two hosts answer ARP" },
        { { { 1, 10, true, 2 }, { 1, 20, true, 3 } }, "nothing" }, /* two networks with the same addresses */
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct talk t = begin();
        for (unsigned k = 0; k < TL_COUNT(cases[i].messages) && cases[i].messages[k].ms > 0; k++)
            arp(&t, cases[i].messages[k].ms * MS, cases[i].messages[k].vlan, cases[i].messages[k].answer,
                cases[i].messages[k].mac);
        if (strcmp(neighbour_finding(&t), cases[i].finding) != 0)
            fail_msg("case %u: %s instead of %s", i, neighbour_finding(&t), cases[i].finding);
        tl_explain_end(t.explain);
        finish(&t);
    }
}

/* A refused connection, and an address that two hosts have. */
static void test_two_hosts(void **state)
{
    (void)state;
    for (unsigned doubled = 0; doubled < 2; doubled++) {
        struct talk t = begin();
        arp(&t, MS, 10, false, 1);
        arp(&t, MS, 10, true, 2);
        if (doubled)
            arp(&t, MS, 10, true, 3);
        refused(&t);
        tl_explain_end(t.explain);
        assert_string_equal(tl_explain_get(t.explain, 0)->diagnosis.items[0].kind->name,
                            doubled ? "address of two hosts" : "refused");
        finish(&t);
    }
}

/* --- many flows --- */

/* More flows at a time than have room as they are: all are explained, and errors find those that wait. */
static void test_parked(void **state)
{
    enum { FLOWS = 3000, QUOTED = 7 };
    (void)state;
    struct talk t = begin();
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < FLOWS; i++) {
            uint8_t b[36] = { 0 };
            put_ip(&t, round == 1, b, sizeof b, 17);
            put16(b + 20, round == 1 ? 9000 : 20000 + i);
            put16(b + 22, round == 1 ? 20000 + i : 9000);
            put16(b + 24, 16);
            give(&t, b, sizeof b);
        }
        t.now += MS;
    }
    uint8_t error[56] = { 0 };
    put_ip(&t, SERVER, error, sizeof error, 1);
    error[20] = 3;
    error[21] = 3;
    put_ip(&t, CLIENT, error + 28, 36, 17);
    put16(error + 48, 20000 + QUOTED);
    put16(error + 50, 9000);
    give(&t, error, sizeof error);
    tl_explain_end(t.explain);
    const struct tl_explain_sums *s = tl_explain_sums(t.explain);
    assert_int_equal(s->left_out, 0);
    assert_int_equal(s->chosen, FLOWS);
    assert_int_equal(s->troubled, 1);
    const struct tl_explained *x = tl_explain_get(t.explain, 0);
    assert_int_equal(x->id.orig_port, 20000 + QUOTED);
    assert_int_equal(x->facts.packets, 3);
    assert_true(x->facts.udp[0] == 2 && x->facts.udp[1] == 1);
    assert_string_equal(x->diagnosis.items[0].kind->name, "unreachable");
    finish(&t);
}

/* Fails if a word of a record is longer than the sink writes. */
static void check_words(const struct tl_record_def *def, const struct tl_record *r)
{
    enum { WORD_MOST = 63 };
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_record_field *field = &def->fields[i];
        const void *value = (const uint8_t *)r + field->offset;
        const struct tl_object_list *objects = value;
        if ((r->set >> i & 1) == 0)
            continue;
        if (field->type == TL_REC_TOKEN && strlen(*(const char *const *)value) > WORD_MOST)
            fail_msg("\"%s\" is cut: %s", field->key, *(const char *const *)value);
        for (uint32_t k = 0; field->type == TL_REC_OBJECTS && k < objects->count; k++) {
            const uint8_t *items = objects->items;
            check_words(field->objects, (const struct tl_record *)(const void *)(items + (size_t)k * objects->size));
        }
    }
}

static void check_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                         const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink, (void)id, (void)decimals;
    check_words(def, record);
    tl_put_char(out, '.');
}

/* No text of a record is cut. */
static void test_records(void **state)
{
    static const struct tl_sink sink = { .record = check_record };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct talk t = begin_as(false);
        struct tl_buffer out = { 0 };
        arp(&t, MS, 10, true, 2);
        arp(&t, MS, 10, true, 3);
        rows[i].talk(&t);
        tl_explain_end(t.explain);
        tl_explain_put_records(&out, t.explain, &sink);
        assert_true(!out.failed && out.len >= 1);
        tl_buffer_fini(&out);
        finish(&t);
    }
}

/* Each row of the table has what the document needs. */
static void test_table(void **state)
{
    (void)state;
    struct tl_buffer out = { 0 };
    for (unsigned i = 0; i < tl_finding_kind_count; i++) {
        const struct tl_finding_kind *kind = &tl_finding_kinds[i];
        assert_true(*kind->name != '\0' && *kind->recognised != '\0' && *kind->next != '\0' && *kind->source != '\0');
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(kind->name, tl_finding_kinds[k].name);
    }
    tl_findings_document(&out);
    assert_true(!out.failed && out.len > 1000);
    tl_buffer_fini(&out);
}

/* Three of four cuts are enough, where the time between them is too short to see the window grow; two of three are not. */
static void test_cuts(void **state)
{
    static const struct {
        uint32_t cut, uncut, regrown;
        bool found;
    } causes[] = { { 3, 0, 0, true }, { 3, 1, 0, true }, { 4, 2, 0, false }, { 4, 2, 1, true }, { 2, 0, 0, false }, { 2, 1, 1, true } };
    (void)state;
    static struct tl_facts facts;
    struct tl_end_facts *e = &facts.end[SERVER];
    e->first_data_ts = 1000 * MS;
    e->last_new_ts = 4000 * MS;
    e->bytes = 1600000;
    for (unsigned i = 0; i < TL_COUNT(causes); i++) {
        struct tl_finding found = { .level = TL_FINDING_NONE };
        e->cuts = (struct tl_cuts){ .rounds = 26, .cut = causes[i].cut, .uncut = causes[i].uncut, .regrown = causes[i].regrown,
                                    .marks = { .count = 7 } };
        tl_find_congestion(&facts, &found);
        assert_int_equal(found.level != TL_FINDING_NONE, causes[i].found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_closed_window),
        cmocka_unit_test(test_reset_times),
        cmocka_unit_test(test_fin_again),
        cmocka_unit_test(test_syn_ack_again),
        cmocka_unit_test(test_never_answered),
        cmocka_unit_test(test_beats),
        cmocka_unit_test(test_beats_closed),
        cmocka_unit_test(test_no_tap),
        cmocka_unit_test(test_not_enough),
        cmocka_unit_test(test_tap),
        cmocka_unit_test(test_first_choice),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_two_hosts),
        cmocka_unit_test(test_parked),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_table), cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
