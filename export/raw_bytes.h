/* raw_bytes.h - bytes of a packet as hexadecimal, with zeros in place of those that may be part of a secret. */
#ifndef TL_EXPORT_RAW_BYTES_H
#define TL_EXPORT_RAW_BYTES_H

#include "core/buffer.h"
#include "core/sink.h"

enum { TL_RAW_RANGES = 32 };

struct tl_raw_range {
    uint32_t from, to; /* offsets in the packet */
};

/*
 * What may be shown of a tree's sources. Shown are headers up to the innermost layer that is no application, and the
 * bytes of the layers after it, without the bytes that the tree hides. The rest can be the beginning of a message whose
 * end is in another packet: it is not known yet whether it is a secret. A message that was put together from several
 * packets has its secrets in a source of its own; the packet's payload is then not shown.
 */
struct tl_raw {
    const struct tl_tree *tree;
    bool plain;    /* everything may be shown */
    uint32_t open; /* offset in the packet where application data begins */
    struct tl_raw_range shown[TL_RAW_RANGES]; /* after that */
    uint32_t shown_count;
};

/* secrets: all bytes may be shown. The tree is borrowed. */
void tl_raw_init(struct tl_raw *raw, const struct tl_protocols *protocols, const struct tl_tree *tree, bool secrets);
/* Appends bytes of a source, as far as it has them, as pairs of digits with `separator` between them unless it is 0. */
void tl_raw_put(const struct tl_raw *raw, struct tl_buffer *b, unsigned source, uint32_t off, uint32_t len,
                char separator);
/* The same for bytes that are in a source; others, which were decoded, are shown as they are. */
void tl_raw_put_bytes(const struct tl_raw *raw, struct tl_buffer *b, struct tl_bytes bytes, char separator);
/* Finds the source that has the bytes. Returns false if none has. */
bool tl_raw_find(const struct tl_tree *tree, struct tl_bytes bytes, unsigned *source, uint32_t *off);
/* Do these names stand for bytes of packets? */
bool tl_keys_have_bytes(const char *const *keys, uint32_t count);
/* A dissector finds secrets only in fields that are wanted: wants all. */
void tl_want_secrets(const struct tl_protocols *protocols, uint64_t *const wanted[]);

#endif
