/* origin.c - finds fields in a captured frame and writes their values. */
#include "cli/origin.h"

#include "core/linktype.h"
#include "dissectors/registry.h"
#include "inject/rewrite.h"
#include "pipeline/detail.h"
#include "pipeline/engine.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 65535 + 18 };

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
        k->other_link = p->linktype != TL_LINKTYPE_ETHERNET;
        k->cut = p->caplen < p->len || p->caplen > MOST;
        k->origin->captured = malloc(p->caplen);
        k->origin->base = malloc(MOST);
        k->origin->changed = malloc(MOST);
        k->failed = k->origin->captured == NULL || k->origin->base == NULL || k->origin->changed == NULL;
        if (!k->failed)
            memcpy(k->origin->captured, p->bytes, p->caplen);
        k->origin->captured_len = p->caplen;
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
    free(origin->captured);
    free(origin->base);
    free(origin->changed);
}

/* Changes to a frame. */
struct changing {
    struct tl_origin *origin;
    struct tl_detail *detail;
    const struct tl_tree *tree; /* of origin->base */
    bool only_checksums;
    bool moved; /* a text has another length */
    struct tl_error *error;
};

/* Decodes the frame, as it is now with its texts. */
static const struct tl_tree *decode(struct changing *k)
{
    struct tl_packet packet = { .number = 1,
                                .bytes = k->origin->base,
                                .caplen = k->origin->len,
                                .len = k->origin->len,
                                .linktype = TL_LINKTYPE_ETHERNET };
    tl_detail_begin(k->detail);
    k->tree = tl_detail_packet(k->detail, &packet);
    return k->tree;
}

static const struct tl_field *field_of(const struct tl_node *n)
{
    struct tl_protocols all = tl_protocols_all();
    return n->field == TL_LAYER ? NULL : &all.items[n->protocol]->fields[n->field];
}

/* Finds the field of a layer; `occurrence` others of this name come before. */
static const struct tl_node *node_of(const struct tl_tree *tree, const char *key, unsigned occurrence)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *n = &tree->nodes[i];
        const struct tl_field *field = field_of(n);
        if (field != NULL && n->source == 0 && strcmp(field->key, key) == 0 && occurrence-- == 0)
            return n;
    }
    return NULL;
}

/* A field of a description that has several names in trees, as messages of ICMPv6 have. */
static const struct tl_node *find(const struct tl_tree *tree, const struct tl_craft_change *c)
{
    static const char *const others[][2] = {
        { "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address" },
        { "icmpv6.nd.ns.target_address", "icmpv6.nd.rd.target_address" },
        { "icmpv6.nd.ns.target_address", "icmpv6.mld.multicast_address" },
        { "icmpv6.opt.src_linkaddr", "icmpv6.opt.target_linkaddr" },
        { "icmpv6.mtu", "icmpv6.opt.mtu" },
        { "tftp.source_file", "tftp.destination_file" },
    };
    const struct tl_node *node = c->key != NULL ? node_of(tree, c->key, c->occurrence) : NULL;
    for (unsigned i = 0; i < TL_COUNT(others) && node == NULL && c->key != NULL; i++)
        if (strcmp(c->key, others[i][0]) == 0)
            node = node_of(tree, others[i][1], c->occurrence);
    return node;
}

/* Finds the field that is changed, in the frame. Returns NULL and sets error. */
static const struct tl_node *place_of(const struct changing *k, const struct tl_craft_change *c)
{
    const struct tl_node *node = find(k->tree, c);
    if (c->key == NULL)
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s cannot be changed in a captured packet", c->layer, c->field);
    else if (node == NULL || (uint64_t)node->off + node->len > k->origin->len || (node->len == 0 && c->is_number))
        tl_error_set(k->error, TL_E_USAGE, "--from: the packet has no %s.%s", c->layer, c->field);
    return k->error->kind == TL_E_NONE ? node : NULL;
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
    bool top = strcmp(field->key, "icmpv6.nd.na.flag") == 0;
    return words ? c->number / 4 : eights ? c->number / 8 : top ? c->number << 29 : c->number;
}

/* The greatest number that the field holds; numbers of ASN.1 are signed, and as long as the packet made them. */
static uint64_t most_of(const struct tl_node *node, const struct tl_field *field)
{
    unsigned bits = field->mask != 0 ? (unsigned)__builtin_popcountll(field->mask) : 8 * node->len;
    if (field->type >= TL_I8 && field->type <= TL_I64)
        bits--;
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static bool change_number(void *context, const struct tl_craft_change *c)
{
    struct changing *k = context;
    if (!c->is_number || k->only_checksums != c->is_checksum)
        return true;
    const struct tl_node *node = place_of(k, c);
    const struct tl_field *field = node != NULL ? field_of(node) : NULL;
    if (field == NULL)
        return false;
    uint8_t *at = k->origin->changed + node->off;
    if (c->bad) {
        at[node->len - 1]++;
    } else if (node->len == 16) {
        memcpy(at, c->prefix, 8);
        write_bits(at + 8, 8, 0, c->number);
    } else if (node->len > 8) {
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s cannot be changed in a captured packet", c->layer, c->field);
    } else if (stored(c, field) > most_of(node, field)) {
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s=%llu is out of range: in this packet at most %llu", c->layer,
                     c->field, (unsigned long long)c->number, (unsigned long long)most_of(node, field));
    } else {
        write_bits(at, node->len, field->mask, stored(c, field));
    }
    return k->error->kind == TL_E_NONE;
}

/* Whether a text of another length can be put there: lengths inside the layer, and references, do not depend on it. */
static bool may_move(const struct tl_tree *tree, const char *key)
{
    static const char *const free_ones[] = { "tftp.source_file", "tftp.destination_file", "tftp.type", "data.data",
                                             "dhcp.option.hostname" };
    static const char *const counts[] = { "dns.count.answers", "dns.count.auth_rr" };
    for (unsigned i = 0; i < TL_COUNT(free_ones); i++)
        if (strcmp(key, free_ones[i]) == 0)
            return true;
    const struct tl_node *queries = node_of(tree, "dns.count.queries", 0), *more = node_of(tree, "dns.count.add_rr", 0);
    bool alone = strcmp(key, "dns.qry.name") == 0 && queries != NULL && queries->value == 1 && more != NULL &&
                 more->value <= 1; /* that of EDNS has no name */
    for (unsigned i = 0; i < TL_COUNT(counts); i++) {
        const struct tl_node *count = node_of(tree, counts[i], 0);
        alone = alone && count != NULL && count->value == 0;
    }
    return alone;
}

/* Whether the lengths of all layers up to a place are known, and no other checksum or padding depends on them. */
static bool may_grow(const struct tl_tree *tree, uint32_t place)
{
    static const unsigned known[] = {
        TL_PROTOCOL_data,   TL_PROTOCOL_eth,    TL_PROTOCOL_vlan, TL_PROTOCOL_llc,  TL_PROTOCOL_ip,
        TL_PROTOCOL_ipv6,   TL_PROTOCOL_icmp,   TL_PROTOCOL_gre,  TL_PROTOCOL_ppp,  TL_PROTOCOL_icmpv6,
        TL_PROTOCOL_pppoe,  TL_PROTOCOL_mpls,   TL_PROTOCOL_tcp,  TL_PROTOCOL_udp,  TL_PROTOCOL_vxlan,
        TL_PROTOCOL_geneve, TL_PROTOCOL_gtp,    TL_PROTOCOL_l2tp, TL_PROTOCOL_dns,  TL_PROTOCOL_tftp,
        TL_PROTOCOL_dhcp,
    };
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *n = &tree->nodes[i];
        bool one = n->field != TL_LAYER || n->source != 0 || n->off > place;
        for (unsigned l = 0; l < TL_COUNT(known) && !one; l++)
            one = n->protocol == known[l];
        if (!one)
            return false;
    }
    return true;
}

/* Adds to the lengths of the layers around a place. Returns false if one does not hold it. */
static bool add_to_lengths(const struct changing *k, uint32_t place, int32_t more)
{
    static const char *const lengths[] = { "ip.len",  "ipv6.plen",            "udp.length", "dns.length",
                                           "eth.len", "vlan.len",             "gtp.length", "l2tp.length",
                                           "pppoe.payload_length", "gre.key.payload_length" };
    for (uint32_t i = 0; i < k->tree->count; i++) {
        const struct tl_node *n = &k->tree->nodes[i];
        const struct tl_field *field = field_of(n);
        bool one = false;
        for (unsigned l = 0; l < TL_COUNT(lengths) && field != NULL; l++)
            one = one || strcmp(field->key, lengths[l]) == 0;
        if (!one || n->source != 0 || n->off >= place || n->len != 2)
            continue;
        int64_t value = (int64_t)n->value + more;
        if (value < 0 || value > 0xffff)
            return false;
        write_bits(k->origin->base + n->off, 2, 0, (uint64_t)value);
    }
    return true;
}

/* Puts text or bytes into the frame, and decodes it again. */
static bool change_bytes(void *context, const struct tl_craft_change *c)
{
    struct changing *k = context;
    struct tl_origin *o = k->origin;
    if (c->is_number)
        return true;
    const struct tl_node *node = place_of(k, c);
    const struct tl_field *field = node != NULL ? field_of(node) : NULL;
    if (field == NULL)
        return false;
    const char *key = field->key;
    uint32_t off = node->off, len = node->len;
    bool option = strcmp(key, "dhcp.option.hostname") == 0;
    if (c->data.len != len && !may_move(k->tree, key)) {
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s: give %u bytes, as many as the packet has: other parts of it "
                     "depend on them", c->layer, c->field, len);
        return false;
    }
    if (c->data.len != len && !may_grow(k->tree, off)) {
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s: give %u bytes, as many as the packet has: a layer around it "
                     "depends on their number", c->layer, c->field, len);
        return false;
    }
    if (o->len - len + c->data.len > MOST || (option && c->data.len > 255) ||
        !add_to_lengths(k, off, (int32_t)c->data.len - (int32_t)len)) {
        tl_error_set(k->error, TL_E_USAGE, "--from: %s.%s: the packet does not hold %u bytes", c->layer, c->field,
                     c->data.len);
        return false;
    }
    memmove(o->base + off + c->data.len, o->base + off + len, o->len - off - len);
    if (c->data.len > 0)
        memcpy(o->base + off, c->data.data, c->data.len);
    if (option && off > 0)
        o->base[off - 1] = (uint8_t)c->data.len;
    o->len = o->len - len + c->data.len;
    k->moved = true;
    return decode(k) != NULL;
}

/* Computes the checksums of IP packets in which something changed, from the inside out, and of the outermost one. */
static void mend(const struct changing *k)
{
    struct tl_origin *o = k->origin;
    bool outermost = false;
    for (uint32_t i = k->tree->count; i-- > 0;) {
        const struct tl_node *n = &k->tree->nodes[i];
        if (n->field != TL_LAYER || n->source != 0 || n->off >= o->len ||
            (n->protocol != TL_PROTOCOL_ip && n->protocol != TL_PROTOCOL_ipv6))
            continue;
        outermost = true;
        for (uint32_t before = 0; before < i && outermost; before++)
            outermost = k->tree->nodes[before].field != TL_LAYER || (k->tree->nodes[before].protocol != TL_PROTOCOL_ip &&
                                                                    k->tree->nodes[before].protocol != TL_PROTOCOL_ipv6);
        if (outermost || k->moved || memcmp(o->changed + n->off, o->base + n->off, o->len - n->off) != 0)
            tl_rewrite_mend(o->changed, o->base, n->off, o->len);
    }
}

static bool look(void *context, const struct tl_craft_change *c)
{
    return place_of(context, c) != NULL;
}

static void look_at_all(struct changing *k, struct tl_craft *craft, uint64_t index)
{
    if (decode(k) != NULL)
        (void)tl_craft_visit(craft, index, look, k);
}

static void change_all(struct changing *k, struct tl_craft *craft, uint64_t index)
{
    struct tl_origin *o = k->origin;
    if (decode(k) == NULL || !tl_craft_visit(craft, index, change_bytes, k))
        return;
    memcpy(o->changed, o->base, o->len); /* places are those of the frame before numbers change */
    if (!tl_craft_visit(craft, index, change_number, k))
        return;
    mend(k);
    k->only_checksums = true;
    (void)tl_craft_visit(craft, index, change_number, k);
}

/* Decodes the captured frame, and does `what` to its fields. */
static enum tl_failure with_fields(struct tl_origin *origin, struct tl_craft *craft, uint64_t index,
                                   void (*what)(struct changing *, struct tl_craft *, uint64_t), struct tl_error *error)
{
    struct tl_interface ethernet = { .linktype = TL_LINKTYPE_ETHERNET, .decimals = 9, .section = UINT32_MAX };
    origin->len = origin->captured_len;
    memcpy(origin->base, origin->captured, origin->len);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_detail_options options = { .interfaces = interfaces, .memory = 1 << 20, .secrets = true };
    struct tl_detail *detail =
        interfaces != NULL && tl_interfaces_add(interfaces, &ethernet) == 0 ? tl_detail_new(&options) : NULL;
    if (detail != NULL) {
        struct changing k = { .origin = origin, .detail = detail, .error = error };
        what(&k, craft, index);
    } else {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    tl_detail_free(detail);
    tl_interfaces_free(interfaces);
    return error->kind;
}

enum tl_failure tl_origin_check(struct tl_origin *origin, struct tl_craft *craft, struct tl_error *error)
{
    return with_fields(origin, craft, 0, look_at_all, error);
}

enum tl_failure tl_origin_build(struct tl_origin *origin, struct tl_craft *craft, uint64_t index,
                                struct tl_bytes *frame, struct tl_error *error)
{
    *frame = (struct tl_bytes){ origin->captured, origin->captured_len };
    if (craft == NULL)
        return TL_E_NONE;
    enum tl_failure failure = with_fields(origin, craft, index, change_all, error);
    *frame = (struct tl_bytes){ origin->changed, origin->len };
    return failure;
}
