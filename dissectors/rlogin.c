/*
 * rlogin.c - rlogin (RFC 1282): the client sends a zero byte, its user, the server's user and the terminal with its
 * speed, each ended
 * by a zero byte; the server answers with a zero byte. What follows is the session. The zero bytes of rsh are the
 * same: a port, the
 * two users and a command; it is told by its port.
 */
#include "dissectors/login.h"

enum { USER_INFO, CLIENT_USER, SERVER_USER, TERMINAL, STDERR_PORT, COMMAND, DATA, CODE, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [USER_INFO] = { "rlogin.startup", "Startup information", .type = TL_GROUP },
    [CLIENT_USER] = { "rlogin.client_user_name", "Client's user", .type = TL_TEXT },
    [SERVER_USER] = { "rlogin.server_user_name", "Server's user", .type = TL_TEXT },
    [TERMINAL] = { "rlogin.terminal_type", "Terminal", .type = TL_TEXT },
    [STDERR_PORT] = { "rsh.stderr_port", "Port for errors", .type = TL_TEXT },
    [COMMAND] = { "rsh.command", "Command", .type = TL_TEXT },
    [DATA] = { "rlogin.data", "Data", .type = TL_TEXT },
    [CODE] = { "rlogin.startup_info_received_flag", "Startup information received", .type = TL_U8 },
};

enum { LOGIN_PORT = 513, SHELL_PORT = 514, STARTUP_MOST = 1024, PIECE = 1 << 16, NAME = 64, TAIL = 16 };

struct flow {
    int64_t since;
    bool started, answered, shell, emitted, hidden;
    uint8_t client_len, user_len, terminal_len, command_len, tail_len;
    char client[NAME], user[NAME], terminal[NAME], command[NAME], tail[TAIL];
};

static bool is_shell(const struct tl_dissection *d)
{
    return d->flow.resp_port == SHELL_PORT || d->flow.orig_port == SHELL_PORT;
}

static bool from_server(const struct tl_dissection *d, unsigned side)
{
    uint16_t port = is_shell(d) ? SHELL_PORT : LOGIN_PORT;
    return side == (d->flow.orig_port == port && d->flow.resp_port != port ? 0 : 1);
}

/* Where the string at i ends: at a zero byte. n: there is none. */
static uint32_t end_of(const uint8_t *p, uint32_t i, uint32_t n)
{
    const uint8_t *zero = i < n ? memchr(p + i, 0, n - i) : NULL;
    return zero != NULL ? (uint32_t)(zero - p) : n;
}

/* Returns the bytes of the startup, UINT32_MAX if they are not all there, 0 if these are none. */
static uint32_t startup_length(const uint8_t *p, uint32_t n, bool shell)
{
    uint32_t i = 0;
    unsigned strings = 3;
    if (shell) {
        uint32_t zero = end_of(p, 0, n < 6 ? n : 6);
        for (uint32_t k = 0; k < zero; k++)
            if (p[k] < '0' || p[k] > '9')
                return 0;
        if (zero == n)
            return n < 6 ? UINT32_MAX : 0;
        i = zero + 1;
    } else {
        if (n == 0 || p[0] != 0)
            return n == 0 ? UINT32_MAX : 0;
        i = 1;
    }
    for (unsigned k = 0; k < strings; k++) {
        uint32_t zero = end_of(p, i, n);
        for (uint32_t at = i; at < zero; at++)
            if (p[at] < ' ' || p[at] > '~')
                return 0;
        if (zero == n)
            return n < STARTUP_MOST ? UINT32_MAX : 0;
        if (zero == i && k < 2)
            return 0;
        i = zero + 1;
    }
    return i;
}

static uint8_t copy(char to[NAME], const uint8_t *p, uint32_t n)
{
    uint8_t len = (uint8_t)(n < NAME ? n : NAME);
    memcpy(to, p, len);
    return len;
}

static void string(struct tl_dissection *d, unsigned field, uint8_t *len, char to[NAME])
{
    uint32_t n = end_of(d->c.base, d->c.off, d->c.end) - d->c.off;
    *len = copy(to, d->c.base + d->c.off, n);
    uint32_t shown = 0; /* of a terminal, without its speed */
    while (shown < n && (field != TERMINAL || d->c.base[d->c.off + shown] != '/'))
        shown++;
    if (shown > 0)
        tl_add(d, field, d->c.off, shown, 0);
    tl_skip(d, n + 1);
}

static void startup(struct tl_dissection *d, struct flow *f)
{
    uint8_t length = 0;
    tl_confirm(d);
    tl_message(d);
    f->shell = is_shell(d);
    f->started = true;
    uint32_t group = tl_group(d, USER_INFO);
    uint32_t n = end_of(d->c.base, d->c.off, d->c.end) - d->c.off;
    if (f->shell)
        tl_add(d, STDERR_PORT, d->c.off, n, 0);
    tl_skip(d, n + 1);
    string(d, CLIENT_USER, &f->client_len, f->client);
    string(d, SERVER_USER, &f->user_len, f->user);
    string(d, f->shell ? COMMAND : TERMINAL, &length, f->shell ? f->command : f->terminal);
    *(f->shell ? &f->command_len : &f->terminal_len) = length;
    tl_group_end(d, group);
}

static void emit(struct tl_dissection *d, struct flow *f, int success)
{
    if (f->emitted || !f->started)
        return;
    f->emitted = true;
    uint8_t terminal = 0;
    while (terminal < f->terminal_len && f->terminal[terminal] != '/')
        terminal++;
    tl_login_emit(d, &(struct tl_login){ .ts = f->since, .protocol = f->shell ? "rsh" : "rlogin", .attempt = 1,
    .success = success,
                                         .user = tl_bytes_of(f->user, f->user_len),
                                         .client_user = tl_bytes_of(f->client, f->client_len),
                                         .terminal = tl_bytes_of(f->terminal, terminal),
                                         .command = tl_bytes_of(f->command, f->command_len) });
}

/* Does what the server wrote last ask for a password? */
static bool asks_password(const struct flow *f)
{
    static const char word[] = "assword:";
    uint32_t n = f->tail_len;
    while (n > 0 && f->tail[n - 1] == ' ')
        n--;
    return n >= sizeof word - 1 && memcmp(f->tail + n - (sizeof word - 1), word, sizeof word - 1) == 0;
}

static void note_tail(struct flow *f, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = n > TAIL ? n - TAIL : 0; i < n; i++) {
        if (f->tail_len == TAIL)
            memmove(f->tail, f->tail + 1, --f->tail_len);
        f->tail[f->tail_len++] = (char)p[i];
    }
}

static void data(struct tl_dissection *d, struct flow *f, unsigned side)
{
    uint32_t n = tl_cursor_left(&d->c), off = d->c.off;
    const uint8_t *p = d->c.base + off;
    tl_message(d);
    if (from_server(d, side)) {
        if (!f->answered && f->started) {
            f->answered = true;
            if (f->shell)
                emit(d, f, p[0] == 0 ? 1 : 0);
            if (p[0] == 0)
                tl_add(d, CODE, off, 1, 0);
        }
        tl_add(d, DATA, off, n, 0);
        note_tail(f, p, n);
        if (!f->shell && asks_password(f))
            f->hidden = true;
    } else if (f->hidden) {
        tl_hide(d, tl_bytes_of(p, n));
        tl_add_secret(d, DATA, off, n, TL_SECRET_WHOLE);
        f->hidden = memchr(p, '\r', n) == NULL && memchr(p, '\n', n) == NULL;
    } else {
        tl_add(d, DATA, off, n, 0);
    }
    d->c.off = d->c.end;
}

static struct tl_want rlogin_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event != TL_EV_UNIT)
        return (struct tl_want){ TL_WANT_SOME, PIECE, NULL };
    if (f->started || from_server(d, s->side)) {
        data(d, f, s->side);
        return (struct tl_want){ TL_WANT_SOME, PIECE, NULL };
    }
    uint32_t n = tl_cursor_left(&d->c), len = startup_length(d->c.base + d->c.off, n, is_shell(d));
    if (f->since == 0)
        f->since = s->since;
    if (len == UINT32_MAX)
        return (struct tl_want){ TL_WANT_BYTES, n + 1, NULL };
    if (len == 0) {
        tl_violate(d);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    startup(d, f);
    return (struct tl_want){ TL_WANT_SOME, PIECE, NULL };
}

static void rlogin_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        emit(d, f, -1);
}

static enum tl_probe rlogin_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    bool shell = is_shell(d);
    if (!d->flow.stream || d->flow.nested || p == NULL || n == 0 || (!shell && !d->flow.home))
        return TL_PROBE_NO;
    if (from_server(d, d->flow.side))
        return TL_PROBE_NO;
    uint32_t len = startup_length(p, n, shell);
    return len == 0 ? TL_PROBE_NO : len == UINT32_MAX ? TL_PROBE_MAYBE : TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_rlogin = {
    .name = "rlogin",
    .title = "rlogin and rsh",
    .service = "rlogin",
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &tl_login_record_def },
    .has_secrets = true,
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, LOGIN_PORT } },
    .info = "[user {client_user_name}][ as {server_user_name}][ on {terminal_type}][, command {rsh.command}][{data}]",
    TL_BEGINS("\0\0" "09"),
    .probe = rlogin_probe,
    .stream = rlogin_stream,
    .finish = rlogin_finish,
};
