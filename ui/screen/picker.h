/* picker.h - before the view, where nothing was named: which interface to capture from, or which file to read. */
#ifndef TL_UI_PICKER_H
#define TL_UI_PICKER_H

#include "ui/screen/binding.h"
#include "ui/screen/screen.h"
#include "ui/screen/signals.h"

struct tl_choice {
    bool interface; /* or a file */
    char name[256];
};

struct tl_picker_options {
    const char *refused; /* why nothing can be captured, and what to do; NULL: it can */
    /* Opens what was chosen. On failure the error is shown and another can be chosen. */
    enum tl_failure (*open)(void *context, const struct tl_choice *choice, struct tl_error *error);
    void *context;
    const struct tl_view_signals *signals;
};

/* Until something is open: true; or until the user leaves, or a signal ends it: false. */
bool tl_picker_run(const struct tl_picker_options *options, struct tl_screen *screen);
/* For the man page; their context is the picker's own. */
extern const struct tl_binding tl_picker_bindings[];

#endif
