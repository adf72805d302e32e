/* ftp_command.c - the client's side of FTP: commands (RFC 959 section 4.1, RFC 2228, RFC 2428, RFC 3659, RFC 7151). */
#include "dissectors/ftp/ftp.h"

#define TRANSFER "110 125 150 225 226 250 350 425 426 450 451 452"

static const struct tl_ftp_verb verbs[] = {
    { "USER", TL_FTP_USER, false, "230 232 331 332 336" }, { "PASS", TL_FTP_PASS, false, "202 230 332" },
    { "ACCT", TL_FTP_SECRET, true, "202 230" },     { "CWD", TL_FTP_CWD, false, "200 250" },
    { "XCWD", TL_FTP_CWD, false, "200 250" },       { "CDUP", TL_FTP_CDUP, false, "200 250" },
    { "XCUP", TL_FTP_CDUP, false, "200 250" },      { "PWD", TL_FTP_PWD, false, "257" },
    { "XPWD", TL_FTP_PWD, false, "257" },           { "PORT", TL_FTP_PORT, true, "200" },
    { "EPRT", TL_FTP_EPRT, true, "200" },           { "PASV", TL_FTP_PASV, true, "227" },
    { "EPSV", TL_FTP_EPSV, true, "200 229" },       { "RETR", TL_FTP_RETR, true, TRANSFER },
    { "STOR", TL_FTP_UPLOAD, true, TRANSFER },      { "STOU", TL_FTP_UPLOAD, true, TRANSFER },
    { "APPE", TL_FTP_UPLOAD, true, TRANSFER },      { "DELE", TL_FTP_DELE, true, "250 450" },
    { "LIST", TL_FTP_LIST, false, TRANSFER },       { "NLST", TL_FTP_LIST, false, TRANSFER },
    { "MLSD", TL_FTP_LIST, false, TRANSFER },       { "MLST", TL_FTP_OTHER, false, "250" },
    { "SIZE", TL_FTP_SIZE, false, "213" },          { "MDTM", TL_FTP_OTHER, false, "213 253" },
    { "MFMT", TL_FTP_OTHER, false, "213" },         { "TYPE", TL_FTP_OTHER, false, "200" },
    { "MODE", TL_FTP_OTHER, false, "200" },         { "STRU", TL_FTP_OTHER, false, "200" },
    { "REST", TL_FTP_OTHER, false, "350" },         { "RNFR", TL_FTP_OTHER, false, "350 450" },
    { "RNTO", TL_FTP_OTHER, false, "250" },         { "RMD", TL_FTP_OTHER, false, "250" },
    { "XRMD", TL_FTP_OTHER, false, "250" },         { "MKD", TL_FTP_OTHER, false, "250 257" },
    { "XMKD", TL_FTP_OTHER, false, "250 257" },     { "ABOR", TL_FTP_OTHER, false, "225 226" },
    { "SYST", TL_FTP_OTHER, false, "215" },         { "STAT", TL_FTP_OTHER, false, "211 212 213 450" },
    { "HELP", TL_FTP_OTHER, false, "211 214" },     { "SITE", TL_FTP_OTHER, false, "200 202 214 250" },
    { "NOOP", TL_FTP_OTHER, false, "200" },         { "FEAT", TL_FTP_OTHER, false, "211" },
    { "OPTS", TL_FTP_OTHER, false, "200 202 451" }, { "CLNT", TL_FTP_OTHER, false, "200" },
    { "HOST", TL_FTP_OTHER, false, "220 230" },     { "LANG", TL_FTP_OTHER, false, "200" },
    { "ALLO", TL_FTP_OTHER, false, "200 202" },     { "SMNT", TL_FTP_OTHER, false, "202 250" },
    { "REIN", TL_FTP_OTHER, false, "120 220" },     { "QUIT", TL_FTP_OTHER, false, "221" },
    { "AUTH", TL_FTP_AUTH, false, "234 334 431" },  { "ADAT", TL_FTP_SECRET, false, "235 335" },
    { "PBSZ", TL_FTP_OTHER, false, "200" },         { "PROT", TL_FTP_OTHER, false, "200" },
    { "CCC", TL_FTP_OTHER, false, "200" },          { "LPRT", TL_FTP_OTHER, false, "200" },
    { "LPSV", TL_FTP_OTHER, false, "228" },         { "AVBL", TL_FTP_OTHER, false, "213" },
    { "CSID", TL_FTP_OTHER, false, "200" },         { "HASH", TL_FTP_OTHER, false, "213" },
    { "XCRC", TL_FTP_OTHER, false, "213 250" },     { "XMD5", TL_FTP_OTHER, false, "213 250 251" },
    { "XSHA1", TL_FTP_OTHER, false, "213 250" },
};

bool tl_ftp_is_word(struct tl_bytes text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if ((c >= 'a' && c <= 'z' ? c - 32 : c) != (uint8_t)word[i])
            return false;
    }
    return true;
}

struct tl_bytes tl_ftp_word(struct tl_bytes line)
{
    uint32_t n = 0;
    while (n < line.len && line.data[n] != ' ' && line.data[n] != '\t')
        n++;
    line.len = n;
    return line;
}

const struct tl_ftp_verb *tl_ftp_verb_of(struct tl_bytes word)
{
    uint8_t first = word.len > 0 ? word.data[0] & (uint8_t)~0x20 : 0;
    for (unsigned i = 0; i < TL_COUNT(verbs); i++)
        if (first == (uint8_t)verbs[i].name[0] && tl_ftp_is_word(word, verbs[i].name))
            return &verbs[i];
    return NULL;
}

/*
 * Telnet commands before a line (RFC 854): IAC IP, IAC DM before ABOR. Other bytes that begin no verb hide none: what
 * follows PASS is a secret also if the server refuses the line.
 */
static struct tl_bytes without_telnet(struct tl_bytes line)
{
    while (line.len >= 2 && line.data[0] == 0xff && line.data[1] >= 0xf0 && line.data[1] < 0xff) {
        uint32_t n = line.data[1] >= 0xfb ? 3 : 2;
        n = n < line.len ? n : line.len;
        line = (struct tl_bytes){ line.data + n, line.len - n };
    }
    if (line.len > 0 && line.data[0] == 0xf2) /* the rest of IAC DM, whose first byte was sent as urgent data */
        line = (struct tl_bytes){ line.data + 1, line.len - 1 };
    while (line.len > 0 && (*line.data < ' ' || *line.data > '~'))
        line = (struct tl_bytes){ line.data + 1, line.len - 1 };
    return line;
}

static bool is_guest(struct tl_bytes user)
{
    return tl_ftp_is_word(user, "ANONYMOUS") || tl_ftp_is_word(user, "FTP") || tl_ftp_is_word(user, "FTPUSER") ||
           tl_ftp_is_word(user, "GUEST");
}

/* Returns whether the argument of a command is a secret. A guest's password is none. */
static bool is_secret(const struct tl_ftp_flow *f, unsigned kind)
{
    return kind == TL_FTP_SECRET || (kind == TL_FTP_PASS && !f->guest);
}

/* An unknown word may be a verb and its secret without a space between them, or with a tab: PASSsecret. */
static bool is_joined(const struct tl_ftp_verb *verb, struct tl_bytes word)
{
    const struct tl_ftp_verb *first = verb == NULL && word.len > 4 ? tl_ftp_verb_of(tl_bytes_of(word.data, 4)) : NULL;
    return first != NULL && (first->kind == TL_FTP_PASS || first->kind == TL_FTP_SECRET);
}

static void show_endpoint(struct tl_dissection *d, const struct tl_ftp_flow *f, unsigned kind, struct tl_bytes arg,
                          const struct tl_ftp_endpoint *e)
{
    uint32_t off = (uint32_t)(arg.data - d->c.base);
    if (kind == TL_FTP_PORT) {
        tl_add_text(d, FTP_ACTIVE_CIP, off, arg.len, e->addr, 4);
        tl_add(d, FTP_ACTIVE_PORT, off, arg.len, e->port);
        if (d->flow.version == 4 && memcmp(e->addr, tl_ftp_addr(d, f->server_side ^ 1u), 4) != 0)
            tl_add(d, FTP_ACTIVE_NAT, off, arg.len, 1);
        return;
    }
    if (e->version != 0)
        tl_add(d, FTP_EPRT_AF, off, arg.len, e->version == 4 ? 1 : 2);
    if (e->version == 4)
        tl_add_text(d, FTP_EPRT_IP, off, arg.len, e->addr, 4);
    if (e->version == 6)
        tl_add_text(d, FTP_EPRT_IPV6, off, arg.len, e->addr, 16);
    tl_add(d, FTP_EPRT_PORT, off, arg.len, e->port);
}

static void show(struct tl_dissection *d, struct tl_bytes line, struct tl_bytes name, struct tl_bytes arg, bool secret)
{
    uint32_t off = (uint32_t)(line.data - d->c.base);
    tl_ftp_begin_layer(d);
    tl_add(d, FTP_REQUEST, off, line.len, 1);
    tl_add(d, FTP_RESPONSE, off, 0, 0);
    tl_add(d, FTP_REQUEST_COMMAND, (uint32_t)(name.data - d->c.base), name.len, 0);
    if (arg.len > 0)
        tl_add_secret(d, FTP_REQUEST_ARG, (uint32_t)(arg.data - d->c.base), arg.len,
                      secret ? TL_SECRET_WHOLE : TL_SECRET_NOT);
}

/* Effects of a command that do not depend on its reply. */
static void act(struct tl_dissection *d, struct tl_ftp_flow *f, unsigned kind, struct tl_bytes line,
                struct tl_bytes arg)
{
    struct tl_ftp_endpoint endpoint;
    if (kind == TL_FTP_USER) {
        tl_forget(d, f->user);
        tl_forget(d, f->password);
        f->password = 0;
        f->user = tl_keep(d, arg.data, arg.len < TL_FTP_TEXT ? arg.len : TL_FTP_TEXT);
        f->has_user = true;
        f->guest = is_guest(arg);
    }
    if (kind == TL_FTP_PASS) {
        tl_forget(d, f->password);
        f->open_password = f->guest;
        f->password = tl_keep(d, arg.data, arg.len < TL_FTP_TEXT ? arg.len : TL_FTP_TEXT);
    }
    if ((kind == TL_FTP_PORT && tl_ftp_read_port(arg, &endpoint)) ||
        (kind == TL_FTP_EPRT && tl_ftp_read_extended(arg, &endpoint))) {
        f->active = endpoint;
        tl_ftp_expect(d, f->server_side ^ 1u, endpoint.port, (struct tl_bytes){ NULL, 0 });
        show_endpoint(d, f, kind, arg, &endpoint);
    }
    if (kind == TL_FTP_PASV || kind == TL_FTP_EPSV)
        f->active.port = 0;
    bool transfer = kind == TL_FTP_RETR || kind == TL_FTP_UPLOAD || kind == TL_FTP_LIST;
    if (transfer && f->active.port != 0) { /* most servers connect only now */
        tl_ftp_expect(d, f->server_side ^ 1u, f->active.port, line);
        f->active.port = 0;
    }
}

static struct tl_want take_line(struct tl_dissection *d, const struct tl_stream *s, struct tl_ftp_flow *f, bool cut)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes whole = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    struct tl_bytes line = without_telnet(whole), name = tl_ftp_word(line);
    const struct tl_ftp_verb *verb = tl_ftp_verb_of(name);
    unsigned kind = verb != NULL ? verb->kind : TL_FTP_OTHER;
    bool joined = is_joined(verb, name);
    if (joined)
        name.len = 4;
    uint32_t at = name.len;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
        at++;
    struct tl_bytes arg = { line.data + at, line.len - at };
    f->skip[0] = cut;
    struct tl_want next = cut ? (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL } : tl_ftp_line();
    if (cut)
        tl_weird(d, FTP_WEIRD_LINE_TOO_LONG, verb != NULL ? name : (struct tl_bytes){ NULL, 0 });
    if (name.len == 0 || (verb == NULL && (f->gap[0] || !f->confirmed))) { /* the rest of a line, or not a command */
        tl_skip(d, n);
        return next;
    }
    if (verb == NULL)
        tl_weird(d, FTP_WEIRD_NOT_A_COMMAND, (struct tl_bytes){ NULL, 0 });
    f->gap[0] = false;
    tl_ftp_sure(d, f);
    bool secret = joined || is_secret(f, kind);
    if (d->wanted != NULL)
        show(d, whole, name, arg, secret);
    act(d, f, kind, line, arg);
    tl_ftp_add_command(d, f, s->since, verb, name, arg, secret);
    tl_skip(d, n);
    if (kind != TL_FTP_AUTH || cut)
        return next;
    f->state[0] = TL_FTP_PEEK; /* TLS may follow */
    return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
}

struct tl_want tl_ftp_client(struct tl_dissection *d, struct tl_stream *s, struct tl_ftp_flow *f)
{
    if (s->event == TL_EV_END) {
        if (f->state[0] == TL_FTP_LINES && !f->skip[0] && tl_cursor_left(&d->c) > 2)
            take_line(d, s, f, false);
        return tl_ftp_nothing();
    }
    if (f->state[0] == TL_FTP_HELD)
        return tl_upgrade(d, s, NULL, TL_FTP_HOLD);
    if (s->event == TL_EV_GAP || s->event == TL_EV_OPEN) {
        f->gap[0] |= s->event == TL_EV_GAP;
        f->guest &= s->event != TL_EV_GAP; /* the gap may contain a login of another user */
        f->skip[0] = false;
        f->state[0] = f->state[0] == TL_FTP_PEEK && s->event == TL_EV_OPEN ? TL_FTP_PEEK : TL_FTP_LINES;
        return f->state[0] == TL_FTP_PEEK ? (struct tl_want){ TL_WANT_BYTES, 1, NULL } : tl_ftp_line();
    }
    if (f->skip[0])
        return tl_ftp_skip_line(d, &f->skip[0]);
    if (f->state[0] == TL_FTP_PEEK) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        f->state[0] = p != NULL && *p == 0x16 ? TL_FTP_HELD : TL_FTP_LINES;
        return f->state[0] == TL_FTP_HELD ? tl_upgrade(d, s, NULL, TL_FTP_HOLD) : tl_ftp_line();
    }
    return take_line(d, s, f, s->event == TL_EV_OVERLONG);
}
