/*
 * smtp_auth.c - authentication by the client (RFC 4954): mechanisms, user names in responses, what may be a secret.
 */
#include "dissectors/smtp/smtp.h"

#include "dissectors/mail/mail_text.h"

/*
 * Returns the length of a mechanism's name (RFC 4422 section 3.1). Text after it may be a secret, whatever separates
 * them.
 */
uint32_t tl_smtp_mechanism_length(struct tl_bytes text)
{
    uint32_t n = 0;
    while (n < text.len && (((text.data[n] | 0x20) >= 'a' && (text.data[n] | 0x20) <= 'z') || text.data[n] == '-' ||
                            text.data[n] == '_' || (text.data[n] >= '0' && text.data[n] <= '9')))
        n++;
    return n;
}

/* Returns how many lines the client sends after "AUTH mechanism", or after an initial response. */
static uint8_t responses_of(struct tl_bytes mechanism, bool initial)
{
    if (tl_mail_is(mechanism, "plain"))
        return initial ? 0 : 1;
    if (tl_mail_is(mechanism, "login"))
        return initial ? 1 : 2;
    if (tl_mail_is(mechanism, "cram-md5") || tl_mail_is(mechanism, "external"))
        return initial ? 0 : 1;
    if (tl_mail_is(mechanism, "xoauth2") || tl_mail_is(mechanism, "oauthbearer"))
        return initial ? 1 : 2; /* an empty line answers a challenge that reports the error */
    return UINT8_MAX;
}

static bool mechanism_is(const struct tl_smtp_flow *f, const char *name)
{
    return tl_mail_is(tl_bytes_of(f->mechanism, f->mechanism_len), name);
}

static const struct tl_bytes nothing = { NULL, 0 };

/* Returns the text before the first byte `end`; nothing if that byte is absent. */
static struct tl_bytes up_to(struct tl_bytes text, char end)
{
    const uint8_t *p = text.len > 0 ? memchr(text.data, end, text.len) : NULL;
    return p != NULL ? tl_bytes_of(text.data, (size_t)(p - text.data)) : nothing;
}

/* Returns the value of key (with its '=') up to one of the bytes in ends. */
static struct tl_bytes value_of(struct tl_bytes text, const char *key, const char *ends)
{
    uint32_t n = (uint32_t)strlen(key);
    for (uint32_t i = 0; i + n <= text.len; i++) {
        if (!tl_smtp_begins_with((struct tl_bytes){ text.data + i, text.len - i }, key))
            continue;
        uint32_t end = i + n;
        while (end < text.len && strchr(ends, text.data[end]) == NULL)
            end++;
        return (struct tl_bytes){ text.data + i + n, end - i - n };
    }
    return nothing;
}

/*
 * Returns the user name in a decoded response. first: it is the first response of the exchange. Never reads bytes that
 * could be a secret.
 */
static struct tl_bytes user_in(const struct tl_smtp_flow *f, struct tl_bytes text, bool first, struct tl_bytes *secret)
{
    if (!first)
        return nothing;
    if (mechanism_is(f, "plain")) { /* RFC 4616: authorization identity, 0, user, 0, secret */
        const uint8_t *zero = text.len > 0 ? memchr(text.data, 0, text.len) : NULL;
        if (zero == NULL)
            return nothing;
        struct tl_bytes rest = tl_bytes_of(zero + 1, text.len - (size_t)(zero - text.data) - 1), user = up_to(rest, 0);
        if (user.data != NULL) /* otherwise the bytes there may be the secret */
            *secret = (struct tl_bytes){ rest.data + user.len + 1, rest.len - user.len - 1 };
        return user;
    }
    if (mechanism_is(f, "login") || mechanism_is(f, "external"))
        return text;
    if (mechanism_is(f, "cram-md5")) { /* RFC 2195: name, space, digest */
        uint32_t end = text.len;
        while (end > 0 && text.data[end - 1] != ' ')
            end--;
        return (struct tl_bytes){ text.data, end > 0 ? end - 1 : 0 };
    }
    if (mechanism_is(f, "xoauth2"))
        return tl_smtp_begins_with(text, "user=") ? value_of(up_to(text, 1), "user=", "") : nothing;
    if (mechanism_is(f, "oauthbearer")) /* RFC 7628: the token follows the first byte 1 */
        return value_of(up_to(text, 1), ",a=", ",");
    if (f->mechanism_len > 5 && tl_smtp_begins_with(tl_bytes_of(f->mechanism, f->mechanism_len), "scram"))
        return value_of(text, ",n=", ",");
    if (mechanism_is(f, "digest-md5"))
        return value_of(text, "username=\"", "\"");
    return nothing;
}

static void show_auth(struct tl_dissection *d, unsigned field, struct tl_bytes text, uint32_t off, uint32_t len)
{
    tl_hide(d, tl_bytes_of(d->c.base + off, len)); /* the name, too, is read from bytes that have the secret */
    if (!tl_shows_secret(d, d->protocol->fields[field].secret))
        return;
    tl_smtp_begin_layer(d);
    tl_add_text(d, field, off, len, text.data, text.len);
}

/* Takes a response in base64: keeps "mechanism user" for the record if it contains the user name. */
static uint32_t take_response(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes response, bool first,
                              bool behind_auth, bool *cut)
{
    uint8_t decoded[TL_SMTP_LINE], text[sizeof f->mechanism + 1 + TL_SMTP_TEXT];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    uint32_t off = (uint32_t)(response.data - d->c.base), n = f->mechanism_len;
    uint32_t len = response.len < TL_SMTP_LINE ? tl_base64_decode(&state, response, decoded) : 0;
    struct tl_bytes whole = { decoded, len }, user = user_in(f, whole, first, &secret);
    if (!first && mechanism_is(f, "login"))
        secret = whole;
    if (user.len > 0)
        show_auth(d, SMTP_AUTH_USERNAME, user, off, response.len);
    if (secret.len > 0)
        show_auth(d, SMTP_AUTH_PASSWORD, secret, off, response.len);
    if (user.len == 0 && !behind_auth)
        return 0;
    *cut |= f->mechanism_cut;
    memcpy(text, f->mechanism, n);
    if (user.len > 0) {
        uint32_t most = user.len < TL_SMTP_TEXT ? user.len : TL_SMTP_TEXT;
        text[n++] = ' ';
        memcpy(text + n, user.data, most);
        n += most;
    }
    return tl_smtp_keep_text(d, tl_bytes_of(text, n), cut);
}

/* "=" is an empty response (RFC 4954 section 4). After it, mechanisms that need more start again. */
static bool has_initial(const struct tl_smtp_flow *f, struct tl_bytes initial)
{
    bool empty = initial.len == 1 && initial.data[0] == '=';
    return initial.len > 0 && (!empty || mechanism_is(f, "login") || mechanism_is(f, "external"));
}

void tl_smtp_begin_auth(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes parameter,
                        struct tl_smtp_command *c)
{
    uint32_t n = tl_smtp_mechanism_length(parameter);
    struct tl_bytes mechanism = { parameter.data, n };
    struct tl_bytes initial = tl_mail_trim((struct tl_bytes){ parameter.data + n, parameter.len - n });
    f->mechanism_cut = n > sizeof f->mechanism;
    f->mechanism_len = (uint8_t)(n < sizeof f->mechanism ? n : sizeof f->mechanism);
    for (uint32_t i = 0; i < f->mechanism_len; i++)
        f->mechanism[i] = (char)(mechanism.data[i] >= 'a' && mechanism.data[i] <= 'z' ? mechanism.data[i] - 32
                                                                                        : mechanism.data[i]);
    c->text = take_response(d, f, initial, true, true, &c->lost);
    f->responses = responses_of(mechanism, has_initial(f, initial));
}

static bool is_first_response(const struct tl_smtp_flow *f)
{
    return f->responses == UINT8_MAX || f->responses == (mechanism_is(f, "login") || mechanism_is(f, "xoauth2") ||
                                                         mechanism_is(f, "oauthbearer") ? 2 : 1);
}

/* Reads a line after AUTH. Skips lines beyond those of the mechanism, since they may be secrets too. */
void tl_smtp_response(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes line)
{
    if (f->responses == 0 && line.len == 0)
        return;
    struct tl_smtp_command c = tl_smtp_begin_command(d, f, f->responses > 0 ? TL_SMTP_AUTH : TL_SMTP_OTHER);
    tl_hide(d, line);
    if (f->responses == 0) {
        if (tl_shows_secret(d, TL_SECRET_WHOLE)) {
            tl_smtp_begin_layer(d);
            tl_add_secret(d, SMTP_COMMAND_LINE, (uint32_t)(line.data - d->c.base), line.len, TL_SECRET_WHOLE);
        }
        tl_smtp_add_command(d, f, &c);
        return;
    }
    bool first = is_first_response(f) && !(mechanism_is(f, "xoauth2") && line.len == 0);
    if (line.len == 1 && line.data[0] == '*') { /* RFC 4954 section 4: the client cancels AUTH */
        f->responses = 1;
        first = false;
    }
    c.text = take_response(d, f, line, first, false, &c.lost);
    if (f->responses != UINT8_MAX)
        f->responses--;
    tl_smtp_add_command(d, f, &c);
}
