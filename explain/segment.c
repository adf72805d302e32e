/*
 * segment.c - the facts of a TCP connection, segment by segment. What a segment is comes from tl_analyse(); whether a
 * loss was before or after the tap is found here, by what the tap had seen (RFC 9293 section 3.4, RFC 5681, RFC 6298).
 */
#include "explain/facts.h"
#include "explain/rounds.h"

#include "core/time.h"

#define MS INT64_C(1000000)

enum { RECENT_ID = 1000, SMALL_FLIGHT = 1000, BURST_LEAST = 3, SKIPPED_MOST = 8, STEPS_LEAST = 8 };

static const int64_t copy_most = 20 * MS, same_id_most = 1000 * MS, stall_least = 180 * MS, reorder_most = 3 * MS, slow_least = 1000 * MS,
                     gap_least = 4000 * MS,
                     burst_apart = 20 * MS;

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

void tl_events_add(struct tl_events *t, uint64_t number, int64_t lost)
{
    t->count += t->count < UINT32_MAX;
    if (t->kept < TL_EVENTS_PACKETS && (t->kept == 0 || t->packets[t->kept - 1] != number))
        t->packets[t->kept++] = number;
    if (lost > 0 && lost < INT64_MAX / 4 && t->lost < INT64_MAX / 2)
        t->lost += lost;
}

/* Takes an event back: it was something else. */
static void take_back(struct tl_events *t, uint64_t number, int64_t lost)
{
    t->count -= t->count > 0;
    t->lost -= lost;
    for (uint32_t i = 0; i < t->kept; i++) {
        if (t->packets[i] != number)
            continue;
        memmove(&t->packets[i], &t->packets[i + 1], (t->kept - i - 1) * sizeof t->packets[0]);
        t->kept--;
        return;
    }
}

/* Moves all events of one tally to the end of another. */
static void move_events(struct tl_events *to, struct tl_events *from)
{
    for (uint32_t i = 0; i < from->kept && to->kept < TL_EVENTS_PACKETS; i++)
        to->packets[to->kept++] = from->packets[i];
    to->count += from->count < UINT32_MAX - to->count ? from->count : UINT32_MAX - to->count;
    to->lost += to->lost < INT64_MAX / 2 ? from->lost : 0;
    *from = (struct tl_events){ .count = 0 };
}

/* --- what the decoder does not keep of the headers --- */

struct headers {
    uint8_t ttl;
    uint16_t ip_id;       /* 0: none */
    bool sack, known;     /* options of TCP were read */
    bool has_block;       /* of a selective acknowledgment (RFC 2018), the first one: */
    uint32_t block_from, block_to;
    bool has_time;        /* timestamps (RFC 7323 section 3) */
    uint32_t tsval, tsecr;
    const uint8_t *payload; /* as far as it was captured */
    uint32_t payload_len;
};

static bool is_inside(const struct tl_packet *packet, const uint8_t *at, size_t len)
{
    uintptr_t from = (uintptr_t)packet->bytes, here = (uintptr_t)at;
    return here >= from && here - from <= packet->caplen && len <= packet->caplen - (here - from);
}

static void read_options(const uint8_t *at, uint32_t len, struct headers *h)
{
    h->known = true;
    for (uint32_t i = 0; i < len && at[i] != 0;) {
        if (at[i] == 1) {
            i++;
            continue;
        }
        if (i + 1 >= len || at[i + 1] < 2)
            return;
        h->sack = h->sack || at[i] == 4;
        if (at[i] == 5 && at[i + 1] >= 10 && i + 10 <= len) {
            h->has_block = true;
            h->block_from = tl_load_be32(at + i + 2);
            h->block_to = tl_load_be32(at + i + 6);
        }
        if (at[i] == 8 && at[i + 1] == 10 && i + 10 <= len) {
            h->has_time = true;
            h->tsval = tl_load_be32(at + i + 2);
            h->tsecr = tl_load_be32(at + i + 6);
        }
        i += at[i + 1];
    }
}

static struct headers read_headers(const struct tl_frame *frame)
{
    struct headers h = { .ttl = 0 };
    const struct tl_network *net = &frame->net;
    const struct tl_packet *packet = frame->packet;
    bool v6 = net->version == 6;
    if (packet == NULL || net->src == NULL || net->fragment)
        return h;
    const uint8_t *ip = net->src - (v6 ? 8 : 12);
    if (!is_inside(packet, ip, net->header_len + 20u) || net->header_len < 20)
        return h;
    h.ttl = v6 ? ip[7] : ip[8];
    h.ip_id = v6 ? 0 : tl_load_be16(ip + 4);
    const uint8_t *tcp = ip + net->header_len;
    uint32_t len = (uint32_t)(tcp[12] >> 4) * 4;
    if (len < 20 || !is_inside(packet, tcp, len))
        return h;
    read_options(tcp + 20, len - 20, &h);
    h.payload = tcp + len;
    while (h.payload_len < frame->seg.payload_len && h.payload_len < TL_FACTS_TEXT && is_inside(packet, h.payload, h.payload_len + 1))
        h.payload_len++;
    return h;
}

/* --- copies of a packet by the capture --- */

/* The same IP packet twice: not a retransmission, which has another identification. */
static bool is_copy(const struct tl_end_facts *e, const struct tl_imprint *now)
{
    /* An identification that counts packets says more than one that is always the same. */
    int64_t most = now->ip_id == 0 ? MS / 5 : e->id_steps > 0 ? same_id_most : copy_most;
    for (unsigned i = 0; i < TL_FACTS_RECENT; i++) {
        const struct tl_imprint *old = &e->recent[i];
        int64_t apart = tl_time_between(old->ts, now->ts);
        if (old->ts == 0 || old->seq != now->seq || old->ack != now->ack || old->len != now->len ||
            old->flags != now->flags || old->window != now->window || old->ip_id != now->ip_id)
            continue;
        if (now->len == 0 && now->ip_id == 0 && (now->flags & (TL_SYN | TL_FIN)) == 0)
            continue; /* a plain acknowledgment may be repeated */
        if (apart >= 0 && apart < most)
            return true;
    }
    return false;
}

/* --- holes --- */

static void open_hole(struct tl_end_facts *e, const struct tl_frame *frame, uint16_t ip_id)
{
    if (e->hole_count == TL_FACTS_HOLES) {
        memmove(e->holes, e->holes + 1, sizeof *e->holes * (TL_FACTS_HOLES - 1));
        e->hole_count--;
    }
    e->holes[e->hole_count++] = (struct tl_hole){ e->next, frame->seg.seq, frame->ts, frame->number, ip_id };
}

static void drop_hole(struct tl_end_facts *e, uint32_t i)
{
    e->hole_count--;
    memmove(e->holes + i, e->holes + i + 1, sizeof *e->holes * (e->hole_count - i));
}

/* Removes [seq, next) from the holes. Fills *found with the hole as it was. */
static bool fill_hole(struct tl_end_facts *e, uint32_t seq, uint32_t next, struct tl_hole *found)
{
    for (uint32_t i = 0; i < e->hole_count; i++) {
        struct tl_hole *h = &e->holes[i];
        if (!before(seq, h->to) || !before(h->from, next))
            continue;
        *found = *h;
        if (before(h->from, seq) && before(next, h->to)) {
            h->from = next; /* the part before is given up */
        } else if (before(h->from, seq)) {
            h->to = seq;
        } else if (before(next, h->to)) {
            h->from = next;
        } else {
            drop_hole(e, i);
        }
        return true;
    }
    return false;
}

/* The peer acknowledged bytes of holes: they arrived, and only the capture has not got them. */
static void acked_holes(struct tl_end_facts *e, uint32_t ack, uint64_t number)
{
    for (uint32_t i = e->hole_count; i-- > 0;) {
        if (before(ack, e->holes[i].to))
            continue;
        tl_events_add(&e->unseen, number, 0);
        drop_hole(e, i);
    }
}

/* --- repeats --- */

/* Was the segment that fills a hole sent before the one after the hole? The identification counts up, if it is used. */
static bool was_sent_first(const struct tl_facts *f, const struct tl_hole *hole, uint16_t ip_id, int64_t late)
{
    int16_t apart = (int16_t)(uint16_t)(ip_id - hole->ip_id);
    int64_t rtt = f->ack_ts > 0 ? tl_time_between(f->syn_ts, f->ack_ts) : 0;
    if (ip_id != 0 && hole->ip_id != 0 && apart > -RECENT_ID && apart < RECENT_ID && apart != 0)
        return apart < 0;
    return late < (rtt > 0 && rtt < reorder_most ? reorder_most : rtt > 0 ? rtt * 4 / 5 : reorder_most);
}

/* The time of the whole path, by the handshake; 0: not known. */
static int64_t path_rtt(const struct tl_facts *f)
{
    int64_t rtt = f->ack_ts > 0 ? tl_time_between(f->syn_ts, f->ack_ts) : 0;
    return rtt > 0 && rtt < 10000 * MS ? rtt : 0;
}

/* A loss belongs to the burst before if it is repaired within two round trips of its last one. */
static void note_burst(struct tl_end_facts *e, int64_t ts, uint64_t number, int64_t rtt)
{
    struct tl_loss_bursts *b = &e->bursts;
    int64_t apart = rtt * 2 > burst_apart ? rtt * 2 : burst_apart;
    if (b->count == 0 || tl_time_between(b->last_ts, ts) > apart) {
        unsigned at = b->count < TL_FACTS_BURSTS ? b->count : TL_FACTS_BURSTS - 1;
        b->kept[at] = (struct tl_loss_burst){ ts, e->passed };
        b->count += b->count < UINT32_MAX;
        b->now = 0;
        tl_rounds_cut(e, &e->cuts.losses, number);
    }
    b->last_ts = ts;
    b->now++;
    if (b->now >= BURST_LEAST)
        b->grouped += b->now == BURST_LEAST ? BURST_LEAST : 1;
}

static void note_repeat(struct tl_facts *f, struct tl_end_facts *e, struct tl_events *where, const struct tl_frame *frame,
                        const struct tl_segment *segment, const struct headers *h)
{
    int64_t stall = e->last_sent_ts > 0 ? tl_time_between(e->last_sent_ts, frame->ts) : 0;
    bool fast = e->duplicate_run >= 2 || (segment->kinds & TL_SEGMENT_FAST_RETRANSMISSION) != 0;
    int64_t lost = stall >= stall_least ? stall : 0;
    bool timeout = stall >= stall_least;
    /* without a packet of the peer it may as well be gone, or the path back may be cut */
    tl_events_add(where == &e->again_after && !fast ? &e->pending : where, frame->number, lost);
    note_burst(e, frame->ts, frame->number, path_rtt(f));
    if (timeout)
        tl_events_add(&e->timeouts, frame->number, lost);
    else if (fast)
        tl_events_add(&e->fast, frame->number, 0);
    if (where == &e->again_after)
        e->again[e->again_at++ % TL_FACTS_AGAIN] = (struct tl_again){
            frame->number, lost, frame->seg.seq, h->tsval, timeout, fast && !timeout,
            .timed = h->has_time && e->has_acked && e->acked == frame->seg.seq,
        };
    f->lost_in_turn = true;
}

/*
 * Two things show that the peer got the first copy. It reports bytes that it got twice, in a block below what it
 * acknowledges (RFC 2883 section 4). Or the timestamp that it echoes is older than the second copy (RFC 3522 section 3.2).
 * The timestamp counts only if the segment was the first one without an acknowledgment: for a later segment, a delayed
 * acknowledgment can echo an older timestamp.
 */
static bool was_needless(const struct tl_again *a, const struct tl_transport *seg, const struct headers *h)
{
    bool twice = h->has_block && before(h->block_from, h->block_to) && !before(seg->ack, h->block_to);
    if (twice && !before(a->seq, h->block_from) && before(a->seq, h->block_to))
        return true;
    return a->timed && before(a->seq, seg->ack) && h->has_time && h->tsecr != 0 && before(h->tsecr, a->tsval);
}

/* The peer got the first copy of what this end sent again: it was not lost. */
static void note_needless(struct tl_end_facts *p, const struct tl_transport *seg, const struct headers *h)
{
    for (unsigned i = 0; i < TL_FACTS_AGAIN; i++) {
        struct tl_again *a = &p->again[i];
        if (a->number == 0)
            continue;
        if (!was_needless(a, seg, h)) {
            a->timed = a->timed && !before(a->seq, seg->ack);
            continue;
        }
        take_back(&p->again_after, a->number, a->lost);
        if (a->timeout)
            take_back(&p->timeouts, a->number, a->lost);
        if (a->fast)
            take_back(&p->fast, a->number, 0);
        tl_events_add(&p->spurious, a->number, 0);
        a->number = 0;
    }
}

/*
 * Has this end sent packets that the tap has not seen, just before this one? Its IP identifications tell, if they count
 * the packets of this connection.
 */
static bool skipped_ids(struct tl_end_facts *e, uint16_t ip_id)
{
    uint16_t step = (uint16_t)(ip_id - e->ip_id);
    bool known = ip_id != 0 && e->ip_id != 0;
    bool skipped = known && step > 1 && step <= SKIPPED_MOST && e->id_steps >= STEPS_LEAST && e->id_jumps * 10 <= e->id_steps;
    if (known && step == 1)
        e->id_steps++;
    else if (known)
        e->id_jumps++;
    e->ip_id = ip_id;
    return skipped;
}

/* The tap saw these numbers before. */
static void seen_again(struct tl_facts *f, struct tl_end_facts *e, const struct tl_frame *frame,
                       const struct tl_segment *segment, const struct headers *h)
{
    const struct tl_transport *seg = &frame->seg;
    uint32_t next = seg->seq + seg->payload_len + ((seg->flags & TL_FIN) != 0);
    if (e->has_acked && !before(e->acked, next)) {
        tl_events_add(&e->spurious, frame->number, 0);
        return;
    }
    note_repeat(f, e, &e->again_after, frame, segment, h);
    if (e->stuck_count == 0 || e->stuck_seq != seg->seq) {
        e->stuck = (struct tl_events){ .count = 0 };
        e->stuck_count = 0;
        e->stuck_seq = seg->seq;
        e->stuck_ts = e->last_sent_ts;
    }
    e->stuck_len = seg->payload_len;
    e->stuck_count++;
    tl_events_add(&e->stuck, frame->number, 0);
}

/* Sets *is_new for numbers that are the highest so far. */
static void take_numbers(struct tl_facts *f, struct tl_end_facts *e, const struct tl_frame *frame,
                         const struct tl_segment *segment, const struct headers *h, bool *is_new)
{
    const struct tl_transport *seg = &frame->seg;
    uint32_t next = seg->seq + seg->payload_len + ((seg->flags & (TL_SYN | TL_FIN)) != 0);
    struct tl_hole hole;
    *is_new = false;
    if (seg->flags & TL_RST || (next == seg->seq && e->has_next))
        return;
    if (!e->has_next || seg->flags & TL_SYN) {
        *is_new = seg->payload_len > 0;
        e->next = next;
        e->has_next = true;
        return;
    }
    if (segment->kinds & (TL_SEGMENT_KEEP_ALIVE | TL_SEGMENT_ZERO_WINDOW_PROBE))
        return;
    if (before(e->next, seg->seq))
        open_hole(e, frame, h->ip_id);
    if (before(seg->seq, e->next)) {
        int64_t late;
        if (!fill_hole(e, seg->seq, next, &hole)) {
            seen_again(f, e, frame, segment, h);
        } else if ((late = tl_time_between(hole.ts, frame->ts)), was_sent_first(f, &hole, h->ip_id, late)) {
            tl_events_add(&e->reordered, frame->number, 0);
            *is_new = true;
        } else {
            note_repeat(f, e, &e->again_before, frame, segment, h);
            e->repairs++;
            e->fast_repairs += late < path_rtt(f) * 8 / 5 + 10 * MS;
            *is_new = true;
        }
    }
    if (before(e->next, next)) {
        *is_new = true;
        e->next = next;
    }
}

/* --- acknowledgments --- */

static void sample_rtt(struct tl_end_facts *e, const struct tl_frame *frame, int64_t rtt, uint32_t flight)
{
    if (rtt <= 0)
        return;
    if (e->rtt_least == 0 || rtt < e->rtt_least)
        e->rtt_least = rtt;
    if (rtt > e->rtt_most) {
        e->rtt_most = rtt;
        e->rtt_most_number = frame->number;
    }
    if (flight <= e->flight_most / 4) {
        e->rtt_few++;
        e->rtt_few_sum += rtt < INT64_MAX / 1000000 ? rtt : 0;
    } else if (flight >= e->flight_most / 4 * 3) {
        e->rtt_many++;
        e->rtt_many_sum += rtt < INT64_MAX / 1000000 ? rtt : 0;
    }
}

/* A plain acknowledgment of all that the peer sent, after the time that delayed acknowledgments take. */
static void note_delayed(struct tl_end_facts *p, const struct tl_frame *frame)
{
    int64_t wait = p->last_new_ts > 0 ? tl_time_between(p->last_new_ts, frame->ts) : 0;
    bool usual = (wait > 30 * MS && wait < 70 * MS) || (wait > 150 * MS && wait < 260 * MS);
    if (frame->seg.payload_len > 0 || !usual || (p->rtt_least > 0 && wait < p->rtt_least * 3) || frame->seg.ack != p->next)
        return;
    p->delayed_ack_ts = frame->ts;
    p->delayed_ack = frame->number;
    p->delayed_wait = wait;
}

/* The receive window of e, and whether it asks p to send less (RFC 3168 section 6.1.3). */
static void note_offer(const struct tl_end_facts *e, struct tl_end_facts *p, const struct tl_frame *frame)
{
    const struct tl_transport *seg = &frame->seg;
    bool scaled = e->scale > 0 && p->scale >= 0, ecn = e->ecn_syns.count + p->ecn_syns.count > 0;
    if (seg->flags & TL_SYN)
        return;
    p->offered = (uint64_t)seg->window << (scaled ? e->scale & 15 : 0);
    bool marked = ecn && (seg->flags & TL_ECE) != 0;
    if (marked && !p->cuts.marked)
        tl_rounds_cut(p, &p->cuts.marks, frame->number);
    p->cuts.marked = marked;
}

/* e acknowledges what p sent. path: the round trip of the handshake. */
static void take_ack(struct tl_end_facts *e, struct tl_end_facts *p, const struct tl_frame *frame,
                     const struct tl_segment *segment, int64_t path)
{
    const struct tl_transport *seg = &frame->seg;
    if (seg->flags & TL_RST)
        return;
    note_offer(e, p, frame);
    if (!p->has_next) { /* nothing of p was captured so far */
        if (!p->has_acked)
            p->first_ack = seg->ack;
        p->acked = seg->ack;
        p->has_acked = true;
        return;
    }
    if (before(p->next, seg->ack)) {
        tl_events_add(&p->unseen, frame->number, 0);
        p->next = seg->ack;
    }
    if (segment->kinds & TL_SEGMENT_DUPLICATE_ACK) {
        tl_events_add(&e->duplicate_acks, frame->number, 0);
        p->duplicate_run++;
        tl_rate_acked(p, frame->ts, 0, 0, path);
    }
    if (p->has_acked && !before(p->acked, seg->ack))
        return;
    uint32_t flight = p->has_acked ? p->next - p->acked : 0, moved = p->has_acked ? seg->ack - p->acked : 0;
    p->passed += moved;
    uint32_t size = moved < p->biggest ? moved : p->biggest;
    if (size > p->most_acked)
        p->most_acked = size;
    acked_holes(p, seg->ack, frame->number);
    if (flight > p->flight_most)
        p->flight_most = flight;
    if (flight < SMALL_FLIGHT)
        note_delayed(p, frame);
    bool sampled = p->duplicate_run == 0 && p->stuck_count == 0;
    if (sampled)
        sample_rtt(p, frame, segment->ack_rtt, flight);
    tl_rate_acked(p, frame->ts, moved, sampled ? segment->ack_rtt : 0, path);
    if (p->bytes > 0 && !before(seg->ack, p->data_end) && (!p->has_acked || before(p->acked, p->data_end)))
        p->taken_ts = frame->ts;
    if (seg->ack == p->next) {
        p->acked_ts = frame->ts;
        p->acked_number = frame->number;
    }
    p->duplicate_run = 0;
    p->acked = seg->ack;
    p->has_acked = true;
    if (p->stuck_count > 0 && before(p->stuck_seq, seg->ack))
        p->stuck_count = 0;
}

static void note_window(struct tl_end_facts *e, struct tl_end_facts *p, const struct tl_frame *frame,
                        const struct tl_segment *segment)
{
    const struct tl_transport *seg = &frame->seg;
    if (segment->kinds & TL_SEGMENT_WINDOW_FULL)
        tl_events_add(&e->full, frame->number, 0);
    if (segment->kinds & TL_SEGMENT_ZERO_WINDOW_PROBE)
        tl_events_add(&e->probes, frame->number, 0);
    if (segment->kinds & TL_SEGMENT_KEEP_ALIVE && p->zero_since == 0 && e->packets > 1)
        tl_events_add(&e->keep_alives, frame->number, 0);
    if (segment->kinds & TL_SEGMENT_KEEP_ALIVE_ACK)
        tl_events_add(&e->keep_alive_acks, frame->number, 0);
    if (seg->flags & (TL_SYN | TL_RST | TL_FIN))
        return;
    if (seg->window == 0 && e->zero_since == 0) {
        e->zero_since = frame->ts;
        e->zero_number = frame->number;
        tl_events_add(&e->zero, frame->number, 0);
    } else if (seg->window > 0 && e->zero_since != 0) {
        int64_t lost = tl_time_between(e->zero_since, frame->ts);
        e->zero.lost += lost > 0 && lost < INT64_MAX / 4 ? lost : 0;
        e->zero_since = 0;
        e->opened_ts = frame->ts;
    }
}

/* --- set-up and end --- */

/* An end that closes TLS says so by an alert, also after the peer's FIN: no request (RFC 8446 section 6.1). */
static bool is_close_alert(const struct tl_facts *f, const struct headers *h)
{
    enum { ALERT = 0x15, DATA = 0x17, SEALED_ALERT = 24 };
    return f->tls && h->payload_len > 0 &&
           (h->payload[0] == ALERT || (h->payload[0] == DATA && h->payload_len == SEALED_ALERT));
}

static void note_handshake(struct tl_facts *f, unsigned end, const struct tl_frame *frame, const struct headers *h)
{
    struct tl_end_facts *e = &f->end[end], *p = &f->end[end ^ 1];
    const struct tl_transport *seg = &frame->seg;
    if ((seg->flags & (TL_SYN | TL_RST)) == TL_SYN) {
        bool answer = (seg->flags & TL_ACK) != 0;
        bool ecn = (seg->flags & (TL_ECE | TL_CWR)) == (TL_ECE | TL_CWR);
        bool acked = answer && e->syn_acks.count > 0 && f->ack_ts != 0; /* only the server does not have that yet */
        struct tl_events *tally = acked ? &e->spurious : answer ? &e->syn_acks : &e->syns;
        int64_t waited = tally->count > 0 && !acked ? tl_time_between(e->last_ts, frame->ts) : 0;
        if (!answer && !ecn && e->ecn_syns.count > 0)
            e->heard_ecn = true;
        tl_events_add(tally, frame->number, waited);
        if (!answer && ecn)
            tl_events_add(&e->ecn_syns, frame->number, 0);
        e->mss = seg->mss;
        e->scale = seg->window_scale;
        e->sack = h->sack;
        e->options_known = h->known;
        if (answer && f->syn_ack_ts == 0) {
            f->syn_ack_ts = frame->ts;
            f->syn_ack = frame->number;
        } else if (!answer && f->syn_ack_ts == 0) { /* the last one is that which is answered */
            f->syn_ts = frame->ts;
            f->syn = frame->number;
            f->syn_apart = waited;
        }
        if (answer && !acked) {
            f->syn_ack_last_ts = frame->ts;
            f->syn_ack_apart = waited;
        }
    } else if (seg->flags & TL_ACK && f->syn_ack_ts != 0 && f->ack_ts == 0 && p->syn_acks.count > 0 &&
               (seg->flags & TL_RST) == 0) {
        f->ack_ts = frame->ts;
        f->ack = frame->number;
    }
    bool waits = p->syns.count > 0 && p->has_next && f->syn_ack_ts == 0;
    if (waits && (seg->flags & (TL_SYN | TL_RST | TL_ACK)) == TL_ACK && seg->ack != p->next)
        tl_events_add(&e->old_acks, frame->number, 0);
}

/*
 * A reset of an end that has no such connection takes its number from the acknowledgment that it answers, and has no ACK
 * (RFC 9293 section 3.10.7.1); a program that aborts its connection sends ACK too.
 */
static void note_first_reset(struct tl_end_facts *e, const struct tl_end_facts *p, const struct tl_frame *frame, uint8_t ttl)
{
    const struct tl_transport *seg = &frame->seg;
    e->reset_ts = frame->ts;
    e->reset_ttl = e->packets > 0 ? ttl : 0;
    e->reset_quiet = e->packets > 0 ? tl_time_between(e->last_ts, frame->ts) : 0;
    e->reset_last = e->packets > 0 ? e->last : 0;
    e->reset_peer = p->packets > 0 ? p->last : 0;
    e->reset_after = tl_time_between(e->reset_last > e->reset_peer ? e->last_ts : p->last_ts, frame->ts);
    e->reset_waiting = p->last_new_ts > e->last_new_ts;
    e->reset_stateless = (seg->flags & (TL_ACK | TL_SYN | TL_FIN)) == 0 && e->has_acked && seg->seq == e->acked &&
                         p->last_ts > e->last_ts && e->fin_ts == 0 && p->fin_ts == 0 && p->resets.count == 0;
}

static void note_end(const struct tl_facts *f, struct tl_end_facts *e, struct tl_end_facts *p, const struct tl_frame *frame,
                     const struct headers *h)
{
    const struct tl_transport *seg = &frame->seg;
    if (seg->flags & TL_FIN && e->fin_ts == 0) {
        e->fin_ts = frame->ts;
        e->fin = frame->number;
        if (p->has_next && before(seg->ack, p->next) && p->fin_ts == 0 && !p->last_closes) /* what p sent is on its way */
            tl_events_add(&p->after_fin, p->last_new, 0);
    }
    if (seg->flags & TL_RST) {
        if (e->resets.count == 0)
            note_first_reset(e, p, frame, h->ttl);
        tl_events_add(&e->resets, frame->number, 0);
    } else if (e->ttl == 0) {
        e->ttl = h->ttl;
    }
    if (seg->payload_len > 0)
        e->last_closes = is_close_alert(f, h);
    if (seg->payload_len > 0 && p->fin_ts != 0 && (!e->has_next || !before(seg->seq, e->next)) && !e->last_closes)
        tl_events_add(&e->after_fin, frame->number, 0);
}

/* --- who waits for whom --- */

static void note_tls(struct tl_facts *f, const struct tl_frame *frame, const struct headers *h, bool orig)
{
    if (h->payload_len == 0)
        return;
    if (f->tls_ts == 0 && f->talker < 0 && orig && h->payload[0] == 0x16) {
        f->tls = true;
        f->tls_ts = frame->ts;
    } else if (f->tls && f->tls_done_ts == 0 && h->payload[0] == 0x17 && orig) {
        f->tls_done_ts = frame->ts;
    }
}

/* A reply of SMTP, if the flow is one (RFC 5321 section 4.2). */
static void note_reply(struct tl_facts *f, const struct tl_frame *frame, const struct headers *h)
{
    struct tl_told_facts *t = &f->told;
    const uint8_t *at = h->payload;
    if (h->payload_len < 4 || (at[0] != '4' && at[0] != '5') || at[1] < '0' || at[1] > '5' || at[2] < '0' || at[2] > '9' ||
        (at[3] != ' ' && at[3] != '-'))
        return;
    tl_events_add(at[0] == '4' ? &t->smtp_later : &t->smtp_refused, frame->number, 0);
    uint32_t len = 0;
    while (len < h->payload_len && at[len] != '\r' && at[len] != '\n')
        len++;
    if (t->smtp_reply[0] == '\0')
        tl_facts_text(t->smtp_reply, sizeof t->smtp_reply, (struct tl_bytes){ at, len });
}

/* A message as that before it, which the peer had answered at once, and in the same way as always. */
static void note_beat(struct tl_end_facts *e, const struct tl_end_facts *p, const struct tl_frame *frame, int64_t wait)
{
    int64_t interval = e->last_new_ts > 0 ? tl_time_between(e->last_new_ts, frame->ts) : 0;
    if (interval < wait || interval - wait > wait / 10 || e->said_len != frame->seg.payload_len || !p->said_same)
        return;
    if (e->beats.count == 0 || interval < e->beat_least)
        e->beat_least = interval;
    if (interval > e->beat_most)
        e->beat_most = interval;
    tl_events_add(&e->beats, frame->number, wait);
}

static void note_turn(struct tl_facts *f, unsigned end, const struct tl_frame *frame)
{
    struct tl_end_facts *e = &f->end[end], *p = &f->end[end ^ 1];
    bool orig = end == tl_facts_side(f, 0);
    if (orig && f->request_ts == 0) {
        f->request_ts = frame->ts;
        f->request = frame->number;
    }
    if (!orig && f->answer_ts == 0 && f->request_ts != 0) {
        f->answer_ts = frame->ts;
        f->answer = frame->number;
    }
    int64_t wait = p->last_new_ts > 0 ? tl_time_between(p->last_new_ts, frame->ts) : 0;
    if (f->talker >= 0 && (unsigned)f->talker != end && wait > 0) {
        f->turns++;
        *(orig ? &f->client_wait : &f->server_wait) += wait < INT64_MAX / 1000000 ? wait : 0;
        /* without an acknowledgment that came early the path may be what is slow */
        bool taken = p->acked_ts >= p->last_new_ts && tl_time_between(p->last_new_ts, p->acked_ts) <= wait / 2;
        if (wait >= slow_least && taken && !f->lost_in_turn && e->zero_since == 0 && p->zero_since == 0) {
            tl_events_add(&e->slow, frame->number, wait);
            note_beat(e, p, frame, wait);
        }
    }
    if (f->talker != (int8_t)end)
        f->lost_in_turn = false;
    f->talker = (int8_t)end;
}

/* The round trip from the tap to an end and back; 0: not known. */
static int64_t half_of(const struct tl_facts *f, unsigned end)
{
    bool client = f->end[end].syns.count > 0;
    if (f->ack_ts == 0)
        return 0;
    int64_t half = client ? tl_time_between(f->syn_ack_ts, f->ack_ts) : tl_time_between(f->syn_ts, f->syn_ack_ts);
    return half > 0 && half < 1000 * MS ? half : 0;
}

static void note_data(struct tl_facts *f, unsigned end, const struct tl_frame *frame, const struct headers *h,
                      bool is_new, bool idle_before, bool skipped)
{
    struct tl_end_facts *e = &f->end[end];
    const struct tl_end_facts *p = &f->end[end ^ 1];
    if (e->first_data_ts == 0) {
        e->first_data_ts = frame->ts;
        e->first_data = frame->number;
    }
    if (is_new) {
        int64_t since = p->opened_ts > e->last_new_ts ? p->opened_ts : e->last_new_ts; /* the program could send */
        int64_t own = e->last_new_ts > 0 ? tl_time_between(since, frame->ts) : 0;
        note_tls(f, frame, h, end == tl_facts_side(f, 0));
        tl_rounds_data(e, frame, path_rtt(f), idle_before);
        f->end[end ^ 1].rounds.first = f->end[end ^ 1].rounds.grows_from = 0; /* it may have waited for this */
        if (end == tl_facts_side(f, 1))
            note_reply(f, frame, h);
        if (e->delayed_ack_ts != 0 && tl_time_between(e->delayed_ack_ts, frame->ts) < 5 * MS + half_of(f, end))
            tl_events_add(&e->nagle, e->delayed_ack, e->delayed_wait);
        bool tail = f->talker == (int8_t)end && own >= stall_least && idle_before && skipped && p->zero_since == 0;
        if (tail) { /* lost, and sent again after a time-out: the tap sees a pause only */
            tl_events_add(&e->again_before, frame->number, own);
            tl_events_add(&e->tails, frame->number, 0);
            tl_events_add(&e->timeouts, frame->number, own);
        } else if (f->talker == (int8_t)end && own >= slow_least && idle_before && !f->lost_in_turn && p->zero_since == 0)
            tl_events_add(&e->stalls, frame->number, own);
        if (f->talker < 0 || (f->talker == (int8_t)end && own >= slow_least))
            e->speaks_first = true;
        note_turn(f, end, frame);
        e->said_same = e->bytes == 0 || e->said_len == frame->seg.payload_len;
        e->said_len = frame->seg.payload_len;
        uint32_t data_end = frame->seg.seq + frame->seg.payload_len;
        if (e->bytes == 0 || before(e->data_end, data_end))
            e->data_end = data_end;
        e->bytes += frame->seg.payload_len;
        e->data_packets++;
        if (frame->seg.payload_len > e->biggest)
            e->biggest = frame->seg.payload_len;
        e->small += frame->seg.payload_len < TL_SMALL_WRITE;
        e->last_new_ts = frame->ts;
        e->last_new = frame->number;
        f->lost_in_turn = false;
    }
    e->delayed_ack_ts = 0;
    e->last_data_ts = frame->ts;
    e->last_data = frame->number;
}

static void note_gap(struct tl_facts *f, unsigned end, const struct tl_frame *frame)
{
    int64_t gap = f->packets > 0 ? tl_time_between(f->last_ts, frame->ts) : 0;
    bool waits = f->end[0].stuck_count + f->end[1].stuck_count > 0 || f->ack_ts == 0 || f->end[0].zero_since != 0 ||
                 f->end[1].zero_since != 0;
    if (gap >= gap_least && gap < INT64_MAX / 4 && !waits) {
        f->gap = gap;
        f->gap_end_ts = frame->ts;
        f->gap_end = frame->number;
        f->gap_breaker = (uint8_t)end;
        f->after_gap[0] = f->after_gap[1] = 0;
    }
    f->after_gap[end]++;
}

void tl_facts_segment(struct tl_facts *f, unsigned end, const struct tl_frame *frame, const struct tl_segment *segment)
{
    struct tl_end_facts *e = &f->end[end], *p = &f->end[end ^ 1];
    const struct tl_transport *seg = &frame->seg;
    const struct headers h = read_headers(frame);
    const struct tl_imprint now = { frame->ts, seg->seq, seg->ack, seg->payload_len, h.ip_id, seg->window, seg->flags };
    bool is_new = false;
    if (is_copy(e, &now)) {
        tl_events_add(&e->duplicates, frame->number, 0);
        return;
    }
    e->recent[e->recent_at++ % TL_FACTS_RECENT] = now;
    if (p->pending.count > 0)
        move_events(&p->again_after, &p->pending);
    if (e->packets == 0) {
        e->first = frame->number;
        e->vlan = frame->vlan > 1 ? frame->vlan : 0;
        e->has_l2 = frame->l2_src != NULL && frame->l2_dst != NULL;
        if (e->has_l2) {
            memcpy(e->l2_from, frame->l2_src, sizeof e->l2_from);
            memcpy(e->l2_to, frame->l2_dst, sizeof e->l2_to);
        }
    }
    f->reused = f->reused || (segment->kinds & TL_SEGMENT_REUSED_PORTS) != 0;
    note_gap(f, end, frame);
    note_handshake(f, end, frame, &h);
    note_end(f, e, p, frame, &h);
    bool idle_before = e->has_acked && e->acked == e->next, skipped = skipped_ids(e, h.ip_id);
    if (seg->flags & TL_ACK)
        take_ack(e, p, frame, segment, path_rtt(f));
    if (seg->flags & TL_ACK)
        note_needless(p, seg, &h);
    note_window(e, p, frame, segment);
    take_numbers(f, e, frame, segment, &h, &is_new);
    bool is_data = seg->payload_len > 0 && (seg->flags & TL_RST) == 0 &&
                   (segment->kinds & (TL_SEGMENT_KEEP_ALIVE | TL_SEGMENT_ZERO_WINDOW_PROBE)) == 0;
    if (is_data)
        note_data(f, end, frame, &h, is_new, idle_before, skipped);
    if (is_data || (seg->flags & TL_FIN) != 0)
        e->last_sent_ts = frame->ts;
    e->packets++;
    e->last_ts = frame->ts;
    e->last = frame->number;
    f->packets++;
    f->last = frame->number;
    f->last_ts = frame->ts;
}
