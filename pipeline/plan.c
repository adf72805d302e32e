/* plan.c - the work of all workers: fields, records and bytes that the sinks want. */
#include <stdlib.h>

#include "pipeline/worker.h"

static bool any_field(const struct tl_protocol *protocol, const uint64_t *wanted)
{
    for (uint32_t i = 0; i < (protocol->field_count + 63) / 64; i++) {
        if (wanted[i] != 0)
            return true;
    }
    return false;
}

/* Returns whether a field is wanted that the analysis of TCP finds out. Groups are wanted for other fields of their protocol, too. */
static bool wants_analysis(const struct tl_plan *plan)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        const struct tl_protocol *protocol = plan->protocols.items[i];
        for (uint32_t f = 0; f < protocol->field_count && protocol->kind == TL_KIND_TRANSPORT; f++) {
            if ((protocol->fields[f].flags & TL_OF_FLOW) != 0 && protocol->fields[f].type != TL_GROUP &&
                (plan->wanted[i][f / 64] >> (f % 64) & 1) != 0)
                return true;
        }
    }
    return false;
}

static bool plan_fields(struct tl_plan *plan)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        plan->wanted[i] = calloc(plan->protocols.items[i]->field_count / 64 + 1, sizeof(uint64_t));
        if (plan->wanted[i] == NULL)
            return false;
    }
    plan->records = plan->options->counted != NULL && plan->sink_count == 0;
    for (uint32_t i = 0; i < plan->sink_count; i++) {
        plan->records |= plan->sinks[i]->record != NULL;
        plan->tree |= plan->sinks[i]->packet != NULL || plan->sinks[i]->values != NULL;
        if (plan->sinks[i]->names != NULL)
            plan->names = plan->sinks[i]->names;
        if (plan->sinks[i]->note != NULL) {
            plan->noting = plan->sinks[i];
            plan->noting_index = i;
            plan->tree = true;
        }
        if (plan->sinks[i]->judge != NULL) {
            plan->judging = plan->sinks[i];
            plan->judging_index = i;
            plan->records = true;
        }
        plan->members |= plan->sinks[i]->member != NULL;
        plan->glances |= plan->sinks[i]->glance != NULL;
        plan->streams |= plan->sinks[i]->stream != NULL;
        plan->said |= plan->sinks[i]->said != NULL;
        plan->files |= plan->sinks[i]->file != NULL;
        if (plan->sinks[i]->want != NULL)
            plan->sinks[i]->want(plan->sinks[i], &plan->protocols, plan->wanted);
    }
    if (plan->names != NULL)
        tl_predicate_want(plan->names, &plan->protocols, plan->wanted);
    if (plan->packets != NULL)
        tl_predicate_want(plan->packets, &plan->protocols, plan->wanted);
    plan->analysis = wants_analysis(plan);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT && !plan->tree; i++)
        plan->tree |= any_field(plan->protocols.items[i], plan->wanted[i]);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT && !plan->tree && plan->packets == NULL; i++) {
        free(plan->wanted[i]);
        plan->wanted[i] = NULL;
    }
    return true;
}

/* Is nothing wanted but values below the applications, and packets as they are? */
static bool is_below_applications(const struct tl_plan *plan)
{
    if (plan->records || plan->noting != NULL || plan->glances || plan->members || plan->streams || plan->said ||
        plan->files)
        return false;
    if ((plan->packets != NULL && !tl_predicate_is_below_applications(plan->packets)) ||
        (plan->names != NULL && !tl_predicate_is_below_applications(plan->names)))
        return false;
    for (uint32_t i = 0; i < plan->sink_count; i++) {
        if (plan->sinks[i]->want != NULL)
            return false;
    }
    return true;
}

/* Are values wanted that headers tell, and nothing else of a packet? */
static bool has_early_values(const struct tl_plan *plan)
{
    if (!plan->no_applications || plan->names == NULL || !tl_predicate_has_early_values(plan->names))
        return false;
    for (uint32_t i = 0; i < plan->sink_count; i++) {
        if (plan->sinks[i]->packet != NULL || (plan->sinks[i]->values != NULL && !plan->sinks[i]->only_values))
            return false;
    }
    return true;
}

bool tl_plan_complete(struct tl_plan *plan)
{
    plan->protocols = tl_protocols_all();
    plan->workers = plan->options->workers > 0 ? plan->options->workers : 1;
    plan->memory = (plan->options->memory / 8 * 7 - plan->reserved) / plan->workers;
    const struct tl_predicate *predicate = plan->options->predicate;
    if (predicate != NULL && tl_predicate_takes_records(predicate))
        atomic_store(&plan->select_records, predicate);
    else
        plan->packets = predicate;
    plan->pieces = plan->workers > 1 || plan->sink_count > 1;
    if (!plan_fields(plan))
        return false;
    plan->other_layers = tl_decode_as_moves_layers(plan->options->decode_as);
    plan->no_applications = is_below_applications(plan);
    plan->early_values = has_early_values(plan);
    bool asks = plan->packets != NULL || plan->early_values;
    plan->skips = plan->no_applications && (plan->names == NULL || plan->early_values) && asks &&
                  (plan->packets == NULL || tl_predicate_is_of_headers(plan->packets));
    plan->every_tree = plan->noting != NULL || (plan->names != NULL && tl_predicate_needs_all(plan->names));
    return true;
}

void tl_plan_fini(struct tl_plan *plan)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(plan->wanted[i]);
}
