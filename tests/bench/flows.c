/*
 * flows.c - makes a capture of many flows: flows OUT PACKETS FLOWS SEED
 * Ethernet frames of 60 bytes (no FCS): IPv4 (RFC 791), UDP (RFC 768) and 18 bytes of payload, with right checksums,
 * 10 microseconds apart, each of a flow and in a direction drawn at random. FLOWS 0 makes every packet a flow of its
 * own. Prints how many packets and flows came out: of a million flows two million draws miss every seventh.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/bytes.h"

enum { FRAME = 60, IP_AT = 14, UDP_AT = 34, PAYLOAD_AT = 42, STEP_US = 10, FLOWS_MOST = 1 << 24, PORT_LEAST = 20000 };

static const uint64_t start_us = UINT64_C(1700000000000000);

/* The generator splitmix64: one step of its state, and the finisher on its own as a hash. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(*state);
}

static uint16_t checksum(const uint8_t *p, uint32_t len, uint32_t sum)
{
    for (uint32_t i = 0; i < len; i += 2)
        sum += tl_load_be16(p + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void store32(uint8_t *p, uint32_t v)
{
    tl_store_be16(p, (uint16_t)(v >> 16));
    tl_store_be16(p + 2, (uint16_t)v);
}

static void build(uint8_t frame[FRAME], uint32_t flow, bool reply, uint64_t seed, uint64_t payload)
{
    memset(frame, 0, FRAME);
    memcpy(frame, reply ? "\2\0\0\0\0\1\2\0\0\0\0\2\x08" : "\2\0\0\0\0\2\2\0\0\0\0\1\x08", 13);
    uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;
    /* An odd factor permutes the 24 bits of an address in 10/8: no two flows have the same client. */
    uint32_t client = 10u << 24 | ((flow * 0x9e3779b1u) & (FLOWS_MOST - 1));
    uint64_t rest = mix(seed ^ (uint64_t)flow << 20);
    uint32_t server = 172u << 24 | 16u << 16 | (uint32_t)(rest & 0xfffff);
    uint16_t client_port = (uint16_t)(PORT_LEAST + (rest >> 20) % 40000);
    uint16_t server_port = (uint16_t)(PORT_LEAST + (rest >> 40) % 40000);

    memcpy(ip, "\x45\0\0\x2e\0\0\x40\0\x40\x11", 10);
    store32(ip + 12, reply ? server : client);
    store32(ip + 16, reply ? client : server);
    tl_store_be16(ip + 10, checksum(ip, 20, 0));
    tl_store_be16(udp, reply ? server_port : client_port);
    tl_store_be16(udp + 2, reply ? client_port : server_port);
    tl_store_be16(udp + 4, FRAME - UDP_AT);
    memcpy(frame + PAYLOAD_AT, &payload, sizeof payload);
    uint32_t pseudo = 17 + FRAME - UDP_AT;
    for (int i = 12; i < 20; i += 2)
        pseudo += tl_load_be16(ip + i);
    uint16_t sum = checksum(udp, FRAME - UDP_AT, pseudo);
    tl_store_be16(udp + 6, sum == 0 ? 0xffff : sum);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: flows OUT PACKETS FLOWS SEED\n");
        return 2;
    }
    uint64_t packets = strtoull(argv[2], NULL, 10), flows = strtoull(argv[3], NULL, 10);
    uint64_t seed = strtoull(argv[4], NULL, 10);
    bool once = flows == 0;
    if (once)
        flows = packets;
    if (packets == 0 || flows > FLOWS_MOST) {
        fprintf(stderr, "flows: it takes 1 packet or more, and %d flows at most\n", FLOWS_MOST);
        return 2;
    }
    uint8_t *seen = calloc(flows, 1);
    FILE *out = fopen(argv[1], "wb");
    if (seen == NULL || out == NULL) {
        perror(argv[1]);
        return 1;
    }
    const uint32_t header[] = { 0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, 1 };
    fwrite(header, sizeof header, 1, out);
    uint64_t state = seed, distinct = 0;
    for (uint64_t i = 0; i < packets; i++) {
        uint64_t random = draw(&state), us = start_us + i * STEP_US;
        uint64_t flow = once ? i : (random >> 32) * flows >> 32;
        bool reply = seen[flow] && (random & 1) != 0;
        distinct += !seen[flow];
        seen[flow] = 1;
        uint8_t frame[FRAME];
        build(frame, (uint32_t)flow, reply, seed, random);
        const uint32_t record[] = { (uint32_t)(us / 1000000), (uint32_t)(us % 1000000), FRAME, FRAME };
        fwrite(record, sizeof record, 1, out);
        fwrite(frame, sizeof frame, 1, out);
    }
    free(seen);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        perror(argv[1]);
        return 1;
    }
    printf("%" PRIu64 " packets %" PRIu64 " flows\n", packets, distinct);
    return 0;
}
