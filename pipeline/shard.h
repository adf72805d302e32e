/*
 * shard.h - the shard parser: from the link layer to the outermost IP addresses, and the ports if they are plainly
 * there. It runs in the capture thread, before any dissector, and decides which worker gets a packet.
 */
#ifndef TL_PIPELINE_SHARD_H
#define TL_PIPELINE_SHARD_H

#include "core/packet.h"

struct tl_shard {
    uint64_t seed; /* of the flow hashes */
};

/* Sets packet->hash (that of the flow's key; 0: not plain) and packet->shard. context is a struct tl_shard. */
void tl_shard_packet(const void *context, struct tl_packet *packet, uint32_t workers);
/* The worker, of several, for an outermost address pair: the same both ways. */
uint16_t tl_shard_of(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed, uint32_t workers);

#endif
