/* memory.h - memory from a slab, as nghttp2 and nghttp3 ask for it; only for the files in this folder. */
#ifndef TL_CODEC_MEMORY_H
#define TL_CODEC_MEMORY_H

#include "core/bytes.h"

/* As malloc(), free(), calloc() and realloc(). slab: struct tl_slab. */
void *tl_memory_get(size_t size, void *slab);
void tl_memory_put(void *address, void *slab);
void *tl_memory_get_zeroed(size_t count, size_t size, void *slab);
void *tl_memory_resize(void *address, size_t size, void *slab);

#endif
