/*
 * expiry.h - ends flows: a timer wheel with exact deadlines. A packet only updates tl_flow.touched; the flow moves to
 * its new slot when its old slot is reached.
 */
#ifndef TL_FLOWS_EXPIRY_H
#define TL_FLOWS_EXPIRY_H

#include "core/slab.h"
#include "flows/flow.h"

/* The first member of struct tl_expiry, for a cheap test at every packet. */
struct tl_expiry_clock {
    int64_t quiet_until; /* nothing is due before this engine time (it wraps) */
};

struct tl_expiry;

/* timeouts: TL_CLASSES entries, ns; borrowed. Returns NULL without memory. */
struct tl_expiry *tl_expiry_new(struct tl_slab *slab, const int64_t *timeouts);
void tl_expiry_free(struct tl_expiry *expiry);
/*
 * Class and touched must be set. Returns false without memory: the flow is not in the expiry. If memory runs out later,
 * a flow that is due expires one slot late.
 */
bool tl_expiry_add(struct tl_expiry *expiry, struct tl_flow *flow) TL_MUST_CHECK;
/* The flow ends early. Its memory goes back by tl_expiry_give_back(), as that of every flow that left the expiry. */
void tl_expiry_remove(struct tl_expiry *expiry, struct tl_flow *flow);
/* Frees the flow, which must not be used any more: at once, or when the last entry that names it comes up. */
void tl_expiry_give_back(struct tl_expiry *expiry, struct tl_flow *flow);
/* Call it when the class changed or touched went back: the deadline may now be earlier. */
void tl_expiry_move(struct tl_expiry *expiry, struct tl_flow *flow);
/*
 * Removes and returns the next flow with a deadline before now (engine time, ns), or NULL. The order is by deadline and
 * first packet. Call it until it returns NULL, and often enough that now and all deadlines are less than 2^62 ns apart.
 */
struct tl_flow *tl_expiry_next(struct tl_expiry *expiry, int64_t now);
/*
 * Removes and returns the next flow in that order, whatever its deadline, or NULL when there is none. Time stays where
 * it is: deadlines can be centuries away, and the wheel does not turn to them.
 */
struct tl_flow *tl_expiry_evict(struct tl_expiry *expiry);
int64_t tl_expiry_deadline(const struct tl_expiry *expiry, const struct tl_flow *flow);
/* Valid as long as the expiry. */
const struct tl_expiry_clock *tl_expiry_clock(const struct tl_expiry *expiry);

#endif
