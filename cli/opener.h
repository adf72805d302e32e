/*
 * opener.h - the files that a run writes. This process opens the first part of each, as whoever started it would; those
 * that are opened while the run goes on (rotation, reopening), when it has given up its rights, a small process opens
 * that was forked before: parts of the names it was started with and nothing else. It passes the descriptors on
 * (unix(7), SCM_RIGHTS).
 */
#ifndef TL_CLI_OPENER_H
#define TL_CLI_OPENER_H

#include "export/sinks.h"

enum { TL_OPENER_FILES = 4 };

struct tl_opener;

struct tl_opener *tl_opener_new(void);
/* Ends the forked process too. */
void tl_opener_free(struct tl_opener *opener);
struct tl_opener_file {
    const char *name; /* borrowed */
    bool dated;       /* as for tl_file_part_name() */
    bool removable;   /* parts that were opened may be removed */
    bool readable;    /* it can be read too, where that is allowed */
    bool append;      /* what is written always goes to its end, also when somebody else cut it */
};

/* Before tl_opener_fork(). Returns the file's index. */
uint32_t tl_opener_add(struct tl_opener *opener, const struct tl_opener_file *file);
/* Waits for the readers of FIFOs that have none, which is said. Before anything is captured. */
void tl_opener_await_readers(struct tl_opener *opener);
/* The opening of such a file, for tl_output_open_part(). It never waits. Any thread may use it. */
struct tl_opening tl_opener_opening(struct tl_opener *opener, uint32_t file);
/* From now on a process of its own opens what is not the first part. Call it before there are threads. */
enum tl_failure tl_opener_fork(struct tl_opener *opener, struct tl_error *error) TL_MUST_CHECK;

#endif
