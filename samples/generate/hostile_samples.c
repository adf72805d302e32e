/* hostile_samples.c - text that tries to control a terminal: in DNS names, HTTP headers and SMTP subjects. */
#include "gen.h"

#include <string.h>

/* Text that a terminal would act on, or display elsewhere. At most 63 bytes each: a DNS label. */
static const char *const texts[] = {
    "\x1b]0;owned\x07title",            /* OSC: the window's title */
    "\x1b[2J\x1b[31mcleared\x1b[8;3;3t", /* CSI: the screen, a colour, the window's size */
    "\x1bPq#0\x1b\\device\x1b_apc\x1b\\", /* DCS and APC */
    "\x9b" "31mraw \xc2\x9b" "31mcoded \xc2\x9d" "0;owned", /* C1, alone and as UTF-8 */
    "\xc0\x9b\xe0\x80\x9b\xf0\x80\x80\x9b overlong",
    "\xed\xa0\x80\xff\xfe\xf5\x80\xe2\x82 invalid",
    "\xe2\x80\xaetxet\xe2\x80\xac \xe2\x81\xa6turned\xe2\x81\xa9", /* bidirectional controls */
    "\xe6\xbc\xa2\xe5\xad\x97\xf0\x9f\x98\x80\xef\xbc\xa1 wide",
    "e\xcc\x81\xcc\x81\xcc\x81 a\xe2\x80\x8d" "b\xef\xbb\xbf" "c marks",
    "\x08\x08\x0e\x0f\x7f\x05\x0b\x0c control",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static void names(struct capture *c)
{
    struct dns m;
    for (unsigned i = 0; i < TEXTS; i++) {
        for (unsigned answer = 0; answer < 2; answer++) {
            dns_header(&m, (uint16_t)(i + 1), answer ? 0x8180 : 0x0100, 1, answer, 0, 0);
            dns_u8(&m, (unsigned)strlen(texts[i]));
            dns_bytes(&m, texts[i], strlen(texts[i]));
            dns_bytes(&m, "\4test\0\0\20\0\1", 10); /* TXT */
            if (answer) {
                dns_rr(&m, 16, 60, (unsigned)strlen(texts[i]) + 1);
                dns_u8(&m, (unsigned)strlen(texts[i]));
                dns_bytes(&m, texts[i], strlen(texts[i]));
            }
            udp_dns(c, answer ? DIR_BA : DIR_AB, &m);
        }
    }
}

struct line {
    struct capture *c;
    uint16_t port[2];
    uint32_t next[2];
};

static void segment(struct line *l, enum direction dir, uint8_t flags, const char *text)
{
    struct pkt p;
    struct tcp h = { .sport = l->port[dir], .dport = l->port[1 - dir], .window = 65000, .seq = l->next[dir],
                     .ack = flags & TH_ACK ? l->next[1 - dir] : 0, .flags = flags };
    l->next[dir] += (uint32_t)strlen(text) + ((flags & (TH_SYN | TH_FIN)) != 0);
    pkt_init(&p, l->c->net);
    pkt_append(&p, text, strlen(text));
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(l->c, &p);
}

static void open_line(struct line *l)
{
    segment(l, DIR_AB, TH_SYN, "");
    segment(l, DIR_BA, TH_SYN | TH_ACK, "");
    segment(l, DIR_AB, TH_ACK, "");
}

static void close_line(struct line *l)
{
    segment(l, DIR_BA, TH_FIN | TH_ACK, "");
    segment(l, DIR_AB, TH_FIN | TH_ACK, "");
    segment(l, DIR_BA, TH_ACK, "");
}

static void headers(struct capture *c)
{
    struct line l = { .c = c, .port = { 40001, 80 }, .next = { 1000, 5000 } };
    char text[1024];
    open_line(&l);
    for (unsigned i = 0; i < TEXTS; i++) {
        snprintf(text, sizeof text, "GET /%u HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nReferer: %s\r\n\r\n", i, texts[i],
                 texts[i], texts[i]);
        segment(&l, DIR_AB, 0x18, text);
        snprintf(text, sizeof text, "HTTP/1.1 200 %s\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok", texts[i]);
        segment(&l, DIR_BA, 0x18, text);
    }
    close_line(&l);
}

static void subjects(struct capture *c)
{
    struct line l = { .c = c, .port = { 40002, 25 }, .next = { 1000, 5000 } };
    char text[1024];
    open_line(&l);
    segment(&l, DIR_BA, 0x18, "220 mail.example.test ESMTP\r\n");
    segment(&l, DIR_AB, 0x18, "HELO client.example.test\r\n");
    segment(&l, DIR_BA, 0x18, "250 mail.example.test\r\n");
    for (unsigned i = 0; i <= TEXTS; i++) {
        segment(&l, DIR_AB, 0x18, "MAIL FROM:<a@example.test>\r\n");
        segment(&l, DIR_BA, 0x18, "250 ok\r\n");
        segment(&l, DIR_AB, 0x18, "RCPT TO:<b@example.test>\r\n");
        segment(&l, DIR_BA, 0x18, "250 ok\r\n");
        segment(&l, DIR_AB, 0x18, "DATA\r\n");
        segment(&l, DIR_BA, 0x18, "354 go on\r\n");
        /* the last one is encoded (RFC 2047): ESC ]0;owned BEL ESC [31m */
        snprintf(text, sizeof text, "Subject: %s\r\nFrom: %s <a@example.test>\r\n\r\nbody\r\n.\r\n",
                 i < TEXTS ? texts[i] : "=?UTF-8?B?G10wO293bmVkBxtbMzFt?=", i < TEXTS ? texts[i] : "coded");
        segment(&l, DIR_AB, 0x18, text);
        segment(&l, DIR_BA, 0x18, "250 taken\r\n");
    }
    close_line(&l);
}

static void hostile(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    names(c);
    headers(c);
    subjects(c);
}

const struct sample hostile_samples[] = {
    { "hostile/terminal.pcap",
      "escape sequences, overlong and invalid UTF-8, wide characters and marks in DNS names, HTTP headers and SMTP subjects",
      hostile, NULL },
    { NULL, NULL, NULL, NULL },
};
