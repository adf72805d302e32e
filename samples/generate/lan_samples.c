/*
 * lan_samples.c - protocols of local networks that no program on one machine speaks, or speaks wrongly: spanning tree
 * with instances,
 * link aggregation, discovery by UPnP and WS-Discovery, TACACS+, printers, WHOIS, Gopher, the beginning of RDP.
 */
#include "gen.h"

#include <string.h>

/* A frame whose payload is given; type below 1536 is the length of an 802.2 frame. */
static void frame(struct capture *c, uint16_t type, const void *bytes, size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, bytes, len);
    if (p.len < 46)
        pkt_pattern(&p, 46 - p.len, 0);
    put_ethernet(&p, DIR_AB, type != 0 ? type : (uint16_t)len);
    pcap_packet(c, &p);
}

#define FRAME(c, type, text) frame(c, type, text, sizeof(text) - 1)

static void datagram(struct capture *c, enum direction dir, uint16_t sport, uint16_t dport, const void *bytes,
                     size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, bytes, len);
    put_udp(&p, dir, false, sport, dport);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

#define DATAGRAM(c, dir, sport, dport, text) datagram(c, dir, sport, dport, text, sizeof(text) - 1)

#define LLC_STP "\x42\x42\x03"
#define ROOT "\x80\x01\x02\x00\x00\x00\x00\x01"
#define BRIDGE "\x80\x02\x02\x00\x00\x00\x00\x02"
#define TIMES "\x01\x00\x14\x00\x02\x00\x0f\x00"

static void spanning_tree(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    FRAME(c, 0, LLC_STP "\0\0\0\0\x81" ROOT "\0\0\0\x13" BRIDGE "\x80\x05" TIMES);
    FRAME(c, 0, LLC_STP "\0\0\0\x80");
    FRAME(c, 0, LLC_STP "\0\0\2\2\x3c" ROOT "\0\0\x4e\x20" BRIDGE "\x80\x05" TIMES "\0");
    FRAME(c, 0, LLC_STP "\0\0\3\2\x7c" ROOT "\0\0\0\0" ROOT "\x80\x01" TIMES "\0\0\x50"
                "\0region-1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\1"
                "\xac\x36\x17\x7f\x50\x28\x3c\xd4\xb8\x38\x21\xd8\xab\x26\xde\x62"
                "\0\0\x4e\x20" BRIDGE "\x14"
                "\x7c\x80\x07\x02\x00\x00\x00\x00\x01\0\0\x4e\x20\x80\x80\x13");
    /* wrong: a version 3 length beyond the frame, a BPDU that ends in the root, another protocol */
    FRAME(c, 0, LLC_STP "\0\0\3\2\x7c" ROOT "\0\0\0\0" ROOT "\x80\x01" TIMES "\0\xff\xff" "\0reg");
    frame(c, 12, LLC_STP "\0\0\0\0\0\x80\0\2\0", 12);
    FRAME(c, 0, LLC_STP "\0\1\0\0\0");
}

#define ACTOR "\x01\x14\x80\x00\x02\x00\x00\x00\x00\x01\x00\x11\x00\xff\x00\x01"
#define PARTNER "\x02\x14\x80\x00\x02\x00\x00\x00\x00\x02\x00\x12\x00\xff\x00\x02"

static void aggregation(struct capture *c, const void *arg)
{
    static const char zeros[52];
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    FRAME(c, 0x8809,
    "\1\1" ACTOR "\x45\0\0\0" "\2\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0" "\3\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    FRAME(c, 0x8809, "\1\1" ACTOR "\x3d\0\0\0" PARTNER "\x3f\0\0\0" "\3\x10\0\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    FRAME(c, 0x8809, "\2\1\1\x10\0\1\2\0\0\0\0\1\0\0\0\7\0\0\0\0");
    FRAME(c, 0x8809, "\2\1\2\x10\0\1\2\0\0\0\0\1\0\0\0\7\0\0\0\0");
    FRAME(c, 0x8809, "\1\1\1\1\2\3"); /* wrong: an entry of one byte */
    FRAME(c, 0x8809, "\3\0\x50\0");
    pkt_init(&p, c->net);
    pkt_append(&p, "\1\1" ACTOR "\x45\0\0\0", 22);
    pkt_append(&p, zeros, sizeof zeros);
    put_ethernet(&p, DIR_AB, 0x8809);
    pcap_packet(c, &p);
}

/* What lldpd does not send: port VLANs, MED policies and locations, power, lengths that are wrong. */
static void neighbours(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    FRAME(c, 0x88cc, "\2\6\5\1\x0a\1\0\1" "\4\5\5" "ge/1" "\6\2\0\x78" "\x0a\5" "sw-01" "\x0e\4\0\x14\0\4"
          "\x10\x0c\5\1\x0a\1\0\1\2\0\0\0\7\0" "\xfe\6\0\x80\xc2\1\0\x0a" "\xfe\7\0\x80\xc2\2\6\0\x14"
          "\xfe\x0b\0\x80\xc2\3\0\x0a\4" "mgmt" "\xfe\x09\0\x12\x0f\1\3\x6c\1\0\x10" "\xfe\x0c\0\x12\x0f\2\7\1\4\x53\0\x82\0\x82"
          "\xfe\x06\0\x12\x0f\4\5\xee" "\xfe\x07\0\x12\xbb\1\0\x3f\4" "\xfe\x08\0\x12\xbb\2\1\x40\xcb\x6e"
          "\xfe\x12\0\x12\xbb\3\2\x0c\2" "DE" "\1\2" "BE" "\6\3" "x-1" "\xfe\x07\0\x12\xbb\4\x13\0\x82"
          "\xfe\x09\0\x80\xc2\x0c\0\x61\x89\x06\x83" "\xfe\6\0\x80\xc2\x0b\x84\x08" "\0\0");
    FRAME(c, 0x88cc, "\2\7\4\2\0\0\0\0\1" "\4\2\7" "1" "\6\2\0\0" "\0\0"); /* shutdown */
    FRAME(c, 0x88cc, "\2\3\4\2\0" "\4\1\3" "\6\1\0" "\x10\3\0\1\2" "\xfe\2\0\x80" "\x0a\xff" "short"); /* wrong */
}

static void upnp(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    DATAGRAM(c, DIR_AB, 40900, 1900,
    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\n"
                                     "ST: upnp:rootdevice\r\nUSER-AGENT: test/1.0 UPnP/2.0\r\n\r\n");
    DATAGRAM(c, DIR_BA, 1900, 40900,
    "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://10.1.0.2:49152/d.xml\r\n"
                                     "SERVER: Test/1.0 UPnP/2.0 dev/1\r\nST: upnp:rootdevice\r\n"
                                     "USN: uuid:00000000-0000-0000-0000-000000000001::upnp:rootdevice\r\n\r\n");
    DATAGRAM(c, DIR_BA, 1900, 1900,
    "NOTIFY * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:byebye\r\n"
                                    "USN: uuid:00000000-0000-0000-0000-000000000001::upnp:rootdevice\r\n\r\n");
    DATAGRAM(c, DIR_BA, 1900, 1900, "NOTIFY * HTTP/1.1\r\nno colon\r\n:\r\nnt"); /* wrong */
}

#define ENVELOPE "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" " \
    "xmlns:wsd=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><soap:Header>"
#define ACT(name) "<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/" name "</wsa:Action>"

static void discovery(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    DATAGRAM(c, DIR_AB, 40902, 3702,
    ENVELOPE ACT("Probe") "<wsa:MessageID>urn:uuid:1</wsa:MessageID></soap:Header><soap:Body>"
             "<wsd:Probe><wsd:Types>wsdp:Device</wsd:Types></wsd:Probe></soap:Body></soap:Envelope>");
    DATAGRAM(c, DIR_BA, 3702, 40902, ENVELOPE ACT("ProbeMatches") "<wsa:MessageID>urn:uuid:2</wsa:MessageID>"
             "<wsa:RelatesTo>urn:uuid:1</wsa:RelatesTo></soap:Header><soap:Body><wsd:ProbeMatches><wsd:ProbeMatch>"
             "<wsa:EndpointReference><wsa:Address>urn:uuid:9</wsa:Address></wsa:EndpointReference><wsd:Types>\n wsdp:Device </wsd:Types>"
             "<wsd:XAddrs>http://10.1.0.2:5357/9</wsd:XAddrs><wsd:MetadataVersion>2</wsd:MetadataVersion></wsd:ProbeMatch>"
             "</wsd:ProbeMatches></soap:Body></soap:Envelope>");
    DATAGRAM(c, DIR_AB, 40902, 3702, ENVELOPE ACT("Hello") "<wsa:To/><wsd:Types>cut"); /* wrong */
}

static void converse(struct capture *c, uint16_t port, const void *arg)
{
    talk_write(c, port, arg);
}
static void on_43(struct capture *c, const void *arg) { converse(c, 43, arg); }
static void on_70(struct capture *c, const void *arg) { converse(c, 70, arg); }
static void on_515(struct capture *c, const void *arg) { converse(c, 515, arg); }

static const struct talk_step whois_steps[] = {
    { .text = ">lan.test\r\n" }, { .text = "<% a registry\r\n" }, { .text = "<domain: lan.test\r\n" }, { .text = NULL },
};
static const struct talk_step gopher_steps[] = {
    { .text = ">/docs\r\n" }, { .text = "<0A text\t/docs/a\tlan.test\t70\r\n.\r\n" }, { .text = NULL },
};
static const struct talk_step lpd_steps[] = {
    { .text = ">\4lp alice\n" }, { .text = "<lp is ready\nno entries\n" }, { .text = NULL },
};

/* Bytes with zeros: a conversation of segments. */
static void segments(struct capture *c, uint16_t port, const void *const texts[], const size_t lens[],
                     const uint8_t dirs[])
{
    struct talk_line l = { .c = c, .port = port };
    l.next[0] = 1000;
    l.next[1] = 5000;
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, 2, NULL, 0, false);
    talk_segment(&l, DIR_BA, 18, NULL, 0, false);
    talk_segment(&l, DIR_AB, 16, NULL, 0, false);
    for (unsigned i = 0; texts[i] != NULL; i++)
        talk_segment(&l, (enum direction)dirs[i], 24, texts[i], lens[i], false);
    talk_segment(&l, DIR_AB, 17, NULL, 0, false);
    talk_segment(&l, DIR_BA, 17, NULL, 0, false);
}

#define RDP_ASK "\3\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=alice\r\n\1\0\x08\0\3\0\0\0"
#define RDP_TLS "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x1f\x08\0\2\0\0\0"
#define RDP_NO "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\3\0\x08\0\5\0\0\0"
#define RDP_OLD "\3\0\0\x0b\6\xd0\0\0\x12\x34\0"

static void rdp(struct capture *c, const void *arg)
{
    const void *texts[] = { RDP_ASK, arg, NULL };
    const size_t lens[] = { sizeof RDP_ASK - 1, ((const uint8_t *)arg)[3] };
    const uint8_t dirs[] = { DIR_AB, DIR_BA };
    segments(c, 3389, texts, lens, dirs);
}

#define RLOGIN "\0alice\0bob\0xterm/38400\0"
#define RSH "1022\0alice\0bob\0uptime\0"

static void rlogin(struct capture *c, const void *arg)
{
    const void *texts[] = { RLOGIN, "\0Password: ", "wonder", "land\r", "\r\nWelcome\r\n$ ", NULL };
    const size_t lens[] = { sizeof RLOGIN - 1, 11, 6, 5, 13 };
    const uint8_t dirs[] = { DIR_AB, DIR_BA, DIR_AB, DIR_AB, DIR_BA };
    (void)arg;
    segments(c, 513, texts, lens, dirs);
}

/* Bytes 255 of the text, a suboption without an end, a password. */
static const struct talk_step escapes[] = {
    { .text = "<\xff\xfd\x18\r\n" },
    { .text = ">\xff\xfa\x18" "\x01\xff\xfb\x1f" },
    { .text = "<one\xff\xff" "two\r\nlogin: " },
    { .text = ">joe\r\n" },
    { .text = "<Password: \xff" },
    { .text = "<\xf9" },
    { .text = ">sesame\r\n" },
    { .text = "<\r\nLast login: today\r\n$ " },
    { .text = NULL },
};

static void telnet(struct capture *c, const void *arg)
{
    talk_write(c, 23, arg);
}

static void rsh(struct capture *c, const void *arg)
{
    const void *texts[] = { RSH, "\0 12:00 up 1 day\n", NULL };
    const size_t lens[] = { sizeof RSH - 1, 17 };
    const uint8_t dirs[] = { DIR_AB, DIR_BA };
    (void)arg;
    segments(c, 514, texts, lens, dirs);
}

#define TAC_START "\xc0\1\1\1\0\0\0\7\0\0\0\x25" "\1\1\2\1\5\4\x0a\x0a" "alicetty0" "10.79.0.10" "wonderland"
#define TAC_PASS "\xc0\1\2\1\0\0\0\7\0\0\0\x0d" "\1\0\0\7\0\0" "Welcome"
#define TAC_HIDDEN "\xc0\2\1\0\0\0\0\x08\0\0\0\4" "\xde\xad\xbe\xef"

static void tacacs(struct capture *c, const void *arg)
{
    const void *texts[] = { TAC_START, TAC_PASS, TAC_HIDDEN, "\xc0\x09\1\0", NULL };
    const size_t lens[] = { sizeof TAC_START - 1, sizeof TAC_PASS - 1, sizeof TAC_HIDDEN - 1, 4 };
    const uint8_t dirs[] = { DIR_AB, DIR_BA, DIR_AB, DIR_AB };
    (void)arg;
    segments(c, 49, texts, lens, dirs);
}

/* Units of MCS, without the connect PDUs before them, then units of the client and the server in fast-path. */
static void rdp_plain(struct capture *c, const void *arg)
{
    static const char domain[] = "\3\0\0\x0c\2\xf0\x80\x04\1\0\1\0";
    static const char user[] = "\3\0\0\x0b\2\xf0\x80\x2e\0\0\7";
    static const char keys[] = "\x88\x0e" "checksumKEYS\x84\x03\0";
    static const char screen[] = "\x80\x80\x10" "checksum12345";
    static const char wrong[] = "\2wrong";
    static const char end[] = "\3\0\0\x09\2\xf0\x80\x21\x80";
    const void *texts[] = { RDP_ASK, RDP_OLD, domain, user, keys, screen, end, wrong, NULL };
    const size_t lens[] = { sizeof RDP_ASK - 1, sizeof RDP_OLD - 1, sizeof domain - 1, sizeof user - 1,
                            sizeof keys - 1, sizeof screen - 1, sizeof end - 1, sizeof wrong - 1 };
    const uint8_t dirs[] = { DIR_AB, DIR_BA, DIR_AB, DIR_BA, DIR_AB, DIR_BA, DIR_BA, DIR_AB };
    (void)arg;
    segments(c, 3389, texts, lens, dirs);
}

const struct sample lan_samples[] = {
    { "lan/spanning-tree.pcap", "STP, RSTP, MSTP with an instance, BPDUs that are wrong", spanning_tree, NULL },
    { "lan/aggregation.pcap", "LACP and markers, an entry that is too short", aggregation, NULL },
    { "lan/lldp.pcap", "LLDP: entries of 802.1, 802.3 and MED, a shutdown, wrong lengths", neighbours, NULL },
    { "lan/ssdp.pcap", "SSDP: a search and its answer, a notice, a cut one", upnp, NULL },
    { "lan/wsd.pcap", "WS-Discovery: a probe and its match, a cut message", discovery, NULL },
    { "lan/whois.pcap", "WHOIS: a query and its answer", on_43, whois_steps },
    { "lan/gopher.pcap", "Gopher: a selector and a menu", on_70, gopher_steps },
    { "lan/lpd.pcap", "LPD: the state of a queue is asked for", on_515, lpd_steps },
    { "telnet/escapes.pcap", "Telnet: bytes 255 of the text, a suboption without an end, a command in two segments", telnet, escapes },
    { "telnet/rlogin.pcap", "rlogin: a login that asks for a password", rlogin, NULL },
    { "telnet/rsh.pcap", "rsh: a command and its output", rsh, NULL },
    { "rdp/tls.pcap", "RDP: a cookie, TLS is chosen", rdp, RDP_TLS },
    { "rdp/refused.pcap", "RDP: the negotiation fails", rdp, RDP_NO },
    { "rdp/old.pcap", "RDP: a server without negotiation", rdp, RDP_OLD },
    { "rdp/plain.pcap", "RDP without TLS: data units, fast-path, and bytes that are no unit", rdp_plain, NULL },
    { "tacplus/login.pcap", "TACACS+: a login in the clear, an obfuscated body, a wrong header", tacacs, NULL },
    { NULL, NULL, NULL, NULL },
};
