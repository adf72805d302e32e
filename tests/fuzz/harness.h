/* harness.h - shared by the fuzz harnesses: entry point, deliberate allocation failures, reading of an input. */
#ifndef TL_TESTS_FUZZ_HARNESS_H
#define TL_TESTS_FUZZ_HARNESS_H

#include "core/bytes.h"
#include "dissectors/registry.h"

/* Processes one input. Called by allocations.c, which can make every nth allocation of the tested code fail. */
void fuzz_one(const uint8_t *data, size_t size);

/*
 * Returns a copy in an allocation of exactly that size, so that overreads are detected; free it with fuzz_free(). Never
 * NULL, never fails.
 */
uint8_t *fuzz_copy(const uint8_t *data, size_t size);
void fuzz_free(void *p);

/* Prints the failed condition and aborts, so that the fuzzer keeps the input. */
#define FUZZ_CHECK(condition) \
    do {                                                                             \
        if (!(condition)) {                                                          \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
            abort();                                                                 \
        }                                                                            \
    } while (0)

/* Made once: it takes longer than most inputs. NULL: its memory was denied; it is tried again with the next input. */
static inline struct tl_registry *fuzz_registry(void)
{
    static struct tl_registry *registry;
    if (registry == NULL)
        registry = tl_registry_new();
    return registry;
}

/* The unread part of an input. At its end it reads as zeros. */
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

/* Reads at most n bytes. */
static inline struct tl_bytes fuzz_bytes(struct fuzz_input *in, size_t n)
{
    if (n > (size_t)(in->end - in->at))
        n = (size_t)(in->end - in->at);
    struct tl_bytes bytes = tl_bytes_of(in->at, n);
    in->at += n;
    return bytes;
}

#endif
