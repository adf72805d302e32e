/*
 * streams.c - makes a capture of TCP connections that are expensive to parse: streams OUT KIND N [KIND N]...
 * Each pair of KIND and N is a connection; they follow one another.
 *   bytes     N bytes of HTTP requests and responses, in segments of one byte
 *   body      a response of N bytes
 *   pipeline  N requests: 50 requests, then their 50 responses, and so on
 *   header    100 requests, each with a header line of N bytes
 *   mime      a message of N parts
 * Prints the number of packets and of transactions.
 */
#include "tests/bench/frames.h"

struct maker {
    struct frames frames;
    struct connection connection;
    uint32_t segment; /* most bytes in a segment */
    uint64_t since_ack;
};

/* Sends data in segments; the other side acknowledges every second one. */
static void say(struct maker *m, unsigned side, const void *data, uint64_t len)
{
    const uint8_t *p = data;
    while (len > 0) {
        uint32_t n = len < m->segment ? (uint32_t)len : m->segment;
        frames_tcp(&m->frames, &m->connection, side, ACK | (n == len ? PSH : 0), p, n);
        m->frames.us += 10;
        p += n;
        len -= n;
        if (++m->since_ack % 2 == 0)
            frames_tcp(&m->frames, &m->connection, side ^ 1, ACK, NULL, 0);
    }
}

static void say_text(struct maker *m, unsigned side, const char *text)
{
    say(m, side, text, strlen(text));
}

static uint64_t make_bytes(struct maker *m, uint64_t n)
{
    static const char request[] = "GET /a/path/of/some/length?with=query HTTP/1.1\r\nHost: www.example.test\r\n"
                                  "User-Agent: bench\r\nAccept: */*\r\n\r\n";
    static const char response[] = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n"
                                   "\r\n01234567890123456789";
    uint64_t made = 0, count = 0;
    m->segment = 1;
    for (; made < n; made += sizeof request + sizeof response - 2, count++) {
        say_text(m, 0, request);
        say_text(m, 1, response);
    }
    return count;
}

static uint64_t make_body(struct maker *m, uint64_t n)
{
    static uint8_t block[1 << 16];
    char header[128];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)mix(i);
    say_text(m, 0, "GET /large HTTP/1.1\r\nHost: www.example.test\r\n\r\n");
    snprintf(header, sizeof header, "HTTP/1.1 200 OK\r\nContent-Length: %" PRIu64 "\r\n\r\n", n);
    say_text(m, 1, header);
    for (; n > 0; n -= n < sizeof block ? n : sizeof block)
        say(m, 1, block, n < sizeof block ? n : sizeof block);
    return 1;
}

/* Sends messages first to last - 1 of one side; a segment has as many as fit. */
static void say_batch(struct maker *m, unsigned side, uint64_t first, uint64_t last)
{
    char text[SEGMENT_MOST + 1];
    uint32_t len = 0;
    for (uint64_t i = first; i < last; i++) {
        char one[128];
        int k = side == 0 ? snprintf(one, sizeof one, "GET /%" PRIu64 " HTTP/1.1\r\nHost: www.example.test\r\n\r\n", i)
                          : snprintf(one, sizeof one, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n%06" PRIu64, i % 1000000);
        if (len + (uint32_t)k > SEGMENT_MOST) {
            say(m, side, text, len);
            len = 0;
        }
        memcpy(text + len, one, (size_t)k);
        len += (uint32_t)k;
    }
    say(m, side, text, len);
}

static uint64_t make_pipeline(struct maker *m, uint64_t n)
{
    enum { BATCH = 50 };
    for (uint64_t i = 0; i < n; i += BATCH) {
        uint64_t last = i + BATCH < n ? i + BATCH : n;
        say_batch(m, 0, i, last);
        say_batch(m, 1, i, last);
    }
    return n;
}

static uint64_t make_header(struct maker *m, uint64_t n)
{
    char *line = malloc(n);
    if (line == NULL)
        return 0;
    memset(line, 'x', n);
    for (unsigned i = 0; i < 100; i++) {
        say_text(m, 0, "GET / HTTP/1.1\r\nHost: www.example.test\r\nX-Long: ");
        say(m, 0, line, n);
        say_text(m, 0, "\r\nUser-Agent: bench\r\n\r\n");
        say_text(m, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    free(line);
    return 100;
}

static uint64_t make_mime(struct maker *m, uint64_t n)
{
    static const char *const opening[] = { "EHLO client.example.test\r\n", "250 mail.example.test\r\n",
                                           "MAIL FROM:<a@example.test>\r\n", "250 Ok\r\n",
                                           "RCPT TO:<b@example.test>\r\n", "250 Ok\r\n",
                                           "DATA\r\n", "354 Go on\r\n" };
    say_text(m, 1, "220 mail.example.test ESMTP\r\n");
    for (unsigned i = 0; i < TL_COUNT(opening); i++)
        say_text(m, i % 2, opening[i]);
    say_text(m, 0, "From: a@example.test\r\nTo: b@example.test\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: multipart/mixed; boundary=\"=bench\"\r\n\r\n");
    for (uint64_t i = 0; i < n; i++) {
        char head[256];
        snprintf(head, sizeof head, "--=bench\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                                    "Content-Disposition: attachment; filename=\"part-%" PRIu64 ".bin\"\r\n\r\n", i);
        say_text(m, 0, head);
        for (unsigned k = 0; k < 10; k++)
            say_text(m, 0, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n");
    }
    say_text(m, 0, "--=bench--\r\n.\r\n");
    say_text(m, 1, "250 Ok\r\n");
    say_text(m, 0, "QUIT\r\n");
    say_text(m, 1, "221 Bye\r\n");
    return 1;
}

/* A connection from its handshake to its end. Returns the number of transactions in it. */
static uint64_t make_connection(struct maker *m, uint16_t client, uint16_t server,
                                uint64_t (*make)(struct maker *m, uint64_t n), uint64_t n)
{
    m->segment = SEGMENT_MOST;
    m->since_ack = 0;
    m->connection = (struct connection){ .ends = { { 0x0a000001, 0xac100001 }, { client, server } }, .next = { 1000, 5000 } };
    frames_tcp(&m->frames, &m->connection, 0, SYN, NULL, 0);
    frames_tcp(&m->frames, &m->connection, 1, SYN | ACK, NULL, 0);
    frames_tcp(&m->frames, &m->connection, 0, ACK, NULL, 0);
    uint64_t transactions = make(m, n);
    frames_tcp(&m->frames, &m->connection, 0, FIN | ACK, NULL, 0);
    frames_tcp(&m->frames, &m->connection, 1, FIN | ACK, NULL, 0);
    frames_tcp(&m->frames, &m->connection, 0, ACK, NULL, 0);
    return transactions;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint64_t (*make)(struct maker *m, uint64_t n);
        uint16_t port;
    } kinds[] = { { "bytes", make_bytes, 80 },
                  { "body", make_body, 80 },
                  { "pipeline", make_pipeline, 80 },
                  { "header", make_header, 80 },
                  { "mime", make_mime, 25 } };
    struct maker m = { 0 };
    if (argc < 4 || argc % 2 != 0) {
        fprintf(stderr, "usage: streams OUT KIND N [KIND N]...\nKIND: bytes, body, pipeline, header, mime\n");
        return 2;
    }
    if (!frames_open(&m.frames, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    uint64_t transactions = 0;
    for (int i = 2; i < argc; i += 2) {
        unsigned kind = 0;
        while (kind < TL_COUNT(kinds) && strcmp(argv[i], kinds[kind].name) != 0)
            kind++;
        if (kind == TL_COUNT(kinds)) {
            fprintf(stderr, "streams: unknown kind '%s'\n", argv[i]);
            return 2;
        }
        transactions += make_connection(&m, (uint16_t)(40000 + i / 2 - 1), kinds[kind].port, kinds[kind].make,
                                        strtoull(argv[i + 1], NULL, 10));
    }
    if (!frames_close(&m.frames)) {
        perror(argv[1]);
        return 1;
    }
    printf("%" PRIu64 " packets %" PRIu64 " transactions\n", m.frames.packets, transactions);
    return 0;
}
