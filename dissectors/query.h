/*
 * query.h - protocols of one line from the client and text from the server to the end of the connection: WHOIS,
 * Gopher.
 */
#ifndef TL_DISSECTORS_QUERY_H
#define TL_DISSECTORS_QUERY_H

#include "core/dissect.h"

enum { TL_QUERY_LINE = 1024 }; /* most bytes of a query */

/*
 * Reads an event of a stream. `query` is the field for the line, without its end; `length` that for a piece of the
 * answer.
 */
struct tl_want tl_query_stream(struct tl_dissection *d, struct tl_stream *s, uint16_t port, unsigned query,
unsigned length);
/* Only on the port: a whole line of text from the client. Text from the server may be another protocol's. */
enum tl_probe tl_query_probe(struct tl_cursor c, const struct tl_dissection *d, uint16_t port);

#endif
