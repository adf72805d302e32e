/*
 * conversation.h - the bytes of the two sides of one TCP or UDP flow, in order: a decoder of its own. It parses the
 * payload only to find secrets.
 */
#ifndef TL_PIPELINE_CONVERSATION_H
#define TL_PIPELINE_CONVERSATION_H

#include "core/packet.h"
#include "core/record.h"

struct tl_conversation;
struct tl_keylog; /* core/keylog.h */

/* The next piece of one side: bytes (valid for the call), or the size of a gap. */
struct tl_saying {
    unsigned side;         /* 0: the originator in the flow's id */
    struct tl_bytes bytes;
    uint64_t gap;          /* bytes that were sent but not captured */
    uint64_t number;       /* of the packet that carried the bytes, or at which they were given up */
};

/* What is followed of a flow. */
struct tl_inside {
    const char *protocol; /* what it carries: "tls", "http2", "quic"; NULL: the bytes as they were sent */
    uint64_t stream;      /* its number in the protocol; TL_SAID_WHOLE: it carries one */
};

struct tl_conversation_options {
    const struct tl_interfaces *interfaces; /* borrowed */
    const struct tl_flow_id *flow;          /* endpoints and protocol; copied */
    size_t memory; /* bytes: one flow, its out-of-order bytes, and enclosing tunnels */
    enum tl_checksums checksums;
    const struct tl_decode_as_list *decode_as; /* borrowed; NULL: none */
    struct tl_keylog *keylog; /* borrowed: secrets of TLS sessions; NULL: none */
    struct tl_inside inside;
    void (*take)(void *context, const struct tl_saying *saying);
    /*
     * Called after a packet for each part of a secret that its fields do not show: bytes [from, to) of it. They were
     * handed over before, or will never be. len 0: there are more than could be remembered. NULL: secrets are not
     * looked for. sent: its bytes are in the packet as it was sent, so what is inside need not have them.
     */
    void (*hide)(void *context, struct tl_bytes secret, uint32_t from, uint32_t to, bool sent);
    void *context;
};

/* Returns whether the bytes of such a flow can be followed. */
bool tl_conversation_possible(const struct tl_flow_id *flow);
/* For one thread at a time. Returns NULL without memory. */
struct tl_conversation *tl_conversation_new(const struct tl_conversation_options *options);
void tl_conversation_free(struct tl_conversation *conversation);
/* The next packet of the flow. take() is called for the bytes that are now in order. */
void tl_conversation_packet(struct tl_conversation *conversation, const struct tl_packet *packet);
/* No packet follows: take() is called for the held bytes. Call it once. */
void tl_conversation_end(struct tl_conversation *conversation);

#endif
