/* await.c - decodes what arrives, and asks the filter. */
#include "cli/await.h"

#include "cli/frames.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "core/linktype.h"
#include "pipeline/detail.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY = 16 << 20 };

enum tl_failure tl_await_init(struct tl_await *w, const char *filter, struct tl_error *error)
{
    struct tl_interface ethernet = { .linktype = TL_LINKTYPE_ETHERNET, .decimals = 9, .section = UINT32_MAX };
    const struct tl_names names = tl_select_names(&w->select);
    struct tl_problem problem;
    w->select.predicate = tl_predicate_new(tl_bytes_of(filter, strlen(filter)), &names, false, &problem);
    if (w->select.predicate == NULL) {
        tl_tell_place(filter, problem.at, problem.len);
        return tl_error_set(error, TL_E_USAGE, "--expect: %s", problem.text);
    }
    w->run = tl_predicate_run_new(w->select.predicate);
    w->interfaces = tl_interfaces_new();
    w->arrival = malloc(sizeof *w->arrival);
    w->requests = calloc(TL_AWAIT_REQUESTS, sizeof *w->requests);
    bool fine = w->run != NULL && w->requests != NULL && w->interfaces != NULL && w->arrival != NULL &&
                tl_interfaces_add(w->interfaces, &ethernet) == 0;
    if (fine) {
        struct tl_detail_options detail = { .interfaces = w->interfaces, .memory = MEMORY };
        w->detail = tl_detail_new(&detail);
    }
    return w->detail != NULL ? TL_E_NONE : tl_error_set(error, TL_E_RUNTIME, "out of memory");
}

void tl_await_fini(struct tl_await *w)
{
    tl_detail_free(w->detail);
    tl_interfaces_free(w->interfaces);
    tl_predicate_run_free(w->run);
    tl_select_fini(&w->select);
    free(w->arrival);
    free(w->requests);
}

static struct tl_packet packet_of(struct tl_await *w, int64_t ts, struct tl_bytes frame)
{
    return (struct tl_packet){ .ts = ts,
                               .etime = ts,
                               .number = ++w->number,
                               .bytes = frame.data,
                               .caplen = frame.len,
                               .len = frame.len,
                               .linktype = TL_LINKTYPE_ETHERNET };
}

/*
 * Whether it is the frame that was sent last, as far as its IP payload and its addresses tell: on interfaces without
 * Ethernet the kernel completes the header.
 */
static bool comes_back(const struct tl_await *w, const struct tl_arrival *a)
{
    enum { FRONT = 14, V4 = FRONT + 20, V6 = FRONT + 40 };
    bool v6 = a->len > V6 && a->bytes[12] == 0x86;
    uint32_t header = v6 ? V6 : V4, addresses = v6 ? FRONT + 8 : FRONT + 12;
    uint32_t len = a->len < sizeof w->last ? a->len : sizeof w->last;
    if (a->len != w->last_len || len <= header)
        return false;
    return memcmp(a->bytes + addresses, w->last + addresses, len - addresses) == 0;
}

void tl_await_begin(struct tl_await *w, uint64_t number)
{
    w->current = &w->requests[number % TL_AWAIT_REQUESTS];
    *w->current = (struct tl_await_request){ .number = number };
}

void tl_await_sent(struct tl_await *w, struct tl_bytes frame)
{
    w->last_len = frame.len;
    memcpy(w->last, frame.data, frame.len < sizeof w->last ? frame.len : sizeof w->last);
    w->current->sent = tl_frame_log_now();
    const struct tl_packet packet = packet_of(w, w->current->sent, frame);
    const struct tl_tree *tree = tl_detail_packet(w->detail, &packet);
    if (tree != NULL)
        tl_pairing_request(&w->current->pairing, tree);
}

/* Finds the request that a packet answers; NULL: another one than those that are known. */
static struct tl_await_request *request_of(struct tl_await *w, const struct tl_tree *tree)
{
    const struct tl_pairing answer = tl_pairing_answer(tree);
    struct tl_await_request *found = NULL;
    int best = 0, now = tl_pairing_compare(&w->current->pairing, &answer);
    for (unsigned i = 1; i <= TL_AWAIT_REQUESTS; i++) { /* from the oldest to the current one */
        struct tl_await_request *r = &w->requests[(w->current->number + i) % TL_AWAIT_REQUESTS];
        int score = r->number != 0 ? tl_pairing_compare(&r->pairing, &answer) : 0;
        if (score > best || (score == best && score > 0 && found->answered)) {
            best = score;
            found = r;
        }
    }
    return found != NULL ? found : now == 0 ? w->current : NULL;
}

const struct tl_await_request *tl_await_answer(struct tl_await *w, struct tl_wire *wire, int64_t deadline, bool *again)
{
    while (!tl_signals_interrupted() && tl_wire_receive(wire, deadline, w->arrival)) {
        struct tl_arrival *a = w->arrival;
        bool same = comes_back(w, a);
        if (a->ours && same)
            w->current->sent = a->ts; /* the kernel's time is nearer to the wire */
        if (a->ours || same) /* on lo, what is sent arrives */
            continue;
        const struct tl_packet packet = packet_of(w, a->ts, (struct tl_bytes){ a->bytes, a->len });
        struct tl_scene scene = { .packet = &packet,
                                  .interface = tl_interfaces_get(w->interfaces, 0),
                                  .tree = tl_detail_packet(w->detail, &packet),
                                  .first_ts = a->ts,
                                  .previous_ts = a->ts };
        if (scene.tree == NULL || !tl_predicate_packet(w->run, &scene))
            continue;
        struct tl_await_request *request = request_of(w, scene.tree);
        if (request == NULL)
            continue;
        *again = request->answered;
        request->answered = true;
        return request;
    }
    return NULL;
}
