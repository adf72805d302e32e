/* reload.h - the filters of a running capture are read again: SIGHUP. */
#ifndef TL_CLI_RELOAD_H
#define TL_CLI_RELOAD_H

#include "cli/select.h"

struct tl_engine;

struct tl_reload {
    const struct tl_options *options; /* borrowed */
    struct tl_engine *engine;         /* borrowed */
    char *filter, *display;           /* owned: in force now; NULL: as in options */
    bool changed;                     /* they are in force */
    struct tl_select names;           /* of records, for filters; it has no predicate */
    struct tl_predicate **predicates; /* owned: until the engine is freed, workers may have each of them */
    size_t count;
};

void tl_reload_init(struct tl_reload *reload, const struct tl_options *options, struct tl_engine *engine);
/*
 * Reads the files of --options and -F again and takes the capture filter and the display filter from them. If one of
 * them is wrong, both stay and a line says why. Call it in the thread of tl_engine_run().
 */
void tl_reload_filters(struct tl_reload *reload);
/* Call it when the engine is freed. */
void tl_reload_fini(struct tl_reload *reload);

#endif
