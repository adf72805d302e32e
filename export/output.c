/* output.c - a file descriptor with a buffer of 64 KiB. */
#include "export/output.h"

#include "export/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAPACITY = 65536 };

struct tl_output {
    int fd;
    bool owned;
    bool finished;
    uint32_t open_shares, shares; /* further sinks that did not finish, and not free it yet */
    _Atomic bool gone;
    int failed; /* errno of the first failure; later data is dropped */
    bool can_open;
    bool lines; /* each line is a record */
    struct tl_opening opening;
    struct tl_file_part part; /* the open part */
    uint64_t begin;           /* offset where our data starts: standard output may be appended to */
    uint64_t written;         /* file offset after the written data */
    uint64_t whole;           /* file offset after the last whole record */
    size_t len;
    char *name;
    uint8_t data[CAPACITY];
};

/* Returns the offset of the next byte; 0 if the descriptor has no offsets. */
static uint64_t place_of(int fd)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    off_t at = flags & O_APPEND ? st.st_size : lseek(fd, 0, SEEK_CUR);
    return at > 0 ? (uint64_t)at : 0;
}

/* Takes ownership of fd if `owned`. fd -1: reports errno. */
static struct tl_output *output_new(int fd, bool owned, const char *name, struct tl_error *error)
{
    if (fd < 0) {
        tl_error_set(error, errno == EACCES || errno == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot write %s: %s",
                     name, strerror(errno));
        return NULL;
    }
    struct tl_output *output = malloc(sizeof *output);
    char *copy = strdup(name);
    if (output == NULL || copy == NULL) {
        free(output);
        free(copy);
        if (owned)
            close(fd);
        tl_error_set(error, TL_E_RUNTIME, "cannot write %s: out of memory", name);
        return NULL;
    }
    output->fd = fd;
    output->owned = owned;
    output->finished = false;
    output->open_shares = output->shares = 0;
    atomic_init(&output->gone, false);
    output->failed = 0;
    output->can_open = false;
    output->lines = false;
    output->part = (struct tl_file_part){ 0 };
    output->begin = output->written = output->whole = place_of(fd);
    output->len = 0;
    output->name = copy;
    return output;
}

struct tl_output *tl_output_open(const char *path, struct tl_error *error)
{
    bool standard = path == NULL || strcmp(path, "-") == 0;
    int fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    return output_new(fd, !standard, standard ? "standard output" : path, error);
}

struct tl_output *tl_output_take(int fd, const char *name, struct tl_error *error)
{
    return output_new(fd, true, name, error);
}

/* Pipes and devices cannot be truncated and need not be. */
static bool cut_to_nothing(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || ftruncate(fd, 0) == 0);
}

struct tl_output *tl_output_open_part(const struct tl_opening *opening, const struct tl_file_part *part,
                                      struct tl_error *error)
{
    char name[PATH_MAX] = "";
    int fd = opening->open(opening->context, opening->file, part, name, sizeof name);
    if (fd >= 0 && !cut_to_nothing(fd)) {
        close(fd);
        fd = -1;
    }
    struct tl_output *output = output_new(fd, true, name, error);
    if (output == NULL)
        return NULL;
    output->opening = *opening;
    output->can_open = true;
    output->part = *part;
    return output;
}

static enum tl_failure failure_of(const struct tl_output *output, struct tl_error *error)
{
    if (output->failed == 0)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: %s", output->name, strerror(output->failed));
}

/* Updates the offsets after n bytes of data were written. */
static void advance(struct tl_output *output, const uint8_t *data, size_t n)
{
    const uint8_t *end = output->lines ? memrchr(data, '\n', n) : NULL;
    if (end != NULL)
        output->whole = output->written + (uint64_t)(end + 1 - data);
    output->written += n;
}

/* Removes an incomplete record, which would damage the file. Keeps data that another process appended. */
static void cut_back(struct tl_output *output)
{
    struct stat st;
    if (output->whole < output->written && fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (uint64_t)st.st_size == output->written && ftruncate(output->fd, (off_t)output->whole) == 0 &&
        lseek(output->fd, (off_t)output->whole, SEEK_SET) >= 0)
        output->written = output->whole;
}

/* Does nothing after a failure or a closed pipe. */
static enum tl_failure write_all(struct tl_output *output, const uint8_t *data, size_t len, struct tl_error *error)
{
    while (len > 0 && output->failed == 0 && !tl_output_gone(output)) {
        ssize_t n = write(output->fd, data, len);
        if (n > 0) {
            advance(output, data, (size_t)n);
            data += n;
            len -= (size_t)n;
        } else if (n == 0) {
            output->failed = EIO;
        } else if (errno == EPIPE) {
            atomic_store_explicit(&output->gone, true, memory_order_relaxed);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { /* another process made it non-blocking */
            struct pollfd ready = { .fd = output->fd, .events = POLLOUT };
            if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                output->failed = errno;
        } else if (errno != EINTR) {
            output->failed = errno;
        }
    }
    if (TL_UNLIKELY(output->failed != 0) && output->whole > output->begin) /* else keep part of one */
        cut_back(output);
    return failure_of(output, error);
}

enum tl_failure tl_output_flush(struct tl_output *output, struct tl_error *error)
{
    size_t len = output->len;
    output->len = 0;
    return write_all(output, output->data, len, error);
}

enum tl_failure tl_output_write(struct tl_output *output, const void *data, size_t len, struct tl_error *error)
{
    const uint8_t *p = data;
    size_t room = CAPACITY - output->len;
    if (TL_LIKELY(len < room)) {
        if (len > 0)
            memcpy(output->data + output->len, p, len);
        output->len += len;
        return TL_E_NONE;
    }
    if (output->len > 0) {
        memcpy(output->data + output->len, p, room);
        output->len = CAPACITY;
        p += room;
        len -= room;
        enum tl_failure failure = tl_output_flush(output, error);
        if (failure != TL_E_NONE)
            return failure;
    }
    if (len >= CAPACITY) {
        size_t whole = len - len % CAPACITY;
        enum tl_failure failure = write_all(output, p, whole, error);
        if (failure != TL_E_NONE)
            return failure;
        p += whole;
        len -= whole;
    }
    if (len > 0)
        memcpy(output->data, p, len);
    output->len = len;
    return TL_E_NONE;
}

/* Called before the descriptor of a part is closed. */
static bool is_reported(const struct tl_output *output)
{
    struct stat st;
    return output->can_open && output->opening.finished != NULL && fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void report(const struct tl_output *output, const struct tl_file_part *part)
{
    output->opening.finished(output->opening.context, output->opening.file, part);
}

void tl_output_share(struct tl_output *output)
{
    output->open_shares++;
    output->shares++;
}

enum tl_failure tl_output_finish(struct tl_output *output, struct tl_error *error)
{
    if (output->open_shares > 0) {
        output->open_shares--;
        return tl_output_flush(output, error);
    }
    if (!output->finished) {
        output->finished = true;
        tl_output_flush(output, NULL);
        bool reported = is_reported(output);
        /* Some file systems report a full disk only here. On EINTR Linux has closed the descriptor. */
        if (output->owned && close(output->fd) != 0 && errno != EINTR && output->failed == 0)
            output->failed = errno;
        output->fd = -1;
        if (reported)
            report(output, &output->part);
    }
    return failure_of(output, error);
}

void tl_output_free(struct tl_output *output)
{
    if (output == NULL)
        return;
    if (output->shares > 0) {
        output->shares--;
        return;
    }
    if (output->owned && output->fd >= 0)
        close(output->fd);
    free(output->name);
    free(output);
}

enum tl_failure tl_output_close(struct tl_output *output, struct tl_error *error)
{
    enum tl_failure failure = tl_output_finish(output, error);
    tl_output_free(output);
    return failure;
}

bool tl_output_gone(const struct tl_output *output)
{
    return atomic_load_explicit(&output->gone, memory_order_relaxed);
}

size_t tl_output_room(const struct tl_output *output)
{
    return CAPACITY - output->len;
}

void tl_output_set_whole(struct tl_output *output)
{
    output->whole = output->written;
}

void tl_output_set_lines(struct tl_output *output)
{
    output->lines = true;
}

uint64_t tl_output_length(const struct tl_output *output)
{
    return output->written + output->len;
}

int tl_output_fd(const struct tl_output *output)
{
    return output->fd;
}

bool tl_output_is_empty(const struct tl_output *output)
{
    return tl_output_length(output) == output->begin;
}

bool tl_output_revive(struct tl_output *output)
{
    if (output->failed == 0 || output->finished)
        return false;
    output->failed = 0;
    output->len = 0;
    cut_back(output);
    return true;
}

/* Returns true for a regular file that may have been renamed or removed. */
static bool may_have_moved(const struct tl_output *output)
{
    struct stat st;
    bool system = strncmp(output->name, "/dev/", 5) == 0 || strncmp(output->name, "/proc/", 6) == 0;
    return output->can_open && !system && fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_open_already(const struct tl_output *output, int fd)
{
    struct stat old, new;
    return fstat(output->fd, &old) == 0 && fstat(fd, &new) == 0 && old.st_dev == new.st_dev && old.st_ino == new.st_ino;
}

/* Takes ownership of fd. */
static enum tl_failure replace(struct tl_output *output, int fd, const char *name, bool cut, struct tl_error *error)
{
    char *copy = strdup(name);
    if (copy == NULL || (cut && !cut_to_nothing(fd))) {
        enum tl_failure failure = tl_error_set(error, TL_E_RUNTIME, "cannot write %s: %s", name, strerror(errno));
        free(copy);
        close(fd);
        return failure;
    }
    off_t end = lseek(fd, 0, SEEK_END); /* fails for a pipe */
    if (close(output->fd) != 0 && errno != EINTR)
        output->failed = errno;
    enum tl_failure failure = failure_of(output, error);
    free(output->name);
    output->name = copy;
    output->fd = fd;
    output->begin = output->written = output->whole = end > 0 ? (uint64_t)end : 0;
    return failure;
}

enum tl_failure tl_output_reopen(struct tl_output *output, const struct tl_file_part *part, bool cut, bool *is_new,
                                 struct tl_error *error)
{
    char name[PATH_MAX] = "";
    (void)tl_output_revive(output);
    enum tl_failure failure = tl_output_flush(output, error);
    *is_new = false;
    if (failure != TL_E_NONE || (part == NULL && !may_have_moved(output)))
        return failure;
    const struct tl_file_part wanted = part != NULL ? *part : output->part, old = output->part;
    int fd = output->opening.open(output->opening.context, output->opening.file, &wanted, name, sizeof name);
    if (fd < 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: %s", name[0] != '\0' ? name : output->name,
                            strerror(errno));
    output->part = wanted;
    *is_new = !is_open_already(output, fd);
    bool reported = *is_new && part != NULL && is_reported(output);
    if (*is_new)
        failure = replace(output, fd, name, cut, error);
    if (reported)
        report(output, &old);
    if (*is_new)
        return failure;
    close(fd);
    return TL_E_NONE;
}

enum tl_failure tl_output_remove(struct tl_output *output, const struct tl_file_part *part, struct tl_error *error)
{
    if (output->opening.remove(output->opening.context, output->opening.file, part) == 0 || errno == ENOENT)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_RUNTIME, "cannot remove an old file: %s", strerror(errno));
}

const char *tl_output_name(const struct tl_output *output)
{
    return output->name;
}

/* Shared by all sinks with an output. */

/* Data is whole lines; a line is never divided. */
static enum tl_failure write_lines(struct tl_output_sink *s, const uint8_t *data, size_t len, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    int64_t now = time(NULL), next;
    while (len > 0 && failure == TL_E_NONE) {
        const uint8_t *end = memchr(data, '\n', len);
        size_t n = end != NULL ? (size_t)(end + 1 - data) : len;
        if (tl_parts_is_over(s->parts, now, tl_output_length(s->output), s->lines, n, &next)) {
            failure = tl_parts_next(s->parts, s->output, next, error);
            s->lines = 0;
        }
        if (failure == TL_E_NONE)
            failure = tl_output_write(s->output, data, n, error);
        s->lines++;
        data += n;
        len -= n;
    }
    return failure;
}

static enum tl_failure sink_write(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_output_sink *s = (struct tl_output_sink *)sink;
    enum tl_failure failure = TL_UNLIKELY(s->parts != NULL) ? write_lines(s, data, len, error)
                                                            : tl_output_write(s->output, data, len, error);
    return failure == TL_E_NONE && TL_UNLIKELY(s->flush_each) ? tl_output_flush(s->output, error) : failure;
}

void tl_lines_flush_each(struct tl_sink *sink)
{
    ((struct tl_output_sink *)sink)->flush_each = true;
}

static bool sink_gone(const struct tl_sink *sink)
{
    return tl_output_gone(((const struct tl_output_sink *)sink)->output);
}

static enum tl_failure sink_tick(struct tl_sink *sink, struct tl_error *error)
{
    return tl_output_flush(((struct tl_output_sink *)sink)->output, error);
}

static enum tl_failure sink_reopen(struct tl_sink *sink, struct tl_error *error)
{
    struct tl_output_sink *s = (struct tl_output_sink *)sink;
    bool is_new;
    if (s->parts != NULL)
        return tl_parts_next(s->parts, s->output, s->parts->part.time, error);
    return tl_output_reopen(s->output, NULL, false, &is_new, error);
}

static enum tl_failure sink_close(struct tl_sink *sink, struct tl_error *error)
{
    return tl_output_finish(((struct tl_output_sink *)sink)->output, error);
}

void tl_output_sink_free(struct tl_sink *sink)
{
    if (sink == NULL)
        return;
    struct tl_output_sink *s = (struct tl_output_sink *)sink;
    tl_output_free(s->output);
    if (s->parts != NULL)
        tl_parts_fini(s->parts);
    free(s->parts);
    free(sink);
}

bool tl_lines_rotate(struct tl_sink *sink, const struct tl_rotation *rotation,
                     void (*notice)(void *context, const char *text), void *context)
{
    struct tl_output_sink *s = (struct tl_output_sink *)sink;
    struct tl_rotation lines = *rotation;
    lines.packets = lines.files = 0;
    s->parts = calloc(1, sizeof *s->parts);
    if (s->parts == NULL || !tl_parts_init(s->parts, &lines))
        return false;
    s->parts->notice = notice;
    s->parts->notice_context = context;
    return true;
}

void *tl_output_sink_new(size_t size, struct tl_output *output)
{
    struct tl_output_sink *s = calloc(1, size);
    if (s == NULL) {
        tl_output_free(output);
        return NULL;
    }
    s->output = output;
    s->sink.write = sink_write;
    s->sink.gone = sink_gone;
    s->sink.tick = sink_tick;
    s->sink.reopen = sink_reopen;
    s->sink.close = sink_close;
    s->sink.free = tl_output_sink_free;
    return s;
}
