/* save.c - the task that writes a file. */
#include "ui/tasks/save.h"

#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/tasks/target.h"

enum { DESCRIPTORS_MOST = 1 << 16 };

/* Inputs and outputs are open, whatever their names are now. */
bool tl_save_is_in_use(const struct stat *file)
{
    struct rlimit limit = { .rlim_cur = DESCRIPTORS_MOST };
    struct stat st;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    int end = limit.rlim_cur < DESCRIPTORS_MOST ? (int)limit.rlim_cur : DESCRIPTORS_MOST;
    for (int fd = 0; fd < end; fd++) {
        if (fstat(fd, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino)
            return true;
    }
    return false;
}

/* In live mode the view does not run as the user who started it. */
static void explain(struct tl_error *error)
{
    struct tl_error why = *error;
    const struct passwd *user = getpwuid(geteuid());
    if (why.kind != TL_E_PERMISSION)
        return;
    *error = (struct tl_error){ 0 };
    tl_error_set(error, why.kind, "%s; the view runs as %s: save to /tmp, or start with -Z USER", why.text,
                 user != NULL ? user->pw_name : "another user");
}

static void run(struct tl_task *task, void *context)
{
    struct tl_save *save = context;
    struct tl_target target;
    struct tl_output *output = tl_target_open(&target, save->path, &save->error);
    if (output == NULL) {
        explain(&save->error);
        return;
    }
    bool whole = save->write(save, output);
    if (!whole && tl_task_is_off(task))
        tl_error_set(&save->error, TL_E_RUNTIME, "saving was stopped");
    tl_target_end(&target, whole, &save->error);
}

/* --- in the caller's thread --- */

bool tl_save_start(struct tl_save *save, const char *path, int news)
{
    snprintf(save->path, sizeof save->path, "%s", path);
    save->error = (struct tl_error){ 0 };
    if (tl_task_start(&save->task, news, run, save))
        return true;
    tl_error_set(&save->error, TL_E_RUNTIME, "cannot start a thread: nothing was saved");
    return false;
}
