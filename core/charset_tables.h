/* charset_tables.h - the single-byte character sets, from unicode.org's mappings. */
#ifndef TL_CORE_CHARSET_TABLES_H
#define TL_CORE_CHARSET_TABLES_H

#include <stdint.h>

enum { TL_CHARSET_TABLES = 26 };

struct tl_charset_table {
    const char *name;    /* lower case, as in MIME */
    uint16_t high[128];  /* code points of bytes 0x80 to 0xff; 0: unassigned */
};

extern const struct tl_charset_table tl_charset_tables[TL_CHARSET_TABLES];

#endif
