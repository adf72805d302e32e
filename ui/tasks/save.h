/* save.h - writes something to a file, in a thread of its own. */
#ifndef TL_UI_SAVE_H
#define TL_UI_SAVE_H

#include <sys/stat.h>

#include "core/buffer.h"
#include "export/sinks.h"
#include "ui/tasks/task.h"

/* First member of what is saved. */
struct tl_save {
    struct tl_task task;
    char path[256];
    struct tl_error error;
    /* In the task's thread. Takes over the output. false: the file is incomplete (stopped, or error is set). */
    bool (*write)(struct tl_save *save, struct tl_output *output);
    /* Once the thread has ended: frees what was taken for it; NULL: nothing. */
    void (*release)(struct tl_save *save);
    /* After release(), where there is no error: what was saved, in a line. true: something is missing in the file. */
    bool (*put_result)(const struct tl_save *save, struct tl_buffer *out);
};

/* The process has this file open. */
bool tl_save_is_in_use(const struct stat *file);
/* false: no thread could be started, and error is set. news: an eventfd that is written at the end. */
bool tl_save_start(struct tl_save *save, const char *path, int news);

#endif
