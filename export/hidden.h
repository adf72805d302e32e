/* hidden.h - the bytes of a packet that are secret. */
#ifndef TL_EXPORT_HIDDEN_H
#define TL_EXPORT_HIDDEN_H

#include "core/sink.h"

/*
 * Calls hide() for each part of a secret that no field of the tree shows: bytes [from, to) of it. Fields must be wanted.
 * Without a secret: there are too many, and any byte of the packet may be in one.
 */
void tl_hidden_each(const struct tl_tree *tree, const struct tl_protocols *protocols,
                    void (*hide)(void *context, struct tl_bytes secret, uint32_t from, uint32_t to), void *context);
/* Are they bytes of the packet, not decrypted or put together? */
static inline bool tl_hidden_in_packet(const struct tl_tree *tree, struct tl_bytes bytes)
{
    uintptr_t from = tree->source_count > 0 ? (uintptr_t)tree->sources[0].data : 0, at = (uintptr_t)bytes.data;
    return tree->source_count > 0 && at >= from && at - from < tree->sources[0].len;
}

#endif
