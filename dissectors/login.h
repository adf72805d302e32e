/*
 * login.h - the login record: one for each login that was seen in clear, of any protocol.
 *
 * A dissector begins a login when the client sends it, adds what it learns, and ends it with the server's answer, or
 * when the flow ends. It lists tl_login_record_def in its descriptor. A handle of 0 is no login: all functions take it.
 * A dissector that holds all of a login itself, as of a terminal session, writes it in one call: tl_login_emit.
 */
#ifndef TL_DISSECTORS_LOGIN_H
#define TL_DISSECTORS_LOGIN_H

#include "core/dissect.h"
#include "dissectors/mail/mail_sasl.h"

enum tl_login_result { TL_LOGIN_UNANSWERED, TL_LOGIN_REFUSED, TL_LOGIN_GRANTED };

extern const struct tl_record_def tl_login_record_def;

/* protocol: one of Taplight's own words, it must outlive the flow. ts: ns. Returns 0 without memory. */
uint32_t tl_login_begin(struct tl_dissection *d, const char *protocol, int64_t ts);
/* Set, or replace. An empty text leaves the login as it is. */
void tl_login_method(const struct tl_dissection *d, uint32_t login, struct tl_bytes method);
void tl_login_user(struct tl_dissection *d, uint32_t login, struct tl_bytes user);
/* Its password, community or token, which is kept only if it may be shown. open: it is no secret, as that of a guest. */
void tl_login_secret(struct tl_dissection *d, uint32_t login, struct tl_bytes secret, bool open);
/* A bearer token (RFC 6750). Of a JSON Web Token (RFC 7519) its algorithm and the names of its claims are told. */
void tl_login_token(struct tl_dissection *d, uint32_t login, struct tl_bytes token);
/* Begins the login of an exchange of SASL, which it begins too. initial: the initial response in base64; empty: none. */
uint32_t tl_login_sasl(struct tl_dissection *d, struct tl_sasl *x, const char *protocol, struct tl_bytes mechanism,
                       struct tl_bytes initial);
/* What the server asks, in base64. LOGIN: a response has the user only if it was asked for, for it can be the secret. */
void tl_login_challenge(struct tl_sasl *x, struct tl_bytes challenge);
/* The client's next response, in base64: the user and the secret in it. initial: no challenge came before it. */
void tl_login_response(struct tl_dissection *d, uint32_t login, struct tl_sasl *x, struct tl_bytes response, bool initial);

/* A response that comes in pieces: at most TL_LOGIN_ANSWER bytes are read, nothing of a longer one. */
enum { TL_LOGIN_ANSWER = 1024 };
struct tl_login_answer {
    uint16_t len; /* greater than TL_LOGIN_ANSWER: it is longer */
    char text[TL_LOGIN_ANSWER];
};
void tl_login_add(struct tl_login_answer *answer, struct tl_bytes piece);
/* Empty if it is longer. */
static inline struct tl_bytes tl_login_answer_of(const struct tl_login_answer *answer)
{
    return tl_bytes_of(answer->text, answer->len <= TL_LOGIN_ANSWER ? answer->len : 0);
}
/* Writes the record and frees the login: *login is 0 then. */
void tl_login_end(struct tl_dissection *d, uint32_t *login, enum tl_login_result result);

/* A login at a terminal, whole. */
struct tl_login {
    int64_t ts;           /* ns: of the prompt, or of the first message */
    const char *protocol; /* a literal */
    uint64_t attempt;     /* from 1 */
    int success;          /* -1: could not be told */
    struct tl_bytes user, client_user, message, terminal, command; /* empty: absent */
};

void tl_login_emit(struct tl_dissection *d, const struct tl_login *login);

static inline struct tl_bytes tl_login_word(const char *word)
{
    return tl_bytes_of(word, strlen(word));
}

/* ok: the answer, if it was seen. */
static inline enum tl_login_result tl_login_result_of(bool answered, bool ok)
{
    return !answered ? TL_LOGIN_UNANSWERED : ok ? TL_LOGIN_GRANTED : TL_LOGIN_REFUSED;
}

#endif
