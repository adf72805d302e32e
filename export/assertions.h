/* assertions.h - the assertions of --assert: a sink counts, and afterwards each is found to hold or not. */
#ifndef TL_EXPORT_ASSERTIONS_H
#define TL_EXPORT_ASSERTIONS_H

#include "export/sinks.h"
#include "filter/assertion.h"

enum { TL_ASSERTIONS_MOST = 64 };

enum tl_assertions_form { TL_ASSERTIONS_SILENT, TL_ASSERTIONS_TAP, TL_ASSERTIONS_JUNIT };

struct tl_assertions;

/*
 * Reads assertions. texts, and what names points to, are borrowed. Returns NULL and sets the problem if one is refused;
 * *which is its index.
 */
struct tl_assertions *tl_assertions_new(const char *const *texts, uint32_t count, const struct tl_names *names,
                                        uint32_t *which, struct tl_problem *problem);
void tl_assertions_free(struct tl_assertions *all);
/*
 * A sink that takes all records. `all` is borrowed, also by the runs of the engine. output: receives the report when
 * the sink is closed; owned by the sink; NULL with TL_ASSERTIONS_SILENT. Returns NULL without memory, and then closes it.
 */
struct tl_sink *tl_assertions_sink(struct tl_assertions *all, struct tl_output *output, enum tl_assertions_form form);

/* After the run: */
uint32_t tl_assertions_count(const struct tl_assertions *all);
bool tl_assertions_hold(const struct tl_assertions *all, uint32_t index);
/* Appends one line: the assertion, and what the figure is. */
void tl_assertions_describe(const struct tl_assertions *all, uint32_t index, struct tl_buffer *out);
/*
 * The first records that make an assertion false, as lines of JSON; at most ten. *more is set to how many others there
 * are.
 */
struct tl_bytes tl_assertions_records(const struct tl_assertions *all, uint32_t index, uint64_t *more);

#endif
