/*
 * extras.h - blocks of pcapng inputs that are not packets (section headers, names, secrets, statistics), each with the
 * packet that follows it, so that saved files contain them. Bounded. One thread writes, others read, without locks.
 */
#ifndef TL_UI_EXTRAS_H
#define TL_UI_EXTRAS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/sink.h"

struct tl_extras {
    struct tl_sink sink;       /* takes the blocks of packets that contain them */
    uint8_t *bytes;            /* owned; memory is used as pages are written */
    size_t size;
    uint64_t rows;             /* writer only: packets so far */
    _Atomic size_t len;
    _Atomic uint64_t left_out; /* blocks that did not fit */
};

/* false without memory. */
bool tl_extras_init(struct tl_extras *extras, size_t memory);
void tl_extras_fini(struct tl_extras *extras);
/*
 * The block at *at (0: the first) and the packet *row that follows it; moves *at to the next one. Its bytes stay valid.
 * false: there are no more.
 */
bool tl_extras_next(const struct tl_extras *extras, size_t *at, struct tl_extra *extra, uint64_t *row);

#endif
