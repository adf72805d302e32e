/* save.c - one question, and a second one where the file is there already; then a task. */
#include "ui/tasks/save.h"

#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/tasks/target.h"

enum { DESCRIPTORS_MOST = 1 << 16 };

/* Inputs, and what is written beside the view, whatever it is called now: they are open. */
static bool is_in_use(const struct stat *file)
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

/* --- which file --- */

const char *tl_save_why_not(const struct tl_view *view)
{
    return view->save != NULL ? "something is being saved: Esc stops it" : NULL;
}

static void answered(struct tl_view *view, const char *text)
{
    struct stat st;
    bool yes = strcmp(text, "y") == 0 || strcmp(text, "yes") == 0;
    if (yes && stat(view->save_path, &st) == 0 && is_in_use(&st)) /* by now */
        tl_view_say(view, true, "%s is being read or written: name another file", view->save_path);
    else if (yes)
        view->save_begin(view, view->save_path);
    else
        tl_view_say(view, false, "not saved");
}

static void named(struct tl_view *view, const char *path)
{
    struct stat st;
    if (*path == '\0')
        return;
    snprintf(view->save_path, sizeof view->save_path, "%s", path);
    if (stat(path, &st) != 0)
        view->save_begin(view, path);
    else if (!S_ISREG(st.st_mode))
        tl_view_say(view, true, "%s is no file: name another", path);
    else if (is_in_use(&st))
        tl_view_say(view, true, "%s is being read or written: name another file", path);
    else
        tl_view_ask(view, "It is there already. Write over it (y, n)? ", answered);
}

void tl_save_ask(struct tl_view *view, const char *label, void (*begin)(struct tl_view *view, const char *path))
{
    const char *why = tl_save_why_not(view);
    view->save_begin = begin;
    if (why != NULL)
        tl_view_say(view, true, "%s", why);
    else
        tl_view_ask(view, label, named);
}

/* --- in its thread --- */

/* Live, the view does not run as who began it. */
static void explain(struct tl_error *error)
{
    struct tl_error why = *error;
    const struct passwd *user = getpwuid(geteuid());
    if (why.kind != TL_E_PERMISSION)
        return;
    *error = (struct tl_error){ 0 };
    tl_error_set(error, why.kind, "%s; the view runs as %s: save to /tmp, or begin with -Z USER", why.text,
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

/* --- in the view --- */

static void end(struct tl_view *view)
{
    struct tl_save *save = view->save;
    view->save = NULL;
    if (save->release != NULL)
        save->release(save);
    if (save->error.kind != TL_E_NONE)
        tl_view_say(view, true, "%s", save->error.text);
    else
        save->tell(view, save);
}

void tl_save_begin(struct tl_view *view, struct tl_save *save, const char *path)
{
    snprintf(save->path, sizeof save->path, "%s", path);
    save->error = (struct tl_error){ 0 };
    view->save = save;
    if (tl_task_start(&save->task, view->news, run, save))
        return;
    tl_error_set(&save->error, TL_E_RUNTIME, "cannot start a thread: nothing was saved");
    end(view);
}

bool tl_save_look(struct tl_view *view)
{
    bool ended = view->save != NULL && tl_task_ended(&view->save->task);
    if (ended)
        end(view);
    return ended;
}

bool tl_save_progress(const struct tl_view *view, char *text, size_t room)
{
    const struct tl_save *save = view->save;
    if (save != NULL)
        snprintf(text, room, "saving %.40s: %u %%, Esc stops it", save->path, tl_task_percent(&save->task));
    return save != NULL;
}

bool tl_save_stop(struct tl_view *view)
{
    if (view->save == NULL)
        return false;
    tl_task_stop(&view->save->task);
    end(view);
    return true;
}
