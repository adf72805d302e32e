/*
 * rtp.h - shared by the files of RTP: what a session description said of a flow, streams and their counts, the last
 * reports of RTCP.
 */
#ifndef TL_DISSECTORS_RTP_H
#define TL_DISSECTORS_RTP_H

#include "core/channel.h"
#include "core/part.h"
#include "dissectors/sdp.h"

enum { TL_RTP_STREAMS = 8, TL_RTCP_REPORTS = 4, TL_RTCP_NAME = 64 };

/* One direction of one SSRC. Times are ns. */
struct tl_rtp_stream {
    uint32_t ssrc;
    uint8_t side, first_type;
    bool used, timed, started;
    uint16_t first_seq, max_seq, bad_seq;
    uint8_t probation;           /* packets in sequence that are still needed */
    bool has_bad_seq;
    uint32_t cycles;             /* times 65536 */
    uint64_t window;             /* bit n: sequence number max_seq - n was seen */
    uint64_t packets, payload_bytes, duplicates, reordered;
    uint64_t before;             /* expected packets before a restart */
    uint64_t types[2];           /* payload types seen */
    int64_t first, last;         /* times of packets */
    uint32_t timestamp;          /* of the packet that jitter was last counted for */
    int64_t arrival;
    double jitter, jitter_max;   /* in units of the clock */
};

/* The last report about an SSRC, and its name. */
struct tl_rtcp_source {
    uint32_t ssrc;
    uint8_t reporter;            /* side of the flow that reported */
    bool used, reported, has_rtt;
    int32_t lost;
    uint32_t jitter;             /* in units of the clock */
    int64_t rtt;                 /* ns */
    uint8_t name_len;
    char name[TL_RTCP_NAME];     /* CNAME */
};

struct tl_rtcp_flow {
    struct tl_rtcp_source sources[TL_RTCP_REPORTS];
    struct {
        uint32_t middle;         /* of the NTP time of the last sender report */
        int64_t ts;
        bool seen;
    } sent[2];
    bool confirmed;
};

struct tl_rtp_flow {
    struct tl_rtp_stream streams[TL_RTP_STREAMS];
    bool confirmed;
    bool read_note;
};

/* What a call said of a stream: the note of an expected flow. Texts are valid as long as the note. */
struct tl_rtp_note {
    bool encrypted;
    struct tl_bytes call_id, maps;
};
struct tl_rtp_note tl_rtp_note_of(const struct tl_dissection *d);
/* Announces the flows of a stream that listens at this address (of the version of d's flow), with its RTCP. */
void tl_rtp_expect(struct tl_dissection *d, const struct tl_sdp_media *media, const uint8_t *address,
                   struct tl_bytes call_id);

/* Name and clock of a payload type, by the session description or else the static table. clock 0: not known. */
struct tl_rtp_type {
    struct tl_bytes name;
    uint32_t clock;
};
struct tl_rtp_type tl_rtp_type_of(const struct tl_rtp_note *note, unsigned type);
extern const struct tl_name tl_rtp_types[];

/* Counts a packet of a stream. Returns false if it is none: out of any sequence. */
bool tl_rtp_count(struct tl_rtp_stream *s, uint16_t seq, uint32_t timestamp, uint32_t clock, unsigned type, uint32_t len,
                  int64_t ts);
/* Writes the records of the flow's streams. */
void tl_rtp_finish(struct tl_dissection *d);
/* Returns whether this is one RTCP packet, or several to the end (RFC 3550 section A.2). */
bool tl_rtcp_is(struct tl_bytes bytes);

extern const struct tl_record_def tl_rtp_record_def;
extern const struct tl_protocol tl_protocol_rtp, tl_protocol_rtcp;

#endif
