/*
 * search.h - searches packets from a place on: the lines of the list and the bytes, the fields of the trees, or the
 * bytes. A task; it continues once at the other end of the packets.
 */
#ifndef TL_UI_SEARCH_H
#define TL_UI_SEARCH_H

#include "ui/store/source.h"
#include "ui/tasks/subset_rows.h"

enum tl_search_scope { TL_SEARCH_LINES, TL_SEARCH_FIELDS, TL_SEARCH_BYTES };

/* A place in a packet; of two places, the later one has the higher numbers. */
struct tl_search_place {
    uint64_t row;
    uint32_t line;   /* TL_SEARCH_FIELDS: of the tree */
    uint32_t source; /* TL_SEARCH_BYTES: of the tree's sources */
    uint32_t off;    /* in that source */
};

struct tl_search_query {
    struct tl_needle needle;
    /* Only its packets are searched. Borrowed: it stays as long as the search runs. NULL: all packets are. */
    const struct tl_subset_rows *rows;
    enum tl_search_scope scope;
    struct tl_search_place from; /* where the search begins; this place itself does not match */
    bool backwards;
};

struct tl_search_result {
    bool failed;                  /* no memory */
    bool found;
    bool wrapped;                 /* found after continuing at the other end */
    uint64_t gone;                /* packets whose bytes could not be read */
    bool in_bytes;                /* TL_SEARCH_LINES: the line does not show it */
    struct tl_search_place place; /* where it was found */
};

struct tl_search;

/* NULL without memory. */
struct tl_search *tl_search_new(void);
void tl_search_free(struct tl_search *search);
/*
 * Starts, in place of a search that still runs. The source stays the caller's. news: an eventfd that is written at the
 * end. false: no thread could be started.
 */
bool tl_search_start(struct tl_search *search, const struct tl_search_query *query,
                     const struct tl_packet_source *source, int news);
/* Stops a search that runs; false: none does. */
bool tl_search_stop(struct tl_search *search);
/* true, once, when the search has ended: its result is there. */
bool tl_search_ended(struct tl_search *search);
bool tl_search_runs(const struct tl_search *search);
unsigned tl_search_percent(const struct tl_search *search);
/* Of the last search. */
const struct tl_search_query *tl_search_query(const struct tl_search *search);
const struct tl_search_result *tl_search_result(const struct tl_search *search);

#endif
