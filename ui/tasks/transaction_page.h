/*
 * transaction_page.h - all of one transaction as lines: the fields of its record, the files that it names, and its
 * packets with the fields of its protocol. The store has only a summary of it: a task decodes the packets of its flow again.
 * Some kinds have another form too: message_text.h.
 */
#ifndef TL_UI_TRANSACTION_PAGE_H
#define TL_UI_TRANSACTION_PAGE_H

#include "ui/tasks/message_text.h"
#include "ui/tasks/page.h"
#include "ui/tasks/page_files.h"

struct tl_transaction_page {
    struct tl_page page;
    struct tl_transaction transaction;
    struct tl_page message;     /* the other form; no lines: this kind has none */
    struct tl_message_text *text; /* of it, while the task runs; NULL: none */
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
