/*
 * extras.h - the blocks of pcapng inputs that are no packets (section headers, names, secrets, statistics), each with
 * the packet that it stands before: so that what is saved has them. Bounded. One thread writes, others read, without
 * locks.
 */
#ifndef TL_UI_EXTRAS_H
#define TL_UI_EXTRAS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/sink.h"

struct tl_extras {
    struct tl_sink sink;       /* takes the blocks of packets that they stand in */
    uint8_t *bytes;            /* owned; pages come as they are written */
    size_t size;
    uint64_t rows;             /* the writer's: packets so far */
    _Atomic size_t len;
    _Atomic uint64_t left_out; /* there was no room for them */
};

/* false without memory. */
bool tl_extras_init(struct tl_extras *extras, size_t memory);
void tl_extras_fini(struct tl_extras *extras);
/*
 * The one at *at (0: the first), which stands before the packet of *row, and *at is behind it then. Its bytes stay.
 * false: there are no more.
 */
bool tl_extras_next(const struct tl_extras *extras, size_t *at, struct tl_extra *extra, uint64_t *row);

#endif
