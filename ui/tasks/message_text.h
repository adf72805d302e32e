/*
 * message_text.h - another form of the page of a transaction: a mail with its header, its parts and their text; an HTTP
 * exchange with both heads and their bodies; the bytes of a file.
 */
#ifndef TL_UI_MESSAGE_TEXT_H
#define TL_UI_MESSAGE_TEXT_H

#include "export/columns.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/page.h"
#include "ui/tasks/page_files.h"

struct tl_message_text;

/* path: the kind of the record. NULL without memory, or if this kind has no such form. */
struct tl_message_text *tl_message_text_new(const char *path);
void tl_message_text_free(struct tl_message_text *message);
/* A packet of the transaction: the heads of HTTP in its tree are kept. message may be NULL. */
void tl_message_text_tree(struct tl_message_text *message, uint32_t row, const struct tl_protocols *protocols,
                          const struct tl_packet_tree *tree);
/* The record. message may be NULL. */
void tl_message_text_record(struct tl_message_text *message, const struct tl_record_def *def,
                            const struct tl_record *record);
/* Adds the lines of the message to the page. secrets: as in tl_put_content(). */
void tl_message_text_put(const struct tl_message_text *message, const struct tl_page_files *files,
                         const struct tl_page_fuids *fuids, struct tl_page *page);

#endif
