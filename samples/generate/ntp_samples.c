/* ntp_samples.c - NTP messages over UDP (RFC 5905): common, odd and invalid ones. */
#include "gen.h"

#include <string.h>

enum { NTP_PORT = 123, HEADER = 48, MODE_ACTIVE = 1, MODE_CLIENT = 3, MODE_SERVER = 4, MODE_BROADCAST = 5, MODE_CONTROL = 6 };

struct message {
    unsigned leap, version, mode, stratum;
    uint32_t origin, transmit; /* seconds since 1900 */
};

static void put_message(struct pkt *p, const struct message *m)
{
    uint8_t b[HEADER] = { 0 };
    b[0] = (uint8_t)(m->leap << 6 | m->version << 3 | m->mode);
    b[1] = (uint8_t)m->stratum;
    b[2] = 6;
    b[3] = 0xec;
    put32(b + 4, 0x00000a2b);
    put32(b + 8, 0x00000c1d);
    memcpy(b + 12, m->stratum == 1 ? "GPS" : "\x0a\x01\x00\x02", 4);
    put32(b + 16, m->transmit - 30);
    put32(b + 24, m->origin);
    put32(b + 32, m->transmit);
    put32(b + 40, m->transmit);
    put32(b + 44, 0x80000000);
    pkt_append(p, b, sizeof b);
}

static void put_datagram(struct capture *c, enum direction dir, const struct message *m, const void *more, size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    put_message(&p, m);
    pkt_append(&p, more, len);
    put_udp(&p, dir, false, m->mode == MODE_CLIENT ? 40123 : NTP_PORT, m->mode == MODE_SERVER ? 40123 : NTP_PORT);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

static const struct message question = { 3, 4, MODE_CLIENT, 0, 0, 3900000000u };
static const struct message answer = { 0, 4, MODE_SERVER, 2, 3900000000u, 3900000001u };

static void exchange(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    put_datagram(c, DIR_AB, &question, NULL, 0);
    put_datagram(c, DIR_BA, &answer, NULL, 0);
}

/* The question is missing and both ports are 123: the message itself shows the roles, which are swapped. */
static void server_first(struct capture *c, const void *arg)
{
    (void)arg;
    struct message passive = { 0, 4, MODE_SERVER, 1, 3900000000u, 3900000002u };
    struct pkt p;
    pcap_begin(c, 1);
    pkt_init(&p, c->net);
    put_message(&p, &passive);
    put_udp(&p, DIR_BA, false, NTP_PORT, NTP_PORT);
    put_ip4_dir(&p, DIR_BA, 17);
    put_ethernet(&p, DIR_BA, 0x0800);
    pcap_packet(c, &p);
}

static void odd(struct capture *c, const void *arg)
{
    (void)arg;
    uint8_t digest[20] = { 0, 0, 0, 7 }, extension[28] = { 0x01, 0x04, 0, 28 }, both[48];
    memset(digest + 4, 0xd1, 16);
    memset(extension + 4, 0xe7, 24);
    memcpy(both, extension, 28);
    memcpy(both + 28, digest, 20);
    pcap_begin(c, 1);
    put_datagram(c, DIR_AB, &question, digest, sizeof digest);
    put_datagram(c, DIR_BA, &answer, both, sizeof both);
    put_datagram(c, DIR_AB, &(struct message){ 0, 3, MODE_BROADCAST, 1, 0, 3900000003u }, NULL, 0);
    put_datagram(c, DIR_AB, &(struct message){ 0, 1, MODE_ACTIVE, 3, 0, 3900000004u }, NULL, 0);
}

static void wrong(struct capture *c, const void *arg)
{
    (void)arg;
    const uint8_t longer[16] = { 0x01, 0x04, 0x40, 0 }; /* an extension of 16,384 bytes in a datagram of 64 */
    pcap_begin(c, 1);
    put_datagram(c, DIR_AB, &question, longer, sizeof longer);
    put_datagram(c, DIR_AB, &(struct message){ 0, 2, MODE_CONTROL, 0, 0, 0 }, NULL, 0);
    c->snaplen = 70;
    put_datagram(c, DIR_AB, &question, NULL, 0);
}

static void put_bytes(struct capture *c, enum direction dir, const void *data, size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, data, len);
    put_udp(&p, dir, false, dir == DIR_AB ? 40123 : NTP_PORT, dir == DIR_AB ? NTP_PORT : 40123);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

/* Mode 6: read variables and its answer with an authenticator, an error; mode 7: the list of the last clients; cut ones. */
static void modes(struct capture *c, const void *arg)
{
    (void)arg;
    static const uint8_t question6[12] = { 0x16, 0x02, 0, 1 };
    static const uint8_t error[12] = { 0x16, 0xc2, 0, 2, 4, 0, 0, 9 };
    static const uint8_t beyond[16] = { 0x16, 0x82, 0, 3, 0, 0, 0, 0, 0, 0, 0, 200 };
    static const uint8_t question7[48] = { 0x17, 0, 3, 42 };
    uint8_t answer6[12 + 16 + 4 + 16] = { 0x16, 0x82, 0, 1, 0x06, 0x15, 0, 0, 0, 0, 0, 13 }, answer7[8 + 72] = { 0xd7, 5, 3, 42 };
    memcpy(answer6 + 12, "stratum=2,x=1", 13);
    put32(answer6 + 28, 7);
    memset(answer6 + 32, 0xd1, 16);
    answer7[5] = 1;
    answer7[7] = 72;
    put32(answer7 + 8 + 16, 0x0a010007);
    pcap_begin(c, 1);
    put_bytes(c, DIR_AB, question6, sizeof question6);
    put_bytes(c, DIR_BA, answer6, sizeof answer6);
    put_bytes(c, DIR_BA, error, sizeof error);
    put_bytes(c, DIR_BA, beyond, sizeof beyond);
    put_bytes(c, DIR_AB, question7, sizeof question7);
    put_bytes(c, DIR_BA, answer7, sizeof answer7);
    put_bytes(c, DIR_BA, answer7, 6);
}

const struct sample ntp_samples[] = {
    { "ntp/exchange.pcap", "NTP: a client's question and the server's answer", exchange, NULL },
    { "ntp/server-first.pcap", "NTP: only the answer, both ports 123: roles swapped", server_first, NULL },
    { "ntp/odd.pcap", "NTP: a digest, an extension field with a digest, broadcast, version 1", odd, NULL },
    { "ntp/modes.pcap", "NTP: control messages with an authenticator and an error, private ones, ones that end too early", modes, NULL },
    { "ntp/wrong.pcap", "NTP: an extension longer than the datagram, a control message, a message cut at 70 bytes", wrong,
      NULL },
    { NULL, NULL, NULL, NULL },
};
