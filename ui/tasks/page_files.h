/* page_files.h - the files that a record names, collected while the packets of its flow are decoded again. */
#ifndef TL_UI_PAGE_FILES_H
#define TL_UI_PAGE_FILES_H

#include "core/buffer.h"
#include "decode/listener.h"

enum { TL_PAGE_FILES_NAMED = 16 };

/* The files that a record names: fuids, each with a NUL. */
struct tl_page_fuids {
    char text[TL_PAGE_FILES_NAMED][TL_UID_LEN + 1];
    uint32_t count;
    uint32_t requests; /* from here on they are of the request of an HTTP exchange */
};

struct tl_page_files;

/* NULL without memory. */
struct tl_page_files *tl_page_files_new(void);
void tl_page_files_free(struct tl_page_files *files);
/* What is known of a file before its bytes come. */
void tl_page_files_begin(struct tl_page_files *files, const char *fuid, const struct tl_body_facts *facts);
/* A piece of a file, and the record of one; other records are ignored. */
void tl_page_files_take(struct tl_page_files *files, const struct tl_file_piece *piece);
void tl_page_files_record(struct tl_page_files *files, const struct tl_record_def *def, const struct tl_record *record);
/* The files that a record names: what the responder sent first. */
void tl_page_files_named(struct tl_page_fuids *fuids, const struct tl_record_def *def, const struct tl_record *record);
/*
 * Appends the facts of a file in one line, into `head`, and its content as lines. Returns false if nothing is known of
 * it. secrets: as in tl_put_content().
 */
bool tl_page_files_put(const struct tl_page_files *files, const char *fuid, bool secrets, struct tl_buffer *head,
                       struct tl_buffer *content);
/* The same with the bytes in hex, whatever they are. */
bool tl_page_files_put_bytes(const struct tl_page_files *files, const char *fuid, bool secrets, struct tl_buffer *head,
                             struct tl_buffer *content);
/* Appends only the facts. */
bool tl_page_files_put_facts(const struct tl_page_files *files, const char *fuid, struct tl_buffer *out);
/*
 * The outline of a mail up to this part: see struct tl_body_facts. *level: of the part. Empty if nothing is known. Valid
 * until the next call that changes the files.
 */
struct tl_bytes tl_page_files_outline(const struct tl_page_files *files, const char *fuid, unsigned *level);
/* Whether its content is shown as text. */
bool tl_page_files_is_text(const struct tl_page_files *files, const char *fuid);

#endif
