/* save.c - one question, and a second one where the file is there already. */
#include "ui/save.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

static void answered(struct tl_view *view, const char *text)
{
    if (strcmp(text, "y") == 0 || strcmp(text, "yes") == 0)
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
    view->save_begin = begin;
    tl_view_ask(view, label, named);
}
