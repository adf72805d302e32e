/* pop3.h - declarations shared by the files of the POP3 dissector (RFC 1939, RFC 2449, RFC 5034, RFC 2595). */
#ifndef TL_DISSECTORS_POP3_H
#define TL_DISSECTORS_POP3_H

#include "dissectors/kept.h"
#include "dissectors/login.h"
#include "dissectors/mail/mail_sasl.h"
#include "dissectors/mail/mail_session.h"

enum tl_pop3_field {
    POP3_REQUEST_COMMAND, POP3_REQUEST_PARAMETER, POP3_REQUEST_DATA, POP3_RESPONSE_INDICATOR, POP3_RESPONSE_DESCRIPTION,
    POP3_RESPONSE_DATA, POP3_MESSAGE_SIZE,
};

enum tl_pop3_weird {
    POP3_WEIRD_NOT_A_REPLY, POP3_WEIRD_NOT_A_COMMAND, POP3_WEIRD_LINE_TOO_LONG, POP3_WEIRD_CLEAR_AFTER_STLS,
};

enum {
    TL_POP3_LINE = 4096,        /* maximum bytes read of a line */
    TL_POP3_WAITING = 1024,     /* maximum commands of a flow that wait for a reply; the oldest is given up */
    TL_POP3_CAPABILITIES = 2048, /* maximum bytes of the list of capabilities */
    TL_POP3_CAPABILITY_COUNT = 64,
    TL_POP3_UIDS = 16 << 10,    /* maximum bytes kept of the list of unique ids */
};

enum tl_pop3_kind {
    TL_POP3_OTHER, TL_POP3_USER, TL_POP3_PASS, TL_POP3_APOP, TL_POP3_AUTH, TL_POP3_STLS, TL_POP3_STAT, TL_POP3_LIST,
    TL_POP3_UIDL, TL_POP3_RETR, TL_POP3_TOP, TL_POP3_DELE, TL_POP3_RSET, TL_POP3_QUIT, TL_POP3_CAPA,
    TL_POP3_NAME, /* no command: the user name in a response of AUTH */
};

/* What a parameter must be for the line to be a command where other lines are possible. */
enum tl_pop3_syntax { TL_POP3_ALONE, TL_POP3_TEXT, TL_POP3_NUMBER, TL_POP3_ANY };

struct tl_pop3_verb {
    const char *name; /* upper case */
    uint8_t kind;
    uint8_t syntax;
};

/* A command that waits for its reply. */
struct tl_pop3_command {
    uint8_t kind;
    bool alone;       /* without a parameter */
    bool cut;         /* value: the text was cut */
    uint32_t value;   /* USER, APOP, AUTH, NAME: kept text; else the number in the parameter; 0: none */
    uint32_t secret;  /* PASS, NAME: kept, if it may be shown */
    int64_t ts;       /* PASS, APOP, AUTH: ns */
};

enum tl_pop3_state {
    TL_POP3_LINES, TL_POP3_PEEK, TL_POP3_TLS,
    TL_POP3_RESYNC,      /* client: a line that is not a command is the rest of something */
    TL_POP3_UNKNOWN,     /* server: after +OK to a command that was not seen */
    TL_POP3_LISTING, TL_POP3_MESSAGE,
    TL_POP3_MESSAGE_LINES, /* after a gap in it: a reply may follow, its end may be missing */
};

/* Position in a line of message text. */
enum tl_pop3_dot { TL_POP3_MIDDLE, TL_POP3_BOL, TL_POP3_DOT, TL_POP3_DOT_CR };

struct tl_pop3_flow {
    struct tl_mail_sides sides;
    bool confirmed, finished, begun;
    bool skip[2];              /* 0: client, 1: server: the rest of a line is skipped */
    uint8_t state[2];          /* enum tl_pop3_state: of the client, of the server */
    bool client_begun, server_begun;
    struct tl_sasl sasl;       /* of the client */

    struct tl_kept_text waiting; /* of struct tl_pop3_command, the oldest first */
    uint32_t head;             /* bytes of them that were answered */
    bool greeted, replies_lost;
    bool listing_torn;         /* lines of the listing are missing */
    bool torn;                 /* the line after a gap may be the rest of a line */
    uint8_t dot;               /* enum tl_pop3_dot */
    struct tl_pop3_command current; /* whose reply is being read */
    struct tl_mail_reading message;

    int64_t ts;
    uint32_t user, auth, greeting, last_reply; /* kept */
    bool user_cut, auth_cut, greeting_cut, reply_cut, capabilities_cut;
    bool auth_known, auth_success, tls, maildrop_known;
    uint32_t login;            /* AUTH has its reply, names may follow; 0: none */
    uint8_t login_result;      /* enum tl_login_result */
    uint64_t attempts, commands, retrieved, top, deleting, deleted, bytes, errors, messages, mailbox_bytes;
    uint64_t listed, listed_bytes; /* by the current LIST */
    char last_command[8];
    struct tl_kept_text capabilities, uids; /* lines */
};

extern const struct tl_record_def tl_pop3_record_def;

/* pop3_command.c: the client's side. */
struct tl_want tl_pop3_client(struct tl_dissection *d, struct tl_stream *s, struct tl_pop3_flow *f);
/* Returns the verb of a line that can only be a command; NULL: it is none. */
const struct tl_pop3_verb *tl_pop3_command_of(struct tl_bytes line);

/* pop3_reply.c: the server's side. */
struct tl_want tl_pop3_server(struct tl_dissection *d, struct tl_stream *s, struct tl_pop3_flow *f);
enum tl_pop3_status { TL_POP3_NO_STATUS, TL_POP3_OK, TL_POP3_ERR, TL_POP3_CONTINUE };
enum tl_pop3_status tl_pop3_status_of(struct tl_bytes line);

/* pop3_record.c: pairs commands with replies, and writes the records. */
void tl_pop3_add_command(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_pop3_command command);
/* A reply: sets f->current to the command that it answers. Returns false if that is not known, or for a greeting. */
bool tl_pop3_add_reply(struct tl_dissection *d, struct tl_pop3_flow *f, bool ok, struct tl_bytes line,
                       struct tl_bytes description);
/* A line of the reply to CAPA, LIST or UIDL. */
void tl_pop3_list_line(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes line);
void tl_pop3_list_end(struct tl_pop3_flow *f);
void tl_pop3_end_message(struct tl_dissection *d, struct tl_pop3_flow *f, bool whole);
void tl_pop3_end_session(struct tl_dissection *d, struct tl_pop3_flow *f);

/* pop3.c */
void tl_pop3_begin_layer(struct tl_dissection *d);

static inline struct tl_want tl_pop3_line(void)
{
    return (struct tl_want){ TL_WANT_LINE, TL_POP3_LINE, NULL };
}

static inline struct tl_want tl_pop3_some(void)
{
    return (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL };
}

static inline struct tl_want tl_pop3_nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

#endif
