/* send.c - `taplight send`: packets from a description, onto an interface or into a file. */
#include "cli/await.h"
#include "cli/devices.h"
#include "cli/frames.h"
#include "cli/origin.h"
#include "cli/pace.h"
#include "cli/probe_records.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "inject/burst.h"
#include "inject/craft.h"
#include "inject/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT INT64_C(1000000000)            /* ns */
enum { BURST_RATE = 2000, BURST_ROOM = 9216 }; /* packets a second; bytes of a frame */

struct options {
    const char *interface, *write, *user, *expect, *read, *fuzz;
    uint64_t count, from, seed;
    int64_t interval, timeout;
    double rate;
    bool forever, verbose, quiet, layers, json;
    struct tl_verb_network network;
};

struct run {
    const struct options *options;
    struct tl_craft *craft;
    struct tl_wire *wire; /* NULL: nothing is sent */
    struct tl_world world;
    struct tl_frame_log log;
    struct tl_crafted frames;
    struct tl_burst *burst; /* frames leave by this at high rates; NULL: each by itself, by libnet */
    uint8_t *pool;          /* owned: copies of the frames that wait in it */
    unsigned pooled;
    struct tl_await await;   /* --expect */
    struct tl_origin origin; /* --from */
    uint64_t packets, bytes;
    uint64_t series; /* packets of it */
    uint64_t left_out; /* packets of the series that could not be built, such as to an absent neighbour */
    uint64_t asked, answered, late; /* --expect: packets of the series */
    int64_t due;              /* of the next packet */
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 'i', NULL, "IF", "send on interface IF (default: that of the route)", NULL, TL_VERB_TEXT, .offset = AT(interface),
      .device = true },
    TL_VERB_ROWS_NETWORK(AT(network)),
    { 'w', NULL, "FILE", "write the packets to FILE and send nothing",
      "A name that ends in .pcapng gives that format. No neighbour is asked: a MAC address that the kernel does not "
      "know is zeros.",
      TL_VERB_TEXT, .offset = AT(write), .file = true },
    { 'n', NULL, "COUNT", "send the series COUNT times (default: 1)",
      "Fields that count from 1 by default go on counting.", TL_VERB_NUMBER, .offset = AT(count),
      .least = 1, .most = UINT32_MAX },
    { 0, "forever", NULL, "send the series again and again, until an interrupt", NULL, TL_VERB_FLAG,
      .offset = AT(forever) },
    { 0, "interval", "SECONDS", "time between packets (default: none)", NULL, TL_VERB_SECONDS, .offset = AT(interval) },
    { 0, "rate", "N", "packets per second, instead of --interval", NULL, TL_VERB_SIZE, .offset = AT(rate) },
    { 0, "expect", "FILTER", "wait for a packet that matches; print both",
      "All fields are printed. FILTER is a display filter. The next packet is sent after the answer, or the timeout. An "
      "answer that comes later is paired with its own packet, by addresses, ports, identifiers (DNS, ICMP, DHCP, SNMP), "
      "the time of NTP and the acknowledgment of TCP, also in the packet that an ICMP error quotes; of packets that are "
      "the same, with the oldest that has no answer. Exit status 1: a packet got no answer in time.",
      TL_VERB_TEXT, .offset = AT(expect) },
    { 0, "timeout", "SECONDS", "--expect: wait so long (default: 1)", NULL, TL_VERB_SECONDS, .offset = AT(timeout) },
    { 'r', NULL, "FILE", "the capture of --from", NULL, TL_VERB_TEXT, .offset = AT(read), .file = true },
    { 0, "from", "N", "begin with packet N of -r; DESCRIPTION changes it",
      "A field is changed in the first layer that has it; the second ip of DESCRIPTION is the second one of the "
      "packet. Checksums are computed, unless DESCRIPTION gives them; that of a transport layer stays as it is where the "
      "protocol number is changed. A text is put in place of the one of the packet; it may have another length if it is "
      "the name of a DNS query, of a host in DHCP, of a file in TFTP, or the payload.",
      TL_VERB_NUMBER, .offset = AT(from), .least = 1, .most = UINT64_MAX },
    { 0, "fuzz", "FIELD", "let a field, as ip.ttl, take its edge values",
      "Numbers and addresses: 0, the greatest, around powers of two and around the value given, and 16 at random. Text "
      "and bytes: none, of many lengths, odd ones, the one given with changes, and 16 at random. ip.ttl#2 is the field of "
      "the second ip.",
      TL_VERB_TEXT,
      .offset = AT(fuzz) },
    { 0, "seed", "N", "--fuzz: other random values (default: 1)", NULL, TL_VERB_NUMBER, .offset = AT(seed), .least = 1,
      .most = UINT64_MAX },
    { 0, "json", NULL, "print a probe record for each packet", NULL, TL_VERB_FLAG, .offset = AT(json) },
    { 'v', NULL, NULL, "print each packet with all fields", NULL, TL_VERB_FLAG, .offset = AT(verbose) },
    { 'q', NULL, NULL, "do not print how many packets were sent", NULL, TL_VERB_FLAG, .offset = AT(quiet) },
    { 0, "layers", NULL, "list the layers, or the one named, with their fields", NULL, TL_VERB_FLAG,
      .offset = AT(layers) },
    { 'Z', NULL, "USER", "change to USER when started as root",
      "The interface and the file are opened first. Then the process runs as USER. Without -Z it runs as the user "
      "of sudo, or as nobody without sudo. With -Z root it stays root.",
      TL_VERB_TEXT, .offset = AT(user) },
};

static enum tl_failure list(char *const *words, unsigned count, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    if (tl_craft_list(&text, count > 0 ? words[0] : NULL))
        return tl_verb_print(&text, error);
    tl_buffer_fini(&text);
    return tl_error_set(error, TL_E_USAGE, "no layer '%.40s': taplight send --layers lists them", words[0]);
}

/* Puts Ethernet before a description that leaves it out. from: the layers are those of a captured packet. */
static struct tl_craft *parse(const char *words, bool from, struct tl_error *error)
{
    struct tl_craft *craft = tl_craft_new(words, error);
    if (craft == NULL || from || tl_craft_first(craft) == TL_CRAFT_IS_FRAME)
        return craft;
    enum tl_craft_first first = tl_craft_first(craft);
    tl_craft_free(craft);
    if (first != TL_CRAFT_FOLLOWS_ETHERNET) {
        tl_error_set(error, TL_E_USAGE, "%.*s cannot be the first layer: begin with eth, ip, ip6, arp, vlan or raw",
                     (int)strcspn(words, "(/ "), words);
        return NULL;
    }
    char *whole = malloc(strlen(words) + 5);
    if (whole == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    memcpy(whole, "eth/", 4);
    memcpy(whole + 4, words, strlen(words) + 1);
    craft = tl_craft_new(whole, error);
    free(whole);
    return craft;
}

/* Opens the interface of -i, or that of the route to the first destination. */
static enum tl_failure open_wire(struct run *run, struct tl_error *error)
{
    const char *name = run->options->interface;
    struct tl_address to = { .version = 0 };
    if (run->craft != NULL)
        to = tl_craft_destination(run->craft);
    struct tl_route route;
    if (name != NULL && tl_verb_interface(name, error) != TL_E_NONE)
        return error->kind;
    if (name == NULL && to.version == 0)
        return tl_error_set(error, TL_E_USAGE, "no address tells the interface: give it with -i");
    if (name == NULL && tl_route_find(&to, NULL, &route, error) != TL_E_NONE)
        return error->kind;
    run->wire = tl_wire_open(name != NULL ? name : route.interface, "send less, or give frag", error);
    if (run->wire == NULL && error->kind == TL_E_PERMISSION)
        tl_devices_explain(error);
    return run->wire != NULL ? TL_E_NONE : error->kind;
}

static int64_t gap_of(const struct options *o)
{
    return o->rate > 0 ? (int64_t)(1e9 / o->rate) : o->interval;
}

/* Sends what waits in the burst. */
static enum tl_failure flush(struct run *run, struct tl_error *error)
{
    run->pooled = 0;
    if (run->burst == NULL || tl_burst_flush(run->burst, error) != TL_E_NONE)
        return error->kind;
    struct tl_burst_counts counts = tl_burst_counts(run->burst);
    if (counts.too_long > 0)
        return tl_error_set(error, TL_E_RUNTIME,
                            "%s: %llu frames are longer than the MTU, and were not sent: send less, or give frag",
                            tl_wire_name(run->wire), (unsigned long long)counts.too_long);
    if (counts.too_short > 0)
        return tl_error_set(error, TL_E_RUNTIME, "%s: %llu frames are too short for Ethernet, and were not sent",
                            tl_wire_name(run->wire), (unsigned long long)counts.too_short);
    return TL_E_NONE;
}

static enum tl_failure put_into_burst(struct run *run, struct tl_bytes frame, struct tl_error *error)
{
    uint8_t *at = run->pool + (size_t)run->pooled++ * BURST_ROOM;
    memcpy(at, frame.data, frame.len);
    if (tl_burst_add(run->burst, (struct tl_bytes){ at, frame.len }, error) != TL_E_NONE)
        return error->kind;
    return run->pooled == TL_BURST_FRAMES ? flush(run, error) : TL_E_NONE;
}

/* Sends, or writes, a frame. */
static enum tl_failure put_frame(struct run *run, struct tl_bytes frame, struct tl_error *error)
{
    int64_t now = tl_frame_log_now();
    if (run->burst != NULL && frame.len <= BURST_ROOM)
        return put_into_burst(run, frame, error);
    if (run->burst != NULL && flush(run, error) != TL_E_NONE)
        return error->kind;
    if (run->options->expect != NULL)
        tl_await_sent(&run->await, frame);
    enum tl_failure failure =
        run->wire != NULL ? tl_wire_send(run->wire, frame, error) : tl_frame_log_write(&run->log, now, frame, error);
    if (failure == TL_E_NONE)
        failure = tl_frame_log_show(&run->log, now, frame, error);
    if (failure == TL_E_NONE) {
        run->packets++;
        run->bytes += frame.len;
    }
    return failure;
}

/* Reports packet `seq` of the series; rtt < 0: it has no answer. */
static enum tl_failure record(struct run *run, uint64_t seq, uint32_t len, const char *outcome, int64_t ts, int64_t rtt,
                              struct tl_error *error)
{
    struct tl_probe_record r = {
        .head.ts = ts, .verb = "send", .seq = seq, .size = len, .outcome = outcome, .rtt = rtt
    };
    tl_record_set(&r.head, TL_PROBE_VERB);
    tl_record_set(&r.head, TL_PROBE_SEQ);
    if (len > 0)
        tl_record_set(&r.head, TL_PROBE_SIZE);
    tl_record_set(&r.head, TL_PROBE_OUTCOME);
    if (rtt >= 0)
        tl_record_set(&r.head, TL_PROBE_RTT);
    return tl_frame_log_record(&run->log, &tl_probe_record_def, &r.head, error);
}

/* Prints an answer. Returns whether it is the one that is waited for. */
static bool take(struct run *run, const struct tl_await_request *request, bool again, uint32_t len,
                 struct tl_error *error)
{
    const struct tl_arrival *a = run->await.arrival;
    bool current = request == run->await.current, expected = current && !again;
    int64_t rtt = a->ts > request->sent ? a->ts - request->sent : 0;
    char which[60] = "Answered ";
    if (!expected)
        snprintf(which, sizeof which, "%s to packet %llu, ", again ? "Again an answer" : "Late answer",
                 (unsigned long long)request->number);
    run->late += !current && !again;
    if (tl_frame_log_show(&run->log, a->ts, (struct tl_bytes){ a->bytes, a->len }, error) == TL_E_NONE &&
        tl_frame_log_say(&run->log, error, "[%sin %.3f ms]\n\n", which, (double)rtt / 1e6) == TL_E_NONE)
        (void)record(run, request->number, current ? len : 0, expected ? "reply" : again ? "duplicate" : "late",
                     request->sent, rtt, error);
    return expected;
}

/* Waits for the answer to the packet that was sent. Late answers to others are printed as they come. */
static enum tl_failure expect(struct run *run, uint32_t len, struct tl_error *error)
{
    const struct options *o = run->options;
    int64_t deadline = tl_wire_now() + (o->timeout > 0 ? o->timeout : TIMEOUT);
    const struct tl_await_request *request;
    bool again;
    while ((request = tl_await_answer(&run->await, run->wire, deadline, &again)) != NULL) {
        bool expected = take(run, request, again, len, error);
        run->answered += expected;
        if (expected || error->kind != TL_E_NONE)
            return error->kind;
    }
    enum tl_failure said = tl_frame_log_say(&run->log, error, "[No answer]\n\n");
    return said != TL_E_NONE ? said : record(run, run->asked, len, "timeout", tl_frame_log_now(), -1, error);
}

/* The others of a series are sent all the same. */
static enum tl_failure leave_out(struct run *run, uint64_t index, struct tl_error *error)
{
    enum { TOLD = 3 };
    if (++run->left_out <= TOLD)
        tl_tell("packet %llu of the series is left out: %s", (unsigned long long)(index % run->series + 1), error->text);
    *error = (struct tl_error){ .kind = TL_E_NONE };
    return TL_E_NONE;
}

/* Builds and sends packet `index` of the series. */
static enum tl_failure put(struct run *run, uint64_t index, struct tl_error *error)
{
    const struct tl_craft_world functions = tl_world_functions(&run->world);
    const struct options *o = run->options;
    int64_t gap = run->wire != NULL ? gap_of(o) : 0;
    struct tl_bytes frame;
    enum tl_failure failure = o->from > 0 ? tl_origin_build(&run->origin, run->craft, index, &frame, error)
                                          : tl_craft_build(run->craft, index, &functions, &run->frames, error);
    if (failure != TL_E_NONE && (run->series > 1 || o->fuzz != NULL))
        return leave_out(run, index, error);
    if (failure == TL_E_NONE && gap > 0 && run->asked > 0) {
        run->due += gap;
        if (tl_wire_now() < run->due) /* what was due before leaves now, not after the pause */
            failure = flush(run, error);
        if (failure == TL_E_NONE && !tl_pace_until(run->due))
            return TL_E_NONE;
    }
    if (failure == TL_E_NONE && o->expect != NULL)
        tl_await_begin(&run->await, run->asked + 1);
    uint32_t len = 0, count = o->from > 0 ? 1 : run->frames.count;
    for (uint32_t i = 0; i < count && failure == TL_E_NONE; i++) {
        if (o->from == 0)
            frame = tl_crafted_get(&run->frames, i);
        len += frame.len;
        failure = put_frame(run, frame, error);
    }
    run->asked++;
    if (failure != TL_E_NONE)
        return failure;
    return o->expect != NULL ? expect(run, len, error)
                             : record(run, run->asked, len, "sent", tl_frame_log_now(), -1, error);
}

static enum tl_failure send_series(struct run *run, struct tl_error *error)
{
    const struct options *o = run->options;
    uint64_t rounds = o->forever ? UINT64_MAX : o->count > 0 ? o->count : 1;
    uint64_t count = run->craft != NULL ? tl_craft_count(run->craft) : 1;
    run->due = tl_wire_now();
    run->series = count;
    for (uint64_t round = 0; round < rounds && !tl_signals_interrupted(); round++) {
        for (uint64_t i = 0; i < count && !tl_signals_interrupted(); i++) {
            enum tl_failure failure = put(run, round * count + i, error);
            if (failure != TL_E_NONE)
                return failure;
        }
    }
    if (flush(run, error) != TL_E_NONE || run->left_out == 0)
        return error->kind;
    if (o->fuzz == NULL || run->asked == 0) /* not every edge value makes a packet */
        return tl_error_set(error, TL_E_RUNTIME, "%llu packets of the series could not be built",
                            (unsigned long long)run->left_out);
    tl_tell("%llu values of --fuzz make no packet", (unsigned long long)run->left_out);
    return TL_E_NONE;
}

static void report(struct run *run)
{
    const struct options *o = run->options;
    if (run->burst != NULL) {
        run->packets += tl_burst_counts(run->burst).frames;
        run->bytes += tl_burst_counts(run->burst).bytes;
    }
    const char *s = run->packets == 1 ? "" : "s";
    if (run->world.guessed && o->write != NULL)
        tl_tell("the MAC address of the next hop is not known and is zeros: give eth(dst=..)");
    if (o->quiet)
        return;
    if (run->wire != NULL)
        tl_tell("%llu packet%s sent on %s, %llu bytes", (unsigned long long)run->packets, s, tl_wire_name(run->wire),
                (unsigned long long)run->bytes);
    else
        tl_tell("%llu packet%s written to %s, %llu bytes", (unsigned long long)run->packets, s, o->write,
                (unsigned long long)run->bytes);
}

static enum tl_failure check(const struct options *o, unsigned words, struct tl_error *error)
{
    if (words == 0 && o->from == 0)
        return tl_error_set(error, TL_E_USAGE, "send: give a description of the packet: taplight send --help");
    if (o->rate > 0 && o->interval > 0)
        return tl_error_set(error, TL_E_USAGE, "--rate and --interval: give one of them");
    if ((o->from > 0) != (o->read != NULL))
        return tl_error_set(error, TL_E_USAGE, "--from N is a packet of the capture -r FILE: give both");
    if (o->expect != NULL && o->write != NULL)
        return tl_error_set(error, TL_E_USAGE, "--expect waits for an answer, -w sends nothing: leave one out");
    if (o->forever && o->count > 0)
        return tl_error_set(error, TL_E_USAGE, "--forever and -n: give one of them");
    if (o->timeout > 0 && o->expect == NULL)
        return tl_error_set(error, TL_E_USAGE, "--timeout is of --expect: add it");
    if (o->seed > 0 && o->fuzz == NULL)
        return tl_error_set(error, TL_E_USAGE, "--seed is of --fuzz: add it");
    if (o->fuzz != NULL && words == 0)
        return tl_error_set(error, TL_E_USAGE, "--fuzz: describe the layers too, as ip/udp");
    return TL_E_NONE;
}

/* Opens all that needs privileges. */
static enum tl_failure open_all(struct run *run, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = run->options;
    struct tl_frame_log_options log = { .trees = o->verbose || o->expect != NULL, .json = o->json, .write = o->write };
    if (o->from > 0 && tl_origin_read(&run->origin, o->read, o->from, error) != TL_E_NONE)
        return error->kind;
    if (count > 0)
        run->craft = parse(words[0], o->from > 0, error);
    if (count > 0 && run->craft == NULL)
        return error->kind;
    if (o->fuzz != NULL && tl_craft_fuzz(run->craft, o->fuzz, o->seed, error) != TL_E_NONE)
        return error->kind;
    if (o->from > 0 && run->craft != NULL && tl_origin_check(&run->origin, run->craft, error) != TL_E_NONE)
        return error->kind;
    if (o->expect != NULL && tl_await_init(&run->await, o->expect, error) != TL_E_NONE)
        return error->kind;
    if (o->write == NULL && open_wire(run, error) != TL_E_NONE)
        return error->kind;
    if (run->wire != NULL && o->rate >= BURST_RATE && tl_wire_is_ethernet(run->wire) && !o->verbose && !o->json &&
        o->expect == NULL) {
        run->pool = malloc((size_t)TL_BURST_FRAMES * BURST_ROOM);
        run->burst = run->pool != NULL ? tl_burst_open(tl_wire_name(run->wire), false, error) : NULL;
        if (run->burst == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    (void)tl_frame_log_open(&run->log, &log, error);
    return error->kind;
}

static enum tl_failure unanswered(const struct run *run, struct tl_error *error)
{
    char late[60] = "";
    if (run->late > 0)
        snprintf(late, sizeof late, " in time, %llu came late", (unsigned long long)run->late);
    return tl_error_set(error, TL_E_RUNTIME, "no answer to %llu of %llu packets%s",
                        (unsigned long long)(run->asked - run->answered), (unsigned long long)run->asked, late);
}

static enum tl_failure run_send(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct run run = { .options = o };
    enum tl_failure failure = o->layers ? list(words, count, error) : check(o, count, error);
    if (o->layers || failure != TL_E_NONE)
        return failure;
    failure = tl_verb_enter(&o->network, error);
    if (failure != TL_E_NONE)
        return failure;
    failure = open_all(&run, words, count, error);
    tl_world_init(&run.world, o->interface, run.wire);
    if (failure == TL_E_NONE)
        failure = tl_verb_drop(o->user, error);
    tl_signals_note();
    if (failure == TL_E_NONE)
        failure = send_series(&run, error);
    struct tl_error closing = { .kind = TL_E_NONE };
    enum tl_failure closed =
        run.log.interfaces != NULL ? tl_frame_log_close(&run.log, failure == TL_E_NONE ? error : &closing) : TL_E_NONE;
    if (closed == TL_E_NONE && (failure == TL_E_NONE || run.packets > 0 || run.burst != NULL))
        report(&run);
    if (failure == TL_E_NONE && o->expect != NULL && run.answered < run.asked)
        failure = unanswered(&run, error);
    tl_await_fini(&run.await);
    tl_origin_fini(&run.origin);
    tl_crafted_fini(&run.frames);
    tl_world_fini(&run.world);
    tl_wire_close(run.wire);
    tl_burst_close(run.burst);
    free(run.pool);
    tl_craft_free(run.craft);
    return failure != TL_E_NONE ? failure : closed;
}

static const char description[] =
    "Builds packets from\n.I DESCRIPTION\nand sends them, or with\n.B \\-w\nwrites them to a file.\n"
    "A description names layers from the outside in, separated by slashes, each with its fields in brackets:\n"
    ".PP\n.nf\neth/ip(dst=192.0.2.1,ttl=3)/udp(dport=53)/dns(qname=example.test)\n.fi\n"
    ".PP\nA field has the name that\n.B \\-\\-layers\nlists, or that of trees and filters: dport, dstport and "
    "udp.dstport are one.\nThe first field needs no name: ip(192.0.2.1).\n"
    "What is left out is filled in: lengths, checksums, the addresses of this host, the next hop of the route, for "
    "which\n"
    "ARP or neighbour discovery is done, the Ethernet header. The same description gives the same packets.\n"
    ".PP\nA value may be a list, {1,7,9}, a range, 1..1024, or a list of ranges. This makes a series of packets, one "
    "for "
    "each\ncombination. The last field changes first.\n"
    "A checksum may be a number or the word bad, a length may be any: wrong ones are sent as they are.\n"
    ".B frag\n=\n.I SIZE\nof ip and ip6 sends fragments with so many bytes of data.\n"
    ".PP\nA text may be in quotes, and @FILE is the contents of a file: payload(@request.bin). raw(0a0b) gives bytes.\n"
    "On an interface without Ethernet, such as lo, the kernel routes the packets, and sets the length and the checksum "
    "of\n"
    "the IPv4 header.\n";

const struct tl_verb tl_verb_send = {
    .name = "send",
    .words = "DESCRIPTION",
    .words_least = 0,
    .words_most = 1,
    .summary = "Build packets from a description and send them, or write them to a file",
    .description = description,
    .examples = "  taplight send 'ip(dst=192.0.2.1,ttl=3)/udp/dns(qname=example.test,qtype=AAAA)'\n"
                "  taplight send -i eth0 'arp(tpa=192.0.2.1..192.0.2.254)' --rate 100\n"
                "  taplight send -w scan.pcap 'ip(192.0.2.1)/tcp(dport={22,80,8000..8010})'\n"
                "  taplight send 'ip6(2001:db8::1,frag=1200)/udp(dport=9)/payload(size=4000)' -v\n"
                "  taplight send 'ip(192.0.2.53)/udp/dns(a.test,id=7)' --expect 'dns.id == 7'\n"
                "  taplight send --from 12 -r day.pcap -i eth0 'ip(ttl=3)/udp(dport=53)'\n"
                "  taplight send -w odd.pcap 'ip(192.0.2.1)/tcp' --fuzz tcp.hlen\n"
                "  taplight send --layers tcp\n",
    .status = "All packets were sent or written, and with --expect each got its answer in time.\n"
              "No route or next hop, an interface that is not there or down, a packet of the series that could not be "
              "built or is longer than the MTU, a file that cannot be read or written, no answer to a packet.\n"
              "The command line or the description is wrong.\n"
              "No permission to send on the interface, or to read a file.\n"
              "The capture of --from is damaged before the packet.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_send,
};
