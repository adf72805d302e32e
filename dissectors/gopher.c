/* gopher.c - Gopher (RFC 1436): a selector, and the menu or the document that it names. */
#include "dissectors/query.h"

enum { QUERY, LENGTH, PORT = 70 };

static const struct tl_field fields[] = {
    [QUERY] = { "gopher.request", "Selector", .type = TL_TEXT },
    [LENGTH] = { "gopher.answer_length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes",
                 .help = "Length of this part of the answer" },
};

static struct tl_want gopher_stream(struct tl_dissection *d, struct tl_stream *s)
{
    return tl_query_stream(d, s, PORT, QUERY, LENGTH);
}

static enum tl_probe gopher_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    return tl_query_probe(c, d, PORT);
}

const struct tl_protocol tl_protocol_gopher = {
    .name = "gopher",
    .title = "Gopher",
    .service = "gopher",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{request}][{answer_length} bytes]",
    .only_at_home = true,
    .probe = gopher_probe,
    .stream = gopher_stream,
};
