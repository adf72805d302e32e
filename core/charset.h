/*
 * charset.h - converts text in the character sets that mail uses to UTF-8.
 *
 * UTF-8 and US-ASCII are copied unchanged. Single-byte sets are const tables. The multi-byte sets of East Asia use
 * libc's iconv: its descriptors belong to one thread, and opening all of them takes 3 to 9 ms, longer than a short run.
 * So each worker has its own descriptors and opens them on first use. tl_charsets_load() opens all of them, for a
 * caller that is about to drop the right to open files.
 */
#ifndef TL_CORE_CHARSET_H
#define TL_CORE_CHARSET_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_charsets;

/* Opens no set. Returns NULL without memory. */
struct tl_charsets *tl_charsets_new(void);
void tl_charsets_free(struct tl_charsets *sets);
/* Opens all sets that are not open yet. Returns false if libc lacks one of them. */
bool tl_charsets_load(struct tl_charsets *sets);

enum tl_charset_result {
    TL_CHARSET_WHOLE,
    TL_CHARSET_CUT,     /* out was too short: it ends after a whole character */
    TL_CHARSET_UNKNOWN, /* no such set, or it cannot be opened: nothing was written */
};

/*
 * Converts `in` from the set called `name` into out[0..room) and sets *len to the bytes written. The name is matched
 * without case, and a language suffix after '*' is ignored. Bytes that are no character of the set become U+FFFD; UTF-8
 * is not checked. If `sets` is NULL, the multi-byte sets are unknown.
 */
enum tl_charset_result tl_charset_utf8(struct tl_charsets *sets, struct tl_bytes name, struct tl_bytes in, uint8_t *out,
                                       uint32_t room, uint32_t *len);
/* Returns whether `name` is US-ASCII, UTF-8 or a set that can be converted. Opens nothing. */
bool tl_charset_known(struct tl_bytes name);

#endif
