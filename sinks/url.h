/* url.h - the URL of --to: where records are sent. */
#ifndef TL_SINKS_URL_H
#define TL_SINKS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

enum { TL_URL_QUERIES = 16, TL_URL_OTHERS = 7, TL_URL_TEXT = 512 };

struct tl_url_host {
    char name[256]; /* IPv6 addresses without brackets */
    uint16_t port;  /* 0: the default of the scheme */
};

/* SCHEME://[USER@]HOST[:PORT][,HOST[:PORT]..][/PATH][?KEY=VALUE&..], percent-decoded. It has no password. */
struct tl_url {
    char scheme[24];
    char user[128];
    char host[256];   /* IPv6 addresses without brackets */
    uint16_t port;    /* 0: the default of the scheme */
    struct tl_url_host others[TL_URL_OTHERS]; /* after the first one */
    unsigned other_count;
    char path[256];   /* without the slash before it */
    struct {
        char key[32];
        char value[256];
    } queries[TL_URL_QUERIES];
    unsigned query_count;
    char shown[TL_URL_TEXT]; /* for messages: without the query */
};

/* Parses text. A password in it is refused. On failure error has one line, which shows no password. */
enum tl_failure tl_url_parse(struct tl_url *url, const char *text, struct tl_error *error) TL_MUST_CHECK;
/* Returns the value of a key, or NULL. */
const char *tl_url_query(const struct tl_url *url, const char *key);

/* What a server asks of a client. */
struct tl_credentials {
    char user[128];      /* "": none */
    char password[256];  /* "": none */
    char token[1024];    /* "": none */
};

/*
 * Reads the credentials: the user is in the URL; the password and the token are in the file or in the environment
 * variable that the query names (password-file, password-env, token-file, token-env). If the query names none, the
 * environment variable TAPLIGHT_PASSWORD is read for a URL with a user, and TAPLIGHT_TOKEN, but not for a broker without.
 */
enum tl_failure tl_credentials_read(struct tl_credentials *credentials, const struct tl_url *url,
                                    struct tl_error *error) TL_MUST_CHECK;

#endif
