/* tcp.c - tracks the sequence numbers, states and history of a TCP connection (RFC 9293 section 3; Zeek's states). */
#include "flows/tcp.h"

#include "core/time.h"
#include "flows/history.h"

_Static_assert(sizeof(struct tl_tcp_half) <= 120, "two of them are in every TCP flow");

enum { FAR = 1 << 20 }; /* a larger jump of the sequence number is ignored in a SYN, an RST or an ACK of 0 */

/* History letters written once per side. */
enum { SEEN_SYN, SEEN_FIN, SEEN_RST, SEEN_ACK, SEEN_DATA, SEEN_MANY, SEEN_FIN_RST };

static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* Returns the 64-bit number nearest to `near` whose low 32 bits match seq; negative: before the SYN. */
static int64_t relative(const struct tl_tcp_half *h, uint32_t seq, uint64_t near)
{
    return (int64_t)near + distance(seq, h->start + (uint32_t)near);
}

static uint32_t sequence_length(const struct tl_transport *seg)
{
    uint32_t n = seg->flags & TL_RST ? 0 : seg->payload_len;
    return n + ((seg->flags & TL_SYN) != 0) + ((seg->flags & TL_FIN) != 0);
}

bool tl_tcp_syn_is_new(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    const struct tl_tcp_half *h = &tcp->half[side];
    if (h->closed || tcp->half[side ^ 1].closed)
        return true; /* whatever its number: none is sent again after a FIN or an RST */
    return h->started && h->start != seg->seq;
}

static void restart(struct tl_tcp_half *h, uint32_t start)
{
    h->start = start;
    h->acked = 0;
    h->last = h->range.next = 1;
}

/* Sets the start of a side's numbering, at its first packet or when a SYN corrects it. */
static void begin(struct tl_tcp_half *h, const struct tl_transport *seg)
{
    bool syn = (seg->flags & TL_SYN) != 0;
    if (!h->started) {
        h->started = true;
        restart(h, syn ? seg->seq : seg->seq - 1);
        return;
    }
    bool before_data = h->state == TL_TCP_SYN_SENT || h->state == TL_TCP_SYN_ACK_SENT ||
                       (h->state == TL_TCP_RESET && h->previous == TL_TCP_INACTIVE);
    if (syn && seg->seq != h->start && (before_data || h->last <= 1) && h->range.first == NULL)
        restart(h, seg->seq);
}

static void once(struct tl_flow *flow, struct tl_tcp *tcp, void *base, unsigned side, unsigned kind, char letter)
{
    unsigned bit = 1u << kind;
    if (tcp->seen[side] & bit)
        return;
    tcp->seen[side] |= (uint8_t)bit;
    tl_history_add(flow, base, side, letter);
}

/* Letters that are repeated when the sequence number differs. */
static void again(struct tl_flow *flow, struct tl_tcp *tcp, void *base, unsigned side, unsigned kind, char letter,
                  uint64_t number, uint64_t *last)
{
    unsigned bit = 1u << kind;
    if (!(tcp->seen[side] & bit) || *last != number)
        tl_history_add(flow, base, side, letter);
    tcp->seen[side] |= (uint8_t)bit;
    *last = number;
}

static void note_flags(struct tl_flow *flow, struct tl_tcp *tcp, void *base, unsigned side,
                       const struct tl_transport *seg, uint64_t rel)
{
    struct tl_tcp_half *h = &tcp->half[side];
    unsigned flags = seg->flags & (TL_SYN | TL_FIN | TL_RST);
    switch (flags) {
    case 0:
        if (seg->payload_len > 0)
            once(flow, tcp, base, side, SEEN_DATA, 'd');
        else if (seg->flags & TL_ACK)
            once(flow, tcp, base, side, SEEN_ACK, 'a');
        break;
    case TL_SYN:
        again(flow, tcp, base, side, SEEN_SYN, seg->flags & TL_ACK ? 'h' : 's', rel, &h->last_syn);
        break;
    case TL_FIN:
        again(flow, tcp, base, side, SEEN_FIN, 'f', rel + seg->payload_len, &h->last_fin);
        break;
    case TL_RST:
        again(flow, tcp, base, side, SEEN_RST, 'r', rel, &h->last_rst);
        break;
    default:
        if (flags & TL_FIN && flags & TL_RST)
            once(flow, tcp, base, side, SEEN_FIN_RST, 'i');
        else
            once(flow, tcp, base, side, SEEN_MANY, 'q');
    }
}

static void note_window(struct tl_flow *flow, struct tl_tcp *tcp, void *base, unsigned side,
                        const struct tl_transport *seg)
{
    struct tl_tcp_half *h = &tcp->half[side];
    if (seg->window == 0 && !(seg->flags & TL_RST) && tcp->half[side ^ 1].state != TL_TCP_CLOSED &&
        h->state != TL_TCP_RESET)
        tl_history_scaled(flow, base, side, 'w', &h->zero_windows);
}

/*
 * Returns whether a segment that begins one octet below the end of the data is a keep-alive, with that octet or none. A retransmission of
 * one octet is not acknowledged yet, or has PSH set.
 */
static bool is_keep_alive(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg, uint32_t octets)
{
    const struct tl_tcp_half *h = &tcp->half[side];
    return seg->payload_len == octets && (seg->flags & (TL_ACK | TL_PSH | TL_SYN | TL_FIN | TL_RST | TL_URG)) == TL_ACK &&
           (h->acked >= h->last || !tcp->half[side ^ 1].started);
}

/* Updates the highest end seen, and counts retransmissions: payload that ends at or below it. */
static void note_end(struct tl_flow *flow, struct tl_tcp *tcp, void *base, unsigned side,
                     const struct tl_transport *seg)
{
    struct tl_tcp_half *h = &tcp->half[side];
    uint32_t end = seg->seq + sequence_length(seg);
    int32_t delta = distance(end, h->start + (uint32_t)h->last);
    if (seg->flags & (TL_SYN | TL_RST) && (delta > FAR || delta < -FAR))
        return;
    if (h->state == TL_TCP_RESET && !(seg->flags & TL_FIN && h->last == 1))
        return;
    if (delta > 0) {
        h->last += (uint32_t)delta;
    } else if (seg->flags & TL_FIN && h->last == 1 && delta < 0) {
        h->last = (uint32_t)(end - h->start); /* more than 2 GiB, of which only SYN and FIN were seen */
    } else if ((delta == 0 && is_keep_alive(tcp, side, seg, 1)) || (delta == -1 && is_keep_alive(tcp, side, seg, 0))) {
        tcp->marks |= TL_TCP_KEEP_ALIVE;
    } else if (seg->payload_len > 0 && !(seg->flags & TL_RST)) {
        tcp->marks |= TL_TCP_LATE;
        tl_history_scaled(flow, base, side, 't', &h->late);
    }
}

static void note_ack(struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    struct tl_tcp_half *peer = &tcp->half[side ^ 1];
    if (!(seg->flags & TL_ACK))
        return;
    if (!peer->started) {
        if (peer->last == 0) {
            peer->start = seg->ack - 1;
            peer->last = 1;
            peer->acked = 1;
            peer->range.next = 1;
            return;
        }
    } else if (seg->flags & TL_RST) {
        return; /* not reliable in these segments */
    }
    int64_t rel = relative(peer, seg->ack, peer->acked);
    if (seg->ack == 0 && rel > (int64_t)peer->acked + FAR)
        return;
    if (rel > (int64_t)peer->acked)
        peer->acked = (uint64_t)rel;
}

static void set_state(struct tl_tcp_half *h, enum tl_tcp_state state)
{
    if (h->state != state) {
        h->previous = h->state;
        h->state = (uint8_t)state;
    }
}

static void from_inactive(struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    if (seg->flags & TL_SYN) {
        if (side == TL_ORIG) {
            set_state(h, seg->flags & TL_ACK ? TL_TCP_SYN_ACK_SENT : TL_TCP_SYN_SENT);
        } else {
            if (peer->state == TL_TCP_SYN_SENT)
                set_state(peer, TL_TCP_ESTABLISHED);
            set_state(h, TL_TCP_ESTABLISHED);
        }
    }
    if (seg->flags & TL_FIN)
        set_state(h, TL_TCP_CLOSED);
    if (seg->flags & TL_RST)
        set_state(h, TL_TCP_RESET);
    if (h->state != TL_TCP_INACTIVE)
        return;
    if (side == TL_RESP && seg->payload_len == 0 && peer->state == TL_TCP_SYN_SENT)
        return; /* some hosts acknowledge a SYN before they answer it */
    if (seg->flags & TL_ACK && peer->state == TL_TCP_ESTABLISHED)
        set_state(h, TL_TCP_ESTABLISHED);
    else
        set_state(h, TL_TCP_PARTIAL);
}

static void change_state(struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    switch ((enum tl_tcp_state)h->state) {
    case TL_TCP_INACTIVE:
        from_inactive(tcp, side, seg);
        break;
    case TL_TCP_SYN_SENT:
    case TL_TCP_SYN_ACK_SENT:
        if (seg->flags & TL_FIN)
            set_state(h, TL_TCP_CLOSED);
        if (seg->flags & TL_RST)
            set_state(h, TL_TCP_RESET);
        break;
    case TL_TCP_PARTIAL:
    case TL_TCP_ESTABLISHED:
        if ((seg->flags & (TL_SYN | TL_ACK)) == TL_SYN && h->state == TL_TCP_PARTIAL &&
            peer->state == TL_TCP_INACTIVE)
            set_state(h, TL_TCP_SYN_SENT);
        if ((seg->flags & (TL_FIN | TL_RST)) == TL_FIN) {
            set_state(h, TL_TCP_CLOSED);
            if (peer->state == TL_TCP_RESET && peer->previous == TL_TCP_CLOSED)
                set_state(peer, TL_TCP_CLOSED); /* FIN, then RST: the side had closed normally */
        }
        if (seg->flags & TL_RST)
            set_state(h, TL_TCP_RESET);
        break;
    case TL_TCP_CLOSED:
        if (seg->flags & TL_RST && peer->state != TL_TCP_CLOSED)
            set_state(h, TL_TCP_RESET);
        break;
    case TL_TCP_RESET:
        break;
    }
}

static void note_rtt(struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg, int64_t ts)
{
    unsigned flags = seg->flags & (TL_SYN | TL_ACK | TL_RST | TL_FIN);
    if (flags == TL_SYN && side == TL_ORIG && tcp->syn_ack_ns == 0)
        tcp->syn_ns = ts + (ts == 0);
    else if (flags == (TL_SYN | TL_ACK) && side == TL_RESP && tcp->syn_ns != 0 && tcp->rtt_ns == 0)
        tcp->syn_ack_ns = ts + (ts == 0);
    else if (flags == TL_ACK && side == TL_ORIG && tcp->syn_ack_ns != 0 && tcp->rtt_ns == 0)
        tcp->rtt_ns = tl_time_between(tcp->syn_ns, ts);
}

/* Sets the end of the data. A FIN below bytes already seen is ignored. */
static void note_fin(struct tl_tcp_half *h, const struct tl_transport *seg, int64_t rel)
{
    int64_t end = rel + seg->payload_len + ((seg->flags & TL_SYN) != 0);
    if (seg->flags & TL_FIN && h->fin == 0 && rel >= 0 && end >= (int64_t)h->last)
        h->fin = (uint64_t)end;
}

/*
 * One test for what nearly every segment is: an ACK, perhaps with data, between two ends that are established, with no
 * letter to write and no time to take. Such a segment moves numbers only.
 */
static inline bool is_plain(const struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg)
{
    const struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    unsigned letter = seg->payload_len > 0 ? SEEN_DATA : SEEN_ACK;
    return (seg->flags & (TL_SYN | TL_FIN | TL_RST | TL_ACK)) == TL_ACK && seg->window != 0 && seg->ack != 0 &&
           h->state == TL_TCP_ESTABLISHED && peer->state == TL_TCP_ESTABLISHED && h->started && peer->started &&
           !h->closed &&
           (tcp->seen[side] >> letter & 1) != 0 && (tcp->rtt_ns != 0 || tcp->syn_ack_ns == 0);
}

/* A plain segment: the end of the data, and what the peer's data are acknowledged up to. */
static inline void move_on(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                           void *slab_base)
{
    struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    int32_t acked = distance(seg->ack, peer->start + (uint32_t)peer->acked);
    int32_t ahead = distance(seg->seq + seg->payload_len, h->start + (uint32_t)h->last);
    if (acked > 0)
        peer->acked += (uint32_t)acked;
    if (TL_LIKELY(ahead > 0))
        h->last += (uint32_t)ahead;
    else if (ahead < 0 || seg->payload_len > 0)
        note_end(flow, tcp, slab_base, side, seg);
}

enum tl_tcp_verdict tl_tcp_segment(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side,
                                   const struct tl_transport *seg, int64_t ts, void *slab_base)
{
    struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    if (TL_LIKELY(is_plain(tcp, side, seg))) {
        tcp->marks = 0;
        flow->last_ns = ts;
        move_on(flow, tcp, side, seg, slab_base);
        return TL_TCP_GOES_ON;
    }
    if ((seg->flags & (TL_SYN | TL_ACK)) == TL_SYN && side == TL_RESP && !h->started &&
        peer->state == TL_TCP_SYN_ACK_SENT && h->last != 0 && h->start == seg->seq)
        return TL_TCP_TURN; /* the SYN arrives after the SYN-ACK that answers it */
    tcp->marks = 0;
    begin(h, seg);
    int64_t rel = relative(h, seg->seq, h->last);
    note_flags(flow, tcp, slab_base, side, seg, (uint64_t)rel);
    note_window(flow, tcp, slab_base, side, seg);
    if (!h->closed || !peer->closed)
        flow->last_ns = ts;
    note_rtt(tcp, side, seg, ts);
    note_fin(h, seg, rel);
    note_ack(tcp, side, seg);
    note_end(flow, tcp, slab_base, side, seg);
    change_state(tcp, side, seg);
    if (seg->flags & (TL_FIN | TL_RST))
        h->closed = true;
    return TL_TCP_GOES_ON;
}

/*
 * Returns whether this is the byte of a keep-alive (RFC 1122 section 4.2.3.6) and the first packet seen of a side. Such
 * a byte was sent before at the same position, so it is no new data. A typed byte has PSH set.
 */
static bool is_first_keep_alive(const struct tl_tcp_half *h, const struct tl_transport *seg, int64_t rel)
{
    return h->state == TL_TCP_PARTIAL && h->range.next == 1 && rel == 1 && seg->payload_len == 1 &&
           (seg->flags & (TL_ACK | TL_PSH | TL_FIN | TL_URG)) == TL_ACK;
}

void tl_tcp_payload(struct tl_flow *flow, struct tl_tcp *tcp, unsigned side, const struct tl_transport *seg,
                    struct tl_bytes captured, const struct tl_tcp_reader *reader, struct tl_slab *slab)
{
    if (seg->flags & TL_ACK && !(seg->flags & TL_RST))
        tl_reassembly_acked(flow, tcp, side ^ 1, tcp->half[side ^ 1].acked, reader, slab);
    if (seg->payload_len == 0 || seg->flags & TL_RST || tcp->marks & TL_TCP_KEEP_ALIVE)
        return;
    struct tl_tcp_half *h = &tcp->half[side];
    int64_t rel = relative(h, seg->seq, h->last) + ((seg->flags & TL_SYN) != 0);
    uint32_t len = seg->payload_len;
    if (is_first_keep_alive(h, seg, rel)) {
        h->range.next = 2;
        return;
    }
    if (rel < 1) { /* the byte of a keep-alive, or a segment that begins before the stream */
        if (1 - rel >= (int64_t)len)
            return;
        uint32_t before = (uint32_t)(1 - rel);
        captured = before < captured.len ? (struct tl_bytes){ captured.data + before, captured.len - before }
                                         : (struct tl_bytes){ captured.data, 0 };
        len -= before;
        rel = 1;
    }
    tl_reassembly_add(flow, tcp, side, (uint64_t)rel, len, captured, reader, slab);
}

void tl_tcp_turn(struct tl_tcp *tcp)
{
    struct tl_tcp_half h = tcp->half[0];
    tcp->half[0] = tcp->half[1];
    tcp->half[1] = h;
    uint8_t seen = tcp->seen[0];
    tcp->seen[0] = tcp->seen[1];
    tcp->seen[1] = seen;
}

uint64_t tl_tcp_bytes(const struct tl_tcp *tcp, unsigned side)
{
    const struct tl_tcp_half *h = &tcp->half[side];
    if (!h->started)
        return 0;
    if (h->previous == TL_TCP_SYN_SENT && h->state == TL_TCP_RESET && tcp->half[side ^ 1].state == TL_TCP_INACTIVE)
        return 0; /* reset of a half-open connection: the sequence number of the RST is meaningless */
    uint64_t size = h->last > h->acked ? h->last : h->acked;
    size -= size > 0;
    return size - (size > 0 && h->fin != 0);
}

enum tl_flow_class tl_tcp_class(const struct tl_flow *flow, const struct tl_tcp *tcp)
{
    const struct tl_tcp_half *orig = &tcp->half[TL_ORIG], *resp = &tcp->half[TL_RESP];
    bool both = orig->state != TL_TCP_INACTIVE && resp->state != TL_TCP_INACTIVE;
    if (both && ((orig->closed && resp->closed) || orig->state == TL_TCP_RESET || resp->state == TL_TCP_RESET))
        return TL_CLASS_CLOSED;
    if (tcp->seen[TL_ORIG] & 1u << SEEN_SYN && resp->state == TL_TCP_INACTIVE)
        return TL_CLASS_ATTEMPT; /* whatever follows the SYN: a FIN and an RST too */
    if (flow->class == TL_CLASS_LOGIN)
        return TL_CLASS_LOGIN;
    for (unsigned i = 0; i < 2; i++) {
        uint16_t port = flow->port[i];
        if (port == 21 || port == 22 || port == 23 || port == 513)
            return TL_CLASS_LOGIN;
    }
    return TL_CLASS_TCP;
}

/* Returns whether the originator sent only SYNs before its RST: `S`, and none of HAFGIQ before the `R`. */
static bool reset_after_syn(const char *history)
{
    history += *history == '^';
    if (*history != 'S')
        return false;
    size_t n = strcspn(history, "HAFGIQR");
    return history[n] == 'R';
}

const char *tl_tcp_conn_state(const struct tl_flow *flow, const struct tl_tcp *tcp, const char *history)
{
    (void)flow;
    enum tl_tcp_state o = tcp->half[TL_ORIG].state, r = tcp->half[TL_RESP].state;
    bool o_quiet = o == TL_TCP_INACTIVE || o == TL_TCP_PARTIAL, r_quiet = r == TL_TCP_INACTIVE || r == TL_TCP_PARTIAL;
    if (r == TL_TCP_RESET) {
        if (o == TL_TCP_SYN_SENT || o == TL_TCP_SYN_ACK_SENT ||
            (o == TL_TCP_RESET && tl_tcp_bytes(tcp, TL_ORIG) == 0 && tl_tcp_bytes(tcp, TL_RESP) == 0))
            return "REJ";
        return o_quiet ? "RSTRH" : "RSTR";
    }
    if (o == TL_TCP_RESET) {
        if (r_quiet)
            return reset_after_syn(history) ? "RSTOS0" : "OTH";
        return "RSTO";
    }
    if (o == TL_TCP_CLOSED && r == TL_TCP_CLOSED)
        return "SF";
    if (o == TL_TCP_CLOSED)
        return r_quiet ? "SH" : "S2";
    if (r == TL_TCP_CLOSED)
        return o_quiet ? "SHR" : "S3";
    if (o == TL_TCP_SYN_SENT && r == TL_TCP_INACTIVE)
        return "S0";
    return o == TL_TCP_ESTABLISHED && r == TL_TCP_ESTABLISHED ? "S1" : "OTH";
}
