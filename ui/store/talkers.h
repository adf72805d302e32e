/*
 * talkers.h - what every host sent and received. One thread counts, others read, without locks. When the table is full,
 * the oldest host that has been quiet is removed; its packets then count as packets of no host.
 */
#ifndef TL_UI_TALKERS_H
#define TL_UI_TALKERS_H

#include "ui/store/cells.h"

struct tl_talker {
    uint8_t address[16]; /* only 4 bytes for version 4 */
    uint8_t version;     /* 4 or 6 */
    bool busy;           /* it had packets since its slot was last considered */
    uint64_t sent_packets, sent_bytes, received_packets, received_bytes;
    int64_t last_ts;
};

struct tl_talkers {
    struct tl_cells cells;
    uint32_t *table;     /* owned, writer only: hashed by address, number + 1 */
    uint32_t table_mask;
    _Atomic uint64_t left; /* hosts that were removed */
};

/* false without memory. */
bool tl_talkers_init(struct tl_talkers *hosts, size_t memory);
void tl_talkers_fini(struct tl_talkers *hosts);
/* Writer only: the number of a host, which is added if it is new. Valid while tl_talkers_there() is true. */
uint32_t tl_talkers_find(struct tl_talkers *hosts, unsigned version, const uint8_t *address);
static inline bool tl_talkers_there(const struct tl_talkers *hosts, uint32_t number)
{
    return number >= tl_cells_first(&hosts->cells);
}
/* Writer only: the host sent, or received, a packet. */
void tl_talkers_count(struct tl_talkers *hosts, uint32_t number, bool sent, uint64_t bytes, int64_t ts);

/* false: the host was removed. */
static inline bool tl_talkers_get(const struct tl_talkers *hosts, uint32_t number, struct tl_talker *host)
{
    return tl_cells_get(&hosts->cells, number, host);
}

#endif
