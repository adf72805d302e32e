/* local.h - addresses of the local networks. */
#ifndef TL_CORE_LOCAL_H
#define TL_CORE_LOCAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Addresses of private networks, of the host itself, and of one link. version: 4 or 6. */
static inline bool tl_addr_is_local(uint8_t version, const uint8_t *a)
{
    static const uint8_t loopback[16] = { [15] = 1 };
    if (version == 4)
        return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
               (a[0] == 100 && (a[1] & 0xc0) == 64);
    return (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || memcmp(a, loopback, 16) == 0;
}

#endif
