/*
 * ftp_record.c - pairs commands with replies and writes records. A command is finished when it has its last reply and
 * the next command was sent. Commands finish in their order.
 */
#include "core/digits.h"
#include "dissectors/ftp/ftp.h"

struct record {
    struct tl_record r;
    struct tl_bytes user, password, command, arg, reply_msg, data_orig, data_resp, fuid;
    const char *mime_type;
    uint64_t file_size, reply_code, data_port;
    bool passive;
};

enum { USER, PASSWORD, COMMAND, ARG, FILE_SIZE, REPLY_CODE, REPLY_MSG, PASSIVE, DATA_ORIG, DATA_RESP, DATA_PORT,
       MIME_TYPE, FUID };

static const struct tl_record_field fields[] = {
    TL_FIELD(struct record, USER, user, "user", TL_REC_TEXT, "Who logged in; <unknown> before USER"),
    TL_FIELD(struct record, PASSWORD, password, "password", TL_REC_TEXT,
             "Of a guest, or if secrets are to be shown"),
    TL_FIELD(struct record, COMMAND, command, "command", TL_REC_TEXT, "In upper case"),
    TL_FIELD(struct record, ARG, arg, "arg", TL_REC_TEXT,
             "Its argument; of a command for a file its URL. A password is <hidden> unless it may be shown"),
    TL_FIELD(struct record, FILE_SIZE, file_size, "file_size", TL_REC_COUNT, "Bytes of the file, as the server says"),
    TL_FIELD(struct record, REPLY_CODE, reply_code, "reply_code", TL_REC_COUNT, "Of the last reply"),
    TL_FIELD(struct record, REPLY_MSG, reply_msg, "reply_msg", TL_REC_TEXT, "Its text; of several lines the last"),
    TL_FIELD(struct record, PASSIVE, passive, "data_channel.passive", TL_REC_BOOL, "The client connects to the server"),
    TL_FIELD(struct record, DATA_ORIG, data_orig, "data_channel.orig_h", TL_REC_TEXT, "Who is to connect"),
    TL_FIELD(struct record, DATA_RESP, data_resp, "data_channel.resp_h", TL_REC_TEXT, "Where to, as announced"),
    TL_FIELD(struct record, DATA_PORT, data_port, "data_channel.resp_p", TL_REC_COUNT, "The port, as announced"),
    TL_FIELD(struct record, MIME_TYPE, mime_type, "mime_type", TL_REC_TOKEN,
             "Media type of the file on the data flow, told by its first bytes"),
    TL_FIELD(struct record, FUID, fuid, "fuid", TL_REC_TEXT, "That file in files records, where these are written"),
};

const struct tl_record_def tl_ftp_record_def =
    TL_RECORD_DEF("ftp", fields, "An FTP command for a file or a data flow, and its last reply",
                  .secret = UINT64_C(1) << PASSWORD);

/* State of a pending command in addition to its record. */
struct extra {
    const struct tl_ftp_verb *verb; /* NULL: unknown */
    uint32_t text, arg;             /* kept: of the last reply; the text in the line */
    uint32_t login;                 /* of PASS; 0: none */
    uint16_t port;                  /* of the data flow that was announced before; 0: none */
    uint16_t code;                  /* of the last reply; 0: none yet */
    bool answered;                  /* that reply was the last one */
    bool secret;                    /* the text in the line is a secret */
    bool open_password;             /* the password is a guest's */
};

static struct extra *extra_of(const struct tl_dissection *d, uint32_t t)
{
    return tl_transaction_extra(d, t);
}

/* --- matching replies to commands --- */

static bool fits(const struct tl_ftp_verb *verb, unsigned code)
{
    if (code >= 500 || code == 421 || verb == NULL || verb->codes == NULL)
        return true;
    for (const char *p = verb->codes; *p != 0; p += p[3] != 0 ? 4 : 3)
        if ((unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 + (unsigned)(p[2] - '0') == code)
            return true;
    return false;
}

static bool mentions(struct tl_bytes text, struct tl_bytes word)
{
    for (uint32_t i = 0; word.len > 0 && i + word.len <= text.len; i++)
        if (memcmp(text.data + i, word.data, word.len) == 0)
            return true;
    return false;
}

enum { FITS = 100, MAY_FIT = 40, NAMED = 20, ARGUMENT = 10 };

static unsigned score(const struct tl_dissection *d, const struct extra *e, unsigned code, struct tl_bytes text)
{
    bool known = e->verb != NULL || code >= 500 || code == 421;
    unsigned points = !fits(e->verb, code) ? 0 : known ? FITS : MAY_FIT;
    if (points == 0 && (code == 200 || code == 250))
        points = MAY_FIT;
    if (e->verb != NULL && mentions(text, tl_bytes_of(e->verb->name, strlen(e->verb->name))))
        points += NAMED;
    if (e->arg != 0 && mentions(text, tl_kept(d, e->arg)))
        points += ARGUMENT;
    return points;
}

/* Returns the best matching command without a last reply, the oldest of equal matches; 0: no command waits. */
static uint32_t best_for(const struct tl_dissection *d, const struct tl_ftp_flow *f, unsigned code,
                         struct tl_bytes text, unsigned *points)
{
    uint32_t best = 0;
    *points = 0;
    for (uint32_t t = f->commands.first; t != 0; t = tl_transaction_next(d, t)) {
        const struct extra *e = extra_of(d, t);
        if (e->answered)
            continue;
        unsigned p = score(d, e, code, text);
        if (best == 0 || p > *points) {
            best = t;
            *points = p;
        }
    }
    return best;
}

/* --- the record --- */

/* Normalizes a path: removes `x/..` and doubled slashes. Both parts may be empty. */
static uint32_t join(uint8_t out[TL_FTP_PATH], struct tl_bytes directory, struct tl_bytes name)
{
    struct tl_bytes parts[2] = { directory, name };
    bool absolute = name.len > 0 && name.data[0] == '/';
    uint32_t n = 0;
    for (unsigned k = absolute; k < 2; k++) {
        for (uint32_t i = 0; i < parts[k].len && n < TL_FTP_PATH; i++) {
            uint8_t c = parts[k].data[i];
            if (c == '/' && n > 0 && out[n - 1] == '/')
                continue;
            out[n++] = c;
            bool end = i + 1 == parts[k].len || parts[k].data[i + 1] == '/';
            if (!end || n < 4 || memcmp(out + n - 3, "/..", 3) != 0)
                continue;
            uint32_t at = n - 3;
            while (at > 0 && out[at - 1] != '/')
                at--;
            n = at > 0 ? at : n;
        }
        if (k == 0 && n > 0 && n < TL_FTP_PATH && out[n - 1] != '/')
            out[n++] = '/';
    }
    return n;
}

static struct tl_bytes cwd_of(const struct tl_dissection *d, const struct tl_ftp_flow *f)
{
    return f->cwd != 0 ? tl_kept(d, f->cwd) : tl_bytes_of(".", 1);
}

static void set_cwd(struct tl_dissection *d, struct tl_ftp_flow *f, struct tl_bytes name)
{
    uint8_t path[TL_FTP_PATH];
    uint32_t n = join(path, cwd_of(d, f), name);
    while (n > 1 && path[n - 1] == '/')
        n--;
    tl_forget(d, f->cwd);
    f->cwd = tl_keep(d, path, n);
}

static bool is_of_file(const struct extra *e)
{
    return e->verb != NULL &&
           (e->verb->kind == TL_FTP_RETR || e->verb->kind == TL_FTP_UPLOAD || e->verb->kind == TL_FTP_DELE);
}

enum { URL_ROOM = 8 + TL_ROOM_IPV6 + 2 + TL_FTP_PATH };

static struct tl_bytes url_of(const struct tl_dissection *d, const struct tl_ftp_flow *f, struct tl_bytes arg,
                              uint8_t room[URL_ROOM])
{
    const uint8_t *addr = tl_ftp_addr(d, f->server_side);
    uint8_t *p = room;
    memcpy(p, "ftp://", 6);
    p += 6;
    if (d->flow.version == 6)
        *p++ = '[';
    p = d->flow.version == 6 ? tl_write_ipv6(p, addr) : tl_write_ipv4(p, addr);
    if (d->flow.version == 6)
        *p++ = ']';
    uint8_t path[TL_FTP_PATH];
    uint32_t n = join(path, cwd_of(d, f), arg);
    if (n == 0 || path[0] != '/')
        *p++ = '/';
    memcpy(p, path, n);
    return tl_bytes_of(room, (size_t)(p + n - room));
}

/* Returns the last number in text; UINT64_MAX: there is none. */
static uint64_t last_number(struct tl_bytes text)
{
    uint32_t end = text.len;
    while (end > 0 && (text.data[end - 1] < '0' || text.data[end - 1] > '9'))
        end--;
    uint32_t from = end;
    while (from > 0 && end - from < 18 && text.data[from - 1] >= '0' && text.data[from - 1] <= '9')
        from--;
    uint64_t v = from < end ? 0 : UINT64_MAX;
    for (; from < end; from++)
        v = v * 10 + (text.data[from] - '0');
    return v;
}

/* The file that passed, or passes, on the data flow. */
static void fill_file(struct tl_dissection *d, const struct tl_ftp_flow *f, const struct extra *e, struct record *record,
                      struct tl_carried *file)
{
    bool transfer = e->verb != NULL && (e->verb->kind == TL_FTP_RETR || e->verb->kind == TL_FTP_UPLOAD);
    if (!transfer || !tl_carried(d, e->port != 0 ? e->port : f->data_port, file))
        return;
    record->fuid = tl_bytes_of(file->fuid, strlen(file->fuid));
    tl_record_set(&record->r, FUID);
    record->mime_type = file->mime_type;
    if (file->mime_type != NULL)
        tl_record_set(&record->r, MIME_TYPE);
}

static void emit(struct tl_dissection *d, struct tl_ftp_flow *f, uint32_t t)
{
    struct record record = { .r.ts = tl_transaction_ts(d, t) };
    struct tl_carried file;
    uint8_t url[URL_ROOM];
    tl_transaction_load(d, t, &record.r);
    const struct extra *e = extra_of(d, t);
    struct tl_bytes arg = tl_kept(d, e->arg);
    if (is_of_file(e))
        record.arg = url_of(d, f, arg, url);
    else
        record.arg = arg;
    if (is_of_file(e) || arg.len > 0)
        tl_record_set(&record.r, ARG);
    record.r.masked = (uint64_t)e->secret << ARG;
    record.r.open = (uint64_t)e->open_password << PASSWORD;
    if (e->code != 0) {
        record.reply_code = e->code;
        record.reply_msg = e->text != 0 ? tl_kept(d, e->text) : tl_bytes_of("", 0);
        record.r.set |= UINT64_C(1) << REPLY_CODE | UINT64_C(1) << REPLY_MSG;
    }
    fill_file(d, f, e, &record, &file);
    tl_emit(d, &tl_ftp_record_def, &record.r);
    f->wrote = true;
}

/* --- effects of a finished command --- */

static void take_effect(struct tl_dissection *d, struct tl_ftp_flow *f, const struct extra *e)
{
    unsigned kind = e->verb != NULL ? e->verb->kind : TL_FTP_OTHER;
    if (kind == TL_FTP_CWD && e->code / 100 == 2)
        set_cwd(d, f, tl_kept(d, e->arg));
    if (kind == TL_FTP_CDUP && e->code / 100 == 2)
        set_cwd(d, f, tl_bytes_of("..", 2));
    if (kind != TL_FTP_PWD || e->code != 257 || e->text == 0)
        return;
    struct tl_bytes text = tl_kept(d, e->text);
    const uint8_t *open = memchr(text.data, '"', text.len);
    uint32_t left = open != NULL ? text.len - (uint32_t)(open + 1 - text.data) : 0;
    const uint8_t *close = left > 0 ? memchr(open + 1, '"', left) : NULL;
    if (close != NULL && close > open + 1)
        set_cwd(d, f, (struct tl_bytes){ open + 1, (uint32_t)(close - open - 1) });
}

/* PASS decides about a login, or USER if the server wants no password. An account may be wanted besides (332). */
static void end_login(struct tl_dissection *d, uint32_t t)
{
    const struct extra *e = extra_of(d, t);
    uint32_t login = e->login;
    unsigned code = e->code, kind = e->verb != NULL ? e->verb->kind : TL_FTP_OTHER;
    if (kind == TL_FTP_USER && (code == 230 || code == 232)) {
        uint32_t arg = e->arg;
        login = tl_login_begin(d, "ftp", tl_transaction_ts(d, t));
        tl_login_method(d, login, tl_login_word("USER"));
        if (arg != 0)
            tl_login_user(d, login, tl_kept(d, arg));
    }
    extra_of(d, t)->login = 0;
    tl_login_end(d, &login, tl_login_result_of(code != 0 && code / 100 != 3, code / 100 == 2));
}

static void drop(struct tl_dissection *d, struct tl_ftp_flow *f, uint32_t t)
{
    uint32_t text = extra_of(d, t)->text, arg = extra_of(d, t)->arg;
    tl_transaction_drop(d, &f->commands, t);
    tl_forget(d, text);
    tl_forget(d, arg);
}

/* Finishes the oldest command. `last`: it is the last one of the session. */
static void finish(struct tl_dissection *d, struct tl_ftp_flow *f, bool last)
{
    uint32_t t = f->commands.first;
    end_login(d, t);
    const struct extra *e = extra_of(d, t);
    if (e->verb != NULL && e->verb->logged)
        emit(d, f, t);
    else if (last && f->has_user && !f->wrote)
        emit(d, f, t);
    else
        take_effect(d, f, extra_of(d, t));
    drop(d, f, t);
}

/* Finishes commands that have their last reply, except the newest one, which may get another reply. */
static void settle(struct tl_dissection *d, struct tl_ftp_flow *f)
{
    while (f->commands.count > 1 && extra_of(d, f->commands.first)->answered)
        finish(d, f, false);
}

/* --- replies --- */

static void set_endpoint(struct tl_dissection *d, struct tl_ftp_flow *f, uint32_t *t, bool passive,
                         const struct tl_ftp_endpoint *endpoint)
{
    uint8_t room[2][TL_ROOM_IPV6];
    unsigned side = passive ? f->server_side : f->server_side ^ 1u;
    const uint8_t *resp = endpoint->version != 0 ? endpoint->addr : tl_ftp_addr(d, side), *ends[2];
    bool v6 = (endpoint->version != 0 ? endpoint->version : d->flow.version) == 6;
    const uint8_t *orig = tl_ftp_addr(d, side ^ 1);
    ends[0] = d->flow.version == 6 ? tl_write_ipv6(room[0], orig) : tl_write_ipv4(room[0], orig);
    ends[1] = v6 ? tl_write_ipv6(room[1], resp) : tl_write_ipv4(room[1], resp);
    struct tl_transactions *list = &f->commands;
    tl_transaction_number(d, list, t, PASSIVE, passive);
    tl_transaction_text(d, list, t, DATA_ORIG, tl_bytes_of(room[0], (size_t)(ends[0] - room[0])), TL_ROOM_IPV6);
    tl_transaction_text(d, list, t, DATA_RESP, tl_bytes_of(room[1], (size_t)(ends[1] - room[1])), TL_ROOM_IPV6);
    tl_transaction_number(d, list, t, DATA_PORT, endpoint->port);
}

/* May move the command *t. */
static void take_reply(struct tl_dissection *d, struct tl_ftp_flow *f, uint32_t *t, unsigned code, uint32_t text)
{
    struct extra *e = extra_of(d, *t);
    struct tl_ftp_endpoint endpoint;
    struct tl_bytes said = tl_kept(d, text);
    unsigned kind = e->verb != NULL ? e->verb->kind : TL_FTP_OTHER;
    tl_forget(d, e->text);
    e->text = text;
    e->code = (uint16_t)code;
    e->answered |= code >= 200;
    bool endpoint_known = tl_transaction_has(d, *t, DATA_PORT);
    if (text == 0)
        return;
    if (kind == TL_FTP_SIZE && code == 213) {
        f->size = last_number(said);
        f->size_known = f->size != UINT64_MAX;
    }
    if (kind == TL_FTP_RETR && code == 150 && !tl_transaction_has(d, *t, FILE_SIZE)) {
        uint64_t size = last_number(said);
        if (size != UINT64_MAX || f->size_known)
            tl_transaction_number(d, &f->commands, t, FILE_SIZE, size != UINT64_MAX ? size : f->size);
        f->size_known = false;
    }
    if (!endpoint_known && ((code == 227 && kind == TL_FTP_PASV && tl_ftp_read_port(said, &endpoint)) ||
                            (code == 229 && kind == TL_FTP_EPSV && tl_ftp_read_extended(said, &endpoint))))
        set_endpoint(d, f, t, true, &endpoint);
}

void tl_ftp_add_reply(struct tl_dissection *d, struct tl_ftp_flow *f, unsigned code, struct tl_bytes text)
{
    unsigned points;
    uint32_t t = best_for(d, f, code, text, &points);
    bool greeting = !f->greeted && (code == 220 || code == 120);
    f->greeted |= code != 120;
    if (greeting && points < FITS)
        return;
    uint32_t len = text.len < TL_FTP_TEXT ? text.len : TL_FTP_TEXT;
    uint32_t kept = tl_keep(d, len > 0 ? (const void *)text.data : "", len);
    if (t != 0 && points > 0) {
        take_reply(d, f, &t, code, kept);
        settle(d, f);
        return;
    }
    if (f->early_count == TL_FTP_WAITING) {
        tl_forget(d, f->early[0].text);
        memmove(f->early, f->early + 1, (TL_FTP_WAITING - 1) * sizeof f->early[0]);
        f->early_count--;
    }
    f->early[f->early_count++] = (struct tl_ftp_reply){ (uint16_t)code, kept };
}

/*
 * Assigns replies that came when every command had its last reply. They belong to the next command if they match it.
 * Otherwise they are further replies to the command before it (previous; 0: none). more: there is a next command, the
 * newest.
 */
static void use_early(struct tl_dissection *d, struct tl_ftp_flow *f, uint32_t previous, bool more)
{
    unsigned used = 0;
    while (used < f->early_count && !(more && extra_of(d, f->commands.last)->answered)) {
        struct tl_ftp_reply r = f->early[used++];
        uint32_t t = more ? f->commands.last : 0;
        if (t != 0 && fits(extra_of(d, t)->verb, r.code)) {
            take_reply(d, f, &t, r.code, r.text);
            previous = 0; /* the replies after it belong to the new command */
        } else if (previous != 0 && fits(extra_of(d, previous)->verb, r.code)) {
            take_reply(d, f, &previous, r.code, r.text);
        } else {
            tl_forget(d, r.text);
        }
    }
    f->early_count = (uint8_t)(f->early_count - used);
    memmove(f->early, f->early + used, f->early_count * sizeof f->early[0]);
}

/* --- commands --- */

static uint32_t begin_login(struct tl_dissection *d, const struct tl_ftp_flow *f, int64_t ts, struct tl_bytes password)
{
    uint32_t login = tl_login_begin(d, "ftp", ts);
    tl_login_method(d, login, tl_login_word("USER"));
    if (f->has_user && f->user != 0)
        tl_login_user(d, login, tl_kept(d, f->user));
    tl_login_secret(d, login, password, f->open_password);
    return login;
}

void tl_ftp_add_command(struct tl_dissection *d, struct tl_ftp_flow *f, int64_t ts, const struct tl_ftp_verb *verb,
                        struct tl_bytes name, struct tl_bytes arg, bool secret)
{
    struct tl_transactions *list = &f->commands;
    uint8_t upper[TL_FTP_TEXT];
    uint32_t n = name.len < sizeof upper ? name.len : (uint32_t)sizeof upper, previous = list->last;
    if (list->count >= TL_FTP_WAITING)
        finish(d, f, false);
    previous = list->count > 0 ? previous : 0;
    uint32_t t = tl_transaction_begin(d, list, &tl_ftp_record_def, 0, ts, sizeof(struct extra), 96);
    if (t == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        upper[i] = name.data[i] >= 'a' && name.data[i] <= 'z' ? (uint8_t)(name.data[i] - 32) : name.data[i];
    uint32_t kept = arg.len > 0 ? tl_keep(d, arg.data, arg.len < TL_FTP_TEXT ? arg.len : TL_FTP_TEXT) : 0;
    extra_of(d, t)->verb = verb;
    extra_of(d, t)->arg = kept;
    extra_of(d, t)->secret = secret;
    extra_of(d, t)->port = f->data_port;
    extra_of(d, t)->open_password = f->open_password;
    if (verb != NULL && verb->kind == TL_FTP_PASS) {
        uint32_t login = begin_login(d, f, ts, arg);
        extra_of(d, t)->login = login;
    }
    struct tl_bytes user = f->has_user ? tl_kept(d, f->user) : tl_bytes_of("<unknown>", 9);
    tl_transaction_text(d, list, &t, USER, user, TL_FTP_TEXT);
    if (f->password != 0)
        tl_transaction_text(d, list, &t, PASSWORD, tl_kept(d, f->password), TL_FTP_TEXT);
    tl_transaction_text(d, list, &t, COMMAND, tl_bytes_of(upper, n), TL_FTP_TEXT);
    if (arg.len > TL_FTP_TEXT || (arg.len > 0 && kept == 0))
        tl_transaction_cut(d, t, ARG);
    struct tl_ftp_endpoint endpoint;
    unsigned kind = verb != NULL ? verb->kind : TL_FTP_OTHER;
    if ((kind == TL_FTP_PORT && tl_ftp_read_port(arg, &endpoint)) ||
        (kind == TL_FTP_EPRT && tl_ftp_read_extended(arg, &endpoint)))
        set_endpoint(d, f, &t, false, &endpoint);
    use_early(d, f, previous, true);
    settle(d, f);
}

void tl_ftp_replies_lost(struct tl_dissection *d, struct tl_ftp_flow *f)
{
    for (uint32_t t = f->commands.first; t != 0; t = tl_transaction_next(d, t))
        extra_of(d, t)->answered = true;
    settle(d, f);
}

void tl_ftp_end_session(struct tl_dissection *d, struct tl_ftp_flow *f)
{
    use_early(d, f, f->commands.last, false);
    while (f->commands.first != 0)
        finish(d, f, f->commands.count == 1);
}
