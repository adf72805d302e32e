/*
 * placed.h - bytes of a file that come with their places, in any order, as clients of SMB and NFS read and write: passed on
 * in order. What comes early waits, TL_PLACED_MOST bytes; then a hole before it is given up.
 */
#ifndef TL_DECODE_PLACED_H
#define TL_DECODE_PLACED_H

#include "core/bytes.h"
#include "core/slab.h"

enum {
    TL_PLACED_MOST = 512 << 10, /* bytes of memory for what comes early */
    TL_PLACED_HOLES = 16,       /* holes given up that are remembered, the newest */
};

struct tl_placed_piece;

/* Zero at first. */
struct tl_placed {
    struct tl_placed_piece *first; /* in the order of their places */
    uint64_t next;                 /* place of the next byte to pass on */
    uint64_t end;                  /* after the last byte that is known of */
    uint64_t overflow;             /* bytes that came for a hole that was given up */
    uint32_t held;                 /* bytes of memory */
    uint32_t hole;                 /* the place in holes[] for the next */
    struct {
        uint64_t from, to;
    } holes[TL_PLACED_HOLES];
};

/* Memory, and where bytes go. */
struct tl_placed_to {
    struct tl_slab *slab;
    void (*bytes)(void *context, struct tl_bytes bytes);
    void (*gap)(void *context, uint64_t n);
    void *context;
};

/* bytes.data NULL: they are lost. */
void tl_placed_put(struct tl_placed *p, const struct tl_placed_to *to, uint64_t place, struct tl_bytes bytes);
/* Passes on what waits, with gaps, and frees it. */
void tl_placed_end(struct tl_placed *p, const struct tl_placed_to *to);

#endif
