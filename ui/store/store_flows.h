/*
 * store_flows.h - the store's flows: numbered as they begin, found by the number of their first packet. Flows that have
 * ended are overwritten first. One thread writes, others read, without locks.
 */
#ifndef TL_UI_STORE_FLOWS_H
#define TL_UI_STORE_FLOWS_H

#include "ui/store/cells.h"
#include "ui/store/store_sink.h"

struct tl_store_flows {
    struct tl_cells counts;  /* the fields that every packet changes, */
    struct tl_cells faces;   /* and the others; the same numbers */
    struct tl_cells hellos;  /* struct tl_flow_hello, in their order: of fewer flows than there is room for */
    uint64_t *running;       /* owned, writer only: a bit a slot: its flow has not ended */
    uint32_t *table;         /* owned, writer only: hashed by the number of the flow's first packet, flow + 1 */
    uint32_t mask;
    _Atomic uint64_t gone;
};

/* false without memory. */
bool tl_store_flows_init(struct tl_store_flows *flows, size_t memory);
void tl_store_flows_fini(struct tl_store_flows *flows);
/* Bytes that it takes now. */
size_t tl_store_flows_memory(const struct tl_store_flows *flows);

/* Writer only; key: the number of the flow's first packet. */
void tl_store_flows_begin(struct tl_store_flows *flows, uint64_t key, const struct tl_flow_id *id, bool turned);
void tl_store_flows_end(struct tl_store_flows *flows, uint32_t number, const struct tl_ending *end);
/* The round-trip time and the service of a flow that goes on, and whether something was decrypted. */
void tl_store_flows_tell(struct tl_store_flows *flows, uint32_t number, const struct tl_ending *so_far);
/* The first hello that says something counts: with encrypted hellos, later ones do not name a server. */
void tl_store_flows_hello(struct tl_store_flows *flows, uint32_t number, const struct tl_flow_hello *hello);
/* TL_STORE_NONE: it is not there. */
uint32_t tl_store_flows_find(const struct tl_store_flows *flows, uint64_t key);
/* The slot where its search begins in the table. */
uint32_t tl_store_flows_slot(const struct tl_store_flows *flows, uint64_t key);
/* Adds the row of this index to the flow, and sets the row's flow and previous. */
void tl_store_flows_count_packet(struct tl_store_flows *flows, uint32_t number, uint64_t index, struct tl_row *row);
/* The number of its last row; TL_STORE_NONE: it is not there. */
uint32_t tl_store_flows_last(const struct tl_store_flows *flows, uint32_t number);

uint32_t tl_store_flows_places(const struct tl_store_flows *flows);
bool tl_store_flows_get(const struct tl_store_flows *flows, uint32_t number, struct tl_flow_row *row);

#endif
