/* window.h - the view, as the options require it. */
#ifndef TL_CLI_WINDOW_H
#define TL_CLI_WINDOW_H

#include "cli/options.h"
#include "ui/view/config.h"
#include "ui/screen/screen.h"

/* Opens the inputs and runs the view until the user quits. */
enum tl_failure tl_window_run(const struct tl_options *options, struct tl_error *error);

#endif
