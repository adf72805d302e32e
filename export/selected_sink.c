/*
 * selected_sink.c - lets a sink of packets as captured (-w) take only those that a display filter selects: workers copy
 * them, and the writer thread passes them on in blocks, in capture order.
 */
#include <stdlib.h>

#include "export/sinks.h"

enum { BLOCK_MOST = 64 }; /* packets passed on at once */

struct selected {
    struct tl_sink sink;
    struct tl_sink *inner; /* owned */
};

static const struct selected *of(const struct tl_sink *sink)
{
    return (const struct selected *)sink;
}

/* Bytes of a packet with the options that follow them. */
static uint32_t size_of(const struct tl_packet *packet)
{
    return packet->options_len > 0 ? ((packet->caplen + 3u) & ~3u) + packet->options_len : packet->caplen;
}

static void packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *p,
                   const struct tl_interface *interface, const struct tl_tree *tree)
{
    (void)sink;
    (void)interface;
    (void)tree;
    tl_put(out, p, sizeof *p);
    tl_put(out, p->bytes, size_of(p));
}

static enum tl_failure write_packets(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_packet packets[BLOCK_MOST];
    struct tl_block block = { .packets = packets, .capacity = BLOCK_MOST };
    enum tl_failure failure = TL_E_NONE;
    while (len > 0 && failure == TL_E_NONE) {
        struct tl_packet *p = &packets[block.count++];
        memcpy(p, data, sizeof *p);
        p->bytes = data + sizeof *p;
        data += sizeof *p + size_of(p);
        len -= sizeof *p + size_of(p);
        if (block.count < BLOCK_MOST && len > 0)
            continue;
        failure = of(sink)->inner->block(of(sink)->inner, &block, error);
        block.count = 0;
    }
    return failure;
}

static uint64_t lost(const struct tl_sink *sink)
{
    return of(sink)->inner->lost != NULL ? of(sink)->inner->lost(of(sink)->inner) : 0;
}

static bool gone(const struct tl_sink *sink)
{
    return of(sink)->inner->gone != NULL && of(sink)->inner->gone(of(sink)->inner);
}

static enum tl_failure tick(struct tl_sink *sink, struct tl_error *error)
{
    return of(sink)->inner->tick != NULL ? of(sink)->inner->tick(of(sink)->inner, error) : TL_E_NONE;
}

static enum tl_failure reopen(struct tl_sink *sink, struct tl_error *error)
{
    return of(sink)->inner->reopen != NULL ? of(sink)->inner->reopen(of(sink)->inner, error) : TL_E_NONE;
}

static enum tl_failure close_inner(struct tl_sink *sink, struct tl_error *error)
{
    return of(sink)->inner->close(of(sink)->inner, error);
}

static void free_sink(struct tl_sink *sink)
{
    of(sink)->inner->free(of(sink)->inner);
    free(sink);
}

struct tl_sink *tl_selected_sink(struct tl_sink *inner)
{
    struct selected *s = calloc(1, sizeof *s);
    if (s == NULL) {
        inner->free(inner);
        return NULL;
    }
    s->inner = inner;
    s->sink = (struct tl_sink){ .packet = packet, .write = write_packets, .lost = lost, .gone = gone, .tick = tick,
                                .reopen = reopen, .close = close_inner, .free = free_sink };
    return &s->sink;
}
