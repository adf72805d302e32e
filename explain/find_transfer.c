/* find_transfer.c - findings of the transfer: losses, windows, waits of programs. */
#include "explain/making.h"

#include <stdio.h>

#include "core/time.h"

#define MS INT64_C(1000000)

enum tl_finding_level tl_finding_loss_level(const struct tl_end_facts *e, uint32_t events, int64_t lost)
{
    if (lost >= 1000 * MS)
        return TL_FINDING_PROBLEM;
    if (lost >= 100 * MS || (events >= 3 && (uint64_t)events * 100 >= e->data_packets))
        return TL_FINDING_WARNING;
    return TL_FINDING_NOTE;
}

static uint32_t support_of(const struct tl_end_facts *e, const struct tl_events *t)
{
    return 1u + (t->count >= 3) + (e->fast.count > 0 || e->timeouts.count > 0);
}

static const char *recovery(const struct tl_end_facts *e)
{
    if (e->timeouts.count > 0 && e->fast.count > 0)
        return "some by fast retransmission, some only by time-out";
    if (e->timeouts.count > 0)
        return "by time-out, so too few packets followed for a fast retransmission";
    return "without a time-out";
}

void tl_find_loss_before(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = &e->again_before;
        if (t->count == 0)
            continue;
        tl_finding_set(f, tl_finding_loss_level(e, t->count, t->lost), support_of(e, t), t->lost,
                       "%u segment%s of %s %s lost before the tap, between it and %s: the tap saw %s, and then the "
                       "retransmission. Recovery was %s.",
                       t->count, tl_plural(t->count), tl_finding_side(c, i), t->count == 1 ? "was" : "were",
                       tl_finding_side(c, i),
                       e->tails.count == 0         ? "a hole"
                       : e->tails.count < t->count ? "a hole, or identifications of IP that were left out"
                                                   : "identifications of IP that were left out",
                       recovery(e));
        tl_finding_cite(f, t);
    }
}

void tl_find_loss_after(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = &e->again_after;
        if (t->count == 0)
            continue;
        tl_finding_set(f, tl_finding_loss_level(e, t->count, t->lost), support_of(e, t), t->lost,
                       "%u segment%s of %s %s lost after the tap, between it and %s: the tap saw both the first copy and "
                       "the retransmission. Recovery was %s.",
                       t->count, tl_plural(t->count), tl_finding_side(c, i), t->count == 1 ? "was" : "were",
                       tl_finding_side(c, i ^ 1), recovery(e));
        tl_finding_cite(f, t);
    }
}

/* Does what an end repeats have no answer, as far as the capture shows? */
static bool is_silent(const struct tl_end_facts *e, const struct tl_end_facts *p)
{
    if (p->packets > 0)
        return p->last_ts <= e->stuck_ts + 1000 * MS && p->resets.count == 0;
    bool acknowledges = p->has_acked && p->acked != p->first_ack; /* the peer speaks, and only the tap does not see it */
    return !acknowledges && e->last_new_ts <= e->stuck_ts;
}

/* The last payload, or the FIN, is repeated without an answer, to the end of the capture or of the connection. */
void tl_find_silence(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        bool unseen = p->packets == 0, fin = e->stuck_len == 0;
        const char *who = i == tl_facts_side(c, 0) ? "The client" : "The server";
        char what[40] = "its FIN";
        if (e->stuck_count >= 3 && is_silent(e, p)) {
            if (!fin)
                snprintf(what, sizeof what, "the same %u bytes", e->stuck_len);
            tl_finding_set(f, fin ? TL_FINDING_WARNING : TL_FINDING_PROBLEM, (e->stuck_count >= 4 ? 3u : 2u) - unseen,
                           tl_time_between(e->stuck_ts, c->last_ts), "%s sends %s %u times again, and nothing%s of the peer is "
                           "%s: the path to it, or from it, is cut, or it is gone%s.",
                           who, what, e->stuck_count, unseen ? "" : " more", unseen ? "in the capture" : "seen",
                           unseen ? ", or its answers take a path that the tap does not see" : "");
            tl_finding_cite(f, &e->stuck);
        } else if (e->pending.count > 0 && !unseen && p->resets.count == 0) {
            tl_finding_set(f, TL_FINDING_NOTE, 1, e->pending.lost,
                           "%s sends again %u time%s, and the capture or the connection ends before an answer.", who,
                           e->pending.count, tl_plural(e->pending.count));
            tl_finding_cite(f, &e->pending);
        }
    }
}

void tl_find_reordering(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = &e->reordered;
        if (t->count == 0)
            continue;
        bool hurts = t->count >= 5 && (uint64_t)t->count * 100 >= e->data_packets;
        tl_finding_set(f, hurts ? TL_FINDING_WARNING : TL_FINDING_NOTE, hurts ? 3 : 1, 0,
                       "%u segment%s of %s overtook others before the tap: they came late, and were sent before those "
                       "that came first.",
                       t->count, tl_plural(t->count), tl_finding_side(c, i));
        tl_finding_cite(f, t);
    }
}

void tl_find_spurious(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        const struct tl_events *t = &e->spurious;
        if (t->count == 0)
            continue;
        bool hurts = t->count >= 3 && (uint64_t)t->count * 50 >= e->data_packets;
        tl_finding_set(f, hurts ? TL_FINDING_WARNING : TL_FINDING_NOTE, t->count >= 3 ? 2 : 1, 0,
                       "%s sent %u segment%s again that the peer had got: the acknowledgments were lost or late "
                       "after the tap, or the time-out was too short.",
                       i == tl_facts_side(c, 0) ? "The client" : "The server", t->count, tl_plural(t->count));
        tl_finding_cite(f, t);
    }
}

void tl_find_zero_window(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        int64_t lost = e->zero.lost;
        if (e->zero.count == 0)
            continue;
        if (e->zero_since != 0 && c->last_ts > e->zero_since)
            lost += c->last_ts - e->zero_since;
        tl_finding_set(f, lost >= 500 * MS ? TL_FINDING_PROBLEM : lost >= 100 * MS ? TL_FINDING_WARNING : TL_FINDING_NOTE,
                       1u + (e->zero.count > 1) + (p->probes.count + p->keep_alives.count > 0 || p->full.count > 0), lost,
                       "%s told %u time%s that its receive window is full, and stopped the transfer for %s s: its program "
                       "does not read.",
                       i == tl_facts_side(c, 0) ? "The client" : "The server", e->zero.count, tl_plural(e->zero.count),
                       tl_finding_seconds(lost));
        tl_finding_cite(f, &e->zero);
    }
}

bool tl_finding_fills_window(const struct tl_end_facts *e)
{
    return e->full.count >= 3 && (uint64_t)e->full.count * 5 >= e->cuts.rounds;
}

void tl_find_window_limit(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        if (!tl_finding_fills_window(e) || p->zero.count > 0)
            continue;
        tl_finding_set(f, TL_FINDING_WARNING, e->full.count >= 10 ? 3 : 2, 0,
                       "%s fills the receive window of the peer %u times: the window limits the speed to about %u bytes "
                       "each round trip.",
                       i == tl_facts_side(c, 0) ? "The client" : "The server", e->full.count, e->flight_most);
        tl_finding_cite(f, &e->full);
    }
}

void tl_find_bufferbloat(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        if (e->rtt_many < 10 || e->flight_most < 20000 || e->rtt_least <= 0)
            continue;
        int64_t many = e->rtt_many_sum / e->rtt_many;
        if (many < e->rtt_least * 3 || many - e->rtt_least < 50 * MS)
            continue;
        bool hurts = many >= e->rtt_least * 4 && many - e->rtt_least >= 150 * MS;
        tl_finding_set(f, hurts ? TL_FINDING_WARNING : TL_FINDING_NOTE, 2u + (e->rtt_many >= 50), 0,
                       "The round trip grows from %s s to %s s with %u bytes on the way from %s: a queue on the path "
                       "is long.",
                       tl_finding_seconds(e->rtt_least), tl_finding_seconds(many), e->flight_most, tl_finding_side(c, i));
        tl_finding_cite_packet(f, e->rtt_most_number);
    }
}

void tl_find_delayed_ack(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_events *t = &c->end[i].nagle;
        if (t->count < 3)
            continue;
        tl_finding_set(f, t->lost >= 300 * MS ? TL_FINDING_PROBLEM : TL_FINDING_WARNING, t->count >= 5 ? 3 : 2, t->lost,
                       "%u times %s waits for a delayed acknowledgment before it sends the rest of its data, %s s in all: "
                       "Nagle's algorithm and delayed acknowledgments wait for each other.",
                       t->count, tl_finding_side(c, i), tl_finding_seconds(t->lost));
        tl_finding_cite(f, t);
    }
}

void tl_find_small_writes(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        uint64_t mean = e->data_packets > 0 ? e->bytes / e->data_packets : 0;
        if (e->data_packets < 100 || e->small * 10 < e->data_packets * 9 || mean >= 32)
            continue;
        if (c->turns > e->data_packets / 4) /* a dialogue, as of a terminal */
            continue;
        tl_finding_set(f, TL_FINDING_WARNING, 2, 0,
                       "%s sends %llu segments of %llu bytes on average: its program writes in very small pieces.",
                       i == tl_facts_side(c, 0) ? "The client" : "The server", (unsigned long long)e->data_packets,
                       (unsigned long long)mean);
        tl_finding_cite_packet(f, e->first_data);
        tl_finding_cite_packet(f, e->last_data);
    }
}

/* When the peer had got all payload of an end: at the latest when it said so, and not before the copy that was not lost. */
static int64_t got_ts(const struct tl_end_facts *e)
{
    return e->taken_ts >= e->last_new_ts && e->taken_ts < e->last_data_ts ? e->taken_ts : e->last_data_ts;
}

/* Answers that came late, without the messages that come at regular intervals. */
static struct tl_events late_answers(const struct tl_end_facts *e)
{
    struct tl_events late = e->slow;
    if (!tl_facts_regular(e))
        return late;
    late.kept = 0;
    for (uint32_t i = 0, k = 0; i < e->slow.kept; i++) {
        if (k < e->beats.kept && e->slow.packets[i] == e->beats.packets[k])
            k++;
        else
            late.packets[late.kept++] = e->slow.packets[i];
    }
    late.count -= e->beats.count;
    late.lost -= e->beats.lost;
    return late;
}

/* The answer came late, though the request was acknowledged in time. */
void tl_find_slow_server(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned server = tl_facts_side(c, 1);
    const struct tl_end_facts *e = &c->end[server], *p = &c->end[server ^ 1];
    const struct tl_events late = late_answers(e);
    bool doubtful = e->speaks_first && late.count == 1 && e->beats.count == 1; /* one alone does not show an interval */
    if (late.count > 0) {
        tl_finding_set(f, doubtful ? TL_FINDING_WARNING : TL_FINDING_PROBLEM, doubtful ? 1 : late.count >= 3 ? 3 : 2,
                       late.lost,
                       "%u time%s the server's program answers late, after %s s in all; nothing was lost meanwhile, so the "
                       "network does not explain it%s.",
                       late.count, tl_plural(late.count), tl_finding_seconds(late.lost),
                       doubtful ? ", unless it is a message that the server sends at intervals" : "");
        tl_finding_cite(f, &late);
    }
    bool asked = !tl_facts_regular(e) && p->last_new_ts > e->last_new_ts && p->stuck_count == 0 && p->has_acked && p->acked == p->next;
    int64_t waited = asked ? tl_time_between(got_ts(p), c->last_ts) : 0;
    if (c->ip_proto == 6 && waited >= 1000 * MS && e->resets.count == 0 && f->level == TL_FINDING_NONE && p->fin_ts != 0 &&
        e->bytes > 0) {
        tl_finding_set(f, TL_FINDING_WARNING, 1, waited, "The last request has no answer in %s s.",
                       tl_finding_seconds(waited));
        tl_finding_cite_packet(f, p->last_new);
    }
}

/* The server took the request and closed, or the client gave up. */
void tl_find_no_answer(const struct tl_facts *c, struct tl_finding *f)
{
    enum { UPLOAD_LEAST = 10 }; /* segments */
    unsigned server = tl_facts_side(c, 1);
    const struct tl_end_facts *e = &c->end[server], *p = &c->end[server ^ 1];
    if (c->ip_proto != 6 || p->bytes == 0 || e->bytes > 0 || e->packets == 0 || c->syn_ack_ts == 0)
        return;
    bool taken = p->has_acked && p->acked != p->first_ack && p->stuck_count == 0;
    if (!taken)
        return;
    bool closed = e->fin_ts != 0 && (p->fin_ts == 0 || e->fin_ts < p->fin_ts), gave_up = p->fin_ts != 0 || p->resets.count > 0;
    int64_t end = closed ? e->fin_ts : p->fin_ts != 0 ? p->fin_ts : p->reset_ts != 0 ? p->reset_ts : c->last_ts;
    int64_t waited = tl_time_between(got_ts(p), end);
    /* what was lost on the way before is the better explanation if it took longer */
    enum tl_finding_level level = p->again_after.lost + p->again_before.lost > waited ? TL_FINDING_WARNING : TL_FINDING_PROBLEM;
    if (!closed && p->data_packets >= UPLOAD_LEAST)
        return; /* it is not a request, and needs no answer */
    if (closed)
        tl_finding_set(f, TL_FINDING_PROBLEM, 2, waited > 1000 * MS ? waited : 0,
                       "The server acknowledged the request, sent no answer, and closed the connection after %s s.",
                       tl_finding_seconds(waited));
    else if (gave_up && waited >= 1000 * MS)
        tl_finding_set(f, level, 2, waited,
                       "The server acknowledged the request and sent no answer in %s s; the client gave up.",
                       tl_finding_seconds(waited));
    else if (waited >= 5000 * MS)
        tl_finding_set(f, TL_FINDING_WARNING, 1, waited, "The server acknowledged the request and sent no answer in %s s.",
                       tl_finding_seconds(waited));
    else
        return;
    tl_finding_cite_packet(f, c->request);
    tl_finding_cite_packet(f, p->acked_number);
    tl_finding_cite_packet(f, e->fin);
}

void tl_find_pauses(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_events *t = &c->end[i].stalls;
        if (t->count == 0)
            continue;
        bool server = i == tl_facts_side(c, 1);
        tl_finding_set(f, server ? TL_FINDING_WARNING : TL_FINDING_NOTE, t->count >= 3 ? 3 : 2, server ? t->lost : 0,
                       "%s pauses %u time%s in its data, %s s in all, with all acknowledged and the window open: its "
                       "program gives nothing to send.",
                       server ? "The server" : "The client", t->count, tl_plural(t->count), tl_finding_seconds(t->lost));
        tl_finding_cite(f, t);
    }
}
