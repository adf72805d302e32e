/* save_stream.h - saves the bytes of one side of a flow, or of both, in order. */
#ifndef TL_UI_SAVE_STREAM_H
#define TL_UI_SAVE_STREAM_H

#include "ui/store/source.h"
#include "ui/tasks/save.h"

struct tl_inside; /* pipeline/conversation.h */
struct tl_save_stream;

/* NULL without memory. */
struct tl_save_stream *tl_save_stream_new(void);
/* Once it was stopped. */
void tl_save_stream_free(struct tl_save_stream *save);
/*
 * For tl_save_start(). sides: bit 0: the originator's bytes, bit 1: the responder's. The source stays the caller's.
 */
struct tl_save *tl_save_stream_begin(struct tl_save_stream *save, const struct tl_packet_source *source, uint32_t flow,
                                     const struct tl_flow_id *id, unsigned sides, const struct tl_inside *inside);

#endif
