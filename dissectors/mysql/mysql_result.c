/* mysql_result.c - what a server sends to a command: OK, an error, columns and rows. */
#include "dissectors/mysql/mysql.h"
#include "dissectors/text_fields.h"

bool tl_mysql_number(struct tl_dissection *d, unsigned field, uint64_t *value)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    *value = 0;
    if (p == NULL || *p == 0xfb)
        return false;
    uint32_t n = *p < 0xfb ? 0 : *p == 0xfc ? 2 : *p == 0xfd ? 3 : 8;
    if (*p == 0xff) {
        tl_bad(d);
        return false;
    }
    if (n == 0) {
        *value = *p;
    } else {
        const uint8_t *q = tl_cursor_take(&d->c, n);
        if (q == NULL)
            return false;
        for (uint32_t i = n; i > 0; i--)
            *value = *value << 8 | q[i - 1];
    }
    if (field < MYSQL_FIELDS)
        tl_add(d, field, d->c.off - n - 1, n + 1, *value);
    return true;
}

static unsigned status_of(struct tl_dissection *d)
{
    uint32_t off = d->c.off;
    uint16_t status = tl_le16(d, MYSQL_STATUS);
    if (tl_ok(d))
        tl_add_all_bits(d, MYSQL_STAT_IT, MYSQL_STAT_SLOW, off, 2, status);
    return status;
}

unsigned tl_mysql_ok(struct tl_dissection *d, uint64_t *affected)
{
    uint64_t id;
    (void)tl_u8(d, MYSQL_CODE);
    (void)tl_mysql_number(d, MYSQL_AFFECTED, affected);
    (void)tl_mysql_number(d, MYSQL_INSERT, &id);
    if (tl_cursor_wire_left(&d->c) < 2)
        return 0;
    unsigned status = status_of(d);
    if (tl_cursor_wire_left(&d->c) >= 2)
        (void)tl_le16(d, MYSQL_WARNINGS);
    return status;
}

void tl_mysql_error(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    (void)tl_u8(d, MYSQL_CODE);
    (void)tl_le16(d, MYSQL_ERROR_CODE);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 6);
    if (p != NULL && *p == '#') {
        tl_skip(d, 1);
        (void)tl_text_of(d, MYSQL_SQLSTATE, 5);
    }
    struct tl_bytes text = tl_text_of(d, MYSQL_ERROR, tl_cursor_left(&d->c));
    const size_t used = d->scratch->used;
    text = tl_shown_text(d, TL_SECRET_SQL_ERROR, text);
    tl_mysql_done(d, f, false, 0, tl_bytes_of(text.data, text.len < 1024 ? text.len : 1024));
    d->scratch->used = used;
    if (f->state != MYSQL_AT_GREETING)
        f->state = MYSQL_AT_NOTHING;
}

/* EOF of the old form: warnings and status. */
static unsigned eof(struct tl_dissection *d)
{
    tl_add(d, MYSQL_CODE, d->c.off, 1, 0xfe);
    (void)tl_u8(d, MYSQL_EOF);
    unsigned status = 0;
    if (tl_cursor_wire_left(&d->c) >= 4) {
        (void)tl_le16(d, MYSQL_WARNINGS);
        status = status_of(d);
    }
    return status;
}

static void counted(struct tl_dissection *d, unsigned field)
{
    uint64_t n;
    if (!tl_mysql_number(d, MYSQL_FIELDS, &n))
        return;
    if (n == 0)
        tl_add_text(d, field, d->c.off - 1, 1, "", 0);
    else
        (void)tl_text_of(d, field, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
}

/* ColumnDefinition41. */
static void column(struct tl_dissection *d, const struct tl_mysql_flow *f)
{
    uint64_t rest;
    for (unsigned field = MYSQL_CATALOG; field <= MYSQL_ORG_NAME; field++)
        counted(d, field);
    if ((f->mariadb_caps & f->mariadb_server_caps & MYSQL_MARIADB_TYPE_INFO) != 0 &&
        tl_mysql_number(d, MYSQL_FIELDS, &rest)) /* more of the type */
        tl_skip(d, rest < UINT32_MAX ? (uint32_t)rest : UINT32_MAX);
    (void)tl_mysql_number(d, MYSQL_FIELDS, &rest);
    (void)tl_le16(d, MYSQL_FIELD_CHARSET);
    (void)tl_le32(d, MYSQL_FIELD_LENGTH);
    (void)tl_u8(d, MYSQL_FIELD_TYPE);
    (void)tl_le16(d, MYSQL_FIELD_FLAGS);
    (void)tl_u8(d, MYSQL_DECIMALS);
}

/* A row as text: values with their lengths. Rows of prepared statements have a form of their own. */
static void row(struct tl_dissection *d, const struct tl_mysql_flow *f)
{
    if (f->command != MYSQL_QUERY_COMMAND) {
        tl_skip(d, tl_cursor_left(&d->c));
        return;
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        counted(d, MYSQL_ROW_TEXT);
}

static void done(struct tl_dissection *d, struct tl_mysql_flow *f, unsigned status, uint64_t affected)
{
    tl_mysql_done(d, f, true, affected, tl_bytes_of("", 0));
    f->state = (status & MYSQL_MORE_RESULTS) != 0 ? MYSQL_AT_RESULT : MYSQL_AT_NOTHING;
}

static bool has_eofs(const struct tl_mysql_flow *f)
{
    return (f->caps & f->server_caps & MYSQL_CLIENT_DEPRECATE_EOF) == 0;
}

/* COM_STMT_PREPARE_OK. */
static void prepared(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    (void)tl_u8(d, MYSQL_CODE);
    (void)tl_le32(d, MYSQL_STMT);
    f->columns = tl_le16(d, MYSQL_FIELD_COUNT);
    f->params = tl_le16(d, MYSQL_PARAMS);
    tl_skip(d, 1);
    (void)tl_le16(d, MYSQL_WARNINGS);
    if (!tl_ok(d))
        return;
    tl_mysql_done(d, f, true, 0, tl_bytes_of("", 0));
    f->state = f->params > 0 ? MYSQL_AT_PARAMS : f->columns > 0 ? MYSQL_AT_PREPARED_COLUMNS : MYSQL_AT_NOTHING;
}

static void first_packet(struct tl_dissection *d, struct tl_mysql_flow *f, uint8_t first)
{
    uint64_t n = 0;
    if (first == 0 && f->command == MYSQL_PREPARE) {
        prepared(d, f);
    } else if (first == 0) {
        unsigned status = tl_mysql_ok(d, &n);
        done(d, f, status, n);
    } else if (first == 0xfe && tl_cursor_wire_left(&d->c) < 9) {
        done(d, f, eof(d), 0);
    } else if (first == 0xfb) { /* LOCAL INFILE: the client sends a file */
        tl_skip(d, tl_cursor_left(&d->c));
    } else {
        if (tl_mysql_number(d, MYSQL_FIELD_COUNT, &n) && n > 0 && n < 4096) {
            f->columns = (uint32_t)n;
            f->state = MYSQL_AT_COLUMNS;
        }
    }
}

/* Columns, and the EOF behind them, which newer sessions leave out. */
static void columns(struct tl_dissection *d, struct tl_mysql_flow *f, uint32_t *left, uint8_t next, bool end)
{
    if (end) {
        (void)eof(d);
        f->state = next;
        return;
    }
    column(d, f);
    if (*left > 0 && --*left == 0 && !has_eofs(f))
        f->state = next;
}

void tl_mysql_result(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p == NULL) {
        tl_skip(d, tl_cursor_left(&d->c));
        return;
    }
    bool end = *p == 0xfe && tl_cursor_wire_left(&d->c) < 9;
    if (*p == 0xff && f->state != MYSQL_AT_TEXT) {
        tl_mysql_error(d, f);
        return;
    }
    uint64_t n = 0;
    switch (f->state) {
    case MYSQL_AT_RESULT:
        first_packet(d, f, *p);
        break;
    case MYSQL_AT_COLUMNS:
        columns(d, f, &f->columns, MYSQL_AT_ROWS, end);
        break;
    case MYSQL_AT_PARAMS:
        columns(d, f, &f->params, f->columns > 0 ? MYSQL_AT_PREPARED_COLUMNS : MYSQL_AT_NOTHING, end);
        break;
    case MYSQL_AT_PREPARED_COLUMNS:
        columns(d, f, &f->columns, MYSQL_AT_NOTHING, end);
        break;
    case MYSQL_AT_ROWS:
        if (end && has_eofs(f))
            done(d, f, eof(d), 0);
        else if (*p == 0xfe && !has_eofs(f))
            done(d, f, tl_mysql_ok(d, &n), 0);
        else if (f->command == MYSQL_FIELD_LIST)
            column(d, f);
        else
            row(d, f);
        break;
    case MYSQL_AT_TEXT:
        (void)tl_text_of(d, MYSQL_MESSAGE, tl_cursor_left(&d->c));
        done(d, f, 0, 0);
        break;
    default:
        tl_skip(d, tl_cursor_left(&d->c));
        break;
    }
}
