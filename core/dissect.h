/*
 * dissect.h - what a dissector is given and the readers it uses.
 *
 * tl_u16(d, FIELD) is the bounds check, the read, the byte order and - only if the field is wanted - the node, in one.
 * On the fast path nothing is wanted and a read is the check and the load.
 */
#ifndef TL_CORE_DISSECT_H
#define TL_CORE_DISSECT_H

#include "core/arena.h"
#include "core/charset.h"
#include "core/cursor.h"
#include "core/packet.h"
#include "core/protocol.h"
#include "core/tree.h"
#include "core/weird.h"

/* What the innermost network layer said. Pointers are into the packet (or its reassembled copy). */
struct tl_network {
    uint8_t version;       /* 4, 6; 0: none yet */
    uint8_t protocol;      /* of the payload: the last of a chain of extension headers */
    bool fragment;         /* the payload is a piece: frag_* are set, the loop reassembles */
    bool more_fragments;
    bool bad_checksum;     /* IPv4 header: verified and wrong */
    bool offloaded;        /* IPv4 header: zero, not filled in yet: the sender's card was to do it */
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    const uint8_t *route_dst; /* IPv6: where a routing header leads in the end; NULL: dst. Checksums cover it */
    uint32_t total_len;    /* bytes as the header says, headers included */
    uint32_t header_len;   /* bytes, extension headers included */
    uint32_t frag_offset;  /* bytes */
    uint32_t frag_id;
};

enum tl_tcp_flag { TL_FIN = 1, TL_SYN = 2, TL_RST = 4, TL_PSH = 8, TL_ACK = 16, TL_URG = 32, TL_ECE = 64, TL_CWR = 128 };

/* What the transport layer said. */
struct tl_transport {
    uint16_t src_port, dst_port; /* ICMP: type, and its counterpart type or the code */
    bool one_way;          /* ICMP: a type without a counterpart */
    bool bad_checksum;     /* verified and wrong */
    bool offloaded;        /* not filled in yet: the sender's card was to do it */
    uint8_t flags;         /* TCP: enum tl_tcp_flag */
    uint16_t window;       /* TCP, unscaled */
    int8_t window_scale;   /* TCP option, -1: none */
    uint16_t mss;          /* TCP option, 0: none */
    uint32_t seq, ack;     /* TCP */
    uint32_t payload_len;  /* bytes on the wire, as the headers say */
};

/* What comes next: set by tl_next*(), followed by the loop. */
enum tl_next_kind { TL_NEXT_NONE, TL_NEXT_TABLE, TL_NEXT_PORTS, TL_NEXT_QUOTED, TL_NEXT_PROTOCOL };

struct tl_next {
    enum tl_next_kind kind;
    enum tl_on table;
    uint32_t value;          /* in table */
    uint16_t src_port, dst_port;
    const struct tl_protocol *protocol; /* TL_NEXT_PROTOCOL: this one */
};

/* The flow a packet belongs to, as an application dissector sees it. */
struct tl_flow_view {
    void *slot;          /* the protocol's flow_size bytes, zeroed when the flow began; NULL outside a flow or without memory */
    uint8_t side;        /* of this packet: 0 originator, 1 responder */
    bool home;           /* probe(): one of the flow's ports is the protocol's own */
    bool nested;         /* the channel is a child: the flow's ports say nothing of what is in it */
    bool stream;         /* bytes in order, not datagrams */
    bool multicast;      /* the responder's address is a multicast or broadcast one */
    uint8_t ip_proto;
    uint16_t orig_port, resp_port;
    uint8_t version;     /* 4 or 6 */
    const uint8_t *orig_addr, *resp_addr;
};

/*
 * What the layers of one packet share. Layers write it from the outside in; the loop, the flows and parsers read it.
 * One for each packet, and one for each flow that ends, in place of a packet.
 */
struct tl_frame {
    const struct tl_packet *packet; /* NULL: a flow ends without one */
    int64_t ts;                     /* ns: the packet's, or that of the flow's last packet */
    uint64_t number;                /* the packet's, or that of the flow's last packet */
    struct tl_network net;
    struct tl_transport seg;
    uint16_t vlan, inner_vlan;      /* ids + 1; 0: none */
    const uint8_t *l2_src, *l2_dst; /* 6 bytes each, of the outermost Ethernet layer; NULL: none */
    bool quoted;                    /* inside an ICMP error: nothing may be concluded from it */
};

struct tl_channel;
struct tl_crypto;
struct tl_flow;
struct tl_host;
struct tl_inflate;

/* What the protocol before this one told it: see tl_upgrade_note(). */
struct tl_handed {
    const struct tl_protocol *from; /* NULL: there is no note */
    struct tl_bytes note;
};

/*
 * A context: where a dissector or parser reads. Each call of one gets its own, on the caller's stack; what one context
 * does never shows in another.
 */
struct tl_dissection {
    struct tl_cursor c;
    const uint64_t *wanted;  /* bits of this protocol's fields to gather; NULL: none */
    struct tl_tree *tree;    /* set whenever wanted is */
    const struct tl_protocol *protocol; /* whose layer this is */
    uint32_t start;          /* of this layer, offset in the source */
    uint32_t layer;          /* node of this layer in the tree, or TL_NO_NODE */
    uint16_t protocol_index;
    bool verify;             /* checksums are to be verified */
    bool secrets;            /* they may be shown: see enum tl_secret and tl_emit(). Not for dissectors to ask */
    bool bodies;             /* someone wants the bodies that pass: core/channel.h */
    bool length_clipped;     /* a length field said more than the layer below holds */
    bool release;            /* tl_release(): the other side of the stream is to go on */
    struct tl_next next;
    struct tl_frame *frame;
    struct tl_network *net;    /* the frame's */
    struct tl_transport *seg;  /* the frame's */
    struct tl_channel *channel; /* that the protocol reads; NULL: below flows, or a flow that keeps nothing */
    struct tl_flow *of;        /* the flow; NULL: outside one. The host's */
    struct tl_flow_view flow;  /* what a parser may know of it */
    struct tl_arena *scratch; /* for the time of this packet */
    struct tl_charsets *charsets; /* the decoder's; NULL: only those that need no tables */
    struct tl_slab *slab;     /* flow memory; NULL where there is none */
    const struct tl_crypto *crypto; /* NULL: none */
    const struct tl_inflate *inflate; /* NULL: none */
    const struct tl_host *host;
    void *host_data;
};

/* What the decoder does for a dissector. */
struct tl_host {
    void (*record)(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record);
    uint32_t (*keep)(struct tl_dissection *d, const void *data, uint32_t len);
    struct tl_bytes (*kept)(const struct tl_dissection *d, uint32_t handle);
    void (*forget)(struct tl_dissection *d, uint32_t handle);
    void (*confirm)(struct tl_dissection *d);
    void (*violate)(struct tl_dissection *d);
    void (*turn)(struct tl_dissection *d);
    /*
     * The channel goes on as another protocol: d->protocol is `to` on return, NULL when it is to be detected anew.
     */
    void (*change)(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to);
    /* The other side of the channel goes on: see tl_release(). false: the channel is to be detected anew. */
    bool (*release)(struct tl_dissection *d);
    /* This side is where the channel's next protocol begins: see tl_upgrade(). true: the other side is, too. */
    bool (*at_upgrade)(struct tl_dissection *d, const struct tl_stream *s);
    /* A note for the channel's next protocol, and the one for this: core/channel.h. */
    bool (*tell)(struct tl_dissection *d, struct tl_bytes note);
    struct tl_handed (*told)(const struct tl_dissection *d);
    /* An anomaly: see tl_weird(). */
    void (*weird)(struct tl_dissection *d, unsigned kind, struct tl_bytes addl);
    /* Bytes of a stream that are not read for want of memory. */
    void (*truncated)(struct tl_dissection *d, uint64_t bytes);
    const struct tl_channel_host *channel; /* core/channel.h */
};

/* Adds the node of d->protocol's layer at the cursor and makes it d->layer. Only with a tree. */
void tl_layer_begin(struct tl_dissection *d);
/* Ends it at the cursor and notes what was wrong with it. Only with a tree. */
void tl_layer_end(struct tl_dissection *d);

static inline bool tl_ok(const struct tl_dissection *d)
{
    return d->c.status == TL_OK;
}

static inline void tl_bad(struct tl_dissection *d)
{
    tl_cursor_fail(&d->c, TL_BAD);
}

/*
 * A stream parser: what the other side sent was held up by what this one knows now. Its parser is called with
 * TL_EV_OPEN and what waits is offered to it, before this side's next unit.
 */
static inline void tl_release(struct tl_dissection *d)
{
    d->release = true;
}

static inline bool tl_wants(const struct tl_dissection *d, unsigned field)
{
    return d->wanted != NULL && (d->wanted[field / 64] >> (field % 64) & 1) != 0;
}

/* The slow half of the readers: adds the node. off is in the source. Returns its index or TL_NO_NODE. */
uint32_t tl_note(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t value);

/* A value that was worked out from bytes at [off, off + len) of the source, or is derived (len 0). */
static inline void tl_add(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t value)
{
    if (TL_UNLIKELY(tl_wants(d, field)))
        tl_note(d, field, off, len, value);
}

/* Decoded text (a decompressed name, a converted string): copied, so it may be scratch. */
void tl_add_text(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, const void *text, uint32_t text_len);

/* Text at [off, off + len) of the source that is a secret here, though not in every layer of the protocol. */
void tl_add_secret(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, enum tl_secret kind);

/* Field `field` has a mask: its value is those bits of `whole`, which was read at [off, off + len). */
static inline void tl_add_bits(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t whole)
{
    if (TL_UNLIKELY(tl_wants(d, field)))
        tl_note(d, field, off, len, tl_masked_value(d->protocol->fields[field].mask, whole));
}

/* Fields first..last all have masks over `whole`. */
void tl_add_all_bits(struct tl_dissection *d, unsigned first, unsigned last, uint32_t off, uint32_t len, uint64_t whole);

#define TL_READER(name, type, size, load)                                        \
    static inline type name(struct tl_dissection *d, unsigned field)             \
    {                                                                            \
        const uint8_t *p = tl_cursor_take(&d->c, size);                          \
        if (TL_UNLIKELY(p == NULL))                                              \
            return 0;                                                            \
        type v = (type)load(p);                                                  \
        tl_add(d, field, d->c.off - (size), size, v);                            \
        return v;                                                                \
    }
#define TL_LOAD_U8(p) ((p)[0])
TL_READER(tl_u8, uint8_t, 1, TL_LOAD_U8)
TL_READER(tl_u16, uint16_t, 2, tl_load_be16)
TL_READER(tl_u24, uint32_t, 3, tl_load_be24)
TL_READER(tl_u32, uint32_t, 4, tl_load_be32)
TL_READER(tl_u64, uint64_t, 8, tl_load_be64)
TL_READER(tl_le16, uint16_t, 2, tl_load_le16)
TL_READER(tl_le32, uint32_t, 4, tl_load_le32)
TL_READER(tl_le64, uint64_t, 8, tl_load_le64)
#undef TL_LOAD_U8
#undef TL_READER

/* n bytes as they are: for TL_BYTES, TL_TEXT and address fields. NULL when they are not there. */
static inline const uint8_t *tl_run(struct tl_dissection *d, unsigned field, uint32_t n)
{
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (TL_LIKELY(p != NULL))
        tl_add(d, field, d->c.off - n, n, 0);
    return p;
}

static inline const uint8_t *tl_mac(struct tl_dissection *d, unsigned field)
{
    return tl_run(d, field, 6);
}

static inline const uint8_t *tl_ipv4(struct tl_dissection *d, unsigned field)
{
    return tl_run(d, field, 4);
}

static inline const uint8_t *tl_ipv6(struct tl_dissection *d, unsigned field)
{
    return tl_run(d, field, 16);
}

static inline void tl_skip(struct tl_dissection *d, uint32_t n)
{
    (void)!tl_cursor_take(&d->c, n);
}

/* Begins a group at the cursor; its members follow until tl_group_end(). */
static inline uint32_t tl_group(struct tl_dissection *d, unsigned field)
{
    if (TL_LIKELY(!tl_wants(d, field)))
        return TL_NO_NODE;
    uint32_t node = tl_note(d, field, d->c.off, 0, 0);
    if (node != TL_NO_NODE)
        d->tree->depth++;
    return node;
}

/* Ends it at the cursor. A group nobody wanted has no members either: fields inside are asked for with their group. */
static inline void tl_group_end(struct tl_dissection *d, uint32_t group)
{
    if (TL_LIKELY(group == TL_NO_NODE))
        return;
    d->tree->depth--;
    d->tree->nodes[group].len = d->c.off - d->tree->nodes[group].off;
}

/* This layer is `len` bytes from its start. Less than min: TL_BAD. More than there is: clipped, and noted. */
static inline void tl_limit(struct tl_dissection *d, uint32_t len, uint32_t min)
{
    if (TL_UNLIKELY(len < min || len < d->c.off - d->start)) {
        tl_bad(d);
        return;
    }
    uint32_t room = d->c.wire_end - d->start;
    if (TL_UNLIKELY(len > room)) {
        d->length_clipped = true;
        return;
    }
    d->c.wire_end = d->start + len;
    if (d->c.end > d->c.wire_end)
        d->c.end = d->c.wire_end;
}

/* What follows this layer. All return the cursor's status, as a dissector's last words: nothing follows a bad layer. */
static inline enum tl_status tl_next(struct tl_dissection *d, enum tl_on table, uint32_t value)
{
    d->next.kind = TL_NEXT_TABLE;
    d->next.table = table;
    d->next.value = value;
    return d->c.status;
}

/*
 * Only application data follows: found by content, with the ports of `transport` (TL_ON_TCP_PORT, TL_ON_UDP_PORT) as
 * hints.
 */
static inline enum tl_status tl_next_ports(struct tl_dissection *d, enum tl_on table, uint16_t src, uint16_t dst)
{
    d->next.kind = TL_NEXT_PORTS;
    d->next.table = table;
    d->next.src_port = src;
    d->next.dst_port = dst;
    return d->c.status;
}

/* What follows is quoted from another packet: decoded, never concluded from. */
static inline enum tl_status tl_next_quoted(struct tl_dissection *d, enum tl_on table, uint32_t value)
{
    tl_next(d, table, value);
    d->next.kind = TL_NEXT_QUOTED;
    return d->c.status;
}

static inline enum tl_status tl_next_none(struct tl_dissection *d)
{
    d->next.kind = TL_NEXT_NONE;
    return d->c.status;
}

/*
 * A record of this protocol, about d's flow. record->ts must be set. What it points to is read before this returns.
 * Secret fields are left out here, unless secrets are to be shown.
 */
static inline void tl_emit(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record)
{
    if (TL_LIKELY(!d->secrets)) {
        record->set &= ~def->secret;
        record->cut &= ~def->secret;
    }
    d->host->record(d, def, record);
}

/*
 * Keeps a copy of bytes (NULL: len zeros) in the flow's bounded store until tl_forget() or the flow's end. 0 when the
 * flow keeps too much already or memory is out: go on without.
 */
static inline uint32_t tl_keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    return d->host->keep(d, data, len);
}

static inline struct tl_bytes tl_kept(const struct tl_dissection *d, uint32_t handle)
{
    return d->host->kept(d, handle);
}

/* The same bytes, which are the parser's own: it may write to them. */
static inline uint8_t *tl_kept_mine(const struct tl_dissection *d, uint32_t handle)
{
    return (uint8_t *)(uintptr_t)d->host->kept(d, handle).data;
}

static inline void tl_forget(struct tl_dissection *d, uint32_t handle)
{
    d->host->forget(d, handle);
}

/* Bytes that found no room and are lost to the records: they are counted. */
static inline void tl_truncated(struct tl_dissection *d, uint64_t bytes)
{
    d->host->truncated(d, bytes);
}

/*
 * An anomaly, by its index in the protocol's list: a record the first time in a flow, counted after that. addl is what
 * was met, from the wire or not, and may be empty. Outside a flow nothing happens.
 */
static inline void tl_weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    d->host->weird(d, kind, addl);
}

/* The flow speaks this protocol beyond doubt: it becomes the conn record's service. */
static inline void tl_confirm(struct tl_dissection *d)
{
    d->host->confirm(d);
}

/* The flow does not speak this protocol after all. */
static inline void tl_violate(struct tl_dissection *d)
{
    d->host->violate(d);
}

/*
 * The flow's first packet came from the responder: its ends are turned round. Of TCP, and of a flow with child channels,
 * once the packet is done with; else at once, and d->flow with them.
 */
static inline void tl_turn(struct tl_dissection *d)
{
    d->host->turn(d);
}

/* stream(): a new message begins here; it is a layer of its own in the tree. */
static inline void tl_message(struct tl_dissection *d)
{
    if (TL_UNLIKELY(d->wanted != NULL))
        tl_layer_begin(d);
}

#endif
