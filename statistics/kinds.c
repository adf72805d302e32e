/* kinds.c - the table of the statistics, in the order of -z help. */
#include "statistics/kinds.h"

#include "statistics/statistic.h"

static const struct tl_statistic_kind *const kinds[] = {
    &tl_statistic_conversations, &tl_statistic_endpoints, &tl_statistic_intervals,     &tl_statistic_hierarchy,
    &tl_statistic_follow,        &tl_statistic_http,      &tl_statistic_http_requests, &tl_statistic_dns,
    &tl_statistic_sizes,         &tl_statistic_plen,      &tl_statistic_expert,        &tl_statistic_rtt,
};

const struct tl_statistic_kind *const *tl_statistic_kinds(size_t *count)
{
    *count = TL_COUNT(kinds);
    return kinds;
}
