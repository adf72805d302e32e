/* mail_session.c - sides, and messages in replies. */
#include "dissectors/mail/mail_session.h"

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

bool tl_mail_ports_tell(const struct tl_dissection *d)
{
    return tl_protocol_is_on(d->protocol, TL_ON_TCP_PORT, d->flow.orig_port) !=
           tl_protocol_is_on(d->protocol, TL_ON_TCP_PORT, d->flow.resp_port);
}

void tl_mail_learn_sides(const struct tl_dissection *d, unsigned side, bool server, struct tl_mail_sides *sides)
{
    if (tl_mail_ports_tell(d))
        server = tl_protocol_is_on(d->protocol, TL_ON_TCP_PORT, port_of(d, side));
    sides->known = true;
    sides->server_side = (uint8_t)(server ? side : side ^ 1);
    sides->server_port = port_of(d, sides->server_side);
}

bool tl_mail_from_server(const struct tl_dissection *d, unsigned side, const struct tl_mail_sides *sides)
{
    if (d->flow.orig_port == d->flow.resp_port)
        return side == sides->server_side;
    return port_of(d, side) == sides->server_port;
}

/* --- messages --- */

static struct tl_mail *mail_of(const struct tl_dissection *d, const struct tl_mail_reading *r)
{
    return r->mail != 0 ? (struct tl_mail *)(void *)tl_kept_mine(d, r->mail) : NULL;
}

void tl_mail_reading_begin(struct tl_dissection *d, struct tl_mail_reading *r, const char *source, unsigned side)
{
    tl_mail_reading_free(d, r);
    r->open = true;
    r->ts = d->frame->ts;
    r->mail = tl_keep(d, NULL, sizeof(struct tl_mail));
    if (r->mail == 0)
        return;
    mail_of(d, r)->entities = r->entities;
    tl_mail_begin(mail_of(d, r), source, side);
}

void tl_mail_reading_feed(struct tl_dissection *d, struct tl_mail_reading *r, const uint8_t *p, uint32_t n)
{
    struct tl_mail *m = mail_of(d, r);
    if (!r->open || n == 0)
        return;
    r->size += n;
    r->seen |= !r->gap;
    if (m != NULL)
        tl_mail_feed(d, m, (struct tl_bytes){ p, n });
}

void tl_mail_reading_gap(struct tl_dissection *d, struct tl_mail_reading *r, uint64_t n)
{
    struct tl_mail *m = mail_of(d, r);
    if (!r->open || n == 0)
        return;
    r->size += n;
    r->gap = true;
    if (m != NULL)
        tl_mail_gap(d, m, n);
}

void tl_mail_reading_end(struct tl_dissection *d, struct tl_mail_reading *r)
{
    struct tl_mail *m = mail_of(d, r);
    if (r->open && m != NULL)
        tl_mail_end(d, m);
    r->open = false;
}

void tl_mail_reading_emit(struct tl_dissection *d, const struct tl_mail_reading *r, struct tl_mail_facts facts)
{
    if (!r->seen)
        return;
    facts.ts = r->ts;
    facts.size = facts.size != 0 ? facts.size : r->size;
    facts.partial |= r->gap;
    tl_mail_emit(d, mail_of(d, r), &facts);
}

void tl_mail_reading_free(struct tl_dissection *d, struct tl_mail_reading *r)
{
    struct tl_mail *m = mail_of(d, r);
    tl_mail_reading_end(d, r);
    uint32_t entities = m != NULL ? m->entities : r->entities;
    if (m != NULL)
        tl_mail_free(d, m);
    if (r->mail != 0)
        tl_forget(d, r->mail);
    *r = (struct tl_mail_reading){ .entities = entities };
}

/* --- texts --- */

void tl_mail_keep_text(struct tl_dissection *d, uint32_t *handle, struct tl_bytes text, uint32_t most, bool *cut)
{
    uint32_t n = text.len < most ? text.len : most;
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = tl_keep(d, n > 0 ? (const void *)text.data : "", n);
    *cut = *handle == 0 || n < text.len;
}

bool tl_mail_skip_line(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off, *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    tl_skip(d, lf != NULL ? (uint32_t)(lf - p) + 1 : n);
    return lf != NULL;
}

uint64_t tl_mail_number(struct tl_bytes text, uint32_t *len)
{
    uint64_t value = 0;
    uint32_t n = 0;
    while (n < text.len && n < 18 && text.data[n] >= '0' && text.data[n] <= '9')
        value = value * 10 + (text.data[n++] - '0');
    *len = n;
    return value;
}
