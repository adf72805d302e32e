/*
 * http_body.c - passes message bodies to their consumers (RFC 9110 section 6.4). Ranges of a file that meet, in one
 * connection, are one body: a range that is complete rests until the next response tells whether it goes on.
 */
#include "core/channel.h"
#include "core/inflate.h"
#include "dissectors/http/http.h"
#include "dissectors/mail/mail_text.h"

enum { NAME = 256 };

/* A body that is passed on. Of a range: */
struct passing {
    struct tl_body body;
    uint64_t target; /* what was asked for; 0: it is no range */
    uint64_t next;   /* the first byte after the range */
    uint64_t whole;  /* bytes of the file */
    uint64_t due;    /* bytes of the body when the range is complete */
};

struct range {
    uint64_t from, to, whole; /* to: the last byte */
};

static struct passing *passing_of(const struct tl_dissection *d, uint32_t handle)
{
    return (struct passing *)(void *)tl_kept_mine(d, handle);
}

static struct tl_body *body_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return &passing_of(d, h->passing)->body;
}

/* --- ranges --- */

static bool take_number(struct tl_bytes *text, uint64_t *number)
{
    uint32_t i = 0;
    for (*number = 0; i < text->len && text->data[i] >= '0' && text->data[i] <= '9' && *number < UINT64_MAX / 16; i++)
        *number = *number * 10 + (uint64_t)(text->data[i] - '0');
    *text = (struct tl_bytes){ text->data + i, text->len - i };
    return i > 0;
}

static bool take_character(struct tl_bytes *text, uint8_t c)
{
    if (text->len == 0 || text->data[0] != c)
        return false;
    *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
    return true;
}

/* bytes FROM-TO/WHOLE (RFC 9110 section 14.4). */
static bool read_range(struct tl_bytes text, struct range *r)
{
    static const char unit[] = "bytes ";
    if (text.len < sizeof unit || memcmp(text.data, unit, sizeof unit - 1) != 0)
        return false;
    text = tl_bytes_of(text.data + sizeof unit - 1, text.len - (sizeof unit - 1));
    return take_number(&text, &r->from) && take_character(&text, '-') && take_number(&text, &r->to) &&
           take_character(&text, '/') && take_number(&text, &r->whole) && text.len == 0 && r->from <= r->to &&
           r->to < r->whole;
}

void tl_http_body_finish(struct tl_dissection *d, struct tl_http_half *h)
{
    if (h->resting == 0)
        return;
    tl_body_end(d, &passing_of(d, h->resting)->body);
    tl_forget(d, h->resting);
    h->resting = 0;
}

/* Returns whether the range goes on where the last one ended. */
static bool goes_on(const struct tl_dissection *d, const struct tl_http_half *h, const struct range *r, uint64_t target)
{
    if (h->resting == 0 || target == 0)
        return false;
    const struct passing *p = passing_of(d, h->resting);
    return p->target == target && p->next == r->from && p->whole == r->whole;
}

static void set_range(struct passing *p, const struct range *r, uint64_t target)
{
    p->target = target;
    p->next = r->to + 1;
    p->whole = r->whole;
    p->due = p->body.seen + p->body.missing + (r->to - r->from + 1);
}

/* --- bodies --- */

static void begin(struct tl_dissection *d, const struct tl_http_half *h, const struct tl_http_message *m, uint64_t total)
{
    const struct tl_http_flow *f = d->flow.slot;
    uint8_t room[NAME];
    struct tl_mail_text name = { .data = room, .room = sizeof room };
    if (m->disposition.len > 0) /* RFC 6266 */
        (void)tl_mail_parameter(d->charsets, m->disposition, "filename", &name);
    struct tl_body_facts facts = { .source = "HTTP", .name = tl_bytes_of(room, name.len), .type = m->text[HTTP_CONTENT_TYPE],
                                   .total = total, .side = h == &f->half[1], .coding = tl_http_codings(m) };
    tl_body_begin(d, body_of(d, h), &facts);
}

void tl_http_body_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m, bool chunked)
{
    const struct tl_http_flow *f = d->flow.slot;
    struct range r = { 0 };
    tl_http_body_end(d, h);
    bool ranged = f->h2 == NULL && m->range.len > 0 && tl_http_codings(m) == TL_CODING_NONE && read_range(m->range, &r);
    uint64_t target = ranged ? tl_http_answered_target(d, h) : 0;
    if (ranged && goes_on(d, h, &r, target)) {
        h->passing = h->resting;
        h->resting = 0;
        set_range(passing_of(d, h->passing), &r, target);
        return;
    }
    tl_http_body_finish(d, h);
    const struct passing none = { .target = 0 };
    h->passing = tl_keep(d, &none, sizeof none);
    if (h->passing == 0)
        return;
    begin(d, h, m, ranged ? r.whole : chunked ? UINT64_MAX : h->left);
    if (ranged)
        set_range(passing_of(d, h->passing), &r, target);
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

uint32_t tl_http_body_id(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return h->passing != 0 && body_of(d, h)->open != 0 ? body_of(d, h)->id : 0;
}

uint32_t tl_http_body_file(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return h->passing != 0 ? tl_body_file(body_of(d, h)) : h->file;
}

/* Returns whether a range is complete, and the file has more. */
static bool may_go_on(const struct passing *p)
{
    return p->target != 0 && p->next < p->whole && p->body.id != 0 && p->body.seen + p->body.missing == p->due;
}

void tl_http_body_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (h->passing == 0)
        return;
    h->file = tl_body_file(body_of(d, h));
    if (may_go_on(passing_of(d, h->passing))) {
        tl_http_body_finish(d, h);
        h->resting = h->passing;
    } else {
        tl_body_end(d, body_of(d, h));
        tl_forget(d, h->passing);
    }
    h->passing = 0;
}
