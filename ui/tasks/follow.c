/* follow.c - walks over the packets of a flow and collects their payload in order. */
#include "ui/tasks/follow.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ui/tasks/fetch.h"

enum {
    BATCH_MS = 100,      /* longer than the store takes for a batch */
    HIDE_BACK = 1 << 16, /* bytes before a packet in which its secrets may be: a message of several packets */
    HIDE_ONCE = 4,       /* bytes; shorter secrets are hidden where they are found last */
    SECRETS_MOST = 256,
};

/* A walk over the packets of a flow, continued when more packets come. */
struct walk {
    /* What is walked; does not change, so the view may read it while a task walks. */
    const struct tl_packet_source *source;
    uint32_t flow;
    struct tl_inside inside;
    /* How far. */
    uint64_t next;    /* next row to read */
    uint64_t packets; /* of the flow, read so far */
    struct tl_gone gone;
    bool ended;       /* no more packets follow */
    struct tl_fetch fetch;
    struct tl_conversation *conversation;
    void (*after)(void *context); /* called after each packet; NULL: not */
    void *context;
};

struct secret {
    uint32_t at, len;
};

struct tl_follow {
    struct tl_flow_id id;
    struct walk walk;
    struct tl_task task;
    bool last, headless;
    uint64_t place[2];
    uint8_t *bytes;                  /* owned, TL_FOLLOW_BYTES; memory is used as pages are written */
    struct tl_follow_piece *pieces;  /* owned, TL_FOLLOW_PIECES */
    uint32_t len;
    uint32_t made;                   /* pieces so far; those of a packet are published once its secrets are hidden */
    struct secret secrets[SECRETS_MOST]; /* of the packet, not yet crossed out */
    uint32_t secret_count;
    uint32_t packet_at;              /* the first byte of its pieces */
    size_t charged;                  /* bytes of both, of the panes' memory */
    _Atomic uint32_t count;
    _Atomic bool full, hides;
    _Atomic uint64_t gone;
};

/* --- the walk --- */

static bool begin(struct walk *walk, const struct tl_flow_id *id,
                  void (*take)(void *context, const struct tl_saying *saying),
                  void (*hide)(void *context, struct tl_bytes secret, uint32_t from, uint32_t to, bool sent),
                  void *context)
{
    const struct tl_packet_source *source = walk->source;
    struct tl_flow_row row;
    struct tl_conversation_options options = { .interfaces = source->interfaces,
                                               .flow = id,
                                               .memory = source->decode_memory,
                                               .checksums = source->checksums,
                                               .decode_as = source->decode_as,
                                               .keylog = source->keylog,
                                               .inside = walk->inside,
                                               .take = take,
                                               .hide = hide,
                                               .context = context };
    if (tl_store_flow(source->store, walk->flow, &row) && row.first_row != TL_STORE_NONE)
        walk->next = row.first_row;
    if (!tl_fetch_init(&walk->fetch, source))
        return false;
    walk->conversation = tl_conversation_new(&options);
    return walk->conversation != NULL;
}

static void finish(struct walk *walk)
{
    tl_conversation_free(walk->conversation);
    tl_fetch_fini(&walk->fetch);
}

/* A flow has its rows a moment before they are published: a batch at a time. */
static bool is_published(const struct tl_store *store, uint64_t row)
{
    for (unsigned i = 0; i < BATCH_MS && row >= tl_store_count(store); i++)
        (void)poll(NULL, 0, 1);
    return row < tl_store_count(store);
}

static void look_at(struct walk *walk, const struct tl_row *row)
{
    struct tl_packet packet;
    walk->packets++;
    if (tl_fetch_packet(&walk->fetch, walk->next, row, &packet))
        tl_conversation_packet(walk->conversation, &packet);
    else
        tl_gone_count(&walk->gone, walk->source, row);
}

/*
 * Reads up to the flow's newest packet; last: no more packets come, so buffered data is delivered. false: stopped, or
 * *enough.
 */
static bool go_on(struct walk *walk, struct tl_task *task, bool last, const _Atomic bool *enough)
{
    const struct tl_store *store = walk->source->store;
    struct tl_flow_row flow = { .last_row = TL_STORE_NONE };
    struct tl_row row;
    if (tl_store_first(store) > walk->next)
        walk->next = tl_store_first(store);
    if (!tl_store_flow(store, walk->flow, &flow) || flow.last_row == TL_STORE_NONE)
        return true;
    bool published = is_published(store, flow.last_row);
    uint64_t from = walk->next, end = published ? (uint64_t)flow.last_row + 1 : tl_store_count(store);
    atomic_store(&task->total, end > from ? end - from : 0);
    for (; walk->next < end; walk->next++) {
        if (tl_task_is_off(task) || (enough != NULL && atomic_load(enough)))
            return false;
        atomic_store_explicit(&task->at, walk->next - from, memory_order_relaxed);
        if (!tl_store_row(store, walk->next, &row) || row.flow != walk->flow)
            continue;
        look_at(walk, &row);
        if (walk->after != NULL)
            walk->after(walk->context);
    }
    if (published) { /* rows that were overwritten before they were read */
        uint64_t all = flow.packets[0] + flow.packets[1];
        walk->gone.evicted += all > walk->packets ? all - walk->packets : 0;
        walk->packets = all;
    }
    if ((flow.ended || last) && !walk->ended) {
        walk->ended = true;
        tl_conversation_end(walk->conversation);
    }
    return true;
}

/* --- into memory --- */

static void take(void *context, const struct tl_saying *saying)
{
    struct tl_follow *f = context;
    uint32_t count = f->made, len = saying->bytes.len;
    if (atomic_load_explicit(&f->full, memory_order_relaxed))
        return;
    bool full = count == TL_FOLLOW_PIECES || (len > 0 && f->len == TL_FOLLOW_BYTES);
    if (full) {
        atomic_store(&f->full, true);
        return;
    }
    if (len > TL_FOLLOW_BYTES - f->len)
        len = TL_FOLLOW_BYTES - f->len;
    if (!tl_memory_grow(f->walk.source->memory, &f->charged, (size_t)f->len + len + (count + 1) * sizeof *f->pieces)) {
        atomic_store(&f->full, true);
        return;
    }
    f->pieces[count] = (struct tl_follow_piece){ .place = f->place[saying->side],
                                                 .gap = saying->gap,
                                                 .at = f->len,
                                                 .len = len,
                                                 .row = (uint32_t)(saying->number - 1),
                                                 .side = (uint8_t)saying->side };
    if (len > 0)
        memcpy(f->bytes + f->len, saying->bytes.data, len);
    f->len += len;
    f->place[saying->side] += saying->bytes.len + saying->gap;
    f->made = count + 1;
    if (len < saying->bytes.len)
        atomic_store(&f->full, true);
    if ((count & 255) == 0)
        tl_task_tell(&f->task);
}

static void cross_out(struct tl_follow *f)
{
    for (uint32_t i = 0; i < f->secret_count; i++) {
        uint8_t *p = f->bytes + f->secrets[i].at;
        for (uint32_t k = 0; k < f->secrets[i].len; k++)
            p[k] = p[k] == '\r' || p[k] == '\n' ? p[k] : '*';
    }
    f->secret_count = 0;
}

/* After a packet: its secrets are crossed out when all of them were found, since they overlap. */
static void publish(void *context)
{
    struct tl_follow *f = context;
    cross_out(f);
    atomic_store_explicit(&f->count, f->made, memory_order_release);
    f->packet_at = f->len;
}

static void add_secret(struct tl_follow *f, uint32_t at, uint32_t len)
{
    if (f->secret_count == SECRETS_MOST)
        cross_out(f);
    f->secrets[f->secret_count++] = (struct secret){ at, len };
}

/*
 * Finds the secret wherever it is in the last bytes; where it is not, all that its packet brought is secret. But what a
 * protocol carries need not have all bytes of the packet: these may be encrypted, or frame it.
 */
static void hide(void *context, struct tl_bytes secret, uint32_t part_from, uint32_t part_to, bool sent)
{
    struct tl_follow *f = context;
    atomic_store(&f->hides, true);
    uint32_t from = f->packet_at > HIDE_BACK ? f->packet_at - HIDE_BACK : 0;
    const uint8_t *at = f->bytes + from, *end = f->bytes + f->len, *last = NULL;
    while (secret.len > 0 && (at = memmem(at, (size_t)(end - at), secret.data, secret.len)) != NULL) {
        last = at;
        if (secret.len >= HIDE_ONCE)
            add_secret(f, (uint32_t)(at - f->bytes) + part_from, part_to - part_from);
        at += secret.len;
    }
    if (last != NULL)
        add_secret(f, (uint32_t)(last - f->bytes) + part_from, part_to - part_from);
    else if (!sent || f->walk.inside.protocol == NULL)
        add_secret(f, f->packet_at, f->len - f->packet_at);
}

static void run(struct tl_task *task, void *context)
{
    struct tl_follow *f = context;
    void (*hides)(void *, struct tl_bytes, uint32_t, uint32_t, bool) = f->walk.source->secrets ? NULL : hide;
    if (f->walk.conversation == NULL && !begin(&f->walk, &f->id, take, hides, f)) {
        f->walk.ended = true; /* without memory: only what is there */
        return;
    }
    f->walk.after = publish;
    f->walk.context = f;
    (void)go_on(&f->walk, task, f->last, &f->full);
    publish(f);
    atomic_store(&f->gone, tl_gone_all(&f->walk.gone));
}

static void *map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p != MAP_FAILED ? p : NULL;
}

struct tl_follow *tl_follow_new(const struct tl_packet_source *source, uint32_t flow, const struct tl_flow_id *id,
                                const struct tl_inside *inside)
{
    struct tl_follow *f = calloc(1, sizeof *f);
    struct tl_flow_row row;
    if (f == NULL)
        return NULL;
    f->walk.source = source;
    f->walk.flow = flow;
    f->walk.inside = *inside;
    f->id = *id;
    f->headless = tl_store_flow(source->store, flow, &row) && row.first_row < tl_store_first(source->store);
    f->bytes = map(TL_FOLLOW_BYTES);
    f->pieces = map(TL_FOLLOW_PIECES * sizeof *f->pieces);
    if (f->bytes != NULL && f->pieces != NULL)
        return f;
    tl_follow_free(f);
    return NULL;
}

void tl_follow_free(struct tl_follow *f)
{
    if (f == NULL)
        return;
    tl_task_stop(&f->task);
    finish(&f->walk);
    tl_memory_give(f->walk.source->memory, f->charged);
    if (f->bytes != NULL)
        munmap(f->bytes, TL_FOLLOW_BYTES);
    if (f->pieces != NULL)
        munmap(f->pieces, TL_FOLLOW_PIECES * sizeof *f->pieces);
    free(f);
}

void tl_follow_read(struct tl_follow *f, bool last, int news)
{
    struct tl_flow_row flow;
    if (tl_task_runs(&f->task) || f->walk.ended || tl_follow_full(f))
        return;
    tl_task_stop(&f->task); /* its thread has returned */
    bool more = tl_store_flow(f->walk.source->store, f->walk.flow, &flow) && flow.last_row != TL_STORE_NONE &&
                (flow.last_row >= f->walk.next || flow.ended || last);
    f->last = last;
    if (more)
        (void)tl_task_start(&f->task, news, run, f);
}

bool tl_follow_reads(const struct tl_follow *f)
{
    return tl_task_runs(&f->task);
}

bool tl_follow_is_of(const struct tl_follow *f, const struct tl_inside *inside)
{
    const struct tl_inside *mine = &f->walk.inside;
    if (mine->protocol == NULL || inside->protocol == NULL)
        return mine->protocol == inside->protocol;
    return strcmp(mine->protocol, inside->protocol) == 0 && mine->stream == inside->stream;
}

uint32_t tl_follow_flow(const struct tl_follow *f)
{
    return f->walk.flow;
}

const struct tl_flow_id *tl_follow_id(const struct tl_follow *f)
{
    return &f->id;
}

uint32_t tl_follow_count(const struct tl_follow *f)
{
    return atomic_load_explicit(&f->count, memory_order_acquire);
}

const struct tl_follow_piece *tl_follow_pieces(const struct tl_follow *f)
{
    return f->pieces;
}

const uint8_t *tl_follow_bytes(const struct tl_follow *f)
{
    return f->bytes;
}

bool tl_follow_full(const struct tl_follow *f)
{
    return atomic_load(&f->full);
}

uint64_t tl_follow_gone(const struct tl_follow *f)
{
    return atomic_load(&f->gone);
}

bool tl_follow_hides(const struct tl_follow *f)
{
    return atomic_load(&f->hides);
}

bool tl_follow_headless(const struct tl_follow *f)
{
    return f->headless;
}

/* --- all of it --- */

bool tl_follow_all(struct tl_follow_all *all, struct tl_task *task)
{
    struct walk walk = { .source = all->source, .flow = all->flow, .inside = all->inside };
    bool fine = begin(&walk, &all->id, all->take, NULL, all->context) && go_on(&walk, task, true, &all->enough);
    all->gone = walk.gone;
    finish(&walk);
    return fine;
}
