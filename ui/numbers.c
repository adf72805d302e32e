/* numbers.c - a gap is a row and its number; those behind it follow. */
#include "ui/numbers.h"

void tl_numbers_add(struct tl_numbers *numbers, uint64_t row, uint64_t number)
{
    uint32_t count = atomic_load_explicit(&numbers->count, memory_order_relaxed);
    if (number != numbers->next || count == 0) {
        if (count == TL_NUMBERS_GAPS)
            numbers->full = true;
        if (numbers->full)
            return;
        numbers->gaps[count].row = row;
        numbers->gaps[count].number = number;
        atomic_store_explicit(&numbers->count, count + 1, memory_order_release);
    }
    numbers->next = number + 1;
    atomic_store_explicit(&numbers->known, row + 1, memory_order_release);
}

uint64_t tl_numbers_get(const struct tl_numbers *numbers, uint64_t row)
{
    if (row >= atomic_load_explicit(&numbers->known, memory_order_acquire))
        return 0;
    uint32_t low = 0, high = atomic_load_explicit(&numbers->count, memory_order_acquire);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (numbers->gaps[middle].row > row)
            high = middle;
        else
            low = middle;
    }
    return numbers->gaps[low].row <= row ? numbers->gaps[low].number + (row - numbers->gaps[low].row) : 0;
}
