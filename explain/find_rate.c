/* find_rate.c - findings of what limits the rate of a side: policer, shaper, congestion window, slow start. */
#include "explain/making.h"

#include "core/time.h"

#define MS INT64_C(1000000)

/* Bytes a second between two bursts of losses; 0: too near each other to tell. */
static int64_t rate_between(const struct tl_loss_burst *a, const struct tl_loss_burst *b)
{
    int64_t ms = tl_time_between(a->ts, b->ts) / MS;
    return ms >= 100 && b->bytes > a->bytes ? (int64_t)((b->bytes - a->bytes) * 1000 / (uint64_t)ms) : 0;
}

/*
 * Returns the rate at which the bytes pass from one burst of losses to the next; 0: it is not steady. It is within a factor of
 * two, or three spans of four are near the rate of all.
 */
static int64_t steady_rate(const struct tl_loss_bursts *b)
{
    unsigned kept = b->count < TL_FACTS_BURSTS ? b->count : TL_FACTS_BURSTS, spans = 0, near = 0;
    int64_t least = INT64_MAX, most = 0, all = kept > 0 ? rate_between(&b->kept[0], &b->kept[kept - 1]) : 0;
    for (unsigned i = 1; i < kept; i++) {
        int64_t rate = rate_between(&b->kept[i - 1], &b->kept[i]);
        if (rate == 0)
            continue;
        spans++;
        near += rate >= all / 10 * 6 && rate <= all / 10 * 16;
        least = rate < least ? rate : least;
        most = rate > most ? rate : most;
    }
    return spans >= 2 && (most <= least * 2 || near * 4 >= spans * 3) ? all : 0;
}

/*
 * A queue in front of a narrow link makes the round trip longer before it drops. If it is before the tap, only the repair of
 * a hole shows it, which takes a round trip and the queue.
 */
static bool is_queued(const struct tl_facts *c, const struct tl_end_facts *e)
{
    int64_t many = e->rtt_many > 0 ? e->rtt_many_sum / e->rtt_many : 0;
    if (e->fast_repairs * 4 < e->repairs || (e->again_before.count > e->again_after.count && (e->repairs == 0 || c->ack_ts == 0)))
        return true;
    if (e->again_before.count > e->again_after.count)
        return false;
    return e->rtt_least <= 0 || many == 0 || (many > e->rtt_least * 2 && many - e->rtt_least > 20 * MS);
}

static uint64_t losses_of(const struct tl_end_facts *e)
{
    return (uint64_t)e->again_after.count + e->again_before.count;
}

/* Returns the rate above which a policer drops (Flach et al., 2016); 0: none does. Losses in bursts, without a queue. */
static int64_t policed(const struct tl_facts *c, const struct tl_end_facts *e)
{
    const struct tl_loss_bursts *b = &e->bursts;
    uint64_t losses = losses_of(e);
    if (losses < 10 || losses * 50 < e->data_packets || (uint64_t)b->grouped * 10 < losses * 6 || is_queued(c, e))
        return 0;
    return steady_rate(b);
}

void tl_find_policer(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = e->again_after.count >= e->again_before.count ? &e->again_after : &e->again_before;
        const struct tl_loss_bursts *b = &e->bursts;
        int64_t rate = policed(c, e), lost = e->again_after.lost + e->again_before.lost;
        uint64_t losses = losses_of(e);
        if (rate == 0)
            continue;
        tl_finding_set(f, tl_finding_loss_level(e, (uint32_t)losses, lost), 2u + (b->count >= 5), lost,
                       "What %s sends passes at about %lld kB/s, and %llu segments above that are dropped in %u bursts, "
                       "while the round trip does not grow: a policer, or a link with a very short queue.",
                       tl_finding_side(c, i), (long long)(rate / 1000), (unsigned long long)losses, b->count);
        tl_finding_cite(f, t);
    }
}

/* --- shapers --- */

/* A rate that stays, with a queue that stays. */
struct level {
    uint64_t rate;          /* bytes a second */
    int64_t rtt;            /* with the queue, ns */
};

/* Looks at the slots after the first quarter, as long as the transfer goes on. */
static bool is_level(const struct tl_end_facts *e, struct level *level)
{
    const struct tl_rate *r = &e->rate;
    unsigned used = r->used;
    while (used > 1 && r->slots[used - 1].bytes * 2 < r->slots[used - 2].bytes)
        used--; /* the end of the transfer, and the close */
    unsigned from = used / 4 > 0 ? used / 4 : 1, to = used, sampled = 0;
    uint64_t least = UINT64_MAX, most = 0, sum = 0;
    int64_t shortest = INT64_MAX, longest = 0, all = 0;
    if (used < 6)
        return false;
    for (unsigned i = from; i < to; i++) {
        const struct tl_rate_slot *s = &r->slots[i];
        least = s->bytes < least ? s->bytes : least;
        most = s->bytes > most ? s->bytes : most;
        sum += s->bytes;
        if (s->rtts == 0) /* losses are repaired */
            continue;
        int64_t rtt = s->rtt / s->rtts;
        shortest = rtt < shortest ? rtt : shortest;
        longest = rtt > longest ? rtt : longest;
        all += rtt;
        sampled++;
    }
    if (sampled * 2 < to - from)
        return false;
    level->rtt = all / sampled;
    level->rate = sum / (to - from) * 1000 / (uint64_t)(r->width / MS);
    return most <= least + least / 4 && longest <= shortest * 2 && r->width * (to - from) >= level->rtt * 5;
}

/*
 * Does a shaper hold the rate? A burst passes at once, as far as its bucket has tokens; then the rate is level, and what is
 * more waits in its queue. A narrow link with a queue has no such burst: nothing ever passes it faster.
 */
static bool is_shaped(const struct tl_facts *c, unsigned i, struct level *level)
{
    enum { ROUNDS_LEAST = 20, MARKS_MOST = 2 };
    const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
    const struct tl_cuts *s = &e->cuts;
    bool asleep = s->rounds < ROUNDS_LEAST || (uint64_t)s->gaps * 10 > s->rounds || p->data_packets * 20 > e->data_packets;
    if (asleep || s->marks.count > MARKS_MOST || !is_level(e, level) || level->rate == 0 || losses_of(e) * 20 > e->data_packets)
        return false;
    bool queued = level->rtt >= e->rtt_least + e->rtt_least / 2 + 10 * MS;
    return queued && e->rate.calm_most * 2 >= level->rate * 3;
}

void tl_find_shaper(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        struct level level;
        if (!is_shaped(c, i, &level))
            continue;
        tl_finding_set(f, TL_FINDING_WARNING, e->rate.calm_most >= level.rate * 2 ? 3 : 2, 0,
                       "What %s sends passes at a level %llu kB/s, after up to %llu bytes that passed at %llu kB/s; the round "
                       "trip grows from %s s to %s s and stays there, with %llu loss%s: a shaper queues what is above its rate.",
                       tl_finding_side(c, i), (unsigned long long)(level.rate / 1000), (unsigned long long)e->rate.calm_bytes,
                       (unsigned long long)(e->rate.calm_most / 1000), tl_finding_seconds(e->rtt_least),
                       tl_finding_seconds(level.rtt), (unsigned long long)losses_of(e), losses_of(e) == 1 ? "" : "es");
        tl_finding_cite_packet(f, e->first_data);
        tl_finding_cite_packet(f, e->rtt_most_number);
        tl_finding_cite_packet(f, e->last_data);
    }
}

/* --- the congestion window --- */

/* Is a queue longer than usual? Then that is the better explanation. */
static bool has_long_queue(const struct tl_end_facts *e)
{
    int64_t many = e->rtt_many > 0 ? e->rtt_many_sum / e->rtt_many : 0;
    return e->rtt_least > 0 && many >= e->rtt_least * 3 && many - e->rtt_least >= 50 * MS;
}

/* Cuts after losses or marks, growth after cuts, and nothing else that keeps the sender from sending. */
static bool is_congested(const struct tl_facts *c, unsigned i)
{
    enum { ROUNDS_LEAST = 20, CAUSES_LEAST = 3 };
    const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
    const struct tl_cuts *s = &e->cuts;
    uint64_t causes = (uint64_t)s->losses.count + s->marks.count;
    struct level level;
    bool always = s->cut >= 3 && s->cut >= s->uncut * 3; /* one cause soon after the other leaves no time to grow */
    if (s->rounds < ROUNDS_LEAST || causes < CAUSES_LEAST || s->cut < 2 || (s->regrown == 0 && !always))
        return false;
    if ((uint64_t)s->cut * 3 < ((uint64_t)s->cut + s->uncut) * 2)
        return false;
    bool asleep = (uint64_t)s->gaps * 10 > s->rounds;
    bool receiver = p->zero.count > 0 || tl_finding_fills_window(e) || (uint64_t)s->bounded * 4 > causes;
    return !asleep && !receiver && policed(c, e) == 0 && !is_shaped(c, i, &level) && !has_long_queue(e);
}

void tl_find_congestion(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_cuts *s = &e->cuts;
        int64_t ms = tl_time_between(e->first_data_ts, e->last_new_ts) / MS;
        if (!is_congested(c, i) || ms <= 0)
            continue;
        tl_finding_set(f, TL_FINDING_WARNING, 1u + (s->cut >= 3) + (s->regrown >= 3), 0,
                       "What %s sends is limited by its congestion window, to %llu kB/s: it sends less after %u of %u %s%s; it has "
                       "data, and the receive window has room.",
                       tl_finding_side(c, i), (unsigned long long)(e->bytes / (uint64_t)ms), s->cut, s->cut + s->uncut,
                       s->marks.count == 0    ? "bursts of losses"
                       : s->losses.count == 0 ? "marks of congestion (ECN)"
                                              : "losses and marks of congestion (ECN)",
                       s->regrown > 0 ? ", and more each round trip in between" : "");
        tl_finding_cite(f, &s->losses);
        tl_finding_cite(f, &s->marks);
    }
}

/* --- slow start --- */

void tl_find_restart(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = &e->restarts;
        if (t->count == 0)
            continue;
        tl_finding_set(f, t->lost >= 300 * MS ? TL_FINDING_WARNING : TL_FINDING_NOTE, 2, t->lost,
                       "%u time%s %s begins with a small window after a pause, and needs about %s s more than with the "
                       "%llu bytes of a round trip that it had before.",
                       t->count, tl_plural(t->count), tl_finding_side(c, i), tl_finding_seconds(t->lost),
                       (unsigned long long)e->restart_before);
        tl_finding_cite(f, t);
    }
}
