/* ip_layers.c - IPv4 (RFC 791) and IPv6 (RFC 8200) with options, extension headers and fragments. */
#include "inject/layer.h"

#include <stdlib.h>

enum { NO_NEXT_HEADER = 59, EXPERIMENTAL = 253 };

static const struct tl_name protocols[] = {
    { 0, "hopopts" }, { 1, "icmp" },     { 2, "igmp" },     { 4, "ipip" },  { 6, "tcp" },    { 17, "udp" },
    { 41, "ip6" },    { 43, "routing" }, { 44, "frag" },    { 47, "gre" },  { 50, "esp" },   { 51, "ah" },
    { 58, "icmp6" },  { 59, "none" },    { 60, "dstopts" }, { 89, "ospf" }, { 132, "sctp" }, { 0, NULL },
};

static uint8_t protocol_inside(const struct tl_building *b, uint8_t otherwise)
{
    return b->inner != NULL && b->inner->ip_proto >= 0 ? (uint8_t)b->inner->ip_proto : otherwise;
}

/* Leaves the first `keep` bytes of the data in frame 0 and puts the rest into further frames. */
static bool cut(struct tl_building *b, size_t keep)
{
    struct tl_frame_bytes whole = *tl_craft_whole(b);
    size_t len = whole.end - whole.at;
    for (size_t at = keep; at < len; at += keep) {
        size_t n = len - at < keep ? len - at : keep;
        struct tl_frame_bytes *f = tl_crafted_add(b->frames, n);
        if (f == NULL || !tl_craft_prepend(b, f, whole.memory + whole.at + at, n))
            return false;
    }
    struct tl_frame_bytes *first = tl_craft_whole(b);
    if (len > keep) {
        memmove(first->memory + first->end - keep, first->memory + first->at, keep);
        first->at = first->end - keep;
    }
    return true;
}

static bool fragment_size(struct tl_building *b, unsigned field, size_t *size)
{
    *size = tl_craft_number(b, field, 0);
    if (tl_craft_has(b, field) && *size == 0)
        return tl_craft_fail(b, "%s.frag: at least 8 bytes of data are in a fragment", b->layer->type->name);
    return true;
}

enum {
    V4_DST,
    V4_SRC,
    V4_TTL,
    V4_ID,
    V4_FLAGS,
    V4_OFFSET,
    V4_TOS,
    V4_PROTO,
    V4_LEN,
    V4_SUM,
    V4_VERSION,
    V4_HLEN,
    V4_OPTIONS,
    V4_RECORD,
    V4_ALERT,
    V4_FRAG
};
static const struct tl_name v4_flags[] = { { 1, "mf" }, { 2, "df" }, { 4, "rb" }, { 0, NULL } };
static const struct tl_craft_field v4_fields[] = {
    [V4_DST] = { "dst", "ip.dst", TL_CRAFT_IPV4, 0, NULL, "destination" },
    [V4_SRC] = { "src", "ip.src", TL_CRAFT_IPV4, 0, NULL, "source; default: that of the route" },
    [V4_TTL] = { "ttl", "ip.ttl", TL_CRAFT_NUMBER, 255, NULL, "default: 64" },
    [V4_ID] = { "id", "ip.id", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [V4_FLAGS] = { "flags", "ip.flags", TL_CRAFT_FLAGS, 7, v4_flags, "df, mf, rb; default: 0" },
    [V4_OFFSET] = { "offset", "ip.frag_offset", TL_CRAFT_EIGHTS, 65528, NULL, "bytes, a multiple of 8; default: 0" },
    [V4_TOS] = { "tos", "ip.dsfield", TL_CRAFT_NUMBER, 255, NULL, "DSCP and ECN; default: 0" },
    [V4_PROTO] = { "proto", "ip.proto", TL_CRAFT_NUMBER, 255, protocols, "default: as the next layer is" },
    [V4_LEN] = { "len", "ip.len", TL_CRAFT_NUMBER, 0xffff, NULL, "default: the right one" },
    [V4_SUM] = { "checksum", "ip.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL,
                 "a number or bad; default: the right one" },
    [V4_VERSION] = { "version", "ip.version", TL_CRAFT_NUMBER, 15, NULL, "default: 4" },
    [V4_HLEN] = { "hlen", "ip.hdr_len", TL_CRAFT_FOURS, 60, NULL, "bytes, a multiple of 4; default: the right one" },
    [V4_OPTIONS] = { "options", NULL, TL_CRAFT_HEX, 0, NULL, "hex; padded to a multiple of 4" },
    [V4_RECORD] = { "record", NULL, TL_CRAFT_NUMBER, 9, NULL, "record route option with so many empty slots" },
    [V4_ALERT] = { "alert", NULL, TL_CRAFT_NUMBER, 1, NULL, "1: router alert option" },
    [V4_FRAG] = { "frag", NULL, TL_CRAFT_EIGHTS, 65528, NULL, "sends fragments of so many bytes, a multiple of 8" },
};

/* Returns the length of the options, a multiple of 4; more than 40: they do not fit. */
static size_t v4_options(const struct tl_building *b, uint8_t options[96])
{
    struct tl_bytes given = tl_craft_bytes(b, V4_OPTIONS);
    size_t len = given.len;
    uint64_t slots = tl_craft_number(b, V4_RECORD, 0);
    memset(options, 0, 96);
    if (len > 40)
        return len;
    if (len > 0)
        memcpy(options, given.data, len);
    if (slots > 0) {
        options[len] = 7;
        options[len + 1] = (uint8_t)(3 + slots * 4);
        options[len + 2] = 4;
        len += 3 + slots * 4;
    }
    if (tl_craft_number(b, V4_ALERT, 0) != 0) {
        options[len] = 148;
        options[len + 1] = 4;
        len += 4;
    }
    return (len + 3) & ~(size_t)3;
}

static bool v4_header(struct tl_building *b, struct tl_frame_bytes *f, const struct tl_address *dst,
                      const uint8_t src[4], unsigned frag)
{
    uint8_t options[96];
    size_t options_len = v4_options(b, options), len = f->end - f->at + 20 + options_len;
    if (options_len > 40)
        return tl_craft_fail(b, "ip: the options are longer than 40 bytes");
    if (len > 0xffff && !tl_craft_has(b, V4_LEN))
        return tl_craft_fail(b, "ip: %zu bytes are more than a packet holds: give frag", len);
    struct tl_header_ipv4 header = {
        .src = src,
        .dst = dst->bytes,
        .version = (uint8_t)tl_craft_number(b, V4_VERSION, 4),
        .tos = (uint8_t)tl_craft_number(b, V4_TOS, 0),
        .ttl = (uint8_t)tl_craft_number(b, V4_TTL, 64),
        .proto = (uint8_t)tl_craft_number(b, V4_PROTO, protocol_inside(b, EXPERIMENTAL)),
        .len = (uint16_t)tl_craft_number(b, V4_LEN, len),
        .id = (uint16_t)tl_craft_number(b, V4_ID, b->number % 0xffff + 1),
        .frag = (uint16_t)frag,
        .options = options,
        .options_len = options_len,
    };
    struct tl_header built = tl_header_ipv4(b->craft->net, &header);
    if (built.len > 0 && tl_craft_has(b, V4_HLEN)) /* 0 is a length that may be asked for */
        built.bytes[0] = (uint8_t)((unsigned)header.version << 4 | (tl_craft_number(b, V4_HLEN, 0) / 4 & 15));
    if (!tl_craft_put(b, f, built))
        return false;
    struct tl_frame_bytes first = b->frames->items[0];
    b->frames->items[0] = *f; /* the checksum is that of the whole */
    tl_craft_checksum(b, V4_SUM, 20 + options_len, 10);
    b->frames->items[0] = first;
    return true;
}

bool tl_craft_is_for_all(const struct tl_craft *craft, unsigned index)
{
    const struct tl_layer *layer = &craft->layers[index];
    return layer->type == &tl_craft_layer_ip &&
           (layer->settings[V4_DST].count == 0 || layer->now[V4_DST].number == 0xffffffff) &&
           index + 2 < craft->layer_count && craft->layers[index + 2].type == &tl_craft_layer_dhcp;
}

static bool v4_build(struct tl_building *b)
{
    struct tl_address dst = { .version = 4 };
    uint8_t src[4] = { 0 };
    size_t size;
    bool for_all = tl_craft_is_for_all(b->craft, b->index);
    if (for_all)
        memset(dst.bytes, 0xff, 4);
    else if (!tl_craft_address(b, V4_DST, dst.bytes))
        return tl_craft_fail(b, "ip: give dst");
    if (!tl_craft_address(b, V4_SRC, src) && !for_all && !b->world->source(b->world->context, &dst, src, b->error))
        return false;
    tl_craft_settle(b, src, dst.bytes, 4);
    if (!fragment_size(b, V4_FRAG, &size) || (size > 0 && !cut(b, size)))
        return false;
    unsigned flags = (unsigned)tl_craft_number(b, V4_FLAGS, 0) << 13;
    unsigned offset = (unsigned)tl_craft_number(b, V4_OFFSET, 0) / 8;
    if (size > 0 && offset + (b->frames->count - 1) * (size / 8) > 0x1fff)
        return tl_craft_fail(b, "ip: the fragments end after 65535 bytes: give a smaller offset");
    for (uint32_t i = 0; i < b->frames->count; i++) {
        unsigned more = i + 1 < b->frames->count ? 0x2000 : 0;
        if (!v4_header(b, &b->frames->items[i], &dst, src,
                       flags | more | (offset + i * (unsigned)(size / 8))))
            return false;
    }
    return true;
}

const struct tl_layer_type tl_craft_layer_ip = {
    "ip", "Internet Protocol version 4", 0x0800, 4, 0, v4_fields, TL_COUNT(v4_fields), v4_build,
};

enum { V6_DST, V6_SRC, V6_HLIM, V6_CLASS, V6_FLOW, V6_LEN, V6_NEXT, V6_VERSION, V6_FRAG, V6_ID };
static const struct tl_craft_field v6_fields[] = {
    [V6_DST] = { "dst", "ipv6.dst", TL_CRAFT_IPV6, 0, NULL, "destination" },
    [V6_SRC] = { "src", "ipv6.src", TL_CRAFT_IPV6, 0, NULL, "source; default: that of the route" },
    [V6_HLIM] = { "hlim", "ipv6.hlim", TL_CRAFT_NUMBER, 255, NULL, "hop limit; default: 64" },
    [V6_CLASS] = { "tclass", "ipv6.tclass", TL_CRAFT_NUMBER, 255, NULL, "DSCP and ECN; default: 0" },
    [V6_FLOW] = { "flow", "ipv6.flow", TL_CRAFT_NUMBER, 0xfffff, NULL, "flow label; default: 0" },
    [V6_LEN] = { "plen", "ipv6.plen", TL_CRAFT_NUMBER, 0xffff, NULL, "default: the right one" },
    [V6_NEXT] = { "nxt", "ipv6.nxt", TL_CRAFT_NUMBER, 255, protocols, "default: as the next layer is" },
    [V6_VERSION] = { "version", "ipv6.version", TL_CRAFT_NUMBER, 15, NULL, "default: 6" },
    [V6_FRAG] = { "frag", NULL, TL_CRAFT_EIGHTS, 65528, NULL, "sends fragments of so many bytes, a multiple of 8" },
    [V6_ID] = { "id", "ipv6.fraghdr.ident", TL_CRAFT_NUMBER, 0xffffffff, NULL,
                "of the fragments; default: counts from 1" },
};

static bool v6_header(struct tl_building *b, struct tl_frame_bytes *f, const struct tl_address *dst,
                      const uint8_t src[16], uint8_t next)
{
    size_t len = f->end - f->at;
    if (len > 0xffff && !tl_craft_has(b, V6_LEN))
        return tl_craft_fail(b, "ip6: %zu bytes are more than a packet holds: give frag", len);
    struct tl_header_ipv6 header = {
        .src = src,
        .dst = dst->bytes,
        .version = (uint8_t)tl_craft_number(b, V6_VERSION, 6),
        .traffic_class = (uint8_t)tl_craft_number(b, V6_CLASS, 0),
        .flow_label = (uint32_t)tl_craft_number(b, V6_FLOW, 0),
        .len = (uint16_t)tl_craft_number(b, V6_LEN, len),
        .next = next,
        .hop_limit = (uint8_t)tl_craft_number(b, V6_HLIM, b->hop_limit > 0 ? b->hop_limit : 64),
    };
    return tl_craft_put(b, f, tl_header_ipv6(b->craft->net, &header));
}

/*
 * Bytes of the headers that routers read, so that every fragment has them: hop-by-hop options, routing headers, and
 * destination options before these (RFC 8200 section 4.5). *next: where the last of them tells what follows.
 */
static size_t per_fragment(struct tl_building *b, size_t *next)
{
    const struct tl_frame_bytes *f = tl_craft_whole(b);
    size_t at = 0, len = 0;
    for (unsigned i = b->index + 1; i < b->craft->layer_count; i++) {
        const struct tl_layer_type *type = b->craft->layers[i].type;
        bool option = type == &tl_craft_layer_dstopts, read = type == &tl_craft_layer_hopopts ||
                                                              type == &tl_craft_layer_routing;
        if ((!option && !read) || f->at + at + 8 > f->end)
            break;
        size_t extent = (f->memory[f->at + at + 1] + 1u) * 8;
        if (f->at + at + extent > f->end)
            break;
        if (read) {
            *next = at;
            len = at + extent;
        }
        at += extent;
    }
    return len;
}

/* Cuts the packet into fragments, each with its headers. *next: of the IP header. */
static bool v6_fragments(struct tl_building *b, size_t size, uint8_t *next)
{
    size_t place = 0, len = per_fragment(b, &place);
    struct tl_frame_bytes *whole = tl_craft_whole(b);
    uint8_t *head = malloc(len + 1), inside = *next;
    if (head == NULL) {
        tl_error_set(b->error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    if (len > 0) {
        memcpy(head, whole->memory + whole->at, len);
        whole->at += len;
        inside = head[place];
        head[place] = 44;
    } else {
        *next = 44;
    }
    bool fine = cut(b, size);
    for (uint32_t i = 0; i < b->frames->count && fine; i++) {
        struct tl_frame_bytes *f = &b->frames->items[i];
        uint16_t offset = (uint16_t)(i * size | (i + 1 < b->frames->count));
        uint32_t id = (uint32_t)tl_craft_number(b, V6_ID, b->number + 1);
        fine = tl_craft_take(b, f,
                             libnet_build_ipv6_frag(inside, 0, htons(offset), htonl(id), NULL, 0, b->craft->net, 0)) &&
               tl_craft_prepend(b, f, head, len);
    }
    free(head);
    return fine;
}

static bool v6_build(struct tl_building *b)
{
    struct tl_address dst = { .version = 6 };
    uint8_t src[16] = { 0 };
    size_t size;
    if (!tl_craft_address(b, V6_DST, dst.bytes)) {
        if (!b->has_group)
            return tl_craft_fail(b, "ip6: give dst");
        memcpy(dst.bytes, b->group, 16);
    }
    if (!tl_craft_address(b, V6_SRC, src) && !b->world->source(b->world->context, &dst, src, b->error))
        return false;
    const uint8_t *last = b->has_final ? b->final : dst.bytes;
    tl_craft_settle(b, src, last, 16);
    uint8_t next =
        (uint8_t)tl_craft_number(b, V6_NEXT, protocol_inside(b, b->inner != NULL ? EXPERIMENTAL : NO_NEXT_HEADER));
    if (!fragment_size(b, V6_FRAG, &size) || (size > 0 && !v6_fragments(b, size, &next)))
        return false;
    for (uint32_t i = 0; i < b->frames->count; i++)
        if (!v6_header(b, &b->frames->items[i], &dst, src, next))
            return false;
    b->has_final = false;
    b->hop_limit = 0; /* of a packet around this one: the usual one */
    memcpy(b->group, dst.bytes, 16); /* Ethernet goes where IPv6 goes */
    b->has_group = b->has_group && !tl_craft_has(b, V6_DST);
    return true;
}

const struct tl_layer_type tl_craft_layer_ip6 = {
    "ip6", "Internet Protocol version 6", 0x86dd, 41, 0, v6_fields, TL_COUNT(v6_fields), v6_build,
};

enum { OPT_DATA, OPT_ALERT, OPT_NEXT };
static const struct tl_craft_field hopopts_fields[] = {
    [OPT_DATA] = { "options", NULL, TL_CRAFT_HEX, 0, NULL, "hex; padded" },
    [OPT_ALERT] = { "alert", NULL, TL_CRAFT_NUMBER, 0xffff, NULL, "router alert option with this value" },
    [OPT_NEXT] = { "nxt", "ipv6.hopopts.nxt", TL_CRAFT_NUMBER, 255, protocols, "default: as the next layer is" },
};

static const struct tl_craft_field dstopts_fields[] = {
    [OPT_DATA] = { "options", NULL, TL_CRAFT_HEX, 0, NULL, "hex; padded" },
    [OPT_ALERT] = { "alert", NULL, TL_CRAFT_NUMBER, 0xffff, NULL, "router alert option with this value" },
    [OPT_NEXT] = { "nxt", "ipv6.dstopts.nxt", TL_CRAFT_NUMBER, 255, protocols, "default: as the next layer is" },
};

/* Returns the length of the options, so that with two bytes before them they fill units of 8; over 2000: too long. */
static size_t v6_options(const struct tl_building *b, uint8_t data[2048])
{
    struct tl_bytes given = tl_craft_bytes(b, OPT_DATA);
    size_t len = given.len;
    if (len > 2000)
        return len;
    if (len > 0)
        memcpy(data, given.data, len);
    if (tl_craft_has(b, OPT_ALERT)) {
        memcpy(data + len, "\x05\x02", 2);
        tl_store16(data + len + 2, tl_craft_number(b, OPT_ALERT, 0));
        len += 4;
    }
    size_t pad = (8 - (len + 2) % 8) % 8;
    memset(data + len, 0, pad);
    if (pad > 1) {
        data[len] = 1; /* PadN */
        data[len + 1] = (uint8_t)(pad - 2);
    }
    return len + pad;
}

static bool hopopts_build(struct tl_building *b)
{
    uint8_t data[2048];
    size_t len = v6_options(b, data);
    if (len > 2000)
        return tl_craft_fail(b, "%s: the options are longer than 2000 bytes", b->layer->type->name);
    uint8_t next = (uint8_t)tl_craft_number(b, OPT_NEXT, protocol_inside(b, NO_NEXT_HEADER));
    uint8_t units = (uint8_t)((len + 2) / 8 - 1);
    return tl_craft_take(b, tl_craft_whole(b),
                         b->layer->type == &tl_craft_layer_hopopts
                             ? libnet_build_ipv6_hbhopts(next, units, data, (uint32_t)len, b->craft->net, 0)
                             : libnet_build_ipv6_destopts(next, units, data, (uint32_t)len, b->craft->net, 0));
}

const struct tl_layer_type tl_craft_layer_hopopts = {
    "hopopts", "IPv6 hop-by-hop options", -1, 0, 0, hopopts_fields, TL_COUNT(hopopts_fields), hopopts_build,
};
const struct tl_layer_type tl_craft_layer_dstopts = {
    "dstopts", "IPv6 destination options", -1, 60, 0, dstopts_fields, TL_COUNT(dstopts_fields), hopopts_build,
};

enum { RT_LAST, RT_TYPE, RT_LEFT, RT_NEXT };
static const struct tl_craft_field routing_fields[] = {
    [RT_LAST] = { "last", NULL, TL_CRAFT_IPV6, 0, NULL, "the last destination" },
    [RT_TYPE] = { "type", "ipv6.routing.type", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [RT_LEFT] = { "left", "ipv6.routing.segleft", TL_CRAFT_NUMBER, 255, NULL, "segments left; default: 1" },
    [RT_NEXT] = { "nxt", "ipv6.routing.nxt", TL_CRAFT_NUMBER, 255, protocols, "default: as the next layer is" },
};

static bool routing_build(struct tl_building *b)
{
    uint8_t data[20] = { 0 };
    if (!tl_craft_address(b, RT_LAST, data + 4))
        return tl_craft_fail(b, "routing: give last, the last destination");
    uint8_t left = (uint8_t)tl_craft_number(b, RT_LEFT, 1);
    if (left > 0) {
        memcpy(b->final, data + 4, 16);
        b->has_final = true;
    }
    return tl_craft_take(
        b, tl_craft_whole(b),
        libnet_build_ipv6_routing((uint8_t)tl_craft_number(b, RT_NEXT, protocol_inside(b, NO_NEXT_HEADER)), 2,
                                  (uint8_t)tl_craft_number(b, RT_TYPE, 0), left, data, sizeof data, b->craft->net, 0));
}

const struct tl_layer_type tl_craft_layer_routing = {
    "routing", "IPv6 routing header", -1, 43, 0, routing_fields, TL_COUNT(routing_fields), routing_build,
};
