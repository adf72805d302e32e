/* detail.c - a worker without an engine: packets one at a time, nothing put out. */
#include "pipeline/detail.h"

#include <stdlib.h>

#include "pipeline/worker.h"

struct tl_detail {
    struct tl_engine_options options;
    struct tl_registry *registry;
    struct tl_plan plain; /* what comes before: no tree */
    struct tl_plan full;  /* the packet itself */
    struct tl_block block; /* empty: flows look up where they end */
    struct tl_worker worker;
    bool used;            /* it has seen packets since the last beginning */
};

static bool want_everything(struct tl_plan *plan)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        size_t words = plan->protocols.items[i]->field_count / 64 + 1;
        plan->wanted[i] = malloc(words * sizeof(uint64_t));
        if (plan->wanted[i] == NULL)
            return false;
        memset(plan->wanted[i], 0xff, words * sizeof(uint64_t));
    }
    return true;
}

struct tl_detail *tl_detail_new(const struct tl_detail_options *options)
{
    struct tl_detail *detail = calloc(1, sizeof *detail);
    if (detail == NULL)
        return NULL;
    detail->options = (struct tl_engine_options){ .memory = options->memory,
                                                  .verify_checksums = options->verify_checksums,
                                                  .secrets = options->secrets,
                                                  .timeouts = TL_TIMEOUTS_DEFAULT };
    detail->registry = tl_registry_new();
    detail->plain = (struct tl_plan){ .options = &detail->options,
                                      .registry = detail->registry,
                                      .protocols = tl_protocols_all(),
                                      .interfaces = options->interfaces,
                                      .workers = 1,
                                      .memory = options->memory };
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        if (detail->plain.protocols.items[i]->probe != NULL)
            detail->plain.probes[detail->plain.probe_count++] = (uint8_t)i;
    }
    detail->full = detail->plain;
    detail->full.tree = true;
    if (detail->registry == NULL || !want_everything(&detail->full) ||
        !tl_worker_init(&detail->worker, &detail->plain)) {
        tl_detail_free(detail);
        return NULL;
    }
    detail->worker.block = &detail->block;
    return detail;
}

void tl_detail_free(struct tl_detail *detail)
{
    if (detail == NULL)
        return;
    if (detail->worker.plan != NULL)
        tl_worker_fini(&detail->worker);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(detail->full.wanted[i]);
    if (detail->registry != NULL)
        tl_registry_free(detail->registry);
    free(detail);
}

static void decode(struct tl_detail *detail, const struct tl_packet *packet, const struct tl_plan *plan)
{
    struct tl_worker *w = &detail->worker;
    w->plan = plan;
    w->d.tree = plan->tree ? &w->tree : NULL;
    w->d.wanted = NULL;
    w->key = (struct tl_key){ .number = packet->number, .own = true };
    detail->used = true;
    tl_layers_packet(w, packet);
}

void tl_detail_begin(struct tl_detail *detail)
{
    struct tl_worker *w = &detail->worker;
    if (!detail->used)
        return;
    detail->used = false;
    w->plan = &detail->plain;
    w->d.tree = NULL;
    tl_flows_finish(w->flows);
    tl_fragments_free(w->fragments);
    w->fragments = tl_fragments_new(tl_flows_slab(w->flows), 0);
}

void tl_detail_before(struct tl_detail *detail, const struct tl_packet *packet)
{
    if (detail->worker.fragments != NULL)
        decode(detail, packet, &detail->plain);
}

const struct tl_tree *tl_detail_packet(struct tl_detail *detail, const struct tl_packet *packet)
{
    if (detail->worker.fragments == NULL) /* no memory at the last beginning */
        tl_tree_reset(&detail->worker.tree, packet->bytes, packet->caplen);
    else
        decode(detail, packet, &detail->full);
    return &detail->worker.tree;
}
