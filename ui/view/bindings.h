/* bindings.h - the keys of the whole view. */
#ifndef TL_UI_BINDINGS_H
#define TL_UI_BINDINGS_H

#include "ui/screen/binding.h"

extern const struct tl_binding tl_view_bindings[];

#endif
