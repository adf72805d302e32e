/* host_addresses.h - the addresses of this host: rtnetlink(7). */
#ifndef TL_ENRICH_HOST_ADDRESSES_H
#define TL_ENRICH_HOST_ADDRESSES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TL_HOST_ADDRESSES = 1024 };

struct tl_host_address {
    uint8_t version; /* 4 or 6 */
    uint8_t bytes[16];
};

struct tl_host_addresses {
    pthread_rwlock_t lock;
    int netlink;    /* it tells of changes */
    uint32_t count; /* at most TL_HOST_ADDRESSES; further ones are not known */
    struct tl_host_address items[TL_HOST_ADDRESSES];
};

/* Reads the addresses of the network namespace of the thread. Returns false with errno. */
bool tl_host_addresses_init(struct tl_host_addresses *addresses);
void tl_host_addresses_fini(struct tl_host_addresses *addresses);
/* Call it when the socket is readable: reads them again. */
void tl_host_addresses_update(struct tl_host_addresses *addresses);
/* Thread-safe. Those of 127.0.0.0/8 are of this host, too. */
bool tl_host_addresses_has(struct tl_host_addresses *addresses, uint8_t version, const uint8_t *address);

#endif
