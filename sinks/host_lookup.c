/* host_lookup.c - looks up the addresses of a host in a thread, so that the wait has a limit. */
#include "sinks/host_lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define STEP_NS INT64_C(50000000)

struct tl_host_lookup {
    pthread_mutex_t lock; /* protects: */
    pthread_cond_t change; /* monotonic */
    bool over, left;      /* the thread is done; the sink is gone: the other one frees */
    int status;           /* of getaddrinfo(3) */
    struct tl_host_addresses_found found;
    char host[256];
};

static void discard(struct tl_host_lookup *l)
{
    pthread_cond_destroy(&l->change);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void *run(void *context)
{
    struct tl_host_lookup *l = context;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct tl_host_addresses_found found = { .count = 0 };
    struct addrinfo *list = NULL;
    int status = getaddrinfo(l->host, NULL, &hints, &list);
    for (const struct addrinfo *a = status == 0 ? list : NULL; a != NULL && found.count < TL_HOST_ADDRESSES;
         a = a->ai_next)
        found.count += getnameinfo(a->ai_addr, a->ai_addrlen, found.texts[found.count], TL_HOST_ADDRESS_TEXT, NULL, 0,
                                   NI_NUMERICHOST) == 0;
    if (status == 0)
        freeaddrinfo(list);
    pthread_mutex_lock(&l->lock);
    l->over = true;
    l->status = status;
    l->found = found;
    bool left = l->left;
    pthread_cond_broadcast(&l->change);
    pthread_mutex_unlock(&l->lock);
    if (left)
        discard(l);
    return NULL;
}

static struct tl_host_lookup *begin(const char *host)
{
    struct tl_host_lookup *l = calloc(1, sizeof *l);
    pthread_condattr_t monotonic;
    pthread_attr_t detached;
    pthread_t thread;
    if (l == NULL)
        return NULL;
    snprintf(l->host, sizeof l->host, "%s", host);
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int status = pthread_create(&thread, &detached, run, l); /* signals are blocked, as here */
    pthread_attr_destroy(&detached);
    if (status == 0)
        return l;
    discard(l);
    return NULL;
}

bool tl_host_lookup(struct tl_host_lookup **lookup, const char *host, int64_t limit, const atomic_bool *stop,
                    struct tl_host_addresses_found *found, char why[TL_REASON])
{
    if (*lookup == NULL && (*lookup = begin(host)) == NULL) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    struct tl_host_lookup *l = *lookup;
    pthread_mutex_lock(&l->lock);
    for (int64_t now = 0; !l->over && !atomic_load(stop) && now < limit;) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        now = t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
        t.tv_nsec += STEP_NS;
        t.tv_sec += t.tv_nsec / 1000000000;
        t.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&l->change, &l->lock, &t);
    }
    bool over = l->over;
    int status = l->status;
    *found = l->found;
    pthread_mutex_unlock(&l->lock);
    if (!over) {
        snprintf(why, TL_REASON, "no name server answers for %.200s", host);
        return false;
    }
    discard(l);
    *lookup = NULL;
    if (found->count > 0)
        return true;
    snprintf(why, TL_REASON, "cannot look up %.200s: %s", host, status != 0 ? gai_strerror(status) : "no address");
    return false;
}

void tl_host_lookup_leave(struct tl_host_lookup *l)
{
    if (l == NULL)
        return;
    pthread_mutex_lock(&l->lock);
    bool over = l->over;
    l->left = true;
    pthread_mutex_unlock(&l->lock);
    if (over)
        discard(l);
}
