/*
 * journal.c - stores the offset of every 64th packet and of each packet after a gap; headers in between are read from
 * the file.
 */
#include "export/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"
#include "export/pcapng_writer.h"

enum {
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    SECOND = 1000000000, /* ns */
    STRIDE = 64,
    ENTRIES_LEAST = 64,
    PCAP_RECORD = 16,
    BLOCK_HEAD = 8,
    BLOCK_LEAST = 12,
    BLOCK_SPB = 3,
    BLOCK_EPB = 6,
    SPB_DATA = 12,
    EPB_DATA = 28,
};

struct entry {
    _Atomic uint64_t number, offset;
};

struct tl_journal {
    struct entry *entries;   /* owned; entry i is at index i modulo capacity, a power of two */
    uint64_t capacity;
    _Atomic uint64_t count;
    _Atomic int fd;          /* owned; -1: not readable */
    bool pcapng;
    uint64_t next, entered;  /* writer only: the next packet number, and the number of the last entry */
};

struct tl_journal *tl_journal_new(size_t memory)
{
    struct tl_journal *j = calloc(1, sizeof *j);
    if (j == NULL)
        return NULL;
    j->fd = -1;
    j->capacity = ENTRIES_LEAST;
    while (j->capacity * 2 * sizeof *j->entries <= memory)
        j->capacity *= 2;
    void *p = mmap(NULL, j->capacity * sizeof *j->entries, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    j->entries = p != MAP_FAILED ? p : NULL;
    if (j->entries != NULL)
        return j;
    free(j);
    return NULL;
}

void tl_journal_free(struct tl_journal *j)
{
    if (j == NULL)
        return;
    if (j->fd >= 0)
        close(j->fd);
    munmap(j->entries, j->capacity * sizeof *j->entries);
    free(j);
}

void tl_journal_begin(struct tl_journal *j, int fd, bool pcapng)
{
    struct stat st;
    int before = atomic_exchange(&j->fd, -1);
    if (before >= 0)
        close(before);
    j->pcapng = pcapng;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        atomic_store(&j->fd, fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

static struct entry *entry_at(const struct tl_journal *j, uint64_t i)
{
    return &j->entries[i & (j->capacity - 1)];
}

void tl_journal_add(struct tl_journal *j, uint64_t number, uint64_t offset)
{
    uint64_t count = atomic_load_explicit(&j->count, memory_order_relaxed);
    bool follows = count > 0 && number == j->next;
    j->next = number + 1;
    if (follows && number - j->entered < STRIDE)
        return;
    j->entered = number;
    atomic_thread_fence(memory_order_release); /* a reader that sees the overwritten entry also sees the new count */
    atomic_store_explicit(&entry_at(j, count)->number, number, memory_order_relaxed);
    atomic_store_explicit(&entry_at(j, count)->offset, offset, memory_order_relaxed);
    atomic_store_explicit(&j->count, count + 1, memory_order_release);
}

static uint64_t number_of(const struct tl_journal *j, uint64_t i)
{
    return atomic_load_explicit(&entry_at(j, i)->number, memory_order_relaxed);
}

/* Finds the last entry with a number <= `number`, and the offset of the next entry (UINT64_MAX: none yet). */
static bool find(const struct tl_journal *j, uint64_t number, uint64_t *first, uint64_t *offset, uint64_t *end)
{
    uint64_t count = atomic_load_explicit(&j->count, memory_order_acquire);
    uint64_t low = count >= j->capacity ? count - j->capacity + 1 : 0; /* the oldest entry may be overwritten now */
    uint64_t high = count;
    if (low == high)
        return false;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (number_of(j, middle) > number)
            high = middle;
        else
            low = middle;
    }
    *first = number_of(j, low);
    *offset = atomic_load_explicit(&entry_at(j, low)->offset, memory_order_relaxed);
    *end = low + 1 < count ? atomic_load_explicit(&entry_at(j, low + 1)->offset, memory_order_relaxed) : UINT64_MAX;
    atomic_thread_fence(memory_order_acquire);
    uint64_t now = atomic_load_explicit(&j->count, memory_order_relaxed);
    return now - low < j->capacity && *first <= number; /* not overwritten during the search */
}

static bool read_at(const struct tl_journal *j, uint64_t offset, void *to, size_t len)
{
    ssize_t n;
    while ((n = pread(j->fd, to, len, (off_t)offset)) < 0 && errno == EINTR)
        continue;
    return n == (ssize_t)len;
}

/* The record at an offset: its length, and of a packet its time as stored and its bytes. */
struct piece {
    uint64_t len;
    bool packet, untimed;
    uint32_t head, caplen, wire_len;
    uint32_t time[2]; /* the higher word first */
};

static bool look(const struct tl_journal *j, uint64_t offset, struct piece *piece)
{
    uint8_t head[EPB_DATA];
    uint32_t record[PCAP_RECORD / 4];
    if (!j->pcapng) {
        if (!read_at(j, offset, record, sizeof record))
            return false;
        *piece = (struct piece){ .len = sizeof record + (uint64_t)record[2],
                                 .packet = true,
                                 .head = sizeof record,
                                 .caplen = record[2],
                                 .wire_len = record[3],
                                 .time = { record[0], record[1] } };
        return true;
    }
    if (!read_at(j, offset, head, BLOCK_HEAD))
        return false;
    *piece = (struct piece){ .len = tl_load_le32(head + 4) };
    piece->untimed = tl_load_le32(head) == BLOCK_SPB;
    piece->packet = piece->untimed || tl_load_le32(head) == BLOCK_EPB;
    piece->head = piece->untimed ? SPB_DATA : EPB_DATA;
    if (piece->len < BLOCK_LEAST || (piece->packet && !read_at(j, offset, head, piece->head)))
        return false;
    if (!piece->packet)
        return true;
    if (piece->untimed) { /* written only if it is whole */
        piece->caplen = piece->wire_len = tl_load_le32(head + 8);
        return true;
    }
    piece->time[0] = tl_load_le32(head + 12);
    piece->time[1] = tl_load_le32(head + 16);
    piece->caplen = tl_load_le32(head + 20);
    piece->wire_len = tl_load_le32(head + 24);
    return true;
}

/* Returns true if the record has this packet's time and lengths. */
static bool is_of(const struct tl_journal *j, const struct piece *piece, const struct tl_packet *packet,
                  const struct tl_interface *interface)
{
    uint32_t magic;
    if (piece->caplen != packet->caplen || piece->wire_len != packet->len)
        return false;
    if (piece->untimed)
        return packet->untimed;
    if (j->pcapng) {
        uint64_t ticks = packet->untimed ? 0 : tl_pcapng_ticks(interface, packet->ts);
        return piece->time[0] == (uint32_t)(ticks >> 32) && piece->time[1] == (uint32_t)ticks;
    }
    int64_t seconds = packet->ts / SECOND - (packet->ts % SECOND < 0);
    uint32_t rest = (uint32_t)(packet->ts - seconds * SECOND);
    return read_at(j, 0, &magic, sizeof magic) && piece->time[0] == (uint32_t)seconds &&
           piece->time[1] == (magic == MAGIC_NANOSECONDS ? rest : rest / 1000);
}

bool tl_journal_read(const struct tl_journal *j, const struct tl_packet *packet, const struct tl_interface *interface,
                     uint8_t *bytes)
{
    uint64_t at, offset, end, first, before;
    struct piece piece = { 0 };
    if (j->fd < 0 || !find(j, packet->number, &at, &offset, &end) || packet->number - at >= STRIDE)
        return false;
    for (;; offset += piece.len, at += piece.packet) {
        if (offset >= end || !look(j, offset, &piece))
            return false;
        if (piece.packet && at == packet->number)
            break;
    }
    /*
     * The record may belong to a packet after a gap that was written and entered during the search: check the end
     * again.
     */
    return is_of(j, &piece, packet, interface) && read_at(j, offset + piece.head, bytes, packet->caplen) &&
           find(j, packet->number, &first, &before, &end) && offset < end;
}
