/*
 * numbers.h - the numbers that packets have in the capture. The view counts only the packets that it got: blocks that
 * were not analysed, and packets that did not pass a filter, leave gaps. One thread writes, others read, without locks.
 */
#ifndef TL_UI_NUMBERS_H
#define TL_UI_NUMBERS_H

#include <stdatomic.h>
#include <stdint.h>

enum { TL_NUMBERS_GAPS = 1 << 14 };

struct tl_numbers {
    struct {
        _Atomic uint64_t row, number;
    } gaps[TL_NUMBERS_GAPS]; /* rows after which the numbers count on: the newest gaps, a ring */
    _Atomic uint64_t count;  /* of all gaps */
    _Atomic uint64_t known;  /* the numbers of rows before it are known */
    uint64_t next;           /* writer only: the number of the next row, if there is no gap */
};

/* Writer only: the next row has this number. */
void tl_numbers_add(struct tl_numbers *numbers, uint64_t row, uint64_t number);
/* 0: not known, as for the rows before the oldest gap that is kept. */
uint64_t tl_numbers_get(const struct tl_numbers *numbers, uint64_t row);

#endif
