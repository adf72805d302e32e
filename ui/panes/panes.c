/* panes.c - the list of panes. */
#include "ui/panes/pane.h"

#include "core/bytes.h"

const struct tl_pane *const tl_panes[] = {
#define TL_PANE(name) &tl_pane_##name,
#include "ui/panes/panes.def"
#undef TL_PANE
};

const unsigned tl_pane_count = TL_COUNT(tl_panes);
_Static_assert(TL_COUNT(tl_panes) <= TL_PANES_MOST, "TL_PANES_MOST");
