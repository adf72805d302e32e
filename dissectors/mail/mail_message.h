/*
 * mail_message.h - reads a message incrementally (RFC 5322, RFC 2045 to 2049): its header and its parts. The caller
 * feeds the message in pieces of any size. Time is linear in its length and memory is bounded: bodies are never
 * collected; the content of parts is decoded and passed on as bodies. The values for a record are in a log in the
 * flow's kept bytes. Any protocol can carry a message: in the tree its header is a layer of protocol imf inside the
 * carrying protocol's layer, and its parts are a layer of protocol mime.
 */
#ifndef TL_DISSECTORS_MAIL_MESSAGE_H
#define TL_DISSECTORS_MAIL_MESSAGE_H

#include "core/base64.h"
#include "core/channel.h"
#include "dissectors/kept.h"
#include "dissectors/mime_type.h"

/* Transfer encodings (RFC 2045 section 6). */
enum tl_mail_encoding { TL_MAIL_AS_IT_IS, TL_MAIL_BASE64, TL_MAIL_QP };

enum {
    TL_MAIL_DEPTH = 8,      /* maximum nested multiparts; deeper ones are read as text */
    TL_MAIL_BOUNDARY = 70,  /* bytes (RFC 2046 section 5.1.1) */
    TL_MAIL_HEADER = 8192,  /* maximum bytes of an unfolded header field; the rest is skipped */
    TL_MAIL_VALUE = 1024,   /* maximum bytes of a value in the log */
    TL_MAIL_LIST = 64,      /* maximum items of each list in the log */
    TL_MAIL_LOG = 16 << 10, /* maximum bytes of the log */
    TL_MAIL_KINDS = 15,     /* parts whose media type is detected */
    TL_MAIL_NAMES = 1024,   /* bytes of the file names of these parts */
    TL_MAIL_FILES = 64,     /* parts that a record names as files */
    TL_MAIL_OUTLINE = 4096, /* bytes of what began around a part */
    TL_MAIL_LEVELS = 40,    /* nested multiparts and messages that are told apart */
};

/* Items of the log, in the order in which they were read. */
enum tl_mail_item {
    TL_MAIL_DATE, TL_MAIL_FROM, TL_MAIL_REPLY_TO, TL_MAIL_MSG_ID, TL_MAIL_IN_REPLY_TO, TL_MAIL_SUBJECT,
    TL_MAIL_ORIGINATING_IP, TL_MAIL_USER_AGENT,
    TL_MAIL_TO, TL_MAIL_CC, TL_MAIL_PATH, TL_MAIL_ATTACHMENT, /* lists */
    TL_MAIL_ITEMS,
};

/* Fields of tl_protocol_imf: the message's own header. */
enum tl_imf_field {
    TL_IMF_DATE, TL_IMF_FROM, TL_IMF_SENDER, TL_IMF_REPLY_TO, TL_IMF_TO, TL_IMF_CC, TL_IMF_BCC, TL_IMF_MESSAGE_ID,
    TL_IMF_IN_REPLY_TO, TL_IMF_REFERENCES, TL_IMF_SUBJECT, TL_IMF_COMMENTS, TL_IMF_KEYWORDS, TL_IMF_USER_AGENT,
    TL_IMF_MAILER, TL_IMF_RETURN_PATH, TL_IMF_RECEIVED, TL_IMF_DELIVERED_TO, TL_IMF_MIME_VERSION, TL_IMF_CONTENT_TYPE,
    TL_IMF_CONTENT_ENCODING, TL_IMF_CONTENT_ID, TL_IMF_CONTENT_DESCRIPTION, TL_IMF_EXTENSION, TL_IMF_FIELDS,
};

/* Fields of tl_protocol_mime: parts. */
enum tl_mime_field {
    TL_MIME_TYPE, TL_MIME_DISPOSITION, TL_MIME_ENCODING, TL_MIME_ID, TL_MIME_ATTACHMENT, TL_MIME_NAME,
    TL_MIME_ATTACHMENT_TYPE, TL_MIME_SIZE, TL_MIME_FIELDS,
};

extern const struct tl_protocol tl_protocol_imf, tl_protocol_mime;

struct tl_mail_boundary {
    uint8_t len;
    bool digest; /* its parts are messages by default (RFC 2046 section 5.1.5) */
    bool form;   /* its parts are the fields of a form (RFC 7578) */
    uint8_t level; /* of its parts: see struct tl_body_facts */
    uint8_t text[TL_MAIL_BOUNDARY];
};

/* The media types of parts, by their first decoded bytes, in order. A part of an unknown type has none. */
struct tl_mail_kinds {
    uint8_t count;
    uint8_t numbers[TL_MAIL_KINDS]; /* of tl_mime_number() */
    uint8_t start_len;              /* of the current part */
    uint8_t start[TL_MIME_LOOK];
    uint16_t names_len;
    uint8_t names[TL_MAIL_NAMES];   /* file names of the parts, each after its length */
};

/* A message that is being read; in kept bytes of the flow. */
struct tl_mail {
    struct tl_mail_kinds *kinds; /* of the caller; NULL: not asked for. May be set anew before each call */
    uint64_t size;           /* bytes of the message so far, including lost ones */
    uint16_t cut;            /* bits of tl_mail_item: values or lists that were cut */
    bool received_cut[2];
    bool shown;              /* a tree shows some of its header */
    bool inside;             /* its parts are inside a body that is passed on already */
    uint32_t parent;         /* the id of that body: the parts are bodies too; 0: they are not */
    uint32_t entities;       /* MIME entities that began, those of earlier messages included if the caller set it */
    bool too_deep;           /* it has more than TL_MAIL_DEPTH nested multiparts */
    struct tl_kept_text log; /* of items: see tl_mail_next_item() */
    uint32_t received[2];    /* kept: the last Received field, and the one before it */
    uint8_t count[TL_MAIL_ITEMS];

    /* Position in the message. */
    bool in_header, top;     /* top: the message's own header */
    bool skip_line;          /* skips bytes up to the next LF */
    bool bol;                /* body: at the beginning of a line */
    bool line_cut, field_cut;
    uint8_t field;           /* of the header: the field being unfolded, see mail_message.c */
    struct tl_kept_text line;  /* the beginning of an unfinished line */
    struct tl_kept_text folded; /* the header field so far */
    struct tl_kept_text outline; /* what began since the part before: see struct tl_body_facts */
    bool within;             /* in the header of a message inside this one */
    uint8_t level;           /* multiparts and messages around the current part */

    /* The current part. */
    uint8_t kind, encoding;
    bool named;              /* has a file name, from Content-Disposition */
    bool form;               /* a field of a form: a file only if it is named */
    bool secret;             /* a field of a form whose value is a secret, or may be: never a file */
    bool read;               /* its content is decoded: its size or its bytes are needed */
    bool whole;              /* no bytes are missing so far */
    bool torn;               /* bytes are missing: base64 resumes at the next line */
    uint8_t type_len, name_len;
    uint8_t escape, digit;   /* quoted-printable: position in an escape, its first digit */
    uint8_t held_len;        /* length of the line end at the end of the content so far */
    uint8_t held[2];
    uint8_t side;            /* the side that sends the message */
    uint8_t charset_len;
    char type[64];
    char charset[40];        /* of the text, as it is named */
    uint8_t name[255];
    struct tl_mail_boundary boundary; /* its own boundary, if it is a multipart */
    struct tl_base64 base64;
    const char *source;      /* of its bodies: see struct tl_body_facts */
    struct tl_body body;
    uint32_t files[TL_MAIL_FILES]; /* its parts as files, in order: tl_body_file() */
    uint8_t file_count;
    uint64_t part_size;      /* bytes, after decoding */
    uint8_t depth;           /* boundaries on the stack */
    struct tl_mail_boundary stack[TL_MAIL_DEPTH];
};

/*
 * Begins a message that is zero but for `entities`. Its bodies are from `source` (a constant, as in struct
 * tl_body_facts), sent by this side.
 */
void tl_mail_begin(struct tl_mail *m, const char *source, unsigned side);
/* Like tl_mail_begin(), for a MIME entity: its header is the header of a part. */
void tl_mail_begin_part(struct tl_mail *m, const char *source, unsigned side);
/*
 * Like tl_mail_begin(), for a protocol that has a Content-Type field of its own, such as HTTP: `type` is its value, and
 * the bytes begin with the content. The parts of a multipart are passed on as bodies, other content as one body.
 */
void tl_mail_begin_content(struct tl_dissection *d, struct tl_mail *m, const char *source, unsigned side,
                           struct tl_bytes type);

/*
 * Like tl_mail_begin(), for the content of a multipart whose Content-Type the caller has read. Its parts are passed on
 * as bodies only if the caller sets `parent` before it feeds the message. Returns false if the type is not a multipart with a boundary.
 */
bool tl_mail_begin_multipart(struct tl_dissection *d, struct tl_mail *m, const char *source, unsigned side,
                             struct tl_bytes type);
/*
 * Reads the next bytes of the message. `m` is in kept bytes, which must not be freed during the call. If the bytes are
 * in the cursor's buffer, the tree's nodes point there.
 */
void tl_mail_feed(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);
/* n bytes of the message are missing here. */
void tl_mail_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n);
/* Ends the message. Its log is valid until tl_mail_free(). */
void tl_mail_end(struct tl_dissection *d, struct tl_mail *m);
/*
 * Handles an event of a stream that consists of one message. The parser returns the same value. Frees the kept bytes of
 * m at the end.
 */
struct tl_want tl_mail_read(struct tl_dissection *d, struct tl_stream *s, struct tl_mail *m);
/* Frees the kept bytes of m (not m itself). */
void tl_mail_free(struct tl_dissection *d, struct tl_mail *m);

/* An entry of a log. */
struct tl_mail_entry {
    uint8_t item; /* enum tl_mail_item */
    struct tl_bytes text;
};

/* The fuids of its parts, while a record is written. */
struct tl_mail_fuids {
    char text[TL_MAIL_FILES][20];
    struct tl_bytes items[TL_MAIL_FILES];
};
struct tl_text_list tl_mail_fuids(const struct tl_dissection *d, const struct tl_mail *m, struct tl_mail_fuids *fuids);

bool tl_mail_log_put(struct tl_dissection *d, struct tl_kept_text *log, unsigned item, struct tl_bytes text,
                     uint32_t most);
/* Removes the next entry from the rest of a log; false: no more entries. */
bool tl_mail_log_next(struct tl_bytes *left, struct tl_mail_entry *entry);

#endif
