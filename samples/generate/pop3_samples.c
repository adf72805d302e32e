/* pop3_samples.c - POP3 (RFC 1939): sessions, logins, pipelining, STLS, what is odd, loss, captures from the middle. */
#include "gen.h"

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 110, arg);
}

static void elsewhere(struct capture *c, const void *arg)
{
    talk_write(c, 11000, arg);
}

#define LOGIN                                                                                                          \
    { .text = "<+OK POP3 server ready\r\n" }, { .text = ">USER joe\r\n" }, { .text = "<+OK\r\n" },                     \
    { .text = ">PASS sesame\r\n" }, { .text = "<+OK maildrop locked and ready\r\n" }
#define BYE { .text = ">QUIT\r\n" }, { .text = "<+OK bye\r\n" }

#define MAIL                                                                                                           \
    "Received: from mx.example.test ([192.0.2.9]) by pop.example.test; Mon, 1 Jun 2026 10:00:00 +0000\r\n"             \
    "From: Ann <ann@example.test>\r\nTo: joe@example.test\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n"                       \
    "Date: Mon, 1 Jun 2026 09:59:58 +0000\r\nMessage-ID: <1@example.test>\r\n\r\n"

static const struct talk_step session[] = {
    { .text = "<+OK POP3 server ready <1896.697170952@example.test>\r\n" },
    { .text = ">CAPA\r\n" },
    { .text = "<+OK Capability list follows\r\n"
              "TOP\r\nUSER\r\nUIDL\r\nSASL PLAIN LOGIN CRAM-MD5\r\nPIPELINING\r\n.\r\n" },
    { .text = ">USER joe\r\n" },
    { .text = "<+OK\r\n" },
    { .text = ">PASS open sesame\r\n" },
    { .text = "<-ERR [AUTH] no\r\n" },
    { .text = ">USER joe\r\n" },
    { .text = "<+OK\r\n" },
    { .text = ">PASS sesame\r\n" },
    { .text = "<+OK maildrop has 2 messages\r\n" },
    { .text = ">STAT\r\n" },
    { .text = "<+OK 2 512\r\n" },
    { .text = ">LIST\r\n" },
    { .text = "<+OK 2 messages\r\n1 412\r\n2 100\r\n.\r\n" },
    { .text = ">LIST 2\r\n" },
    { .text = "<+OK 2 100\r\n" },
    { .text = ">UIDL\r\n" },
    { .text = "<+OK\r\n1 whqtswO00WBw418f9t5JxYwZ\r\n2 QhdPYR:00WBw1Ph7x7\r\n.\r\n" },
    { .text = ">RETR 1\r\n" },
    { .text = "<+OK 412 octets\r\n" MAIL "..a dot in front\r\n...\r\n..\r\nthe end\r\n.\r\n" },
    { .text = ">TOP 2 0\r\n" },
    { .text = "<+OK\r\nFrom: bob@example.test\r\nSubject: only its header\r\n\r\n.\r\n" },
    { .text = ">DELE 1\r\n" },
    { .text = "<+OK deleted\r\n" },
    { .text = ">RSET\r\n" },
    { .text = "<+OK\r\n" },
    { .text = ">DELE 2\r\n" },
    { .text = "<+OK deleted\r\n" },
    { .text = ">RETR 9\r\n" },
    { .text = "<-ERR no such message\r\n" },
    { .text = ">NOOP\r\n" },
    { .text = "<+OK\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step attached[] = {
    LOGIN,
    { .text = ">RETR 1\r\n" },
    { .text = "<+OK 500 octets\r\nFrom: ann@example.test\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
              "Content-Type: multipart/mixed; boundary=\"edge\"\r\n\r\npreamble\r\n--edge\r\n\r\ntext of it\r\n"
              "--edge\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n"
              "Content-Disposition: attachment; filename=\"plan.pdf\"\r\n\r\nJVBERi0xLjQK\r\n--edge--\r\n.\r\n" },
    BYE,
    { .text = NULL },
};

/* APOP; its digest is a secret. A lone word can be the digest: it is no name. */
static const struct talk_step apop[] = {
    { .text = "<+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n" },
    { .text = ">APOP c4c9334bac560ecc979e58001b3e22fb\r\n" },
    { .text = "<-ERR two words\r\n" },
    { .text = ">APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n" },
    { .text = "<+OK maildrop has 1 message (369 octets)\r\n" },
    { .text = ">stat\r\n" },
    { .text = "<+OK 1 369\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step auth[] = {
    { .text = "<+OK ready\r\n" },
    { .text = ">AUTH\r\n" },
    { .text = "<+OK list follows\r\nPLAIN\r\nLOGIN\r\n.\r\n" },
    { .text = ">AUTH LOGIN\r\n" },
    { .text = "<+ VXNlcm5hbWU6\r\n" },
    { .text = ">am9l\r\n" },
    { .text = "<+ UGFzc3dvcmQ6\r\n" },
    { .text = ">*\r\n" },
    { .text = "<-ERR cancelled\r\n" },
    { .text = ">AUTH CRAM-MD5\r\n" },
    { .text = "<+ PDE4OTYuNjk3MTcwOTUyQGV4YW1wbGUudGVzdD4=\r\n" },
    { .text = ">YW5uIDlhNTQyNGE4ZDc5ODg4NzFmOGE3MmZkMzk5MDI5N2Qw\r\n" },
    { .text = "<-ERR [AUTH] no\r\n" },
    { .text = ">AUTH PLAIN AGpvZQBzZXNhbWU=\r\n" },
    { .text = "<+OK logged in\r\n" },
    { .text = ">STAT\r\n" },
    { .text = "<+OK 0 0\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step pipelined[] = {
    { .text = "<+OK ready\r\n" },
    { .text = ">USER joe\r\nPASS sesame\r\nSTAT\r\nUIDL 1\r\n"
              "RETR 1\r\nRETR 2\r\nTOP 1 1\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n" },
    { .text = "<+OK\r\n+OK in\r\n+OK 2 300\r\n+OK 1 first\r\n+OK\r\n" MAIL "one\r\n.\r\n"
              "+OK\r\nSubject: two\r\n\r\n+OK in the text\r\n.\r\n+OK\r\n"
              MAIL "one\r\n.\r\n+OK\r\n-ERR gone\r\n+OK bye\r\n" },
    { .text = NULL },
};

static const struct talk_step stls_refused[] = {
    { .text = "<+OK ready\r\n" },
    { .text = ">STLS\r\n" },
    { .text = "<-ERR not here\r\n" },
    { .text = ">USER joe\r\n" },
    { .text = "<+OK\r\n" },
    { .text = ">PASS sesame\r\n" },
    { .text = "<+OK\r\n" },
    BYE,
    { .text = NULL },
};

/* The client goes on in clear without waiting for the answer: an attack, or a bug. */
static const struct talk_step stls_clear[] = {
    { .text = "<+OK ready\r\n" },
    { .text = ">STLS\r\nUSER joe\r\nPASS sesame\r\n" },
    { .text = "<+OK begin TLS\r\n+OK\r\n+OK\r\n" },
    BYE,
    { .text = NULL },
};

/* Lower case, spaces, bare LF, words that are no command, lines that are no reply, a line of 5000 bytes. */
static const struct talk_step odd[] = {
    { .text = "<+OK POP3 ready\n" },
    { .text = ">user   joe  \n" },
    { .text = "<+OK\n" },
    { .text = ">pass sesame\n" },
    { .text = "<+OK\n" },
    { .text = ">PASSsesame\r\n" },
    { .text = "<-ERR what\r\n" },
    { .text = ">retr 1\r\n" },
    { .text = "<+OK\nSubject: bare\n\ntext\n.\n" },
    { .text = ">RETR 2\r\n" },
    { .text = "<+OK empty\r\n.\r\n" },
    { .text = ">LIST \r\n" },
    { .text = "<+OK\r\n.\r\n" },
    { .text = ">NOOP\r\n" },
    { .text = "<hello\r\n+OK\r\n" },
    { .text = ">USER 0123456789" },
    { .text = ">abcdefghij", .count = 500 },
    { .text = ">\r\n" },
    { .text = "<-ERR 0123456789" },
    { .text = "<abcdefghij", .count = 500 },
    { .text = "<\r\n" },
    { .text = ">QUIT" },
    { .text = "<+OK" },
    { .text = NULL },
};

static const struct talk_step single[] = {
    { .text = "<+OK POP3 ready\r\n", .single = true },
    { .text = ">USER joe\r\n", .single = true },
    { .text = "<+OK\r\n", .single = true },
    { .text = ">PASS sesame\r\n", .single = true },
    { .text = "<+OK\r\n", .single = true },
    { .text = ">RETR 1\r\n", .single = true },
    { .text = "<+OK\r\nSubject: bytes\r\n\r\n..dot\r\n.\r\r\nend\r\n.\r\n", .single = true },
    { .text = ">QUIT\r\n", .single = true },
    { .text = "<+OK bye\r\n", .single = true },
    { .text = NULL },
};

/* Bytes missing inside a message, at its end, in a listing, between commands and between replies. */
static const struct talk_step lossy[] = {
    LOGIN,
    { .text = ">RETR 1\r\n" },
    { .text = "<+OK\r\n" MAIL },
    { .text = "~<lost\r\n", .count = 9 },
    { .text = "<the end\r\n.\r\n" },
    { .text = ">RETR 2\r\n" },
    { .text = "<+OK\r\nSubject: two\r\n\r\n" },
    { .text = "~<the end\r\n.\r\n" },
    { .text = ">LIST\r\n" },
    { .text = "<+OK\r\n1 100\r\n2 2" },
    { .text = "~<00\r\n3 300\r\n4 4" },
    { .text = "<00\r\n5 500\r\n.\r\n" },
    { .text = "~>RETR 3\r\n" },
    { .text = "<+OK\r\nSubject: three\r\n\r\nnot asked for\r\n.\r\n" },
    { .text = ">STAT\r\n" },
    { .text = "~<+OK 5 1500\r\n" },
    { .text = ">DELE 1\r\n" },
    { .text = "<+OK\r\n" },
    { .text = "~>DELE 2\r\n" },
    { .text = "~<+OK\r\n" },
    BYE,
    { .text = NULL },
};

/* The capture begins inside a message. */
static const struct talk_step middle[] = {
    { .text = "<of a message\r\n..dots\r\n.\r\n" },
    { .text = ">RETR 2\r\n" },
    { .text = "<+OK\r\nSubject: whole\r\n\r\ntext\r\n.\r\n" },
    BYE,
    { .text = NULL },
};

static const struct talk_step server_only[] = {
    { .text = "<+OK POP3 ready\r\n" },
    { .text = "<+OK\r\n+OK\r\n" },
    { .text = "<+OK\r\n1 100\r\n2 200\r\n.\r\n" },
    { .text = "<+OK 100 octets\r\n" MAIL "text\r\n.\r\n" },
    { .text = "<+OK bye\r\n" },
    { .text = NULL },
};

static const struct talk_step client_only[] = {
    { .text = ">USER joe\r\n" },
    { .text = ">PASS sesame\r\n" },
    { .text = ">RETR 1\r\n" },
    { .text = ">AUTH LOGIN\r\n" },
    { .text = ">am9l\r\nc2VzYW1l\r\n" },
    { .text = ">QUIT\r\n" },
    { .text = NULL },
};

const struct sample pop3_samples[] = {
    { "pop3/session.pcap", "CAPA, a refused login, STAT, LIST, UIDL, RETR with stuffed dots, TOP, DELE, RSET",
      converse, session },
    { "pop3/attachment.pcap", "a message with an attachment", converse, attached },
    { "pop3/apop.pcap", "APOP: refused, accepted", converse, apop },
    { "pop3/auth.pcap", "AUTH: the list, LOGIN given up, CRAM-MD5 refused, PLAIN with an initial response",
      converse, auth },
    { "pop3/pipelined.pcap", "ten commands in a segment, a message with a line like a reply", converse, pipelined },
    { "pop3/stls-refused.pcap", "STLS refused: the login follows in clear", converse, stls_refused },
    { "pop3/stls-clear.pcap", "STLS granted, but the client has sent commands in clear", converse, stls_clear },
    { "pop3/odd.pcap", "lower case, bare LF, an empty message, unknown commands, overlong lines, unfinished lines",
      converse, odd },
    { "pop3/single-bytes.pcap", "a session in segments of one byte", converse, single },
    { "pop3/loss.pcap", "bytes missing in messages, in a listing, in commands and replies", converse, lossy },
    { "pop3/middle.pcap", "the capture begins inside a message", converse, middle },
    { "pop3/server-only.pcap", "only the server's side", converse, server_only },
    { "pop3/client-only.pcap", "only the client's side", converse, client_only },
    { "pop3/other-port.pcap", "a session on port 11000", elsewhere, attached },
    { NULL, NULL, NULL, NULL },
};
