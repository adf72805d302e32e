/* enrichment.c - what is added to conn records: --geoip and --process. */
#include "cli/enrichment.h"

#include "cli/live.h"
#include "cli/process_finder.h"
#include "cli/report.h"
#include "enrich/geoip.h"
#include "enrich/processes.h"
#include "pipeline/options.h"

#include <inttypes.h>

enum tl_failure tl_enrichment_open(struct tl_enrichment *e, const struct tl_options *o, struct tl_error *error)
{
    *e = (struct tl_enrichment){ .options = o };
    if (o->geoip != NULL && (e->geoip = tl_geoip_open(o->geoip, tl_live_notice, NULL, error)) == NULL)
        return error->kind;
    return TL_E_NONE;
}

static void annotate(void *context, struct tl_conn_record *record, const struct tl_flow_id *id)
{
    struct tl_enrichment *e = context;
    if (e->geoip != NULL)
        tl_geoip_fill(e->geoip, record, id);
    if (e->processes != NULL)
        tl_processes_fill(e->processes, record, id);
}

static void begun(void *context, const struct tl_flow_id *id)
{
    const struct tl_enrichment *e = context;
    tl_processes_begin(e->processes, id);
}

void tl_enrichment_of(struct tl_enrichment *e, struct tl_engine_options *engine)
{
    if (e->geoip == NULL && !e->options->process)
        return;
    engine->annotate = annotate;
    engine->annotate_context = e;
    if (e->options->process)
        engine->begun = begun;
}

/* In the thread that takes answers; tl_processes_free() waits for it. */
static void finder_ended(void *context)
{
    struct tl_enrichment *e = context;
    tl_tell("--process: the process that looks for processes has ended: conn records have no processes from here on");
    tl_process_finder_end(e->finder);
    e->finder = 0;
}

enum tl_failure tl_enrichment_fork(struct tl_enrichment *e, const struct tl_identity *identity, struct tl_error *error)
{
    char lacking[64];
    if (!e->options->process)
        return TL_E_NONE;
    int channel = tl_process_finder_start(identity, &e->finder, lacking, error);
    if (channel < 0)
        return error->kind;
    if (lacking[0] != '\0' && !e->options->quiet)
        tl_tell("--process: only processes of this user are found: without %s others cannot be looked into", lacking);
    e->processes = tl_processes_new(channel, finder_ended, e, error);
    return e->processes != NULL ? TL_E_NONE : error->kind;
}

enum tl_failure tl_enrichment_start(struct tl_enrichment *e, struct tl_error *error)
{
    return e->processes != NULL ? tl_processes_start(e->processes, error) : TL_E_NONE;
}

void tl_enrichment_reload(struct tl_enrichment *e)
{
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_buffer types = { 0 };
    if (e->geoip == NULL)
        return;
    if (tl_geoip_reload(e->geoip, &error) != TL_E_NONE) {
        tl_tell("the old databases stay: %s", error.text);
        return;
    }
    tl_geoip_put_types(e->geoip, &types);
    if (!e->options->quiet && !types.failed)
        tl_tell("--geoip: the databases are read again: %.*s", (int)types.len, (const char *)types.data);
    tl_buffer_fini(&types);
}

void tl_enrichment_close(struct tl_enrichment *e)
{
    uint64_t unasked = e->processes != NULL ? tl_processes_unasked(e->processes) : 0;
    uint64_t lost = e->processes != NULL ? tl_processes_lost(e->processes) : 0;
    if (unasked > 0 && !e->options->quiet)
        tl_tell("--process: too many flows began at once: the processes of %" PRIu64 " ends were not looked for", unasked);
    if (lost > 0 && !e->options->quiet)
        tl_tell("--process: the processes of %" PRIu64 " ends were not looked for after that process had ended", lost);
    tl_processes_free(e->processes);
    e->processes = NULL;
    if (e->finder > 0)
        tl_process_finder_end(e->finder);
    e->finder = 0;
    tl_geoip_free(e->geoip);
    e->geoip = NULL;
}
