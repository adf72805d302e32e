/* complete.h - names of files are completed, as a shell does it. */
#ifndef TL_UI_COMPLETE_H
#define TL_UI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

enum { TL_COMPLETIONS_MOST = 64 };

/* What a name could become, without its folder: folders (with a slash) first, captures, then the rest. */
struct tl_completions {
    char *names[TL_COMPLETIONS_MOST]; /* owned */
    size_t count;
    size_t more; /* that there was no room for */
};

/*
 * Completes the path in text (room bytes with its end) as far as all that it could become agree. A folder that is the
 * only one gets its slash. Hidden names are for who begins with a dot.
 */
void tl_complete_path(char *text, size_t room, struct tl_completions *found);
void tl_completions_fini(struct tl_completions *completions);

#endif
