/* sctp.h - what the parts of SCTP share, and what the decoder passes to it when it has found the flow. */
#ifndef TL_DISSECTORS_TRANSPORT_SCTP_H
#define TL_DISSECTORS_TRANSPORT_SCTP_H

#include "core/dissect.h"

/* Types of chunks (RFC 9260 section 3.2; NR-SACK is draft-tuexen-tsvwg-sctp-nr-sack, the last are RFC 8260, 3758). */
enum tl_sctp_chunk {
    SCTP_DATA, SCTP_INIT, SCTP_INIT_ACK, SCTP_SACK, SCTP_HEARTBEAT, SCTP_HEARTBEAT_ACK, SCTP_ABORT, SCTP_SHUTDOWN,
    SCTP_ERROR = 9, SCTP_COOKIE_ECHO = 10, SCTP_SHUTDOWN_COMPLETE = 14, SCTP_NR_SACK = 16, SCTP_I_DATA = 64,
    SCTP_PACKET_DROP = 129, SCTP_FORWARD_TSN = 192, SCTP_I_FORWARD_TSN = 194,
};

enum {
    SCTP_HEADER = 12,    /* the common header, bytes */
    SCTP_CHUNK_HEADER = 4,
    SCTP_ENDING = 1, SCTP_BEGINNING = 2, SCTP_UNORDERED = 4, /* flags of user data */
    SCTP_REFLECTED = 1,  /* T, of ABORT and SHUTDOWN COMPLETE */
    SCTP_STREAMS = 64,   /* streams that are read: those with lower numbers */
    SCTP_HELD_MOST = 16, /* chunks that wait for one before them, a side */
    SCTP_AHEAD_MOST = 1 << 16, /* chunks that an acknowledgment or FORWARD TSN may be ahead of those seen */
};

/* A chunk of user data that came before its turn. */
struct tl_sctp_held {
    uint32_t tsn, ppid;
    uint32_t order;   /* of its message in its stream: SSN, or MID of I-DATA */
    uint32_t bytes;   /* handle of the user data; 0: none */
    uint32_t missing; /* bytes of it that were not captured */
    uint16_t stream;
    uint8_t flags;
};

/* What one end sends. Sets of streams have a bit for each. */
struct tl_sctp_side {
    uint32_t next;       /* TSN of the next chunk; only if `known` */
    uint32_t initial;    /* TSN that INIT or INIT ACK named; only if `begun` */
    uint32_t announced;  /* the same for an association that is not set up yet; only if `waits` */
    uint32_t acked;      /* the peer has all up to this TSN; only if `has_acked` */
    uint32_t tag;        /* the verification tag of its packets with user data; 0: none seen */
    uint32_t other_tag;  /* that of the last user data which was dropped for it */
    uint32_t held_bytes;
    uint8_t held_count;
    bool known, begun, waits, has_acked;
    uint64_t runs;       /* streams that are read: a message began since their channel was opened */
    uint64_t midway;     /* streams whose message has begun and not ended */
    uint64_t loose;      /* of these, those whose message is unordered */
    uint64_t torn;       /* streams that may lack chunks before the next */
    uint64_t ordered;    /* streams of which `order` is known */
    uint32_t order[SCTP_STREAMS]; /* of the next message */
    struct tl_sctp_held held[SCTP_HELD_MOST]; /* in the order in which they came */
};

/* The state of an association, in the slot of its flow's channel. */
struct tl_sctp_flow {
    struct tl_sctp_side side[2];
    uint64_t open, whole; /* streams that have a channel; of these, those whose channel takes messages */
    bool wide;            /* numbers of messages have 32 bits (I-DATA) */
    bool left;            /* user data of this packet was not passed on, or not as a whole message */
};

/*
 * Reads the chunks at the cursor of an association's packet: user data goes in the order of the TSNs to child channels,
 * one for each stream number. d->flow.slot is a struct tl_sctp_flow. Returns whether all user data was passed on now,
 * in whole messages.
 */
bool tl_sctp_association(struct tl_dissection *d);
/* The flow ends: passes on what waits. */
void tl_sctp_association_end(struct tl_dissection *d);

#endif
