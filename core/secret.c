/* secret.c - how much of a secret is shown. */
#include "core/secret.h"
#include "core/sql.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* A token character (RFC 9110 section 5.6.2). */
static bool is_token(uint8_t c)
{
    uint8_t letter = lower(c);
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_gap(uint8_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0d);
}

static bool begins_with(const uint8_t *p, const uint8_t *end, const char *word)
{
    while (p < end && *word != 0 && lower(*p) == (uint8_t)*word)
        p++, word++;
    return *word == 0;
}

static const uint8_t *after_gap(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_gap(*p))
        p++;
    return p;
}

/* Registered schemes (RFC 9110 section 16.4.1), and those of Windows. */
static bool is_scheme(const uint8_t *p, const uint8_t *end)
{
    static const char *const known[] = { "basic",  "bearer",    "concealed", "digest",       "dpop",        "gnap",          "hoba",
                                         "mutual", "negotiate", "oauth",     "privatetoken", "scram-sha-1", "scram-sha-256", "vapid",
                                         "ntlm" };
    for (unsigned i = 0; i < TL_COUNT(known); i++) {
        if (strlen(known[i]) == (size_t)(end - p) && begins_with(p, end, known[i]))
            return true;
    }
    return false;
}

/* A single word may be the secret itself. It is shown only if it is a scheme and something follows it. */
static struct tl_bytes scheme_of(const uint8_t *p, const uint8_t *end)
{
    p = after_gap(p, end);
    const uint8_t *stop = p;
    while (stop < end && is_token(*stop))
        stop++;
    return tl_bytes_of(p, stop < end && is_gap(*stop) && is_scheme(p, stop) ? (size_t)(stop - p) : 0);
}

/* Keeps the names of "a=b; c=d". A cookie without a name is only a value. first: attributes follow the first one. */
static bool cookie_names(struct tl_bytes value, bool first, struct tl_arena *scratch, struct tl_bytes *shown)
{
    const uint8_t *p = value.data, *end = value.data + value.len;
    char *text = tl_arena_alloc(scratch, 2 * (size_t)value.len + 2);
    uint32_t len = 0;
    while (text != NULL && p < end) {
        const uint8_t *semicolon = memchr(p, ';', (size_t)(end - p));
        const uint8_t *stop = semicolon != NULL ? semicolon : end, *equals = memchr(p, '=', (size_t)(stop - p));
        p = after_gap(p, stop);
        if (equals != NULL && equals > p) {
            memcpy(text + len, "; ", len > 0 ? 2 : 0);
            len += len > 0 ? 2 : 0;
            memcpy(text + len, p, (size_t)(equals - p));
            len += (uint32_t)(equals - p);
        }
        p = first || stop == end ? end : stop + 1;
    }
    *shown = tl_bytes_of(text, len);
    return text != NULL;
}

/* Keeps a list of names, but of "authorization.bearer.TOKEN" only what stands before the token. */
static bool protocol_names(struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown)
{
    static const char bearer[] = "authorization.bearer.";
    const uint8_t *p = value.data, *end = value.data + value.len;
    uint8_t *text = tl_arena_alloc(scratch, value.len);
    uint32_t len = 0;
    while (text != NULL && p < end) {
        const uint8_t *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma != NULL ? comma + 1 : end;
        const uint8_t *item = after_gap(p, stop);
        size_t n = begins_with(item, stop, bearer) ? (size_t)(item - p) + sizeof bearer - 1 : (size_t)(stop - p);
        memcpy(text + len, p, n);
        len += (uint32_t)n;
        if (comma != NULL && p + n < stop)
            text[len++] = ',';
        p = stop;
    }
    *shown = tl_bytes_of(text, len);
    return text != NULL;
}

/* A header line: all of it, or only its name if the header holds credentials or cookies. */
static struct tl_bytes header_of(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *colon = memchr(p, ':', (size_t)(end - p)), *stop = colon != NULL ? colon : end;
    bool delicate = false;
    for (const uint8_t *at = p; at < stop && !delicate; at++)
        delicate = begins_with(at, stop, "cookie") || begins_with(at, stop, "authorization");
    stop = delicate ? p : end;
    while (delicate && stop < end && is_token(*stop))
        stop++;
    return tl_bytes_of(p, (size_t)(stop - p));
}

/*
 * The password in the authority that begins at p: [*from, *to), empty if there is none. Returns the end of the
 * authority. A password may hold any character but those that end the authority, so the last @ ends it.
 */
static const uint8_t *password_of(const uint8_t *p, const uint8_t *end, const uint8_t **from, const uint8_t **to)
{
    const uint8_t *colon = NULL, *at = NULL;
    for (; p < end && !is_gap(*p) && *p != '/' && *p != '?' && *p != '#' && *p != '"' && *p != '<' && *p != '>'; p++) {
        if (*p == ':' && colon == NULL)
            colon = p;
        if (*p == '@')
            at = p;
    }
    bool found = colon != NULL && at != NULL && colon < at;
    *from = found ? colon + 1 : p;
    *to = found ? at : p;
    return p;
}

/* Leaves out the passwords of all URIs in the text. Text without any is returned as it is. */
static bool uris_of(struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown)
{
    const uint8_t *p = value.data, *end = p + value.len, *done = p, *from, *to;
    uint8_t *text = NULL;
    uint32_t len = 0;
    if (value.len == 0 || memchr(p, '@', value.len) == NULL)
        return true;
    while ((p = memchr(p, '/', (size_t)(end - p))) != NULL) {
        if (++p == end || *p != '/')
            continue;
        p = password_of(p + 1, end, &from, &to);
        if (from == to)
            continue;
        if (text == NULL && (text = tl_arena_alloc(scratch, value.len)) == NULL)
            return false;
        memcpy(text + len, done, (size_t)(from - done));
        len += (uint32_t)(from - done);
        done = to;
    }
    if (text == NULL)
        return true;
    memcpy(text + len, done, (size_t)(end - done));
    *shown = tl_bytes_of(text, len + (uint32_t)(end - done));
    return true;
}

/* Here no path follows: the password ends at the last @. */
static bool authority_of(struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown)
{
    const uint8_t *p = value.data, *from = memchr(p, ':', value.len), *to = p + value.len;
    while (to > p && to[-1] != '@')
        to--;
    if (from == NULL || to == p || --to <= ++from)
        return true;
    uint8_t *text = tl_arena_alloc(scratch, value.len);
    if (text == NULL)
        return false;
    uint32_t before = (uint32_t)(from - p), after = (uint32_t)(p + value.len - to);
    memcpy(text, p, before);
    memcpy(text + before, to, after);
    *shown = tl_bytes_of(text, before + after);
    return true;
}

/* What follows the name may be a secret, whatever separates them. */
static uint32_t mechanism_length(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *from = p;
    while (p < end && ((lower(*p) >= 'a' && lower(*p) <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_'))
        p++;
    return (uint32_t)(p - from);
}

bool tl_secret_shown(enum tl_secret kind, struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown)
{
    *shown = value;
    if (value.len == 0) /* its bytes may be NULL */
        return kind != TL_SECRET_WHOLE && kind != TL_SECRET_MECHANISM;
    const uint8_t *p = value.data, *end = value.data + value.len;
    switch (kind) {
    case TL_SECRET_NOT:
        return true;
    case TL_SECRET_WHOLE:
        return false;
    case TL_SECRET_WORD:
        while (p < end && !is_gap(*p))
            p++;
        shown->len = (uint32_t)(p - value.data);
        return true;
    case TL_SECRET_MECHANISM:
        shown->len = mechanism_length(p, end);
        return shown->len > 0;
    case TL_SECRET_VERB:
        shown->len = value.len < 4 ? value.len : 4;
        return true;
    case TL_SECRET_SCHEME:
        *shown = scheme_of(p, end);
        return true;
    case TL_SECRET_COOKIES:
    case TL_SECRET_COOKIE:
        return cookie_names(value, kind == TL_SECRET_COOKIE, scratch, shown);
    case TL_SECRET_PROTOCOLS:
        return protocol_names(value, scratch, shown);
    case TL_SECRET_URI:
        return uris_of(value, scratch, shown);
    case TL_SECRET_AUTHORITY:
        return authority_of(value, scratch, shown);
    case TL_SECRET_SQL:
    case TL_SECRET_MYSQL:
        return tl_sql_without_literals(value, kind == TL_SECRET_MYSQL, scratch, shown);
    case TL_SECRET_SQL_ERROR:
        return tl_sql_error_without_values(value, scratch, shown);
    case TL_SECRET_HEADER:
        *shown = header_of(p, end);
        return uris_of(*shown, scratch, shown);
    }
    return false;
}

void tl_secret_mask(const struct tl_record_def *def, struct tl_record *record)
{
    for (uint32_t i = 0; i < def->field_count; i++)
        if ((record->masked >> i & 1) != 0 && def->fields[i].type == TL_REC_TEXT)
            *(struct tl_bytes *)(void *)((uint8_t *)record + def->fields[i].offset) = tl_bytes_of("<hidden>", 8);
    record->set |= record->masked;
    record->cut &= ~record->masked;
}
