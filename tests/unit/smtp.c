/* smtp.c - SMTP sessions as text become records, the same for either side first and any segmentation. */
#include "smtp_fixture.h"

static void test_message(void **state)
{
    gives(*state, TO_DATA "From: A <a@x>\r\nTo: b@x, \"C, D\" <c@x>\r\nSubject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n\r\n"
                          "text\r\n..dot\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "from=A <a@x> to={b@x}{\"C, D\" <c@x>} subject=ab last_reply=250 2.0.0 queued tls=F size=92 \n");
    struct world *w = *state;
    assert_int_equal(w->confirmed, 1);
    assert_int_equal(w->violated, 0);
    assert_int_equal(w->weirds.len, 1);
}

static void test_session_without_message(void **state)
{
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x> BODY=8BITMIME SIZE=999999\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n552 5.3.4 too big\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F size=999999 \n");
    gives(*state, "EHLO me\r\nQUIT\r\n", "220 mx ESMTP\r\n250 mx\r\n221 bye\r\n", "");
    gives(*state, "EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<@r,@s:\"q>\"@x>\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n",
          "trans_depth=1 helo=me mailfrom= rcptto={\"q>\"@x} last_reply=250 ok tls=F \n");
}

static void test_refused_data(void **state)
{
    gives(*state, TO_DATA "RSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 1\r\n\r\n.\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n250 rset\r\n250 ok\r\n250 ok\r\n354 go\r\n"
          "250 queued\r\n221 bye\r\n",
          ENVELOPE "last_reply=554 none tls=F size=9 \n"
          "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\n.\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=554 none tls=F size=14 \n");
    struct world *w = *state;
    assert_string_equal((const char *)w->weirds.data, "smtp_text_refused ");
}

static void test_two_messages(void **state)
{
    gives(*state, TO_DATA ".\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nRCPT TO:<e@x>\r\nDATA\r\nSubject: two\r\n.\r\nQUIT\r\n",
          SERVER_TO_DATA "250 one\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n451 later\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 one tls=F size=0 \n"
                   "trans_depth=2 helo=me mailfrom=c@x rcptto={d@x}{e@x} subject=two last_reply=451 later tls=F size=14 \n");
}

static void test_chunks(void **state)
{
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 15\r\nSubject: a\r\n.\r\nBDAT 4 LAST\r\n\r\nhiQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 15\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=a last_reply=250 done tls=F size=19 bdat=T \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 14\r\nSubject: a\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 14\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=a last_reply=250 done tls=F size=14 bdat=T \n");
}

/* An unfinished chunked message ends when DATA arrives, and its memory is freed. */
static void test_data_behind_chunks(void **state)
{
    struct world *w = *state;
    struct tl_buffer client = { 0 };
    gives(w, "EHLO me\r\nBDAT 14\r\nSubject: a\r\n\r\nDATA\r\nSubject: b\r\n\r\n.\r\n", "",
          "trans_depth=1 helo=me subject=b tls=F size=14 \n");
    tl_put_lit(&client, "EHLO me\r\n");
    for (unsigned i = 0; i < 200; i++)
        tl_put_lit(&client, "BDAT 3\r\nabcDATA\r\nSubject: q\r\n\r\n.\r\n");
    tl_put_char(&client, 0);
    talk(w, (const char *)client.data, "", 1000, 0);
    assert_int_equal(w->records, 200);
    unsigned subjects = 0;
    for (const char *p = (const char *)w->lines.data; (p = strstr(p, " subject=q ")) != NULL; p++)
        subjects++;
    tl_buffer_fini(&client);
    assert_int_equal(subjects, 200);
    for (w->keep_limit = 0; w->keep_limit < 12; w->keep_limit++) { /* values without memory are named */
        talk(w, "EHLO me\r\nDATA\r\nSubject: b\r\n\r\n.\r\n", "", 1 + w->keep_limit % 2 * 99, 0);
        assert_true(strstr((const char *)w->lines.data, "cut:subject ") != NULL ||
                    strstr((const char *)w->lines.data, "subject=b ") != NULL);
    }
    w->keep_limit = KEEP_MAX;
}

static void test_auth(void **state)
{
    static const char *const clients[][2] = {
        { "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH plain\r\nAHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\n", "LOGIN user" },
        { "AUTH LOGIN dXNlcg==\r\nc2VjcmV0\r\n", "LOGIN user" },
        { "AUTH CRAM-MD5\r\ndXNlciAwMTIzNDU=\r\n", "CRAM-MD5 user" },
        { "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNlY3JldAEB\r\n", "XOAUTH2 user" },
        { "AUTH PLAIN YWxpY2UAczNjcmV0cHc=\r\n", "PLAIN" }, /* alice 0 s3cretpw */
        { "AUTH OAUTHBEARER biwsAWhvc3Q9eAFhdXRoPUJlYXJlciB0b2tlYT1zM2NyZXRwdwEB\r\n", "OAUTHBEARER" },
        { "AUTH OAUTHBEARER bixhPXVzZXIsAWF1dGg9QmVhcmVyIHNlY3JldAEB\r\n", "OAUTHBEARER user" },
        { "AUTH XOAUTH2 YXV0aD1CZWFyZXIgdXNlcj1zZWNyZXQBAQ==\r\n", "XOAUTH2" }, /* auth=Bearer user=secret */
        { "AUTH PLAIN\tAHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH LOGIN\r\n*\r\n", "LOGIN" },
        { "AUTH GSSAPI\r\nc2VjcmV0\r\n", "GSSAPI" },
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(clients); i++) {
        struct tl_buffer client = { 0 }, server = { 0 };
        char want[200];
        tl_put_format(&client, "EHLO me\r\n%sMAIL FROM:<a@x>\r\nQUIT\r\n", clients[i][0]);
        tl_put_lit(&server, "220 mx ESMTP\r\n250 mx\r\n");
        for (const char *p = strchr(clients[i][0], '\n'); p[1] != 0; p = strchr(p + 1, '\n'))
            tl_put_lit(&server, "334 \r\n");
        tl_put_lit(&server, "235 ok\r\n250 ok\r\n221 bye\r\n");
        tl_put_char(&client, 0);
        tl_put_char(&server, 0);
        snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F auth=%s \n", clients[i][1]);
        gives(w, (const char *)client.data, (const char *)server.data, want);
        tl_buffer_fini(&client);
        tl_buffer_fini(&server);
    }
}

/* The tree shows no secret, wherever it may be. */
static void test_secrets(void **state)
{
    static const char *const clients[] = {
        "AUTH PLAIN c2VjcmV0\r\n", "AUTH PLAIN\tc2VjcmV0\r\n", "AUTH\tPLAIN c2VjcmV0\r\n", "AUTH PLAIN=c2VjcmV0\r\n",
        "AUTH PLAIN =\r\nc2VjcmV0\r\n", "AUTH PLAIN\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH=PLAIN c2VjcmV0\r\n",
        "AUTH LOGIN dXNlcg==\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH LOGIN =\r\nc2VjcmV0\r\n", "AUTH=LOGIN\r\nc2VjcmV0\r\n",
        " AUTH LOGIN\r\nc2VjcmV0\r\n", "AUTH LOGIN\r\nmail\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH=c2VjcmV0\r\n",
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(clients) * 2; i++) {
        char client[200];
        snprintf(client, sizeof client, "EHLO me\r\n%sMAIL FROM:<a@x>\r\nQUIT\r\n", clients[i / 2]);
        w->hidden = i % 2 == 0 ? "c2VjcmV0" : "secret";
        w->detail = true;
        for (unsigned order = 0; order < 3; order++) {
            talk(w, client, "220 mx\r\n250 mx\r\n334 \r\n", 1 + 99 * order, order);
            assert_non_null(strstr((const char *)w->lines.data, "mailfrom=a@x"));
            assert_null(strstr((const char *)w->lines.data, w->hidden));
        }
    }
    w->hidden = NULL;
}

/* Of a line that is too long only a command is named. */
static void test_long_secret(void **state)
{
    struct world *w = *state;
    char client[6000];
    w->hidden = "c2VjcmV0";
    snprintf(client, sizeof client, "EHLO me\r\nc2VjcmV0%05000d\r\nMAIL FROM:<a@x>\r\nQUIT\r\n", 0);
    talk(w, client, "220 mx\r\n250 mx\r\n500 no\r\n250 ok\r\n", 1, 0);
    tl_put_char(&w->weirds, 0);
    assert_string_equal((const char *)w->weirds.data, "smtp_line_too_long ");
    w->hidden = NULL;
}

static void test_starttls(void **state)
{
    struct world *w = *state;
    gives(w, "EHLO me\r\nSTARTTLS\r\n\x16\x03\x02\x05hello\n\n", "220 mx ESMTP\r\n250 mx\r\n220 go\r\n\x16\x03\x02hi\n",
          "trans_depth=1 helo=me last_reply=220 go tls=T \n");
    assert_int_equal(w->changes, 1);
    gives(w, "EHLO me\r\nSTARTTLS\r\nMAIL FROM:<a@x>\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n454 no\r\n250 ok\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F \n");
    assert_int_equal(w->changes, 0);
    gives(w, "EHLO me\r\nSTARTTLS\r\n\x16\x03\x02hello", "", "trans_depth=1 helo=me tls=T \n");
}

static void test_one_side(void **state)
{
    gives(*state, TO_DATA "Subject: s\r\n\r\n.\r\nQUIT\r\n", "", ENVELOPE "subject=s tls=F size=14 \n");
    gives(*state, "Subject: middle\r\n\r\nhelp\r\n.\r\nMAIL FROM:<a@x>\r\n", "250 queued\r\n250 ok\r\n",
          "trans_depth=1 last_reply=250 queued tls=F size=0 \ntrans_depth=2 mailfrom=a@x last_reply=250 ok tls=F \n");
    gives(*state, "", SERVER, "trans_depth=1 last_reply=250 2.0.0 queued tls=F \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\nhalf", SERVER_TO_DATA,
          ENVELOPE "subject=s last_reply=354 go tls=F size=18 \n");
}

/* Midstream a side can begin inside a line, on SMTP ports and others. */
static void test_torn_lines(void **state)
{
    static const uint16_t ports[] = { 25, 9999 };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(ports); i++) {
        w->port = ports[i];
        gives(w, "MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nSubject: s\r\n\r\n.\r\nQUIT\r\n",
              "ize 100\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n",
              "trans_depth=1 mailfrom=a@x rcptto={b@x} subject=s last_reply=250 queued tls=F size=14 \n");
        assert_string_equal((const char *)w->weirds.data, "");
        gives(w, "x>\r\nMAIL FROM:<a@x>\r\nQUIT\r\n", "ok\r\n250 ok\r\n221 bye\r\n",
              "trans_depth=1 mailfrom=a@x last_reply=221 bye tls=F \n");
        assert_int_equal(w->violated, 0);
    }
    w->port = 25;
    talk(w, "EHLO two words\r\n", "what no server\r\nwould say\r\n", 100, 1);
    assert_int_equal(w->violated, 1);
}

static void test_gaps(void **state)
{
    gives(*state, TO_DATA "Subject: s\r\nX: \1\r\n\r\nt\1ext\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "subject=s last_reply=250 2.0.0 queued tls=F size=45 \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\ntext\1\r\nMAIL FROM:<c@x>\r\nQUIT\r\n",
          SERVER_TO_DATA "250 queued\r\n250 ok\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=250 queued tls=F size=30 \n"
                   "trans_depth=2 helo=me mailfrom=c@x last_reply=221 bye tls=F \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a\1\r\ntext\r\n.\r\nQUIT\r\n", SERVER,
          "trans_depth=1 helo=me last_reply=250 2.0.0 queued tls=F size=0 \n");
    gives(*state, TO_DATA "S: s\r\n.\r\nQUIT\r\n", "220 mx ESMTP\r\n250-mx\r\n\1\n354 go\r\n250 queued\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 queued tls=F size=6 \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 30\r\nSubject: s\r\n\1\r\n345678BDAT 2 LAST\r\nabQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 30\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=250 done tls=F size=32 bdat=T cut:subject \n");
}

/* Unfolding removes only the line end (RFC 5322 section 2.2.3). */
static void test_folded(void **state)
{
    static const char *const rows[][2] = {
        { "Subject: a\r\n\tb\r\n", "subject=a\tb " },
        { "Subject: a \r\n  b\r\n", "subject=a   b " },
        { "Subject:\r\n a\r\n", "subject=a " },
        { "Subject: a\r\n  \r\n b\r\n", "subject=a   b " },
        { "Subject: a\n \tb  \n", "subject=a \tb " },
        { "Subject: =?utf-8?q?a?=\r\n\t=?utf-8?q?b?=\r\n\tc\r\n", "subject=ab\tc " },
        { "To: A\r\n\tB <a@x>,\r\n\tc@x\r\n", "to={A\tB <a@x>}{c@x} " },
        { "To: G: a@x,\r\n b@x;,\r\n c@x\r\n", "to={a@x}{b@x}{c@x} " },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char client[300], want[300];
        snprintf(client, sizeof client, TO_DATA "%s\r\n.\r\nQUIT\r\n", rows[i][0]);
        snprintf(want, sizeof want, ENVELOPE "%slast_reply=250 2.0.0 queued tls=F size=%u \n", rows[i][1],
                 (unsigned)strlen(rows[i][0]) + 2);
        gives(*state, client, SERVER, want);
    }
}

static void test_mime(void **state)
{
    gives(*state, TO_DATA
          "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\n\r\ntext\r\n--b 1\r\n"
          "Content-Type: multipart/related;\r\n\tboundary=b2\r\n\r\n--b2\r\nContent-Type: image/png; name=a.png\r\n\r\n"
          "-x\r\n--b2x\r\n--b2--\r\nepilogue\r\n--b2\r\nContent-Type: a/b; name=no\r\n\r\n--b 1\r\nContent-Type: message/rfc822\r\n\r\n"
          "Subject: inner\r\nContent-Disposition: attachment; filename=inner.txt\r\n\r\nx\r\n--b 1  \r\n"
          "Content-Disposition: attachment; filename*0=l; filename*1=ast\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"
          "--b 1--\r\n--b 1\r\nContent-Type: a/b; name=no\r\n\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=515 attachments={a.png}{inner.txt}{last} \n");
}

/* Without an empty line, the boundary delimiter ends the header, for any segmentation. */
static void test_mime_without_empty_line(void **state)
{
    gives(*state, TO_DATA "Content-Type: multipart/mixed; boundary=b\r\n--b\r\n"
          "Content-Disposition: attachment; filename=f\r\n\r\nx\r\n--b--\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=105 attachments={f} \n");
}

static void test_odd_ends(void **state)
{
    struct world *w = *state;
    gives(w, TO_DATA "Subject: s\n\nx\n.\r\nQUIT\r\n", SERVER, ENVELOPE "subject=s last_reply=250 2.0.0 queued tls=F size=14 \n");
    assert_string_equal((const char *)w->weirds.data, "smtp_odd_end ");
    gives(w, TO_DATA ".a\r\n.\rb\r\n.\r\r\n...\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=14 \n");
    gives(w, "EHLO me\r\nMAIL FROM:<a@x>\r\n", "220 mx ESMTP\r\nrubbish\r\n250-a\r\n550 b\r\n250 ok\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n");
    assert_string_equal((const char *)w->weirds.data, "smtp_not_a_reply smtp_reply_codes_differ ");
}

/* Long lines and many parts: bounded memory, and truncated values are named. */
static void test_bounds(void **state)
{
    struct world *w = *state;
    struct tl_buffer client = { 0 };
    tl_put_lit(&client, TO_DATA "Subject: ");
    for (unsigned i = 0; i < 70000; i++)
        tl_put_char(&client, 'x');
    tl_put_lit(&client, "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (unsigned i = 0; i < 1000; i++)
        tl_put_format(&client, "--b\r\nContent-Disposition: attachment; filename=n%u\r\n\r\nx\r\n", i);
    tl_put_lit(&client, "--b--\r\n.\r\nQUIT\r\n");
    tl_put_char(&client, 0);
    for (unsigned order = 0; order < 3; order++) {
        w->most_bytes = 0;
        talk(w, (const char *)client.data, SERVER, 1000, order);
        assert_int_equal(w->records, 1);
        assert_non_null(strstr((const char *)w->lines.data, "{n0}{n1}"));
        assert_non_null(strstr((const char *)w->lines.data, "{n63} cut:subject cut:attachments \n"));
        assert_true(w->most_bytes < 40000);
    }
    tl_buffer_fini(&client);
    /* Thousands of unanswered commands, and replies without commands. */
    struct tl_buffer many = { 0 }, replies = { 0 };
    for (unsigned i = 0; i < 3000; i++) {
        tl_put_lit(&many, "RCPT TO:<b@x>\r\n");
        tl_put_lit(&replies, "250 ok\r\n");
    }
    tl_put_char(&many, 0);
    tl_put_char(&replies, 0);
    for (unsigned order = 0; order < 3; order++) {
        w->most_bytes = 0;
        talk(w, (const char *)many.data, (const char *)replies.data, 1000, order);
        assert_int_equal(w->records, 1);
        assert_true(w->most_bytes <= KEPT_MOST);
    }
    tl_buffer_fini(&many);
    tl_buffer_fini(&replies);
}

/* A text that is too long is truncated, and its key named. */
static void test_long_texts(void **state)
{
    struct world *w = *state;
    char x[601] = "", client[3000], server[3000], want[6000];
    memset(x, 'x', sizeof x - 1);
    snprintf(client, sizeof client, "EHLO me\r\nMAIL FROM:<%s>\r\nRCPT TO:<b@x>\r\n", x);
    snprintf(server, sizeof server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 %s\r\n", x);
    snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=%.512s rcptto={b@x} last_reply=550 %.508s tls=F "
             "cut:mailfrom cut:last_reply \n", x, x);
    gives(w, client, server, want);
    snprintf(client, sizeof client, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<%s>\r\n", x);
    snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=a@x rcptto={%.512s} tls=F cut:rcptto \n", x);
    gives(w, client, "", want);
    snprintf(client, sizeof client, "EHLO me\r\nAUTH %.30s\r\nMAIL FROM:<a@x>\r\n", x);
    gives(w, client, "", "trans_depth=1 helo=me mailfrom=a@x tls=F auth=XXXXXXXXXXXXXXXXXXXX cut:auth \n");
}

/* Whatever allocation fails, there is a record, and all kept memory is freed. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    for (w->keep_limit = 0; w->keep_limit < 20; w->keep_limit++)
        for (unsigned order = 0; order < 3; order++) {
            talk(w, TO_DATA "Subject: s\r\nTo: b\r\nReceived: from\r\n\tb\r\n\r\n.\r\nQUIT\r\n", SERVER, 7, order);
            assert_in_range(w->records, 1, 2); /* replies without memory get their own */
        }
    w->keep_limit = KEEP_MAX;
}

static void test_probe(void **state)
{
    static const struct {
        const char *text;
        uint16_t port;
        enum tl_probe want;
    } cases[] = {
        { "220 mx.example ESMTP Postfix\r\n", 9999, TL_PROBE_YES }, { "220 (vsFTPd 3.0.3)\r\n", 9999, TL_PROBE_NO },
        { "220 ready\r\n", 9999, TL_PROBE_MAYBE },                  { "220 ready\r\n", 25, TL_PROBE_YES },
        { "220 mail", 9999, TL_PROBE_MAYBE },                       { "220-ftp", 9999, TL_PROBE_MAYBE },
        { "EHLO me\r\n", 9999, TL_PROBE_YES },                      { "mail from:<a@x>\r\n", 9999, TL_PROBE_YES },
        { "EHLO ", 9999, TL_PROBE_MAYBE },                          { "EHLO x HTTP/1.", 9999, TL_PROBE_MAYBE },
        { "EH", 9999, TL_PROBE_MAYBE },                             { "+OK POP3 ready\r\n", 9999, TL_PROBE_NO },
        { "200 news.example ready\r\n", 9999, TL_PROBE_NO },        { "USER anonymous\r\n", 9999, TL_PROBE_NO },
        { "QUIT\r\n", 9999, TL_PROBE_NO },                          { "250 ok\r\n", 587, TL_PROBE_MAYBE },
        { "\x16\x03\x01", 25, TL_PROBE_NO },                        { "GET / HTTP/1.0\r\n", 9999, TL_PROBE_NO },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct tl_frame frame = { .net.protocol = 6, .seg = { .src_port = cases[i].port, .dst_port = 40000 } };
        struct tl_dissection d = { .frame = &frame, .net = &frame.net, .seg = &frame.seg,
                                   .flow = { .ip_proto = 6, .stream = true, .home = cases[i].port != 9999,
                                             .orig_port = 40000, .resp_port = cases[i].port, .side = 1 } };
        uint32_t n = (uint32_t)strlen(cases[i].text);
        struct tl_cursor c = tl_cursor_on((const uint8_t *)cases[i].text, n, n);
        assert_int_equal(tl_protocol_smtp.probe(c, &d), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_message), TEST(test_session_without_message), TEST(test_refused_data), TEST(test_two_messages),
        TEST(test_chunks), TEST(test_data_behind_chunks), TEST(test_auth), TEST(test_secrets), TEST(test_starttls), TEST(test_one_side), TEST(test_gaps), TEST(test_folded), TEST(test_mime), TEST(test_mime_without_empty_line),
        TEST(test_long_secret), TEST(test_torn_lines), TEST(test_odd_ends), TEST(test_bounds), TEST(test_long_texts), TEST(test_no_memory), TEST(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
