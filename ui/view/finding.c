/* finding.c - asks what to search, and shows what was found. */
#include "ui/view/finding.h"

#include <stdio.h>

#include "ui/view/shown.h"
#include "ui/view/state.h"

void tl_view_search(struct tl_view *view, const struct tl_needle *needle, enum tl_search_scope scope,
                    const struct tl_search_place *from, bool backwards)
{
    const struct tl_search_query query = { .needle = *needle, .rows = tl_shown_rows(view), .scope = scope,
                                           .from = *from, .backwards = backwards };
    view->to_land = false;
    if (!tl_search_start(view->search, &query, &view->source, view->news))
        tl_view_say(view, true, "cannot start a thread: nothing was searched");
}

bool tl_finding_stop(struct tl_view *view)
{
    if (!tl_search_stop(view->search))
        return false;
    tl_view_say(view, false, "search stopped");
    return true;
}

bool tl_finding_look(struct tl_view *view)
{
    const struct tl_search_query *query = tl_search_query(view->search);
    const struct tl_search_result *result = tl_search_result(view->search);
    if (!tl_search_ended(view->search))
        return false;
    if (result->failed) {
        tl_view_say(view, true, "out of memory: nothing was searched");
    } else if (!result->found && result->gone > 0) {
        tl_view_say(view, true, "not found: %s; the bytes of %llu packet%s are gone", query->needle.text,
                    (unsigned long long)result->gone, result->gone == 1 ? "" : "s");
    } else if (!result->found) {
        tl_view_say(view, true, "not found: %s", query->needle.text);
    } else {
        view->to_land = true;
        view->follow = false;
        tl_view_choose(view, result->place.row);
        if (result->wrapped)
            tl_view_say(view, false, "found, continued from the %s%s", query->backwards ? "end" : "beginning",
                        result->in_bytes ? "; it is in the bytes" : "");
        else if (result->in_bytes)
            tl_view_say(view, false, "found in the bytes: Tab to them, / finds the place");
    }
    return result->found;
}

bool tl_finding_progress(const struct tl_view *view, char *text, size_t room)
{
    if (!tl_search_runs(view->search))
        return false;
    snprintf(text, room, "searching for %.40s: %u %%, Esc stops it", tl_search_query(view->search)->needle.text,
             tl_search_percent(view->search));
    return true;
}

bool tl_view_take_found(struct tl_view *view, enum tl_search_scope scope, struct tl_search_place *place)
{
    const struct tl_search_result *result = tl_search_result(view->search);
    if (!view->to_land || tl_search_query(view->search)->scope != scope || view->tree == NULL ||
        view->tree->row != result->place.row)
        return false;
    *place = result->place;
    view->to_land = false;
    return true;
}

/* --- keys --- */

static void look(struct tl_view *view, bool backwards)
{
    const struct tl_pane *pane = tl_panes[view->focus];
    if (pane->find == NULL)
        tl_view_say(view, false, "nothing can be searched here");
    else if (view->needle.len == 0)
        tl_view_say(view, false, "search with / first");
    else
        pane->find(view, view->states[view->focus], &view->needle, backwards);
}

static void typed(struct tl_view *view, const char *text)
{
    if (*text != '\0' && !tl_needle_set(&view->needle, text)) {
        tl_view_say(view, true, "'%s': 0x needs an even number of hexadecimal digits", text);
        return;
    }
    look(view, false);
}

static void typed_regex(struct tl_view *view, const char *text)
{
    char why[128];
    if (*text != '\0' && !tl_needle_set_regex(&view->needle, text, &view->regexes, why, sizeof why)) {
        tl_view_say(view, true, "'%s': %s", text, why);
        return;
    }
    look(view, false);
}

void tl_finding_ask_regex(struct tl_view *view, void *state)
{
    (void)state;
    if (tl_panes[view->focus]->find == NULL)
        tl_view_say(view, false, "nothing can be searched here");
    else
        tl_view_ask(view, "Search (regular expression): ", typed_regex);
}

void tl_finding_ask(struct tl_view *view, void *state)
{
    (void)state;
    if (tl_panes[view->focus]->find == NULL)
        tl_view_say(view, false, "nothing can be searched here");
    else
        tl_view_ask(view, "Search (text, or 0x and bytes): ", typed);
}

void tl_finding_next(struct tl_view *view, void *state)
{
    (void)state;
    look(view, false);
}

void tl_finding_before(struct tl_view *view, void *state)
{
    (void)state;
    look(view, true);
}
