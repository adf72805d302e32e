/* making.h - for the functions that make findings. */
#ifndef TL_EXPLAIN_MAKING_H
#define TL_EXPLAIN_MAKING_H

#include "explain/finding.h"

/* Sets the level, the support and the sentence; keeps the worst. Returns false if a worse one is there. */
bool tl_finding_set(struct tl_finding *f, enum tl_finding_level level, uint32_t support, int64_t lost,
                    const char *format, ...) TL_PRINTF(5, 6);
/* Adds the packets of a tally to the evidence, and its count to the events. */
void tl_finding_cite(struct tl_finding *f, const struct tl_events *tally);
void tl_finding_cite_packet(struct tl_finding *f, uint64_t number);
/* Are losses of a side worth a warning? A hundredth of the segments, or a tenth of a second. */
enum tl_finding_level tl_finding_loss_level(const struct tl_end_facts *e, uint32_t events, int64_t lost);
/* Does a side fill the receive window of its peer in one round trip of five or more? */
bool tl_finding_fills_window(const struct tl_end_facts *e);
/* Does this end not know the connection any more that its peer still has? See tl_find_half_open(). */
bool tl_finding_is_half_open(const struct tl_facts *facts, unsigned end);
/* Seconds with three digits, in one of few buffers. */
const char *tl_finding_seconds(int64_t ns);
static inline const char *tl_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* The functions of the table, in files by theme. */
#define TL_FINDERS(X)                                                                                                  \
    X(mirror) X(one_sided) X(capture_drops) X(ecn) X(icmp_unreachable) X(ttl_exceeded) X(refused) X(syn_unanswered)    \
    X(syn_ack_unanswered) X(mtu) X(idle_silence) X(idle_reset) X(box_reset) X(late_request) X(keep_alive_dead)         \
    X(no_answer) X(zero_window) X(reset) X(silence) X(syn_retried) X(delayed_ack) X(loss_before) X(loss_after)         \
    X(reordering) X(spurious) X(bufferbloat) X(options) X(window_limit) X(pauses) X(slow_server) X(small_writes)       \
    X(keep_alives) X(reuse) X(dns_unanswered) X(dns_failed) X(dns_truncated) X(dns_slow) X(dns_search)                 \
    X(dns_missing) X(certificate_time) X(certificate_name) X(alert) X(http_server_error) X(http_slow_first)            \
    X(http_slow_body) X(http_client_error) X(smtp_refused) X(smtp_later) X(lookup_slow) X(udp_unanswered)     \
    X(vlan) X(first_choice) X(policer) X(restart) X(http_behind)                                              \
    X(shaper) X(congestion) X(half_open) X(jumbo) X(two_routers) X(two_hosts)
#define TL_FINDER(name) void tl_find_##name(const struct tl_facts *facts, struct tl_finding *f);
TL_FINDERS(TL_FINDER)
#undef TL_FINDER

#endif
