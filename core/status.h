/* status.h - the status of decoders and stream parsers, and errors for callers of the library. */
#ifndef TL_CORE_STATUS_H
#define TL_CORE_STATUS_H

#define TL_LIKELY(x) __builtin_expect(!!(x), 1)
#define TL_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* A function for rare packets: kept out of line, so that it costs the others no registers. */
#define TL_COLD __attribute__((cold, noinline))
#define TL_MUST_CHECK __attribute__((warn_unused_result))
#define TL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum tl_status {
    TL_OK,
    TL_SHORT,    /* the bytes were on the wire but were not captured (snaplen) */
    TL_MORE,     /* a stream needs more bytes */
    TL_BAD,      /* malformed: the bytes contradict themselves or the protocol */
    TL_NOT_MINE, /* this is another protocol */
};

/* Why a library call failed. The values are the exit codes of the command. */
enum tl_failure {
    TL_E_NONE = 0,
    TL_E_RUNTIME = 1,
    TL_E_USAGE = 2,
    TL_E_PERMISSION = 3,
    TL_E_DAMAGED = 4, /* the input was damaged; everything readable was processed */
    TL_E_ASSERTION = 5, /* an assertion of --assert does not hold */
};

/* One line for the user: what failed, on what, what to do. */
struct tl_error {
    enum tl_failure kind;
    char text[512];
};

/* Sets e unless it is NULL or already set, so the first failure is the one reported. Returns kind. */
enum tl_failure tl_error_set(struct tl_error *e, enum tl_failure kind, const char *format, ...) TL_PRINTF(3, 4);

#endif
