/*
 * segment.h - what is known of a TCP segment from the packets before it in its connection: the names are those of
 * Wireshark's TCP analysis. Flows find it, dissectors show it.
 */
#ifndef TL_CORE_SEGMENT_H
#define TL_CORE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* What a segment is. Several may be true of one. */
enum tl_segment_kind {
    TL_SEGMENT_RETRANSMISSION = 1,
    TL_SEGMENT_FAST_RETRANSMISSION = 2,
    TL_SEGMENT_SPURIOUS_RETRANSMISSION = 4, /* all of it was acknowledged before */
    TL_SEGMENT_OUT_OF_ORDER = 8,
    TL_SEGMENT_LOST_BEFORE = 0x10,      /* it begins above the next number expected */
    TL_SEGMENT_ACK_OF_LOST = 0x20,      /* it acknowledges what was not captured */
    TL_SEGMENT_DUPLICATE_ACK = 0x40,
    TL_SEGMENT_WINDOW_UPDATE = 0x80,
    TL_SEGMENT_WINDOW_FULL = 0x100,     /* it fills the window of the receiver */
    TL_SEGMENT_ZERO_WINDOW = 0x200,
    TL_SEGMENT_ZERO_WINDOW_PROBE = 0x400,
    TL_SEGMENT_ZERO_WINDOW_PROBE_ACK = 0x800,
    TL_SEGMENT_KEEP_ALIVE = 0x1000,
    TL_SEGMENT_KEEP_ALIVE_ACK = 0x2000,
    TL_SEGMENT_REUSED_PORTS = 0x4000,   /* a SYN that begins another connection between the ends of an earlier one */
};

enum { TL_SEGMENT_SENT_AGAIN = TL_SEGMENT_RETRANSMISSION | TL_SEGMENT_FAST_RETRANSMISSION |
                               TL_SEGMENT_SPURIOUS_RETRANSMISSION };

enum { TL_FACTOR_UNKNOWN = -1, TL_FACTOR_NONE = -2 }; /* as Wireshark: the handshake was not seen; no scaling */

/* Intervals are in ns. Frames are numbers of packets. */
struct tl_segment {
    uint32_t kinds;           /* enum tl_segment_kind */
    uint32_t next;            /* the number after this segment, relative to the first one */
    uint32_t window;          /* scaled, as far as the scale is known */
    int32_t factor;           /* of the sender's windows; TL_FACTOR_UNKNOWN, TL_FACTOR_NONE */
    uint64_t acks_frame;      /* the segment that this one acknowledges; 0: none */
    int64_t ack_rtt;          /* since that */
    int64_t initial_rtt;      /* of the handshake; 0: not known */
    uint32_t in_flight;       /* bytes that were sent and not acknowledged, with this segment; 0: not known */
    uint32_t pushed;          /* bytes since the last PSH, with this segment; 0: not known */
    uint32_t duplicate;       /* of a duplicate ACK: how many there were */
    uint64_t duplicate_frame; /* the ACK that it repeats */
    uint64_t sent_frame;      /* of a retransmission: the segment from which the time below is counted; 0: none */
    int64_t timeout;
    int64_t since_first, since_previous; /* since the first, the previous packet of the connection */
};

#endif
