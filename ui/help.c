/* help.c - what lies over the panes: the keys, the command line of this view, what the engine said. */
#include <string.h>

#include "ui/picker.h"
#include "ui/view.h"

enum { LABEL_WIDTH = 11, COLUMN_WIDTH = 40, MARGIN = 1 };

static int put(struct tl_view *view, const struct tl_area *area, int row, int column, int width, enum tl_style style,
               const char *text)
{
    return tl_screen_text(view->screen, area, row, column, width, style, text, strlen(text));
}

static int count_rows(const struct tl_key *keys)
{
    int n = 0;
    for (; keys != NULL && keys->key != 0; keys++)
        n += keys->label != NULL;
    return n;
}

/* Rows that the keys of the whole view take, in as many columns as fit. */
static int rows_above(int columns)
{
    int beside = columns / COLUMN_WIDTH > 0 ? columns / COLUMN_WIDTH : 1;
    return (count_rows(tl_view_keys) + beside - 1) / beside;
}

int tl_help_rows(const struct tl_pane *pane, int columns)
{
    return rows_above(columns) + 1 + count_rows(pane->keys);
}

/* Its rows are counted from 0; those above help_top, and those below the screen, are not seen. */
static void put_key(struct tl_view *view, const struct tl_area *area, int row, int column, int width,
                    const struct tl_key *key)
{
    struct tl_area below = { area->row + MARGIN, area->column, area->rows - MARGIN, area->columns };
    row -= view->help_top;
    put(view, &below, row, column, LABEL_WIDTH - 1, TL_STYLE_HEADING, key->label);
    put(view, &below, row, column + LABEL_WIDTH, width - LABEL_WIDTH, TL_STYLE_TEXT, key->help);
}

/* The keys of the whole view, downwards and then in the next column. */
static void draw_view_keys(struct tl_view *view, const struct tl_area *area, int rows)
{
    int cell = 0;
    for (const struct tl_key *key = tl_view_keys; key->key != 0; key++) {
        if (key->label == NULL)
            continue;
        put_key(view, area, cell % rows, cell / rows * COLUMN_WIDTH + MARGIN, COLUMN_WIDTH - MARGIN, key);
        cell++;
    }
}

/* The pane's own keys have longer texts: they stand below, a row each. */
static void draw_help(struct tl_view *view, const struct tl_area *area)
{
    const struct tl_pane *pane = tl_panes[view->focus];
    int at = rows_above(area->columns), rows = tl_help_rows(pane, area->columns), room = area->rows - MARGIN;
    if (view->help_top > rows - room)
        view->help_top = rows > room ? rows - room : 0;
    draw_view_keys(view, area, at);
    if (at >= view->help_top)
        put(view, area, MARGIN + at - view->help_top, MARGIN, area->columns, TL_STYLE_LAYER, pane->title);
    for (const struct tl_key *key = pane->keys; key != NULL && key->key != 0; key++) {
        if (key->label != NULL)
            put_key(view, area, ++at, MARGIN, area->columns, key);
    }
    tl_screen_rule(view->screen, area, 0, true, "Keys",
                   rows > room ? "Up and Down scroll, other keys close this" : "any key closes this");
}

void tl_help_typed(struct tl_view *view, int key)
{
    int rows, columns, step = key == TL_KEY_UP ? -1 : key == TL_KEY_DOWN ? 1 : 0;
    tl_screen_size(view->screen, &rows, &columns);
    bool scrolls = tl_help_rows(tl_panes[view->focus], columns) > rows - 1 - MARGIN;
    if (view->overlay != TL_OVERLAY_HELP || step == 0 || !scrolls)
        view->overlay = TL_OVERLAY_NONE;
    else if (view->help_top + step >= 0)
        view->help_top += step;
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

static void draw_notices(struct tl_view *view, const struct tl_area *area)
{
    struct tl_notices *notices = view->options->notices;
    uint32_t count = notices->count, room = area->rows > MARGIN ? (uint32_t)(area->rows - MARGIN) : 0;
    uint32_t first = count > room ? count - room : 0;
    char text[TL_NOTICE_TEXT];
    int64_t ts;
    tl_screen_rule(view->screen, area, 0, true, "What was said", "any key closes this");
    if (count == 0)
        put(view, area, MARGIN, MARGIN, area->columns, TL_STYLE_DIM, "nothing");
    for (uint32_t i = first; i < count; i++) {
        struct tl_buffer line = { 0 };
        if (!tl_notices_get(notices, i, text, &ts))
            continue;
        tl_put_date_and_time(&line, &view->zone, ts, 6);
        tl_put_format(&line, "  %s", text);
        tl_screen_text(view->screen, area, MARGIN + (int)(i - first), MARGIN, area->columns - MARGIN, TL_STYLE_TEXT,
                       (const char *)line.data, line.len);
        tl_buffer_fini(&line);
    }
}

void tl_help_draw(struct tl_view *view, const struct tl_area *area)
{
    for (int row = 0; row < area->rows; row++)
        tl_screen_fill(view->screen, area, row, 0, area->columns, TL_STYLE_TEXT);
    if (view->overlay == TL_OVERLAY_HELP)
        draw_help(view, area);
    else if (view->overlay == TL_OVERLAY_NOTICES)
        draw_notices(view, area);
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
