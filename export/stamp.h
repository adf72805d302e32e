/* stamp.h - the time at the start of a packet's text, in the forms of tcpdump and tshark. */
#ifndef TL_EXPORT_STAMP_H
#define TL_EXPORT_STAMP_H

#include "export/local_time.h"
#include "export/sinks.h"

/* Returns whether the form depends on an earlier packet: then the time is known only when lines are in order. */
bool tl_stamp_is_difference(enum tl_stamp form);
/* Appends the time without a space; nothing for TL_STAMP_NONE. Not for a difference. */
void tl_put_stamp(struct tl_buffer *out, enum tl_stamp form, struct tl_local_zone *zone, int64_t ts,
                  unsigned decimals);
/* Appends a difference in ns: 00:00:01.500000 (tcpdump) or 1.500000 (tshark), negative ones with a minus. */
void tl_put_difference(struct tl_buffer *out, enum tl_stamp form, int64_t difference, unsigned decimals);

#endif
