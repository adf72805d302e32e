/* enrichment.h - what is added to conn records: --geoip and --process. */
#ifndef TL_CLI_ENRICHMENT_H
#define TL_CLI_ENRICHMENT_H

#include "cli/options.h"
#include "cli/privileges.h"

struct tl_geoip;
struct tl_processes;
struct tl_engine_options;

struct tl_enrichment {
    const struct tl_options *options; /* borrowed */
    struct tl_geoip *geoip;           /* owned; NULL: no --geoip */
    struct tl_processes *processes;   /* owned; NULL: no --process, or not yet */
    pid_t finder;                     /* the process that it asks; 0: none */
};

/* Opens what the options ask for. Call it before privileges are dropped. */
enum tl_failure tl_enrichment_open(struct tl_enrichment *enrichment, const struct tl_options *options,
                                   struct tl_error *error) TL_MUST_CHECK;
/* Lets an engine add it. Does nothing if nothing is to be added. */
void tl_enrichment_of(struct tl_enrichment *enrichment, struct tl_engine_options *engine);
/*
 * --process: starts the process that is asked. Call it before threads are created and privileges are dropped, in the network
 * namespace of the capture; then tl_enrichment_start() when they are dropped.
 */
enum tl_failure tl_enrichment_fork(struct tl_enrichment *enrichment, const struct tl_identity *identity,
                                   struct tl_error *error) TL_MUST_CHECK;
enum tl_failure tl_enrichment_start(struct tl_enrichment *enrichment, struct tl_error *error) TL_MUST_CHECK;
/* Reads the files of --geoip again and says so. If they are wrong, the old ones stay. */
void tl_enrichment_reload(struct tl_enrichment *enrichment);
void tl_enrichment_close(struct tl_enrichment *enrichment);

#endif
