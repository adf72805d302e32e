/*
 * loss.c - a lost segment affects only the transactions it touches: all other records are as without the loss, except
 * times, packet numbers and trans_depth. Conversations are generated here, so the place of each transaction is known.
 */
#include <stdarg.h>
#include <unistd.h>

#include "tests/property/talk.h"

enum { TRANSACTIONS = 24, ROUNDS = 150, TEXT_MOST = 8192 };

/* The range of transaction i on each side, and text that identifies its record. */
struct transaction {
    uint32_t from[2], end[2];
    char mark[40];
};

struct made {
    struct talk talk;
    struct transaction transactions[TRANSACTIONS];
    uint32_t opening[2]; /* bytes before the first transaction; never lost */
};

static void begin(struct made *m, unsigned i, const char *mark_format, ...) TL_PRINTF(3, 4);
static void begin(struct made *m, unsigned i, const char *mark_format, ...)
{
    struct transaction *x = &m->transactions[i];
    va_list args;
    va_start(args, mark_format);
    vsnprintf(x->mark, sizeof x->mark, mark_format, args);
    va_end(args);
    for (unsigned side = 0; side < 2; side++)
        x->from[side] = (uint32_t)m->talk.bytes[side].len;
}

static void end(struct made *m, unsigned i)
{
    for (unsigned side = 0; side < 2; side++)
        m->transactions[i].end[side] = (uint32_t)m->talk.bytes[side].len;
}

static void say(struct made *m, unsigned side, const char *format, ...) TL_PRINTF(3, 4);
static void say(struct made *m, unsigned side, const char *format, ...)
{
    char text[TEXT_MOST];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    talk_say(&m->talk, side, text, (uint32_t)n);
}

/* Appends n bytes of lines that match no protocol. */
static void say_lines(struct made *m, unsigned side, uint32_t n)
{
    for (uint32_t i = 0; i + 50 <= n; i += 50)
        say(m, side, "%048u\r\n", i);
    say(m, side, "%.*s", (int)(n % 50), "the rest of what there is to say, in some words ...");
}

static void make_http(struct made *m, uint64_t *random)
{
    m->talk.port[1] = 80;
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        uint32_t body = 50 * (uint32_t)(next_random(random) % 60);
        bool post = next_random(random) % 3 == 0, chunked = next_random(random) % 3 == 0;
        begin(m, i, "\"uri\":\"/item/%u/x\"", i);
        say(m, 0, "%s /item/%u/x HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: made/%u\r\n", post ? "POST" : "GET", i, i);
        if (post) {
            say(m, 0, "Content-Type: text/plain\r\nContent-Length: %u\r\n\r\n", body + 7);
            say_lines(m, 0, body + 7);
        } else {
            say(m, 0, "Accept: */*\r\n\r\n");
        }
        say(m, 1, "HTTP/1.1 200 Fine %u\r\nServer: made\r\nContent-Type: text/plain\r\n", i);
        if (chunked) {
            say(m, 1, "Transfer-Encoding: chunked\r\n\r\n");
            for (unsigned k = 0; k < 3; k++) {
                say(m, 1, "%x\r\n", 980);
                say_lines(m, 1, 980);
                say(m, 1, "\r\n");
            }
            say(m, 1, "0\r\n\r\n");
        } else {
            say(m, 1, "Content-Length: %u\r\n\r\n", body);
            say_lines(m, 1, body);
        }
        end(m, i);
    }
}

static void make_smtp(struct made *m, uint64_t *random)
{
    m->talk.port[1] = 25;
    say(m, 1, "220 mail.example ESMTP\r\n");
    say(m, 0, "EHLO client.example\r\n");
    say(m, 1, "250-mail.example\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n");
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        begin(m, i, "\"mailfrom\":\"from%u@client.example\"", i);
        say(m, 0, "MAIL FROM:<from%u@client.example>\r\n", i);
        say(m, 1, "250 2.1.0 Ok\r\n");
        say(m, 0, "RCPT TO:<to%u@mail.example>\r\n", i);
        say(m, 1, "250 2.1.5 Ok\r\n");
        say(m, 0, "DATA\r\n");
        say(m, 1, "354 End data with <CR><LF>.<CR><LF>\r\n");
        say(m, 0, "From: a <from%u@client.example>\r\nTo: to%u@mail.example\r\nSubject: number %u\r\n"
                  "Message-ID: <%u@client.example>\r\n\r\n", i, i, i, i);
        say_lines(m, 0, 50 * (uint32_t)(next_random(random) % 80));
        say(m, 0, ".\r\n");
        say(m, 1, "250 2.0.0 Ok: queued as %u\r\n", i);
        end(m, i);
    }
    say(m, 0, "QUIT\r\n");
    say(m, 1, "221 2.0.0 Bye\r\n");
}

/* Questions with one name each, and answers with an address; both with length prefix. */
static void make_dns(struct made *m, uint64_t *random)
{
    (void)random;
    m->talk.port[1] = 53;
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        uint8_t message[64] = { 0, 0, 0, (uint8_t)i, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 'n' };
        char digits[8];
        snprintf(digits, sizeof digits, "%03u", i);
        memcpy(message + 16, digits, 3);
        memcpy(message + 19, "\4made\0\0\1\0\1", 10);
        uint32_t n = 29;
        tl_store_be16(message, (uint16_t)(n - 2));
        begin(m, i, "\"query\":\"n%03u.made\"", i);
        talk_say(&m->talk, 0, message, n);
        message[4] |= 0x80;
        message[9] = 1;
        memcpy(message + n, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0", 15);
        message[n + 15] = (uint8_t)i;
        tl_store_be16(message, (uint16_t)(n + 14));
        talk_say(&m->talk, 1, message, n + 16);
        end(m, i);
    }
}

/* Returns the index of the line with this mark, or count. */
static unsigned line_with(const struct lines *l, const char *mark)
{
    unsigned i = 0;
    while (i < l->count && strstr(l->line[i], mark) == NULL)
        i++;
    return i;
}

static bool touches(const struct transaction *x, const struct piece *p)
{
    return p->from < x->end[p->side] && p->from + p->len > x->from[p->side];
}

static struct lines read_back(const char *capture)
{
    struct lines l = transactions(capture);
    for (unsigned i = 0; i < l.count; i++) {
        union {
            const char *line;
            char *text;
        } is = { .line = l.line[i] };
        without(is.text, "trans_depth"); /* counts earlier transactions */
    }
    return l;
}

/* Loses piece `lost`; returns the number of untouched transactions whose record is missing or different. */
static unsigned lose(const struct made *m, const struct piece *pieces, unsigned count, uint32_t lost, const char *capture,
                     const struct lines *expected, uint64_t *random, unsigned *told)
{
    unsigned wrong = 0;
    write_pieces(capture, &m->talk, pieces, count, lost, false, random);
    struct lines got = read_back(capture);
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        const struct transaction *x = &m->transactions[i];
        if (touches(x, &pieces[lost]))
            continue;
        unsigned due = line_with(expected, x->mark), at = line_with(&got, x->mark);
        if (at < got.count && strcmp(got.line[at], expected->line[due]) == 0)
            continue;
        if (wrong++ == 0 && (*told)++ < 3)
            printf("  lost %u bytes of side %u at %u; not touched:\n  due %.500s\n  got %.500s\n", pieces[lost].len,
                   pieces[lost].side, pieces[lost].from, expected->line[due], at < got.count ? got.line[at] : "-");
    }
    lines_fini(&got);
    return wrong;
}

static unsigned try_protocol(const char *name, void (*make)(struct made *m, uint64_t *random), const char *capture)
{
    static struct made m;
    static struct piece pieces[PIECES_MOST];
    uint64_t random = 7;
    unsigned bad = 0, rounds = 0, told = 0;
    m = (struct made){ .talk = { .port = { 40000 }, .whole = true } };
    make(&m, &random);
    unsigned count = cut_talk(pieces, &m.talk, STRAIGHT, &random);
    write_pieces(capture, &m.talk, pieces, count, UINT32_MAX, false, &random);
    struct lines expected = read_back(capture);
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        if (line_with(&expected, m.transactions[i].mark) == expected.count) {
            printf("%s: no record with %s without a loss\n", name, m.transactions[i].mark);
            return 1;
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        count = cut_talk(pieces, &m.talk, STRAIGHT, &random);
        uint32_t lost = (uint32_t)(next_random(&random) % count);
        if (pieces[lost].from < m.transactions[0].from[pieces[lost].side])
            continue; /* part of the opening, which every transaction needs */
        if (round % 3 == 0) /* lose part of a segment; the rest is still sent */
            pieces[lost].len = 1 + (uint32_t)(next_random(&random) % pieces[lost].len);
        bad += lose(&m, pieces, count, lost, capture, &expected, &random, &told) > 0;
        rounds++;
    }
    lines_fini(&expected);
    talk_fini(&m.talk);
    printf("%s: %u transactions, %u segments lost one at a time, %u of them affected other transactions\n", name,
           (unsigned)TRANSACTIONS, rounds, bad);
    return bad;
}

int main(void)
{
    char capture[] = "/tmp/taplight-loss-XXXXXX";
    int fd = mkstemp(capture);
    if (fd < 0)
        give_up("cannot make a temporary file");
    close(fd);
    unsigned bad = try_protocol("dns", make_dns, capture);
    if (tl_protocol_by_name("http") != NULL)
        bad += try_protocol("http", make_http, capture);
    if (tl_protocol_by_name("smtp") != NULL)
        bad += try_protocol("smtp", make_smtp, capture);
    unlink(capture);
    return bad > 0;
}
