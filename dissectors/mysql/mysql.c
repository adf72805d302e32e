/*
 * mysql.c - MySQL and MariaDB, protocol version 10 (MySQL Internals, Client/Server Protocol): each packet has its length
 * (3 bytes, the least significant first) and its number within a command.
 */
#include "dissectors/mysql/mysql.h"

#include "core/channel.h"

static const struct tl_name command_names[] = {
    { 0, "Sleep" }, { 1, "Quit" }, { 2, "Use Database" }, { 3, "Query" }, { 4, "Show Fields" }, { 5, "Create Database" },
    { 6, "Drop Database" }, { 7, "Refresh" }, { 8, "Shutdown" }, { 9, "Statistics" }, { 10, "Process List" },
    { 11, "Connect" }, { 12, "Kill Server Thread" }, { 13, "Dump Debuginfo" }, { 14, "Ping" }, { 15, "Time" },
    { 16, "Insert Delayed" }, { 17, "Change User" }, { 18, "Send Binlog" }, { 19, "Send Table" },
    { 20, "Slave Connect" }, { 21, "Register Slave" }, { 22, "Prepare Statement" }, { 23, "Execute Statement" },
    { 24, "Send BLOB" }, { 25, "Close Statement" }, { 26, "Reset Statement" }, { 27, "Set Option" },
    { 28, "Fetch Data" }, { 29, "Daemon" }, { 30, "Send Binlog GTID" }, { 31, "Reset Connection" }, { 0, NULL },
};
static const struct tl_name code_names[] = { { 0, "OK" }, { 0xfe, "EOF" }, { 0xff, "Error" }, { 0, NULL } };
static const struct tl_name type_names[] = {
    { 0, "DECIMAL" }, { 1, "TINY" }, { 2, "SHORT" }, { 3, "LONG" }, { 4, "FLOAT" }, { 5, "DOUBLE" }, { 6, "NULL" },
    { 7, "TIMESTAMP" }, { 8, "LONGLONG" }, { 9, "INT24" }, { 10, "DATE" }, { 11, "TIME" }, { 12, "DATETIME" },
    { 13, "YEAR" }, { 14, "NEWDATE" }, { 15, "VARCHAR" }, { 16, "BIT" }, { 245, "JSON" }, { 246, "NEWDECIMAL" },
    { 247, "ENUM" }, { 248, "SET" }, { 249, "TINY_BLOB" }, { 250, "MEDIUM_BLOB" }, { 251, "LONG_BLOB" },
    { 252, "BLOB" }, { 253, "VAR_STRING" }, { 254, "STRING" }, { 255, "GEOMETRY" }, { 0, NULL },
};

#define CAP(index, key, label, bit) [index] = { key, label, .type = TL_BOOL, .mask = (bit) }
static const struct tl_field fields[MYSQL_FIELDS] = {
    [MYSQL_LENGTH] = { "mysql.packet_length", "Length", .type = TL_U24, .unit = "bytes" },
    [MYSQL_NUMBER] = { "mysql.packet_number", "Number", .type = TL_U8 },
    [MYSQL_PROTOCOL] = { "mysql.protocol", "Protocol", .type = TL_U8 },
    [MYSQL_VERSION] = { "mysql.version", "Version", .type = TL_TEXT },
    [MYSQL_THREAD] = { "mysql.thread_id", "Thread", .type = TL_U32 },
    [MYSQL_SALT] = { "mysql.salt", "Challenge", .type = TL_TEXT },
    [MYSQL_SALT2] = { "mysql.salt2", "Rest of the challenge", .type = TL_TEXT },
    [MYSQL_CAPS_SERVER] = { "mysql.caps.server", "Capabilities of the server", .type = TL_U16, .base = TL_HEX },
    [MYSQL_CAPS_CLIENT] = { "mysql.caps.client", "Capabilities of the client", .type = TL_U16, .base = TL_HEX },
    CAP(MYSQL_CAP_LP, "mysql.caps.lp", "Long password", 0x1),
    CAP(MYSQL_CAP_FR, "mysql.caps.fr", "Found rows", 0x2),
    CAP(MYSQL_CAP_LF, "mysql.caps.lf", "Long column flags", 0x4),
    CAP(MYSQL_CAP_CD, "mysql.caps.cd", "Connect with database", 0x8),
    CAP(MYSQL_CAP_NS, "mysql.caps.ns", "No database.table.column", 0x10),
    CAP(MYSQL_CAP_CP, "mysql.caps.cp", "Compression", 0x20),
    CAP(MYSQL_CAP_OB, "mysql.caps.ob", "ODBC client", 0x40),
    CAP(MYSQL_CAP_LI, "mysql.caps.li", "LOAD DATA LOCAL", 0x80),
    CAP(MYSQL_CAP_IS, "mysql.caps.is", "Spaces before (", 0x100),
    CAP(MYSQL_CAP_CU, "mysql.caps.cu", "Protocol 4.1", 0x200),
    CAP(MYSQL_CAP_IA, "mysql.caps.ia", "Interactive client", 0x400),
    CAP(MYSQL_CAP_SL, "mysql.caps.sl", "TLS", 0x800),
    CAP(MYSQL_CAP_II, "mysql.caps.ii", "Ignores SIGPIPE", 0x1000),
    CAP(MYSQL_CAP_TA, "mysql.caps.ta", "Transactions", 0x2000),
    CAP(MYSQL_CAP_RS, "mysql.caps.rs", "Protocol 4.1, old flag", 0x4000),
    CAP(MYSQL_CAP_SC, "mysql.caps.sc", "Authentication of 4.1", 0x8000),
    [MYSQL_EXTCAPS_SERVER] = { "mysql.extcaps.server", "More capabilities of the server", .type = TL_U16, .base = TL_HEX },
    [MYSQL_EXTCAPS_CLIENT] = { "mysql.extcaps.client", "More capabilities of the client", .type = TL_U16, .base = TL_HEX },
    CAP(MYSQL_CAP_MS, "mysql.caps.ms", "Several statements", 0x1),
    CAP(MYSQL_CAP_MR, "mysql.caps.mr", "Several results", 0x2),
    CAP(MYSQL_CAP_PM, "mysql.caps.pm", "Several results of prepared statements", 0x4),
    CAP(MYSQL_CAP_PA, "mysql.caps.pa", "Plugins for authentication", 0x8),
    CAP(MYSQL_CAP_CA, "mysql.caps.ca", "Attributes of the connection", 0x10),
    CAP(MYSQL_CAP_EP, "mysql.caps.ep", "Expired passwords", 0x40),
    CAP(MYSQL_CAP_TRACK, "mysql.caps.session_track", "Tracking of the session", 0x80),
    CAP(MYSQL_CAP_EOF, "mysql.caps.deprecate_eof", "No EOF packets", 0x100),
    [MYSQL_LANGUAGE] = { "mysql.server_language", "Character set of the server", .type = TL_U8 },
    [MYSQL_STATUS] = { "mysql.server_status", "Status", .type = TL_U16, .base = TL_HEX },
    CAP(MYSQL_STAT_IT, "mysql.stat.it", "In a transaction", 0x1),
    CAP(MYSQL_STAT_AC, "mysql.stat.ac", "Automatic commit", 0x2),
    CAP(MYSQL_STAT_MU, "mysql.stat.mu", "Several queries", 0x4),
    CAP(MYSQL_STAT_MR, "mysql.stat.mr", "More results", 0x8),
    CAP(MYSQL_STAT_BI, "mysql.stat.bi", "Bad index used", 0x10),
    CAP(MYSQL_STAT_NI, "mysql.stat.ni", "No index used", 0x20),
    CAP(MYSQL_STAT_CR, "mysql.stat.cr", "Cursor exists", 0x40),
    CAP(MYSQL_STAT_LR, "mysql.stat.lr", "Last row sent", 0x80),
    CAP(MYSQL_STAT_DR, "mysql.stat.dr", "Database dropped", 0x100),
    CAP(MYSQL_STAT_BS, "mysql.stat.bs", "No backslash escapes", 0x200),
    CAP(MYSQL_STAT_SLOW, "mysql.stat.query_was_slow", "Query was slow", 0x800),
    [MYSQL_AUTH_PLUGIN_LENGTH] = { "mysql.auth_plugin.length", "Length of the challenge", .type = TL_U8 },
    [MYSQL_AUTH_PLUGIN] = { "mysql.auth_plugin", "Plugin for authentication", .type = TL_TEXT },
    [MYSQL_MARIADB_CAPS] = { "mysql.mariadb_caps", "Capabilities of MariaDB", .type = TL_U32, .base = TL_HEX },
    [MYSQL_UNUSED] = { "mysql.unused", "Unused", .type = TL_BYTES },
    [MYSQL_MAX_PACKET] = { "mysql.max_packet", "Longest packet", .type = TL_U32, .unit = "bytes" },
    [MYSQL_CHARSET] = { "mysql.charset", "Character set", .type = TL_U8 },
    [MYSQL_USER] = { "mysql.user", "User", .type = TL_TEXT },
    [MYSQL_PASSWD] = { "mysql.passwd", "Proof of the password", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [MYSQL_SCHEMA] = { "mysql.schema", "Database", .type = TL_TEXT },
    [MYSQL_CLIENT_PLUGIN] = { "mysql.client_auth_plugin", "Plugin of the client", .type = TL_TEXT },
    [MYSQL_ATTR_NAME] = { "mysql.connattrs.name", "Attribute", .type = TL_TEXT, .flags = TL_REPEATS },
    [MYSQL_ATTR_VALUE] = { "mysql.connattrs.value", "Value", .type = TL_TEXT, .flags = TL_REPEATS },
    [MYSQL_COMMAND] = { "mysql.command", "Command", .type = TL_U8, .names = command_names },
    [MYSQL_QUERY] = { "mysql.query", "Statement", .type = TL_TEXT, .secret = TL_SECRET_MYSQL,
                      .help = "Literals are secret" },
    [MYSQL_TABLE_NAME] = { "mysql.table_name", "Table", .type = TL_TEXT },
    [MYSQL_STMT] = { "mysql.stmt_id", "Prepared statement", .type = TL_U32 },
    [MYSQL_PARAMS] = { "mysql.num_params", "Number of parameters", .type = TL_U16 },
    [MYSQL_PARAM] = { "mysql.param", "Parameter", .type = TL_U16 },
    [MYSQL_ROWS] = { "mysql.num_rows", "Rows to fetch", .type = TL_U32 },
    [MYSQL_EXEC_FLAGS] = { "mysql.exec_flags", "Flags", .type = TL_U8 },
    [MYSQL_EXEC_ITER] = { "mysql.exec_iter", "Iterations", .type = TL_U32 },
    [MYSQL_OPTION] = { "mysql.option", "Option", .type = TL_U16 },
    [MYSQL_PAYLOAD] = { "mysql.payload", "Values of parameters", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [MYSQL_CODE] = { "mysql.response_code", "Kind of reply", .type = TL_U8, .base = TL_HEX, .names = code_names },
    [MYSQL_ERROR_CODE] = { "mysql.error_code", "Error", .type = TL_U16 },
    [MYSQL_SQLSTATE] = { "mysql.sqlstate", "SQL state", .type = TL_TEXT },
    [MYSQL_ERROR] = { "mysql.error.message", "Message", .type = TL_TEXT, .secret = TL_SECRET_SQL_ERROR,
                      .help = "What it quotes is secret" },
    [MYSQL_MESSAGE] = { "mysql.message", "Text", .type = TL_TEXT },
    [MYSQL_AFFECTED] = { "mysql.affected_rows", "Rows changed", .type = TL_U64 },
    [MYSQL_INSERT] = { "mysql.insert_id", "Last inserted id", .type = TL_U64 },
    [MYSQL_WARNINGS] = { "mysql.warnings", "Warnings", .type = TL_U16 },
    [MYSQL_EOF] = { "mysql.eof", "End mark", .type = TL_U8 },
    [MYSQL_FIELD_COUNT] = { "mysql.num_fields", "Number of columns", .type = TL_U64 },
    [MYSQL_CATALOG] = { "mysql.field.catalog", "Catalog", .type = TL_TEXT },
    [MYSQL_DB] = { "mysql.field.db", "Database of the column", .type = TL_TEXT },
    [MYSQL_TABLE] = { "mysql.field.table", "Table of the column", .type = TL_TEXT },
    [MYSQL_ORG_TABLE] = { "mysql.field.org_table", "Table, without alias", .type = TL_TEXT },
    [MYSQL_NAME] = { "mysql.field.name", "Column", .type = TL_TEXT },
    [MYSQL_ORG_NAME] = { "mysql.field.org_name", "Column, without alias", .type = TL_TEXT },
    [MYSQL_FIELD_CHARSET] = { "mysql.field.charsetnr", "Character set of the column", .type = TL_U16 },
    [MYSQL_FIELD_LENGTH] = { "mysql.field.length", "Longest value", .type = TL_U32 },
    [MYSQL_FIELD_TYPE] = { "mysql.field.type", "Type", .type = TL_U8, .names = type_names },
    [MYSQL_FIELD_FLAGS] = { "mysql.field.flags", "Flags of the column", .type = TL_U16, .base = TL_HEX },
    [MYSQL_DECIMALS] = { "mysql.field.decimals", "Decimals", .type = TL_U8 },
    [MYSQL_ROW_TEXT] = { "mysql.row.text", "Value of the row", .type = TL_TEXT, .flags = TL_REPEATS },
    [MYSQL_SWITCH_NAME] = { "mysql.auth_switch_request.name", "Other way to log in", .type = TL_TEXT },
    [MYSQL_SWITCH_DATA] = { "mysql.auth_switch_request.data", "Its challenge", .type = TL_BYTES },
    [MYSQL_SWITCH_RESPONSE] = { "mysql.auth_switch_response.data", "Answer to it", .type = TL_BYTES,
                                .secret = TL_SECRET_WHOLE },
    [MYSQL_COMPRESSED_LENGTH] = { "mysql.compressed_packet_length", "Compressed length", .type = TL_U24, .unit = "bytes" },
    [MYSQL_COMPRESSED_NUMBER] = { "mysql.compressed_packet_number", "Number of the compressed packet", .type = TL_U24 },
    [MYSQL_UNCOMPRESSED_LENGTH] = { "mysql.compressed_packet_length_uncompressed", "Length when inflated", .type = TL_U24,
                                    .help = "0: not compressed" },
};

enum { PORT = 3306, COLLECTED = 1 << 16 };

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct tl_mysql_flow *f, unsigned side)
{
    if (f->server_port == 0)
        return side == 1;
    return port_of(d, side) == f->server_port && (d->flow.orig_port != d->flow.resp_port || side == 1);
}

static uint32_t le24(const uint8_t *p)
{
    return (uint32_t)p[2] << 16 | tl_load_le16(p);
}

static uint32_t number24(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 3);
    uint32_t value = p != NULL ? le24(p) : 0;
    if (p != NULL)
        tl_add(d, field, d->c.off - 3, 3, value);
    return value;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    const struct tl_mysql_flow *f = d->flow.slot;
    (void)s;
    if (f->compressed && n < 7)
        return TL_FRAMED_MORE | 7;
    return (f->compressed ? UINT64_C(7) : UINT64_C(4)) + le24(p);
}

/* Behind the login, packets are in compressed ones, which are not read. */
static void compressed_packet(struct tl_dissection *d, bool server, struct tl_mysql_flow *f)
{
    (void)number24(d, MYSQL_COMPRESSED_LENGTH);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add(d, MYSQL_COMPRESSED_NUMBER, d->c.off - 1, 1, *p);
    uint32_t inflated = number24(d, MYSQL_UNCOMPRESSED_LENGTH);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    p = tl_cursor_peek(&d->c, 0, 5);
    if (inflated != 0 || server || p == NULL || p[3] != 0)
        return;
    (void)number24(d, MYSQL_LENGTH);
    (void)tl_u8(d, MYSQL_NUMBER);
    tl_mysql_command(d, f);
    tl_mysql_give_up(d, f);
}

static void from_server(struct tl_dissection *d, struct tl_mysql_flow *f, uint8_t number)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (f->state == MYSQL_AT_GREETING && number == 0)
        tl_mysql_greeting(d, f);
    else if (f->state == MYSQL_AT_LOGIN && f->pending)
        tl_mysql_login_reply(d, f);
    else if (p != NULL && *p == 0xff && f->state == MYSQL_AT_LOGIN)
        tl_mysql_error(d, f);
    else
        tl_mysql_result(d, f);
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mysql_flow *f = d->flow.slot;
    bool server = is_server(d, f, s->side);
    tl_message(d);
    if (f->compressed) {
        compressed_packet(d, server, f);
        return tl_framed_next;
    }
    (void)number24(d, MYSQL_LENGTH);
    uint8_t number = tl_u8(d, MYSQL_NUMBER);
    bool login = f->state == MYSQL_AT_LOGIN && !f->pending;
    if (server) {
        from_server(d, f, number);
        return tl_framed_next;
    }
    if (!f->confirmed && (login || number == 0)) {
        f->confirmed = true;
        tl_confirm(d);
    }
    if (login || (f->state == MYSQL_AT_GREETING && number == 1)) {
        if (tl_mysql_login(d, f))
            return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
    } else if (f->state == MYSQL_AT_LOGIN && number != 0) {
        tl_mysql_auth(d, f);
    } else if (number == 0) {
        tl_mysql_command(d, f);
    } else { /* a file that the server asked for */
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    }
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    const struct tl_mysql_flow *f = d->flow.slot;
    if (f->compressed || bytes.len < 5)
        return false;
    if (is_server(d, f, s->side))
        return bytes.data[3] == 1 && le24(bytes.data) + 4 <= bytes.len;
    return bytes.data[3] == 0 && bytes.data[4] < MYSQL_COMMANDS && le24(bytes.data) + 4 == bytes.len;
}

static const struct tl_framed framed = { 4, COLLECTED, length, message, begins };

/* A greeting has number 0, a version, and zeros in their places. */
static bool is_greeting(const uint8_t *p, uint32_t n)
{
    const uint8_t *nul = n > 6 && p[3] == 0 && p[4] == 10 && p[5] >= '0' && p[5] <= '9'
                             ? memchr(p + 5, 0, n - 5 < 64 ? n - 5 : 64)
                             : NULL;
    return nul != NULL && n > (uint32_t)(nul - p) + 13 && nul[13] == 0;
}

/* "Host is not allowed": an error in place of a greeting. */
static bool is_refusal(const uint8_t *p, uint32_t n)
{
    return n > 7 && p[3] == 0 && p[4] == 0xff && le24(p) + 4 == n && p[6] >= 4 && p[6] < 8;
}

static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_mysql_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    bool server = p != NULL && n >= 4 && p[3] == 0 && s->side == 1;
    if ((d->flow.orig_port == PORT) != (d->flow.resp_port == PORT))
        server = port_of(d, s->side) == PORT;
    f->server_port = port_of(d, server ? s->side : s->side ^ 1u);
    if (!server && n >= 4 && p[3] == 0)
        f->state = MYSQL_AT_NOTHING;
}

static struct tl_want mysql_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mysql_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_UNIT && f->server_port == 0)
        learn_roles(d, s, f);
    bool server = is_server(d, f, s->side);
    if (s->event == TL_EV_GAP && server && f->state != MYSQL_AT_LOGIN)
        f->state = MYSQL_AT_NOTHING;
    return tl_framed_stream(d, s, &framed, &f->side[server]);
}

static void mysql_finish(struct tl_dissection *d)
{
    struct tl_mysql_flow *f = d->flow.slot;
    if (f != NULL)
        tl_mysql_give_up(d, f);
}

/* --- detection --- */

/* At home, sessions from their middle: a command or a login that fills its packet. */
static enum tl_probe client_probe(const uint8_t *p, uint32_t n)
{
    uint32_t len = le24(p);
    if (p[3] == 1 && len >= 32 && len < 4096)
        return n < 6 ? TL_PROBE_MAYBE : (p[5] & 2) != 0 ? TL_PROBE_YES : TL_PROBE_NO;
    if (p[3] != 0 || len == 0)
        return TL_PROBE_NO;
    return n < 5 ? TL_PROBE_MAYBE : p[4] > 0 && p[4] < MYSQL_COMMANDS && n <= len + 4 ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe mysql_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n < 5)
        return d->flow.home && (n < 4 || p[3] < 2) ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (p[3] == 0 && p[4] == 10 && n < le24(p) + 4 && n < 80)
        return p[2] == 0 && p[1] == 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (is_greeting(p, n))
        return TL_PROBE_YES;
    if (!d->flow.home)
        return TL_PROBE_NO;
    if (port_of(d, d->flow.side) == PORT)
        return is_refusal(p, n) ? TL_PROBE_YES : TL_PROBE_NO;
    return client_probe(p, n);
}

const struct tl_protocol tl_protocol_mysql = {
    .name = "mysql",
    .title = "MySQL",
    .service = "mysql",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    .aliases = { "service:mysql" },
    TL_TABLE(fields),
    .records = { &tl_mysql_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_mysql_flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[Server {version}][Login {user}][{command}][ {query}][ {schema}][{response_code}][ {error_code}][ "
            "{error.message}][ {affected_rows} rows][{num_fields} columns][{field.name}][{row.text,}]",
    .probe = mysql_probe,
    .stream = mysql_stream,
    .finish = mysql_finish,
};
