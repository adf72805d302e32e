/* tunnel_record.c - tunnels that are open, and the records of what becomes of them. */
#include <stdlib.h>
#include <xxhash.h>

#include "core/time.h"
#include "dissectors/tunnel/tunnel.h"

enum { TYPE, ACTION };

struct record {
    struct tl_record r;
    const char *type, *action;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct record, TYPE, type, "tunnel_type", TL_REC_TOKEN, "Tunnel::IP, Tunnel::GRE, Tunnel::VXLAN and others"),
    TL_FIELD(struct record, ACTION, action, "action", TL_REC_TOKEN,
             "Tunnel::DISCOVER: the first flow in it begins. Tunnel::CLOSE: its own flow ends. Tunnel::EXPIRE: no flow "
             "began in it for an hour; told when one begins in any tunnel, or a tunnel is closed. Of more than 32,768 "
             "tunnels the one in which no flow began for longest is forgotten, and discovered again with its next "
             "flow"),
};

const struct tl_record_def tl_tunnel_record_def =
    TL_RECORD_DEF("tunnel", fields, "What becomes of a tunnel that flows were seen in; the flow is the outer one",
                  .summary = { "tunnel_type", "action" });

static const char *const names[] = {
    [TL_TUNNEL_IP] = "Tunnel::IP", [TL_TUNNEL_GRE] = "Tunnel::GRE", [TL_TUNNEL_AYIYA] = "Tunnel::AYIYA",
    [TL_TUNNEL_TEREDO] = "Tunnel::TEREDO", [TL_TUNNEL_GTPV1] = "Tunnel::GTPv1", [TL_TUNNEL_VXLAN] = "Tunnel::VXLAN",
    [TL_TUNNEL_GENEVE] = "Tunnel::GENEVE", [TL_TUNNEL_SOCKS] = "Tunnel::SOCKS", [TL_TUNNEL_HTTP] = "Tunnel::HTTP",
    [TL_TUNNEL_LISP] = "Tunnel::LISP", [TL_TUNNEL_CAPWAP] = "Tunnel::CAPWAP",
};

enum { BUCKETS = 16384, TUNNELS = 32768 }; /* at one time; then the one that was silent longest is forgotten */
static const int64_t silence = INT64_C(3600) * 1000000000;

struct tunnel {
    struct tunnel *same;        /* of the bucket */
    struct tunnel *older, *newer; /* by the last flow that began in it */
    int64_t last, seen;         /* ns: engine time and time of that */
    enum tl_tunnel_kind kind;
    struct tl_flow_id id;
};

struct tunnels {
    uint64_t seed; /* of the hash: outsiders cannot choose what collides */
    struct tunnel *buckets[BUCKETS]; /* owned */
    struct tunnel *oldest, *newest;
    uint32_t count;
};

/*
 * Tunnels without a flow of their own are a pair of hosts, and connections through a proxy are one tunnel. A flow over UDP
 * is one tunnel as long as it lasts.
 */
static bool is_pair(enum tl_tunnel_kind kind, const struct tl_flow_id *id)
{
    return id->ip_proto != 17 || kind == TL_TUNNEL_SOCKS || kind == TL_TUNNEL_HTTP;
}

static bool is_proxy(enum tl_tunnel_kind kind)
{
    return kind == TL_TUNNEL_SOCKS || kind == TL_TUNNEL_HTTP;
}

static bool is_same(const struct tunnel *t, enum tl_tunnel_kind kind, const struct tl_flow_id *id)
{
    if (t->kind != kind || t->id.version != id->version)
        return false;
    if (!is_pair(kind, id))
        return memcmp(t->id.uid, id->uid, TL_UID_LEN) == 0;
    bool same = memcmp(t->id.orig_addr, id->orig_addr, 16) == 0 && memcmp(t->id.resp_addr, id->resp_addr, 16) == 0;
    bool turned = memcmp(t->id.orig_addr, id->resp_addr, 16) == 0 && memcmp(t->id.resp_addr, id->orig_addr, 16) == 0;
    return is_proxy(kind) ? same && t->id.resp_port == id->resp_port : same || turned;
}

/* Where a tunnel is, if it is known: the same for both directions of a pair. */
static struct tunnel **bucket_of(struct tunnels *all, enum tl_tunnel_kind kind, const struct tl_flow_id *id)
{
    uint8_t text[16 + 16 + 4] = { 0 };
    if (is_pair(kind, id)) {
        bool swap = !is_proxy(kind) && memcmp(id->orig_addr, id->resp_addr, 16) > 0;
        memcpy(text, swap ? id->resp_addr : id->orig_addr, 16);
        memcpy(text + 16, swap ? id->orig_addr : id->resp_addr, 16);
    } else {
        memcpy(text, id->uid, TL_UID_LEN);
    }
    if (is_proxy(kind))
        memcpy(text + 32, &id->resp_port, 2);
    text[34] = (uint8_t)kind;
    return &all->buckets[XXH3_64bits_withSeed(text, sizeof text, all->seed) % BUCKETS];
}

static void say(const struct tunnel *t, const char *action, int64_t ts, const struct tl_joined *to)
{
    struct record r = { .r = { .ts = ts, .set = UINT64_C(1) << TYPE | UINT64_C(1) << ACTION },
                        .type = names[t->kind], .action = action };
    to->record(to->context, &tl_tunnel_record_def, &r.r, &t->id);
}

static void unlink_age(struct tunnels *all, struct tunnel *t)
{
    *(t->older != NULL ? &t->older->newer : &all->oldest) = t->newer;
    *(t->newer != NULL ? &t->newer->older : &all->newest) = t->older;
}

static void link_newest(struct tunnels *all, struct tunnel *t)
{
    t->older = all->newest;
    t->newer = NULL;
    *(all->newest != NULL ? &all->newest->newer : &all->oldest) = t;
    all->newest = t;
}

static void forget(struct tunnels *all, struct tunnel *t)
{
    struct tunnel **at = bucket_of(all, t->kind, &t->id);
    while (*at != t)
        at = &(*at)->same;
    *at = t->same;
    unlink_age(all, t);
    all->count--;
    free(t);
}

static void expire(struct tunnels *all, struct tunnel *t, int64_t ts, const struct tl_joined *to)
{
    say(t, "Tunnel::EXPIRE", ts, to);
    forget(all, t);
}

static void expire_due(struct tunnels *all, const struct tl_tunnel_part *now, const struct tl_joined *to)
{
    while (all->oldest != NULL && tl_etime_between(all->oldest->last, now->etime) > silence) {
        int64_t ts;
        bool fits = tl_time_fits(all->oldest->seen) && !__builtin_add_overflow(all->oldest->seen, silence, &ts);
        expire(all, all->oldest, fits ? ts : now->ts, to);
    }
}

static struct tunnel *find(struct tunnels *all, enum tl_tunnel_kind kind, const struct tl_flow_id *id)
{
    struct tunnel *t = *bucket_of(all, kind, id);
    while (t != NULL && !is_same(t, kind, id))
        t = t->same;
    return t;
}

static void discover(struct tunnels *all, const struct tl_tunnel_part *part, const struct tl_flow_id *id,
                     const struct tl_joined *to)
{
    struct tunnel *t = malloc(sizeof *t);
    if (t == NULL)
        return;
    if (all->count == TUNNELS)
        forget(all, all->oldest); /* it may be in use: it did not expire */
    struct tunnel **bucket = bucket_of(all, part->kind, id);
    *t = (struct tunnel){ .same = *bucket, .last = part->etime, .seen = part->ts, .kind = part->kind,
                          .id = *id };
    if (is_pair(part->kind, id))
        t->id.orig_port = 0;
    if (is_pair(part->kind, id) && !is_proxy(part->kind))
        t->id.resp_port = 0;
    *bucket = t;
    link_newest(all, t);
    all->count++;
    say(t, "Tunnel::DISCOVER", part->ts, to);
}

static void *joiner_make(uint64_t seed)
{
    struct tunnels *all = calloc(1, sizeof *all);
    if (all != NULL)
        all->seed = seed;
    return all;
}

static void joiner_take(void *state, const void *from, const struct tl_flow_id *id, const struct tl_joined *to)
{
    struct tunnels *all = state;
    const struct tl_tunnel_part *part = from;
    expire_due(all, part, to);
    struct tunnel *t = find(all, part->kind, id);
    if (part->closes && t != NULL) {
        say(t, "Tunnel::CLOSE", part->ts, to);
        forget(all, t);
    } else if (t != NULL) {
        t->last = part->etime;
        t->seen = part->ts;
        unlink_age(all, t);
        link_newest(all, t);
    } else if (!part->closes) {
        discover(all, part, id, to);
    }
}

/* Tunnels that are still open have no record: they were neither closed nor silent for long. */
static void joiner_end(void *state, const struct tl_joined *to)
{
    (void)state;
    (void)to;
}

static void joiner_drop(void *state)
{
    struct tunnels *all = state;
    while (all->oldest != NULL)
        forget(all, all->oldest);
    free(all);
}

const struct tl_joiner tl_tunnel_joiner = { .part_size = sizeof(struct tl_tunnel_part), .make = joiner_make,
                                            .take = joiner_take, .end = joiner_end, .drop = joiner_drop };
