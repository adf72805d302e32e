/* redis.c - Redis' serialization protocol, versions 2 and 3 (redis.io: RESP), and commands as lines. */
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/login.h"
#include "dissectors/text_fields.h"
#include "dissectors/redis_probe.h"

/* --- fields --- */

enum {
    STRING, ERROR, INTEGER, BULK_LENGTH, BULK_VALUE, BULK_TEXT, ARRAY_LENGTH, OTHER, INLINE, LINE_TEXT, FIELDS
};

static const struct tl_field fields[FIELDS] = {
    [STRING] = { "resp.string", "String", .type = TL_TEXT, .flags = TL_REPEATS },
    [ERROR] = { "resp.error", "Error", .type = TL_TEXT, .flags = TL_REPEATS },
    [INTEGER] = { "resp.integer", "Integer", .type = TL_I64, .flags = TL_REPEATS },
    [BULK_LENGTH] = { "resp.bulk_string.length", "Length of the text", .type = TL_I32, .flags = TL_REPEATS,
                      .help = "-1: null" },
    [BULK_VALUE] = { "resp.bulk_string.value", "Bytes of the text", .type = TL_BYTES, .flags = TL_REPEATS | TL_HIDDEN,
                     .help = "Arguments with passwords are secret" },
    [BULK_TEXT] = { "resp.bulk_string.text", "Text", .type = TL_TEXT, .flags = TL_REPEATS,
                    .help = "Arguments with passwords are secret" },
    [ARRAY_LENGTH] = { "resp.array.length", "Elements", .type = TL_I64, .flags = TL_REPEATS,
                       .help = "Of an array, a map (pairs), a set or a push" },
    [OTHER] = { "resp.other", "Value of version 3", .type = TL_TEXT, .flags = TL_REPEATS,
                .help = "Null, boolean, double, big number" },
    [INLINE] = { "resp.inline", "Command as a line", .type = TL_TEXT, .flags = TL_REPEATS },
    [LINE_TEXT] = { "resp.line", "Line", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

/* --- the record --- */

struct redis_record {
    struct tl_record r;
    struct tl_bytes name, key, value;
    bool success;
    struct tl_bytes reply;
    int64_t rtt;
};

enum { R_NAME, R_KEY, R_VALUE, R_SUCCESS, R_REPLY, R_RTT };

#define F(index, member, key, kind, help) TL_FIELD(struct redis_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_NAME, name, "cmd.name", TL_REC_TEXT, "The command as sent"),
    F(R_KEY, key, "cmd.key", TL_REC_TEXT, "Its key, of commands whose form is known"),
    F(R_VALUE, value, "cmd.value", TL_REC_TEXT, "Its value, of commands whose form is known"),
    F(R_SUCCESS, success, "success", TL_REC_BOOL, "Was the reply no error"),
    F(R_REPLY, reply, "reply.value", TL_REC_TEXT, "The reply; arrays as [a, [b]]"),
    F(R_RTT, rtt, "rtt", TL_REC_INTERVAL, "Time from the command to its reply"),
};
#undef F

static const struct tl_record_def redis_record_def =
    TL_RECORD_DEF("redis", record_fields, "A command of Redis and its reply",
                  .summary = { "cmd.name", "cmd.key", "cmd.value", "reply.value" }, .latency = "rtt");

/* --- commands --- */

enum { NO_KEY = 0, KEY = 1 };

/* The places of key and value among the arguments, and the first argument that is a secret; 0: none. */
struct command {
    const char *name;
    uint8_t key, value, secret;
};

static const struct command commands[] = {
    { "append", 1, 2, 0 }, { "auth", 0, 0, 1 }, { "decr", 1, 0, 0 }, { "decrby", 1, 2, 0 }, { "del", 1, 0, 0 },
    { "exists", 1, 0, 0 }, { "expire", 1, 2, 0 }, { "get", 1, 0, 0 }, { "getdel", 1, 0, 0 }, { "getset", 1, 2, 0 },
    { "hdel", 1, 2, 0 }, { "hello", 0, 0, 2 }, { "hget", 1, 2, 0 }, { "hgetall", 1, 0, 0 }, { "hincrby", 1, 3, 0 },
    { "hset", 1, 3, 0 }, { "incr", 1, 0, 0 }, { "incrby", 1, 2, 0 }, { "keys", 1, 0, 0 }, { "llen", 1, 0, 0 },
    { "lpop", 1, 0, 0 }, { "lpush", 1, 2, 0 }, { "lrange", 1, 0, 0 }, { "mget", 1, 0, 0 }, { "migrate", 3, 0, 6 },
    { "move", 1, 2, 0 }, { "psetex", 1, 3, 0 }, { "publish", 1, 2, 0 }, { "rename", 1, 2, 0 }, { "rpop", 1, 0, 0 },
    { "rpush", 1, 2, 0 }, { "sadd", 1, 2, 0 }, { "set", 1, 2, 0 }, { "setex", 1, 3, 0 }, { "setnx", 1, 2, 0 },
    { "smembers", 1, 0, 0 }, { "srem", 1, 2, 0 }, { "strlen", 1, 0, 0 }, { "ttl", 1, 0, 0 }, { "type", 1, 0, 0 },
    { "zadd", 1, 3, 0 }, { "zrange", 1, 0, 0 }, { "zscore", 1, 2, 0 },
    /* CONFIG SET name value, ACL SETUSER name rules: passwords may be among them */
    { "acl", 0, 0, 3 }, { "config", 0, 0, 3 }, { "sentinel", 0, 0, 4 },
    /* scripts, which have literals, and their arguments */
    { "eval", 0, 0, 1 }, { "eval_ro", 0, 0, 1 }, { "evalsha", 0, 0, 2 }, { "evalsha_ro", 0, 0, 2 },
    { "fcall", 0, 0, 2 }, { "fcall_ro", 0, 0, 2 }, { "function", 0, 0, 2 }, { "script", 0, 0, 2 },
};

static const struct command other_command = { NULL, 0, 0, 0 };

static const struct command *find_command(struct tl_bytes name)
{
    for (unsigned i = 0; i < TL_COUNT(commands); i++)
        if (tl_text_is(name, commands[i].name))
            return &commands[i];
    return &other_command;
}

/* Settings whose value is a password: in the reply to CONFIG GET and the like it follows the name. */
static bool is_secret_setting(struct tl_bytes name)
{
    return tl_text_is(name, "requirepass") || tl_text_is(name, "masterauth") || tl_text_is(name, "auth-pass") ||
           tl_text_is(name, "sentinel-pass") || tl_text_is(name, "tls-key-file-pass") ||
           tl_text_is(name, "tls-client-key-file-pass");
}

/* What they get is no reply in its order. */
static bool is_subscription(struct tl_bytes name)
{
    return tl_text_is(name, "subscribe") || tl_text_is(name, "psubscribe") || tl_text_is(name, "ssubscribe") ||
           tl_text_is(name, "unsubscribe") || tl_text_is(name, "punsubscribe") || tl_text_is(name, "sunsubscribe");
}

/* The first element of what subscribers get in version 2. */
static bool is_push_name(struct tl_bytes name)
{
    return is_subscription(name) || tl_text_is(name, "message") || tl_text_is(name, "pmessage") ||
           tl_text_is(name, "smessage");
}

/* --- flow state --- */

enum {
    PORT = 6379,
    LINE = 1 << 16,      /* longest line, in bytes */
    COLLECTED = 1 << 16, /* longest text that is collected; longer ones are passed over */
    TEXT = 250,          /* longest text in a record */
    DEPTH = 32,          /* nested arrays */
    WAITING = 1000,      /* commands that wait for replies */
    NO_REPLY = 1,        /* key of a transaction that gets none */
    LOGIN = 2,           /* key of one whose extra bytes are the handle of a login */
    REPLY_ON = 0, REPLY_OFF, REPLY_SKIP, REPLY_SKIP_THIS,
};

struct side {
    uint8_t depth;          /* open arrays */
    uint64_t left[DEPTH];   /* elements of each that are still to come */
    bool first[DEPTH];      /* the next element is the first */
    uint32_t bulk;          /* bytes of a text, and its line end, that come next; 0: a line does */
    bool open;              /* inside a message */
    bool passing;           /* inside a text that is passed over */
    bool skip;              /* after a loss: the next line that can begin a message */
    uint32_t element;       /* texts of the message so far */
    uint8_t type;           /* first byte of the message */
    bool failed;            /* it is an error */
    bool push;              /* it is no reply */
    bool null;
    bool secret;            /* of a server: the next text is one */
    bool command;           /* of what may be a server: a command with secrets in it */
    uint32_t text_len;      /* of `text` */
    char text[TEXT + 6];    /* of a command its name and key, of a reply all of it */
};

struct flow {
    struct tl_transactions waiting;
    struct side side[2];       /* the client's, the server's */
    uint32_t current;          /* the transaction of the command that is read; 0: none */
    const struct command *command;
    uint32_t login;            /* of the command that is read; 0: none */
    uint32_t credential;       /* kept: its first argument, a user or a password; 0: none */
    uint32_t login_at;         /* index of that argument; 0: none */
    uint16_t server_port;      /* 0: not known */
    uint32_t replies_to_skip;  /* of commands that were written before their reply came */
    bool subscribed, resp3, confirmed;
    bool guessed;              /* no port tells who is the server */
    bool sure;                 /* a line told it */
    bool client_command;       /* the command is CLIENT */
    bool reply_command;        /* it is CLIENT REPLY */
    bool logs_in;              /* AUTH or HELLO */
    bool secret_name;          /* CONFIG or ACL and not a harmless form of it */
    uint8_t replies;           /* REPLY_ON, .. */
};

static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct flow *f, unsigned side)
{
    if (f->server_port == 0)
        return side == 1;
    return port_of(d, side) == f->server_port && (d->flow.orig_port != d->flow.resp_port || side == 1);
}

static void put(struct side *s, const void *text, size_t n)
{
    if (n > TEXT - s->text_len)
        n = TEXT - s->text_len;
    memcpy(s->text + s->text_len, text, n);
    s->text_len += (uint32_t)n;
}

/* --- records --- */

static void end_login(struct tl_dissection *d, uint32_t t, enum tl_login_result result)
{
    if (tl_transaction_key(d, t) != LOGIN)
        return;
    uint32_t *extra = tl_transaction_extra(d, t), login = *extra;
    *extra = 0;
    tl_login_end(d, &login, result);
}

static void emit_first(struct tl_dissection *d, struct flow *f)
{
    end_login(d, f->waiting.first, TL_LOGIN_UNANSWERED);
    if (f->waiting.first == f->current)
        f->current = 0;
    tl_transaction_emit(d, &f->waiting, f->waiting.first);
}

/* Writes all that wait: their replies are not told apart any more. */
static void give_up(struct tl_dissection *d, struct flow *f)
{
    while (f->waiting.first != 0) {
        f->replies_to_skip += tl_transaction_key(d, f->waiting.first) != NO_REPLY;
        emit_first(d, f);
    }
}

static bool has_reply(struct flow *f, struct tl_bytes name)
{
    if (is_subscription(name)) {
        f->subscribed = true;
        return false;
    }
    if (f->replies == REPLY_SKIP_THIS) {
        f->replies = REPLY_ON;
        return false;
    }
    return f->replies != REPLY_OFF && !(f->subscribed && !f->resp3);
}

static void begin_command(struct tl_dissection *d, struct flow *f, struct tl_bytes name)
{
    f->command = find_command(name);
    f->client_command = tl_text_is(name, "client");
    f->reply_command = false;
    f->resp3 |= tl_text_is(name, "hello");
    if (tl_text_is(name, "reset"))
        f->subscribed = f->resp3 = false;
    bool login = tl_text_is(name, "auth");
    f->login_at = login;
    login |= tl_text_is(name, "hello");
    f->logs_in = login;
    uint64_t key = !has_reply(f, name) ? NO_REPLY : login ? LOGIN : 0;
    const uint32_t extra = key == LOGIN ? sizeof f->login : 0;
    if (f->waiting.count >= WAITING) {
        f->replies_to_skip += tl_transaction_key(d, f->waiting.first) != NO_REPLY;
        emit_first(d, f);
    }
    f->current = tl_transaction_begin(d, &f->waiting, &redis_record_def, key, d->frame->ts, extra, 64);
    if (f->current == 0) {
        give_up(d, f);
        f->current = tl_transaction_begin(d, &f->waiting, &redis_record_def, key, d->frame->ts, extra, 64);
    }
    if (f->current != 0)
        tl_transaction_text(d, &f->waiting, &f->current, R_NAME, name, TEXT);
}

/* CLIENT REPLY ON, OFF and SKIP (redis.io). */
static void client_reply(struct tl_dissection *d, struct flow *f, uint32_t index, struct tl_bytes text)
{
    if (index == 1)
        f->reply_command = tl_text_is(text, "reply");
    if (index != 2 || !f->reply_command)
        return;
    f->replies = tl_text_is(text, "off") ? REPLY_OFF : tl_text_is(text, "skip") ? REPLY_SKIP : REPLY_ON;
    if (f->replies == REPLY_ON || f->current == 0)
        return;
    tl_transaction_drop(d, &f->waiting, f->current); /* once more, as one without a reply */
    f->current = tl_transaction_begin(d, &f->waiting, &redis_record_def, NO_REPLY, d->frame->ts, 0, 64);
    if (f->current != 0)
        tl_transaction_text(d, &f->waiting, &f->current, R_NAME, tl_bytes_of("CLIENT", 6), TEXT);
}

/* Is this argument a secret? HELLO 3 AUTH user password; RESP has no other place for one. */
static bool is_secret(const struct flow *f, uint32_t index)
{
    return f->command != NULL && f->command->secret != 0 && index >= f->command->secret;
}

/* --- logins: AUTH [user] password; HELLO version AUTH user password (redis.io) --- */

static void credential(struct tl_dissection *d, struct flow *f, uint32_t index, struct tl_bytes text)
{
    if (f->login_at == 0 && tl_text_is(text, "auth"))
        f->login_at = index + 1;
    else if (f->login_at > 0 && index == f->login_at && text.len > 0 && f->credential == 0)
        f->credential = tl_keep(d, text.data, text.len < TEXT ? text.len : TEXT);
    if (f->login_at == 0 || index != f->login_at + 1 || f->login != 0)
        return;
    f->login = tl_login_begin(d, "redis", d->frame->ts);
    if (f->credential != 0)
        tl_login_user(d, f->login, tl_kept(d, f->credential));
    tl_login_secret(d, f->login, text, false);
}

/* whole: the command is all there. */
static void settle_login(struct tl_dissection *d, struct flow *f, bool whole)
{
    if (whole && f->login == 0 && f->login_at == 1 && f->credential != 0) {
        f->login = tl_login_begin(d, "redis", d->frame->ts);
        tl_login_secret(d, f->login, tl_kept(d, f->credential), false);
    }
    tl_login_method(d, f->login, tl_login_word(f->login_at == 1 ? "AUTH" : "HELLO"));
    if (f->current != 0 && tl_transaction_key(d, f->current) == LOGIN)
        *(uint32_t *)tl_transaction_extra(d, f->current) = f->login;
    else
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    tl_forget(d, f->credential);
    f->login = f->credential = f->login_at = 0;
}

static void argument(struct tl_dissection *d, struct flow *f, struct side *c, uint32_t index, struct tl_bytes text)
{
    if (index == 0) {
        begin_command(d, f, text);
        put(c, text.data, text.len);
        return;
    }
    if (f->client_command)
        client_reply(d, f, index, text);
    if (is_secret(f, index) && f->logs_in)
        credential(d, f, index, text);
    if (f->command == NULL || is_secret(f, index))
        return;
    bool key = index == f->command->key, value = index == f->command->value;
    if (key) {
        put(c, " ", 1);
        put(c, text.data, text.len < 64 ? text.len : 64);
    }
    if ((key || value) && f->current != 0)
        tl_transaction_text(d, &f->waiting, &f->current, key ? R_KEY : R_VALUE, text, TEXT);
}

static void end_command(struct tl_dissection *d, struct flow *f)
{
    if (f->login_at != 0)
        settle_login(d, f, true);
    f->current = 0;
    if (f->replies == REPLY_SKIP)
        f->replies = REPLY_SKIP_THIS;
}

static void end_reply(struct tl_dissection *d, struct flow *f, const struct side *s)
{
    if (s->push)
        return;
    if (f->replies_to_skip > 0) {
        f->replies_to_skip--;
        return;
    }
    while (f->waiting.first != 0 && f->waiting.first != f->current &&
           tl_transaction_key(d, f->waiting.first) == NO_REPLY)
        emit_first(d, f);
    uint32_t t = f->waiting.first;
    if (t == 0 || t == f->current)
        return;
    end_login(d, t, tl_login_result_of(true, !s->failed));
    tl_transaction_number(d, &f->waiting, &t, R_SUCCESS, !s->failed);
    if (!s->null)
        tl_transaction_text(d, &f->waiting, &t, R_REPLY, tl_bytes_of(s->text, s->text_len), TEXT);
    tl_transaction_number(d, &f->waiting, &t, R_RTT, (uint64_t)tl_time_between(tl_transaction_ts(d, t), d->frame->ts));
    tl_transaction_emit(d, &f->waiting, t);
}

/* --- elements --- */

static void end_message(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    if (tl_wants(d, LINE_TEXT) && s->text_len > 0)
        tl_add_text(d, LINE_TEXT, d->c.off, 0, s->text, s->text_len < 80 ? s->text_len : 80);
    if (server)
        end_reply(d, f, s);
    else
        end_command(d, f);
    s->open = false;
}

/* An element is complete: so may be the arrays around it. */
static void end_element(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    while (s->depth > 0 && --s->left[s->depth - 1] == 0) {
        s->depth--;
        if (server)
            put(s, "]", 1);
    }
    if (s->depth == 0)
        end_message(d, f, s, server);
}

/* The text of an element. A client's elements are arguments. */
static void element(struct tl_dissection *d, struct flow *f, struct side *s, bool server, struct tl_bytes text, bool null)
{
    uint32_t index = s->element++;
    if (!server) {
        argument(d, f, s, index, text);
    } else {
        bool secret = s->secret || s->command;
        if (index == 0 && s->type == '*' && f->subscribed && is_push_name(text))
            s->push = true;
        s->command |= index == 0 && s->type == '*' && f->guessed && find_command(text)->secret != 0;
        s->secret = s->type != '+' && is_secret_setting(text);
        if (secret && tl_shown_text(d, TL_SECRET_WHOLE, text).len < text.len)
            text = tl_bytes_of("<hidden>", 8);
        if (s->depth > 0 && !s->first[s->depth - 1])
            put(s, ", ", 2);
        if (null && s->depth > 0)
            put(s, "null", 4);
        put(s, text.data, text.len);
        s->null = null && s->depth == 0;
    }
    if (s->depth > 0)
        s->first[s->depth - 1] = false;
    end_element(d, f, s, server);
}

static bool number_of(struct tl_bytes text, int64_t *value)
{
    uint32_t i = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');
    uint64_t n = 0;
    if (i == text.len || text.len - i > 19)
        return false;
    for (; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (text.data[i] - '0');
    }
    *value = text.data[0] == '-' ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static bool array(struct tl_dissection *d, struct flow *f, struct side *s, bool server, uint8_t type, struct tl_bytes text)
{
    int64_t n;
    if (!number_of(text, &n))
        return false;
    tl_add(d, ARRAY_LENGTH, d->c.off, text.len + 1, (uint64_t)n);
    if (n < -1 || n > (INT64_C(1) << 31) || s->depth == DEPTH)
        return false;
    if (type == '>' || type == '|')
        s->push = s->push || s->depth == 0;
    if (n > 0) {
        if (server && s->depth > 0 && !s->first[s->depth - 1])
            put(s, ", ", 2);
        if (s->depth > 0)
            s->first[s->depth - 1] = false;
        if (server)
            put(s, "[", 1);
        s->left[s->depth] = type == '%' || type == '|' ? (uint64_t)n * 2 : (uint64_t)n;
        s->first[s->depth++] = true;
    } else if (server) {
        element(d, f, s, true, tl_bytes_of("[]", n < 0 ? 0 : 2), n < 0);
    } else {
        end_element(d, f, s, false);
    }
    return true;
}

static void add(struct tl_dissection *d, unsigned field, struct tl_bytes text, bool secret)
{
    uint32_t off = (uint32_t)(text.data - d->c.base);
    if (secret)
        tl_add_secret(d, field, off, text.len, TL_SECRET_WHOLE);
    else
        tl_add(d, field, off, text.len, 0);
}

/* --- commands as lines --- */

/* Takes the next word, which may be in quotes. */
static struct tl_bytes take_word(struct tl_bytes *text)
{
    uint32_t i = 0, from, to;
    while (i < text->len && tl_redis_is_gap(text->data[i]))
        i++;
    uint8_t quote = i < text->len && (text->data[i] == '"' || text->data[i] == '\'') ? text->data[i] : 0;
    i += quote != 0;
    from = i;
    while (i < text->len && (quote != 0 ? text->data[i] != quote : !tl_redis_is_gap(text->data[i])))
        i += text->data[i] == '\\' && quote == '"' && i + 1 < text->len ? 2 : 1;
    to = i < text->len ? i : text->len;
    i = to + (to < text->len);
    struct tl_bytes word = { text->data + from, to - from };
    *text = (struct tl_bytes){ text->data + i, text->len - i };
    return word;
}

static void inline_command(struct tl_dissection *d, struct flow *f, struct side *s, struct tl_bytes line)
{
    struct tl_bytes rest = line;
    for (uint32_t index = 0; rest.len > 0 && index < 16; index++) {
        struct tl_bytes word = take_word(&rest);
        if (word.len > 0 || index > 0)
            argument(d, f, s, index, word);
    }
    uint32_t off = (uint32_t)(line.data - d->c.base);
    if (f->command != NULL && f->command->secret != 0)
        tl_add_secret(d, INLINE, off, line.len, TL_SECRET_WORD);
    else
        tl_add(d, INLINE, off, line.len, 0);
    end_message(d, f, s, false);
}

/* --- units --- */

static struct tl_want next(const struct side *s)
{
    if (s->bulk > COLLECTED)
        return (struct tl_want){ TL_WANT_BODY, s->bulk, NULL };
    return s->bulk > 0 ? (struct tl_want){ TL_WANT_BYTES, s->bulk, NULL } : (struct tl_want){ TL_WANT_LINE, LINE, NULL };
}

/* A message that began in an earlier packet has a layer in this one, too. */
static void begin_message(struct tl_dissection *d, struct side *s, uint8_t type)
{
    if (!s->open || d->layer == TL_NO_NODE)
        tl_message(d);
    if (s->open)
        return;
    s->open = true;
    s->element = s->text_len = 0;
    s->failed = s->push = s->null = s->secret = s->command = false;
    s->type = type;
}

/* The line of a simple value. */
static void simple(struct tl_dissection *d, struct flow *f, struct side *s, bool server, uint8_t type, struct tl_bytes text)
{
    int64_t n = 0;
    struct tl_bytes line = { text.data - 1, text.len + 1 };
    if (type == '+')
        add(d, STRING, text, false);
    else if (type == '-')
        add(d, ERROR, text, false);
    else if (type == ':' && number_of(text, &n))
        tl_add(d, INTEGER, (uint32_t)(text.data - d->c.base), text.len, (uint64_t)n);
    else
        add(d, OTHER, line, false);
    s->failed |= type == '-' && s->depth == 0;
    if (type == '#')
        text = tl_bytes_of(text.len > 0 && text.data[0] == 't' ? "true" : "false", text.len > 0 && text.data[0] == 't' ? 4 : 5);
    element(d, f, s, server, text, type == '_');
}

/* Returns false if the line cannot be of this protocol. */
static bool line(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(tl_cursor_peek(&d->c, 0, n), n));
    int64_t len;
    if (text.len == 0) { /* an empty line between commands */
        tl_skip(d, n);
        return !s->open;
    }
    uint8_t type = text.data[0];
    bool inlined = !server && !s->open && type != '*';
    if (s->skip && (inlined || !tl_redis_is_type(type))) {
        tl_skip(d, n);
        return true;
    }
    if (!inlined && !tl_redis_is_type(type))
        return false;
    s->skip = false;
    begin_message(d, s, type);
    struct tl_bytes rest = { text.data + 1, text.len - 1 };
    bool right = true;
    if (inlined) {
        inline_command(d, f, s, text);
    } else if (type == '$' || type == '=' || type == '!') {
        right = number_of(rest, &len) && len >= -1 && len <= (INT64_C(1) << 29);
        if (right)
            tl_add(d, BULK_LENGTH, d->c.off + 1, rest.len, (uint64_t)len);
        s->failed |= type == '!' && s->depth == 0;
        if (right && len >= 0)
            s->bulk = (uint32_t)len + 2;
        else if (right)
            element(d, f, s, server, tl_bytes_of("", 0), true);
    } else if (type == '*' || type == '%' || type == '~' || type == '>' || type == '|') {
        right = array(d, f, s, server, type, rest);
    } else {
        simple(d, f, s, server, type, rest);
    }
    tl_skip(d, n);
    return right;
}

/* A text with its line end. */
static void bulk(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = { tl_cursor_peek(&d->c, 0, n), n - 2 };
    bool secret = server ? s->secret || s->command : is_secret(f, s->element);
    begin_message(d, s, s->type);
    s->bulk = 0;
    if (text.len > 0) {
        add(d, BULK_TEXT, text, secret);
        add(d, BULK_VALUE, text, secret);
    }
    element(d, f, s, server, text, false);
    tl_skip(d, n);
}

static struct tl_want lost(struct tl_dissection *d, struct flow *f, const struct tl_stream *st, struct side *s, bool server)
{
    if (st->left > st->gap && s->passing) /* inside a text that is passed over */
        return (struct tl_want){ TL_WANT_BODY, st->left - st->gap, NULL };
    if (server) {
        f->replies_to_skip = 0;
        while (f->waiting.first != 0 && f->waiting.first != f->current)
            emit_first(d, f);
    } else if (f->current != 0) {
        settle_login(d, f, false);
        end_login(d, f->current, TL_LOGIN_UNANSWERED);
        tl_transaction_drop(d, &f->waiting, f->current);
        f->current = 0;
    }
    *s = (struct side){ .skip = true };
    return next(s);
}

static void set_roles(struct tl_dissection *d, struct flow *f, unsigned server)
{
    f->server_port = port_of(d, server);
    if (f->guessed && server == 0)
        tl_turn(d);
}

/*
 * One port of two tells, else the first line: only a server's begins with + and the like. An array is taken for a
 * command until its sender sends such a line.
 */
static void learn_roles(struct tl_dissection *d, const struct tl_stream *st, struct flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    bool reply = p != NULL && *p != '*' && tl_redis_is_type(*p);
    if (f->server_port == 0) {
        f->guessed = (d->flow.orig_port == PORT) == (d->flow.resp_port == PORT);
        bool server = f->guessed ? reply : port_of(d, st->side) == PORT;
        f->sure = !f->guessed || reply;
        set_roles(d, f, server ? st->side : st->side ^ 1u);
    } else if (!f->sure && reply && !is_server(d, f, st->side) && !f->side[0].open) {
        struct side other = f->side[1];
        f->side[1] = f->side[0];
        f->side[0] = other;
        f->sure = true;
        set_roles(d, f, st->side);
    }
}

static struct tl_want unit(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    if (!f->confirmed && server && !s->skip) {
        f->confirmed = true;
        tl_confirm(d);
    }
    if (s->bulk > 0) {
        bulk(d, f, s, server);
        return next(s);
    }
    if (line(d, f, s, server))
        return next(s);
    tl_violate(d);
    return nothing;
}

static struct tl_want redis_stream(struct tl_dissection *d, struct tl_stream *st)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    if (st->event == TL_EV_UNIT)
        learn_roles(d, st, f);
    bool server = is_server(d, f, st->side);
    struct side *s = &f->side[server];
    switch (st->event) {
    case TL_EV_OPEN:
        return next(s);
    case TL_EV_UNIT:
        return unit(d, f, s, server);
    case TL_EV_RUN:
        s->passing = st->left > 0;
        if (!server)
            tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        if (st->left == 0) {
            s->bulk = 0;
            element(d, f, s, server, tl_bytes_of("", 0), false);
        }
        return next(s);
    case TL_EV_GAP:
        return lost(d, f, st, s, server);
    case TL_EV_OVERLONG:
        tl_violate(d);
        break;
    case TL_EV_END:
        break;
    }
    return nothing;
}

static void redis_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    f->current = 0;
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    tl_forget(d, f->credential);
    f->credential = 0;
    while (f->waiting.first != 0)
        emit_first(d, f);
}

static enum tl_probe redis_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    return d->flow.stream ? tl_redis_probe(c, d->flow.home, port_of(d, d->flow.side) == PORT) : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_redis = {
    .name = "resp",
    .title = "Redis Serialization Protocol",
    .service = "redis",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .aliases = { "service:redis" },
    TL_TABLE(fields),
    .records = { &redis_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{line}",
    TL_BEGINS("**"), .probe = redis_probe,
    .stream = redis_stream,
    .finish = redis_finish,
};
