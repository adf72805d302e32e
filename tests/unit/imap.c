/* imap.c - IMAP: pairing of commands and replies by tag, literals, messages, logins, loss, compression. */
#include "mail_session_fixture.h"

#include <zlib.h>

#include "codec/zlib.h"

#define HELLO "<* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"
#define LOGIN ">a LOGIN joe x\r\n", "<a OK in\r\n"
#define CAPABILITIES "capabilities=IMAP4rev1,IDLE"

static const struct session sessions[] = {
    { { HELLO, LOGIN, ">b SELECT \"INBOX\"\r\n", "<* 2 EXISTS\r\nb OK done\r\n", ">c UID FETCH 7 (FLAGS BODY[])\r\n",
      "<* 1 FETCH (UID 7 FLAGS (\\Seen) BODY[] {17}\r\nSubject: s\r\n\r\n)\r\n)\r\nc OK done\r\n" },
      "mail: user=joe mailbox=INBOX msg_num=1 msg_uid=7 size=17 flags=\\Seen subject=s\n"
      "imap: user=joe auth=LOGIN auth_success auth_attempts=1 " CAPABILITIES
      " mailboxes=INBOX exists=2 fetched=1 bytes=17 last_command=UID FETCH\n" },
    /* Replies in another order than the commands; a refused one. */
    { { HELLO, ">1 SEARCH ALL\r\n2 STORE 1 FLAGS ()\r\n3 COPY 1 x\r\n", "<2 OK\r\n3 NO\r\n1 OK\r\n" },
      "imap: " CAPABILITIES " stored=1 searches=1 no_replies=1 last_command=COPY\n" },
    /* A header and its text are one message; a part is none. */
    { { HELLO, ">1 FETCH 1:2 (RFC822.HEADER RFC822.TEXT BODY[1])\r\n",
      "<* 1 FETCH (RFC822.HEADER {14}\r\nSubject: s\r\n\r\n RFC822.TEXT {2}\r\nhi)\r\n* 2 FETCH (BODY[1] {2}\r\nhi)\r\n1 OK\r\n" },
      "mail: msg_num=1 size=16 subject=s\nimap: " CAPABILITIES " fetched=2 bytes=18 last_command=FETCH\n" },
    /* Literals of the client; a literal that is refused; one that holds a line like a command. */
    { { HELLO, ">1 LOGIN {3}\r\n", "<+ go\r\n", ">joe {1+}\r\nx\r\n", "<1 OK\r\n", ">2 APPEND m {99}\r\n", "<2 NO\r\n",
      ">3 APPEND m {15+}\r\na: b\r\n\r\n4 NOOP\r\n\r\n", "<3 OK\r\n", ">5 NOOP\r\n", "<5 OK\r\n" },
      "imap: user=joe auth=LOGIN auth_success auth_attempts=1 " CAPABILITIES
      " appended=1 bytes=15 no_replies=1 last_command=NOOP\n" },
    { { HELLO, ">1 AUTHENTICATE PLAIN\r\n", "<+ \r\n", ">AGpvZQB4\r\n", "<1 NO\r\n", ">2 AUTHENTICATE PLAIN AGFubgB4\r\n",
      "<2 OK\r\n", ">3 IDLE\r\n", "<+ idling\r\n", ">DONE\r\n", "<3 OK\r\n" },
      "imap: user=ann auth=PLAIN auth_success auth_attempts=2 " CAPABILITIES
      " idles=1 no_replies=1 last_command=IDLE\n" },
    /* Loss inside a message, whose end is known by its length. */
    { { HELLO, ">1 FETCH 1 BODY[]\r\n", "<* 1 FETCH (BODY[] {24}\r\nSubject: s\r\n\r\n", "!<01234",
      "<56789)\r\n1 OK\r\n", ">2 NOOP\r\n", "<2 OK\r\n" },
      "mail: msg_num=1 size=24 partial subject=s\nimap: " CAPABILITIES " fetched=1 bytes=24 last_command=NOOP\n" },
    { { ">1 FETCH 1 BODY[]\r\n", "<* 1 FETCH (BODY[] {24}\r\nSubject: s\r\n\r\n0" },
      "mail: msg_num=1 size=15 partial subject=s\nimap: fetched=1 bytes=24 last_command=FETCH\n" },
    { { HELLO, ">1 STARTTLS\r\n2 NOOP\r\n", "<1 OK\r\n2 OK\r\n" },
      "weird: name=imap_clear_after_starttls\nimap: tls " CAPABILITIES " last_command=NOOP\n" },
    { { HELLO, ">1 COMPRESS DEFLATE\r\n", "<1 NO\r\n", ">2 NOOP\r\n", "<2 OK\r\n" },
      "imap: " CAPABILITIES " no_replies=1 last_command=NOOP\n" },
};

static void test_sessions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(sessions); i++)
        gives(&sessions[i], 143);
}

/* On another port the greeting decides, or a command that no other protocol has. */
static void test_ports(void **state)
{
    static const struct session greeted = { { HELLO, ">1 NOOP\r\n", "<1 OK\r\n" },
                                            "imap: " CAPABILITIES " last_command=NOOP\n" };
    static const struct session other = { { ">1 NOOP\r\n", "<1 OK\r\n" }, "" };
    (void)state;
    gives(&greeted, 4000);
    gives(&other, 4000);
}

static void say_bytes(struct script *w, struct script_talk *t, unsigned side, const uint8_t *p, uint32_t n, uint32_t piece)
{
    for (uint32_t k; n > 0; p += k, n -= k) {
        k = n < piece ? n : piece;
        script_bytes(w, t, side, (const char *)p, k);
        script_packet(w, t, side ^ 1, TL_ACK, NULL, 0);
    }
}

static uint32_t deflated(z_stream *z, const char *text, uint8_t *out, uint32_t room)
{
    uint8_t in[4096];
    uint32_t n = (uint32_t)strlen(text);
    memcpy(in, text, n);
    z->next_in = in;
    z->avail_in = n;
    z->next_out = out;
    z->avail_out = room;
    assert_int_equal(deflate(z, Z_SYNC_FLUSH), Z_OK);
    return room - z->avail_out;
}

/* After COMPRESS both sides are inflated; bytes that are not compressed end the reading of their side. */
static void test_compressed(void **state)
{
    static const char *const steps[] = { ">2 SELECT m\r\n", "<* 1 EXISTS\r\n2 OK\r\n", ">3 FETCH 1 BODY[]\r\n",
                                         "<* 1 FETCH (BODY[] {16}\r\nSubject: s\r\n\r\nhi)\r\n3 OK\r\n", ">4 NOOP\r\n" };
    static const uint32_t pieces[] = { UINT32_MAX, 1, 7 };
    (void)state;
    for (unsigned k = 0; k < TL_COUNT(pieces); k++) {
        struct script w = { .options = { .listener = { .record = on_record }, .inflate = &tl_inflate_zlib } };
        w.options.listener.context = &w;
        assert_true(script_new(&w, MEMORY));
        uint64_t before = tl_decoder_counters(w.decoder).memory_used;
        struct script_talk t = script_talk(6, 40000);
        z_stream z[2] = { { 0 }, { 0 } };
        uint8_t out[4096];
        t.ports[1] = 143;
        say(&w, &t, HELLO, pieces[k]);
        say(&w, &t, ">1 COMPRESS DEFLATE\r\n", pieces[k]);
        say(&w, &t, "<1 OK\r\n", pieces[k]);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(deflateInit2(&z[i], 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        for (unsigned i = 0; i < TL_COUNT(steps); i++) {
            unsigned side = steps[i][0] == '<';
            uint32_t n = deflated(&z[side], steps[i] + 1, out, sizeof out);
            say_bytes(&w, &t, side, out, n, pieces[k]);
        }
        say(&w, &t, "<\xff\xff\xff\xff", pieces[k]);
        tl_decoder_finish(w.decoder);
        tl_put_char(&w.events, '\0');
        assert_string_equal((const char *)w.events.data,
                            "mail: mailbox=m msg_num=1 size=16 subject=s\nweird: name=imap_compression_wrong\n"
                            "imap: compressed " CAPABILITIES " mailboxes=m exists=1 fetched=1 bytes=16 last_command=NOOP\n");
        assert_int_equal(tl_decoder_counters(w.decoder).memory_used, before);
        deflateEnd(&z[0]);
        deflateEnd(&z[1]);
        script_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sessions), cmocka_unit_test(test_ports),
                                        cmocka_unit_test(test_compressed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
