/*
 * sctp_data.c - the user data of an association of SCTP (RFC 9260 section 6, I-DATA of RFC 8260). All chunks of a side are
 * taken in the order of their TSNs, in which they were sent. A stream number has one channel for both directions, as TLS
 * (RFC 3436) and HTTP use them: of bytes, for messages of those protocols follow each other as in TCP. DTLS (RFC 6083) has
 * one of messages, which must be in one chunk.
 */
#include "dissectors/transport/sctp.h"

#include "core/channel.h"
#include "dissectors/registry.h"

enum { DATA, INIT, INIT_ACK, I_DATA = 64, FORWARD_TSN = 192, CHUNK_HEADER = 4, ENDING = 1, BEGINNING = 2,
       PPID_DIAMETER = 46, PPID_DIAMETER_DTLS = 47, STREAMS = 64, HELD_MOST = 16 << 10 };

struct chunk {
    struct tl_bytes data;
    uint32_t tsn, ppid, missing;
    uint16_t stream;
    uint8_t flags;
};

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static bool is_dtls(const struct tl_dissection *d, const struct chunk *c)
{
    struct tl_cursor bytes = tl_cursor_on(c->data.data, c->data.len, c->data.len);
    return c->ppid == PPID_DIAMETER_DTLS || tl_protocol_dtls.probe(bytes, d) == TL_PROBE_YES;
}

/* Returns the channel of the chunk's stream; NULL: it is not read. A channel begins with a message. */
static struct tl_channel *channel_of(struct tl_dissection *d, struct tl_sctp_flow *f, const struct chunk *c)
{
    uint64_t bit = UINT64_C(1) << c->stream % STREAMS;
    if (c->stream >= STREAMS)
        return NULL;
    if (f->open & bit)
        return tl_channel_find(d, c->stream);
    if (!(c->flags & BEGINNING))
        return NULL;
    bool whole = is_dtls(d, c);
    f->open |= bit;
    f->whole = whole ? f->whole | bit : f->whole & ~bit;
    return tl_channel_open(d, whole ? TL_CHANNEL_DATAGRAM : TL_CHANNEL_STREAM, c->stream,
                           c->ppid == PPID_DIAMETER ? &tl_protocol_diameter : NULL);
}

static void deliver(struct tl_dissection *d, struct tl_sctp_flow *f, const struct chunk *c)
{
    struct tl_channel *channel = channel_of(d, f, c);
    bool whole = (f->whole >> c->stream % STREAMS & 1) != 0, alone = (c->flags & (BEGINNING | ENDING)) == (BEGINNING | ENDING);
    if (channel == NULL || (whole && (!alone || c->missing > 0)))
        return;
    if (c->data.len > 0)
        tl_channel_push(d, channel, d->flow.side, c->data);
    if (c->missing > 0)
        tl_channel_gap(d, channel, d->flow.side, c->missing);
}

/* Chunks will not come any more. We do not know which streams lost them, so each stream starts again at its next message. */
static void restart(struct tl_dissection *d, struct tl_sctp_flow *f)
{
    for (unsigned i = 0; i < STREAMS; i++)
        if (f->open >> i & 1)
            tl_channel_close(d, tl_channel_find(d, i));
    f->open = 0;
}

static void drop(struct tl_dissection *d, struct tl_sctp_side *s, unsigned at)
{
    s->held_bytes -= tl_kept(d, s->held[at].bytes).len;
    tl_forget(d, s->held[at].bytes);
    s->held_count--;
    for (; at < s->held_count; at++)
        s->held[at] = s->held[at + 1];
}

/* Delivers what was held and is next now. */
static void drain(struct tl_dissection *d, struct tl_sctp_flow *f, struct tl_sctp_side *s)
{
    for (unsigned i = 0; i < s->held_count;) {
        const struct tl_sctp_held *h = &s->held[i];
        if (before(s->next, h->tsn)) {
            i++;
            continue;
        }
        if (h->tsn == s->next) {
            const struct chunk c = { .data = tl_kept(d, h->bytes), .tsn = h->tsn, .ppid = h->ppid, .missing = h->missing,
                                     .stream = h->stream, .flags = h->flags };
            deliver(d, f, &c);
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
    if (s->held_count == TL_SCTP_HELD || s->held_bytes + c->data.len > HELD_MOST)
        return false;
    uint32_t bytes = c->data.len > 0 ? tl_keep(d, c->data.data, c->data.len) : 0;
    if (bytes == 0 && c->data.len > 0)
        return false;
    s->held[s->held_count++] = (struct tl_sctp_held){ c->tsn, c->ppid, bytes, c->missing, c->stream, c->flags };
    s->held_bytes += c->data.len;
    return true;
}

/* Goes on with the first of what is held: the chunks before it did not come. */
static void skip(struct tl_dissection *d, struct tl_sctp_flow *f, struct tl_sctp_side *s, uint32_t to)
{
    for (unsigned i = 0; i < s->held_count; i++)
        to = before(s->held[i].tsn, to) ? s->held[i].tsn : to;
    restart(d, f);
    s->next = to;
    drain(d, f, s);
}

static void take_data(struct tl_dissection *d, struct tl_sctp_flow *f, const struct chunk *c)
{
    struct tl_sctp_side *s = &f->side[d->flow.side];
    if (!s->known) {
        s->next = c->tsn;
        s->known = true;
    }
    f->left = f->left || c->tsn != s->next || c->stream >= STREAMS || (c->flags & (BEGINNING | ENDING)) != (BEGINNING | ENDING);
    while (before(s->next, c->tsn)) {
        if (hold(d, s, c))
            return;
        skip(d, f, s, c->tsn); /* each round has one held chunk less, or ends */
    }
    if (c->tsn != s->next)
        return; /* sent again */
    deliver(d, f, c);
    s->next++;
    drain(d, f, s);
}

/* INIT and INIT ACK name the sender's first TSN (section 3.3.2). Another INIT is of a new association. */
static void begin(struct tl_dissection *d, struct tl_sctp_flow *f, uint32_t tsn)
{
    struct tl_sctp_side *s = &f->side[d->flow.side];
    if (s->begun && s->initial == tsn)
        return;
    while (s->held_count > 0)
        drop(d, s, 0);
    restart(d, f);
    s->begun = s->known = true;
    s->initial = s->next = tsn;
}

static void read_data(struct tl_dissection *d, struct tl_sctp_flow *f, const uint8_t *at, uint32_t captured, uint32_t len)
{
    uint32_t header = at[0] == I_DATA ? 20 : 16;
    if (captured < header || len < header) {
        f->left = true;
        return;
    }
    /* Only the first chunk of a message has the protocol in I-DATA (RFC 8260 section 2.1). */
    const struct chunk c = { .data = { at + header, captured - header }, .tsn = tl_load_be32(at + 4),
                             .ppid = at[0] == I_DATA && !(at[1] & BEGINNING) ? 0 : tl_load_be32(at + header - 4),
                             .missing = len - captured, .stream = tl_load_be16(at + 8), .flags = at[1] };
    take_data(d, f, &c);
}

/* at: captured bytes, CHUNK_HEADER at least, of a chunk of len bytes. */
static void take_chunk(struct tl_dissection *d, struct tl_sctp_flow *f, const uint8_t *at, uint32_t captured, uint32_t len)
{
    struct tl_sctp_side *s = &f->side[d->flow.side];
    switch (at[0]) {
    case DATA:
    case I_DATA:
        read_data(d, f, at, captured, len);
        break;
    case INIT:
    case INIT_ACK:
        if (captured >= 20)
            begin(d, f, tl_load_be32(at + 16));
        break;
    case FORWARD_TSN: /* RFC 3758 section 3.2: the sender gives up on all up to this one */
        if (captured >= 8 && s->known && !before(tl_load_be32(at + 4), s->next)) {
            restart(d, f);
            s->next = tl_load_be32(at + 4) + 1;
            drain(d, f, s);
        }
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
    for (uint32_t off = c.off; off + CHUNK_HEADER <= c.end;) {
        const uint8_t *at = c.base + off;
        uint32_t len = tl_load_be16(at + 2), room = c.wire_end - off, captured = c.end - off;
        if (len < CHUNK_HEADER || len > room) {
            f->left = true;
            break;
        }
        take_chunk(d, f, at, captured < len ? captured : len, len);
        off += (len + 3) & ~3u;
    }
    return !f->left;
}
