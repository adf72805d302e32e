/*
 * tacplus.c - TACACS+ (RFC 8907): a header of 12 bytes, then a body that is obfuscated with a shared secret unless a
 * flag says
 * otherwise.
 *
 *   version 1 | type 1 | sequence 1 | flags 1 | session 4 | length 4 | body
 */
#include "core/dissect.h"

enum {
    MAJOR, MINOR, TYPE, SEQUENCE, FLAGS, UNENCRYPTED, SINGLE, SESSION, LENGTH, ACTION, PRIVILEGE, AUTH_TYPE, SERVICE,
    USER_LENGTH,
    PORT_LENGTH, ADDRESS_LENGTH, DATA_LENGTH, USER, PORT, ADDRESS, STATUS, MESSAGE, BODY, OBFUSCATED, FIELDS
};

enum { AUTHENTICATION = 1, AUTHORIZATION, ACCOUNTING };
static const struct tl_name types[] = {
    { AUTHENTICATION, "Authentication" }, { AUTHORIZATION, "Authorization" }, { ACCOUNTING, "Accounting" }, { 0, NULL },
};
static const struct tl_name actions[] = { { 1, "Login" }, { 2, "Change password" }, { 4, "Send authentication" }, { 0,
NULL } };
static const struct tl_name auth_types[] = {
    { 1, "ASCII" }, { 2, "PAP" }, { 3, "CHAP" }, { 5, "MS-CHAP" }, { 6, "MS-CHAPv2" }, { 0, NULL },
};
static const struct tl_name services[] = {
    { 0, "None" }, { 1, "Login" }, { 2, "Enable" }, { 3, "PPP" }, { 5, "PT" }, { 6, "RCMD" }, { 7, "X25" }, { 8,
    "NASI" },
    { 9, "FWPROXY" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 1, "Pass" }, { 2, "Fail" }, { 3, "Get data" }, { 4, "Get user" }, { 5, "Get password" }, { 6, "Restart" }, { 7,
    "Error" },
    { 33, "Follow" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [MAJOR] = { "tacplus.majvers", "Major version", .type = TL_U8, .help = "The upper four bits: 192" },
    [MINOR] = { "tacplus.minvers", "Minor version", .type = TL_U8 },
    [TYPE] = { "tacplus.type", "Type", .type = TL_U8, .names = types },
    [SEQUENCE] = { "tacplus.seqno", "Sequence number", .type = TL_U8 },
    [FLAGS] = { "tacplus.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [UNENCRYPTED] = { "tacplus.flags.unencrypted", "Unencrypted", .type = TL_BOOL, .mask = 0x01 },
    [SINGLE] = { "tacplus.flags.singleconn", "Single connection", .type = TL_BOOL, .mask = 0x04 },
    [SESSION] = { "tacplus.session_id", "Session id", .type = TL_U32 },
    [LENGTH] = { "tacplus.packet_len", "Body length", .type = TL_U32, .unit = "bytes" },
    [ACTION] = { "tacplus.authen_action", "Action", .type = TL_U8, .names = actions },
    [PRIVILEGE] = { "tacplus.privilege_level", "Privilege level", .type = TL_U8 },
    [AUTH_TYPE] = { "tacplus.authentication_type", "Authentication type", .type = TL_U8, .names = auth_types },
    [SERVICE] = { "tacplus.service", "Service", .type = TL_U8, .names = services },
    [USER_LENGTH] = { "tacplus.user_len", "User length", .type = TL_U8, .unit = "bytes" },
    [PORT_LENGTH] = { "tacplus.port_len", "Port length", .type = TL_U8, .unit = "bytes" },
    [ADDRESS_LENGTH] = { "tacplus.address_len", "Remote address length", .type = TL_U8, .unit = "bytes" },
    [DATA_LENGTH] = { "tacplus.data_length", "Data length", .type = TL_U8, .unit = "bytes" },
    [USER] = { "tacplus.user", "User", .type = TL_TEXT },
    [PORT] = { "tacplus.port", "Port", .type = TL_TEXT },
    [ADDRESS] = { "tacplus.remote_address", "Remote address", .type = TL_TEXT },
    [STATUS] = { "tacplus.body_authen_rep.status", "Status", .type = TL_U8, .base = TL_HEX, .names = statuses },
    [MESSAGE] = { "tacplus.body_authen_rep.server_msg", "Server message", .type = TL_TEXT },
    [BODY] = { "tacplus.body", "Body", .type = TL_BYTES, .secret = TL_SECRET_WHOLE, .help = "May hold a password" },
    [OBFUSCATED] = { "tacplus.encrypted", "Obfuscated body", .type = TL_BYTES },
};

enum { HEADER = 12, BODY_MOST = 65536, CLEAR = 0x01, PORT_NUMBER = 49 };

struct flow {
    uint8_t flags[2], type[2], sequence[2];
};

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static bool is_header(const uint8_t *p)
{
    return p[0] >> 4 == 12 && (p[0] & 15) <= 1 && p[1] >= AUTHENTICATION && p[1] <= ACCOUNTING && p[2] != 0 &&
           (p[3] & 0xfa) == 0 && tl_load_be32(p + 8) <= BODY_MOST;
}

static void run(struct tl_dissection *d, unsigned field, uint32_t n)
{
    if (tl_ok(d) && n > 0)
        tl_run(d, field, n);
}

static void secret_rest(struct tl_dissection *d)
{
    if (!tl_ok(d))
        return;
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    run(d, BODY, tl_cursor_left(&d->c));
}

/* Section 5.1: what begins a login; the data after it may be a password. */
static void start(struct tl_dissection *d)
{
    tl_u8(d, ACTION);
    tl_u8(d, PRIVILEGE);
    tl_u8(d, AUTH_TYPE);
    tl_u8(d, SERVICE);
    uint32_t user = tl_u8(d, USER_LENGTH), port = tl_u8(d, PORT_LENGTH), address = tl_u8(d, ADDRESS_LENGTH);
    tl_u8(d, DATA_LENGTH);
    run(d, USER, user);
    run(d, PORT, port);
    run(d, ADDRESS, address);
    secret_rest(d);
}

/* Section 5.2. */
static void reply(struct tl_dissection *d)
{
    tl_u8(d, STATUS);
    tl_skip(d, 1);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    run(d, MESSAGE, p != NULL ? tl_load_be16(p) : 0);
    secret_rest(d);
}

/* Bodies in the clear; those of authorization and accounting can hold commands, and are shown only with secrets. */
static void body(struct tl_dissection *d, const struct flow *f, unsigned side)
{
    if ((f->flags[side] & CLEAR) == 0)
        run(d, OBFUSCATED, tl_cursor_left(&d->c));
    else if (f->type[side] == AUTHENTICATION && f->sequence[side] == 1)
        start(d);
    else if (f->type[side] == AUTHENTICATION && f->sequence[side] % 2 == 0)
        reply(d);
    else
        secret_rest(d);
}

static struct tl_want header(struct tl_dissection *d, struct flow *f, unsigned side)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p == NULL || !is_header(p)) {
        tl_violate(d);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    uint32_t length = tl_load_be32(p + 8);
    if (tl_cursor_left(&d->c) < HEADER + length) /* wants the whole message */
        return bytes(HEADER + (uint64_t)length);
    f->flags[side] = p[3];
    f->type[side] = p[1];
    f->sequence[side] = p[2];
    if (d->flow.side == 0 && p[2] == 2)
        tl_turn(d);
    tl_message(d);
    tl_add(d, MAJOR, d->c.off, 1, p[0] & 0xf0);
    tl_add(d, MINOR, d->c.off, 1, p[0] & 15);
    tl_skip(d, 1);
    tl_u8(d, TYPE);
    tl_u8(d, SEQUENCE);
    uint8_t flags = tl_u8(d, FLAGS);
    tl_add_all_bits(d, UNENCRYPTED, SINGLE, d->c.off - 1, 1, flags);
    tl_u32(d, SESSION);
    tl_u32(d, LENGTH);
    tl_confirm(d);
    body(d, f, side);
    d->c.off = d->c.end;
    return bytes(HEADER);
}

static struct tl_want tacplus_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_GAP || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_UNIT)
        return header(d, f, s->side);
    return bytes(HEADER);
}

static enum tl_probe tacplus_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER), *first = tl_cursor_peek(&c, 0, 1);
    if (!d->flow.home || !d->flow.stream || first == NULL || *first >> 4 != 12)
        return TL_PROBE_NO;
    if (p == NULL)
        return TL_PROBE_MAYBE;
    return is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_tacplus = {
    .name = "tacplus",
    .title = "TACACS+",
    .service = "tacplus",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .has_secrets = true,
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT_NUMBER } },
    .info = "{type}, session {session_id}, sequence {seqno}[, user {user}][, {body_authen_rep.status}]",
    .only_at_home = true,
    .probe = tacplus_probe,
    .stream = tacplus_stream,
};
