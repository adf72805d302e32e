/* signals.h - signals through a descriptor: no handlers, and threads that are made later get none of them. */
#ifndef TL_UI_SIGNALS_H
#define TL_UI_SIGNALS_H

#include <signal.h>

#include "ui/screen/screen.h"

struct tl_view_signals {
    int fd; /* for poll() */
    sigset_t before;
};

/*
 * Takes over the signals that would end the program, and changes of the terminal's size. Call it in the first thread,
 * before there are others.
 */
enum tl_failure tl_view_signals_begin(struct tl_view_signals *signals, struct tl_error *error) TL_MUST_CHECK;
/*
 * The screen is closed and only outputs are waited for: signals end the program again. Not SIGHUP: a terminal that dies
 * may send it twice.
 */
void tl_view_signals_release(void);
/* Restores the signal mask. */
void tl_view_signals_end(struct tl_view_signals *signals);

enum tl_signalled {
    TL_SIGNALLED_NOTHING,
    TL_SIGNALLED_QUESTION, /* SIGUSR1: asks for the counters */
    TL_SIGNALLED_END,      /* the program is to end */
};
/* Handles the signals that came. */
enum tl_signalled tl_view_signals_take(const struct tl_view_signals *signals, struct tl_screen *screen);

#endif
