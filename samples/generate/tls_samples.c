/*
 * tls_samples.c - TLS that common programs do not produce: a browser's hello with reserved values and an encrypted one,
 * SSL 2.0, heartbeats, an early draft, loss, and messages that are wrong.
 */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

/* A step: '>' or '<', then hexadecimal digits; '~' before it: sent, not captured. [..] has a length of two bytes. */
static void say(struct talk_line *l, const char *step)
{
    uint8_t bytes[4096];
    size_t len = 0, open[8], depth = 0;
    bool lost = *step == '~';
    enum direction dir = step[lost] == '<' ? DIR_BA : DIR_AB;
    for (const char *p = step + lost + 1; *p != '\0'; p++) {
        char digits[3] = { p[0], p[1], '\0' };
        if (*p == ' ')
            continue;
        if (*p == '[') {
            open[depth++] = len;
            len += 2;
        } else if (*p == ']') {
            size_t at = open[--depth], n = len - at - 2;
            bytes[at] = (uint8_t)(n >> 8);
            bytes[at + 1] = (uint8_t)n;
        } else {
            bytes[len++] = (uint8_t)strtoul(digits, NULL, 16);
            p++;
        }
    }
    talk_segment(l, dir, TH_PUSH | TH_ACK, bytes, len, lost);
}

static void converse(struct capture *c, const void *arg)
{
    const char *const *steps = arg;
    struct talk_line l = { .c = c, .port = 443, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    for (; *steps != NULL; steps++)
        say(&l, *steps);
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

#define RANDOM "000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f"
#define SNI "0000 [ [ 00 [ 7777772e6578616d706c652e74657374 ] ] ]" /* www.example.test */
#define CLIENT "> 160301 [ 0100 [ 0303 " RANDOM " 00 [ c02f 009c 00ff ] 0100 [ " SNI "] ] ]"
#define SERVER "< 160303 [ 0200 [ 0303 " RANDOM " 00 c02f 00 ] ]"

/* The outer hello has a name of its own; what is in the inner one cannot be seen. */
static const char *const browser[] = {
    "> 160301 [ 0100 [ 0303 " RANDOM " 20 " RANDOM
    "[ 8a8a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035 ] 0100 ["
    " 3a3a [ ] 000d [ [ 0403 0804 0401 0503 0805 0501 0806 0601 ] ] 0012 [ ] 0023 [ ] 001b [ 02 0002 ] 000b [ 01 00 ]"
    " 0010 [ [ 02 6832 08 687474702f312e31 ] ] 0017 [ ] 44cd [ [ 02 6832 ] ] ff01 [ 00 ] 0005 [ 01 0000 0000 ]"
    " 0033 [ [ 5a5a [ 00 ] 11ec [ 0102030405060708 ] 001d [ " RANDOM " ] ] ]"
    " fe0d [ 00 0001 0001 2a [ " RANDOM " ] [ 00112233445566778899aabbccddeeff ] ] 002d [ 01 01 ]"
    " 002b [ 06 1a1a 0304 0303 ] 000a [ [ 5a5a 11ec 001d 0017 ] ] " SNI " baba [ 00 ] ] ] ]",
    "< 160303 [ 0200 [ 0303 " RANDOM " 20 " RANDOM " 1301 00 [ 0033 [ 11ec [ 0807060504030201 ] ] 002b [ 0304 ] ] ] ]"
    "  140303 0001 01  170303 [ 000102030405060708090a0b0c0d0e0f1011 ]",
    "> 140303 0001 01  170303 [ 00112233445566778899aabbccddeeff0011 ]",
    "> 170303 [ 6162636465666768696a6b6c6d6e6f707172 ]",
    "< 170303 [ 6162636465666768696a6b6c6d6e6f707172 ] 170303 [ 7071727374757677787970717273747576 ]",
    NULL,
};

static const char *const ssl2[] = {
    "> 802b 01 0301 0012 0000 0010 010080 020080 00000a 000005 00002f 000035 000102030405060708090a0b0c0d0e0f",
    "< 160301 [ 0200 [ 0301 " RANDOM " 00 002f 00 ] ] 160301 [ 0e000000 ]",
    "> 150301 0002 0200",
    NULL,
};

/* The second request asks for 16 KiB that it did not send. */
static const char *const heartbeat[] = {
    "> 160301 [ 0100 [ 0303 " RANDOM " 00 [ c02f ] 0100 [ 000f [ 01 ] ] ] ]",
    "< 160303 [ 0200 [ 0303 " RANDOM " 00 c02f 00 [ 000f [ 01 ] ] ] ]",
    "> 180303 [ 01 0004 01020304 000102030405060708090a0b0c0d0e0f ]",
    "< 180303 [ 02 0004 01020304 000102030405060708090a0b0c0d0e0f ]",
    "> 180303 [ 01 4000 ]",
    NULL,
};

/* A draft of TLS 1.3, in which the server's hello has no session id; an unknown version; two alerts. */
static const char *const drafts[] = {
    "> 160301 [ 0100 [ 0303 " RANDOM " 00 [ 1301 ] 0100 [ 002b [ 02 7f12 ] 0033 [ [ 001d [ 01 ] ] ] ] ] ]",
    "< 160301 [ 0200 [ 7f12 " RANDOM " 1301 [ 0033 [ 001d [ 01 ] ] ] ] ]",
    "< 150301 [ 0164 ]",
    NULL,
};

/* Missing: a part of the certificates, then a whole record of data. */
static const char *const loss[] = {
    CLIENT,
    SERVER,
    "< 160303 0022 0b 00001e 00001b 000018 000102030405",
    "~< 060708090a0b0c",
    "< 0e0f101112131415161718 160303 [ 0e000000 ]",
    "> 160303 [ 10000003 020102 ] 140303 0001 01 160303 [ 000102030405060708090a0b0c0d0e0f ]",
    "< 140303 0001 01 160303 [ 000102030405060708090a0b0c0d0e0f ]",
    "> 170303 [ 000102030405060708090a0b0c0d0e0f ]",
    "~< 170303 [ 000102030405060708090a0b0c0d0e0f ]",
    "< 170303 [ 000102030405060708090a0b0c0d0e0f10 ]",
    NULL,
};

/* Lengths that contradict each other, a certificate that is none, a chain that is too long, other bytes. */
static const char *const wrong[] = {
    "> 160301 [ 0100 [ 0303 " RANDOM " 00 [ c02f ] 0100 [ 0000 0010 0000 0d ] ] ]",
    SERVER,
    "< 160303 [ 0b00 [ 00 [ 00 [ 3003020100 ] 00 [ 00 ] 00 [ 00 ] 00 [ 00 ] 00 [ 00 ] 00 [ 00 ] 00 [ 00 ] 00 [ 00 ]"
    " 00 [ 00 ] 00 [ 00 ] 00 [ 00 ] ] ] ]",
    "< 160303 [ 0c00 [ 03 001d ff 0102 ] ]",
    "< ffffffffffff",
    "< 160303 [ 0e000000 ]",
    NULL,
};

static const char *const cut_off[] = { CLIENT, "< 160303 0040 02", NULL };

const struct sample tls_samples[] = {
    { "tls/browser.pcap", "a hello with reserved values (GREASE), an encrypted one (ECH), a post-quantum group", converse,
      browser },
    { "tls/ssl2.pcap", "a hello in the form of SSL 2.0, answered in TLS 1.0", converse, ssl2 },
    { "tls/heartbeat.pcap", "heartbeats; one says it is longer than it is", converse, heartbeat },
    { "tls/drafts.pcap", "draft 18 of TLS 1.3", converse, drafts },
    { "tls/loss.pcap", "a part of the certificates is missing, and later a record of data", converse, loss },
    { "tls/wrong.pcap", "lengths, a certificate and a chain that are wrong; bytes that are no record", converse, wrong },
    { "tls/cut-off.pcap", "the server's side ends within its hello", converse, cut_off },
    { NULL, NULL, NULL, NULL },
};
