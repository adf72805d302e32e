/* parked.h - facts of flows that wait for their next packet: most members are zero, and are left out. */
#ifndef TL_EXPLAIN_PARKED_H
#define TL_EXPLAIN_PARKED_H

#include "explain/facts.h"

struct tl_parked {
    struct tl_parked *next; /* for the caller */
    uint64_t first;         /* of the flow, as in struct tl_facts */
    uint8_t addr[2][16];
    uint16_t port[2];
    uint8_t depth, ip_proto;
    bool v6;
    uint32_t len;
    uint8_t data[];
};

/* Allocates; the caller frees. *facts keeps nothing that is of use. Returns NULL without memory. */
struct tl_parked *tl_parked_new(struct tl_facts *facts);
/* *facts is zero before. */
void tl_parked_read(const struct tl_parked *parked, struct tl_facts *facts);
static inline size_t tl_parked_size(const struct tl_parked *parked)
{
    enum { ALLOCATOR = 16 };
    return sizeof *parked + parked->len + ALLOCATOR;
}

#endif
