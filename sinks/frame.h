/* frame.h - records on their way to a server: what is queued, kept in the outbox and sent at once. */
#ifndef TL_SINKS_FRAME_H
#define TL_SINKS_FRAME_H

#include "core/buffer.h"

enum { TL_SENSOR_MOST = 63, TL_RUN_MOST = 31 };

/* The records first, first + 1, .. of a run of a sensor: JSON lines. */
struct tl_record_frame {
    char sensor[TL_SENSOR_MOST + 1]; /* letters, digits, dots, dashes and underscores */
    char run[TL_RUN_MOST + 1];       /* likewise */
    uint64_t first;                  /* number of its first record in the run */
    uint64_t count;                  /* records */
    struct tl_buffer lines;          /* each ends with a newline */
};

#endif
