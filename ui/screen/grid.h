/* grid.h - lines of cells under headings: the places of columns, and the format of numbers in cells. */
#ifndef TL_UI_GRID_H
#define TL_UI_GRID_H

#include "core/buffer.h"
#include "core/record.h"
#include "ui/screen/screen.h"

enum { TL_GRID_COLUMNS = 16, TL_GRID_CELL = 512 };

struct tl_grid_column {
    const char *title;
    int width;  /* at least; 0: the width that is left */
    int widest; /* if there is room; 0: as width */
    bool right; /* right-aligned */
};

/*
 * Columns that do not fit are left out, those after `fixed` first, but never the marked one. The heading then has < or
 * > at its right end, for columns before and after those that are shown.
 */
struct tl_grid {
    struct tl_grid_column columns[TL_GRID_COLUMNS];
    unsigned count, fixed;
    unsigned marked;  /* the column it is sorted by; count: none */
    bool descending;
    bool unsorted;    /* the mark does not mean sorting */
};

struct tl_grid_line {
    char cell[TL_GRID_COLUMNS][TL_GRID_CELL]; /* UTF-8 */
    enum tl_style style[TL_GRID_COLUMNS];     /* TL_STYLE_TEXT: that of the line */
};

/* Empties the cells. */
void tl_grid_begin(struct tl_grid_line *line);
/* The number of columns that are left out in so many cells: those before the ones that are shown, and those after. */
void tl_grid_left_out(const struct tl_grid *table, int columns, unsigned *before, unsigned *after);

void tl_grid_draw_heading(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area);
void tl_grid_draw_line(struct tl_screen *screen, const struct tl_grid *table, const struct tl_area *area, int row,
                        const struct tl_grid_line *line, enum tl_style style);
/* Its cells that are not empty, a blank between. */
void tl_grid_put_line(struct tl_buffer *out, const struct tl_grid *table, const struct tl_grid_line *line);
/* The column at this place, or count. */
unsigned tl_grid_column_at(const struct tl_grid *table, const struct tl_area *area, int column);

/* Into a cell. */
void tl_grid_text(char *cell, const char *format, ...) TL_PRINTF(2, 3);
/* "123456", "1.23M": at most six characters. */
void tl_grid_number(char *cell, uint64_t n);
/* "38.5%", or "" if the whole is 0. */
void tl_grid_share(char *cell, uint64_t part, uint64_t whole);
/* "12.3 ms"; "" if negative. */
void tl_grid_interval(char *cell, int64_t ns);
/* An address of a flow, with its port unless that is -1. */
void tl_grid_address(char *cell, unsigned version, const uint8_t *address, int port);
/* "tcp" and its like, or a number. */
void tl_grid_ip_protocol(char *cell, uint8_t protocol);

#endif
