/* imap_samples.c - IMAP (RFC 9051): sessions, literals, logins, what is odd, loss, captures from the middle. */
#include "gen.h"

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 143, arg);
}

static void elsewhere(struct capture *c, const void *arg)
{
    talk_write(c, 14300, arg);
}

#define HELLO { .text = "<* OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE ID STARTTLS] example ready\r\n" }
#define LOGIN HELLO, { .text = ">a1 LOGIN joe sesame\r\n" }, { .text = "<a1 OK logged in\r\n" }
#define SELECT                                                                                                         \
    { .text = ">a2 SELECT INBOX\r\n" },                                                                                \
    { .text = "<* 2 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 7] valid\r\na2 OK [READ-WRITE] done\r\n" }
#define BYE { .text = ">a9 LOGOUT\r\n" }, { .text = "<* BYE until next time\r\na9 OK done\r\n" }

/* 94 bytes */
#define MAIL "From: Ann <ann@example.test>\r\nTo: joe@example.test\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\r\na text\r\n"
#define MAIL_LEN "94"

static const struct talk_step session[] = {
    LOGIN,
    { .text = ">a3 ID (\"name\" \"reader\" \"version\" \"1.2\")\r\n" },
    { .text = "<* ID (\"name\" \"example\")\r\na3 OK done\r\n" },
    SELECT,
    { .text = ">a4 UID FETCH 1:* (FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])\r\n" },
    { .text = "<* 1 FETCH (UID 101 FLAGS (\\Seen \\Answered) RFC822.SIZE " MAIL_LEN " BODY[HEADER.FIELDS (FROM SUBJECT)] {64}\r\n"
              "From: Ann <ann@example.test>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\r\n)\r\n"
              "* 2 FETCH (UID 102 FLAGS () RFC822.SIZE 30 BODY[HEADER.FIELDS (FROM SUBJECT)] {16}\r\nSubject: two\r\n\r\n)\r\n"
              "a4 OK done\r\n" },
    { .text = ">a5 FETCH 1 (BODY[] UID)\r\n" },
    { .text = "<* 1 FETCH (BODY[] {" MAIL_LEN "}\r\n" MAIL " UID 101)\r\na5 OK done\r\n" },
    { .text = ">a6 STORE 1 +FLAGS (\\Deleted)\r\na7 EXPUNGE\r\na8 SEARCH UNSEEN\r\n" },
    { .text = "<* 1 FETCH (FLAGS (\\Seen \\Deleted))\r\na6 OK done\r\n* 1 EXPUNGE\r\na7 OK done\r\n* SEARCH 1\r\na8 OK done\r\n" },
    { .text = ">b1 IDLE\r\n" },
    { .text = "<+ idling\r\n* 3 EXISTS\r\n" },
    { .text = ">DONE\r\n" },
    { .text = "<b1 OK done\r\n" },
    { .text = ">b2 COPY 1 ~archive\r\nb3 NONSENSE\r\n" },
    { .text = "<b2 NO [TRYCREATE] no such mailbox\r\nb3 BAD what\r\n" },
    BYE,
    { .text = NULL },
};

/* Header and text of a message apart, a part, a partial fetch, a message in a literal8. */
static const struct talk_step parts[] = {
    LOGIN, SELECT,
    { .text = ">a3 FETCH 1 (RFC822.HEADER RFC822.TEXT BODY[1] BODY[]<0.10> BODY[]<10.5>)\r\n" },
    { .text = "<* 1 FETCH (RFC822.HEADER {16}\r\nSubject: two\r\n\r\n RFC822.TEXT {5}\r\nhello)\r\n"
              "* 1 FETCH (BODY[1] {5}\r\nhello BODY[]<10> {5}\r\ntwo\r\n)\r\n"
              "* 1 FETCH (BODY[]<0> {10}\r\nSubject: t)\r\n* 2 FETCH (BINARY[] ~{0}\r\n BODY[] \"quoted\" BODY[2] NIL)\r\na3 OK done\r\n" },
    BYE,
    { .text = NULL },
};

/* Literals of the client: with and without waiting, refused, empty, a mailbox, a message, several messages. */
static const struct talk_step literals[] = {
    HELLO,
    { .text = ">a1 LOGIN {3}\r\n" },
    { .text = "<+ go on\r\n" },
    { .text = ">joe {6}\r\n" },
    { .text = "<+ go on\r\n" },
    { .text = ">sesame\r\n" },
    { .text = "<a1 OK logged in\r\n" },
    { .text = ">a2 SELECT {5+}\r\nINBOX\r\n" },
    { .text = "<* 0 EXISTS\r\na2 OK done\r\n" },
    { .text = ">a3 APPEND INBOX {99999999}\r\n" },
    { .text = "<a3 NO [TOOBIG] no\r\n" },
    { .text = ">a4 APPEND \"INBOX\" (\\Seen) \"01-Jun-2026 10:00:00 +0000\" {" MAIL_LEN "}\r\n" },
    { .text = "<+ go on\r\n" },
    { .text = ">" MAIL "\r\n" },
    { .text = "<a4 OK [APPENDUID 7 103] done\r\n" },
    { .text = ">a5 APPEND INBOX {5+}\r\na: b\n ~{4+}\r\nc: d\r\n" },
    { .text = "<a5 OK done\r\n" },
    { .text = ">a6 CREATE {0+}\r\n\r\n" },
    { .text = "<a6 NO empty\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step authenticate[] = {
    HELLO,
    { .text = ">a1 AUTHENTICATE PLAIN AGFubgBzZXNhbWU=\r\n" },
    { .text = "<a1 NO [AUTHENTICATIONFAILED] no\r\n" },
    { .text = ">a2 AUTHENTICATE LOGIN\r\n" },
    { .text = "<+ VXNlcm5hbWU6\r\n" },
    { .text = ">am9l\r\n" },
    { .text = "<+ UGFzc3dvcmQ6\r\n" },
    { .text = ">*\r\n" },
    { .text = "<a2 BAD cancelled\r\n" },
    { .text = ">a3 AUTHENTICATE PLAIN\r\n" },
    { .text = "<+ \r\n" },
    { .text = ">AGpvZQBzZXNhbWU=\r\n" },
    { .text = "<a3 OK [CAPABILITY IMAP4rev1 UIDPLUS] logged in\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step starttls[] = {
    HELLO,
    { .text = ">a1 STARTTLS\r\n" },
    { .text = "<a1 BAD not here\r\n" },
    { .text = ">a2 STARTTLS\r\na3 LOGIN joe sesame\r\n" },
    { .text = "<a2 OK begin TLS\r\na3 OK\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step odd[] = {
    { .text = "<* PREAUTH ready\n" },
    { .text = ">1 noop\n" },
    { .text = "<nonsense\n1 ok\n" },
    { .text = ">2 SELECT \"a \\\"b\\\"\"\n" },
    { .text = "<* LIST () \"/\" {3}\nabc\n* 1 FETCH (ENVELOPE (\"date\" \"a \\\" UID 5 subject" },
    { .text = "<0123456789abcdef", .count = 1200 },
    { .text = "<\" NIL) UID 9 BODY[HEADER] {14}\nSubject: odd\n\n)\n2 OK\n" },
    { .text = ">3 SEARCH TEXT 0123456789abcdef" },
    { .text = ">0123456789abcdef", .count = 1200 },
    { .text = ">\nno command at all\n" },
    { .text = "<3 OK\nno BAD\n" },
    { .text = ">4 LOGOUT" },
    { .text = "<4 OK" },
    { .text = NULL },
};

static const struct talk_step single[] = {
    { .text = "<* OK ready\r\n", .single = true },
    { .text = ">1 LOGIN joe {6+}\r\nsesame\r\n", .single = true },
    { .text = "<1 OK\r\n", .single = true },
    { .text = ">2 FETCH 1 BODY[]\r\n", .single = true },
    { .text = "<* 1 FETCH (BODY[] {20}\r\nSubject: s\r\n\r\ntext\r\n)\r\n2 OK\r\n", .single = true },
    { .text = NULL },
};

/* Bytes missing in a message, over its end, in replies and in commands. */
static const struct talk_step lossy[] = {
    LOGIN, SELECT,
    { .text = ">a3 FETCH 1:2 BODY[]\r\n" },
    { .text = "<* 1 FETCH (BODY[] {120}\r\nSubject: one\r\n\r\n0123456789\r\n" },
    { .text = "~<0123456789\r\n", .count = 4 },
    { .text = "<0123456789\r\n0123456789\r\n0123456789\r\n0123\r\n)\r\n" },
    { .text = "<* 2 FETCH (BODY[] {60}\r\nSubject: two\r\n\r\n0123456789\r\n" },
    { .text = "~<0123456789\r\n0123456789\r\n012345\r\n)\r\na3 OK do" },
    { .text = "<ne\r\n* 3 EXISTS\r\n" },
    { .text = "~>a4 NOOP\r\n" },
    { .text = "<a4 OK done\r\n" },
    { .text = ">a5 APPEND INBOX {40+}\r\nSubject: up\r\n\r\n" },
    { .text = "~>0123456789\r\n" },
    { .text = ">0123456789012\r\n" },
    { .text = "<a5 OK done\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step middle[] = {
    { .text = "<of a message\r\n* a list\r\n)\r\na2 OK done\r\n" },
    { .text = ">a3 FETCH 2 BODY[]\r\n" },
    { .text = "<* 2 FETCH (BODY[] {20}\r\nSubject: s\r\n\r\ntext\r\n)\r\na3 OK done\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step server_only[] = {
    HELLO,
    { .text = "<a1 OK\r\n* 2 FETCH (BODY[] {20}\r\nSubject: s\r\n\r\ntext\r\n)\r\na3 OK done\r\n" },
    { .text = NULL },
};

const struct sample imap_samples[] = {
    { "imap/session.pcap", "LOGIN, ID, SELECT, FETCH of headers and a message, STORE, EXPUNGE, SEARCH, IDLE, COPY", converse,
      session },
    { "imap/parts.pcap", "header and text apart, a part, partial fetches, a literal8", converse, parts },
    { "imap/literals.pcap", "literals of the client: waiting, not waiting, refused; APPEND of one and of two messages", converse,
      literals },
    { "imap/authenticate.pcap", "AUTHENTICATE: refused, given up, accepted", converse, authenticate },
    { "imap/starttls.pcap", "STARTTLS refused, then granted, but the client goes on in clear", converse, starttls },
    { "imap/odd.pcap", "PREAUTH, bare LF, lines of 19,200 bytes, lines that are none, unfinished lines", converse, odd },
    { "imap/single-bytes.pcap", "a session in segments of one byte", converse, single },
    { "imap/loss.pcap", "bytes missing in messages, over their ends, in commands", converse, lossy },
    { "imap/middle.pcap", "the capture begins inside a message", converse, middle },
    { "imap/server-only.pcap", "only the server's side", converse, server_only },
    { "imap/other-port.pcap", "a session on port 14300", elsewhere, parts },
    { NULL, NULL, NULL, NULL },
};
