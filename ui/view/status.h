/* status.h - the last line of the screen. */
#ifndef TL_UI_STATUS_H
#define TL_UI_STATUS_H

#include "ui/screen/screen.h"

struct tl_view;

/* At the bottom of this screen. */
void tl_status_draw(struct tl_view *view, const struct tl_area *screen);

#endif
