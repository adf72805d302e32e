/* store_sink.h - the entries that the workers send to the store. */
#ifndef TL_UI_STORE_SINK_H
#define TL_UI_STORE_SINK_H

#include "ui/store/rows.h"

enum tl_entry_kind {
    TL_ENTRY_PACKET,      /* row; more: its bytes, if the row is `kept` */
    TL_ENTRY_BEGIN,       /* more: struct tl_flow_id, of the flow that the next packet begins */
    TL_ENTRY_END,         /* more: struct tl_ending */
    TL_ENTRY_FLOW,        /* more: struct tl_ending, of which rtt, service and opened are known: a flow that goes on */
    TL_ENTRY_HELLO,       /* more: struct tl_flow_hello */
    TL_ENTRY_TRANSACTION, /* more: struct tl_transaction; the store fills in flow and row */
};

struct tl_entry {
    uint32_t kind;
    uint32_t more;     /* bytes after the entry */
    uint64_t flow;     /* number of its flow's first packet; 0: none */
    struct tl_stack stack; /* TL_ENTRY_PACKET */
    bool turned;       /* TL_ENTRY_BEGIN: the responder sent the first packet */
    /*
     * TL_ENTRY_PACKET; the store fills in flow, previous, stack and protocol. If the row is `kept`, its place is its
     * number.
     */
    struct tl_row row;
};

struct tl_ending {
    struct tl_flow_id id;
    int64_t rtt;
    uint64_t retransmissions;
    char state[8], service[24];
    bool opened; /* TL_ENTRY_FLOW */
};

struct tl_store_sink {
    struct tl_sink sink;
    void *context;
    const struct tl_store_taker *taker;
};

/* Takes the entries, in the writer's thread. */
struct tl_store_taker {
    void (*expect)(void *context, const struct tl_entry *entry); /* it comes soon: fetch what it needs, */
    void (*await)(void *context, const struct tl_entry *entry);  /* and what that points to */
    bool (*take)(void *context, const struct tl_entry *entry, const uint8_t *more); /* in order; false: no memory */
    void (*publish)(void *context); /* after a batch of entries */
};

/* The transaction of a record, without flow and row. */
struct tl_transaction tl_transaction_of(const struct tl_record_def *def, const struct tl_record *record);

void tl_store_sink_init(struct tl_store_sink *s, void *context, const struct tl_store_taker *taker);

#endif
