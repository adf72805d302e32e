/*
 * nats.c - publishes records to JetStream of NATS, over libnats.
 *
 * Each message asks for its acknowledgement at a subject of its own, INBOX.NUMBER, where NUMBER is that of the record
 * in the run; one subscription gets them all. The library's asynchronous publishing does the same, but it says of an
 * acknowledged message only that it is no longer pending. The library does not reconnect: what was not acknowledged
 * over a connection is sent again over the next one, with the same Nats-Msg-Id.
 */
#ifdef TAPLIGHT_NATS

#include <json-c/json.h>
#include <nats/nats.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "sinks/ledger.h"
#include "core/loaded.h"

enum {
    CONNECT_MS = 4000, WRITE_MS = 5000, SILENCE_MS = 10000, STEP_MS = 100, PING_MS = 5000, CLOSE_MS = 2000,
    SENT_MOST = 4096, BYTES_MOST = 1 << 20, /* not acknowledged */
    /* Codes of errors that are about the message (err_code of JetStream). */
    ERROR_MESSAGE_TOO_LARGE = 10054, ERROR_HEADER_TOO_LARGE = 10097,
};

static struct {
    __typeof__(natsOptions_Create) *options;
    __typeof__(natsOptions_Destroy) *options_free;
    __typeof__(natsOptions_SetServers) *set_servers;
    __typeof__(natsOptions_SetName) *set_name;
    __typeof__(natsOptions_SetTimeout) *set_timeout;
    __typeof__(natsOptions_SetAllowReconnect) *set_reconnect;
    __typeof__(natsOptions_SetPingInterval) *set_ping;
    __typeof__(natsOptions_SetWriteDeadline) *set_write;
    __typeof__(natsOptions_SetErrorHandler) *set_error;
    __typeof__(natsOptions_SetUserInfo) *set_user;
    __typeof__(natsOptions_SetToken) *set_token;
    __typeof__(natsOptions_SetSecure) *set_secure;
    __typeof__(natsOptions_SetExpectedHostname) *set_host;
    __typeof__(natsOptions_SkipServerVerification) *skip_verification;
    __typeof__(natsOptions_LoadCATrustedCertificates) *load_ca;
    __typeof__(natsConnection_Connect) *connect;
    __typeof__(natsConnection_IsClosed) *is_closed;
    __typeof__(natsConnection_GetLastError) *last_error;
    __typeof__(natsConnection_Destroy) *disconnect;
    __typeof__(natsConnection_SubscribeSync) *subscribe;
    __typeof__(natsConnection_PublishMsg) *publish;
    __typeof__(natsSubscription_SetPendingLimits) *set_limits;
    __typeof__(natsSubscription_NextMsg) *next;
    __typeof__(natsSubscription_Destroy) *unsubscribe;
    __typeof__(natsInbox_Create) *inbox;
    __typeof__(natsInbox_Destroy) *inbox_free;
    __typeof__(natsMsg_Create) *message;
    __typeof__(natsMsg_Destroy) *message_free;
    __typeof__(natsMsgHeader_Set) *set_header;
    __typeof__(natsMsg_GetSubject) *subject_of;
    __typeof__(natsMsg_GetData) *data_of;
    __typeof__(natsMsg_GetDataLength) *size_of;
    __typeof__(natsStatus_GetText) *text;
    __typeof__(nats_GetLastError) *detail;
    __typeof__(nats_CloseAndWait) *close;
} nats;

static const struct tl_loaded_name names[] = {
    { "natsOptions_Create", (void **)&nats.options },
    { "natsOptions_Destroy", (void **)&nats.options_free },
    { "natsOptions_SetServers", (void **)&nats.set_servers },
    { "natsOptions_SetName", (void **)&nats.set_name },
    { "natsOptions_SetTimeout", (void **)&nats.set_timeout },
    { "natsOptions_SetAllowReconnect", (void **)&nats.set_reconnect },
    { "natsOptions_SetPingInterval", (void **)&nats.set_ping },
    { "natsOptions_SetWriteDeadline", (void **)&nats.set_write },
    { "natsOptions_SetErrorHandler", (void **)&nats.set_error },
    { "natsOptions_SetUserInfo", (void **)&nats.set_user },
    { "natsOptions_SetToken", (void **)&nats.set_token },
    { "natsOptions_SetSecure", (void **)&nats.set_secure },
    { "natsOptions_SetExpectedHostname", (void **)&nats.set_host },
    { "natsOptions_SkipServerVerification", (void **)&nats.skip_verification },
    { "natsOptions_LoadCATrustedCertificates", (void **)&nats.load_ca },
    { "natsConnection_Connect", (void **)&nats.connect },
    { "natsConnection_IsClosed", (void **)&nats.is_closed },
    { "natsConnection_GetLastError", (void **)&nats.last_error },
    { "natsConnection_Destroy", (void **)&nats.disconnect },
    { "natsConnection_SubscribeSync", (void **)&nats.subscribe },
    { "natsConnection_PublishMsg", (void **)&nats.publish },
    { "natsSubscription_SetPendingLimits", (void **)&nats.set_limits },
    { "natsSubscription_NextMsg", (void **)&nats.next },
    { "natsSubscription_Destroy", (void **)&nats.unsubscribe },
    { "natsInbox_Create", (void **)&nats.inbox },
    { "natsInbox_Destroy", (void **)&nats.inbox_free },
    { "natsMsg_Create", (void **)&nats.message },
    { "natsMsg_Destroy", (void **)&nats.message_free },
    { "natsMsgHeader_Set", (void **)&nats.set_header },
    { "natsMsg_GetSubject", (void **)&nats.subject_of },
    { "natsMsg_GetData", (void **)&nats.data_of },
    { "natsMsg_GetDataLength", (void **)&nats.size_of },
    { "natsStatus_GetText", (void **)&nats.text },
    { "nats_GetLastError", (void **)&nats.detail },
    { "nats_CloseAndWait", (void **)&nats.close },
};

static atomic_uint targets; /* that use the library */

struct nats_target {
    struct tl_receiver target;
    struct tl_target_options options; /* with the credentials: each connection needs them */
    const struct tl_scheme *scheme;
    char subject[256];
    unsigned turn;                /* the host that is next: one for each attempt, so that the end of a run waits for one */
    natsConnection *connection;   /* owned; NULL: not connected */
    natsSubscription *answers;    /* owned: to INBOX.* */
    natsInbox *inbox;             /* owned */
    bool used;                    /* the library has been started */
    struct tl_ledger ledger;
    size_t bytes;                 /* of what is not acknowledged */
    char sensor[TL_SENSOR_MOST + 1], run[TL_RUN_MOST + 1]; /* of the last frame */
    unsigned runs;                /* how often they changed: what tells late answers of another run */
    struct tl_buffer name, record;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Without the place in the library's source: "(conn.c:733): ..". */
static void copy_text(char why[TL_REASON], const char *text)
{
    const char *end = text[0] == '(' ? strstr(text, "): ") : NULL;
    if (end != NULL && strcspn(text, " ") > (size_t)(end - text))
        text = end + 3;
    snprintf(why, TL_REASON, "%.300s", text);
    for (char *p = why; *p != '\0'; p++)
        *p = (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f ? '?' : *p;
}

/* --- connections --- */

/* Without this the library writes to standard error. What ends a connection is seen by the calls. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status, void *closure)
{
    (void)connection, (void)subscription, (void)status, (void)closure;
}

static void disconnect(struct nats_target *n)
{
    /*
     * In this order: libnats 3.4.1 crashes if a subscription is destroyed while its thread gives it a message. The end of
     * a connection waits for that thread.
     */
    if (n->connection != NULL)
        nats.disconnect(n->connection);
    if (n->answers != NULL)
        nats.unsubscribe(n->answers);
    if (n->inbox != NULL)
        nats.inbox_free(n->inbox);
    n->answers = NULL;
    n->connection = NULL;
    n->inbox = NULL;
    n->bytes = 0;
    tl_ledger_forget_sent(&n->ledger);
}

static const char *host_of(const struct nats_target *n)
{
    unsigned i = n->turn % (n->options.url->other_count + 1);
    return i == 0 ? n->options.url->host : n->options.url->others[i - 1].name;
}

static natsStatus set_server(const struct nats_target *n, natsOptions *options)
{
    const struct tl_url *url = n->options.url;
    unsigned i = n->turn % (url->other_count + 1);
    uint16_t port = i == 0 ? url->port : url->others[i - 1].port;
    bool colons = strchr(host_of(n), ':') != NULL;
    char text[300];
    const char *servers[] = { text };
    snprintf(text, sizeof text, "nats://%s%s%s:%u", colons ? "[" : "", host_of(n), colons ? "]" : "",
             port != 0 ? port : n->scheme->port);
    return nats.set_servers(options, servers, 1);
}

static natsStatus set_security(const struct nats_target *n, natsOptions *options)
{
    const struct tl_credentials *c = &n->options.credentials;
    const char *ca = tl_url_query(n->options.url, "ca"), *verify = tl_url_query(n->options.url, "verify");
    natsStatus status = NATS_OK;
    if (c->user[0] != '\0')
        status = nats.set_user(options, c->user, c->password);
    else if (c->token[0] != '\0')
        status = nats.set_token(options, c->token);
    if (status != NATS_OK || !n->scheme->tls)
        return status;
    status = nats.set_secure(options, true);
    if (status == NATS_OK && ca != NULL)
        status = nats.load_ca(options, ca);
    if (status == NATS_OK && verify != NULL && strcmp(verify, "no") == 0)
        return nats.skip_verification(options, true);
    return status == NATS_OK ? nats.set_host(options, host_of(n)) : status;
}

static natsStatus subscribe(struct nats_target *n)
{
    char subject[100];
    natsStatus status = nats.inbox(&n->inbox);
    if (status != NATS_OK)
        return status;
    snprintf(subject, sizeof subject, "%.90s.*", (const char *)n->inbox);
    status = nats.subscribe(&n->answers, n->connection, subject);
    return status == NATS_OK ? nats.set_limits(n->answers, -1, -1) : status;
}

static bool connect_to(struct nats_target *n, char why[TL_REASON])
{
    natsOptions *options = NULL;
    n->used = true;
    natsStatus status = nats.options(&options); /* the library starts its threads here, after root was given up */
    if (status == NATS_OK)
        status = set_server(n, options);
    if (status == NATS_OK)
        status = nats.set_name(options, "taplight");
    if (status == NATS_OK)
        status = nats.set_timeout(options, CONNECT_MS);
    if (status == NATS_OK)
        status = nats.set_reconnect(options, false);
    if (status == NATS_OK)
        status = nats.set_ping(options, PING_MS);
    if (status == NATS_OK) /* else a server that stands still holds the library's lock, and all calls, for ever */
        status = nats.set_write(options, WRITE_MS);
    if (status == NATS_OK)
        status = nats.set_error(options, on_error, NULL);
    if (status == NATS_OK)
        status = set_security(n, options);
    if (status == NATS_OK)
        status = nats.connect(&n->connection, options);
    if (status == NATS_OK)
        status = subscribe(n);
    if (status != NATS_OK) {
        const char *detail = nats.detail(NULL);
        copy_text(why, detail != NULL && detail[0] != '\0' ? detail : nats.text(status));
        disconnect(n);
        n->turn++;
    }
    nats.options_free(options);
    return status == NATS_OK;
}

/* --- messages --- */

/* Publishes a record. Returns false if the connection is over. */
static bool publish(struct nats_target *n, const struct tl_record_frame *frame, size_t i, char why[TL_REASON])
{
    const struct tl_ledger_entry *entry = &n->ledger.entries[i];
    const uint8_t *line = frame->lines.data + entry->at;
    char reply[128], identity[160];
    natsMsg *message = NULL;
    n->name.len = n->record.len = 0;
    tl_frame_put_name(&n->name, n->subject, line, entry->len);
    tl_put_char(&n->name, '\0');
    tl_frame_put_line(&n->record, frame, line, entry->len, frame->first + i);
    snprintf(reply, sizeof reply, "%.90s.%u-%llu", (const char *)n->inbox, n->runs,
             (unsigned long long)(frame->first + i));
    snprintf(identity, sizeof identity, "%s-%s-%llu", frame->sensor, frame->run,
             (unsigned long long)(frame->first + i));
    natsStatus status = n->name.failed || n->record.failed || n->record.len > INT32_MAX ? NATS_NO_MEMORY : NATS_OK;
    if (status == NATS_OK)
        status = nats.message(&message, (const char *)n->name.data, reply, (const char *)n->record.data,
                              (int)n->record.len);
    if (status == NATS_OK)
        status = nats.set_header(message, "Nats-Msg-Id", identity);
    if (status == NATS_OK)
        status = nats.publish(n->connection, message);
    if (message != NULL)
        nats.message_free(message);
    if (status == NATS_MAX_PAYLOAD) {
        tl_ledger_set_aside(&n->ledger, frame, i, &n->options, "it is larger than the server's max_payload");
        return true;
    }
    if (status != NATS_OK) {
        copy_text(why, nats.text(status));
        return false;
    }
    tl_ledger_put(&n->ledger, i, TL_ENTRY_SENT);
    n->bytes += entry->len;
    return true;
}

static bool fill(struct nats_target *n, const struct tl_record_frame *frame, size_t *next, char why[TL_REASON])
{
    for (; *next < frame->count && n->ledger.sent < SENT_MOST && n->bytes < BYTES_MOST; ++*next)
        if (n->ledger.entries[*next].state == TL_ENTRY_WAITS && !publish(n, frame, *next, why))
            return false;
    return true;
}

/* Reads the error of an acknowledgement, an object with err_code and description. Returns the code, or -1. */
static int read_error(const char *data, int size, char why[TL_REASON])
{
    json_tokener *tokener = json_tokener_new();
    json_object *answer = tokener != NULL ? json_tokener_parse_ex(tokener, data, size) : NULL, *error, *code, *text;
    int found = -1;
    snprintf(why, TL_REASON, "it does not answer as JetStream does");
    if (json_object_object_get_ex(answer, "error", &error) && json_object_object_get_ex(error, "description", &text)) {
        const char *description = json_object_get_string(text);
        copy_text(why, description != NULL ? description : "");
        found = json_object_object_get_ex(error, "err_code", &code) ? json_object_get_int(code) : 0;
    }
    json_object_put(answer);
    if (tokener != NULL)
        json_tokener_free(tokener);
    return found;
}

/* Reads RUN-NUMBER at the end of an answer's subject. Returns the index of the record in the frame, or SIZE_MAX. */
static size_t index_of(const struct nats_target *n, const struct tl_record_frame *frame, const char *subject)
{
    const char *dot = strrchr(subject, '.');
    unsigned run;
    unsigned long long number;
    if (dot == NULL || sscanf(dot, ".%u-%llu", &run, &number) != 2 || run != n->runs || number < frame->first)
        return SIZE_MAX;
    return (size_t)(number - frame->first);
}

/* Takes an acknowledgement. Returns false, with `why`, if the record is to be sent again. */
static bool take_answer(struct nats_target *n, const struct tl_record_frame *frame, natsMsg *message,
                        char why[TL_REASON])
{
    const char *data = nats.data_of(message);
    int size = nats.size_of(message);
    size_t i = index_of(n, frame, nats.subject_of(message));
    if (i >= n->ledger.count || n->ledger.entries[i].state != TL_ENTRY_SENT)
        return true; /* an answer that comes twice, or late: of another frame */
    n->bytes -= n->ledger.entries[i].len < n->bytes ? n->ledger.entries[i].len : n->bytes;
    if (size > 0 && memmem(data, (size_t)size, "\"stream\":", 9) != NULL &&
        memmem(data, (size_t)size, "\"error\":", 8) == NULL) {
        tl_ledger_put(&n->ledger, i, TL_ENTRY_DONE);
        return true;
    }
    int code = read_error(data, size, why);
    if (code == ERROR_MESSAGE_TOO_LARGE || code == ERROR_HEADER_TOO_LARGE) {
        tl_ledger_set_aside(&n->ledger, frame, i, &n->options, why);
        return true;
    }
    tl_ledger_put(&n->ledger, i, TL_ENTRY_WAITS);
    return false;
}

/* Waits for an acknowledgement. Returns false if none comes: the connection is over, or silent until `limit`. */
static bool wait_for_answer(struct nats_target *n, natsMsg **message, int64_t limit, char why[TL_REASON])
{
    natsStatus status = nats.next(message, n->answers, STEP_MS);
    const char *detail = NULL;
    if (status == NATS_OK)
        return true;
    *message = NULL;
    if (atomic_load(n->options.stop)) {
        snprintf(why, TL_REASON, "the run ends");
        return false;
    }
    if (status == NATS_NO_RESPONDERS) { /* it is not said for which record: all that are on their way are sent again */
        snprintf(why, TL_REASON, "no stream takes the subject %.200s: make one", n->subject);
        return false;
    }
    if (status != NATS_TIMEOUT || nats.is_closed(n->connection)) {
        if (nats.last_error(n->connection, &detail) == NATS_OK || detail == NULL || detail[0] == '\0')
            detail = "the connection is closed";
        copy_text(why, detail);
        return false;
    }
    if (now_ms() < limit)
        return true;
    snprintf(why, TL_REASON, "no stream acknowledges records of the subject %.200s", n->subject);
    return false;
}

/* Takes the acknowledgements that have come or come soon, so that these records are not sent again. */
static void take_rest(struct nats_target *n, const struct tl_record_frame *frame)
{
    char why[TL_REASON];
    size_t unanswered = 0; /* records that no stream takes: which ones is not said */
    while (n->ledger.sent > unanswered && !atomic_load(n->options.stop)) {
        natsMsg *message = NULL;
        natsStatus status = nats.next(&message, n->answers, STEP_MS);
        if (status == NATS_NO_RESPONDERS)
            unanswered++;
        else if (status != NATS_OK)
            return;
        else
            (void)take_answer(n, frame, message, why);
        if (message != NULL)
            nats.message_free(message);
    }
}

static bool deliver(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct nats_target *n = (struct nats_target *)target;
    bool refused = false, works = true;
    size_t next = 0;
    if (!tl_ledger_begin(&n->ledger, frame)) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    if (strcmp(n->run, frame->run) != 0 || strcmp(n->sensor, frame->sensor) != 0) {
        memcpy(n->run, frame->run, sizeof n->run);
        memcpy(n->sensor, frame->sensor, sizeof n->sensor);
        n->runs++;
    }
    n->name.failed = n->record.failed = false;
    if (n->connection == NULL && !connect_to(n, why))
        return false;
    for (int64_t limit = now_ms() + SILENCE_MS; works;) {
        natsMsg *message = NULL;
        works = refused || fill(n, frame, &next, why);
        if (!works || (n->ledger.sent == 0 && (refused || n->ledger.waits == 0)))
            break;
        works = wait_for_answer(n, &message, limit, why);
        if (message == NULL)
            continue;
        limit = now_ms() + SILENCE_MS;
        if (take_answer(n, frame, message, why))
            n->options.progress(n->options.context);
        else
            refused = true;
        nats.message_free(message);
    }
    if (!works) {
        take_rest(n, frame);
        disconnect(n);
    }
    return tl_ledger_over(&n->ledger);
}

static void free_target(struct tl_receiver *target)
{
    struct nats_target *n = (struct nats_target *)target;
    disconnect(n);
    tl_ledger_fini(&n->ledger);
    tl_buffer_fini(&n->name);
    tl_buffer_fini(&n->record);
    explicit_bzero(&n->options.credentials, sizeof n->options.credentials);
    if (atomic_fetch_sub(&targets, 1) == 1 && n->used)
        (void)nats.close(CLOSE_MS); /* its threads must not run into the end of the program */
    free(n);
}

/* Whether records can be published to a subject: words with dots between them, no wildcards. */
static bool is_subject(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < 200 && text[0] != '.' && text[len - 1] != '.' && strstr(text, "..") == NULL &&
           strcspn(text, " *>\t") == len && text[0] != '$';
}

struct tl_receiver *tl_nats_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                 struct tl_error *error)
{
    static const char *const files[] = { "libnats.so.3.4", NULL };
    const struct tl_url *url = options->url;
    if (!tl_load(files, names, TL_COUNT(names))) {
        tl_error_set(error, TL_E_RUNTIME, "--to: %s:// needs %s: install libnats3.4", scheme->name, files[0]);
        return NULL;
    }
    struct nats_target *n = calloc(1, sizeof *n);
    if (n == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    atomic_fetch_add(&targets, 1);
    n->target = (struct tl_receiver){ .send = deliver, .free = free_target };
    n->options = *options;
    n->scheme = scheme;
    snprintf(n->subject, sizeof n->subject, "%s", url->path[0] != '\0' ? url->path : "taplight.{kind}");
    if (!is_subject(n->subject))
        tl_error_set(error, TL_E_USAGE, "--to: '%.80s' is no subject: give words with dots between them", n->subject);
    else if (url->user[0] != '\0' && options->credentials.password[0] == '\0')
        tl_error_set(error, TL_E_USAGE, "--to: %s://USER@ needs a password: give ?password-file=FILE", scheme->name);
    else
        return &n->target;
    free_target(&n->target);
    return NULL;
}

#endif
