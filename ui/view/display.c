/* display.c - asks for a display filter; a refused one stays in the line, with a mark under what is wrong. */
#include "ui/view/display.h"

#include <stdio.h>
#include <string.h>

#include "ui/tasks/display_filter.h"
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

static void typed(struct tl_view *view, const char *text)
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

static void open_line(struct tl_view *view, const char *text)
{
    tl_view_ask_again(view, "Display filter: ", text, typed);
    view->prompt.earlier = earlier;
    view->prompt.complete = complete;
}

void tl_display_ask(struct tl_view *view, void *state)
{
    const struct tl_display_filter *filter = tl_view_subset(view)->filter;
    (void)state;
    open_line(view, filter != NULL ? filter->text : "");
    view->prompt.at_earlier = filter != NULL && filter == view->filters; /* that is what is in the line */
}
