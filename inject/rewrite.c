/* rewrite.c - reads what is to be changed, and changes frames. */
#include "inject/rewrite.h"

#include "core/checksum.h"
#include "inject/ip.h"
#include "inject/layer.h"
#include "inject/route.h"

#include <stdio.h>
#include <stdlib.h>

enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ICMP6 = 58, DEPTH = 2 };

/* A packet in a frame; the checksums that cover what is changed. */
struct place {
    uint8_t *ip, *end;
    uint8_t *transport; /* NULL: it has none here: a later fragment */
    uint8_t proto;
    uint8_t *sum;       /* of the transport layer, NULL: none, or not captured */
    uint8_t *outer_sum; /* of the ICMP error around it, NULL: none */
    uint8_t *route;       /* IPv6: addresses of a routing header; NULL: none */
    unsigned route_count;
    uint8_t *last; /* of them: the last destination, while segments are left; else NULL */
    bool v6;
    bool part; /* a fragment: the checksum covers more than is here */
};

/* Splits off the next item of a list. Returns false in the end. */
static bool next_item(const char **text, char item[130])
{
    size_t len = strcspn(*text, ",");
    if (len == 0 || len >= 130)
        return false;
    memcpy(item, *text, len);
    item[len] = '\0';
    *text += len + ((*text)[len] == ',');
    return true;
}

/*
 * Reads a whole decimal number: only digits. Not 010, which is 8 to some and 10 to others. *text is then at what
 * follows.
 */
static bool take_number(const char **text, unsigned most, unsigned *out)
{
    const char *at = *text;
    unsigned value = 0;
    while (*at >= '0' && *at <= '9' && value <= most)
        value = value * 10 + (unsigned)(*at++ - '0');
    if (at == *text || value > most || (**text == '0' && at - *text > 1))
        return false;
    *text = at;
    *out = value;
    return true;
}

static bool prefix_of(char *text, struct tl_address *address, uint8_t *bits)
{
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    if (!tl_address_parse(text, address))
        return false;
    unsigned most = address->version == 6 ? 128 : 32, value = most;
    const char *number = slash != NULL ? slash + 1 : "";
    if (slash != NULL && (!take_number(&number, most, &value) || *number != '\0'))
        return false;
    *bits = (uint8_t)value;
    return true;
}

bool tl_rewrite_parse_maps(struct tl_rewrite *r, const char *text, struct tl_error *error)
{
    char item[130];
    while (*text != '\0') {
        bool fine = r->map_count < TL_REWRITE_MAPS && next_item(&text, item);
        char *equals = fine ? strchr(item, '=') : NULL;
        struct tl_rewrite_map m = { .from_bits = 0 };
        if (equals != NULL)
            *equals = '\0';
        if (equals == NULL || !prefix_of(item, &m.from, &m.from_bits) || !prefix_of(equals + 1, &m.to, &m.to_bits) ||
            m.from.version != m.to.version) {
            tl_error_set(error, TL_E_USAGE, "--map: give at most %d pairs such as 10.0.0.0/8=192.0.2.0/24, numbers "
                         "without a 0 before them", TL_REWRITE_MAPS);
            return false;
        }
        r->maps[r->map_count++] = m;
    }
    return true;
}

static bool mac_of(const char *text, uint8_t out[6])
{
    unsigned b[6];
    char more;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &more) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        out[i] = (uint8_t)b[i];
    return true;
}

bool tl_rewrite_parse_macs(struct tl_rewrite *r, const char *text, struct tl_error *error)
{
    char item[130];
    while (*text != '\0') {
        bool fine = r->mac_count < TL_REWRITE_MAPS && next_item(&text, item);
        char *equals = fine ? strchr(item, '=') : NULL;
        struct tl_rewrite_mac m = { .any_source = false };
        if (equals != NULL) {
            *equals = '\0';
            m.any_source = strcmp(item, "src") == 0;
            m.any_destination = strcmp(item, "dst") == 0;
        }
        if (equals == NULL || !mac_of(equals + 1, m.to) ||
            (!m.any_source && !m.any_destination && !mac_of(item, m.from))) {
            tl_error_set(error, TL_E_USAGE, "--mac: give at most %d pairs OLD=NEW; OLD may be src or dst",
                         TL_REWRITE_MAPS);
            return false;
        }
        r->macs[r->mac_count++] = m;
    }
    return true;
}

bool tl_rewrite_parse_ports(struct tl_rewrite *r, const char *text, struct tl_error *error)
{
    char item[130];
    unsigned from, to;
    while (*text != '\0') {
        const char *at = item;
        if (r->port_count >= TL_REWRITE_MAPS || !next_item(&text, item) || !take_number(&at, UINT16_MAX, &from) ||
            *at++ != '=' || !take_number(&at, UINT16_MAX, &to) || *at != '\0') {
            tl_error_set(error, TL_E_USAGE, "--ports: give at most %d pairs such as 80=8080, numbers without a 0 "
                         "before them", TL_REWRITE_MAPS);
            return false;
        }
        r->ports[r->port_count].from = (uint16_t)from;
        r->ports[r->port_count++].to = (uint16_t)to;
    }
    return true;
}

bool tl_rewrite_parse_vlan(struct tl_rewrite *r, const char *text, struct tl_error *error)
{
    const char *at = text;
    unsigned value = 0;
    bool none = strcmp(text, "none") == 0;
    r->vlan = -1;
    if (none)
        return true;
    if (!take_number(&at, 4095, &value) || *at != '\0') {
        tl_error_set(error, TL_E_USAGE, "--vlan '%.20s': give none or a number from 0 to 4095, without a 0 before it",
                     text);
        return false;
    }
    r->vlan = (int)value;
    return true;
}

bool tl_rewrite_parse_ttl(struct tl_rewrite *r, const char *text, struct tl_error *error)
{
    const char *at = text + (*text == '+' || *text == '-');
    unsigned value = 0;
    r->ttl_relative = at > text;
    if (!take_number(&at, UINT8_MAX, &value) || *at != '\0' || value == 0) {
        tl_error_set(error, TL_E_USAGE,
                     "--ttl '%.20s': give a number from 1 to 255, or +N or -N, without a 0 before it", text);
        return false;
    }
    r->ttl = *text == '-' ? -(int)value : (int)value;
    return true;
}

/* Mends a checksum for `len` bytes, an even number at an even place, that change (RFC 1624 section 3, equation 3). */
static void mend(uint8_t *sum, const uint8_t *old, const uint8_t *new, size_t len)
{
    if (sum == NULL)
        return;
    uint32_t value = (uint16_t)~tl_load_be16(sum);
    for (size_t i = 0; i < len; i += 2)
        value += (uint16_t)~tl_load_be16(old + i) + (uint32_t)tl_load_be16(new + i);
    while (value > 0xffff)
        value = (value & 0xffff) + (value >> 16);
    tl_store16(sum, (uint16_t)~value);
}

/* The checksum of the transport layer; what it was goes into the checksum of an ICMP error around it. */
static void mend_transport(const struct place *p, const uint8_t *old, const uint8_t *new, size_t len)
{
    if (p->sum == NULL)
        return;
    uint8_t before[2] = { p->sum[0], p->sum[1] };
    mend(p->sum, old, new, len);
    if (p->proto == UDP && p->sum[0] == 0 && p->sum[1] == 0)
        p->sum[0] = p->sum[1] = 0xff; /* 0 would mean none */
    mend(p->outer_sum, before, p->sum, 2);
}

/* Replaces bytes of the IP header. in_pseudo: the transport checksum covers them. */
static void put_header(const struct place *p, uint8_t *at, const uint8_t *new, size_t len, bool in_pseudo)
{
    uint8_t old[16];
    memcpy(old, at, len);
    memcpy(at, new, len);
    if (!p->v6) {
        uint8_t before[2] = { p->ip[10], p->ip[11] };
        mend(p->ip + 10, old, new, len);
        mend(p->outer_sum, before, p->ip + 10, 2);
    }
    mend(p->outer_sum, old, new, len);
    if (in_pseudo)
        mend_transport(p, old, new, len);
}

/* Finds the new address. Returns whether there is one. */
static bool map_address(const struct tl_rewrite *r, const uint8_t *old, unsigned bytes, uint8_t *new)
{
    for (unsigned i = 0; i < r->map_count; i++) {
        const struct tl_rewrite_map *m = &r->maps[i];
        bool same = tl_address_len(&m->from) == bytes;
        for (unsigned bit = 0; same && bit < m->from_bits; bit++)
            same = ((old[bit / 8] ^ m->from.bytes[bit / 8]) >> (7 - bit % 8) & 1) == 0;
        if (!same)
            continue;
        memcpy(new, old, bytes);
        for (unsigned bit = 0; bit < m->to_bits; bit++) {
            uint8_t mask = (uint8_t)(0x80 >> bit % 8);
            new[bit / 8] = (uint8_t)((new[bit / 8] & ~mask) | (m->to.bytes[bit / 8] & mask));
        }
        return true;
    }
    return false;
}

/*
 * The addresses of a routing header (RFC 8200 section 4.4, RFC 6275, RFC 8754). While segments are left, the checksum of the
 * transport layer covers the last destination, not that of the IP header.
 */
static void find_route(uint8_t *header, size_t len, struct place *p)
{
    uint8_t type = header[2], left = header[3];
    size_t fixed = type == 4 ? (header[4] + 1u) * 16 : len - 8; /* segment routing: objects may follow the list */
    if ((type != 0 && type != 2 && type != 4) || len < 8 || fixed > len - 8 || fixed < 16)
        return;
    p->route = header + 8;
    p->route_count = (unsigned)(fixed / 16);
    if (left > 0)
        p->last = type == 4 ? p->route : p->route + (p->route_count - 1) * 16;
}

/* ICMP of IPv4, and GRE (RFC 2784 section 2.5), have no pseudo-header. */
static bool has_pseudo(const struct place *p)
{
    return p->proto != ICMP && p->proto != GRE;
}

/* Whether a header of GRE has a checksum. */
static bool is_summed_gre(const uint8_t *gre, size_t len)
{
    return len >= 4 && (gre[0] & 0x80) != 0 && (gre[1] & 7) == 0;
}

/* Finds the layers of a packet. Returns false if its header is not there. */
static bool find(uint8_t *at, uint8_t *end, struct place *p)
{
    bool later = false;
    *p = (struct place){ .ip = at, .end = end, .v6 = end > at && *at >> 4 == 6 };
    uint8_t *next = NULL;
    if (end - at >= 20 && *at >> 4 == 4) {
        uint32_t header = (at[0] & 15u) * 4;
        if (header < 20 || end - at < (ptrdiff_t)header)
            return false;
        later = (tl_load_be16(at + 6) & 0x1fff) != 0;
        p->part = (tl_load_be16(at + 6) & 0x3fff) != 0;
        p->proto = at[9];
        next = at + header;
    } else if (p->v6 && end - at >= 40) {
        p->proto = at[6];
        next = at + 40;
        while ((p->proto == 0 || p->proto == 43 || p->proto == 44 || p->proto == 60) && end - next >= 8) {
            uint32_t extent = p->proto == 44 ? 8 : (next[1] + 1u) * 8;
            if (p->proto == 43)
                find_route(next, extent < (size_t)(end - next) ? extent : (size_t)(end - next), p);
            later |= p->proto == 44 && (tl_load_be16(next + 2) & 0xfff8) != 0;
            p->part |= p->proto == 44 && (tl_load_be16(next + 2) & 0xfff9) != 0;
            p->proto = next[0];
            if (end - next < (ptrdiff_t)extent)
                return true;
            next += extent;
        }
    } else {
        return false;
    }
    if (later)
        return true;
    size_t left = (size_t)(end - next), sum_at = p->proto == TCP ? 16 : p->proto == UDP ? 6 : p->proto == GRE ? 4 : 2;
    bool known = p->proto == TCP || p->proto == UDP || p->proto == ICMP || (p->proto == ICMP6 && p->v6) ||
                 (p->proto == GRE && is_summed_gre(next, left));
    if (known && left >= 4)
        p->transport = next;
    if (known && left >= sum_at + 2 && !(p->proto == UDP && next[6] == 0 && next[7] == 0))
        p->sum = next + sum_at;
    return true;
}

static void change_addresses(const struct tl_rewrite *r, const struct place *p)
{
    unsigned bytes = p->v6 ? 16 : 4;
    uint8_t new[16];
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *at = p->ip + (p->v6 ? 8 : 12) + i * bytes;
        if (map_address(r, at, bytes, new))
            put_header(p, at, new, bytes, has_pseudo(p) && (i == 0 || p->last == NULL));
    }
    for (unsigned i = 0; i < p->route_count; i++) {
        uint8_t *at = p->route + i * 16;
        if (map_address(r, at, 16, new))
            put_header(p, at, new, 16, has_pseudo(p) && at == p->last);
    }
}

static void change_ports(const struct tl_rewrite *r, const struct place *p)
{
    if (p->transport == NULL || (p->proto != TCP && p->proto != UDP))
        return;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *at = p->transport + 2 * i, old[2] = { at[0], at[1] };
        for (unsigned k = 0; k < r->port_count; k++) {
            if (tl_load_be16(old) != r->ports[k].from)
                continue;
            tl_store16(at, r->ports[k].to);
            mend(p->outer_sum, old, at, 2);
            mend_transport(p, old, at, 2);
            break;
        }
    }
}

static void change_ttl(const struct tl_rewrite *r, const struct place *p)
{
    uint8_t *at = p->ip + (p->v6 ? 6 : 8), new[2]; /* the word with the TTL */
    unsigned which = p->v6 ? 1 : 0;
    if (r->ttl == 0)
        return;
    int value = r->ttl_relative ? at[which] + r->ttl : r->ttl;
    memcpy(new, at, 2);
    new[which] = (uint8_t)(value < 1 ? 1 : value > 255 ? 255 : value);
    put_header(p, at, new, 2, false);
}

static bool is_error(const struct place *p)
{
    uint8_t type = p->transport != NULL ? p->transport[0] : 255;
    return p->v6 ? p->proto == ICMP6 && type >= 1 && type <= 4
                 : p->proto == ICMP && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

/* Neighbour discovery names addresses too: the target of solicitations and advertisements. */
static void change_target(const struct tl_rewrite *r, const struct place *p)
{
    uint8_t new[16], old[16];
    if (!p->v6 || p->proto != ICMP6 || p->transport == NULL || p->end - p->transport < 24 ||
        (p->transport[0] != 135 && p->transport[0] != 136))
        return;
    uint8_t *at = p->transport + 8;
    memcpy(old, at, 16);
    if (!map_address(r, at, 16, new))
        return;
    memcpy(at, new, 16);
    mend_transport(p, old, new, 16);
}

/*
 * Computes the checksum of the transport layer; its place is so many bytes after that of `p`. last: the last
 * destination of a routing header, or NULL.
 */
static void set_transport_sum(const struct place *p, ptrdiff_t moved, size_t len, const uint8_t *last)
{
    size_t bytes = p->v6 ? 16 : 4;
    const uint8_t *src = p->ip + (p->v6 ? 8 : 12) + moved, *dst = last != NULL ? last : src + bytes;
    uint32_t sum = has_pseudo(p) ? tl_header_pseudo(src, dst, bytes, p->proto, len) : 0;
    tl_store16(p->sum + moved, 0);
    uint16_t value = tl_header_checksum(sum, p->transport + moved, len);
    tl_store16(p->sum + moved, value == 0 && p->proto == UDP ? 0xffff : value);
}

static void change_packet(const struct tl_rewrite *r, uint8_t *at, uint8_t *end, uint8_t *outer_sum, unsigned depth)
{
    struct place p;
    if (!find(at, end, &p))
        return;
    p.outer_sum = outer_sum;
    /* The packet inside is changed first: its bytes are covered by the checksum of this one. */
    if (depth < DEPTH && is_error(&p) && p.sum != NULL && end - p.transport > 8)
        change_packet(r, p.transport + 8, end, p.sum, depth + 1);
    change_addresses(r, &p);
    change_ports(r, &p);
    if (depth == 0)
        change_ttl(r, &p);
    change_target(r, &p);
}

static void change_macs(const struct tl_rewrite *r, uint8_t *frame)
{
    for (unsigned side = 0; side < 2; side++) { /* destination, source */
        uint8_t *at = frame + 6 * side;
        for (unsigned i = 0; i < r->mac_count; i++) {
            const struct tl_rewrite_mac *m = &r->macs[i];
            if (side == 0 ? m->any_destination : m->any_source) {
                memcpy(at, m->to, 6);
                break;
            }
            if (!m->any_destination && !m->any_source && memcmp(at, m->from, 6) == 0) {
                memcpy(at, m->to, 6);
                break;
            }
        }
    }
}

static void change_arp(const struct tl_rewrite *r, uint8_t *arp, const uint8_t *end)
{
    uint8_t new[16];
    if (end - arp < 28 || tl_load_be16(arp + 2) != 0x0800 || arp[4] != 6 || arp[5] != 4)
        return;
    for (unsigned at = 14; at <= 24; at += 10)
        if (map_address(r, arp + at, 4, new))
            memcpy(arp + at, new, 4);
}

struct tl_bytes tl_rewrite_frame(const struct tl_rewrite *r, uint8_t *room, uint32_t len, bool whole)
{
    uint8_t *frame = room + TL_REWRITE_ROOM;
    if (len < TL_ETHERNET_HEADER)
        return (struct tl_bytes){ frame, len };
    change_macs(r, frame);
    bool tagged = tl_ip_is_tag(tl_load_be16(frame + 12));
    while (r->vlan == -1 && tagged && len >= TL_ETHERNET_HEADER + 4) {
        memmove(frame + 4, frame, 12);
        frame += 4;
        len -= 4;
        tagged = tl_ip_is_tag(tl_load_be16(frame + 12));
    }
    if (r->vlan >= 0 && tagged && len >= TL_ETHERNET_HEADER + 2) {
        tl_store16(frame + 14, (tl_load_be16(frame + 14) & 0xf000u) | (unsigned)r->vlan);
    } else if (r->vlan >= 0 && !tagged) {
        memmove(frame - 4, frame, 12);
        frame -= 4;
        len += 4;
        tl_store16(frame + 12, 0x8100);
        tl_store16(frame + 14, (unsigned)r->vlan);
    }
    uint32_t at;
    uint16_t type = tl_ip_ethertype(frame, len, &at);
    if (type == 0x0806)
        change_arp(r, frame + at, frame + len);
    else if (type == 0x0800 || type == 0x86dd)
        change_packet(r, frame + at, frame + len, NULL, 0);
    if (r->checksums && whole && (type == 0x0800 || type == 0x86dd))
        tl_rewrite_mend(frame, frame, at, len);
    return (struct tl_bytes){ frame, len };
}

void tl_rewrite_mend(uint8_t *frame, uint8_t *captured, uint32_t at, uint32_t len)
{
    struct place was, now;
    if (!find(captured + at, captured + len, &was))
        return;
    ptrdiff_t moved = frame - captured;
    bool same = find(frame + at, frame + len, &now) && now.proto == was.proto && now.v6 == was.v6;
    uint8_t *end = was.ip + (was.v6 ? 40u + tl_load_be16(was.ip + 4) : tl_load_be16(was.ip + 2));
    size_t header = (was.ip[0] & 15u) * 4;
    if (!was.v6) {
        tl_store16(was.ip + moved + 10, 0);
        tl_store16(was.ip + moved + 10, tl_header_checksum(0, was.ip + moved, header));
    }
    if (!same || was.sum == NULL || was.transport == NULL || was.part || end > was.end || end < was.sum + 2)
        return;
    set_transport_sum(&was, moved, (size_t)(end - was.transport), now.last);
}
