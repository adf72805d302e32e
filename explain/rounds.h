/* rounds.h - what a side sends in each round trip: see rounds.c. */
#ifndef TL_EXPLAIN_ROUNDS_H
#define TL_EXPLAIN_ROUNDS_H

#include "explain/facts.h"

/* New payload of e. rtt: of the path, 0: not known. idle_before: all was acknowledged before it. */
void tl_rounds_data(struct tl_end_facts *e, const struct tl_frame *frame, int64_t rtt, bool idle_before);
/* Something that cuts the congestion window of e; it is counted in cause. */
void tl_rounds_cut(struct tl_end_facts *e, struct tl_events *cause, uint64_t number);
/*
 * The peer acknowledged `moved` bytes more; 0: a duplicate acknowledgment. rtt: of these bytes, 0: not known. path: the
 * round trip of the handshake, 0: not known.
 */
void tl_rate_acked(struct tl_end_facts *e, int64_t ts, uint32_t moved, int64_t rtt, int64_t path);

#endif
