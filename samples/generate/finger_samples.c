/* finger_samples.c - Finger (RFC 1288): one query, text to the end; a query without an answer, loss, odd queries. */
#include "gen.h"

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 79, arg);
}

static const struct talk_step user[] = {
    { .text = ">/W alice\r\n" },
    { .text = "<Login: alice           \tName: Alice Example\r\nDirectory: /home/alice\r\n" },
    { .text = "<No mail.\r\n" },
    { .text = "<Plan: none\r\n", .count = 200 },
    { .text = NULL },
};

static const struct talk_step everyone[] = {
    { .text = ">\r\n", .single = true },
    { .text = "<Nobody is logged in.\r\n" },
    { .text = NULL },
};

static const struct talk_step unanswered[] = {
    { .text = ">bob@other.test@relay.test\r\n" },
    { .text = NULL },
};

/* No line end: the query ends with the client's side. */
static const struct talk_step open_ended[] = {
    { .text = ">carol" },
    { .text = "<no such user\r\n" },
    { .text = NULL },
};

static const struct talk_step overlong[] = {
    { .text = ">dave and ", .count = 200 },
    { .text = ">erin\r\n" },
    { .text = "<Too long.\r\n" },
    { .text = NULL },
};

static const struct talk_step lossy[] = {
    { .text = ">alice\r\n" },
    { .text = "<a line of it\r\n", .count = 20 },
    { .text = "~<a line of it\r\n", .count = 10 },
    { .text = "<the last line\r\n" },
    { .text = NULL },
};

static const struct talk_step web[] = {
    { .text = ">GET / HTTP/1.1\r\nHost: web.test\r\n\r\n" },
    { .text = "<HTTP/1.1 204 No Content\r\n\r\n" },
    { .text = NULL },
};

/* Not Finger, though the port is. */
static const struct talk_step binary[] = {
    { .text = ">\x16\x03\x01\x02\n" },
    { .text = "<\x15\x03\x01\x02\n" },
    { .text = NULL },
};

const struct sample finger_samples[] = {
    { "finger/user.pcap", "a user asked for with /W: a response of several segments", converse, user },
    { "finger/everyone.pcap", "an empty query, a byte in each segment", converse, everyone },
    { "finger/unanswered.pcap", "a query to be passed on, without a response", converse, unanswered },
    { "finger/open-ended.pcap", "a query without a line end", converse, open_ended },
    { "finger/overlong.pcap", "a query longer than is read", converse, overlong },
    { "finger/loss.pcap", "bytes missing in a response", converse, lossy },
    { "finger/web.pcap", "port 79, but a web request: HTTP", converse, web },
    { "finger/binary.pcap", "port 79, but control characters: not Finger", converse, binary },
    { NULL, NULL, NULL, NULL },
};
