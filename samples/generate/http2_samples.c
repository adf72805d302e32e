/* http2_samples.c - HTTP/2 and gRPC (RFC 9113, RFC 7541): frames that programs should not send, lost bytes, tunnels. */
#include "gen.h"

#include <string.h>

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION,
       ALTSVC, ORIGIN = 12, PRIORITY_UPDATE = 16, UNKNOWN = 0xfa };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, ALONE = END_STREAM | END_HEADERS };
enum { LOST = 1, BYTEWISE = 2, RAW = 4, FIELDS = 8 };

/* A frame, or bytes (RAW), of the client ('>') or the server ('<'); LOST: sent but not captured. */
struct step {
    char dir;
    uint8_t type, flags;
    uint32_t stream;
    const char *data;
    size_t len;
    unsigned how;
};

#define FRAME(dir, type, flags, stream, bytes) { dir, type, flags, stream, bytes, sizeof bytes - 1, 0 }
#define LOSE(dir, type, flags, stream, bytes) { dir, type, flags, stream, bytes, sizeof bytes - 1, LOST }
/*
 * A header block: lines "name: value", as literals that are not indexed; "+name: value" is indexed, "!name: value"
 * never; "#n" is the entry n.
 */
#define BLOCK(dir, type, flags, stream, lines) { dir, type, flags, stream, lines, sizeof lines - 1, FIELDS }
#define LOSE_BLOCK(dir, type, flags, stream, lines) { dir, type, flags, stream, lines, sizeof lines - 1, FIELDS | LOST }
#define BYTES(dir, bytes) { dir, 0, 0, 0, bytes, sizeof bytes - 1, RAW }
#define LOSE_BYTES(dir, bytes) { dir, 0, 0, 0, bytes, sizeof bytes - 1, RAW | LOST }
#define END { 0, 0, 0, 0, NULL, 0, 0 }

#define PREFACE BYTES('>', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
#define BEGIN                                                                                                          \
    PREFACE, FRAME('>', SETTINGS, 0, 0, "\0\3\0\0\0\x64"), FRAME('<', SETTINGS, 0, 0, "\0\4\0\1\0\0"),              \
        FRAME('>', SETTINGS, ACK, 0, ""), FRAME('<', SETTINGS, ACK, 0, "")
#define GET(path) ":method: GET\n:scheme: http\n:authority: server.test\n:path: " path "\n"
#define POST(path) ":method: POST\n:scheme: http\n:authority: server.test\n:path: " path "\n"
#define OK ":status: 200\n"

struct out {
    uint8_t bytes[70000];
    size_t len;
};

static void put(struct out *o, const void *bytes, size_t len)
{
    if (len > sizeof o->bytes - o->len)
        die("http2_samples: a frame is too long");
    memcpy(o->bytes + o->len, bytes, len);
    o->len += len;
}

static void put_byte(struct out *o, unsigned byte)
{
    const uint8_t b = (uint8_t)byte;
    put(o, &b, 1);
}

static void put_string(struct out *o, const char *text, size_t len)
{
    if (len < 127) {
        put_byte(o, (unsigned)len);
    } else { /* an integer of more than seven bits (RFC 7541 section 5.1) */
        size_t rest = len - 127;
        put_byte(o, 127);
        for (; rest >= 128; rest >>= 7)
            put_byte(o, (rest & 127) | 128);
        put_byte(o, (unsigned)rest);
    }
    put(o, text, len);
}

static void put_fields(struct out *o, const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        if (*text == '#') {
            unsigned index = 0;
            while (++text < stop)
                index = index * 10 + (unsigned)(*text - '0');
            put_byte(o, 0x80 | index);
        } else {
            put_byte(o, *text == '+' ? 0x40 : *text == '!' ? 0x10 : 0);
            text += *text == '+' || *text == '!';
            const char *colon = memchr(text + 1, ':', (size_t)(stop - text - 1));
            put_string(o, text, (size_t)(colon - text));
            put_string(o, colon + 2, (size_t)(stop - colon - 2));
        }
        text = stop < end ? stop + 1 : end;
    }
}

static void say(struct talk_line *l, const struct step *step)
{
    static struct out o;
    enum direction dir = step->dir == '<' ? DIR_BA : DIR_AB;
    const size_t head = step->how & RAW ? 0 : 9;
    o.len = head;
    if (step->how & FIELDS)
        put_fields(&o, step->data, step->len);
    else
        put(&o, step->data, step->len);
    if (head > 0) {
        const size_t len = o.len - head;
        o.bytes[0] = (uint8_t)(len >> 16);
        put16(o.bytes + 1, (unsigned)(len & 0xffff));
        o.bytes[3] = step->type;
        o.bytes[4] = step->flags;
        put32(o.bytes + 5, step->stream);
    }
    for (size_t at = 0, n; at < o.len; at += n) {
        n = step->how & BYTEWISE ? 1 : o.len - at < 1400 ? o.len - at : 1400;
        talk_segment(l, dir, TH_PUSH | TH_ACK, o.bytes + at, n, (step->how & LOST) != 0);
    }
}

static void open_connection(struct talk_line *l)
{
    pcap_begin(l->c, 1);
    talk_segment(l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(l, DIR_AB, TH_ACK, NULL, 0, false);
}

static void close_connection(struct talk_line *l)
{
    talk_segment(l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(l, DIR_AB, TH_ACK, NULL, 0, false);
}

static void converse(struct capture *c, const void *arg)
{
    struct talk_line line = { c, 8080, { 1000, 5000 } };
    open_connection(&line);
    for (const struct step *step = arg; step->dir != 0; step++)
        say(&line, step);
    close_connection(&line);
}

static void converse_bytewise(struct capture *c, const void *arg)
{
    struct talk_line line = { c, 8080, { 1000, 5000 } };
    open_connection(&line);
    for (const struct step *step = arg; step->dir != 0; step++) {
        struct step bytewise = *step;
        bytewise.how |= BYTEWISE;
        say(&line, &bytewise);
    }
    close_connection(&line);
}

/* --- conversations --- */

static const struct step rare[] = {
    BEGIN,
    BLOCK('>', HEADERS, ALONE, 1, GET("/") "cookie: a=1\ncookie: b=2; c=3\nx-empty: \n!authorization: Bearer sample\n"),
    FRAME('<', ALTSVC, 0, 0, "\0\x12http://server.testh2=\":443\""),
    FRAME('<', ORIGIN, 0, 0, "\0\x13https://server.test\0\x12https://other.test"),
    FRAME('>', PRIORITY_UPDATE, 0, 0, "\0\0\0\1u=2, i"),
    FRAME('<', UNKNOWN, 0, 3, "not known"),
    BLOCK('<', HEADERS, END_HEADERS, 1, ":status: 103\nlink: </style.css>; rel=preload\n"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "content-type: text/plain\ntrailer: x-end\nset-cookie: id=sample; Path=/\n"),
    FRAME('<', DATA, PADDED, 1, "\4some text\0\0\0\0"),
    FRAME('<', DATA, PADDED, 1, "\0, more"),
    BLOCK('<', HEADERS, ALONE, 1, "x-end: yes\n"),
    BLOCK('>', HEADERS, END_HEADERS, 3, POST("/upload") "content-type: text/plain\nexpect: 100-continue\n"),
    BLOCK('<', HEADERS, END_HEADERS, 3, ":status: 100\n"),
    FRAME('>', DATA, 0, 3, "a body "),
    FRAME('>', DATA, END_STREAM, 3, "in two frames"),
    FRAME('<', RST_STREAM, 0, 3, "\0\0\0\7"),
    BLOCK('>', HEADERS, ALONE, 5, ":method: HEAD\n:scheme: http\n:authority: server.test\n:path: /head\n"),
    BLOCK('<', HEADERS, ALONE, 5, OK "content-length: 500\n"),
    BLOCK('>', HEADERS, ALONE, 7, GET("/slow")),
    BLOCK('>', HEADERS, ALONE, 9, GET("/refused")),
    FRAME('<', GOAWAY, 0, 0, "\0\0\0\7\0\0\0\2a reason"),
    BLOCK('<', HEADERS, ALONE, 7, ":status: 204\n"),
    BLOCK('>', HEADERS, ALONE, 11, GET("/cut-off")),
    END,
};

static const struct step odd[] = {
    BEGIN,
    FRAME('>', PING, 0, 0, "seven.."),
    FRAME('>', SETTINGS, 0, 0, "\0\2\0\0\0\2" "\0\4\xff\xff\xff\xff" "\0\5\0\0\0\1" "\xab\xcd\0\0\0\1"),
    FRAME('>', SETTINGS, 0, 0, "five."),
    FRAME('>', WINDOW_UPDATE, 0, 0, "\0\0\0\0"),
    FRAME('>', WINDOW_UPDATE, 0, 1, "\x80\0\0\1"),
    FRAME('>', RST_STREAM, 0, 99, "\0\0\0\x40"),
    FRAME('>', DATA, 0, 97, "idle"),
    FRAME('<', PING, ACK, 5, "eight..."),
    BLOCK('>', HEADERS, ALONE, 2, GET("/even")),
    BLOCK('>', HEADERS, ALONE, 1, ":method: GET\n:path: /1\nHost: capitals\n:scheme: http\n:x: y\n"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "connection: close\ntransfer-encoding: chunked\ncontent-length: 5\n"),
    FRAME('<', DATA, PADDED, 1, "\x09pad"),
    FRAME('<', DATA, PADDED, 1, ""),
    FRAME('<', DATA, END_STREAM, 1, "1234567"),
    FRAME('<', DATA, END_STREAM, 1, "after the end"),
    BLOCK('>', HEADERS, END_HEADERS | PADDED, 3, ""),
    BLOCK('>', HEADERS, ALONE, 5, "no-pseudo: fields\n"),
    BLOCK('<', HEADERS, ALONE, 5, ":status: 2x0\n"),
    FRAME('<', PUSH_PROMISE, END_HEADERS, 5, "\0\0\0"),
    FRAME('<', GOAWAY, 0, 0, "short"),
    FRAME('<', ALTSVC, 0, 0, "\xff\xffx"),
    FRAME('<', ORIGIN, 0, 0, "\xff\xffx"),
    FRAME('<', HEADERS, ALONE, 5, ""),
    END,
};

static const struct step blocks[] = {
    BEGIN,
    BLOCK('>', HEADERS, END_STREAM, 1, ":method: GET\n:scheme: http\n"),
    FRAME('>', CONTINUATION, 0, 1, "\0\12:authority\13serv"),
    FRAME('>', CONTINUATION, 0, 1, "er.test"),
    FRAME('>', CONTINUATION, END_HEADERS, 1, "\0\5:path\2/1"),
    BLOCK('<', HEADERS, END_HEADERS, 1, "#8\n+server: sample\n"),
    FRAME('<', DATA, END_STREAM, 1, "one"),
    FRAME('>', HEADERS, ALONE, 3, /* RFC 7541 section C.4.1 */
          "\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"),
    BLOCK('<', HEADERS, ALONE, 3, "#8\n#62\n"),
    FRAME('>', HEADERS, ALONE, 5, "\x3f\xe1\xff\xff\x03\x82\x86\x84"), /* a table of more than is allowed */
    FRAME('>', HEADERS, ALONE, 7, "\x82\x86\x84\xff\xff\xff\xff\xff\xff"), /* an index that does not end */
    BLOCK('>', HEADERS, ALONE, 9, GET("/after-the-error") "+x-new: value\n"),
    BLOCK('>', HEADERS, ALONE, 11, GET("/known") "#62\n"),
    FRAME('>', HEADERS, ALONE, 13, "\x82\x86\x84\x41\x7fshort"), /* a string that does not end */
    BLOCK('>', HEADERS, END_STREAM, 15, GET("/interrupted")),
    FRAME('>', PING, 0, 0, "in a way"),
    FRAME('>', CONTINUATION, END_HEADERS, 15, ""),
    BLOCK('>', HEADERS, END_STREAM, 17, GET("/other")),
    BLOCK('>', CONTINUATION, END_HEADERS, 19, "x: y\n"),
    FRAME('<', HEADERS, ALONE, 9, "\x88\xf0"), /* an entry that does not exist */
    END,
};

static const struct step loss[] = {
    BEGIN,
    BLOCK('>', HEADERS, ALONE, 1, GET("/1") "+x-one: first\n"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "content-length: 30\n+x-server: first\n"),
    BYTES('<', "\0\0\x1e\0\1\0\0\0\1" "ten bytes."),
    LOSE_BYTES('<', "ten bytes."),
    BYTES('<', "ten bytes."), /* lost inside DATA: the rest is known */
    LOSE_BLOCK('>', HEADERS, ALONE, 3, GET("/3") "+x-two: second\n"),
    FRAME('>', WINDOW_UPDATE, 0, 0, "\0\0\1\0"),
    FRAME('>', DATA, 0, 3, "not found again at these"),
    BLOCK('>', HEADERS, ALONE, 5, GET("/5") "#62\n#63\n+x-three: third\n"), /* found again here */
    BLOCK('<', HEADERS, ALONE, 5, ":status: 204\n#62\n"),
    BLOCK('>', HEADERS, ALONE, 7, GET("/7") "#62\n#63\n"),
    BYTES('>', "\0\0\x0c\1\5\0\0\0\x09"), /* a frame of headers that is lost in part */
    LOSE_BYTES('>', "\x82\x86\x84\0\1a"),
    BYTES('>', "\1b\0\1c\1"),
    BLOCK('>', HEADERS, END_HEADERS, 11, POST("/11")),
    FRAME('>', DATA, 0, 11, "seen, "),
    LOSE('>', DATA, END_STREAM, 11, "not seen"),
    FRAME('>', PING, 0, 0, "found 1."),
    BLOCK('<', HEADERS, END_HEADERS, 11, OK),
    LOSE('<', DATA, 0, 11, "lost"),
    FRAME('<', DATA, 0, 11, "passed over"),
    FRAME('<', SETTINGS, ACK, 0, ""),
    FRAME('<', DATA, END_STREAM, 11, "the end"),
    END,
};

/* RFC 8441; a tunnel with HTTP/1 in it; one that is refused. */
static const struct step tunnels[] = {
    PREFACE,
    FRAME('>', SETTINGS, 0, 0, ""),
    FRAME('<', SETTINGS, 0, 0, "\0\x8\0\0\0\1"),
    BLOCK('>', HEADERS, END_HEADERS, 1, ":method: CONNECT\n:protocol: websocket\n:scheme: http\n"
          ":authority: server.test\n:path: /chat\nsec-websocket-version: 13\n"
          "sec-websocket-protocol: sample\norigin: http://server.test\n"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "sec-websocket-protocol: sample\n"),
    FRAME('>', DATA, 0, 1, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
    FRAME('<', DATA, 0, 1, "\x81\5Hello"),
    FRAME('>', DATA, END_STREAM, 1, "\x88\x80\1\2\3\4"),
    FRAME('<', DATA, END_STREAM, 1, "\x88\0"),
    BLOCK('>', HEADERS, END_HEADERS, 3, ":method: CONNECT\n:authority: inside.test:80\nuser-agent: sample\n"),
    BLOCK('<', HEADERS, END_HEADERS, 3, OK),
    FRAME('>', DATA, 0, 3, "GET /inside HTTP/1.1\r\nHost: inside.test\r\n\r\n"),
    FRAME('<', DATA, 0, 3, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninside"),
    FRAME('>', DATA, END_STREAM, 3, ""),
    FRAME('<', DATA, END_STREAM, 3, ""),
    BLOCK('>', HEADERS, END_HEADERS, 5, ":method: CONNECT\n:authority: refused.test:443\n"),
    BLOCK('<', HEADERS, END_HEADERS, 5, ":status: 403\ncontent-type: text/plain\n"),
    FRAME('<', DATA, END_STREAM, 5, "refused"),
    FRAME('>', RST_STREAM, 0, 5, "\0\0\0\0"),
    END,
};

static const struct step grpc[] = {
    BEGIN,
    BLOCK('>', HEADERS, END_HEADERS, 1,
          POST("/sample.Service/Call") "content-type: application/grpc+proto\nte: trailers\n"),
    FRAME('>', DATA, 0, 1, "\0\0\0"), /* a prefix in two frames, two messages in one */
    FRAME('>', DATA, END_STREAM, 1, "\0\2\x08\1\0\0\0\0\5\x0a\3two"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "content-type: application/grpc+proto\n"),
    FRAME('<', DATA, 0, 1, "\0\0\0\0\0"),
    BYTES('<', "\0\0\x1a\0\0\0\0\0\1" "\0\0\0\0\x15" "\x0a\x13" "ten bytes "),
    LOSE_BYTES('<', "los"),
    BYTES('<', "t here"), /* within a message: the next one is known */
    FRAME('<', DATA, 0, 1, "\1\0\0\0\4zip!"),
    BLOCK('<', HEADERS, ALONE, 1, "grpc-status: 13\ngrpc-message: went %E2%9C%97 wrong %zz\n"),
    BLOCK('>', HEADERS, END_HEADERS, 3, POST("/sample.Service/Odd") "content-type: application/grpc\n"),
    FRAME('>', DATA, END_STREAM, 3, "\2\0\0\0\1x"),
    BLOCK('<', HEADERS, ALONE, 3, OK "content-type: application/grpc\ngrpc-status: 12\n"),
    END,
};

/* A message of two fields, compressed with gzip, zlib and zstd, then with bytes that are wrong. */
static const struct step grpc_compressed[] = {
    BEGIN,
    BLOCK('>', HEADERS, END_HEADERS, 1,
          POST("/sample.Service/Call") "content-type: application/grpc\ngrpc-encoding: gzip\n"),
    FRAME('>', DATA, 0, 1,
          "\001\000\000\000\036\037\213\010\000\000\000\000\000\002\003\343\142\315\110\315\311\311\027\230"
          "\306\010\000\376\151\064\150\012\000\000\000"),
    FRAME('>', DATA, 0, 1,
          "\001\000\000\000\022\170\234\343\142\315\110\315\311\311\027\230\306\010\000\016\133\002\313"),
    FRAME('>', DATA, 0, 1,
          "\001\000\000\000\023\050\265\057\375\000\130\121\000\000\012\005\150\145\154\154\157\020\226\001"),
    FRAME('>', DATA, END_STREAM, 1,
          "\001\000\000\000\036\037\213\010\000\000\000\000\000\002\003\343\142\315\110\315\311\311\027\230"
          "\306\010\167\162\157\156\147\041\041\041\041"),
    BLOCK('<', HEADERS, END_HEADERS, 1, OK "content-type: application/grpc\n"),
    FRAME('<', DATA, 0, 1, "\1\0\0\0\0"),
    BLOCK('<', HEADERS, ALONE, 1, "grpc-status: 0\n"),
    END,
};

/* More streams than are followed; a list of headers that grows from few bytes; a block of very many frames. */
static void hostile(struct capture *c, const void *arg)
{
    static char value[4000 + 16];
    static uint8_t bomb[64];
    struct talk_line line = { c, 8080, { 1000, 5000 } };
    static const struct step begin[] = { BEGIN, END };
    (void)arg;
    open_connection(&line);
    for (const struct step *step = begin; step->dir != 0; step++)
        say(&line, step);
    for (unsigned i = 0; i < 300; i++)
        say(&line, &(struct step)BLOCK('>', HEADERS, END_HEADERS, 2 * i + 1, GET("/open")));
    memcpy(value, "+x-long: ", 9);
    memset(value + 9, 'v', sizeof value - 9);
    say(&line, &(struct step){ '>', HEADERS, ALONE, 1001, value, sizeof value, FIELDS });
    memset(bomb, 0x80 | 62, sizeof bomb);
    say(&line, &(struct step){ '>', HEADERS, ALONE, 1003, (const char *)bomb, sizeof bomb, 0 });
    say(&line, &(struct step)BLOCK('>', HEADERS, END_STREAM, 1005, GET("/flood")));
    for (unsigned i = 0; i < 300; i++)
        say(&line, &(struct step)FRAME('>', CONTINUATION, 0, 1005, ""));
    say(&line, &(struct step)BLOCK('>', CONTINUATION, END_HEADERS, 1005, "x: y\n"));
    say(&line, &(struct step)BLOCK('>', HEADERS, ALONE, 1007, GET("/after")));
    close_connection(&line);
}

const struct sample http2_samples[] = {
    { "http2/rare.pcap",
      "padding, 1xx, trailers, cookies in pieces, ALTSVC, ORIGIN, PRIORITY_UPDATE, RST_STREAM, GOAWAY",
      converse, rare },
    { "http2/one-byte.pcap", "the same in segments of one byte", converse_bytewise, rare },
    { "http2/odd-frames.pcap", "wrong lengths, streams, padding, settings and header fields", converse, odd },
    { "http2/header-blocks.pcap",
      "blocks in several frames, Huffman's code, the dynamic table; blocks that are invalid or interrupted", converse,
      blocks },
    { "http2/loss.pcap", "bytes lost inside DATA, inside headers, and with whole frames; fields that are then unknown",
      converse, loss },
    { "http2/tunnels.pcap", "WebSocket (RFC 8441) and HTTP/1 in CONNECT, and one that is refused", converse, tunnels },
    { "http2/hostile.pcap", "300 open streams, 64 bytes that are 256 KB of header fields, a block of 300 frames",
      hostile, NULL },
    { "grpc/compressed.pcap", "messages that are compressed: gzip, zlib, zstd, and wrong", converse,
      grpc_compressed },
    { "grpc/odd.pcap", "a prefix in two frames, bytes lost in a message, compressed, a wrong flag; statuses", converse,
      grpc },
    { NULL, NULL, NULL, NULL },
};
