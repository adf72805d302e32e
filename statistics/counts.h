/*
 * counts.h - a tree of counts with percentages, as tshark's statistics that end in ",tree". A kind of this form only
 * has a note(): it calls tl_counts_note() for each node that a packet counts in, parents first.
 */
#ifndef TL_STATISTICS_COUNTS_H
#define TL_STATISTICS_COUNTS_H

#include "statistics/rows.h"
#include "statistics/statistic.h"

enum { TL_COUNTS_DEPTH = 8, TL_COUNTS_NAME = 512, TL_COUNTS_NONE = UINT32_MAX };

/* The state of a kind of this form begins with it. */
struct tl_counts {
    struct tl_statistic base;
    struct tl_rows table;
    uint32_t roots, last_root; /* rows without a parent; TL_COUNTS_NONE: none */
    int64_t first_ts, last_ts; /* of all packets; ns */
    bool begun;
    uint64_t left_out;
};

/* A node of the tree as note() gives it. The value, if any, is averaged. */
void tl_counts_note(struct tl_buffer *out, unsigned depth, struct tl_bytes name);
void tl_counts_note_text(struct tl_buffer *out, unsigned depth, const char *name);
void tl_counts_note_value(struct tl_buffer *out, unsigned depth, const char *name, uint64_t value);

/* The functions of such a kind. parse: FILTER is the rest of the argument. */
enum tl_failure tl_counts_parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                                struct tl_error *error);
/* A row that is shown even if nothing counts in it. Returns its index. */
uint32_t tl_counts_add(struct tl_counts *counts, uint32_t parent, const char *name);
void tl_counts_take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes);
void tl_counts_text(struct tl_statistic *s, struct tl_report *report);
void tl_counts_json(struct tl_statistic *s, struct tl_report *report);
void tl_counts_fini(struct tl_statistic *s);

/* Returns whether the node is of the field with this key. */
bool tl_counts_is_field(const struct tl_statistic *s, const struct tl_node *node, const char *key);

#endif
