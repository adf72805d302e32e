/* icmp_error.h - an error of ICMP or ICMPv6, and the packet that it quotes. */
#ifndef TL_EXPLAIN_ICMP_ERROR_H
#define TL_EXPLAIN_ICMP_ERROR_H

#include "explain/facts.h"

struct tl_icmp_error {
    enum tl_icmp_kind kind;
    uint32_t mtu;             /* of "too big", bytes; 0: not told */
    const uint8_t *src, *dst; /* ends of the quoted packet, len bytes each, in the packet */
    unsigned len;
    uint16_t src_port, dst_port;
    uint8_t proto; /* 6 or 17 */
};

/*
 * Reads the error in a frame whose network layer was decoded (RFC 792, RFC 4443). Returns false if it is none, quotes
 * neither TCP nor UDP, or was not captured up to the ports.
 */
bool tl_icmp_error_read(const struct tl_frame *frame, struct tl_icmp_error *error);

#endif
