/*
 * tally.h - counts of all packets: by host, by protocol, over time. A thread of its own reads the store's rows as they
 * come; the view reads the counts so far, without locks.
 */
#ifndef TL_UI_TALLY_H
#define TL_UI_TALLY_H

#include "ui/store/buckets.h"
#include "ui/store/store.h"
#include "ui/store/talkers.h"

struct tl_tally;

struct tl_tally_sums {
    uint64_t counted;       /* rows that were read so far, from the first on */
    uint64_t missed;        /* of them: overwritten before they could be counted */
    uint64_t packets, bytes;
    uint64_t hostless;      /* packets of no flow, or of one that is no longer kept */
};

/*
 * memory: bytes for all of it. wake: an eventfd that is written when all rows are counted and the view asked for it.
 * NULL on failure.
 */
struct tl_tally *tl_tally_new(const struct tl_store *store, size_t memory, int wake);
void tl_tally_free(struct tl_tally *tally);
/* There may be more rows. tell: wake the view when they are counted. */
void tl_tally_poke(struct tl_tally *tally, bool tell);

struct tl_tally_sums tl_tally_sums(const struct tl_tally *tally);
const struct tl_talkers *tl_tally_talkers(const struct tl_tally *tally);
const struct tl_buckets *tl_tally_buckets(const struct tl_tally *tally);
/* ", still counting" or "": for the notes of panes. */
const char *tl_tally_lag(const struct tl_tally *tally);
/* Packets and bytes of a stack of protocols: tl_store_stack(). */
void tl_tally_stack(const struct tl_tally *tally, unsigned stack, uint64_t *packets, uint64_t *bytes);
/* Bytes of memory it takes now. */
size_t tl_tally_memory(const struct tl_tally *tally);

#endif
