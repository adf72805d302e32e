/* frame.h - a frame of the screen. */
#ifndef TL_UI_FRAME_H
#define TL_UI_FRAME_H

struct tl_view;

void tl_frame_draw(struct tl_view *view);

#endif
