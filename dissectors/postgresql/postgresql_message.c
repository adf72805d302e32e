/* postgresql_message.c - the messages of both sides (PostgreSQL documentation, section 55.7). */
#include "dissectors/postgresql/postgresql.h"
#include "dissectors/text_fields.h"

static const struct {
    uint8_t type;
    const char *client, *server;
} types[] = {
    { '1', NULL, "Parse completion" },
    { '2', NULL, "Bind completion" },
    { '3', NULL, "Close completion" },
    { 'A', NULL, "Notification" },
    { 'B', "Bind", NULL },
    { 'C', "Close", "Command completion" },
    { 'D', "Describe", "Data row" },
    { 'E', "Execute", "Error" },
    { 'F', "Function call", NULL },
    { 'G', NULL, "CopyIn response" },
    { 'H', "Flush", "CopyOut response" },
    { 'I', NULL, "Empty query" },
    { 'K', NULL, "Backend key data" },
    { 'N', NULL, "Notice" },
    { 'P', "Parse", NULL },
    { 'Q', "Simple query", NULL },
    { 'R', NULL, "Authentication request" },
    { 'S', "Sync", "Parameter status" },
    { 'T', NULL, "Row description" },
    { 'V', NULL, "Function call response" },
    { 'W', NULL, "CopyBoth response" },
    { 'X', "Termination", NULL },
    { 'Z', NULL, "Ready for query" },
    { 'c', "Copy completion", "Copy completion" },
    { 'd', "Copy data", "Copy data" },
    { 'f', "Copy failure", NULL },
    { 'n', NULL, "No data" },
    { 'p', "Password message", NULL },
    { 's', NULL, "Portal suspended" },
    { 't', NULL, "Parameter description" },
    { 'v', NULL, "Negotiate protocol version" },
};

static const char *name_of(uint8_t type, bool server)
{
    for (unsigned i = 0; i < TL_COUNT(types); i++)
        if (types[i].type == type)
            return server ? types[i].server : types[i].client;
    return NULL;
}

bool tl_pgsql_is_type(uint8_t type, bool server)
{
    return name_of(type, server) != NULL;
}

static void begin(struct tl_dissection *d, bool client, uint32_t type_bytes, const char *name)
{
    tl_message(d);
    tl_word(d, PGSQL_TYPE, type_bytes, name);
    tl_add(d, PGSQL_FRONTEND, d->c.off, 0, client);
}

/* --- the first message --- */

enum { CANCEL = 80877102, SSL = 80877103, GSS = 80877104 };

static void parameters(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 1) {
        struct tl_bytes name = tl_text_to_nul(d, PGSQL_PARAMETER_NAME);
        struct tl_bytes value = tl_text_to_nul(d, PGSQL_PARAMETER_VALUE);
        uint32_t *to = tl_text_is(name, "user")               ? &f->user
                       : tl_text_is(name, "database")         ? &f->database
                       : tl_text_is(name, "application_name") ? &f->application
                                                              : NULL;
        if (tl_ok(d) && to != NULL && *to == 0 && value.len > 0)
            *to = tl_keep(d, value.data, value.len < 256 ? value.len : 256);
    }
}

static void begin_login(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    if (f->user == 0)
        return;
    f->login = tl_login_begin(d, "postgresql", d->frame->ts);
    tl_login_user(d, f->login, tl_kept(d, f->user));
}

void tl_pgsql_startup(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 8);
    uint32_t code = p != NULL ? tl_load_be32(p + 4) : 0;
    begin(d, true, 0, code == SSL ? "SSL request" : code == GSS ? "GSS encrypt request" : code == CANCEL ? "Cancel request"
                                                                                        : "Startup message");
    (void)tl_u32(d, PGSQL_LENGTH);
    if (code == SSL || code == GSS) {
        tl_skip(d, 4);
        f->encryption = code == SSL ? PGSQL_SSL_ASKED : PGSQL_GSS_ASKED;
        tl_pgsql_begin(d, f, code == SSL ? "ssl_request" : "gssenc_request", tl_bytes_of("", 0));
        return;
    }
    f->encryption = PGSQL_NOT_ASKED;
    if (code == CANCEL) {
        tl_skip(d, 4);
        (void)tl_u32(d, PGSQL_PID);
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        if (tl_shows_secret(d, TL_SECRET_WHOLE))
            (void)tl_u32(d, PGSQL_KEY);
        tl_pgsql_begin(d, f, "cancel_request", tl_bytes_of("", 0));
        return;
    }
    (void)tl_u16(d, PGSQL_MAJOR);
    (void)tl_u16(d, PGSQL_MINOR);
    parameters(d, f);
    f->started = true;
    begin_login(d, f);
    tl_pgsql_begin(d, f, "startup", tl_bytes_of("", 0));
}

/* --- of the client --- */

/* A number, and so many formats of parameters or columns. */
static void formats(struct tl_dissection *d)
{
    for (unsigned n = tl_u16(d, PGSQL_COUNT); n > 0 && tl_ok(d); n--)
        (void)tl_u16(d, PGSQL_FORMAT);
}

/* Values with their lengths; -1 is NULL. What a client binds takes the place of literals. */
static void values(struct tl_dissection *d, bool secret)
{
    for (unsigned n = tl_u16(d, PGSQL_COUNT); n > 0 && tl_ok(d); n--) {
        int32_t len = (int32_t)tl_u32(d, PGSQL_VALUE_LENGTH);
        if (!tl_ok(d) || len <= 0)
            continue;
        uint32_t off = d->c.off;
        tl_skip(d, (uint32_t)len);
        if (!tl_ok(d) && secret)
            tl_hide(d, tl_bytes_of(d->c.base + off, tl_cursor_left(&d->c)));
        if (tl_ok(d) && secret)
            tl_add_secret(d, PGSQL_VALUE, off, (uint32_t)len, TL_SECRET_WHOLE);
        else if (tl_ok(d))
            tl_add(d, PGSQL_VALUE, off, (uint32_t)len, 0);
    }
}

static const char *password_name(const struct tl_pgsql_flow *f)
{
    return f->auth == 10                     ? "SASLInitialResponse message"
           : f->auth == 11                   ? "SASLResponse message"
           : f->auth >= 7 && f->auth <= 9 ? "GSSResponse message"
                                             : "Password message";
}

/* Without the NUL at its end. */
static struct tl_bytes bare(struct tl_bytes text)
{
    return tl_bytes_of(text.data, text.len > 0 && text.data[text.len - 1] == 0 ? text.len - 1 : text.len);
}

static void password(struct tl_dissection *d, const struct tl_pgsql_flow *f)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    if (f->auth == 10) {
        tl_login_method(d, f->login, bare(tl_text_to_nul(d, PGSQL_SASL_MECH)));
        int32_t len = (int32_t)tl_u32(d, PGSQL_SASL_LENGTH);
        if (len > 0)
            (void)tl_text_of(d, PGSQL_SASL_DATA, (uint32_t)len);
    } else if (f->auth == 11) {
        (void)tl_text_of(d, PGSQL_SASL_DATA, n);
    } else if (f->auth >= 7 && f->auth <= 9) {
        (void)tl_text_of(d, PGSQL_GSSAPI, n);
    } else {
        struct tl_bytes text = bare(tl_text_to_nul(d, PGSQL_PASSWORD));
        if (f->auth == 3)
            tl_login_secret(d, f->login, text, false);
    }
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
}

/* A statement. Of one that is too long to be collected the beginning is there. */
static struct tl_bytes query(struct tl_dissection *d)
{
    uint32_t off = d->c.off, left = tl_cursor_left(&d->c);
    if (tl_cursor_wire_left(&d->c) <= left)
        return tl_text_to_nul(d, PGSQL_QUERY);
    tl_add(d, PGSQL_QUERY, off, left, 0);
    tl_skip(d, left);
    return tl_bytes_of(d->c.base + off, left);
}

static void parse(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    (void)tl_text_to_nul(d, PGSQL_STATEMENT);
    struct tl_bytes text = query(d);
    for (unsigned n = tl_u16(d, PGSQL_COUNT); n > 0 && tl_ok(d); n--)
        (void)tl_u32(d, PGSQL_OID_TYPE);
    if (text.data != NULL)
        tl_pgsql_begin(d, f, "extended_query", text);
}

static void bind(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    if (!f->step.open) /* of a statement that was parsed earlier */
        tl_pgsql_begin(d, f, "extended_query", tl_bytes_of("", 0));
    (void)tl_text_to_nul(d, PGSQL_PORTAL);
    (void)tl_text_to_nul(d, PGSQL_STATEMENT);
    formats(d);
    values(d, true);
    formats(d);
}

static void function_call(struct tl_dissection *d)
{
    (void)tl_u32(d, PGSQL_OID);
    formats(d);
    values(d, true);
    (void)tl_u16(d, PGSQL_FORMAT);
}

static void describe(struct tl_dissection *d)
{
    const uint8_t *kind = tl_cursor_take(&d->c, 1);
    if (kind != NULL)
        (void)tl_text_to_nul(d, *kind == 'P' ? PGSQL_PORTAL : PGSQL_STATEMENT);
}

/* Rows. What a client sends takes the place of literals. */
static void copy_data(struct tl_dissection *d, bool secret)
{
    uint32_t left = tl_cursor_left(&d->c);
    if (left > 0 && secret) {
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, left));
        tl_add_secret(d, PGSQL_COPY_DATA, d->c.off, left, TL_SECRET_WHOLE);
        tl_skip(d, left);
    } else if (left > 0) {
        (void)tl_run(d, PGSQL_COPY_DATA, left);
    }
}

void tl_pgsql_client(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 5);
    uint8_t type = p != NULL ? *p : 0;
    const char *name = name_of(type, false);
    begin(d, true, 1, type == 'p' ? password_name(f) : name != NULL ? name : "Unknown");
    tl_skip(d, 1);
    (void)tl_u32(d, PGSQL_LENGTH);
    f->started = true;
    struct tl_bytes text;
    switch (type) {
    case 'Q':
        text = query(d);
        if (text.data != NULL)
            tl_pgsql_begin(d, f, "simple_query", text);
        break;
    case 'P':
        parse(d, f);
        break;
    case 'B':
        bind(d, f);
        break;
    case 'E':
        (void)tl_text_to_nul(d, PGSQL_PORTAL);
        (void)tl_u32(d, PGSQL_RETURNS);
        break;
    case 'D':
    case 'C':
        describe(d);
        break;
    case 'F':
        function_call(d);
        break;
    case 'd':
        copy_data(d, true);
        break;
    case 'f':
        (void)tl_text_to_nul(d, PGSQL_ERROR);
        break;
    case 'p':
        password(d, f);
        break;
    case 'X':
        tl_pgsql_begin(d, f, "terminate", tl_bytes_of("", 0));
        tl_pgsql_write(d, f);
        break;
    default:
        break;
    }
}

/* --- of the server --- */

static void authentication(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    static const char *const words[] = { NULL, "KerberosV4", "KerberosV5", "CleartextPassword", "CryptPassword", "MD5Password",
                                         "SCMCredential", "GSSAPI", "GSSContinue", "SSPI", "SASL" };
    /* As in pg_hba.conf. The client names the mechanism of SASL. */
    static const char *const methods[] = { [3] = "password", [4] = "crypt", [5] = "md5", [7] = "gss", [9] = "sspi" };
    uint32_t kind = tl_u32(d, PGSQL_AUTH);
    if (!tl_ok(d))
        return;
    if (kind <= 12)
        f->auth = (uint8_t)kind;
    if (kind > 0 && kind < TL_COUNT(methods) && methods[kind] != NULL)
        tl_login_method(d, f->login, tl_login_word(methods[kind]));
    if (kind == 0)
        tl_login_end(d, &f->login, TL_LOGIN_GRANTED);
    if (kind == 0)
        tl_pgsql_answer(d, f, PGSQL_AUTH_DONE, NULL);
    else if (kind < TL_COUNT(words))
        tl_pgsql_answer(d, f, PGSQL_AUTH_REQUESTED, words[kind]);
    if (kind == 4 || kind == 5)
        (void)tl_run(d, PGSQL_SALT, kind == 4 ? 2 : 4);
    else if (kind == 8 && tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, PGSQL_GSSAPI, tl_cursor_left(&d->c));
    else if (kind == 10)
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 1)
            (void)tl_text_to_nul(d, PGSQL_SASL_MECH);
    else if (kind == 11 || kind == 12)
        (void)tl_text_of(d, PGSQL_SASL_DATA, tl_cursor_left(&d->c));
}

static void key_data(struct tl_dissection *d)
{
    (void)tl_u32(d, PGSQL_PID);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (tl_shows_secret(d, TL_SECRET_WHOLE))
        (void)tl_u32(d, PGSQL_KEY);
}

static void columns(struct tl_dissection *d)
{
    for (unsigned n = tl_u16(d, PGSQL_COUNT); n > 0 && tl_ok(d); n--) {
        (void)tl_text_to_nul(d, PGSQL_COLUMN);
        (void)tl_u32(d, PGSQL_OID_TABLE);
        (void)tl_u16(d, PGSQL_COLUMN_INDEX);
        (void)tl_u32(d, PGSQL_OID_TYPE);
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        if (p != NULL) /* -1: it varies */
            tl_add(d, PGSQL_VALUE_LENGTH, d->c.off - 2, 2, (uint64_t)(int64_t)(int16_t)tl_load_be16(p));
        (void)tl_u32(d, PGSQL_TYPEMOD);
        (void)tl_u16(d, PGSQL_FORMAT);
    }
}

/* --- errors and notices (section 55.8) --- */

static const struct {
    uint8_t code;
    uint8_t field; /* PGSQL_FIELDS: none */
    const char *name;
} parts[] = {
    { 'S', PGSQL_SEVERITY, "SeverityLocalized" }, { 'V', PGSQL_SEVERITY_FIXED, "Severity" }, { 'C', PGSQL_CODE, "Code" },
    { 'M', PGSQL_MESSAGE, "Message" }, { 'D', PGSQL_DETAIL, "Detail" }, { 'H', PGSQL_HINT, "Hint" },
    { 'P', PGSQL_POSITION, "Position" }, { 'p', PGSQL_INTERNAL_POSITION, "InternalPosition" },
    { 'q', PGSQL_INTERNAL_QUERY, "InternalQuery" }, { 'W', PGSQL_WHERE, "Where" }, { 's', PGSQL_SCHEMA, "Schema" },
    { 't', PGSQL_TABLE, "Table" }, { 'c', PGSQL_COLUMN_NAME, "Column" }, { 'd', PGSQL_TYPE_NAME, "Data" },
    { 'n', PGSQL_CONSTRAINT, "Constraint" }, { 'F', PGSQL_FILE, "File" }, { 'L', PGSQL_LINE, "Line" },
    { 'R', PGSQL_ROUTINE, "Routine" },
};

enum { ERROR_MOST = 1024 };

struct error_text {
    uint32_t len;
    char text[ERROR_MOST];
};

static void append(struct error_text *to, const void *text, size_t n)
{
    if (n > ERROR_MOST - to->len)
        n = ERROR_MOST - to->len;
    memcpy(to->text + to->len, text, n);
    to->len += (uint32_t)n;
}

/* Places in the server's source and in the query are not in the record. */
static void append_part(const struct tl_dissection *d, struct error_text *to, uint8_t code, const char *name,
                        struct tl_bytes value)
{
    if (value.len == 0)
        return;
    if (code == 'q')
        value = tl_shown_text(d, TL_SECRET_SQL, value);
    else if (code == 'M' || code == 'D' || code == 'H' || code == 'W')
        value = tl_shown_text(d, TL_SECRET_SQL_ERROR, value);
    append(to, ",", to->len > 0);
    append(to, name, strlen(name));
    append(to, "=", 1);
    append(to, value.data, value.len);
}

static void error_parts(struct tl_dissection *d, struct error_text *to)
{
    to->len = 0;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 1) {
        const uint8_t *code = tl_cursor_take(&d->c, 1);
        if (code == NULL || *code == 0)
            return;
        unsigned i = 0;
        while (i < TL_COUNT(parts) && parts[i].code != *code)
            i++;
        struct tl_bytes value = tl_text_to_nul(d, i < TL_COUNT(parts) ? parts[i].field : PGSQL_TEXT);
        if (i < TL_COUNT(parts))
            append_part(d, to, *code, parts[i].name, value);
    }
}

/* --- */

static void negotiation(struct tl_dissection *d)
{
    (void)tl_u32(d, PGSQL_SUPPORTED_MINOR);
    for (uint32_t n = tl_u32(d, PGSQL_OPTIONS); n > 0 && tl_ok(d); n--)
        (void)tl_text_to_nul(d, PGSQL_OPTION);
}

static void copy_begins(struct tl_dissection *d)
{
    (void)tl_u8(d, PGSQL_FORMAT);
    unsigned n = tl_u16(d, PGSQL_COUNT);
    tl_skip(d, 2 * n); /* the same format for each column */
}

static void ready(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    uint8_t status = tl_u8(d, PGSQL_STATUS);
    if (tl_ok(d))
        tl_pgsql_end(d, f, status == 'I' || status == 'T', true);
}

static void failed(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    struct error_text text;
    const size_t used = d->scratch->used;
    error_parts(d, &text);
    tl_pgsql_fail(d, f, tl_bytes_of(text.text, text.len));
    if (d->tree == NULL)
        d->scratch->used = used;
}

static void notification(struct tl_dissection *d)
{
    (void)tl_u32(d, PGSQL_PID);
    (void)tl_text_to_nul(d, PGSQL_CONDITION);
    (void)tl_text_to_nul(d, PGSQL_TEXT);
}

/* The rarer messages, which no record depends on. */
static void other(struct tl_dissection *d, uint8_t type)
{
    struct error_text text;
    switch (type) {
    case 'A':
        notification(d);
        break;
    case 'G':
    case 'H':
    case 'W':
        copy_begins(d);
        break;
    case 'K':
        key_data(d);
        break;
    case 'N':
        error_parts(d, &text);
        break;
    case 'S':
        (void)tl_text_to_nul(d, PGSQL_PARAMETER_NAME);
        (void)tl_text_to_nul(d, PGSQL_PARAMETER_VALUE);
        break;
    case 'T':
        columns(d);
        break;
    case 'd':
        copy_data(d, false);
        break;
    case 't':
        for (unsigned n = tl_u16(d, PGSQL_COUNT); n > 0 && tl_ok(d); n--)
            (void)tl_u32(d, PGSQL_OID_TYPE);
        break;
    case 'v':
        negotiation(d);
        break;
    default:
        break;
    }
}

void tl_pgsql_server(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 5);
    uint8_t type = p != NULL ? *p : 0;
    const char *name = name_of(type, true);
    begin(d, false, 1, name != NULL ? name : "Unknown");
    tl_skip(d, 1);
    (void)tl_u32(d, PGSQL_LENGTH);
    switch (type) {
    case 'R':
        authentication(d, f);
        break;
    case 'C':
        (void)tl_text_to_nul(d, PGSQL_TAG);
        break;
    case 'D':
        values(d, false);
        tl_pgsql_row(d, f);
        break;
    case 'E':
        failed(d, f);
        break;
    case 'Z':
        ready(d, f);
        break;
    default:
        other(d, type);
        break;
    }
}
