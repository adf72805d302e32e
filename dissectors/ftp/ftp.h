/* ftp.h - what the files of the FTP dissector share (RFC 959, RFC 2228, RFC 2428, RFC 3659). */
#ifndef TL_DISSECTORS_FTP_H
#define TL_DISSECTORS_FTP_H

#include "core/channel.h"
#include "core/transaction.h"

enum tl_ftp_field {
    FTP_REQUEST, FTP_REQUEST_COMMAND, FTP_REQUEST_ARG, FTP_RESPONSE, FTP_RESPONSE_CODE, FTP_RESPONSE_ARG,
    FTP_PASSIVE_IP, FTP_PASSIVE_PORT, FTP_PASSIVE_NAT, FTP_ACTIVE_CIP, FTP_ACTIVE_PORT, FTP_ACTIVE_NAT, FTP_EPRT_AF, FTP_EPRT_IP,
    FTP_EPRT_IPV6, FTP_EPRT_PORT, FTP_EPSV_IP, FTP_EPSV_IPV6, FTP_EPSV_PORT,
};

enum tl_ftp_weird { FTP_WEIRD_NOT_A_REPLY, FTP_WEIRD_NOT_A_COMMAND, FTP_WEIRD_LINE_TOO_LONG };

enum {
    TL_FTP_LINE = 4096,       /* bytes of a line that are read */
    TL_FTP_TEXT = 512,        /* bytes of a name, an argument or a reply that are kept */
    TL_FTP_PATH = 1024,       /* bytes of a directory or an URL */
    TL_FTP_WAITING = 20,      /* commands without a reply, replies without a command; the oldest goes first */
    TL_FTP_HOLD = 64 << 10,   /* bytes of TLS that wait for the other side */
};

/* What is done with a command, beside what its row says. */
enum tl_ftp_kind {
    TL_FTP_OTHER, TL_FTP_USER, TL_FTP_PASS, TL_FTP_PORT, TL_FTP_EPRT, TL_FTP_PASV, TL_FTP_EPSV, TL_FTP_CWD, TL_FTP_CDUP,
    TL_FTP_PWD, TL_FTP_SIZE, TL_FTP_AUTH, TL_FTP_SECRET, TL_FTP_RETR, TL_FTP_UPLOAD, TL_FTP_DELE, TL_FTP_LIST,
};

struct tl_ftp_verb {
    const char *name;   /* upper case */
    uint8_t kind;
    bool logged;
    const char *codes;  /* replies that it gets, besides 421 and 5xx; NULL: any */
};

/* Where a data flow goes, as announced. */
struct tl_ftp_endpoint {
    uint8_t version;    /* 4, 6; 0: no address */
    uint8_t addr[16];
    uint16_t port;      /* 0: nothing was announced */
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
    bool skip[2], gap[2];   /* the rest of a line is passed over; lines before the next may be missing */
    uint16_t reply_code;    /* of the reply whose lines are being read; 0: none */
    bool has_user, guest, wrote;
    uint32_t user, password, cwd; /* kept; 0: none */
    bool size_known;
    uint64_t size;          /* of the file that SIZE asked for */
    struct tl_ftp_endpoint active; /* that the next transfer will be to */
    struct tl_transactions commands;
    uint8_t early_count;
    struct tl_ftp_reply early[TL_FTP_WAITING];
};

extern const struct tl_record_def tl_ftp_record_def;
extern const struct tl_protocol tl_protocol_ftp, tl_protocol_ftp_data;

/* ftp.c */
void tl_ftp_begin_layer(struct tl_dissection *d);
void tl_ftp_sure(struct tl_dissection *d, struct tl_ftp_flow *f);
struct tl_bytes tl_ftp_without_line_end(struct tl_bytes line);
/* Announces a data flow to `side` of this one; the note is the command that it is for. */
void tl_ftp_expect(struct tl_dissection *d, unsigned side, uint16_t port, struct tl_bytes note);
const uint8_t *tl_ftp_addr(const struct tl_dissection *d, unsigned side);

/* ftp_address.c: h1,h2,h3,h4,p1,p2 and |family|address|port| anywhere in text. false: it is not there. */
bool tl_ftp_read_port(struct tl_bytes text, struct tl_ftp_endpoint *endpoint);
bool tl_ftp_read_extended(struct tl_bytes text, struct tl_ftp_endpoint *endpoint);

/* ftp_command.c, ftp_reply.c: one event of a side. */
struct tl_want tl_ftp_client(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f);
struct tl_want tl_ftp_server(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f);
/* The verb that begins a line, or NULL: unknown. */
const struct tl_ftp_verb *tl_ftp_verb_of(struct tl_bytes word);
struct tl_bytes tl_ftp_word(struct tl_bytes line);
bool tl_ftp_is_word(struct tl_bytes text, const char *word);
/* The code of a reply line; 0: it is none. */
unsigned tl_ftp_code(struct tl_bytes line);

/* ftp_record.c: pairs commands and replies. verb may be NULL; arg is as in the line. */
void tl_ftp_add_command(struct tl_dissection *d, struct tl_ftp_flow *f, int64_t ts, const struct tl_ftp_verb *verb,
                        struct tl_bytes name, struct tl_bytes arg);
void tl_ftp_add_reply(struct tl_dissection *d, struct tl_ftp_flow *f, unsigned code, struct tl_bytes text);
/* Replies may be missing from here on back: what waits for one goes without. */
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

/* Passes over the rest of a line. */
struct tl_want tl_ftp_skip_line(struct tl_dissection *d, bool *skip);

#endif
