/* keylog_file.c - a key log is read in pieces; an unfinished line waits for its end. */
#include "capture/keylog_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 << 10, NOTICE = 512 };

struct tl_keylog_file {
    const char *name;
    int fd;
    uint64_t offset;    /* bytes read */
    uint64_t line;      /* lines read */
    uint64_t wrong, left_out;
    uint64_t wrong_line; /* the first wrong one; 0: none */
    bool skipping;      /* the rest of a line that is too long */
    bool told;
    uint32_t have;      /* bytes in piece */
    uint8_t *piece;     /* owned: from tl_secret_memory() */
    char notice[NOTICE];
};

static enum tl_failure failed(const char *name, struct tl_error *error)
{
    return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot read the key log %s: %s", name,
                        strerror(errno));
}

struct tl_keylog_file *tl_keylog_file_open(const char *name, struct tl_error *error)
{
    struct stat st;
    struct tl_keylog_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        file->piece = tl_secret_memory(PIECE);
    if (file == NULL || file->piece == NULL) {
        free(file);
        (void)tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    file->name = name;
    file->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0 || fstat(file->fd, &st) < 0) {
        (void)failed(name, error);
    } else if (S_ISDIR(st.st_mode)) {
        (void)tl_error_set(error, TL_E_RUNTIME, "cannot read the key log %s: it is a directory", name);
    } else if (!S_ISREG(st.st_mode)) {
        (void)tl_error_set(error, TL_E_USAGE, "the key log %s is no regular file: give the file that programs write",
                           name);
    } else {
        return file;
    }
    tl_keylog_file_close(file);
    return NULL;
}

void tl_keylog_file_close(struct tl_keylog_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    tl_secret_memory_free(file->piece, PIECE);
    free(file);
}

static void take_line(struct tl_keylog_file *file, struct tl_keylog *log, struct tl_bytes line)
{
    enum tl_keylog_line result = file->skipping ? TL_KEYLOG_WRONG : tl_keylog_add(log, line, 0);
    file->skipping = false;
    file->line++;
    if (result == TL_KEYLOG_WRONG && file->wrong++ == 0)
        file->wrong_line = file->line;
    file->left_out += result == TL_KEYLOG_FULL;
}

/* Takes the whole lines of the piece, and keeps the beginning of the next. */
static void take_lines(struct tl_keylog_file *file, struct tl_keylog *log)
{
    const uint8_t *p = file->piece, *end = p + file->have, *lf;
    while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        take_line(file, log, tl_bytes_of(p, (size_t)(lf - p)));
        p = lf + 1;
    }
    file->have = (uint32_t)(end - p);
    memmove(file->piece, p, file->have);
    if (file->have > TL_KEYLOG_LINE) {
        file->skipping = true;
        file->have = 0;
    }
}

enum tl_failure tl_keylog_file_read(struct tl_keylog_file *file, struct tl_keylog *log, bool all,
                                    struct tl_error *error)
{
    struct stat st;
    if (fstat(file->fd, &st) == 0 && (uint64_t)st.st_size < file->offset) {
        file->offset = file->line = 0;
        file->have = 0;
        file->skipping = false;
    }
    for (;;) {
        ssize_t n = pread(file->fd, file->piece + file->have, PIECE - file->have, (off_t)file->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(file->name, error);
        if (n == 0)
            break;
        file->offset += (uint64_t)n;
        file->have += (uint32_t)n;
        take_lines(file, log);
    }
    if (all && (file->have > 0 || file->skipping)) {
        take_line(file, log, tl_bytes_of(file->piece, file->have));
        file->have = 0;
    }
    tl_wipe(file->piece + file->have, PIECE - file->have);
    return TL_E_NONE;
}

const char *tl_keylog_file_notice(struct tl_keylog_file *file)
{
    if (file->told || file->wrong == 0)
        return NULL;
    file->told = true;
    (void)snprintf(file->notice, sizeof file->notice,
                   "%s: line %llu is no line of a key log, and was skipped%s: the file has lines such as CLIENT_RANDOM "
                   "RANDOM SECRET",
                   file->name, (unsigned long long)file->wrong_line, file->wrong > 1 ? ", as were others" : "");
    return file->notice;
}

uint64_t tl_keylog_file_left_out(const struct tl_keylog_file *file)
{
    return file->left_out;
}
