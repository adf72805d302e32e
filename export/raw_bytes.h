/* raw_bytes.h - bytes of a packet, crossed out where they are, or may be, part of a secret. */
#ifndef TL_EXPORT_RAW_BYTES_H
#define TL_EXPORT_RAW_BYTES_H

#include "core/buffer.h"
#include "core/sink.h"

/*
 * What may be shown of a tree's sources: all but what the tree hides, which stands as TL_CROSSED_OUT. If there are more
 * secrets than a tree remembers, nothing after the innermost layer that is no application.
 */
struct tl_raw {
    const struct tl_tree *tree;
    bool plain;    /* everything may be shown */
    uint32_t open; /* offset in the packet after which nothing may be shown */
};

enum { TL_CROSSED_OUT = '*' };

/* With --show-secrets a tree hides nothing. The tree is borrowed. */
void tl_raw_init(struct tl_raw *raw, const struct tl_protocols *protocols, const struct tl_tree *tree);
/* Copies bytes [off, off + n) of a source, which has them. */
void tl_raw_copy(const struct tl_raw *raw, uint8_t *out, unsigned source, uint32_t off, uint32_t n);
/* Appends bytes of a source, as far as it has them, as pairs of digits with `separator` between them unless it is 0. */
void tl_raw_put(const struct tl_raw *raw, struct tl_buffer *b, unsigned source, uint32_t off, uint32_t len,
                char separator);
/* The same for bytes that are in a source; others, which were decoded, are shown as they are. */
void tl_raw_put_bytes(const struct tl_raw *raw, struct tl_buffer *b, struct tl_bytes bytes, char separator);
/* Finds the source that has the bytes. Returns false if none has. */
bool tl_raw_find(const struct tl_tree *tree, struct tl_bytes bytes, unsigned *source, uint32_t *off);
/* Do these names stand for bytes of packets? */
bool tl_keys_have_bytes(const char *const *keys, uint32_t count);
/* Wants all fields: a dissector finds secrets only in those that are wanted. */
void tl_want_all(const struct tl_protocols *protocols, uint64_t *const wanted[]);

#endif
