/* socks_client.c - the client's side: greeting, login, request; then the tunnelled data. */
#include "dissectors/socks/socks.h"
#include "dissectors/tunnel/tunnel.h"

/* The server's replies decide whether this is SOCKS. They may be read later. */
static struct tl_want violate(struct tl_dissection *d, struct tl_socks_flow *f)
{
    tl_weird(d, SOCKS_WEIRD_BAD_REQUEST, (struct tl_bytes){ NULL, 0 });
    f->state[0] = TL_SOCKS_GIVEN_UP;
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void begin_record(struct tl_socks_flow *f, const struct tl_stream *s)
{
    if (f->ts == 0)
        f->ts = s->since;
}

/* The request is read. The tunnelled data begins here, unless it uses UDP. */
static struct tl_want requested(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    f->state[0] = TL_SOCKS_DONE;
    if (!f->requested) {
        tl_release(d);
        tl_tunnel_proxy(d, TL_TUNNEL_SOCKS);
    }
    f->requested = true;
    if (f->command == TL_SOCKS_ASSOCIATE)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_upgrade(d, s, NULL, TL_SOCKS_HOLD);
}

/* --- SOCKS 4 --- */

static struct tl_want some_text(void)
{
    return (struct tl_want){ TL_WANT_SOME, TL_SOCKS_TEXT, NULL };
}

static struct tl_want request4(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    if (tl_cursor_left(&d->c) < 8)
        return tl_socks_bytes(8);
    begin_record(f, s);
    tl_socks_begin_layer(d);
    f->version = tl_u8(d, SOCKS_VERSION);
    f->command = tl_u8(d, SOCKS_COMMAND);
    f->request.type = TL_SOCKS_IPV4;
    f->request.port = tl_u16(d, SOCKS_DSTPORT);
    const uint8_t *p = tl_ipv4(d, SOCKS_DST);
    if (p != NULL)
        memcpy(f->request.bytes, p, 4);
    f->state[0] = TL_SOCKS_V4_USER;
    return some_text();
}

/* Handles a piece of the user or host name, which may contain the end of the name. */
static struct tl_want text4(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    uint32_t left = tl_cursor_left(&d->c), off = d->c.off;
    const uint8_t *p = d->c.base + off, *nul = memchr(p, 0, left);
    uint32_t n = nul != NULL ? (uint32_t)(nul - p) : left, room = TL_SOCKS_TEXT - f->text_len;
    bool is_name = f->state[0] == TL_SOCKS_V4_NAME;
    f->text_cut |= n > room;
    memcpy(f->text + f->text_len, p, n < room ? n : room);
    f->text_len = (uint8_t)(f->text_len + (n < room ? n : room));
    tl_skip(d, n + (nul != NULL));
    if (nul == NULL)
        return f->text_cut ? violate(d, f) : some_text();
    tl_socks_begin_layer(d);
    tl_add_text(d, is_name ? SOCKS_DNS_NAME : SOCKS_USERNAME, off, n, f->text, f->text_len);
    uint32_t kept = f->text_len > 0 ? tl_keep(d, f->text, f->text_len) : 0;
    f->text_len = 0;
    if (is_name) {
        f->request.type = TL_SOCKS_NAME;
        f->request.name = kept;
        return requested(d, s, f);
    }
    f->user = kept;
    const uint8_t *a = f->request.bytes;
    if (a[0] != 0 || a[1] != 0 || a[2] != 0 || a[3] == 0)
        return requested(d, s, f);
    f->state[0] = TL_SOCKS_V4_NAME;
    return some_text();
}

/* --- SOCKS 5 --- */

static struct tl_want greeting(struct tl_dissection *d, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    uint32_t n = p != NULL ? p[1] : 0;
    if (n == 0)
        return violate(d, f);
    if (tl_cursor_left(&d->c) < 2 + n)
        return tl_socks_bytes(2 + n);
    tl_socks_begin_layer(d);
    f->version = tl_u8(d, SOCKS_VERSION);
    tl_u8(d, SOCKS_METHOD_COUNT);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t method = tl_u8(d, SOCKS_METHOD);
        f->other_methods |= method != TL_SOCKS_NO_LOGIN && method != TL_SOCKS_PASSWORD_LOGIN;
    }
    f->state[0] = TL_SOCKS_SECOND;
    return f->other_methods && !f->method_known ? tl_socks_hold() : tl_socks_bytes(2);
}

static struct tl_want login(struct tl_dissection *d, const struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    uint32_t user = p != NULL ? p[1] : 0, left = tl_cursor_left(&d->c);
    if (left < 3 + user)
        return tl_socks_bytes(3 + user);
    p = tl_cursor_peek(&d->c, 2 + user, 1);
    uint32_t password = p != NULL ? *p : 0;
    if (left < 3 + user + password)
        return tl_socks_bytes(3 + user + password);
    begin_record(f, s);
    tl_socks_begin_layer(d);
    tl_u8(d, SOCKS_SUBVERSION);
    tl_skip(d, 1);
    const uint8_t *name = tl_run(d, SOCKS_USERNAME, user);
    f->user = tl_keep(d, name, user);
    f->user_cut = f->user == 0;
    tl_skip(d, 1);
    f->password = tl_keep(d, tl_run(d, SOCKS_PASSWORD, password), password);
    f->state[0] = TL_SOCKS_REQUEST;
    return tl_socks_bytes(5);
}

static struct tl_want request5(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 5);
    if (p == NULL)
        return tl_socks_bytes(5);
    uint32_t len = tl_socks_address_len(p[3], p[4]);
    if (p[0] != 5 || p[1] < TL_SOCKS_CONNECT || p[1] > TL_SOCKS_ASSOCIATE || len == 0)
        return violate(d, f);
    if (tl_cursor_left(&d->c) < 4 + len)
        return tl_socks_bytes(4 + len);
    begin_record(f, s);
    tl_socks_begin_layer(d);
    tl_u8(d, SOCKS_VERSION);
    f->command = tl_u8(d, SOCKS_COMMAND);
    tl_skip(d, 1);
    tl_add(d, SOCKS_RESERVED, d->c.off - 1, 1, p[2]);
    tl_socks_read_address(d, SOCKS_PORT, &f->request);
    return requested(d, s, f);
}

/* --- events --- */

static struct tl_want first(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL)
        return tl_socks_bytes(2);
    return p[0] == 5 ? greeting(d, f) : p[0] == 4 ? request4(d, s, f) : violate(d, f);
}

/* After the greeting: a login or the request, depending on the server's choice, which may not have been seen. */
static struct tl_want second(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    if (f->method_known && f->method != TL_SOCKS_NO_LOGIN && f->method != TL_SOCKS_PASSWORD_LOGIN)
        return tl_socks_give_up(d, f); /* the next bytes belong to that method */
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (f->other_methods && !f->method_known)
        return tl_socks_hold();
    if (p == NULL)
        return tl_socks_bytes(2);
    return p[0] == 1 ? login(d, s, f) : request5(d, s, f);
}

struct tl_want tl_socks_client(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    uint8_t state = f->state[0];
    if (state == TL_SOCKS_GIVEN_UP || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (state == TL_SOCKS_DONE)
        return requested(d, s, f);
    if (s->event == TL_EV_GAP)
        return tl_socks_give_up(d, f);
    if (state == TL_SOCKS_FIRST)
        return first(d, s, f);
    if (state == TL_SOCKS_SECOND)
        return second(d, s, f);
    if (state == TL_SOCKS_REQUEST)
        return request5(d, s, f);
    return s->event == TL_EV_OPEN ? some_text() : text4(d, s, f);
}
