/* file.c - a capture file as a packet source: opens it, selects the parser, detects truncation. */
#include "capture/file.h"

#include <stdlib.h>

enum { READ_LISTED = 1 << 14 }; /* bytes of a read if only some packets are wanted */

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

void tl_file_dropped(_Atomic uint64_t *sum, uint64_t last, uint64_t now)
{
    uint64_t more = now >= last ? now - last : now; /* the counter was reset */
    atomic_fetch_add_explicit(sum, more, memory_order_relaxed);
}

bool tl_file_has_share(const struct tl_file *file, uint64_t from)
{
    return tl_input_offset(&file->input) - from > file->input.memory / TL_MEMORY_SHARES;
}

enum tl_input_wait tl_file_wait(const struct tl_block *block, uint32_t count_before, enum tl_input_wait wait)
{
    return wait == TL_WAIT && (block->count != count_before || block->backing != NULL) ? TL_PAUSE : wait;
}

enum tl_parse tl_file_misplaced(struct tl_file *file, uint64_t place)
{
    if (file->error.kind == TL_E_NONE)
        tl_error_set(&file->error, TL_E_DAMAGED, "%s: no packet at byte %llu: the file changed while it was read",
                     file->input.name, (unsigned long long)place);
    return TL_PARSE_ENDED;
}

/* Reads the listed packets, and the contexts before them. */
static enum tl_parse parse_listed(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    uint32_t before = block->count;
    while (block->count - before < most && block->extra_count < block->extra_capacity) {
        bool packets = file->place < file->places->count;
        bool contexts = file->contexts != NULL && file->context < file->contexts->count;
        if (!packets && !contexts)
            return TL_PARSE_ENDED;
        uint64_t place = packets ? file->places->items[file->place] : UINT64_MAX;
        bool context = contexts && file->contexts->items[file->context] < place;
        if (context)
            place = file->contexts->items[file->context];
        uint32_t count = block->count;
        /* TL_PEEK: a context always finds room */
        enum tl_input_wait how = context ? TL_PEEK : tl_file_wait(block, before, wait);
        if (file->format->parse_at(file, block, place, context, how) == TL_PARSE_ENDED)
            return TL_PARSE_ENDED;
        if (!context && block->count == count)
            return TL_PARSE_MORE; /* no memory for it in this block */
        file->context += context;
        file->place += !context;
    }
    return TL_PARSE_MORE;
}

static enum tl_parse parse(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    struct tl_input *in = &file->input;
    if (file->places != NULL)
        return parse_listed(file, block, most, wait);
    enum tl_parse parsed = file->format->parse(file, block, most, wait);
    if (parsed == TL_PARSE_ENDED && file->error.kind == TL_E_NONE && tl_input_was_cut(in))
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: cut short after packet %llu at byte %llu: the file had %llu bytes %s", in->name,
                     (unsigned long long)file->packets, (unsigned long long)tl_input_offset(in),
                     (unsigned long long)in->size, in->follows ? "before" : "when it was opened");
    return parsed;
}

static enum tl_failure file_next(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                                 struct tl_error *error)
{
    struct tl_file *file = (struct tl_file *)source;
    uint32_t from = block->count, extras = block->extra_count, asked = most;
    uint64_t begun = tl_input_offset(&file->input);
    if (block->backing == NULL)
        tl_input_begin(&file->input);
    if (file->has_pending && most > 0) {
        block->packets[block->count++] = file->pending;
        file->has_pending = false;
        most--;
    }
    if (!file->ended && most > 0) {
        enum tl_input_wait wait = block->count != from || file->owes ? TL_PAUSE : TL_WAIT;
        file->ended = parse(file, block, most, wait) == TL_PARSE_ENDED;
    }
    file->owes = file->source.waits && block->count - from == asked;
    if (block->count != from || block->extra_count != extras || block->backing != NULL ||
        tl_file_has_share(file, begun))
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
    tl_input_release(&file->input, (uint64_t)(uintptr_t)block->backing);
}

static void file_stats(struct tl_source *source, struct tl_source_stats *stats)
{
    struct tl_file *file = (struct tl_file *)source;
    *stats = (struct tl_source_stats){
        .input_bytes = file->input.waits ? 0 : file->input.size,
        .input_done = atomic_load_explicit(&file->input.done, memory_order_relaxed),
        .dropped_kernel = atomic_load_explicit(&file->dropped_kernel, memory_order_relaxed),
        .dropped_interface = atomic_load_explicit(&file->dropped_interface, memory_order_relaxed),
        .wrong_options = atomic_load_explicit(&file->wrong_options, memory_order_relaxed),
        .not_kept = atomic_load_explicit(&file->not_kept, memory_order_relaxed),
    };
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
    free(file->pcapng.header);
    free(file);
}

static const struct tl_source_ops ops = {
    .next = file_next,
    .peek = file_peek,
    .release = file_release,
    .stats = file_stats,
    .stop = file_stop,
    .close = file_close,
};

static enum tl_failure begin(struct tl_file *file, struct tl_error *error)
{
    static const struct tl_file_format *const formats[] = { &tl_file_pcap, &tl_file_pcapng, &tl_file_snoop };
    for (size_t i = 0; i < TL_COUNT(formats); i++) {
        if (!formats[i]->knows(file->input.at))
            continue;
        file->format = formats[i];
        return file->format->begin(file, error);
    }
    return tl_error_set(error, TL_E_DAMAGED,
                        "%s: not a capture file (pcap, pcapng or snoop, plain or gzip, zstd, lz4)", file->input.name);
}

struct tl_source *tl_file_open(const char *path, struct tl_interfaces *interfaces,
                               const struct tl_file_options *options, struct tl_error *error)
{
    struct tl_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "%s: not enough memory to read the file", path);
        return NULL;
    }
    file->source.ops = &ops;
    file->interfaces = interfaces;
    file->number = options->input;
    snprintf(file->source.name, sizeof(file->source.name), "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    if (tl_input_open(&file->input, path, file->source.name, options, error) != TL_E_NONE) {
        free(file);
        return NULL;
    }
    file->source.waits = file->owes = file->input.waits;
    file->places = options->places;
    file->contexts = options->contexts;
    file->noted = options->noted;
    if (file->places != NULL)
        file->input.read_most = READ_LISTED;
    if (begin(file, error) != TL_E_NONE) {
        file_close(&file->source);
        return NULL;
    }
    return &file->source;
}
