/*
 * join.h - records that are put together from parts of several flows and packets: the messages of a DHCP exchange, the
 * flows in a tunnel, what ARP says of a host.
 *
 * A dissector reports parts. The joiner takes those of all workers, in the order of their packets: its records do not
 * depend on how many workers there are. A joiner has no clock of its own: the parts tell the time, and engine
 * time if something ends after a while: a single wild timestamp then ends nothing.
 */
#ifndef TL_CORE_JOIN_H
#define TL_CORE_JOIN_H

#include "core/dissect.h"

/* An anomaly of a protocol, without a flow: see tl_weird(). */
struct tl_joined_weird {
    const struct tl_protocol *protocol;
    unsigned kind;
    int64_t ts;      /* of the packet that shows it */
    bool nano;       /* its time has nine decimals */
    uint64_t packet;
    struct tl_bytes addl;
};

/* Where a joiner's records go. id: of a flow that they belong to, for records without a flow of their own, too. */
struct tl_joined {
    void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                   const struct tl_flow_id *id);
    void (*weird)(void *context, const struct tl_joined_weird *weird);
    void *context;
};

struct tl_joiner {
    uint32_t part_size; /* bytes of a part: a struct that is copied, and points at constants only */
    /* seed: of hashes of what packets hold, another one for each run; records must not depend on it. NULL: no memory */
    void *(*make)(uint64_t seed);
    /* id: of the flow that the part comes from; NULL: of none */
    void (*take)(void *state, const void *part, const struct tl_flow_id *id, const struct tl_joined *to);
    void (*end)(void *state, const struct tl_joined *to); /* no part follows */
    void (*drop)(void *state);
};

/* Reports a part that d's flow brings, or a packet below flows. */
static inline void tl_join(struct tl_dissection *d, const struct tl_joiner *joiner, const void *part)
{
    d->host->join(d, joiner, part);
}

#endif
