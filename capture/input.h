/*
 * input.h - the bytes of a capture file, one after another, in chunks that are read (and decompressed by a thread of
 * their own) and live as long as blocks point into them.
 */
#ifndef TL_CAPTURE_INPUT_H
#define TL_CAPTURE_INPUT_H

#include <pthread.h>

#include "capture/source.h"

enum {
    TL_CHUNK_SIZE = 1 << 18,
    TL_CHUNK_SMALL = 1 << 17, /* where memory is scarce */
    TL_MEMORY_SHARES = 16,    /* a block holds no more than this part of the memory */
    TL_CHUNK_HEAD = 1 << 14,  /* room in front of decompressed bytes for the end of the chunk before */
};

struct tl_inflater;

/* A piece of the input in memory. */
struct tl_chunk {
    struct tl_chunk *next;
    uint64_t sequence;   /* 1, 2, 3, ... in the order in which the parser got them */
    uint64_t stored_end; /* decompressed: place in the stored input behind what this was made from */
    size_t capacity;
    size_t off, len;     /* bytes [off, len) are there */
    uint8_t data[];
};

enum tl_input_wait {
    TL_WAIT,  /* for as long as it takes */
    TL_PAUSE, /* the block has something already: at most 10 ms, and not beyond its share of the memory */
    TL_PEEK,  /* at most a second */
};

enum tl_input_status {
    TL_INPUT_OK,
    TL_INPUT_PAUSED,
    TL_INPUT_END,    /* the input ends before; also after tl_input_stop() */
    TL_INPUT_FAILED, /* reading or decompressing failed; error says how */
};

struct tl_input {
    const uint8_t *at;      /* the next byte; the parser moves it */
    const uint8_t *end;     /* behind the bytes that are there */
    const uint8_t *origin;  /* the byte at origin_offset */
    uint64_t origin_offset; /* in the (decompressed) capture */
    const char *name;       /* borrowed: for messages */
    int fd;
    int wake;               /* eventfd: readable after tl_input_stop() */
    bool owns_fd, regular;
    uint64_t start;         /* where in the stored input the capture begins */
    uint64_t size;          /* of the stored input; 0: not known */
    _Atomic uint64_t done;  /* of the stored input */
    _Atomic bool stopped;

    pthread_mutex_t lock;   /* for all below, where blocks are released by other threads */
    pthread_cond_t changed;
    bool ready;             /* lock and changed are initialised */
    struct tl_chunk *current;
    struct tl_chunk *oldest, *newest; /* the parser's, from the oldest that a block may point into to current */
    struct tl_chunk *spare; /* of chunk_size, for reuse */
    size_t chunk_size;
    size_t memory;          /* bytes of chunks at most */
    size_t block_used;      /* bytes of chunks begun for this block */
    uint64_t sequence;
    int64_t deadline;       /* when a pause ends, ns of the monotonic clock; 0: not set */
    struct tl_inflater *inflater; /* NULL: not compressed */
    struct tl_chunk *first; /* compressed, not regular: what was read before that was known */
};

/*
 * Opens path ("-": standard input), finds out whether it is compressed, and sees to it that the first four bytes are
 * there. On failure nothing is left open.
 */
enum tl_failure tl_input_open(struct tl_input *in, const char *path, const char *name,
                              const struct tl_file_options *options, struct tl_error *error);
void tl_input_close(struct tl_input *in);
/* Makes n bytes from `at` on be there in one piece (at may move to another chunk). See tl_input_status. */
enum tl_input_status tl_input_fetch(struct tl_input *in, size_t n, enum tl_input_wait wait, struct tl_error *error);
/* A new block begins. */
void tl_input_begin(struct tl_input *in);
/* What keeps the block's bytes alive, for tl_input_release() when they are done with. Marks come back in order. */
uint64_t tl_input_mark(const struct tl_input *in);
void tl_input_release(struct tl_input *in, uint64_t mark);
/* Async-signal-safe. */
void tl_input_stop(struct tl_input *in);
/* At TL_INPUT_END: does the file end before the place where it did when it was opened? */
bool tl_input_was_cut(const struct tl_input *in);
/* How far the stored input was read. */
uint64_t tl_input_position(const struct tl_input *in);

static inline size_t tl_input_left(const struct tl_input *in)
{
    return (size_t)(in->end - in->at);
}

/* The offset of `at` in the (decompressed) capture. */
static inline uint64_t tl_input_offset(const struct tl_input *in)
{
    return in->origin_offset + (uint64_t)(in->at - in->origin);
}

/* The place of p, among the bytes that are there, in the stored input; 0: it cannot be read there again. */
static inline uint64_t tl_input_place(const struct tl_input *in, const uint8_t *p)
{
    return in->regular && in->inflater == NULL ? in->start + in->origin_offset + (uint64_t)(p - in->origin) : 0;
}

static inline enum tl_input_status tl_input_need(struct tl_input *in, size_t n, enum tl_input_wait wait,
                                                 struct tl_error *error)
{
    return TL_LIKELY(tl_input_left(in) >= n) ? TL_INPUT_OK : tl_input_fetch(in, n, wait, error);
}

/* For inflate.c: a chunk of in->chunk_size, or NULL without memory; a chunk that was not given to the parser back. */
struct tl_chunk *tl_chunk_get(struct tl_input *in);
void tl_chunk_put(struct tl_input *in, struct tl_chunk *chunk);
/* For inflate.c: waits until fd can be read without blocking; deadline as in tl_input. */
enum tl_input_status tl_input_readable(struct tl_input *in, int64_t deadline);
int64_t tl_input_clock(void);

#endif
