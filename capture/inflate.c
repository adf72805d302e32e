/* inflate.c - decompresses input ahead of the parser: gzip (RFC 1952), zstd (RFC 8878) and lz4 frames. */
#include "capture/inflate.h"

#include <errno.h>
#include <lz4frame.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    INPUT_SIZE = 1 << 17,
    SKIPPABLE_HEADER = 8, /* magic number and length (RFC 8878 section 3.1.2); lz4 has the same */
    ZSTD_HEADER_MOST = 18,
    ZSTD_WINDOW_MOST = 31, /* of the library, as a power of two */
    AHEAD_MOST = 4, /* maximum chunks waiting for the parser */
};

#define SKIPPABLE_MAGIC 0x184d2a50U /* to 0x184d2a5f */

/* One decoder call. The decoder adds the bytes it consumed and produced to in_pos and out_pos. */
struct step {
    const uint8_t *in;
    size_t in_len, in_pos;
    uint8_t *out;
    size_t out_len, out_pos;
};

struct codec {
    const char *name;
    bool (*open)(struct tl_inflater *inflater);
    /* false: inflater->error, or damaged data if that is not set */
    bool (*run)(struct tl_inflater *inflater, struct step *s);
    void (*close)(struct tl_inflater *inflater);
};

struct tl_inflater {
    struct tl_input *in;
    const struct codec *codec;
    z_stream gzip;
    ZSTD_DStream *zstd;
    LZ4F_dctx *lz4;
    bool opened;         /* the codec is */
    uint8_t frame[ZSTD_HEADER_MOST]; /* first bytes of the current frame */
    size_t frame_len;
    uint64_t skip;       /* bytes left of a skippable frame */
    bool between;        /* between members or frames */
    bool pending;        /* the output is full; the decoder may hold more */
    const uint8_t *from; /* compressed bytes not consumed yet */
    size_t from_len;
    uint8_t *buffer; /* owned: INPUT_SIZE */
    uint64_t place;  /* offset in the stored input, after `from` */

    pthread_t thread;
    bool threaded;
    struct tl_chunk *head, *tail; /* finished chunks for the parser; protected by in->lock, as all below */
    uint32_t ahead;
    uint32_t ahead_most;
    bool ended;
    struct tl_error error;
};

/* gzip: several members may follow each other; zeros after the last are padding. */

static bool gzip_open(struct tl_inflater *f)
{
    return inflateInit2(&f->gzip, 15 + 16) == Z_OK;
}

static bool gzip_run(struct tl_inflater *f, struct step *s)
{
    if (f->between) {
        while (s->in_pos < s->in_len && s->in[s->in_pos] == 0 && f->gzip.total_in != 0)
            s->in_pos++;
        if (s->in_pos == s->in_len)
            return true;
        if (f->gzip.total_in != 0 && (s->in[s->in_pos] != 0x1f || inflateReset(&f->gzip) != Z_OK))
            return false;
        f->between = false;
    }
    f->gzip.next_in = (z_const Bytef *)(uintptr_t)(s->in + s->in_pos);
    f->gzip.avail_in = (uInt)(s->in_len - s->in_pos);
    f->gzip.next_out = s->out + s->out_pos;
    f->gzip.avail_out = (uInt)(s->out_len - s->out_pos);
    int result = inflate(&f->gzip, Z_NO_FLUSH);
    s->in_pos = s->in_len - f->gzip.avail_in;
    s->out_pos = s->out_len - f->gzip.avail_out;
    if (result == Z_STREAM_END)
        f->between = true;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static void gzip_close(struct tl_inflater *f)
{
    inflateEnd(&f->gzip);
}

/* zstd: a window may take an eighth of --mem, of which this input has a sixteenth, but 8 MiB (level 19) always. */

static int zstd_window(const struct tl_inflater *f)
{
    int window = 23;
    while (window < ZSTD_WINDOW_MOST && (uint64_t)1 << window < f->in->memory * (uint64_t)2)
        window++;
    return (uint64_t)1 << window > f->in->memory * (uint64_t)2 && window > 23 ? window - 1 : window;
}

static bool zstd_open(struct tl_inflater *f)
{
    f->zstd = ZSTD_createDStream();
    return f->zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(f->zstd, ZSTD_d_windowLogMax, zstd_window(f)));
}

/* Collects the first bytes of a frame, for the message about its window. */
static void zstd_keep_head(struct tl_inflater *f, const uint8_t *p, size_t n)
{
    if (n > sizeof(f->frame) - f->frame_len)
        n = sizeof(f->frame) - f->frame_len;
    memcpy(f->frame + f->frame_len, p, n);
    f->frame_len += n;
}

/* Returns the window that the frame's header announces (RFC 8878 section 3.1.1.1), in bytes. */
static uint64_t zstd_window_of(const uint8_t head[ZSTD_HEADER_MOST])
{
    static const uint8_t dictionary_id[4] = { 0, 1, 2, 4 };
    if ((head[4] & 0x20) == 0) {
        unsigned log = 10 + (head[5] >> 3);
        return (UINT64_C(1) << log) + (UINT64_C(1) << (log - 3)) * (head[5] & 7);
    }
    const uint8_t *size = head + 5 + dictionary_id[head[4] & 3]; /* single segment: the window is the content */
    switch (head[4] >> 6) {
    case 0:
        return size[0];
    case 1:
        return UINT64_C(256) + tl_load_le16(size);
    case 2:
        return tl_load_le32(size);
    default:
        return tl_load_le64(size);
    }
}

static void zstd_window_error(struct tl_inflater *f)
{
    uint64_t window = zstd_window_of(f->frame);
    uint64_t mib = (window >> 20) + ((window & 0xfffff) != 0);
    unsigned log = 23;
    while (log < ZSTD_WINDOW_MOST && UINT64_C(1) << log < window)
        log++;
    uint64_t memory = UINT64_C(8) << (log - 20); /* MiB */
    if (UINT64_C(1) << log < window)
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: the zstd data needs a window of %llu MiB: at most 2048 MiB are "
                     "supported", f->in->name, (unsigned long long)mib);
    else
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: the zstd data needs a window of %llu MiB: give --mem %llu%c",
                     f->in->name, (unsigned long long)mib,
                     (unsigned long long)(memory % 1024 == 0 ? memory / 1024 : memory), memory % 1024 == 0 ? 'G' : 'M');
}

/* Valid data that cannot be decompressed is not called damaged. */
static void zstd_error(struct tl_inflater *f, size_t result, const struct step *s)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        zstd_keep_head(f, s->in + s->in_pos, s->in_len - s->in_pos);
        zstd_window_error(f);
        break;
    case ZSTD_error_dictionary_wrong:
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: the zstd data needs a dictionary: decompress it with zstd -D",
                     f->in->name);
        break;
    case ZSTD_error_memory_allocation:
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: not enough memory to decompress zstd data", f->in->name);
        break;
    default:
        break;
    }
}

static bool zstd_run(struct tl_inflater *f, struct step *s)
{
    if (f->between)
        f->frame_len = 0;
    ZSTD_inBuffer in = { s->in, s->in_len, s->in_pos };
    ZSTD_outBuffer out = { s->out, s->out_len, s->out_pos };
    size_t result = ZSTD_decompressStream(f->zstd, &out, &in);
    if (ZSTD_isError(result)) {
        zstd_error(f, result, s);
        return false;
    }
    if (f->frame_len < sizeof(f->frame))
        zstd_keep_head(f, s->in + s->in_pos, in.pos - s->in_pos);
    if (in.pos != s->in_pos || out.pos != s->out_pos)
        f->between = result == 0;
    s->in_pos = in.pos;
    s->out_pos = out.pos;
    return true;
}

static void zstd_close(struct tl_inflater *f)
{
    ZSTD_freeDStream(f->zstd);
}

/* lz4 frames. */

static bool lz4_open(struct tl_inflater *f)
{
    return !LZ4F_isError(LZ4F_createDecompressionContext(&f->lz4, LZ4F_VERSION));
}

static bool lz4_run(struct tl_inflater *f, struct step *s)
{
    size_t out = s->out_len - s->out_pos, in = s->in_len - s->in_pos;
    size_t result = LZ4F_decompress(f->lz4, s->out + s->out_pos, &out, s->in + s->in_pos, &in, NULL);
    if (LZ4F_isError(result))
        return false;
    if (in != 0 || out != 0)
        f->between = result == 0;
    s->in_pos += in;
    s->out_pos += out;
    return true;
}

static void lz4_close(struct tl_inflater *f)
{
    LZ4F_freeDecompressionContext(f->lz4);
}

/* Skippable frames, which zstd and lz4 share: the first other frame shows which of them it is. */

static const struct codec *codec_of(const uint8_t head[4]);

static bool skippable_open(struct tl_inflater *f)
{
    (void)f;
    return true;
}

/* The frame's first four bytes are in head. */
static bool skippable_turn(struct tl_inflater *f, struct step *s)
{
    const struct codec *codec = codec_of(f->frame);
    if (codec == NULL || tl_load_le16(f->frame) == 0x8b1f) {
        tl_error_set(&f->error, TL_E_DAMAGED, "%s: neither zstd nor lz4 data after a skippable frame", f->in->name);
        return false;
    }
    if (!codec->open(f)) {
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: not enough memory to decompress", f->in->name);
        return false;
    }
    f->codec = codec;
    f->opened = true;
    uint8_t magic[4];
    struct step first = { magic, sizeof(magic), 0, s->out, s->out_len, s->out_pos };
    memcpy(magic, f->frame, sizeof(magic));
    f->frame_len = 0;
    return codec->run(f, &first) && first.in_pos == first.in_len;
}

static bool skippable_run(struct tl_inflater *f, struct step *s)
{
    while (s->in_pos < s->in_len) {
        size_t left = s->in_len - s->in_pos;
        if (f->skip > 0) {
            size_t n = left < f->skip ? left : (size_t)f->skip;
            s->in_pos += n;
            f->skip -= n;
            f->between = f->skip == 0;
            continue;
        }
        f->frame[f->frame_len++] = s->in[s->in_pos++];
        f->between = false;
        if (f->frame_len == 4 && (tl_load_le32(f->frame) & 0xfffffff0) != SKIPPABLE_MAGIC)
            return skippable_turn(f, s);
        if (f->frame_len == SKIPPABLE_HEADER) {
            f->skip = tl_load_le32(f->frame + 4);
            f->between = f->skip == 0;
            f->frame_len = 0;
        }
    }
    return true;
}

static void skippable_close(struct tl_inflater *f)
{
    (void)f;
}

static const struct codec gzip = { "gzip", gzip_open, gzip_run, gzip_close };
static const struct codec zstd = { "zstd", zstd_open, zstd_run, zstd_close };
static const struct codec lz4 = { "lz4", lz4_open, lz4_run, lz4_close };
static const struct codec skippable = { "compressed", skippable_open, skippable_run, skippable_close };

static const struct codec *codec_of(const uint8_t head[4])
{
    if (head[0] == 0x1f && head[1] == 0x8b)
        return &gzip;
    if (tl_load_le32(head) == 0xfd2fb528)
        return &zstd;
    if (tl_load_le32(head) == 0x184d2204)
        return &lz4;
    if ((tl_load_le32(head) & 0xfffffff0) == SKIPPABLE_MAGIC) /* pzstd begins with one */
        return &skippable;
    return NULL;
}

bool tl_inflate_knows(const uint8_t head[4])
{
    return codec_of(head) != NULL;
}

/* The thread. */

/* Reads more compressed bytes. Returns TL_INPUT_END at the end. */
static enum tl_input_status refill(struct tl_inflater *f)
{
    enum tl_input_status status = tl_input_readable(f->in, 0);
    if (status != TL_INPUT_OK)
        return status;
    ssize_t n;
    do {
        n = read(f->in->fd, f->buffer, INPUT_SIZE);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        tl_error_set(&f->error, TL_E_RUNTIME, "%s: reading failed: %s", f->in->name, strerror(errno));
        return TL_INPUT_FAILED;
    }
    f->from = f->buffer;
    f->from_len = (size_t)n;
    f->place += (uint64_t)n;
    return n == 0 ? TL_INPUT_END : TL_INPUT_OK;
}

/* Hands the chunk to the parser, then waits for room for another. */
static void publish(struct tl_inflater *f, struct tl_chunk *chunk)
{
    struct tl_input *in = f->in;
    chunk->stored_end = f->place - f->from_len;
    pthread_mutex_lock(&in->lock);
    chunk->next = NULL;
    if (f->tail != NULL)
        f->tail->next = chunk;
    else
        f->head = chunk;
    f->tail = chunk;
    f->ahead++;
    pthread_cond_broadcast(&in->changed);
    while (f->ahead >= f->ahead_most && !atomic_load(&in->stopped))
        pthread_cond_wait(&in->changed, &in->lock);
    pthread_mutex_unlock(&in->lock);
}

/* Fills the chunk until it is full or no more can be read without blocking. Returns false at the end of input. */
static bool fill(struct tl_inflater *f, struct tl_chunk *chunk)
{
    while (chunk->len < chunk->capacity) {
        if (atomic_load_explicit(&f->in->stopped, memory_order_relaxed))
            return false;
        if (f->from_len == 0 && !f->pending) {
            if (chunk->len > chunk->off && tl_input_readable(f->in, tl_input_clock()) == TL_INPUT_PAUSED)
                return true;
            enum tl_input_status status = refill(f);
            if (status == TL_INPUT_END && !f->between && !atomic_load(&f->in->stopped))
                tl_error_set(&f->error, TL_E_DAMAGED, "%s: the %s data is cut short at byte %llu", f->in->name,
                             f->codec->name, (unsigned long long)f->place);
            if (status != TL_INPUT_OK)
                return false;
        }
        struct step s = { f->from, f->from_len, 0, chunk->data, chunk->capacity, chunk->len };
        bool fine = f->codec->run(f, &s);
        bool moved = s.in_pos != 0 || s.out_pos != chunk->len;
        f->from += s.in_pos;
        f->from_len -= s.in_pos;
        chunk->len = s.out_pos;
        f->pending = s.out_pos == s.out_len;
        if (!fine || (!moved && f->from_len != 0)) { /* keeps an error that is set */
            tl_error_set(&f->error, TL_E_DAMAGED, "%s: damaged %s data before byte %llu", f->in->name, f->codec->name,
                         (unsigned long long)(f->place - f->from_len + 1));
            return false;
        }
    }
    return true;
}

static void close_codec(struct tl_inflater *f)
{
    if (f->opened)
        f->codec->close(f);
    f->opened = false;
}

static void *run(void *context)
{
    struct tl_inflater *f = context;
    struct tl_input *in = f->in;
    bool more = true;
    while (more) {
        struct tl_chunk *chunk = tl_chunk_get(in);
        if (chunk == NULL) {
            tl_error_set(&f->error, TL_E_RUNTIME, "%s: not enough memory to read the file", in->name);
            break;
        }
        chunk->off = chunk->len = TL_CHUNK_HEAD;
        more = fill(f, chunk);
        if (chunk->len > chunk->off)
            publish(f, chunk);
        else
            tl_chunk_put(in, chunk);
        if (atomic_load(&in->stopped))
            break;
    }
    close_codec(f); /* its window is not kept while other files are read */
    pthread_mutex_lock(&in->lock);
    f->ended = true;
    pthread_cond_broadcast(&in->changed);
    pthread_mutex_unlock(&in->lock);
    return NULL;
}

/* The parser's side. */

/* Signals are blocked in this thread, because their handler may not be set up yet. */
static bool start(struct tl_inflater *f)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&f->thread, NULL, run, f) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

struct tl_inflater *tl_inflater_new(struct tl_input *in, const uint8_t head[4], const uint8_t *first, size_t len,
                                    struct tl_error *error)
{
    struct tl_inflater *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "%s: not enough memory to read the file", in->name);
        return NULL;
    }
    f->in = in;
    f->from = first;
    f->from_len = len;
    f->place = in->start + len;
    f->between = true;
    size_t chunks = in->memory / in->chunk_size / 8;
    f->ahead_most = chunks < 1 ? 1 : chunks > AHEAD_MOST ? AHEAD_MOST : (uint32_t)chunks;
    f->buffer = malloc(INPUT_SIZE);
    const struct codec *codec = codec_of(head);
    if (f->buffer != NULL && codec != NULL && codec->open(f)) {
        f->codec = codec;
        f->opened = true;
        f->threaded = start(f);
    }
    if (!f->threaded) {
        tl_error_set(error, TL_E_RUNTIME, "%s: cannot decompress: out of memory or threads", in->name);
        tl_inflater_free(f);
        return NULL;
    }
    return f;
}

void tl_inflater_free(struct tl_inflater *f)
{
    if (f->threaded) {
        pthread_mutex_lock(&f->in->lock);
        pthread_cond_broadcast(&f->in->changed);
        pthread_mutex_unlock(&f->in->lock);
        pthread_join(f->thread, NULL);
    }
    while (f->head != NULL) {
        struct tl_chunk *chunk = f->head;
        f->head = chunk->next;
        free(chunk);
    }
    close_codec(f);
    free(f->buffer);
    free(f);
}

enum tl_input_status tl_inflater_next(struct tl_inflater *f, struct tl_chunk **chunk, int64_t deadline,
                                      struct tl_error *error)
{
    struct tl_input *in = f->in;
    enum tl_input_status status = TL_INPUT_OK;
    struct timespec until = { .tv_sec = (time_t)(deadline / 1000000000), .tv_nsec = (long)(deadline % 1000000000) };
    pthread_mutex_lock(&in->lock);
    while (f->head == NULL && !f->ended && status == TL_INPUT_OK) {
        if (deadline == 0)
            pthread_cond_wait(&in->changed, &in->lock);
        else if (pthread_cond_timedwait(&in->changed, &in->lock, &until) == ETIMEDOUT)
            status = TL_INPUT_PAUSED;
    }
    if (f->head != NULL) {
        *chunk = f->head;
        f->head = f->head->next;
        if (f->head == NULL)
            f->tail = NULL;
        f->ahead--;
        status = TL_INPUT_OK;
        pthread_cond_broadcast(&in->changed);
    } else if (f->ended) {
        status = TL_INPUT_END;
        if (f->error.kind != TL_E_NONE) {
            status = TL_INPUT_FAILED;
            tl_error_set(error, f->error.kind, "%s", f->error.text);
        }
    }
    pthread_mutex_unlock(&in->lock);
    return status;
}
