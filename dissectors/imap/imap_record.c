/* imap_record.c - the imap record: pairs commands with tagged replies, and sums up the session. */
#include "dissectors/imap/imap.h"

#include <stdio.h>

struct imap_record {
    struct tl_record r;
    struct tl_bytes user, auth;
    bool auth_success;
    uint64_t auth_attempts;
    bool tls, compressed;
    struct tl_bytes greeting;
    struct tl_text_list capabilities;
    struct tl_bytes client_id, server_id;
    struct tl_text_list mailboxes;
    uint64_t exists, commands, fetched, stored, copied, appended, expunged, searches, idles, bytes, no_replies,
        bad_replies;
    struct tl_bytes last_command, last_reply;
};

enum {
    USER, AUTH, AUTH_SUCCESS, AUTH_ATTEMPTS, TLS, COMPRESSED, GREETING, CAPABILITIES, CLIENT_ID, SERVER_ID, MAILBOXES,
    EXISTS, COMMANDS, FETCHED, STORED, COPIED, APPENDED, EXPUNGED, SEARCHES, IDLES, BYTES, NO_REPLIES, BAD_REPLIES,
    LAST_COMMAND, LAST_REPLY,
};

#define F(index, member, key, kind, help) TL_FIELD(struct imap_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(USER, user, "user", TL_REC_TEXT, "User of the last login that was tried"),
    F(AUTH, auth, "auth", TL_REC_TEXT, "Its method: LOGIN, a mechanism of AUTHENTICATE, or PREAUTH"),
    F(AUTH_SUCCESS, auth_success, "auth_success", TL_REC_BOOL, "It was accepted"),
    F(AUTH_ATTEMPTS, auth_attempts, "auth_attempts", TL_REC_COUNT, "Logins that were tried"),
    F(TLS, tls, "tls", TL_REC_BOOL, "The session went on as TLS"),
    F(COMPRESSED, compressed, "compressed", TL_REC_BOOL, "The session went on compressed"),
    F(GREETING, greeting, "greeting", TL_REC_TEXT, "Text of the greeting"),
    F(CAPABILITIES, capabilities, "capabilities", TL_REC_TEXTS, "The server's last list of capabilities"),
    F(CLIENT_ID, client_id, "client_id", TL_REC_TEXT, "Name and version of the client, from ID"),
    F(SERVER_ID, server_id, "server_id", TL_REC_TEXT, "Name and version of the server, from ID"),
    F(MAILBOXES, mailboxes, "mailboxes", TL_REC_TEXTS, "Mailboxes that were selected or examined"),
    F(EXISTS, exists, "exists", TL_REC_COUNT, "Messages in the mailbox, as last reported"),
    F(COMMANDS, commands, "commands", TL_REC_COUNT, "Commands"),
    F(FETCHED, fetched, "fetched", TL_REC_COUNT, "Responses with headers, texts or parts of messages"),
    F(STORED, stored, "stored", TL_REC_COUNT, "STORE commands that were accepted"),
    F(COPIED, copied, "copied", TL_REC_COUNT, "COPY and MOVE commands that were accepted"),
    F(APPENDED, appended, "appended", TL_REC_COUNT, "APPEND commands that were accepted"),
    F(EXPUNGED, expunged, "expunged", TL_REC_COUNT, "Messages that were removed"),
    F(SEARCHES, searches, "searches", TL_REC_COUNT, "SEARCH, SORT and THREAD commands that were accepted"),
    F(IDLES, idles, "idles", TL_REC_COUNT, "IDLE commands that were accepted"),
    F(BYTES, bytes, "bytes", TL_REC_COUNT, "Bytes of messages and their parts, both ways"),
    F(NO_REPLIES, no_replies, "no_replies", TL_REC_COUNT, "Replies with NO"),
    F(BAD_REPLIES, bad_replies, "bad_replies", TL_REC_COUNT, "Replies with BAD"),
    F(LAST_COMMAND, last_command, "last_command", TL_REC_TEXT, "Last command, without its arguments"),
    F(LAST_REPLY, last_reply, "last_reply", TL_REC_TEXT, "Last reply with a tag"),
};
#undef F

const struct tl_record_def tl_imap_record_def =
    TL_RECORD_DEF("imap", fields, "An IMAP session", .summary = { "user", "auth", "mailboxes", "last_reply" });

static void replace(struct tl_dissection *d, uint32_t *handle, uint32_t with)
{
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = with;
}

/* --- waiting commands --- */

static uint32_t waiting(const struct tl_imap_flow *f)
{
    return f->waiting.len / (uint32_t)sizeof(struct tl_imap_command);
}

static struct tl_imap_command *command_at(const struct tl_dissection *d, const struct tl_imap_flow *f, uint32_t i)
{
    return (struct tl_imap_command *)(void *)tl_kept_mine(d, f->waiting.handle) + i;
}

/* Returns its index, or the number of commands. */
static uint32_t find(const struct tl_dissection *d, const struct tl_imap_flow *f, const struct tl_imap_tag *tag)
{
    uint32_t i = 0;
    while (i < waiting(f) && (command_at(d, f, i)->tag.len != tag->len ||
                              memcmp(command_at(d, f, i)->tag.text, tag->text, tag->len) != 0))
        i++;
    return i;
}

static struct tl_imap_command take(const struct tl_dissection *d, struct tl_imap_flow *f, uint32_t i)
{
    struct tl_imap_command c = *command_at(d, f, i);
    memmove(command_at(d, f, i), command_at(d, f, i) + 1, (waiting(f) - i - 1) * sizeof c);
    f->waiting.len -= (uint32_t)sizeof c;
    return c;
}

/* --- effects --- */

static void put_line(struct tl_dissection *d, struct tl_kept_text *text, struct tl_bytes line, bool *cut)
{
    if (text->len + line.len + 1 <= TL_IMAP_LIST && tl_kept_append(d, text, line.data, line.len, TL_IMAP_LIST) &&
        tl_kept_append(d, text, "\n", 1, TL_IMAP_LIST))
        return;
    *cut = true;
}

/* Mailboxes that were selected, each once. */
static void add_mailbox(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes name)
{
    struct tl_bytes left = tl_kept_bytes_of(d, &f->mailboxes);
    while (left.len > 0) {
        const uint8_t *lf = memchr(left.data, '\n', left.len);
        uint32_t n = (uint32_t)(lf - left.data);
        if (n == name.len && memcmp(left.data, name.data, n) == 0)
            return;
        left = (struct tl_bytes){ lf + 1, left.len - n - 1 };
    }
    bool room = f->mailbox_count < TL_IMAP_MAILBOXES && (name.len == 0 || memchr(name.data, '\n', name.len) == NULL);
    if (room)
        put_line(d, &f->mailboxes, name, &f->mailboxes_cut);
    f->mailboxes_cut |= !room;
    f->mailbox_count += room;
}

/* A LOGIN without a user is none: its only argument can be the password. */
static void write_login(struct tl_dissection *d, const struct tl_imap_command *c, bool answered, bool ok)
{
    if (c->kind == TL_IMAP_LOGIN && c->text == 0)
        return;
    uint32_t login = tl_login_begin(d, "imap", c->ts);
    tl_login_method(d, login, c->kind == TL_IMAP_LOGIN ? tl_login_word("LOGIN") : tl_mail_kept_text(d, c->mechanism));
    tl_login_user(d, login, tl_mail_kept_text(d, c->text));
    tl_login_secret(d, login, tl_mail_kept_text(d, c->secret), false);
    tl_login_end(d, &login, tl_login_result_of(answered, ok));
}

static void take_login(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_imap_command *c, bool answered,
                       bool ok)
{
    write_login(d, c, answered, ok);
    f->attempts++;
    f->auth_known = answered;
    f->auth_success = ok;
    replace(d, &f->user, c->text);
    f->user_cut = c->cut;
    c->text = 0;
    if (c->kind == TL_IMAP_LOGIN) {
        tl_mail_keep_text(d, &f->auth, tl_bytes_of("LOGIN", 5), TL_MAIL_TEXT, &f->auth_cut);
    } else {
        replace(d, &f->auth, c->mechanism);
        c->mechanism = 0;
    }
}

static void take_select(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_imap_command *c, bool ok)
{
    replace(d, &f->mailbox, 0);
    if (!ok || c->text == 0)
        return;
    f->mailbox = c->text;
    f->mailbox_cut = c->cut;
    c->text = 0;
    add_mailbox(d, f, tl_kept(d, f->mailbox));
}

static void apply(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_imap_command *c, bool answered, bool ok)
{
    switch (c->kind) {
    case TL_IMAP_LOGIN:
    case TL_IMAP_AUTHENTICATE:
        take_login(d, f, c, answered, ok);
        break;
    case TL_IMAP_SELECT:
        if (answered)
            take_select(d, f, c, ok);
        break;
    case TL_IMAP_UNSELECT:
        if (ok)
            replace(d, &f->mailbox, 0);
        break;
    default:
        break;
    }
    f->tls |= ok && c->kind == TL_IMAP_STARTTLS;
    f->compressed |= ok && c->kind == TL_IMAP_COMPRESS;
    f->stored += ok && c->kind == TL_IMAP_STORE;
    f->copied += ok && c->kind == TL_IMAP_COPY;
    f->appended += ok && c->kind == TL_IMAP_APPEND;
    f->searches += ok && c->kind == TL_IMAP_SEARCH;
    f->idles += ok && c->kind == TL_IMAP_IDLE;
    replace(d, &c->text, 0);
    replace(d, &c->mechanism, 0);
    replace(d, &c->secret, 0);
}

static void give_up(struct tl_dissection *d, struct tl_imap_flow *f)
{
    struct tl_imap_command c = take(d, f, 0);
    apply(d, f, &c, false, false);
}

void tl_imap_add_command(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes word, bool uid)
{
    struct tl_imap_command c = { .kind = f->kind, .tag = f->tag, .ts = d->frame->ts };
    uint32_t n = 0;
    f->commands++;
    memset(f->last_command, 0, sizeof f->last_command);
    if (uid)
        memcpy(f->last_command, "UID ", n = 4);
    for (uint32_t i = 0; i < word.len && n < sizeof f->last_command - 1; i++)
        f->last_command[n++] = (char)(word.data[i] >= 'a' && word.data[i] <= 'z' ? word.data[i] - 32 : word.data[i]);
    if (waiting(f) >= TL_IMAP_WAITING)
        give_up(d, f);
    if (!tl_kept_append(d, &f->waiting, &c, (uint32_t)sizeof c, TL_IMAP_WAITING * (uint32_t)sizeof c))
        apply(d, f, &c, false, false);
}

void tl_imap_set_text(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text, bool mechanism)
{
    uint32_t i = find(d, f, &f->tag);
    if (i == waiting(f))
        return;
    struct tl_imap_command c = *command_at(d, f, i);
    bool cut = false;
    tl_mail_keep_text(d, mechanism ? &c.mechanism : &c.text, text, TL_MAIL_TEXT, &cut);
    c.cut |= cut && !mechanism;
    *command_at(d, f, i) = c;
}

void tl_imap_set_secret(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    struct tl_bytes shown = tl_shown_text(d, TL_SECRET_WHOLE, text);
    uint32_t i = find(d, f, &f->tag);
    if (shown.len == 0 || i == waiting(f))
        return;
    bool cut = false;
    struct tl_imap_command c = *command_at(d, f, i);
    tl_mail_keep_text(d, &c.secret, shown, TL_MAIL_TEXT, &cut);
    *command_at(d, f, i) = c;
}

unsigned tl_imap_add_reply(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes tag, char status,
                           struct tl_bytes line)
{
    struct tl_imap_tag t = tl_imap_tag_of(tag);
    uint32_t i = find(d, f, &t);
    bool ok = status == 'O';
    tl_mail_keep_text(d, &f->last_reply, line, TL_MAIL_TEXT, &f->reply_cut);
    f->no += status == 'N';
    f->bad += status == 'B';
    if (i == waiting(f))
        return TL_IMAP_OTHER;
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    f->refused |= !ok && f->tag.len == t.len && memcmp(f->tag.text, t.text, t.len) == 0;
    struct tl_imap_command c = take(d, f, i);
    unsigned kind = c.kind;
    apply(d, f, &c, true, ok);
    if (ok && kind == TL_IMAP_STARTTLS && waiting(f) > 0)
        tl_weird(d, IMAP_WEIRD_CLEAR_AFTER_STARTTLS, (struct tl_bytes){ NULL, 0 });
    if (kind == TL_IMAP_COMPRESS)
        tl_release(d); /* the client's side waits */
    return kind;
}

void tl_imap_take_capabilities(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes words)
{
    tl_kept_clear(d, &f->capabilities);
    f->capabilities_cut = false;
    while (words.len > 0) {
        struct tl_bytes word = tl_imap_take_word(&words);
        if (word.len > 0)
            put_line(d, &f->capabilities, word, &f->capabilities_cut);
    }
}

void tl_imap_take_id(struct tl_dissection *d, struct tl_imap_flow *f, uint32_t *id, struct tl_bytes list)
{
    struct tl_bytes key, value, name = { NULL, 0 }, version = { NULL, 0 };
    uint8_t text[TL_MAIL_TEXT];
    uint32_t n = 0;
    if (list.len < 2 || list.data[0] != '(')
        return;
    list = (struct tl_bytes){ list.data + 1, list.len - 2 };
    while (tl_imap_take_argument(&list, &key) && tl_imap_take_argument(&list, &value)) {
        if (tl_imap_is(key, "NAME"))
            name = value;
        else if (tl_imap_is(key, "VERSION"))
            version = value;
    }
    if (name.len == 0)
        return;
    n = name.len < sizeof text ? name.len : (uint32_t)sizeof text;
    memcpy(text, name.data, n);
    if (version.len > 0 && n + 1 + version.len <= sizeof text) {
        text[n++] = ' ';
        memcpy(text + n, version.data, version.len);
        n += version.len;
    }
    tl_mail_keep_text(d, id, tl_bytes_of(text, n), TL_MAIL_TEXT, &f->id_cut);
}

/* --- messages --- */

void tl_imap_end_fetch(struct tl_dissection *d, struct tl_imap_flow *f)
{
    char uid[24];
    struct tl_mail_facts facts = { .protocol = "imap", .number = f->number, .size = f->size, .partial = !f->whole };
    tl_mail_reading_end(d, &f->message);
    facts.user = tl_mail_kept_text(d, f->user);
    facts.mailbox = tl_mail_kept_text(d, f->mailbox);
    facts.flags = tl_kept_bytes_of(d, &f->flags);
    facts.flags_known = f->flags_known;
    if (f->uid != 0)
        facts.uid = tl_bytes_of(uid, (size_t)snprintf(uid, sizeof uid, "%llu", (unsigned long long)f->uid));
    tl_mail_reading_emit(d, &f->message, facts);
    tl_mail_reading_free(d, &f->message);
    f->fetched += f->data;
    tl_kept_clear(d, &f->flags);
    f->fetch = f->data = f->whole = f->flags_known = false;
    f->number = f->uid = f->size = 0;
}

/* --- the record --- */

static void set_kept(const struct tl_dissection *d, struct imap_record *r, unsigned field, struct tl_bytes *member,
                     uint32_t handle, bool cut)
{
    *member = tl_mail_kept_text(d, handle);
    if (handle != 0)
        tl_record_set(&r->r, field);
    r->r.cut |= (uint64_t)cut << field;
}

static void set_lines(const struct tl_dissection *d, struct imap_record *r, unsigned field, struct tl_text_list *list,
                      struct tl_bytes *items, uint32_t most, const struct tl_kept_text *text, bool cut)
{
    struct tl_bytes left = tl_kept_bytes_of(d, text);
    list->items = items;
    while (left.len > 0) {
        const uint8_t *lf = memchr(left.data, '\n', left.len);
        uint32_t n = (uint32_t)(lf - left.data);
        cut |= list->count == most;
        if (list->count < most)
            items[list->count++] = (struct tl_bytes){ left.data, n };
        left = (struct tl_bytes){ lf + 1, left.len - n - 1 };
    }
    if (list->count > 0)
        tl_record_set(&r->r, field);
    r->r.cut |= (uint64_t)cut << field;
}

static void emit(struct tl_dissection *d, const struct tl_imap_flow *f)
{
    struct tl_bytes capabilities[TL_IMAP_CAPABILITIES], mailboxes[TL_IMAP_MAILBOXES];
    struct imap_record r = { .r.ts = f->ts, .auth_success = f->auth_success, .auth_attempts = f->attempts,
                             .tls = f->tls, .compressed = f->compressed, .exists = f->exists, .commands = f->commands,
                             .fetched = f->fetched, .stored = f->stored, .copied = f->copied,
                             .appended = f->appended, .expunged = f->expunged, .searches = f->searches,
                             .idles = f->idles, .bytes = f->bytes, .no_replies = f->no, .bad_replies = f->bad };
    r.r.set = UINT64_C(1) << AUTH_ATTEMPTS | UINT64_C(1) << TLS | UINT64_C(1) << COMPRESSED;
    for (unsigned field = COMMANDS; field <= BAD_REPLIES; field++)
        tl_record_set(&r.r, field);
    set_kept(d, &r, USER, &r.user, f->user, f->user_cut);
    set_kept(d, &r, AUTH, &r.auth, f->auth, f->auth_cut);
    set_kept(d, &r, GREETING, &r.greeting, f->greeting, f->greeting_cut);
    set_kept(d, &r, CLIENT_ID, &r.client_id, f->client_id, false);
    set_kept(d, &r, SERVER_ID, &r.server_id, f->server_id, false);
    set_kept(d, &r, LAST_REPLY, &r.last_reply, f->last_reply, f->reply_cut);
    set_lines(d, &r, CAPABILITIES, &r.capabilities, capabilities, TL_IMAP_CAPABILITIES, &f->capabilities,
              f->capabilities_cut);
    set_lines(d, &r, MAILBOXES, &r.mailboxes, mailboxes, TL_IMAP_MAILBOXES, &f->mailboxes, f->mailboxes_cut);
    if (f->auth_known)
        tl_record_set(&r.r, AUTH_SUCCESS);
    if (f->exists_known)
        tl_record_set(&r.r, EXISTS);
    r.last_command = tl_bytes_of(f->last_command, strlen(f->last_command));
    if (f->last_command[0] != 0)
        tl_record_set(&r.r, LAST_COMMAND);
    tl_emit(d, &tl_imap_record_def, &r.r);
}

void tl_imap_end_session(struct tl_dissection *d, struct tl_imap_flow *f)
{
    if (f->state[1] == TL_IMAP_LITERAL)
        f->whole = false;
    tl_imap_end_fetch(d, f);
    tl_body_end(d, &f->part);
    tl_mail_reading_free(d, &f->upload);
    while (waiting(f) > 0)
        give_up(d, f);
    if (f->commands > 0 || f->greeting != 0 || f->last_reply != 0)
        emit(d, f);
    uint32_t *const texts[] = { &f->user, &f->auth, &f->greeting, &f->last_reply, &f->mailbox, &f->client_id,
                                &f->server_id };
    for (unsigned i = 0; i < TL_COUNT(texts); i++)
        replace(d, texts[i], 0);
    tl_imap_deflate_end(d, f);
    tl_kept_clear(d, &f->mailboxes);
    tl_kept_clear(d, &f->capabilities);
    tl_kept_clear(d, &f->flags);
    tl_kept_clear(d, &f->waiting);
}
