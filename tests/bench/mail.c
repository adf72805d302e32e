/*
 * mail.c - makes a capture of SMTP sessions (RFC 5321) that carry MIME messages (RFC 2045): mail OUT SESSIONS SEED
 * A session has 1 to 4 messages; 16 sessions are open at a time. Of 10 messages 3 are plain text, 3 have a text and an
 * HTML part, and 4 have attachments of up to 400 KB as well. Every fourth session sends them with BDAT (RFC 3030), the
 * others with DATA. The same seed gives the same bytes. Prints the number of packets and of messages.
 */
#include <stdarg.h>

#include "tests/bench/frames.h"

enum { OPEN_SESSIONS = 16, TURNS_MOST = 64, MESSAGES_MOST = 4, TURN_SEGMENTS = 8, LINE = 76, BDAT_CHUNK = 64 << 10 };

/* What one side sends before the other side answers: bytes of the session's text, up to `end`. */
struct turn {
    unsigned side;
    size_t end;
};

struct session {
    struct connection connection;
    char *text; /* of both sides, in the order in which it is sent */
    size_t len, room, sent;
    struct turn turns[TURNS_MOST];
    unsigned count, at; /* turns */
    unsigned handshake; /* segments sent of it */
    unsigned segments;  /* with data */
    bool open;
};

struct mail {
    struct frames frames;
    uint64_t random;
    uint64_t messages;
};

static char *reserve(struct session *s, size_t n)
{
    if (s->len + n > s->room) {
        s->room = (s->len + n) * 2;
        s->text = realloc(s->text, s->room);
        if (s->text == NULL)
            abort();
    }
    return s->text + s->len;
}

static void add(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct session *s, const char *format, ...)
{
    enum { MOST = 1024 };
    char *out = reserve(s, MOST);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, MOST, format, args);
    va_end(args);
    s->len += n < MOST ? (size_t)n : MOST - 1;
}

/* Everything added since the last turn is sent by `side`. */
static void end_turn(struct session *s, unsigned side)
{
    if (s->count == TURNS_MOST)
        abort();
    s->turns[s->count++] = (struct turn){ side, s->len };
}

static void add_lines(struct mail *m, struct session *s, size_t bytes, const char *alphabet)
{
    size_t letters = strlen(alphabet);
    for (size_t left = bytes; left > 0;) {
        size_t n = left < LINE ? left : LINE;
        char *out = reserve(s, LINE + 2);
        uint64_t random = 0;
        for (size_t i = 0; i < n; i++, random >>= 8) {
            if (i % 8 == 0)
                random = draw(&m->random);
            out[i] = alphabet[(random & 0xff) % letters];
        }
        memcpy(out + n, "\r\n", 2);
        s->len += n + 2;
        left -= n;
    }
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char prose[] = "etaoin shrdlu cmfwyp vbgkqj xz etaoin, shrd. lu eta";

/* Quoted-printable text: an escaped letter and a soft line break in each line. */
static void add_quoted(struct mail *m, struct session *s, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++) {
        add_lines(m, s, between(&m->random, 30, LINE - 4), prose);
        s->len -= 2;
        add(s, "=C3=A9=\r\n");
    }
    add(s, "\r\n");
}

static void add_alternative(struct mail *m, struct session *s, unsigned number)
{
    add(s, "Content-Type: multipart/alternative; boundary=\"=_text_%u\"\r\n\r\n", number);
    add(s,
        "--=_text_%u\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        number);
    add_quoted(m, s, between(&m->random, 5, 60));
    add(s, "--=_text_%u\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        number);
    add_lines(m, s, between(&m->random, 500, 8000), base64);
    add(s, "--=_text_%u--\r\n", number);
}

/* Most attachments are small; one in ten has most of the bytes. */
static void add_attachment(struct mail *m, struct session *s, unsigned number)
{
    static const char *const types[] = { "application/pdf", "image/png", "application/zip",
                                         "application/octet-stream" };
    uint32_t size =
        between(&m->random, 0, 9) == 0 ? between(&m->random, 100000, 400000) : between(&m->random, 2000, 40000);
    uint32_t name = between(&m->random, 1, 99999);
    add(s, "--=_parts_%u\r\nContent-Type: %s; name=\"report-%u.bin\"\r\nContent-Transfer-Encoding: base64\r\n", number,
        types[name % 4], name);
    if (name % 3 == 0)
        add(s,
            "Content-Disposition: attachment; filename*0*=UTF-8''r%%C3%%A9sum%%C3%%A9; filename*1=\"-%u.bin\"\r\n\r\n",
            name);
    else
        add(s, "Content-Disposition: attachment;\r\n filename=\"report-%u.bin\"\r\n\r\n", name);
    add_lines(m, s, size, base64);
}

static void add_message(struct mail *m, struct session *s, uint32_t sender)
{
    unsigned number = (unsigned)++m->messages, kind = between(&m->random, 0, 9);
    add(s,
        "Received: from relay%u.example.test ([10.9.%u.%u]) by mx.example.test with ESMTP id %08X;\r\n"
        "\tTue, 14 Nov 2023 22:13:20 +0000\r\n",
        sender % 50, sender % 250, number % 250, (unsigned)draw(&m->random));
    add(s, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: =?UTF-8?Q?J=C3=B6rg_%u?= <user%u@example.test>\r\n", sender,
        sender);
    add(s, "To: \"First, Reader\" <user%u@example.test>,\r\n user%u@example.test\r\n", number, number + 1);
    add(s, "Subject: =?UTF-8?B?w5xiZXI=?= number %u\r\nMessage-ID: <%u.%u@example.test>\r\nMIME-Version: 1.0\r\n",
        number, number, sender);
    if (kind < 3) {
        add(s, "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
        add_lines(m, s, between(&m->random, 200, 8000), prose);
    } else if (kind < 6) {
        add_alternative(m, s, number);
    } else {
        add(s, "Content-Type: multipart/mixed; boundary=\"=_parts_%u\"\r\n\r\n--=_parts_%u\r\n", number, number);
        add_alternative(m, s, number);
        for (unsigned left = between(&m->random, 1, 4); left > 0; left--)
            add_attachment(m, s, number);
        add(s, "--=_parts_%u--\r\n", number);
    }
}

static void add_bdat(struct mail *m, struct session *s, uint32_t sender)
{
    struct session body = { 0 };
    add_message(m, &body, sender);
    for (size_t at = 0; at < body.len;) {
        size_t n = body.len - at < BDAT_CHUNK ? body.len - at : BDAT_CHUNK;
        add(s, "BDAT %zu%s\r\n", n, at + n == body.len ? " LAST" : "");
        memcpy(reserve(s, n), body.text + at, n);
        s->len += n;
        at += n;
        end_turn(s, 0);
        add(s, "250 2.0.0 %zu bytes received\r\n", n);
        end_turn(s, 1);
    }
    free(body.text);
}

static void add_data(struct mail *m, struct session *s, uint32_t sender)
{
    add_message(m, s, sender);
    add(s, ".\r\n");
    end_turn(s, 0);
    add(s, "250 2.0.0 Ok: queued as %08X\r\n", (unsigned)draw(&m->random));
    end_turn(s, 1);
}

static void begin(struct mail *m, struct session *s, uint32_t number)
{
    char *text = s->text;
    size_t room = s->room;
    *s = (struct session){ .text = text, .room = room, .open = true };
    s->connection = (struct connection){ .ends = { { 0x0a000001 + number, 0xac100001 + number % 5 },
                                                   { (uint16_t)(20000 + number), 25 } },
                                         .next = { (uint32_t)draw(&m->random), (uint32_t)draw(&m->random) } };
    bool chunking = number % 4 == 3;
    uint32_t sender = between(&m->random, 1, 9999);
    add(s, "220 mx.example.test ESMTP ready\r\n");
    end_turn(s, 1);
    add(s, "EHLO client%u.example.test\r\n", sender);
    end_turn(s, 0);
    add(s, "250-mx.example.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n%s250 8BITMIME\r\n",
        chunking ? "250-CHUNKING\r\n" : "");
    end_turn(s, 1);
    for (unsigned left = between(&m->random, 1, MESSAGES_MOST); left > 0; left--) {
        add(s, "MAIL FROM:<user%u@example.test> BODY=8BITMIME\r\nRCPT TO:<user%u@example.test>\r\n%s", sender,
            sender / 2, chunking ? "" : "DATA\r\n");
        end_turn(s, 0);
        add(s, "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n%s", chunking ? "" : "354 End data with <CR><LF>.<CR><LF>\r\n");
        end_turn(s, 1);
        if (chunking)
            add_bdat(m, s, sender);
        else
            add_data(m, s, sender);
    }
    add(s, "QUIT\r\n");
    end_turn(s, 0);
    add(s, "221 2.0.0 Bye\r\n");
    end_turn(s, 1);
}

/* Sends one segment of the session; the receiver acknowledges every second one that has data. */
static void step(struct mail *m, struct session *s)
{
    static const unsigned handshake[] = { SYN, SYN | ACK, ACK };
    if (s->handshake < TL_COUNT(handshake)) {
        frames_tcp(&m->frames, &s->connection, s->handshake == 1, handshake[s->handshake], NULL, 0);
        s->handshake++;
    } else if (s->at < s->count) {
        const struct turn *turn = &s->turns[s->at];
        size_t left = turn->end - s->sent;
        uint32_t n = left < SEGMENT_MOST ? (uint32_t)left : SEGMENT_MOST;
        frames_tcp(&m->frames, &s->connection, turn->side, ACK | (n == left ? PSH : 0), s->text + s->sent, n);
        if (++s->segments % 2 == 0)
            frames_tcp(&m->frames, &s->connection, turn->side ^ 1, ACK, NULL, 0);
        s->sent += n;
        s->at += n == left;
    } else {
        for (unsigned i = 0; i < 3; i++)
            frames_tcp(&m->frames, &s->connection, i == 1, i < 2 ? FIN | ACK : ACK, NULL, 0);
        s->open = false;
    }
}

int main(int argc, char **argv)
{
    static struct mail m;
    static struct session sessions[OPEN_SESSIONS];
    if (argc != 4) {
        fprintf(stderr, "usage: mail OUT SESSIONS SEED\n");
        return 2;
    }
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10), begun = 0, open = 0;
    m.random = strtoull(argv[3], NULL, 10);
    if (!frames_open(&m.frames, argv[1])) {
        perror(argv[1]);
        return 1;
    }
    while (begun < count || open > 0) {
        struct session *s = &sessions[between(&m.random, 0, OPEN_SESSIONS - 1)];
        if (!s->open && begun < count) {
            begin(&m, s, begun++);
            open++;
        }
        for (unsigned i = between(&m.random, 1, TURN_SEGMENTS); i > 0 && s->open; i--) {
            step(&m, s);
            m.frames.us += between(&m.random, 1, 20);
            open -= !s->open;
        }
    }
    for (unsigned i = 0; i < OPEN_SESSIONS; i++)
        free(sessions[i].text);
    if (!frames_close(&m.frames)) {
        perror(argv[1]);
        return 1;
    }
    printf("%" PRIu64 " packets %" PRIu64 " messages\n", m.frames.packets, m.messages);
    return 0;
}
