/* memory.c - memory for libraries that free a block without its size: it is in front of the block. */
#include "codec/memory.h"

#include "core/slab.h"

enum { BLOCK_HEAD = 16 /* keeps the alignment of the slab */ };

void *tl_memory_get(size_t size, void *slab)
{
    size_t n = size + BLOCK_HEAD;
    uint8_t *block = size <= TL_SLAB_MAX - BLOCK_HEAD ? tl_slab_get(slab, n) : NULL;
    if (block == NULL)
        return NULL;
    memcpy(block, &n, sizeof n);
    return block + BLOCK_HEAD;
}

void tl_memory_put(void *address, void *slab)
{
    size_t n;
    if (address == NULL)
        return;
    uint8_t *block = (uint8_t *)address - BLOCK_HEAD;
    memcpy(&n, block, sizeof n);
    tl_slab_put(slab, block, n);
}

void *tl_memory_get_zeroed(size_t count, size_t size, void *slab)
{
    if (size > 0 && count > TL_SLAB_MAX / size)
        return NULL;
    void *block = tl_memory_get(count * size, slab);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void *tl_memory_resize(void *address, size_t size, void *slab)
{
    size_t n;
    if (address == NULL)
        return tl_memory_get(size, slab);
    memcpy(&n, (uint8_t *)address - BLOCK_HEAD, sizeof n);
    n -= BLOCK_HEAD;
    void *block = tl_memory_get(size, slab);
    if (block == NULL)
        return NULL;
    memcpy(block, address, n < size ? n : size);
    tl_memory_put(address, slab);
    return block;
}
