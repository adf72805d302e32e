/*
 * samples.h - for the tests of this folder: all samples of a folder, their packets, and engines that write to memory.
 */
#ifndef TL_TESTS_PROPERTY_SAMPLES_H
#define TL_TESTS_PROPERTY_SAMPLES_H

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/feed.h"
#include "core/buffer.h"
#include "core/keylog.h"
#include "dissectors/registry.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

static inline uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline void give_up(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static inline int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static inline bool is_capture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".pcap") == 0 || strcmp(dot, ".pcapng") == 0 || strcmp(dot, ".snoop") == 0);
}

/* Calls visit with the path of every sample below root; returns their number. */
static inline unsigned each_sample(char *root, void (*visit)(void *context, const char *path), void *context)
{
    char *roots[] = { root, NULL };
    unsigned count = 0;
    FTS *tree = fts_open(roots, FTS_LOGICAL, by_name);
    if (tree == NULL)
        give_up("cannot open the folder of samples");
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info != FTS_F || !is_capture(entry->fts_name))
            continue;
        visit(context, entry->fts_path);
        count++;
    }
    fts_close(tree);
    return count;
}

/* Calls visit for each packet of a readable capture file. */
static inline void each_packet(const char *path, void (*visit)(void *context, const struct tl_packet *packet),
                               void *context)
{
    struct tl_error error = { 0 };
    struct tl_file_options file = { .memory = 64 << 20 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    if (interfaces == NULL)
        give_up("out of memory");
    struct tl_source *source = tl_file_open(path, interfaces, &file, &error);
    if (source != NULL) {
        struct tl_feed_options options = { .sources = &source, .source_count = 1, .interfaces = interfaces,
                                           .workers = 1, .block_packets = 256, .block_count = 2 };
        struct tl_feed *feed = tl_feed_new(&options, &error);
        if (feed == NULL)
            give_up(error.text);
        struct tl_block *block;
        while ((block = tl_feed_next(feed)) != NULL) {
            for (uint32_t i = 0; i < block->count; i++)
                visit(context, &block->packets[i]);
            bool last = block->last;
            tl_feed_release(feed, block);
            if (last)
                break;
        }
        tl_feed_free(feed);
        source->ops->close(source);
    }
    tl_interfaces_free(interfaces);
}

/* A sink that formats like another and keeps the output. */
struct memory_sink {
    struct tl_sink sink;
    struct tl_sink *as;
    struct tl_buffer text;
};

static inline void memory_want(const struct tl_sink *sink, const struct tl_protocols *protocols,
                               uint64_t *const wanted[])
{
    const struct memory_sink *m = (const struct memory_sink *)sink;
    m->as->want(m->as, protocols, wanted);
}

static inline void memory_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                                 const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct memory_sink *m = (const struct memory_sink *)sink;
    m->as->record(m->as, out, def, record, id, decimals);
}

static inline void memory_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                                 const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct memory_sink *m = (const struct memory_sink *)sink;
    m->as->packet(m->as, out, packet, interface, tree);
}

static inline enum tl_failure memory_write(struct tl_sink *sink, const uint8_t *data, size_t len,
                                           struct tl_error *error)
{
    struct memory_sink *m = (struct memory_sink *)sink;
    (void)error;
    tl_put(&m->text, data, len);
    return m->text.failed ? TL_E_RUNTIME : TL_E_NONE;
}

static inline enum tl_failure memory_close(struct tl_sink *sink, struct tl_error *error)
{
    struct memory_sink *m = (struct memory_sink *)sink;
    return m->as->close(m->as, error);
}

static inline void memory_sink_init(struct memory_sink *m, struct tl_sink *as)
{
    if (as == NULL)
        give_up("out of memory");
    *m = (struct memory_sink){ .as = as };
    m->sink.want = as->want != NULL ? memory_want : NULL;
    m->sink.record = as->record != NULL ? memory_record : NULL;
    m->sink.packet = as->packet != NULL ? memory_packet : NULL;
    m->sink.write = memory_write;
    m->sink.close = memory_close;
}

static inline void memory_sink_fini(struct memory_sink *m)
{
    m->as->free(m->as);
    tl_buffer_fini(&m->text);
}

/* Secrets of TLS sessions, of the sample that a capture is made from; NULL: those in the capture only. */
static struct tl_keylog *sample_secrets;

/* Returns the records of a capture file as JSON lines, NUL-terminated; also collects packet detail if `detail`. */
static inline char *records_of(const char *path, bool detail, bool verify)
{
    struct tl_error error = { 0 };
    struct memory_sink records, packets;
    struct tl_protocols protocols = tl_protocols_all();
    memory_sink_init(&records, tl_records_sink(tl_output_open("/dev/null", &error), "."));
    memory_sink_init(&packets, tl_packets_sink(tl_output_open("/dev/null", &error), &protocols));
    struct tl_sink *sinks[] = { &records.sink, &packets.sink };
    struct tl_engine_options options = { .inputs = &path, .input_count = 1, .memory = 64 << 20, .decode = true,
                                         .keylog = sample_secrets,
                                         .checksums = verify ? TL_CHECKSUMS_AUTO : TL_CHECKSUMS_OFF,
                                         .timeouts = TL_TIMEOUTS_DEFAULT, .sinks = sinks,
                                         .sink_count = detail ? 2 : 1 };
    struct tl_engine *engine = tl_engine_new(&options, &error);
    if (engine != NULL) {
        if (tl_engine_run(engine, &error) == TL_E_RUNTIME)
            give_up(error.text);
        tl_engine_free(engine);
    }
    tl_put_char(&records.text, 0);
    char *text = strdup((const char *)records.text.data);
    if (!detail)
        packets.as->close(packets.as, &error);
    memory_sink_fini(&records);
    memory_sink_fini(&packets);
    if (text == NULL)
        give_up("out of memory");
    return text;
}

#endif
