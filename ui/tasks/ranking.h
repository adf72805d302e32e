/*
 * ranking.h - sorts many numbered things by a key, in a thread of its own: the view goes on while half a million flows
 * are sorted. The view asks for an order, and takes the newest one when it is there.
 */
#ifndef TL_UI_RANKING_H
#define TL_UI_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/store/memory.h"

struct tl_ranking;

/* What is sorted: called in the ranking's thread. */
struct tl_ranked {
    const void *context;
    uint32_t (*first)(const void *context);
    uint32_t (*end)(const void *context);
    /* A word of its key for this column, from 0 on; false: the thing is gone. Equal keys are sorted by number. */
    bool (*key)(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key);
    /* The number of words of a column's key: later words decide between equal earlier ones. */
    const uint8_t *words;
    /* The number at a place of [first, end); NULL: the place is the number. */
    uint32_t (*number)(const void *context, uint32_t place);
};

/* Numbers in order. The caller that takes it frees it, before the ranking's memory. */
struct tl_rank_order {
    struct tl_memory *memory;
    uint32_t count, room;
    uint32_t left_out; /* no memory to sort them */
    uint32_t items[];
};

/*
 * most: only so many things are sorted, the newest. wake: an eventfd that is written when an order is there. NULL on
 * failure.
 */
struct tl_ranking *tl_ranking_new(const struct tl_ranked *ranked, uint32_t most, struct tl_memory *memory, int wake);
void tl_ranking_free(struct tl_ranking *ranking);
/* Requests an order. It is made soon, but not so often that it would load the machine. */
void tl_ranking_want(struct tl_ranking *ranking, unsigned column, bool descending);
/* The newest order, once; NULL: none. */
struct tl_rank_order *tl_ranking_take(struct tl_ranking *ranking);

void tl_order_free(struct tl_rank_order *order);

/* Words of keys that sort like signed numbers, text, and addresses (IPv4 before IPv6). */
uint64_t tl_ranking_signed(int64_t n);
uint64_t tl_ranking_text(const char *text, unsigned word);
uint64_t tl_ranking_address(unsigned version, const uint8_t *address, unsigned word);
enum { TL_RANKING_ADDRESS_WORDS = 3 };
#define TL_RANKING_TEXT_WORDS(size) (((size) + 7) / 8)

#endif
