/* record_text.h - a record as lines: a field each, from its definition; lists have a line for each item. */
#ifndef TL_UI_RECORD_TEXT_H
#define TL_UI_RECORD_TEXT_H

#include "core/buffer.h"
#include "core/record.h"

/* Appends lines that end with a newline; two blanks for each level. decimals: of times and intervals. */
void tl_put_record_text(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                        unsigned decimals);

#endif
