/* ftp.c - File Transfer Protocol (RFC 959): fields, roles, detection. */
#include "dissectors/ftp/ftp.h"

static const struct tl_field fields[] = {
    [FTP_REQUEST] = { "ftp.request", "Request", .type = TL_BOOL, .flags = TL_REPEATS },
    [FTP_REQUEST_COMMAND] = { "ftp.request.command", "Request command", .type = TL_TEXT, .flags = TL_REPEATS },
    [FTP_REQUEST_ARG] = { "ftp.request.arg", "Request argument", .type = TL_TEXT, .flags = TL_REPEATS,
                          .help = "A password only of a guest, or if secrets are to be shown" },
    [FTP_RESPONSE] = { "ftp.response", "Response", .type = TL_BOOL, .flags = TL_REPEATS },
    [FTP_RESPONSE_CODE] = { "ftp.response.code", "Response code", .type = TL_U32, .flags = TL_REPEATS },
    [FTP_RESPONSE_ARG] = { "ftp.response.arg", "Response argument", .type = TL_TEXT, .flags = TL_REPEATS },
    [FTP_PASSIVE_IP] = { "ftp.passive.ip", "Passive IP address", .type = TL_IPV4, .flags = TL_REPEATS },
    [FTP_PASSIVE_PORT] = { "ftp.passive.port", "Passive port", .type = TL_U16, .flags = TL_REPEATS },
    [FTP_PASSIVE_NAT] = { "ftp.passive.nat", "Passive IP address is not the server's", .type = TL_BOOL,
                          .flags = TL_REPEATS | TL_DERIVED },
    [FTP_ACTIVE_CIP] = { "ftp.active.cip", "Active IP address", .type = TL_IPV4, .flags = TL_REPEATS },
    [FTP_ACTIVE_PORT] = { "ftp.active.port", "Active port", .type = TL_U16, .flags = TL_REPEATS },
    [FTP_ACTIVE_NAT] = { "ftp.active.nat", "Active IP address is not the client's", .type = TL_BOOL,
                         .flags = TL_REPEATS | TL_DERIVED },
    [FTP_EPRT_AF] = { "ftp.eprt.af", "Extended active address family", .type = TL_U8, .flags = TL_REPEATS },
    [FTP_EPRT_IP] = { "ftp.eprt.ip", "Extended active IP address", .type = TL_IPV4, .flags = TL_REPEATS },
    [FTP_EPRT_IPV6] = { "ftp.eprt.ipv6", "Extended active IPv6 address", .type = TL_IPV6, .flags = TL_REPEATS },
    [FTP_EPRT_PORT] = { "ftp.eprt.port", "Extended active port", .type = TL_U16, .flags = TL_REPEATS },
    [FTP_EPSV_IP] = { "ftp.epsv.ip", "Extended passive IP address", .type = TL_IPV4, .flags = TL_REPEATS },
    [FTP_EPSV_IPV6] = { "ftp.epsv.ipv6", "Extended passive IPv6 address", .type = TL_IPV6, .flags = TL_REPEATS },
    [FTP_EPSV_PORT] = { "ftp.epsv.port", "Extended passive port", .type = TL_U16, .flags = TL_REPEATS },
};

void tl_ftp_begin_layer(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
}

void tl_ftp_sure(struct tl_dissection *d, struct tl_ftp_flow *f)
{
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

const uint8_t *tl_ftp_addr(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_addr : d->flow.resp_addr;
}

/* Addresses in text may be wrong with NAT, and 0.0.0.0 over IPv6: uses only the two hosts of this flow. */
void tl_ftp_expect(struct tl_dissection *d, unsigned side, uint16_t port, struct tl_bytes note)
{
    struct tl_expected_flow flow = { .ip_proto = 6, .addr = tl_ftp_addr(d, side), .port = port,
                                     .peer = tl_ftp_addr(d, side ^ 1), .protocol = &tl_protocol_ftp_data };
    if (port == 0)
        return;
    ((struct tl_ftp_flow *)d->flow.slot)->data_port = port;
    (void)tl_expect(d, &flow, note);
}

struct tl_want tl_ftp_skip_line(struct tl_dissection *d, bool *skip)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off, *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    tl_skip(d, lf != NULL ? (uint32_t)(lf - p) + 1 : n);
    *skip = lf == NULL;
    return lf != NULL ? tl_ftp_line() : (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL };
}

/* --- roles --- */

/* The server's port determines the roles. Otherwise the first line that only one of the two can send does. */
static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_ftp_flow *f)
{
    bool orig = d->flow.orig_port == 21, resp = d->flow.resp_port == 21;
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (orig != resp)
        f->server_side = resp;
    else if (tl_ftp_code(line) != 0)
        f->server_side = s->side;
    else if (tl_ftp_verb_of(tl_ftp_word(line)) != NULL)
        f->server_side = s->side ^ 1;
    else
        return;
    f->roles_known = true;
}

static struct tl_want ftp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_ftp_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return tl_ftp_nothing();
    if (s->event == TL_EV_OPEN && !f->roles_known)
        return tl_ftp_line();
    if (!f->roles_known)
        learn_roles(d, s, f);
    if (!f->roles_known) {
        tl_skip(d, tl_cursor_left(&d->c));
        return s->event == TL_EV_END ? tl_ftp_nothing() : tl_ftp_line();
    }
    return s->side == f->server_side ? tl_ftp_server(d, s, f) : tl_ftp_client(d, s, f);
}

static void ftp_finish(struct tl_dissection *d)
{
    struct tl_ftp_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return;
    tl_ftp_end_session(d, f);
    f->finished = true;
}

/* --- detection --- */

static bool contains(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i + n <= text.len; i++)
        if (tl_ftp_is_word((struct tl_bytes){ text.data + i, n }, word))
            return true;
    return false;
}

/* said: the line and the text after it; a greeting may have several lines. A reply from port 21 in the middle suffices. */
static enum tl_probe probe_reply(const struct tl_dissection *d, struct tl_bytes said, unsigned code, bool whole)
{
    const bool home = d->flow.home, server = (d->flow.side == 0 ? d->flow.orig_port : d->flow.resp_port) == 21;
    if (code != 220)
        return home && whole && server ? TL_PROBE_YES : home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (!whole)
        return TL_PROBE_MAYBE;
    if (contains(said, "SMTP") || contains(said, "LMTP"))
        return TL_PROBE_NO;
    return home || contains(said, "FTP") ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

/*
 * A command is sufficient only on the FTP port: other protocols have USER and QUIT too. On other ports it waits for the
 * greeting.
 */
static enum tl_probe ftp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *first = tl_cursor_peek(&c, 0, 1);
    if (!d->flow.home && (first == NULL || (*first != '2' && (*first | 0x20) < 'a')))
        return TL_PROBE_NO;
    const uint8_t *p = tl_cursor_peek(&c, 0, n), *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    struct tl_bytes line = tl_without_line_end((struct tl_bytes){ p, lf != NULL ? (uint32_t)(lf - p) : n });
    bool home = d->flow.home;
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (line.len < 4 && lf == NULL) {
        bool begins = memcmp(p, "220", line.len) == 0;
        return begins || home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    }
    unsigned code = tl_ftp_code(line);
    if (code != 0)
        return probe_reply(d, (struct tl_bytes){ p, n }, code, lf != NULL);
    if (tl_ftp_verb_of(tl_ftp_word(line)) != NULL)
        return home && lf != NULL ? TL_PROBE_YES : TL_PROBE_MAYBE;
    for (uint32_t i = 0; i < line.len; i++)
        if (line.data[i] < 9 || (line.data[i] > 13 && line.data[i] < 32))
            return TL_PROBE_NO;
    return home ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [FTP_WEIRD_NOT_A_REPLY] = { "ftp_not_a_reply", "A line from the server that is no reply" },
    [FTP_WEIRD_NOT_A_COMMAND] = { "ftp_not_a_command", "A line from the client that is no command" },
    [FTP_WEIRD_LINE_TOO_LONG] = { "ftp_line_too_long", "A command or reply longer than what is read of it" },
};

const struct tl_protocol tl_protocol_ftp = {
    .name = "ftp",
    .title = "File Transfer Protocol",
    .service = "ftp",
    .aliases = { "alpn:ftp" },
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_ftp_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_ftp_flow),
    .on = { { TL_ON_TCP_PORT, 21 } },
    .info = "[Request: {request.command}][ {request.arg}][Response: {response.code}][ {response.arg}]",
    TL_BEGINS("22AZaz"), .probe = ftp_probe,
    .stream = ftp_stream,
    .finish = ftp_finish,
};
