/* postgresql_record.c - the record of a step: a request of the client with what the server answered. */
#include "dissectors/postgresql/postgresql.h"

enum { TEXT_MOST = 1024 };

struct postgresql_record {
    struct tl_record r;
    struct tl_bytes user, database, application_name;
    const char *frontend;
    struct tl_bytes frontend_arg, backend, backend_arg;
    bool success;
    uint64_t rows;
};

enum {
    R_USER, R_DATABASE, R_APPLICATION, R_FRONTEND, R_FRONTEND_ARG, R_BACKEND, R_BACKEND_ARG, R_SUCCESS, R_ROWS
};

#define F(index, member, key, kind, help) TL_FIELD(struct postgresql_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_USER, user, "user", TL_REC_TEXT, "User of the session"),
    F(R_DATABASE, database, "database", TL_REC_TEXT, "Database of the session"),
    F(R_APPLICATION, application_name, "application_name", TL_REC_TEXT, "Name of the client program"),
    F(R_FRONTEND, frontend, "frontend", TL_REC_TOKEN,
      "ssl_request, startup, simple_query, extended_query or terminate"),
    F(R_FRONTEND_ARG, frontend_arg, "frontend_arg", TL_REC_TEXT, "The query, with ? in place of its literals"),
    F(R_BACKEND, backend, "backend", TL_REC_TEXT, "ssl_reply, auth_request, auth_ok, error: joined by commas"),
    F(R_BACKEND_ARG, backend_arg, "backend_arg", TL_REC_TEXT, "S or N, the kind of authentication, or the error"),
    F(R_SUCCESS, success, "success", TL_REC_BOOL, "Did the step succeed"),
    F(R_ROWS, rows, "rows", TL_REC_COUNT, "Rows that the server sent"),
};
#undef F

const struct tl_record_def tl_pgsql_record_def =
    TL_RECORD_DEF("postgresql", record_fields, "A step of a session with PostgreSQL",
                  .summary = { "frontend", "frontend_arg", "backend", "backend_arg", "rows" });

static void set_kept(const struct tl_dissection *d, struct tl_record *r, unsigned field, struct tl_bytes *to,
                     uint32_t handle)
{
    if (handle == 0)
        return;
    *to = tl_kept(d, handle);
    tl_record_set(r, field);
    if (to->len == TEXT_MOST)
        r->cut |= UINT64_C(1) << field;
}

static uint32_t backend_of(unsigned bits, char text[48])
{
    static const char *const words[] = { "ssl_reply", "auth_request", "auth_ok", "error" };
    uint32_t n = 0;
    for (unsigned i = 0; i < TL_COUNT(words); i++) {
        if ((bits >> i & 1) == 0)
            continue;
        if (n > 0)
            text[n++] = ',';
        memcpy(text + n, words[i], strlen(words[i]));
        n += (uint32_t)strlen(words[i]);
    }
    return n;
}

void tl_pgsql_write(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    struct tl_pgsql_step *step = &f->step;
    char backend[48];
    if (!step->open)
        return;
    struct postgresql_record r = { .r.ts = step->ts, .frontend = step->frontend, .success = step->success,
                                   .rows = step->rows };
    set_kept(d, &r.r, R_USER, &r.user, f->user);
    set_kept(d, &r.r, R_DATABASE, &r.database, f->database);
    set_kept(d, &r.r, R_APPLICATION, &r.application_name, f->application);
    set_kept(d, &r.r, R_FRONTEND_ARG, &r.frontend_arg, step->argument);
    set_kept(d, &r.r, R_BACKEND_ARG, &r.backend_arg, step->answer);
    if (step->frontend != NULL)
        tl_record_set(&r.r, R_FRONTEND);
    if (step->backend != 0) {
        r.backend = tl_bytes_of(backend, backend_of(step->backend, backend));
        tl_record_set(&r.r, R_BACKEND);
    }
    if (step->answer == 0 && step->answer_word != NULL) {
        r.backend_arg = tl_bytes_of(step->answer_word, strlen(step->answer_word));
        tl_record_set(&r.r, R_BACKEND_ARG);
    }
    if (step->has_success)
        tl_record_set(&r.r, R_SUCCESS);
    if (step->rows > 0)
        tl_record_set(&r.r, R_ROWS);
    tl_emit(d, &tl_pgsql_record_def, &r.r);
    if (step->argument != 0)
        tl_forget(d, step->argument);
    if (step->answer != 0)
        tl_forget(d, step->answer);
    *step = (struct tl_pgsql_step){ 0 };
}

static void open_step(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    if (f->step.open)
        return;
    f->step.open = true;
    f->step.ts = d->frame->ts;
}

void tl_pgsql_begin(struct tl_dissection *d, struct tl_pgsql_flow *f, const char *frontend, struct tl_bytes argument)
{
    tl_pgsql_write(d, f);
    open_step(d, f);
    f->step.frontend = frontend;
    if (argument.len == 0)
        return;
    const size_t used = d->scratch->used;
    struct tl_bytes shown = tl_shown_text(d, TL_SECRET_SQL, argument);
    f->step.argument = tl_keep(d, shown.data, shown.len < TEXT_MOST ? shown.len : TEXT_MOST);
    d->scratch->used = used;
}

void tl_pgsql_answer(struct tl_dissection *d, struct tl_pgsql_flow *f, unsigned backend, const char *word)
{
    open_step(d, f);
    f->step.backend |= (uint8_t)backend;
    if (word != NULL)
        f->step.answer_word = word;
}

void tl_pgsql_fail(struct tl_dissection *d, struct tl_pgsql_flow *f, struct tl_bytes text)
{
    tl_login_end(d, &f->login, TL_LOGIN_REFUSED);
    open_step(d, f);
    f->step.backend |= PGSQL_FAILED;
    if (f->step.answer == 0 && text.len > 0)
        f->step.answer = tl_keep(d, text.data, text.len < TEXT_MOST ? text.len : TEXT_MOST);
    tl_pgsql_end(d, f, false, true);
}

void tl_pgsql_row(struct tl_dissection *d, struct tl_pgsql_flow *f)
{
    open_step(d, f);
    f->step.rows++;
}

void tl_pgsql_end(struct tl_dissection *d, struct tl_pgsql_flow *f, bool success, bool known)
{
    f->step.success = success;
    f->step.has_success = known;
    tl_pgsql_write(d, f);
}
