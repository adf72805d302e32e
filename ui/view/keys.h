/* keys.h - dispatches keys and clicks. */
#ifndef TL_UI_KEYS_H
#define TL_UI_KEYS_H

#include "ui/screen/screen.h"

struct tl_view;

void tl_keys_typed(struct tl_view *view, struct tl_typed typed);

#endif
