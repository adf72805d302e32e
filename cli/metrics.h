/* metrics.h - the figures of a run for --metrics, in the text format of Prometheus, version 0.0.4. */
#ifndef TL_CLI_METRICS_H
#define TL_CLI_METRICS_H

#include "cli/options.h"
#include "core/buffer.h"
#include "core/record.h"
#include "core/sink.h"

#include <stdatomic.h>

enum { TL_METRICS_DEFS = 256, TL_METRICS_SLOTS = 1024 };

struct tl_engine;

/* What the text is made of. */
struct tl_metrics {
    struct tl_engine *engine;                         /* borrowed */
    size_t memory;                                    /* limit, bytes */
    bool live;
    bool counts;                                      /* records are counted: something takes them */
    bool decodes;                                     /* packets are decoded: there are flows */
    const struct tl_sink *servers[TL_SERVERS_GIVEN]; /* of tl_delivery_sink(); borrowed */
    uint32_t server_count;
    const struct tl_record_def *defs[TL_METRICS_DEFS];
    uint32_t def_count;
    uint8_t slots[TL_METRICS_SLOTS];                  /* a hash of defs: index, from 0, of the first with that hash */
    _Atomic uint64_t records[TL_METRICS_DEFS];        /* written, of each kind */
};

void tl_metrics_init(struct tl_metrics *metrics);
/* For tl_engine_options.counted: a record was written. Any thread. context: struct tl_metrics. */
void tl_metrics_count(void *context, const struct tl_record_def *def);
/* Appends the text. context: struct tl_metrics. */
void tl_metrics_put(void *context, struct tl_buffer *out);

#endif
