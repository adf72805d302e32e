/* socks_samples.c - SOCKS (RFC 1928, RFC 1929) as no program speaks it: clients that do not wait, gaps, wrong replies. */
#include "gen.h"

#include <string.h>

enum { END, TO_B, TO_A, LOST_TO_B, LOST_TO_A, BYTES_TO_B, BYTES_TO_A };

/* What one side sends, in a segment, or in segments of one byte (BYTES_..). LOST_..: not captured. */
struct step {
    int what;
    const char *bytes;
    size_t len;
};

struct story {
    uint16_t port;
    const struct step *steps;
};

#define SAY(what_, text) { what_, text, sizeof(text) - 1 }

struct talk {
    struct capture *c;
    uint16_t port;
    uint32_t next[2];
};

static void segment(struct talk *t, enum direction dir, uint8_t flags, const void *bytes, size_t len, bool lost)
{
    struct pkt p;
    struct tcp h = { .sport = dir == DIR_AB ? 40108 : t->port, .dport = dir == DIR_AB ? t->port : 40108, .window = 8192,
                     .seq = t->next[dir], .ack = flags & TH_ACK ? t->next[1 - dir] : 0, .flags = flags };
    t->next[dir] += (uint32_t)len + ((flags & (TH_SYN | TH_FIN)) != 0);
    if (lost)
        return;
    pkt_init(&p, t->c->net);
    pkt_append(&p, bytes, len);
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(t->c, &p);
}

static void tell(struct capture *c, const void *arg)
{
    const struct story *story = arg;
    struct talk t = { c, story->port, { 1000, 5000 } };
    pcap_begin(c, 1);
    segment(&t, DIR_AB, TH_SYN, NULL, 0, false);
    segment(&t, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    segment(&t, DIR_AB, TH_ACK, NULL, 0, false);
    for (const struct step *s = story->steps; s->what != END; s++) {
        enum direction dir = s->what == TO_B || s->what == LOST_TO_B || s->what == BYTES_TO_B ? DIR_AB : DIR_BA;
        size_t most = s->what >= BYTES_TO_B ? 1 : s->len;
        for (size_t at = 0; at < s->len; at += most)
            segment(&t, dir, TH_PUSH | TH_ACK, s->bytes + at, most, s->what == LOST_TO_B || s->what == LOST_TO_A);
    }
    segment(&t, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    segment(&t, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    segment(&t, DIR_AB, TH_ACK, NULL, 0, false);
}

#define GET "GET / HTTP/1.1\r\nHost: www.example.test\r\n\r\n"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"
#define CONNECT_NAME "\5\1\0\3\20www.example.test\0\120"
#define GRANTED "\5\0\0\1\12\1\0\2\234\100"
#define LOGIN "\1\4user\6sample"

static const struct step eager[] = { SAY(TO_B, "\5\1\2" LOGIN CONNECT_NAME GET), SAY(TO_A, "\5\2\1\0" GRANTED NO_CONTENT), { END, NULL, 0 } };
static const struct step single[] = { SAY(BYTES_TO_B, "\5\2\0\2"), SAY(BYTES_TO_A, "\5\2"), SAY(BYTES_TO_B, LOGIN), SAY(BYTES_TO_A, "\1\0"),
    SAY(BYTES_TO_B, CONNECT_NAME), SAY(BYTES_TO_A, GRANTED), SAY(BYTES_TO_B, GET), SAY(BYTES_TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step four[] = { SAY(BYTES_TO_B, "\4\1\0\120\0\0\0\1somebody\0www.example.test\0"), SAY(BYTES_TO_A, "\0\132\0\120\12\1\0\2"),
    SAY(TO_B, GET), SAY(TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step six[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"),
    SAY(TO_B, "\5\1\0\4\xfd\0\0\1\0\0\0\0\0\0\0\0\0\0\0\2\0\120"), SAY(TO_A, "\5\0\0\4\xfd\0\0\1\0\0\0\0\0\0\0\0\0\0\0\2\234\100"),
    SAY(TO_B, GET), SAY(TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step server_first[] = { SAY(TO_A, "\5\0"), SAY(TO_A, GRANTED), SAY(TO_B, "\5\1\0"), SAY(TO_B, CONNECT_NAME),
    SAY(TO_B, GET), { END, NULL, 0 } };
static const struct step gap_request[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"), SAY(LOST_TO_B, CONNECT_NAME), SAY(TO_A, GRANTED),
    SAY(TO_B, GET), SAY(TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step gap_reply[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"), SAY(TO_B, CONNECT_NAME), SAY(LOST_TO_A, GRANTED),
    SAY(TO_B, GET), SAY(TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step gap_tunnel[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"), SAY(TO_B, CONNECT_NAME), SAY(TO_A, GRANTED),
    SAY(LOST_TO_B, GET), SAY(TO_B, GET), SAY(TO_A, NO_CONTENT), SAY(TO_A, NO_CONTENT), { END, NULL, 0 } };
static const struct step gssapi[] = { SAY(TO_B, "\5\1\1"), SAY(TO_A, "\5\1"), SAY(TO_B, "\1\1\0\4abcd"), SAY(TO_A, "\1\1\0\4abcd"), { END, NULL, 0 } };
static const struct step wrong_reply[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"), SAY(TO_B, CONNECT_NAME), SAY(TO_A, "\5\0\0\2\0\0\0\0\0\0"), { END, NULL, 0 } };
static const struct step wrong_request[] = { SAY(TO_B, "\5\1\2"), SAY(TO_A, "\5\2"), SAY(TO_B, LOGIN), SAY(TO_A, "\1\0"), SAY(TO_B, "\5\11\0\1\0\0\0\0\0\0"), { END, NULL, 0 } };
static const struct step odd_status[] = { SAY(TO_B, "\5\1\0"), SAY(TO_A, "\5\0"), SAY(TO_B, CONNECT_NAME), SAY(TO_A, "\5\11\0\3\0\0\0"), { END, NULL, 0 } };
static const struct step not_socks[] = { SAY(TO_B, "\5\1\0\2binary, and no SOCKS"), SAY(TO_A, "\5\0"), { END, NULL, 0 } };

#define STORY(name, port) &(const struct story){ port, name }

const struct sample socks_samples[] = {
    { "socks/eager.pcap", "a client that waits for nothing: greeting, login, request and HTTP in one segment", tell, STORY(eager, 1080) },
    { "socks/single-bytes.pcap", "SOCKS 5 with a login, in segments of one byte, on port 4000", tell, STORY(single, 4000) },
    { "socks/v4a-single-bytes.pcap", "SOCKS 4a with a user, in segments of one byte, on port 4000", tell, STORY(four, 4000) },
    { "socks/ipv6-address.pcap", "IPv6 addresses in request and reply", tell, STORY(six, 1080) },
    { "socks/server-first.pcap", "all of the server's side before the client's", tell, STORY(server_first, 4000) },
    { "socks/gap-request.pcap", "the request not captured", tell, STORY(gap_request, 1080) },
    { "socks/gap-reply.pcap", "the reply not captured", tell, STORY(gap_reply, 1080) },
    { "socks/gap-tunnel.pcap", "the first bytes of what is tunnelled not captured", tell, STORY(gap_tunnel, 1080) },
    { "socks/gssapi.pcap", "GSSAPI: what follows is not read", tell, STORY(gssapi, 1080) },
    { "socks/wrong-reply.pcap", "a reply with an unknown type of address", tell, STORY(wrong_reply, 1080) },
    { "socks/wrong-request.pcap", "a command that is none, after a login", tell, STORY(wrong_request, 1080) },
    { "socks/odd-status.pcap", "a status that has no name, an empty name", tell, STORY(odd_status, 1080) },
    { "socks/not-socks.pcap", "bytes that begin like SOCKS 5, on port 4000", tell, STORY(not_socks, 4000) },
    { NULL, NULL, NULL, NULL },
};
