/*
 * screen.h - the terminal: curses, colours, mouse, and text that is safe to show. Nothing else in ui/ calls curses. The
 * one place where bytes from the wire become characters on a terminal.
 */
#ifndef TL_UI_SCREEN_H
#define TL_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

struct tl_screen;

/* A rectangle of the terminal, in cells. */
struct tl_area {
    int row, column, rows, columns;
};

enum tl_style {
    TL_STYLE_TEXT,
    TL_STYLE_DIM,      /* less important: offsets, what is not there yet */
    TL_STYLE_HEADING,  /* of columns */
    TL_STYLE_TITLE,    /* of a pane */
    TL_STYLE_FOCUS,    /* of the pane that has the keys */
    TL_STYLE_CURSOR,   /* the chosen line, in the pane that has the keys */
    TL_STYLE_CHOSEN,   /* the chosen line, in the other panes */
    TL_STYLE_LIT,      /* bytes or text of what is chosen */
    TL_STYLE_STATUS,
    TL_STYLE_WRONG,    /* malformed, failed, gone */
    TL_STYLE_LAYER,    /* a protocol in the tree */
    TL_STYLE_ORIG,     /* the originator */
    TL_STYLE_RESP,     /* the responder */
    TL_STYLE_GOOD,     /* a state: it goes on */
    TL_STYLE_POOR,     /* a state: refused, reset, unanswered */
    TL_STYLE_KIND_1,   /* kinds of protocols, which are only told apart: */
    TL_STYLE_KIND_2,
    TL_STYLE_KIND_3,
    TL_STYLE_KIND_4,
    TL_STYLE_KIND_5,
    TL_STYLE_COUNT,
    TL_STYLE_RULE = TL_STYLE_COUNT, /* colours that are defined with tl_screen_define(): the first one of these */
    TL_STYLE_ALL = TL_STYLE_RULE + 40
};

/* Keys: a character as it was typed (Unicode), or one of these. */
enum tl_key_code {
    TL_KEY_NONE = -1,
    TL_KEY_FIRST = 0x200000, /* after the last of Unicode */
    TL_KEY_UP,
    TL_KEY_DOWN,
    TL_KEY_LEFT,
    TL_KEY_RIGHT,
    TL_KEY_PAGE_UP,
    TL_KEY_PAGE_DOWN,
    TL_KEY_HOME,
    TL_KEY_END,
    TL_KEY_ENTER,
    TL_KEY_TAB,
    TL_KEY_BACK_TAB,
    TL_KEY_BACKSPACE,
    TL_KEY_DELETE,
    TL_KEY_ESCAPE,
    TL_KEY_RESIZED,
    TL_KEY_CLICK,      /* with a place */
    TL_KEY_RIGHT_CLICK,
    TL_KEY_WHEEL_UP,
    TL_KEY_WHEEL_DOWN,
    TL_KEY_GONE,       /* the terminal is gone: no more keys come */
};

struct tl_typed {
    int key;
    int row, column; /* of the mouse */
};

struct tl_screen_options {
    const char *theme; /* "default", "bright" or "mono"; NULL: default. NO_COLOR makes every theme mono */
    bool ascii;        /* lines of ASCII even where the locale has UTF-8 */
    bool no_mouse;
};

/* Standard output and a terminal for input are there, and TERM can move the cursor. */
bool tl_screen_possible(void);
/* "ncurses 6.4.20221231". */
const char *tl_screen_version(void);
bool tl_screen_theme_known(const char *theme);
/* Takes over the terminal. NULL and error on failure. */
struct tl_screen *tl_screen_open(const struct tl_screen_options *options, struct tl_error *error);
/* Restores the terminal. */
void tl_screen_close(struct tl_screen *screen);
/* Readable when something was typed. */
int tl_screen_fd(const struct tl_screen *screen);
void tl_screen_size(const struct tl_screen *screen, int *rows, int *columns);
/* The terminal's size has changed (SIGWINCH). */
void tl_screen_resize(struct tl_screen *screen);
/* The next key, or TL_KEY_NONE: never waits. */
struct tl_typed tl_screen_read(struct tl_screen *screen);

/* Asks the terminal to put the text on its clipboard (OSC 52); some terminals refuse, without an answer. */
void tl_screen_copy(struct tl_screen *screen, const char *text, size_t len);
/* The terminal and the theme have colours. */
bool tl_screen_has_colours(const struct tl_screen *screen);
/*
 * Gives the nth style from TL_STYLE_RULE on its colours: 0 to 7, 8 to 15 are bright ones, -1 is the terminal's own. Where
 * the terminal has no bright colours, bright text is bold.
 */
void tl_screen_define(struct tl_screen *screen, unsigned nth, int foreground, int background);
/* The terminal can show more than ASCII: lines, Braille. */
bool tl_screen_has_lines(const struct tl_screen *screen);

/* A frame: erase, draw, show. */
void tl_screen_erase(struct tl_screen *screen);
void tl_screen_show(struct tl_screen *screen);

/*
 * Text within the area, at a place counted from its corner, cut at `width` cells or the area's edge. Of the text
 * (UTF-8) control characters, wrong bytes and what the locale cannot show come out as one '?' each. Returns the cells
 * used.
 */
int tl_screen_text(struct tl_screen *screen, const struct tl_area *area, int row, int column, int width,
                   enum tl_style style, const char *text, size_t len);
/*
 * Wraps text at spaces: returns the bytes that fit in a row of `width` cells, and in next the begin of the next row.
 * Without a space, or with `anywhere`, it wraps between any two characters.
 */
size_t tl_screen_wrap(const struct tl_screen *screen, const char *text, size_t len, int width, bool anywhere,
                      size_t *next);
/* Draws the whole text, wrapped, from a row on (rows above the area are not drawn). Returns the rows it takes. */
int tl_screen_wrapped(struct tl_screen *screen, const struct tl_area *area, int row, int column, int width,
                      enum tl_style style, const char *text, size_t len);
/* Blanks `width` cells. */
void tl_screen_fill(struct tl_screen *screen, const struct tl_area *area, int row, int column, int width,
                    enum tl_style style);
/* Draws a line across a row of the area, with a title in it and a note at its right end (may be ""). */
void tl_screen_rule(struct tl_screen *screen, const struct tl_area *area, int row, bool focused, const char *title,
                    const char *note);

#endif
