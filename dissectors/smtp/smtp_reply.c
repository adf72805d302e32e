/* smtp_reply.c - the server's side of SMTP: replies of one or more lines (RFC 5321 section 4.2). */
#include "dissectors/smtp/smtp.h"

unsigned tl_smtp_code(struct tl_bytes line)
{
    const uint8_t *p = line.data;
    if (line.len < 3 || p[0] < '1' || p[0] > '6' || p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
        return 0;
    if (line.len > 3 && p[3] != ' ' && p[3] != '-' && p[3] != '\r' && p[3] != '\n' && p[3] != '\t')
        return 0;
    return (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
}

static void show_reply(struct tl_dissection *d, const struct tl_smtp_flow *f, struct tl_bytes line, unsigned code,
                       uint32_t whole)
{
    uint32_t off = (uint32_t)(line.data - d->c.base);
    tl_smtp_begin_layer(d);
    if (f->reply_code == 0) {
        tl_add(d, SMTP_RSP, off, whole, 1);
        tl_add(d, SMTP_RESPONSE, off, whole, 0);
        tl_add(d, SMTP_RESPONSE_CODE, off, 3, code);
    } else if (code != f->reply_code) {
        tl_add(d, SMTP_CODE_UNEXPECTED, off, 3, code);
    }
    if (line.len > 4)
        tl_add(d, SMTP_RSP_PARAMETER, off + 4, line.len - 4, 0);
}

/* FTP uses nearly the same codes. Only these replies belong to SMTP alone or name SMTP. */
static bool is_telling(struct tl_bytes line, unsigned code)
{
    if (code == 354 || code == 250)
        return true;
    for (uint32_t i = 4; code == 220 && i + 4 <= line.len; i++)
        if ((line.data[i] | 0x20) == 's' && (line.data[i + 1] | 0x20) == 'm' && (line.data[i + 2] | 0x20) == 't' &&
            (line.data[i + 3] | 0x20) == 'p')
            return true;
    return false;
}

static struct tl_want take_line(struct tl_dissection *d, struct tl_smtp_flow *f, bool cut)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    unsigned code = tl_smtp_code(line);
    f->skip[1] = cut;
    if (code == 0) {
        /*
         * The end of a reply whose beginning is lost. The first line of a session seen from the middle may be such an
         * end.
         */
        bool rest = f->gap[1] || (f->replies == 0 && !f->strange);
        f->strange |= f->replies == 0;
        if (!rest && !f->confirmed && f->replies == 0) {
            tl_violate(d);
            return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
        }
        if (!rest)
            tl_weird(d, SMTP_WEIRD_NOT_A_REPLY, (struct tl_bytes){ line.data, line.len < 64 ? line.len : 64 });
        tl_skip(d, n);
        return cut ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
    }
    if (d->wanted != NULL)
        show_reply(d, f, line, code, n);
    tl_skip(d, n);
    if (f->reply_code != 0 && code != f->reply_code)
        tl_weird(d, SMTP_WEIRD_REPLY_CODES_DIFFER, tl_bytes_of(line.data, 3));
    if (cut)
        tl_weird(d, SMTP_WEIRD_LINE_TOO_LONG, tl_bytes_of(line.data, 3));
    f->reply_code = (uint16_t)code;
    if (!f->confirmed && is_telling(line, code))
        tl_smtp_sure(d, f);
    if (line.len > 3 && line.data[3] == '-')
        return cut ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
    bool first = f->replies == 0;
    f->replies = first ? 1 : 2;
    f->reply_code = 0;
    struct tl_smtp_reply reply = { .code = (uint16_t)code, .behind_gap = f->gap[1] || (first && f->strange) };
    reply.text = tl_smtp_keep_text(d, line, &reply.cut);
    f->gap[1] = false;
    tl_smtp_add_reply(d, f, &reply);
    if (cut)
        return tl_smtp_some(TL_STREAM_UNIT);
    if (code != 220 || first)
        return tl_smtp_line();
    f->reply_state = TL_SMTP_PEEK; /* TLS may follow */
    return tl_smtp_peek();
}

static struct tl_want behind_gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_smtp_flow *f)
{
    if (f->reply_state == TL_SMTP_TLS)
        return tl_smtp_upgrade(d, s);
    f->reply_state = TL_SMTP_COMMANDS;
    f->gap[1] = true;
    f->skip[1] = false;
    f->reply_code = 0;
    return tl_smtp_line();
}

struct tl_want tl_smtp_server(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f)
{
    if (s->event == TL_EV_GAP)
        return behind_gap(d, s, f);
    if (s->event == TL_EV_END) {
        if (f->reply_state == TL_SMTP_COMMANDS && !f->skip[1] && tl_cursor_left(&d->c) > 3)
            take_line(d, f, false);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    if (f->reply_state == TL_SMTP_PEEK) {
        f->reply_state = tl_smtp_is_tls(d) ? TL_SMTP_TLS : TL_SMTP_COMMANDS;
        return f->reply_state == TL_SMTP_TLS ? tl_smtp_upgrade(d, s) : tl_smtp_line();
    }
    if (f->skip[1]) {
        f->skip[1] = !tl_smtp_skip_line(d);
        return f->skip[1] ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
    }
    return take_line(d, f, s->event == TL_EV_OVERLONG);
}
