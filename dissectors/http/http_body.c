/* http_body.c - passes message bodies to their consumers (RFC 9110 section 6.4). */
#include "core/channel.h"
#include "core/inflate.h"
#include "dissectors/http/http.h"
#include "dissectors/mail/mail_text.h"

enum { NAME = 256 };

static struct tl_body *body_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return (struct tl_body *)(void *)tl_kept_mine(d, h->passing);
}

void tl_http_body_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m, bool chunked)
{
    const struct tl_http_flow *f = d->flow.slot;
    uint8_t room[NAME];
    struct tl_mail_text name = { .data = room, .room = sizeof room };
    tl_http_body_end(d, h);
    h->passing = tl_keep(d, NULL, sizeof(struct tl_body));
    if (h->passing == 0)
        return;
    if (m->disposition.len > 0) /* RFC 6266 */
        (void)tl_mail_parameter(d->charsets, m->disposition, "filename", &name);
    struct tl_body_facts facts = { .source = "HTTP", .name = tl_bytes_of(room, name.len), .type = m->text[HTTP_CONTENT_TYPE],
                                   .total = chunked ? UINT64_MAX : h->left, .side = h == &f->half[1],
                                   .coding = (uint8_t)tl_http_coding(m) };
    tl_body_begin(d, body_of(d, h), &facts);
}

void tl_http_body_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes)
{
    if (h->passing != 0 && bytes.len > 0)
        tl_body_data(d, body_of(d, h), bytes);
}

void tl_http_body_gap(struct tl_dissection *d, const struct tl_http_half *h, uint64_t n)
{
    if (h->passing != 0 && n > 0)
        tl_body_gap(d, body_of(d, h), n);
}

void tl_http_body_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (h->passing == 0)
        return;
    tl_body_end(d, body_of(d, h));
    tl_forget(d, h->passing);
    h->passing = 0;
}
