/* whois.c - WHOIS (RFC 3912): a line that asks, and text that answers. */
#include "dissectors/query.h"

enum { QUERY, LENGTH, PORT = 43 };

static const struct tl_field fields[] = {
    [QUERY] = { "whois.query", "Query", .type = TL_TEXT },
    [LENGTH] = { "whois.answer_length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes",
                 .help = "Length of this part of the answer" },
};

static struct tl_want whois_stream(struct tl_dissection *d, struct tl_stream *s)
{
    return tl_query_stream(d, s, PORT, QUERY, LENGTH);
}

static enum tl_probe whois_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    return tl_query_probe(c, d, PORT);
}

const struct tl_protocol tl_protocol_whois = {
    .name = "whois",
    .title = "WHOIS",
    .service = "whois",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{query}][{answer_length} bytes]",
    .only_at_home = true,
    .probe = whois_probe,
    .stream = whois_stream,
};
