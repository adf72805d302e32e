/* trace.c - `taplight trace`: the routers on the way to an address, one for each TTL. */
#include "cli/probe.h"
#include "cli/signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOPS = 64, HOPS_DEFAULT = 30, QUERIES_MOST = 10, IN_FLIGHT = 16, SEEN = 4, SIZE = 32, ROUNDS = 10 };
#define SECOND INT64_C(1000000000)

struct options {
    struct tl_probe_options probe;
    uint64_t queries, first, most, size, rounds;
    int64_t interval;
    bool live, mtu;
};

/* What one probe of a hop found. */
struct finding {
    bool ended;
    struct tl_answer answer; /* TL_ANSWER_NONE: no answer */
    int64_t rtt;
};

struct hop {
    struct finding findings[QUERIES_MOST]; /* not --live */
    unsigned asked, ended;
    struct tl_address seen[SEEN]; /* addresses that answered, the latest first */
    unsigned seen_count;
    struct tl_probe_label labels[TL_PROBE_LABELS]; /* of the last answer */
    unsigned label_count;
    uint32_t mtu; /* told here; 0: none */
    struct tl_probe_times times;
    char name[256]; /* of seen[0] */
    struct tl_address named;
};

struct trace {
    const struct options *options;
    struct tl_probe_run run;
    struct hop hops[HOPS + 1]; /* by TTL */
    struct {
        uint8_t ttl, query;
    } asked[1 << 16];     /* by sequence number */
    unsigned first, last; /* TTLs; last: of the target, as soon as it is known */
    unsigned printed;     /* hops before this TTL are printed */
    uint32_t size;        /* of packets, from the IP header on */
    bool reached, on_terminal;
    unsigned drawn; /* lines of the table on the terminal */
};

static const struct tl_verb_option options[] = {
    { 0, "icmp", NULL, "ICMP echo (default)", NULL, TL_VERB_FLAG, .offset = TL_PROBE_AT(struct options, probe, icmp) },
    TL_PROBE_ROWS_WAY(struct options, probe),
    { 'm', "max-hops", "N", "at most N hops (default: 30)", NULL, TL_VERB_NUMBER,
      .offset = offsetof(struct options, most), .least = 1, .most = HOPS },
    { 0, "first", "N", "begin with hop N (default: 1)", NULL, TL_VERB_NUMBER, .offset = offsetof(struct options, first),
      .least = 1, .most = HOPS },
    { 'n', NULL, "N", "probes for each hop (default: 3)", NULL, TL_VERB_NUMBER,
      .offset = offsetof(struct options, queries), .least = 1, .most = QUERIES_MOST },
    { 's', "size", "BYTES", "data of a probe (default: 32; TCP: 0)", NULL, TL_VERB_NUMBER,
      .offset = offsetof(struct options, size), .least = 1, .most = 9000 },
    { 0, "mtu", NULL, "find the path MTU: probes as long as it, with DF", NULL, TL_VERB_FLAG,
      .offset = offsetof(struct options, mtu) },
    { 0, "live", NULL, "go on; a table of loss and times",
      "Every round sends one probe for each hop. On a terminal the table is drawn again and again, elsewhere once at "
      "the end.",
      TL_VERB_FLAG, .offset = offsetof(struct options, live) },
    { 'c', "count", "N", "--live: rounds (default: 10; on a terminal: no end)", NULL, TL_VERB_NUMBER,
      .offset = offsetof(struct options, rounds), .least = 1, .most = UINT32_MAX },
    { 0, "interval", "SECONDS", "--live: time between rounds (default: 1)", NULL, TL_VERB_SECONDS,
      .offset = offsetof(struct options, interval) },
    TL_PROBE_ROWS_OUTPUT(struct options, probe),
};

static bool is_end(const struct trace *t, const struct tl_answer *a)
{
    return tl_answer_is_of_target(a->kind) ||
           (a->kind == TL_ANSWER_UNREACHABLE && tl_address_equal(&a->from, &t->run.prober.to));
}

static enum tl_failure send_probe(struct trace *t, unsigned ttl, unsigned query, struct tl_error *error)
{
    struct tl_probe_packet probe = { .ttl = (uint8_t)ttl, .df = t->options->mtu };
    uint32_t overhead = tl_prober_overhead(&t->run.prober);
    probe.size = t->size > overhead ? t->size - overhead : 0;
    t->asked[t->run.next].ttl = (uint8_t)ttl;
    t->asked[t->run.next].query = (uint8_t)query;
    t->hops[ttl].times.sent++;
    return tl_probe_send(&t->run, &probe, error);
}

static void see(struct hop *hop, const struct tl_answer *a)
{
    unsigned i = 0;
    while (i < hop->seen_count && !tl_address_equal(&hop->seen[i], &a->from))
        i++;
    if (i == hop->seen_count && hop->seen_count < SEEN)
        hop->seen_count++;
    if (i == SEEN)
        i--;
    memmove(hop->seen + 1, hop->seen, i * sizeof *hop->seen);
    hop->seen[0] = a->from;
    memcpy(hop->labels, a->labels, sizeof hop->labels);
    hop->label_count = a->label_count;
}

static const char *name_of(struct trace *t, struct hop *hop, const struct tl_address *address)
{
    char name[256];
    if (!tl_address_equal(&hop->named, address)) {
        const char *found = tl_probe_name(&t->run, address, name);
        snprintf(hop->name, sizeof hop->name, "%s", found != NULL ? found : "");
        hop->named = *address;
    }
    return *hop->name != '\0' ? hop->name : NULL;
}

/* A router that tells less is not believed: RFC 1191 section 3, RFC 8201 section 4. */
static uint32_t mtu_least(const struct trace *t)
{
    return t->run.prober.to.version == 6 ? 1280 : 68;
}

/*
 * Takes what came. A probe that was too long is sent again, as short as the router says.
 */
static enum tl_failure take(struct trace *t, const struct tl_probe_event *e, struct tl_error *error)
{
    unsigned ttl = t->asked[e->seq].ttl, query = t->asked[e->seq].query;
    struct hop *hop = &t->hops[ttl];
    const struct tl_answer *a = &e->answer;
    const char *name = a->kind != TL_ANSWER_NONE ? name_of(t, hop, &a->from) : NULL;
    enum tl_failure failure = tl_probe_record(&t->run, e, name, error);
    if (failure != TL_E_NONE)
        return failure;
    if ((!e->first || e->told) && a->kind != TL_ANSWER_NONE) {
        hop->times.late += e->late;
        hop->times.duplicates += e->again || (e->told && e->first);
        return TL_E_NONE;
    }
    if (a->kind == TL_ANSWER_TOO_BIG && t->options->mtu && a->mtu >= mtu_least(t) && e->probe->size > a->mtu) {
        hop->mtu = a->mtu;
        if (a->mtu < t->size)
            t->size = a->mtu;
        hop->times.sent--;
        return send_probe(t, ttl, query, error);
    }
    if (a->kind != TL_ANSWER_NONE) {
        see(hop, a);
        tl_probe_times_add(&hop->times, e->rtt);
    }
    if (is_end(t, a))
        t->reached = true;
    if ((is_end(t, a) || a->kind == TL_ANSWER_UNREACHABLE) && ttl < t->last)
        t->last = ttl;
    if (query < QUERIES_MOST)
        hop->findings[query] = (struct finding){ .ended = true, .answer = *a, .rtt = e->rtt };
    hop->ended++;
    return TL_E_NONE;
}

/* What traceroute writes after a time, if the answer is no reply and no used-up TTL. */
static void put_mark(struct tl_buffer *out, const struct trace *t, const struct tl_answer *a)
{
    static const char *const v4[] = { " !N", " !H", " !P", "", " !F", " !S" };
    bool v6 = t->run.prober.to.version == 6;
    if (a->kind == TL_ANSWER_TOO_BIG)
        tl_put_format(out, " !F-%u", a->mtu);
    else if (a->kind == TL_ANSWER_UNREACHABLE && !v6 && a->type == 3 && a->code < TL_COUNT(v4))
        tl_puts(out, v4[a->code]);
    else if (a->kind == TL_ANSWER_UNREACHABLE && (v6 ? a->type == 1 && a->code == 1 : a->type == 3 && a->code == 13))
        tl_puts(out, " !X");
    else if (a->kind == TL_ANSWER_UNREACHABLE)
        tl_put_format(out,
                      v6 && a->type == 1 ? (a->code == 0   ? " !N"
                                            : a->code == 3 ? " !H"
                                                           : " !<%u>")
                                         : " !<%u>",
                      a->code);
}

static void put_labels(struct tl_buffer *out, const struct tl_probe_label *labels, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        tl_put_format(out, "%sL=%u,E=%u,S=%u,T=%u%s", i == 0 ? " <MPLS:" : "/", labels[i].label, labels[i].tc,
                      labels[i].s, labels[i].ttl, i + 1 == count ? ">" : "");
}

/* The line of a hop: the times of its probes, each after the address that answered, unless it is the one before. */
static enum tl_failure print_hop(struct trace *t, unsigned ttl, struct tl_error *error)
{
    struct hop *hop = &t->hops[ttl];
    struct tl_buffer out = { 0 };
    struct tl_address before = { .version = 0 };
    char text[46];
    tl_put_format(&out, "%2u", ttl);
    for (unsigned i = 0; i < hop->asked; i++) {
        const struct finding *f = &hop->findings[i];
        if (!f->ended || f->answer.kind == TL_ANSWER_NONE) {
            tl_puts(&out, "  *");
            continue;
        }
        if (before.version == 0 || !tl_address_equal(&before, &f->answer.from)) {
            const char *name = name_of(t, hop, &f->answer.from);
            tl_address_text(&f->answer.from, text);
            if (name != NULL)
                tl_put_format(&out, "  %s (%s)", name, text);
            else
                tl_put_format(&out, "  %s", text);
            put_labels(&out, f->answer.labels, f->answer.label_count);
            before = f->answer.from;
        }
        tl_put_format(&out, "  %.3f ms", (double)f->rtt / 1e6);
        put_mark(&out, t, &f->answer);
    }
    if (hop->mtu > 0)
        tl_put_format(&out, "  mtu %u", hop->mtu);
    tl_put_char(&out, '\n');
    enum tl_failure failure = tl_frame_log_put(&t->run.log, &out, error);
    tl_buffer_fini(&out);
    return failure;
}

static enum tl_failure print_ended(struct trace *t, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    while (failure == TL_E_NONE && t->printed <= t->last && t->hops[t->printed].asked == t->options->queries &&
           t->hops[t->printed].ended >= t->hops[t->printed].asked)
        failure = print_hop(t, t->printed++, error);
    return failure;
}

/* Sends the probes of all hops, at most some before an answer, and none for hops after the target. */
static enum tl_failure trace(struct trace *t, struct tl_error *error)
{
    unsigned ttl = t->first, query = 0;
    enum tl_failure failure = TL_E_NONE;
    while (failure == TL_E_NONE && !tl_signals_interrupted() && t->printed <= t->last) {
        struct tl_probe_event e = { .probe = NULL };
        /* The path MTU is learned hop by hop: no longer probe is on its way. */
        unsigned most = t->options->mtu ? 1 : IN_FLIGHT;
        if (ttl <= t->last && t->run.waiting < most) {
            failure = send_probe(t, ttl, query, error);
            t->hops[ttl].asked++;
            if (++query == t->options->queries) {
                query = 0;
                ttl++;
            }
            if (failure == TL_E_NONE)
                failure = tl_probe_wait(&t->run, 0, &e, error); /* what is already there */
        } else {
            failure = tl_probe_wait(&t->run, INT64_MAX, &e, error);
        }
        if (failure == TL_E_NONE && e.probe != NULL)
            failure = take(t, &e, error);
        if (failure == TL_E_NONE)
            failure = print_ended(t, error);
    }
    while (failure == TL_E_NONE && t->printed <= t->last && t->hops[t->printed].asked > 0) /* an interrupt */
        failure = print_hop(t, t->printed++, error);
    return failure;
}

static void put_row(struct tl_buffer *out, struct trace *t, unsigned ttl)
{
    struct hop *hop = &t->hops[ttl];
    const struct tl_probe_times *times = &hop->times;
    char text[46], who[310];
    if (hop->seen_count == 0) {
        snprintf(who, sizeof who, "-");
    } else {
        const char *name = name_of(t, hop, &hop->seen[0]);
        tl_address_text(&hop->seen[0], text);
        snprintf(who, sizeof who, name != NULL ? "%s (%s)" : "%s%s", name != NULL ? name : text,
                 name != NULL ? text : "");
    }
    tl_put_format(out, "%3u  %-39s %5.1f%% %5llu", ttl, who, tl_probe_times_loss(times),
                  (unsigned long long)times->sent);
    if (times->received > 0)
        tl_put_format(out, " %8.3f %8.3f %8.3f %8.3f %8.3f", (double)times->last / 1e6,
                      (double)tl_probe_times_avg(times) / 1e6, (double)times->min / 1e6, (double)times->max / 1e6,
                      (double)tl_probe_times_mdev(times) / 1e6);
    put_labels(out, hop->labels, hop->label_count);
    if (hop->mtu > 0)
        tl_put_format(out, " mtu %u", hop->mtu);
    tl_put_char(out, '\n');
    for (unsigned i = 1; i < hop->seen_count; i++)
        tl_put_format(out, "     %s\n", tl_address_text(&hop->seen[i], text));
}

/* Draws the table over the one before, in one write. */
static enum tl_failure draw(struct trace *t, struct tl_error *error)
{
    struct tl_buffer out = { 0 };
    unsigned lines = 0;
    if (t->drawn > 0)
        tl_put_format(&out, "\033[%uA\033[J", t->drawn);
    tl_put_format(&out, "Hop  %-39s  Loss  Sent     Last      Avg     Best    Worst    StDev\n", t->run.text);
    for (unsigned ttl = t->first; ttl <= t->last && t->hops[ttl].times.sent > 0; ttl++)
        put_row(&out, t, ttl);
    for (uint32_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    t->drawn = t->on_terminal ? lines : 0;
    enum tl_failure failure = tl_frame_log_put(&t->run.log, &out, error);
    tl_buffer_fini(&out);
    return failure;
}

/* Takes what comes until `until`, and draws four times a second. */
static enum tl_failure watch(struct trace *t, int64_t until, bool all, struct tl_error *error)
{
    int64_t again = tl_wire_now() + SECOND / 4;
    enum tl_failure failure = TL_E_NONE;
    while (failure == TL_E_NONE && !tl_signals_interrupted() && (!all || t->run.waiting > 0)) {
        struct tl_probe_event e;
        failure = tl_probe_wait(&t->run, again < until ? again : until, &e, error);
        if (failure == TL_E_NONE && e.probe != NULL) {
            failure = take(t, &e, error);
            continue;
        }
        if (failure == TL_E_NONE && t->on_terminal)
            failure = draw(t, error);
        again = tl_wire_now() + SECOND / 4;
        if (tl_wire_now() >= until)
            break;
    }
    return failure;
}

/* Rounds: one probe for each hop, spread over the interval. */
static enum tl_failure live(struct trace *t, struct tl_error *error)
{
    const struct options *o = t->options;
    int64_t interval = o->interval > 0 ? o->interval : SECOND, due = tl_wire_now();
    uint64_t rounds = o->rounds > 0 ? o->rounds : t->on_terminal ? UINT64_MAX : ROUNDS;
    enum tl_failure failure = TL_E_NONE;
    for (uint64_t round = 0; round < rounds && failure == TL_E_NONE && !tl_signals_interrupted(); round++) {
        int64_t end = due + interval;
        for (unsigned ttl = t->first; ttl <= t->last && failure == TL_E_NONE && !tl_signals_interrupted(); ttl++) {
            failure = send_probe(t, ttl, QUERIES_MOST, error);
            due += interval / (int64_t)(t->last - t->first + 1) / 2;
            if (failure == TL_E_NONE && ttl < t->last)
                failure = watch(t, due, false, error);
        }
        due = end;
        if (failure == TL_E_NONE && round + 1 < rounds)
            failure = watch(t, due, false, error);
    }
    if (failure == TL_E_NONE)
        failure = watch(t, INT64_MAX, true, error);
    return failure;
}

/* One summary for each hop. */
static enum tl_failure summarize(struct trace *t, struct tl_error *error)
{
    enum tl_failure failure = t->options->live ? draw(t, error) : TL_E_NONE;
    for (unsigned ttl = t->first; ttl <= t->last && t->hops[ttl].times.sent > 0 && failure == TL_E_NONE; ttl++) {
        struct tl_probe_summary_record r = tl_probe_summary(&t->run);
        struct hop *hop = &t->hops[ttl];
        r.hop = ttl;
        tl_record_set(&r.head, TL_SUMMARY_HOP);
        if (hop->seen_count > 0) {
            const char *name = name_of(t, hop, &hop->seen[0]);
            tl_probe_set_address(&r.head, TL_SUMMARY_FROM, &r.from, &hop->seen[0]);
            if (name != NULL) {
                r.name = tl_bytes_of(name, strlen(name));
                tl_record_set(&r.head, TL_SUMMARY_NAME);
            }
        }
        tl_probe_summary_fill(&r, &hop->times);
        if (ttl == t->last && t->reached && t->options->mtu) {
            r.mtu = t->size;
            tl_record_set(&r.head, TL_SUMMARY_MTU);
        }
        failure = tl_frame_log_record(&t->run.log, &tl_probe_summary_record_def, &r.head, error);
    }
    if (failure == TL_E_NONE && t->reached && t->options->mtu)
        failure = tl_frame_log_say(&t->run.log, error, "path MTU %u bytes\n", t->size);
    if (failure == TL_E_NONE && !t->reached)
        failure = tl_error_set(error, TL_E_RUNTIME, "no answer from %s", t->run.text);
    return failure;
}

static enum tl_failure check(struct options *o, struct tl_error *error)
{
    if (o->queries == 0)
        o->queries = 3;
    if (!o->live && (o->rounds > 0 || o->interval > 0))
        return tl_error_set(error, TL_E_USAGE, "--count and --interval are of --live: add it, or give -n");
    if (o->mtu && o->size > 0)
        return tl_error_set(error, TL_E_USAGE, "--mtu chooses the size: leave out --size");
    if (o->mtu && o->probe.tcp)
        return tl_error_set(error, TL_E_USAGE, "--mtu needs probes with data: use --icmp or --udp");
    if (o->first > (o->most > 0 ? o->most : HOPS_DEFAULT))
        return tl_error_set(error, TL_E_USAGE, "--first is greater than --max-hops");
    return TL_E_NONE;
}

static enum tl_failure run_trace(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    struct options *o = given;
    struct trace *t = calloc(1, sizeof *t);
    (void)count;
    if (t == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (check(o, error) != TL_E_NONE) {
        free(t);
        return error->kind;
    }
    t->options = o;
    t->first = t->printed = o->first > 0 ? (unsigned)o->first : 1;
    t->last = o->most > 0 ? (unsigned)o->most : HOPS_DEFAULT;
    t->on_terminal = o->live && !o->probe.json && !o->probe.verbose && isatty(STDOUT_FILENO);
    enum tl_failure failure = tl_probe_open(&t->run, &o->probe, "trace", words[0], error);
    if (failure == TL_E_NONE) {
        uint32_t size = o->size > 0 ? (uint32_t)o->size : o->probe.tcp ? 0 : SIZE;
        t->size = o->mtu ? t->run.prober.mtu : size + tl_prober_overhead(&t->run.prober);
        if (!o->live)
            failure = tl_frame_log_say(&t->run.log, error, "%s by %s on %s, at most %u hops, %u bytes\n", t->run.text,
                                       tl_probe_proto(&t->run), tl_wire_name(t->run.wire), t->last, t->size);
    }
    if (failure == TL_E_NONE)
        failure = o->live ? live(t, error) : trace(t, error);
    if (failure == TL_E_NONE)
        failure = summarize(t, error);
    enum tl_failure closed = tl_probe_close(&t->run, error);
    free(t);
    return failure != TL_E_NONE ? failure : closed;
}

static const char description[] =
    "Prints the routers on the way to\n.I TARGET\n, an IPv4 or IPv6 address: each router that gets a probe whose TTL "
    "is "
    "used up tells its address.\n"
    "All probes have the same addresses, ports and, of ICMP, the same checksum: where routers share load by these, "
    "all\n"
    "take one path.\n"
    ".PP\nA line has the number of the hop, the address, and the time of each probe; * is no answer. After a time may "
    "be why the\n"
    "probe went no further: !N network, !H host, !P protocol unreachable, !F too long, !X prohibited, !<N> another "
    "code.\n"
    "MPLS labels that the router received are printed if it tells them (RFC 4950): label, traffic class, bottom of "
    "stack, TTL.\n"
    ".PP\n"
    ".B \\-\\-json\nprints a probe record for each probe and a probe_summary record for each hop:\n"
    ".B taplight \\-\\-schema\ndescribes them.\n"
    "Names are looked up only with\n.BR \\-\\-resolve .\n";

const struct tl_verb tl_verb_trace = {
    .name = "trace",
    .words = "TARGET",
    .words_least = 1,
    .words_most = 1,
    .summary = "Show the routers on the way to an address: ICMP, TCP, UDP",
    .description = description,
    .examples = "  taplight trace 192.0.2.1\n"
                "  taplight trace --tcp -p 443 --resolve www.example.com\n"
                "  taplight trace --live -c 20 2001:db8::1\n"
                "  taplight trace --mtu 192.0.2.1 --json\n",
    .status = "The target answered.\n"
              "It did not; or no route or next hop, an interface that is not there or down, a name that is not found, a "
              "file that cannot be written.\n"
              "The command line is wrong.\n"
              "No permission to send on the interface.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_trace,
};
