/*
 * store.h - what the view knows of the packets: an index of 32 bytes a packet, a table of flows, the last transactions,
 * and the bytes of packets that are in no file. The engine writes it through a sink; any thread reads it, without
 * locks, and no thread waits. All of it is bounded: the oldest rows are overwritten first.
 */
#ifndef TL_UI_STORE_H
#define TL_UI_STORE_H

#include "ui/store/extras.h"
#include "ui/store/rows.h"

struct tl_store;

/* memory: bytes for all of it. NULL without memory. */
struct tl_store *tl_store_new(size_t memory);
/* After the engine that writes it has ended. */
void tl_store_free(struct tl_store *store);
/* The sink that fills it; owned by the store. Call it before anything reads the store, for one engine. */
struct tl_sink *tl_store_sink(struct tl_store *store);
/* The sink that keeps blocks of pcapng inputs that are not packets; owned by the store. */
struct tl_sink *tl_store_extras_sink(struct tl_store *store);

/* Packets in the store: from tl_store_first() up to (not with) tl_store_count(). Both only grow. */
uint64_t tl_store_first(const struct tl_store *store);
uint64_t tl_store_count(const struct tl_store *store);
/* false: it was overwritten, or does not exist yet. */
bool tl_store_row(const struct tl_store *store, uint64_t index, struct tl_row *row);
/* The bytes of a row that is `kept`, into out (row->caplen bytes); false: they were overwritten. */
bool tl_store_bytes(const struct tl_store *store, const struct tl_row *row, uint8_t *out);
/* Of a row that is `kept`: the size of its options (pcapng); its bytes, rounded up to 4, followed by the options. */
uint32_t tl_store_options(const struct tl_store *store, const struct tl_row *row);
bool tl_store_bytes_and_options(const struct tl_store *store, const struct tl_row *row, uint8_t *out, uint32_t options);
/* Of a row that is `kept`: its number in the capture (tl_packet.number); 0: not known. */
uint64_t tl_store_number(const struct tl_store *store, uint64_t index);
/* What the sink of extras kept. */
const struct tl_extras *tl_store_extras(const struct tl_store *store);
/* The protocols of a tl_row.stack; they never change. */
const struct tl_stack *tl_store_stack(const struct tl_store *store, unsigned stack);

/* Flows are numbered as they begin; some numbers are skipped. Flows that have ended are overwritten first. */
uint32_t tl_store_flows_count(const struct tl_store *store);
uint64_t tl_store_flows_gone(const struct tl_store *store);
/* The slots of flows, and the flow in a slot; TL_STORE_NONE: none. */
uint32_t tl_store_flow_places(const struct tl_store *store);
uint32_t tl_store_flow_at(const struct tl_store *store, uint32_t place);
bool tl_store_flow(const struct tl_store *store, uint32_t flow, struct tl_flow_row *row);
/* What its TLS client said; false: nothing, or it was overwritten. */
bool tl_store_hello(const struct tl_store *store, const struct tl_flow_row *flow, struct tl_flow_hello *hello);
/* Fetches the flow into the cache. */
void tl_store_expect_flow(const struct tl_store *store, uint32_t flow);

uint32_t tl_store_transactions_first(const struct tl_store *store);
uint32_t tl_store_transactions_count(const struct tl_store *store);
bool tl_store_transaction(const struct tl_store *store, uint32_t index, struct tl_transaction *row);

/* Bytes of memory it takes now. */
size_t tl_store_memory(const struct tl_store *store);

#endif
