/*
 * subset_rows.h - the packets of a subset, in order. A task gathers them, and goes on as packets come; the view reads
 * what there is, without locks. A place is a packet's position among them.
 */
#ifndef TL_UI_SUBSET_ROWS_H
#define TL_UI_SUBSET_ROWS_H

#include "ui/tasks/subset.h"

enum { TL_SUBSET_ROWS_MOST = 1 << 22 }; /* only the first so many packets are gathered */

struct tl_subset_rows;

/* Empty at first; the source stays the caller's. NULL without memory. */
struct tl_subset_rows *tl_subset_rows_new(const struct tl_packet_source *source, const struct tl_subset *subset);
void tl_subset_rows_free(struct tl_subset_rows *rows);
/*
 * Starts the task if there are more packets to look at. news: an eventfd that is written when there are more rows.
 * false: it failed for lack of memory.
 */
bool tl_subset_rows_gather(struct tl_subset_rows *rows, int news);
/*
 * Stops it for good, with the packets found so far. false: there is nothing to stop, as it has looked at all packets
 * that there were, or need not decode them.
 */
bool tl_subset_rows_stop(struct tl_subset_rows *rows);
/* The task runs. */
bool tl_subset_rows_run(const struct tl_subset_rows *rows);
const struct tl_subset *tl_subset_rows_subset(const struct tl_subset_rows *rows);

uint32_t tl_subset_rows_count(const struct tl_subset_rows *rows);
/* The packet at a place below the count. */
uint32_t tl_subset_rows_at(const struct tl_subset_rows *rows, uint64_t place);
/* The place of the first packet that is not before this one, or the count. */
uint32_t tl_subset_rows_find(const struct tl_subset_rows *rows, uint64_t row);
/* It belongs to the subset, as far as packets were looked at; for the threads of other tasks too. */
bool tl_subset_rows_have(const struct tl_subset_rows *rows, uint64_t row);
/* The same, or it was not looked at yet. */
bool tl_subset_rows_may_have(const struct tl_subset_rows *rows, uint64_t row);
/* It was not looked at yet, and will be; for the threads of other tasks too. */
bool tl_subset_rows_will_look(const struct tl_subset_rows *rows, uint64_t row);
/* The subset and its progress, for a title: "lines with "GET", 45 %: ". */
void tl_subset_rows_note(const struct tl_subset_rows *rows, struct tl_buffer *out, const struct tl_columns *columns);

#endif
