/* talkers.c - a table of addresses over numbered cells. */
#include "ui/store/talkers.h"

#include <stdlib.h>
#include <string.h>

enum { CHANCES = 2 }; /* busy hosts that are moved to the front for a new one */

static uint32_t home_of(const struct tl_talkers *hosts, unsigned version, const uint8_t *address)
{
    uint64_t words[2] = { 0, version };
    memcpy(words, address, version == 4 ? 4 : 8);
    if (version != 4)
        memcpy(&words[1], address + 8, 8);
    uint64_t hash = (words[0] * UINT64_C(0xd6e8feb86659fd93) ^ words[1]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32 ^ hash >> 11) & hosts->table_mask;
}

static uint32_t slot_of(const struct tl_talkers *hosts, unsigned version, const uint8_t *address)
{
    uint32_t at = home_of(hosts, version, address);
    struct tl_talker host;
    for (; hosts->table[at] != 0; at = (at + 1) & hosts->table_mask) {
        if (tl_talkers_get(hosts, hosts->table[at] - 1, &host) && host.version == version &&
            memcmp(host.address, address, version == 4 ? 4 : 16) == 0)
            break;
    }
    return at;
}

/* Removes a host from the table; later entries of the same run move up towards their own slots. */
static void forget(struct tl_talkers *hosts, const struct tl_talker *gone)
{
    uint32_t hole = slot_of(hosts, gone->version, gone->address);
    struct tl_talker host;
    for (uint32_t at = (hole + 1) & hosts->table_mask; hosts->table[at] != 0; at = (at + 1) & hosts->table_mask) {
        if (!tl_talkers_get(hosts, hosts->table[at] - 1, &host))
            continue;
        uint32_t home = home_of(hosts, host.version, host.address);
        if (((at - home) & hosts->table_mask) < ((at - hole) & hosts->table_mask))
            continue;
        hosts->table[hole] = hosts->table[at];
        hole = at;
    }
    hosts->table[hole] = 0;
}

static uint32_t add(struct tl_talkers *hosts, const struct tl_talker *host)
{
    uint32_t number = tl_cells_count(&hosts->cells);
    tl_cells_add(&hosts->cells, host);
    hosts->table[slot_of(hosts, host->version, host->address)] = number + 1;
    return number;
}

/* Frees the slot of the next number: its host is removed or, if it was busy, moves to the next number, and so on. */
static void make_place(struct tl_talkers *hosts)
{
    struct tl_talker oldest;
    for (unsigned i = 0;; i++) {
        uint32_t next = tl_cells_count(&hosts->cells);
        if (next < hosts->cells.capacity || !tl_talkers_get(hosts, next - hosts->cells.capacity, &oldest))
            return;
        forget(hosts, &oldest);
        if (!oldest.busy || i == CHANCES) {
            atomic_fetch_add_explicit(&hosts->left, 1, memory_order_relaxed);
            return;
        }
        oldest.busy = false;
        add(hosts, &oldest);
    }
}

uint32_t tl_talkers_find(struct tl_talkers *hosts, unsigned version, const uint8_t *address)
{
    struct tl_talker host = { .version = (uint8_t)version };
    uint32_t at = slot_of(hosts, version, address);
    if (hosts->table[at] != 0)
        return hosts->table[at] - 1;
    memcpy(host.address, address, version == 4 ? 4 : 16);
    make_place(hosts);
    return add(hosts, &host);
}

void tl_talkers_count(struct tl_talkers *hosts, uint32_t number, bool sent, uint64_t bytes, int64_t ts)
{
    struct tl_talker host;
    if (!tl_talkers_get(hosts, number, &host))
        return;
    host.busy = host.sent_packets + host.received_packets > 0;
    *(sent ? &host.sent_packets : &host.received_packets) += 1;
    *(sent ? &host.sent_bytes : &host.received_bytes) += bytes;
    host.last_ts = ts;
    tl_cells_set(&hosts->cells, number, &host);
}

bool tl_talkers_init(struct tl_talkers *hosts, size_t memory)
{
    *hosts = (struct tl_talkers){ .table = NULL };
    if (!tl_cells_init(&hosts->cells, sizeof(struct tl_talker), memory - memory / 8))
        return false;
    hosts->table_mask = hosts->cells.capacity * 2 - 1;
    hosts->table = calloc((size_t)hosts->table_mask + 1, sizeof *hosts->table);
    return hosts->table != NULL;
}

void tl_talkers_fini(struct tl_talkers *hosts)
{
    tl_cells_fini(&hosts->cells);
    free(hosts->table);
}
