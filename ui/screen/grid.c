/* grid.c - columns of a table. */
#include "ui/screen/grid.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 1 };

struct places {
    int at[TL_GRID_COLUMNS];
    int width[TL_GRID_COLUMNS]; /* 0: not shown */
};

/* Places the fixed columns and those from `from` on. Returns the width that is left. */
static int try_places(const struct tl_grid *table, unsigned from, int columns, struct places *p)
{
    int left = columns;
    *p = (struct places){ { 0 }, { 0 } };
    for (unsigned i = 0; i < table->count; i++) {
        int width = table->columns[i].width, gap = i > 0 ? GAP : 0;
        if (i >= table->fixed && i < from)
            continue;
        if (width == 0)
            width = left > gap ? left - gap : 0;
        if (width == 0 || gap + width > left)
            break;
        p->width[i] = width;
        left -= gap + width;
    }
    return left;
}

static bool is_whole(const struct tl_grid *table, const struct places *p)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (p->width[i] == 0)
            return false;
    }
    return true;
}

/* Can marks of this width at the right end be over the title of the last column that is shown, once columns grew? */
static bool covers_title(const struct tl_grid *table, const struct places *p, int marks)
{
    unsigned last = 0;
    for (unsigned i = 0; i < table->count; i++)
        last = p->width[i] > 0 ? i : last;
    int title = (int)strlen(table->columns[last].title) + (last == table->marked && !table->unsorted);
    return table->columns[last].right || title + marks > p->width[last];
}

/* As try_places; marks for columns that are left out have cells of their own where they would be over a title. */
static int try_marked(const struct tl_grid *table, unsigned from, int columns, struct places *p)
{
    int left = try_places(table, from, columns, p);
    int marks = GAP + (from > table->fixed) + 1; /* < and > */
    if (is_whole(table, p) || columns <= marks || !covers_title(table, p, marks))
        return left;
    return try_places(table, from, columns - marks, p);
}

static struct places find_places(const struct tl_grid *table, int columns)
{
    struct places p;
    unsigned from = table->fixed;
    int left = try_marked(table, from, columns, &p);
    while (table->marked < table->count && p.width[table->marked] == 0 && from < table->marked)
        left = try_marked(table, ++from, columns, &p);
    for (unsigned round = 0; round < 64 && left > 0; round++) {
        for (unsigned i = 0; i < table->count && left > 0; i++) {
            if (p.width[i] > 0 && p.width[i] < table->columns[i].widest) {
                p.width[i]++;
                left--;
            }
        }
    }
    for (unsigned i = 0, at = 0; i < table->count; i++) {
        if (p.width[i] == 0)
            continue;
        p.at[i] = (int)at;
        at += (unsigned)p.width[i] + GAP;
    }
    return p;
}

static void draw_cell(struct tl_screen *screen, const struct tl_area *area, int row, const struct places *p, unsigned i,
                      bool right, const char *text, enum tl_style style)
{
    size_t len = strlen(text);
    int left = right && (int)len < p->width[i] ? p->width[i] - (int)len : 0; /* these are ASCII */
    tl_screen_text(screen, area, row, p->at[i] + left, p->width[i] - left, style, text, len);
}

/* The mark of the order is one cell wide, as its ASCII form is. */
static void draw_title(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area,
                       const struct places *p, unsigned i, enum tl_style style)
{
    const struct tl_grid_column *column = &table->columns[i];
    bool sorted = i == table->marked && !table->unsorted, lines = tl_screen_has_lines(screen);
    const char *mark = table->descending ? lines ? "\u25bc" : "-" : lines ? "\u25b2" : "+";
    int len = (int)strlen(column->title), width = len + sorted;
    int left = column->right && width < p->width[i] ? p->width[i] - width : 0;
    int used = tl_screen_text(screen, area, 0, p->at[i] + left, p->width[i] - left, style, column->title, (size_t)len);
    if (sorted)
        tl_screen_text(screen, area, 0, p->at[i] + left + used, p->width[i] - left - used, style, mark, strlen(mark));
}

void tl_grid_draw_heading(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area)
{
    struct places p = find_places(table, area->columns);
    for (unsigned i = 0; i < table->count; i++) {
        bool marked = i == table->marked;
        if (p.width[i] > 0)
            draw_title(screen, table, area, &p, i, marked ? TL_STYLE_FOCUS : TL_STYLE_HEADING);
    }
    unsigned before, after;
    tl_grid_left_out(table, area->columns, &before, &after);
    if (before > 0)
        tl_screen_text(screen, area, 0, area->columns - 2, 1, TL_STYLE_FOCUS, "<", 1);
    if (after > 0)
        tl_screen_text(screen, area, 0, area->columns - 1, 1, TL_STYLE_FOCUS, ">", 1);
}

void tl_grid_left_out(const struct tl_grid *table, int columns, unsigned *before, unsigned *after)
{
    struct places p = find_places(table, columns);
    bool any = false;
    *before = *after = 0;
    for (unsigned i = table->fixed; i < table->count; i++) {
        any |= p.width[i] > 0;
        *before += p.width[i] == 0 && !any;
        *after += p.width[i] == 0 && any;
    }
    if (!any) { /* only fixed columns fit */
        *after = *before;
        *before = 0;
    }
}

void tl_grid_begin(struct tl_grid_line *line)
{
    for (unsigned i = 0; i < TL_GRID_COLUMNS; i++) {
        line->cell[i][0] = '\0';
        line->style[i] = TL_STYLE_TEXT;
    }
}

void tl_grid_draw_line(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area, int row,
                        const struct tl_grid_line *line, enum tl_style style)
{
    struct places p = find_places(table, area->columns);
    if (style == TL_STYLE_CURSOR || style == TL_STYLE_CHOSEN || style >= TL_STYLE_RULE)
        tl_screen_fill(screen, area, row, 0, area->columns, style);
    for (unsigned i = 0; i < table->count; i++) {
        if (p.width[i] > 0)
            draw_cell(screen, area, row, &p, i, table->columns[i].right, line->cell[i],
                      style == TL_STYLE_TEXT ? line->style[i] : style);
    }
}

void tl_grid_put_line(struct tl_buffer *out, const struct tl_grid *table, const struct tl_grid_line *line)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (line->cell[i][0] == '\0')
            continue;
        if (out->len > 0)
            tl_put_char(out, ' ');
        tl_puts(out, line->cell[i]);
    }
}

unsigned tl_grid_column_at(const struct tl_grid *table, const struct tl_area *area, int column)
{
    struct places p = find_places(table, area->columns);
    for (unsigned i = 0; i < table->count; i++) {
        if (p.width[i] > 0 && column >= p.at[i] && column < p.at[i] + p.width[i])
            return i;
    }
    return table->count;
}

/* --- cells --- */

void tl_grid_text(char *cell, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(cell, TL_GRID_CELL, format, args);
    va_end(args);
}

void tl_grid_number(char *cell, uint64_t n)
{
    static const char units[] = "kMGTPE";
    uint64_t unit = 1000;
    unsigned i = 0;
    if (n < 1000000) {
        tl_grid_text(cell, "%" PRIu64, n);
        return;
    }
    while (n / unit >= 1000 && units[i + 1] != '\0') {
        unit *= 1000;
        i++;
    }
    uint64_t whole = n / unit, rest = n % unit * 100 / unit;
    if (whole >= 100)
        tl_grid_text(cell, "%" PRIu64 ".%" PRIu64 "%c", whole, rest / 10, units[i]);
    else
        tl_grid_text(cell, "%" PRIu64 ".%02" PRIu64 "%c", whole, rest, units[i]);
}

void tl_grid_share(char *cell, uint64_t part, uint64_t whole)
{
    cell[0] = '\0';
    if (whole == 0)
        return;
    uint64_t tenths = (uint64_t)((long double)part * 1000 / (long double)whole + 0.5L);
    tl_grid_text(cell, "%" PRIu64 ".%" PRIu64 "%%", tenths / 10, tenths % 10);
}

void tl_grid_interval(char *cell, int64_t ns)
{
    cell[0] = '\0';
    if (ns < 0)
        return;
    int64_t us = ns / 1000;
    if (us < 1000)
        tl_grid_text(cell, "%" PRId64 " us", us);
    else if (us < 1000000)
        tl_grid_text(cell, "%" PRId64 ".%" PRId64 " ms", us / 1000, us % 1000 / 100);
    else
        tl_grid_text(cell, "%" PRId64 ".%02" PRId64 " s", us / 1000000, us % 1000000 / 10000);
}

void tl_grid_address(char *cell, unsigned version, const uint8_t *address, int port)
{
    struct tl_buffer b = { 0 };
    bool brackets = version != 4 && port >= 0;
    if (brackets)
        tl_put_char(&b, '[');
    if (version == 4)
        tl_put_ipv4(&b, address);
    else
        tl_put_ipv6(&b, address);
    if (brackets)
        tl_put_char(&b, ']');
    if (port >= 0)
        tl_put_format(&b, ":%d", port);
    tl_grid_text(cell, "%.*s", (int)b.len, b.len > 0 ? (const char *)b.data : "");
    tl_buffer_fini(&b);
}

void tl_grid_ip_protocol(char *cell, uint8_t protocol)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 58, "icmp6" }, { 132, "sctp" } };
    tl_grid_text(cell, "%u", protocol);
    for (size_t i = 0; i < TL_COUNT(names); i++) {
        if (names[i].number == protocol)
            tl_grid_text(cell, "%s", names[i].name);
    }
}
