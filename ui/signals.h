/* signals.h - signals through a descriptor: there is no handler, and a thread that is made later takes none of them. */
#ifndef TL_UI_SIGNALS_H
#define TL_UI_SIGNALS_H

#include <signal.h>

#include "ui/screen.h"

struct tl_view_signals {
    int fd; /* to be polled */
    sigset_t before;
};

/* Takes what would end the program, and changes of the terminal's size. In the first thread, before there are others. */
enum tl_failure tl_view_signals_begin(struct tl_view_signals *signals, struct tl_error *error) TL_MUST_CHECK;
/* As it was before. */
/*
 * The screen is gone and the rest is waited for: whoever interrupts now means it. Not for a hangup: a terminal that dies may say
 * so twice.
 */
void tl_view_signals_release(void);
void tl_view_signals_end(struct tl_view_signals *signals);
/* Sees to what came. true: the program shall end. */
bool tl_view_signals_take(const struct tl_view_signals *signals, struct tl_screen *screen);

#endif
