/* backlog.c - a list of blocks and copies of blocks, from the oldest to the newest. */
#include "pipeline/backlog.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define QUIET_NS INT64_C(3000000000) /* without a loss, before the end of the losses is reported */

struct item {
    struct item *next;
    struct tl_block *held;      /* a block of the feed; NULL: a copy; packets, extras and bytes follow this struct */
    struct tl_block copy;
    size_t size;                /* of a copy, bytes */
};

struct tl_backlog {
    struct tl_backlog_options options;
    pthread_mutex_t lock;       /* protects the list and the members below */
    pthread_cond_t put;
    struct item *oldest, *newest;
    struct item *taken;         /* being written */
    uint32_t held;              /* blocks, including the taken one */
    size_t copied;              /* bytes of copies, including the taken one */
    struct item end;            /* the last block, if there was no room for it */
    _Atomic uint64_t left_out;
    struct {                    /* state of tl_backlog_news() */
        bool begun;             /* losses were reported, but not their total yet */
        uint64_t before, last;  /* packets left out before; at the last call */
        int64_t since;          /* time of the last change of that count */
    } said;
};

struct tl_backlog *tl_backlog_new(const struct tl_backlog_options *options)
{
    struct tl_backlog *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->options = *options;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->put, NULL);
    return b;
}

static void free_item(struct tl_backlog *b, struct item *item)
{
    if (item->held != NULL)
        tl_feed_release(b->options.feed, item->held);
    if (item != &b->end)
        free(item);
}

void tl_backlog_free(struct tl_backlog *b)
{
    if (b == NULL)
        return;
    for (struct item *item = b->oldest, *next; item != NULL; item = next) {
        next = item->next;
        free_item(b, item);
    }
    pthread_cond_destroy(&b->put);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* --- the capture side --- */

/* Bytes that belong to a packet: pcapng options follow its own bytes. */
static size_t bytes_of(const struct tl_packet *packet)
{
    return packet->options_len > 0 ? (((size_t)packet->caplen + 3) & ~(size_t)3) + packet->options_len : packet->caplen;
}

static size_t size_of_copy(const struct tl_block *block)
{
    size_t size = sizeof(struct item) + block->count * sizeof *block->packets +
                  block->extra_count * sizeof *block->extras;
    for (uint32_t i = 0; i < block->count; i++)
        size += bytes_of(&block->packets[i]);
    for (uint32_t i = 0; i < block->extra_count; i++)
        size += block->extras[i].block.len;
    return size;
}

static const uint8_t *copy_bytes(uint8_t **at, const uint8_t *bytes, size_t len)
{
    uint8_t *to = *at;
    if (len > 0)
        memcpy(to, bytes, len);
    *at += len;
    return to;
}

/* Copies everything that sinks of packets read; `item` has room for it. */
static void copy_block(struct item *item, const struct tl_block *block)
{
    struct tl_packet *packets = (struct tl_packet *)(item + 1);
    struct tl_extra *extras = (struct tl_extra *)(packets + block->count);
    uint8_t *at = (uint8_t *)(extras + block->extra_count);
    for (uint32_t i = 0; i < block->count; i++) {
        packets[i] = block->packets[i];
        packets[i].bytes = copy_bytes(&at, packets[i].bytes, bytes_of(&packets[i]));
    }
    for (uint32_t i = 0; i < block->extra_count; i++) {
        extras[i] = block->extras[i];
        extras[i].block.data = copy_bytes(&at, extras[i].block.data, extras[i].block.len);
    }
    item->copy.packets = packets;
    item->copy.extras = extras;
    item->copy.count = block->count;
    item->copy.extra_count = block->extra_count;
    item->copy.sequence = block->sequence;
    item->copy.mark = block->mark;
    item->copy.mark_number = block->mark_number;
    item->copy.last = block->last;
    item->copy.timed = block->timed;
    item->copy.skipped = block->skipped;
}

/* Reserves room for another block, or for `size` bytes of a copy. Returns false if there is none. */
static bool reserve(struct tl_backlog *b, size_t size)
{
    pthread_mutex_lock(&b->lock);
    bool room = size == 0 ? b->held < b->options.blocks : size <= b->options.memory - b->copied;
    b->held += room && size == 0;
    b->copied += room ? size : 0;
    pthread_mutex_unlock(&b->lock);
    return room;
}

static void append(struct tl_backlog *b, struct item *item)
{
    pthread_mutex_lock(&b->lock);
    if (b->newest != NULL)
        b->newest->next = item;
    else
        b->oldest = item;
    b->newest = item;
    pthread_cond_signal(&b->put);
    pthread_mutex_unlock(&b->lock);
}

static void give_back(struct tl_backlog *b, bool held, size_t copied)
{
    pthread_mutex_lock(&b->lock);
    b->held -= held;
    b->copied -= copied;
    pthread_mutex_unlock(&b->lock);
}

static bool hold(struct tl_backlog *b, struct tl_block *block)
{
    if (!reserve(b, 0))
        return false;
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        give_back(b, true, 0);
        return false;
    }
    item->held = block;
    append(b, item);
    return true;
}

static bool keep_copy(struct tl_backlog *b, const struct tl_block *block)
{
    size_t size = size_of_copy(block);
    if (!reserve(b, size))
        return false;
    struct item *item = malloc(size);
    if (item == NULL) {
        give_back(b, false, size);
        return false;
    }
    *item = (struct item){ .size = size };
    copy_block(item, block);
    append(b, item);
    return true;
}

void tl_backlog_end(struct tl_backlog *b)
{
    b->end.copy.last = true;
    append(b, &b->end);
}

void tl_backlog_put(struct tl_backlog *b, struct tl_block *block)
{
    if (hold(b, block))
        return;
    /* no packets, only a time mark: more will come */
    bool mere_mark = block->count == 0 && block->extra_count == 0 && !block->last;
    if (!mere_mark && !keep_copy(b, block)) {
        atomic_fetch_add_explicit(&b->left_out, block->count, memory_order_relaxed);
        if (block->last)
            tl_backlog_end(b);
    }
    tl_feed_release(b->options.feed, block);
}

/* --- the writing side --- */

const struct tl_block *tl_backlog_take(struct tl_backlog *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->oldest == NULL)
        pthread_cond_wait(&b->put, &b->lock);
    struct item *item = b->oldest;
    b->oldest = item->next;
    if (b->oldest == NULL)
        b->newest = NULL;
    pthread_mutex_unlock(&b->lock);
    b->taken = item;
    return item->held != NULL ? item->held : &item->copy;
}

void tl_backlog_done(struct tl_backlog *b)
{
    struct item *item = b->taken;
    give_back(b, item->held != NULL, item->size);
    free_item(b, item);
}

uint64_t tl_backlog_left_out(const struct tl_backlog *b)
{
    return atomic_load_explicit(&b->left_out, memory_order_relaxed);
}

bool tl_backlog_news(struct tl_backlog *b, int64_t now, char *text, size_t size)
{
    uint64_t left_out = tl_backlog_left_out(b);
    if (left_out != b->said.last) {
        b->said.last = left_out;
        b->said.since = now;
        if (b->said.begun)
            return false;
        b->said.begun = true;
        snprintf(text, size, "packets are left out of -w: its disk or reader does not keep up (they are counted)");
        return true;
    }
    pthread_mutex_lock(&b->lock);
    bool over = b->said.begun && b->oldest == NULL && now - b->said.since >= QUIET_NS;
    pthread_mutex_unlock(&b->lock);
    if (!over)
        return false;
    snprintf(text, size, "-w is written again: %" PRIu64 " packets were left out of it", left_out - b->said.before);
    b->said.before = left_out;
    b->said.begun = false;
    return true;
}
