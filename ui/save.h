/* save.h - asks for a file to write: never one that is in use, and one that is there only if that is meant. */
#ifndef TL_UI_SAVE_H
#define TL_UI_SAVE_H

#include "ui/view.h"

/* begin() is called with the path, once it is clear that it may be written. */
void tl_save_ask(struct tl_view *view, const char *label, void (*begin)(struct tl_view *view, const char *path));

#endif
