/*
 * fragments.h - puts IPv4 and IPv6 datagrams together again (RFC 791, RFC 8200 section 4.5). Overlaps: the first copy
 * of an 8-byte block wins. Bounded in number, bytes and time; nothing is taken from a packet but what it holds.
 */
#ifndef TL_FLOWS_FRAGMENTS_H
#define TL_FLOWS_FRAGMENTS_H

#include "core/dissect.h"
#include "core/slab.h"

struct tl_fragments;

/* NULL without memory. Free it before the slab. */
struct tl_fragments *tl_fragments_new(struct tl_slab *slab, uint64_t seed);
void tl_fragments_free(struct tl_fragments *fragments);

/*
 * Takes in the fragment that d->net describes; its payload is at d's cursor. Pieces come together within one outermost
 * address pair (outer: its hash, 0: no tunnel): only those are sure to meet on one worker. Returns the whole payload
 * when this was the last piece (valid until the next call for another packet), else empty bytes: more are needed, or it
 * is not to be had.
 */
struct tl_bytes tl_fragments_add(struct tl_fragments *fragments, const struct tl_dissection *d, uint64_t outer);
/*
 * Forgets datagrams that are overdue at engine time now. To be called once a block: engine time wraps, and what is very
 * old would look young again.
 */
void tl_fragments_expire(struct tl_fragments *fragments, int64_t now);
/* Payload bytes that were dropped for want of memory or a limit, so far. */
uint64_t tl_fragments_truncated(const struct tl_fragments *fragments);

#endif
