/*
 * target.h - the file that something is saved to: written under a temporary name in the same folder, and renamed once
 * it is whole, so that the old contents stay until then. If that is not possible, the file is written in place.
 */
#ifndef TL_UI_TARGET_H
#define TL_UI_TARGET_H

#include "export/sinks.h"

struct tl_target {
    char path[4096];
    char temporary[4096 + 24]; /* the name that is written; "": path itself */
};

/* NULL and error on failure: then tl_target_end() is not called. */
struct tl_output *tl_target_open(struct tl_target *target, const char *path, struct tl_error *error);
/* After its output was closed. whole: renames it. Otherwise removes it, and adds to error what is left. */
void tl_target_end(struct tl_target *target, bool whole, struct tl_error *error);

#endif
