/*
 * file.c - appends records to files, with rotation and zstd.
 *
 * A batch is written whole or not at all: a full disk cuts the file back to what it was. What a killed process left of a
 * batch is cut off when the file is opened again. With zstd each batch is a frame (RFC 8878, 3.1), which a file may have
 * several of.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "export/dated_log.h"
#include "sinks/ledger.h"
#include "sinks/members.h"

enum { KINDS_MOST = 128, CHUNK = 1 << 20, LEVEL = 3, TAIL = 1 << 20, PIECE = 2 << 20, KEEP_MOST = 100000 };

static const char kind_word[] = "{kind}", zst[] = ".zst";

struct kind_file {
    struct tl_dated_log dated;
    char kind[64];
    int fd;         /* owned; -1: not open */
    uint64_t size;  /* bytes, all of whole batches */
    bool unsynced;
};

struct file_target {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials */
    struct tl_rotation rotation;
    char folder[260];
    char name[200];          /* of the file, with {kind} */
    int directory;           /* owned */
    bool by_kind;
    ZSTD_CCtx *zstd;         /* owned; NULL: lines are written as they are */
    struct kind_file files[KINDS_MOST];
    unsigned count;
    struct tl_ledger ledger;
    struct tl_buffer chunk, packed;
};

static bool fail(const struct kind_file *file, int why, char text[TL_REASON])
{
    char name[TL_DATED_NAME];
    tl_dated_log_name(&file->dated, name, sizeof name);
    snprintf(text, TL_REASON, "cannot write %.200s: %.80s%s", name, strerror(why),
             why == ENOSPC || why == EDQUOT ? ": make room" : why == EACCES ? ": give -Z a user who can" : "");
    return false;
}

static void close_file(struct kind_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* --- opening --- */

/* Whether bytes are the begin of one of our lines. */
static bool is_ours(const char *line, size_t len)
{
    static const char lead[] = "{\"_path\":\"";
    return memcmp(line, lead, len < sizeof lead - 1 ? len : sizeof lead - 1) == 0;
}

/* Returns the bytes of whole lines, or -1. A last line that is not one of ours gets its newline. */
static int64_t find_end_of_lines(int fd, uint64_t size)
{
    char *tail = malloc(TAIL);
    uint64_t from = size > TAIL ? size - TAIL : 0;
    ssize_t n = tail != NULL ? pread(fd, tail, TAIL, (off_t)from) : -1;
    int64_t end = -1;
    const char *newline = n > 0 ? memrchr(tail, '\n', (size_t)n) : NULL;
    if (n >= 0 && newline == NULL && from > 0) {
        errno = EINVAL; /* no file of lines */
    } else if (n >= 0) {
        size_t after = newline != NULL ? (size_t)(newline - tail) + 1 : 0, left = (size_t)n - after;
        end = (int64_t)(from + after);
        if (left > 0 && !is_ours(tail + after, left))
            end = write(fd, "\n", 1) == 1 ? (int64_t)(from + (uint64_t)n + 1) : -1;
    }
    int why = errno;
    free(tail);
    errno = why;
    return end;
}

/* Returns the bytes of whole frames, or -1 if there is anything else than a piece of one after them. */
static int64_t find_end_of_frames(int fd, uint64_t size)
{
    static const uint8_t magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
    uint64_t at = 0;
    uint8_t *data = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return -1;
    while (at < size) {
        size_t n = ZSTD_findFrameCompressedSize(data + at, size - at);
        if (ZSTD_isError(n))
            break;
        at += n;
    }
    uint64_t left = size - at;
    bool ours = left <= PIECE && memcmp(data + at, magic, left < sizeof magic ? left : sizeof magic) == 0;
    munmap(data, size);
    errno = ours ? 0 : EINVAL;
    return ours ? (int64_t)at : -1;
}

/* Cuts off what is left of a batch. Returns 0 or errno. */
static int mend(const struct file_target *f, struct kind_file *file, uint64_t size)
{
    int64_t end = size == 0 ? 0 : f->zstd != NULL ? find_end_of_frames(file->fd, size)
                                                  : find_end_of_lines(file->fd, size);
    if (end < 0)
        return errno != 0 ? errno : EIO;
    file->size = (uint64_t)end;
    return (uint64_t)end < size && ftruncate(file->fd, (off_t)end) != 0 ? errno : 0;
}

static bool open_file(struct file_target *f, struct kind_file *file, char why[TL_REASON])
{
    char name[TL_DATED_NAME];
    struct stat st;
    tl_dated_log_name(&file->dated, name, sizeof name);
    file->fd = openat(f->directory, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
                      0666);
    int failure = file->fd < 0 || fstat(file->fd, &st) != 0 ? errno : 0;
    if (failure == 0 && !S_ISREG(st.st_mode))
        failure = ENOTSUP;
    bool locked = failure == 0 && flock(file->fd, LOCK_EX | LOCK_NB) == 0;
    if (failure == 0 && locked)
        failure = mend(f, file, (uint64_t)st.st_size);
    if (failure == 0 && locked) {
        time_t now = time(NULL);
        tl_dated_log_begin(&file->dated, &f->rotation, file->size > 0 && st.st_mtime < now ? st.st_mtime : now);
        return true;
    }
    (void)fail(file, failure, why);
    if (failure == EINVAL)
        snprintf(why, TL_REASON, "%.200s is no %s: move it away, or give another name", name,
                 f->zstd != NULL ? "zstd file, or damaged" : "file of lines");
    else if (failure == 0)
        snprintf(why, TL_REASON, "another process writes %.200s: give each its own file", name);
    close_file(file);
    return false;
}

/* A file that was moved away is left: the next one has the name. One that was cut is as long as it is. */
static void leave_moved(struct file_target *f, struct kind_file *file)
{
    char name[TL_DATED_NAME];
    struct stat there, open;
    tl_dated_log_name(&file->dated, name, sizeof name);
    if (file->fd < 0 || (fstatat(f->directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                         fstat(file->fd, &open) == 0 && there.st_ino == open.st_ino && there.st_dev == open.st_dev)) {
        if (file->fd >= 0 && (uint64_t)open.st_size < file->size)
            file->size = (uint64_t)open.st_size;
        return;
    }
    close_file(file);
}

/* Puts the name of a kind's file together. Returns false if it is too long. */
static bool set_name(const struct file_target *f, struct kind_file *file)
{
    struct tl_dated_log *d = &file->dated;
    const char *at = strstr(f->name, kind_word);
    char name[TL_DATED_NAME + 64];
    if (at != NULL)
        snprintf(name, sizeof name, "%.*s%s%s", (int)(at - f->name), f->name, file->kind, at + strlen(kind_word));
    else
        snprintf(name, sizeof name, "%s", f->name);
    size_t len = strlen(name), end = len;
    if (len > strlen(zst) && strcmp(name + len - strlen(zst), zst) == 0)
        end = len - strlen(zst);
    const char *dot = memrchr(name, '.', end);
    size_t stem = dot != NULL && dot != name ? (size_t)(dot - name) : end;
    return (size_t)snprintf(d->stem, sizeof d->stem, "%.*s", (int)stem, name) < sizeof d->stem &&
           (size_t)snprintf(d->extension, sizeof d->extension, "%s", name + stem) < sizeof d->extension;
}

static struct kind_file *file_of(struct file_target *f, const uint8_t *kind, size_t len)
{
    for (unsigned i = 0; i < f->count; i++)
        if (!f->by_kind || (strlen(f->files[i].kind) == len && memcmp(f->files[i].kind, kind, len) == 0))
            return &f->files[i];
    struct kind_file *file = &f->files[f->count];
    if (f->count == KINDS_MOST || len >= sizeof file->kind || memchr(kind, '/', len) != NULL)
        return NULL;
    *file = (struct kind_file){ .fd = -1 };
    memcpy(file->kind, kind, len);
    if (!set_name(f, file))
        return NULL;
    f->count++;
    tl_dated_log_find_old(&file->dated, &f->rotation, f->directory);
    return file;
}

/* --- writing --- */

static bool write_all(struct kind_file *file, const uint8_t *data, size_t len, int *why)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(file->fd, data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            *why = n == 0 ? ENOSPC : errno;
            break;
        }
        done += (size_t)n;
    }
    if (done == len) {
        file->size += len;
        return true;
    }
    if (ftruncate(file->fd, (off_t)file->size) != 0)
        close_file(file); /* what is left is cut off when it is opened again */
    return false;
}

/* Writes the lines in `chunk`, in the next file if this one is over. */
static bool write_chunk(struct file_target *f, struct kind_file *file, char why[TL_REASON])
{
    const struct tl_buffer *out = &f->chunk;
    int failure = 0;
    if (f->zstd != NULL && f->chunk.len > 0) {
        size_t most = ZSTD_compressBound(f->chunk.len);
        f->packed.len = 0;
        uint8_t *room = tl_buffer_room(&f->packed, most);
        size_t n = room != NULL ? ZSTD_compress2(f->zstd, room, most, f->chunk.data, f->chunk.len) : 0;
        if (n == 0 || ZSTD_isError(n))
            return fail(file, ENOMEM, why);
        f->packed.len = n;
        out = &f->packed;
    }
    if (tl_dated_log_is_over(&file->dated, &f->rotation, time(NULL), file->size, out->len)) {
        if (file->unsynced && fdatasync(file->fd) != 0)
            return fail(file, errno, why);
        file->unsynced = false;
        close_file(file);
        failure = file->size > 0 ? tl_dated_log_rotate(&file->dated, &f->rotation, f->directory) : 0;
        if (failure != 0)
            return fail(file, failure, why);
        if (!open_file(f, file, why))
            return false;
    }
    file->unsynced = true;
    return write_all(file, out->data, out->len, &failure) || fail(file, failure, why);
}

/* Whether a further line goes into this chunk: no chunk is larger than a file may be, unless it is one line. */
static bool has_room(const struct file_target *f, const struct kind_file *file, size_t len)
{
    uint64_t most = CHUNK, left = f->rotation.bytes > file->size ? f->rotation.bytes - file->size : 0;
    if (f->zstd != NULL) /* how small they get is not known: a file may be one chunk larger */
        left = 4 * f->rotation.bytes;
    if (f->rotation.bytes > 0 && left < most)
        most = left;
    return f->chunk.len + len + 1 <= most;
}

/* Writes the records from `*from` on that are of the kind of the first one that waits, as many as are written at once. */
static bool write_some(struct file_target *f, const struct tl_record_frame *frame, size_t *from, char why[TL_REASON])
{
    struct kind_file *file = NULL;
    struct tl_ledger *l = &f->ledger;
    size_t i;
    while (l->entries[*from].state != TL_ENTRY_WAITS)
        ++*from;
    f->chunk.len = 0;
    f->chunk.failed = f->packed.failed = false;
    for (i = *from; i < l->count; i++) {
        const uint8_t *line = frame->lines.data + l->entries[i].at, *kind = line;
        size_t kind_len = 0, before = f->chunk.len;
        (void)tl_member_kind(line, l->entries[i].len, &kind, &kind_len);
        if (l->entries[i].state != TL_ENTRY_WAITS || (file != NULL && file_of(f, kind, kind_len) != file))
            continue;
        if (file == NULL && (file = file_of(f, kind, kind_len)) == NULL) {
            tl_ledger_set_aside(l, frame, i, &f->options, "the name of its file is too long");
            return true;
        }
        if (file->fd < 0 && !open_file(f, file, why))
            return false;
        tl_frame_put_line(&f->chunk, frame, line, l->entries[i].len, frame->first + i);
        tl_put_char(&f->chunk, '\n');
        if (before > 0 && !has_room(f, file, f->chunk.len - before)) {
            f->chunk.len = before;
            break;
        }
        l->entries[i].state = TL_ENTRY_SENT;
        l->sent++, l->waits--;
    }
    bool good = f->chunk.failed ? fail(file, ENOMEM, why) : write_chunk(f, file, why);
    if (!good) {
        tl_ledger_forget_sent(l);
        return false;
    }
    for (size_t k = *from; k < i; k++)
        if (l->entries[k].state == TL_ENTRY_SENT)
            tl_ledger_put(l, k, TL_ENTRY_DONE);
    f->options.progress(f->options.context);
    return true;
}

/* Records count as sent when the disk has them. */
static bool sync_all(struct file_target *f, char why[TL_REASON])
{
    for (unsigned i = 0; i < f->count; i++) {
        struct kind_file *file = &f->files[i];
        if (file->unsynced && file->fd >= 0 && fdatasync(file->fd) != 0)
            return fail(file, errno, why);
        file->unsynced = false;
    }
    return true;
}

static bool deliver(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct file_target *f = (struct file_target *)target;
    size_t from = 0;
    if (!tl_ledger_begin(&f->ledger, frame)) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < f->count; i++)
        leave_moved(f, &f->files[i]);
    while (f->ledger.waits > 0)
        if (!write_some(f, frame, &from, why))
            return false;
    return sync_all(f, why) && tl_ledger_over(&f->ledger);
}

/* --- the URL --- */

static void free_target(struct tl_receiver *target)
{
    struct file_target *f = (struct file_target *)target;
    for (unsigned i = 0; i < f->count; i++) {
        close_file(&f->files[i]);
        tl_dated_log_fini(&f->files[i].dated);
    }
    if (f->directory >= 0)
        close(f->directory);
    ZSTD_freeCCtx(f->zstd);
    tl_ledger_fini(&f->ledger);
    tl_buffer_fini(&f->chunk);
    tl_buffer_fini(&f->packed);
    free(f);
}

static bool read_number(const char **p, uint64_t *number)
{
    *number = 0;
    const char *from = *p;
    for (; **p >= '0' && **p <= '9' && *number < UINT64_C(1000000000000); ++*p)
        *number = 10 * *number + (uint64_t)(**p - '0');
    return *p > from && *number > 0;
}

/* Reads rotate=100M, rotate=1h, or both with a comma. */
static bool read_rotate(struct tl_rotation *rotation, const char *text)
{
    static const struct {
        const char *name;
        uint64_t bytes;
        int64_t seconds;
    } units[] = { { "K", 1000, 0 },  { "M", 1000000, 0 }, { "G", 1000000000, 0 }, { "s", 0, 1 },
                  { "min", 0, 60 },  { "h", 0, 3600 },    { "d", 0, 86400 } };
    for (bool more = true; more;) {
        uint64_t number;
        size_t i = 0;
        if (!read_number(&text, &number))
            return false;
        size_t len = strcspn(text, ",");
        while (i < TL_COUNT(units) && (strlen(units[i].name) != len || strncmp(units[i].name, text, len) != 0))
            i++;
        if (i == TL_COUNT(units) || number > 1000000)
            return false;
        if (units[i].bytes > 0)
            rotation->bytes = number * units[i].bytes;
        else
            rotation->seconds = (int64_t)number * units[i].seconds;
        more = text[len] == ',';
        text += len + more;
    }
    return true;
}

static enum tl_failure read_path(struct file_target *f, struct tl_error *error)
{
    const char *path = f->options.url->path, *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path, *braces = strstr(path, kind_word);
    snprintf(f->folder, sizeof f->folder, "/%.*s", (int)(slash != NULL ? slash - path : 0), path);
    size_t len = (size_t)snprintf(f->name, sizeof f->name, "%s", name);
    if (len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return tl_error_set(error, TL_E_USAGE, "--to: %s names no file: give file:///FOLDER/NAME", f->options.url->shown);
    if (len > 120)
        return tl_error_set(error, TL_E_USAGE, "--to: the name of the file in %s is too long: give at most 120 bytes",
                            f->options.url->shown);
    if (braces != NULL && (braces < name || strstr(braces + 1, kind_word) != NULL))
        return tl_error_set(error, TL_E_USAGE, "--to: {kind} is not in the name of the file, once: give file:///FOLDER/"
                            "{kind}.json");
    f->by_kind = braces != NULL;
    f->directory = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->directory < 0)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "--to: cannot write to folder %s: %s: make it, or give another one", f->folder,
                            strerror(errno));
    return TL_E_NONE;
}

static enum tl_failure read_queries(struct file_target *f, struct tl_error *error)
{
    const struct tl_url *url = f->options.url;
    const char *rotate = tl_url_query(url, "rotate"), *keep = tl_url_query(url, "keep");
    const char *compress = tl_url_query(url, "compress");
    size_t len = strlen(f->name);
    uint64_t number = 0;
    f->rotation.aligned = true;
    if (rotate != NULL && !read_rotate(&f->rotation, rotate))
        return tl_error_set(error, TL_E_USAGE, "--to: rotate=%.40s is no size and no time: give one such as 100M, 1h, 1d "
                            "or 1h,100M", rotate);
    if (keep != NULL && (rotate == NULL || !read_number(&keep, &number) || *keep != '\0' || number > KEEP_MOST))
        return tl_error_set(error, TL_E_USAGE, "--to: keep is a number of files of rotate, at most %d: give "
                            "?rotate=1h&keep=48", KEEP_MOST);
    if (compress != NULL && strcmp(compress, "zstd") != 0 && strcmp(compress, "no") != 0)
        return tl_error_set(error, TL_E_USAGE, "--to: file:// has no compress=%.40s: give zstd or no", compress);
    f->rotation.keep = (uint32_t)number;
    bool zstd = compress != NULL ? strcmp(compress, "zstd") == 0
                                 : len > strlen(zst) && strcmp(f->name + len - strlen(zst), zst) == 0;
    if (!zstd)
        return TL_E_NONE;
    f->zstd = ZSTD_createCCtx();
    if (f->zstd == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    (void)ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_checksumFlag, 1);
    return TL_E_NONE;
}

struct tl_receiver *tl_record_file_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                 struct tl_error *error)
{
    struct file_target *f = calloc(1, sizeof *f);
    (void)scheme;
    if (f == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    f->target = (struct tl_receiver){ .send = deliver, .free = free_target };
    f->options = *options;
    explicit_bzero(&f->options.credentials, sizeof f->options.credentials);
    f->directory = -1;
    if (read_path(f, error) == TL_E_NONE && read_queries(f, error) == TL_E_NONE)
        return &f->target;
    free_target(&f->target);
    return NULL;
}
