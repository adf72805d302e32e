/* flows.h - all conversations of one worker: look-up, update, expiry. No locks; workers share nothing. */
#ifndef TL_FLOWS_FLOWS_H
#define TL_FLOWS_FLOWS_H

#include "core/crypto.h"
#include "core/dissect.h"
#include "core/slab.h"
#include "core/time.h"
#include "flows/analysis.h"
#include "flows/conn.h"
#include "flows/expiry.h"
#include "flows/flow.h"
#include "flows/table.h"
#include "flows/tcp.h"
#include "flows/timeouts.h"

/* The first member of struct tl_flows: what is asked before every packet. */
struct tl_flows_state {
    const struct tl_slab_state *memory;
    const struct tl_expiry_clock *clock;
    const struct tl_table *table;
};

struct tl_flows;

struct tl_flow_counters {
    uint64_t begun, active, evicted, refused; /* refused: packets without a flow because memory ran out */
};

struct tl_flows_options {
    size_t memory;                 /* bytes: flows, their table, reassembly, data kept by parsers */
    const struct tl_timeouts *timeouts;
    uint64_t seed;                 /* of the hashes; the same as in the shard parser */
    const struct tl_crypto *crypto;
    bool strict_checksums;         /* a wrong checksum is damage, whatever was seen before */
    bool analysis;                 /* keep the state of tl_analyse() for each TCP flow: see tl_tcp_analysis() */
    /*
     * A flow ends at engine time `deadline`, or now if that is earlier. Its extension is still there: the callee calls
     * tl_tcp_flush() and frees ext->channel. Called by tl_flows_expire(), _make_room(), _finish() and _packet().
     */
    void (*ended)(void *context, struct tl_flow *flow, enum tl_flow_reason reason, int64_t deadline);
    void *context;
};

struct tl_flows *tl_flows_new(const struct tl_flows_options *options); /* NULL without memory */
void tl_flows_free(struct tl_flows *flows);
struct tl_slab *tl_flows_slab(const struct tl_flows *flows);
const struct tl_crypto *tl_flows_crypto(const struct tl_flows *flows);

static inline const struct tl_flows_state *tl_flows_state(const struct tl_flows *flows)
{
    return (const struct tl_flows_state *)(const void *)flows;
}

/* Is there perhaps a flow that is due before now? Else tl_flows_expire() has nothing to do. */
static inline bool tl_flows_due(const struct tl_flows *flows, int64_t now)
{
    return tl_etime_before(tl_flows_state(flows)->clock->quiet_until, now);
}

/* Is memory short? Else tl_flows_make_room() has nothing to do. */
static inline bool tl_flows_tight(const struct tl_flows *flows)
{
    return tl_flows_state(flows)->memory->tight;
}

/* Ends the flows that are due before now (engine time, ns). */
void tl_flows_expire(struct tl_flows *flows, int64_t now);
/* Ends all flows, in the order of deadlines, at the end of the input. */
void tl_flows_finish(struct tl_flows *flows);

/* The enclosing tunnels of a packet, outermost first. */
struct tl_tunnels {
    uint64_t outer;        /* hash of the outermost address pair; 0: no tunnel */
    unsigned depth;        /* network layers that enclose this one */
    unsigned count;        /* entries in uids */
    struct tl_uid uids[TL_PARENTS_MAX];
};

/* Two words, which a function returns in registers. */
struct tl_flow_hit {
    struct tl_flow *flow;  /* NULL: out of memory, the packet has no flow */
    uint32_t side;         /* of this packet */
    bool is_new;
    bool rejected;         /* damaged, by its checksum: only the history was updated */
};

/*
 * Finds or begins the flow of the packet described by frame->net and frame->seg, and updates its counters, states and
 * history. hash is tl_flow_hash() of its key, or 0. After this, pass the payload to tl_tcp_payload().
 */
struct tl_flow_hit tl_flows_packet(struct tl_flows *flows, const struct tl_frame *frame,
                                   const struct tl_tunnels *tunnels, uint64_t hash, bool nano);
/*
 * A packet with the addresses, ports and protocol of this id begins a new flow. A flow that the table already has for
 * them ends first. Holds until the next call; id is borrowed, NULL: none. For a caller that uses no timeouts and learns
 * from elsewhere where flows begin.
 */
void tl_flows_renew(struct tl_flows *flows, const struct tl_flow_id *id);
/* Updates the expiry class, which may have changed after the payload was read (DNS, SSH or FTP found). */
void tl_flows_set_class(struct tl_flows *flows, struct tl_flow *flow, enum tl_flow_class class);
/* Restarts the flow's timeout at this engine time. */
static inline void tl_flow_touch(struct tl_flow *flow, int64_t etime)
{
    flow->touched = etime;
}

/* With options.analysis: the state that follows the flow's struct tl_tcp. */
static inline struct tl_analysis *tl_tcp_analysis(struct tl_tcp *tcp)
{
    return (struct tl_analysis *)(tcp + 1);
}

/* Swaps originator and responder of a flow. */
void tl_flows_turn(struct tl_flows *flows, struct tl_flow *flow);
/* Returns the flow's extension, allocated on first use, or NULL without memory. */
struct tl_flow_ext *tl_flows_ext(struct tl_flows *flows, struct tl_flow *flow);
/* Returns the flow's names, allocated on first use, or NULL without memory. */
struct tl_flow_names *tl_flows_names(struct tl_flows *flows, struct tl_flow *flow);
/* Returns n bytes of flow memory, or NULL; then tl_flows_make_room() frees memory for the next packet. */
void *tl_flows_alloc(struct tl_flows *flows, size_t n);
/*
 * Call it between packets: if memory is short, ends the oldest flows so that a reserve is free for the next packet. No
 * flow is evicted at any other time.
 */
void tl_flows_make_room(struct tl_flows *flows);
struct tl_flow_counters tl_flows_counters(const struct tl_flows *flows);

#endif
