/* pop3.c - POP3: pairing of commands and replies, messages, logins, loss, sessions from the middle. */
#include "mail_session_fixture.h"

#define HELLO "<+OK POP3 ready\r\n"
#define USER ">USER joe\r\n", "<+OK\r\n"
#define PASS ">PASS x\r\n", "<+OK in\r\n"

static const struct session sessions[] = {
    { { HELLO, USER, PASS, ">RETR 1\r\n", "<+OK\r\nSubject: s\r\n\r\n..\r\n...\r\n.x\r\n.\r\n", ">QUIT\r\n",
      "<+OK\r\n" },
      "mail: user=joe msg_num=1 size=24 subject=s\n"
      "pop3: user=joe auth=USER auth_success auth_attempts=1 retrieved=1 bytes=24 last_command=QUIT\n" },
    /* A dot, CR and text is text. An empty message. */
    { { HELLO, ">RETR 1\r\n", "<+OK\r\nSubject: s\r\n\r\n.\rx\r\n.\r\n", ">RETR 2\r\n", "<+OK\r\n.\r\n" },
      "mail: msg_num=1 size=18 subject=s\npop3: retrieved=2 bytes=18 last_command=RETR\n" },
    { { HELLO, USER, ">PASS x\r\n", "<-ERR\r\n", ">APOP ann 0123\r\n", "<+OK\r\n",
      ">DELE 1\r\nDELE 2\r\nRSET\r\nDELE 3\r\nQUIT\r\n",
        "<+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n" },
      "pop3: user=ann auth=APOP auth_success auth_attempts=2 deleted=1 errors=1 last_command=QUIT\n" },
    { { HELLO, ">DELE 1\r\n", "<+OK\r\n", ">QUIT\r\n", "<-ERR\r\n" }, "pop3: errors=1 last_command=QUIT\n" },
    { { HELLO, ">LIST\r\nUIDL\r\nTOP 2 0\r\n",
      "<+OK\r\n1 10\r\n2 20\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n+OK\r\nSubject: s\r\n.\r\n" },
      "mail: msg_num=2 msg_uid=b size=12 partial subject=s\n"
      "pop3: messages=2 mailbox_bytes=30 top=1 bytes=12 last_command=TOP\n" },
    { { HELLO, ">AUTH PLAIN\r\n", "<+ \r\n", ">AGpvZQB4\r\n", "<+OK\r\n", ">CAPA\r\n",
      "<+OK\r\nTOP\r\nSASL PLAIN\r\n.\r\n" },
      "pop3: user=joe auth=PLAIN auth_success auth_attempts=1 capabilities=TOP,SASL PLAIN last_command=CAPA\n" },
    { { HELLO, ">AUTH LOGIN am9l\r\n", "<+ \r\n", ">QUIT\r\n", "<-ERR\r\n", ">NOOP\r\n", "<+OK\r\n" },
      "pop3: user=joe auth=LOGIN auth_attempts=1 errors=1 last_command=NOOP\n" },
    /* A refused mechanism: the next line is a command, not a response. */
    { { HELLO, ">AUTH X\r\n", "<-ERR\r\n", USER, PASS },
      "pop3: user=joe auth=USER auth_success auth_attempts=2 errors=1 last_command=PASS\n" },
    /* Loss. */
    { { HELLO, ">RETR 1\r\n", "<+OK\r\nSubject: s\r\n\r\n", "!<lost\r\n.\r\n", ">STAT\r\n", "<+OK 1 99\r\n" },
      "mail: msg_num=1 size=23 partial subject=s\n"
      "pop3: messages=1 mailbox_bytes=99 retrieved=1 bytes=23 last_command=STAT\n" },
    { { HELLO, ">DELE 1\r\n", "!<+OK\r\n", ">STAT\r\n", "<+OK 1 99\r\n", ">QUIT\r\n", "<+OK\r\n" },
      "pop3: messages=1 mailbox_bytes=99 last_command=QUIT\n" },
    { { HELLO, "!>RETR 1\r\n", "<+OK\r\nSubject: s\r\n\r\ntext\r\n.\r\n", ">STAT\r\n", "<+OK 1 99\r\n" },
      "mail: size=20 subject=s\npop3: messages=1 mailbox_bytes=99 retrieved=1 bytes=20 last_command=STAT\n" },
    /* From the middle, and what ends in the middle. */
    { { ">STAT\r\n", "<+OK 1 99\r\n", ">RETR 1\r\n", "<+OK\r\nSubject: s\r\n\r\nte" },
      "mail: msg_num=1 size=16 partial subject=s\n"
      "pop3: messages=1 mailbox_bytes=99 retrieved=1 bytes=16 last_command=RETR\n" },
    { { "<of a message\r\n.\r\n", ">STAT\r\n", "<+OK 1 99\r\n" },
      "pop3: messages=1 mailbox_bytes=99 last_command=STAT\n" },
    /* Odd. */
    { { HELLO, ">NOOP\r\n", "<+OK\r\n", ">nonsense\r\n", "<-ERR\r\n", ">STLS\r\nNOOP\r\n", "<+OK\r\n+OK\r\n" },
      "weird: name=pop3_not_a_command\nweird: name=pop3_clear_after_stls\npop3: tls errors=1 last_command=NOOP\n" },
};

static void test_sessions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(sessions); i++)
        gives(&sessions[i], 110);
}

/* On another port the greeting decides; "+OK" alone is Redis's, too. */
static void test_ports(void **state)
{
    static const struct session greeted = { { HELLO, ">STAT\r\n", "<+OK 1 99\r\n" },
                                            "pop3: messages=1 mailbox_bytes=99 last_command=STAT\n" };
    static const struct session redis = { { ">PING\r\n", "<+OK\r\n", ">QUIT\r\n", "<+OK\r\n" }, "" };
    static const struct session ftp = { { ">USER joe\r\n", "<331 go\r\n" }, "" };
    (void)state;
    gives(&greeted, 4000);
    gives(&redis, 6380);
    gives(&ftp, 4000);
}

/* More commands wait than are kept: the oldest are given up. */
static void test_many(void **state)
{
    struct script w = { .options.listener = { .record = on_record } };
    (void)state;
    w.options.listener.context = &w;
    assert_true(script_new(&w, MEMORY));
    struct script_talk t = script_talk(6, 40000);
    t.ports[1] = 110;
    say(&w, &t, HELLO, UINT32_MAX);
    for (unsigned i = 0; i < 3000; i++)
        say(&w, &t, ">DELE 1\r\n", UINT32_MAX);
    for (unsigned i = 0; i < 3000; i++)
        say(&w, &t, "<+OK\r\n", UINT32_MAX);
    say(&w, &t, ">QUIT\r\n", UINT32_MAX);
    say(&w, &t, "<+OK\r\n", UINT32_MAX);
    tl_decoder_finish(w.decoder);
    tl_put_char(&w.events, '\0');
    assert_string_equal((const char *)w.events.data, "pop3: deleted=1024 last_command=QUIT\n");
    script_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sessions), cmocka_unit_test(test_ports),
                                        cmocka_unit_test(test_many) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
