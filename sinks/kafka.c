/*
 * kafka.c - produces records to topics of Kafka, over librdkafka.
 *
 * The producer is idempotent: the library repeats what was not acknowledged, in order and without doubles, for as long
 * as it lives. So a record that is on its way stays with the library when a call ends without its report; the ledger
 * knows it. Messages never time out there: what waits is ours to count and to give up.
 */
#ifdef TAPLIGHT_RDKAFKA

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "sinks/ledger.h"
#include "core/loaded.h"
#include "sinks/members.h"

/* Trouble is said after TROUBLE_MS without a report; later calls wait WAIT_MS each for reports. */
enum { POLL_MS = 100, TROUBLE_MS = 1000, WAIT_MS = 10000, NAME_MOST = 249, PURGE_MS = 1000 };

static struct {
    __typeof__(rd_kafka_conf_new) *conf_new;
    __typeof__(rd_kafka_conf_dup) *conf_dup;
    __typeof__(rd_kafka_conf_destroy) *conf_destroy;
    __typeof__(rd_kafka_conf_set) *conf_set;
    __typeof__(rd_kafka_conf_set_opaque) *set_opaque;
    __typeof__(rd_kafka_conf_set_dr_msg_cb) *set_report;
    __typeof__(rd_kafka_conf_set_error_cb) *set_error;
    __typeof__(rd_kafka_conf_set_log_cb) *set_log;
    __typeof__(rd_kafka_new) *new;
    __typeof__(rd_kafka_destroy) *destroy;
    __typeof__(rd_kafka_producev) *produce;
    __typeof__(rd_kafka_poll) *poll;
    __typeof__(rd_kafka_purge) *purge;
    __typeof__(rd_kafka_fatal_error) *fatal;
    __typeof__(rd_kafka_err2str) *text;
} kafka;

static const struct tl_loaded_name names[] = {
    { "rd_kafka_conf_new", (void **)&kafka.conf_new },
    { "rd_kafka_conf_dup", (void **)&kafka.conf_dup },
    { "rd_kafka_conf_destroy", (void **)&kafka.conf_destroy },
    { "rd_kafka_conf_set", (void **)&kafka.conf_set },
    { "rd_kafka_conf_set_opaque", (void **)&kafka.set_opaque },
    { "rd_kafka_conf_set_dr_msg_cb", (void **)&kafka.set_report },
    { "rd_kafka_conf_set_error_cb", (void **)&kafka.set_error },
    { "rd_kafka_conf_set_log_cb", (void **)&kafka.set_log },
    { "rd_kafka_new", (void **)&kafka.new },
    { "rd_kafka_destroy", (void **)&kafka.destroy },
    { "rd_kafka_producev", (void **)&kafka.produce },
    { "rd_kafka_poll", (void **)&kafka.poll },
    { "rd_kafka_purge", (void **)&kafka.purge },
    { "rd_kafka_fatal_error", (void **)&kafka.fatal },
    { "rd_kafka_err2str", (void **)&kafka.text },
};

struct kafka_target {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials, which the configuration has */
    rd_kafka_conf_t *conf;            /* owned */
    rd_kafka_t *producer;             /* owned; NULL: none yet. It has threads, so it begins with the first frame */
    char topic[256];
    struct tl_ledger ledger;
    const struct tl_record_frame *frame; /* of this call */
    struct tl_buffer name, record;
    char trouble[TL_REASON];          /* what the library said since the last good report; "": nothing */
    char why[TL_REASON];              /* of the last bad report or message of this call */
    bool refused;                     /* there was one */
    bool told;                        /* trouble was said */
    int64_t good;                     /* ms: the last good report, or the start */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void copy_text(char out[TL_REASON], const char *text)
{
    snprintf(out, TL_REASON, "%.300s", text);
    for (char *p = out; *p != '\0'; p++)
        *p = (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f ? '?' : *p;
}

static void refuse(struct kafka_target *k, rd_kafka_resp_err_t code)
{
    k->refused = true;
    copy_text(k->why, kafka.text(code));
}

/* Errors that may be about one record of a batch: they are reported for all of it. */
static bool is_about_record(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           code == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

/* --- called back by the library, in rd_kafka_poll() --- */

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_target *k = opaque;
    size_t i = (size_t)(uintptr_t)message->_private;
    (void)producer;
    if (k->frame == NULL || i >= k->ledger.count || k->ledger.entries[i].state != TL_ENTRY_SENT)
        return;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        tl_ledger_put(&k->ledger, i, TL_ENTRY_DONE);
        k->good = now_ms();
        k->trouble[0] = '\0';
        k->told = false;
    } else if (!is_about_record(message->err)) {
        tl_ledger_put(&k->ledger, i, TL_ENTRY_WAITS);
        refuse(k, message->err);
    } else if (k->ledger.entries[i].alone) {
        tl_ledger_set_aside(&k->ledger, k->frame, i, &k->options, kafka.text(message->err));
    } else {
        k->ledger.entries[i].alone = true;
        tl_ledger_put(&k->ledger, i, TL_ENTRY_WAITS);
    }
}

static void on_error(rd_kafka_t *producer, int code, const char *reason, void *opaque)
{
    struct kafka_target *k = opaque;
    (void)producer;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && k->trouble[0] != '\0')
        return; /* what was wrong with the last one says more */
    copy_text(k->trouble, reason != NULL ? reason : kafka.text((rd_kafka_resp_err_t)code));
}

/* Without this the library writes to standard error. */
static void on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
    (void)producer, (void)level, (void)facility, (void)text;
}

/* --- producing --- */

static void stop_producer(struct kafka_target *k)
{
    if (k->producer != NULL) {
        const struct tl_record_frame *frame = k->frame;
        k->frame = NULL; /* reports of what is purged change nothing */
        kafka.purge(k->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        for (int64_t until = now_ms() + PURGE_MS; kafka.poll(k->producer, 0) > 0 && now_ms() < until;)
            continue;
        kafka.destroy(k->producer);
        k->frame = frame;
    }
    k->producer = NULL;
    tl_ledger_forget_sent(&k->ledger);
}

static bool start_producer(struct kafka_target *k, char why[TL_REASON])
{
    char text[256] = "";
    rd_kafka_conf_t *conf = kafka.conf_dup(k->conf);
    kafka.set_opaque(conf, k);
    k->producer = kafka.new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (k->producer == NULL) {
        kafka.conf_destroy(conf);
        copy_text(why, text);
    }
    k->good = now_ms();
    k->trouble[0] = '\0';
    k->told = false;
    return k->producer != NULL;
}

/* Produces a record. Its key is the flow's, so that records of a flow are in one partition, in order. */
static rd_kafka_resp_err_t produce(struct kafka_target *k, size_t i)
{
    const struct tl_record_frame *frame = k->frame;
    const uint8_t *line = frame->lines.data + k->ledger.entries[i].at, *kind = line;
    size_t len = k->ledger.entries[i].len, kind_len = 0;
    struct tl_member flow = { .value = NULL };
    char seq[24];
    int seq_len = snprintf(seq, sizeof seq, "%llu", (unsigned long long)(frame->first + i));
    (void)tl_member_kind(line, len, &kind, &kind_len);
    bool keyed = tl_member_find(line, len, "community_id", &flow) && flow.len > 2;
    k->name.len = k->record.len = 0;
    tl_frame_put_name(&k->name, k->topic, line, len);
    tl_put_char(&k->name, '\0');
    tl_frame_put_line(&k->record, frame, line, len, frame->first + i);
    if (k->name.failed || k->record.failed)
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    return kafka.produce(k->producer, RD_KAFKA_V_TOPIC((const char *)k->name.data),
                         RD_KAFKA_V_VALUE(k->record.data, k->record.len),
                         RD_KAFKA_V_KEY(keyed ? flow.value + 1 : NULL, keyed ? flow.len - 2 : 0),
                         RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)i),
                         RD_KAFKA_V_HEADER("kind", (const char *)kind, (ssize_t)kind_len),
                         RD_KAFKA_V_HEADER("sensor", frame->sensor, -1), RD_KAFKA_V_HEADER("run", frame->run, -1),
                         RD_KAFKA_V_HEADER("seq", seq, (ssize_t)seq_len), RD_KAFKA_V_END);
}

/* Produces what waits, until the library's queue is full. A record that is sent alone waits for all others. */
static void fill(struct kafka_target *k, size_t *next)
{
    for (; *next < k->frame->count && !k->refused; ++*next) {
        const struct tl_ledger_entry *entry = &k->ledger.entries[*next];
        if (entry->state != TL_ENTRY_WAITS)
            continue;
        if (entry->alone && k->ledger.sent > 0)
            return;
        rd_kafka_resp_err_t code = produce(k, *next);
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return;
        if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
            tl_ledger_set_aside(&k->ledger, k->frame, *next, &k->options, "it is larger than max-bytes");
        else if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            refuse(k, code);
        else
            tl_ledger_put(&k->ledger, *next, TL_ENTRY_SENT);
        if (entry->alone)
            return;
    }
}

/* Whether a call has waited long enough for reports. */
static bool is_time_to_say(struct kafka_target *k, int64_t begun)
{
    int64_t quiet = now_ms() - (k->good > begun || !k->told ? k->good : begun);
    if (quiet < (k->trouble[0] != '\0' && !k->told ? TROUBLE_MS : WAIT_MS))
        return false;
    copy_text(k->why, k->trouble[0] != '\0' ? k->trouble
                                           : "no broker acknowledges records: look whether the topic is there");
    k->told = true;
    return true;
}

static bool deliver(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct kafka_target *k = (struct kafka_target *)target;
    int64_t begun = now_ms();
    char fatal[256];
    size_t next = 0;
    bool over = false;
    if (!tl_ledger_begin(&k->ledger, frame)) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    if (k->producer == NULL && !start_producer(k, why))
        return false;
    k->name.failed = k->record.failed = k->refused = false;
    k->good = k->ledger.sent == 0 ? begun : k->good;
    snprintf(k->why, sizeof k->why, "the run ends");
    k->frame = frame;
    while (!over && !atomic_load(k->options.stop)) {
        size_t open = k->ledger.waits + k->ledger.sent;
        fill(k, &next);
        if (k->ledger.sent == 0 && (k->ledger.waits == 0 || k->refused))
            break;
        if (k->ledger.sent == 0 && next == frame->count)
            next = 0; /* those to be sent alone */
        kafka.poll(k->producer, POLL_MS);
        if (k->ledger.waits + k->ledger.sent < open)
            k->options.progress(k->options.context);
        if (kafka.fatal(k->producer, fatal, sizeof fatal) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            copy_text(k->why, fatal);
            stop_producer(k); /* a new one begins with the next call */
            break;
        }
        over = k->ledger.sent > 0 && is_time_to_say(k, begun);
    }
    k->frame = NULL;
    if (tl_ledger_over(&k->ledger))
        return true;
    memcpy(why, k->why, TL_REASON);
    return false;
}

static void free_target(struct tl_receiver *target)
{
    struct kafka_target *k = (struct kafka_target *)target;
    stop_producer(k);
    if (k->conf != NULL)
        kafka.conf_destroy(k->conf);
    tl_ledger_fini(&k->ledger);
    tl_buffer_fini(&k->name);
    tl_buffer_fini(&k->record);
    free(k);
}

/* --- opening --- */

static bool set(struct kafka_target *k, const char *name, const char *value, struct tl_error *error)
{
    char text[200] = "";
    if (kafka.conf_set(k->conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK)
        return true;
    if (error->kind == TL_E_NONE) /* the text may have the value */
        tl_error_set(error, TL_E_USAGE, "--to: kafka: %s",
                     strcmp(name, "sasl.password") == 0 ? "the password cannot be used" : text);
    return false;
}

static bool set_hosts(struct kafka_target *k, uint16_t usual, struct tl_error *error)
{
    const struct tl_url *url = k->options.url;
    struct tl_buffer list = { 0 };
    for (unsigned i = 0; i <= url->other_count; i++) {
        const char *host = i == 0 ? url->host : url->others[i - 1].name;
        uint16_t port = i == 0 ? url->port : url->others[i - 1].port;
        bool colons = strchr(host, ':') != NULL;
        tl_put_format(&list, "%s%s%s%s:%u", i > 0 ? "," : "", colons ? "[" : "", host, colons ? "]" : "",
                      port != 0 ? port : usual);
    }
    tl_put_char(&list, '\0');
    bool good = !list.failed && set(k, "bootstrap.servers", (const char *)list.data, error);
    tl_buffer_fini(&list);
    return good;
}

static bool set_security(struct kafka_target *k, const struct tl_credentials *c, bool tls, struct tl_error *error)
{
    const struct tl_url *url = k->options.url;
    const char *ca = tl_url_query(url, "ca"), *verify = tl_url_query(url, "verify"), *sasl = tl_url_query(url, "sasl");
    bool logs_in = c->user[0] != '\0';
    const char *protocol = logs_in ? (tls ? "sasl_ssl" : "sasl_plaintext") : (tls ? "ssl" : "plaintext");
    bool good = set(k, "security.protocol", protocol, error);
    if (ca != NULL)
        good = good && set(k, "ssl.ca.location", ca, error);
    if (verify != NULL && strcmp(verify, "no") == 0)
        good = good && set(k, "enable.ssl.certificate.verification", "false", error) &&
               set(k, "ssl.endpoint.identification.algorithm", "none", error);
    else if (tls)
        good = good && set(k, "ssl.endpoint.identification.algorithm", "https", error);
    if (!logs_in)
        return good;
    sasl = sasl != NULL ? sasl : tls ? "PLAIN" : "SCRAM-SHA-512"; /* a password never goes in clear unasked */
    return good && set(k, "sasl.mechanisms", sasl, error) && set(k, "sasl.username", c->user, error) &&
           set(k, "sasl.password", c->password, error);
}

static bool is_mechanism(const char *name)
{
    static const char *const known[] = { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" };
    for (size_t i = 0; name != NULL && i < TL_COUNT(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return name == NULL;
}

static bool set_all(struct kafka_target *k, uint16_t port, struct tl_error *error)
{
    static const char *const fixed[][2] = {
        { "client.id", "taplight" },         { "enable.idempotence", "true" },
        { "message.timeout.ms", "0" },       { "queue.buffering.max.messages", "100000" },
        { "queue.buffering.max.kbytes", "32768" }, { "linger.ms", "20" },
        { "reconnect.backoff.ms", "100" },   { "reconnect.backoff.max.ms", "1000" },
        { "partitioner", "murmur2_random" }, { "socket.connection.setup.timeout.ms", "10000" },
        { "socket.keepalive.enable", "true" },
    };
    const char *codec = tl_url_query(k->options.url, "compress"), *most = tl_url_query(k->options.url, "max-bytes");
    bool good = set_hosts(k, port, error);
    for (size_t i = 0; i < TL_COUNT(fixed); i++)
        good = good && set(k, fixed[i][0], fixed[i][1], error);
    codec = codec == NULL ? "lz4" : strcmp(codec, "no") == 0 ? "none" : codec;
    return good && set(k, "compression.codec", codec, error) &&
           (most == NULL || set(k, "message.max.bytes", most, error));
}

static bool is_topic(const char *topic)
{
    char plain[256];
    const char *at = strstr(topic, "{kind}");
    snprintf(plain, sizeof plain, "%.*s%s", (int)(at != NULL ? at - topic : (ptrdiff_t)strlen(topic)), topic,
             at != NULL ? at + strlen("{kind}") : "");
    return strlen(topic) <= NAME_MOST - 32 && strcmp(topic, ".") != 0 && strcmp(topic, "..") != 0 &&
           strspn(plain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(plain);
}

struct tl_receiver *tl_kafka_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                  struct tl_error *error)
{
    static const char *const files[] = { "librdkafka.so.1", NULL };
    if (!tl_load(files, names, TL_COUNT(names))) {
        tl_error_set(error, TL_E_RUNTIME, "--to: %s:// needs librdkafka: install librdkafka1", scheme->name);
        return NULL;
    }
    struct kafka_target *k = calloc(1, sizeof *k);
    if (k == NULL || (k->conf = kafka.conf_new()) == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        free(k);
        return NULL;
    }
    k->target = (struct tl_receiver){ .send = deliver, .free = free_target };
    k->options = *options;
    explicit_bzero(&k->options.credentials, sizeof k->options.credentials);
    snprintf(k->topic, sizeof k->topic, "%s", options->url->path[0] != '\0' ? options->url->path : "taplight");
    kafka.set_report(k->conf, on_report);
    kafka.set_error(k->conf, on_error);
    kafka.set_log(k->conf, on_log);
    if (!is_topic(k->topic))
        tl_error_set(error, TL_E_USAGE, "--to: '%.80s' is no name of a topic: give letters, digits, dots, dashes and _",
                     k->topic);
    else if (options->url->user[0] != '\0' && options->credentials.password[0] == '\0')
        tl_error_set(error, TL_E_USAGE, "--to: %s://USER@ needs a password: give ?password-file=FILE", scheme->name);
    else if (!is_mechanism(tl_url_query(options->url, "sasl")))
        tl_error_set(error, TL_E_USAGE, "--to: sasl is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
    else if (set_all(k, scheme->port, error) && set_security(k, &options->credentials, scheme->tls, error))
        return &k->target;
    free_target(&k->target);
    return NULL;
}

#endif
