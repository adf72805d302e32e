/* script.c - TCP conversations as text, one word per packet.
 *
 * [count*] > or < (A to B, B to A), flags of SAFRPUEC, then any of
 *   #n  n bytes of payload, fixed by the sequence number             x   different payload bytes
 *   s+n s-n  sequence number off by n from the expected one          k+n k-n  the same for the acknowledgement number
 *   wn  window       un  urgent pointer       !   bad checksum       ~   sent but not captured
 *   :n  n ms after the previous packet (default 10)
 * "new" starts a connection on the same ports with new initial sequence numbers; "away" changes A's port. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

struct talk {
    uint32_t isn[2], next[2];
    uint16_t port[2];
    bool v6;
};

struct word {
    enum direction dir;
    uint8_t flags;
    unsigned payload, window, urgent;
    int sequence_off, ack_off, delay_ms;
    bool other, bad, lost;
};

static void start(struct talk *t, uint32_t a, uint32_t b)
{
    t->isn[0] = t->next[0] = a;
    t->isn[1] = t->next[1] = b;
}

static uint8_t flag_of(char letter)
{
    static const char letters[] = "FSRPAUEC";
    const char *at = letter ? strchr(letters, letter) : NULL;
    unsigned flag = at ? 1U << (at - letters) : 0;
    return (uint8_t)flag;
}

static void read_word(struct word *w, const char *text)
{
    char *end;
    *w = (struct word){ .dir = *text == '<' ? DIR_BA : DIR_AB, .window = 8192, .delay_ms = 10 };
    for (text++; flag_of(*text) != 0; text++)
        w->flags |= flag_of(*text);
    for (; *text != '\0'; text = end) {
        char kind = *text;
        if (kind == 'x' || kind == '!' || kind == '~') {
            w->other |= kind == 'x';
            w->bad |= kind == '!';
            w->lost |= kind == '~';
            end = (char *)(uintptr_t)(text + 1);
            continue;
        }
        long value = strtol(text + 1, &end, 10);
        switch (kind) {
        case '#':
            w->payload = (unsigned)value;
            break;
        case 's':
            w->sequence_off = (int)value;
            break;
        case 'k':
            w->ack_off = (int)value;
            break;
        case 'w':
            w->window = (unsigned)value;
            break;
        case 'u':
            w->urgent = (unsigned)value;
            break;
        case ':':
            w->delay_ms = (int)value;
            break;
        default:
            die(text);
        }
        if (end == text + 1)
            die(text);
    }
}

static void send_word(struct capture *c, struct talk *t, const struct word *w)
{
    struct pkt p;
    uint32_t seq = t->next[w->dir] + (uint32_t)w->sequence_off;
    uint32_t end = seq + w->payload + ((w->flags & 2) != 0) + ((w->flags & 1) != 0);
    struct tcp h = { .sport = t->port[w->dir],
                     .dport = t->port[1 - w->dir],
                     .seq = seq,
                     .flags = w->flags,
                     .window = (uint16_t)w->window,
                     .urgent = (uint16_t)w->urgent,
                     .bad_checksum = w->bad };
    if (w->flags & 0x10)
        h.ack = t->next[1 - w->dir] + (uint32_t)w->ack_off;
    c->ns += (int64_t)w->delay_ms * 1000000;
    if (!w->bad && (int32_t)(end - t->next[w->dir]) > 0)
        t->next[w->dir] = end;
    if (w->lost)
        return;
    pkt_init(&p, c->net);
    pkt_pattern(&p, w->payload, (seq - t->isn[w->dir]) % 26 + (w->other ? 13 : 0));
    put_tcp(&p, w->dir, t->v6, &h);
    if (t->v6)
        put_ip6(&p, w->dir, 6);
    else
        put_ip4_dir(&p, w->dir, 6);
    put_ethernet(&p, w->dir, t->v6 ? 0x86dd : 0x0800);
    pcap_packet(c, &p);
}

void script_write(struct capture *c, const void *script)
{
    const struct script *s = script;
    struct talk t = { .port = { 40001, s->flags & SCRIPT_SERVER_PORT ? 80 : 9000 }, .v6 = s->flags & SCRIPT_V6 };
    start(&t, s->flags & SCRIPT_WRAP ? 0xffffffe0 : 1000, s->flags & SCRIPT_WRAP ? 0xfffffff0 : 5000);
    c->step = 0;
    c->snaplen = s->flags & SCRIPT_SNAP ? 96 : 0;
    pcap_begin(c, 1);
    for (const char *at = s->text; *at != '\0';) {
        char word[64];
        size_t len = strcspn(at, " ");
        if (len == 0 || len >= sizeof word)
            die(at);
        memcpy(word, at, len);
        word[len] = '\0';
        at += len + (at[len] == ' ');
        if (strcmp(word, "new") == 0) {
            start(&t, t.isn[0] + 1000000, t.isn[1] + 1000000);
            continue;
        }
        if (strcmp(word, "away") == 0) {
            t.port[0]++;
            start(&t, t.isn[0], t.isn[1]);
            continue;
        }
        const char *star = strchr(word, '*');
        long count = star ? strtol(word, NULL, 10) : 1;
        struct word w;
        read_word(&w, star ? star + 1 : word);
        for (long i = 0; i < count; i++)
            send_word(c, &t, &w);
    }
}
