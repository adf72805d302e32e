/* save_stream.h - writes what one side of a conversation said, or both, as it was said. */
#ifndef TL_UI_SAVE_STREAM_H
#define TL_UI_SAVE_STREAM_H

#include "ui/view/view.h"

/* NULL without memory. */
struct tl_save_stream *tl_save_stream_new(void);
/* Once it was stopped. */
void tl_save_stream_free(struct tl_save_stream *save);
/* Asks where to. sides: bit 0: what the originator said; bit 1: the responder. */
void tl_save_stream_ask(struct tl_view *view, uint32_t flow, const struct tl_flow_id *id, unsigned sides);

#endif
