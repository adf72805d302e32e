/*
 * mail_message.h - a message as it goes by (RFC 5322, RFC 2045 to 2049): its header, and the parts it is made of.
 *
 * The message is fed in pieces of any size, and costs time linear in its length and bounded memory: nothing of a body
 * is ever collected. What a record says of it stands in a log of the flow's kept bytes. Which protocol carries the
 * message does not matter: its fields are a run in that protocol's table.
 */
#ifndef TL_DISSECTORS_MAIL_MESSAGE_H
#define TL_DISSECTORS_MAIL_MESSAGE_H

#include "core/base64.h"
#include "core/dissect.h"
#include "dissectors/kept.h"

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

/* The fields of the detail tree, from tl_mail.first_field on. */
enum tl_mail_field {
    TL_MAIL_F_DATE, TL_MAIL_F_FROM, TL_MAIL_F_SENDER, TL_MAIL_F_REPLY_TO, TL_MAIL_F_TO, TL_MAIL_F_CC, TL_MAIL_F_BCC,
    TL_MAIL_F_MESSAGE_ID, TL_MAIL_F_IN_REPLY_TO, TL_MAIL_F_REFERENCES, TL_MAIL_F_SUBJECT, TL_MAIL_F_COMMENTS,
    TL_MAIL_F_KEYWORDS, TL_MAIL_F_USER_AGENT, TL_MAIL_F_MAILER, TL_MAIL_F_RETURN_PATH, TL_MAIL_F_RECEIVED,
    TL_MAIL_F_DELIVERED_TO, TL_MAIL_F_MIME_VERSION, TL_MAIL_F_CONTENT_TYPE, TL_MAIL_F_CONTENT_ENCODING,
    TL_MAIL_F_CONTENT_ID, TL_MAIL_F_CONTENT_DESCRIPTION, TL_MAIL_F_EXTENSION, TL_MAIL_F_PART_TYPE,
    TL_MAIL_F_PART_DISPOSITION, TL_MAIL_F_PART_ENCODING, TL_MAIL_F_PART_ID, TL_MAIL_F_ATTACHMENT, TL_MAIL_F_NAME,
    TL_MAIL_F_TYPE, TL_MAIL_F_SIZE, TL_MAIL_FIELDS,
};

#define TL_MAIL_FIELD(first, index, key, label) \
    [(first) + (index)] = { (key), (label), .type = TL_TEXT, .flags = TL_REPEATS }
/* The rows of a protocol's field table, whose enum leaves TL_MAIL_FIELDS places from `first` on. */
#define TL_MAIL_FIELD_ROWS(first)                                                                                \
    TL_MAIL_FIELD(first, TL_MAIL_F_DATE, "imf.date", "Date"),                                                    \
    TL_MAIL_FIELD(first, TL_MAIL_F_FROM, "imf.from", "From"),                                                    \
    TL_MAIL_FIELD(first, TL_MAIL_F_SENDER, "imf.sender", "Sender"),                                              \
    TL_MAIL_FIELD(first, TL_MAIL_F_REPLY_TO, "imf.reply_to", "Reply-To"),                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_TO, "imf.to", "To"),                                                          \
    TL_MAIL_FIELD(first, TL_MAIL_F_CC, "imf.cc", "Cc"),                                                          \
    TL_MAIL_FIELD(first, TL_MAIL_F_BCC, "imf.bcc", "Bcc"),                                                       \
    TL_MAIL_FIELD(first, TL_MAIL_F_MESSAGE_ID, "imf.message_id", "Message-ID"),                                  \
    TL_MAIL_FIELD(first, TL_MAIL_F_IN_REPLY_TO, "imf.in_reply_to", "In-Reply-To"),                               \
    TL_MAIL_FIELD(first, TL_MAIL_F_REFERENCES, "imf.references", "References"),                                  \
    TL_MAIL_FIELD(first, TL_MAIL_F_SUBJECT, "imf.subject", "Subject"),                                           \
    TL_MAIL_FIELD(first, TL_MAIL_F_COMMENTS, "imf.comments", "Comments"),                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_KEYWORDS, "imf.keywords", "Keywords"),                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_USER_AGENT, "imf.user_agent", "User-Agent"),                                  \
    TL_MAIL_FIELD(first, TL_MAIL_F_MAILER, "imf.ext.mailer", "X-Mailer"),                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_RETURN_PATH, "imf.return_path", "Return-Path"),                               \
    TL_MAIL_FIELD(first, TL_MAIL_F_RECEIVED, "imf.received", "Received"),                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_DELIVERED_TO, "imf.delivered_to", "Delivered-To"),                            \
    TL_MAIL_FIELD(first, TL_MAIL_F_MIME_VERSION, "imf.mime_version", "MIME-Version"),                            \
    TL_MAIL_FIELD(first, TL_MAIL_F_CONTENT_TYPE, "imf.content.type", "Content-Type"),                            \
    TL_MAIL_FIELD(first, TL_MAIL_F_CONTENT_ENCODING, "imf.content.transfer_encoding", "Content-Transfer-Encoding"), \
    TL_MAIL_FIELD(first, TL_MAIL_F_CONTENT_ID, "imf.content.id", "Content-ID"),                                  \
    TL_MAIL_FIELD(first, TL_MAIL_F_CONTENT_DESCRIPTION, "imf.content.description", "Content-Description"),       \
    TL_MAIL_FIELD(first, TL_MAIL_F_EXTENSION, "imf.extension", "Unknown-Extension"),                             \
    TL_MAIL_FIELD(first, TL_MAIL_F_PART_TYPE, "mime_multipart.header.content-type", "Content-Type"),             \
    TL_MAIL_FIELD(first, TL_MAIL_F_PART_DISPOSITION, "mime_multipart.header.content-disposition",                \
                  "Content-Disposition"),                                                                        \
    TL_MAIL_FIELD(first, TL_MAIL_F_PART_ENCODING, "mime_multipart.header.content-transfer-encoding",             \
                  "Content-Transfer-Encoding"),                                                                  \
    TL_MAIL_FIELD(first, TL_MAIL_F_PART_ID, "mime_multipart.header.content-id", "Content-ID"),                   \
    [(first) + TL_MAIL_F_ATTACHMENT] = { "mail.attachment", "Attachment", .type = TL_GROUP, .flags = TL_REPEATS },\
    [(first) + TL_MAIL_F_NAME] = { "mail.attachment.name", "Name", .type = TL_TEXT },                            \
    [(first) + TL_MAIL_F_TYPE] = { "mail.attachment.type", "Type", .type = TL_TEXT },                            \
    [(first) + TL_MAIL_F_SIZE] = { "mail.attachment.size", "Size", .type = TL_U64, .flags = TL_DERIVED,          \
                                   .unit = "bytes", .help = "Once its transfer encoding is undone" }

struct tl_mail_boundary {
    uint8_t len;
    bool digest; /* its parts are messages unless they say otherwise (RFC 2046 section 5.1.5) */
    uint8_t text[TL_MAIL_BOUNDARY];
};

/* A message that is being read: kept bytes of the flow. */
struct tl_mail {
    uint64_t size;           /* bytes of the message so far, lost ones included */
    uint16_t first_field;    /* in the protocol's table */
    uint16_t cut;            /* bits of tl_mail_item: values or lists that were cut */
    bool received_cut[2];
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
    bool counting;           /* somebody wants its size */
    uint8_t type_len, name_len, qp, ends; /* ends: bytes of a line end that the part has at its end so far */
    char type[64];
    uint8_t name[255];
    struct tl_mail_boundary boundary; /* its own, if it is a multipart */
    struct tl_base64 base64;
    uint64_t part_size;
    uint8_t depth;           /* boundaries on the stack */
    struct tl_mail_boundary stack[TL_MAIL_DEPTH];
};

/* A zeroed message begins; fields are looked up from first_field on in d->protocol's table. */
void tl_mail_begin(struct tl_mail *m, unsigned first_field);
/*
 * The next bytes of the message. `m` is in kept bytes, which must not be forgotten meanwhile. Where the bytes lie in
 * the cursor's buffer the tree's nodes point there.
 */
void tl_mail_feed(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);
/* n bytes of the message are missing here. */
void tl_mail_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n);
/* The message has ended. Its log stays until tl_mail_free(). */
void tl_mail_end(struct tl_dissection *d, struct tl_mail *m);
/* Gives back what m kept (not m itself). */
void tl_mail_free(struct tl_dissection *d, struct tl_mail *m);

/* An entry of a log. */
struct tl_mail_entry {
    uint8_t item; /* enum tl_mail_item, or the protocol's own from TL_MAIL_ITEMS on */
    struct tl_bytes text;
};

bool tl_mail_log_put(struct tl_dissection *d, struct tl_kept_text *log, unsigned item, struct tl_bytes text,
                     uint32_t most);
/* Takes the next entry off what is left of a log; false at its end. */
bool tl_mail_log_next(struct tl_bytes *left, struct tl_mail_entry *entry);

#endif
