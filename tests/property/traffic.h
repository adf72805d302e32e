/* traffic.h - conversations of several kinds whose timestamps jump, as capture files: for time.c. */
#ifndef TL_TESTS_PROPERTY_TRAFFIC_H
#define TL_TESTS_PROPERTY_TRAFFIC_H

#include "core/checksum.h"
#include "tests/property/samples.h"

enum { FRAME_MOST = 256, PACKETS_MOST = 4096, PARTS_MOST = 4, TALKS = 24 };

#define SECOND INT64_C(1000000000)
#define YEAR   (INT64_C(31557600) * SECOND)

struct frame {
    int64_t ts; /* ns; as a reader of the file must see it */
    uint32_t len;
    uint8_t bytes[FRAME_MOST];
};

struct trace {
    struct frame frames[PACKETS_MOST];
    unsigned count;
};

static inline uint64_t below(uint64_t *random, uint64_t n)
{
    return next_random(random) % n;
}

/* --- frames --- */

static inline void put_byte(struct frame *f, unsigned v)
{
    f->bytes[f->len++] = (uint8_t)v;
}

static inline void put_16(struct frame *f, unsigned v)
{
    put_byte(f, v >> 8);
    put_byte(f, v);
}

static inline void put_32(struct frame *f, uint32_t v)
{
    put_16(f, v >> 16);
    put_16(f, v & 0xffff);
}

static inline void put_text(struct frame *f, const char *text, size_t len)
{
    memcpy(f->bytes + f->len, text, len);
    f->len += (uint32_t)len;
}

/* Returns where the header begins, for end_ip4(). */
static inline uint32_t begin_ip4(struct frame *f, unsigned protocol, unsigned src, unsigned dst, unsigned id,
                                 unsigned fragment)
{
    uint32_t at = f->len;
    put_32(f, 0x45000000);
    put_16(f, id);
    put_16(f, fragment); /* flags and offset */
    put_16(f, 64 << 8 | protocol);
    put_16(f, 0);
    put_32(f, 0x0a020000 + src);
    put_32(f, 0x0a020000 + dst);
    return at;
}

static inline void end_ip4(struct frame *f, uint32_t at)
{
    tl_store_be16(f->bytes + at + 2, (uint16_t)(f->len - at));
    tl_store_be16(f->bytes + at + 10, (uint16_t)~tl_checksum_fold(tl_checksum_add(0, f->bytes + at, 20)));
}

static inline void begin_frame(struct frame *f, unsigned ethertype)
{
    static const uint8_t ends[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
    f->len = 0;
    put_text(f, (const char *)ends, sizeof ends);
    put_16(f, ethertype);
}

static inline void put_udp(struct frame *f, unsigned sport, unsigned dport, size_t payload)
{
    put_16(f, sport);
    put_16(f, dport);
    put_16(f, 8 + (unsigned)payload);
    put_16(f, 0);
}

/* --- conversations --- */

enum kind {
    TALK_UDP, TALK_DNS, TALK_PING, TALK_TCP, TALK_SILENT, TALK_LOGIN, TALK_FRAGMENTS, TALK_TUNNEL, TALK_UDP6, TALK_KINDS
};

struct conversation {
    enum kind kind;
    unsigned client, server, port;
    unsigned step;      /* what it sends next */
    uint32_t seq[2];
    unsigned id;
};

static inline void dns_message(struct frame *f, const struct conversation *c, bool response)
{
    static const char question[] = "\1a\7example\0\0\1\0\1";
    static const char answer[] = "\300\14\0\1\0\1\0\0\0\74\0\4\300\0\2\1";
    size_t len = 12 + sizeof question - 1 + (response ? sizeof answer - 1 : 0);
    put_udp(f, response ? 53 : c->port, response ? c->port : 53, len);
    put_16(f, c->id);
    put_16(f, response ? 0x8180 : 0x0100);
    put_16(f, 1);
    put_16(f, response);
    put_32(f, 0);
    put_text(f, question, sizeof question - 1);
    if (response)
        put_text(f, answer, sizeof answer - 1);
}

static inline void tcp_segment(struct frame *f, struct conversation *c, unsigned side, unsigned flags, const char *text)
{
    unsigned server = c->kind == TALK_LOGIN ? 23 : 80;
    size_t len = strlen(text);
    put_16(f, side == 0 ? c->port : server);
    put_16(f, side == 0 ? server : c->port);
    put_32(f, c->seq[side]);
    put_32(f, flags & TL_ACK ? c->seq[side ^ 1] : 0);
    put_16(f, 0x5000 | flags);
    put_16(f, 8192);
    put_32(f, 0);
    put_text(f, text, len);
    c->seq[side] += (uint32_t)len + ((flags & (TL_SYN | TL_FIN)) != 0);
}

/* What TCP sends in its turn: opened, two exchanges, one of them again, closed one way or another; then all anew. */
static inline void tcp_next(struct frame *f, struct conversation *c, uint64_t *random)
{
    static const char *const asked[] = { "GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n", "login: b\r\n" };
    static const char *const said[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "welcome\r\n" };
    unsigned login = c->kind == TALK_LOGIN, step = c->step++ % 9;
    unsigned side = step == 1 || step == 4 || step == 6 || step == 8;
    if (step != 0 && below(random, 12) == 0) { /* some are never finished */
        c->step = 0;
        side = 0;
    }
    uint32_t at = begin_ip4(f, 6, side ? c->server : c->client, side ? c->client : c->server, 0, 0);
    switch (step) {
    case 0:
        c->seq[0] = (uint32_t)next_random(random), c->seq[1] = (uint32_t)next_random(random);
        tcp_segment(f, c, 0, TL_SYN, "");
        break;
    case 1:
        tcp_segment(f, c, side, TL_SYN | TL_ACK, "");
        break;
    case 2:
        tcp_segment(f, c, side, TL_ACK, "");
        break;
    case 3:
    case 5:
        tcp_segment(f, c, side, TL_ACK, asked[login]);
        if (below(random, 3) == 0) /* the next is the same again */
            c->seq[side] -= (uint32_t)strlen(asked[login]), c->step--;
        break;
    case 4:
    case 6:
        tcp_segment(f, c, side, TL_ACK, said[login]);
        break;
    default:
        tcp_segment(f, c, side, below(random, 4) == 0 ? TL_RST : TL_FIN | TL_ACK, "");
        break;
    }
    end_ip4(f, at);
}

/* A datagram of 24 bytes in three pieces of 8: its header, and twice its payload. */
static inline void fragment_next(struct frame *f, struct conversation *c)
{
    unsigned piece = c->step++ % 3;
    uint32_t at = begin_ip4(f, 17, c->client, c->server, c->id, piece | (piece < 2 ? 1u << 13 : 0));
    if (piece == 0)
        put_udp(f, c->port, 9, 16);
    else
        put_text(f, "fragment", 8);
    c->id += piece == 2;
    end_ip4(f, at);
}

static inline void datagram_next(struct frame *f, struct conversation *c)
{
    bool back = c->step++ % 2;
    unsigned protocol = c->kind == TALK_PING ? 1 : 17;
    uint32_t outer = f->len;
    if (c->kind == TALK_TUNNEL) {
        outer = begin_ip4(f, 47, back ? c->server : c->client, back ? c->client : c->server, 0, 0);
        put_32(f, 0x0800);
    }
    uint32_t at = begin_ip4(f, protocol, back ? c->server : c->client, back ? c->client : c->server, 0, 0);
    if (c->kind == TALK_PING) {
        put_16(f, back ? 0 : 8 << 8);
        put_16(f, 0);
        put_16(f, c->port);
        put_16(f, c->step);
    } else if (c->kind == TALK_DNS) {
        dns_message(f, c, back);
        c->id += back;
    } else {
        put_udp(f, back ? 9 : c->port, back ? c->port : 9, 4);
        put_text(f, "data", 4);
    }
    end_ip4(f, at);
    if (c->kind == TALK_TUNNEL)
        end_ip4(f, outer);
}

static inline void datagram6_next(struct frame *f, const struct conversation *c)
{
    put_32(f, 0x60000000);
    put_16(f, 12);
    put_16(f, 17 << 8 | 64);
    for (unsigned end = 0; end < 2; end++) {
        put_32(f, 0x20010db8);
        put_32(f, 0);
        put_32(f, 0);
        put_32(f, end == 0 ? c->client : c->server);
    }
    put_udp(f, c->port, 9, 4);
    put_text(f, "data", 4);
}

static inline void talk_next(struct frame *f, struct conversation *c, uint64_t *random)
{
    begin_frame(f, c->kind == TALK_UDP6 ? 0x86dd : 0x0800);
    uint32_t at;
    switch (c->kind) {
    case TALK_TCP:
    case TALK_LOGIN:
        tcp_next(f, c, random);
        break;
    case TALK_SILENT: /* nobody answers: SYNs, or data and then a SYN */
        at = begin_ip4(f, 6, c->client, c->server, 0, 0);
        c->seq[0] = 1000;
        if (below(random, 3) == 0)
            c->seq[0] = 1001, tcp_segment(f, c, 0, TL_ACK, "data");
        else
            tcp_segment(f, c, 0, TL_SYN, "");
        end_ip4(f, at);
        break;
    case TALK_FRAGMENTS:
        fragment_next(f, c);
        break;
    case TALK_UDP6:
        datagram6_next(f, c);
        break;
    default:
        datagram_next(f, c);
        break;
    }
}

/* --- time --- */

/* How far time goes on between two packets of a part. */
static inline int64_t step_of_time(uint64_t *random, unsigned wildness)
{
    static const int64_t units[] = { 1, SECOND / 1000, SECOND / 8, SECOND, 20 * SECOND, 600 * SECOND, 7200 * SECOND,
                                     86400 * SECOND, 40 * 86400 * SECOND, YEAR, 60 * YEAR };
    unsigned unit = below(random, 8) < wildness ? (unsigned)below(random, TL_COUNT(units)) : (unsigned)below(random, 5);
    int64_t step = (int64_t)below(random, 2 * (uint64_t)units[unit] + 1);
    return below(random, 12) < wildness ? -step : step;
}

static inline int64_t start_of_time(uint64_t *random)
{
    static const int64_t starts[] = { 0, 1, 1000000000, 1700000000, 1700000100, 1731536000, INT32_MAX, UINT32_MAX - 100,
                                      UINT32_MAX };
    return starts[below(random, TL_COUNT(starts))] * SECOND + (int64_t)below(random, (uint64_t)SECOND);
}

static inline int64_t moved(int64_t ts, int64_t by)
{
    return (int64_t)((uint64_t)ts + (uint64_t)by);
}

/* One capture: conversations by turns, time as it will. */
static inline void make_part(struct trace *t, unsigned count, uint64_t *random)
{
    struct conversation talks[TALKS];
    unsigned kinds = 1 + (unsigned)below(random, TALK_KINDS), wildness = (unsigned)below(random, 4);
    unsigned used = 1 + (unsigned)below(random, TALKS);
    for (unsigned i = 0; i < TALKS; i++)
        talks[i] = (struct conversation){ .kind = (enum kind)((kinds + below(random, kinds)) % TALK_KINDS),
                                          .client = (unsigned)below(random, 8),
                                          .server = 100 + (unsigned)below(random, 8),
                                          .port = 1024 + (unsigned)below(random, 6), .id = (unsigned)below(random, 4) };
    int64_t ts = start_of_time(random);
    for (unsigned i = 0; i < count && t->count < PACKETS_MOST; i++) {
        struct frame *f = &t->frames[t->count++];
        f->ts = ts;
        talk_next(f, &talks[below(random, used)], random);
        if (below(random, 4) != 0)
            ts = moved(ts, step_of_time(random, wildness));
        if (wildness > 0 && below(random, 40) == 0)
            ts = start_of_time(random);
    }
}

/* Joins b to a: behind it, packet by packet, pair by pair, by chance, or by time. */
static inline void join(struct trace *out, const struct trace *a, const struct trace *b, uint64_t *random)
{
    unsigned way = (unsigned)below(random, 5), i = 0, k = 0;
    out->count = 0;
    while ((i < a->count || k < b->count) && out->count < PACKETS_MOST) {
        bool first = way == 0 || (way == 1 && out->count % 2 == 0) || (way == 2 && out->count % 4 < 2) ||
                     (way == 3 && below(random, 2) == 0) ||
                     (way == 4 && i < a->count && k < b->count && a->frames[i].ts <= b->frames[k].ts);
        if (i == a->count || (k < b->count && !first))
            out->frames[out->count++] = b->frames[k++];
        else
            out->frames[out->count++] = a->frames[i++];
    }
}

/* --- files --- */

enum format { PCAP_MICRO, PCAP_NANO, PCAPNG_MICRO, PCAPNG_NANO, PCAPNG_SHIFTED, FORMATS };

static inline void put_le32(struct tl_buffer *b, uint32_t v)
{
    const uint8_t bytes[] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
    tl_put(b, bytes, sizeof bytes);
}

static inline void put_header(struct tl_buffer *b, enum format format, int64_t shift)
{
    if (format <= PCAP_NANO) {
        const uint32_t words[] = { format == PCAP_NANO ? 0xa1b23c4d : 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
        for (unsigned i = 0; i < TL_COUNT(words); i++)
            put_le32(b, words[i]);
        return;
    }
    const uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28 };
    for (unsigned i = 0; i < TL_COUNT(section); i++)
        put_le32(b, section[i]);
    uint32_t resolution = format == PCAPNG_MICRO ? 6 : 9;
    const uint32_t interface[] = { 1, 44, 1, 65535, 9 | 1 << 16, resolution, 14 | 8 << 16, (uint32_t)(uint64_t)shift,
                                   (uint32_t)((uint64_t)shift >> 32), 0, 44 };
    for (unsigned i = 0; i < TL_COUNT(interface); i++)
        put_le32(b, interface[i]);
}

/* Where a time does not fit the format, what a reader sees instead is put in its place. */
static inline void put_packet(struct tl_buffer *b, struct frame *f, enum format format, int64_t shift)
{
    uint32_t padded = (f->len + 3) & ~3u;
    static const uint8_t none[4];
    if (format <= PCAP_NANO) {
        uint64_t seconds = (uint64_t)f->ts / SECOND & UINT32_MAX, rest = (uint64_t)f->ts % SECOND;
        rest = format == PCAP_NANO ? rest : rest / 1000 * 1000;
        f->ts = (int64_t)(seconds * SECOND + rest);
        put_le32(b, (uint32_t)seconds);
        put_le32(b, (uint32_t)(format == PCAP_NANO ? rest : rest / 1000));
        put_le32(b, f->len);
        put_le32(b, f->len);
        tl_put(b, f->bytes, f->len);
        return;
    }
    uint64_t units = (uint64_t)f->ts;
    if (format == PCAPNG_MICRO) {
        units /= 1000;
        f->ts = units > INT64_MAX / 1000 ? INT64_MAX : (int64_t)units * 1000;
    } else {
        __int128 ns = (__int128)units + (__int128)shift * SECOND;
        f->ts = ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
    }
    const uint32_t words[] = { 6, 32 + padded, 0, (uint32_t)(units >> 32), (uint32_t)units, f->len, f->len };
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        put_le32(b, words[i]);
    tl_put(b, f->bytes, f->len);
    tl_put(b, none, padded - f->len);
    put_le32(b, 32 + padded);
}

/* Packets from..end of t as a file; their times become what a reader sees. */
static inline void put_capture(struct tl_buffer *b, struct trace *t, unsigned from, unsigned end, enum format format,
                               int64_t shift)
{
    put_header(b, format, shift);
    for (unsigned i = from; i < end; i++)
        put_packet(b, &t->frames[i], format, shift);
}

#endif
