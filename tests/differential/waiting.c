/* waiting.c - our values that tshark has not shown yet. */
#include "tests/differential/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "tests/differential/value.h"

static void wait_fini(struct wait *wait)
{
    json_object_put(wait->value);
    free(wait->flow);
    free(wait->packet);
    free(wait->layers);
    free(wait->protocols);
}

bool waiting_add(struct waiting *w, const struct wait *like)
{
    if (w->count == w->room) {
        unsigned room = w->room > 0 ? 2 * w->room : 64;
        struct wait *items = realloc(w->items, room * sizeof *items);
        if (items == NULL)
            return false;
        w->items = items;
        w->room = room;
    }
    struct wait *wait = &w->items[w->count++];
    *wait = (struct wait){ json_object_get(like->value), strdup(like->flow), strdup(like->packet), strdup(like->layers),
                           strdup(like->protocols) };
    return wait->flow != NULL && wait->packet != NULL && wait->layers != NULL && wait->protocols != NULL;
}

static unsigned next_of(const struct waiting *w, const char *flow, unsigned at)
{
    while (at < w->count && strcmp(w->items[at].flow, flow) != 0)
        at++;
    return at;
}

/* Returns true if the flow's values from `at` on begin with all of theirs. */
static bool run_at(const struct waiting *w, const char *flow, unsigned at, const char *theirs)
{
    char *text = strdup(theirs), *rest = text, *one;
    bool equal = text != NULL;
    while (equal && (one = strsep(&rest, "\x1f")) != NULL) {
        equal = at < w->count && value_equal(w->items[at].value, one);
        at = equal ? next_of(w, flow, at + 1) : at;
    }
    free(text);
    return equal;
}

static void take_one(struct waiting *w, unsigned at)
{
    wait_fini(&w->items[at]);
    memmove(&w->items[at], &w->items[at + 1], (w->count - at - 1) * sizeof *w->items);
    w->count--;
}

bool waiting_take(struct waiting *w, const char *flow, const char *theirs)
{
    unsigned at = next_of(w, flow, 0);
    while (at < w->count && !run_at(w, flow, at, theirs))
        at = next_of(w, flow, at + 1);
    if (at == w->count)
        return false;
    for (const char *p = theirs; p != NULL; p = strchr(p, 0x1f), p += p != NULL) {
        take_one(w, at);
        at = next_of(w, flow, at);
    }
    return true;
}

void waiting_drop(struct waiting *w, unsigned n)
{
    for (; n > 0; n--)
        wait_fini(&w->items[--w->count]);
}

void waiting_fini(struct waiting *w)
{
    waiting_drop(w, w->count);
    free(w->items);
}
