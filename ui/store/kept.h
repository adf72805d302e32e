/*
 * kept.h - bytes of packets that are in no file, in a ring: the oldest are overwritten first. One thread writes, others
 * read, without locks.
 */
#ifndef TL_UI_KEPT_H
#define TL_UI_KEPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tl_kept {
    _Atomic uint64_t *words; /* owned; memory is used as pages are written */
    size_t size;             /* bytes, a power of two */
    _Atomic uint64_t head;   /* counts bytes, never wraps around */
    _Atomic uint64_t tail;   /* bytes before it are overwritten */
};

/* false without memory. */
bool tl_kept_init(struct tl_kept *kept, size_t memory);
void tl_kept_fini(struct tl_kept *kept);
size_t tl_kept_memory(const struct tl_kept *kept);

/*
 * Writer only: adds len bytes, the last `options` of which are the packet's options. Returns their place. What is
 * longer than half of the ring is not kept: it gets a place without bytes.
 */
uint64_t tl_kept_add(struct tl_kept *kept, const uint8_t *bytes, uint32_t len, uint32_t options);
/* Bytes of options that are kept at this place. */
uint32_t tl_kept_options(const struct tl_kept *kept, uint64_t place);
/* The first len bytes of a place; false: they were overwritten. */
bool tl_kept_get(const struct tl_kept *kept, uint64_t place, uint8_t *out, uint32_t len);

#endif
