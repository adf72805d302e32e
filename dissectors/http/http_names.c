/*
 * http_names.c - the names of the files that a message carries: of its Content-Disposition (RFC 6266), or of those of the
 * parts of a multipart (RFC 7578 section 4.2). Kept as a list of texts, each after a byte with its length.
 */
#include "dissectors/http/http.h"
#include "dissectors/mail/mail_text.h"

void tl_http_names_forget(struct tl_dissection *d, uint32_t *names)
{
    if (TL_LIKELY(*names == 0))
        return;
    tl_forget(d, *names);
    *names = 0;
}

void tl_http_names_keep(struct tl_dissection *d, struct tl_http_half *h, const uint8_t *list, uint32_t len)
{
    tl_http_names_forget(d, &h->names);
    if (len > 0)
        h->names = tl_keep(d, list, len);
}

void tl_http_names_of_head(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m)
{
    uint8_t list[1 + UINT8_MAX];
    struct tl_mail_text name = { .data = list + 1, .room = UINT8_MAX };
    if (m->disposition.len == 0 || !tl_mail_parameter(d->charsets, m->disposition, "filename", &name) || name.len == 0)
        return;
    list[0] = (uint8_t)name.len;
    tl_http_names_keep(d, h, list, 1 + name.len);
}

unsigned tl_http_names_list(const struct tl_dissection *d, uint32_t names, struct tl_bytes items[TL_HTTP_KINDS])
{
    struct tl_bytes list = tl_kept(d, names);
    unsigned n = 0;
    for (uint32_t at = 0; n < TL_HTTP_KINDS && at < list.len && list.data[at] < list.len - at; at += 1u + list.data[at])
        items[n++] = tl_bytes_of(list.data + at + 1, list.data[at]);
    return n;
}
