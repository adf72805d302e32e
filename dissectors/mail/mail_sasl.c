/* mail_sasl.c - mechanisms: PLAIN (RFC 4616), CRAM-MD5 (RFC 2195), SCRAM (RFC 5802), bearer tokens (RFC 7628) .. */
#include "dissectors/mail/mail_sasl.h"

#include "dissectors/mail/mail_text.h"

uint32_t tl_sasl_name_length(struct tl_bytes text)
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

bool tl_sasl_is(const struct tl_sasl *x, const char *mechanism)
{
    return tl_mail_is(tl_bytes_of(x->name, x->len), mechanism);
}

static const struct tl_bytes nothing = { NULL, 0 };

/* Returns the text before the first byte `end`; nothing if that byte is absent. */
static struct tl_bytes up_to(struct tl_bytes text, char end)
{
    const uint8_t *p = text.len > 0 ? memchr(text.data, end, text.len) : NULL;
    return p != NULL ? tl_bytes_of(text.data, (size_t)(p - text.data)) : nothing;
}

static bool begins_with(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    return text.len >= n && tl_mail_is((struct tl_bytes){ text.data, n }, word);
}

/* Returns the value of key (with its '=') up to one of the bytes in ends. */
static struct tl_bytes value_of(struct tl_bytes text, const char *key, const char *ends)
{
    uint32_t n = (uint32_t)strlen(key);
    for (uint32_t i = 0; i + n <= text.len; i++) {
        if (!begins_with((struct tl_bytes){ text.data + i, text.len - i }, key))
            continue;
        uint32_t end = i + n;
        while (end < text.len && strchr(ends, text.data[end]) == NULL)
            end++;
        return (struct tl_bytes){ text.data + i + n, end - i - n };
    }
    return nothing;
}

struct tl_bytes tl_sasl_user(const struct tl_sasl *x, struct tl_bytes decoded, bool first, struct tl_bytes *secret)
{
    if (!first)
        return nothing;
    if (tl_sasl_is(x, "plain")) { /* RFC 4616: authorization identity, 0, user, 0, secret */
        const uint8_t *zero = decoded.len > 0 ? memchr(decoded.data, 0, decoded.len) : NULL;
        if (zero == NULL)
            return nothing;
        struct tl_bytes rest = tl_bytes_of(zero + 1, decoded.len - (size_t)(zero - decoded.data) - 1);
        struct tl_bytes user = up_to(rest, 0);
        if (user.data != NULL) /* otherwise the bytes there may be the secret */
            *secret = (struct tl_bytes){ rest.data + user.len + 1, rest.len - user.len - 1 };
        return user;
    }
    if (tl_sasl_is(x, "login") || tl_sasl_is(x, "external"))
        return decoded;
    if (tl_sasl_is(x, "cram-md5")) { /* RFC 2195: name, space, digest */
        uint32_t end = decoded.len;
        while (end > 0 && decoded.data[end - 1] != ' ')
            end--;
        return (struct tl_bytes){ decoded.data, end > 0 ? end - 1 : 0 };
    }
    if (tl_sasl_is(x, "xoauth2"))
        return begins_with(decoded, "user=") ? value_of(up_to(decoded, 1), "user=", "") : nothing;
    if (tl_sasl_is(x, "oauthbearer")) /* RFC 7628: the token follows the first byte 1 */
        return value_of(up_to(decoded, 1), ",a=", ",");
    if (x->len > 5 && begins_with(tl_bytes_of(x->name, x->len), "scram"))
        return value_of(decoded, ",n=", ",");
    if (tl_sasl_is(x, "digest-md5"))
        return value_of(decoded, "username=\"", "\"");
    return nothing;
}

/* "=" is an empty response (RFC 4954 section 4). After it, mechanisms that need more start again. */
static bool has_initial(const struct tl_sasl *x, struct tl_bytes initial)
{
    bool empty = initial.len == 1 && initial.data[0] == '=';
    return initial.len > 0 && (!empty || tl_sasl_is(x, "login") || tl_sasl_is(x, "external"));
}

void tl_sasl_begin(struct tl_sasl *x, struct tl_bytes mechanism, struct tl_bytes initial)
{
    uint32_t n = mechanism.len;
    *x = (struct tl_sasl){ .cut = n > sizeof x->name };
    x->len = (uint8_t)(n < sizeof x->name ? n : sizeof x->name);
    for (uint32_t i = 0; i < x->len; i++)
        x->name[i] = (char)(mechanism.data[i] >= 'a' && mechanism.data[i] <= 'z' ? mechanism.data[i] - 32
                                                                                  : mechanism.data[i]);
    x->begun = has_initial(x, initial);
    x->left = responses_of(mechanism, x->begun);
}

bool tl_sasl_response(struct tl_sasl *x, struct tl_bytes line)
{
    bool first = !x->begun;
    x->begun = true;
    if (line.len == 1 && line.data[0] == '*') { /* the client gives up: the server's final reply is next */
        x->left = 0;
        return false;
    }
    if (x->left != TL_SASL_UNKNOWN && x->left > 0)
        x->left--;
    return first;
}
