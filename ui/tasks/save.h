/*
 * save.h - something is saved, one thing at a time: asks for a file to write, never one that is in use, and one that is
 * there only if that is meant; writes it in a thread of its own, and tells what came of it.
 */
#ifndef TL_UI_SAVE_H
#define TL_UI_SAVE_H

#include "export/sinks.h"
#include "ui/tasks/task.h"
#include "ui/view/view.h"

/* First member of what is saved. */
struct tl_save {
    struct tl_task task;
    char path[256];
    struct tl_error error;
    /* In the task's thread. The output is taken over; false: what was written is not all (called off, or error). */
    bool (*write)(struct tl_save *save, struct tl_output *output);
    /* In the view, once the thread has ended: gives back what was taken for it; NULL: nothing. */
    void (*release)(struct tl_save *save);
    /* All was written: says so. */
    void (*tell)(struct tl_view *view, const struct tl_save *save);
};

/* Why nothing can be saved now; NULL: it can. */
const char *tl_save_why_not(const struct tl_view *view);
/* begin() is called with the path, once it is clear that it may be written. */
void tl_save_ask(struct tl_view *view, const char *label, void (*begin)(struct tl_view *view, const char *path));
void tl_save_begin(struct tl_view *view, struct tl_save *save, const char *path);

/* It has ended: it is told. Called by the main loop. */
bool tl_save_look(struct tl_view *view);
bool tl_save_progress(const struct tl_view *view, char *text, size_t room);
/* Called off, and told; false: none was on its way. */
bool tl_save_stop(struct tl_view *view);

#endif
