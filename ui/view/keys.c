/* keys.c - dispatches keys and clicks. */
#include "ui/view/keys.h"

#include <stdio.h>

#include "ui/view/bindings.h"
#include "ui/view/finding.h"
#include "ui/view/help.h"
#include "ui/view/layout.h"
#include "ui/view/saving.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"
#include "ui/view/tabs.h"

enum { WHEEL_LINES = 3 };

static bool obey(struct tl_view *view, const struct tl_binding *keys, int key)
{
    for (; keys != NULL && keys->key != 0; keys++) {
        if (keys->key != key)
            continue;
        keys->act(view, view->states[view->focus]);
        return true;
    }
    return false;
}

static void clicked(struct tl_view *view, struct tl_typed typed)
{
    int rows, columns;
    unsigned pane = tl_layout_pane_at(view, typed.row);
    tl_screen_size(view->screen, &rows, &columns);
    if (typed.row < tl_tabs_rows(rows) && typed.key == TL_KEY_CLICK && view->overlay == TL_OVERLAY_NONE) {
        unsigned page = tl_tabs_at(view, columns, typed.column);
        if (page < tl_pane_count && !tl_layout_on_page(view, page))
            tl_view_turn_to(view, tl_panes[page]);
        return;
    }
    if (pane == tl_pane_count)
        return;
    const struct tl_area *area = &view->areas[pane];
    bool right = typed.key == TL_KEY_RIGHT_CLICK, wheel = !right && typed.key != TL_KEY_CLICK;
    if (view->focus != pane && !wheel)
        tl_view_turn_to(view, tl_panes[pane]);
    for (int i = 0; wheel && i < WHEEL_LINES && tl_panes[pane]->move != NULL; i++)
        tl_panes[pane]->move(view, view->states[pane], typed.key == TL_KEY_WHEEL_UP ? TL_MOVE_UP : TL_MOVE_DOWN);
    if (!wheel && tl_panes[pane]->click != NULL && typed.row >= area->row)
        tl_panes[pane]->click(view, view->states[pane], area, typed.row - area->row, typed.column - area->column);
    if (right && typed.row >= area->row) /* where a pane makes filters, this one is of the line under the mouse */
        (void)obey(view, tl_panes[pane]->keys, 'A');
}

/* Shows a line that was typed earlier, or a later one; after the newest the one that was being typed. */
static void recall(struct tl_view *view, bool earlier)
{
    struct tl_prompt *prompt = &view->prompt;
    unsigned at = prompt->at_earlier + (earlier ? 1 : prompt->at_earlier > 0 ? -1u : 0);
    const char *text = at > 0 ? prompt->earlier(view, at - 1) : prompt->typing;
    if (text == NULL || at == prompt->at_earlier)
        return;
    if (prompt->at_earlier == 0)
        snprintf(prompt->typing, sizeof prompt->typing, "%s", prompt->text);
    prompt->note[0] = '\0';
    prompt->at_earlier = at;
    tl_prompt_set(prompt, text);
}

static void answer(struct tl_view *view, struct tl_typed typed)
{
    struct tl_prompt *prompt = &view->prompt;
    size_t len = prompt->len;
    if (prompt->earlier != NULL && (typed.key == TL_KEY_UP || typed.key == TL_KEY_DOWN)) {
        recall(view, typed.key == TL_KEY_UP);
    } else if (prompt->complete != NULL && typed.key == TL_KEY_TAB) {
        prompt->complete(prompt);
    } else if (tl_prompt_edit(prompt, typed)) {
        struct tl_prompt taken = *prompt; /* done() may ask for another line */
        taken.done(view, taken.text);
    } else if (prompt->len != len) {
        prompt->at_earlier = 0; /* it is another line now */
    }
}

static void say_nothing_done(struct tl_view *view, int key)
{
    char name[16] = "this key";
    if (key > ' ' && key < 0x7f)
        snprintf(name, sizeof name, "%c", key);
    else if (key > 0 && key < ' ' && key != TL_KEY_ENTER)
        snprintf(name, sizeof name, "Ctrl-%c", key + '@');
    else if (key == TL_KEY_ESCAPE)
        snprintf(name, sizeof name, "Esc");
    if (key != TL_KEY_NONE)
        tl_view_does_nothing(view, name);
}

void tl_keys_typed(struct tl_view *view, struct tl_typed typed)
{
    view->dirty = true;
    view->message[0] = '\0';
    if (typed.key == TL_KEY_RESIZED)
        return;
    if (typed.key == TL_KEY_GONE) {
        view->quit = true;
    } else if (view->prompt.label != NULL) {
        answer(view, typed);
    } else if (typed.key == TL_KEY_ESCAPE &&
               (tl_finding_stop(view) || tl_saving_stop(view) || tl_shown_stop(view))) {
        return;
    } else if (view->overlay != TL_OVERLAY_NONE) {
        tl_help_typed(view, typed.key);
    } else if (typed.key == TL_KEY_CLICK || typed.key == TL_KEY_RIGHT_CLICK || typed.key == TL_KEY_WHEEL_UP ||
               typed.key == TL_KEY_WHEEL_DOWN) {
        clicked(view, typed);
    } else if (!obey(view, tl_panes[view->focus]->keys, typed.key) && !obey(view, tl_view_bindings, typed.key)) {
        say_nothing_done(view, typed.key);
    }
}
