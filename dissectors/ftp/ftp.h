/* ftp.h - declarations shared by the files of the FTP dissector (RFC 959, RFC 2228, RFC 2428, RFC 3659). */
#ifndef TL_DISSECTORS_FTP_H
#define TL_DISSECTORS_FTP_H

#include "core/channel.h"
#include "core/transaction.h"
#include "dissectors/login.h"

enum tl_ftp_field {
    FTP_REQUEST, FTP_REQUEST_COMMAND, FTP_REQUEST_ARG, FTP_RESPONSE, FTP_RESPONSE_CODE, FTP_RESPONSE_ARG,
    FTP_PASSIVE_IP, FTP_PASSIVE_PORT, FTP_PASSIVE_NAT, FTP_ACTIVE_CIP, FTP_ACTIVE_PORT, FTP_ACTIVE_NAT, FTP_EPRT_AF, FTP_EPRT_IP,
    FTP_EPRT_IPV6, FTP_EPRT_PORT, FTP_EPSV_IP, FTP_EPSV_IPV6, FTP_EPSV_PORT,
};

enum tl_ftp_weird { FTP_WEIRD_NOT_A_REPLY, FTP_WEIRD_NOT_A_COMMAND, FTP_WEIRD_LINE_TOO_LONG };

enum {
    TL_FTP_LINE = 4096,       /* maximum bytes read of a line */
    TL_FTP_TEXT = 512,        /* maximum bytes kept of a name, an argument or a reply */
    TL_FTP_PATH = 1024,       /* maximum bytes of a directory or a URL */
    TL_FTP_WAITING = 128,     /* maximum commands without a reply, and replies without a command; drops the oldest */
    TL_FTP_HOLD = 64 << 10,   /* maximum bytes of TLS that wait for the other side */
};

/* Special handling of a command, in addition to its row. */
enum tl_ftp_kind {
    TL_FTP_OTHER, TL_FTP_USER, TL_FTP_PASS, TL_FTP_PORT, TL_FTP_EPRT, TL_FTP_PASV, TL_FTP_EPSV, TL_FTP_CWD, TL_FTP_CDUP,
    TL_FTP_PWD, TL_FTP_SIZE, TL_FTP_AUTH, TL_FTP_SECRET, TL_FTP_RETR, TL_FTP_UPLOAD, TL_FTP_DELE, TL_FTP_LIST,
};

struct tl_ftp_verb {
    const char *name;   /* upper case */
    uint8_t kind;
    bool logged;
    const char *codes;  /* replies to the command, besides 421 and 5xx; NULL: any */
};

/* The announced endpoint of a data flow. */
struct tl_ftp_endpoint {
    uint8_t version;    /* 4, 6; 0: no address */
    uint8_t addr[16];
    uint16_t port;      /* 0: none was announced */
};

/* A reply whose command was not seen yet. */
struct tl_ftp_reply {
    uint16_t code;
    uint32_t text;      /* kept */
};

enum tl_ftp_state { TL_FTP_LINES, TL_FTP_PEEK, TL_FTP_HELD };

struct tl_ftp_flow {
    bool roles_known, confirmed, finished, greeted;
    uint8_t server_side;
    uint8_t state[2];       /* of the client, of the server */
    bool skip[2], gap[2];   /* skips the rest of a line; lines before the next one may be missing */
    uint16_t reply_code;    /* of the reply whose lines are being read; 0: none */
    bool has_user, guest, wrote;
    bool open_password;     /* the password is a guest's: no secret */
    uint32_t user, password, cwd; /* kept; 0: none */
    bool size_known;
    uint64_t size;          /* of the file in the last SIZE command */
    uint16_t data_port;     /* of the data flow that was announced last */
    struct tl_ftp_endpoint active; /* endpoint of the next transfer in active mode */
    struct tl_transactions commands;
    uint8_t early_count;
    struct tl_ftp_reply early[TL_FTP_WAITING];
};

extern const struct tl_record_def tl_ftp_record_def;
extern const struct tl_protocol tl_protocol_ftp, tl_protocol_ftp_data;

/* ftp.c */
void tl_ftp_begin_layer(struct tl_dissection *d);
void tl_ftp_sure(struct tl_dissection *d, struct tl_ftp_flow *f);
/* Announces a data flow to `side` of this flow; its note is the command that uses it. */
void tl_ftp_expect(struct tl_dissection *d, unsigned side, uint16_t port, struct tl_bytes note);
const uint8_t *tl_ftp_addr(const struct tl_dissection *d, unsigned side);

/* ftp_address.c: finds h1,h2,h3,h4,p1,p2 or |family|address|port| anywhere in text. Returns false if absent. */
bool tl_ftp_read_port(struct tl_bytes text, struct tl_ftp_endpoint *endpoint);
bool tl_ftp_read_extended(struct tl_bytes text, struct tl_ftp_endpoint *endpoint);

/* ftp_command.c, ftp_reply.c: handle one event of a side. */
struct tl_want tl_ftp_client(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f);
struct tl_want tl_ftp_server(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f);
/* Returns the verb that begins a line; NULL: unknown. */
const struct tl_ftp_verb *tl_ftp_verb_of(struct tl_bytes word);
struct tl_bytes tl_ftp_word(struct tl_bytes line);
bool tl_ftp_is_word(struct tl_bytes text, const char *word);
/* Returns the code of a reply line; 0: the line is not a reply. */
unsigned tl_ftp_code(struct tl_bytes line);

/* ftp_record.c: pairs commands and replies. verb may be NULL; arg is the text in the line; secret: it is one. */
void tl_ftp_add_command(struct tl_dissection *d, struct tl_ftp_flow *f, int64_t ts, const struct tl_ftp_verb *verb,
                        struct tl_bytes name, struct tl_bytes arg, bool secret);
void tl_ftp_add_reply(struct tl_dissection *d, struct tl_ftp_flow *f, unsigned code, struct tl_bytes text);
/* Replies before this point may be missing: commands that wait for a reply finish without one. */
void tl_ftp_replies_lost(struct tl_dissection *d, struct tl_ftp_flow *f);
void tl_ftp_end_session(struct tl_dissection *d, struct tl_ftp_flow *f);

static inline struct tl_want tl_ftp_line(void)
{
    return (struct tl_want){ TL_WANT_LINE, TL_FTP_LINE, NULL };
}

static inline struct tl_want tl_ftp_nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* Skips the rest of a line. */
struct tl_want tl_ftp_skip_line(struct tl_dissection *d, bool *skip);

#endif
