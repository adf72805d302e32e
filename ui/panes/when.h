/* when.h - times as the user types them, and the packets at those times. */
#ifndef TL_UI_WHEN_H
#define TL_UI_WHEN_H

#include "ui/store/store.h"

/*
 * Reads "hh:mm", "hh:mm:ss" or "hh:mm:ss.fraction" on the day of a packet, in the local time zone, or "+seconds" after
 * the first packet. ns since the epoch into *ts; false: not a time.
 */
bool tl_when(const struct tl_store *store, uint64_t packet, const char *text, int64_t *ts);
/* The first packet that is not before it, if packets are in the order of time; else the last one. */
uint64_t tl_when_row(const struct tl_store *store, int64_t ts);

#endif
