/* send.c - `taplight send`: packets from a description, onto an interface or into a file. */
#include "cli/devices.h"
#include "cli/frames.h"
#include "cli/pace.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "inject/craft.h"
#include "inject/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *interface, *write, *user;
    uint64_t count;
    int64_t interval;
    double rate;
    bool forever, verbose, quiet, layers;
};

struct run {
    const struct options *options;
    struct tl_craft *craft;
    struct tl_wire *wire; /* NULL: nothing is sent */
    struct tl_world world;
    struct tl_frame_log log;
    struct tl_crafted frames;
    uint64_t packets, bytes;
    int64_t due; /* of the next packet */
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 'i', NULL, "IF", "send on interface IF (default: that of the route)", NULL, TL_VERB_TEXT, .offset = AT(interface),
      .device = true },
    { 'w', NULL, "FILE", "write the packets to FILE and send nothing",
      "A name that ends in .pcapng gives that format. No neighbour is asked: a MAC address that the kernel does not "
      "know is zeros.",
      TL_VERB_TEXT, .offset = AT(write), .file = true },
    { 'n', NULL, "COUNT", "send the series COUNT times (default: 1)", NULL, TL_VERB_NUMBER, .offset = AT(count),
      .least = 1, .most = UINT32_MAX },
    { 0, "forever", NULL, "send the series again and again, until an interrupt", NULL, TL_VERB_FLAG,
      .offset = AT(forever) },
    { 0, "interval", "SECONDS", "time between packets (default: none)", NULL, TL_VERB_SECONDS, .offset = AT(interval) },
    { 0, "rate", "N", "packets per second, instead of --interval", NULL, TL_VERB_SIZE, .offset = AT(rate) },
    { 'v', NULL, NULL, "print each packet with all fields", NULL, TL_VERB_FLAG, .offset = AT(verbose) },
    { 'q', NULL, NULL, "do not print how many packets were sent", NULL, TL_VERB_FLAG, .offset = AT(quiet) },
    { 0, "layers", NULL, "list the layers, or the one named, with their fields", NULL, TL_VERB_FLAG,
      .offset = AT(layers) },
    { 'Z', NULL, "USER", "change to USER when started as root",
      "Without -Z, root becomes the user who called sudo, or the account 'nobody'. First the interface and the file are "
      "opened. -Z root: root stays root.",
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

/* Puts Ethernet before a description that leaves it out. */
static struct tl_craft *parse(const char *words, struct tl_error *error)
{
    static const char *const bare[] = { "eth", "raw", "payload" }, *const linked[] = { "ip", "ip6", "arp", "vlan",
                                                                                       "mpls" };
    size_t len = strcspn(words, "(/");
    for (unsigned i = 0; i < TL_COUNT(bare); i++)
        if (strlen(bare[i]) == len && memcmp(bare[i], words, len) == 0)
            return tl_craft_new(words, error);
    struct tl_craft *craft = tl_craft_new(words, error);
    bool fits = false;
    for (unsigned i = 0; i < TL_COUNT(linked); i++)
        fits = fits || (strlen(linked[i]) == len && memcmp(linked[i], words, len) == 0);
    if (craft == NULL)
        return NULL;
    tl_craft_free(craft);
    if (!fits) {
        tl_error_set(error, TL_E_USAGE, "%.*s cannot be the first layer: begin with eth, ip, ip6, arp, vlan or raw",
                     (int)len, words);
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
    struct tl_address to = tl_craft_destination(run->craft);
    struct tl_route route;
    if (name != NULL && tl_verb_interface(name, error) != TL_E_NONE)
        return error->kind;
    if (name == NULL && to.version == 0)
        return tl_error_set(error, TL_E_USAGE, "no address tells the interface: give it with -i");
    if (name == NULL && tl_route_find(&to, NULL, &route, error) != TL_E_NONE)
        return error->kind;
    run->wire = tl_wire_open(name != NULL ? name : route.interface, error);
    if (run->wire == NULL && error->kind == TL_E_PERMISSION)
        tl_devices_explain(error);
    return run->wire != NULL ? TL_E_NONE : error->kind;
}

static int64_t gap_of(const struct options *o)
{
    return o->rate > 0 ? (int64_t)(1e9 / o->rate) : o->interval;
}

/* Sends, or writes, the frames of one packet. */
static enum tl_failure put(struct run *run, struct tl_error *error)
{
    for (uint32_t i = 0; i < run->frames.count; i++) {
        struct tl_bytes frame = tl_crafted_get(&run->frames, i);
        int64_t now = tl_frame_log_now();
        enum tl_failure failure = run->wire != NULL ? tl_wire_send(run->wire, frame, error)
                                                    : tl_frame_log_write(&run->log, now, frame, error);
        if (failure == TL_E_NONE)
            failure = tl_frame_log_show(&run->log, now, frame, error);
        if (failure != TL_E_NONE)
            return failure;
        run->packets++;
        run->bytes += frame.len;
    }
    return TL_E_NONE;
}

static enum tl_failure send_series(struct run *run, struct tl_error *error)
{
    const struct options *o = run->options;
    const struct tl_craft_world functions = tl_world_functions(&run->world);
    uint64_t rounds = o->forever ? UINT64_MAX : o->count > 0 ? o->count : 1;
    int64_t gap = run->wire != NULL ? gap_of(o) : 0;
    run->due = tl_wire_now();
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint64_t i = 0; i < tl_craft_count(run->craft); i++) {
            enum tl_failure failure = tl_craft_build(run->craft, i, &functions, &run->frames, error);
            if (failure == TL_E_NONE && gap > 0 && (round > 0 || i > 0) && !tl_pace_until(run->due += gap))
                return TL_E_NONE;
            if (failure == TL_E_NONE)
                failure = put(run, error);
            if (failure != TL_E_NONE || tl_signals_interrupted())
                return failure;
        }
    }
    return TL_E_NONE;
}

static void report(const struct run *run)
{
    const struct options *o = run->options;
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

static enum tl_failure run_send(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct run run = { .options = o };
    struct tl_frame_log_options log = { .trees = o->verbose, .write = o->write };
    if (o->layers)
        return list(words, count, error);
    if (count == 0)
        return tl_error_set(error, TL_E_USAGE, "send: give a description of the packet: taplight send --help");
    if (o->rate > 0 && o->interval > 0)
        return tl_error_set(error, TL_E_USAGE, "--rate and --interval: give one of them");
    run.craft = parse(words[0], error);
    if (run.craft == NULL || (o->write == NULL && open_wire(&run, error) != TL_E_NONE) ||
        !tl_frame_log_open(&run.log, &log, error)) {
        tl_wire_close(run.wire);
        tl_craft_free(run.craft);
        return error->kind;
    }
    tl_world_init(&run.world, o->interface, run.wire);
    enum tl_failure failure = tl_verb_drop(o->user, error);
    tl_signals_note();
    if (failure == TL_E_NONE)
        failure = send_series(&run, error);
    enum tl_failure closed = tl_frame_log_close(&run.log, error);
    if (failure == TL_E_NONE && closed == TL_E_NONE)
        report(&run);
    tl_crafted_fini(&run.frames);
    tl_world_fini(&run.world);
    tl_wire_close(run.wire);
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
                "  taplight send --layers tcp\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_send,
};
