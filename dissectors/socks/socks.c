/* socks.c - SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): fields, roles, detection, and datagrams through a proxy. */
#include "dissectors/socks/socks.h"

static const struct tl_name methods[] = {
    { 0, "No authentication" }, { 1, "GSSAPI" }, { 2, "Username/Password" }, { 3, "CHAP" }, { 5, "Challenge-Response" },
    { 6, "SSL" }, { 7, "NDS" }, { 8, "Multi-Authentication" }, { 255, "No acceptable method" }, { 0, NULL },
};
static const struct tl_name commands[] = {
    { TL_SOCKS_CONNECT, "Connect" }, { TL_SOCKS_BIND, "Bind" }, { TL_SOCKS_ASSOCIATE, "UdpAssociate" }, { 0, NULL },
};
static const struct tl_name results[] = {
    { 0, "Succeeded" }, { 1, "General SOCKS server failure" }, { 2, "Connection not allowed by ruleset" },
    { 3, "Network unreachable" }, { 4, "Host unreachable" }, { 5, "Connection refused" }, { 6, "TTL expired" },
    { 7, "Command not supported" }, { 8, "Address type not supported" }, { 90, "Granted" },
    { 91, "Rejected or failed" }, { 92, "Rejected: no identd on the client" },
    { 93, "Rejected: identd reports another user" }, { 0, NULL },
};
static const struct tl_name types[] = {
    { TL_SOCKS_IPV4, "IPv4" }, { TL_SOCKS_NAME, "Domain name" }, { TL_SOCKS_IPV6, "IPv6" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [SOCKS_VERSION] = { "socks.version", "Version", .type = TL_U8, .flags = TL_REPEATS,
                        .help = "0 in a reply of SOCKS 4" },
    [SOCKS_METHOD_COUNT] = { "socks.auth_method_count", "Authentication method count", .type = TL_U8,
                             .flags = TL_REPEATS },
    [SOCKS_METHOD] = { "socks.auth_method", "Method", .type = TL_U8, .flags = TL_REPEATS, .names = methods },
    [SOCKS_ACCEPTED] = { "socks.auth_accepted_method", "Accepted method", .type = TL_U8, .flags = TL_REPEATS,
                         .names = methods },
    [SOCKS_SUBVERSION] = { "socks.subnegotiation_version", "Subnegotiation version", .type = TL_U8,
                           .flags = TL_REPEATS },
    [SOCKS_USERNAME] = { "socks.username", "User name", .type = TL_TEXT, .flags = TL_REPEATS },
    [SOCKS_PASSWORD] = { "socks.password", "Password", .type = TL_TEXT, .flags = TL_REPEATS,
                         .help = "Only if secrets are to be shown", .secret = TL_SECRET_WHOLE },
    [SOCKS_AUTH_STATUS] = { "socks.auth_status", "Login status", .type = TL_U8, .flags = TL_REPEATS,
                            .help = "0: accepted" },
    [SOCKS_COMMAND] = { "socks.command", "Command", .type = TL_U8, .flags = TL_REPEATS, .names = commands },
    [SOCKS_RESULTS] = { "socks.results", "Result", .type = TL_U8, .flags = TL_REPEATS, .names = results },
    [SOCKS_RESERVED] = { "socks.reserved", "Reserved", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [SOCKS_FRAGMENT] = { "socks.fragment_number", "Fragment number", .type = TL_U8, .flags = TL_REPEATS },
    [SOCKS_ADDRESS_TYPE] = { "socks.address_type", "Address type", .type = TL_U8, .flags = TL_REPEATS, .names = types },
    [SOCKS_DST] = { "socks.dst", "Remote address", .type = TL_IPV4, .flags = TL_REPEATS },
    [SOCKS_DST6] = { "socks.dstV6", "Remote address (IPv6)", .type = TL_IPV6, .flags = TL_REPEATS },
    [SOCKS_REMOTE_NAME] = { "socks.remote_name", "Remote name", .type = TL_TEXT, .flags = TL_REPEATS },
    [SOCKS_PORT] = { "socks.port", "Port", .type = TL_U16, .flags = TL_REPEATS, .help = "SOCKS 5" },
    [SOCKS_DSTPORT] = { "socks.dstport", "Remote port", .type = TL_U16, .flags = TL_REPEATS,
                        .help = "SOCKS 4, and datagrams" },
    [SOCKS_DNS_NAME] = { "socks.v4a_dns_name", "Remote name (SOCKS 4a)", .type = TL_TEXT, .flags = TL_REPEATS },
};

void tl_socks_begin_layer(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
}

void tl_socks_read_address(struct tl_dissection *d, unsigned port, struct tl_socks_address *address)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;
    *address = (struct tl_socks_address){ .type = tl_u8(d, SOCKS_ADDRESS_TYPE) };
    if (address->type == TL_SOCKS_IPV4)
        p = tl_run(d, SOCKS_DST, n = 4);
    else if (address->type == TL_SOCKS_IPV6)
        p = tl_run(d, SOCKS_DST6, n = 16);
    else if (address->type != TL_SOCKS_NAME)
        tl_bad(d);
    if (p != NULL)
        memcpy(address->bytes, p, n);
    if (address->type == TL_SOCKS_NAME) {
        const uint8_t *len = tl_cursor_take(&d->c, 1);
        n = len != NULL ? *len : 0;
        p = tl_run(d, SOCKS_REMOTE_NAME, n);
        address->name = p != NULL && d->flow.stream ? tl_keep(d, p, n) : 0;
    }
    address->port = tl_u16(d, port);
}

/* --- streams --- */

/*
 * The proxy's port determines the client. Otherwise the client is the side that sends first, unless only a server can
 * send that.
 */
static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_socks_flow *f)
{
    bool orig = d->flow.orig_port == 1080, resp = d->flow.resp_port == 1080;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    bool server = p != NULL && (p[0] == 0 || (p[0] == 5 && (p[1] == 0 || p[1] == 0xff)));
    f->roles_known = true;
    f->client_side = orig != resp ? orig : server ? s->side ^ 1 : s->side;
}

static struct tl_want socks_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_socks_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (!f->roles_known && s->event == TL_EV_OPEN)
        return tl_socks_bytes(2);
    if (!f->roles_known)
        learn_roles(d, s, f);
    return s->side == f->client_side ? tl_socks_client(d, s, f) : tl_socks_server(d, s, f);
}

static void socks_finish(struct tl_dissection *d)
{
    struct tl_socks_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return;
    tl_socks_emit(d, f);
    f->finished = true;
}

/* --- datagrams: RFC 1928, section 7 --- */

/* The remote endpoint as a child's id: the child is one conversation through the proxy. */
static uint64_t id_of(struct tl_bytes end)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < end.len; i++)
        hash = (hash ^ end.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static enum tl_status socks_dissect(struct tl_dissection *d)
{
    struct tl_socks_address address;
    uint16_t reserved = tl_u16(d, SOCKS_RESERVED);
    uint8_t fragment = tl_u8(d, SOCKS_FRAGMENT);
    if (tl_ok(d) && reserved != 0)
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    uint32_t from = d->c.off;
    tl_socks_read_address(d, SOCKS_DSTPORT, &address);
    if (!tl_ok(d))
        return tl_next_none(d);
    tl_confirm(d);
    struct tl_bytes payload = { d->c.base + d->c.off, tl_cursor_left(&d->c) };
    uint64_t id = id_of((struct tl_bytes){ d->c.base + from, d->c.off - from });
    if (payload.len == 0 || fragment != 0) /* fragments are not reassembled */
        return tl_next_none(d);
    struct tl_channel *child = tl_channel_find(d, id);
    if (child == NULL)
        child = tl_channel_open(d, TL_CHANNEL_DATAGRAM, id, NULL);
    tl_skip(d, payload.len);
    if (d->wanted != NULL)
        tl_layer_end(d);
    tl_channel_push(d, child, d->flow.side, payload);
    return tl_next_none(d);
}

/* --- detection --- */

static enum tl_probe probe_request5(const uint8_t *p, uint32_t n)
{
    if (p[0] != 5 || (n > 1 && (p[1] < TL_SOCKS_CONNECT || p[1] > TL_SOCKS_ASSOCIATE)) || (n > 2 && p[2] != 0) ||
        (n > 3 && tl_socks_address_len(p[3], 0) == 0))
        return TL_PROBE_NO;
    return n > 3 ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

/* Data that a client may send after its greeting without waiting: a login, then the request. */
static enum tl_probe probe_second(const uint8_t *p, uint32_t n)
{
    if (p[0] != 1)
        return probe_request5(p, n);
    uint32_t at = n > 1 ? 2u + p[1] : n;
    uint32_t len = at < n ? at + 1 + p[at] : n + 1;
    if (n < len)
        return TL_PROBE_MAYBE;
    return n == len || p[len] == 5 ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe probe_greeting(const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 2; i < n && i < 2u + p[1]; i++) {
        if ((p[i] > 9 && p[i] < 0x80) || p[i] == 0xff || memchr(p + 2, p[i], i - 2) != NULL)
            return TL_PROBE_NO;
    }
    if (n > 2u + p[1])
        return probe_second(p + 2 + p[1], n - 2 - p[1]);
    return n < 2u + p[1] ? TL_PROBE_MAYBE : TL_PROBE_YES;
}

/*
 * SOCKS 4: a user name and, if the address requires it, a host name. On other ports, bytes after an empty user name and
 * no host name must wait for the reply.
 */
static enum tl_probe probe_request4(const uint8_t *p, uint32_t n, bool home)
{
    bool named = n >= 8 && p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] != 0;
    uint32_t at = 8, texts = named ? 2 : 1;
    if ((p[1] != TL_SOCKS_CONNECT && p[1] != TL_SOCKS_BIND) || (n >= 4 && tl_load_be16(p + 2) == 0) ||
        (n >= 8 && p[4] == 0 && !named))
        return TL_PROBE_NO;
    for (; at < n && texts > 0; at++) {
        if (p[at] == 0)
            texts--;
        else if (p[at] < 0x20 || at > 8 + 2 * TL_SOCKS_TEXT)
            return TL_PROBE_NO;
    }
    return texts > 0 ? TL_PROBE_MAYBE : n == at || at > 9 || home ? TL_PROBE_YES : TL_PROBE_NO;
}

/* The server's bytes are seldom sufficient: detection waits for the client's side. */
static enum tl_probe probe_server(const uint8_t *p, uint32_t n)
{
    uint32_t at = 2;
    if (p[0] == 0)
        return p[1] >= 90 && p[1] <= 93 && n >= 8 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (p[0] != 5 || (p[1] > 2 && p[1] != 0xff))
        return TL_PROBE_NO;
    if (p[1] == TL_SOCKS_PASSWORD_LOGIN && n > at) {
        if (p[at] != 1)
            return TL_PROBE_NO;
        at += 2;
    }
    if (n > at && (p[at] != 5 || (n > at + 1 && p[at + 1] > 8) || (n > at + 2 && p[at + 2] != 0)))
        return TL_PROBE_NO;
    return TL_PROBE_MAYBE;
}

static enum tl_probe socks_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n == 1)
        return p[0] == 4 || p[0] == 5 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    enum tl_probe client = TL_PROBE_NO;
    if (p[0] == 5 && p[1] > 0)
        client = probe_greeting(p, n);
    else if (p[0] == 4)
        client = probe_request4(p, n, d->flow.home);
    return client == TL_PROBE_NO ? probe_server(p, n) : client;
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [SOCKS_WEIRD_BAD_REPLY] = { "socks_bad_reply", "The server's bytes are no reply of this version" },
    [SOCKS_WEIRD_BAD_REQUEST] = { "socks_bad_request", "The client's bytes are no request of this version" },
};

const struct tl_protocol tl_protocol_socks = {
    .name = "socks",
    .title = "SOCKS Protocol",
    .service = "socks",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_socks_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_socks_flow),
    .on = { { TL_ON_TCP_PORT, 1080 } },
    .info = "[login {subnegotiation_version}][version {version}][, {command}][, methods {auth_method,}]"
            "[, accepted {auth_accepted_method}][, user {username}][, status {auth_status}][, {results}][, {dst}]"
            "[, {dstV6}][, {remote_name}][, {v4a_dns_name}][, port {port}][, port {dstport}]",
    TL_BEGINS("\0\0\x04\x05"), .probe = socks_probe,
    .dissect = socks_dissect,
    .stream = socks_stream,
    .finish = socks_finish,
};
