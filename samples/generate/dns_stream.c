/* dns_stream.c - DNS over TCP (RFC 1035, 4.2.2; RFC 7766) with many segmentations. */
#include "gen.h"

#include <string.h>

enum { MESSAGES = 6, STREAM_MAX = 8192 };

struct line {
    struct capture *c;
    uint32_t next[2];
};

static void segment(struct line *l, enum direction dir, uint8_t flags, const uint8_t *bytes, size_t len, uint32_t seq)
{
    struct pkt p;
    struct tcp h = { .sport = dir == DIR_AB ? 40002 : 53,
                     .dport = dir == DIR_AB ? 53 : 40002,
                     .window = 8192,
                     .seq = seq,
                     .ack = flags & TH_ACK ? l->next[1 - dir] : 0,
                     .flags = flags };
    pkt_init(&p, l->c->net);
    pkt_append(&p, bytes, len);
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(l->c, &p);
    uint32_t end = seq + (uint32_t)len + ((flags & (TH_SYN | TH_FIN)) != 0);
    if ((int32_t)(end - l->next[dir]) > 0)
        l->next[dir] = end;
}

static void plain(struct line *l, enum direction dir, uint8_t flags)
{
    segment(l, dir, flags, NULL, 0, l->next[dir]);
}

static void open_line(struct line *l, struct capture *c)
{
    *l = (struct line){ .c = c, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    plain(l, DIR_AB, TH_SYN);
    plain(l, DIR_BA, TH_SYN | TH_ACK);
    plain(l, DIR_AB, TH_ACK);
}

static void close_line(struct line *l)
{
    plain(l, DIR_AB, TH_FIN | TH_ACK);
    plain(l, DIR_BA, TH_FIN | TH_ACK);
    plain(l, DIR_AB, TH_ACK);
}

static void add(struct dns *stream, const struct dns *m)
{
    dns_u16(stream, (unsigned)m->len);
    dns_bytes(stream, m->buf, m->len);
}

/* Six queries from A and their answers from B; the third answer is 1.1 KB. */
static void streams(struct dns *asked, struct dns *answered)
{
    static const char *const names[MESSAGES] = { "one.test",  "two.test",  "three.test",
                                                 "four.test", "five.test", "six.test" };
    struct dns m;
    asked->len = answered->len = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        dns_query(&m, (uint16_t)(20 + i), names[i], i == 2 ? 16 : 1);
        add(asked, &m);
        if (i == 2)
            dns_answer_txt(&m, (uint16_t)(20 + i), names[i], 9);
        else
            dns_answer_a(&m, (uint16_t)(20 + i), names[i], 0xc0000200 + i);
        add(answered, &m);
    }
}

enum cut { ONE_SEGMENT, ONE_BYTE, LENGTH_ALONE, LENGTH_SPLIT, SIZES, REVERSED, SWAPPED, GAP, GAP_LENGTH, TWICE };

static void piece(struct line *l, enum direction dir, const struct dns *s, size_t from, size_t to, uint32_t base)
{
    segment(l, dir, TH_ACK | TH_PUSH, s->buf + from, (to < s->len ? to : s->len) - from, base + (uint32_t)from);
}

static void send_sizes(struct line *l, enum direction dir, const struct dns *s, const size_t *sizes, size_t count)
{
    uint32_t base = l->next[dir];
    size_t at = 0;
    for (size_t i = 0; at < s->len; i++) {
        size_t to = at + sizes[i % count];
        piece(l, dir, s, at, to, base);
        at = to;
    }
}

static void send_cut(struct line *l, enum direction dir, const struct dns *s, enum cut cut)
{
    uint32_t base = l->next[dir];
    size_t third = s->len / 3 + 1, first = 2 + (size_t)(s->buf[0] << 8 | s->buf[1]);
    switch (cut) {
    case ONE_SEGMENT:
        send_sizes(l, dir, s, (size_t[]){ STREAM_MAX }, 1);
        break;
    case ONE_BYTE:
        send_sizes(l, dir, s, (size_t[]){ 1 }, 1);
        break;
    case LENGTH_ALONE:
        send_sizes(l, dir, s, (size_t[]){ 2, first - 2, STREAM_MAX }, 3);
        break;
    case LENGTH_SPLIT:
        send_sizes(l, dir, s, (size_t[]){ 1, first, STREAM_MAX }, 3);
        break;
    case SIZES:
        send_sizes(l, dir, s, (size_t[]){ 7, 11, 3, 29, 1, 64 }, 6);
        break;
    case REVERSED:
        for (size_t at = s->len / 50 * 50 + 50; at > 0; at -= 50)
            if (at - 50 < s->len)
                piece(l, dir, s, at - 50, at, base);
        break;
    case SWAPPED:
        piece(l, dir, s, third, 2 * third, base);
        piece(l, dir, s, 0, third, base);
        piece(l, dir, s, 2 * third, s->len, base);
        break;
    case GAP: /* ten bytes inside the second message are not captured */
        piece(l, dir, s, 0, first + 12, base);
        piece(l, dir, s, first + 22, s->len, base);
        break;
    case GAP_LENGTH: /* the second message's length field is not captured */
        piece(l, dir, s, 0, first, base);
        piece(l, dir, s, first + 2, s->len, base);
        break;
    case TWICE:
        piece(l, dir, s, 0, 2 * third, base);
        piece(l, dir, s, third / 2, 2 * third + 5, base);
        piece(l, dir, s, third, s->len, base);
        break;
    }
}

static void cut_both(struct capture *c, const void *arg)
{
    struct line l;
    struct dns asked, answered;
    enum cut cut = *(const enum cut *)arg;
    if (cut == ONE_BYTE)
        c->step = 1000000;
    streams(&asked, &answered);
    open_line(&l, c);
    send_cut(&l, DIR_AB, &asked, cut);
    plain(&l, DIR_BA, TH_ACK);
    send_cut(&l, DIR_BA, &answered, cut);
    plain(&l, DIR_AB, TH_ACK);
    close_line(&l);
}

/* The roles swap at the first answer, while more answers wait after the gap it fills. */
static void turned(struct capture *c, const void *arg)
{
    struct line l;
    struct dns asked, answered;
    (void)arg;
    streams(&asked, &answered);
    open_line(&l, c);
    send_cut(&l, DIR_AB, &answered, SWAPPED);
    plain(&l, DIR_BA, TH_ACK);
    send_cut(&l, DIR_BA, &asked, ONE_SEGMENT);
    plain(&l, DIR_AB, TH_ACK);
    close_line(&l);
}

static void one_by_one(struct capture *c, const void *arg)
{
    struct line l;
    struct dns m, s;
    (void)arg;
    open_line(&l, c);
    for (unsigned i = 0; i < 3; i++) {
        dns_query(&m, (uint16_t)(40 + i), "same.test", 1);
        s.len = 0;
        add(&s, &m);
        send_cut(&l, DIR_AB, &s, ONE_SEGMENT);
        dns_answer_a(&m, (uint16_t)(40 + i), "same.test", 0xc0000201);
        s.len = 0;
        add(&s, &m);
        send_cut(&l, DIR_BA, &s, ONE_SEGMENT);
    }
    close_line(&l);
}

static void wrong_lengths(struct capture *c, const void *arg)
{
    struct line l;
    struct dns m, s;
    (void)arg;
    open_line(&l, c);
    dns_query(&m, 60, "right.test", 1);
    s.len = 0;
    add(&s, &m);
    dns_u16(&s, 0); /* an empty message */
    add(&s, &m);
    dns_u16(&s, 5); /* shorter than a header */
    dns_bytes(&s, "abcde", 5);
    add(&s, &m);
    dns_u16(&s, 0xffff); /* more bytes than arrive */
    dns_bytes(&s, m.buf, m.len);
    send_cut(&l, DIR_AB, &s, ONE_SEGMENT);
    close_line(&l);
}

static const enum cut cuts[] = { ONE_SEGMENT, ONE_BYTE, LENGTH_ALONE, LENGTH_SPLIT, SIZES,
                                 REVERSED,    SWAPPED,  GAP,          GAP_LENGTH,   TWICE };

const struct sample dns_stream_samples[] = {
    { "dns/tcp-many-in-one.pcap", "six queries in one segment, six answers in one", cut_both, &cuts[ONE_SEGMENT] },
    { "dns/tcp-one-byte.pcap", "the same in segments of one byte", cut_both, &cuts[ONE_BYTE] },
    { "dns/tcp-length-alone.pcap", "the same, the length field in a segment of its own", cut_both,
      &cuts[LENGTH_ALONE] },
    { "dns/tcp-length-split.pcap", "the same, the length field across two segments", cut_both, &cuts[LENGTH_SPLIT] },
    { "dns/tcp-odd-sizes.pcap", "the same in segments of 7, 11, 3, 29, 1, 64 bytes", cut_both, &cuts[SIZES] },
    { "dns/tcp-reversed.pcap", "the same in segments of 50 bytes, in reverse order", cut_both, &cuts[REVERSED] },
    { "dns/tcp-swapped.pcap", "the same in three segments, the second before the first", cut_both, &cuts[SWAPPED] },
    { "dns/tcp-gap.pcap", "the same, ten bytes inside the second message of each side missing", cut_both, &cuts[GAP] },
    { "dns/tcp-gap-length.pcap", "the same, the second message's length field missing", cut_both, &cuts[GAP_LENGTH] },
    { "dns/tcp-overlap.pcap", "the same in segments that overlap with the same bytes", cut_both, &cuts[TWICE] },
    { "dns/tcp-turned.pcap", "answers from the side that opened the connection, the second segment before the first", turned, NULL },
    { "dns/tcp-keepopen.pcap", "three queries, each with its answer, on one connection", one_by_one, NULL },
    { "dns/tcp-wrong-lengths.pcap", "length fields of 0, 5 and 65535 between correct ones", wrong_lengths, NULL },
    { NULL, NULL, NULL, NULL },
};
