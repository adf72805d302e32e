/* talk.c - what two programs say to each other over TCP, segment by segment. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

void talk_segment(struct talk_line *l, enum direction dir, uint8_t flags, const void *bytes, size_t len, bool lost)
{
    struct pkt p;
    struct tcp h = { .sport = dir == DIR_AB ? 40003 : l->port, .dport = dir == DIR_AB ? l->port : 40003,
                     .window = 8192, .seq = l->next[dir], .ack = flags & TH_ACK ? l->next[1 - dir] : 0,
                     .flags = flags };
    l->next[dir] += (uint32_t)len + ((flags & (TH_SYN | TH_FIN)) != 0);
    if (lost)
        return;
    pkt_init(&p, l->c->net);
    pkt_append(&p, bytes, len);
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(l->c, &p);
}

void talk_say(struct talk_line *l, const struct talk_step *s)
{
    bool lost = s->text[0] == '~';
    const char *text = s->text + lost;
    enum direction dir = *text++ == '<' ? DIR_BA : DIR_AB;
    unsigned times = s->count ? s->count : 1;
    size_t len = strlen(text), all = len * times;
    char *whole = malloc(all + 1);
    if (whole == NULL)
        die("no memory");
    for (unsigned i = 0; i < times; i++)
        memcpy(whole + i * len, text, len);
    for (size_t at = 0, n; at < all; at += n) {
        n = s->single ? 1 : all - at < 1400 ? all - at : 1400;
        talk_segment(l, dir, TH_PUSH | TH_ACK, whole + at, n, lost);
    }
    free(whole);
}

void talk_write(struct capture *c, uint16_t port, const struct talk_step *steps)
{
    struct talk_line l = { .c = c, .port = port, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    for (const struct talk_step *s = steps; s->text != NULL; s++)
        talk_say(&l, s);
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}
