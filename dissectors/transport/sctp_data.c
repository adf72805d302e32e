/*
 * sctp_data.c - the user data of an association of SCTP (RFC 9260 section 6, I-DATA of RFC 8260). All chunks of a side
 * are taken in the order of their TSNs, in which they were sent. A stream number has one channel for both directions,
 * as TLS (RFC 3436) and HTTP use them: of bytes, for messages of those protocols follow each other as in TCP. DTLS (RFC
 * 6083) has one of messages, which must be in one chunk.
 *
 * Chunks ahead of a missing one wait for it. If the peer acknowledges the missing chunk, it was sent but not captured,
 * and the wait ends. The numbers of the next messages tell which streams lost one: their channels are closed, and opened
 * again at the next message.
 */
#include "dissectors/transport/sctp.h"

#include "core/channel.h"
#include "dissectors/registry.h"

enum { PPID_DIAMETER = 46, PPID_DIAMETER_DTLS = 47, HELD_BYTES_MOST = 16 << 10 };

struct chunk {
    struct tl_bytes data;
    uint32_t tsn, ppid, order, missing; /* as in struct tl_sctp_held */
    uint16_t stream;
    uint8_t flags;
};

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* --- streams --- */

static bool is_whole(const struct chunk *c)
{
    return (c->flags & (SCTP_BEGINNING | SCTP_ENDING)) == (SCTP_BEGINNING | SCTP_ENDING);
}

static bool is_dtls(const struct tl_dissection *d, const struct chunk *c)
{
    struct tl_cursor bytes = tl_cursor_on(c->data.data, c->data.len, c->data.len);
    return c->ppid == PPID_DIAMETER_DTLS || tl_protocol_dtls.probe(bytes, d) == TL_PROBE_YES;
}

static void close_streams(struct tl_dissection *d, struct tl_sctp_flow *f, uint64_t streams)
{
    for (unsigned i = 0; i < SCTP_STREAMS; i++)
        if (f->open & streams & UINT64_C(1) << i)
            tl_channel_close(d, tl_channel_find(d, i));
    f->open &= ~streams;
    f->side[0].runs &= ~streams;
    f->side[1].runs &= ~streams;
}

/* Returns the channel of the chunk's stream; NULL: it is not read. Each side begins with a message. */
static struct tl_channel *channel_of(struct tl_dissection *d, struct tl_sctp_flow *f, unsigned side,
                                     const struct chunk *c)
{
    const uint64_t bit = UINT64_C(1) << c->stream;
    if (!(c->flags & SCTP_BEGINNING) && !(f->side[side].runs & bit))
        return NULL;
    f->side[side].runs |= bit;
    if (f->open & bit)
        return tl_channel_find(d, c->stream);
    bool whole = is_dtls(d, c);
    f->open |= bit;
    f->whole = whole ? f->whole | bit : f->whole & ~bit;
    return tl_channel_open(d, whole ? TL_CHANNEL_DATAGRAM : TL_CHANNEL_STREAM, c->stream,
                           c->ppid == PPID_DIAMETER ? &tl_protocol_diameter : NULL);
}

/* Chunks were lost somewhere before this one: were any of its stream? */
static bool lost_any(const struct tl_sctp_flow *f, const struct tl_sctp_side *s, const struct chunk *c)
{
    const uint64_t bit = UINT64_C(1) << c->stream;
    if ((s->midway & bit) != 0 || !(c->flags & SCTP_BEGINNING))
        return true;
    if (c->ppid == PPID_DIAMETER || (f->open & f->whole & bit) != 0)
        return false; /* whole messages that have numbers of their own */
    return !(c->flags & SCTP_UNORDERED) && (s->ordered & bit) != 0 && s->order[c->stream] != c->order;
}

/* Notes what the chunk says of the next one of its stream. */
static void note_order(struct tl_sctp_side *s, const struct chunk *c, bool wide)
{
    const uint64_t bit = UINT64_C(1) << c->stream;
    const bool loose = (c->flags & SCTP_UNORDERED) != 0;
    s->midway = c->flags & SCTP_ENDING ? s->midway & ~bit : s->midway | bit;
    s->loose = loose ? s->loose | bit : s->loose & ~bit;
    if (!loose) {
        s->ordered |= bit;
        s->order[c->stream] = wide ? c->order + 1 : (uint16_t)(c->order + 1);
    }
}

static void deliver(struct tl_dissection *d, struct tl_sctp_flow *f, unsigned side, const struct chunk *c)
{
    struct tl_sctp_side *s = &f->side[side];
    if (c->stream >= SCTP_STREAMS)
        return;
    const uint64_t bit = UINT64_C(1) << c->stream;
    const bool loose = (c->flags & SCTP_UNORDERED) != 0;
    if ((s->midway & ~s->torn & bit) != 0 && loose != ((s->loose & bit) != 0)) {
        f->left = true; /* I-DATA: a message among the fragments of another one. The other one is read */
        return;
    }
    if ((s->torn & bit) != 0 && lost_any(f, s, c))
        close_streams(d, f, bit);
    s->torn &= ~bit;
    note_order(s, c, f->wide);
    struct tl_channel *channel = channel_of(d, f, side, c);
    if (channel == NULL || ((f->whole & bit) != 0 && (!is_whole(c) || c->missing > 0)))
        return;
    if (c->data.len > 0)
        tl_channel_push(d, channel, side, c->data);
    if (c->missing > 0)
        tl_channel_gap(d, channel, side, c->missing);
}

/* --- the order of the chunks --- */

static void drop(struct tl_dissection *d, struct tl_sctp_side *s, unsigned at)
{
    s->held_bytes -= tl_kept(d, s->held[at].bytes).len;
    tl_forget(d, s->held[at].bytes);
    s->held_count--;
    for (; at < s->held_count; at++)
        s->held[at] = s->held[at + 1];
}

/* Delivers what was held and is next now. */
static void drain(struct tl_dissection *d, struct tl_sctp_flow *f, unsigned side)
{
    struct tl_sctp_side *s = &f->side[side];
    for (unsigned i = 0; i < s->held_count;) {
        const struct tl_sctp_held *h = &s->held[i];
        if (before(s->next, h->tsn)) {
            i++;
            continue;
        }
        if (h->tsn == s->next) {
            const struct chunk c = { .data = tl_kept(d, h->bytes), .tsn = h->tsn, .ppid = h->ppid, .order = h->order,
                                     .missing = h->missing, .stream = h->stream, .flags = h->flags };
            deliver(d, f, side, &c);
            s->next++;
        }
        drop(d, s, i);
        i = 0;
    }
}

/* Returns false if there is no room. */
static bool hold(struct tl_dissection *d, struct tl_sctp_side *s, const struct chunk *c)
{
    for (unsigned i = 0; i < s->held_count; i++)
        if (s->held[i].tsn == c->tsn)
            return true;
    if (s->held_count == SCTP_HELD_MOST || s->held_bytes + c->data.len > HELD_BYTES_MOST)
        return false;
    uint32_t bytes = c->data.len > 0 ? tl_keep(d, c->data.data, c->data.len) : 0;
    if (bytes == 0 && c->data.len > 0)
        return false;
    s->held[s->held_count++] =
        (struct tl_sctp_held){ c->tsn, c->ppid, c->order, bytes, c->missing, c->stream, c->flags };
    s->held_bytes += c->data.len;
    return true;
}

/* The first TSN of what is held, or `other` if that is before it. */
static uint32_t first_held(const struct tl_sctp_side *s, uint32_t other)
{
    for (unsigned i = 0; i < s->held_count; i++)
        other = before(s->held[i].tsn, other) ? s->held[i].tsn : other;
    return other;
}

/* The chunks before this TSN will not come. */
static void go_on_at(struct tl_dissection *d, struct tl_sctp_flow *f, unsigned side, uint32_t tsn)
{
    f->side[side].torn = UINT64_MAX;
    f->side[side].next = tsn;
    drain(d, f, side);
}

/* Gives up what the peer has and we have not. */
static void give_up_acked(struct tl_dissection *d, struct tl_sctp_flow *f, unsigned side)
{
    struct tl_sctp_side *s = &f->side[side];
    while (s->held_count > 0 && s->has_acked) {
        uint32_t first = first_held(s, s->held[0].tsn);
        if (before(s->acked, first - 1))
            return;
        go_on_at(d, f, side, first);
    }
}

/* Nothing more will come. */
static void flush(struct tl_dissection *d, struct tl_sctp_flow *f)
{
    for (unsigned side = 0; side < 2; side++)
        while (f->side[side].held_count > 0)
            go_on_at(d, f, side, first_held(&f->side[side], f->side[side].held[0].tsn));
}

/* --- associations --- */

static void begin_side(struct tl_sctp_side *s, uint32_t tsn)
{
    *s = (struct tl_sctp_side){ .next = tsn, .initial = tsn, .known = true, .begun = true, .ordered = UINT64_MAX };
}

/* The association is over. */
static void end(struct tl_dissection *d, struct tl_sctp_flow *f)
{
    flush(d, f);
    close_streams(d, f, UINT64_MAX);
    f->side[0] = f->side[1] = (struct tl_sctp_side){ .known = false };
}

/* What INIT and INIT ACK announced is set up, in place of what was before (RFC 9260 section 5.2). */
static void set_up(struct tl_dissection *d, struct tl_sctp_flow *f)
{
    const bool waits[2] = { f->side[0].waits, f->side[1].waits };
    const uint32_t tsn[2] = { f->side[0].announced, f->side[1].announced };
    if (!waits[0] && !waits[1])
        return;
    end(d, f);
    for (unsigned side = 0; side < 2; side++)
        if (waits[side])
            begin_side(&f->side[side], tsn[side]);
}

/* INIT and INIT ACK name the sender's first TSN (section 3.3.2). A live association goes on until COOKIE ECHO. */
static void announce(struct tl_sctp_side *s, uint32_t tsn)
{
    if (s->begun && s->initial == tsn)
        return;
    if (!s->known) {
        begin_side(s, tsn);
        return;
    }
    s->waits = true;
    s->announced = tsn;
}

/* --- chunks --- */

/* The verification tag of this packet: the cursor is behind the common header. */
static uint32_t tag_of(const struct tl_dissection *d)
{
    return tl_load_be32(d->c.base + d->c.off - 8);
}

/* Would the peer take this ABORT or SHUTDOWN COMPLETE (RFC 9260 section 8.5.1)? The T bit reflects the peer's own tag. */
static bool is_verified(const struct tl_dissection *d, const struct tl_sctp_flow *f, uint8_t flags)
{
    uint32_t tag = f->side[flags & SCTP_REFLECTED ? d->flow.side ^ 1u : d->flow.side].tag;
    return tag == 0 || tag == tag_of(d);
}

/* A TSN that is far from those seen is not believed. */
static bool is_near(const struct tl_sctp_side *s, uint32_t tsn)
{
    return !s->known || before(tsn, s->next + SCTP_AHEAD_MOST);
}

static void take_data(struct tl_dissection *d, struct tl_sctp_flow *f, const struct chunk *c)
{
    const unsigned side = d->flow.side;
    struct tl_sctp_side *s = &f->side[side];
    if (s->waits && c->tsn == s->announced && c->tsn != s->next)
        set_up(d, f); /* COOKIE ECHO was not captured */
    const uint32_t tag = tag_of(d);
    if (s->known && s->tag != 0 && s->tag != tag) {
        const bool near = is_near(s, c->tsn) && before(s->next - SCTP_AHEAD_MOST, c->tsn);
        if (near && s->other_tag != tag) {
            s->other_tag = tag; /* the peer drops it (RFC 9260 section 8.5) */
            f->left = true;
            return;
        }
        end(d, f); /* another association, whose beginning was not captured */
    }
    if (!s->known) {
        s->next = c->tsn;
        s->known = true;
    }
    f->left = f->left || c->tsn != s->next || c->stream >= SCTP_STREAMS || !is_whole(c);
    while (before(s->next, c->tsn)) {
        if (hold(d, s, c)) {
            give_up_acked(d, f, side);
            return;
        }
        go_on_at(d, f, side, first_held(s, c->tsn)); /* each round has one held chunk less, or ends */
    }
    if (c->tsn != s->next)
        return; /* sent again */
    s->tag = tag;
    deliver(d, f, side, c);
    s->next++;
    drain(d, f, side);
}

static void read_data(struct tl_dissection *d, struct tl_sctp_flow *f, const uint8_t *at, uint32_t captured,
                      uint32_t len)
{
    f->wide = at[0] == SCTP_I_DATA;
    uint32_t header = f->wide ? 20 : 16;
    if (captured < header || len < header) {
        f->left = true;
        return;
    }
    /* Only the first chunk of a message has the protocol in I-DATA (RFC 8260 section 2.1). */
    const struct chunk c = { .data = { at + header, captured - header }, .tsn = tl_load_be32(at + 4),
                             .ppid = f->wide && !(at[1] & SCTP_BEGINNING) ? 0 : tl_load_be32(at + header - 4),
                             .order = f->wide ? tl_load_be32(at + 12) : tl_load_be16(at + 10),
                             .missing = len - captured, .stream = tl_load_be16(at + 8), .flags = at[1] };
    take_data(d, f, &c);
}

static void take_ack(struct tl_dissection *d, struct tl_sctp_flow *f, uint32_t tsn)
{
    const unsigned peer = d->flow.side ^ 1u;
    struct tl_sctp_side *s = &f->side[peer];
    if (!is_near(s, tsn) || (s->has_acked && before(tsn, s->acked)))
        return;
    s->has_acked = true;
    s->acked = tsn;
    give_up_acked(d, f, peer);
}

/* at: captured bytes, SCTP_CHUNK_HEADER at least, of a chunk of len bytes. */
static void take_chunk(struct tl_dissection *d, struct tl_sctp_flow *f, const uint8_t *at, uint32_t captured,
                       uint32_t len)
{
    const unsigned side = d->flow.side;
    struct tl_sctp_side *s = &f->side[side];
    const bool has_tsn = captured >= 8;
    switch (at[0]) {
    case SCTP_DATA:
    case SCTP_I_DATA:
        read_data(d, f, at, captured, len);
        break;
    case SCTP_INIT:
    case SCTP_INIT_ACK:
        if (captured >= 20)
            announce(s, tl_load_be32(at + 16));
        break;
    case SCTP_COOKIE_ECHO:
        set_up(d, f);
        break;
    case SCTP_SACK:
    case SCTP_NR_SACK:
    case SCTP_SHUTDOWN:
        if (has_tsn)
            take_ack(d, f, tl_load_be32(at + 4));
        break;
    case SCTP_FORWARD_TSN: /* RFC 3758 section 3.2: the sender gives up on all up to this one */
    case SCTP_I_FORWARD_TSN:
        while (has_tsn && s->known && is_near(s, tl_load_be32(at + 4)) && !before(tl_load_be32(at + 4), s->next))
            go_on_at(d, f, side, first_held(s, tl_load_be32(at + 4) + 1));
        break;
    case SCTP_ABORT:
    case SCTP_SHUTDOWN_COMPLETE:
        f->left = f->left || len > SCTP_CHUNK_HEADER;
        if (is_verified(d, f, at[1]))
            end(d, f);
        break;
    case SCTP_ERROR:       /* may quote a chunk */
    case SCTP_PACKET_DROP: /* quotes a packet */
        f->left = true;
        break;
    default:
        break;
    }
}

bool tl_sctp_association(struct tl_dissection *d)
{
    struct tl_sctp_flow *f = d->flow.slot;
    f->left = false;
    const struct tl_cursor c = d->c;
    for (uint32_t off = c.off; off + SCTP_CHUNK_HEADER <= c.end;) {
        const uint8_t *at = c.base + off;
        uint32_t len = tl_load_be16(at + 2), room = c.wire_end - off, captured = c.end - off;
        if (len < SCTP_CHUNK_HEADER || len > room) {
            f->left = true;
            break;
        }
        take_chunk(d, f, at, captured < len ? captured : len, len);
        off += (len + 3) & ~3u;
    }
    return !f->left;
}

void tl_sctp_association_end(struct tl_dissection *d)
{
    if (d->flow.slot != NULL)
        flush(d, d->flow.slot);
}
