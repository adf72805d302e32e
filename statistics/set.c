/* set.c - reads the arguments of -z and makes the statistics. */
#include "statistics/private.h"

#include <stdlib.h>

#include "core/protocol.h"

static const char *message_of(const struct tl_problem *problem)
{
    return problem->text;
}

const struct tl_statistic_kind *tl_statistic_kind_of(const char *argument, const char **rest)
{
    size_t count;
    const struct tl_statistic_kind *const *kinds = tl_statistic_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(kinds[i]->name);
        if (strncmp(argument, kinds[i]->name, len) == 0 && (argument[len] == ',' || argument[len] == '\0')) {
            *rest = argument + len + (argument[len] == ',');
            return kinds[i];
        }
    }
    return NULL;
}

/* --- for parse() --- */

static int add(struct tl_statistic_setup *setup, struct tl_predicate *predicate, bool filter)
{
    struct tl_statistics *all = setup->all;
    uint32_t i = all->predicate_count++;
    all->predicates[i] = predicate;
    if (filter)
        all->filters |= UINT64_C(1) << i;
    all->ordered |= tl_predicate_is_ordered(predicate);
    return (int)i;
}

static enum tl_failure check_room(const struct tl_statistic *s, const struct tl_statistic_setup *setup,
                                  struct tl_error *error)
{
    if (setup->all->predicate_count < PREDICATES_MOST)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_USAGE, "-z %s: more than %d filters and fields: run it twice", s->argument,
                        PREDICATES_MOST);
}

enum tl_failure tl_statistic_add_filter(const struct tl_statistic *s, struct tl_statistic_setup *setup,
                                        const char *text, int *index, struct tl_error *error)
{
    struct tl_problem problem;
    *index = TL_NO_FILTER;
    if (text == NULL || text[strspn(text, " ")] == '\0')
        return TL_E_NONE;
    enum tl_failure failure = check_room(s, setup, error);
    if (failure != TL_E_NONE)
        return failure;
    struct tl_predicate *predicate =
        tl_predicate_new(tl_bytes_of(text, strlen(text)), setup->options->names, false, &problem);
    if (predicate == NULL)
        return tl_error_set(error, TL_E_USAGE, "-z %s: filter '%s': %s", s->kind->name, text, message_of(&problem));
    if (tl_predicate_takes_records(predicate)) {
        tl_predicate_free(predicate);
        return tl_error_set(error, TL_E_USAGE,
                            "-z %s: filter '%s' names keys of records: name fields of packets (--fields lists them)",
                            s->kind->name, text);
    }
    *index = add(setup, predicate, true);
    return TL_E_NONE;
}

enum tl_failure tl_statistic_set_filter(struct tl_statistic *s, struct tl_statistic_setup *setup, const char *text,
                                        struct tl_error *error)
{
    s->filter = text != NULL ? text : "";
    return tl_statistic_add_filter(s, setup, text, &s->filter_index, error);
}

enum tl_failure tl_statistic_add_field(const struct tl_statistic *s, struct tl_statistic_setup *setup, const char *name,
                                       int *index, const struct tl_field **field, enum tl_datum_type *type,
                                       struct tl_error *error)
{
    struct tl_problem problem;
    struct tl_reference reference;
    enum tl_failure failure = check_room(s, setup, error);
    if (failure != TL_E_NONE)
        return failure;
    struct tl_predicate *predicate = tl_predicate_of_names(&name, 1, setup->options->names, &problem);
    if (predicate == NULL)
        return tl_error_set(error, TL_E_USAGE, "-z %s: %s", s->kind->name, message_of(&problem));
    if (tl_names_packet(setup->options->names, tl_bytes_of(name, strlen(name)), &reference)) {
        *field = reference.field;
        *type = reference.kind.type;
    }
    *index = add(setup, predicate, false);
    return TL_E_NONE;
}

bool tl_statistic_shows_secrets(const struct tl_statistic_setup *setup)
{
    return setup->options->secrets;
}

uint32_t tl_statistic_protocol(const struct tl_statistic *s, const char *name)
{
    uint32_t i = 0;
    while (i < s->protocols->count && strcmp(s->protocols->items[i]->name, name) != 0)
        i++;
    return i;
}

bool tl_statistic_want(const struct tl_statistic *s, const char *key, uint64_t *const wanted[])
{
    bool found = false;
    for (uint32_t i = 0; i < s->protocols->count; i++) {
        const struct tl_protocol *protocol = s->protocols->items[i];
        for (uint32_t k = 0; k < protocol->field_count; k++) {
            if (strcmp(protocol->fields[k].key, key) != 0)
                continue;
            wanted[i][k / 64] |= UINT64_C(1) << (k % 64);
            found = true;
        }
    }
    return found;
}

/* --- the set --- */

static enum tl_failure make(struct tl_statistics *all, const struct tl_statistics_options *options, uint32_t i,
                            struct tl_error *error)
{
    const char *rest, *argument = options->arguments[i];
    struct tl_statistic_setup setup = { .all = all, .options = options };
    const struct tl_statistic_kind *kind = tl_statistic_kind_of(argument, &rest);
    if (kind == NULL)
        return tl_error_set(error, TL_E_USAGE, "-z %s: there is no such statistic: -z help lists them", argument);
    struct tl_statistic *s = calloc(1, kind->size);
    if (s == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    *s = (struct tl_statistic){ .kind = kind,
                                .argument = argument,
                                .filter = "",
                                .filter_index = TL_NO_FILTER,
                                .memory = options->memory / options->count,
                                .protocols = &all->protocols };
    all->items[all->count++] = s;
    return kind->parse(s, rest, &setup, error);
}

struct tl_statistics *tl_statistics_new(const struct tl_statistics_options *options, struct tl_error *error)
{
    struct tl_statistics *all = calloc(1, sizeof *all);
    if (all == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    all->json = options->json;
    all->protocols = options->names->protocols;
    for (uint32_t i = 0; i < options->count; i++) {
        if (make(all, options, i, error) != TL_E_NONE) {
            tl_statistics_free(all);
            return NULL;
        }
    }
    return all;
}

void tl_statistics_free(struct tl_statistics *all)
{
    if (all == NULL)
        return;
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->items[i]->kind->fini != NULL)
            all->items[i]->kind->fini(all->items[i]);
        free(all->items[i]);
    }
    for (uint32_t i = 0; i < all->predicate_count; i++)
        tl_predicate_free(all->predicates[i]);
    free(all);
}

bool tl_statistics_are_ordered(const struct tl_statistics *all)
{
    return all->ordered;
}

void tl_statistics_list(struct tl_buffer *out)
{
    size_t count;
    const struct tl_statistic_kind *const *kinds = tl_statistic_kinds(&count);
    for (size_t i = 0; i < count; i++)
        tl_put_format(out, "%s%s\n        %s\n", kinds[i]->name, kinds[i]->arguments, kinds[i]->help);
    tl_put_lit(out, "FILTER is a display filter, as of -Y: taplight-filter(7).\n");
}
