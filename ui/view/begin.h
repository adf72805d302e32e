/* begin.h - the view begins with an engine, at first and with another filter. */
#ifndef TL_UI_BEGIN_H
#define TL_UI_BEGIN_H

#include "ui/view/options.h"

struct tl_view;

/* Bytes that panes and tasks may take together. */
size_t tl_view_panes_memory(const struct tl_view_options *options);
/*
 * Begins with an engine, which is taken over, in place of the one before: all that was shown is gone. false and error:
 * nothing can be shown any more.
 */
bool tl_view_begin(struct tl_view *view, struct tl_engine *engine, struct tl_error *error);
/* Ends all that depends on the store. */
void tl_view_forget(struct tl_view *view);

#endif
