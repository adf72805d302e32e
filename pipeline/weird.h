/* weird.h - the record of an anomaly: one per kind and flow, a bounded number per flow; the rest is counted. */
#ifndef TL_PIPELINE_WEIRD_H
#define TL_PIPELINE_WEIRD_H

#include "core/record.h"
#include "core/weird.h"
#include "pipeline/worker.h"

enum { WEIRDS_MOST = 16 }; /* records a flow */

extern const struct tl_record_def tl_weird_record_def;

/* Something odd in w->flow (NULL: nothing is written). addl may be empty. layer: the protocol's name. */
void tl_weird_note(struct tl_worker *w, enum tl_weird_kind kind, const char *layer, struct tl_bytes addl);

#endif
