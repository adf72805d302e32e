/* display.c - asks for a display filter; a refused one stays in the line, with a mark under what is wrong. */
#include "ui/view/display.h"

#include <stdio.h>
#include <string.h>

#include "ui/tasks/display_filter.h"
#include "ui/tasks/field_filter.h"
#include "ui/tasks/filter_words.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"

static void open_line(struct tl_view *view, const char *text);

/* Blanks around a filter mean nothing. */
static const char *trim(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
    return text + strspn(text, " ");
}

void tl_display_set(struct tl_view *view, const char *text)
{
    struct tl_problem problem;
    char copy[TL_PROMPT_MOST];
    uint32_t at, len;
    snprintf(copy, sizeof copy, "%s", text);
    const char *wanted = trim(copy);
    const struct tl_display_filter *filter =
        *wanted != '\0' ? tl_display_filter_of(&view->filters, wanted, &problem) : NULL;
    if (*wanted != '\0' && filter == NULL) {
        open_line(view, wanted);
        struct tl_prompt *prompt = &view->prompt;
        snprintf(prompt->note, sizeof prompt->note, "%s", problem.text);
        prompt->wrong = true;
        prompt->wrong_at = problem.at < prompt->len ? problem.at : prompt->len;
        prompt->wrong_len = problem.len;
        return;
    }
    tl_shown_filter(view, filter);
    tl_view_turn_to(view, &tl_pane_packets);
    const char *note = filter != NULL ? tl_predicate_note(filter->predicate, &at, &len) : NULL;
    if (note != NULL)
        tl_view_say(view, false, "%s", note);
}

static const char *earlier(struct tl_view *view, unsigned n)
{
    const struct tl_display_filter *filter = view->filters;
    while (filter != NULL && n-- > 0)
        filter = filter->next;
    return filter != NULL ? filter->text : NULL;
}

static void complete(struct tl_prompt *prompt)
{
    struct tl_completed_word done;
    tl_filter_complete(prompt->text, prompt->len - prompt->after, &done);
    prompt->wrong = false;
    snprintf(prompt->note, sizeof prompt->note, "%s", done.note);
    if (!tl_prompt_replace(prompt, done.gone, done.text, strlen(done.text)))
        snprintf(prompt->note, sizeof prompt->note, "%s", "the filter is too long");
}

void tl_view_ask_names(struct tl_view *view, const char *label, const char *text,
                       void (*done)(struct tl_view *view, const char *text))
{
    tl_view_ask_again(view, label, text, done);
    view->prompt.complete = complete;
}

static void open_line(struct tl_view *view, const char *text)
{
    tl_view_ask_names(view, "Display filter: ", text, tl_display_set);
    view->prompt.earlier = earlier;
}

/* --- a filter from a field --- */

static const char by_field[] = "Up and Down: not, and, or, and not, or not";
static const char by_field_alone[] = "Up and Down: not";

/* The ways to use the filter of a field; where no filter is shown, only as it is and with not. */
static const char *variant(struct tl_view *view, unsigned n)
{
    const struct tl_display_filter *shown = tl_view_subset(view)->filter;
    struct tl_buffer b = { 0 };
    if (n >= (shown != NULL ? TL_FILTER_USES : TL_FILTER_AND))
        return NULL;
    tl_put_filters(&b, shown != NULL ? shown->text : "", view->filter_by, (enum tl_filter_use)n);
    tl_put_char(&b, '\0');
    if (!b.failed && b.len <= sizeof view->filter_made)
        memcpy(view->filter_made, b.data, b.len);
    tl_buffer_fini(&b);
    return view->filter_made;
}

void tl_view_filter_by(struct tl_view *view, const char *filter, size_t len)
{
    bool alone = tl_view_subset(view)->filter == NULL;
    snprintf(view->filter_by, sizeof view->filter_by, "%.*s", (int)len, filter);
    open_line(view, view->filter_by);
    view->prompt.earlier = variant;
    view->prompt.at_earlier = 1;
    snprintf(view->prompt.typing, sizeof view->prompt.typing, "%s", view->filter_by);
    snprintf(view->prompt.note, sizeof view->prompt.note, "%s", alone ? by_field_alone : by_field);
}

/* --- the key F --- */

void tl_display_ask(struct tl_view *view, void *state)
{
    const struct tl_display_filter *filter = tl_view_subset(view)->filter;
    (void)state;
    open_line(view, filter != NULL ? filter->text : "");
    view->prompt.at_earlier = filter != NULL && filter == view->filters; /* that is what is in the line */
}
