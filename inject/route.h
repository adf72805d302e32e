/* route.h - the kernel's routes and neighbours, by rtnetlink(7). Needs no privilege. */
#ifndef TL_INJECT_ROUTE_H
#define TL_INJECT_ROUTE_H

#include "inject/craft.h"

#include <net/if.h>

struct tl_route {
    int ifindex;
    char interface[IF_NAMESIZE];
    struct tl_address source;  /* version 0: none */
    struct tl_address gateway; /* version 0: the destination is on the link */
    uint32_t mtu;              /* of the interface, or of the route if it has one */
    uint32_t link_mtu;         /* of the interface */
    bool broadcast, local;
};

/*
 * Finds the route to dst. interface: it must leave there; NULL: any. Returns TL_E_RUNTIME if there is none.
 */
enum tl_failure tl_route_find(const struct tl_address *dst, const char *interface, struct tl_route *route,
                              struct tl_error *error) TL_MUST_CHECK;
/* Gets the MAC address that the kernel knows of a neighbour. Returns false if it knows none. */
bool tl_route_neighbour(int ifindex, const struct tl_address *address, uint8_t mac[6]);
/* Gets the kind of an interface, ARPHRD_ value, -1 and errno: unknown; and its MAC address, zeros if it has no Ethernet. */
int tl_route_hardware(const char *interface, uint8_t mac[6]);
/* Writes an address as text. */
const char *tl_address_text(const struct tl_address *address, char text[46]);
/* Parses an address. Returns false if the text is none. */
bool tl_address_parse(const char *text, struct tl_address *out) TL_MUST_CHECK;
static inline size_t tl_address_len(const struct tl_address *address)
{
    return address->version == 6 ? 16 : 4;
}
bool tl_address_equal(const struct tl_address *a, const struct tl_address *b);

/*
 * Whether this is an address of this host, to which packets go by this interface. Asked for a route to an IPv6 address
 * and lo, the kernel says that there is none: the address is one of another interface.
 */
bool tl_route_is_own(const struct tl_address *dst, int ifindex);

#endif
