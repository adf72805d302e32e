/* outbox.c - records on disk that a server has not acknowledged. */
#include "sinks/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC       UINT32_C(0x424f4c54) /* "TLOB" */
#define ACKED_MAGIC UINT32_C(0x4b414c54) /* "TLAK" */
#define FRAME_MOST  (UINT32_C(1) << 30)
#define ASIDE_MOST  (INT64_C(16) << 20)
#define SEGMENT     (UINT64_C(16) << 20)

/* In the byte order of the machine: an outbox stays on its machine. */
struct header {
    uint32_t magic;
    uint32_t checksum; /* CRC-32 of all that follows */
    uint32_t length;   /* of what follows the header */
    uint8_t sensor_len, run_len;
    uint16_t zero;
    uint64_t first, count;
};

struct slot {
    uint32_t magic, checksum; /* of the rest */
    uint64_t turn, segment, offset;
};

struct segment {
    uint64_t number;
    uint64_t bytes;    /* of whole frames */
    uint64_t records;  /* in it that are not acknowledged */
};

struct tl_outbox {
    int folder, lock_file, acked;
    char *path;
    uint64_t size;
    bool oldest;
    pthread_mutex_t lock;     /* protects the rest; it is never held while the disk is waited for with fdatasync(2) */
    int tail;                 /* the segment that grows; -1: none yet */
    int ended;                /* the segment that grew before it and is not synced; -1: none */
    bool dirty;
    struct segment *segments; /* owned: the oldest first */
    size_t count, capacity;
    uint64_t offset;          /* in the first segment: what is before it is acknowledged */
    uint64_t next_number, turn;
    uint64_t read_segment, read_offset; /* behind what tl_outbox_next() gave */
    uint64_t read_records;    /* of what it gave, those in that segment */
    bool flying;              /* what it gave is being sent */
    uint64_t flown;           /* of what is being sent, records that made room meanwhile: lost if it is not sent */
    uint64_t dropped, damaged;
    struct {
        _Atomic uint64_t records, bytes, dropped, damaged;
    } shown;                  /* the counts, for those who may not wait for the lock */
};

enum got {
    GOT_FRAME,
    GOT_OTHER,   /* a frame of another run */
    GOT_DAMAGE,  /* no whole frame */
    GOT_FAILURE, /* it cannot be read now: out of memory or of descriptors, or the disk */
};

static void name_of(char *name, size_t size, uint64_t number)
{
    snprintf(name, size, "%016" PRIu64 ".seg", number);
}

static int open_segment(const struct tl_outbox *box, uint64_t number, int flags)
{
    char name[32];
    name_of(name, sizeof name, number);
    return openat(box->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* GOT_DAMAGE: the file ends before. */
static enum got read_all(int fd, void *data, size_t len, uint64_t offset)
{
    uint8_t *p = data;
    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? GOT_DAMAGE : GOT_FAILURE;
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return GOT_FRAME;
}

static bool write_all(int fd, const void *data, size_t len, uint64_t offset)
{
    const uint8_t *p = data;
    while (len > 0) {
        ssize_t n = pwrite(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static uint32_t checksum_of(const struct header *header, const uint8_t *rest)
{
    const uint8_t *from = (const uint8_t *)header + offsetof(struct header, length);
    uLong sum = crc32_z(0, from, sizeof *header - offsetof(struct header, length));
    return (uint32_t)crc32_z(sum, rest, header->length);
}

static uint64_t count_lines(const uint8_t *data, size_t len)
{
    uint64_t count = 0;
    for (const uint8_t *end = data + len; data < end; data++, count++) {
        data = memchr(data, '\n', (size_t)(end - data));
        if (data == NULL)
            break;
    }
    return count;
}

static bool is_header(const struct header *header, uint64_t room)
{
    return header->magic == MAGIC && header->length <= FRAME_MOST && header->length <= room &&
           header->sensor_len <= TL_SENSOR_MOST && header->run_len <= TL_RUN_MOST && header->count > 0 &&
           header->length >= (uint32_t)(header->sensor_len + header->run_len);
}

/* Reads the frame at *offset, which ends before `end`, adds its lines to the frame's, and advances *offset. */
static enum got read_frame(int fd, uint64_t *offset, uint64_t end, struct tl_record_frame *frame)
{
    struct header header;
    if (end - *offset < sizeof header)
        return GOT_DAMAGE;
    enum got got = read_all(fd, &header, sizeof header, *offset);
    if (got != GOT_FRAME)
        return got;
    if (!is_header(&header, end - *offset - sizeof header))
        return GOT_DAMAGE;
    size_t before = frame->lines.len, names = (size_t)header.sensor_len + header.run_len;
    uint8_t *p = tl_buffer_room(&frame->lines, header.length);
    if (p == NULL)
        return GOT_FAILURE;
    got = read_all(fd, p, header.length, *offset + sizeof header);
    if (got != GOT_FRAME)
        return got;
    if (checksum_of(&header, p) != header.checksum ||
        count_lines(p + names, header.length - names) != header.count)
        return GOT_DAMAGE;
    char sensor[TL_SENSOR_MOST + 1] = "", run[TL_RUN_MOST + 1] = "";
    memcpy(sensor, p, header.sensor_len);
    memcpy(run, p + header.sensor_len, header.run_len);
    if (before > 0 && (strcmp(sensor, frame->sensor) != 0 || strcmp(run, frame->run) != 0 ||
                       header.first != frame->first + frame->count))
        return GOT_OTHER;
    if (before == 0) {
        memcpy(frame->sensor, sensor, sizeof sensor);
        memcpy(frame->run, run, sizeof run);
        frame->first = header.first;
        frame->count = 0;
    }
    memmove(p, p + names, header.length - names);
    frame->count += header.count;
    frame->lines.len = before + header.length - names;
    *offset += sizeof header + header.length;
    return GOT_FRAME;
}

/*
 * Counts what is whole in a segment from `offset`, and cuts off what is not: all but the last one should be whole.
 * Returns false if the segment cannot be read now.
 */
static bool scan(struct tl_outbox *box, struct segment *segment, uint64_t offset, bool last)
{
    struct stat st;
    enum got got = GOT_FRAME;
    struct tl_record_frame frame = { .count = 0 };
    int fd = open_segment(box, segment->number, O_RDWR);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    segment->bytes = offset < (uint64_t)st.st_size ? offset : (uint64_t)st.st_size;
    segment->records = 0;
    while (segment->bytes < (uint64_t)st.st_size) {
        frame.lines.len = 0;
        got = read_frame(fd, &segment->bytes, (uint64_t)st.st_size, &frame);
        if (got != GOT_FRAME)
            break;
        segment->records += frame.count;
    }
    if (got == GOT_DAMAGE) {
        box->damaged += !last;
        (void)!ftruncate(fd, (off_t)segment->bytes);
    }
    int why = errno;
    tl_buffer_fini(&frame.lines);
    close(fd);
    errno = why;
    return got != GOT_FAILURE;
}

static bool add_segment(struct tl_outbox *box, uint64_t number)
{
    if (box->count == box->capacity) {
        size_t capacity = box->capacity == 0 ? 64 : 2 * box->capacity;
        struct segment *grown = realloc(box->segments, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        box->segments = grown;
        box->capacity = capacity;
    }
    box->segments[box->count++] = (struct segment){ .number = number };
    return true;
}

static void remove_first(struct tl_outbox *box)
{
    char name[32];
    name_of(name, sizeof name, box->segments[0].number);
    unlinkat(box->folder, name, 0);
    memmove(box->segments, box->segments + 1, --box->count * sizeof *box->segments);
    box->offset = 0;
}

static int by_number(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static uint32_t slot_checksum(const struct slot *slot)
{
    return (uint32_t)crc32_z(0, (const uint8_t *)slot + 8, sizeof *slot - 8);
}

static void write_acknowledged(struct tl_outbox *box, uint64_t segment, uint64_t offset)
{
    struct slot slot = { .magic = ACKED_MAGIC, .turn = ++box->turn, .segment = segment, .offset = offset };
    slot.checksum = slot_checksum(&slot);
    /* Without it what was sent is sent again, which the server tells by the numbers. */
    (void)!write_all(box->acked, &slot, sizeof slot, slot.turn % 2 * sizeof slot);
}

/* Lists the segments and removes those that are acknowledged. */
static bool load(struct tl_outbox *box)
{
    struct slot last = { .segment = 0 }, slot;
    int copy = dup(box->folder);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    bool good = list != NULL;
    int why = 0;
    for (unsigned i = 0; i < 2; i++) {
        enum got got = read_all(box->acked, &slot, sizeof slot, i * sizeof slot);
        if (got == GOT_FAILURE) { /* what is acknowledged is not known */
            why = errno;
            good = false;
        }
        if (got == GOT_FRAME && slot.magic == ACKED_MAGIC && slot.checksum == slot_checksum(&slot) &&
            slot.turn >= last.turn)
            last = slot;
    }
    box->turn = last.turn;
    box->next_number = last.segment + 1;
    for (const struct dirent *entry; good && (entry = readdir(list)) != NULL;) {
        char *end, name[32];
        uint64_t number = strtoull(entry->d_name, &end, 10);
        name_of(name, sizeof name, number);
        if (strcmp(name, entry->d_name) == 0)
            good = add_segment(box, number);
    }
    if (list != NULL)
        closedir(list);
    else if (copy >= 0)
        close(copy);
    if (box->count > 0)
        qsort(box->segments, box->count, sizeof *box->segments, by_number);
    while (box->count > 0 && box->segments[0].number < last.segment)
        remove_first(box);
    for (size_t i = 0; good && i < box->count; i++) {
        uint64_t offset = box->segments[i].number == last.segment ? last.offset : 0;
        good = scan(box, &box->segments[i], offset, i + 1 == box->count);
        if (i == 0)
            box->offset = offset < box->segments[0].bytes ? offset : box->segments[0].bytes;
        box->next_number = box->segments[i].number + 1;
    }
    errno = why != 0 ? why : errno;
    return good;
}

static uint64_t bytes_of(const struct tl_outbox *box)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < box->count; i++)
        bytes += box->segments[i].bytes;
    return bytes;
}

/* Shows the counts to all. With the lock. */
static void publish(struct tl_outbox *box)
{
    uint64_t records = 0;
    for (size_t i = 0; i < box->count; i++)
        records += box->segments[i].records;
    atomic_store(&box->shown.records, records);
    atomic_store(&box->shown.bytes, bytes_of(box) - (box->count > 0 ? box->offset : 0));
    atomic_store(&box->shown.dropped, box->dropped);
    atomic_store(&box->shown.damaged, box->damaged);
}

struct tl_outbox *tl_outbox_open(const char *path, uint64_t size, bool oldest, struct tl_error *error)
{
    struct tl_outbox *box = calloc(1, sizeof *box);
    if (box == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&box->lock, NULL);
    box->lock_file = box->acked = box->tail = box->ended = -1;
    box->size = size;
    box->oldest = oldest;
    box->path = strdup(path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        box->folder = -1;
    else
        box->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); /* root may give it to a user */
    if (box->folder >= 0)
        box->lock_file = openat(box->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (box->lock_file >= 0)
        box->acked = openat(box->folder, "acked", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (box->acked < 0 || box->path == NULL) {
        tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "--spool: cannot write to %s: %s", path,
                     strerror(errno));
    } else if (flock(box->lock_file, LOCK_EX | LOCK_NB) != 0) {
        tl_error_set(error, TL_E_RUNTIME, "--spool: another process uses %s: give another folder", path);
    } else if (!load(box)) {
        tl_error_set(error, TL_E_RUNTIME, "--spool: cannot read %s: %s", path, strerror(errno));
    } else {
        publish(box);
        return box;
    }
    for (size_t i = 0; i < box->count; i++)
        box->segments[i].records++; /* not read: none goes */
    tl_outbox_close(box);
    return NULL;
}

void tl_outbox_close(struct tl_outbox *box)
{
    if (box == NULL)
        return;
    while (box->count > 0 && box->offset >= box->segments[0].bytes && box->segments[0].records == 0)
        remove_first(box); /* all is acknowledged */
    const int files[] = { box->tail, box->ended, box->acked, box->lock_file, box->folder };
    for (size_t i = 0; i < TL_COUNT(files); i++)
        if (files[i] >= 0)
            close(files[i]);
    pthread_mutex_destroy(&box->lock);
    free(box->segments);
    free(box->path);
    free(box);
}

void tl_outbox_give(struct tl_outbox *box, unsigned user, unsigned group)
{
    char name[32];
    (void)!fchown(box->folder, user, group);
    (void)!fchown(box->lock_file, user, group);
    (void)!fchown(box->acked, user, group);
    (void)!fchownat(box->folder, "refused.json", user, group, AT_SYMLINK_NOFOLLOW);
    for (size_t i = 0; i < box->count; i++) {
        name_of(name, sizeof name, box->segments[i].number);
        (void)!fchownat(box->folder, name, user, group, AT_SYMLINK_NOFOLLOW);
    }
}

/* Returns how many records of a segment are being sent. */
static uint64_t in_flight(const struct tl_outbox *box, const struct segment *segment)
{
    if (!box->flying || segment->number > box->read_segment)
        return 0;
    bool all = segment->number < box->read_segment || box->read_records > segment->records;
    return all ? segment->records : box->read_records;
}

/* Makes room for len bytes. Returns false if there is none and nothing old may go. */
static bool make_room(struct tl_outbox *box, uint64_t len)
{
    while (box->count > 0 && bytes_of(box) + len > box->size) {
        struct segment *first = &box->segments[0];
        if (!box->oldest && first->records > 0)
            return false;
        uint64_t flown = in_flight(box, first);
        box->flown += flown;
        box->dropped += first->records - flown;
        if (box->count == 1 && box->tail >= 0) {
            close(box->tail);
            box->tail = -1;
        }
        remove_first(box);
    }
    return true;
}

static bool begin_segment(struct tl_outbox *box)
{
    int fd = open_segment(box, box->next_number, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0 || !add_segment(box, box->next_number)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    box->ended = box->tail; /* append() is not called again before it is synced */
    box->tail = fd;
    if (box->count == 1)
        box->offset = 0;
    box->next_number++;
    return true;
}

static enum tl_stored append(struct tl_outbox *box, const struct tl_record_frame *frame, struct tl_error *error)
{
    size_t sensor = strlen(frame->sensor), run = strlen(frame->run);
    struct header header = { .magic = MAGIC, .length = (uint32_t)(sensor + run + frame->lines.len),
                             .sensor_len = (uint8_t)sensor, .run_len = (uint8_t)run,
                             .first = frame->first, .count = frame->count };
    uint64_t most = box->size / 8 < SEGMENT ? box->size / 8 : SEGMENT, len = sizeof header + header.length;
    struct tl_buffer whole = { 0 };
    if (frame->lines.len > FRAME_MOST / 2 || len > box->size) {
        tl_error_set(error, TL_E_RUNTIME, "a record is larger than the outbox");
        return TL_STORED_FAILED;
    }
    if (!make_room(box, len))
        return TL_STORED_FULL;
    struct segment *last = box->count > 0 ? &box->segments[box->count - 1] : NULL;
    if ((box->tail < 0 || (last->bytes > 0 && last->bytes + len > most)) && !begin_segment(box)) {
        tl_error_set(error, TL_E_RUNTIME, "cannot write to %s: %s", box->path, strerror(errno));
        return TL_STORED_FAILED;
    }
    last = &box->segments[box->count - 1];
    tl_put(&whole, &header, sizeof header);
    tl_put(&whole, frame->sensor, sensor);
    tl_put(&whole, frame->run, run);
    tl_put(&whole, frame->lines.data, frame->lines.len);
    bool good = !whole.failed;
    if (good) {
        header.checksum = checksum_of(&header, whole.data + sizeof header);
        memcpy(whole.data, &header, sizeof header);
        good = write_all(box->tail, whole.data, whole.len, last->bytes);
    }
    tl_buffer_fini(&whole);
    if (!good) {
        tl_error_set(error, TL_E_RUNTIME, "cannot write to %s: %s", box->path, strerror(errno));
        (void)!ftruncate(box->tail, (off_t)last->bytes);
        return TL_STORED_FAILED;
    }
    last->bytes += len;
    last->records += frame->count;
    box->dirty = true;
    return TL_STORED;
}

enum tl_stored tl_outbox_append(struct tl_outbox *box, const struct tl_record_frame *frame, struct tl_error *error)
{
    pthread_mutex_lock(&box->lock);
    enum tl_stored stored = append(box, frame, error);
    int ended = box->ended;
    box->ended = -1;
    publish(box);
    pthread_mutex_unlock(&box->lock);
    if (ended >= 0) {
        (void)fdatasync(ended);
        close(ended);
        (void)fsync(box->folder);
    }
    return stored;
}

/* A frame was damaged after it was counted, or its segment is gone: what is behind it cannot be found. */
static void give_up_segment(struct tl_outbox *box, size_t i)
{
    struct segment *segment = &box->segments[i];
    box->damaged++;
    box->dropped += segment->records;
    segment->records = 0;
    segment->bytes = i == 0 ? box->offset : 0;
}

/* Reads frames of a segment. GOT_FRAME: all that it has, and more fits. */
static enum got read_segment(struct tl_outbox *box, size_t i, struct tl_record_frame *frame, size_t most)
{
    const struct segment *segment = &box->segments[i];
    uint64_t offset = i == 0 ? box->offset : 0;
    enum got got = GOT_FRAME;
    if (offset >= segment->bytes)
        return GOT_FRAME;
    int fd = open_segment(box, segment->number, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ? GOT_DAMAGE : GOT_FAILURE;
    while (got == GOT_FRAME && offset < segment->bytes) {
        bool fits = frame->lines.len < most || frame->lines.len == 0;
        got = fits ? read_frame(fd, &offset, segment->bytes, frame) : GOT_OTHER;
        if (got == GOT_FRAME) {
            box->read_segment = segment->number;
            box->read_offset = offset;
        }
    }
    close(fd);
    return got;
}

/* What was being sent is sent or not: only now what made room of it is known to be lost. */
static void land(struct tl_outbox *box, bool sent)
{
    box->dropped += sent ? 0 : box->flown;
    box->flown = 0;
    box->flying = false;
}

bool tl_outbox_next(struct tl_outbox *box, struct tl_record_frame *frame, size_t most)
{
    pthread_mutex_lock(&box->lock);
    frame->lines.len = 0;
    frame->lines.failed = false;
    frame->count = 0;
    land(box, false);
    for (size_t i = 0; i < box->count; i++) {
        uint64_t before = frame->count;
        enum got got = read_segment(box, i, frame, most);
        if (frame->count > before)
            box->read_records = frame->count - before;
        if (got == GOT_DAMAGE && frame->count == 0)
            give_up_segment(box, i);
        else if (got != GOT_FRAME)
            break;
    }
    box->flying = frame->count > 0;
    publish(box);
    pthread_mutex_unlock(&box->lock);
    return frame->count > 0;
}

void tl_outbox_acknowledge(struct tl_outbox *box)
{
    pthread_mutex_lock(&box->lock);
    land(box, true);
    while (box->count > 0 && box->segments[0].number < box->read_segment)
        remove_first(box); /* never the tail: the one that was read is later */
    if (box->count > 0 && box->segments[0].number == box->read_segment) {
        struct segment *first = &box->segments[0];
        first->records -= box->read_records < first->records ? box->read_records : first->records;
        box->read_records = 0;
        box->offset = box->read_offset;
        write_acknowledged(box, box->read_segment, box->read_offset);
        bool grows = box->count == 1 && box->tail >= 0 && box->segments[0].bytes < SEGMENT / 2;
        if (box->offset >= box->segments[0].bytes && !grows) {
            if (box->count == 1 && box->tail >= 0) {
                close(box->tail);
                box->tail = -1;
            }
            remove_first(box);
        }
    }
    publish(box);
    pthread_mutex_unlock(&box->lock);
    (void)fdatasync(box->acked); /* a segment that is gone before it is sent again at worst */
}

void tl_outbox_keep(struct tl_outbox *box)
{
    pthread_mutex_lock(&box->lock);
    land(box, false);
    publish(box);
    pthread_mutex_unlock(&box->lock);
}

void tl_outbox_sync(struct tl_outbox *box)
{
    pthread_mutex_lock(&box->lock);
    int fd = box->dirty && box->tail >= 0 ? dup(box->tail) : -1;
    box->dirty = false;
    pthread_mutex_unlock(&box->lock);
    if (fd >= 0) {
        (void)fdatasync(fd);
        close(fd);
    }
}

struct tl_outbox_counts tl_outbox_count(struct tl_outbox *box)
{
    return (struct tl_outbox_counts){ .records = atomic_load(&box->shown.records),
                                      .bytes = atomic_load(&box->shown.bytes),
                                      .dropped = atomic_load(&box->shown.dropped),
                                      .damaged = atomic_load(&box->shown.damaged) };
}

bool tl_outbox_set_aside(struct tl_outbox *box, const uint8_t *line, size_t len, struct tl_error *error)
{
    struct stat st;
    int fd = openat(box->folder, "refused.json", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && fstat(fd, &st) == 0;
    if (good && st.st_size < ASIDE_MOST && !write_all(fd, line, len, (uint64_t)st.st_size)) {
        good = false;
        int why = errno;
        (void)!ftruncate(fd, st.st_size); /* no half of a line */
        errno = why;
    }
    if (!good)
        tl_error_set(error, TL_E_RUNTIME, "cannot write to %s/refused.json: %s", box->path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}
