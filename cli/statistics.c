/* statistics.c - the statistics of -z. */
#include "cli/statistics.h"

#include <limits.h>
#include <string.h>

#include "core/edits.h"

enum { SHARE = 8 }; /* a fraction of the memory limit */

size_t tl_statistics_share(const struct tl_options *o)
{
    return o->statistic_count > 0 ? o->memory / SHARE : 0;
}

/* Finds the statistic whose name is nearest to the first words of the argument. */
static const char *near_name(const char *argument)
{
    size_t count;
    const struct tl_statistic_kind *const *kinds = tl_statistic_kinds(&count);
    const char *best = NULL;
    unsigned fewest = UINT_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *comma = strchr(kinds[i]->name, ',');
        size_t len = strcspn(argument, ",");
        if (comma != NULL && argument[len] == ',')
            len += 1 + strcspn(argument + len + 1, ",");
        unsigned edits = tl_edits(kinds[i]->name, argument, len);
        /* the first word names a family: io, http */
        if (comma != NULL && argument[len] == '\0' && len == (size_t)(comma - kinds[i]->name) &&
            strncmp(argument, kinds[i]->name, len) == 0)
            edits = 0;
        best = edits < fewest ? kinds[i]->name : best;
        fewest = edits < fewest ? edits : fewest;
    }
    return best;
}

enum tl_failure tl_statistics_of(const struct tl_options *o, struct tl_select *select,
                                 struct tl_statistics **statistics, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    const struct tl_statistics_options options = { .arguments = o->statistics,
                                                   .count = o->statistic_count,
                                                   .names = &names,
                                                   .memory = tl_statistics_share(o),
                                                   .json = o->statistics_json,
                                                   .secrets = o->secrets };
    const char *rest;
    *statistics = NULL;
    for (uint32_t i = 0; i < o->statistic_count; i++) {
        if (tl_statistic_kind_of(o->statistics[i], &rest) != NULL)
            continue;
        const char *near = near_name(o->statistics[i]);
        return tl_error_set(error, TL_E_USAGE, "-z %.80s: there is no such statistic: %s%s%s", o->statistics[i],
                            near != NULL ? "did you mean '" : "-z help lists them", near != NULL ? near : "",
                            near != NULL ? "'?" : "");
    }
    if (o->statistic_count == 0)
        return TL_E_NONE;
    *statistics = tl_statistics_new(&options, error);
    return *statistics != NULL ? TL_E_NONE : error->kind;
}
