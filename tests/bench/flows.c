/*
 * flows.c - makes a capture of many flows: flows OUT PACKETS FLOWS SEED
 * Ethernet frames of 60 bytes (no FCS): IPv4 (RFC 791), UDP (RFC 768) and 18 bytes of payload, with right checksums,
 * 10 microseconds apart, each of a random flow and in a random direction. With FLOWS 0 every packet is a flow. Prints
 * the number of packets and of flows: with a million flows two million random draws miss every seventh.
 */
#include "tests/bench/frames.h"

enum { PAYLOAD = 18, STEP_US = 10, FLOWS_MOST = 1 << 24, PORT_LEAST = 20000 };

static void put(struct frames *frames, uint32_t flow, bool reply, uint64_t seed, uint64_t random)
{
    uint64_t rest = mix(seed ^ (uint64_t)flow << 20);
    /* An odd factor permutes the 24 bits of an address in 10/8: no two flows have the same client. */
    const struct ends ends = { { 10u << 24 | ((flow * 0x9e3779b1u) & (FLOWS_MOST - 1)),
                                 172u << 24 | 16u << 16 | (uint32_t)(rest & 0xfffff) },
                               { (uint16_t)(PORT_LEAST + (rest >> 20) % 40000),
                                 (uint16_t)(PORT_LEAST + (rest >> 40) % 40000) } };
    uint8_t payload[PAYLOAD] = { 0 };
    memcpy(payload, &random, sizeof random);
    frames_udp(frames, &ends, reply, payload, PAYLOAD);
    frames->us += STEP_US;
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
        fprintf(stderr, "flows: PACKETS is 1 or more, FLOWS at most %d\n", FLOWS_MOST);
        return 2;
    }
    uint8_t *seen = calloc(flows, 1);
    struct frames frames;
    if (seen == NULL || !frames_open(&frames, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    uint64_t state = seed, distinct = 0;
    for (uint64_t i = 0; i < packets; i++) {
        uint64_t random = draw(&state);
        uint64_t flow = once ? i : (random >> 32) * flows >> 32;
        bool reply = seen[flow] && (random & 1) != 0;
        distinct += !seen[flow];
        seen[flow] = 1;
        put(&frames, (uint32_t)flow, reply, seed, random);
    }
    free(seen);
    if (!frames_close(&frames)) {
        perror(argv[1]);
        return 1;
    }
    printf("%" PRIu64 " packets %" PRIu64 " flows\n", packets, distinct);
    return 0;
}
