/* find_applications.c - findings of what applications say: DNS, TLS, HTTP, SMTP. */
#include "explain/making.h"

#include "core/time.h"

#include <stdio.h>
#include <time.h>

#define MS INT64_C(1000000)

static uint32_t few(uint32_t n)
{
    return n < 3 ? n : 3;
}

/* Has an end the address of a group, or of all? */
static bool is_of_many(const struct tl_facts *c, unsigned end)
{
    const uint8_t *addr = c->addr[end];
    return c->v6 ? addr[0] == 0xff : addr[0] >= 224;
}

/* --- DNS --- */

void tl_find_dns_unanswered(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_unanswered;
    if (t->count == 0)
        return;
    uint32_t asked = c->told.dns_again.count + t->count;
    if (is_of_many(c, tl_facts_side(c, 1))) {
        tl_finding_set(f, TL_FINDING_NOTE, 1, 0, "No host answers to %s, which is asked of all hosts of the network (mDNS, LLMNR).",
                       c->told.dns_query);
        tl_finding_cite_packet(f, c->first);
        return;
    }
    bool cut = c->seen_until != 0 && tl_time_between(c->first_ts, c->seen_until) < 1000 * MS; /* the capture ends */
    tl_finding_set(f, cut ? TL_FINDING_NOTE : TL_FINDING_PROBLEM, few(asked), tl_time_between(c->first_ts, c->last_ts),
                   "%u DNS quer%s, such as for %s, %s no answer: the server is down, or the network drops the query or the "
                   "answer.",
                   t->count, t->count == 1 ? "y" : "ies", c->told.dns_query, t->count == 1 ? "has" : "have");
    tl_finding_cite_packet(f, c->first);
    tl_finding_cite_packet(f, c->last);
}

void tl_find_dns_failed(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_failed;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, 1 + few(t->count), t->lost, "The DNS server answers %s for %s.",
                   c->told.dns_rcode[0] != '\0' ? c->told.dns_rcode : "with an error", c->told.dns_query);
    tl_finding_cite(f, t);
}

void tl_find_dns_slow(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_slow;
    if (t->count == 0)
        return;
    tl_finding_set(f, t->lost >= 1000 * MS ? TL_FINDING_PROBLEM : TL_FINDING_WARNING, 1 + few(t->count), t->lost,
                   "The DNS server answers late: %s s for %u quer%s, such as for %s.", tl_finding_seconds(t->lost), t->count,
                   t->count == 1 ? "y" : "ies", c->told.dns_query);
    tl_finding_cite(f, t);
}

void tl_find_dns_truncated(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_truncated;
    if (t->count == 0)
        return;
    bool retried = c->told.dns_over_tcp;
    tl_finding_set(f, retried ? TL_FINDING_NOTE : TL_FINDING_WARNING, 2, 0,
                   "A DNS answer for %s is cut (TC), and %s.", c->told.dns_query,
                   retried ? "the client asks again over TCP" : "no query over TCP follows");
    tl_finding_cite(f, t);
}

void tl_find_dns_search(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_search;
    if (t->count == 0)
        return;
    tl_finding_set(f, t->count >= 2 ? TL_FINDING_WARNING : TL_FINDING_NOTE, few(t->count), 0,
                   "%u name%s, such as %s, %s asked with the domains of a search list and do not exist: each costs a round "
                   "trip.",
                   t->count, tl_plural(t->count), c->told.dns_query, t->count == 1 ? "is" : "are");
    tl_finding_cite(f, t);
}

void tl_find_dns_missing(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.dns_missing;
    if (t->count == 0 || c->told.dns_search.count > 0)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, 2, 0, "The DNS server answers that %s does not exist.", c->told.dns_query);
    tl_finding_cite(f, t);
}

void tl_find_lookup_slow(const struct tl_facts *c, struct tl_finding *f)
{
    if (c->lookup_time < 500 * MS)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, 2, c->lookup_time,
                   "The look-up of %s before this connection took %s s: the delay is that of DNS.", c->lookup,
                   tl_finding_seconds(c->lookup_time));
    tl_finding_cite_packet(f, c->first);
}

void tl_find_udp_unanswered(const struct tl_facts *c, struct tl_finding *f)
{
    unsigned client = tl_facts_side(c, 0);
    bool many = is_of_many(c, client ^ 1);
    if (c->ip_proto != 17 || c->udp[client] < 2 || c->udp[client ^ 1] > 0 || many || c->port[client ^ 1] == 514)
        return;
    tl_finding_set(f, TL_FINDING_NOTE, 1, 0, "%llu datagrams have no answer; many protocols give none.",
                   (unsigned long long)c->udp[client]);
    tl_finding_cite_packet(f, c->first);
    tl_finding_cite_packet(f, c->last);
}

/* --- TLS --- */

static const struct {
    const char *name, *means;
} alerts[] = { /* RFC 8446 section 6, RFC 5246 section 7.2 */
    { "handshake_failure", "the two sides have no version, cipher or group in common, or a client certificate is missing" },
    { "protocol_version", "the version of TLS that is offered is refused" },
    { "insufficient_security", "the ciphers that are offered are too weak for the server" },
    { "bad_certificate", "the certificate cannot be read, or its signature is wrong" },
    { "unsupported_certificate", "the kind of certificate is not supported" },
    { "certificate_revoked", "the certificate was revoked" },
    { "certificate_expired", "the certificate is expired, or not valid yet, by the clock of the side that says so" },
    { "certificate_unknown", "the certificate is refused for another reason, often a name that differs" },
    { "certificate_required", "the server wants a certificate of the client" },
    { "unknown_ca", "the issuer is not known to the side that says so: an intermediate certificate may be missing" },
    { "access_denied", "the certificate is valid, and access is refused" },
    { "unrecognized_name", "the server does not know the name that the client asks for" },
    { "no_application_protocol", "the two sides have no protocol in common (ALPN)" },
    { "decrypt_error", "a signature or a key exchange is wrong" },
    { "decode_error", "a message could not be read: often a box on the path changed it" },
    { "bad_record_mac", "a record was changed on the way, or the keys differ" },
    { "record_overflow", "a record is too long" },
    { "illegal_parameter", "a field of a message is not allowed" },
    { "unexpected_message", "a message came that was not due" },
    { "internal_error", "the side that says so failed for a reason of its own" },
    { "inappropriate_fallback", "the client offered an older version than it could" },
    { "unknown_psk_identity", "the pre-shared key is not known" },
    { "missing_extension", "an extension that is needed is missing" },
    { "user_canceled", "a user cancelled the handshake" },
};

void tl_find_alert(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.alerts;
    const char *means = "see RFC 8446, section 6";
    if (t->count == 0)
        return;
    for (unsigned i = 0; i < TL_COUNT(alerts); i++)
        if (strcmp(alerts[i].name, c->told.alert) == 0)
            means = alerts[i].means;
    tl_finding_set(f, TL_FINDING_PROBLEM, 3, 0, "TLS ends with the alert %s: %s.", c->told.alert, means);
    tl_finding_cite(f, t);
}

void tl_find_certificate_time(const struct tl_facts *c, struct tl_finding *f)
{
    bool expired = c->told.expired.count > 0;
    const struct tl_events *t = expired ? &c->told.expired : &c->told.early;
    struct tm tm;
    char day[32] = "";
    time_t at = (time_t)(c->told.cert_time / 1000000000);
    if (t->count == 0)
        return;
    if (gmtime_r(&at, &tm) != NULL)
        strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", &tm);
    tl_finding_set(f, TL_FINDING_PROBLEM, 3, 0, "The certificate of %s %s %s, by the time of the capture.", c->told.subject,
                   expired ? "expired on" : "is valid only from", day);
    tl_finding_cite(f, t);
}

void tl_find_certificate_name(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.mismatch;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, 2, 0, "The server's certificate is not for %s, the name that the client asks for.",
                   c->told.server_name);
    tl_finding_cite(f, t);
}

/* --- HTTP and SMTP --- */

void tl_find_http_server_error(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.http_server;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, 1 + few(t->count), 0, "The server answers %u request%s with an error of its own, "
                   "such as status %u for %s.", t->count, tl_plural(t->count), (unsigned)c->told.http_status,
                   c->told.http_uri);
    tl_finding_cite(f, t);
}

void tl_find_http_client_error(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.http_client;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_NOTE, 2, 0, "The server refuses %u request%s, such as status %u for %s.", t->count,
                   tl_plural(t->count), (unsigned)c->told.http_status, c->told.http_uri);
    tl_finding_cite(f, t);
}

void tl_find_http_slow_first(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.http_slow_first;
    if (t->count == 0)
        return;
    const struct tl_end_facts *e = &c->end[0], *p = &c->end[1];
    bool lost = e->timeouts.count + p->timeouts.count > 0;
    tl_finding_set(f, lost ? TL_FINDING_WARNING : TL_FINDING_PROBLEM, lost ? 1 : 1 + few(t->count), t->lost,
                   "The first byte of %u HTTP answer%s came late, %s s in all: the server's program, not the transfer, takes "
                   "the time%s.",
                   t->count, tl_plural(t->count), tl_finding_seconds(t->lost),
                   lost ? ", as far as losses do not" : "");
    tl_finding_cite(f, t);
}

void tl_find_http_behind(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.http_behind;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, 1 + few(t->count), t->lost,
                   "%u HTTP request%s on this connection wait%s behind the answer to an earlier one, %s s in all.", t->count,
                   tl_plural(t->count), t->count == 1 ? "s" : "", tl_finding_seconds(t->lost));
    tl_finding_cite(f, t);
}

void tl_find_http_slow_body(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.http_slow_body;
    if (t->count == 0)
        return;
    tl_finding_set(f, TL_FINDING_NOTE, 1, t->lost, "The body of %u HTTP answer%s took %s s after the first byte.", t->count,
                   tl_plural(t->count), tl_finding_seconds(t->lost));
    tl_finding_cite(f, t);
}

void tl_find_smtp_refused(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.smtp_refused;
    if (t->count == 0 || !c->told.smtp)
        return;
    tl_finding_set(f, TL_FINDING_PROBLEM, 2, 0, "The mail server refuses a message for good: %s", c->told.smtp_reply);
    tl_finding_cite(f, t);
}

void tl_find_smtp_later(const struct tl_facts *c, struct tl_finding *f)
{
    const struct tl_events *t = &c->told.smtp_later;
    if (t->count == 0 || !c->told.smtp)
        return;
    tl_finding_set(f, TL_FINDING_WARNING, 2, 0, "The mail server puts a message off: %s", c->told.smtp_reply);
    tl_finding_cite(f, t);
}
