/* options.h - the command line. One table drives the parser, --help, the man page and the completions. */
#ifndef TL_CLI_OPTIONS_H
#define TL_CLI_OPTIONS_H

#include "core/packet.h"
#include "core/status.h"
#include "export/sinks.h"
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
    TL_ACTION_LINKTYPES,
    TL_ACTION_FIELDS,
    TL_ACTION_BPF,
    TL_ACTION_STATISTICS
};

enum { TL_FIELDS_MOST = 1024, TL_STATISTICS_GIVEN = 64, TL_ASSERTIONS_GIVEN = 64, TL_RSA_KEYS_GIVEN = 16, TL_SERVERS_GIVEN = 8 };

/* -T. Those before TL_FORM_OF_TEXT are not text. */
enum tl_form { TL_FORM_OF_NOTHING, TL_FORM_OF_FIELDS, TL_FORM_OF_JSON, TL_FORM_OF_JSONRAW, TL_FORM_OF_EK,
               TL_FORM_OF_PDML, TL_FORM_OF_TEXT, TL_FORM_OF_TABS };

enum tl_json { TL_JSON_NONE, TL_JSON_FLOWS, TL_JSON_PACKETS };

/* An option that was given. */
struct tl_given {
    const struct tl_option *option;
    const char *argument; /* NULL: none */
};

/* Strings are borrowed from argv unless noted. */
struct tl_options {
    struct tl_given *given; /* owned: the options without -r and -i, in their order */
    uint32_t given_count;
    enum tl_action action;
    const char *generate; /* TL_ACTION_GENERATE: "man", "bash" or "zsh" */
    const char **inputs;  /* owned array, borrowed strings */
    uint32_t input_count;
    size_t input_room;     /* entries of inputs */
    const char *file_list; /* --file-list; its names are in inputs */
    bool again;            /* by tl_options_parse_again() */
    char *file_names;      /* owned: the text of that file, to which inputs points; NULL: none */
    bool follow;          /* wait at the end of a file until it grows */
    const char **interfaces; /* owned array; if not empty, inputs is empty */
    uint32_t interface_count;
    char *numbered;          /* owned: names of interfaces that were given by number; NULL: none */
    const char *output;      /* NULL: standard output */
    const char *write;       /* NULL: no capture file */
    const char *streams;     /* a directory; NULL: none */
    const char *split;       /* a directory for one file a record kind; NULL: none */
    const char *checksums;   /* "auto", "strict" or "off"; NULL: auto */
    const char *files;       /* a directory for the files in flows; NULL: none */
    const char *match;       /* --extract-match: a filter on records of files; NULL: all */
    const char *hash;        /* sums of them: "md5", "sha1", "sha256", several with commas; NULL: none */
    const char *gaps;        /* for streams: "zeros" or "skip"; NULL: zeros */
    const char *expression;  /* -f */
    const char *filter_file; /* -F */
    char *filter;            /* owned: the BPF filter from -f, -F or trailing words; NULL: none */
    const char *display;     /* -Y; NULL: none */
    struct tl_decode_as_list *decode_as; /* -d; owned */
    const char *extract;     /* --extract; NULL: none */
    bool index;              /* --index */
    const char *names;       /* -N: letters; NULL: none */
    const char *inject;      /* --inject-secrets: a file; NULL: none */
    const char *keylog;      /* --keylog: a file; NULL: none */
    const char *rsa_keys[TL_RSA_KEYS_GIVEN]; /* --rsa-key: files; borrowed */
    uint32_t rsa_key_count;
    const char *hosts;       /* --hosts: a file; NULL: none */
    const char *as;          /* -T: its argument; NULL: none */
    enum tl_form form;       /* the same */
    const char **fields;     /* -e; owned array, borrowed strings */
    uint32_t field_count;
    struct tl_fields_format format; /* -E */
    const char *csv;         /* --csv: KIND[:KEY,..]; NULL: none */
    const char *columns;     /* --columns; NULL: none */
    const char *listed;      /* --fields: a protocol; NULL: all */
    const char **statistics;     /* -z; owned array, borrowed strings */
    uint32_t statistic_count;
    const char **assertions;     /* --assert; owned array, borrowed strings */
    uint32_t assertion_count;
    const char *assert_format;   /* "tap" or "junit"; NULL: no report */
    bool statistics_json;        /* they are written as JSON */
    bool json_named;             /* --json has an argument */
    enum tl_json json;
    const char *separator;       /* replaces the dot in "id.orig_h" */
    const char *separator_given; /* --json-sep; NULL: none */
    const char *servers[TL_SERVERS_GIVEN]; /* --to: URLs; borrowed */
    uint32_t server_count;
    const char *sensor;          /* name of this machine in their records; NULL: the host name */
    const char *spool;           /* a folder for what they did not take yet; NULL: none */
    uint64_t spool_size;         /* bytes of it, for each server; 0: default */
    const char *spool_full;      /* "oldest" or "newest"; NULL: by the input */
    int64_t server_wait;         /* ns, at the end of the run; 0: default */
    const char *option_file;     /* --options; NULL: none */
    char *option_text;           /* owned: the text of that file, to which members point; NULL: none */
    int argc;                    /* what was parsed; borrowed */
    char *const *argv;
    bool process;                /* --process */
    const char *netns;           /* live: a name, a process or a path; NULL: that of this process */
    const char *container;       /* live: an id or a name, in place of netns; NULL: none */
    const char *geoip;           /* --geoip: a directory; NULL: none */
    const char *metrics;         /* --metrics: an address; NULL: none */
    bool text, tree, hex, count; /* text: also set when it is the default; hex: any of -x, -X and -A */
    uint32_t hex_letters, inner_letters; /* how often -x and -X were given */
    bool characters;             /* -A */
    uint32_t stamp_letters;      /* how often -t was given without a form of tshark */
    bool stamp_formed;           /* -t was given with one */
    enum tl_stamp stamp;
    bool number, link, absolute, colour, flush_lines; /* -#, -e, -S, --color, -l */
    const char *only;            /* -O: names of protocols, separated by commas; NULL: all */
    const char *color_rules;     /* a file, "default" or "none"; NULL: those of the configuration */
    bool view;                   /* no output was selected: open the view if there is a terminal */
    bool beside;                 /* --view: open the view together with other outputs */
    bool pick;                   /* no input was named: the view asks for one */
    bool objects, table;         /* `taplight objects`: there are files records; they are printed as a table */
    bool no_meta, secrets, sections, no_checksums, quiet, no_names;
    uint64_t most; /* packets; 0: no limit */
    bool exact_filter;
    bool resolve;        /* names of hosts and networks in a filter are looked up */
    const char *program; /* --dump-bpf: "c" or "decimal"; NULL: as text */
    bool no_promiscuous, immediate, wait; /* live */
    const char *direction;                /* live: "in" or "out"; NULL or "inout": both */
    const char *linktype;                 /* live; NULL: the interface's default */
    const char *user;                     /* live; NULL: the sudo caller, or the user "nobody" */
    uint32_t snaplen;                     /* live, bytes; 0: default */
    uint32_t capture_threads;             /* live, of an interface; 0: default */
    uint64_t buffer;                      /* live, bytes; 0: default */
    int64_t stats_interval;               /* live, ns */
    uint64_t rotate_bytes;                /* for the file of -w; 0: no limit */
    int64_t rotate_ns;                    /* whole seconds; 0: no limit */
    uint32_t rotate_keep;                 /* files; 0: all */
    uint64_t rotate_packets;              /* in a file; 0: no limit */
    bool rotate_align;                    /* periods begin at whole multiples of their length */
    bool rotate_after;                    /* rotate_bytes is reached before the next file begins */
    uint64_t next_bytes;                  /* -b filesize, bytes; rotate_bytes after tl_conditions_settle() */
    uint64_t stop_bytes;                  /* -a filesize, bytes */
    uint32_t stop_files;                  /* the run ends when so many files are full; 0: no limit */
    int64_t stop_ns;                      /* live: the run ends after this time; 0: no limit */
    const char *after_file;               /* command for each finished file of -w and -o; NULL: none */
    bool flush_each;
    uint32_t workers;
    size_t memory; /* bytes */
    struct tl_timeouts timeouts;
};

enum tl_option_group {
    TL_GROUP_INPUT,
    TL_GROUP_LIVE,
    TL_GROUP_OUTPUT,
    TL_GROUP_TEXT,
    TL_GROUP_RECORDS,
    TL_GROUP_SERVERS,
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
    TL_OPT_NUMBER,  /* uint32_t, from 1 to .most */
    TL_OPT_SNAPLEN, /* uint32_t, 0 to 262,144 */
    TL_OPT_KIB,     /* uint64_t, bytes: in KiB, or with K, M or G */
    TL_OPT_MB,      /* uint64_t, bytes: in MB, or with K, M or G */
    TL_OPT_WHOLE,   /* int64_t, ns: whole seconds */
    TL_OPT_PACKETS, /* uint64_t, at least 1 */
    TL_OPT_WORKERS, /* uint32_t */
    TL_OPT_SIZE,    /* size_t: bytes with K, M or G */
    TL_OPT_SECONDS, /* int64_t, ns */
    TL_OPT_FIELD,   /* appends to tl_options.fields; only with -T */
    TL_OPT_FORMAT,  /* NAME=VALUE, changes tl_options.format */
    TL_OPT_STATISTIC, /* appends to tl_options.statistics; "help" is an action */
    TL_OPT_DECODE_AS, /* adds to tl_options.decode_as */
    TL_OPT_ASSERTION, /* appends to tl_options.assertions */
    TL_OPT_RSA_KEY, /* appends to tl_options.rsa_keys */
    TL_OPT_SERVER,  /* appends to tl_options.servers */
    TL_OPT_LIST,    /* TL_OPT_ACTION with an optional argument in tl_options.listed */
    TL_OPT_JSON,    /* enum tl_json */
    TL_OPT_KEYS,    /* const char *: characters for a JSON key */
    TL_OPT_ACTION,  /* tl_options.action = value */
    TL_OPT_STOP,    /* a condition of -a; repeatable */
    TL_OPT_NEXT,    /* a condition of -b; repeatable */
    TL_OPT_COUNTED, /* uint32_t: how often it was given */
    TL_OPT_STAMP,   /* -t: letters as in tcpdump, or a form of tshark */
    TL_OPT_FILES,   /* a file with names for tl_options.inputs */
    TL_OPT_OPTIONS, /* a file with options */
    TL_OPT_ASK,     /* TL_OPT_ACTION with an optional argument: const char * */
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
    uint32_t most;       /* TL_OPT_NUMBER; 0: 65535 */
};

enum { TL_OPTIONS_MOST = 256 };

/* Returns the table; *count is set to its length, TL_OPTIONS_MOST at most. */
const struct tl_option *tl_option_table(size_t *count);
/* Returns the option with that letter; NULL: none. with_fields: -T is given. */
const struct tl_option *tl_option_of(char letter, bool with_fields);
/* Returns the option with that name, of len bytes; NULL: none. */
const struct tl_option *tl_option_named(const char *name, size_t len);
bool tl_option_is_repeatable(const struct tl_option *option);
/* Returns whether there is an option that changes text output, or how it is written: it selects text by itself. */
bool tl_options_change_text(const struct tl_options *options);
/* Parses the command line into options, which start with the defaults. On failure error holds one line. */
enum tl_failure tl_options_parse(struct tl_options *options, int argc, char *const argv[], struct tl_error *error);
/* The same during a run: nothing is read that the run could wait for. The names in a list of files are not known then. */
enum tl_failure tl_options_parse_again(struct tl_options *options, int argc, char *const argv[], struct tl_error *error);
/* What --checksums and --no-checksums ask for. */
enum tl_checksums tl_options_checksums(const struct tl_options *options);
/* The kinds of --hash: bit n is enum tl_hash n. 0: none, or one that is not known. */
uint32_t tl_options_hashes(const struct tl_options *options);
void tl_options_fini(struct tl_options *options);

#endif
