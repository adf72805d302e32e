/* explain.c - a decoder of its own, the facts of its flows, and the worst of them. */
#include "explain/explain.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "codec/zlib.h"
#include "core/time.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "decode/shard.h"
#include "decode/usual.h"
#include "explain/icmp_error.h"
#include "explain/parked.h"
#include "filter/predicate.h"

enum {
    BUCKETS = 1 << 18,
    ANSWERS = 256, /* addresses that DNS gave, remembered */
    ASKERS = 64,   /* who asked DNS over TCP */
    MISSING = 64,  /* names that do not exist */
    ATTEMPTS = 32, /* newest connections over IPv6 */
    NONE = UINT32_MAX,
};

#define SECOND INT64_C(1000000000)

struct answer {
    uint8_t client[16], server[16];
    int64_t ts, took;
    char name[TL_FACTS_TEXT];
};

/* A connection over IPv6 that was begun. */
struct attempt {
    uint16_t port;
    int64_t ts;
    uint64_t number;  /* first packet */
    uint32_t bucket;
    uint8_t depth;
};

struct asker {
    uint8_t client[16], server[16];
};

struct missing {
    uint8_t client[16];
    char name[TL_FACTS_TEXT];
};

struct tl_explain {
    struct tl_explain_options options;
    struct tl_registry *registry;
    struct tl_decoder *decoder;
    struct tl_predicate_run *run;
    struct tl_facts *facts;     /* a pool */
    uint32_t most, used, free;  /* free: the first of those that ended, or NONE */
    uint32_t *buckets;
    uint32_t hand;              /* the next one that may be parked */
    struct tl_parked **parked;  /* buckets of those that are not in the pool */
    size_t parked_bytes, parked_most;
    struct tl_facts *current;   /* of the last flow event; NULL: none */
    struct tl_shard shard;
    uint64_t number;            /* of the current packet */
    struct answer answers[ANSWERS];
    struct asker askers[ASKERS];
    struct missing missing[MISSING];
    struct attempt attempts[ATTEMPTS];
    uint32_t attempt_at;
    uint32_t answer_at, asker_at, missing_at;
    struct tl_explained worst[TL_EXPLAIN_FLOWS + 1]; /* the last one is being made */
    uint32_t worst_count;
    struct tl_explain_sums sums;
};

/* --- the flows that go on --- */

static uint32_t hash_end(const uint8_t *addr, unsigned len, uint16_t port)
{
    uint32_t h = 2166136261u ^ port;
    for (unsigned i = 0; i < len; i++)
        h = (h ^ addr[i]) * 16777619u;
    return h ^ h >> 15;
}

/* The same for both directions. */
static uint32_t bucket_of(const uint8_t *a, uint16_t port_a, const uint8_t *b, uint16_t port_b, unsigned len, uint8_t proto)
{
    return (hash_end(a, len, port_a) + hash_end(b, len, port_b) + proto) % BUCKETS;
}

static uint32_t bucket_of_facts(const struct tl_facts *f)
{
    return bucket_of(f->addr[0], f->port[0], f->addr[1], f->port[1], f->v6 ? 16 : 4, f->ip_proto);
}

/* Takes the flow out of the pool's chain. */
static void unlink_facts(struct tl_explain *x, const struct tl_facts *f)
{
    uint32_t index = (uint32_t)(f - x->facts), *at = &x->buckets[bucket_of_facts(f)];
    while (*at != NONE && *at != index)
        at = &x->facts[*at].next;
    if (*at == index)
        *at = f->next;
}

/*
 * Parks a flow that had no packet lately, so that another one has its place. Returns false if there is none, or no memory:
 * what is parked grows over its limit by one flow at most.
 */
static bool park_one(struct tl_explain *x)
{
    if (x->parked_bytes >= x->parked_most)
        return false;
    for (uint64_t tries = 0; tries < (uint64_t)x->most * 2; tries++) {
        struct tl_facts *f = &x->facts[x->hand];
        x->hand = (x->hand + 1) % x->most;
        if (!f->used || f == x->current)
            continue;
        if (f->recent) {
            f->recent = false;
            continue;
        }
        struct tl_parked **at = &x->parked[bucket_of_facts(f)], *p;
        unlink_facts(x, f);
        p = tl_parked_new(f);
        if (p != NULL) {
            p->next = *at;
            *at = p;
            x->parked_bytes += tl_parked_size(p);
        } else {
            x->sums.left_out++;
        }
        f->next = x->free;
        f->used = false;
        x->free = (uint32_t)(f - x->facts);
        return true;
    }
    return false;
}

/* Returns a place in the pool, with zeros, or NULL. */
static struct tl_facts *take(struct tl_explain *x)
{
    if (x->free == NONE && x->used < x->most)
        return &x->facts[x->used++]; /* zeroed by the kernel */
    if (x->free == NONE && !park_one(x))
        return NULL;
    uint32_t i = x->free;
    x->free = x->facts[i].next;
    memset(&x->facts[i], 0, sizeof x->facts[i]);
    return &x->facts[i];
}

static void enter(struct tl_explain *x, struct tl_facts *f, uint32_t bucket)
{
    f->used = f->recent = true;
    f->next = x->buckets[bucket];
    x->buckets[bucket] = (uint32_t)(f - x->facts);
}

/* Brings the flow that *at points to back. Returns NULL if it is given up for want of memory. */
static struct tl_facts *unpark(struct tl_explain *x, uint32_t bucket, struct tl_parked **at)
{
    struct tl_parked *p = *at;
    *at = p->next;
    x->parked_bytes -= tl_parked_size(p);
    struct tl_facts *f = take(x);
    if (f != NULL) {
        tl_parked_read(p, f);
        enter(x, f, bucket);
    } else {
        x->sums.left_out++;
    }
    free(p);
    return f;
}

static struct tl_facts *find(struct tl_explain *x, uint32_t bucket, uint64_t first, uint8_t depth)
{
    for (uint32_t i = x->buckets[bucket]; i != NONE; i = x->facts[i].next)
        if (x->facts[i].first == first && x->facts[i].depth == depth) {
            x->facts[i].recent = true;
            return &x->facts[i];
        }
    for (struct tl_parked **at = &x->parked[bucket]; *at != NULL; at = &(*at)->next)
        if ((*at)->first == first && (*at)->depth == depth)
            return unpark(x, bucket, at);
    return NULL;
}

static void drop(struct tl_explain *x, struct tl_facts *f)
{
    unlink_facts(x, f);
    f->next = x->free;
    f->used = false;
    x->free = (uint32_t)(f - x->facts);
    if (x->current == f)
        x->current = NULL;
}

static void join_lookup(const struct tl_explain *x, struct tl_facts *f)
{
    for (uint32_t i = 1; i <= ANSWERS; i++) {
        const struct answer *a = &x->answers[(x->answer_at - i) % ANSWERS];
        if (a->ts == 0 || memcmp(a->client, f->addr[0], 16) != 0 || memcmp(a->server, f->addr[1], 16) != 0)
            continue;
        f->lookup_ts = a->ts;
        f->lookup_time = tl_time_between(a->ts, f->first_ts) < 5 * SECOND ? a->took : 0;
        memcpy(f->lookup, a->name, sizeof f->lookup);
        return;
    }
}

/* Did DNS give the client this address for the name? */
static bool is_of_name(const struct tl_explain *x, const uint8_t client[16], const uint8_t server[16], const char *name)
{
    for (uint32_t i = 0; i < ANSWERS; i++) {
        const struct answer *a = &x->answers[i];
        if (a->ts != 0 && memcmp(a->client, client, 16) == 0 && memcmp(a->server, server, 16) == 0 &&
            strcmp(a->name, name) == 0)
            return true;
    }
    return false;
}

/* Has one name both addresses? The client may have asked over IPv4 or over IPv6. */
static bool has_both(const struct tl_explain *x, const struct tl_facts *six, const struct tl_facts *four)
{
    const char *name = four->lookup[0] != '\0' ? four->lookup : six->lookup;
    if (*name == '\0')
        return false;
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *client = i == 0 ? four->addr[0] : six->addr[0];
        if (is_of_name(x, client, six->addr[1], name) && is_of_name(x, client, four->addr[1], name))
            return true;
    }
    return false;
}

/* A client that has both tries IPv6 first, and IPv4 when that has no answer for a while, or is refused (RFC 8305). */
static void join_first_choice(struct tl_explain *x, struct tl_facts *f)
{
    const int64_t while_most = 5 * SECOND;
    if (f->ip_proto != 6)
        return;
    if (f->v6) {
        struct attempt *a = &x->attempts[x->attempt_at++ % ATTEMPTS];
        *a = (struct attempt){ .port = f->port[1], .ts = f->first_ts, .number = f->first, .bucket = bucket_of_facts(f),
                               .depth = f->depth };
        return;
    }
    for (uint32_t i = 0; i < ATTEMPTS; i++) {
        const struct attempt *a = &x->attempts[i];
        int64_t since = tl_time_between(a->ts, f->first_ts);
        if (a->ts == 0 || a->port != f->port[1] || since < 0 || since > while_most)
            continue;
        const struct tl_facts *first = find(x, a->bucket, a->number, a->depth);
        if (first == NULL || first->syn_ack_ts != 0 || first->end[0].syns.count == 0 || !has_both(x, first, f))
            continue;
        f->first_choice_ts = a->ts;
        f->first_choice = a->number;
        f->first_refused = first->end[1].resets.count > 0;
        for (unsigned k = 0; k < TL_ICMP_KINDS; k++)
            f->first_error = f->first_error || first->icmp[k].count > 0;
        if (f->lookup[0] == '\0')
            memcpy(f->lookup, first->lookup, sizeof f->lookup);
        return;
    }
}

static struct tl_facts *begin(struct tl_explain *x, const struct tl_flow *flow, uint8_t depth, int64_t ts)
{
    struct tl_facts *f = take(x);
    unsigned len = tl_flow_addr_len(flow);
    if (f == NULL) {
        x->sums.left_out++;
        return NULL;
    }
    f->first = flow->first_pkt;
    f->depth = depth;
    f->ip_proto = flow->ip_proto;
    f->v6 = (flow->flags & TL_FLOW_V6) != 0;
    f->talker = -1;
    f->first_ts = f->last_ts = ts;
    for (unsigned i = 0; i < 2; i++) {
        memcpy(f->addr[i], flow->addr + i * len, len);
        f->port[i] = flow->port[i];
        f->end[i].scale = -1;
    }
    enter(x, f, bucket_of_facts(f));
    x->current = f; /* it is not parked meanwhile */
    join_lookup(x, f);
    join_first_choice(x, f);
    if (f->ip_proto == 6 && f->port[1] == 53) {
        struct asker *a = &x->askers[x->asker_at++ % ASKERS];
        memcpy(a->client, f->addr[0], 16);
        memcpy(a->server, f->addr[1], 16);
    }
    return f;
}

/* --- ICMP errors --- */

/* Is one direction between these ends? addr: those of the flow, 16 bytes each. */
static bool is_between(const uint8_t addr[2][16], const uint16_t port[2], const struct tl_icmp_error *q)
{
    for (unsigned way = 0; way < 2; way++)
        if (port[way] == q->src_port && port[way ^ 1] == q->dst_port && memcmp(addr[way], q->src, q->len) == 0 &&
            memcmp(addr[way ^ 1], q->dst, q->len) == 0)
            return true;
    return false;
}

/* Finds the newest flow that goes on between these ends. */
static struct tl_facts *find_quoted(struct tl_explain *x, const struct tl_icmp_error *q)
{
    uint32_t bucket = bucket_of(q->src, q->src_port, q->dst, q->dst_port, q->len, q->proto);
    for (uint32_t i = x->buckets[bucket]; i != NONE; i = x->facts[i].next) {
        struct tl_facts *f = &x->facts[i];
        if (f->ip_proto == q->proto && f->v6 == (q->len == 16) && is_between(f->addr, f->port, q))
            return f;
    }
    for (struct tl_parked **at = &x->parked[bucket]; *at != NULL; at = &(*at)->next)
        if ((*at)->ip_proto == q->proto && (*at)->v6 == (q->len == 16) && is_between((*at)->addr, (*at)->port, q))
            return unpark(x, bucket, at);
    return NULL;
}

static void take_icmp(struct tl_explain *x, const struct tl_frame *frame)
{
    struct tl_icmp_error error;
    struct tl_facts *f = tl_icmp_error_read(frame, &error) ? find_quoted(x, &error) : NULL;
    if (f == NULL)
        return;
    tl_events_add(&f->icmp[error.kind], frame->number, 0);
    f->mtu = error.kind == TL_ICMP_BIG ? error.mtu : f->mtu;
    f->icmp_v6 = frame->net.version == 6;
    memcpy(f->icmp_from, frame->net.src, error.len);
}

/* Has an answer of DNS over UDP the bit TC? Records show that of the query. */
static bool is_cut(const struct tl_frame *frame)
{
    enum { UDP_HEADER = 8, TC_AND_ANSWER = 0x82 };
    const struct tl_packet *packet = frame->packet;
    bool v6 = frame->net.version == 6;
    if (packet == NULL || frame->net.src == NULL || frame->net.fragment || frame->seg.src_port != 53)
        return false;
    uintptr_t from = (uintptr_t)packet->bytes, ip = (uintptr_t)frame->net.src - (v6 ? 8 : 12);
    if (ip < from || ip - from > packet->caplen || ip - from + frame->net.header_len + UDP_HEADER + 4 > packet->caplen)
        return false;
    const uint8_t *flags = packet->bytes + (ip - from) + frame->net.header_len + UDP_HEADER + 2;
    return (*flags & TC_AND_ANSWER) == TC_AND_ANSWER;
}

/* --- records --- */

/* The name goes on with another domain: HOST.one and then HOST.two, or HOST. */
static bool is_searched(const char *old, const char *now)
{
    size_t label = strcspn(old, "."), other = strcspn(now, ".");
    return label == other && label > 0 && strncmp(old, now, label) == 0 && strcmp(old, now) != 0;
}

static void note_search(struct tl_explain *x, struct tl_facts *f, const uint8_t client[16], const char *name, bool is_missing)
{
    for (uint32_t i = 0; i < MISSING; i++) {
        const struct missing *m = &x->missing[i];
        if (m->name[0] == '\0' || memcmp(m->client, client, 16) != 0 || !is_searched(m->name, name))
            continue;
        tl_events_add(&f->told.dns_search, x->number, 0);
        memcpy(f->told.dns_query, m->name, sizeof m->name);
        break;
    }
    if (!is_missing)
        return;
    for (uint32_t i = 0; i < MISSING; i++)
        if (strcmp(x->missing[i].name, name) == 0 && memcmp(x->missing[i].client, client, 16) == 0)
            return;
    struct missing *m = &x->missing[x->missing_at++ % MISSING];
    memcpy(m->client, client, 16);
    memcpy(m->name, name, sizeof m->name);
}

static void take_dns(struct tl_explain *x, struct tl_facts *f, const struct tl_record_def *def,
                     const struct tl_record *record, const struct tl_flow_id *id)
{
    const struct tl_bytes *query = tl_record_value(def, record, "query");
    const struct tl_text_list *answers = tl_record_value(def, record, "answers");
    const uint64_t *rcode = tl_record_value(def, record, "rcode");
    const int64_t *rtt = tl_record_value(def, record, "rtt");
    char name[TL_FACTS_TEXT] = "", text[64];
    if (query == NULL || rcode == NULL || id->resp_port != 53)
        return;
    tl_facts_text(name, sizeof name, *query);
    note_search(x, f, id->orig_addr, name, *rcode == 3);
    for (uint32_t i = 0; answers != NULL && rtt != NULL && i < answers->count; i++) {
        uint8_t addr[16] = { 0 };
        if (answers->items[i].len >= sizeof text)
            continue;
        memcpy(text, answers->items[i].data, answers->items[i].len);
        text[answers->items[i].len] = '\0';
        if (inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, addr) != 1)
            continue;
        struct answer *a = &x->answers[x->answer_at++ % ANSWERS];
        *a = (struct answer){ .ts = record->ts, .took = *rtt };
        memcpy(a->client, id->orig_addr, 16);
        memcpy(a->server, addr, 16);
        memcpy(a->name, name, sizeof name);
    }
}

static bool asked_over_tcp(const struct tl_explain *x, const struct tl_facts *f)
{
    for (uint32_t i = 0; i < ASKERS; i++)
        if (memcmp(x->askers[i].client, f->addr[0], 16) == 0 && memcmp(x->askers[i].server, f->addr[1], 16) == 0)
            return true;
    return false;
}

/* --- the end of a flow --- */

static bool is_of_choice(const struct tl_explain *x, const struct tl_facts *f, const struct tl_flow_id *id)
{
    const struct tl_explain_options *o = &x->options;
    bool orig = true, resp = true;
    if (o->uid != NULL)
        return memcmp(o->uid, id->uid, TL_UID_LEN) == 0; /* names have no NUL */
    if (o->community_id != NULL)
        return memcmp(o->community_id, id->community_id, TL_COMMUNITY_ID_LEN) == 0;
    if (o->predicate != NULL)
        return f->chosen;
    if (o->by_address) {
        size_t len = o->version == 4 ? 4 : 16;
        orig = id->version == o->version && memcmp(id->orig_addr, o->address, len) == 0;
        resp = id->version == o->version && memcmp(id->resp_addr, o->address, len) == 0;
    }
    if (o->by_port) {
        orig = orig && id->orig_port == o->port;
        resp = resp && id->resp_port == o->port;
    }
    return orig || resp;
}

bool tl_explain_is_chosen(const struct tl_explain *x)
{
    const struct tl_explain_options *o = &x->options;
    return o->uid != NULL || o->community_id != NULL || o->predicate != NULL || o->by_address || o->by_port;
}

static void count_party(struct tl_explain_party *parties, uint8_t version, const uint8_t addr[16], bool troubled, int64_t lost)
{
    uint32_t at = hash_end(addr, 16, 0) % TL_EXPLAIN_PARTIES;
    for (uint32_t i = 0; i < 16; i++) {
        struct tl_explain_party *p = &parties[(at + i) % TL_EXPLAIN_PARTIES];
        if (p->version != 0 && (p->version != version || memcmp(p->addr, addr, 16) != 0))
            continue;
        p->version = version;
        memcpy(p->addr, addr, 16);
        p->flows++;
        p->troubled += troubled;
        p->lost += troubled ? lost : 0;
        return;
    }
}

static bool is_worse(const struct tl_explained *a, const struct tl_explained *b)
{
    const struct tl_diagnosis *x = &a->diagnosis, *y = &b->diagnosis;
    enum tl_finding_level p = x->count > 0 ? x->items[0].level : TL_FINDING_NONE;
    enum tl_finding_level q = y->count > 0 ? y->items[0].level : TL_FINDING_NONE;
    if (x->lost != y->lost && (p >= TL_FINDING_WARNING) == (q >= TL_FINDING_WARNING))
        return x->lost > y->lost;
    return p != q ? p > q : a->facts.first < b->facts.first;
}

/* Puts worst[worst_count], which was just made, in its place. */
static void rank(struct tl_explain *x)
{
    uint32_t at = x->worst_count;
    if (x->worst_count < TL_EXPLAIN_FLOWS)
        x->worst_count++;
    else if (!is_worse(&x->worst[at], &x->worst[at - 1]))
        return;
    struct tl_explained made = x->worst[at];
    for (; at > 0 && is_worse(&made, &x->worst[at - 1]); at--)
        x->worst[at] = x->worst[at - 1];
    x->worst[at] = made;
}

static void finish(struct tl_explain *x, struct tl_facts *f, const struct tl_record_def *def,
                   const struct tl_record *record, const struct tl_flow_id *id)
{
    struct tl_explained *made = &x->worst[x->worst_count];
    const struct tl_bytes *service = tl_record_value(def, record, "service");
    bool chosen = is_of_choice(x, f, id), asked = tl_explain_is_chosen(x);
    struct tl_explain_sums *s = &x->sums;
    s->flows++;
    if (!chosen)
        return;
    f->told.dns_over_tcp = f->told.dns_truncated.count > 0 && asked_over_tcp(x, f);
    made->id = *id;
    made->facts = *f;
    made->facts.seen_until = s->last_ts;
    made->service[0] = '\0';
    if (service != NULL)
        tl_facts_text(made->service, sizeof made->service, *service);
    made->facts.told.smtp = strstr(made->service, "smtp") != NULL;
    for (unsigned i = 0; i < 2 && !f->v6; i++)
        made->facts.neighbour[i] = tl_neighbours_get(&s->neighbours, f->addr[i]);
    tl_diagnose(&made->facts, &made->diagnosis);
    const struct tl_diagnosis *d = &made->diagnosis;
    bool troubled = d->count > 0 && d->items[0].level >= TL_FINDING_WARNING;
    s->chosen++;
    count_party(s->servers, id->version, id->resp_addr, troubled, d->lost);
    count_party(s->clients, id->version, id->orig_addr, troubled, d->lost);
    if (troubled) {
        s->troubled++;
        s->lost += d->lost;
        s->kinds[(d->items[0].kind - tl_finding_kinds) % (ptrdiff_t)TL_COUNT(s->kinds)]++;
        if (s->troubled == 1 || f->first_ts < s->trouble_from)
            s->trouble_from = f->first_ts;
        if (s->troubled == 1 || f->last_ts > s->trouble_to)
            s->trouble_to = f->last_ts;
    }
    if (asked || troubled)
        rank(x);
}

/* --- the decoder's events --- */

static void on_flow(void *context, const struct tl_sighting *s)
{
    struct tl_explain *x = context;
    const struct tl_flow *flow = s->flow;
    const struct tl_frame *frame = tl_decoder_frame(x->decoder);
    uint8_t depth = (uint8_t)s->depth;
    x->current = NULL;
    if (flow->ip_proto == 1 || flow->ip_proto == 58)
        take_icmp(x, frame);
    if (s->rejected || (flow->ip_proto != 6 && flow->ip_proto != 17))
        return;
    unsigned len = tl_flow_addr_len(flow);
    uint32_t bucket = bucket_of(flow->addr, flow->port[0], flow->addr + len, flow->port[1], len, flow->ip_proto);
    struct tl_facts *f = find(x, bucket, flow->first_pkt, depth);
    if (f == NULL && (s->is_new || flow->first_pkt == frame->number))
        f = begin(x, flow, depth, frame->ts);
    x->current = f;
    if (f == NULL)
        return;
    f->turned = (flow->flags & TL_FLOW_TURNED) != 0;
    if (flow->ip_proto == 17) {
        unsigned end = tl_flow_end(flow, s->side);
        if (f->udp[end]++ == 0) {
            f->end[end].first = frame->number;
            f->end[end].vlan = frame->vlan > 1 ? frame->vlan : 0;
        }
        f->packets++;
        f->last = frame->number;
        f->last_ts = frame->ts;
        if (is_cut(frame))
            tl_events_add(&f->told.dns_truncated, frame->number, 0);
    }
}

static void on_segment(void *context, const struct tl_flow *flow, unsigned side, const struct tl_segment *segment)
{
    struct tl_explain *x = context;
    if (x->current != NULL && x->current->first == flow->first_pkt)
        tl_facts_segment(x->current, tl_flow_end(flow, side), tl_decoder_frame(x->decoder), segment);
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct tl_explain *x = context;
    unsigned len = id != NULL && id->version == 6 ? 16 : 4;
    if (id == NULL || (id->ip_proto != 6 && id->ip_proto != 17))
        return;
    uint32_t bucket = bucket_of(id->orig_addr, id->orig_port, id->resp_addr, id->resp_port, len, id->ip_proto);
    struct tl_facts *f = find(x, bucket, id->first_pkt, id->depth);
    if (f == NULL)
        return;
    f->chosen = f->chosen || (x->run != NULL && tl_predicate_record(x->run, def, record, id));
    f->turned = memcmp(f->addr[0], id->orig_addr, len) != 0 || f->port[0] != id->orig_port;
    if (strcmp(def->path, "conn") == 0) {
        finish(x, f, def, record, id);
        drop(x, f);
        return;
    }
    tl_facts_record(f, def, record, x->number < f->last ? f->last : x->number);
    if (strcmp(def->path, "dns") == 0)
        take_dns(x, f, def, record, id);
}

/* --- the whole --- */

/* Zeroed memory, of which untouched pages cost nothing. Returns NULL without memory. */
static void *map_pool(size_t size)
{
    void *pool = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pool == MAP_FAILED)
        return NULL;
    (void)madvise(pool, size, MADV_HUGEPAGE); /* fewer page faults */
    return pool;
}

struct tl_explain *tl_explain_new(const struct tl_explain_options *options)
{
    static const struct tl_timeouts timeouts = { .tcp_attempt = 180 * SECOND, .tcp_closed = 5 * SECOND,
                                                 .tcp = 7200 * SECOND, .tcp_login = 7200 * SECOND, .udp = 60 * SECOND,
                                                 .icmp = 60 * SECOND, .dns = 10 * SECOND };
    struct tl_explain *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    x->options = *options;
    x->free = NONE;
    x->most = (uint32_t)(options->memory / 16 / sizeof *x->facts) + 2;
    x->parked_most = options->memory / 16 * 5;
    x->facts = map_pool((size_t)x->most * sizeof *x->facts);
    x->buckets = malloc(BUCKETS * sizeof *x->buckets);
    x->parked = calloc(BUCKETS, sizeof(struct tl_parked *));
    x->registry = tl_registry_new_as(NULL);
    x->run = options->predicate != NULL ? tl_predicate_run_new(options->predicate) : NULL;
    const struct tl_protocols protocols = tl_protocols_all();
    x->shard.registry = x->registry;
    x->shard.unusual = x->registry != NULL && !tl_usual_registered(x->registry, &protocols);
    if (getrandom(&x->shard.seed, sizeof x->shard.seed, GRND_NONBLOCK) < 0)
        x->shard.seed = UINT64_C(0x9e3779b97f4a7c15);
    struct tl_decoder_options decoder = {
        .registry = x->registry,
        .interfaces = options->interfaces,
        .timeouts = &timeouts,
        .seed = x->shard.seed,
        .memory = options->memory / 2,
        .crypto = &tl_crypto_libcrypto,
        .inflate = &tl_inflate_zlib,
        .keylog = options->keylog,
        .checksums = TL_CHECKSUMS_AUTO,
        .analysis = true,
        .records_only = true,
        .listener = { .record = on_record, .flow = on_flow, .segment = on_segment, .context = x },
    };
    if (x->facts != NULL && x->buckets != NULL && x->parked != NULL && x->registry != NULL && (options->predicate == NULL || x->run != NULL))
        x->decoder = tl_decoder_new(&decoder);
    if (x->decoder == NULL) {
        tl_explain_free(x);
        return NULL;
    }
    memset(x->buckets, 0xff, BUCKETS * sizeof *x->buckets);
    return x;
}

void tl_explain_free(struct tl_explain *x)
{
    if (x == NULL)
        return;
    tl_decoder_free(x->decoder);
    tl_registry_free(x->registry);
    tl_predicate_run_free(x->run);
    if (x->facts != NULL)
        munmap(x->facts, (size_t)x->most * sizeof *x->facts);
    for (uint32_t i = 0; x->parked != NULL && i < BUCKETS; i++)
        for (struct tl_parked *p = x->parked[i], *next; p != NULL; p = next) {
            next = p->next;
            free(p);
        }
    free(x->parked);
    free(x->buckets);
    free(x);
}

void tl_explain_packet(struct tl_explain *x, const struct tl_packet *packet)
{
    x->number = packet->number;
    x->current = NULL;
    x->sums.packets++;
    if (x->sums.packets == 1 || packet->ts < x->sums.first_ts)
        x->sums.first_ts = packet->ts;
    if (x->sums.packets == 1 || packet->ts > x->sums.last_ts)
        x->sums.last_ts = packet->ts;
    tl_decoder_expire(x->decoder, packet->etime);
    if (x->sums.packets % 4096 == 0)
        tl_decoder_expire_fragments(x->decoder, packet->etime);
    tl_neighbours_packet(&x->sums.neighbours, packet);
    struct tl_packet hashed = *packet; /* blocks do not change */
    tl_shard_packets(&x->shard, &hashed, 1, 1);
    tl_decoder_packet(x->decoder, &hashed);
}

void tl_explain_end(struct tl_explain *x)
{
    x->current = NULL;
    tl_decoder_finish(x->decoder);
}

uint32_t tl_explain_count(const struct tl_explain *x)
{
    return x->worst_count;
}

const struct tl_explained *tl_explain_get(const struct tl_explain *x, uint32_t index)
{
    return &x->worst[index];
}

const struct tl_explain_sums *tl_explain_sums(const struct tl_explain *x)
{
    return &x->sums;
}

/* --- the sink --- */

struct explain_sink {
    struct tl_sink sink;
    struct tl_explain *explain;
};

static enum tl_failure take_block(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct explain_sink *s = (struct explain_sink *)(void *)sink;
    (void)error;
    for (uint32_t i = 0; i < block->count; i++)
        tl_explain_packet(s->explain, &block->packets[i]);
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct explain_sink *s = (struct explain_sink *)(void *)sink;
    (void)error;
    tl_explain_end(s->explain);
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    free(sink);
}

struct tl_sink *tl_explain_sink(struct tl_explain *explain)
{
    struct explain_sink *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->explain = explain;
    s->sink = (struct tl_sink){ .block = take_block, .close = close_sink, .free = free_sink };
    return &s->sink;
}
