/* probe_records.h - the records of probes: one for each, and one for the end. */
#ifndef TL_CLI_PROBE_RECORDS_H
#define TL_CLI_PROBE_RECORDS_H

#include "core/record.h"
#include "inject/probe.h"

struct tl_probe_label_record {
    struct tl_record head;
    uint64_t label, tc, ttl;
    bool bottom;
};

struct tl_probe_record {
    struct tl_record head;
    const char *verb, *proto, *outcome, *damage;
    struct tl_addr src, dst, from;
    uint64_t port, seq, ttl, size, from_ttl, from_size, code, mtu;
    int64_t rtt;
    uint8_t mac[6];
    struct tl_bytes name;
    struct tl_probe_label_record label_items[TL_PROBE_LABELS];
    struct tl_object_list labels;
};

struct tl_probe_summary_record {
    struct tl_record head;
    const char *verb, *proto;
    struct tl_addr dst, from;
    uint64_t hop, sent, received, duplicates, damaged, late, mtu;
    double loss;
    int64_t min, avg, max, mdev, jitter;
    struct tl_bytes name;
};

enum tl_probe_field {
    TL_PROBE_VERB,
    TL_PROBE_PROTO,
    TL_PROBE_SRC,
    TL_PROBE_DST,
    TL_PROBE_PORT,
    TL_PROBE_SEQ,
    TL_PROBE_TTL,
    TL_PROBE_SIZE,
    TL_PROBE_OUTCOME,
    TL_PROBE_DAMAGE,
    TL_PROBE_FROM,
    TL_PROBE_MAC,
    TL_PROBE_NAME,
    TL_PROBE_RTT,
    TL_PROBE_FROM_TTL,
    TL_PROBE_FROM_SIZE,
    TL_PROBE_CODE,
    TL_PROBE_MTU,
    TL_PROBE_MPLS,
};

enum tl_probe_summary_field {
    TL_SUMMARY_VERB,
    TL_SUMMARY_PROTO,
    TL_SUMMARY_DST,
    TL_SUMMARY_HOP,
    TL_SUMMARY_FROM,
    TL_SUMMARY_NAME,
    TL_SUMMARY_SENT,
    TL_SUMMARY_RECEIVED,
    TL_SUMMARY_DUPLICATES,
    TL_SUMMARY_LATE,
    TL_SUMMARY_DAMAGED,
    TL_SUMMARY_LOSS,
    TL_SUMMARY_MIN,
    TL_SUMMARY_AVG,
    TL_SUMMARY_MAX,
    TL_SUMMARY_MDEV,
    TL_SUMMARY_JITTER,
    TL_SUMMARY_MTU,
};

extern const struct tl_record_def tl_probe_record_def, tl_probe_summary_record_def;

/* Sets an address field. */
void tl_probe_set_address(struct tl_record *head, unsigned field, struct tl_addr *at, const struct tl_address *address);

/* Times of answers, in ns. */
struct tl_probe_times {
    uint64_t sent, received, duplicates, late, damaged; /* damaged ones are not received */
    int64_t min, max, last;
    double sum, squares, differences; /* jitter: differences of one time and the next */
};
void tl_probe_times_add(struct tl_probe_times *times, int64_t rtt);
double tl_probe_times_loss(const struct tl_probe_times *times); /* percent */
int64_t tl_probe_times_avg(const struct tl_probe_times *times);
int64_t tl_probe_times_mdev(const struct tl_probe_times *times);
int64_t tl_probe_times_jitter(const struct tl_probe_times *times);
/* Fills in the counts and times of a summary. */
void tl_probe_summary_fill(struct tl_probe_summary_record *r, const struct tl_probe_times *times);

#endif
