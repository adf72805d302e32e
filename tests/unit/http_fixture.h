/*
 * http_fixture.h - a TCP connection that a test makes, decoded packet by packet, over IPv4 and IPv6, with a VLAN tag,
 * on another port, cut into small segments, and with segments in the wrong order.
 */
#ifndef TL_TESTS_HTTP_FIXTURE_H
#define TL_TESTS_HTTP_FIXTURE_H

#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "dissectors/registry.h"

enum { TEXT = 2048, FRAME = 2048 };

struct way {
    const char *name;
    bool ip6, vlan, swapped;
    uint16_t port;
    uint32_t cut; /* bytes of a segment; 0: a step is a segment */
};

struct world {
    struct tl_decoder *decoder;
    struct tl_interfaces *interfaces;
    const struct way *way;
    const char *const *keys; /* of the http record; NULL after the last */
    uint8_t frames[4][FRAME];
    uint64_t number;
    uint32_t seq[2];
    bool shown;
    char records[TEXT], weirds[TEXT];
    char parts[TEXT]; /* texts of mime_multipart in the trees, with `|` after each */
};

__attribute__((format(printf, 2, 3))) static void add_text(char *to, const char *format, ...)
{
    size_t used = strlen(to);
    va_list args;
    va_start(args, format);
    vsnprintf(to + used, TEXT - used, format, args);
    va_end(args);
}

static void add_field(char *to, const struct tl_record_def *def, const struct tl_record *r, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        const void *member = (const char *)r + def->fields[i].offset;
        if (strcmp(def->fields[i].key, key) != 0)
            continue;
        if ((r->set >> i & 1) == 0) {
            add_text(to, "- ");
        } else if (def->fields[i].type == TL_REC_TEXT) {
            const struct tl_bytes *text = member;
            add_text(to, "%.*s ", (int)text->len, (const char *)text->data);
        } else if (def->fields[i].type == TL_REC_TOKEN) {
            add_text(to, "%s ", *(const char *const *)member);
        } else if (def->fields[i].type == TL_REC_TEXTS) {
            const struct tl_text_list *list = member;
            for (uint32_t k = 0; k < list->count; k++)
                add_text(to, "%.*s%s", (int)list->items[k].len, (const char *)list->items[k].data,
                         k + 1 < list->count ? "," : " ");
        } else {
            add_text(to, "%u ", (unsigned)*(const uint64_t *)member);
        }
        if ((r->cut >> i & 1) != 0)
            to[strlen(to) - 1] = '+', add_text(to, " ");
    }
}

static inline void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct world *w = context;
    (void)id;
    if (strcmp(def->path, "weird") == 0)
        add_field(w->weirds, def, record, "name");
    if (strcmp(def->path, "http") != 0)
        return;
    for (const char *const *key = w->keys; *key != NULL; key++)
        add_field(w->records, def, record, *key);
    w->records[strlen(w->records) - 1] = ';';
}

static uint8_t *put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, v >> 16), v & 0xffff);
}

static uint32_t sum(const uint8_t *p, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        v += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    return v;
}

static uint32_t folded_sum(uint32_t v)
{
    while (v > 0xffff)
        v = (v & 0xffff) + (v >> 16);
    return ~v & 0xffff;
}

/* Writes a frame to `at`. Returns its length. */
static uint32_t build(struct world *w, uint8_t *at, unsigned side, uint8_t flags, const char *text, uint32_t len)
{
    const struct way *way = w->way;
    const uint32_t size = way->ip6 ? 16 : 4;
    uint8_t *p = at, *ip, *tcp, *addresses;
    memset(p, 0, FRAME);
    p += 12;
    if (way->vlan)
        p = put16(put16(p, 0x8100), 7);
    p = put16(p, way->ip6 ? 0x86dd : 0x0800);
    ip = p;
    if (way->ip6) {
        p = put16(put32(p, 0x60000000), 20 + len);
        *p++ = 6, *p++ = 64;
    } else {
        p = put16(put16(p, 0x4500), 40 + len);
        p = put32(p, 0);
        *p++ = 64, *p++ = 6;
        p = put16(p, 0);
    }
    addresses = p;
    p[0] = p[size] = way->ip6 ? 0x20 : 10;
    p[size - 1] = (uint8_t)(1 + side);
    p[2 * size - 1] = (uint8_t)(2 - side);
    p += 2 * size;
    tcp = p;
    p = put16(p, side == 0 ? 40000 : way->port);
    p = put16(p, side == 0 ? way->port : 40000);
    p = put32(put32(p, w->seq[side]), (flags & 0x10) != 0 ? w->seq[side ^ 1] : 0);
    *p++ = 0x50, *p++ = flags;
    p = put16(p, 65000);
    p = put32(p, 0);
    if (len > 0)
        memcpy(p, text, len);
    p += len;
    put16(tcp + 16, folded_sum(sum(tcp, 20 + len, sum(addresses, 2 * (size_t)size, 6 + 20 + len))));
    if (!way->ip6)
        put16(ip + 10, folded_sum(sum(ip, 20, 0)));
    w->seq[side] += len + ((flags & 3) != 0);
    return (uint32_t)(p - at);
}

static void decode(struct world *w, const uint8_t *frame, uint32_t len)
{
    int64_t ts = (int64_t)++w->number * 1000000;
    struct tl_packet packet = { .ts = ts, .etime = ts, .number = w->number, .caplen = len, .len = len, .linktype = 1,
                                .bytes = frame };
    tl_decoder_expire(w->decoder, ts);
    tl_decoder_packet(w->decoder, &packet);
    const struct tl_tree *tree = tl_decoder_tree(w->decoder);
    for (uint32_t i = 0; w->shown && i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->protocol != TL_PROTOCOL_mime || node->field == TL_LAYER)
            continue;
        struct tl_bytes text = tl_node_bytes(tree, node);
        if (text.len > 0)
            add_text(w->parts, "%.*s|", (int)text.len, (const char *)text.data);
    }
}

/* From now on, packets have trees. */
static inline void show_trees(struct world *w)
{
    static const uint64_t all = UINT64_MAX, *wanted[TL_PROTOCOL_COUNT];
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = &all;
    tl_decoder_show(w->decoder, wanted);
    w->shown = true;
}

static void segment(struct world *w, unsigned side, uint8_t flags, const char *text, uint32_t len)
{
    decode(w, w->frames[0], build(w, w->frames[0], side, flags, text, len));
}

static void say(struct world *w, unsigned side, const char *text, size_t len)
{
    uint32_t left = (uint32_t)len, most = w->way->cut > 0 ? w->way->cut : 1400;
    while (left > 0) {
        uint32_t n = left < most ? left : most, again = left - n < most ? left - n : most;
        if (w->way->swapped && again > 0) {
            uint32_t first = build(w, w->frames[0], side, 0x18, text, n);
            decode(w, w->frames[1], build(w, w->frames[1], side, 0x18, text + n, again));
            decode(w, w->frames[0], first);
            n += again;
        } else {
            segment(w, side, 0x18, text, n);
        }
        text += n;
        left -= n;
    }
    segment(w, side ^ 1, 0x10, NULL, 0);
}

/* Makes a decoder for the way, and opens the connection. */
static void begin(struct world *w, const struct way *way, const struct tl_registry *registry, const char *const *keys)
{
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    *w = (struct world){ .way = way, .keys = keys, .interfaces = tl_interfaces_new(), .seq = { 1000, 5000 } };
    assert_int_equal(tl_interfaces_add(w->interfaces, &ethernet), 0);
    struct tl_decoder_options options = { .registry = registry, .interfaces = w->interfaces,
                                          .crypto = &tl_crypto_libcrypto, .inflate = &tl_inflate_zlib,
                                          .memory = 64 << 20,
                                          .listener = { .record = on_record, .context = w } };
    w->decoder = tl_decoder_new(&options);
    assert_non_null(w->decoder);
    segment(w, 0, 0x02, NULL, 0);
    segment(w, 1, 0x12, NULL, 0);
    segment(w, 0, 0x10, NULL, 0);
}

/* Closes the connection: all records are written. */
static void finish(struct world *w)
{
    segment(w, 1, 0x11, NULL, 0);
    segment(w, 0, 0x11, NULL, 0);
    segment(w, 1, 0x10, NULL, 0);
    tl_decoder_finish(w->decoder);
    tl_decoder_free(w->decoder);
    tl_interfaces_free(w->interfaces);
}

static const struct way ways[] = {
    { "IPv4", .port = 80 },
    { "IPv6", .port = 80, .ip6 = true },
    { "VLAN", .port = 8123, .vlan = true },
    { "bytes", .port = 80, .cut = 1 },
    { "cut", .port = 8123, .cut = 7 },
    { "order", .port = 80, .ip6 = true, .cut = 11, .swapped = true },
};

#endif
