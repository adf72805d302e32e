/* explain_fixture.h - conversations that a test makes packet by packet, for explain. */
#ifndef TL_TESTS_EXPLAIN_FIXTURE_H
#define TL_TESTS_EXPLAIN_FIXTURE_H

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

static inline void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static inline void give(struct talk *t, const uint8_t *bytes, uint32_t len)
{
    struct tl_packet packet = { .ts = t->now, .etime = t->now, .bytes = bytes, .caplen = len, .len = len,
                                .number = ++t->number, .linktype = 101 };
    tl_explain_packet(t->explain, &packet);
}

/* The IPv4 header of a packet of a side. */
static inline void put_ip(struct talk *t, unsigned side, uint8_t *ip, unsigned len, uint8_t proto)
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
static inline void raw(struct talk *t, unsigned side, int64_t after, unsigned flags, uint32_t seq, uint32_t ack, unsigned payload)
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
static inline void say(struct talk *t, unsigned side, int64_t after, unsigned flags, unsigned payload)
{
    raw(t, side, after, flags, t->seq[side], t->seq[side ^ 1], payload);
    t->seq[side] += payload + ((flags & (SYN | FIN)) != 0);
}

static inline void open_up(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    say(t, SERVER, 20 * MS, SYN | ACK, 0);
    say(t, CLIENT, MS, ACK, 0);
}

static inline void close_down(struct talk *t)
{
    say(t, CLIENT, MS, FIN | ACK, 0);
    say(t, SERVER, 20 * MS, FIN | ACK, 0);
    say(t, CLIENT, MS, ACK, 0);
}

static inline void ask(struct talk *t)
{
    say(t, CLIENT, MS, ACK, 100);
    say(t, SERVER, 20 * MS, ACK, 0);
}

/* The server sends n segments, each acknowledged. */
static inline void serve(struct talk *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        say(t, SERVER, MS, ACK, 1000);
        say(t, CLIENT, MS, ACK, 0);
    }
}

/* A datagram of ICMP of a router that quotes a SYN of the client. */
static inline void icmp(struct talk *t, unsigned type, unsigned code, unsigned mtu, unsigned quoted)
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

/* chosen: flows of the port are asked for, and explained without trouble too. */
static inline struct talk begin_as(bool chosen)
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

static inline struct talk begin(void)
{
    return begin_as(true);
}

static inline void finish(struct talk *t)
{
    tl_explain_free(t->explain);
    tl_interfaces_free(t->interfaces);
}

static inline const struct tl_finding *finding_of(const struct tl_explain *explain, const char *name)
{
    for (uint32_t i = 0; i < tl_explain_count(explain); i++) {
        const struct tl_diagnosis *d = &tl_explain_get(explain, i)->diagnosis;
        for (unsigned k = 0; k < d->count; k++)
            if (strcmp(d->items[k].kind->name, name) == 0)
                return &d->items[k];
    }
    return NULL;
}

static inline void datagram(struct talk *t, unsigned side, const uint8_t *payload, unsigned len)
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

static inline void refused(struct talk *t)
{
    say(t, CLIENT, MS, SYN, 0);
    raw(t, SERVER, 20 * MS, RST | ACK, 0, t->seq[CLIENT], 0);
}

/* The server sends 900 bytes over and over, without an answer. */
static inline void cut_off(struct talk *t)
{
    open_up(t), ask(t), serve(t, 5);
    say(t, SERVER, MS, ACK, 900);
    for (unsigned i = 0; i < 4; i++)
        raw(t, SERVER, (INT64_C(300) << i) * MS, ACK, t->seq[SERVER] - 900, t->seq[CLIENT], 900);
}

static inline void tagged(struct talk *t, uint16_t vlan, uint16_t type, const uint8_t *body, uint32_t len)
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
static inline void arp(struct talk *t, int64_t after, uint16_t vlan, bool answer, uint8_t mac)
{
    uint8_t m[28] = { 0, 1, 8, 0, 6, 4, 0, answer ? 2 : 1, 2, 0, 0, 0, 0, mac, 10, 0, 0, answer ? 2 : 1,
                      2, 0, 0, 0, 0, 1, 10, 0, 0, answer ? 1 : 2 };
    t->now += after;
    tagged(t, vlan, 0x0806, m, sizeof m);
}

#endif
