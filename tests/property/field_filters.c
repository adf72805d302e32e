/*
 * field_filters.c - the display filter that the view offers for a line of a tree selects the packet of that tree, and
 * is one that -Y takes. Of each field the first values in the samples.
 */
#include "tests/property/samples.h"

#include "filter/predicate.h"
#include "pipeline/detail.h"
#include "ui/tasks/field_filter.h"

enum { VALUES = 3, SHOWN = 20 };

struct check {
    struct tl_protocols protocols;
    struct tl_detail *detail;
    uint8_t *seen[TL_PROTOCOL_COUNT]; /* values of each field so far; the last one counts layers */
    const char *path;
    uint64_t filters, wrong;
};

static void ask(struct check *c, const struct tl_packet *packet, const struct tl_tree *tree, const char *text)
{
    const struct tl_names names = { .protocols = c->protocols };
    const struct tl_scene scene = { .packet = packet, .tree = tree, .first_ts = packet->ts,
                                    .previous_ts = packet->ts };
    struct tl_problem problem = { .set = false };
    struct tl_predicate *predicate = tl_predicate_new(tl_bytes_of(text, strlen(text)), &names, false, &problem);
    struct tl_predicate_run *run = predicate != NULL ? tl_predicate_run_new(predicate) : NULL;
    bool passes = run != NULL && tl_predicate_packet(run, &scene);
    c->filters++;
    if (!passes && c->wrong++ < SHOWN)
        printf("%s: packet %llu: %s: %s\n", c->path, (unsigned long long)packet->number, text,
               predicate == NULL ? problem.text : "does not select it");
    tl_predicate_run_free(run);
    tl_predicate_free(predicate);
}

static void visit_packet(void *context, const struct tl_packet *packet)
{
    struct check *c = context;
    struct tl_buffer b = { 0 };
    const struct tl_tree *tree = tl_detail_packet(c->detail, packet);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        uint32_t count = c->protocols.items[node->protocol]->field_count;
        uint8_t *seen = &c->seen[node->protocol][node->field < count ? node->field : count];
        if (*seen == VALUES)
            continue;
        ++*seen;
        b.len = 0;
        tl_put_field_filter(&b, &c->protocols, tree, node);
        tl_put_char(&b, '\0');
        ask(c, packet, tree, (const char *)b.data);
    }
    tl_buffer_fini(&b);
}

static void visit(void *context, const char *path)
{
    struct check *c = context;
    c->path = path;
    tl_detail_begin(c->detail);
    each_packet(path, visit_packet, c);
}

int main(int argc, char **argv)
{
    struct check c = { .protocols = tl_protocols_all() };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_detail_options options = { .interfaces = interfaces, .memory = 16 << 20 };
    if (argc < 2 || interfaces == NULL)
        give_up("usage: field_filters SAMPLES");
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        c.seen[i] = calloc(c.protocols.items[i]->field_count + 1u, 1);
        if (c.seen[i] == NULL)
            give_up("out of memory");
    }
    c.detail = tl_detail_new(&options);
    if (c.detail == NULL)
        give_up("out of memory");
    unsigned samples = each_sample(argv[1], visit, &c);
    printf("%u samples, %llu filters, %llu wrong\n", samples, (unsigned long long)c.filters,
           (unsigned long long)c.wrong);
    tl_detail_free(c.detail);
    tl_interfaces_free(interfaces);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(c.seen[i]);
    return samples == 0 || c.filters == 0 || c.wrong > 0;
}
