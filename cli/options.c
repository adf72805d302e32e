/* options.c - the table of options and the command line parser. */
#include "cli/options.h"

#include "capture/live.h"
#include "pipeline/engine.h"

#include "cli/near.h"
#include "cli/values.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT(member)     offsetof(struct tl_options, member)
#define MEMORY_LEAST   ((uint64_t)16 << 20)
#define MEMORY_DEFAULT ((size_t)1 << 30)
#define STATS_INTERVAL INT64_C(60000000000) /* ns */
enum { SEPARATOR_MOST = 8 };

static const struct tl_option table[] = {
    { 'r', NULL, "FILE", "read packets from FILE (- is standard input); repeatable",
      "Reads pcap, pcapng and snoop files, plain or compressed with gzip, zstd or lz4. The format is detected from the "
      "contents, not from the name. Several files are read one after another, in the order given.",
      TL_GROUP_INPUT, TL_OPT_INPUT, .file = true },
    { 'i', NULL, "IF", "capture from interface IF (any: all of them); repeatable",
      "Packets from several interfaces are ordered by time. SIGINT and SIGTERM end the capture. SIGUSR1 prints the "
      "counters. SIGHUP without a controlling terminal reopens the files of -o and -w, also after a full disk.",
      TL_GROUP_INPUT, TL_OPT_DEVICE, .offset = AT(interfaces) },
    { 'c', NULL, "N", "stop after N packets that match the filter", NULL, TL_GROUP_INPUT, TL_OPT_PACKETS,
      .offset = AT(most) },
    { 'f', NULL, "EXPR", "use the BPF filter EXPR instead of trailing words",
      "Only packets that match the filter are decoded, counted and written. pcap-filter(7) describes the syntax.",
      TL_GROUP_INPUT, TL_OPT_TEXT, .offset = AT(expression) },
    { 'F', NULL, "FILE", "read the BPF filter from FILE", NULL, TL_GROUP_INPUT, TL_OPT_TEXT,
      .offset = AT(filter_file), .file = true },
    { 0, "exact-filter", NULL, "do not apply the filter inside VLAN tags",
      "By default a filter also matches packets with one or two VLAN tags, unless it mentions VLAN tags, MPLS, PPPoE "
      "or bytes of the link layer.",
      TL_GROUP_LIVE, TL_OPT_FLAG, .offset = AT(exact_filter) },
    { 'D', NULL, NULL, "list the interfaces with their state, current rate and addresses", NULL, TL_GROUP_LIVE,
      TL_OPT_ACTION, .value = TL_ACTION_DEVICES },
    { 'L', NULL, NULL, "list the link types of the interface given with -i", NULL, TL_GROUP_LIVE, TL_OPT_ACTION,
      .value = TL_ACTION_LINKTYPES },
    { 'y', NULL, "TYPE", "capture with link type TYPE", NULL, TL_GROUP_LIVE, TL_OPT_TEXT, .offset = AT(linktype) },
    { 's', NULL, "BYTES", "capture at most BYTES of each packet (0 and default: 262144)", NULL, TL_GROUP_LIVE,
      TL_OPT_SNAPLEN, .offset = AT(snaplen) },
    { 'p', NULL, NULL, "do not put the interface into promiscuous mode", NULL, TL_GROUP_LIVE, TL_OPT_FLAG,
      .offset = AT(no_promiscuous) },
    { 'B', NULL, "SIZE", "kernel buffer of each interface, in KiB or with K, M or G (default 16M)", NULL,
      TL_GROUP_LIVE, TL_OPT_KIB, .offset = AT(buffer) },
    { 0, "immediate", NULL, "deliver each packet at once; uses more CPU and drops packets earlier", NULL, TL_GROUP_LIVE,
      TL_OPT_FLAG, .offset = AT(immediate) },
    { 0, "wait", NULL, "wait for interfaces that do not exist yet or disappear",
      "The process keeps CAP_NET_RAW to open them. Without --wait it drops this capability.", TL_GROUP_LIVE,
      TL_OPT_FLAG, .offset = AT(wait) },
    { 'Z', NULL, "USER", "change to USER when started as root (default: the sudo caller, or the user \"nobody\")",
      "The change happens after the interfaces and the outputs are opened. -Z root stays root.", TL_GROUP_LIVE,
      TL_OPT_TEXT, .offset = AT(user) },
    { 0, "stats-interval", "SECONDS", "time between the stats records of --json (default 60)", NULL, TL_GROUP_LIVE,
      TL_OPT_SECONDS, .offset = AT(stats_interval) },
    { 'U', NULL, NULL, "flush the file of -w after each packet", NULL, TL_GROUP_LIVE, TL_OPT_FLAG,
      .offset = AT(flush_each) },
    { 'C', NULL, "SIZE", "-w: start a new file before one exceeds SIZE, in MB (10^6 bytes) or with K, M or G",
      "The files are numbered: day.pcap gives day-00001.pcap, day-00002.pcap and so on.", TL_GROUP_LIVE, TL_OPT_MB,
      .offset = AT(rotate_bytes) },
    { 'G', NULL, "SECONDS", "-w: start a new file every SECONDS",
      "The name can contain strftime(3) conversions, which are filled with the start time of the file. The files are "
      "numbered if the name has no conversion, if -C is also given, or if two names would be equal.",
      TL_GROUP_LIVE, TL_OPT_WHOLE, .offset = AT(rotate_ns) },
    { 'W', NULL, "N", "-w: keep the last N files of -C and -G, remove older ones", NULL, TL_GROUP_LIVE,
      TL_OPT_NUMBER, .offset = AT(rotate_keep) },

    { 'o', NULL, "FILE", "write text or JSON to FILE instead of standard output", NULL, TL_GROUP_OUTPUT, TL_OPT_TEXT,
      .offset = AT(output), .file = true },
    { 0, "text", NULL, "print one line per packet; default without a terminal",
      "On a terminal, without this or another output option, the interactive view opens: see KEYS.", TL_GROUP_OUTPUT,
      TL_OPT_FLAG, .offset = AT(text) },
    { 0, "view", NULL, "open the view together with -w, --streams or --json -o",
      "Only while capturing from an interface. Without --view, -w, --streams and --json run without the view.",
      TL_GROUP_OUTPUT, TL_OPT_FLAG, .offset = AT(beside) },
    { 0, "print", NULL, "same as --text", "Prints text in addition to -w, as in tcpdump.", TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(text) },
    { 'v', NULL, NULL, "print all fields of each packet as a tree", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(tree) },
    { 'x', NULL, NULL, "print the bytes of each packet in hex and ASCII", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(hex) },
    { 0, "json", "WHAT", "print JSON lines: flows (default) or packets",
      "flows: one object for each flow when it ends and one for each transaction in it. "
      "packets: one object for each packet with all its fields.",
      TL_GROUP_OUTPUT, TL_OPT_JSON, .offset = AT(json), .optional = true, .choices = "flows packets" },
    { 0, "json-sep", "SEP", "replace the dot in JSON keys by SEP: _ gives id_orig_h", NULL, TL_GROUP_OUTPUT,
      TL_OPT_KEYS, .offset = AT(separator) },
    { 0, "no-meta", NULL, "omit the first (meta) and last (stats) JSON record", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(no_meta) },
    { 0, "schema", NULL, "print the JSON Schema of --json or --json=packets", NULL, TL_GROUP_OUTPUT, TL_OPT_ACTION,
      .value = TL_ACTION_SCHEMA },
    { 'w', NULL, "FILE", "write the packets to FILE (*.pcapng: pcapng, else pcap)",
      "Packets are then not decoded or printed, unless text or JSON output is also selected. - is standard output.",
      TL_GROUP_OUTPUT, TL_OPT_TEXT, .offset = AT(write), .file = true },
    { 0, "streams", "DIR", "write each side of each TCP stream to a file in DIR",
      "DIR is created, or must be empty. The files are named as tcpflow names them: sender, then receiver, with c1, c2 "
      "and so on added when the same endpoints connect again. Nothing is printed, unless text or JSON output is also "
      "selected.",
      TL_GROUP_OUTPUT, TL_OPT_TEXT, .offset = AT(streams), .file = true },
    { 0, "gaps", "HOW", "fill missing bytes in --streams files: zeros or skip",
      "zeros (default): each missing byte becomes a zero, so that later bytes keep their offset; the file is sparse "
      "there. skip: missing bytes are left out.",
      TL_GROUP_OUTPUT, TL_OPT_TEXT, .offset = AT(gaps), .choices = "zeros skip" },
    { 0, "count", NULL, "print only the number of packets that match the filter", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(count) },
    { 'q', NULL, NULL, "print errors only: no warnings, no progress bar", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(quiet) },

    { 'n', NULL, NULL, "accepted as in tcpdump; names are never resolved", NULL, TL_GROUP_DECODING,
      TL_OPT_FLAG, .offset = AT(no_names) },
    { 0, "checksums", "HOW", "what a wrong checksum means: auto (default), strict or off",
      "auto: damage, if that side of the flow showed a right checksum before. If not, the packet is analysed: a "
      "network card fills in the checksums, or the capture was edited. strict: packets with wrong checksums are not "
      "analysed. "
      "off: checksums are not verified.",
      TL_GROUP_DECODING, TL_OPT_TEXT, .offset = AT(checksums), .choices = "auto strict off" },
    { 0, "no-checksums", NULL, "same as --checksums=off", NULL, TL_GROUP_DECODING, TL_OPT_FLAG,
      .offset = AT(no_checksums) },
    { 0, "show-secrets", NULL, "show passwords in records instead of masking them", NULL, TL_GROUP_DECODING,
      TL_OPT_FLAG, .offset = AT(secrets) },
    { 0, "dns-sections", NULL, "add the authority and additional sections to dns records", NULL, TL_GROUP_DECODING,
      TL_OPT_FLAG, .offset = AT(sections) },
    { 0, "workers", "N", "decoding threads (default: one per core; 0: none)",
      "The output does not depend on the number.", TL_GROUP_DECODING, TL_OPT_WORKERS, .offset = AT(workers) },
    { 0, "mem", "SIZE", "memory limit, with K, M or G (default 1G)",
      "At least 16M. When flows need more, the oldest flows end early and a warning is printed.", TL_GROUP_DECODING,
      TL_OPT_SIZE, .offset = AT(memory) },

    { 0, "tcp-timeout", "SECONDS", "end an idle TCP flow (default 300)", NULL, TL_GROUP_TIMEOUTS,
      TL_OPT_SECONDS, .offset = AT(timeouts.tcp) },
    { 0, "tcp-attempt-timeout", "SECONDS", "end an unanswered TCP connection attempt (default 5)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_attempt) },
    { 0, "tcp-closed-timeout", "SECONDS", "end a TCP flow after both FINs or an RST (default 5)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_closed) },
    { 0, "tcp-login-timeout", "SECONDS", "end an idle FTP, SSH, telnet or rlogin flow (default 3600)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_login) },
    { 0, "udp-timeout", "SECONDS", "end an idle UDP flow (default 60)", NULL, TL_GROUP_TIMEOUTS, TL_OPT_SECONDS,
      .offset = AT(timeouts.udp) },
    { 0, "icmp-timeout", "SECONDS", "end an idle flow of ICMP or another protocol (default 60)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.icmp) },
    { 0, "dns-timeout", "SECONDS", "end an idle DNS flow over UDP (default 10)", NULL, TL_GROUP_TIMEOUTS,
      TL_OPT_SECONDS, .offset = AT(timeouts.dns) },

    { 'h', "help", NULL, "print this help and exit", NULL, TL_GROUP_ABOUT, TL_OPT_ACTION, .value = TL_ACTION_HELP },
    { 0, "print-config", NULL, "print the configuration of the view and exit",
      "The view reads $XDG_CONFIG_HOME/taplight/config.json or ~/.config/taplight/config.json. Save the printed text "
      "there and edit it.",
      TL_GROUP_ABOUT, TL_OPT_ACTION, .value = TL_ACTION_CONFIG },
    { 0, "version", NULL, "print the versions of taplight and its libraries", NULL, TL_GROUP_ABOUT,
      TL_OPT_ACTION, .value = TL_ACTION_VERSION },
    { 0, "generate", "WHAT", "", NULL, TL_GROUP_ABOUT, TL_OPT_HIDDEN, .offset = AT(generate),
      .value = TL_ACTION_GENERATE, .choices = "man bash zsh" },
};

/* State of the parser. */
struct reading {
    struct tl_options *options;
    struct tl_error *error;
    bool seen[TL_COUNT(table)];
    char **words; /* the trailing words of the filter */
    uint32_t word_count;
};

const struct tl_option *tl_option_table(size_t *count)
{
    *count = TL_COUNT(table);
    return table;
}

static enum tl_failure usage(struct tl_error *error, const char *what, const char *arg, const char *why)
{
    return tl_error_set(error, TL_E_USAGE, "%s '%s'%s%s", what, arg, *why ? ": " : "", why);
}

/* Writes the option as the user types it: "-r" or "--json". */
static void spell(const struct tl_option *option, char out[64])
{
    if (option->name != NULL)
        snprintf(out, 64, "--%s", option->name);
    else
        snprintf(out, 64, "-%c", option->letter);
}

static bool is_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = choices; len > 0 && p != NULL; p = strchr(p, ' ')) {
        p += *p == ' ';
        if (strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
            return true;
    }
    return false;
}

/* Like usage(), for the argument of an option. */
static enum tl_failure refuse(const struct tl_option *option, struct tl_error *error, const char *what, const char *arg,
                              const char *advice)
{
    char name[64];
    spell(option, name);
    return tl_error_set(error, TL_E_USAGE, "%s: %s '%s': %s", name, what, arg, advice);
}

static enum tl_failure set_bytes(const struct tl_option *option, void *at, const char *arg, struct tl_error *error)
{
    uint64_t unit = option->kind == TL_OPT_KIB ? 1024 : option->kind == TL_OPT_MB ? 1000000 : 1, bytes;
    if (!tl_value_size(arg, unit, &bytes) || bytes > SIZE_MAX / 2)
        return refuse(option, error, "bad size", arg, "give a number with K, M or G, such as 512M");
    if (option->kind == TL_OPT_SIZE && bytes < MEMORY_LEAST)
        return refuse(option, error, "too little memory", arg, "give at least --mem 16M");
    if (option->kind == TL_OPT_KIB && (bytes < TL_LIVE_BUFFER_LEAST || bytes > INT32_MAX))
        return refuse(option, error, "bad buffer size", arg, "give 1M to 2047M");
    if (bytes == 0)
        return refuse(option, error, "bad size", arg, "give more than 0");
    *(uint64_t *)at = bytes;
    return TL_E_NONE;
}

static enum tl_failure set_number(const struct tl_option *option, void *at, const char *arg, struct tl_error *error)
{
    uint64_t number = 0;
    switch (option->kind) {
    case TL_OPT_PACKETS:
        if (!tl_value_number(arg, UINT64_MAX, &number))
            return refuse(option, error, "bad packet count", arg, "give a number, such as -c 100");
        if (number == 0)
            return refuse(option, error, "bad packet count", arg, "give 1 or more");
        *(uint64_t *)at = number;
        return TL_E_NONE;
    case TL_OPT_WORKERS:
        if (!tl_value_number(arg, TL_WORKERS_MOST, &number))
            return refuse(option, error, "bad number of workers", arg, "give 0 to 64");
        *(uint32_t *)at = (uint32_t)number;
        return TL_E_NONE;
    case TL_OPT_NUMBER:
        if (!tl_value_number(arg, UINT16_MAX, &number) || number == 0)
            return refuse(option, error, "bad number", arg, "give 1 to 65535");
        *(uint32_t *)at = (uint32_t)number;
        return TL_E_NONE;
    case TL_OPT_SNAPLEN:
        if (!tl_value_number(arg, TL_LIVE_SNAPLEN, &number))
            return refuse(option, error, "bad snapshot length", arg, "give 0 to 262144");
        *(uint32_t *)at = (uint32_t)number;
        return TL_E_NONE;
    case TL_OPT_WHOLE:
        if (!tl_value_number(arg, TL_SECONDS_MOST, &number) || number == 0)
            return refuse(option, error, "bad time", arg, "give whole seconds, such as 3600");
        *(int64_t *)at = (int64_t)number * 1000000000;
        return TL_E_NONE;
    case TL_OPT_SIZE:
    case TL_OPT_KIB:
    case TL_OPT_MB:
        return set_bytes(option, at, arg, error);
    default:
        if (!tl_value_seconds(arg, at))
            return refuse(option, error, "bad time", arg, "give seconds, such as 0.5 or 300");
        return TL_E_NONE;
    }
}

static enum tl_failure set_separator(const char **at, const char *arg, struct tl_error *error)
{
    size_t len = strlen(arg);
    for (size_t i = 0; i < len; i++)
        if (arg[i] <= ' ' || arg[i] > '~' || arg[i] == '"' || arg[i] == '\\')
            return usage(error, "bad separator", arg,
                         "give printable ASCII without quotes, backslashes and spaces");
    if (len == 0 || len > SEPARATOR_MOST)
        return usage(error, "bad separator", arg, "give 1 to 8 characters, such as _");
    *at = arg;
    return TL_E_NONE;
}

static enum tl_failure set_json(enum tl_json *at, const char *arg, struct tl_error *error)
{
    enum tl_json json = arg != NULL && strcmp(arg, "packets") == 0 ? TL_JSON_PACKETS : TL_JSON_FLOWS;
    if (*at != TL_JSON_NONE && *at != json)
        return tl_error_set(error, TL_E_USAGE, "--json=flows and --json=packets cannot be combined: run it twice");
    *at = json;
    return TL_E_NONE;
}

static bool is_repeatable(const struct tl_option *option)
{
    return option->kind == TL_OPT_INPUT || option->kind == TL_OPT_DEVICE;
}

static enum tl_failure add_interface(struct reading *r, const char *name)
{
    struct tl_options *o = r->options;
    for (uint32_t i = 0; i < o->interface_count; i++)
        if (strcmp(o->interfaces[i], name) == 0)
            return usage(r->error, "interface given twice", name, "give it once");
    if (o->interface_count == TL_LIVE_MOST)
        return tl_error_set(r->error, TL_E_USAGE, "too many interfaces: give at most 64, or -i any");
    o->interfaces[o->interface_count++] = name;
    return TL_E_NONE;
}

static enum tl_failure set(struct reading *r, const struct tl_option *option, const char *arg)
{
    struct tl_options *o = r->options;
    void *at = (char *)o + option->offset;
    char name[64];
    spell(option, name);
    if (arg != NULL && *arg == '\0')
        return tl_error_set(r->error, TL_E_USAGE, "option '%s': %s is empty: give a value", name, option->argument);
    if (arg != NULL && option->choices != NULL && !is_choice(option->choices, arg))
        return tl_error_set(r->error, TL_E_USAGE, "unknown '%s=%s': give one of: %s", name, arg, option->choices);
    if (option->argument != NULL && !option->optional && !is_repeatable(option) && r->seen[option - table])
        return tl_error_set(r->error, TL_E_USAGE, "option '%s' given twice: give it once", name);
    if (!r->seen[option - table] && !is_repeatable(option))
        o->given[o->given_count++] = (struct tl_given){ option, arg };
    r->seen[option - table] = true;
    switch (option->kind) {
    case TL_OPT_FLAG:
        *(bool *)at = true;
        return TL_E_NONE;
    case TL_OPT_TEXT:
        *(const char **)at = arg;
        return TL_E_NONE;
    case TL_OPT_INPUT:
        o->inputs[o->input_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_DEVICE:
        return add_interface(r, arg);
    case TL_OPT_JSON:
        return set_json(at, arg, r->error);
    case TL_OPT_KEYS:
        return set_separator(at, arg, r->error);
    case TL_OPT_HIDDEN:
        *(const char **)at = arg;
        o->action = (enum tl_action)option->value;
        return TL_E_NONE;
    case TL_OPT_ACTION:
        if (o->action != TL_ACTION_HELP) /* --help takes precedence */
            o->action = (enum tl_action)option->value;
        return TL_E_NONE;
    default:
        return set_number(option, at, arg, r->error);
    }
}

static const struct tl_option *by_letter(char letter)
{
    for (size_t i = 0; i < TL_COUNT(table); i++)
        if (table[i].letter == letter)
            return &table[i];
    return NULL;
}

static const struct tl_option *by_name(const char *name, size_t len)
{
    for (size_t i = 0; i < TL_COUNT(table); i++)
        if (table[i].name != NULL && strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}

static enum tl_failure unknown(struct tl_error *error, const char *typed, const char *name, size_t len)
{
    const char *near = tl_near_option(name, len);
    if (near != NULL)
        return tl_error_set(error, TL_E_USAGE, "unknown option '%.60s': did you mean '--%s'?", typed, near);
    return tl_error_set(error, TL_E_USAGE, "unknown option '%.60s': taplight --help lists them", typed);
}

static enum tl_failure lacks(struct tl_error *error, const struct tl_option *option)
{
    char name[64];
    spell(option, name);
    return tl_error_set(error, TL_E_USAGE, "option '%s' needs %s: add it", name, option->argument);
}

/* Parses --name, --name=argument and --name argument. Advances *i if the argument is the next word. */
static enum tl_failure read_long(struct reading *r, int argc, char *const argv[], int *i)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    const char *arg = name[len] == '=' ? name + len + 1 : NULL;
    const struct tl_option *option = by_name(name, len);
    if (option == NULL) {
        char typed[64];
        snprintf(typed, sizeof(typed), "--%.*s", (int)(len < 60 ? len : 60), name);
        return unknown(r->error, typed, name, len);
    }
    if (option->argument == NULL && arg != NULL)
        return tl_error_set(r->error, TL_E_USAGE, "option '--%s' takes no value: leave it out", option->name);
    if (option->argument != NULL && arg == NULL && !option->optional) {
        if (*i + 1 >= argc)
            return lacks(r->error, option);
        arg = argv[++*i];
    }
    return set(r, option, arg);
}

/* Parses -v, -vx, -c10 and -c 10. */
static enum tl_failure read_short(struct reading *r, int argc, char *const argv[], int *i)
{
    const char *word = argv[*i];
    for (const char *p = word + 1; *p != '\0'; p++) {
        const struct tl_option *option = by_letter(*p);
        if (option == NULL && p == word + 1 && p[1] != '\0')
            return unknown(r->error, word, p, strcspn(p, "="));
        if (option == NULL) {
            char typed[3] = { '-', *p, '\0' };
            return unknown(r->error, typed, typed + 1, 1);
        }
        if (option->argument == NULL) {
            enum tl_failure failure = set(r, option, NULL);
            if (failure != TL_E_NONE)
                return failure;
            continue;
        }
        if (p[1] != '\0')
            return set(r, option, p + 1);
        if (*i + 1 >= argc)
            return lacks(r->error, option);
        return set(r, option, argv[++*i]);
    }
    return TL_E_NONE;
}

static enum tl_failure read_words(struct reading *r, int argc, char *const argv[])
{
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        enum tl_failure failure = TL_E_NONE;
        if (only_words || word[0] != '-' || word[1] == '\0')
            r->words[r->word_count++] = argv[i];
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-')
            failure = read_long(r, argc, argv, &i);
        else
            failure = read_short(r, argc, argv, &i);
        if (failure != TL_E_NONE)
            return failure;
    }
    return TL_E_NONE;
}

/* Rejects options that contradict each other or have no effect. */
static enum tl_failure check(const struct reading *r)
{
    const struct tl_options *o = r->options;
    bool shown = o->text || o->tree || o->hex;
    int filters = (o->expression != NULL) + (o->filter_file != NULL) + (r->word_count > 0);
    const struct {
        bool wrong;
        const char *why;
    } rules[] = {
        { shown && o->json, "text and JSON cannot be combined: leave out --json, or --text, -v and -x" },
        { o->count && (o->json || shown), "--count prints only a number: leave out --json, --text, -v and -x" },
        { o->quiet && o->tree, "-q and -v cannot be combined: leave out one of them" },
        { filters > 1, "more than one filter: give one of -f, -F and trailing words" },
        { o->no_meta && o->json != TL_JSON_FLOWS, "--no-meta applies to the records of --json: add --json" },
        { o->separator != NULL && o->json != TL_JSON_FLOWS && o->action != TL_ACTION_SCHEMA,
          "--json-sep applies to the records of --json: add --json" },
        { o->separator != NULL && o->json == TL_JSON_PACKETS, "--json-sep does not apply to --json=packets: drop it" },
        { o->action == TL_ACTION_SCHEMA &&
              (o->input_count > 0 || o->most > 0 || o->write || o->streams || o->count || shown || filters > 0),
          "--schema reads no packets: combine it with --json and --json-sep only" },
        { o->write && o->output && !o->json && !shown && !o->count,
          "-w alone prints nothing for -o to write: add --text, -v or --json" },
        { o->streams && o->output && !o->json && !shown,
          "--streams alone prints nothing for -o to write: add --text, -v or --json" },
        { o->gaps && !o->streams, "--gaps applies to the files of --streams: add --streams DIR" },
        { o->streams && o->count, "--count and --streams cannot be combined: leave out one of them" },
        { o->write && strcmp(o->write, "-") == 0 && (o->output == NULL || strcmp(o->output, "-") == 0) &&
              (o->json || shown || o->count),
          "packets and text cannot both go to standard output: give -w or -o a file" },
    };
    for (size_t i = 0; i < TL_COUNT(rules); i++)
        if (rules[i].wrong)
            return tl_error_set(r->error, TL_E_USAGE, "%s", rules[i].why);
    return TL_E_NONE;
}

/* Rejects options for live capture without an interface. */
static enum tl_failure check_live(const struct reading *r)
{
    const struct tl_options *o = r->options;
    bool live = o->interface_count > 0, file = o->write != NULL && strcmp(o->write, "-") != 0;
    const char *only = o->no_promiscuous  ? "-p"
                       : o->immediate     ? "--immediate"
                       : o->wait          ? "--wait"
                       : o->linktype      ? "-y"
                       : o->user          ? "-Z"
                       : o->snaplen > 0   ? "-s"
                       : o->buffer > 0    ? "-B"
                       : o->rotate_ns > 0 ? "-G"
                                          : NULL;
    if (live && o->input_count > 0)
        return tl_error_set(r->error, TL_E_USAGE, "-i and -r cannot be combined: run it twice");
    if (only != NULL && !live)
        return tl_error_set(r->error, TL_E_USAGE, "%s applies to live capture: add -i", only);
    if (!file && (o->rotate_bytes > 0 || o->rotate_ns > 0))
        return tl_error_set(r->error, TL_E_USAGE, "-C and -G apply to the file of -w: %s -w FILE",
                            o->write == NULL ? "add" : "instead of standard output give");
    if (o->flush_each && o->write == NULL)
        return tl_error_set(r->error, TL_E_USAGE, "-U applies to the file of -w: add -w FILE");
    if (o->rotate_keep > 0 && o->rotate_bytes == 0 && o->rotate_ns == 0)
        return tl_error_set(r->error, TL_E_USAGE, "-W applies to the files of -C and -G: add one of them");
    if (o->action == TL_ACTION_LINKTYPES && o->interface_count != 1)
        return tl_error_set(r->error, TL_E_USAGE, "-L lists one interface: give one -i");
    return TL_E_NONE;
}

/* With --view the terminal is in use, so other outputs need files. */
static enum tl_failure check_view(const struct reading *r)
{
    const struct tl_options *o = r->options;
    bool to_terminal = o->text || o->tree || o->hex || o->count || (o->json && o->output == NULL) ||
                       (o->output != NULL && strcmp(o->output, "-") == 0) ||
                       (o->write != NULL && strcmp(o->write, "-") == 0);
    if (!o->beside)
        return TL_E_NONE;
    if (o->interface_count == 0)
        return tl_error_set(r->error, TL_E_USAGE,
                            "--view needs a live capture: add -i (to save packets of a file, open it and press w)");
    if (to_terminal)
        return tl_error_set(r->error, TL_E_USAGE,
                            "--view uses the terminal: write to files with -w FILE, --json -o FILE or --streams DIR");
    if (o->output != NULL && !o->json)
        return tl_error_set(r->error, TL_E_USAGE, "with --view, -o writes JSON only: add --json");
    return TL_E_NONE;
}

static enum tl_failure check_input(const struct reading *r)
{
    struct stat st;
    uint32_t from_stdin = 0;
    for (uint32_t i = 0; i < r->options->input_count; i++)
        from_stdin += strcmp(r->options->inputs[i], "-") == 0;
    if (from_stdin > 1)
        return tl_error_set(r->error, TL_E_USAGE, "standard input can be read only once: give -r - once");
    if (r->options->input_count > 0 || r->options->interface_count > 0)
        return TL_E_NONE;
    if (r->word_count > 0 && stat(r->words[0], &st) == 0)
        return tl_error_set(r->error, TL_E_USAGE, "nothing to read: did you mean 'taplight -r %s'?", r->words[0]);
    return tl_error_set(r->error, TL_E_USAGE,
                        "nothing to read: give a capture file with -r FILE (-r - for standard input), or an interface "
                        "with -i");
}

/* Joins the trailing words into one filter expression. */
static enum tl_failure join(struct reading *r)
{
    size_t len = 1;
    for (uint32_t i = 0; i < r->word_count; i++)
        len += strlen(r->words[i]) + 1;
    char *p = malloc(len);
    if (p == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "out of memory");
    r->options->filter = p;
    for (uint32_t i = 0; i < r->word_count; i++) {
        size_t n = strlen(r->words[i]);
        if (i > 0)
            *p++ = ' ';
        memcpy(p, r->words[i], n);
        p += n;
    }
    *p = '\0';
    return TL_E_NONE;
}

static enum tl_failure finish(struct reading *r)
{
    struct tl_options *o = r->options;
    if (o->action != TL_ACTION_RUN && o->action != TL_ACTION_SCHEMA && o->action != TL_ACTION_LINKTYPES)
        return TL_E_NONE;
    enum tl_failure failure = check(r);
    if (failure == TL_E_NONE)
        failure = check_live(r);
    if (failure == TL_E_NONE && o->action == TL_ACTION_RUN)
        failure = check_view(r);
    if (failure == TL_E_NONE && o->action == TL_ACTION_RUN && !o->pick)
        failure = check_input(r);
    if (failure != TL_E_NONE)
        return failure;
    bool asked = o->text || o->tree || o->hex || o->json || o->count || o->write != NULL || o->streams != NULL;
    o->view = o->beside || (!asked && o->output == NULL);
    if (o->tree || o->hex || (!asked && !o->beside))
        o->text = true;
    if (o->separator == NULL)
        o->separator = ".";
    if (o->expression != NULL && (o->filter = strdup(o->expression)) == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "out of memory");
    return r->word_count > 0 ? join(r) : TL_E_NONE;
}

/* Returns the number of CPUs this process may use. */
static uint32_t cores(void)
{
    cpu_set_t set_of;
    long n = 0;
    if (sched_getaffinity(0, sizeof(set_of), &set_of) == 0)
        n = CPU_COUNT(&set_of);
    if (n < 1)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > TL_WORKERS_MOST ? TL_WORKERS_MOST : (uint32_t)n;
}

enum tl_failure tl_options_parse(struct tl_options *options, int argc, char *const argv[], struct tl_error *error)
{
    size_t room = argc > 0 ? (size_t)argc : 1;
    struct reading r = { .options = options, .error = error };
    *options = (struct tl_options){ .workers = cores(), .memory = MEMORY_DEFAULT, .timeouts = TL_TIMEOUTS_DEFAULT,
                                    .stats_interval = STATS_INTERVAL };
    options->pick = argc < 2;
    options->interfaces = calloc(TL_LIVE_MOST, sizeof(*options->interfaces));
    options->inputs = calloc(room, sizeof(*options->inputs));
    options->given = calloc(TL_COUNT(table), sizeof(*options->given));
    r.words = calloc(room, sizeof(*r.words));
    enum tl_failure failure = TL_E_NONE;
    if (options->inputs == NULL || options->interfaces == NULL || options->given == NULL || r.words == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE)
        failure = read_words(&r, argc, argv);
    if (failure == TL_E_NONE)
        failure = finish(&r);
    free(r.words);
    return failure;
}

enum tl_checksums tl_options_checksums(const struct tl_options *options)
{
    const char *how = options->no_checksums ? "off" : options->checksums != NULL ? options->checksums : "auto";
    if (strcmp(how, "off") == 0)
        return TL_CHECKSUMS_OFF;
    return strcmp(how, "strict") == 0 ? TL_CHECKSUMS_STRICT : TL_CHECKSUMS_AUTO;
}

void tl_options_fini(struct tl_options *options)
{
    free(options->inputs);
    free(options->interfaces);
    free(options->filter);
    free(options->given);
    options->given = NULL;
    options->interfaces = NULL;
    options->inputs = NULL;
    options->filter = NULL;
}
