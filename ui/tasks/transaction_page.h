/*
 * transaction_page.h - all of one transaction as lines: the fields of its record, the files that it names, and its
 * packets with the fields of its protocol. The store has only a summary of it: a task decodes the packets of its flow again.
 */
#ifndef TL_UI_TRANSACTION_PAGE_H
#define TL_UI_TRANSACTION_PAGE_H

#include "core/buffer.h"
#include "ui/store/source.h"
#include "ui/tasks/page_files.h"
#include "ui/tasks/task.h"

enum tl_page_kind {
    TL_PAGE_HEADING,
    TL_PAGE_FIELD,
    TL_PAGE_PACKET,
    TL_PAGE_DETAIL, /* of the packet above it */
    TL_PAGE_WRONG,  /* what could not be read */
};

struct tl_page_line {
    uint32_t text, len; /* in tl_transaction_page.text */
    uint32_t row;       /* of a packet; TL_STORE_NONE: none */
    enum tl_page_kind kind;
};

struct tl_transaction_page {
    struct tl_task task;
    const struct tl_packet_source *source;
    struct tl_transaction transaction;
    struct tl_page_line *lines; /* owned; these are for the view when the task has ended */
    uint32_t count, capacity;
    struct tl_buffer text;      /* owned */
    size_t charged;             /* bytes of both, of the panes' memory */
    bool full;                  /* that memory is used up: the rest is left out */
    bool found;                 /* the record */
    struct tl_page_files *files; /* of the flow, while the task runs */
    struct tl_page_fuids fuids; /* that the record names */
};

/* Starts reading. news: an eventfd that is written at the end. NULL without memory or a thread. */
struct tl_transaction_page *tl_transaction_page_new(const struct tl_packet_source *source,
                                                    const struct tl_transaction *transaction, int news);
/* Stops it, if it still reads. page may be NULL. */
void tl_transaction_page_free(struct tl_transaction_page *page);

#endif
