/* host_lookup.h - looks up the addresses of a host, with a limit: getaddrinfo(3) may wait for minutes. */
#ifndef TL_SINKS_HOST_LOOKUP_H
#define TL_SINKS_HOST_LOOKUP_H

#include "sinks/target.h"

enum { TL_HOST_ADDRESSES = 8, TL_HOST_ADDRESS_TEXT = 80 };

struct tl_host_addresses_found {
    char texts[TL_HOST_ADDRESSES][TL_HOST_ADDRESS_TEXT]; /* numbers, in the order of getaddrinfo(3) */
    unsigned count;
};

struct tl_host_lookup;

/*
 * Begins a look-up, or goes on with *lookup if that is not NULL, and waits for it until `limit` (ms, CLOCK_MONOTONIC) or
 * until *stop is set. Returns true with at least one address. A look-up that goes on stays in *lookup.
 */
bool tl_host_lookup(struct tl_host_lookup **lookup, const char *host, int64_t limit, const atomic_bool *stop,
                    struct tl_host_addresses_found *found, char why[TL_REASON]);
/* Its thread ends by itself. */
void tl_host_lookup_leave(struct tl_host_lookup *lookup);

#endif
