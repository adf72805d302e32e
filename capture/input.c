/* input.c - reads the bytes of a capture file into chunks. */
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/inflate.h"

#define PAUSE_NS INT64_C(10000000)
#define PEEK_NS  INT64_C(150000000)
#define GROW_MS  20 /* how often a followed file is looked at */

enum {
    READ_LEAST = 1 << 14, /* with less room than this, go to the next chunk */
    READ_ALIGNMENT = 4096,
    MEMORY_LEAST = TL_MEMORY_SHARES * TL_CHUNK_SMALL,
};

int64_t tl_input_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Chunks. */

static void chunk_clear(struct tl_chunk *chunk)
{
    chunk->next = NULL;
    chunk->sequence = 0;
    chunk->stored_end = 0;
    chunk->off = chunk->len = 0;
}

static struct tl_chunk *chunk_new(size_t capacity)
{
    struct tl_chunk *chunk = malloc(sizeof(*chunk) + capacity);
    if (chunk != NULL) {
        chunk->capacity = capacity;
        chunk_clear(chunk);
    }
    return chunk;
}

static void chunk_drop(struct tl_input *in, struct tl_chunk *chunk)
{
    if (chunk->capacity == in->chunk_size) {
        chunk->next = in->spare;
        in->spare = chunk;
    } else {
        free(chunk);
    }
}

struct tl_chunk *tl_chunk_get(struct tl_input *in)
{
    pthread_mutex_lock(&in->lock);
    struct tl_chunk *chunk = in->spare;
    if (chunk != NULL)
        in->spare = chunk->next;
    pthread_mutex_unlock(&in->lock);
    if (chunk == NULL)
        return chunk_new(in->chunk_size);
    chunk_clear(chunk);
    return chunk;
}

void tl_chunk_put(struct tl_input *in, struct tl_chunk *chunk)
{
    pthread_mutex_lock(&in->lock);
    chunk_drop(in, chunk);
    pthread_mutex_unlock(&in->lock);
}

/* Counts n more bytes of chunks for this block. A block without data gets as much as it needs. */
static enum tl_input_status room_for(struct tl_input *in, size_t n, enum tl_input_wait wait)
{
    if (wait == TL_PAUSE && in->block_used + n > in->memory / TL_MEMORY_SHARES)
        return TL_INPUT_PAUSED;
    in->block_used += n;
    return TL_INPUT_OK;
}

/* Makes the chunk the parser's current one, starting at `off`. */
static void chunk_enter(struct tl_input *in, struct tl_chunk *chunk)
{
    uint64_t offset = in->at == NULL ? 0 : tl_input_offset(in);
    chunk->sequence = ++in->sequence;
    pthread_mutex_lock(&in->lock);
    if (in->newest != NULL)
        in->newest->next = chunk;
    else
        in->oldest = chunk;
    in->newest = in->current = chunk;
    chunk->next = NULL;
    pthread_mutex_unlock(&in->lock);
    in->at = in->origin = chunk->data + chunk->off;
    in->origin_offset = offset;
    in->end = chunk->data + chunk->len;
}

/*
 * Moves to another chunk. The unread bytes are copied to its front, with at least as much room after them, so that the
 * total copying stays linear.
 */
static enum tl_input_status chunk_turn(struct tl_input *in, size_t behind, enum tl_input_wait wait,
                                       struct tl_error *error)
{
    size_t left = tl_input_left(in);
    size_t capacity = in->chunk_size;
    if (left * 2 + READ_ALIGNMENT > capacity || left + behind + READ_ALIGNMENT > capacity)
        capacity = left * 2 + behind + READ_ALIGNMENT;
    enum tl_input_status status = room_for(in, capacity, wait);
    if (status != TL_INPUT_OK)
        return status;
    struct tl_chunk *chunk = capacity == in->chunk_size ? tl_chunk_get(in) : chunk_new(capacity);
    if (chunk == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "%s: not enough memory to read the file", in->name);
        return TL_INPUT_FAILED;
    }
    /* New data starts on a page boundary; unread bytes go right before it. */
    chunk->off = (size_t)(-(uintptr_t)(chunk->data + left) & (READ_ALIGNMENT - 1));
    if (left != 0)
        memcpy(chunk->data + chunk->off, in->at, left);
    chunk->len = chunk->off + left;
    if (in->current != NULL)
        chunk->stored_end = in->current->stored_end;
    chunk_enter(in, chunk);
    return TL_INPUT_OK;
}

static bool current_has_room(const struct tl_input *in, size_t n)
{
    return in->current != NULL && in->current->capacity - in->current->len >= n;
}

/* Reading. */

/* Returns true if a followed file has bytes after the read position, or was cut: then read() finds its end. */
static bool has_grown(struct tl_input *in)
{
    struct stat st;
    off_t at = lseek(in->fd, 0, SEEK_CUR);
    if (at < 0 || fstat(in->fd, &st) != 0)
        return true; /* read() reports the error */
    if ((uint64_t)st.st_size > in->size)
        in->size = (uint64_t)st.st_size;
    return st.st_size != at;
}

/* Returns how long poll() waits, in ms; -1: no limit. */
static int wait_of(const struct tl_input *in, int64_t deadline)
{
    int most = in->follows ? GROW_MS : -1;
    if (deadline == 0)
        return most;
    int64_t left = deadline - tl_input_clock();
    int timeout = left <= 0 ? 0 : (int)((left + 999999) / 1000000);
    return most >= 0 && most < timeout ? most : timeout;
}

/* poll() reports a regular file as readable at its end too: a followed file is not polled, only looked at. */
enum tl_input_status tl_input_readable(struct tl_input *in, int64_t deadline)
{
    if (!in->waits)
        return TL_INPUT_OK;
    for (;;) {
        if (in->follows && has_grown(in))
            return atomic_load(&in->stopped) ? TL_INPUT_END : TL_INPUT_OK;
        int timeout = wait_of(in, deadline);
        struct pollfd fds[2] = { { .fd = in->follows ? -1 : in->fd, .events = POLLIN },
                                 { .fd = in->wake, .events = POLLIN } };
        int n = poll(fds, 2, timeout);
        if (atomic_load(&in->stopped))
            return TL_INPUT_END;
        if (n == 0 && (!in->follows || (deadline != 0 && tl_input_clock() >= deadline)))
            return TL_INPUT_PAUSED;
        if (n > 0 && fds[0].revents != 0)
            return TL_INPUT_OK;
        if (n < 0 && errno != EINTR)
            return TL_INPUT_OK; /* read() reports the error */
    }
}

static int64_t deadline_of(struct tl_input *in, enum tl_input_wait wait)
{
    if (wait == TL_WAIT || !in->waits)
        return 0;
    if (wait == TL_PEEK)
        return tl_input_clock() + PEEK_NS;
    if (in->deadline == 0)
        in->deadline = tl_input_clock() + PAUSE_NS;
    return in->deadline;
}

static enum tl_input_status read_more(struct tl_input *in, enum tl_input_wait wait, struct tl_error *error)
{
    enum tl_input_status status;
    if (!current_has_room(in, READ_LEAST) && (status = chunk_turn(in, READ_LEAST, wait, error)) != TL_INPUT_OK)
        return status;
    struct tl_chunk *chunk = in->current;
    for (;;) {
        if (in->waits && (status = tl_input_readable(in, deadline_of(in, wait))) != TL_INPUT_OK)
            return status;
        size_t room = chunk->capacity - chunk->len;
        if (in->read_most > 0 && room > in->read_most)
            room = in->read_most;
        ssize_t n = read(in->fd, chunk->data + chunk->len, room);
        if (n > 0) {
            chunk->len += (size_t)n;
            in->end = chunk->data + chunk->len;
            return TL_INPUT_OK;
        }
        if (n == 0)
            return TL_INPUT_END;
        if (errno != EINTR) {
            tl_error_set(error, TL_E_RUNTIME, "%s: reading failed: %s", in->name, strerror(errno));
            return TL_INPUT_FAILED;
        }
    }
}

/* Copies the unread bytes in front of the next decompressed chunk, or both into a larger chunk. */
static enum tl_input_status inflate_more(struct tl_input *in, enum tl_input_wait wait, struct tl_error *error)
{
    enum tl_input_status status = room_for(in, in->chunk_size, wait);
    if (status != TL_INPUT_OK)
        return status;
    struct tl_chunk *chunk = NULL;
    status = tl_inflater_next(in->inflater, &chunk, deadline_of(in, wait), error);
    if (status != TL_INPUT_OK || chunk == NULL)
        return status;
    size_t left = tl_input_left(in), fresh = chunk->len - chunk->off;
    if (left <= chunk->off) {
        if (left != 0)
            memcpy(chunk->data + chunk->off - left, in->at, left);
        chunk->off -= left;
        chunk_enter(in, chunk);
        return TL_INPUT_OK;
    }
    if (!current_has_room(in, fresh) && (status = chunk_turn(in, fresh, TL_PEEK, error)) != TL_INPUT_OK) {
        tl_chunk_put(in, chunk);
        return status;
    }
    struct tl_chunk *joined = in->current;
    memcpy(joined->data + joined->len, chunk->data + chunk->off, fresh);
    joined->len += fresh;
    joined->stored_end = chunk->stored_end;
    in->end = joined->data + joined->len;
    tl_chunk_put(in, chunk);
    return TL_INPUT_OK;
}

enum tl_input_status tl_input_fetch(struct tl_input *in, size_t n, enum tl_input_wait wait, struct tl_error *error)
{
    while (tl_input_left(in) < n) {
        enum tl_input_status status = in->inflater != NULL ? inflate_more(in, wait, error) : read_more(in, wait, error);
        if (status != TL_INPUT_OK)
            return status;
    }
    return TL_INPUT_OK;
}

bool tl_input_seek(struct tl_input *in, uint64_t place)
{
    uint64_t begin = in->origin_offset, end = begin + (uint64_t)(in->end - in->origin), offset = place - in->start;
    if (place < in->start)
        return false;
    if (offset >= begin && offset <= end) {
        in->at = in->origin + (offset - begin);
        return true;
    }
    if (lseek(in->fd, (off_t)place, SEEK_SET) < 0)
        return false;
    in->at = in->origin = in->end; /* blocks may refer to what is before it in the chunk */
    in->origin_offset = offset;
    return true;
}

/* Blocks. */

void tl_input_begin(struct tl_input *in)
{
    in->deadline = 0;
    in->block_used = 0;
}

uint64_t tl_input_mark(const struct tl_input *in)
{
    return in->sequence;
}

/* No block references chunks older than the mark. Later blocks may reference the mark's own chunk. */
void tl_input_release(struct tl_input *in, uint64_t mark)
{
    pthread_mutex_lock(&in->lock);
    while (in->oldest != NULL && in->oldest != in->current && in->oldest->sequence < mark) {
        struct tl_chunk *chunk = in->oldest;
        in->oldest = chunk->next;
        chunk_drop(in, chunk);
    }
    pthread_mutex_unlock(&in->lock);
}

uint64_t tl_input_position(const struct tl_input *in)
{
    if (in->inflater != NULL)
        return in->current != NULL ? in->current->stored_end : in->start;
    return in->start + tl_input_offset(in);
}

void tl_input_stop(struct tl_input *in)
{
    int saved = errno;
    const uint64_t one = 1;
    atomic_store(&in->stopped, true);
    if (write(in->wake, &one, sizeof(one)) < 0)
        errno = saved; /* EAGAIN: the eventfd is already readable */
}

bool tl_input_was_cut(const struct tl_input *in)
{
    if (!in->regular || atomic_load(&in->stopped))
        return false;
    off_t at = lseek(in->fd, 0, SEEK_CUR);
    struct stat st;
    if (in->follows)
        return at >= 0 && fstat(in->fd, &st) == 0 && st.st_size < at;
    return at >= 0 && (uint64_t)at < in->size;
}

/* Opening. */

static enum tl_failure open_path(struct tl_input *in, const char *path, struct tl_error *error)
{
    in->owns_fd = strcmp(path, "-") != 0;
    in->fd = in->owns_fd ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    if (in->fd < 0) {
        if (errno == EACCES || errno == EPERM)
            return tl_error_set(error, TL_E_PERMISSION, "%s: no permission to read the file", in->name);
        if (errno == ENOENT)
            return tl_error_set(error, TL_E_RUNTIME, "%s: no such file", in->name);
        return tl_error_set(error, TL_E_RUNTIME, "%s: cannot open the file: %s", in->name, strerror(errno));
    }
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "%s: cannot read the file: %s", in->name, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return tl_error_set(error, TL_E_RUNTIME, "%s: a directory, not a capture file", in->name);
    in->regular = S_ISREG(st.st_mode);
    in->follows &= in->regular;
    in->waits = !in->regular || in->follows;
    if (in->regular) {
        off_t at = lseek(in->fd, 0, SEEK_CUR);
        in->start = at > 0 ? (uint64_t)at : 0;
        in->size = (uint64_t)st.st_size;
        atomic_store(&in->done, in->start);
    }
    return TL_E_NONE;
}

static enum tl_failure init_chunks(struct tl_input *in, size_t memory, struct tl_error *error)
{
    in->memory = memory < MEMORY_LEAST ? MEMORY_LEAST : memory;
    in->chunk_size = in->memory >= (size_t)TL_MEMORY_SHARES * TL_CHUNK_SIZE ? TL_CHUNK_SIZE : TL_CHUNK_SMALL;
    in->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in->wake < 0)
        return tl_error_set(error, TL_E_RUNTIME, "%s: cannot read the file: %s", in->name, strerror(errno));
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "%s: not enough memory to read the file", in->name);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    bool cond = pthread_cond_init(&in->changed, &monotonic) == 0;
    pthread_condattr_destroy(&monotonic);
    if (cond && pthread_mutex_init(&in->lock, NULL) == 0)
        in->ready = true;
    else if (cond)
        pthread_cond_destroy(&in->changed);
    return in->ready ? TL_E_NONE
                     : tl_error_set(error, TL_E_RUNTIME, "%s: not enough memory to read the file", in->name);
}

/* Peeks at the first four bytes; gets fewer at the end of input. */
static enum tl_failure look_at_head(struct tl_input *in, uint8_t head[4], size_t *len, struct tl_error *error)
{
    *len = 0;
    if (!in->waits) {
        ssize_t n = pread(in->fd, head, 4, (off_t)in->start);
        if (n < 0)
            return tl_error_set(error, TL_E_RUNTIME, "%s: reading failed: %s", in->name, strerror(errno));
        *len = (size_t)n;
        return TL_E_NONE;
    }
    if (tl_input_fetch(in, 4, TL_WAIT, error) == TL_INPUT_FAILED)
        return TL_E_RUNTIME;
    *len = tl_input_left(in) < 4 ? tl_input_left(in) : 4;
    if (*len != 0)
        memcpy(head, in->at, *len);
    return TL_E_NONE;
}

static enum tl_failure not_a_capture(struct tl_input *in, size_t len, struct tl_error *error)
{
    if (len == 0)
        return tl_error_set(error, TL_E_DAMAGED, "%s: empty %s", in->name, in->regular ? "file" : "input");
    return tl_error_set(error, TL_E_DAMAGED, "%s: not a capture file (pcap, pcapng or snoop, plain or gzip, zstd, lz4)",
                        in->name);
}

static enum tl_failure begin(struct tl_input *in, struct tl_error *error)
{
    uint8_t head[4] = { 0 };
    size_t len;
    enum tl_failure failure = look_at_head(in, head, &len, error);
    if (failure != TL_E_NONE)
        return failure;
    if (len < 4)
        return not_a_capture(in, len, error);
    if (tl_inflate_knows(head)) {
        in->inflater = tl_inflater_new(in, head, in->at, tl_input_left(in), error);
        if (in->inflater == NULL)
            return TL_E_RUNTIME;
        in->first = in->current; /* the thread reads it: remove it from the parser's list */
        in->current = in->oldest = in->newest = NULL;
        in->at = in->end = in->origin = NULL;
    }
    enum tl_input_status status = tl_input_fetch(in, 4, TL_WAIT, error);
    if (status == TL_INPUT_FAILED)
        return TL_E_DAMAGED;
    return status == TL_INPUT_OK ? TL_E_NONE : not_a_capture(in, tl_input_left(in), error);
}

enum tl_failure tl_input_open(struct tl_input *in, const char *path, const char *name,
                              const struct tl_file_options *options, struct tl_error *error)
{
    memset(in, 0, sizeof(*in));
    in->name = name;
    in->follows = options->follow;
    in->wake = -1;
    struct tl_error why = { .kind = TL_E_NONE };
    enum tl_failure failure = open_path(in, path, &why);
    if (failure == TL_E_NONE)
        failure = init_chunks(in, options->memory, &why);
    if (failure == TL_E_NONE)
        failure = begin(in, &why);
    if (failure != TL_E_NONE) {
        tl_input_close(in);
        return tl_error_set(error, why.kind, "%s", why.text);
    }
    return TL_E_NONE;
}

static void chunks_free(struct tl_chunk *chunk)
{
    while (chunk != NULL) {
        struct tl_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void tl_input_close(struct tl_input *in)
{
    atomic_store(&in->stopped, true);
    if (in->inflater != NULL) {
        tl_input_stop(in);
        tl_inflater_free(in->inflater);
    }
    chunks_free(in->first);
    chunks_free(in->oldest);
    chunks_free(in->spare);
    if (in->ready) {
        pthread_cond_destroy(&in->changed);
        pthread_mutex_destroy(&in->lock);
    }
    if (in->wake >= 0)
        close(in->wake);
    if (in->owns_fd && in->fd >= 0)
        close(in->fd);
}
