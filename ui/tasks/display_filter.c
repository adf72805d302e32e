/* display_filter.c - compiles display filters, and asks them packet by packet. */
#include "ui/tasks/display_filter.h"

#include <stdlib.h>
#include <string.h>

#include "dissectors/registry.h"

struct tl_names tl_display_filter_names(void)
{
    return (struct tl_names){ .protocols = tl_protocols_all() };
}

const struct tl_display_filter *tl_display_filter_of(struct tl_display_filter **list, const char *text,
                                                     struct tl_problem *problem)
{
    const struct tl_names names = tl_display_filter_names();
    for (struct tl_display_filter **at = list; *at != NULL; at = &(*at)->next) {
        struct tl_display_filter *found = *at;
        if (strcmp(found->text, text) != 0)
            continue;
        *at = found->next;
        found->next = *list;
        *list = found;
        return found;
    }
    struct tl_display_filter *made = calloc(1, sizeof *made);
    char *copy = strdup(text);
    struct tl_predicate *predicate =
        made != NULL && copy != NULL ? tl_predicate_new(tl_bytes_of(copy, strlen(copy)), &names, false, problem) : NULL;
    if (made == NULL || copy == NULL) {
        *problem = (struct tl_problem){ .set = false };
        tl_problem_set(problem, 0, 0, "out of memory");
    }
    if (predicate == NULL) {
        free(made);
        free(copy);
        return NULL;
    }
    *made = (struct tl_display_filter){ .next = *list, .predicate = predicate, .text = copy };
    *list = made;
    return made;
}

void tl_display_filters_free(struct tl_display_filter *list)
{
    while (list != NULL) {
        struct tl_display_filter *next = list->next;
        tl_predicate_free(list->predicate);
        free(list->text);
        free(list);
        list = next;
    }
}

bool tl_display_filter_passes(struct tl_predicate_run *run, struct tl_decode *decode, bool with_tree,
                     const struct tl_tree **tree)
{
    struct tl_scene scene = tl_decode_scene(decode, NULL);
    enum tl_truth truth = tl_predicate_early(run, &scene);
    *tree = tl_decode_fetched(decode, with_tree || truth == TL_TRUTH_UNKNOWN);
    scene.tree = *tree;
    return truth == TL_TRUTH_UNKNOWN ? tl_predicate_packet(run, &scene) : truth == TL_TRUTH_YES;
}
