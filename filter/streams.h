/*
 * streams.h - numbers of TCP connections and UDP conversations in the order of their first packets, as Wireshark gives
 * them: both directions have one number, and a SYN with another sequence number begins a new connection.
 */
#ifndef TL_FILTER_STREAMS_H
#define TL_FILTER_STREAMS_H

#include "core/bytes.h"

struct tl_streams;

struct tl_endpoints {
    uint8_t version; /* 4 or 6 */
    bool tcp, syn;   /* syn: SYN without ACK */
    const uint8_t *src, *dst;
    uint16_t src_port, dst_port;
    uint32_t seq;
};

/* Returns NULL without memory. */
struct tl_streams *tl_streams_new(void);
/* The same, with at most so many bytes. */
struct tl_streams *tl_streams_new_within(size_t memory);
void tl_streams_free(struct tl_streams *streams);
/* Returns whether the packet has a number. It has none when memory ran out, after about four million
 * conversations, or where its limit of memory is reached. */
bool tl_streams_find(struct tl_streams *streams, const struct tl_endpoints *endpoints, uint32_t *number);

#endif
