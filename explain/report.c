/* report.c - the explanation of flows as text and as records. */
#include "explain/explain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "export/json.h"
#include "core/time.h"

#define SECOND INT64_C(1000000000)

/* --- text --- */

static void put_end(struct tl_buffer *out, uint8_t version, const uint8_t *addr, uint16_t port, bool with_port)
{
    if (version == 6 && with_port)
        tl_put_char(out, '[');
    if (version == 6)
        tl_put_ipv6(out, addr);
    else
        tl_put_ipv4(out, addr);
    if (version == 6 && with_port)
        tl_put_char(out, ']');
    if (with_port)
        tl_put_format(out, ":%u", port);
}

static void put_time(struct tl_buffer *out, int64_t ts)
{
    struct tm tm;
    char text[40];
    int64_t whole = ts >= 0 ? ts / SECOND : (ts - SECOND + 1) / SECOND;
    time_t at = (time_t)whole;
    if (!tl_time_fits(ts) || gmtime_r(&at, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) == 0) {
        tl_put_lit(out, "?");
        return;
    }
    tl_put_format(out, "%s.%03u UTC", text, (unsigned)((ts - whole * SECOND) / 1000000));
}

static void put_packets(struct tl_buffer *out, const struct tl_finding *f)
{
    for (uint32_t i = 0; i < f->packet_count; i++)
        tl_put_format(out, "%s%llu", i == 0 ? "" : ", ", (unsigned long long)f->packets[i]);
    if (f->events > f->packet_count)
        tl_put_format(out, " and %u more", f->events - f->packet_count);
}

/* Puts text in lines of at most 100 columns, each after the same indent. */
static void put_wrapped(struct tl_buffer *out, const char *head, unsigned indent, const char *text)
{
    size_t column = strlen(head);
    bool first = true;
    tl_puts(out, head);
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column + 1 + len > 100 && !first) {
            tl_put_format(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            tl_put_char(out, ' ');
            column++;
        }
        first = false;
        tl_put(out, text, len);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    tl_put_char(out, '\n');
}

/* Does an end go on after its part of the set-up, though nothing of its peer is there? */
static bool goes_on(const struct tl_end_facts *e, const struct tl_end_facts *p)
{
    return p->packets == 0 && e->packets > (uint64_t)e->syns.count + e->syn_acks.count + e->resets.count;
}

/* Why it is not known where the tap is. */
static const char *why_no_tap(const struct tl_facts *f)
{
    const struct tl_end_facts *a = &f->end[0], *b = &f->end[1];
    uint32_t parts = a->syns.count + b->syns.count + a->syn_acks.count + b->syn_acks.count;
    bool more = a->data_packets + b->data_packets > 0 || a->fin_ts != 0 || b->fin_ts != 0 || goes_on(a, b) ||
                goes_on(b, a);
    if (parts == 0)
        return "the set-up is not in the capture";
    if (f->ack_ts != 0)
        return "the times of the set-up do not show it";
    return more ? "a part of the set-up is not in the capture" : "the connection was not set up";
}

static void put_tap(struct tl_buffer *out, const struct tl_diagnosis *d, const struct tl_facts *f)
{
    static const char *const places[] = { [TL_TAP_UNKNOWN] = "cannot be told: ",
                                          [TL_TAP_CLIENT] = "near the client",
                                          [TL_TAP_MIDDLE] = "between client and server, or the round trip is too short to tell",
                                          [TL_TAP_SERVER] = "near the server" };
    tl_put_format(out, "  tap: %s%s", places[d->tap], d->tap == TL_TAP_UNKNOWN ? why_no_tap(f) : "");
    if (d->client_half > 0 && d->server_half > 0)
        tl_put_format(out, " (%.3f ms to the server and back, %.3f ms to the client and back)", (double)d->server_half / 1e6,
                      (double)d->client_half / 1e6);
    tl_put_char(out, '\n');
}

void tl_explain_put_phase(struct tl_buffer *out, const struct tl_phase *p)
{
    tl_put_format(out, "  %10.6f s  %s: %s", (double)p->lasts / 1e9, p->name, p->who);
    if (p->packets[0] != 0 && p->packets[1] != 0)
        tl_put_format(out, " (packets %llu, %llu)", (unsigned long long)p->packets[0], (unsigned long long)p->packets[1]);
    else if (p->packets[0] != 0)
        tl_put_format(out, " (from packet %llu)", (unsigned long long)p->packets[0]);
    tl_put_char(out, '\n');
}

void tl_explain_put_finding(struct tl_buffer *out, const struct tl_finding *f)
{
    char head[80];
    snprintf(head, sizeof head, "  %s, %s: ", tl_finding_level_name(f->level), f->kind->name);
    put_wrapped(out, head, 6, f->text);
    tl_put_lit(out, "      packets ");
    put_packets(out, f);
    if (f->lost > 0)
        tl_put_format(out, "; %.3f s lost", (double)f->lost / 1e9);
    tl_put_char(out, '\n');
    if (f->level >= TL_FINDING_WARNING) {
        put_wrapped(out, "      check next: ", 8, f->kind->next);
        if (*f->kind->mistaken != '\0')
            put_wrapped(out, "      can be mistaken for: ", 8, f->kind->mistaken);
    }
}

void tl_explain_put_summary(struct tl_buffer *out, const struct tl_explained *x)
{
    const struct tl_flow_id *id = &x->id;
    const struct tl_diagnosis *d = &x->diagnosis;
    const struct tl_facts *f = &x->facts;
    tl_put_format(out, "flow %.*s  %s ", TL_UID_LEN, id->uid, id->ip_proto == 6 ? "tcp" : "udp");
    put_end(out, id->version, id->orig_addr, id->orig_port, true);
    tl_put_lit(out, " > ");
    put_end(out, id->version, id->resp_addr, id->resp_port, true);
    if (x->service[0] != '\0')
        tl_put_format(out, " (%s)", x->service);
    tl_put_lit(out, "\n  ");
    put_time(out, f->first_ts);
    tl_put_format(out, ", %.3f s, %llu packets, %llu to %llu\n", (double)tl_time_between(f->first_ts, f->last_ts) / 1e9,
                  (unsigned long long)f->packets, (unsigned long long)f->first,
                  (unsigned long long)(f->last > 0 ? f->last : f->first));
    put_wrapped(out, "  verdict: ", 6, d->verdict);
    tl_put_format(out, "  confidence: %s\n", d->confidence);
    if (*d->raise != '\0')
        put_wrapped(out, "  would raise it: ", 6, d->raise);
    if (f->ip_proto == 6)
        put_tap(out, d, f);
}

static void put_flow(struct tl_buffer *out, const struct tl_explained *x)
{
    const struct tl_diagnosis *d = &x->diagnosis;
    tl_explain_put_summary(out, x);
    for (unsigned i = 0; i < d->phase_count; i++)
        tl_explain_put_phase(out, &d->phases[i]);
    for (unsigned i = 0; i < d->count; i++)
        tl_explain_put_finding(out, &d->items[i]);
}

/* --- what they have in common --- */

static void put_party(struct tl_buffer *out, const struct tl_explain_sums *s, const struct tl_explain_party *parties,
                      const char *what)
{
    const struct tl_explain_party *most = NULL;
    for (uint32_t i = 0; i < TL_EXPLAIN_PARTIES; i++)
        if (parties[i].troubled > 0 && (most == NULL || parties[i].troubled > most->troubled))
            most = &parties[i];
    if (most == NULL || (uint64_t)most->troubled * 5 < s->troubled * 3)
        return;
    tl_put_format(out, "  %u of them have the %s ", most->troubled, what);
    put_end(out, most->version, most->addr, 0, false);
    tl_put_format(out, ", which has %u flow%s\n", most->flows, most->flows == 1 ? "" : "s");
}

static void put_common(struct tl_buffer *out, const struct tl_explain_sums *s)
{
    uint32_t most = 0;
    struct tl_buffer lines = { 0 };
    if (s->troubled < 2)
        return;
    put_party(&lines, s, s->servers, "server");
    put_party(&lines, s, s->clients, "client");
    for (uint32_t i = 1; i < tl_finding_kind_count; i++)
        most = s->kinds[i] > s->kinds[most] ? i : most;
    if ((uint64_t)s->kinds[most] * 5 >= s->troubled * 3)
        tl_put_format(&lines, "  the verdict of %u of them is \"%s\"\n", s->kinds[most], tl_finding_kinds[most].name);
    int64_t all = tl_time_between(s->first_ts, s->last_ts), part = tl_time_between(s->trouble_from, s->trouble_to);
    if (part < all / 3) {
        tl_put_lit(&lines, "  all of them are between ");
        put_time(&lines, s->trouble_from);
        tl_put_lit(&lines, " and ");
        put_time(&lines, s->trouble_to);
        tl_put_char(&lines, '\n');
    }
    if (lines.len > 0) {
        tl_put_lit(out, "in common:\n");
        tl_put(out, lines.data, lines.len);
    }
    tl_buffer_fini(&lines);
}

static void put_neighbours(struct tl_buffer *out, const struct tl_explain_sums *s)
{
    struct tl_finding f;
    unsigned shown = 0;
    for (uint32_t i = 0; i < TL_NEIGHBOURS && shown < TL_EXPLAIN_FLOWS; i++) {
        if (!tl_neighbour_find(&s->neighbours.all[i], &f))
            continue;
        tl_puts(out, shown++ == 0 ? "ARP:\n" : "");
        tl_explain_put_finding(out, &f);
    }
}

void tl_explain_put(struct tl_buffer *out, const struct tl_explain *explain)
{
    const struct tl_explain_sums *s = tl_explain_sums(explain);
    uint32_t count = tl_explain_count(explain);
    bool chosen = tl_explain_is_chosen(explain);
    if (chosen)
        tl_put_format(out, "%llu of %llu flows chosen, %llu of them with trouble", (unsigned long long)s->chosen,
                      (unsigned long long)s->flows, (unsigned long long)s->troubled);
    else
        tl_put_format(out, "%llu packets, %llu flows, %llu of them with trouble", (unsigned long long)s->packets,
                      (unsigned long long)s->flows, (unsigned long long)s->troubled);
    if (s->lost > 0)
        tl_put_format(out, ", %.3f s lost in all", (double)s->lost / 1e9);
    if (s->left_out > 0)
        tl_put_format(out, "; %llu not explained: no memory", (unsigned long long)s->left_out);
    tl_put_char(out, '\n');
    put_common(out, s);
    if (!chosen)
        put_neighbours(out, s);
    if (s->flows == 0)
        tl_put_lit(out, "No flow of TCP or UDP: not enough seen.\n");
    else if (count < (chosen ? s->chosen : s->troubled))
        tl_put_format(out, "The %u with the most time lost:\n", count);
    for (uint32_t i = 0; i < count; i++) {
        tl_put_char(out, '\n');
        put_flow(out, tl_explain_get(explain, i));
    }
}

/* --- records --- */

struct finding_object {
    struct tl_record r;
    const char *name, *level;
    struct tl_bytes text;
    struct tl_count_list packets;
    uint64_t events;
    int64_t lost;
    struct tl_bytes next, mistaken; /* sentences: a token has 63 bytes at most */
};

struct phase_object {
    struct tl_record r;
    const char *name;
    int64_t lasts;
    const char *who;
};

struct explain_record {
    struct tl_record r;
    const char *proto;
    struct tl_bytes service;
    int64_t duration;
    uint64_t packets;
    struct tl_bytes verdict;
    const char *finding, *confidence;
    struct tl_bytes raise;
    int64_t lost;
    const char *tap;
    struct tl_object_list findings, phases;
};

enum { F_NAME, F_LEVEL, F_TEXT, F_PACKETS, F_EVENTS, F_LOST, F_NEXT, F_MISTAKEN };
enum { P_NAME, P_LASTS, P_WHO };
enum { E_PROTO, E_SERVICE, E_DURATION, E_PACKETS, E_VERDICT, E_FINDING, E_CONFIDENCE, E_RAISE, E_LOST, E_TAP, E_FINDINGS,
       E_PHASES };

#define F(index, member, key, kind, help) TL_FIELD(struct finding_object, index, member, key, kind, help)
static const struct tl_record_field finding_fields[] = {
    F(F_NAME, name, "name", TL_REC_TOKEN, "Its name in docs/EXPLAIN.md"),
    F(F_LEVEL, level, "level", TL_REC_TOKEN, "note, warning or problem"),
    TL_FIELD_ESCAPED(struct finding_object, F_TEXT, text, "text", TL_REC_TEXT, "The sentence"),
    F(F_PACKETS, packets, "packets", TL_REC_COUNTS, "Numbers of packets that are the evidence, the first ones"),
    F(F_EVENTS, events, "events", TL_REC_COUNT, "How often it was seen"),
    F(F_LOST, lost, "time_lost", TL_REC_INTERVAL, "Time that the flow waited because of it"),
    F(F_NEXT, next, "check_next", TL_REC_TEXT, "What to check"),
    F(F_MISTAKEN, mistaken, "mistaken_for", TL_REC_TEXT, "What it can be mistaken for"),
};
#undef F
static const struct tl_record_def finding_def = TL_OBJECT_DEF(finding_fields, "A finding; the first explains the flow");

#define F(index, member, key, kind, help) TL_FIELD(struct phase_object, index, member, key, kind, help)
static const struct tl_record_field phase_fields[] = {
    F(P_NAME, name, "name", TL_REC_TOKEN, "Name of the phase"),
    F(P_LASTS, lasts, "duration", TL_REC_INTERVAL, "Its time"),
    F(P_WHO, who, "who", TL_REC_TOKEN, "Who is responsible for it"),
};
#undef F
static const struct tl_record_def phase_def = TL_OBJECT_DEF(phase_fields, "A part of the flow's time");

#define F(index, member, key, kind, help) TL_FIELD(struct explain_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(E_PROTO, proto, "proto", TL_REC_TOKEN, "tcp or udp"),
    TL_FIELD_ESCAPED(struct explain_record, E_SERVICE, service, "service", TL_REC_TEXT,
                     "Protocols detected in the payload, joined by commas"),
    F(E_DURATION, duration, "duration", TL_REC_INTERVAL, "Time from the first to the last packet"),
    F(E_PACKETS, packets, "packets", TL_REC_COUNT, "Packets of the flow"),
    TL_FIELD_ESCAPED(struct explain_record, E_VERDICT, verdict, "verdict", TL_REC_TEXT, "What is wrong, in one sentence"),
    F(E_FINDING, finding, "finding", TL_REC_TOKEN, "Name of the finding that the verdict is from"),
    F(E_CONFIDENCE, confidence, "confidence", TL_REC_TOKEN, "low, medium or high: 1, 2, 3 independent pieces of evidence"),
    F(E_RAISE, raise, "would_raise", TL_REC_TEXT, "What would raise the confidence"),
    F(E_LOST, lost, "time_lost", TL_REC_INTERVAL, "Time that the flow waited because of its findings"),
    F(E_TAP, tap, "tap", TL_REC_TOKEN, "Where the capture was made: client, middle, server or unknown"),
    TL_FIELD_OBJECTS(struct explain_record, E_FINDINGS, findings, "findings", &finding_def, "Findings, the worst first"),
    TL_FIELD_OBJECTS(struct explain_record, E_PHASES, phases, "phases", &phase_def, "Parts of the flow's time"),
};
#undef F

struct arp_record {
    struct tl_record r;
    struct tl_addr address;
    struct finding_object found;
};

enum { A_ADDRESS, A_FINDING, A_LEVEL, A_TEXT, A_PACKETS, A_EVENTS, A_NEXT, A_MISTAKEN };

#define F(index, member, key, kind, help) TL_FIELD(struct arp_record, index, member, key, kind, help)
static const struct tl_record_field arp_fields[] = {
    F(A_ADDRESS, address, "address", TL_REC_ADDR, "The address that ARP tells of"),
    F(A_FINDING, found.name, "finding", TL_REC_TOKEN, "Its name in docs/EXPLAIN.md"),
    F(A_LEVEL, found.level, "level", TL_REC_TOKEN, "warning or problem"),
    TL_FIELD_ESCAPED(struct arp_record, A_TEXT, found.text, "text", TL_REC_TEXT, "The sentence"),
    F(A_PACKETS, found.packets, "packets", TL_REC_COUNTS, "Numbers of packets that are the evidence, the first ones"),
    F(A_EVENTS, found.events, "events", TL_REC_COUNT, "How often it was seen"),
    F(A_NEXT, found.next, "check_next", TL_REC_TEXT, "What to check"),
    F(A_MISTAKEN, found.mistaken, "mistaken_for", TL_REC_TEXT, "What it can be mistaken for"),
};
#undef F

const struct tl_record_def tl_explain_arp_record_def =
    TL_RECORD_DEF("explain_arp", arp_fields, "What is wrong with an address, as ARP shows (taplight explain)",
                  .summary = { "text" });

const struct tl_record_def tl_explain_record_def =
    TL_RECORD_DEF("explain", record_fields, "What is wrong with a flow (taplight explain)",
                  .summary = { "verdict", "confidence" });

static void fill_finding(struct finding_object *o, const struct tl_finding *f)
{
    *o = (struct finding_object){ .name = f->kind->name, .level = tl_finding_level_name(f->level),
                                  .text = tl_bytes_of(f->text, strlen(f->text)),
                                  .packets = { f->packets, f->packet_count }, .events = f->events, .lost = f->lost,
                                  .next = tl_bytes_of(f->kind->next, strlen(f->kind->next)),
                                  .mistaken = tl_bytes_of(f->kind->mistaken, strlen(f->kind->mistaken)) };
    const bool set[] = { [F_NAME] = true, [F_LEVEL] = true, [F_TEXT] = true, [F_PACKETS] = true, [F_EVENTS] = f->events > 0,
                         [F_LOST] = f->lost > 0, [F_NEXT] = *f->kind->next != '\0', [F_MISTAKEN] = *f->kind->mistaken != '\0' };
    for (unsigned i = 0; i < TL_COUNT(set); i++)
        if (set[i])
            tl_record_set(&o->r, i);
}

static void put_record(struct tl_buffer *out, const struct tl_explained *x, const struct tl_sink *sink)
{
    static const char *const taps[] = { "unknown", "client", "middle", "server" };
    struct finding_object findings[TL_FINDINGS_MOST];
    struct phase_object phases[TL_PHASES_MOST];
    const struct tl_diagnosis *d = &x->diagnosis;
    bool found = d->count > 0 && d->items[0].level >= TL_FINDING_WARNING;
    for (unsigned i = 0; i < d->count; i++)
        fill_finding(&findings[i], &d->items[i]);
    for (unsigned i = 0; i < d->phase_count; i++) {
        phases[i] = (struct phase_object){ .name = d->phases[i].name, .lasts = d->phases[i].lasts, .who = d->phases[i].who };
        phases[i].r.set = 7;
    }
    struct explain_record r = { .r = { .ts = x->facts.first_ts },
                                .proto = x->id.ip_proto == 6 ? "tcp" : "udp",
                                .service = tl_bytes_of(x->service, strlen(x->service)),
                                .duration = tl_time_between(x->facts.first_ts, x->facts.last_ts),
                                .packets = x->facts.packets,
                                .verdict = tl_bytes_of(d->verdict, strlen(d->verdict)),
                                .finding = found ? d->items[0].kind->name : "",
                                .confidence = d->confidence,
                                .raise = tl_bytes_of(d->raise, strlen(d->raise)),
                                .lost = d->lost,
                                .tap = taps[d->tap],
                                .findings = { findings, d->count, sizeof *findings },
                                .phases = { phases, d->phase_count, sizeof *phases } };
    const bool set[] = { [E_PROTO] = true, [E_SERVICE] = x->service[0] != '\0', [E_DURATION] = true, [E_PACKETS] = true,
                         [E_VERDICT] = true, [E_FINDING] = found, [E_CONFIDENCE] = true, [E_RAISE] = *d->raise != '\0',
                         [E_LOST] = d->lost > 0, [E_TAP] = x->id.ip_proto == 6, [E_FINDINGS] = d->count > 0,
                         [E_PHASES] = d->phase_count > 0 };
    for (unsigned i = 0; i < TL_COUNT(set); i++)
        if (set[i])
            tl_record_set(&r.r, i);
    sink->record(sink, out, &tl_explain_record_def, &r.r, &x->id, x->id.decimals);
}

static void put_arp_records(struct tl_buffer *out, const struct tl_explain_sums *s, const struct tl_sink *sink)
{
    struct tl_finding f;
    for (uint32_t i = 0; i < TL_NEIGHBOURS; i++) {
        const struct tl_arp_neighbour *n = &s->neighbours.all[i];
        struct arp_record r = { .r = { .ts = n->last_ts != 0 ? n->last_ts : s->first_ts } };
        if (!tl_neighbour_find(n, &f))
            continue;
        fill_finding(&r.found, &f);
        r.address.version = 4;
        memcpy(r.address.bytes, n->addr, 4);
        for (unsigned k = 0; k < TL_COUNT(arp_fields); k++)
            tl_record_set(&r.r, k);
        sink->record(sink, out, &tl_explain_arp_record_def, &r.r, NULL, 6);
    }
}

void tl_explain_put_records(struct tl_buffer *out, const struct tl_explain *explain, const struct tl_sink *sink)
{
    if (!tl_explain_is_chosen(explain))
        put_arp_records(out, tl_explain_sums(explain), sink);
    for (uint32_t i = 0; i < tl_explain_count(explain); i++)
        put_record(out, tl_explain_get(explain, i), sink);
}
