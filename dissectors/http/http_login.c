/*
 * http_login.c - logins in requests: Basic (RFC 7617), Digest (RFC 7616), Bearer (RFC 6750), and forms
 * (application/x-www-form-urlencoded: WHATWG URL, section 5.1). Passwords in forms are hidden.
 */
#include "dissectors/http/http.h"

enum {
    NAME = 64,        /* maximum bytes of a field's name that are compared */
    VALUE = 257,      /* maximum bytes kept of a user or a password: one more than a record has */
    LOOKED_AT = 2048, /* bytes of a form in which a login is looked for; passwords behind them are hidden, too */
};

/* The logins of a request. */
enum { HEAD, PROXY, FORM, LOGINS };

struct logins {
    uint32_t of[LOGINS];
};

static struct logins *logins_of(const struct tl_dissection *d, uint32_t handle)
{
    return (struct logins *)(void *)tl_kept_mine(d, handle);
}

static bool begins_with(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    return text.len >= n && tl_http_same(tl_bytes_of(text.data, n), word);
}

/* Gives a login to the kept request, or writes it if there is none. */
static void give(struct tl_dissection *d, uint32_t request, unsigned which, uint32_t login)
{
    struct tl_http_kept *k = request != 0 ? tl_transaction_extra(d, request) : NULL;
    if (k != NULL && k->logins == 0) {
        uint32_t handle = tl_keep(d, NULL, sizeof(struct logins));
        k = tl_transaction_extra(d, request);
        k->logins = handle;
    }
    if (k != NULL && k->logins != 0)
        logins_of(d, k->logins)->of[which] = login;
    else
        tl_login_end(d, &login, TL_LOGIN_UNANSWERED);
}

/* --- credentials --- */

/* The value of a parameter (RFC 9110 section 11.2), without its quotes. Escapes are left in it. */
static struct tl_bytes parameter(struct tl_bytes text, const char *name)
{
    uint32_t n = (uint32_t)strlen(name), i = 0;
    while (i < text.len) {
        while (i < text.len && (text.data[i] == ' ' || text.data[i] == ','))
            i++;
        uint32_t from = i;
        while (i < text.len && text.data[i] != '=' && text.data[i] != ',')
            i++;
        bool found = i - from == n && tl_http_same(tl_bytes_of(text.data + from, n), name);
        bool quoted = i + 1 < text.len && text.data[i] == '=' && text.data[i + 1] == '"';
        i += quoted ? 2 : i < text.len;
        from = i;
        while (i < text.len && text.data[i] != (quoted ? '"' : ','))
            i += quoted && text.data[i] == '\\' && i + 1 < text.len ? 2 : 1;
        if (found)
            return tl_bytes_of(text.data + from, i - from);
        i += quoted && i < text.len;
    }
    return (struct tl_bytes){ NULL, 0 };
}

static uint32_t hash_of(struct tl_bytes text)
{
    uint32_t hash = 0x811c9dc5;
    for (uint32_t i = 0; i < text.len; i++)
        hash = (hash ^ text.data[i]) * 0x01000193;
    return hash != 0 ? hash : 1;
}

/* Clients send their credentials with each request: only the first ones, and other ones than before, are a login. */
static bool is_new(const struct tl_dissection *d, bool proxy, struct tl_bytes what)
{
    struct tl_http_flow *f = d->flow.slot;
    uint32_t *last = (f->h2 != NULL ? f->h2->credentials : f->credentials) + proxy, hash = hash_of(what);
    bool other = *last != hash;
    *last = hash;
    return other;
}

static uint32_t begin(struct tl_dissection *d, int64_t ts, const char *method)
{
    uint32_t login = tl_login_begin(d, "http", ts);
    tl_login_method(d, login, tl_login_word(method));
    return login;
}

static uint32_t login_of(struct tl_dissection *d, struct tl_bytes sent, int64_t ts, bool proxy)
{
    struct tl_http_credentials c;
    uint32_t login = 0;
    if (begins_with(sent, "basic ")) {
        tl_http_credentials(&c, sent);
        if (c.user.data == NULL || !is_new(d, proxy, sent))
            return 0;
        login = begin(d, ts, "Basic");
        tl_login_user(d, login, c.user);
        tl_login_secret(d, login, c.password, false);
    } else if (begins_with(sent, "digest ")) {
        struct tl_bytes user = parameter((struct tl_bytes){ sent.data + 7, sent.len - 7 }, "username");
        if (user.len == 0 || !is_new(d, proxy, user))
            return 0;
        login = begin(d, ts, "Digest");
        tl_login_user(d, login, user);
    } else if (begins_with(sent, "bearer ")) {
        struct tl_bytes token = tl_http_trim_wide(sent.data + 7, sent.data + sent.len);
        if (token.len == 0 || !is_new(d, proxy, sent))
            return 0;
        login = begin(d, ts, "Bearer");
        tl_login_token(d, login, token);
    }
    return login;
}

void tl_http_login_head(struct tl_dissection *d, const struct tl_http_message *m, uint32_t request)
{
    const struct tl_bytes all[] = { [HEAD] = m->text[HTTP_USERNAME], [PROXY] = m->text[HTTP_PROXY_CREDENTIALS] };
    const int64_t ts = request != 0 ? tl_transaction_ts(d, request) : d->frame->ts;
    for (unsigned i = HEAD; i <= PROXY; i++) {
        if (all[i].len == 0 || (i == HEAD && all[HEAD].data == all[PROXY].data)) /* only those for a proxy */
            continue;
        uint32_t login = login_of(d, all[i], ts, i == PROXY);
        if (login != 0)
            give(d, request, i, login);
    }
}

/* 401 and 407 ask for other credentials (RFC 9110 section 15.5); 400 and 5xx say nothing about them. */
static enum tl_login_result result_of(unsigned which, uint64_t status)
{
    uint64_t refusal = which == PROXY ? 407 : 401;
    if (status == refusal || (which == FORM && status == 403))
        return TL_LOGIN_REFUSED;
    bool silent = status < 100 || status >= 500 || status == 400 || (which == HEAD && status == 407);
    return which == FORM || silent ? TL_LOGIN_UNANSWERED : TL_LOGIN_GRANTED;
}

void tl_http_logins_end(struct tl_dissection *d, uint32_t logins, uint64_t status)
{
    struct logins all = *logins_of(d, logins);
    for (unsigned i = 0; i < LOGINS; i++)
        tl_login_end(d, &all.of[i], result_of(i, status));
    tl_forget(d, logins);
}

/* --- forms --- */

struct text {
    uint32_t len;
    uint8_t bytes[VALUE];
};

/* A form that is being read. */
struct form {
    bool in_value;
    bool secret;          /* the value, as far as it is known */
    uint8_t rank;         /* of the value as a user; 0: it is none */
    uint8_t user_rank;    /* of the user so far */
    uint8_t escape_len;
    uint8_t escape[2];    /* digits of an escape that is not complete; escape_len counts from the percent sign */
    bool has_password;
    uint32_t name_len, seen; /* seen: bytes so far, at most LOOKED_AT */
    uint8_t name[NAME];   /* in lower case */
    struct text user, password;
};

static struct form *form_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return (struct form *)(void *)tl_kept_mine(d, h->form);
}

void tl_http_form_begin(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h)
{
    static const char type[] = "application/x-www-form-urlencoded";
    tl_http_form_end(d, h);
    if (TL_LIKELY(!begins_with(m->text[HTTP_CONTENT_TYPE], type)) || m->framing.compressed || m->start.kind == HTTP_RESPONSE ||
        !tl_http_is_identity(m->text[HTTP_CONTENT_ENCODING]))
        return;
    h->form = tl_keep(d, NULL, sizeof(struct form));
}

static bool ends_with(const uint8_t *p, uint32_t n, const char *word)
{
    uint32_t len = (uint32_t)strlen(word);
    return n >= len && memcmp(p + n - len, word, len) == 0;
}

static bool is_one_of(const uint8_t *p, uint32_t n, const char *const *words)
{
    for (; *words != NULL; words++)
        if (n == strlen(*words) && memcmp(p, *words, n) == 0)
            return true;
    return false;
}

/* A word of a name: user[password], j_password, newPassword. */
static void judge_word(struct form *g, const uint8_t *p, uint32_t n)
{
    static const char *const secrets[] = { "pass", "pw", "psw", "pswd", "userpass", "loginpass", "mypass", "pin", "otp",
                                           "passcode", NULL };
    static const char *const users[] = { "user", "uname", "userid", "uid", "usr", "account", NULL };
    static const char *const others[] = { "login", "log", "mail", "logon", NULL };
    g->secret |= ends_with(p, n, "password") || ends_with(p, n, "passwd") || ends_with(p, n, "passphrase") ||
                 ends_with(p, n, "pwd") || is_one_of(p, n, secrets);
    uint8_t rank = is_one_of(p, n, users) || ends_with(p, n, "username") || ends_with(p, n, "userid") ? 3
                   : ends_with(p, n, "email")                                                         ? 2
                   : is_one_of(p, n, others)                                                          ? 1
                                                                                                      : 0;
    g->rank = rank > g->rank ? rank : g->rank;
}

/* What the value is, by the words of its name. A name that is too long is taken for a password's. */
static void judge_name(struct form *g)
{
    g->secret = g->name_len >= NAME;
    g->rank = 0;
    for (uint32_t i = 0, from = 0; i <= g->name_len; i++) {
        if (i < g->name_len && ((g->name[i] >= 'a' && g->name[i] <= 'z') || (g->name[i] >= '0' && g->name[i] <= '9')))
            continue;
        judge_word(g, g->name + from, i - from);
        from = i + 1;
    }
    if (g->secret)
        g->rank = 0;
}

static void begin_value(struct form *g)
{
    judge_name(g);
    g->in_value = true;
    if (g->rank > g->user_rank) {
        g->user_rank = g->rank;
        g->user = (struct text){ .len = 0 };
    } else {
        g->rank = 0;
    }
    if (g->secret && g->seen < LOOKED_AT && !g->has_password) {
        g->has_password = true;
        g->password = (struct text){ .len = 0 };
    } else if (g->secret) {
        g->name_len = NAME; /* of a second password nothing is kept */
    }
}

static void begin_name(struct form *g)
{
    g->in_value = g->secret = false;
    g->rank = 0;
    g->name_len = 0;
}

static void append(struct text *text, uint8_t c)
{
    if (text->len < VALUE)
        text->bytes[text->len++] = c;
}

/* A byte of a name or a value, without its escape. */
static void put(struct form *g, uint8_t c)
{
    if (!g->in_value) {
        if (g->name_len < NAME)
            g->name[g->name_len++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    } else if (g->seen < LOOKED_AT && g->rank > 0) {
        append(&g->user, c);
    } else if (g->seen < LOOKED_AT && g->secret && g->name_len < NAME) {
        append(&g->password, c);
    }
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* An escape that is none is text. */
static void flush(struct form *g)
{
    uint32_t n = g->escape_len;
    g->escape_len = 0;
    if (n > 0)
        put(g, '%');
    for (uint32_t i = 1; i < n; i++)
        put(g, g->escape[i - 1]);
}

static void take(struct form *g, uint8_t c)
{
    if (g->escape_len > 0 && digit(c) >= 0) {
        g->escape[g->escape_len - 1] = c;
        if (++g->escape_len < 3)
            return;
        g->escape_len = 0;
        put(g, (uint8_t)(digit(g->escape[0]) << 4 | digit(g->escape[1])));
        return;
    }
    flush(g);
    if (c == '%')
        g->escape_len = 1;
    else
        put(g, c == '+' ? ' ' : c);
}

static void read_form(struct tl_dissection *d, struct form *g, struct tl_bytes bytes)
{
    uint32_t from = 0; /* of the secret in these bytes */
    for (uint32_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        g->seen += g->seen < LOOKED_AT;
        if (c == '&') {
            flush(g);
            if (g->secret)
                tl_hide(d, tl_bytes_of(bytes.data + from, i - from));
            begin_name(g);
        } else if (c == '=' && !g->in_value) {
            flush(g);
            begin_value(g);
            from = i + 1;
        } else {
            take(g, c);
        }
    }
    if (g->secret && from < bytes.len)
        tl_hide(d, tl_bytes_of(bytes.data + from, bytes.len - from));
}

void tl_http_form_look(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes)
{
    if (h->form == 0 || d->tree == NULL)
        return;
    struct form g = *form_of(d, h);
    read_form(d, &g, bytes);
}

void tl_http_form_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes)
{
    if (h->form != 0)
        read_form(d, form_of(d, h), bytes);
}

/* What comes behind a gap, up to the next name, may be the end of a password. */
void tl_http_form_gap(const struct tl_dissection *d, const struct tl_http_half *h)
{
    if (h->form == 0)
        return;
    struct form *g = form_of(d, h);
    g->in_value = g->secret = true;
    g->rank = g->escape_len = 0;
    g->name_len = NAME;
}

void tl_http_form_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (h->form == 0)
        return;
    struct form g = *form_of(d, h);
    tl_forget(d, h->form);
    h->form = 0;
    if (!g.has_password)
        return;
    uint32_t login = begin(d, h->first, "form");
    flush(&g);
    tl_login_user(d, login, tl_bytes_of(g.user.bytes, g.user.len));
    tl_login_secret(d, login, tl_bytes_of(g.password.bytes, g.password.len), false);
    give(d, h->live ? h->message : 0, FORM, login);
}
