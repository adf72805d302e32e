/*
 * ledger.h - which records of a frame a server has.
 *
 * Servers that acknowledge each record do so in any order and any time. The ledger is kept while the same frame is
 * given again, so that only the records that are missing are sent again.
 */
#ifndef TL_SINKS_LEDGER_H
#define TL_SINKS_LEDGER_H

#include "sinks/target.h"

enum tl_ledger_state {
    TL_ENTRY_WAITS, /* to be sent */
    TL_ENTRY_SENT,  /* not acknowledged yet */
    TL_ENTRY_DONE,  /* acknowledged, or set aside */
};

struct tl_ledger_entry {
    size_t at; /* of its line in the frame */
    uint32_t len; /* with the newline */
    uint8_t state;
    bool alone; /* it was refused with others: send it alone */
};

struct tl_ledger {
    char sensor[TL_SENSOR_MOST + 1], run[TL_RUN_MOST + 1];
    uint64_t first, count;    /* of the frame; count 0: none */
    struct tl_ledger_entry *entries; /* owned */
    size_t waits, sent;       /* entries in these states */
    struct tl_buffer text;    /* of a record that is set aside */
};

/* Begins a frame, or goes on with the same one: what was done stays so. Returns false without memory. */
bool tl_ledger_begin(struct tl_ledger *ledger, const struct tl_record_frame *frame);
/* Returns whether all records are done: the frame is over then. */
bool tl_ledger_over(struct tl_ledger *ledger);
void tl_ledger_put(struct tl_ledger *ledger, size_t i, enum tl_ledger_state state);
/* Acknowledgements of what was sent will not come. */
void tl_ledger_forget_sent(struct tl_ledger *ledger);
/* A record that the server refuses for good. */
void tl_ledger_set_aside(struct tl_ledger *ledger, const struct tl_record_frame *frame, size_t i,
                         const struct tl_target_options *options, const char *why);
void tl_ledger_fini(struct tl_ledger *ledger);

#endif
