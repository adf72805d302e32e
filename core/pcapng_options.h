/* pcapng_options.h - reads the options of a pcapng block (draft-ietf-opsawg-pcapng section 3.5). */
#ifndef TL_CORE_PCAPNG_OPTIONS_H
#define TL_CORE_PCAPNG_OPTIONS_H

#include "core/bytes.h"

enum { TL_OPTION_END = 0, TL_OPTION_COMMENT = 1 };

/*
 * Reads the next option in [*p, end) and moves *p after it. Returns false at the end; sets *bad if an option does not
 * fit.
 */
static inline bool tl_pcapng_option(const uint8_t **p, const uint8_t *end, bool big_endian, uint16_t *code,
                                    struct tl_bytes *value, bool *bad)
{
    if (*p == end)
        return false;
    *bad = end - *p < 4;
    if (*bad)
        return false;
    *code = big_endian ? tl_load_be16(*p) : tl_load_le16(*p);
    uint32_t len = big_endian ? tl_load_be16(*p + 2) : tl_load_le16(*p + 2), padded = (len + 3) & ~3U;
    if (*code == TL_OPTION_END)
        return false;
    *bad = (size_t)(end - *p - 4) < padded;
    if (*bad)
        return false;
    *value = (struct tl_bytes){ *p + 4, len };
    *p += 4 + padded;
    return true;
}

/* Reads the next comment. Returns false if there is none; options that do not fit end the search. */
static inline bool tl_pcapng_comment(const uint8_t **p, const uint8_t *end, bool big_endian, struct tl_bytes *text)
{
    uint16_t code;
    bool bad = false;
    while (tl_pcapng_option(p, end, big_endian, &code, text, &bad))
        if (code == TL_OPTION_COMMENT)
            return true;
    return false;
}

#endif
