/*
 * layers_fixture.h - for the tests of dissectors/: packets as hexadecimal digits, decoded layer by layer, placed
 * directly before an inaccessible page.
 */
#ifndef TL_TESTS_LAYERS_FIXTURE_H
#define TL_TESTS_LAYERS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/dissect.h"
#include "dissectors/registry.h"

enum { FIXTURE_ROOM = 4096, FIXTURE_LAYERS = 32, FIXTURE_WORDS = 8 };

struct fixture {
    struct tl_dissection d;
    struct tl_frame frame;
    struct tl_tree tree;
    struct tl_arena scratch;
    struct tl_registry *registry;
    uint8_t *page;                      /* FIXTURE_ROOM bytes, then the guard page */
    uint8_t packet[FIXTURE_ROOM];
    uint32_t len;
    unsigned protocols[FIXTURE_LAYERS];
    enum tl_status statuses[FIXTURE_LAYERS];
    unsigned count;
    struct tl_network net;              /* outermost network layer */
    bool verify;
};

static inline int fixture_setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){ .registry = tl_registry_new() };
    assert_non_null(f.registry);
    f.page = mmap(NULL, FIXTURE_ROOM + (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(f.page, MAP_FAILED);
    assert_int_equal(mprotect(f.page + FIXTURE_ROOM, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE), 0);
    tl_tree_init(&f.tree);
    assert_true(tl_arena_init(&f.scratch, 1 << 14));
    *state = &f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    tl_tree_fini(&f->tree);
    tl_arena_fini(&f->scratch);
    tl_registry_free(f->registry);
    munmap(f->page, FIXTURE_ROOM + (size_t)sysconf(_SC_PAGESIZE));
    return 0;
}

static inline int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits, separated by any other characters. */
static inline uint32_t hex_bytes(uint8_t *out, uint32_t room, const char *hex)
{
    uint32_t n = 0;
    for (; *hex != '\0'; hex++) {
        if (hex_digit(*hex) < 0)
            continue;
        assert_true(n < room && hex_digit(hex[1]) >= 0);
        out[n++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        hex++;
    }
    return n;
}

static inline unsigned fixture_follow(const struct fixture *f)
{
    const struct tl_next *next = &f->d.next;
    if (next->kind == TL_NEXT_NONE || next->kind == TL_NEXT_PORTS)
        return TL_PROTOCOL_COUNT;
    if (next->kind != TL_NEXT_PROTOCOL)
        return tl_registry_find(f->registry, next->table, next->value);
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < all.count; i++) {
        if (all.items[i] == next->protocol)
            return i;
    }
    return TL_PROTOCOL_COUNT;
}

/* A tunnel says which service its flow is. */
static inline void fixture_confirm(struct tl_dissection *d)
{
    (void)d;
}

static const struct tl_host fixture_host = { .confirm = fixture_confirm };

/* Decodes the first `captured` bytes of the packet, starting with protocol `index`, until no layer follows. */
static inline void fixture_run(struct fixture *f, unsigned index, uint32_t captured, uint32_t wire, bool detail)
{
    static const uint64_t everything[FIXTURE_WORDS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    struct tl_dissection *d = &f->d;
    uint8_t *at = f->page + FIXTURE_ROOM - captured;
    if (captured > 0)
        memcpy(at, f->packet, captured);
    f->frame = (struct tl_frame){ 0 };
    *d = (struct tl_dissection){ .c = tl_cursor_on(at, captured, wire), .layer = TL_NO_NODE, .verify = f->verify,
                                 .frame = &f->frame, .net = &f->frame.net, .seg = &f->frame.seg,
                                 .scratch = &f->scratch, .host = &fixture_host };
    tl_arena_reset(&f->scratch);
    f->net = (struct tl_network){ 0 };
    f->count = 0;
    if (detail) {
        d->tree = &f->tree;
        tl_tree_reset(&f->tree, at, captured);
    }
    while (index < TL_PROTOCOL_COUNT && f->count < FIXTURE_LAYERS) {
        d->protocol = tl_protocols_all().items[index];
        d->protocol_index = (uint16_t)index;
        d->start = d->c.off;
        d->wanted = detail ? everything : NULL;
        d->next = (struct tl_next){ 0 };
        if (detail)
            tl_layer_begin(d);
        f->protocols[f->count] = index;
        f->statuses[f->count] = d->protocol->dissect(d);
        assert_int_equal(f->statuses[f->count], d->c.status);
        assert_true(d->c.off <= d->c.end && d->c.end <= d->c.wire_end);
        if (detail)
            tl_layer_end(d);
        if (d->protocol->kind == TL_KIND_NETWORK && f->net.version == 0)
            f->net = f->frame.net;
        bool stop = f->statuses[f->count++] != TL_OK || (d->protocol->kind == TL_KIND_NETWORK && f->frame.net.fragment);
        if (d->next.kind == TL_NEXT_QUOTED && !detail)
            stop = true;
        f->frame.quoted = f->frame.quoted || d->next.kind == TL_NEXT_QUOTED;
        index = stop ? TL_PROTOCOL_COUNT : fixture_follow(f);
    }
}

/* Both paths find the same layers with the same result. */
static inline void fixture_agree(struct fixture *f, unsigned index, uint32_t captured, uint32_t wire)
{
    unsigned protocols[FIXTURE_LAYERS];
    enum tl_status statuses[FIXTURE_LAYERS];
    fixture_run(f, index, captured, wire, false);
    unsigned count = f->count;
    memcpy(protocols, f->protocols, sizeof protocols);
    memcpy(statuses, f->statuses, sizeof statuses);
    fixture_run(f, index, captured, wire, true);
    for (unsigned i = 0; i < count && i < f->count; i++) {
        assert_int_equal(protocols[i], f->protocols[i]);
        assert_int_equal(statuses[i], f->statuses[i]);
    }
}

/* Decodes the packet in f->packet, and before that every prefix of it, cut by capture and cut on the wire. */
static inline void decode_packet(struct fixture *f, const char *protocol)
{
    unsigned index = 0;
    const struct tl_protocol *first = tl_protocol_by_name(protocol);
    assert_non_null(first);
    while (tl_protocols_all().items[index] != first)
        index++;
    for (uint32_t n = 0; n < f->len; n++) {
        fixture_agree(f, index, n, f->len);
        fixture_agree(f, index, n, n);
    }
    fixture_agree(f, index, f->len, f->len);
}

static inline void decode(struct fixture *f, const char *protocol, const char *hex)
{
    f->len = hex_bytes(f->packet, sizeof f->packet, hex);
    decode_packet(f, protocol);
}

/* Checks layer names, such as "eth:ip:tcp"; ! marks a malformed one, ~ a cut one. */
static inline void assert_layers(const struct fixture *f, const char *expected)
{
    char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < f->count; i++) {
        const char *mark = f->statuses[i] == TL_BAD ? "!" : f->statuses[i] == TL_SHORT ? "~" : "";
        int n = snprintf(text + used, sizeof text - used, "%s%s%s", i > 0 ? ":" : "",
                         tl_protocols_all().items[f->protocols[i]]->name, mark);
        assert_true(n > 0 && (size_t)n < sizeof text - used);
        used += (size_t)n;
    }
    assert_string_equal(text, expected);
}

/* Returns the nth node (from 0) of a field, or NULL. */
static inline const struct tl_node *find(const struct fixture *f, const char *key, unsigned nth)
{
    for (uint32_t i = 0; i < f->tree.count; i++) {
        const struct tl_node *node = &f->tree.nodes[i];
        if (node->field == TL_LAYER)
            continue;
        const struct tl_field *field = &tl_protocols_all().items[node->protocol]->fields[node->field];
        if (strcmp(field->key, key) == 0 && nth-- == 0)
            return node;
    }
    return NULL;
}

static inline uint64_t nth_value(const struct fixture *f, const char *key, unsigned nth)
{
    const struct tl_node *node = find(f, key, nth);
    if (node == NULL)
        fail_msg("no %s", key);
    return node == NULL ? 0 : node->value;
}

static inline uint64_t value(const struct fixture *f, const char *key)
{
    return nth_value(f, key, 0);
}

static inline void assert_nth_bytes(const struct fixture *f, const char *key, unsigned nth, const char *hex)
{
    uint8_t expected[256];
    uint32_t n = hex_bytes(expected, sizeof expected, hex);
    const struct tl_node *node = find(f, key, nth);
    assert_non_null(node);
    struct tl_bytes bytes = tl_node_bytes(&f->tree, node);
    assert_int_equal(bytes.len, n);
    assert_memory_equal(bytes.data, expected, n);
}

static inline void assert_bytes(const struct fixture *f, const char *key, const char *hex)
{
    assert_nth_bytes(f, key, 0, hex);
}

/* Returns the flags of the nth layer's node. */
static inline unsigned layer_flags(const struct fixture *f, unsigned nth)
{
    for (uint32_t i = 0; i < f->tree.count; i++) {
        if (f->tree.nodes[i].field == TL_LAYER && nth-- == 0)
            return f->tree.nodes[i].flags;
    }
    fail_msg("no such layer");
    return 0;
}

#endif
