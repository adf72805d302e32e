/* rescue.h - gives the terminal back where the program dies while it shows the view. */
#ifndef TL_UI_RESCUE_H
#define TL_UI_RESCUE_H

/*
 * From here on a fault (SIGSEGV, SIGABRT and the like) first makes the terminal what it is now; then what the signal
 * did before is done. out, in: the terminal's descriptors. For one screen at a time, before curses begins.
 */
void tl_rescue_begin(int out, int in);
/* curses has begun, and so it is known how this terminal is taken out of what the view puts it into. */
void tl_rescue_learn(void);
/* The terminal was given back: faults are as they were before. */
void tl_rescue_end(void);

#endif
