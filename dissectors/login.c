/* login.c - the login record. It has the algorithm of a JSON Web Token and the names of its claims (RFC 7515, 7519). */
#include "dissectors/login.h"

#include "core/base64.h"

enum {
    METHOD = 32, TEXT = 256, /* maximum bytes in the record */
    CLAIMS = 32,             /* maximum names of claims */
    TOLD = 1024,             /* maximum bytes of the algorithm and of these */
    PART = 4096,             /* maximum bytes of a part of a token that are read, in base64 */
};

struct login_record {
    struct tl_record r;
    const char *protocol;
    uint64_t attempt;
    struct tl_bytes user, method, password, jwt_alg, client_user, message, terminal, command;
    bool success;
    struct tl_text_list jwt_claims;
};

enum {
    R_PROTOCOL, R_USER, R_METHOD, R_SUCCESS, R_PASSWORD, R_JWT_ALG, R_JWT_CLAIMS, R_ATTEMPT, R_CLIENT_USER, R_MESSAGE,
    R_TERMINAL, R_COMMAND,
};

#define F(index, member, key, kind, help) TL_FIELD(struct login_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_PROTOCOL, protocol, "protocol", TL_REC_TOKEN, "http, smtp, ftp, ..: the protocol of the login"),
    F(R_USER, user, "user", TL_REC_TEXT, "Who logs in"),
    F(R_METHOD, method, "method", TL_REC_TEXT, "Basic, Digest, Bearer, form, PLAIN, LOGIN, USER, simple, community, .."),
    F(R_SUCCESS, success, "success", TL_REC_BOOL, "Was it accepted; absent if the answer does not tell it"),
    F(R_PASSWORD, password, "password", TL_REC_TEXT,
      "Password, community or token: only of a guest, or if secrets are to be shown"),
    F(R_JWT_ALG, jwt_alg, "jwt_alg", TL_REC_TEXT, "Algorithm of a JSON Web Token"),
    F(R_JWT_CLAIMS, jwt_claims, "jwt_claims", TL_REC_TEXTS, "Names of its claims"),
    F(R_ATTEMPT, attempt, "attempt", TL_REC_COUNT, "Its number in the connection, from 1 (Telnet, rlogin, rsh)"),
    F(R_CLIENT_USER, client_user, "client_user", TL_REC_TEXT, "The user on the client (rlogin, rsh)"),
    F(R_MESSAGE, message, "message", TL_REC_TEXT, "The line of the server that decided (Telnet)"),
    F(R_TERMINAL, terminal, "terminal", TL_REC_TEXT, "Terminal type of the client (Telnet, rlogin)"),
    F(R_COMMAND, command, "command", TL_REC_TEXT, "What is to be run (rsh)"),
};
#undef F

const struct tl_record_def tl_login_record_def =
    TL_RECORD_DEF("login", record_fields, "A login that was seen in clear", .secret = UINT64_C(1) << R_PASSWORD);

/* A login without its answer, in flow memory. */
struct pending_login {
    int64_t ts;
    const char *protocol;
    uint32_t user, secret, told; /* kept; told: algorithm and names of claims, a line each */
    bool user_cut, secret_cut, told_cut, method_cut, open;
    uint8_t method_len;
    char method[METHOD];
};

static struct pending_login *pending(const struct tl_dissection *d, uint32_t login)
{
    return (struct pending_login *)(void *)tl_kept_mine(d, login);
}

uint32_t tl_login_begin(struct tl_dissection *d, const char *protocol, int64_t ts)
{
    const struct pending_login p = { .ts = ts, .protocol = protocol };
    return tl_keep(d, &p, sizeof p);
}

void tl_login_method(const struct tl_dissection *d, uint32_t login, struct tl_bytes method)
{
    if (login == 0 || method.len == 0)
        return;
    struct pending_login *p = pending(d, login);
    p->method_cut = method.len > METHOD;
    p->method_len = (uint8_t)(method.len < METHOD ? method.len : METHOD);
    memcpy(p->method, method.data, p->method_len);
}

/* Returns the new handle. Keeping can fail: the text is then cut to nothing. */
static uint32_t keep(struct tl_dissection *d, uint32_t old, struct tl_bytes text, bool *cut)
{
    if (old != 0)
        tl_forget(d, old);
    uint32_t kept = text.len > 0 ? tl_keep(d, text.data, text.len < TEXT ? text.len : TEXT) : 0;
    *cut = text.len > TEXT || (text.len > 0 && kept == 0);
    return kept;
}

void tl_login_user(struct tl_dissection *d, uint32_t login, struct tl_bytes user)
{
    bool cut;
    if (login == 0 || user.len == 0)
        return;
    uint32_t kept = keep(d, pending(d, login)->user, user, &cut);
    pending(d, login)->user = kept;
    pending(d, login)->user_cut = cut;
}

void tl_login_secret(struct tl_dissection *d, uint32_t login, struct tl_bytes secret, bool open)
{
    bool cut;
    if (login == 0 || secret.len == 0)
        return;
    uint32_t kept = keep(d, pending(d, login)->secret, open ? secret : tl_shown_text(d, TL_SECRET_WHOLE, secret), &cut);
    pending(d, login)->secret = kept;
    pending(d, login)->secret_cut = cut;
    pending(d, login)->open = open;
}

/* --- SASL --- */

static void take_response(struct tl_dissection *d, uint32_t login, const struct tl_sasl *x, struct tl_bytes response,
                          bool first)
{
    uint8_t decoded[PART];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    uint32_t n = response.len <= PART ? tl_base64_decode(&state, response, decoded) : 0;
    tl_login_user(d, login, tl_sasl_user(x, tl_bytes_of(decoded, n), first, &secret));
    if (!first && tl_sasl_is(x, "login"))
        secret = tl_bytes_of(decoded, n);
    tl_login_secret(d, login, secret, false);
}

uint32_t tl_login_sasl(struct tl_dissection *d, struct tl_sasl *x, const char *protocol, struct tl_bytes mechanism,
                       struct tl_bytes initial)
{
    uint32_t login = tl_login_begin(d, protocol, d->frame->ts);
    mechanism.len = tl_sasl_name_length(mechanism); /* what comes after it may be a secret */
    tl_sasl_begin(x, mechanism, initial);
    tl_login_method(d, login, tl_bytes_of(x->name, x->len));
    if (initial.len > 0)
        take_response(d, login, x, initial, true);
    return login;
}

void tl_login_challenge(struct tl_sasl *x, struct tl_bytes challenge)
{
    static const char user[] = "VXNlc"; /* "User" and a part of what follows, as "User Name" or "Username:" */
    x->asked_user = challenge.len >= sizeof user - 1 && memcmp(challenge.data, user, sizeof user - 1) == 0;
}

void tl_login_response(struct tl_dissection *d, uint32_t login, struct tl_sasl *x, struct tl_bytes response, bool initial)
{
    bool first = tl_sasl_response(x, response), asked = initial || x->asked_user;
    if (login != 0 && (asked || !first || !tl_sasl_is(x, "login")))
        take_response(d, login, x, response, first);
}

void tl_login_add(struct tl_login_answer *answer, struct tl_bytes piece)
{
    uint32_t room = answer->len < TL_LOGIN_ANSWER ? (uint32_t)TL_LOGIN_ANSWER - answer->len : 0;
    uint32_t n = piece.len < room ? piece.len : room;
    if (n > 0)
        memcpy(answer->text + answer->len, piece.data, n);
    answer->len = piece.len > room ? TL_LOGIN_ANSWER + 1 : (uint16_t)(answer->len + n);
}

/* --- JSON Web Tokens --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes a string in quotes off the start of the text. Escapes are left in it. */
static bool take_string(struct tl_bytes *text, struct tl_bytes *string)
{
    uint32_t i = 1;
    if (text->len < 2 || text->data[0] != '"')
        return false;
    while (i < text->len && text->data[i] != '"')
        i += text->data[i] == '\\' ? 2 : 1;
    if (i >= text->len)
        return false;
    *string = (struct tl_bytes){ text->data + 1, i - 1 };
    *text = (struct tl_bytes){ text->data + i + 1, text->len - i - 1 };
    return true;
}

static void skip_blanks(struct tl_bytes *text)
{
    while (text->len > 0 && is_blank(text->data[0]))
        *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
}

/* Passes over a value, also one with values in it, up to the comma or the brace that ends it. */
static void skip_value(struct tl_bytes *text)
{
    struct tl_bytes string;
    for (uint32_t depth = 0; text->len > 0;) {
        uint8_t c = text->data[0];
        if (depth == 0 && (c == ',' || c == '}'))
            return;
        depth += c == '{' || c == '[';
        depth -= depth > 0 && (c == '}' || c == ']');
        if (c == '"' && take_string(text, &string))
            continue;
        *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
    }
}

/* The next member of an object, whose brace or comma is at the start. string: its value, if it is one. */
static bool next_member(struct tl_bytes *text, struct tl_bytes *name, struct tl_bytes *string)
{
    skip_blanks(text);
    if (text->len == 0 || (text->data[0] != '{' && text->data[0] != ','))
        return false;
    *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
    skip_blanks(text);
    if (!take_string(text, name))
        return false;
    skip_blanks(text);
    if (text->len == 0 || text->data[0] != ':')
        return false;
    *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
    skip_blanks(text);
    struct tl_bytes value = *text;
    string->len = 0;
    (void)take_string(&value, string);
    skip_value(text);
    return true;
}

/* Decodes one part of a token: base64 with "-" and "_" (RFC 4648 section 5). */
static struct tl_bytes decode(struct tl_bytes part, uint8_t out[PART / 4 * 3 + 3])
{
    uint8_t plain[PART];
    struct tl_base64 state = { 0 };
    part.len = part.len < PART ? part.len : PART;
    for (uint32_t i = 0; i < part.len; i++)
        plain[i] = part.data[i] == '-' ? '+' : part.data[i] == '_' ? '/' : part.data[i];
    return tl_bytes_of(out, tl_base64_decode(&state, (struct tl_bytes){ plain, part.len }, out));
}

/* Takes what is before the next dot. */
static struct tl_bytes take_part(struct tl_bytes *token)
{
    const uint8_t *dot = token->len > 0 ? memchr(token->data, '.', token->len) : NULL;
    struct tl_bytes part = dot != NULL ? tl_bytes_of(token->data, (size_t)(dot - token->data)) : *token;
    uint32_t n = part.len + (dot != NULL);
    *token = (struct tl_bytes){ token->data + n, token->len - n };
    return part;
}

struct told {
    uint32_t len, lines;
    bool cut;
    uint8_t text[TOLD];
};

static void tell(struct told *told, struct tl_bytes line)
{
    if (line.len > 0 && memchr(line.data, '\n', line.len) != NULL)
        return;
    if (told->lines > CLAIMS || line.len >= TOLD - told->len) {
        told->cut = true;
        return;
    }
    memcpy(told->text + told->len, line.data, line.len);
    told->len += line.len;
    told->text[told->len++] = '\n';
    told->lines++;
}

/* Reads header and claims. Values of claims are not told: they say who the user is, and more. */
static bool read_token(struct tl_bytes token, struct told *told)
{
    uint8_t out[PART / 4 * 3 + 3];
    struct tl_bytes name, value, alg = { NULL, 0 };
    if (token.len < 8 || memcmp(token.data, "eyJ", 3) != 0 || memchr(token.data, '.', token.len) == NULL)
        return false;
    struct tl_bytes json = decode(take_part(&token), out);
    while (next_member(&json, &name, &value))
        if (name.len == 3 && memcmp(name.data, "alg", 3) == 0)
            alg = value;
    if (alg.len == 0 || alg.len > METHOD)
        return false;
    tell(told, alg);
    if (told->lines == 0)
        return false;
    json = decode(take_part(&token), out);
    while (next_member(&json, &name, &value))
        tell(told, name);
    return true;
}

void tl_login_token(struct tl_dissection *d, uint32_t login, struct tl_bytes token)
{
    struct told told = { .len = 0 };
    tl_login_secret(d, login, token, false);
    if (login == 0 || !read_token(token, &told))
        return;
    uint32_t kept = tl_keep(d, told.text, told.len);
    pending(d, login)->told = kept;
    pending(d, login)->told_cut = told.cut;
}

/* --- the record --- */

static void fill_told(struct login_record *r, struct tl_bytes told, bool cut, struct tl_bytes items[CLAIMS])
{
    r->jwt_claims.items = items;
    for (bool first = true; told.len > 0; first = false) {
        const uint8_t *lf = memchr(told.data, '\n', told.len);
        struct tl_bytes line = tl_bytes_of(told.data, (size_t)(lf - told.data));
        told = (struct tl_bytes){ lf + 1, told.len - line.len - 1 };
        if (first)
            r->jwt_alg = line;
        else
            items[r->jwt_claims.count++] = line;
    }
    tl_record_set(&r->r, R_JWT_ALG);
    if (r->jwt_claims.count > 0)
        tl_record_set(&r->r, R_JWT_CLAIMS);
    r->r.cut |= (uint64_t)cut << R_JWT_CLAIMS;
}

static void fill(const struct tl_dissection *d, struct login_record *r, unsigned field, struct tl_bytes *to, uint32_t kept,
                 bool cut)
{
    if (kept != 0) {
        *to = tl_kept(d, kept);
        tl_record_set(&r->r, field);
    }
    r->r.cut |= (uint64_t)cut << field;
}

void tl_login_end(struct tl_dissection *d, uint32_t *login, enum tl_login_result result)
{
    struct tl_bytes items[CLAIMS];
    if (*login == 0)
        return;
    const struct pending_login *p = pending(d, *login);
    struct login_record r = { .r.ts = p->ts, .protocol = p->protocol, .success = result == TL_LOGIN_GRANTED };
    tl_record_set(&r.r, R_PROTOCOL);
    if (result != TL_LOGIN_UNANSWERED)
        tl_record_set(&r.r, R_SUCCESS);
    if (p->method_len > 0) {
        r.method = tl_bytes_of(p->method, p->method_len);
        tl_record_set(&r.r, R_METHOD);
    }
    r.r.cut |= (uint64_t)p->method_cut << R_METHOD;
    fill(d, &r, R_USER, &r.user, p->user, p->user_cut);
    fill(d, &r, R_PASSWORD, &r.password, p->secret, p->secret_cut);
    if (p->open)
        r.r.open |= UINT64_C(1) << R_PASSWORD;
    if (p->told != 0)
        fill_told(&r, tl_kept(d, p->told), p->told_cut, items);
    tl_emit(d, &tl_login_record_def, &r.r);
    const uint32_t texts[] = { p->user, p->secret, p->told };
    for (unsigned i = 0; i < TL_COUNT(texts); i++)
        if (texts[i] != 0)
            tl_forget(d, texts[i]);
    tl_forget(d, *login);
    *login = 0;
}

static void set_text(struct login_record *r, unsigned field, struct tl_bytes *to, struct tl_bytes text)
{
    *to = text;
    if (text.len > 0)
        tl_record_set(&r->r, field);
}

void tl_login_emit(struct tl_dissection *d, const struct tl_login *login)
{
    struct login_record r = { .r.ts = login->ts, .protocol = login->protocol, .attempt = login->attempt,
                              .success = login->success > 0 };
    tl_record_set(&r.r, R_PROTOCOL);
    tl_record_set(&r.r, R_ATTEMPT);
    if (login->success >= 0)
        tl_record_set(&r.r, R_SUCCESS);
    set_text(&r, R_USER, &r.user, login->user);
    set_text(&r, R_CLIENT_USER, &r.client_user, login->client_user);
    set_text(&r, R_MESSAGE, &r.message, login->message);
    set_text(&r, R_TERMINAL, &r.terminal, login->terminal);
    set_text(&r, R_COMMAND, &r.command, login->command);
    tl_emit(d, &tl_login_record_def, &r.r);
}
