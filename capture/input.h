/*
 * input.h - the bytes of a capture file, read sequentially into chunks. A separate thread decompresses. A chunk lives
 * as long as a block references it.
 */
#ifndef TL_CAPTURE_INPUT_H
#define TL_CAPTURE_INPUT_H

#include <pthread.h>

#include "capture/source.h"

enum {
    TL_CHUNK_SIZE = 1 << 18,
    TL_CHUNK_SMALL = 1 << 17, /* chunk size when memory is scarce */
    TL_MEMORY_SHARES = 16,    /* a block holds at most this fraction of the memory */
    TL_CHUNK_HEAD = 1 << 14,  /* space before decompressed bytes for the unread end of the previous chunk */
};

struct tl_inflater;

/* A piece of the input in memory. */
struct tl_chunk {
    struct tl_chunk *next;
    uint64_t sequence;   /* 1, 2, 3, ... in parser order */
    uint64_t stored_end; /* decompressed: offset in the stored input after the source of this chunk */
    size_t capacity;
    size_t off, len;     /* bytes [off, len) are valid */
    uint8_t data[];
};

enum tl_input_wait {
    TL_WAIT,  /* no time limit */
    TL_PAUSE, /* the block has data: at most 10 ms, and within its share of the memory */
    TL_PEEK,  /* at most 150 ms */
};

enum tl_input_status {
    TL_INPUT_OK,
    TL_INPUT_PAUSED,
    TL_INPUT_END,    /* end of input; also after tl_input_stop() */
    TL_INPUT_FAILED, /* read or decompression error, reported in error */
};

struct tl_input {
    const uint8_t *at;      /* next byte; advanced by the parser */
    const uint8_t *end;     /* end of the valid bytes */
    const uint8_t *origin;  /* the byte at origin_offset */
    uint64_t origin_offset; /* offset in the (decompressed) capture */
    const char *name;       /* borrowed: for messages */
    int fd;
    int wake;               /* eventfd: readable after tl_input_stop() */
    bool owns_fd, regular;
    bool follows;           /* a regular file that may grow: its end is no end of input */
    bool waits;             /* more bytes may come later: not regular, or followed */
    uint64_t start;         /* offset of the capture in the stored input */
    size_t read_most;       /* bytes of one read; 0: no limit */
    uint64_t size;          /* of the stored input; 0: unknown */
    _Atomic uint64_t done;  /* bytes read of the stored input */
    _Atomic bool stopped;

    pthread_mutex_t lock;   /* protects all below, since other threads release blocks */
    pthread_cond_t changed;
    bool ready;             /* lock and changed are initialized */
    struct tl_chunk *current;
    struct tl_chunk *oldest, *newest; /* the parser's chunks, from the oldest one referenced by a block to current */
    struct tl_chunk *spare; /* free chunks of chunk_size */
    size_t chunk_size;
    size_t memory;          /* limit for chunks, bytes */
    size_t block_used;      /* bytes of chunks used by the current block */
    uint64_t sequence;
    int64_t deadline;       /* end of a pause, monotonic ns; 0: not set */
    struct tl_inflater *inflater; /* NULL: not compressed */
    struct tl_chunk *first; /* compressed and not a regular file: the bytes read before detection */
};

/*
 * Opens path ("-": standard input), detects compression and fetches the first four bytes. On failure nothing stays
 * open.
 */
enum tl_failure tl_input_open(struct tl_input *in, const char *path, const char *name,
                              const struct tl_file_options *options, struct tl_error *error);
void tl_input_close(struct tl_input *in);
/* Makes n bytes from `at` available contiguously; may move `at` to another chunk. See tl_input_status. */
enum tl_input_status tl_input_fetch(struct tl_input *in, size_t n, enum tl_input_wait wait, struct tl_error *error);
/*
 * Continues at a place of a regular file that is not compressed: see tl_input_place(). Returns false if that is before
 * the capture.
 */
bool tl_input_seek(struct tl_input *in, uint64_t place) TL_MUST_CHECK;
/* Starts a new block. */
void tl_input_begin(struct tl_input *in);
/* Returns a mark for the block's bytes, to release them with tl_input_release(). Marks are released in order. */
uint64_t tl_input_mark(const struct tl_input *in);
void tl_input_release(struct tl_input *in, uint64_t mark);
/* Async-signal-safe. */
void tl_input_stop(struct tl_input *in);
/* At TL_INPUT_END: true if the file ended before the size it had when it was opened; if followed: if it shrank. */
bool tl_input_was_cut(const struct tl_input *in);
/* Returns how many bytes of the stored input were read. */
uint64_t tl_input_position(const struct tl_input *in);

static inline size_t tl_input_left(const struct tl_input *in)
{
    return (size_t)(in->end - in->at);
}

/* Returns the offset of `at` in the (decompressed) capture. */
static inline uint64_t tl_input_offset(const struct tl_input *in)
{
    return in->origin_offset + (uint64_t)(in->at - in->origin);
}

/* Returns the offset in the stored input of p, which must be a valid byte; 0: it cannot be read there again. */
static inline uint64_t tl_input_place(const struct tl_input *in, const uint8_t *p)
{
    return in->regular && in->inflater == NULL ? in->start + in->origin_offset + (uint64_t)(p - in->origin) : 0;
}

static inline enum tl_input_status tl_input_need(struct tl_input *in, size_t n, enum tl_input_wait wait,
                                                 struct tl_error *error)
{
    return TL_LIKELY(tl_input_left(in) >= n) ? TL_INPUT_OK : tl_input_fetch(in, n, wait, error);
}

/* For inflate.c: returns a chunk of in->chunk_size, or NULL if out of memory. tl_chunk_put() returns an unused one. */
struct tl_chunk *tl_chunk_get(struct tl_input *in);
void tl_chunk_put(struct tl_input *in, struct tl_chunk *chunk);
/* For inflate.c: waits until fd is readable; deadline as in tl_input. */
enum tl_input_status tl_input_readable(struct tl_input *in, int64_t deadline);
int64_t tl_input_clock(void);

#endif
