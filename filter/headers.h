/*
 * headers.h - what is known of a packet before it is decoded: the headers of TCP over IPv4 or IPv6 over Ethernet, if
 * they are whole and plain. TCP has no further network layer inside it, so nothing that the decoder finds adds to them.
 */
#ifndef TL_FILTER_HEADERS_H
#define TL_FILTER_HEADERS_H

#include "core/packet.h"
#include "filter/names.h"

struct tl_headers {
    bool known; /* else the packet must be decoded */
    const uint8_t *eth, *ip, *ipv6, *tcp; /* NULL: not in the packet */
};

void tl_headers_read(const struct tl_packet *packet, struct tl_headers *headers);

enum { TL_EARLY_MOST = 2 };

/* One field of those headers; the width is that of the field's type. */
struct tl_early_field {
    const char *name;
    uint8_t layer;  /* offset in struct tl_headers of the pointer */
    uint8_t offset; /* bytes; UINT8_MAX: the protocol itself */
    uint16_t mask;  /* of a number; 0: all of it */
};

/* Returns the fields that a name stands for, or 0 if it needs a decoded packet. */
uint32_t tl_early_find(struct tl_bytes name, const struct tl_early_field *fields[TL_EARLY_MOST]);

#endif
