/* records.c - the facts that records of applications tell: DNS, TLS, certificates, HTTP. Keys, not structs, are read. */
#include "explain/facts.h"

#include <stdio.h>
#include <string.h>

#include "core/time.h"
#include "export/json.h"

#define MS INT64_C(1000000)

static const int64_t dns_slow = 500 * MS, http_slow = 1000 * MS;

const void *tl_record_value(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        if (strcmp(def->fields[i].key, key) == 0)
            return record->set >> i & 1 ? (const uint8_t *)record + def->fields[i].offset : NULL;
    }
    return NULL;
}

void tl_facts_text(char *out, size_t size, struct tl_bytes text)
{
    struct tl_buffer b = { 0 };
    tl_put_safe_text(&b, text.data, text.len);
    size_t len = b.failed ? 0 : b.len < size - 1 ? b.len : size - 1;
    while (len > 0 && len < b.len && (b.data[len] & 0xc0) == 0x80) /* a character stays whole */
        len--;
    if (len > 0)
        memcpy(out, b.data, len);
    out[len] = '\0';
    tl_buffer_fini(&b);
}

static bool is_path(const struct tl_record_def *def, const char *path)
{
    return strcmp(def->path, path) == 0;
}

static void keep_text(char *out, size_t size, const void *value)
{
    if (value != NULL && out[0] == '\0')
        tl_facts_text(out, size, *(const struct tl_bytes *)value);
}

static uint64_t count_of(const void *value)
{
    return value != NULL ? *(const uint64_t *)value : 0;
}

static int64_t interval_of(const void *value)
{
    return value != NULL ? *(const int64_t *)value : 0;
}

/* RFC 1035 section 4.1.1, RFC 2308. */
static void take_dns(struct tl_told_facts *t, const struct tl_record_def *def, const struct tl_record *r, uint64_t number)
{
    enum { NAME_ERROR = 3 };
    const void *rcode = tl_record_value(def, r, "rcode"), *rtt = tl_record_value(def, r, "rtt");
    const void *query = tl_record_value(def, r, "query"), *name = tl_record_value(def, r, "rcode_name");
    const void *again = tl_record_value(def, r, "retransmits");
    struct tl_events *bad = NULL;
    if (again != NULL)
        tl_events_add(&t->dns_again, number, 0);
    if (rcode == NULL && query != NULL)
        bad = &t->dns_unanswered;
    else if (count_of(rcode) == NAME_ERROR)
        bad = &t->dns_missing;
    else if (count_of(rcode) != 0)
        bad = &t->dns_failed;
    else if (interval_of(rtt) >= dns_slow)
        bad = &t->dns_slow;
    if (bad == NULL && t->dns_truncated.count == 0)
        return;
    if (bad != NULL)
        tl_events_add(bad, number, interval_of(rtt));
    keep_text(t->dns_query, sizeof t->dns_query, query);
    if (name != NULL && bad == &t->dns_failed)
        snprintf(t->dns_rcode, sizeof t->dns_rcode, "%s", *(const char *const *)name);
}

static void take_tls(struct tl_told_facts *t, const struct tl_record_def *def, const struct tl_record *r, uint64_t number)
{
    const void *alert = tl_record_value(def, r, "last_alert");
    const bool *matches = tl_record_value(def, r, "sni_matches_cert");
    keep_text(t->server_name, sizeof t->server_name, tl_record_value(def, r, "server_name"));
    if (alert != NULL) {
        keep_text(t->alert, sizeof t->alert, alert);
        if (strcmp(t->alert, "close_notify") != 0)
            tl_events_add(&t->alerts, number, 0);
    }
    if (matches != NULL && !*matches)
        tl_events_add(&t->mismatch, number, 0);
}

/* RFC 5280 section 4.1.2.5. */
static void take_certificate(struct tl_told_facts *t, const struct tl_record_def *def, const struct tl_record *r,
                             uint64_t number)
{
    const int64_t *from = tl_record_value(def, r, "certificate.not_valid_before");
    const int64_t *until = tl_record_value(def, r, "certificate.not_valid_after");
    const bool expired = until != NULL && *until < r->ts, early = from != NULL && *from > r->ts;
    if (!expired && !early)
        return;
    tl_events_add(expired ? &t->expired : &t->early, number, 0);
    t->cert_time = expired ? *until : *from;
    t->seen_time = r->ts;
    keep_text(t->subject, sizeof t->subject, tl_record_value(def, r, "certificate.subject"));
}

/* Returns how long a request of HTTP/1 waits for the end of the answer before its own (RFC 9112 section 9.3.2). */
static int64_t behind(const struct tl_told_facts *t, const struct tl_record_def *def, const struct tl_record *r,
                      int64_t first)
{
    int64_t waits = t->http_end_ts != 0 ? tl_time_between(r->ts, t->http_end_ts) : 0;
    if (tl_record_value(def, r, "h2_stream") != NULL)
        return 0;
    return waits > 0 && first >= waits ? waits : 0;
}

static void take_http(struct tl_told_facts *t, const struct tl_record_def *def, const struct tl_record *r, uint64_t number)
{
    uint64_t status = count_of(tl_record_value(def, r, "status_code"));
    int64_t first = interval_of(tl_record_value(def, r, "ttfb")), all = interval_of(tl_record_value(def, r, "resp_time"));
    struct tl_events *bad = status >= 500 ? &t->http_server : status >= 400 ? &t->http_client : NULL;
    if (bad != NULL) {
        tl_events_add(bad, number, 0);
        if (status >= 500 || t->http_status == 0)
            t->http_status = status;
        keep_text(t->http_uri, sizeof t->http_uri, tl_record_value(def, r, "uri"));
    }
    int64_t waits = behind(t, def, r, first);
    if (waits >= http_slow)
        tl_events_add(&t->http_behind, number, waits);
    else if (first >= http_slow)
        tl_events_add(&t->http_slow_first, number, first);
    if (all > 0 && __builtin_add_overflow(r->ts, all, &t->http_end_ts))
        t->http_end_ts = 0;
    if (all - first >= http_slow)
        tl_events_add(&t->http_slow_body, number, all - first);
}

void tl_facts_record(struct tl_facts *f, const struct tl_record_def *def, const struct tl_record *r, uint64_t number)
{
    if (is_path(def, "dns"))
        take_dns(&f->told, def, r, number);
    else if (is_path(def, "ssl"))
        take_tls(&f->told, def, r, number);
    else if (is_path(def, "x509"))
        take_certificate(&f->told, def, r, number);
    else if (is_path(def, "http"))
        take_http(&f->told, def, r, number);
}
