/* csv.h - the kind of record and the keys of --csv. */
#ifndef TL_CLI_CSV_H
#define TL_CLI_CSV_H

#include "core/record.h"
#include "core/status.h"

enum { TL_CSV_KEYS = 128 };

struct tl_csv {
    const char *kind;
    const char *keys[TL_CSV_KEYS];
    uint32_t count;
    char text[4096]; /* kind and keys that were given */
};

/* Reads KIND[:KEY,..]: without keys, all of the kind. defs: the records of this build. */
enum tl_failure tl_csv_read(struct tl_csv *csv, const char *text, const struct tl_record_def *const *defs,
                            uint32_t count, struct tl_error *error) TL_MUST_CHECK;

#endif
