/* ftp_samples.c - FTP (RFC 959, RFC 2428) as no program speaks it: wrong addresses, gaps, one side alone, odd lines. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

/*
 * A conversation: segments in order. '>' is the client's, '<' the server's, '~' in front of either: sent but not
 * captured, '.' in front: a segment a byte. 'P' and 'A' are data flows: the client connects to the server's port 4000,
 * the server to the client's port 4000; what follows is what the server sends. 'L': a line of 6000 bytes.
 */
enum { CONTROL = 21, DATA = 4000, LONG = 6000 };

struct flow {
    struct capture *c;
    uint16_t port[2];
    uint32_t next[2];
    bool only[2];
};

static void segment(struct flow *f, enum direction dir, uint8_t flags, const void *bytes, size_t len, bool lost)
{
    struct pkt p;
    struct tcp h = { .sport = f->port[dir], .dport = f->port[1 - dir], .window = 8192, .seq = f->next[dir],
                     .ack = flags & TH_ACK ? f->next[1 - dir] : 0, .flags = flags };
    f->next[dir] += (uint32_t)len + ((flags & (TH_SYN | TH_FIN)) != 0);
    if (lost || f->only[1 - dir])
        return;
    pkt_init(&p, f->c->net);
    pkt_append(&p, bytes, len);
    put_tcp(&p, dir, false, &h);
    put_ip4_dir(&p, dir, 6);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(f->c, &p);
}

static void open_flow(struct flow *f, enum direction dir)
{
    segment(f, dir, TH_SYN, NULL, 0, false);
    segment(f, 1 - dir, TH_SYN | TH_ACK, NULL, 0, false);
    segment(f, dir, TH_ACK, NULL, 0, false);
}

static void close_flow(struct flow *f, enum direction dir)
{
    segment(f, dir, TH_FIN | TH_ACK, NULL, 0, false);
    segment(f, 1 - dir, TH_FIN | TH_ACK, NULL, 0, false);
    segment(f, dir, TH_ACK, NULL, 0, false);
}

static void data_flow(struct capture *c, const char *text, uint16_t other)
{
    enum direction dir = *text == 'P' ? DIR_AB : DIR_BA;
    struct flow f = { .c = c, .port = { dir == DIR_AB ? other : DATA, dir == DIR_AB ? DATA : other }, .next = { 70, 90 } };
    open_flow(&f, dir);
    segment(&f, DIR_BA, TH_PUSH | TH_ACK, text + 1, strlen(text + 1), false);
    close_flow(&f, DIR_BA);
}

static void say(struct flow *f, const char *text)
{
    bool lost = *text == '~', single = *text == '.';
    text += lost || single;
    enum direction dir = *text++ == '<' ? DIR_BA : DIR_AB;
    size_t len = strlen(text), most = single ? 1 : len;
    for (size_t at = 0; at < len; at += most)
        segment(f, dir, TH_PUSH | TH_ACK, text + at, most, lost);
}

static void long_line(struct flow *f)
{
    char *line = malloc(LONG);
    if (line == NULL)
        die("no memory");
    memset(line, 'x', LONG);
    memcpy(line, "STAT ", 5);
    line[LONG - 1] = '\n';
    for (size_t at = 0; at < LONG; at += 1000)
        segment(f, DIR_AB, TH_PUSH | TH_ACK, line + at, 1000, false);
    free(line);
}

static void tell(struct capture *c, const char *const *steps, uint16_t port, bool middle, unsigned only)
{
    struct flow f = { .c = c, .port = { 40021, port }, .next = { 1000, 5000 } };
    uint16_t other = 40100;
    f.only[0] = only == 1;
    f.only[1] = only == 2;
    pcap_begin(c, 1);
    if (!middle)
        open_flow(&f, DIR_AB);
    for (; *steps != NULL; steps++) {
        if (**steps == 'P' || **steps == 'A')
            data_flow(c, *steps, other++);
        else if (**steps == 'L')
            long_line(&f);
        else
            say(&f, *steps);
    }
    close_flow(&f, DIR_AB);
}

static void usual(struct capture *c, const void *arg) { tell(c, arg, CONTROL, false, 0); }
static void elsewhere(struct capture *c, const void *arg) { tell(c, arg, 2121, false, 0); }
static void middle(struct capture *c, const void *arg) { tell(c, arg, CONTROL, true, 0); }
static void client_only(struct capture *c, const void *arg) { tell(c, arg, CONTROL, false, 1); }
static void server_only(struct capture *c, const void *arg) { tell(c, arg, CONTROL, false, 2); }

#define HELLO "<220 FTP ready\r\n", ">USER somebody\r\n", "<331 password\r\n", ">PASS a secret\r\n", "<230 in\r\n"
#define BYE ">QUIT\r\n", "<221 bye\r\n", NULL

static const char *const session[] = { HELLO, ">CWD a/b\r\n", "<250 ok\r\n", ">CDUP\r\n", "<250 ok\r\n", ">PASV\r\n", "<227 Passive (10,1,0,2,15,160).\r\n",
    "Pa list\r\n", ">LIST\r\n", "<150 here\r\n", "<226 done\r\n", ">SIZE ../x\r\n", "<213 12\r\n", ">PORT 10,1,0,1,15,160\r\n", "<200 ok\r\n", ">RETR ../x\r\n",
    "<150 comes\r\n", "Atwelve bytes", "<226 done\r\n", ">DELE /other//file\r\n", "<550 no\r\n", ">ACCT secret\r\n", "<202 superfluous\r\n", BYE };
static const char *const single[] = { ".<220-one\r\n two\r\n220 FTP\r\n", ".>USER guest\r\n", ".<331 password\r\n", ".>PASS me@there\r\n", ".<230 in\r\n",
    ".>RETR f\r\n", ".<150 2 bytes\r\n226 done\r\n", NULL };
static const char *const nat[] = { HELLO, ">PASV\r\n", "<227 Passive (192,168,1,1,15,160)\r\n", "Pbehind", ">RETR a\r\n", "<150 ok\r\n", "<226 done\r\n",
    ">PASV\r\n", "<227 =0,0,0,0,15,160\r\n", "Panywhere", ">RETR b\r\n", "<150 ok\r\n", "<226 done\r\n", ">PORT 192,168,9,9,15,160\r\n", "<200 ok\r\n",
    ">RETR c\r\n", "<150 ok\r\n", "Ahere", "<226 done\r\n", BYE };
static const char *const extended[] = { HELLO, ">EPSV ALL\r\n", "<200 ok\r\n", ">EPSV 1\r\n", "<229 Passive (|1|10.1.0.2|4000|)\r\n", "Pone", ">RETR a\r\n", "<226 done\r\n",
    ">EPRT !1!10.1.0.1!4000!\r\n", "<200 ok\r\n", "Atwo", ">STOR b\r\n", "<226 done\r\n", ">EPRT |2|fd00::1|4000|\r\n", "<522 no\r\n", ">EPRT |1|10.1.0.1\r\n",
    "<501 no\r\n", ">EPSV\r\n", "<229 Passive (|||70000|)\r\n", ">EPSV\r\n", "<229 Passive (\r\n", BYE };
static const char *const pipelined[] = { "<220 FTP\r\n", ">USER a\r\nPASS b\r\nCWD c\r\nDELE one\r\nDELE two\r\nQUIT\r\n",
    "<331 x\r\n230 x\r\n250 x\r\n250 x\r\n550 x\r\n221 x\r\n", NULL };
static const char *const early[] = { "<220 FTP\r\n331 x\r\n230 x\r\n250 x\r\n250 x\r\n550 x\r\n221 x\r\n", ">USER a\r\n", ">PASS b\r\n", ">CWD c\r\n",
    ">DELE one\r\n", ">DELE two\r\n", ">QUIT\r\n", NULL };
static const char *const telnet[] = { HELLO, ">RETR a\r\n", "<150 ok\r\n", ">\xff\xf4\xff\xf2" "ABOR\r\n", "<426 aborted\r\n", "<226 closed\r\n",
    ">\xff\xf4\r\n", ">\xf2STAT\r\n", "<211-Status\r\n", "<   of it\r\n212 inside\r\n", "<211 end\r\n", BYE };
static const char *const gap_command[] = { HELLO, "~>CWD away\r\n", "<250 ok\r\n", ">DELE a\r\n", "<250 a is gone\r\n", BYE };
static const char *const gap_reply[] = { HELLO, ">DELE a\r\n", "~<250 ok\r\n", ">DELE b\r\n", "<250 ok\r\n", "~<211-lost\r\n", "< more\r\n211 end\r\n", BYE };
static const char *const gap_234[] = { "<220 FTP\r\n", ">AUTH TLS\r\n", "~<234 go\r\n", ">\x16\x03\x01\x01", "<\x16\x03\x03\x01", NULL };
static const char *const refused_tls[] = { "<220 FTP\r\n", ">AUTH TLS\r\n", "<534 no\r\n", ">USER a\r\n", "<530 no\r\n", BYE };
static const char *const odd[] = { "<220 FTP\r\n", ">\r\n", ">user a\n", "<331 x\n", ">XYZZY\r\n", "<500 no\r\n", ">Dele  a b \r\n", "<nothing\r\n", "<250\r\n",
    "L", "<500 too long\r\n", ">NOOP\r\n", "<999 x\r\n", "<200 ok\r\n", BYE };
static const char *const torn[] = { "<sword\r\n", ">word\r\n", "<230 in\r\n", ">DELE a\r\n", "<250 ok\r\n", BYE };
static const char *const smtp[] = { "<220 mail ESMTP\r\n", ">HELO a\r\n", "<250 ok\r\n", NULL };

const struct sample ftp_samples[] = {
    { "ftp/session.pcap", "a login with a password, directories, a list, a file, ACCT", usual, session },
    { "ftp/single-bytes.pcap", "a guest, in segments of one byte; a greeting of three lines", usual, single },
    { "ftp/port-2121.pcap", "the same on port 2121, found by its greeting", elsewhere, single },
    { "ftp/nat.pcap", "addresses that are not the hosts': data flows are found by theirs", usual, nat },
    { "ftp/extended.pcap", "EPSV and EPRT with addresses, without, and broken", usual, extended },
    { "ftp/pipelined.pcap", "commands in one segment, replies in another", usual, pipelined },
    { "ftp/replies-first.pcap", "all replies before any command", usual, early },
    { "ftp/telnet.pcap", "Telnet commands before ABOR, a status in several lines", usual, telnet },
    { "ftp/gap-command.pcap", "a command not captured", usual, gap_command },
    { "ftp/gap-reply.pcap", "a reply, and the first line of another, not captured", usual, gap_reply },
    { "ftp/gap-234.pcap", "the reply to AUTH TLS not captured", usual, gap_234 },
    { "ftp/tls-refused.pcap", "AUTH TLS refused: the session goes on", usual, refused_tls },
    { "ftp/odd-lines.pcap", "empty and long lines, unknown commands, lower case, LF alone, no replies", usual, odd },
    { "ftp/from-the-middle.pcap", "from the middle of lines on both sides", middle, torn },
    { "ftp/client-only.pcap", "only the client's side", client_only, session },
    { "ftp/server-only.pcap", "only the server's side", server_only, session },
    { "ftp/mail.pcap", "SMTP on port 21", usual, smtp },
    { NULL, NULL, NULL, NULL },
};
