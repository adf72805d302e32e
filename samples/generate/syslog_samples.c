/* syslog_samples.c - syslog over TCP as senders of several kinds frame it (RFC 6587): mixed, in pieces, with loss. */
#include "gen.h"

#include <string.h>

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 514, arg);
}

static const struct talk_step frames[] = {
    { .text = ">26 <13>Oct 11 22:14:15 a: 1\n2<14>Oct 11 22:14:15 a: two\r\n<15>" },
    { .text = ">no header\n", .single = true },
    { .text = ">39 <165>1 - - app - ID47 - several\nlines..no priority here\n" },
    { .text = ">999999 <1>not a count\n" },
    { .text = "><191>the last one has no end" },
    { .text = NULL },
};

static const struct talk_step lossy[] = {
    { .text = "><13>Oct 11 22:14:15 a: before\n<13>Oct 11 22:14:" },
    { .text = "~>15 a: lost\n<13>Oct 11 22:" },
    { .text = ">14:15 a: the rest is passed over\n<13>Oct 11 22:14:15 a: behind\n" },
    { .text = NULL },
};

static const struct talk_step overlong[] = {
    { .text = "><13>Oct 11 22:14:15 a: long\t" },
    { .text = ">and longer, ", .count = 900 },
    { .text = ">to here\n<13>Oct 11 22:14:15 a: the next\n" },
    { .text = NULL },
};

/* Datagrams: without a priority, with one that is too large, empty behind it, with a NUL at the end. */
static void datagrams(struct capture *c, const void *arg)
{
    static const struct {
        const char *text;
        size_t len;
        uint16_t port;
    } sent[] = { { "no priority", 11, 514 }, { "<192>too large", 14, 514 }, { "<0>", 3, 514 },
                 { "<13>ends with NUL", 18, 514 }, { "<34>Oct 11 22:14:15 host su: elsewhere", 38, 5514 },
                 { "<34>not a message elsewhere", 27, 5515 } };
    (void)arg;
    pcap_begin(c, 1);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        struct pkt p;
        pkt_init(&p, c->net);
        pkt_append(&p, sent[i].text, sent[i].len);
        put_udp(&p, DIR_AB, false, 40000, sent[i].port);
        put_ip4_dir(&p, DIR_AB, 17);
        put_ethernet(&p, DIR_AB, 0x0800);
        pcap_packet(c, &p);
    }
}

const struct sample syslog_samples[] = {
    { "syslog/frames.pcap", "over TCP: counts and end marks mixed, a line end in a message, no end", converse, frames },
    { "syslog/loss.pcap", "over TCP: bytes missing", converse, lossy },
    { "syslog/overlong.pcap", "over TCP: a message longer than is read", converse, overlong },
    { "syslog/odd.pcap", "datagrams without a priority, with a wrong one, on other ports", datagrams, NULL },
    { NULL, NULL, NULL, NULL },
};
