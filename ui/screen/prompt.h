/* prompt.h - a line of text that is typed. */
#ifndef TL_UI_PROMPT_H
#define TL_UI_PROMPT_H

#include "ui/screen/screen.h"

struct tl_view;

struct tl_prompt {
    const char *label; /* NULL: not open */
    char text[256];
    size_t len;
    bool proposed;     /* the text is a proposal: typing replaces it, Backspace edits it */
    void (*done)(struct tl_view *view, const char *text); /* of the view */
};

/* Edits the line, and closes it with Enter (returns true: the text is complete), Escape or one Backspace too many. */
bool tl_prompt_edit(struct tl_prompt *prompt, struct tl_typed typed);
void tl_prompt_show(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *line);

#endif
