/* files.h - the bodies of flows as files: their kind, length and sums, and their bytes as they were before coding. */
#ifndef TL_DECODE_FILES_H
#define TL_DECODE_FILES_H

#include "core/channel.h"
#include "core/dissect.h"
#include "decode/state.h"

/*
 * An event of a body. At the end of a body that was not empty its record is written. bytes: TL_BODY_DATA and
 * TL_BODY_AT only; gap: of TL_BODY_GAP, and the place of TL_BODY_AT.
 */
void tl_file_event(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                   const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap);

#endif
