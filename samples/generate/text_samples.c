/* text_samples.c - RTSP with media over UDP and in the connection, XMPP, NNTP: what is usual, odd, lost. */
#include "gen.h"

#include <string.h>

static void rtsp_lines(struct capture *c, const void *arg)
{
    talk_write(c, 554, arg);
}

static const struct talk_step rtsp_odd[] = {
    { .text = ">DESCRIBE rtsp://ann:pl4nted-rtsp@10.1.0.2/cam RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic pl4nted-rtsp\r\n\r\n" },
    { .text = "<RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Basic realm=\"cam\"\r\n\r\n" },
    { .text = ">GET_PARAMETER rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 2\r\nContent-Type: text/parameters\r\nContent-Length: 8\r\n\r\nposi" },
    { .text = ">tion" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 15\r\n\r\nposition: 1.25\n\r\n\r\nRTSP/1.0 " },
    { .text = "<454 Session Not Found\r\nCSeq: 3\r\n\r\n" },
    { .text = "~>SET_PARAMETER rtsp://10.1.0.2/cam RTSP/1.0\r\n" },
    { .text = ">CSeq: 4\r\n\r\nTEARDOWN rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 5\r\nSession: 12\r\n\r\n" },
    { .text = "<not a message\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n" },
    { .text = NULL },
};

enum { RTP_HEADER = 12, RTP_PACKET = 32, RTCP_PACKET = 28, MARK = 4 };

/* A packet of a stream, with four bytes of room before it. */
static size_t rtp(uint8_t *at, unsigned seq)
{
    memset(at, 0x55, MARK + RTP_PACKET);
    at[0] = '$';
    at[1] = 0;
    put16(at + 2, RTP_PACKET);
    at[MARK] = 0x80;
    at[MARK + 1] = 96;
    put16(at + MARK + 2, 100 + seq);
    put32(at + MARK + 4, 3000 * seq);
    put32(at + MARK + 8, 0x11223344);
    return MARK + RTP_PACKET;
}

static size_t rtcp(uint8_t *at)
{
    memset(at, 0, MARK + RTCP_PACKET);
    at[0] = '$';
    at[1] = 1;
    put16(at + 2, RTCP_PACKET);
    at[MARK] = 0x80;
    at[MARK + 1] = 200;
    put16(at + MARK + 2, RTCP_PACKET / 4 - 1);
    put32(at + MARK + 4, 0x11223344);
    return MARK + RTCP_PACKET;
}

static void udp(struct capture *c, enum direction dir, uint16_t from, uint16_t to, const uint8_t *bytes, size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, bytes, len);
    put_udp(&p, dir, false, from, to);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

#define DESCRIPTION                                                                                     \
    "v=0\r\no=- 1 1 IN IP4 10.1.0.2\r\ns=Test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" \
    "a=control:track1\r\n"

static const struct talk_step asked[] = {
    { .text = ">OPTIONS rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: test\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP, PLAY, TEARDOWN\r\nServer: test\r\n\r\n" },
    { .text = ">DESCRIBE rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 109\r\n\r\n" DESCRIPTION },
    { .text = NULL },
};
static const struct talk_step over_udp[] = {
    { .text = ">SETUP rtsp://10.1.0.2/cam/track1 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;"
              "server_port=6970-6971\r\n\r\n" },
    { .text = ">PLAY rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 4\r\nSession: 12\r\nRange: npt=0-\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12\r\n\r\n" },
    { .text = NULL },
};
static const struct talk_step inside[] = {
    { .text = ">SETUP rtsp://10.1.0.2/cam/track1 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n" },
    { .text = ">PLAY rtsp://10.1.0.2/cam RTSP/1.0\r\nCSeq: 4\r\nSession: 12\r\n\r\n" },
    { .text = "<RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12\r\n\r\n" },
    { .text = NULL },
};

static void say_all(struct talk_line *l, const struct talk_step *steps)
{
    for (; steps->text != NULL; steps++)
        talk_say(l, steps);
}

/* A stream is described, set up and played. arg: not NULL if its packets come in the connection. */
static void play(struct capture *c, const void *arg)
{
    struct talk_line l = { .c = c, .port = 554, .next = { 1000, 5000 } };
    uint8_t bytes[MARK + RTP_PACKET];
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    say_all(&l, asked);
    say_all(&l, arg != NULL ? inside : over_udp);
    for (unsigned i = 0; i < 6; i++) {
        size_t n = i == 3 ? rtcp(bytes) : rtp(bytes, i - (i > 3));
        uint16_t channel = i == 3;
        if (arg != NULL)
            talk_segment(&l, DIR_BA, TH_PUSH | TH_ACK, bytes, n, false);
        else
            udp(c, DIR_BA, (uint16_t)(6970 + channel), (uint16_t)(5000 + channel), bytes + MARK, n - MARK);
    }
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

static void xmpp_lines(struct capture *c, const void *arg)
{
    talk_write(c, 5222, arg);
}

static const struct talk_step xmpp_session[] = {
    { .text = "><?xml version='1.0'?><stream:stream to='im.example.test' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" },
    { .text = "<<?xml version='1.0'?><stream:stream from='im.example.test' id='s1' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features><starttls "
              "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
              "<mechanism>PLAIN</mechanism></mechanisms></stream:features>" },
    { .text = "><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
    { .text = "<<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
    { .text = "><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFubgBwbDRudGVkLXhtcHA=</auth>" },
    { .text = "<<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>wrong</text></failure>" },
    { .text = "><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFubgBwbDRudGVkLXhtcHA=</auth>", .single = true },
    { .text = "<<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" },
    { .text = "><stream:stream to='im.example.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
              "version='1.0'><iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>" },
    { .text = "<<stream:stream from='im.example.test' id='s2' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features/>"
              "<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>ann@im.example.test/1</jid></bind></iq>" },
    { .text = "><presence/><message to='bob@im.example.test' type='chat' id='m1'><body>a &gt; b</body></message>" },
    { .text = "<<message from=\"bob@im.example.test/x>y\" to='ann@im.example.test/1' type='chat'><body>yes</body></message>" },
    { .text = "~<<message from='bob@im.example.test'><body>lost" },
    { .text = "<</body></message><iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>" },
    { .text = "></stream:stream>" },
    { .text = NULL },
};

static const struct talk_step xmpp_starttls[] = {
    { .text = "><stream:stream to='im.example.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" },
    { .text = "<<stream:stream from='im.example.test' id='s1'><stream:features><starttls/></stream:features>" },
    { .text = "><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
    { .text = "<<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
    { .text = ">\x15\x03\x01" },
    { .text = NULL },
};

static void nntp_lines(struct capture *c, const void *arg)
{
    talk_write(c, 119, arg);
}

static const struct talk_step nntp_session[] = {
    { .text = "<200 news.example.test ready\r\n" },
    { .text = ">CAPABILITIES\r\n" },
    { .text = "<101 Capability list:\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n" },
    { .text = ">STARTTLS\r\n" },
    { .text = "<580 Can not initiate TLS negotiation\r\n" },
    { .text = ">AUTHINFO USER ann\r\n" },
    { .text = "<381 Password required\r\n" },
    { .text = ">AUTHINFO PASS pl4nted-nntp\r\n" },
    { .text = "<281 Ok\r\n" },
    { .text = ">GROUP misc.test\r\nARTICLE 12\r\n" },
    { .text = "<211 3 10 12 misc.test\r\n220 12 <12@example.test>\r\nFrom: ann@example.test\r\nSubject: Test\r\n\r\n200 is no code\r\n.\r\n" },
    { .text = ">LISTGROUP misc.test\r\n" },
    { .text = "<211 3 10 12 misc.test list follows\r\n10\r\n11\r\n12\r\n.\r\n" },
    { .text = ">POST\r\n" },
    { .text = "<340 Send it\r\n" },
    { .text = ">From: ann@example.test\r\nSubject: Answer\r\n\r\nQUIT is text here\r\n.\r\nDATE\r\n" },
    { .text = "<240 Received\r\n111 20240101000000\r\n" },
    { .text = "~>AUTHINFO PASS " },
    { .text = ">pl4nted-nntp\r\nAUTHINFO SASL PLAIN AGFubgBwbDRudGVk\r\n" },
    { .text = "<482 Wrong order\r\n" },
    { .text = ">QUIT\r\n" },
    { .text = "<205 Bye\r\n" },
    { .text = NULL },
};

static const struct talk_step nntp_tls[] = {
    { .text = "<201 news.example.test, no posting\r\n" },
    { .text = ">STARTTLS\r\n" },
    { .text = "<382 Continue with TLS negotiation\r\n" },
    { .text = ">\x15\x03\x01" },
    { .text = NULL },
};

const struct sample text_samples[] = {
    { "rtsp/udp.pcap", "RTSP: a stream described, set up and played, its RTP and RTCP over UDP", play, NULL },
    { "rtsp/interleaved.pcap", "RTSP: the same, RTP and RTCP in the connection", play, inside },
    { "rtsp/odd.pcap", "RTSP: a password, a body in two segments, messages in pieces, loss", rtsp_lines, rtsp_odd },
    { "xmpp/session.pcap", "XMPP: TLS refused, logins, stanzas, odd quotes, loss", xmpp_lines, xmpp_session },
    { "xmpp/starttls.pcap", "XMPP: STARTTLS", xmpp_lines, xmpp_starttls },
    { "nntp/session.pcap", "NNTP: a login, groups, articles read and posted, loss in a password", nntp_lines, nntp_session },
    { "nntp/starttls.pcap", "NNTP: STARTTLS", nntp_lines, nntp_tls },
    { NULL, NULL, NULL, NULL },
};
