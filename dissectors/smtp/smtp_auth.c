/*
 * smtp_auth.c - authentication by the client (RFC 4954): what its responses tell.
 */
#include "dissectors/smtp/smtp.h"

#include "dissectors/mail/mail_text.h"

static bool mechanism_is(const struct tl_smtp_flow *f, const char *name)
{
    return tl_sasl_is(&f->sasl, name);
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
                              struct tl_smtp_command *c)
{
    uint8_t decoded[TL_SMTP_LINE], text[sizeof f->sasl.name + 1 + TL_SMTP_TEXT];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    uint32_t off = (uint32_t)(response.data - d->c.base), n = f->sasl.len;
    uint32_t len = response.len < TL_SMTP_LINE ? tl_base64_decode(&state, response, decoded) : 0;
    struct tl_bytes whole = { decoded, len }, user = tl_sasl_user(&f->sasl, whole, first, &secret);
    if (!first && mechanism_is(f, "login"))
        secret = whole;
    if (user.len > 0)
        show_auth(d, SMTP_AUTH_USERNAME, user, off, response.len);
    if (secret.len > 0)
        show_auth(d, SMTP_AUTH_PASSWORD, secret, off, response.len);
    secret = tl_shown_text(d, TL_SECRET_WHOLE, secret);
    if (secret.len > 0)
        c->secret = tl_keep(d, secret.data, secret.len < TL_SMTP_TEXT ? secret.len : TL_SMTP_TEXT);
    if (user.len == 0 && !c->begins)
        return 0;
    c->lost |= f->sasl.cut;
    memcpy(text, f->sasl.name, n);
    if (user.len > 0) {
        uint32_t most = user.len < TL_SMTP_TEXT ? user.len : TL_SMTP_TEXT;
        text[n++] = ' ';
        memcpy(text + n, user.data, most);
        n += most;
    }
    return tl_smtp_keep_text(d, tl_bytes_of(text, n), &c->lost);
}

void tl_smtp_begin_auth(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes parameter,
                        struct tl_smtp_command *c)
{
    uint32_t n = tl_sasl_name_length(parameter);
    struct tl_bytes mechanism = { parameter.data, n };
    struct tl_bytes initial = tl_mail_trim((struct tl_bytes){ parameter.data + n, parameter.len - n });
    tl_sasl_begin(&f->sasl, mechanism, initial);
    c->begins = true;
    c->text = take_response(d, f, initial, true, c);
}

static bool is_first_response(const struct tl_smtp_flow *f)
{
    bool two = mechanism_is(f, "login") || mechanism_is(f, "xoauth2") || mechanism_is(f, "oauthbearer");
    return f->sasl.left == TL_SASL_UNKNOWN || f->sasl.left == (two ? 2 : 1);
}

/* Reads a line after AUTH. Skips lines beyond those of the mechanism, since they may be secrets too. */
void tl_smtp_response(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes line)
{
    if (f->sasl.left == 0 && line.len == 0)
        return;
    struct tl_smtp_command c = tl_smtp_begin_command(d, f, f->sasl.left > 0 ? TL_SMTP_AUTH : TL_SMTP_OTHER);
    tl_hide(d, line);
    if (f->sasl.left == 0) {
        if (tl_shows_secret(d, TL_SECRET_WHOLE)) {
            tl_smtp_begin_layer(d);
            tl_add_secret(d, SMTP_COMMAND_LINE, (uint32_t)(line.data - d->c.base), line.len, TL_SECRET_WHOLE);
        }
        tl_smtp_add_command(d, f, &c);
        return;
    }
    bool first = is_first_response(f) && !(mechanism_is(f, "xoauth2") && line.len == 0);
    if (line.len == 1 && line.data[0] == '*') { /* RFC 4954 section 4: the client cancels AUTH */
        f->sasl.left = 1;
        first = false;
    }
    c.text = take_response(d, f, line, first, &c);
    if (f->sasl.left != TL_SASL_UNKNOWN)
        f->sasl.left--;
    tl_smtp_add_command(d, f, &c);
}
