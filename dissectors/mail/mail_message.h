/*
 * mail_message.h - a message as it goes by (RFC 5322, RFC 2045 to 2049): its header, and the parts it is made of.
 *
 * The message is fed in pieces of any size, and costs time linear in its length and bounded memory: nothing of a body
 * is ever collected; what parts hold is passed on decoded, as bodies. What a record says of the message is in a log of
 * the flow's kept bytes. Any protocol can carry it: in the tree its header is a layer of protocol imf inside the
 * carrying protocol's, and its parts are one of protocol mime.
 */
#ifndef TL_DISSECTORS_MAIL_MESSAGE_H
#define TL_DISSECTORS_MAIL_MESSAGE_H

#include "core/base64.h"
#include "core/channel.h"
#include "dissectors/kept.h"

/* Transfer encodings (RFC 2045 section 6). */
enum tl_mail_encoding { TL_MAIL_AS_IT_IS, TL_MAIL_BASE64, TL_MAIL_QP };

enum {
    TL_MAIL_DEPTH = 8,      /* multiparts within one another; what is deeper is taken as text */
    TL_MAIL_BOUNDARY = 70,  /* bytes (RFC 2046 section 5.1.1) */
    TL_MAIL_HEADER = 8192,  /* bytes of an unfolded header field; the rest of a longer one is passed over */
    TL_MAIL_VALUE = 1024,   /* bytes of a value in the log */
    TL_MAIL_LIST = 64,      /* items of each list in the log */
    TL_MAIL_LOG = 16 << 10, /* bytes of the log */
};

/* What the log holds, in the order in which it was met. */
enum tl_mail_item {
    TL_MAIL_DATE, TL_MAIL_FROM, TL_MAIL_REPLY_TO, TL_MAIL_MSG_ID, TL_MAIL_IN_REPLY_TO, TL_MAIL_SUBJECT,
    TL_MAIL_ORIGINATING_IP, TL_MAIL_USER_AGENT,
    TL_MAIL_TO, TL_MAIL_CC, TL_MAIL_PATH, TL_MAIL_ATTACHMENT, /* lists */
    TL_MAIL_ITEMS,
};

/* The fields of tl_protocol_imf: of the message's own header. */
enum tl_imf_field {
    TL_IMF_DATE, TL_IMF_FROM, TL_IMF_SENDER, TL_IMF_REPLY_TO, TL_IMF_TO, TL_IMF_CC, TL_IMF_BCC, TL_IMF_MESSAGE_ID,
    TL_IMF_IN_REPLY_TO, TL_IMF_REFERENCES, TL_IMF_SUBJECT, TL_IMF_COMMENTS, TL_IMF_KEYWORDS, TL_IMF_USER_AGENT,
    TL_IMF_MAILER, TL_IMF_RETURN_PATH, TL_IMF_RECEIVED, TL_IMF_DELIVERED_TO, TL_IMF_MIME_VERSION, TL_IMF_CONTENT_TYPE,
    TL_IMF_CONTENT_ENCODING, TL_IMF_CONTENT_ID, TL_IMF_CONTENT_DESCRIPTION, TL_IMF_EXTENSION, TL_IMF_FIELDS,
};

/* The fields of tl_protocol_mime: of parts. */
enum tl_mime_field {
    TL_MIME_TYPE, TL_MIME_DISPOSITION, TL_MIME_ENCODING, TL_MIME_ID, TL_MIME_ATTACHMENT, TL_MIME_NAME,
    TL_MIME_ATTACHMENT_TYPE, TL_MIME_SIZE, TL_MIME_FIELDS,
};

extern const struct tl_protocol tl_protocol_imf, tl_protocol_mime;

struct tl_mail_boundary {
    uint8_t len;
    bool digest; /* its parts are messages unless they say otherwise (RFC 2046 section 5.1.5) */
    uint8_t text[TL_MAIL_BOUNDARY];
};

/* A message that is being read: kept bytes of the flow. */
struct tl_mail {
    uint64_t size;           /* bytes of the message so far, lost ones included */
    uint16_t cut;            /* bits of tl_mail_item: values or lists that were cut */
    bool received_cut[2];
    bool shown;              /* some of its header is in a tree */
    bool too_deep;           /* there were more than TL_MAIL_DEPTH multiparts within one another */
    struct tl_kept_text log; /* of items: see tl_mail_next_item() */
    uint32_t received[2];    /* kept: the last Received field, and the one before */
    uint8_t count[TL_MAIL_ITEMS];

    /* How far it is read. */
    bool in_header, top;     /* top: the message's own header */
    bool skip_line;          /* up to the next LF nothing is looked at */
    bool bol;                /* body: a line begins here */
    bool line_cut, field_cut;
    uint8_t field;           /* of the header: what is being unfolded, see mail_message.c */
    struct tl_kept_text line;  /* the beginning of an unfinished line */
    struct tl_kept_text folded; /* the header field so far */

    /* The part that is being read. */
    uint8_t kind, encoding;
    bool named;              /* has a file name, from Content-Disposition */
    bool read;               /* its content is decoded: something wants its size or its bytes */
    bool whole;              /* nothing of it is missing so far */
    bool torn;               /* bytes are missing: base64 goes on at the next line */
    uint8_t type_len, name_len;
    uint8_t escape, digit;   /* quoted-printable: how far an escape is read, its first digit */
    uint8_t held_len;        /* of the line end that the content has at its end so far */
    uint8_t held[2];
    uint8_t side;            /* that sends the message */
    char type[64];
    uint8_t name[255];
    struct tl_mail_boundary boundary; /* its own, if it is a multipart */
    struct tl_base64 base64;
    const char *source;      /* of its bodies: see struct tl_body_facts */
    struct tl_body body;
    uint64_t part_size;      /* bytes, once decoded */
    uint8_t depth;           /* boundaries on the stack */
    struct tl_mail_boundary stack[TL_MAIL_DEPTH];
};

/* A zeroed message begins. Bodies come from `source` (a constant, as in struct tl_body_facts), sent by this side. */
void tl_mail_begin(struct tl_mail *m, const char *source, unsigned side);
/* As tl_mail_begin(), of a MIME entity: its header is that of a part. */
void tl_mail_begin_part(struct tl_mail *m, const char *source, unsigned side);
/*
 * The next bytes of the message. `m` is in kept bytes, which must not be forgotten meanwhile. Where the bytes lie in
 * the cursor's buffer the tree's nodes point there.
 */
void tl_mail_feed(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);
/* n bytes of the message are missing here. */
void tl_mail_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n);
/* The message has ended. Its log stays until tl_mail_free(). */
void tl_mail_end(struct tl_dissection *d, struct tl_mail *m);
/*
 * An event of a stream that is one message from its first byte to its end. The parser returns what this returns. Gives
 * back what m kept at the end.
 */
struct tl_want tl_mail_read(struct tl_dissection *d, struct tl_stream *s, struct tl_mail *m);
/* Gives back what m kept (not m itself). */
void tl_mail_free(struct tl_dissection *d, struct tl_mail *m);

/* An entry of a log. */
struct tl_mail_entry {
    uint8_t item; /* enum tl_mail_item */
    struct tl_bytes text;
};

bool tl_mail_log_put(struct tl_dissection *d, struct tl_kept_text *log, unsigned item, struct tl_bytes text,
                     uint32_t most);
/* Takes the next entry off what is left of a log; false at its end. */
bool tl_mail_log_next(struct tl_bytes *left, struct tl_mail_entry *entry);

#endif
