/* probe.c - sends probes and sorts what comes. */
#include "cli/probe.h"

#include "cli/devices.h"
#include "cli/signals.h"
#include "inject/find.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCE = 1 << 16 };

static enum tl_probe_kind kind_of(const struct tl_probe_options *o)
{
    return o->tcp ? TL_PROBE_TCP : o->udp ? TL_PROBE_UDP : o->arp ? TL_PROBE_ARP : TL_PROBE_ICMP;
}

const char *tl_probe_proto(const struct tl_probe_run *run)
{
    static const char *const names[] = { "icmp", "tcp", "udp", "arp" };
    return names[run->prober.kind];
}

static enum tl_failure check(const struct tl_probe_options *o, struct tl_error *error)
{
    if (o->icmp + o->tcp + o->udp + o->arp > 1)
        return tl_error_set(error, TL_E_USAGE, "--icmp, --tcp, --udp and --arp: give one of them");
    if (o->port > 0 && !o->tcp && !o->udp)
        return tl_error_set(error, TL_E_USAGE, "--port is of --tcp and --udp: give one of them");
    if ((o->v4 || o->v6) && !o->resolve)
        return tl_error_set(error, TL_E_USAGE, "-4 and -6 choose an address of a name: give --resolve");
    return TL_E_NONE;
}

/* Finds the address of a target, which may be a name with --resolve. */
static enum tl_failure find_target(struct tl_probe_run *run, const char *target, char zone[IF_NAMESIZE],
                                   struct tl_error *error)
{
    const struct tl_probe_options *o = run->options;
    if (o->resolve)
        return tl_address_find(target, o->v4 ? 4 : o->v6 ? 6 : 0, "", &run->prober.to, zone, error);
    if (tl_address_parse_zone(target, &run->prober.to, zone))
        return TL_E_NONE;
    return tl_error_set(error, TL_E_USAGE,
                        strchr(target, '%') != NULL ? "'%.60s' is no address of a link: give it as fe80::1%%eth0"
                                                    : "'%.60s' is no address: give --resolve to look a name up",
                        target);
}

static enum tl_failure open_wire(struct tl_probe_run *run, const char *zone, struct tl_error *error)
{
    const char *given = run->options->interface;
    if (given != NULL && *zone != '\0' && strcmp(given, zone) != 0)
        return tl_error_set(error, TL_E_USAGE, "the target is on %s, and -i is %.60s: give one of them", zone, given);
    const char *name = given != NULL ? given : *zone != '\0' ? zone : NULL;
    struct tl_route route;
    if (name != NULL && tl_verb_interface(name, error) != TL_E_NONE)
        return error->kind;
    if (name == NULL && tl_route_find(&run->prober.to, NULL, &route, error) != TL_E_NONE)
        return error->kind;
    run->wire = tl_wire_open(name != NULL ? name : route.interface, "give a smaller --size, or leave out --df",
                             error);
    if (run->wire == NULL && error->kind == TL_E_PERMISSION)
        tl_devices_explain(error);
    return run->wire != NULL ? TL_E_NONE : error->kind;
}

enum tl_failure tl_probe_open(struct tl_probe_run *run, const struct tl_probe_options *o, const char *verb,
                              const char *target, struct tl_error *error)
{
    char zone[IF_NAMESIZE];
    struct tl_frame_log_options log = { .text = true, .trees = o->verbose, .json = o->json, .write = o->write };
    *run = (struct tl_probe_run){ .options = o, .verb = verb, .next = 1, .oldest = 1 };
    run->prober = (struct tl_prober){ .kind = kind_of(o), .tos = (uint8_t)o->tos, .reserved = -1 };
    run->prober.port = (uint16_t)(o->port > 0 ? o->port : o->tcp ? 80 : 33434);
    if (check(o, error) != TL_E_NONE || tl_verb_enter(&o->network, error) != TL_E_NONE ||
        find_target(run, target, zone, error) != TL_E_NONE)
        return error->kind;
    tl_address_text(&run->prober.to, run->text);
    if (o->source != NULL &&
        (!tl_address_parse(o->source, &run->prober.from) || run->prober.from.version != run->prober.to.version))
        return tl_error_set(error, TL_E_USAGE, "--source '%.60s': give an IPv%u address", o->source,
                            run->prober.to.version);
    if (o->arp && run->prober.to.version == 6)
        return tl_error_set(error, TL_E_USAGE, "ARP asks for IPv4 addresses: use ICMP for %s", run->text);
    if (open_wire(run, zone, error) != TL_E_NONE || !tl_frame_log_open(&run->log, &log, error) ||
        tl_verb_drop(o->user, error) != TL_E_NONE)
        return error->kind;
    if (o->arp && !tl_wire_is_ethernet(run->wire))
        return tl_error_set(error, TL_E_RUNTIME, "%s has no Ethernet, so no ARP", tl_wire_name(run->wire));
    tl_signals_note();
    tl_world_init(&run->world, o->interface, run->wire);
    run->prober.wire = run->wire;
    run->prober.world = &run->world;
    run->sent = calloc(SEQUENCE, sizeof *run->sent);
    run->arrival = malloc(sizeof *run->arrival);
    if (run->sent == NULL || run->arrival == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return tl_prober_init(&run->prober, error);
}

enum tl_failure tl_probe_close(struct tl_probe_run *run, struct tl_error *error)
{
    enum tl_failure closed = run->log.interfaces != NULL ? tl_frame_log_close(&run->log, error) : TL_E_NONE;
    tl_prober_fini(&run->prober);
    tl_world_fini(&run->world);
    tl_wire_close(run->wire);
    free(run->sent);
    free(run->arrival);
    return closed;
}

static uint16_t after(uint16_t seq)
{
    return seq == SEQUENCE - 1 ? 1 : (uint16_t)(seq + 1);
}

/* Shows and writes a frame. */
static enum tl_failure put(struct tl_probe_run *run, int64_t ts, struct tl_bytes frame, struct tl_error *error)
{
    enum tl_failure failure = tl_frame_log_write(&run->log, ts, frame, error);
    return failure != TL_E_NONE ? failure : tl_frame_log_show(&run->log, ts, frame, error);
}

enum tl_failure tl_probe_send(struct tl_probe_run *run, struct tl_probe_packet *probe, struct tl_error *error)
{
    const struct tl_probe_options *o = run->options;
    struct tl_probe_sent *sent = &run->sent[run->next];
    probe->seq = run->next;
    int64_t at = tl_frame_log_now();
    enum tl_failure failure = tl_prober_send(&run->prober, probe, error);
    for (uint32_t i = 0; failure == TL_E_NONE && i < run->prober.frames.count; i++)
        failure = put(run, at, tl_crafted_get(&run->prober.frames, i), error);
    if (failure != TL_E_NONE)
        return failure;
    if (sent->state == TL_PROBE_WAITS)
        run->waiting--;
    *sent = (struct tl_probe_sent){ .state = TL_PROBE_WAITS,
                                    .ttl = probe->ttl,
                                    .df = probe->df,
                                    .size = run->prober.kind == TL_PROBE_ARP
                                                ? 28
                                                : probe->size + tl_prober_overhead(&run->prober),
                                    .at = at,
                                    .deadline = tl_wire_now() + (o->timeout > 0 ? o->timeout : TL_PROBE_TIMEOUT) };
    if (run->prober.kind == TL_PROBE_TCP && probe->size == 0)
        sent->size += 4; /* an option */
    run->waiting++;
    run->next = after(run->next);
    return TL_E_NONE;
}

static const char *outcome_of(enum tl_answer_kind kind)
{
    static const char *const words[] = { [TL_ANSWER_REPLY] = "reply",
                                         [TL_ANSWER_DAMAGED] = "damaged",
                                         [TL_ANSWER_OTHER] = "other",
                                         [TL_ANSWER_REFUSED] = "refused",
                                         [TL_ANSWER_EXCEEDED] = "exceeded",
                                         [TL_ANSWER_TOO_BIG] = "too_big",
                                         [TL_ANSWER_UNREACHABLE] = "unreachable" };
    return words[kind];
}

/*
 * What an answer is to its probe. An ICMP error is no last word: the target may answer all the same. A router that asks
 * to send slower, and another host that answers, say nothing of the target.
 */
static void place(struct tl_probe_run *run, struct tl_probe_sent *sent, struct tl_probe_event *event)
{
    enum tl_answer_kind kind = event->answer.kind;
    bool of_target = tl_answer_is_of_target(kind), in_time = tl_wire_now() <= sent->deadline;
    event->outcome = outcome_of(kind);
    if (kind == TL_ANSWER_OTHER || tl_answer_is_quench(&event->answer))
        return;
    event->told = sent->state == TL_PROBE_TOLD && of_target;
    event->first = sent->state == TL_PROBE_WAITS || (event->told && in_time);
    event->late = sent->state == TL_PROBE_LOST || (event->told && !in_time);
    event->again = !event->first && !event->late;
    if (!event->first)
        event->outcome = event->late ? "late" : "duplicate";
    if (sent->state == TL_PROBE_WAITS)
        run->waiting--;
    if (of_target)
        sent->state = TL_PROBE_ENDED;
    else if (sent->state == TL_PROBE_WAITS)
        sent->state = TL_PROBE_TOLD;
}

/* Takes a frame. Returns whether it is an event. */
static bool take(struct tl_probe_run *run, struct tl_probe_event *event, enum tl_failure *failure,
                 struct tl_error *error)
{
    struct tl_arrival *a = run->arrival;
    enum tl_answer_kind kind = tl_prober_read(&run->prober, a, &event->answer);
    struct tl_probe_sent *sent = &run->sent[event->answer.seq];
    if (kind == TL_ANSWER_PART) {
        *failure = put(run, a->ts, (struct tl_bytes){ a->bytes, a->len }, error);
        return *failure != TL_E_NONE;
    }
    if (kind == TL_ANSWER_NONE || event->answer.seq == 0 || sent->state == TL_PROBE_FREE)
        return false;
    if (kind == TL_ANSWER_SENT) { /* the kernel's time is nearer to the wire than ours; of fragments, the first */
        if (sent->state == TL_PROBE_WAITS)
            sent->at = a->ts;
        return false;
    }
    if (run->prober.kind == TL_PROBE_ICMP)
        tl_prober_check(&run->prober, sent->size - tl_prober_overhead(&run->prober), &event->answer);
    *failure = put(run, a->ts, (struct tl_bytes){ a->bytes, a->len }, error);
    event->probe = sent;
    event->seq = event->answer.seq;
    event->ts = a->ts;
    event->rtt = a->ts > sent->at ? a->ts - sent->at : 0;
    place(run, sent, event);
    return true;
}

/* Finds a probe whose time is over. Sets *next to the next deadline. */
static bool expire(struct tl_probe_run *run, int64_t *next, struct tl_probe_event *event)
{
    while (run->oldest != run->next && run->sent[run->oldest].state != TL_PROBE_WAITS)
        run->oldest = after(run->oldest);
    struct tl_probe_sent *sent = &run->sent[run->oldest];
    if (run->oldest == run->next)
        return false;
    *next = sent->deadline;
    if (tl_wire_now() < sent->deadline)
        return false;
    sent->state = TL_PROBE_LOST;
    run->waiting--;
    *event = (struct tl_probe_event){ .probe = sent, .seq = run->oldest, .outcome = "timeout", .ts = sent->at };
    return true;
}

enum tl_failure tl_probe_wait(struct tl_probe_run *run, int64_t until, struct tl_probe_event *event,
                              struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    *event = (struct tl_probe_event){ .probe = NULL };
    while (!tl_signals_interrupted()) {
        int64_t deadline = INT64_MAX;
        bool came = tl_wire_receive(run->wire, 0, run->arrival); /* what came in time is read before time is up */
        if (!came && expire(run, &deadline, event))
            return TL_E_NONE;
        if (!came && tl_wire_now() >= until)
            return TL_E_NONE;
        if (!came)
            came = tl_wire_receive(run->wire, deadline < until ? deadline : until, run->arrival);
        if (came && take(run, event, &failure, error))
            return failure;
    }
    return TL_E_NONE;
}

const char *tl_probe_damage(const struct tl_answer *a)
{
    static const char *const words[] = { [TL_DAMAGE_NONE] = NULL,
                                         [TL_DAMAGE_CHECKSUM] = "checksum",
                                         [TL_DAMAGE_SHORT] = "short",
                                         [TL_DAMAGE_LONG] = "long",
                                         [TL_DAMAGE_DATA] = "data" };
    return words[a->damage];
}

/* Fills in what the answer tells. */
static void fill_answer(struct tl_probe_record *r, const struct tl_probe_event *event, bool arp, const char *name)
{
    const struct tl_answer *a = &event->answer;
    tl_probe_set_address(&r->head, TL_PROBE_FROM, &r->from, &a->from);
    r->rtt = event->rtt;
    r->from_ttl = a->ttl;
    r->from_size = a->len;
    r->code = a->code;
    r->mtu = a->mtu;
    memcpy(r->mac, a->mac, 6);
    tl_record_set(&r->head, TL_PROBE_RTT);
    tl_record_set(&r->head, arp ? TL_PROBE_MAC : TL_PROBE_FROM_TTL);
    if (!arp)
        tl_record_set(&r->head, TL_PROBE_FROM_SIZE);
    if (a->kind > TL_ANSWER_REFUSED)
        tl_record_set(&r->head, TL_PROBE_CODE);
    r->damage = tl_probe_damage(a);
    if (r->damage != NULL)
        tl_record_set(&r->head, TL_PROBE_DAMAGE);
    if (a->mtu > 0)
        tl_record_set(&r->head, TL_PROBE_MTU);
    if (name != NULL) {
        r->name = tl_bytes_of(name, strlen(name));
        tl_record_set(&r->head, TL_PROBE_NAME);
    }
    for (unsigned i = 0; i < a->label_count; i++)
        r->label_items[i] = (struct tl_probe_label_record){ .head.set = 15,
                                                            .label = a->labels[i].label,
                                                            .tc = a->labels[i].tc,
                                                            .bottom = a->labels[i].s != 0,
                                                            .ttl = a->labels[i].ttl };
    r->labels = (struct tl_object_list){ r->label_items, a->label_count, sizeof *r->label_items };
    if (a->label_count > 0)
        tl_record_set(&r->head, TL_PROBE_MPLS);
}

enum tl_failure tl_probe_record(struct tl_probe_run *run, const struct tl_probe_event *event, const char *name,
                                struct tl_error *error)
{
    const struct tl_prober *p = &run->prober;
    struct tl_probe_record r = { .head.ts = event->probe->at,
                                 .verb = run->verb,
                                 .proto = tl_probe_proto(run),
                                 .port = p->port,
                                 .seq = event->seq,
                                 .ttl = event->probe->ttl,
                                 .size = event->probe->size,
                                 .outcome = event->outcome };
    if (run->log.records == NULL)
        return TL_E_NONE;
    tl_record_set(&r.head, TL_PROBE_VERB);
    tl_record_set(&r.head, TL_PROBE_PROTO);
    tl_record_set(&r.head, TL_PROBE_SEQ);
    tl_record_set(&r.head, TL_PROBE_SIZE);
    tl_record_set(&r.head, TL_PROBE_OUTCOME);
    if (p->kind == TL_PROBE_TCP || p->kind == TL_PROBE_UDP)
        tl_record_set(&r.head, TL_PROBE_PORT);
    if (p->kind != TL_PROBE_ARP)
        tl_record_set(&r.head, TL_PROBE_TTL);
    tl_probe_set_address(&r.head, TL_PROBE_SRC, &r.src, &p->from);
    tl_probe_set_address(&r.head, TL_PROBE_DST, &r.dst, &p->to);
    if (event->answer.kind != TL_ANSWER_NONE)
        fill_answer(&r, event, p->kind == TL_PROBE_ARP, name);
    return tl_frame_log_record(&run->log, &tl_probe_record_def, &r.head, error);
}

struct tl_probe_summary_record tl_probe_summary(const struct tl_probe_run *run)
{
    struct tl_probe_summary_record r = { .head.ts = tl_frame_log_now(),
                                         .verb = run->verb,
                                         .proto = tl_probe_proto(run) };
    tl_record_set(&r.head, TL_SUMMARY_VERB);
    tl_record_set(&r.head, TL_SUMMARY_PROTO);
    tl_probe_set_address(&r.head, TL_SUMMARY_DST, &r.dst, &run->prober.to);
    return r;
}

const char *tl_probe_why(const struct tl_probe_run *run, const struct tl_answer *a)
{
    static const char *const v4[] = { "network unreachable",
                                      "host unreachable",
                                      "protocol unreachable",
                                      "port unreachable",
                                      "too big",
                                      "source route failed",
                                      "network unknown",
                                      "host unknown",
                                      "source host isolated",
                                      "network prohibited",
                                      "host prohibited",
                                      "network unreachable for this TOS",
                                      "host unreachable for this TOS",
                                      "prohibited by a filter" };
    static const char *const v6[] = { "no route",
                                      "prohibited by a filter",
                                      "beyond the scope of the source",
                                      "address unreachable",
                                      "port unreachable",
                                      "source address refused",
                                      "route rejected" };
    bool six = run->prober.to.version == 6;
    if (a->type == (six ? 1 : 3) && a->code < (six ? TL_COUNT(v6) : TL_COUNT(v4)))
        return six ? v6[a->code] : v4[a->code];
    return a->type == 4 && !six ? "slow down" : a->type == (six ? 4 : 12) ? "bad header" : "unreachable";
}

const char *tl_probe_name(const struct tl_probe_run *run, const struct tl_address *address, char name[256])
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    bool six = address->version == 6;
    if (!run->options->resolve || address->version == 0)
        return NULL;
    memcpy(&v4.sin_addr, address->bytes, 4);
    memcpy(&v6.sin6_addr, address->bytes, 16);
    const struct sockaddr *at = six ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    return getnameinfo(at, six ? sizeof v6 : sizeof v4, name, 256, NULL, 0, NI_NAMEREQD) == 0 ? name : NULL;
}
