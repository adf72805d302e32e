/* waiting.h - our values that tshark has not shown yet: it shows a message at the packet that ends the body. */
#ifndef TL_TESTS_DIFFERENTIAL_WAITING_H
#define TL_TESTS_DIFFERENTIAL_WAITING_H

#include <json-c/json.h>
#include <stdbool.h>

struct wait {
    struct json_object *value;                 /* holds a reference */
    char *flow, *packet, *layers, *protocols;  /* owned */
};

/* The waiting values of one field, in order. All zero: none. */
struct waiting {
    struct wait *items; /* owned */
    unsigned count, room;
};

/* Adds a value, with copies of all members of `like`. Returns false if out of memory. */
bool waiting_add(struct waiting *w, const struct wait *like);

/*
 * Removes the first consecutive values of `flow` that equal `theirs` (separated by 0x1f). Returns true if there were
 * any.
 */
bool waiting_take(struct waiting *w, const char *flow, const char *theirs);

/* Removes the last `n` values added. */
void waiting_drop(struct waiting *w, unsigned n);

void waiting_fini(struct waiting *w);

#endif
