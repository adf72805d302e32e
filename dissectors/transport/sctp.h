/* sctp.h - what the decoder passes to SCTP when it has found the flow. */
#ifndef TL_DISSECTORS_TRANSPORT_SCTP_H
#define TL_DISSECTORS_TRANSPORT_SCTP_H

#include "core/dissect.h"

enum {
    TL_SCTP_HEADER = 12, /* the common header, bytes */
    TL_SCTP_HELD = 16,   /* chunks that wait for one before them, a side */
};

/* A DATA chunk that came before its turn. */
struct tl_sctp_held {
    uint32_t tsn, ppid;
    uint32_t bytes;   /* handle of the user data; 0: none */
    uint32_t missing; /* bytes of it that were not captured */
    uint16_t stream;
    uint8_t flags;
};

/* What one end sends. */
struct tl_sctp_side {
    uint32_t next;    /* TSN of the next chunk; only if `known` */
    uint32_t initial; /* TSN that INIT or INIT ACK names */
    uint32_t held_bytes;
    uint8_t held_count;
    bool known, begun; /* begun: `initial` is known */
    struct tl_sctp_held held[TL_SCTP_HELD]; /* in the order in which they came */
};

/* The state of an association, in the slot of its flow's channel. */
struct tl_sctp_flow {
    struct tl_sctp_side side[2];
    uint64_t open, whole; /* streams that have a channel; of these, those whose channel takes messages */
    bool left;            /* user data of this packet was not passed on, or not as a whole message */
};

/*
 * Reads the chunks at the cursor of an association's packet: user data goes in the order of the TSNs to child channels,
 * one for each stream number. d->flow.slot is a struct tl_sctp_flow. Returns whether all user data was passed on now, in whole
 * messages.
 */
bool tl_sctp_association(struct tl_dissection *d);

#endif
