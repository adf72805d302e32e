/* picker.h - before the view, if no input was named: choose an interface to capture from, or a file to read. */
#ifndef TL_UI_PICKER_H
#define TL_UI_PICKER_H

#include "ui/screen/binding.h"
#include "ui/screen/prompt.h"
#include "ui/screen/screen.h"
#include "ui/screen/signals.h"

struct tl_choice {
    bool interface; /* or a file */
    char name[TL_PROMPT_MOST];
};

struct tl_picker_options {
    const char *refused; /* why capturing is not possible, and what to do; NULL: it is */
    /* Opens the choice. On failure the error is shown and the user can choose again. */
    enum tl_failure (*open)(void *context, const struct tl_choice *choice, struct tl_error *error);
    void *context;
    const struct tl_view_signals *signals;
};

/* Runs until something is open: true; or until the user or a signal ends it: false. */
bool tl_picker_run(const struct tl_picker_options *options, struct tl_screen *screen);
/* For the man page; the context is the picker's own. */
extern const struct tl_binding tl_picker_bindings[];

#endif
