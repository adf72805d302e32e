/* tunnel.h - the record of tunnels: they begin with the first flow in them, end with their own, or fall silent. */
#ifndef TL_DISSECTORS_TUNNEL_H
#define TL_DISSECTORS_TUNNEL_H

#include "core/join.h"

enum tl_tunnel_kind {
    TL_TUNNEL_NONE, TL_TUNNEL_IP, TL_TUNNEL_GRE, TL_TUNNEL_AYIYA, TL_TUNNEL_TEREDO, TL_TUNNEL_GTPV1, TL_TUNNEL_VXLAN,
    TL_TUNNEL_GENEVE, TL_TUNNEL_SOCKS, TL_TUNNEL_HTTP, TL_TUNNEL_LISP, TL_TUNNEL_CAPWAP
};

/* A flow begins in a tunnel, or the flow that is one ends. */
struct tl_tunnel_part {
    int64_t ts, etime; /* of the record, and engine time, by which tunnels expire */
    enum tl_tunnel_kind kind;
    bool closes;
};

extern const struct tl_record_def tl_tunnel_record_def;
extern const struct tl_joiner tl_tunnel_joiner;

/* A proxy opens a connection in d's flow. */
static inline void tl_tunnel_proxy(struct tl_dissection *d, enum tl_tunnel_kind kind)
{
    const struct tl_tunnel_part part = { d->frame->ts, tl_frame_etime(d->frame), kind, false };
    if (d->recorded && !d->frame->quoted)
        tl_join(d, &tl_tunnel_joiner, &part);
}

#endif
