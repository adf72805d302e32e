/* header.h - shared by the dissectors: fixed headers, the next layer, value names. */
#ifndef TL_DISSECTORS_HEADER_H
#define TL_DISSECTORS_HEADER_H

#include "core/dissect.h"

/*
 * Position of a field in a fixed header. Fields of bits (with a mask) give the position of the integer that holds them.
 */
struct tl_place {
    uint8_t field;
    uint8_t off;   /* bytes from the header's first */
    uint8_t size;  /* bytes */
    uint8_t times; /* unit of the value on the wire; 0: 1 */
};

/* The slow half of tl_header(): a field is wanted, or the header is cut. */
const uint8_t *tl_header_noted(struct tl_dissection *d, const struct tl_place *places, unsigned count, uint32_t size);

/*
 * Reads a header of `size` bytes, in one step if no field of it is wanted. Returns NULL if it is cut: the fields that
 * are whole are added, and the status is that of the first one that is not. Places must ascend by the end of the field.
 */
static inline const uint8_t *tl_header(struct tl_dissection *d, const struct tl_place *places, unsigned count,
                                       uint32_t size)
{
    if (TL_UNLIKELY(d->wanted != NULL || tl_cursor_left(&d->c) < size))
        return tl_header_noted(d, places, count, size);
    d->c.off += size;
    return d->c.base + d->c.off - size;
}

/* The next layer is this protocol. */
static inline enum tl_status tl_next_protocol(struct tl_dissection *d, const struct tl_protocol *protocol)
{
    d->next.kind = TL_NEXT_PROTOCOL;
    d->next.protocol = protocol;
    return d->c.status;
}

/* The remaining bytes, if any, are data. */
static inline enum tl_status tl_next_data(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return tl_next_none(d);
    return tl_next(d, TL_ON_NOTHING, 0);
}

/* The next layer is IPv4 or IPv6, by the version in its first byte, or else data. */
static inline enum tl_status tl_next_ip(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] >> 4 == 4)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    if (first != NULL && first[0] >> 4 == 6)
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    return tl_next_data(d);
}

/*
 * Reads the two bytes at the end of an Ethernet or VLAN header: a type, the length of an 802.2 frame (IEEE 802.3
 * 3.2.6), or neither (1501 to 1535).
 */
enum tl_status tl_next_type_or_length(struct tl_dissection *d, unsigned type, unsigned length, unsigned neither);

/* ICMP types and their counterparts: the "ports" of an ICMP flow (as in Community ID). */
struct tl_icmp_pair {
    uint8_t type, counterpart;
};

/* Fills d->seg for an ICMP or ICMPv6 message of this type and code. A pair of equal values ends pairs. */
void tl_icmp_segment(struct tl_dissection *d, const struct tl_icmp_pair *pairs, uint8_t type, uint8_t code);

extern const struct tl_name tl_ethertype_names[];
extern const struct tl_name tl_ip_proto_names[];
extern const struct tl_name tl_hardware_names[];
extern const struct tl_name tl_packet_type_names[];

#endif
