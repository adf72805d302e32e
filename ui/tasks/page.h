/*
 * page.h - a text about a flow that a task makes: lines, some of which belong to a packet. The view shows it when the task
 * has ended.
 */
#ifndef TL_UI_PAGE_H
#define TL_UI_PAGE_H

#include "core/buffer.h"
#include "ui/store/source.h"
#include "ui/tasks/task.h"

enum tl_page_kind {
    TL_PAGE_HEADING,
    TL_PAGE_FIELD,
    TL_PAGE_PACKET,
    TL_PAGE_DETAIL, /* of the packet above it */
    TL_PAGE_WRONG,  /* what could not be read, or is wrong */
};

struct tl_page_line {
    uint32_t text, len; /* in tl_page.text */
    uint32_t row;       /* of a packet; TL_STORE_NONE: none */
    enum tl_page_kind kind;
};

struct tl_page {
    struct tl_task task;
    const struct tl_packet_source *source;
    uint32_t flow, row;         /* that it is about; row: where a line has none. TL_STORE_NONE: not known */
    struct tl_page_line *lines; /* owned; these are for the view when the task has ended */
    uint32_t count, capacity;
    struct tl_buffer text;      /* owned */
    size_t charged;             /* bytes of both, of the panes' memory */
    bool full;                  /* that memory is used up: the rest is left out */
};

void tl_page_add(struct tl_page *page, enum tl_page_kind kind, uint32_t row, const char *text, size_t len);
/* Adds the lines of a text. */
void tl_page_add_lines(struct tl_page *page, enum tl_page_kind kind, uint32_t row, const struct tl_buffer *text);
/* A line without a packet. */
void tl_page_add_text(struct tl_page *page, enum tl_page_kind kind, const char *text);
/* Gives its memory back; the task has ended. */
void tl_page_fini(struct tl_page *page);

#endif
