/* save.c - one question, and a second one where the file is there already. */
#include "ui/save.h"

#include <string.h>
#include <sys/stat.h>

static bool is_input(const struct tl_view *view, const struct stat *st)
{
    struct stat input;
    for (uint32_t i = 0; i < view->source.input_count; i++) {
        if (stat(view->source.inputs[i], &input) == 0 && input.st_dev == st->st_dev && input.st_ino == st->st_ino)
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
    else if (is_input(view, &st))
        tl_view_say(view, true, "%s is being read: name another file", path);
    else if (!S_ISREG(st.st_mode))
        tl_view_say(view, true, "%s is no file: name another", path);
    else
        tl_view_ask(view, "It is there already. Write over it (y, n)? ", answered);
}

void tl_save_ask(struct tl_view *view, const char *label, void (*begin)(struct tl_view *view, const char *path))
{
    view->save_begin = begin;
    tl_view_ask(view, label, named);
}
