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

static struct places find_places(const struct tl_grid *table, int columns)
{
    struct places p;
    unsigned from = table->fixed;
    int left = try_places(table, from, columns, &p);
    while (table->marked < table->count && p.width[table->marked] == 0 && from < table->marked)
        left = try_places(table, ++from, columns, &p);
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

void tl_grid_draw_heading(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area)
{
    struct places p = find_places(table, area->columns);
    for (unsigned i = 0; i < table->count; i++) {
        char title[32];
        bool marked = i == table->marked;
        snprintf(title, sizeof title, "%s%s", table->columns[i].title,
                 !marked || table->unsorted ? "" : table->descending ? "-" : "+");
        if (p.width[i] > 0)
            draw_cell(screen, area, 0, &p, i, table->columns[i].right, title,
                      marked ? TL_STYLE_FOCUS : TL_STYLE_HEADING);
    }
}

void tl_grid_draw_line(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area, int row,
                        const struct tl_grid_line *line, enum tl_style style)
{
    struct places p = find_places(table, area->columns);
    if (style == TL_STYLE_CURSOR || style == TL_STYLE_CHOSEN)
        tl_screen_fill(screen, area, row, 0, area->columns, style);
    for (unsigned i = 0; i < table->count; i++) {
        if (p.width[i] > 0)
            draw_cell(screen, area, row, &p, i, table->columns[i].right, line->cell[i], style);
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
