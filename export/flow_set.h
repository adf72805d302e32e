/* flow_set.h - the flows of which a filter selects a record. */
#ifndef TL_EXPORT_FLOW_SET_H
#define TL_EXPORT_FLOW_SET_H

#include "core/sink.h"

struct tl_flow_set;

/* memory: bytes that it may use. Returns NULL without memory. */
struct tl_flow_set *tl_flow_set_new(size_t memory);
void tl_flow_set_free(struct tl_flow_set *set);
/* A sink that fills the set: predicate selects records. Both are borrowed. Returns NULL without memory. */
struct tl_sink *tl_flow_set_sink(struct tl_flow_set *set, const struct tl_predicate *predicate);
bool tl_flow_set_has(const struct tl_flow_set *set, uint64_t first_pkt, uint8_t depth);

#endif
