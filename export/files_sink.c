/*
 * files_sink.c - the files that flows carry, each written to a file of its own. The names are ours: none comes from the
 * wire. A file that cannot be written ends the extraction, not the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/folder.h"
#include "export/sinks.h"

enum { OPEN_MOST = 64, NAME_MOST = 96 };
#define ALL_MOST (UINT64_C(10) << 30) /* bytes of all files of a run */

/* A piece as a worker notes it; `len` bytes follow. */
struct part {
    char name[NAME_MOST];
    uint64_t gap;
    uint32_t len;
    bool end, drop;
};

struct open_file {
    char name[NAME_MOST];
    int fd;        /* -1: free */
    uint64_t used; /* when it was used last: the oldest is closed for another */
};

struct files_sink {
    struct tl_sink sink;
    int directory;
    char *path;
    struct open_file files[OPEN_MOST];
    uint64_t uses, written;
    void (*notice)(void *context, const char *text);
    void *context;
    bool stopped, failed;
};

static void put_part(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_file_bytes *p)
{
    (void)sink;
    struct part part = { .gap = p->gap, .len = p->bytes.len, .end = p->end, .drop = p->drop };
    (void)snprintf(part.name, sizeof part.name, "%s", p->name);
    tl_put(out, &part, sizeof part);
    if (p->bytes.len > 0)
        tl_put(out, p->bytes.data, p->bytes.len);
}

static bool close_file(struct open_file *f)
{
    int fd = f->fd;
    f->fd = -1;
    return fd < 0 || close(fd) == 0;
}

/* A file that was closed for another one continues at its end. NULL: errno says why. */
static struct open_file *use(struct files_sink *s, const char *name)
{
    struct open_file *oldest = &s->files[0];
    for (unsigned i = 0; i < OPEN_MOST; i++) {
        struct open_file *f = &s->files[i];
        if (f->fd >= 0 && strcmp(f->name, name) == 0) {
            f->used = ++s->uses;
            return f;
        }
        if (f->fd < 0 || (oldest->fd >= 0 && f->used < oldest->used))
            oldest = f;
    }
    if (!close_file(oldest))
        return NULL;
    int fd = openat(s->directory, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 || lseek(fd, 0, SEEK_END) < 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        errno = why;
        return NULL;
    }
    *oldest = (struct open_file){ .fd = fd, .used = ++s->uses };
    memcpy(oldest->name, name, NAME_MOST);
    return oldest;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* A gap becomes a hole, so that later bytes keep their offset. */
static bool write_gap(int fd, uint64_t gap)
{
    off_t end = lseek(fd, 0, SEEK_END);
    return end >= 0 && ftruncate(fd, end + (off_t)gap) == 0 && lseek(fd, 0, SEEK_END) >= 0;
}

/* A file that was refused when all of it was seen. */
static bool drop(struct files_sink *s, const char *name)
{
    struct stat st;
    for (unsigned i = 0; i < OPEN_MOST; i++) {
        if (s->files[i].fd >= 0 && strcmp(s->files[i].name, name) == 0)
            (void)close_file(&s->files[i]);
    }
    if (fstatat(s->directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    s->written -= (uint64_t)st.st_size < s->written ? (uint64_t)st.st_size : s->written;
    return unlinkat(s->directory, name, 0) == 0;
}

static bool take(struct files_sink *s, const struct part *part, const uint8_t *data)
{
    struct open_file *f = use(s, part->name);
    if (f == NULL || (part->gap > 0 && !write_gap(f->fd, part->gap)) || !write_all(f->fd, data, part->len))
        return false;
    s->written += part->gap + part->len;
    return !part->end || close_file(f);
}

static void stop(struct files_sink *s, const char *why)
{
    char text[512];
    (void)snprintf(text, sizeof text, "no more files are extracted to %.200s: %.200s", s->path, why);
    s->stopped = true;
    if (s->notice != NULL)
        s->notice(s->context, text);
}

static enum tl_failure write_parts(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct files_sink *s = (struct files_sink *)sink;
    (void)error;
    while (len > 0) {
        struct part part;
        memcpy(&part, data, sizeof part);
        data += sizeof part;
        len -= sizeof part;
        if (part.drop) {
            s->failed |= !drop(s, part.name);
            continue;
        }
        if (!s->stopped && s->written + part.gap + part.len > ALL_MOST)
            stop(s, "they have 10 GiB already");
        if (!s->stopped && !take(s, &part, data)) {
            s->failed = true;
            stop(s, strerror(errno));
        }
        data += part.len;
        len -= part.len;
    }
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct files_sink *s = (struct files_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    for (unsigned i = 0; i < OPEN_MOST; i++) {
        if (!close_file(&s->files[i]) && failure == TL_E_NONE && error != NULL)
            failure = tl_error_set(error, TL_E_RUNTIME, "cannot write to %s: %s", s->path, strerror(errno));
    }
    if (s->failed && failure == TL_E_NONE && error != NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "not all files were extracted to %s", s->path);
    s->failed = false;
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct files_sink *s = (struct files_sink *)sink;
    (void)close_sink(sink, NULL);
    if (s->directory >= 0)
        close(s->directory);
    free(s->path);
    free(s);
}

struct tl_sink *tl_files_sink(const char *directory, void (*notice)(void *context, const char *text), void *context,
                              struct tl_error *error)
{
    struct files_sink *s = calloc(1, sizeof *s);
    if (s == NULL || (s->path = strdup(directory)) == NULL) {
        free(s);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    s->sink.file = put_part;
    s->sink.write = write_parts;
    s->sink.close = close_sink;
    s->sink.free = free_sink;
    s->notice = notice;
    s->context = context;
    for (unsigned i = 0; i < OPEN_MOST; i++)
        s->files[i].fd = -1;
    s->directory = -1;
    if (tl_folder_open(directory, "files", "--extract-files", &s->directory, error) != TL_E_NONE) {
        free_sink(&s->sink);
        return NULL;
    }
    return &s->sink;
}
