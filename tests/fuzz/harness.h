/* harness.h - what the fuzz harnesses share: their entry, allocations that fail on purpose, and reading an input. */
#ifndef TL_TESTS_FUZZ_HARNESS_H
#define TL_TESTS_FUZZ_HARNESS_H

#include "core/bytes.h"

/* One input. Called by allocations.c, which makes every nth allocation of the code under test fail if it is told to. */
void fuzz_one(const uint8_t *data, size_t size);

/* A copy in a block of its own size, so that a read beyond it is seen; fuzz_free() it. Never NULL, never fails. */
uint8_t *fuzz_copy(const uint8_t *data, size_t size);
void fuzz_free(void *p);

/* Ends the program, so that the fuzzer keeps the input, with a line that says what does not hold. */
#define FUZZ_CHECK(condition) \
    do {                                                                             \
        if (!(condition)) {                                                          \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
            abort();                                                                 \
        }                                                                            \
    } while (0)

/* What of an input is not read yet. At its end there are only zeros. */
struct fuzz_input {
    const uint8_t *at, *end;
};

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
    unsigned high = fuzz_u8(in);
    return (uint16_t)(high << 8 | fuzz_u8(in));
}

/* At most n bytes. */
static inline struct tl_bytes fuzz_bytes(struct fuzz_input *in, size_t n)
{
    if (n > (size_t)(in->end - in->at))
        n = (size_t)(in->end - in->at);
    struct tl_bytes bytes = tl_bytes_of(in->at, n);
    in->at += n;
    return bytes;
}

#endif
