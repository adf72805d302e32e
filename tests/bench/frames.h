/* frames.h - writes capture files of frames with valid checksums, for the generators of this folder. */
#ifndef TL_TESTS_BENCH_FRAMES_H
#define TL_TESTS_BENCH_FRAMES_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/bytes.h"
#include "core/status.h"

enum { IP_AT = 14, L4_AT = 34, UDP_HEADER = 8, TCP_HEADER = 20, FRAME_MOST = 1514, SEGMENT_MOST = 1460 };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

/* The random generator splitmix64. mix() is its last step, also used alone as a hash; draw() advances the state. */
static inline uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(*state);
}

/* A random number from least to most. */
static inline uint32_t between(uint64_t *state, uint32_t least, uint32_t most)
{
    return least + (uint32_t)(draw(state) % (most - least + 1));
}

/* A capture file that is written. */
struct frames {
    FILE *out;
    uint64_t us;      /* of the next frame */
    uint64_t packets;
};

struct ends {
    uint32_t addr[2]; /* client, server */
    uint16_t port[2];
};

static inline bool frames_open(struct frames *f, const char *path)
{
    const uint32_t header[] = { 0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, 1 };
    *f = (struct frames){ .out = fopen(path, "wb"), .us = UINT64_C(1700000000000000) };
    if (f->out == NULL)
        return false;
    setvbuf(f->out, NULL, _IOFBF, 1 << 20);
    fwrite(header, sizeof header, 1, f->out);
    return true;
}

static inline bool frames_close(struct frames *f)
{
    bool failed = ferror(f->out) != 0;
    return fclose(f->out) == 0 && !failed;
}

static inline uint32_t sum_of(const uint8_t *p, uint32_t len)
{
    uint64_t sum = 0;
    for (; len >= 2; len -= 2, p += 2)
        sum += tl_load_be16(p);
    if (len > 0)
        sum += (uint64_t)p[0] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

static inline uint16_t checksum(const uint8_t *p, uint32_t len, uint32_t sum)
{
    sum += sum_of(p, len);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* The IPv4 payload of `len` bytes is at frame + L4_AT. Adds Ethernet and IPv4 headers and writes the frame. */
static inline void frames_put(struct frames *f, uint8_t *frame, const struct ends *ends, unsigned side, uint8_t protocol,
                              uint32_t len, uint32_t checksum_at)
{
    uint8_t *ip = frame + IP_AT, *l4 = frame + L4_AT;
    memcpy(frame, side ? "\2\0\0\0\0\1\2\0\0\0\0\2\x08" : "\2\0\0\0\0\2\2\0\0\0\0\1\x08", 14);
    memcpy(ip, "\x45\0\0\0\0\0\x40\0\x40\0\0\0", 12);
    tl_store_be16(ip + 2, (uint16_t)(20 + len));
    ip[9] = protocol;
    tl_store_be32(ip + 12, ends->addr[side]);
    tl_store_be32(ip + 16, ends->addr[side ^ 1]);
    tl_store_be16(ip + 10, checksum(ip, 20, 0));
    tl_store_be16(l4, ends->port[side]);
    tl_store_be16(l4 + 2, ends->port[side ^ 1]);
    tl_store_be16(l4 + checksum_at, 0);
    uint16_t sum = checksum(l4, len, protocol + len + sum_of(ip + 12, 8));
    tl_store_be16(l4 + checksum_at, sum == 0 && protocol == 17 ? 0xffff : sum);
    uint32_t whole = L4_AT + len;
    const uint32_t record[] = { (uint32_t)(f->us / 1000000), (uint32_t)(f->us % 1000000), whole, whole };
    fwrite(record, sizeof record, 1, f->out);
    fwrite(frame, whole, 1, f->out);
    f->packets++;
}

static inline void frames_udp(struct frames *f, const struct ends *ends, unsigned side, const void *data, uint32_t len)
{
    uint8_t frame[FRAME_MOST];
    tl_store_be16(frame + L4_AT + 4, (uint16_t)(UDP_HEADER + len));
    memcpy(frame + L4_AT + UDP_HEADER, data, len);
    frames_put(f, frame, ends, side, 17, UDP_HEADER + len, 6);
}

/* A TCP connection. */
struct connection {
    struct ends ends;
    uint32_t next[2];  /* sequence number of each side */
    uint32_t acked[2]; /* sequence number of each side that the other side acknowledged */
};

/* Writes a segment of at most SEGMENT_MOST bytes; acknowledges everything sent to this side. */
static inline void frames_tcp(struct frames *f, struct connection *c, unsigned side, unsigned flags, const void *data,
                              uint32_t len)
{
    uint8_t frame[FRAME_MOST], *tcp = frame + L4_AT;
    tl_store_be32(tcp + 4, c->next[side]);
    tl_store_be32(tcp + 8, flags & ACK ? c->next[side ^ 1] : 0);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)flags;
    tl_store_be16(tcp + 14, 65535);
    tl_store_be16(tcp + 18, 0);
    if (len > 0)
        memcpy(tcp + TCP_HEADER, data, len);
    c->next[side] += len + ((flags & (SYN | FIN)) != 0);
    c->acked[side ^ 1] = c->next[side ^ 1];
    frames_put(f, frame, &c->ends, side, 6, TCP_HEADER + len, 16);
}

#endif
