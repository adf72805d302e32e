/* file.c - a capture file as a source of packets: opens it, chooses the parser, watches over the mapping. */
#include "capture/file.h"

#include <stdatomic.h>
#include <stdlib.h>

uint16_t tl_file_linktype(uint16_t value)
{
    switch (value) {
    case 11: /* DLT_ATM_RFC1483 */
        return 100;
    case 12: /* DLT_RAW */
    case 14: /* DLT_RAW of OpenBSD */
        return 101;
    case 19: /* DLT_ATM_CLIP */
        return 106;
    default:
        return value;
    }
}

enum tl_input_wait tl_file_wait(const struct tl_block *block, uint32_t count_before, enum tl_input_wait wait)
{
    return wait == TL_WAIT && (block->count != count_before || block->backing != NULL) ? TL_PAUSE : wait;
}

static enum tl_parse parse(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    return file->is_pcapng ? tl_pcapng_parse(file, block, most, wait) : tl_pcap_parse(file, block, most, wait);
}

static bool beyond(const struct tl_input *in, const uint8_t *data, uint32_t len)
{
    return data + len > in->end;
}

/* The mapped file became shorter: what lies behind its end now is not given. `from`: packets of this call. */
static void cut(struct tl_file *file, struct tl_block *block, uint32_t from)
{
    struct tl_input *in = &file->input;
    uint32_t kept = from;
    while (kept < block->count && !beyond(in, block->packets[kept].bytes, block->packets[kept].caplen))
        kept++;
    file->packets -= block->count - kept;
    block->count = kept;
    for (uint32_t i = 0; i < from; i++) {
        struct tl_packet *packet = &block->packets[i];
        if (beyond(in, packet->bytes, packet->caplen)) {
            packet->flags |= TL_PACKET_CUT_BY_FILE;
            packet->caplen = 0;
            packet->options_len = 0;
        }
    }
    uint32_t extras = 0;
    while (extras < block->extra_count &&
           !beyond(in, block->extras[extras].block.data, block->extras[extras].block.len))
        extras++;
    block->extra_count = extras;
    file->has_pending = file->has_pending && !beyond(in, file->pending.bytes, file->pending.caplen);
    file->ended = true;
    file->error.kind = TL_E_NONE; /* what the parser made of the hole does not count */
    tl_error_set(&file->error, TL_E_DAMAGED, "%s: the file was cut while it was read", in->name);
}

static enum tl_failure file_next(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                                 struct tl_error *error)
{
    struct tl_file *file = (struct tl_file *)source;
    uint32_t from = block->count, extras = block->extra_count;
    if (block->backing == NULL)
        tl_input_begin(&file->input);
    if (file->has_pending && most > 0) {
        block->packets[block->count++] = file->pending;
        file->has_pending = false;
        most--;
    }
    if (!file->ended && most > 0) {
        enum tl_input_wait wait = block->count != from ? TL_PAUSE : TL_WAIT;
        file->ended = parse(file, block, most, wait) == TL_PARSE_ENDED;
    }
    if (file->input.map != NULL && tl_input_was_cut(&file->input))
        cut(file, block, from);
    if (block->count != from || block->extra_count != extras || block->backing != NULL)
        block->backing = (void *)(uintptr_t)tl_input_mark(&file->input);
    block->file_end = tl_input_position(&file->input);
    atomic_store_explicit(&file->input.done, block->file_end, memory_order_relaxed);
    *end = file->ended && !file->has_pending;
    if (!*end || file->error.kind == TL_E_NONE)
        return TL_E_NONE;
    return tl_error_set(error, file->error.kind, "%s", file->error.text);
}

static bool file_peek(struct tl_source *source, struct tl_block *block, int64_t *ts)
{
    struct tl_file *file = (struct tl_file *)source;
    if (!file->has_pending && !file->ended) {
        uint32_t count = block->count;
        file->ended = parse(file, block, 1, TL_PEEK) == TL_PARSE_ENDED;
        if (block->count > count) {
            file->pending = block->packets[--block->count];
            file->has_pending = true;
        }
        block->backing = (void *)(uintptr_t)tl_input_mark(&file->input);
    }
    *ts = file->pending.ts;
    return file->has_pending;
}

static void file_release(struct tl_source *source, struct tl_block *block)
{
    struct tl_file *file = (struct tl_file *)source;
    tl_input_release(&file->input, (uint64_t)(uintptr_t)block->backing, block->file_end);
}

static void file_stats(struct tl_source *source, struct tl_source_stats *stats)
{
    struct tl_file *file = (struct tl_file *)source;
    *stats = (struct tl_source_stats){
        .input_bytes = file->input.size,
        .input_done = atomic_load_explicit(&file->input.done, memory_order_relaxed),
        .cut = atomic_load_explicit(&file->input.cut, memory_order_relaxed),
    };
}

static bool file_fault(struct tl_source *source, void *addr)
{
    return tl_input_fault(&((struct tl_file *)source)->input, addr);
}

static void file_stop(struct tl_source *source)
{
    tl_input_stop(&((struct tl_file *)source)->input);
}

static void file_close(struct tl_source *source)
{
    struct tl_file *file = (struct tl_file *)source;
    tl_input_close(&file->input);
    free(file->pcapng.interfaces);
    free(file);
}

static const struct tl_source_ops ops = {
    .next = file_next,
    .peek = file_peek,
    .release = file_release,
    .stats = file_stats,
    .fault = file_fault,
    .stop = file_stop,
    .close = file_close,
};

static enum tl_failure begin(struct tl_file *file, struct tl_error *error)
{
    const uint8_t *head = file->input.at;
    if (tl_pcap_knows(head))
        return tl_pcap_begin(file, error);
    if (!tl_pcapng_knows(head))
        return tl_error_set(error, TL_E_DAMAGED, "%s: not a capture file (pcap or pcapng, plain or gzip, zstd, lz4)",
                            file->input.name);
    file->is_pcapng = true;
    return tl_pcapng_begin(file, error);
}

struct tl_source *tl_file_open(const char *path, struct tl_interfaces *interfaces,
                               const struct tl_file_options *options, struct tl_error *error)
{
    struct tl_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "%s: no memory to read it", path);
        return NULL;
    }
    file->source.ops = &ops;
    file->interfaces = interfaces;
    snprintf(file->source.name, sizeof(file->source.name), "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    if (tl_input_open(&file->input, path, file->source.name, options, error) != TL_E_NONE) {
        free(file);
        return NULL;
    }
    if (begin(file, error) != TL_E_NONE) {
        file_close(&file->source);
        return NULL;
    }
    return &file->source;
}
