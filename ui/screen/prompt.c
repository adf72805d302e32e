/* prompt.c - edits and draws a line of text in the place of the status line. */
#include "ui/screen/prompt.h"

#include <string.h>

enum { CTRL_A = 1, CTRL_E = 5, CTRL_U = 21, CTRL_W = 23, NOTE_ROWS = 4 };

static bool is_inside(char byte) /* of a character of UTF-8 */
{
    return (byte & 0xc0) == 0x80;
}

bool tl_prompt_replace(struct tl_prompt *prompt, size_t gone, const char *bytes, size_t n)
{
    size_t at = prompt->len - prompt->after - gone;
    if (prompt->len - gone + n >= sizeof prompt->text)
        return false;
    memmove(prompt->text + at + n, prompt->text + at + gone, prompt->after);
    memcpy(prompt->text + at, bytes, n);
    prompt->len += n - gone;
    prompt->text[prompt->len] = '\0';
    return true;
}

void tl_prompt_set(struct tl_prompt *prompt, const char *text)
{
    size_t len = strlen(text);
    if (len >= sizeof prompt->text)
        return;
    memcpy(prompt->text, text, len + 1);
    prompt->len = len;
    prompt->after = 0;
}

/* A character in UTF-8 (RFC 3629), if there is room for it. */
static void insert(struct tl_prompt *prompt, unsigned code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(n == 1 ? code : (0xf00u >> n & 0xff) | code);
    (void)tl_prompt_replace(prompt, 0, bytes, n);
}

/* The offset one character before, or after. */
static size_t before(const struct tl_prompt *prompt, size_t at)
{
    while (at > 0 && is_inside(prompt->text[--at]))
        continue;
    return at;
}

static size_t behind(const struct tl_prompt *prompt, size_t at)
{
    at += at < prompt->len;
    while (at < prompt->len && is_inside(prompt->text[at]))
        at++;
    return at;
}

/* Removes the bytes from here to the cursor. */
static void remove_from(struct tl_prompt *prompt, size_t from)
{
    size_t at = prompt->len - prompt->after;
    memmove(prompt->text + from, prompt->text + at, prompt->after);
    prompt->len -= at - from;
    prompt->text[prompt->len] = '\0';
}

static size_t word_before(const struct tl_prompt *prompt, size_t at)
{
    while (at > 0 && prompt->text[at - 1] == ' ')
        at--;
    while (at > 0 && prompt->text[at - 1] != ' ')
        at--;
    return at;
}

static void erase(struct tl_prompt *prompt, int key)
{
    size_t at = prompt->len - prompt->after;
    if (key == CTRL_U) {
        prompt->after = 0;
        prompt->len = 0;
        prompt->text[0] = '\0';
    } else if (key == CTRL_W) {
        remove_from(prompt, word_before(prompt, at));
    } else if (key == TL_KEY_DELETE && prompt->after > 0) {
        prompt->after = prompt->len - behind(prompt, at);
        remove_from(prompt, at);
    } else if (key == TL_KEY_BACKSPACE) {
        if (prompt->len == 0)
            prompt->label = NULL;
        remove_from(prompt, before(prompt, at));
    }
}

static void move(struct tl_prompt *prompt, int key)
{
    size_t at = prompt->len - prompt->after;
    if (key == TL_KEY_LEFT)
        prompt->after = prompt->len - before(prompt, at);
    else if (key == TL_KEY_RIGHT)
        prompt->after = prompt->len - behind(prompt, at);
    else
        prompt->after = key == TL_KEY_HOME || key == CTRL_A ? prompt->len : 0;
}

bool tl_prompt_edit(struct tl_prompt *prompt, struct tl_typed typed)
{
    bool types = typed.key >= ' ' && typed.key < TL_KEY_FIRST;
    if (prompt->proposed && types)
        prompt->len = prompt->after = 0;
    prompt->proposed = prompt->proposed && typed.key == TL_KEY_RESIZED;
    if (typed.key != TL_KEY_RESIZED)
        prompt->note[0] = '\0';
    switch (typed.key) {
    case TL_KEY_ESCAPE:
        prompt->label = NULL;
        break;
    case TL_KEY_ENTER:
        prompt->label = NULL;
        return true;
    case CTRL_U:
    case CTRL_W:
    case TL_KEY_DELETE:
    case TL_KEY_BACKSPACE:
        erase(prompt, typed.key);
        break;
    case CTRL_A:
    case CTRL_E:
    case TL_KEY_LEFT:
    case TL_KEY_RIGHT:
    case TL_KEY_HOME:
    case TL_KEY_END:
        move(prompt, typed.key);
        break;
    default:
        if (types)
            insert(prompt, (unsigned)typed.key);
    }
    return false;
}

/* --- drawing --- */

/* Where the visible part of the text begins: the cursor, and what is wrong, are in it. */
static size_t first_shown(const struct tl_prompt *prompt, size_t room)
{
    size_t at = prompt->len - prompt->after, from = at > room ? at - room : 0;
    if (prompt->note[0] != '\0' && prompt->wrong && prompt->wrong_at < from)
        from = prompt->wrong_at;
    while (from > 0 && from < prompt->len && is_inside(prompt->text[from]))
        from++;
    return from;
}

/* ^~~ under the bytes that are wrong. column: cells before the visible part. */
static void draw_mark(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *area, int row,
                      int column, size_t from)
{
    size_t at = prompt->wrong_at, end = at + prompt->wrong_len;
    int width = area->columns;
    tl_screen_fill(screen, area, row, 0, width, TL_STYLE_TEXT);
    /* Drawn and covered again: so it is as wide as it is in the row above. */
    column += tl_screen_text(screen, area, row, column, width, TL_STYLE_TEXT, prompt->text + from, at - from);
    tl_screen_fill(screen, area, row, 0, width, TL_STYLE_TEXT);
    tl_screen_text(screen, area, row, column++, 1, TL_STYLE_WRONG, "^", 1);
    for (at = behind(prompt, at); at < end && at < prompt->len && column < width; at = behind(prompt, at))
        column += tl_screen_text(screen, area, row, column, 1, TL_STYLE_WRONG, "~", 1);
}

/* The text with the cursor on a character, or after the last one. */
static void draw_text(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *area, int row,
                      int column, size_t from)
{
    enum tl_style style = prompt->proposed ? TL_STYLE_LIT : TL_STYLE_TEXT;
    size_t at = prompt->len - prompt->after, next = behind(prompt, at);
    int width = area->columns;
    column += tl_screen_text(screen, area, row, column, width, style, prompt->text + from, at - from);
    column += next > at ? tl_screen_text(screen, area, row, column, 2, TL_STYLE_CURSOR, prompt->text + at, next - at)
                        : tl_screen_text(screen, area, row, column, 1, TL_STYLE_CURSOR, " ", 1);
    tl_screen_text(screen, area, row, column, width, style, prompt->text + next, prompt->len - next);
}

void tl_prompt_show(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *area)
{
    enum tl_style style = prompt->wrong ? TL_STYLE_WRONG : TL_STYLE_TEXT;
    size_t note = strlen(prompt->note);
    int width = area->columns > 2 ? area->columns - 2 : 1, rows = 0, row = area->rows - 1;
    if (note > 0)
        rows = tl_screen_wrapped(screen, area, area->rows, 1, width, style, prompt->note, note);
    rows = rows > NOTE_ROWS ? NOTE_ROWS : rows;
    struct tl_area notes = { area->row + area->rows - rows - !prompt->wrong, area->column, rows, area->columns };
    if (notes.row < area->row + 2)
        rows = 0; /* a screen of a few rows */
    for (int i = 0; i < rows; i++)
        tl_screen_fill(screen, &notes, i, 0, area->columns, TL_STYLE_TEXT);
    if (rows > 0)
        tl_screen_wrapped(screen, &notes, 0, 1, width, style, prompt->note, note);
    bool marks = prompt->wrong && rows > 0;
    if (marks)
        row -= rows + 1;
    tl_screen_fill(screen, area, row, 0, area->columns, TL_STYLE_TEXT);
    int used = tl_screen_text(screen, area, row, 0, area->columns, TL_STYLE_HEADING, prompt->label,
                              strlen(prompt->label));
    size_t from = first_shown(prompt, area->columns > used + 1 ? (size_t)(area->columns - used - 1) : 0);
    if (marks)
        draw_mark(prompt, screen, area, row + 1, used, from);
    draw_text(prompt, screen, area, row, used, from);
}
