/* output.c - a file descriptor behind a buffer, written 64 KiB at a time. */
#include "export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAPACITY = 65536 };

struct tl_output {
    int fd;
    bool owned;
    bool finished;
    _Atomic bool gone;
    int failed; /* errno of the first failure; the rest is dropped */
    size_t len;
    char *name;
    uint8_t data[CAPACITY];
};

struct tl_output *tl_output_open(const char *path, struct tl_error *error)
{
    bool standard = path == NULL || strcmp(path, "-") == 0;
    const char *name = standard ? "standard output" : path;
    struct tl_output *output = malloc(sizeof *output);
    char *copy = strdup(name);
    if (output == NULL || copy == NULL) {
        free(output);
        free(copy);
        tl_error_set(error, TL_E_RUNTIME, "cannot write %s: out of memory", name);
        return NULL;
    }
    output->fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    output->owned = !standard;
    output->finished = false;
    atomic_init(&output->gone, false);
    output->failed = 0;
    output->len = 0;
    output->name = copy;
    if (output->fd < 0) {
        tl_error_set(error, errno == EACCES || errno == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot write %s: %s",
                     name, strerror(errno));
        tl_output_free(output);
        return NULL;
    }
    return output;
}

static enum tl_failure failure_of(const struct tl_output *output, struct tl_error *error)
{
    if (output->failed == 0)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: %s", output->name, strerror(output->failed));
}

/* After a failure or a closed pipe this does nothing. */
static enum tl_failure write_all(struct tl_output *output, const uint8_t *data, size_t len, struct tl_error *error)
{
    while (len > 0 && output->failed == 0 && !tl_output_gone(output)) {
        ssize_t n = write(output->fd, data, len);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        } else if (n == 0) {
            output->failed = EIO;
        } else if (errno == EPIPE) {
            atomic_store_explicit(&output->gone, true, memory_order_relaxed);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { /* somebody else made it non-blocking */
            struct pollfd ready = { .fd = output->fd, .events = POLLOUT };
            if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                output->failed = errno;
        } else if (errno != EINTR) {
            output->failed = errno;
        }
    }
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

enum tl_failure tl_output_finish(struct tl_output *output, struct tl_error *error)
{
    if (!output->finished) {
        output->finished = true;
        tl_output_flush(output, NULL);
        /* A file system may report a full disk only here. EINTR: Linux has closed it all the same. */
        if (output->owned && close(output->fd) != 0 && errno != EINTR && output->failed == 0)
            output->failed = errno;
        output->fd = -1;
    }
    return failure_of(output, error);
}

void tl_output_free(struct tl_output *output)
{
    if (output == NULL)
        return;
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

const char *tl_output_name(const struct tl_output *output)
{
    return output->name;
}

/* What every sink with an output does. */

static enum tl_failure sink_write(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    return tl_output_write(((struct tl_output_sink *)sink)->output, data, len, error);
}

static enum tl_failure sink_tick(struct tl_sink *sink, struct tl_error *error)
{
    return tl_output_flush(((struct tl_output_sink *)sink)->output, error);
}

static enum tl_failure sink_close(struct tl_sink *sink, struct tl_error *error)
{
    return tl_output_finish(((struct tl_output_sink *)sink)->output, error);
}

void tl_output_sink_free(struct tl_sink *sink)
{
    if (sink == NULL)
        return;
    tl_output_free(((struct tl_output_sink *)sink)->output);
    free(sink);
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
    s->sink.tick = sink_tick;
    s->sink.close = sink_close;
    s->sink.free = tl_output_sink_free;
    return s;
}
