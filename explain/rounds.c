/*
 * rounds.c - how much a side sends in each round trip, and how fast it passes: slow start after a pause, cuts of the
 * congestion window (RFC 5681, RFC 9438, RFC 3168), the level rate of a shaper (Kanuparthy and Dovrolis, 2011).
 */
#include "explain/rounds.h"

#include "core/time.h"

#define MS INT64_C(1000000)

enum { ROUNDS_TO_CUT = 4 };

static const int64_t restart_idle = 200 * MS, restart_rtt = 10 * MS, slot_least = 25 * MS;

/* --- cuts of the congestion window --- */

/* A round ended. What was sent after a cut is compared with what was sent before it, and again before the next one. */
static void end_round(struct tl_end_facts *e, uint64_t bytes, bool gap)
{
    struct tl_cuts *c = &e->cuts;
    uint64_t last = e->rounds.last;
    if (bytes == 0)
        return;
    c->rounds++;
    if (gap) { /* the program had nothing to send: the window was not what limits */
        c->gaps++;
        c->before = c->low = 0;
        return;
    }
    if (c->before == 0) {
        if (c->low != 0 && (bytes + last) / 2 >= c->low + c->low / 12) {
            c->regrown++;
            c->low = 0;
        }
        return;
    }
    if (++c->wait == 1) { /* of it a part was sent before the cut, in slow start more than before */
        c->before = bytes > c->before ? bytes : c->before;
        return;
    }
    c->after += bytes / (ROUNDS_TO_CUT - 1);
    if (c->wait < ROUNDS_TO_CUT)
        return;
    if (c->after * 100 <= c->before * 88) {
        c->cut++;
        c->low = c->after;
    } else {
        c->uncut++;
        c->low = 0;
    }
    c->before = 0;
}

void tl_rounds_cut(struct tl_end_facts *e, struct tl_events *cause, uint64_t number)
{
    struct tl_cuts *c = &e->cuts;
    const struct tl_rounds *r = &e->rounds;
    uint64_t before = r->bytes > r->last ? r->bytes : r->last;
    tl_events_add(cause, number, 0);
    if (c->before != 0 || before == 0)
        return;
    if (c->low != 0 && before >= c->low + c->low / 12) /* it has grown since the last cut */
        c->regrown++;
    c->low = 0;
    c->before = before;
    c->after = 0;
    c->wait = 0;
    c->bounded += e->offered > 0 && before >= e->offered / 10 * 7;
}

/* --- rounds --- */

/* The next round begins. After a pause the first round is small, and the second comes a round trip after it. */
static void next_round(struct tl_end_facts *e, const struct tl_frame *frame, int64_t lasts, int64_t rtt, bool idle)
{
    struct tl_rounds *r = &e->rounds;
    struct tl_rounds next = { .ts = frame->ts, .last = r->bytes };
    if (idle) {
        next.first = frame->number;
        next.before = r->bytes > r->last ? r->bytes : r->last;
    } else if (r->first != 0 && lasts < rtt * 8 / 5 && r->bytes > 0 && r->bytes >= (uint64_t)e->biggest * 2 &&
               r->bytes <= r->before / 2) {
        next.grows_from = r->bytes;
        next.begun = r->first;
        next.before = r->before;
    }
    *r = next;
}

/*
 * A sender that paused longer than its retransmission time-out makes its window smaller, down to the first one (RFC 5681
 * section 4.1; Linux halves it for each such time). That is seen if it has sent twice as much in a round trip before the
 * pause, and goes on a round trip later with more, though the peer has said nothing.
 */
void tl_rounds_data(struct tl_end_facts *e, const struct tl_frame *frame, int64_t rtt, bool idle_before)
{
    struct tl_rounds *r = &e->rounds;
    if (rtt < restart_rtt)
        return;
    int64_t lasts = r->ts != 0 ? tl_time_between(r->ts, frame->ts) : 0;
    int64_t pause = e->last_new_ts > 0 ? tl_time_between(e->last_new_ts, frame->ts) : 0;
    bool idle = idle_before && pause >= restart_idle && pause >= rtt * 2;
    if (r->ts == 0 || idle || lasts < 0 || lasts >= rtt * 3 / 4) {
        end_round(e, r->ts != 0 ? r->bytes : 0, idle_before && pause >= rtt * 3 / 2);
        next_round(e, frame, lasts, rtt, idle);
    }
    r->bytes += frame->seg.payload_len;
    if (r->grows_from == 0 || r->bytes < r->grows_from + r->grows_from / 2)
        return;
    int64_t lost = 0;
    for (uint64_t bytes = r->grows_from; bytes < r->before; bytes *= 2)
        lost += rtt;
    tl_events_add(&e->restarts, r->begun, lost);
    e->restart_before = r->before;
    r->grows_from = 0;
}

/* --- the rate --- */

/* Two slots become one, so that all of the transfer has room. */
static void merge_slots(struct tl_rate *r)
{
    for (unsigned i = 0; i < TL_RATE_SLOTS / 2; i++) {
        const struct tl_rate_slot *a = &r->slots[2 * i], *b = a + 1;
        r->slots[i] = (struct tl_rate_slot){ a->bytes + b->bytes, a->rtt + b->rtt, a->rtts + b->rtts };
    }
    for (unsigned i = TL_RATE_SLOTS / 2; i < TL_RATE_SLOTS; i++)
        r->slots[i] = (struct tl_rate_slot){ .bytes = 0 };
    r->width *= 2;
    r->used = TL_RATE_SLOTS / 2;
}

/* Returns the slot of a time; NULL: it is before the first one, or too long after it. */
static struct tl_rate_slot *slot_at(struct tl_rate *r, int64_t ts)
{
    const int64_t width_most = INT64_C(3600000) * MS;
    if (r->from == 0) {
        r->from = ts;
        r->width = slot_least;
    }
    int64_t since = tl_time_between(r->from, ts);
    if (since < 0)
        return NULL;
    while (since / r->width >= TL_RATE_SLOTS && r->width < width_most)
        merge_slots(r);
    unsigned at = (unsigned)(since / r->width);
    if (since / r->width >= TL_RATE_SLOTS)
        return NULL;
    r->used = at >= r->used ? at + 1 : r->used;
    return &r->slots[at];
}

/* The most that passed in a round trip while nothing was queued. */
static void note_calm(struct tl_end_facts *e, int64_t ts, int64_t rtt, int64_t path)
{
    struct tl_rate *r = &e->rate;
    int64_t since = r->calm_ts != 0 ? tl_time_between(r->calm_ts, ts) : -1;
    if (rtt > e->rtt_least + e->rtt_least / 2 + 5 * MS)
        r->calm_ts = 0;
    else if (since < 0 || since > path * 3 || r->calm_ts == 0) {
        r->calm_ts = ts;
        r->calm_passed = e->passed;
    } else if (since >= path * 3 / 4) {
        uint64_t rate = (e->passed - r->calm_passed) * 1000 / (uint64_t)(since / MS + 1);
        if (rate > r->calm_most) {
            r->calm_most = rate;
            r->calm_bytes = e->passed;
        }
        r->calm_ts = ts;
        r->calm_passed = e->passed;
    }
}

/* Bytes that are acknowledged after a hole was filled passed before: each duplicate acknowledgment told of a segment. */
static uint32_t without_those_ahead(struct tl_rate *r, uint32_t moved)
{
    uint32_t known = moved < r->ahead ? moved : r->ahead;
    r->ahead -= known;
    return moved - known;
}

void tl_rate_acked(struct tl_end_facts *e, int64_t ts, uint32_t moved, int64_t rtt, int64_t path)
{
    struct tl_rate_slot *slot = path >= restart_rtt ? slot_at(&e->rate, ts) : NULL;
    if (slot == NULL)
        return;
    if (moved == 0) {
        slot->bytes += e->biggest;
        e->rate.ahead += e->rate.ahead < UINT32_MAX / 2 ? e->biggest : 0;
        return;
    }
    slot->bytes += without_those_ahead(&e->rate, moved);
    if (rtt <= 0 || rtt > 60000 * MS)
        return;
    slot->rtt += rtt;
    slot->rtts++;
    note_calm(e, ts, rtt, path);
}
