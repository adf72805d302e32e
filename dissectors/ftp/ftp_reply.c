/* ftp_reply.c - the server's side of FTP: replies of one or more lines (RFC 959 section 4.2). */
#include "dissectors/ftp/ftp.h"

unsigned tl_ftp_code(struct tl_bytes line)
{
    const uint8_t *p = line.data;
    if (line.len < 3 || p[0] < '1' || p[0] > '6' || p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
        return 0;
    if (line.len > 3 && p[3] != ' ' && p[3] != '-')
        return 0;
    return (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0');
}

static void show(struct tl_dissection *d, struct tl_bytes line, unsigned code)
{
    uint32_t off = (uint32_t)(line.data - d->c.base), head = code == 0 ? 0 : line.len < 4 ? line.len : 4;
    tl_ftp_begin_layer(d);
    tl_add(d, FTP_REQUEST, off, 0, 0);
    tl_add(d, FTP_RESPONSE, off, line.len, 1);
    if (code != 0)
        tl_add(d, FTP_RESPONSE_CODE, off, 3, code);
    if (line.len > head)
        tl_add(d, FTP_RESPONSE_ARG, off + head, line.len - head, 0);
}

static void show_endpoint(struct tl_dissection *d, const struct tl_ftp_flow *f, unsigned code, struct tl_bytes line,
                          const struct tl_ftp_endpoint *e)
{
    uint32_t off = (uint32_t)(line.data - d->c.base);
    if (code == 227) {
        tl_add_text(d, FTP_PASSIVE_IP, off, line.len, e->addr, 4);
        tl_add(d, FTP_PASSIVE_PORT, off, line.len, e->port);
        if (d->flow.version == 4 && memcmp(e->addr, tl_ftp_addr(d, f->server_side), 4) != 0)
            tl_add(d, FTP_PASSIVE_NAT, off, line.len, 1);
        return;
    }
    bool given = e->version != 0; /* otherwise it is the server's own address */
    const uint8_t *addr = given ? e->addr : tl_ftp_addr(d, f->server_side);
    if ((given ? e->version : d->flow.version) == 4)
        tl_add_text(d, FTP_EPSV_IP, off, line.len, addr, 4);
    else
        tl_add_text(d, FTP_EPSV_IPV6, off, line.len, addr, 16);
    tl_add(d, FTP_EPSV_PORT, off, line.len, e->port);
}

/* A reply that announces the server's listening address. */
static void announce(struct tl_dissection *d, const struct tl_ftp_flow *f, unsigned code, struct tl_bytes line)
{
    struct tl_ftp_endpoint endpoint;
    struct tl_bytes text = { line.data + 3, line.len - 3 };
    if (!(code == 227 ? tl_ftp_read_port(text, &endpoint) : tl_ftp_read_extended(text, &endpoint)))
        return;
    show_endpoint(d, f, code, line, &endpoint);
    tl_ftp_expect(d, f->server_side, endpoint.port, (struct tl_bytes){ NULL, 0 });
}

static struct tl_want not_a_reply(struct tl_dissection *d, struct tl_ftp_flow *f, struct tl_want next)
{
    bool rest = f->gap[1] || !f->greeted; /* the end of a line whose beginning is lost */
    if (!rest)
        tl_weird(d, FTP_WEIRD_NOT_A_REPLY, (struct tl_bytes){ NULL, 0 });
    tl_skip(d, tl_cursor_left(&d->c));
    if (rest || f->confirmed) {
        f->greeted = true;
        return next;
    }
    tl_violate(d);
    return tl_ftp_nothing();
}

static struct tl_want take_line(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f, bool cut)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    unsigned code = tl_ftp_code(line);
    bool last = code != 0 && (line.len == 3 || line.data[3] == ' ');
    struct tl_want next = cut ? (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL } : tl_ftp_line();
    f->skip[1] = cut;
    if (cut)
        tl_weird(d, FTP_WEIRD_LINE_TOO_LONG, (struct tl_bytes){ NULL, 0 });
    if (code == 0 && f->reply_code == 0)
        return not_a_reply(d, f, next);
    f->gap[1] = false;
    if (d->wanted != NULL)
        show(d, line, code);
    if (code != 0 && f->reply_code == 0 && !last)
        f->reply_code = (uint16_t)code;
    if (!last || (f->reply_code != 0 && code != f->reply_code)) {
        tl_skip(d, n);
        return next;
    }
    f->reply_code = 0;
    if (code == 227 || code == 229)
        announce(d, f, code, line);
    uint32_t head = line.len < 4 ? line.len : 4;
    tl_ftp_add_reply(d, f, code, (struct tl_bytes){ line.data + head, line.len - head });
    tl_skip(d, n);
    if (code != 234 || cut)
        return next;
    f->state[1] = TL_FTP_HELD;
    return tl_upgrade(d, s, NULL, TL_FTP_HOLD);
}

struct tl_want tl_ftp_server(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f)
{
    if (s->event == TL_EV_END) {
        if (f->state[1] == TL_FTP_LINES && !f->skip[1] && tl_cursor_left(&d->c) > 3)
            take_line(d, s, f, false);
        return tl_ftp_nothing();
    }
    if (f->state[1] == TL_FTP_HELD)
        return tl_upgrade(d, s, NULL, TL_FTP_HOLD);
    if (s->event == TL_EV_GAP || s->event == TL_EV_OPEN) {
        if (s->event == TL_EV_GAP && f->state[0] == TL_FTP_HELD) { /* 234 was lost: the client sends TLS */
            f->state[1] = TL_FTP_HELD;
            return tl_upgrade(d, s, NULL, TL_FTP_HOLD);
        }
        if (s->event == TL_EV_GAP)
            tl_ftp_replies_lost(d, f);
        f->gap[1] |= s->event == TL_EV_GAP;
        f->skip[1] = false;
        f->reply_code = s->event == TL_EV_GAP ? 0 : f->reply_code;
        return tl_ftp_line();
    }
    if (f->skip[1])
        return tl_ftp_skip_line(d, &f->skip[1]);
    return take_line(d, s, f, s->event == TL_EV_OVERLONG);
}
