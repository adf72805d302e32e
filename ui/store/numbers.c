/* numbers.c - a gap is a row and its number; the rows after it count on. */
#include "ui/store/numbers.h"

#include <stdbool.h>

enum { MASK = TL_NUMBERS_GAPS - 1 };

void tl_numbers_add(struct tl_numbers *numbers, uint64_t row, uint64_t number)
{
    uint64_t count = atomic_load_explicit(&numbers->count, memory_order_relaxed);
    if (number != numbers->next || count == 0) {
        atomic_thread_fence(memory_order_release); /* readers that see it overwritten also see the count */
        atomic_store_explicit(&numbers->gaps[count & MASK].row, row, memory_order_relaxed);
        atomic_store_explicit(&numbers->gaps[count & MASK].number, number, memory_order_relaxed);
        atomic_store_explicit(&numbers->count, count + 1, memory_order_release);
    }
    numbers->next = number + 1;
    atomic_store_explicit(&numbers->known, row + 1, memory_order_release);
}

static uint64_t row_of(const struct tl_numbers *numbers, uint64_t gap)
{
    return atomic_load_explicit(&numbers->gaps[gap & MASK].row, memory_order_relaxed);
}

uint64_t tl_numbers_get(const struct tl_numbers *numbers, uint64_t row)
{
    if (row >= atomic_load_explicit(&numbers->known, memory_order_acquire))
        return 0;
    uint64_t high = atomic_load_explicit(&numbers->count, memory_order_acquire);
    uint64_t low = high >= TL_NUMBERS_GAPS ? high - TL_NUMBERS_GAPS + 1 : 0; /* the oldest gap may be overwritten */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (row_of(numbers, middle) > row)
            high = middle;
        else
            low = middle;
    }
    uint64_t first = row_of(numbers, low);
    uint64_t number = atomic_load_explicit(&numbers->gaps[low & MASK].number, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    bool stayed = atomic_load_explicit(&numbers->count, memory_order_relaxed) - low < TL_NUMBERS_GAPS;
    return stayed && first <= row ? number + (row - first) : 0;
}
