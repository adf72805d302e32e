/*
 * keylog.c - a key log is chosen: files are read again with its secrets. Of other inputs the sessions that begin from then
 * on are decrypted, because the packets before them have passed; a capture also takes what is appended to the file.
 */
#include "ui/view/keylog.h"

#include "ui/screen/complete.h"
#include "ui/view/filter.h"
#include "ui/view/state.h"

static void apply(struct tl_view *view, const char *path)
{
    const struct tl_view_options *o = view->options;
    struct tl_error error = { 0 };
    if (*path == '\0')
        return;
    if (o->add_keylog(o->context, path, &error) != TL_E_NONE) {
        tl_view_say(view, true, "%s", error.text);
        return;
    }
    const char *why = o->live ? NULL : tl_filter_why_not(view);
    if (o->live || why != NULL)
        tl_view_say(view, false, "sessions that begin from now on are decrypted%s%s", why != NULL ? ": " : "",
                    why != NULL ? why : "");
    else if (tl_filter_read_again(view))
        tl_view_say(view, false, "the packets are read again with the key log");
}

static void complete(struct tl_prompt *prompt)
{
    struct tl_completions found = { .count = 0 };
    if (prompt->after > 0)
        return;
    tl_complete_path(prompt->text, sizeof prompt->text, &found);
    tl_completions_fini(&found);
    prompt->len = strlen(prompt->text);
}

void tl_keylog_ask(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask(view, "Key log (SSLKEYLOGFILE) to decrypt with: ", apply);
    view->prompt.complete = complete;
}
