/*
 * redis.c - adds records to streams of Redis with XADD, over hiredis.
 *
 * Commands are sent without waiting for their replies, which come in the same order. The socket does not block: this
 * file waits with poll(2), so that what was sent and what was answered do not wait for each other, and so that the end
 * of the run is not held up.
 */
#ifdef TAPLIGHT_HIREDIS

#include <errno.h>
#include <hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "core/loaded.h"
#include "sinks/host_lookup.h"
#include "sinks/ledger.h"
#include "sinks/members.h"

enum {
    LOOKUP_MS = 2000, CONNECT_MS = 10000, CONNECT_LEAST_MS = 2000, SILENCE_MS = 30000, STEP_MS = 100,
    UNSENT_MOST = 256 << 10, COMMANDS_MOST = 4096, WORDS_MOST = 10
};

#define TEXT_OF(word) #word
#define VERSION_OF(soname) TEXT_OF(soname)

static struct {
    __typeof__(redisConnectNonBlock) *connect;
    __typeof__(redisFree) *free;
    __typeof__(redisEnableKeepAlive) *keep_alive;
    __typeof__(redisAppendCommandArgv) *append;
    __typeof__(redisBufferWrite) *write;
    __typeof__(redisBufferRead) *read;
    __typeof__(redisGetReplyFromReader) *reply;
    __typeof__(freeReplyObject) *free_reply;
} hiredis;

static const struct tl_loaded_name names[] = {
    { "redisConnectNonBlock", (void **)&hiredis.connect },
    { "redisFree", (void **)&hiredis.free },
    { "redisEnableKeepAlive", (void **)&hiredis.keep_alive },
    { "redisAppendCommandArgv", (void **)&hiredis.append },
    { "redisBufferWrite", (void **)&hiredis.write },
    { "redisBufferRead", (void **)&hiredis.read },
    { "redisGetReplyFromReader", (void **)&hiredis.reply },
    { "freeReplyObject", (void **)&hiredis.free_reply },
};

struct redis {
    struct tl_receiver target;
    struct tl_target_options options; /* with the credentials: each connection needs them */
    int port;
    char stream[256], maxlen[24], db[8]; /* "": none */
    redisContext *context;             /* owned; NULL: not connected */
    struct tl_host_lookup *lookup;     /* owned: of the host's addresses; NULL: none goes on */
    bool logged_in;                    /* over it */
    struct tl_ledger ledger;
    struct tl_buffer name, record;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void disconnect(struct redis *r)
{
    if (r->context != NULL)
        hiredis.free(r->context);
    r->context = NULL;
    r->logged_in = false;
    tl_ledger_forget_sent(&r->ledger);
}

/* Copies what the server or the library says, without controls. */
static void copy_reason(const char *text, char why[TL_REASON])
{
    snprintf(why, TL_REASON, "%.240s", text);
    for (char *p = why; *p != '\0'; p++)
        *p = (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f ? '?' : *p;
}

/*
 * Waits until the socket is ready for `events`, and at most until `limit`. Returns what it is ready for; 0: `why` says
 * why it is not.
 */
static int wait_for(struct redis *r, int events, int64_t limit, char why[TL_REASON])
{
    for (;;) {
        struct pollfd p = { .fd = r->context->fd, .events = (short)events };
        int ready = poll(&p, 1, STEP_MS);
        if (ready > 0)
            return p.revents;
        bool stopped = atomic_load(r->options.stop);
        if (!stopped && now_ms() < limit && (ready == 0 || errno == EINTR))
            continue;
        snprintf(why, TL_REASON, "%s", stopped ? "the run ends" : ready < 0 ? strerror(errno) : "it does not answer");
        return 0;
    }
}

/* Writes and reads what the socket takes and has. Returns false if the connection is over. */
static bool exchange(struct redis *r, int64_t limit, char why[TL_REASON])
{
    bool unsent = r->context->obuf != NULL && sdslen(r->context->obuf) > 0;
    int ready = wait_for(r, unsent ? POLLIN | POLLOUT : POLLIN, limit, why), done = 0;
    if (ready == 0)
        return false;
    bool good = !unsent || (ready & POLLOUT) == 0 || hiredis.write(r->context, &done) == REDIS_OK;
    if (good && (ready & (POLLIN | POLLERR | POLLHUP)) != 0)
        good = hiredis.read(r->context) == REDIS_OK;
    if (!good)
        copy_reason(r->context->errstr, why);
    return good;
}

/* Takes a reply that was read. Returns false if the connection is over; *reply is NULL if there is none. */
static bool take_reply(struct redis *r, redisReply **reply, char why[TL_REASON])
{
    void *taken = NULL;
    bool good = hiredis.reply(r->context, &taken) == REDIS_OK;
    if (!good)
        copy_reason(r->context->errstr, why);
    *reply = taken;
    return good;
}

/* Sends a command of a new connection and waits for its reply. Returns false unless the server agrees. */
static bool ask(struct redis *r, int count, const char *const *words, char why[TL_REASON])
{
    int64_t limit = now_ms() + CONNECT_MS;
    redisReply *reply = NULL;
    const char *argv[3];
    for (int i = 0; i < count; i++)
        argv[i] = words[i];
    bool good = hiredis.append(r->context, count, argv, NULL) == REDIS_OK;
    if (!good)
        snprintf(why, TL_REASON, "out of memory");
    while (good && reply == NULL)
        good = exchange(r, limit, why) && take_reply(r, &reply, why);
    if (good && reply->type == REDIS_REPLY_ERROR) {
        /* A server may repeat a part of the command: of the answer to a login only a word such as WRONGPASS is shown. */
        if (r->options.credentials.password[0] != '\0' && !r->logged_in)
            snprintf(why, TL_REASON, "it refuses the login: %.*s",
                     (int)strspn(reply->str, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), reply->str);
        else
            copy_reason(reply->str, why);
        good = false;
    }
    if (reply != NULL)
        hiredis.free_reply(reply);
    return good;
}

static bool is_connected(struct redis *r, int64_t limit, char why[TL_REASON])
{
    int error = 0;
    socklen_t len = sizeof error;
    if (r->context == NULL || r->context->err != 0) {
        snprintf(why, TL_REASON, "%.200s", r->context != NULL ? r->context->errstr : "out of memory");
        return false;
    }
    if (wait_for(r, POLLOUT, limit, why) == 0)
        return false;
    if (getsockopt(r->context->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error != 0)
        snprintf(why, TL_REASON, "cannot connect: %s", strerror(error));
    return error == 0;
}

static bool log_in(struct redis *r, char why[TL_REASON])
{
    const struct tl_credentials *c = &r->options.credentials;
    const char *with_user[] = { "AUTH", c->user, c->password }, *select[] = { "SELECT", r->db };
    const char *without[] = { "AUTH", c->password };
    if (c->user[0] != '\0' && !ask(r, 3, with_user, why))
        return false;
    if (c->user[0] == '\0' && c->password[0] != '\0' && !ask(r, 2, without, why))
        return false;
    r->logged_in = true;
    return r->db[0] == '\0' || ask(r, 2, select, why);
}

static bool connect_to(struct redis *r, char why[TL_REASON])
{
    struct tl_host_addresses_found found;
    bool good = false;
    if (!tl_host_lookup(&r->lookup, r->options.url->host, now_ms() + LOOKUP_MS, r->options.stop, &found, why))
        return false;
    int64_t share = CONNECT_MS / found.count > CONNECT_LEAST_MS ? CONNECT_MS / found.count : CONNECT_LEAST_MS;
    for (unsigned i = 0; i < found.count && !good && !atomic_load(r->options.stop); i++) {
        disconnect(r);
        r->context = hiredis.connect(found.texts[i], r->port);
        good = is_connected(r, now_ms() + share, why);
    }
    if (good)
        (void)hiredis.keep_alive(r->context);
    good = good && log_in(r, why);
    if (!good)
        disconnect(r);
    return good;
}

/* XADD STREAM [MAXLEN ~ N] * kind KIND record JSON */
static bool append(struct redis *r, const struct tl_record_frame *frame, size_t i)
{
    const uint8_t *line = frame->lines.data + r->ledger.entries[i].at, *kind = line;
    size_t len = r->ledger.entries[i].len, kind_len = 0;
    const char *words[WORDS_MOST] = { "XADD" };
    size_t lengths[WORDS_MOST] = { strlen("XADD") };
    int n = 1;
    (void)tl_member_kind(line, len, &kind, &kind_len);
    r->name.len = r->record.len = 0;
    tl_frame_put_name(&r->name, r->stream, line, len);
    tl_frame_put_line(&r->record, frame, line, len, frame->first + i);
    words[n] = (const char *)r->name.data, lengths[n++] = r->name.len;
    if (r->maxlen[0] != '\0') {
        words[n] = "MAXLEN", lengths[n++] = strlen("MAXLEN");
        words[n] = "~", lengths[n++] = 1;
        words[n] = r->maxlen, lengths[n++] = strlen(r->maxlen);
    }
    words[n] = "*", lengths[n++] = 1;
    words[n] = "kind", lengths[n++] = strlen("kind");
    words[n] = (const char *)kind, lengths[n++] = kind_len;
    words[n] = "record", lengths[n++] = strlen("record");
    words[n] = (const char *)r->record.data, lengths[n++] = r->record.len;
    return !r->name.failed && !r->record.failed &&
           hiredis.append(r->context, n, words, lengths) == REDIS_OK;
}

/* Appends commands until enough wait to be written. Returns false without memory. */
static bool fill(struct redis *r, const struct tl_record_frame *frame, size_t *next)
{
    size_t bytes = r->context->obuf != NULL ? sdslen(r->context->obuf) : 0;
    for (; *next < frame->count && bytes < UNSENT_MOST && r->ledger.sent < COMMANDS_MOST; ++*next) {
        const struct tl_ledger_entry *entry = &r->ledger.entries[*next];
        if (entry->state != TL_ENTRY_WAITS)
            continue;
        if (!append(r, frame, *next))
            return false;
        bytes += entry->len;
        tl_ledger_put(&r->ledger, *next, TL_ENTRY_SENT);
    }
    return true;
}

/*
 * Takes all replies that were read: *reply_at is the record of the next one. Returns false if the connection is over.
 * No error of Redis is about a record, so each is tried again; *refused is set.
 */
static bool take_replies(struct redis *r, size_t *reply_at, bool *refused, char why[TL_REASON])
{
    for (bool got = false;;) {
        redisReply *reply;
        if (!take_reply(r, &reply, why))
            return false;
        if (reply == NULL) {
            if (got)
                r->options.progress(r->options.context);
            return true;
        }
        bool bad = reply->type == REDIS_REPLY_ERROR;
        got = got || !bad;
        if (bad && !*refused)
            copy_reason(reply->str, why);
        hiredis.free_reply(reply);
        *refused = *refused || bad;
        while (*reply_at < r->ledger.count && r->ledger.entries[*reply_at].state != TL_ENTRY_SENT)
            ++*reply_at;
        if (*reply_at == r->ledger.count) {
            snprintf(why, TL_REASON, "it answers more than it was asked");
            return false;
        }
        tl_ledger_put(&r->ledger, *reply_at, bad ? TL_ENTRY_WAITS : TL_ENTRY_DONE);
    }
}

static bool deliver(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct redis *r = (struct redis *)target;
    size_t next = 0, reply_at = 0;
    bool refused = false;
    r->name.failed = r->record.failed = false;
    if (!tl_ledger_begin(&r->ledger, frame)) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    if (r->context == NULL && !connect_to(r, why))
        return false;
    for (int64_t limit = now_ms() + SILENCE_MS;;) {
        size_t open = r->ledger.waits + r->ledger.sent;
        if (!refused && !fill(r, frame, &next)) {
            snprintf(why, TL_REASON, "out of memory");
            break;
        }
        if (r->ledger.sent == 0 && (refused || r->ledger.waits == 0))
            break;
        if (!exchange(r, limit, why) || !take_replies(r, &reply_at, &refused, why)) {
            refused = true;
            break;
        }
        limit = r->ledger.waits + r->ledger.sent != open ? now_ms() + SILENCE_MS : limit;
    }
    if (tl_ledger_over(&r->ledger))
        return true;
    disconnect(r);
    return false;
}

static void free_target(struct tl_receiver *target)
{
    struct redis *r = (struct redis *)target;
    disconnect(r);
    tl_host_lookup_leave(r->lookup);
    tl_ledger_fini(&r->ledger);
    tl_buffer_fini(&r->name);
    tl_buffer_fini(&r->record);
    explicit_bzero(&r->options.credentials, sizeof r->options.credentials);
    free(r);
}

/* Copies a key of the query that is a number of at most `digits` digits. Returns false for others. */
static bool copy_number(char *out, size_t digits, const char *value)
{
    size_t len = value != NULL ? strlen(value) : 0;
    if (value == NULL)
        return true;
    if (len == 0 || len > digits || strspn(value, "0123456789") != len)
        return false;
    memcpy(out, value, len + 1);
    return true;
}

struct tl_receiver *tl_redis_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                  struct tl_error *error)
{
    /* That of the headers: structs are shared. */
    static const char *const files[] = { "libhiredis.so." VERSION_OF(HIREDIS_SONAME), NULL };
    const struct tl_url *url = options->url;
    if (!tl_load(files, names, TL_COUNT(names))) {
        tl_error_set(error, TL_E_RUNTIME, "--to: %s:// needs %s: install libhiredis" VERSION_OF(HIREDIS_SONAME),
                     scheme->name, files[0]);
        return NULL;
    }
    struct redis *r = calloc(1, sizeof *r);
    if (r == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    r->target = (struct tl_receiver){ .send = deliver, .free = free_target };
    r->options = *options;
    r->port = url->port != 0 ? url->port : scheme->port;
    snprintf(r->stream, sizeof r->stream, "%s", url->path[0] != '\0' ? url->path : "taplight");
    if (!copy_number(r->maxlen, 18, tl_url_query(url, "maxlen")) || !copy_number(r->db, 5, tl_url_query(url, "db")))
        tl_error_set(error, TL_E_USAGE, "--to: maxlen and db are numbers: give %s://HOST/STREAM?maxlen=1000000",
                     scheme->name);
    else if (url->user[0] != '\0' && options->credentials.password[0] == '\0')
        tl_error_set(error, TL_E_USAGE, "--to: %s://USER@ needs a password: give ?password-file=FILE", scheme->name);
    else
        return &r->target;
    free_target(&r->target);
    return NULL;
}

#endif
