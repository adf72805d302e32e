/* header.h - what the dissectors of this room share: fixed headers, what follows, value names. */
#ifndef TL_DISSECTORS_HEADER_H
#define TL_DISSECTORS_HEADER_H

#include "core/dissect.h"

/* Where in a header of fixed length a field lies. The fields of bits (with a mask) name the integer that holds them. */
struct tl_place {
    uint8_t field;
    uint8_t off;   /* bytes from the header's first */
    uint8_t size;  /* bytes */
    uint8_t times; /* the value on the wire counts units of so many; 0: of one */
};

/* The slow half of tl_header(): something is wanted, or not all of it is there. */
const uint8_t *tl_header_noted(struct tl_dissection *d, const struct tl_place *places, unsigned count, uint32_t size);

/*
 * A header of `size` bytes, taken in one step where nobody wants its fields. NULL when it is cut: the fields wholly
 * inside are gathered all the same, and the status is that of the first one that is not. Places ascend by their end.
 */
static inline const uint8_t *tl_header(struct tl_dissection *d, const struct tl_place *places, unsigned count,
                                       uint32_t size)
{
    if (TL_UNLIKELY(d->wanted != NULL || tl_cursor_left(&d->c) < size))
        return tl_header_noted(d, places, count, size);
    d->c.off += size;
    return d->c.base + d->c.off - size;
}

/* What follows is this very protocol. */
static inline enum tl_status tl_next_protocol(struct tl_dissection *d, const struct tl_protocol *protocol)
{
    d->next.kind = TL_NEXT_PROTOCOL;
    d->next.protocol = protocol;
    return d->c.status;
}

/* Bytes without a protocol of their own follow, if any do. */
static inline enum tl_status tl_next_data(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return tl_next_none(d);
    return tl_next(d, TL_ON_NOTHING, 0);
}

/*
 * The two bytes that end an Ethernet or VLAN header: a type, or the length of an 802.2 frame (IEEE 802.3 3.2.6), or
 * (1501 to 1535) neither.
 */
enum tl_status tl_next_type_or_length(struct tl_dissection *d, unsigned type, unsigned length, unsigned neither);

/* What the sender of the payload meant by an ICMP type: the ports a flow of it has (JSON.md, Community ID). */
struct tl_icmp_pair {
    uint8_t type, counterpart;
};

/* Fills d->seg for an ICMP or ICMPv6 message of this type and code. pairs end with a pair of equals. */
void tl_icmp_segment(struct tl_dissection *d, const struct tl_icmp_pair *pairs, uint8_t type, uint8_t code);

extern const struct tl_name tl_ethertype_names[];
extern const struct tl_name tl_ip_proto_names[];
extern const struct tl_name tl_hardware_names[];
extern const struct tl_name tl_packet_type_names[];

#endif
