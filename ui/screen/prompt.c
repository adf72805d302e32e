/* prompt.c - edits and draws a line of text in the place of the status line. */
#include "ui/screen/prompt.h"

#include <string.h>

enum { CTRL_U = 21 };

/* A character in UTF-8 (RFC 3629), if there is room for it. */
static void append(struct tl_prompt *prompt, unsigned code)
{
    char bytes[4];
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (prompt->len + n >= sizeof prompt->text)
        return;
    for (size_t i = n; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(n == 1 ? code : (0xf00u >> n & 0xff) | code);
    memcpy(prompt->text + prompt->len, bytes, n);
    prompt->len += n;
    prompt->text[prompt->len] = '\0';
}

static void take_back(struct tl_prompt *prompt)
{
    while (prompt->len > 0 && (prompt->text[--prompt->len] & 0xc0) == 0x80)
        continue;
    prompt->text[prompt->len] = '\0';
}

bool tl_prompt_edit(struct tl_prompt *prompt, struct tl_typed typed)
{
    bool types = typed.key >= ' ' && typed.key < TL_KEY_FIRST;
    if (prompt->proposed && types)
        prompt->len = 0;
    prompt->proposed = prompt->proposed && typed.key == TL_KEY_RESIZED;
    switch (typed.key) {
    case TL_KEY_ESCAPE:
        prompt->label = NULL;
        break;
    case TL_KEY_ENTER:
        prompt->label = NULL;
        return true;
    case CTRL_U:
        prompt->len = 0;
        prompt->text[0] = '\0';
        break;
    case TL_KEY_BACKSPACE:
        if (prompt->len == 0)
            prompt->label = NULL;
        take_back(prompt);
        break;
    default:
        if (types)
            append(prompt, (unsigned)typed.key);
    }
    return false;
}

void tl_prompt_show(const struct tl_prompt *prompt, struct tl_screen *screen, const struct tl_area *line)
{
    tl_screen_fill(screen, line, 0, 0, line->columns, TL_STYLE_TEXT);
    int used = tl_screen_text(screen, line, 0, 0, line->columns, TL_STYLE_HEADING, prompt->label,
                              strlen(prompt->label));
    size_t room = line->columns > used + 1 ? (size_t)(line->columns - used - 1) : 0, from = 0;
    if (prompt->len > room) /* show its end, which is being typed */
        from = prompt->len - room;
    while (from > 0 && from < prompt->len && (prompt->text[from] & 0xc0) == 0x80)
        from++;
    used += tl_screen_text(screen, line, 0, used, line->columns, prompt->proposed ? TL_STYLE_LIT : TL_STYLE_TEXT,
                           prompt->text + from, prompt->len - from);
    tl_screen_text(screen, line, 0, used, 1, TL_STYLE_CURSOR, " ", 1);
}
