/*
 * opener.h - opens the files that a run writes. This process opens the first part of each file, with the rights of the
 * user who started it. After it has dropped its privileges, a process forked earlier opens the parts needed later
 * (rotation, reopening). That process opens only parts of the names it got at start and passes the descriptors with
 * SCM_RIGHTS (unix(7)).
 */
#ifndef TL_CLI_OPENER_H
#define TL_CLI_OPENER_H

#include "export/sinks.h"

enum { TL_OPENER_FILES = 4 };

struct tl_opener;

struct tl_opener *tl_opener_new(void);
/* Also ends the forked process. */
void tl_opener_free(struct tl_opener *opener);
struct tl_opener_file {
    const char *name; /* borrowed */
    bool dated;       /* as for tl_file_part_name() */
    bool removable;   /* parts opened before may be removed */
    bool readable;    /* opened for reading too, if permitted */
    bool append;      /* O_APPEND: writes go to the end even if another process truncated the file */
};

/* Adds a file and returns its index. Call it before tl_opener_fork(). */
uint32_t tl_opener_add(struct tl_opener *opener, const struct tl_opener_file *file);
/* Waits until every FIFO has a reader and prints a line for each it waits for. Call it before the capture starts. */
void tl_opener_await_readers(struct tl_opener *opener);
/* Returns the callbacks for tl_output_open_part(). They never block. Thread-safe. */
struct tl_opening tl_opener_opening(struct tl_opener *opener, uint32_t file);
struct tl_identity;
/*
 * Runs the command for each finished part, in a process forked here that changes to `identity` first. Call it before
 * threads are created, after all files were added and before tl_opener_opening().
 */
enum tl_failure tl_opener_run_after(struct tl_opener *opener, const char *command, const struct tl_identity *identity,
                                    struct tl_error *error) TL_MUST_CHECK;
/* Forks the process that opens all parts but the first. Call it before threads are created. */
enum tl_failure tl_opener_fork(struct tl_opener *opener, struct tl_error *error) TL_MUST_CHECK;

#endif
