/* progress.h - the bar on standard error that shows how far a longer run has come. */
#ifndef TL_CLI_PROGRESS_H
#define TL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tl_progress {
    bool wanted; /* standard error is a terminal that nothing else is written to */
    bool drawn;
    unsigned width;  /* columns of what stands there */
    int64_t started; /* ns, monotonic */
};

/* `wanted` false: nothing is ever drawn. */
void tl_progress_init(struct tl_progress *progress, bool wanted);
/* Draws the bar if the run has lasted a second. total 0: not known. */
void tl_progress_show(struct tl_progress *progress, uint64_t done, uint64_t total, uint64_t packets);
/* Takes the bar away. */
void tl_progress_clear(struct tl_progress *progress);

#endif
