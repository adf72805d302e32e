/* list_line.h - the line of a packet in the list: the columns that are made from its bytes. */
#ifndef TL_UI_LIST_LINE_H
#define TL_UI_LIST_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TL_LINE_ADDRESS = 64, TL_LINE_PROTOCOL = 24, TL_LINE_INFO = 512, TL_LINE_FIELDS = 384 };

struct tl_list_line {
    uint64_t row;
    bool gone; /* its bytes cannot be read any more */
    uint8_t colours; /* the colour rule that selects it, counted from 1; 0: none */
    char source[TL_LINE_ADDRESS], destination[TL_LINE_ADDRESS];
    char protocol[TL_LINE_PROTOCOL];
    char info[TL_LINE_INFO];
    char fields[TL_LINE_FIELDS]; /* the values of the fields that are columns, each with a newline at its end */
};

/* The text of a line for searches: all its columns; returns its length. */
size_t tl_list_line_text(const struct tl_list_line *line, char *text, size_t room);

#endif
