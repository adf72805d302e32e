/* slab.c - size-class allocator over one reserved region: four classes an octave, free lists, nothing is moved. */
#include "core/slab.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Under the address sanitizer, what is not handed out must not be touched. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#endif
#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define FORBID(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define ALLOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define FORBID(p, n) ((void)(p), (void)(n))
#define ALLOW(p, n) ((void)(p), (void)(n))
#endif

enum {
    CLASSES = 64,
    CHUNK = 1 << 16, /* what a class takes from the region at a time, or one block if that is larger */
};

struct free_block {
    struct free_block *next;
};

struct tl_slab {
    uint8_t *base;
    size_t limit, used, mark; /* mark: bytes of the region taken so far */
    struct free_block *free[CLASSES];
    uint8_t *chunk[CLASSES];  /* the untouched rest of a class's latest chunk */
    uint8_t *chunk_end[CLASSES];
};

/* Classes are steps of 16 up to 256, then four an octave: 320, 384, 448, 512, 640, ... */
static unsigned class_of(size_t n)
{
    if (n <= 256)
        return n == 0 ? 0 : (unsigned)((n - 1) / 16);
    unsigned shift = 63 - (unsigned)__builtin_clzll(n - 1); /* n - 1 in [2^shift, 2^(shift+1)) */
    return 16 + (shift - 8) * 4 + (unsigned)(((n - 1) >> (shift - 2)) & 3);
}

static size_t class_size(unsigned c)
{
    if (c < 16)
        return (size_t)(c + 1) * 16;
    unsigned octave = (c - 16) / 4, step = (c - 16) % 4;
    return ((size_t)256 << octave) + (((size_t)64 << octave) * (step + 1));
}

struct tl_slab *tl_slab_new(size_t limit)
{
    struct tl_slab *slab = calloc(1, sizeof *slab);
    if (slab == NULL)
        return NULL;
    slab->limit = limit;
    void *base = mmap(NULL, limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        free(slab);
        return NULL;
    }
    (void)madvise(base, limit, MADV_HUGEPAGE); /* where it can be had: fewer misses of the TLB, fewer faults */
    slab->base = base;
    slab->mark = 16; /* handle 0 is nothing */
    return slab;
}

void tl_slab_free(struct tl_slab *slab)
{
    if (slab == NULL)
        return;
    ALLOW(slab->base, slab->mark);
    munmap(slab->base, slab->limit);
    free(slab);
}

static bool refill(struct tl_slab *slab, unsigned c, size_t size)
{
    size_t take = size > CHUNK ? size : CHUNK - CHUNK % size;
    size_t left = slab->limit - slab->mark;
    if (take > left)
        take = left - left % size;
    if (take == 0)
        return false;
    slab->chunk[c] = slab->base + slab->mark;
    slab->chunk_end[c] = slab->chunk[c] + take;
    FORBID(slab->chunk[c], take);
    slab->mark += take;
    return true;
}

void *tl_slab_get(struct tl_slab *slab, size_t n)
{
    if (slab == NULL || n > TL_SLAB_MAX)
        return NULL;
    unsigned c = class_of(n);
    size_t size = class_size(c);
    struct free_block *block = slab->free[c];
    if (block != NULL) {
        ALLOW(block, sizeof *block);
        slab->free[c] = block->next;
        FORBID(block, sizeof *block);
    } else {
        if (slab->chunk[c] == slab->chunk_end[c] && !refill(slab, c, size))
            return NULL;
        block = (void *)slab->chunk[c];
        slab->chunk[c] += size;
    }
    slab->used += size;
    ALLOW(block, n);
    return block;
}

void tl_slab_put(struct tl_slab *slab, void *p, size_t n)
{
    if (p == NULL)
        return;
    unsigned c = class_of(n);
    struct free_block *block = p;
    ALLOW(block, sizeof *block);
    block->next = slab->free[c];
    slab->free[c] = block;
    slab->used -= class_size(c);
    FORBID(block, class_size(c));
}

size_t tl_slab_used(const struct tl_slab *slab)
{
    return slab->used;
}

size_t tl_slab_limit(const struct tl_slab *slab)
{
    return slab->limit;
}

uint32_t tl_slab_handle(const struct tl_slab *slab, const void *p)
{
    return p == NULL ? 0 : (uint32_t)(((const uint8_t *)p - slab->base) / 16);
}

void *tl_slab_base(const struct tl_slab *slab)
{
    return slab->base;
}
