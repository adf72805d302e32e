/*
 * mail_sasl.h - authentication by SASL (RFC 4422) as mail protocols carry it: the number of responses of a mechanism,
 * user names in responses, what may be a secret.
 */
#ifndef TL_DISSECTORS_MAIL_SASL_H
#define TL_DISSECTORS_MAIL_SASL_H

#include "core/bytes.h"

enum {
    TL_SASL_NAME = 20,           /* maximum bytes of a mechanism's name (RFC 4422 section 3.1) */
    TL_SASL_UNKNOWN = UINT8_MAX, /* the number of responses is unknown */
};

/* The exchange of a client. Zero at first: no exchange. */
struct tl_sasl {
    uint8_t left;      /* responses that follow; TL_SASL_UNKNOWN */
    bool begun;        /* the first response was seen */
    bool cut;          /* the name of the mechanism was cut */
    bool asked_user;   /* LOGIN: the server asked for the user */
    uint8_t len;
    char name[TL_SASL_NAME]; /* of the mechanism, upper case */
};

/* Returns the length of a mechanism's name. Text after it may be a secret, whatever separates them. */
uint32_t tl_sasl_name_length(struct tl_bytes text);
/* Begins an exchange. `initial`: the initial response as sent, without surrounding spaces; empty: none. */
void tl_sasl_begin(struct tl_sasl *x, struct tl_bytes mechanism, struct tl_bytes initial);
/* The client sends a response. `line` is as sent. Returns false if it cannot hold a user name. */
bool tl_sasl_response(struct tl_sasl *x, struct tl_bytes line);
bool tl_sasl_is(const struct tl_sasl *x, const char *mechanism);

/*
 * Returns the user name in a decoded response. first: it is the first response of the exchange. *secret: the password
 * in it, if any. Never reads bytes that could be a secret as a name.
 */
struct tl_bytes tl_sasl_user(const struct tl_sasl *x, struct tl_bytes decoded, bool first, struct tl_bytes *secret);

#endif
