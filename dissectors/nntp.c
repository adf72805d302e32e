/* nntp.c - Network News Transfer Protocol (RFC 3977; AUTHINFO RFC 4643, STARTTLS RFC 4642, streaming RFC 4644). */
#include "core/channel.h"
#include "dissectors/login.h"
#include "dissectors/text_fields.h"
#include "dissectors/words.h"

enum { REQUEST, RESPONSE, COMMAND, ARGUMENT, CODE, TEXT, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [REQUEST] = { "nntp.request", "Request", .type = TL_BOOL, .flags = TL_HIDDEN },
    [RESPONSE] = { "nntp.response", "Response", .type = TL_BOOL, .flags = TL_HIDDEN },
    [COMMAND] = { "nntp.command", "Command", .type = TL_TEXT },
    [ARGUMENT] = { "nntp.argument", "Argument", .type = TL_TEXT,
                   .help = "AUTHINFO PASS and SASL: only their second word" },
    [CODE] = { "nntp.code", "Response code", .type = TL_U16 },
    [TEXT] = { "nntp.text", "Text", .type = TL_TEXT },
};

enum { PORT = 119, LINE = 4096, HOLD = 64 << 10, TLS_FOLLOWS = 382, SEND_ARTICLE = 340, TRANSFER_ARTICLE = 335,
       SASL_GOES_ON = 383 };

struct flow {
    bool confirmed;
    bool lines[2];   /* the client or the server sends lines up to a single dot */
    bool skip[2];    /* the rest of a line, of which bytes are missing, follows */
    bool starttls;   /* the client asked for TLS: it waits for the answer */
    bool secret;     /* the client's next line answers a challenge */
    bool exchange;   /* AUTHINFO that goes on in lines of the client */
    uint32_t login;  /* that waits for its answer; 0: none */
    struct tl_sasl sasl;
};

static const struct tl_want line = { TL_WANT_LINE, LINE, NULL };

static bool is_code(struct tl_bytes text)
{
    for (uint32_t i = 0; i < 3; i++)
        if (text.len < 3 || text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.data[0] >= '1' && text.data[0] <= '5' && (text.len == 3 || text.data[3] == ' ');
}

/* Words are separated by spaces or tabs (RFC 3977 section 3.1). */
static struct tl_bytes next_word(struct tl_bytes *rest)
{
    uint32_t n = 0;
    while (n < rest->len && !tl_is_blank(rest->data[n]))
        n++;
    struct tl_bytes word = tl_bytes_of(rest->data, n);
    *rest = tl_trimmed(tl_bytes_of(rest->data + n, rest->len - n));
    return word;
}

static bool is_command(struct tl_bytes text)
{
    static const char *const words[] = { "article", "authinfo", "body", "capabilities", "check", "date", "group", "hdr",
        "head",
                                         "help", "ihave", "last", "list", "listgroup", "mode", "newgroups", "newnews",
                                             "next",
                                         "over", "post", "quit", "starttls", "stat", "takethis", "xover", "xhdr",
                                             "slave",
                                         "compress", "xgtitle", "xpat" };
    struct tl_bytes word = next_word(&text);
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        if (tl_text_is(word, words[i]))
            return true;
    return false;
}

/* Responses that lines follow (RFC 3977 section 3.2). 211 depends on the command: what follows it is no response. */
static bool has_lines(uint64_t code)
{
    return code == 100 || code == 101 || code == 215 || (code >= 220 && code <= 222) || code == 224 || code == 225 ||
           code == 230 || code == 231 || code == 282;
}

/* AUTHINFO (RFC 4643 section 2.3, 2.4). argument: behind the first word. */
static void log_in(struct tl_dissection *d, struct flow *f, struct tl_bytes kind, struct tl_bytes argument)
{
    if (!tl_text_is(kind, "pass") || f->login == 0)
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    if (tl_text_is(kind, "sasl")) {
        struct tl_bytes mechanism = next_word(&argument);
        f->login = tl_login_sasl(d, &f->sasl, "nntp", mechanism, argument);
        return;
    }
    if (!tl_text_is(kind, "user") && !tl_text_is(kind, "pass")) /* SIMPLE and GENERIC of RFC 2980 */
        return;
    if (f->login == 0)
        f->login = tl_login_begin(d, "nntp", d->frame->ts);
    tl_login_method(d, f->login, tl_login_word("USER"));
    if (tl_text_is(kind, "user"))
        tl_login_user(d, f->login, argument);
    else
        tl_login_secret(d, f->login, argument, false);
}

static void settle_login(struct tl_dissection *d, struct flow *f, uint64_t code)
{
    if (code == 281 || code == 283)
        tl_login_end(d, &f->login, TL_LOGIN_GRANTED);
    else if (code == 400 || (code >= 480 && code <= 489) || code >= 500) /* others answer commands before it */
        tl_login_end(d, &f->login, TL_LOGIN_REFUSED);
}

static void command(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct tl_bytes rest = tl_trimmed(text), word = next_word(&rest), all = rest;
    tl_message(d);
    tl_add(d, REQUEST, d->c.off, text.len, 1);
    tl_show_text(d, COMMAND, word);
    f->starttls = tl_text_is(word, "starttls");
    f->lines[0] = tl_text_is(word, "takethis");
    if (tl_text_is(word, "authinfo")) {
        struct tl_bytes left = all, kind = next_word(&left);
        f->exchange = !tl_text_is(kind, "user") && !tl_text_is(kind, "pass");
        log_in(d, f, kind, left);
        if (!tl_text_is(kind, "user")) {
            tl_hide(d, left);
            if (d->secrets)
                tl_show_text(d, ARGUMENT, all);
            else
                tl_show_text(d, ARGUMENT, kind);
            return;
        }
    }
    tl_show_text(d, ARGUMENT, all);
}

static void response(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    uint64_t code;
    (void)tl_number_of(text, 999, &code);
    tl_message(d);
    tl_add(d, RESPONSE, d->c.off, text.len, 1);
    tl_add(d, CODE, d->c.off, 3, code);
    if (code == SASL_GOES_ON) {
        f->secret = true;
        tl_login_challenge(&f->sasl, tl_trimmed(tl_bytes_of(text.data + 3, text.len - 3)));
        tl_hide(d, text);
    } else if (text.len > 4) {
        tl_show_text(d, TEXT, tl_bytes_of(text.data + 4, text.len - 4));
    }
    if (code == 281 || code == 283 || code >= 400)
        f->exchange = false;
    if (f->login != 0)
        settle_login(d, f, code);
    f->lines[1] = has_lines(code);
    f->lines[0] |= code == SEND_ARTICLE || code == TRANSFER_ARTICLE;
    if (!f->confirmed && (code == 200 || code == 201))
        tl_confirm(d);
    f->confirmed = true;
}

/* Returns 1 if the originator is the server. */
static unsigned from_port(const struct tl_dissection *d)
{
    return d->flow.orig_port == PORT && d->flow.resp_port != PORT;
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    unsigned from = s->side ^ from_port(d);
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    struct tl_want next = line;
    if (f->skip[from]) {
        f->skip[from] = false;
        tl_hide(d, text);
    } else if (f->lines[from]) {
        f->lines[from] = !(text.len == 1 && text.data[0] == '.');
    } else if (from == 0 && (f->secret || (f->exchange && !is_command(text)))) { /* 383 may be missing */
        f->secret = false;
        tl_hide(d, text);
        tl_login_response(d, f->login, &f->sasl, text, false);
    } else if (from == 0) {
        command(d, f, text);
        if (f->starttls)
            next = (struct tl_want){ TL_WANT_HOLD, HOLD, NULL };
    } else if (is_code(text)) {
        bool asked = f->starttls;
        response(d, f, text);
        f->starttls = false;
        if (asked && tl_text_begins(text, "382"))
            next = (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
        else if (asked)
            tl_release(d);
    }
    tl_skip(d, n);
    return next;
}

static struct tl_want nntp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_OPEN:
        return line;
    case TL_EV_UNIT:
        return unit(d, s, f);
    case TL_EV_OVERLONG:
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        tl_skip(d, tl_cursor_left(&d->c));
        f->skip[s->side ^ from_port(d)] = true;
        return line;
    case TL_EV_GAP:
        f->skip[s->side ^ from_port(d)] = true;
        return line;
    case TL_EV_RUN:
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void nntp_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
}

/* On its port: the greeting of a server, or a command. Elsewhere: a greeting that says so. */
static enum tl_probe nntp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n), *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    if (!d->flow.stream || !d->flow.home || n == 0)
        return TL_PROBE_NO;
    if (lf == NULL)
        return n < 512 && ((p[0] >= '2' && p[0] <= '5') || (p[0] | 0x20) >= 'a') ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(p, (size_t)(lf - p) + 1));
    if (is_code(text))
        return text.data[0] == '2' || text.data[0] == '4' || text.data[0] == '5' ? TL_PROBE_YES : TL_PROBE_NO;
    return is_command(text) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_nntp = {
    .name = "nntp",
    .title = "Network News Transfer Protocol",
    .service = "nntp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{command}][ {argument}][{code}][ {text}]",
    .probe = nntp_probe,
    .stream = nntp_stream,
    .finish = nntp_finish,
};
