/*
 * imap.h - declarations shared by the files of the IMAP dissector (RFC 9051, RFC 3501, RFC 7888, RFC 3516, RFC 2177,
 * RFC 4978).
 */
#ifndef TL_DISSECTORS_IMAP_H
#define TL_DISSECTORS_IMAP_H

#include "dissectors/kept.h"
#include "dissectors/login.h"
#include "dissectors/mail/mail_sasl.h"
#include "dissectors/mail/mail_session.h"

enum tl_imap_field {
    IMAP_LINE, IMAP_REQUEST, IMAP_REQUEST_TAG, IMAP_REQUEST_COMMAND, IMAP_REQUEST_UID, IMAP_REQUEST_FOLDER,
    IMAP_REQUEST_USERNAME, IMAP_REQUEST_PASSWORD, IMAP_RESPONSE, IMAP_RESPONSE_TAG, IMAP_RESPONSE_STATUS,
    IMAP_RESPONSE_COMMAND, IMAP_LITERAL,
};

enum tl_imap_weird {
    IMAP_WEIRD_NOT_A_REPLY, IMAP_WEIRD_NOT_A_COMMAND, IMAP_WEIRD_LINE_TOO_LONG, IMAP_WEIRD_CLEAR_AFTER_STARTTLS,
    IMAP_WEIRD_COMPRESSION, IMAP_WEIRD_RATIO,
};

enum {
    TL_IMAP_UNIT = 16 << 10,      /* maximum bytes of a line that are read at once; longer lines come in pieces */
    TL_IMAP_ARGUMENT = 4096,      /* maximum bytes of a literal that is read as an argument */
    TL_IMAP_LOOK = 32,            /* bytes of a literal that show whether it is one: see imap_command.c */
    TL_IMAP_WAITING = 256,        /* maximum commands of a flow that wait for a reply; the oldest is given up */
    TL_IMAP_TAG = 20,             /* maximum bytes of a tag that are compared */
    TL_IMAP_MAILBOXES = 64,       /* maximum mailboxes in the record */
    TL_IMAP_LIST = 4096,          /* maximum bytes of these, and of the capabilities */
    TL_IMAP_CAPABILITIES = 128,   /* maximum capabilities in the record */
};

enum tl_imap_kind {
    TL_IMAP_OTHER, TL_IMAP_LOGIN, TL_IMAP_AUTHENTICATE, TL_IMAP_STARTTLS, TL_IMAP_COMPRESS, TL_IMAP_SELECT,
    TL_IMAP_UNSELECT, TL_IMAP_MAILBOX, TL_IMAP_APPEND, TL_IMAP_FETCH, TL_IMAP_STORE, TL_IMAP_COPY, TL_IMAP_SEARCH,
    TL_IMAP_IDLE, TL_IMAP_ID, TL_IMAP_UID,
};

struct tl_imap_verb {
    const char *name; /* upper case */
    uint8_t kind;
    bool alone;       /* has no arguments */
};

struct tl_imap_tag {
    uint8_t len;
    uint8_t text[TL_IMAP_TAG];
};

/* A command that waits for its reply. */
struct tl_imap_command {
    uint8_t kind;
    bool cut;             /* text was cut */
    struct tl_imap_tag tag;
    uint32_t text;        /* kept: user or mailbox; 0: none */
    uint32_t mechanism;   /* kept */
    uint32_t secret;      /* of a login: kept, if it may be shown; 0: none */
    int64_t ts;           /* ns */
};

enum tl_imap_state {
    TL_IMAP_LINES, TL_IMAP_RESYNC, /* RESYNC: a line that is not sure to be one is passed over */
    TL_IMAP_LOOKING, TL_IMAP_ARGUMENT_BYTES, TL_IMAP_LITERAL, TL_IMAP_PEEK, TL_IMAP_TLS, TL_IMAP_HELD,
};

/* What a literal of the server is. */
enum tl_imap_section {
    TL_IMAP_NO_SECTION, TL_IMAP_WHOLE, TL_IMAP_HEADER, TL_IMAP_SOME_HEADER, TL_IMAP_TEXT, TL_IMAP_PART,
};

/* A side after COMPRESS. */
struct tl_imap_deflate {
    bool on;
    bool broken;                /* not read any more */
    struct tl_inflation *inflater;
    uint64_t in, out;           /* compressed bytes, and their inflated bytes */
    struct tl_stream inner;     /* of the inflated bytes */
};

struct tl_imap_flow {
    struct tl_mail_sides sides;
    bool confirmed, finished, begun;
    uint8_t state[2];           /* enum tl_imap_state: of the client, of the server */
    bool side_begun[2];
    bool continued[2];          /* the line goes on with what was begun before */
    uint64_t literal[2];        /* bytes of the literal that follows */

    /* The command that is being read. */
    uint8_t kind, argument;
    bool secret;                /* its text can have a secret */
    bool blind;                 /* an argument was too long to be read: which one comes next is not known */
    bool pieces;                /* APPEND of pieces: its literals are no messages */
    bool is_message;            /* the literal is one */
    struct tl_imap_tag tag;
    bool refused;               /* the server refused it before its literal */
    struct tl_sasl sasl;
    struct tl_mail_reading upload;

    /* The response that is being read. */
    bool fetch;
    uint8_t section;            /* of the literal that is being read: enum tl_imap_section */
    bool data, whole;           /* it has message data; all of a message */
    uint64_t number, uid, size; /* 0: unknown */
    struct tl_kept_text flags;
    bool flags_known;
    struct tl_mail_reading message;
    struct tl_body part;

    struct tl_imap_deflate deflate[2]; /* of the originator, of the responder */
    struct tl_kept_text waiting; /* of struct tl_imap_command */
    int64_t ts;
    uint32_t user, auth, greeting, last_reply, mailbox, client_id, server_id; /* kept */
    bool user_cut, auth_cut, greeting_cut, reply_cut, mailbox_cut, mailboxes_cut, capabilities_cut, id_cut;
    bool greeted, auth_known, auth_success, tls, compressed, exists_known;
    uint16_t mailbox_count;
    uint64_t attempts, commands, exists, fetched, stored, copied, appended, expunged, searches, idles, bytes, no, bad;
    char last_command[16];
    struct tl_kept_text mailboxes, capabilities; /* lines; words */
};

extern const struct tl_record_def tl_imap_record_def;

/* imap_text.c: lines. */
/* Takes the tag off the start of the line. Returns false if there is none. */
bool tl_imap_take_tag(struct tl_bytes *line, struct tl_bytes *tag);
struct tl_bytes tl_imap_take_word(struct tl_bytes *text);
bool tl_imap_is(struct tl_bytes text, const char *word);
/* Returns the verb of a command line, else NULL. *uid: it follows UID. *word: the verb as sent; *rest: after it. */
const struct tl_imap_verb *tl_imap_verb_of(struct tl_bytes line, struct tl_bytes *tag, struct tl_bytes *word,
                                           struct tl_bytes *rest, bool *uid);
/* Returns whether the line can only be a server's. */
bool tl_imap_is_reply(struct tl_bytes line);
/* Reads {n}, {n+}, {n-} or ~{n} at the end of the line, and removes it. */
bool tl_imap_literal_at_end(struct tl_bytes *line, uint64_t *n, bool *waits);
/* Takes an argument off the start: an atom, a quoted string without its quotes, or a list with its parentheses. */
bool tl_imap_take_argument(struct tl_bytes *text, struct tl_bytes *argument);
/* Returns the status of a tagged reply or a greeting: 'O' (OK), 'N' (NO), 'B' (BAD), 'P' (PREAUTH), 'Y' (BYE); 0. */
char tl_imap_status(struct tl_bytes word);

/* imap_command.c, imap_reply.c: handle one event of a side. */
struct tl_want tl_imap_client(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f);
struct tl_want tl_imap_server(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f);

/* imap_deflate.c */
/* The side goes on compressed from its next byte on. */
void tl_imap_deflate_begin(struct tl_dissection *d, struct tl_imap_flow *f, unsigned side);
/* Handles one event of a side that is compressed. */
struct tl_want tl_imap_deflated(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f, bool client);
/* Frees what the compressed sides keep. */
void tl_imap_deflate_end(struct tl_dissection *d, struct tl_imap_flow *f);

/* imap_record.c: pairs commands with replies by tag, and writes the records. */
void tl_imap_add_command(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes word, bool uid);
/* Sets the text of the command that is being read, if it waits still. */
void tl_imap_set_text(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text, bool mechanism);
/* The same for its secret, which is kept only if it may be shown. */
void tl_imap_set_secret(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text);
/* A tagged reply. Returns the kind of the command that it answers; TL_IMAP_OTHER: not known. */
unsigned tl_imap_add_reply(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes tag, char status,
                           struct tl_bytes line);
void tl_imap_take_capabilities(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes words);
/* The parameters of ID (RFC 2971): "name" "value" pairs. */
void tl_imap_take_id(struct tl_dissection *d, struct tl_imap_flow *f, uint32_t *id, struct tl_bytes list);
/* The response with message data has ended. */
void tl_imap_end_fetch(struct tl_dissection *d, struct tl_imap_flow *f);
void tl_imap_end_session(struct tl_dissection *d, struct tl_imap_flow *f);

/* imap.c */
void tl_imap_begin_layer(struct tl_dissection *d);
void tl_imap_note(struct tl_dissection *d, unsigned field, struct tl_bytes text, enum tl_secret secret);

static inline struct tl_imap_tag tl_imap_tag_of(struct tl_bytes tag)
{
    struct tl_imap_tag t = { .len = (uint8_t)(tag.len < TL_IMAP_TAG ? tag.len : TL_IMAP_TAG) };
    memcpy(t.text, tag.data, t.len);
    return t;
}

static inline struct tl_want tl_imap_line(void)
{
    return (struct tl_want){ TL_WANT_LINE, TL_IMAP_UNIT, NULL };
}

static inline struct tl_want tl_imap_nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static inline struct tl_want tl_imap_some(void)
{
    return (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL };
}

#endif
