/* verb.h - verbs: words that are first on the command line and do something else than reading. One table for each. */
#ifndef TL_CLI_VERB_H
#define TL_CLI_VERB_H

#include "cli/privileges.h"
#include "core/buffer.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tl_verb_kind {
    TL_VERB_FLAG,    /* bool */
    TL_VERB_TEXT,    /* const char * */
    TL_VERB_NUMBER,  /* uint64_t from `least` to `most` */
    TL_VERB_SECONDS, /* int64_t, ns */
    TL_VERB_SIZE,    /* double: a positive number, with decimals */
};

struct tl_verb_option {
    char letter;          /* 0: none */
    const char *name;     /* without the dashes; NULL: none */
    const char *argument; /* its name in the help; NULL: takes none */
    const char *help;     /* one line */
    const char *more;     /* more sentences for the man page, or NULL */
    enum tl_verb_kind kind;
    size_t offset;        /* in the options of the verb */
    uint64_t least, most; /* TL_VERB_NUMBER */
    bool file, device;    /* what the argument is, for completion */
    const char *choices;  /* allowed words; NULL: any */
};

/* The network namespace that a verb works in. */
struct tl_verb_network {
    const char *netns, *container; /* NULL: not given */
};

/* Rows of the table of options of a verb, whose struct tl_verb_network is at `at`. */
#define TL_VERB_ROWS_NETWORK(at)                                                                                       \
    { 0, "netns", "NS", "in network namespace NS: a name, a PID or a path", NULL, TL_VERB_TEXT,                        \
      .offset = (at) + offsetof(struct tl_verb_network, netns) },                                                      \
    { 0, "container", "ID", "in the network namespace of a container", NULL, TL_VERB_TEXT,                             \
      .offset = (at) + offsetof(struct tl_verb_network, container) }

struct tl_verb {
    const char *name;
    const char *words; /* what follows the options: "DESCRIPTION" */
    unsigned words_least, words_most;
    const char *summary;     /* one line */
    const char *description; /* man page: paragraphs, as troff */
    const char *examples;    /* lines of --help */
    const char *status;      /* of the man page: what exit codes 0, 1, .. mean, each on a line */
    const struct tl_verb_option *options;
    unsigned option_count;
    size_t size; /* of the options */
    /* options: zeros, and what was given. words: those that are no options. */
    enum tl_failure (*run)(void *options, char *const *words, unsigned word_count, struct tl_error *error);
};

/* Returns the verb of that name; NULL: none. */
const struct tl_verb *tl_verb_of(const char *word);
/* All verbs, NULL after the last. */
extern const struct tl_verb *const tl_verbs[];
/* Runs a verb. argv[1] is its name. */
enum tl_failure tl_verb_run(const struct tl_verb *verb, int argc, char *const argv[], struct tl_error *error);
/* --help: fits a screen. */
void tl_verb_help(struct tl_buffer *out, const struct tl_verb *verb);
/* The man page of a verb. */
void tl_verb_man(struct tl_buffer *out, const struct tl_verb *verb);
/* Writes text to standard output. Frees it. A closed pipe is no error. */
enum tl_failure tl_verb_print(struct tl_buffer *text, struct tl_error *error) TL_MUST_CHECK;
/* Enters the namespace for the rest of the run, and before root is given up. Does nothing if none is given. */
enum tl_failure tl_verb_enter(const struct tl_verb_network *network, struct tl_error *error) TL_MUST_CHECK;
/* Gives up root, as a capture does. user: of -Z, or NULL. */
enum tl_failure tl_verb_drop(const char *user, struct tl_error *error) TL_MUST_CHECK;
/* Returns TL_E_RUNTIME, with similar names in error, if there is no such interface. */
enum tl_failure tl_verb_interface(const char *name, struct tl_error *error) TL_MUST_CHECK;

extern const struct tl_verb tl_verb_explain, tl_verb_objects, tl_verb_send, tl_verb_ping, tl_verb_trace, tl_verb_resolve,
    tl_verb_replay;

#endif
