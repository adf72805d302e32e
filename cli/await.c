/* await.c - decodes what arrives, and asks the filter. */
#include "cli/await.h"

#include "cli/frames.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "pipeline/detail.h"

#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 1, MEMORY = 16 << 20 };

enum tl_failure tl_await_init(struct tl_await *w, const char *filter, struct tl_error *error)
{
    struct tl_interface ethernet = { .linktype = ETHERNET, .decimals = 9, .section = UINT32_MAX };
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
    bool fine = w->run != NULL && w->interfaces != NULL && w->arrival != NULL &&
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
}

static struct tl_packet packet_of(struct tl_await *w, int64_t ts, struct tl_bytes frame)
{
    return (struct tl_packet){ .ts = ts,
                               .etime = ts,
                               .number = ++w->number,
                               .bytes = frame.data,
                               .caplen = frame.len,
                               .len = frame.len,
                               .linktype = ETHERNET };
}

void tl_await_sent(struct tl_await *w, struct tl_bytes frame)
{
    w->sent = tl_frame_log_now();
    const struct tl_packet packet = packet_of(w, w->sent, frame);
    tl_detail_before(w->detail, &packet);
}

bool tl_await_answer(struct tl_await *w, struct tl_wire *wire, int64_t deadline)
{
    while (!tl_signals_interrupted() && tl_wire_receive(wire, deadline, w->arrival)) {
        struct tl_arrival *a = w->arrival;
        if (a->ours) {
            w->sent = a->ts; /* the kernel's time is nearer to the wire */
            continue;
        }
        const struct tl_packet packet = packet_of(w, a->ts, (struct tl_bytes){ a->bytes, a->len });
        struct tl_scene scene = { .packet = &packet,
                                  .interface = tl_interfaces_get(w->interfaces, 0),
                                  .tree = tl_detail_packet(w->detail, &packet),
                                  .first_ts = a->ts,
                                  .previous_ts = a->ts };
        w->came = a->ts;
        if (tl_predicate_packet(w->run, &scene))
            return true;
    }
    return false;
}
