/*
 * smtp_samples.c - SMTP (RFC 5321) that real programs do not send: gaps, one side only, odd ends and replies, nested
 * MIME.
 */
#include "gen.h"

#include <string.h>

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 25, arg);
}

/* Only one side's packets, from the start. */
static void one_side(struct capture *c, const void *arg, enum direction dir)
{
    struct talk_line l = { .c = c, .port = 25, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, dir, dir == DIR_AB ? TH_SYN : TH_SYN | TH_ACK, NULL, 0, false);
    l.next[1 - dir]++;
    for (const struct talk_step *s = arg; s->text != NULL; s++)
        if ((*s->text == '<') == (dir == DIR_BA))
            talk_say(&l, s);
        else
            l.next[1 - dir] += (uint32_t)strlen(s->text) - 1;
    talk_segment(&l, dir, TH_FIN | TH_ACK, NULL, 0, false);
}

/* Midstream: no handshake; the first bytes may be the end of a line. */
static void middle(struct capture *c, const void *arg)
{
    struct talk_line l = { .c = c, .port = 25, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    for (const struct talk_step *s = arg; s->text != NULL; s++)
        talk_say(&l, s);
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

static void client_only(struct capture *c, const void *arg)
{
    one_side(c, arg, DIR_AB);
}

static void server_only(struct capture *c, const void *arg)
{
    one_side(c, arg, DIR_BA);
}

#define GREETING { .text = "<220 mx.example.test ESMTP\r\n" }
#define HELLO { .text = ">EHLO client.example.test\r\n" }, { .text = "<250 mx.example.test\r\n" }
#define ENVELOPE                                                                                                       \
    { .text = ">MAIL FROM:<sender@example.test>\r\n" }, { .text = "<250 2.1.0 Ok\r\n" },                               \
    { .text = ">RCPT TO:<recipient@example.test>\r\n" }, { .text = "<250 2.1.5 Ok\r\n" }
#define DATA { .text = ">DATA\r\n" }, { .text = "<354 go on\r\n" }
#define BEGIN GREETING, HELLO, ENVELOPE, DATA
#define QUEUED { .text = "<250 2.0.0 queued\r\n" }
#define BYE { .text = ">QUIT\r\n" }, { .text = "<221 2.0.0 bye\r\n" }
#define HEADER "From: Sender <sender@example.test>\r\nTo: recipient@example.test\r\nSubject: a message\r\n"
#define LAST { .text = NULL }

static const struct talk_step usual[] = { BEGIN, { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST };
static const struct talk_step gap_header[] = {
    BEGIN, { .text = ">" HEADER "X-Long: begin" }, { .text = "~> lost\r\nX-Lost: field\r\nX-Mai" },
    { .text = ">ler: cut\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step gap_body[] = {
    BEGIN, { .text = ">" HEADER "\r\ntext" }, { .text = "~> and more\r\n", .count = 20 }, { .text = ">rest\r\n.\r\n" },
    QUEUED, BYE, LAST,
};
static const struct talk_step gap_end[] = {
    BEGIN, { .text = ">" HEADER "\r\ntext\r\n" }, { .text = "~>more\r\n.\r\n" }, QUEUED,
    { .text = ">MAIL FROM:<second@example.test>\r\n" }, { .text = "<250 2.1.0 Ok\r\n" }, BYE, LAST,
};
static const struct talk_step gap_command[] = {
    GREETING, HELLO, { .text = "~>MAIL FROM:<sender@example.test>\r\n" }, { .text = "<250 2.1.0 Ok\r\n" },
    { .text = ">RCPT TO:<recipient@example.test>\r\n" }, { .text = "<250 2.1.5 Ok\r\n" }, DATA,
    { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step gap_reply[] = {
    GREETING, { .text = ">EHLO client.example.test\r\n" }, { .text = "<250-mx.example.test\r\n" },
    { .text = "~<250-SIZE\r\n250 8BITMIME\r\n" }, { .text = ">MAIL FROM:<sender@example.test>\r\n" },
    { .text = "~<250 2.1.0 Ok\r\n" }, { .text = ">RCPT TO:<recipient@example.test>\r\n" }, { .text = "<250 2.1.5 Ok\r\n" },
    DATA, { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step dots[] = {
    BEGIN, { .text = ">" HEADER "\r\n..one dot\r\n." }, { .text = ">.two\r\n" }, { .text = ">." }, { .text = ">." },
    { .text = ">\r\nx\r" }, { .text = ">\n" }, { .text = ">." }, { .text = ">\r" }, { .text = ">\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step single[] = {
    GREETING, HELLO, ENVELOPE, DATA, { .text = ">" HEADER "\r\n..dot\r\n.\r\nQUIT\r\n", .single = true },
    { .text = "<250 2.0.0 queued\r\n221 2.0.0 bye\r\n", .single = true }, LAST,
};
static const struct talk_step bare_lf[] = {
    GREETING, { .text = ">HELO client.example.test\nMAIL FROM:<sender@example.test>\nRCPT TO:<recipient@example.test>\nDATA\n" },
    { .text = "<250 mx\n250 2.1.0 Ok\n250 2.1.5 Ok\n354 go on\n" },
    { .text = ">From: sender@example.test\nSubject: bare LF\n\ntext\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step nested[] = {
    BEGIN,
    { .text = ">" HEADER "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer one\"\r\n\r\nnobody reads this\r\n"
              "--outer one\r\nContent-Type: multipart/alternative;\r\n\tboundary=inner\r\n\r\n--inner\r\n\r\nplain\r\n"
              "--inner\r\nContent-Type: text/html; name=page.html; charset=ISO-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
              "<p>=E9=\r\n</p>\r\n--inner--\r\n--outer one\r\nContent-Type: message/rfc822\r\n\r\n"
              "From: =?koi8-r?B?0NLJ18XU?= <other@example.test>\r\nSubject: inside\r\n"
              "Content-Type: multipart/mixed; boundary=deep\r\n\r\n--deep\r\n"
              "Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n0NLJ18XUDQo=\r\n"
              "--deep\r\nContent-Type: text/plain; charset=x-unheard\r\n\r\nwords\r\n--deep\r\n"
              "Content-Type: application/zip; name=inside.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBA==\r\n"
              "--deep--\r\n"
              "--outer one--\r\nepilogue\r\n.\r\n" },
    QUEUED, BYE, LAST,
};
static const struct talk_step names[] = {
    BEGIN,
    { .text = ">" HEADER "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
              "--b\r\nContent-Disposition: attachment; filename*=UTF-8''caf%C3%A9.txt\r\n\r\n1\r\n"
              "--b\r\nContent-Disposition: attachment;\r\n filename*0*=iso-8859-1'fr'r%E9;\r\n filename*1=\"sum\";\r\n"
              " filename*2*=%E9.pdf\r\n\r\n2\r\n"
              "--b\r\nContent-Type: text/plain; name=\"=?koi8-r?B?8NLJ18XU?=.txt\"\r\n\r\n3\r\n"
              "--b\r\nContent-Disposition: attachment; filename=\"semi;colon \\\"quoted\\\".txt\"\r\n\r\n4\r\n"
              "--b--\r\n.\r\n" },
    QUEUED, BYE, LAST,
};
static const struct talk_step replies[] = {
    { .text = "<220-mx.example.test\r\n220-ESMTP\r\n220 ready\r\n" }, { .text = ">EHLO client.example.test\r\n" },
    { .text = "<no code at all\r\n250-mx.example.test\r\n251 differs\r\n" }, { .text = ">MAIL FROM:<sender@example.test>\r\n" },
    { .text = "<250\r\n" }, { .text = ">RCPT TO:<recipient@example.test>\r\n" }, { .text = "<450 4.2.0 later\r\n" },
    { .text = ">DATA\r\n" }, { .text = "<554 5.5.1 no valid recipients\r\n" }, { .text = ">" HEADER "\r\nall the same\r\n.\r\n" },
    { .text = ">QUIT\r\n" }, { .text = "<421 4.3.2 going down\r\n" }, LAST,
};
static const struct talk_step long_lines[] = {
    BEGIN, { .text = ">Subject: " }, { .text = ">sixteen letters ", .count = 640 }, { .text = ">\r\nFrom: sender@example.test\r\n\r\n" },
    { .text = ">no end of a line ", .count = 600 }, { .text = ">\r\n.\r\n" }, QUEUED,
    { .text = ">XLONG " }, { .text = ">argument ", .count = 700 }, { .text = ">\r\n" }, { .text = "<500 5.5.2 too long\r\n" }, BYE, LAST,
};
static const struct talk_step early[] = { /* replies to commands not sent yet */
    { .text = "<220 mx.example.test ESMTP\r\n250 mx\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n250 2.0.0 queued\r\n221 2.0.0 bye\r\n" },
    { .text = ">EHLO client.example.test\r\nMAIL FROM:<sender@example.test> SIZE=100\r\nRCPT TO:<recipient@example.test>\r\nDATA\r\n" },
    { .text = ">" HEADER "\r\ntext\r\n.\r\nQUIT\r\n" }, LAST,
};
#define REFUSED { .text = ">DATA\r\n" }, { .text = "<554 5.5.1 no valid recipients\r\n" }
static const struct talk_step chunk_refused[] = {
    GREETING, HELLO, { .text = ">MAIL FROM:<sender@example.test>\r\n" }, { .text = "<250 2.1.0 Ok\r\n" },
    { .text = ">BDAT 500 LAST\r\n" }, { .text = "<503 5.5.1 no valid recipients\r\n" }, { .text = ">RSET\r\n" },
    { .text = "<250 2.0.0 Ok\r\n" }, ENVELOPE, { .text = ">BDAT five LAST\r\n" }, { .text = "<501 5.5.4 syntax\r\n" },
    { .text = ">BDAT 86\r\n" HEADER "\r\n" }, { .text = "<250 2.0.0 Ok\r\n" }, { .text = ">BDAT 6 LAST\r\ndata\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step text_refused[] = {
    GREETING, HELLO, ENVELOPE, REFUSED, { .text = ">" HEADER "\r\nall the same\r\n.\r\n" },
    { .text = "<500 5.5.2 unknown command\r\n", .count = 6 }, ENVELOPE, DATA, { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step given_up[] = {
    GREETING, HELLO, ENVELOPE, { .text = ">RSET\r\n" }, { .text = "<250 2.0.0 reset\r\n" },
    { .text = ">MAIL FROM:<second@example.test>\r\n" }, { .text = "<451 4.3.0 later\r\n" },
    { .text = ">MAIL FROM:<third@example.test> SIZE=99\r\n" }, { .text = "<250 2.1.0 Ok\r\n" },
    { .text = ">MAIL FROM:<nested@example.test>\r\n" }, { .text = "<503 5.5.1 nested MAIL command\r\n" },
    { .text = ">EHLO other.example.test\r\n" }, { .text = "<250 mx.example.test\r\n" }, ENVELOPE, DATA,
    { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step groups[] = {
    BEGIN,
    { .text = ">From: sender@example.test\r\nTo: Friends: ann@example.test,\r\n\t\"B, C\" <bob@[IPv6:2001:db8::1]>;,\r\n"
              " zoe@example.test\r\nCc: undisclosed-recipients:;\r\nSubject: folded\r\n\twith a tab\r\n  and two blanks\r\n"
              "Received: from a.example.test (a.example.test [192.0.2.7])\r\n\tby mx.example.test; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
              "\r\ntext\r\n.\r\n" },
    QUEUED, BYE, LAST,
};
static const struct talk_step cut_off[] = { BEGIN, { .text = ">" HEADER "\r\nhalf of a te" }, LAST };
static const struct talk_step torn_reply[] = {
    { .text = "<IZE 10240000\r\n250 8BITMIME\r\n" }, ENVELOPE, DATA, { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step torn_command[] = {
    { .text = ">nder@example.test>\r\n" }, { .text = "<250 2.1.0 Ok\r\n" }, { .text = ">RCPT TO:<recipient@example.test>\r\n" },
    { .text = "<250 2.1.5 Ok\r\n" }, DATA, { .text = ">" HEADER "\r\ntext\r\n.\r\n" }, QUEUED, BYE, LAST,
};
static const struct talk_step lmtp[] = {
    { .text = "<220 mx.example.test LMTP\r\n" }, { .text = ">LHLO client.example.test\r\n" }, { .text = "<250 mx\r\n" },
    { .text = ">MAIL FROM:<>\r\nRCPT TO:<recipient@example.test>\r\nRCPT TO:<second@example.test>\r\nDATA\r\n" },
    { .text = "<250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n" }, { .text = ">Subject: to two\r\n\r\n.\r\n" },
    { .text = "<250 2.0.0 first\r\n452 4.2.2 second is full\r\n" }, BYE, LAST,
};

const struct sample smtp_samples[] = {
    { "smtp/gap-header.pcap", "bytes missing in a message header: the end of one field, the name of the next", converse, gap_header },
    { "smtp/gap-body.pcap", "bytes missing in a message text", converse, gap_body },
    { "smtp/gap-end.pcap", "the end of a message is missing: the next command ends it", converse, gap_end },
    { "smtp/gap-command.pcap", "MAIL is missing, its reply is there", converse, gap_command },
    { "smtp/gap-reply.pcap", "the end of one reply and the whole next one are missing", converse, gap_reply },
    { "smtp/client-only.pcap", "only the client's side", client_only, usual },
    { "smtp/server-only.pcap", "only the server's side", server_only, usual },
    { "smtp/dots.pcap", "stuffed dots and the final one, split across segments everywhere", converse, dots },
    { "smtp/single-bytes.pcap", "a message and its replies in segments of one byte", converse, single },
    { "smtp/bare-lf.pcap", "LF without CR, except at the end", converse, bare_lf },
    { "smtp/mime-nested.pcap", "nested multiparts, a nested message with parts, quoted-printable and base64, character sets", converse, nested },
    { "smtp/mime-names.pcap", "file names: RFC 2231 with character sets and continuations, RFC 2047 in quotes, quoted", converse, names },
    { "smtp/odd-replies.pcap", "a line without a code, different codes, a bare code, text after a refused DATA, 421", converse, replies },
    { "smtp/long-lines.pcap", "a header field, a line of text and a command of 6 to 10 KB", converse, long_lines },
    { "smtp/replies-first.pcap", "all replies before any command", converse, early },
    { "smtp/chunk-refused.pcap", "BDAT refused before its chunk, BDAT with a wrong parameter, a chunk that looks like DATA", converse, chunk_refused },
    { "smtp/text-refused.pcap", "text although DATA was refused: each line has a reply", converse, text_refused },
    { "smtp/given-up.pcap", "envelopes given up by RSET, another MAIL, EHLO", converse, given_up },
    { "smtp/groups.pcap", "groups in address lists, folded fields with tabs", converse, groups },
    { "smtp/cut-off.pcap", "the connection ends inside the message", converse, cut_off },
    { "smtp/lmtp.pcap", "LMTP: a reply for each recipient; the null sender", converse, lmtp },
    { "smtp/torn-reply.pcap", "midstream: starts with the end of a reply line", middle, torn_reply },
    { "smtp/torn-command.pcap", "midstream: starts with the end of a command", middle, torn_command },
    { NULL, NULL, NULL, NULL },
};
