/* resumed.h - master secrets of sessions that later flows may resume. Private to decode/. */
#ifndef TL_DECODE_RESUMED_H
#define TL_DECODE_RESUMED_H

#include "core/dissect.h"

/* See struct tl_host. */
void tl_resumed_remember(const struct tl_dissection *d, struct tl_bytes id, const uint8_t master[TL_PREMASTER]);
bool tl_resumed_recall(const struct tl_dissection *d, struct tl_bytes id, uint8_t master[TL_PREMASTER]);
void tl_resumed_share(const struct tl_dissection *d, const uint8_t random[TL_KEYLOG_RANDOM],
                      const uint8_t master[TL_PREMASTER]);

#endif
