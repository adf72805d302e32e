/* sieve_samples.c - ManageSieve (RFC 5804): a session as clients have it, TLS granted and refused, loss, odd lines. */
#include "gen.h"

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 4190, arg);
}

#define GREETING                                                                                                       \
    "<\"IMPLEMENTATION\" \"example\"\r\n\"SASL\" \"PLAIN\"\r\n\"SIEVE\" \"fileinto vacation\"\r\n\"STARTTLS\"\r\n"             \
    "OK \"ready\"\r\n"

static const struct talk_step session[] = {
    { .text = GREETING },
    { .text = ">AUTHENTICATE \"PLAIN\" \"AHVzZXIAc2VjcmV0\"\r\n" },
    { .text = "<OK \"logged in\"\r\n" },
    { .text = ">HAVESPACE \"main\" 31\r\n" },
    { .text = "<OK\r\n" },
    { .text = ">PUTSCRIPT \"main\" {31+}\r\nrequire \"fileinto\";\r\n# a test\r\n\r\n" },
    { .text = "<OK (WARNINGS) \"line 2: nothing is done\"\r\n" },
    { .text = ">PUTSCRIPT \"bad\" {6+}\r\nrequir\r\nLISTSCRIPTS\r\n" }, /* pipelined */
    { .text = "<NO {24}\r\nline 1: unknown command.\r\n\"main\" ACTIVE\r\n\"old \\\"one\\\"\"\r\nOK\r\n" },
    { .text = ">GETSCRIPT \"main\"\r\n" },
    { .text = "<{31}\r\nrequire \"fileinto\";\r\n# a test\r\n\r\nOK\r\n" },
    { .text = ">LOGOUT\r\n" },
    { .text = "<BYE \"until next time\"\r\n" },
    { .text = NULL },
};

/* The server asks, the client answers in quotes and in a literal: neither is a command. */
static const struct talk_step challenged[] = {
    { .text = GREETING },
    { .text = ">AUTHENTICATE \"LOGIN\"\r\n" },
    { .text = "<\"VXNlcm5hbWU6\"\r\n" },
    { .text = ">\"dXNlcg==\"\r\n" },
    { .text = "<{12}\r\nUGFzc3dvcmQ6\r\n" },
    { .text = ">{8+}\r\nc2VjcmV0\r\n" },
    { .text = "<OK \"logged in\"\r\n" },
    { .text = ">LOGOUT\r\n" },
    { .text = "<OK\r\n" },
    { .text = NULL },
};

static const struct talk_step refused[] = {
    { .text = GREETING },
    { .text = ">STARTTLS\r\nCAPABILITY\r\n" },
    { .text = "<NO \"no certificate\"\r\n\"IMPLEMENTATION\" \"example\"\r\nOK\r\n" },
    { .text = ">LOGOUT\r\n" },
    { .text = "<OK\r\n" },
    { .text = NULL },
};

/* What follows is not TLS but a web request: it is found by content. */
static const struct talk_step granted[] = {
    { .text = GREETING },
    { .text = ">STARTTLS\r\n" },
    { .text = "<OK \"begin\"\r\n" },
    { .text = ">GET / HTTP/1.1\r\nHost: inside.test\r\n\r\n" },
    { .text = "<HTTP/1.1 204 No Content\r\n\r\n" },
    { .text = NULL },
};

static const struct talk_step lossy[] = {
    { .text = GREETING },
    { .text = ">PUTSCRIPT \"main\" {3000+}\r\n" },
    { .text = ">a line of it\r\n", .count = 100 },
    { .text = "~>a line of it\r\n", .count = 50 },
    { .text = ">123456789 \r\n", .count = 75 },
    { .text = ">\r\nLISTSCRIPTS\r\n", .single = true },
    { .text = "<OK\r\n" },
    { .text = "~<\"main\"\r\n" },
    { .text = "<\"other\"\r\nOK \"done\"\r\n" },
    { .text = NULL },
};

/* Replies whose text is a literal: longer than is recorded, with a loss in it, a loss to its end, one that does not end. */
static const struct talk_step literals[] = {
    { .text = GREETING },
    { .text = ">PUTSCRIPT \"long\" {2+}\r\nno\r\n" },
    { .text = "<NO {300}\r\n" },
    { .text = "<123456789 ", .count = 30 },
    { .text = "<\r\n" },
    { .text = ">PUTSCRIPT \"lossy\" {2+}\r\nno\r\n" },
    { .text = "<NO (QUOTA) {40}\r\nline 1: here " },
    { .text = "~<1234567890" },
    { .text = "<and a loss 123456\r\n" },
    { .text = ">LISTSCRIPTS\r\nDELETESCRIPT \"old\"\r\n" },
    { .text = "<OK\r\nNO {20}\r\nline 1: " },
    { .text = "~<123456789012\r\nOK\r\n" },
    { .text = "<OK \"lost\"\r\n" },
    { .text = ">CHECKSCRIPT {2+}\r\nno\r\n" },
    { .text = "<NO {1000}\r\nthe end is" },
    { .text = NULL },
};

const struct sample sieve_samples[] = {
    { "sieve/session.pcap", "login, scripts sent, refused, listed and fetched, commands pipelined", converse, session },
    { "sieve/challenges.pcap", "login by challenges, whose answers are secrets", converse, challenged },
    { "sieve/starttls-refused.pcap", "STARTTLS refused: what the client sent behind it is read as commands", converse, refused },
    { "sieve/starttls.pcap", "STARTTLS granted: what follows is found by content", converse, granted },
    { "sieve/literals.pcap", "replies whose text is a literal: longer than is recorded, losses in it, one without an end", converse, literals },
    { "sieve/loss.pcap", "bytes missing inside a script and between replies", converse, lossy },
    { NULL, NULL, NULL, NULL },
};
