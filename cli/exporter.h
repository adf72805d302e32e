/* exporter.h - answers GET /metrics over HTTP (RFC 9112), for monitoring. */
#ifndef TL_CLI_EXPORTER_H
#define TL_CLI_EXPORTER_H

#include "core/buffer.h"
#include "core/status.h"

struct tl_exporter;

/*
 * Listens on an address: "IP:PORT", "[IPv6]:PORT", or ":PORT" for 127.0.0.1; port 0 is any that is free. put: appends
 * the text of an answer, in the thread of the exporter. Returns NULL on failure. tl_exporter_start() begins to answer.
 */
struct tl_exporter *tl_exporter_open(const char *address, void (*put)(void *context, struct tl_buffer *out),
                                     void *context, struct tl_error *error);
/* Starts the thread. Call it when privileges are dropped: libcap-ng drops those of its own thread only. */
enum tl_failure tl_exporter_start(struct tl_exporter *exporter, struct tl_error *error) TL_MUST_CHECK;
/* Where it listens, as a URL; valid for its life. */
const char *tl_exporter_url(const struct tl_exporter *exporter);
/* Ends the thread at once, also in the middle of an answer. NULL: nothing. */
void tl_exporter_free(struct tl_exporter *exporter);

#endif
