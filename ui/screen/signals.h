/* signals.h - signals through a descriptor: there is no handler, and a thread that is made later takes none of them. */
#ifndef TL_UI_SIGNALS_H
#define TL_UI_SIGNALS_H

#include <signal.h>

#include "ui/screen/screen.h"

struct tl_view_signals {
    int fd; /* to be polled */
    sigset_t before;
};

/*
 * Takes what would end the program, and changes of the terminal's size. In the first thread, before there are others.
 */
enum tl_failure tl_view_signals_begin(struct tl_view_signals *signals, struct tl_error *error) TL_MUST_CHECK;
/*
 * The screen is gone and the rest is waited for: whoever interrupts now means it. Not for a hangup: a terminal that
 * dies may say so twice.
 */
void tl_view_signals_release(void);
/* As it was before. */
void tl_view_signals_end(struct tl_view_signals *signals);

enum tl_signalled {
    TL_SIGNALLED_NOTHING,
    TL_SIGNALLED_QUESTION, /* SIGUSR1: what was counted? */
    TL_SIGNALLED_END,      /* the program shall end */
};
/* Sees to what came. */
enum tl_signalled tl_view_signals_take(const struct tl_view_signals *signals, struct tl_screen *screen);

#endif
