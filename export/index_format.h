/* index_format.h - numbers and parts of an index file. Private to its writer and its reader. */
#ifndef TL_EXPORT_INDEX_FORMAT_H
#define TL_EXPORT_INDEX_FORMAT_H

#include "export/index.h"

#define TL_INDEX_MAGIC "TLINDEX\n"

enum {
    TL_INDEX_VERSION = 1,
    TL_INDEX_HEADER = 128,       /* bytes */
    TL_INDEX_CHUNK_HEAD = 16,    /* u32 length, u32 hash, u64 place of the chunk before; packets follow */
    TL_INDEX_CHUNK_MOST = 4096,  /* bytes of packets */
    TL_INDEX_FLOWS = 1 << 16,    /* a block of flows is written when it has so many bytes */
    TL_INDEX_FLOWS_MOST = 1 << 20,
    TL_INDEX_ROW = 24,           /* of the directory: u64 place, u64 hash, u32 length, u32 flows */
    TL_INDEX_PLACES = 1,         /* a flag: packets have places */
    TL_INDEX_LIST_MOST = 16,     /* entries of a list in a record */
};

/* Offsets in the header. Numbers are little-endian. The hash of the bytes before it ends the header. */
enum {
    TL_AT_MAGIC = 0,
    TL_AT_VERSION = 8,
    TL_AT_FLAGS = 12,
    TL_AT_SIZE = 16,
    TL_AT_MTIME = 24,
    TL_AT_HEAD = 32,
    TL_AT_TAIL = 40,
    TL_AT_OPTIONS = 48,
    TL_AT_PACKETS = 56,
    TL_AT_FLOWS = 64,
    TL_AT_DIRECTORY = 72,
    TL_AT_DIRECTORY_HASH = 80,
    TL_AT_ROWS = 88,     /* u32 */
    TL_AT_CONTEXTS = 92, /* u32 */
    TL_AT_HASH = 120,
};

uint64_t tl_index_hash(const void *data, size_t len);

/* Of a chunk: also of the place of the one before. */
static inline uint32_t tl_index_chunk_hash(const uint8_t *bytes, size_t len, uint64_t before)
{
    uint64_t hash = tl_index_hash(bytes, len) ^ before * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash ^ hash >> 32);
}

static inline uint64_t tl_index_zigzag(uint64_t from, uint64_t to)
{
    uint64_t delta = to - from;
    return delta << 1 ^ (uint64_t)-(int64_t)(delta >> 63);
}

static inline uint64_t tl_index_unzigzag(uint64_t from, uint64_t value)
{
    return from + (value >> 1 ^ (uint64_t)-(int64_t)(value & 1));
}

/* Seven bits in a byte, low ones first; at most 10 bytes. Returns how many were written. */
static inline unsigned tl_index_put(uint8_t *to, uint64_t value)
{
    unsigned n = 0;
    for (; value >= 0x80; value >>= 7)
        to[n++] = (uint8_t)(value | 0x80);
    to[n++] = (uint8_t)value;
    return n;
}

#endif
