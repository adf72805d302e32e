/* processes.h - the processes of flows of this host, in a capture: asks a finder (enrich/finder.h) when a flow begins. */
#ifndef TL_ENRICH_PROCESSES_H
#define TL_ENRICH_PROCESSES_H

#include "core/status.h"
#include "flows/conn.h"

struct tl_processes;

/*
 * channel: of the finder; it is closed at the end. Reads the addresses of the network namespace of the thread.
 * ended: called once, in the thread of tl_processes_start(), if the finder ends before.
 */
struct tl_processes *tl_processes_new(int channel, void (*ended)(void *context), void *context, struct tl_error *error);
/* Starts the thread that takes answers. Call it when privileges are dropped. */
enum tl_failure tl_processes_start(struct tl_processes *processes, struct tl_error *error) TL_MUST_CHECK;
void tl_processes_free(struct tl_processes *processes);
/* A flow begins: asks about its ends that are of this host. Never waits. Thread-safe. */
void tl_processes_begin(struct tl_processes *processes, const struct tl_flow_id *id);
/* Adds what is known to the record of a flow. Thread-safe. */
void tl_processes_fill(struct tl_processes *processes, struct tl_conn_record *record, const struct tl_flow_id *id);
/* Ends of flows about which the finder could not be asked, because it had too many questions. */
uint64_t tl_processes_unasked(const struct tl_processes *processes);
/* Those about which it could not be asked, because it had ended. */
uint64_t tl_processes_lost(const struct tl_processes *processes);

#endif
