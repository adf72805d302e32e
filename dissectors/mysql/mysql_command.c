/* mysql_command.c - the commands of a client. */
#include "dissectors/mysql/mysql.h"
#include "dissectors/text_fields.h"

static void hide_rest(struct tl_dissection *d)
{
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
}

/* A statement or a name, to the end of what was collected. */
static void text_command(struct tl_dissection *d, struct tl_mysql_flow *f, unsigned field, bool statement)
{
    struct tl_bytes text = tl_text_of(d, field, tl_cursor_left(&d->c));
    tl_mysql_begin(d, f, text, statement);
}

/*
 * With CLIENT_QUERY_ATTRIBUTES (MySQL 8.0.23) their number and that of their sets stand before the statement. The values
 * of attributes are as secret as literals: a statement with some is bytes.
 */
static void query(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    const uint8_t *counts = tl_cursor_peek(&d->c, 0, 2);
    bool agreed = (f->caps & f->server_caps & MYSQL_CLIENT_QUERY_ATTRIBUTES) != 0;
    /* The handshake may not have been seen, and no statement begins so: a number of attributes, one set of them. */
    bool plain = counts == NULL || (!agreed && !(f->caps == 0 && counts[0] < '\t' && counts[1] == 1));
    if (!plain) {
        if (counts[0] != 0) {
            (void)tl_run(d, MYSQL_PAYLOAD, tl_cursor_left(&d->c));
            tl_mysql_begin(d, f, tl_bytes_of("", 0), false);
            return;
        }
        tl_skip(d, 2);
    }
    text_command(d, f, MYSQL_QUERY, true);
}

static void choose_database(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    struct tl_bytes name = tl_text_of(d, MYSQL_SCHEMA, tl_cursor_left(&d->c));
    tl_mysql_begin(d, f, name, false);
    if (f->database != 0)
        tl_forget(d, f->database);
    f->database = name.len > 0 ? tl_keep(d, name.data, name.len < 256 ? name.len : 256) : 0;
}

/* The values of parameters take the place of literals: they are secret. */
static void execute(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    (void)tl_le32(d, MYSQL_STMT);
    (void)tl_u8(d, MYSQL_EXEC_FLAGS);
    (void)tl_le32(d, MYSQL_EXEC_ITER);
    if (tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, MYSQL_PAYLOAD, tl_cursor_left(&d->c));
    tl_mysql_begin(d, f, tl_bytes_of("", 0), false);
}

static void long_data(struct tl_dissection *d)
{
    (void)tl_le32(d, MYSQL_STMT);
    (void)tl_le16(d, MYSQL_PARAM);
    if (tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, MYSQL_PAYLOAD, tl_cursor_left(&d->c));
}

/* What the server sends to it. */
static uint8_t state_after(uint8_t command)
{
    switch (command) {
    case MYSQL_QUIT:
    case MYSQL_LONG_DATA:
    case MYSQL_CLOSE:
    case MYSQL_BINLOG_DUMP:
    case MYSQL_BINLOG_GTID:
        return MYSQL_AT_NOTHING;
    case MYSQL_STATISTICS:
        return MYSQL_AT_TEXT;
    case MYSQL_FIELD_LIST:
    case MYSQL_FETCH:
        return MYSQL_AT_ROWS;
    case MYSQL_CHANGE_USER:
        return MYSQL_AT_LOGIN;
    default:
        return MYSQL_AT_RESULT;
    }
}

static void other_command(struct tl_dissection *d, struct tl_mysql_flow *f, uint8_t command)
{
    if (command == MYSQL_CLOSE || command == MYSQL_RESET || command == MYSQL_FETCH)
        (void)tl_le32(d, MYSQL_STMT);
    if (command == MYSQL_FETCH)
        (void)tl_le32(d, MYSQL_ROWS);
    if (command == MYSQL_SET_OPTION)
        (void)tl_le16(d, MYSQL_OPTION);
    hide_rest(d); /* COM_REGISTER_SLAVE has a password */
    tl_mysql_begin(d, f, tl_bytes_of("", 0), false);
    if (command == MYSQL_QUIT || command == MYSQL_CLOSE)
        tl_mysql_give_up(d, f);
}

void tl_mysql_command(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    uint8_t command = tl_u8(d, MYSQL_COMMAND);
    if (!tl_ok(d))
        return;
    if (command >= MYSQL_COMMANDS) {
        hide_rest(d);
        tl_bad(d);
        return;
    }
    tl_mysql_give_up(d, f);
    f->command = command;
    switch (command) {
    case MYSQL_QUERY_COMMAND:
    case MYSQL_PREPARE:
        query(d, f);
        break;
    case MYSQL_INIT_DB:
        choose_database(d, f);
        break;
    case 5:
    case 6: /* COM_CREATE_DB, COM_DROP_DB */
        text_command(d, f, MYSQL_SCHEMA, false);
        break;
    case MYSQL_FIELD_LIST:
        tl_mysql_begin(d, f, tl_text_to_nul(d, MYSQL_TABLE_NAME), false);
        break;
    case MYSQL_EXECUTE:
        execute(d, f);
        break;
    case MYSQL_LONG_DATA:
        long_data(d);
        break;
    case MYSQL_CHANGE_USER:
        tl_mysql_change_user(d, f);
        break;
    default:
        other_command(d, f, command);
        break;
    }
    f->state = state_after(command);
}
