/* await.h - waits for the answer to a packet that was sent: a packet that a display filter selects. */
#ifndef TL_CLI_AWAIT_H
#define TL_CLI_AWAIT_H

#include "cli/select.h"
#include "inject/wire.h"

struct tl_await {
    struct tl_select select;
    struct tl_predicate_run *run;     /* owned */
    struct tl_interfaces *interfaces; /* owned */
    struct tl_detail *detail;         /* owned */
    struct tl_arrival *arrival;       /* owned: the last that was taken */
    uint8_t last[128]; /* the begin of the last frame that was sent, */
    uint32_t last_len; /* and its length */
    uint64_t number;
    int64_t sent, came; /* ns since 1970: the last packet that was sent, its answer */
};

/* Compiles the filter. On failure tl_await_fini() frees what there is. */
enum tl_failure tl_await_init(struct tl_await *await, const char *filter, struct tl_error *error) TL_MUST_CHECK;
void tl_await_fini(struct tl_await *await);
/* A frame was sent: its answer may depend on it. */
void tl_await_sent(struct tl_await *await, struct tl_bytes frame);
/* Waits until `deadline` (ns, monotonic) for the answer. Returns false if none came. */
bool tl_await_answer(struct tl_await *await, struct tl_wire *wire, int64_t deadline);

#endif
