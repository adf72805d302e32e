/* schemes.c - the schemes of --to. */
#include <string.h>

#include "sinks/members.h"
#include "sinks/target.h"

#define SECRETS "password-file password-env token-file token-env "
#define PASSWORD "password-file password-env "
#define TLS     "ca verify "
#define OF_CLICKHOUSE "table cluster replicated create compress"

#define OF_REDIS "maxlen db"
#define OF_KAFKA "compress max-bytes sasl"

#ifdef TAPLIGHT_CURL
#define WITH_CURL(function) (function)
#else
#define WITH_CURL(function) NULL
#endif
#ifdef TAPLIGHT_HIREDIS
#define WITH_HIREDIS(function) (function)
#else
#define WITH_HIREDIS(function) NULL
#endif
#ifdef TAPLIGHT_NATS
#define WITH_NATS(function) (function)
#else
#define WITH_NATS(function) NULL
#endif
#ifdef TAPLIGHT_RDKAFKA
#define WITH_RDKAFKA(function) (function)
#else
#define WITH_RDKAFKA(function) NULL
#endif

static const struct tl_scheme schemes[] = {
    { "clickhouse", false, 8123, "_", SECRETS OF_CLICKHOUSE, false, WITH_CURL(tl_clickhouse_open), "libcurl" },
    { "clickhouses", true, 8443, "_", SECRETS TLS OF_CLICKHOUSE, false, WITH_CURL(tl_clickhouse_open), "libcurl" },
    { "elastic", false, 9200, ".", SECRETS "compress", false, WITH_CURL(tl_bulk_open), "libcurl" },
    { "elastics", true, 9200, ".", SECRETS TLS "compress", false, WITH_CURL(tl_bulk_open), "libcurl" },
    { "opensearch", false, 9200, ".", SECRETS "compress", false, WITH_CURL(tl_bulk_open), "libcurl" },
    { "opensearchs", true, 9200, ".", SECRETS TLS "compress", false, WITH_CURL(tl_bulk_open), "libcurl" },
    { "loki", false, 3100, ".", SECRETS "compress tenant", false, WITH_CURL(tl_loki_open), "libcurl" },
    { "lokis", true, 3100, ".", SECRETS TLS "compress tenant", false, WITH_CURL(tl_loki_open), "libcurl" },
    { "redis", false, 6379, ".", PASSWORD OF_REDIS, false, WITH_HIREDIS(tl_redis_open), "hiredis" },
    { "kafka", false, 9092, ".", PASSWORD OF_KAFKA, true, WITH_RDKAFKA(tl_kafka_open), "librdkafka" },
    { "kafkas", true, 9093, ".", PASSWORD TLS OF_KAFKA, true, WITH_RDKAFKA(tl_kafka_open), "librdkafka" },
    { "nats", false, 4222, ".", SECRETS, true, WITH_NATS(tl_nats_open), "libnats" },
    { "file", false, 0, ".", "rotate keep compress", false, tl_record_file_open, "zstd" },
    { "natss", true, 4222, ".", SECRETS TLS, false, WITH_NATS(tl_nats_open), "libnats" },
};

static bool is_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = words; (p = strstr(p, word)) != NULL; p += len)
        if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
            return true;
    return false;
}

/* Whether a part of the query may be one of a password that the user did not escape. */
static bool has_at(const struct tl_url *url)
{
    for (unsigned i = 0; i < url->query_count; i++)
        if (strchr(url->queries[i].key, '@') != NULL || strchr(url->queries[i].value, '@') != NULL)
            return true;
    return false;
}

const struct tl_scheme *tl_scheme_of(const struct tl_url *url, struct tl_error *error)
{
    const struct tl_scheme *scheme = NULL;
    for (size_t i = 0; i < TL_COUNT(schemes); i++)
        if (strcmp(schemes[i].name, url->scheme) == 0)
            scheme = &schemes[i];
    if (scheme == NULL) {
        char names[320] = "";
        for (size_t i = 0, n = 0; i < TL_COUNT(schemes) && n < sizeof names; i++)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "", schemes[i].name);
        tl_error_set(error, TL_E_USAGE, "--to: unknown scheme '%s': give one of %s", url->scheme, names);
        return NULL;
    }
    if (scheme->open == NULL) {
        tl_error_set(error, TL_E_USAGE, "--to: this build has no %s://: build it with the headers of %s", scheme->name,
                     scheme->needs);
        return NULL;
    }
    if (url->other_count > 0 && !scheme->several) {
        tl_error_set(error, TL_E_USAGE, "--to: %s:// takes one host: give --to for each server", scheme->name);
        return NULL;
    }
    for (unsigned i = 0; i < url->query_count; i++) {
        if (!is_word(scheme->queries, url->queries[i].key)) {
            tl_error_set(error, TL_E_USAGE, "--to: %s:// has no '%s': it takes %s", scheme->name,
                         has_at(url) ? "..." : url->queries[i].key, scheme->queries);
            return NULL;
        }
    }
    return scheme;
}

void tl_frame_put_name(struct tl_buffer *out, const char *name, const uint8_t *line, size_t len)
{
    const char *at = strstr(name, "{kind}");
    const uint8_t *kind;
    size_t kind_len;
    tl_put(out, name, at != NULL ? (size_t)(at - name) : strlen(name));
    if (at == NULL)
        return;
    if (tl_member_kind(line, len, &kind, &kind_len))
        tl_put(out, kind, kind_len);
    tl_puts(out, at + strlen("{kind}"));
}

void tl_frame_put_line(struct tl_buffer *out, const struct tl_record_frame *frame, const uint8_t *line, size_t len,
                       uint64_t seq)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '}'))
        if (line[--len] == '}')
            break;
    tl_put(out, line, len);
    tl_put_lit(out, ",\"_sensor\":\"");
    tl_puts(out, frame->sensor);
    tl_put_lit(out, "\",\"_run\":\"");
    tl_puts(out, frame->run);
    tl_put_lit(out, "\",\"_seq\":");
    tl_put_u64(out, seq);
    tl_put_char(out, '}');
}
