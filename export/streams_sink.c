/* streams_sink.c - the bytes of each side of each TCP stream in a file, named as tcpflow names them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digits.h"
#include "export/folder.h"
#include "export/sinks.h"

enum {
    OPEN_MOST = 256,      /* maximum open files */
    SIDES_MOST = 1 << 16, /* maximum remembered sides: a side idle for longer continues in another file */
    CHAINS = 1 << 14,
    NAME_MOST = 2 * (TL_ROOM_IPV6 + 6) + 24,
    REPEATS_MOST = 1 << 30,
};
#define HOLES_MOST (UINT64_C(1) << 30) /* maximum bytes of holes in a file; further gaps are left out */

/* The sender of bytes: flow and side. Has no padding, because it is compared as memory. */
struct side {
    char uid[TL_UID_LEN];
    uint8_t version, reserved;
    uint16_t from_port, to_port;
    uint8_t from[16], to[16];
};

/* A piece as a worker records it; `len` bytes follow. */
struct piece {
    struct side side;
    uint64_t gap;
    uint32_t len;
    bool end;
};

/* A side with a file. The most recently used ones have an open descriptor. */
struct file {
    struct side side;
    struct file *next; /* next in the hash chain */
    struct file *newer, *older;
    uint64_t at;       /* offset of the next byte */
    uint64_t holes;    /* bytes of holes before it */
    uint32_t repeat;   /* suffix number of the name */
    int fd;            /* -1: closed */
};

struct streams_sink {
    struct tl_sink sink;
    int directory;
    bool skip_gaps;
    char *path;
    struct file *chains[CHAINS];
    struct file *newest, *oldest, *oldest_open;
    uint32_t files, open;
};

static void put_piece(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *p)
{
    (void)sink;
    unsigned from = p->side;
    struct piece piece = { .gap = p->gap, .len = p->bytes.len, .end = p->end };
    struct side *side = &piece.side;
    const struct tl_flow_id *id = p->id;
    size_t n = id->version == 4 ? 4 : 16;
    memcpy(side->uid, id->uid, sizeof side->uid);
    side->version = id->version;
    side->from_port = from == 0 ? id->orig_port : id->resp_port;
    side->to_port = from == 0 ? id->resp_port : id->orig_port;
    memcpy(side->from, from == 0 ? id->orig_addr : id->resp_addr, n);
    memcpy(side->to, from == 0 ? id->resp_addr : id->orig_addr, n);
    tl_put(out, &piece, sizeof piece);
    if (p->bytes.len > 0)
        tl_put(out, p->bytes.data, p->bytes.len);
}

/* ---- file names */

static uint8_t *write_padded(uint8_t *p, unsigned value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--, value /= 10)
        p[i - 1] = (uint8_t)('0' + value % 10);
    return p + digits;
}

static uint8_t *write_end(uint8_t *p, uint8_t version, const uint8_t addr[16], uint16_t port)
{
    if (version == 4) {
        for (unsigned i = 0; i < 4; i++) {
            p = write_padded(p, addr[i], 3);
            *p++ = '.';
        }
    } else {
        p = tl_write_ipv6(p, addr);
        *p++ = '.';
    }
    return write_padded(p, port, 5);
}

static void name_of(const struct side *side, uint32_t repeat, char name[NAME_MOST])
{
    uint8_t *p = (uint8_t *)name;
    p = write_end(p, side->version, side->from, side->from_port);
    *p++ = '-';
    p = write_end(p, side->version, side->to, side->to_port);
    if (repeat > 0) {
        *p++ = 'c';
        p = tl_write_u64(p, repeat);
    }
    *p = 0;
}

/* ---- known files: a hash table, and a list in order of use */

static struct file **chain_of(struct streams_sink *s, const struct side *side)
{
    uint64_t spread = side->from_port; /* the uid is already a hash */
    for (unsigned i = TL_UID_LEN - 10; i < TL_UID_LEN; i++)
        spread = spread * 62 + (uint8_t)side->uid[i];
    return &s->chains[spread * UINT64_C(0x9e3779b97f4a7c15) >> 50];
}

static void unlist(struct streams_sink *s, struct file *f)
{
    if (s->oldest_open == f)
        s->oldest_open = f->newer;
    *(f->newer != NULL ? &f->newer->older : &s->newest) = f->older;
    *(f->older != NULL ? &f->older->newer : &s->oldest) = f->newer;
}

static void list_first(struct streams_sink *s, struct file *f)
{
    f->newer = NULL;
    f->older = s->newest;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = f;
    s->newest = f;
}

static bool close_file(struct streams_sink *s, struct file *f)
{
    int fd = f->fd;
    if (fd < 0)
        return true;
    f->fd = -1;
    s->open--;
    return close(fd) == 0;
}

/* Closes the file and forgets it. Returns false if close() reports a failed write. */
static bool drop(struct streams_sink *s, struct file *f)
{
    struct file **link = chain_of(s, &f->side);
    while (*link != f)
        link = &(*link)->next;
    *link = f->next;
    unlist(s, f);
    bool closed = close_file(s, f);
    s->files--;
    free(f);
    return closed;
}

static struct file *find(struct streams_sink *s, const struct side *side)
{
    struct file *f = *chain_of(s, side);
    while (f != NULL && memcmp(&f->side, side, sizeof *side) != 0)
        f = f->next;
    return f;
}

static struct file *add(struct streams_sink *s, const struct side *side)
{
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    struct file **chain = chain_of(s, side);
    f->side = *side;
    f->next = *chain;
    f->fd = -1;
    f->repeat = UINT32_MAX; /* no name yet */
    *chain = f;
    list_first(s, f);
    s->files++;
    return f;
}

static bool is_taken(const struct streams_sink *s, const struct side *side, uint32_t repeat)
{
    char name[NAME_MOST];
    struct stat st;
    name_of(side, repeat, name);
    return fstatat(s->directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Names are used in order, so the first free one is found by bisection. */
static uint32_t free_repeat(const struct streams_sink *s, const struct side *side)
{
    uint32_t low = 0, high = 1;
    if (!is_taken(s, side, 0))
        return 0;
    while (high < REPEATS_MOST && is_taken(s, side, high)) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (is_taken(s, side, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Opens f's file and creates it the first time. Returns -1 and sets errno on failure. */
static int open_file(struct streams_sink *s, struct file *f)
{
    char name[NAME_MOST];
    int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
    if (f->repeat == UINT32_MAX) {
        f->repeat = free_repeat(s, &f->side);
        flags |= O_CREAT | O_EXCL;
    }
    name_of(&f->side, f->repeat, name);
    int fd = openat(s->directory, name, flags, 0666);
    while (fd < 0 && (errno == EMFILE || errno == ENFILE) && s->oldest_open != NULL && s->oldest_open != f) {
        struct file *oldest = s->oldest_open;
        s->oldest_open = oldest->newer;
        if (!close_file(s, oldest))
            return -1;
        fd = openat(s->directory, name, flags, 0666);
    }
    return fd;
}

/* Opens f if needed and makes it the most recently used file. */
static bool use(struct streams_sink *s, struct file *f)
{
    unlist(s, f);
    list_first(s, f);
    if (f->fd < 0) {
        f->fd = open_file(s, f);
        if (f->fd < 0)
            return false;
        s->open++;
    }
    if (s->oldest_open == NULL)
        s->oldest_open = f;
    while (s->open > OPEN_MOST) {
        struct file *oldest = s->oldest_open;
        s->oldest_open = oldest->newer;
        if (!close_file(s, oldest))
            return false;
    }
    return true;
}

static bool write_at(struct file *f, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = pwrite(f->fd, data, len, (off_t)f->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return false;
        }
        f->at += (uint64_t)n;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool take(struct streams_sink *s, const struct piece *piece, const uint8_t *data)
{
    struct file *f = find(s, &piece->side);
    bool hole = !s->skip_gaps && piece->gap > 0;
    if (f == NULL && (piece->len > 0 || hole)) {
        if (s->files == SIDES_MOST && !drop(s, s->oldest))
            return false;
        f = add(s, &piece->side);
        if (f == NULL)
            return false;
    }
    if (hole && piece->gap <= HOLES_MOST - f->holes) { /* the hole reads as zeros once data follows */
        f->at += piece->gap;
        f->holes += piece->gap;
    }
    if (piece->len > 0 && (!use(s, f) || !write_at(f, data, piece->len)))
        return false;
    return f == NULL || !piece->end || drop(s, f);
}

static enum tl_failure write_pieces(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct streams_sink *s = (struct streams_sink *)sink;
    while (len > 0) {
        struct piece piece;
        memcpy(&piece, data, sizeof piece);
        data += sizeof piece;
        len -= sizeof piece;
        if (!take(s, &piece, data)) {
            char name[NAME_MOST];
            name_of(&piece.side, 0, name);
            return tl_error_set(error, TL_E_RUNTIME, "cannot write %s/%s: %s", s->path, name, strerror(errno));
        }
        data += piece.len;
        len -= piece.len;
    }
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct streams_sink *s = (struct streams_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    while (s->newest != NULL) {
        if (!drop(s, s->newest) && failure == TL_E_NONE)
            failure = tl_error_set(error, TL_E_RUNTIME, "cannot write to %s: %s", s->path, strerror(errno));
    }
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct streams_sink *s = (struct streams_sink *)sink;
    (void)close_sink(sink, NULL);
    if (s->directory >= 0)
        close(s->directory);
    free(s->path);
    free(s);
}

struct tl_sink *tl_streams_sink(const char *directory, bool skip_gaps, struct tl_error *error)
{
    struct streams_sink *s = calloc(1, sizeof *s);
    if (s == NULL || (s->path = strdup(directory)) == NULL) {
        free(s);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    s->directory = -1;
    s->skip_gaps = skip_gaps;
    s->sink.stream = put_piece;
    s->sink.write = write_pieces;
    s->sink.close = close_sink;
    s->sink.free = free_sink;
    if (tl_folder_open(directory, "streams", "--streams", &s->directory, error) != TL_E_NONE) {
        free_sink(&s->sink);
        return NULL;
    }
    return &s->sink;
}
