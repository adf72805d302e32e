/*
 * target.h - the file that something is saved to: written beside it, and put in its place once it is whole, so that
 * what stood there stays until then. Where that cannot be, it is written in place.
 */
#ifndef TL_UI_TARGET_H
#define TL_UI_TARGET_H

#include "export/sinks.h"

struct tl_target {
    char path[4096];
    char beside[4096 + 24]; /* what is written; "": the file itself */
};

/* NULL and error on failure: then there is nothing to end. */
struct tl_output *tl_target_open(struct tl_target *target, const char *path, struct tl_error *error);
/* After its output was closed. whole: it takes its place. Else what was written goes, and error says what is left. */
void tl_target_end(struct tl_target *target, bool whole, struct tl_error *error);

#endif
