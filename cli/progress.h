/* progress.h - the progress bar on standard error. */
#ifndef TL_CLI_PROGRESS_H
#define TL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tl_progress {
    bool wanted; /* standard error is a terminal and nothing else writes to it */
    bool drawn;
    unsigned width;  /* columns drawn */
    int64_t started; /* ns, monotonic */
};

/* `wanted` false: nothing is drawn. */
void tl_progress_init(struct tl_progress *progress, bool wanted);
/* Draws the bar if the run has lasted at least a second. total 0: unknown. */
void tl_progress_show(struct tl_progress *progress, uint64_t done, uint64_t total, uint64_t packets);
/* Erases the bar. */
void tl_progress_clear(struct tl_progress *progress);

#endif
