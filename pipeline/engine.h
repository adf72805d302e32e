/* engine.h - a whole run: inputs in, sinks out. All state is in one struct, so a process can have several engines. */
#ifndef TL_PIPELINE_ENGINE_H
#define TL_PIPELINE_ENGINE_H

#include "pipeline/options.h"

struct tl_engine;
/* Returns NULL and sets error on failure (no readable input, invalid filter, no memory). */
struct tl_engine *tl_engine_new(const struct tl_engine_options *options, struct tl_error *error);
void tl_engine_free(struct tl_engine *engine);
/* The interfaces found so far; the list grows while the engine runs. Owned by the engine. */
const struct tl_interfaces *tl_engine_interfaces(const struct tl_engine *engine);
/*
 * Sets the sinks after tl_engine_new(), for sinks that need the engine first (a capture file needs its interfaces).
 * Call it before tl_engine_run().
 */
void tl_engine_set_sinks(struct tl_engine *engine, struct tl_sink *const *sinks, uint32_t count);
/* Writes all record definitions of this build into defs (room for `most`), for the schema. Returns their number. */
uint32_t tl_engine_record_defs(const struct tl_record_def **defs, uint32_t most);
/*
 * Runs to the end of the inputs, or to tl_engine_stop(). Returns the first failure; all readable input was passed to
 * the sinks.
 */
enum tl_failure tl_engine_run(struct tl_engine *engine, struct tl_error *error);
/* Ends the run soon: flows end, sinks are closed. Async-signal-safe. */
void tl_engine_stop(struct tl_engine *engine);
/* Returns whether tl_engine_stop() was called. Async-signal-safe. */
bool tl_engine_is_stopping(const struct tl_engine *engine);
/* Copies the counters. Any thread, also during the run. */
void tl_engine_counters(struct tl_engine *engine, struct tl_counters *counters);
/*
 * Changes the BPF expression (NULL or "": everything passes), in live mode that of the kernel. Any thread, during the
 * run. If it does not compile, returns TL_E_USAGE with libpcap's message in error and keeps the old filter.
 */
enum tl_failure tl_engine_set_filter(struct tl_engine *engine, const char *expression,
                                     struct tl_error *error) TL_MUST_CHECK;
/* Returns whether the display filter, if there is one, is on records: it can be changed. */
bool tl_engine_selects_records(const struct tl_engine *engine);
/*
 * Changes the display filter on records (NULL: all are selected) for the blocks to come. It and the one before must
 * live until the engine is freed. Call it in options.progress(), during the run.
 */
void tl_engine_select_records(struct tl_engine *engine, const struct tl_predicate *predicate);
/* The sinks reopen their files soon, because these may have been moved away (tl_sink.reopen). Async-signal-safe. */
void tl_engine_reopen(struct tl_engine *engine);

#endif
