/* pop3_command.c - the client's side of POP3: commands (RFC 1939 section 9, RFC 2449), responses of AUTH (RFC 5034). */
#include "dissectors/pop3/pop3.h"

#include "core/base64.h"
#include "dissectors/mail/mail_text.h"

static const struct tl_pop3_verb verbs[] = {
    { "USER", TL_POP3_USER, TL_POP3_TEXT },   { "PASS", TL_POP3_PASS, TL_POP3_TEXT },
    { "APOP", TL_POP3_APOP, TL_POP3_TEXT },   { "AUTH", TL_POP3_AUTH, TL_POP3_ANY },
    { "STLS", TL_POP3_STLS, TL_POP3_ALONE },  { "STAT", TL_POP3_STAT, TL_POP3_ALONE },
    { "LIST", TL_POP3_LIST, TL_POP3_NUMBER }, { "UIDL", TL_POP3_UIDL, TL_POP3_NUMBER },
    { "RETR", TL_POP3_RETR, TL_POP3_NUMBER }, { "TOP", TL_POP3_TOP, TL_POP3_NUMBER },
    { "DELE", TL_POP3_DELE, TL_POP3_NUMBER }, { "RSET", TL_POP3_RSET, TL_POP3_ALONE },
    { "QUIT", TL_POP3_QUIT, TL_POP3_ALONE },  { "CAPA", TL_POP3_CAPA, TL_POP3_ALONE },
    { "NOOP", TL_POP3_OTHER, TL_POP3_ALONE }, { "LAST", TL_POP3_OTHER, TL_POP3_ALONE },
    { "UTF8", TL_POP3_OTHER, TL_POP3_ANY },   { "LANG", TL_POP3_OTHER, TL_POP3_ANY },
    { "XTND", TL_POP3_OTHER, TL_POP3_ANY },
};

/* A command line: its first word and the rest. */
struct request {
    const struct tl_pop3_verb *verb; /* NULL: unknown */
    struct tl_bytes word, parameter;
};

static bool is_word(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    while (i < text.len && word[i] != 0 && (text.data[i] & ~0x20) == (word[i] & ~0x20))
        i++;
    return i == text.len && word[i] == 0;
}

static struct request split(struct tl_bytes line)
{
    struct request r = { .word = line };
    uint32_t n = 0;
    while (n < line.len && line.data[n] != ' ' && line.data[n] != '\t')
        n++;
    r.word.len = n;
    r.parameter = tl_mail_trim((struct tl_bytes){ line.data + n, line.len - n });
    for (unsigned i = 0; n >= 3 && n <= 4 && i < TL_COUNT(verbs); i++)
        if (is_word(r.word, verbs[i].name)) {
            r.verb = &verbs[i];
            break;
        }
    return r;
}

const struct tl_pop3_verb *tl_pop3_command_of(struct tl_bytes line)
{
    struct request r = split(line);
    if (r.verb == NULL)
        return NULL;
    bool number = r.parameter.len > 0 && r.parameter.data[0] >= '0' && r.parameter.data[0] <= '9';
    number |= r.parameter.len == 0 && (r.verb->kind == TL_POP3_LIST || r.verb->kind == TL_POP3_UIDL);
    switch (r.verb->syntax) {
    case TL_POP3_ALONE:
        return r.parameter.len == 0 ? r.verb : NULL;
    case TL_POP3_TEXT:
        return r.parameter.len > 0 ? r.verb : NULL;
    case TL_POP3_NUMBER:
        return number ? r.verb : NULL;
    default:
        return r.verb;
    }
}

/* --- fields --- */

static void show_command(struct tl_dissection *d, const struct request *r)
{
    static const uint8_t secrets[] = { [TL_POP3_PASS] = TL_SECRET_WHOLE, [TL_POP3_APOP] = TL_SECRET_WORD,
                                       [TL_POP3_AUTH] = TL_SECRET_MECHANISM, [TL_POP3_NAME] = TL_SECRET_NOT };
    enum tl_secret secret = (enum tl_secret)secrets[r->verb->kind];
    if (secret == TL_SECRET_WORD && split(r->parameter).parameter.len == 0) /* a lone word may be the digest */
        secret = TL_SECRET_WHOLE;
    tl_pop3_begin_layer(d);
    tl_add(d, POP3_REQUEST_COMMAND, (uint32_t)(r->word.data - d->c.base), r->word.len, 0);
    if (r->parameter.len > 0)
        tl_add_secret(d, POP3_REQUEST_PARAMETER, (uint32_t)(r->parameter.data - d->c.base), r->parameter.len, secret);
}

/* Text of the client that is no command can be a secret. */
static void show_data(struct tl_dissection *d, struct tl_bytes line)
{
    tl_hide(d, line);
    if (line.len == 0 || !tl_shows_secret(d, TL_SECRET_WHOLE))
        return;
    tl_pop3_begin_layer(d);
    tl_add_secret(d, POP3_REQUEST_DATA, (uint32_t)(line.data - d->c.base), line.len, TL_SECRET_WHOLE);
}

/* --- authentication --- */

static uint32_t keep(struct tl_dissection *d, struct tl_bytes text, bool *cut)
{
    uint32_t handle = 0;
    tl_mail_keep_text(d, &handle, text, TL_MAIL_TEXT, cut);
    return handle;
}

static uint32_t keep_secret(struct tl_dissection *d, struct tl_bytes text)
{
    bool cut = false;
    struct tl_bytes shown = tl_shown_text(d, TL_SECRET_WHOLE, text);
    return shown.len > 0 ? keep(d, shown, &cut) : 0;
}

/* Adds the user name in a response in base64, if there is one. */
static void take_response(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes response, bool first)
{
    uint8_t decoded[TL_POP3_LINE];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    uint32_t len = response.len < TL_POP3_LINE ? tl_base64_decode(&state, response, decoded) : 0;
    struct tl_bytes user = tl_sasl_user(&f->sasl, (struct tl_bytes){ decoded, len }, first, &secret);
    struct tl_pop3_command c = { .kind = TL_POP3_NAME };
    if (!first && tl_sasl_is(&f->sasl, "login"))
        secret = (struct tl_bytes){ decoded, len };
    c.secret = keep_secret(d, secret);
    if (user.len == 0 && c.secret == 0)
        return;
    if (user.len > 0)
        c.value = keep(d, user, &c.cut);
    tl_pop3_add_command(d, f, c);
}

static void begin_auth(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes parameter)
{
    uint32_t n = tl_sasl_name_length(parameter);
    struct tl_bytes initial = tl_mail_trim((struct tl_bytes){ parameter.data + n, parameter.len - n });
    struct tl_pop3_command c = { .kind = TL_POP3_AUTH, .alone = parameter.len == 0, .ts = d->frame->ts };
    f->sasl = (struct tl_sasl){ 0 };
    if (n > 0)
        tl_sasl_begin(&f->sasl, (struct tl_bytes){ parameter.data, n }, initial);
    if (n > 0)
        c.value = keep(d, tl_bytes_of(f->sasl.name, f->sasl.len), &c.cut);
    c.cut |= f->sasl.cut;
    tl_pop3_add_command(d, f, c);
    if (initial.len > 0)
        take_response(d, f, initial, true);
}

/* --- lines --- */

static void count_command(struct tl_pop3_flow *f, struct tl_bytes word)
{
    f->commands++;
    memset(f->last_command, 0, sizeof f->last_command);
    for (uint32_t i = 0; i < word.len && i < sizeof f->last_command - 1; i++) {
        uint8_t c = word.data[i];
        f->last_command[i] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
}

static struct tl_want command(struct tl_dissection *d, struct tl_pop3_flow *f, const struct request *r, bool overlong)
{
    struct tl_pop3_command c = { .kind = r->verb->kind, .alone = r->parameter.len == 0, .ts = d->frame->ts };
    uint32_t digits;
    f->state[0] = TL_POP3_LINES;
    f->sasl = (struct tl_sasl){ 0 };
    show_command(d, r);
    count_command(f, r->word);
    if (c.kind == TL_POP3_USER) {
        c.value = keep(d, r->parameter, &c.cut);
    } else if (c.kind == TL_POP3_APOP) {
        struct tl_bytes name = r->parameter;
        const uint8_t *space = name.len > 0 ? memchr(name.data, ' ', name.len) : NULL;
        name.len = space != NULL ? (uint32_t)(space - name.data) : 0; /* a lone word may be the digest */
        c.value = keep(d, name, &c.cut);
    } else if (c.kind == TL_POP3_PASS) {
        c.secret = keep_secret(d, r->parameter);
    } else if (c.kind != TL_POP3_AUTH) {
        uint64_t number = tl_mail_number(r->parameter, &digits);
        c.value = number <= UINT32_MAX ? (uint32_t)number : 0;
    }
    if (c.kind == TL_POP3_AUTH)
        begin_auth(d, f, r->parameter);
    else
        tl_pop3_add_command(d, f, c);
    tl_skip(d, tl_cursor_left(&d->c));
    f->skip[0] = overlong;
    if (overlong) {
        tl_weird(d, POP3_WEIRD_LINE_TOO_LONG, tl_bytes_of(r->verb->name, strlen(r->verb->name)));
        return tl_pop3_some();
    }
    if (c.kind != TL_POP3_STLS)
        return tl_pop3_line();
    f->state[0] = TL_POP3_PEEK;
    return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
}

static struct tl_want line_of(struct tl_dissection *d, struct tl_pop3_flow *f, bool overlong)
{
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    struct request r = split(line);
    bool response = f->sasl.len > 0, known = r.verb != NULL;
    /* Where other lines are possible, only what can be nothing else is a command. */
    if (response || f->state[0] == TL_POP3_RESYNC || !f->client_begun)
        known = tl_pop3_command_of(line) != NULL;
    bool begun = f->client_begun;
    f->client_begun = true;
    if (known)
        return command(d, f, &r, overlong);
    show_data(d, line);
    if (response) {
        take_response(d, f, line, tl_sasl_response(&f->sasl, line));
    } else if (!begun) { /* seen from the middle, or another protocol */
        f->state[0] = TL_POP3_RESYNC;
        if (!f->confirmed && !tl_mail_ports_tell(d)) {
            tl_violate(d);
            return tl_pop3_nothing();
        }
    } else if (f->state[0] != TL_POP3_RESYNC && line.len > 0) {
        tl_weird(d, POP3_WEIRD_NOT_A_COMMAND, (struct tl_bytes){ NULL, 0 });
        count_command(f, (struct tl_bytes){ NULL, 0 });
        tl_pop3_add_command(d, f, (struct tl_pop3_command){ .kind = TL_POP3_OTHER });
    }
    tl_skip(d, tl_cursor_left(&d->c));
    f->skip[0] = overlong;
    return overlong ? tl_pop3_some() : tl_pop3_line();
}

struct tl_want tl_pop3_client(struct tl_dissection *d, struct tl_stream *s, struct tl_pop3_flow *f)
{
    if (s->event == TL_EV_GAP) {
        if (f->state[0] == TL_POP3_TLS)
            return tl_upgrade(d, s, NULL, TL_MAIL_HOLD);
        f->state[0] = TL_POP3_RESYNC;
        f->client_begun = true;
        f->skip[0] = false;
        return tl_pop3_line();
    }
    if (s->event == TL_EV_END) {
        struct tl_bytes rest = tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
        if (f->state[0] != TL_POP3_TLS && !f->skip[0] && rest.len > 0 && tl_pop3_command_of(tl_without_line_end(rest)))
            line_of(d, f, false);
        else if (f->state[0] != TL_POP3_TLS)
            tl_hide(d, rest);
        return tl_pop3_nothing();
    }
    if (f->skip[0]) {
        struct tl_bytes rest = tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
        f->skip[0] = !tl_mail_skip_line(d);
        tl_hide(d, (struct tl_bytes){ rest.data, rest.len - tl_cursor_left(&d->c) });
        return f->skip[0] ? tl_pop3_some() : tl_pop3_line();
    }
    if (f->state[0] == TL_POP3_PEEK) {
        f->state[0] = tl_mail_is_tls(d) ? TL_POP3_TLS : TL_POP3_LINES;
        return f->state[0] == TL_POP3_TLS ? tl_upgrade(d, s, NULL, TL_MAIL_HOLD) : tl_pop3_line();
    }
    return line_of(d, f, s->event == TL_EV_OVERLONG);
}
