/* kinds.h - the descriptors of the statistics. */
#ifndef TL_STATISTICS_KINDS_H
#define TL_STATISTICS_KINDS_H

struct tl_statistic_kind;

extern const struct tl_statistic_kind tl_statistic_conversations, tl_statistic_endpoints, tl_statistic_intervals,
    tl_statistic_hierarchy, tl_statistic_follow;

#endif
