/*
 * frames.h - how long the view takes, for scripts/bench: with TAPLIGHT_FRAMES=FILE in the environment, each frame is a
 * line of FILE with these numbers:
 *
 *   ms     since the view began
 *   draw   microseconds from the beginning of the frame to the terminal's having all of it
 *   keys   microseconds since the key or click that this frame answers, 0 where it answers none
 *   whole  1: all that is on the screen is there, 0: some of it is still being decoded
 *   cpu    microseconds of processor time that the view's thread has used so far
 *
 * A key stays unanswered until the first whole frame after it.
 */
#ifndef TL_UI_FRAMES_H
#define TL_UI_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tl_frames {
    FILE *out; /* owned; NULL: nothing is measured */
    int64_t begun, typed, frame; /* CLOCK_MONOTONIC, ns; typed 0: no key waits */
};

/* Measures nothing if the variable is not set or the file cannot be written. */
void tl_frames_begin(struct tl_frames *frames);
void tl_frames_end(struct tl_frames *frames);
/* A key came. */
void tl_frames_typed(struct tl_frames *frames);
/* A frame begins; it is on the screen. */
void tl_frames_draw(struct tl_frames *frames);
void tl_frames_drawn(struct tl_frames *frames, bool whole);

#endif
