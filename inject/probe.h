/*
 * probe.h - packets that ask for an answer, and the answers: ICMP echo (RFC 792, RFC 4443), TCP SYN (RFC 9293), UDP,
 * ARP (RFC 826). All probes of a prober are one flow to routers that share load by addresses, ports and the first bytes
 * of ICMP: they take one path.
 */
#ifndef TL_INJECT_PROBE_H
#define TL_INJECT_PROBE_H

#include "inject/ip.h"
#include "inject/world.h"

enum tl_probe_kind { TL_PROBE_ICMP, TL_PROBE_TCP, TL_PROBE_UDP, TL_PROBE_ARP };
enum { TL_PROBE_LABELS = 8 };

struct tl_prober {
    enum tl_probe_kind kind;
    struct tl_address to;
    struct tl_address from; /* version 0: that of the route */
    uint16_t port;          /* of the target; TCP and UDP */
    uint8_t tos;
    struct tl_wire *wire;     /* borrowed */
    struct tl_world *world;   /* borrowed */
    uint32_t mtu;             /* of the interface: longer packets that may be fragmented are */
    bool to_many;             /* hosts answer from addresses of their own: multicast, broadcast */
    uint16_t source_port, id; /* of TCP and UDP; of ICMP */
    int reserved;             /* a socket that keeps source_port for us; -1: none */
    uint16_t last;            /* sequence number of the last probe: answers by UDP and ARP do not tell one */
    struct tl_crafted frames; /* of the last probe */
    struct tl_ip_gather *gather; /* owned: answers in fragments */
};

struct tl_probe_packet {
    uint16_t seq; /* 1 to 65535 */
    uint8_t ttl;
    uint32_t size; /* bytes after the header of ICMP, TCP or UDP */
    bool df;
};

enum tl_answer_kind {
    TL_ANSWER_NONE,
    TL_ANSWER_SENT, /* our own probe, as it left */
    TL_ANSWER_PART, /* a fragment of what may be an answer; others are missing */
    TL_ANSWER_REPLY,
    TL_ANSWER_DAMAGED,     /* a reply whose checksum, length or data are wrong */
    TL_ANSWER_OTHER,       /* an echo reply of another host than the target */
    TL_ANSWER_REFUSED,     /* TCP reset, or ICMP port unreachable of the target: the target was reached */
    TL_ANSWER_EXCEEDED,    /* a router: the TTL is used up */
    TL_ANSWER_TOO_BIG,     /* a router: longer than the next link takes */
    TL_ANSWER_UNREACHABLE, /* a router or the target: ICMP errors of other kinds */
};

enum tl_damage { TL_DAMAGE_NONE, TL_DAMAGE_CHECKSUM, TL_DAMAGE_SHORT, TL_DAMAGE_LONG, TL_DAMAGE_DATA };

struct tl_answer {
    enum tl_answer_kind kind;
    enum tl_damage damage; /* TL_ANSWER_DAMAGED */
    uint32_t place;        /* TL_DAMAGE_DATA: of the first wrong byte */
    uint8_t due;           /* which should be this one */
    struct tl_bytes data;  /* of an echo reply; valid until the next frame is read */
    uint16_t seq;
    struct tl_address from; /* ARP: mac tells more */
    uint8_t mac[6];
    uint8_t ttl;        /* of the answer */
    uint8_t type, code; /* of ICMP */
    uint32_t mtu;       /* TL_ANSWER_TOO_BIG; 0: not told */
    uint32_t len;       /* bytes from the IP header on */
    struct tl_probe_label {
        uint32_t label;
        uint8_t tc, s, ttl;
    } labels[TL_PROBE_LABELS]; /* RFC 4950: of the packet as it came to the router */
    unsigned label_count;
};

/*
 * Readies a prober: the members up to mtu are set. Finds the route, and reserves a source port. Returns TL_E_RUNTIME if
 * there is no route.
 */
enum tl_failure tl_prober_init(struct tl_prober *prober, struct tl_error *error) TL_MUST_CHECK;
void tl_prober_fini(struct tl_prober *prober);
/* Sends a probe; its frames are in prober->frames. */
enum tl_failure tl_prober_send(struct tl_prober *prober, const struct tl_probe_packet *probe,
                               struct tl_error *error) TL_MUST_CHECK;
/* Returns what a frame is to this prober: TL_ANSWER_NONE if it is about something else. */
enum tl_answer_kind tl_prober_read(const struct tl_prober *prober, const struct tl_arrival *arrival,
                                   struct tl_answer *answer);
/* Compares the data of a reply with that of its probe, which had `size` bytes. May make it TL_ANSWER_DAMAGED. */
void tl_prober_check(const struct tl_prober *prober, uint32_t size, struct tl_answer *answer);
/* Whether the target itself answered: the probe reached it. */
bool tl_answer_is_of_target(enum tl_answer_kind kind);
/* A source quench, which tells nothing of the probe: hosts ignore it (RFC 6633). */
bool tl_answer_is_quench(const struct tl_answer *answer);
/* Bytes of the headers of IP and of the probe, before its data. */
uint32_t tl_prober_overhead(const struct tl_prober *prober);

#endif
