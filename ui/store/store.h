/*
 * store.h - what the view knows of the packets: an index of 32 bytes a packet, a table of flows, the last transactions,
 * and the bytes of packets that no file holds. The engine writes it through a sink; any thread reads it, without locks:
 * a reader never waits and is never waited for. All of it is bounded; the oldest leaves first.
 */
#ifndef TL_UI_STORE_H
#define TL_UI_STORE_H

#include "ui/store/extras.h"
#include "ui/store/rows.h"

struct tl_store;

/* memory: bytes for all of it. NULL without memory. */
struct tl_store *tl_store_new(size_t memory);
/* After the engine that writes it. */
void tl_store_free(struct tl_store *store);
/* The sink that fills it; the store's. Before anything else reads it, and for one engine. */
struct tl_sink *tl_store_sink(struct tl_store *store);
/* The sink that keeps blocks of pcapng inputs that are no packets; the store's, beside the other. */
struct tl_sink *tl_store_extras_sink(struct tl_store *store);

/* Packets there are: from tl_store_first() up to (not with) tl_store_count(). Both only grow. */
uint64_t tl_store_first(const struct tl_store *store);
uint64_t tl_store_count(const struct tl_store *store);
/* false: it is gone, or not there yet. */
bool tl_store_row(const struct tl_store *store, uint64_t index, struct tl_row *row);
/* The bytes of a row that is `kept`, into out (row->caplen bytes); false: they are gone. */
bool tl_store_bytes(const struct tl_store *store, const struct tl_row *row, uint8_t *out);
/* Of a row that is `kept`: bytes of its options (pcapng), and its bytes, rounded up to 4, with them. */
uint32_t tl_store_options(const struct tl_store *store, const struct tl_row *row);
bool tl_store_bytes_and_options(const struct tl_store *store, const struct tl_row *row, uint8_t *out, uint32_t options);
/* Of a row that is `kept`: its number in the capture (tl_packet.number); 0: not known. */
uint64_t tl_store_number(const struct tl_store *store, uint64_t index);
/* What that sink kept. */
const struct tl_extras *tl_store_extras(const struct tl_store *store);
/* What tl_row.stack stands for; never changes. */
const struct tl_stack *tl_store_stack(const struct tl_store *store, unsigned stack);

/* Flows are numbered as they begin; some numbers are left out. Those that ended make place for new ones first. */
uint32_t tl_store_flows_count(const struct tl_store *store);
uint64_t tl_store_flows_gone(const struct tl_store *store);
/* The places of flows, and who stands there: TL_STORE_NONE: nobody. */
uint32_t tl_store_flow_places(const struct tl_store *store);
uint32_t tl_store_flow_at(const struct tl_store *store, uint32_t place);
bool tl_store_flow(const struct tl_store *store, uint32_t flow, struct tl_flow_row *row);
/* It will be asked for soon: memory is fetched for it. */
void tl_store_expect_flow(const struct tl_store *store, uint32_t flow);

uint32_t tl_store_transactions_first(const struct tl_store *store);
uint32_t tl_store_transactions_count(const struct tl_store *store);
bool tl_store_transaction(const struct tl_store *store, uint32_t index, struct tl_transaction *row);

/* Bytes of memory it takes now. */
size_t tl_store_memory(const struct tl_store *store);

#endif
