/* help.c - draws over the panes: the keys, the command line of this view, the messages. */
#include "ui/view/help.h"

#include <string.h>

#include "ui/screen/picker.h"
#include "ui/view/bindings.h"
#include "ui/view/state.h"
#include "ui/view/tabs.h"

enum { LABEL_WIDTH = 11, COLUMN_WIDTH = 40, MARGIN = 1 };

static int put(struct tl_view *view, const struct tl_area *area, int row, int column, int width, enum tl_style style,
               const char *text)
{
    return tl_screen_text(view->screen, area, row, column, width, style, text, strlen(text));
}

static int count_rows(const struct tl_binding *keys)
{
    int n = 0;
    for (; keys != NULL && keys->key != 0; keys++)
        n += keys->label != NULL;
    return n;
}

/* Rows that the keys of the whole view take, in as many columns as fit. */
static int rows_above(int columns)
{
    int columns_of_keys = columns / COLUMN_WIDTH > 0 ? columns / COLUMN_WIDTH : 1;
    return (count_rows(tl_view_bindings) + columns_of_keys - 1) / columns_of_keys;
}

static int count_notes(const struct tl_pane *pane)
{
    int n = 0;
    while (pane->notes != NULL && pane->notes[n] != NULL)
        n++;
    return n;
}

int tl_help_rows(const struct tl_pane *pane, int columns)
{
    return rows_above(columns) + 1 + count_rows(pane->keys) + count_notes(pane);
}

/* Rows are counted from 0; those above overlay_top, and those below the screen, are not drawn. */
static void put_key(struct tl_view *view, const struct tl_area *area, int row, int column, int width,
                    const struct tl_binding *key)
{
    struct tl_area below = { area->row + MARGIN, area->column, area->rows - MARGIN, area->columns };
    row -= view->overlay_top;
    put(view, &below, row, column, LABEL_WIDTH - 1, TL_STYLE_HEADING, key->label);
    put(view, &below, row, column + LABEL_WIDTH, width - LABEL_WIDTH, TL_STYLE_TEXT, key->help);
}

/* The keys of the whole view, from top to bottom, then in the next column. */
static void draw_view_keys(struct tl_view *view, const struct tl_area *area, int rows)
{
    int cell = 0;
    for (const struct tl_binding *key = tl_view_bindings; key->key != 0; key++) {
        if (key->label == NULL)
            continue;
        put_key(view, area, cell % rows, cell / rows * COLUMN_WIDTH + MARGIN, COLUMN_WIDTH - MARGIN, key);
        cell++;
    }
}

/* Takes the number of rows and limits scrolling to them. true: they do not all fit. */
static bool scroll(struct tl_view *view, const struct tl_area *area, int rows)
{
    int most = rows - (area->rows - MARGIN);
    view->overlay_rows = rows;
    if (view->overlay_top > most)
        view->overlay_top = most > 0 ? most : 0;
    return most > 0;
}

static void put_title(struct tl_view *view, const struct tl_area *area, const char *title, bool scrolls)
{
    tl_screen_rule(view->screen, area, 0, true, title,
                   scrolls ? "Up and Down scroll, other keys close this" : "any key closes this");
}

/* The pane's own keys have longer texts: they are below, one a row. */
static void draw_help(struct tl_view *view, const struct tl_area *area)
{
    const struct tl_pane *pane = tl_panes[view->focus];
    int at = rows_above(area->columns);
    bool scrolls = scroll(view, area, tl_help_rows(pane, area->columns));
    draw_view_keys(view, area, at);
    if (at >= view->overlay_top)
        put(view, area, MARGIN + at - view->overlay_top, MARGIN, area->columns, TL_STYLE_LAYER, pane->title);
    for (const struct tl_binding *key = pane->keys; key != NULL && key->key != 0; key++) {
        if (key->label != NULL)
            put_key(view, area, ++at, MARGIN, area->columns, key);
    }
    for (int i = 0; i < count_notes(pane); i++) {
        if (++at >= view->overlay_top)
            put(view, area, MARGIN + at - view->overlay_top, MARGIN, area->columns, TL_STYLE_TEXT, pane->notes[i]);
    }
    put_title(view, area, "Keys", scrolls);
}

void tl_help_typed(struct tl_view *view, int key)
{
    int rows, columns, step = 0;
    tl_screen_size(view->screen, &rows, &columns);
    int room = rows - 1 - tl_tabs_rows(rows) - MARGIN;
    if (key == TL_KEY_UP || key == TL_KEY_DOWN)
        step = key == TL_KEY_UP ? -1 : 1;
    else if (key == TL_KEY_PAGE_UP || key == TL_KEY_PAGE_DOWN)
        step = key == TL_KEY_PAGE_UP ? -room : room;
    if (step == 0 || view->overlay_rows <= room)
        view->overlay = TL_OVERLAY_NONE;
    view->overlay_top = view->overlay_top + step > 0 ? view->overlay_top + step : 0;
}

/* A long line, over several rows. */
static void draw_command(struct tl_view *view, const struct tl_area *area)
{
    struct tl_buffer command = { 0 };
    view->options->put_command(view->options->context, &command, view->filter);
    const char *text = (const char *)command.data;
    size_t len = command.len;
    int row = MARGIN, width = area->columns > 2 * MARGIN ? area->columns - 2 * MARGIN : 1;
    (void)scroll(view, area, 0);
    put_title(view, area, "Command", false);
    for (size_t next; len > 0; text += next, len -= next) {
        size_t n = tl_screen_wrap(view->screen, text, len, width, true, &next);
        tl_screen_text(view->screen, area, row++, MARGIN, width, TL_STYLE_TEXT, text, n);
    }
    tl_buffer_fini(&command);
}

/* The time, then the text next to it, or below it on a narrow screen. Returns the number of rows. */
static int put_notice(struct tl_view *view, const struct tl_area *area, int row, const struct tl_notice *notice)
{
    struct tl_buffer line = { 0 };
    int width = area->columns > 2 * MARGIN ? area->columns - 2 * MARGIN : 1;
    tl_put_date_and_time(&line, &view->zone, notice->ts, 6);
    tl_put_format(&line, "  %s", notice->text);
    int rows = tl_screen_wrapped(view->screen, area, row, MARGIN, width, TL_STYLE_TEXT,
                                 (const char *)line.data, line.len);
    tl_buffer_fini(&line);
    return rows;
}

/*
 * Draws all messages that are kept, and the failure of the engine, from a row on; rows outside the area are not drawn.
 * Returns the number of rows.
 */
static int put_notices(struct tl_view *view, const struct tl_area *area, int row)
{
    const struct tl_notices *notices = view->options->notices;
    uint32_t count = atomic_load(&notices->count);
    struct tl_notice notice;
    int rows = 0;
    for (uint32_t i = count > TL_NOTICES_KEPT ? count - TL_NOTICES_KEPT : 0; i < count; i++) {
        if (tl_notices_get(notices, i, &notice))
            rows += put_notice(view, area, row + rows, &notice);
    }
    if (view->failure.kind != TL_E_NONE)
        rows += tl_screen_wrapped(view->screen, area, row + rows, MARGIN, area->columns - 2 * MARGIN, TL_STYLE_WRONG,
                                  view->failure.text, strlen(view->failure.text));
    return rows;
}

static void draw_notices(struct tl_view *view, const struct tl_area *area)
{
    struct tl_area below = { area->row + MARGIN, area->column, area->rows - MARGIN, area->columns };
    bool scrolls = scroll(view, area, put_notices(view, &below, below.rows));
    put_title(view, area, "Messages", scrolls);
    if (put_notices(view, &below, -view->overlay_top) == 0)
        put(view, &below, 0, MARGIN, area->columns, TL_STYLE_DIM, "nothing");
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

static void put_man_keys(struct tl_buffer *out, const struct tl_binding *keys)
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
    tl_put_lit(out, ".SS Interfaces (no input was named)\n");
    put_man_keys(out, tl_picker_bindings);
    tl_put_lit(out, ".SS All panes\n");
    put_man_keys(out, tl_view_bindings);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i]->keys == NULL)
            continue;
        tl_put_format(out, ".SS %s\n", tl_panes[i]->title);
        put_man_keys(out, tl_panes[i]->keys);
        for (int n = 0; n < count_notes(tl_panes[i]); n++) {
            tl_puts(out, n == 0 ? ".PP\n" : ".br\n");
            put_escaped(out, tl_panes[i]->notes[n]);
            tl_put_lit(out, "\n");
        }
    }
}
