/*
 * sdp.h - a session description (RFC 8866) as SIP and RTSP carry it: shown as a layer of its own, and what it says of
 * its streams.
 */
#ifndef TL_DISSECTORS_SDP_H
#define TL_DISSECTORS_SDP_H

#include "core/dissect.h"

enum { TL_SDP_MEDIA = 8, TL_SDP_MAPS = 160 };

/* A stream. Texts point into the description. */
struct tl_sdp_media {
    struct tl_bytes text;       /* the line: audio 49170 RTP/AVP 0 8 */
    struct tl_bytes type, proto, formats;
    struct tl_bytes connection; /* the address; of the session if the stream has none; empty: none */
    uint16_t port;              /* 0: refused, or not a number */
    uint16_t rtcp_port;         /* 0: none is named */
    bool encrypted;             /* SAVP, SAVPF or a key of its own */
    uint8_t maps_len;           /* names of payload types: "96 opus/48000/2;101 telephone-event/8000" */
    char maps[TL_SDP_MAPS];
};

struct tl_sdp {
    struct tl_bytes connection;
    unsigned count;
    struct tl_sdp_media media[TL_SDP_MEDIA];
};

/*
 * Reads a description that lies in d's source; adds its layer if there is a tree. Keys in it are never shown. line: what
 * the message around it is, for the packet's line, without secrets.
 */
void tl_sdp_read(struct tl_dissection *d, struct tl_bytes text, struct tl_bytes line, struct tl_sdp *sdp);

/* Parses a numeric address. Returns 4 or 6, or 0 if it is none. */
unsigned tl_sdp_address(struct tl_bytes text, uint8_t out[16]);

#endif
