/* mysql_login.c - the greeting of the server, and the login of the client. */
#include "dissectors/mysql/mysql.h"
#include "dissectors/text_fields.h"

static void keep(struct tl_dissection *d, uint32_t *to, struct tl_bytes text)
{
    if (*to != 0)
        tl_forget(d, *to);
    *to = text.len > 0 ? tl_keep(d, text.data, text.len < 256 ? text.len : 256) : 0;
}

static void caps(struct tl_dissection *d, unsigned field, unsigned first, unsigned last, uint32_t *all, unsigned shift)
{
    uint32_t off = d->c.off;
    uint16_t value = tl_le16(d, field);
    if (!tl_ok(d))
        return;
    tl_add_all_bits(d, first, last, off, 2, value);
    *all |= (uint32_t)value << shift;
}

static void hide_rest(struct tl_dissection *d)
{
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
}

uint32_t tl_mysql_reserved(struct tl_dissection *d, uint32_t n, uint32_t all)
{
    bool mariadb = (all & MYSQL_CLIENT_MYSQL) == 0;
    (void)tl_run(d, MYSQL_UNUSED, mariadb ? n - 4 : n);
    return mariadb ? tl_le32(d, MYSQL_MARIADB_CAPS) : 0;
}

/* HandshakeV10: version 10, the server's version, its thread, what it can, a challenge. */
void tl_mysql_greeting(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && *p == 0xff) {
        tl_mysql_error(d, f);
        return;
    }
    (void)tl_u8(d, MYSQL_PROTOCOL);
    struct tl_bytes version = tl_text_to_nul(d, MYSQL_VERSION);
    if (version.data != NULL)
        keep(d, &f->version, version);
    (void)tl_le32(d, MYSQL_THREAD);
    (void)tl_text_to_nul(d, MYSQL_SALT);
    f->server_caps = 0;
    caps(d, MYSQL_CAPS_SERVER, MYSQL_CAP_LP, MYSQL_CAP_SC, &f->server_caps, 0);
    if (tl_cursor_wire_left(&d->c) == 0)
        return;
    (void)tl_u8(d, MYSQL_LANGUAGE);
    uint32_t off = d->c.off;
    uint16_t status = tl_le16(d, MYSQL_STATUS);
    if (tl_ok(d))
        tl_add_all_bits(d, MYSQL_STAT_IT, MYSQL_STAT_SLOW, off, 2, status);
    caps(d, MYSQL_EXTCAPS_SERVER, MYSQL_CAP_MS, MYSQL_CAP_EOF, &f->server_caps, 16);
    (void)tl_u8(d, MYSQL_AUTH_PLUGIN_LENGTH);
    f->mariadb_server_caps = tl_mysql_reserved(d, 10, f->server_caps);
    if (tl_cursor_wire_left(&d->c) > 0)
        (void)tl_text_to_nul(d, MYSQL_SALT2);
    if (tl_cursor_wire_left(&d->c) > 0)
        (void)tl_text_to_nul(d, MYSQL_AUTH_PLUGIN);
    f->state = MYSQL_AT_LOGIN;
}

/* Up to a NUL, or to the end of the packet. */
static struct tl_bytes last_text(struct tl_dissection *d, unsigned field)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    if (n == 0 || memchr(p, 0, n) != NULL)
        return n == 0 ? tl_bytes_of("", 0) : tl_text_to_nul(d, field);
    return tl_text_of(d, field, n);
}

/* What proves the password: with a length, or up to a NUL or the end. */
static struct tl_bytes proof(struct tl_dissection *d, uint32_t all)
{
    const struct tl_bytes none = { NULL, 0 };
    uint64_t n = 0;
    if ((all & MYSQL_CLIENT_LENENC_AUTH) != 0) {
        if (!tl_mysql_number(d, MYSQL_FIELDS, &n))
            return none;
    } else if ((all & MYSQL_CLIENT_SECURE) != 0) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        n = p != NULL ? *p : 0;
    } else {
        return last_text(d, MYSQL_PASSWD);
    }
    if (n > tl_cursor_left(&d->c))
        hide_rest(d);
    const uint8_t *p = n > 0 ? tl_run(d, MYSQL_PASSWD, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX) : NULL;
    return p != NULL ? tl_bytes_of(p, n) : none;
}

/* --- the login record --- */

/* Without the NUL at its end, which is part of it in most messages. */
static void take_password(struct tl_dissection *d, const struct tl_mysql_flow *f, struct tl_bytes text)
{
    if (text.len > 0 && text.data[text.len - 1] == 0)
        text.len--;
    tl_login_secret(d, f->credentials, text, false);
}

/* The method is the plugin's name. The password itself is sent by one of them only; others prove that they know it. */
static void take_plugin(struct tl_dissection *d, struct tl_mysql_flow *f, struct tl_bytes name)
{
    if (name.len > 0 && name.data[name.len - 1] == 0)
        name.len--;
    tl_login_method(d, f->credentials, name);
    f->clear = tl_text_is(name, "mysql_clear_password") || tl_text_is(name, "dialog");
}

/* After the command began: plugin is empty if the client names none. */
static void begin_credentials(struct tl_dissection *d, struct tl_mysql_flow *f, struct tl_bytes user,
                              struct tl_bytes password, struct tl_bytes plugin)
{
    if (user.data != NULL && user.len > 0 && user.data[user.len - 1] == 0)
        user.len--;
    f->credentials = tl_login_begin(d, "mysql", d->frame->ts);
    f->clear = false;
    if (user.data != NULL)
        tl_login_user(d, f->credentials, user);
    take_plugin(d, f, plugin);
    if (f->clear && password.len > 0)
        take_password(d, f, password);
}

static struct tl_bytes counted(struct tl_dissection *d, unsigned field)
{
    uint64_t n;
    if (!tl_mysql_number(d, MYSQL_FIELDS, &n))
        return tl_bytes_of("", 0);
    return tl_text_of(d, field, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
}

static void attributes(struct tl_dissection *d)
{
    uint64_t n;
    if (!tl_mysql_number(d, MYSQL_FIELDS, &n))
        return;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        (void)counted(d, MYSQL_ATTR_NAME);
        (void)counted(d, MYSQL_ATTR_VALUE);
    }
}

/* HandshakeResponse41, or the beginning of it that asks for TLS; HandshakeResponse320 of old clients. */
bool tl_mysql_login(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    f->caps = 0;
    caps(d, MYSQL_CAPS_CLIENT, MYSQL_CAP_LP, MYSQL_CAP_SC, &f->caps, 0);
    if ((f->caps & MYSQL_CLIENT_PROTOCOL_41) != 0) {
        caps(d, MYSQL_EXTCAPS_CLIENT, MYSQL_CAP_MS, MYSQL_CAP_EOF, &f->caps, 16);
        (void)tl_le32(d, MYSQL_MAX_PACKET);
        (void)tl_u8(d, MYSQL_CHARSET);
        f->mariadb_caps = tl_mysql_reserved(d, 23, f->caps);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) == 0)
            return (f->caps & MYSQL_CLIENT_SSL) != 0;
    } else {
        uint32_t max = 0;
        const uint8_t *p = tl_cursor_take(&d->c, 3);
        if (p != NULL)
            max = (uint32_t)p[2] << 16 | tl_load_le16(p);
        tl_add(d, MYSQL_MAX_PACKET, d->c.off - 3, 3, max);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) == 0)
            return (f->caps & MYSQL_CLIENT_SSL) != 0;
    }
    struct tl_bytes user = tl_text_to_nul(d, MYSQL_USER), plugin = { NULL, 0 }, password = proof(d, f->caps);
    if ((f->caps & MYSQL_CLIENT_CONNECT_WITH_DB) != 0) {
        struct tl_bytes database = last_text(d, MYSQL_SCHEMA);
        if (tl_ok(d))
            keep(d, &f->database, database);
    }
    if ((f->caps & MYSQL_CLIENT_PLUGIN_AUTH) != 0)
        plugin = last_text(d, MYSQL_CLIENT_PLUGIN);
    if ((f->caps & MYSQL_CLIENT_ATTRS) != 0 && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        attributes(d);
    hide_rest(d);
    f->compressed = false;
    tl_mysql_begin(d, f, user.data != NULL ? user : tl_bytes_of("", 0), false);
    begin_credentials(d, f, user, password, plugin);
    f->login = true;
    f->state = MYSQL_AT_LOGIN;
    return false;
}

/* More of the login: an answer to another way, a password. */
void tl_mysql_auth(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    hide_rest(d);
    const uint8_t *p = n > 0 ? tl_run(d, MYSQL_SWITCH_RESPONSE, n) : NULL;
    if (p != NULL && f->clear)
        take_password(d, f, tl_bytes_of(p, n));
}

void tl_mysql_change_user(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    struct tl_bytes user = tl_text_to_nul(d, MYSQL_USER), plugin = { NULL, 0 };
    struct tl_bytes password = proof(d, f->caps & ~(uint32_t)MYSQL_CLIENT_LENENC_AUTH);
    struct tl_bytes database = last_text(d, MYSQL_SCHEMA);
    tl_mysql_begin(d, f, user.data != NULL ? user : tl_bytes_of("", 0), false);
    if (tl_ok(d))
        keep(d, &f->database, database);
    if (tl_cursor_left(&d->c) >= 2) {
        uint16_t charset = tl_load_le16(tl_cursor_peek(&d->c, 0, 2));
        tl_add(d, MYSQL_CHARSET, d->c.off, 2, charset & 0xff);
        tl_skip(d, 2);
    }
    if ((f->caps & MYSQL_CLIENT_PLUGIN_AUTH) != 0 && tl_cursor_left(&d->c) > 0)
        plugin = last_text(d, MYSQL_CLIENT_PLUGIN);
    begin_credentials(d, f, user, password, plugin);
    if ((f->caps & MYSQL_CLIENT_ATTRS) != 0 && tl_ok(d) && tl_cursor_left(&d->c) > 0)
        attributes(d);
    hide_rest(d);
    f->state = MYSQL_AT_LOGIN;
}

void tl_mysql_login_reply(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint64_t affected = 0;
    if (p == NULL || *p == 1) { /* AuthMoreData: of the plugin */
        tl_skip(d, tl_cursor_left(&d->c));
        return;
    }
    if (*p == 0xff) {
        tl_mysql_error(d, f);
        return;
    }
    if (*p == 0xfe) { /* AuthSwitchRequest */
        (void)tl_u8(d, MYSQL_CODE);
        if (tl_cursor_wire_left(&d->c) > 0)
            take_plugin(d, f, tl_text_to_nul(d, MYSQL_SWITCH_NAME));
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, MYSQL_SWITCH_DATA, tl_cursor_left(&d->c));
        return;
    }
    (void)tl_mysql_ok(d, &affected);
    if (!tl_ok(d))
        return;
    tl_mysql_done(d, f, true, affected, tl_bytes_of("", 0));
    f->compressed = (f->caps & f->server_caps & MYSQL_CLIENT_COMPRESS) != 0;
    f->state = MYSQL_AT_NOTHING;
}
