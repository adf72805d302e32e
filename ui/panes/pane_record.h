/* pane_record.h - what the list of transactions asks of the pane below it. */
#ifndef TL_UI_PANE_RECORD_H
#define TL_UI_PANE_RECORD_H

#include "ui/panes/pane.h"

/* Shows this transaction of the store. open: the pane appears and gets the keys; otherwise only if it is open. */
void tl_record_show(struct tl_view *view, uint32_t index, bool open);

#endif
