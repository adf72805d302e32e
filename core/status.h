/* status.h - what a decoder or a stream parser answers, and errors for the caller of the library. */
#ifndef TL_CORE_STATUS_H
#define TL_CORE_STATUS_H

#define TL_LIKELY(x) __builtin_expect(!!(x), 1)
#define TL_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TL_MUST_CHECK __attribute__((warn_unused_result))
#define TL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum tl_status {
    TL_OK,
    TL_SHORT,    /* the bytes were on the wire and are not here, for good: a snaplen cut */
    TL_MORE,     /* a stream that is not there yet */
    TL_BAD,      /* the wire contradicts itself */
    TL_NOT_MINE, /* this is another protocol */
};

/* Why a library call failed. The values are the exit codes of the command. */
enum tl_failure {
    TL_E_NONE = 0,
    TL_E_RUNTIME = 1,
    TL_E_USAGE = 2,
    TL_E_PERMISSION = 3,
    TL_E_DAMAGED = 4, /* the input was damaged, but what could be read was given */
};

/* One line for a person: what failed, on what, what to do. */
struct tl_error {
    enum tl_failure kind;
    char text[512];
};

/* Sets e (if not NULL and not set before): the first failure is the one that is told. Returns kind. */
enum tl_failure tl_error_set(struct tl_error *e, enum tl_failure kind, const char *format, ...) TL_PRINTF(3, 4);

#endif
