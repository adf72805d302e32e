/* waiting.h - values of ours that tshark has not shown yet: it shows a message at the packet that ends its body. */
#ifndef TL_TESTS_DIFFERENTIAL_WAITING_H
#define TL_TESTS_DIFFERENTIAL_WAITING_H

#include <json-c/json.h>
#include <stdbool.h>

struct wait {
    struct json_object *value;                 /* holds a reference */
    char *flow, *packet, *layers, *protocols;  /* owned */
};

/* Those of one field, in their order. All zero: none. */
struct waiting {
    struct wait *items; /* owned */
    unsigned count, room;
};

/* Adds a value, with copies of all that `like` has. false without memory. */
bool waiting_add(struct waiting *w, const struct wait *like);

/*
 * Takes out the first values of `flow` that follow one another as `theirs` has them (0x1f between), and says whether there
 * were any.
 */
bool waiting_take(struct waiting *w, const char *flow, const char *theirs);

/* Takes the last `n` back that were added. */
void waiting_drop(struct waiting *w, unsigned n);

void waiting_fini(struct waiting *w);

#endif
