/* local_time.h - times in the local time zone, as text. */
#ifndef TL_EXPORT_LOCAL_TIME_H
#define TL_EXPORT_LOCAL_TIME_H

#include <stdatomic.h>

#include "core/buffer.h"

/* Caches the zone offset of the last quarter of an hour. Threads may share it. */
struct tl_local_zone {
    _Atomic uint64_t last;
};

void tl_local_zone_init(struct tl_local_zone *zone);

/* Appends 14:02:01.123456, with 6 or 9 decimals. */
void tl_put_time_of_day(struct tl_buffer *b, struct tl_local_zone *zone, int64_t ts, unsigned decimals);

/* Appends 2023-11-14 14:02:01.123456 +0100. */
void tl_put_date_and_time(struct tl_buffer *b, struct tl_local_zone *zone, int64_t ts, unsigned decimals);

#endif
