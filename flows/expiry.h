/*
 * expiry.h - when flows end: a timer wheel with exact deadlines. A packet only moves tl_flow.touched; the flow is put
 * where it then belongs when its old place comes up.
 */
#ifndef TL_FLOWS_EXPIRY_H
#define TL_FLOWS_EXPIRY_H

#include "core/slab.h"
#include "flows/flow.h"

struct tl_expiry;

/* timeouts: TL_CLASSES entries, ns; borrowed. NULL without memory. */
struct tl_expiry *tl_expiry_new(struct tl_slab *slab, const int64_t *timeouts);
void tl_expiry_free(struct tl_expiry *expiry);
/* Class and touched must be set. Without memory for a flow that is due this very moment it expires a slot later. */
void tl_expiry_add(struct tl_expiry *expiry, struct tl_flow *flow);
void tl_expiry_remove(struct tl_expiry *expiry, struct tl_flow *flow);
/* The class changed, or touched went back: the deadline may be earlier than it was. */
void tl_expiry_move(struct tl_expiry *expiry, struct tl_flow *flow);
/*
 * The next flow whose deadline lies before now (engine time, ns), taken out, or NULL; in the order of deadline and
 * first packet. Call until NULL, and often enough that now and all deadlines are less than 2^62 ns apart.
 */
struct tl_flow *tl_expiry_next(struct tl_expiry *expiry, int64_t now);
/* The next flow in that order, whatever its deadline, taken out, or NULL when there is none. */
struct tl_flow *tl_expiry_drain(struct tl_expiry *expiry);
/* The flow with the earliest deadline, taken out, or NULL when there is none. */
struct tl_flow *tl_expiry_evict(struct tl_expiry *expiry);
int64_t tl_expiry_deadline(const struct tl_expiry *expiry, const struct tl_flow *flow);
/* Nothing is due before this engine time, which wraps: a cheap test on the path of every packet. */
int64_t tl_expiry_quiet_until(const struct tl_expiry *expiry);

#endif
