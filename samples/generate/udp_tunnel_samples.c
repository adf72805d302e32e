/* udp_tunnel_samples.c - tunnels in UDP, each in IPv4 and IPv6 by turns. */
#include "frames.h"

#define ORIGIN "00 00 ed cb f5 ff ff fe "
#define BUBBLE "60 00 00 00 00 00 3b 15 20 01 00 00 41 37 9e 50 80 00 f1 2a b9 c8 28 15 20 01 48 60 00 00 20 01 00 00 00 00 00 00 00 68 "

static const struct datagrams teredo = { 3544, {
    { "", V6 },
    { ORIGIN, V6 },
    { "00 01 02 04 61 62 71 72 73 74 00 11 22 33 44 55 66 77 00 " ORIGIN, V6 },
    { "00 01 00 00 00 11 22 33 44 55 66 77 01 ", V6 },
    { BUBBLE "01 04 69 08 db f5 ", NOTHING }, /* with a trailer */
    { ORIGIN, V4 },                    /* wrong inside */
    { "00 01 ff ff 61 62", NOTHING },  /* wrong length */
    { NULL, END },
} };

/* Clients also speak to each other, on any port: found by the addresses. */
static const struct datagrams teredo_clients = { 51413, {
    { BUBBLE, NOTHING },
    { ORIGIN BUBBLE, NOTHING },
    { NULL, END },
} };

static const struct datagrams vxlan_gpe = { 4790, {
    { "0c 00 00 01 00 03 e8 00 ", V4 },
    { "0c 00 00 02 00 03 e8 00 ", V6 },
    { "0c 00 00 03 00 03 e8 00 ", ETHERNET },
    { "08 00 00 00 00 03 e8 00 ", ETHERNET },                                  /* as in VXLAN */
    { "0c 00 00 04 00 03 e8 00 0f c2 02 01 00 00 05 07 ", V4 },                /* NSH */
    { "0c 00 00 05 00 03 e8 00 00 01 01 40 ", V4 },                            /* MPLS */
    { "0c 00 00 09 00 03 e8 00 01 02", NOTHING },
    { "0c 00 00", NOTHING },
    { NULL, END },
} };

static const struct datagrams mpls = { 6635, {
    { "00 01 01 40 ", V4 },
    { "00 01 00 40 00 02 01 40 ", V6 },
    { "00 01 01 40 00 00 00 07 ", ETHERNET }, /* a pseudowire */
    { "00 01 01 00 ", V4 },                   /* expired */
    { "00 01", NOTHING },
    { NULL, END },
} };

static const struct datagrams lisp = { 4341, {
    { "c0 00 12 34 00 00 00 01 ", V4 },
    { "48 00 00 00 00 00 07 03 ", V6 },
    { "10 00 10 02 00 00 00 00 ", V4 },
    { "e0 00 12 35 00 00 00 01 ", V6 }, /* asks for the nonce back */
    { "00 00 00 00 00 00 00 00 ", V4 },
    { "c0 00 12", NOTHING },
    { NULL, END },
} };

#define IDENTITY "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "
#define SIGNATURE "00 11 22 33 44 55 66 77 88 99 00 11 22 33 44 55 66 77 88 99 "
static const struct datagrams ayiya = { 5072, {
    { "41 52 11 29 4f 0b e1 00 " IDENTITY SIGNATURE, V6 },
    { "41 52 11 04 4f 0b e1 01 " IDENTITY SIGNATURE, V4 },
    { "41 52 10 3b 4f 0b e1 02 " IDENTITY SIGNATURE, NOTHING }, /* a heartbeat, an echo request */
    { "41 52 12 3b 4f 0b e1 03 " IDENTITY SIGNATURE "01 02", NOTHING },
    { "41 52 11 29 4f 0b e1 04 " IDENTITY "00 11", NOTHING },
    { NULL, END },
} };

static const struct datagrams gre = { 4754, {
    { "00 00 08 00 ", V4 },
    { "20 00 86 dd 00 00 00 07 ", V6 },
    { "00 00 65 58 ", ETHERNET },
    { "00 01 08 00 ", V4 }, /* another version */
    { "20 00 08 00 00 00", NOTHING },
    { NULL, END },
} };

#define QOS "2c 00 " AP A B "10 00 "
static const struct datagrams capwap = { 5247, {
    { "00 10 43 00 00 00 00 00 01 88 " QOS "00 00 " SNAP_V4, V4 },    /* Cisco swaps frame control */
    { "00 10 43 00 00 00 00 00 88 01 " QOS "00 00 " SNAP_V6, V6 },
    { "00 30 43 30 00 00 00 00 06 02 00 00 00 00 0a 00 04 d8 28 00 6c 00 00 00 01 88 " QOS "00 00 " SNAP_V4, V4 },
    { "00 10 42 00 00 00 00 00 ", ETHERNET },
    { "00 10 42 08 00 00 00 00 00 16 00 23 00 10 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", NOTHING }, /* keepalive */
    { "00 10 43 80 00 07 00 08 01 02 03 04", NOTHING },               /* a fragment */
    { "01 00 00 00 17 fe fd 00 01", NOTHING },                        /* DTLS */
    { NULL, END },
} };

const struct sample udp_tunnel_samples[] = {
    { "tunnel/teredo.pcap", "Teredo: IPv6 alone, with origin, with authentication, a bubble with a trailer; wrong content, wrong length",
      write_datagrams, &teredo },
    { "tunnel/teredo-clients.pcap", "Teredo between two clients, on other ports", write_datagrams, &teredo_clients },
    { "tunnel/vxlan-gpe.pcap", "VXLAN-GPE with IPv4, IPv6, Ethernet, NSH and MPLS inside, an unknown protocol, cut",
      write_datagrams, &vxlan_gpe },
    { "tunnel/mpls-udp.pcap", "MPLS in UDP: IPv4, two labels and IPv6, a pseudowire, an expired label, cut", write_datagrams,
      &mpls },
    { "tunnel/lisp.pcap", "LISP data with nonce, map versions, instance id, no flags; cut", write_datagrams, &lisp },
    { "tunnel/ayiya.pcap", "AYIYA with IPv6 and IPv4 inside, a heartbeat, an echo request, cut", write_datagrams, &ayiya },
    { "tunnel/gre-udp.pcap", "GRE in UDP: IPv4, a key and IPv6, Ethernet, another version, cut", write_datagrams, &gre },
    { "tunnel/capwap.pcap", "CAPWAP data: 802.11 with frame control as usual and swapped, Ethernet, keepalive, fragment, DTLS",
      write_datagrams, &capwap },
    { NULL, NULL, NULL, NULL },
};
