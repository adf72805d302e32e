/* options.h - the command line. One table drives the parser, --help, the man page and the completions. */
#ifndef TL_CLI_OPTIONS_H
#define TL_CLI_OPTIONS_H

#include "core/packet.h"
#include "core/status.h"
#include "flows/timeouts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do: a run, or an action instead of it. */
enum tl_action {
    TL_ACTION_RUN,
    TL_ACTION_HELP,
    TL_ACTION_VERSION,
    TL_ACTION_SCHEMA,
    TL_ACTION_CONFIG,
    TL_ACTION_GENERATE,
    TL_ACTION_DEVICES,
    TL_ACTION_LINKTYPES
};

enum tl_json { TL_JSON_NONE, TL_JSON_FLOWS, TL_JSON_PACKETS };

/* An option that was given. */
struct tl_given {
    const struct tl_option *option;
    const char *argument; /* NULL: none */
};

/* Strings are borrowed from argv unless noted. */
struct tl_options {
    struct tl_given *given; /* owned: the non-repeatable options, in their order */
    uint32_t given_count;
    enum tl_action action;
    const char *generate; /* TL_ACTION_GENERATE: "man", "bash" or "zsh" */
    const char **inputs;  /* owned array, borrowed strings */
    uint32_t input_count;
    const char **interfaces; /* owned array; if not empty, inputs is empty */
    uint32_t interface_count;
    const char *output;      /* NULL: standard output */
    const char *write;       /* NULL: no capture file */
    const char *streams;     /* a directory; NULL: none */
    const char *checksums;   /* "auto", "strict" or "off"; NULL: auto */
    const char *gaps;        /* for streams: "zeros" or "skip"; NULL: zeros */
    const char *expression;  /* -f */
    const char *filter_file; /* -F */
    char *filter;            /* owned: the BPF filter from -f, -F or trailing words; NULL: none */
    enum tl_json json;
    const char *separator;       /* replaces the dot in "id.orig_h" */
    bool text, tree, hex, count; /* text: also set when it is the default */
    bool view;                   /* no output was selected: open the view if there is a terminal */
    bool beside;                 /* --view: open the view together with other outputs */
    bool pick;                   /* no input was named: the view asks for one */
    bool no_meta, secrets, sections, no_checksums, quiet, no_names;
    uint64_t most; /* packets; 0: no limit */
    bool exact_filter;
    bool no_promiscuous, immediate, wait; /* live */
    const char *linktype;                 /* live; NULL: the interface's default */
    const char *user;                     /* live; NULL: the sudo caller, or the user "nobody" */
    uint32_t snaplen;                     /* live, bytes; 0: default */
    uint64_t buffer;                      /* live, bytes; 0: default */
    int64_t stats_interval;               /* live, ns */
    uint64_t rotate_bytes;                /* for the file of -w; 0: no limit */
    int64_t rotate_ns;                    /* whole seconds; 0: no limit */
    uint32_t rotate_keep;                 /* files; 0: all */
    bool flush_each;
    uint32_t workers;
    size_t memory; /* bytes */
    struct tl_timeouts timeouts;
};

enum tl_option_group {
    TL_GROUP_INPUT,
    TL_GROUP_LIVE,
    TL_GROUP_OUTPUT,
    TL_GROUP_DECODING,
    TL_GROUP_TIMEOUTS,
    TL_GROUP_ABOUT,
    TL_GROUP_COUNT
};

enum tl_option_kind {
    TL_OPT_FLAG,    /* bool: true */
    TL_OPT_TEXT,    /* const char * */
    TL_OPT_INPUT,   /* appends to tl_options.inputs */
    TL_OPT_DEVICE,  /* appends to tl_options.interfaces */
    TL_OPT_NUMBER,  /* uint32_t, at least 1 */
    TL_OPT_SNAPLEN, /* uint32_t, 0 to 262,144 */
    TL_OPT_KIB,     /* uint64_t, bytes: in KiB, or with K, M or G */
    TL_OPT_MB,      /* uint64_t, bytes: in MB, or with K, M or G */
    TL_OPT_WHOLE,   /* int64_t, ns: whole seconds */
    TL_OPT_PACKETS, /* uint64_t, at least 1 */
    TL_OPT_WORKERS, /* uint32_t */
    TL_OPT_SIZE,    /* size_t: bytes with K, M or G */
    TL_OPT_SECONDS, /* int64_t, ns */
    TL_OPT_JSON,    /* enum tl_json */
    TL_OPT_KEYS,    /* const char *: characters for a JSON key */
    TL_OPT_ACTION,  /* tl_options.action = value */
    TL_OPT_HIDDEN,  /* TL_OPT_ACTION with an argument in tl_options.generate; not in the help */
};

struct tl_option {
    char letter;          /* 0: none */
    const char *name;     /* without the dashes; NULL: none */
    const char *argument; /* its name in the help; NULL: takes none */
    const char *help;     /* one line */
    const char *more;     /* more sentences for the man page, or NULL */
    enum tl_option_group group;
    enum tl_option_kind kind;
    size_t offset;       /* in struct tl_options */
    int value;           /* TL_OPT_ACTION */
    bool optional;       /* the argument is optional: only --name=argument gives it */
    const char *choices; /* allowed words, separated by spaces; NULL: any */
    bool file;           /* the argument is a file name */
};

/* Returns the table; *count is set to its length. */
const struct tl_option *tl_option_table(size_t *count);
/* Parses the command line into options, which start with the defaults. On failure error holds one line. */
enum tl_failure tl_options_parse(struct tl_options *options, int argc, char *const argv[], struct tl_error *error);
/* What --checksums and --no-checksums ask for. */
enum tl_checksums tl_options_checksums(const struct tl_options *options);
void tl_options_fini(struct tl_options *options);

#endif
