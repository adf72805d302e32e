/* feed.c - turns sources into blocks: numbers, engine time, capture filter, shards, and the pool of blocks. */
#include "capture/feed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "capture/clock.h"
#include "capture/filter.h"
#include "core/time.h"

enum {
    BLOCK_PACKETS_MOST = 4096,
    BATCH = 256,               /* packets requested from a source at once: parsed data is still in the cache */
    BLOCK_READ_MOST = 1 << 16, /* packets read for a block if the filter passes few of them */
    EXTRAS = 128,
};
/*
 * Engine time that a block may span, in ns: 73 years. Workers then compare times that are less than 2^63 ns apart, even
 * if every packet of a batch advances engine time by TL_ETIME_STEP_MOST.
 */
#define SPAN_MOST (INT64_C(1) << 61)
_Static_assert(BATCH * TL_ETIME_STEP_MOST < SPAN_MOST, "a batch spans less than a block may");

/* A block of the pool. */
struct slot {
    struct tl_block block;    /* first member: callers get a pointer to it */
    struct tl_source *source; /* owner of the packets' memory; NULL: none */
    struct slot *next;        /* in the pool, or in flight */
    bool done;                /* in flight, without references */
    uint16_t *order;          /* owned; NULL for one worker */
    uint32_t *start;
};

struct tl_feed {
    struct tl_feed_options options;
    struct tl_filter *filter; /* NULL: everything passes, or the source filters */
    struct tl_filter *source_filter;       /* the filter given to the source */
    _Atomic(struct tl_filter *) new_filter; /* will replace either */
    char *filter_text;
    bool live;
    struct slot *slots;
    struct tl_clock clock;
    int64_t given;   /* engine time of the last packet that passed */
    uint64_t number; /* number of the last packet read */
    uint64_t passed;
    uint64_t sequence;
    uint32_t source; /* index of the current source */
    bool ended;      /* the last block was returned */
    bool sharded;    /* the source calls the shard parser */
    _Atomic bool stopped;
    _Atomic uint64_t skipped;
    struct tl_error error;

    pthread_mutex_t lock; /* protects the members below */
    pthread_cond_t freed;
    struct slot *pool;
    struct slot *oldest, *newest; /* in flight, in order */
    bool releasing;               /* a thread is freeing finished blocks */
    uint32_t analysed;            /* live: blocks at the workers or at the writer of records */
};

static bool slot_init(struct slot *s, const struct tl_feed_options *options)
{
    /* One more slot than requested, for a source's peek(). */
    s->block.packets = calloc((size_t)options->block_packets + 1, sizeof(*s->block.packets));
    s->block.capacity = options->block_packets + 1;
    s->block.extras = calloc(EXTRAS, sizeof(*s->block.extras));
    s->block.extra_capacity = EXTRAS;
    bool fine = s->block.packets != NULL && s->block.extras != NULL;
    if (options->workers > 1) {
        s->order = calloc(options->block_packets, sizeof(*s->order));
        s->start = calloc((size_t)options->workers + 1, sizeof(*s->start));
        fine = fine && s->order != NULL && s->start != NULL;
    }
    return fine;
}

/* Takes ownership of the filter. It is passed to the source if that filters itself. */
static enum tl_failure use_filter(struct tl_feed *feed, struct tl_filter *filter, struct tl_error *error)
{
    struct tl_source *source = feed->live ? feed->options.sources[0] : NULL;
    struct tl_filter **place = source != NULL && source->ops->filter != NULL ? &feed->source_filter : &feed->filter;
    enum tl_failure failure = place == &feed->source_filter ? source->ops->filter(source, filter, error) : TL_E_NONE;
    tl_filter_free(failure == TL_E_NONE ? *place : filter);
    if (failure == TL_E_NONE)
        *place = filter;
    return failure;
}

/* The interfaces of pcap and snoop files are known when they are open, those of pcapng files are not. */
static enum tl_failure check_filter(struct tl_feed *feed, struct tl_filter *filter, struct tl_error *error)
{
    const struct tl_feed_options *o = &feed->options;
    if (feed->live || o->interfaces == NULL)
        return TL_E_NONE;
    return tl_filter_use_files(filter, o->interfaces, tl_interfaces_count(o->interfaces) == o->source_count, error);
}

static bool init_filter(struct tl_feed *feed, struct tl_error *error)
{
    const struct tl_feed_options *options = &feed->options;
    if (options->filter == NULL || options->filter[0] == '\0')
        return true;
    struct tl_filter *filter = tl_filter_new(options->filter, options->exact_filter, error);
    if (filter == NULL)
        return false;
    if (check_filter(feed, filter, error) != TL_E_NONE) {
        tl_filter_free(filter);
        return false;
    }
    feed->filter_text = strdup(tl_filter_text(filter));
    if (feed->filter_text == NULL) {
        tl_filter_free(filter);
        tl_error_set(error, TL_E_RUNTIME, "no memory for the capture filter");
        return false;
    }
    return use_filter(feed, filter, error) == TL_E_NONE;
}

static bool init(struct tl_feed *feed, struct tl_error *error)
{
    const struct tl_feed_options *options = &feed->options;
    feed->live = options->source_count == 1 && options->sources[0]->live;
    if (!init_filter(feed, error))
        return false;
    const struct tl_source *source = options->sources[0];
    feed->sharded = feed->live && options->sharding.shard != NULL && source->ops->shards != NULL &&
                    source->ops->shards(options->sources[0], &options->sharding);
    feed->slots = calloc(options->block_count, sizeof(*feed->slots));
    bool fine = feed->slots != NULL;
    for (uint32_t i = 0; fine && i < options->block_count; i++) {
        fine = slot_init(&feed->slots[i], options);
        feed->slots[i].next = feed->pool;
        feed->pool = &feed->slots[i];
    }
    if (!fine)
        tl_error_set(error, TL_E_RUNTIME, "no memory for packet blocks");
    return fine;
}

struct tl_feed *tl_feed_new(const struct tl_feed_options *options, struct tl_error *error)
{
    struct tl_feed *feed = calloc(1, sizeof(*feed));
    if (feed == NULL || pthread_mutex_init(&feed->lock, NULL) != 0) {
        free(feed);
        tl_error_set(error, TL_E_RUNTIME, "no memory to read packets");
        return NULL;
    }
    if (pthread_cond_init(&feed->freed, NULL) != 0) {
        pthread_mutex_destroy(&feed->lock);
        free(feed);
        tl_error_set(error, TL_E_RUNTIME, "no memory to read packets");
        return NULL;
    }
    feed->options = *options;
    if (feed->options.workers == 0)
        feed->options.workers = 1;
    feed->options.sharding.workers = feed->options.workers;
    if (feed->options.block_count == 0)
        feed->options.block_count = 1;
    if (feed->options.block_packets == 0 || feed->options.block_packets > BLOCK_PACKETS_MOST)
        feed->options.block_packets = BLOCK_PACKETS_MOST;
    if (!init(feed, error)) {
        tl_feed_free(feed);
        return NULL;
    }
    return feed;
}

void tl_feed_free(struct tl_feed *feed)
{
    if (feed == NULL)
        return;
    for (uint32_t i = 0; feed->slots != NULL && i < feed->options.block_count; i++) {
        free(feed->slots[i].block.packets);
        free(feed->slots[i].block.extras);
        free(feed->slots[i].order);
        free(feed->slots[i].start);
    }
    free(feed->slots);
    tl_filter_free(feed->filter);
    tl_filter_free(feed->source_filter);
    tl_filter_free(atomic_load(&feed->new_filter));
    free(feed->filter_text);
    pthread_cond_destroy(&feed->freed);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

/* The pool. */

static struct slot *slot_get(struct tl_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    while (feed->pool == NULL)
        pthread_cond_wait(&feed->freed, &feed->lock);
    struct slot *s = feed->pool;
    feed->pool = s->next;
    pthread_mutex_unlock(&feed->lock);
    struct tl_block *block = &s->block;
    block->count = block->extra_count = 0;
    block->order = NULL;
    block->start = NULL;
    block->file_end = 0;
    block->last = block->timed = block->skipped = block->waits = false;
    block->backing = NULL;
    s->source = NULL;
    s->next = NULL;
    s->done = false;
    return s;
}

/* A quarter of the blocks, at least one, is reserved for others than the workers, including the one being filled. */
static uint32_t kept_back(const struct tl_feed *feed)
{
    return feed->options.block_count / 4 > 1 ? feed->options.block_count / 4 : 1;
}

uint32_t tl_feed_spare(const struct tl_feed *feed)
{
    return kept_back(feed) - 1;
}

/*
 * While workers are too slow, blocks skip them, go to -w only and come back soon. So do blocks with a time mark only:
 * the next block for the workers carries the time too.
 */
static void slot_send_live(struct tl_feed *feed, struct tl_block *block)
{
    if (!feed->options.skip)
        return;
    pthread_mutex_lock(&feed->lock);
    block->skipped = !block->last && feed->analysed >= feed->options.block_count - kept_back(feed);
    feed->analysed += !block->skipped;
    pthread_mutex_unlock(&feed->lock);
    if (block->skipped)
        atomic_fetch_add_explicit(&feed->skipped, block->count, memory_order_relaxed);
}

static void slot_send(struct tl_feed *feed, struct slot *s)
{
    s->block.sequence = feed->sequence++;
    atomic_store_explicit(&s->block.refs, 1, memory_order_release);
    if (feed->live) {
        slot_send_live(feed, &s->block);
        return;
    }
    pthread_mutex_lock(&feed->lock);
    if (feed->newest != NULL)
        feed->newest->next = s;
    else
        feed->oldest = s;
    feed->newest = s;
    pthread_mutex_unlock(&feed->lock);
}

static void slot_release_live(struct tl_feed *feed, struct slot *s)
{
    if (s->source != NULL)
        s->source->ops->release(s->source, &s->block);
    pthread_mutex_lock(&feed->lock);
    s->next = feed->pool;
    feed->pool = s;
    pthread_cond_signal(&feed->freed);
    pthread_mutex_unlock(&feed->lock);
}

void tl_feed_analysed(struct tl_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->analysed--;
    pthread_mutex_unlock(&feed->lock);
}

/*
 * File sources get their blocks back in order and from one thread at a time. The lock is not held, because this may be
 * slow.
 */
void tl_feed_release(struct tl_feed *feed, struct tl_block *block)
{
    if (atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (feed->live) {
        slot_release_live(feed, (struct slot *)block);
        return;
    }
    pthread_mutex_lock(&feed->lock);
    ((struct slot *)block)->done = true;
    if (!feed->releasing) {
        feed->releasing = true;
        while (feed->oldest != NULL && feed->oldest->done) {
            struct slot *s = feed->oldest;
            feed->oldest = s->next;
            if (feed->oldest == NULL)
                feed->newest = NULL;
            pthread_mutex_unlock(&feed->lock);
            if (s->source != NULL)
                s->source->ops->release(s->source, &s->block);
            pthread_mutex_lock(&feed->lock);
            s->next = feed->pool;
            feed->pool = s;
            pthread_cond_signal(&feed->freed);
        }
        feed->releasing = false;
    }
    pthread_mutex_unlock(&feed->lock);
}

/* Time. */

/* Returns the number of the first packet after `number` that is chosen. */
static uint64_t next_chosen(const struct tl_chosen *chosen, uint64_t number)
{
    for (uint64_t at = number; at < chosen->packets;) {
        uint64_t word = chosen->bits[at / 64] >> (at % 64);
        if (word != 0)
            return at + (uint64_t)__builtin_ctzll(word) + 1;
        at = (at / 64 + 1) * 64;
    }
    return number + 1;
}

/* Numbers the packets from `from` on and sets their engine time. */
static void stamp(struct tl_feed *feed, struct slot *s, uint32_t from, bool end)
{
    struct tl_block *block = &s->block;
    struct tl_packet *packets = block->packets;
    uint32_t count = block->count;
    uint64_t number = feed->number;
    const struct tl_chosen *chosen = feed->options.chosen, *listed = chosen != NULL && chosen->listed ? chosen : NULL;
    struct tl_clock clock = feed->clock;
    for (uint32_t i = from; i < count; i++) {
        struct tl_packet *packet = &packets[i];
        number = listed == NULL ? number + 1 : next_chosen(listed, number);
        packet->number = number;
        uint64_t ahead = (uint64_t)packet->ts - (uint64_t)clock.at;
        if (TL_LIKELY(clock.started && ahead <= (uint64_t)TL_CLOCK_STEP)) {
            clock.now = (int64_t)((uint64_t)clock.now + ahead);
            clock.at = packet->ts;
        } else {
            int64_t next_ts = 0;
            const int64_t *next = NULL;
            if (i + 1 < count)
                next = &packets[i + 1].ts;
            else if (!end && s->source->ops->peek != NULL && tl_clock_is_step(&clock, packet->ts) &&
                     s->source->ops->peek(s->source, block, &next_ts))
                next = &next_ts;
            tl_clock_advance(&clock, packet->ts, next);
        }
        packet->etime = clock.now;
    }
    feed->number = number;
    feed->clock = clock;
}

/* What passes. */

static void shard(const struct tl_feed *feed, struct tl_packet *packets, uint32_t n)
{
    const struct tl_sharding *o = &feed->options.sharding;
    if (o->shard != NULL && !feed->sharded)
        o->shard(o->context, packets, n, o->workers);
}

/*
 * Moves the passing packets, and their extras, together. Returns true when `most` is reached: the input ends with that
 * packet.
 */
static bool sift(struct tl_feed *feed, struct tl_block *block, uint32_t from, uint32_t extra)
{
    const struct tl_feed_options *o = &feed->options;
    uint32_t out = from;
    if (o->chosen == NULL && feed->filter == NULL && o->most == 0) { /* all pass */
        feed->passed += block->count - from;
        shard(feed, &block->packets[from], block->count - from);
        return false;
    }
    for (uint32_t i = from; i < block->count; i++) {
        for (; extra < block->extra_count && block->extras[extra].before <= i; extra++)
            block->extras[extra].before = out;
        if (o->chosen != NULL && !tl_chosen_has(o->chosen, block->packets[i].number))
            continue;
        if (feed->filter != NULL && !tl_filter_passes(feed->filter, &block->packets[i]))
            continue;
        if (out != i)
            block->packets[out] = block->packets[i];
        shard(feed, &block->packets[out], 1);
        out++;
        if (++feed->passed == o->most) {
            feed->number = block->packets[i].number;
            feed->clock.now = block->packets[i].etime;
            block->count = out;
            block->extra_count = extra;
            return true;
        }
    }
    for (; extra < block->extra_count; extra++)
        block->extras[extra].before = out;
    block->count = out;
    return false;
}

/*
 * Returns true if the block spans so much engine time that it is full. While no packet passes, engine time stays near
 * the last packet that passed: flows are idle after 36 years as well as after more.
 */
static bool spans_enough(struct tl_feed *feed, const struct tl_block *block)
{
    if (block->count > 0) {
        feed->given = block->packets[block->count - 1].etime;
        return tl_etime_between(block->packets[0].etime, feed->clock.now) > SPAN_MOST;
    }
    if (feed->passed == 0)
        feed->given = feed->clock.now;
    if (tl_etime_between(feed->given, feed->clock.now) > SPAN_MOST / 2)
        feed->clock.now = tl_etime_add(feed->given, SPAN_MOST / 2);
    return false;
}

/* Counting sort by shard, so that a worker finds its packets without reading the others'. */
static void distribute(const struct tl_feed *feed, struct slot *s)
{
    struct tl_block *block = &s->block;
    uint32_t workers = feed->options.workers;
    memset(s->start, 0, ((size_t)workers + 1) * sizeof(*s->start));
    for (uint32_t i = 0; i < block->count; i++)
        s->start[block->packets[i].shard]++;
    uint32_t sum = 0;
    for (uint32_t w = 0; w <= workers; w++) {
        sum += s->start[w];
        s->start[w] = sum;
    }
    for (uint32_t i = block->count; i-- > 0;)
        s->order[--s->start[block->packets[i].shard]] = (uint16_t)i;
    block->order = s->order;
    block->start = s->start;
}

/* Filling a block. */

static uint32_t ask_for(const struct tl_feed *feed, const struct tl_block *block)
{
    uint64_t ask = feed->options.block_packets - block->count;
    if (ask > BATCH)
        ask = BATCH;
    if (feed->options.most != 0 && ask > feed->options.most - feed->passed)
        ask = feed->filter == NULL && feed->options.chosen == NULL ? feed->options.most - feed->passed : ask;
    return (uint32_t)ask;
}

enum outcome { BLOCK_FULL, SOURCE_ENDED, INPUT_ENDED };

static enum outcome fill(struct tl_feed *feed, struct slot *s)
{
    struct tl_source *source = feed->options.sources[feed->source];
    struct tl_block *block = &s->block;
    const struct tl_feed_options *o = &feed->options;
    bool sifts = feed->filter != NULL || o->chosen != NULL || o->sharding.shard != NULL || o->most != 0;
    uint64_t read = 0;
    s->source = source;
    while (block->count < feed->options.block_packets && read < BLOCK_READ_MOST) {
        if (!feed->live && atomic_load_explicit(&feed->stopped, memory_order_relaxed))
            return INPUT_ENDED;
        uint32_t from = block->count, extra = block->extra_count, ask = ask_for(feed, block);
        bool end = false;
        source->ops->next(source, block, ask, &end, &feed->error);
        uint32_t got = block->count - from;
        read += got;
        stamp(feed, s, from, end);
        if (sifts && sift(feed, block, from, extra))
            return INPUT_ENDED;
        bool enough = spans_enough(feed, block);
        block->waits = source->waits && got < ask;
        if (end)
            return SOURCE_ENDED;
        if (enough || got < ask)
            break;
    }
    return BLOCK_FULL;
}

/* Live: packets captured before the stop are still returned; the source reports when they end. */
static bool is_cut_off(const struct tl_feed *feed)
{
    return !feed->live && atomic_load(&feed->stopped);
}

struct tl_block *tl_feed_next(struct tl_feed *feed)
{
    if (feed->ended)
        return NULL;
    struct tl_filter *filter = atomic_exchange(&feed->new_filter, NULL);
    if (filter != NULL)
        use_filter(feed, filter, &feed->error);
    struct slot *s = slot_get(feed);
    struct tl_block *block = &s->block;
    enum outcome outcome = INPUT_ENDED;
    while (feed->source < feed->options.source_count && !is_cut_off(feed)) {
        outcome = fill(feed, s);
        if (outcome != SOURCE_ENDED)
            break;
        feed->source++;
        if (block->backing != NULL)
            break;
    }
    block->last = outcome == INPUT_ENDED || feed->source == feed->options.source_count || is_cut_off(feed);
    if (block->backing == NULL)
        s->source = NULL;
    block->timed = block->timed && feed->clock.started;
    if (block->timed)
        tl_clock_advance(&feed->clock, block->mark, NULL);
    block->mark = feed->clock.started ? feed->clock.now : INT64_MIN;
    block->mark_number = feed->number;
    if (feed->options.workers > 1)
        distribute(feed, s);
    feed->ended = block->last;
    if (outcome == INPUT_ENDED && s->source != NULL && s->source->ops->settle != NULL)
        s->source->ops->settle(s->source, block);
    slot_send(feed, s);
    return block;
}

enum tl_failure tl_feed_set_filter(struct tl_feed *feed, const char *expression, struct tl_error *error)
{
    struct tl_error why = { .kind = TL_E_NONE };
    struct tl_filter *filter = tl_filter_new(expression != NULL ? expression : "", feed->options.exact_filter, &why);
    if (filter != NULL && check_filter(feed, filter, &why) != TL_E_NONE) {
        tl_filter_free(filter);
        filter = NULL;
    }
    if (filter == NULL)
        return tl_error_set(error, why.kind, "%s", why.text);
    tl_filter_free(atomic_exchange(&feed->new_filter, filter));
    return TL_E_NONE;
}

const char *tl_feed_filter_text(const struct tl_feed *feed)
{
    return feed->filter_text;
}

uint64_t tl_feed_skipped(const struct tl_feed *feed)
{
    return atomic_load_explicit(&feed->skipped, memory_order_relaxed);
}

/* For files the flag is enough; a source that waits for bytes must be woken. */
void tl_feed_stop(struct tl_feed *feed)
{
    atomic_store(&feed->stopped, true);
    for (uint32_t i = 0; i < feed->options.source_count; i++) {
        struct tl_source *source = feed->options.sources[i];
        if (source->ops->stop != NULL)
            source->ops->stop(source);
    }
}

enum tl_failure tl_feed_failure(const struct tl_feed *feed, struct tl_error *error)
{
    struct tl_error first = feed->error;
    if (first.kind == TL_E_NONE && feed->filter != NULL)
        tl_filter_failure(feed->filter, &first);
    if (first.kind != TL_E_NONE)
        tl_error_set(error, first.kind, "%s", first.text);
    return first.kind;
}
