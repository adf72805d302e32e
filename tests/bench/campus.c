/*
 * campus.c - makes a capture with traffic like that of a campus network: campus OUT FLOWS SEED [KBYTES]
 * Of 100 flows 40 are DNS over UDP, 35 TLS, 23 HTTP with keep-alive and 2 SMTP. Up to 400 are open at a time. KBYTES is
 * the average size of the data that a server sends in a TCP flow (default 100). The same seed gives the same bytes.
 * Prints the number of packets, of flows, and of transactions of DNS, HTTP and SMTP.
 */
#include <stdarg.h>

#include "tests/bench/frames.h"

enum { OPEN_FLOWS = 400, MESSAGES_MOST = 64, TEXT_MOST = 512, POOL = 1 << 20, TURN_MOST = 8 /* segments */ };

enum kind { DNS, TLS, HTTP, SMTP };

/* What one side sends next: a text, then body_len bytes of the pool. */
struct message {
    uint8_t side;
    uint16_t text_len;
    uint32_t body_at, body_len;
    char text[TEXT_MOST];
};

struct flow {
    bool open;
    enum kind kind;
    struct connection connection;
    unsigned count, at;   /* messages, the current one */
    uint32_t said;        /* bytes of it that are sent */
    unsigned stage;       /* 0 to 2: the handshake; 3: messages, then the end */
    unsigned unacked;     /* segments */
    struct message messages[MESSAGES_MOST];
};

struct campus {
    struct frames frames;
    uint64_t random;
    uint64_t dns, http, smtp; /* transactions */
    uint32_t average;         /* bytes */
    uint8_t pool[POOL];       /* contents of bodies: half text, half random bytes */
};

static struct message *message(struct flow *f, unsigned side, uint32_t body_at, uint32_t body_len)
{
    struct message *m = &f->messages[f->count++];
    m->side = (uint8_t)side;
    m->body_at = body_at;
    m->body_len = body_len;
    m->text_len = 0;
    return m;
}

static void text(struct message *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void text(struct message *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(m->text, TEXT_MOST, format, args);
    va_end(args);
    m->text_len = (uint16_t)(n < TEXT_MOST ? n : TEXT_MOST - 1);
}

/* Sizes have a long tail: most are small, a few have most of the bytes. */
static uint32_t size(struct campus *c, uint32_t average)
{
    uint32_t percent = between(&c->random, 0, 99);
    if (percent < 70)
        return between(&c->random, average / 20, average / 2);
    return percent < 95 ? between(&c->random, average / 2, average * 3) : between(&c->random, average * 3, average * 9);
}

static void script_http(struct campus *c, struct flow *f)
{
    unsigned exchanges = between(&c->random, 1, 8);
    uint32_t host = between(&c->random, 0, 999);
    for (unsigned i = 0; i < exchanges; i++) {
        bool post = between(&c->random, 0, 9) == 0;
        uint32_t up = post ? between(&c->random, 20, 4000) : 0, down = size(c, c->average / exchanges);
        struct message *m = message(f, 0, 0, up);
        text(m, "%s /section/%u/item%u.html?session=%016" PRIx64 " HTTP/1.1\r\nHost: www%u.example.test\r\n"
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\r\n"
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
                "Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n",
             post ? "POST" : "GET", host, between(&c->random, 1, 9999), draw(&c->random), host);
        m->text_len += (uint16_t)snprintf(m->text + m->text_len, TEXT_MOST - m->text_len,
                                          post ? "Content-Length: %u\r\n\r\n" : "\r\n", up);
        m = message(f, 1, between(&c->random, 0, POOL / 4), down);
        text(m, "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\n"
                "Content-Length: %u\r\nLast-Modified: Mon, 13 Nov 2023 10:00:00 GMT\r\nConnection: keep-alive\r\n"
                "Accept-Ranges: bytes\r\n\r\n", down);
    }
    c->http += exchanges;
}

/* A record header before each 16 KiB; the first message of each side is a well-formed hello (RFC 8446). */
static void script_tls(struct campus *c, struct flow *f)
{
    struct message *m = message(f, 0, POOL / 2, 400);
    char name[32];
    int n = snprintf(name, sizeof name, "secure%u.example.test", between(&c->random, 0, 9999));
    uint8_t *p = (uint8_t *)m->text;
    memcpy(p, "\x16\3\1\0\0\1\0\0\0\3\3", 11);
    memset(p + 11, 0x5a, 32);
    memcpy(p + 43, "\0\0\2\x13\1\1\0\0\0\0\0\0\0\0\0\0\0\0", 18);
    tl_store_be16(p + 50, (uint16_t)(9 + n + 4 + 400)); /* extensions: the name, and padding */
    tl_store_be16(p + 54, (uint16_t)(5 + n));
    tl_store_be16(p + 56, (uint16_t)(3 + n));
    tl_store_be16(p + 59, (uint16_t)n);
    memcpy(p + 61, name, (size_t)n);
    tl_store_be16(p + 61 + n, 21);
    tl_store_be16(p + 63 + n, 400);
    m->text_len = (uint16_t)(65 + n);
    tl_store_be16(p + 3, (uint16_t)(m->text_len + 400 - 5));
    tl_store_be16(p + 7, (uint16_t)(m->text_len + 400 - 9));
    m = message(f, 1, POOL / 2, 3000);
    memcpy(m->text, "\x16\3\3\0\x4a\2\0\0\x46\3\3", 11);
    memset(m->text + 11, 0x3c, 32);
    memcpy(m->text + 43, "\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\1\0\x17\3\3\x0b\xb8", 41);
    m->text_len = 84;
    for (unsigned i = between(&c->random, 1, 6); i > 0; i--) {
        uint32_t left = size(c, c->average / 3);
        m = message(f, 0, POOL / 2, between(&c->random, 60, 900));
        text(m, "\x17\3\3");
        tl_store_be16(m->text + 3, (uint16_t)m->body_len);
        m->text_len = 5;
        for (; left > 0 && f->count < MESSAGES_MOST; left -= m->body_len) {
            m = message(f, 1, POOL / 2 + between(&c->random, 0, POOL / 4), left < 16384 ? left : 16384);
            text(m, "\x17\3\3");
            tl_store_be16(m->text + 3, (uint16_t)m->body_len);
            m->text_len = 5;
        }
        if (f->count > MESSAGES_MOST - 2)
            break;
    }
}

static void script_smtp(struct campus *c, struct flow *f)
{
    uint32_t who = between(&c->random, 1, 9999);
    text(message(f, 1, 0, 0), "220 mx%u.example.test ESMTP Postfix\r\n", who % 50);
    text(message(f, 0, 0, 0), "EHLO client%u.example.test\r\n", who);
    text(message(f, 1, 0, 0), "250-mx.example.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n");
    text(message(f, 0, 0, 0), "MAIL FROM:<user%u@example.test> SIZE=20000\r\n", who);
    text(message(f, 1, 0, 0), "250 2.1.0 Ok\r\n");
    text(message(f, 0, 0, 0), "RCPT TO:<user%u@example.test>\r\n", who / 2);
    text(message(f, 1, 0, 0), "250 2.1.5 Ok\r\n");
    text(message(f, 0, 0, 0), "DATA\r\n");
    text(message(f, 1, 0, 0), "354 End data with <CR><LF>.<CR><LF>\r\n");
    text(message(f, 0, 0, between(&c->random, 1000, 60000)),
         "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: User <user%u@example.test>\r\nTo: user%u@example.test\r\n"
         "Subject: about %u\r\nMessage-ID: <%u.%u@example.test>\r\nContent-Type: text/plain\r\n\r\n",
         who, who / 2, who, who, between(&c->random, 0, 1 << 30));
    text(message(f, 0, 0, 0), "\r\n.\r\n");
    text(message(f, 1, 0, 0), "250 2.0.0 Ok: queued as %08X\r\n", (unsigned)draw(&c->random));
    text(message(f, 0, 0, 0), "QUIT\r\n");
    text(message(f, 1, 0, 0), "221 2.0.0 Bye\r\n");
    c->smtp++;
}

static void script_dns(struct campus *c, struct flow *f)
{
    struct message *m = message(f, 0, 0, 0);
    uint8_t *p = (uint8_t *)m->text;
    memcpy(p, "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
    tl_store_be16(p, (uint16_t)draw(&c->random));
    p[12] = (uint8_t)snprintf((char *)p + 13, 32, "host%u", between(&c->random, 0, 99999));
    uint32_t n = 13u + p[12];
    memcpy(p + n, "\7example\4test\0\0\1\0\1", 18);
    m->text_len = (uint16_t)(n + 18);
    struct message *answer = message(f, 1, 0, 0);
    memcpy(answer->text, m->text, m->text_len);
    memcpy(answer->text + 2, "\x81\x80\0\1\0\1", 6);
    memcpy(answer->text + m->text_len, "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4", 12);
    tl_store_be32(answer->text + m->text_len + 12, (uint32_t)draw(&c->random));
    answer->text_len = (uint16_t)(m->text_len + 16);
    c->dns++;
}

static void begin(struct campus *c, struct flow *f, uint32_t number)
{
    static void (*const script[])(struct campus *c, struct flow *f) = { script_dns, script_tls, script_http, script_smtp };
    static const uint16_t ports[] = { 53, 443, 80, 25 };
    uint32_t percent = between(&c->random, 0, 99);
    f->kind = percent < 40 ? DNS : percent < 75 ? TLS : percent < 98 ? HTTP : SMTP;
    f->open = true;
    f->count = f->at = f->stage = f->unacked = 0;
    f->said = 0;
    f->connection = (struct connection){ .ends = { { 0x0a000000 | (1 + number % 5000), 0xac100000 | between(&c->random, 1, 3000) },
                                                   { (uint16_t)(10000 + number / 5000 * 97 + number % 97), ports[f->kind] } },
                                         .next = { (uint32_t)draw(&c->random), (uint32_t)draw(&c->random) } };
    script[f->kind](c, f);
}

/* Copies `len` bytes of m from `at` on: its text, then its part of the pool. */
static void copy_out(const struct campus *c, const struct message *m, uint32_t at, uint32_t len, uint8_t *out)
{
    if (at < m->text_len) {
        uint32_t n = m->text_len - at < len ? m->text_len - at : len;
        memcpy(out, m->text + at, n);
        at += n;
        out += n;
        len -= n;
    }
    for (uint32_t from = m->body_at + at - m->text_len; len > 0; from = 0) {
        from %= POOL;
        uint32_t n = POOL - from < len ? POOL - from : len;
        memcpy(out, c->pool + from, n);
        out += n;
        len -= n;
    }
}

/* Sends one segment of the current message, and sometimes the acknowledgment of the peer. */
static void say_segment(struct campus *c, struct flow *f)
{
    const struct message *m = &f->messages[f->at];
    uint32_t whole = m->text_len + m->body_len, left = whole - f->said;
    uint32_t n = left < SEGMENT_MOST ? left : SEGMENT_MOST;
    uint8_t bytes[SEGMENT_MOST];
    copy_out(c, m, f->said, n, bytes);
    f->said += n;
    if (f->kind == DNS) {
        frames_udp(&c->frames, &f->connection.ends, m->side, bytes, n);
    } else {
        frames_tcp(&c->frames, &f->connection, m->side, ACK | (n == left ? PSH : 0), bytes, n);
        /* Some flows acknowledge each segment, some every second one. */
        if (++f->unacked % (1 + f->connection.ends.port[0] % 2) == 0)
            frames_tcp(&c->frames, &f->connection, m->side ^ 1, ACK, NULL, 0);
    }
    if (f->said == whole) {
        f->said = 0;
        f->at++;
    }
}

static void step(struct campus *c, struct flow *f)
{
    static const unsigned handshake[] = { SYN, SYN | ACK, ACK };
    if (f->kind != DNS && f->stage < 3) {
        frames_tcp(&c->frames, &f->connection, f->stage == 1, handshake[f->stage], NULL, 0);
        f->stage++;
        return;
    }
    if (f->at < f->count) {
        say_segment(c, f);
        return;
    }
    for (unsigned i = 0; i < 3 && f->kind != DNS; i++)
        frames_tcp(&c->frames, &f->connection, i == 1, i < 2 ? FIN | ACK : ACK, NULL, 0);
    f->open = false;
}

int main(int argc, char **argv)
{
    static struct campus c;
    static struct flow flows[OPEN_FLOWS];
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: campus OUT FLOWS SEED [KBYTES]\n");
        return 2;
    }
    uint32_t left = (uint32_t)strtoul(argv[2], NULL, 10), begun = 0, open = 0;
    c.random = strtoull(argv[3], NULL, 10);
    c.average = (argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 100) * 1024;
    for (uint32_t i = 0; i < POOL; i++) {
        uint64_t r = mix(i);
        c.pool[i] = i >= POOL / 2 ? (uint8_t)r : i % 76 == 74 ? '\r' : i % 76 == 75 ? '\n' : (uint8_t)('a' + r % 26);
    }
    if (!frames_open(&c.frames, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    while (begun < left || open > 0) {
        struct flow *f = &flows[between(&c.random, 0, OPEN_FLOWS - 1)];
        if (!f->open && begun < left) {
            begin(&c, f, begun++);
            open++;
        }
        for (unsigned i = between(&c.random, 1, TURN_MOST); i > 0 && f->open; i--) {
            step(&c, f);
            c.frames.us += between(&c.random, 1, 20);
            open -= !f->open;
        }
    }
    if (!frames_close(&c.frames)) {
        perror(argv[1]);
        return 1;
    }
    printf("%" PRIu64 " packets %u flows %" PRIu64 " dns %" PRIu64 " http %" PRIu64 " smtp\n", c.frames.packets, begun, c.dns,
           c.http, c.smtp);
    return 0;
}
