/* subset.c - rows of one flow, in two arrays that grow at their ends. */
#include "ui/subset.h"

#include <stdlib.h>

enum { STEPS_BACK = 20000, STEPS_FORWARD = 200000, FOUND_MOST = 1 << 20, FIRST_ROOM = 256 }; /* steps at a time: some ms */

void tl_subset_fini(struct tl_subset *subset)
{
    free(subset->older);
    free(subset->newer);
    *subset = (struct tl_subset){ 0 };
}

void tl_subset_begin(struct tl_subset *subset, uint32_t flow)
{
    tl_subset_fini(subset);
    subset->flow = flow;
    subset->active = true;
    subset->next = TL_STORE_NONE;
}

static bool add(uint32_t **rows, uint32_t *count, uint32_t *room, uint64_t row)
{
    if (*count == *room) {
        uint32_t more = *room > 0 ? 2 * *room : FIRST_ROOM;
        uint32_t *grown = *count < FOUND_MOST ? realloc(*rows, more * sizeof **rows) : NULL;
        if (grown == NULL)
            return false;
        *rows = grown;
        *room = more;
    }
    (*rows)[(*count)++] = (uint32_t)row;
    return true;
}

static uint32_t look_back(struct tl_subset *subset, const struct tl_store *store)
{
    struct tl_row row;
    uint32_t found = 0;
    while (subset->next != TL_STORE_NONE && found < STEPS_BACK) {
        if (!tl_store_row(store, subset->next, &row)) {
            subset->next = TL_STORE_NONE;
        } else if (add(&subset->older, &subset->older_count, &subset->older_room, subset->next)) {
            subset->next = row.previous;
            found++;
        } else {
            subset->cut = true;
            subset->next = TL_STORE_NONE;
        }
    }
    return found;
}

static void begin_anew(struct tl_subset *subset, uint32_t last)
{
    subset->older_count = subset->newer_count = 0;
    subset->cut = false;
    subset->next = last;
}

/* Those that came since, the newest first, are turned round. When they are too many, the search begins anew. */
static uint32_t look_forward(struct tl_subset *subset, const struct tl_store *store, uint64_t known, uint32_t last)
{
    struct tl_row row;
    uint32_t begin = subset->newer_count;
    for (uint32_t at = last; at != TL_STORE_NONE && at > known; at = row.previous) {
        bool fits = subset->newer_count - begin < STEPS_FORWARD && tl_store_row(store, at, &row) &&
                    add(&subset->newer, &subset->newer_count, &subset->newer_room, at);
        if (!fits) {
            begin_anew(subset, last);
            return 0;
        }
    }
    uint32_t found = subset->newer_count - begin;
    for (uint32_t i = 0; i < found / 2; i++) {
        uint32_t *low = &subset->newer[begin + i], *high = &subset->newer[subset->newer_count - 1 - i], row_low = *low;
        *low = *high;
        *high = row_low;
    }
    return found;
}

uint32_t tl_subset_look(struct tl_subset *subset, const struct tl_store *store, uint32_t *behind)
{
    struct tl_flow_row flow;
    uint32_t count = tl_subset_count(subset);
    *behind = 0;
    if (!subset->active)
        return 0;
    if (tl_store_flow(store, subset->flow, &flow) && flow.last_row != TL_STORE_NONE &&
        flow.last_row < tl_store_count(store)) {
        if (count == 0)
            subset->next = flow.last_row;
        else if (flow.last_row > tl_subset_row(subset, count - 1))
            *behind = look_forward(subset, store, tl_subset_row(subset, count - 1), flow.last_row);
    }
    return look_back(subset, store);
}

uint32_t tl_subset_count(const struct tl_subset *subset)
{
    return subset->older_count + subset->newer_count;
}

uint64_t tl_subset_row(const struct tl_subset *subset, uint64_t place)
{
    return place < subset->older_count ? subset->older[subset->older_count - 1 - place]
                                       : subset->newer[place - subset->older_count];
}

uint64_t tl_subset_place(const struct tl_subset *subset, uint64_t row)
{
    uint64_t low = 0, high = tl_subset_count(subset);
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (tl_subset_row(subset, middle) < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tl_subset_count(subset) || low == 0 ? low : low - 1;
}
