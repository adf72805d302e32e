/*
 * seeds.c - extracts inputs for the fuzz harnesses from captures: fuzz_seeds FOLDER CAPTURE...
 * FOLDER/protocol/ gets the input of each layer of each capture, FOLDER/capture/ the captures themselves, FOLDER/explain/
 * the first packets of Ethernet with their times.
 */
#include <errno.h>
#include <sys/stat.h>

#include "core/time.h"
#include "dissectors/registry.h"
#include "pipeline/engine.h"

enum { FRAMES_MOST = 8192, FRAME_KEPT = 256, SEED_MOST = 4096, PACKET_MOST = 4095, CAPTURE_MOST = 1 << 18 };

/* One input for a protocol in one of its places. */
struct seed {
    uint8_t bytes[SEED_MOST];
    size_t len;
};

struct cutter {
    struct tl_sink sink;
    uint8_t frames[FRAMES_MOST]; /* see explain.c */
    size_t frames_len;
    int64_t last_ts;
    struct seed *seeds; /* TL_PROTOCOL_COUNT * TL_WHERE_MAX */
};

/* Finds the place of the protocol, as far as the layer below tells it. */
static unsigned place_of(const struct tl_protocol *protocol, const struct tl_protocol *below)
{
    for (unsigned i = 0; below != NULL && i < TL_WHERE_MAX; i++) {
        enum tl_on table = protocol->on[i].table;
        if ((table == TL_ON_TCP_PORT && strcmp(below->name, "tcp") == 0) ||
            (table == TL_ON_UDP_PORT && strcmp(below->name, "udp") == 0) ||
            (table == TL_ON_IP_PROTO && below->kind == TL_KIND_NETWORK) ||
            (table == TL_ON_PPP && strcmp(below->name, "ppp") == 0))
            return i;
    }
    return 0;
}

static void add(struct seed *seed, unsigned protocol, unsigned place, const uint8_t *data, size_t len)
{
    if (len > PACKET_MOST)
        len = PACKET_MOST;
    if (seed->len == 0) {
        const uint8_t head[3] = { (uint8_t)protocol, (uint8_t)place, 0 };
        memcpy(seed->bytes, head, sizeof head);
        seed->len = sizeof head;
    }
    if (len + 3 > sizeof seed->bytes - seed->len)
        return;
    uint8_t *p = seed->bytes + seed->len;
    p[0] = (seed->len & 1) != 0; /* alternate the direction */
    tl_store_be16(p + 1, (uint16_t)len);
    memcpy(p + 3, data, len);
    seed->len += len + 3;
}

/* The time since the last packet as a byte: see time_of() in explain.c. */
static uint8_t time_code(int64_t since)
{
    unsigned power = 0;
    while (power < 15 && since >> (power * 2 + 10) > 15)
        power++;
    int64_t part = since > 0 ? since >> (power * 2 + 10) : 0;
    return (uint8_t)(power << 4 | (unsigned)(part > 15 ? 15 : part));
}

static void add_frame(struct cutter *c, const struct tl_packet *packet)
{
    size_t len = packet->caplen > FRAME_KEPT ? FRAME_KEPT : packet->caplen;
    if (packet->linktype != 1 || len + 3 > sizeof c->frames - c->frames_len)
        return;
    uint8_t *p = c->frames + c->frames_len;
    p[0] = c->last_ts != 0 ? time_code(tl_time_between(c->last_ts, packet->ts)) : 0;
    tl_store_be16(p + 1, (uint16_t)len);
    memcpy(p + 3, packet->bytes, len);
    c->frames_len += len + 3;
    c->last_ts = packet->ts;
}

/* All fields: what shows none is not decoded beyond the headers. */
static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    (void)sink;
    for (unsigned i = 0; i < protocols->count; i++) {
        for (unsigned f = 0; f < protocols->items[i]->field_count; f++)
            wanted[i][f / 64] |= UINT64_C(1) << (f % 64);
    }
}

static void cut(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                const struct tl_interface *interface, const struct tl_tree *tree)
{
    struct cutter *cutter = (struct cutter *)(uintptr_t)sink;
    const struct tl_node *below = NULL;
    struct tl_protocols all = tl_protocols_all();
    (void)out;
    (void)interface;
    add_frame(cutter, packet);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER)
            continue;
        const struct tl_protocol *protocol = all.items[node->protocol];
        const struct tl_tree_source *source = &tree->sources[node->source];
        uint32_t off = node->off;
        if (protocol->kind == TL_KIND_APPLICATION && below != NULL && below->source == node->source)
            off = below->off + below->len; /* including the framing of its messages */
        unsigned place = place_of(protocol, below != NULL ? all.items[below->protocol] : NULL);
        if (node->source < tree->source_count && off <= source->len)
            add(&cutter->seeds[node->protocol * TL_WHERE_MAX + place], node->protocol, place, source->data + off,
                source->len - off);
        below = node;
    }
}

static enum tl_failure nothing(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    (void)sink;
    (void)data;
    (void)len;
    (void)error;
    return TL_E_NONE;
}

static enum tl_failure closed(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static bool write_file(const char *folder, const char *kind, const char *name, unsigned number, const uint8_t *data,
                       size_t len)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/%s-%u", folder, kind, name, number);
    FILE *file = fopen(path, "wbe");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    bool written = fwrite(data, 1, len, file) == len;
    return fclose(file) == 0 && written;
}

/* Writes the whole capture after a byte of options that varies. */
static bool copy_capture(const char *folder, const char *path, unsigned number)
{
    static uint8_t whole[CAPTURE_MOST + 1];
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    whole[0] = (uint8_t)(number * 37);
    size_t n = fread(whole + 1, 1, CAPTURE_MOST, file);
    fclose(file);
    return n == CAPTURE_MOST || write_file(folder, "capture", "file", number, whole, n + 1);
}

static bool cut_capture(const char *folder, const char *path, unsigned number, struct seed *seeds)
{
    const char *const inputs[] = { path };
    struct cutter cutter = { .sink = { .want = want, .packet = cut, .write = nothing, .close = closed }, .seeds = seeds };
    struct tl_sink *const sinks[] = { &cutter.sink };
    struct tl_engine_options o = { .inputs = inputs, .input_count = 1, .memory = 64 << 20, .decode = true,
                                   .timeouts = TL_TIMEOUTS_DEFAULT, .sinks = sinks, .sink_count = 1 };
    struct tl_error error = { 0 };
    bool written = true;
    memset(seeds, 0, TL_PROTOCOL_COUNT * TL_WHERE_MAX * sizeof *seeds);
    struct tl_engine *engine = tl_engine_new(&o, &error);
    if (engine == NULL) /* a damaged capture: a seed for the reader only */
        return true;
    (void)!tl_engine_run(engine, &error);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT * TL_WHERE_MAX; i++) {
        if (seeds[i].len > 0)
            written &= write_file(folder, "protocol", tl_protocols_all().items[i / TL_WHERE_MAX]->name,
                                  number * TL_WHERE_MAX + i % TL_WHERE_MAX, seeds[i].bytes, seeds[i].len);
    }
    if (cutter.frames_len > 0)
        written &= write_file(folder, "explain", "flows", number, cutter.frames, cutter.frames_len);
    tl_engine_free(engine);
    return written;
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc < 3) {
        fprintf(stderr, "usage: fuzz_seeds FOLDER CAPTURE...\n");
        return 2;
    }
    static const char *const kinds[] = { "protocol", "capture", "explain" };
    for (unsigned i = 0; i < TL_COUNT(kinds); i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], kinds[i]);
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            return 1;
        }
    }
    struct seed *seeds = calloc(TL_PROTOCOL_COUNT * TL_WHERE_MAX, sizeof *seeds);
    bool done = seeds != NULL;
    for (int i = 2; done && i < argc; i++)
        done = copy_capture(argv[1], argv[i], (unsigned)i) && cut_capture(argv[1], argv[i], (unsigned)i, seeds);
    free(seeds);
    return done ? 0 : 1;
}
