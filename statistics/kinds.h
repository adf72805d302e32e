/* kinds.h - the descriptors of the statistics. */
#ifndef TL_STATISTICS_KINDS_H
#define TL_STATISTICS_KINDS_H

struct tl_statistic_kind;

extern const struct tl_statistic_kind tl_statistic_conversations, tl_statistic_endpoints, tl_statistic_intervals,
    tl_statistic_hierarchy, tl_statistic_follow, tl_statistic_sizes, tl_statistic_plen, tl_statistic_http,
    tl_statistic_http_requests, tl_statistic_dns, tl_statistic_expert, tl_statistic_rtt;

#endif
