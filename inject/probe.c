/* probe.c - builds probes, and tells which probe a frame answers. */
#include "inject/probe.h"
#include "inject/header.h"

#include "core/bytes.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, DESCRIPTION = 400 };

/* Keeps a port from other programs, and the kernel from answering what comes for it by UDP. */
static void reserve_port(struct tl_prober *p)
{
    struct sockaddr_in6 address = { .sin6_family = p->to.version == 6 ? AF_INET6 : AF_INET };
    socklen_t len = p->to.version == 6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    p->reserved = socket(address.sin6_family, (p->kind == TL_PROBE_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    if (p->reserved < 0 || bind(p->reserved, (const struct sockaddr *)&address, len) != 0 ||
        getsockname(p->reserved, (struct sockaddr *)&address, &len) != 0)
        return;
    p->source_port = ntohs(address.sin6_port); /* in the same place in both families */
}

/* Leaves only what can be an answer to the receiver: the kernel drops the rest. */
static void narrow(const struct tl_prober *p)
{
    bool v6 = p->to.version == 6;
    uint32_t to = tl_load_be32(p->to.bytes + (v6 ? 12 : 0));
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0806, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v6 ? 0x86dd : 0x0800, 0, 7),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, v6 ? 20 : 23),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v6 ? ICMP6 : ICMP, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v6 ? 0 : ICMP, 5, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, v6 ? 34 : 26),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, to, 3, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, v6 ? 50 : 30),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, to, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0x40000),
    };
    tl_wire_filter(p->wire, program, sizeof program / sizeof *program);
}

/* Whether hosts answer for this address from their own: a multicast address, that of all hosts, that of any. */
static bool is_group(const struct tl_address *a)
{
    static const uint8_t none[16];
    if (memcmp(a->bytes, none, tl_address_len(a)) == 0)
        return true;
    return a->version == 6 ? a->bytes[0] == 0xff
                           : a->bytes[0] >> 4 == 14 || tl_load_be32(a->bytes) == UINT32_MAX;
}

enum tl_failure tl_prober_init(struct tl_prober *p, struct tl_error *error)
{
    uint16_t random[2];
    char text[46];
    p->reserved = -1;
    const struct tl_route *route = tl_world_route(p->world, &p->to, error);
    if (route == NULL)
        return error->kind;
    p->mtu = route->link_mtu; /* what the kernel has learned of the path may be old */
    if (p->to.version == 4 && p->mtu > UINT16_MAX) /* lo */
        p->mtu = UINT16_MAX;
    p->to_many = route->broadcast || is_group(&p->to);
    if (p->from.version == 0)
        p->from = route->source;
    if (p->from.version == 0 && p->kind != TL_PROBE_ARP)
        return tl_error_set(error, TL_E_RUNTIME, "%s has no address to send to %s from", route->interface,
                            tl_address_text(&p->to, text));
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return tl_error_set(error, TL_E_RUNTIME, "no random numbers");
    p->id = random[0];
    p->source_port = 49152 + random[1] % 16384;
    if (p->kind == TL_PROBE_TCP || p->kind == TL_PROBE_UDP)
        reserve_port(p);
    narrow(p);
    p->gather = tl_ip_gather_new();
    return p->gather != NULL ? TL_E_NONE : tl_error_set(error, TL_E_RUNTIME, "out of memory");
}

void tl_prober_fini(struct tl_prober *p)
{
    if (p->reserved >= 0)
        close(p->reserved);
    p->reserved = -1;
    tl_crafted_fini(&p->frames);
    tl_ip_gather_free(p->gather);
    p->gather = NULL;
}

uint32_t tl_prober_overhead(const struct tl_prober *p)
{
    return (p->to.version == 6 ? 40u : 20u) + (p->kind == TL_PROBE_TCP ? 20u : 8u);
}

/* Writes the IP layer. */
static int describe_ip(const struct tl_prober *p, const struct tl_probe_packet *probe, char *out, size_t size)
{
    char to[46], from[46], frag[30] = "";
    bool long_one = !probe->df && probe->size + tl_prober_overhead(p) > p->mtu;
    tl_address_text(&p->to, to);
    tl_address_text(&p->from, from);
    if (long_one)
        snprintf(frag, sizeof frag, ",frag=%u", (p->mtu - (p->to.version == 6 ? 48 : 20)) & ~7u);
    if (p->to.version == 6)
        return snprintf(out, size, "eth/ip6(%s,src=%s,hlim=%u,tclass=%u,id=%u%s)", to, from, probe->ttl, p->tos,
                        (unsigned)p->id << 16 | probe->seq, frag);
    return snprintf(out, size, "eth/ip(%s,src=%s,ttl=%u,tos=%u,id=%u%s%s)", to, from, probe->ttl, p->tos, probe->seq,
                    probe->df ? ",flags=df" : "", frag);
}

/*
 * The first two bytes of ICMP data make up for the sequence number: the checksum, which some routers take as part of
 * the flow, is the same for all probes. In UDP they are the sequence number, because over IPv6 nothing else tells it.
 * TCP has it in the upper half of its sequence number, so that an acknowledgment of data does not change it.
 */
static void describe(const struct tl_prober *p, const struct tl_probe_packet *probe, char out[DESCRIPTION])
{
    char from[46];
    unsigned seq = probe->seq;
    if (p->kind == TL_PROBE_ARP) {
        char to[46];
        snprintf(out, DESCRIPTION, "eth/arp(tpa=%s,spa=%s)", tl_address_text(&p->to, to),
                 p->from.version == 4 ? tl_address_text(&p->from, from) : "0.0.0.0");
        return;
    }
    int n = describe_ip(p, probe, out, DESCRIPTION);
    char *at = out + n;
    size_t left = DESCRIPTION - (size_t)n;
    if (p->kind == TL_PROBE_ICMP)
        n = snprintf(at, left, "/icmp%s(id=%u,seq=%u)", p->to.version == 6 ? "6" : "", p->id, seq);
    else if (p->kind == TL_PROBE_TCP)
        n = snprintf(at, left, "/tcp(dport=%u,sport=%u,flags=syn,seq=%u%s)", p->port, p->source_port, seq << 16 | p->id,
                     probe->size == 0 ? ",mss=1460" : "");
    else
        n = snprintf(at, left, "/udp(dport=%u,sport=%u)", p->port, p->source_port);
    at += n;
    left -= (size_t)n;
    uint32_t size = probe->size;
    if (p->kind != TL_PROBE_TCP && size >= 2) {
        n = snprintf(at, left, "/raw(%04x)", p->kind == TL_PROBE_ICMP ? 0xffff - seq : seq);
        at += n;
        left -= (size_t)n;
        size -= 2;
    }
    if (size > 0)
        snprintf(at, left, "/payload(size=%u)", size);
}

enum tl_failure tl_prober_send(struct tl_prober *p, const struct tl_probe_packet *probe, struct tl_error *error)
{
    char text[DESCRIPTION];
    const struct tl_craft_world functions = tl_world_functions(p->world);
    describe(p, probe, text);
    struct tl_craft *craft = tl_craft_new(text, error);
    enum tl_failure failure = craft != NULL ? tl_craft_build(craft, 0, &functions, &p->frames, error) : error->kind;
    for (uint32_t i = 0; failure == TL_E_NONE && i < p->frames.count; i++)
        failure = tl_wire_send(p->wire, tl_crafted_get(&p->frames, i), error);
    tl_craft_free(craft);
    p->last = probe->seq;
    return failure;
}

/* Returns whether a packet, of which 8 bytes of data are enough, is a probe of ours, and which. */
static bool is_probe(const struct tl_prober *p, const struct tl_ip_packet *ip, uint16_t *seq)
{
    const uint8_t *d = ip->data;
    bool v6 = p->to.version == 6;
    if (tl_ip_is_later(ip) || ip->len < 8 || !tl_address_equal(&ip->dst, &p->to))
        return false;
    if (p->kind == TL_PROBE_ICMP) {
        *seq = tl_load_be16(d + 6);
        return ip->proto == (v6 ? ICMP6 : ICMP) && d[0] == (v6 ? 128 : 8) && tl_load_be16(d + 4) == p->id;
    }
    if (ip->proto != (p->kind == TL_PROBE_TCP ? TCP : UDP) || tl_load_be16(d) != p->source_port ||
        tl_load_be16(d + 2) != p->port)
        return false;
    if (p->kind == TL_PROBE_TCP) {
        *seq = tl_load_be16(d + 4);
        return tl_load_be16(d + 6) == p->id;
    }
    *seq = !v6 ? (uint16_t)ip->id : ip->len >= 10 ? tl_load_be16(d + 8) : p->last;
    return true;
}

/* The extensions of an ICMP error: RFC 4884 section 7, and 5.5 for those who leave the length out. */
static void read_labels(const uint8_t *icmp, uint32_t len, bool v6, struct tl_answer *a)
{
    enum { HEADER = 8, QUOTE_LEAST = 128, OBJECT = 4, MPLS = 1 };
    uint32_t units = v6 ? icmp[4] * 8u : icmp[5] * 4u;
    uint32_t at = HEADER + (units >= QUOTE_LEAST ? units : QUOTE_LEAST);
    if (at + 4 > len || icmp[at] >> 4 != 2)
        return;
    for (at += 4; at + OBJECT <= len;) {
        uint32_t object = tl_load_be16(icmp + at);
        if (object < OBJECT || at + object > len)
            return;
        for (uint32_t i = at + OBJECT; icmp[at + 2] == MPLS && icmp[at + 3] == 1 && i + 4 <= at + object; i += 4) {
            uint32_t entry = tl_load_be32(icmp + i);
            if (a->label_count < TL_PROBE_LABELS)
                a->labels[a->label_count++] = (struct tl_probe_label){ entry >> 12, (uint8_t)(entry >> 9 & 7),
                                                                       (uint8_t)(entry >> 8 & 1), (uint8_t)entry };
        }
        at += object;
    }
}

static enum tl_answer_kind error_kind(const struct tl_prober *p, const struct tl_answer *a)
{
    bool v6 = p->to.version == 6;
    if (a->type == (v6 ? 3 : 11))
        return TL_ANSWER_EXCEEDED;
    if (v6 ? a->type == 2 : a->type == 3 && a->code == 4)
        return TL_ANSWER_TOO_BIG;
    if (a->type == (v6 ? 1 : 3) && a->code == (v6 ? 4 : 3) && tl_address_equal(&a->from, &p->to))
        return TL_ANSWER_REFUSED;
    return TL_ANSWER_UNREACHABLE;
}

/* Whether the checksum of a whole packet is wrong. */
static bool is_wrong(const struct tl_ip_packet *ip)
{
    uint32_t sum = 0;
    if (ip->proto != ICMP)
        sum = tl_header_pseudo(ip->src.bytes, ip->dst.bytes, tl_address_len(&ip->src), ip->proto, ip->len);
    return ip->whole && tl_header_checksum(sum, ip->data, ip->len) != 0;
}

/* A reply; damaged if all of it is there and its checksum is wrong. */
static enum tl_answer_kind reply(struct tl_answer *a, enum tl_answer_kind kind, bool wrong)
{
    a->damage = wrong ? TL_DAMAGE_CHECKSUM : TL_DAMAGE_NONE;
    return wrong ? TL_ANSWER_DAMAGED : kind;
}

static enum tl_answer_kind read_icmp(const struct tl_prober *p, const struct tl_ip_packet *ip, struct tl_answer *a)
{
    const uint8_t *d = ip->data;
    bool v6 = ip->src.version == 6, wrong = is_wrong(ip);
    struct tl_ip_packet quoted;
    if (ip->len < 8)
        return TL_ANSWER_NONE;
    a->type = d[0];
    a->code = d[1];
    if (p->kind == TL_PROBE_ICMP && d[0] == (v6 ? 129 : 0)) {
        a->seq = tl_load_be16(d + 6);
        a->data = (struct tl_bytes){ d + 8, ip->len - 8 };
        if (tl_load_be16(d + 4) != p->id)
            return TL_ANSWER_NONE;
        return p->to_many || tl_address_equal(&ip->src, &p->to) ? reply(a, TL_ANSWER_REPLY, wrong) : TL_ANSWER_OTHER;
    }
    bool error = v6 ? d[0] >= 1 && d[0] <= 4 : d[0] == 3 || d[0] == 4 || d[0] == 11 || d[0] == 12;
    if (!error || wrong /* the kernel drops it too */ || !tl_ip_read(d + 8, ip->len - 8, &quoted) ||
        !is_probe(p, &quoted, &a->seq))
        return TL_ANSWER_NONE;
    a->kind = error_kind(p, a);
    if (a->kind == TL_ANSWER_TOO_BIG)
        a->mtu = v6 ? tl_load_be32(d + 4) : tl_load_be16(d + 6);
    if (a->kind != TL_ANSWER_TOO_BIG || !v6)
        read_labels(d, ip->len, v6, a);
    return a->kind;
}

static enum tl_answer_kind read_transport(const struct tl_prober *p, const struct tl_ip_packet *ip, bool unsummed,
                                          struct tl_answer *a)
{
    const uint8_t *d = ip->data;
    if (ip->len < 8 || !tl_address_equal(&ip->src, &p->to) || tl_load_be16(d) != p->port ||
        tl_load_be16(d + 2) != p->source_port)
        return TL_ANSWER_NONE;
    if (p->kind == TL_PROBE_UDP && ip->proto == UDP) {
        a->seq = p->last;
        return reply(a, TL_ANSWER_REPLY, !unsummed && tl_load_be16(d + 6) != 0 && is_wrong(ip));
    }
    if (p->kind != TL_PROBE_TCP || ip->proto != TCP || ip->len < 20)
        return TL_ANSWER_NONE;
    if ((d[13] & 0x10) == 0)
        return TL_ANSWER_NONE;
    a->seq = (uint16_t)((tl_load_be32(d + 8) - 1 - p->id) >> 16); /* a SYN uses one number */
    enum tl_answer_kind kind = (d[13] & 4) != 0   ? TL_ANSWER_REFUSED
                               : (d[13] & 2) != 0 ? TL_ANSWER_REPLY
                                                  : TL_ANSWER_NONE;
    return kind != TL_ANSWER_NONE ? reply(a, kind, !unsummed && is_wrong(ip)) : kind;
}

bool tl_answer_is_of_target(enum tl_answer_kind kind)
{
    return kind == TL_ANSWER_REPLY || kind == TL_ANSWER_DAMAGED || kind == TL_ANSWER_REFUSED;
}

bool tl_answer_is_quench(const struct tl_answer *a)
{
    return a->kind == TL_ANSWER_UNREACHABLE && a->from.version == 4 && a->type == 4;
}

/* The byte at a place of the data of an echo request, as describe() has it. */
static uint8_t echo_byte(uint16_t seq, uint32_t size, uint32_t place)
{
    if (size < 2)
        return 0;
    return (uint8_t)(place == 0 ? (0xffffu - seq) >> 8 : place == 1 ? 0xffffu - seq : place - 2);
}

void tl_prober_check(const struct tl_prober *p, uint32_t size, struct tl_answer *a)
{
    if (p->kind != TL_PROBE_ICMP || a->kind != TL_ANSWER_REPLY)
        return;
    for (uint32_t i = 0; i < size && i < a->data.len && a->damage == TL_DAMAGE_NONE; i++) {
        a->place = i;
        a->due = echo_byte(a->seq, size, i);
        if (a->data.data[i] != a->due)
            a->damage = TL_DAMAGE_DATA;
    }
    if (a->data.len != size)
        a->damage = a->data.len < size ? TL_DAMAGE_SHORT : TL_DAMAGE_LONG;
    if (a->damage != TL_DAMAGE_NONE)
        a->kind = TL_ANSWER_DAMAGED;
}

static enum tl_answer_kind read_arp(const struct tl_prober *p, const uint8_t *arp, uint32_t len, struct tl_answer *a)
{
    if (p->kind != TL_PROBE_ARP || len < 28 || tl_load_be16(arp + 2) != 0x0800)
        return TL_ANSWER_NONE;
    a->seq = p->last;
    if (tl_load_be16(arp + 6) == 1 && memcmp(arp + 24, p->to.bytes, 4) == 0)
        return TL_ANSWER_SENT;
    if (tl_load_be16(arp + 6) != 2 || memcmp(arp + 14, p->to.bytes, 4) != 0)
        return TL_ANSWER_NONE;
    a->from = p->to;
    memcpy(a->mac, arp + 8, 6);
    return TL_ANSWER_REPLY;
}

/* An IP packet that this host did not send, all of it if it came in fragments. */
static enum tl_answer_kind read_packet(const struct tl_prober *p, struct tl_ip_packet *ip, bool unsummed,
                                       struct tl_answer *a)
{
    bool icmp = ip->proto == ICMP || ip->proto == ICMP6;
    if (ip->offset > 0 || ip->more) {
        bool ours = tl_address_equal(&ip->src, &p->to) && tl_address_equal(&ip->dst, &p->from);
        if (!ours || p->gather == NULL)
            return TL_ANSWER_NONE;
        if (!tl_ip_gather_add(p->gather, ip))
            return TL_ANSWER_PART;
        icmp = ip->proto == ICMP || ip->proto == ICMP6;
    }
    a->len = ip->size;
    a->from = ip->src;
    a->ttl = ip->ttl;
    return icmp ? read_icmp(p, ip, a) : read_transport(p, ip, unsummed, a);
}

enum tl_answer_kind tl_prober_read(const struct tl_prober *p, const struct tl_arrival *arrival, struct tl_answer *a)
{
    struct tl_ip_packet ip;
    uint32_t at;
    enum tl_answer_kind kind = TL_ANSWER_NONE;
    uint16_t type = tl_ip_ethertype(arrival->bytes, arrival->len, &at);
    *a = (struct tl_answer){ .kind = TL_ANSWER_NONE };
    if (type == 0)
        return TL_ANSWER_NONE;
    a->len = arrival->len - at;
    memcpy(a->mac, arrival->bytes + 6, 6);
    if (type == 0x0806) {
        kind = read_arp(p, arrival->bytes + at, a->len, a);
        if ((kind == TL_ANSWER_SENT) != arrival->ours)
            kind = TL_ANSWER_NONE;
    } else if (tl_ip_read(arrival->bytes + at, a->len, &ip) && ip.src.version == p->to.version) {
        if (is_probe(p, &ip, &a->seq))
            kind = arrival->ours ? TL_ANSWER_SENT : TL_ANSWER_NONE;
        else if (!arrival->ours)
            kind = read_packet(p, &ip, arrival->unsummed, a);
    }
    return a->kind = kind;
}
