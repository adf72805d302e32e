/* private.h - the set of statistics. Private to set.c and sink.c. */
#ifndef TL_STATISTICS_PRIVATE_H
#define TL_STATISTICS_PRIVATE_H

#include "statistics/set.h"

enum { PREDICATES_MOST = 64 };

struct tl_statistics {
    struct tl_statistic *items[TL_STATISTICS_MOST]; /* owned */
    uint32_t count;
    struct tl_predicate *predicates[PREDICATES_MOST]; /* owned: filters, and names whose values are read */
    uint32_t predicate_count;
    uint64_t filters; /* bit i: predicate i is a filter */
    struct tl_protocols protocols;
    bool json, ordered;
};

/* What parse() works with. */
struct tl_statistic_setup {
    struct tl_statistics *all;
    const struct tl_statistics_options *options;
};

#endif
