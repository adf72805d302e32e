/*
 * analysis.h - what each segment of a TCP connection is: retransmission, duplicate ACK, and so on, as Wireshark 4.0
 * defines them (User's Guide, section "TCP Analysis"). The state is kept only in decoders that are asked for it.
 */
#ifndef TL_FLOWS_ANALYSIS_H
#define TL_FLOWS_ANALYSIS_H

#include "core/dissect.h"
#include "core/segment.h"
#include "core/slab.h"

/* A segment that is not acknowledged yet. */
struct tl_sent {
    int64_t ts;
    uint64_t frame;
    uint32_t seq, next;
};

/* What one end sent. Sequence numbers are those of the wire. */
struct tl_analysed_end {
    int64_t next_ts, ack_ts;
    uint64_t next_frame;      /* the packet that reached `next` */
    uint64_t ack_frame;       /* the first packet with the last acknowledgment */
    struct tl_sent *sent;     /* from the slab */
    uint32_t sent_count, sent_capacity;
    uint32_t sent_seq, sent_next; /* the lowest and the highest number of them */
    uint32_t next;            /* the highest number seen, plus one */
    uint32_t reached;         /* the same, up to the first hole */
    uint32_t ack;             /* the last acknowledgment */
    uint32_t duplicates;      /* of it */
    uint32_t last_kinds;      /* of the last segment, some of enum tl_segment_kind */
    uint32_t pushed;          /* bytes after the last PSH */
    uint16_t window;          /* the last one, not scaled */
    int8_t scale;             /* of the window; TL_SCALE_UNKNOWN; -1: none */
    bool has_next, has_ack, reached_known;
    bool told;                /* its acknowledgment of bytes that were not captured */
    bool first_ack;           /* the last window is that of a SYN, and not scaled */
    bool hole;                /* a segment was lost; bytes in flight are not known until an ACK */
};

enum { TL_SCALE_UNKNOWN = 0, TL_SENT_MOST = 4096 };

/* The ends are in the order of the flow's first packet, which never changes. */
struct tl_analysis {
    struct tl_analysed_end end[2];
    int64_t first_ts, last_ts, syn_ts, initial_rtt;
    bool begun, has_syn, reused;
};

/*
 * Takes a segment. end: of its sender. start: the number of the SYN of the sender. Fills all of *out.
 */
void tl_analyse(struct tl_analysis *a, unsigned end, const struct tl_frame *frame, uint32_t start, struct tl_slab *slab,
                struct tl_segment *out);
void tl_analysis_fini(struct tl_analysis *a, struct tl_slab *slab);

#endif
