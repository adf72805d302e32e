/* rescue.h - restores the terminal if the program crashes while it shows the view. */
#ifndef TL_UI_RESCUE_H
#define TL_UI_RESCUE_H

/*
 * From here on a fault (SIGSEGV, SIGABRT and the like) first restores the terminal to its present state; then the
 * signal has its earlier effect. out, in: the terminal's descriptors. For one screen at a time, before curses begins.
 */
void tl_rescue_begin(int out, int in);
/* curses has begun: learns from terminfo how to leave the modes of the view. */
void tl_rescue_learn(void);
/* The terminal was restored: faults have their earlier effect again. */
void tl_rescue_end(void);

#endif
