/* carried_samples.c - rare link layers: headers in hex, followed by a DNS message. */
#include "frames.h"

static const struct link chdlc = { 104, {
    { "0f 00 08 00", V4 },
    { "8f 00 86 dd", V6 },
    { "0f 00 88 47 00 06 41 40", V4 },                                        /* a label */
    { "8f 00 80 35 00 00 00 02 00 00 00 05 00 00 00 04 ff ff 00 00", NOTHING }, /* SLARP keep-alive */
    { "8f 00 20 00 02 b4 00 00", NOTHING },                                   /* CDP */
    { "0f 00 08", NOTHING },
    { NULL, END },
} };

static const struct link frame_relay = { 107, {
    { "18 61 08 00", V4 },
    { "18 6f 86 dd", V6 },                              /* FECN, BECN and DE set */
    { "18 60 29 08 00", V4 },                           /* three bytes of address */
    { "18 60 2b 08 00", V4 },                           /* the third byte is DL-CORE control */
    { "1a 60 54 61 08 00", V4 },                        /* four */
    { "18 61 03 cc", V4 },                              /* RFC 2427 */
    { "18 61 03 00 8e", V6 },
    { "18 61 03 00 80 00 00 00 08 00", V4 },            /* SNAP */
    { "18 61 03 00 80 00 80 c2 00 07", ETHERNET },      /* bridged */
    { "18 61 03 cf c0 21 09 01 00 08 12 34 56 78", NOTHING }, /* PPP */
    { "00 01 03 08 00 75 95 01 01 00 03 02 01 00", NOTHING }, /* Q.933 */
    { "19 61 08 00", V4 },                              /* an address that ends with the first byte */
    { "18 60 54 60 08 00", V4 },                        /* an address that does not end with the fourth */
    { "18", NOTHING },
    { NULL, END },
} };

static const struct link arcnet = { 129, {
    { "be 02 c3 00 f0", V4 },                   /* RFC 1051 */
    { "be 00 ed 00 f1", ARP },
    { "be 02 c0 00 d4 00 00 01", V4 },          /* RFC 1201 */
    { "be 02 c0 00 d4 ff ff ff d4 00 00 02", V4 }, /* an exception packet */
    { "be 00 ea 00 d5 00 00 03", ARP },
    { "be 02 c0 00 c4 00 00 04", V6 },
    { "be 02 c0 00 d4 01 00 05", V4 },          /* the first part of two, then the second */
    { "be 02 c0 00 d4 02 00 05", V4 },
    { "c0 00 e8 00 cd 82 82 03 01 20 ff ff", NOTHING }, /* BACnet */
    { "be 02 c0 00 fa ff ff 00 1e", NOTHING },  /* IPX */
    { "be 02 c0 00 d4 00", NOTHING },
    { NULL, END },
} };

#define UNUSED_20 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
#define GID "fe 80 00 00 00 00 00 00 00 10 e0 00 66 4a b4 51 "
static const struct link ipoib = { 242, {
    { UNUSED_20 "80 00 05 50 " GID "08 00 00 00", V4 },
    { UNUSED_20 "00 ff ff ff " GID "86 dd 00 00", V6 },
    { "60 a0 01 23 00 5c 1b 01 " GID GID "08 00 00 00", V4 }, /* with a route header */
    { UNUSED_20 "80 00 05 50 " GID "08 06", NOTHING },
    { UNUSED_20 "80 00", NOTHING },
    { NULL, END },
} };

static const struct link ipnet = { 226, {
    { "01 02 00 00 00 00 00 37 00 00 00 02 00 00 00 00 ff ff ff ff 00 00 00 00", V4 },
    { "01 1a 00 01 00 00 00 4b 00 00 00 02 00 00 00 01 00 00 00 03 00 00 00 00", V6 },
    { "01 63 00 02 00 00 00 37 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00", V4 }, /* an invalid family */
    { "01 02 00 00 00 00", NOTHING },
    { NULL, END },
} };

static const struct link nflog = { 239, {
    /* packet header, prefix, outgoing interface, user, group, the packet: 55 bytes and the attribute's 4 */
    { "02 00 00 28 08 00 01 00 08 00 03 00 09 00 0a 00 64 72 6f 70 00 00 00 00 08 00 05 00 00 00 00 02 "
      "08 00 0b 00 00 00 03 e8 08 00 0e 00 00 00 03 e8 3b 00 09 00", V4 },
    { "0a 00 00 28 08 00 01 00 86 dd 01 00 08 00 04 00 00 00 00 03 0c 00 02 00 00 00 00 07 00 00 00 00 4f 00 09 00", V6 },
    { "02 00 00 28 00 08 00 01 08 00 03 00 00 08 00 05 00 00 00 02 00 3b 00 09", V4 }, /* big-endian */
    { "07 00 00 00 08 00 01 00 08 06 04 00 16 00 09 00", ARP },                        /* from a bridge */
    { "02 00 00 28 08 00 01 00 08 00 03 00", NOTHING },                                /* no packet */
    { "02 00 00 28 02 00 01 00 08 00 03 00", NOTHING },                                /* invalid lengths */
    { "02 00 00 28 40 00 0a 00 64 72 6f 70", NOTHING },
    { "02 00 00 28 ff 00 09 00", V4 },
    { NULL, END },
} };

#define TAP_NAME "65 6e 30 00 00 00 00 00 " ZEROS_16
#define TAP_REST "01 00 00 00 02 00 00 00 0e 00 00 00 00 00 00 00 39 30 00 00 63 75 72 6c " ZEROS_16 \
                 "00 00 00 00 06 00 00 00 ff ff ff ff " ZEROS_16 "00 00 00 00 "
static const struct link pktap = { 258, {
    { "6c 00 00 00 01 00 00 00 01 00 00 00 " TAP_NAME TAP_REST, ETHERNET },
    { "70 00 00 00 01 00 00 00 65 00 00 00 " TAP_NAME TAP_REST "de ad be ef", V6 }, /* a longer header; raw IP */
    { "6c 00 00 00 02 00 00 00 01 00 00 00 " TAP_NAME TAP_REST, ETHERNET },         /* another record type */
    { "6b 00 00 00 01 00 00 00 01 00 00 00 " TAP_NAME TAP_REST, ETHERNET },         /* header too short */
    { "6c 00 00 00 01 00 00 00 01 00 00 00 " TAP_NAME, NOTHING },
    { NULL, END },
} };

static const struct link wlan = { 105, {
    { TO_AP SNAP_V4, V4 },
    { "08 02 2c 00 " B AP A "20 00 " SNAP_V6, V6 },                           /* from the access point */
    { "88 03 2c 00 " AP RELAY B "30 00 " A "05 00 " SNAP_V4, V4 },            /* four addresses, QoS */
    { "88 80 2c 00 " B A AP "40 00 06 00 01 02 03 04 " SNAP_V4, V4 },         /* ad hoc, HT control */
    { "88 01 2c 00 " AP A B "50 00 00 00 00 00 " SNAP_V4, V4 },               /* aligned to four bytes */
    { "88 01 2c 00 " AP A B "60 00 80 00 " B A "00 3f " SNAP_V4, V4 },        /* A-MSDU */
    { "08 41 2c 00 " AP A B "70 00 11 22 00 20 33 44 00 00 ", V4 },           /* encrypted */
    { "08 05 2c 00 " AP A B "80 00 " SNAP_V4, V4 },                           /* two fragments */
    { "08 01 2c 00 " AP A B "81 00 ", V4 },
    { "48 01 2c 00 " AP A B "90 00 ", NOTHING },                              /* no content */
    { "80 00 00 00 ff ff ff ff ff ff " AP AP "a0 00 00 00 00 00 00 00 00 00 64 00 11 04 00 04 74 65 73 74", NOTHING },
    { "b4 00 64 00 " AP A, NOTHING },                                         /* RTS, CTS, acknowledgement */
    { "c4 00 40 00 " A, NOTHING },
    { "d4 00 00 00 " A, NOTHING },
    { "08 01 2c 00 " AP A, NOTHING },
    { NULL, END },
} };

static const struct link radiotap = { 127, {
    /* time, flags with a check sequence, rate, channel, signal */
    { "00 00 18 00 2f 00 00 00 01 02 03 04 05 06 07 08 10 0c 6c 09 c0 00 c8 00 " TO_AP SNAP_V4, CHECKED },
    { "00 00 08 00 00 00 00 00 " TO_AP SNAP_V6, V6 },                                  /* no fields */
    { "00 00 12 00 02 00 00 a0 20 08 00 00 00 00 00 00 00 00 " TO_AP SNAP_V4, V4 },    /* several presence words */
    { "00 00 07 00 00 00 00 00 " TO_AP SNAP_V4, V4 },                                  /* too short */
    { "00 00 0a 00 2f 00 00 00 01 02 " TO_AP SNAP_V4, V4 },                            /* too short for its fields */
    { "00 00 20 00 2f 00 00 00 01 02 03 04", NOTHING },
    { NULL, END },
} };

static const struct link ppi = { 192, {
    { "00 00 20 00 69 00 00 00 02 00 14 00 01 02 03 04 05 06 07 08 01 00 6c 00 6c 09 c0 00 00 00 c8 a0 "
      TO_AP SNAP_V4, CHECKED },
    { "00 01 14 00 01 00 00 00 06 00 05 00 01 02 03 04 05 00 00 00 ", ETHERNET },      /* aligned; Ethernet */
    { "00 00 08 00 65 00 00 00 ", V6 },
    { "00 00 07 00 01 00 00 00 ", ETHERNET },                                          /* too short */
    { "00 00 0e 00 01 00 00 00 05 00 40 00 01 02 ", ETHERNET },                        /* too short for its field */
    { "00 00 20 00 69 00", NOTHING },
    { NULL, END },
} };

static const struct link tags = { 1, {
    { ON_ETHERNET "89 26 c0 05 00 07 08 00", V4 },
    { ON_ETHERNET "89 26 00 00 00 07 81 00 00 0b 86 dd", V6 },
    { ON_ETHERNET "89 26 00 00 00 07 08", NOTHING },
    { ON_ETHERNET "89 3f 30 12 10 d3 01 02 08 00", V4 },
    { ON_ETHERNET "89 3f 30 12 10 d3 01", NOTHING },
    { NULL, END },
} };

/* From 10.1.0.9 to 10.1.0.8: 20 bytes, and the length of the payload. */
#define IP_PIM(length) ON_ETHERNET "08 00 45 00 00 " length " 00 01 00 00 40 67 00 00 0a 01 00 09 0a 01 00 08 "
static const struct link pim = { 1, {
    { IP_PIM("53") "21 00 de ff 00 00 00 00", V4 },
    { IP_PIM("67") "21 00 de ff 80 00 00 00", V6 },
    { IP_PIM("30") "21 00 9e ff 40 00 00 00 45 00 00 14 00 00 00 00 00 67 00 00 0a 01 00 01 e1 01 01 01", NOTHING },
    { IP_PIM("22") "20 00 de 2e 00 01 00 02 00 69 00 13 00 04", NOTHING }, /* Hello */
    { IP_PIM("16") "21 00", NOTHING },
    { NULL, END },
} };

const struct sample carried_samples[] = {
    { "link/chdlc.pcap", "Cisco HDLC: IPv4, IPv6, MPLS, SLARP, CDP, cut", write_frames, &chdlc },
    { "link/frame-relay.pcap", "Frame Relay: addresses of two to four bytes, RFC 2427, SNAP, PPP, Q.933, wrong addresses",
      write_frames, &frame_relay },
    { "link/arcnet.pcap", "ARCNET: RFC 1051 and 1201, exception and split packets, BACnet", write_frames, &arcnet },
    { "link/ipoib.pcap", "IP over InfiniBand, with a route header and without", write_frames, &ipoib },
    { "link/ipnet.pcap", "Solaris IPNET: both versions of IP, an unknown family", write_frames, &ipnet },
    { "link/nflog.pcap", "nflog: attributes in both byte orders, from a bridge, without a packet, wrong lengths",
      write_frames, &nflog },
    { "link/pktap.pcap", "Darwin pktap with Ethernet and raw IP; another record type, a header too short", write_frames,
      &pktap },
    { "link/wlan.pcap", "802.11: data to, from and between access points, ad hoc, aligned, encrypted, fragments; management, control",
      write_frames, &wlan },
    { "link/radiotap.pcap", "radiotap: a check sequence, several presence words, too short", write_frames, &radiotap },
    { "link/ppi.pcap", "PPI with 802.11, Ethernet and raw IP; too short", write_frames, &ppi },
    { "link/tags.pcap", "VN-Tag and 802.1BR E-Tag: with IPv4, with a VLAN tag, cut", write_frames, &tags },
    { "ip/pim.pcap", "PIM: packets in Register messages, a Null-Register, Hello, cut", write_frames, &pim },
    { NULL, NULL, NULL, NULL },
};
