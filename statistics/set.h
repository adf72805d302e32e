/* set.h - the statistics of a run, and the sink that fills and writes them. */
#ifndef TL_STATISTICS_SET_H
#define TL_STATISTICS_SET_H

#include "statistics/statistic.h"

struct tl_statistics;

enum { TL_STATISTICS_MOST = 64 };

struct tl_statistics_options {
    const char *const *arguments; /* of -z; borrowed, with their texts */
    uint32_t count;
    const struct tl_names *names; /* for filters; borrowed until tl_statistics_free() */
    size_t memory;                /* bytes, for all of them */
    bool json;                    /* write objects, else tables */
    bool secrets;                 /* secrets may be shown */
};

/* Reads the arguments. Returns NULL and sets the error if one is refused. */
struct tl_statistics *tl_statistics_new(const struct tl_statistics_options *options, struct tl_error *error);
void tl_statistics_free(struct tl_statistics *statistics);
/* Returns whether all packets must reach one worker. */
bool tl_statistics_are_ordered(const struct tl_statistics *statistics);
/* Returns the kind that the argument names, or NULL; *rest is set to what follows the name. */
const struct tl_statistic_kind *tl_statistic_kind_of(const char *argument, const char **rest);
/* Appends the list of -z help. */
void tl_statistics_list(struct tl_buffer *out);

/*
 * A sink that fills the tables, and writes them to the output when it is closed. statistics are borrowed. Takes
 * ownership of the output; NULL: out of memory, the output is closed.
 */
struct tl_sink *tl_statistics_sink(struct tl_statistics *statistics, struct tl_output *output);

#endif
