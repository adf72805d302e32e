/* pane_record.h - what the lists of transactions, files and flows ask of the panes below them. */
#ifndef TL_UI_PANE_RECORD_H
#define TL_UI_PANE_RECORD_H

#include "ui/panes/pane.h"

/*
 * Shows this transaction of the store in a pane: tl_pane_record, below the transactions, or tl_pane_content, below the
 * files. open: the pane appears and gets the keys; otherwise only if it is open.
 */
void tl_record_show(struct tl_view *view, const struct tl_pane *pane, uint32_t index, bool open);

/* Explains this flow of the store in tl_pane_explanation, below the flows, which gets the keys. */
void tl_explanation_show(struct tl_view *view, uint32_t flow);

#endif
