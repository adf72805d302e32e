/* gen.h - shared by the sample generators: packets, libnet headers, capture file writers, TCP scripts. */
#ifndef SAMPLES_GENERATE_GEN_H
#define SAMPLES_GENERATE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libnet.h>

enum { PKT_ROOM = 1024, PKT_MAX = 12288 };

/* A packet is built from the inside out: append the payload, then prepend each header. */
struct pkt {
    libnet_t *net;
    size_t head; /* offset of the first byte */
    size_t len;
    uint8_t buf[PKT_MAX];
};

/* A capture file. Packets are stamped with ns, which then advances by step. */
struct capture {
    libnet_t *net;
    uint8_t *data;
    size_t len, room;
    int64_t ns;
    int64_t step;
    uint32_t snaplen; /* packets are cut to it; 0: no limit */
    bool big;         /* big-endian file */
    bool nano;        /* pcap with nanoseconds */
};

/* A generated file. */
struct sample {
    const char *path;
    const char *holds;
    void (*write)(struct capture *c, const void *arg);
    const void *arg;
};

/* Every `const struct sample NAME[]` of the files here, as GROUP(NAME): CMake writes the list. */
#define GROUP(name) extern const struct sample name[];
#include "groups.def"
#undef GROUP

/* The two hosts of every sample: DIR_AB is from host A (10.1.0.1, fd00:1::1) to host B (10.1.0.2, fd00:1::2). */
enum direction { DIR_AB, DIR_BA };
extern const uint8_t mac_of[2][6];
extern const uint8_t ip6_of[2][16];
enum { IP4_A = 0x0a010001, IP4_B = 0x0a010002 };

/* packet.c */
_Noreturn void die(const char *what);
void pkt_init(struct pkt *p, libnet_t *net);
uint8_t *pkt_bytes(struct pkt *p);
void pkt_append(struct pkt *p, const void *bytes, size_t len);
void pkt_prepend(struct pkt *p, const void *bytes, size_t len);
void pkt_pattern(struct pkt *p, size_t len, unsigned seed);
uint16_t checksum(const uint8_t *bytes, size_t len, uint32_t sum);
void put16(uint8_t *at, unsigned value);
void put32(uint8_t *at, uint32_t value);
void put_ethernet(struct pkt *p, enum direction dir, uint16_t type);
void put_vlan(struct pkt *p, enum direction dir, uint16_t tpid, uint16_t vid, uint8_t priority, uint16_t type);

struct ip4 {
    uint32_t src, dst;
    uint8_t proto, ttl, tos;
    uint16_t id, frag; /* frag: flags and offset as on the wire */
    const uint8_t *options;
    size_t options_len; /* a multiple of 4 */
};
void put_ip4(struct pkt *p, const struct ip4 *h);
/* Puts the default header for dir and proto. */
void put_ip4_dir(struct pkt *p, enum direction dir, uint8_t proto);
void put_ip6(struct pkt *p, enum direction dir, uint8_t next);
/* The checksums of UDP and TCP need the addresses: v6 is the version of the IP header. */
void put_udp(struct pkt *p, enum direction dir, bool v6, uint16_t sport, uint16_t dport);
struct tcp {
    uint16_t sport, dport, window, urgent;
    uint32_t seq, ack;
    uint8_t flags;
    const uint8_t *options;
    size_t options_len;
    bool bad_checksum;
};
void put_tcp(struct pkt *p, enum direction dir, bool v6, const struct tcp *h);
uint16_t pseudo_checksum(const struct pkt *p, enum direction dir, bool v6, uint8_t proto);
void put_echo(struct pkt *p, uint8_t type, uint16_t id, uint16_t seq);
void put_gre(struct pkt *p, uint16_t flags, uint16_t type, uint32_t key, uint32_t seq);
void put_vxlan(struct pkt *p, uint32_t vni);

/* capfile.c */
void capture_byte_run(struct capture *c, const void *bytes, size_t len);
void capture_u16(struct capture *c, uint16_t value);
void capture_u32(struct capture *c, uint32_t value);
void pcap_begin(struct capture *c, uint32_t link_type);
void pcap_packet(struct capture *c, struct pkt *p);
void pcap_packet_at(struct capture *c, struct pkt *p, int64_t ns);
void capture_write(struct capture *c, const char *path);

/* dnsmsg.c: builds a DNS message (RFC 1035, 4.1). */
struct dns {
    size_t len;
    uint8_t buf[8192];
};
void dns_header(struct dns *m, uint16_t id, uint16_t flags, unsigned qd, unsigned an, unsigned ns, unsigned ar);
void dns_bytes(struct dns *m, const void *bytes, size_t len);
void dns_u8(struct dns *m, unsigned value);
void dns_u16(struct dns *m, unsigned value);
void dns_u32(struct dns *m, uint32_t value);
void dns_name(struct dns *m, const char *dotted);
void dns_question(struct dns *m, const char *name, unsigned type);
/* The owner is a pointer to the question; the caller appends the rdata. */
void dns_rr(struct dns *m, unsigned type, uint32_t ttl, unsigned rdlength);
void dns_query(struct dns *m, uint16_t id, const char *name, unsigned type);
void dns_answer_a(struct dns *m, uint16_t id, const char *name, uint32_t address);
void dns_answer_txt(struct dns *m, uint16_t id, const char *name, unsigned strings);
void udp_dns(struct capture *c, enum direction dir, const struct dns *m);

/* talk.c: what two programs say to each other over TCP, segment by segment. */
/*
 * '>' is the client's, '<' the server's, '~' in front of either: sent but not captured. count: times the text is
 * repeated in the segment; single: one segment for each byte. A list ends with text NULL.
 */
struct talk_step {
    const char *text;
    unsigned count;
    bool single;
};
struct talk_line {
    struct capture *c;
    uint16_t port; /* the server's */
    uint32_t next[2];
};
void talk_segment(struct talk_line *l, enum direction dir, uint8_t flags, const void *bytes, size_t len, bool lost);
void talk_say(struct talk_line *l, const struct talk_step *step);
/* A whole connection with a server on this port. */
void talk_write(struct capture *c, uint16_t port, const struct talk_step *steps);

/* script.c: TCP conversations written as text. */
enum { SCRIPT_V6 = 1, SCRIPT_SERVER_PORT = 2, SCRIPT_WRAP = 4, SCRIPT_SNAP = 8 };
struct script {
    const char *path, *holds, *text;
    unsigned flags;
};
extern const struct script tcp_scripts[];
void script_write(struct capture *c, const void *script);

#endif
