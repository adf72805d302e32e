/* login.c - the record of an attempt to log in. */
#include "dissectors/login.h"

enum { PROTOCOL, ATTEMPT, USER, CLIENT_USER, SUCCESS, MESSAGE, TERMINAL, COMMAND };

struct login_record {
    struct tl_record head;
    const char *protocol;
    uint64_t attempt;
    struct tl_bytes user, client_user, message, terminal, command;
    bool success;
};

#define F(index, member, key, kind, help) TL_FIELD(struct login_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(PROTOCOL, protocol, "protocol", TL_REC_TOKEN, "`telnet`, `rlogin` or `rsh`"),
    F(ATTEMPT, attempt, "attempt", TL_REC_COUNT, "Its number in the connection, from 1"),
    F(USER, user, "user", TL_REC_TEXT, "Who is to be logged in"),
    F(CLIENT_USER, client_user, "client_user", TL_REC_TEXT, "The user on the client (rlogin, rsh)"),
    F(SUCCESS, success, "success", TL_REC_BOOL, "Absent if it could not be told"),
    F(MESSAGE, message, "message", TL_REC_TEXT, "The line of the server that decided"),
    F(TERMINAL, terminal, "terminal", TL_REC_TEXT, "Terminal type of the client"),
    F(COMMAND, command, "command", TL_REC_TEXT, "What is to be run (rsh)"),
};
#undef F

const struct tl_record_def tl_login_record_def =
    TL_RECORD_DEF("login", record_fields, "An attempt to log in with Telnet, rlogin or rsh",
                  .summary = { "user", "success", "message", "command" });

void tl_login_emit(struct tl_dissection *d, const struct tl_login *login)
{
    struct login_record r = { .head = { .ts = login->ts }, .protocol = login->protocol, .attempt = login->attempt,
                              .user = login->user, .client_user = login->client_user, .success = login->success > 0,
                              .message = login->message, .terminal = login->terminal, .command = login->command };
    const struct { unsigned field; bool set; } rows[] = {
        { PROTOCOL, true }, { ATTEMPT, true }, { USER, login->user.len > 0 }, { CLIENT_USER,
        login->client_user.len > 0 },
        { SUCCESS, login->success >= 0 }, { MESSAGE, login->message.len > 0 }, { TERMINAL, login->terminal.len > 0 },
        { COMMAND, login->command.len > 0 },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++)
        if (rows[i].set)
            tl_record_set(&r.head, rows[i].field);
    tl_emit(d, &tl_login_record_def, &r.head);
}
