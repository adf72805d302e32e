/*
 * hosts.h - what every host sent and received. One thread counts, others read, without locks. When there is no room for
 * another host, the oldest that has been quiet makes place; what it had is counted as of the others.
 */
#ifndef TL_UI_HOSTS_H
#define TL_UI_HOSTS_H

#include "ui/cells.h"

struct tl_host {
    uint8_t address[16]; /* 4 bytes of them for version 4 */
    uint8_t version;     /* 4 or 6 */
    bool busy;           /* it was seen again since it was looked at for its place */
    uint64_t sent_packets, sent_bytes, received_packets, received_bytes;
    int64_t last_ts;
};

struct tl_hosts {
    struct tl_cells cells;
    uint32_t *table;     /* owned, the writer's: hashed by address, number + 1 */
    uint32_t table_mask;
    _Atomic uint64_t left; /* hosts that made place */
};

/* false without memory. */
bool tl_hosts_init(struct tl_hosts *hosts, size_t memory);
void tl_hosts_fini(struct tl_hosts *hosts);
/* The writer's: the number of a host, which is added if it is new. It is good while tl_hosts_there() is true. */
uint32_t tl_hosts_find(struct tl_hosts *hosts, unsigned version, const uint8_t *address);
static inline bool tl_hosts_there(const struct tl_hosts *hosts, uint32_t number)
{
    return number >= tl_cells_first(&hosts->cells);
}
/* The writer's: the host sent, or received, a packet. */
void tl_hosts_count(struct tl_hosts *hosts, uint32_t number, bool sent, uint64_t bytes, int64_t ts);

/* Numbers [first, end) are there; false: it is not any more. */
static inline bool tl_hosts_get(const struct tl_hosts *hosts, uint32_t number, struct tl_host *host)
{
    return tl_cells_get(&hosts->cells, number, host);
}

#endif
