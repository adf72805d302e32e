/* header.h - shared by the dissectors: fixed headers, the next layer, value names. */
#ifndef TL_DISSECTORS_HEADER_H
#define TL_DISSECTORS_HEADER_H

#include "core/dissect.h"
#include "core/place.h"

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

/* Reads a byte: field `whole`, and its bits as the fields after that, up to `last`. */
static inline uint8_t tl_flags8(struct tl_dissection *d, unsigned whole, unsigned last)
{
    uint8_t value = tl_u8(d, whole);
    if (TL_UNLIKELY(d->wanted != NULL) && tl_ok(d))
        tl_add_all_bits(d, whole + 1, last, d->c.off - 1, 1, value);
    return value;
}

/* The same of 16 bits. */
static inline uint16_t tl_flags16(struct tl_dissection *d, unsigned whole, unsigned last)
{
    uint16_t value = tl_u16(d, whole);
    if (TL_UNLIKELY(d->wanted != NULL) && tl_ok(d))
        tl_add_all_bits(d, whole + 1, last, d->c.off - 2, 2, value);
    return value;
}

/* Reads `size` bytes, at most 4, that hold only the bits of the fields first..last. Returns them. */
static inline uint32_t tl_bits(struct tl_dissection *d, unsigned size, unsigned first, unsigned last)
{
    const uint8_t *p = tl_cursor_take(&d->c, size);
    uint32_t value = 0;
    for (unsigned i = 0; p != NULL && i < size; i++)
        value = value << 8 | p[i];
    if (TL_UNLIKELY(d->wanted != NULL) && p != NULL)
        tl_add_all_bits(d, first, last, d->c.off - size, size, value);
    return value;
}

/* The captured bytes that are left, if any, are one field. */
static inline void tl_run_left(struct tl_dissection *d, unsigned field)
{
    if (tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

/* Reads the first `bits` bits of an address of `size` bytes (4 or 16), in whole bytes; the others are 0. */
void tl_prefix(struct tl_dissection *d, unsigned field, uint32_t size, uint32_t bits);

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

/* A table's value of an ICMP type and code. */
#define TL_ICMP_CODE(type, code) ((uint32_t)(type) << 8 | (code))

/* Adds the name of an ICMP code, which was read last: its meaning depends on the type. names: of TL_ICMP_CODE(). */
void tl_icmp_code(struct tl_dissection *d, unsigned field, const struct tl_name *names, uint8_t type, uint8_t code);

extern const struct tl_name tl_ethertype_names[];
extern const struct tl_name tl_ip_proto_names[];
extern const struct tl_name tl_hardware_names[];
extern const struct tl_name tl_packet_type_names[];

#endif
