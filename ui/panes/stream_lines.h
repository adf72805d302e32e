/* stream_lines.h - cuts a stream into the lines of the screen: text, hex dump, or hexadecimal digits. */
#ifndef TL_UI_STREAM_LINES_H
#define TL_UI_STREAM_LINES_H

#include "ui/tasks/follow.h"

enum tl_stream_form { TL_STREAM_TEXT, TL_STREAM_HEX, TL_STREAM_RAW, TL_STREAM_FORMS };

/* A line has bytes of one side; len 0: its piece is a gap. */
struct tl_stream_line {
    uint32_t at, len; /* bytes */
    uint32_t piece;   /* of its first byte */
};

struct tl_stream_lines {
    struct tl_stream_line *items; /* owned; memory is used as pages are written */
    uint32_t count;
    /* How they were cut: */
    enum tl_stream_form form;
    unsigned sides;               /* bit a side: it is shown */
    uint32_t width;               /* bytes of a line at most */
    uint32_t pieces;              /* that were cut so far */
    bool open;                    /* the last line may continue */
    struct tl_memory *memory;     /* the panes' */
    size_t charged;               /* of it */
    bool full;                    /* the memory is used up: later lines are not shown */
    bool bounded;                 /* a piece is a datagram: the next one begins a line */
};

/* false without memory. */
bool tl_stream_lines_init(struct tl_stream_lines *lines, struct tl_memory *memory);
void tl_stream_lines_fini(struct tl_stream_lines *lines);
/* Starts again from the beginning, in another form. */
void tl_stream_lines_begin(struct tl_stream_lines *lines, enum tl_stream_form form, unsigned sides, uint32_t width,
                           bool bounded);
/* Cuts what came since the last call. */
void tl_stream_lines_add(struct tl_stream_lines *lines, const struct tl_follow *follow);
/* The line of a byte, or the last one before it. */
uint32_t tl_stream_lines_find(const struct tl_stream_lines *lines, uint32_t at);

#endif
