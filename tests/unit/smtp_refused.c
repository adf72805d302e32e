/* smtp_refused.c - what a server refuses and a client gives up: chunks, texts, envelopes. */
#include "smtp_fixture.h"

/*
 * The client sends its message although DATA was refused, and the server answers some or all of its lines: these replies
 * belong to no command.
 */
static void test_refused_text(void **state)
{
    static const struct {
        const char *text, *replies;
    } rows[] = {
        { "S: 1\r\n\r\nhi\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\nhi\r\n.\r\n", "" },                                /* the server read to the lone dot */
        { "S: 1\r\n\r\nhi\r\n.\r\n", "500-a\r\n500 a\r\n502 c\r\n" }, /* an empty line has no reply */
        { "S: 1\n\nhi\n.\r\n", "501 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\n..dot\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\nt\1\r\nx\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n500 e\r\n500 f\r\n" },
        { ".\r\n", "500 a\r\n" },
        { "\r\n.\r\n", "500 a\r\n503 b\r\n" },
        { "S: 1\r\n\r\nhi", "500 a\r\n500 b\r\n" }, /* the connection ends there */
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char client[400], server[400];
        bool whole = rows[i].text[strlen(rows[i].text) - 1] == '\n';
        snprintf(client, sizeof client, TO_DATA "%s%s", rows[i].text,
                 whole ? "RSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 2\r\n\r\n.\r\nQUIT\r\n" : "");
        snprintf(server, sizeof server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n%s%s", rows[i].replies,
                 whole ? "250 rset\r\n250 ok\r\n551 no\r\n354 go\r\n250 queued\r\n221 bye\r\n" : "");
        gives(w, client, server, NULL);
        const char *first = (const char *)w->lines.data;
        assert_non_null(strstr(first, ENVELOPE "last_reply=554 none tls=F size="));
        assert_int_equal(w->records, whole ? 2 : 1);
        if (whole)
            assert_non_null(strstr(first, "\ntrans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n"));
    }
    /* Thousands of lines, each with its reply. */
    struct tl_buffer client = { 0 }, server = { 0 };
    tl_put_lit(&client, TO_DATA "Subject: s\r\n");
    tl_put_lit(&server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n");
    begin(w);
    push(w, 0, (const char *)client.data, (uint32_t)client.len);
    push(w, 1, (const char *)server.data, (uint32_t)server.len);
    for (unsigned i = 0; i < 3000; i++) {
        push(w, 0, "text\r\n", 6);
        push(w, 1, "500 no\r\n", 8);
    }
    push(w, 0, ".\r\nMAIL FROM:<c@x>\r\n", 20);
    push(w, 1, "500 no\r\n500 no\r\n250 sender\r\n", 28);
    end(w);
    assert_int_equal(w->records, 2);
    assert_non_null(strstr((const char *)w->lines.data, ENVELOPE "subject=s last_reply=554 none "));
    assert_non_null(strstr((const char *)w->lines.data, "mailfrom=c@x last_reply=250 sender "));
    tl_buffer_fini(&client);
    tl_buffer_fini(&server);
}

/* An envelope that is given up has a record, with the last reply before that. */
static void test_given_up(void **state)
{
    static const struct {
        const char *client, *server, *want;
    } rows[] = {
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRSET\r\nQUIT\r\n",
          "250 mx\r\n250 ok\r\n550 nobody\r\n250 rset\r\n221 bye\r\n", ENVELOPE "last_reply=550 nobody tls=F \n" },
        { "HELO me\r\nMAIL FROM:<a@x>\r\nHELO you\r\nQUIT\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x> SIZE=7\r\nEHLO you\r\nMAIL FROM:<c@x>\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n250 c\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F size=7 \n"
          "trans_depth=1 helo=you mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nEHLO you\r\nRCPT TO:<b@x>\r\n", "250 mx\r\n250 ok\r\n503 no\r\n250 c\r\n",
          "trans_depth=1 helo=you mailfrom=a@x rcptto={b@x} last_reply=250 c tls=F \n" }, /* EHLO was refused */
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nMAIL FROM:<c@x>\r\nQUIT\r\n", "250 mx\r\n451 later\r\n250 ok\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=451 later tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x last_reply=221 bye tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nMAIL FROM:<c@x>\r\nQUIT\r\n", "250 mx\r\n250 ok\r\n503 nested\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F \n" },
        { "LHLO me\r\nMAIL FROM:<a@x>\r\nLHLO you\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nRSET\r\nRSET\r\nMAIL FROM:<a@x>\r\nRSET\r\nRSET\r\n", "250 mx\r\n250 r\r\n250 r\r\n250 ok\r\n250 r\r\n250 r\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 3\r\nabcRSET\r\nMAIL FROM:<c@x>\r\n",
          "250 mx\r\n250 ok\r\n250 ok\r\n552 full\r\n250 r\r\n250 c\r\n", ENVELOPE "last_reply=552 full tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRSET\r\n", "", "trans_depth=1 helo=me mailfrom=a@x tls=F \n" },
        { "HELO me\r\nRCPT TO:<b@x>\r\nMAIL FROM:<c@x>\r\n", "250 mx\r\n503 MAIL first\r\n250 c\r\n",
          "trans_depth=1 helo=me mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nSTARTTLS\r\nRSET\r\n", "250 mx\r\n454 no\r\n250 r\r\n", "trans_depth=1 helo=me last_reply=250 r tls=F \n" },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char server[400];
        snprintf(server, sizeof server, "%s%s", rows[i].server[0] != 0 ? "220 mx ESMTP\r\n" : "", rows[i].server);
        gives(*state, rows[i].client, server, rows[i].want);
    }
}

/* BDAT is refused before its chunk, or has a wrong parameter: no chunk follows, and the next line is a command. */
static void test_refused_chunks(void **state)
{
#define TO_BDAT "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\n"
#define NEXT "MAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 2\r\n\r\n.\r\nQUIT\r\n"
    static const char *const refused[] = {
        "BDAT 500 LAST\r\nRSET\r\n", "BDAT 500\r\nRSET\r\n", "bdat 3 last\r\nrset\r\n", "BDAT 70000 LAST\r\nEHLO me\r\n",
        "BDAT 500 LAST\r\nHELO me\r\n", "BDAT x\r\nRSET\r\n", "BDAT\r\nRSET\r\n", "BDAT -5 LAST\r\nRSET\r\n",
        "BDAT 5x LAST\r\nRSET\r\n", "BDAT 5 LASTLY\r\nRSET\r\n", "BDAT 5 FIRST LAST\r\nRSET\r\n",
        "BDAT 99999999999999999999 LAST\r\nRSET\r\n", "BDAT LAST\r\nRSET\r\n", "BDAT 0x5 LAST\r\nRSET\r\n",
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(refused); i++) {
        char client[400];
        snprintf(client, sizeof client, TO_BDAT "%s" NEXT, refused[i]);
        gives(w, client, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 refused\r\n250 rset\r\n250 ok\r\n250 ok\r\n"
                         "354 go\r\n250 queued\r\n221 bye\r\n",
              ENVELOPE "last_reply=503 refused tls=F \n"
              "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    }
    gives(w, TO_BDAT "BDAT 500 LAST\r\nQUIT\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n221 bye\r\n",
          ENVELOPE "last_reply=221 bye tls=F \n");
    gives(w, TO_BDAT "BDAT 500 LAST\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n",
          ENVELOPE "last_reply=503 no tls=F \n");
    gives(w, TO_BDAT "BDAT 500 LAST\r\n" "RSET", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n250 r\r\n",
          ENVELOPE "last_reply=503 no tls=F \n");
    gives(w, TO_BDAT "BDAT 9\r\nS: 1\r\n\r\naBDAT 500 LAST\r\nRSET\r\n" NEXT, /* the second chunk is refused */
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 9\r\n552 full\r\n250 rset\r\n250 ok\r\n250 ok\r\n354 go\r\n"
          "250 queued\r\n221 bye\r\n", ENVELOPE "last_reply=552 full tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    /* Chunks that begin like commands. */
    gives(w, TO_BDAT "BDAT 10\r\nMail: x\r\n\rBDAT 13\r\n\ndata\r\nQuite BDAT 6 LAST\r\nrsetupQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 10\r\n250 13\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 done tls=F size=29 bdat=T \n");
    gives(w, TO_BDAT "BDAT 8\r\nD: 1\r\n\r\nBDAT 6\r\ndata\r\nBDAT 1 LAST\r\nqQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 8\r\n250 6\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 done tls=F size=15 bdat=T \n");
    gives(w, TO_BDAT "BDAT 4 LAST\r\nmail", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 done\r\n",
          ENVELOPE "last_reply=250 done tls=F size=4 bdat=T \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_refused_text), TEST(test_given_up), TEST(test_refused_chunks) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
