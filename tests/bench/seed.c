/*
 * seed.c - a shared object for LD_PRELOAD: getrandom() returns the same bytes in every run.
 * taplight seeds its hash tables with getrandom(), so that traffic cannot choose collisions. With a fixed seed its
 * instruction counts repeat.
 */
#include <string.h>
#include <sys/random.h>

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
    (void)flags;
    memset(out, 0x5a, len);
    return (ssize_t)len;
}
