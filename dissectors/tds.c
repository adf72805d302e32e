/* tds.c - Tabular Data Stream of SQL Server and Sybase (MS-TDS): packets, batches of SQL, logins. */
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum { TYPE, STATUS, STATUS_EOM, LENGTH, CHANNEL, NUMBER, WINDOW, QUERY, VERSION, HOSTNAME, USERNAME, APPNAME, SERVNAME, DATABASE, FIELDS };

static const struct tl_name types[] = {
    { 1, "SQL batch" }, { 2, "Pre-TDS7 login" }, { 3, "Remote Procedure Call" }, { 4, "Response" }, { 5, "Unused" },
    { 6, "Attention" }, { 7, "Bulk load data" }, { 8, "Federated Authentication Token" }, { 14, "Transaction Manager Request" },
    { 15, "TDS5 query" }, { 16, "TDS7 login" }, { 17, "SSPI message" }, { 18, "TDS7 pre-login message" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "tds.type", "Type", .type = TL_U8, .names = types },
    [STATUS] = { "tds.status", "Status", .type = TL_U8, .base = TL_HEX },
    [STATUS_EOM] = { "tds.status.eom", "Last of the message", .type = TL_BOOL, .mask = 1 },
    [LENGTH] = { "tds.length", "Length", .type = TL_U16, .unit = "bytes" },
    [CHANNEL] = { "tds.channel", "Channel", .type = TL_U16 },
    [NUMBER] = { "tds.packet_number", "Packet number", .type = TL_U8 },
    [WINDOW] = { "tds.window", "Window", .type = TL_U8 },
    [QUERY] = { "tds.query", "Query", .type = TL_TEXT, .secret = TL_SECRET_MYSQL, .help = "Literals are secret" },
    [VERSION] = { "tds.7login.version", "Version", .type = TL_U32, .base = TL_HEX },
    [HOSTNAME] = { "tds.7login.hostname", "Host", .type = TL_TEXT },
    [USERNAME] = { "tds.7login.username", "User", .type = TL_TEXT },
    [APPNAME] = { "tds.7login.appname", "Application", .type = TL_TEXT },
    [SERVNAME] = { "tds.7login.servername", "Server", .type = TL_TEXT },
    [DATABASE] = { "tds.7login.database", "Database", .type = TL_TEXT },
};

enum { PRE_LOGIN = 18, PORT = 1433, COLLECTED = 1 << 15, HEADER = 8, FIXED = 36 /* bytes of a login before its table */ };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* UTF-16, the least significant byte first, as UTF-8 in scratch memory. Returns its length. */
static uint32_t utf8_of(struct tl_bytes from, uint8_t *to)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i + 1 < from.len; i += 2) {
        uint32_t c = tl_load_le16(from.data + i);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < from.len && (from.data[i + 3] & 0xfc) == 0xdc) {
            c = 0x10000 + ((c & 0x3ff) << 10) + (tl_load_le16(from.data + i + 2) & 0x3ffu);
            i += 2;
        }
        if (c < 0x80) {
            to[n++] = (uint8_t)c;
        } else if (c < 0x800) {
            to[n++] = (uint8_t)(0xc0 | c >> 6);
            to[n++] = (uint8_t)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            to[n++] = (uint8_t)(0xe0 | c >> 12);
            to[n++] = (uint8_t)(0x80 | (c >> 6 & 63));
            to[n++] = (uint8_t)(0x80 | (c & 63));
        } else {
            to[n++] = (uint8_t)(0xf0 | c >> 18);
            to[n++] = (uint8_t)(0x80 | (c >> 12 & 63));
            to[n++] = (uint8_t)(0x80 | (c >> 6 & 63));
            to[n++] = (uint8_t)(0x80 | (c & 63));
        }
    }
    return n;
}

static void add_utf16(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    if (!tl_wants(d, field) || text.len == 0)
        return;
    uint8_t *to = tl_arena_alloc(d->scratch, (size_t)text.len * 2);
    if (to != NULL)
        tl_add_text(d, field, (uint32_t)(text.data - d->c.base), text.len, to, utf8_of(text, to));
}

/* MS-TDS section 2.2.6.7. Since version 7.2 a table of headers stands in front, with its length. */
static void batch(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    uint32_t skip = n >= 4 ? tl_load_le32(p) : 0;
    if (skip < 4 || skip > n || skip > 256)
        skip = 0;
    tl_skip(d, skip);
    struct tl_bytes text = tl_bytes_of(p + skip, n - skip);
    bool wide = text.len >= 2 && text.data[1] == 0;
    tl_hide(d, text);
    if (wide)
        add_utf16(d, QUERY, text);
    else if (text.len > 0)
        tl_add(d, QUERY, d->c.off, text.len, 0);
}

/* Section 2.2.6.4: offsets and lengths in characters. The password is the third; it is not read. */
static void login(struct tl_dissection *d)
{
    static const struct {
        uint8_t at, field;
    } texts[] = { { 0, HOSTNAME }, { 4, USERNAME }, { 12, APPNAME }, { 16, SERVNAME }, { 32, DATABASE } };
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    tl_hide(d, tl_bytes_of(p, n));
    if (n < FIXED + 36)
        return;
    tl_add(d, VERSION, d->c.off + 4, 4, tl_load_le32(p + 4));
    for (unsigned i = 0; i < TL_COUNT(texts); i++) {
        uint32_t off = tl_load_le16(p + FIXED + texts[i].at), len = 2u * tl_load_le16(p + FIXED + texts[i].at + 2);
        if (off <= n && len <= n - off)
            add_utf16(d, texts[i].field, tl_bytes_of(p + off, len));
    }
}

static bool is_header(const uint8_t *p)
{
    return tl_name_of(types, p[0]) != NULL && (p[1] & 0xe0) == 0 && tl_load_be16(p + 2) >= HEADER;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_be16(p + 2) : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    uint8_t type = tl_u8(d, TYPE);
    uint32_t off = d->c.off;
    uint8_t status = tl_u8(d, STATUS);
    tl_add_bits(d, STATUS_EOM, off, 1, status);
    (void)tl_u16(d, LENGTH);
    (void)tl_u16(d, CHANNEL);
    uint8_t number = tl_u8(d, NUMBER);
    (void)tl_u8(d, WINDOW);
    if (!tl_ok(d))
        return tl_framed_next;
    if (type == 1 && number <= 1)
        batch(d);
    else if (type == 16 && number <= 1)
        login(d);
    if (type != 4 && type != 18)
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data) && tl_load_be16(bytes.data + 2) == bytes.len;
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want tds_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/*
 * The login of TDS 4 and 5 (login record of the TDS 5.0 specification): a packet of 512 bytes that begins with texts in
 * 30 bytes each, filled with zeros, each with its length behind: host, user, password, process. Enough for other ports.
 */
static enum tl_probe old_login(const uint8_t *p, uint32_t n)
{
    enum { OLD_LOGIN = 2, WHOLE = 512, TEXT = 30, TEXTS = 4 };
    static const uint8_t begins_with[] = { OLD_LOGIN, 0, WHOLE >> 8, 0, 0, 0 };
    if (memcmp(p, begins_with, n < sizeof begins_with ? n : sizeof begins_with) != 0)
        return TL_PROBE_NO;
    if (n < HEADER + TEXTS * (TEXT + 1))
        return TL_PROBE_MAYBE;
    for (const uint8_t *text = p + HEADER; text < p + HEADER + TEXTS * (TEXT + 1); text += TEXT + 1) {
        if (text[TEXT] > TEXT)
            return TL_PROBE_NO;
        for (unsigned i = 0; i < TEXT; i++) {
            if ((i < text[TEXT]) != (text[i] != 0))
                return TL_PROBE_NO;
        }
    }
    return p[HEADER + TEXT + 1] != 0 ? TL_PROBE_YES : TL_PROBE_NO;
}

/*
 * MS-TDS section 2.2.6.5: a pre-login message is a list of tokens, each with the offset and length of its value, the
 * version first; the values follow in that order. Enough for other ports.
 */
static enum tl_probe pre_login(const uint8_t *p, uint32_t n)
{
    enum { TOKEN = 5, VERSION_LEN = 6, LAST = 0xff, MOST = 10, WHOLE = 512 };
    static const uint8_t status_eom = 1;
    if (n < HEADER + TOKEN)
        return n < 2 || p[1] == status_eom ? TL_PROBE_MAYBE : TL_PROBE_NO;
    uint32_t len = tl_load_be16(p + 2), due = 0;
    if (p[1] != status_eom || len < HEADER + TOKEN + 1 + VERSION_LEN || len > WHOLE || tl_load_be16(p + 4) != 0 ||
        p[6] > 1 || p[7] != 0)
        return TL_PROBE_NO;
    for (uint32_t at = HEADER, i = 0; i < MOST; at += TOKEN, i++) {
        if (at >= n)
            return at < len ? TL_PROBE_MAYBE : TL_PROBE_NO;
        if (p[at] == LAST)
            return i > 0 && due == len - HEADER ? TL_PROBE_YES : TL_PROBE_NO;
        if (at + TOKEN > n)
            return at + TOKEN < len ? TL_PROBE_MAYBE : TL_PROBE_NO;
        uint32_t offset = tl_load_be16(p + at + 1), size = tl_load_be16(p + at + 3);
        if (p[at] != i || (i == 0 ? size != VERSION_LEN : offset != due) || offset + size > len - HEADER)
            return TL_PROBE_NO;
        due = offset + size;
    }
    return TL_PROBE_NO;
}

static enum tl_probe tds_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || tl_name_of(types, p[0]) == NULL)
        return TL_PROBE_NO;
    if (!d->flow.home)
        return p[0] == PRE_LOGIN ? pre_login(p, n) : old_login(p, n);
    return n < HEADER ? TL_PROBE_MAYBE : is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_tds = {
    .name = "tds",
    .title = "Tabular Data Stream",
    .service = "tds",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{type}[ {7login.username}][ {7login.database}][: {query}]",
    TL_BEGINS("\2\2\x12\x12"), .probe = tds_probe,
    .stream = tds_stream,
};
