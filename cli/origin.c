/* origin.c - finds fields in a captured frame and writes their values. */
#include "cli/origin.h"

#include "dissectors/registry.h"
#include "inject/rewrite.h"
#include "pipeline/detail.h"
#include "pipeline/engine.h"

#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 1, MOST = 65535 + 18 };

/* A sink that keeps one packet. */
struct keeper {
    struct tl_sink sink;
    struct tl_engine *engine;
    struct tl_origin *origin;
    uint64_t number;
    bool found, other_link, cut, failed;
};

static enum tl_failure take(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct keeper *k = (struct keeper *)sink;
    (void)error;
    for (uint32_t i = 0; i < block->count && !k->found; i++) {
        const struct tl_packet *p = &block->packets[i];
        if (p->number != k->number)
            continue;
        k->found = true;
        k->other_link = p->linktype != ETHERNET;
        k->cut = p->caplen < p->len || p->caplen > MOST;
        k->origin->bytes = malloc(p->caplen + 2 * TL_REWRITE_ROOM);
        k->origin->changed = malloc(p->caplen + 2 * TL_REWRITE_ROOM);
        k->failed = k->origin->bytes == NULL || k->origin->changed == NULL;
        if (!k->failed)
            memcpy(k->origin->bytes + TL_REWRITE_ROOM, p->bytes, p->caplen);
        k->origin->len = p->caplen;
        tl_engine_stop(k->engine);
    }
    return TL_E_NONE;
}

static enum tl_failure nothing(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void keep_it(struct tl_sink *sink)
{
    (void)sink;
}

enum tl_failure tl_origin_read(struct tl_origin *origin, const char *file, uint64_t number, struct tl_error *error)
{
    struct keeper k = { .sink = { .block = take, .close = nothing, .free = keep_it },
                        .origin = origin,
                        .number = number };
    struct tl_engine_options options = {
        .inputs = &file, .input_count = 1, .most = number, .memory = (size_t)1 << 27, .timeouts = TL_TIMEOUTS_DEFAULT
    };
    struct tl_sink *sink = &k.sink;
    k.engine = tl_engine_new(&options, error);
    if (k.engine == NULL)
        return error->kind;
    tl_engine_set_sinks(k.engine, &sink, 1);
    (void)tl_engine_run(k.engine, error);
    tl_engine_free(k.engine);
    if (k.failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (!k.found && error->kind == TL_E_NONE)
        return tl_error_set(error, TL_E_RUNTIME, "%s has no packet %llu", file, (unsigned long long)number);
    if (k.found && (k.other_link || k.cut))
        return tl_error_set(error, TL_E_RUNTIME, "packet %llu of %s %s: choose another", (unsigned long long)number,
                            file, k.other_link ? "is no Ethernet frame" : "was not captured whole");
    if (k.found) /* damage after the packet does not matter */
        *error = (struct tl_error){ .kind = TL_E_NONE };
    return error->kind;
}

void tl_origin_fini(struct tl_origin *origin)
{
    free(origin->bytes);
    free(origin->changed);
}

/* Changes to a frame whose tree is known. */
struct changing {
    const struct tl_tree *tree;
    uint8_t *frame;
    bool only_checksums;
    struct tl_error *error;
};

static const struct tl_node *node_of(const struct tl_tree *tree, const char *key, unsigned occurrence,
                                     const struct tl_field **field)
{
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *n = &tree->nodes[i];
        if (n->field == TL_LAYER || n->source != 0)
            continue;
        *field = &all.items[n->protocol]->fields[n->field];
        if (strcmp((*field)->key, key) == 0 && occurrence-- == 0)
            return n;
    }
    return NULL;
}

/* Writes the bits of a field that may share its bytes with others. */
static void write_bits(uint8_t *at, uint32_t len, uint64_t mask, uint64_t value)
{
    unsigned shift = mask != 0 ? (unsigned)__builtin_ctzll(mask) : 0;
    if (mask == 0)
        mask = len >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * len) - 1;
    value = value << shift & mask;
    for (uint32_t i = len; i-- > 0; mask >>= 8, value >>= 8)
        at[i] = (uint8_t)((at[i] & ~mask) | value);
}

/* The number that a description gives, as it is in the frame: lengths of headers and offsets count units. */
static uint64_t stored(const struct tl_craft_change *c, const struct tl_field *field)
{
    bool words = strcmp(field->key, "ip.hdr_len") == 0 || strcmp(field->key, "tcp.hdr_len") == 0;
    bool eights = strcmp(field->key, "ip.frag_offset") == 0;
    return words ? c->number / 4 : eights ? c->number / 8 : c->number;
}

static bool change(void *context, const struct tl_craft_change *c)
{
    struct changing *k = context;
    const struct tl_field *field = NULL;
    if (k->only_checksums && !c->is_checksum)
        return true;
    if (!k->only_checksums && c->is_checksum)
        return true;
    const struct tl_node *node =
        c->key != NULL && c->is_number ? node_of(k->tree, c->key, c->occurrence, &field) : NULL;
    if (node == NULL || node->len == 0 || node->len > 16) {
        tl_error_set(k->error, TL_E_USAGE,
                     c->key == NULL || !c->is_number ? "--from: %s.%s cannot be changed in a captured packet"
                                                     : "--from: the packet has no %s.%s",
                     c->layer, c->field);
        return false;
    }
    uint8_t *at = k->frame + node->off;
    if (c->bad) {
        at[node->len - 1]++;
    } else if (node->len == 16) {
        memcpy(at, c->prefix, 8);
        write_bits(at + 8, 8, 0, c->number);
    } else if (node->len <= 8) {
        write_bits(at, node->len, field->mask, stored(c, field));
    }
    return true;
}

enum tl_failure tl_origin_build(struct tl_origin *origin, struct tl_craft *craft, uint64_t index,
                                struct tl_bytes *frame, struct tl_error *error)
{
    struct tl_interface ethernet = { .linktype = ETHERNET, .decimals = 9, .section = UINT32_MAX };
    struct tl_rewrite checksums = { .vlan = TL_VLAN_KEEP, .checksums = true };
    uint8_t *at = origin->changed + TL_REWRITE_ROOM;
    memcpy(at, origin->bytes + TL_REWRITE_ROOM, origin->len);
    *frame = (struct tl_bytes){ at, origin->len };
    if (craft == NULL)
        return TL_E_NONE;
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_detail_options options = { .interfaces = interfaces, .memory = 1 << 20 };
    struct tl_detail *detail =
        interfaces != NULL && tl_interfaces_add(interfaces, &ethernet) == 0 ? tl_detail_new(&options) : NULL;
    if (detail != NULL) {
        /* The places are those of the frame as captured. */
        struct tl_packet packet = { .number = 1,
                                    .bytes = origin->bytes + TL_REWRITE_ROOM,
                                    .caplen = origin->len,
                                    .len = origin->len,
                                    .linktype = ETHERNET };
        struct changing k = { .tree = tl_detail_packet(detail, &packet), .frame = at, .error = error };
        if (tl_craft_visit(craft, index, change, &k)) {
            *frame = tl_rewrite_frame(&checksums, origin->changed, origin->len, true);
            k.only_checksums = true;
            (void)tl_craft_visit(craft, index, change, &k);
        }
    } else {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    tl_detail_free(detail);
    tl_interfaces_free(interfaces);
    return error->kind;
}
