/* gone.h - packets whose bytes cannot be read any more, and why. */
#ifndef TL_UI_GONE_H
#define TL_UI_GONE_H

#include "core/buffer.h"
#include "ui/store/source.h"

struct tl_gone {
    uint64_t evicted;    /* packets evicted from memory */
    uint64_t unreadable; /* packets in a file that changed, */
    const char *file;    /* the last of those files; owned by the input */
};

/* Counts a row whose bytes cannot be read. */
void tl_gone_count(struct tl_gone *gone, const struct tl_packet_source *source, const struct tl_row *row);
static inline uint64_t tl_gone_all(const struct tl_gone *gone)
{
    return gone->evicted + gone->unreadable;
}
/*
 * "; the bytes of 5 packets were evicted from memory (--mem)"; nothing if no packet is gone. more: others were saved.
 */
void tl_gone_put(struct tl_buffer *out, const struct tl_gone *gone, bool more);

#endif
