/* dhcp_samples.c - DHCP and BOOTP messages (RFC 2131, RFC 2132): common, odd and invalid ones. */
#include "gen.h"

#include <string.h>

enum { SERVER_PORT = 67, CLIENT_PORT = 68, HEADER = 240, SNAME = 44, FILE_NAME = 108 };
enum { REQUEST = 1, REPLY = 2 };
enum { DISCOVER = 1, OFFER = 2, ASK = 3, ACK = 5, NAK = 6, RELEASE = 7, INFORM = 8, LEASE_QUERY = 10, ANY = 0 };
enum { LEASED = 0x0a010064, EVERYBODY = 0xffffffff };

struct message {
    uint8_t buf[2048];
    size_t len;
};

static void begin(struct message *m, unsigned op, uint32_t id, uint32_t your)
{
    memset(m, 0, sizeof *m);
    m->buf[0] = (uint8_t)op;
    m->buf[1] = 1;
    m->buf[2] = 6;
    put32(m->buf + 4, id);
    put16(m->buf + 10, 0x8000);
    put32(m->buf + 16, your);
    memcpy(m->buf + 28, mac_of[DIR_AB], 6);
    memcpy(m->buf + 236, "\x63\x82\x53\x63", 4);
    m->len = HEADER;
}

static void bytes(struct message *m, const void *p, size_t len)
{
    memcpy(m->buf + m->len, p, len);
    m->len += len;
}

static void option(struct message *m, unsigned code, const void *value, size_t len)
{
    const uint8_t head[2] = { (uint8_t)code, (uint8_t)len };
    bytes(m, head, 2);
    bytes(m, value, len);
}

#define OPTION(m, code, text) option(m, code, text, sizeof(text) - 1)

static void end(struct message *m)
{
    bytes(m, "\xff", 1);
    while (m->len < 300)
        bytes(m, "", 1);
}

static void typed(struct message *m, unsigned op, uint32_t id, uint32_t your, unsigned type)
{
    const uint8_t value = (uint8_t)type;
    begin(m, op, id, your);
    option(m, 53, &value, 1);
}

static void put(struct capture *c, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport, const struct message *m)
{
    struct pkt p;
    enum direction dir = src == IP4_B ? DIR_BA : DIR_AB;
    pkt_init(&p, c->net);
    pkt_append(&p, m->buf, m->len);
    put_udp(&p, dir, false, sport, dport);
    put16(pkt_bytes(&p) + 6, 0); /* no checksum: the addresses are others */
    put_ip4(&p, &(struct ip4){ .src = src, .dst = dst, .proto = 17, .ttl = 64 });
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

static void to_server(struct capture *c, const struct message *m)
{
    put(c, ANY, EVERYBODY, CLIENT_PORT, SERVER_PORT, m);
}

static void to_client(struct capture *c, const struct message *m)
{
    put(c, IP4_B, LEASED, SERVER_PORT, CLIENT_PORT, m);
}

static void put_client(struct message *m)
{
    uint8_t id[7] = { 1 };
    memcpy(id + 1, mac_of[DIR_AB], 6);
    option(m, 61, id, sizeof id);
    OPTION(m, 12, "laptop");
    OPTION(m, 60, "MSFT 5.0");
    OPTION(m, 55, "\x01\x03\x06\x0f\x1f\x21\x2b\x2c\x2e\x2f\x77\x79\xf9\xfc");
}

static void put_lease(struct message *m)
{
    OPTION(m, 54, "\x0a\x01\x00\x02");
    OPTION(m, 51, "\x00\x00\x0e\x10");
    OPTION(m, 58, "\x00\x00\x07\x08");
    OPTION(m, 59, "\x00\x00\x0c\x4e");
    OPTION(m, 1, "\xff\xff\xff\x00");
    OPTION(m, 3, "\x0a\x01\x00\x01");
    OPTION(m, 6, "\x0a\x01\x00\x02\x0a\x01\x00\x03");
    OPTION(m, 15, "example.net");
}

/* A lease from nothing, its renewal, its end. */
static void lease(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REQUEST, 0x3d1d0001, ANY, DISCOVER);
    put_client(&m);
    end(&m);
    to_server(c, &m);
    typed(&m, REPLY, 0x3d1d0001, LEASED, OFFER);
    put_lease(&m);
    end(&m);
    to_client(c, &m);
    typed(&m, REQUEST, 0x3d1d0001, ANY, ASK);
    OPTION(&m, 54, "\x0a\x01\x00\x02");
    OPTION(&m, 50, "\x0a\x01\x00\x64");
    put_client(&m);
    OPTION(&m, 81, "\x05\x00\x00\x06laptop\x07" "example\x03net\x00");
    end(&m);
    to_server(c, &m);
    typed(&m, REPLY, 0x3d1d0001, LEASED, ACK);
    put_lease(&m);
    OPTION(&m, 81, "\x03\xff\xfflaptop.example.net");
    end(&m);
    to_client(c, &m);
    typed(&m, REQUEST, 0x3d1d0002, ANY, RELEASE);
    put32(m.buf + 12, LEASED);
    OPTION(&m, 54, "\x0a\x01\x00\x02");
    end(&m);
    put(c, LEASED, IP4_B, CLIENT_PORT, SERVER_PORT, &m);
}

static void refused(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REQUEST, 0x3d1d0003, ANY, ASK);
    OPTION(&m, 50, "\xc0\xa8\x00\x07");
    end(&m);
    to_server(c, &m);
    typed(&m, REPLY, 0x3d1d0003, ANY, NAK);
    OPTION(&m, 54, "\x0a\x01\x00\x02");
    OPTION(&m, 56, "wrong network");
    end(&m);
    put(c, IP4_B, EVERYBODY, SERVER_PORT, CLIENT_PORT, &m);
    typed(&m, REQUEST, 0x3d1d0004, ANY, INFORM);
    put32(m.buf + 12, LEASED);
    OPTION(&m, 116, "\x01");
    end(&m);
    put(c, LEASED, EVERYBODY, CLIENT_PORT, SERVER_PORT, &m);
}

static void relayed(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REQUEST, 0x3d1d0005, ANY, DISCOVER);
    m.buf[3] = 1;
    put32(m.buf + 24, IP4_A);
    put_client(&m);
    OPTION(&m, 82, "\x01\x06port-7\x02\x06\x02\x00\x00\x00\x00\x09\x05\x04\x0a\x01\x00\x00\x06\x03" "abc\x0a\x01\x80"
                   "\x0b\x04\x0a\x01\x00\x01\x97\x02\x00v");
    end(&m);
    put(c, IP4_A, IP4_B, SERVER_PORT, SERVER_PORT, &m);
    typed(&m, REPLY, 0x3d1d0005, LEASED, OFFER);
    m.buf[3] = 1;
    put32(m.buf + 24, IP4_A);
    put_lease(&m);
    OPTION(&m, 82, "\x01\x06port-7");
    end(&m);
    put(c, IP4_B, IP4_A, SERVER_PORT, SERVER_PORT, &m);
    typed(&m, REQUEST, 1, ANY, LEASE_QUERY);
    put32(m.buf + 12, LEASED);
    put32(m.buf + 24, IP4_A);
    end(&m);
    put(c, IP4_A, IP4_B, SERVER_PORT, SERVER_PORT, &m);
}

/* Every layout of an option. */
static void options(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REPLY, 0x3d1d0006, LEASED, ACK);
    OPTION(&m, 2, "\xff\xff\xf1\xf0");
    OPTION(&m, 19, "\x01");
    OPTION(&m, 21, "\x0a\x00\x00\x00\xff\x00\x00\x00");
    OPTION(&m, 26, "\x05\xdc");
    OPTION(&m, 33, "\x0a\x02\x00\x00\x0a\x01\x00\x01");
    OPTION(&m, 46, "\x08");
    bytes(&m, "\0\0\0", 3);
    OPTION(&m, 77, "\x03one\x04" "four");
    OPTION(&m, 119, "\x03" "eng\x07" "example\x03net\x00\x05sales\xc0\x04");
    OPTION(&m, 120, "\x01\x0a\x01\x00\x09");
    OPTION(&m, 121, "\x18\x0a\x02\x00\x0a\x01\x00\x01\x00\x0a\x01\x00\x01");
    OPTION(&m, 124, "\x00\x00\x01\x37\x04" "abcd");
    OPTION(&m, 125, "\x00\x00\x0d\xe9\x04\x01\x02hi");
    OPTION(&m, 150, "\x0a\x01\x00\x0a\x0a\x01\x00\x0b");
    OPTION(&m, 43, "\x01\x04\x00\x00\x00\x02");
    OPTION(&m, 90, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01secret");
    OPTION(&m, 161, "https://example.net/mud");
    OPTION(&m, 108, "\x00\x00\x07\x08");
    OPTION(&m, 224, "private");
    memcpy(m.buf + SNAME, "server", 6);
    memcpy(m.buf + FILE_NAME, "/boot/pxelinux.0", 16);
    end(&m);
    to_client(c, &m);
    typed(&m, REQUEST, 0x3d1d0007, ANY, DISCOVER);
    OPTION(&m, 60, "PXEClient:Arch:00007");
    OPTION(&m, 77, "iPXE");
    OPTION(&m, 93, "\x00\x07");
    OPTION(&m, 94, "\x01\x03\x10");
    OPTION(&m, 97, "\x00\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
    OPTION(&m, 61, "\xff\x00\x00\x00\x01\x00\x03\x00\x01\x02\x00\x00\x00\x00\x01");
    end(&m);
    to_server(c, &m);
}

/* Options in the header's names (RFC 2131 4.1), and one whose pieces are in three places (RFC 3396). */
static void overload(struct capture *c, const void *arg)
{
    struct message m;
    uint8_t route[200];
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REPLY, 0x3d1d0008, LEASED, ACK);
    OPTION(&m, 52, "\x03");
    OPTION(&m, 66, "tftp.exa");
    OPTION(&m, 121, "\x08\x0a\x0a\x01");
    memcpy(m.buf + FILE_NAME, "\x42\x08mple.net\x79\x02\x00\x01\xff", 15);
    memcpy(m.buf + SNAME, "\x03\x04\x0a\x01\x00\x01\x42\x01!\xff", 10);
    end(&m);
    to_client(c, &m);
    typed(&m, REPLY, 0x3d1d0009, LEASED, ACK);
    for (size_t i = 0; i < sizeof route; i += 8)
        memcpy(route + i, "\x18\x0a\x02\x00\x0a\x01\x00\x01", 8);
    option(&m, 121, route, 150);
    OPTION(&m, 26, "\x05\xdc");
    option(&m, 121, route + 150, 50);
    end(&m);
    to_client(c, &m);
}

static void bootp(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    begin(&m, REQUEST, 0xb0070001, ANY);
    memset(m.buf + 236, 0, 4);
    m.len = 300;
    to_server(c, &m);
    begin(&m, REPLY, 0xb0070001, LEASED);
    memset(m.buf + 236, 0, 4);
    memcpy(m.buf + FILE_NAME, "/export/boot", 12);
    m.len = 300;
    to_client(c, &m);
    begin(&m, REQUEST, 0xb0070002, ANY);
    m.buf[1] = 32; /* InfiniBand: no address */
    m.buf[2] = 0;
    end(&m);
    to_server(c, &m);
}

static void wrong(struct capture *c, const void *arg)
{
    struct message m;
    (void)arg;
    pcap_begin(c, 1);
    typed(&m, REQUEST, 0x3d1d000a, ANY, DISCOVER);
    OPTION(&m, 50, "\x0a\x01\x00");                    /* three bytes of an address */
    OPTION(&m, 82, "\x01\x40" "abc");                  /* a suboption longer than its option */
    OPTION(&m, 121, "\x21\x0a\x0a\x01\x00\x01");       /* a mask of 33 bits */
    OPTION(&m, 119, "\xc0\x00");                       /* a name that points to itself */
    OPTION(&m, 81, "\x04\x00\x00\x40" "abc");          /* a label of 64 bytes */
    OPTION(&m, 77, "\x02" "ab\x09" "c");               /* a string longer than the option */
    OPTION(&m, 124, "\x00\x00\x01");                   /* an enterprise of three bytes */
    OPTION(&m, 90, "\x01\x01");
    OPTION(&m, 53, "\x63");
    bytes(&m, "\x0c\x40oops", 6);                      /* a name longer than the message */
    to_server(c, &m);
    typed(&m, REPLY, 0x3d1d000b, LEASED, OFFER);
    m.buf[2] = 200;                                    /* more than the field has */
    to_client(c, &m);
    begin(&m, 7, 0x3d1d000c, ANY);
    end(&m);
    to_server(c, &m);
    c->snaplen = 300;
    typed(&m, REPLY, 0x3d1d000d, LEASED, ACK);
    put_lease(&m);
    end(&m);
    to_client(c, &m);
}

const struct sample dhcp_samples[] = {
    { "dhcp/lease.pcap", "DHCP: a lease from discovery to release, with names for DNS", lease, NULL },
    { "dhcp/refused.pcap", "DHCP: a request that is refused with a message, an inform", refused, NULL },
    { "dhcp/relayed.pcap", "DHCP: relay agent information, a lease query", relayed, NULL },
    { "dhcp/options.pcap", "DHCP: every layout of an option, a PXE client", options, NULL },
    { "dhcp/overload.pcap", "DHCP: options in the server and file names, options in several pieces", overload, NULL },
    { "dhcp/bootp.pcap", "BOOTP: a request and a reply without options, no hardware address", bootp, NULL },
    { "dhcp/wrong.pcap", "DHCP: options that are too short or too long, an unknown operation, a cut message", wrong,
      NULL },
    { NULL, NULL, NULL, NULL },
};
