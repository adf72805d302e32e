/* mysql_record.c - the record of a command with its result. */
#include "dissectors/mysql/mysql.h"

enum { TEXT_MOST = 1024 };

struct mysql_record {
    struct tl_record r;
    const char *cmd;
    struct tl_bytes arg;
    bool success;
    uint64_t rows;
    struct tl_bytes response, database, server_version;
};

enum { R_CMD, R_ARG, R_SUCCESS, R_ROWS, R_RESPONSE, R_DATABASE, R_VERSION };

#define F(index, member, key, kind, help) TL_FIELD(struct mysql_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_CMD, cmd, "cmd", TL_REC_TOKEN, "login, query, quit, ping, ..: the command"),
    F(R_ARG, arg, "arg", TL_REC_TEXT, "The user of a login, the query with ? in place of its literals, .."),
    F(R_SUCCESS, success, "success", TL_REC_BOOL, "Did it succeed"),
    F(R_ROWS, rows, "rows", TL_REC_COUNT, "Rows that it changed"),
    F(R_RESPONSE, response, "response", TL_REC_TEXT, "Text of an error"),
    F(R_DATABASE, database, "database", TL_REC_TEXT, "Database that was chosen"),
    F(R_VERSION, server_version, "server_version", TL_REC_TEXT, "Version that the server told"),
};
#undef F

const struct tl_record_def tl_mysql_record_def = TL_RECORD_DEF("mysql", record_fields, "A command of MySQL and its result",
                                                               .summary = { "cmd", "arg", "response", "rows" });

static const char *const commands[MYSQL_COMMANDS] = {
    "sleep", "quit", "init_db", "query", "field_list", "create_db", "drop_db", "refresh", "shutdown", "statistics",
    "process_info", "connect", "process_kill", "debug", "ping", "time", "delayed_insert", "change_user", "binlog_dump",
    "table_dump", "connect_out", "register_slave", "stmt_prepare", "stmt_execute", "stmt_send_long_data", "stmt_close",
    "stmt_reset", "set_option", "stmt_fetch", "daemon", "binlog_dump_gtid", "reset_connection",
};

void tl_mysql_begin(struct tl_dissection *d, struct tl_mysql_flow *f, struct tl_bytes argument, bool statement)
{
    tl_mysql_give_up(d, f);
    f->pending = true;
    f->ts = d->frame->ts;
    if (argument.len == 0)
        return;
    const size_t used = d->scratch->used;
    if (argument.data[argument.len - 1] == 0)
        argument.len--;
    struct tl_bytes shown = statement ? tl_shown_text(d, TL_SECRET_MYSQL, argument) : argument;
    f->argument = tl_keep(d, shown.data, shown.len < TEXT_MOST ? shown.len : TEXT_MOST);
    d->scratch->used = used;
}

static void set_kept(const struct tl_dissection *d, struct tl_record *r, unsigned field, struct tl_bytes *to,
                     uint32_t handle)
{
    if (handle == 0)
        return;
    *to = tl_kept(d, handle);
    tl_record_set(r, field);
}

static void emit(struct tl_dissection *d, struct tl_mysql_flow *f, struct mysql_record *r)
{
    bool answered = (r->r.set >> R_SUCCESS & 1) != 0;
    tl_login_end(d, &f->credentials, tl_login_result_of(answered, r->success));
    r->r.ts = f->ts;
    r->cmd = f->login ? "login" : commands[f->command % MYSQL_COMMANDS];
    tl_record_set(&r->r, R_CMD);
    r->arg = tl_bytes_of("", 0);
    tl_record_set(&r->r, R_ARG);
    set_kept(d, &r->r, R_ARG, &r->arg, f->argument);
    if (r->arg.len == TEXT_MOST)
        r->r.cut |= UINT64_C(1) << R_ARG;
    set_kept(d, &r->r, R_DATABASE, &r->database, f->database);
    set_kept(d, &r->r, R_VERSION, &r->server_version, f->version);
    tl_emit(d, &tl_mysql_record_def, &r->r);
    if (f->argument != 0)
        tl_forget(d, f->argument);
    f->argument = 0;
    f->pending = f->login = false;
}

void tl_mysql_done(struct tl_dissection *d, struct tl_mysql_flow *f, bool success, uint64_t rows, struct tl_bytes response)
{
    struct mysql_record r = { .success = success, .rows = rows, .response = response };
    if (!f->pending)
        return;
    tl_record_set(&r.r, R_SUCCESS);
    if (success)
        tl_record_set(&r.r, R_ROWS);
    if (response.len > 0)
        tl_record_set(&r.r, R_RESPONSE);
    emit(d, f, &r);
}

void tl_mysql_give_up(struct tl_dissection *d, struct tl_mysql_flow *f)
{
    struct mysql_record r = { .success = false };
    if (f->pending)
        emit(d, f, &r);
}
