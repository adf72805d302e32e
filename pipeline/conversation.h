/*
 * conversation.h - what the two sides of one TCP or UDP flow said to each other, put in order once more: the same
 * layers and the same reassembly over the same packets, in a state of their own, and no parser behind it.
 */
#ifndef TL_PIPELINE_CONVERSATION_H
#define TL_PIPELINE_CONVERSATION_H

#include "core/packet.h"
#include "core/record.h"

struct tl_conversation;

/* What one side said next: bytes (valid for the call), or how many are missing. */
struct tl_saying {
    unsigned side;         /* 0: the end that the flow's id calls the originator */
    struct tl_bytes bytes;
    uint64_t gap;          /* bytes that were sent and not captured */
    uint64_t number;       /* of the packet that carried the bytes, or at which they were given up */
};

struct tl_conversation_options {
    const struct tl_interfaces *interfaces; /* stay the caller's */
    const struct tl_flow_id *flow;          /* its ends and protocol; copied */
    size_t memory; /* bytes: one flow, what is out of order in it, and the tunnels around it */
    bool verify_checksums;
    void (*take)(void *context, const struct tl_saying *saying);
    void *context;
};

/* Can the bytes of such a flow be followed? */
bool tl_conversation_possible(const struct tl_flow_id *flow);
/* For one thread at a time. NULL without memory. */
struct tl_conversation *tl_conversation_new(const struct tl_conversation_options *options);
void tl_conversation_free(struct tl_conversation *conversation);
/* The next packet of the flow; take() is called for what is in order now. */
void tl_conversation_packet(struct tl_conversation *conversation, const struct tl_packet *packet);
/* No packet follows: take() is called for what waited for others. Once. */
void tl_conversation_end(struct tl_conversation *conversation);

#endif
