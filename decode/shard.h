/*
 * shard.h - chooses the worker of a packet in the capture thread, by the outermost address pair. For the usual stacks
 * it reads the addresses itself; for all others it runs the dissectors.
 */
#ifndef TL_DECODE_SHARD_H
#define TL_DECODE_SHARD_H

#include "core/packet.h"
#include "dissectors/registry.h"

struct tl_shard {
    uint64_t seed; /* of the flow hashes */
    const struct tl_registry *registry;
    bool sparse;  /* few packets will look for their flow: their hash is left to the decoder */
    bool unusual; /* the types of usual stacks belong to other protocols: see tl_usual_registered() */
};

/*
 * Sets hash (of the flow's key; 0: not known) and shard, below `workers`, of n packets. context is a struct tl_shard.
 */
void tl_shard_packets(const void *context, struct tl_packet *packets, uint32_t n, uint32_t workers);
/* Returns the worker for an outermost address pair, the same for both directions. workers > 1. */
uint16_t tl_shard_of(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed, uint32_t workers);

#endif
