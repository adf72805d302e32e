/*
 * smtp.h - declarations shared by the files of the SMTP dissector (RFC 5321, RFC 3030, RFC 3207, RFC 4954, RFC 2033).
 */
#ifndef TL_DISSECTORS_SMTP_H
#define TL_DISSECTORS_SMTP_H

#include "core/channel.h"
#include "core/transaction.h"
#include "dissectors/kept.h"
#include "dissectors/login.h"
#include "dissectors/mail/mail_message.h"
#include "dissectors/mail/mail_sasl.h"

enum tl_smtp_field {
    SMTP_REQ, SMTP_RSP, SMTP_COMMAND_LINE, SMTP_REQ_COMMAND, SMTP_REQ_PARAMETER, SMTP_RESPONSE, SMTP_RESPONSE_CODE,
    SMTP_RSP_PARAMETER, SMTP_CODE_UNEXPECTED, SMTP_AUTH_USERNAME, SMTP_AUTH_PASSWORD, SMTP_EOM, SMTP_MESSAGE_SIZE,
};

/* Anomalies of SMTP. */
enum tl_smtp_weird {
    SMTP_WEIRD_NOT_A_REPLY, SMTP_WEIRD_REPLY_CODES_DIFFER, SMTP_WEIRD_LINE_TOO_LONG, SMTP_WEIRD_ODD_END,
    SMTP_WEIRD_TEXT_REFUSED, SMTP_WEIRD_MIME_TOO_DEEP,
};

enum {
    TL_SMTP_LINE = 4096,     /* maximum bytes read of a command or reply; RFC 5321 allows 512, AUTH 12288 */
    TL_SMTP_TEXT = 512,      /* maximum bytes kept of an address, a name or a reply */
    TL_SMTP_WAITING = 256,   /* maximum waiting commands, and waiting replies, of a flow; the oldest is dropped */
    TL_SMTP_RECIPIENTS = 128, /* maximum recipients of a message in its record */
    TL_SMTP_ENVELOPE = 12 << 10, /* maximum bytes of these recipients */
    TL_SMTP_SPARE = 4096,    /* bytes that must be free when a message begins, for its header values */
    TL_SMTP_HOLD = 64 << 10, /* maximum bytes of TLS that wait until the other side reaches TLS too */
};

/* Commands that a reply may answer. */
enum tl_smtp_kind {
    TL_SMTP_OTHER, TL_SMTP_HELLO, TL_SMTP_LHLO, TL_SMTP_MAIL, TL_SMTP_RCPT, TL_SMTP_DATA, TL_SMTP_BDAT, TL_SMTP_END,
    TL_SMTP_RSET, TL_SMTP_QUIT, TL_SMTP_AUTH, TL_SMTP_STARTTLS,
};

struct tl_smtp_command {
    int64_t ts;     /* ns */
    uint64_t size;  /* MAIL: as declared; UINT64_MAX: not declared */
    uint32_t text;  /* kept: address, name, mechanism and user; END: a struct tl_mail; 0: none */
    uint32_t secret; /* AUTH: kept, if it may be shown */
    uint16_t lines; /* END: of text, with the lone dot, if its DATA may be refused; UINT16_MAX: unknown */
    uint8_t kind;
    bool behind_gap; /* commands before it may be missing */
    bool chunks;    /* END: of BDAT */
    bool blind;     /* END: its DATA is missing, so a 354 comes before its reply */
    bool lost;      /* its text did not fit, or was cut */
    bool begins;    /* AUTH: the command, not a response */
};

struct tl_smtp_reply {
    uint32_t text;  /* kept: "code text" of its last line */
    uint16_t code;
    bool behind_gap;
    bool cut;
};

/* Waiting items, first in, first out. */
struct tl_smtp_queue {
    struct tl_kept_text items;
    uint32_t head;  /* bytes of items that are already processed */
};

enum tl_smtp_state {
    TL_SMTP_COMMANDS, TL_SMTP_RESPONSES, TL_SMTP_FIRST_LINE, TL_SMTP_MESSAGE, TL_SMTP_MESSAGE_LINES,
    TL_SMTP_CHUNK_START, TL_SMTP_CHUNK_LINE, TL_SMTP_CHUNK, TL_SMTP_RESYNC, TL_SMTP_PEEK, TL_SMTP_TLS,
};

/* Position in a line of message text. */
enum tl_smtp_dot { TL_SMTP_MIDDLE, TL_SMTP_BOL, TL_SMTP_DOT, TL_SMTP_DOT_CR };

struct tl_smtp_flow {
    /* State of the client's side. */
    uint8_t state;             /* enum tl_smtp_state */
    uint8_t dot;               /* enum tl_smtp_dot */
    struct tl_sasl sasl;       /* AUTH */
    bool last_chunk, chunks;
    bool text_gap;             /* message: bytes are missing */
    bool torn;                 /* the line after a gap may be the rest of a line: a lone dot ends nothing */
    bool odd_line;             /* message: the last line did not end with CR LF */
    uint8_t last_byte;
    bool count_lines;          /* message: its DATA may be refused */
    uint16_t lines;            /* message: of its text, if they are counted */
    uint64_t chunk_left;
    uint32_t entities;         /* MIME entities of the messages that ended */
    uint32_t mail;             /* kept: struct tl_mail of the message that is being read; 0: none */
    uint64_t size;             /* of the message, if there was no memory for a struct tl_mail */
    int64_t mail_ts;

    /* State of the server's side. */
    uint8_t reply_state;       /* TL_SMTP_COMMANDS (replies), TL_SMTP_PEEK or TL_SMTP_TLS */
    uint16_t reply_code;       /* of the reply whose lines are being read; 0: none */
    uint16_t replies;          /* so far, at most 2 */
    bool strange;              /* a line that is not a reply came before the first reply */

    /* Both sides: their roles, and whether the rest of a line is skipped. */
    bool roles_known, confirmed, server_side;
    uint16_t server_port;
    bool passed[2];            /* by side: bytes were skipped before the roles were known */
    bool skip[2], gap[2];      /* 0: client, 1: server */
    bool begun;                /* the client has sent a line */

    /* State derived from commands and replies together. It does not depend on which side is seen first. */
    struct tl_smtp_queue commands, waiting_replies;
    bool paired, greeted;      /* paired: at least one command was paired */
    bool commands_lost, replies_lost;
    bool data_refused, alone_354, blind_354;
    uint16_t answered_lines;   /* lines of refused text that got their reply before the text ended */
    uint16_t refused_lines;    /* lines of refused text that can still get a reply each; UINT16_MAX: unknown */
    bool open;                 /* a transaction is open */
    bool stale;                /* the envelope belongs to a finished transaction */
    bool started;              /* the session gets a record when it ends */
    bool tls, lmtp, sender_cut, recipients_cut, helo_cut, auth_cut, reply_cut;
    uint16_t accepted;         /* LMTP: recipients accepted in this transaction */
    uint16_t rcpts;
    uint64_t messages;         /* acknowledged messages */
    uint64_t declared;         /* size; UINT64_MAX: not declared */
    int64_t ts;                /* of the transaction */
    uint32_t helo, auth, last_reply; /* kept */
    uint32_t login;            /* that has no verdict yet; 0: none */
    struct tl_transactions pending; /* at most one: a record with the envelope so far */
    uint32_t envelope_len;     /* bytes of the envelope's values */
};

extern const struct tl_record_def tl_smtp_record_def;

/* smtp_command.c: the client's side. */
struct tl_want tl_smtp_client(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f);
/* Returns whether the line can only be a command. strict: checks its full syntax; otherwise only its first word. */
bool tl_smtp_is_command(struct tl_bytes line, bool strict);

/* Begins a command that was read at the cursor. */
struct tl_smtp_command tl_smtp_begin_command(const struct tl_dissection *d, struct tl_smtp_flow *f, unsigned kind);
/* Ignores case; word is in lower case. */
bool tl_smtp_begins_with(struct tl_bytes text, const char *word);

/* smtp_auth.c: AUTH and the lines after it. */
void tl_smtp_begin_auth(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes parameter,
                        struct tl_smtp_command *c);
/* Reads a line after AUTH. Skips lines beyond those of the mechanism, since they may be secrets too. */
void tl_smtp_response(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes line);

/* smtp_reply.c: the server's side. */
struct tl_want tl_smtp_server(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f);
/* Returns the code of a reply line; 0: the line is not a reply. */
unsigned tl_smtp_code(struct tl_bytes line);

/* smtp_record.c: pairs commands and replies, and writes records. */
void tl_smtp_add_command(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *command);
/* Returns whether the reply to the last DATA is known and accepts it. */
bool tl_smtp_data_accepted(const struct tl_smtp_flow *f);
/* Removes the oldest waiting command without a reply. Returns false if none waits. */
bool tl_smtp_give_up_oldest(struct tl_dissection *d, struct tl_smtp_flow *f);
void tl_smtp_add_reply(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_reply *reply);
/* The session ends or continues as TLS: writes the remaining records and frees what is kept. */
void tl_smtp_end_session(struct tl_dissection *d, struct tl_smtp_flow *f);

/* smtp.c */
/* Skips the rest of a line. Returns true if its end was reached. */
bool tl_smtp_skip_line(struct tl_dissection *d);
void tl_smtp_begin_layer(struct tl_dissection *d);
uint32_t tl_smtp_keep_text(struct tl_dissection *d, struct tl_bytes text, bool *cut);
void tl_smtp_sure(struct tl_dissection *d, struct tl_smtp_flow *f);

static inline struct tl_want tl_smtp_line(void)
{
    return (struct tl_want){ TL_WANT_LINE, TL_SMTP_LINE, NULL };
}

static inline struct tl_want tl_smtp_some(uint64_t n)
{
    return (struct tl_want){ TL_WANT_SOME, n, NULL };
}

static inline struct tl_want tl_smtp_peek(void)
{
    return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
}

/* At the first byte where TLS may begin: returns whether it begins a handshake record (RFC 8446 section 5.1). */
static inline bool tl_smtp_is_tls(const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    return p != NULL && *p == 0x16;
}

/* This side has reached the point where TLS begins. */
static inline struct tl_want tl_smtp_upgrade(struct tl_dissection *d, const struct tl_stream *s)
{
    return tl_upgrade(d, s, NULL, TL_SMTP_HOLD);
}

#endif
