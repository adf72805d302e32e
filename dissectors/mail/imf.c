/*
 * imf.c - Internet Message Format (RFC 5322): a message as a separate protocol. Protocols that write records of the
 * messages they carry call the reader directly (mail_message.h); the layer and its fields are the same. The mail record
 * is written by POP3 and IMAP.
 */
#include "dissectors/mail/mail_message.h"

#include "dissectors/mail/mail_record.h"

#define TEXT(index, key, label) [index] = { (key), (label), .type = TL_TEXT, .flags = TL_REPEATS }
static const struct tl_field fields[] = {
    TEXT(TL_IMF_DATE, "imf.date", "Date"),
    TEXT(TL_IMF_FROM, "imf.from", "From"),
    TEXT(TL_IMF_SENDER, "imf.sender", "Sender"),
    TEXT(TL_IMF_REPLY_TO, "imf.reply_to", "Reply-To"),
    TEXT(TL_IMF_TO, "imf.to", "To"),
    TEXT(TL_IMF_CC, "imf.cc", "Cc"),
    TEXT(TL_IMF_BCC, "imf.bcc", "Bcc"),
    TEXT(TL_IMF_MESSAGE_ID, "imf.message_id", "Message-ID"),
    TEXT(TL_IMF_IN_REPLY_TO, "imf.in_reply_to", "In-Reply-To"),
    TEXT(TL_IMF_REFERENCES, "imf.references", "References"),
    TEXT(TL_IMF_SUBJECT, "imf.subject", "Subject"),
    TEXT(TL_IMF_COMMENTS, "imf.comments", "Comments"),
    TEXT(TL_IMF_KEYWORDS, "imf.keywords", "Keywords"),
    TEXT(TL_IMF_USER_AGENT, "imf.user_agent", "User-Agent"),
    TEXT(TL_IMF_MAILER, "imf.ext.mailer", "X-Mailer"),
    TEXT(TL_IMF_RETURN_PATH, "imf.return_path", "Return-Path"),
    TEXT(TL_IMF_RECEIVED, "imf.received", "Received"),
    TEXT(TL_IMF_DELIVERED_TO, "imf.delivered_to", "Delivered-To"),
    TEXT(TL_IMF_MIME_VERSION, "imf.mime_version", "MIME-Version"),
    TEXT(TL_IMF_CONTENT_TYPE, "imf.content.type", "Content-Type"),
    TEXT(TL_IMF_CONTENT_ENCODING, "imf.content.transfer_encoding", "Content-Transfer-Encoding"),
    TEXT(TL_IMF_CONTENT_ID, "imf.content.id", "Content-ID"),
    TEXT(TL_IMF_CONTENT_DESCRIPTION, "imf.content.description", "Content-Description"),
    TEXT(TL_IMF_EXTENSION, "imf.extension", "Unknown-Extension"),
};
#undef TEXT
_Static_assert(TL_COUNT(fields) == TL_IMF_FIELDS, "a row each");

static struct tl_want imf_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mail *messages = d->flow.slot; /* one per side */
    if (s->event == TL_EV_OPEN && messages != NULL)
        tl_mail_begin(&messages[s->side], "IMF", s->side);
    return messages != NULL ? tl_mail_read(d, s, &messages[s->side]) : (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void imf_finish(struct tl_dissection *d)
{
    struct tl_mail *messages = d->flow.slot;
    for (unsigned side = 0; messages != NULL && side < 2; side++)
        tl_mail_free(d, &messages[side]);
}

const struct tl_protocol tl_protocol_imf = {
    .name = "imf",
    .title = "Internet Message Format",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &tl_mail_record_def },
    .flow_size = 2 * sizeof(struct tl_mail),
    .info = "[from {from}][ subject {subject}]",
    .stream = imf_stream,
    .finish = imf_finish,
};
