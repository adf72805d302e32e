/* explain_page.h - what is wrong with a flow, as `taplight explain` says it, with the packets that show it. */
#ifndef TL_UI_EXPLAIN_PAGE_H
#define TL_UI_EXPLAIN_PAGE_H

#include "ui/tasks/page.h"

/* Starts reading the flow's packets, and those of others that tell about it. news: see tl_transaction_page_new(). */
struct tl_page *tl_explain_page_new(const struct tl_packet_source *source, uint32_t flow, int news);
/* Stops it, if it still reads. page may be NULL. */
void tl_explain_page_free(struct tl_page *page);

#endif
