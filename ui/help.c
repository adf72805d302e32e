/* help.c - what lies over the panes: the keys, and the command line of this view. */
#include <string.h>

#include "ui/picker.h"
#include "ui/view.h"

enum { LABEL_WIDTH = 11, COLUMN_WIDTH = 40, MARGIN = 1 };

static int put(struct tl_view *view, const struct tl_area *area, int row, int column, int width, enum tl_style style,
               const char *text)
{
    return tl_screen_text(view->screen, area, row, column, width, style, text, strlen(text));
}

/* The keys of a table, downwards and then in the next column; *cell counts on. */
static void draw_keys(struct tl_view *view, const struct tl_area *area, const struct tl_key *keys, int rows, int *cell)
{
    for (; keys != NULL && keys->key != 0; keys++) {
        if (keys->label == NULL)
            continue;
        int row = MARGIN + *cell % rows, column = *cell / rows * COLUMN_WIDTH + MARGIN;
        put(view, area, row, column, LABEL_WIDTH - 1, TL_STYLE_HEADING, keys->label);
        put(view, area, row, column + LABEL_WIDTH, COLUMN_WIDTH - LABEL_WIDTH - 1, TL_STYLE_TEXT, keys->help);
        ++*cell;
    }
}

/* The pane's own keys have longer texts: they stand below, a row each. */
static int pane_rows(const struct tl_pane *pane)
{
    int n = 0;
    for (const struct tl_key *key = pane->keys; key != NULL && key->key != 0; key++)
        n += key->label != NULL;
    return n;
}

static void draw_help(struct tl_view *view, const struct tl_area *area)
{
    const struct tl_pane *pane = tl_panes[view->focus];
    int below = pane_rows(pane), rows = area->rows - below - 2 * MARGIN - 1, cell = 0, at;
    int own = 0;
    for (const struct tl_key *key = tl_view_keys; key->key != 0; key++)
        own += key->label != NULL;
    int columns = area->columns / COLUMN_WIDTH > 0 ? area->columns / COLUMN_WIDTH : 1;
    if ((own + columns - 1) / columns < rows)
        rows = (own + columns - 1) / columns;
    if (rows < 1)
        rows = 1;
    tl_screen_rule(view->screen, area, 0, true, "Keys", "any key closes this");
    draw_keys(view, area, tl_view_keys, rows, &cell);
    at = MARGIN + rows;
    put(view, area, at++, MARGIN, area->columns, TL_STYLE_LAYER, pane->title);
    for (const struct tl_key *key = pane->keys; key != NULL && key->key != 0; key++) {
        if (key->label == NULL)
            continue;
        put(view, area, at, MARGIN, LABEL_WIDTH - 1, TL_STYLE_HEADING, key->label);
        put(view, area, at++, MARGIN + LABEL_WIDTH, area->columns, TL_STYLE_TEXT, key->help);
    }
}

/* A long line over as many rows as it takes. */
static void draw_command(struct tl_view *view, const struct tl_area *area)
{
    struct tl_buffer command = { 0 };
    view->options->put_command(view->options->context, &command, view->filter);
    const char *text = (const char *)command.data;
    size_t len = command.len, width = (size_t)(area->columns > 2 * MARGIN ? area->columns - 2 * MARGIN : 1);
    tl_screen_rule(view->screen, area, 0, true, "Command", "any key closes this");
    for (int row = MARGIN; len > 0 && row < area->rows; row++) {
        size_t n = len < width ? len : width;
        tl_screen_text(view->screen, area, row, MARGIN, (int)width, TL_STYLE_TEXT, text, n);
        text += n;
        len -= n;
    }
    tl_buffer_fini(&command);
}

void tl_help_draw(struct tl_view *view, const struct tl_area *area)
{
    for (int row = 0; row < area->rows; row++)
        tl_screen_fill(view->screen, area, row, 0, area->columns, TL_STYLE_TEXT);
    if (view->overlay == TL_OVERLAY_HELP)
        draw_help(view, area);
    else
        draw_command(view, area);
}

static void put_escaped(struct tl_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\')
            tl_put_char(out, '\\');
        if (*text == '.' || *text == '\'')
            tl_put_lit(out, "\\&");
        tl_put_char(out, *text);
    }
}

static void put_man_keys(struct tl_buffer *out, const struct tl_key *keys)
{
    for (; keys != NULL && keys->key != 0; keys++) {
        if (keys->label == NULL)
            continue;
        tl_put_lit(out, ".TP\n.B ");
        put_escaped(out, keys->label);
        tl_put_lit(out, "\n");
        put_escaped(out, keys->help);
        tl_put_lit(out, "\n");
    }
}

void tl_help_put_man(struct tl_buffer *out)
{
    tl_put_lit(out, ".SS Interfaces, where nothing was named\n");
    put_man_keys(out, tl_picker_keys);
    tl_put_lit(out, ".SS Everywhere\n");
    put_man_keys(out, tl_view_keys);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i]->keys == NULL)
            continue;
        tl_put_format(out, ".SS %s\n", tl_panes[i]->title);
        put_man_keys(out, tl_panes[i]->keys);
    }
}
