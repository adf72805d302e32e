/* statistics.h - received and dropped packets of an interface as a pcapng Interface Statistics Block. */
#ifndef TL_CAPTURE_STATISTICS_H
#define TL_CAPTURE_STATISTICS_H

#include "capture/source.h"

enum { TL_STATISTICS_BLOCK = 5, TL_STATISTICS_SIZE = 64 };

/*
 * Writes the whole block, little-endian. interface: its id; time: since the epoch, in the interface's timestamp units.
 */
void tl_statistics_put(uint8_t block[TL_STATISTICS_SIZE], uint32_t interface, uint64_t time,
                       const struct tl_source_stats *counts);

#endif
