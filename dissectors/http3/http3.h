/*
 * http3.h - HTTP/3 (RFC 9114) over the streams of QUIC. Each stream is a channel of its own; what they share is in kept
 * bytes of QUIC's channel. Requests, responses and bodies are those of HTTP/2: see dissectors/http2.
 */
#ifndef TL_DISSECTORS_HTTP3_HTTP3_H
#define TL_DISSECTORS_HTTP3_HTTP3_H

#include "core/dissect.h"

/* The note for the protocol of a stream. */
struct tl_http3_note {
    uint64_t stream;
    uint32_t shared;  /* kept bytes: see tl_http3_begin() */
    uint8_t client;   /* side of the client */
};

/* Returns kept bytes for the streams of a connection; 0: no memory. d: of the channel that the streams are inside. */
uint32_t tl_http3_begin(struct tl_dissection *d, unsigned client);
/* Frees what they have. The streams are closed. */
void tl_http3_end(struct tl_dissection *d, uint32_t shared);

#endif
