/*
 * wanted.c - the values of a field do not depend on which other fields are wanted. Each sample is decoded with all
 * fields wanted, and with several halves of them.
 */
#include "tests/property/samples.h"

#include "core/tree.h"

enum { HALVES = 6, SHOWN = 20 };

/* Digests of the values of each field, in the order of the nodes. */
struct digests {
    uint64_t *of[TL_PROTOCOL_COUNT]; /* by field */
};

struct check {
    struct tl_sink sink;
    struct tl_protocols protocols;
    const char *path;
    uint64_t random; /* which fields are wanted; 0: all of them */
    struct digests now, all;
    uint64_t compared, wrong;
};

/* Is the field in the half? Groups are in each, as those who want fields want them. */
static bool is_wanted(const struct check *c, unsigned protocol, unsigned field)
{
    uint64_t state = c->random + protocol * 1000 + field;
    return c->random == 0 || c->protocols.items[protocol]->fields[field].type == TL_GROUP || next_random(&state) % 2 == 0;
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct check *c = (const struct check *)sink;
    for (unsigned i = 0; i < protocols->count; i++) {
        for (unsigned f = 0; f < protocols->items[i]->field_count; f++) {
            if (is_wanted(c, i, f))
                wanted[i][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}

static void mix(uint64_t *digest, uint64_t value)
{
    *digest = (*digest ^ value) * UINT64_C(0x100000001b3) + 1;
}

static void look(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                 const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct check *c = (const struct check *)sink;
    (void)out, (void)interface;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER)
            continue;
        uint64_t *digest = &c->now.of[node->protocol][node->field];
        mix(digest, packet->number);
        if (node->flags & TL_NODE_ARENA) {
            const struct tl_bytes bytes = tl_node_bytes(tree, node);
            for (uint32_t k = 0; k < bytes.len; k++)
                mix(digest, bytes.data[k]);
        } else {
            mix(digest, node->value);
        }
    }
}

static enum tl_failure nothing(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    (void)sink, (void)data, (void)len, (void)error;
    return TL_E_NONE;
}

static enum tl_failure closed(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink, (void)error;
    return TL_E_NONE;
}

static void read_all(struct check *c)
{
    struct tl_error error = { 0 };
    struct tl_sink *sinks[] = { &c->sink };
    struct tl_keylog *secrets = tl_keylog_new(1 << 20);
    struct tl_engine_options options = { .inputs = &c->path, .input_count = 1, .memory = 64 << 20, .decode = true,
                                         .keylog = secrets, .timeouts = TL_TIMEOUTS_DEFAULT, .sinks = sinks,
                                         .sink_count = 1 };
    for (unsigned i = 0; i < c->protocols.count; i++)
        memset(c->now.of[i], 0, c->protocols.items[i]->field_count * sizeof *c->now.of[i]);
    struct tl_engine *engine = secrets != NULL ? tl_engine_new(&options, &error) : NULL;
    if (engine != NULL) /* else a damaged capture */
        (void)tl_engine_run(engine, &error);
    tl_engine_free(engine);
    tl_keylog_free(secrets);
}

static void compare(struct check *c)
{
    for (unsigned i = 0; i < c->protocols.count; i++) {
        const struct tl_protocol *protocol = c->protocols.items[i];
        for (unsigned f = 0; f < protocol->field_count; f++) {
            if (!is_wanted(c, i, f) || (c->all.of[i][f] == 0 && c->now.of[i][f] == 0))
                continue;
            c->compared++;
            if (c->now.of[i][f] != c->all.of[i][f] && c->wrong++ < SHOWN)
                printf("%s: %s depends on which other fields are wanted\n", c->path, protocol->fields[f].key);
        }
    }
}

static void visit(void *context, const char *path)
{
    struct check *c = context;
    c->path = path;
    for (unsigned half = 0; half <= HALVES; half++) {
        c->random = half * UINT64_C(0x9e3779b97f4a7c15);
        read_all(c);
        for (unsigned i = 0; half == 0 && i < c->protocols.count; i++)
            memcpy(c->all.of[i], c->now.of[i], c->protocols.items[i]->field_count * sizeof *c->all.of[i]);
        if (half > 0)
            compare(c);
    }
}

int main(int argc, char **argv)
{
    struct check c = { .sink = { .want = want, .packet = look, .write = nothing, .close = closed },
                       .protocols = tl_protocols_all() };
    if (argc < 2)
        give_up("usage: property_wanted FOLDER");
    for (unsigned i = 0; i < c.protocols.count; i++) {
        size_t n = c.protocols.items[i]->field_count + 1;
        c.now.of[i] = calloc(n, sizeof *c.now.of[i]);
        c.all.of[i] = calloc(n, sizeof *c.all.of[i]);
        if (c.now.of[i] == NULL || c.all.of[i] == NULL)
            give_up("out of memory");
    }
    unsigned samples = each_sample(argv[1], visit, &c);
    printf("%u samples, %llu comparisons, %llu wrong\n", samples, (unsigned long long)c.compared,
           (unsigned long long)c.wrong);
    for (unsigned i = 0; i < c.protocols.count; i++) {
        free(c.now.of[i]);
        free(c.all.of[i]);
    }
    return samples > 0 && c.compared > 0 && c.wrong == 0 ? 0 : 1;
}
