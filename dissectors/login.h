/* login.h - the record of an attempt to log in: Telnet, rlogin, rsh. */
#ifndef TL_DISSECTORS_LOGIN_H
#define TL_DISSECTORS_LOGIN_H

#include "core/dissect.h"

struct tl_login {
    int64_t ts;           /* ns: of the prompt, or of the first message */
    const char *protocol; /* a literal */
    uint64_t attempt;     /* from 1 */
    int success;          /* -1: could not be told */
    struct tl_bytes user, client_user, message, terminal, command; /* empty: absent */
};

extern const struct tl_record_def tl_login_record_def;

void tl_login_emit(struct tl_dissection *d, const struct tl_login *login);

#endif
