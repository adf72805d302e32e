/*
 * kept.h - bytes of packets that no file holds, in a ring: the oldest leave first. One thread writes, others read,
 * without locks.
 */
#ifndef TL_UI_KEPT_H
#define TL_UI_KEPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tl_kept {
    _Atomic uint64_t *words; /* owned; pages come as they are written */
    size_t size;             /* bytes, a power of two */
    _Atomic uint64_t head;   /* counted on and on */
    _Atomic uint64_t tail;   /* what lies before it is gone */
};

/* false without memory. */
bool tl_kept_init(struct tl_kept *kept, size_t memory);
void tl_kept_fini(struct tl_kept *kept);
size_t tl_kept_memory(const struct tl_kept *kept);

/*
 * The writer's: len bytes, of which so many at the end are the packet's options. Gives their place. What is longer than
 * half of all there is, is not kept: its place is one where nothing is.
 */
uint64_t tl_kept_add(struct tl_kept *kept, const uint8_t *bytes, uint32_t len, uint32_t options);
/* Bytes of options that are kept with those at this place. */
uint32_t tl_kept_options(const struct tl_kept *kept, uint64_t place);
/* The first len bytes of a place; false: they are gone. */
bool tl_kept_get(const struct tl_kept *kept, uint64_t place, uint8_t *out, uint32_t len);

#endif
