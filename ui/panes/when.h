/* when.h - times as people type them, and the packets of those times. */
#ifndef TL_UI_WHEN_H
#define TL_UI_WHEN_H

#include "ui/view/view.h"

/*
 * "hh:mm", "hh:mm:ss" or "hh:mm:ss.fraction" on the day of the chosen packet, in the local time zone; "+seconds" behind
 * the first packet. ns since the epoch into *ts; false: it is no time.
 */
bool tl_when(const struct tl_view *view, const char *text, int64_t *ts);
/* The first packet that is not before it, as if packets stood in the order of time; else the last one. */
uint64_t tl_when_row(const struct tl_view *view, int64_t ts);

#endif
