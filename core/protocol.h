/* protocol.h - the descriptor of a protocol: one const struct per file, listed in dissectors/protocols.def. */
#ifndef TL_CORE_PROTOCOL_H
#define TL_CORE_PROTOCOL_H

#include "core/field.h"
#include "core/record.h"
#include "core/status.h"
#include "core/stream.h"
#include "core/weird.h"

struct tl_cursor;
struct tl_place;
struct tl_dissection;

/* Tables of protocols: an enclosing dissector looks up the next layer with tl_next(). */
enum tl_on {
    TL_ON_NOTHING,
    TL_ON_LINKTYPE,  /* LINKTYPE_ values of capture files */
    TL_ON_ETHERTYPE, /* also SNAP with OUI 0, SLL, GRE */
    TL_ON_LLC_SAP,   /* IEEE 802.2 DSAP */
    TL_ON_IP_PROTO,  /* IANA protocol numbers */
    TL_ON_TCP_PORT,
    TL_ON_UDP_PORT,
    TL_ON_PPP,       /* PPP protocol numbers */
    TL_ON_TABLES
};

struct tl_where {
    enum tl_on table;
    uint32_t value;
};

enum tl_kind {
    TL_KIND_LAYER,       /* any layer of no other kind */
    TL_KIND_NETWORK,     /* fills d->net: source, destination, fragments */
    TL_KIND_EXTENSION,   /* a header between network and transport that makes no flow; updates d->net */
    TL_KIND_TRANSPORT,   /* fills d->seg: the layer loop then looks up the flow */
    TL_KIND_APPLICATION, /* runs inside a flow: has probe() and dissect() or stream() */
};

enum tl_probe { TL_PROBE_NO, TL_PROBE_MAYBE, TL_PROBE_YES };

/* Lifetime class of a flow that speaks the protocol: see flows/timeouts.h. */
enum tl_lifetime {
    TL_LIFETIME_TRANSPORT, /* that of its transport */
    TL_LIFETIME_LOGIN,     /* an interactive session: an hour */
    TL_LIFETIME_MESSAGES,  /* over UDP: ends soon after the last message */
};

enum { TL_WHERE_MAX = 16, TL_RECORDS_MAX = 4, TL_ALIASES_MAX = 4, TL_VARIANTS_MAX = 3 };

/* A set of bytes: pairs, each the first and the last of a range. No pairs: all bytes. */
struct tl_begins {
    const char *ranges;
    uint32_t len;
};

#define TL_BEGINS(text) .begins = { (text), sizeof(text) - 1 }

struct tl_protocol {
    const char *name;  /* short, lower case, as in frame.protocols: "ip", "dns" */
    const char *title; /* "Internet Protocol Version 4" */
    const char *service; /* name in `service` of the conn record; NULL: none */
    const char *service_tcp; /* its name over TCP, not inside another protocol; NULL: the same */
    const char *aliases[TL_ALIASES_MAX]; /* other names: "alpn:h2", "upgrade:websocket"; see tl_protocol_called() */
    const char *variants[TL_VARIANTS_MAX]; /* names of a layer in the packet's line: tl_layer_variant() */
    enum tl_lifetime lifetime;
    enum tl_kind kind;
    bool carries;       /* in datagrams: frames or packets may follow it */
    const struct tl_field *fields;
    uint32_t field_count;
    /*
     * The fixed header at the beginning of its layer (core/place.h). A line reads these fields from the packet, so that
     * they are not collected for each layer of it. NULL: it has none, or not all that dissect() adds is in these places.
     */
    const struct tl_place *header;
    uint32_t header_count;
    const struct tl_record_def *records[TL_RECORDS_MAX]; /* the records that it may emit with tl_emit() */
    const struct tl_weird_name *weirds; /* its anomalies; tl_weird() takes an index. At most TL_WEIRD_KINDS */
    uint32_t weird_count;
    bool has_secrets;   /* its messages can hold secrets: parts of them that are not read yet are not shown as bytes */
    uint32_t flow_size; /* bytes of state per flow, zeroed; d->flow.slot */
    struct tl_where on[TL_WHERE_MAX];
    /*
     * The info column: text with {key} for the first value of a field of this layer. {key,} stands for all values,
     * joined by commas. The protocol's own prefix may be omitted from a key. A part in [..] is left out unless every
     * field in it is present. {key?} shows nothing: the field must be there and not be 0. [a|b] is b where a field of a
     * is missing. Named values are shown by name. Example: "{srcport} > {dstport} [Len={length}]". `\[` is a bracket.
     */
    const char *info;
    /*
     * Decides whether this first payload of one side belongs to the protocol. It may read only what is in c.
     */
    bool before_any;   /* probe() is asked before those of other protocols: a header that any protocol may follow */
    bool only_at_home; /* probe() is asked on its own ports only: it cannot tell the protocol elsewhere */
    struct tl_begins begins; /* on other ports: probe() is asked only if the payload begins with one of these bytes */
    enum tl_probe (*probe)(struct tl_cursor c, const struct tl_dissection *d);
    /* Dissects one layer of one packet. The cursor is at its first byte. tl_next*() sets the next layer. */
    enum tl_status (*dissect)(struct tl_dissection *d);
    /* Handles one event of one side of a stream (see stream.h). Returns what the parser wants next. */
    struct tl_want (*stream)(struct tl_dissection *d, struct tl_stream *s);
    /* The channel ends or another protocol takes over: emits pending records. There are no packet bytes. */
    void (*finish)(struct tl_dissection *d);
};

/* Does the protocol apply at value in table, by its own list? */
static inline bool tl_protocol_is_on(const struct tl_protocol *protocol, enum tl_on table, uint32_t value)
{
    for (unsigned i = 0; i < TL_WHERE_MAX && protocol->on[i].table != TL_ON_NOTHING; i++)
        if (protocol->on[i].table == table && protocol->on[i].value == value)
            return true;
    return false;
}

#define TL_WEIRDS(array) .weirds = (array), .weird_count = (uint32_t)TL_COUNT(array)
#define TL_HEADER(array) .header = (array), .header_count = (uint32_t)TL_COUNT(array)
#define TL_TABLE(array) .fields = (array), .field_count = (uint32_t)TL_COUNT(array)

#endif
