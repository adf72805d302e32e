/* http_samples.c - HTTP that real programs do not send: smuggling, old and odd syntax, missing sides, missing bytes. */
#include "gen.h"

#include <string.h>

enum { END, TO_B, TO_A, NEW };
enum { LOST = 1, BYTEWISE = 2, FILL = 4, UNPUSHED = 8 };

/* Data of one side: text, or (FILL) len letters. LOST: not captured, but acknowledged. */
struct step {
    int what; /* END, TO_B, TO_A; NEW: another connection */
    const char *text;
    size_t len;
    unsigned flags;
};

enum { MIDDLE = 1, ONLY_A = 2, ONLY_B = 4 };

struct story {
    const struct step *steps;
    uint16_t port;
    unsigned flags;
};

struct talk {
    struct capture *c;
    const struct story *story;
    uint32_t next[2];
    uint16_t client;
};

static void send_segment(struct talk *t, enum direction dir, uint8_t flags, const void *bytes, size_t len, bool lost)
{
    struct pkt p;
    struct tcp h = { .sport = dir == DIR_AB ? t->client : t->story->port,
                     .dport = dir == DIR_AB ? t->story->port : t->client,
                     .seq = t->next[dir],
                     .ack = flags & 0x10 ? t->next[1 - dir] : 0,
                     .flags = flags,
                     .window = 65000 };
    t->next[dir] += (uint32_t)len + ((flags & 3) != 0);
    if (lost || (t->story->flags & ONLY_A && dir == DIR_BA) || (t->story->flags & ONLY_B && dir == DIR_AB)) {
        t->c->ns += t->c->step;
        return;
    }
    pkt_init(&p, t->c->net);
    pkt_append(&p, bytes, len);
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(t->c, &p);
}

static void send_step(struct talk *t, const struct step *s)
{
    static char letters[1400];
    enum direction dir = s->what == TO_B ? DIR_AB : DIR_BA;
    size_t most = s->flags & BYTEWISE ? 1 : sizeof letters;
    uint8_t tcp_flags = s->flags & UNPUSHED ? 0x10 : 0x18;
    memset(letters, 'x', sizeof letters);
    for (size_t at = 0; at < s->len; at += most) {
        size_t n = s->len - at < most ? s->len - at : most;
        send_segment(t, dir, tcp_flags, s->flags & FILL ? letters : s->text + at, n, s->flags & LOST);
    }
    send_segment(t, 1 - dir, 0x10, NULL, 0, false);
}

static void open_talk(struct talk *t)
{
    t->client++;
    t->next[0] = 1000;
    t->next[1] = 5000;
    if (t->story->flags & MIDDLE)
        return;
    send_segment(t, DIR_AB, 2, NULL, 0, false);
    send_segment(t, DIR_BA, 0x12, NULL, 0, false);
    send_segment(t, DIR_AB, 0x10, NULL, 0, false);
}

static void close_talk(struct talk *t)
{
    send_segment(t, DIR_BA, 0x11, NULL, 0, false);
    send_segment(t, DIR_AB, 0x11, NULL, 0, false);
    send_segment(t, DIR_BA, 0x10, NULL, 0, false);
}

static void http_write(struct capture *c, const void *arg)
{
    struct talk t = { .c = c, .story = arg, .client = 40000 };
    pcap_begin(c, 1);
    open_talk(&t);
    for (const struct step *s = t.story->steps; s->what != END; s++) {
        if (s->what != NEW) {
            send_step(&t, s);
            continue;
        }
        close_talk(&t);
        open_talk(&t);
    }
    close_talk(&t);
}

#define T(what, text, flags) { what, text, sizeof(text) - 1, flags }
#define A(text) { TO_B, text, sizeof(text) - 1, 0 }
#define B(text) { TO_A, text, sizeof(text) - 1, 0 }
#define HOST "Host: www.example.test\r\n"
#define GET(path) A("GET " path " HTTP/1.1\r\n" HOST "\r\n")
#define OK(body, length) B("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " length "\r\n\r\n" body)
#define NO_CONTENT B("HTTP/1.1 204 No Content\r\n\r\n")
#define POST(headers, body) A("POST /post HTTP/1.1\r\n" HOST headers "\r\n" body)

static const struct step smuggling[] = {
    POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Content-Length: 5\r\nContent-Length: 5\r\n", "12345"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Content-Length: 5\r\nContent-Length: 50\r\n", "12345"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Content-Length: 3, 3\r\n", "123"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Content-Length: +3\r\n", ""), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Content-Length : 3\r\n", "123"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n", "123"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Transfer-Encoding: chunked, identity\r\n", "3\r\nabc\r\n0\r\n\r\n"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Transfer-Encoding:\x0b" "chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), NO_CONTENT, { NEW, "", 0, 0 },
    POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), NO_CONTENT,
    { NEW, "", 0, 0 },
    A("GET / HTTP/1.1\r\nHost: one.test\r\nHost: two.test\r\n\r\n"), NO_CONTENT, { NEW, "", 0, 0 },
    A("GET / HTTP/1.1\r\n\r\n"), NO_CONTENT, { NEW, "", 0, 0 },
    A("GET / HTTP/1.1\r\nHost: nul\0.test\r\n\r\n"), NO_CONTENT, { END, NULL, 0, 0 },
};
static const struct step old_syntax[] = {
    A("GET /bare HTTP/1.1\nHost: www.example.test\nUser-Agent: bare\n\n"),
    B("HTTP/1.1 200 OK\nContent-Length: 4\n\nbare"),
    A("GET /folded HTTP/1.1\r\n" HOST "User-Agent: one\r\n two\r\n\tthree\r\nReferer:\r\n http://other.test/\r\n\r\n"),
    OK("folded", "6"),
    A("\r\n\r\nGET /after-empty-lines HTTP/1.1\r\n" HOST "\r\n"), OK("lines", "5"),
    A("get /lower HTTP/1.1\r\nHOST:www.example.test\r\nuSER-aGENT:\tcase  \r\n\r\n"), OK("case", "4"),
    A("GET  /two  spaces  HTTP/1.1\r\n" HOST "\r\n"), B("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"),
    A("GET http://absolute.test:8080/form?a=1 HTTP/1.1\r\n\r\n"), OK("absolute", "8"),
    A("OPTIONS * HTTP/1.0\r\nCookie: a=1; b; c=3\r\nCookie: d=4\r\nVia: 1.0 one\r\nX-Forwarded-For: 10.9.8.7\r\n\r\n"),
    B("HTTP/1.0 200 Fine\r\nServer: old\r\n\r\nto the end"), { END, NULL, 0, 0 },
};
static const struct step simple[] = {
    A("GET /simple\r\n"), B("<html>An answer of HTTP/0.9 is its body.</html>\n"), { END, NULL, 0, 0 },
};
static const struct step version[] = {
    A("GET /1.2 HTTP/1.2\r\n" HOST "\r\n"), B("HTTP/3.7 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    A("GET /broken HTTP/1.1\r\n" HOST "\r\n"), B("HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok"),
    A("GET /garbage HTTP/1.1\r\n" HOST "\r\n"), B("this is no HTTP at all\r\nand goes on\r\n"), OK("late", "4"),
    { END, NULL, 0, 0 },
};
static const struct step chunks[] = {
    GET("/chunks"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
      "A;name=value;quoted=\"a;b\"\r\n0123456789\r\n00003 \r\nabc\r\n0;last\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"),
    POST("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n"), T(TO_B, "6\r\n world\r\n0\r\n\r\n", 0), NO_CONTENT,
    GET("/broken-chunk"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nlost\r\n"),
    GET("/next"), OK("found", "5"), GET("/short-chunk"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"), GET("/last"), OK("found", "5"),
    { END, NULL, 0, 0 },
};
static const struct step oversized[] = {
    T(TO_B, "GET /", 0), { TO_B, NULL, 9000, FILL },
    A(" HTTP/1.1\r\n" HOST "User-Agent: big\r\n\r\n"), OK("long uri", "8"),
    A("GET /long-header HTTP/1.1\r\n" HOST "Referer: "), { TO_B, NULL, 9000, FILL }, A("\r\n\r\n"),
    OK("long header", "11"), { END, NULL, 0, 0 },
};
static const struct step huge[] = {
    A("GET /huge-head HTTP/1.1\r\n" HOST "X-Huge: "), { TO_B, NULL, 70000, FILL },
    A("\r\nContent-Length: 4\r\n\r\nbody"), OK("huge head", "9"), GET("/after"), OK("after", "5"), { END, NULL, 0, 0 },
};
static const struct step gap_body[] = {
    GET("/known-length"), B("HTTP/1.1 200 OK\r\nContent-Length: 4200\r\n\r\n"), { TO_A, NULL, 1400, FILL },
    { TO_A, NULL, 1400, FILL | LOST }, { TO_A, NULL, 1400, FILL }, GET("/next"), OK("next", "4"),
    POST("Content-Length: 10\r\n", "12345"), T(TO_B, "67890", LOST), NO_CONTENT, GET("/chunks"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n01234"), T(TO_A, "56", LOST),
    B("789\r\n0\r\n\r\n"), GET("/chunk-line"), B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n01234"),
    T(TO_A, "56789\r\n4\r\n", LOST), B("abcd\r\n0\r\n\r\n"), GET("/found"), OK("found", "5"),
    GET("/to-the-end"), B("HTTP/1.0 200 OK\r\n\r\nbefore"), { TO_A, NULL, 1000, FILL | LOST }, B("after"),
    { END, NULL, 0, 0 },
};
static const struct step gap_head[] = {
    GET("/one"), B("HTTP/1.1 200 OK\r\nContent-"), T(TO_A, "Length: 3\r\n", LOST), B("Server: x\r\n\r\none"),
    GET("/two"), OK("two", "3"), A("GET /three HTTP/1.1\r\nHo"), T(TO_B, "st: www.example.test\r\n\r\n", LOST),
    OK("three", "5"), GET("/four"), OK("four", "4"), T(TO_B, "GET /five HTTP/1.1\r\n\r\n", LOST),
    OK("five", "4"), GET("/six"),
    T(TO_A, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nsix", LOST), GET("/seven"), OK("seven", "5"),
    { END, NULL, 0, 0 },
};
static const struct step pipeline[] = {
    A("GET /1 HTTP/1.1\r\n" HOST "\r\nHEAD /2 HTTP/1.1\r\n" HOST "\r\nPOST /3 HTTP/1.1\r\n" HOST
      "Content-Length: 3\r\n\r\nabcGET /4 HTTP/1.1\r\n" HOST "\r\n"),
    B("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"),
    { END, NULL, 0, 0 },
};
static const struct step answers[] = {
    OK("one", "3"), OK("two", "3"), B("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"), OK("to HEAD before", "14"),
    OK("four", "4"), OK("five", "4"), { END, NULL, 0, 0 },
};
static const struct step questions[] = { GET("/one"), GET("/two"), POST("Content-Length: 3\r\n", "abc"),
                                         GET("/three"), { END, NULL, 0, 0 } };
static const struct step middle[] = {
    B("the rest of a body\r\nthat began before\r\n"), GET("/first-seen"), OK("seen", "4"), GET("/second"),
    OK("too", "3"), { END, NULL, 0, 0 },
};
static const struct step early[] = {
    A("POST /early HTTP/1.1\r\n" HOST "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n12345"),
    B("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), T(TO_B, "67890", 0),
    GET("/next"), OK("next", "4"), { END, NULL, 0, 0 },
};
static const struct step tunnel[] = {
    A("CONNECT refused.test:443 HTTP/1.1\r\nHost: refused.test:443\r\n\r\n"),
    B("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno"),
    A("CONNECT inner.test:80 HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"),
    B("HTTP/1.1 200 Connection established\r\n\r\n"), GET("/inside"), OK("inside", "6"), { NEW, "", 0, 0 },
    A("GET /socket HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: sample\r\n\r\n"),
    B("HTTP/1.1 101 Switching Protocols\r\nUpgrade: sample\r\nConnection: Upgrade\r\n\r\nGET what is this\r\n"),
    T(TO_B, "\x81\x05hello", 0), { NEW, "", 0, 0 },
    A("CONNECT hasty.test:443 HTTP/1.1\r\nHost: hasty.test:443\r\n\r\n"
      "GET http://behind.test/ HTTP/1.1\r\nHost: behind.test\r\nCookie: bare; named=1; =x\r\nVia: 1.1 one,\r\n 1.1 two\r\n\r\n"),
    B("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"),
    { END, NULL, 0, 0 },
};
static const struct step bytewise[] = {
    T(TO_B, "\r\nPOST /bytes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n", BYTEWISE),
    T(TO_A, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", BYTEWISE), { END, NULL, 0, 0 },
};
static const struct step kept_open[] = {
    T(TO_B, "\0", UNPUSHED), GET("/behind"), OK("behind", "6"), { END, NULL, 0, 0 },
};
static const struct step not_http[] = {
    A("OPTIONS rtsp://host/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"), B("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"), { NEW, "", 0, 0 },
    A("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n\r\n"), B("SIP/2.0 180 Ringing\r\n\r\n"), { NEW, "", 0, 0 },
    B("SSH-2.0-OpenSSH_9.2\r\n"), A("SSH-2.0-OpenSSH_9.2\r\n"), { NEW, "", 0, 0 },
    B("220 mail.example.test ESMTP\r\n"), A("EHLO client\r\n"), { NEW, "", 0, 0 },
    A("SOURCE /stream\r\n"), B("ICY 200 OK\r\n\r\n"), { NEW, "", 0, 0 },
    A("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), B("\0\0\0\4\0\0\0\0\0"), { END, NULL, 0, 0 },
};
#define SWITCH "HTTP/1.1 101 Next\r\n\r\n"
#define SWITCHES SWITCH SWITCH SWITCH SWITCH SWITCH SWITCH SWITCH SWITCH
static const struct step handovers[] = { GET("/"), B(SWITCHES SWITCHES SWITCHES SWITCHES), { END, NULL, 0, 0 } };
static const struct step odd_greeting[] = {
    B("hello"), B("\x01\x02 what no protocol says\r\n"), GET("/after"), OK("after", "5"), { END, NULL, 0, 0 },
};
static const struct step tunnel_odd[] = {
    A("CONNECT inner.test:25 HTTP/1.1\r\nHost: inner.test:25\r\n\r\n"), B("HTTP/1.1 200 Fine\r\n\r\n"),
    A("EHLO two words\r\n"), B("what no mail server\r\nwould ever say\r\n"), { END, NULL, 0, 0 },
};
static const struct step bodies[] = {
    GET("/report"),
    B("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"report 1.txt\"\r\n"
      "Content-Length: 6\r\n\r\nreport"),
    GET("/chunks"),
    B("HTTP/1.1 200 OK\r\nContent-Disposition: inline; filename*=UTF-8''%E2%82%AC.bin\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    POST("Content-Length: 3\r\n", "abc"), NO_CONTENT, { END, NULL, 0, 0 },
};
static const struct step odd_headers[] = {
    A("GET /odd HTTP/1.1\r\n Host: behind-a-space\r\n" HOST "Content\rLength: 5\r\nReferer : spaced\r\nno colon\r\nUser-Agent\r\n : folded\r\n"
      "Origin: bare\rCR\r\nX-Folded: one\r\n\ttwo\r\n\r\n"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Date, Set-Cookie\r\n\r\n2\r\nok\r\n0\r\n"),
    B("Date: Thu, 01 Jan\r\n 1970 00:00:00 GMT\r\nSet-Cookie: sid=s3cret; Path=/\r\nContent-Length: 7\r\n\r\n"),
    GET("/next"), OK("next", "4"), { END, NULL, 0, 0 },
};
#define ASKS HOST "Connection: Upgrade\r\nUpgrade: sample/1, other\r\n"
#define GRANTED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: sample/1\r\nConnection: Upgrade\r\n\r\n"
#define GREETING "220 mail.example.test ESMTP\r\n"
#define HELLO "EHLO client.example.test\r\n"
static const struct step upgrade_waits[] = {
    A("GET /early HTTP/1.1\r\n" ASKS "\r\n"), A(HELLO), B(GRANTED GREETING "250 OK\r\n"), A("QUIT\r\n"),
    B("221 Bye\r\n"), { NEW, "", 0, 0 },
    A("GET /offer HTTP/1.1\r\n" ASKS "\r\nGET /next HTTP/1.1\r\n" HOST "\r\n"), OK("plain", "5"), OK("next", "4"), { NEW, "", 0, 0 },
    A("POST /body HTTP/1.1\r\n" ASKS "Content-Length: 10\r\n\r\n12345"), B(GRANTED GREETING), A("67890" HELLO),
    B("250 OK\r\n"), A("QUIT\r\n"), B("221 Bye\r\n"), { NEW, "", 0, 0 },
    A("GET /unanswered HTTP/1.1\r\n" ASKS "\r\n"), A(HELLO "QUIT\r\n"), { NEW, "", 0, 0 },
    A("CONNECT inner.test:25 HTTP/1.1\r\nHost: inner.test:25\r\n\r\n" HELLO), B("HTTP/1.1 200 OK\r\n\r\n" GREETING "250 OK\r\n"),
    A("QUIT\r\n"), B("221 Bye\r\n"), { END, NULL, 0, 0 },
};
static const struct step no_end[] = { GET("/"), B("no answer, no end of a line"), { END, NULL, 0, 0 } };
static const struct step folded_cookies[] = {
    A("GET / HTTP/1.1\r\n" HOST "Cookie: one=1;\r\n two=2;\r\n\tthree\r\n and=3\r\n\r\n"), NO_CONTENT, { END, NULL, 0, 0 },
};
static const struct step odd_method[] = {
    T(TO_B, "EHLO x HTTP/1.1\r\n" HOST "\r\n", BYTEWISE), NO_CONTENT, { NEW, "", 0, 0 },
    A("EHLO x HTTP/1.1\r\n" HOST "\r\n"), NO_CONTENT, { END, NULL, 0, 0 },
};

#define EXPECT(headers) POST("Expect: 100-continue\r\n" headers, "")
#define REFUSED B("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
static const struct step expect[] = {
    EXPECT("Content-Length: 500\r\n"), REFUSED, POST("Content-Length: 5\r\n", "again"), NO_CONTENT, GET("/next"), OK("next", "4"),
    EXPECT("Content-Length: 5\r\n"), REFUSED, A("12345"), GET("/next"), OK("next", "4"),
    EXPECT("Transfer-Encoding: chunked\r\n"), REFUSED, POST("Content-Length: 5\r\n", "again"), NO_CONTENT,
    EXPECT("Content-Length: 5\r\n"), B("HTTP/1.1 100 Continue\r\n\r\n"), A("12345"), NO_CONTENT,
    EXPECT("Content-Length: 20\r\n"), A("no answer, body sent"), NO_CONTENT, EXPECT("Content-Length: 5\r\n"), REFUSED,
    { END, NULL, 0, 0 },
};
#define RANGE(range, body, length) B("HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\nContent-Range: bytes " range \
                                    "\r\nContent-Length: " length "\r\n\r\n" body)
static const struct step ranges[] = {
    GET("/whole"), RANGE("0-4/12", "Hello", "5"), GET("/whole"), RANGE("5-6/12", ", ", "2"),
    GET("/whole"), RANGE("7-11/12", "world", "5"),                    /* they meet: one file */
    GET("/part"), RANGE("0-3/20", "four", "4"), GET("/part"), RANGE("8-11/20", "gaps", "4"), /* they do not */
    GET("/other"), RANGE("12-15/20", "else", "4"),                    /* of another target */
    GET("/cut"), B("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 10\r\n\r\nshort"),
    { END, NULL, 0, 0 },
};
static const struct step identity[] = {
    GET("/3"), B("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nfour"),
    GET("/4"), OK("last", "4"), { END, NULL, 0, 0 },
};
static const struct step odd_starts[] = {
    A("GET /old\r\n" HOST "User-Agent: old\r\n\r\n"), B("body"), { NEW, "", 0, 0 },
    A("POST /old\r\n" HOST "Content-Length: 4\r\n\r\nfour"), OK("fine", "4"), { NEW, "", 0, 0 },
    A("CONNECT inner.test: 443 HTTP/1.1\r\n\r\n"), B("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), { NEW, "", 0, 0 },
    GET("/radio"), B("ICY 200 OK\r\nicy-name: radio\r\nicy-br: 128\r\nContent-Type: audio/mpeg\r\n\r\nID3 sound"), { NEW, "", 0, 0 },
    A("GET /folded HTTP/1.1\r\nHost: a \r\n\t b\r\n\r\n"),
    B("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip,\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), { END, NULL, 0, 0 },
};

/* 600 bytes as they are, then a block of a type that does not exist. */
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A600 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50
#define CODED(coding, length, body) \
    GET("/" coding), B("HTTP/1.1 200 OK\r\nContent-Encoding: " coding "\r\nContent-Length: " length "\r\n\r\n" body)
#define BOMB "\x9b\xff\xff\x2f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x05" /* 3 MiB */
#define FRAME "\x28\xb5\x2f\xfd\x00\x68\x29\x00\x00hello" /* window of 8 MiB */
static const struct step coded[] = {
    CODED("gzip", "616", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00\x58\x02\xa7\xfd" A600 "\x07"),
    CODED("deflate", "608", "\x78\x01\x00\x58\x02\xa7\xfd" A600 "\x07"), CODED("br", "604", "\x70\x25\x10" A600 "\x0e"),
    CODED("zstd", "612", "\x28\xb5\x2f\xfd\x00\x38\xc0\x12\x00" A600 "\x0e\x00\x00"), { NEW, "", 0, 0 },
    CODED("br", "14", BOMB), CODED("br", "14", BOMB), CODED("zstd", "614", FRAME A600), CODED("zstd", "28", FRAME FRAME),
    CODED("identity", "4", "text"), { END, NULL, 0, 0 },
};

/* "<html>one two three one two three one two three</html>", coded once or twice. */
#define T_GZIP \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55\x28\x29\xcf\x57" \
    "\x28\xc9\x28\x4a\x4d\x55\xc0\xc3\xb3\xd1\x07\xab\x07\x00\x96\xb3\x7f\x93\x36\x00\x00\x00"
#define T_ZLIB \
    "\x78\xda\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55\x28\x29\xcf\x57\x28\xc9\x28\x4a\x4d\x55\xc0\xc3" \
    "\xb3\xd1\x07\xab\x07\x00\x1f\xe0\x13\xaa"
#define T_GZIP_TWICE \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x93\xef\xe6\x60\x00\x01\xa6\xff\x9b\x4f\x6a\x9c\x3c\xbb" \
    "\xf1\xf4\x79\xef\x50\x0d\xcd\xf3\xe1\x1a\x27\x35\xbc\x7c\x43\x0f\x1c\xde\x7c\x91\x7d\x35\x3b\xc3" \
    "\xb4\xcd\xf5\x93\xcd\x80\xaa\x00\x9f\x58\xd3\x27\x2e\x00\x00\x00"
#define T_GZIP_THEN_ZLIB \
    "\x78\xda\x93\xef\xe6\x60\x00\x01\xa6\xff\x9b\x4f\x6a\x9c\x3c\xbb\xf1\xf4\x79\xef\x50\x0d\xcd\xf3" \
    "\xe1\x1a\x27\x35\xbc\x7c\x43\x0f\x1c\xde\x7c\x91\x7d\x35\x3b\xc3\xb4\xcd\xf5\x93\xcd\x80\xaa\x00" \
    "\x97\x0d\x11\xa6"
#define CHUNK(n, body) n "\r\n" body "\r\n0\r\n\r\n"
#define TRANSFER(name, codings, headers, body) \
    GET("/" name), B("HTTP/1.1 200 OK\r\n" headers "Transfer-Encoding: " codings "\r\n\r\n" body)
static const struct step transfer_coded[] = {
    TRANSFER("gzip", "gzip, chunked", "", CHUNK("2e", T_GZIP)), TRANSFER("deflate", "deflate, chunked", "", CHUNK("22", T_ZLIB)),
    TRANSFER("lines", "x-gzip\r\nTransfer-Encoding: chunked", "", CHUNK("2e", T_GZIP)),
    TRANSFER("both", "gzip, chunked", "Content-Encoding: gzip\r\n", CHUNK("40", T_GZIP_TWICE)),
    TRANSFER("mixed", "deflate, chunked", "Content-Encoding: gzip\r\n", CHUNK("34", T_GZIP_THEN_ZLIB)),
    TRANSFER("twice", "gzip, gzip, chunked", "", CHUNK("40", T_GZIP_TWICE)),
    TRANSFER("list", "chunked", "Content-Encoding: gzip, deflate\r\n", CHUNK("34", T_GZIP_THEN_ZLIB)),
    TRANSFER("compress", "compress, chunked", "", CHUNK("4", "text")), TRANSFER("after", "chunked, gzip", "", CHUNK("2e", T_GZIP)),
    TRANSFER("thrice", "gzip, gzip, chunked", "Content-Encoding: gzip\r\n", CHUNK("40", T_GZIP_TWICE)),
    TRANSFER("wrong", "gzip, chunked", "", CHUNK("4", "text")),
    A("POST /request HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n" CHUNK("2e", T_GZIP)), OK("fine", "4"),
    TRANSFER("end", "gzip", "", T_GZIP), { END, NULL, 0, 0 },
};

#define STORY(name, port, flags) static const struct story name##_story = { name, port, flags };
STORY(smuggling, 80, 0)
STORY(old_syntax, 80, 0)
STORY(simple, 80, 0)
STORY(version, 9000, 0)
STORY(chunks, 80, 0)
STORY(oversized, 9000, 0)
STORY(huge, 80, 0)
STORY(gap_body, 80, 0)
STORY(gap_head, 80, 0)
STORY(pipeline, 80, 0)
STORY(answers, 80, ONLY_B | MIDDLE)
STORY(questions, 80, ONLY_A)
STORY(middle, 9000, MIDDLE)
STORY(early, 80, 0)
STORY(tunnel, 3128, 0)
STORY(bytewise, 9000, 0)
STORY(kept_open, 9000, MIDDLE)
STORY(not_http, 9000, 0)
STORY(handovers, 80, 0)
STORY(odd_greeting, 50000, 0)
STORY(tunnel_odd, 3128, 0)
STORY(upgrade_waits, 80, 0)
STORY(odd_headers, 80, 0)
STORY(bodies, 80, 0)
STORY(no_end, 80, 0)
STORY(folded_cookies, 80, 0)
STORY(odd_method, 9000, 0)
STORY(expect, 80, 0)
STORY(ranges, 80, 0)
STORY(identity, 80, 0)
STORY(odd_starts, 80, 0)
STORY(coded, 80, 0)
STORY(transfer_coded, 80, 0)

#define ROW(file, name, holds) { "http/" file ".pcap", holds, http_write, &name##_story }

const struct sample http_samples[] = {
    ROW("smuggling", smuggling, "lengths and codings that servers interpret differently; no Host, two Hosts, a NUL in Host; one connection each"),
    ROW("old-syntax", old_syntax, "bare LF, folded headers, leading empty lines, odd case and spaces, absolute target, HTTP/1.0 body to the end"),
    ROW("simple", simple, "HTTP/0.9: a request line, a body"),
    ROW("version", version, "invalid versions, an invalid status line, garbage followed by a message; port 9000"),
    ROW("chunks", chunks, "chunk extensions and trailers; a chunk without a size and one too short, each followed by a message"),
    ROW("oversized", oversized, "a target and a header of 9000 bytes: cut in the record"),
    ROW("huge-head", huge, "a head of 70 KB with Content-Length at its end"),
    ROW("gap-body", gap_body, "bytes lost inside bodies: with a length, in chunks, in a chunk line, to the end of the connection"),
    ROW("gap-head", gap_head, "bytes lost inside heads; a whole request and a whole response lost"),
    ROW("pipeline", pipeline, "four requests in one segment, four responses in one: 200, to HEAD, 304, 200"),
    ROW("response-only", answers, "only the server's side, midstream, with a response to HEAD"),
    ROW("request-only", questions, "only the client's side"),
    ROW("from-the-middle", middle, "midstream: the end of a body, then whole messages; port 9000"),
    ROW("early", early, "100, then an error before the request body is complete"),
    ROW("tunnel", tunnel, "CONNECT refused, then accepted with HTTP inside; an accepted upgrade; a request right after a refused CONNECT"),
    ROW("one-byte", bytewise, "a request and a response in segments of one byte; port 9000"),
    ROW("keep-alive-first", kept_open, "midstream, starting with the byte of a TCP keep-alive; port 9000"),
    ROW("not-http", not_http, "RTSP, SIP, SSH, SMTP, ICY and the HTTP/2 preface: not HTTP/1"),
    ROW("handovers", handovers, "repeated 101: after 16 of them the flow is no longer decoded"),
    ROW("odd-greeting", odd_greeting, "an unknown greeting in two segments, then HTTP with its own times"),
    ROW("tunnel-odd", tunnel_odd, "a tunnel with data that looks like SMTP but is not: the service of the proxy stays"),
    ROW("upgrade-waits", upgrade_waits, "bytes of the next protocol before its 101: granted, not granted, granted within the request, never answered; behind CONNECT"),
    ROW("odd-headers", odd_headers, "header lines that are none, a name with a CR in it, folded lines, trailers with a secret in them"),
    ROW("bodies", bodies, "bodies with names: quoted, in UTF-8 with chunks, none"),
    ROW("no-end", no_end, "an invalid response without end: the anomaly is reported when the flow ends"),
    ROW("folded-cookies", folded_cookies, "cookies with names after and across a line end"),
    ROW("odd-method", odd_method, "an SMTP command as method, in segments of one byte: still HTTP"),
    ROW("expect", expect, "Expect: 100-continue: refused and sent again, refused and sent, granted, not answered; with a length and in chunks"),
    ROW("ranges", ranges, "206: three ranges that meet, two that do not, one of another target, one that is cut"),
    ROW("identity", identity, "Transfer-Encoding: identity with a length, then another exchange"),
    ROW("odd-starts", odd_starts, "a line of HTTP/0.9 with header lines, CONNECT with a space, ICY, folded codings; one connection each"),
    ROW("coded", coded, "wrong bodies with gzip, deflate, br and zstd; bodies that grow; bytes after a zstd frame, two frames; identity"),
    ROW("transfer-coded", transfer_coded, "transfer codings before chunked: gzip, deflate, both kinds of codings, two codings, ones that are not undone"),
    { NULL, NULL, NULL, NULL },
};
