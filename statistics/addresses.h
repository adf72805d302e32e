/* addresses.h - the two ends of a layer of a packet, for conv, endpoints, follow and rtt. */
#ifndef TL_STATISTICS_ADDRESSES_H
#define TL_STATISTICS_ADDRESSES_H

#include "core/buffer.h"
#include "filter/streams.h"
#include "statistics/statistic.h"

enum tl_address_type {
    TL_ADDRESS_ETH,
    TL_ADDRESS_IP,
    TL_ADDRESS_IPV6,
    TL_ADDRESS_TCP,
    TL_ADDRESS_UDP,
    TL_ADDRESS_SCTP,
    TL_ADDRESS_TYPES
};

/* The types of conv and endpoints. */
struct tl_address_type_of {
    const char *name;  /* also the name of the protocol */
    const char *title; /* "IPv4" */
    bool ports;
};

extern const struct tl_address_type_of tl_address_types[TL_ADDRESS_TYPES];

/* One end; zeroed where it is shorter, so that it is a key. */
struct tl_address {
    uint8_t bytes[16];
    uint16_t port;
    uint8_t version; /* 4, 6; 0: a MAC address */
    uint8_t pad;
};

/* What note() appends for a layer. */
struct tl_address_pair {
    struct tl_address src, dst;
    uint32_t seq; /* TCP */
    uint32_t syn; /* TCP: SYN without ACK */
};

/*
 * Reads TYPE[,FILTER] of an argument; refuses types that the build has no protocol for. *filter: the rest, or NULL.
 */
enum tl_failure tl_address_type_read(const struct tl_statistic *s, const char *rest, enum tl_address_type *type,
                                     const char **filter, struct tl_error *error) TL_MUST_CHECK;
/* Appends a struct tl_address_pair for each layer of that type, as far as its header is captured. */
void tl_address_note(const struct tl_statistic *s, enum tl_address_type type, struct tl_buffer *out,
                     const struct tl_tree *tree);
struct tl_endpoints tl_address_endpoints(const struct tl_address_pair *pair, bool tcp);
/* "10.0.0.1:80" with a port, if ports; else the address. */
void tl_address_put(struct tl_buffer *out, const struct tl_address *address, bool ports);
/* Members of a JSON object: "a_addr" and, if ports, "a_port"; without a prefix "addr" and "port". */
void tl_address_json(struct tl_report *report, const char *prefix, const struct tl_address *address, bool ports);
bool tl_address_is_equal(const struct tl_address *a, const struct tl_address *b);

#endif
