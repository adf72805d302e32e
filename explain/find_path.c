/* find_path.c - findings of the capture itself, of the set-up and the end of connections, and of what the path does. */
#include "explain/making.h"

#include <stdio.h>
#include <string.h>

#include "core/time.h"
#include "explain/neighbours.h"

#define SECOND INT64_C(1000000000)

/* --- the capture --- */

void tl_find_mirror(const struct tl_facts *c, struct tl_finding *f)
{
    uint64_t copies = (uint64_t)c->end[0].duplicates.count + c->end[1].duplicates.count;
    if (copies < 3 || copies * 5 < c->packets)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, copies > 10 ? 3 : 2, 0,
                   "The capture has %llu packets twice, with the same IP identification: the mirror port or the tap copies "
                   "them, the network does not.",
                   (unsigned long long)copies);
    tl_finding_cite(f, &c->end[0].duplicates);
    tl_finding_cite(f, &c->end[1].duplicates);
}

void tl_find_one_sided(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        bool answered = p->has_acked && p->acked != p->first_ack;
        if (c->ip_proto != 6 || e->packets < 3 || p->packets > 0 ||
            (e->data_packets < 2 && !answered && e->syns.count == e->packets))
            continue;
        if (!answered && !(e->syns.count > 0 && e->packets > e->syns.count))
            continue;
        tl_finding_set(f, TL_FINDING_WARNING, answered ? 3 : 2, 0,
                       "Only packets of %s are in the capture, and it goes on as if it were answered: the other direction "
                       "takes a path that the tap does not see.",
                       tl_finding_side(c, i));
        tl_finding_cite_packet(f, c->first);
        tl_finding_cite_packet(f, e->last);
    }
}

void tl_find_capture_drops(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        if (e->unseen.count == 0 || e->packets == 0)
            continue;
        bool many = e->unseen.count >= 3;
        tl_finding_set(f, many ? TL_FINDING_WARNING : TL_FINDING_NOTE, many ? 3 : e->unseen.count, 0,
                       "%u time%s the peer acknowledges bytes of %s that the capture does not have: the capture lost "
                       "packets, the network did not.",
                       e->unseen.count, tl_plural(e->unseen.count), tl_finding_side(c, i));
        tl_finding_cite(f, &e->unseen);
    }
}

/* Both directions on one port of a switch have one tag. A host does not take what has another one. */
void tl_find_vlan(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_end_facts *a = &c->end[0], *b = &c->end[1];
    unsigned client = tl_facts_side(c, 0);
    uint32_t syns = c->end[client].syns.count, syn_acks = c->end[client ^ 1].syn_acks.count;
    bool dead = c->ip_proto == 6 && c->ack_ts == 0 && syns >= 2 && c->end[client ^ 1].packets > 0;
    if (a->first == 0 || b->first == 0 || a->vlan == b->vlan)
        return;
    char tag[2][16];
    for (unsigned i = 0; i < 2; i++)
        snprintf(tag[i], sizeof tag[i], c->end[i].vlan == 0 ? "no tag" : "VLAN %u", c->end[i].vlan - 1u);
    tl_finding_set(f, dead ? TL_FINDING_PROBLEM : TL_FINDING_NOTE, dead ? 2u + (syn_acks >= 2) : 1, 0,
                   "Packets of %s have %s, those of %s have %s%s: a port in the wrong VLAN, or a tap on both sides of a router.",
                   tl_finding_side(c, 0), tag[0], tl_finding_side(c, 1), tag[1],
                   dead ? ", and the client does not take the answers" : "");
    tl_finding_cite_packet(f, a->first);
    tl_finding_cite_packet(f, b->first);
    if (dead)
        tl_finding_cite(f, &c->end[client].syns);
}

/* One of the ends has an address that another host has, too (RFC 5227 section 2.4). */
void tl_find_two_hosts(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_arp_neighbour *n = c->neighbour[i];
        const struct tl_end_facts *e = &c->end[i];
        if (n == NULL || !n->doubled)
            continue;
        bool here = e->has_l2 && (memcmp(e->l2_from, n->mac, 6) == 0 || memcmp(e->l2_from, n->other, 6) == 0);
        bool bad = c->ip_proto == 6 && (c->ack_ts == 0 || e->resets.count > 0 || c->end[i ^ 1].stuck_count >= 3);
        tl_finding_set(f, bad ? TL_FINDING_PROBLEM : TL_FINDING_NOTE, 2u + here, 0,
                       "Two hosts answer ARP for the address of %s%s: %02x:%02x:%02x:%02x:%02x:%02x and "
                       "%02x:%02x:%02x:%02x:%02x:%02x%s.",
                       tl_finding_side(c, i), bad ? ", and the connection may have reached the wrong one" : "", n->other[0],
                       n->other[1], n->other[2], n->other[3], n->other[4], n->other[5], n->mac[0], n->mac[1], n->mac[2],
                       n->mac[3], n->mac[4], n->mac[5], here ? "; this flow is with one of them" : "");
        tl_finding_cite(f, &n->doubles);
        tl_finding_cite_packet(f, e->first);
    }
}

/* Is it an address that several routers share (VRRP, HSRP, GLBP)? */
static bool is_virtual_router(const uint8_t mac[6])
{
    static const struct {
        uint8_t len, prefix[5];
    } shared[] = { { 5, { 0, 0, 0x5e, 0, 1 } }, { 5, { 0, 0, 0x5e, 0, 2 } }, { 5, { 0, 0, 0x0c, 7, 0xac } },
                   { 4, { 0, 0, 0x0c, 0x9f } }, { 3, { 0, 7, 0xb4 } } };
    for (unsigned i = 0; i < TL_COUNT(shared); i++)
        if (memcmp(mac, shared[i].prefix, shared[i].len) == 0)
            return true;
    return false;
}

/* Frames go to one hardware address and come from another: hosts of a segment have one each. */
void tl_find_two_routers(const struct tl_facts *c, struct tl_finding *f)
{
    bool copied = c->end[0].duplicates.count + c->end[1].duplicates.count > 0; /* the tap sees both sides of a router */
    for (unsigned i = 0; i < 2 && !copied; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        if (!e->has_l2 || !p->has_l2 || (e->l2_to[0] & 1) != 0 || memcmp(e->l2_to, p->l2_from, 6) == 0 ||
            is_virtual_router(e->l2_to))
            continue;
        tl_finding_set(f, TL_FINDING_NOTE, 1, 0,
                       "Frames to %s go to %02x:%02x:%02x:%02x:%02x:%02x, and its packets come from "
                       "%02x:%02x:%02x:%02x:%02x:%02x: each direction takes another router.",
                       tl_finding_side(c, i ^ 1), e->l2_to[0], e->l2_to[1], e->l2_to[2], e->l2_to[3], e->l2_to[4], e->l2_to[5],
                       p->l2_from[0], p->l2_from[1], p->l2_from[2], p->l2_from[3], p->l2_from[4], p->l2_from[5]);
        tl_finding_cite_packet(f, e->first);
        tl_finding_cite_packet(f, p->first);
    }
}

/* --- set-up --- */

/* The connection is the second choice of a client that got nowhere over IPv6. */
void tl_find_first_choice(const struct tl_facts *c, struct tl_finding *f)
{
    int64_t waited = tl_time_between(c->first_choice_ts, c->first_ts);
    if (c->first_choice_ts == 0)
        return;
    tl_finding_set(f, waited >= SECOND ? TL_FINDING_WARNING : TL_FINDING_NOTE, 2, waited,
                   "An attempt to reach %s over IPv6 %s, and %s s after it began the client came here over IPv4.", c->lookup,
                   c->first_refused ? "was refused" : c->first_error ? "got an ICMP error" : "had no answer",
                   tl_finding_seconds(waited));
    tl_finding_cite_packet(f, c->first_choice);
    tl_finding_cite_packet(f, c->first);
}

void tl_find_ecn(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_end_facts *e = &c->end[tl_facts_side(c, 0)];
    if (!e->heard_ecn || c->syn_ack_ts == 0)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, e->ecn_syns.count >= 2 ? 3 : 2, e->syns.lost,
                   "%u SYN%s that asked for ECN had no answer, the first without ECN was answered: something on the path "
                   "drops packets with ECN bits.",
                   e->ecn_syns.count, tl_plural(e->ecn_syns.count));
    tl_finding_cite(f, &e->syns);
    tl_finding_cite_packet(f, c->syn_ack);
}

void tl_find_icmp_unreachable(const struct tl_facts *c, struct tl_finding *f)
{
    static const char *const means[] = {
        [TL_ICMP_NET] = "there is no route to the network",
        [TL_ICMP_HOST] = "the host does not answer on its network, or there is no route to it",
        [TL_ICMP_PORT] = "no program has the port open",
        [TL_ICMP_ADMIN] = "a packet filter forbids it",
    };
    for (unsigned i = TL_ICMP_NET; i <= TL_ICMP_ADMIN; i++) {
        const struct tl_events *t = &c->icmp[i];
        if (t->count == 0)
            continue;
        bool dead = c->ip_proto != 6 || c->syn_ack_ts == 0;
        tl_finding_set(f, dead ? TL_FINDING_PROBLEM : TL_FINDING_WARNING, t->count >= 2 ? 3 : 2, 0,
                       "An ICMP error answers packets of this flow: unreachable, %s.", means[i]);
        tl_finding_cite(f, t);
    }
}

void tl_find_ttl_exceeded(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->icmp[TL_ICMP_TTL];
    if (t->count == 0)
        return;
    tl_finding_set(f, c->syn_ack_ts != 0 ? TL_FINDING_WARNING : TL_FINDING_PROBLEM, t->count >= 3 ? 3 : 2, 0,
                   "%u packet%s of this flow died on the way by their hop limit: a routing loop, or traceroute.", t->count,
                   tl_plural(t->count));
    tl_finding_cite(f, t);
}

void tl_find_refused(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    const struct tl_end_facts *e = &c->end[client], *p = &c->end[client ^ 1];
    if (e->syns.count == 0 || c->syn_ack_ts != 0 || p->resets.count == 0)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, p->resets.count >= 2 ? 3 : 2, 0,
                   "The server's address refuses the connection: a reset answers the SYN after %s s. No program listens on "
                   "port %u, or a packet filter rejects it.",
                   tl_finding_seconds(tl_time_between(c->syn_ts, p->reset_ts)), c->port[client ^ 1]);
    tl_finding_cite(f, &e->syns);
    tl_finding_cite(f, &p->resets);
}

static uint64_t icmp_errors(const struct tl_facts *c)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < TL_ICMP_KINDS; i++)
        n += c->icmp[i].count;
    return n;
}

void tl_find_syn_unanswered(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    const struct tl_end_facts *e = &c->end[client], *p = &c->end[client ^ 1];
    if (e->syns.count == 0 || p->packets > 0 || e->data_packets > 0 || e->packets != e->syns.count || icmp_errors(c) > 0)
        return;
    bool sure = e->syns.count >= 3;
    const struct tl_arp_neighbour *n = c->neighbour[client ^ 1];
    bool absent = n != NULL && !n->known && n->asked.count > 0;
    tl_finding_set(f, e->syns.count >= 2 ? TL_FINDING_PROBLEM : TL_FINDING_NOTE, sure || absent ? 3 : e->syns.count, e->syns.lost,
                   "%u SYN%s in %s s and no answer: %s.", e->syns.count, tl_plural(e->syns.count),
                   tl_finding_seconds(tl_time_between(c->first_ts, c->last_ts)),
                   absent ? "the host is down, or not in its network, for it does not answer ARP either"
                          : "a packet filter drops them, the host is down, or the answer takes another path");
    tl_finding_cite(f, &e->syns);
    if (absent)
        tl_finding_cite(f, &n->asked);
}

void tl_find_syn_ack_unanswered(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    const struct tl_end_facts *e = &c->end[client], *p = &c->end[client ^ 1];
    if (p->syn_acks.count < 2 || c->ack_ts != 0 || e->resets.count > 0)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, 3, p->syn_acks.lost,
                   "The server answers the SYN %u times, and the client never goes on: its packets, or those to it, are "
                   "lost between the tap and the client.",
                   p->syn_acks.count);
    tl_finding_cite(f, &e->syns);
    tl_finding_cite(f, &p->syn_acks);
}

void tl_find_syn_retried(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    const struct tl_end_facts *e = &c->end[client], *p = &c->end[client ^ 1];
    if (c->syn_ack_ts == 0 || c->ack_ts == 0 || e->heard_ecn || p->old_acks.count > 0)
        return;
    if (p->syn_acks.count > 1) {
        tl_finding_set(f, TL_FINDING_WARNING, 2, p->syn_acks.lost,
                       "The connection was set up only after the SYN-ACK was sent %u times: packets are lost between the "
                       "tap and the client.",
                       p->syn_acks.count);
        tl_finding_cite(f, &p->syn_acks);
    } else if (e->syns.count > 1) {
        tl_finding_set(f, TL_FINDING_WARNING, 2, e->syns.lost,
                       "The connection was set up only after the SYN was sent %u times, which cost %s s: the SYN or its "
                       "answer was lost between the tap and the server, or the server did not take it at once.",
                       e->syns.count, tl_finding_seconds(e->syns.lost));
        tl_finding_cite(f, &e->syns);
    }
}

void tl_find_options(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    const struct tl_end_facts *e = &c->end[client], *p = &c->end[client ^ 1];
    if (e->syns.count == 0 || p->syn_acks.count == 0 || !e->options_known || !p->options_known)
        return;
    bool sack = e->sack != p->sack, scale = (e->scale < 0) != (p->scale < 0);
    bool neither = !e->sack && !p->sack && e->scale < 0 && p->scale < 0;
    if (!sack && !scale && !neither)
        return;
    bool hurts = (uint64_t)e->bytes + p->bytes > 65536;
    const char *what = neither        ? "Neither side offers selective acknowledgments or window scaling"
                       : sack && scale ? "Only one side offers selective acknowledgments and window scaling"
                       : sack          ? "Only one side offers selective acknowledgments"
                                       : "Only one side offers window scaling";
    tl_finding_set(f, hurts ? TL_FINDING_WARNING : TL_FINDING_NOTE, neither ? 1 : 2, 0,
                   "%s: a box on the path strips the option, or that system does not have it%s.", what,
                   scale || neither ? "; no more than 65535 bytes are on the way at a time" : "");
    tl_finding_cite_packet(f, c->syn);
    tl_finding_cite_packet(f, c->syn_ack);
}

void tl_find_reuse(const struct tl_facts *c, struct tl_finding *f)
{
    if (!c->reused)
        return;
    tl_finding_set(f, TL_FINDING_NOTE, 1, 0, "The client uses the port of an earlier connection again.");
    tl_finding_cite_packet(f, c->syn != 0 ? c->syn : c->first);
}

/* --- the path --- */

/* A segment that is larger than all that were acknowledged, and is never acknowledged itself. */
static bool is_too_big(const struct tl_facts *c, unsigned i)
{
    const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
    return e->stuck_count >= 2 && e->stuck_len > e->most_acked && e->stuck_len >= 500 && p->packets > 0 &&
           p->resets.count == 0;
}

enum { USUAL_PAYLOAD = 1460 }; /* of a frame of 1500 bytes over IPv4 */

static void find_too_big(const struct tl_facts *c, struct tl_finding *f, bool jumbo)
{
    const struct tl_events *big = &c->icmp[TL_ICMP_BIG];
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        if (!is_too_big(c, i) || (e->stuck_len > USUAL_PAYLOAD) != jumbo)
            continue;
        bool ignored = big->count > 0;
        uint32_t support = 1u + (e->stuck_count >= 3) + (e->most_acked > 0 || e->syns.count + e->syn_acks.count > 0) + ignored;
        tl_finding_set(f, TL_FINDING_PROBLEM, support, tl_time_between(e->stuck_ts, c->last_ts),
                       "Segments of %u bytes of %s are never acknowledged, though smaller packets pass (%u repeats): %s%s.",
                       e->stuck_len, tl_finding_side(c, i), e->stuck_count,
                       ignored ? "ICMP says that they are too big, and the sender does not make them smaller"
                               : "the path does not carry packets of that size, and no ICMP error says so",
                       jumbo ? "; they are jumbo frames, and a part of the path is set for 1500 bytes" : "");
        tl_finding_cite(f, &e->stuck);
        tl_finding_cite(f, big);
    }
}

void tl_find_jumbo(const struct tl_facts *c, struct tl_finding *f)
{
    find_too_big(c, f, true);
}

void tl_find_mtu(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *big = &c->icmp[TL_ICMP_BIG];
    find_too_big(c, f, false);
    if (f->level == TL_FINDING_NONE && big->count > 0 && !is_too_big(c, 0) && !is_too_big(c, 1)) {
        tl_finding_set(f, big->count > 3 ? TL_FINDING_WARNING : TL_FINDING_NOTE, 2, 0,
                       "A router reports that packets are too big for the path (MTU %u); the sender made them smaller.",
                       c->mtu);
        tl_finding_cite(f, big);
    }
}

/* After a pause nothing of the peer comes. */
void tl_find_idle_silence(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_end_facts *e = &c->end[c->gap_breaker], *p = &c->end[c->gap_breaker ^ 1];
    if (c->gap == 0 || c->ip_proto != 6 || c->after_gap[c->gap_breaker ^ 1] > 0 || e->stuck_count < 2)
        return;
    (void)p;
    tl_finding_set(f, TL_FINDING_PROBLEM, e->stuck_count >= 3 ? 3 : 2, tl_time_between(c->gap_end_ts, c->last_ts),
                   "After %s s without a packet %s sends again, %u repeats have no answer: a firewall or NAT forgot the "
                   "connection, or the peer is gone.",
                   tl_finding_seconds(c->gap), tl_finding_side(c, c->gap_breaker), e->stuck_count);
    tl_finding_cite_packet(f, c->gap_end);
    tl_finding_cite(f, &e->stuck);
}

/*
 * A SYN on the ports of an old connection is answered by an acknowledgment of that, which the client resets; data of an end
 * that still has the connection are answered by a reset of one that does not (RFC 9293 section 3.5.1).
 */
bool tl_finding_is_half_open(const struct tl_facts *c, unsigned end)
{
    const struct tl_end_facts *e = &c->end[end], *p = &c->end[end ^ 1];
    if (e->old_acks.count > 0)
        return p->resets.count > 0 || e->syn_acks.count > 0;
    bool box = e->reset_ttl != 0 && e->ttl != 0 && e->reset_ttl != e->ttl;
    return e->reset_stateless && e->reset_quiet >= SECOND && !box;
}

static void find_old_syn(const struct tl_facts *c, unsigned i, struct tl_finding *f)
{
    const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
    bool reset = p->resets.count > 0;
    tl_finding_set(f, TL_FINDING_PROBLEM, 1u + reset + (e->old_acks.count > 1 || p->reset_stateless), p->syns.lost,
                   "%s answers the SYN with an acknowledgment of other numbers: it still has an old connection on port %u "
                   "of %s, which has forgotten it%s.",
                   i == tl_facts_side(c, 0) ? "The client" : "The server", c->port[i ^ 1], tl_finding_side(c, i ^ 1),
                   reset ? ", and resets it; the next SYN can pass" : "");
    tl_finding_cite(f, &p->syns);
    tl_finding_cite(f, &e->old_acks);
    tl_finding_cite(f, &p->resets);
}

void tl_find_half_open(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        if (!tl_finding_is_half_open(c, i))
            continue;
        if (e->old_acks.count > 0) {
            find_old_syn(c, i, f);
            continue;
        }
        bool known = e->reset_ttl != 0 && e->ttl != 0;
        tl_finding_set(f, TL_FINDING_PROBLEM, 1u + known + (p->stuck.count > 0 || p->keep_alives.count > 0), 0,
                       "%s was silent for %s s, and then answers with a reset that does not know the connection: the host "
                       "was restarted, or its address is another host's now. %s still had it half open.",
                       i == tl_facts_side(c, 0) ? "The client" : "The server", tl_finding_seconds(e->reset_quiet),
                       i == tl_facts_side(c, 0) ? "The server" : "The client");
        tl_finding_cite_packet(f, e->last_data);
        tl_finding_cite_packet(f, p->last_data);
        tl_finding_cite(f, &e->resets);
    }
}

void tl_find_idle_reset(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        if (e->resets.count == 0 || c->gap == 0 || e->resets.packets[0] < c->gap_end || e->fin_ts != 0 ||
            c->end[i ^ 1].fin_ts != 0 || tl_finding_is_half_open(c, i))
            continue;
        bool first = c->gap_end == e->resets.packets[0];
        int64_t after = tl_time_between(c->gap_end_ts, e->reset_ts);
        if (after > 2 * SECOND || c->after_gap[i] > 1u + e->resets.count)
            continue;
        bool box = e->reset_ttl != 0 && e->ttl != 0 && e->reset_ttl != e->ttl;
        bool idle_client = first && !box && i == tl_facts_side(c, 0);
        tl_finding_set(f, idle_client ? TL_FINDING_WARNING : TL_FINDING_PROBLEM, box ? 3 : 2, 0,
                       "After %s s without a packet a reset from the address of %s ends the connection%s: %s.",
                       tl_finding_seconds(c->gap), tl_finding_side(c, i), first ? "" : " when the peer sends again",
                       box     ? "its hop limit is not that of the earlier packets, so a firewall or NAT in between sent it"
                       : first ? "it, or a box in between, closed the idle connection"
                               : "a firewall or NAT in between, or that host after a restart, had forgotten it");
        tl_finding_cite_packet(f, c->gap_end);
        tl_finding_cite(f, &e->resets);
    }
}

void tl_find_box_reset(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i];
        if (e->resets.count == 0 || e->reset_ttl == 0 || e->ttl == 0 || e->reset_ttl == e->ttl)
            continue;
        /* a system may send resets with another first hop limit, 64 against 255 */
        unsigned apart = e->reset_ttl > e->ttl ? e->reset_ttl - e->ttl : e->ttl - e->reset_ttl;
        tl_finding_set(f, TL_FINDING_PROBLEM, apart < 40 ? 3 : 2, 0,
                       "The reset from the address of %s has hop limit %u, its other packets have %u: a box in between "
                       "sent it.",
                       tl_finding_side(c, i), e->reset_ttl, e->ttl);
        tl_finding_cite(f, &e->resets);
    }
}

void tl_find_late_request(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        if (p->after_fin.count == 0 || e->fin_ts == 0 || e->resets.count == 0 || e->fin_ts > e->reset_ts)
            continue;
        bool client = i == tl_facts_side(c, 0);
        tl_finding_set(f, client ? TL_FINDING_NOTE : TL_FINDING_WARNING, 3, 0,
                       "%s closed the connection while %s sent on it: the payload met the FIN, and a reset answers it.",
                       client ? "The client" : "The server", tl_finding_side(c, i ^ 1));
        tl_finding_cite_packet(f, e->fin);
        tl_finding_cite(f, &p->after_fin);
        tl_finding_cite(f, &e->resets);
    }
}

void tl_find_keep_alive_dead(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        uint32_t sent = e->keep_alives.count, answered = p->keep_alive_acks.count;
        if (sent < 3 || sent < answered + 3 || p->last_ts > e->last_ts || p->data_packets > 100)
            continue;
        tl_finding_set(f, TL_FINDING_PROBLEM, 3, 0,
                       "%u keep-alive probes of %s have no answer: the peer, or the path to it, is gone.", sent - answered,
                       tl_finding_side(c, i));
        tl_finding_cite(f, &e->keep_alives);
    }
}

static bool has_closed(const struct tl_end_facts *e, int64_t ts)
{
    return e->fin_ts != 0 && e->fin_ts <= ts;
}

void tl_find_reset(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tl_end_facts *e = &c->end[i], *p = &c->end[i ^ 1];
        if (e->resets.count == 0 || (c->syn_ack_ts == 0 && e->syns.count + p->syns.count > 0) || p->old_acks.count > 0 ||
            tl_finding_is_half_open(c, i))
            continue;
        bool over = has_closed(e, e->reset_ts) || has_closed(p, e->reset_ts);
        bool waiting = e->reset_waiting, server = i == tl_facts_side(c, 1);
        uint64_t earlier = e->reset_last > e->reset_peer ? e->reset_last : e->reset_peer;
        char when[64] = "";
        if (earlier != 0 && e->reset_after >= 0)
            snprintf(when, sizeof when, " %s s after %s packet%s%s", tl_finding_seconds(e->reset_after),
                     earlier == e->reset_last ? "its own last" : "the last", earlier == e->reset_last ? "" : " of ",
                     earlier == e->reset_last ? "" : tl_finding_side(c, i ^ 1));
        enum tl_finding_level level = over ? TL_FINDING_NOTE : server && waiting ? TL_FINDING_PROBLEM : TL_FINDING_WARNING;
        tl_finding_set(f, level, waiting ? 2 : 1, 0, "%s resets the connection%s%s.", server ? "The server" : "The client", when,
                       over                ? ", when it was closed already"
                       : server && waiting ? ", without an answer to what the client sent" /* of the server that is one */
                                           : "");
        tl_finding_cite_packet(f, earlier);
        tl_finding_cite(f, &e->resets);
    }
}

void tl_find_keep_alives(const struct tl_facts *c, struct tl_finding *f)
{
    for (unsigned i = 0; i < 2; i++) {
        if (c->end[i].keep_alives.count == 0)
            continue;
        tl_finding_set(f, TL_FINDING_NOTE, 1, 0, "%u keep-alive probes of %s: nothing else was to be sent.",
                       c->end[i].keep_alives.count, tl_finding_side(c, i));
        tl_finding_cite(f, &c->end[i].keep_alives);
    }
}
