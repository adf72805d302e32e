/* pop3_record.c - the pop3 record: pairs commands with replies, first in, first out, and sums up the session. */
#include "dissectors/pop3/pop3.h"

struct pop3_record {
    struct tl_record r;
    struct tl_bytes user, auth;
    bool auth_success;
    uint64_t auth_attempts;
    bool tls;
    struct tl_bytes greeting;
    struct tl_text_list capabilities;
    uint64_t messages, mailbox_bytes, commands, retrieved, top, deleted, bytes, errors;
    struct tl_bytes last_command, last_reply;
};

enum {
    USER, AUTH, AUTH_SUCCESS, AUTH_ATTEMPTS, TLS, GREETING, CAPABILITIES, MESSAGES, MAILBOX_BYTES, COMMANDS, RETRIEVED,
    TOP, DELETED, BYTES, ERRORS, LAST_COMMAND, LAST_REPLY,
};

#define F(index, member, key, kind, help) TL_FIELD(struct pop3_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(USER, user, "user", TL_REC_TEXT, "User of the last login that was tried"),
    F(AUTH, auth, "auth", TL_REC_TEXT, "Its method: USER, APOP, or a mechanism of AUTH"),
    F(AUTH_SUCCESS, auth_success, "auth_success", TL_REC_BOOL, "It was accepted"),
    F(AUTH_ATTEMPTS, auth_attempts, "auth_attempts", TL_REC_COUNT, "Logins that were tried"),
    F(TLS, tls, "tls", TL_REC_BOOL, "The session went on as TLS"),
    F(GREETING, greeting, "greeting", TL_REC_TEXT, "Text of the server's first reply"),
    F(CAPABILITIES, capabilities, "capabilities", TL_REC_TEXTS, "Lines of the last reply to CAPA"),
    F(MESSAGES, messages, "messages", TL_REC_COUNT, "Messages in the maildrop"),
    F(MAILBOX_BYTES, mailbox_bytes, "mailbox_bytes", TL_REC_COUNT, "Their size"),
    F(COMMANDS, commands, "commands", TL_REC_COUNT, "Commands"),
    F(RETRIEVED, retrieved, "retrieved", TL_REC_COUNT, "Messages retrieved with RETR"),
    F(TOP, top, "top", TL_REC_COUNT, "Messages of which TOP retrieved the beginning"),
    F(DELETED, deleted, "deleted", TL_REC_COUNT, "Messages marked by DELE and removed by QUIT"),
    F(BYTES, bytes, "bytes", TL_REC_COUNT, "Bytes of all messages that were retrieved"),
    F(ERRORS, errors, "errors", TL_REC_COUNT, "Replies with -ERR"),
    F(LAST_COMMAND, last_command, "last_command", TL_REC_TEXT, "Last command, without its parameter"),
    F(LAST_REPLY, last_reply, "last_reply", TL_REC_TEXT, "First line of the last reply"),
};
#undef F

const struct tl_record_def tl_pop3_record_def =
    TL_RECORD_DEF("pop3", fields, "A POP3 session", .summary = { "user", "auth", "retrieved", "last_reply" });

static struct tl_bytes string(const char *text)
{
    return tl_bytes_of(text, strlen(text));
}

static void replace(struct tl_dissection *d, uint32_t *handle, uint32_t with)
{
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = with;
}

/* --- effects --- */

static void put_line(struct tl_dissection *d, struct tl_kept_text *text, struct tl_bytes line, uint32_t most, bool *cut)
{
    if (line.len > 0 && text->len + line.len + 1 <= most && tl_kept_append(d, text, line.data, line.len, most) &&
        tl_kept_append(d, text, "\n", 1, most))
        return;
    *cut |= line.len > 0;
}

/* A login method that was tried: USER and PASS, APOP, AUTH. */
static void take_method(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_pop3_command *c)
{
    if (c->kind == TL_POP3_AUTH) {
        replace(d, &f->auth, c->value);
        f->auth_cut = c->cut;
        replace(d, &f->user, 0);
        f->user_cut = false;
    } else {
        tl_mail_keep_text(d, &f->auth, string(c->kind == TL_POP3_APOP ? "APOP" : "USER"), TL_MAIL_TEXT, &f->auth_cut);
        replace(d, &f->user, c->value);
        f->user_cut = c->cut;
    }
    c->value = 0;
}

static void end_login(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    tl_login_end(d, &f->login, (enum tl_login_result)f->login_result);
}

/* After take_method(). A login by AUTH ends with the next command: names in responses are applied before. */
static void take_login(struct tl_dissection *d, struct tl_pop3_flow *f, const struct tl_pop3_command *c, bool answered,
                       bool ok)
{
    f->attempts++;
    f->auth_known = answered;
    f->auth_success = ok;
    f->login = tl_login_begin(d, "pop3", c->ts);
    f->login_result = (uint8_t)tl_login_result_of(answered, ok);
    tl_login_method(d, f->login, c->kind == TL_POP3_PASS ? string("USER") : tl_mail_kept_text(d, f->auth));
    tl_login_user(d, f->login, tl_mail_kept_text(d, f->user));
    tl_login_secret(d, f->login, tl_mail_kept_text(d, c->secret), false);
    if (c->kind != TL_POP3_AUTH)
        end_login(d, f);
}

/* A user name or a secret in a response of AUTH. */
static void take_name(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_pop3_command *c)
{
    tl_login_user(d, f->login, tl_mail_kept_text(d, c->value));
    tl_login_secret(d, f->login, tl_mail_kept_text(d, c->secret), false);
    if (c->value == 0 && !c->cut)
        return;
    replace(d, &f->user, c->value);
    f->user_cut = c->cut;
    c->value = 0;
}

static void take_stat(struct tl_pop3_flow *f, struct tl_bytes description)
{
    uint32_t n, m;
    uint64_t messages = tl_mail_number(description, &n);
    struct tl_bytes rest = { description.data + n, description.len - n };
    if (n == 0 || rest.len < 2 || rest.data[0] != ' ')
        return;
    uint64_t bytes = tl_mail_number((struct tl_bytes){ rest.data + 1, rest.len - 1 }, &m);
    if (m == 0)
        return;
    f->messages = messages;
    f->mailbox_bytes = bytes;
    f->maildrop_known = true;
}

/* Effects of +OK. */
static void take_ok(struct tl_dissection *d, struct tl_pop3_flow *f, const struct tl_pop3_command *c,
                    struct tl_bytes description)
{
    bool cut = false;
    switch (c->kind) {
    case TL_POP3_STLS:
        f->tls = true;
        break;
    case TL_POP3_STAT:
        take_stat(f, description);
        break;
    case TL_POP3_LIST:
        f->listed = f->listed_bytes = 0;
        f->listing_torn = false;
        break;
    case TL_POP3_UIDL:
        if (c->alone)
            tl_kept_clear(d, &f->uids);
        else
            put_line(d, &f->uids, description, TL_POP3_UIDS, &cut);
        break;
    case TL_POP3_CAPA:
        tl_kept_clear(d, &f->capabilities);
        f->capabilities_cut = false;
        break;
    case TL_POP3_DELE:
        f->deleting++;
        break;
    case TL_POP3_RSET:
        f->deleting = 0;
        break;
    case TL_POP3_QUIT:
        f->deleted = f->deleting;
        break;
    default:
        break;
    }
}

/* answered false: no reply was seen. description is of the reply. */
static void apply(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_pop3_command *c, bool answered, bool ok,
                  struct tl_bytes description)
{
    bool names_mechanism = c->kind == TL_POP3_AUTH && !c->alone;
    if (c->kind != TL_POP3_NAME)
        end_login(d, f);
    if (c->kind == TL_POP3_USER || c->kind == TL_POP3_APOP || names_mechanism)
        take_method(d, f, c);
    if (c->kind == TL_POP3_PASS || c->kind == TL_POP3_APOP || names_mechanism)
        take_login(d, f, c, answered, ok);
    if (c->kind == TL_POP3_NAME)
        take_name(d, f, c);
    replace(d, &c->secret, 0);
    if (ok)
        take_ok(d, f, c, description);
}

/* --- pairing --- */

static uint32_t waiting(const struct tl_pop3_flow *f)
{
    return (f->waiting.len - f->head) / (uint32_t)sizeof(struct tl_pop3_command);
}

static struct tl_pop3_command *next_command(const struct tl_dissection *d, const struct tl_pop3_flow *f)
{
    return (struct tl_pop3_command *)(void *)(tl_kept_mine(d, f->waiting.handle) + f->head);
}

static struct tl_pop3_command take(const struct tl_dissection *d, struct tl_pop3_flow *f)
{
    struct tl_pop3_command c = *next_command(d, f);
    f->head += (uint32_t)sizeof c;
    if (f->head == f->waiting.len)
        f->head = f->waiting.len = 0;
    return c;
}

static const struct tl_bytes nothing = { (const uint8_t *)"", 0 };

/* User names in responses are applied after their AUTH. */
static void take_names(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    while (waiting(f) > 0 && next_command(d, f)->kind == TL_POP3_NAME) {
        struct tl_pop3_command c = take(d, f);
        apply(d, f, &c, false, false, nothing);
    }
}

/* The oldest command gets no reply. */
static void give_up(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    struct tl_pop3_command c = take(d, f);
    apply(d, f, &c, false, false, nothing);
    take_names(d, f);
}

void tl_pop3_add_command(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_pop3_command command)
{
    const uint32_t size = (uint32_t)sizeof command;
    const uint32_t most = TL_POP3_WAITING / 4 * 5 * size; /* within what a flow may keep */
    if (command.kind == TL_POP3_NAME && waiting(f) == 0) { /* AUTH has its reply, or was not seen */
        apply(d, f, &command, false, false, nothing);
        return;
    }
    if (waiting(f) >= TL_POP3_WAITING)
        give_up(d, f);
    if (f->waiting.len + size > most) {
        uint8_t *p = tl_kept_mine(d, f->waiting.handle);
        memmove(p, p + f->head, f->waiting.len - f->head);
        f->waiting.len -= f->head;
        f->head = 0;
    }
    if (!tl_kept_append(d, &f->waiting, &command, size, most))
        apply(d, f, &command, false, false, nothing);
}

/* A client seldom sends a command before it has the reply to the one before. */
static void replies_lost(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    while (f->replies_lost && waiting(f) > 1)
        give_up(d, f);
    f->replies_lost = false;
}

static bool contains(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i + n <= text.len; i++) {
        uint32_t k = 0;
        while (k < n && (text.data[i + k] | 0x20) == (word[k] | 0x20))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

/*
 * The first reply is the greeting, which answers no command. A capture may begin after it, or have the client's
 * commands first.
 */
static bool is_greeting(const struct tl_dissection *d, const struct tl_pop3_flow *f, struct tl_bytes description)
{
    if (f->greeted || d->flow.continues || waiting(f) == 0)
        return !f->greeted && !d->flow.continues;
    unsigned kind = next_command(d, f)->kind;
    bool opens = kind == TL_POP3_USER || kind == TL_POP3_APOP || kind == TL_POP3_AUTH || kind == TL_POP3_CAPA ||
                 kind == TL_POP3_STLS || kind == TL_POP3_QUIT || kind == TL_POP3_OTHER;
    bool looks = contains(description, "ready") || contains(description, "pop") || contains(description, "@");
    return opens && (looks || waiting(f) > 1);
}

static void sure(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

bool tl_pop3_add_reply(struct tl_dissection *d, struct tl_pop3_flow *f, bool ok, struct tl_bytes line,
                       struct tl_bytes description)
{
    tl_mail_keep_text(d, &f->last_reply, line, TL_MAIL_TEXT, &f->reply_cut);
    f->errors += !ok;
    if (is_greeting(d, f, description)) {
        f->greeted = true;
        tl_mail_keep_text(d, &f->greeting, description, TL_MAIL_TEXT, &f->greeting_cut);
        return false;
    }
    f->greeted = true;
    replies_lost(d, f);
    take_names(d, f);
    if (waiting(f) == 0)
        return false;
    f->current = take(d, f);
    apply(d, f, &f->current, true, ok, description);
    take_names(d, f);
    if (ok)
        sure(d, f);
    if (ok && f->current.kind == TL_POP3_STLS && waiting(f) > 0)
        tl_weird(d, POP3_WEIRD_CLEAR_AFTER_STLS, nothing);
    return true;
}

/* --- replies of several lines --- */

void tl_pop3_list_line(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes line)
{
    uint32_t n, m = 0;
    bool cut = false;
    if (f->current.kind == TL_POP3_CAPA) {
        put_line(d, &f->capabilities, line, TL_POP3_CAPABILITIES, &f->capabilities_cut);
    } else if (f->current.kind == TL_POP3_UIDL) {
        put_line(d, &f->uids, line, TL_POP3_UIDS, &cut);
    } else if (f->current.kind == TL_POP3_LIST) {
        (void)tl_mail_number(line, &n);
        struct tl_bytes rest = { line.data + n, line.len - n };
        uint64_t bytes = rest.len > 1 ? tl_mail_number((struct tl_bytes){ rest.data + 1, rest.len - 1 }, &m) : 0;
        f->listed += m > 0;
        f->listed_bytes += bytes;
    }
}

void tl_pop3_list_end(struct tl_pop3_flow *f)
{
    if (f->current.kind != TL_POP3_LIST || f->maildrop_known || f->listing_torn)
        return;
    f->messages = f->listed;
    f->mailbox_bytes = f->listed_bytes;
    f->maildrop_known = true;
}

/* Returns the unique id of a message in the lines of UIDL; empty: unknown. */
static struct tl_bytes uid_of(const struct tl_dissection *d, const struct tl_pop3_flow *f, uint64_t number)
{
    struct tl_bytes left = tl_kept_bytes_of(d, &f->uids);
    while (left.len > 0) {
        const uint8_t *lf = memchr(left.data, '\n', left.len);
        uint32_t n, len = (uint32_t)(lf - left.data);
        uint64_t value = tl_mail_number((struct tl_bytes){ left.data, len }, &n);
        if (n > 0 && value == number && n + 1 < len)
            return (struct tl_bytes){ left.data + n + 1, len - n - 1 };
        left = (struct tl_bytes){ lf + 1, left.len - len - 1 };
    }
    return nothing;
}

void tl_pop3_end_message(struct tl_dissection *d, struct tl_pop3_flow *f, bool whole)
{
    struct tl_mail_facts facts = { .protocol = "pop3", .number = f->current.value };
    tl_mail_reading_end(d, &f->message);
    facts.user = tl_mail_kept_text(d, f->user);
    facts.uid = uid_of(d, f, facts.number);
    facts.partial = !whole || f->current.kind == TL_POP3_TOP;
    f->bytes += f->message.size;
    f->retrieved += f->current.kind != TL_POP3_TOP;
    f->top += f->current.kind == TL_POP3_TOP;
    tl_mail_reading_emit(d, &f->message, facts);
    tl_mail_reading_free(d, &f->message);
}

/* --- the record --- */

static void set_kept(const struct tl_dissection *d, struct pop3_record *r, unsigned field, struct tl_bytes *member,
                     uint32_t handle, bool cut)
{
    *member = tl_mail_kept_text(d, handle);
    if (handle != 0)
        tl_record_set(&r->r, field);
    r->r.cut |= (uint64_t)cut << field;
}

static void emit(struct tl_dissection *d, const struct tl_pop3_flow *f)
{
    struct tl_bytes lines[TL_POP3_CAPABILITY_COUNT];
    struct pop3_record r = { .r.ts = f->ts, .auth_success = f->auth_success, .auth_attempts = f->attempts,
                             .tls = f->tls, .capabilities.items = lines, .messages = f->messages,
                             .mailbox_bytes = f->mailbox_bytes, .commands = f->commands,
                             .retrieved = f->retrieved, .top = f->top, .deleted = f->deleted, .bytes = f->bytes,
                             .errors = f->errors };
    struct tl_bytes left = tl_kept_bytes_of(d, &f->capabilities);
    bool cut = f->capabilities_cut;
    while (left.len > 0) {
        const uint8_t *lf = memchr(left.data, '\n', left.len);
        uint32_t len = (uint32_t)(lf - left.data);
        cut |= r.capabilities.count == TL_POP3_CAPABILITY_COUNT;
        if (r.capabilities.count < TL_POP3_CAPABILITY_COUNT)
            lines[r.capabilities.count++] = (struct tl_bytes){ left.data, len };
        left = (struct tl_bytes){ lf + 1, left.len - len - 1 };
    }
    static const uint8_t always[] = { AUTH_ATTEMPTS, TLS, COMMANDS, RETRIEVED, TOP, DELETED, BYTES, ERRORS };
    for (unsigned i = 0; i < TL_COUNT(always); i++)
        tl_record_set(&r.r, always[i]);
    set_kept(d, &r, USER, &r.user, f->user, f->user_cut);
    set_kept(d, &r, AUTH, &r.auth, f->auth, f->auth_cut);
    set_kept(d, &r, GREETING, &r.greeting, f->greeting, f->greeting_cut);
    set_kept(d, &r, LAST_REPLY, &r.last_reply, f->last_reply, f->reply_cut);
    if (f->auth_known)
        tl_record_set(&r.r, AUTH_SUCCESS);
    if (r.capabilities.count > 0)
        tl_record_set(&r.r, CAPABILITIES);
    r.r.cut |= (uint64_t)cut << CAPABILITIES;
    if (f->maildrop_known)
        r.r.set |= UINT64_C(1) << MESSAGES | UINT64_C(1) << MAILBOX_BYTES;
    r.last_command = string(f->last_command);
    if (f->last_command[0] != 0)
        tl_record_set(&r.r, LAST_COMMAND);
    tl_emit(d, &tl_pop3_record_def, &r.r);
}

void tl_pop3_end_session(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    if (f->message.open)
        tl_pop3_end_message(d, f, false);
    while (waiting(f) > 0)
        give_up(d, f);
    end_login(d, f);
    if (f->commands > 0 || f->last_reply != 0)
        emit(d, f);
    replace(d, &f->user, 0);
    replace(d, &f->auth, 0);
    replace(d, &f->greeting, 0);
    replace(d, &f->last_reply, 0);
    tl_kept_clear(d, &f->capabilities);
    tl_kept_clear(d, &f->uids);
    tl_kept_clear(d, &f->waiting);
}
