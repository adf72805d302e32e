/*
 * charset.h - text in the character sets that mail uses, made UTF-8.
 *
 * UTF-8 and US-ASCII pass as they are. Single-byte sets are const tables. The multi-byte sets of East Asia are libc's
 * iconv: its descriptors belong to one thread, and opening all of them costs 3 to 9 ms, which is more than a short run
 * takes. So each worker has its own, opened when a text first needs it; tl_charsets_load() opens them all, for whoever
 * is about to give up the right to open files.
 */
#ifndef TL_CORE_CHARSET_H
#define TL_CORE_CHARSET_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_charsets;

/* NULL without memory. Opens nothing. */
struct tl_charsets *tl_charsets_new(void);
void tl_charsets_free(struct tl_charsets *sets);
/* Opens what is not open yet; false if libc lacks one of them. */
bool tl_charsets_load(struct tl_charsets *sets);

enum tl_charset_result {
    TL_CHARSET_WHOLE,
    TL_CHARSET_CUT,     /* out was too short: it ends with a whole character */
    TL_CHARSET_UNKNOWN, /* no such set, or it cannot be opened: nothing was written */
};

/*
 * Converts `in` from the set called `name` (any case; a language behind '*' is passed over) into out[0..room). *len:
 * bytes written. What is no character of the set becomes U+FFFD; UTF-8 is not looked at. `sets` may be NULL: the
 * multi-byte sets are unknown then.
 */
enum tl_charset_result tl_charset_utf8(struct tl_charsets *sets, struct tl_bytes name, struct tl_bytes in, uint8_t *out,
                                       uint32_t room, uint32_t *len);
/* Is it US-ASCII, UTF-8 or one of the sets that can be converted? Opens nothing. */
bool tl_charset_known(struct tl_bytes name);

#endif
