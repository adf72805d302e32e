/*
 * allocations.c - the fuzzer's entry point, and failing allocations. With TAPLIGHT_FUZZ_ALLOCATIONS=N in the
 * environment one in N allocations fails, N >= 2. Which ones depends only on the input, so a crash is reproducible.
 */
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__real_mmap(void *addr, size_t len, int protection, int flags, int fd, off_t off);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void *__wrap_mmap(void *addr, size_t len, int protection, int flags, int fd, off_t off);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);

static unsigned long one_in;       /* 0: none fails */
static _Atomic bool armed;
static _Atomic uint64_t drawn;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *text = getenv("TAPLIGHT_FUZZ_ALLOCATIONS");
    (void)argc;
    (void)argv;
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* avoids clearing huge pages for each input */
    one_in = text != NULL ? strtoul(text, NULL, 10) : 0;
    return 0;
}

static uint64_t seed_of(const uint8_t *data, size_t size)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * UINT64_C(0x100000001b3);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drawn = seed_of(data, size);
    armed = one_in > 1;
    fuzz_one(data, size);
    armed = false;
    return 0;
}

/* splitmix64: turns a counter into an even distribution. */
static bool fails(void)
{
    if (!armed)
        return false;
    uint64_t z = atomic_fetch_add(&drawn, UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    if ((z ^ z >> 31) % one_in != 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    return fails() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, n);
}

void *__wrap_mmap(void *addr, size_t len, int protection, int flags, int fd, off_t off)
{
    return fails() ? MAP_FAILED : __real_mmap(addr, len, protection, flags, fd, off);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    return fails() ? EAGAIN : __real_pthread_create(thread, attributes, run, context);
}

uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = __real_malloc(size);
    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

void fuzz_free(void *p)
{
    free(p);
}
