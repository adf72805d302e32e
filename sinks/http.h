/* http.h - requests to one server, over libcurl. */
#ifndef TL_SINKS_HTTP_H
#define TL_SINKS_HTTP_H

#include "core/buffer.h"
#include "sinks/target.h"

enum tl_packing { TL_PACKING_NONE, TL_PACKING_GZIP, TL_PACKING_ZSTD };

struct tl_http;

/* Connects to nothing. type: of the bodies that are sent. Returns NULL on failure. */
struct tl_http *tl_http_open(const struct tl_target_options *options, const struct tl_scheme *scheme, const char *type,
                             struct tl_error *error);
void tl_http_close(struct tl_http *http);
/* Adds `NAME: VALUE` to each request. Returns false without memory. */
bool tl_http_header(struct tl_http *http, const char *name, const char *value);

/* Logs in with a token (kind: "ApiKey", "Bearer"), or with user and password. Returns false without memory. */
bool tl_http_log_in(struct tl_http *http, const struct tl_credentials *credentials, const char *kind);

struct tl_http_answer {
    long status;
    struct tl_buffer body; /* at most 64 MiB; the caller frees it */
};

/*
 * Sends a POST and reads the answer, which overwrites `answer`. path: with the slash and the query. Returns false if
 * there was no whole answer: `why` says what is wrong.
 */
bool tl_http_post(struct tl_http *http, const char *path, const struct tl_buffer *body, enum tl_packing packing,
                  struct tl_http_answer *answer, char why[TL_REASON]);
/* Appends text with all but letters, digits and `-._~` as %XX. */
void tl_http_escape(struct tl_buffer *out, const char *text);
/* The first line of an answer, for a message, without controls. */
void tl_http_reason(const struct tl_http_answer *answer, char why[TL_REASON]);

#endif
