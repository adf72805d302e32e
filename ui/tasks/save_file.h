/* save_file.h - saves the first file that a record names. */
#ifndef TL_UI_SAVE_FILE_H
#define TL_UI_SAVE_FILE_H

#include "ui/store/source.h"
#include "ui/tasks/save.h"

struct tl_save_file;

/* NULL without memory. */
struct tl_save_file *tl_save_file_new(void);
void tl_save_file_free(struct tl_save_file *save);
/* Prepares it. The source stays the caller's. */
struct tl_save *tl_save_file_begin(struct tl_save_file *save, const struct tl_packet_source *source,
                                   const struct tl_transaction *transaction);

#endif
