/* processes.c - the processes of flows of this host, in a capture. */
#include "enrich/processes.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "enrich/finder.h"
#include "enrich/host_addresses.h"

enum { WAYS = 8, SETS = 4096 }; /* answers that are kept: of a set the oldest gives way */

struct kept {
    uint64_t number; /* of the answer; 0: empty */
    struct tl_finder_answer answer;
};

struct tl_processes {
    int channel, stop; /* stop: an eventfd */
    pthread_t thread;
    bool started;
    struct tl_host_addresses addresses;
    void (*ended)(void *context);
    void *context;
    atomic_ullong unasked, lost;
    pthread_mutex_t lock; /* of what follows */
    uint64_t number;
    struct kept kept[SETS][WAYS];
};

static struct kept *set_of(struct tl_processes *p, uint64_t flow, uint8_t depth)
{
    uint64_t hash = (flow * 32 + depth) * UINT64_C(0x9e3779b97f4a7c15);
    return p->kept[(hash >> 40) % SETS];
}

static void keep(struct tl_processes *p, const struct tl_finder_answer *answer)
{
    pthread_mutex_lock(&p->lock);
    struct kept *set = set_of(p, answer->flow, answer->depth), *place = set;
    for (unsigned i = 1; i < WAYS; i++)
        if (set[i].number < place->number)
            place = &set[i];
    *place = (struct kept){ ++p->number, *answer };
    pthread_mutex_unlock(&p->lock);
}

static void *run(void *context)
{
    struct tl_processes *p = context;
    struct tl_finder_answer answer;
    for (;;) {
        struct pollfd wait[] = { { p->channel, POLLIN, 0 }, { p->addresses.netlink, POLLIN, 0 }, { p->stop, POLLIN, 0 } };
        if (poll(wait, TL_COUNT(wait), -1) < 0 && errno != EINTR)
            return NULL;
        if (wait[2].revents != 0)
            return NULL;
        if (wait[1].revents != 0)
            tl_host_addresses_update(&p->addresses);
        if (wait[0].revents == 0)
            continue;
        ssize_t n = recv(p->channel, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            break; /* the finder has ended */
        if (n == (ssize_t)sizeof answer)
            keep(p, &answer);
    }
    p->ended(p->context);
    return NULL;
}

struct tl_processes *tl_processes_new(int channel, void (*ended)(void *context), void *context, struct tl_error *error)
{
    struct tl_processes *p = calloc(1, sizeof *p);
    if (p == NULL) {
        close(channel);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    p->channel = channel;
    p->ended = ended;
    p->context = context;
    pthread_mutex_init(&p->lock, NULL);
    p->stop = eventfd(0, EFD_CLOEXEC);
    if (tl_host_addresses_init(&p->addresses) && p->stop >= 0)
        return p;
    tl_error_set(error, TL_E_RUNTIME, "--process: cannot ask the kernel for the addresses of this host: %s",
                 strerror(errno));
    tl_processes_free(p);
    return NULL;
}

enum tl_failure tl_processes_start(struct tl_processes *p, struct tl_error *error)
{
    int status = pthread_create(&p->thread, NULL, run, p);
    p->started = status == 0;
    return p->started ? TL_E_NONE
                      : tl_error_set(error, TL_E_RUNTIME, "--process: cannot start a thread: %s", strerror(status));
}

void tl_processes_free(struct tl_processes *p)
{
    if (p == NULL)
        return;
    if (p->started && write(p->stop, &(uint64_t){ 1 }, sizeof(uint64_t)) == (ssize_t)sizeof(uint64_t))
        pthread_join(p->thread, NULL);
    close(p->channel);
    if (p->stop >= 0)
        close(p->stop);
    tl_host_addresses_fini(&p->addresses);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void tl_processes_begin(struct tl_processes *p, const struct tl_flow_id *id)
{
    if (id->ip_proto != 6 && id->ip_proto != 17)
        return;
    for (unsigned side = 0; side < 2; side++) {
        const uint8_t *local = side == 0 ? id->orig_addr : id->resp_addr;
        const uint8_t *remote = side == 0 ? id->resp_addr : id->orig_addr;
        struct tl_finder_question question = { .flow = id->first_pkt, .depth = id->depth };
        if (!tl_host_addresses_has(&p->addresses, id->version, local))
            continue;
        question.ends.version = id->version;
        question.ends.ip_proto = id->ip_proto;
        question.ends.local_port = side == 0 ? id->orig_port : id->resp_port;
        question.ends.remote_port = side == 0 ? id->resp_port : id->orig_port;
        memcpy(question.ends.local, local, sizeof question.ends.local);
        memcpy(question.ends.remote, remote, sizeof question.ends.remote);
        if (send(p->channel, &question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            continue;
        bool gone = errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED;
        atomic_fetch_add_explicit(gone ? &p->lost : &p->unasked, 1, memory_order_relaxed);
    }
}

/* Takes an answer out of those that are kept. Sides may have changed since the flow began, so addresses are compared. */
static bool take(struct tl_processes *p, const struct tl_flow_id *id, unsigned side, struct tl_finder_answer *answer)
{
    bool found = false;
    const uint8_t *local = side == 0 ? id->orig_addr : id->resp_addr;
    uint16_t port = side == 0 ? id->orig_port : id->resp_port;
    pthread_mutex_lock(&p->lock);
    struct kept *set = set_of(p, id->first_pkt, id->depth);
    for (unsigned i = 0; i < WAYS && !found; i++) {
        const struct tl_finder_answer *a = &set[i].answer;
        found = set[i].number != 0 && a->flow == id->first_pkt && a->depth == id->depth &&
                a->ends.local_port == port && memcmp(a->ends.local, local, sizeof a->ends.local) == 0;
        if (found) {
            *answer = *a;
            set[i].number = 0;
        }
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void put_text(struct tl_conn_record *r, unsigned field, struct tl_bytes *text, char *room, size_t size,
                     const char *from)
{
    size_t len = strnlen(from, size);
    memcpy(room, from, len);
    *text = tl_bytes_of(room, len);
    if (len > 0)
        tl_record_set(&r->head, field);
}

void tl_processes_fill(struct tl_processes *p, struct tl_conn_record *r, const struct tl_flow_id *id)
{
    struct tl_finder_answer a;
    if (id->ip_proto != 6 && id->ip_proto != 17)
        return;
    for (unsigned side = 0; side < 2; side++) {
        unsigned first = TL_CONN_ADDED + side * TL_CONN_OF_END;
        struct tl_conn_end *end = &r->ends[side];
        struct tl_conn_room *room = &r->room[side];
        if (!take(p, id, side, &a))
            continue;
        end->pid = a.pid;
        end->uid = a.uid;
        tl_record_set(&r->head, first + TL_CONN_PID);
        tl_record_set(&r->head, first + TL_CONN_UID);
        put_text(r, first + TL_CONN_PROCESS, &end->process, room->process, sizeof a.process, a.process);
        put_text(r, first + TL_CONN_COMMAND, &end->command, room->command, sizeof a.command, a.command);
        put_text(r, first + TL_CONN_CONTAINER, &end->container, room->container, sizeof a.container, a.container);
    }
}

uint64_t tl_processes_unasked(const struct tl_processes *p)
{
    return atomic_load_explicit(&p->unasked, memory_order_relaxed);
}

uint64_t tl_processes_lost(const struct tl_processes *p)
{
    return atomic_load_explicit(&p->lost, memory_order_relaxed);
}
