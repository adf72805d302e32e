/*
 * explain.h - what is wrong with the flows of a capture: takes packets in their order, notes facts of each flow, and
 * when it ends makes a diagnosis. Only the worst flows are kept.
 */
#ifndef TL_EXPLAIN_EXPLAIN_H
#define TL_EXPLAIN_EXPLAIN_H

#include "core/buffer.h"
#include "core/packet.h"
#include "core/sink.h"
#include "explain/neighbours.h"

struct tl_predicate;
struct tl_explain;

enum { TL_EXPLAIN_FLOWS = 10, TL_EXPLAIN_SERVICE = 48 };

struct tl_explain_options {
    const struct tl_interfaces *interfaces; /* borrowed */
    size_t memory;                          /* bytes */
    struct tl_keylog *keylog;               /* borrowed; NULL: none */
    /* Which flows; without any of these: all that have trouble. */
    const char *uid, *community_id;         /* borrowed; NULL: not by this */
    bool by_address, by_port;               /* of either end: */
    uint8_t version, address[16];           /* 4 or 6 */
    uint16_t port;
    const struct tl_predicate *predicate;   /* borrowed: flows with a record that it selects; NULL: not by this */
};

/* A flow that was explained. */
struct tl_explained {
    struct tl_flow_id id;
    char service[TL_EXPLAIN_SERVICE];
    struct tl_facts facts;
    struct tl_diagnosis diagnosis;
};

/* Returns NULL without memory. */
struct tl_explain *tl_explain_new(const struct tl_explain_options *options);
void tl_explain_free(struct tl_explain *explain);
/* Packets come in the order of the capture, each with its engine time. */
void tl_explain_packet(struct tl_explain *explain, const struct tl_packet *packet);
/* Ends all flows. */
void tl_explain_end(struct tl_explain *explain);
/* The flows: those with the worst trouble first, at most TL_EXPLAIN_FLOWS. */
uint32_t tl_explain_count(const struct tl_explain *explain);
const struct tl_explained *tl_explain_get(const struct tl_explain *explain, uint32_t index);

/* The report as text. */
void tl_explain_put(struct tl_buffer *out, const struct tl_explain *explain);
/* The parts of a flow's report: what it is, and the verdict; a phase; a finding. Whole lines. */
void tl_explain_put_summary(struct tl_buffer *out, const struct tl_explained *explained);
void tl_explain_put_phase(struct tl_buffer *out, const struct tl_phase *phase);
void tl_explain_put_finding(struct tl_buffer *out, const struct tl_finding *finding);
/* Appends a record for each address that ARP has trouble with, and for each flow, as JSON, by a sink of records. */
void tl_explain_put_records(struct tl_buffer *out, const struct tl_explain *explain, const struct tl_sink *sink);
/* tl_explain_arp_record_def: of an address that ARP tells of. */
extern const struct tl_record_def tl_explain_record_def, tl_explain_arp_record_def;

/* A sink of blocks that feeds it. explain is borrowed. */
struct tl_sink *tl_explain_sink(struct tl_explain *explain);

/* --- for report.c --- */

/* What flows with trouble have in common. */
struct tl_explain_party {
    uint8_t version, addr[16]; /* version 0: free */
    uint32_t flows, troubled;
    int64_t lost;
};

enum { TL_EXPLAIN_PARTIES = 256 };

struct tl_explain_sums {
    uint64_t flows, chosen, troubled, left_out, packets;
    int64_t lost, first_ts, last_ts, trouble_from, trouble_to;
    uint32_t kinds[128];       /* flows with trouble by the index of their verdict */
    struct tl_explain_party servers[TL_EXPLAIN_PARTIES], clients[TL_EXPLAIN_PARTIES];
    struct tl_neighbours neighbours;
};

const struct tl_explain_sums *tl_explain_sums(const struct tl_explain *explain);
bool tl_explain_is_chosen(const struct tl_explain *explain); /* the caller chose flows */

#endif
