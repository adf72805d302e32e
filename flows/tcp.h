/* tcp.h - the two halves of a TCP connection: sequence numbers, states, history, reassembly. */
#ifndef TL_FLOWS_TCP_H
#define TL_FLOWS_TCP_H

#include "core/dissect.h"
#include "core/range.h"
#include "core/slab.h"
#include "flows/flow.h"

enum tl_tcp_state { /* state of one side; the names are Zeek's, because conn_state is defined by them */
    TL_TCP_INACTIVE,     /* sent nothing so far */
    TL_TCP_SYN_SENT,
    TL_TCP_SYN_ACK_SENT,
    TL_TCP_PARTIAL,      /* first seen in mid-connection */
    TL_TCP_ESTABLISHED,
    TL_TCP_CLOSED,       /* sent a FIN */
    TL_TCP_RESET,        /* sent an RST */
};

/* One direction. Sequence numbers are 64 bits, relative to that of the SYN, which is 0: data begins at 1. */
struct tl_tcp_half {
    uint64_t last;      /* end of the highest segment seen */
    uint64_t acked;     /* highest acknowledgment the peer sent */
    struct tl_range range; /* orders the payload; next is the first byte not handed over */
    uint64_t fin;       /* end of the data if a FIN was seen; else 0 */
    uint64_t missed;    /* bytes acknowledged or given up without being captured */
    uint64_t last_syn, last_fin, last_rst; /* to recognise repeats in the history */
    uint32_t start;     /* sequence number of the SYN */
    uint32_t late;      /* segments that end at or below the highest end seen: retransmissions and out of order */
    uint32_t out_of_order; /* late segments that filled a hole */
    uint32_t zero_windows, gaps; /* counters for the history letters w and g */
    uint8_t state, previous; /* enum tl_tcp_state */
    bool started;       /* start is set by a packet of this side */
    bool closed;        /* a FIN or an RST was sent */
};

/* What the last segment is for the bytes in order and for the counts of conn records; packets show tl_analyse(). */
enum tl_tcp_mark {
    TL_TCP_KEEP_ALIVE = 1,    /* one octet that was sent and acknowledged before (RFC 9293 section 3.8.4): no data */
    TL_TCP_LATE = 2,          /* its payload ends at or below the highest end seen */
};

struct tl_tcp {
    struct tl_tcp_half half[2]; /* TL_ORIG, TL_RESP */
    int64_t syn_ns, syn_ack_ns; /* packet time, 0: not seen; a packet at 0 counts as one ns later */
    int64_t rtt_ns;             /* SYN to the ACK of the SYN-ACK; 0: unknown */
    uint8_t seen[2];            /* history letters that are written once: a bit per kind, per side */
    uint8_t marks;              /* enum tl_tcp_mark, of the last segment */
};

/* Receives the ordered bytes. */
struct tl_tcp_reader {
    /* Bytes in order, valid for the call. */
    void (*data)(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes);
    /* n bytes that were not captured. */
    void (*gap)(void *context, struct tl_flow *flow, unsigned side, uint64_t n);
    void (*truncated)(void *context, uint64_t bytes); /* not reassembled: out of memory */
    /* Segments overlap with different bytes. */
    void (*differs)(void *context, struct tl_flow *flow, unsigned side);
    void *context;
};

enum tl_tcp_verdict {
    TL_TCP_GOES_ON,
    TL_TCP_TURN,   /* originator and responder are swapped: turn the flow and call again */
};

/* Returns whether this SYN begins a new connection between the endpoints of an old one. */
bool tl_tcp_syn_is_new(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg);

/* The same of any segment. */
static inline bool tl_tcp_is_new(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    return TL_UNLIKELY((seg->flags & (TL_SYN | TL_ACK | TL_RST | TL_FIN)) == TL_SYN) && tl_tcp_syn_is_new(tcp, side, seg);
}

/*
 * Processes a segment of `side` with a good checksum: sequence numbers, states, history. Updates tcp and flow, but not
 * the flow's class. After this, pass the payload to tl_tcp_payload().
 */
enum tl_tcp_verdict tl_tcp_segment(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                    int64_t ts, void *slab_base);
/* Has tl_tcp_payload() anything to do: is there payload, or did the segment acknowledge bytes that are missing? */
static inline bool tl_tcp_moves(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    const struct tl_tcp_half *peer = &tcp->half[side ^ 1];
    return seg->payload_len > 0 || peer->acked > peer->range.next;
}

/* Passes the captured part of a segment's payload_len bytes. Calls reader for the bytes that are now in order. */
void tl_tcp_payload(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                    struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* The flow ends: hands over all held bytes, with gaps. */
void tl_tcp_flush(struct tl_flow *flow, struct tl_tcp *tcp, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* Frees the held bytes. */
void tl_tcp_fini(struct tl_tcp *tcp, struct tl_slab *slab);
/* Swaps the halves. */
void tl_tcp_turn(struct tl_tcp *tcp);

/* Bytes sent by a side, from its sequence numbers and the acknowledgments of the peer. */
uint64_t tl_tcp_bytes(const struct tl_tcp *tcp, unsigned side);
/* The current expiry class of the flow. */
enum tl_flow_class tl_tcp_class(const struct tl_flow *flow, const struct tl_tcp *tcp);
/* The conn_state of the flow. */
const char *tl_tcp_conn_state(const struct tl_flow *flow, const struct tl_tcp *tcp, const char *history);

/* In reassembly.c, called by tcp.c. relative: position of the payload in the numbering of the half. */
void tl_reassembly_add(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative, uint32_t len,
                       struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab);
/* The peer acknowledged up to `relative`: holes below it become gaps. */
void tl_reassembly_acked(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, uint64_t relative,
                         const struct tl_tcp_reader *reader, struct tl_slab *slab);

#endif
