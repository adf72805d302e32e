/* ping.c - `taplight ping`: asks an address again and again, and measures its answers. */
#include "cli/probe.h"
#include "cli/signals.h"

#include <stdio.h>
#include <string.h>

enum { SIZE = 56, TRIES = 2, PMTU_LEAST_V4 = 68, PMTU_LEAST_V6 = 1280 };
#define SECOND INT64_C(1000000000)
#define LINGER (SECOND / 5) /* for an answer after an ICMP error */

struct options {
    struct tl_probe_options probe;
    uint64_t count, ttl;
    const char *size;
    int64_t interval;
    bool df, mtu;
};

struct ping {
    const struct options *options;
    struct tl_probe_run run;
    struct tl_probe_times times;
    unsigned told;  /* probes to which an ICMP error came */
    int64_t linger; /* until then their answers are waited for: ns, monotonic */
    uint32_t path_mtu;
    char name[256];
    bool named;
};

static const struct tl_verb_option options[] = {
    { 0, "icmp", NULL, "ICMP echo (default)", NULL, TL_VERB_FLAG, .offset = TL_PROBE_AT(struct options, probe, icmp) },
    { 0, "arp", NULL, "ARP: who has the address on this link", NULL, TL_VERB_FLAG,
      .offset = TL_PROBE_AT(struct options, probe, arp) },
    TL_PROBE_ROWS_WAY(struct options, probe),
    { 'c', "count", "N", "send N probes (default: until an interrupt)", NULL, TL_VERB_NUMBER,
      .offset = offsetof(struct options, count), .least = 1, .most = UINT32_MAX },
    { 0, "interval", "SECONDS", "time between probes (default: 1)", NULL, TL_VERB_SECONDS,
      .offset = offsetof(struct options, interval) },
    { 's', "size", "BYTES", "data of a probe (default: 56; TCP: 0)",
      "Data that does not fit the MTU is sent in fragments, unless --df is given.", TL_VERB_TEXT,
      .offset = offsetof(struct options, size) },
    { 't', "ttl", "N", "TTL or hop limit (default: 64)", NULL, TL_VERB_NUMBER, .offset = offsetof(struct options, ttl),
      .least = 1, .most = 255 },
    { 0, "df", NULL, "do not let routers fragment", NULL, TL_VERB_FLAG, .offset = offsetof(struct options, df) },
    { 0, "mtu", NULL, "find the longest packet that reaches the target",
      "Probes with DF are sent, the first as long as the MTU of the interface. The MTU that a router tells is tried "
      "next, if it is one: from 68 bytes on, of IPv6 from 1280; where routers are silent, the length is halved in.",
      TL_VERB_FLAG, .offset = offsetof(struct options, mtu) },
    TL_PROBE_ROWS_OUTPUT(struct options, probe),
    { 'q', NULL, NULL, "print only the summary", NULL, TL_VERB_FLAG,
      .offset = TL_PROBE_AT(struct options, probe, quiet) },
};

/* The name of the last address that answered. */
static const char *name_of(struct ping *p, const struct tl_address *address)
{
    if (p->named && tl_address_equal(address, &p->run.prober.to))
        return *p->name != '\0' ? p->name : NULL;
    char name[256];
    const char *found = tl_probe_name(&p->run, address, name);
    snprintf(p->name, sizeof p->name, "%s", found != NULL ? found : "");
    p->named = tl_address_equal(address, &p->run.prober.to);
    return found != NULL ? p->name : NULL;
}

/* Says what is wrong with a reply, in the words of iputils where it has some. */
static void put_damage(const struct tl_answer *a, uint32_t size, char out[100])
{
    *out = '\0';
    if (a->damage == TL_DAMAGE_CHECKSUM)
        snprintf(out, 100, " (wrong checksum)");
    else if (a->damage == TL_DAMAGE_SHORT)
        snprintf(out, 100, " (truncated: %u of %u bytes of data)", a->data.len, size);
    else if (a->damage == TL_DAMAGE_LONG)
        snprintf(out, 100, " (%u bytes of data, %u were sent)", a->data.len, size);
    else if (a->damage == TL_DAMAGE_DATA)
        snprintf(out, 100, " (wrong data byte %u: 0x%02x, not 0x%02x)", a->place, a->data.data[a->place], a->due);
}

static enum tl_failure say(struct ping *p, const struct tl_probe_event *e, struct tl_error *error)
{
    const struct tl_answer *a = &e->answer;
    char from[46], told[80] = "", who[330];
    const char *name = a->kind != TL_ANSWER_NONE ? name_of(p, &a->from) : NULL;
    enum tl_failure failure = tl_probe_record(&p->run, e, name, error);
    if (failure != TL_E_NONE || p->options->probe.quiet)
        return failure;
    if (a->kind == TL_ANSWER_NONE)
        return tl_frame_log_say(&p->run.log, error, "seq=%u no answer\n", e->seq);
    tl_address_text(&a->from, from);
    snprintf(who, sizeof who, name != NULL ? "%s (%s)" : "%s%s", name != NULL ? name : from, name != NULL ? from : "");
    const char *again = e->late ? " late" : e->again ? " duplicate" : "";
    double ms = (double)e->rtt / 1e6;
    if (p->run.prober.kind == TL_PROBE_ARP)
        return tl_frame_log_say(&p->run.log, error, "%s is at %02x:%02x:%02x:%02x:%02x:%02x: seq=%u time=%.3f ms%s\n",
                                who, a->mac[0], a->mac[1], a->mac[2], a->mac[3], a->mac[4], a->mac[5], e->seq, ms,
                                again);
    if (tl_answer_is_of_target(a->kind)) {
        bool icmp = p->run.prober.kind == TL_PROBE_ICMP;
        const char *state = icmp || a->kind == TL_ANSWER_DAMAGED ? "" : a->kind == TL_ANSWER_REPLY ? " open" : " closed";
        char damage[100];
        put_damage(a, e->probe->size - tl_prober_overhead(&p->run.prober), damage);
        return tl_frame_log_say(&p->run.log, error, "%u bytes from %s: seq=%u ttl=%u time=%.3f ms%s%s%s\n", a->len, who,
                                e->seq, a->ttl, ms, state, again, damage);
    }
    if (a->kind == TL_ANSWER_OTHER)
        return tl_frame_log_say(&p->run.log, error, "%u bytes from %s: seq=%u ttl=%u time=%.3f ms (not from %s)\n",
                                a->len, who, e->seq, a->ttl, ms, p->run.text);
    if (a->kind == TL_ANSWER_TOO_BIG)
        snprintf(told, sizeof told, "too big: %u bytes, the next link takes %u", e->probe->size, a->mtu);
    else if (a->kind == TL_ANSWER_EXCEEDED)
        snprintf(told, sizeof told, "TTL %u is used up", e->probe->ttl);
    else
        snprintf(told, sizeof told, "%s", tl_probe_why(&p->run, a));
    return tl_frame_log_say(&p->run.log, error, "from %s: seq=%u %s, time=%.3f ms%s\n", who, e->seq, told, ms, again);
}

static bool reached(const struct tl_probe_event *e)
{
    return e->answer.kind == TL_ANSWER_REPLY || e->answer.kind == TL_ANSWER_REFUSED;
}

static void count(struct ping *p, const struct tl_probe_event *e)
{
    bool of_target = tl_answer_is_of_target(e->answer.kind);
    if (reached(e) && e->first)
        tl_probe_times_add(&p->times, e->rtt);
    p->times.damaged += e->first && e->answer.kind == TL_ANSWER_DAMAGED;
    p->times.late += e->late && of_target;
    p->times.duplicates += e->again && of_target;
    if (e->told && p->told > 0)
        p->told--;
    if (e->first && !of_target) {
        p->told++;
        p->linger = tl_wire_now() + LINGER;
    }
}

/* Waits until `until`, or until none waits, and reports what comes. */
static enum tl_failure gather(struct ping *p, int64_t until, bool all, struct tl_error *error)
{
    while (!all || p->run.waiting > 0 || (p->told > 0 && tl_wire_now() < p->linger)) {
        struct tl_probe_event e;
        bool lingers = all && p->run.waiting == 0 && p->linger < until;
        enum tl_failure failure = tl_probe_wait(&p->run, lingers ? p->linger : until, &e, error);
        if (failure != TL_E_NONE || e.probe == NULL)
            return failure;
        count(p, &e);
        failure = say(p, &e, error);
        if (failure != TL_E_NONE)
            return failure;
    }
    return TL_E_NONE;
}

static enum tl_failure ping(struct ping *p, struct tl_probe_packet *probe, struct tl_error *error)
{
    const struct options *o = p->options;
    int64_t gap = o->interval > 0 ? o->interval : SECOND, due = tl_wire_now();
    uint64_t count = o->count > 0 ? o->count : UINT64_MAX;
    for (uint64_t i = 0; i < count && !tl_signals_interrupted(); i++) {
        enum tl_failure failure = tl_probe_send(&p->run, probe, error);
        if (failure != TL_E_NONE)
            return failure;
        p->times.sent++;
        due += gap;
        failure = gather(p, due, i + 1 == count, error);
        if (failure == TL_E_NONE && i + 1 == count) /* the last answers */
            failure = gather(p, INT64_MAX, true, error);
        if (failure != TL_E_NONE)
            return failure;
    }
    return TL_E_NONE;
}

/* Sends a probe of `len` bytes, more than once if no answer comes. */
static enum tl_failure ask(struct ping *p, struct tl_probe_packet *probe, uint32_t len, struct tl_probe_event *e,
                           struct tl_error *error)
{
    probe->size = len - tl_prober_overhead(&p->run.prober);
    for (unsigned i = 0; i < TRIES && !tl_signals_interrupted(); i++) {
        enum tl_failure failure = tl_probe_send(&p->run, probe, error);
        p->times.sent++;
        do {
            if (failure == TL_E_NONE)
                failure = tl_probe_wait(&p->run, INT64_MAX, e, error);
            if (failure != TL_E_NONE || e->probe == NULL)
                return failure;
            count(p, e);
            failure = say(p, e, error);
            /* A source quench and the like are no answers. */
        } while (failure == TL_E_NONE && (e->seq != probe->seq || (!e->first && e->answer.kind != TL_ANSWER_NONE)));
        if (failure != TL_E_NONE || e->answer.kind != TL_ANSWER_NONE)
            return failure;
    }
    return TL_E_NONE;
}

/* Finds the path MTU (RFC 1191, RFC 8201): `good` got through, `bad` did not. */
static enum tl_failure search_mtu(struct ping *p, struct tl_probe_packet *probe, struct tl_error *error)
{
    bool v6 = p->run.prober.to.version == 6;
    uint32_t good = 0, bad = p->run.prober.mtu + 1, now = p->run.prober.mtu, least = v6 ? PMTU_LEAST_V6 : PMTU_LEAST_V4;
    probe->df = true;
    while (now > good && now < bad && !tl_signals_interrupted()) {
        struct tl_probe_event e;
        enum tl_failure failure = ask(p, probe, now, &e, error);
        if (failure != TL_E_NONE)
            return failure;
        if (e.answer.kind == TL_ANSWER_UNREACHABLE || e.answer.kind == TL_ANSWER_EXCEEDED)
            break;
        uint32_t told = e.answer.kind == TL_ANSWER_TOO_BIG ? e.answer.mtu : 0;
        if (tl_answer_is_of_target(e.answer.kind)) /* damaged or not: the probe got through */
            good = now;
        else
            bad = now;
        if (told > good && told < bad && told >= least) { /* the router knows that one byte more does not fit */
            now = told;
            bad = told + 1;
        } else if (good == 0 && now == least) {
            break; /* nothing is there */
        } else {
            now = good == 0 ? least : good + (bad - good) / 2;
        }
    }
    p->path_mtu = good;
    return TL_E_NONE;
}

static enum tl_failure summarize(struct ping *p, struct tl_error *error)
{
    const struct tl_probe_times *t = &p->times;
    struct tl_frame_log *log = &p->run.log;
    struct tl_probe_summary_record r = tl_probe_summary(&p->run);
    char duplicates[40] = "", late[40] = "", damaged[40] = "";
    tl_probe_summary_fill(&r, t);
    if (p->path_mtu > 0) {
        r.mtu = p->path_mtu;
        tl_record_set(&r.head, TL_SUMMARY_MTU);
    }
    if (t->duplicates > 0)
        snprintf(duplicates, sizeof duplicates, ", %llu duplicates", (unsigned long long)t->duplicates);
    if (t->late > 0)
        snprintf(late, sizeof late, ", %llu late", (unsigned long long)t->late);
    if (t->damaged > 0)
        snprintf(damaged, sizeof damaged, ", %llu damaged", (unsigned long long)t->damaged);
    enum tl_failure failure = tl_frame_log_record(log, &tl_probe_summary_record_def, &r.head, error);
    if (failure == TL_E_NONE)
        failure = tl_frame_log_say(log, error, "\n%s: %llu sent, %llu received, %.4g%% lost%s%s%s\n", p->run.text,
                                   (unsigned long long)t->sent, (unsigned long long)t->received, tl_probe_times_loss(t),
                                   damaged, late, duplicates);
    if (failure == TL_E_NONE && t->received > 0)
        failure = tl_frame_log_say(log, error, "time min/avg/max/mdev %.3f/%.3f/%.3f/%.3f ms, jitter %.3f ms\n",
                                   (double)r.min / 1e6, (double)r.avg / 1e6, (double)r.max / 1e6, (double)r.mdev / 1e6,
                                   (double)r.jitter / 1e6);
    if (failure == TL_E_NONE && p->path_mtu > 0)
        failure = tl_frame_log_say(log, error, "path MTU %u bytes\n", p->path_mtu);
    if (failure == TL_E_NONE && t->received == 0)
        failure = tl_error_set(error, TL_E_RUNTIME, t->damaged > 0 ? "no answer from %s that is right" : "no answer from %s",
                               p->run.text);
    return failure;
}

static enum tl_failure check(const struct options *o, uint64_t *size, struct tl_error *error)
{
    char rest;
    unsigned given;
    *size = o->probe.tcp ? 0 : SIZE;
    if (o->size != NULL && (sscanf(o->size, "%5u%c", &given, &rest) != 1 || *o->size == '-' || given > 65000))
        return tl_error_set(error, TL_E_USAGE, "--size '%.60s': give a number from 0 to 65000", o->size);
    if (o->size != NULL)
        *size = given;
    if (o->probe.arp && (o->size != NULL || o->df || o->mtu || o->ttl > 0))
        return tl_error_set(error, TL_E_USAGE, "--size, --ttl, --df and --mtu are of IP, not of --arp: leave them out");
    if (o->mtu && (o->size != NULL || o->count > 0 || o->interval > 0))
        return tl_error_set(error, TL_E_USAGE,
                            "--mtu chooses sizes and the number of probes: leave out -s, -c and --interval");
    return TL_E_NONE;
}

static enum tl_failure run_ping(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct ping p = { .options = o };
    uint64_t size;
    (void)count;
    if (check(o, &size, error) != TL_E_NONE)
        return error->kind;
    enum tl_failure failure = tl_probe_open(&p.run, &o->probe, "ping", words[0], error);
    struct tl_probe_packet probe = { .ttl = (uint8_t)(o->ttl > 0 ? o->ttl : 64), .size = (uint32_t)size, .df = o->df };
    if (failure == TL_E_NONE && !o->probe.quiet)
        failure = tl_frame_log_say(&p.run.log, error, "%s by %s on %s\n", p.run.text, tl_probe_proto(&p.run),
                                   tl_wire_name(p.run.wire));
    if (failure == TL_E_NONE)
        failure = o->mtu ? search_mtu(&p, &probe, error) : ping(&p, &probe, error);
    if (failure == TL_E_NONE)
        failure = summarize(&p, error);
    enum tl_failure closed = tl_probe_close(&p.run, error);
    return failure != TL_E_NONE ? failure : closed;
}

static const char description[] =
    "Sends probes to\n.I TARGET\n, an IPv4 or IPv6 address, and prints the answers and their times.\n"
    "A summary follows: how many were lost, the shortest, average and longest time, their standard deviation, and the\n"
    "jitter, the average difference of one time and the next.\n"
    "A reply from another address than\n.I TARGET\nis printed, and is no answer, unless\n.I TARGET\nis a multicast "
    "or broadcast address. After an ICMP error the target may still answer.\n"
    "An answer is all of its fragments. One whose checksum, length or data are wrong is printed and counted as damaged, "
    "not as\nreceived.\n"
    ".PP\nTimes are those of the kernel, when it gave the probe to the interface and when it got the answer.\n"
    "Over Ethernet, the probe goes to the interface and does not pass the firewall of this host.\n"
    ".PP\n"
    ".B \\-\\-json\nprints a probe record for each probe, when it is answered or its time is over, and a probe_summary "
    "record at the end:\n"
    ".B taplight \\-\\-schema\ndescribes them.\n";

const struct tl_verb tl_verb_ping = {
    .name = "ping",
    .words = "TARGET",
    .words_least = 1,
    .words_most = 1,
    .summary = "Measure whether and when an address answers: ICMP, TCP, UDP, ARP",
    .description = description,
    .examples = "  taplight ping 192.0.2.1 -c 5\n"
                "  taplight ping --tcp -p 443 192.0.2.1 -c 3 --json\n"
                "  taplight ping --mtu 2001:db8::1\n"
                "  taplight ping --arp -i eth0 192.0.2.1 -c 1 -v\n",
    .status = "An answer came, from the target, that was right.\n"
              "No such answer came; or no route or next hop, an interface that is not there or down, a name that is not "
              "found, a probe that is longer than the MTU, a file that cannot be written.\n"
              "The command line is wrong.\n"
              "No permission to send on the interface.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_ping,
};
