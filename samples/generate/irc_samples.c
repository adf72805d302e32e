/* irc_samples.c - files that clients of IRC send each other: announced in a message, on a flow of their own. */
#include <string.h>

#include "gen.h"

enum { FIN_ACK = 17, PSH_ACK = 24 };

static struct talk_line begin(struct capture *c, uint16_t port)
{
    struct talk_line l = { .c = c, .port = port, .next = { 1000, 5000 } };
    talk_segment(&l, DIR_AB, 2, NULL, 0, false);
    talk_segment(&l, DIR_BA, 18, NULL, 0, false);
    talk_segment(&l, DIR_AB, 16, NULL, 0, false);
    return l;
}

static void end(struct talk_line *l)
{
    talk_segment(l, DIR_AB, FIN_ACK, NULL, 0, false);
    talk_segment(l, DIR_BA, FIN_ACK, NULL, 0, false);
}

static void say(struct talk_line *l, enum direction dir, const char *text)
{
    talk_segment(l, dir, PSH_ACK, text, strlen(text), false);
}

/* The server's host offers a PDF and a text whose middle is lost; this one offers a file that is not fetched, and gets one. */
static void dcc(struct capture *c, const void *arg)
{
    static const char pdf[] = "%PDF-1.4\n1 0 obj\n<< >>\nendobj\n", text[] = "the first half, the second half";
    (void)arg;
    pcap_begin(c, 1);
    struct talk_line chat = begin(c, 6667);
    say(&chat, DIR_AB, "NICK ann\r\nUSER ann 0 * :Ann Example\r\n");
    say(&chat, DIR_BA, ":irc.example.test 001 ann :Welcome\r\n");
    say(&chat, DIR_BA, ":bob!b@host PRIVMSG ann :\1DCC SEND plan.pdf 167837698 5000 30\1\r\n");
    struct talk_line file = begin(c, 5000);
    talk_segment(&file, DIR_BA, PSH_ACK, pdf, 16, false);
    talk_segment(&file, DIR_AB, PSH_ACK, "\0\0\0\x10", 4, false);
    talk_segment(&file, DIR_BA, PSH_ACK, pdf + 16, sizeof pdf - 17, false);
    talk_segment(&file, DIR_AB, PSH_ACK, "\0\0\0\x1e", 4, false);
    end(&file);
    say(&chat, DIR_BA, "PING :irc.example.test\r\n");
    say(&chat, DIR_BA, ":bob!b@host PRIVMSG ann :\1DCC SEND \"two words.txt\" 10.1.0.2 5001 31\1\r\n");
    file = begin(c, 5001);
    talk_segment(&file, DIR_BA, PSH_ACK, text, 8, false);
    talk_segment(&file, DIR_BA, PSH_ACK, text + 8, 8, true);
    talk_segment(&file, DIR_BA, PSH_ACK, text + 16, sizeof text - 17, false);
    talk_segment(&file, DIR_AB, PSH_ACK, "\0\0\0\x1f", 4, false);
    end(&file);
    /* The other one listens, for this one's file: the token says so. */
    say(&chat, DIR_AB, "PRIVMSG bob :\1DCC SEND mine.txt 199 0 9 7\1\r\n");
    say(&chat, DIR_BA, ":bob!b@host PRIVMSG ann :\1DCC SEND mine.txt 167837698 5002 9 7\1\r\n");
    file = begin(c, 5002);
    say(&file, DIR_AB, "nine byte");
    talk_segment(&file, DIR_BA, PSH_ACK, "\0\0\0\x09", 4, false);
    end(&file);
    /* To a host that is not in this conversation; not a file; a port that is too large. */
    say(&chat, DIR_AB, "PRIVMSG eve :\1DCC SEND far.bin 3232235777 6000 10\1\r\n");
    say(&chat, DIR_AB, "PRIVMSG eve :\1DCC CHAT chat 167837697 6001\1\r\nPRIVMSG eve :\1DCC SEND x 1 65536 1\1\r\n");
    say(&chat, DIR_AB, "QUIT\r\n");
    end(&chat);
}

const struct sample irc_samples[] = {
    { "irc/dcc.pcap", "files between clients (DCC), one with a gap, one the other way, one between other hosts", dcc, NULL },
    { NULL, NULL, NULL, NULL },
};
