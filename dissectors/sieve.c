/* sieve.c - ManageSieve, a protocol for the mail filters on a server (RFC 5804): lines, literals, and STARTTLS. */
#include "core/channel.h"
#include "core/dissect.h"
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/login.h"

/* --- fields --- */

enum { REQUEST, COMMAND, ARGUMENT, LITERAL, STATUS, MESSAGE, CAPABILITY, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [REQUEST] = { "sieve.request", "Request", .type = TL_BOOL, .flags = TL_REPEATS },
    [COMMAND] = { "sieve.command", "Command", .type = TL_TEXT, .flags = TL_REPEATS },
    [ARGUMENT] = { "sieve.argument", "Argument", .type = TL_TEXT, .flags = TL_REPEATS,
                   .help = "Not of AUTHENTICATE: it can be a secret" },
    [LITERAL] = { "sieve.literal", "Literal", .type = TL_U64, .flags = TL_REPEATS, .unit = "bytes",
                  .help = "Length of the text that follows the line" },
    [STATUS] = { "sieve.status", "Status", .type = TL_TEXT, .flags = TL_REPEATS, .help = "OK, NO or BYE" },
    [MESSAGE] = { "sieve.message", "Message", .type = TL_TEXT, .flags = TL_REPEATS },
    [CAPABILITY] = { "sieve.capability", "Capability or data", .type = TL_TEXT, .flags = TL_REPEATS },
};

/* --- the record --- */

struct sieve_record {
    struct tl_record r;
    struct tl_bytes command, argument;
    uint64_t script_len;
    const char *status;
    struct tl_bytes message;
    int64_t response_time;
    bool tls;
};

enum { R_COMMAND, R_ARGUMENT, R_SCRIPT_LEN, R_STATUS, R_MESSAGE, R_RESPONSE_TIME, R_TLS };

#define F(index, member, key, kind, help) TL_FIELD(struct sieve_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_COMMAND, command, "command", TL_REC_TEXT, "The command as sent: PUTSCRIPT, LISTSCRIPTS, .."),
    F(R_ARGUMENT, argument, "argument", TL_REC_TEXT, "Name of the script"),
    F(R_SCRIPT_LEN, script_len, "script_len", TL_REC_COUNT, "Bytes of the script that was sent"),
    F(R_STATUS, status, "status", TL_REC_TOKEN, "OK, NO or BYE"),
    F(R_MESSAGE, message, "message", TL_REC_TEXT, "Text of the reply"),
    F(R_RESPONSE_TIME, response_time, "response_time", TL_REC_INTERVAL, "Time from the command to its reply"),
    F(R_TLS, tls, "tls", TL_REC_BOOL, "STARTTLS was granted: TLS follows"),
};
#undef F

static const struct tl_record_def sieve_record_def =
    TL_RECORD_DEF("sieve", record_fields, "A command of ManageSieve and its reply",
                  .summary = { "command", "argument", "status", "message" }, .latency = "response_time");

/* --- flow state --- */

enum {
    PORT = 4190,
    LINE = 4096,     /* longest line that is read, in bytes */
    TEXT = 256,      /* longest text in a record, in bytes */
    WAITING = 64,    /* commands that wait for a reply; beyond that the oldest is emitted without one */
    HOLD = 64 << 10, /* bytes of TLS kept until the other side is at TLS too */
};

struct flow {
    struct tl_transactions waiting; /* commands, oldest first */
    struct tl_body script;          /* being sent */
    uint16_t server_port;           /* 0: unknown which side is the server */
    bool greeted, confirmed;
    bool literal[2];                /* by side: a literal is being passed on */
    bool upload;                    /* the client's literal is a script, not an answer of AUTHENTICATE */
    bool skip[2];                   /* by side: skips the rest of an overlong line */
    bool starttls;                  /* requested and not refused */
    bool implementation;            /* the server has named its implementation, as a greeting does */
    bool replies_lost;              /* replies may be missing */
    bool late;                      /* the text of the reply to the oldest command is the literal that is being passed on */
    uint16_t text_len;              /* of that text so far */
    char text[TEXT + 1];            /* a byte more than is recorded tells that it was cut */
    uint32_t login;                 /* that waits for its answer; 0: none */
    struct tl_sasl sasl;
    bool answering, initial;        /* the client's literal is an answer of AUTHENTICATE; the initial one */
    struct tl_login_answer answer;
};

static struct tl_want line(void)
{
    return (struct tl_want){ TL_WANT_LINE, LINE, NULL };
}

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

/* --- lines --- */

static struct tl_bytes word_of(struct tl_bytes text)
{
    uint32_t n = 0;
    while (n < text.len && text.data[n] != ' ')
        n++;
    return (struct tl_bytes){ text.data, n };
}

/* `word` is in capitals; commands and statuses are compared without case (section 1.2). */
static bool is(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    while (i < text.len && word[i] != 0 && (text.data[i] & ~0x20) == word[i])
        i++;
    return i == text.len && word[i] == 0;
}

static struct tl_bytes after(struct tl_bytes text, uint32_t n)
{
    while (n < text.len && text.data[n] == ' ')
        n++;
    return (struct tl_bytes){ text.data + n, text.len - n };
}

/* Returns the text in quotes at the beginning; text without quotes is returned unchanged. */
static struct tl_bytes unquoted(struct tl_bytes text)
{
    if (text.len == 0 || text.data[0] != '"')
        return text;
    uint32_t n = 1;
    while (n < text.len && text.data[n] != '"')
        n += text.data[n] == '\\' && n + 1 < text.len ? 2 : 1;
    n = n < text.len ? n : text.len;
    return (struct tl_bytes){ text.data + 1, n - 1 };
}

/* Parses "{31+}" or "{31}" at the end: that many bytes follow the line (section 4). Returns false if there is none. */
static bool literal_of(struct tl_bytes text, uint64_t *n)
{
    if (text.len < 3 || text.data[text.len - 1] != '}')
        return false;
    uint32_t at = text.len - 1;
    if (text.data[at - 1] == '+')
        at--;
    uint32_t end = at;
    while (at > 0 && end - at < 10 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9')
        at--;
    if (at == 0 || at == end || text.data[at - 1] != '{')
        return false;
    *n = 0;
    for (; at < end; at++)
        *n = *n * 10 + (text.data[at] - '0');
    return true;
}

/* A command is letters. Other lines go on with AUTHENTICATE (section 2.1), and can be a secret. */
static bool is_command(struct tl_bytes word)
{
    uint32_t n = 0;
    while (n < word.len && (word.data[n] & ~0x20) >= 'A' && (word.data[n] & ~0x20) <= 'Z')
        n++;
    return n > 0 && n == word.len;
}

static const char *status_of(struct tl_bytes word)
{
    return is(word, "OK") ? "OK" : is(word, "NO") ? "NO" : is(word, "BYE") ? "BYE" : NULL;
}

static void note(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    if (text.len > 0)
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

/* --- commands and replies --- */

static void emit(struct tl_dissection *d, struct flow *f, uint32_t t)
{
    f->late = false;
    tl_transaction_emit(d, &f->waiting, t);
}

static void add_command(struct tl_dissection *d, struct flow *f, struct tl_bytes command, struct tl_bytes argument,
                        uint64_t script_len)
{
    if (f->waiting.count == WAITING)
        emit(d, f, f->waiting.first);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &sieve_record_def, 0, d->frame->ts, 0, 128);
    if (t == 0)
        return;
    tl_transaction_text(d, &f->waiting, &t, R_COMMAND, command, TEXT);
    if (argument.len > 0)
        tl_transaction_text(d, &f->waiting, &t, R_ARGUMENT, argument, TEXT);
    if (script_len != UINT64_MAX)
        tl_transaction_number(d, &f->waiting, &t, R_SCRIPT_LEN, script_len);
}

/*
 * Replies may be missing. A client seldom sends a command before it has the reply to the one before, so the commands
 * before the newest have lost theirs.
 */
static void give_up_replies(struct tl_dissection *d, struct flow *f)
{
    while (f->replies_lost && f->waiting.count > 1)
        emit(d, f, f->waiting.first);
    f->replies_lost = false;
}

/*
 * Returns whether a reply is the greeting, which answers no command. It names the implementation (section 1.7). A
 * capture may begin after it, with a reply to a command.
 */
static bool is_greeting(const struct flow *f)
{
    return !f->greeted && (f->implementation || f->waiting.count == 0);
}

/* Emits the command whose reply ends with a literal, with as much of that as was seen. whole: that is all of it. */
static void end_late(struct tl_dissection *d, struct flow *f, bool whole)
{
    uint32_t t = f->waiting.first;
    if (!f->late)
        return;
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(f->text, f->text_len));
    if (text.len > 0)
        tl_transaction_text(d, &f->waiting, &t, R_MESSAGE, text, TEXT);
    if (!whole)
        tl_transaction_cut(d, t, R_MESSAGE);
    emit(d, f, t);
}

static void add_text(struct flow *f, struct tl_bytes bytes)
{
    uint32_t room = (uint32_t)sizeof f->text - f->text_len, n = bytes.len < room ? bytes.len : room;
    if (n > 0)
        memcpy(f->text + f->text_len, bytes.data, n);
    f->text_len = (uint16_t)(f->text_len + n);
}

/* A reply answers the oldest command. late: its text follows. */
static void add_reply(struct tl_dissection *d, struct flow *f, const char *status, struct tl_bytes message, bool tls, bool late)
{
    uint32_t t = f->waiting.first;
    if (t == 0)
        return;
    tl_transaction_token(d, &f->waiting, &t, R_STATUS, status);
    if (message.len > 0)
        tl_transaction_text(d, &f->waiting, &t, R_MESSAGE, message, TEXT);
    tl_transaction_number(d, &f->waiting, &t, R_RESPONSE_TIME, (uint64_t)tl_time_between(tl_transaction_ts(d, t), d->frame->ts));
    if (tls)
        tl_transaction_number(d, &f->waiting, &t, R_TLS, true);
    f->late = late;
    f->text_len = 0;
    if (!late)
        emit(d, f, t);
}

/* --- client --- */

/* Mechanism and initial response, each in quotes (RFC 5804 section 2.1). A response in a literal comes later. */
static void authenticate(struct tl_dissection *d, struct flow *f, struct tl_bytes arguments)
{
    struct tl_bytes mechanism = unquoted(arguments), response = { NULL, 0 };
    if (arguments.len > mechanism.len + 2)
        response = after(arguments, mechanism.len + 2);
    if (response.len > 0 && response.data[0] == '{')
        response.len = 0;
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    f->login = tl_login_sasl(d, &f->sasl, "sieve", mechanism, unquoted(response));
}

static struct tl_want command(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_without_line_end((struct tl_bytes){ d->c.base + d->c.off, n });
    struct tl_bytes word = word_of(text), argument = after(text, word.len);
    uint64_t literal = 0;
    if (text.len == 0) { /* the line end after a literal */
        tl_skip(d, n);
        return line();
    }
    bool has_literal = literal_of(text, &literal), upload = is(word, "PUTSCRIPT") || is(word, "CHECKSCRIPT");
    tl_message(d);
    tl_add(d, REQUEST, d->c.off, 0, true);
    bool known = is_command(word);
    if (known)
        note(d, COMMAND, word);
    if (!known || argument.len == 0 || argument.data[0] != '"')
        argument.len = 0;
    if (is(word, "AUTHENTICATE")) {
        tl_hide(d, after(text, word.len));
        authenticate(d, f, after(text, word.len));
        argument.len = 0;
    } else if (!known) {
        tl_hide(d, text);
        if (!has_literal)
            tl_login_response(d, f->login, &f->sasl, unquoted(text), false);
    }
    note(d, ARGUMENT, unquoted(argument));
    if (has_literal)
        tl_add(d, LITERAL, d->c.off, 0, literal);
    tl_skip(d, n);
    if (known)
        add_command(d, f, word, unquoted(argument), upload && has_literal ? literal : UINT64_MAX);
    if (is(word, "STARTTLS")) {
        f->starttls = true;
        return (struct tl_want){ TL_WANT_HOLD, HOLD, NULL }; /* until the server accepts or refuses */
    }
    if (!has_literal)
        return line();
    f->literal[s->side] = true;
    f->upload = upload;
    f->initial = is(word, "AUTHENTICATE");
    f->answering = f->login != 0 && (f->initial || !known);
    f->answer.len = 0;
    if (upload)
        tl_body_begin(d, &f->script, &(struct tl_body_facts){ .source = "SIEVE", .name = unquoted(argument),
                                                               .total = literal, .side = s->side });
    return (struct tl_want){ TL_WANT_BODY, literal, NULL };
}

/* --- server --- */

static struct tl_want reply(struct tl_dissection *d, struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_without_line_end((struct tl_bytes){ d->c.base + d->c.off, n });
    struct tl_bytes word = word_of(text), message = after(text, word.len);
    const char *status = status_of(word);
    uint64_t literal = 0;
    bool has_literal = literal_of(text, &literal);
    if (text.len == 0) {
        tl_skip(d, n);
        return line();
    }
    f->implementation |= text.len > 16 && is((struct tl_bytes){ text.data + 1, 14 }, "IMPLEMENTATION");
    tl_message(d);
    note(d, status != NULL ? STATUS : CAPABILITY, status != NULL ? word : text);
    if (status != NULL && message.len > 0 && message.data[0] == '(') { /* a response code (section 1.3) */
        const uint8_t *close = memchr(message.data, ')', message.len);
        message = close != NULL ? after(message, (uint32_t)(close - message.data) + 1) : message;
    }
    if (status != NULL)
        note(d, MESSAGE, unquoted(message));
    tl_skip(d, n);
    if (has_literal) {
        f->literal[s->side] = true;
        message.len = 0;
    }
    bool greeting = is_greeting(f);
    if (status != NULL)
        give_up_replies(d, f);
    bool last = !greeting && f->starttls && f->waiting.count <= 1; /* earlier replies answer pipelined commands */
    bool tls = status != NULL && last && is(word, "OK");
    if (status == NULL && f->login != 0)
        tl_login_challenge(&f->sasl, unquoted(text));
    if (status != NULL && !greeting && f->waiting.count <= 1)
        tl_login_end(d, &f->login, tl_login_result_of(true, is(word, "OK")));
    if (status != NULL && !greeting)
        add_reply(d, f, status, unquoted(message), tls, has_literal && !tls);
    f->greeted |= status != NULL;
    if (tls)
        return (struct tl_want){ TL_WANT_SWITCH, 0, NULL }; /* the client waits: both sides continue as TLS */
    if (status != NULL && last) {
        f->starttls = false;
        tl_release(d);
    }
    return has_literal ? (struct tl_want){ TL_WANT_BODY, literal, NULL } : line();
}

/* --- events --- */

/* The server's port tells who it is, else a line that only a server sends. A client can send a text in quotes, too. */
static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    struct tl_bytes text = { d->c.base + d->c.off, tl_cursor_left(&d->c) };
    bool server = (text.len > 0 && text.data[0] == '"') || status_of(word_of(tl_without_line_end(text))) != NULL;
    if ((d->flow.orig_port == PORT) != (d->flow.resp_port == PORT))
        server = port_of(d, s->side) == PORT;
    f->server_port = port_of(d, server ? s->side : s->side ^ 1u);
}

static struct tl_want run(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, bool server)
{
    struct tl_bytes bytes = { d->c.base + d->c.off, tl_cursor_left(&d->c) };
    if (!server)
        tl_body_data(d, &f->script, bytes);
    if (!server && !f->upload) {
        tl_hide(d, bytes);
        tl_login_add(&f->answer, bytes);
        if (s->left == 0 && f->answering)
            tl_login_response(d, f->login, &f->sasl, tl_login_answer_of(&f->answer), f->initial);
    }
    if (server && f->late)
        add_text(f, bytes);
    if (s->left > 0)
        return line(); /* after the literal */
    if (!server)
        tl_body_end(d, &f->script);
    else
        end_late(d, f, true);
    f->literal[s->side] = false;
    return line(); /* the rest of the line */
}

static struct tl_want sieve_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ .kind = TL_WANT_NOTHING };
    bool server = f->server_port != 0 && port_of(d, s->side) == f->server_port;
    switch (s->event) {
    case TL_EV_OPEN:
        return line();
    case TL_EV_RUN:
        return run(d, s, f, server);
    case TL_EV_GAP:
        if (f->literal[s->side] && s->left > s->gap) { /* inside a literal: continues with it */
            f->answering &= server; /* it lacks bytes */
            if (!server)
                tl_body_gap(d, &f->script, s->gap);
            else
                end_late(d, f, false);
            return (struct tl_want){ TL_WANT_BODY, s->left - s->gap, NULL };
        }
        if (f->literal[s->side] && !server) {
            tl_body_gap(d, &f->script, s->left);
            tl_body_end(d, &f->script);
        }
        if (server)
            end_late(d, f, false);
        f->literal[s->side] = false;
        f->replies_lost |= server;
        f->skip[s->side] = true; /* skips the rest of the line */
        return line();
    case TL_EV_OVERLONG:
        f->skip[s->side] = true;
        tl_skip(d, tl_cursor_left(&d->c));
        return line();
    case TL_EV_UNIT:
        break;
    case TL_EV_END:
        return (struct tl_want){ .kind = TL_WANT_NOTHING };
    }
    if (f->skip[s->side]) {
        f->skip[s->side] = false;
        tl_skip(d, tl_cursor_left(&d->c));
        return line();
    }
    if (f->server_port == 0) {
        learn_roles(d, s, f);
        server = port_of(d, s->side) == f->server_port;
    }
    if (!f->confirmed) {
        f->confirmed = true;
        tl_confirm(d);
    }
    return server ? reply(d, s, f) : command(d, s, f);
}

static void sieve_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    end_late(d, f, false);
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    while (f->waiting.first != 0)
        emit(d, f, f->waiting.first);
    tl_body_end(d, &f->script);
}

/* --- detection --- */

/* A whole line that a session seen from the middle can begin with: a command (section 2), or the end of a reply. */
static bool is_of_session(struct tl_bytes text)
{
    static const char *const words[] = { "AUTHENTICATE", "STARTTLS", "LOGOUT", "CAPABILITY", "HAVESPACE", "PUTSCRIPT",
                                         "LISTSCRIPTS", "SETACTIVE", "GETSCRIPT", "DELETESCRIPT", "RENAMESCRIPT",
                                         "CHECKSCRIPT", "NOOP", "UNAUTHENTICATE" };
    const uint8_t *lf = memchr(text.data, '\n', text.len);
    if (lf == NULL)
        return false;
    struct tl_bytes word = word_of(tl_without_line_end(tl_bytes_of(text.data, (size_t)(lf - text.data) + 1)));
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        if (is(word, words[i]))
            return true;
    return status_of(word) != NULL;
}

/* The first line of a server names its implementation (section 1.7). */
static enum tl_probe sieve_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char greeting[] = "\"IMPLEMENTATION\" ";
    uint32_t n = tl_cursor_left(&c), most = sizeof greeting - 1;
    const uint8_t *p = tl_cursor_peek(&c, 0, n < most ? n : most);
    if (p == NULL || n == 0)
        return TL_PROBE_NO;
    if (memcmp(p, greeting, n < most ? n : most) == 0)
        return n < most ? TL_PROBE_MAYBE : TL_PROBE_YES;
    if (d->flow.home && is_of_session((struct tl_bytes){ tl_cursor_peek(&c, 0, n), n }))
        return TL_PROBE_YES;
    return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_sieve = {
    .name = "sieve",
    .title = "ManageSieve",
    .service = "sieve",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .aliases = { "service:sieve", "alpn:managesieve" },
    TL_TABLE(fields),
    .records = { &sieve_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{command,}][ {argument,}][{status,}][ {message,}]",
    TL_BEGINS("\"\""), .probe = sieve_probe,
    .stream = sieve_stream,
    .finish = sieve_finish,
};
