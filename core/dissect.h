/*
 * dissect.h - the context of a dissector, and the functions that read fields.
 *
 * tl_u16(d, FIELD) checks the bounds, reads the value in network byte order, and adds a tree node if the field is
 * wanted. On the fast path no field is wanted, and a read is the check and the load.
 */
#ifndef TL_CORE_DISSECT_H
#define TL_CORE_DISSECT_H

#include "core/arena.h"
#include "core/charset.h"
#include "core/cursor.h"
#include "core/keylog.h"
#include "core/packet.h"
#include "core/protocol.h"
#include "core/secret.h"
#include "core/tree.h"
#include "core/weird.h"

/* What a verified checksum says. Bits, so that those of two layers can be tested at once. */
enum tl_checksum {
    TL_CHECKSUM_UNKNOWN = 0,   /* not verified */
    TL_CHECKSUM_RIGHT = 1,
    TL_CHECKSUM_WRONG = 2,
    TL_CHECKSUM_OFFLOADED = 4, /* not filled in: left to the sender's network card */
};

/* The innermost network layer. Pointers are into the packet or its reassembled copy. */
struct tl_network {
    uint8_t version;       /* 4, 6; 0: none yet */
    uint8_t protocol;      /* of the payload, after all extension headers */
    bool fragment;         /* the payload is a fragment: frag_* are set, the layer loop reassembles */
    bool more_fragments;
    uint8_t checksum;      /* enum tl_checksum: of the IPv4 header */
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    const uint8_t *route_dst; /* IPv6: final destination of a routing header, covered by checksums; NULL: dst */
    uint32_t total_len;    /* bytes from the header's length field, headers included */
    uint32_t header_len;   /* bytes, extension headers included */
    uint32_t frag_offset;  /* bytes */
    uint32_t frag_id;
};

enum tl_tcp_flag { TL_FIN = 1, TL_SYN = 2, TL_RST = 4, TL_PSH = 8, TL_ACK = 16, TL_URG = 32, TL_ECE = 64, TL_CWR = 128 };

/* The transport layer. */
struct tl_transport {
    uint16_t src_port, dst_port; /* ICMP: the type, and its counterpart type or the code */
    bool one_way;          /* ICMP: a type without a counterpart */
    uint8_t checksum;      /* enum tl_checksum */
    bool known;            /* the ports were read, though the rest of the header may be cut */
    bool bare;             /* TCP: cut before its flags: only the ports are known */
    uint8_t flags;         /* TCP: enum tl_tcp_flag */
    uint16_t window;       /* TCP, unscaled */
    int8_t window_scale;   /* TCP option, -1: none */
    uint16_t mss;          /* TCP option, 0: none */
    uint32_t seq, ack;     /* TCP */
    uint32_t payload_len;  /* bytes on the wire, from the headers */
    uint32_t line_seq, line_ack; /* TCP: nodes of the numbers in the packet's line; 0: none */
};

/* The next layer: set by tl_next*(), used by the layer loop. */
enum tl_next_kind { TL_NEXT_NONE, TL_NEXT_TABLE, TL_NEXT_PORTS, TL_NEXT_QUOTED, TL_NEXT_PROTOCOL };

struct tl_next {
    enum tl_next_kind kind;
    enum tl_on table;
    uint32_t value;          /* in table */
    uint16_t src_port, dst_port;
    const struct tl_protocol *protocol; /* for TL_NEXT_PROTOCOL */
};

/* The flow of a packet, as an application dissector sees it. */
struct tl_flow_view {
    void *slot;          /* the protocol's flow_size bytes, zero at first; NULL outside a flow or without memory */
    uint8_t side;        /* of this packet: 0 originator, 1 responder */
    bool home;           /* probe(): one of the flow's ports belongs to the protocol */
    bool nested;         /* the channel is a child: the flow's ports do not identify its protocol */
    bool continues;      /* the same protocol went over to TLS, in which the channel is: there is no greeting */
    bool stream;         /* bytes in order, not datagrams */
    bool multicast;      /* the responder's address is a multicast or broadcast one */
    uint8_t ip_proto;
    uint16_t orig_port, resp_port;
    uint8_t version;     /* 4 or 6 */
    const uint8_t *orig_addr, *resp_addr;
};

/*
 * State shared by all layers of one packet. Layers write it from the outside in; the layer loop, the flows and the
 * parsers read it. There is one frame for each packet. A flow that ends without a packet gets a frame of its own.
 */
struct tl_frame {
    const struct tl_packet *packet; /* NULL: a flow ends without a packet */
    int64_t ts;                     /* ns: of the packet, or of the flow's last packet */
    uint64_t number;                /* of the packet, or of the flow's last packet */
    struct tl_network net;
    struct tl_transport seg;
    uint16_t vlan, inner_vlan;      /* ids + 1; 0: none */
    const uint8_t *l2_src, *l2_dst; /* 6 bytes each, of the outermost Ethernet layer; NULL: none */
    bool quoted;                    /* inside an ICMP error: must not change any flow */
    bool nano;                      /* ts has nine decimals, else six */
    int64_t last_etime;             /* without a packet: engine time of the flow's last one; see tl_frame_etime() */
};

/* Engine time of the packet, or of the flow's last one: what measures how long something lasts. */
static inline int64_t tl_frame_etime(const struct tl_frame *frame)
{
    return frame->packet != NULL ? frame->packet->etime : frame->last_etime;
}

/*
 * TL_SECRETS_COME: others may follow, also after the packets that need them. TL_SECRETS_GROW: a little later only.
 * TL_SECRETS_RSA: there are private keys, which may be the server's.
 */
enum tl_secrets_known { TL_SECRETS_THERE = 1, TL_SECRETS_COME = 2, TL_SECRETS_GROW = 4, TL_SECRETS_RSA = 8 };

struct tl_channel;
struct tl_crypto;
struct tl_crypto_state;
struct tl_flow;
struct tl_host;
struct tl_inflate;
struct tl_joiner;

/* The note from the channel's previous protocol: see tl_upgrade_note(). */
struct tl_handed {
    const struct tl_protocol *from; /* NULL: no note */
    struct tl_bytes note;
};

/*
 * A context: the reading position of a dissector or parser. Each call gets its own on the caller's stack, so contexts
 * do not affect each other.
 */
struct tl_dissection {
    struct tl_cursor c;
    const uint64_t *wanted;  /* bits of this protocol's fields to collect; NULL: none */
    struct tl_tree *tree;    /* not NULL if wanted is not NULL */
    const struct tl_protocol *protocol; /* protocol of this layer */
    uint32_t start;          /* of this layer, offset in the source */
    uint32_t layer;          /* node of this layer in the tree, or TL_NO_NODE */
    uint32_t inner_first;    /* node of the first layer inside it: see tl_inner_begin(); 0: none */
    uint32_t inner_last;     /* node of the last of them */
    uint16_t protocol_index;
    bool verify;             /* verify checksums */
    bool strict;             /* a checksum that was left to a network card is wrong */
    bool secrets;            /* show secrets: see enum tl_secret and tl_emit(). Dissectors do not read it */
    bool followed;           /* a listener takes what protocols carry: core/channel.h */
    bool bodies;             /* a listener takes bodies: core/channel.h */
    bool recorded;           /* a listener takes records */
    bool records_only;       /* no tree is built for any packet, and layers are not reported */
    bool sections;           /* records show every section of a message: the authority and additional ones of DNS */
    bool length_clipped;     /* a length field exceeds the enclosing layer */
    bool release;            /* set by tl_release(): the other side of the stream goes on */
    struct tl_next next;
    struct tl_frame *frame;
    struct tl_network *net;    /* the frame's */
    struct tl_transport *seg;  /* the frame's */
    struct tl_channel *channel; /* read by the protocol; NULL: below flows, or a flow that keeps nothing */
    struct tl_flow *of;        /* the flow, for the host; NULL: outside a flow */
    struct tl_flow_view flow;  /* the part of the flow that a parser may see */
    struct tl_arena *scratch; /* memory for this packet */
    struct tl_charsets *charsets; /* of the decoder; NULL: only sets that need no iconv */
    struct tl_slab *slab;     /* flow memory; NULL: none */
    const struct tl_crypto *crypto; /* NULL: none */
    const struct tl_inflate *inflate; /* NULL: none */
    const struct tl_host *host;
    void *host_data;
};

/* Functions that the decoder provides to dissectors. */
struct tl_host {
    void (*record)(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record);
    void (*join)(struct tl_dissection *d, const struct tl_joiner *joiner, const void *part); /* core/join.h */
    uint32_t (*keep)(struct tl_dissection *d, const void *data, uint32_t len);
    struct tl_bytes (*kept)(const struct tl_dissection *d, uint32_t handle);
    void (*forget)(struct tl_dissection *d, uint32_t handle);
    void (*confirm)(struct tl_dissection *d);
    void (*violate)(struct tl_dissection *d);
    void (*turn)(struct tl_dissection *d);
    void (*rest)(struct tl_dissection *d);
    /*
     * The channel continues with protocol `to`: d->protocol is `to` on return, NULL when it must be detected. Returns
     * false when the caller must take no more bytes now: they are offered again, after bytes of the other side that
     * waited for this change.
     */
    bool (*change)(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to);
    /*
     * Resumes the other side of the channel: see tl_release(). Returns false when the protocol is to be detected again.
     */
    bool (*release)(struct tl_dissection *d);
    /* Gives the context to another protocol: see tl_inner_begin(). */
    void (*select)(struct tl_dissection *d, const struct tl_protocol *protocol);
    /*
     * The channel's next protocol begins here on this side: see tl_upgrade(). Returns true when the other side is
     * ready.
     */
    bool (*at_upgrade)(struct tl_dissection *d, const struct tl_stream *s);
    /* Write a note for the channel's next protocol, and read the note for this one: core/channel.h. */
    bool (*tell)(struct tl_dissection *d, struct tl_bytes note);
    struct tl_handed (*told)(const struct tl_dissection *d);
    /* Reports an anomaly: see tl_weird(). */
    void (*weird)(struct tl_dissection *d, unsigned kind, struct tl_bytes addl);
    /* Counts bytes of a stream that are not read because memory ran out. */
    void (*truncated)(struct tl_dissection *d, uint64_t bytes);
    /* Returns the decoder's state for d->crypto, made on first use; NULL: no memory, or no cryptography. */
    struct tl_crypto_state *(*crypto_state)(const struct tl_dissection *d);
    /* What is known of the secrets of the TLS session with this random of the client: bits of enum tl_secrets_known. */
    unsigned (*secrets)(const struct tl_dissection *d, const uint8_t random[TL_KEYLOG_RANDOM]);
    /* Copies one of them, for this packet. Returns its length; 0: there is none. */
    uint32_t (*secret)(const struct tl_dissection *d, enum tl_keylog_label label,
                       const uint8_t random[TL_KEYLOG_RANDOM], uint8_t secret[TL_KEYLOG_SECRET]);
    /* Opens a premaster secret that was encrypted for one of the private keys. Returns false if it was for none. */
    bool (*premaster)(const struct tl_dissection *d, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER]);
    /*
     * Sessions that can be resumed, by an id or a ticket. remember() keeps a master secret for later flows between the
     * same addresses, recall() finds it (false: it is not there). share() adds it to the secrets of the engine, by the
     * random of the client that resumed the session.
     */
    void (*remember)(const struct tl_dissection *d, struct tl_bytes id, const uint8_t master[TL_PREMASTER]);
    bool (*recall)(const struct tl_dissection *d, struct tl_bytes id, uint8_t master[TL_PREMASTER]);
    void (*share)(const struct tl_dissection *d, const uint8_t random[TL_KEYLOG_RANDOM],
                  const uint8_t master[TL_PREMASTER]);
    /* The first record of a session was decrypted. again: the session goes on in this flow, and was counted before. */
    void (*opened)(const struct tl_dissection *d, bool again);
    const struct tl_channel_host *channel; /* core/channel.h */
};

/* Adds a node for d->protocol's layer at the cursor and makes it d->layer. Call only with a tree. */
void tl_layer_begin(struct tl_dissection *d);
/* The packet's line calls this layer by a name in the protocol's variants. */
static inline void tl_layer_variant(struct tl_dissection *d, unsigned variant)
{
    if (d->tree != NULL && d->layer != TL_NO_NODE)
        d->tree->nodes[d->layer].flags |= (uint16_t)((variant + 1) << 8 & TL_NODE_VARIANT);
}
/* Ends the layer at the cursor and records its errors in the node. Call only with a tree. */
void tl_layer_end(struct tl_dissection *d);

/*
 * Adds a layer of another protocol in the bytes that d reads: a message in a mail session. `inner` becomes a context
 * for the fields of that layer. It has d's cursor, and bytes that it keeps belong to d. Add no fields to d between begin
 * and end. Fields that d gets later are placed in d's layer, in front of the inner layer. With new_layer false the last
 * inner layer continues if it is of this protocol. Call only with a tree.
 */
void tl_inner_begin(struct tl_dissection *d, struct tl_dissection *inner, const struct tl_protocol *protocol,
                    bool new_layer);
void tl_inner_end(struct tl_dissection *d, struct tl_dissection *inner);

static inline bool tl_ok(const struct tl_dissection *d)
{
    return d->c.status == TL_OK;
}

static inline void tl_bad(struct tl_dissection *d)
{
    tl_cursor_fail(&d->c, TL_BAD);
}

/*
 * For a stream parser: ends the wait of the other side, whose bytes needed something that this side knows now. Before
 * the next unit of this side, the parser is called with TL_EV_OPEN for the other side and gets its kept bytes.
 */
static inline void tl_release(struct tl_dissection *d)
{
    d->release = true;
}

static inline bool tl_wants(const struct tl_dissection *d, unsigned field)
{
    return d->wanted != NULL && (d->wanted[field / 64] >> (field % 64) & 1) != 0;
}

/*
 * The slow half of the readers: adds the node. off is an offset in the source. Returns the node's index or TL_NO_NODE.
 */
uint32_t tl_note(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t value);

/* Adds a value computed from the bytes at [off, off + len) of the source; len 0: derived from no bytes. */
static inline void tl_add(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t value)
{
    if (TL_UNLIKELY(tl_wants(d, field)))
        tl_note(d, field, off, len, value);
}

/* Adds decoded text (a decompressed name, a converted string). The text is copied, so it may be in scratch memory. */
void tl_add_text(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, const void *text, uint32_t text_len);

/*
 * Returns whether a secret of this kind leaves a node. For a dissector that begins its layer with the first field: a
 * layer without a field would show that there was a secret.
 */
static inline bool tl_shows_secret(const struct tl_dissection *d, enum tl_secret kind)
{
    return d->wanted != NULL && (d->secrets || kind != TL_SECRET_WHOLE);
}

/* Bytes that may hold a secret and are in no field: they are not shown as raw bytes either. */
static inline void tl_hide(struct tl_dissection *d, struct tl_bytes bytes)
{
    if (d->tree != NULL && !d->secrets)
        tl_tree_hide(d->tree, bytes.data, bytes.len);
}

/* Adds text at [off, off + len) of the source that is secret in this layer, but not in every layer of the protocol. */
void tl_add_secret(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, enum tl_secret kind);

/*
 * Returns what a record may show of a text: all of it with --show-secrets, else as tl_secret_shown() has it. It may be
 * in scratch memory; empty if that ran out.
 */
struct tl_bytes tl_shown_text(const struct tl_dissection *d, enum tl_secret kind, struct tl_bytes text);

/* Adds field `field`, which has a mask: its value is those bits of `whole`, read at [off, off + len). */
static inline void tl_add_bits(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t whole)
{
    if (TL_UNLIKELY(tl_wants(d, field)))
        tl_note(d, field, off, len, tl_masked_value(d->protocol->fields[field].mask, whole));
}

/* Adds fields first..last, which all have masks over `whole`. */
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

/* n raw bytes, for TL_BYTES, TL_TEXT and address fields. Returns NULL when they are not there. */
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

/*
 * Ends the group at the cursor. If the group is not wanted its members are not either: fields are wanted with their
 * group.
 */
static inline void tl_group_end(struct tl_dissection *d, uint32_t group)
{
    if (TL_LIKELY(group == TL_NO_NODE))
        return;
    d->tree->depth--;
    d->tree->nodes[group].len = d->c.off - d->tree->nodes[group].off;
}

/*
 * Sets the length of this layer to `len` bytes from its start. Less than min is TL_BAD; too much is clipped and noted.
 */
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

/* tl_next*() set the next layer and return the cursor's status. A dissector returns it; nothing follows a bad layer. */
static inline enum tl_status tl_next(struct tl_dissection *d, enum tl_on table, uint32_t value)
{
    d->next.kind = TL_NEXT_TABLE;
    d->next.table = table;
    d->next.value = value;
    return d->c.status;
}

/*
 * Only application data follows. It is detected by content; the ports in `table` (TL_ON_TCP_PORT, TL_ON_UDP_PORT) are
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

/* The next layer is quoted from another packet: it is decoded and changes no flow. */
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
 * Emits a record of this protocol for d's flow. record->ts must be set. Everything it points to is read before this
 * returns. Secret fields are removed or masked here unless secrets are shown.
 */
static inline void tl_emit(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record)
{
    if (TL_LIKELY(!d->secrets)) {
        record->set &= ~def->secret | record->open;
        record->cut &= ~def->secret | record->open;
        if (TL_UNLIKELY(record->masked != 0))
            tl_secret_mask(def, record);
    }
    d->host->record(d, def, record);
}

/*
 * Copies bytes (NULL: len zeros) into the flow's bounded store, until tl_forget() or the end of the flow. Returns a
 * handle, or 0 when the flow has reached its limit or memory ran out; the parser then goes on without the bytes.
 */
static inline uint32_t tl_keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    return d->host->keep(d, data, len);
}

static inline struct tl_bytes tl_kept(const struct tl_dissection *d, uint32_t handle)
{
    return d->host->kept(d, handle);
}

/* The same bytes, writable: they belong to the parser. */
static inline uint8_t *tl_kept_mine(const struct tl_dissection *d, uint32_t handle)
{
    return (uint8_t *)(uintptr_t)d->host->kept(d, handle).data;
}

static inline void tl_forget(struct tl_dissection *d, uint32_t handle)
{
    d->host->forget(d, handle);
}

/* Counts bytes that found no room and are missing from the records. */
static inline void tl_truncated(struct tl_dissection *d, uint64_t bytes)
{
    d->host->truncated(d, bytes);
}

/*
 * Reports an anomaly by its index in the protocol's `weirds`. The first one in a flow becomes a record; later ones are
 * counted. addl is the offending value, from the wire or not, and may be empty. Outside a flow this does nothing.
 */
static inline void tl_weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    d->host->weird(d, kind, addl);
}

/* The flow certainly speaks this protocol: the protocol becomes the `service` of the conn record. */
static inline void tl_confirm(struct tl_dissection *d)
{
    d->host->confirm(d);
}

/* The flow does not speak this protocol: the detection was wrong. */
static inline void tl_violate(struct tl_dissection *d)
{
    d->host->violate(d);
}

/*
 * Nothing of the channel is read any more: neither side, nor by another protocol. Where only records are wanted
 * (d->records_only), a protocol that has written its last one saves the rest of the work.
 */
static inline void tl_rest(struct tl_dissection *d)
{
    d->host->rest(d);
}

/*
 * The responder sent the flow's first packet: swaps originator and responder. For TCP, and for a flow with child
 * channels, this happens after the packet is processed; else at once, and d->flow is updated.
 */
static inline void tl_turn(struct tl_dissection *d)
{
    d->host->turn(d);
}

/* For stream(): a new message begins here. It is a new layer in the tree. */
static inline void tl_message(struct tl_dissection *d)
{
    if (TL_UNLIKELY(d->wanted != NULL))
        tl_layer_begin(d);
}

#endif
