/* complete.h - completes file names, as a shell does. */
#ifndef TL_UI_COMPLETE_H
#define TL_UI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

enum { TL_COMPLETIONS_MOST = 64 };

/* Candidates for a name, without their folder: folders (with a slash) first, captures, then the rest. */
struct tl_completions {
    char *names[TL_COMPLETIONS_MOST]; /* owned */
    size_t count;
    size_t more; /* candidates that did not fit */
};

/*
 * Extends the path in text (room bytes with the NUL) by the common prefix of all candidates. A folder that is the only
 * candidate gets its slash. Hidden names need a leading dot.
 */
void tl_complete_path(char *text, size_t room, struct tl_completions *found);
void tl_completions_fini(struct tl_completions *completions);

#endif
