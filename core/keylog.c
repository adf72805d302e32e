/* keylog.c - a table of secrets by the client's random, in chunks of memory of their own. */
#include "core/keylog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

enum { CHUNK_ENTRIES = 512, BUCKETS_LEAST = 256, NONE = 0xffffffff, MASTER = 48 };

struct entry {
    uint64_t from;  /* number of the first packet that may use it */
    uint32_t next;  /* in the bucket; NONE: the last */
    uint8_t label, len;
    uint8_t random[TL_KEYLOG_RANDOM];
    uint8_t secret[TL_KEYLOG_SECRET];
};

struct tl_keylog {
    pthread_mutex_t lock; /* protects all that is not atomic */
    size_t limit;         /* bytes of all entries */
    uint64_t seed[4];
    struct entry **chunks; /* owned: each CHUNK_ENTRIES, from tl_secret_memory() */
    uint32_t chunk_count;
    uint32_t count;       /* entries */
    uint32_t *buckets;    /* owned: the first entry of each */
    uint32_t bucket_count; /* a power of 2 */
    _Atomic uint64_t expected; /* from this packet on; UINT64_MAX: not */
    _Atomic uint64_t counted;
    atomic_bool growing, any;
    const struct tl_rsa_keys *rsa; /* NULL: none */
    tl_premaster_open *open;
};

void tl_wipe(void *p, size_t n)
{
    if (n > 0)
        explicit_bzero(p, n);
}

void *tl_secret_memory(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    (void)madvise(p, n, MADV_DONTDUMP);
    (void)mlock(p, n); /* the limit of locked memory is small: without it secrets can be swapped out */
    return p;
}

void tl_secret_memory_free(void *p, size_t n)
{
    if (p == NULL)
        return;
    tl_wipe(p, n);
    (void)munmap(p, n);
}

struct tl_keylog *tl_keylog_new(size_t limit)
{
    struct tl_keylog *log = calloc(1, sizeof *log);
    if (log == NULL || pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    log->limit = limit;
    atomic_init(&log->expected, UINT64_MAX);
    if (getrandom(log->seed, sizeof log->seed, GRND_NONBLOCK) < 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (unsigned i = 0; i < TL_COUNT(log->seed); i++)
            log->seed[i] = ((uint64_t)now.tv_nsec + i) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return log;
}

void tl_keylog_free(struct tl_keylog *log)
{
    if (log == NULL)
        return;
    for (uint32_t i = 0; i < log->chunk_count; i++)
        tl_secret_memory_free(log->chunks[i], CHUNK_ENTRIES * sizeof(struct entry));
    free(log->chunks);
    free(log->buckets);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* --- the table --- */

static struct entry *entry_at(const struct tl_keylog *log, uint32_t index)
{
    return &log->chunks[index / CHUNK_ENTRIES][index % CHUNK_ENTRIES];
}

/* Seeded: a capture may have randoms that were chosen to fill one bucket. */
static uint32_t hash_of(const struct tl_keylog *log, const uint8_t random[TL_KEYLOG_RANDOM])
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < 4; i += 2) {
        unsigned __int128 product = (unsigned __int128)(tl_load_le64(random + (size_t)8 * i) ^ log->seed[i]) *
                                    (tl_load_le64(random + (size_t)8 * i + 8) ^ log->seed[i + 1]);
        hash = (hash * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *bucket_of(const struct tl_keylog *log, const uint8_t random[TL_KEYLOG_RANDOM])
{
    return &log->buckets[hash_of(log, random) & (log->bucket_count - 1)];
}

/* Returns the session's secret for the packet, or NULL. label TL_KEYLOG_LABELS: any. The lock is held. */
static const struct entry *find(const struct tl_keylog *log, enum tl_keylog_label label, const uint8_t *random,
                                uint64_t number)
{
    if (log->bucket_count == 0)
        return NULL;
    for (uint32_t i = *bucket_of(log, random); i != NONE; i = entry_at(log, i)->next) {
        const struct entry *e = entry_at(log, i);
        if ((e->label == label || label == TL_KEYLOG_LABELS) && e->from <= number &&
            memcmp(e->random, random, TL_KEYLOG_RANDOM) == 0)
            return e;
    }
    return NULL;
}

static bool grow_buckets(struct tl_keylog *log)
{
    if (log->count < log->bucket_count)
        return true;
    uint32_t count = log->bucket_count > 0 ? log->bucket_count * 2 : BUCKETS_LEAST;
    uint32_t *grown = malloc(count * sizeof *grown);
    if (grown == NULL)
        return log->bucket_count > 0;
    memset(grown, 0xff, count * sizeof *grown);
    free(log->buckets);
    log->buckets = grown;
    log->bucket_count = count;
    for (uint32_t i = 0; i < log->count; i++) {
        struct entry *e = entry_at(log, i);
        uint32_t *bucket = bucket_of(log, e->random);
        e->next = *bucket;
        *bucket = i;
    }
    return true;
}

static bool grow_chunks(struct tl_keylog *log)
{
    if (log->count < log->chunk_count * CHUNK_ENTRIES)
        return true;
    if ((size_t)(log->chunk_count + 1) * CHUNK_ENTRIES * sizeof(struct entry) > log->limit)
        return false;
    struct entry **chunks = realloc(log->chunks, (log->chunk_count + 1) * sizeof *chunks);
    if (chunks == NULL)
        return false;
    log->chunks = chunks;
    chunks[log->chunk_count] = tl_secret_memory(CHUNK_ENTRIES * sizeof(struct entry));
    if (chunks[log->chunk_count] == NULL)
        return false;
    log->chunk_count++;
    return true;
}

/* The lock is held. */
static bool insert(struct tl_keylog *log, const struct entry *new)
{
    if (find(log, new->label, new->random, new->from) != NULL)
        return true;
    if (!grow_chunks(log) || !grow_buckets(log))
        return false;
    struct entry *e = entry_at(log, log->count);
    uint32_t *bucket = bucket_of(log, new->random);
    *e = *new;
    e->next = *bucket;
    *bucket = log->count++;
    atomic_store_explicit(&log->any, true, memory_order_release);
    return true;
}

/* --- lines --- */

/* Labels whose secrets are not used are known, so that they are not taken for mistakes. */
static const struct {
    const char *name;
    enum tl_keylog_label label;
} labels[] = {
    { "CLIENT_RANDOM", TL_KEYLOG_MASTER },
    { "CLIENT_EARLY_TRAFFIC_SECRET", TL_KEYLOG_CLIENT_EARLY },
    { "CLIENT_HANDSHAKE_TRAFFIC_SECRET", TL_KEYLOG_CLIENT_HANDSHAKE },
    { "SERVER_HANDSHAKE_TRAFFIC_SECRET", TL_KEYLOG_SERVER_HANDSHAKE },
    { "CLIENT_TRAFFIC_SECRET_0", TL_KEYLOG_CLIENT_TRAFFIC },
    { "SERVER_TRAFFIC_SECRET_0", TL_KEYLOG_SERVER_TRAFFIC },
};

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Cuts the next word off the line. */
static struct tl_bytes word(struct tl_bytes *line)
{
    uint32_t n = 0;
    while (n < line->len && line->data[n] != ' ')
        n++;
    struct tl_bytes word = { line->data, n };
    uint32_t skip = n < line->len ? n + 1 : n;
    *line = (struct tl_bytes){ line->data + skip, line->len - skip };
    return word;
}

/* Returns the number of bytes; 0: these are no hexadecimal digits, or too many. */
static uint32_t read_hex(struct tl_bytes digits, uint8_t *out, uint32_t most)
{
    if (digits.len % 2 != 0 || digits.len / 2 > most)
        return 0;
    for (uint32_t i = 0; i < digits.len / 2; i++) {
        int high = digit(digits.data[2 * i]), low = digit(digits.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return digits.len / 2;
}

static bool is_label(struct tl_bytes name)
{
    for (uint32_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return name.len > 0 && name.data[0] >= 'A';
}

/* Secrets have the size of a hash; the master secret that of its own (RFC 5246 section 8.1). */
static bool fits(enum tl_keylog_label label, uint32_t len)
{
    return label == TL_KEYLOG_MASTER ? len == MASTER : len == 32 || len == 48;
}

static enum tl_keylog_line read_line(struct tl_keylog *log, struct tl_bytes line, uint64_t from, struct entry *e)
{
    while (line.len > 0 && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' '))
        line.len--;
    if (line.len == 0 || line.data[0] == '#')
        return TL_KEYLOG_IGNORED;
    if (line.len > TL_KEYLOG_LINE)
        return TL_KEYLOG_WRONG;
    struct tl_bytes name = word(&line), random = word(&line), secret = line;
    unsigned i = 0;
    while (i < TL_COUNT(labels) &&
           (name.len != strlen(labels[i].name) || memcmp(name.data, labels[i].name, name.len) != 0))
        i++;
    if (i == TL_COUNT(labels)) { /* a label of a newer version, or for something else */
        uint8_t bytes[TL_KEYLOG_LINE / 2];
        bool known = is_label(name) && read_hex(random, bytes, sizeof bytes) > 0 &&
                     read_hex(secret, bytes, sizeof bytes) > 0;
        tl_wipe(bytes, sizeof bytes);
        return known ? TL_KEYLOG_IGNORED : TL_KEYLOG_WRONG;
    }
    *e = (struct entry){ .from = from, .label = (uint8_t)labels[i].label };
    e->len = (uint8_t)read_hex(secret, e->secret, sizeof e->secret);
    if (read_hex(random, e->random, sizeof e->random) != sizeof e->random || !fits(labels[i].label, e->len))
        return TL_KEYLOG_WRONG;
    pthread_mutex_lock(&log->lock);
    bool done = insert(log, e);
    pthread_mutex_unlock(&log->lock);
    return done ? TL_KEYLOG_ADDED : TL_KEYLOG_FULL;
}

enum tl_keylog_line tl_keylog_add(struct tl_keylog *log, struct tl_bytes line, uint64_t from)
{
    struct entry e = { 0 };
    enum tl_keylog_line result = read_line(log, line, from, &e);
    tl_wipe(&e, sizeof e);
    return result;
}

enum tl_keylog_line tl_keylog_put(struct tl_keylog *log, enum tl_keylog_label label,
                                  const uint8_t random[TL_KEYLOG_RANDOM], const uint8_t *secret, uint32_t len,
                                  uint64_t from)
{
    struct entry e = { .from = from, .label = (uint8_t)label, .len = (uint8_t)len };
    if (len > sizeof e.secret)
        return TL_KEYLOG_WRONG;
    memcpy(e.random, random, sizeof e.random);
    memcpy(e.secret, secret, len);
    pthread_mutex_lock(&log->lock);
    bool done = insert(log, &e);
    pthread_mutex_unlock(&log->lock);
    tl_wipe(&e, sizeof e);
    return done ? TL_KEYLOG_ADDED : TL_KEYLOG_FULL;
}

void tl_keylog_add_text(struct tl_keylog *log, struct tl_bytes text, uint64_t from, struct tl_keylog_faults *faults)
{
    for (uint64_t number = 1; text.len > 0; number++) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        uint32_t len = end != NULL ? (uint32_t)(end - text.data) : text.len;
        enum tl_keylog_line result = tl_keylog_add(log, (struct tl_bytes){ text.data, len }, from);
        if (result == TL_KEYLOG_WRONG && faults->wrong++ == 0)
            faults->first_line = number;
        faults->full += result == TL_KEYLOG_FULL;
        uint32_t taken = end != NULL ? len + 1 : len;
        text = (struct tl_bytes){ text.data + taken, text.len - taken };
    }
}

/* --- questions --- */

uint32_t tl_keylog_find(struct tl_keylog *log, enum tl_keylog_label label, const uint8_t random[TL_KEYLOG_RANDOM],
                        uint64_t number, uint8_t secret[TL_KEYLOG_SECRET])
{
    uint32_t len = 0;
    if (!atomic_load_explicit(&log->any, memory_order_acquire))
        return 0;
    pthread_mutex_lock(&log->lock);
    const struct entry *e = find(log, label, random, number);
    if (e != NULL) {
        len = e->len;
        memcpy(secret, e->secret, len);
    }
    pthread_mutex_unlock(&log->lock);
    return len;
}

bool tl_keylog_has(struct tl_keylog *log, const uint8_t random[TL_KEYLOG_RANDOM], uint64_t number)
{
    if (!atomic_load_explicit(&log->any, memory_order_acquire))
        return false;
    pthread_mutex_lock(&log->lock);
    bool has = find(log, TL_KEYLOG_LABELS, random, number) != NULL;
    pthread_mutex_unlock(&log->lock);
    return has;
}

void tl_keylog_use_rsa(struct tl_keylog *log, const struct tl_rsa_keys *keys, tl_premaster_open *open)
{
    log->rsa = keys;
    log->open = open;
}

bool tl_keylog_has_rsa(const struct tl_keylog *log)
{
    return log->rsa != NULL;
}

bool tl_keylog_premaster(const struct tl_keylog *log, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER])
{
    return log->rsa != NULL && log->open(log->rsa, sealed, secret);
}

void tl_keylog_expect(struct tl_keylog *log, uint64_t from)
{
    if (from < atomic_load(&log->expected)) /* only the capture side calls this */
        atomic_store(&log->expected, from);
}

bool tl_keylog_expects(struct tl_keylog *log, uint64_t number)
{
    uint64_t from = atomic_load_explicit(&log->expected, memory_order_relaxed);
    return from != UINT64_MAX && number >= from; /* UINT64_MAX: none are */
}

void tl_keylog_grows(struct tl_keylog *log)
{
    tl_keylog_expect(log, 0);
    atomic_store(&log->growing, true);
}

bool tl_keylog_is_growing(const struct tl_keylog *log)
{
    return atomic_load_explicit(&log->growing, memory_order_relaxed);
}

void tl_keylog_count(struct tl_keylog *log)
{
    atomic_fetch_add(&log->counted, 1);
}

uint64_t tl_keylog_counted(const struct tl_keylog *log)
{
    return atomic_load(&log->counted);
}

size_t tl_keylog_used(struct tl_keylog *log)
{
    pthread_mutex_lock(&log->lock);
    size_t used = log->chunk_count * CHUNK_ENTRIES * sizeof(struct entry) + log->bucket_count * sizeof(uint32_t);
    pthread_mutex_unlock(&log->lock);
    return used;
}
