/*
 * opener.h - files that are opened while a run goes on: rotation, reopening. Once the process has given up its rights,
 * a small one that was forked before does it: it opens the parts of the names it was started with and nothing else, and
 * passes the descriptors on (unix(7), SCM_RIGHTS).
 */
#ifndef TL_CLI_OPENER_H
#define TL_CLI_OPENER_H

#include "export/sinks.h"

enum { TL_OPENER_FILES = 4 };

struct tl_opener;

struct tl_opener *tl_opener_new(void);
/* Ends the forked process too. */
void tl_opener_free(struct tl_opener *opener);
/* Before tl_opener_fork(). The name is borrowed. Returns the file's index. */
uint32_t tl_opener_add(struct tl_opener *opener, const char *name, bool dated);
/* The opening of such a file, for tl_output_open_part(). Any thread may use it. */
struct tl_opening tl_opener_opening(struct tl_opener *opener, uint32_t file);
/* From now on a process of its own opens. Call it before there are threads. */
enum tl_failure tl_opener_fork(struct tl_opener *opener, struct tl_error *error) TL_MUST_CHECK;

#endif
