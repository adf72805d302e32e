/* flow.h - one conversation: its state between packets. */
#ifndef TL_FLOWS_FLOW_H
#define TL_FLOWS_FLOW_H

#include "core/bytes.h"
#include "core/record.h"
#include "core/status.h"

enum { TL_ORIG = 0, TL_RESP = 1 }; /* sides */

/* Expiry classes. Each has one timeout, counted from tl_flow.touched. */
enum tl_flow_class {
    TL_CLASS_ATTEMPT, /* TCP: no packet from the responder; touched stays at the first SYN */
    TL_CLASS_CLOSED,  /* TCP: both FINs or an RST; touched stays at that packet */
    TL_CLASS_TCP,
    TL_CLASS_LOGIN,
    TL_CLASS_UDP,
    TL_CLASS_ICMP,
    TL_CLASS_DNS,
    TL_CLASSES
};

enum tl_flow_flags {
    TL_FLOW_TURNED = 1,     /* side 0 in the order of the key is the responder */
    TL_FLOW_V6 = 2,
    TL_FLOW_ONE_WAY = 4,    /* ICMP type without a counterpart */
    TL_FLOW_NANO = 8,       /* timestamps have nine decimals */
    TL_FLOW_DUE = 16,       /* in the due heap of the expiry, not in its wheel */
    TL_FLOW_SEEN_ORIG = 32, /* this side sent a packet that was followed */
    TL_FLOW_SEEN_RESP = 64,
    TL_FLOW_INSIDE = 128,   /* a tunnel: tl_flow_outer() is not 0 */
};

/* tl_flow.protocol: undecided, tried, unknown, or an index in the registry + TL_FLOW_PROTOCOL_FIRST. */
enum tl_flow_protocol {
    TL_FLOW_UNDECIDED,
    TL_FLOW_TRIED_ORIG, /* the first payload of this side did not identify a protocol */
    TL_FLOW_TRIED_RESP,
    TL_FLOW_NOBODYS,
    TL_FLOW_PROTOCOL_FIRST,
};

enum { TL_HISTORY_INLINE = 4, TL_HISTORY_MAX = 63, TL_PARENTS_MAX = 4 };

struct tl_uid {
    uint64_t high, low;
};

enum {
    TL_SERVICES_MOST = 48, /* bytes of `service` in a conn record */
    TL_WEIRD_PROTOCOLS = 4, /* protocols of one flow that have anomalies of their own */
};

/* Names of a flow in its records: made for the first record. Owned by the flow, from the slab. */
struct tl_flow_names {
    bool named;              /* uid and community_id are set */
    uint8_t services_len, weirds_count, weirds_written;
    char uid[TL_UID_LEN], community_id[TL_COMMUNITY_ID_LEN]; /* no NUL at the end */
    char services[TL_SERVICES_MOST]; /* joined by commas */
    uint8_t failed_len;
    char failed[TL_SERVICES_MOST];   /* services that were taken out again */
    struct {
        uint64_t bits;       /* bit n: anomaly n of the protocol has a record */
        uint16_t protocol;   /* index in the registry */
    } weirds[TL_WEIRD_PROTOCOLS];
};

/* State that only some flows need. Owned by the flow, from the slab. */
struct tl_flow_ext {
    struct tl_tcp *tcp;         /* TCP only */
    struct tl_channel *channel; /* exists once payload is read; owned by decode/ */
    struct tl_flow_names *names; /* exists once there is a record */
    struct tl_proxied *proxied; /* NULL: no proxy named other ends */
    char history[TL_HISTORY_MAX + 1]; /* used when it is longer than the room in tl_flow */
    uint32_t bad_checksums[2];  /* per side; counter for the history letter c */
    uint8_t depth;              /* enclosing tunnels: distinguishes flows that begin with the same packet */
    uint8_t parent_count;       /* number of entries in parents */
    uint8_t carries;            /* kind of the tunnel that it was when the first flow began in it; 0: none did */
    bool opened;                /* something that was encrypted in it was decrypted */
    uint8_t moves;              /* how often the tunnels around it were others than those before; at most five */
    uint64_t around;            /* the tunnels around its last packet, as tl_around_packet() tells them apart */
    struct tl_uid parents[TL_PARENTS_MAX]; /* enclosing tunnels, outermost first */
};

#define TL_FLOW_PKT(number) ((number) & ((UINT64_C(1) << 48) - 1))

/*
 * 128 bytes for IPv4, which are two cache lines; 152 for IPv6; 8 more in a tunnel: from the slab. Side 0 is the
 * originator everywhere except in addr and port. These are in the order of the first packet, also when TL_FLOW_TURNED
 * is set: use tl_flow_addr() and tl_flow_port().
 */
struct tl_flow {
    int64_t first_ns;     /* packet time */
    int64_t last_ns;
    uint64_t first_pkt : 48; /* packet numbers: TL_FLOW_PKT() of them */
    uint64_t vlan : 16;      /* id + 1; 0: none */
    uint64_t last_pkt : 48;
    uint64_t inner_vlan : 16;
    uint64_t pkts[2];
    uint64_t ip_bytes[2];
    /* What follows is what a search, the wheel and most packets read: of IPv4 the second cache line. */
    int64_t touched;      /* engine time */
    uint64_t bytes[2];    /* payload; not for TCP */
    uint32_t place;       /* in the expiry, which owns it */
    uint32_t ext;         /* handle of struct tl_flow_ext; 0: none */
    uint16_t port[2];
    uint8_t ip_proto;
    uint8_t flags;        /* enum tl_flow_flags */
    uint8_t class : 3;    /* enum tl_flow_class */
    uint8_t by_rst : 1;   /* closed by an RST */
    /*
     * Which ends, in the order of addr, have shown a right checksum: of the transport layer (bits 0, 1), of an IPv4
     * header (bits 2, 3).
     */
    uint8_t right : 4;
    uint8_t protocol;     /* protocol of the payload: see enum tl_flow_protocol */
    uint8_t l2[2][6];     /* zero: unknown */
    char history[TL_HISTORY_INLINE]; /* no NUL at the end when full; [0] == 1: in ext */
    uint8_t addr[];       /* two of 4 or 16 bytes; if it is inside a tunnel, then the 8 of tl_flow_outer() */
};
_Static_assert(offsetof(struct tl_flow, touched) == 64 && sizeof(struct tl_flow) == 120, "a flow of IPv4 has 128 bytes");
_Static_assert(TL_CLASSES <= 8, "a class has three bits");

/* A transport other than TCP that has ports: UDP, DCCP, SCTP. Its flow ends when it is idle. */
static inline bool tl_flow_has_datagrams(uint8_t ip_proto)
{
    return ip_proto == 17 || ip_proto == 33 || ip_proto == 132;
}

static inline unsigned tl_flow_addr_len(const struct tl_flow *f)
{
    return f->flags & TL_FLOW_V6 ? 16 : 4;
}

/* Returns the bytes of a flow with these flags. */
static inline size_t tl_flow_size(unsigned flags)
{
    return sizeof(struct tl_flow) + (flags & TL_FLOW_V6 ? 32 : 8) + (flags & TL_FLOW_INSIDE ? sizeof(uint64_t) : 0);
}

/* Returns the hash of the outermost address pair; 0: this pair. */
static inline uint64_t tl_flow_outer(const struct tl_flow *f)
{
    uint64_t outer = 0;
    if (f->flags & TL_FLOW_INSIDE)
        memcpy(&outer, f->addr + (size_t)tl_flow_addr_len(f) * 2, sizeof outer);
    return outer;
}

/* Returns the index in addr and port of a side. */
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

/* Returns whether the address is multicast or the limited broadcast. */
static inline bool tl_addr_is_multicast(const uint8_t *addr, bool v6)
{
    return v6 ? addr[0] == 0xff : (addr[0] & 0xf0) == 0xe0 || tl_load_be32(addr) == 0xffffffff;
}

#endif
