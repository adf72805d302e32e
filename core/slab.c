/*
 * slab.c - size-class allocator over one reserved region. The region is divided into chunks; each chunk serves one size
 * class. A chunk whose last block is freed can be used by any class, so no kind of block keeps the memory for ever.
 */
#include "core/slab.h"

#include <stdlib.h>
#include <sys/mman.h>

/*
 * With the address sanitizer, memory that is not handed out is poisoned. Poisoning the whole region at once would take
 * longer than a small capture, so the region has no access rights at first, and a chunk is opened when it is first
 * used.
 */
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
enum { RESERVED = PROT_NONE };
static bool open_chunk(void *p, size_t n)
{
    FORBID(p, n);
    return mprotect(p, n, PROT_READ | PROT_WRITE) == 0;
}
#else
#define FORBID(p, n) ((void)(p), (void)(n))
#define ALLOW(p, n) ((void)(p), (void)(n))
enum { RESERVED = PROT_READ | PROT_WRITE };
static bool open_chunk(void *p, size_t n)
{
    (void)p;
    (void)n;
    return true;
}
#endif

#define HANDLED ((uint64_t)UINT32_MAX * 16) /* bytes that handles reach: see tl_slab_handle() */

enum {
    CLASSES = 48,
    CHUNK = 1 << 16,      /* bytes of the region that a class takes at a time */
    BLOCK_MOST = 1 << 15, /* larger blocks come from malloc, within the same limit */
    NONE = 0xffffffff,
};

struct free_block {
    struct free_block *next;
};

struct chunk {
    uint32_t next, previous;  /* chunks of its class with room; of an empty chunk: the next empty one */
    uint32_t live;            /* blocks handed out */
    uint32_t fresh;           /* bytes that were handed out at least once */
    struct free_block *free;
    uint8_t class;
    bool listed;              /* is in the list of its class */
};

struct tl_slab {
    struct tl_slab_state state;
    uint8_t *base;
    size_t limit, used;
    size_t mark;              /* see tl_slab_set_mark() */
    size_t wish;              /* bytes of a request that failed; 0: none */
    size_t large;             /* bytes of blocks from malloc */
    uint32_t chunk_count;     /* in the region */
    uint32_t touched;         /* chunks used so far; those after them are untouched */
    uint32_t empty, empty_count; /* list of freed chunks */
    uint32_t room[CLASSES];   /* lists of chunks with room */
    struct chunk chunks[];
};

/* Classes are steps of 16 up to 256, then four per octave: 320, 384, 448, 512, 640, ... */
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
    if (limit > HANDLED)
        limit = (size_t)HANDLED;
    uint32_t count = (uint32_t)(limit / CHUNK);
    struct tl_slab *slab = calloc(1, sizeof *slab + count * sizeof(struct chunk));
    if (slab == NULL || count == 0) {
        free(slab);
        return NULL;
    }
    slab->limit = limit;
    slab->mark = SIZE_MAX;
    slab->chunk_count = count;
    slab->empty = NONE;
    memset(slab->room, 0xff, sizeof slab->room);
    size_t size = (size_t)count * CHUNK;
    void *base = mmap(NULL, size, RESERVED, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        free(slab);
        return NULL;
    }
    (void)madvise(base, size, MADV_DONTDUMP); /* flows keep keys and passwords */
    (void)madvise(base, size, MADV_HUGEPAGE); /* huge pages if available: fewer TLB misses and page faults */
    slab->base = base;
    return slab;
}

void tl_slab_free(struct tl_slab *slab)
{
    if (slab == NULL)
        return;
    ALLOW(slab->base, (size_t)slab->touched * CHUNK);
    munmap(slab->base, (size_t)slab->chunk_count * CHUNK);
    free(slab);
}

static uint8_t *bytes_of(const struct tl_slab *slab, uint32_t i)
{
    return slab->base + (size_t)i * CHUNK;
}

static void list_chunk(struct tl_slab *slab, uint32_t i)
{
    struct chunk *chunk = &slab->chunks[i];
    uint32_t head = slab->room[chunk->class];
    chunk->next = head;
    chunk->previous = NONE;
    if (head != NONE)
        slab->chunks[head].previous = i;
    slab->room[chunk->class] = i;
    chunk->listed = true;
}

static void unlist_chunk(struct tl_slab *slab, uint32_t i)
{
    struct chunk *chunk = &slab->chunks[i];
    if (chunk->previous != NONE)
        slab->chunks[chunk->previous].next = chunk->next;
    else
        slab->room[chunk->class] = chunk->next;
    if (chunk->next != NONE)
        slab->chunks[chunk->next].previous = chunk->previous;
    chunk->listed = false;
}

/* Bytes that count against the limit. */
static size_t taken(const struct tl_slab *slab)
{
    return (size_t)(slab->touched - slab->empty_count) * CHUNK + slab->large;
}

/* Returns a chunk for class c, or NONE. */
static uint32_t take_chunk(struct tl_slab *slab, unsigned c)
{
    uint32_t i = slab->empty;
    if (slab->limit - taken(slab) < CHUNK)
        return NONE;
    if (i != NONE) {
        slab->empty = slab->chunks[i].next;
        slab->empty_count--;
    } else if (slab->touched < slab->chunk_count && open_chunk(bytes_of(slab, slab->touched), CHUNK)) {
        i = slab->touched++;
    } else {
        return NONE;
    }
    /* Handle 0 means NULL, so the first block of the region is never handed out. */
    slab->chunks[i] = (struct chunk){ .class = (uint8_t)c, .fresh = i == 0 ? (uint32_t)class_size(c) : 0 };
    list_chunk(slab, i);
    return i;
}

/* `used`, the mark or the wish has changed. */
static void judge(struct tl_slab *slab)
{
    slab->state.tight = slab->used > slab->mark || slab->wish > 0;
}

static void *large_get(struct tl_slab *slab, size_t n)
{
    if (slab->limit - taken(slab) < n)
        return NULL;
    void *p = malloc(n);
    if (p != NULL) {
        slab->large += n;
        slab->used += n;
        judge(slab);
    }
    return p;
}

void *tl_slab_get(struct tl_slab *slab, size_t n)
{
    if (slab == NULL || n > TL_SLAB_LARGE)
        return NULL;
    if (TL_UNLIKELY(n > BLOCK_MOST))
        return large_get(slab, n);
    unsigned c = class_of(n);
    uint32_t size = (uint32_t)class_size(c), i = slab->room[c];
    if (TL_UNLIKELY(i == NONE) && (i = take_chunk(slab, c)) == NONE)
        return NULL;
    struct chunk *chunk = &slab->chunks[i];
    struct free_block *block = chunk->free;
    if (block != NULL) {
        ALLOW(block, size);
        chunk->free = block->next;
    } else {
        block = (void *)(bytes_of(slab, i) + chunk->fresh);
        ALLOW(block, size);
        chunk->fresh += size;
    }
    chunk->live++;
    if (chunk->free == NULL && CHUNK - chunk->fresh < size)
        unlist_chunk(slab, i);
    slab->used += size;
    judge(slab);
    return block;
}

void tl_slab_put(struct tl_slab *slab, void *p, size_t n)
{
    if (p == NULL)
        return;
    if (TL_UNLIKELY(n > BLOCK_MOST)) {
        free(p);
        slab->large -= n;
        slab->used -= n;
        judge(slab);
        return;
    }
    uint32_t size = (uint32_t)class_size(class_of(n));
    uint32_t i = (uint32_t)((size_t)((uint8_t *)p - slab->base) / CHUNK);
    struct chunk *chunk = &slab->chunks[i];
    struct free_block *block = p;
    slab->used -= size;
    judge(slab);
    block->next = chunk->free;
    chunk->free = block;
    FORBID(block, size);
    if (!chunk->listed)
        list_chunk(slab, i);
    if (--chunk->live > 0)
        return;
    unlist_chunk(slab, i);
    chunk->next = slab->empty;
    slab->empty = i;
    slab->empty_count++;
}

size_t tl_slab_used(const struct tl_slab *slab)
{
    return slab->used;
}

size_t tl_slab_limit(const struct tl_slab *slab)
{
    return slab->limit;
}

void tl_slab_wish(struct tl_slab *slab, size_t n)
{
    slab->wish = n;
    judge(slab);
}

void tl_slab_set_mark(struct tl_slab *slab, size_t mark)
{
    slab->mark = mark;
    judge(slab);
}

const struct tl_slab_state *tl_slab_state(const struct tl_slab *slab)
{
    return &slab->state;
}

size_t tl_slab_wished(const struct tl_slab *slab)
{
    return slab->wish;
}

uint32_t tl_slab_handle(const struct tl_slab *slab, const void *p)
{
    return p == NULL ? 0 : (uint32_t)((size_t)((const uint8_t *)p - slab->base) / 16);
}

void *tl_slab_base(const struct tl_slab *slab)
{
    return slab->base;
}
