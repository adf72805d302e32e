/*
 * ranking.h - the order of many numbered things by a key, made in a thread of its own: half a million flows are sorted
 * while the view goes on. The view asks, and takes the newest order when there is one.
 */
#ifndef TL_UI_RANKING_H
#define TL_UI_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/store/memory.h"

struct tl_ranking;

/* What is ranked: called in the ranking's thread. */
struct tl_ranked {
    const void *context;
    uint32_t (*first)(const void *context);
    uint32_t (*end)(const void *context);
    /* A word of its key by this column, from 0 on; false: it is gone. Equal ones stand by their numbers. */
    bool (*key)(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key);
    /* How many words the key has, a column: the next one is asked for where those before it are the same. */
    const uint8_t *words;
    /* The number at a place of [first, end); NULL: the place is the number. */
    uint32_t (*number)(const void *context, uint32_t place);
};

/* Numbers in order. Whoever takes it frees it, before the ranking's memory. */
struct tl_order {
    struct tl_memory *memory;
    uint32_t count, room;
    uint32_t left_out; /* there was no memory to sort them */
    uint32_t items[];
};

/*
 * most: things that are ranked at most, of the newest. wake: an eventfd that is written when an order is there. NULL on
 * failure.
 */
struct tl_ranking *tl_ranking_new(const struct tl_ranked *ranked, uint32_t most, struct tl_memory *memory, int wake);
void tl_ranking_free(struct tl_ranking *ranking);
/* An order is wanted. It is made soon, but not more often than the machine bears. */
void tl_ranking_want(struct tl_ranking *ranking, unsigned column, bool descending);
/* The newest that was made, once; NULL: none. */
struct tl_order *tl_ranking_take(struct tl_ranking *ranking);

void tl_order_free(struct tl_order *order);

/* Words of keys that stand in the same order as signed numbers, text, and addresses (IPv4 before IPv6). */
uint64_t tl_ranking_signed(int64_t n);
uint64_t tl_ranking_text(const char *text, unsigned word);
uint64_t tl_ranking_address(unsigned version, const uint8_t *address, unsigned word);
enum { TL_RANKING_ADDRESS_WORDS = 3 };
#define TL_RANKING_TEXT_WORDS(size) (((size) + 7) / 8)

#endif
