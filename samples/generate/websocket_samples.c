/* websocket_samples.c - WebSocket (RFC 6455, RFC 7692): frames that programs should not send, lost bytes, compression. */
#include "gen.h"

#include <string.h>

enum { LOST = 1, BYTEWISE = 2, BOMB = 4 };

/* Data of one side: '>' the client's, '<' the server's; LOST: sent but not captured. */
struct piece {
    char dir;
    const char *bytes;
    size_t len;
    unsigned flags;
};

#define C(bytes) { '>', bytes, sizeof bytes - 1, 0 }
#define S(bytes) { '<', bytes, sizeof bytes - 1, 0 }
#define C_LOST(bytes) { '>', bytes, sizeof bytes - 1, LOST }
#define S_LOST(bytes) { '<', bytes, sizeof bytes - 1, LOST }
#define C_BYTEWISE(bytes) { '>', bytes, sizeof bytes - 1, BYTEWISE }
#define S_BYTEWISE(bytes) { '<', bytes, sizeof bytes - 1, BYTEWISE }
#define END { 0, NULL, 0, 0 }

#define ASK(more)                                                                                                      \
    "GET /socket HTTP/1.1\r\nHost: server.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                         \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" more "\r\n"
#define ANSWER(accept, more)                                                                                           \
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                                  \
    "Sec-WebSocket-Accept: " accept "\r\n" more "\r\n"
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate"
#define KEY "\x37\xfa\x21\x3d"
#define HELLO "\x7f\x9f\x4d\x51\x58" /* "Hello" with this key (RFC 6455 section 5.7) */

static void send_piece(struct talk_line *l, const struct piece *piece)
{
    enum direction dir = piece->dir == '<' ? DIR_BA : DIR_AB;
    for (size_t at = 0, n; at < piece->len; at += n) {
        n = piece->flags & BYTEWISE ? 1 : piece->len - at < 1400 ? piece->len - at : 1400;
        talk_segment(l, dir, TH_PUSH | TH_ACK, piece->bytes + at, n, (piece->flags & LOST) != 0);
    }
}

/*
 * A compressed message of `len` bytes that inflates to 158 times as many: after one literal, matches of 258 bytes at
 * distance 1 in a block with fixed codes (RFC 1951 section 3.2.6), 13 bits each.
 */
static void send_bomb(struct talk_line *l)
{
    enum { LEN = 24000, HEAD = 4 };
    static uint8_t frame[HEAD + LEN];
    static const char match[] = "1100010100000", first[] = "01010010001"; /* BFINAL, BTYPE, the literal */
    size_t bit = 0;
    memset(frame, 0, sizeof frame);
    frame[0] = 0xc1;
    frame[1] = 126;
    put16(frame + 2, LEN);
    for (const char *p = first; bit < LEN * 8; bit++) {
        if (*p == 0)
            p = match;
        if (*p++ == '1')
            frame[HEAD + bit / 8] |= (uint8_t)(1u << (bit % 8));
    }
    send_piece(l, &(struct piece){ '<', (const char *)frame, sizeof frame, 0 });
}

static void converse(struct capture *c, const void *arg)
{
    const struct piece *pieces = arg;
    struct talk_line l = { .c = c, .port = 80, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    for (const struct piece *piece = pieces; piece->dir != 0; piece++) {
        if (piece->flags & BOMB)
            send_bomb(&l);
        else
            send_piece(&l, piece);
    }
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

static const struct piece odd_frames[] = {
    C(ASK("Sec-WebSocket-Protocol: chat, authorization.bearer.c2VjcmV0, \"a, b\", ,\r\n"
          "Sec-WebSocket-Extensions: x-one;a=\"1,2\", permessage-deflate\r\n")),
    S(ANSWER("AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Sec-WebSocket-Protocol: authorization.bearer.c2VjcmV0\r\n")),
    S("\x81\x7e\x00\x05" "Hello"),                 /* length not minimal, 16 bits */
    S("\x82\x7f\0\0\0\0\0\0\x00\x05" "Hello"),     /* likewise, 64 bits */
    C("\xf1\x85" KEY HELLO),                       /* all reserved bits, no extension */
    C("\x83\x85" KEY HELLO "\x8f\x80" KEY),        /* opcodes 3 and 15 */
    C("\x81\x05" "Hello"),                         /* no mask */
    C("\x80\x85" KEY HELLO),                       /* a continuation of nothing */
    S("\x01\x03" "One" "\x81\x03" "Two"),          /* the first message has no end */
    S("\x09\x02" "hm" "\x8a\x7e\x00\x80"),         /* a ping in fragments, a pong of 128 bytes */
    S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      "0123456789abcdef"),
    C("\x88\x81" KEY "\x34"),                      /* a close of one byte */
    C("\x89\x80" KEY),                             /* a ping after it */
    S("\x88\x02\x03\xed" "\x88\x02\x0f\xa0" "\x88\x0b\x0b\xb8" "forbidden"), /* 1005; 4000; 3000 with a reason */
    S("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" KEY "what follows is not read"),
    C("\x81\x85" KEY HELLO),
    END,
};

static const struct piece loss[] = {
    C(ASK("")),
    S(ANSWER(ACCEPT, "")),
    S("\x82\x7e\x00\xc8" "the first bytes "),      /* 200 bytes */
    S_LOST("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefend it.\n"),
    S("\x89\x10" "ping"),
    S_LOST("lost"),
    S("the rest\x81\x05" "Hello"),
    S("\x81\x05"),
    S_LOST("Hello"),
    S("\x81\x05" "again"),
    C("\x81\x85" KEY "\x7f\x9f"),
    C_LOST("\x4d"),
    C("\x51\x58\x81\x85" KEY HELLO),               /* the key goes on at the right byte */
    C_LOST("\x81\x85" KEY HELLO),
    C("\x81\x85" KEY HELLO),                       /* which byte begins a frame is not known any more */
    S("\x88\x02\x03\xe9"),
    END,
};

/* The examples of RFC 7692 section 7.2.3, after one another. */
static const struct piece compressed[] = {
    C(ASK(DEFLATE "; client_max_window_bits, permessage-deflate\r\n")),
    S(ANSWER(ACCEPT, DEFLATE "; client_no_context_takeover; server_max_window_bits=\"9\"\r\n")),
    S("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"),     /* one block */
    S("\xc1\x05\xf2\x00\x11\x00\x00"),             /* what came before is referred to */
    S("\x41\x03\xf2\x48\xcd" "\x89\x00" "\x80\x04\xc9\xc9\x07\x00"), /* in fragments, with a ping between them */
    S("\xc1\x0b\x00\x05\x00\xfa\xff" "Hello\x00"), /* not compressed */
    S("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), /* marked as the last block */
    S("\xc1\x05\xf2\x00\x11\x00\x00"),             /* which is no end of what is referred to */
    S("\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), /* two blocks */
    S("\xc1\x01\x00" "\x81\x05" "plain"),          /* an empty message; one that is not compressed */
    C("\xc2\x87" KEY "\xc5\xb2\xec\xf4\xfe\xfd\x21"),
    C("\xc2\x85" KEY "\xc5\xfa\x30\x3d\x37"),      /* nothing is there to refer to */
    C("\xc2\x87" KEY "\xc5\xb2\xec\xf4\xfe\xfd\x21"), /* a new beginning */
    S("\xc1\x03\xff\xff\xff" "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), /* not deflate, and what follows cannot be read */
    S("\xc0\x00\x81\x05" "plain"),                 /* RSV1 on a continuation */
    END,
};

static const struct piece compressed_loss[] = {
    C(ASK(DEFLATE "\r\n")),
    S(ANSWER(ACCEPT, DEFLATE "; server_no_context_takeover\r\n")),
    S("\xc1\x07\xf2\x48\xcd"),
    S_LOST("\xc9"),
    S("\xc9\x07\x00" "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), /* the next message can be read again */
    S("\x41\x03\xf2\x48\xcd" "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), /* a message without its end */
    C("\xc1\x87" KEY "\xc5\xb2\xec"),
    C_LOST("\xf4"),
    C("\xfe\xfd\x21" "\xc1\x87" KEY "\xc5\xb2\xec\xf4\xfe\xfd\x21"), /* it cannot */
    C("\x81\x85" KEY HELLO),
    END,
};

static const struct piece bomb[] = {
    C(ASK(DEFLATE "\r\n")),
    S(ANSWER(ACCEPT, DEFLATE "\r\n")),
    { '<', NULL, 0, BOMB },
    S("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" "\x81\x05" "plain"),
    END,
};

static const struct piece one_byte[] = {
    C_BYTEWISE(ASK(DEFLATE "\r\n")),
    S_BYTEWISE(ANSWER(ACCEPT, DEFLATE "\r\n")),
    C_BYTEWISE("\x01\x85" KEY HELLO "\x89\x85" KEY HELLO "\x80\x85" KEY HELLO),
    S_BYTEWISE("\x81\x7e\x00\x05" "Hello" "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" "\x88\x07\x03\xe8" "Hello"),
    END,
};

/* Messages carry HTTP, which becomes WebSocket in turn. */
static const struct piece inside[] = {
    C(ASK("")),
    S(ANSWER(ACCEPT, "")),
    C("\x82\xb6\0\0\0\0GET /inner HTTP/1.1\r\nHost: inner.test\r\nAccept: */*\r\n\r\n"),
    S("\x02\x19HTTP/1.1 204 No Content\r\n\x80\x02\r\n"),
    C("\x82\xfe\x00\x9c\0\0\0\0" ASK("")),
    S("\x82\x7e\x00\x81" ANSWER(ACCEPT, "")),
    C("\x82\x8b\0\0\0\0\x81\x85" KEY HELLO),
    S("\x82\x07\x81\x05" "Hello"),
    END,
};

const struct sample websocket_samples[] = {
    { "websocket/odd-frames.pcap",
      "a wrong accept, a token as subprotocol; wrong lengths, reserved bits, opcodes, masks, control frames, fragments",
      converse, odd_frames },
    { "websocket/loss.pcap", "bytes lost inside payloads and control frames; a frame lost: its side is not read further",
      converse, loss },
    { "websocket/compressed-blocks.pcap", "the examples of RFC 7692 section 7.2.3; invalid deflate", converse,
      compressed },
    { "websocket/compressed-loss.pcap", "bytes lost inside compressed messages, with and without context takeover",
      converse, compressed_loss },
    { "websocket/compressed-bomb.pcap", "24 KB that inflate to 3.7 MB: given up", converse, bomb },
    { "websocket/one-byte.pcap", "handshake and frames in segments of one byte", converse, one_byte },
    { "websocket/inside.pcap", "HTTP and WebSocket inside the messages of a WebSocket", converse, inside },
    { NULL, NULL, NULL, NULL },
};
