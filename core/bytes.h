/* bytes.h - borrowed byte ranges, and loads from unaligned memory in a given byte order. */
#ifndef TL_CORE_BYTES_H
#define TL_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes: valid only during the call that receives them. */
struct tl_bytes {
    const uint8_t *data;
    uint32_t len;
};

static inline struct tl_bytes tl_bytes_of(const void *data, size_t len)
{
    return (struct tl_bytes){ data, (uint32_t)len };
}

/* Returns the line without its LF or CR LF. */
static inline struct tl_bytes tl_without_line_end(struct tl_bytes line)
{
    if (line.len > 0 && line.data[line.len - 1] == '\n')
        line.len--;
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static inline uint16_t tl_load_be16(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t tl_load_be24(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
}

static inline uint32_t tl_load_be32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint64_t tl_load_be64(const void *p)
{
    const uint8_t *b = p;
    return (uint64_t)tl_load_be32(b) << 32 | tl_load_be32(b + 4);
}

static inline uint16_t tl_load_le16(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[1] << 8 | b[0]);
}

static inline uint32_t tl_load_le32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint64_t tl_load_le64(const void *p)
{
    const uint8_t *b = p;
    return (uint64_t)tl_load_le32(b + 4) << 32 | tl_load_le32(b);
}

static inline void tl_store_le32(void *p, uint32_t v)
{
    uint8_t *b = p;
    for (unsigned i = 0; i < 4; i++)
        b[i] = (uint8_t)(v >> (8 * i));
}

static inline void tl_store_le64(void *p, uint64_t v)
{
    uint8_t *b = p;
    for (unsigned i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> (8 * i));
}

static inline void tl_store_be16(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

static inline void tl_store_be32(void *p, uint32_t v)
{
    uint8_t *b = p;
    tl_store_be16(b, (uint16_t)(v >> 16));
    tl_store_be16(b + 2, (uint16_t)v);
}

#endif
