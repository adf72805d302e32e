/* ranking.c - fetches the keys, sorts, hands over. */
#include "ui/tasks/ranking.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/bytes.h"

/* Pause between two orders: at least so long, and so many times the duration of the last one. */
enum { PAUSE_LEAST_MS = 300, PAUSE_TIMES = 8 };

struct item {
    uint64_t key;
    uint32_t index;
};

struct tl_ranking {
    struct tl_ranked ranked;
    uint32_t most;
    struct tl_memory *memory;
    int wake;
    struct item *items;    /* owned by the thread */
    uint32_t room;
    pthread_t thread;

    pthread_mutex_t lock;  /* of the view and this thread, for all fields below */
    pthread_cond_t change;
    bool stop, wanted, hurry;
    unsigned column;
    bool descending;
    struct tl_rank_order *order; /* made, and not yet taken */
};

uint64_t tl_ranking_text(const char *text, unsigned word)
{
    size_t from = word * sizeof(uint64_t);
    uint64_t key = 0;
    if (strnlen(text, from) < from)
        return 0;
    text += from;
    for (unsigned i = 0; i < sizeof key; i++)
        key = key << 8 | (*text != '\0' ? (uint8_t)*text++ : 0);
    return key;
}

uint64_t tl_ranking_signed(int64_t n)
{
    return (uint64_t)n ^ UINT64_C(1) << 63;
}

/* IPv6 addresses have a 1 in front, so they need a bit more than two words. */
uint64_t tl_ranking_address(unsigned version, const uint8_t *address, unsigned word)
{
    if (version == 4)
        return word == 0 ? tl_load_be32(address) : 0;
    uint64_t high = tl_load_be64(address), low = tl_load_be64(address + 8);
    return word == 0 ? UINT64_C(1) << 63 | high >> 1 : word == 1 ? high << 63 | low >> 1 : low << 63;
}

static int up(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->key != y->key ? x->key < y->key ? -1 : 1 : x->index < y->index ? -1 : x->index > y->index;
}

static int down(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->key != y->key ? x->key > y->key ? -1 : 1 : x->index < y->index ? -1 : x->index > y->index;
}

static size_t order_size(uint32_t room)
{
    return sizeof(struct tl_rank_order) + (size_t)room * sizeof(uint32_t);
}

void tl_order_free(struct tl_rank_order *order)
{
    if (order != NULL)
        tl_memory_give(order->memory, order_size(order->room));
    free(order);
}

static bool make_room(struct tl_ranking *r, uint32_t count)
{
    if (count <= r->room)
        return true;
    uint32_t room = count + count / 4 + 64;
    size_t more = (size_t)(room - r->room) * sizeof *r->items;
    if (!tl_memory_take(r->memory, more))
        return false;
    struct item *grown = realloc(r->items, room * sizeof *grown);
    if (grown == NULL) {
        tl_memory_give(r->memory, more);
        return false;
    }
    r->items = grown;
    r->room = room;
    return true;
}

/* Room for so many items, and for sorting them. */
static struct tl_rank_order *new_order(struct tl_ranking *r, uint32_t room)
{
    if (!make_room(r, room) || !tl_memory_take(r->memory, order_size(room)))
        return NULL;
    struct tl_rank_order *order = malloc(order_size(room));
    if (order == NULL)
        tl_memory_give(r->memory, order_size(room));
    else
        *order = (struct tl_rank_order){ .memory = r->memory, .room = room };
    return order;
}

/* Sorts items whose words so far are equal by the next word. */
static void sort(const struct tl_ranked *ranked, struct item *items, size_t count, unsigned column, bool descending,
                 unsigned word)
{
    qsort(items, count, sizeof *items, descending ? down : up);
    if (++word >= ranked->words[column])
        return;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && items[end].key == items[first].key; end++)
            continue;
        if (end == first + 1)
            continue;
        for (size_t i = first; i < end; i++) {
            if (!ranked->key(ranked->context, items[i].index, column, word, &items[i].key))
                items[i].key = 0;
        }
        sort(ranked, items + first, end - first, column, descending, word);
    }
}

/* If memory is short, only as many of the last ones as fit are sorted. */
static struct tl_rank_order *make(struct tl_ranking *r, unsigned column, bool descending)
{
    uint32_t first = r->ranked.first(r->ranked.context), end = r->ranked.end(r->ranked.context), room = end - first;
    if (room > r->most)
        room = r->most;
    struct tl_rank_order *order = new_order(r, room);
    for (; order == NULL && room > 0; order = new_order(r, room))
        room /= 2;
    if (order == NULL)
        return NULL;
    for (uint32_t i = end - room; i < end; i++) {
        struct item item = { .index = r->ranked.number != NULL ? r->ranked.number(r->ranked.context, i) : i };
        if (r->ranked.key(r->ranked.context, item.index, column, 0, &item.key))
            r->items[order->count++] = item;
    }
    if (order->count > 0)
        sort(&r->ranked, r->items, order->count, column, descending, 0);
    for (uint32_t i = 0; i < order->count; i++)
        order->items[i] = r->items[i].index;
    order->left_out = end - first - room;
    return order;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Waits for a request, and then until `earliest`, unless a different order is requested. */
static void wait_for_wish(struct tl_ranking *r, int64_t earliest)
{
    struct timespec until = { .tv_sec = earliest / 1000000000, .tv_nsec = earliest % 1000000000 };
    while (!r->stop && !r->wanted)
        pthread_cond_wait(&r->change, &r->lock);
    while (!r->stop && !r->hurry && pthread_cond_timedwait(&r->change, &r->lock, &until) != ETIMEDOUT)
        continue;
}

static void hand_over(struct tl_ranking *r, struct tl_rank_order *order)
{
    uint64_t one = 1;
    tl_order_free(r->order);
    r->order = order;
    if (write(r->wake, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *run(void *context)
{
    struct tl_ranking *r = context;
    int64_t earliest = 0;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        wait_for_wish(r, earliest);
        if (r->stop)
            break;
        unsigned column = r->column;
        bool descending = r->descending;
        r->wanted = r->hurry = false;
        pthread_mutex_unlock(&r->lock);
        int64_t begin = now_ns();
        struct tl_rank_order *order = make(r, column, descending);
        int64_t end = now_ns(), pause = (end - begin) * PAUSE_TIMES, least = (int64_t)PAUSE_LEAST_MS * 1000000;
        earliest = end + (pause > least ? pause : least);
        pthread_mutex_lock(&r->lock);
        if (order != NULL)
            hand_over(r, order);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

struct tl_ranking *tl_ranking_new(const struct tl_ranked *ranked, uint32_t most, struct tl_memory *memory, int wake)
{
    struct tl_ranking *r = calloc(1, sizeof *r);
    pthread_condattr_t monotonic;
    if (r == NULL)
        return NULL;
    r->ranked = *ranked;
    r->most = most;
    r->memory = memory;
    r->wake = wake;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&r->thread, NULL, run, r) == 0)
        return r;
    pthread_cond_destroy(&r->change);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return NULL;
}

void tl_ranking_free(struct tl_ranking *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->change);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->change);
    pthread_mutex_destroy(&r->lock);
    tl_order_free(r->order);
    tl_memory_give(r->memory, r->room * sizeof *r->items);
    free(r->items);
    free(r);
}

void tl_ranking_want(struct tl_ranking *r, unsigned column, bool descending)
{
    pthread_mutex_lock(&r->lock);
    r->hurry |= column != r->column || descending != r->descending;
    r->column = column;
    r->descending = descending;
    r->wanted = true;
    pthread_cond_signal(&r->change);
    pthread_mutex_unlock(&r->lock);
}

struct tl_rank_order *tl_ranking_take(struct tl_ranking *r)
{
    pthread_mutex_lock(&r->lock);
    struct tl_rank_order *order = r->order;
    r->order = NULL;
    pthread_mutex_unlock(&r->lock);
    return order;
}
