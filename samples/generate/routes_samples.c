/*
 * routes_samples.c - datagrams of protocols that no program here sends (WireGuard, HSRP, L2TP, ESP in UDP), and wrong
 * ones of routing protocols: lengths that do not fit, addresses that are too long.
 */
#include "gen.h"

#include <string.h>

/* A payload: bytes in hex, then `fill` bytes of a pattern. Behind UDP with `port`, or port 0: an IP protocol. */
struct datagram {
    enum direction dir;
    uint16_t port;
    uint8_t proto;
    const char *hex;
    size_t fill;
};

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void write_datagrams(struct capture *c, const void *arg)
{
    pcap_begin(c, 1);
    for (const struct datagram *g = arg; g->hex != NULL; g++) {
        struct pkt p;
        pkt_init(&p, c->net);
        for (const char *h = g->hex; *h != 0; h += 2) {
            while (*h == ' ')
                h++;
            uint8_t byte = (uint8_t)(digit(h[0]) << 4 | digit(h[1]));
            pkt_append(&p, &byte, 1);
        }
        pkt_pattern(&p, g->fill, 0);
        if (g->port != 0)
            put_udp(&p, g->dir, false, g->port, g->port);
        put_ip4_dir(&p, g->dir, g->port != 0 ? 17 : g->proto);
        put_ethernet(&p, g->dir, 0x0800);
        pcap_packet(c, &p);
    }
}

/* Initiation, response, cookie reply, data of two sizes, a type that there is not. */
static const struct datagram wireguard[] = {
    { DIR_AB, 51820, 0, "01000000 11223344", 140 },
    { DIR_BA, 51820, 0, "02000000 55667788 11223344", 80 },
    { DIR_BA, 51820, 0, "03000000 11223344", 56 },
    { DIR_AB, 51820, 0, "04000000 55667788 0000000000000000", 16 },
    { DIR_BA, 51820, 0, "04000000 11223344 0100000000000000", 112 },
    { DIR_AB, 51820, 0, "05000000 11223344", 20 },
    { DIR_AB, 51820, 0, "01000000 1122", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* Version 1: a hello, a coup, an advertisement. Version 2: a group and a password, an interface state, a cut TLV. */
static const struct datagram standby[] = {
    { DIR_AB, 1985, 0, "0000 10 03 0a 78 01 00 73616d706c650000 0a010009", 0 },
    { DIR_BA, 1985, 0, "0001 08 03 0a 64 01 00 73616d706c650000 0a010009", 0 },
    { DIR_AB, 1985, 0, "0003 0001 000a 03 00 0001 0000 00000000", 0 },
    { DIR_BA, 1985, 0, "0128 02 00 06 04 0007 020000000002 00000064 00000bb8 00002710 0a010009 000000000000000000000000"
                       "0308 73616d706c650000", 0 },
    { DIR_AB, 1985, 0, "0204 0001 0002", 0 },
    { DIR_AB, 1985, 0, "0128 02 00 06", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* SCCRQ with AVPs, ZLB, data with PPP and IPv4; version 3: SCCRQ, data; an AVP that is too short. */
static const struct datagram tunnels[] = {
    { DIR_AB, 1701, 0, "c802 0035 0000 0000 0000 0000 8008 0000 0000 0001 8008 0000 0002 0100"
                       "800b 0000 0007 616c696365 8008 0000 0009 0011 0006 0000 0008", 0 },
    { DIR_BA, 1701, 0, "c802 000c 0011 0000 0000 0001", 0 },
    { DIR_AB, 1701, 0, "0002 0011 0022 ff03 c021 01010004", 0 },
    { DIR_BA, 1701, 0, "c803 001e 00000000 0001 0001 8008 0000 0000 0001 800a 0000 003d 00000007", 0 },
    { DIR_AB, 1701, 0, "0003 0000 00000007", 24 },
    { DIR_AB, 1701, 0, "c802 0012 0011 0000 0001 0001 8003 0000 0000", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* A keepalive, ESP, IKE without its payloads. */
static const struct datagram natted[] = {
    { DIR_AB, 4500, 0, "11223344 00000001", 40 },
    { DIR_AB, 4500, 0, "ff", 0 },
    { DIR_BA, 4500, 0, "00000000 1111111111111111 2222222222222222 29 20 25 20 00000002 0000001c", 0 },
    { DIR_BA, 4500, 0, "0000", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* OSPF: a length behind the end, a router LSA that is shorter than its header, a password. */
static const struct datagram ospf_wrong[] = {
    { DIR_AB, 0, 89, "0201 0400 0a010001 00000000 0000 0000 0000000000000000", 20 },
    { DIR_AB, 0, 89, "0204 0030 0a010001 00000000 0000 0000 0000000000000000 00000001"
                     "0001 22 01 0a010001 0a010001 80000001 0000 0010", 0 },
    { DIR_AB, 0, 89, "0201 002c 0a010001 00000000 0000 0001 73616d706c650000"
                     "ffffff00 000a 02 01 00000028 00000000 00000000", 0 },
    { DIR_AB, 0, 89, "0201 002c 0a010001 00000000 0000 0001 7361", 0 },
    { DIR_AB, 0, 112, "21 05 64 01 01 01 0000 0a010009 73616d706c650000", 0 },
    { DIR_AB, 0, 112, "21 05 64 09 01 01 0000 0a010009", 0 },
    { DIR_AB, 0, 88, "02 05 0000 00000000 00000000 00000000 0000 0001 0001 0002 01", 0 },
    { DIR_AB, 0, 103, "20 00 0000 0001 0002 0069 0013 0004 00", 0 },
    { DIR_AB, 520, 0, "02 02 0000 ffff 0002 73616d706c6500000000000000000000"
                      "0002 0000 0a020000 ffff0000 00000000 00000001", 0 },
    { DIR_AB, 3784, 0, "20 44 03 1f 00000001 00000000 000f4240 000f4240 00000000 01 07 01 73616d70", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* Field types of a firewall above 0x8000: in version 9 they are types as others are, in IPFIX an enterprise follows. */
static const struct datagram flows[] = {
    { DIR_AB, 2055, 0, "0009 0001 000003e8 6553f100 00000001 00000001"
                       "0000 001c 0100 0005 0008 0004 000c 0004 80ea 0002 80e8 000c 9c40 0014", 0 },
    { DIR_AB, 2055, 0, "0009 0001 000003e8 6553f100 00000002 00000001"
                       "0100 0030 0a010001 0a020001 07da 333333333333333333333333"
                       "6a6f650000000000000000000000000000000000 0000", 0 },
    { DIR_AB, 2055, 0, "000a 0030 6553f100 00000001 00000002 0002 0014 0100 0002 0008 0004 8055 0004 00001234"
                       "0100 000c 0a010001 00000007", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

/* RADIUS: attributes of vendors with types of four, two and one octets, and with lengths of none, one and two. */
static const struct datagram vendors[] = {
    { DIR_AB, 1812, 0, "01 01 0056 11111111111111111111111111111111"
                       "1a 0e 000001ad0000900100000005"
                       "1a 0f 000012ee000705abcd000804ee"
                       "1a 0e 00001fe4000100080a0b0c0d"
                       "1a 0c 00001fe4010600000005"
                       "1a 0b 000000090105612d62", 0 },
    { DIR_AB, 0, 0, NULL, 0 },
};

const struct sample routes_samples[] = {
    { "routing/wireguard.pcap", "WireGuard: handshake, cookie, data, an unknown type",
      write_datagrams, wireguard },
    { "routing/hsrp.pcap", "HSRP 1 and 2: states, passwords, a cut TLV", write_datagrams, standby },
    { "routing/l2tp.pcap", "L2TP 2 and 3: control messages, PPP, an AVP that is too short", write_datagrams, tunnels },
    { "routing/nat-traversal.pcap", "ESP and IKE in UDP, a keepalive", write_datagrams, natted },
    { "routing/netflow-vendor.pcap", "NetFlow 9 and IPFIX: field types of vendors, with and without an enterprise",
      write_datagrams, flows },
    { "radius/vendors.pcap", "attributes of vendors whose type and length have other sizes", write_datagrams, vendors },
    { "routing/wrong.pcap", "OSPF, VRRP, EIGRP, PIM, RIP, BFD: lengths that do not fit, passwords",
      write_datagrams, ospf_wrong },
    { NULL, NULL, NULL, NULL },
};
