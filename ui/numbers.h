/*
 * numbers.h - the numbers that packets have in the capture, where the view counts only those that it was given: blocks
 * that were not analysed, and packets that did not pass a filter, leave gaps. One thread writes, others read, without
 * locks.
 */
#ifndef TL_UI_NUMBERS_H
#define TL_UI_NUMBERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { TL_NUMBERS_GAPS = 1 << 14 };

struct tl_numbers {
    struct {
        uint64_t row, number; /* never changes once it is counted */
    } gaps[TL_NUMBERS_GAPS];  /* rows behind which others follow each other */
    _Atomic uint32_t count;
    _Atomic uint64_t known;   /* rows before it: behind too many gaps, no more is known */
    uint64_t next;            /* the writer's: the number of the row that follows, where there is no gap */
    bool full;                /* the writer's */
};

/* The writer's: the next row has this number. */
void tl_numbers_add(struct tl_numbers *numbers, uint64_t row, uint64_t number);
/* 0: not known. */
uint64_t tl_numbers_get(const struct tl_numbers *numbers, uint64_t row);

#endif
