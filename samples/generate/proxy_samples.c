/* proxy_samples.c - the PROXY protocol in front of other protocols: both versions, TLVs, LOCAL, wrong ones. */
#include "gen.h"

#include <string.h>

/* Bytes that a side sends. */
struct proxied_step {
    char dir; /* > or <; 0: the end */
    bool single; /* a segment for each byte */
    const char *bytes;
    size_t len;
};
#define STEP(dir, text) { dir, false, text, sizeof text - 1 }
#define BYTE_BY_BYTE(dir, text) { dir, true, text, sizeof text - 1 }

struct proxied_talk {
    uint16_t port;
    struct proxied_step steps[12];
};

static void converse(struct capture *c, const void *arg)
{
    const struct proxied_talk *t = arg;
    struct talk_line l = { .c = c, .port = t->port, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    for (const struct proxied_step *s = t->steps; s->dir != 0; s++) {
        enum direction dir = s->dir == '<' ? DIR_BA : DIR_AB;
        for (size_t at = 0, n; at < s->len; at += n) {
            n = s->single ? 1 : s->len;
            talk_segment(&l, dir, TH_PUSH | TH_ACK, s->bytes + at, n, false);
        }
    }
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define GET "GET / HTTP/1.1\r\nHost: www.test\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"

static const struct proxied_talk v1 = { 80, {
    STEP('>', "PROXY TCP4 192.0.2.1 198.51.100.2 56324 80\r\n" GET), STEP('<', OK), STEP('>', GET), STEP('<', OK),
} };
static const struct proxied_talk v1_v6 = { 25, {
    BYTE_BY_BYTE('>', "PROXY TCP6 2001:db8::1 2001:db8::2 40000 25\r\n"), STEP('<', "220 mail.test ESMTP\r\n"),
    STEP('>', "EHLO a.test\r\n"), STEP('<', "250 mail.test\r\n"), STEP('>', "MAIL FROM:<a@a.test>\r\n"),
    STEP('<', "250 ok\r\n"),
    STEP('>', "RCPT TO:<b@b.test>\r\n"), STEP('<', "250 ok\r\n"), STEP('>', "QUIT\r\n"), STEP('<', "221 bye\r\n"),
} };
static const struct proxied_talk v1_unknown = { 80, {
    STEP('>', "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), STEP('>', GET), STEP('<', OK),
} };
static const struct proxied_talk v2 = { 8080, {
    STEP('>', V2 "\x21\x11\0\x82\xc0\0\2\1\xc6\x33\x64\2\xdc\x04\1\xbb"
              "\1\0\2h2" "\2\0\x08www.test" "\3\0\4\x12\x34\x56\x78" "\4\0\2\0\0" "\5\0\4id-7"
              "\x30\0\4" "blue" "\xea\0\7\1vpce-1"
              "\x20\0\x3f\5\0\0\0\0" "\x21\0\7TLSv1.3" "\x22\0\x06" "a.test" "\x23\0\x16TLS_AES_128_GCM_SHA256"
              "\x24\0\3RSA"
              "\x25\0\5" "EC256"
              GET),
    STEP('<', OK),
} };
static const struct proxied_talk v2_v6 = { 9000, {
    BYTE_BY_BYTE('>', V2 "\x21\x21\0\x24\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
                      "\x9c\x40\0\x50"), STEP('>', GET), STEP('<', OK),
} };
static const struct proxied_talk v2_local = { 80, {
    STEP('>', V2 "\x20\0\0\0" GET), STEP('<', OK), STEP('>', GET), STEP('<', OK),
} };
static const struct proxied_talk v2_unspec = { 80, { STEP('>', V2 "\x21\0\0\5hello" GET), STEP('<', OK) } };
static const struct proxied_talk v2_short = { 80, {
    STEP('>', V2 "\x21\x11\0\x04\xc0\0\2\1" GET), STEP('<', OK),
} };
static const struct proxied_talk v2_tlv_wrong = { 80, {
    STEP('>', V2 "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\xdc\x04\0\x50\1\0\x20h2" GET), STEP('<', OK),
} };
static const struct proxied_talk wrong = { 80, {
    STEP('>', "PROXY TCP4 192.0.2.1 198.51.100.300 1 80\r\n" GET), STEP('<', OK),
} };

const struct sample proxy_samples[] = {
    { "proxy/v1.pcap", "version 1 before two HTTP requests", converse, &v1 },
    { "proxy/v1-ipv6.pcap", "version 1 byte by byte, IPv6, before SMTP", converse, &v1_v6 },
    { "proxy/v1-unknown.pcap", "version 1: UNKNOWN with text", converse, &v1_unknown },
    { "proxy/v2.pcap", "version 2: ALPN, AUTHORITY, CRC32C, NOOP, UNIQUE_ID, NETNS, SSL and another TLV", converse,
      &v2 },
    { "proxy/v2-ipv6.pcap", "version 2 byte by byte, IPv6", converse, &v2_v6 },
    { "proxy/v2-local.pcap", "version 2: LOCAL, a health check of the proxy", converse, &v2_local },
    { "proxy/v2-unspec.pcap", "version 2: no addresses, but bytes", converse, &v2_unspec },
    { "proxy/v2-short.pcap", "version 2: too short for its addresses", converse, &v2_short },
    { "proxy/v2-tlv-wrong.pcap", "version 2: a TLV longer than the header", converse, &v2_tlv_wrong },
    { "proxy/wrong.pcap", "no PROXY protocol: a wrong address", converse, &wrong },
    { NULL, NULL, NULL, NULL },
};
