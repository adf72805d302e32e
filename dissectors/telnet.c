/*
 * telnet.c - Telnet (RFC 854): text in both directions with commands in it, which begin with the byte 255. Options
 * are negotiated
 * (RFC 855). The record of a login is made of the prompts and of what is typed at them; what is typed at the prompt
 * for a password
 * is secret.
 */
#include "core/buffer.h"
#include "dissectors/login.h"

enum { COMMAND, OPTION, SUBDATA, DATA, TERMINAL, LINE_COMMAND, FIELDS };

enum { SE = 240, SB = 250, WILL, WONT, DO, DONT, IAC };
static const struct tl_name commands[] = {
    { 236, "End of File" }, { 237, "Suspend" }, { 238, "Abort" }, { 239, "End of Record" }, { SE, "Suboption End" },
    { 241, "No-Operation" }, { 242, "Data Mark" }, { 243, "Break" }, { 244, "Interrupt Process" }, { 245,
    "Abort Output" },
    { 246, "Are You There?" }, { 247, "Escape Character" }, { 248, "Erase Line" }, { 249, "Go Ahead" },
    { SB, "Suboption" }, { WILL, "Will" }, { WONT, "Won't" }, { DO, "Do" }, { DONT, "Don't" }, { 0, NULL },
};
static const struct tl_name options[] = {
    { 0, "Binary Transmission" }, { 1, "Echo" }, { 3, "Suppress Go Ahead" }, { 5, "Status" }, { 6, "Timing Mark" },
    { 24, "Terminal Type" }, { 25, "End of Record" }, { 31, "Negotiate About Window Size" }, { 32, "Terminal Speed" },
    { 33, "Remote Flow Control" }, { 34, "Linemode" }, { 35, "X Display Location" }, { 36, "Environment Option" },
    { 37, "Authentication Option" }, { 38, "Encryption Option" }, { 39, "New Environment Option" }, { 40, "TN3270E" },
    { 44, "Com Port Control" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [COMMAND] = { "telnet.cmd", "Command", .type = TL_U8, .flags = TL_REPEATS, .names = commands },
    [OPTION] = { "telnet.subcmd", "Option", .type = TL_U8, .flags = TL_REPEATS, .names = options },
    [SUBDATA] = { "telnet.suboption.data", "Suboption", .type = TL_BYTES, .flags = TL_REPEATS },
    [DATA] = { "telnet.data", "Data", .type = TL_TEXT, .flags = TL_REPEATS,
               .help = "Absent where it was typed at the prompt for a password, unless secrets are shown" },
    [LINE_COMMAND] = { "telnet.line", "Command", .type = TL_TEXT, .flags = TL_REPEATS | TL_DERIVED | TL_ONLY_LINE },
    [TERMINAL] = { "telnet.terminal_type", "Terminal type", .type = TL_TEXT, .flags = TL_REPEATS },
};

/* --- flow state --- */

enum { LINE = 96, NAME = 64, TERM = 32, PIECE = 1 << 16, PORT = 23 };

enum phase { IDLE, AT_USER, AT_PASSWORD, DECIDING, DONE };

struct flow {
    int64_t since;          /* ns: of the prompt for the user */
    uint32_t attempts;
    enum phase phase;
    bool hidden;            /* typed at the prompt for a password */
    uint8_t command[2];     /* by side: what of a command came before the end of a piece: 0, IAC, or the verb */
    uint8_t option[2];      /* of the suboption that is read */
    bool in_suboption[2], saw_iac[2];
    uint8_t line_len, user_len, term_len, sub_len;
    char line[LINE];        /* the server's unfinished line */
    char user[NAME], term[TERM], sub[TERM];
};

static bool from_server(const struct tl_dissection *d, unsigned side)
{
    return side == (d->flow.orig_port == PORT && d->flow.resp_port != PORT ? 0 : 1);
}

/* --- logins --- */

static bool ends_with(const char *line, uint32_t len, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    while (len > 0 && line[len - 1] == ' ')
        len--;
    if (len < n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if ((line[len - n + i] | 0x20) != (word[i] | 0x20))
            return false;
    return true;
}

static bool has(const char *line, uint32_t len, const char *word)
{
    for (uint32_t n = (uint32_t)strlen(word); len >= n; len--)
        if (ends_with(line, len, word))
            return true;
    return false;
}

static void emit(struct tl_dissection *d, struct flow *f, int success)
{
    if (f->attempts == 0 || f->phase == IDLE || f->phase == DONE)
        return;
    tl_login_emit(d, &(struct tl_login){ .ts = f->since,
                                         .protocol = "telnet",
                                         .attempt = f->attempts,
                                         .success = success,
                                         .user = tl_bytes_of(f->user, f->user_len),
                                         .message = tl_bytes_of(f->line, success >= 0 ? f->line_len : 0),
                                         .terminal = tl_bytes_of(f->term, f->term_len) });
}

/* Looks at the line that the server wrote so far: a prompt has no end. `whole`: its end was seen. */
static void judge(struct tl_dissection *d, struct flow *f, bool whole)
{
    static const char *const prompts[] = { "login:", "username:", "user:", "user name:" };
    static const char *const failures[] = { "incorrect", "failed", "failure", "denied", "invalid", "bad password" };
    const char *line = f->line;
    const uint32_t n = f->line_len;
    if (has(line, n, "last login")) { /* no prompt, and the line goes on */
        if (whole && f->phase == DECIDING) {
            emit(d, f, 1);
            f->phase = DONE;
        }
        return;
    }
    for (unsigned i = 0; !whole && i < TL_COUNT(prompts); i++) {
        if (!ends_with(line, n, prompts[i]) || f->phase == AT_USER)
            continue;
        if (f->phase == DECIDING)
            emit(d, f, 0);
        f->phase = AT_USER;
        f->attempts++;
        f->since = d->frame->ts;
        f->user_len = 0;
        f->hidden = false;
        return;
    }
    if (!whole && (ends_with(line, n, "password:") || ends_with(line, n, "passcode:") || ends_with(line, n,
        "passwd:"))) {
        if (f->attempts == 0) {
            f->attempts = 1;
            f->since = d->frame->ts;
        }
        f->phase = AT_PASSWORD;
        f->hidden = true;
        return;
    }
    for (unsigned i = 0; whole && f->phase == DECIDING && i < TL_COUNT(failures); i++) {
        if (!has(line, n, failures[i]))
            continue;
        emit(d, f, 0);
        f->phase = IDLE;
        return;
    }
    if (!whole && f->phase == DECIDING && n > 0 && (line[n - 1] == '$' || line[n - 1] == '#' || line[n - 1] == '>' ||
                                                    ends_with(line, n, "$") || ends_with(line, n, "#"))) {
        emit(d, f, 1);
        f->phase = DONE;
    }
}

static void server_byte(struct tl_dissection *d, struct flow *f, uint8_t c)
{
    if (c == '\n' || c == '\r') {
        if (f->line_len > 0)
            judge(d, f, true);
        f->line_len = 0;
    } else if (c >= ' ' && f->line_len < LINE) {
        f->line[f->line_len++] = (char)c;
    }
}

static void client_byte(struct flow *f, uint8_t c)
{
    if (c == '\r' || c == '\n') {
        if (f->phase == AT_PASSWORD) {
            f->phase = DECIDING;
            f->hidden = false;
        }
        f->line_len = 0;
    } else if (f->phase != AT_USER) {
        return;
    } else if (c == 0x7f || c == '\b') {
        f->user_len = f->user_len > 0 ? (uint8_t)(f->user_len - 1) : 0;
    } else if (c == 0x15) {
        f->user_len = 0;
    } else if (c >= ' ' && f->user_len < NAME) {
        f->user[f->user_len++] = (char)c;
    }
}

/* --- bytes --- */

static void text(struct tl_dissection *d, struct flow *f, bool server, uint32_t off, uint32_t n)
{
    const uint8_t *p = d->c.base + off;
    uint32_t from = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool hidden = !server && f->hidden;
        if (server)
            server_byte(d, f, p[i]);
        else
            client_byte(f, p[i]);
        bool after = !server && f->hidden;
        bool ends = p[i] == '\n' || (p[i] == 0 && i > 0 && p[i - 1] == '\r');
        if (hidden && !after && i + 1 < n && p[i] == '\r' && (p[i + 1] == '\n' || p[i + 1] == 0))
            i++; /* the second byte of the line end */
        if (hidden != after || i + 1 == n || ends) { /* a line ends here, or a run that is secret */
            if (hidden)
                tl_hide(d, tl_bytes_of(p + from, i + 1 - from));
            if (hidden)
                tl_add_secret(d, DATA, off + from, i + 1 - from, TL_SECRET_WHOLE);
            else
                tl_add(d, DATA, off + from, i + 1 - from, 0);
            from = i + 1;
        }
    }
    if (server)
        judge(d, f, false);
}

/* A suboption ended: the terminal type (RFC 1091) is kept. */
static void end_suboption(struct tl_dissection *d, struct flow *f, unsigned side, uint32_t from, uint32_t to)
{
    enum { TERMINAL_TYPE = 24 };
    if (to > from)
        tl_add(d, SUBDATA, from, to - from, 0);
    if (f->option[side] == TERMINAL_TYPE && !from_server(d, side) && f->sub_len > 1 && f->sub[0] == 0) {
        f->term_len = (uint8_t)(f->sub_len - 1);
        memcpy(f->term, f->sub + 1, f->term_len);
        tl_add_text(d, TERMINAL, from, 0, f->term, f->term_len);
    }
}

/* "Will Echo"; a command alone has no option. */
static void put_line(struct tl_dissection *d, uint32_t at, uint8_t verb, int option)
{
    uint8_t room[128];
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    const char *verb_name = tl_name_of(commands, verb), *name = option >= 0 ? tl_name_of(options,
                                       (uint32_t)option) : NULL;
    tl_puts(&text, verb_name != NULL ? verb_name : "Command");
    if (option >= 0) {
        tl_put_char(&text, ' ');
        if (name != NULL)
            tl_puts(&text, name);
        else
            tl_put_u64(&text, (uint64_t)option);
    }
    tl_add_text(d, LINE_COMMAND, at, 0, text.data, (uint32_t)text.len);
}

/* A byte of a command. Returns whether the command goes on. `sub` is where the suboption's data begin in this piece. */
static void command_byte(struct tl_dissection *d, struct flow *f, unsigned side, uint32_t at, uint32_t *sub)
{
    uint8_t c = d->c.base[at], before = f->command[side];
    f->command[side] = 0;
    if (before == IAC && c >= 236 && c != IAC) {
        tl_add(d, COMMAND, at, 1, c);
        if (c < SB && tl_wants(d, LINE_COMMAND))
            put_line(d, at, c, -1);
        if (c >= SB)
            f->command[side] = c;
    } else if (before >= SB && before != IAC) {
        tl_add(d, OPTION, at, 1, c);
        if (tl_wants(d, LINE_COMMAND))
            put_line(d, at, before, c);
        if (before == SB) {
            f->in_suboption[side] = true;
            f->saw_iac[side] = false;
            f->option[side] = c;
            f->sub_len = 0;
            *sub = at + 1;
        }
    }
}

/* Returns whether the byte is of a suboption. */
static bool suboption_byte(struct tl_dissection *d, struct flow *f, unsigned side, uint32_t at, uint32_t *sub)
{
    uint8_t c = d->c.base[at];
    if (!f->in_suboption[side])
        return false;
    if (f->saw_iac[side] && c != IAC) {
        f->in_suboption[side] = false;
        end_suboption(d, f, side, *sub, at > *sub ? at - 1 : *sub);
        f->command[side] = IAC; /* of SE, or of a command that came before it */
        command_byte(d, f, side, at, sub);
        return true;
    }
    f->saw_iac[side] = c == IAC && !f->saw_iac[side];
    if (!f->saw_iac[side] && f->sub_len < TERM)
        f->sub[f->sub_len++] = (char)c;
    return true;
}

static void piece(struct tl_dissection *d, struct flow *f, unsigned side)
{
    const uint32_t end = d->c.end;
    uint32_t from = d->c.off, sub = d->c.off; /* of text, and of a suboption's data, that is not added yet */
    for (uint32_t at = d->c.off; at < end; at++) {
        bool inside = f->in_suboption[side] || f->command[side] != 0 || d->c.base[at] == IAC;
        if (at + 1 < end && !f->in_suboption[side] && f->command[side] == 0 && d->c.base[at] == IAC &&
            d->c.base[at + 1] == IAC) {
            at++; /* a byte 255 of the text (RFC 854), of which each is sent twice */
            continue;
        }
        if (inside && at > from)
            text(d, f, from_server(d, side), from, at - from);
        if (!inside)
            continue;
        from = at + 1;
        if (suboption_byte(d, f, side, at, &sub))
            continue;
        if (f->command[side] != 0)
            command_byte(d, f, side, at, &sub);
        else
            f->command[side] = IAC;
    }
    if (end > from)
        text(d, f, from_server(d, side), from, end - from);
    d->c.off = end;
}

static struct tl_want telnet_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_UNIT) {
        tl_confirm(d);
        tl_message(d);
        piece(d, f, s->side);
    } else if (s->event == TL_EV_GAP) {
        f->command[s->side] = 0;
        f->in_suboption[s->side] = false;
        f->line_len = 0;
    }
    return (struct tl_want){ TL_WANT_SOME, PIECE, NULL };
}

static void telnet_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL) {
        f->line_len = 0;
        emit(d, f, -1);
    }
}

/* On its port, a command; or text from the server. */
static enum tl_probe telnet_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1), *two = tl_cursor_peek(&c, 0, 2);
    if (!d->flow.stream || p == NULL || !d->flow.home)
        return TL_PROBE_NO;
    if (*p == IAC && two == NULL)
        return TL_PROBE_MAYBE;
    if (*p == IAC)
        return two[1] >= 236 ? TL_PROBE_YES : TL_PROBE_NO;
    const uint8_t *four = tl_cursor_peek(&c, 0, 4);
    if (four != NULL && memcmp(four, "SSH-", 4) == 0)
        return TL_PROBE_NO;
    if (memchr("\r\n\t\033\a\0", *p, 6) != NULL || (*p >= ' ' && *p != 0x7f))
        return from_server(d, d->flow.side) ? TL_PROBE_YES : TL_PROBE_MAYBE;
    return TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_telnet = {
    .name = "telnet",
    .title = "Telnet",
    .service = "telnet",
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &tl_login_record_def },
    .has_secrets = true,
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{line,} ][{data,}]",
    .only_at_home = true,
    .probe = telnet_probe,
    .stream = telnet_stream,
    .finish = telnet_finish,
};
