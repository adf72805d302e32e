/*
 * mime.c - MIME (RFC 2045 to 2049): the parts of a message. As a separate protocol it reads one entity (a header and a
 * content), for protocols that pass on single parts.
 */
#include "dissectors/mail/mail_message.h"

#define TEXT(index, key, label) [index] = { (key), (label), .type = TL_TEXT, .flags = TL_REPEATS }
static const struct tl_field fields[] = {
    TEXT(TL_MIME_TYPE, "mime_multipart.header.content-type", "Content-Type"),
    TEXT(TL_MIME_DISPOSITION, "mime_multipart.header.content-disposition", "Content-Disposition"),
    TEXT(TL_MIME_ENCODING, "mime_multipart.header.content-transfer-encoding", "Content-Transfer-Encoding"),
    TEXT(TL_MIME_ID, "mime_multipart.header.content-id", "Content-ID"),
    [TL_MIME_ATTACHMENT] = { "mail.attachment", "Attachment", .type = TL_GROUP, .flags = TL_REPEATS },
    [TL_MIME_NAME] = { "mail.attachment.name", "Name", .type = TL_TEXT },
    [TL_MIME_ATTACHMENT_TYPE] = { "mail.attachment.type", "Type", .type = TL_TEXT },
    [TL_MIME_SIZE] = { "mail.attachment.size", "Size", .type = TL_U64, .flags = TL_DERIVED, .unit = "bytes",
                       .help = "Once its transfer encoding is undone" },
};
#undef TEXT
_Static_assert(TL_COUNT(fields) == TL_MIME_FIELDS, "a row each");

static struct tl_want mime_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mail *entities = d->flow.slot; /* one per side */
    if (s->event == TL_EV_OPEN && entities != NULL)
        tl_mail_begin_part(&entities[s->side], "MIME", s->side);
    return entities != NULL ? tl_mail_read(d, s, &entities[s->side]) : (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void mime_finish(struct tl_dissection *d)
{
    struct tl_mail *entities = d->flow.slot;
    for (unsigned side = 0; entities != NULL && side < 2; side++)
        tl_mail_free(d, &entities[side]);
}

/* No template: the summary of a packet is the message's. */
const struct tl_protocol tl_protocol_mime = {
    .name = "mime_multipart",
    .title = "MIME Multipart Media Encapsulation",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = 2 * sizeof(struct tl_mail),
    .info = "",
    .stream = mime_stream,
    .finish = mime_finish,
};
