/* replay.c - `taplight replay`: sends the packets of a capture again. */
#include "cli/bpf.h"
#include "cli/devices.h"
#include "cli/frames.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/select.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "capture/lookup.h"
#include "core/linktype.h"
#include "inject/burst.h"
#include "inject/rewrite.h"
#include "inject/sides.h"
#include "inject/wire.h"
#include "pipeline/engine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    LINK_NULL = 0,
    LINK_RAW = 101,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276
};
enum {
    HEADER = 14,
    FRAME_MOST = 65535 + 18,
    ERRORS = 100000,           /* time errors from 0 up, in us */
    POOL = TL_BURST_FRAMES + 1 /* frames that wait, and the one that is made */
};
#define NS INT64_C(1000000000)
/*
 * ns before a packet is due that are waited busily: between these. A sleep ends late, and the first microseconds after it
 * are slow (caches, clock): with 20 us the median error of a gap was 7 us, with 150 us it is 0.5 us.
 */
#define MARGIN_LEAST INT64_C(150000)
#define MARGIN_MOST  INT64_C(300000)
#define LATE         INT64_C(20000) /* a packet that is so late waits for others that are due, too */

struct options {
    const char *file, *interface, *second, *filter, *display, *maps, *macs, *ports, *vlan, *ttl, *user;
    double speed, pps, mbps;
    int64_t max_gap;
    uint64_t loops, most, sync, memory;
    bool top, checksums, realtime, quiet;
    struct tl_verb_network network;
};

/* A frame to be sent, in room of `stock`: kept for the next loop. */
struct kept {
    int64_t ts;
    size_t at;
    uint32_t len;
    bool server;
};

struct replay {
    struct tl_sink sink; /* first: the engine gives packets to it */
    const struct options *options;
    struct tl_engine *engine;
    struct tl_burst *bursts[2], *last;
    struct tl_rewrite rewrite;
    bool rewrites;
    struct tl_sides *sides; /* NULL: one interface */
    uint8_t *pool;          /* owned: POOL rooms, used in turn */
    unsigned used;          /* the next of them */
    struct kept *kept;      /* owned */
    size_t kept_count, kept_room;
    struct tl_buffer stock;
    /* The schedule: when packet n is due, on the clock. */
    clockid_t clock;
    bool begun;
    int64_t start, first_ts, last_ts, cut_out; /* cut_out: gaps that --max-gap shortened */
    uint64_t number, bits;
    int64_t began, ended;
    uint32_t *errors; /* owned: how many packets were late by so many us */
    uint64_t timed;
    int64_t worst;
    int64_t margin; /* adapts to how late sleeps end */
    uint64_t short_ones, other_links, huge;
    struct tl_progress progress;
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 'r', NULL, "FILE", "the capture; - is standard input", NULL, TL_VERB_TEXT, .offset = AT(file), .file = true },
    { 'i', NULL, "IF", "send on interface IF", NULL, TL_VERB_TEXT, .offset = AT(interface), .device = true },
    { 0, "server-if", "IF", "what servers sent goes out of this one", NULL, TL_VERB_TEXT, .offset = AT(second),
      .device = true },
    TL_VERB_ROWS_NETWORK(AT(network)),
    { 0, "speed", "X", "X times as fast as it was (default: 1)", NULL, TL_VERB_SIZE, .offset = AT(speed) },
    { 0, "pps", "N", "N packets a second", NULL, TL_VERB_SIZE, .offset = AT(pps) },
    { 0, "mbps", "N", "N million bits a second, of frames", NULL, TL_VERB_SIZE, .offset = AT(mbps) },
    { 0, "top-speed", NULL, "as fast as the interface takes them", NULL, TL_VERB_FLAG, .offset = AT(top) },
    { 0, "max-gap", "SECONDS", "shorten longer gaps to this", NULL, TL_VERB_SECONDS, .offset = AT(max_gap) },
    { 0, "loop", "N", "send the capture N times", "The packets are kept in memory, at most --mem.", TL_VERB_NUMBER,
      .offset = AT(loops), .least = 1, .most = UINT32_MAX },
    { 0, "mem", "MIB", "memory for --loop (default: 1024)", NULL, TL_VERB_NUMBER, .offset = AT(memory), .least = 1,
      .most = 1 << 20 },
    { 0, "sync", "SECONDS", "begin when the clock is a multiple of SECONDS",
      "Several machines whose clocks agree begin at once, and go on by this clock.", TL_VERB_NUMBER, .offset = AT(sync),
      .least = 1, .most = 86400 },
    { 0, "realtime", NULL, "run before other programs, for exact times",
      "The scheduling policy is SCHED_FIFO. The program waits busily just before a packet is due.", TL_VERB_FLAG,
      .offset = AT(realtime) },
    { 'f', NULL, "FILTER", "only packets that match this BPF filter", NULL, TL_VERB_TEXT, .offset = AT(filter) },
    { 'Y', NULL, "FILTER", "only packets that match this display filter", NULL, TL_VERB_TEXT, .offset = AT(display) },
    { 'c', NULL, "N", "at most N packets", NULL, TL_VERB_NUMBER, .offset = AT(most), .least = 1, .most = UINT64_MAX },
    { 0, "map", "OLD=NEW,..", "addresses: 10.0.0.0/8=192.0.2.0/24,..",
      "Bits after the prefix NEW stay. ARP, neighbour discovery and packets that ICMP errors quote are changed too.",
      TL_VERB_TEXT, .offset = AT(maps) },
    { 0, "mac", "OLD=NEW,..", "MAC addresses; OLD may be src or dst, for all", NULL, TL_VERB_TEXT, .offset = AT(macs) },
    { 0, "ports", "OLD=NEW,..", "ports of TCP and UDP", NULL, TL_VERB_TEXT, .offset = AT(ports) },
    { 0, "vlan", "ID", "VLAN of all frames; none: take tags away", NULL, TL_VERB_TEXT, .offset = AT(vlan) },
    { 0, "ttl", "N", "TTL or hop limit: N, +N or -N", NULL, TL_VERB_TEXT, .offset = AT(ttl) },
    { 0, "fix-checksums", NULL, "set right checksums, as for captures of a sender",
      "Without it checksums are changed by what was rewritten: wrong ones stay wrong.", TL_VERB_FLAG,
      .offset = AT(checksums) },
    { 'q', NULL, NULL, "print no statistics", NULL, TL_VERB_FLAG, .offset = AT(quiet) },
    { 'Z', NULL, "USER", "change to USER when started as root", NULL, TL_VERB_TEXT, .offset = AT(user) },
};

static int64_t now(const struct replay *r)
{
    struct timespec t;
    clock_gettime(r->clock, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

/* A late wake-up makes the margin larger at once, punctual ones make it smaller slowly. */
static void learn(struct replay *r, int64_t late)
{
    r->margin += late > r->margin ? (late - r->margin) / 2 : (late - r->margin) / 128;
    if (r->margin < MARGIN_LEAST)
        r->margin = MARGIN_LEAST;
    if (r->margin > MARGIN_MOST)
        r->margin = MARGIN_MOST;
}

/* Sleeps until shortly before, then waits busily. Returns false after an interrupt. */
static bool wait_until(struct replay *r, int64_t due)
{
    for (;;) {
        int64_t at = now(r), left = due - at;
        if (tl_engine_is_stopping(r->engine) || tl_signals_interrupted())
            return false;
        if (left <= 0)
            return true;
        if (left <= r->margin)
            continue;
        int64_t most = NS / 5, sleep = left - r->margin < most ? left - r->margin : most;
        struct timespec pause = { sleep / NS, sleep % NS };
        if (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL) == 0)
            learn(r, now(r) - at - sleep);
        struct tl_burst_counts counts = tl_burst_counts(r->bursts[0]);
        tl_progress_show(&r->progress, counts.bytes, 0, counts.frames);
    }
}

/* ns from a number that may be greater than all times. */
static int64_t span(double ns)
{
    const double most = 4e18;
    return (int64_t)(ns < most ? ns : most);
}

/* When the next packet is due. */
static int64_t due_at(struct replay *r, int64_t ts)
{
    const struct options *o = r->options;
    if (!r->begun) {
        r->begun = true;
        r->start = now(r);
        if (o->sync > 0)
            r->start = (r->start / ((int64_t)o->sync * NS) + 1) * (int64_t)o->sync * NS;
        r->first_ts = r->last_ts = ts;
        r->began = r->start;
    }
    if (o->top)
        return r->start;
    if (o->pps > 0)
        return r->start + span((double)r->number * 1e9 / o->pps);
    if (o->mbps > 0)
        return r->start + span((double)r->bits * 1000.0 / o->mbps);
    int64_t gap = ts - r->last_ts;
    if (o->max_gap > 0 && gap > o->max_gap)
        r->cut_out += gap - o->max_gap;
    if (gap > 0)
        r->last_ts = ts;
    double since = (double)(r->last_ts - r->first_ts - r->cut_out);
    return r->start + span(o->speed > 0 ? since / o->speed : since);
}

static void note_error(struct replay *r, int64_t late)
{
    int64_t us = late < 0 ? -late / 1000 : late / 1000;
    r->errors[us < ERRORS ? us : ERRORS - 1]++;
    r->timed++;
    if (late > r->worst)
        r->worst = late;
}

static enum tl_failure flush(struct replay *r, struct tl_error *error)
{
    return r->last != NULL ? tl_burst_flush(r->last, error) : TL_E_NONE;
}

/*
 * Sends a frame when it is due. *late: it was due before; then it waits for others that are due, and is sent with them.
 */
static enum tl_failure put(struct replay *r, int64_t ts, struct tl_bytes frame, bool server, struct tl_error *error)
{
    struct tl_burst *burst = r->bursts[server && r->bursts[1] != NULL];
    int64_t due = due_at(r, ts), at = 0;
    if (burst != r->last && flush(r, error) != TL_E_NONE) /* the order of both interfaces stays */
        return error->kind;
    r->last = burst;
    if (!r->options->top || r->number == 0) {
        at = now(r);
        if (at < due) {
            if (flush(r, error) != TL_E_NONE)
                return error->kind;
            if (!wait_until(r, due))
                return TL_E_NONE;
            at = now(r);
        }
    }
    r->number++;
    r->bits += frame.len * 8u;
    if (tl_burst_add(burst, frame, error) != TL_E_NONE)
        return error->kind;
    if (r->options->top)
        return TL_E_NONE;
    note_error(r, at - due);
    return at - due < LATE ? flush(r, error) : TL_E_NONE;
}

/* Finds where the packet is in what was captured, and its Ethertype; 0: it is a frame already. */
static bool find_packet(const struct tl_packet *p, uint32_t *skip, uint16_t *type)
{
    const uint8_t *b = p->bytes;
    *skip = 0;
    *type = 0;
    switch (p->linktype) {
    case TL_LINKTYPE_ETHERNET:
        return true;
    case LINK_SLL:
        *skip = 16;
        *type = p->caplen >= 16 ? tl_load_be16(b + 14) : 0;
        break;
    case LINK_SLL2:
        *skip = 20;
        *type = p->caplen >= 20 ? tl_load_be16(b) : 0;
        break;
    case LINK_NULL:
        *skip = 4;
        break;
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        break;
    default:
        return false;
    }
    if (*type == 0 && p->caplen > *skip)
        *type = b[*skip] >> 4 == 6 ? 0x86dd : 0x0800;
    return *type != 0;
}

/* Makes the frame to send. Returns false if there is none. */
static bool frame_of(struct replay *r, const struct tl_packet *p, struct tl_bytes *frame)
{
    uint32_t skip, len = p->caplen, front;
    uint16_t type;
    if (!find_packet(p, &skip, &type)) {
        r->other_links++;
        return false;
    }
    const struct tl_interface *interface = tl_interfaces_get(tl_engine_interfaces(r->engine), (uint32_t)p->interface);
    uint32_t fcs = interface != NULL && (interface->fcs & TL_FCS_KNOWN) != 0 ? (interface->fcs >> 4) * 2u : 0;
    if (p->caplen == p->len && len > fcs)
        len -= fcs;
    front = type != 0 ? HEADER : 0;
    if (len < skip || len - skip + front > FRAME_MOST) {
        r->huge++;
        return false;
    }
    r->short_ones += p->caplen < p->len;
    *frame = (struct tl_bytes){ p->bytes, len };
    if (!r->rewrites && front == 0)
        return true;
    uint8_t *room = r->pool + (size_t)r->used * (FRAME_MOST + 2 * TL_REWRITE_ROOM);
    uint8_t *at = room + TL_REWRITE_ROOM;
    r->used = (r->used + 1) % POOL;
    if (front > 0) {
        memset(at, 0, 12);
        at[12] = (uint8_t)(type >> 8);
        at[13] = (uint8_t)type;
    }
    memcpy(at + front, p->bytes + skip, len - skip);
    *frame = tl_rewrite_frame(&r->rewrite, room, len - skip + front, p->caplen == p->len);
    return true;
}

static enum tl_failure keep(struct replay *r, int64_t ts, struct tl_bytes frame, bool server, struct tl_error *error)
{
    size_t most = (size_t)(r->options->memory > 0 ? r->options->memory : 1024) << 20;
    if (r->kept_count == r->kept_room) {
        size_t room = r->kept_room > 0 ? r->kept_room * 2 : 1024;
        struct kept *more = realloc(r->kept, room * sizeof *more);
        if (more == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "out of memory");
        r->kept = more;
        r->kept_room = room;
    }
    r->kept[r->kept_count++] = (struct kept){ .ts = ts, .at = r->stock.len, .len = frame.len, .server = server };
    tl_put(&r->stock, frame.data, frame.len);
    if (r->stock.failed || r->stock.len + r->kept_room * sizeof *r->kept > most)
        return tl_error_set(error, TL_E_RUNTIME, "--loop: the packets need more than %zu MiB of memory: give --mem",
                            most >> 20);
    return TL_E_NONE;
}

static enum tl_failure take_block(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct replay *r = (struct replay *)sink;
    for (uint32_t i = 0; i < block->count; i++) {
        const struct tl_packet *p = &block->packets[i];
        struct tl_bytes frame;
        if (tl_engine_is_stopping(r->engine))
            break;
        if (!frame_of(r, p, &frame))
            continue;
        bool server = r->sides != NULL && tl_sides_is_server(r->sides, (struct tl_bytes){ frame.data, frame.len });
        if (r->options->loops > 1 && keep(r, p->ts, frame, server, error) != TL_E_NONE)
            return error->kind;
        if (put(r, p->ts, frame, server, error) != TL_E_NONE)
            return error->kind;
    }
    return flush(r, error); /* the bytes are the block's */
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    (void)sink;
}

/* The loops after the first. Each begins at once after the one before. */
static enum tl_failure loop_again(struct replay *r, struct tl_error *error)
{
    for (uint64_t loop = 1; loop < r->options->loops && !tl_engine_is_stopping(r->engine); loop++) {
        int64_t shift = r->kept_count > 0 ? r->last_ts - r->kept[0].ts : 0;
        for (size_t i = 0; i < r->kept_count && !tl_engine_is_stopping(r->engine); i++) {
            const struct kept *k = &r->kept[i];
            struct tl_bytes frame = { r->stock.data + k->at, k->len };
            if (put(r, k->ts + shift, frame, k->server, error) != TL_E_NONE)
                return error->kind;
        }
    }
    return flush(r, error);
}

static double percentile(const struct replay *r, double part)
{
    uint64_t seen = 0;
    for (unsigned us = 0; us < ERRORS; us++) {
        seen += r->errors[us];
        if ((double)seen >= part * (double)r->timed)
            return us;
    }
    return ERRORS;
}

/* Both interfaces. */
static struct tl_burst_counts counts_of(const struct replay *r)
{
    struct tl_burst_counts all = tl_burst_counts(r->bursts[0]);
    if (r->bursts[1] == NULL)
        return all;
    struct tl_burst_counts second = tl_burst_counts(r->bursts[1]);
    all.frames += second.frames;
    all.bytes += second.bytes;
    all.too_long += second.too_long;
    all.too_short += second.too_short;
    return all;
}

/* Why packets were not sent as they are; NULL: there are no more such reasons. */
static const char *reason(const struct replay *r, const struct tl_burst_counts *all, unsigned index, uint64_t *count)
{
    const struct {
        uint64_t count;
        const char *text;
    } reasons[] = {
        { all->too_long, "longer than the MTU" },
        { all->too_short, "too short for Ethernet" },
        { r->other_links, "of link types that have no place in Ethernet" },
        { r->huge, "shorter than their headers, or longer than a frame can be" },
    };
    for (unsigned i = 0; i < TL_COUNT(reasons); i++)
        if (reasons[i].count > 0 && index-- == 0) {
            *count = reasons[i].count;
            return reasons[i].text;
        }
    return NULL;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void report(const struct replay *r)
{
    struct tl_burst_counts all = counts_of(r);
    double seconds = (double)(r->ended - r->began) / 1e9;
    uint64_t count;
    const char *text;
    if (r->bursts[1] != NULL)
        tl_tell("%llu packets of clients sent on %s, %llu of servers on %s",
                (unsigned long long)tl_burst_counts(r->bursts[0]).frames, tl_burst_name(r->bursts[0]),
                (unsigned long long)tl_burst_counts(r->bursts[1]).frames, tl_burst_name(r->bursts[1]));
    if (seconds <= 0)
        seconds = 1e-9;
    tl_tell("%llu packet%s sent, %llu bytes in %.6f s: %.0f packets/s, %.3f Mbit/s", (unsigned long long)all.frames,
            plural(all.frames), (unsigned long long)all.bytes, seconds, (double)all.frames / seconds,
            (double)all.bytes * 8 / seconds / 1e6);
    if (r->timed > 0)
        tl_tell("late by %.0f us at the median, %.0f us for 99 %%, at most %.0f us", percentile(r, 0.5),
                percentile(r, 0.99), (double)r->worst / 1e3);
    for (unsigned i = 0; (text = reason(r, &all, i, &count)) != NULL; i++)
        tl_tell("%llu packet%s not sent: %s", (unsigned long long)count, plural(count), text);
    if (r->short_ones > 0)
        tl_tell("%llu packet%s not captured whole, sent as far as captured", (unsigned long long)r->short_ones,
                plural(r->short_ones));
}

/* Nothing was sent: one line with the first reason. */
static void report_none(const struct replay *r, struct tl_error *error)
{
    struct tl_burst_counts all = counts_of(r);
    uint64_t count;
    const char *text = reason(r, &all, 0, &count);
    if (tl_engine_is_stopping(r->engine))
        tl_error_set(error, TL_E_RUNTIME, "%s: no packet was sent before the interrupt", r->options->file);
    else if (text != NULL)
        tl_error_set(error, TL_E_RUNTIME, "%s: no packet was sent: %llu packet%s %s %s", r->options->file,
                     (unsigned long long)count, plural(count), count == 1 ? "is" : "are", text);
    else
        tl_error_set(error, TL_E_RUNTIME, "%s: no packet was sent: %s", r->options->file,
                     r->options->filter != NULL || r->options->display != NULL ? "the filter selects none"
                                                                              : "it has none");
}

static enum tl_failure check(const struct options *o, struct tl_error *error)
{
    if (o->file == NULL || o->interface == NULL)
        return tl_error_set(error, TL_E_USAGE, "replay: give a capture with -r and an interface with -i");
    if ((o->speed > 0) + (o->pps > 0) + (o->mbps > 0) + o->top > 1)
        return tl_error_set(error, TL_E_USAGE, "--speed, --pps, --mbps and --top-speed: give one of them");
    if (o->max_gap > 0 && (o->pps > 0 || o->mbps > 0 || o->top))
        return tl_error_set(error, TL_E_USAGE, "--max-gap is of real times: leave out --pps, --mbps and --top-speed");
    if (o->top && o->realtime)
        return tl_error_set(error, TL_E_USAGE, "--realtime is for exact times: leave out --top-speed");
    return TL_E_NONE;
}

static bool read_rewriting(struct replay *r, struct tl_error *error)
{
    const struct options *o = r->options;
    r->rewrite.vlan = TL_VLAN_KEEP;
    r->rewrite.checksums = o->checksums;
    r->rewrites =
        o->maps != NULL || o->macs != NULL || o->ports != NULL || o->vlan != NULL || o->ttl != NULL || o->checksums;
    return (o->maps == NULL || tl_rewrite_parse_maps(&r->rewrite, o->maps, error)) &&
           (o->macs == NULL || tl_rewrite_parse_macs(&r->rewrite, o->macs, error)) &&
           (o->ports == NULL || tl_rewrite_parse_ports(&r->rewrite, o->ports, error)) &&
           (o->vlan == NULL || tl_rewrite_parse_vlan(&r->rewrite, o->vlan, error)) &&
           (o->ttl == NULL || tl_rewrite_parse_ttl(&r->rewrite, o->ttl, error));
}

static bool open_interfaces(struct replay *r, struct tl_error *error)
{
    const struct options *o = r->options;
    const char *names[2] = { o->interface, o->second };
    for (unsigned i = 0; i < 2 && names[i] != NULL; i++) {
        if (tl_verb_interface(names[i], error) != TL_E_NONE)
            return false;
        r->bursts[i] = tl_burst_open(names[i], o->top, error);
        if (r->bursts[i] == NULL && error->kind == TL_E_PERMISSION)
            tl_devices_explain(error);
        if (r->bursts[i] == NULL)
            return false;
    }
    r->pool = malloc((size_t)POOL * (FRAME_MOST + 2 * TL_REWRITE_ROOM));
    r->errors = calloc(ERRORS, sizeof *r->errors);
    r->sides = o->second != NULL ? tl_sides_new() : NULL;
    if (r->pool == NULL || r->errors == NULL || (o->second != NULL && r->sides == NULL)) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    return true;
}

/* Exact times: the kernel may wake a process late by its timer slack. */
static void ready_clock(const struct replay *r)
{
    struct sched_param first = { .sched_priority = 1 };
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
    if (r->options->realtime && sched_setscheduler(0, SCHED_FIFO, &first) != 0)
        tl_tell("--realtime: the kernel refused (%s), times are less exact", strerror(errno));
}

static struct tl_predicate *compile(struct tl_select *select, const char *text, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    struct tl_problem problem;
    struct tl_predicate *predicate = tl_predicate_new(tl_bytes_of(text, strlen(text)), &names, false, &problem);
    if (predicate == NULL) {
        tl_tell_place(text, problem.at, problem.len);
        tl_error_set(error, TL_E_USAGE, "-Y: %s", problem.text);
    }
    return predicate;
}

static enum tl_failure send_all(struct replay *r, struct tl_select *select, struct tl_error *error)
{
    const struct options *o = r->options;
    if (o->display != NULL && (select->predicate = compile(select, o->display, error)) == NULL)
        return error->kind;
    struct tl_engine_options engine = {
        .inputs = &o->file,
        .input_count = 1,
        .filter = o->filter,
        .most = o->most,
        .memory = (size_t)1 << 28,
        .decode = o->display != NULL,
        .predicate = select->predicate,
        .timeouts = TL_TIMEOUTS_DEFAULT,
    };
    tl_lookup_forbid();
    r->engine = tl_engine_new(&engine, error);
    if (r->engine == NULL)
        tl_bpf_explain(o->filter, error);
    if (r->engine == NULL)
        return error->kind;
    ready_clock(r);
    if (tl_verb_drop(o->user, error) != TL_E_NONE)
        return error->kind;
    struct tl_sink *sink = o->display != NULL ? tl_selected_sink(&r->sink) : &r->sink;
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_engine_set_sinks(r->engine, &sink, 1);
    tl_signals_for(r->engine, false);
    tl_progress_init(&r->progress, !o->quiet);
    enum tl_failure failure = tl_engine_run(r->engine, error);
    if (failure == TL_E_NONE && o->loops > 1)
        failure = loop_again(r, error);
    r->ended = now(r);
    tl_progress_clear(&r->progress);
    tl_signals_for(NULL, false);
    if (sink != &r->sink)
        sink->free(sink);
    return failure;
}

static enum tl_failure run_replay(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct tl_select select = { .ordered = false };
    struct replay r = { .options = o,
                        .sink = { .block = take_block, .close = close_sink, .free = free_sink },
                        .margin = MARGIN_LEAST,
                        .clock = o->sync > 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC };
    (void)words;
    (void)count;
    if (check(o, error) == TL_E_NONE && tl_verb_enter(&o->network, error) == TL_E_NONE && read_rewriting(&r, error) && open_interfaces(&r, error)) {
        enum tl_failure failure = send_all(&r, &select, error);
        bool some = counts_of(&r).frames > 0;
        if (some && !o->quiet)
            report(&r);
        if (failure == TL_E_NONE && !some)
            report_none(&r, error);
    }
    tl_engine_free(r.engine);
    tl_select_fini(&select);
    tl_burst_close(r.bursts[0]);
    tl_burst_close(r.bursts[1]);
    tl_sides_free(r.sides);
    tl_buffer_fini(&r.stock);
    free(r.kept);
    free(r.errors);
    free(r.pool);
    return error->kind;
}

static const char description[] =
    "Sends the packets of a capture on an interface, with the times between them that they had.\n"
    "All formats that\n.BR taplight (1)\nreads are read. Packets without an Ethernet header, as of cooked captures, "
    "get "
    "one whose\naddresses are zeros, unless\n.B \\-\\-mac\ngives them.\n"
    ".PP\nWith\n.B \\-\\-server\\-if\nwhat clients sent goes out of the interface of\n.B \\-i\nand what servers sent "
    "out "
    "of the other one, for a device\nin between. Who sends first is the client, and who answers a SYN is the server.\n"
    ".PP\nWhat is rewritten is mended in the checksums. Sequence numbers of TCP stay.\n"
    ".PP\nStatistics follow at the end: packets, the rate, and how late packets were against their times.\n";

const struct tl_verb tl_verb_replay = {
    .name = "replay",
    .words = "",
    .words_least = 0,
    .words_most = 0,
    .summary = "Send the packets of a capture again",
    .description = description,
    .examples = "  taplight replay -r day.pcap -i eth0\n"
                "  taplight replay -r day.pcap -i eth0 --top-speed --loop 100\n"
                "  taplight replay -r day.pcap -i eth0 --server-if eth1 --mbps 200\n"
                "  taplight replay -r day.pcap -i eth0 --map 10.0.0.0/8=192.0.2.0/24\n",
    .status = "Packets were sent; those that could not be sent are counted in the statistics.\n"
              "No packet was sent, an interface that is not there or down, a file that cannot be read, --loop needs more "
              "memory than --mem.\n"
              "The command line or a filter is wrong.\n"
              "No permission to send on the interface, or to read the file.\n"
              "The capture is damaged: what comes before the damage was sent.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_replay,
};
