/* expect.h - expected flows: announced by another flow, taken by the first new flow that matches. */
#ifndef TL_DECODE_EXPECT_H
#define TL_DECODE_EXPECT_H

#include "core/channel.h"
#include "flows/flow.h"

struct tl_expectations;

enum { TL_EXPECT_MOST = 65536 }; /* expectations at one time; the oldest is dropped first */

/* Uses slab memory; the slab must outlive it. seed: of a hash. Returns NULL without memory. */
struct tl_expectations *tl_expectations_new(struct tl_slab *slab, uint64_t seed);
void tl_expectations_free(struct tl_expectations *list);
/* Drops all: the input ended. */
void tl_expectations_forget(struct tl_expectations *list);

/*
 * `parent` announces a flow at engine time `now` (ns). uid is that of the parent. Returns false without memory, or if
 * the flow is not within the parent's outermost address pair.
 */
bool tl_expectations_add(struct tl_expectations *list, const struct tl_flow *parent, int64_t now,
                         const struct tl_expected_flow *flow, const char *uid, struct tl_bytes note);
/*
 * Takes the oldest expectation that matches a new flow; first: its first packet, at the payload. Returns false if there
 * is none. *told is for tl_expectation_of() and valid until the next call.
 */
bool tl_expectations_take(struct tl_expectations *list, const struct tl_flow *flow, int64_t now,
                          const struct tl_cursor *first, const struct tl_protocol **protocol, struct tl_bytes *told);
struct tl_expectation tl_expectation_of(struct tl_bytes told);

/*
 * A file passes in a flow with these ports, which `parent` (its uid) announced. The last TL_CARRIED_MOST of a parent
 * are kept until it ends, so that they do not depend on the number of workers; of all parents the last 65,536. The type
 * of one that is kept may be told later.
 */
enum { TL_CARRIED_MOST = 64 };
void tl_expectations_carry(struct tl_expectations *list, const char *parent, const uint16_t ports[2],
                           const struct tl_carried *file);
bool tl_expectations_carried(struct tl_expectations *list, const char *parent, uint16_t port, struct tl_carried *file);
/* The parent ended: forgets its files. */
void tl_expectations_uncarry(struct tl_expectations *list, const char *parent);
bool tl_expectations_carries(const struct tl_expectations *list); /* any file */
uint32_t tl_expectations_count(const struct tl_expectations *list);

#endif
