/* protocol.h - what a protocol says of itself: one const descriptor a file, named in dissectors/protocols.def. */
#ifndef TL_CORE_PROTOCOL_H
#define TL_CORE_PROTOCOL_H

#include "core/field.h"
#include "core/record.h"
#include "core/status.h"
#include "core/stream.h"
#include "core/weird.h"

struct tl_cursor;
struct tl_dissection;

/* Where a protocol applies: tables that the dissector below looks into with tl_next(). */
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
    TL_KIND_LAYER,       /* anything that stands between two others */
    TL_KIND_NETWORK,     /* fills d->net: source, destination, fragments */
    TL_KIND_EXTENSION,   /* a header between network and transport that makes no flow of its own; moves d->net on */
    TL_KIND_TRANSPORT,   /* fills d->seg: the loop then looks up the flow */
    TL_KIND_APPLICATION, /* lives in a flow: has probe() and dissect() or stream() */
};

enum tl_probe { TL_PROBE_NO, TL_PROBE_MAYBE, TL_PROBE_YES };

/* How long a flow lives that speaks the protocol: see flows/timeouts.h. */
enum tl_lifetime {
    TL_LIFETIME_TRANSPORT, /* as its transport says */
    TL_LIFETIME_LOGIN,     /* a person sits at it: an hour */
    TL_LIFETIME_MESSAGES,  /* over UDP it lives by its messages, and ends soon after the last */
};

enum { TL_WHERE_MAX = 16, TL_RECORDS_MAX = 4, TL_ALIASES_MAX = 4 };

struct tl_protocol {
    const char *name;  /* short, lower case, as in frame.protocols: "ip", "dns" */
    const char *title; /* "Internet Protocol Version 4" */
    const char *service; /* what `service` of conn calls it; NULL: no service of its own */
    const char *aliases[TL_ALIASES_MAX]; /* what others call it: "alpn:h2", "upgrade:websocket"; see tl_protocol_called() */
    enum tl_lifetime lifetime;
    enum tl_kind kind;
    const struct tl_field *fields;
    uint32_t field_count;
    const struct tl_record_def *records[TL_RECORDS_MAX]; /* what tl_record() may be called with */
    const struct tl_weird_name *weirds; /* its anomalies; tl_weird() takes an index. At most TL_WEIRD_KINDS */
    uint32_t weird_count;
    uint32_t flow_size; /* bytes of state a flow, zeroed; d->flow.slot */
    struct tl_where on[TL_WHERE_MAX];
    /*
     * The info column: text with {key} for the first value of a field of this layer ({key,} for all of them, joined by
     * commas; the protocol's own prefix may be left out) and [..] for a part that is left out unless every field in it
     * is there. Value names stand in for numbers. Example: "{srcport} > {dstport} [Len={length}]". `\[` is a bracket.
     */
    const char *info;
    /*
     * Is this first payload of one side mine? Only what is in c may be read; ports are hints that were asked already.
     */
    enum tl_probe (*probe)(struct tl_cursor c, const struct tl_dissection *d);
    /* One packet's layer. The cursor stands at its first byte; what follows it is said with tl_next*(). */
    enum tl_status (*dissect)(struct tl_dissection *d);
    /* One event of one side of a TCP stream (see stream.h). Returns what it wants next. */
    struct tl_want (*stream)(struct tl_dissection *d, struct tl_stream *s);
    /* The channel ends, or goes on as another protocol: write what is unpaired. No packet bytes. */
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
#define TL_TABLE(array) .fields = (array), .field_count = (uint32_t)TL_COUNT(array)

#endif
