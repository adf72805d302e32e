/*
 * numbers.h - the numbers that packets have in the capture, where the view counts only those that it was given: blocks
 * that were not analysed, and packets that did not pass a filter, leave gaps. One thread writes, others read, without
 * locks.
 */
#ifndef TL_UI_NUMBERS_H
#define TL_UI_NUMBERS_H

#include <stdatomic.h>
#include <stdint.h>

enum { TL_NUMBERS_GAPS = 1 << 14 };

struct tl_numbers {
    struct {
        _Atomic uint64_t row, number;
    } gaps[TL_NUMBERS_GAPS]; /* rows behind which others follow each other: the newest, a ring */
    _Atomic uint64_t count;  /* of all gaps there were */
    _Atomic uint64_t known;  /* rows before it */
    uint64_t next;           /* the writer's: the number of the row that follows, where there is no gap */
};

/* The writer's: the next row has this number. */
void tl_numbers_add(struct tl_numbers *numbers, uint64_t row, uint64_t number);
/* 0: not known; so are the rows before the oldest gap that is kept. */
uint64_t tl_numbers_get(const struct tl_numbers *numbers, uint64_t row);

#endif
