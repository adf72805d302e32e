/* flow.h - one conversation: what is kept of it between packets. */
#ifndef TL_FLOWS_FLOW_H
#define TL_FLOWS_FLOW_H

#include "core/bytes.h"
#include "core/record.h"
#include "core/status.h"

enum { TL_ORIG = 0, TL_RESP = 1 }; /* sides */

/* What decides when a flow ends: each has one timeout, counted from tl_flow.touched. */
enum tl_flow_class {
    TL_CLASS_ATTEMPT, /* TCP: the responder is silent; touched stays at the first SYN */
    TL_CLASS_CLOSED,  /* TCP: both FINs or an RST; touched stays at that packet */
    TL_CLASS_TCP,
    TL_CLASS_LOGIN,
    TL_CLASS_UDP,
    TL_CLASS_ICMP,
    TL_CLASS_DNS,
    TL_CLASSES
};

enum tl_flow_flags {
    TL_FLOW_TURNED = 1,     /* side 0 of the key's order is the responder */
    TL_FLOW_V6 = 2,
    TL_FLOW_ONE_WAY = 4,    /* ICMP type without a counterpart */
    TL_FLOW_NANO = 8,       /* times have nine decimals */
    TL_FLOW_DUE = 16,       /* stands in the expiry's due heap, not in its wheel */
    TL_FLOW_SEEN_ORIG = 32, /* a packet with a good checksum came from this side */
    TL_FLOW_SEEN_RESP = 64,
    TL_FLOW_BY_RST = 128,   /* closed by an RST */
};

/* tl_flow.protocol: undecided, tried, nobody's, or an index in the registry + TL_FLOW_PROTOCOL_FIRST. */
enum tl_flow_protocol {
    TL_FLOW_UNDECIDED,
    TL_FLOW_TRIED_ORIG, /* the first payload of this side told nothing */
    TL_FLOW_TRIED_RESP,
    TL_FLOW_NOBODYS,
    TL_FLOW_PROTOCOL_FIRST,
};

enum { TL_HISTORY_INLINE = 4, TL_HISTORY_MAX = 63, TL_PARENTS_MAX = 4 };

struct tl_uid {
    uint64_t high, low;
};

enum {
    TL_SERVICES_MOST = 48, /* bytes of a conn record's service */
    TL_WEIRD_PROTOCOLS = 4, /* protocols of one flow whose anomalies are told apart */
};

/* What the records of a flow say of it: made when it has the first. Owned by the flow, from the slab. */
struct tl_flow_names {
    bool named;              /* uid and community_id are set */
    uint8_t services_len, weirds_count, weirds_written;
    char uid[TL_UID_LEN], community_id[TL_COMMUNITY_ID_LEN]; /* not terminated */
    char services[TL_SERVICES_MOST]; /* joined by commas */
    struct {
        uint64_t bits;       /* bit n: anomaly n of the protocol has its record */
        uint16_t protocol;   /* index in the registry */
    } weirds[TL_WEIRD_PROTOCOLS];
};

/* What only some flows need. Owned by the flow, from the slab. */
struct tl_flow_ext {
    struct tl_tcp *tcp;         /* TCP only */
    struct tl_channel *channel; /* once there is payload that is read: decode's */
    struct tl_flow_names *names; /* once it has a record */
    char history[TL_HISTORY_MAX + 1]; /* when it is longer than the flow's own room */
    uint32_t bad_checksums[2];  /* a side; behind the history's c */
    uint8_t depth;              /* tunnels around it: tells flows apart that one packet began */
    uint8_t parent_count;       /* of them, what parents has room for */
    struct tl_uid parents[TL_PARENTS_MAX]; /* enclosing tunnels, outermost first */
};

/*
 * 144 bytes for IPv4, 168 for IPv6, from the slab. Side 0 is the originator in everything but addr and port, which
 * stand in the order of the first packet until TL_FLOW_TURNED says otherwise: use tl_flow_addr() and tl_flow_port().
 */
struct tl_flow {
    uint64_t outer;       /* hash of the outermost address pair; 0: this is it */
    int64_t first_ns;     /* packet time */
    int64_t last_ns;
    int64_t touched;      /* engine time */
    uint64_t first_pkt;   /* packet numbers */
    uint64_t last_pkt;
    uint64_t pkts[2];
    uint64_t ip_bytes[2];
    uint64_t bytes[2];    /* payload; not TCP's */
    uint32_t next, prev;  /* handles: neighbours in an expiry list */
    uint32_t ext;         /* handle of struct tl_flow_ext; 0: none */
    uint16_t port[2];
    uint8_t ip_proto;
    uint8_t flags;        /* enum tl_flow_flags */
    uint8_t class;        /* enum tl_flow_class */
    uint8_t protocol;     /* what the payload is: pipeline's, see enum tl_flow_protocol */
    uint8_t l2[2][6];     /* zero: unknown */
    uint16_t vlan, inner_vlan; /* id + 1; 0: none */
    char history[TL_HISTORY_INLINE]; /* not terminated when full; [0] == 1: in ext */
    uint8_t addr[];       /* two of 4 or 16 bytes */
};

static inline unsigned tl_flow_addr_len(const struct tl_flow *f)
{
    return f->flags & TL_FLOW_V6 ? 16 : 4;
}

static inline size_t tl_flow_size(bool v6)
{
    return sizeof(struct tl_flow) + (v6 ? 32 : 8);
}

/* Index in addr and port of a side. */
static inline unsigned tl_flow_end(const struct tl_flow *f, unsigned side)
{
    return f->flags & TL_FLOW_TURNED ? side ^ 1 : side;
}

static inline const uint8_t *tl_flow_addr(const struct tl_flow *f, unsigned side)
{
    return f->addr + tl_flow_end(f, side) * tl_flow_addr_len(f);
}

static inline uint16_t tl_flow_port(const struct tl_flow *f, unsigned side)
{
    return f->port[tl_flow_end(f, side)];
}

/* Is the address multicast or the limited broadcast? */
static inline bool tl_addr_is_multicast(const uint8_t *addr, bool v6)
{
    return v6 ? addr[0] == 0xff : (addr[0] & 0xf0) == 0xe0 || tl_load_be32(addr) == 0xffffffff;
}

#endif
