/* dated_log.h - a file that is renamed after the start of its period when the next one begins. */
#ifndef TL_EXPORT_DATED_LOG_H
#define TL_EXPORT_DATED_LOG_H

#include "export/sinks.h"

enum { TL_DATED_NAME = 256 };

/*
 * STEM + EXTENSION while it is written, then STEM.2026-11-30-20-00-00EXTENSION, in local time, and with -1, -2 .. after
 * the date if that name is taken. Zeroed, but for these two.
 */
struct tl_dated_log {
    char stem[160], extension[32];
    int64_t period;              /* start of the file's period, seconds since the epoch */
    char (*old)[TL_DATED_NAME];  /* names of older files, a ring; owned; NULL: none */
    uint32_t old_count;          /* that were ever entered */
};

void tl_dated_log_fini(struct tl_dated_log *log);
/* Writes the name of the file while it is written. */
void tl_dated_log_name(const struct tl_dated_log *log, char *out, size_t size);
/* A file begins at `time`, or was begun then by an earlier run. */
void tl_dated_log_begin(struct tl_dated_log *log, const struct tl_rotation *rotation, int64_t time);
/*
 * Returns true if what comes next, `size` bytes at time `now`, goes into the next file. have: bytes in this one; it may
 * be left for its size only if there are some.
 */
bool tl_dated_log_is_over(const struct tl_dated_log *log, const struct tl_rotation *rotation, int64_t now,
                          uint64_t have, size_t size);
/* Renames the file, which is closed, and removes the oldest of more than rotation.keep. Returns 0 or errno. */
int tl_dated_log_rotate(struct tl_dated_log *log, const struct tl_rotation *rotation, int directory);
/* Enters the files of earlier runs, so that they are removed in their turn. */
void tl_dated_log_find_old(struct tl_dated_log *log, const struct tl_rotation *rotation, int directory);

#endif
