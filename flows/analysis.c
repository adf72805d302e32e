/* analysis.c - what each segment of a TCP connection is, in one pass. */
#include "flows/analysis.h"

#include "core/time.h"

enum {
    FAST_NS = 20 * 1000 * 1000,   /* a fast retransmission follows the last duplicate ACK within this time */
    REORDER_NS = 3 * 1000 * 1000, /* a segment out of order is this late at most, unless the round trip is known */
    SENT_LEAST = 8,
    SENT_GROWTH = 8,
    SCALE_NONE = -1,
    CONTROL = TL_SYN | TL_FIN | TL_RST,
};

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* --- segments that wait for their acknowledgment --- */

/* Widens the range of numbers that wait. */
static void widen(struct tl_analysed_end *e, uint32_t seq, uint32_t next, bool alone)
{
    if (alone || before(seq, e->sent_seq))
        e->sent_seq = seq;
    if (alone || before(e->sent_next, next))
        e->sent_next = next;
}

/* Few sizes, because each takes a chunk of the slab, and the view's decoders have few. */
static uint32_t more_room(uint32_t capacity)
{
    return capacity == 0 ? SENT_LEAST : capacity * SENT_GROWTH;
}

/* The newest is the last. A segment that finds no room is not waited for. */
static void remember(struct tl_analysed_end *e, const struct tl_frame *frame, uint32_t next, struct tl_slab *slab)
{
    if (e->sent_count == e->sent_capacity) {
        uint32_t capacity = more_room(e->sent_capacity);
        struct tl_sent *more = capacity <= TL_SENT_MOST ? tl_slab_get(slab, capacity * sizeof *more) : NULL;
        if (more == NULL)
            return;
        if (e->sent_count > 0)
            memcpy(more, e->sent, e->sent_count * sizeof *more);
        tl_slab_put(slab, e->sent, e->sent_capacity * sizeof *more);
        e->sent = more;
        e->sent_capacity = capacity;
    }
    widen(e, frame->seg.seq, next, e->sent_count == 0);
    e->sent[e->sent_count++] = (struct tl_sent){ frame->ts, frame->number, frame->seg.seq, next };
}

/* Forgets what is acknowledged; of a segment that ends there, notes the time. */
static void acknowledge(struct tl_analysed_end *e, uint32_t ack, int64_t ts, struct tl_segment *out)
{
    uint32_t kept = 0;
    if (e->sent_count > 0 && !before(e->sent_seq, ack)) /* nothing new */
        return;
    for (uint32_t i = 0; i < e->sent_count; i++) {
        struct tl_sent *sent = &e->sent[i];
        if (sent->next == ack && out->acks_frame == 0) {
            out->acks_frame = sent->frame;
            out->ack_rtt = tl_time_between(sent->ts, ts);
        }
        if (!before(ack, sent->next))
            continue;
        if (before(sent->seq, ack))
            sent->seq = ack;
        widen(e, sent->seq, sent->next, kept == 0);
        e->sent[kept++] = *sent;
    }
    e->sent_count = kept;
}

static uint32_t bytes_in_flight(const struct tl_analysed_end *e)
{
    return e->hole || e->sent_count == 0 ? 0 : e->sent_next - e->sent_seq;
}

void tl_analysis_fini(struct tl_analysis *a, struct tl_slab *slab)
{
    for (unsigned i = 0; i < 2; i++)
        tl_slab_put(slab, a->end[i].sent, a->end[i].sent_capacity * sizeof *a->end[i].sent);
}

/* --- kinds --- */

/* A segment that answers: no data, no control bit, the number expected, and the acknowledgment of the one before. */
static bool repeats_ack(const struct tl_analysed_end *e, const struct tl_transport *seg)
{
    return seg->payload_len == 0 && (seg->flags & CONTROL) == 0 && e->has_next && seg->seq == e->next && e->has_ack &&
           seg->ack == e->ack;
}

/* What it says of the state of its sender. */
static uint32_t kinds_of_sender(const struct tl_analysed_end *e, const struct tl_analysed_end *peer,
                                const struct tl_transport *seg)
{
    uint32_t kinds = 0;
    if (seg->payload_len == 1 && e->has_next && seg->seq == e->next && peer->has_ack && peer->window == 0)
        return TL_SEGMENT_ZERO_WINDOW_PROBE;
    if (seg->window == 0 && (seg->flags & CONTROL) == 0)
        kinds |= TL_SEGMENT_ZERO_WINDOW;
    if (e->has_next && before(e->next, seg->seq) && (seg->flags & TL_RST) == 0)
        kinds |= TL_SEGMENT_LOST_BEFORE;
    if (seg->payload_len <= 1 && e->has_next && seg->seq == e->next - 1 && (seg->flags & CONTROL) == 0)
        kinds |= TL_SEGMENT_KEEP_ALIVE;
    if (repeats_ack(e, seg) && seg->window != 0 && seg->window != e->window)
        kinds |= TL_SEGMENT_WINDOW_UPDATE;
    if (seg->payload_len > 0 && (seg->flags & CONTROL) == 0 && peer->scale != TL_SCALE_UNKNOWN && peer->has_ack) {
        unsigned shift = peer->first_ack || peer->scale < 0 ? 0 : (unsigned)peer->scale - 1;
        if (seg->seq + seg->payload_len == peer->ack + ((uint32_t)peer->window << shift))
            kinds |= TL_SEGMENT_WINDOW_FULL;
    }
    return kinds;
}

/* Which answer it is, if it is one. */
static uint32_t kind_of_answer(const struct tl_analysed_end *e, const struct tl_analysed_end *peer,
                               const struct tl_transport *seg)
{
    if (!repeats_ack(e, seg) || seg->window != e->window)
        return 0;
    if (seg->window != 0 && peer->last_kinds & TL_SEGMENT_KEEP_ALIVE)
        return TL_SEGMENT_KEEP_ALIVE_ACK;
    if (seg->window == 0)
        return peer->last_kinds & TL_SEGMENT_ZERO_WINDOW_PROBE ? TL_SEGMENT_ZERO_WINDOW_PROBE_ACK : 0;
    return TL_SEGMENT_DUPLICATE_ACK;
}

/* The same segment, with these ends, is not acknowledged yet. */
static bool was_seen(const struct tl_analysed_end *e, uint32_t seq, uint32_t next)
{
    for (uint32_t i = 0; i < e->sent_count; i++) {
        if (e->sent[i].seq == seq && e->sent[i].next == next)
            return true;
    }
    return false;
}

/* Data or a control bit that begins below the number expected. */
static uint32_t kind_of_repeat(const struct tl_analysis *a, const struct tl_analysed_end *e,
                               const struct tl_analysed_end *peer, const struct tl_frame *frame, uint32_t next)
{
    const struct tl_transport *seg = &frame->seg;
    bool below = e->has_next && before(seg->seq, e->next);
    if (seg->payload_len > 0 && peer->has_ack && !before(peer->ack, seg->seq + seg->payload_len))
        return TL_SEGMENT_SPURIOUS_RETRANSMISSION;
    if (below && peer->duplicates >= 2 && peer->ack == seg->seq &&
        tl_time_between(peer->ack_ts, frame->ts) < FAST_NS)
        return TL_SEGMENT_FAST_RETRANSMISSION;
    int64_t most = a->initial_rtt != 0 ? a->initial_rtt : REORDER_NS;
    if (below && tl_time_between(e->next_ts, frame->ts) < most && next != e->next && !was_seen(e, seg->seq, next))
        return TL_SEGMENT_OUT_OF_ORDER;
    return below ? TL_SEGMENT_RETRANSMISSION : 0;
}

/* --- times --- */

static void note_times(struct tl_analysis *a, const struct tl_frame *frame, struct tl_segment *out)
{
    if (!a->begun) {
        a->begun = true;
        a->first_ts = a->last_ts = frame->ts;
    }
    out->since_first = tl_time_between(a->first_ts, frame->ts);
    out->since_previous = tl_time_between(a->last_ts, frame->ts);
    a->last_ts = frame->ts;
}

/* The handshake takes from its last SYN to the first ACK without SYN. */
static void note_handshake(struct tl_analysis *a, const struct tl_frame *frame)
{
    unsigned flags = frame->seg.flags & (TL_SYN | TL_ACK);
    if (flags == TL_SYN) {
        a->has_syn = true;
        a->syn_ts = frame->ts;
    } else if (flags == TL_ACK && a->has_syn && a->initial_rtt == 0) {
        a->initial_rtt = tl_time_between(a->syn_ts, frame->ts);
    }
}

/* --- a segment --- */

/* The timeout is counted from the oldest segment that is not acknowledged, or from the last one with new bytes. */
static void note_timeout(const struct tl_analysed_end *e, const struct tl_frame *frame, struct tl_segment *out)
{
    if ((out->kinds & TL_SEGMENT_RETRANSMISSION) == 0)
        return;
    out->sent_frame = e->sent_count > 0 ? e->sent[0].frame : e->next_frame;
    out->timeout = tl_time_between(e->sent_count > 0 ? e->sent[0].ts : e->next_ts, frame->ts);
}

/* Moves the numbers of the sender on. */
static void advance(struct tl_analysed_end *e, const struct tl_frame *frame, uint32_t next, uint32_t kinds)
{
    bool probe = (kinds & TL_SEGMENT_ZERO_WINDOW_PROBE) != 0;
    if ((!e->has_next || before(e->next, next)) && !probe) {
        e->has_next = true;
        e->next = next;
        e->next_ts = frame->ts;
        e->next_frame = frame->number;
    }
    if ((!e->reached_known || e->reached == frame->seg.seq) && !probe) {
        e->reached_known = true;
        e->reached = e->next;
    }
}

static void note_ack(struct tl_analysed_end *e, struct tl_analysed_end *peer, const struct tl_frame *frame,
                     struct tl_segment *out)
{
    const struct tl_transport *seg = &frame->seg;
    if (out->kinds & TL_SEGMENT_DUPLICATE_ACK) {
        out->duplicate = ++e->duplicates;
        out->duplicate_frame = e->ack_frame;
    }
    if (!e->has_ack || seg->ack != e->ack) {
        e->ack_frame = frame->number;
        e->duplicates = 0;
    }
    if (seg->flags & TL_ACK && peer->reached_known && before(peer->reached, seg->ack)) {
        out->kinds |= e->told ? 0 : TL_SEGMENT_ACK_OF_LOST; /* once, until the peer sends more */
        e->told = peer->reached == peer->next || !before(peer->next, seg->ack);
        peer->reached = peer->next;
    }
}

/* What later segments are compared with. */
static void keep(struct tl_analysed_end *e, const struct tl_frame *frame, uint32_t kinds)
{
    const struct tl_transport *seg = &frame->seg;
    e->first_ack = (seg->flags & TL_SYN) != 0;
    e->window = seg->window;
    e->ack = seg->ack;
    e->has_ack = (seg->flags & TL_ACK) != 0;
    e->ack_ts = frame->ts;
    e->last_kinds = kinds & (TL_SEGMENT_KEEP_ALIVE | TL_SEGMENT_ZERO_WINDOW_PROBE);
}

/* Windows are scaled only if both SYNs offer it (RFC 7323 2.2). One without the option settles that for both ends. */
static void note_scale(struct tl_analysed_end *e, struct tl_analysed_end *peer, const struct tl_transport *seg)
{
    if ((seg->flags & TL_SYN) == 0)
        return;
    if (seg->window_scale >= 0)
        e->scale = (int8_t)(seg->window_scale + 1);
    else if (e->scale == TL_SCALE_UNKNOWN)
        e->scale = peer->scale = SCALE_NONE;
    if (seg->flags & TL_ACK && peer->scale == SCALE_NONE)
        e->scale = SCALE_NONE;
}

static void note_window(const struct tl_analysed_end *e, const struct tl_transport *seg, struct tl_segment *out)
{
    bool scaled = e->scale > 0 && (seg->flags & TL_SYN) == 0;
    out->window = scaled ? (uint32_t)seg->window << (e->scale - 1) : seg->window;
    out->factor = e->scale > 0 ? 1 << (e->scale - 1) : e->scale == SCALE_NONE ? TL_FACTOR_NONE : TL_FACTOR_UNKNOWN;
}

static void note_push(struct tl_analysed_end *e, const struct tl_transport *seg, struct tl_segment *out)
{
    e->pushed += seg->payload_len;
    out->pushed = e->pushed;
    if (seg->flags & TL_PSH)
        e->pushed = 0;
}

void tl_analyse(struct tl_analysis *a, unsigned end, const struct tl_frame *frame, uint32_t start, struct tl_slab *slab,
                struct tl_segment *out)
{
    struct tl_analysed_end *e = &a->end[end], *peer = &a->end[end ^ 1];
    const struct tl_transport *seg = &frame->seg;
    uint32_t next = seg->seq + seg->payload_len + ((seg->flags & (TL_SYN | TL_FIN)) != 0);
    bool takes_room = next != seg->seq;
    *out = (struct tl_segment){ .next = next - start };
    note_times(a, frame, out);
    if (a->reused)
        out->kinds |= TL_SEGMENT_REUSED_PORTS;
    a->reused = false;
    note_scale(e, peer, seg);
    note_window(e, seg, out);
    out->kinds |= kinds_of_sender(e, peer, seg);
    e->hole |= (out->kinds & TL_SEGMENT_LOST_BEFORE) != 0;
    if ((out->kinds & TL_SEGMENT_ZERO_WINDOW_PROBE) == 0)
        out->kinds |= kind_of_answer(e, peer, seg);
    note_ack(e, peer, frame, out);
    if (takes_room && (out->kinds & (TL_SEGMENT_KEEP_ALIVE | TL_SEGMENT_ZERO_WINDOW_PROBE)) == 0)
        out->kinds |= kind_of_repeat(a, e, peer, frame, next);
    note_handshake(a, frame);
    out->initial_rtt = a->initial_rtt;
    note_timeout(e, frame, out);
    if ((out->kinds & TL_SEGMENT_LOST_BEFORE) != 0 || !e->has_ack || seg->ack != e->ack)
        peer->told = false;
    if (takes_room)
        remember(e, frame, next, slab);
    advance(e, frame, next, out->kinds);
    keep(e, frame, out->kinds);
    if (seg->flags & TL_ACK) {
        acknowledge(peer, seg->ack, frame->ts, out);
        peer->hole = false;
    }
    if (seg->payload_len > 0) {
        out->in_flight = bytes_in_flight(e);
        if (out->in_flight > 0)
            note_push(e, seg, out);
        if (out->in_flight > 0 && next != seg->seq + seg->payload_len)
            out->in_flight--; /* SYN or FIN of this segment is no byte */
    }
}
