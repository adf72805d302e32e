/* flows.h - all conversations of one worker: looked up, followed, ended. No locks; a worker shares nothing. */
#ifndef TL_FLOWS_FLOWS_H
#define TL_FLOWS_FLOWS_H

#include "core/crypto.h"
#include "core/dissect.h"
#include "flows/conn.h"
#include "flows/flow.h"
#include "flows/table.h"
#include "flows/tcp.h"
#include "flows/timeouts.h"

struct tl_flows;

struct tl_flow_counters {
    uint64_t begun, active, evicted, refused; /* refused: packets without a flow for want of memory */
};

struct tl_flows_options {
    size_t memory;                 /* bytes: flows, their table, reassembly, what parsers keep */
    const struct tl_timeouts *timeouts;
    uint64_t seed;                 /* of the hashes; the same as the shard parser's */
    const struct tl_crypto *crypto;
    /*
     * A flow ends at engine time `deadline` (or now, when that is earlier). Its extension is still there: the callee
     * calls tl_tcp_flush() and frees ext->channel. Called by tl_flows_expire(), _make_room(), _finish() and _packet().
     */
    void (*ended)(void *context, struct tl_flow *flow, enum tl_flow_reason reason, int64_t deadline);
    void *context;
};

struct tl_flows *tl_flows_new(const struct tl_flows_options *options); /* NULL without memory */
void tl_flows_free(struct tl_flows *flows);
struct tl_slab *tl_flows_slab(const struct tl_flows *flows);
const struct tl_crypto *tl_flows_crypto(const struct tl_flows *flows);

/* Ends what is due before now (engine time, ns). */
void tl_flows_expire(struct tl_flows *flows, int64_t now);
/* Ends everything, in the order of deadlines: the end of the input. */
void tl_flows_finish(struct tl_flows *flows);

/* The enclosing tunnels of a packet, outermost first. */
struct tl_tunnels {
    uint64_t outer;        /* hash of the outermost address pair; 0: no tunnel */
    unsigned depth;        /* network layers around this one */
    unsigned count;        /* of them, what uids has */
    struct tl_uid uids[TL_PARENTS_MAX];
};

struct tl_flow_hit {
    struct tl_flow *flow;  /* NULL: no memory, the packet goes without */
    unsigned side;         /* of this packet */
    bool is_new;
    bool rejected;         /* a bad checksum: only the history took note */
};

/*
 * Finds or begins the flow of the packet that frame->net and frame->seg describe and takes it into account: counters, states,
 * history. hash is tl_flow_hash() of its key, or 0. Payload goes through tl_tcp_payload() after this.
 */
struct tl_flow_hit tl_flows_packet(struct tl_flows *flows, const struct tl_frame *frame,
                                   const struct tl_tunnels *tunnels, uint64_t hash, bool nano);
/* The deadline class may have changed after the payload was read (DNS, SSH, FTP found). */
void tl_flows_set_class(struct tl_flows *flows, struct tl_flow *flow, enum tl_flow_class class);
/* The flow lives on from this engine time. */
static inline void tl_flow_touch(struct tl_flow *flow, int64_t etime)
{
    flow->touched = etime;
}

/* Turns a flow's ends round. */
void tl_flows_turn(struct tl_flows *flows, struct tl_flow *flow);
/* The flow's extension, made if it has none; NULL without memory. */
struct tl_flow_ext *tl_flows_ext(struct tl_flows *flows, struct tl_flow *flow);
/* Its names, made if it has none; NULL without memory. */
struct tl_flow_names *tl_flows_names(struct tl_flows *flows, struct tl_flow *flow);
/* Block memory of n bytes; NULL when there is none: then tl_flows_make_room() makes room for the next time. */
void *tl_flows_alloc(struct tl_flows *flows, size_t n);
/*
 * Between packets: ends the oldest flows where memory is short, so that a reserve is free for the next packet. No flow
 * ends for memory at any other time.
 */
void tl_flows_make_room(struct tl_flows *flows);
/* See tl_table_prefetch(). */
void tl_flows_prefetch(const struct tl_flows *flows, uint64_t hash);
void tl_flows_prefetch_flow(const struct tl_flows *flows, uint64_t hash);
struct tl_flow_counters tl_flows_counters(const struct tl_flows *flows);

#endif
