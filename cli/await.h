/*
 * await.h - waits for the answer to a packet that was sent: a packet that a display filter selects. Packets that have the
 * addresses, ports or identifiers of an earlier one that was sent are answers to that one; if several that were sent are
 * the same, to the oldest that has no answer.
 */
#ifndef TL_CLI_AWAIT_H
#define TL_CLI_AWAIT_H

#include "cli/pairing.h"
#include "cli/select.h"
#include "inject/wire.h"

enum { TL_AWAIT_REQUESTS = 1024 };

/* A packet that was sent. */
struct tl_await_request {
    struct tl_pairing pairing;
    uint64_t number; /* in the series, from 1; 0: none */
    int64_t sent;    /* ns since 1970 */
    bool answered;
};

struct tl_await {
    struct tl_select select;
    struct tl_predicate_run *run;     /* owned */
    struct tl_interfaces *interfaces; /* owned */
    struct tl_detail *detail;         /* owned */
    struct tl_arrival *arrival;       /* owned: the last that was taken */
    uint8_t last[128]; /* the begin of the last frame that was sent, */
    uint32_t last_len; /* and its length */
    uint64_t number; /* of packets that were decoded */
    struct tl_await_request *requests; /* owned: the last TL_AWAIT_REQUESTS, used in turn */
    struct tl_await_request *current;  /* the last that was sent */
};

/* Compiles the filter. On failure tl_await_fini() frees what there is. */
enum tl_failure tl_await_init(struct tl_await *await, const char *filter, struct tl_error *error) TL_MUST_CHECK;
void tl_await_fini(struct tl_await *await);
/* Packet `number` of the series is sent next. */
void tl_await_begin(struct tl_await *await, uint64_t number);
/* A frame of it was sent. */
void tl_await_sent(struct tl_await *await, struct tl_bytes frame);
/*
 * Waits until `deadline` (ns, monotonic) for an answer. Returns the request that it answers, which is not always the
 * last; NULL if none came. It was taken at await->arrival->ts. again: the request had an answer before.
 */
const struct tl_await_request *tl_await_answer(struct tl_await *await, struct tl_wire *wire, int64_t deadline,
                                               bool *again);

#endif
