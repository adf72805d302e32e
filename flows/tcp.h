/* tcp.h - the two halves of a TCP connection: sequence numbers, states, history, reassembly. */
#ifndef TL_FLOWS_TCP_H
#define TL_FLOWS_TCP_H

#include "core/dissect.h"
#include "core/range.h"
#include "core/slab.h"
#include "flows/flow.h"

enum tl_tcp_state { /* of one side, named as Zeek names them: conn_state is defined by them */
    TL_TCP_INACTIVE,     /* never heard of */
    TL_TCP_SYN_SENT,
    TL_TCP_SYN_ACK_SENT,
    TL_TCP_PARTIAL,      /* seen from the middle */
    TL_TCP_ESTABLISHED,
    TL_TCP_CLOSED,       /* sent a FIN */
    TL_TCP_RESET,        /* sent an RST */
};

/* One direction. Sequence numbers are 64 bits, counted from the SYN's, which is 0: data begins at 1. */
struct tl_tcp_half {
    uint64_t last;      /* end of the highest segment seen */
    uint64_t acked;     /* highest acknowledgment the peer sent */
    struct tl_range range; /* payload put in order: next is where the order stands */
    uint64_t fin;       /* end of the data, where a FIN was seen; else 0 */
    uint64_t missed;    /* bytes acknowledged or given up that were not captured */
    uint64_t last_syn, last_fin, last_rst; /* for repeats in the history */
    uint32_t start;     /* sequence number of the SYN */
    uint32_t late;      /* segments that end at or below the highest end seen: retransmissions and out of order */
    uint32_t out_of_order; /* those of them that filled a hole */
    uint32_t zero_windows, gaps; /* counts behind the history's w and g */
    uint8_t state, previous; /* enum tl_tcp_state */
    bool started;       /* start is set by a packet of this side */
    bool closed;        /* a FIN or an RST was sent */
};

struct tl_tcp {
    struct tl_tcp_half half[2]; /* TL_ORIG, TL_RESP */
    int64_t syn_ns, syn_ack_ns; /* packet time, 0: not seen */
    int64_t rtt_ns;             /* SYN to the ACK of the SYN-ACK; 0: not known */
    uint32_t seen;              /* history letters that are written once a side: bit side * 16 + kind */
};

/* What the reassembler hands on. */
struct tl_tcp_reader {
    /* Bytes in order, valid for the call. */
    void (*data)(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes);
    /* n bytes that were not captured. */
    void (*gap)(void *context, struct tl_flow *flow, unsigned side, uint64_t n);
    void (*truncated)(void *context, uint64_t bytes); /* given up for want of memory */
    /* Segments overlap with other bytes in them. */
    void (*differs)(void *context, struct tl_flow *flow, unsigned side);
    void *context;
};

enum tl_tcp_verdict {
    TL_TCP_GOES_ON,
    TL_TCP_TURN,   /* the ends are the other way round: turn the flow and call again */
};

/* Is this segment the first of a new connection between the ends of an old one? */
bool tl_tcp_is_new(const struct tl_flow *flow, const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg);

/*
 * Takes in a segment of `side` (the checksum is good): sequence numbers, states, history. What comes of it is in tcp
 * and flow; the flow's class is not changed. Payload goes through tl_tcp_payload() after this.
 */
enum tl_tcp_verdict tl_tcp_segment(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                    int64_t ts, void *slab_base);
/* Payload of the same segment: captured bytes of payload_len. Calls reader for what is in order now. */
void tl_tcp_payload(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                    struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* The flow ends: what waits is handed over, gaps and all. */
void tl_tcp_flush(struct tl_flow *flow, struct tl_tcp *tcp, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* Gives back what waits. */
void tl_tcp_fini(struct tl_tcp *tcp, struct tl_slab *slab);
/* Swaps the halves. */
void tl_tcp_turn(struct tl_tcp *tcp);

/* Bytes a side sent, by its sequence numbers and the peer's acknowledgments. */
uint64_t tl_tcp_bytes(const struct tl_tcp *tcp, unsigned side);
/* The class a flow has now. */
enum tl_flow_class tl_tcp_class(const struct tl_flow *flow, const struct tl_tcp *tcp);
/* Its conn_state. */
const char *tl_tcp_conn_state(const struct tl_flow *flow, const struct tl_tcp *tcp, const char *history);

/* reassembly.c; for tcp.c. relative: the payload's place in the half's numbering. */
void tl_reassembly_add(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint32_t len,
                       struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* The peer acknowledged up to `relative`: what is missing below it will not come. */
void tl_reassembly_acked(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative,
                         const struct tl_tcp_reader *reader, struct tl_slab *slab);

#endif
