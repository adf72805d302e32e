/* prompt.h - a line of text that is typed. */
#ifndef TL_UI_PROMPT_H
#define TL_UI_PROMPT_H

#include "ui/screen/screen.h"

enum { TL_PROMPT_MOST = 1024, TL_PROMPT_NOTE = 1024 };

struct tl_view;

struct tl_prompt {
    const char *label; /* NULL: not open */
    char text[TL_PROMPT_MOST];
    size_t len;
    size_t after;      /* bytes of the text that are after the cursor */
    bool proposed;     /* the text is a proposal: typing replaces it, Backspace edits it */
    void (*done)(struct tl_view *view, const char *text); /* of the view */
    void (*complete)(struct tl_prompt *prompt);           /* the key Tab; NULL: nothing */
    /* Lines that were typed before, the newest first; NULL: none, or no more. For the keys Up and Down. */
    const char *(*earlier)(struct tl_view *view, unsigned n);
    unsigned at_earlier; /* the line shown is earlier(at_earlier - 1); 0: it is being typed */
    char typing[TL_PROMPT_MOST]; /* what was typed, while an earlier line is shown */
    /* Shown below the line (why it is wrong, with a mark under the place) or above it; until the next key. */
    char note[TL_PROMPT_NOTE]; /* "": nothing */
    bool wrong;
    size_t wrong_at, wrong_len; /* bytes of the text; wrong_len 0: one cell */
};

/* Edits the line, and closes it with Enter (returns true: the text is complete), Escape or one Backspace too many. */
bool tl_prompt_edit(struct tl_prompt *prompt, struct tl_typed typed);
/* Replaces the text (not if it is too long); the cursor is at its end. */
void tl_prompt_set(struct tl_prompt *prompt, const char *text);
/* Replaces the `gone` bytes before the cursor by n others. false: there is no room. */
bool tl_prompt_replace(struct tl_prompt *prompt, size_t gone, const char *bytes, size_t n);
/* Draws it at the bottom of the area. */
void tl_prompt_show(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *area);

#endif
