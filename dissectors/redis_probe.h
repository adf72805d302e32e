/* redis_probe.h - what begins a message of the Redis serialization protocol; for redis.c. */
#ifndef TL_DISSECTORS_REDIS_PROBE_H
#define TL_DISSECTORS_REDIS_PROBE_H

#include <string.h>

#include "core/cursor.h"
#include "core/protocol.h"

/* The first byte of an element of RESP2 or RESP3. */
static inline bool tl_redis_is_type(uint8_t c)
{
    return c != 0 && strchr("+-:$*_#,(!=%~>|", c) != NULL;
}

/* Between the words of a command in a line. */
static inline bool tl_redis_is_gap(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/* Do these first bytes of a side belong to the protocol? home: the flow is on its port; server: the side has that port. */
enum tl_probe tl_redis_probe(struct tl_cursor c, bool home, bool server);

#endif
