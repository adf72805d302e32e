/* view.h - the whole view: opens the terminal, runs an engine and shows what it finds. */
#ifndef TL_UI_VIEW_H
#define TL_UI_VIEW_H

#include "ui/view/options.h"

/* Opens the terminal as configured. NULL and error on failure. */
struct tl_screen *tl_view_open_screen(const struct tl_config *config, struct tl_error *error);
/*
 * Opens the terminal, runs the engine in a thread of its own and the view in this one, until the user or a signal ends
 * it; restores the terminal. Returns the engine's failure, or the view's.
 */
enum tl_failure tl_view_run(const struct tl_view_options *options, struct tl_error *error);

#endif
