/* postgresql.c - PostgreSQL's protocol, version 3 (PostgreSQL documentation, chapter 55). */
#include "dissectors/postgresql/postgresql.h"

#include "core/channel.h"
#include "dissectors/text_fields.h"

static const struct tl_name auth_names[] = {
    { 0, "Success" }, { 1, "Kerberos V4" }, { 2, "Kerberos V5" }, { 3, "Plaintext password" }, { 4, "crypt()ed password" },
    { 5, "MD5 password" }, { 6, "SCM credentials" }, { 7, "GSSAPI" }, { 8, "GSSAPI/SSPI continue" }, { 9, "SSPI" },
    { 10, "SASL" }, { 11, "SASL continue" }, { 12, "SASL complete" }, { 0, NULL },
};
static const struct tl_name status_names[] = {
    { 'E', "In a failed transaction" }, { 'I', "Idle" }, { 'T', "In a transaction" }, { 0, NULL },
};
static const struct tl_name format_names[] = { { 0, "Text" }, { 1, "Binary" }, { 0, NULL } };

static const struct tl_field fields[PGSQL_FIELDS] = {
    [PGSQL_FRONTEND] = { "pgsql.frontend", "Frontend", .type = TL_BOOL, .help = "The client sent it" },
    [PGSQL_TYPE] = { "pgsql.type", "Type", .type = TL_TEXT },
    [PGSQL_LENGTH] = { "pgsql.length", "Length", .type = TL_U32, .unit = "bytes" },
    [PGSQL_MAJOR] = { "pgsql.version_major", "Major version", .type = TL_U16 },
    [PGSQL_MINOR] = { "pgsql.version_minor", "Minor version", .type = TL_U16 },
    [PGSQL_SUPPORTED_MINOR] = { "pgsql.version_supported_minor", "Newest minor version", .type = TL_U32 },
    [PGSQL_OPTIONS] = { "pgsql.number_nonsupported_options", "Options not supported", .type = TL_I32 },
    [PGSQL_OPTION] = { "pgsql.nonsupported_option", "Option not supported", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_PARAMETER_NAME] = { "pgsql.parameter_name", "Parameter", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_PARAMETER_VALUE] = { "pgsql.parameter_value", "Value", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_QUERY] = { "pgsql.query", "Query", .type = TL_TEXT, .secret = TL_SECRET_SQL,
                      .help = "Literals are secret" },
    [PGSQL_PASSWORD] = { "pgsql.password", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [PGSQL_AUTH] = { "pgsql.authtype", "Authentication", .type = TL_U32, .names = auth_names },
    [PGSQL_SALT] = { "pgsql.salt", "Salt", .type = TL_BYTES },
    [PGSQL_GSSAPI] = { "pgsql.auth.gssapi_sspi.data", "GSSAPI or SSPI data", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [PGSQL_SASL_MECH] = { "pgsql.auth.sasl.mech", "SASL mechanism", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_SASL_LENGTH] = { "pgsql.auth.sasl.data.length", "SASL data length", .type = TL_I32, .unit = "bytes" },
    [PGSQL_SASL_DATA] = { "pgsql.auth.sasl.data", "SASL data", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [PGSQL_STATEMENT] = { "pgsql.statement", "Statement", .type = TL_TEXT },
    [PGSQL_PORTAL] = { "pgsql.portal", "Portal", .type = TL_TEXT },
    [PGSQL_RETURNS] = { "pgsql.returns", "Most rows", .type = TL_U32, .help = "0: all" },
    [PGSQL_TAG] = { "pgsql.tag", "Tag", .type = TL_TEXT },
    [PGSQL_STATUS] = { "pgsql.status", "Status", .type = TL_U8, .names = status_names },
    [PGSQL_COPY_DATA] = { "pgsql.copydata", "Copied data", .type = TL_BYTES },
    [PGSQL_ERROR] = { "pgsql.error", "Reason", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR },
    [PGSQL_PID] = { "pgsql.pid", "Process", .type = TL_U32 },
    [PGSQL_KEY] = { "pgsql.key", "Key for a cancel request", .type = TL_U32, .help = "Secret" },
    [PGSQL_CONDITION] = { "pgsql.condition", "Channel", .type = TL_TEXT },
    [PGSQL_TEXT] = { "pgsql.text", "Text", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_OID_TABLE] = { "pgsql.oid.table", "Table", .type = TL_U32, .flags = TL_REPEATS },
    [PGSQL_OID_TYPE] = { "pgsql.oid.type", "Type of data", .type = TL_U32, .flags = TL_REPEATS },
    [PGSQL_OID] = { "pgsql.oid", "Function", .type = TL_U32 },
    [PGSQL_FORMAT] = { "pgsql.format", "Format", .type = TL_U16, .flags = TL_REPEATS, .names = format_names },
    [PGSQL_COUNT] = { "pgsql.field.count", "Number of fields", .type = TL_U16, .flags = TL_REPEATS },
    [PGSQL_COLUMN] = { "pgsql.col.name", "Column", .type = TL_TEXT, .flags = TL_REPEATS },
    [PGSQL_COLUMN_INDEX] = { "pgsql.col.index", "Number of the column", .type = TL_U32, .flags = TL_REPEATS },
    [PGSQL_VALUE_LENGTH] = { "pgsql.val.length", "Length of the value", .type = TL_I32, .flags = TL_REPEATS,
                             .help = "-1: NULL" },
    [PGSQL_VALUE] = { "pgsql.val.data", "Value", .type = TL_BYTES, .flags = TL_REPEATS,
                      .help = "Of a client: it is in place of a literal, and secret" },
    [PGSQL_TYPEMOD] = { "pgsql.col.typemod", "Type modifier", .type = TL_I32, .flags = TL_REPEATS },
    [PGSQL_SEVERITY] = { "pgsql.severity", "Severity", .type = TL_TEXT },
    [PGSQL_SEVERITY_FIXED] = { "pgsql.severity_fixed", "Severity, not translated", .type = TL_TEXT },
    [PGSQL_CODE] = { "pgsql.code", "Code", .type = TL_TEXT },
    [PGSQL_MESSAGE] = { "pgsql.message", "Message", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR },
    [PGSQL_DETAIL] = { "pgsql.detail", "Detail", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR },
    [PGSQL_HINT] = { "pgsql.hint", "Hint", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR },
    [PGSQL_POSITION] = { "pgsql.position", "Position", .type = TL_TEXT },
    [PGSQL_INTERNAL_POSITION] = { "pgsql.internal_position", "Position in the internal query", .type = TL_TEXT },
    [PGSQL_INTERNAL_QUERY] = { "pgsql.internal_query", "Internal query", .type = TL_TEXT, .secret = TL_SECRET_SQL },
    [PGSQL_WHERE] = { "pgsql.where", "Context", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR },
    [PGSQL_SCHEMA] = { "pgsql.schema_name", "Schema", .type = TL_TEXT },
    [PGSQL_TABLE] = { "pgsql.table_name", "Table", .type = TL_TEXT },
    [PGSQL_COLUMN_NAME] = { "pgsql.column_name", "Column of the error", .type = TL_TEXT },
    [PGSQL_TYPE_NAME] = { "pgsql.type_name", "Type of the error", .type = TL_TEXT },
    [PGSQL_CONSTRAINT] = { "pgsql.constraint_name", "Constraint", .type = TL_TEXT },
    [PGSQL_FILE] = { "pgsql.file", "Source file", .type = TL_TEXT },
    [PGSQL_LINE] = { "pgsql.line", "Source line", .type = TL_TEXT },
    [PGSQL_ROUTINE] = { "pgsql.routine", "Routine", .type = TL_TEXT },
    [PGSQL_SSL_REPLY] = { "pgsql.ssl_reply", "Answer to the request for encryption", .type = TL_TEXT,
                          .help = "S or G: it follows; N: refused" },
};

enum {
    PORT = 5432,
    STARTUP_MOST = 10000, /* bytes of the first message that a server takes */
    MESSAGE_MOST = 1 << 30,
    COLLECTED = 1 << 16,
    HOLD = 64 << 10,
};

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct tl_pgsql_flow *f, unsigned side)
{
    if (f->server_port == 0)
        return side == 1;
    return port_of(d, side) == f->server_port && (d->flow.orig_port != d->flow.resp_port || side == 1);
}

/* Is this the beginning of a first message? n is at least 8. */
static bool is_startup(const uint8_t *p)
{
    uint32_t len = tl_load_be32(p), code = tl_load_be32(p + 4);
    if (code == 80877103 || code == 80877104)
        return len == 8;
    if (code == 80877102)
        return len == 16;
    return code >> 16 == 3 && (code & 0xffff) < 32 && len > 8 && len <= STARTUP_MOST;
}

static bool is_message(const uint8_t *p, bool server)
{
    uint32_t len = tl_load_be32(p + 1);
    return tl_pgsql_is_type(p[0], server) && len >= 4 && len < MESSAGE_MOST;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    const struct tl_pgsql_flow *f = d->flow.slot;
    bool server = is_server(d, f, s->side);
    if (server && f->encryption != PGSQL_NOT_ASKED && p[0] != 'E' && p[0] != 'R')
        return p[0] == 'S' || p[0] == 'G' || p[0] == 'N' ? 1 : 0;
    if (p[0] == 0 && !server) {
        if (n < 8)
            return TL_FRAMED_MORE | 8;
        return is_startup(p) ? tl_load_be32(p) : 0;
    }
    if (n < 5)
        return TL_FRAMED_MORE | 5;
    return is_message(p, server) ? UINT64_C(1) + tl_load_be32(p + 1) : 0;
}

/* The server's answer to a request for encryption (section 55.2.10): a byte. */
static struct tl_want encryption(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t answer = p != NULL ? *p : 'N';
    bool granted = answer != 'N';
    tl_message(d);
    (void)tl_run(d, PGSQL_SSL_REPLY, 1);
    tl_pgsql_answer(d, f, PGSQL_SSL_REPLIED, answer == 'S' ? "S" : answer == 'G' ? "G" : "N");
    tl_pgsql_end(d, f, granted, true);
    bool gss = f->encryption == PGSQL_GSS_ASKED;
    f->encryption = PGSQL_NOT_ASKED;
    if (granted && gss)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (granted)
        return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
    tl_release(d);
    return tl_framed_next;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_pgsql_flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    bool server = is_server(d, f, s->side);
    if (!f->confirmed && (!server || f->encryption == PGSQL_NOT_ASKED)) {
        f->confirmed = true;
        tl_confirm(d);
    }
    if (server && f->encryption != PGSQL_NOT_ASKED && p[0] != 'E' && p[0] != 'R')
        return encryption(d, f);
    if (server) {
        if (f->encryption != PGSQL_NOT_ASKED) { /* a server that knows no encryption */
            f->encryption = PGSQL_NOT_ASKED;
            tl_release(d);
        }
        tl_pgsql_server(d, f);
        return tl_framed_next;
    }
    if (p[0] != 0) {
        tl_pgsql_client(d, f);
        return tl_framed_next;
    }
    tl_pgsql_startup(d, f);
    if (f->encryption != PGSQL_NOT_ASKED)
        return (struct tl_want){ TL_WANT_HOLD, HOLD, NULL };
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    bool server = is_server(d, d->flow.slot, s->side);
    if (bytes.len < 5 || !is_message(bytes.data, server))
        return false;
    uint64_t next = UINT64_C(1) + tl_load_be32(bytes.data + 1);
    return next > bytes.len ? next < COLLECTED : next == bytes.len || tl_pgsql_is_type(bytes.data[next], server);
}

static const struct tl_framed framed = { 1, COLLECTED, length, message, begins };

/* The server's port tells who it is, else the first message. */
static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_pgsql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    bool server = p != NULL && p[0] != 0 && s->side == 1;
    if (p != NULL && p[0] != 0 && (d->flow.orig_port == PORT) != (d->flow.resp_port == PORT))
        server = port_of(d, s->side) == PORT;
    f->server_port = port_of(d, server ? s->side : s->side ^ 1u);
}

static struct tl_want postgresql_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_pgsql_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_UNIT && f->server_port == 0)
        learn_roles(d, s, f);
    return tl_framed_stream(d, s, &framed, &f->side[is_server(d, f, s->side)]);
}

static void postgresql_finish(struct tl_dissection *d)
{
    struct tl_pgsql_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    tl_pgsql_write(d, f);
}

/* --- detection --- */

/* A startup message has a name behind the version; NUL ends it. */
static enum tl_probe startup_probe(const uint8_t *p, uint32_t n)
{
    if (n < 9)
        return p[0] == 0 && (n < 4 || tl_load_be32(p) <= STARTUP_MOST) && n < 8   ? TL_PROBE_MAYBE
               : n == 8 && is_startup(p) ? (tl_load_be32(p) == 8 ? TL_PROBE_YES : TL_PROBE_MAYBE)
                                         : TL_PROBE_NO;
    if (!is_startup(p))
        return TL_PROBE_NO;
    if (tl_load_be16(p + 4) != 3) /* nothing comes with a request for encryption before it is answered */
        return n == tl_load_be32(p) ? TL_PROBE_YES : n < tl_load_be32(p) ? TL_PROBE_MAYBE : TL_PROBE_NO;
    uint32_t i = 8;
    while (i < n && i < 72 && ((p[i] | 0x20) >= 'a' || p[i] == '_' || p[i] == '.') && (p[i] | 0x20) <= 'z')
        i++;
    if (i == n)
        return TL_PROBE_MAYBE;
    return i > 8 && p[i] == 0 ? TL_PROBE_YES : TL_PROBE_NO;
}

/* At home, a session from its middle: a message, and another behind it if there is one. */
static enum tl_probe message_probe(const uint8_t *p, uint32_t n, bool server)
{
    if (!tl_pgsql_is_type(p[0], server))
        return TL_PROBE_NO;
    if (n < 5)
        return TL_PROBE_MAYBE;
    uint64_t next = UINT64_C(1) + tl_load_be32(p + 1);
    if (!is_message(p, server) || next > COLLECTED)
        return TL_PROBE_NO;
    return next >= n || tl_pgsql_is_type(p[next], server) ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe postgresql_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (p[0] == 0) {
        enum tl_probe startup = startup_probe(p, n);
        return startup == TL_PROBE_MAYBE && n < 8 && !d->flow.home && n > 3 && tl_load_be32(p) < 8 ? TL_PROBE_NO : startup;
    }
    if (!d->flow.home)
        return TL_PROBE_NO;
    if (n == 1 && (p[0] == 'S' || p[0] == 'N'))
        return TL_PROBE_MAYBE;
    return message_probe(p, n, port_of(d, d->flow.side) == PORT);
}

const struct tl_protocol tl_protocol_postgresql = {
    .name = "pgsql",
    .title = "PostgreSQL",
    .service = "postgresql",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    .aliases = { "alpn:postgresql", "service:postgresql" },
    TL_TABLE(fields),
    .records = { &tl_pgsql_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_pgsql_flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{type}][ {authtype}][: {query}][: {tag}][: {severity}][ {code}][ {message}][ {ssl_reply}]",
    TL_BEGINS("\0\0"), .probe = postgresql_probe,
    .stream = postgresql_stream,
    .finish = postgresql_finish,
};
