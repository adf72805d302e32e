/* socks_server.c - the server's side: its choice of method, the result of a login, replies. */
#include "dissectors/socks/socks.h"

static struct tl_want violate(struct tl_dissection *d, struct tl_socks_flow *f)
{
    tl_weird(d, SOCKS_WEIRD_BAD_REPLY, (struct tl_bytes){ NULL, 0 });
    if (!f->confirmed)
        tl_violate(d);
    return tl_socks_give_up(d, f);
}

static void confirm(struct tl_dissection *d, struct tl_socks_flow *f, uint8_t status, bool v4)
{
    f->has_status = true;
    f->status = status;
    f->status_of_v4 = v4;
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

static const uint8_t *addr_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_addr : d->flow.resp_addr;
}

/* The proxy listens for the client's datagrams or for a host that connects back. Uses only these two hosts. */
static void expect(struct tl_dissection *d, const struct tl_socks_flow *f)
{
    struct tl_expected_flow flow = { .ip_proto = f->command == TL_SOCKS_ASSOCIATE ? 17 : 6,
                                     .addr = addr_of(d, f->client_side ^ 1u), .port = f->bound.port,
                                     .peer = addr_of(d, f->client_side) };
    if (f->command == TL_SOCKS_ASSOCIATE)
        flow.protocol = &tl_protocol_socks;
    if (flow.port != 0)
        (void)tl_expect(d, &flow, (struct tl_bytes){ NULL, 0 });
}

/* A reply was read, or the data that waits for the client's request may continue. */
static struct tl_want answered(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    bool granted = f->status_of_v4 ? f->status == 90 : f->status == 0;
    if (!granted)
        return tl_socks_give_up(d, f);
    if (!f->requested) {
        f->state[1] = TL_SOCKS_BOUND;
        return tl_socks_hold();
    }
    bool first = f->state[1] != TL_SOCKS_DONE && !f->replied;
    f->replied = true;
    if (first && f->command != TL_SOCKS_CONNECT)
        expect(d, f);
    if (f->command == TL_SOCKS_ASSOCIATE)
        return tl_socks_give_up(d, f);
    if (first && f->command == TL_SOCKS_BIND) { /* a second reply names the host that connected */
        f->state[1] = TL_SOCKS_REPLY;
        return tl_socks_bytes(f->version == 4 ? 8 : 5);
    }
    f->state[1] = TL_SOCKS_DONE;
    return tl_upgrade(d, s, NULL, TL_SOCKS_HOLD);
}

static struct tl_want reply4(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 8);
    if (p == NULL)
        return tl_socks_bytes(8);
    if (p[0] != 0 || p[1] < 90 || p[1] > 93)
        return violate(d, f);
    tl_socks_begin_layer(d);
    f->version = 4;
    tl_u8(d, SOCKS_VERSION);
    uint8_t status = tl_u8(d, SOCKS_RESULTS);
    f->bound = (struct tl_socks_address){ .type = TL_SOCKS_IPV4, .port = tl_u16(d, SOCKS_DSTPORT) };
    tl_ipv4(d, SOCKS_DST);
    memcpy(f->bound.bytes, p + 4, 4);
    confirm(d, f, status, true);
    return answered(d, s, f);
}

static struct tl_want reply5(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 5);
    if (p == NULL)
        return tl_socks_bytes(5);
    uint32_t len = tl_socks_address_len(p[3], p[4]);
    if (p[0] != 5 || len == 0)
        return violate(d, f);
    if (tl_cursor_left(&d->c) < 4 + len)
        return tl_socks_bytes(4 + len);
    tl_socks_begin_layer(d);
    tl_u8(d, SOCKS_VERSION);
    uint8_t status = tl_u8(d, SOCKS_RESULTS);
    tl_skip(d, 1);
    tl_add(d, SOCKS_RESERVED, d->c.off - 1, 1, p[2]);
    tl_forget(d, f->bound.name);
    tl_socks_read_address(d, SOCKS_PORT, &f->bound);
    confirm(d, f, status, false);
    return answered(d, s, f);
}

static struct tl_want method(struct tl_dissection *d, struct tl_socks_flow *f)
{
    tl_socks_begin_layer(d);
    f->version = tl_u8(d, SOCKS_VERSION);
    f->method = tl_u8(d, SOCKS_ACCEPTED);
    f->method_known = true;
    if (f->method != TL_SOCKS_NO_LOGIN && f->method != TL_SOCKS_PASSWORD_LOGIN)
        return tl_socks_give_up(d, f);
    tl_release(d); /* the client's side may wait for the choice */
    f->state[1] = f->method == TL_SOCKS_PASSWORD_LOGIN ? TL_SOCKS_SECOND : TL_SOCKS_REPLY;
    return tl_socks_bytes(f->method == TL_SOCKS_PASSWORD_LOGIN ? 2 : 5);
}

static struct tl_want verdict(struct tl_dissection *d, struct tl_socks_flow *f)
{
    if (tl_cursor_left(&d->c) < 2)
        return tl_socks_bytes(2);
    tl_socks_begin_layer(d);
    tl_u8(d, SOCKS_SUBVERSION);
    uint8_t status = tl_u8(d, SOCKS_AUTH_STATUS);
    f->has_verdict = true;
    f->verdict = status;
    confirm(d, f, status, false);
    if (status != 0)
        return tl_socks_give_up(d, f);
    f->state[1] = TL_SOCKS_REPLY;
    return tl_socks_bytes(5);
}

static struct tl_want first(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL)
        return tl_socks_bytes(2);
    return p[0] == 5 ? method(d, f) : reply4(d, s, f);
}

struct tl_want tl_socks_server(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f)
{
    uint8_t state = f->state[1];
    if (state == TL_SOCKS_GIVEN_UP || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (state == TL_SOCKS_DONE || (state == TL_SOCKS_BOUND && s->event == TL_EV_OPEN))
        return answered(d, s, f);
    if (s->event == TL_EV_GAP)
        return tl_socks_give_up(d, f);
    if (state == TL_SOCKS_FIRST)
        return first(d, s, f);
    if (state == TL_SOCKS_SECOND)
        return verdict(d, f);
    return f->version == 4 ? reply4(d, s, f) : reply5(d, s, f);
}
