/*
 * fragments.h - reassembles IPv4 and IPv6 datagrams (RFC 791, RFC 8200 section 4.5). If fragments overlap, the first
 * copy of an 8-byte block wins. Bytes and time are limited: beyond a part of the slab the oldest datagram is dropped.
 */
#ifndef TL_FLOWS_FRAGMENTS_H
#define TL_FLOWS_FRAGMENTS_H

#include "core/dissect.h"
#include "core/sink.h"
#include "core/slab.h"

struct tl_fragments;

/* Returns NULL without memory. Free it before the slab. carriers: note which packets bring the fragments. */
struct tl_fragments *tl_fragments_new(struct tl_slab *slab, uint64_t seed, bool carriers);
void tl_fragments_free(struct tl_fragments *fragments);

/*
 * Adds the fragment described by d->net; its payload is at d's cursor. Fragments are only joined within one outermost
 * address pair (outer: its hash, 0: no tunnel), because only those always reach the same worker. Returns the whole
 * payload if this was the last missing fragment; it is valid until the next call for another packet. Otherwise returns
 * empty bytes: more fragments are needed, or the datagram cannot be reassembled.
 */
struct tl_bytes tl_fragments_add(struct tl_fragments *fragments, const struct tl_dissection *d, uint64_t outer);
/*
 * Returns the earlier packets that brought fragments of the datagrams completed by this packet, nested ones too. Valid
 * until the next call of tl_fragments_add().
 */
const struct tl_carrier *tl_fragments_carriers(const struct tl_fragments *fragments, uint64_t packet, uint32_t *count);
/*
 * Drops datagrams that are overdue at engine time now. Call it once per block: engine time wraps, and a very old
 * datagram would seem new again.
 */
void tl_fragments_expire(struct tl_fragments *fragments, int64_t now);
/* Payload bytes dropped so far because of memory or a limit. */
uint64_t tl_fragments_truncated(const struct tl_fragments *fragments);

#endif
